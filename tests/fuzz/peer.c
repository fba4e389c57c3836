/* SPDX-License-Identifier: BSD-3-Clause */
#include "peer.h"

#include <stdio.h>
#include <string.h>

#include "config/tcp_constants.h"

#define ETHERNET_BYTES 14U
#define IPV4_BYTES 20U
#define TCP_BYTES 20U
#define OUT_OF_REACH (1U << 17) /**< octets: no window reaches so far out of the space */
#define PEER_TIME 9U            /**< the first timestamp, and that of ready-made options */
#define STAMP_BYTES 12U         /**< timestamps and two NOPs */
#define SHIFT_MAX 14U           /**< RFC 7323 2.3 */
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
	peer->said_syn = false;
	peer->life = (struct peer_life){ .said_shift = -1 };
	peer->older_count = peer->older_next = 0;
	peer->syn_window = peer->mss = 0;
	peer->scaled = peer->unscaled = peer->stamped = false;
	peer->ecn = peer->marked = peer->echoed = false;
	memset(peer->sacked, 0, sizeof(peer->sacked));
	peer->cookie_size = 0;
	peer->said_time = 0;
	peer->shift = 0;
	peer->time = PEER_TIME;
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

/* Where the option stands, of this kind and length; NULL: nowhere. */
static const uint8_t *find_option(const struct peer_segment *segment, uint8_t kind, uint8_t length)
{
	for (unsigned int i = 0; i + length <= segment->options_size; i++)
		if (segment->options[i] == kind && segment->options[i + 1] == length)
			return segment->options + i;
	return NULL;
}

static void note_syn_options(struct peer *peer, const struct peer_segment *segment)
{
	const uint8_t *scale = find_option(segment, 3, 3);

	if (scale == NULL) {
		peer->unscaled = true;
	} else {
		uint8_t shift = scale[2] < SHIFT_MAX ? scale[2] : SHIFT_MAX;

		peer->scaled = true;
		if (shift > peer->shift)
			peer->shift = shift;
	}
	if (find_option(segment, 8, 10) != NULL)
		peer->stamped = true;
}

static void allow(struct peer_life *life, const struct peer_segment *segment, uint32_t window)
{
	if ((segment->flags & FRAME_SYN) != 0 && after(life->iss + 1 + window, life->allowed))
		life->allowed = life->iss + 1 + window;
	if ((segment->flags & FRAME_ACK) != 0 &&
	    segment->ack - life->iss - 1 < life->said_end - life->iss &&
	    after(segment->ack + window, life->allowed))
		life->allowed = segment->ack + window;
}

/* What the stack may now use, should it take this segment. */
static void note_heard(struct peer *peer, const struct peer_segment *segment)
{
	bool syn = (segment->flags & FRAME_SYN) != 0;
	uint32_t window = (uint32_t)segment->window << (syn ? 0 : peer->shift);

	if (syn) {
		uint32_t mss = TCP_DEFAULT_MSS_IPV4;
		const uint8_t *option = find_option(segment, 2, 4);

		note_syn_options(peer, segment);
		if (option != NULL)
			mss = (uint32_t)(option[2] << 8 | option[3]);
		if (mss < TCP_MSS_FLOOR)
			mss = TCP_MSS_FLOOR;
		if (mss > peer->mss)
			peer->mss = mss;
		if (segment->window > peer->syn_window)
			peer->syn_window = segment->window;
	}
	if ((segment->flags & FRAME_RST) != 0)
		peer->life.doubtful = true;
	peer->marked |= segment->marked;
	if ((segment->flags & FRAME_ECE) != 0)
		*(syn ? &peer->ecn : &peer->echoed) = true;
	if (peer->said_syn)
		allow(&peer->life, segment, window);
	for (unsigned int i = 0; i < peer->older_count; i++)
		allow(&peer->older[i], segment, window);
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

static void add_stamp(struct peer *peer, struct peer_segment *segment)
{
	uint8_t *at = segment->options + segment->options_size;

	at[0] = at[1] = 1;
	at[2] = 8;
	at[3] = 10;
	put32(at + 4, peer->time++);
	put32(at + 8, peer->said_time);
	segment->options_size = (uint8_t)(segment->options_size + STAMP_BYTES);
}

static bool both_stamped(const struct peer *peer)
{
	return peer->life.said_stamped && peer->stamped;
}

void peer_add_sack(struct peer *peer, struct peer_segment *segment, uint8_t how)
{
	uint32_t unit = (peer->life.said_end - segment->ack) / 8;
	unsigned int count = 1 + (how >> 5 & 3);
	uint8_t *at;

	segment->options_size = 0;
	if (both_stamped(peer))
		add_stamp(peer, segment);
	if (segment->options_size > 0 && count > 3)
		count = 3;
	if (unit == 0 || unit > FAR / 8)
		unit = 1;
	at = segment->options + segment->options_size;
	at[0] = at[1] = 1;
	at[2] = 5;
	at[3] = (uint8_t)(2 + 8 * count);
	for (unsigned int i = 0; i < count; i++) {
		uint32_t left = segment->ack + unit * ((how + 3 * i) & 7);

		peer->sacked[2 * i] = left;
		peer->sacked[2 * i + 1] = left + unit * (1 + (how >> 3 & 3));
		put32(at + 4 + 8 * i, left);
		put32(at + 8 + 8 * i, peer->sacked[2 * i + 1]);
	}
	segment->options_size = (uint8_t)(segment->options_size + 4 + 8 * count);
}

void peer_add_cookie(const struct peer *peer, struct peer_segment *segment)
{
	uint8_t *at = segment->options + segment->options_size;
	size_t size = 2 + (size_t)peer->cookie_size;

	if (segment->options_size + size + 2 > PEER_OPTIONS_MAX)
		return;
	at[0] = 34;
	at[1] = (uint8_t)size;
	memcpy(at + 2, peer->cookie, peer->cookie_size);
	for (; size % 4 != 0; size++)
		at[size] = 1;
	segment->options_size = (uint8_t)(segment->options_size + size);
}

void peer_send(struct peer *peer, const struct peer_segment *asked)
{
	struct peer_segment stamped = *asked;
	const struct peer_segment *segment = &stamped;
	uint32_t length = segment->text + ((segment->flags & FRAME_SYN) != 0) +
			  ((segment->flags & FRAME_FIN) != 0);
	uint32_t first = segment->seq + ((segment->flags & FRAME_SYN) != 0);
	uint8_t frame[LAB_FRAME_MAX];
	size_t header, at;
	uint8_t *tcp;

	DEMAND(segment->text <= PEER_TEXT_MAX && segment->options_size <= PEER_OPTIONS_MAX);
	if (!can_be_watched(segment, length))
		return;
	if (segment->options_size == 0 && both_stamped(peer) && (segment->flags & FRAME_SYN) == 0)
		add_stamp(peer, &stamped);
	else if (segment->options_size > 0 && both_stamped(peer))
		peer->life.doubtful = true;
	header = TCP_BYTES + segment->options_size;
	at = headers(peer, frame, 6, header + segment->text);
	tcp = frame + at;
	if (segment->marked)
		tcp[1 - (int)IPV4_BYTES] = FRAME_CE;
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
	if (peer->trace)
		fprintf(stderr, "to   %u: flags %02x seq %u ack %u win %u len %u%s\n",
			peer->their_port, segment->flags, segment->seq, segment->ack,
			segment->window, segment->text, segment->marked ? " ce" : "");
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
	while (!peer->life.said_ack || at != peer->life.ack) {
		at--;
		DEMAND(peer_has_sent(peer, at));
		if (marked(peer->syns, at))
			break;
	}
	if (!peer->life.said_ack || after(frame->ack, peer->life.ack))
		peer->life.ack = frame->ack;
	peer->life.said_ack = true;
}

/* The window as it is meant, or false where it depends on which SYN the stack took. */
static bool meant_window(const struct peer *peer, const struct frame *frame, uint32_t *window)
{
	bool plain = (frame->flags & FRAME_SYN) != 0 || peer->life.said_shift < 0 || !peer->scaled;

	*window = (uint32_t)frame->window << (plain ? 0 : peer->life.said_shift);
	return plain || peer->life.syn_had_ack || !peer->unscaled;
}

static void judge_edge(struct peer *peer, const struct frame *frame)
{
	uint32_t window, edge;

	if (!meant_window(peer, frame, &window) || (peer->life.doubtful && both_stamped(peer)))
		return;
	edge = frame->ack + window;
	/* It retreats by less than a unit at most: a scaled window is rounded down (RFC 7323 2.4).
	 */
	if (peer->life.said_edge && after(peer->life.edge, edge)) {
		DEMAND(peer->life.said_shift >= 0 &&
		       peer->life.edge - edge < 1U << peer->life.said_shift);
		return;
	}
	peer->life.said_edge = true;
	peer->life.edge = edge;
}

/* What it says that it has was sent in; a D-SACK may lie below its ACK. */
static void judge_sacks(const struct peer *peer, const struct frame *frame)
{
	for (unsigned int i = 0; i < frame->sack_count; i++) {
		DEMAND(after(frame->sacks[i].to, frame->sacks[i].from));
		for (uint32_t at = frame->sacks[i].from; at != frame->sacks[i].to; at++)
			DEMAND(peer_has_sent(peer, at));
	}
}

static void judge_text(const struct peer *peer, const struct frame *frame,
		       const struct peer_user *user)
{
	bool syn = (frame->flags & FRAME_SYN) != 0;
	uint32_t at = frame->seq + syn - peer->life.iss - 1;
	uint32_t end = frame->seq + frame->text_size;

	DEMAND(at < FAR && at + frame->text_size <= user->sent);
	for (uint32_t i = 0; i < frame->text_size; i++)
		DEMAND(frame->text[i] == peer_user_octet(at + i));
	/* Fast Open: a SYN goes by what an earlier connection told (RFC 7413 4.2.1). */
	if (syn && (frame->flags & FRAME_ACK) == 0)
		return;
	/* One byte may probe a closed window. */
	DEMAND(!after(end, peer->life.allowed) ||
	       (end == peer->life.allowed + 1 && frame->text_size == 1));
	DEMAND(frame->text_size <= (peer->mss != 0 ? peer->mss : TCP_DEFAULT_MSS_IPV4));
}

/* RFC 3168 6.1: what was not agreed on is not used, and only new text may be marked. */
static void judge_ecn(const struct peer *peer, const struct frame *frame)
{
	const struct peer_life *life = &peer->life;
	/* Text of a SYN that was not taken begins anew (RFC 7413 4.2.1). */
	bool anew = frame->seq == life->iss + 1 && life->said_end == life->syn_end;
	bool fresh = frame->text_size > 0 &&
		     (anew || life->doubtful || !after(life->said_end, frame->seq));
	bool agreed = peer->ecn && life->said_ecn;

	DEMAND(frame->ecn != FRAME_CE);
	DEMAND((frame->flags & FRAME_SYN) == 0 || frame->ecn == FRAME_NOT_ECT);
	if ((frame->flags & FRAME_SYN) != 0 || (life->doubtful && both_stamped(peer)))
		return;
	DEMAND(frame->ecn == FRAME_NOT_ECT || (agreed && fresh));
	DEMAND((frame->flags & FRAME_ECE) == 0 || (agreed && peer->marked));
	DEMAND((frame->flags & FRAME_CWR) == 0 || (agreed && fresh));
}

static bool only_said_syn(const struct peer *peer)
{
	return peer->said_syn && peer->life.said_end == peer->life.iss + 1;
}

/* A life in which only the SYN was said is kept: its number may be the one that comes back. */
static void begin_life(struct peer *peer, struct peer_life life)
{
	unsigned int i = 0;

	if (only_said_syn(peer)) {
		while (i < peer->older_count && peer->older[i].iss != peer->life.iss)
			i++;
		if (i == PEER_LIVES_KEPT)
			i = peer->older_next++ % PEER_LIVES_KEPT;
		else if (i == peer->older_count)
			peer->older_count++;
		peer->older[i] = peer->life;
	}
	peer->said_syn = true;
	peer->life = life;
}

/* A SYN, or another answer to a SYN, begins a new life of the stack's end. */
static void take_syn(struct peer *peer, const struct frame *frame)
{
	bool has_ack = (frame->flags & FRAME_ACK) != 0;

	DEMAND(frame->window_shift <= (int)SHIFT_MAX);
	/* An answer to a SYN repeats only what that had (RFC 7323 1.3, 2.2). */
	DEMAND(!has_ack || frame->window_shift < 0 || peer->scaled);
	DEMAND(!has_ack || !frame->stamped || peer->stamped);
	if (!peer->said_syn || peer->life.iss != frame->seq) {
		begin_life(peer, (struct peer_life){
					 .iss = frame->seq,
					 .said_end = frame->seq + 1,
					 .allowed = frame->seq + 1 + peer->syn_window,
					 .syn_had_ack = has_ack,
					 .syn_ack = frame->ack,
				 });
	} else if (peer->life.syn_had_ack != has_ack ||
		   (has_ack && peer->life.syn_ack != frame->ack)) {
		peer->life.syn_had_ack = has_ack;
		peer->life.syn_ack = frame->ack;
		peer->life.said_ack = peer->life.said_edge = false;
		peer->life.doubtful = true;
	}
	peer->life.said_shift = frame->window_shift;
	peer->life.said_stamped = frame->stamped;
	peer->life.said_ecn |= (frame->flags & FRAME_ECE) != 0;
	peer->life.syn_end = frame->seq + 1 + frame->text_size;
	DEMAND(!has_ack || (frame->flags & FRAME_ECE) == 0 || peer->ecn);
	if (has_ack && frame->cookie_size > 0) {
		memcpy(peer->cookie, frame->cookie, frame->cookie_size);
		peer->cookie_size = frame->cookie_size;
	}
}

/* The number with which it goes on tells which life that is: they may lie close, it is the nearest
 * below. */
static void recall_life(struct peer *peer, uint32_t seq)
{
	const struct peer_life *nearest = &peer->life;

	if (only_said_syn(peer))
		for (unsigned int i = 0; i < peer->older_count; i++)
			if (seq - peer->older[i].iss < seq - nearest->iss)
				nearest = &peer->older[i];
	if (nearest != &peer->life)
		begin_life(peer, *nearest);
}

void peer_hears(struct peer *peer, const struct frame *frame, const struct peer_user *user)
{
	uint32_t end = frame->seq + frame_length(frame);
	char line[FRAME_TEXT_SIZE];

	if (peer->trace)
		fprintf(stderr, "from %u: %s\n", peer->their_port,
			frame_print(frame, line, sizeof(line)));
	/* A RST may answer for no connection: its numbers prove nothing. */
	if ((frame->flags & FRAME_RST) != 0) {
		peer->life.doubtful = true;
		return;
	}
	if ((frame->flags & FRAME_SYN) != 0)
		take_syn(peer, frame);
	else
		recall_life(peer, frame->seq);
	/* Where buffers are short the SYN may be lost waiting for ARP, and what follows is not. */
	if (!peer->said_syn)
		return;
	if (frame->stamped)
		peer->said_time = frame->tsval;
	if ((frame->flags & FRAME_ACK) != 0) {
		judge_ack(peer, frame);
		judge_edge(peer, frame);
		judge_sacks(peer, frame);
	} else {
		DEMAND((frame->flags & FRAME_SYN) != 0);
	}
	if (frame->text_size > 0)
		judge_text(peer, frame, user);
	judge_ecn(peer, frame);
	if ((frame->flags & FRAME_FIN) != 0)
		DEMAND(user->ended && end - 2 - peer->life.iss == user->sent);
	if (after(end, peer->life.said_end) && end - peer->life.iss < FAR)
		peer->life.said_end = end;
}
