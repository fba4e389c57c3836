/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * blob.c: constant payload, attached to segments and never copied. A blob is freed when its creator
 * and every segment that refers to it are done, on whichever worker.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_mbuf.h>
#include <rte_memory.h>

#include "base/memory.h"
#include "stack/handle.h"
#include "stack/stack.h"

/*
 * DPDK counts references to external memory in 16 bits, too few for a page that thousands of
 * connections are being sent at once. So a worker has several such counts, each a share of its
 * references. They are the worker's own, so that no cache line is written by two workers; the blob
 * is freed when all of all have come to nothing.
 */
struct blob_counts {
	struct rte_mbuf_ext_shared_info shares[BLOB_SHARES];
	uint32_t held; /**< shares that are not zero yet (atomic) */
	uint32_t next; /**< share that the next reference is looked for in */
	struct la_blob *blob;
} __rte_cache_aligned;

struct la_blob {
	size_t size;
	uint8_t *bytes; /**< behind the counts */
	uint32_t workers;
	uint32_t held; /**< workers with references, or whose first one is the creator's (atomic) */
	struct blob_counts counts[];
};

static size_t blob_memory(size_t size, unsigned int workers)
{
	return sizeof(struct la_blob) + workers * sizeof(struct blob_counts) + size;
}

/* The last reference of one share is gone. */
static void share_ended(void *bytes, void *opaque)
{
	struct blob_counts *counts = opaque;
	struct la_blob *blob = counts->blob;

	assert(bytes == NULL || bytes >= (void *)blob->bytes);
	if (__atomic_sub_fetch(&counts->held, 1, __ATOMIC_ACQ_REL) != 0)
		return;
	if (__atomic_sub_fetch(&blob->held, 1, __ATOMIC_ACQ_REL) == 0)
		memory_release(blob, blob_memory(blob->size, blob->workers));
}

static void counts_init(struct blob_counts *counts, struct la_blob *blob)
{
	for (unsigned int i = 0; i < BLOB_SHARES; i++) {
		counts->shares[i].free_cb = share_ended;
		counts->shares[i].fcb_opaque = counts;
		rte_mbuf_ext_refcnt_set(&counts->shares[i], 1);
	}
	counts->held = BLOB_SHARES;
	counts->blob = blob;
}

struct la_blob *la_blob_create(struct la_stack *stack, const void *bytes, size_t size)
{
	unsigned int workers = stack->worker_count;
	struct la_blob *blob =
		memory_reserve(blob_memory(size, workers), stack->workers[0]->env.numa_node);

	if (blob == NULL)
		return NULL;
	for (unsigned int i = 0; i < workers; i++)
		counts_init(&blob->counts[i], blob);
	blob->workers = blob->held = workers;
	blob->size = size;
	blob->bytes = (uint8_t *)&blob->counts[workers];
	memcpy(blob->bytes, bytes, size);
	return blob;
}

size_t la_blob_size(const struct la_blob *blob)
{
	return blob->size;
}

void la_blob_release(struct la_blob *blob)
{
	/* With its last share the blob may be gone. */
	unsigned int workers = blob == NULL ? 0 : blob->workers;

	for (unsigned int w = 0; w < workers; w++) {
		struct blob_counts *counts = &blob->counts[w];

		for (unsigned int i = 0; i < BLOB_SHARES; i++)
			if (rte_mbuf_ext_refcnt_update(&counts->shares[i], -1) == 0)
				share_ended(NULL, counts);
	}
}

/* A share with references to spare, or NULL when every one is used up. */
static struct rte_mbuf_ext_shared_info *share_to_spare(struct blob_counts *counts)
{
	for (unsigned int i = 0; i < BLOB_SHARES; i++) {
		struct rte_mbuf_ext_shared_info *share = &counts->shares[counts->next];

		if (rte_mbuf_ext_refcnt_read(share) < BLOB_REFERENCES_MAX)
			return share;
		counts->next = (counts->next + 1) % BLOB_SHARES;
	}
	return NULL;
}

/*
 * What a device knows an address of a blob by, and how many bytes from there on follow each other
 * for the device, too. Looked up in DPDK's own map: rte_mem_virt2iova() would ask the kernel.
 */
static rte_iova_t iova_of(const uint8_t *at, size_t *contiguous)
{
	const struct rte_memseg *segment;
	size_t offset;

	*contiguous = SIZE_MAX;
	if (rte_eal_iova_mode() == RTE_IOVA_VA)
		return (uintptr_t)at;
	segment = rte_mem_virt2memseg(at, NULL);
	/* Not DPDK's memory, as without hugepages: no device that reads memory itself works then.
	 */
	if (segment == NULL)
		return RTE_BAD_IOVA;
	offset = (size_t)(at - (const uint8_t *)segment->addr);
	*contiguous = segment->len - offset;
	return segment->iova + offset;
}

/* A buffer that refers to a piece of the blob of at most size bytes, or NULL. */
static struct rte_mbuf *attach(struct la_worker *worker, struct la_blob *blob, size_t offset,
			       uint16_t size)
{
	struct rte_mbuf_ext_shared_info *share = share_to_spare(&blob->counts[worker->index]);
	struct rte_mbuf *mbuf = share == NULL ? NULL : rte_pktmbuf_alloc(worker->env.mbufs);
	uint8_t *at = blob->bytes + offset;
	size_t contiguous;
	rte_iova_t iova;

	if (mbuf == NULL)
		return NULL;
	iova = iova_of(at, &contiguous);
	if (contiguous < size)
		size = (uint16_t)contiguous;
	rte_mbuf_ext_refcnt_update(share, 1);
	rte_pktmbuf_attach_extbuf(mbuf, at, iova, size, share);
	mbuf->data_len = size;
	mbuf->pkt_len = size;
	return mbuf;
}

ssize_t la_send_blob(struct la_worker *worker, struct la_conn handle, const struct la_blob *blob,
		     size_t offset, size_t size, unsigned int flags)
{
	struct tcp *tcp = &worker->tcp;
	struct tcp_conn *conn = handle_find(worker, handle);
	size_t room, sent = 0;

	if (conn == NULL)
		return -ENOTCONN;
	if (offset > blob->size || size > blob->size - offset)
		return -EINVAL;
	/* A buffer holds 64 KiB of a blob. */
	room = tcp_send_buffers(tcp, conn) == 0 ? 0 : tcp_send_space(tcp, conn);
	if (room == 0)
		return conn_has(conn, CONN_ENDED | CONN_END_ASKED) ? -EPIPE : 0;
	if (room < size) {
		size = room;
		flags &= ~LA_SEND_URGENT;
	}
	while (sent < size && tcp_send_buffers(tcp, conn) > 0) {
		size_t piece = size - sent < UINT16_MAX ? size - sent : UINT16_MAX;
		struct rte_mbuf *mbuf = attach(worker, (struct la_blob *)(uintptr_t)blob,
					       offset + sent, (uint16_t)piece);
		bool last;

		if (mbuf == NULL)
			break;
		piece = mbuf->data_len;
		last = sent + piece == size;
		if (tcp_send_chain(tcp, conn, mbuf, last ? flags : flags | LA_SEND_MORE) != 0) {
			rte_pktmbuf_free(mbuf);
			break;
		}
		sent += piece;
	}
	return (ssize_t)sent;
}

struct rte_mempool *la_worker_mempool(struct la_worker *worker)
{
	return worker->env.mbufs;
}
