/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lastack.h: what the callback of a connection does to it, or to another. Whichever of the two was
 * told first in a breath, the other's service misses nothing.
 */
#include "reach.h"

#define PAIR_PORT 81U

/**
 * Two connections of one service: what the second is told of makes it act on the first. Outlives
 * its script, since connections that are open then end afterwards.
 */
struct pair {
	struct la_conn first, second;
	unsigned int opened, peer_closed, closed, failures; /**< the last: of calls */
	enum la_reason reason;
};

static bool is_first(const struct pair *pair, struct la_conn conn)
{
	return conn.id == pair->first.id;
}

static void note_opened(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct pair *pair = data;

	(void)worker;
	if (pair->opened++ == 0)
		pair->first = conn;
	else
		pair->second = conn;
}

static void note_peer_closed(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct pair *pair = data;

	(void)worker;
	pair->peer_closed += is_first(pair, conn);
}

static void note_closed(struct la_worker *worker, struct la_conn conn, void *data,
			enum la_reason reason)
{
	struct pair *pair = data;

	(void)worker;
	if (!is_first(pair, conn))
		return;
	pair->closed++;
	pair->reason = reason;
}

static void abort_first(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct pair *pair = data;

	pair->failures += la_recv_skip(worker, conn, la_recv_ready(worker, conn)) <= 0;
	if (!is_first(pair, conn))
		pair->failures += la_abort(worker, pair->first) != 0;
}

static void read_first(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct pair *pair = data;

	if (is_first(pair, conn))
		return;
	pair->failures += la_recv_skip(worker, conn, la_recv_ready(worker, conn)) != 10;
	pair->failures += la_recv_skip(worker, pair->first, 10) != 10;
}

static void send_on_first(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct pair *pair = data;

	pair->failures += la_recv_skip(worker, conn, la_recv_ready(worker, conn)) != 10;
	if (!is_first(pair, conn))
		pair->failures += la_send(worker, pair->first, "news", 4, 0) != 4;
}

static void abort_itself(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct pair *pair = data;

	pair->failures += la_recv_skip(worker, conn, 10) != 10;
	pair->failures += la_abort(worker, conn) != 0;
}

static void close_itself(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct pair *pair = data;

	pair->failures += la_recv_skip(worker, conn, 10) != 10;
	pair->failures += la_close(worker, conn) != 0;
}

/* The first is told first. */
static void read_second(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct pair *pair = data;

	pair->failures += !is_first(pair, conn);
	pair->failures += la_recv_skip(worker, conn, 10) != 10;
	pair->failures += la_recv_skip(worker, pair->second, 10) != 10;
}

static const struct la_service itself_aborter = {
	.name = "itself", .opened = note_opened, .data = abort_itself, .closed = note_closed
};
static const struct la_service itself_closer = {
	.name = "itself", .opened = note_opened, .data = close_itself, .closed = note_closed
};
static const struct la_service second_reader = {
	.name = "second", .opened = note_opened, .data = read_second, .closed = note_closed
};
static const struct la_service aborter = {
	.name = "aborter", .opened = note_opened, .data = abort_first, .closed = note_closed
};
static const struct la_service reader = { .name = "reader",
					  .opened = note_opened,
					  .data = read_first,
					  .peer_closed = note_peer_closed,
					  .closed = note_closed };
static const struct la_service sender = {
	.name = "sender", .opened = note_opened, .data = send_on_first, .closed = note_closed
};

/** Peers 1 and 2 are connected to a service of the script's own. */
static void pair_connects(struct pair *pair, const struct la_service *service)
{
	struct la_endpoint local = { la_addr_from_ipv4(IP(192, 0, 2, 1)), PAIR_PORT };
	unsigned int n;

	silence();
	must(la_listen(script_stack(), &local, service, pair, NULL, NULL) >= 0);
	our_port(PAIR_PORT);
	for (n = 1; n <= 2; n++) {
		peer(n);
		in(SYN, SEQ(0), MSS(1460));
		out(SYN | ACK, SEQ(0), ACK(1));
		in(ACK, SEQ(1), ACK(1));
	}
	must(pair->opened == 2);
}

/** Ten octets from each, the first peer's first, in one breath. */
static void pair_speaks(unsigned int flags_of_first)
{
	one_breath
	{
		peer(1);
		in(flags_of_first | ACK, SEQ(1), ACK(1), LEN(10));
		peer(2);
		in(PSH | ACK, SEQ(1), ACK(1), LEN(10));
	}
}

SCRIPT(aborting_a_connection_that_was_told_already_is_told)
{
	static struct pair pair;

	pair_connects(&pair, &aborter);
	pair_speaks(PSH);
	peer(1);
	out(RST | ACK, SEQ(1), ACK(11));
	must(pair.closed == 1 && pair.reason == LA_REASON_ABORTED);
	usage_is(connections, 1);
	peer(2);
	out_after_ms(40, ACK, SEQ(1), ACK(11));
	must(pair.failures == 0 && pair.closed == 1);
}

SCRIPT(reading_the_last_text_of_a_connection_told_already_tells_of_its_fin)
{
	static struct pair pair;

	pair_connects(&pair, &reader);
	pair_speaks(FIN);
	peer(1);
	out(ACK, SEQ(1), ACK(12), ANY_WIN);
	must(pair.peer_closed == 1);
	peer(2);
	out_after_ms(40, ACK, SEQ(1), ACK(11));
	must(pair.failures == 0 && pair.peer_closed == 1 && pair.closed == 0);
}

SCRIPT(text_sent_on_a_connection_told_already_leaves_in_this_breath)
{
	static struct pair pair;
	struct sent_segment sent;

	pair_connects(&pair, &sender);
	pair_speaks(PSH);
	peer(1);
	sent = out_any();
	must(sent.flags == (PSH | ACK) && sent.seq == 1 && sent.ack == 11 && sent.size == 4);
	in(ACK, SEQ(11), ACK(5));
	peer(2);
	out_after_ms(40, ACK, SEQ(1), ACK(11));
	must(pair.failures == 0);
}

SCRIPT(aborting_itself_on_text_is_told_in_this_breath)
{
	static struct pair pair;

	pair_connects(&pair, &itself_aborter);
	peer(1);
	in(PSH | ACK, SEQ(1), ACK(1), LEN(10));
	out(RST | ACK, SEQ(1), ACK(11));
	must(pair.closed == 1 && pair.reason == LA_REASON_ABORTED && pair.failures == 0);
	usage_is(connections, 1);
}

SCRIPT(text_that_another_callback_has_read_is_not_told)
{
	static struct pair pair;

	pair_connects(&pair, &second_reader);
	pair_speaks(PSH);
	peer(1);
	out_after_ms(40, ACK, SEQ(1), ACK(11));
	peer(2);
	out(ACK, SEQ(1), ACK(11));
	must(pair.failures == 0);
}

/* The time for which it lingers takes the place of that for which an ACK waits. */
SCRIPT(closing_on_text_in_FIN_WAIT_2_acknowledges_at_once)
{
	static struct pair pair;

	pair_connects(&pair, &itself_closer);
	peer(1);
	one_breath must(la_end(script_worker(), pair.first) == 0);
	out(FIN | ACK, SEQ(1), ACK(1));
	in(ACK, SEQ(1), ACK(2));
	in(PSH | ACK, SEQ(1), ACK(2), LEN(10));
	out(ACK, SEQ(2), ACK(11));
	must(pair.failures == 0 && pair.closed == 0);
	after_ms(59999);
	usage_is(connections, 2);
	after_ms(2);
	usage_is(connections, 1);
}
