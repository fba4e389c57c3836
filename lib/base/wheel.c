/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wheel.c: a tick is a number of four digits to the base of 256, one for each level, and a turn of
 * a level is what one slot of the level above covers. An entry hangs in the lowest level in which
 * it lies in the turn that time is in, or in the next one. Hence of a level above 0 the slot next
 * to time's own is the only one whose entries may hang lower: they are moved down while time is
 * before it, and nothing is put into it any more. When time comes to its first tick, it must be
 * empty; what is left is moved then, before time goes on.
 *
 * The first node of a list has no predecessor; its prev names the list instead (HEAD_FLAG and its
 * number), so that cancelling needs no search.
 */
#include <assert.h>
#include <string.h>

#include <rte_common.h>
#include <rte_prefetch.h>

#include "base/gauge.h"
#include "base/seq.h"
#include "base/wheel.h"
#include "config/limits.h"

#define HEAD_FLAG 0x80000000U
#define HEADS (WHEEL_LEVELS * WHEEL_SLOTS * WHEEL_CHAINS)
#define MAP_WORDS (WHEEL_SLOTS / 64)

_Static_assert(WHEEL_LEVELS *WHEEL_TURN_BITS == 32, "the levels cover all of serial time");
_Static_assert(TIMER_NODE_NONE > (HEAD_FLAG | HEADS), "an unarmed node names no list");

/** A slot, and the tick at which it is to be empty. */
struct wheel_event {
	unsigned int level;
	unsigned int slot;
	uint32_t tick;
};

static inline struct timer_node *node_at(const struct wheel *wheel, uint32_t index)
{
	return timer_node_at(&wheel->nodes, index);
}

void wheel_init(struct wheel *wheel, struct timer_node_array nodes, uint32_t now)
{
	assert(nodes.base != NULL);
	assert(nodes.stride >= sizeof(struct timer_node));

	wheel->nodes = nodes;
	wheel->now = now;
	wheel->armed = 0;
	memset(wheel->occupied, 0, sizeof(wheel->occupied));
	/* All bytes set is TIMER_NODE_NONE in each head. */
	memset(wheel->slots, 0xff, sizeof(wheel->slots));
}

/** The slot of a level in which a tick lies. (Of the highest level, only half of them are used.) */
static inline unsigned int slot_of(unsigned int level, uint32_t tick)
{
	return (tick >> (level * WHEEL_TURN_BITS)) % WHEEL_SLOTS;
}

/** How many turns of a level after that of the wheel's time a tick lies; 0: in the same one. */
static inline uint32_t turns_ahead(const struct wheel *wheel, unsigned int level, uint32_t tick)
{
	unsigned int shift = (level + 1) * WHEEL_TURN_BITS;

	return (tick - (wheel->now >> shift << shift)) >> shift;
}

/** Puts an entry into the slot for tick due, which lies after the wheel's time. */
static void slot_insert(struct wheel *wheel, uint32_t index, uint32_t due)
{
	unsigned int level = 0;

	assert(seq_gt(due, wheel->now));
	while (level < WHEEL_LEVELS - 1 && turns_ahead(wheel, level, due) > 1)
		level++;

	unsigned int slot = slot_of(level, due), chain = index % WHEEL_CHAINS;
	uint32_t *head = &wheel->slots[level][slot][chain];
	struct timer_node *node = node_at(wheel, index);

	node->next = *head;
	node->prev = HEAD_FLAG | ((level * WHEEL_SLOTS + slot) * WHEEL_CHAINS + chain);
	if (*head != TIMER_NODE_NONE)
		node_at(wheel, *head)->prev = index;
	*head = index;
	wheel->occupied[level][slot / 64] |= UINT64_C(1) << (slot % 64);
}

void wheel_arm(struct wheel *wheel, uint32_t index, uint32_t deadline)
{
	assert(index < HEAD_FLAG);
	node_at(wheel, index)->deadline = deadline;
	/* The tick of now has been dealt with already; the next one has not. */
	slot_insert(wheel, index, seq_gt(deadline, wheel->now) ? deadline : wheel->now + 1);
	gauge_add(&wheel->armed, 1);
}

static inline bool slot_is_empty(const struct wheel *wheel, unsigned int level, unsigned int slot)
{
	return (wheel->occupied[level][slot / 64] >> (slot % 64) & 1) == 0;
}

static void head_removed(struct wheel *wheel, uint32_t index, const struct timer_node *node)
{
	unsigned int number = node->prev & ~HEAD_FLAG;

	assert(number < HEADS);

	unsigned int level = number / (WHEEL_SLOTS * WHEEL_CHAINS);
	unsigned int slot = number / WHEEL_CHAINS % WHEEL_SLOTS;
	uint32_t *heads = wheel->slots[level][slot];

	assert(heads[number % WHEEL_CHAINS] == index);
	heads[number % WHEEL_CHAINS] = node->next;
	for (unsigned int i = 0; i < WHEEL_CHAINS; i++)
		if (heads[i] != TIMER_NODE_NONE)
			return;
	wheel->occupied[level][slot / 64] &= ~(UINT64_C(1) << (slot % 64));
}

void wheel_cancel(struct wheel *wheel, uint32_t index)
{
	struct timer_node *node = node_at(wheel, index);

	assert(wheel->armed > 0);
	if ((node->prev & HEAD_FLAG) != 0) {
		head_removed(wheel, index, node);
	} else {
		assert(node_at(wheel, node->prev)->next == index);
		node_at(wheel, node->prev)->next = node->next;
	}
	if (node->next != TIMER_NODE_NONE)
		node_at(wheel, node->next)->prev = node->prev;
	node->next = TIMER_NODE_NONE;
	node->prev = TIMER_NODE_NONE;
	gauge_add(&wheel->armed, -1);
}

/** How many slots after the given one the first occupied one lies, round the circle; 0: none is. */
static unsigned int slots_ahead(const struct wheel *wheel, unsigned int level, unsigned int slot)
{
	const uint64_t *map = wheel->occupied[level];
	unsigned int start = (slot + 1) % WHEEL_SLOTS;
	unsigned int word = start / 64;
	uint64_t bits = map[word] & (~UINT64_C(0) << (start % 64));

	/* The first word's lower part is empty: its slots are past, and those that will come to lie
	 * there again are two turns ahead. */
	for (unsigned int i = 0; i < MAP_WORDS; i++) {
		if (bits != 0)
			return (word * 64 + (unsigned int)__builtin_ctzll(bits) - slot) %
			       WHEEL_SLOTS;
		word = (word + 1) % MAP_WORDS;
		bits = map[word];
	}
	return 0;
}

/**
 * What is to be done first after the wheel's time; false when all slots are empty. Of two at the
 * same tick it is the lower level, so that what a slot is emptied into has been dealt with.
 */
static bool event_find(const struct wheel *wheel, struct wheel_event *event)
{
	bool found = false;

	for (unsigned int level = 0; level < WHEEL_LEVELS; level++) {
		unsigned int shift = level * WHEEL_TURN_BITS;
		unsigned int ahead = slots_ahead(wheel, level, slot_of(level, wheel->now));
		uint32_t first, tick;

		if (ahead == 0)
			continue;
		/* On the highest level this wraps as serial time does. */
		first = ((wheel->now >> shift) + ahead) << shift;
		tick = level == 0 ? first : first - 1;
		if (found && seq_geq(tick, event->tick))
			continue;
		found = true;
		event->level = level;
		event->slot = slot_of(level, first);
		event->tick = tick;
		/* Nothing of a level above is to be done before this turn ends. */
		if (level == 0 && turns_ahead(wheel, 0, tick) == 0)
			break;
	}
	return found;
}

/** Lets the first entries of a slot's lists come into the cache. */
static void slot_fetch(const struct wheel *wheel, unsigned int level, unsigned int slot)
{
	const uint32_t *heads = wheel->slots[level][slot];

	for (unsigned int i = 0; i < WHEEL_CHAINS; i++)
		if (heads[i] != TIMER_NODE_NONE)
			rte_prefetch0(node_at(wheel, heads[i]));
}

/**
 * Takes an entry out of a slot that has one, from the list whose turn it is or the next that is not
 * empty; the one behind it is on its way into the cache then.
 */
static uint32_t slot_take(struct wheel *wheel, unsigned int level, unsigned int slot,
			  unsigned int turn)
{
	const uint32_t *heads = wheel->slots[level][slot];
	uint32_t index, next;

	assert(!slot_is_empty(wheel, level, slot));
	while (heads[turn % WHEEL_CHAINS] == TIMER_NODE_NONE)
		turn++;
	index = heads[turn % WHEEL_CHAINS];
	next = node_at(wheel, index)->next;
	if (next != TIMER_NODE_NONE)
		rte_prefetch0(node_at(wheel, next));
	wheel_cancel(wheel, index);
	return index;
}

static void cascade_one(struct wheel *wheel, unsigned int level, unsigned int slot,
			unsigned int turn)
{
	uint32_t index = slot_take(wheel, level, slot, turn);

	slot_insert(wheel, index, node_at(wheel, index)->deadline);
	gauge_add(&wheel->armed, 1);
}

/** Moves at most so many entries down that have a while to go yet, the most urgent level first. */
static void cascade_ahead(struct wheel *wheel, unsigned int budget)
{
	for (unsigned int level = 1; level < WHEEL_LEVELS; level++) {
		unsigned int slot =
			slot_of(level, wheel->now + (UINT32_C(1) << (level * WHEEL_TURN_BITS)));

		if (slot_is_empty(wheel, level, slot))
			continue;
		slot_fetch(wheel, level, slot);
		while (!slot_is_empty(wheel, level, slot)) {
			if (budget-- == 0)
				return;
			cascade_one(wheel, level, slot, budget);
		}
	}
}

unsigned int wheel_expire(struct wheel *wheel, uint32_t now, uint32_t *out, unsigned int count,
			  unsigned int budget)
{
	unsigned int expired = 0;
	unsigned int touched = 0;

	assert(count > 0);
	assert(budget > 0);
	if (wheel->armed == 0) {
		wheel->now = seq_max(wheel->now, now);
		return 0;
	}
	for (;;) {
		struct wheel_event event;

		if (!event_find(wheel, &event) || seq_gt(event.tick, now)) {
			wheel->now = seq_max(wheel->now, now);
			break;
		}
		/* Of level 0, what is armed meanwhile may join those of this tick. */
		wheel->now = event.level == 0 ? event.tick - 1 : event.tick;
		slot_fetch(wheel, event.level, event.slot);
		while (!slot_is_empty(wheel, event.level, event.slot)) {
			if (expired == count || touched == budget)
				return expired;
			if (event.level == 0)
				out[expired++] = slot_take(wheel, 0, event.slot, touched++);
			else
				cascade_one(wheel, event.level, event.slot, touched++);
		}
	}
	if (touched < budget)
		cascade_ahead(wheel, RTE_MIN(budget - touched, WHEEL_AHEAD_MAX));
	return expired;
}

bool wheel_next(const struct wheel *wheel, uint32_t *tick)
{
	struct wheel_event event;
	bool found;

	if (wheel->armed == 0)
		return false;
	found = event_find(wheel, &event);
	assert(found);
	*tick = event.tick;
	return found;
}
