/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/keepalive.h"

#include "base/env.h"
#include "base/seq.h"
#include "lastack.h"

/* Ticks until us have certainly passed since a tick; 0: they have. */
static uint32_t left(uint32_t now, uint32_t since, uint64_t us)
{
	uint32_t age = now - since;
	uint32_t whole = ticks_from_us(us) + 1;

	return age < whole ? whole - age : 0;
}

uint64_t quiet_time_us(const struct la_tcp_options *options)
{
	if (options->user_timeout_us != 0 && options->r2_us > options->keepalive_idle_us)
		return options->r2_us;
	return options->keepalive_idle_us;
}

/* Ticks until the next probe, or the end that takes its place. */
static uint32_t left_to_probe(const struct quiet *quiet, const struct la_tcp_options *options,
			      uint32_t now)
{
	if (quiet->probes == 0)
		return left(now, quiet->recv_tick, quiet_time_us(options));
	return seq_gt(quiet->probe_tick, now) ? quiet->probe_tick - now : 0;
}

static bool may_probe(const struct quiet *quiet, const struct la_tcp_options *options)
{
	return options->keepalive && !quiet->outstanding;
}

bool quiet_deadline(const struct quiet *quiet, const struct la_tcp_options *options, uint32_t now,
		    uint32_t *tick)
{
	bool probes = may_probe(quiet, options);
	bool ends = options->idle_timeout_us != 0;
	uint32_t to_probe = probes ? left_to_probe(quiet, options, now) : UINT32_MAX;
	uint32_t to_end =
		ends ? left(now, quiet->moved_tick, options->idle_timeout_us) : UINT32_MAX;

	*tick = now + (to_probe < to_end ? to_probe : to_end);
	return probes || ends;
}

enum quiet_action quiet_expired(const struct quiet *quiet, const struct la_tcp_options *options,
				uint32_t now)
{
	if (options->idle_timeout_us != 0 &&
	    left(now, quiet->moved_tick, options->idle_timeout_us) == 0)
		return QUIET_END;
	if (!may_probe(quiet, options) || left_to_probe(quiet, options, now) != 0)
		return QUIET_WAIT;
	if (quiet->probes != KEEPALIVE_HEARD && quiet->probes >= options->keepalive_probes)
		return QUIET_GIVE_UP;
	return QUIET_PROBE;
}
