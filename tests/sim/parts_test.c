/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The parts of the simulator that need no stack: chance, streams, frames, links, scenarios. A judge
 * whose own tools are wrong judges nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bottleneck.h"
#include "digest.h"
#include "frame.h"
#include "link.h"
#include "pcap.h"
#include "prng.h"
#include "router.h"
#include "stream.h"
#include "swarm.h"

#define ROUNDS 2000U

static void prng_repeats_and_streams_differ(void **state)
{
	struct prng a, b, c;
	unsigned int i, same = 0;

	(void)state;
	prng_seed(&a, 7, 1);
	prng_seed(&b, 7, 1);
	prng_seed(&c, 7, 2);
	for (i = 0; i < ROUNDS; i++) {
		uint64_t word = prng_u64(&a);

		assert_int_equal(word, prng_u64(&b));
		same += word == prng_u64(&c);
	}
	assert_int_equal(same, 0);
}

static void prng_stays_in_range_and_reaches_both_ends(void **state)
{
	unsigned int i, low = 0, high = 0, often = 0;
	struct prng prng;

	(void)state;
	prng_seed(&prng, 1, 1);
	for (i = 0; i < ROUNDS; i++) {
		uint64_t value = prng_range(&prng, 10, 12);
		uint64_t scale = prng_scale(&prng, 3, 1000);

		assert_in_range(value, 10, 12);
		assert_in_range(scale, 3, 1000);
		low += value == 10;
		high += value == 12;
		often += prng_permille(&prng, 250);
	}
	assert_true(low > ROUNDS / 4 && high > ROUNDS / 4);
	assert_in_range(often, ROUNDS / 5, ROUNDS * 3 / 10);
	assert_false(prng_permille(&prng, 0));
	assert_true(prng_permille(&prng, 1000));
}

static void stream_is_the_same_however_it_is_cut(void **state)
{
	uint8_t whole[1000], part[1000];
	struct prng prng;
	unsigned int i;

	(void)state;
	prng_seed(&prng, 5, 5);
	stream_fill(99, 0, whole, sizeof(whole));
	for (i = 0; i < ROUNDS; i++) {
		size_t from = prng_below(&prng, sizeof(whole));
		size_t size = prng_below(&prng, sizeof(whole) - from + 1);

		stream_fill(99, from, part, size);
		assert_memory_equal(part, whole + from, size);
		assert_int_equal(stream_check(99, from, part, size), size);
		if (size > 0) {
			size_t wrong = prng_below(&prng, size);

			part[wrong] ^= 1;
			assert_int_equal(stream_check(99, from, part, size), wrong);
		}
	}
	assert_true(stream_check(98, 0, whole, sizeof(whole)) < sizeof(whole));
	assert_true(stream_check(99, 1, whole, sizeof(whole)) < sizeof(whole));
}

/* A segment of 11 bytes of text with an MSS option, from 198.18.0.1:5 to 198.18.0.2:80. */
static size_t make_segment(uint8_t *bytes)
{
	static const uint8_t segment[] = {
		0x02, 0,    0,   0,   0,    2,    0x02, 0,   0,   0,   0,    1,    0x08, 0x00,
		0x45, 0,    0,   55,  0,    0,    0x40, 0,   64,  6,   0,    0,    198,  18,
		0,    1,    198, 18,  0,    2,    0,    5,   0,   80,  0xff, 0xff, 0xff, 0xf0,
		1,    2,    3,   4,   0x60, 0x18, 0x10, 0,   0,   0,   0,    0,    2,    4,
		0x05, 0xb4, 'h', 'e', 'l',  'l',  'o',  ' ', 'w', 'o', 'r',  'l',  'd',
	};

	memcpy(bytes, segment, sizeof(segment));
	frame_seal(bytes, sizeof(segment));
	return sizeof(segment);
}

static void frame_reads_what_is_there(void **state)
{
	uint8_t bytes[128];
	size_t size = make_segment(bytes);
	struct frame frame;

	(void)state;
	frame_parse(bytes, size, &frame);
	assert_int_equal(frame.kind, FRAME_TCP);
	assert_int_equal(frame.source, swarm_address(0));
	assert_int_equal(frame.target, swarm_address(1));
	assert_int_equal(frame.source_port, 5);
	assert_int_equal(frame.target_port, 80);
	assert_int_equal(frame.seq, 0xfffffff0U);
	assert_int_equal(frame.ack, 0x01020304U);
	assert_int_equal(frame.flags, FRAME_ACK | FRAME_PSH);
	assert_int_equal(frame.window, 0x1000);
	assert_int_equal(frame.mss, 1460);
	assert_int_equal(frame.window_shift, -1);
	assert_int_equal(frame.text_size, 11);
	assert_memory_equal(frame.text, "hello world", 11);
	/* A checksum worked out by hand keeps parser and sealer from agreeing on a mistake. */
	assert_int_equal(bytes[24] << 8 | bytes[25], 0xae99);
}

static void frame_padding_is_no_text(void **state)
{
	uint8_t bytes[128];
	size_t size = make_segment(bytes);
	struct frame frame;

	(void)state;
	memset(bytes + size, 0xee, 10);
	frame_parse(bytes, size + 10, &frame);
	assert_int_equal(frame.kind, FRAME_TCP);
	assert_int_equal(frame.text_size, 11);
	frame_parse(bytes, size - 1, &frame);
	assert_int_equal(frame.kind, FRAME_BAD);
}

static void frame_notices_every_single_flipped_bit(void **state)
{
	uint8_t bytes[128];
	size_t size = make_segment(bytes), bit;
	struct frame frame;

	(void)state;
	for (bit = FRAME_ETHERNET_BYTES * 8; bit < size * 8; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1U << (bit % 8));
		frame_parse(bytes, size, &frame);
		assert_int_equal(frame.kind, FRAME_BAD);
		bytes[bit / 8] ^= (uint8_t)(1U << (bit % 8));
	}
}

static struct wire_frame take(struct wire *wire)
{
	struct wire_frame frame = wire_take(wire);

	return frame;
}

static void link_without_faults_keeps_time_and_order(void **state)
{
	struct link_params params = { .delay_us = 500 };
	struct link_departure departure = { .from = 0, .to = 1, .quantum_us = 100 };
	uint8_t bytes[128];
	size_t size = make_segment(bytes);
	struct link link;
	struct wire wire;
	unsigned int i;

	(void)state;
	wire_init(&wire);
	link_init(&link, &params, 1, 0);
	for (i = 0; i < ROUNDS; i++) {
		departure.now_us = 1000 + 7 * i;
		bytes[20] = (uint8_t)i;
		link_send(&link, &wire, &departure, bytes, size);
	}
	assert_int_equal(wire.count, ROUNDS);
	for (i = 0; i < ROUNDS; i++) {
		struct wire_frame frame = take(&wire);

		assert_int_equal(frame.due_us, (1500 + 7 * i + 99) / 100 * 100);
		assert_int_equal(frame.bytes[20], (uint8_t)i);
		assert_int_equal(frame.size, size);
		assert_false(frame.damaged);
		free(frame.bytes);
	}
	assert_int_equal(wire_next_us(&wire), UINT64_MAX);
	wire_free(&wire);
}

/* Sends so many frames 10 us apart and counts what arrives. */
static unsigned int pass(struct link *link, bool calm, unsigned int count, unsigned int *damaged,
			 unsigned int *overtaken)
{
	struct link_departure departure = { .from = 0, .to = 1, .quantum_us = 1, .calm = calm };
	uint8_t bytes[128];
	size_t size = make_segment(bytes);
	struct wire wire;
	unsigned int i, arrived = 0;
	uint32_t last = 0;

	wire_init(&wire);
	for (i = 0; i < count; i++) {
		memcpy(bytes + 60, &i, sizeof(i));
		frame_seal(bytes, size);
		departure.now_us = 10 * i;
		link_send(link, &wire, &departure, bytes, size);
	}
	*damaged = *overtaken = 0;
	while (wire.count > 0) {
		struct wire_frame frame = wire_take(&wire);
		struct frame parsed;
		uint32_t number;

		arrived++;
		frame_parse(frame.bytes, frame.size, &parsed);
		/* Damaged is exactly what a checksum can tell. */
		assert_int_equal(frame.damaged, parsed.kind == FRAME_BAD);
		memcpy(&number, frame.bytes + 60, sizeof(number));
		if (frame.damaged)
			(*damaged)++;
		else if (number < last)
			(*overtaken)++;
		else
			last = number;
		free(frame.bytes);
	}
	wire_free(&wire);
	return arrived;
}

static void link_faults_come_as_often_as_asked(void **state)
{
	struct link_params params = {
		.delay_us = 100,
		.loss = 100,
		.duplicate = 50,
		.corrupt = 100,
		.reorder = 100,
		.reorder_us = 1000,
		.in_order = true,
	};
	unsigned int arrived, damaged, overtaken;
	struct link link;

	(void)state;
	link_init(&link, &params, 3, 0);
	arrived = pass(&link, false, 10000, &damaged, &overtaken);
	assert_in_range(link.lost, 900, 1100);
	assert_in_range(link.duplicated, 360, 540);
	assert_int_equal(arrived, 10000 - link.lost + link.duplicated);
	assert_in_range(damaged, 800, 1100);
	assert_int_equal(damaged, link.corrupted);
	assert_in_range(overtaken, 600, 1200);
	/* And none of them once the faults are over. */
	arrived = pass(&link, true, 1000, &damaged, &overtaken);
	assert_int_equal(arrived, 1000);
	assert_int_equal(damaged, 0);
	assert_int_equal(overtaken, 0);
}

/* 1,538 bytes at 10 Gbit/s take 1,230.4 ns: nothing of it may be lost by rounding. */
static void bottleneck_keeps_its_rate_to_the_picosecond(void **state)
{
	struct bottleneck_params params = { .bits_per_second = 10000000000ULL,
					    .queue_bytes = 20000000 };
	uint64_t now_us = (1ULL << 45) + 7, out_us;
	struct bottleneck bottleneck;
	unsigned int i;

	(void)state;
	bottleneck_init(&bottleneck, &params);
	for (i = 0; i < 10000; i++) {
		assert_int_equal(bottleneck_pass(&bottleneck, now_us, 1538, &out_us),
				 BOTTLENECK_PASSES);
		assert_int_equal(out_us, now_us + ((i + 1) * 12304ULL + 9999) / 10000);
	}
	assert_int_equal(bottleneck_waiting(&bottleneck, now_us), 15380000);
	assert_int_equal(bottleneck_waiting(&bottleneck, now_us + 6152), 7690000);
	assert_int_equal(bottleneck_waiting(&bottleneck, out_us), 0);
	/* After a pause it begins anew. */
	assert_int_equal(bottleneck_pass(&bottleneck, out_us + 5, 1538, &out_us),
			 BOTTLENECK_PASSES);
	assert_int_equal(out_us, now_us + 12304 + 5 + 2);
}

static void bottleneck_marks_before_it_drops(void **state)
{
	struct bottleneck_params params = { .bits_per_second = 8000000,
					    .queue_bytes = 5000,
					    .mark_bytes = 2000 };
	enum bottleneck_verdict verdict;
	struct bottleneck bottleneck;
	uint64_t out_us;
	unsigned int i;

	(void)state;
	bottleneck_init(&bottleneck, &params);
	for (i = 0; i < 10; i++) {
		verdict = bottleneck_pass(&bottleneck, 0, 1000, &out_us);
		assert_int_equal(verdict, i < 3   ? BOTTLENECK_PASSES
					  : i < 6 ? BOTTLENECK_MARKS
						  : BOTTLENECK_DROPS);
	}
	assert_int_equal(bottleneck.marked, 3);
	assert_int_equal(bottleneck.dropped, 4);
	params.bits_per_second = 0;
	bottleneck_init(&bottleneck, &params);
	for (i = 0; i < 100; i++) {
		assert_int_equal(bottleneck_pass(&bottleneck, 3, 1000, &out_us), BOTTLENECK_PASSES);
		assert_int_equal(out_us, 3);
	}
}

static void link_bottleneck_paces_and_overflows(void **state)
{
	struct link_params params = { .bytes_per_second = 1000000, .queue_bytes = 10000 };
	struct link_departure departure = { .from = 0, .to = 1, .quantum_us = 1 };
	uint8_t bytes[1000] = { 0 };
	struct wire_frame frame;
	struct wire wire;
	struct link link;
	unsigned int i;

	(void)state;
	wire_init(&wire);
	link_init(&link, &params, 4, 0);
	for (i = 0; i < 100; i++)
		link_send(&link, &wire, &departure, bytes, sizeof(bytes));
	/* What waits, and the one that is just being sent. */
	assert_int_equal(wire.count, 11);
	assert_int_equal(link.queued_out, 89);
	for (i = 1; wire.count > 0; i++) {
		frame = wire_take(&wire);
		assert_int_equal(frame.due_us, 1000 * i);
		assert_true(frame.due_us <= link_lifetime_us(&params));
		free(frame.bytes);
	}
	wire_free(&wire);
}

/* A frame that is too big for the link falls silently, or its sender is to be told. */
static void link_hole_swallows_what_is_larger(void **state)
{
	struct link_params params = { .hole = 54 };
	struct link_departure departure = { .from = 0, .to = 1, .quantum_us = 1 };
	uint8_t bytes[128];
	size_t size = make_segment(bytes); /* a packet of 55 bytes */
	struct wire wire;
	struct link link;

	(void)state;
	wire_init(&wire);
	link_init(&link, &params, 5, 0);
	assert_true(link_send(&link, &wire, &departure, bytes, size));
	assert_int_equal(wire.count, 0);
	assert_int_equal(link.too_big, 1);
	link.params.hole_tells = true;
	assert_false(link_send(&link, &wire, &departure, bytes, size));
	link.params.hole = 55;
	assert_true(link_send(&link, &wire, &departure, bytes, size));
	assert_int_equal(wire.count, 1);
	/* When the faults are over the hole closes, unless it is to stay. */
	link.params.hole = 54;
	departure.calm = true;
	assert_true(link_send(&link, &wire, &departure, bytes, size));
	assert_int_equal(wire.count, 2);
	link.params.hole_stays = true;
	assert_false(link_send(&link, &wire, &departure, bytes, size));
	wire_free(&wire);
}

static void router_marks_only_who_understands(void **state)
{
	uint8_t bytes[128];
	size_t size = make_segment(bytes);
	struct frame frame;

	(void)state;
	assert_false(router_mark(bytes, size));
	assert_false(router_bleach(bytes, size));
	bytes[15] |= FRAME_ECT0;
	frame_seal(bytes, size);
	assert_true(router_mark(bytes, size));
	frame_parse(bytes, size, &frame);
	assert_int_equal(frame.kind, FRAME_TCP);
	assert_int_equal(frame.ecn, FRAME_CE);
	assert_true(router_bleach(bytes, size));
	frame_parse(bytes, size, &frame);
	assert_int_equal(frame.kind, FRAME_TCP);
	assert_int_equal(frame.ecn, FRAME_NOT_ECT);
}

static void router_says_what_is_too_big(void **state)
{
	uint8_t bytes[128], answer[ROUTER_TOO_BIG_BYTES];
	size_t size = make_segment(bytes);
	struct frame frame;

	(void)state;
	assert_int_equal(router_packet_bytes(bytes, size), 55);
	router_too_big(bytes, 600, SWARM_ROUTER, answer);
	frame_parse(answer, sizeof(answer), &frame);
	assert_int_equal(frame.kind, FRAME_OTHER);
	assert_int_equal(frame.source, SWARM_ROUTER);
	assert_int_equal(frame.target, swarm_address(0));
	assert_memory_equal(answer, bytes + 6, 6);
	assert_int_equal(answer[34], 3);
	assert_int_equal(answer[35], 4);
	assert_int_equal(answer[40] << 8 | answer[41], 600);
	assert_memory_equal(answer + 42, bytes + 14, 28);
	/* A sum over what holds its own checksum is zero (RFC 1071). */
	assert_int_equal(frame_sum(answer + 34, sizeof(answer) - 34), 0);
}

/* Timestamps and two SACK blocks, as a real stack sends them: NOP NOP TS NOP NOP SACK. */
static void frame_reads_options(void **state)
{
	static const uint8_t options[] = { 1, 1, 8, 10, 0, 0, 1, 0, 0, 0, 2, 0,  1, 1, 5, 18,
					   0, 0, 0, 5,  0, 0, 0, 9, 0, 0, 0, 20, 0, 0, 0, 30 };
	uint8_t bytes[128] = { 0 };
	struct frame frame;

	(void)state;
	make_segment(bytes);
	memcpy(bytes + 54, options, sizeof(options));
	bytes[17] = 40 + sizeof(options);
	bytes[46] = (5 + sizeof(options) / 4) << 4;
	frame_seal(bytes, 54 + sizeof(options));
	frame_parse(bytes, 54 + sizeof(options), &frame);
	assert_int_equal(frame.kind, FRAME_TCP);
	assert_true(frame.stamped);
	assert_int_equal(frame.tsval, 256);
	assert_int_equal(frame.tsecr, 512);
	assert_int_equal(frame.sack_count, 2);
	assert_int_equal(frame.sacks[0].from, 5);
	assert_int_equal(frame.sacks[0].to, 9);
	assert_int_equal(frame.sacks[1].from, 20);
	assert_int_equal(frame.sacks[1].to, 30);
	/* A length that leads out of its option list is no stack's. */
	bytes[54 + 15] = 19;
	frame_seal(bytes, 54 + sizeof(options));
	frame_parse(bytes, 54 + sizeof(options), &frame);
	assert_true(frame.options_fault);
}

static void pcap_is_one_that_others_read(void **state)
{
	char path[] = "/tmp/sim-pcap-XXXXXX";
	uint8_t bytes[128], file[512];
	size_t size = make_segment(bytes), length;
	uint32_t words[4];
	struct pcap pcap;
	FILE *in;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(pcap_open(&pcap, path), 0);
	pcap_write(&pcap, 3000007, bytes, size);
	assert_int_equal(pcap_close(&pcap), 0);
	in = fopen(path, "rb");
	assert_non_null(in);
	length = fread(file, 1, sizeof(file), in);
	fclose(in);
	unlink(path);
	assert_int_equal(length, 24 + 16 + size);
	memcpy(words, file + 24, sizeof(words));
	assert_int_equal(words[0], 3);
	assert_int_equal(words[1], 7);
	assert_int_equal(words[2], size);
	assert_memory_equal(file + 40, bytes, size);
	assert_true(pcap_open(&pcap, "/nonexistent/file") < 0);
}

static bool begins(const struct swarm_side *side)
{
	return side->end != END_PEER && side->end != CLOSE_PEER;
}

static void swarm_scenarios_can_end(void **state)
{
	unsigned int clean = 0, sessions = 0, chains = 0, i, j;
	uint64_t seed;

	(void)state;
	for (seed = 0; seed < ROUNDS; seed++) {
		struct scenario scenario;

		swarm_draw(seed, &scenario);
		assert_in_range(scenario.host_count, 2, HOSTS_MAX);
		assert_in_range(scenario.session_count - scenario.rogue_count, 1, SESSIONS_DRAWN);
		for (i = 0; i < swarm_ends(&scenario); i++) {
			for (j = 0; j < swarm_ends(&scenario); j++)
				assert_true(i == j || link_lifetime_us(&scenario.links[i][j]) <
							      scenario.msl_us);
		}
		for (i = 0; i < scenario.session_count; i++) {
			const struct swarm_session *session = &scenario.sessions[i];

			assert_int_not_equal(session->side[0].host, session->side[1].host);
			assert_true(session->side[0].host < swarm_ends(&scenario));
			/* A rogue has a host of its own, and nobody else lives there. */
			for (j = 0; j < 2; j++)
				assert_int_equal(session->side[j].host == scenario.host_count,
						 session->rogue == (int)j);
			assert_true(begins(&session->side[0]) || begins(&session->side[1]));
			assert_true(session->after < (int)i);
			clean += swarm_clean(&scenario, session);
			chains += session->after >= 0;
			sessions++;
		}
	}
	/* Most of what is drawn must be judged strictly, or the strict oracles are idle. */
	assert_true(clean > sessions / 3);
	assert_true(chains > ROUNDS / 50);
}

static void swarm_is_a_function_of_the_seed(void **state)
{
	struct scenario a, b;

	(void)state;
	swarm_draw(42, &a);
	swarm_draw(42, &b);
	assert_memory_equal(&a, &b, sizeof(a));
	swarm_draw(43, &b);
	assert_memory_not_equal(&a, &b, sizeof(a));
}

static void digest_depends_on_every_byte_and_its_place(void **state)
{
	struct digest a = { 0 }, b = { 0 };

	(void)state;
	digest_bytes(&a, "abcdefghij", 10);
	digest_bytes(&b, "abcdefghji", 10);
	assert_true(a.value != b.value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prng_repeats_and_streams_differ),
		cmocka_unit_test(prng_stays_in_range_and_reaches_both_ends),
		cmocka_unit_test(stream_is_the_same_however_it_is_cut),
		cmocka_unit_test(frame_reads_what_is_there),
		cmocka_unit_test(frame_padding_is_no_text),
		cmocka_unit_test(frame_notices_every_single_flipped_bit),
		cmocka_unit_test(link_without_faults_keeps_time_and_order),
		cmocka_unit_test(link_faults_come_as_often_as_asked),
		cmocka_unit_test(bottleneck_keeps_its_rate_to_the_picosecond),
		cmocka_unit_test(bottleneck_marks_before_it_drops),
		cmocka_unit_test(link_bottleneck_paces_and_overflows),
		cmocka_unit_test(link_hole_swallows_what_is_larger),
		cmocka_unit_test(router_marks_only_who_understands),
		cmocka_unit_test(router_says_what_is_too_big),
		cmocka_unit_test(frame_reads_options),
		cmocka_unit_test(pcap_is_one_that_others_read),
		cmocka_unit_test(swarm_scenarios_can_end),
		cmocka_unit_test(swarm_is_a_function_of_the_seed),
		cmocka_unit_test(digest_depends_on_every_byte_and_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
