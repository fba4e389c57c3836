/* SPDX-License-Identifier: BSD-3-Clause */
#include "peer.h"

#include <string.h>

#include "config/tcp_constants.h"

#define ETHERNET_BYTES 14U
#define IPV4_BYTES 20U
#define TCP_BYTES 20U
#define OUT_OF_REACH (1U << 17) /**< octets: no window reaches so far out of the space */
#define FAR (1U << 30)          /**< octets: more than any input sends */

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value);
}

static bool after(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) > 0;
}

uint8_t peer_octet(uint32_t seq)
{
	return (uint8_t)(seq * 167 + (seq >> 8) * 59 + 13);
}

uint8_t peer_user_octet(uint32_t offset)
{
	return (uint8_t)(offset * 101 + (offset >> 8) * 31 + 7);
}

/* ---- the peer's sequence space ---- */

static void mark(uint8_t *bits, uint32_t seq)
{
	uint32_t at = seq - PEER_BASE;

	DEMAND(at < PEER_SPACE);
	bits[at / 8] |= (uint8_t)(1U << at % 8);
}

static bool marked(const uint8_t *bits, uint32_t seq)
{
	uint32_t at = seq - PEER_BASE;

	return at < PEER_SPACE && (bits[at / 8] >> at % 8 & 1) != 0;
}

bool peer_has_sent(const struct peer *peer, uint32_t seq)
{
	return marked(peer->octets, seq);
}

void peer_reset(struct peer *peer)
{
	peer->said_syn = peer->said_ack = peer->said_edge = peer->syn_had_ack = false;
	peer->iss = peer->said_end = peer->ack = peer->edge = peer->syn_ack = 0;
	peer->syn_window = peer->mss = peer->allowed = 0;
	peer->highest = PEER_BASE + 0x3000;
	memset(peer->octets, 0, sizeof(peer->octets));
	memset(peer->syns, 0, sizeof(peer->syns));
}

/* ---- to the stack ---- */

/* Ethernet, with the lab's tag where it belongs, and IPv4. Returns where the rest goes. */
static size_t headers(const struct peer *peer, uint8_t *frame, uint8_t protocol, size_t size)
{
	size_t at = 12;
	uint8_t *ip;

	memcpy(frame, lab_mac_ours, LAB_MAC_BYTES);
	memcpy(frame + 6, lab_mac_peer, LAB_MAC_BYTES);
	if (peer->port == 1) {
		put32(frame + at, 0x81000005);
		at += 4;
	}
	put16(frame + at, 0x0800);
	ip = frame + at + 2;
	memset(ip, 0, IPV4_BYTES);
	ip[0] = 0x45;
	put16(ip + 2, (uint32_t)(IPV4_BYTES + size));
	ip[8] = 64;
	ip[9] = protocol;
	put32(ip + 12, peer->address);
	put32(ip + 16, LAB_US(peer->port));
	return at + 2 + IPV4_BYTES;
}

/* frame_seal() knows no tag: the frame is sealed as if the tag's end were the end of the addresses.
 */
static void seal_and_send(struct peer *peer, uint8_t *frame, size_t size)
{
	size_t tag = peer->port == 1 ? 4 : 0;

	frame_seal(frame + tag, size - tag);
	lab_receive(peer->lab, peer->port, frame, size, NULL, 0, 0);
}

/* What the stack may now use, should it take this segment. */
static void note_heard(struct peer *peer, const struct peer_segment *segment)
{
	if ((segment->flags & FRAME_SYN) != 0) {
		uint32_t mss = TCP_DEFAULT_MSS_IPV4;

		for (unsigned int i = 0; i + 4 <= segment->options_size; i++)
			if (segment->options[i] == 2 && segment->options[i + 1] == 4)
				mss = (uint32_t)(segment->options[i + 2] << 8 |
						 segment->options[i + 3]);
		if (mss < TCP_MSS_FLOOR)
			mss = TCP_MSS_FLOOR;
		if (mss > peer->mss)
			peer->mss = mss;
		if (segment->window > peer->syn_window)
			peer->syn_window = segment->window;
		if (peer->said_syn && after(peer->iss + 1 + segment->window, peer->allowed))
			peer->allowed = peer->iss + 1 + segment->window;
	}
	if ((segment->flags & FRAME_ACK) != 0 && peer->said_syn &&
	    segment->ack - peer->iss - 1 < peer->said_end - peer->iss &&
	    after(segment->ack + segment->window, peer->allowed))
		peer->allowed = segment->ack + segment->window;
}

static void note_octets(struct peer *peer, const struct peer_segment *segment, uint32_t length)
{
	if (length == 0 || segment->seq - PEER_BASE >= PEER_SPACE)
		return;
	if ((segment->flags & FRAME_SYN) != 0)
		mark(peer->syns, segment->seq);
	for (uint32_t i = 0; i < length; i++)
		mark(peer->octets, segment->seq + i);
	if (after(segment->seq + length, peer->highest))
		peer->highest = segment->seq + length;
}

/* Where octets could be acknowledged that nobody keeps account of, none are sent. */
static bool can_be_watched(const struct peer_segment *segment, uint32_t length)
{
	uint32_t at = segment->seq - PEER_BASE;

	if (length == 0)
		return true;
	if (at < PEER_SPACE && at + length <= PEER_SPACE)
		return true;
	return (segment->flags & FRAME_SYN) == 0 && at >= PEER_SPACE + OUT_OF_REACH &&
	       at <= UINT32_MAX - OUT_OF_REACH;
}

void peer_send(struct peer *peer, const struct peer_segment *segment)
{
	uint32_t length = segment->text + ((segment->flags & FRAME_SYN) != 0) +
			  ((segment->flags & FRAME_FIN) != 0);
	uint32_t first = segment->seq + ((segment->flags & FRAME_SYN) != 0);
	uint8_t frame[LAB_FRAME_MAX];
	size_t header = TCP_BYTES + segment->options_size;
	size_t at;
	uint8_t *tcp;

	DEMAND(segment->text <= PEER_TEXT_MAX && segment->options_size <= PEER_OPTIONS_MAX);
	if (!can_be_watched(segment, length))
		return;
	at = headers(peer, frame, 6, header + segment->text);
	tcp = frame + at;
	put16(tcp, peer->their_port);
	put16(tcp + 2, peer->our_port);
	put32(tcp + 4, segment->seq);
	put32(tcp + 8, segment->ack);
	tcp[12] = (uint8_t)(header / 4 << 4);
	tcp[13] = segment->flags;
	put16(tcp + 14, segment->window);
	put32(tcp + 16, segment->urgent);
	memcpy(tcp + TCP_BYTES, segment->options, segment->options_size);
	for (uint32_t i = 0; i < segment->text; i++)
		tcp[header + i] = (uint8_t)(peer_octet(first + i) + segment->spoil);
	note_heard(peer, segment);
	note_octets(peer, segment, length);
	seal_and_send(peer, frame, at + header + segment->text);
}

static uint16_t icmp_sum(const uint8_t *at, size_t size)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < size; i += 2)
		sum += (uint32_t)(at[i] << 8 | at[i + 1]);
	while (sum > 0xffff)
		sum = (sum >> 16) + (sum & 0xffff);
	return (uint16_t)~sum;
}

void peer_send_error(struct peer *peer, uint8_t type, uint8_t code, uint16_t mtu, uint32_t seq)
{
	uint8_t frame[LAB_FRAME_MAX];
	size_t size = 8 + IPV4_BYTES + 8;
	size_t at = headers(peer, frame, 1, size);
	uint8_t *icmp = frame + at, *quote = icmp + 8;

	memset(icmp, 0, size);
	icmp[0] = type;
	icmp[1] = code;
	put16(icmp + 6, mtu);
	quote[0] = 0x45;
	put16(quote + 2, 1500);
	quote[8] = 63;
	quote[9] = 6;
	put32(quote + 12, LAB_US(peer->port));
	put32(quote + 16, peer->address);
	put16(quote + 20, peer->our_port);
	put16(quote + 22, peer->their_port);
	put32(quote + 24, seq);
	put16(icmp + 2, icmp_sum(icmp, size));
	seal_and_send(peer, frame, at + size);
}

/* ---- from the stack ---- */

static void judge_ack(struct peer *peer, const struct frame *frame)
{
	uint32_t at = frame->ack;

	/* Back to the SYN, or to what was found good before: every octet was sent in. */
	while (!peer->said_ack || at != peer->ack) {
		at--;
		DEMAND(peer_has_sent(peer, at));
		if (marked(peer->syns, at))
			break;
	}
	if (!peer->said_ack || after(frame->ack, peer->ack))
		peer->ack = frame->ack;
	peer->said_ack = true;
}

static void judge_edge(struct peer *peer, const struct frame *frame)
{
	uint32_t edge = frame->ack + frame->window;

	if (peer->said_edge)
		DEMAND(!after(peer->edge, edge));
	peer->said_edge = true;
	peer->edge = edge;
}

static void judge_text(const struct peer *peer, const struct frame *frame,
		       const struct peer_user *user)
{
	uint32_t at = frame->seq - peer->iss - 1;
	uint32_t end = frame->seq + frame->text_size;

	DEMAND(at < FAR && at + frame->text_size <= user->sent);
	for (uint32_t i = 0; i < frame->text_size; i++)
		DEMAND(frame->text[i] == peer_user_octet(at + i));
	/* One byte may probe a closed window. */
	DEMAND(!after(end, peer->allowed) || (end == peer->allowed + 1 && frame->text_size == 1));
	DEMAND(frame->text_size <= (peer->mss != 0 ? peer->mss : TCP_DEFAULT_MSS_IPV4));
}

/* A SYN, or another answer to a SYN, begins a new life of the stack's end. */
static void take_syn(struct peer *peer, const struct frame *frame)
{
	bool has_ack = (frame->flags & FRAME_ACK) != 0;

	DEMAND(frame->window_shift < 0);
	if (peer->said_syn && peer->iss == frame->seq && peer->syn_had_ack == has_ack &&
	    (!has_ack || peer->syn_ack == frame->ack))
		return;
	if (!peer->said_syn || peer->iss != frame->seq) {
		peer->said_end = frame->seq + 1;
		peer->allowed = frame->seq + 1 + peer->syn_window;
	}
	peer->said_syn = true;
	peer->iss = frame->seq;
	peer->syn_had_ack = has_ack;
	peer->syn_ack = frame->ack;
	peer->said_ack = peer->said_edge = false;
}

void peer_hears(struct peer *peer, const struct frame *frame, const struct peer_user *user)
{
	uint32_t end = frame->seq + frame_length(frame);

	/* A RST may answer for no connection: its numbers prove nothing. */
	if ((frame->flags & FRAME_RST) != 0)
		return;
	if ((frame->flags & FRAME_SYN) != 0)
		take_syn(peer, frame);
	/* Where buffers are short the SYN may be lost waiting for ARP, and what follows is not. */
	if (!peer->said_syn)
		return;
	if ((frame->flags & FRAME_ACK) != 0) {
		judge_ack(peer, frame);
		judge_edge(peer, frame);
	} else {
		DEMAND((frame->flags & FRAME_SYN) != 0);
	}
	if (frame->text_size > 0)
		judge_text(peer, frame, user);
	if ((frame->flags & FRAME_FIN) != 0)
		DEMAND(user->ended && end - 2 - peer->iss == user->sent);
	if (after(end, peer->said_end) && end - peer->iss < FAR)
		peer->said_end = end;
}
