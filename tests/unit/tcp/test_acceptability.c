/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The four cases of RFC 9293 section 3.10.7.4 and the tests of RFC 5961, exhaustively on small
 * numbers around the wrap, against a definition that counts octets one by one.
 */
#include "check.h"

#include "tcp/acceptability.h"

#define AROUND 12

/* Does any octet of the segment lie in the window? Without octets: does its number? */
static bool by_octets(uint32_t nxt, uint32_t wnd, uint32_t seq, uint32_t length)
{
	uint32_t octets = length == 0 ? 1 : length;
	bool first_or_last = false;

	if (wnd == 0)
		return length == 0 && seq == nxt;
	for (uint32_t i = 0; i < octets; i++) {
		bool inside = false;

		for (uint32_t w = 0; w < wnd; w++)
			inside |= seq + i == nxt + w;
		if (i == 0 || i == octets - 1)
			first_or_last |= inside;
	}
	return first_or_last;
}

static const uint32_t bases[] = { 0, 1, 5, 0x7ffffffe, 0x80000000, 0xfffffff8, 0xffffffff };

static void sequence_is_acceptable_as_the_table_says(void **state)
{
	unsigned int accepted = 0, refused = 0;

	(void)state;
	for (size_t b = 0; b < COUNT_OF(bases); b++)
		for (uint32_t wnd = 0; wnd < 8; wnd++)
			for (uint32_t length = 0; length < 10; length++)
				for (int at = -AROUND; at <= AROUND; at++) {
					uint32_t seq = bases[b] + (uint32_t)at;
					bool expected = by_octets(bases[b], wnd, seq, length);

					assert_int_equal(
						acceptable_sequence(bases[b], wnd, seq, length),
						expected);
					*(expected ? &accepted : &refused) += 1;
				}
	assert_true(accepted > 1000 && refused > 1000);
}

/* A segment that covers the window but begins and ends outside is none of the table's cases. */
static void segment_around_the_whole_window_is_as_the_rfc_says(void **state)
{
	(void)state;
	assert_false(acceptable_sequence(100, 4, 98, 8));
	assert_true(acceptable_sequence(100, 4, 98, 6));
	assert_true(acceptable_sequence(100, 4, 98, 3));
	assert_false(acceptable_sequence(100, 4, 98, 2));
}

static void ack_is_judged_by_its_distance(void **state)
{
	(void)state;
	for (size_t b = 0; b < COUNT_OF(bases); b++) {
		uint32_t una = bases[b];

		for (uint32_t outstanding = 0; outstanding < 6; outstanding++)
			for (uint32_t window = 0; window < 6; window++)
				for (int at = -AROUND; at <= AROUND; at++) {
					enum ack_verdict expected =
						at > (int)outstanding ? ACK_UNSENT
						: at > 0              ? ACK_NEW
						: at == 0             ? ACK_REPEATED
						: -at <= (int)window  ? ACK_PAST
								      : ACK_TOO_OLD;

					assert_int_equal(acceptable_ack(una, una + outstanding,
									window, una + (uint32_t)at),
							 expected);
				}
	}
}

static void reset_is_exact_in_the_window_or_outside(void **state)
{
	(void)state;
	for (size_t b = 0; b < COUNT_OF(bases); b++)
		for (uint32_t wnd = 0; wnd < 6; wnd++)
			for (int at = -AROUND; at <= AROUND; at++) {
				enum reset_verdict expected = at == 0 ? RESET_EXACT
							      : at > 0 && at < (int)wnd
								      ? RESET_CHALLENGE
								      : RESET_OUTSIDE;

				assert_int_equal(
					acceptable_reset(bases[b], wnd, bases[b] + (uint32_t)at),
					expected);
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sequence_is_acceptable_as_the_table_says),
		cmocka_unit_test(segment_around_the_whole_window_is_as_the_rfc_says),
		cmocka_unit_test(ack_is_judged_by_its_distance),
		cmocka_unit_test(reset_is_exact_in_the_window_or_outside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
