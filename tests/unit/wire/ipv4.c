/* SPDX-License-Identifier: BSD-3-Clause */
#include "frames.h"

#include "wire/checksum.h"
#include "wire/ipv4.h"

/* A header whose checksum was computed by hand elsewhere; its packet is padded to full length. */
static struct bytes known(void)
{
	struct bytes bytes = BYTES(0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11, 0xb8,
				   0x61, 0xc0, 0xa8, 0x00, 0x01, 0xc0, 0xa8, 0x00, 0xc7);

	bytes.size = 0x73;
	return bytes;
}

static void seal(struct bytes *bytes, uint32_t header_length)
{
	uint16_t checksum;

	put_16(bytes->at + 10, 0);
	checksum = checksum_bytes(bytes->at, header_length);
	memcpy(bytes->at + 10, &checksum, sizeof(checksum));
}

static void verdict_is(const struct rte_mbuf *mbuf, const void *expected)
{
	struct ipv4_header header;

	assert_int_equal(ipv4_parse(mbuf, 0, &header), *(const enum verdict *)expected);
}

static void expect(struct bytes bytes, enum verdict verdict)
{
	frame_in_all_shapes(&bytes, verdict_is, &verdict);
}

static void header_is(const struct rte_mbuf *mbuf, const void *expected)
{
	const struct ipv4_header *want = expected;
	struct ipv4_header got;

	assert_int_equal(ipv4_parse(mbuf, 0, &got), VERDICT_CONTINUE);
	assert_int_equal(got.src, want->src);
	assert_int_equal(got.dst, want->dst);
	assert_int_equal(got.total_length, want->total_length);
	assert_int_equal(got.id, want->id);
	assert_int_equal(got.fragment_offset, want->fragment_offset);
	assert_int_equal(got.more_fragments, want->more_fragments);
	assert_int_equal(got.dont_fragment, want->dont_fragment);
	assert_int_equal(got.header_length, want->header_length);
	assert_int_equal(got.ttl, want->ttl);
	assert_int_equal(got.protocol, want->protocol);
	assert_int_equal(got.tos, want->tos);
}

static void known_header_is_parsed(void **state)
{
	struct bytes bytes = known();
	struct ipv4_header want = { .src = 0xc0a80001,
				    .dst = 0xc0a800c7,
				    .total_length = 0x73,
				    .dont_fragment = true,
				    .header_length = 20,
				    .ttl = 64,
				    .protocol = IP_PROTOCOL_UDP };
	uint8_t emitted[IPV4_HEADER_BYTES];

	frame_in_all_shapes(&bytes, header_is, &want);
	ipv4_emit(emitted, &want);
	assert_memory_equal(emitted, bytes.at, sizeof(emitted));
}

static void ip_short(void **state)
{
	struct bytes bytes = known();

	for (bytes.size = 0; bytes.size < IPV4_HEADER_BYTES; bytes.size++)
		expect(bytes, DROP_ip_short);
}

static void ip_short_behind_the_frame(void **state)
{
	struct bytes bytes = known();
	struct rte_mbuf *mbuf = frame_whole(bytes.at, bytes.size);
	struct ipv4_header header;

	assert_int_equal(ipv4_parse(mbuf, bytes.size, &header), DROP_ip_short);
	assert_int_equal(ipv4_parse(mbuf, bytes.size + 1, &header), DROP_ip_short);
	assert_int_equal(ipv4_parse(mbuf, UINT32_MAX, &header), DROP_ip_short);
	rte_pktmbuf_free(mbuf);
}

static void ip_version(void **state)
{
	for (unsigned int version = 0; version < 16; version++) {
		struct bytes bytes = known();

		bytes.at[0] = (uint8_t)(version << 4 | 5);
		seal(&bytes, 20);
		expect(bytes, version == 4 ? VERDICT_CONTINUE : DROP_ip_version);
	}
}

static void ip_header_length(void **state)
{
	struct bytes bytes = known();

	for (unsigned int words = 0; words < 5; words++) {
		bytes.at[0] = (uint8_t)(0x40 | words);
		expect(bytes, DROP_ip_header_length);
	}
	bytes.size = 40;
	for (unsigned int words = 11; words < 16; words++) {
		bytes.at[0] = (uint8_t)(0x40 | words);
		expect(bytes, DROP_ip_header_length);
	}
}

static void ip_total_length(void **state)
{
	static const uint16_t lies[] = { 0, 1, 19, 0x74, 0xffff };
	struct bytes bytes = known();

	for (unsigned int i = 0; i < RTE_DIM(lies); i++) {
		put_16(bytes.at + 2, lies[i]);
		seal(&bytes, 20);
		expect(bytes, DROP_ip_total_length);
	}
	/* With options the total length must reach behind them. */
	bytes.at[0] = 0x46;
	memset(bytes.at + 20, 1, 4);
	put_16(bytes.at + 2, 23);
	seal(&bytes, 24);
	expect(bytes, DROP_ip_total_length);
	put_16(bytes.at + 2, 24);
	seal(&bytes, 24);
	expect(bytes, VERDICT_CONTINUE);
}

/* A frame padded to Ethernet's minimum: the length is the header's word, not the frame's. */
static void padding_is_no_packet(void **state)
{
	struct bytes bytes = known();
	struct ipv4_header header;
	struct rte_mbuf *mbuf;

	put_16(bytes.at + 2, 21);
	seal(&bytes, 20);
	mbuf = frame_whole(bytes.at, 46);
	assert_int_equal(ipv4_parse(mbuf, 0, &header), VERDICT_CONTINUE);
	assert_int_equal(header.total_length, 21);
	rte_pktmbuf_free(mbuf);
}

static void ip_checksum(void **state)
{
	for (unsigned int bit = 0; bit < 20 * 8; bit++) {
		struct bytes bytes = known();

		/* Version and lengths have verdicts of their own. */
		if (bit / 8 == 0 || bit / 8 == 2 || bit / 8 == 3)
			continue;
		bytes.at[bit / 8] ^= (uint8_t)(1U << bit % 8);
		expect(bytes, DROP_ip_checksum);
	}
}

static enum verdict parse_with_flags(struct bytes bytes, uint64_t flags)
{
	struct rte_mbuf *mbuf = frame_whole(bytes.at, bytes.size);
	struct ipv4_header header;
	enum verdict verdict;

	mbuf->ol_flags |= flags;
	verdict = ipv4_parse(mbuf, 0, &header);
	rte_pktmbuf_free(mbuf);
	return verdict;
}

/* Only the port's "good" (or "verified but not filled in") is taken for an answer. */
static void port_verifies_the_checksum(void **state)
{
	struct bytes good = known(), bad = known();

	bad.at[10] ^= 1;
	assert_int_equal(parse_with_flags(bad, RTE_MBUF_F_RX_IP_CKSUM_GOOD), VERDICT_CONTINUE);
	assert_int_equal(parse_with_flags(bad, RTE_MBUF_F_RX_IP_CKSUM_NONE), VERDICT_CONTINUE);
	assert_int_equal(parse_with_flags(bad, RTE_MBUF_F_RX_IP_CKSUM_BAD), DROP_ip_checksum);
	assert_int_equal(parse_with_flags(bad, RTE_MBUF_F_RX_IP_CKSUM_UNKNOWN), DROP_ip_checksum);
	assert_int_equal(parse_with_flags(bad, RTE_MBUF_F_RX_L4_CKSUM_GOOD), DROP_ip_checksum);
	assert_int_equal(parse_with_flags(good, RTE_MBUF_F_RX_IP_CKSUM_BAD), VERDICT_CONTINUE);
}

static struct bytes with_options(struct bytes options)
{
	struct bytes bytes = known();
	uint32_t padded = (options.size + 3) & ~3U;

	memcpy(bytes.at + 20, options.at, padded);
	bytes.at[0] = (uint8_t)(0x40 | (20 + padded) / 4);
	put_16(bytes.at + 2, (uint16_t)(20 + padded));
	bytes.size = 20 + padded;
	seal(&bytes, 20 + padded);
	return bytes;
}

static void ip_options(void **state)
{
	expect(with_options(BYTES(7, 0, 0, 0)), DROP_ip_options);
	expect(with_options(BYTES(7, 1, 0, 0)), DROP_ip_options);
	expect(with_options(BYTES(7, 5, 0, 0)), DROP_ip_options);
	expect(with_options(BYTES(7, 255, 0, 0)), DROP_ip_options);
	expect(with_options(BYTES(1, 1, 1, 7)), DROP_ip_options);
	expect(with_options(BYTES(7, 3, 1, 200, 3, 0, 1, 200)), DROP_ip_options);
	expect(with_options(BYTES(131, 5, 0, 0)), DROP_ip_options);
}

static void sound_options_are_ignored(void **state)
{
	struct bytes longest = { .size = 40 };

	expect(with_options(BYTES(1, 1, 1, 1)), VERDICT_CONTINUE);
	expect(with_options(BYTES(1, 1, 1, 0)), VERDICT_CONTINUE);
	expect(with_options(BYTES(0, 7, 0, 131)), VERDICT_CONTINUE);
	expect(with_options(BYTES(200, 2, 1, 1)), VERDICT_CONTINUE);
	expect(with_options(BYTES(148, 4, 0, 0)), VERDICT_CONTINUE);
	expect(with_options(BYTES(7, 7, 4, 0, 0, 0, 0, 0)), VERDICT_CONTINUE);
	longest.at[0] = 7;
	longest.at[1] = 40;
	expect(with_options(longest), VERDICT_CONTINUE);
}

static void ip_source_route(void **state)
{
	expect(with_options(BYTES(131, 7, 4, 1, 2, 3, 4, 0)), DROP_ip_source_route);
	expect(with_options(BYTES(137, 7, 4, 1, 2, 3, 4, 0)), DROP_ip_source_route);
	expect(with_options(BYTES(1, 1, 148, 4, 0, 0, 137, 3, 4)), DROP_ip_source_route);
}

static void ip_ttl(void **state)
{
	struct bytes bytes = known();

	bytes.at[8] = 0;
	seal(&bytes, 20);
	expect(bytes, DROP_ip_ttl);
	bytes.at[8] = 1;
	seal(&bytes, 20);
	expect(bytes, VERDICT_CONTINUE);
}

/* What is printed has lengths that hold, and nothing else need be right. */
static void lengths_alone(void **state)
{
	struct bytes bytes = with_options(BYTES(131, 3, 4, 0));
	struct ipv4_header header;
	struct rte_mbuf *mbuf;

	bytes.at[8] = 0;
	bytes.at[11] ^= 1;
	mbuf = frame_whole(bytes.at, bytes.size);
	assert_int_equal(ipv4_parse_lengths(mbuf, 0, &header), VERDICT_CONTINUE);
	assert_int_equal(header.header_length, 24);
	assert_int_equal(ipv4_parse_lengths(mbuf, 5, &header), DROP_ip_short);
	rte_pktmbuf_free(mbuf);
	bytes.at[3]++;
	mbuf = frame_whole(bytes.at, bytes.size);
	assert_int_equal(ipv4_parse_lengths(mbuf, 0, &header), DROP_ip_total_length);
	rte_pktmbuf_free(mbuf);
}

static void emitted_is_parsed(void **state)
{
	struct random_stream random = frames_random(3);

	for (unsigned int i = 0; i < 300; i++) {
		struct ipv4_header want = { .header_length = 20 };
		struct bytes bytes = { .size = 20 + random_below(&random, 60) };

		want.src = (uint32_t)random_u64(&random);
		want.dst = (uint32_t)random_u64(&random);
		want.total_length = (uint16_t)bytes.size;
		want.id = (uint16_t)random_u64(&random);
		want.fragment_offset = (uint16_t)(random_below(&random, 8192) * 8);
		want.more_fragments = random_below(&random, 2) != 0;
		want.dont_fragment = random_below(&random, 2) != 0;
		want.ttl = (uint8_t)(1 + random_below(&random, 255));
		want.protocol = (uint8_t)random_u64(&random);
		want.tos = (uint8_t)random_u64(&random);
		ipv4_emit(bytes.at, &want);
		frame_in_all_shapes(&bytes, header_is, &want);
	}
}

static void kinds_of_addresses(void **state)
{
	assert_true(ipv4_is_multicast(0xe0000001));
	assert_true(ipv4_is_multicast(0xefffffff));
	assert_false(ipv4_is_multicast(0xdfffffff));
	assert_false(ipv4_is_multicast(0xf0000000));
	assert_true(ipv4_is_loopback(0x7f000001));
	assert_false(ipv4_is_loopback(0x80000001));
}

int run_ipv4(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_header_is_parsed),
		cmocka_unit_test(ip_short),
		cmocka_unit_test(ip_short_behind_the_frame),
		cmocka_unit_test(ip_version),
		cmocka_unit_test(ip_header_length),
		cmocka_unit_test(ip_total_length),
		cmocka_unit_test(padding_is_no_packet),
		cmocka_unit_test(ip_checksum),
		cmocka_unit_test(port_verifies_the_checksum),
		cmocka_unit_test(ip_options),
		cmocka_unit_test(sound_options_are_ignored),
		cmocka_unit_test(ip_source_route),
		cmocka_unit_test(ip_ttl),
		cmocka_unit_test(lengths_alone),
		cmocka_unit_test(emitted_is_parsed),
		cmocka_unit_test(kinds_of_addresses),
	};

	return cmocka_run_group_tests_name("ipv4", tests, NULL, NULL);
}
