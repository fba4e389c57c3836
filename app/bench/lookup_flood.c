/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lookup_flood.c: the Toeplitz hash is linear in the bits of the tuple. Of the 48 bits that an
 * attacker chooses freely, address and port, 16 at least add nothing to the 32 bits of the hash in
 * some combination: Gauss finds those, and every sum of them is one more tuple that collides.
 */
#include "lookup_flood.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>

#include "base/memory.h"
#include "bench.h"
#include "config/limits.h"
#include "io/rss.h"
#include "tcp/table.h"
#include "turns.h"

#define CHOSEN_BITS 48U
#define HASH_BITS 32U
#define TUPLES (1U << (CHOSEN_BITS - HASH_BITS))
#define PER_TURN 4096U
#define SERVER_ADDRESS 0xc6130001U
#define SERVER_PORT 80U

struct flood {
	struct rss rss;
	struct random_stream random;
	struct la_addr server;
	uint64_t silent[CHOSEN_BITS]; /**< combinations of bits that add nothing to the hash */
	unsigned int silents;
	/** [0]: tuples that collide; [1]: at random. */
	struct flood_side {
		struct table table;
		struct tcp_tuple *tuples;
		uint32_t at; /**< the next tuple of a turn */
		uint32_t refused;
		uint64_t answers;
	} sides[2];
};

/* 48 bits as address and port of a client. */
static struct tcp_tuple tuple_of(uint64_t bits)
{
	return (struct tcp_tuple){
		.remote = la_addr_from_ipv4((uint32_t)(bits >> 16)),
		.remote_port = (uint16_t)bits,
		.local_port = SERVER_PORT,
	};
}

static uint32_t toeplitz(const struct flood *flood, uint64_t bits)
{
	struct tcp_tuple tuple = tuple_of(bits);

	return rss_hash(&flood->rss, &tuple.remote, &flood->server, tuple.remote_port,
			tuple.local_port);
}

/* Elimination: whatever is left of a bit when all known combinations are taken off it. */
static void find_silent(struct flood *flood)
{
	uint32_t known[HASH_BITS] = { 0 };   /* by its highest bit: a hash that can be made ... */
	uint64_t made_of[HASH_BITS] = { 0 }; /* ... and of which bits */
	uint32_t origin = toeplitz(flood, 0);

	for (unsigned int bit = 0; bit < CHOSEN_BITS; bit++) {
		uint64_t bits = UINT64_C(1) << bit;
		uint32_t hash = toeplitz(flood, bits) ^ origin;

		while (hash != 0) {
			unsigned int top = 31U - (unsigned int)__builtin_clz(hash);

			if (known[top] == 0) {
				known[top] = hash;
				made_of[top] = bits;
				break;
			}
			hash ^= known[top];
			bits ^= made_of[top];
		}
		if (hash == 0)
			flood->silent[flood->silents++] = bits;
	}
	assert(flood->silents >= CHOSEN_BITS - HASH_BITS);
}

static void draw_tuples(struct flood *flood)
{
	uint64_t base = random_u64(&flood->random) >> (64 - CHOSEN_BITS);
	uint32_t wanted = toeplitz(flood, base);

	for (uint32_t i = 0; i < TUPLES; i++) {
		uint64_t bits = base;

		for (uint32_t rest = i; rest != 0; rest &= rest - 1)
			bits ^= flood->silent[__builtin_ctz(rest)];
		flood->sides[0].tuples[i] = tuple_of(bits);
		assert(toeplitz(flood, bits) == wanted);
		/* An odd factor: different for each i, as the others are. */
		bits = (i * UINT64_C(0x9e3779b97f4a7c15) ^ base) &
		       ((UINT64_C(1) << CHOSEN_BITS) - 1);
		flood->sides[1].tuples[i] = tuple_of(bits);
	}
	(void)wanted;
}

static bool create(struct flood *flood)
{
	static const struct siphash_key seed = { 0x666c6f6f64ULL, 1 };
	uint8_t key[RSS_KEY_BYTES];

	random_init(&flood->random, &seed);
	rss_draw_key(key, &flood->random);
	rss_init(&flood->rss, key, 1);
	flood->server = la_addr_from_ipv4(SERVER_ADDRESS);
	for (unsigned int i = 0; i < 2; i++) {
		struct flood_side *side = &flood->sides[i];
		struct siphash_key secret = { random_u64(&flood->random),
					      random_u64(&flood->random) };

		side->tuples = memory_reserve(TUPLES * sizeof(struct tcp_tuple), -1);
		if (side->tuples == NULL || table_create(&side->table, TUPLES, &secret, -1) != 0)
			return false;
		table_set_records(&side->table, RECORD_EMBRYO, side->tuples,
				  sizeof(struct tcp_tuple));
	}
	find_silent(flood);
	draw_tuples(flood);
	return true;
}

static void destroy(struct flood *flood)
{
	for (unsigned int i = 0; i < 2; i++) {
		table_destroy(&flood->sides[i].table);
		memory_release(flood->sides[i].tuples, TUPLES * sizeof(struct tcp_tuple));
	}
	free(flood);
}

/* ---- turns ----------------------------------------------------------------------------------- */

static void clear(struct flood_side *side)
{
	memset(side->table.buckets, 0,
	       (size_t)side->table.bucket_count * sizeof(struct table_bucket));
	side->table.entries = 0;
}

/* The next ones come: none is found, all are entered. When the table is full, it begins anew. */
static double enter_some(struct flood_side *side)
{
	uint32_t first = side->at;
	uint64_t began;

	if (first == 0)
		clear(side);
	side->at = (first + PER_TURN) % TUPLES;
	began = rte_rdtsc_precise();
	for (uint32_t i = first; i < first + PER_TURN; i++) {
		uint64_t hash = table_hash(&side->table, &side->tuples[i]);
		struct table_entry entry = table_find(&side->table, &side->tuples[i], hash);

		if (entry.kind == RECORD_NONE) {
			entry = (struct table_entry){ .kind = RECORD_EMBRYO, .index = i };
			side->refused +=
				table_insert(&side->table, &side->tuples[i], hash, entry) != 0;
		}
	}
	return (double)(rte_rdtsc_precise() - began) / PER_TURN;
}

static double find_some(struct flood_side *side)
{
	uint32_t first = side->at;
	uint64_t began = rte_rdtsc_precise();

	side->at = (first + PER_TURN) % TUPLES;
	for (uint32_t at = first; at < first + PER_TURN; at += BURST_FRAMES) {
		const struct tcp_tuple *tuples = &side->tuples[at];
		uint64_t hashes[BURST_FRAMES];
		struct table_hint hints[BURST_FRAMES];

		for (unsigned int i = 0; i < BURST_FRAMES; i++)
			hashes[i] = table_hash(&side->table, &tuples[i]);
		table_look_ahead(&side->table, hashes, hints, BURST_FRAMES);
		for (unsigned int i = 0; i < BURST_FRAMES; i++)
			side->answers +=
				table_find_hinted(&side->table, &tuples[i], hashes[i], hints[i])
					.index;
	}
	return (double)(rte_rdtsc_precise() - began) / PER_TURN;
}

static double enter_colliding(void *state)
{
	return enter_some(&((struct flood *)state)->sides[0]);
}

static double enter_random(void *state)
{
	return enter_some(&((struct flood *)state)->sides[1]);
}

static double find_colliding(void *state)
{
	return find_some(&((struct flood *)state)->sides[0]);
}

static double find_random(void *state)
{
	return find_some(&((struct flood *)state)->sides[1]);
}

bool lookup_flood(struct bench *bench)
{
	struct flood *flood = calloc(1, sizeof(*flood));
	struct turns turns;

	if (flood == NULL)
		return false;
	if (!create(flood)) {
		destroy(flood);
		return false;
	}
	turns_take(enter_colliding, enter_random, flood, &turns);
	turns_report(bench, "flood_enter", "colliding", "random", &turns);
	if (flood->sides[0].refused > 0)
		doubts_add(&bench->doubts, "flood", "the table refused %u of those that collide",
			   flood->sides[0].refused);
	while (flood->sides[0].at != 0) {
		enter_colliding(flood);
		enter_random(flood);
	}
	turns_take(find_colliding, find_random, flood, &turns);
	turns_report(bench, "flood_find", "colliding", "random", &turns);
	destroy(flood);
	return true;
}
