/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tcp_constants.h: numbers that an RFC fixes: value, unit, section. Each has a test named after it.
 */
#ifndef CONFIG_TCP_CONSTANTS_H
#define CONFIG_TCP_CONSTANTS_H

#define TCP_HEADER_BYTES 20U       /**< RFC 9293 3.1, without options */
#define TCP_DEFAULT_MSS_IPV4 536U  /**< bytes, RFC 9293 MUST-15 */
#define TCP_DEFAULT_MSS_IPV6 1220U /**< bytes, RFC 9293 MUST-15 */
#define TCP_MSS_FLOOR 64U     /**< bytes; smaller offers are taken as this: an attack on our CPU */
#define TCP_WINDOW_MAX 65535U /**< bytes without scaling, RFC 9293 3.1 */
#define TCP_WINDOW_SHIFT_MAX 14U /**< RFC 7323 2.3 */
#define TCP_TIMESTAMPS_BYTES 12U /**< of every segment: RFC 7323 appendix A */
#define TCP_TIMESTAMP_US 1000U   /**< our clock of timestamps: RFC 7323 5.4, 1 ms to 1 s */
/** RFC 7323 5.5: TS.Recent is outdated when the peer's clock of 1 ms may have gone half around. */
#define TCP_TIMESTAMP_OUTDATED_US (31ULL << 36)
#define TCP_MSL_DEFAULT_US 30000000U /**< RFC 9293 3.4.2 says 2 minutes; 30 s is the practice */
#define TCP_RTO_INITIAL_US 1000000U  /**< RFC 6298 2.1 */
#define TCP_RTO_MIN_US 200000U       /**< RFC 6298 2.4 says 1 s; Linux's 200 ms is the practice */
#define TCP_RTO_MAX_US 60000000U     /**< RFC 6298 2.5: at least 60 s */
#define TCP_RTO_SYN_TIMEOUT_US 3000000U /**< RFC 6298 5.7: after a SYN was retransmitted */
#define TCP_RTO_RESTART_SEGMENTS 4U     /**< RFC 7765 5: rrthresh */
#define TCP_RTO_GRANULARITY_US 100U     /**< G of RFC 6298 2: one tick of the wheel */
#define TCP_BACKOFF_MAX 31U             /**< doublings counted; RTO.max is reached long before */
#define TCP_R1_RETRANSMITS 3U           /**< RFC 9293 SHLD-10 */
#define TCP_R2_US 924600000U            /**< RFC 9293 SHLD-11: at least 100 s; Linux's figure */
#define TCP_R2_SYN_US 180000000U        /**< RFC 9293 MUST-23: at least 3 minutes */
#define TCP_DELAYED_ACK_US 40000U       /**< RFC 9293 MUST-40: below 500 ms */
#define TCP_PEER_ACK_DELAY_US 200000U   /**< RFC 8985 7.2: WCDelAckT, how long a peer waits */
#define TCP_DELAYED_ACK_MAX_US 500000U  /**< RFC 9293 MUST-40 */
#define TCP_ACK_EVERY_SEGMENTS 2U       /**< RFC 9293 SHLD-19 */
#define TCP_PERSIST_MAX_US 60000000U    /**< ceiling of the zero-window probe interval */
#define TCP_FIN_WAIT_2_US 60000000U /**< RFC 9293 3.10.4 sets no limit; BSD and Linux take 60 s */
#define TCP_KEEPALIVE_IDLE_US 7200000000ULL /**< RFC 9293 MUST-28: at least two hours */
#define TCP_KEEPALIVE_INTERVAL_US 75000000U /**< between probes: BSD's and Linux's */
#define TCP_KEEPALIVE_PROBES 9U             /**< RFC 9293 MUST-29: one lost probe is no death */
#define TCP_USER_TIMEOUT_MIN_US 100000000U  /**< RFC 5482 3.1, L_LIMIT: as RFC 9293 SHLD-11 */
#define TCP_USER_TIMEOUT_MAX_US 3600000000U /**< U_LIMIT of RFC 5482 3.1, which gives none */
#define TCP_PLPMTU_BASE_BYTES 1200U         /**< RFC 8899 5.1.2: BASE_PLPMTU */
#define TCP_PLPMTU_TIMEOUTS 3U              /**< RFC 8899 5.1.2: MAX_PROBES, then a black hole */
#define TCP_SWS_OVERRIDE_US 100000U         /**< RFC 9293 3.8.6.2.1: 0.1 to 1 s */
#define TCP_DUPLICATE_ACKS 3U               /**< RFC 5681 3.2 */
#define TCP_INITIAL_WINDOW_SEGMENTS 10U     /**< RFC 6928 */
#define TCP_INITIAL_WINDOW_BYTES 14600U     /**< RFC 6928 */
#define TCP_ISN_CLOCK_US 4U                 /**< RFC 6528: the clock of the ISN ticks every 4 us */

#define TCP_ABC_SEGMENTS 2U                /**< L of RFC 3465 2.2, slow start */
#define TCP_NON_VALIDATED_MINUTES 5U       /**< NVP of RFC 7661 4.4.3 */
#define RENO_BETA_PERCENT 50U              /**< RFC 5681 equation 4: half of the flight */
#define RENO_BETA_ECN_PERCENT 80U          /**< RFC 8511 3.1: for marks, with NewReno */
#define CUBIC_C_TENTHS 4U                  /**< RFC 9438 5.1: C is 0.4 segments/s^3 */
#define CUBIC_BETA_PERCENT 70U             /**< RFC 9438 4.6: for losses */
#define CUBIC_BETA_ECN_PERCENT 85U         /**< RFC 8511 3.1: for marks, with CUBIC */
#define CUBIC_FAST_CONVERGENCE_PERCENT 85U /**< RFC 9438 4.7: (1 + beta) / 2 */
#define CUBIC_ALPHA 9U                     /**< RFC 9438 4.3: 3 (1 - beta) / (1 + beta) is 9/17 */
#define CUBIC_ALPHA_PER 17U                /**< denominator of the above */
#define HYSTART_MIN_RTT_THRESH_US 4000U    /**< RFC 9406 4.3 */
#define HYSTART_MAX_RTT_THRESH_US 16000U   /**< RFC 9406 4.3 */
#define HYSTART_MIN_RTT_DIVISOR 8U         /**< RFC 9406 4.3 */
#define HYSTART_N_RTT_SAMPLE 8U            /**< RFC 9406 4.3 */
#define HYSTART_CSS_GROWTH_DIVISOR 4U      /**< RFC 9406 4.3 */
#define HYSTART_CSS_ROUNDS 5U              /**< RFC 9406 4.3 */
#define HYSTART_L_SEGMENTS 8U              /**< RFC 9406 4.3: L without pacing */
/** RFC 8985 6.2 step 4: recoveries for which a larger reordering window holds. */
#define TCP_RACK_REO_WND_PERSIST 16U
/** RFC 8985 6.2 step 4: the reordering window grows in steps of min RTT / 4 ... */
#define TCP_RACK_REO_WND_SHARE 4U
/** ... up to four round trips; SRTT mostly caps it before. */
#define TCP_RACK_REO_WND_MULT_MAX 16U
/** RFC 8985 6.2 step 1 leaves the window of the minimum open; Linux takes 300 s. */
#define TCP_RACK_MIN_RTT_WINDOW_US 300000000U
#define TCP_TLP_MAX_ACK_DELAY_US 200000U /**< TLP.max_ack_delay, RFC 8985 7.2 */
#define TCP_TLP_INITIAL_US 1000000U      /**< PTO without a sample, RFC 8985 7.2 */

#endif
