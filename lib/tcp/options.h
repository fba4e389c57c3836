/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * options.h: the options of TCP in use: what SYNs agree on, what later segments carry (RFC 9293
 * section 3.7.1: MSS; RFC 7323: window scale and timestamps; RFC 2018: SACK permitted).
 *
 * Knows settings, connections and the peer's options; the octets are wire/tcp_header's.
 */
#ifndef TCP_OPTIONS_H
#define TCP_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "config/tcp_constants.h"
#include "tcp/conn.h"

struct tcp;
struct tcp_options;

/** The MSS that we announce to remote: the MTU less fixed headers, or the setting if smaller. */
uint16_t options_mss_announced(const struct tcp *tcp, const struct la_addr *remote,
			       const struct la_tcp_options *settings);

/** The MSS the peer's SYN stands for: its option, floored, or the default of its IP version. */
uint16_t options_mss_offered(const struct tcp_options *options, const struct la_addr *remote);

/** Bytes of options in every segment of a connection with these features (enum conn_feature). */
static inline uint16_t options_bytes(uint16_t features)
{
	return (features & CONN_TIMESTAMPS) != 0 ? TCP_TIMESTAMPS_BYTES : 0;
}

/** The effective send MSS (Eff.snd.MSS, RFC 9293 3.7.1): the lesser of what the peer offered and
 *  what fits the path, less the options of every segment with these features. */
static inline uint16_t options_effective_mss(uint16_t offered, uint16_t announced,
					     uint16_t features)
{
	return (uint16_t)((offered < announced ? offered : announced) - options_bytes(features));
}

/** Sets it for a path as it is now. */
void options_set_mss(const struct tcp *tcp, struct tcp_conn *conn, uint16_t offered);

/** What our SYN offers, of all that is to be agreed on (enum conn_feature). */
static inline uint16_t options_wanted(const struct la_tcp_options *settings)
{
	return (uint16_t)((settings->window_scaling ? CONN_WINDOW_SCALE : 0) |
			  (settings->timestamps ? CONN_TIMESTAMPS : 0) |
			  (settings->sack ? CONN_SACK : 0));
}

/** Of what we want, what the peer's SYN offers too (enum conn_feature). */
uint16_t options_agreed(const struct la_tcp_options *settings, const struct tcp_options *offered);

/** Rcv.Wind.Shift that our SYN offers, 0 if we want no scaling: the smallest with which the field
 *  can offer all that the buffer may become. */
static inline uint8_t options_receive_shift(const struct la_tcp_options *settings)
{
	uint32_t most = settings->receive_buffer;
	uint8_t shift;

	if (!settings->window_scaling)
		return 0;
	if (settings->receive_buffer_max > most)
		most = settings->receive_buffer_max;
	if (most <= TCP_WINDOW_MAX)
		return 0;
	/* What the field has too few bits for; one more where it is all ones and that is not
	 * enough. */
	shift = (uint8_t)(16 - __builtin_clz(most));
	if (shift < TCP_WINDOW_SHIFT_MAX && TCP_WINDOW_MAX << shift < most)
		shift++;
	return shift < TCP_WINDOW_SHIFT_MAX ? shift : TCP_WINDOW_SHIFT_MAX;
}

/** The window of a SYN or SYN-ACK, bytes: never scaled (RFC 7323 2.2), but it can be said when it
 * is scaled by shift. */
static inline uint32_t options_syn_window(const struct la_tcp_options *settings, uint8_t shift)
{
	uint32_t window = settings->receive_buffer < TCP_WINDOW_MAX ? settings->receive_buffer
								    : TCP_WINDOW_MAX;

	return window & ~((1U << shift) - 1);
}

/** Takes the features into use, and with them the peer's shift and our own (RFC 7323 2.3). */
static inline void options_take(struct tcp_conn *conn, const struct la_tcp_options *settings,
				uint16_t features, uint8_t peer_shift)
{
	conn->features |= features;
	conn->snd_shift = conn->rcv_shift = 0;
	if ((features & CONN_WINDOW_SCALE) == 0)
		return;
	/* RFC 7323 2.3: a larger shift than 14 is taken for 14. */
	conn->snd_shift =
		(peer_shift < TCP_WINDOW_SHIFT_MAX ? peer_shift : TCP_WINDOW_SHIFT_MAX) & 0xf;
	conn->rcv_shift = options_receive_shift(settings) & 0xf;
}

/**
 * The options of our SYN, whose features are those that we want, or of a SYN-ACK, whose features
 * were agreed on (RFC 7323 2.2, 3.2); mss is options_mss_announced(). With timestamps their numbers
 * are still to be filled in.
 */
void options_of_syn(const struct la_tcp_options *settings, uint16_t features, uint16_t mss,
		    struct tcp_options *out);

/** The Fast Open cookie of a SYN-ACK to a peer that asked for one (RFC 7413 4.1.2). */
void options_add_cookie(struct tcp *tcp, const struct tcp_tuple *tuple, struct tcp_options *out);

/** The Fast Open option of our SYN: a cookie, or the wish for one. Returns how many bytes of text
 * may go with it. */
uint32_t options_ask_fast_open(const struct tcp *tcp, const struct tcp_conn *conn,
			       struct tcp_options *out);

/** TSval of any other segment: options_timestamp(), as a rule without computing the hash. */
uint32_t options_ts_value(const struct tcp *tcp, const struct tcp_conn *conn);

/** The options of any other segment. */
void options_of_segment(const struct tcp *tcp, const struct tcp_conn *conn,
			struct tcp_options *out);

/**
 * The clock of our timestamps for this connection: milliseconds plus a secret of the 4-tuple (RFC
 * 7323 5.4, 7.1). It does not go back from one incarnation to the next (RFC 6191).
 */
uint32_t options_timestamp(const struct tcp *tcp, const struct tcp_tuple *tuple);

#define OPTIONS_AGE_SHIFT 36 /**< conn.ts_recent_age counts 2^36 us, 19 hours */

/** The time in these units, low bits. */
static inline uint8_t options_age(uint64_t now_us)
{
	return (uint8_t)(now_us >> OPTIONS_AGE_SHIFT);
}

/**
 * R1 of RFC 7323 5.3: SEG.TSval < TS.Recent, and TS.Recent is not outdated. For a connection and a
 * segment that both have timestamps.
 */
bool options_timestamp_is_old(const struct tcp *tcp, const struct tcp_conn *conn,
			      uint32_t ts_value);

/** R3: TS.Recent is this, from now on. */
static inline void options_take_timestamp(struct tcp_conn *conn, uint32_t ts_value, uint64_t now_us)
{
	conn->ts_recent = ts_value;
	conn->ts_recent_age = options_age(now_us);
}

#endif
