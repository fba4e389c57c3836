/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * harness.h: the one running script, as the files behind script.h share it: stage.c (stack, clock,
 * port, failing), segment.c (what comes in and goes out), service.c (what the app does and is
 * told), observe.c (states, counters, leaks) and main.c (the runner).
 *
 * DEVIATION: there is one mutable file-scope object, `stage`. A script reads like a protocol only
 * if no line of it has to hand a context around; a process runs one script at a time.
 */
#ifndef SCRIPT_HARNESS_H
#define SCRIPT_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>

#include "frame.h"
#include "script.h"

#define FLOWS_MAX 256U    /**< distinct 4-tuples in one script */
#define USERS_MAX 1200U   /**< connections that a service holds in one script */
#define FRAMES_MAX 4096U  /**< frames sent and not yet looked at, frames waiting to be received */
#define BREATHS_MAX 4096U /**< breaths at one instant before the worker counts as spinning */
#define TICK_US 100U      /**< a timer may be off by one tick of the worker's wheel */
#define PEERS_MAX 8U
#define OUR_IP IP(192, 0, 2, 1)
#define PEER_IP(n) (IP(192, 0, 2, 10) + (n))
#define PREFIX_LENGTH 24U
#define MSS_DEFAULT 536U  /**< RFC 9293 MUST-15: a SYN without the option */
#define HEADERS_BYTES 40U /**< IPv4 and TCP without options */
#define PEER_PORT 40000U
#define OUR_ACTIVE_PORT 50000U
#define OUR_ISN_AIM 0xfffffffdU /**< three octets, SYN included, before the wrap */
#define PEER_ISS 0xfffffffbU    /**< five */
#define PEER_TS 0xfffffffbU     /**< the peer's timestamps: five before the wrap */

/** A 4-tuple and the numbers on it. */
struct flow {
	bool used;
	unsigned int peer; /**< 1 to PEERS_MAX */
	uint16_t our_port, peer_port;
	uint32_t our_isn, peer_iss;
	bool our_isn_known; /**< learnt from a SYN; a guess before that */
	bool edge_known;
	uint32_t edge;                 /**< right edge of our window, absolute: must not retreat */
	int16_t our_shift, peer_shift; /**< of window scaling, as the SYNs had it; -1: not */
	uint32_t our_ts;               /**< our timestamp at the beginning of the script */
	bool our_ts_known;
	uint32_t window;     /**< all of our receive buffer */
	uint16_t mss;        /**< as the peer's SYN said, at most what the MTU allows */
	enum la_state state; /**< as the ladder last had it */
	int user;            /**< index of its connection in the service, -1: none */
};

/** A connection as the service holds it. */
struct user {
	struct la_conn conn;
	struct flow *flow;
	bool alive;
	bool told[TOLDS]; /**< and not yet looked at */
	unsigned int troubles;
	enum la_reason reason;
	uint8_t *sent; /**< all that was ever sent, by stream position */
	size_t sent_size;
	uint8_t *got; /**< all that was ever read */
	size_t got_size, got_checked;
};

struct sent_frame {
	uint64_t time_us;
	struct where cause;
	uint16_t size;
	uint8_t bytes[FRAME_BYTES_MAX];
};

struct stage {
	const struct script_entry *entry;
	jmp_buf failed;
	int failed_line;   /**< where a script failed */
	struct where line; /**< of the call that is being done */
	/* the log so far */
	char *log;
	size_t log_size, log_room;
	bool verbose;
	/* what a callback found wrong, raised when the breath is over */
	char deferred[256];
	/* the stack */
	struct la_stack_config config;
	struct la_tcp_options options;
	struct la_stack *stack;
	struct la_worker *worker;
	uint16_t mtu;
	uint32_t port_flags;
	uint64_t secret;
	uint64_t now_us, start_us;
	uint64_t ladder_cursor;
	struct la_usage baseline;
	uint64_t *stats, *drops; /**< at the beginning */
	bool arp_by_hand, holding, in_callback;
	/* frames */
	struct rte_mbuf *rx[FRAMES_MAX];
	unsigned int rx_head, rx_count;
	struct sent_frame *tx;
	unsigned int tx_head, tx_count;
	uint64_t flood_count, flood_drawn;
	struct flood_answers flood_answers; /**< to the flood that goes on */
	/* who speaks */
	struct flow flows[FLOWS_MAX];
	struct flow *flow;
	uint16_t last_listened;
	int listener;
	/* the service */
	struct user users[USERS_MAX];
	unsigned int user_count;
	bool leaves_unread, echoes, ends_when_peer_does;
};

extern struct stage stage;

extern const uint8_t our_mac[6];
void peer_mac(unsigned int n, uint8_t mac[6]);

/* service.c */
/** Options without window scaling, timestamps, SACK, ECN and cookies, and with NewReno. */
void stage_plain_options(struct la_tcp_options *options);

/* stage.c */
void stage_begin(const struct script_entry *entry, bool verbose);
/** Ends what is still open and looks for leaks; then frees all. */
void stage_finish(void);
void stage_destroy(void);
/** Brings the stack up, if it is not yet, so that the ISN of this 4-tuple is just below 2^32. */
void stage_open(struct where where, uint16_t our_port_number, uint16_t peer_port_number);
/** A stimulus: nothing that was sent may be left unlooked at. */
void stage_stimulus(struct where where);
/** Breathes until nothing is left to be done at this instant. */
void stage_pump(void);
/** Moves time; stops at the first frame sent if so told. */
void stage_advance(uint64_t until_us, bool stop_at_frame);
void stage_receive(const void *bytes, size_t size);
struct sent_frame *stage_sent(void);
void stage_log(const char *format, ...) __attribute__((format(printf, 1, 2)));
void stage_defer(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void stage_fail(struct where where, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/** The flow of these numbers, made if it is new. NULL when there are too many. */
struct flow *stage_flow(unsigned int peer_number, uint16_t our_port_number,
			uint16_t peer_port_number);
struct flow *stage_current(struct where where);

/* segment.c */
void segment_log(uint64_t time_us, const char *direction, const uint8_t *bytes, size_t size);
/** A frame on one line, numbers relative. Valid until the next call. */
const char *segment_line(const uint8_t *bytes, size_t size);

/* flood.c */
bool flood_is_stranger(uint32_t ip);
/** True if the frame is for a stranger: it is counted, and nobody else's business. */
bool flood_takes(const uint8_t *bytes, size_t size);

/* service.c */
uint8_t pattern_ours(size_t position);
uint8_t pattern_peers(size_t position);
struct user *service_user(struct where where);
void service_release(void);

#endif
