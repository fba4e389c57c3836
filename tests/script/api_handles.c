/* SPDX-License-Identifier: BSD-3-Clause */
/* lastack.h: handles that are dead, the service's word, walking over connections. */
#include <errno.h>

#include <rte_mbuf.h>

#include "reach.h"

/** Every call that takes a handle finds none. */
static void every_call_finds_no_connection(struct la_conn conn)
{
	struct la_worker *worker = script_worker();
	struct la_blob *blob = la_blob_create(script_stack(), "blob", 4);
	struct rte_mbuf *chain = rte_pktmbuf_alloc(la_worker_mempool(worker));
	struct la_status status;
	char bytes[4] = { 0 };

	must(blob != NULL && chain != NULL && rte_pktmbuf_append(chain, 4) != NULL);
	must(la_send(worker, conn, bytes, 4, 0) == -ENOTCONN);
	must(la_send_mbuf(worker, conn, chain, 0) == -ENOTCONN);
	must(la_send_blob(worker, conn, blob, 0, 4, 0) == -ENOTCONN);
	must(la_send_room(worker, conn) == 0);
	must(la_send_ask(worker, conn) == -ENOTCONN);
	must(la_recv(worker, conn, bytes, 4) == -ENOTCONN);
	must(la_recv_mbuf(worker, conn, 4) == NULL);
	must(la_recv_skip(worker, conn, 4) == 0);
	must(la_recv_ready(worker, conn) == 0);
	must(la_end(worker, conn) == -ENOTCONN);
	must(la_close(worker, conn) == -ENOTCONN);
	must(la_abort(worker, conn) == -ENOTCONN);
	must(la_status(worker, conn, &status) == -ENOTCONN);
	must(la_set_no_delay(worker, conn, true) == -ENOTCONN);
	la_set_context(worker, conn, 7);
	must(la_context(worker, conn) == 0);
	/* What was refused is still the caller's. */
	rte_pktmbuf_free(chain);
	la_blob_release(blob);
}

SCRIPT(dead_handle_is_no_connection_for_any_call)
{
	establish();
	in(RST, SEQ(1));
	closed_because(LA_REASON_RESET);
	every_call_finds_no_connection(script_conn());
	silence();
	nothing_leaked();
}

SCRIPT(handle_of_a_connection_in_time_wait_is_dead)
{
	reach(LA_TIME_WAIT);
	every_call_finds_no_connection(script_conn());
	silence();
	usage_is(time_waits, 1);
}

SCRIPT(handle_that_never_was_is_no_connection)
{
	static const uint64_t ids[] = { 0, 1, 63, 64, 1ULL << 32, 1ULL << 63, UINT64_MAX };
	size_t i;

	establish();
	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		if (ids[i] != script_conn().id)
			every_call_finds_no_connection((struct la_conn){ ids[i] });
	state_is(ESTABLISHED);
}

SCRIPT(dead_handle_does_not_reach_the_next_connection_in_the_record)
{
	struct la_conn old;

	configure(max_connections, 1);
	establish();
	old = script_conn();
	in(RST, SEQ(1));
	closed_because(LA_REASON_RESET);
	peer(2);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	must(old.id != script_conn().id);
	every_call_finds_no_connection(old);
	must(la_context(script_worker(), script_conn()) == 0);
	state_is(ESTABLISHED);
	silence();
}

SCRIPT(context_is_the_services_word_and_begins_as_zero)
{
	establish();
	must(la_context(script_worker(), script_conn()) == 0);
	la_set_context(script_worker(), script_conn(), 0x123456789abcdef0);
	peer(2);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
	in(ACK, SEQ(1), ACK(1));
	accepted();
	must(la_context(script_worker(), script_conn()) == 0);
	la_set_context(script_worker(), script_conn(), 2);
	peer(1);
	in(PSH | ACK, SEQ(1), ACK(1), DATA("text"));
	app_got("text");
	out_after_ms(40, ACK, SEQ(1), ACK(5));
	must(la_context(script_worker(), script_conn()) == 0x123456789abcdef0);
}

struct seen {
	unsigned int count;
	uint64_t ids[16];
};

static void see(void *arg, struct la_worker *worker, struct la_conn conn)
{
	struct seen *seen = arg;
	struct la_status status;

	if (seen->count < 16 && la_status(worker, conn, &status) == 0)
		seen->ids[seen->count++] = conn.id;
}

SCRIPT(each_connection_is_visited_once_whatever_the_stride)
{
	uint32_t stride, from, rounds;
	unsigned int n, i, j;

	listen_on(80);
	for (n = 1; n <= 5; n++) {
		peer(n);
		in(SYN, SEQ(0), MSS(1460));
		out(SYN | ACK, SEQ(0), ACK(1));
		in(ACK, SEQ(1), ACK(1));
		accepted();
	}
	peer(3);
	in(RST, SEQ(1));
	closed_because(LA_REASON_RESET);
	for (stride = 1; stride <= 130; stride++) {
		struct seen seen = { 0 };

		from = rounds = 0;
		do {
			from = la_worker_each(script_worker(), from, stride, see, &seen);
			must(++rounds <= 64);
		} while (from != 0);
		must(seen.count == 4);
		for (i = 0; i < seen.count; i++)
			for (j = 0; j < i; j++)
				must(seen.ids[i] != seen.ids[j]);
	}
	must(la_worker_each(script_worker(), 1000, 5, see, &(struct seen){ 0 }) == 0);
}
