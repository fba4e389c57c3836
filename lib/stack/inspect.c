/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * inspect.c: the public calls that look inside: counters, drops, shortages of ports, the ladder.
 */
#include "stack/stack.h"

unsigned int la_stat_count(void)
{
	return STATS;
}

const char *la_stat_name(unsigned int stat)
{
	return stat_name(stat);
}

const char *la_stat_help(unsigned int stat)
{
	return stat_help(stat);
}

uint64_t la_worker_stat(const struct la_worker *worker, unsigned int stat)
{
	if (stat >= STATS)
		return 0;
	return __atomic_load_n(&worker->env.counters.stats[stat], __ATOMIC_RELAXED);
}

unsigned int la_drop_count(void)
{
	return VERDICTS;
}

const char *la_drop_name(unsigned int drop)
{
	return verdict_drop_name(drop);
}

const char *la_drop_help(unsigned int drop)
{
	return verdict_drop_help(drop);
}

uint64_t la_worker_drop(const struct la_worker *worker, unsigned int drop)
{
	if (drop >= VERDICTS)
		return 0;
	return __atomic_load_n(&worker->env.counters.drops[drop], __ATOMIC_RELAXED);
}

unsigned int la_port_shortages(const struct la_worker *worker, struct la_port_shortage *out,
			       unsigned int count)
{
	unsigned int copied = 0;

	for (unsigned int i = 0; i < PORT_SHORTAGES && copied < count; i++) {
		const struct port_shortage *shortage = &worker->tcp.ports.shortages[i];

		if (shortage->remote_port == 0)
			continue;
		out[copied++] = (struct la_port_shortage){
			.remote = { .addr = shortage->remote, .port = shortage->remote_port },
			.refused = shortage->refused,
			.last_us = shortage->last_us,
		};
	}
	return copied;
}

void la_ladder_arm(struct la_worker *worker, const struct la_ladder_filter *filter)
{
	ladder_arm(&worker->env.ladder, filter);
}

unsigned int la_ladder_read(struct la_worker *worker, uint64_t *cursor, struct la_rung *out,
			    unsigned int count)
{
	return ladder_read(&worker->env.ladder, cursor, out, count);
}
