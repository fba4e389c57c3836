/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ethdev.c: ports over the virtual devices of DPDK that lastack is used with, in a network
 * namespace of this process alone.
 */
#include "../check.h"

#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rte_dev.h>
#include <rte_ethdev.h>

#include "../eal.h"

#include "base/mbufs.h"
#include "base/random.h"
#include "io/port.h"
#include "io/rss.h"

#define MBUFS 4096U /* two ports hold as many as they have descriptors */
#define FRAME_BYTES 60U
#define TRIES 2000U /* half a millisecond each */

struct lab {
	struct rte_mempool *mbufs;
	struct rss rss;
	struct counters counters;
	struct port port, other;
	struct la_port_ops plain; /* of a driver that may be entered at any time */
};

static int start(void **state)
{
	const struct siphash_key seed = { 4, 2 };
	struct random_stream random;
	uint8_t key[RSS_KEY_BYTES];
	static struct lab lab;

	if (eal_setup(state) != 0)
		return -1;
	lab.mbufs = mbufs_create("ethdev", MBUFS, MBUF_SIZE_DEFAULT, -1);
	random_init(&random, &seed);
	rss_draw_key(key, &random);
	rss_init(&lab.rss, key, 1);
	*state = &lab;
	return lab.mbufs == NULL ? -1 : 0;
}

static int stop(void **state)
{
	struct lab *lab = *state;

	mbufs_destroy(lab->mbufs);
	return eal_teardown(state);
}

/* Plugs a virtual device in and makes a port of it. */
static int open_port(struct lab *lab, struct port *port, const char *device, const char *arguments,
		     uint16_t mtu, struct la_error *err)
{
	struct la_port_config config = { .name = device, .mtu = mtu };
	struct port_queues queues = { .mbufs = &lab->mbufs, .rss = &lab->rss };
	uint16_t ethdev;

	err->text[0] = '\0';
	assert_int_equal(rte_eal_hotplug_add("vdev", device, arguments), 0);
	assert_int_equal(rte_eth_dev_get_port_by_name(device, &ethdev), 0);
	return port_init_ethdev(port, ethdev, &config, &queues, &lab->counters, err);
}

static void expect_open(struct lab *lab, struct port *port, const char *device,
			const char *arguments)
{
	struct la_error err;

	if (open_port(lab, port, device, arguments, 0, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(port->mtu, 1500);
	assert_string_equal(port->name, device);
	assert_int_equal(port->mac[0] & 1, 0);
	assert_memory_not_equal(port->mac, "\0\0\0\0\0\0", 6);
}

/* While the interrupt thread has its turn a port takes nothing (intr_gate.h). */
static unsigned int flush(struct port *port)
{
	unsigned int sent = 0;

	for (unsigned int tries = 0; sent == 0 && tries < TRIES; tries++) {
		sent = port_flush(port);
		if (sent == 0)
			usleep(500);
	}
	return sent;
}

static void send_one(struct lab *lab, struct port *port, const uint8_t dst[6], uint8_t mark)
{
	struct rte_mbuf *mbuf = rte_pktmbuf_alloc(lab->mbufs);
	uint8_t *at;

	assert_non_null(mbuf);
	assert_non_null(rte_pktmbuf_append(mbuf, FRAME_BYTES));
	at = rte_pktmbuf_mtod(mbuf, uint8_t *);
	memset(at, mark, FRAME_BYTES);
	memcpy(at, dst, 6);
	memcpy(at + 6, port->mac, 6);
	at[12] = 0x88; /* IEEE 802 local experimental: nobody answers it */
	at[13] = 0xb5;
	port_send(port, mbuf);
	assert_int_equal(flush(port), 1);
}

/* Waits for the frame with that mark, not for ever; others (the kernel's own) are let go. */
static bool receive_one(struct port *port, uint8_t mark, unsigned int most)
{
	for (unsigned int tries = 0; tries < most; tries++) {
		struct rte_mbuf *mbufs[BURST_FRAMES];
		uint16_t count = port_receive(port, mbufs, BURST_FRAMES);
		bool found = false;

		for (uint16_t i = 0; i < count; i++) {
			const uint8_t *at = rte_pktmbuf_mtod(mbufs[i], const uint8_t *);

			found |= mbufs[i]->pkt_len == FRAME_BYTES && at[12] == 0x88 &&
				 at[13] == 0xb5 && at[14] == mark;
		}
		rte_pktmbuf_free_bulk(mbufs, count);
		if (found)
			return true;
		usleep(500);
	}
	return false;
}

static void close_all(struct lab *lab, const char *device)
{
	port_close(&lab->port);
	/* Where a port cannot be had on all workers, it is closed on those without it as well. */
	port_close(&lab->port);
	rte_eal_hotplug_remove("vdev", device);
	assert_int_equal(rte_mempool_in_use_count(lab->mbufs), 0);
}

static void net_null(void **state)
{
	struct lab *lab = *state;
	struct rte_mbuf *mbufs[BURST_FRAMES];
	uint16_t count;

	expect_open(lab, &lab->port, "net_null0", "size=60");
	lab->plain = lab->port.ops;
	count = port_receive(&lab->port, mbufs, BURST_FRAMES);
	assert_int_equal(count, BURST_FRAMES);
	rte_pktmbuf_free_bulk(mbufs, count);
	send_one(lab, &lab->port, lab->port.mac, 1);
	/* It cannot send chains and says so. */
	assert_int_equal(lab->port.flags & LA_PORT_TX_CHAINS, 0);
	close_all(lab, "net_null0");
}

static void net_ring(void **state)
{
	struct lab *lab = *state;

	expect_open(lab, &lab->port, "net_ring0", "");
	assert_int_equal(lab->port.flags & LA_PORT_TX_HANDOVER, LA_PORT_TX_HANDOVER);
	assert_false(lab->port.rx_checksum);
	send_one(lab, &lab->port, lab->port.mac, 2);
	assert_true(receive_one(&lab->port, 2, TRIES));
	close_all(lab, "net_ring0");
}

static void net_tap(void **state)
{
	struct lab *lab = *state;
	struct ifreq request = { 0 };
	int fd;

	if (if_nametoindex("lo") == 0 || access("/dev/net/tun", R_OK | W_OK) != 0)
		skip();
	expect_open(lab, &lab->port, "net_tap0", "iface=unit0");
	assert_int_equal(lab->port.flags & LA_PORT_TX_CHAINS, LA_PORT_TX_CHAINS);
	/* The MTU reached the kernel's side. */
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	snprintf(request.ifr_name, sizeof(request.ifr_name), "unit0");
	assert_int_equal(ioctl(fd, SIOCGIFMTU, &request), 0);
	assert_int_equal(request.ifr_mtu, 1500);
	close(fd);
	send_one(lab, &lab->port, (const uint8_t *)"\xff\xff\xff\xff\xff\xff", 3);
	assert_int_equal(lab->counters.drops[DROP_tx_port], 0);
	close_all(lab, "net_tap0");
}

static void set_up(const char *interface)
{
	struct ifreq request = { .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
	assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &request), 0);
	close(fd);
}

/* The loopback interface of the namespace returns what is sent there. */
static void net_af_packet(void **state)
{
	struct lab *lab = *state;

	set_up("lo");
	if (rte_eal_hotplug_add("vdev", "net_af_packet_probe", "iface=lo") != 0)
		skip();
	rte_eal_hotplug_remove("vdev", "net_af_packet_probe");
	expect_open(lab, &lab->port, "net_af_packet0", "iface=lo");
	send_one(lab, &lab->port, lab->port.mac, 4);
	assert_true(receive_one(&lab->port, 4, TRIES));
	close_all(lab, "net_af_packet0");
}

/* Its bursts stay out of the interrupt thread's way (intr_gate.h). */
static bool is_gated(const struct lab *lab, const struct port *port)
{
	return port->gated && port->ops.rx_burst != lab->plain.rx_burst &&
	       port->ops.tx_burst != lab->plain.tx_burst;
}

static void memif_comes_and_goes(struct lab *lab, const char *name)
{
	char arguments[128];
	struct la_error err;

	snprintf(arguments, sizeof(arguments),
		 "role=server,id=0,socket-abstract=yes,socket=unit-%d-%s", (int)getpid(), name);
	expect_open(lab, &lab->port, "net_memif0", arguments);
	snprintf(arguments, sizeof(arguments),
		 "role=client,id=0,socket-abstract=yes,socket=unit-%d-%s", (int)getpid(), name);
	if (open_port(lab, &lab->other, "net_memif1", arguments, 0, &err) != 0)
		fail_msg("%s", err.text);
	assert_true(is_gated(lab, &lab->port) && is_gated(lab, &lab->other));
	/* The two find each other in the interrupt thread. */
	for (unsigned int i = 0; i < 100; i++) {
		struct rte_eth_link link = { 0 };

		assert_int_equal(rte_eth_link_get_nowait((uint16_t)lab->other.ethdev, &link), 0);
		if (link.link_status == RTE_ETH_LINK_UP)
			break;
		usleep(20000);
	}
	send_one(lab, &lab->other, lab->port.mac, 5);
	assert_true(receive_one(&lab->port, 5, TRIES));
	/* The client's receive lends the server the buffers to send into. */
	assert_false(receive_one(&lab->other, 0, 20));
	send_one(lab, &lab->port, lab->other.mac, 6);
	assert_true(receive_one(&lab->other, 6, TRIES));
	port_close(&lab->other);
	rte_eal_hotplug_remove("vdev", "net_memif1");
	close_all(lab, "net_memif0");
}

static void net_memif(void **state)
{
	/* What the first time left behind would be in the way of the second. */
	memif_comes_and_goes(*state, "first");
	memif_comes_and_goes(*state, "second");
}

static void an_impossible_mtu_is_refused(void **state)
{
	struct lab *lab = *state;
	struct la_error err;

	if (open_port(lab, &lab->port, "net_memif2",
		      "role=server,id=9,socket-abstract=yes,socket=unit-mtu", 65535, &err) == 0)
		fail_msg("MTU 65535 was taken");
	assert_non_null(strstr(err.text, "port net_memif2: MTU 65535 is not possible"));
	rte_eal_hotplug_remove("vdev", "net_memif2");
	assert_int_equal(rte_mempool_in_use_count(lab->mbufs), 0);
}

/* A driver that gives one buffer for each frame needs buffers that hold a whole one. */
static void a_large_mtu_needs_large_buffers(void **state)
{
	struct lab *lab = *state;
	struct rte_mempool *small = lab->mbufs;
	struct la_error err;
	uint16_t mtu = 0;

	assert_int_equal(open_port(lab, &lab->port, "net_null_mtu", "size=64", 2031, &err),
			 -EINVAL);
	assert_string_equal(err.text,
			    "port net_null_mtu: MTU 2031 needs packet buffers of 2177 bytes, since "
			    "this device does not spread a frame over several; they have 2176: "
			    "raise mbuf_size");
	rte_eal_hotplug_remove("vdev", "net_null_mtu");
	assert_int_equal(open_port(lab, &lab->port, "net_null_mtu", "size=64", 2030, &err), 0);
	close_all(lab, "net_null_mtu");
	lab->mbufs = mbufs_create("large", 1100, 9146, -1);
	assert_non_null(lab->mbufs);
	if (open_port(lab, &lab->port, "net_null_mtu", "size=9000", 9000, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(lab->port.mtu, 9000);
	assert_int_equal(rte_eth_dev_get_mtu((uint16_t)lab->port.ethdev, &mtu), 0);
	assert_int_equal(mtu, 9000);
	close_all(lab, "net_null_mtu");
	mbufs_destroy(lab->mbufs);
	lab->mbufs = small;
}

static void an_ethdev_that_is_not_there_is_refused(void **state)
{
	struct lab *lab = *state;
	struct la_port_config config = { .name = "x" };
	struct port_queues queues = { .mbufs = &lab->mbufs, .rss = &lab->rss };
	struct la_error err;

	assert_int_equal(port_init_ethdev(&lab->port, 17, &config, &queues, &lab->counters, &err),
			 -ENODEV);
	assert_non_null(strstr(err.text, "there is no ethdev 17"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(net_null),
		cmocka_unit_test(net_ring),
		cmocka_unit_test(net_tap),
		cmocka_unit_test(net_af_packet),
		cmocka_unit_test(net_memif),
		cmocka_unit_test(an_impossible_mtu_is_refused),
		cmocka_unit_test(a_large_mtu_needs_large_buffers),
		cmocka_unit_test(an_ethdev_that_is_not_there_is_refused),
	};

	if (unshare(CLONE_NEWNET) != 0) {
		print_error("no network namespace: %s; the tests need root\n", strerror(errno));
		return 77; /* meson: skipped */
	}
	return cmocka_run_group_tests_name("ethdev", tests, start, stop);
}
