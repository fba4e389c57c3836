/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * table.h: from a 4-tuple to the record that answers for it, per worker.
 *
 * One table for the three kinds of record. A bucket is one cache line of eight slots; a slot is a
 * 32-bit tag, a 2-bit kind and a 30-bit index. Every tuple has two candidate buckets, the second
 * derivable from bucket and tag, and an insertion displaces at most TABLE_MOVES_MAX others. Removal
 * leaves no tombstone. The hash is keyed (SipHash-1-3): an attacker cannot aim at a bucket.
 *
 * What came or was looked up lately is remembered by a cheaper hash. A memory is a guess at a slot:
 * it is checked, not kept up to date, and forgotten when it was wrong. Who makes tuples share a
 * place of it makes their segments cost what they would without it, or one in two of them a little
 * more.
 *
 * Owns the slots, not the records; every record begins with its struct tcp_tuple.
 */
#ifndef TCP_TABLE_H
#define TCP_TABLE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_prefetch.h>

#include "base/addr.h"
#include "base/gauge.h"
#include "base/siphash.h"
#include "config/limits.h"
#include "tcp/conn.h"

#define TABLE_SLOTS 8

enum record_kind {
	RECORD_NONE, /**< an empty slot */
	RECORD_CONN,
	RECORD_EMBRYO,
	RECORD_TIME_WAIT,
};

struct table_slot {
	uint32_t tag;
	uint32_t kind : 2;
	uint32_t index : 30;
};

_Static_assert(sizeof(struct table_slot) == 8, "a slot is about eight bytes");

struct table_bucket {
	struct table_slot slots[TABLE_SLOTS];
};

_Static_assert(sizeof(struct table_bucket) == 64, "a bucket is one cache line");

struct table_records {
	const uint8_t *base;
	uint32_t stride;
};

/** Where a tuple was seen last. */
struct table_memo {
	uint32_t tag;
	uint32_t slot; /**< number of the slot, counted through all buckets */
};

struct table {
	struct table_bucket *buckets;
	uint32_t bucket_count;
	uint32_t entries;
	uint32_t looks; /**< ahead, so far; a number that wraps */
	uint64_t came;  /**< since the last of them: a bit for each tuple, by its tag */
	uint64_t moves; /**< records that insertions displaced, so far */
	struct siphash_key key;
	struct table_records records[4];      /**< by enum record_kind */
	struct table_memo memos[TABLE_MEMOS]; /**< by a hash of the tuple that has no key */
};

/** A record as the table knows it. */
struct table_entry {
	enum record_kind kind; /**< RECORD_NONE: not found */
	uint32_t index;
};

/** What a look ahead saw of a tuple. */
struct table_hint {
	const struct table_slot *slot; /**< a slot with its tag; NULL: there was none */
	uint32_t look;                 /**< which of the looks ahead, when there was none */
};

/** Reserves room for capacity entries at a load of at most 0.9. 0 or -ENOMEM. */
int table_create(struct table *table, uint32_t capacity, const struct siphash_key *key,
		 int numa_node);
void table_destroy(struct table *table);

/** Says where the records of a kind are. */
void table_set_records(struct table *table, enum record_kind kind, const void *base,
		       uint32_t stride);

/** SipHash-1-3 of a 4-tuple: of ten bytes for IPv4, of the whole for others. */
static inline uint64_t tuple_hash(const struct siphash_key *key, const struct tcp_tuple *tuple)
{
	uint64_t words[2], ports;
	uint32_t ipv4;

	if (likely(addr_to_ipv4(&tuple->remote, &ipv4))) {
		ports = (uint64_t)tuple->remote_port << 48 | (uint64_t)tuple->local_port << 32;
		return siphash_1_3_ten(key, ports | ipv4, tuple->local_index);
	}
	memcpy(words, tuple->remote.bytes, sizeof(words));
	ports = (uint64_t)tuple->remote_port << 32 | (uint64_t)tuple->local_port << 16;
	return siphash_1_3(key, words[0], words[1], ports | tuple->local_index);
}

static inline uint64_t table_hash(const struct table *table, const struct tcp_tuple *tuple)
{
	return tuple_hash(&table->key, tuple);
}

static inline const uint8_t *table_record(const struct table *table, struct table_slot slot)
{
	const struct table_records *records = &table->records[slot.kind];

	return records->base + (size_t)slot.index * records->stride;
}

static inline uint64_t table_word(const void *tuple, size_t offset)
{
	uint64_t word;

	memcpy(&word, (const uint8_t *)tuple + offset, sizeof(word));
	return word;
}

_Static_assert(sizeof(struct tcp_tuple) == 22, "three words cover it, two of them by two bytes");

/** True if the record, of whatever kind, has this tuple. The last words overlap. */
static inline bool table_is_record_of(const void *record, const struct tcp_tuple *tuple)
{
	return ((table_word(record, 0) ^ table_word(tuple, 0)) |
		(table_word(record, 8) ^ table_word(tuple, 8)) |
		(table_word(record, 14) ^ table_word(tuple, 14))) == 0;
}

/** True if the slot's record has this tuple. */
static inline bool table_leads_to(const struct table *table, struct table_slot slot,
				  const struct tcp_tuple *tuple)
{
	return slot.kind != RECORD_NONE && table_is_record_of(table_record(table, slot), tuple);
}

/**
 * Lets the slot's record come into the cache: a connection has two lines, its segment needs both.
 * An empty slot has none, and the address that is made of it is only a number.
 */
static inline void table_prefetch_record(const struct table *table, struct table_slot slot)
{
	const struct table_records *records = &table->records[slot.kind];
	uintptr_t at = (uintptr_t)records->base + (size_t)slot.index * records->stride;

	rte_prefetch0((const void *)at);
	rte_prefetch0((const void *)(at + RTE_CACHE_LINE_SIZE));
}

_Static_assert(TABLE_MEMOS == 1 << (64 - 52), "its upper bits say the place, those behind the tag");

/* Of the IPv4 address, both ports and the index of ours. */
static inline uint64_t table_memo_hash(const struct tcp_tuple *tuple)
{
	return (table_word(tuple, 8) ^ table_word(tuple, 14)) * UINT64_C(0x9e3779b97f4a7c15);
}

/* All slots, one bucket's behind another's. */
static inline const struct table_slot *table_slots(const struct table *table)
{
	return (const struct table_slot *)(const void *)table->buckets;
}

/** The slot that was remembered for a tuple with this hash, on its way into the cache, or NULL. By
 *  now it may be another's. */
static inline const struct table_slot *table_recall(const struct table *table,
						    const struct tcp_tuple *tuple)
{
	uint64_t hash = table_memo_hash(tuple);
	const struct table_memo *memo = &table->memos[hash >> 52];
	const struct table_slot *slot;

	if (memo->tag != (uint32_t)(hash >> 20))
		return NULL;
	slot = table_slots(table) + memo->slot;
	/* The compiler knows by this that there is one. */
	if (slot == NULL)
		__builtin_unreachable();
	rte_prefetch0(slot);
	return slot;
}

/** The record that slot, which may be NULL, leads to, if it has this tuple; or RECORD_NONE. A tuple
 *  is in once at most: a slot that leads to it is its slot, whoever had it before. */
static inline struct table_entry
table_seen(const struct table *table, const struct table_slot *slot, const struct tcp_tuple *tuple)
{
	if (slot == NULL || !table_leads_to(table, *slot, tuple))
		return (struct table_entry){ .kind = RECORD_NONE };
	return (struct table_entry){ .kind = (enum record_kind)slot->kind, .index = slot->index };
}

/** Remembers where a tuple was seen. */
static inline void table_remember(struct table *table, const struct tcp_tuple *tuple,
				  const struct table_slot *slot)
{
	uint64_t hash = table_memo_hash(tuple);

	table->memos[hash >> 52].tag = (uint32_t)(hash >> 20);
	table->memos[hash >> 52].slot = (uint32_t)(slot - table_slots(table));
}

/** What is remembered for a tuple with this hash was wrong: it is looked for anew next time. */
static inline void table_forget(struct table *table, const struct tcp_tuple *tuple)
{
	uint64_t hash = table_memo_hash(tuple);

	table->memos[hash >> 52].tag = ~(uint32_t)(hash >> 20);
}

struct table_entry table_find(const struct table *table, const struct tcp_tuple *tuple,
			      uint64_t hash);

/**
 * Looks ahead for a burst of at most BURST_FRAMES lookups: fetches the buckets, then the records
 * whose tags match, and notes in hints what it saw. Hides the memory's latency. That a tuple was
 * absent is worth knowing until the next look ahead.
 */
void table_look_ahead(struct table *table, const uint64_t *hashes, struct table_hint *hints,
		      unsigned int count);

/** Lets the buckets come into the cache in which a tuple with this hash is or will be. */
void table_prefetch(const struct table *table, uint64_t hash);

/**
 * As table_find(), with less search. The table may have changed since, in whatever way: the hint is
 * checked.
 */
struct table_entry table_find_hinted(const struct table *table, const struct tcp_tuple *tuple,
				     uint64_t hash, struct table_hint hint);

/** Enters a record, whose tuple must not be in the table, and remembers it. 0, or -ENOSPC when no
 *  place was found. */
int table_insert(struct table *table, const struct tcp_tuple *tuple, uint64_t hash,
		 struct table_entry entry);

/** Lets the tuple's slot point to another record, which has the same tuple. */
void table_replace(struct table *table, uint64_t hash, struct table_entry from,
		   struct table_entry to);

/** Takes a record out; it must be in. */
void table_remove(struct table *table, uint64_t hash, struct table_entry entry);

/* -- without a search -- */

static inline void table_point_to(struct table_slot *slot, struct table_entry to)
{
	assert(slot != NULL && to.kind != RECORD_NONE);
	slot->kind = to.kind;
	slot->index = to.index;
}

static inline void table_empty(struct table *table, struct table_slot *slot)
{
	assert(slot != NULL);
	*slot = (struct table_slot){ 0 };
	gauge_add(&table->entries, -1);
}

/* A record stands in one slot at most: the slot that names it is its own. */
static inline struct table_slot *table_own_slot(struct table *table, const struct table_slot *seen,
						struct table_entry entry)
{
	struct table_slot *slots = table->buckets[0].slots;

	if (seen == NULL || seen->kind != (uint32_t)entry.kind || seen->index != entry.index)
		return NULL;
	return &slots[seen - slots];
}

/** table_replace() and table_remove() of a record that was seen in this slot (or NULL): no hash is
 *  needed. False: it is not there any more, and nothing has changed. */
static inline bool table_replace_seen(struct table *table, const struct table_slot *seen,
				      struct table_entry from, struct table_entry to)
{
	struct table_slot *slot = table_own_slot(table, seen, from);

	if (slot != NULL)
		table_point_to(slot, to);
	return slot != NULL;
}

static inline bool table_remove_seen(struct table *table, const struct table_slot *seen,
				     struct table_entry entry)
{
	struct table_slot *slot = table_own_slot(table, seen, entry);

	if (slot != NULL)
		table_empty(table, slot);
	return slot != NULL;
}

#endif
