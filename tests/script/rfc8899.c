/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 8899 (and RFC 4821): a path that swallows large packets in silence. Full segments that time
 * out three times make room for smaller ones; later a larger size is tried by a segment that
 * travels alone, and whose loss is no congestion.
 */
#include "reach.h"

#define EPOCH_MS (1048576 * 0.1)

static void establish_with_probing(void)
{
	listen_with(80, options->path_mtu_probing = true, options->no_delay = true);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
}

/** Three full segments vanish until their size is 1200 octets. At 1.4 s the first of these. */
static void fall_into_the_hole(void)
{
	establish_with_probing();
	app_send_n(4380);
	out(ACK, SEQ(1), ACK(1), LEN(1460));
	out(ACK, SEQ(1461), ACK(1), LEN(1460));
	out(PSH | ACK, SEQ(2921), ACK(1), LEN(1460));
	out_at_ms(200, ACK, SEQ(1), ACK(1), LEN(1460));
	out_at_ms(600, ACK, SEQ(1), ACK(1), LEN(1460));
	status_is(mss, 1460);
	out_at_ms(1400, ACK, SEQ(1), ACK(1), LEN(1160));
	status_is(mss, 1160);
	stat_is(black_holes, 1);
}

/** What is left of the 4380 octets is acknowledged piece by piece. */
static void climb_out(void)
{
	in(ACK, SEQ(1), ACK(1161));
	out(ACK, SEQ(1161), ACK(1), LEN(1160));
	out(ACK, SEQ(2321), ACK(1), LEN(1160));
	in(ACK, SEQ(1), ACK(3481));
	out(PSH | ACK, SEQ(3481), ACK(1), LEN(900));
	in(ACK, SEQ(1), ACK(4381));
	silence();
}

SCRIPT(full_segments_that_time_out_three_times_become_smaller)
{
	fall_into_the_hole();
	climb_out();
	app_send_n(1161);
	out(ACK, SEQ(4381), ACK(1), LEN(1160));
	out(PSH | ACK, SEQ(5541), ACK(1), LEN(1));
	in(ACK, SEQ(1), ACK(5542));
}

SCRIPT(and_smaller_again_down_to_the_floor)
{
	fall_into_the_hole();
	out_at_ms(3000, ACK, SEQ(1), ACK(1), LEN(1160));
	out_at_ms(6200, ACK, SEQ(1), ACK(1), LEN(1160));
	out_at_ms(12600, ACK, SEQ(1), ACK(1), LEN(512));
	stat_is(black_holes, 2);
	out_at_ms(25400, ACK, SEQ(1), ACK(1), LEN(512));
	out_at_ms(51000, ACK, SEQ(1), ACK(1), LEN(512));
	out_at_ms(102200, ACK, SEQ(1), ACK(1), LEN(512));
	status_is(mss, 512);
	stat_is(black_holes, 2);
	in(ACK, SEQ(1), ACK(513));
	out(ACK, SEQ(513), ACK(1), LEN(512));
	out(ACK, SEQ(1025), ACK(1), LEN(512));
}

SCRIPT(short_segments_that_time_out_say_nothing_of_the_path)
{
	establish_with_probing();
	app_send_n(1160);
	out(PSH | ACK, SEQ(1), ACK(1), LEN(1160));
	out_at_ms(200, PSH | ACK, SEQ(1), ACK(1), LEN(1160));
	out_at_ms(600, PSH | ACK, SEQ(1), ACK(1), LEN(1160));
	out_at_ms(1400, PSH | ACK, SEQ(1), ACK(1), LEN(1160));
	out_at_ms(3000, PSH | ACK, SEQ(1), ACK(1), LEN(1160));
	status_is(mss, 1460);
	stat_is(black_holes, 0);
	in(ACK, SEQ(1), ACK(1161));
}

/** 5.2: nothing tells whether the base size fits, and this is not larger. */
SCRIPT(short_segments_that_never_arrive_become_as_small_as_any)
{
	establish_with_probing();
	app_send_n(1160);
	out(PSH | ACK, SEQ(1), ACK(1), LEN(1160));
	out_at_ms(200, PSH | ACK, SEQ(1), ACK(1), LEN(1160));
	out_at_ms(600, PSH | ACK, SEQ(1), ACK(1), LEN(1160));
	out_at_ms(1400, PSH | ACK, SEQ(1), ACK(1), LEN(1160));
	out_at_ms(3000, PSH | ACK, SEQ(1), ACK(1), LEN(1160));
	out_at_ms(6200, PSH | ACK, SEQ(1), ACK(1), LEN(1160));
	out_at_ms(12600, ACK, SEQ(1), ACK(1), LEN(512));
	status_is(mss, 512);
	in(ACK, SEQ(1), ACK(513));
	out(ACK, SEQ(513), ACK(1), LEN(512));
	out(PSH | ACK, SEQ(1025), ACK(1), LEN(136));
	in(ACK, SEQ(1), ACK(1161));
}

SCRIPT(progress_between_time_outs_keeps_the_size)
{
	establish_with_probing();
	app_send_n(4380);
	out(ACK, SEQ(1), ACK(1), LEN(1460));
	out(ACK, SEQ(1461), ACK(1), LEN(1460));
	out(PSH | ACK, SEQ(2921), ACK(1), LEN(1460));
	out_at_ms(200, ACK, SEQ(1), ACK(1), LEN(1460));
	out_at_ms(600, ACK, SEQ(1), ACK(1), LEN(1460));
	in(ACK, SEQ(1), ACK(1461));
	out(ACK, SEQ(1461), ACK(1), LEN(1460));
	out(PSH | ACK, SEQ(2921), ACK(1), LEN(1460));
	out_after_ms(800, ACK, SEQ(1461), ACK(1), LEN(1460));
	out_after_ms(1600, ACK, SEQ(1461), ACK(1), LEN(1460));
	status_is(mss, 1460);
	in(ACK, SEQ(1), ACK(4381));
}

SCRIPT(without_the_setting_segments_keep_their_size)
{
	listen_with(80, options->no_delay = true);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	app_send_n(2920);
	out(ACK, SEQ(1), ACK(1), LEN(1460));
	out(PSH | ACK, SEQ(1461), ACK(1), LEN(1460));
	out_at_ms(200, ACK, SEQ(1), ACK(1), LEN(1460));
	out_at_ms(600, ACK, SEQ(1), ACK(1), LEN(1460));
	out_at_ms(1400, ACK, SEQ(1), ACK(1), LEN(1460));
	out_at_ms(3000, ACK, SEQ(1), ACK(1), LEN(1460));
	status_is(mss, 1460);
}

/** Out of the hole, and so much later that a larger size is tried; everything is acknowledged. */
static void wait_for_the_search(void)
{
	fall_into_the_hole();
	climb_out();
	after_ms(2 * EPOCH_MS);
}

SCRIPT(nothing_larger_is_tried_at_once)
{
	fall_into_the_hole();
	climb_out();
	after_ms(60000);
	app_send_n(3000);
	out(ACK, SEQ(4381), ACK(1), LEN(1160));
	out(ACK, SEQ(5541), ACK(1), LEN(1160));
	out(PSH | ACK, SEQ(6701), ACK(1), LEN(680));
	in(ACK, SEQ(1), ACK(7381));
	stat_is(path_probes, 0);
}

SCRIPT(a_larger_size_is_tried_by_a_segment_that_travels_alone)
{
	uint32_t window;

	wait_for_the_search();
	window = script_status(HERE)->cwnd;
	app_send_n(6000);
	out(ACK, SEQ(4381), ACK(1), LEN(1240));
	silence();
	stat_is(path_probes, 1);
	status_is(mss, 1160);
	/* It arrived, and so the next size is tried. */
	in(ACK, SEQ(1), ACK(5621));
	status_is(mss, 1240);
	out(ACK, SEQ(5621), ACK(1), LEN(1300));
	silence();
	/* That vanishes: it goes again in two, and the window is as large as it was. */
	out_after_ms(200, ACK, SEQ(5621), ACK(1), LEN(1240));
	stat_is(path_probes_lost, 1);
	must(script_status(HERE)->cwnd >= window);
	out(ACK, SEQ(6861), ACK(1), LEN(1240));
	in(ACK, SEQ(1), ACK(8101));
	out(ACK, SEQ(8101), ACK(1), LEN(1240));
	out(PSH | ACK, SEQ(9341), ACK(1), LEN(1040));
	in(ACK, SEQ(1), ACK(10381));
	status_is(mss, 1240);
	/* Not before ten minutes have passed. */
	after_ms(5 * EPOCH_MS);
	app_send_n(3000);
	out(ACK, SEQ(10381), ACK(1), LEN(1240));
	out(ACK, SEQ(11621), ACK(1), LEN(1240));
	out(PSH | ACK, SEQ(12861), ACK(1), LEN(520));
	in(ACK, SEQ(1), ACK(13381));
	after_ms(EPOCH_MS);
	app_send_n(3000);
	out(ACK, SEQ(13381), ACK(1), LEN(1300));
	silence();
	stat_is(path_probes, 3);
}

SCRIPT(search_ends_at_the_size_that_there_was)
{
	static const uint32_t sizes[] = {
		1240, 1300, 1320, 1360, 1380, 1400, 1420, 1440, 1452, 1460
	};
	uint32_t seq = 4381;
	unsigned int i;

	wait_for_the_search();
	app_send_n(30000);
	for (i = 0; i < 10; i++) {
		out(ACK, SEQ(seq), ACK(1), LEN(sizes[i]));
		silence();
		seq += sizes[i];
		in(ACK, SEQ(1), ACK(seq));
	}
	status_is(mss, 1460);
	stat_is(path_probes_lost, 0);
	out(ACK, SEQ(seq), ACK(1), LEN(1460));
	out(ACK, SEQ(seq + 1460), ACK(1), LEN(1460));
	while (frames_sent() > 0)
		must(out_any().size <= 1460);
	stat_is(path_probes, 10);
}

SCRIPT(a_probe_waits_for_what_is_outstanding)
{
	wait_for_the_search();
	app_send_n(100);
	out(PSH | ACK, SEQ(4381), ACK(1), LEN(100));
	app_send_n(3000);
	silence();
	in(ACK, SEQ(1), ACK(4481));
	out(ACK, SEQ(4481), ACK(1), LEN(1240));
	silence();
}

SCRIPT(text_too_short_for_a_probe_is_sent_as_it_is)
{
	wait_for_the_search();
	app_send_n(1200);
	out(ACK, SEQ(4381), ACK(1), LEN(1160));
	out(PSH | ACK, SEQ(5541), ACK(1), LEN(40));
	in(ACK, SEQ(1), ACK(5581));
	stat_is(path_probes, 0);
}

SCRIPT(a_window_too_small_for_a_probe_takes_what_it_takes)
{
	wait_for_the_search();
	in(ACK, SEQ(1), ACK(4381), WIN(1200));
	app_send_n(3000);
	out(ACK, SEQ(4381), ACK(1), LEN(1160));
	stat_is(path_probes, 0);
}

/* A router that does answer spares the time-out. */
SCRIPT(too_big_about_a_probe_ends_it_at_once)
{
	wait_for_the_search();
	app_send_n(2400);
	out(ACK, SEQ(4381), ACK(1), LEN(1240));
	in_icmp_error(3, 4, 1210, 4381);
	out(ACK, SEQ(4381), ACK(1), LEN(1160));
	out(ACK, SEQ(5541), ACK(1), LEN(1160));
	out(PSH | ACK, SEQ(6701), ACK(1), LEN(80));
	status_is(mss, 1160);
	stat_is(path_probes_lost, 1);
	in(ACK, SEQ(1), ACK(6781));
}

SCRIPT(probe_that_goes_again_in_pieces_proves_nothing_of_the_size)
{
	wait_for_the_search();
	app_send_n(1300);
	out(ACK, SEQ(4381), ACK(1), LEN(1240));
	in(ACK, SEQ(1), ACK(4381), WIN(0));
	/* The peer took its window back: at the RTO, three times doubled, it is probed. */
	out_after_ms(1600, ACK, SEQ(4381), ACK(1), LEN(1));
	in(ACK, SEQ(1), ACK(4381));
	out(ACK, SEQ(4381), ACK(1), LEN(1160));
	out(PSH | ACK, SEQ(5541), ACK(1), LEN(140));
	in(ACK, SEQ(1), ACK(5681));
	status_is(mss, 1160);
}

/* ---- with SACK and timestamps ---- */

/** The RTT is 50 ms. */
static void establish_with_sack(void)
{
	listen_with(80, options->path_mtu_probing = true, options->no_delay = true,
		    options->sack = true);
	in(SYN, SEQ(0), MSS(1460), SACK_PERMITTED);
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), SACK_PERMITTED);
	after_ms(50);
	in(ACK, SEQ(1), ACK(1));
	accepted();
}

/** Takes what was sent; nothing larger than size arrives. */
static void pass(uint32_t size, uint32_t *una)
{
	while (frames_sent() > 0) {
		struct sent_segment sent = out_any();

		if (sent.size <= size && sent.seq == *una)
			*una += sent.size;
	}
}

/** Until end is acknowledged, or a thousand round trips. */
static uint32_t through_the_hole(uint32_t size, uint32_t end)
{
	uint32_t una = 1, acked = 1;
	unsigned int rounds = 0;

	while (acked != end && rounds++ < 1000) {
		pass(size, &una);
		after_ms(50);
		pass(size, &una);
		if (una != acked)
			in(ACK, SEQ(1), ACK(una));
		acked = una;
	}
	return acked;
}

SCRIPT(with_sack_the_hole_is_found_and_all_text_passes)
{
	establish_with_sack();
	app_send_n(50000);
	must(through_the_hole(1360, 50001) == 50001);
	stat_is(black_holes, 1);
	status_is(mss, 1160);
	status_is(in_flight, 0);
}

SCRIPT(with_sack_a_probe_that_is_lost_is_no_congestion)
{
	uint32_t window;

	establish_with_sack();
	app_send_n(50000);
	must(through_the_hole(1240, 50001) == 50001);
	after_ms(2 * EPOCH_MS);
	app_send_n(3000);
	out(ACK, SEQ(50001), ACK(1), LEN(1240));
	after_ms(50);
	in(ACK, SEQ(1), ACK(51241));
	window = script_status(HERE)->cwnd;
	out(ACK, SEQ(51241), ACK(1), LEN(1300));
	/* No loss probe comes in between: text behind it would have it taken for a loss. */
	after_ms(180);
	silence();
	while (frames_sent() == 0)
		after_ms(10);
	out(ACK, SEQ(51241), ACK(1), LEN(1240));
	must(script_status(HERE)->cwnd >= window);
	stat_is(path_probes_lost, 1);
	while (frames_sent() > 0)
		out_any();
	in(ACK, SEQ(1), ACK(53001));
	status_is(mss, 1240);
}

/* They would make it larger than the size that it probes. */
SCRIPT(with_sack_a_probe_carries_no_blocks)
{
	establish_with_sack();
	app_send_n(50000);
	must(through_the_hole(1240, 50001) == 50001);
	after_ms(2 * EPOCH_MS);
	in(ACK, SEQ(101), ACK(50001), LEN(100));
	out(ACK, SEQ(50001), ACK(1), SACK(101, 201));
	app_send_n(1240);
	out(PSH | ACK, SEQ(50001), ACK(1), LEN(1240));
	stat_is(path_probes, 1);
	in(ACK, SEQ(1), ACK(51241), LEN(100));
	out(ACK, SEQ(51241), ACK(201));
	app_got_n(200);
}
