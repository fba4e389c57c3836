/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_rss_ethdev.c: what a device is told and what it answers. The null driver keeps a key and a
 * table of 128 entries (though it hashes nothing); the ring driver has neither.
 */
#include "check.h"

#include <string.h>

#include <rte_dev.h>
#include <rte_ethdev.h>

#include "base/mbufs.h"
#include "io/rss_ethdev.h"

#include "eal.h"

#define QUEUES_MAX 4U
#define MBUFS 8192U

struct lab {
	struct rte_mempool *mbufs;
	uint16_t ethdev;
	struct rte_eth_conf conf;
	struct rss rss;
};

static int start(void **state)
{
	static struct lab lab;

	if (eal_setup(state) != 0)
		return -1;
	lab.mbufs = mbufs_create("rss", MBUFS, MBUF_SIZE_DEFAULT, -1);
	*state = &lab;
	return lab.mbufs == NULL ? -1 : 0;
}

static int stop(void **state)
{
	struct lab *lab = *state;

	mbufs_destroy(lab->mbufs);
	return eal_teardown(state);
}

static void make_rss(struct rss *rss, unsigned int workers)
{
	struct siphash_key seed = { 4, 2 };
	struct random_stream random;
	uint8_t key[RSS_KEY_BYTES];

	random_init(&random, &seed);
	rss_draw_key(key, &random);
	rss_init(rss, key, workers);
}

static void open_device(struct lab *lab, const char *device, unsigned int workers, uint16_t queues)
{
	struct rte_eth_dev_info info;

	make_rss(&lab->rss, workers);
	assert_int_equal(rte_eal_hotplug_add("vdev", device, ""), 0);
	assert_int_equal(rte_eth_dev_get_port_by_name(device, &lab->ethdev), 0);
	assert_int_equal(rte_eth_dev_info_get(lab->ethdev, &info), 0);
	lab->conf = (struct rte_eth_conf){ 0 };
	rss_choose(&lab->rss, &info, &lab->conf);
	assert_int_equal(rte_eth_dev_configure(lab->ethdev, queues, queues, &lab->conf), 0);
	for (uint16_t q = 0; q < queues; q++) {
		assert_int_equal(rte_eth_rx_queue_setup(lab->ethdev, q, 64, 0, NULL, lab->mbufs),
				 0);
		assert_int_equal(rte_eth_tx_queue_setup(lab->ethdev, q, 64, 0, NULL), 0);
	}
	assert_int_equal(rte_eth_dev_start(lab->ethdev), 0);
}

static void close_device(struct lab *lab, const char *device)
{
	rte_eth_dev_stop(lab->ethdev);
	rte_eth_dev_close(lab->ethdev);
	rte_eal_hotplug_remove("vdev", device);
}

/* What the device has, asked without the code under test. */
static void expect_programmed(struct lab *lab, uint16_t queues)
{
	struct rte_eth_rss_reta_entry64 reta[2];
	uint8_t key[64] = { 0 };
	struct rte_eth_rss_conf conf = { .rss_key = key, .rss_key_len = 40 };

	assert_int_equal(rte_eth_dev_rss_hash_conf_get(lab->ethdev, &conf), 0);
	assert_memory_equal(key, lab->rss.key, 40);
	assert_true(conf.rss_hf == (RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_NONFRAG_IPV6_TCP));
	reta[0].mask = reta[1].mask = UINT64_MAX;
	assert_int_equal(rte_eth_dev_rss_reta_query(lab->ethdev, reta, 128), 0);
	for (unsigned int i = 0; i < 128; i++) {
		unsigned int owner = rss_owner(&lab->rss, i);

		assert_int_equal(reta[i / 64].reta[i % 64],
				 owner < queues ? owner : owner % queues);
	}
}

static void device_gets_key_and_table(void **state)
{
	struct lab *lab = *state;

	for (uint16_t queues = 1; queues <= QUEUES_MAX; queues++) {
		open_device(lab, "net_null0", QUEUES_MAX, queues);
		assert_int_equal(lab->conf.rxmode.mq_mode, RTE_ETH_MQ_RX_RSS);
		assert_true(rss_program(&lab->rss, lab->ethdev, queues));
		expect_programmed(lab, queues);
		close_device(lab, "net_null0");
	}
}

static void a_device_without_rss_is_left_alone(void **state)
{
	struct lab *lab = *state;

	open_device(lab, "net_ring0", 2, 1);
	assert_int_equal(lab->conf.rxmode.mq_mode, RTE_ETH_MQ_RX_NONE);
	assert_int_equal(lab->conf.rxmode.offloads, 0);
	assert_false(rss_program(&lab->rss, lab->ethdev, 1));
	close_device(lab, "net_ring0");
}

static void one_worker_asks_for_nothing(void **state)
{
	struct lab *lab = *state;
	uint8_t key[64];
	struct rte_eth_rss_conf conf = { .rss_key = key, .rss_key_len = 40 };

	open_device(lab, "net_null0", 1, 1);
	assert_int_equal(lab->conf.rxmode.mq_mode, RTE_ETH_MQ_RX_NONE);
	assert_true(rss_program(&lab->rss, lab->ethdev, 1));
	assert_int_equal(rte_eth_dev_rss_hash_conf_get(lab->ethdev, &conf), 0);
	assert_memory_not_equal(key, lab->rss.key, 40);
	close_device(lab, "net_null0");
}

/* What a device offers decides what it is asked for. */
static void only_what_a_device_offers_is_asked_for(void **state)
{
	struct lab *lab = *state;
	struct rte_eth_dev_info info = {
		.flow_type_rss_offloads = RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_UDP,
		.rx_offload_capa = RTE_ETH_RX_OFFLOAD_RSS_HASH | RTE_ETH_RX_OFFLOAD_SCATTER,
	};
	struct rte_eth_conf conf = { .rxmode.offloads = RTE_ETH_RX_OFFLOAD_TCP_CKSUM };

	make_rss(&lab->rss, 2);
	rss_choose(&lab->rss, &info, &conf);
	assert_true(conf.rx_adv_conf.rss_conf.rss_hf == RTE_ETH_RSS_NONFRAG_IPV4_TCP);
	assert_true(conf.rxmode.offloads ==
		    (RTE_ETH_RX_OFFLOAD_TCP_CKSUM | RTE_ETH_RX_OFFLOAD_RSS_HASH));
	info.flow_type_rss_offloads = RTE_ETH_RSS_UDP;
	conf = (struct rte_eth_conf){ 0 };
	rss_choose(&lab->rss, &info, &conf);
	assert_int_equal(conf.rxmode.mq_mode, RTE_ETH_MQ_RX_NONE);
	assert_int_equal(conf.rxmode.offloads, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(device_gets_key_and_table),
		cmocka_unit_test(a_device_without_rss_is_left_alone),
		cmocka_unit_test(one_worker_asks_for_nothing),
		cmocka_unit_test(only_what_a_device_offers_is_asked_for),
	};

	return cmocka_run_group_tests_name("rss_ethdev", tests, start, stop);
}
