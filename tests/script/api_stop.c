/* SPDX-License-Identifier: BSD-3-Clause */
/* lastack.h: la_stack_stop(): FIN first, RST when the grace period is over. */
#include <errno.h>

#include "reach.h"

#define GRACE_MS 5000U

static void stop(void)
{
	one_breath
	{
		la_stack_stop(script_stack(), GRACE_MS * 1000ULL);
	}
}

SCRIPT(stop_ends_connections_by_fin)
{
	establish();
	stop();
	out(FIN | ACK, SEQ(1), ACK(1));
	must(!la_stack_stopped(script_stack()));
	in(FIN | ACK, SEQ(1), ACK(2));
	out(ACK, SEQ(2), ACK(2));
	peer_closed_told();
	closed_because(LA_REASON_DONE);
	/* TIME-WAIT is no reason to wait. */
	must(la_stack_stopped(script_stack()));
	usage_is(time_waits, 1);
}

SCRIPT(stop_resets_what_is_left_after_the_grace_period)
{
	uint64_t began;

	listen_with(80, options->rto_initial_us = 60000000, options->rto_min_us = 20000000);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	began = script_now_us();
	stop();
	out(FIN | ACK, SEQ(1), ACK(1));
	in(ACK, SEQ(1), ACK(2));
	state_is(FIN_WAIT_2);
	after_ms(GRACE_MS - 1);
	state_is(FIN_WAIT_2);
	silence();
	out_after_ms(1, RST | ACK, SEQ(2), ACK(1));
	must(script_now_us() - began <= (GRACE_MS + 1) * 1000ULL);
	closed_because(LA_REASON_STOPPED);
	stat_is(closed_stopped, 1);
	must(la_stack_stopped(script_stack()));
}

SCRIPT(stop_sends_what_was_queued_before_the_fin)
{
	establish();
	one_breath
	{
		app_send("goodbye");
		la_stack_stop(script_stack(), GRACE_MS * 1000ULL);
	}
	out(FIN | PSH | ACK, SEQ(1), ACK(1), DATA("goodbye"));
	in(ACK, SEQ(1), ACK(9));
	state_is(FIN_WAIT_2);
	after_ms(GRACE_MS + 1);
	out(RST | ACK, SEQ(9), ACK(1));
	closed_because(LA_REASON_STOPPED);
}

/* Who asked for room is in the middle of something. */
SCRIPT(stop_lets_a_service_that_asked_for_room_finish)
{
	listen_with(80, options->send_buffer = 2048);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1), WIN(0));
	accepted();
	must(app_try_send_n(4000) == 2048);
	app_asks_for_room();
	stop();
	silence();
	state_is(ESTABLISHED);
	in(ACK, SEQ(1), ACK(1), WIN(65535));
	out(ACK, SEQ(1), ACK(1), LEN(1460));
	after_ms(1);
	state_is(ESTABLISHED);
	in(ACK, SEQ(1), ACK(1461));
	/* Now there is room: it is told, and asks no more. */
	room_told();
	out(PSH | ACK, SEQ(1461), ACK(1), LEN(588));
	out(FIN | ACK, SEQ(2049), ACK(1));
	in(FIN | ACK, SEQ(1), ACK(2050));
	out(ACK, SEQ(2050), ACK(2));
	peer_closed_told();
	closed_because(LA_REASON_DONE);
	must(la_stack_stopped(script_stack()));
}

SCRIPT(stop_resets_a_service_that_still_waits_for_room_after_the_grace_period)
{
	listen_with(80, options->send_buffer = 2048, options->rto_min_us = 20000000);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1), WIN(0));
	accepted();
	must(app_try_send_n(4000) == 2048);
	app_asks_for_room();
	stop();
	after_ms(GRACE_MS - 1);
	silence();
	not_closed();
	out_after_ms(1, RST | ACK, SEQ(1), ACK(1));
	closed_because(LA_REASON_STOPPED);
	must(la_stack_stopped(script_stack()));
}

SCRIPT(stop_resets_the_half_open)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	stop();
	out(RST | ACK, SEQ(1), ACK(1));
	must(la_stack_stopped(script_stack()));
	not_accepted();
	nothing_leaked();
}

SCRIPT(stop_gives_up_opens_without_a_word)
{
	connect_to(80);
	out(SYN, SEQ(0));
	stop();
	silence();
	closed_because(LA_REASON_STOPPED);
	must(la_stack_stopped(script_stack()));
	nothing_leaked();
}

SCRIPT(stop_listens_no_more_and_connects_no_more)
{
	establish();
	stop();
	out(FIN | ACK, SEQ(1), ACK(1));
	peer(2);
	in(SYN, SEQ(0), MSS(1460));
	out(RST | ACK, ABSOLUTE_SEQ(0), ACK(1));
	must(try_connect(80) == -EINVAL);
	peer(1);
	our_port(80);
	in(FIN | ACK, SEQ(1), ACK(2));
	out(ACK, SEQ(2), ACK(2));
	peer_closed_told();
	closed_because(LA_REASON_DONE);
}

SCRIPT(stop_leaves_alone_what_is_ending_already)
{
	reach(LA_FIN_WAIT_2);
	stop();
	silence();
	in(FIN | ACK, SEQ(1), ACK(2));
	out(ACK, SEQ(2), ACK(2));
	peer_closed_told();
	closed_because(LA_REASON_DONE);
}

SCRIPT(stop_asked_twice_keeps_the_first_grace_period)
{
	reach(LA_FIN_WAIT_2);
	stop();
	after_ms(GRACE_MS / 2);
	stop();
	out_after_ms(GRACE_MS / 2, RST | ACK, SEQ(2), ACK(1));
	closed_because(LA_REASON_STOPPED);
}

SCRIPT(stop_of_an_empty_stack_is_done_at_once)
{
	silence();
	must(la_stack_stopped(script_stack()));
	stop();
	must(la_stack_stopped(script_stack()));
	silence();
}

SCRIPT(stop_takes_no_new_listener)
{
	const struct la_endpoint local = { la_addr_from_ipv4(0), 81 };
	struct la_error error;

	establish();
	stop();
	out(FIN | ACK, SEQ(1), ACK(1));
	must(la_listen(script_stack(), &local, &script_service, NULL, NULL, &error) == -ESHUTDOWN);
	must(strstr(error.text, "ending") != NULL);
	our_port(81);
	in(SYN, SEQ(0), MSS(1460));
	out(RST | ACK, ABSOLUTE_SEQ(0), ACK(1));
	our_port(80);
	in(FIN | ACK, SEQ(1), ACK(2));
	out(ACK, SEQ(2), ACK(2));
	peer_closed_told();
	closed_because(LA_REASON_DONE);
}
