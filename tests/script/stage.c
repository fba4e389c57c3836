/* SPDX-License-Identifier: BSD-3-Clause */
/* The stage: a stack with a clock, a secret and a port that are the script's own. */
#include "harness.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_mbuf.h>

#define LOG_LINE_MAX 1024
#define START_US 1000000000000ULL /**< some time, far from zero */
#define ISN_CLOCK_US 4ULL         /**< RFC 6528: one count of the ISN's clock */
#define ETHERTYPE_ARP 0x0806U
#define ARP_FRAME_BYTES 42U
#define PROBES_MAX 64U

struct stage stage;

const uint8_t our_mac[6] = { 2, 0, 0, 0, 0, 1 };

void peer_mac(unsigned int n, uint8_t mac[6])
{
	static const uint8_t first[6] = { 2, 0, 0, 0, 1, 0 };

	memcpy(mac, first, sizeof(first));
	mac[5] = (uint8_t)n;
}

/* ---- the log, and failing -------------------------------------------------------------------- */

static void log_text(const char *text)
{
	size_t size = strlen(text);

	if (stage.log_size + size + 1 > stage.log_room) {
		stage.log_room = (stage.log_room + size + 1) * 2;
		stage.log = realloc(stage.log, stage.log_room);
		assert(stage.log != NULL);
	}
	memcpy(stage.log + stage.log_size, text, size + 1);
	stage.log_size += size;
}

void stage_log(const char *format, ...)
{
	char text[LOG_LINE_MAX], line[LOG_LINE_MAX + 32];
	uint64_t us = stage.now_us - stage.start_us;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	snprintf(line, sizeof(line), "%9llu.%03llu ms  %s\n", (unsigned long long)(us / 1000),
		 (unsigned long long)(us % 1000), text);
	log_text(line);
	if (stage.verbose)
		fputs(line, stdout);
}

void stage_defer(const char *format, ...)
{
	va_list arguments;

	if (stage.deferred[0] != '\0')
		return;
	va_start(arguments, format);
	vsnprintf(stage.deferred, sizeof(stage.deferred), format, arguments);
	va_end(arguments);
}

_Noreturn void stage_fail(struct where where, const char *format, ...)
{
	va_list arguments;

	assert(!stage.in_callback);
	if (!stage.verbose && stage.log != NULL)
		fputs(stage.log, stdout);
	stage.failed_line = where.line;
	printf("%s:%d: ", where.file, where.line);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf("\n");
	longjmp(stage.failed, 1);
}

/* ---- clock, randomness, port ------------------------------------------------------------- */

static uint64_t clock_now(void *ctx)
{
	return *(uint64_t *)ctx;
}

/** Always the same bytes for the same secret: splitmix64 (Steele, Lea, Flood 2014) from it. */
static void random_fill(void *ctx, void *buf, size_t size)
{
	uint64_t state = stage.secret;
	uint8_t *bytes = buf;
	size_t i;

	(void)ctx;
	for (i = 0; i < size; i++) {
		uint64_t z = (state += 0x9e3779b97f4a7c15ULL);

		z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
		z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
		bytes[i] = (uint8_t)(z >> 56);
	}
}

static uint16_t port_rx(void *ctx, uint16_t queue, struct rte_mbuf **mbufs, uint16_t count)
{
	uint16_t n = 0;

	(void)ctx;
	assert(queue == 0);
	while (n < count && stage.rx_count > 0) {
		mbufs[n++] = stage.rx[stage.rx_head];
		stage.rx_head = (stage.rx_head + 1) % FRAMES_MAX;
		stage.rx_count--;
	}
	return n;
}

/** Answers an ARP request for a peer, so that scripts about TCP never see one. */
static void answer_arp(const uint8_t *bytes)
{
	uint32_t target = frame_get32(bytes + 38);
	unsigned int n = target - PEER_IP(0);
	uint8_t reply[60] = { 0 };

	if (frame_get16(bytes + 20) != 1 ||
	    ((n < 1 || n > PEERS_MAX) && !flood_is_stranger(target)))
		return;
	memcpy(reply, bytes + 22, 6);
	peer_mac(n, reply + 6);
	memcpy(reply + 12, bytes + 12, 8);
	frame_put16(reply + 20, 2);
	peer_mac(n, reply + 22);
	frame_put32(reply + 28, target);
	memcpy(reply + 32, bytes + 22, 10);
	stage_receive(reply, sizeof(reply));
}

static uint16_t port_tx(void *ctx, uint16_t queue, struct rte_mbuf **mbufs, uint16_t count)
{
	uint16_t i;

	(void)ctx;
	assert(queue == 0);
	for (i = 0; i < count; i++) {
		struct sent_frame *frame;
		uint32_t size = rte_pktmbuf_pkt_len(mbufs[i]);
		uint8_t bytes[FRAME_BYTES_MAX];
		const void *at;

		if (size > sizeof(bytes) || stage.tx_count == FRAMES_MAX) {
			stage_defer("a frame of %u bytes was sent, or more than %u frames", size,
				    FRAMES_MAX);
			rte_pktmbuf_free(mbufs[i]);
			continue;
		}
		if (mbufs[i]->nb_segs > 1 && (stage.port_flags & LA_PORT_TX_CHAINS) == 0)
			stage_defer("a chain was given to a port that takes none");
		at = rte_pktmbuf_read(mbufs[i], 0, size, bytes);
		if (at != bytes)
			memcpy(bytes, at, size);
		rte_pktmbuf_free(mbufs[i]);
		if (size >= ARP_FRAME_BYTES && frame_get16(bytes + 12) == ETHERTYPE_ARP &&
		    !stage.arp_by_hand) {
			answer_arp(bytes);
			continue;
		}
		if (flood_takes(bytes, size))
			continue;
		frame = &stage.tx[(stage.tx_head + stage.tx_count++) % FRAMES_MAX];
		frame->time_us = stage.now_us;
		frame->cause = stage.line;
		frame->size = (uint16_t)size;
		memcpy(frame->bytes, bytes, size);
		segment_log(stage.now_us, "out", bytes, size);
	}
	return count;
}

void stage_receive(const void *bytes, size_t size)
{
	struct rte_mbuf *mbuf = rte_pktmbuf_alloc(la_worker_mempool(stage.worker));
	char *at;

	if (mbuf == NULL || stage.rx_count == FRAMES_MAX) {
		/* A port whose pool is dry loses the frame. */
		rte_pktmbuf_free(mbuf);
		stage_log("lost: no packet buffer to receive into");
		return;
	}
	at = rte_pktmbuf_append(mbuf, (uint16_t)size);
	assert(at != NULL);
	memcpy(at, bytes, size);
	stage.rx[(stage.rx_head + stage.rx_count++) % FRAMES_MAX] = mbuf;
}

struct sent_frame *stage_sent(void)
{
	return stage.tx_count > 0 ? &stage.tx[stage.tx_head] : NULL;
}

/* ---- the stack --------------------------------------------------------------------------- */

static void stack_create(struct where where)
{
	static const struct la_port_ops ops = { port_rx, port_tx };
	static const struct la_clock clock = { clock_now, &stage.now_us };
	static const struct la_random source = { random_fill, NULL };
	struct la_port_config port = { .name = "script", .ops = &ops };
	struct la_addr address = la_addr_from_ipv4(OUR_IP);
	struct la_error error = { "" };
	int index;

	stage.config.clock = &clock;
	stage.config.random = &source;
	if (la_stack_create(&stage.config, &stage.stack, &error) != 0)
		stage_fail(where, "la_stack_create: %s", error.text);
	memcpy(port.mac, our_mac, sizeof(port.mac));
	port.mtu = stage.mtu;
	port.flags = stage.port_flags;
	index = la_port_add(stage.stack, &port, &error);
	if (index < 0 || la_address_add(stage.stack, index, &address, PREFIX_LENGTH, &error) != 0)
		stage_fail(where, "la_port_add, la_address_add: %s", error.text);
	stage.worker = la_stack_worker(stage.stack, 0);
	if (stage.worker == NULL)
		stage_fail(where, "la_stack_worker: no worker");
	stage.config.clock = NULL;
	stage.config.random = NULL;
}

static void stack_destroy(void)
{
	while (stage.rx_count > 0) {
		rte_pktmbuf_free(stage.rx[stage.rx_head]);
		stage.rx_head = (stage.rx_head + 1) % FRAMES_MAX;
		stage.rx_count--;
	}
	la_stack_destroy(stage.stack);
	stage.stack = NULL;
	stage.worker = NULL;
}

/** What our ISN is for this 4-tuple at stage.now_us, found by an active open that goes nowhere. */
static uint32_t probe_isn(struct where where, uint16_t ours, uint16_t theirs)
{
	struct la_endpoint local = { la_addr_from_ipv4(OUR_IP), ours };
	struct la_endpoint remote = { la_addr_from_ipv4(PEER_IP(1)), theirs };
	struct la_conn conn;
	struct tcp_frame frame;
	uint32_t isn;

	stack_create(where);
	stage_pump();
	if (la_connect(stage.worker, &local, &remote, &script_service, NULL, NULL, &conn) != 0)
		stage_fail(where, "the open that probes for the ISN failed");
	stage_pump();
	if (stage.tx_count != 1 ||
	    frame_read(&frame, stage_sent()->bytes, stage_sent()->size) != NULL)
		stage_fail(where, "the open that probes for the ISN sent no SYN");
	isn = frame.seq;
	stage.tx_count = 0;
	stack_destroy();
	stage.user_count = 0;
	stage.deferred[0] = '\0';
	return isn;
}

struct probe {
	uint64_t secret;
	uint16_t ours, theirs;
	uint32_t isn;
};

/** probe_isn(), remembered: the keyed part does not change between the scripts of a process. */
static uint32_t isn_at_start(struct where where, uint16_t ours, uint16_t theirs)
{
	static struct probe probes[PROBES_MAX];
	static unsigned int count;
	unsigned int i;

	for (i = 0; i < count; i++)
		if (probes[i].secret == stage.secret && probes[i].ours == ours &&
		    probes[i].theirs == theirs)
			return probes[i].isn;
	assert(count < PROBES_MAX);
	probes[count] =
		(struct probe){ stage.secret, ours, theirs, probe_isn(where, ours, theirs) };
	return probes[count++].isn;
}

static void count_baseline(void)
{
	unsigned int i;

	la_ladder_arm(stage.worker, &(struct la_ladder_filter){ 0 });
	la_worker_usage(stage.worker, &stage.baseline);
	stage.stats = calloc(la_stat_count(), sizeof(uint64_t));
	stage.drops = calloc(la_drop_count(), sizeof(uint64_t));
	assert(stage.stats != NULL && stage.drops != NULL);
	for (i = 0; i < la_stat_count(); i++)
		stage.stats[i] = la_worker_stat(stage.worker, i);
	for (i = 0; i < la_drop_count(); i++)
		stage.drops[i] = la_worker_drop(stage.worker, i);
}

void stage_open(struct where where, uint16_t ours, uint16_t theirs)
{
	uint32_t isn;

	if (stage.stack != NULL)
		return;
	stage.line = where;
	isn = isn_at_start(where, ours, theirs);
	stage.now_us += (uint64_t)(OUR_ISN_AIM - isn) * ISN_CLOCK_US;
	/* The same ISN at the beginning of a millisecond, so that timestamps count from there. */
	while (stage.now_us % 1000 >= 8)
		stage.now_us += ISN_CLOCK_US << 32;
	stage.start_us = stage.now_us;
	stage.log_size = 0;
	stack_create(where);
	stage_pump();
	count_baseline();
}

/* ---- time -------------------------------------------------------------------------------- */

static void read_ladder(void)
{
	struct la_rung rungs[64];
	unsigned int count, i;

	while ((count = la_ladder_read(stage.worker, &stage.ladder_cursor, rungs, 64)) > 0) {
		for (i = 0; i < count; i++) {
			uint32_t remote = la_addr_to_ipv4(&rungs[i].remote.addr);
			struct flow *flow = stage_flow(remote - PEER_IP(0), rungs[i].local.port,
						       rungs[i].remote.port);

			if (flow == NULL || flow->state == (enum la_state)rungs[i].state)
				continue;
			flow->state = rungs[i].state;
			stage_log("%*s%s", 30, "", la_state_name(flow->state));
		}
	}
}

void stage_pump(void)
{
	unsigned int breath;

	for (breath = 0; breath < BREATHS_MAX; breath++) {
		unsigned int done;

		stage.in_callback = true;
		done = la_worker_poll(stage.worker);
		stage.in_callback = false;
		read_ladder();
		if (stage.deferred[0] != '\0')
			stage_fail(stage.line, "%s", stage.deferred);
		if (done == 0 && stage.rx_count == 0)
			return;
	}
	stage_fail(stage.line, "the worker does not come to rest at one instant");
}

void stage_advance(uint64_t until_us, bool stop_at_frame)
{
	assert(until_us >= stage.now_us);
	while (!(stop_at_frame && stage.tx_count > 0)) {
		uint64_t next = la_worker_next_event_us(stage.worker);

		/* A bound may be early: time must move in any case. */
		if (next <= stage.now_us)
			next = stage.now_us + TICK_US;
		if (next > until_us)
			break;
		stage.now_us = next;
		stage_pump();
	}
	if (stop_at_frame && stage.tx_count > 0)
		return;
	if (stage.now_us != until_us) {
		stage.now_us = until_us;
		stage_pump();
	}
}

void stage_stimulus(struct where where)
{
	struct sent_frame *sent;

	stage_current(where);
	sent = stage_sent();
	if (sent != NULL && !stage.holding && !stage.in_callback)
		stage_fail(sent->cause,
			   "this made the stack send what no out() took (seen at line %d):\n    %s",
			   where.line, segment_line(sent->bytes, sent->size));
	stage.line = where;
}

void script_after(struct where where, uint64_t us)
{
	stage_stimulus(where);
	stage_advance(stage.now_us + us, false);
}

void script_until(struct where where, uint64_t us)
{
	stage_stimulus(where);
	if (stage.start_us + us < stage.now_us)
		stage_fail(where, "that time has passed: it is %llu us",
			   (unsigned long long)script_now_us());
	stage_advance(stage.start_us + us, false);
}

uint64_t script_now_us(void)
{
	return stage.now_us - stage.start_us;
}

bool script_hold(struct where where)
{
	stage_stimulus(where);
	assert(!stage.holding);
	stage.holding = true;
	return true;
}

bool script_release(struct where where)
{
	assert(stage.holding);
	stage.holding = false;
	stage.line = where;
	stage_pump();
	return false;
}

/* ---- who speaks -------------------------------------------------------------------------- */

struct flow *stage_flow(unsigned int number, uint16_t ours, uint16_t theirs)
{
	unsigned int i;

	if (number < 1 || number > PEERS_MAX)
		return NULL;
	for (i = 0; i < FLOWS_MAX; i++) {
		struct flow *flow = &stage.flows[i];

		if (flow->used && flow->peer == number && flow->our_port == ours &&
		    flow->peer_port == theirs)
			return flow;
		if (flow->used)
			continue;
		flow->used = true;
		flow->peer = number;
		flow->our_port = ours;
		flow->peer_port = theirs;
		flow->our_isn = OUR_ISN_AIM;
		flow->peer_iss = PEER_ISS;
		flow->our_shift = flow->peer_shift = -1;
		flow->window = stage.options.receive_buffer;
		flow->mss = MSS_DEFAULT;
		flow->user = -1;
		return flow;
	}
	return NULL;
}

struct flow *stage_current(struct where where)
{
	if (stage.flow == NULL) {
		uint16_t ours = stage.last_listened ? stage.last_listened : 80;

		stage_open(where, ours, PEER_PORT + 1);
		stage.flow = stage_flow(1, ours, PEER_PORT + 1);
	}
	return stage.flow;
}

void script_peer(struct where where, unsigned int n)
{
	if (n < 1 || n > PEERS_MAX)
		stage_fail(where, "peers are numbered from 1 to %u", PEERS_MAX);
	stage.flow = stage_flow(n, stage_current(where)->our_port, (uint16_t)(PEER_PORT + n));
	if (stage.flow == NULL)
		stage_fail(where, "more than %u connections in one script", FLOWS_MAX);
}

void script_peer_port(struct where where, uint16_t port)
{
	struct flow *flow = stage_current(where);

	stage.flow = stage_flow(flow->peer, flow->our_port, port);
	if (stage.flow == NULL)
		stage_fail(where, "more than %u connections in one script", FLOWS_MAX);
}

void script_our_port(struct where where, uint16_t port)
{
	struct flow *flow = stage_current(where);

	stage.flow = stage_flow(flow->peer, port, flow->peer_port);
	if (stage.flow == NULL)
		stage_fail(where, "more than %u connections in one script", FLOWS_MAX);
}

void script_anew(struct where where, int32_t iss_change)
{
	struct flow *flow = stage_current(where);

	flow->peer_iss += (uint32_t)iss_change;
	flow->our_isn_known = false;
	flow->edge_known = false;
	flow->our_shift = flow->peer_shift = -1;
	flow->mss = MSS_DEFAULT;
}

uint32_t our_seq(uint32_t relative)
{
	return stage.flow->our_isn + relative;
}

uint32_t peer_seq(uint32_t relative)
{
	return stage.flow->peer_iss + relative;
}

/* ---- configuration, beginning and end ---------------------------------------------------- */

static void not_yet_open(struct where where)
{
	if (stage.stack != NULL)
		stage_fail(where, "the configuration comes before everything else");
}

struct la_stack_config *script_config(struct where where)
{
	not_yet_open(where);
	return &stage.config;
}

void script_port_mtu(struct where where, uint16_t bytes)
{
	not_yet_open(where);
	stage.mtu = bytes;
}

void script_port_flags(struct where where, uint32_t flags)
{
	not_yet_open(where);
	stage.port_flags = flags;
}

void script_secret(struct where where, uint64_t secret)
{
	not_yet_open(where);
	stage.secret = secret;
}

void script_arp_by_hand(void)
{
	stage.arp_by_hand = true;
}

struct la_worker *script_worker(void)
{
	return stage.worker;
}

struct la_stack *script_stack(void)
{
	return stage.stack;
}

void stage_begin(const struct script_entry *entry, bool verbose)
{
	struct sent_frame *tx = stage.tx;
	char *log = stage.log;
	size_t log_room = stage.log_room;

	memset(&stage, 0, sizeof(stage));
	stage.tx = tx != NULL ? tx : calloc(FRAMES_MAX, sizeof(*tx));
	assert(stage.tx != NULL);
	stage.log = log;
	stage.log_room = log_room;
	if (log != NULL)
		log[0] = '\0';
	stage.entry = entry;
	stage.verbose = verbose;
	stage.now_us = stage.start_us = START_US;
	stage.mtu = 1500;
	stage.listener = -1;
	la_stack_config_init(&stage.config);
	stage_plain_options(&stage.options);
	stage.config.name = "script";
	stage.config.max_connections = 64;
	stage.config.max_flights = 64;
	stage.config.max_embryos = 64;
	stage.config.max_time_waits = 64;
	stage.config.mbufs = 1024;
	stage.config.neighbours = 64;
	stage.config.msl_us = 30000000;
}

void stage_finish(void)
{
	struct where end = { stage.entry->file, stage.line.line };
	unsigned int i;

	if (stage.stack == NULL)
		stage_fail(end, "this script tested nothing");
	stage_stimulus(end);
	for (i = 0; i < stage.user_count; i++)
		if (stage.users[i].told[TOLD_CLOSED])
			stage_fail(
				end,
				"the service was told closed (%s) and the script never asked why",
				la_reason_name(stage.users[i].reason));
	/* Whatever is open ends now; then every record and every buffer must be back. */
	la_stack_stop(stage.stack, 0);
	stage_advance(stage.now_us + 1000000, false);
	if (!la_stack_stopped(stage.stack))
		stage_fail(end, "after the script: the stack did not stop");
	stage_advance(stage.now_us + 2 * stage.config.msl_us + 200000000, false);
	stage.tx_count = 0;
	script_nothing_leaked(end);
}

void stage_destroy(void)
{
	if (stage.stack != NULL)
		stack_destroy();
	free(stage.stats);
	free(stage.drops);
	service_release();
	stage.stats = stage.drops = NULL;
}
