/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * topology_port: one end, as client or as server, on the first port that EAL has; the other one is
 * elsewhere: another lastack-bench over net_memif, a kernel over net_tap, another machine.
 *
 * A server counts what its clients do. It begins to measure when the first of them has come.
 */
#include <stdio.h>
#include <stdlib.h>

#include <rte_ethdev.h>
#include <rte_lcore.h>

#include "bench.h"

struct watch {
	uint16_t ethdev;
	const struct rte_eth_rxtx_callback *receive, *send;
};

static struct end *own_end(struct bench *bench)
{
	return bench->options->role == ROLE_SERVER ? &bench->server : &bench->client;
}

static uint16_t on_receive(uint16_t port, uint16_t queue, struct rte_mbuf *mbufs[], uint16_t count,
			   uint16_t most, void *bursts)
{
	bursts_note(((struct bursts *)bursts)->rx, count);
	return count;
}

static uint16_t on_transmit(uint16_t port, uint16_t queue, struct rte_mbuf *mbufs[], uint16_t count,
			    void *bursts)
{
	bursts_note(((struct bursts *)bursts)->tx, count);
	return count;
}

/* It costs some cycles a burst. Without callbacks in DPDK nothing is counted. */
static void watch_bursts(struct bench *bench, uint16_t ethdev)
{
	struct watch *watch = bench->topology_state;

	watch->ethdev = ethdev;
	watch->receive = rte_eth_add_rx_callback(ethdev, 0, on_receive, &own_end(bench)->bursts);
	watch->send = rte_eth_add_tx_callback(ethdev, 0, on_transmit, &own_end(bench)->bursts);
}

static bool port_create(struct bench *bench, struct la_error *err)
{
	const struct options *options = bench->options;
	const struct la_port_config config = { .name = "port", .mtu = options->mtu };
	struct end *end = own_end(bench);
	bool serves = options->role == ROLE_SERVER;
	uint16_t ethdev = rte_eth_find_next(0);
	int port;

	bench->topology_state = calloc(1, sizeof(struct watch));
	if (bench->topology_state == NULL) {
		snprintf(err->text, sizeof(err->text), "no memory");
		return false;
	}
	if (ethdev == RTE_MAX_ETHPORTS) {
		snprintf(err->text, sizeof(err->text),
			 "the topology port needs a port: give EAL one, as by "
			 "--vdev=net_tap0,iface=bench0");
		return false;
	}
	if (!end_create(end, serves ? "server" : "client", options, rte_lcore_id(), err))
		return false;
	port = la_port_add_ethdev(end->stack, ethdev, &config, err);
	if (port < 0)
		return false;
	watch_bursts(bench, ethdev);
	return serves ? end_serve(end, port, options, bench, err)
		      : end_add_client_addresses(end, port, options, err);
}

static void port_breathe(struct bench *bench)
{
	end_breathe(own_end(bench));
}

/* What the device had no buffer or no room for. */
static uint64_t port_lost(const struct bench *bench)
{
	struct rte_eth_stats stats;

	if (rte_eth_stats_get(rte_eth_find_next(0), &stats) != 0)
		return 0;
	return stats.imissed + stats.rx_nombuf;
}

static void port_destroy(struct bench *bench)
{
	struct watch *watch = bench->topology_state;

	if (watch != NULL && watch->receive != NULL)
		rte_eth_remove_rx_callback(watch->ethdev, 0, watch->receive);
	if (watch != NULL && watch->send != NULL)
		rte_eth_remove_tx_callback(watch->ethdev, 0, watch->send);
	end_destroy(own_end(bench));
	free(watch);
	bench->topology_state = NULL;
}

const struct topology topology_port = {
	.name = "port",
	.summary = "one end, by --role, on the first port that EAL has",
	.kind = TOPOLOGY_PORT,
	.holds_buffers = true,
	.create = port_create,
	.breathe = port_breathe,
	.lost = port_lost,
	.destroy = port_destroy,
};
