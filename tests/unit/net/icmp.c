/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * icmp.c: echo (RFC 1122 3.2.2.6), errors received (RFC 5927) and sent (RFC 1122 3.2.2, RFC 1812).
 */
#include "lab.h"

#include "base/mbufs.h"

/* A frame from us to the peer: MAC addresses, addresses, sums; returns the IPv4 payload's size. */
static uint32_t assert_to_peer(const struct bytes *frame, uint8_t protocol, uint32_t dst)
{
	const uint8_t *ip = frame->at + 14;

	assert_true(frame->size >= 34);
	assert_mac(frame->at, peer_mac);
	assert_mac(frame->at + 6, our_mac);
	assert_int_equal(ip[0], 0x45);
	assert_int_equal(get_16(ip + 2), frame->size - 14);
	assert_int_equal(ip[9], protocol);
	assert_int_equal(reference_checksum(ip, 20, 0), 0);
	assert_int_equal(get_32(ip + 12), OURS);
	assert_int_equal(get_32(ip + 16), dst);
	return frame->size - 34;
}

static void fill(uint8_t *at, uint32_t size)
{
	for (uint32_t i = 0; i < size; i++)
		at[i] = (uint8_t)(i * 13 + i / 256);
}

static void assert_echoed(const struct bytes *frame, const uint8_t *data, uint32_t size)
{
	assert_int_equal(assert_to_peer(frame, 1, PEER), size + 8);
	assert_int_equal(frame->at[34], 0);
	assert_int_equal(frame->at[35], 0);
	assert_int_equal(get_32(frame->at + 38), 0x12345678);
	assert_int_equal(reference_checksum(frame->at + 34, size + 8, 0), 0);
	assert_memory_equal(frame->at + 42, data, size);
}

static void echo_comes_back_with_the_same_data(void **state)
{
	static const uint32_t sizes[] = { 0, 1, 56, 1472 };
	struct lab *lab = *state;
	struct ip_fields ip = ip_from_peer(1);
	uint8_t data[1472];

	fill(data, sizeof(data));
	ip.tos = 0x2b;
	lab_know_peer(lab);
	for (unsigned int i = 0; i < COUNT_OF(sizes); i++) {
		struct bytes request = frame_icmp(&ip, 8, 0, 0x12345678, data, sizes[i]);
		struct rte_mbuf *shared = lab_mbuf(&request);

		/* In one piece, in many, in memory that cannot be written, and held by another. */
		lab_in(lab, &request);
		lab_in_mbuf(lab, 0, lab_chain(&request, 23));
		lab_in_mbuf(lab, 0, mbufs_exact(lab->env.mbufs, request.at, request.size));
		rte_mbuf_refcnt_update(shared, 1);
		lab_in_mbuf(lab, 0, shared);
		assert_int_equal(rte_mbuf_refcnt_read(shared), 1);
		assert_int_equal(shared->pkt_len, request.size);
		assert_memory_equal(rte_pktmbuf_mtod(shared, uint8_t *), request.at, request.size);
		rte_pktmbuf_free(shared);
		assert_int_equal(lab->ports[0].sent_count, 4);
		for (unsigned int j = 0; j < 4; j++) {
			assert_echoed(lab_sent(lab, j), data, sizes[i]);
			assert_int_equal(lab_sent(lab, j)->at[15], 0x28);
		}
		lab_forget(lab);
	}
	assert_int_equal(lab_drops(lab), 0);
	assert_int_equal(lab->env.counters.stats[STAT_rx_icmp_echo], 4 * COUNT_OF(sizes));
	assert_int_equal(lab_missing(lab), 0);
}

static void echo_padding_is_not_echoed(void **state)
{
	struct lab *lab = *state;
	struct ip_fields ip = ip_from_peer(1);
	struct bytes request = frame_icmp(&ip, 8, 0, 0x12345678, "abcd", 4);

	lab_know_peer(lab);
	frame_append(&request, "padding padding padding", 18);
	lab_in(lab, &request);
	assert_echoed(lab_sent(lab, 0), (const uint8_t *)"abcd", 4);
}

static void echo_is_answered_through_the_gateway(void **state)
{
	struct lab *lab = *state;
	struct ip_fields ip = ip_from_peer(1);
	struct bytes request, reply = frame_arp(ARP_REPLY, peer_mac, GATEWAY, OURS);

	ip.src = FAR;
	request = frame_icmp(&ip, 8, 0, 0, "x", 1);
	lab_in(lab, &request);
	lab_in(lab, &reply);
	assert_to_peer(lab_sent(lab, 1), 1, FAR);
}

static void the_rate_is_limited_and_recovers(void **state)
{
	struct lab *lab = *state;
	struct ip_fields ip = ip_from_peer(1);
	struct bytes request = frame_icmp(&ip, 8, 0, 0, "x", 1);
	unsigned int burst, second = 0;

	lab_know_peer(lab);
	for (unsigned int i = 0; i < 4 * ICMP_BURST; i++)
		lab_in(lab, &request);
	burst = lab->ports[0].sent_count;
	assert_in_range(burst, ICMP_BURST * 3 / 4, ICMP_BURST * 5 / 4);
	assert_drop(lab, DROP_icmp_rate, 4 * ICMP_BURST - burst);
	/* A second later, in steps: about as many as the limit says. */
	for (unsigned int i = 0; i < 1000; i++) {
		lab_forget(lab);
		lab_wait(lab, 1000);
		lab_in(lab, &request);
		lab_in(lab, &request);
		second += lab->ports[0].sent_count;
	}
	assert_in_range(second, ICMP_PER_SECOND * 9 / 10, ICMP_PER_SECOND * 11 / 10);
}

/* A segment of ours as an error would quote it. */
static struct bytes quote_of_ours(uint8_t protocol)
{
	struct ip_fields ip = { .src = OURS, .dst = FAR, .protocol = protocol, .ttl = 3 };
	struct bytes frame = frame_ip(&ip, "\x00\x50\x9c\x40\x01\x02\x03\x04", 8), quote = { 0 };

	put_16(frame.at + 16, 1234); /* more than what is quoted */
	frame_append(&quote, frame.at + 14, frame.size - 14);
	return quote;
}

static void an_error_about_a_segment_of_ours_goes_up(void **state)
{
	static const uint8_t types[][2] = { { 3, 0 }, { 3, 3 }, { 3, 4 }, { 11, 0 }, { 12, 0 } };
	struct lab *lab = *state;
	struct bytes quote = quote_of_ours(6);
	struct ip_fields ip = ip_from_peer(1);
	struct la_addr far = la_addr_from_ipv4(FAR);

	for (unsigned int i = 0; i < COUNT_OF(types); i++) {
		struct bytes error =
			frame_icmp(&ip, types[i][0], types[i][1], 1400, quote.at, quote.size);
		const struct packet *packet = &lab->packets[i];

		lab_in(lab, &error);
		assert_int_equal(lab->packet_count, i + 1);
		assert_int_equal(packet->kind, PACKET_ICMP_ERROR);
		assert_null(packet->mbuf);
		assert_true(la_addr_equal(&packet->remote, &far));
		assert_int_equal(packet->local_index, 0);
		assert_int_equal(packet->icmp.type, types[i][0]);
		assert_int_equal(packet->icmp.code, types[i][1]);
		assert_int_equal(packet->icmp.next_hop_mtu, i == 2 ? 1400 : 0);
		assert_int_equal(packet->icmp.quoted_length, 1234);
		assert_int_equal(packet->icmp.local_port, 80);
		assert_int_equal(packet->icmp.remote_port, 40000);
		assert_int_equal(packet->icmp.seq, 0x01020304);
	}
	assert_int_equal(lab_drops(lab), 0);
	assert_int_equal(lab_missing(lab), 0);
}

/* The error that a frame provoked: type, code, and its very bytes quoted. */
static void assert_error(const struct bytes *sent, uint8_t type, uint8_t code,
			 const struct bytes *about, uint32_t quoted)
{
	uint32_t size = assert_to_peer(sent, 1, PEER);

	assert_int_equal(size, 8 + quoted);
	assert_int_equal(sent->at[34], type);
	assert_int_equal(sent->at[35], code);
	assert_int_equal(get_32(sent->at + 38), 0);
	assert_int_equal(reference_checksum(sent->at + 34, size, 0), 0);
	assert_memory_equal(sent->at + 42, about->at + 14, quoted);
}

static void udp_is_answered_by_port_unreachable(void **state)
{
	struct lab *lab = *state;
	struct ip_fields ip = ip_from_peer(17);
	struct bytes datagram = frame_udp(&ip);

	lab_know_peer(lab);
	lab_in(lab, &datagram);
	assert_error(lab_sent(lab, 0), 3, 3, &datagram, 32);
	assert_drop(lab, DROP_udp_port, 1);
	assert_int_equal(lab->env.counters.stats[STAT_tx_icmp_errors], 1);
}

static void an_unknown_protocol_is_answered_and_quoted_up_to_576_bytes(void **state)
{
	struct lab *lab = *state;
	struct ip_fields ip = ip_from_peer(132);
	uint8_t data[1400];
	struct bytes packet;

	fill(data, sizeof(data));
	packet = frame_ip(&ip, data, sizeof(data));
	lab_know_peer(lab);
	lab_in_mbuf(lab, 0, lab_chain(&packet, 100));
	assert_error(lab_sent(lab, 0), 3, 2, &packet, 548);
	assert_int_equal(lab_sent(lab, 0)->size, 14 + 576);
	assert_drop(lab, DROP_ip_protocol, 1);
}

static void no_error_about_what_came_to_all(void **state)
{
	struct lab *lab = *state;
	struct ip_fields ip = ip_from_peer(17);
	struct bytes by_link, by_ip;

	lab_know_peer(lab);
	by_link = frame_udp(&ip);
	memcpy(by_link.at, everyone_mac, 6);
	ip.dst = IP(198, 18, 0, 255);
	by_ip = frame_udp(&ip);
	memcpy(by_ip.at, everyone_mac, 6);
	lab_in(lab, &by_link);
	lab_in(lab, &by_ip);
	assert_int_equal(lab->ports[0].sent_count, 0);
	assert_drop(lab, DROP_ip_group, 2);
}

static void no_answer_to_an_echo_to_all(void **state)
{
	struct lab *lab = *state;
	struct ip_fields ip = ip_from_peer(1);
	static const uint32_t groups[] = { IP(198, 18, 0, 255), IP(198, 18, 0, 0),
					   IP(255, 255, 255, 255), IP(224, 0, 0, 1) };

	lab_know_peer(lab);
	for (unsigned int i = 0; i < COUNT_OF(groups); i++) {
		struct bytes request;

		ip.dst = groups[i];
		request = frame_icmp(&ip, 8, 0, 0, "x", 1);
		memcpy(request.at, everyone_mac, 6);
		lab_in(lab, &request);
	}
	assert_int_equal(lab->ports[0].sent_count, 0);
	assert_drop(lab, DROP_icmp_group, COUNT_OF(groups));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, lab_setup, lab_teardown)

int run_icmp(void)
{
	const struct CMUnitTest tests[] = {
		CASE(echo_comes_back_with_the_same_data),
		CASE(echo_padding_is_not_echoed),
		CASE(echo_is_answered_through_the_gateway),
		CASE(the_rate_is_limited_and_recovers),
		CASE(an_error_about_a_segment_of_ours_goes_up),
		CASE(udp_is_answered_by_port_unreachable),
		CASE(an_unknown_protocol_is_answered_and_quoted_up_to_576_bytes),
		CASE(no_error_about_what_came_to_all),
		CASE(no_answer_to_an_echo_to_all),
	};

	return cmocka_run_group_tests_name("icmp", tests, NULL, NULL);
}
