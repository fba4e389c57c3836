/* SPDX-License-Identifier: BSD-3-Clause */
#include "frames.h"

#include "wire/ethernet.h"

#define MACS 0x02, 0, 0, 0, 0, 1, 0x02, 0, 0, 0, 0, 2

static void verdict_is(const struct rte_mbuf *mbuf, const void *expected)
{
	struct eth_header header;

	assert_int_equal(eth_parse(mbuf, &header), *(const enum verdict *)expected);
}

static void expect(struct bytes bytes, enum verdict verdict)
{
	frame_in_all_shapes(&bytes, verdict_is, &verdict);
}

static void header_is(const struct rte_mbuf *mbuf, const void *expected)
{
	const struct eth_header *want = expected;
	struct eth_header got;

	assert_int_equal(eth_parse(mbuf, &got), VERDICT_CONTINUE);
	assert_memory_equal(got.dst, want->dst, sizeof(got.dst));
	assert_memory_equal(got.src, want->src, sizeof(got.src));
	assert_int_equal(got.type, want->type);
	assert_int_equal(got.vlan, want->vlan);
	assert_int_equal(got.length, want->length);
}

static void eth_short(void **state)
{
	struct bytes plain = BYTES(MACS, 0x08, 0x00), tagged = BYTES(MACS, 0x81, 0, 0, 5, 8, 0);

	for (plain.size = 0; plain.size < ETH_HEADER_BYTES; plain.size++)
		expect(plain, DROP_eth_short);
	for (tagged.size = 14; tagged.size < 18; tagged.size++)
		expect(tagged, DROP_eth_short);
	tagged.size = 18;
	expect(tagged, VERDICT_CONTINUE);
}

static void eth_source(void **state)
{
	expect(BYTES(2, 0, 0, 0, 0, 1, 0x03, 0, 0, 0, 0, 2, 8, 0), DROP_eth_source);
	expect(BYTES(2, 0, 0, 0, 0, 1, 255, 255, 255, 255, 255, 255, 8, 0), DROP_eth_source);
	expect(BYTES(2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 8, 0), DROP_eth_source);
	expect(BYTES(2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 2, 8, 0), VERDICT_CONTINUE);
	expect(BYTES(255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 2, 8, 6), VERDICT_CONTINUE);
}

static void eth_vlan(void **state)
{
	expect(BYTES(MACS, 0x81, 0, 0, 5, 0x81, 0, 0, 6, 8, 0), DROP_eth_vlan);
	expect(BYTES(MACS, 0x81, 0, 0, 5, 0x88, 0xa8, 0, 6, 8, 0), DROP_eth_vlan);
	expect(BYTES(MACS, 0x88, 0xa8, 0, 5, 8, 0, 0, 0), DROP_eth_vlan);
	expect(BYTES(MACS, 0x81, 0, 0x0f, 0xff, 8, 0), DROP_eth_vlan);
	expect(BYTES(MACS, 0x81, 0, 0x0f, 0xfe, 8, 0), VERDICT_CONTINUE);
}

/* Priority and drop eligibility share the word with the identifier and are no part of it. */
static void priority_bits_are_no_identifier(void **state)
{
	struct bytes bytes = BYTES(MACS, 0x81, 0, 0xf0, 5, 8, 6), priority = bytes;
	struct eth_header want = { { 2, 0, 0, 0, 0, 1 }, { 2, 0, 0, 0, 0, 2 }, 0x0806, 5, 18 };

	frame_in_all_shapes(&bytes, header_is, &want);
	priority.at[15] = 0;
	want.vlan = 0;
	frame_in_all_shapes(&priority, header_is, &want);
}

static void tag_taken_off_by_the_port(void **state)
{
	struct bytes plain = BYTES(MACS, 8, 0), tagged = BYTES(MACS, 0x81, 0, 0, 5, 8, 0);
	struct eth_header want = { { 2, 0, 0, 0, 0, 1 }, { 2, 0, 0, 0, 0, 2 }, 0x0800, 7, 14 }, got;
	struct rte_mbuf *mbuf = frame_whole(plain.at, plain.size);

	mbuf->ol_flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
	mbuf->vlan_tci = 0xe007;
	header_is(mbuf, &want);
	rte_pktmbuf_free(mbuf);

	mbuf = frame_whole(tagged.at, tagged.size);
	mbuf->ol_flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
	mbuf->vlan_tci = 7;
	assert_int_equal(eth_parse(mbuf, &got), DROP_eth_vlan);
	rte_pktmbuf_free(mbuf);
}

static void emitted_is_parsed(void **state)
{
	struct random_stream random = frames_random(1);

	for (unsigned int i = 0; i < 500; i++) {
		struct eth_header want = { .vlan = (uint16_t)random_below(&random, 0xfff) };
		struct bytes bytes = { .size = 0 };

		random_fill(&random, want.dst, 6);
		random_fill(&random, want.src, 6);
		want.src[0] &= 0xfe;
		want.src[5] |= 1;
		want.type = (uint16_t)(random_below(&random, 0x800) + 0x0800);
		want.vlan = (i & 1) != 0 ? want.vlan : 0;
		want.length = want.vlan != 0 ? 18 : 14;
		bytes.size = eth_emit(bytes.at, &want);
		assert_int_equal(bytes.size, want.length);
		assert_int_equal(bytes.at[bytes.size], 0);
		frame_in_all_shapes(&bytes, header_is, &want);
	}
}

static void bytes_on_the_wire(void **state)
{
	struct eth_header header = { { 1, 2, 3, 4, 5, 6 }, { 8, 9, 10, 11, 12, 13 }, 0x0806, 5, 0 };
	struct bytes want = BYTES(1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 0x81, 0, 0, 5, 8, 6);
	uint8_t got[18];

	assert_int_equal(eth_emit(got, &header), 18);
	assert_memory_equal(got, want.at, 18);
	assert_true(eth_is_group(header.dst));
	assert_false(eth_is_group(header.src));
}

int run_ethernet(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(eth_short),
		cmocka_unit_test(eth_source),
		cmocka_unit_test(eth_vlan),
		cmocka_unit_test(priority_bits_are_no_identifier),
		cmocka_unit_test(tag_taken_off_by_the_port),
		cmocka_unit_test(emitted_is_parsed),
		cmocka_unit_test(bytes_on_the_wire),
	};

	return cmocka_run_group_tests_name("ethernet", tests, NULL, NULL);
}
