/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * port.h: a port as one worker sees it: rx and tx bursts of the worker's queue, a tx buffer, what
 * it can do. Each worker has its own of the same device; the first one's opens and closes it.
 *
 * Owns the frames in its tx buffer. Knows nothing of protocols. Behind the ops stands an ethdev
 * (port_ethdev.c) or whatever the embedding program gave (lastack.h, la_port_ops).
 */
#ifndef IO_PORT_H
#define IO_PORT_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_branch_prediction.h>
#include <rte_mbuf.h>

#include "base/counters.h"
#include "config/limits.h"
#include "io/intr_gate.h"
#include "lastack.h"

#define PORT_NAME_SIZE 64

struct port {
	struct la_port_ops ops;
	void *ctx;
	char name[PORT_NAME_SIZE];
	uint8_t mac[6];
	uint16_t mtu;     /**< bytes of an IP packet */
	uint16_t vlan;    /**< 0: untagged */
	uint32_t flags;   /**< LA_PORT_* */
	bool rx_checksum; /**< the port verifies checksums: "good" in ol_flags may be believed */
	uint16_t index;   /**< in the stack's list */
	uint16_t queue;   /**< the worker's queue; meant without a lane */
	uint16_t queues;  /**< queue pairs in use, by whomever */
	int ethdev;       /**< DPDK port number, or -1 */
	bool opened;      /**< the ethdev is this port's to close */
	bool spreads;     /**< the device spreads what comes over its queues as the stack would */
	bool gated;       /**< bursts and the interrupt thread are kept apart */
	struct intr_seat seat;
	struct counters *counters;
	struct rte_ring *lane; /**< without a queue: the way to a worker that has one */
	uint16_t lane_count;
	struct rte_ring *lanes[WORKERS_MAX]; /**< of others, to be emptied here */
	uint16_t tx_count;
	uint64_t tx_bytes; /**< of the frames in the tx buffer */
	struct rte_mbuf *tx[TX_BUFFER_FRAMES];
};

/** Fills in a port from a configuration with ops. 0 or -EINVAL with a message. */
int port_init(struct port *port, const struct la_port_config *config, struct counters *counters,
	      struct la_error *err);

/** What an ethdev's receive queues are filled from, and how it should spread over them. */
struct rss;

struct port_queues {
	struct rte_mempool **mbufs; /**< by queue; as many as there are workers */
	const struct rss *rss;      /**< how the stack spreads, over how many workers */
};

/**
 * Configures and starts ethdev number ethdev with a queue pair for each worker, or as many as
 * config says or it has, and fills in the port, which must stay where it is. Asks for the offloads
 * it can use and finds: TX chains, IPv4 and TCP checksum. An ethdev without a MAC address
 * (net_ring) gets one made of its number. 0 or -errno with a message that names the step; the
 * ethdev is then closed.
 */
int port_init_ethdev(struct port *port, uint16_t ethdev, const struct la_port_config *config,
		     const struct port_queues *queues, struct counters *counters,
		     struct la_error *err);

/** Fills in the port of another worker for the device behind first: with queue number queue, or
 *  without one of its own when there are not so many. */
void port_init_same(struct port *port, const struct port *first, uint16_t queue,
		    struct counters *counters);

/** Frees what waits in the tx buffer, and the lane; stops and closes an ethdev that it opened. Fine
 *  for a port that was closed already. */
void port_close(struct port *port);

/** True if a port with these flags may have the buffers of a chain as they are. */
static inline bool port_takes_chains(uint32_t flags)
{
	return (flags & (LA_PORT_TX_CHAINS | LA_PORT_TX_HANDOVER)) == LA_PORT_TX_CHAINS;
}

/** At most count frames, now the caller's. Counted. */
uint16_t port_receive(struct port *port, struct rte_mbuf **mbufs, uint16_t count);

/** port_send() when the tx buffer is full: it is flushed first. */
void port_send_full(struct port *port, struct rte_mbuf *mbuf);

/** port_send() where there is room. */
static inline void port_send_on(struct port *port, struct rte_mbuf *mbuf)
{
	/* A frame that the driver has taken is gone, so its length is read before. */
	port->tx_bytes += rte_pktmbuf_pkt_len(mbuf);
	port->tx[port->tx_count++] = mbuf;
}

/** Takes the frame; it leaves with the next flush, at the latest when the buffer is full. */
static inline void port_send(struct port *port, struct rte_mbuf *mbuf)
{
	assert(mbuf != NULL);
	if (unlikely(port->tx_count == TX_BUFFER_FRAMES))
		port_send_full(port, mbuf);
	else
		port_send_on(port, mbuf);
}

/** Hands the buffer, and what others sent this way, to the port. What it does not take stays for
 * the next flush. Returns sent. */
unsigned int port_flush(struct port *port);

#endif
