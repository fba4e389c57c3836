/* SPDX-License-Identifier: BSD-3-Clause */
#include <strings.h>

#include "test.h"

const struct test *const *tests_all(void)
{
	static const struct test *const all[] = {
		&test_tcp_crr,    &test_tcp_cc, &test_tcp_rr,    &test_tcp_stream,
		&test_tcp_maerts, &test_idle,   &test_syn_flood, &test_null,
		&test_lookup,     &test_timer,  &test_ports,     NULL,
	};

	return all;
}

const struct test *tests_find(const char *name)
{
	for (const struct test *const *test = tests_all(); *test != NULL; test++) {
		if (strcasecmp((*test)->name, name) == 0)
			return *test;
	}
	return NULL;
}
