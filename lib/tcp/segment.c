/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/segment.h"

#include <assert.h>
#include <string.h>

#include <rte_mbuf.h>

#include "net/packet.h"

enum verdict segment_read(const struct packet *packet, struct tcp_seg *out)
{
	struct tcp_header header;
	enum verdict verdict;

	verdict = tcp_header_parse(packet->mbuf, packet->offset, packet->length, &header);
	if (verdict != VERDICT_CONTINUE)
		return verdict;
	if (header.src_port == 0 || header.dst_port == 0)
		return DROP_tcp_ports;
	if ((header.flags & TCP_SYN) != 0 && (header.flags & (TCP_FIN | TCP_RST)) != 0)
		return DROP_tcp_flags;
	out->tuple.remote = packet->remote;
	out->tuple.remote_port = header.src_port;
	out->tuple.local_port = header.dst_port;
	out->tuple.local_index = packet->local_index;
	out->flags = header.flags;
	out->tos = packet->tos;
	out->seq = header.seq;
	out->ack = header.ack;
	out->wnd = header.window;
	out->urgent = header.urgent;
	out->text = packet->length - header.length;
	out->text_offset = (uint16_t)(packet->offset + header.length);
	out->mbuf = packet->mbuf;
	out->local = packet->local;
	tcp_options_parse(packet->mbuf, packet->offset, &header, &out->options);
	return VERDICT_CONTINUE;
}

void segment_trim_front(struct tcp_seg *seg, uint32_t count)
{
	assert(count <= seg->text);
	if (count == 0)
		return;
	segment_strip_headers(seg);
	seg->mbuf = mbufq_chain_trim_front(seg->mbuf, count);
	seg->text -= count;
	seg->seq += count;
}

void segment_cut(struct tcp_seg *seg, uint32_t length)
{
	assert(length <= seg->text);
	segment_strip_headers(seg);
	if (length == 0 && seg->mbuf != NULL) {
		rte_pktmbuf_free(seg->mbuf);
		seg->mbuf = NULL;
	} else if (seg->mbuf != NULL) {
		mbufq_chain_cut(seg->mbuf, length);
	}
	seg->text = length;
	seg->flags &= (uint8_t)~TCP_FIN;
}
