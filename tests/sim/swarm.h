/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * swarm.h: draws a scenario from a seed: hosts, links, limits, connections and how both sides of
 * each behave. A scenario is plain data; running it is sim.h's business.
 *
 * Each feature is switched on or off for a whole seed rather than always a little: faults that
 * never meet each other undisturbed hide behind the average (swarm testing).
 */
#ifndef SIM_SWARM_H
#define SIM_SWARM_H

#include <stdbool.h>
#include <stdint.h>

#include "lastack.h"
#include "link.h"

#define HOSTS_MAX 4U
#define HOST_WORKERS_MAX 4U
#define ENDS_MAX (HOSTS_MAX + 1U) /**< and the one of the rogues */
#define SESSIONS_MAX 240U
#define SESSIONS_DRAWN 12U           /**< in a scenario of a seed */
#define ROGUES_MAX 3U                /**< sessions more, with a peer that misbehaves */
#define SEED_BYTES_MAX (600U * 1024) /**< text of all sessions of a seed together */
#define SERVER_PORT_FIRST 1000U
#define FIXED_PORT_FIRST 20000U /**< local ports of sessions that do not take an ephemeral one */
#define SWARM_ROUTER (HOST_NETWORK + 250) /**< who says that a packet is too big */
#define HOST_NETWORK 0xc6120000U          /**< 198.18.0.0, RFC 2544: for tests */

struct swarm_host {
	uint16_t mtu;
	uint32_t port_flags;      /**< LA_PORT_* */
	uint32_t poll_quantum_us; /**< frames are only seen at multiples of it: bursts */
	uint16_t tx_short;        /**< chance in permille that the port takes less than offered */
	uint16_t rx_scatter;      /**< chance that a received frame comes as a chain of buffers */
	uint16_t pad;             /**< chance that a short frame is padded, with rubbish */
	uint16_t vlan;            /**< frames bear this tag; 0: none */
	uint32_t max_connections, max_flights, max_embryos, max_time_waits, mbufs;
	uint64_t flight_idle_us;
	uint64_t arp_expiry_us;
	uint16_t workers;      /**< 1 to HOST_WORKERS_MAX */
	uint16_t queues;       /**< of the card, as many as workers at most */
	uint8_t spread;        /**< enum spread_kind: what goes to which queue */
	uint16_t late;         /**< chance in permille that a worker that is due is late ... */
	uint32_t late_most_us; /**< ... by so much at most; 0: never */
	uint64_t stop_us;      /**< la_stack_stop() after so long; 0: never */
	uint64_t stop_grace_us;
	uint64_t drought_us; /**< from then on, and as long as links misbehave, no more than ... */
	uint32_t drought_left; /**< ... packet buffers are free when a breath begins; 0 us: never */
};

/** How a side ends its part of a session. */
enum swarm_end {
	END_SENT,   /**< la_end() as soon as all is queued: half-close */
	END_PEER,   /**< la_end() after all is queued and the peer has ended */
	CLOSE_PEER, /**< la_close() then */
	CLOSE_DONE, /**< la_close() when all is queued and all expected bytes have come */
	CLOSE_RUDE, /**< la_close() at a drawn moment, whatever is unread or unsent */
	END_ABORT,  /**< la_abort() at a drawn moment */
};

/** Ways of sending, as bits. */
#define SEND_COPY 1U
#define SEND_MBUF 2U
#define SEND_BLOB 4U

/** Ways of receiving, as bits. */
#define RECV_COPY 1U
#define RECV_MBUF 2U
#define RECV_SKIP 4U

struct swarm_side {
	uint8_t host;
	uint8_t send_ways, recv_ways;
	uint8_t end;    /**< enum swarm_end */
	bool early;     /**< sends before ESTABLISHED (active side) */
	bool on_demand; /**< sends only when room() asks */
	bool more;      /**< passes LA_SEND_MORE at random */
	uint32_t bytes; /**< to send */
	uint32_t chunk_min, chunk_max;
	uint32_t pause_us;      /**< between chunks; 0: none */
	uint16_t urgent;        /**< chance in permille that a chunk is urgent */
	uint32_t read_pause_us; /**< 0: reads at once; else leaves unread and reads by the clock */
	uint32_t read_max;      /**< bytes per read */
	uint64_t moment_us;     /**< CLOSE_RUDE, END_ABORT: so long after the start */
	struct la_tcp_options options;
};

/* How a rogue (rogue.h) behaves. The first of each is what a decent peer does. */

enum rogue_acks {
	ACKS_HONEST,
	ACKS_SPLIT,      /**< many ACKs for one segment */
	ACKS_REPEATED,   /**< duplicates without a loss */
	ACKS_OPTIMISTIC, /**< of what may be on its way */
	ACKS_WILD,       /**< of what was never sent, too */
	ACKS_LAZY,       /**< one for dozens of segments */
	ACKS_NEVER,
	ACKS_GO_BACK, /**< old ones among the new */
	ROGUE_ACKS
};

enum rogue_windows {
	WINDOW_FIXED,
	WINDOW_SHRINKS, /**< the right edge goes back */
	WINDOW_ZERO,    /**< for ever */
	WINDOW_ONE,     /**< a byte, for ever */
	WINDOW_FLAPS,
	ROGUE_WINDOWS
};

enum rogue_sacks {
	SACKS_HONEST,
	SACKS_NONE,
	SACKS_RENEGED,  /**< what was reported is forgotten */
	SACKS_AHEAD,    /**< of what was never sent */
	SACKS_BELOW,    /**< of what is acknowledged, as if it had come twice */
	SACKS_BACKWARD, /**< the end before the beginning */
	SACKS_SINGLE,   /**< single bytes all over what is in flight */
	SACKS_ALL,      /**< everything but one byte, come or not */
	SACKS_OVERLAP,
	ROGUE_SACKS
};

enum rogue_text {
	TEXT_DECENT,
	TEXT_ODD,      /**< every other byte, by itself */
	TEXT_REVERSED, /**< the last first */
	TEXT_OVERLAPS,
	TEXT_BEYOND,   /**< past the window, too */
	TEXT_REPEATED, /**< each segment several times */
	ROGUE_TEXT
};

enum rogue_stamps {
	STAMPS_HONEST,
	STAMPS_NONE,
	STAMPS_GO_BACK,
	STAMPS_JUMP,
	STAMPS_WILD_ECHO,
	STAMPS_SOMETIMES, /**< agreed upon, and then left out at random */
	ROGUE_STAMPS
};

enum rogue_ecn {
	ECN_NONE,
	ECN_ECHO_EVER, /**< ECE on everything, whatever was cut */
	ECN_ANYTHING,  /**< any bits in both headers */
	ROGUE_ECN
};

enum rogue_end {
	ROGUE_FINS,
	ROGUE_RESETS, /**< some that miss, and one that does not */
	ROGUE_VANISHES,
	ROGUE_ENDS
};

struct swarm_rogue {
	uint8_t acks, windows, sacks, text, stamps, ecn, end;
	bool scaling;
	uint8_t shift;
	uint16_t mss;
	uint16_t drop;    /**< chance that it ignores a segment */
	uint16_t rubbish; /**< chance of an option that nobody knows */
	uint16_t unasked; /**< chance of SACK blocks that were not agreed upon */
	uint32_t window;  /**< bytes offered at most */
	uint32_t segment; /**< bytes of text in one */
	uint32_t pace_us; /**< between what it does on its own */
	uint32_t budget;  /**< frames; then it vanishes */
};

enum swarm_kind {
	SESSION_NORMAL,       /**< side 0 connects, side 1 listens */
	SESSION_SIMULTANEOUS, /**< both connect at the same moment */
	SESSION_REFUSED,      /**< nobody listens */
	SESSION_NOWHERE,      /**< the address does not exist */
};

struct swarm_session {
	uint8_t kind;      /**< enum swarm_kind */
	int8_t after;      /**< starts, on the same 4-tuple, when this one is over; -1: none */
	uint64_t start_us; /**< after the start of the run, or of the end of `after` */
	uint16_t server_port;
	uint16_t client_port; /**< 0: ephemeral */
	int8_t rogue;         /**< the side that misbehaves; -1: none */
	struct swarm_rogue manners;
	struct swarm_side side[2];
};

/* Segments from addresses that nobody has, against one host (flood.h). */
struct swarm_flood {
	uint32_t count; /**< 0: none */
	uint32_t at_once;
	uint32_t pause_us;
	uint16_t others; /**< chance in permille that it is something else than a SYN */
	uint8_t host;    /**< the victim */
};

struct scenario {
	uint64_t seed;
	uint64_t epoch_us;  /**< what the clocks show at the start */
	uint64_t faults_us; /**< links misbehave for so long */
	uint64_t bound_us;  /**< everything must be over so long after that */
	uint64_t msl_us;
	uint32_t wrap_ahead; /**< numbers of one connection wrap after so many; 0: at random */
	bool tight;          /**< pools are too small: refusals are legal */
	bool hasty;          /**< R2 is short: giving up is legal */
	unsigned int host_count;
	unsigned int session_count;
	unsigned int rogue_count; /**< sessions with a rogue, the last ones */
	struct swarm_flood flood;
	struct swarm_host hosts[HOSTS_MAX];
	struct link_params links[ENDS_MAX][ENDS_MAX];
	struct swarm_session sessions[SESSIONS_MAX + ROGUES_MAX];
};

/** Who has an address: the hosts, and behind them the one where rogues and floods come from. */
static inline unsigned int swarm_ends(const struct scenario *scenario)
{
	return scenario->host_count + (scenario->rogue_count > 0 || scenario->flood.count > 0);
}

void swarm_draw(uint64_t seed, struct scenario *out);

/**
 * A flood of so many SYNs against a server, and amid it as many sessions as there can be, all of
 * which must come to their end in order.
 */
void swarm_draw_flood(uint64_t seed, uint32_t count, struct scenario *out);

/** What may be queued to send, and unread, at most: the buffer, or as far as it may grow. */
uint32_t swarm_send_buffer(const struct swarm_side *side);
uint32_t swarm_receive_buffer(const struct swarm_side *side);

/** The IPv4 address of a host, in host order. */
static inline uint32_t swarm_address(unsigned int host)
{
	return HOST_NETWORK + 1 + host;
}

/** True if the server of this session may answer its SYN by a cookie. */
bool swarm_may_meet_cookie(const struct scenario *scenario, const struct swarm_session *session);

/** True if it may end a connection that others would wait for. */
bool swarm_impatient(const struct swarm_side *side);

/** True if text may travel in the SYNs of this session (RFC 7413). */
bool swarm_fast_open(const struct swarm_session *session);

/** True if both sides mean to end in order and nothing drawn excuses another outcome. */
bool swarm_clean(const struct scenario *scenario, const struct swarm_session *session);

/** Prints the scenario for people. */
void swarm_print(const struct scenario *scenario);

#endif
