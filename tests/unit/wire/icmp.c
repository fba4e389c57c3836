/* SPDX-License-Identifier: BSD-3-Clause */
#include "frames.h"

#include "wire/checksum.h"
#include "wire/icmp.h"

/* "Port unreachable" about a TCP segment of ours, cut behind the first 64 bits of the segment. */
#define QUOTED_HEADER \
	0x45, 0, 0x05, 0xdc, 0x12, 0x34, 0x40, 0, 63, 6, 0xde, 0xad, 198, 18, 0, 1, 198, 18, 0, 2
#define QUOTED_TEXT 0x00, 0x50, 0xc0, 0x01, 0x89, 0xab, 0xcd, 0xef
#define ERROR 3, 3, 0, 0, 0, 0, 0, 0, QUOTED_HEADER, QUOTED_TEXT

static const struct icmp_quote quote = {
	.src = 0xc6120001,
	.dst = 0xc6120002,
	.protocol = 6,
	.total_length = 1500,
	.src_port = 80,
	.dst_port = 0xc001,
	.seq = 0x89abcdef,
};

static struct bytes seal(struct bytes bytes)
{
	uint16_t checksum;

	put_16(bytes.at + 2, 0);
	checksum = checksum_bytes(bytes.at, bytes.size);
	memcpy(bytes.at + 2, &checksum, sizeof(checksum));
	return bytes;
}

static void verdict_is(const struct rte_mbuf *mbuf, const void *expected)
{
	struct icmp_message message;

	assert_int_equal(icmp_parse(mbuf, 0, rte_pktmbuf_pkt_len(mbuf), &message),
			 *(const enum verdict *)expected);
}

static void expect(struct bytes bytes, enum verdict verdict)
{
	frame_in_all_shapes(&bytes, verdict_is, &verdict);
}

static void quote_verdict_is(const struct rte_mbuf *mbuf, const void *expected)
{
	struct icmp_quote got;

	assert_int_equal(icmp_quote_parse(mbuf, 0, rte_pktmbuf_pkt_len(mbuf), &got),
			 *(const enum verdict *)expected);
}

static void expect_quote(struct bytes bytes, enum verdict verdict)
{
	frame_in_all_shapes(&bytes, quote_verdict_is, &verdict);
}

static void message_is(const struct rte_mbuf *mbuf, const void *expected)
{
	const struct icmp_message *want = expected;
	struct icmp_message got;

	assert_int_equal(icmp_parse(mbuf, 0, rte_pktmbuf_pkt_len(mbuf), &got), VERDICT_CONTINUE);
	assert_int_equal(got.type, want->type);
	assert_int_equal(got.code, want->code);
	assert_int_equal(got.rest, want->rest);
}

static void quote_is(const struct rte_mbuf *mbuf, const void *expected)
{
	const struct icmp_quote *want = expected;
	struct icmp_quote got;

	assert_int_equal(icmp_quote_parse(mbuf, 0, rte_pktmbuf_pkt_len(mbuf), &got),
			 VERDICT_CONTINUE);
	assert_int_equal(got.src, want->src);
	assert_int_equal(got.dst, want->dst);
	assert_int_equal(got.protocol, want->protocol);
	assert_int_equal(got.total_length, want->total_length);
	assert_int_equal(got.src_port, want->src_port);
	assert_int_equal(got.dst_port, want->dst_port);
	assert_int_equal(got.seq, want->seq);
}

static void icmp_short(void **state)
{
	struct bytes bytes = seal(BYTES(8, 0, 0, 0, 0, 1, 0, 2));
	struct icmp_message message;
	struct rte_mbuf *mbuf;

	for (bytes.size = 0; bytes.size < ICMP_HEADER_BYTES; bytes.size++)
		expect(bytes, DROP_icmp_short);
	mbuf = frame_whole(bytes.at, 8);
	for (uint32_t length = 0; length < ICMP_HEADER_BYTES; length++)
		assert_int_equal(icmp_parse(mbuf, 0, length, &message), DROP_icmp_short);
	assert_int_equal(icmp_parse(mbuf, 0, 9, &message), DROP_icmp_short);
	assert_int_equal(icmp_parse(mbuf, 0, UINT32_MAX, &message), DROP_icmp_short);
	rte_pktmbuf_free(mbuf);
}

static void icmp_checksum(void **state)
{
	struct bytes sealed = seal(BYTES(8, 0, 0, 0, 0, 1, 0, 2, 'o', 'd', 'd'));

	expect(sealed, VERDICT_CONTINUE);
	for (unsigned int bit = 0; bit < sealed.size * 8; bit++) {
		struct bytes bytes = sealed;

		bytes.at[bit / 8] ^= (uint8_t)(1U << bit % 8);
		expect(bytes, DROP_icmp_checksum);
	}
	expect(BYTES(0, 0, 0, 0, 0, 0, 0, 0), DROP_icmp_checksum);
	expect(BYTES(0, 0, 0xff, 0xff, 0, 0, 0, 0), VERDICT_CONTINUE);
}

/* Bytes behind the message (Ethernet's padding) are no part of it. */
static void padding_is_no_message(void **state)
{
	struct bytes bytes = seal(BYTES(8, 0, 0, 0, 0, 1, 0, 2));
	struct icmp_message message;
	struct rte_mbuf *mbuf;

	bytes.at[10] = 0xff;
	mbuf = frame_whole(bytes.at, 26);
	assert_int_equal(icmp_parse(mbuf, 0, 8, &message), VERDICT_CONTINUE);
	assert_int_equal(icmp_parse(mbuf, 0, 26, &message), DROP_icmp_checksum);
	rte_pktmbuf_free(mbuf);
}

static void quote_is_parsed(void **state)
{
	struct bytes bytes = BYTES(ERROR);

	frame_in_all_shapes(&bytes, quote_is, &quote);
	expect(seal(bytes), VERDICT_CONTINUE);
}

static void quote_behind_options_is_parsed(void **state)
{
	struct bytes bytes = BYTES(3, 3, 0, 0, 0, 0, 0, 0, QUOTED_HEADER, 1, 1, 1, 0, QUOTED_TEXT);

	bytes.at[8] = 0x46;
	frame_in_all_shapes(&bytes, quote_is, &quote);
	bytes.size--;
	expect_quote(bytes, DROP_icmp_quote);
}

static void icmp_quote(void **state)
{
	struct bytes bytes = BYTES(ERROR);

	for (bytes.size = 0; bytes.size < 36; bytes.size++)
		expect_quote(bytes, DROP_icmp_quote);
	bytes.size = 36;
	bytes.at[8] = 0x65;
	expect_quote(bytes, DROP_icmp_quote);
	for (unsigned int words = 0; words < 16; words++) {
		bytes.at[8] = (uint8_t)(0x40 | words);
		expect_quote(bytes, words == 5 ? VERDICT_CONTINUE : DROP_icmp_quote);
	}
}

static void icmp_quote_of_a_later_fragment(void **state)
{
	struct bytes bytes = BYTES(ERROR);

	bytes.at[15] = 1;
	expect_quote(bytes, DROP_icmp_quote);
	bytes.at[15] = 0;
	bytes.at[14] = 0x20; /* more fragments, offset 0: the ports are there */
	expect_quote(bytes, VERDICT_CONTINUE);
	bytes.at[14] = 0x10;
	expect_quote(bytes, DROP_icmp_quote);
}

static void icmp_quote_of_too_little(void **state)
{
	struct bytes bytes = BYTES(ERROR);

	put_16(bytes.at + 10, 27);
	expect_quote(bytes, DROP_icmp_quote);
	put_16(bytes.at + 10, 28);
	expect_quote(bytes, VERDICT_CONTINUE);
}

/* The message's length counts, whatever else the frame holds, and the frame's end counts too. */
static void icmp_quote_past_the_message(void **state)
{
	struct bytes bytes = BYTES(ERROR);
	struct rte_mbuf *mbuf = frame_whole(bytes.at, bytes.size);
	struct icmp_quote got;

	assert_int_equal(icmp_quote_parse(mbuf, 0, 35, &got), DROP_icmp_quote);
	assert_int_equal(icmp_quote_parse(mbuf, 0, 27, &got), DROP_icmp_quote);
	rte_pktmbuf_free(mbuf);
	mbuf = frame_whole(bytes.at, 30);
	assert_int_equal(icmp_quote_parse(mbuf, 0, 36, &got), DROP_icmp_quote);
	rte_pktmbuf_free(mbuf);
}

static void emitted_is_parsed(void **state)
{
	struct random_stream random = frames_random(4);

	for (unsigned int i = 0; i < 300; i++) {
		struct bytes bytes = { .size = 8 + random_below(&random, 60) };
		struct icmp_message want;

		random_fill(&random, bytes.at, bytes.size);
		want.type = (uint8_t)random_u64(&random);
		want.code = (uint8_t)random_u64(&random);
		want.rest = (uint32_t)random_u64(&random);
		icmp_emit(bytes.at, &want);
		assert_int_equal(bytes.at[2] | bytes.at[3], 0);
		bytes = seal(bytes);
		frame_in_all_shapes(&bytes, message_is, &want);
	}
}

static void kinds_of_messages(void **state)
{
	for (unsigned int type = 0; type < 256; type++)
		assert_int_equal(icmp_is_error((uint8_t)type),
				 (type >= 3 && type <= 5) || type == 11 || type == 12);
}

int run_icmp(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(icmp_short),
		cmocka_unit_test(icmp_checksum),
		cmocka_unit_test(padding_is_no_message),
		cmocka_unit_test(quote_is_parsed),
		cmocka_unit_test(quote_behind_options_is_parsed),
		cmocka_unit_test(icmp_quote),
		cmocka_unit_test(icmp_quote_of_a_later_fragment),
		cmocka_unit_test(icmp_quote_of_too_little),
		cmocka_unit_test(icmp_quote_past_the_message),
		cmocka_unit_test(emitted_is_parsed),
		cmocka_unit_test(kinds_of_messages),
	};

	return cmocka_run_group_tests_name("icmp", tests, NULL, NULL);
}
