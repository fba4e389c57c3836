/* SPDX-License-Identifier: BSD-3-Clause */
/* echo, discard, chargen: every byte, in order, and both orders of closing. */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "fake.h"
#include "svc/svc.h"

static void fill(char *bytes, size_t size)
{
	uint32_t x = 1;

	for (size_t i = 0; i < size; i++) {
		x = x * 1664525 + 1013904223;
		bytes[i] = (char)(x >> 24);
	}
}

static void echo_sends_back_every_byte(void **state)
{
	struct fake *fake = fake_open(svc_echo(), NULL, 1U << 20);
	char bytes[5000];

	fill(bytes, sizeof(bytes));
	for (size_t at = 0; at < sizeof(bytes); at += 500)
		fake_give(fake, bytes + at, 500);
	assert_int_equal(fake->out_bytes, sizeof(bytes));
	assert_memory_equal(fake->out, bytes, sizeof(bytes));
	fake_fin(fake);
	assert_true(fake->ended);
	fake_close(fake);
}

static void echo_leaves_unread_what_has_no_room(void **state)
{
	struct fake *fake = fake_open(svc_echo(), NULL, 100);
	char bytes[5000];

	fill(bytes, sizeof(bytes));
	fake_give(fake, bytes, sizeof(bytes));
	assert_int_equal(fake->out_bytes, 100);
	assert_int_equal(la_recv_ready(FAKE_WORKER(fake), FAKE_CONN(fake)), sizeof(bytes) - 100);
	assert_true(fake->asked);
	/* The FIN waits behind the bytes, and our own behind the echo. */
	fake_fin(fake);
	assert_false(fake->ended);
	fake_drain(fake, 333, 100);
	assert_memory_equal(fake->out, bytes, sizeof(bytes));
	assert_int_equal(fake->out_bytes, sizeof(bytes));
	assert_true(fake->ended);
	assert_false(fake->aborted);
	fake_close(fake);
}

static void echo_can_close_first(void **state)
{
	struct svc_echo_config config = { .close = SVC_CLOSE_SERVER };
	struct fake *fake = fake_open(svc_echo(), &config, 3);

	fake_say(fake, "hello");
	assert_false(fake->ended);
	fake_drain(fake, 3, 10);
	assert_int_equal(fake->out_bytes, 5);
	assert_memory_equal(fake->out, "hello", 5);
	assert_true(fake->ended);
	fake_say(fake, "more");
	assert_int_equal(la_recv_ready(FAKE_WORKER(fake), FAKE_CONN(fake)), 0);
	fake_fin(fake); /* la_end() a second time would fail the test */
	assert_int_equal(fake->out_bytes, 5);
	fake_close(fake);
}

static void discard_reads_all_and_says_nothing(void **state)
{
	struct fake *fake = fake_open(svc_discard(), NULL, 1000);
	char bytes[3000] = { 0 };

	for (int i = 0; i < 10; i++)
		fake_give(fake, bytes, sizeof(bytes));
	assert_int_equal(la_recv_ready(FAKE_WORKER(fake), FAKE_CONN(fake)), 0);
	assert_int_equal(fake->out_bytes, 0);
	assert_false(fake->ended);
	fake_fin(fake);
	assert_true(fake->ended);
	fake_close(fake);
}

/* RFC 864: "the recommended pattern". Any way of cutting it gives the same bytes. */
static void chargen_sends_the_pattern_for_ever(void **state)
{
	static const size_t steps[] = { 74, 1000, 7030 * 9, 64 };
	struct svc_chargen *chargen = NULL;
	struct la_error err;

	assert_int_equal(svc_chargen_create(NULL, &chargen, &err), 0);
	for (size_t s = 0; s < COUNT_OF(steps); s++) {
		struct fake *fake = fake_open(svc_chargen(), chargen, 0);
		size_t lines;

		while (fake->out_bytes < 200000)
			fake_room(fake, steps[s]);
		lines = fake->out_bytes / 74;
		for (size_t line = 0; line < lines; line++) {
			for (size_t column = 0; column < 72; column++)
				assert_int_equal(fake->out[line * 74 + column],
						 ' ' + (line + column) % 95);
			assert_memory_equal(fake->out + line * 74 + 72, "\r\n", 2);
		}
		fake_say(fake, "thank you");
		assert_int_equal(la_recv_ready(FAKE_WORKER(fake), FAKE_CONN(fake)), 0);
		assert_true(fake->asked);
		fake_fin(fake);
		assert_true(fake->ended);
		fake_close(fake);
	}
	svc_chargen_unload(chargen);
	assert_int_equal(fake_blobs(), 0);
	svc_chargen_free(chargen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(echo_sends_back_every_byte),
		cmocka_unit_test(echo_leaves_unread_what_has_no_room),
		cmocka_unit_test(echo_can_close_first),
		cmocka_unit_test(discard_reads_all_and_says_nothing),
		cmocka_unit_test(chargen_sends_the_pattern_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
