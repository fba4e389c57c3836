/* SPDX-License-Identifier: BSD-3-Clause */
#include "io/rss_ethdev.h"

#include <assert.h>
#include <string.h>

#include <rte_ethdev.h>

#define HASH_TYPES (RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_NONFRAG_IPV6_TCP)
#define KEY_BYTES_USED (RSS_TUPLE_BYTES + 4U) /* the rest hashes longer tuples */
#define RETA_GROUPS_MAX (RSS_RETA_MAX / RTE_ETH_RETA_GROUP_SIZE)

void rss_choose(const struct rss *rss, const struct rte_eth_dev_info *info,
		struct rte_eth_conf *conf)
{
	uint64_t types = info->flow_type_rss_offloads & HASH_TYPES;

	if (rss->workers == 1 || types == 0)
		return;
	conf->rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
	conf->rxmode.offloads |= info->rx_offload_capa & RTE_ETH_RX_OFFLOAD_RSS_HASH;
	conf->rx_adv_conf.rss_conf.rss_hf = types;
}

/* The queue on which a segment with this hash should arrive. */
static uint16_t queue_of(const struct rss *rss, uint32_t hash, uint16_t queues)
{
	return (uint16_t)(rss_owner(rss, hash) % queues);
}

/* True if the device says that it has our key and hashes TCP segments with it. */
static bool program_key(const struct rss *rss, uint16_t ethdev, const struct rte_eth_dev_info *info)
{
	uint8_t key[UINT8_MAX] = { 0 };
	struct rte_eth_rss_conf conf = {
		.rss_key = key,
		.rss_key_len = info->hash_key_size == 0 ? KEY_BYTES_USED : info->hash_key_size,
		.rss_hf = info->flow_type_rss_offloads & HASH_TYPES,
	};
	uint64_t types = conf.rss_hf;

	if (types == 0 || conf.rss_key_len < KEY_BYTES_USED)
		return false;
	memcpy(key, rss->key, RSS_KEY_BYTES);
	if (rte_eth_dev_rss_hash_update(ethdev, &conf) != 0)
		return false;
	memset(key, 0, sizeof(key));
	if (rte_eth_dev_rss_hash_conf_get(ethdev, &conf) != 0)
		return false;
	return memcmp(key, rss->key, KEY_BYTES_USED) == 0 && (conf.rss_hf & types) == types;
}

/* True if the device says that its table, of whatever size, sends segments where ours does. */
static bool program_table(const struct rss *rss, uint16_t ethdev, uint16_t size, uint16_t queues)
{
	struct rte_eth_rss_reta_entry64 reta[RETA_GROUPS_MAX] = { 0 };
	uint32_t patterns = size > RSS_OWNERS ? size : RSS_OWNERS;

	if (size == 0 || size > RSS_RETA_MAX || (size & (size - 1)) != 0)
		return false;
	for (uint32_t i = 0; i < size; i++) {
		struct rte_eth_rss_reta_entry64 *group = &reta[i / RTE_ETH_RETA_GROUP_SIZE];

		group->mask |= UINT64_C(1) << (i % RTE_ETH_RETA_GROUP_SIZE);
		group->reta[i % RTE_ETH_RETA_GROUP_SIZE] = queue_of(rss, i, queues);
	}
	if (rte_eth_dev_rss_reta_update(ethdev, reta, size) != 0)
		return false;
	for (unsigned int i = 0; i < RETA_GROUPS_MAX; i++)
		memset(reta[i].reta, 0xff, sizeof(reta[i].reta));
	if (rte_eth_dev_rss_reta_query(ethdev, reta, size) != 0)
		return false;
	for (uint32_t i = 0; i < patterns; i++) {
		uint32_t entry = i % size;

		if (reta[entry / RTE_ETH_RETA_GROUP_SIZE].reta[entry % RTE_ETH_RETA_GROUP_SIZE] !=
		    queue_of(rss, i, queues))
			return false;
	}
	return true;
}

bool rss_program(const struct rss *rss, uint16_t ethdev, uint16_t queues)
{
	struct rte_eth_dev_info info;
	bool has_key, has_table;

	assert(queues >= 1);
	if (rss->workers == 1)
		return true;
	if (rte_eth_dev_info_get(ethdev, &info) != 0)
		return false;
	has_key = program_key(rss, ethdev, &info);
	has_table = program_table(rss, ethdev, info.reta_size, queues);
	return has_key && has_table;
}
