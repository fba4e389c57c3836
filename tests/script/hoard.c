/* SPDX-License-Identifier: BSD-3-Clause */
#include "hoard.h"

#include <rte_mbuf.h>

#define HOG_PORT 41000U
#define HOG_PEERS 7U

void hoard_all_but(struct hoard *hoard, unsigned int left)
{
	struct rte_mempool *pool = la_worker_mempool(script_worker());
	unsigned int i;

	hoard->count = 0;
	while (hoard->count < HOARD_MAX) {
		struct rte_mbuf *mbuf = rte_pktmbuf_alloc(pool);

		if (mbuf == NULL)
			break;
		hoard->mbufs[hoard->count++] = mbuf;
	}
	must(hoard->count < HOARD_MAX);
	for (i = 0; i < left; i++)
		rte_pktmbuf_free(hoard->mbufs[--hoard->count]);
}

void hoard_release(struct hoard *hoard)
{
	while (hoard->count > 0)
		rte_pktmbuf_free(hoard->mbufs[--hoard->count]);
}

void shake_hands(void)
{
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
}

void hogs_select(unsigned int n)
{
	peer(1 + n % HOG_PEERS);
	our_port(80);
	peer_port((uint16_t)(HOG_PORT + n));
}

void hogs_come(struct hogs *hogs, unsigned int count)
{
	for (; count > 0; count--) {
		must(hogs->count < HOGS_MAX);
		hogs_select(hogs->count);
		in(SYN, SEQ(0), MSS(1460));
		out(SYN | ACK, SEQ(0), ACK(1));
		in(ACK, SEQ(1), ACK(1), WIN(0));
		accepted();
		hogs->conns[hogs->count++] = script_conn();
	}
}

void hogs_queue(const struct hogs *hogs)
{
	static const char block[2048];

	one_breath
	{
		for (unsigned int i = 0; i < hogs->count; i++)
			while (la_send(script_worker(), hogs->conns[i], block, sizeof(block), 0) >
			       0)
				continue;
	}
	silence();
}
