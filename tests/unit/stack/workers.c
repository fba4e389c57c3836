/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Several workers in one stack: every segment finds the owner of its connection, whatever the port
 * does; every active open completes on the worker that made it.
 */
#include "../check.h"
#include "../eal.h"

#include <errno.h>

#include "town.h"

#define EACH 300U /* connections of each worker of the client */
#define FIRST 60U /* of these, so few at a time that they can all wait for ARP */
#define AT_A_TIME 6U

/* FIRST connections of each worker: then all workers of both houses know their neighbour. */
static void meet(struct town *town)
{
	for (unsigned int done = 0; done < FIRST; done += AT_A_TIME) {
		for (unsigned int i = 0; i < town->client.workers; i++) {
			town_visit(town, i, AT_A_TIME);
			town_pass(town, 20000);
		}
	}
}

static void visit_from_all(struct town *town)
{
	static const char *const counters[][2] = { { "tx_frames", "rx_frames" },
						   { "tx_bytes", "rx_bytes" } };
	unsigned int all = EACH * town->client.workers;

	meet(town);
	for (unsigned int i = 0; i < town->client.workers; i++)
		town_visit(town, i, EACH - FIRST);
	town_pass(town, 5000000);
	assert_int_equal(town->client.opened, all);
	assert_int_equal(town->server.opened, all);
	assert_int_equal(town->client.echoed, all);
	assert_int_equal(town->client.closed, all);
	assert_int_equal(town->server.closed, all);
	for (unsigned int i = 0; i < town->client.workers; i++)
		assert_int_equal(town->client.by_worker[i], EACH);
	for (unsigned int i = 0; i < town->server.workers; i++)
		assert_in_range(town->server.by_worker[i], all / town->server.workers / 2, all);
	assert_int_equal(town_drop(&town->server, "steer_full"), 0);
	assert_int_equal(town_drop(&town->client, "steer_full"), 0);
	assert_int_equal(town_stat(&town->client, "retransmits"), 0);
	/* Whoever sent it, by whichever way: it is counted where it left. */
	for (unsigned int i = 0; i < COUNT_OF(counters); i++) {
		assert_int_equal(town_stat(&town->server, counters[i][0]),
				 town_stat(&town->client, counters[i][1]));
		assert_int_equal(town_stat(&town->client, counters[i][0]),
				 town_stat(&town->server, counters[i][1]));
	}
}

static void one_worker_hands_nothing_over(void **state)
{
	const struct town_plan plan = { 1, 1, 1, 1, TOWN_FIRST, 0 };
	struct town *town = town_create(&plan);

	(void)state;
	visit_from_all(town);
	assert_int_equal(town_stat(&town->server, "steer_out"), 0);
	assert_int_equal(town_stat(&town->server, "tx_handed"), 0);
	town_destroy(town);
}

static void two_workers_share_one_queue(void **state)
{
	const struct town_plan plan = { 2, 2, 1, 1, TOWN_FIRST, 0 };
	struct town *town = town_create(&plan);

	(void)state;
	visit_from_all(town);
	assert_int_equal(town_stat(&town->server, "steer_out"),
			 town_stat(&town->server, "steer_in"));
	assert_in_range(town_stat(&town->server, "steer_out"), EACH, UINT32_MAX);
	assert_in_range(town_stat(&town->server, "tx_handed"), EACH, UINT32_MAX);
	town_destroy(town);
}

static void queues_without_rss_are_steered(void **state)
{
	const struct town_plan plan = { 3, 2, 3, 2, TOWN_RANDOM, 0 };
	struct town *town = town_create(&plan);

	(void)state;
	visit_from_all(town);
	assert_int_equal(town_stat(&town->server, "tx_handed"), 0);
	town_destroy(town);
}

static void queues_with_rss_need_no_steering(void **state)
{
	const struct town_plan plan = { 4, 4, 4, 4, TOWN_RSS, 0 };
	struct town *town = town_create(&plan);

	(void)state;
	visit_from_all(town);
	assert_int_equal(town_stat(&town->server, "steer_out"), 0);
	assert_int_equal(town_stat(&town->client, "steer_out"), 0);
	town_destroy(town);
}

static void fewer_queues_than_workers_are_shared(void **state)
{
	const struct town_plan plan = { 3, 3, 2, 2, TOWN_RSS, 0 };
	struct town *town = town_create(&plan);

	(void)state;
	visit_from_all(town);
	town_destroy(town);
}

static void a_port_whose_hashes_are_wrong_is_not_believed(void **state)
{
	const struct town_plan plan = { 2, 2, 2, 2, TOWN_LIES, 0 };
	struct town *town = town_create(&plan);

	(void)state;
	visit_from_all(town);
	assert_in_range(town_stat(&town->server, "rss_refuted"), 1, 2);
	town_destroy(town);
}

static void many_workers_on_one_queue(void **state)
{
	const struct town_plan plan = { 5, 1, 1, 1, TOWN_FIRST, 0 };
	struct town *town = town_create(&plan);

	(void)state;
	visit_from_all(town);
	town_destroy(town);
}

static void active_opens_complete_on_the_worker_that_made_them(void **state)
{
	static const struct town_plan plans[] = {
		{ 1, 2, 1, 1, TOWN_FIRST, 0 },
		{ 2, 3, 2, 3, TOWN_RANDOM, 0 },
		{ 1, 4, 1, 4, TOWN_RSS, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(plans); i++) {
		struct town *town = town_create(&plans[i]);

		visit_from_all(town);
		assert_int_equal(town_drop(&town->client, "wrong_worker"), 0);
		if (plans[i].spread == TOWN_RSS)
			assert_int_equal(town_stat(&town->client, "steer_out"), 0);
		town_destroy(town);
	}
}

/* Who names a port that another worker's answers come to is told so; on that worker it is good. */
static void a_port_by_name_belongs_to_one_worker(void **state)
{
	const struct town_plan plan = { 1, 3, 1, 1, TOWN_FIRST, 0 };
	struct town *town = town_create(&plan);
	const struct la_endpoint remote = { .addr = la_addr_from_ipv4(0xc6120001U), .port = 9 };
	static const struct la_service nobody = { .name = "nobody" };

	(void)state;
	for (uint16_t port = 20000; port < 20100; port++) {
		const struct la_endpoint local = { .port = port };
		unsigned int taken = 0;

		for (unsigned int i = 0; i < plan.client_workers; i++) {
			struct la_worker *worker = la_stack_worker(town->client.stack, i);
			struct la_conn conn;
			int result =
				la_connect(worker, &local, &remote, &nobody, NULL, NULL, &conn);

			assert_true(result == 0 || result == -EXDEV);
			taken += result == 0;
			if (result == 0)
				la_abort(worker, conn);
		}
		assert_int_equal(taken, 1);
	}
	town_destroy(town);
}

static void a_worker_that_does_not_keep_up_loses_segments(void **state)
{
	const struct town_plan plan = { 2, 1, 1, 1, TOWN_FIRST, 5000 };
	struct town *town = town_create(&plan);

	(void)state;
	meet(town);
	/* The server's second worker does not run; what the first one has for it is too much. */
	town->asleep = true;
	for (unsigned int i = 0; i < 60; i++)
		town_visit(town, 0, EACH / 10);
	town_pass(town, 3000);
	assert_in_range(town_drop(&town->server, "steer_full"), 1, UINT32_MAX);
	town->asleep = false;
	town_pass(town, 30000000);
	assert_int_equal(town->client.closed, FIRST + 60 * (EACH / 10));
	assert_int_equal(town->server.closed, FIRST + 60 * (EACH / 10));
	town_destroy(town);
}

static void workers_touch_nothing_of_each_other(void **state)
{
	static const struct town_plan plans[] = {
		{ 3, 2, 1, 1, TOWN_FIRST, 0 },
		{ 3, 1, 3, 1, TOWN_RANDOM, 0 },
		{ 4, 1, 2, 1, TOWN_RSS, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(plans); i++) {
		struct town *town = town_create(&plans[i]);

		town->apart = true;
		visit_from_all(town);
		town_destroy(town);
	}
}

/* The cookie that one worker gave is shown to all the others. */
static void a_fast_open_cookie_is_good_on_every_worker(void **state)
{
	const struct town_plan plan = { 4, 1, 4, 1, TOWN_RANDOM, 0, .fast_open = true };
	struct town *town = town_create(&plan);

	(void)state;
	town_visit(town, 0, 1);
	town_pass(town, 2000000);
	assert_int_equal(town_stat(&town->server, "fast_opens"), 0);
	town_visit(town, 0, EACH);
	town_pass(town, 5000000);
	assert_int_equal(town_stat(&town->server, "fast_opens"), EACH);
	assert_int_equal(town_stat(&town->server, "fast_opens_refused"), 0);
	assert_int_equal(town->client.echoed, 1 + EACH);
	assert_int_equal(town->server.closed, 1 + EACH);
	for (unsigned int i = 0; i < town->server.workers; i++)
		assert_in_range(town->server.by_worker[i], EACH / 8, EACH);
	town_destroy(town);
}

/* The SYNs are hashed rightly, what follows is not: the port was believed by then. */
static void a_port_that_begins_to_lie_is_found_out(void **state)
{
	const struct town_plan plan = { 4, 1, 4, 1, TOWN_RSS, 0 };
	struct town *town = town_create(&plan);

	(void)state;
	visit_from_all(town);
	assert_int_equal(town_stat(&town->server, "rss_refuted"), 0);
	town_visit(town, 0, 15);
	while (town->client.opened < EACH + 15)
		town_breath(town);
	town->spread = TOWN_LIES;
	town_pass(town, 5000000);
	assert_in_range(town_drop(&town->server, "wrong_worker"), 1, 60);
	assert_in_range(town_stat(&town->server, "rss_refuted"), 1, 4);
	assert_int_equal(town_drop(&town->server, "closed_reset"), 0);
	assert_int_equal(town->client.echoed, EACH + 15);
	assert_int_equal(town->server.closed, EACH + 15);
	town_destroy(town);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_worker_hands_nothing_over),
		cmocka_unit_test(two_workers_share_one_queue),
		cmocka_unit_test(queues_without_rss_are_steered),
		cmocka_unit_test(queues_with_rss_need_no_steering),
		cmocka_unit_test(fewer_queues_than_workers_are_shared),
		cmocka_unit_test(a_port_whose_hashes_are_wrong_is_not_believed),
		cmocka_unit_test(many_workers_on_one_queue),
		cmocka_unit_test(active_opens_complete_on_the_worker_that_made_them),
		cmocka_unit_test(a_port_by_name_belongs_to_one_worker),
		cmocka_unit_test(a_worker_that_does_not_keep_up_loses_segments),
		cmocka_unit_test(a_port_that_begins_to_lie_is_found_out),
		cmocka_unit_test(workers_touch_nothing_of_each_other),
		cmocka_unit_test(a_fast_open_cookie_is_good_on_every_worker),
	};

	return cmocka_run_group_tests_name("workers", tests, eal_setup, eal_teardown);
}
