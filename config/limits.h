/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * limits.h: every bound of the stack: queues, tables, loops, retries. Value, unit, why.
 *
 * What an operator may set is not here but in the configuration; what is here bounds that.
 */
#ifndef CONFIG_LIMITS_H
#define CONFIG_LIMITS_H

#include <stdint.h>

/* ---- time ---- */
#define WHEEL_TICK_US 100U /**< RACK and pacing need it this fine */
#define STARVED_TICKS 10U  /**< who lacks a record or a buffer asks again after these */
#define LONG_LINES 3U      /**< queues of connections whose next timer is far off */
#define LONG_LINE_SHORTEST_US 16000000U /**< who has less to go hangs in the wheel */
#define LONG_LINE_FACTOR 10U            /**< from line to line */
#define WHEEL_REACH_TICKS 0x3fffffffU   /**< a quarter of serial time, 29 hours */
#define INTR_GATE_HOLD_US 2000U         /**< from turn to turn of a held interrupt thread */
#define INTR_GATE_WAIT_US 50U           /**< for a burst to end; many times what one takes */

/* ---- one breath ---- */
#define BURST_FRAMES 32U           /**< frames per rx and tx burst */
#define TIMERS_PER_BREATH 256U     /**< wheel entries touched per breath */
#define WHEEL_AHEAD_MAX 128U       /**< of these, cascaded ahead of time */
#define LINE_PER_BREATH 256U       /**< records taken from each line per breath */
#define TX_BUFFER_FRAMES 256U      /**< frames that wait for a port; beyond, DROP_tx_port */
#define FLIGHT_IDLE_US 1000000U    /**< an idle connection keeps its flight for so long */
#define FLIGHT_BRISK_US 20000U     /**< who rests for less leaves its timer for what comes next */
#define BLOB_SHARES 16U            /**< reference counts of a blob: DPDK's have 16 bits each */
#define BLOB_REFERENCES_MAX 32768U /**< queued per share; clones on their way come on top */
#define STOP_PER_BREATH 256U       /**< connections ended per breath of an orderly stop */
#define ALARMS_MAX 256U            /**< la_alarm_set() per worker: a list is walked */
#define CONTROL_PER_BREATH 4U      /**< control messages per breath */
#define CONTROL_RING 64U           /**< control messages on their way to a worker; a power of two */
#define CONTROL_ARG_MAX 16384U     /**< bytes of argument and answer of one control message */

/* ---- the stack ---- */
#define PORTS_MAX 16U
#define ADDRESSES_MAX 256U /**< own addresses; records hold a 16-bit index */
#define ROUTES_MAX 256U
#define LISTENERS_MAX 1024U
#define PROFILES_MAX 4096U         /**< distinct sets of service and options */
#define CONNECTIONS_MAX (1U << 30) /**< table slots hold a 30-bit index */
#define RSS_KEY_BYTES 52U          /**< the longest that NICs ask for; TCP over IPv6 needs 40 */
#define RSS_OWNERS 128U            /**< entries from hash to worker; a power of two */
#define RSS_RETA_MAX 4096U         /**< entries of a device's redirection table that we fill */
#define RSS_TRUST_AFTER 64U     /**< hashes of a port that agree with ours before it is believed */
#define RSS_TRUST_AGAIN 4096U   /**< of those believed one in so many is compared again */
#define FLIGHTS_MAX (1U << 28)  /**< they and the runs they may need are named in 32 bits */
#define FLIGHTS_DEFAULT 65536U  /**< where fewer packet buffers and more connections are set */
#define LADDER_RUNGS 4096U      /**< a power of two */
#define MBUF_SIZE_DEFAULT 2176U /**< bytes, headroom of 128 included: a frame of 1,518 fits */
#define MBUF_SIZE_MAX 16384U
#define MTU_MAX                                                                           \
	16000U /**< an IP packet; with Ethernet header, tag and headroom it fits a buffer \
		*/
#define MBUF_PRIVATE_BYTES 16U /**< private area of each packet buffer */
#define MBUF_CACHE 256U        /**< packet buffers kept by each lcore, at most */
#define MBUFS_MIN 256U
#define SHARE_PART 4U       /**< a queue has one in so many of the packet buffers to be shared */
#define SHARE_BUFFERS 16U   /**< and these at least, while a quarter is free: an initial window */
#define SHARE_KEEPS_FREE 4U /**< one packet buffer in so many is not for longer queues; */
#define SHARE_SHORT 8U      /**< with one in so many free each queue has one; */
#define SHARE_SCARCE 16U    /**< with fewer, no SYN is taken; */
#define SHARE_UNREAD 32U    /**< with fewer, no text but what fills gaps; */
#define SHARE_LAST 64U      /**< these are kept in no queue */
#define MBUF_RESERVE 64U    /**< kept for ACK, RST and FIN when the pool runs low */

/* ---- many workers ---- */
#define WORKERS_MAX 128U /**< as many as there are owners of hashes (RSS_OWNERS) */
#define STEER_RING 512U  /**< packets on their way from one worker to another; a power of two */
#define LANE_RING 512U   /**< frames on their way to the worker whose queue they leave by */
#define CONTROL_TIMEOUT_US 2000000U /**< for a worker that is asked to do something */

/* ---- telemetry: DPDK cuts an answer off at 16 KiB, a dictionary at 256 entries ---- */
#define TELEMETRY_TIMEOUT_US 200000U /**< a worker that does not answer by then is called busy */
#define TELEMETRY_CONNECTIONS 16U    /**< connections per answer: 690 bytes each at most */
#define TELEMETRY_SCAN 1024U         /**< connection records looked at per message */
#define TELEMETRY_RESETS 128U        /**< connections reset per message, each by a segment */
#define TELEMETRY_SWEEP_US                                                                    \
	100000U                 /**< from message to message; then the caller is told how far \
				 */
#define TELEMETRY_LISTENERS 64U /**< listeners per answer: 220 bytes each at most */
#define TELEMETRY_RUNGS 32U     /**< rungs per answer: 450 bytes each at most */

/* ---- network ---- */
#define WAYS 256U /**< remotes to which the way is remembered; 64 bytes each */
#define NEIGHBOURS_MIN 16U
#define NEIGHBOURS_MAX (1U << 20)
#define NEIGHBOUR_WAITING_MAX 8U     /**< packets that wait for one neighbour (RFC 1122 2.3.2.2) */
#define NEIGHBOURS_WAITING_MAX 1024U /**< packets that wait for all of them together */
#define NEIGHBOUR_WAITING_SHARE 8U   /**< and no more than one packet buffer in so many */
#define NEIGHBOUR_REPLACE_SCAN 16U   /**< entries looked at when a full table makes room */
#define ARP_EXPIRY_MAX_US 86400000000U    /**< a day; well within the reach of 32-bit ticks */
#define ARP_ANNOUNCEMENTS 2U              /**< RFC 5227 1.1, ANNOUNCE_NUM */
#define ARP_ANNOUNCE_INTERVAL_US 2000000U /**< RFC 5227 1.1, ANNOUNCE_INTERVAL */
#define ARP_DEFEND_INTERVAL_US 10000000U  /**< RFC 5227 1.1, DEFEND_INTERVAL */
#define ARP_EXPIRY_US 60000000U           /**< a neighbour unheard of for so long is asked again */
#define ARP_RETRIES 3U                    /**< requests, one a second, before giving up */
#define ARP_INTERVAL_US 1000000U          /**< RFC 1122 2.3.2.1: at most one request a second */
#define FRAGMENT_DATAGRAMS_MAX 64U        /**< datagrams in reassembly */
#define FRAGMENTS_PER_DATAGRAM_MAX \
	8U /**< bounded by rte_ip_frag's build: RTE_LIBRTE_IP_FRAG_MAX_FRAG */
#define FRAGMENT_TIMEOUT_US 60000000U /**< RFC 1122 3.3.2: between 60 and 120 seconds */
#define FRAGMENT_HELD_SHARE 8U        /**< fragments hold at most one packet buffer in so many */
#define ICMP_BURST 64U                /**< messages that may leave at once after a quiet time */
#define ICMP_ERROR_BYTES 576U         /**< RFC 1812 4.3.2.3: the longest ICMP error */
#define ICMP_PER_SECOND 1000U         /**< answers and errors; a token bucket with random jitter */
#define RESET_BUCKETS 256U            /**< limits of RSTs without a connection, by source */
#define RESETS_PER_BUCKET 100U        /**< a second, and at once after a quiet time */
#define RESET_KEY_US 60000000U        /**< who shares a limit with whom is drawn anew */

/* ---- TCP that waits ---- */
/** Keepalive and idle times, at most: a day, well within serial time. */
#define QUIET_MAX_US 86400000000ULL
#define KEEPALIVE_PROBES_MAX 14U    /**< a connection counts them in four bits */
#define STALL_TIMEOUT_US 30000000U  /**< a peer that takes next to nothing, memory being short */
#define STALL_RESERVE_SHARE 8U      /**< memory is short when less than one in so many is left */
#define STALL_BYTES_PER_SECOND 256U /**< next to nothing */

/* ---- TCP ---- */
#define BACKLOG_SHARE 3U       /**< a listener has at most so many embryos for each that is left */
#define OPEN_KEEPS_FLIGHTS 16U /**< with one flight in so many left, no SYN is taken */
#define IDLE_KEEPS_FLIGHTS 8U  /**< with fewer free, who falls idle hands its flight back */
#define COOKIE_SLOT_US (1U << 26)      /**< a SYN cookie is good in its slot of 67 s and the next */
#define COOKIE_KEY_SLOTS 8U            /**< slots for which a key makes cookies: 9 minutes */
#define FAST_OPEN_KEY_US 3600000000ULL /**< a Fast Open cookie is good for once or twice that */
#define FAST_OPEN_PENDING_MAX 1024U    /**< PendingFastOpenRequests of RFC 7413 5.1, per worker */
#define FAST_OPEN_RESET_US 60000000U   /**< those that were reset count for so long */
#define FAST_OPEN_SERVERS 256U         /**< whose cookies an active open remembers */
#define FAST_OPEN_REFUSED_US 300000000U  /**< a server that lost a SYN is not asked again before */
#define EMBRYO_BACKOFFS_MAX 10U          /**< SYN-ACK retransmissions at most */
#define REASSEMBLY_STEPS_MAX 256U        /**< from range to range, to find the place of a segment */
#define REASSEMBLY_RANGES_MAX UINT16_MAX /**< ranges beyond gaps; counted in 16 bits */
#define REASSEMBLY_FILL_BYTES 512U      /**< a buffer with less in it, on average, is a poor one; */
#define REASSEMBLY_POOR_MBUFS 256U      /**< of those so many per connection ... */
#define REASSEMBLY_POOR_RANGES 64U      /**< ... in so many ranges */
#define RECEIVE_TUNING_ROUND_TRIPS 4U   /**< as much as comes in so many should fit the buffer */
#define RECEIVE_TUNING_RTT_US 100000U   /**< taken for a round trip where none was measured */
#define RECEIVE_TUNING_FILL_BYTES 1024U /**< text in a packet buffer, taken for granted */
#define RECEIVE_TUNING_UNREAD_SHARE \
	8U                          /**< of the buffer: who leaves more unread does not keep up */
#define RECEIVE_TUNING_SHARE 4U     /**< a buffer grows to a share of one in so many free buffers */
#define RECEIVE_DOUBLINGS_MAX 15U   /**< of the receive buffer: records count them in four bits */
#define SACK_BLOCKS_RECENT 6U       /**< ranges beyond gaps of which our ACKs may tell */
#define SACK_RUNS_MAX 32768U        /**< runs of a scoreboard: 16,000 holes, as many islands */
#define SACK_RUNS_RESERVED 3U       /**< runs that no other board can take: before, here, after */
#define SACK_RUNS_FINE 1024U        /**< above, a board keeps times less finely */
#define SACK_GRAIN_SHARE 64U        /**< one in so many of the age of the oldest run: that finely */
#define SACK_STEPS_MAX 512U         /**< runs passed in search of the blocks of one ACK */
#define BUFFER_MIN 2048U            /**< bytes; smallest send or receive buffer */
#define BUFFER_MAX (1U << 30)       /**< RFC 7323 2.3 */
#define CWND_MAX (1U << 30)         /**< bytes; no peer can offer more (RFC 7323 2.3) */
#define CUBIC_REACH_MS 600000U      /**< further from its plateau no curve is computed */
#define DUPLICATE_ACKS_MAX 63U      /**< owed at a time for segments beyond a gap */
#define COPY_BYTES 256U             /**< text up to this is copied into its segment, not attached */
#define SACK_RUNS_PER_FLIGHT 4U     /**< and so many more, for whoever needs them */
#define SACK_RUN_BYTES 32U          /**< size of a run */
#define PACE_QUANTUM_US 1000U       /**< what leaves within so long may leave at once */
#define SEGMENT_PIECES_MAX 7U       /**< buffers attached to a segment: devices have limits */
#define COALESCE_BYTES 512U         /**< payload up to this is copied behind the last buffer */
#define CHAIN_BUFFERS_MAX 256U      /**< buffers in a chain handed to a service */
#define TABLE_MOVES_MAX 64U         /**< displacements before an insertion fails */
#define TABLE_MEMOS 4096U           /**< tuples of which the slot is remembered, 8 bytes each */
#define CHALLENGE_ACKS_MAX 10U      /**< per connection and second (RFC 5961 section 7) */
#define PMTU_FLOOR_BYTES 552U       /**< smallest path MTU believed (Linux: min_pmtu) */
#define PATH_EPOCH_SHIFT 20U        /**< times of path MTU discovery count in 2^20 ticks, 105 s */
#define PATH_RAISE_EPOCHS 6U        /**< RFC 1191 6.3: ten minutes after a size was refused */
#define PATH_RETRY_EPOCHS 2U        /**< after time-outs, which may have had another reason */
#define PMTU_UNKNOWN_BYTES 576U     /**< RFC 1191 section 5: where a router gives none */
#define EPHEMERAL_PORT_FIRST 10000U /**< RFC 6056 3.2: as large a range as can be spared */
#define EPHEMERAL_PORT_LAST 65535U
/** Fewer are soon guessed, and of many workers some would have none for some destinations. */
#define EPHEMERAL_PORTS_MIN 256U
#define PORT_LINES 1024U     /**< places where searches for a port go on; RFC 6056 3.3.4 */
#define PORT_SPARES 16384U   /**< ports given back by destinations that had none left, in line */
#define PORT_SPARES_SHARE 8U /**< with one port in so many free a search soon finds one */
#define PORT_SHORTAGES 16U   /**< destinations without a port left that are told apart */

_Static_assert((LADDER_RUNGS & (LADDER_RUNGS - 1)) == 0, "the ladder is indexed by mask");
_Static_assert(MBUF_PRIVATE_BYTES % 8 == 0, "DPDK aligns the private area to eight bytes");
_Static_assert(ADDRESSES_MAX <= UINT16_MAX, "records hold a 16-bit address index");
_Static_assert(PROFILES_MAX <= UINT16_MAX, "records hold a 16-bit profile index");
_Static_assert(SHARE_KEEPS_FREE < SHARE_SHORT && SHARE_SHORT < SHARE_SCARCE &&
		       SHARE_SCARCE < SHARE_UNREAD && SHARE_UNREAD < SHARE_LAST,
	       "the fewer are free, the less is allowed");
_Static_assert(MBUFS_MIN / SHARE_LAST > 0, "the smallest pool has a last part, too");
_Static_assert((uint64_t)FLIGHTS_MAX *(SACK_RUNS_RESERVED + SACK_RUNS_PER_FLIGHT) < UINT32_MAX,
	       "runs are named in 32 bits");
_Static_assert(SACK_RUNS_RESERVED >= 3, "one run can be divided by a range in its middle");
_Static_assert(SACK_RUNS_MAX <= UINT16_MAX, "boards count runs in 16 bits");
_Static_assert(CWND_MAX < INT32_MAX, "below the ssthresh that says nothing");
_Static_assert(LINE_PER_BREATH % BURST_FRAMES == 0, "lines are emptied in bursts");
_Static_assert(LISTENERS_MAX <= PROFILES_MAX, "every listener has a profile");

#endif
