/* SPDX-License-Identifier: BSD-3-Clause */
/* SYN cookies (RFC 4987 3.6): what they carry, how long they are good, that they cannot be made. */
#include "check.h"

#include <stdbool.h>

#include "base/seq.h"
#include "config/limits.h"
#include "tcp/cookie.h"

#define FLOW UINT64_C(0x0123456789abcdef)
#define IRS 0x88000001U
#define START_US (UINT64_C(1000) * COOKIE_SLOT_US + 5)

static const struct siphash_key seed = { 3, 4 };

static bool good(const struct cookie_jar *jar, uint64_t now_us, uint32_t iss)
{
	uint16_t mss = 0;

	return cookie_check(jar, now_us, FLOW, IRS, iss, &mss) == COOKIE_GOOD;
}

static void mss_comes_back_rounded_down(void **state)
{
	struct cookie_jar jar = { 0 };
	struct random_stream random;
	uint16_t last = 0;

	(void)state;
	random_init(&random, &seed);
	for (uint32_t offered = 64; offered <= UINT16_MAX; offered++) {
		uint32_t iss = cookie_make(&jar, START_US, &random, FLOW, IRS, (uint16_t)offered);
		uint16_t mss = 0;

		assert_int_equal(cookie_check(&jar, START_US, FLOW, IRS, iss, &mss), COOKIE_GOOD);
		assert_true(mss <= offered && mss >= last);
		last = mss;
	}
	assert_int_equal(last, 1460);
}

/* From its making to the end of the next slot, wherever in its slot it was made. */
static void good_for_its_slot_and_the_next(void **state)
{
	static const uint64_t offsets[] = { 0, 1, COOKIE_SLOT_US / 2, COOKIE_SLOT_US - 1 };
	struct random_stream random;

	(void)state;
	random_init(&random, &seed);
	for (uint64_t slot = 0; slot < 4 * COOKIE_KEY_SLOTS; slot++) {
		for (unsigned int i = 0; i < COUNT_OF(offsets); i++) {
			uint64_t begin = slot * COOKIE_SLOT_US, made = begin + offsets[i];
			uint64_t end = begin + 2 * (uint64_t)COOKIE_SLOT_US;
			struct cookie_jar jar = { 0 };
			uint32_t iss = cookie_make(&jar, made, &random, FLOW, IRS, 1460);

			assert_true(cookie_expected(&jar, made));
			assert_true(good(&jar, made, iss));
			assert_true(good(&jar, end - 1, iss));
			assert_false(cookie_expected(&jar, end));
			assert_false(good(&jar, end, iss));
			/* Not even if others were made meanwhile. */
			cookie_make(&jar, end, &random, FLOW + 1, IRS, 1460);
			assert_false(good(&jar, end, iss));
			assert_false(good(&jar, end + COOKIE_SLOT_US, iss));
		}
	}
}

/* A key that has gone takes its cookies with it, and the one before the last is gone. */
static void keys_are_turned(void **state)
{
	struct cookie_jar jar = { 0 };
	struct random_stream random;
	struct siphash_key before;

	(void)state;
	random_init(&random, &seed);
	cookie_make(&jar, START_US, &random, FLOW, IRS, 1460);
	before = jar.keys[jar.epoch & 1];
	cookie_make(&jar, START_US + (uint64_t)COOKIE_SLOT_US * COOKIE_KEY_SLOTS, &random, FLOW,
		    IRS, 1460);
	assert_true(jar.keys[jar.epoch & 1].k0 != before.k0);
	assert_true(jar.keys[(jar.epoch - 1) & 1].k0 == before.k0);
	cookie_make(&jar, START_US + 2 * (uint64_t)COOKIE_SLOT_US * COOKIE_KEY_SLOTS, &random, FLOW,
		    IRS, 1460);
	assert_true(jar.keys[0].k0 != before.k0 && jar.keys[1].k0 != before.k0);
	cookie_make(&jar, START_US + 9 * (uint64_t)COOKIE_SLOT_US * COOKIE_KEY_SLOTS, &random, FLOW,
		    IRS, 1460);
	assert_true(jar.keys[0].k0 != jar.keys[1].k0);
}

/* What is behind the first segment, and no further than a window, is told from what is made up. */
static void segments_behind_the_first_are_known_for_certain(void **state)
{
	struct cookie_jar jar = { 0 };
	struct random_stream random;
	uint16_t mss;
	uint32_t iss;

	(void)state;
	random_init(&random, &seed);
	iss = cookie_make(&jar, START_US, &random, FLOW, IRS, 1460);
	for (uint32_t ahead = 1; ahead <= 65536; ahead++)
		assert_int_equal(cookie_check(&jar, START_US, FLOW, IRS + ahead, iss, &mss),
				 COOKIE_ELSEWHERE);
	/* Within its sixteenth of sequence space; in another one it is as good as a guess. */
	for (uint32_t far = 65537; far < 1U << 26; far += 65537)
		assert_int_equal(cookie_check(&jar, START_US, FLOW, IRS + far, iss, &mss),
				 COOKIE_WRONG);
	assert_int_equal(cookie_check(&jar, START_US, FLOW, IRS - 1, iss, &mss), COOKIE_WRONG);
	assert_int_equal(cookie_check(&jar, START_US, FLOW, IRS, iss, &mss), COOKIE_GOOD);
}

/* Text behind the SYN may cross from one sixteenth of sequence space into the next. */
static void segments_behind_the_first_are_known_across_regions(void **state)
{
	static const uint32_t ends[] = { 0x10000000, 0x80000000, 0 };
	struct cookie_jar jar = { 0 };
	struct random_stream random;
	uint16_t mss;

	(void)state;
	random_init(&random, &seed);
	for (unsigned int i = 0; i < COUNT_OF(ends); i++) {
		uint32_t irs = ends[i] - 100;
		uint32_t iss = cookie_make(&jar, START_US, &random, FLOW, irs, 1460);

		assert_int_equal(cookie_check(&jar, START_US, FLOW, irs, iss, &mss), COOKIE_GOOD);
		for (uint32_t ahead = 1; ahead <= 65536; ahead += 33)
			assert_int_equal(cookie_check(&jar, START_US, FLOW, irs + ahead, iss, &mss),
					 COOKIE_ELSEWHERE);
		assert_int_equal(cookie_check(&jar, START_US, FLOW, irs + 65537, iss, &mss),
				 COOKIE_WRONG);
	}
}

/* The ISN of the peer is added: a bit of it moves the cookie, and a bit of the cookie the ISN. */
static void every_bit_counts(void **state)
{
	struct cookie_jar jar = { 0 };
	struct random_stream random;
	uint16_t mss;
	uint32_t iss;

	(void)state;
	random_init(&random, &seed);
	iss = cookie_make(&jar, START_US, &random, FLOW, IRS, 1460);
	for (unsigned int bit = 0; bit < 32; bit++) {
		bool behind = bit >= 4 && bit <= 20 && (iss >> bit & 1) != 0;

		assert_int_equal(cookie_check(&jar, START_US, FLOW, IRS, iss ^ 1U << bit, &mss),
				 behind ? COOKIE_ELSEWHERE : COOKIE_WRONG);
	}
	for (unsigned int bit = 0; bit < 32; bit++) {
		bool behind = bit <= 16 && (IRS >> bit & 1) == 0;

		assert_int_equal(cookie_check(&jar, START_US, FLOW, IRS ^ 1U << bit, iss, &mss),
				 behind ? COOKIE_ELSEWHERE : COOKIE_WRONG);
	}
	for (unsigned int bit = 0; bit < 64; bit++)
		assert_int_equal(
			cookie_check(&jar, START_US, FLOW ^ UINT64_C(1) << bit, IRS, iss, &mss),
			COOKIE_WRONG);
}

/* None of ten million guesses is right but with probability 1/27; with this seed none is. */
static void guesses_are_wrong(void **state)
{
	struct cookie_jar jar = { 0 };
	struct random_stream random;
	unsigned int right = 0;

	(void)state;
	random_init(&random, &seed);
	cookie_make(&jar, START_US, &random, FLOW, IRS, 1460);
	for (uint32_t i = 0; i < 10000000; i++)
		right += good(&jar, START_US, i * 2654435761U);
	assert_int_equal(right, 0);
}

/* Were the keyed bits fewer, or not uniform, these would not fill every value. */
static void keyed_bits_are_spread(void **state)
{
	struct cookie_jar jar = { 0 };
	struct random_stream random;
	unsigned int ones[32] = { 0 };

	(void)state;
	random_init(&random, &seed);
	for (uint32_t i = 0; i < 10000; i++) {
		uint32_t iss = cookie_make(&jar, START_US, &random, FLOW + i, IRS, 1460);

		for (unsigned int bit = 0; bit < 32; bit++)
			ones[bit] += iss >> bit & 1;
	}
	for (unsigned int bit = 4; bit < 32; bit++)
		assert_in_range(ones[bit], 4750, 5250);
}

static void nothing_is_expected_of_an_empty_jar(void **state)
{
	struct cookie_jar jar = { 0 };

	(void)state;
	assert_false(cookie_expected(&jar, 0));
	assert_false(good(&jar, 0, 0));
	assert_false(good(&jar, START_US, 0));
}

static void nothing_is_older_than_the_clock(void **state)
{
	struct cookie_jar jar = { 0 };
	struct random_stream random;

	(void)state;
	random_init(&random, &seed);
	cookie_make(&jar, 0, &random, FLOW, IRS, 1460);
	for (uint32_t iss = 0; iss < 1000; iss++)
		assert_false(good(&jar, 0, iss | 1));
}

static void timestamp_is_not_ahead_and_carries_the_options(void **state)
{
	(void)state;
	for (unsigned int bits = 0; bits < 4 * 16; bits++) {
		struct cookie_options options = { .window_scale = bits % 16 < 15,
						  .shift =
							  bits % 16 < 15 ? (uint8_t)(bits % 16) : 0,
						  .sack = (bits & 16) != 0,
						  .ecn = (bits & 32) != 0 };

		for (uint32_t i = 0; i < 300; i++) {
			uint32_t now = i - 150; /* crosses the wrap */
			uint32_t value = cookie_timestamp(now, &options);
			struct cookie_options back = cookie_timestamp_read(value);

			assert_true(seq_leq(value, now) &&
				    now - value < 1U << COOKIE_TIMESTAMP_BITS);
			assert_int_equal(back.window_scale, options.window_scale);
			assert_int_equal(back.shift, options.shift);
			assert_int_equal(back.sack, options.sack);
			assert_int_equal(back.ecn, options.ecn);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mss_comes_back_rounded_down),
		cmocka_unit_test(good_for_its_slot_and_the_next),
		cmocka_unit_test(keys_are_turned),
		cmocka_unit_test(segments_behind_the_first_are_known_for_certain),
		cmocka_unit_test(segments_behind_the_first_are_known_across_regions),
		cmocka_unit_test(every_bit_counts),
		cmocka_unit_test(guesses_are_wrong),
		cmocka_unit_test(keyed_bits_are_spread),
		cmocka_unit_test(nothing_is_expected_of_an_empty_jar),
		cmocka_unit_test(nothing_is_older_than_the_clock),
		cmocka_unit_test(timestamp_is_not_ahead_and_carries_the_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
