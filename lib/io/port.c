/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_mbuf.h>

#include "io/port.h"
#include "io/port_ethdev.h"
#include "io/port_lane.h"

#define MTU_DEFAULT 1500U
#define MTU_MIN 576U /**< RFC 1122 3.3.2: every host takes a datagram of so many bytes */
#define VLAN_MAX 4094U

int port_init_common(struct port *port, const struct la_port_config *config,
		     struct counters *counters, struct la_error *err)
{
	assert(counters != NULL);
	memset(port, 0, sizeof(*port));
	snprintf(port->name, sizeof(port->name), "%s", config->name != NULL ? config->name : "");
	port->mtu = config->mtu != 0 ? config->mtu : MTU_DEFAULT;
	port->vlan = config->vlan;
	port->counters = counters;
	port->ethdev = -1;
	if (port->mtu < MTU_MIN || port->mtu > MTU_MAX) {
		snprintf(err->text, sizeof(err->text),
			 "port %s: MTU %u is not possible; %u to %u bytes are", port->name,
			 port->mtu, MTU_MIN, MTU_MAX);
		return -EINVAL;
	}
	if (port->vlan > VLAN_MAX) {
		snprintf(err->text, sizeof(err->text),
			 "port %s: VLAN %u does not exist; 1 to %u, or 0 for none", port->name,
			 port->vlan, VLAN_MAX);
		return -EINVAL;
	}
	return 0;
}

int port_init(struct port *port, const struct la_port_config *config, struct counters *counters,
	      struct la_error *err)
{
	static const uint8_t zero[6];
	int rc = port_init_common(port, config, counters, err);

	if (rc != 0)
		return rc;
	if (config->ops == NULL || config->ops->rx_burst == NULL || config->ops->tx_burst == NULL) {
		snprintf(err->text, sizeof(err->text),
			 "port %s: both rx_burst and tx_burst must be given", port->name);
		return -EINVAL;
	}
	if ((config->mac[0] & 1) != 0 || memcmp(config->mac, zero, sizeof(zero)) == 0) {
		snprintf(err->text, sizeof(err->text),
			 "port %s: the MAC address must be a unicast address, not zero",
			 port->name);
		return -EINVAL;
	}
	port->ops = *config->ops;
	port->ctx = config->ctx;
	port->flags = config->flags;
	port->queues = config->queues != 0 ? config->queues : 1;
	memcpy(port->mac, config->mac, sizeof(port->mac));
	return 0;
}

void port_init_same(struct port *port, const struct port *first, uint16_t queue,
		    struct counters *counters)
{
	assert(first->lane == NULL && first->tx_count == 0);
	*port = *first;
	port->counters = counters;
	port->queue = queue;
	port->opened = false;
	port->lane_count = 0;
	if (port->ethdev >= 0)
		port->ctx = port;
	if (port->gated)
		intr_gate_join(&port->seat);
}

void port_close(struct port *port)
{
	rte_pktmbuf_free_bulk(port->tx, port->tx_count);
	port->tx_count = 0;
	port->tx_bytes = 0;
	port_lane_close(port);
	if (port->gated)
		intr_gate_leave(&port->seat);
	if (port->opened)
		port_ethdev_close(port);
	port->gated = false;
}

uint16_t port_receive(struct port *port, struct rte_mbuf **mbufs, uint16_t count)
{
	uint16_t received = port->ops.rx_burst(port->ctx, port->queue, mbufs, count);
	uint64_t bytes = 0;

	assert(received <= count);
	if (received == 0)
		return 0;
	for (uint16_t i = 0; i < received; i++)
		bytes += rte_pktmbuf_pkt_len(mbufs[i]);
	stat_add(port->counters, STAT_rx_frames, received);
	stat_add(port->counters, STAT_rx_bytes, bytes);
	return received;
}

void port_send_full(struct port *port, struct rte_mbuf *mbuf)
{
	port_flush(port);
	if (port->tx_count == TX_BUFFER_FRAMES) {
		drop_count(port->counters, DROP_tx_port);
		rte_pktmbuf_free(mbuf);
		return;
	}
	port_send_on(port, mbuf);
}

unsigned int port_flush(struct port *port)
{
	uint64_t bytes, left = 0;
	uint16_t sent = 0;

	port_lane_empty(port);
	while (sent < port->tx_count) {
		uint16_t burst = RTE_MIN((uint16_t)(port->tx_count - sent), (uint16_t)BURST_FRAMES);
		uint16_t taken = port->ops.tx_burst(port->ctx, port->queue, &port->tx[sent], burst);

		assert(taken <= burst);
		sent += taken;
		if (taken < burst)
			break;
	}
	if (sent == 0)
		return 0;
	port->tx_count -= sent;
	memmove(port->tx, &port->tx[sent], port->tx_count * sizeof(port->tx[0]));
	for (uint16_t i = 0; i < port->tx_count; i++)
		left += rte_pktmbuf_pkt_len(port->tx[i]);
	bytes = port->tx_bytes - left;
	port->tx_bytes = left;
	if (port->lane != NULL) {
		stat_add(port->counters, STAT_tx_handed, sent);
		return sent;
	}
	stat_add(port->counters, STAT_tx_frames, sent);
	stat_add(port->counters, STAT_tx_bytes, bytes);
	return sent;
}
