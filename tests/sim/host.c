/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_mbuf.h>
#include <rte_mempool.h>

#include "config/limits.h"
#include "host.h"
#include "sim.h"

#define HOST_STREAM 0x4800U
#define ENTROPY_STREAM 0x4500U
#define SCATTER_FIRST_MIN 14U /**< a driver's first buffer holds the Ethernet header at least */
#define TAG_AT 12U            /**< where IEEE 802.1Q puts its tag */
#define TAG_BYTES 4U

static uint64_t host_clock(void *ctx)
{
	const struct host *host = ctx;

	return host->sim->now_us;
}

static void host_entropy(void *ctx, void *buf, size_t size)
{
	struct host *host = ctx;

	if (host->sim->mutant == MUTANT_ENTROPY) {
		mutant_entropy(host->sim, buf, size);
		return;
	}
	prng_fill(&host->entropy, buf, size);
}

/*
 * The simulated wire knows no tags: like a switch with access ports, the card adds a tag to what
 * comes in and takes it from what goes out.
 */
static size_t tag_add(const struct host *host, const uint8_t *bytes, size_t size, uint8_t *out)
{
	const uint8_t tag[TAG_BYTES] = { 0x81, 0x00, (uint8_t)(host->params->vlan >> 8),
					 (uint8_t)host->params->vlan };

	memcpy(out, bytes, TAG_AT);
	memcpy(out + TAG_AT, tag, TAG_BYTES);
	memcpy(out + TAG_AT + TAG_BYTES, bytes + TAG_AT, size - TAG_AT);
	return size + TAG_BYTES;
}

static uint32_t tag_take(const struct host *host, uint8_t *bytes, uint32_t size)
{
	uint16_t tag = (uint16_t)(bytes[TAG_AT + 2] << 8 | bytes[TAG_AT + 3]);

	if (bytes[TAG_AT] != 0x81 || bytes[TAG_AT + 1] != 0x00 || tag != host->params->vlan) {
		oracle_fail(host->sim, "frame", "host %u sends a frame without the tag of VLAN %u",
			    host->index + 1, host->params->vlan);
		return size;
	}
	memmove(bytes + TAG_AT, bytes + TAG_AT + TAG_BYTES, size - TAG_AT - TAG_BYTES);
	return size - TAG_BYTES;
}

/* ---- the card: receive ---- */

/*
 * Copies a frame into buffers of this host: one that fits a buffer in up to three pieces, a larger
 * one in as few as do, or one more. NULL when the pool is dry.
 */
static struct rte_mbuf *host_copy_in(struct host *host, const uint8_t *bytes, size_t size)
{
	struct rte_mempool *pool = la_worker_mempool(host->worker);
	struct rte_mbuf *first = rte_pktmbuf_alloc(pool);
	bool scatter = !host->sim->calm && prng_permille(&host->prng, host->params->rx_scatter);
	size_t room, part = size;

	if (first == NULL)
		return NULL;
	if (scatter && size > SCATTER_FIRST_MIN + 1)
		part = prng_range(&host->prng, SCATTER_FIRST_MIN, size - 1);
	room = rte_pktmbuf_tailroom(first);
	part = part < room ? part : room;
	memcpy(rte_pktmbuf_append(first, (uint16_t)part), bytes, part);
	while (part < size) {
		struct rte_mbuf *next = rte_pktmbuf_alloc(pool);
		size_t more = size - part;

		if (next == NULL) {
			rte_pktmbuf_free(first);
			return NULL;
		}
		if (first->nb_segs < 2)
			more = prng_range(&host->prng, 1, more);
		more = more < room ? more : room;
		memcpy(rte_pktmbuf_append(next, (uint16_t)more), bytes + part, more);
		if (rte_pktmbuf_chain(first, next) != 0)
			abort();
		part += more;
	}
	return first;
}

static struct rte_mbuf *host_take_in(struct host *host, const struct wire_frame *frame)
{
	uint8_t tagged[FRAME_SIZE_MAX + TAG_BYTES];

	if (host->params->vlan == 0)
		return host_copy_in(host, frame->bytes, frame->size);
	return host_copy_in(host, tagged, tag_add(host, frame->bytes, frame->size, tagged));
}

static uint16_t host_rx(void *ctx, uint16_t queue, struct rte_mbuf **mbufs, uint16_t count)
{
	struct host *host = ctx;
	uint16_t n = 0;

	(void)queue;
	while (n < count && host->queue_count > 0) {
		struct wire_frame *frame = &host->queue[host->queue_head];

		host->queue_head = (host->queue_head + 1) % HOST_QUEUE_MAX;
		host->queue_count--;
		mbufs[n] = host_take_in(host, frame);
		if (mbufs[n] == NULL) {
			host->starved++;
		} else {
			oracle_frame_delivered(host->sim, host->index, frame);
			n++;
		}
		free(frame->bytes);
		frame->bytes = NULL;
	}
	return n;
}

void host_deliver(struct host *host, struct wire_frame *frame)
{
	if (host->queue_count == HOST_QUEUE_MAX) {
		host->starved++;
		free(frame->bytes);
		return;
	}
	host->queue[(host->queue_head + host->queue_count) % HOST_QUEUE_MAX] = *frame;
	host->queue_count++;
}

/* ---- the card: transmit ---- */

static void host_copy_out(struct host *host, struct rte_mbuf *mbuf)
{
	uint64_t offload = mbuf->ol_flags & (RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_TCP_CKSUM);
	uint32_t size = rte_pktmbuf_pkt_len(mbuf);
	uint8_t bytes[FRAME_SIZE_MAX];
	const uint8_t *from;

	oracle_mbuf_sent(host->sim, host->index, mbuf);
	if (size < FRAME_ETHERNET_BYTES || size > sizeof(bytes)) {
		oracle_fail(host->sim, "frame", "host %u sent a frame of %u bytes", host->index + 1,
			    size);
		return;
	}
	from = rte_pktmbuf_read(mbuf, 0, size, bytes);
	assert(from != NULL);
	if (from != bytes)
		memcpy(bytes, from, size);
	if (host->params->vlan != 0)
		size = tag_take(host, bytes, size);
	if (offload != 0)
		frame_seal(bytes, size);
	while (size < FRAME_SIZE_MIN && prng_permille(&host->prng, host->params->pad)) {
		/* What a card puts behind a short frame is no data, whatever it is. */
		prng_fill(&host->prng, bytes + size, FRAME_SIZE_MIN - size);
		size = FRAME_SIZE_MIN;
	}
	sim_frame_sent(host->sim, host->index, bytes, size);
}

static uint16_t host_tx(void *ctx, uint16_t queue, struct rte_mbuf **mbufs, uint16_t count)
{
	struct host *host = ctx;
	uint16_t n;

	(void)queue;
	for (n = 0; n < count; n++) {
		if (!host->sim->calm && prng_permille(&host->prng, host->params->tx_short))
			break;
		host_copy_out(host, mbufs[n]);
		rte_pktmbuf_free(mbufs[n]);
	}
	return n;
}

static const struct la_port_ops host_ops = { .rx_burst = host_rx, .tx_burst = host_tx };

/* ---- the host ---- */

static int host_add_port(struct host *host, struct la_error *err)
{
	struct la_addr addr = la_addr_from_ipv4(swarm_address(host->index));
	struct la_port_config port = {
		.name = "sim",
		.ops = &host_ops,
		.ctx = host,
		.mac = { 0x02, 0, 0, 0, 0, (uint8_t)(host->index + 1) },
		.mtu = host->params->mtu,
		.vlan = host->params->vlan,
		.flags = host->params->port_flags,
	};
	int index = la_port_add(host->stack, &port, err);

	struct la_addr any = la_addr_from_ipv4(0), gateway;
	int rc;

	if (index < 0)
		return index;
	rc = la_address_add(host->stack, index, &addr, 24, err);
	if (rc < 0 || host->sim->scenario.flood.count == 0)
		return rc;
	/* The rest of the world is where floods come from. */
	gateway = la_addr_from_ipv4(swarm_address(host->sim->scenario.host_count));
	return la_route_add(host->stack, index, &any, 0, &gateway, err);
}

int host_create(struct host *host, struct sim *sim, unsigned int index)
{
	static const struct la_ladder_filter all;
	struct la_stack_config config;
	struct la_error err = { .text = "" };
	char name[16];
	int rc;

	memset(host, 0, sizeof(*host));
	host->sim = sim;
	host->index = index;
	host->params = &sim->scenario.hosts[index];
	host->clock = (struct la_clock){ .now_us = host_clock, .ctx = host };
	host->random = (struct la_random){ .fill = host_entropy, .ctx = host };
	prng_seed(&host->prng, sim->scenario.seed, HOST_STREAM + index);
	prng_seed(&host->entropy, sim->scenario.seed, ENTROPY_STREAM + index);
	la_stack_config_init(&config);
	snprintf(name, sizeof(name), "sim%u", index);
	config.name = name;
	config.clock = &host->clock;
	config.random = &host->random;
	config.max_connections = host->params->max_connections;
	config.max_flights = host->params->max_flights;
	config.max_embryos = host->params->max_embryos;
	config.max_time_waits = host->params->max_time_waits;
	config.mbufs = host->params->mbufs;
	config.neighbours = NEIGHBOURS_MIN;
	config.msl_us = sim->scenario.msl_us;
	config.flight_idle_us = host->params->flight_idle_us;
	config.arp_expiry_us = host->params->arp_expiry_us;
	rc = la_stack_create(&config, &host->stack, &err);
	if (rc == 0) {
		host->worker = la_stack_worker(host->stack, 0);
		host->pool_full = rte_mempool_avail_count(la_worker_mempool(host->worker));
		la_ladder_arm(host->worker, &all);
		rc = host_add_port(host, &err);
	}
	if (rc < 0)
		fprintf(stderr, "sim: seed %lu: host %u: %s\n", (unsigned long)sim->scenario.seed,
			index + 1, err.text);
	return rc < 0 ? rc : 0;
}

void host_destroy(struct host *host)
{
	if (host->hostage != NULL)
		rte_pktmbuf_free(host->hostage);
	for (; host->queue_count > 0; host->queue_count--) {
		free(host->queue[host->queue_head].bytes);
		host->queue_head = (host->queue_head + 1) % HOST_QUEUE_MAX;
	}
	la_stack_destroy(host->stack);
	host->stack = NULL;
	host->worker = NULL;
}

uint64_t host_next_event_us(const struct host *host)
{
	return la_worker_next_event_us(host->worker);
}

uint32_t host_buffers_used(const struct host *host)
{
	return host->pool_full - rte_mempool_avail_count(la_worker_mempool(host->worker));
}
