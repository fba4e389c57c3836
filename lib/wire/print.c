/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire/print.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "wire/arp.h"
#include "wire/bytes.h"
#include "wire/checksum.h"
#include "wire/ethernet.h"
#include "wire/icmp.h"
#include "wire/ipv4.h"
#include "wire/tcp_header.h"

/* A line being written: what does not fit is cut, the end is always marked. */
struct text {
	char *buf;
	size_t size, length;
};

static void __attribute__((format(printf, 2, 3)))
text_add(struct text *text, const char *format, ...)
{
	va_list arguments;
	int added;

	assert(text->length < text->size);
	va_start(arguments, format);
	added = vsnprintf(text->buf + text->length, text->size - text->length, format, arguments);
	va_end(arguments);
	if (added < 0)
		return;
	text->length += (size_t)added;
	if (text->length >= text->size)
		text->length = text->size - 1;
}

static void add_address(struct text *text, uint32_t address)
{
	text_add(text, "%u.%u.%u.%u", address >> 24, address >> 16 & 0xff, address >> 8 & 0xff,
		 address & 0xff);
}

static void add_mac(struct text *text, const uint8_t mac[6])
{
	text_add(text, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
		 mac[5]);
}

/* "[|tcp ip_short]": what could not be read, and the reason it would be dropped under. */
static void add_verdict(struct text *text, const char *what, enum verdict verdict, uint32_t length)
{
	const char *name = verdict_drop_name(verdict);

	text_add(text, "[|%s %s], length %" PRIu32, what, name != NULL ? name : "?", length);
}

char *wire_print_flags(unsigned int flags, char *buf, size_t size)
{
	/* The letters and their order are tcpdump's. */
	static const struct {
		unsigned int flag;
		char letter;
	} letters[] = { { TCP_FIN, 'F' }, { TCP_SYN, 'S' }, { TCP_RST, 'R' }, { TCP_PSH, 'P' },
			{ TCP_ACK, '.' }, { TCP_URG, 'U' }, { TCP_ECE, 'E' }, { TCP_CWR, 'W' } };
	struct text text = { buf, size, 0 };

	if (size == 0)
		return buf;
	buf[0] = '\0';
	for (unsigned int i = 0; i < RTE_DIM(letters); i++) {
		if ((flags & letters[i].flag) != 0)
			text_add(&text, "%c", letters[i].letter);
	}
	if (text.length == 0)
		text_add(&text, "none");
	return buf;
}

static void print_arp(struct text *text, const struct rte_mbuf *mbuf, uint32_t offset)
{
	struct arp_packet packet;
	enum verdict verdict = arp_parse(mbuf, offset, &packet);

	if (verdict != VERDICT_CONTINUE) {
		add_verdict(text, "arp", verdict, bytes_behind(mbuf, offset));
		return;
	}
	if (packet.operation == ARP_REQUEST) {
		text_add(text, "ARP, Request who-has ");
		add_address(text, packet.target_ip);
		text_add(text, " tell ");
		add_address(text, packet.sender_ip);
	} else {
		text_add(text, "ARP, Reply ");
		add_address(text, packet.sender_ip);
		text_add(text, " is-at ");
		add_mac(text, packet.sender_mac);
	}
	text_add(text, ", length %u", ARP_BYTES);
}

static void add_options(struct text *text, const struct tcp_options *options)
{
	const char *comma = "";

	text_add(text, ", options [");
	if (options->has_mss) {
		text_add(text, "mss %u", options->mss);
		comma = ",";
	}
	if (options->sack_permitted) {
		text_add(text, "%ssackOK", comma);
		comma = ",";
	}
	if (options->has_timestamps) {
		text_add(text, "%sTS val %" PRIu32 " ecr %" PRIu32, comma, options->ts_value,
			 options->ts_echo);
		comma = ",";
	}
	if (options->has_window_scale) {
		text_add(text, "%swscale %u", comma, options->window_scale);
		comma = ",";
	}
	if (options->sack_count != 0)
		text_add(text, "%ssack %u ", comma, options->sack_count);
	for (unsigned int i = 0; i < options->sack_count; i++)
		text_add(text, "{%" PRIu32 ":%" PRIu32 "}", options->sack[i].left,
			 options->sack[i].right);
	text_add(text, "]");
}

/* True if the checksum is wrong and nobody has promised to fill it in. */
static bool is_tcp_checksum_wrong(const struct rte_mbuf *mbuf, uint32_t offset,
				  const struct ipv4_header *ip)
{
	struct la_addr src = { .bytes = { [10] = 0xff, [11] = 0xff } }, dst = src;

	if ((mbuf->ol_flags & RTE_MBUF_F_TX_L4_MASK) == RTE_MBUF_F_TX_TCP_CKSUM)
		return false;
	store_32(src.bytes + 12, ip->src);
	store_32(dst.bytes + 12, ip->dst);
	return checksum_transport(mbuf, offset, ip->total_length - ip->header_length, &src, &dst,
				  IP_PROTOCOL_TCP) != 0;
}

static void add_ports(struct text *text, const struct ipv4_header *ip, uint16_t src, uint16_t dst)
{
	add_address(text, ip->src);
	text_add(text, ".%u > ", src);
	add_address(text, ip->dst);
	text_add(text, ".%u: ", dst);
}

static void add_pair(struct text *text, const struct ipv4_header *ip)
{
	add_address(text, ip->src);
	text_add(text, " > ");
	add_address(text, ip->dst);
	text_add(text, ": ");
}

static void print_tcp(struct text *text, const struct rte_mbuf *mbuf, uint32_t offset,
		      const struct ipv4_header *ip)
{
	uint32_t length = ip->total_length - ip->header_length;
	struct tcp_options options;
	struct tcp_header tcp;
	enum verdict verdict = tcp_header_parse(mbuf, offset, length, &tcp);
	char flags[16];

	if (verdict != VERDICT_CONTINUE) {
		add_pair(text, ip);
		add_verdict(text, "tcp", verdict, length);
		return;
	}
	add_ports(text, ip, tcp.src_port, tcp.dst_port);
	text_add(text, "Flags [%s], seq %" PRIu32,
		 wire_print_flags(tcp.flags, flags, sizeof(flags)), tcp.seq);
	length -= tcp.length;
	if (length != 0)
		text_add(text, ":%" PRIu32, tcp.seq + length);
	if ((tcp.flags & TCP_ACK) != 0)
		text_add(text, ", ack %" PRIu32, tcp.ack);
	text_add(text, ", win %u", tcp.window);
	if ((tcp.flags & TCP_URG) != 0)
		text_add(text, ", urg %u", tcp.urgent);
	if (tcp.length > 20) {
		tcp_options_parse(mbuf, offset, &tcp, &options);
		add_options(text, &options);
	}
	text_add(text, ", length %" PRIu32, length);
	if (is_tcp_checksum_wrong(mbuf, offset, ip))
		text_add(text, " (wrong TCP checksum)");
}

static void print_udp(struct text *text, const struct rte_mbuf *mbuf, uint32_t offset,
		      const struct ipv4_header *ip)
{
	uint32_t length = ip->total_length - ip->header_length;
	uint8_t copy[8];
	const uint8_t *at = bytes_at(mbuf, offset, sizeof(copy), copy);

	if (length < sizeof(copy) || at == NULL) {
		add_pair(text, ip);
		text_add(text, "[|udp], length %" PRIu32, length);
		return;
	}
	add_ports(text, ip, load_16(at), load_16(at + 2));
	text_add(text, "UDP, length %" PRIu32, length - (uint32_t)sizeof(copy));
}

static void add_quote(struct text *text, const struct icmp_quote *quote)
{
	text_add(text, " about ");
	add_address(text, quote->src);
	text_add(text, ".%u > ", quote->src_port);
	add_address(text, quote->dst);
	text_add(text, ".%u proto %u", quote->dst_port, quote->protocol);
	if (quote->protocol == IP_PROTOCOL_TCP)
		text_add(text, " seq %" PRIu32, quote->seq);
}

static void print_icmp(struct text *text, const struct rte_mbuf *mbuf, uint32_t offset,
		       const struct ipv4_header *ip)
{
	uint32_t length = ip->total_length - ip->header_length;
	struct icmp_message message;
	struct icmp_quote quote;
	enum verdict verdict = icmp_parse(mbuf, offset, length, &message);

	add_pair(text, ip);
	if (verdict != VERDICT_CONTINUE && verdict != DROP_icmp_checksum) {
		add_verdict(text, "icmp", verdict, length);
		return;
	}
	if (message.type == ICMP_ECHO_REQUEST || message.type == ICMP_ECHO_REPLY)
		text_add(text, "ICMP echo %s, id %" PRIu32 ", seq %" PRIu32,
			 message.type == ICMP_ECHO_REQUEST ? "request" : "reply",
			 message.rest >> 16, message.rest & 0xffff);
	else
		text_add(text, "ICMP type %u code %u", message.type, message.code);
	if (message.type == ICMP_UNREACHABLE && message.code == ICMP_CODE_TOO_BIG)
		text_add(text, " need to frag (mtu %" PRIu32 ")", message.rest & 0xffff);
	if (icmp_is_error(message.type) &&
	    icmp_quote_parse(mbuf, offset, length, &quote) == VERDICT_CONTINUE)
		add_quote(text, &quote);
	text_add(text, ", length %" PRIu32, length);
	if (verdict == DROP_icmp_checksum)
		text_add(text, " (wrong ICMP checksum)");
}

/* What lies behind the header, unless the packet is a later fragment: that has no header there. */
static void print_payload(struct text *text, const struct rte_mbuf *mbuf, uint32_t offset,
			  const struct ipv4_header *ip)
{
	uint32_t length = ip->total_length - ip->header_length;

	if (ip->more_fragments || ip->fragment_offset != 0) {
		add_pair(text, ip);
		text_add(text, "frag id %u offset %u%s, proto %u, length %" PRIu32, ip->id,
			 ip->fragment_offset, ip->more_fragments ? " more" : "", ip->protocol,
			 length);
		return;
	}
	switch (ip->protocol) {
	case IP_PROTOCOL_TCP:
		print_tcp(text, mbuf, offset, ip);
		break;
	case IP_PROTOCOL_ICMP:
		print_icmp(text, mbuf, offset, ip);
		break;
	case IP_PROTOCOL_UDP:
		print_udp(text, mbuf, offset, ip);
		break;
	default:
		add_pair(text, ip);
		text_add(text, "proto %u, length %" PRIu32, ip->protocol, length);
		break;
	}
}

static void print_ipv4(struct text *text, const struct rte_mbuf *mbuf, uint32_t offset)
{
	struct ipv4_header ip;
	enum verdict verdict = ipv4_parse_lengths(mbuf, offset, &ip);

	if (verdict != VERDICT_CONTINUE) {
		add_verdict(text, "ip", verdict, bytes_behind(mbuf, offset));
		return;
	}
	text_add(text, "IP ");
	print_payload(text, mbuf, offset + ip.header_length, &ip);
	verdict = ipv4_parse(mbuf, offset, &ip);
	if (verdict == DROP_ip_checksum && (mbuf->ol_flags & RTE_MBUF_F_TX_IP_CKSUM) != 0)
		return;
	if (verdict != VERDICT_CONTINUE)
		text_add(text, " (%s)", verdict_drop_name(verdict));
}

char *wire_print(const struct rte_mbuf *mbuf, char *buf, size_t size)
{
	struct text text = { buf, size, 0 };
	struct eth_header eth = { .length = 0 };
	enum verdict verdict;

	if (size == 0)
		return buf;
	buf[0] = '\0';
	verdict = eth_parse(mbuf, &eth);
	if (verdict != VERDICT_CONTINUE) {
		add_verdict(&text, "eth", verdict, rte_pktmbuf_pkt_len(mbuf));
		return buf;
	}
	if (eth.vlan != 0)
		text_add(&text, "vlan %u, ", eth.vlan);
	if (eth.type == ETH_TYPE_IPV4) {
		print_ipv4(&text, mbuf, eth.length);
	} else if (eth.type == ETH_TYPE_ARP) {
		print_arp(&text, mbuf, eth.length);
	} else {
		add_mac(&text, eth.src);
		text_add(&text, " > ");
		add_mac(&text, eth.dst);
		text_add(&text, ", ethertype 0x%04x, length %" PRIu32, eth.type,
			 rte_pktmbuf_pkt_len(mbuf));
	}
	return buf;
}
