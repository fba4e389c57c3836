/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_segments.c: sequences of segments, calls and pauses on live connections.
 *
 * Input: one byte of settings, then a program of operations: the low four bits of its first byte
 * say which, the next two which of the four connections, the rest is its own; some take more bytes.
 * The numbers in a segment count from what was seen on the wire, so that most of them are near
 * something interesting, and checksums are right: this is about the state machine. Connections 0
 * and 1 are opened by the peer, 2 and 3 by the stack; 1 and 3 live on a port with a VLAN and
 * without chains, with the smallest buffers.
 *
 * Judged are the wire (peer.c), what the user is told (user.c), the states in the ladder, and that
 * at the end of each input everything is given back.
 */
#include <string.h>

#include <rte_mbuf.h>

#include "config/limits.h"
#include "lab.h"
#include "peer.h"
#include "user.h"

#define CONNECTIONS 4U
#define OPERATIONS_MAX 200U
#define STACK_INPUTS 20000U /**< inputs after which the stacks are made anew */
#define STACKS 2U
#define HOSTAGES_MAX 512U
#define FAST_OPEN_BYTES 8U /**< of a cookie; RFC 7413 2: 4 to 16 */
#define REST_US 400000000U /**< longer than R2 and all back-offs to it */
#define R2_US 20000000U

/* The first byte of an input. */
enum {
	SET_TIGHT = 0x01,  /**< a stack whose pools hold next to nothing */
	SET_GENTLE = 0x02, /**< at the end connections are closed, not aborted */
	SET_SPOIL = 0x04,  /**< overlaps disagree: only memory counts, and order */
	SET_READ = 0x08,   /**< users read at once unless told otherwise */
	/* What segments mean changes with these, but only with these. */
	SET_COOKIES = 0x10,   /**< each SYN is answered by a cookie */
	SET_FAST_OPEN = 0x20, /**< SYNs may bring text, in both directions */
	SET_ECN = 0x40,       /**< SYNs ask for ECN, and segments may be marked */
	SET_EDGES = 0x80,     /**< ACKs aim at the edges of what was SACKed */
};

/* Listeners of each kind stand side by side. */
#define OUR_PORT(settings) (7U + ((settings) >> 4 & 3U))

enum operation {
	OP_SEGMENT,   /**< six bytes: flags, SEQ, ACK, window, text, options */
	OP_SEGMENT_2, /**< the same: segments are most of the matter */
	OP_SEGMENT_3,
	OP_NEXT, /**< one byte: what the peer would send next */
	OP_NEXT_2,
	OP_NEXT_3,
	OP_TIME,    /**< one byte */
	OP_WRITE,   /**< one byte */
	OP_READ,    /**< one byte */
	OP_END,     /**< own bits: end, close, abort, ask for room */
	OP_HABITS,  /**< one byte */
	OP_CONNECT, /**< own bits: what is written and ended at once */
	OP_ERROR,   /**< one byte: an ICMP error */
	OP_BUFFERS, /**< one byte: so many buffers are left to the stack */
	OP_BATCH,   /**< segments wait until the next operation that is none */
	OP_EVENT,   /**< to the stack's next event */
};

struct target {
	struct lab labs[STACKS];
	struct lab *lab; /**< the one of this input */
	uint64_t ladder_cursors[STACKS];
	uint8_t ladder[CONNECTIONS]; /**< state as the ladder told it last */
	struct peer peers[CONNECTIONS];
	struct user users[CONNECTIONS];
	struct rte_mbuf *hostages[HOSTAGES_MAX];
	unsigned int hostage_count;
	uint64_t inputs;
	uint8_t settings;
	uint8_t spoil;
	bool batch;
};

/* What is left of the input. */
struct program {
	const uint8_t *bytes;
	size_t size;
};

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

/* DEVIATION: libFuzzer's entry points take no context, so the target is file-scope state. */
static struct target target;

static uint8_t next_byte(struct program *program)
{
	if (program->size == 0)
		return 0;
	program->size--;
	return *program->bytes++;
}

/* ---- the judges' ears ---- */

static void frame_sent(void *ctx, unsigned int port, const uint8_t *bytes, size_t size)
{
	struct target *t = ctx;
	uint8_t plain[LAB_FRAME_MAX];
	struct frame frame;

	if (port == 1) {
		DEMAND(size >= 18 && bytes[12] == 0x81 && bytes[13] == 0);
		memcpy(plain, bytes, 12);
		memcpy(plain + 12, bytes + 16, size - 16);
		bytes = plain;
		size -= 4;
	}
	frame_parse(bytes, size, &frame);
	if (frame.kind == FRAME_BAD || frame.options_fault) {
		fprintf(stderr, "the stack sends a frame with an error: %s\n",
			frame.options_fault ? "TCP options do not add up" : frame.fault);
		abort();
	}
	DEMAND(frame.ip_bytes <= 1500);
	if (frame.kind != FRAME_TCP)
		return;
	for (unsigned int i = 0; i < CONNECTIONS; i++)
		if (t->peers[i].address == frame.target && t->peers[i].port == port &&
		    t->peers[i].their_port == frame.target_port &&
		    t->peers[i].our_port == frame.source_port)
			peer_hears(&t->peers[i], &frame, &t->users[i].wire);
}

/* What begins, begins in one of these; a record that ended silently leaves its state behind. */
static bool opens(uint8_t state)
{
	return state == LA_CLOSED || state == LA_LISTEN || state == LA_SYN_SENT ||
	       state == LA_SYN_RECEIVED;
}

static void judge_ladder(struct target *t)
{
	uint64_t *cursor = &t->ladder_cursors[t->lab - t->labs];
	struct la_rung rungs[64];
	unsigned int count;

	while ((count = la_ladder_read(t->lab->worker, cursor, rungs, 64)) > 0) {
		for (unsigned int i = 0; i < count; i++) {
			unsigned int which = CONNECTIONS;

			for (unsigned int c = 0; c < CONNECTIONS; c++)
				if (rungs[i].remote.port == t->peers[c].their_port)
					which = c;
			DEMAND(rungs[i].state < LA_STATES);
			/* A segment that came stands before the changes that it brought. */
			if (which == CONNECTIONS ||
			    (rungs[i].event == LA_RUNG_SEGMENT && !rungs[i].sent))
				continue;
			DEMAND(opens(rungs[i].state) ||
			       user_state_follows(t->ladder[which], rungs[i].state));
			t->ladder[which] = rungs[i].state;
		}
	}
}

static void breathed(void *ctx)
{
	struct target *t = ctx;

	judge_ladder(t);
	for (unsigned int i = 0; i < CONNECTIONS; i++)
		user_judge(&t->users[i]);
}

struct user *user_of_port(void *data, uint16_t remote_port)
{
	struct target *t = data;

	for (unsigned int i = 0; i < 2; i++)
		if (t->peers[i].their_port == remote_port)
			return &t->users[i];
	return NULL;
}

/* ---- the stacks ---- */

static void options_of(unsigned int which, uint8_t settings, struct la_tcp_options *options)
{
	la_tcp_options_init(options);
	options->syn_cookies =
		(settings & SET_COOKIES) != 0 ? LA_COOKIES_ALWAYS : LA_COOKIES_PRESSURE;
	options->fast_open = (settings & SET_FAST_OPEN) != 0;
	options->ecn = (settings & SET_ECN) != 0 ? LA_ECN_ASK : LA_ECN_ACCEPT;
	options->send_buffer = which % 2 == 0 ? 16384 : BUFFER_MIN;
	options->receive_buffer = which % 2 == 0 ? 8192 : BUFFER_MIN;
	options->no_delay = which % 2 == 1;
	options->mss = which % 2 == 0 ? 0 : 536;
	options->r2_us = R2_US;
	options->r2_syn_us = R2_US / 4;
}

static void listen(struct target *t, unsigned int index, unsigned int port, uint8_t settings)
{
	struct la_endpoint local = { la_addr_from_ipv4(LAB_US(port)),
				     (uint16_t)OUR_PORT(settings) };
	struct la_tcp_options options;
	struct la_error err;

	options_of(port, settings, &options);
	DEMAND(la_listen(t->labs[index].stack, &local, &user_service, t, &options, &err) >= 0);
}

static void open_stack(struct target *t, unsigned int index)
{
	struct la_stack_config config;
	bool tight = index == 1;

	la_stack_config_init(&config);
	config.name = tight ? "tight" : "roomy";
	config.max_connections = tight ? 2 : 8;
	config.max_flights = tight ? 1 : 8;
	config.max_embryos = tight ? 1 : 8;
	config.max_time_waits = tight ? 1 : 8;
	config.mbufs = tight ? MBUFS_MIN : HOSTAGES_MAX;
	config.neighbours = NEIGHBOURS_MIN;
	config.msl_us = 500000;
	config.flight_idle_us = tight ? 0 : 300000;
	t->labs[index].sent = frame_sent;
	t->labs[index].breathed = NULL;
	t->labs[index].ctx = t;
	lab_open(&t->labs[index], &config);
	t->ladder_cursors[index] = 0;
	for (unsigned int i = 0; i < 2; i++)
		for (unsigned int settings = 0; settings < SET_ECN; settings += SET_COOKIES)
			listen(t, index, i, (uint8_t)settings);
}

static void close_stacks(void)
{
	for (unsigned int i = 0; i < STACKS; i++)
		lab_close(&target.labs[i]);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	lab_eal();
	for (unsigned int i = 0; i < CONNECTIONS; i++) {
		struct la_tcp_options options;

		options_of(i, 0, &options);
		target.peers[i].port = i % 2;
		target.peers[i].address = LAB_US(i % 2) + 10 + i;
		target.peers[i].their_port = (uint16_t)(5000 + i);
		target.peers[i].our_port = (uint16_t)(6000 + i);
		target.peers[i].trace = getenv("FUZZ_TRACE") != NULL;
		target.users[i].peer = &target.peers[i];
		/* Both buffers may grow with the path. */
		target.users[i].send_buffer = options.send_buffer_max > options.send_buffer
						      ? options.send_buffer_max
						      : options.send_buffer;
		target.users[i].receive_buffer = options.receive_buffer_max > options.receive_buffer
							 ? options.receive_buffer_max
							 : options.receive_buffer;
	}
	for (unsigned int i = 0; i < STACKS; i++)
		open_stack(&target, i);
	atexit(close_stacks);
	return 0;
}

/* ---- segments ---- */

/* A number near `from`: the low bits say how near. */
static uint32_t near(uint32_t from, uint8_t how)
{
	static const int32_t steps[] = { 0,    1,   -1,   2,     -2,    100,   -100,       536,
					 -536, 537, 1460, -1460, 65535, 65536, 0x10000000, -65536 };

	return from + (uint32_t)steps[how & 15];
}

static uint32_t choose_seq(const struct peer *peer, uint8_t how)
{
	uint32_t next = peer->life.said_ack ? peer->life.ack : PEER_BASE + 0x3000;
	uint32_t edge = peer->life.said_edge ? peer->life.edge : next;

	switch (how >> 4 & 7) {
	case 0:
	case 1:
	case 2:
		return near(next, how);
	case 3:
		return near(edge, how);
	case 4:
	case 5:
		return near(peer->highest, how);
	case 6:
		return near(PEER_BASE + 0x3000, how);
	default:
		return next + (how & 15) * 64U;
	}
}

static uint32_t choose_ack(const struct peer *peer, bool edges, uint8_t how)
{
	uint32_t beside = (how & 8) == 0 ? 0U : (how & 0x80) != 0 ? 1U : UINT32_MAX;

	if (edges && (how >> 4 & 7) < 3)
		return peer->sacked[how % PEER_EDGES] + beside;
	switch (how >> 4 & 7) {
	case 0:
	case 1:
	case 2:
	case 3:
		return near(peer->life.said_end, how);
	case 4:
		return near(peer->life.iss, how);
	case 5:
		return peer->life.said_end - (how & 15) * 100U;
	case 6:
		return peer->life.iss + 1 +
		       (peer->life.said_end - peer->life.iss) / 16 * (how & 15);
	default:
		return near(peer->life.allowed, how);
	}
}

static uint16_t choose_window(uint8_t how)
{
	static const uint16_t windows[] = { 65535, 8192, 0,    1,    2,    100,  535,   536,
					    537,   1459, 1460, 1461, 2920, 4096, 14600, 32768 };

	return windows[how & 15];
}

static uint16_t choose_text(uint8_t how)
{
	static const uint16_t sizes[] = { 0,   0,   0,   1,   2,    3,    7,    64,
					  100, 535, 536, 537, 1000, 1459, 1460, 300 };

	return sizes[how & 15];
}

static void choose_options(struct peer_segment *segment, uint8_t how)
{
	static const struct {
		uint8_t size, bytes[20];
	} lists[] = {
		{ 0, { 0 } },
		{ 4, { 2, 4, 5, 0xb4 } },    /* MSS 1460 */
		{ 4, { 2, 4, 2, 0x18 } },    /* MSS 536 */
		{ 4, { 2, 4, 0, 1 } },       /* MSS 1 */
		{ 4, { 2, 4, 0xff, 0xff } }, /* MSS 65535 */
		{ 8, { 2, 4, 5, 0xb4, 1, 3, 3, 7 } },
		{ 12, { 1, 1, 8, 10, 0, 0, 0, 9, 0, 0, 0, 0 } },
		{ 12, { 1, 1, 5, 10, 0xff, 0xff, 0xf0, 0, 0xff, 0xff, 0xf1, 0 } },
		{ 4, { 4, 2, 1, 1 } },
		{ 4, { 0, 0, 0, 0 } },
		{ 4, { 2, 40, 0, 0 } }, /* runs over */
		{ 4, { 1, 1, 1, 8 } },  /* cut short */
		{ 4, { 99, 0, 0, 0 } }, /* of no length */
		/* MSS, SACK permitted, timestamps, window scale */
		{ 20, { 2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 9, 0, 0, 0, 0, 1, 3, 3, 7 } },
		{ 8, { 2, 4, 5, 0xb4, 1, 1, 4, 2 } },
		{ 16, { 2, 4, 2, 0x18, 4, 2, 8, 10, 0, 0, 0, 9, 0, 0, 0, 0 } },
	};
	unsigned int which = how % RTE_DIM(lists);

	segment->options_size = lists[which].size;
	memcpy(segment->options, lists[which].bytes, lists[which].size);
}

static void do_segment(struct target *t, unsigned int which, struct program *program)
{
	struct peer *peer = &t->peers[which];
	struct peer_segment segment = { .flags = next_byte(program) };
	uint8_t more = next_byte(program);

	segment.seq = choose_seq(peer, more);
	segment.marked = (t->settings & SET_ECN) != 0 && more >= 128;
	segment.ack = choose_ack(peer, (t->settings & SET_EDGES) != 0, next_byte(program));
	segment.window = choose_window(next_byte(program));
	more = next_byte(program);
	segment.text = choose_text(more);
	segment.urgent = choose_window(more >> 4);
	more = next_byte(program);
	choose_options(&segment, more & 15);
	if (more >= 128)
		peer_add_sack(peer, &segment, (uint8_t)(more << 1));
	else if (more >= 64 && (t->settings & SET_FAST_OPEN) != 0)
		peer_add_cookie(peer, &segment);
	segment.spoil = (t->settings & SET_SPOIL) != 0 ? ++t->spoil : 0;
	peer_send(peer, &segment);
}

static void do_syn(const struct target *t, struct peer_segment *segment, const struct peer *peer,
		   uint8_t how)
{
	segment->flags = FRAME_SYN;
	segment->seq = peer->highest;
	choose_options(segment, how);
	if ((t->settings & SET_ECN) != 0)
		segment->flags |= FRAME_ECE | FRAME_CWR;
	if ((t->settings & SET_FAST_OPEN) != 0) {
		peer_add_cookie(peer, segment);
		segment->text = peer->cookie_size > 0 ? choose_text(how) : 0;
	}
}

/* Marked on its way, or telling that another was. */
static void choose_marks(struct peer_segment *segment, unsigned int how)
{
	segment->marked = how == 12;
	if (how == 13)
		segment->flags |= FRAME_ECE;
}

/* What a peer in order would send next, by one byte. */
static void do_next(struct target *t, unsigned int which, uint8_t how)
{
	struct peer *peer = &t->peers[which];
	struct peer_segment segment = { .flags = FRAME_ACK,
					.seq = peer->life.said_ack ? peer->life.ack : peer->highest,
					.ack = peer->life.said_end,
					.window = 65535 };

	switch (how & 15) {
	case 0:
		do_syn(t, &segment, peer, how >> 4);
		break;
	case 1:
		/* Whom the stack asks gives a cookie of its own. */
		if (peer->cookie_size == 0)
			peer->cookie_size = FAST_OPEN_BYTES;
		do_syn(t, &segment, peer, how >> 4);
		segment.flags = (uint8_t)((segment.flags & ~FRAME_CWR) | FRAME_ACK);
		break;
	case 2:
		segment.flags |= FRAME_FIN;
		segment.text = choose_text(how >> 4);
		break;
	case 3:
		segment.flags |= FRAME_RST;
		break;
	case 4:
		segment.window = choose_window(how >> 4);
		break;
	case 5:
		segment.flags |= FRAME_URG | FRAME_PSH;
		segment.urgent = choose_text(how >> 4);
		segment.text = 10;
		break;
	case 6: /* leaves a gap */
		segment.seq += choose_text(how >> 4);
		segment.text = 200;
		break;
	case 7: /* a gap, and the end behind it */
		segment.seq += choose_text(how >> 4);
		segment.text = 30;
		segment.flags |= FRAME_FIN;
		break;
	case 8: /* acknowledges a part */
		segment.ack -= choose_text(how >> 4);
		break;
	case 15: /* acknowledges a part, and some of the rest */
		segment.ack = peer->life.iss + 1 +
			      (peer->life.said_end - peer->life.iss - 1) / 4 * (how >> 4 & 3);
		peer_add_sack(peer, &segment, (uint8_t)(how >> 3 | (how & 0x80) >> 1));
		break;
	default:
		if ((t->settings & SET_EDGES) != 0 && (how & 14) == 10) {
			segment.ack = choose_ack(peer, true, (uint8_t)(how >> 4 | (how & 1) << 7));
			break;
		}
		segment.flags |= FRAME_PSH;
		segment.text = choose_text(how >> 4);
		if ((t->settings & SET_ECN) != 0)
			choose_marks(&segment, how & 15);
		break;
	}
	segment.spoil = (t->settings & SET_SPOIL) != 0 ? ++t->spoil : 0;
	peer_send(peer, &segment);
}

static void do_error(struct target *t, unsigned int which, uint8_t how)
{
	static const struct {
		uint8_t type, code;
		uint16_t mtu;
	} errors[] = { { 3, 0, 0 },    { 3, 1, 0 },  { 3, 2, 0 },   { 3, 3, 0 },
		       { 3, 4, 0 },    { 3, 4, 68 }, { 3, 4, 576 }, { 3, 4, 1400 },
		       { 3, 4, 9000 }, { 11, 0, 0 }, { 12, 0, 0 },  { 4, 0, 0 } };
	struct peer *peer = &t->peers[which];
	unsigned int kind = (how & 15) % RTE_DIM(errors);

	peer_send_error(peer, errors[kind].type, errors[kind].code, errors[kind].mtu,
			(how & 0x80) != 0 ? near(peer->life.said_end, how >> 4 & 7)
					  : peer->life.iss + (how >> 4 & 7));
}

/* ---- other operations ---- */

static void release_hostages(struct target *t)
{
	while (t->hostage_count > 0)
		rte_pktmbuf_free(t->hostages[--t->hostage_count]);
}

/* Leaves so many buffers to the stack; 255 gives all of them back. */
static void do_buffers(struct target *t, uint8_t left)
{
	struct rte_mempool *pool = la_worker_mempool(t->lab->worker);

	release_hostages(t);
	if (left == 255)
		return;
	while (t->hostage_count < HOSTAGES_MAX && rte_mempool_avail_count(pool) > left) {
		struct rte_mbuf *mbuf = rte_pktmbuf_alloc(pool);

		if (mbuf == NULL)
			return;
		t->hostages[t->hostage_count++] = mbuf;
	}
}

static void do_time(struct target *t, uint8_t how)
{
	static const uint32_t steps_us[] = { 100,      1000,     10000,    40000,
					     41000,    100000,   200000,   500000,
					     1000000,  1100000,  2000000,  3000000,
					     10000000, 21000000, 60000000, 1 };

	lab_advance(t->lab, steps_us[how & 15]);
}

static void do_end(struct user *user, unsigned int how)
{
	switch (how) {
	case 0:
		user_end(user);
		break;
	case 1:
		user_close(user);
		break;
	case 2:
		user_abort(user);
		break;
	default:
		if (user->alive)
			la_send_ask(user->lab->worker, user->conn);
		break;
	}
}

static void do_write(struct user *user, uint8_t how)
{
	static const uint16_t sizes[] = { 1, 2, 100, 535, 536, 537, 1000, 1460, 2000 };

	user_write(user, sizes[(how & 15) % RTE_DIM(sizes)],
		   (how & 16) != 0 ? USER_CHAIN : USER_COPY,
		   ((how & 32) != 0 ? LA_SEND_MORE : 0) | ((how & 64) != 0 ? LA_SEND_URGENT : 0));
}

static void do_read(struct user *user, uint8_t how)
{
	static const uint16_t sizes[] = { 1, 2, 99, 536, 1000, 1460, 2000, 2000 };

	user_read(user, sizes[how & 7], (enum user_way)((how >> 3) % 3));
}

/* What is written in the same breath goes with a Fast Open. */
static void do_connect(struct target *t, unsigned int which, unsigned int own)
{
	struct la_tcp_options options;

	options_of(which, t->settings, &options);
	if (which < 2)
		return;
	user_connect(&t->users[which], t->peers[which].our_port, &options);
	if ((t->settings & SET_FAST_OPEN) != 0 && (own & 1) != 0)
		user_write(&t->users[which], 600, USER_COPY, 0);
	if ((t->settings & SET_FAST_OPEN) != 0 && own == 3)
		user_end(&t->users[which]);
}

static void run_operation(struct target *t, struct program *program)
{
	uint8_t first = next_byte(program);
	enum operation operation = first & 15;
	unsigned int which = first >> 4 & 3;
	unsigned int own = first >> 6;
	struct user *user = &t->users[which];

	if (operation > OP_NEXT_3 && t->batch) {
		t->batch = false;
		lab_settle(t->lab);
	}
	switch (operation) {
	case OP_SEGMENT:
	case OP_SEGMENT_2:
	case OP_SEGMENT_3:
		do_segment(t, which, program);
		break;
	case OP_NEXT:
	case OP_NEXT_2:
	case OP_NEXT_3:
		do_next(t, which, next_byte(program));
		break;
	case OP_TIME:
		do_time(t, next_byte(program));
		break;
	case OP_WRITE:
		do_write(user, next_byte(program));
		break;
	case OP_READ:
		do_read(user, next_byte(program));
		break;
	case OP_END:
		do_end(user, own);
		break;
	case OP_HABITS:
		user->habits = next_byte(program);
		break;
	case OP_CONNECT:
		do_connect(t, which, own);
		break;
	case OP_ERROR:
		do_error(t, which, next_byte(program));
		break;
	case OP_BUFFERS:
		do_buffers(t, next_byte(program));
		break;
	case OP_BATCH:
		t->batch = true;
		break;
	case OP_EVENT:
		lab_advance(t->lab, 1);
		break;
	}
	if (!t->batch)
		lab_settle(t->lab);
}

/* ---- an input ---- */

static void begin_input(struct target *t, uint8_t settings, bool watched)
{
	static const struct la_ladder_filter all;

	t->settings = settings;
	t->spoil = 0;
	t->batch = false;
	t->lab = &t->labs[(settings & SET_TIGHT) != 0];
	for (unsigned int i = 0; i < CONNECTIONS; i++) {
		t->peers[i].lab = t->users[i].lab = t->lab;
		if (i < 2)
			t->peers[i].our_port = (uint16_t)OUR_PORT(settings);
		peer_reset(&t->peers[i]);
		user_reset(&t->users[i]);
		t->users[i].spoilt = (settings & SET_SPOIL) != 0;
		t->users[i].habits = (settings & SET_READ) != 0 ? HABIT_READ : 0;
		t->ladder[i] = LA_CLOSED;
	}
	/* The shortest ways are taken where no ladder is armed. */
	la_ladder_arm(t->lab->worker, watched ? &all : NULL);
	t->lab->breathed = breathed;
}

static void end_input(struct target *t)
{
	release_hostages(t);
	lab_settle(t->lab);
	for (unsigned int i = 0; i < CONNECTIONS && (t->settings & SET_GENTLE) != 0; i++) {
		t->users[i].habits = 0;
		user_close(&t->users[i]);
	}
	if ((t->settings & SET_GENTLE) != 0) {
		lab_settle(t->lab);
		lab_advance(t->lab, 3 * R2_US);
	}
	for (unsigned int i = 0; i < CONNECTIONS; i++)
		user_abort(&t->users[i]);
	lab_settle(t->lab);
	lab_advance_until(t->lab, REST_US, 0);
	for (unsigned int i = 0; i < CONNECTIONS; i++)
		DEMAND(!t->users[i].alive && t->users[i].ghosts == 0);
	if (!lab_holds_only(t->lab, 0)) {
		lab_print_usage(t->lab);
		DEMAND(!"everything is given back");
	}
	/* The next input finds no trace of this one's neighbours, limits and numbers. */
	lab_advance(t->lab, 2000000);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	struct target *t = &target;
	struct program program = { .bytes = input, .size = size };

	if (++t->inputs % STACK_INPUTS == 0) {
		close_stacks();
		for (unsigned int i = 0; i < STACKS; i++)
			open_stack(t, i);
	}
	begin_input(t, next_byte(&program), size % 2 == 0);
	for (unsigned int i = 0; i < OPERATIONS_MAX && program.size > 0; i++)
		run_operation(t, &program);
	end_input(t);
	return 0;
}
