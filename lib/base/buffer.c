/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/buffer.h"

struct rte_mbuf *buffer_take_anywhere(struct rte_mempool *pool)
{
	return rte_pktmbuf_alloc(pool);
}

void buffer_give_anyhow(struct rte_mbuf *mbuf)
{
	/* Its header is written only if it goes back to its pool: others may hold it, too. */
	rte_pktmbuf_free_seg(mbuf);
}
