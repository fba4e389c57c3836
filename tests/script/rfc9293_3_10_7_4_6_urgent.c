/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 9293 section 3.10.7.4, sixth: check the URG bit; section 3.8.5 and RFC 6093: the pointer is
 * to the octet after urgent data, the user is told, the text stays in line.
 */
#include "reach.h"

static void urgent_data_is_told_and_in_line(enum la_state state)
{
	struct place place = reach(state);

	in(URG | PSH | ACK, SEQ(place.rcv_nxt), ACK(place.snd_nxt), URGENT(3), DATA("now go on"));
	urgent_told();
	app_got("now go on");
	out_after_ms(40, ACK, SEQ(place.snd_nxt), ACK(place.rcv_nxt + 9));
	script_state_is(HERE, state == LA_FIN_WAIT_1 ? LA_FIN_WAIT_2 : state);
}
IN_STATE(urgent_data_is_told_and_in_line, ESTABLISHED)
IN_STATE(urgent_data_is_told_and_in_line, FIN_WAIT_1)
IN_STATE(urgent_data_is_told_and_in_line, FIN_WAIT_2)

static void urgent_pointer_is_ignored(enum la_state state)
{
	struct place place = reach(state);

	in(URG | ACK, SEQ(place.rcv_nxt), ACK(place.snd_una), URGENT(1));
	silence();
	urgent_not_told();
	script_state_is(HERE, state);
	not_closed();
}
IN_STATE(urgent_pointer_is_ignored, CLOSE_WAIT)
IN_STATE(urgent_pointer_is_ignored, CLOSING)
IN_STATE(urgent_pointer_is_ignored, LAST_ACK)
IN_STATE(urgent_pointer_is_ignored, TIME_WAIT)

SCRIPT(SYN_RECEIVED_takes_urgent_data_with_the_ack)
{
	reach(LA_SYN_RECEIVED);
	in(URG | PSH | ACK, SEQ(1), ACK(1), URGENT(4), DATA("urge"));
	accepted();
	urgent_told();
	app_got("urge");
	out_after_ms(40, ACK, SEQ(1), ACK(5));
}

SCRIPT(urgent_pointer_ahead_of_its_text_is_told_at_once)
{
	reach(LA_ESTABLISHED);
	app_leaves_unread();
	in(URG | PSH | ACK, SEQ(1), ACK(1), URGENT(30), LEN(10));
	urgent_told();
	status_is(urgent_ahead, 30);
	out_after_ms(40, ACK, SEQ(1), ACK(11), WIN(65525));
	app_reads_n(10);
	status_is(urgent_ahead, 20);
}

SCRIPT(urgent_data_that_ends_with_the_stream_is_counted_without_the_fin)
{
	reach(LA_ESTABLISHED);
	app_leaves_unread();
	in(FIN | URG | PSH | ACK, SEQ(1), ACK(1), URGENT(6), LEN(6));
	urgent_told();
	out(ACK, SEQ(1), ACK(8));
	status_is(urgent_ahead, 6);
	app_reads_n(5);
	status_is(urgent_ahead, 1);
	app_reads_n(1);
	status_is(urgent_ahead, 0);
	peer_closed_told();
}

SCRIPT(text_behind_urgent_data_is_not_urgent)
{
	listen_with(80, options->no_delay = true);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	app_send_urgent("hurry");
	out(URG | PSH | ACK, SEQ(1), ACK(1), DATA("hurry"), URGENT(5));
	app_send("calm");
	out(PSH | ACK, SEQ(6), ACK(1), DATA("calm"));
}

SCRIPT(urgent_pointer_without_text_is_told)
{
	reach(LA_ESTABLISHED);
	in(URG | ACK, SEQ(1), ACK(1), URGENT(5));
	urgent_told();
	status_is(urgent_ahead, 5);
	silence();
}

SCRIPT(urgent_is_told_again_only_when_the_pointer_moves_ahead)
{
	reach(LA_ESTABLISHED);
	in(URG | ACK, SEQ(1), ACK(1), URGENT(100));
	urgent_told();
	in(URG | ACK, SEQ(1), ACK(1), URGENT(100));
	urgent_not_told();
	in(URG | ACK, SEQ(1), ACK(1), URGENT(50));
	urgent_not_told();
	status_is(urgent_ahead, 100);
	in(URG | ACK, SEQ(1), ACK(1), URGENT(200));
	urgent_told();
	status_is(urgent_ahead, 200);
}

static void odd_pointer_leaves_the_text_in_line(uint32_t pointer)
{
	reach(LA_ESTABLISHED);
	in(URG | PSH | ACK, SEQ(1), ACK(1), URGENT(pointer), DATA("text"));
	app_got("text");
	if (pointer > 0)
		urgent_told();
	else
		urgent_not_told();
	out_after_ms(40, ACK, SEQ(1), ACK(5));
	in(PSH | ACK, SEQ(5), ACK(1), DATA("goes on"));
	app_got("goes on");
	out_after_ms(40, ACK, SEQ(1), ACK(12));
	in(RST, SEQ(12));
	closed_because(LA_REASON_RESET);
	nothing_leaked();
}

SCRIPT(urgent_pointer_0)
{
	odd_pointer_leaves_the_text_in_line(0);
}

SCRIPT(urgent_pointer_1)
{
	odd_pointer_leaves_the_text_in_line(1);
}

SCRIPT(urgent_pointer_just_past_the_segment)
{
	odd_pointer_leaves_the_text_in_line(5);
}

SCRIPT(urgent_pointer_65535)
{
	odd_pointer_leaves_the_text_in_line(65535);
}

SCRIPT(pointer_without_the_bit_means_nothing)
{
	reach(LA_ESTABLISHED);
	in(PSH | ACK, SEQ(1), ACK(1), URGENT(4), DATA("calm"));
	urgent_not_told();
	app_got("calm");
	status_is(urgent_ahead, 0);
	out_after_ms(40, ACK, SEQ(1), ACK(5));
}

SCRIPT(urgent_data_of_any_length_is_sent_with_the_pointer_behind_it)
{
	reach(LA_ESTABLISHED);
	app_send_urgent("hurry");
	out(URG | PSH | ACK, SEQ(1), ACK(1), DATA("hurry"), URGENT(5));
	in(ACK, SEQ(1), ACK(6));
	app_send("calm");
	out(PSH | ACK, SEQ(6), ACK(1), DATA("calm"));
}

SCRIPT(urgent_data_behind_other_text_is_pointed_at_in_each_segment)
{
	reach(LA_ESTABLISHED);
	one_breath
	{
		app_send_n(2000);
		app_send_urgent("!");
	}
	out(URG | ACK, SEQ(1), ACK(1), LEN(1460), URGENT(2001));
	out(URG | PSH | ACK, SEQ(1461), ACK(1), LEN(541), URGENT(541));
	in(ACK, SEQ(1), ACK(2002));
	silence();
}

static void skip_all(struct la_worker *worker, struct la_conn conn, void *data)
{
	(void)data;
	la_recv_skip(worker, conn, la_recv_ready(worker, conn));
}

/* Who skips it has it behind himself: nothing more is kept for it. */
SCRIPT(urgent_text_that_is_skipped_is_read)
{
	static const struct la_service skipper = { .name = "skipper", .data = skip_all };
	const struct la_endpoint local = { la_addr_from_ipv4(IP(192, 0, 2, 1)), 81 };

	silence();
	must(la_listen(script_stack(), &local, &skipper, NULL, NULL, NULL) >= 0);
	our_port(81);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	in(URG | PSH | ACK, SEQ(1), ACK(1), DATA("news"), URGENT(4));
	out_after_ms(40, ACK, SEQ(1), ACK(5));
	usage_is(flights, 1);
	after_ms(1001);
	usage_is(flights, 0);
}
