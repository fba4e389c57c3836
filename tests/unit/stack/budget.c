/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>

#include "../check.h"

#include <rte_mbuf.h>

#include "base/memory.h"
#include "stack/budget.h"

#include "../eal.h"

static void parts_are_what_each_setting_takes(void **state)
{
	struct la_stack_config config;
	struct budget before, after;

	(void)state;
	la_stack_config_init(&config);
	config.max_flights = 1000;
	before = budget_of(&config);
	config.max_connections += 9000;
	config.max_flights += 1000;
	config.max_embryos += 9000;
	config.max_time_waits += 9000;
	config.mbufs += 1000;
	config.neighbours += 1000;
	after = budget_of(&config);
	/* A slot at nine tenths, a bit, and a generation for connections. */
	assert_int_equal(after.bytes[BUDGET_CONNECTIONS] - before.bytes[BUDGET_CONNECTIONS],
			 9000 * (128 + 4) + 9000 / 8 + 80000);
	assert_in_range(after.bytes[BUDGET_HALF_OPEN] - before.bytes[BUDGET_HALF_OPEN],
			9000 * 64 + 81000, 9000 * 64 + 81200);
	assert_in_range(after.bytes[BUDGET_TIME_WAIT] - before.bytes[BUDGET_TIME_WAIT],
			9000 * 48 + 81000, 9000 * 48 + 81200);
	/* With three runs of its own; those that are shared are as many for so few flights. */
	assert_in_range(after.bytes[BUDGET_FLIGHTS] - before.bytes[BUDGET_FLIGHTS],
			1000 * (512 + 3 * 32), 1000 * (512 + 3 * 32 + 1));
	assert_int_equal(after.bytes[BUDGET_MBUFS] - before.bytes[BUDGET_MBUFS],
			 1000 * budget_mbuf(&config));
	assert_int_equal(after.bytes[BUDGET_REST], before.bytes[BUDGET_REST]);
}

static void sum_of_the_defaults_is_the_memory_of_a_stack(void **state)
{
	struct la_stack_config config;
	struct budget budget;

	(void)state;
	la_stack_config_init(&config);
	budget = budget_of(&config);
	assert_in_range(la_stack_memory(&config), budget_sum(&budget),
			budget_sum(&budget) + (1 << 20));
	config.workers = 3;
	assert_true(la_stack_memory(&config) > 3 * budget_sum(&budget));
}

/* What DPDK makes of it: headers before it and padding behind it are of the sum. */
static void a_packet_buffer_costs_what_its_pool_takes(void **state)
{
	static const uint32_t sizes[] = { MBUF_SIZE_DEFAULT, 9344, MBUF_SIZE_MAX };
	struct la_stack_config config;

	(void)state;
	la_stack_config_init(&config);
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		struct rte_mempool *pool;

		config.mbuf_size = sizes[i];
		pool = rte_pktmbuf_pool_create("cost", 64, 0, MBUF_PRIVATE_BYTES,
					       (uint16_t)sizes[i], -1);
		assert_non_null(pool);
		assert_int_equal(budget_mbuf(&config),
				 pool->header_size + pool->elt_size + pool->trailer_size);
		rte_mempool_free(pool);
	}
}

static void default_of_flights_follows_connections_and_buffers(void **state)
{
	struct la_stack_config config;

	(void)state;
	la_stack_config_init(&config);
	assert_int_equal(budget_tcp(&config).max_flights, config.max_connections);
	config.max_connections = 100000000;
	assert_int_equal(budget_tcp(&config).max_flights, FLIGHTS_DEFAULT);
	config.mbufs = 1000000;
	assert_int_equal(budget_tcp(&config).max_flights, 1000000);
	config.max_flights = 5;
	assert_int_equal(budget_tcp(&config).max_flights, 5);
}

/* No product or sum is cut to 32 bits. */
static void the_largest_settings_are_summed_up_right(void **state)
{
	const double each = 128 + 4 + 64 + 48 + 3 * (0.125 + 80.0 / 9);
	struct la_stack_config config;
	struct budget budget;
	double records;

	(void)state;
	la_stack_config_init(&config);
	config.max_connections = config.max_embryos = config.max_time_waits = CONNECTIONS_MAX - 1;
	config.max_flights = FLIGHTS_MAX;
	budget = budget_of(&config);
	records = (double)(budget.bytes[BUDGET_CONNECTIONS] + budget.bytes[BUDGET_HALF_OPEN] +
			   budget.bytes[BUDGET_TIME_WAIT]);
	assert_true(records > each * (1 << 30) * 0.999 && records < each * (1 << 30) * 1.001);
	assert_true(budget.bytes[BUDGET_FLIGHTS] >= (uint64_t)FLIGHTS_MAX * (512 + 7 * 32));
}

static void list_begins_with_what_takes_most(void **state)
{
	struct la_stack_config config;
	struct la_error list;

	(void)state;
	la_stack_config_init(&config);
	la_stack_memory_list(&config, &list);
	assert_memory_equal(list.text, "mbufs 78.0 MiB, flights 11.5 MiB, time_wait ", 44);
	config.max_connections = 10000000;
	la_stack_memory_list(&config, &list);
	assert_memory_equal(list.text, "connections 1344.", 17);
	budget_list(&(struct budget){ .bytes = { 1 } }, list.text, 8);
	assert_string_equal(list.text, "mbufs 0");
}

static void what_does_not_fit_is_refused_by_name(void **state)
{
	struct budget budget = { .bytes = { [BUDGET_FLIGHTS] = UINT64_C(1) << 60,
					    [BUDGET_TIME_WAIT] = UINT64_C(1) << 59 } };
	struct la_error err = { .text = "" };

	(void)state;
	/* The heap of a sanitizer does not tell what it has. */
	if (memory_left(-1).bytes == UINT64_MAX)
		skip();
	assert_int_equal(budget_check(&budget, 1, -1, &err), -ENOMEM);
	assert_non_null(strstr(err.text, "MiB are needed and "));
	assert_non_null(strstr(err.text, "; lower what takes most: flights "));
	budget.bytes[BUDGET_FLIGHTS] = budget.bytes[BUDGET_TIME_WAIT] = 4096;
	assert_int_equal(budget_check(&budget, 3, -1, &err), 0);
	/* What one worker may have is not there for each of many. */
	budget.bytes[BUDGET_FLIGHTS] = memory_left(-1).bytes / 2;
	assert_int_equal(budget_check(&budget, 1, -1, &err), 0);
	assert_int_equal(budget_check(&budget, 100, -1, &err), -ENOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_are_what_each_setting_takes),
		cmocka_unit_test(sum_of_the_defaults_is_the_memory_of_a_stack),
		cmocka_unit_test(a_packet_buffer_costs_what_its_pool_takes),
		cmocka_unit_test(default_of_flights_follows_connections_and_buffers),
		cmocka_unit_test(the_largest_settings_are_summed_up_right),
		cmocka_unit_test(list_begins_with_what_takes_most),
		cmocka_unit_test(what_does_not_fit_is_refused_by_name),
	};

	return cmocka_run_group_tests_name("budget", tests, eal_setup, eal_teardown);
}
