/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/path.h"

#include <assert.h>

#include "config/limits.h"
#include "config/tcp_constants.h"

/* What links and tunnels carry: the floors, X.25, RFC 8899's base, IPv6's minimum, tunnels over
 * Ethernet, PPPoE, Ethernet, and jumbo frames. */
static const uint16_t sizes[PATH_CLASSES] = {
	0,
	PMTU_FLOOR_BYTES,
	576,
	1006,
	TCP_PLPMTU_BASE_BYTES,
	1280,
	1340,
	1360,
	1400,
	1420,
	1440,
	1460,
	1480,
	1492,
	1500,
	9000,
};

uint16_t path_size(unsigned int class)
{
	assert(class > 0 && class < PATH_CLASSES);
	return sizes[class];
}

unsigned int path_class(uint32_t bytes)
{
	unsigned int class = PATH_CLASSES - 1;

	while (sizes[class] > bytes)
		class --;
	return class;
}

uint16_t path_above(uint32_t bytes, unsigned int ceiling)
{
	unsigned int class = path_class(bytes) + 1;

	return class <= ceiling ? path_size(class) : 0;
}

uint16_t path_below(uint32_t bytes)
{
	if (bytes > TCP_PLPMTU_BASE_BYTES)
		return TCP_PLPMTU_BASE_BYTES;
	return bytes > PMTU_FLOOR_BYTES ? PMTU_FLOOR_BYTES : 0;
}

static unsigned int epoch_of(uint32_t now_tick)
{
	return now_tick >> PATH_EPOCH_SHIFT & 15U;
}

unsigned int path_epoch_after(uint32_t now_tick, unsigned int epochs)
{
	assert(epochs < 8);
	return (epoch_of(now_tick) + epochs) & 15U;
}

bool path_epoch_has_come(uint32_t now_tick, unsigned int epoch)
{
	return ((epoch_of(now_tick) - epoch) & 15U) < 8;
}
