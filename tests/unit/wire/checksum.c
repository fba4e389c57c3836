/* SPDX-License-Identifier: BSD-3-Clause */
#include "frames.h"

#include <stdbool.h>

#include "wire/checksum.h"

/* RFC 1071 to the letter: 16-bit words, big endian, one at a time, the carry brought round at once.
 */
static uint16_t add_words(uint16_t sum, const uint8_t *at, uint32_t size)
{
	for (uint32_t i = 0; i < size; i += 2) {
		uint32_t word = (uint32_t)at[i] << 8 | (i + 1 < size ? at[i + 1] : 0);
		uint32_t total = sum + word;

		sum = (uint16_t)(total > 0xffff ? total - 0xffff : total);
	}
	return sum;
}

/* Writes the checksum as it stands on the wire. */
static uint16_t on_the_wire(uint16_t sum)
{
	uint16_t wire;

	put_16((uint8_t *)&wire, (uint16_t)~sum);
	return wire;
}

static uint16_t naive_transport(const uint8_t *at, uint32_t size, const struct la_addr *src,
				const struct la_addr *dst, uint8_t protocol)
{
	bool four = la_addr_is_ipv4(src) && la_addr_is_ipv4(dst);
	uint8_t pseudo[40] = { 0 };
	uint32_t length = 0;

	if (four) {
		put_32(pseudo, la_addr_to_ipv4(src));
		put_32(pseudo + 4, la_addr_to_ipv4(dst));
		pseudo[9] = protocol;
		put_16(pseudo + 10, (uint16_t)size);
		length = 12;
	} else {
		memcpy(pseudo, src->bytes, 16);
		memcpy(pseudo + 16, dst->bytes, 16);
		put_32(pseudo + 32, size);
		pseudo[39] = protocol;
		length = 40;
	}
	return on_the_wire(add_words(add_words(0, pseudo, length), at, size));
}

static struct la_addr random_address(struct random_stream *random, bool four)
{
	struct la_addr addr;

	if (four)
		return la_addr_from_ipv4((uint32_t)random_u64(random));
	random_fill(random, addr.bytes, sizeof(addr.bytes));
	return addr;
}

/* Bytes that are all ones make every addition carry. */
static void fill(struct random_stream *random, struct bytes *bytes)
{
	switch (random_below(random, 4)) {
	case 0:
		memset(bytes->at, 0xff, bytes->size);
		break;
	case 1:
		memset(bytes->at, 0, bytes->size);
		break;
	default:
		random_fill(random, bytes->at, bytes->size);
	}
}

/* A copy has the same sum, all the bytes, and none beyond. */
static void check_copy(const uint8_t *at, uint32_t length)
{
	struct bytes copy;

	memset(copy.at, at[0] ^ 0x55, length + 16);
	assert_int_equal(checksum_fold(checksum_copy(copy.at + 8, at, length)),
			 checksum_fold(checksum_sum(at, length)));
	assert_memory_equal(copy.at + 8, at, length);
	for (unsigned int i = 0; i < 8; i++) {
		assert_int_equal(copy.at[i], at[0] ^ 0x55);
		assert_int_equal(copy.at[8 + length + i], at[0] ^ 0x55);
	}
}

static void check_chain(struct random_stream *random, const struct bytes *bytes,
			const struct rte_mbuf *mbuf)
{
	bool four = random_below(random, 2) != 0;
	struct la_addr src = random_address(random, four), dst = random_address(random, four);
	uint8_t protocol = (uint8_t)(1 + random_below(random, 255));
	uint32_t offset = random_below(random, bytes->size + 1);
	uint32_t length = random_below(random, bytes->size - offset + 1);

	assert_int_equal(checksum_plain(mbuf, offset, length),
			 on_the_wire(add_words(0, bytes->at + offset, length)));
	assert_int_equal(checksum_bytes(bytes->at + offset, length),
			 on_the_wire(add_words(0, bytes->at + offset, length)));
	assert_int_equal(checksum_transport(mbuf, offset, length, &src, &dst, protocol),
			 naive_transport(bytes->at + offset, length, &src, &dst, protocol));
	check_copy(bytes->at + offset, length);
}

static void random_chains_sum_as_the_naive_sum(void **state)
{
	struct random_stream random = frames_random(8);

	for (unsigned int i = 0; i < 4000; i++) {
		struct bytes bytes = { .size = random_below(&random, 1600) };
		uint32_t most = 1 + random_below(&random, 1 + random_below(&random, 1600));
		struct rte_mbuf *mbuf;

		fill(&random, &bytes);
		mbuf = frame_shredded(bytes.at, bytes.size, &random, most);
		for (unsigned int j = 0; j < 4; j++)
			check_chain(&random, &bytes, mbuf);
		rte_pktmbuf_free(mbuf);
	}
}

/* The case that loses carries where the sum of a buffer is cut to 16 bits before it is folded. */
static void carries_behind_an_odd_buffer(void **state)
{
	struct bytes bytes = { .size = 1001 };
	uint32_t odd = 1;
	struct rte_mbuf *mbuf;

	memset(bytes.at, 0xff, bytes.size);
	mbuf = frame_cut(bytes.at, bytes.size, &odd, 1);
	assert_int_equal(mbuf->nb_segs, 2);
	assert_int_equal(checksum_plain(mbuf, 0, bytes.size),
			 on_the_wire(add_words(0, bytes.at, bytes.size)));
	rte_pktmbuf_free(mbuf);
}

static void longest_packet_of_ones(void **state)
{
	static uint8_t ones[65535];
	struct la_addr all = la_addr_from_ipv4(UINT32_MAX);
	uint32_t pieces[] = { 33333 };
	struct rte_mbuf *mbuf;

	memset(ones, 0xff, sizeof(ones));
	mbuf = frame_whole(ones, sizeof(ones));
	assert_int_equal(checksum_transport(mbuf, 0, sizeof(ones), &all, &all, 255),
			 naive_transport(ones, sizeof(ones), &all, &all, 255));
	rte_pktmbuf_free(mbuf);
	mbuf = frame_cut(ones, sizeof(ones), pieces, 1);
	assert_int_equal(checksum_transport(mbuf, 0, sizeof(ones), &all, &all, 255),
			 naive_transport(ones, sizeof(ones), &all, &all, 255));
	rte_pktmbuf_free(mbuf);
}

/* RFC 1071 section 3: the sum of its example is ddf2. */
static void example_of_rfc_1071(void **state)
{
	uint8_t bytes[] = { 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7 };
	uint8_t want[] = { 0x22, 0x0d };
	uint16_t got = checksum_bytes(bytes, sizeof(bytes));

	assert_memory_equal(&got, want, 2);
}

/* RFC 9293 MUST-2 and MUST-3: the field once filled in, the sum is zero, and one bit off it is not.
 */
static void sealed_segment_sums_to_zero(void **state)
{
	struct random_stream random = frames_random(9);

	for (unsigned int i = 0; i < 500; i++) {
		bool four = (i & 1) != 0;
		struct la_addr src = random_address(&random, four);
		struct la_addr dst = random_address(&random, four);
		struct bytes bytes = { .size = 20 + random_below(&random, 100) };
		uint16_t checksum;
		struct rte_mbuf *mbuf;

		random_fill(&random, bytes.at, bytes.size);
		put_16(bytes.at + 16, 0);
		mbuf = frame_whole(bytes.at, bytes.size);
		checksum = checksum_transport(mbuf, 0, bytes.size, &src, &dst, 6);
		memcpy(rte_pktmbuf_mtod_offset(mbuf, uint8_t *, 16), &checksum, sizeof(checksum));
		assert_int_equal(checksum_transport(mbuf, 0, bytes.size, &src, &dst, 6), 0);
		assert_int_not_equal(checksum_transport(mbuf, 0, bytes.size, &src, &dst, 17), 0);
		*rte_pktmbuf_mtod_offset(mbuf, uint8_t *, random_below(&random, bytes.size)) ^= 4;
		assert_int_not_equal(checksum_transport(mbuf, 0, bytes.size, &src, &dst, 6), 0);
		rte_pktmbuf_free(mbuf);
	}
}

int run_checksum(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_chains_sum_as_the_naive_sum),
		cmocka_unit_test(carries_behind_an_odd_buffer),
		cmocka_unit_test(longest_packet_of_ones),
		cmocka_unit_test(example_of_rfc_1071),
		cmocka_unit_test(sealed_segment_sums_to_zero),
	};

	return cmocka_run_group_tests_name("checksum", tests, NULL, NULL);
}
