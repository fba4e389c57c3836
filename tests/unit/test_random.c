/* SPDX-License-Identifier: BSD-3-Clause */
#include "check.h"

#include "base/random.h"

#define DRAWS 60000U

static void same_seed_gives_the_same_numbers(void **state)
{
	struct siphash_key key = { 42, 43 };
	struct random_stream a, b;

	(void)state;
	random_init(&a, &key);
	random_init(&b, &key);
	for (int i = 0; i < 1000; i++)
		assert_true(random_u64(&a) == random_u64(&b));
}

static void other_seed_gives_other_numbers(void **state)
{
	struct siphash_key key = { 42, 43 }, other = { 42, 44 };
	struct random_stream a, b;
	int equal = 0;

	(void)state;
	random_init(&a, &key);
	random_init(&b, &other);
	for (int i = 0; i < 1000; i++)
		equal += random_u64(&a) == random_u64(&b);
	assert_int_equal(equal, 0);
}

static void numbers_do_not_repeat_at_once(void **state)
{
	struct siphash_key key = { 0, 0 };
	struct random_stream random;
	uint64_t seen[256];

	(void)state;
	random_init(&random, &key);
	for (size_t i = 0; i < COUNT_OF(seen); i++) {
		seen[i] = random_u64(&random);
		for (size_t j = 0; j < i; j++)
			assert_true(seen[i] != seen[j]);
	}
}

static void below_is_below_and_reaches_every_number(void **state)
{
	struct siphash_key key = { 7, 8 };
	struct random_stream random;
	unsigned int hits[6] = { 0 };

	(void)state;
	random_init(&random, &key);
	for (unsigned int i = 0; i < DRAWS; i++) {
		uint32_t drawn = random_below(&random, COUNT_OF(hits));

		assert_true(drawn < COUNT_OF(hits));
		hits[drawn]++;
	}
	/* 10,000 expected; the standard deviation is 91. */
	for (size_t i = 0; i < COUNT_OF(hits); i++)
		assert_in_range(hits[i], 9500, 10500);
	assert_int_equal(random_below(&random, 1), 0);
}

/*
 * Four draws for three results: a draw taken modulo the bound would favour the results below 2^30,
 * and one that is scaled without refusing any would favour the multiples of three.
 */
static void below_favours_none_of_a_large_bound(void **state)
{
	struct siphash_key key = { 9, 10 };
	struct random_stream random;
	unsigned int ranges[3] = { 0 };
	unsigned int residues[3] = { 0 };

	(void)state;
	random_init(&random, &key);
	for (unsigned int i = 0; i < DRAWS; i++) {
		uint32_t drawn = random_below(&random, 3U << 30);

		assert_true(drawn < 3U << 30);
		ranges[drawn >> 30]++;
		residues[drawn % 3]++;
	}
	/* 20,000 expected; the standard deviation is 115. */
	for (size_t i = 0; i < 3; i++) {
		assert_in_range(ranges[i], 19400, 20600);
		assert_in_range(residues[i], 19400, 20600);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_seed_gives_the_same_numbers),
		cmocka_unit_test(other_seed_gives_other_numbers),
		cmocka_unit_test(numbers_do_not_repeat_at_once),
		cmocka_unit_test(below_is_below_and_reaches_every_number),
		cmocka_unit_test(below_favours_none_of_a_large_bound),
	};

	return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
