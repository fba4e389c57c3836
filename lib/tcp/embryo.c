/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/embryo.h"

#include <assert.h>

#include "base/seq.h"
#include "tcp/ecn.h"
#include "tcp/isn.h"
#include "tcp/ladder_note.h"
#include "tcp/lifetime.h"
#include "tcp/options.h"
#include "tcp/reply.h"
#include "tcp/segment.h"
#include "tcp/state.h"
#include "tcp/tcp.h"

static struct embryo *embryo_at(const struct tcp *tcp, uint32_t index)
{
	return pool_at(&tcp->embryos, index);
}

static uint32_t timeout_us(unsigned int retransmits)
{
	uint64_t timeout = (uint64_t)TCP_RTO_INITIAL_US << retransmits;

	return timeout < TCP_RTO_MAX_US ? (uint32_t)timeout : TCP_RTO_MAX_US;
}

static void stand_in_line(struct tcp *tcp, uint32_t index)
{
	uint8_t line = embryo_at(tcp, index)->retransmits;

	line_append(&tcp->embryo_lines[line], index, env_tick_after(tcp->env, timeout_us(line)));
}

/* Of its listener. */
static uint16_t profile_of(const struct tcp *tcp, const struct embryo *embryo)
{
	return tcp->listeners.list[embryo->listener].profile;
}

const struct la_tcp_options *embryo_settings(const struct tcp *tcp, const struct embryo *embryo)
{
	return &tcp->profiles.list[profile_of(tcp, embryo)].options;
}

/* What the SYN offers and we take. */
static void take_offer(const struct tcp *tcp, struct embryo *embryo, const struct tcp_seg *seg)
{
	const struct la_tcp_options *settings = embryo_settings(tcp, embryo);
	uint16_t features = options_agreed(settings, &seg->options);
	uint8_t shift = seg->options.window_scale;

	/* RFC 3168 6.1.1: who asks no more is not to be sent ECN-capable text. */
	if (ecn_asked(settings, seg->flags))
		features |= CONN_ECN;
	embryo->features = features & EMBRYO_FEATURES;
	embryo->peer_shift = (shift < TCP_WINDOW_SHIFT_MAX ? shift : TCP_WINDOW_SHIFT_MAX) & 0xf;
	embryo->give_cookie = settings->fast_open && seg->options.has_fast_open;
	embryo->ts_recent = seg->options.ts_value;
	embryo->mss = options_mss_offered(&seg->options, &seg->tuple.remote);
	/* The window of a SYN is never scaled (RFC 7323 2.2). */
	embryo->peer_window = (uint16_t)seg->wnd;
}

void embryo_thaw(const struct tcp *tcp, const struct embryo *embryo, struct tcp_conn *out)
{
	const struct la_tcp_options *options = embryo_settings(tcp, embryo);

	*out = (struct tcp_conn){
		.state = LA_SYN_RECEIVED,
		.flags = CONN_PASSIVE | (options->no_delay ? CONN_NO_DELAY : 0),
		.snd_una = embryo->iss,
		.snd_nxt = embryo->iss + 1,
		.snd_wnd = embryo->peer_window,
		.snd_wl1 = embryo->irs,
		.rcv_nxt = embryo->irs + 1,
		.flight = CONN_NONE,
		.due_next = CONN_NONE,
		.profile = profile_of(tcp, embryo),
		.last_recv_tick = tcp->env->now_tick,
	};
	out->tuple = embryo->tuple;
	options_take(out, options, embryo->features, embryo->peer_shift);
	options_take_timestamp(out, embryo->ts_recent, tcp->env->now_us);
	out->rcv_adv = out->rcv_nxt + options_syn_window(options, out->rcv_shift);
	conn_note_snd_wnd(out, embryo->peer_window);
	if (embryo->retransmits > 0)
		out->flags |= CONN_SYN_REPEATED;
	if (embryo->retransmits > 1)
		out->flags |= CONN_SYN_LOST_TWICE;
	if (conn_may(out, CONN_ECN))
		out->features |= CONN_ECT;
}

static void send_syn_ack(struct tcp *tcp, uint32_t index, bool again)
{
	struct embryo *embryo = embryo_at(tcp, index);
	uint16_t announced =
		options_mss_announced(tcp, &embryo->tuple.remote, embryo_settings(tcp, embryo));

	if (announced < embryo->mss)
		embryo->mss = announced;
	embryo->sent_us = (uint32_t)tcp->env->now_us;
	reply_syn_ack(tcp, embryo, announced, again ? SYN_ACK_AGAIN : SYN_ACK_FIRST);
}

void embryo_of_syn(const struct tcp *tcp, const struct tcp_seg *seg, uint16_t listener,
		   struct embryo *out)
{
	*out = (struct embryo){
		.irs = seg->seq,
		.created_tick = tcp->env->now_tick,
		.listener = listener,
	};
	out->tuple = seg->tuple;
	take_offer(tcp, out, seg);
}

enum verdict embryo_create(struct tcp *tcp, const struct tcp_seg *seg,
			   const struct listener *listener, const uint32_t *iss_floor)
{
	uint16_t number = listener_number(&tcp->listeners, listener);
	uint32_t index = pool_take(&tcp->embryos);
	struct table_entry self = { .kind = RECORD_EMBRYO, .index = index };
	struct embryo *embryo;

	if (index == POOL_NONE)
		return DROP_listen_full;
	embryo = embryo_at(tcp, index);
	embryo_of_syn(tcp, seg, number, embryo);
	embryo->iss = isn_generate(&tcp->isn_key, segment_hash_known(seg), tcp->env->now_us);
	if (iss_floor != NULL && seq_leq(embryo->iss, *iss_floor))
		embryo->iss = *iss_floor + 1 + random_below(&tcp->env->random, 1U << 20);
	if (table_insert(&tcp->table, &seg->tuple, segment_hash_known(seg), self) != 0) {
		pool_give(&tcp->embryos, index);
		return DROP_listen_full;
	}
	tcp->profiles.list[listener->profile].users++;
	tcp->listeners.list[number].half_open++;
	stand_in_line(tcp, index);
	stat_count(&tcp->env->counters, STAT_passive_opens);
	send_syn_ack(tcp, index, false);
	return VERDICT_DONE;
}

/* Some peers leave options out when their SYN seems not to get through. */
void embryo_answer(struct tcp *tcp, uint32_t index, const struct tcp_seg *seg)
{
	struct embryo *embryo = embryo_at(tcp, index);
	uint32_t known = embryo->ts_recent;

	embryo->answered_again = true;
	take_offer(tcp, embryo, seg);
	if (seq_lt(embryo->ts_recent, known))
		embryo->ts_recent = known;
	send_syn_ack(tcp, index, true);
}

void embryo_take_timestamp(struct tcp *tcp, uint32_t index, uint32_t ts_value)
{
	embryo_at(tcp, index)->ts_recent = ts_value;
}

static void leave_line(struct tcp *tcp, uint32_t index)
{
	line_remove(&tcp->embryo_lines[embryo_at(tcp, index)->retransmits], index);
}

static void leave_listener(struct tcp *tcp, const struct embryo *embryo)
{
	struct listener *listener = &tcp->listeners.list[embryo->listener];

	assert(listener->half_open > 0);
	listener->half_open--;
}

struct tcp_conn *embryo_promote(struct tcp *tcp, uint32_t index)
{
	const struct embryo *embryo = embryo_at(tcp, index);
	struct tcp_conn *conn = lifetime_take(tcp);
	struct table_entry from = { .kind = RECORD_EMBRYO, .index = index };
	struct table_entry to = { .kind = RECORD_CONN };

	if (conn == NULL)
		return NULL;
	embryo_thaw(tcp, embryo, conn);
	/* What fits the path was put into it with the SYN-ACK. */
	conn->mss =
		options_effective_mss(embryo->mss, CONN_MSS_MOST, conn->features) & CONN_MSS_MOST;
	/* Karn: a SYN-ACK sent twice is not timed. */
	if (embryo->retransmits == 0 && !embryo->answered_again)
		rtt_sample(&conn->rtt, (uint32_t)tcp->env->now_us - embryo->sent_us);
	to.index = conn_index(tcp, conn);
	tcp_table_replace(tcp, &conn->tuple, from, to);
	conn->flags |= CONN_TABLED;
	leave_line(tcp, index);
	leave_listener(tcp, embryo);
	pool_give(&tcp->embryos, index); /* its use of the profile is the connection's now */
	return conn;
}

/* Takes an embryo that stands in no line any more out of the table and gives it back. */
static void drop_embryo(struct tcp *tcp, uint32_t index)
{
	const struct embryo *embryo = embryo_at(tcp, index);
	struct table_entry self = { .kind = RECORD_EMBRYO, .index = index };

	ladder_note_record(tcp, &embryo->tuple, LA_LISTEN);
	tcp_table_remove(tcp, &embryo->tuple, self);
	ports_free(&tcp->ports, &embryo->tuple);
	profile_leave(&tcp->profiles, profile_of(tcp, embryo));
	leave_listener(tcp, embryo);
	pool_give(&tcp->embryos, index);
}

void embryo_release(struct tcp *tcp, uint32_t index)
{
	leave_line(tcp, index);
	drop_embryo(tcp, index);
}

bool embryo_refuse_one(struct tcp *tcp)
{
	for (unsigned int line = 0; line < EMBRYO_BACKOFFS_MAX; line++) {
		uint32_t index = tcp->embryo_lines[line].head;
		struct tcp_conn thawed;

		if (index == TIMER_NODE_NONE)
			continue;
		embryo_thaw(tcp, embryo_at(tcp, index), &thawed);
		reply_refuse(tcp, &thawed);
		embryo_release(tcp, index);
		return true;
	}
	return false;
}

/* The SYN-ACK was not answered in time: send it again, or give up at R2. */
static void expire_one(struct tcp *tcp, uint32_t index)
{
	struct embryo *embryo = embryo_at(tcp, index);
	uint32_t r2_us = tcp->profiles.list[profile_of(tcp, embryo)].options.r2_syn_us;
	uint32_t age = tcp->env->now_tick - embryo->created_tick;

	if (age >= ticks_from_us(r2_us)) {
		stat_count(&tcp->env->counters, STAT_embryo_timeouts);
		drop_embryo(tcp, index);
		return;
	}
	if (embryo->retransmits + 1U < EMBRYO_BACKOFFS_MAX)
		embryo->retransmits++;
	stand_in_line(tcp, index);
	send_syn_ack(tcp, index, true);
}

unsigned int embryo_expire(struct tcp *tcp)
{
	unsigned int count = 0;

	for (unsigned int line = 0; line < EMBRYO_BACKOFFS_MAX; line++) {
		for (unsigned int i = 0; i < LINE_PER_BREATH; i++) {
			uint32_t index = line_expire(&tcp->embryo_lines[line], tcp->env->now_tick);

			if (index == TIMER_NODE_NONE)
				break;
			expire_one(tcp, index);
			count++;
		}
	}
	return count;
}
