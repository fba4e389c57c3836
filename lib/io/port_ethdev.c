/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>

#include "base/mbufs.h"
#include "io/port_ethdev.h"
#include "io/rss.h"
#include "io/rss_ethdev.h"
#include "io/umem.h"

#define CLOSE_SETTLE_US 20000U /**< a thousand times what the interrupt thread needs */
#define DESCRIPTORS 1024U      /**< per queue, before the device has its say */
#define FRAME_OVERHEAD \
	18U /**< bytes of a frame around the IP packet: Ethernet header and one tag */

_Static_assert(PORT_NAME_SIZE >= RTE_ETH_NAME_MAX_LEN, "an ethdev's name fits");

static uint16_t ethdev_rx(void *ctx, uint16_t queue, struct rte_mbuf **mbufs, uint16_t count)
{
	const struct port *port = ctx;

	return rte_eth_rx_burst((uint16_t)port->ethdev, queue, mbufs, count);
}

/*
 * rte_eth_tx_prepare() is not needed: it would check lengths, which egress bounds by the MTU, and
 * write pseudo header sums, which egress writes itself.
 */
static uint16_t ethdev_tx(void *ctx, uint16_t queue, struct rte_mbuf **mbufs, uint16_t count)
{
	const struct port *port = ctx;

	return rte_eth_tx_burst((uint16_t)port->ethdev, queue, mbufs, count);
}

static uint16_t gated_rx(void *ctx, uint16_t queue, struct rte_mbuf **mbufs, uint16_t count)
{
	struct port *port = ctx;
	uint16_t received;

	if (unlikely(!intr_gate_enter(&port->seat)))
		return 0;
	received = ethdev_rx(ctx, queue, mbufs, count);
	intr_gate_exit(&port->seat);
	return received;
}

static uint16_t gated_tx(void *ctx, uint16_t queue, struct rte_mbuf **mbufs, uint16_t count)
{
	struct port *port = ctx;
	uint16_t sent;

	if (unlikely(!intr_gate_enter(&port->seat)))
		return 0;
	sent = ethdev_tx(ctx, queue, mbufs, count);
	intr_gate_exit(&port->seat);
	return sent;
}

static int failed(const struct port *port, const char *step, int rc, struct la_error *err)
{
	assert(rc < 0);
	snprintf(err->text, sizeof(err->text), "port %s: %s: %s", port->name, step, strerror(-rc));
	return rc;
}

/*
 * The tap driver sums each buffer of a chain by itself, which is wrong behind one of odd length.
 * Its offload is software anyway: nothing is lost by summing ourselves.
 */
static bool checksums_are_sound(const struct rte_eth_dev_info *info)
{
	return strcmp(info->driver_name, "net_tap") != 0;
}

/* When its peer goes away the memif driver unmaps its rings, whoever reads them. */
static bool unmaps_under_bursts(const struct rte_eth_dev_info *info)
{
	return strcmp(info->driver_name, "net_memif") == 0;
}

/* Chooses the offloads that the device has and we can use; the port learns which. */
static void choose_offloads(struct port *port, const struct rte_eth_dev_info *info, uint32_t room,
			    struct rte_eth_conf *conf)
{
	const uint64_t tx_checksum = RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_CKSUM;
	const uint64_t rx_checksum = RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_TCP_CKSUM;

	if ((info->tx_offload_capa & RTE_ETH_TX_OFFLOAD_MULTI_SEGS) != 0) {
		conf->txmode.offloads |= RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
		port->flags |= LA_PORT_TX_CHAINS;
	}
	if ((info->tx_offload_capa & tx_checksum) == tx_checksum && checksums_are_sound(info)) {
		conf->txmode.offloads |= tx_checksum;
		port->flags |= LA_PORT_TX_CHECKSUM;
	}
	if ((info->rx_offload_capa & rx_checksum) == rx_checksum) {
		conf->rxmode.offloads |= rx_checksum;
		port->rx_checksum = true;
	}
	if (port->mtu + FRAME_OVERHEAD > room)
		conf->rxmode.offloads |= info->rx_offload_capa & RTE_ETH_RX_OFFLOAD_SCATTER;
	/* The ring driver hands our very buffers to whoever reads the other end. */
	if (strcmp(info->driver_name, "net_ring") == 0)
		port->flags |= LA_PORT_TX_HANDOVER;
}

/* The longest IP packet: drivers tell it in bytes of packet, of frame, or both. */
static uint32_t mtu_max(const struct rte_eth_dev_info *info)
{
	uint32_t around = RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN;

	if (info->max_mtu != UINT16_MAX && info->max_rx_pktlen > info->max_mtu)
		around = info->max_rx_pktlen - info->max_mtu;
	if (info->max_rx_pktlen <= around)
		return info->max_mtu;
	return RTE_MIN(info->max_rx_pktlen - around, (uint32_t)info->max_mtu);
}

static int check_mtu(const struct port *port, const struct rte_eth_dev_info *info,
		     struct la_error *err)
{
	uint32_t most = mtu_max(info);

	if (port->mtu >= info->min_mtu && port->mtu <= most)
		return 0;
	snprintf(err->text, sizeof(err->text),
		 "port %s: MTU %u is not possible; this device takes %u to %u bytes", port->name,
		 port->mtu, info->min_mtu, most);
	return -EINVAL;
}

/* net_af_xdp shares the packet buffers with the kernel, and has to be helped to share them all. */
static int check_umem(const struct port *port, struct rte_mempool **mbufs, struct la_error *err)
{
	for (uint16_t queue = 0; queue < port->queues; queue++) {
		if (!mbufs_are_within_pages(mbufs[queue])) {
			snprintf(err->text, sizeof(err->text),
				 "port %s: its driver shares packet buffers with the kernel, which "
				 "wants each within a page: make the device before the stack, or "
				 "use hugepages",
				 port->name);
			return -ENOTSUP;
		}
		if (umem_reach(mbufs[queue]) == 0) {
			snprintf(err->text, sizeof(err->text),
				 "port %s: packet buffers lie before the memory that its driver "
				 "shares with the kernel; give EAL more memory or larger pages, so "
				 "that they lie in one piece",
				 port->name);
			return -ENOTSUP;
		}
	}
	return 0;
}

static int setup_umem_queue(uint16_t ethdev, uint16_t queue, uint16_t descriptors,
			    const struct rte_eth_rxconf *conf, struct rte_mempool *mbufs)
{
	unsigned int socket = (unsigned int)rte_eth_dev_socket_id(ethdev);
	uint32_t buffers = umem_pretend(mbufs, umem_reach(mbufs));
	int rc = rte_eth_rx_queue_setup(ethdev, queue, descriptors, socket, conf, mbufs);

	(void)umem_pretend(mbufs, buffers);
	return rc;
}

/*
 * Where a driver cannot receive into a chain a whole frame has to fit one buffer: not every driver
 * looks whether it does (net_null).
 */
static int check_room(const struct port *port, const struct rte_eth_dev_info *info, uint32_t room,
		      struct la_error *err)
{
	uint32_t frame = port->mtu + FRAME_OVERHEAD;

	if (frame <= room || (info->rx_offload_capa & RTE_ETH_RX_OFFLOAD_SCATTER) != 0)
		return 0;
	snprintf(err->text, sizeof(err->text),
		 "port %s: MTU %u needs packet buffers of %u bytes, since this device does not "
		 "spread a frame over several; they have %u: raise mbuf_size",
		 port->name, port->mtu, frame + RTE_PKTMBUF_HEADROOM, room + RTE_PKTMBUF_HEADROOM);
	return -EINVAL;
}

static int setup_queues(struct port *port, uint16_t ethdev, const struct rte_eth_dev_info *info,
			const struct rte_eth_conf *conf, struct rte_mempool **mbufs,
			struct la_error *err)
{
	struct rte_eth_rxconf rxconf = info->default_rxconf;
	struct rte_eth_txconf txconf = info->default_txconf;
	uint16_t rx_descriptors = DESCRIPTORS, tx_descriptors = DESCRIPTORS;
	bool umem = umem_is_shared(info->driver_name);
	int socket = rte_eth_dev_socket_id(ethdev);
	int rc = umem ? check_umem(port, mbufs, err) : 0;

	if (rc != 0)
		return rc;
	rc = rte_eth_dev_adjust_nb_rx_tx_desc(ethdev, &rx_descriptors, &tx_descriptors);
	if (rc != 0)
		return failed(port, "cannot choose the number of descriptors", rc, err);
	rxconf.offloads = conf->rxmode.offloads;
	txconf.offloads = conf->txmode.offloads;
	for (uint16_t queue = 0; queue < port->queues; queue++) {
		rc = umem ? setup_umem_queue(ethdev, queue, rx_descriptors, &rxconf, mbufs[queue])
			  : rte_eth_rx_queue_setup(ethdev, queue, rx_descriptors,
						   (unsigned int)socket, &rxconf, mbufs[queue]);
		if (rc != 0)
			return failed(port, "cannot set up the receive queue", rc, err);
		rc = rte_eth_tx_queue_setup(ethdev, queue, tx_descriptors, (unsigned int)socket,
					    &txconf);
		if (rc != 0)
			return failed(port, "cannot set up the transmit queue", rc, err);
	}
	return 0;
}

/* The device's own address; one made of its number where it has none (net_ring). */
static int learn_mac(struct port *port, uint16_t ethdev, struct la_error *err)
{
	struct rte_ether_addr mac;
	int rc = rte_eth_macaddr_get(ethdev, &mac);

	if (rc != 0)
		return failed(port, "cannot read the MAC address", rc, err);
	if (!rte_is_valid_assigned_ether_addr(&mac))
		mac = (struct rte_ether_addr){ { 0x02, 0x4c, 0x41, 0, (uint8_t)(ethdev >> 8),
						 (uint8_t)ethdev } };
	memcpy(port->mac, mac.addr_bytes, sizeof(port->mac));
	return 0;
}

/* A queue pair for each worker, or as many as are wanted (0: it does not matter), or as the device
 * has. */
static uint16_t choose_queues(const struct rte_eth_dev_info *info, uint16_t wanted,
			      unsigned int workers)
{
	uint16_t most = RTE_MIN(info->max_rx_queues, info->max_tx_queues);

	if (wanted != 0)
		most = RTE_MIN(most, wanted);
	return most == 0 ? 1 : (uint16_t)RTE_MIN((unsigned int)most, workers);
}

static int start(struct port *port, uint16_t ethdev, const struct port_queues *queues,
		 struct la_error *err)
{
	const uint32_t room = rte_pktmbuf_data_room_size(queues->mbufs[0]) - RTE_PKTMBUF_HEADROOM;
	struct rte_eth_conf conf = { 0 };
	struct rte_eth_dev_info info;
	int rc = rte_eth_dev_info_get(ethdev, &info);

	if (rc != 0)
		return failed(port, "cannot ask the device what it can do", rc, err);
	rc = check_mtu(port, &info, err);
	if (rc == 0)
		rc = check_room(port, &info, room, err);
	if (rc != 0)
		return rc;
	choose_offloads(port, &info, room, &conf);
	rss_choose(queues->rss, &info, &conf);
	conf.rxmode.mtu = port->mtu;
	port->queues = choose_queues(&info, port->queues, queues->rss->workers);
	rc = rte_eth_dev_configure(ethdev, port->queues, port->queues, &conf);
	if (rc != 0)
		return failed(port, "cannot configure the queue pairs", rc, err);
	rc = rte_eth_dev_set_mtu(ethdev, port->mtu);
	if (rc != 0 && rc != -ENOTSUP)
		return failed(port, "cannot set the MTU", rc, err);
	rc = setup_queues(port, ethdev, &info, &conf, queues->mbufs, err);
	if (rc != 0)
		return rc;
	if (unmaps_under_bursts(&info)) {
		rc = intr_gate_raise();
		if (rc != 0)
			return failed(port, "cannot hold EAL's interrupt thread", rc, err);
		port->gated = true;
	}
	rc = rte_eth_dev_start(ethdev);
	if (rc != 0)
		return failed(port, "cannot start the device", rc, err);
	port->spreads = rss_program(queues->rss, ethdev, port->queues);
	/* Neither matters where the driver cannot: ingress filters anyway. */
	(void)rte_eth_allmulticast_disable(ethdev);
	return learn_mac(port, ethdev, err);
}

/*
 * Nobody is in a burst any more, so the interrupt thread needs no gate.
 *
 * A driver that takes its interrupt out wakes EAL's interrupt thread, which then walks the list of
 * what is left. rte_eal_cleanup() frees that list's memory without asking, so the thread gets the
 * time to come to rest here; nothing in EAL tells when it has.
 */
static void close_device(const struct port *port, uint16_t ethdev)
{
	if (port->gated)
		intr_gate_lower();
	(void)rte_eth_dev_stop(ethdev);
	(void)rte_eth_dev_close(ethdev);
	rte_delay_us_sleep(CLOSE_SETTLE_US);
}

int port_init_ethdev(struct port *port, uint16_t ethdev, const struct la_port_config *config,
		     const struct port_queues *queues, struct counters *counters,
		     struct la_error *err)
{
	int rc = port_init_common(port, config, counters, err);

	assert(queues->rss->workers > 0 && queues->mbufs[0] != NULL);
	if (rc != 0)
		return rc;
	if (!rte_eth_dev_is_valid_port(ethdev)) {
		snprintf(err->text, sizeof(err->text),
			 "port %s: there is no ethdev %u; give the device to EAL (--vdev, -a)",
			 port->name, ethdev);
		return -ENODEV;
	}
	if (port->name[0] == '\0')
		(void)rte_eth_dev_get_name_by_port(ethdev, port->name);
	port->queues = config->queues;
	rc = start(port, ethdev, queues, err);
	if (rc != 0) {
		close_device(port, ethdev);
		return rc;
	}
	port->ethdev = ethdev;
	port->opened = true;
	port->ctx = port;
	port->ops = (struct la_port_ops){ .rx_burst = ethdev_rx, .tx_burst = ethdev_tx };
	if (port->gated) {
		port->ops = (struct la_port_ops){ .rx_burst = gated_rx, .tx_burst = gated_tx };
		intr_gate_join(&port->seat);
	}
	return 0;
}

void port_ethdev_close(struct port *port)
{
	assert(port->ethdev >= 0);
	close_device(port, (uint16_t)port->ethdev);
	port->ethdev = -1;
	port->opened = false;
}
