/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire.h"

#include <assert.h>
#include <stdlib.h>

#include <rte_mbuf.h>

_Static_assert((WIRE_FRAMES & (WIRE_FRAMES - 1)) == 0, "a ring is indexed by mask");

static uint16_t wire_rx(void *ctx, uint16_t queue, struct rte_mbuf **mbufs, uint16_t count)
{
	struct wire_direction *in = ((struct wire_port *)ctx)->in;
	uint32_t waiting = in->tail - in->head;
	uint16_t n = waiting < count ? (uint16_t)waiting : count;

	for (uint16_t i = 0; i < n; i++)
		mbufs[i] = in->ring[(in->head + i) & (WIRE_FRAMES - 1)];
	in->head += n;
	return n;
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
	struct wire_direction *out = ((struct wire_port *)ctx)->out;
	uint32_t room = WIRE_FRAMES - (out->tail - out->head);
	uint16_t n = room < count ? (uint16_t)room : count;

	for (uint16_t i = 0; i < n; i++) {
		wipe(mbufs[i]);
		out->ring[(out->tail + i) & (WIRE_FRAMES - 1)] = mbufs[i];
	}
	out->tail += n;
	out->frames += n;
	out->refused += (uint64_t)(count - n);
	return n;
}

bool wire_create(struct wire *wire)
{
	wire->directions = calloc(2, sizeof(*wire->directions));
	if (wire->directions == NULL)
		return false;
	for (unsigned int i = 0; i < 2; i++)
		wire->ports[i] = (struct wire_port){ .in = &wire->directions[i],
						     .out = &wire->directions[1 - i] };
	return true;
}

void wire_drain(struct wire *wire)
{
	for (unsigned int i = 0; i < 2 && wire->directions != NULL; i++) {
		struct wire_direction *direction = &wire->directions[i];

		while (direction->head != direction->tail)
			rte_pktmbuf_free(direction->ring[direction->head++ & (WIRE_FRAMES - 1)]);
	}
}

void wire_destroy(struct wire *wire)
{
	free(wire->directions);
	wire->directions = NULL;
}

int wire_attach(struct wire *wire, unsigned int which, struct la_stack *stack, struct la_error *err)
{
	static const struct la_port_ops ops = { .rx_burst = wire_rx, .tx_burst = wire_tx };
	const struct la_port_config config = {
		.name = "wire",
		.ops = &ops,
		.ctx = &wire->ports[which],
		.mac = { 2, 0, 0, 0, 0, (uint8_t)(1 + which) },
		.flags = LA_PORT_TX_CHAINS | LA_PORT_TX_HANDOVER,
	};

	assert(which < 2);
	return la_port_add(stack, &config, err);
}

uint64_t wire_refused(const struct wire *wire)
{
	return wire->directions[0].refused + wire->directions[1].refused;
}
