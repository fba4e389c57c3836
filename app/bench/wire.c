/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire.h"

#include <assert.h>

#include <rte_mbuf.h>
#include <rte_ring.h>

static uint16_t wire_rx(void *ctx, uint16_t queue, struct rte_mbuf **mbufs, uint16_t count)
{
	struct wire_port *port = ctx;

	unsigned int given = rte_ring_sc_dequeue_burst(port->in, (void **)mbufs, count, NULL);

	if (port->bursts != NULL)
		bursts_note(port->bursts->rx, given);
	return (uint16_t)given;
}

/* What a device would not know. */
static void wipe(struct rte_mbuf *mbuf)
{
	mbuf->ol_flags &= ~(RTE_MBUF_F_TX_OFFLOAD_MASK | RTE_MBUF_F_RX_RSS_HASH);
	mbuf->packet_type = 0;
	mbuf->tx_offload = 0;
	mbuf->vlan_tci = 0;
}

static uint16_t wire_tx(void *ctx, uint16_t queue, struct rte_mbuf **mbufs, uint16_t count)
{
	struct wire_port *port = ctx;
	unsigned int sent;

	for (uint16_t i = 0; i < count; i++)
		wipe(mbufs[i]);
	sent = rte_ring_sp_enqueue_burst(port->out, (void **)mbufs, count, NULL);
	if (port->bursts != NULL)
		bursts_note(port->bursts->tx, sent);
	if (sent < count)
		__atomic_store_n(&port->refused, port->refused + (count - sent), __ATOMIC_RELAXED);
	return (uint16_t)sent;
}

bool wire_create(struct wire *wire)
{
	const unsigned int flags = RING_F_SP_ENQ | RING_F_SC_DEQ;
	struct rte_ring *there = rte_ring_create("wire-there", WIRE_FRAMES, SOCKET_ID_ANY, flags);
	struct rte_ring *back = rte_ring_create("wire-back", WIRE_FRAMES, SOCKET_ID_ANY, flags);

	wire->ports[0] = (struct wire_port){ .in = back, .out = there };
	wire->ports[1] = (struct wire_port){ .in = there, .out = back };
	return there != NULL && back != NULL;
}

void wire_drain(struct wire *wire)
{
	for (unsigned int i = 0; i < 2; i++) {
		void *mbuf;

		while (wire->ports[i].in != NULL && rte_ring_dequeue(wire->ports[i].in, &mbuf) == 0)
			rte_pktmbuf_free(mbuf);
	}
}

void wire_destroy(struct wire *wire)
{
	rte_ring_free(wire->ports[0].in);
	rte_ring_free(wire->ports[1].in);
}

int wire_attach(struct wire *wire, unsigned int which, struct la_stack *stack, uint16_t mtu,
		struct la_error *err)
{
	static const struct la_port_ops ops = { .rx_burst = wire_rx, .tx_burst = wire_tx };
	const struct la_port_config config = {
		.name = "wire",
		.mtu = mtu,
		.ops = &ops,
		.ctx = &wire->ports[which],
		.mac = { 2, 0, 0, 0, 0, (uint8_t)(1 + which) },
		.flags = LA_PORT_TX_CHAINS | LA_PORT_TX_HANDOVER,
	};

	assert(which < 2);
	return la_port_add(stack, &config, err);
}

unsigned int wire_waiting(const struct wire *wire, unsigned int which)
{
	return rte_ring_count(wire->ports[which].in);
}

uint64_t wire_refused(const struct wire *wire)
{
	return __atomic_load_n(&wire->ports[0].refused, __ATOMIC_RELAXED) +
	       __atomic_load_n(&wire->ports[1].refused, __ATOMIC_RELAXED);
}
