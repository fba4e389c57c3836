/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/table.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include <rte_prefetch.h>

#include "base/memory.h"
#include "config/limits.h"

int table_create(struct table *table, uint32_t capacity, const struct siphash_key *key,
		 int numa_node)
{
	/* capacity / (8 slots * 0.9), rounded up */
	uint64_t buckets = ((uint64_t)capacity * 10 + 71) / 72 + 2;

	*table = (struct table){ .key = *key, .bucket_count = (uint32_t)buckets };
	assert(buckets <= UINT32_MAX);
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

uint64_t tuple_hash(const struct siphash_key *key, const struct tcp_tuple *tuple)
{
	uint64_t high, low, rest;

	memcpy(&high, tuple->remote.bytes, 8);
	memcpy(&low, tuple->remote.bytes + 8, 8);
	rest = (uint64_t)tuple->remote_port << 32 | (uint64_t)tuple->local_port << 16 |
	       tuple->local_index;
	return siphash_1_3(key, high, low, rest);
}

uint64_t table_hash(const struct table *table, const struct tcp_tuple *tuple)
{
	return tuple_hash(&table->key, tuple);
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

static const struct tcp_tuple *tuple_at(const struct table *table, struct table_slot slot)
{
	const struct table_records *records = &table->records[slot.kind];

	return (const struct tcp_tuple *)(const void *)(records->base +
							(size_t)slot.index * records->stride);
}

static bool find_in(const struct table *table, const struct table_bucket *bucket, uint32_t tag,
		    const struct tcp_tuple *tuple, struct table_entry *out)
{
	for (unsigned int i = 0; i < TABLE_SLOTS; i++) {
		struct table_slot slot = bucket->slots[i];

		if (slot.tag != tag || slot.kind == RECORD_NONE)
			continue;
		if (memcmp(tuple_at(table, slot), tuple, sizeof(*tuple)) != 0)
			continue;
		*out = (struct table_entry){ .kind = (enum record_kind)slot.kind,
					     .index = slot.index };
		return true;
	}
	return false;
}

struct table_entry table_find(const struct table *table, const struct tcp_tuple *tuple,
			      uint64_t hash)
{
	struct table_entry entry = { .kind = RECORD_NONE, .index = 0 };
	uint32_t bucket = first_bucket(table, hash);
	uint32_t tag = (uint32_t)hash;

	if (!find_in(table, &table->buckets[bucket], tag, tuple, &entry))
		find_in(table, &table->buckets[other_bucket(table, bucket, tag)], tag, tuple,
			&entry);
	return entry;
}

static void prefetch_matches(const struct table *table, uint32_t bucket, uint32_t tag)
{
	for (unsigned int i = 0; i < TABLE_SLOTS; i++) {
		struct table_slot slot = table->buckets[bucket].slots[i];
		const uint8_t *record;

		if (slot.tag != tag || slot.kind == RECORD_NONE)
			continue;
		record = (const uint8_t *)tuple_at(table, slot);
		rte_prefetch0(record);
		rte_prefetch0(record + 64);
	}
}

void table_prefetch_burst(const struct table *table, const uint64_t *hashes, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		uint32_t bucket = first_bucket(table, hashes[i]);

		rte_prefetch0(&table->buckets[bucket]);
		rte_prefetch0(&table->buckets[other_bucket(table, bucket, (uint32_t)hashes[i])]);
	}
	for (unsigned int i = 0; i < count; i++) {
		uint32_t bucket = first_bucket(table, hashes[i]);

		prefetch_matches(table, bucket, (uint32_t)hashes[i]);
		prefetch_matches(table, other_bucket(table, bucket, (uint32_t)hashes[i]),
				 (uint32_t)hashes[i]);
	}
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

int table_insert(struct table *table, uint64_t hash, struct table_entry entry)
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
	table->entries++;
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
	struct table_slot *slot = slot_of(table, hash, from);

	assert(slot != NULL && to.kind != RECORD_NONE);
	slot->kind = to.kind;
	slot->index = to.index;
}

void table_remove(struct table *table, uint64_t hash, struct table_entry entry)
{
	struct table_slot *slot = slot_of(table, hash, entry);

	assert(slot != NULL);
	*slot = (struct table_slot){ 0 };
	table->entries--;
}
