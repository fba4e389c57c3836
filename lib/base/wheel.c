/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wheel.c: where an armed entry lies is decided by the highest byte in which its tick differs from
 * the wheel's time: that byte is the slot, its place the level. So every entry of a level is due
 * before every entry of the level above it, and the next thing to do is always at the first
 * occupied slot of the lowest level that has one: time jumps there, however far it is.
 *
 * The first node of a list has no predecessor; its prev names the list instead (HEAD_FLAG and the
 * number of the list), so that cancelling needs no search wherever an entry hangs.
 */
#include <assert.h>
#include <string.h>

#include "base/seq.h"
#include "base/wheel.h"

#define HEAD_FLAG 0x80000000U
#define HEAD_PENDING (HEAD_FLAG | (WHEEL_LEVELS * WHEEL_SLOTS))
#define SLOT_MASK (WHEEL_SLOTS - 1)
#define MAP_WORDS (WHEEL_SLOTS / 64)

_Static_assert(WHEEL_LEVELS *WHEEL_SLOT_BITS == 32, "the levels cover all of serial time");
_Static_assert(TIMER_NODE_NONE > HEAD_PENDING, "an unarmed node names no list");

/** A slot and the tick at which it is to be emptied. */
struct wheel_event {
	unsigned int level;
	unsigned int slot;
	uint32_t tick;
};

static inline uint32_t head_name(unsigned int level, unsigned int slot)
{
	return HEAD_FLAG | (level << WHEEL_SLOT_BITS) | slot;
}

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
	wheel->pending = TIMER_NODE_NONE;
	memset(wheel->occupied, 0, sizeof(wheel->occupied));
	/* All bytes set is TIMER_NODE_NONE in each head. */
	memset(wheel->slots, 0xff, sizeof(wheel->slots));
}

/** Puts an entry into the slot for tick due, which lies after the wheel's time. */
static void slot_insert(struct wheel *wheel, uint32_t index, uint32_t due)
{
	uint32_t differs = due ^ wheel->now;

	assert(differs != 0);

	unsigned int level = (31U - (unsigned int)__builtin_clz(differs)) / WHEEL_SLOT_BITS;
	unsigned int slot = (due >> (level * WHEEL_SLOT_BITS)) & SLOT_MASK;
	uint32_t *head = &wheel->slots[level][slot];
	struct timer_node *node = node_at(wheel, index);

	node->next = *head;
	node->prev = head_name(level, slot);
	if (*head != TIMER_NODE_NONE)
		node_at(wheel, *head)->prev = index;
	*head = index;
	wheel->occupied[level][slot / 64] |= UINT64_C(1) << (slot % 64);
}

void wheel_arm(struct wheel *wheel, uint32_t index, uint32_t deadline)
{
	assert(index < HEAD_FLAG);
	node_at(wheel, index)->deadline = deadline;
	/* The tick of now has been looked at already; the next one has not. */
	slot_insert(wheel, index, seq_gt(deadline, wheel->now) ? deadline : wheel->now + 1);
	wheel->armed++;
}

/** The list whose first node has this prev. */
static uint32_t *list_head(struct wheel *wheel, uint32_t name)
{
	unsigned int number = name & ~HEAD_FLAG;

	assert(name <= HEAD_PENDING);
	if (name == HEAD_PENDING)
		return &wheel->pending;
	return &wheel->slots[number >> WHEEL_SLOT_BITS][number & SLOT_MASK];
}

static void head_removed(struct wheel *wheel, uint32_t index, const struct timer_node *node)
{
	unsigned int number = node->prev & ~HEAD_FLAG;
	uint32_t *head = list_head(wheel, node->prev);

	assert(*head == index);
	*head = node->next;
	if (node->next == TIMER_NODE_NONE && node->prev != HEAD_PENDING)
		wheel->occupied[number >> WHEEL_SLOT_BITS][(number & SLOT_MASK) / 64] &=
			~(UINT64_C(1) << (number % 64));
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
	wheel->armed--;
}

/** How many slots after digit the first occupied one lies, round the circle; 0: none is. */
static unsigned int slots_ahead(const uint64_t *map, unsigned int digit)
{
	unsigned int start = (digit + 1) & SLOT_MASK;
	unsigned int word = start / 64;
	uint64_t bits = map[word] & (~UINT64_C(0) << (start % 64));

	/* Nothing lies more than half a circle ahead, so the first word's lower part is empty. */
	for (unsigned int i = 0; i < MAP_WORDS; i++) {
		if (bits != 0)
			return (word * 64 + (unsigned int)__builtin_ctzll(bits) - digit) &
			       SLOT_MASK;
		word = (word + 1) % MAP_WORDS;
		bits = map[word];
	}
	return 0;
}

/** The first slot to be emptied after the wheel's time; false when all are empty. */
static bool event_find(const struct wheel *wheel, struct wheel_event *event)
{
	for (unsigned int level = 0; level < WHEEL_LEVELS; level++) {
		unsigned int shift = level * WHEEL_SLOT_BITS;
		uint32_t turn = wheel->now >> shift;
		unsigned int ahead = slots_ahead(wheel->occupied[level], turn & SLOT_MASK);

		if (ahead == 0)
			continue;
		event->level = level;
		event->slot = (turn + ahead) & SLOT_MASK;
		/* On the highest level this wraps as serial time does. */
		event->tick = (turn + ahead) << shift;
		return true;
	}
	return false;
}

/** Moves time to the event and its slot's whole list to pending. */
static void event_begin(struct wheel *wheel, const struct wheel_event *event)
{
	uint32_t *head = &wheel->slots[event->level][event->slot];

	assert(wheel->pending == TIMER_NODE_NONE);
	assert(*head != TIMER_NODE_NONE);
	wheel->now = event->tick;
	wheel->pending = *head;
	node_at(wheel, *head)->prev = HEAD_PENDING;
	*head = TIMER_NODE_NONE;
	wheel->occupied[event->level][event->slot / 64] &= ~(UINT64_C(1) << (event->slot % 64));
}

/** Takes the first pending entry: true when it is due, else it went to a lower level. */
static bool pending_take(struct wheel *wheel, uint32_t *index)
{
	struct timer_node *node;

	*index = wheel->pending;
	node = node_at(wheel, *index);
	wheel_cancel(wheel, *index);
	if (seq_leq(node->deadline, wheel->now))
		return true;
	slot_insert(wheel, *index, node->deadline);
	wheel->armed++;
	return false;
}

unsigned int wheel_expire(struct wheel *wheel, uint32_t now, uint32_t *out, unsigned int count,
			  unsigned int budget)
{
	struct wheel_event event;
	unsigned int expired = 0;
	unsigned int touched = 0;

	assert(count > 0);
	assert(budget > 0);
	if (wheel->armed == 0) {
		wheel->now = now;
		return 0;
	}
	/* Each round touches an entry: a slot that is begun holds at least one. */
	while (expired < count && touched < budget) {
		if (wheel->pending == TIMER_NODE_NONE) {
			if (!event_find(wheel, &event) || seq_gt(event.tick, now)) {
				wheel->now = seq_max(wheel->now, now);
				break;
			}
			event_begin(wheel, &event);
		}
		touched++;
		if (pending_take(wheel, &out[expired]))
			expired++;
	}
	return expired;
}

bool wheel_next(const struct wheel *wheel, uint32_t *tick)
{
	struct wheel_event event;
	bool found;

	if (wheel->armed == 0)
		return false;
	if (wheel->pending != TIMER_NODE_NONE) {
		*tick = wheel->now;
		return true;
	}
	found = event_find(wheel, &event);
	assert(found);
	*tick = event.tick;
	return found;
}
