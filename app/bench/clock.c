/* SPDX-License-Identifier: BSD-3-Clause */
#include "clock.h"

#include <time.h>

#include <rte_cycles.h>

#define ATTEMPTS 20U

static uint64_t read_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

/* The kernel may take the processor away between two clocks: the closest reading of several. */
void clock_read(struct clock_reading *out)
{
	uint64_t closest = UINT64_MAX;

	for (unsigned int i = 0; i < ATTEMPTS; i++) {
		uint64_t before = rte_rdtsc_precise();
		uint64_t raw_ns = read_ns(CLOCK_MONOTONIC_RAW);
		uint64_t after = rte_rdtsc_precise();

		if (after - before >= closest)
			continue;
		closest = after - before;
		out->tsc = before + closest / 2;
		out->raw_ns = raw_ns;
	}
	out->thread_ns = read_ns(CLOCK_THREAD_CPUTIME_ID);
}

double clock_hz(const struct clock_reading *from, const struct clock_reading *to)
{
	double seconds = clock_seconds(from, to);

	return seconds > 0 ? (double)(to->tsc - from->tsc) / seconds : (double)rte_get_tsc_hz();
}

double clock_share(const struct clock_reading *from, const struct clock_reading *to)
{
	double passed = (double)(to->raw_ns - from->raw_ns);
	double share = passed > 0 ? (double)(to->thread_ns - from->thread_ns) / passed : 1;

	return share < 1 ? share : 1;
}

double clock_seconds(const struct clock_reading *from, const struct clock_reading *to)
{
	return (double)(to->raw_ns - from->raw_ns) / 1e9;
}
