/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * topology_null: the server on a port of DPDK's net_null, and callbacks on its queues instead of a
 * network: the one on receive writes the frames of a peer into the buffers that the driver made,
 * the one on transmit reads the answers.
 *
 * So the worker runs as on any device, and no other stack shares its processor. The callbacks count
 * their own cycles, which are taken off the worker's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_dev.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>

#include "bench.h"
#include "peer.h"

#define DEVICE "net_null_bench"
#define SERVER_PREFIX 24U
#define PEERS 0xc6120000U /* 198.18.0.0/16 */
#define PEERS_PREFIX 16U
#define PEER_HEADERS 40U /* IPv4 and TCP */

struct null {
	const struct bench *bench;
	struct peer *peer;
	struct bursts *bursts;
	enum exchange exchange;
	struct foreign cycles; /* of the callbacks */
	uint16_t ethdev;
	const struct rte_eth_rxtx_callback *receive, *send; /* a device that is closed keeps them */
};

static uint16_t on_receive(uint16_t port, uint16_t queue, struct rte_mbuf *mbufs[], uint16_t count,
			   uint16_t most, void *arg)
{
	struct null *null = arg;
	uint64_t began = rte_rdtsc();
	uint16_t given;

	/* The driver's own frames are for nobody: that is a test, too. */
	if (null->exchange == EXCHANGE_FRAMES && !null->bench->load.stopped) {
		bursts_note(null->bursts->rx, count);
		return count;
	}
	given = peer_give(null->peer, mbufs, count);
	if (null->exchange == EXCHANGE_FLOOD && !null->bench->load.stopped) {
		peer_flood(null->peer, mbufs + given, (uint16_t)(count - given));
		given = count;
	}
	if (given < count)
		rte_pktmbuf_free_bulk(mbufs + given, (unsigned int)(count - given));
	bursts_note(null->bursts->rx, given);
	null->cycles.receive += rte_rdtsc() - began;
	return given;
}

static uint16_t on_transmit(uint16_t port, uint16_t queue, struct rte_mbuf *mbufs[], uint16_t count,
			    void *arg)
{
	struct null *null = arg;
	uint64_t began = rte_rdtsc();

	for (uint16_t i = 0; i < count; i++)
		peer_take(null->peer, mbufs[i]);
	bursts_note(null->bursts->tx, count);
	null->cycles.send += rte_rdtsc() - began;
	return count;
}

static bool make_device(const struct options *options, uint16_t *ethdev, struct la_error *err)
{
	char arguments[32];

	snprintf(arguments, sizeof(arguments), "size=%u", options->frame);
	if (rte_eal_hotplug_add("vdev", DEVICE, arguments) == 0 &&
	    rte_eth_dev_get_port_by_name(DEVICE, ethdev) == 0)
		return true;
	snprintf(err->text, sizeof(err->text),
		 "no %s: is DPDK's net_null driver there? EAL's -d names a directory of drivers",
		 DEVICE);
	return false;
}

static bool listen_on(struct bench *bench, int port, struct la_error *err)
{
	const struct la_endpoint server = { .addr = la_addr_from_ipv4(END_SERVER_ADDRESS),
					    .port = END_SERVER_PORT };
	const struct la_addr peers = la_addr_from_ipv4(PEERS);
	const struct la_addr gateway = la_addr_from_ipv4(PEER_GATEWAY);
	struct la_stack *stack = bench->server.stack;

	return la_address_add(stack, port, &server.addr, SERVER_PREFIX, err) >= 0 &&
	       la_route_add(stack, port, &peers, PEERS_PREFIX, &gateway, err) >= 0 &&
	       (bench->options->test->server == NULL ||
		la_listen(stack, &server, bench->options->test->server, bench, NULL, err) >= 0);
}

static bool join_peer(struct bench *bench, struct null *null, struct la_error *err)
{
	struct stateless_link link = { .peer_mac = { 2, 0, 0, 0, 0, 1 },
				       .mss = (uint16_t)(bench->options->mtu - PEER_HEADERS),
				       .offer = bench->options->offer };
	struct rte_ether_addr mac;

	if (rte_eth_macaddr_get(null->ethdev, &mac) == 0) {
		memcpy(link.stack_mac, mac.addr_bytes, sizeof(link.stack_mac));
		null->peer = peer_create(bench, &link);
	}
	if (null->peer != NULL) {
		null->receive = rte_eth_add_rx_callback(null->ethdev, 0, on_receive, null);
		null->send = rte_eth_add_tx_callback(null->ethdev, 0, on_transmit, null);
	}
	if (null->receive != NULL && null->send != NULL)
		return true;
	snprintf(err->text, sizeof(err->text), "no memory for the peer, or no callbacks in DPDK");
	return false;
}

static bool null_create(struct bench *bench, struct la_error *err)
{
	const struct la_port_config config = { .name = DEVICE, .mtu = bench->options->mtu };
	struct null *null = calloc(1, sizeof(*null));
	int port;

	bench->topology_state = null;
	if (null == NULL) {
		snprintf(err->text, sizeof(err->text), "no memory");
		return false;
	}
	null->bench = bench;
	null->bursts = &bench->server.bursts;
	null->exchange = bench->options->test->exchange;
	if (!make_device(bench->options, &null->ethdev, err) ||
	    !end_create(&bench->server, "server", bench->options, rte_lcore_id(), err))
		return false;
	port = la_port_add_ethdev(bench->server.stack, null->ethdev, &config, err);
	if (port < 0 || !listen_on(bench, port, err) || !join_peer(bench, null, err))
		return false;
	bench->server.breather.foreign = &null->cycles;
	return true;
}

static void null_begin(struct bench *bench, uint32_t slot)
{
	peer_begin(((struct null *)bench->topology_state)->peer, slot);
}

static void null_breathe(struct bench *bench)
{
	end_breathe(&bench->server);
}

static uint64_t null_lost(const struct bench *bench)
{
	return peer_lost(((const struct null *)bench->topology_state)->peer);
}

static void null_destroy(struct bench *bench)
{
	struct null *null = bench->topology_state;

	if (null == NULL)
		return;
	if (null->receive != NULL)
		rte_eth_remove_rx_callback(null->ethdev, 0, null->receive);
	if (null->send != NULL)
		rte_eth_remove_tx_callback(null->ethdev, 0, null->send);
	end_destroy(&bench->server);
	rte_eal_hotplug_remove("vdev", DEVICE);
	peer_destroy(null->peer);
	free(null);
	bench->topology_state = NULL;
}

const struct topology topology_null = {
	.name = "null",
	.summary = "the server alone, on DPDK's null driver; a peer in its callbacks",
	.kind = TOPOLOGY_NULL,
	.create = null_create,
	.breathe = null_breathe,
	.begin = null_begin,
	.lost = null_lost,
	.destroy = null_destroy,
};
