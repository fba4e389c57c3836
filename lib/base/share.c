/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/share.h"

#include <assert.h>

void share_count(struct share *share, uint32_t total, uint32_t free)
{
	assert(free <= total);
	share->total = total;
	share->free = free;
}

uint32_t share_spare(const struct share *share)
{
	uint32_t kept = share->total / SHARE_KEEPS_FREE;

	return share->free > kept ? share->free - kept : 0;
}

/* Between an eighth and a quarter of the pool, in proportion; rounded up, so one at least. */
static uint32_t small_share(const struct share *share)
{
	uint32_t low = share->total / SHARE_SHORT;
	uint32_t high = share->total / SHARE_KEEPS_FREE;

	if (share->free >= high)
		return SHARE_BUFFERS;
	if (share->free <= low)
		return 1;
	return (uint32_t)(((uint64_t)(share->free - low) * SHARE_BUFFERS + (high - low) - 1) /
			  (high - low));
}

uint32_t share_limit(const struct share *share)
{
	uint32_t part = share_spare(share) / SHARE_PART;

	if (!share_may_begin(share))
		return 0;
	return part > SHARE_BUFFERS ? part : small_share(share);
}

uint32_t share_left(const struct share *share, uint32_t held)
{
	uint32_t limit = share_limit(share);

	return held < limit ? limit - held : 0;
}

bool share_is_short(const struct share *share)
{
	return share->free < share->total / SHARE_SHORT;
}

bool share_is_scarce(const struct share *share)
{
	return share->free < share->total / SHARE_SCARCE;
}
