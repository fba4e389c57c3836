/* SPDX-License-Identifier: BSD-3-Clause */
#include "frames.h"

#include <stdlib.h>

#include "wire/arp.h"
#include "wire/checksum.h"
#include "wire/ethernet.h"
#include "wire/icmp.h"
#include "wire/ipv4.h"
#include "wire/print.h"
#include "wire/tcp_header.h"

#define LINE_BYTES 512

static void line_is(const struct rte_mbuf *mbuf, const void *expected)
{
	char line[LINE_BYTES];

	assert_ptr_equal(wire_print(mbuf, line, sizeof(line)), line);
	assert_string_equal(line, expected);
}

static void expect(const struct bytes *bytes, const char *line)
{
	frame_in_all_shapes(bytes, line_is, line);
}

static struct bytes ethernet(uint16_t type, uint16_t vlan)
{
	struct eth_header header = { { 2, 0, 0, 0, 0, 1 }, { 2, 0, 0, 0, 0, 2 }, type, vlan, 0 };
	struct bytes bytes = { .size = 0 };

	bytes.size = eth_emit(bytes.at, &header);
	return bytes;
}

static struct bytes ipv4(uint16_t vlan, uint8_t protocol, uint32_t payload)
{
	struct bytes bytes = ethernet(ETH_TYPE_IPV4, vlan);
	struct ipv4_header header = { .src = 0xc6120002,
				      .dst = 0xc6120001,
				      .total_length = (uint16_t)(20 + payload),
				      .ttl = 64,
				      .protocol = protocol };

	ipv4_emit(bytes.at + bytes.size, &header);
	bytes.size += 20;
	return bytes;
}

static struct bytes tcp(uint8_t flags, const struct tcp_options *options, uint32_t payload)
{
	struct tcp_header header = { 40000, 80, 1000, 2000, 65535, 5, flags, 0 };
	struct la_addr src = la_addr_from_ipv4(0xc6120002), dst = la_addr_from_ipv4(0xc6120001);
	struct bytes bytes;
	struct rte_mbuf *mbuf;
	uint16_t checksum;

	header.length = (uint8_t)(20 + (options != NULL ? tcp_options_length(options) : 0));
	bytes = ipv4(0, IP_PROTOCOL_TCP, header.length + payload);
	tcp_header_emit(bytes.at + 34, &header, options);
	bytes.size += header.length + payload;
	mbuf = frame_whole(bytes.at, bytes.size);
	checksum = checksum_transport(mbuf, 34, bytes.size - 34, &src, &dst, IP_PROTOCOL_TCP);
	memcpy(bytes.at + 50, &checksum, sizeof(checksum));
	rte_pktmbuf_free(mbuf);
	return bytes;
}

static void arp_lines(void **state)
{
	struct bytes bytes = ethernet(ETH_TYPE_ARP, 0);
	struct arp_packet packet = { .operation = ARP_REQUEST,
				     .sender_mac = { 2, 0, 0, 0, 0, 2 },
				     .sender_ip = 0xc6120002,
				     .target_ip = 0xc6120001 };

	arp_emit(bytes.at + 14, &packet);
	bytes.size += ARP_BYTES;
	expect(&bytes, "ARP, Request who-has 198.18.0.1 tell 198.18.0.2, length 28");
	packet.operation = ARP_REPLY;
	arp_emit(bytes.at + 14, &packet);
	expect(&bytes, "ARP, Reply 198.18.0.2 is-at 02:00:00:00:00:02, length 28");
	bytes.size--;
	expect(&bytes, "[|arp arp_short], length 27");
}

static void tcp_lines(void **state)
{
	struct tcp_options syn = { .has_mss = true,
				   .mss = 1460,
				   .sack_permitted = true,
				   .has_timestamps = true,
				   .ts_value = 7,
				   .ts_echo = 8,
				   .has_window_scale = true,
				   .window_scale = 9 };
	struct tcp_options sack = { .sack_count = 2, .sack = { { 1, 2 }, { 3, 4 } } };
	struct bytes bytes = tcp(TCP_SYN, &syn, 0);

	expect(&bytes,
	       "IP 198.18.0.2.40000 > 198.18.0.1.80: Flags [S], seq 1000, win 65535, options "
	       "[mss 1460,sackOK,TS val 7 ecr 8,wscale 9], length 0");
	bytes = tcp(TCP_ACK, &sack, 0);
	expect(&bytes, "IP 198.18.0.2.40000 > 198.18.0.1.80: Flags [.], seq 1000, ack 2000, "
		       "win 65535, options [sack 2 {1:2}{3:4}], length 0");
	bytes = tcp(TCP_PSH | TCP_ACK | TCP_URG, NULL, 10);
	expect(&bytes, "IP 198.18.0.2.40000 > 198.18.0.1.80: Flags [P.U], seq 1000:1010, ack 2000, "
		       "win 65535, urg 5, length 10");
	bytes.at[60] ^= 1;
	expect(&bytes, "IP 198.18.0.2.40000 > 198.18.0.1.80: Flags [P.U], seq 1000:1010, ack 2000, "
		       "win 65535, urg 5, length 10 (wrong TCP checksum)");
	bytes.at[46] = 0x40;
	expect(&bytes, "IP 198.18.0.2 > 198.18.0.1: [|tcp tcp_offset], length 30");
}

/* What the port will fill in is not wrong yet. */
static void checksums_left_to_the_port(void **state)
{
	struct bytes bytes = tcp(TCP_RST, NULL, 0);
	const char *line =
		"IP 198.18.0.2.40000 > 198.18.0.1.80: Flags [R], seq 1000, win 65535, length 0";
	struct rte_mbuf *mbuf;

	bytes.at[24] ^= 1;
	bytes.at[50] ^= 1;
	mbuf = frame_whole(bytes.at, bytes.size);
	mbuf->ol_flags |= RTE_MBUF_F_TX_TCP_CKSUM | RTE_MBUF_F_TX_IP_CKSUM;
	line_is(mbuf, line);
	rte_pktmbuf_free(mbuf);
	expect(&bytes,
	       "IP 198.18.0.2.40000 > 198.18.0.1.80: Flags [R], seq 1000, win 65535, length 0 "
	       "(wrong TCP checksum) (ip_checksum)");
}

static void seal_icmp(struct bytes *bytes)
{
	uint16_t checksum;

	put_16(bytes->at + 36, 0);
	checksum = checksum_bytes(bytes->at + 34, bytes->size - 34);
	memcpy(bytes->at + 36, &checksum, sizeof(checksum));
}

static void icmp_lines(void **state)
{
	struct icmp_message echo = { ICMP_ECHO_REQUEST, 0, 5 << 16 | 6 };
	struct icmp_message big = { ICMP_UNREACHABLE, ICMP_CODE_TOO_BIG, 1400 };
	struct bytes bytes = ipv4(0, IP_PROTOCOL_ICMP, 16), quoted = tcp(TCP_ACK, NULL, 0);

	icmp_emit(bytes.at + 34, &echo);
	bytes.size += 16;
	seal_icmp(&bytes);
	expect(&bytes, "IP 198.18.0.2 > 198.18.0.1: ICMP echo request, id 5, seq 6, length 16");
	bytes.at[38] ^= 1;
	expect(&bytes, "IP 198.18.0.2 > 198.18.0.1: ICMP echo request, id 261, seq 6, length 16 "
		       "(wrong ICMP checksum)");

	bytes = ipv4(0, IP_PROTOCOL_ICMP, 36);
	icmp_emit(bytes.at + 34, &big);
	memcpy(bytes.at + 42, quoted.at + 14, 28);
	bytes.size += 36;
	seal_icmp(&bytes);
	expect(&bytes,
	       "IP 198.18.0.2 > 198.18.0.1: ICMP type 3 code 4 need to frag (mtu 1400) about "
	       "198.18.0.2.40000 > 198.18.0.1.80 proto 6 seq 1000, length 36");
}

static void other_lines(void **state)
{
	struct bytes bytes = ipv4(0, IP_PROTOCOL_UDP, 11);
	struct ipv4_header header = { .src = 0xc6120002,
				      .dst = 0xc6120001,
				      .total_length = 28,
				      .id = 77,
				      .fragment_offset = 1480,
				      .more_fragments = true,
				      .ttl = 1,
				      .protocol = 6 };

	put_16(bytes.at + 34, 53);
	put_16(bytes.at + 36, 54);
	bytes.size += 11;
	expect(&bytes, "IP 198.18.0.2.53 > 198.18.0.1.54: UDP, length 3");
	/* Padding behind the packet is not the rest of its header. */
	bytes = ipv4(0, IP_PROTOCOL_UDP, 7);
	bytes.size += 26;
	expect(&bytes, "IP 198.18.0.2 > 198.18.0.1: [|udp], length 7");
	bytes = ipv4(5, 47, 1);
	bytes.size += 1;
	expect(&bytes, "vlan 5, IP 198.18.0.2 > 198.18.0.1: proto 47, length 1");
	bytes = ethernet(ETH_TYPE_IPV4, 0);
	ipv4_emit(bytes.at + 14, &header);
	bytes.size += 28;
	expect(&bytes,
	       "IP 198.18.0.2 > 198.18.0.1: frag id 77 offset 1480 more, proto 6, length 8");
	bytes.size--;
	expect(&bytes, "[|ip ip_total_length], length 27");
	bytes = ethernet(ETH_TYPE_IPV6, 0);
	expect(&bytes, "02:00:00:00:00:02 > 02:00:00:00:00:01, ethertype 0x86dd, length 14");
	bytes.size = 13;
	expect(&bytes, "[|eth eth_short], length 13");
}

/* Frames that were right before some of their bits were changed, and a line of any size. */
static void any_bytes_any_size(void **state)
{
	struct random_stream random = frames_random(10);
	struct tcp_options syn = { .has_mss = true, .has_timestamps = true };
	struct bytes sound[] = { tcp(TCP_SYN, &syn, 9), ipv4(9, IP_PROTOCOL_ICMP, 60),
				 ipv4(0, IP_PROTOCOL_UDP, 60), ethernet(ETH_TYPE_ARP, 0) };

	for (unsigned int i = 0; i < 20000; i++) {
		struct bytes bytes = sound[random_below(&random, RTE_DIM(sound))];
		size_t size = random_below(&random, 200);
		char *line = malloc(size + 1);
		struct rte_mbuf *mbuf;

		bytes.size = random_below(&random, 110);
		for (uint32_t j = random_below(&random, 4); j > 0; j--)
			bytes.at[12 + random_below(&random, 80)] = (uint8_t)random_u64(&random);
		memset(line, 'x', size + 1);
		mbuf = frame_shredded(bytes.at, bytes.size, &random, 60);
		assert_ptr_equal(wire_print(mbuf, line, size), line);
		assert_int_equal(line[size], 'x');
		if (size > 0) {
			assert_non_null(memchr(line, '\0', size));
			assert_null(strchr(line, '\n'));
		}
		rte_pktmbuf_free(mbuf);
		free(line);
	}
}

static void flags_as_letters(void **state)
{
	char text[16], tiny[3] = "xx";

	assert_string_equal(wire_print_flags(TCP_SYN, text, sizeof(text)), "S");
	assert_string_equal(wire_print_flags(TCP_SYN | TCP_ACK, text, sizeof(text)), "S.");
	assert_string_equal(wire_print_flags(TCP_FIN | TCP_ACK, text, sizeof(text)), "F.");
	assert_string_equal(wire_print_flags(TCP_PSH | TCP_ACK, text, sizeof(text)), "P.");
	assert_string_equal(wire_print_flags(TCP_RST, text, sizeof(text)), "R");
	assert_string_equal(wire_print_flags(0, text, sizeof(text)), "none");
	assert_string_equal(wire_print_flags(0xff, text, sizeof(text)), "FSRP.UEW");
	assert_string_equal(wire_print_flags(0xff, tiny, sizeof(tiny)), "FS");
	assert_string_equal(wire_print_flags(0xff, tiny, 0), "FS");
}

int run_print(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arp_lines),
		cmocka_unit_test(tcp_lines),
		cmocka_unit_test(checksums_left_to_the_port),
		cmocka_unit_test(icmp_lines),
		cmocka_unit_test(other_lines),
		cmocka_unit_test(any_bytes_any_size),
		cmocka_unit_test(flags_as_letters),
	};

	return cmocka_run_group_tests_name("print", tests, NULL, NULL);
}
