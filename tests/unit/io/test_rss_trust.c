/* SPDX-License-Identifier: BSD-3-Clause */
#include "check.h"

#include "io/rss_trust.h"

/* A port whose hashes agree, until it is believed. */
static struct rss_trust proven(void)
{
	struct rss_trust trust = { 0 };

	for (unsigned int i = 0; i < RSS_TRUST_AFTER; i++) {
		assert_false(rss_trust_believes(&trust, false));
		assert_false(rss_trust_compare(&trust, i, i));
	}
	return trust;
}

static void a_port_is_believed_after_so_many_hashes_that_agree(void **state)
{
	struct rss_trust trust = proven();

	(void)state;
	assert_true(rss_trust_believes(&trust, false));
}

static void one_hash_that_differs_ends_it_for_good(void **state)
{
	(void)state;
	for (unsigned int right = 0; right <= RSS_TRUST_AFTER; right++) {
		struct rss_trust trust = { 0 };

		for (unsigned int i = 0; i < right; i++)
			assert_false(rss_trust_compare(&trust, 7, 7));
		/* It is told once. */
		assert_true(rss_trust_compare(&trust, 7, 8));
		assert_false(rss_trust_compare(&trust, 7, 8));
		for (unsigned int i = 0; i < 2 * RSS_TRUST_AGAIN; i++) {
			assert_false(rss_trust_believes(&trust, false));
			assert_false(rss_trust_compare(&trust, 7, 7));
		}
	}
}

static void a_believed_port_is_compared_again_now_and_then(void **state)
{
	struct rss_trust trust = proven();

	(void)state;
	for (unsigned int round = 0; round < 3; round++) {
		for (unsigned int i = 1; i < RSS_TRUST_AGAIN; i++)
			assert_true(rss_trust_believes(&trust, false));
		assert_false(rss_trust_believes(&trust, false));
		/* It stays due until it was done. */
		assert_false(rss_trust_believes(&trust, false));
		assert_false(rss_trust_compare(&trust, 1, 1));
	}
	for (unsigned int i = 1; i < RSS_TRUST_AGAIN; i++)
		assert_true(rss_trust_believes(&trust, false));
	assert_false(rss_trust_believes(&trust, false));
	assert_true(rss_trust_compare(&trust, 1, 2));
	assert_false(rss_trust_believes(&trust, false));
}

static void syns_are_always_compared(void **state)
{
	struct rss_trust trust = proven();

	(void)state;
	assert_false(rss_trust_believes(&trust, true));
	assert_false(rss_trust_compare(&trust, 1, 1));
	assert_true(rss_trust_believes(&trust, false));
	assert_false(rss_trust_believes(&trust, true));
	assert_true(rss_trust_compare(&trust, 1, 2));
	assert_false(rss_trust_believes(&trust, false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_port_is_believed_after_so_many_hashes_that_agree),
		cmocka_unit_test(one_hash_that_differs_ends_it_for_good),
		cmocka_unit_test(a_believed_port_is_compared_again_now_and_then),
		cmocka_unit_test(syns_are_always_compared),
	};

	return cmocka_run_group_tests_name("rss_trust", tests, NULL, NULL);
}
