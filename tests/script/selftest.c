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
