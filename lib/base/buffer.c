/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/buffer.h"

struct rte_mbuf *buffer_take_anywhere(struct rte_mempool *pool)
{
	return rte_pktmbuf_alloc(pool);
}

void buffer_give_anyhow(struct rte_mbuf *mbuf)
{
	mbuf->next = NULL;
	mbuf->nb_segs = 1;
	rte_pktmbuf_free_seg(mbuf);
}
