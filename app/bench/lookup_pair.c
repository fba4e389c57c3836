/* SPDX-License-Identifier: BSD-3-Clause */
#include "lookup_pair.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_hash.h>
#include <rte_prefetch.h>

#include "base/memory.h"
#include "config/limits.h"

#define ABSENT 0x80000000U /* added to a number: there is no such entry */
#define STRIDE 15485863U   /* a prime: from entry to entry of a change, all over the records */
#define ANY_NODE (-1)

/* Different for each number of 32 bits, and without order: a multiplication by an odd number. */
static struct tcp_tuple tuple_of(uint32_t number)
{
	uint32_t bits = number * 0x9e3779b1U;

	return (struct tcp_tuple){
		.remote = la_addr_from_ipv4(0x0a000000U | bits >> 16),
		.remote_port = (uint16_t)bits,
		.local_port = 80,
	};
}

bool lookup_pair_create(struct lookup_pair *pair, uint32_t entries)
{
	struct rte_hash_parameters parameters = {
		.name = "lookup",
		/* It refuses some before it is full. */
		.entries = entries + entries / 8 + 8,
		.key_len = sizeof(struct tcp_tuple),
		.socket_id = SOCKET_ID_ANY,
	};
	static const struct siphash_key key = { 0x6c6f6f6b7570ULL, 0x6b6579ULL };

	*pair = (struct lookup_pair){ .entries = entries };
	pair->changed = entries / 2 < LOOKUP_QUESTIONS ? entries / 2 : LOOKUP_QUESTIONS;
	random_init(&pair->random, &key);
	pair->records = memory_reserve((size_t)entries * sizeof(struct lookup_record), ANY_NODE);
	pair->hash = rte_hash_create(&parameters);
	if (pair->records == NULL || pair->hash == NULL ||
	    table_create(&pair->table, entries, &key, ANY_NODE) != 0) {
		fprintf(stderr,
			"lastack-bench: no memory for %u entries: give EAL more (-m), or take "
			"fewer --connections\n",
			entries);
		return false;
	}
	table_set_records(&pair->table, RECORD_CONN, pair->records, sizeof(struct lookup_record));
	return true;
}

void lookup_pair_destroy(struct lookup_pair *pair)
{
	table_destroy(&pair->table);
	rte_hash_free(pair->hash);
	memory_release(pair->records, (size_t)pair->entries * sizeof(struct lookup_record));
}

static struct table_entry entry_of(uint32_t index)
{
	return (struct table_entry){ .kind = RECORD_CONN, .index = index };
}

static void enter(struct lookup_pair *pair, uint32_t index, const struct tcp_tuple *tuple)
{
	uint64_t before = pair->table.moves, moved;

	if (table_insert(&pair->table, tuple, table_hash(&pair->table, tuple), entry_of(index)) !=
	    0)
		pair->refused++;
	moved = pair->table.moves - before;
	pair->moved[moved < LOOKUP_MOVES_SHOWN ? moved : LOOKUP_MOVES_SHOWN]++;
	if (moved > pair->most_moved)
		pair->most_moved = (uint32_t)moved;
}

bool lookup_pair_fill(struct lookup_pair *pair)
{
	for (uint32_t i = 0; i < pair->entries; i++) {
		pair->records[i].tuple = tuple_of(i);
		enter(pair, i, &pair->records[i].tuple);
		if (rte_hash_add_key_data(pair->hash, &pair->records[i].tuple, &pair->records[i]) !=
		    0) {
			fprintf(stderr, "lastack-bench: rte_hash is full with %u of %u entries\n",
				i, pair->entries);
			return false;
		}
	}
	if (pair->refused > 0)
		fprintf(stderr, "lastack-bench: the table refused %u of %u entries\n",
			pair->refused, pair->entries);
	return pair->refused == 0;
}

/* Some entries, each once, from all over the records. */
static void draw_changes(struct lookup_pair *pair)
{
	uint32_t at = random_below(&pair->random, pair->entries);

	for (unsigned int i = 0; i < pair->changed; i++) {
		pair->numbers[i] = at;
		pair->questions[i] = tuple_of(at);
		at = (uint32_t)(((uint64_t)at + STRIDE) % pair->entries);
	}
}

static void leave_all(struct lookup_pair *pair)
{
	for (unsigned int i = 0; i < pair->changed; i++)
		table_remove(&pair->table, table_hash(&pair->table, &pair->questions[i]),
			     entry_of(pair->numbers[i]));
}

void lookup_pair_churn(struct lookup_pair *pair, uint64_t times)
{
	for (uint64_t done = 0; done < times; done += pair->changed) {
		draw_changes(pair);
		leave_all(pair);
		for (unsigned int i = pair->changed; i > 0; i--)
			enter(pair, pair->numbers[i - 1], &pair->questions[i - 1]);
	}
}

/* ---- turns ----------------------------------------------------------------------------------- */

/* Reads no record: what is asked for is not in the cache because it was drawn. */
static void draw_questions(struct lookup_pair *pair)
{
	for (unsigned int i = 0; i < LOOKUP_QUESTIONS; i++) {
		uint32_t number = random_below(&pair->random, pair->entries);

		pair->questions[i] = tuple_of(pair->present ? number : number | ABSENT);
	}
}

static double each(uint64_t began, unsigned int count)
{
	return (double)(rte_rdtsc_precise() - began) / count;
}

double lookup_ours_single(void *state)
{
	struct lookup_pair *pair = state;
	uint64_t answers = 0, began;

	draw_questions(pair);
	began = rte_rdtsc_precise();
	for (unsigned int i = 0; i < LOOKUP_QUESTIONS; i++) {
		const struct tcp_tuple *tuple = &pair->questions[i];
		struct table_entry entry =
			table_find(&pair->table, tuple, table_hash(&pair->table, tuple));

		if (entry.kind != RECORD_NONE)
			answers += pair->records[entry.index].state;
	}
	pair->answers += answers;
	return each(began, LOOKUP_QUESTIONS);
}

double lookup_other_single(void *state)
{
	struct lookup_pair *pair = state;
	uint64_t answers = 0, began;

	draw_questions(pair);
	began = rte_rdtsc_precise();
	for (unsigned int i = 0; i < LOOKUP_QUESTIONS; i++) {
		void *record;

		if (rte_hash_lookup_data(pair->hash, &pair->questions[i], &record) >= 0)
			answers += ((const struct lookup_record *)record)->state;
	}
	pair->answers += answers;
	return each(began, LOOKUP_QUESTIONS);
}

static uint64_t ours_burst(struct lookup_pair *pair, const struct tcp_tuple *tuples)
{
	uint64_t hashes[BURST_FRAMES], answers = 0;
	struct table_hint hints[BURST_FRAMES];

	for (unsigned int i = 0; i < BURST_FRAMES; i++)
		hashes[i] = table_hash(&pair->table, &tuples[i]);
	table_look_ahead(&pair->table, hashes, hints, BURST_FRAMES);
	for (unsigned int i = 0; i < BURST_FRAMES; i++) {
		struct table_entry entry =
			table_find_hinted(&pair->table, &tuples[i], hashes[i], hints[i]);

		if (entry.kind != RECORD_NONE)
			answers += pair->records[entry.index].state;
	}
	return answers;
}

double lookup_ours_burst(void *state)
{
	struct lookup_pair *pair = state;
	uint64_t answers = 0, began;

	draw_questions(pair);
	began = rte_rdtsc_precise();
	for (unsigned int i = 0; i < LOOKUP_QUESTIONS; i += BURST_FRAMES)
		answers += ours_burst(pair, &pair->questions[i]);
	pair->answers += answers;
	return each(began, LOOKUP_QUESTIONS);
}

static uint64_t other_burst(const struct lookup_pair *pair, const struct tcp_tuple *tuples)
{
	const void *keys[BURST_FRAMES];
	void *records[BURST_FRAMES];
	uint64_t hits = 0, answers = 0;

	for (unsigned int i = 0; i < BURST_FRAMES; i++)
		keys[i] = &tuples[i];
	rte_hash_lookup_bulk_data(pair->hash, keys, BURST_FRAMES, &hits, records);
	/* It fetches its own keys, and no records. */
	for (unsigned int i = 0; i < BURST_FRAMES; i++)
		if ((hits >> i & 1) != 0)
			rte_prefetch0(records[i]);
	for (unsigned int i = 0; i < BURST_FRAMES; i++)
		if ((hits >> i & 1) != 0)
			answers += ((const struct lookup_record *)records[i])->state;
	return answers;
}

double lookup_other_burst(void *state)
{
	struct lookup_pair *pair = state;
	uint64_t answers = 0, began;

	draw_questions(pair);
	began = rte_rdtsc_precise();
	for (unsigned int i = 0; i < LOOKUP_QUESTIONS; i += BURST_FRAMES)
		answers += other_burst(pair, &pair->questions[i]);
	pair->answers += answers;
	return each(began, LOOKUP_QUESTIONS);
}

double lookup_ours_change(void *state)
{
	struct lookup_pair *pair = state;
	uint64_t began;

	draw_changes(pair);
	began = rte_rdtsc_precise();
	leave_all(pair);
	for (unsigned int i = 0; i < pair->changed; i++)
		enter(pair, pair->numbers[i], &pair->questions[i]);
	return each(began, pair->changed);
}

double lookup_other_change(void *state)
{
	struct lookup_pair *pair = state;
	uint64_t began;

	draw_changes(pair);
	began = rte_rdtsc_precise();
	for (unsigned int i = 0; i < pair->changed; i++)
		rte_hash_del_key(pair->hash, &pair->questions[i]);
	for (unsigned int i = 0; i < pair->changed; i++)
		rte_hash_add_key_data(pair->hash, &pair->questions[i],
				      &pair->records[pair->numbers[i]]);
	return each(began, pair->changed);
}
