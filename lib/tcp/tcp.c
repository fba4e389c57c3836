/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/tcp.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_mbuf.h>
#include <rte_prefetch.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/seq.h"
#include "tcp/embryo.h"
#include "tcp/input.h"
#include "tcp/lifetime.h"
#include "tcp/output.h"
#include "tcp/pmtu.h"
#include "tcp/quick.h"
#include "tcp/timeout.h"
#include "tcp/timers.h"
#include "tcp/timewait.h"
#include "tcp/transmit.h"

/* So many segments ahead of the one in work, what is needed next is fetched. */
#define AHEAD 3U
/* So many timers ahead of the one that expires. */
#define TIMERS_AHEAD 8U

static struct siphash_key draw_key(struct env *env)
{
	struct siphash_key key;

	key.k0 = random_u64(&env->random);
	key.k1 = random_u64(&env->random);
	return key;
}

static struct timer_node_array nodes_of(const struct pool *pool, size_t offset)
{
	return (struct timer_node_array){ .base = pool->records + offset,
					  .stride = pool->record_size };
}

/* Runs of scoreboards beyond what each flight has for sure. */
static uint32_t shared_runs(const struct tcp_config *config)
{
	uint32_t runs = SACK_RUNS_PER_FLIGHT * config->max_flights;

	return runs > SACK_RUNS_MAX ? runs : SACK_RUNS_MAX;
}

/* NULL, or the setting that asks for more than can be had. */
static const char *create_pools(struct tcp *tcp)
{
	const struct tcp_config *config = &tcp->config;
	int node = tcp->env->numa_node;
	const struct {
		struct pool *pool;
		const char *name, *setting;
		uint32_t record_size, capacity;
	} pools[] = {
		{ &tcp->conns, "connections", "connections", sizeof(struct tcp_conn),
		  config->max_connections },
		{ &tcp->flights, "flights", "flights", sizeof(struct tcp_flight),
		  config->max_flights },
		{ &tcp->embryos, "embryos", "half_open", sizeof(struct embryo),
		  config->max_embryos },
		{ &tcp->time_waits, "time-waits", "time_wait", sizeof(struct time_wait),
		  config->max_time_waits },
	};

	for (unsigned int i = 0; i < sizeof(pools) / sizeof(pools[0]); i++)
		if (pool_create(pools[i].pool, pools[i].name, pools[i].record_size,
				pools[i].capacity, node) != 0)
			return pools[i].setting;
	if (sack_pool_create(&tcp->sacks, config->max_flights, shared_runs(config), node) != 0)
		return "flights";
	tcp->generations = memory_reserve((size_t)config->max_connections * sizeof(uint32_t), node);
	return tcp->generations == NULL ? "connections" : NULL;
}

static uint32_t table_capacity(const struct tcp_config *config)
{
	return config->max_connections + config->max_embryos + config->max_time_waits;
}

/* The same of the table, which is as large as all of its records ask for. */
static const char *create_tables(struct tcp *tcp)
{
	struct siphash_key key = draw_key(tcp->env);
	int node = tcp->env->numa_node;

	if (table_create(&tcp->table, table_capacity(&tcp->config), &key, node) != 0)
		return "connections, half_open or time_wait";
	table_set_records(&tcp->table, RECORD_CONN, tcp->conns.records, tcp->conns.record_size);
	table_set_records(&tcp->table, RECORD_EMBRYO, tcp->embryos.records,
			  tcp->embryos.record_size);
	table_set_records(&tcp->table, RECORD_TIME_WAIT, tcp->time_waits.records,
			  tcp->time_waits.record_size);
	return profile_table_create(&tcp->profiles, node) == 0 ? NULL : "connections";
}

static void init_timers(struct tcp *tcp)
{
	wheel_init(&tcp->wheel, nodes_of(&tcp->conns, offsetof(struct tcp_conn, timer)),
		   tcp->env->now_tick);
	for (unsigned int i = 0; i < LONG_LINES; i++)
		line_init(&tcp->long_lines[i],
			  nodes_of(&tcp->conns, offsetof(struct tcp_conn, timer)));
	for (unsigned int i = 0; i < EMBRYO_BACKOFFS_MAX; i++)
		line_init(&tcp->embryo_lines[i],
			  nodes_of(&tcp->embryos, offsetof(struct embryo, node)));
	line_init(&tcp->time_wait_line,
		  nodes_of(&tcp->time_waits, offsetof(struct time_wait, node)));
	line_init(&tcp->idle_flights, nodes_of(&tcp->flights, offsetof(struct tcp_flight, idle)));
}

int tcp_create(struct tcp *tcp, struct env *env, struct net *net, const struct tcp_config *config,
	       struct la_error *err)
{
	struct siphash_key ports_key;
	const char *setting;
	uint32_t buffer_text = rte_pktmbuf_data_room_size(env->mbufs) - RTE_PKTMBUF_HEADROOM;

	*tcp = (struct tcp){
		.env = env,
		.net = net,
		.config = *config,
		.buffer_text = buffer_text,
		.sent_at_once = RTE_MIN(buffer_text, BUFFER_MIN),
		.limits = { .connections = config->max_connections,
			    .half_open = config->max_embryos },
	};
	due_list_init(&tcp->due);
	listener_table_init(&tcp->listeners);
	setting = create_pools(tcp);
	if (setting == NULL)
		setting = create_tables(tcp);
	if (setting != NULL) {
		if (err != NULL)
			snprintf(err->text, sizeof(err->text),
				 "records cannot be had in one piece: lower %s, or have more or "
				 "larger hugepages",
				 setting);
		tcp_destroy(tcp);
		return -ENOMEM;
	}
	init_timers(tcp);
	tcp->isn_key = draw_key(env);
	tcp->timestamp_key = draw_key(env);
	tcp->fast_open_servers.key = draw_key(env);
	fast_open_init(&tcp->fast_open, &config->fast_open_secret);
	reset_limiter_init(&tcp->resets, env->now_us, &env->random);
	ports_key = draw_key(env);
	ports_init(&tcp->ports, &ports_key, config);
	transmit_refill(tcp);
	transmit_count_buffers(tcp);
	return 0;
}

void tcp_destroy(struct tcp *tcp)
{
	if (tcp->conns.records != NULL && tcp->flights.records != NULL)
		for (uint32_t i = 0; i < tcp->conns.fresh; i++)
			if (pool_taken(&tcp->conns, i))
				flight_detach(tcp, conn_at(tcp, i));
	transmit_drain(tcp);
	profile_table_destroy(&tcp->profiles);
	table_destroy(&tcp->table);
	memory_release(tcp->generations, (size_t)tcp->config.max_connections * sizeof(uint32_t));
	tcp->generations = NULL;
	sack_pool_destroy(&tcp->sacks);
	pool_destroy(&tcp->time_waits);
	pool_destroy(&tcp->embryos);
	pool_destroy(&tcp->flights);
	pool_destroy(&tcp->conns);
}

/* A record with its bit in the pool and its slot in the table, which is nine tenths full at most.
 */
static uint64_t tabled_records(uint32_t count, uint64_t bytes)
{
	return count * bytes + count / 8 + (uint64_t)count * sizeof(struct table_slot) * 10 / 9;
}

struct tcp_memory tcp_memory(const struct tcp_config *config)
{
	uint64_t runs = (uint64_t)config->max_flights * SACK_RUNS_RESERVED + shared_runs(config);

	return (struct tcp_memory){
		.connections = tabled_records(config->max_connections,
					      sizeof(struct tcp_conn) + sizeof(uint32_t)),
		.flights = config->max_flights * (uint64_t)sizeof(struct tcp_flight) +
			   runs * SACK_RUN_BYTES + (config->max_flights + runs) / 8,
		.embryos = tabled_records(config->max_embryos, sizeof(struct embryo)),
		.time_waits = tabled_records(config->max_time_waits, sizeof(struct time_wait)),
		.rest = PROFILES_MAX * sizeof(struct profile),
	};
}

/* What the slot leads to; and what the handle is made of by which the service is told of text, or
 * of its end. */
static inline void look_at_record(const struct tcp *tcp, struct tcp_seg *seg)
{
	const struct table_slot *slot = seg->hint.slot;

	if (unlikely(slot->kind != RECORD_CONN)) {
		table_prefetch_record(&tcp->table, *slot);
		return;
	}
	seg->ahead = conn_at(tcp, slot->index);
	rte_prefetch0(seg->ahead);
	rte_prefetch0((const uint8_t *)seg->ahead + RTE_CACHE_LINE_SIZE);
	if (segment_length_synless(seg) > 0)
		rte_prefetch0(&tcp->generations[slot->index]);
}

/* The flight of the connection that the slot led to; or NULL. */
static inline const struct tcp_flight *flight_ahead(const struct tcp *tcp,
						    const struct tcp_seg *seg)
{
	return seg->ahead != NULL ? flight_of(tcp, seg->ahead) : NULL;
}

/* The connection's flight. */
static inline void look_at_flight(const struct tcp *tcp, const struct tcp_seg *seg)
{
	const struct tcp_flight *flight = flight_ahead(tcp, seg);

	if (flight != NULL)
		flight_prefetch(flight);
}

/*
 * When the flight of a segment's connection has come: who stands beside it in the line that it is
 * about to leave; the buffer that its ACK lets go of first, and what is known of that. The segments
 * before it may have ended the connection, but its record is there.
 */
static inline void look_at_queue(const struct tcp *tcp, const struct tcp_seg *seg)
{
	const struct tcp_flight *flight = flight_ahead(tcp, seg);
	const struct rte_mbuf *oldest;

	if (flight == NULL)
		return;
	if (flight->stands_idle)
		line_prefetch_neighbours(&tcp->idle_flights, seg->ahead->flight);
	sack_prefetch(&flight->loss.board);
	oldest = flight->send.bytes.head;
	if (oldest != NULL) {
		rte_prefetch0(oldest);
		rte_prefetch0(&oldest->next);
	}
}

/* Where segments are looked for of which nothing is remembered: by their numbers in the burst. */
static void look_up(struct tcp *tcp, struct tcp_seg *segments, const uint8_t *numbers,
		    unsigned int count)
{
	uint64_t hashes[BURST_FRAMES];
	struct table_hint hints[BURST_FRAMES];

	for (unsigned int i = 0; i < count; i++)
		hashes[i] = segment_hash(&segments[numbers[i]], &tcp->table);
	table_look_ahead(&tcp->table, hashes, hints, count);
	for (unsigned int i = 0; i < count; i++) {
		struct tcp_seg *seg = &segments[numbers[i]];

		seg->hint = hints[i];
		if (hints[i].slot != NULL)
			table_remember(&tcp->table, &seg->tuple, hints[i].slot);
	}
}

/* Where the tuples of a burst are in the table: nearly all were there a moment ago. */
static inline void look_for_slots(struct tcp *tcp, struct tcp_seg *segments, unsigned int count)
{
	const struct tcp_seg *end = segments + count;
	uint8_t unknown[BURST_FRAMES];
	unsigned int unknowns = 0;

	for (struct tcp_seg *seg = segments; seg != end; seg++) {
		seg->ahead = NULL;
		seg->hint.slot = table_recall(&tcp->table, &seg->tuple);
		if (unlikely(seg->hint.slot == NULL))
			unknown[unknowns++] = (uint8_t)(seg - segments);
	}
	if (unknowns > 0)
		look_up(tcp, segments, unknown, unknowns);
}

/* What the slots lead to, fetched in rounds so that the steps find what they need in the cache. */
static inline void look_ahead(const struct tcp *tcp, struct tcp_seg *segments, unsigned int count)
{
	const struct tcp_seg *end = segments + count;

	for (struct tcp_seg *seg = segments; seg != end; seg++)
		if (likely(seg->hint.slot != NULL))
			look_at_record(tcp, seg);
	for (const struct tcp_seg *seg = segments; seg != end; seg++)
		look_at_flight(tcp, seg);
}

/* Reads the segments of a burst; ICMP errors and what is illegal have no part in the rest of it. */
static unsigned int read_burst(struct tcp *tcp, const struct packet *packets, unsigned int count,
			       struct tcp_seg *segments)
{
	struct tcp_seg *next = segments;

	for (unsigned int i = 0; i < count; i++) {
		enum verdict verdict;

		if (unlikely(packets[i].kind == PACKET_ICMP_ERROR)) {
			verdict = pmtu_icmp_error(tcp, &packets[i]);
			if (verdict != VERDICT_DONE)
				drop_count(&tcp->env->counters, verdict);
			continue;
		}
		verdict = segment_read(&packets[i], next);
		if (unlikely(verdict != VERDICT_CONTINUE)) {
			drop_count(&tcp->env->counters, verdict);
			buffer_give_chain(packets[i].mbuf);
			continue;
		}
		next++;
	}
	return (unsigned int)(next - segments);
}

static void count_quick_taken(struct tcp *tcp)
{
	struct counters *counters = &tcp->env->counters;

	stat_add(counters, STAT_short_cuts_in, tcp->quick_taken.segments);
	stat_add(counters, STAT_bytes_in, tcp->quick_taken.bytes);
	tcp->quick_taken = (struct quick_sum){ 0 };
}

void tcp_receive_burst(struct tcp *tcp, struct packet *packets, unsigned int count)
{
	struct tcp_seg segments[BURST_FRAMES], *seg;
	const struct tcp_seg *end;
	unsigned int taken;

	assert(count <= BURST_FRAMES);
	taken = read_burst(tcp, packets, count, segments);
	end = segments + taken;
	stage_end(&tcp->env->stages, STAGE_CLASSIFY);
	if (taken == 0)
		return;
	stat_add(&tcp->env->counters, STAT_segments_in, taken);
	look_for_slots(tcp, segments, taken);
	look_ahead(tcp, segments, taken);
	stage_end(&tcp->env->stages, STAGE_LOOKUP);
	for (seg = segments; seg != end; seg++) {
		if (seg + AHEAD < end)
			look_at_queue(tcp, seg + AHEAD);
		tcp->arriving = seg;
		tcp_segment_arrives(tcp, seg);
	}
	tcp->arriving = NULL;
	count_quick_taken(tcp);
	stage_end(&tcp->env->stages, STAGE_TCP);
}

/* Of the flight an expiry reads what its timers say; an ACK that has waited leaves in this breath,
 * and output looks at all of it. */
static inline void look_at_timers(const struct tcp *tcp, uint32_t index)
{
	const struct tcp_conn *conn = conn_at(tcp, index);
	const struct tcp_flight *flight = flight_of(tcp, conn);

	if (flight == NULL)
		return;
	if (conn_has(conn, CONN_ACK_DELAYED))
		flight_prefetch(flight);
	else
		rte_prefetch0(&flight->timer);
}

static unsigned int expire_wheel(struct tcp *tcp)
{
	uint32_t expired[TIMERS_PER_BREATH];
	unsigned int count = wheel_expire(&tcp->wheel, tcp->env->now_tick, expired,
					  TIMERS_PER_BREATH, TIMERS_PER_BREATH);

	/* The wheel has touched their second lines; the first ones come from memory together. */
	for (unsigned int i = 0; i < count; i++)
		rte_prefetch0(conn_at(tcp, expired[i]));
	for (unsigned int i = 0; i < RTE_MIN(count, TIMERS_AHEAD); i++)
		look_at_timers(tcp, expired[i]);
	for (unsigned int i = 0; i < count; i++) {
		struct tcp_conn *conn = conn_at(tcp, expired[i]);

		if (i + TIMERS_AHEAD < count)
			look_at_timers(tcp, expired[i + TIMERS_AHEAD]);
		conn->flags &= ~CONN_TIMED;
		timeout_expire(tcp, conn);
	}
	return count;
}

/* What stands in a line joins it at least a tick ahead: one look a tick is enough, unless there was
 * more than a breath may take. */
static unsigned int expire_lines(struct tcp *tcp)
{
	uint32_t now = tcp->env->now_tick;
	unsigned int count;

	if (tcp->lines_looked_at && tcp->lines_tick == now)
		return 0;
	count = timers_expire_lines(tcp) + embryo_expire(tcp) + timewait_expire(tcp) +
		flight_expire(tcp);
	tcp->lines_looked_at = count == 0;
	tcp->lines_tick = now;
	return count;
}

unsigned int tcp_expire(struct tcp *tcp)
{
	return expire_wheel(tcp) + expire_lines(tcp);
}

uint64_t tcp_hash(const struct tcp *tcp, const struct tcp_tuple *tuple)
{
	const struct tcp_seg *seg = tcp->arriving;

	if (seg != NULL && seg->hashed && memcmp(&seg->tuple, tuple, sizeof(*tuple)) == 0)
		return seg->hash;
	return table_hash(&tcp->table, tuple);
}

/* Where the segment in work was seen in the table: mostly it is for the record that is meant. */
static const struct table_slot *seen_slot(const struct tcp *tcp)
{
	return tcp->arriving != NULL ? tcp->arriving->hint.slot : NULL;
}

void tcp_table_remove(struct tcp *tcp, const struct tcp_tuple *tuple, struct table_entry entry)
{
	if (!table_remove_seen(&tcp->table, seen_slot(tcp), entry))
		table_remove(&tcp->table, tcp_hash(tcp, tuple), entry);
}

void tcp_table_replace(struct tcp *tcp, const struct tcp_tuple *tuple, struct table_entry from,
		       struct table_entry to)
{
	if (!table_replace_seen(&tcp->table, seen_slot(tcp), from, to))
		table_replace(&tcp->table, tcp_hash(tcp, tuple), from, to);
}

/* True if a room() callback was asked for again and can be given, but not in this breath any more.
 */
static bool room_again(const struct tcp *tcp, const struct tcp_conn *conn)
{
	return conn_has(conn, CONN_ROOM_ASKED) && !conn_has(conn, CONN_ENDED) &&
	       (tcp_room_ready(tcp, conn) ||
		(conn->flight == CONN_NONE && conn->state != LA_SYN_SENT) ||
		tcp_room_is_short(tcp, conn));
}

/* What is to be done after output, but where all is sent and nothing else is wanted. */
static __rte_noinline bool flush_rest(struct tcp *tcp, struct tcp_conn *conn, bool done)
{
	if (!done)
		stat_count(&tcp->env->counters, STAT_no_mbuf_deferred);
	if (done && conn_has(conn, CONN_DEAD)) {
		lifetime_release(tcp, conn);
		return true;
	}
	flight_settle(tcp, conn);
	if (conn_has(conn, CONN_DUE_AGAIN)) {
		conn->flags &= ~CONN_DUE_AGAIN;
		tcp_mark_due(tcp, conn);
	}
	if (done && !room_again(tcp, conn))
		return true;
	tcp_mark_due(tcp, conn);
	if (done && tcp_room_ready(tcp, conn) && !tcp_room_is_short(tcp, conn)) {
		tcp->eager = true;
		return true;
	}
	tcp->starved = true;
	return false;
}

/* False if it waits for memory: until there is some, trying again at this instant is no work. */
static inline bool flush_one(struct tcp *tcp, struct tcp_conn *conn)
{
	bool quick, done;

	conn->flags &= ~CONN_DUE;
	quick = quick_output(tcp, conn);
	done = quick || output_connection(tcp, conn);
	if (unlikely(!done || conn_has(conn, CONN_DEAD | CONN_DUE_AGAIN | CONN_ROOM_ASKED)))
		return flush_rest(tcp, conn, done);
	if (!quick)
		flight_settle(tcp, conn);
	return true;
}

static void count_quick_sent(struct tcp *tcp)
{
	struct counters *counters = &tcp->env->counters;

	stat_add(counters, STAT_segments_out, tcp->quick_sent.segments);
	stat_add(counters, STAT_short_cuts_out, tcp->quick_sent.segments);
	stat_add(counters, STAT_bytes_out, tcp->quick_sent.bytes);
	tcp->quick_sent = (struct quick_sum){ 0 };
}

unsigned int tcp_flush(struct tcp *tcp)
{
	unsigned int count = 0;
	uint32_t index;

	tcp->starved = tcp->eager = false;
	/* Services first: what they send leaves in this breath. The list may grow meanwhile. */
	for (index = tcp->due.head; index != CONN_NONE;) {
		struct tcp_conn *conn = conn_at(tcp, index);

		tcp->tell(tcp, conn);
		conn->flags &= ~CONN_DUE_AGAIN;
		index = conn->due_next;
	}
	stage_end(&tcp->env->stages, STAGE_SERVICE);
	index = tcp->due.head;
	due_list_init(&tcp->due);
	while (index != CONN_NONE) {
		struct tcp_conn *conn = conn_at(tcp, index);

		index = conn->due_next;
		count += flush_one(tcp, conn);
	}
	count_quick_sent(tcp);
	tcp->let_go = 0;
	transmit_refill(tcp);
	transmit_count_buffers(tcp);
	stage_end(&tcp->env->stages, STAGE_OUTPUT);
	return count;
}

static void earlier(bool found, const uint32_t *candidate, bool *any, uint32_t *tick)
{
	if (!found)
		return;
	if (!*any || seq_lt(*candidate, *tick))
		*tick = *candidate;
	*any = true;
}

bool tcp_next_tick(const struct tcp *tcp, uint32_t *tick)
{
	uint32_t wait = tcp->eager ? 1 : tcp->starved ? STARVED_TICKS : 0;
	uint32_t candidate = tcp->env->now_tick + wait;
	bool any = false;

	earlier(tcp->due.head != CONN_NONE, &candidate, &any, tick);
	earlier(wheel_next(&tcp->wheel, &candidate), &candidate, &any, tick);
	for (unsigned int i = 0; i < LONG_LINES; i++)
		earlier(line_next(&tcp->long_lines[i], &candidate), &candidate, &any, tick);
	for (unsigned int i = 0; i < EMBRYO_BACKOFFS_MAX; i++)
		earlier(line_next(&tcp->embryo_lines[i], &candidate), &candidate, &any, tick);
	earlier(line_next(&tcp->time_wait_line, &candidate), &candidate, &any, tick);
	earlier(line_next(&tcp->idle_flights, &candidate), &candidate, &any, tick);
	return any;
}
