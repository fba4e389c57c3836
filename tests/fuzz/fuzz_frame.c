/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_frame.c: any frames, at a real worker that has a connection to keep.
 *
 * Input: frames, each with a byte of what is to be done to it (enum below), two bytes of its length
 * (little endian; the last frame may be shorter) and its bytes. After the last one everything that
 * the frames opened is aborted, time passes, and the stack must hold nothing but the one connection
 * that was there before: buffers, records, timers and fragments are all back, and what is written
 * on that connection still comes back from the echo service. Frames that bear the address of its
 * peer are excused, for they may well have ended it.
 */
#include <string.h>

#include <rte_mbuf.h>

#include "config/limits.h"
#include "lab.h"
#include "sim/frame.h"
#include "svc/svc.h"

#define HEADER_BYTES 3U
#define FRAMES_PER_INPUT 64U
#define STACK_INPUTS 20000U   /**< inputs after which the stack is made anew */
#define PEER_KEPT 0xc61200fdU /**< 198.18.0.253 */
#define PORT_KEPT 7007U
#define PORT_ECHO 7U
#define PORT_DISCARD 9U
#define PORT_CHARGEN 19U
#define ETHERNET_BYTES 14U
#define IPV4_BYTES 20U
#define TCP_BYTES 20U
#define SHORT_WAIT_US 50000U
#define REST_US 70000000U /**< longer than a fragment waits for the rest of its datagram */
#define PROTOCOL_ICMP 1U
#define PROTOCOL_TCP 6U

/* What is done to a frame before it goes in. */
enum {
	DO_IP_SUM = 0x01, /**< the IPv4 header checksum is put right */
	DO_SUM = 0x02,    /**< the checksum of TCP or ICMP is put right, unless it is a fragment */
	DO_ACK = 0x04,    /**< ACK counts from what the stack sent last */
	DO_PORT_1 = 0x08, /**< it comes in on the port with a VLAN */
	DO_WAIT = 0x10,   /**< the worker breathes, and a little time passes, before the next one */
	DO_CUT = 0x20,    /**< it comes as a chain, cut at two places */
	DO_VOUCH = 0x40,  /**< the port says that it has checked the checksums */
	DO_STRIPPED = 0x80, /**< the port says that it took a tag off */
};

/* The peer of the connection that is kept. */
struct kept {
	bool synced;
	uint32_t snd_nxt, rcv_nxt;
	uint8_t back[64]; /**< the last text that came */
	uint32_t back_size;
	bool reset;
};

struct target {
	struct lab lab;
	struct kept kept;
	struct svc_chargen *chargen;
	uint32_t last_end; /**< sequence number behind the last segment sent to anybody else */
	uint64_t inputs;
	struct la_conn kept_conn;
	bool touched;
};

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

/* DEVIATION: libFuzzer's entry points take no context, so the target is file-scope state. */
static struct target target;

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

static uint32_t get16(const uint8_t *at)
{
	return (uint32_t)(at[0] << 8 | at[1]);
}

static uint32_t get32(const uint8_t *at)
{
	return get16(at) << 16 | get16(at + 2);
}

/* ---- the kept connection's peer ---- */

static void kept_send(struct target *t, uint8_t flags, const void *text, uint32_t size)
{
	uint8_t frame[ETHERNET_BYTES + IPV4_BYTES + TCP_BYTES + 64] = { 0 };
	uint8_t *ip = frame + ETHERNET_BYTES, *tcp = ip + IPV4_BYTES;

	DEMAND(size <= 64);
	memcpy(frame, lab_mac_ours, LAB_MAC_BYTES);
	memcpy(frame + 6, lab_mac_peer, LAB_MAC_BYTES);
	put16(frame + 12, 0x0800);
	ip[0] = 0x45;
	put16(ip + 2, IPV4_BYTES + TCP_BYTES + size);
	ip[8] = 64;
	ip[9] = PROTOCOL_TCP;
	put32(ip + 12, PEER_KEPT);
	put32(ip + 16, LAB_US(0));
	put16(tcp, PORT_KEPT);
	put16(tcp + 2, PORT_ECHO);
	put32(tcp + 4, t->kept.snd_nxt);
	put32(tcp + 8, t->kept.rcv_nxt);
	tcp[12] = 0x50;
	tcp[13] = flags;
	put16(tcp + 14, 65535);
	if (size > 0)
		memcpy(tcp + TCP_BYTES, text, size);
	frame_seal(frame, ETHERNET_BYTES + IPV4_BYTES + TCP_BYTES + size);
	lab_receive(&t->lab, 0, frame, ETHERNET_BYTES + IPV4_BYTES + TCP_BYTES + size, NULL, 0, 0);
	t->kept.snd_nxt += size + ((flags & (FRAME_SYN | FRAME_FIN)) != 0);
}

static void kept_hears(struct kept *kept, const struct frame *frame)
{
	if (frame->flags & FRAME_RST) {
		kept->reset = true;
		return;
	}
	if (frame->flags & FRAME_SYN) {
		kept->synced = true;
		kept->rcv_nxt = frame->seq + 1;
		return;
	}
	if (frame->seq != kept->rcv_nxt)
		return;
	kept->rcv_nxt += frame_length(frame);
	if (frame->text_size > 0 && frame->text_size <= sizeof(kept->back)) {
		memcpy(kept->back, frame->text, frame->text_size);
		kept->back_size = frame->text_size;
	}
}

static void frame_sent(void *ctx, unsigned int port, const uint8_t *bytes, size_t size)
{
	struct target *t = ctx;
	struct frame frame;

	if (port != 0) {
		DEMAND(size >= ETHERNET_BYTES + 4 && get16(bytes + 12) == 0x8100);
		return;
	}
	frame_parse(bytes, size, &frame);
	if (frame.kind == FRAME_BAD || frame.options_fault) {
		fprintf(stderr, "the stack sends a frame with an error: %s\n",
			frame.options_fault ? "TCP options do not add up" : frame.fault);
		abort();
	}
	if (frame.kind != FRAME_TCP)
		return;
	if (frame.target == PEER_KEPT && frame.target_port == PORT_KEPT &&
	    frame.source_port == PORT_ECHO)
		kept_hears(&t->kept, &frame);
	else
		t->last_end = frame.seq + frame_length(&frame);
}

static void note_kept(void *arg, struct la_worker *worker, struct la_conn conn)
{
	struct target *t = arg;
	struct la_status status;

	if (la_status(worker, conn, &status) == 0 && status.remote.port == PORT_KEPT &&
	    la_addr_to_ipv4(&status.remote.addr) == PEER_KEPT)
		t->kept_conn = conn;
}

static void kept_open(struct target *t)
{
	struct kept *kept = &t->kept;
	uint32_t start = kept->snd_nxt + 0x10000;

	*kept = (struct kept){ .snd_nxt = start };
	kept_send(t, FRAME_SYN, NULL, 0);
	lab_settle(&t->lab);
	DEMAND(kept->synced);
	kept_send(t, FRAME_ACK, NULL, 0);
	lab_settle(&t->lab);
	t->kept_conn.id = 0;
	la_worker_each(t->lab.worker, 0, UINT32_MAX, note_kept, t);
	DEMAND(t->kept_conn.id != 0);
}

/* What is written comes back, unless frames have spoilt it: then it is made anew. */
static void kept_echo(struct target *t)
{
	uint8_t text[16];
	struct kept *kept = &t->kept;

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)(t->inputs + i);
	kept->back_size = 0;
	kept_send(t, FRAME_ACK | FRAME_PSH, text, sizeof(text));
	lab_settle(&t->lab);
	DEMAND(kept->back_size == sizeof(text) && memcmp(kept->back, text, sizeof(text)) == 0);
	kept_send(t, FRAME_ACK, NULL, 0);
	lab_settle(&t->lab);
	DEMAND(!kept->reset);
}

/* ---- the stack ---- */

static void listen_on(struct target *t, uint16_t port, const struct la_service *service, void *data)
{
	struct la_endpoint local = { .port = port };
	struct la_tcp_options options;
	struct la_error err;

	la_tcp_options_init(&options);
	options.send_buffer = options.receive_buffer = 8192;
	/* The half-open ones must be gone soon; one that is kept has time. */
	options.r2_syn_us = 5000000;
	DEMAND(la_listen(t->lab.stack, &local, service, data, &options, &err) >= 0);
}

static void target_open(struct target *t)
{
	struct la_stack_config config;
	struct la_error err;

	la_stack_config_init(&config);
	config.name = "frame";
	config.max_connections = 16;
	config.max_flights = 8;
	config.max_embryos = 8;
	config.max_time_waits = 8;
	config.mbufs = 512;
	config.neighbours = NEIGHBOURS_MIN;
	config.msl_us = 500000;
	config.flight_idle_us = 100000;
	t->lab.sent = frame_sent;
	t->lab.ctx = t;
	lab_open(&t->lab, &config);
	listen_on(t, PORT_ECHO, svc_echo(), NULL);
	listen_on(t, PORT_DISCARD, svc_discard(), NULL);
	DEMAND(svc_chargen_create(t->lab.stack, &t->chargen, &err) == 0);
	listen_on(t, PORT_CHARGEN, svc_chargen(), t->chargen);
	t->kept.snd_nxt = 0xfffffff0U;
	kept_open(t);
	kept_echo(t);
	lab_advance_until(&t->lab, REST_US, 1);
}

static void target_close(struct target *t)
{
	svc_chargen_unload(t->chargen);
	lab_close(&t->lab);
	svc_chargen_free(t->chargen);
}

static void target_leave(void)
{
	target_close(&target);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	lab_eal();
	target_open(&target);
	atexit(target_leave);
	return 0;
}

/* ---- one frame ---- */

static uint16_t sum16(uint32_t sum, const uint8_t *at, size_t size)
{
	for (size_t i = 0; i < size; i++)
		sum += i % 2 == 0 ? (uint32_t)at[i] << 8 : at[i];
	while (sum > 0xffff)
		sum = (sum >> 16) + (sum & 0xffff);
	return (uint16_t)~sum;
}

static void repair_transport(struct target *t, uint8_t doing, uint8_t *ip, size_t header,
			     size_t total)
{
	uint8_t *at = ip + header;
	size_t size = total - header;

	if (ip[9] == PROTOCOL_TCP && size >= TCP_BYTES) {
		uint32_t pseudo = PROTOCOL_TCP + (uint32_t)size;

		if ((doing & DO_ACK) != 0)
			put32(at + 8, t->last_end + (uint32_t)(int32_t)(int8_t)at[11]);
		for (unsigned int i = 12; i < IPV4_BYTES; i += 2)
			pseudo += get16(ip + i);
		put16(at + 16, 0);
		put16(at + 16, sum16(pseudo, at, size));
	} else if (ip[9] == PROTOCOL_ICMP && size >= 8) {
		put16(at + 2, 0);
		put16(at + 2, sum16(0, at, size));
	}
}

/* Puts right what the input wants to have put right, as far as the frame's own lengths go. */
static void repair(struct target *t, uint8_t doing, uint8_t *frame, size_t size)
{
	size_t at = 12, header, total;
	uint8_t *ip;

	while (at + 4 <= size && get16(frame + at) == 0x8100)
		at += 4;
	if (at + 2 + IPV4_BYTES > size || get16(frame + at) != 0x0800)
		return;
	ip = frame + at + 2;
	header = (size_t)(ip[0] & 0x0f) * 4;
	total = get16(ip + 2);
	if (header < IPV4_BYTES || header > total || at + 2 + total > size)
		return;
	if ((doing & DO_IP_SUM) != 0) {
		put16(ip + 10, 0);
		put16(ip + 10, sum16(0, ip, header));
	}
	if ((doing & DO_SUM) != 0 && (get16(ip + 6) & 0x3fff) == 0)
		repair_transport(t, doing, ip, header, total);
}

/* The address of the kept connection's peer anywhere in it: the frame may be about it. */
static bool names_kept(const uint8_t *frame, size_t size)
{
	for (size_t i = 0; i + 4 <= size; i++)
		if (get32(frame + i) == PEER_KEPT)
			return true;
	return false;
}

static void one_frame(struct target *t, uint8_t doing, const uint8_t *bytes, size_t size)
{
	uint16_t cuts[2] = { 0, 0 };
	uint64_t flags = 0;
	uint8_t frame[LAB_FRAME_MAX];

	memcpy(frame, bytes, size);
	repair(t, doing, frame, size);
	/* A datagram in pieces may name the peer across two frames: there the harm is the same. */
	t->touched = t->touched || names_kept(frame, size);
	if ((doing & DO_CUT) != 0 && size > 20) {
		cuts[0] = (uint16_t)(1 + frame[size - 1] % (size - 1));
		cuts[1] = (uint16_t)(cuts[0] + frame[size - 2] % 32);
	}
	if ((doing & DO_VOUCH) != 0)
		flags |= RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD;
	if ((doing & DO_STRIPPED) != 0)
		flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
	lab_receive(&t->lab, (doing & DO_PORT_1) != 0, frame, size, cuts,
		    (doing & DO_CUT) != 0 ? 2 : 0, flags);
	if ((doing & DO_WAIT) != 0) {
		lab_settle(&t->lab);
		lab_advance(&t->lab, SHORT_WAIT_US);
	}
}

static void abort_others(void *arg, struct la_worker *worker, struct la_conn conn)
{
	struct target *t = arg;

	if (t->touched || conn.id != t->kept_conn.id)
		la_abort(worker, conn);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	struct target *t = &target;

	if (++t->inputs % STACK_INPUTS == 0) {
		target_close(t);
		target_open(t);
	}
	t->touched = false;
	for (unsigned int i = 0; i < FRAMES_PER_INPUT && size >= HEADER_BYTES; i++) {
		size_t length = input[1] | (size_t)input[2] << 8;

		length = length < size - HEADER_BYTES ? length : size - HEADER_BYTES;
		length = length < LAB_FRAME_MAX ? length : LAB_FRAME_MAX;
		one_frame(t, input[0], input + HEADER_BYTES, length);
		input += HEADER_BYTES + length;
		size -= HEADER_BYTES + length;
	}
	lab_settle(&t->lab);
	if (!t->touched)
		kept_echo(t);
	la_worker_each(t->lab.worker, 0, UINT32_MAX, abort_others, t);
	lab_settle(&t->lab);
	lab_advance_until(&t->lab, REST_US, t->touched ? 0 : 1);
	if (!lab_holds_only(&t->lab, t->touched ? 0 : 1)) {
		lab_print_usage(&t->lab);
		DEMAND(!"everything but the kept connection is given back");
	}
	if (t->touched)
		kept_open(t);
	else
		kept_echo(t);
	lab_advance_until(&t->lab, REST_US, 1);
	return 0;
}
