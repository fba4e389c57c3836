/* SPDX-License-Identifier: BSD-3-Clause */
#include "io/port_lane.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>

#include <rte_mbuf.h>
#include <rte_ring.h>

#include "base/memory.h"

static size_t lane_bytes(void)
{
	return (size_t)rte_ring_get_memsize(LANE_RING);
}

static uint16_t lane_rx(void *ctx, uint16_t queue, struct rte_mbuf **mbufs, uint16_t count)
{
	(void)ctx, (void)queue, (void)mbufs, (void)count;
	return 0;
}

static uint16_t lane_tx(void *ctx, uint16_t queue, struct rte_mbuf **mbufs, uint16_t count)
{
	const struct port *port = ctx;

	(void)queue;
	return (uint16_t)rte_ring_sp_enqueue_burst(port->lane, (void *const *)mbufs, count, NULL);
}

int port_lane_open(struct port *port, struct port *owner, int numa_node, struct la_error *err)
{
	struct rte_ring *lane = memory_reserve(lane_bytes(), numa_node);

	assert(port->lane == NULL && owner->lane == NULL && owner->lane_count < WORKERS_MAX);
	if (lane == NULL) {
		snprintf(err->text, sizeof(err->text),
			 "port %s: no memory for frames on their way between workers", port->name);
		return -ENOMEM;
	}
	rte_ring_init(lane, "lane", LANE_RING, RING_F_SP_ENQ | RING_F_SC_DEQ);
	port->lane = lane;
	port->ctx = port;
	port->ops = (struct la_port_ops){ .rx_burst = lane_rx, .tx_burst = lane_tx };
	port->flags |= LA_PORT_TX_HANDOVER;
	owner->lanes[owner->lane_count++] = lane;
	return 0;
}

void port_lane_close(struct port *port)
{
	void *mbuf;

	if (port->lane == NULL)
		return;
	while (rte_ring_dequeue(port->lane, &mbuf) == 0)
		rte_pktmbuf_free(mbuf);
	memory_release(port->lane, lane_bytes());
	port->lane = NULL;
}

void port_lane_empty(struct port *owner)
{
	const uint16_t first = owner->tx_count;

	for (unsigned int i = 0; i < owner->lane_count; i++) {
		unsigned int room = TX_BUFFER_FRAMES - owner->tx_count;

		owner->tx_count += (uint16_t)rte_ring_sc_dequeue_burst(
			owner->lanes[i], (void **)&owner->tx[owner->tx_count], room, NULL);
	}
	for (uint16_t i = first; i < owner->tx_count; i++)
		owner->tx_bytes += rte_pktmbuf_pkt_len(owner->tx[i]);
	assert(owner->tx_count <= TX_BUFFER_FRAMES);
}

bool port_lane_waits(const struct port *owner)
{
	for (unsigned int i = 0; i < owner->lane_count; i++)
		if (!rte_ring_empty(owner->lanes[i]))
			return true;
	return false;
}
