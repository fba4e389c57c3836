/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 6528: a clock of 4 us plus a keyed function of the 4-tuple. */
#include "check.h"

#include <string.h>

#include "tcp/conn.h"
#include "tcp/isn.h"
#include "tcp/table.h"

static const struct siphash_key key = { 11, 22 }, table_key = { 33, 44 };

static struct tcp_tuple tuple_of(uint32_t n)
{
	struct tcp_tuple tuple;

	memset(&tuple, 0, sizeof(tuple));
	tuple.remote = la_addr_from_ipv4(0xc6120001);
	tuple.remote_port = (uint16_t)n;
	tuple.local_port = 80;
	return tuple;
}

static uint32_t isn_of(const struct siphash_key *isn_key, const struct tcp_tuple *tuple,
		       uint64_t now_us)
{
	return isn_generate(isn_key, tuple_hash(&table_key, tuple), now_us);
}

static void clock_ticks_every_four_microseconds(void **state)
{
	struct tcp_tuple tuple = tuple_of(5000);
	uint32_t start = isn_of(&key, &tuple, 1000000);

	(void)state;
	assert_int_equal(isn_of(&key, &tuple, 1000003), start);
	assert_int_equal(isn_of(&key, &tuple, 1000004), start + 1);
	assert_int_equal(isn_of(&key, &tuple, 2000000), start + 250000);
	/* The clock wraps after 4.77 hours and goes on. */
	assert_int_equal(isn_of(&key, &tuple, 1000000 + 4 * 0x100000000ULL), start);
}

static void every_part_of_the_tuple_and_the_key_count(void **state)
{
	struct tcp_tuple tuple = tuple_of(5000);
	struct siphash_key other_key = { 11, 23 };
	uint32_t start = isn_of(&key, &tuple, 0);

	(void)state;
	assert_true(isn_of(&other_key, &tuple, 0) != start);
	assert_true(isn_generate(&key, tuple_hash(&other_key, &tuple), 0) != start);
	for (size_t i = 0; i < sizeof(tuple); i++) {
		struct tcp_tuple other = tuple;

		((uint8_t *)&other)[i] ^= 1;
		assert_true(isn_of(&key, &other, 0) != start);
	}
}

static void neighbouring_tuples_are_far_apart(void **state)
{
	unsigned int quadrants[4] = { 0 }, near = 0;

	(void)state;
	for (uint32_t n = 1; n <= 60000; n++) {
		struct tcp_tuple one = tuple_of(n), next = tuple_of(n + 1);
		uint32_t step = isn_of(&key, &next, 0) - isn_of(&key, &one, 0);

		quadrants[step >> 30]++;
		near += step < 1U << 16 || step > UINT32_MAX - (1U << 16);
	}
	for (int i = 0; i < 4; i++)
		assert_true(quadrants[i] > 14500 && quadrants[i] < 15500);
	assert_true(near < 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clock_ticks_every_four_microseconds),
		cmocka_unit_test(every_part_of_the_tuple_and_the_key_count),
		cmocka_unit_test(neighbouring_tuples_are_far_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
