/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/backlog.h"

#include <assert.h>

#include "tcp/embryo.h"
#include "tcp/isn.h"
#include "tcp/lifetime.h"
#include "tcp/options.h"
#include "tcp/reply.h"
#include "tcp/segment.h"
#include "tcp/tcp.h"

/* Flights are for connections that are there: one without carries no text. */
static bool flights_are_scarce(const struct tcp *tcp)
{
	uint64_t left = (uint64_t)pool_left(&tcp->flights) + tcp->idle_flights.length;

	return left <= tcp->config.max_flights / OPEN_KEEPS_FLIGHTS;
}

uint32_t backlog_connections(const struct tcp *tcp, const struct listener *listener)
{
	uint32_t users = tcp->profiles.list[listener->profile].users;
	uint32_t others = listener->half_open + (listener->open ? 1U : 0U);

	assert(users >= others);
	return users - others;
}

static bool worker_is_at_limit(const struct tcp *tcp)
{
	return tcp->conns.in_use >= tcp->limits.connections;
}

static bool listener_is_at_limit(const struct tcp *tcp, const struct listener *listener)
{
	return backlog_connections(tcp, listener) >= listener->limits.connections;
}

enum verdict backlog_refuses(const struct tcp *tcp, const struct listener *listener)
{
	if (pool_left(&tcp->conns) == 0)
		return DROP_listen_no_connection;
	if (worker_is_at_limit(tcp))
		return DROP_listen_limit;
	if (listener_is_at_limit(tcp, listener))
		return DROP_listen_own_limit;
	if (flights_are_scarce(tcp))
		return DROP_listen_no_flight;
	return share_is_scarce(&tcp->env->share) ? DROP_listen_no_buffers : VERDICT_CONTINUE;
}

enum verdict backlog_may_complete(const struct tcp *tcp, uint16_t number)
{
	assert(number < LISTENERS_MAX);
	if (pool_left(&tcp->conns) == 0)
		return DROP_no_connection_record;
	if (worker_is_at_limit(tcp) || listener_is_at_limit(tcp, &tcp->listeners.list[number]))
		return DROP_connection_limit;
	return VERDICT_CONTINUE;
}

/* Half-open records that may still be taken. */
static uint32_t half_open_left(const struct tcp *tcp)
{
	uint32_t left = pool_left(&tcp->embryos);
	uint32_t limit = tcp->limits.half_open;
	uint32_t allowed = tcp->embryos.in_use < limit ? limit - tcp->embryos.in_use : 0;

	return allowed < left ? allowed : left;
}

bool backlog_has_room(const struct tcp *tcp, const struct listener *listener)
{
	return half_open_left(tcp) > 0 && listener->half_open < listener->limits.half_open;
}

static bool has_its_share(const struct tcp *tcp, const struct listener *listener)
{
	return listener->half_open >= listener->limits.half_open ||
	       listener->half_open >= (uint64_t)half_open_left(tcp) * BACKLOG_SHARE;
}

/* A listener is pressed from when it has its share until it has much less. */
static bool feel_pressure(const struct tcp *tcp, struct listener *listener, bool has_share)
{
	if (has_share)
		listener->pressed = true;
	else if (listener->pressed && listener->half_open < half_open_left(tcp) &&
		 listener->half_open <= listener->limits.half_open / 2)
		listener->pressed = false;
	return listener->pressed;
}

/* Answers a SYN by a cookie and forgets it. */
static void send_cookie(struct tcp *tcp, const struct tcp_seg *seg, uint16_t number)
{
	uint16_t mss = options_mss_offered(&seg->options, &seg->tuple.remote);
	uint32_t iss = cookie_make(&tcp->cookies, tcp->env->now_us, &tcp->env->random,
				   segment_hash_known(seg), seg->seq, mss);
	const struct la_tcp_options *settings =
		&tcp->profiles.list[tcp->listeners.list[number].profile].options;
	struct embryo embryo;

	embryo_of_syn(tcp, seg, number, &embryo);
	embryo.iss = iss;
	/* Only the echo of our timestamp will remember the other options. */
	if ((embryo.features & CONN_TIMESTAMPS) == 0)
		embryo.features = 0;
	reply_syn_ack(tcp, &embryo, options_mss_announced(tcp, &seg->tuple.remote, settings),
		      SYN_ACK_COOKIE);
	stat_count(&tcp->env->counters, STAT_cookies_sent);
}

static enum la_syn_cookies policy_of(const struct tcp *tcp, const struct listener *listener)
{
	return tcp->profiles.list[listener->profile].options.syn_cookies;
}

enum verdict backlog_take_syn(struct tcp *tcp, const struct tcp_seg *seg,
			      const struct listener *listener, const uint32_t *iss_floor)
{
	uint16_t number = listener_number(&tcp->listeners, listener);
	bool has_share = has_its_share(tcp, listener);
	bool pressed = feel_pressure(tcp, &tcp->listeners.list[number], has_share);
	enum la_syn_cookies policy = policy_of(tcp, listener);
	enum verdict verdict = backlog_refuses(tcp, listener);

	if (verdict != VERDICT_CONTINUE)
		return verdict;
	/* Who has just ended a connection is no stranger, and its ISS must lie beyond the old. */
	if (iss_floor != NULL)
		return embryo_create(tcp, seg, listener, iss_floor);
	if (policy == LA_COOKIES_ALWAYS || (policy == LA_COOKIES_PRESSURE && pressed)) {
		send_cookie(tcp, seg, number);
		return VERDICT_DONE;
	}
	return has_share ? DROP_listen_full : embryo_create(tcp, seg, listener, NULL);
}

/* A passive connection that was no embryo, in the table; NULL: no record or no place is left. */
static struct tcp_conn *begin_conn(struct tcp *tcp, const struct tcp_conn *thawed)
{
	struct tcp_conn *conn = lifetime_begin(tcp, thawed);
	struct table_entry self = { .kind = RECORD_CONN };

	if (conn == NULL)
		return NULL;
	tcp->profiles.list[conn->profile].users++;
	self.index = conn_index(tcp, conn);
	if (table_insert(&tcp->table, &conn->tuple, tcp_hash(tcp, &conn->tuple), self) != 0) {
		conn->flags |= CONN_ENDED;
		lifetime_release(tcp, conn);
		return NULL;
	}
	conn->flags |= CONN_TABLED;
	stat_count(&tcp->env->counters, STAT_passive_opens);
	return conn;
}

static bool may_fast_open(struct tcp *tcp, const struct tcp_seg *seg,
			  const struct listener *listener)
{
	const struct tcp_options *options = &seg->options;

	if (!tcp->profiles.list[listener->profile].options.fast_open || !options->has_fast_open ||
	    options->fast_open_size == 0 || backlog_refuses(tcp, listener) != VERDICT_CONTINUE)
		return false;
	if (!fast_open_check(&tcp->fast_open, tcp->env->now_us, &seg->tuple.remote,
			     seg->tuple.local_index, options->fast_open, options->fast_open_size) ||
	    !fast_open_begin(&tcp->fast_open, tcp->env->now_us)) {
		stat_count(&tcp->env->counters, STAT_fast_opens_refused);
		return false;
	}
	return true;
}

struct tcp_conn *backlog_fast_open(struct tcp *tcp, const struct tcp_seg *seg,
				   const struct listener *listener)
{
	struct tcp_conn thawed, *conn;
	struct embryo embryo;

	if (!may_fast_open(tcp, seg, listener))
		return NULL;
	embryo_of_syn(tcp, seg, listener_number(&tcp->listeners, listener), &embryo);
	embryo.iss = isn_generate(&tcp->isn_key, segment_hash_known(seg), tcp->env->now_us);
	embryo.give_cookie = false;
	embryo_thaw(tcp, &embryo, &thawed);
	options_set_mss(tcp, &thawed, embryo.mss);
	thawed.snd_nxt = thawed.snd_una; /* the SYN-ACK leaves with the text's ACK */
	conn = begin_conn(tcp, &thawed);
	if (conn == NULL || !lifetime_fast_open(tcp, conn)) {
		fast_open_end(&tcp->fast_open, tcp->env->now_us, false);
		return NULL;
	}
	stat_count(&tcp->env->counters, STAT_fast_opens);
	return conn;
}

bool backlog_expects_cookie(const struct tcp *tcp, const struct listener *listener)
{
	return policy_of(tcp, listener) != LA_COOKIES_NEVER && listener->open &&
	       cookie_expected(&tcp->cookies, tcp->env->now_us);
}

/* What the SYN had agreed on, as the echo of the cookie's timestamp says: no more than we want. */
static void remember_options(const struct tcp *tcp, const struct tcp_seg *seg,
			     const struct listener *listener, struct embryo *embryo)
{
	const struct la_tcp_options *settings = &tcp->profiles.list[listener->profile].options;
	struct cookie_options said;
	uint16_t features = CONN_TIMESTAMPS;

	if (!settings->timestamps || !seg->options.has_timestamps)
		return;
	said = cookie_timestamp_read(seg->options.ts_echo);
	if (settings->window_scaling && said.window_scale)
		features |= CONN_WINDOW_SCALE;
	if (settings->sack && said.sack)
		features |= CONN_SACK;
	if (settings->ecn != LA_ECN_OFF && said.ecn)
		features |= CONN_ECN;
	embryo->features = features & EMBRYO_FEATURES;
	embryo->ts_recent = seg->options.ts_value;
	embryo->peer_shift = said.shift & 0xf;
}

enum cookie_verdict backlog_take_cookie(const struct tcp *tcp, const struct tcp_seg *seg,
					const struct listener *listener, struct tcp_conn *out)
{
	struct embryo embryo = {
		.tuple = seg->tuple,
		.iss = seg->ack - 1,
		.irs = seg->seq - 1,
		.listener = listener_number(&tcp->listeners, listener),
		.peer_window = (uint16_t)seg->wnd,
	};
	enum cookie_verdict verdict =
		cookie_check(&tcp->cookies, tcp->env->now_us, segment_hash_known(seg), embryo.irs,
			     embryo.iss, &embryo.mss);

	if (verdict == COOKIE_GOOD) {
		remember_options(tcp, seg, listener, &embryo);
		embryo_thaw(tcp, &embryo, out);
		options_set_mss(tcp, out, embryo.mss);
		out->features |= CONN_OF_COOKIE;
	}
	return verdict;
}

struct tcp_conn *backlog_promote(struct tcp *tcp, const struct tcp_conn *thawed)
{
	struct tcp_conn *conn = begin_conn(tcp, thawed);

	if (conn != NULL)
		stat_count(&tcp->env->counters, STAT_cookies_accepted);
	return conn;
}
