/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 2883: our ACKs tell of text that came twice, by the first of their SACK blocks. */
#include "bulk.h"

static void permitted(void)
{
	listen_with(80, options->sack = true);
	in(SYN, SEQ(0), MSS(1460), SACK_PERMITTED);
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), SACK_PERMITTED);
	in(ACK, SEQ(1), ACK(1));
	accepted();
}

/** Two segments of 500 octets in order, acknowledged. */
static void a_thousand(void)
{
	in(ACK, SEQ(1), ACK(1), LEN(500));
	in(ACK, SEQ(501), ACK(1), LEN(500));
	app_got_n(1000);
	out(ACK, SEQ(1), ACK(1001));
}

/* ---- 4.1: full duplicates ---- */

/** 4.1.1: our ACK was lost, and the segment comes again. */
SCRIPT(duplicate_segment_is_told)
{
	permitted();
	a_thousand();
	in(ACK, SEQ(501), ACK(1), LEN(500));
	out(ACK, SEQ(1), ACK(1001), SACK(501, 1001));
	drop_is(duplicate_text, 1);
}

SCRIPT(duplicate_is_told_once)
{
	permitted();
	a_thousand();
	in(ACK, SEQ(1), ACK(1), LEN(500));
	out(ACK, SEQ(1), ACK(1001), SACK(1, 501));
	in(ACK, SEQ(1001), ACK(1), LEN(500));
	app_got_n(500);
	out_after_ms(40, ACK, SEQ(1), ACK(1501));
}

/** 4.1.2: beside what lies beyond a gap, it comes first. */
SCRIPT(duplicate_is_told_before_the_ranges)
{
	permitted();
	a_thousand();
	in(ACK, SEQ(1501), ACK(1), LEN(500));
	out(ACK, SEQ(1), ACK(1001), SACK(1501, 2001));
	in(ACK, SEQ(501), ACK(1), LEN(500));
	out(ACK, SEQ(1), ACK(1001), SACK(501, 1001, 1501, 2001));
}

/** 4.1.3: a duplicate beyond the gap, and the range that it stands in. */
SCRIPT(duplicate_beyond_a_gap_is_told_with_its_range)
{
	permitted();
	in(ACK, SEQ(2001), ACK(1), LEN(500));
	out(ACK, SEQ(1), ACK(1), SACK(2001, 2501));
	in(ACK, SEQ(501), ACK(1), LEN(500));
	out(ACK, SEQ(1), ACK(1), SACK(501, 1001, 2001, 2501));
	in(ACK, SEQ(2501), ACK(1), LEN(500));
	out(ACK, SEQ(1), ACK(1), SACK(2001, 3001, 501, 1001));
	in(ACK, SEQ(501), ACK(1), LEN(500));
	out(ACK, SEQ(1), ACK(1), SACK(501, 1001, 501, 1001, 2001, 3001));
}

/** And though another range has grown in the same breath: the peer looks at the second block. */
SCRIPT(range_of_a_duplicate_comes_before_one_that_grew_later)
{
	permitted();
	in(ACK, SEQ(501), ACK(1), LEN(500));
	out(ACK, SEQ(1), ACK(1), SACK(501, 1001));
	one_breath
	{
		in(ACK, SEQ(501), ACK(1), LEN(500));
		in(ACK, SEQ(2001), ACK(1), LEN(500));
	}
	out(ACK, SEQ(1), ACK(1), SACK(501, 1001, 501, 1001, 2001, 2501));
	out(ACK, SEQ(1), ACK(1), SACK(2001, 2501, 501, 1001));
}

/* ---- 4.2: partial duplicates ---- */

SCRIPT(first_part_that_is_known_is_told)
{
	permitted();
	a_thousand();
	in(ACK, SEQ(501), ACK(1), LEN(1000));
	out(ACK, SEQ(1), ACK(1501), SACK(501, 1001));
	app_got_n(500);
}

/** 4.2.2 and 4.2.3: parts that are known beyond a gap. */
SCRIPT(last_part_that_is_known_beyond_a_gap_is_told)
{
	permitted();
	in(ACK, SEQ(1501), ACK(1), LEN(500));
	out(ACK, SEQ(1), ACK(1), SACK(1501, 2001));
	in(ACK, SEQ(1001), ACK(1), LEN(1000));
	out(ACK, SEQ(1), ACK(1), SACK(1501, 2001, 1001, 2001));
}

SCRIPT(first_part_that_is_known_beyond_a_gap_is_told)
{
	permitted();
	in(ACK, SEQ(1001), ACK(1), LEN(500));
	out(ACK, SEQ(1), ACK(1), SACK(1001, 1501));
	in(ACK, SEQ(1001), ACK(1), LEN(1000));
	out(ACK, SEQ(1), ACK(1), SACK(1001, 1501, 1001, 2001));
}

SCRIPT(middle_that_is_known_beyond_a_gap_is_told)
{
	permitted();
	in(ACK, SEQ(1101), ACK(1), LEN(100));
	out(ACK, SEQ(1), ACK(1), SACK(1101, 1201));
	in(ACK, SEQ(1001), ACK(1), LEN(1000));
	out(ACK, SEQ(1), ACK(1), SACK(1101, 1201, 1001, 2001));
}

/** What fills the gap says again what lay beyond it. */
SCRIPT(part_known_of_what_fills_the_gap_is_told)
{
	permitted();
	in(ACK, SEQ(501), ACK(1), LEN(500));
	out(ACK, SEQ(1), ACK(1), SACK(501, 1001));
	in(ACK, SEQ(1), ACK(1), LEN(700));
	out(ACK, SEQ(1), ACK(1001), SACK(501, 701));
	app_got_n(1000);
}

/* ---- at once, and beside text ---- */

/** A service that sends in the same breath fills segments, and the duplicate is told all the same.
 */
SCRIPT(duplicate_is_told_though_full_segments_leave)
{
	permitted();
	a_thousand();
	one_breath
	{
		in(ACK, SEQ(501), ACK(1), LEN(500));
		app_send_n(1460);
	}
	out(PSH | ACK, SEQ(1), ACK(1001), LEN(1460));
	out(ACK, SEQ(1461), ACK(1001), SACK(501, 1001));
}

SCRIPT(duplicate_is_told_with_short_text)
{
	permitted();
	a_thousand();
	one_breath
	{
		in(ACK, SEQ(501), ACK(1), LEN(500));
		app_send("text");
	}
	out(PSH | ACK, SEQ(1), ACK(1001), DATA("text"), SACK(501, 1001));
}

/** Of several in a breath the last is told: no ACK could bear two. */
SCRIPT(latest_duplicate_of_a_breath_is_told)
{
	permitted();
	a_thousand();
	one_breath
	{
		in(ACK, SEQ(1), ACK(1), LEN(500));
		in(ACK, SEQ(501), ACK(1), LEN(500));
	}
	out(ACK, SEQ(1), ACK(1001), SACK(501, 1001));
}

SCRIPT(nothing_is_told_without_permission)
{
	establish();
	in(ACK, SEQ(1), ACK(1), LEN(500));
	in(ACK, SEQ(501), ACK(1), LEN(500));
	app_got_n(1000);
	out(ACK, SEQ(1), ACK(1001));
	in(ACK, SEQ(501), ACK(1), LEN(500));
	out(ACK, SEQ(1), ACK(1001));
}

/** 4.1: the ACK with the duplicate is sent at once, though nothing else is owed. */
SCRIPT(duplicate_of_an_idle_connection_is_told)
{
	configure(flight_idle_us, 1000);
	permitted();
	a_thousand();
	after_ms(10);
	usage_is(flights, 0);
	in(ACK, SEQ(1), ACK(1), LEN(500));
	out(ACK, SEQ(1), ACK(1001), SACK(1, 501));
	after_ms(10);
	usage_is(flights, 0);
}
