/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rss_ethdev.h: lets a device distribute segments as our table does: its hash types, its key and
 * its redirection table. Where a device cannot, workers hand segments to each other all the same;
 * what its buffers then carry is for rss_trust.h to judge.
 */
#ifndef IO_RSS_ETHDEV_H
#define IO_RSS_ETHDEV_H

#include <stdbool.h>
#include <stdint.h>

#include "io/rss.h"

struct rte_eth_conf;
struct rte_eth_dev_info;

/**
 * Adds to conf, before rte_eth_dev_configure(), what a device needs to hash TCP segments and to
 * tell us: nothing for a stack of one worker, or if the device does not offer it.
 */
void rss_choose(const struct rss *rss, const struct rte_eth_dev_info *info,
		struct rte_eth_conf *conf);

/**
 * Gives a started device key and table, and reads both back: the entries of worker w point to queue
 * w, or where there is none, to queue w modulo queues. True if the device then says that it
 * distributes so.
 */
bool rss_program(const struct rss *rss, uint16_t ethdev, uint16_t queues);

#endif
