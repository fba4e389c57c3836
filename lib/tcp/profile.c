/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/profile.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "config/limits.h"
#include "config/tcp_constants.h"

void la_tcp_options_init(struct la_tcp_options *options)
{
	memset(options, 0, sizeof(*options));
	options->send_buffer = 256 * 1024;
	options->receive_buffer = TCP_WINDOW_MAX;
	options->ttl = 64;
	options->r1_retransmits = TCP_R1_RETRANSMITS;
	options->r2_us = TCP_R2_US;
	options->r2_syn_us = TCP_R2_SYN_US;
	options->delayed_ack_us = TCP_DELAYED_ACK_US;
	options->rto_initial_us = TCP_RTO_INITIAL_US;
	options->rto_min_us = TCP_RTO_MIN_US;
	options->rto_max_us = TCP_RTO_MAX_US;
}

static int refuse(struct la_error *err, const char *what)
{
	if (err != NULL)
		snprintf(err->text, sizeof(err->text), "%s", what);
	return -EINVAL;
}

int profile_check(const struct la_tcp_options *options, struct la_error *err)
{
	if (options->send_buffer < BUFFER_MIN || options->send_buffer > BUFFER_MAX)
		return refuse(err, "send_buffer must be between 2 KiB and 1 GiB");
	if (options->receive_buffer < BUFFER_MIN || options->receive_buffer > BUFFER_MAX)
		return refuse(err, "receive_buffer must be between 2 KiB and 1 GiB");
	if (options->mss != 0 && options->mss < TCP_MSS_FLOOR)
		return refuse(err, "mss must be 0 (from the MTU) or at least 64");
	if (options->ttl == 0)
		return refuse(err, "ttl must be at least 1");
	if (options->dscp > 63)
		return refuse(err, "dscp must be at most 63");
	if (options->delayed_ack_us > TCP_DELAYED_ACK_MAX_US)
		return refuse(err, "delayed_ack must be at most 500ms (RFC 9293 MUST-40)");
	if (options->rto_min_us == 0 || options->rto_min_us > options->rto_max_us)
		return refuse(err, "rto_min must be above 0 and at most rto_max");
	if (options->rto_initial_us == 0 || options->rto_initial_us > options->rto_max_us)
		return refuse(err, "rto_initial must be above 0 and at most rto_max");
	if (options->r2_us == 0 || options->r2_syn_us == 0)
		return refuse(err, "r2 and r2_syn must be above 0");
	return 0;
}

int profile_table_create(struct profile_table *table, int numa_node)
{
	table->high = 0;
	table->list = memory_reserve(PROFILES_MAX * sizeof(struct profile), numa_node);
	return table->list == NULL ? -ENOMEM : 0;
}

void profile_table_destroy(struct profile_table *table)
{
	memory_release(table->list, PROFILES_MAX * sizeof(struct profile));
	table->list = NULL;
}

static bool options_equal(const struct la_tcp_options *a, const struct la_tcp_options *b)
{
	return a->send_buffer == b->send_buffer && a->receive_buffer == b->receive_buffer &&
	       a->mss == b->mss && a->ttl == b->ttl && a->dscp == b->dscp &&
	       a->no_delay == b->no_delay && a->r1_retransmits == b->r1_retransmits &&
	       a->r2_us == b->r2_us && a->r2_syn_us == b->r2_syn_us &&
	       a->delayed_ack_us == b->delayed_ack_us && a->rto_initial_us == b->rto_initial_us &&
	       a->rto_min_us == b->rto_min_us && a->rto_max_us == b->rto_max_us;
}

int profile_use(struct profile_table *table, const struct profile *profile)
{
	uint32_t empty = table->high;

	for (uint32_t i = 0; i < table->high; i++) {
		struct profile *other = &table->list[i];

		if (other->users == 0) {
			empty = i < empty ? i : empty;
			continue;
		}
		if (other->service == profile->service &&
		    other->service_data == profile->service_data &&
		    options_equal(&other->options, &profile->options)) {
			other->users++;
			return (int)i;
		}
	}
	if (empty >= PROFILES_MAX)
		return -ENOSPC;
	table->list[empty] = *profile;
	table->list[empty].users = 1;
	if (empty == table->high)
		table->high++;
	return (int)empty;
}

void profile_leave(struct profile_table *table, uint16_t index)
{
	assert(index < table->high && table->list[index].users > 0);
	table->list[index].users--;
}
