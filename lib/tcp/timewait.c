/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/timewait.h"

#include <assert.h>

#include "tcp/ladder_note.h"
#include "tcp/lifetime.h"
#include "tcp/options.h"
#include "tcp/tcp.h"

static struct time_wait *time_wait_at(const struct tcp *tcp, uint32_t index)
{
	return pool_at(&tcp->time_waits, index);
}

static void stand_in_line(struct tcp *tcp, uint32_t index)
{
	line_append(&tcp->time_wait_line, index, env_tick_after(tcp->env, 2 * tcp->config.msl_us));
}

static struct table_entry entry_of(uint32_t index)
{
	return (struct table_entry){ .kind = RECORD_TIME_WAIT, .index = index };
}

/* Gives a record back that stands neither in the line nor in the table any more. */
static void drop_record(struct tcp *tcp, uint32_t index)
{
	struct time_wait *record = time_wait_at(tcp, index);

	if (!record->challenge.spent)
		ladder_note_record(tcp, &record->tuple, LA_CLOSED);
	ports_free(&tcp->ports, &record->tuple);
	pool_give(&tcp->time_waits, index);
}

void timewait_release(struct tcp *tcp, uint32_t index)
{
	line_remove(&tcp->time_wait_line, index);
	tcp_table_remove(tcp, &time_wait_at(tcp, index)->tuple, entry_of(index));
	drop_record(tcp, index);
}

static uint32_t take_record(struct tcp *tcp)
{
	uint32_t index = pool_take(&tcp->time_waits);

	if (index != POOL_NONE || tcp->time_wait_line.head == TIMER_NODE_NONE)
		return index;
	stat_count(&tcp->env->counters, STAT_time_wait_recycled);
	timewait_release(tcp, tcp->time_wait_line.head);
	return pool_take(&tcp->time_waits);
}

/* The tuple's place in the table goes from the connection to the record. */
static struct time_wait *take_place(struct tcp *tcp, struct tcp_conn *conn, uint32_t index)
{
	struct table_entry from = { .kind = RECORD_CONN, .index = conn_index(tcp, conn) };
	struct time_wait *record = time_wait_at(tcp, index);

	assert(conn_has(conn, CONN_TABLED));
	*record = (struct time_wait){
		.snd_nxt = conn->snd_nxt,
		.rcv_nxt = conn->rcv_nxt,
		.ts_recent = conn->ts_recent,
	};
	record->tuple = conn->tuple;
	record->challenge.mark = conn_may(conn, CONN_TIMESTAMPS);
	tcp_table_replace(tcp, &conn->tuple, from, entry_of(index));
	conn->flags &= ~CONN_TABLED;
	stand_in_line(tcp, index);
	return record;
}

void timewait_enter(struct tcp *tcp, struct tcp_conn *conn)
{
	uint32_t index = take_record(tcp);

	assert(conn->state == LA_TIME_WAIT);
	if (index != POOL_NONE)
		take_place(tcp, conn, index);
	lifetime_end(tcp, conn, LA_REASON_DONE);
}

bool timewait_spend(struct tcp *tcp, struct tcp_conn *conn)
{
	/* TIME-WAIT proper is worth more: none of its records is given up for this. */
	uint32_t index = pool_take(&tcp->time_waits);

	if (index == POOL_NONE)
		return false;
	take_place(tcp, conn, index)->challenge.spent = true;
	return true;
}

bool timewait_is_spent(const struct tcp *tcp, uint32_t index)
{
	return time_wait_at(tcp, index)->challenge.spent;
}

void timewait_thaw(const struct tcp *tcp, uint32_t index, struct tcp_conn *out)
{
	const struct time_wait *record = time_wait_at(tcp, index);

	*out = (struct tcp_conn){
		.state = LA_TIME_WAIT,
		.flags = CONN_FIN_SENT | CONN_FIN_RECEIVED | CONN_END_ASKED,
		.snd_una = record->snd_nxt,
		.snd_nxt = record->snd_nxt,
		.rcv_nxt = record->rcv_nxt,
		.rcv_adv = record->rcv_nxt + TCP_WINDOW_MAX,
		.flight = CONN_NONE,
		.due_next = CONN_NONE,
	};
	out->tuple = record->tuple;
	if (record->challenge.mark) {
		out->features = CONN_TIMESTAMPS;
		options_take_timestamp(out, record->ts_recent, tcp->env->now_us);
	}
}

void timewait_restart(struct tcp *tcp, uint32_t index)
{
	line_remove(&tcp->time_wait_line, index);
	stand_in_line(tcp, index);
}

uint32_t timewait_ts_recent(const struct tcp *tcp, uint32_t index)
{
	return time_wait_at(tcp, index)->ts_recent;
}

void timewait_take_timestamp(struct tcp *tcp, uint32_t index, uint32_t ts_value)
{
	time_wait_at(tcp, index)->ts_recent = ts_value;
}

/* As many as are due, a burst at most: their places in the table are fetched together. */
static unsigned int expire_burst(struct tcp *tcp)
{
	uint32_t indices[BURST_FRAMES];
	uint64_t hashes[BURST_FRAMES];
	struct table_hint hints[BURST_FRAMES];
	unsigned int count = 0;

	while (count < BURST_FRAMES) {
		uint32_t index = line_expire(&tcp->time_wait_line, tcp->env->now_tick);

		if (index == TIMER_NODE_NONE)
			break;
		hashes[count] = table_hash(&tcp->table, &time_wait_at(tcp, index)->tuple);
		indices[count++] = index;
	}
	if (count == 0)
		return 0;
	table_look_ahead(&tcp->table, hashes, hints, count);
	for (unsigned int i = 0; i < count; i++) {
		if (!timewait_is_spent(tcp, indices[i]))
			stat_count(&tcp->env->counters, STAT_time_wait_expired);
		table_remove(&tcp->table, hashes[i], entry_of(indices[i]));
		drop_record(tcp, indices[i]);
	}
	return count;
}

unsigned int timewait_expire(struct tcp *tcp)
{
	unsigned int total = 0, count;

	do {
		count = expire_burst(tcp);
		total += count;
	} while (count == BURST_FRAMES && total < LINE_PER_BREATH);
	return total;
}
