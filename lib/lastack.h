/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lastack.h: the public interface of liblastack, a TCP terminator for DPDK.
 *
 * A *stack* holds what is configured once: addresses, routes, listeners, limits. A *worker* is one
 * poll loop (one lcore) and owns everything that belongs to its connections. A *port* is where
 * frames come from and go to: an ethdev, or any pair of burst callbacks. A *service* is a const
 * table of callbacks: what happens to the bytes.
 *
 * Threads: a stack is built (create, port, address, listen) by one thread, before any worker is
 * polled. After that every call that takes a worker is made on the thread that polls it: from its
 * service callbacks, or between two calls of la_worker_poll(). The calls marked "any thread" are
 * the exception. Each worker is polled by one thread, each by another or several by the same.
 *
 * Errors: control calls return 0 or -errno and, where they take a struct la_error, a sentence that
 * says what was wrong and what would be right.
 *
 * Times are microseconds in 64 bits (suffix _us); sizes are bytes; ports are in host order.
 */
#ifndef LASTACK_H
#define LASTACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LA_API __attribute__((visibility("default")))

struct rte_mbuf;
struct rte_mempool;

struct la_stack;
struct la_worker;
struct la_blob;

/** The version of the library, "MAJOR.MINOR.PATCH". Static string. */
LA_API const char *la_version(void);

/* ---- errors and addresses ------------------------------------------------------------------ */

/** A sentence for people. Always terminated; empty when the call succeeded. */
struct la_error {
	char text[256];
};

/** An address in 16 bytes, network order. IPv4 is carried mapped: ::ffff:a.b.c.d (RFC
 * 4291 2.5.5.2). */
struct la_addr {
	uint8_t bytes[16];
};

/** One end of a connection. The port is in host order; 0 means "any" or "choose one". */
struct la_endpoint {
	struct la_addr addr;
	uint16_t port;
};

#define LA_ADDR_TEXT_SIZE 46 /**< bytes, terminator included, that la_addr_format() may need */

/** The mapped form of an IPv4 address given in host order. */
LA_API struct la_addr la_addr_from_ipv4(uint32_t host_order);
/** True for a mapped IPv4 address. */
LA_API bool la_addr_is_ipv4(const struct la_addr *addr);
/** The IPv4 address in host order; only meaningful where la_addr_is_ipv4(). */
LA_API uint32_t la_addr_to_ipv4(const struct la_addr *addr);
/** True for the address "any": all zero, or 0.0.0.0 mapped. */
LA_API bool la_addr_is_any(const struct la_addr *addr);
LA_API bool la_addr_equal(const struct la_addr *a, const struct la_addr *b);
/** Reads "192.0.2.1" or "2001:db8::1". Returns 0, or -EINVAL and leaves *out alone. */
LA_API int la_addr_parse(const char *text, struct la_addr *out);
/** Writes the address as text into buf (LA_ADDR_TEXT_SIZE suffices) and returns buf. */
LA_API char *la_addr_format(const struct la_addr *addr, char *buf, size_t size);

/* ---- connections: what a user holds ---------------------------------------------------------- */

/**
 * A connection as its user knows it. The handle carries a generation: it stays valid until the
 * service was told closed(), and afterwards every call with it fails with -ENOTCONN.
 */
struct la_conn {
	uint64_t id; /**< 0: no connection */
};

/** The states of RFC 9293 section 3.3.2. */
enum la_state {
	LA_CLOSED,
	LA_LISTEN,
	LA_SYN_SENT,
	LA_SYN_RECEIVED,
	LA_ESTABLISHED,
	LA_FIN_WAIT_1,
	LA_FIN_WAIT_2,
	LA_CLOSE_WAIT,
	LA_CLOSING,
	LA_LAST_ACK,
	LA_TIME_WAIT,
	LA_STATES
};

/** "ESTABLISHED", "FIN-WAIT-1", ... Static string. */
LA_API const char *la_state_name(enum la_state state);

/** Why a connection ended (RFC 9293 MUST-12: the user is told of an abort, and why). */
enum la_reason {
	LA_REASON_DONE,    /**< both directions were closed in order */
	LA_REASON_RESET,   /**< the peer sent an acceptable RST */
	LA_REASON_REFUSED, /**< the peer answered our SYN with RST */
	LA_REASON_TIMEOUT, /**< the peer is silent: R2 (RFC 9293 3.8.3), keepalive, FIN-WAIT-2 */
	LA_REASON_ABORTED, /**< la_abort(), or la_close() with data unread */
	LA_REASON_UNREACHABLE, /**< a hard ICMP error, believed in SYN-SENT only (RFC 5927) */
	LA_REASON_STOPPED,     /**< the grace period of la_stack_stop() ran out */
	LA_REASON_STALLED,     /**< memory ran short, and the peer took next to nothing */
	LA_REASON_IDLE,        /**< idle_timeout_us passed without text in either direction */
	LA_REASONS
};

/** "done", "reset by peer", ... Static string. */
LA_API const char *la_reason_name(enum la_reason reason);

/**
 * What happens to the bytes of a connection. All callbacks run on the connection's worker; each may
 * be NULL. They are called at most once per connection and breath, in the order in which they stand
 * here, and may call anything that takes a worker except la_worker_poll(). `data` is the
 * service_data of the listen or connect call.
 */
struct la_service {
	const char *name;
	/** ESTABLISHED was reached, passively or actively. */
	void (*opened)(struct la_worker *worker, struct la_conn conn, void *data);
	/**
	 * There are bytes to read (la_recv*). What is left unread stays with the connection and
	 * closes the window; the callback comes again when more arrives, not before.
	 */
	void (*data)(struct la_worker *worker, struct la_conn conn, void *data);
	/** The peer's urgent pointer moved ahead (RFC 9293 3.8.5, RFC 6093); la_status() tells
	 * where. */
	void (*urgent)(struct la_worker *worker, struct la_conn conn, void *data);
	/**
	 * Trouble that does not end the connection (RFC 9293 3.9.1.8): an ICMP error about what is
	 * outstanding, or R1 was reached. la_status() tells which (soft_error, retransmits).
	 */
	void (*trouble)(struct la_worker *worker, struct la_conn conn, void *data);
	/** After la_send_ask(): there is window and buffer for at least one byte. */
	void (*room)(struct la_worker *worker, struct la_conn conn, void *data);
	/** The peer's FIN: every byte before it has been read. Half-close: sending goes on. */
	void (*peer_closed)(struct la_worker *worker, struct la_conn conn, void *data);
	/** The end. The handle is dead after this callback. Called exactly once for every opened
	 *  connection and every successful la_connect(). */
	void (*closed)(struct la_worker *worker, struct la_conn conn, void *data,
		       enum la_reason reason);
};

/** Congestion control (RFC 5681). */
enum la_congestion {
	LA_CUBIC,   /**< RFC 9438, with HyStart++ (RFC 9406) */
	LA_NEWRENO, /**< RFC 5681 */
	LA_CONGESTIONS
};

/** Explicit congestion notification (RFC 3168). */
enum la_ecn {
	LA_ECN_OFF,
	LA_ECN_ACCEPT, /**< used when the peer asks for it */
	LA_ECN_ASK,    /**< asked for, too */
	LA_ECNS
};

/** When a listener answers a SYN without keeping a record of it (RFC 4987 3.6). */
enum la_syn_cookies {
	LA_COOKIES_PRESSURE, /**< while half-open records run low */
	LA_COOKIES_NEVER,
	LA_COOKIES_ALWAYS,
	LA_SYN_COOKIES
};

/** Settings of a listener or of one active open. Start from la_tcp_options_init(). */
struct la_tcp_options {
	uint32_t send_buffer;        /**< bytes queued and not yet acknowledged, at first */
	uint32_t receive_buffer;     /**< bytes the peer may have ahead of the reader, at first */
	uint32_t send_buffer_max;    /**< as far as a fast path lets it grow; 0: it does not */
	uint32_t receive_buffer_max; /**< as far as a fast path lets it grow; 0: it does not */
	uint16_t mss;                /**< ceiling of the MSS announced and used; 0: from the MTU */
	uint8_t ttl;                 /**< TTL or hop limit (RFC 9293 MUST-49) */
	uint8_t dscp;                /**< 0..63 */
	bool no_delay;               /**< turns Nagle off (RFC 9293 MUST-17) */
	uint8_t r1_retransmits; /**< R1 (RFC 9293 MUST-20): after so many, the route is suspected */
	uint32_t r2_us;         /**< R2 for data and FIN: give up after so long */
	uint32_t r2_syn_us;     /**< R2 for SYN and SYN-ACK (RFC 9293 MUST-23: 3 minutes) */
	uint32_t delayed_ack_us; /**< at most 500,000 (RFC 9293 MUST-40) */
	uint32_t rto_initial_us; /**< RFC 6298 2.1; a listener's SYN-ACK always starts at 1 s */
	uint32_t rto_min_us;     /**< RFC 6298 2.4; 200 ms is the practice */
	uint32_t rto_max_us;     /**< RFC 6298 2.5 */
	bool window_scaling;     /**< RFC 7323 section 2 */
	bool timestamps;         /**< RFC 7323 section 3 */
	bool sack;               /**< RFC 2018 */
	bool keepalive;          /**< RFC 9293 MUST-24, 25: off unless turned on */
	/** RFC 7413. Of a listener: text in a SYN with a good cookie is taken before the handshake
	 * is over, and a late duplicate of the SYN brings it again. Of an active open: what is sent
	 * in the breath of la_connect() goes with the SYN, once the server has given a cookie. */
	bool fast_open;
	bool pacing;              /**< a window is spread over the round trip */
	bool path_mtu_probing;    /**< RFC 8899: black holes are looked for */
	uint8_t keepalive_probes; /**< unanswered ones that end a connection */
	enum la_congestion congestion;
	enum la_ecn ecn;
	enum la_syn_cookies syn_cookies; /**< of a listener */
	uint32_t keepalive_interval_us;  /**< between probes */
	uint64_t keepalive_idle_us;      /**< quiet time before the first probe (MUST-28) */
	uint64_t idle_timeout_us;        /**< without text in either direction: ended; 0: never */
	/** RFC 5482, ADV_UTO: told to the peer; 0: not told, and what the peer tells is not heeded.
	 *  Else r2_us becomes the longer of both. */
	uint32_t user_timeout_us;
	uint32_t user_timeout_max_us; /**< RFC 5482, U_LIMIT: no peer lengthens it beyond */
	bool user_timeout_changeable; /**< RFC 5482, CHANGEABLE: by what the peer tells */
	uint32_t fin_wait_2_us;       /**< after la_close(), for the peer's FIN */
	/** While memory runs short, a peer may take less than stall_bytes_per_second for so long;
	 * 0: for ever. */
	uint32_t stall_timeout_us;
	uint32_t stall_bytes_per_second; /**< above 0 where there is a stall_timeout_us */
};

/** The defaults that docs/operating.md lists. */
LA_API void la_tcp_options_init(struct la_tcp_options *options);

/** Where a connection stands (RFC 9293 3.10.6), in the spirit of tcp_info. */
struct la_status {
	enum la_state state;
	struct la_endpoint local;
	struct la_endpoint remote;
	bool passive; /**< came from a listener */
	uint32_t snd_una, snd_nxt, snd_wnd;
	uint32_t rcv_nxt, rcv_wnd;
	uint32_t cwnd, ssthresh;             /**< bytes */
	uint32_t srtt_us, rttvar_us, rto_us; /**< srtt_us 0: no sample yet */
	uint32_t in_flight;                  /**< bytes sent and not yet acknowledged */
	uint32_t send_queued;                /**< bytes in the send queue, in flight included */
	uint32_t receive_queued;             /**< bytes in order that the service has not read */
	uint32_t out_of_order;               /**< bytes kept beyond a gap */
	uint32_t retransmits;                /**< retransmissions of what is outstanding now */
	uint16_t mss;                        /**< effective send MSS (RFC 9293 3.7.1) */
	/** ICMP type << 8 | code of the last error about what is outstanding; 0: none. The peer may
	 *  be out of reach (RFC 9293 SHLD-25). */
	uint16_t soft_error;
	uint32_t urgent_ahead; /**< bytes from the reader's position to the end of urgent data; 0:
				  none */
	/** Since text or an acknowledgement of text came, or text left: told up to a day at least,
	 *  and after five days from 0 again. */
	uint64_t idle_us;
};

/* ---- the three doors: clock, randomness, port ------------------------------------------------ */

/** The time. NULL in the configuration means the TSC. */
struct la_clock {
	uint64_t (*now_us)(void *ctx); /**< must never go back */
	void *ctx;
};

/** Randomness. NULL in the configuration means getrandom(2), read once at creation. */
struct la_random {
	void (*fill)(void *ctx, void *buf, size_t size);
	void *ctx;
};

/**
 * A port of one's own. Ownership is DPDK's: rx_burst hands mbufs over to the stack; the first n
 * mbufs of a tx_burst that returns n belong to the port, the rest stay with the stack. What it
 * hands over has a private area of 16 bytes or more (rte_mbuf.priv_size), which the stack writes
 * to.
 */
struct la_port_ops {
	uint16_t (*rx_burst)(void *ctx, uint16_t queue, struct rte_mbuf **mbufs, uint16_t count);
	uint16_t (*tx_burst)(void *ctx, uint16_t queue, struct rte_mbuf **mbufs, uint16_t count);
};

/** The port takes mbuf chains; without it every frame leaves in one mbuf. */
#define LA_PORT_TX_CHAINS (1U << 0)
/** A frame sent ends up in another worker's hands (rings, simulated links): payload is copied. */
#define LA_PORT_TX_HANDOVER (1U << 1)
/** The port fills in IPv4 header and TCP checksums when mbuf.ol_flags asks for it. */
#define LA_PORT_TX_CHECKSUM (1U << 2)

struct la_port_config {
	const char *name;
	const struct la_port_ops *ops; /**< NULL for la_port_add_ethdev() */
	void *ctx;
	/** Queue pairs: worker i uses queue i and no other; a worker beyond the last hands its
	 *  frames to worker i modulo queues. At most one for each worker. 0: 1; of an ethdev as
	 *  many as there are workers. An ethdev may have fewer than that: la_port_info(). */
	uint16_t queues;
	uint8_t mac[6]; /**< ignored for an ethdev, which has its own */
	uint16_t mtu;   /**< IP packet bytes; 0: 1500 */
	uint16_t vlan;  /**< one IEEE 802.1Q tag; 0: none */
	uint32_t flags; /**< LA_PORT_*; ignored for an ethdev, which is asked */
};

/* ---- the stack --------------------------------------------------------------------------------
 */

/** Workers of one stack, at most. */
#define LA_WORKERS_MAX 128

/** What is called a limit holds for each worker: connections, records and buffers are not shared.
 */
struct la_stack_config {
	const char *name;               /**< prefix of DPDK object names; unique in the process */
	unsigned int workers;           /**< poll loops; 0: 1. At most LA_WORKERS_MAX */
	const unsigned int *lcores;     /**< which lcore polls each of them, for its NUMA node and
					 *  caches; NULL: unknown */
	const struct la_clock *clock;   /**< NULL: the TSC */
	const struct la_random *random; /**< NULL: getrandom(2) */
	uint32_t max_connections;       /**< per worker */
	uint32_t max_flights;    /**< connections with bytes outstanding; 0: as connections, but no
				  * more    than mbufs or 65,536, whichever is larger */
	uint32_t max_embryos;    /**< half-open, per worker */
	uint32_t max_time_waits; /**< per worker */
	uint32_t mbufs;          /**< packet buffers per worker */
	uint32_t mbuf_size;      /**< bytes of data that each has room for, a headroom of 128
				  * included: 2,176, or more for an MTU above 2,030 */
	uint32_t neighbours;     /**< entries of the ARP table */
	uint64_t msl_us; /**< maximum segment lifetime (RFC 9293 3.4.2); TIME-WAIT is twice */
	uint64_t flight_idle_us; /**< an idle connection hands its flight record back after this */
	bool no_short_cuts;      /**< each segment takes every step, for comparisons */
	uint64_t arp_expiry_us;  /**< a neighbour not heard of is asked again after this */
	/** The local ports of active opens that name none: first to last, at least 256 (RFC 6056).
	 *  A worker has its share of them for each destination. */
	uint16_t ephemeral_first, ephemeral_last;
};

/** The defaults: one worker of moderate size, MSL of 30 seconds. docs/operating.md lists them. */
LA_API void la_stack_config_init(struct la_stack_config *config);

/** Bytes that a stack of this configuration reserves, records and buffers of all workers. */
LA_API uint64_t la_stack_memory(const struct la_stack_config *config);

/** What of that follows from which setting, the largest first: "mbufs 78.0 MiB, ...". */
LA_API void la_stack_memory_list(const struct la_stack_config *config, struct la_error *out);

/**
 * Reserves everything the stack will ever use. EAL must be up. Returns 0; -EINVAL for a
 * configuration out of bounds; -ENOMEM, and err names the settings and what each of them takes.
 */
LA_API int la_stack_create(const struct la_stack_config *config, struct la_stack **out,
			   struct la_error *err);

/** Frees all; what is still open is not told to the peers. NULL is fine. */
LA_API void la_stack_destroy(struct la_stack *stack);

/** Adds a port of one's own; returns its index or -errno. The configuration is copied. */
LA_API int la_port_add(struct la_stack *stack, const struct la_port_config *config,
		       struct la_error *err);

/**
 * Configures and starts an ethdev and adds it; returns its index or -errno. The ethdev is stopped
 * and closed with the stack, and where it is there but cannot be started. One whose kernel shares
 * packet buffers (net_af_xdp) is to be there before the stack, unless EAL has hugepages.
 */
LA_API int la_port_add_ethdev(struct la_stack *stack, uint16_t ethdev,
			      const struct la_port_config *config, struct la_error *err);

/** What became of a port. */
struct la_port_info {
	uint16_t queues; /**< queue pairs in use; worker i has number i, one beyond uses others' */
	bool spreads;    /**< the device says that it distributes over them as the stack would */
};
/** 0, or -ENOENT: there is no such port. */
LA_API int la_port_info(const struct la_stack *stack, int port, struct la_port_info *out);

/** An address of ours on a port, with the length of its on-link prefix. */
LA_API int la_address_add(struct la_stack *stack, int port, const struct la_addr *addr,
			  unsigned int prefix_length, struct la_error *err);

/** A route: what matches prefix/length goes out of the port through the gateway. */
LA_API int la_route_add(struct la_stack *stack, int port, const struct la_addr *prefix,
			unsigned int length, const struct la_addr *gateway, struct la_error *err);

/**
 * Listens (passive OPEN, RFC 9293 3.10.1), on every worker. An address of "any" takes SYNs to all
 * our addresses. Returns the listener's number or -errno: -EADDRINUSE, -EADDRNOTAVAIL, -ENOSPC,
 * -EINVAL; -ESHUTDOWN: la_stack_stop() was called; -EIO: a worker refused what those before it had
 * opened, and closed again; -ETIMEDOUT when a worker is not polled any more, or not yet and this is
 * not the thread that made the stack; -EAGAIN when too many messages wait for it. options may be
 * NULL; both structures are copied, service must outlive the stack.
 * Any thread, one at a time; while workers are polled each is asked by a message, and this waits
 * for all of them.
 */
LA_API int la_listen(struct la_stack *stack, const struct la_endpoint *local,
		     const struct la_service *service, void *service_data,
		     const struct la_tcp_options *options, struct la_error *err);

/** No limit but what was reserved at the start. */
#define LA_LIMIT_NONE UINT32_MAX

/**
 * How many there may be at a time on each worker. Where there are as many or more, newcomers are
 * refused as if no record were left; who is there already is never touched.
 */
struct la_limits {
	/** Connections from the end of their handshake on, active opens from SYN-SENT on. A SYN
	 *  beyond is dropped, and so is the ACK that would complete a handshake. */
	uint32_t connections;
	/** Half-open connections of listeners. Beyond, SYN cookies as la_tcp_options says. */
	uint32_t half_open;
};

/**
 * Limits of each worker, below what la_stack_config reserved; LA_LIMIT_NONE: all of it, as at the
 * start. 0; -EINVAL: more than was reserved; -ETIMEDOUT when a worker that was polled before is no
 * longer: those before it keep the new limits. Any thread, as la_listen().
 */
LA_API int la_set_limits(struct la_stack *stack, const struct la_limits *limits,
			 struct la_error *err);

/** What la_set_limits() said last, and what was reserved. Called as what takes a worker. */
LA_API void la_worker_limits(const struct la_worker *worker, struct la_limits *set,
			     struct la_limits *reserved);

/** Limits of one listener on each worker, of its own and beside those of la_set_limits(). It opens
 *  with none. 0, -ENOENT or -ETIMEDOUT. Any thread, as la_listen(). */
LA_API int la_listener_set_limits(struct la_stack *stack, int listener,
				  const struct la_limits *limits);

/** Takes no new SYN; connections and half-open ones go on. 0, -ENOENT or -ETIMEDOUT. Any thread, as
 *  la_listen(). */
LA_API int la_listen_end(struct la_stack *stack, int listener);

/** A listener that is open. */
struct la_listener_info {
	struct la_endpoint local; /**< address "any": all of ours */
	const char *service;      /**< its name */
	uint32_t half_open;       /**< its half-open connections on this worker */
	uint32_t connections;     /**< the others that came by it, on this worker */
	struct la_limits limits;  /**< LA_LIMIT_NONE: none of its own */
};
/** The listener by its number, as a worker has it. 0, or -ENOENT: none is open under it. */
LA_API int la_worker_listener(struct la_worker *worker, int listener, struct la_listener_info *out);

/** The stack's worker number index, or NULL. Any thread. */
LA_API struct la_worker *la_stack_worker(struct la_stack *stack, unsigned int index);
/** How many workers the stack has. Any thread. */
LA_API unsigned int la_stack_workers(const struct la_stack *stack);
/** The worker's number in its stack: below la_stack_workers(). Any thread. */
LA_API unsigned int la_worker_index(const struct la_worker *worker);
LA_API struct la_stack *la_worker_stack(struct la_worker *worker);

/**
 * One breath: receive, process, expire timers, tell services, send. Returns the number of frames
 * received and sent and timers fired: 0 means idle.
 */
LA_API unsigned int la_worker_poll(struct la_worker *worker);

/** The worker's clock as read at the start of this breath. */
LA_API uint64_t la_worker_now_us(const struct la_worker *worker);

/**
 * When la_worker_poll() next has something to do even if no frame arrives: an absolute time, never
 * later than the real deadline and at times earlier; UINT64_MAX when no timer is armed.
 */
LA_API uint64_t la_worker_next_event_us(const struct la_worker *worker);

/**
 * A time at which something is to be called, on one worker. Its memory is the caller's: zero it,
 * give it ring and arg, and leave the rest to the worker. It stays where it is until it rang or was
 * cancelled, or the stack is gone. For the few moments that a service as a whole waits for: who has
 * many deadlines keeps them in order and sets an alarm for the first.
 */
struct la_alarm {
	void (*ring)(struct la_worker *worker, void *arg);
	void *arg;
	uint64_t at_us; /**< meant while it is set */
	struct la_alarm *next;
	bool is_set;
};

/**
 * Sets the alarm: ring() is called once, in the first breath at at_us or later but not in this one,
 * before services are told what happened; it may do what a service's callback may. One that is set
 * already is moved. Returns 0, or -ENOSPC: 256 are set on this worker.
 */
LA_API int la_alarm_set(struct la_worker *worker, struct la_alarm *alarm, uint64_t at_us);
/** It does not ring. One that is not set stays so. */
LA_API void la_alarm_cancel(struct la_worker *worker, struct la_alarm *alarm);

/**
 * Begins an orderly end of every worker, each in its next breath. Any thread. Listeners close,
 * half-open connections are reset, the others end their direction as by la_end() (one whose service
 * asked for room, when it asks no more), and what is left after grace_us is reset. Goes on polling
 * until la_stack_stopped().
 */
LA_API void la_stack_stop(struct la_stack *stack, uint64_t grace_us);
/** True when no connection and no half-open one is left on any worker. TIME-WAIT records do not
 *  count. Any thread. */
LA_API bool la_stack_stopped(const struct la_stack *stack);

/* ---- the calls of RFC 9293 section 3.10 -------------------------------------------------------
 */

/**
 * Active OPEN (3.10.1). local may be NULL, or have address "any" or port 0: chosen then, so that
 * the answers come to this worker. Returns 0 and the handle, or -errno: -EADDRNOTAVAIL (no such
 * address; no port left to this peer, from none of our addresses if any will do), -EADDRINUSE (this
 * very 4-tuple exists), -EXDEV (answers to the port that was named come to another worker),
 * -ENETUNREACH, -ENOBUFS (a pool is dry, or la_set_limits() allows no more), -EINVAL. Nothing is
 * called back before this returns.
 */
LA_API int la_connect(struct la_worker *worker, const struct la_endpoint *local,
		      const struct la_endpoint *remote, const struct la_service *service,
		      void *service_data, const struct la_tcp_options *options,
		      struct la_conn *out);

#define LA_SEND_MORE (1U << 0) /**< more follows at once: no PSH yet, a short segment may wait */
#define LA_SEND_URGENT                                                             \
	(1U << 1) /**< the last byte is urgent (RFC 9293 3.8.5); for telnet's sake \
		   */

/**
 * SEND (3.10.2), copied. Returns how many bytes were taken (0 when the send buffer is full, or
 * the connection has its share of the packet buffers), or -ENOTCONN, -EPIPE (our direction has
 * ended). Allowed from SYN-SENT on; goes out when established.
 */
LA_API ssize_t la_send(struct la_worker *worker, struct la_conn conn, const void *bytes,
		       size_t size, unsigned int flags);

/**
 * SEND without a copy: the chain is queued as it is. Its buffers must be in no other chain: to send
 * the same bytes on several connections, clone them (rte_pktmbuf_clone()) or make a blob. Returns 0
 * and owns the chain, or -EAGAIN (no room for all of it), -ENOTCONN, -EPIPE, -EINVAL (empty chain),
 * and the caller keeps it.
 */
LA_API int la_send_mbuf(struct la_worker *worker, struct la_conn conn, struct rte_mbuf *chain,
			unsigned int flags);

/** SEND from a blob, attached and not copied. Returns bytes taken or -errno as la_send(). It may
 * take more than la_send_room() says: a packet buffer holds more of a blob. */
LA_API ssize_t la_send_blob(struct la_worker *worker, struct la_conn conn,
			    const struct la_blob *blob, size_t offset, size_t size,
			    unsigned int flags);

/** Bytes that la_send() or la_send_mbuf() would take now; 0 for a dead handle. */
LA_API size_t la_send_room(struct la_worker *worker, struct la_conn conn);

/**
 * Asks for one room() callback as soon as there is buffer and the peer's window is not full. So a
 * service that makes data need not keep it before it can leave.
 */
LA_API int la_send_ask(struct la_worker *worker, struct la_conn conn);

/** RECEIVE (3.10.3), copied: at most size bytes. Returns bytes, 0 for nothing, or -ENOTCONN. */
LA_API ssize_t la_recv(struct la_worker *worker, struct la_conn conn, void *bytes, size_t size);

/** RECEIVE without a copy: a chain of at most max bytes, now the caller's; NULL for nothing. */
LA_API struct rte_mbuf *la_recv_mbuf(struct la_worker *worker, struct la_conn conn, size_t max);

/** RECEIVE and forget: returns how many bytes were skipped. */
LA_API size_t la_recv_skip(struct la_worker *worker, struct la_conn conn, size_t max);

/** Bytes in order and unread; 0 for a dead handle. */
LA_API size_t la_recv_ready(struct la_worker *worker, struct la_conn conn);

/** Ends our direction: FIN after what is queued (CLOSE, 3.10.4). Receiving goes on. 0 or -errno. */
LA_API int la_end(struct la_worker *worker, struct la_conn conn);

/**
 * CLOSE in the sense of a socket: FIN after what is queued, and nothing more is read. If bytes are
 * unread, or arrive later, the peer is told by RST (RFC 9293 SHLD-3, RFC 2525 2.17). closed()
 * still comes; with LA_REASON_TIMEOUT if the peer does not close its own direction within a minute.
 */
LA_API int la_close(struct la_worker *worker, struct la_conn conn);

/** ABORT (3.10.5): RST at the end of this breath, and closed(LA_REASON_ABORTED) in this one or the
 *  next. 0 or -ENOTCONN. */
LA_API int la_abort(struct la_worker *worker, struct la_conn conn);

/** STATUS (3.10.6). 0 or -ENOTCONN. */
LA_API int la_status(struct la_worker *worker, struct la_conn conn, struct la_status *out);

/** The options that the connection goes by now. 0 or -ENOTCONN. */
LA_API int la_options(struct la_worker *worker, struct la_conn conn, struct la_tcp_options *out);

/**
 * Changes the options of this connection: start from la_options(). What was settled when it was
 * opened stays (mss, the buffers for receiving, window_scaling, timestamps, sack, congestion, ecn,
 * syn_cookies, fast_open): another value there is -EINVAL, and so is one out of bounds. Keepalive
 * and idle times that change count from now on. 0, -ENOTCONN, -EINVAL, or -ENOBUFS: too many
 * connections have options of their own.
 */
LA_API int la_set_options(struct la_worker *worker, struct la_conn conn,
			  const struct la_tcp_options *options, struct la_error *err);

/** Turns Nagle off or on for this connection. 0 or -ENOTCONN. */
LA_API int la_set_no_delay(struct la_worker *worker, struct la_conn conn, bool no_delay);

/** The service's one word in the connection. It starts as 0. */
LA_API void la_set_context(struct la_worker *worker, struct la_conn conn, uint64_t context);
LA_API uint64_t la_context(struct la_worker *worker, struct la_conn conn);

/** Calls visit for each connection record with index in [from, from + count); returns the next
 *  index to ask for, or 0 when all were seen. */
LA_API uint32_t la_worker_each(struct la_worker *worker, uint32_t from, uint32_t count,
			       void (*visit)(void *arg, struct la_worker *worker,
					     struct la_conn conn),
			       void *arg);

/* ---- constant payload -------------------------------------------------------------------------
 */

/** Copies size bytes into memory a port can read from; all workers of the stack may send from it.
 *  NULL when there is none left. */
LA_API struct la_blob *la_blob_create(struct la_stack *stack, const void *bytes, size_t size);
LA_API size_t la_blob_size(const struct la_blob *blob);
/** Drops the caller's reference; segments still on their way keep theirs. Nobody may send from the
 *  blob any more. Any thread. NULL is fine. */
LA_API void la_blob_release(struct la_blob *blob);

/** The worker's packet buffers, for services that build mbufs. */
LA_API struct rte_mempool *la_worker_mempool(struct la_worker *worker);

/* ---- looking inside ---------------------------------------------------------------------------
 */

/** How much of each pool is in use. Relaxed reads; any thread. */
struct la_usage {
	uint32_t connections, flights, embryos, time_waits;
	uint32_t mbufs;             /**< taken from the worker's pool, by whomever */
	uint32_t timers;            /**< armed in the wheel */
	uint32_t fragments;         /**< datagrams being reassembled */
	uint32_t neighbour_waiting; /**< packets waiting for ARP */
	uint32_t table_entries;
};
LA_API void la_worker_usage(const struct la_worker *worker, struct la_usage *out);

/** Counters of events, and of drops by reason: number, name, help, value. Any thread. */
LA_API unsigned int la_stat_count(void);
LA_API const char *la_stat_name(unsigned int stat);
LA_API const char *la_stat_help(unsigned int stat);
LA_API uint64_t la_worker_stat(const struct la_worker *worker, unsigned int stat);
LA_API unsigned int la_drop_count(void);
LA_API const char *la_drop_name(unsigned int drop);
LA_API const char *la_drop_help(unsigned int drop);
LA_API uint64_t la_worker_drop(const struct la_worker *worker, unsigned int drop);

/** A peer to which la_connect() was refused because no local port was left. */
struct la_port_shortage {
	struct la_endpoint remote;
	uint64_t refused; /**< calls */
	uint64_t last_us; /**< when the last of them was, on the worker's clock */
};

/** Copies at most count of those of which this worker heard last, and returns how many. */
LA_API unsigned int la_port_shortages(const struct la_worker *worker, struct la_port_shortage *out,
				      unsigned int count);

/** One rung of the ladder: a segment that came or went, and our state after it. */
struct la_rung {
	uint64_t time_us;
	struct la_endpoint local, remote;
	uint32_t seq, ack, window; /**< as on the wire, absolute; window in bytes */
	uint32_t payload;          /**< bytes of text */
	uint16_t urgent;
	uint8_t flags; /**< as on the wire: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32 */
	bool sent;     /**< by us */
	bool retransmit;
	uint8_t state; /**< enum la_state of our side after the segment */
	uint16_t drop; /**< 0, or the number of the reason it was dropped under */
	uint16_t mss;  /**< MSS option, 0: none */
	uint8_t event; /**< enum la_rung_event */
};

enum la_rung_event {
	LA_RUNG_SEGMENT,
	LA_RUNG_STATE, /**< the state changed without a segment: a call, a timer */
};

/** What the ladder watches. A zero field matches all. */
struct la_ladder_filter {
	struct la_addr remote;
	uint16_t remote_port;
	uint16_t local_port;
};

/** Arms the ladder with a filter (NULL: disarms). Rungs seen so far stay readable. */
LA_API void la_ladder_arm(struct la_worker *worker, const struct la_ladder_filter *filter);

/**
 * Copies up to count rungs from position *cursor on and moves it. Start with 0; if rungs were
 * overwritten meanwhile the cursor skips to the oldest one left. Returns how many were copied.
 */
LA_API unsigned int la_ladder_read(struct la_worker *worker, uint64_t *cursor, struct la_rung *out,
				   unsigned int count);

/** Registers the /lastack/... endpoints of DPDK telemetry for this stack (one per process). */
LA_API int la_telemetry_start(struct la_stack *stack, struct la_error *err);
LA_API void la_telemetry_stop(struct la_stack *stack);

/**
 * Lets telemetry open listeners (/lastack/listen): which services there are, only the process
 * knows. open() is called on a thread of DPDK's, one call at a time and none after
 * la_telemetry_stop(), with what the command was given; it returns what la_listen() does. NULL:
 * none can be opened, as at the start. After la_telemetry_start(), on the thread of that.
 */
LA_API void la_telemetry_listen(struct la_stack *stack,
				int (*open)(void *ctx, const char *text, struct la_error *err),
				void *ctx);

#ifdef __cplusplus
}
#endif

#endif /* LASTACK_H */
