/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/user_timeout.h"

#include <assert.h>

#include "tcp/tcp.h"

#define SECOND_US 1000000ULL
#define MINUTES_FLAG 0x8000U
#define VALUE_MAX 0x7fffU

/* What a peer's word is rounded up to, in seconds. */
static const uint32_t steps[] = { 100, 150, 200, 300, 450, 600, 900, 1200, 1800, 2700, 3600 };

#define STEPS (sizeof(steps) / sizeof(steps[0]))

uint16_t user_timeout_to_wire(uint32_t us)
{
	uint32_t seconds = (uint32_t)((us + SECOND_US - 1) / SECOND_US);

	assert(us > 0);
	_Static_assert(UINT32_MAX / SECOND_US <= VALUE_MAX, "seconds suffice for what can be set");
	return (uint16_t)seconds;
}

uint64_t user_timeout_from_wire(uint16_t wire)
{
	uint64_t unit_us = (wire & MINUTES_FLAG) != 0 ? 60 * SECOND_US : SECOND_US;

	return (wire & VALUE_MAX) * unit_us;
}

/* Few steps, so that peers cannot make sets of options without number. */
static uint64_t step_above(uint64_t us)
{
	unsigned int i = 0;

	while (i + 1 < STEPS && steps[i] * SECOND_US < us)
		i++;
	return steps[i] * SECOND_US;
}

uint32_t user_timeout_adopted_us(const struct la_tcp_options *options, uint64_t remote_us)
{
	uint64_t us = step_above(remote_us);

	if (us < options->user_timeout_us)
		us = options->user_timeout_us;
	if (us < TCP_USER_TIMEOUT_MIN_US)
		us = TCP_USER_TIMEOUT_MIN_US;
	return us < options->user_timeout_max_us ? (uint32_t)us : options->user_timeout_max_us;
}

void user_timeout_told(struct tcp *tcp, struct tcp_conn *conn, uint16_t wire)
{
	const struct la_tcp_options *options = tcp_options_of(tcp, conn);
	uint64_t remote_us = user_timeout_from_wire(wire);
	struct la_tcp_options changed = *options;

	if (options->user_timeout_us == 0 || !options->user_timeout_changeable || remote_us == 0)
		return;
	changed.r2_us = user_timeout_adopted_us(options, remote_us);
	/* Without room for another set of options R2 stays what it was. */
	if (changed.r2_us != options->r2_us && tcp_change_profile(tcp, conn, &changed) == 0)
		stat_count(&tcp->env->counters, STAT_user_timeouts_adopted);
}
