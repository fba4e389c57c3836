/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Buffers that grow with the path: the receive buffer from what comes in a round trip (up to
 * receive_buffer_max), the send buffer from the congestion window (up to send_buffer_max).
 */
#include "bulk.h"

#define RTT_MS 20
#define START 65536U
#define MOST 1048576U
#define GRAIN 32U /**< of windows that can say MOST */

/** Windows that the stack offered, and how far the peer's text has come. */
struct peer_stream {
	uint32_t seq;
	uint32_t window;
};

/** Handshake over a path of 20 ms: ours is the SYN-ACK's and the first segment's round trip. */
static struct peer_stream shaken(void)
{
	in(SYN, SEQ(0), MSS(1460), WS(0));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), WS(5), WIN(START - GRAIN));
	after_ms(RTT_MS);
	in(ACK, SEQ(1), ACK(1));
	accepted();
	status_is(srtt_us, RTT_MS * 1000);
	return (struct peer_stream){ .seq = 1 };
}

static struct peer_stream tuned(void)
{
	configure(mbufs, 8192);
	listen_with(80, options->window_scaling = true, options->receive_buffer = START,
		    options->receive_buffer_max = MOST);
	return shaken();
}

static void take_acks(struct peer_stream *stream)
{
	while (frames_sent() > 0)
		stream->window = out_any().window * GRAIN;
}

/** So many full segments of the peer at once; then the round trip passes. */
static void round_trip(struct peer_stream *stream, uint32_t segments)
{
	for (uint32_t i = 0; i < segments; i++) {
		in(ACK, SEQ(stream->seq), ACK(1), LEN(1460));
		stream->seq += 1460;
		take_acks(stream);
	}
	app_got_n(segments * 1460);
	after_ms(RTT_MS);
	while (frames_sent() > 0)
		stream->window = out_any().window * GRAIN;
}

/* ---- receive buffer ---- */

/** At the end of each round trip the window holds at least twice what the next one will bring. */
SCRIPT(window_grows_ahead_of_slow_start)
{
	struct peer_stream stream = tuned();

	round_trip(&stream, 10);
	must(stream.window == START);
	round_trip(&stream, 20);
	must(stream.window == 2 * START);
	round_trip(&stream, 40);
	must(stream.window == 4 * START);
	round_trip(&stream, 80);
	must(stream.window == 8 * START);
	round_trip(&stream, 160);
	must(stream.window == 16 * START && stream.window == MOST);
	round_trip(&stream, 320);
	must(stream.window == MOST);
}

static void skip_all(struct la_worker *worker, struct la_conn conn, void *data)
{
	(void)data;
	while (la_recv_skip(worker, conn, la_recv_ready(worker, conn)) > 0)
		continue;
}

/** Text that nobody looks at is read, too. */
SCRIPT(window_grows_for_who_skips)
{
	static const struct la_service skipper = { .name = "skipper", .data = skip_all };
	const struct la_endpoint local = { la_addr_from_ipv4(IP(192, 0, 2, 1)), 81 };
	struct la_tcp_options *options = script_options();
	struct peer_stream stream = { .seq = 1 };

	configure(mbufs, 8192);
	silence();
	options->window_scaling = true;
	options->receive_buffer = START;
	options->receive_buffer_max = MOST;
	must(la_listen(script_stack(), &local, &skipper, NULL, options, NULL) >= 0);
	our_port(81);
	in(SYN, SEQ(0), MSS(1460), WS(0));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), WS(5), WIN(START - GRAIN));
	after_ms(RTT_MS);
	in(ACK, SEQ(1), ACK(1));
	for (unsigned int segments = 10; segments <= 160; segments *= 2) {
		for (unsigned int i = 0; i < segments; i++, stream.seq += 1460) {
			in(ACK, SEQ(stream.seq), ACK(1), LEN(1460));
			take_acks(&stream);
		}
		after_ms(RTT_MS);
		take_acks(&stream);
	}
	must(stream.window == MOST);
}

/** What is seen of a round trip is enough: nobody waits for the end of it. */
SCRIPT(window_grows_within_the_round_trip)
{
	struct peer_stream stream = tuned();

	for (uint32_t i = 0; i < 12; i++) {
		in(ACK, SEQ(stream.seq), ACK(1), LEN(1460));
		stream.seq += 1460;
		take_acks(&stream);
	}
	app_got_n(12 * 1460);
	/* Twelve are 17,520 bytes: four times that is more than 65,536. */
	must(stream.window == 2 * START);
}

/** So it is where the next answer would have left the right edge where it was. */
SCRIPT(window_grows_while_each_piece_is_answered)
{
	uint32_t seq = 1, window = 0;

	configure(mbufs, 8192);
	listen_with(80, options->sack = options->window_scaling = true,
		    options->receive_buffer = START, options->receive_buffer_max = MOST);
	in(SYN, SEQ(0), MSS(1460), WS(0), SACK_PERMITTED);
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), WS(5), WIN(START - GRAIN), SACK_PERMITTED);
	after_ms(RTT_MS);
	in(ACK, SEQ(1), ACK(1));
	accepted();
	app_echoes();
	for (uint32_t i = 0; i < 17; i++) {
		must(window <= START);
		in(ACK | PSH, SEQ(seq), ACK(seq), LEN(1000));
		seq += 1000;
		window = out_any().window * GRAIN;
	}
	stat_is(short_cuts_out, 17);
	/* Four times 17,000 bytes is more than 65,536. */
	must(window == 2 * START);
}

SCRIPT(window_of_a_steady_sender_stays)
{
	struct peer_stream stream = tuned();

	for (unsigned int i = 0; i < 20; i++)
		round_trip(&stream, 11);
	must(stream.window == START);
}

SCRIPT(window_never_shrinks)
{
	struct peer_stream stream = tuned();

	round_trip(&stream, 40);
	must(stream.window == 4 * START);
	after_ms(RTT_MS);
	take_acks(&stream);
	after_ms(100000);
	round_trip(&stream, 2);
	must(stream.window == 4 * START);
}

SCRIPT(window_of_a_service_that_does_not_read_stays)
{
	struct peer_stream stream = tuned();

	app_leaves_unread();
	for (uint32_t i = 0; i < 44; i++) {
		in(ACK, SEQ(stream.seq), ACK(1), LEN(1460));
		stream.seq += 1460;
		take_acks(&stream);
	}
	after_ms(40);
	take_acks(&stream);
	/* 1,296 bytes, and they can be said in units of 32. */
	must(stream.window == (START - 44 * 1460) / GRAIN * GRAIN);
	/* Reading a little is not keeping up; reading all is. */
	app_reads_n(2920);
	take_acks(&stream);
	must(stream.window == (START - 42 * 1460) / GRAIN * GRAIN);
	app_reads_n(42 * 1460);
	take_acks(&stream);
	must(stream.window == 4 * START);
}

SCRIPT(window_does_not_grow_without_a_maximum)
{
	struct peer_stream stream;

	configure(mbufs, 8192);
	listen_with(80, options->window_scaling = true, options->receive_buffer = MOST);
	in(SYN, SEQ(0), MSS(1460), WS(0));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), WS(5), WIN(65504));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	stream = (struct peer_stream){ .seq = 1 };
	round_trip(&stream, 700);
	must(stream.window == MOST);
}

SCRIPT(window_does_not_grow_where_the_peer_does_not_scale)
{
	configure(mbufs, 8192);
	listen_with(80, options->window_scaling = true, options->receive_buffer = START,
		    options->receive_buffer_max = MOST);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), WIN(65535));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	for (uint32_t i = 0; i < 40; i += 2) {
		in(ACK, SEQ(1 + i * 1460), ACK(1), LEN(1460));
		in(ACK, SEQ(1 + (i + 1) * 1460), ACK(1), LEN(1460));
		app_got_n(2920);
		out(ACK, SEQ(1), ACK(1 + (i + 2) * 1460), WIN(65535));
	}
}

/** One connection alone is promised a quarter of what the free packet buffers hold, a KiB each. */
SCRIPT(window_grows_no_further_than_packet_buffers_go)
{
	struct peer_stream stream;

	configure(mbufs, 1024);
	listen_with(80, options->window_scaling = true, options->receive_buffer = START,
		    options->receive_buffer_max = MOST);
	stream = shaken();
	round_trip(&stream, 10);
	round_trip(&stream, 20);
	round_trip(&stream, 40);
	round_trip(&stream, 80);
	round_trip(&stream, 160);
	must(stream.window == 2 * START);
}

/** Text that waited beyond a gap did not come in the round trip in which the gap was closed. */
SCRIPT(text_that_waited_beyond_a_gap_does_not_count)
{
	struct peer_stream stream = tuned();

	round_trip(&stream, 10);
	for (uint32_t i = 1; i < 11; i++) {
		in(ACK, SEQ(stream.seq + 1460 * i), ACK(1), LEN(1460));
		take_acks(&stream);
	}
	after_ms(RTT_MS);
	for (uint32_t i = 11; i < 21; i++) {
		in(ACK, SEQ(stream.seq + 1460 * i), ACK(1), LEN(1460));
		take_acks(&stream);
	}
	in(ACK, SEQ(stream.seq), ACK(1), LEN(1460));
	take_acks(&stream);
	app_got_n(21 * 1460);
	must(stream.window == START);
}

/** The SYN-ACK was sent twice, so no round trip was measured: a tenth of a second is taken. */
SCRIPT(window_grows_without_a_measured_round_trip)
{
	struct peer_stream stream = { .seq = 1 };

	configure(mbufs, 8192);
	listen_with(80, options->window_scaling = true, options->receive_buffer = START,
		    options->receive_buffer_max = MOST);
	in(SYN, SEQ(0), MSS(1460), WS(0));
	out(SYN | ACK, SEQ(0), ACK(1), MSS(1460), WS(5), WIN(START - GRAIN));
	out_after_ms(1000, SYN | ACK, SEQ(0), ACK(1), MSS(1460), WS(5), WIN(START - GRAIN));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	status_is(srtt_us, 0);
	round_trip(&stream, 5);
	round_trip(&stream, 5);
	must(stream.window == START);
	round_trip(&stream, 5);
	must(stream.window == 2 * START);
}

/* ---- send buffer ---- */

static void sender(void)
{
	configure(mbufs, 8192);
	listen_with(80, options->send_buffer = 20000, options->send_buffer_max = 60000,
		    options->no_delay = true);
	in(SYN, SEQ(0), MSS(1000));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
}

/** Twice the congestion window, so that the service can fill the one behind the other. */
SCRIPT(send_buffer_is_twice_the_congestion_window)
{
	sender();
	status_is(cwnd, 10000);
	must(app_try_send_n(100000) == 20000);
	while (frames_sent() > 0)
		out_any();
	in(ACK, SEQ(1), ACK(10001));
	while (frames_sent() > 0)
		out_any();
	must(script_status(HERE)->cwnd > 10000);
	/* Queued are 10,000 that were not acknowledged. */
	must(app_try_send_n(100000) == 2 * script_status(HERE)->cwnd - 10000);
	while (frames_sent() > 0)
		out_any();
}

SCRIPT(send_buffer_grows_to_its_maximum_and_no_further)
{
	uint32_t acked = 0, sent = 0;

	sender();
	for (unsigned int i = 0; i < 40; i++) {
		sent += (uint32_t)app_try_send_n(100000);
		while (frames_sent() > 0)
			out_any();
		acked = script_status(HERE)->snd_nxt - our_seq(1);
		in(ACK, SEQ(1), ACK(1 + acked));
		while (frames_sent() > 0)
			out_any();
	}
	must(script_status(HERE)->cwnd > 30000);
	acked = sent;
	in(ACK, SEQ(1), ACK(1 + acked));
	must(app_try_send_n(100000) == 60000);
	while (frames_sent() > 0)
		out_any();
}
