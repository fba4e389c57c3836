/* SPDX-License-Identifier: BSD-3-Clause */
#include "check.h"

#include <string.h>

#include "lastack.h"

/* RFC 9293 3.3.2 spells them so. */
static void states_are_named_as_the_rfc_does(void **state)
{
	static const char *const names[] = { "CLOSED",       "LISTEN",      "SYN-SENT",
					     "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1",
					     "FIN-WAIT-2",   "CLOSE-WAIT",  "CLOSING",
					     "LAST-ACK",     "TIME-WAIT" };

	(void)state;
	assert_int_equal(COUNT_OF(names), LA_STATES);
	for (unsigned int i = 0; i < LA_STATES; i++)
		assert_string_equal(la_state_name((enum la_state)i), names[i]);
	assert_string_equal(la_state_name(LA_STATES), "UNKNOWN");
	assert_string_equal(la_state_name((enum la_state) - 1), "UNKNOWN");
}

static void every_reason_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < LA_REASONS; i++) {
		const char *name = la_reason_name((enum la_reason)i);

		assert_non_null(name);
		assert_string_not_equal(name, "");
		assert_string_not_equal(name, "unknown");
		for (unsigned int j = 0; j < i; j++)
			assert_string_not_equal(name, la_reason_name((enum la_reason)j));
	}
	assert_string_equal(la_reason_name(LA_REASON_RESET), "reset by peer");
	assert_string_equal(la_reason_name(LA_REASONS), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(states_are_named_as_the_rfc_does),
		cmocka_unit_test(every_reason_has_a_name_of_its_own),
	};

	return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
