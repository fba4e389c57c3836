/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/table.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <rte_common.h>

#include "base/gauge.h"
#include "base/memory.h"
#include "config/limits.h"

int table_create(struct table *table, uint32_t capacity, const struct siphash_key *key,
		 int numa_node)
{
	/* capacity / (8 slots * 0.9), rounded up */
	uint64_t buckets = ((uint64_t)capacity * 10 + 71) / 72 + 2;

	*table = (struct table){ .key = *key, .bucket_count = (uint32_t)buckets };
	assert(buckets * TABLE_SLOTS <= UINT32_MAX);
	table->buckets = memory_reserve(buckets * sizeof(struct table_bucket), numa_node);
	return table->buckets == NULL ? -ENOMEM : 0;
}

void table_destroy(struct table *table)
{
	memory_release(table->buckets, (size_t)table->bucket_count * sizeof(struct table_bucket));
	table->buckets = NULL;
}

void table_set_records(struct table *table, enum record_kind kind, const void *base,
		       uint32_t stride)
{
	assert(kind != RECORD_NONE);
	table->records[kind] = (struct table_records){ .base = base, .stride = stride };
}

/* Maps 32 random bits to [0, n) without a division (Lemire). */
static uint32_t range(uint32_t bits, uint32_t n)
{
	return (uint32_t)(((uint64_t)bits * n) >> 32);
}

static uint32_t first_bucket(const struct table *table, uint64_t hash)
{
	return range((uint32_t)(hash >> 32), table->bucket_count);
}

/*
 * The other candidate: f(tag) - bucket modulo the number of buckets, which is its own inverse and
 * needs no power of two.
 */
static uint32_t other_bucket(const struct table *table, uint32_t bucket, uint32_t tag)
{
	uint32_t mirror = range(tag * 0x9e3779b1U, table->bucket_count);

	return mirror >= bucket ? mirror - bucket : mirror + (table->bucket_count - bucket);
}

static struct table_entry entry_in(struct table_slot slot)
{
	return (struct table_entry){ .kind = (enum record_kind)slot.kind, .index = slot.index };
}

/* Several tags share a bit: it is said of a few too many that they came. */
static uint64_t came_bit(uint32_t tag)
{
	return UINT64_C(1) << tag % 64;
}

/* Two slots, or two halves of a sum, in a vector register. */
typedef uint32_t slot_pair __attribute__((vector_size(16)));
typedef uint64_t half_pair __attribute__((vector_size(16)));

_Static_assert(offsetof(struct table_slot, tag) == 0, "tags lie in the even words of a pair");

/* A bit for each slot with this tag, empty ones included: a bucket at a time and without a branch.
 */
static inline unsigned int match(const struct table_bucket *bucket, uint32_t tag)
{
	const slot_pair *pairs = (const slot_pair *)(const void *)bucket;
	slot_pair wanted = { tag, tag, tag, tag };
	half_pair hits = (half_pair)(((slot_pair)(pairs[0] == wanted) & (slot_pair){ 1, 0, 2 }) |
				     ((slot_pair)(pairs[1] == wanted) & (slot_pair){ 4, 0, 8 }) |
				     ((slot_pair)(pairs[2] == wanted) & (slot_pair){ 16, 0, 32 }) |
				     ((slot_pair)(pairs[3] == wanted) & (slot_pair){ 64, 0, 128 }));

	return (unsigned int)(hits[0] | hits[1]);
}

static const struct table_slot *find_in(const struct table *table, uint32_t number, uint32_t tag,
					const struct tcp_tuple *tuple)
{
	const struct table_bucket *bucket = &table->buckets[number];

	for (unsigned int hits = match(bucket, tag); hits != 0; hits &= hits - 1) {
		const struct table_slot *slot = &bucket->slots[__builtin_ctz(hits)];

		if (table_leads_to(table, *slot, tuple))
			return slot;
	}
	return NULL;
}

struct table_entry table_find(const struct table *table, const struct tcp_tuple *tuple,
			      uint64_t hash)
{
	uint32_t bucket = first_bucket(table, hash);
	uint32_t tag = (uint32_t)hash;
	const struct table_slot *slot = find_in(table, bucket, tag, tuple);

	if (slot == NULL)
		slot = find_in(table, other_bucket(table, bucket, tag), tag, tuple);
	if (slot == NULL)
		return (struct table_entry){ .kind = RECORD_NONE };
	return entry_in(*slot);
}

struct table_entry table_find_hinted(const struct table *table, const struct tcp_tuple *tuple,
				     uint64_t hash, struct table_hint hint)
{
	struct table_entry entry = table_seen(table, hint.slot, tuple);

	if (entry.kind != RECORD_NONE)
		return entry;
	/* What was in neither bucket comes into one of them by its own insertion alone. */
	if (hint.slot == NULL && hint.look == table->looks &&
	    (table->came & came_bit((uint32_t)hash)) == 0)
		return entry;
	return table_find(table, tuple, hash);
}

/* The first slot of the bucket with this tag, its record on its way here; NULL: none has it. */
static inline const struct table_slot *look_into(const struct table *table, uint32_t bucket,
						 uint32_t tag)
{
	unsigned int hits = match(&table->buckets[bucket], tag);
	const struct table_slot *slot;

	if (hits == 0)
		return NULL;
	slot = &table->buckets[bucket].slots[__builtin_ctz(hits)];
	table_prefetch_record(table, *slot);
	return slot;
}

/*
 * At a load of 0.9 four in five records are in their first bucket. To fetch only the second buckets
 * that are needed, in a round of their own, costs hits nothing and saves a line each.
 */
void table_look_ahead(struct table *table, const uint64_t *hashes, struct table_hint *hints,
		      unsigned int count)
{
	uint32_t buckets[BURST_FRAMES];
	uint8_t left[BURST_FRAMES];
	unsigned int lefts = 0;

	assert(count <= BURST_FRAMES);
	table->looks++;
	table->came = 0;
	for (unsigned int i = 0; i < count; i++) {
		buckets[i] = first_bucket(table, hashes[i]);
		rte_prefetch0(&table->buckets[buckets[i]]);
	}
	for (unsigned int i = 0; i < count; i++) {
		uint32_t tag = (uint32_t)hashes[i];

		hints[i].look = table->looks;
		hints[i].slot = look_into(table, buckets[i], tag);
		if (hints[i].slot != NULL)
			continue;
		buckets[i] = other_bucket(table, buckets[i], tag);
		rte_prefetch0(&table->buckets[buckets[i]]);
		left[lefts++] = (uint8_t)i;
	}
	for (unsigned int i = 0; i < lefts; i++)
		hints[left[i]].slot = look_into(table, buckets[left[i]], (uint32_t)hashes[left[i]]);
}

void table_prefetch(const struct table *table, uint64_t hash)
{
	uint32_t bucket = first_bucket(table, hash);

	rte_prefetch0(&table->buckets[bucket]);
	rte_prefetch0(&table->buckets[other_bucket(table, bucket, (uint32_t)hash)]);
}

static struct table_slot *empty_slot(struct table_bucket *bucket)
{
	for (unsigned int i = 0; i < TABLE_SLOTS; i++)
		if (bucket->slots[i].kind == RECORD_NONE)
			return &bucket->slots[i];
	return NULL;
}

/* A step of the search for a free slot: this bucket was reached from slot of step parent. */
struct path_step {
	uint32_t bucket;
	int16_t parent;
	uint8_t slot;
};

/*
 * Breadth-first search from the two full candidates for a bucket with a free slot; then the records
 * on the path move one bucket each, last first, so that each is always where a lookup finds it.
 * Returns the slot that became free in one of the two, or NULL.
 */
static struct table_slot *displace(struct table *table, uint32_t first, uint32_t second)
{
	struct path_step steps[TABLE_MOVES_MAX];
	unsigned int count = 0;

	steps[count++] = (struct path_step){ .bucket = first, .parent = -1 };
	steps[count++] = (struct path_step){ .bucket = second, .parent = -1 };
	for (unsigned int at = 0; at < count; at++) {
		struct table_bucket *bucket = &table->buckets[steps[at].bucket];
		struct table_slot *hole = empty_slot(bucket);

		if (hole != NULL) {
			int16_t step = (int16_t)at;

			while (steps[step].parent >= 0) {
				struct path_step *from = &steps[steps[step].parent];
				struct table_slot *moved =
					&table->buckets[from->bucket].slots[steps[step].slot];

				*hole = *moved;
				hole = moved;
				table->moves++;
				step = steps[step].parent;
			}
			hole->kind = RECORD_NONE;
			return hole;
		}
		for (unsigned int i = 0; i < TABLE_SLOTS && count < TABLE_MOVES_MAX; i++)
			steps[count++] = (struct path_step){
				.bucket =
					other_bucket(table, steps[at].bucket, bucket->slots[i].tag),
				.parent = (int16_t)at,
				.slot = (uint8_t)i,
			};
	}
	return NULL;
}

int table_insert(struct table *table, const struct tcp_tuple *tuple, uint64_t hash,
		 struct table_entry entry)
{
	uint32_t tag = (uint32_t)hash;
	uint32_t first = first_bucket(table, hash);
	uint32_t second = other_bucket(table, first, tag);
	struct table_slot *slot = empty_slot(&table->buckets[first]);

	assert(entry.kind != RECORD_NONE && entry.index < CONNECTIONS_MAX);
	if (slot == NULL)
		slot = empty_slot(&table->buckets[second]);
	if (slot == NULL)
		slot = displace(table, first, second);
	if (slot == NULL)
		return -ENOSPC;
	*slot = (struct table_slot){ .tag = tag, .kind = entry.kind, .index = entry.index };
	gauge_add(&table->entries, 1);
	table->came |= came_bit(tag);
	table_remember(table, tuple, slot);
	return 0;
}

static struct table_slot *slot_of(const struct table *table, uint64_t hash,
				  struct table_entry entry)
{
	uint32_t tag = (uint32_t)hash;
	uint32_t bucket = first_bucket(table, hash);

	for (unsigned int turn = 0; turn < 2; turn++) {
		for (unsigned int i = 0; i < TABLE_SLOTS; i++) {
			struct table_slot *slot = &table->buckets[bucket].slots[i];

			if (slot->tag == tag && slot->kind == (uint32_t)entry.kind &&
			    slot->index == entry.index)
				return slot;
		}
		bucket = other_bucket(table, bucket, tag);
	}
	return NULL;
}

void table_replace(struct table *table, uint64_t hash, struct table_entry from,
		   struct table_entry to)
{
	table_point_to(slot_of(table, hash, from), to);
}

void table_remove(struct table *table, uint64_t hash, struct table_entry entry)
{
	table_empty(table, slot_of(table, hash, entry));
}
