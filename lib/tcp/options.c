/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/options.h"

#include <assert.h>
#include <string.h>

#include "base/addr.h"
#include "base/seq.h"
#include "tcp/tcp.h"
#include "tcp/user_timeout.h"
#include "wire/tcp_header.h"

/* -- MSS -- */

/* Headers without options (RFC 6691): 20 or 40 of IP, 20 of TCP. */
static uint16_t headers_of(const struct la_addr *remote)
{
	uint32_t ipv4;

	return (uint16_t)(TCP_HEADER_BYTES + (addr_to_ipv4(remote, &ipv4) ? 20 : 40));
}

uint16_t options_mss_announced(const struct tcp *tcp, const struct la_addr *remote,
			       const struct la_tcp_options *settings)
{
	uint16_t mtu = net_mtu(tcp->net, remote);
	uint16_t headers = headers_of(remote);
	uint16_t mss = mtu > headers + TCP_MSS_FLOOR ? (uint16_t)(mtu - headers) : TCP_MSS_FLOOR;

	/* One buffer holds one segment where chains cannot be sent, and always when it is copied.
	 */
	if (mss > tcp->buffer_text)
		mss = (uint16_t)tcp->buffer_text;
	if (settings->mss != 0 && settings->mss < mss)
		mss = settings->mss;
	return mss;
}

uint16_t options_mss_offered(const struct tcp_options *options, const struct la_addr *remote)
{
	if (!options->has_mss)
		return la_addr_is_ipv4(remote) ? TCP_DEFAULT_MSS_IPV4 : TCP_DEFAULT_MSS_IPV6;
	return options->mss < TCP_MSS_FLOOR ? TCP_MSS_FLOOR : options->mss;
}

void options_set_mss(const struct tcp *tcp, struct tcp_conn *conn, uint16_t offered)
{
	uint16_t ours = options_mss_announced(tcp, &conn->tuple.remote, tcp_options_of(tcp, conn));

	assert(offered >= TCP_MSS_FLOOR);
	conn->mss = options_effective_mss(offered, ours, conn->features) & CONN_MSS_MOST;
}

/* -- what SYNs agree on -- */

uint16_t options_agreed(const struct la_tcp_options *settings, const struct tcp_options *offered)
{
	uint16_t features = (uint16_t)((offered->has_window_scale ? CONN_WINDOW_SCALE : 0) |
				       (offered->has_timestamps ? CONN_TIMESTAMPS : 0) |
				       (offered->sack_permitted ? CONN_SACK : 0));

	return features & options_wanted(settings);
}

void options_of_syn(const struct la_tcp_options *settings, uint16_t features, uint16_t mss,
		    struct tcp_options *out)
{
	*out = (struct tcp_options){
		.has_mss = true,
		.has_window_scale = (features & CONN_WINDOW_SCALE) != 0,
		.has_timestamps = (features & CONN_TIMESTAMPS) != 0,
		.sack_permitted = (features & CONN_SACK) != 0,
		.has_user_timeout = settings->user_timeout_us != 0,
		.window_scale = options_receive_shift(settings),
		.mss = mss,
	};
	if (out->has_user_timeout)
		out->user_timeout = user_timeout_to_wire(settings->user_timeout_us);
}

static bool cookie_fits(const struct tcp_options *options, unsigned int size)
{
	struct tcp_options without = *options;

	without.has_fast_open = false;
	return tcp_options_length(&without) + 2 + size <= TCP_OPTIONS_BYTES_MAX;
}

void options_add_cookie(struct tcp *tcp, const struct tcp_tuple *tuple, struct tcp_options *out)
{
	out->has_fast_open = true;
	out->fast_open_size = FAST_OPEN_COOKIE_BYTES;
	fast_open_make(&tcp->fast_open, tcp->env->now_us, &tuple->remote, tuple->local_index,
		       out->fast_open);
}

uint32_t options_ask_fast_open(const struct tcp *tcp, const struct tcp_conn *conn,
			       struct tcp_options *out)
{
	const struct fast_open_server *server;
	uint32_t mss;

	if (!conn_may(conn, CONN_FAST_OPEN))
		return 0;
	server = fast_open_cache_find(&tcp->fast_open_servers, &conn->tuple.remote);
	if (server != NULL && tcp->env->now_us < server->refused_until_us)
		return 0;
	out->has_fast_open = true;
	if (server == NULL || server->size == 0 || !cookie_fits(out, server->size))
		return 0;
	out->fast_open_size = server->size;
	memcpy(out->fast_open, server->cookie, server->size);
	mss = server->mss < out->mss ? server->mss : out->mss;
	return mss > tcp_options_length(out) ? mss - tcp_options_length(out) : 0;
}

/* -- later segments -- */

static uint32_t clock_now(const struct tcp *tcp)
{
	return (uint32_t)(tcp->env->now_us / TCP_TIMESTAMP_US);
}

static uint32_t ts_offset(const struct tcp *tcp, const struct tcp_tuple *tuple)
{
	return (uint32_t)tuple_hash(&tcp->timestamp_key, tuple);
}

/* The flight keeps it, while there is one. */
static uint32_t ts_offset_of(const struct tcp *tcp, const struct tcp_conn *conn)
{
	struct tcp_flight *flight = flight_of(tcp, conn);

	if (flight == NULL)
		return ts_offset(tcp, &conn->tuple);
	if (!flight->knows_ts_offset) {
		flight->ts_offset = ts_offset(tcp, &conn->tuple);
		flight->knows_ts_offset = true;
	}
	return flight->ts_offset;
}

uint32_t options_ts_value(const struct tcp *tcp, const struct tcp_conn *conn)
{
	return clock_now(tcp) + ts_offset_of(tcp, conn);
}

void options_of_segment(const struct tcp *tcp, const struct tcp_conn *conn, struct tcp_options *out)
{
	static const struct tcp_options none, timestamps = { .has_timestamps = true };

	if (!conn_may(conn, CONN_TIMESTAMPS)) {
		*out = none;
		return;
	}
	/* Its beginning is read as one number soon, and was written as one. */
	*out = timestamps;
	out->ts_value = options_ts_value(tcp, conn);
	out->ts_echo = conn->ts_recent;
}

/* -- timestamps -- */

/*
 * The offset is a hash of its own: its 32 bits are for everybody to see, and those of the table's
 * hash would tell which tuples share a bucket.
 */
uint32_t options_timestamp(const struct tcp *tcp, const struct tcp_tuple *tuple)
{
	return clock_now(tcp) + ts_offset(tcp, tuple);
}

/*
 * RFC 7323 5.5: after 24 days without a segment a clock of milliseconds has gone half around, and
 * TS.Recent proves nothing. The age is counted modulo 203 days; a connection that is silent for so
 * long takes at worst another of these turns to be believed.
 */
bool options_timestamp_is_old(const struct tcp *tcp, const struct tcp_conn *conn, uint32_t ts_value)
{
	uint8_t age = (uint8_t)(options_age(tcp->env->now_us) - conn->ts_recent_age);

	assert(conn_may(conn, CONN_TIMESTAMPS));
	return seq_lt(ts_value, conn->ts_recent) &&
	       age < TCP_TIMESTAMP_OUTDATED_US >> OPTIONS_AGE_SHIFT;
}
