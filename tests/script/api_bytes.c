/* SPDX-License-Identifier: BSD-3-Clause */
/* lastack.h: bytes as mbuf chains and from blobs, and what is read without a copy. */
#include <errno.h>

#include <rte_mbuf.h>

#include "reach.h"

#define BLOB_BYTES 4000U

/** A chain of our pattern from position on: buffers of the given sizes, ended by 0. */
static struct rte_mbuf *chain_of(const uint8_t *bytes, const uint16_t *sizes)
{
	struct rte_mbuf *head = NULL;

	for (; *sizes != 0; bytes += *sizes++) {
		struct rte_mbuf *mbuf = rte_pktmbuf_alloc(la_worker_mempool(script_worker()));

		must(mbuf != NULL);
		memcpy(rte_pktmbuf_append(mbuf, *sizes), bytes, *sizes);
		if (head == NULL)
			head = mbuf;
		else
			must(rte_pktmbuf_chain(head, mbuf) == 0);
	}
	return head;
}

static void connected_without_nagle(void)
{
	listen_with(80, options->no_delay = true, options->send_buffer = 8192);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
}

/* ---- la_send_mbuf ---- */

SCRIPT(chain_is_sent_as_it_is)
{
	static const uint16_t sizes[] = { 3, 5, 1, 0 };

	connected_without_nagle();
	one_breath
	{
		must(la_send_mbuf(script_worker(), script_conn(),
				  chain_of((const uint8_t *)"onetwo678", sizes), 0) == 0);
	}
	out(PSH | ACK, SEQ(1), ACK(1), DATA("onetwo678"));
	in(ACK, SEQ(1), ACK(10));
}

SCRIPT(chain_that_is_refused_stays_the_callers)
{
	static const uint16_t sizes[] = { 1000, 1000, 1000, 0 };
	static const uint8_t bytes[3000];
	struct rte_mbuf *chain, *empty;
	uint32_t mbufs;

	connected_without_nagle();
	must(la_send_mbuf(script_worker(), script_conn(), NULL, 0) == -EINVAL);
	empty = rte_pktmbuf_alloc(la_worker_mempool(script_worker()));
	must(la_send_mbuf(script_worker(), script_conn(), empty, 0) == -EINVAL);
	rte_pktmbuf_free(empty);
	mbufs = script_usage()->mbufs;
	chain = chain_of(bytes, sizes);
	must(app_try_send_n(6000) == 6000);
	while (frames_sent() > 0)
		out_any();
	must(la_send_room(script_worker(), script_conn()) == 2192);
	must(la_send_mbuf(script_worker(), script_conn(), chain, 0) == -EAGAIN);
	in(ACK, SEQ(1), ACK(6001));
	app_end();
	out(FIN | ACK, SEQ(6001), ACK(1));
	must(la_send_room(script_worker(), script_conn()) == 0);
	must(la_send_mbuf(script_worker(), script_conn(), chain, 0) == -EPIPE);
	rte_pktmbuf_free(chain);
	must(script_usage()->mbufs == mbufs);
}

/* ---- blobs ---- */

SCRIPT(blob_is_sent_in_segments_and_may_be_released_at_once)
{
	uint8_t bytes[BLOB_BYTES];
	struct la_blob *blob;
	unsigned int i;

	for (i = 0; i < BLOB_BYTES; i++)
		bytes[i] = (uint8_t)(i * 7 + i / 256);
	connected_without_nagle();
	blob = la_blob_create(script_stack(), bytes, BLOB_BYTES);
	must(blob != NULL && la_blob_size(blob) == BLOB_BYTES);
	one_breath
	{
		must(la_send_blob(script_worker(), script_conn(), blob, 0, BLOB_BYTES, 0) ==
		     BLOB_BYTES);
		la_blob_release(blob);
		memset(bytes, 0, 10);
	}
	for (i = 10; i-- > 0;)
		bytes[i] = (uint8_t)(i * 7);
#define PIECE(at, size) ((struct field){ FIELD_DATA, 0, bytes + (at), (size) })
	out(ACK, SEQ(1), ACK(1), PIECE(0, 1460));
	out(ACK, SEQ(1461), ACK(1), PIECE(1460, 1460));
	out(PSH | ACK, SEQ(2921), ACK(1), PIECE(2920, 1080));
	/* It is still there to be sent again. */
	in(ACK, SEQ(1), ACK(1461));
	out_after_ms(200, ACK, SEQ(1461), ACK(1), PIECE(1460, 1460));
	in(ACK, SEQ(1), ACK(4001));
#undef PIECE
}

SCRIPT(blob_is_sent_from_an_offset_and_within_its_bounds)
{
	struct la_blob *blob;

	connected_without_nagle();
	blob = la_blob_create(script_stack(), "0123456789", 10);
	must(blob != NULL);
	must(la_send_blob(script_worker(), script_conn(), blob, 11, 0, 0) == -EINVAL);
	must(la_send_blob(script_worker(), script_conn(), blob, 0, 11, 0) == -EINVAL);
	must(la_send_blob(script_worker(), script_conn(), blob, 5, SIZE_MAX, 0) == -EINVAL);
	must(la_send_blob(script_worker(), script_conn(), blob, 10, 0, 0) == 0);
	one_breath
	{
		must(la_send_blob(script_worker(), script_conn(), blob, 4, 3, 0) == 3);
	}
	out(PSH | ACK, SEQ(1), ACK(1), DATA("456"));
	in(ACK, SEQ(1), ACK(4));
	app_end();
	out(FIN | ACK, SEQ(4), ACK(1));
	must(la_send_blob(script_worker(), script_conn(), blob, 0, 1, 0) == -EPIPE);
	la_blob_release(blob);
	la_blob_release(NULL);
}

SCRIPT(blob_is_taken_as_far_as_there_is_room)
{
	static const uint8_t bytes[10000];
	struct la_blob *blob;

	connected_without_nagle();
	blob = la_blob_create(script_stack(), bytes, sizeof(bytes));
	must(blob != NULL);
	one_breath
	{
		must(la_send_blob(script_worker(), script_conn(), blob, 0, sizeof(bytes), 0) ==
		     8192);
		must(la_send_blob(script_worker(), script_conn(), blob, 8192, 1808, 0) == 0);
	}
	status_is(send_queued, 8192);
	while (frames_sent() > 0)
		out_any();
	in(ACK, SEQ(1), ACK(8193));
	la_blob_release(blob);
}

/* ---- reading without a copy ---- */

SCRIPT(chains_are_read_in_pieces_of_any_size)
{
	static const uint32_t sizes[] = { 1, 99, 1460, 500, 860 };
	uint32_t at = 0;
	size_t i;

	listen_on(80);
	app_leaves_unread();
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	in(PSH | ACK, SEQ(1), ACK(1), LEN(1460));
	in(PSH | ACK, SEQ(1461), ACK(1), LEN(1460));
	out(ACK, SEQ(1), ACK(2921), WIN(65535 - 2920));
	must(la_recv_ready(script_worker(), script_conn()) == 2920);
	must(la_recv_mbuf(script_worker(), script_conn(), 0) == NULL);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct rte_mbuf *chain = la_recv_mbuf(script_worker(), script_conn(), sizes[i]);
		uint8_t bytes[2920];
		const uint8_t *got;
		uint32_t j;

		must(chain != NULL && chain->pkt_len == sizes[i]);
		got = rte_pktmbuf_read(chain, 0, sizes[i], bytes);
		for (j = 0; j < sizes[i]; j++)
			must(got[j] == (uint8_t)((at + j) * 37 + ((at + j) >> 8) * 11 + 128));
		at += sizes[i];
		rte_pktmbuf_free(chain);
	}
	must(la_recv_ready(script_worker(), script_conn()) == 0);
	must(la_recv_mbuf(script_worker(), script_conn(), 100) == NULL);
	silence();
	after_ms(100);
	while (frames_sent() > 0)
		out(ACK, SEQ(1), ACK(2921), WIN(65535));
}

SCRIPT(skipped_bytes_are_gone_and_the_rest_is_there)
{
	char bytes[8] = { 0 };

	listen_on(80);
	app_leaves_unread();
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	in(PSH | ACK, SEQ(1), ACK(1), DATA("skip me"));
	must(la_recv_skip(script_worker(), script_conn(), 5) == 5);
	must(la_recv(script_worker(), script_conn(), bytes, sizeof(bytes)) == 2);
	must(memcmp(bytes, "me", 2) == 0);
	must(la_recv(script_worker(), script_conn(), bytes, sizeof(bytes)) == 0);
	must(la_recv_skip(script_worker(), script_conn(), 5) == 0);
	out_after_ms(40, ACK, SEQ(1), ACK(8));
}
