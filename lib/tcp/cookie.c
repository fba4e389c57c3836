/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/cookie.h"

#include <assert.h>

#include "base/seq.h"
#include "config/limits.h"

#define CLASSES 8U
#define CLASS_SHIFT 1U /**< bit 0 is the slot's lowest bit, then the class, then the keyed bits */
#define KEYED_SHIFT 4U /**< the keyed bits, to which the peer's ISN is added */
#define FIRST_TEXT_MAX                                                                           \
	65536U /**< octets that a peer sends before our first ACK: an unscaled window, and a FIN \
		*/
#define NO_WINDOW_SCALE 15U
#define SHIFT_MASK 0xfU
#define SACK_BIT 0x10U
#define ECN_BIT 0x20U

_Static_assert(CLASSES << CLASS_SHIFT == 1U << KEYED_SHIFT, "the fields fill 32 bits");

/*
 * What MSS options say in practice: Ethernet with IPv4 and with IPv6, tunnels, IPv6's least MTU,
 * the default. An offer between two is taken as the lower, never as more than was offered.
 */
static const uint16_t classes[CLASSES] = { 64, 536, 1220, 1300, 1360, 1400, 1440, 1460 };

static uint32_t slot_of(uint64_t now_us)
{
	return (uint32_t)(now_us / COOKIE_SLOT_US);
}

/* Epochs begin with 1, so that 0 can mean that no key was drawn. */
static uint32_t epoch_of(uint32_t slot)
{
	return slot / COOKIE_KEY_SLOTS + 1;
}

/* A key serves one epoch; the one before it stays for the cookies that it made. */
static void turn_keys(struct cookie_jar *jar, uint32_t epoch, struct random_stream *random)
{
	bool next = epoch == jar->epoch + 1 && jar->epoch != 0;

	if (epoch == jar->epoch)
		return;
	for (uint32_t i = 0; i < 2; i++) {
		if (next && i != (epoch & 1))
			continue;
		jar->keys[i].k0 = random_u64(random);
		jar->keys[i].k1 = random_u64(random);
	}
	jar->epoch = epoch;
}

/*
 * The cookie of this slot and class. The peer's ISN is added and not hashed: so a segment behind
 * the first is told from it for certain, and not only as a rule. Its uppermost bits, which find no
 * room there, are hashed: region.
 */
static uint32_t bake(const struct cookie_jar *jar, uint32_t slot, uint64_t flow, uint32_t irs,
		     uint32_t region, uint32_t class)
{
	const struct siphash_key *key = &jar->keys[epoch_of(slot) & 1];
	const uint64_t words[2] = { flow, (uint64_t)slot << 32 | region << KEYED_SHIFT | class };
	const uint32_t keyed = (uint32_t)siphash_2_4(key, words, 2) + irs;

	return keyed << KEYED_SHIFT | class << CLASS_SHIFT | (slot & 1);
}

static uint32_t region_of(uint32_t irs)
{
	return irs >> (32 - KEYED_SHIFT);
}

/* How far behind the cookie's first segment this one begins, if its ISN lay in the region; too far,
 * if it did not. */
static uint32_t ahead_of(const struct cookie_jar *jar, uint32_t slot, uint64_t flow, uint32_t irs,
			 uint32_t region, uint32_t iss)
{
	uint32_t class = iss >> CLASS_SHIFT & (CLASSES - 1);
	uint32_t ahead = (bake(jar, slot, flow, irs, region, class) - iss) >> KEYED_SHIFT;

	return region_of(irs - ahead) == region ? ahead : UINT32_MAX;
}

uint32_t cookie_make(struct cookie_jar *jar, uint64_t now_us, struct random_stream *random,
		     uint64_t flow, uint32_t irs, uint16_t mss)
{
	uint32_t slot = slot_of(now_us);
	uint32_t class = 0;

	assert(mss >= classes[0]);
	while (class + 1 < CLASSES && classes[class + 1] <= mss)
		class ++;
	turn_keys(jar, epoch_of(slot), random);
	jar->filled = true;
	jar->filled_slot = slot;
	return bake(jar, slot, flow, irs, region_of(irs), class);
}

enum cookie_verdict cookie_check(const struct cookie_jar *jar, uint64_t now_us, uint64_t flow,
				 uint32_t irs, uint32_t iss, uint16_t *mss)
{
	uint32_t now = slot_of(now_us);
	uint32_t slot = (iss & 1) == (now & 1) ? now : now - 1;
	uint32_t class = iss >> CLASS_SHIFT & (CLASSES - 1);
	uint32_t ahead; /* of the first segment behind the SYN */

	/* None was made after the last one, nor before the clock began. */
	if (!cookie_expected(jar, now_us) || slot > jar->filled_slot)
		return COOKIE_WRONG;
	/* The key of that slot: the younger one, or the one before it. */
	assert(epoch_of(slot) == jar->epoch || epoch_of(slot) + 1 == jar->epoch);
	ahead = ahead_of(jar, slot, flow, irs, region_of(irs), iss);
	/* The first segment may have begun in the region before. */
	if (ahead > FIRST_TEXT_MAX && region_of(irs - FIRST_TEXT_MAX) != region_of(irs))
		ahead = ahead_of(jar, slot, flow, irs, region_of(irs - FIRST_TEXT_MAX), iss);
	if (ahead > FIRST_TEXT_MAX)
		return COOKIE_WRONG;
	*mss = classes[class];
	return ahead == 0 ? COOKIE_GOOD : COOKIE_ELSEWHERE;
}

bool cookie_expected(const struct cookie_jar *jar, uint64_t now_us)
{
	return jar->filled && slot_of(now_us) - jar->filled_slot <= 1;
}

uint32_t cookie_timestamp(uint32_t tsval, const struct cookie_options *options)
{
	const uint32_t unit = 1U << COOKIE_TIMESTAMP_BITS;
	uint32_t low = options->window_scale ? options->shift : NO_WINDOW_SCALE;
	uint32_t value;

	assert(!options->window_scale || options->shift < NO_WINDOW_SCALE);
	low |= (options->sack ? SACK_BIT : 0) | (options->ecn ? ECN_BIT : 0);
	value = (tsval & ~(unit - 1)) | low;
	return seq_gt(value, tsval) ? value - unit : value;
}

struct cookie_options cookie_timestamp_read(uint32_t tsecr)
{
	uint32_t shift = tsecr & SHIFT_MASK;

	return (struct cookie_options){
		.window_scale = shift != NO_WINDOW_SCALE,
		.shift = shift != NO_WINDOW_SCALE ? (uint8_t)shift : 0,
		.sack = (tsecr & SACK_BIT) != 0,
		.ecn = (tsecr & ECN_BIT) != 0,
	};
}
