/* SPDX-License-Identifier: BSD-3-Clause */
#include "frames.h"

#include "wire/arp.h"

/* Who has 198.18.0.1? Tell 198.18.0.2. */
#define REQUEST \
	0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 2, 198, 18, 0, 2, 0, 0, 0, 0, 0, 0, 198, 18, 0, 1

static const struct arp_packet request = {
	.operation = ARP_REQUEST,
	.sender_mac = { 2, 0, 0, 0, 0, 2 },
	.sender_ip = 0xc6120002,
	.target_ip = 0xc6120001,
};

static void verdict_is(const struct rte_mbuf *mbuf, const void *expected)
{
	struct arp_packet packet;

	assert_int_equal(arp_parse(mbuf, 0, &packet), *(const enum verdict *)expected);
}

static void expect(struct bytes bytes, enum verdict verdict)
{
	frame_in_all_shapes(&bytes, verdict_is, &verdict);
}

static void packet_is(const struct rte_mbuf *mbuf, const void *expected)
{
	const struct arp_packet *want = expected;
	struct arp_packet got;

	assert_int_equal(arp_parse(mbuf, 0, &got), VERDICT_CONTINUE);
	assert_int_equal(got.operation, want->operation);
	assert_memory_equal(got.sender_mac, want->sender_mac, 6);
	assert_memory_equal(got.target_mac, want->target_mac, 6);
	assert_int_equal(got.sender_ip, want->sender_ip);
	assert_int_equal(got.target_ip, want->target_ip);
}

static void arp_short(void **state)
{
	struct bytes bytes = BYTES(REQUEST);

	for (bytes.size = 0; bytes.size < ARP_BYTES; bytes.size++)
		expect(bytes, DROP_arp_short);
}

static void arp_short_behind_the_frame(void **state)
{
	struct bytes bytes = BYTES(REQUEST);
	struct rte_mbuf *mbuf = frame_whole(bytes.at, bytes.size);
	struct arp_packet packet;

	assert_int_equal(arp_parse(mbuf, 1, &packet), DROP_arp_short);
	assert_int_equal(arp_parse(mbuf, 28, &packet), DROP_arp_short);
	assert_int_equal(arp_parse(mbuf, UINT32_MAX - 10, &packet), DROP_arp_short);
	rte_pktmbuf_free(mbuf);
}

/* Each byte of the four fields that name the kind of address, wrong by one bit. */
static void arp_format(void **state)
{
	for (unsigned int i = 0; i < 6; i++) {
		for (unsigned int bit = 0; bit < 8; bit++) {
			struct bytes bytes = BYTES(REQUEST);

			bytes.at[i] ^= (uint8_t)(1U << bit);
			expect(bytes, DROP_arp_format);
		}
	}
}

static void arp_operation(void **state)
{
	struct bytes bytes = BYTES(REQUEST);

	bytes.at[7] = 0;
	expect(bytes, DROP_arp_operation);
	bytes.at[7] = 3;
	expect(bytes, DROP_arp_operation);
	bytes.at[6] = 1;
	bytes.at[7] = 1;
	expect(bytes, DROP_arp_operation);
}

static void request_is_parsed(void **state)
{
	struct bytes bytes = BYTES(REQUEST);
	uint8_t emitted[ARP_BYTES];

	frame_in_all_shapes(&bytes, packet_is, &request);
	arp_emit(emitted, &request);
	assert_memory_equal(emitted, bytes.at, ARP_BYTES);
}

static void emitted_is_parsed(void **state)
{
	struct random_stream random = frames_random(2);

	for (unsigned int i = 0; i < 300; i++) {
		struct bytes bytes = { .size = ARP_BYTES };
		struct arp_packet want;

		random_fill(&random, &want, sizeof(want));
		want.operation = (i & 1) != 0 ? ARP_REQUEST : ARP_REPLY;
		arp_emit(bytes.at, &want);
		frame_in_all_shapes(&bytes, packet_is, &want);
	}
}

int run_arp(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arp_short),         cmocka_unit_test(arp_short_behind_the_frame),
		cmocka_unit_test(arp_format),        cmocka_unit_test(arp_operation),
		cmocka_unit_test(request_is_parsed), cmocka_unit_test(emitted_is_parsed),
	};

	return cmocka_run_group_tests_name("arp", tests, NULL, NULL);
}
