/* SPDX-License-Identifier: BSD-3-Clause */
#include "lab.h"

#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

#include "base/mbufs.h"
#include "config/limits.h"

#define START_US 1000000000000ULL
#define BREATHS_AT_ONE_INSTANT 256U
#define PREFIX_LENGTH 24U
#define VLAN 5U
#define ETHERNET_BYTES 14U
#define TAG_BYTES 4U
#define ARP_BYTES 28U

const uint8_t lab_mac_ours[LAB_MAC_BYTES] = { 2, 0, 0, 0, 0, 1 };
const uint8_t lab_mac_peer[LAB_MAC_BYTES] = { 2, 0, 0, 0, 0, 2 };

void lab_eal(void)
{
	char words[][20] = { "fuzz",
			     "--no-huge",
			     "-m",
			     "64",
			     "--no-pci",
			     "--no-shconf",
			     "-l",
			     "0",
			     "--iova-mode=va",
			     "--no-telemetry",
			     "--log-level=error" };
	char *arguments[RTE_DIM(words) + 1];
	char prefix[32];

	for (size_t i = 0; i < RTE_DIM(words); i++)
		arguments[i] = words[i];
	snprintf(prefix, sizeof(prefix), "--file-prefix=fuzz-%d", (int)getpid());
	arguments[RTE_DIM(words)] = prefix;
	DEMAND(rte_eal_init((int)RTE_DIM(arguments), arguments) >= 0);
	/* Empty, and never used again: a process that libFuzzer ends does not clean up. */
	rmdir(rte_eal_get_runtime_dir());
}

/* ---- clock and randomness ---- */

static uint64_t lab_clock(void *ctx)
{
	const struct lab *lab = ctx;

	return lab->now_us;
}

/* The same bytes every time: an input must always do the same. */
static void lab_random(void *ctx, void *buf, size_t size)
{
	uint8_t *bytes = buf;

	(void)ctx;
	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(0x5a + 37 * i);
}

/* ---- ports ---- */

static uint16_t lab_rx(void *ctx, uint16_t queue, struct rte_mbuf **mbufs, uint16_t count)
{
	const struct lab_port *port = ctx;
	struct lab *lab = port->lab;
	uint16_t n = 0;

	(void)queue;
	while (n < count && lab->count[port->index] > 0) {
		unsigned int *head = &lab->head[port->index];

		mbufs[n++] = lab->queue[port->index][*head];
		*head = (*head + 1) % LAB_QUEUE;
		lab->count[port->index]--;
	}
	return n;
}

/* Whom the stack asks for has always the same hardware address. */
static bool answer_arp(struct lab_port *port, const uint8_t *bytes, size_t size)
{
	size_t at = port->index == 0 ? ETHERNET_BYTES : ETHERNET_BYTES + TAG_BYTES;
	uint8_t reply[ETHERNET_BYTES + TAG_BYTES + ARP_BYTES];
	const uint8_t *arp = bytes + at;

	if (size < at + ARP_BYTES || bytes[at - 2] != 0x08 || bytes[at - 1] != 0x06 || arp[7] != 1)
		return false;
	/* An announcement asks for nobody. */
	if (memcmp(arp + 14, arp + 24, 4) == 0)
		return true;
	memcpy(reply, bytes, at + ARP_BYTES);
	memcpy(reply, lab_mac_ours, LAB_MAC_BYTES);
	memcpy(reply + 6, lab_mac_peer, LAB_MAC_BYTES);
	reply[at + 7] = 2;
	memcpy(reply + at + 8, lab_mac_peer, LAB_MAC_BYTES);
	memcpy(reply + at + 14, arp + 24, 4);
	memcpy(reply + at + 18, arp + 8, 10);
	lab_receive(port->lab, port->index, reply, at + ARP_BYTES, NULL, 0, 0);
	return true;
}

static uint16_t lab_tx(void *ctx, uint16_t queue, struct rte_mbuf **mbufs, uint16_t count)
{
	struct lab_port *port = ctx;
	struct lab *lab = port->lab;

	(void)queue;
	for (uint16_t i = 0; i < count; i++) {
		uint32_t size = rte_pktmbuf_pkt_len(mbufs[i]);
		uint8_t bytes[LAB_FRAME_MAX];
		const char *why = "";
		const void *at;

		DEMAND(size >= ETHERNET_BYTES && size <= sizeof(bytes));
		DEMAND(port->index == 0 || mbufs[i]->nb_segs == 1);
		DEMAND(rte_mbuf_check(mbufs[i], 1, &why) == 0);
		at = rte_pktmbuf_read(mbufs[i], 0, size, bytes);
		DEMAND(at != NULL);
		if (at != bytes)
			memcpy(bytes, at, size);
		rte_pktmbuf_free(mbufs[i]);
		if (!answer_arp(port, bytes, size))
			lab->sent(lab->ctx, port->index, bytes, size);
	}
	return count;
}

static struct rte_mbuf *frame_make(struct lab *lab, const uint8_t *bytes, size_t size,
				   const uint16_t *cuts, unsigned int count)
{
	struct rte_mempool *pool = la_worker_mempool(lab->worker);
	struct rte_mbuf *first = NULL;
	size_t from = 0;

	for (unsigned int i = 0; i <= count; i++) {
		size_t to = i < count && cuts[i] < size ? cuts[i] : size;
		struct rte_mbuf *piece;

		if (to <= from && i < count)
			continue;
		piece = mbufs_exact(pool, bytes + from, to - from);
		if (piece == NULL) {
			rte_pktmbuf_free(first);
			return NULL;
		}
		if (first == NULL)
			first = piece;
		else
			DEMAND(rte_pktmbuf_chain(first, piece) == 0);
		from = to;
	}
	return first;
}

void lab_receive(struct lab *lab, unsigned int port, const uint8_t *bytes, size_t size,
		 const uint16_t *cuts, unsigned int count, uint64_t ol_flags)
{
	struct rte_mbuf *frame;
	unsigned int tail;

	/* A card without room or buffers loses the frame. */
	if (lab->count[port] == LAB_QUEUE)
		return;
	frame = frame_make(lab, bytes, size, cuts, count);
	if (frame == NULL)
		return;
	frame->ol_flags |= ol_flags;
	tail = (lab->head[port] + lab->count[port]++) % LAB_QUEUE;
	lab->queue[port][tail] = frame;
}

/* ---- the stack ---- */

static void lab_add_port(struct lab *lab, unsigned int index)
{
	static const struct la_port_ops ops = { .rx_burst = lab_rx, .tx_burst = lab_tx };
	struct la_addr address = la_addr_from_ipv4(LAB_US(index));
	struct la_port_config port = {
		.name = "fuzz",
		.ops = &ops,
		.ctx = &lab->ports[index],
		.vlan = index == 0 ? 0 : VLAN,
		.flags = index == 0 ? LA_PORT_TX_CHAINS : 0,
	};
	struct la_error err = { .text = "" };
	int number;

	lab->ports[index] = (struct lab_port){ .lab = lab, .index = index };
	memcpy(port.mac, lab_mac_ours, sizeof(port.mac));
	number = la_port_add(lab->stack, &port, &err);
	DEMAND(number == (int)index);
	DEMAND(la_address_add(lab->stack, number, &address, PREFIX_LENGTH, &err) == 0);
}

void lab_open(struct lab *lab, const struct la_stack_config *config)
{
	struct la_stack_config mine = *config;
	struct la_clock clock = { .now_us = lab_clock, .ctx = lab };
	struct la_random entropy = { .fill = lab_random, .ctx = lab };
	struct la_error err = { .text = "" };

	lab->now_us = START_US;
	mine.clock = &clock;
	mine.random = &entropy;
	if (la_stack_create(&mine, &lab->stack, &err) != 0) {
		fprintf(stderr, "fuzz: %s\n", err.text);
		abort();
	}
	lab->worker = la_stack_worker(lab->stack, 0);
	lab->buffers = 0;
	lab->buffers = lab_buffers_used(lab);
	for (unsigned int i = 0; i < LAB_PORTS; i++)
		lab_add_port(lab, i);
	lab_settle(lab);
}

void lab_close(struct lab *lab)
{
	for (unsigned int port = 0; port < LAB_PORTS; port++) {
		for (; lab->count[port] > 0; lab->count[port]--) {
			rte_pktmbuf_free(lab->queue[port][lab->head[port]]);
			lab->head[port] = (lab->head[port] + 1) % LAB_QUEUE;
		}
	}
	la_stack_destroy(lab->stack);
	lab->stack = NULL;
	lab->worker = NULL;
}

/* ---- time ---- */

void lab_settle(struct lab *lab)
{
	for (unsigned int i = 0; i < BREATHS_AT_ONE_INSTANT; i++) {
		unsigned int work = la_worker_poll(lab->worker);

		if (lab->breathed != NULL)
			lab->breathed(lab->ctx);
		if (lab->count[0] > 0 || lab->count[1] > 0)
			continue;
		/* What starves for a buffer is tried again a little later, not now. */
		if (work == 0 || la_worker_next_event_us(lab->worker) > lab->now_us)
			return;
	}
	DEMAND(!"the worker comes to rest");
}

/* To the next event, or to `until`. */
static void advance_once(struct lab *lab, uint64_t until)
{
	uint64_t next = la_worker_next_event_us(lab->worker);

	/* An event that is due now and is not done: the next tick may bring it. */
	if (next <= lab->now_us)
		next = lab->now_us + WHEEL_TICK_US;
	lab->now_us = next < until ? next : until;
	lab_settle(lab);
}

void lab_advance(struct lab *lab, uint64_t us)
{
	uint64_t until = lab->now_us + us;

	while (lab->now_us < until)
		advance_once(lab, until);
}

void lab_advance_until(struct lab *lab, uint64_t us, uint32_t connections)
{
	uint64_t until = lab->now_us + us;

	while (lab->now_us < until && !lab_holds_only(lab, connections))
		advance_once(lab, until);
}

uint32_t lab_buffers_used(const struct lab *lab)
{
	uint32_t left = rte_mempool_avail_count(la_worker_mempool(lab->worker));

	return lab->buffers == 0 ? left : lab->buffers - left;
}

bool lab_holds_only(const struct lab *lab, uint32_t connections)
{
	struct la_usage usage;

	la_worker_usage(lab->worker, &usage);
	return usage.connections == connections && usage.table_entries == connections &&
	       usage.flights == 0 && usage.embryos == 0 && usage.time_waits == 0 &&
	       usage.mbufs == 0 && usage.timers == 0 && usage.fragments == 0 &&
	       usage.neighbour_waiting == 0 && lab_buffers_used(lab) == 0;
}

void lab_print_usage(const struct lab *lab)
{
	struct la_usage usage;

	la_worker_usage(lab->worker, &usage);
	fprintf(stderr,
		"in use: %u connections, %u flights, %u embryos, %u time-waits, %u mbufs (pool "
		"says %u), %u timers, %u fragments, %u waiting for ARP, %u table entries\n",
		usage.connections, usage.flights, usage.embryos, usage.time_waits, usage.mbufs,
		lab_buffers_used(lab), usage.timers, usage.fragments, usage.neighbour_waiting,
		usage.table_entries);
}
