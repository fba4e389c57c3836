/* SPDX-License-Identifier: BSD-3-Clause */
/* conn_filter: what is taken as a filter, what is not, and which connections each of them means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lastack.h"
#include "telemetry/answer.h"
#include "telemetry/conn_filter.h"

struct control;
struct control *worker_control(struct la_worker *worker);

/* What answer.c calls for what is not looked at here. */
struct control *worker_control(struct la_worker *worker)
{
	(void)worker;
	fail();
	return NULL;
}

struct la_worker *la_stack_worker(struct la_stack *stack, unsigned int index)
{
	(void)stack, (void)index;
	fail();
	return NULL;
}

static struct la_status status_of(const char *local, uint16_t local_port, const char *remote,
				  uint16_t remote_port)
{
	struct la_status status = { .state = LA_ESTABLISHED,
				    .local.port = local_port,
				    .remote.port = remote_port,
				    .idle_us = 1000 };

	assert_int_equal(la_addr_parse(local, &status.local.addr), 0);
	assert_int_equal(la_addr_parse(remote, &status.remote.addr), 0);
	return status;
}

static bool matches(const char *text, const struct la_status *status)
{
	struct conn_filter filter;

	if (!conn_filter_parse(text, &filter))
		fail_msg("not taken: %s", text);
	return conn_filter_matches(&filter, status);
}

static void a_filter_is_what_it_says(void **state)
{
	const struct la_status conn = status_of("198.18.0.1", 80, "198.18.3.7", 40000);

	(void)state;
	assert_true(matches("all", &conn));
	assert_true(matches("remote=198.18.3.7", &conn));
	assert_false(matches("remote=198.18.3.6", &conn));
	assert_true(matches("remote_port=40000", &conn));
	assert_false(matches("remote_port=40001", &conn));
	assert_true(matches("local=198.18.0.1", &conn));
	assert_false(matches("local=198.18.0.2", &conn));
	assert_true(matches("local_port=80", &conn));
	assert_false(matches("local_port=40000", &conn));
	assert_true(matches("state=ESTABLISHED", &conn));
	assert_false(matches("state=CLOSE-WAIT", &conn));
	assert_true(matches("idle_over_us=999", &conn));
	assert_false(matches("idle_over_us=1000", &conn));
	assert_true(matches("idle_over_us=0", &conn));
}

static void prefixes_end_at_any_bit(void **state)
{
	const struct la_status conn = status_of("198.18.0.1", 80, "198.18.3.7", 40000);
	const struct la_status six = status_of("2001:db8::1", 80, "2001:db8:5::7", 40000);

	(void)state;
	assert_true(matches("remote=198.18.3.7/32", &conn));
	assert_true(matches("remote=198.18.3.6/31", &conn));
	assert_false(matches("remote=198.18.3.4/31", &conn));
	assert_true(matches("remote=198.18.3.0/24", &conn));
	assert_true(matches("remote=198.18.0.0/22", &conn));
	assert_false(matches("remote=198.18.0.0/23", &conn));
	assert_false(matches("remote=198.18.4.0/22", &conn));
	assert_true(matches("remote=198.0.0.0/8", &conn));
	assert_true(matches("remote=128.0.0.0/1", &conn));
	assert_false(matches("remote=0.0.0.0/1", &conn));
	assert_true(matches("remote=0.0.0.0/0", &conn));
	/* All of IPv4 is not all. */
	assert_false(matches("remote=0.0.0.0/0", &six));
	assert_true(matches("remote=2001:db8:5::7", &six));
	assert_true(matches("remote=2001:db8:4::/47", &six));
	assert_false(matches("remote=2001:db8:4::/48", &six));
	assert_false(matches("remote=2001:db8:5::/48", &conn));
}

static void every_term_has_to_match(void **state)
{
	const struct la_status conn = status_of("198.18.0.1", 80, "198.18.3.7", 40000);

	(void)state;
	assert_true(matches("remote=198.18.3.0/24,remote_port=40000,local=198.18.0.1,local_port=80,"
			    "state=ESTABLISHED,idle_over_us=10",
			    &conn));
	assert_false(matches("remote=198.18.3.0/24,local_port=81", &conn));
	assert_false(matches("state=ESTABLISHED,idle_over_us=5000", &conn));
}

static void what_is_no_filter_is_refused(void **state)
{
	static const char *const wrong[] = {
		"",
		" ",
		"ALL",
		"all,all",
		"all,remote_port=1",
		"remote_port=1,all",
		"remote",
		"remote=",
		"remote=nowhere",
		"remote=198.18.3.7/",
		"remote=198.18.3.7/33",
		"remote=198.18.3.7/-1",
		"remote=198.18.3.7/0x",
		"remote=198.18.3.7/24", /* bits beyond the prefix: is the address meant, or the net?
					 */
		"remote=2001:db8::/129",
		"remote=::/0",
		"remote=198.18.3.7/24/24",
		"remote=198.18.3.7,remote=198.18.3.8",
		"remote= 198.18.3.7",
		"remote=2001:db8:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000/32",
		"remote_port=0",
		"remote_port=65536",
		"remote_port=1x",
		"remote_port=1,remote_port=2",
		"local=198.18.0.1/24",
		"local=0.0.0.0",
		"local=198.18.0.1,local=198.18.0.1",
		"local_port=",
		"local_port=80,",
		",local_port=80",
		"state=established",
		"state=LISTEN",
		"state=TIME-WAIT",
		"state=CLOSED",
		"state=ESTABLISHED,state=ESTABLISHED",
		"idle_over_us=-1",
		"idle_over_us=86400000001",
		"idle_over_us=1,idle_over_us=1",
		"port=80",
	};
	struct conn_filter filter;
	char text[ANSWER_TERMS_SIZE + 1];

	(void)state;
	for (unsigned int i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (conn_filter_parse(wrong[i], &filter))
			fail_msg("taken: %s", wrong[i]);
	memset(text, '0', sizeof(text));
	memcpy(text, "local_port=", 11);
	text[sizeof(text) - 1] = '\0';
	assert_false(conn_filter_parse(text, &filter));
	assert_true(conn_filter_parse("state=SYN-SENT", &filter));
	assert_true(conn_filter_parse("state=LAST-ACK", &filter));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_filter_is_what_it_says),
		cmocka_unit_test(prefixes_end_at_any_bit),
		cmocka_unit_test(every_term_has_to_match),
		cmocka_unit_test(what_is_no_filter_is_refused),
	};

	return cmocka_run_group_tests_name("conn filter", tests, NULL, NULL);
}
