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
#include "stack/stack.h"

#define HOST_STREAM 0x4800U
#define ENTROPY_STREAM 0x4500U
#define SPREAD_STREAM 0x5200U
#define ORDER_STREAM 0x5700U
#define LATE_STREAM 0x5900U
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
static struct rte_mbuf *host_copy_in(struct host *host, unsigned int worker, const uint8_t *bytes,
				     size_t size)
{
	struct rte_mempool *pool = la_worker_mempool(host->workers[worker].worker);
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

static struct rte_mbuf *host_take_in(struct host *host, unsigned int queue,
				     const struct card_frame *frame)
{
	uint8_t tagged[FRAME_SIZE_MAX + TAG_BYTES];
	unsigned int worker = mutant_pool(host->sim, queue, host->worker_count);
	const uint8_t *bytes = frame->wire.bytes;
	size_t size = frame->wire.size;
	struct rte_mbuf *mbuf;

	if (host->params->vlan != 0) {
		size = tag_add(host, bytes, size, tagged);
		bytes = tagged;
	}
	mbuf = host_copy_in(host, worker, bytes, size);
	if (mbuf == NULL || !frame->choice.hashed)
		return mbuf;
	mbuf->hash.rss = frame->choice.hash;
	mbuf->ol_flags |= RTE_MBUF_F_RX_RSS_HASH;
	return mbuf;
}

/* A worker has a queue of its own and keeps to it. */
static bool queue_is_its_own(struct host *host, uint16_t queue)
{
	if (queue == host->polled && queue < host->params->queues)
		return true;
	oracle_fail(host->sim, "queue", "host %u: worker %u touches queue %u of %u",
		    host->index + 1, host->polled, queue, host->params->queues);
	return false;
}

static void queue_put(struct host *host, struct card_queue *queue, const struct card_frame *frame)
{
	if (queue->count == HOST_QUEUE_MAX) {
		host->starved++;
		free(frame->wire.bytes);
		return;
	}
	queue->frames[(queue->head + queue->count) % HOST_QUEUE_MAX] = *frame;
	queue->count++;
}

static struct card_frame queue_take(struct card_queue *queue)
{
	struct card_frame frame = queue->frames[queue->head];

	assert(queue->count > 0);
	queue->head = (queue->head + 1) % HOST_QUEUE_MAX;
	queue->count--;
	return frame;
}

static uint16_t host_rx(void *ctx, uint16_t number, struct rte_mbuf **mbufs, uint16_t count)
{
	struct host *host = ctx;
	struct card_queue *queue = &host->queues[number];
	uint16_t n = 0;

	if (!queue_is_its_own(host, number))
		return 0;
	while (n < count && queue->count > 0) {
		struct card_frame frame = queue_take(queue);

		mbufs[n] = host_take_in(host, number, &frame);
		if (mbufs[n] == NULL) {
			host->starved++;
		} else {
			oracle_frame_delivered(host->sim, host->index, &frame.wire);
			n++;
		}
		if (!frame.twin && mutant_twins(host)) {
			frame.twin = true;
			queue_put(host, &host->queues[(number + 1U) % host->params->queues],
				  &frame);
		} else {
			free(frame.wire.bytes);
		}
	}
	return n;
}

void host_deliver(struct host *host, struct wire_frame *wire)
{
	struct card_frame frame = { .wire = *wire };

	if (host->worker_count > 1)
		frame.choice = spread_choose(&host->spread, wire->bytes, wire->size);
	queue_put(host, &host->queues[frame.choice.queue], &frame);
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

	if (!queue_is_its_own(host, queue))
		return 0;
	for (n = 0; n < count; n++) {
		if (!host->sim->calm && prng_permille(&host->prng, host->params->tx_short))
			break;
		oracle_buffer(host->sim, host->index, queue, mbufs[n]);
		host_copy_out(host, mbufs[n]);
		rte_pktmbuf_free(mbufs[n]);
	}
	return n;
}

static const struct la_port_ops host_ops = { .rx_burst = host_rx, .tx_burst = host_tx };

/* ---- droughts ---- */

static void end_drought(struct host_worker *own)
{
	while (own->taken_count > 0)
		rte_pktmbuf_free(own->taken[--own->taken_count]);
}

/* Takes the packet buffers that are more than a drought leaves. */
static void dry_up(struct host *host, struct host_worker *own)
{
	struct rte_mempool *pool = la_worker_mempool(own->worker);
	const struct sim *sim = host->sim;

	if (sim->calm || host->params->drought_us == 0 ||
	    sim->now_us - sim->scenario.epoch_us < host->params->drought_us)
		return;
	while (own->taken_count < HOST_DROUGHT_MAX &&
	       rte_mempool_avail_count(pool) > host->params->drought_left)
		own->taken[own->taken_count++] = rte_pktmbuf_alloc(pool);
}

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
		.queues = host->params->queues,
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

/* What the card is told of the stack's distribution. */
static void spread_create(struct host *host)
{
	const struct rss *rss = &host->stack->rss;
	unsigned int i;

	_Static_assert(SPREAD_OWNERS == RSS_OWNERS, "the card's table is the stack's");
	host->spread.kind = host->params->spread;
	host->spread.queues = host->params->queues;
	memcpy(host->spread.key, rss->key, sizeof(host->spread.key));
	for (i = 0; i < SPREAD_OWNERS; i++)
		host->spread.owners[i] = rss->owners[i];
	prng_seed(&host->spread.prng, host->sim->scenario.seed, SPREAD_STREAM + host->index);
}

static void workers_create(struct host *host)
{
	static const struct la_ladder_filter all;
	unsigned int i;

	for (i = 0; i < host->worker_count; i++) {
		struct host_worker *own = &host->workers[i];

		own->worker = la_stack_worker(host->stack, i);
		own->pool_full = rte_mempool_avail_count(la_worker_mempool(own->worker));
		if (!host->sim->unwatched)
			la_ladder_arm(own->worker, &all);
		mutant_worker(host, own->worker);
	}
}

static void config_of(const struct host *host, struct la_stack_config *config)
{
	const struct swarm_host *params = host->params;

	la_stack_config_init(config);
	config->clock = &host->clock;
	config->random = &host->random;
	config->workers = params->workers;
	config->max_connections = params->max_connections;
	config->max_flights = params->max_flights;
	config->max_embryos = params->max_embryos;
	config->max_time_waits = params->max_time_waits;
	config->mbufs = params->mbufs;
	config->neighbours = NEIGHBOURS_MIN;
	config->msl_us = host->sim->scenario.msl_us;
	config->flight_idle_us = params->flight_idle_us;
	config->no_short_cuts = host->sim->all_steps;
	config->arp_expiry_us = params->arp_expiry_us;
}

int host_create(struct host *host, struct sim *sim, unsigned int index)
{
	struct la_stack_config config;
	struct la_error err = { .text = "" };
	char name[16];
	int rc;

	host->sim = sim;
	host->index = index;
	host->params = &sim->scenario.hosts[index];
	host->worker_count = host->params->workers;
	host->clock = (struct la_clock){ .now_us = host_clock, .ctx = host };
	host->random = (struct la_random){ .fill = host_entropy, .ctx = host };
	prng_seed(&host->prng, sim->scenario.seed, HOST_STREAM + index);
	prng_seed(&host->entropy, sim->scenario.seed, ENTROPY_STREAM + index);
	config_of(host, &config);
	snprintf(name, sizeof(name), "sim%u", index);
	config.name = name;
	rc = la_stack_create(&config, &host->stack, &err);
	if (rc == 0) {
		workers_create(host);
		spread_create(host);
		rc = host_add_port(host, &err);
	}
	if (rc < 0)
		fprintf(stderr, "sim: seed %lu: host %u: %s\n", (unsigned long)sim->scenario.seed,
			index + 1, err.text);
	return rc < 0 ? rc : 0;
}

void host_destroy(struct host *host)
{
	unsigned int i;

	if (host->hostage != NULL)
		rte_pktmbuf_free(host->hostage);
	for (i = 0; i < HOST_WORKERS_MAX; i++) {
		while (host->queues[i].count > 0) {
			struct card_frame frame = queue_take(&host->queues[i]);

			free(frame.wire.bytes);
		}
		end_drought(&host->workers[i]);
		host->workers[i].worker = NULL;
	}
	la_stack_destroy(host->stack);
	host->stack = NULL;
}

/* ---- whose turn it is ---- */

bool host_worker_pending(const struct host *host, unsigned int worker)
{
	return host->queues[worker].count > 0;
}

bool host_pending(const struct host *host)
{
	unsigned int i;

	for (i = 0; i < host->worker_count; i++) {
		if (host_worker_pending(host, i))
			return true;
	}
	return false;
}

uint64_t host_worker_next_us(const struct host *host, unsigned int worker)
{
	return la_worker_next_event_us(host->workers[worker].worker);
}

bool host_is_late(const struct host *host, unsigned int worker)
{
	return host->sim->now_us < host->workers[worker].late_us;
}

uint64_t host_next_event_us(const struct host *host)
{
	uint64_t next = UINT64_MAX;
	unsigned int i;

	for (i = 0; i < host->worker_count; i++) {
		uint64_t us = host_worker_next_us(host, i);

		if (host_worker_pending(host, i))
			us = host->sim->now_us;
		/* What ought to be done while it is late is done then. */
		if (us < host->workers[i].late_us)
			us = host->workers[i].late_us;
		next = us < next ? us : next;
	}
	return next;
}

/*
 * Drawn from the moment and not from what was drawn before: a breath more or less of one worker
 * leaves the others' order as it is.
 */
static void draw_moment(const struct host *host, uint64_t stream, unsigned int number,
			struct prng *out)
{
	prng_seed(out, prng_mix(host->sim->scenario.seed ^ prng_mix(host->sim->now_us)),
		  stream + host->index * 0x100U + number * 0x10000U);
}

void host_order(const struct host *host, unsigned int round, unsigned int *order)
{
	struct prng prng;
	unsigned int i;

	order[0] = 0;
	if (host->worker_count == 1)
		return;
	draw_moment(host, ORDER_STREAM, round, &prng);
	for (i = 1; i < host->worker_count; i++) {
		unsigned int at = (unsigned int)prng_below(&prng, i + 1);

		order[i] = order[at];
		order[at] = i;
	}
}

bool host_draw_late(struct host *host, unsigned int worker)
{
	struct prng prng;

	if (host->params->late == 0 || host->sim->calm)
		return false;
	draw_moment(host, LATE_STREAM, worker, &prng);
	if (!prng_permille(&prng, host->params->late))
		return false;
	host->workers[worker].late_us =
		host->sim->now_us + prng_scale(&prng, 1, host->params->late_most_us);
	return true;
}

void host_calm(struct host *host)
{
	unsigned int i;

	for (i = 0; i < host->worker_count; i++) {
		bool was_dry = host->workers[i].taken_count > 0;

		host->workers[i].late_us = 0;
		end_drought(&host->workers[i]);
		/* A worker goes on breathing in earnest, and fills its reserve up again. */
		if (was_dry)
			host_poll(host, i);
	}
}

void host_poll(struct host *host, unsigned int worker)
{
	dry_up(host, &host->workers[worker]);
	host->polled = mutant_queue(host->sim, worker, host->worker_count);
	la_worker_poll(host->workers[worker].worker);
}

/* ---- who owns what ---- */

unsigned int host_owner(const struct host *host, uint16_t local_port, uint32_t remote,
			uint16_t remote_port)
{
	const struct spread_tuple tuple = { .remote = remote,
					    .local = swarm_address(host->index),
					    .remote_port = remote_port,
					    .local_port = local_port };

	return host->worker_count == 1 ? 0 : spread_owner(&host->spread, &tuple);
}

bool host_is_direct(const struct host *host)
{
	return host->worker_count == 1 ||
	       (host->params->spread == SPREAD_RSS && host->params->queues == host->worker_count);
}

bool host_owns_buffer(const struct host *host, unsigned int queue, const struct rte_mbuf *mbuf)
{
	unsigned int i;

	for (i = queue; i < host->worker_count; i += host->params->queues) {
		if (mbuf->pool == la_worker_mempool(host->workers[i].worker))
			return true;
	}
	return false;
}

uint32_t host_buffers_used(const struct host *host)
{
	uint32_t used = 0;
	unsigned int i;

	for (i = 0; i < host->worker_count; i++) {
		const struct host_worker *own = &host->workers[i];

		used += own->pool_full - rte_mempool_avail_count(la_worker_mempool(own->worker));
	}
	return used;
}
