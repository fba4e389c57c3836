/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_mbuf.h>

#include "config/limits.h"
#include "end.h"
#include "frame.h"
#include "meter.h"

#define END_STREAM 0x5000U
#define END_POLLS_MAX 100000U /**< breaths at one moment before it counts as spinning */
#define END_FLOWS 64U
#define END_NETWORK 0xc6120000U /**< 198.18.0.0, RFC 2544 */

static uint64_t end_clock(void *ctx)
{
	const struct end *end = ctx;

	return *end->config.now_us;
}

static void end_entropy(void *ctx, void *buf, size_t size)
{
	struct end *end = ctx;

	prng_fill(&end->entropy, buf, size);
}

uint32_t end_whole_frame(const struct road_frame *frame, uint8_t *bytes)
{
	assert(frame->header <= frame->size && frame->size <= FRAME_SIZE_MAX);
	memcpy(bytes, frame->bytes, frame->header);
	memset(bytes + frame->header, 0, frame->size - frame->header);
	return frame->size;
}

static uint16_t end_rx(void *ctx, uint16_t queue, struct rte_mbuf **mbufs, uint16_t count)
{
	struct end *end = ctx;
	struct rte_mempool *pool = la_worker_mempool(end->worker);
	uint16_t n = 0;

	(void)queue;
	while (n < count && road_next_us(end->config.arrivals) <= *end->config.now_us) {
		const struct road_frame *frame = road_take(end->config.arrivals);

		mbufs[n] = rte_pktmbuf_alloc(pool);
		if (mbufs[n] == NULL) {
			end->starved++;
			continue;
		}
		end_whole_frame(frame, (uint8_t *)rte_pktmbuf_append(mbufs[n], frame->size));
		n++;
	}
	return n;
}

static void copy_out(struct end *end, const struct rte_mbuf *mbuf)
{
	struct road_frame frame = { .size = (uint16_t)rte_pktmbuf_pkt_len(mbuf) };
	const uint8_t *bytes = rte_pktmbuf_mtod(mbuf, const uint8_t *);

	assert(rte_pktmbuf_pkt_len(mbuf) <= CELL_FULL_FRAME);
	frame.header = meter_header_bytes(bytes, rte_pktmbuf_data_len(mbuf));
	if (frame.header == 0)
		frame.header = frame.size;
	assert(frame.header <= ROAD_HEADER_MAX && frame.header <= rte_pktmbuf_data_len(mbuf));
	memcpy(frame.bytes, bytes, frame.header);
	if ((mbuf->ol_flags & (RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_TCP_CKSUM)) != 0)
		frame_seal_headers(frame.bytes, frame.header);
	end->config.send(end->config.ctx, end->config.number - 1U, &frame);
}

static uint16_t end_tx(void *ctx, uint16_t queue, struct rte_mbuf **mbufs, uint16_t count)
{
	struct end *end = ctx;
	uint16_t n;

	(void)queue;
	for (n = 0; n < count; n++) {
		copy_out(end, mbufs[n]);
		rte_pktmbuf_free(mbufs[n]);
	}
	return count;
}

static const struct la_port_ops end_ops = { .rx_burst = end_rx, .tx_burst = end_tx };

struct la_addr end_address(unsigned int number)
{
	return la_addr_from_ipv4(END_NETWORK + number);
}

static int add_port(struct end *end, struct la_error *err)
{
	struct la_addr addr = end_address(end->config.number);
	struct la_port_config port = {
		.name = "path",
		.ops = &end_ops,
		.ctx = end,
		.mac = { 0x02, 0, 0, 0, 0, end->config.number },
		.flags = LA_PORT_TX_CHAINS | LA_PORT_TX_CHECKSUM,
	};
	int index = la_port_add(end->stack, &port, err);

	return index < 0 ? index : la_address_add(end->stack, index, &addr, 24, err);
}

int end_create(struct end *end, const struct end_config *config, struct la_error *err)
{
	struct la_stack_config stack;
	int rc;

	memset(end, 0, sizeof(*end));
	end->config = *config;
	end->clock = (struct la_clock){ .now_us = end_clock, .ctx = end };
	end->random = (struct la_random){ .fill = end_entropy, .ctx = end };
	prng_seed(&end->entropy, config->seed, END_STREAM + config->number);
	la_stack_config_init(&stack);
	stack.name = config->name;
	stack.clock = &end->clock;
	stack.random = &end->random;
	stack.max_connections = END_FLOWS;
	stack.max_flights = END_FLOWS;
	stack.max_embryos = END_FLOWS;
	stack.max_time_waits = END_FLOWS;
	stack.mbufs = config->mbufs;
	stack.neighbours = NEIGHBOURS_MIN;
	rc = la_stack_create(&stack, &end->stack, err);
	if (rc < 0)
		return rc;
	end->worker = la_stack_worker(end->stack, 0);
	rc = add_port(end, err);
	return rc < 0 ? rc : 0;
}

void end_destroy(struct end *end)
{
	la_stack_destroy(end->stack);
	end->stack = NULL;
	end->worker = NULL;
}

void end_breathe(struct end *end)
{
	uint64_t now_us = *end->config.now_us;
	unsigned int polls = 0;

	do {
		la_worker_poll(end->worker);
		end->next_us = la_worker_next_event_us(end->worker);
		assert(polls++ < END_POLLS_MAX);
	} while (end->next_us <= now_us || road_next_us(end->config.arrivals) <= now_us);
}

uint64_t end_stat(const struct end *end, const char *name)
{
	unsigned int i;

	for (i = 0; i < la_stat_count(); i++) {
		if (strcmp(la_stat_name(i), name) == 0)
			return la_worker_stat(end->worker, i);
	}
	fprintf(stderr, "sim-table: there is no counter %s\n", name);
	abort();
}
