/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 6191: a SYN may open a new connection in the place of one in TIME-WAIT if its timestamp is
 * later than all of the old, whatever its number.
 */
#include "script.h"

/** Ends a connection with timestamps, which the peer's clock leaves at 130; listens on 80. */
static void time_wait_with_timestamps(void)
{
	listen_with(80, options->timestamps = true);
	in(SYN, SEQ(0), MSS(1460), TS(100, 0));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), TS(0, 100));
	in(ACK, SEQ(1), ACK(1), TS(110, 0));
	accepted();
	app_end();
	out(FIN | ACK, SEQ(1), ACK(1), TS(0, 110));
	in(FIN | ACK, SEQ(1), ACK(2), TS(130, 0));
	out(ACK, SEQ(2), ACK(2), TS(0, 130));
	peer_closed_told();
	closed_because(LA_REASON_DONE);
	state_is(TIME_WAIT);
}

/** The same without timestamps, though the listener wants them. */
static void time_wait_without_timestamps(void)
{
	listen_with(80, options->timestamps = true);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	app_end();
	out(FIN | ACK, SEQ(1), ACK(1));
	in(FIN | ACK, SEQ(1), ACK(2));
	out(ACK, SEQ(2), ACK(2));
	peer_closed_told();
	closed_because(LA_REASON_DONE);
	state_is(TIME_WAIT);
}

SCRIPT(later_timestamp_reopens_TIME_WAIT_though_the_number_is_old)
{
	time_wait_with_timestamps();
	anew(-100000);
	in(SYN, SEQ(0), MSS(1460), TS(131, 0));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), TS(0, 131));
	stat_is(time_wait_reopened, 1);
	in(ACK, SEQ(1), ACK(1), TS(132, 0));
	accepted();
	state_is(ESTABLISHED);
}

SCRIPT(equal_timestamp_reopens_TIME_WAIT_if_the_number_is_later)
{
	time_wait_with_timestamps();
	anew(100000);
	in(SYN, SEQ(0), MSS(1460), TS(130, 0));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), TS(0, 130));
	stat_is(time_wait_reopened, 1);
}

SCRIPT(equal_timestamp_does_not_reopen_TIME_WAIT_if_the_number_is_old)
{
	time_wait_with_timestamps();
	in(SYN, SEQ(-100000), MSS(1460), TS(130, 0));
	out(ACK, SEQ(2), ACK(2), TS(0, 130));
	stat_is(time_wait_reopened, 0);
	state_is(TIME_WAIT);
}

SCRIPT(older_timestamp_does_not_reopen_TIME_WAIT_though_the_number_is_later)
{
	time_wait_with_timestamps();
	in(SYN, SEQ(100000), MSS(1460), TS(129, 0));
	out(ACK, SEQ(2), ACK(2), TS(0, 130));
	drop_is(timestamp_old, 1);
	stat_is(time_wait_reopened, 0);
	state_is(TIME_WAIT);
}

/** What the last ACK of TIME-WAIT says counts, too. */
SCRIPT(timestamp_seen_in_TIME_WAIT_counts)
{
	time_wait_with_timestamps();
	in(ACK, SEQ(2), ACK(2), TS(180, 0));
	in(SYN, SEQ(100000), MSS(1460), TS(170, 0));
	out(ACK, SEQ(2), ACK(2), TS(0, 180));
	stat_is(time_wait_reopened, 0);
}

SCRIPT(syn_without_a_timestamp_reopens_TIME_WAIT_by_its_number)
{
	time_wait_with_timestamps();
	in(SYN, SEQ(-100000), MSS(1460));
	out(ACK, SEQ(2), ACK(2), TS(0, 130));
	stat_is(time_wait_reopened, 0);
	anew(100000);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	stat_is(time_wait_reopened, 1);
}

/** Segments of the old connection have no timestamp: the new one does not take them for its own. */
SCRIPT(first_timestamp_reopens_TIME_WAIT_whatever_its_number)
{
	time_wait_without_timestamps();
	anew(-100000);
	in(SYN, SEQ(0), MSS(1460), TS(5, 0));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), TS(0, 5));
	stat_is(time_wait_reopened, 1);
	in(ACK, SEQ(1), ACK(1), TS(6, 0));
	accepted();
	in(PSH | ACK, SEQ(1), ACK(1), LEN(10));
	drop_is(timestamp_missing, 1);
	silence();
}

/** A timestamp that the new connection would not have proves nothing. */
SCRIPT(timestamp_that_nobody_wants_does_not_reopen_TIME_WAIT)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	app_end();
	out(FIN | ACK, SEQ(1), ACK(1));
	in(FIN | ACK, SEQ(1), ACK(2));
	out(ACK, SEQ(2), ACK(2));
	peer_closed_told();
	closed_because(LA_REASON_DONE);
	in(SYN, SEQ(-100000), MSS(1460), TS(999, 0));
	out(ACK, SEQ(2), ACK(2));
	stat_is(time_wait_reopened, 0);
	state_is(TIME_WAIT);
}
