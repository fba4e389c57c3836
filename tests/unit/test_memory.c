/* SPDX-License-Identifier: BSD-3-Clause */
#include "check.h"

#include "base/memory.h"

#include "eal.h"

static void area_is_zeroed_aligned_and_whole(void **state)
{
	static const size_t sizes[] = { 1, 63, 64, 4096, 4097, 3000000 };
	static const int nodes[] = { -1, 0 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		for (size_t n = 0; n < COUNT_OF(nodes); n++) {
			uint8_t *area = memory_reserve(sizes[i], nodes[n]);

			assert_non_null(area);
			assert_int_equal((uintptr_t)area % 64, 0);
			for (size_t byte = 0; byte < sizes[i]; byte++)
				assert_int_equal(area[byte], 0);
			area[0] = 1;
			area[sizes[i] - 1] = 1;
			memory_release(area, sizes[i]);
		}
	}
}

static void area_that_was_used_comes_back_zeroed(void **state)
{
	(void)state;
	for (int round = 0; round < 20; round++) {
		uint8_t *area = memory_reserve(100000, -1);

		assert_non_null(area);
		for (size_t byte = 0; byte < 100000; byte++) {
			assert_int_equal(area[byte], 0);
			area[byte] = 0xff;
		}
		memory_release(area, 100000);
	}
}

static void releasing_nothing_is_fine(void **state)
{
	(void)state;
	memory_release(NULL, 0);
	memory_release(NULL, 4096);
}

#define MEMORY_TESTS                                                    \
	cmocka_unit_test(area_is_zeroed_aligned_and_whole),             \
		cmocka_unit_test(area_that_was_used_comes_back_zeroed), \
		cmocka_unit_test(releasing_nothing_is_fine)

int main(void)
{
	const struct CMUnitTest tests[] = { MEMORY_TESTS };

	/* A reservation need not wait for EAL. */
	return cmocka_run_group_tests_name("memory without EAL", tests, NULL, NULL) +
	       cmocka_run_group_tests_name("memory with EAL", tests, eal_setup, eal_teardown);
}
