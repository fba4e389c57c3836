/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/segment.h"

#include <assert.h>

#include <rte_mbuf.h>

void segment_trim_front(struct tcp_seg *seg, uint32_t count)
{
	assert(count <= seg->text);
	if (count == 0)
		return;
	segment_strip_headers(seg);
	seg->mbuf = mbufq_chain_trim_front(seg->mbuf, count);
	seg->text -= count;
	seg->seq += count;
}

void segment_cut(struct tcp_seg *seg, uint32_t length)
{
	assert(length <= seg->text);
	segment_strip_headers(seg);
	if (length == 0 && seg->mbuf != NULL) {
		rte_pktmbuf_free(seg->mbuf);
		seg->mbuf = NULL;
	} else if (seg->mbuf != NULL) {
		mbufq_chain_cut(seg->mbuf, length);
	}
	seg->text = length;
	seg->flags &= (uint8_t)~TCP_FIN;
}
