/* SPDX-License-Identifier: BSD-3-Clause */
#include "frames.h"

#include "wire/tcp_header.h"

static void verdict_is(const struct rte_mbuf *mbuf, const void *expected)
{
	struct tcp_header header;

	assert_int_equal(tcp_header_parse(mbuf, 0, rte_pktmbuf_pkt_len(mbuf), &header),
			 *(const enum verdict *)expected);
}

static void expect(struct bytes bytes, enum verdict verdict)
{
	frame_in_all_shapes(&bytes, verdict_is, &verdict);
}

static void header_is(const struct rte_mbuf *mbuf, const void *expected)
{
	const struct tcp_header *want = expected;
	struct tcp_header got;

	assert_int_equal(tcp_header_parse(mbuf, 0, rte_pktmbuf_pkt_len(mbuf), &got),
			 VERDICT_CONTINUE);
	assert_int_equal(got.src_port, want->src_port);
	assert_int_equal(got.dst_port, want->dst_port);
	assert_int_equal(got.seq, want->seq);
	assert_int_equal(got.ack, want->ack);
	assert_int_equal(got.window, want->window);
	assert_int_equal(got.urgent, want->urgent);
	assert_int_equal(got.flags, want->flags);
	assert_int_equal(got.length, want->length);
}

static struct bytes known(void)
{
	return BYTES(0x00, 0x50, 0xc0, 0x01, 1, 2, 3, 4, 5, 6, 7, 8, 0x50, 0x3a, 0xfe, 0xdc, 0, 0,
		     0x12, 0x34);
}

static void known_header_is_parsed(void **state)
{
	struct bytes bytes = known();
	struct tcp_header want = { 80, 0xc001, 0x01020304, 0x05060708, 0xfedc, 0x1234, 0x3a, 20 };
	uint8_t emitted[20];

	frame_in_all_shapes(&bytes, header_is, &want);
	assert_int_equal(tcp_header_emit(emitted, &want, NULL), 20);
	assert_memory_equal(emitted, bytes.at, 20);
}

static void every_flag_has_its_bit(void **state)
{
	struct bytes bytes = known();
	struct tcp_header want = { 80, 0xc001, 0x01020304, 0x05060708, 0xfedc, 0x1234, 0, 20 };

	for (unsigned int flags = 0; flags < 256; flags++) {
		bytes.at[13] = (uint8_t)flags;
		want.flags = (uint8_t)flags;
		frame_in_all_shapes(&bytes, header_is, &want);
	}
}

static void tcp_short(void **state)
{
	struct bytes bytes = known();
	struct tcp_header header;
	struct rte_mbuf *mbuf = frame_whole(bytes.at, bytes.size);

	for (uint32_t length = 0; length < 20; length++)
		assert_int_equal(tcp_header_parse(mbuf, 0, length, &header), DROP_tcp_short);
	assert_int_equal(tcp_header_parse(mbuf, 1, 20, &header), DROP_tcp_short);
	rte_pktmbuf_free(mbuf);
	for (bytes.size = 0; bytes.size < 20; bytes.size++)
		expect(bytes, DROP_tcp_short);
}

static void tcp_offset(void **state)
{
	for (unsigned int words = 0; words < 16; words++) {
		for (uint32_t size = 20; size <= 64; size++) {
			bool sound = words >= 5 && words * 4 <= size;
			struct bytes bytes = known();

			bytes.at[12] = (uint8_t)(words << 4);
			bytes.size = size;
			expect(bytes, sound ? VERDICT_CONTINUE : DROP_tcp_offset);
		}
	}
}

/* The segment's length counts, not what the frame holds behind it. */
static void tcp_offset_past_the_segment(void **state)
{
	struct bytes bytes = known();
	struct tcp_header header;
	struct rte_mbuf *mbuf;

	bytes.at[12] = 0x60;
	mbuf = frame_whole(bytes.at, 60);
	assert_int_equal(tcp_header_parse(mbuf, 0, 23, &header), DROP_tcp_offset);
	assert_int_equal(tcp_header_parse(mbuf, 0, 24, &header), VERDICT_CONTINUE);
	rte_pktmbuf_free(mbuf);
}

static void emitted_is_parsed(void **state)
{
	struct random_stream random = frames_random(5);

	for (unsigned int i = 0; i < 300; i++) {
		struct bytes bytes = { .size = 20 + random_below(&random, 60) };
		struct tcp_header want;

		random_fill(&random, &want, sizeof(want));
		want.length = 20;
		assert_int_equal(tcp_header_emit(bytes.at, &want, NULL), 20);
		assert_int_equal(bytes.at[16] | bytes.at[17], 0);
		frame_in_all_shapes(&bytes, header_is, &want);
	}
}

int run_tcp_header(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_header_is_parsed),
		cmocka_unit_test(every_flag_has_its_bit),
		cmocka_unit_test(tcp_short),
		cmocka_unit_test(tcp_offset),
		cmocka_unit_test(tcp_offset_past_the_segment),
		cmocka_unit_test(emitted_is_parsed),
	};

	return cmocka_run_group_tests_name("tcp_header", tests, NULL, NULL);
}
