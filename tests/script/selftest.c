/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The language itself. NAME_fails_at_N must fail, N lines below its SCRIPT line; the others must
 * pass.
 */
#include "script.h"

SCRIPT(a_right_script_passes)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	state_is(ESTABLISHED);
	in(RST, SEQ(1));
	closed_because(LA_REASON_RESET);
	nothing_leaked();
}

SCRIPT(both_sides_start_just_below_the_wrap)
{
	struct sent_segment syn;

	connect_to(80);
	syn = out_any();
	must(syn.flags == SYN && syn.absolute_seq == 0xfffffffd);
	must(our_seq(3) == 0 && peer_seq(5) == 0);
}

SCRIPT(wrong_flags_fails_at_4)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN, SEQ(0));
}

SCRIPT(wrong_ack_fails_at_4)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(2));
}

SCRIPT(wrong_window_fails_at_4)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1), WIN(1234));
}

SCRIPT(wrong_mss_fails_at_4)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(536));
}

SCRIPT(missing_option_fails_at_4)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1), NO_OPTIONS);
}

SCRIPT(wrong_ttl_fails_at_4)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1), TTL(63));
}

SCRIPT(wrong_peer_fails_at_5)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460));
	peer(2);
	out(SYN | ACK, SEQ(0), ACK(1));
}

SCRIPT(output_nobody_took_fails_at_3)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460));
	after_ms(1);
	in(ACK, SEQ(1), ACK(1));
}

SCRIPT(output_at_the_end_fails_at_3)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460));
}

SCRIPT(no_silence_fails_at_4)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460));
	silence();
}

SCRIPT(no_output_fails_at_4)
{
	listen_on(80);
	in(RST, SEQ(0));
	out(RST, SEQ(0));
}

SCRIPT(too_early_fails_at_5)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	out_after_ms(1001, SYN | ACK, SEQ(0), ACK(1));
}

SCRIPT(too_late_fails_at_5)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	out_after_ms(999, SYN | ACK, SEQ(0), ACK(1));
}

SCRIPT(wrong_text_sent_fails_at_8)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	app_send("hello");
	out(PSH | ACK, SEQ(1), ACK(1), DATA("hallo"));
}

SCRIPT(wrong_text_read_fails_at_8)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	in(PSH | ACK, SEQ(1), ACK(1), DATA("hello"));
	app_got("hallo");
}

SCRIPT(wrong_state_fails_at_5)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	state_is(ESTABLISHED);
}

SCRIPT(not_told_fails_at_5)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	accepted();
}

SCRIPT(wrong_reason_fails_at_8)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	in(RST, SEQ(1));
	closed_because(LA_REASON_DONE);
}

SCRIPT(end_not_asked_about_fails_at_7)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	in(RST, SEQ(1));
}

SCRIPT(wrong_counter_fails_at_4)
{
	listen_on(80);
	in(RST, SEQ(0));
	drop_is(listen_reset, 2);
}

SCRIPT(a_record_in_use_fails_at_5)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	nothing_leaked();
}

SCRIPT(no_number_named_fails_at_3)
{
	listen_on(80);
	in(SYN, MSS(1460));
}

/* What the language can do besides. */

SCRIPT(frames_of_one_breath_are_answered_once)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	one_breath
	{
		in(ACK, SEQ(1), ACK(1));
		in(ACK, SEQ(1), ACK(1), LEN(100));
		in(ACK, SEQ(101), ACK(1), LEN(100));
	}
	accepted();
	app_got_n(200);
	out(ACK, SEQ(1), ACK(201));
	silence();
}

SCRIPT(fragments_are_put_together)
{
	listen_on(80);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	in_fragments(256, PSH | ACK, SEQ(1), ACK(1), LEN(1000));
	app_got_n(1000);
	stat_is(ip_fragments, 4);
	stat_is(ip_reassembled, 1);
	out_after_ms(40, ACK, SEQ(1), ACK(1001));
}

SCRIPT(icmp_errors_reach_their_connection)
{
	connect_to(80);
	out(SYN, SEQ(0));
	in_icmp_error(3, 3, 0, 0);
	stat_is(rx_icmp_errors, 1);
	closed_because(LA_REASON_UNREACHABLE);
	nothing_leaked();
}

SCRIPT(wrong_frames_are_wrong_in_the_way_that_was_asked_for)
{
	listen_on(80);
	in(SYN, SEQ(0), BAD_TCP_SUM);
	drop_is(tcp_checksum, 1);
	in(SYN, SEQ(0), BAD_IP_SUM);
	drop_is(ip_checksum, 1);
	in(SYN, SEQ(0), DATA_OFFSET(4));
	in(SYN, SEQ(0), DATA_OFFSET(6));
	drop_is(tcp_offset, 2);
	in(SYN, SEQ(0), TOTAL_LENGTH(19));
	in(SYN, SEQ(0), TOTAL_LENGTH(1500));
	drop_is(ip_total_length, 2);
	in(SYN, SEQ(0), TO_IP(192, 0, 2, 77));
	drop_is(ip_destination, 1);
	in(SYN, SEQ(0), FROM_IP(127, 0, 0, 1));
	drop_is(ip_source, 1);
	in(SYN, SEQ(0), FROM_PORT(0));
	drop_is(tcp_ports, 1);
	in(SYN, SEQ(0), TO_MAC(2, 0, 0, 0, 0, 2));
	drop_is(eth_not_ours, 1);
	in_frame("too short", 9);
	drop_is(eth_short, 1);
	silence();
	in(SYN, SEQ(0), MSS(1460), TRAILING(9), IP_OPTIONS(1, 1, 1, 1), TTL(1), TOS(0xff),
	   IP_ID(7));
	out(SYN | ACK, SEQ(0), ACK(1));
}

SCRIPT(arp_can_be_seen_and_answered_by_hand)
{
	static const uint8_t request[8] = { 0, 1, 8, 0, 6, 4, 0, 1 };
	const uint8_t *frame;
	size_t size;

	listen_on(80);
	peer(7);
	arp_by_hand();
	in(SYN, SEQ(0), MSS(1460));
	frame = out_frame(&size);
	must(size >= 42 && frame[12] == 0x08 && frame[13] == 0x06);
	must(memcmp(frame + 14, request, sizeof(request)) == 0);
	must(frame[41] == 17);
	silence();
	usage_is(neighbour_waiting, 1);
}

SCRIPT(time_moves_only_when_told_and_exactly_so)
{
	listen_on(80);
	after_us(7);
	must(script_now_us() == 7);
	at_ms(1500.5);
	must(script_now_us() == 1500500);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	out_at_ms(2500.5, SYN | ACK, SEQ(0), ACK(1));
}

SCRIPT(past_time_cannot_be_waited_for_fails_at_4)
{
	listen_on(80);
	after_ms(2);
	at_ms(1);
}

SCRIPT(a_second_secret_gives_other_numbers_and_is_found_too)
{
	another_secret(99);
	connect_to(80);
	must(out_any().absolute_seq == 0xfffffffd);
}
