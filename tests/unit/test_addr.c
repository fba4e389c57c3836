/* SPDX-License-Identifier: BSD-3-Clause */
#include "check.h"

#include <errno.h>
#include <string.h>

#include "lastack.h"

static struct la_addr parsed(const char *text)
{
	struct la_addr addr;

	assert_int_equal(la_addr_parse(text, &addr), 0);
	return addr;
}

/* RFC 4291 2.5.5.2: eighty zero bits, sixteen ones, the IPv4 address in network order. */
static void ipv4_is_carried_mapped(void **state)
{
	static const uint8_t expected[16] = { [10] = 0xff, 0xff, 198, 18, 0, 7 };
	struct la_addr addr = la_addr_from_ipv4(0xc6120007U);

	(void)state;
	assert_memory_equal(addr.bytes, expected, sizeof(expected));
	assert_true(la_addr_is_ipv4(&addr));
	assert_int_equal(la_addr_to_ipv4(&addr), 0xc6120007U);
	addr = parsed("198.18.0.7");
	assert_memory_equal(addr.bytes, expected, sizeof(expected));
	addr = parsed("::ffff:198.18.0.7");
	assert_memory_equal(addr.bytes, expected, sizeof(expected));
}

static void ipv6_is_not_taken_for_ipv4(void **state)
{
	static const char *const texts[] = {
		"2001:db8::1",       "::", "::1", "::198.18.0.7", "::fffe:198.18.0.7",
		"1::ffff:198.18.0.7"
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct la_addr addr = parsed(texts[i]);

		assert_false(la_addr_is_ipv4(&addr));
	}
}

static void any_is_zero_in_either_family(void **state)
{
	struct la_addr zero = { 0 };
	struct la_addr any4 = parsed("0.0.0.0"), any6 = parsed("::");
	struct la_addr one4 = parsed("0.0.0.1"), one6 = parsed("::1");

	(void)state;
	assert_true(la_addr_is_any(&zero));
	assert_true(la_addr_is_any(&any4));
	assert_true(la_addr_is_any(&any6));
	assert_false(la_addr_is_any(&one4));
	assert_false(la_addr_is_any(&one6));
}

static void equal_means_every_byte(void **state)
{
	struct la_addr a = parsed("2001:db8::1");

	(void)state;
	for (size_t i = 0; i < sizeof(a.bytes); i++) {
		struct la_addr b = a;

		assert_true(la_addr_equal(&a, &b));
		b.bytes[i] ^= 0x80;
		assert_false(la_addr_equal(&a, &b));
	}
}

static void text_survives_a_round_trip(void **state)
{
	static const char *const texts[] = {
		"0.0.0.0",     "192.0.2.1", "255.255.255.255",
		"2001:db8::1", "::",        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	};
	char buf[LA_ADDR_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct la_addr addr = parsed(texts[i]);

		assert_ptr_equal(la_addr_format(&addr, buf, sizeof(buf)), buf);
		assert_string_equal(buf, texts[i]);
	}
}

static void format_keeps_to_its_buffer(void **state)
{
	struct la_addr addr = parsed("192.0.2.1");
	char buf[8];

	(void)state;
	memset(buf, '#', sizeof(buf));
	la_addr_format(&addr, buf, 5);
	assert_string_equal(buf, "192.");
	assert_int_equal(buf[5], '#');
	la_addr_format(&addr, buf, 0);
	assert_string_equal(buf, "192.");
}

static void what_is_no_address_is_refused_and_changes_nothing(void **state)
{
	static const char *const texts[] = {
		"",           "192.0.2",      "192.0.2.1.",        "192.0.2.256", "192.0.2.01",
		"0x7f.0.0.1", "127.1",        " 192.0.2.1",        "192.0.2.1 ",  "192.0.2.1/24",
		"localhost",  "2001:db8",     "2001:db8::1::2",    "::g",         "12345::",
		"[::1]",      "fe80::1%eth0", "1:2:3:4:5:6:7:8:9",
	};
	struct la_addr before = parsed("203.0.113.9");

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct la_addr addr = before;

		assert_int_equal(la_addr_parse(texts[i], &addr), -EINVAL);
		assert_true(la_addr_equal(&addr, &before));
	}
	assert_int_equal(la_addr_parse(NULL, &before), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ipv4_is_carried_mapped),
		cmocka_unit_test(ipv6_is_not_taken_for_ipv4),
		cmocka_unit_test(any_is_zero_in_either_family),
		cmocka_unit_test(equal_means_every_byte),
		cmocka_unit_test(text_survives_a_round_trip),
		cmocka_unit_test(format_keeps_to_its_buffer),
		cmocka_unit_test(what_is_no_address_is_refused_and_changes_nothing),
	};

	return cmocka_run_group_tests_name("addr", tests, NULL, NULL);
}
