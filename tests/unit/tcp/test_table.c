/* SPDX-License-Identifier: BSD-3-Clause */
/* The table against a model: an array of what is in. */
#include "check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "io/rss.h"
#include "tcp/table.h"

#include "dice.h"

#define CAPACITY 20000U

struct record {
	struct tcp_tuple tuple;
	bool in;
	uint8_t kind;
};

struct world {
	struct table table;
	struct record *records;
	uint32_t count;
};

static struct tcp_tuple tuple_of(uint32_t n)
{
	struct tcp_tuple tuple;

	memset(&tuple, 0, sizeof(tuple));
	tuple.remote = la_addr_from_ipv4(0xc6120000U + n / 50000);
	tuple.remote_port = (uint16_t)(1024 + n % 50000);
	tuple.local_port = 80;
	return tuple;
}

static void world_create(struct world *world, uint32_t capacity, uint32_t count)
{
	static const struct siphash_key key = { 0x0123456789abcdefULL, 0xfedcba9876543210ULL };

	assert_int_equal(table_create(&world->table, capacity, &key, -1), 0);
	world->records = calloc(count, sizeof(struct record));
	assert_non_null(world->records);
	world->count = count;
	for (uint32_t i = 0; i < count; i++)
		world->records[i].tuple = tuple_of(i);
	for (unsigned int kind = RECORD_CONN; kind <= RECORD_TIME_WAIT; kind++)
		table_set_records(&world->table, (enum record_kind)kind, world->records,
				  sizeof(struct record));
}

static void world_destroy(struct world *world)
{
	table_destroy(&world->table);
	free(world->records);
}

static struct table_entry entry_of(const struct world *world, uint32_t i)
{
	return (struct table_entry){ .kind = (enum record_kind)world->records[i].kind, .index = i };
}

static int insert(struct world *world, uint32_t i, enum record_kind kind)
{
	uint64_t hash = table_hash(&world->table, &world->records[i].tuple);
	int result;

	world->records[i].kind = (uint8_t)kind;
	result = table_insert(&world->table, &world->records[i].tuple, hash, entry_of(world, i));
	world->records[i].in = result == 0;
	return result;
}

static void take_out(struct world *world, uint32_t i)
{
	table_remove(&world->table, table_hash(&world->table, &world->records[i].tuple),
		     entry_of(world, i));
	world->records[i].in = false;
}

static void assert_found_as_the_model_says(const struct world *world, uint32_t i)
{
	const struct record *record = &world->records[i];
	uint64_t hash = table_hash(&world->table, &record->tuple);
	struct table_entry entry = table_find(&world->table, &record->tuple, hash);

	if (!record->in) {
		assert_int_equal(entry.kind, RECORD_NONE);
		return;
	}
	assert_int_equal(entry.kind, record->kind);
	assert_int_equal(entry.index, i);
}

static void takes_its_capacity_at_a_load_of_nine_tenths(void **state)
{
	struct world world;

	(void)state;
	world_create(&world, CAPACITY, CAPACITY);
	for (uint32_t i = 0; i < CAPACITY; i++)
		assert_int_equal(insert(&world, i, RECORD_CONN), 0);
	assert_int_equal(world.table.entries, CAPACITY);
	assert_true((double)CAPACITY / (world.table.bucket_count * TABLE_SLOTS) > 0.89);
	/* Displacement lost nobody. */
	for (uint32_t i = 0; i < CAPACITY; i++)
		assert_found_as_the_model_says(&world, i);
	for (uint32_t i = 0; i < CAPACITY; i++)
		take_out(&world, i);
	assert_int_equal(world.table.entries, 0);
	for (uint32_t i = 0; i < CAPACITY; i++)
		assert_found_as_the_model_says(&world, i);
	world_destroy(&world);
}

static void agrees_with_the_model_whatever_happens(void **state)
{
	struct dice dice = { 42 };
	struct world world;
	uint32_t in = 0;

	(void)state;
	/* More records than capacity, so that the load wanders up to 0.9 and down. */
	world_create(&world, 4000, 8000);
	for (int step = 0; step < 400000; step++) {
		uint32_t i = dice_next(&dice) % world.count;
		struct record *record = &world.records[i];

		if (!record->in && in < 4000) {
			enum record_kind kind = (enum record_kind)dice_between(&dice, RECORD_CONN,
									       RECORD_TIME_WAIT);

			assert_int_equal(insert(&world, i, kind), 0);
			in++;
		} else if (record->in && dice_next(&dice) % 4 == 0) {
			struct table_entry from = entry_of(&world, i), to = from;

			to.kind = from.kind == RECORD_TIME_WAIT ? RECORD_CONN
								: (enum record_kind)(from.kind + 1);
			table_replace(&world.table, table_hash(&world.table, &record->tuple), from,
				      to);
			record->kind = (uint8_t)to.kind;
		} else if (record->in && (in == 4000 || dice_next(&dice) % 3 == 0)) {
			take_out(&world, i);
			in--;
		}
		assert_int_equal(world.table.entries, in);
		assert_found_as_the_model_says(&world, i);
	}
	for (uint32_t i = 0; i < world.count; i++)
		assert_found_as_the_model_says(&world, i);
	world_destroy(&world);
}

static void a_full_table_says_so_and_goes_on(void **state)
{
	struct world world;
	uint32_t i = 0, in;

	(void)state;
	world_create(&world, 1000, 4000);
	while (insert(&world, i, RECORD_EMBRYO) == 0)
		i++;
	assert_int_equal(insert(&world, i, RECORD_EMBRYO), -ENOSPC);
	in = world.table.entries;
	assert_int_equal(in, i);
	assert_true(in >= 1000 && in <= world.table.bucket_count * TABLE_SLOTS);
	for (uint32_t j = 0; j < world.count; j++)
		assert_found_as_the_model_says(&world, j);
	/* With room again, the one that was refused gets in. */
	for (uint32_t j = 0; j < 200; j++)
		take_out(&world, j);
	assert_int_equal(insert(&world, i, RECORD_EMBRYO), 0);
	assert_found_as_the_model_says(&world, i);
	world_destroy(&world);
}

#define BURST 32U

struct questions {
	uint32_t records[BURST];
	uint64_t hashes[BURST];
	struct table_hint hints[BURST];
};

static void look_ahead(struct world *world, struct questions *burst, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		burst->hashes[i] =
			table_hash(&world->table, &world->records[burst->records[i]].tuple);
	table_look_ahead(&world->table, burst->hashes, burst->hints, count);
}

static struct table_entry find_hinted(const struct world *world, const struct questions *burst,
				      unsigned int i)
{
	return table_find_hinted(&world->table, &world->records[burst->records[i]].tuple,
				 burst->hashes[i], burst->hints[i]);
}

static void assert_hinted_as_the_model_says(const struct world *world,
					    const struct questions *burst, unsigned int i)
{
	const struct record *record = &world->records[burst->records[i]];
	struct table_entry entry = find_hinted(world, burst, i);

	assert_int_equal(entry.kind, record->in ? record->kind : RECORD_NONE);
	if (record->in)
		assert_int_equal(entry.index, burst->records[i]);
}

/* What an earlier segment of the burst may do: one record goes, comes, or becomes another kind. */
static void change(struct world *world, uint32_t i, uint32_t capacity)
{
	struct record *record = &world->records[i];

	if (!record->in) {
		if (world->table.entries < capacity)
			assert_int_equal(insert(world, i, RECORD_EMBRYO), 0);
	} else if (record->kind == RECORD_EMBRYO) {
		struct table_entry to = { .kind = RECORD_CONN, .index = i };

		table_replace(&world->table, table_hash(&world->table, &record->tuple),
			      entry_of(world, i), to);
		record->kind = RECORD_CONN;
	} else {
		take_out(world, i);
	}
}

static void a_slot_that_was_seen_is_changed_without_a_search(void **state)
{
	struct table_entry embryo = { .kind = RECORD_EMBRYO, .index = 7 };
	struct table_entry conn = { .kind = RECORD_CONN, .index = 7 };
	struct table_hint hint;
	struct world world;
	uint64_t hash;

	(void)state;
	world_create(&world, 100, 200);
	for (uint32_t i = 0; i < 100; i++)
		assert_int_equal(insert(&world, i, RECORD_EMBRYO), 0);
	hash = table_hash(&world.table, &world.records[7].tuple);
	table_look_ahead(&world.table, &hash, &hint, 1);
	assert_false(table_replace_seen(&world.table, NULL, embryo, conn));
	assert_false(table_replace_seen(&world.table, hint.slot, conn, embryo));
	assert_true(table_replace_seen(&world.table, hint.slot, embryo, conn));
	world.records[7].kind = RECORD_CONN;
	assert_found_as_the_model_says(&world, 7);
	assert_false(table_remove_seen(&world.table, hint.slot, embryo));
	assert_true(table_remove_seen(&world.table, hint.slot, conn));
	world.records[7].in = false;
	assert_false(table_remove_seen(&world.table, hint.slot, conn));
	assert_int_equal(world.table.entries, 99);
	for (uint32_t i = 0; i < 100; i++)
		assert_found_as_the_model_says(&world, i);
	world_destroy(&world);
}

static void a_look_ahead_is_right_whatever_happens_after_it(void **state)
{
	struct dice dice = { 7 };
	struct world world;
	uint64_t found = 0, absent = 0;

	(void)state;
	world_create(&world, 1000, 2000);
	for (uint32_t i = 0; i < 950; i++)
		assert_int_equal(insert(&world, i * 2, RECORD_CONN), 0);
	for (unsigned int turn = 0; turn < 20000; turn++) {
		struct questions burst;
		unsigned int count = dice_between(&dice, 0, BURST);

		for (unsigned int i = 0; i < count; i++)
			burst.records[i] = dice_next(&dice) % world.count;
		look_ahead(&world, &burst, count);
		for (unsigned int i = 0; i < count; i++) {
			assert_hinted_as_the_model_says(&world, &burst, i);
			if (world.records[burst.records[i]].in)
				found++;
			else
				absent++;
			/* Mostly to one of the burst, of which later ones may be twins. */
			if (dice_next(&dice) % 2 == 0)
				change(&world, burst.records[dice_next(&dice) % count], 1000);
			if (dice_next(&dice) % 4 == 0)
				change(&world, dice_next(&dice) % world.count, 1000);
		}
	}
	assert_true(found > 50000 && absent > 50000);
	assert_true(world.table.moves > 1000);
	world_destroy(&world);
}

static void a_slot_that_changed_hands_is_not_believed(void **state)
{
	struct questions burst = { .records = { 1, 1, 2 } }, others = { .records = { 3 } };
	struct world world;

	(void)state;
	world_create(&world, 1000, 1000);
	assert_int_equal(insert(&world, 1, RECORD_EMBRYO), 0);
	look_ahead(&world, &burst, 3);
	assert_non_null(burst.hints[0].slot);
	assert_null(burst.hints[2].slot);
	/* Gone, then back. */
	take_out(&world, 1);
	assert_int_equal(find_hinted(&world, &burst, 0).kind, RECORD_NONE);
	assert_int_equal(insert(&world, 1, RECORD_TIME_WAIT), 0);
	assert_int_equal(find_hinted(&world, &burst, 1).kind, RECORD_TIME_WAIT);
	/* It was absent when looked for. */
	assert_int_equal(insert(&world, 2, RECORD_CONN), 0);
	assert_int_equal(find_hinted(&world, &burst, 2).kind, RECORD_CONN);
	/* Nor is what an older look ahead did not see. */
	look_ahead(&world, &others, 1);
	assert_int_equal(find_hinted(&world, &burst, 2).kind, RECORD_CONN);
	world_destroy(&world);
}

/* As segments do it: by memory if that leads there, else by the hash, which is remembered. */
static struct table_entry find_or_recall(struct world *world, uint32_t i, uint64_t *recalled)
{
	const struct tcp_tuple *tuple = &world->records[i].tuple;
	const struct table_slot *slot = table_recall(&world->table, tuple);
	uint64_t hash = table_hash(&world->table, tuple);
	struct table_entry entry = table_seen(&world->table, slot, tuple);
	struct table_hint hint = { .slot = slot };

	if (entry.kind != RECORD_NONE) {
		++*recalled;
		return entry;
	}
	/* A memory that is wrong is a hint that is, once. */
	if (slot != NULL) {
		table_forget(&world->table, tuple);
		return table_find_hinted(&world->table, tuple, hash, hint);
	}
	table_look_ahead(&world->table, &hash, &hint, 1);
	if (hint.slot != NULL)
		table_remember(&world->table, tuple, hint.slot);
	return table_find_hinted(&world->table, tuple, hash, hint);
}

static void a_memory_is_believed_only_if_it_is_right(void **state)
{
	struct dice dice = { 11 };
	struct world world;
	uint64_t recalled = 0;

	(void)state;
	world_create(&world, 4000, 8000);
	for (unsigned int turn = 0; turn < 400000; turn++) {
		uint32_t i = dice_next(&dice) % world.count;
		const struct record *record = &world.records[i];
		struct table_entry entry = find_or_recall(&world, i, &recalled);

		assert_int_equal(entry.kind, record->in ? record->kind : RECORD_NONE);
		if (record->in)
			assert_int_equal(entry.index, i);
		if (dice_next(&dice) % 4 == 0)
			change(&world, dice_next(&dice) % world.count, 4000);
	}
	assert_true(recalled > 20000);
	assert_true(world.table.moves > 1000);
	world_destroy(&world);
}

/* The ACK of a SYN needs no search: the SYN's record is remembered, and what comes of it. */
static void what_comes_is_remembered(void **state)
{
	struct table_entry conn = { .kind = RECORD_CONN, .index = 3 };
	const struct table_slot *slot;
	struct world world;

	(void)state;
	world_create(&world, 8, 8);
	for (uint32_t i = 0; i < world.count; i++) {
		assert_null(table_recall(&world.table, &world.records[i].tuple));
		assert_int_equal(insert(&world, i, RECORD_EMBRYO), 0);
		slot = table_recall(&world.table, &world.records[i].tuple);
		assert_int_equal(table_seen(&world.table, slot, &world.records[i].tuple).index, i);
	}
	slot = table_recall(&world.table, &world.records[3].tuple);
	assert_true(table_replace_seen(&world.table, slot, entry_of(&world, 3), conn));
	assert_int_equal(table_seen(&world.table, slot, &world.records[3].tuple).kind, RECORD_CONN);
	assert_true(table_remove_seen(&world.table, slot, conn));
	slot = table_recall(&world.table, &world.records[3].tuple);
	assert_int_equal(table_seen(&world.table, slot, &world.records[3].tuple).kind, RECORD_NONE);
	world_destroy(&world);
}

/* An exchange on each of a thousand connections finds all but a few of them by memory. */
static void a_thousand_are_remembered(void **state)
{
	struct world world;
	uint64_t recalled = 0;

	(void)state;
	world_create(&world, 1000, 1000);
	for (uint32_t i = 0; i < world.count; i++)
		assert_int_equal(insert(&world, i, RECORD_CONN), 0);
	for (unsigned int turn = 0; turn < 2; turn++)
		for (uint32_t i = 0; i < world.count; i++)
			assert_int_equal(find_or_recall(&world, i, &recalled).index, i);
	assert_true(recalled > 950);
	/* They differ in their ports and addresses, and share no tag. */
	for (uint32_t i = 0; i < world.count; i++) {
		const struct table_slot *slot = table_recall(&world.table, &world.records[i].tuple);

		assert_true(slot == NULL || slot->index == i);
	}
	world_destroy(&world);
}

/* Of two that cannot be told apart by the memory's hash, the one that speaks is remembered. */
static void a_memory_that_was_wrong_is_forgotten(void **state)
{
	struct world world;
	uint64_t recalled = 0;

	(void)state;
	world_create(&world, 2, 8);
	world.records[1].tuple = world.records[0].tuple;
	((uint8_t *)&world.records[1].tuple)[12] ^= 1; /* of the IPv4 address, */
	((uint8_t *)&world.records[1].tuple)[18] ^= 1; /* and of our port */
	assert_int_equal(table_memo_hash(&world.records[0].tuple),
			 table_memo_hash(&world.records[1].tuple));
	for (uint32_t i = 0; i < 2; i++)
		assert_int_equal(insert(&world, i, RECORD_CONN), 0);
	for (uint32_t turn = 0; turn < 4; turn++) {
		uint32_t who = turn % 2;

		/* The other one's memory, or none; then it is looked for, and then recalled. */
		for (unsigned int i = 0; i < 5; i++)
			assert_int_equal(find_or_recall(&world, who, &recalled).index, who);
		assert_int_equal(table_recall(&world.table, &world.records[who].tuple)->index, who);
	}
	assert_int_equal(recalled, 4 * 3);
	world_destroy(&world);
}

static void the_hash_depends_on_key_and_on_every_part_of_the_tuple(void **state)
{
	struct table a = { .key = { 1, 2 } }, b = { .key = { 1, 3 } };
	struct tcp_tuple tuple = tuple_of(1);
	uint64_t hash = table_hash(&a, &tuple);

	(void)state;
	assert_true(hash != table_hash(&b, &tuple));
	for (size_t i = 0; i < sizeof(tuple); i++) {
		struct tcp_tuple other = tuple;

		((uint8_t *)&other)[i] ^= 1;
		assert_true(hash != table_hash(&a, &other));
	}
}

/* ---- a flood that knows the key of the Toeplitz hash ---- */

#define PEER_BITS 48U /* an IPv4 address and a port */
#define HASH_BITS 32U

static struct tcp_tuple tuple_of_bits(uint64_t bits)
{
	struct tcp_tuple tuple;

	memset(&tuple, 0, sizeof(tuple));
	tuple.remote = la_addr_from_ipv4((uint32_t)(bits >> 16));
	tuple.remote_port = (uint16_t)bits;
	tuple.local_port = 80;
	return tuple;
}

static uint32_t toeplitz_of_bits(const struct rss *rss, uint64_t bits)
{
	struct tcp_tuple tuple = tuple_of_bits(bits);
	struct la_addr local = la_addr_from_ipv4(0xc6120001U);

	return rss_hash(rss, &tuple.remote, &local, tuple.remote_port, tuple.local_port);
}

/* Patterns of the peer's bits that leave the hash as it is: at least 48 - 32, by elimination. */
static unsigned int same_hash(const struct rss *rss, uint64_t kernel[PEER_BITS])
{
	uint64_t patterns[HASH_BITS];
	uint32_t hashes[HASH_BITS] = { 0 };
	unsigned int count = 0;

	for (unsigned int bit = 0; bit < PEER_BITS; bit++) {
		uint64_t pattern = UINT64_C(1) << bit;
		uint32_t hash = toeplitz_of_bits(rss, pattern) ^ toeplitz_of_bits(rss, 0);

		while (hash != 0 && hashes[__builtin_ctz(hash)] != 0) {
			unsigned int lead = (unsigned int)__builtin_ctz(hash);

			hash ^= hashes[lead];
			pattern ^= patterns[lead];
		}
		if (hash == 0) {
			kernel[count++] = pattern;
		} else {
			patterns[__builtin_ctz(hash)] = pattern;
			hashes[__builtin_ctz(hash)] = hash;
		}
	}
	return count;
}

/* 60,000 peers whose segments all have one Toeplitz hash are in the table as any 60,000 would be.
 */
static void tuples_of_one_toeplitz_hash_fill_the_table_like_others(void **state)
{
	const uint32_t count = 60000;
	uint64_t kernel[PEER_BITS], bits = UINT64_C(0x0a0000010400);
	struct random_stream random;
	struct world world;
	uint8_t key[RSS_KEY_BYTES];
	struct rss rss;
	uint32_t same;

	(void)state;
	random_init(&random, &(struct siphash_key){ 1, 1 });
	rss_draw_key(key, &random);
	rss_init(&rss, key, 2);
	same = toeplitz_of_bits(&rss, bits);
	assert_in_range(same_hash(&rss, kernel), PEER_BITS - HASH_BITS, PEER_BITS);
	world_create(&world, count, count);
	for (uint32_t i = 0; i < count; i++) {
		/* Gray's order: from each to the next by one pattern. */
		bits ^= kernel[__builtin_ctz(i + 1)];
		world.records[i].tuple = tuple_of_bits(bits);
		assert_int_equal(toeplitz_of_bits(&rss, bits), same);
		assert_int_equal(insert(&world, i, RECORD_CONN), 0);
	}
	for (uint32_t i = 0; i < count; i++)
		take_out(&world, i);
	assert_int_equal(world.table.entries, 0);
	world_destroy(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_its_capacity_at_a_load_of_nine_tenths),
		cmocka_unit_test(agrees_with_the_model_whatever_happens),
		cmocka_unit_test(a_full_table_says_so_and_goes_on),
		cmocka_unit_test(a_look_ahead_is_right_whatever_happens_after_it),
		cmocka_unit_test(a_slot_that_changed_hands_is_not_believed),
		cmocka_unit_test(a_memory_is_believed_only_if_it_is_right),
		cmocka_unit_test(what_comes_is_remembered),
		cmocka_unit_test(a_thousand_are_remembered),
		cmocka_unit_test(a_memory_that_was_wrong_is_forgotten),
		cmocka_unit_test(a_slot_that_was_seen_is_changed_without_a_search),
		cmocka_unit_test(tuples_of_one_toeplitz_hash_fill_the_table_like_others),
		cmocka_unit_test(the_hash_depends_on_key_and_on_every_part_of_the_tuple),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
