/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * drops.c: each reason for which lib/net and lib/io drop a frame, provoked: it is counted once and
 * no other is, nothing goes up, no buffer is lost, and the next good frame is taken as if nothing
 * had happened. The tests are named after the reasons; a reason without one fails.
 */
#include "lab.h"

#include "base/mbufs.h"

struct drop_case {
	enum verdict reason;
	void (*provoke)(struct lab *lab);
};

static struct bytes good(void)
{
	struct ip_fields ip = ip_from_peer(6);

	return frame_tcp(&ip, 100);
}

/* Takes every buffer, and gives them back. */
static unsigned int take_all(struct lab *lab, struct rte_mbuf **all)
{
	unsigned int count = rte_mempool_avail_count(lab->env.mbufs);

	assert_int_equal(rte_pktmbuf_alloc_bulk(lab->env.mbufs, all, count), 0);
	return count;
}

static void rx_no_mbuf(struct lab *lab)
{
	struct bytes frame = good();
	struct rte_mbuf *all[LAB_MBUFS], *shared = lab_mbuf(&frame);
	unsigned int count = take_all(lab, all);

	rte_mbuf_refcnt_update(shared, 1);
	lab_in_mbuf(lab, 0, shared);
	rte_pktmbuf_free(shared);
	rte_pktmbuf_free_bulk(all, count);
}

static void eth_short(struct lab *lab)
{
	struct bytes frame = good();

	frame.size = 13;
	lab_in(lab, &frame);
}

static void eth_source(struct lab *lab)
{
	struct bytes frame = good();

	frame.at[6] |= 1;
	lab_in(lab, &frame);
}

static void eth_not_ours(struct lab *lab)
{
	struct bytes frame = good();

	frame.at[5] ^= 1;
	lab_in(lab, &frame);
}

static void eth_vlan(struct lab *lab)
{
	struct bytes frame = frame_eth(0x8100), plain = good();

	put_16(frame.at + 14, TAG);
	put_16(frame.at + 16, 0x0800);
	frame.size = 18;
	frame_append(&frame, plain.at + 14, plain.size - 14);
	lab_in(lab, &frame);
}

/* The good frame without its tag, on the port that has one. */
static void eth_vlan_missing(struct lab *lab)
{
	struct bytes frame = good();

	lab_in_by(lab, 1, &frame);
}

/* The driver took the tag out and says so. */
static void eth_vlan_stripped(struct lab *lab)
{
	struct bytes frame = good();
	struct rte_mbuf *mbuf = lab_mbuf(&frame);

	mbuf->ol_flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
	mbuf->vlan_tci = TAG;
	lab_in_mbuf(lab, 0, mbuf);
}

static void eth_type(struct lab *lab)
{
	static const uint8_t header[40] = { 0x60 };
	struct bytes frame = frame_eth(0x86dd);

	frame_append(&frame, header, sizeof(header));
	lab_in(lab, &frame);
}

static void arp_short(struct lab *lab)
{
	struct bytes frame = frame_arp(ARP_REQUEST, peer_mac, PEER, OURS);

	frame.size--;
	lab_in(lab, &frame);
}

static void arp_format(struct lab *lab)
{
	struct bytes frame = frame_arp(ARP_REQUEST, peer_mac, PEER, OURS);

	frame.at[18] = 8;
	lab_in(lab, &frame);
}

static void arp_operation(struct lab *lab)
{
	struct bytes frame = frame_arp(3, peer_mac, PEER, OURS);

	lab_in(lab, &frame);
}

static void arp_sender_differs(struct lab *lab)
{
	struct bytes frame = frame_arp(ARP_REQUEST, peer_mac, PEER, OURS);

	frame.at[11] ^= 1;
	lab_in(lab, &frame);
}

static void arp_sender_group(struct lab *lab)
{
	struct bytes frame = frame_arp(ARP_REQUEST, peer_mac, IP(224, 0, 0, 1), OURS);

	lab_in(lab, &frame);
}

static void arp_sender_zero(struct lab *lab)
{
	struct bytes frame = frame_arp(ARP_REPLY, peer_mac, 0, OURS);

	lab_in(lab, &frame);
}

static void arp_sender_ourselves(struct lab *lab)
{
	struct bytes frame = frame_arp(ARP_REQUEST, our_mac, OURS, OURS);

	lab_in(lab, &frame);
}

static void arp_conflict(struct lab *lab)
{
	struct bytes frame = frame_arp(ARP_REPLY, other_mac, OURS, PEER);

	lab_in(lab, &frame);
}

static void arp_not_ours(struct lab *lab)
{
	struct bytes frame = frame_arp(ARP_REQUEST, other_mac, IP(198, 18, 0, 66), PEER);

	lab_in(lab, &frame);
}

static void arp_unsolicited(struct lab *lab)
{
	struct bytes frame = frame_arp(ARP_REPLY, other_mac, PEER, OURS);

	lab_in(lab, &frame);
}

static void ip_short(struct lab *lab)
{
	struct bytes frame = good();

	frame.size = 33;
	lab_in(lab, &frame);
}

static void ip_version(struct lab *lab)
{
	struct bytes frame = good();

	frame.at[14] = 0x65;
	frame_fix_ip(&frame);
	lab_in(lab, &frame);
}

static void ip_header_length(struct lab *lab)
{
	struct bytes frame = good();

	frame.at[14] = 0x44;
	lab_in(lab, &frame);
}

static void ip_total_length(struct lab *lab)
{
	struct bytes frame = good();

	put_16(frame.at + 16, (uint16_t)(frame.size - 13));
	frame_fix_ip(&frame);
	lab_in(lab, &frame);
}

static void ip_checksum(struct lab *lab)
{
	struct bytes frame = good();

	frame.at[24] ^= 1;
	lab_in(lab, &frame);
}

/* A port that does not verify may say "good" in vain. */
static void ip_checksum_said_good(struct lab *lab)
{
	struct bytes frame = good();
	struct rte_mbuf *mbuf;

	frame.at[24] ^= 1;
	mbuf = lab_mbuf(&frame);
	mbuf->ol_flags |= RTE_MBUF_F_RX_IP_CKSUM_GOOD;
	lab_in_mbuf(lab, 0, mbuf);
}

/* The good segment behind these four bytes of options. */
static void in_with_option(struct lab *lab, uint32_t option)
{
	struct bytes plain = good(), frame = plain;

	frame.at[14] = 0x46;
	put_16(frame.at + 16, (uint16_t)(plain.size - 10));
	put_32(frame.at + 34, option);
	frame.size = 38;
	frame_append(&frame, plain.at + 34, plain.size - 34);
	frame_fix_ip(&frame);
	lab_in(lab, &frame);
}

static void ip_options(struct lab *lab)
{
	in_with_option(lab, 0x44050000);
}

static void ip_source_route(struct lab *lab)
{
	in_with_option(lab, 0x83030400);
}

static void in_from(struct lab *lab, uint32_t src, uint8_t protocol)
{
	struct ip_fields ip = ip_from_peer(protocol);
	struct bytes frame;

	ip.src = src;
	frame = protocol == 6 ? frame_tcp(&ip, 0) : frame_udp(&ip);
	lab_in(lab, &frame);
}

static void ip_source_this_network(struct lab *lab)
{
	in_from(lab, IP(0, 0, 0, 1), 6);
}

static void ip_source_loopback(struct lab *lab)
{
	in_from(lab, IP(127, 0, 0, 1), 6);
}

static void ip_source_multicast(struct lab *lab)
{
	in_from(lab, IP(224, 0, 0, 1), 6);
}

static void ip_source_reserved(struct lab *lab)
{
	in_from(lab, IP(240, 0, 0, 1), 6);
}

static void ip_source_broadcast(struct lab *lab)
{
	in_from(lab, UINT32_MAX, 6);
}

static void ip_source_directed_broadcast(struct lab *lab)
{
	in_from(lab, IP(198, 18, 1, 255), 6);
}

static void ip_source_ours(struct lab *lab)
{
	in_from(lab, OURS_TAGGED, 17);
}

static void in_to(struct lab *lab, uint32_t dst, uint8_t protocol)
{
	struct ip_fields ip = ip_from_peer(protocol);
	struct bytes frame;

	ip.dst = dst;
	frame = protocol == 6 ? frame_tcp(&ip, 0) : frame_udp(&ip);
	lab_in(lab, &frame);
}

static void ip_destination(struct lab *lab)
{
	in_to(lab, IP(198, 18, 0, 3), 6);
}

static void ip_group(struct lab *lab)
{
	in_to(lab, IP(198, 18, 0, 255), 17);
}

static void ip_ttl(struct lab *lab)
{
	struct bytes frame = good();

	frame.at[22] = 0;
	frame_fix_ip(&frame);
	lab_in(lab, &frame);
}

static void ip_protocol(struct lab *lab)
{
	struct ip_fields ip = ip_from_peer(132);
	struct bytes frame = frame_ip(&ip, "payload", 7);

	lab_in(lab, &frame);
	assert_int_equal(lab->env.counters.stats[STAT_tx_icmp_errors], 1);
}

static void in_fragment(struct lab *lab, uint16_t offset, bool more, uint32_t size)
{
	static const uint8_t payload[1500];
	struct ip_fields ip = ip_from_peer(6);
	struct bytes frame;

	ip.offset = offset;
	ip.more = more;
	frame = frame_ip(&ip, payload, size);
	lab_in(lab, &frame);
}

static void frag_bounds(struct lab *lab)
{
	in_fragment(lab, 65528, false, 100);
}

static void frag_tiny(struct lab *lab)
{
	in_fragment(lab, 0, true, 8);
}

/* Two frames: the one that was there is counted as well. */
static void frag_overlap(struct lab *lab)
{
	in_fragment(lab, 0, true, 800);
	assert_int_equal(lab_drops(lab), 0);
	in_fragment(lab, 792, true, 800);
	lab->env.counters.drops[DROP_frag_overlap]--;
}

static void frag_duplicate(struct lab *lab)
{
	in_fragment(lab, 800, true, 800);
	in_fragment(lab, 800, true, 800);
}

static void frag_full(struct lab *lab)
{
	static const uint8_t payload[24];

	for (uint16_t id = 0; id <= FRAGMENT_DATAGRAMS_MAX; id++) {
		struct ip_fields ip = ip_from_peer(6);
		struct bytes frame;

		ip.id = id;
		ip.more = true;
		frame = frame_ip(&ip, payload, sizeof(payload));
		lab_in(lab, &frame);
	}
}

static void frag_timeout(struct lab *lab)
{
	in_fragment(lab, 800, true, 800);
	lab_wait(lab, FRAGMENT_TIMEOUT_US + 2 * WHEEL_TICK_US);
}

static void in_icmp(struct lab *lab, uint8_t type, uint8_t code, const void *payload, uint32_t size)
{
	struct ip_fields ip = ip_from_peer(1);
	struct bytes frame = frame_icmp(&ip, type, code, 0, payload, size);

	lab_in(lab, &frame);
}

static void icmp_short(struct lab *lab)
{
	struct ip_fields ip = ip_from_peer(1);
	struct bytes frame = frame_ip(&ip, "\x08\0\xf7\xff\0\0\0", 7);

	lab_in(lab, &frame);
}

static void icmp_checksum(struct lab *lab)
{
	struct ip_fields ip = ip_from_peer(1);
	struct bytes frame = frame_icmp(&ip, 8, 0, 0, "x", 1);

	frame.at[36] ^= 1;
	lab_in(lab, &frame);
}

static void icmp_type_timestamp(struct lab *lab)
{
	in_icmp(lab, 13, 0, "123456789012", 12);
}

static void icmp_type_echo_reply(struct lab *lab)
{
	in_icmp(lab, 0, 0, "x", 1);
}

/* RFC 6633: a source quench is ignored, whatever it quotes. */
static void icmp_type_source_quench(struct lab *lab)
{
	struct ip_fields ip = { .src = OURS, .dst = PEER, .protocol = 6, .ttl = 9 };
	struct bytes frame = frame_tcp(&ip, 0);

	in_icmp(lab, 4, 0, frame.at + 14, 28);
}

static void icmp_type_redirect(struct lab *lab)
{
	struct ip_fields ip = { .src = OURS, .dst = FAR, .protocol = 6, .ttl = 9 };
	struct bytes frame = frame_tcp(&ip, 0);

	in_icmp(lab, 5, 1, frame.at + 14, 28);
}

static void icmp_group(struct lab *lab)
{
	struct ip_fields ip = ip_from_peer(1);
	struct bytes frame;

	ip.dst = IP(198, 18, 0, 255);
	frame = frame_icmp(&ip, 8, 0, 0, "x", 1);
	memcpy(frame.at, everyone_mac, 6);
	lab_in(lab, &frame);
}

static void icmp_quote_cut(struct lab *lab)
{
	struct ip_fields ip = { .src = OURS, .dst = PEER, .protocol = 6, .ttl = 9 };
	struct bytes frame = frame_tcp(&ip, 0);

	in_icmp(lab, 3, 3, frame.at + 14, 27);
}

static void icmp_quote_not_ours(struct lab *lab)
{
	struct ip_fields ip = { .src = FAR, .dst = PEER, .protocol = 6, .ttl = 9 };
	struct bytes frame = frame_tcp(&ip, 0);

	in_icmp(lab, 3, 3, frame.at + 14, 28);
}

static void icmp_quote_not_tcp(struct lab *lab)
{
	struct ip_fields ip = { .src = OURS, .dst = PEER, .protocol = 17, .ttl = 9 };
	struct bytes frame = frame_udp(&ip);

	in_icmp(lab, 3, 3, frame.at + 14, 28);
}

static void icmp_rate(struct lab *lab)
{
	lab->net.icmp_limiter.credit_us = 0;
	lab->net.icmp_limiter.updated_us = lab->env.now_us;
	in_icmp(lab, 8, 0, "x", 1);
}

static void udp_port(struct lab *lab)
{
	struct ip_fields ip = ip_from_peer(17);
	struct bytes frame = frame_udp(&ip);

	lab_in(lab, &frame);
	assert_int_equal(lab->env.counters.stats[STAT_tx_icmp_errors], 1);
}

static void tcp_short(struct lab *lab)
{
	struct ip_fields ip = ip_from_peer(6);
	struct bytes segment = segment_tcp(&ip, 0);
	struct bytes frame = frame_ip(&ip, segment.at, 19);

	lab_in(lab, &frame);
}

static void tcp_checksum(struct lab *lab)
{
	struct bytes frame = good();

	frame.at[frame.size - 1] ^= 1;
	lab_in(lab, &frame);
}

static void tcp_checksum_said_good(struct lab *lab)
{
	struct bytes frame = good();
	struct rte_mbuf *mbuf;

	frame.at[frame.size - 1] ^= 1;
	mbuf = lab_mbuf(&frame);
	mbuf->ol_flags |= RTE_MBUF_F_RX_L4_CKSUM_GOOD;
	lab_in_mbuf(lab, 0, mbuf);
}

static void tcp_group(struct lab *lab)
{
	in_to(lab, IP(198, 18, 0, 255), 6);
}

static void tcp_group_by_link(struct lab *lab)
{
	struct bytes frame = good();

	memcpy(frame.at, everyone_mac, 6);
	lab_in(lab, &frame);
}

static void tcp_land(struct lab *lab)
{
	in_from(lab, OURS, 6);
}

static void out_to(struct lab *lab, uint32_t remote, uint32_t text, enum verdict expected)
{
	struct egress_to to = lab_to(remote);

	assert_int_equal(egress_send(&lab->net, lab_segment(lab, text), &to), expected);
	net_flush(&lab->net);
}

static void tx_no_mbuf(struct lab *lab)
{
	struct bytes frame = good();
	struct rte_mbuf *all[LAB_MBUFS], *shared = lab_mbuf(&frame);
	unsigned int count = take_all(lab, all);
	struct egress_to to = lab_to(PEER);

	rte_mbuf_refcnt_update(shared, 1);
	assert_int_equal(egress_send(&lab->net, shared, &to), DROP_tx_no_mbuf);
	rte_pktmbuf_free(shared);
	rte_pktmbuf_free_bulk(all, count);
}

static void tx_no_route(struct lab *lab)
{
	out_to(lab, IP(198, 18, 0, 255), 0, DROP_tx_no_route);
}

static void tx_neighbour_full(struct lab *lab)
{
	for (unsigned int i = 0; i < NEIGHBOUR_WAITING_MAX; i++)
		out_to(lab, FAR, 0, VERDICT_CONTINUE);
	out_to(lab, FAR, 0, DROP_tx_neighbour_full);
}

static void tx_neighbour_timeout(struct lab *lab)
{
	out_to(lab, FAR, 0, VERDICT_CONTINUE);
	for (unsigned int i = 0; i < ARP_RETRIES; i++)
		lab_wait(lab, ARP_INTERVAL_US);
}

static void tx_port(struct lab *lab)
{
	lab->ports[0].room = 0;
	for (unsigned int i = 0; i <= TX_BUFFER_FRAMES; i++)
		out_to(lab, PEER, 0, VERDICT_CONTINUE);
	lab->ports[0].room = UINT32_MAX;
}

static void tx_too_long(struct lab *lab)
{
	out_to(lab, PEER, 1460, VERDICT_CONTINUE);
	out_to(lab, PEER, 1461, DROP_tx_too_long);
}

#define DROP_CASE(name)           \
	{                         \
		DROP_##name, name \
	}

static const struct drop_case cases[] = {
	DROP_CASE(rx_no_mbuf),
	DROP_CASE(eth_short),
	DROP_CASE(eth_source),
	DROP_CASE(eth_not_ours),
	DROP_CASE(eth_vlan),
	{ DROP_eth_vlan, eth_vlan_missing },
	{ DROP_eth_vlan, eth_vlan_stripped },
	DROP_CASE(eth_type),
	DROP_CASE(arp_short),
	DROP_CASE(arp_format),
	DROP_CASE(arp_operation),
	{ DROP_arp_sender, arp_sender_differs },
	{ DROP_arp_sender, arp_sender_group },
	{ DROP_arp_sender, arp_sender_zero },
	{ DROP_arp_sender, arp_sender_ourselves },
	DROP_CASE(arp_conflict),
	DROP_CASE(arp_not_ours),
	DROP_CASE(arp_unsolicited),
	DROP_CASE(ip_short),
	DROP_CASE(ip_version),
	DROP_CASE(ip_header_length),
	DROP_CASE(ip_total_length),
	DROP_CASE(ip_checksum),
	{ DROP_ip_checksum, ip_checksum_said_good },
	DROP_CASE(ip_options),
	DROP_CASE(ip_source_route),
	{ DROP_ip_source, ip_source_this_network },
	{ DROP_ip_source, ip_source_loopback },
	{ DROP_ip_source, ip_source_multicast },
	{ DROP_ip_source, ip_source_reserved },
	{ DROP_ip_source, ip_source_broadcast },
	{ DROP_ip_source, ip_source_directed_broadcast },
	{ DROP_ip_source, ip_source_ours },
	DROP_CASE(ip_destination),
	DROP_CASE(ip_group),
	DROP_CASE(ip_ttl),
	DROP_CASE(ip_protocol),
	DROP_CASE(frag_bounds),
	DROP_CASE(frag_tiny),
	DROP_CASE(frag_overlap),
	DROP_CASE(frag_duplicate),
	DROP_CASE(frag_full),
	DROP_CASE(frag_timeout),
	DROP_CASE(icmp_short),
	DROP_CASE(icmp_checksum),
	{ DROP_icmp_type, icmp_type_timestamp },
	{ DROP_icmp_type, icmp_type_echo_reply },
	{ DROP_icmp_type, icmp_type_source_quench },
	{ DROP_icmp_type, icmp_type_redirect },
	DROP_CASE(icmp_group),
	{ DROP_icmp_quote, icmp_quote_cut },
	{ DROP_icmp_quote, icmp_quote_not_ours },
	{ DROP_icmp_quote, icmp_quote_not_tcp },
	DROP_CASE(icmp_rate),
	DROP_CASE(udp_port),
	DROP_CASE(tcp_short),
	DROP_CASE(tcp_checksum),
	{ DROP_tcp_checksum, tcp_checksum_said_good },
	DROP_CASE(tcp_group),
	{ DROP_tcp_group, tcp_group_by_link },
	DROP_CASE(tcp_land),
	DROP_CASE(tx_no_mbuf),
	DROP_CASE(tx_no_route),
	DROP_CASE(tx_neighbour_full),
	DROP_CASE(tx_neighbour_timeout),
	DROP_CASE(tx_port),
	DROP_CASE(tx_too_long),
};

static int setup(void **state)
{
	const struct drop_case *drop = *state;
	struct lab *lab;

	assert_int_equal(lab_setup(state), 0);
	lab = *state;
	lab->argument = drop;
	lab_know_peer(lab);
	return 0;
}

static void is_counted_once(void **state)
{
	struct lab *lab = *state;
	const struct drop_case *drop = lab->argument;
	struct bytes frame = good();

	drop->provoke(lab);
	assert_drop(lab, drop->reason, 1);
	assert_int_equal(lab->packet_count, 0);
	net_flush(&lab->net);
	assert_int_equal(lab_missing(lab),
			 neighbour_waiting(&lab->net.neighbours) + lab->net.fragments.held);
	lab_in(lab, &frame);
	assert_int_equal(lab->packet_count, 1);
	assert_int_equal(lab->packets[0].length, 120);
	assert_drop(lab, drop->reason, 1);
}

/* Reasons up to those of TCP itself, and all of output, are this room's. */
static bool is_ours(unsigned int reason)
{
	return (reason >= DROP_rx_no_mbuf && reason <= DROP_tcp_short) ||
	       reason == DROP_tcp_checksum || reason == DROP_tcp_group || reason == DROP_tcp_land ||
	       (reason >= DROP_tx_no_mbuf && reason < VERDICTS);
}

static void every_reason_is_provoked(void **state)
{
	for (unsigned int reason = DROP_rx_no_mbuf; reason < VERDICTS; reason++) {
		bool found = !is_ours(reason);

		for (unsigned int i = 0; i < COUNT_OF(cases) && !found; i++)
			found = cases[i].reason == reason;
		if (!found)
			fail_msg("nothing provokes %s", verdict_drop_name(reason));
	}
}

int run_drops(void)
{
	const struct CMUnitTest all[] = { cmocka_unit_test(every_reason_is_provoked) };
	struct CMUnitTest tests[COUNT_OF(cases)];

	for (unsigned int i = 0; i < COUNT_OF(cases); i++) {
		tests[i] = (struct CMUnitTest){
			.name = verdict_drop_name(cases[i].reason),
			.test_func = is_counted_once,
			.setup_func = setup,
			.teardown_func = lab_teardown,
			.initial_state = (void *)(uintptr_t)&cases[i],
		};
	}
	return cmocka_run_group_tests_name("drops", tests, NULL, NULL) +
	       cmocka_run_group_tests_name("drops, all", all, NULL, NULL);
}
