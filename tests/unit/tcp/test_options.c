/* SPDX-License-Identifier: BSD-3-Clause */
/* What a SYN offers when it says so, and when it says nothing (RFC 9293 MUST-15). */
#include "check.h"

#include "lastack.h"
#include "tcp/options.h"
#include "wire/tcp_header.h"

static void TCP_DEFAULT_MSS_IPV4_without_the_option(void **state)
{
	struct la_addr remote = la_addr_from_ipv4(0xc6120001);
	struct tcp_options options = { .has_mss = false, .mss = 1460 };

	(void)state;
	assert_int_equal(options_mss_offered(&options, &remote), 536);
}

static void TCP_DEFAULT_MSS_IPV6_without_the_option(void **state)
{
	struct la_addr remote;
	struct tcp_options options = { .has_mss = false };

	(void)state;
	assert_int_equal(la_addr_parse("2001:db8::1", &remote), 0);
	assert_int_equal(options_mss_offered(&options, &remote), 1220);
}

static void an_offer_counts_from_the_floor_on(void **state)
{
	struct la_addr remote = la_addr_from_ipv4(0xc6120001);

	(void)state;
	for (uint32_t mss = 0; mss <= UINT16_MAX; mss++) {
		struct tcp_options options = { .has_mss = true, .mss = (uint16_t)mss };

		assert_int_equal(options_mss_offered(&options, &remote), mss < 64 ? 64 : mss);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(TCP_DEFAULT_MSS_IPV4_without_the_option),
		cmocka_unit_test(TCP_DEFAULT_MSS_IPV6_without_the_option),
		cmocka_unit_test(an_offer_counts_from_the_floor_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
