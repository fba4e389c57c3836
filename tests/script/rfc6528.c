/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 6528: what an attacker sees who opens a hundred thousand connections and looks at our initial
 * sequence numbers. A stack of its own beside the script's: nothing is kept of each connection.
 */
#include <stdlib.h>

#include <rte_mbuf.h>

#include "frame.h"
#include "script.h"

#define CONNECTIONS 100000U
#define PORTS_EACH 50000U /**< connections from one address of the attacker */
#define ARP_BYTES 42U
#define OURS IP(192, 0, 2, 1)
#define ATTACKER IP(192, 0, 2, 100)
#define BINS 256U
/* Chi-squared with 255 degrees of freedom: 255, and six standard deviations of 22.6. */
#define CHI_SQUARED_MAX 391U

static const uint8_t ours_mac[6] = { 2, 0, 0, 0, 0, 1 }, theirs_mac[6] = { 2, 0, 0, 0, 0, 2 };

/** One stack, one frame each way at a time. */
struct box {
	struct la_stack *stack;
	struct la_worker *worker;
	struct la_clock clock;
	struct la_random random;
	uint64_t now_us, seed;
	struct rte_mbuf *in;
	uint8_t out[FRAME_BYTES_MAX];
	size_t out_size;
};

static uint64_t box_now(void *ctx)
{
	return ((struct box *)ctx)->now_us;
}

static void box_random(void *ctx, void *buf, size_t size)
{
	memset(buf, (int)((struct box *)ctx)->seed, size);
}

static void box_give(struct box *box, const void *bytes, size_t size)
{
	box->in = rte_pktmbuf_alloc(la_worker_mempool(box->worker));
	must(box->in != NULL);
	memcpy(rte_pktmbuf_append(box->in, (uint16_t)size), bytes, size);
}

static uint16_t box_rx(void *ctx, uint16_t queue, struct rte_mbuf **mbufs, uint16_t count)
{
	struct box *box = ctx;

	(void)queue;
	if (box->in == NULL || count == 0)
		return 0;
	mbufs[0] = box->in;
	box->in = NULL;
	return 1;
}

static void answer_arp(struct box *box, const uint8_t *request)
{
	uint8_t reply[60] = { 0 };

	memcpy(reply, request + 6, 6);
	memcpy(reply + 6, theirs_mac, 6);
	memcpy(reply + 12, request + 12, 8);
	frame_put16(reply + 20, 2);
	memcpy(reply + 22, theirs_mac, 6);
	memcpy(reply + 28, request + 38, 4);
	memcpy(reply + 32, request + 22, 10);
	box_give(box, reply, sizeof(reply));
}

static uint16_t box_tx(void *ctx, uint16_t queue, struct rte_mbuf **mbufs, uint16_t count)
{
	struct box *box = ctx;
	uint16_t i;

	(void)queue;
	for (i = 0; i < count; i++) {
		const uint8_t *bytes = rte_pktmbuf_mtod(mbufs[i], const uint8_t *);

		if (frame_get16(bytes + 12) != 0x0806) {
			box->out_size = rte_pktmbuf_pkt_len(mbufs[i]);
			memcpy(box->out, bytes, box->out_size);
		} else if (frame_get32(bytes + 38) != OURS) {
			answer_arp(box, bytes);
		}
		rte_pktmbuf_free(mbufs[i]);
	}
	return count;
}

/** Starts a stack that listens on port 80, at this time and with this seed. */
static void box_start(struct box *box, uint64_t now_us, uint64_t seed)
{
	static const struct la_port_ops ops = { box_rx, box_tx };
	static const struct la_service nobody = { .name = "nobody" };
	struct la_port_config port = { .name = "box", .ops = &ops, .ctx = box };
	struct la_endpoint listened = { la_addr_from_ipv4(OURS), 80 };
	struct la_stack_config config;

	*box = (struct box){ .now_us = now_us, .seed = seed };
	box->clock = (struct la_clock){ box_now, box };
	box->random = (struct la_random){ box_random, box };
	la_stack_config_init(&config);
	config.name = "box";
	config.clock = &box->clock;
	config.random = &box->random;
	config.max_connections = config.max_embryos = config.max_time_waits = 16;
	config.mbufs = 512;
	config.neighbours = 16;
	memcpy(port.mac, ours_mac, 6);
	must(la_stack_create(&config, &box->stack, NULL) == 0);
	box->worker = la_stack_worker(box->stack, 0);
	must(la_port_add(box->stack, &port, NULL) == 0);
	must(la_address_add(box->stack, 0, &listened.addr, 24, NULL) == 0);
	must(la_listen(box->stack, &listened, &nobody, NULL, NULL, NULL) >= 0);
}

static void box_send(struct box *box, uint8_t flags, uint32_t seq, uint32_t number)
{
	struct tcp_frame frame = {
		.src_ip = ATTACKER + number / PORTS_EACH,
		.dst_ip = OURS,
		.ttl = 64,
		.src_port = (uint16_t)(10000 + number % PORTS_EACH),
		.dst_port = 80,
		.seq = seq,
		.flags = flags,
		.window = 65535,
	};
	uint8_t bytes[FRAME_BYTES_MAX];

	memcpy(frame.dst_mac, ours_mac, 6);
	memcpy(frame.src_mac, theirs_mac, 6);
	box_give(box, bytes, frame_build(&frame, bytes));
	while (la_worker_poll(box->worker) > 0 || box->in != NULL)
		continue;
}

/** The number with which connection `number` would begin; then it is reset. */
static uint32_t box_isn(struct box *box, uint32_t number)
{
	struct tcp_frame answer;
	struct la_usage usage;

	box->out_size = 0;
	box_send(box, SYN, 1000, number);
	must(box->out_size > 0);
	must(frame_read(&answer, box->out, box->out_size) == NULL);
	must(answer.flags == (SYN | ACK) && answer.ack == 1001);
	box_send(box, RST, 1001, number);
	la_worker_usage(box->worker, &usage);
	must(usage.embryos == 0);
	return answer.seq;
}

/** The numbers of all connections, one in step_us after the other. */
static uint32_t *isns_of(uint64_t now_us, uint64_t seed, uint64_t step_us)
{
	uint32_t *isns = malloc(CONNECTIONS * sizeof(*isns)), i;
	struct box box;

	must(isns != NULL);
	box_start(&box, now_us, seed);
	for (i = 0; i < CONNECTIONS; i++, box.now_us += step_us)
		isns[i] = box_isn(&box, i);
	la_stack_destroy(box.stack);
	return isns;
}

/** True if numbers fall evenly, as far as this octet of them goes. */
static bool evenly_spread(const uint32_t *numbers, uint32_t count, unsigned int shift)
{
	uint32_t bins[BINS] = { 0 }, i;
	uint64_t expected = count / BINS, squares = 0;

	for (i = 0; i < count; i++)
		bins[numbers[i] >> shift & (BINS - 1)]++;
	for (i = 0; i < BINS; i++)
		squares += (bins[i] - expected) * (bins[i] - expected);
	return squares / expected <= CHI_SQUARED_MAX;
}

static bool no_octet_has_a_pattern(const uint32_t *numbers, uint32_t count)
{
	return evenly_spread(numbers, count, 0) && evenly_spread(numbers, count, 8) &&
	       evenly_spread(numbers, count, 16) && evenly_spread(numbers, count, 24);
}

static int compare_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static unsigned int repeats(uint32_t *numbers, uint32_t count)
{
	unsigned int found = 0;
	uint32_t i;

	qsort(numbers, count, sizeof(*numbers), compare_numbers);
	for (i = 1; i < count; i++)
		found += numbers[i] == numbers[i - 1];
	return found;
}

/* Ports one after the other, at one instant and 10 us apart: neither the numbers nor the steps from
 * one to the next say anything. One pair in 2^32 is equal by chance. */
SCRIPT(a_hundred_thousand_connections_show_no_pattern)
{
	uint64_t step_us;

	silence();
	for (step_us = 0; step_us <= 10; step_us += 10) {
		uint32_t *isns = isns_of(1000000, 1, step_us), i;

		must(no_octet_has_a_pattern(isns, CONNECTIONS));
		for (i = 0; i + 1 < CONNECTIONS; i++)
			isns[i] = isns[i + 1] - isns[i];
		must(no_octet_has_a_pattern(isns, CONNECTIONS - 1));
		must(repeats(isns, CONNECTIONS - 1) < 12);
		free(isns);
	}
}

SCRIPT(numbers_of_a_hundred_thousand_connections_do_not_repeat)
{
	uint32_t *isns;

	silence();
	isns = isns_of(1000000, 1, 0);
	must(repeats(isns, CONNECTIONS) < 12);
	free(isns);
}

/* With another secret, as after a restart, what was learnt before is worth nothing. */
SCRIPT(numbers_before_a_restart_say_nothing_of_those_after)
{
	uint32_t *before, *after, i;

	silence();
	before = isns_of(1000000, 1, 0);
	after = isns_of(1000000, 2, 0);
	for (i = 0; i < CONNECTIONS; i++)
		after[i] -= before[i];
	must(no_octet_has_a_pattern(after, CONNECTIONS));
	must(repeats(after, CONNECTIONS) < 12);
	free(before);
	free(after);
}

/* The secret is all that is unknown: with it, numbers are the same up to the clock (MUST-8, 9). */
SCRIPT(numbers_are_the_clock_and_a_keyed_function)
{
	struct box box;
	uint32_t first[64], i;

	silence();
	box_start(&box, 1000000, 3);
	for (i = 0; i < 64; i++)
		first[i] = box_isn(&box, i);
	box.now_us += 60000000;
	for (i = 0; i < 64; i++)
		must(box_isn(&box, i) - first[i] == 15000000);
	la_stack_destroy(box.stack);
	box_start(&box, 1000000, 3);
	for (i = 0; i < 64; i++)
		must(box_isn(&box, i) == first[i]);
	la_stack_destroy(box.stack);
}

/* Twice the MSL is far less than the 4.8 hours of the clock: the later number is the greater. */
SCRIPT(later_connection_of_the_same_four_numbers_begins_beyond_the_earlier)
{
	struct box box;
	uint32_t last = 0, isn, i;

	silence();
	box_start(&box, 1000000, 4);
	for (i = 0; i < 1000; i++) {
		isn = box_isn(&box, 7);
		must(i == 0 || (int32_t)(isn - last) > 0);
		last = isn;
		box.now_us += 60000000;
	}
	la_stack_destroy(box.stack);
}
