/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Workers on DPDK's null driver, which gives a full burst whenever it is asked: frames of any
 * length, cut short by a callback, and a port that takes nothing. Every frame is counted once,
 * under one reason, and no packet buffer is lost.
 */
#include "../check.h"
#include "../eal.h"

#include <stdio.h>
#include <string.h>

#include <rte_dev.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "config/limits.h"
#include "lastack.h"

#define DEVICE "net_null_test"
#define BREATHS 40U
#define MBUFS 2048U
#define FRAME_OVERHEAD 18U
#define OURS 0xc6120001U /* 198.18.0.1 */

struct null {
	struct la_stack *stack;
	uint16_t ethdev;
	unsigned int workers;
	uint32_t made; /* frames so far, for what differs from one to the next */
	bool refuses;  /* the port takes nothing */
	const struct rte_eth_rxtx_callback *rx, *tx; /* a device that is closed keeps them */
};

/* The port takes frames of so many bytes, by its MTU and by its packet buffers. */
static struct null plug_for(const char *arguments, unsigned int workers, unsigned int frame)
{
	const struct la_port_config port = { .name = DEVICE,
					     .mtu = (uint16_t)(frame - FRAME_OVERHEAD) };
	const struct la_addr ours = la_addr_from_ipv4(OURS);
	struct null null = { .workers = workers };
	struct la_stack_config config;
	struct la_error err;

	la_stack_config_init(&config);
	config.name = "null";
	config.workers = workers;
	config.max_connections = config.max_embryos = config.max_time_waits = 64;
	config.mbufs = MBUFS;
	config.mbuf_size = RTE_PKTMBUF_HEADROOM + frame;
	assert_int_equal(rte_eal_hotplug_add("vdev", DEVICE, arguments), 0);
	assert_int_equal(rte_eth_dev_get_port_by_name(DEVICE, &null.ethdev), 0);
	if (la_stack_create(&config, &null.stack, &err) != 0 ||
	    la_port_add_ethdev(null.stack, null.ethdev, &port, &err) != 0 ||
	    la_address_add(null.stack, 0, &ours, 24, &err) != 0)
		fail_msg("%s", err.text);
	return null;
}

static struct null plug(const char *arguments, unsigned int workers)
{
	return plug_for(arguments, workers, 2048);
}

static void unplug(struct null *null)
{
	for (unsigned int i = 0; i < null->workers; i++) {
		struct la_usage usage;

		la_worker_usage(la_stack_worker(null->stack, i), &usage);
		/* What a port refuses waits for it. */
		assert_in_range(usage.mbufs, 0, null->refuses ? TX_BUFFER_FRAMES : 0);
	}
	if (null->rx != NULL)
		assert_int_equal(rte_eth_remove_rx_callback(null->ethdev, 0, null->rx), 0);
	if (null->tx != NULL)
		assert_int_equal(rte_eth_remove_tx_callback(null->ethdev, 0, null->tx), 0);
	la_stack_destroy(null->stack);
	assert_int_equal(rte_eal_hotplug_remove("vdev", DEVICE), 0);
}

static void breathe(struct null *null, unsigned int breaths)
{
	for (unsigned int i = 0; i < breaths; i++)
		for (unsigned int worker = 0; worker < null->workers; worker++)
			la_worker_poll(la_stack_worker(null->stack, worker));
}

static uint64_t stat(const struct la_worker *worker, const char *name)
{
	for (unsigned int i = 0; i < la_stat_count(); i++)
		if (strcmp(la_stat_name(i), name) == 0)
			return la_worker_stat(worker, i);
	fail_msg("there is no %s", name);
	return 0;
}

static uint64_t all_stages(const struct la_worker *worker)
{
	static const char *const stages[] = { "receive", "classify", "lookup", "tcp",
					      "timers",  "service",  "output", "send" };
	uint64_t sum = 0;

	for (size_t i = 0; i < COUNT_OF(stages); i++) {
		char name[20];

		snprintf(name, sizeof(name), "cycles_%s", stages[i]);
		sum += stat(worker, name);
	}
	return sum;
}

static uint64_t dropped(const struct la_worker *worker, const char *name)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < la_drop_count(); i++) {
		const char *known = la_drop_name(i);

		if (name == NULL || (known != NULL && strcmp(known, name) == 0))
			sum += la_worker_drop(worker, i);
	}
	return sum;
}

/* Every frame that a worker received was dropped, once. */
static void expect_all_dropped(const struct null *null, uint64_t each)
{
	for (unsigned int i = 0; i < null->workers; i++) {
		const struct la_worker *worker = la_stack_worker(null->stack, i);

		assert_int_equal(stat(worker, "rx_frames"), each);
		assert_int_equal(dropped(worker, NULL), each);
	}
}

/* The driver writes as many bytes as it was told, whatever there is room for. */
static void any_length_is_dropped_once(void **state)
{
	static const unsigned int sizes[] = { 1,    2,    13,   14,   15,   33,   34,
					      35,   53,   54,   60,   64,   576,  1514,
					      1518, 2047, 2048, 2049, 4096, 8999, 9000 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		for (unsigned int copy = 0; copy < 2; copy++) {
			char arguments[40];
			struct null null;

			snprintf(arguments, sizeof(arguments), "size=%u,copy=%u", sizes[i], copy);
			null = plug_for(arguments, 1, sizes[i] > 2048 ? 9000 : 2048);
			breathe(&null, BREATHS);
			expect_all_dropped(&null, (uint64_t)BREATHS * BURST_FRAMES);
			unplug(&null);
		}
	}
}

static void ring(struct la_worker *worker, void *arg)
{
	(void)worker;
	(void)arg;
}

/* The stages share the cycles of busy breaths among them, and timers have none while none is due.
 */
static void stages_are_all_of_a_busy_breath(void **state)
{
	struct null null = plug("size=64", 1);
	struct la_worker *worker = la_stack_worker(null.stack, 0);
	struct la_alarm alarm = { .ring = ring };

	(void)state;
	breathe(&null, 1); /* learns of its ports */
	for (unsigned int round = 0; round < 2; round++) {
		uint64_t busy = stat(worker, "cycles_busy"), stages = all_stages(worker);
		uint64_t timers = stat(worker, "cycles_timers");

		if (round == 1)
			assert_int_equal(la_alarm_set(worker, &alarm, 0), 0);
		breathe(&null, BREATHS);
		assert_true(stat(worker, "cycles_busy") > busy);
		assert_int_equal(all_stages(worker) - stages, stat(worker, "cycles_busy") - busy);
		assert_int_equal(stat(worker, "cycles_timers") > timers, round == 1);
	}
	assert_true(stat(worker, "cycles_receive") > 0);
	unplug(&null);
}

static void every_worker_has_a_queue(void **state)
{
	struct null null = plug("size=64", 4);

	(void)state;
	breathe(&null, BREATHS);
	expect_all_dropped(&null, (uint64_t)BREATHS * BURST_FRAMES);
	unplug(&null);
}

static void a_port_that_only_sends_is_idle(void **state)
{
	struct null null = plug("no-rx=1", 1);

	(void)state;
	breathe(&null, BREATHS);
	expect_all_dropped(&null, 0);
	unplug(&null);
}

/* ---- callbacks ------------------------------------------------------------------------------- */

/* Begins as a frame of TCP to us, or as ARP, and ends anywhere. */
static uint16_t cut_short(uint16_t port, uint16_t queue, struct rte_mbuf *mbufs[], uint16_t count,
			  uint16_t most, void *arg)
{
	static const uint8_t ip[] = { 0x45, 0, 0,   40, 0, 0, 0x40, 0,  64, 6,
				      0x5e, 0, 198, 18, 0, 9, 198,  18, 0,  1 };
	static const uint8_t arp[] = { 0, 1, 8, 0, 6, 4, 0, 9, 2, 0, 0, 0, 0, 9 };
	struct null *null = arg;
	struct rte_ether_addr ours;

	rte_eth_macaddr_get(null->ethdev, &ours);
	for (uint16_t i = 0; i < count; i++) {
		uint8_t *at = rte_pktmbuf_mtod(mbufs[i], uint8_t *);
		bool is_arp = null->made % 2 == 0;
		uint16_t length = (uint16_t)(1 + null->made++ / 2 % 53);

		memset(at, 0, 54);
		memcpy(at, ours.addr_bytes, 6);
		at[6] = 2;
		at[11] = 9;
		at[12] = 8;
		at[13] = is_arp ? 6 : 0;
		memcpy(at + 14, is_arp ? arp : ip, is_arp ? sizeof(arp) : sizeof(ip));
		mbufs[i]->data_len = length;
		mbufs[i]->pkt_len = length;
	}
	return count;
}

static void shorter_frames_are_dropped_once(void **state)
{
	struct null null = plug("size=64", 1);

	(void)state;
	null.rx = rte_eth_add_rx_callback(null.ethdev, 0, cut_short, &null);
	assert_non_null(null.rx);
	breathe(&null, 4 * BREATHS);
	expect_all_dropped(&null, (uint64_t)4 * BREATHS * BURST_FRAMES);
	unplug(&null);
}

/* Who has our address? Asked from another address each time. */
static uint16_t ask(uint16_t port, uint16_t queue, struct rte_mbuf *mbufs[], uint16_t count,
		    uint16_t most, void *arg)
{
	static const uint8_t request[] = { 0, 1, 8, 0, 6, 4, 0, 1 };
	struct null *null = arg;

	for (uint16_t i = 0; i < count; i++) {
		uint8_t *at = rte_pktmbuf_mtod(mbufs[i], uint8_t *);
		const uint8_t asker[] = { 2, 0, 0, 0, 0, 9, 198, 18, 0, 9 };
		const uint8_t asked[] = { 0, 0, 0, 0, 0, 0, 198, 18, 0, 1 };

		null->made++;
		memset(at, 0xff, 6);
		memcpy(at + 6, asker, 6);
		at[12] = 8;
		at[13] = 6;
		memcpy(at + 14, request, sizeof(request));
		memcpy(at + 22, asker, sizeof(asker));
		memcpy(at + 32, asked, sizeof(asked));
		memset(at + 42, 0, 18);
	}
	return count;
}

static uint16_t refuse(uint16_t port, uint16_t queue, struct rte_mbuf *mbufs[], uint16_t count,
		       void *arg)
{
	const struct null *null = arg;

	return null->refuses ? 0 : count;
}

/* What finds no room is dropped and counted; what waits leaves when the port takes again. */
static void a_port_that_refuses_loses_nothing_uncounted(void **state)
{
	struct null null = plug("size=60", 1);
	struct la_worker *worker = la_stack_worker(null.stack, 0);
	uint64_t asked = (uint64_t)BREATHS * BURST_FRAMES, announced;

	(void)state;
	null.tx = rte_eth_add_tx_callback(null.ethdev, 0, refuse, &null);
	assert_non_null(null.tx);
	breathe(&null, 1);
	announced = stat(worker, "tx_frames");
	null.rx = rte_eth_add_rx_callback(null.ethdev, 0, ask, &null);
	assert_non_null(null.rx);
	null.refuses = true;
	breathe(&null, BREATHS);
	assert_int_equal(stat(worker, "rx_arp"), asked);
	assert_int_equal(stat(worker, "tx_frames"), announced);
	assert_int_equal(dropped(worker, "tx_port"), asked - TX_BUFFER_FRAMES);
	null.refuses = false;
	breathe(&null, 1);
	assert_int_equal(stat(worker, "tx_frames"), announced + TX_BUFFER_FRAMES + BURST_FRAMES);
	assert_int_equal(dropped(worker, "tx_port"), asked - TX_BUFFER_FRAMES);
	unplug(&null);
}

static void a_stack_is_freed_while_a_port_refuses(void **state)
{
	struct null null = plug("size=60", 1);

	(void)state;
	null.tx = rte_eth_add_tx_callback(null.ethdev, 0, refuse, &null);
	assert_non_null(null.tx);
	null.rx = rte_eth_add_rx_callback(null.ethdev, 0, ask, &null);
	assert_non_null(null.rx);
	null.refuses = true;
	breathe(&null, BREATHS);
	unplug(&null);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_length_is_dropped_once),
		cmocka_unit_test(stages_are_all_of_a_busy_breath),
		cmocka_unit_test(every_worker_has_a_queue),
		cmocka_unit_test(a_port_that_only_sends_is_idle),
		cmocka_unit_test(shorter_frames_are_dropped_once),
		cmocka_unit_test(a_port_that_refuses_loses_nothing_uncounted),
		cmocka_unit_test(a_stack_is_freed_while_a_port_refuses),
	};

	return cmocka_run_group_tests(tests, eal_setup, eal_teardown);
}
