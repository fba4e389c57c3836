/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/piece.h"

#include <assert.h>

#include "base/seq.h"
#include "tcp/outstanding.h"
#include "tcp/pmtu.h"
#include "tcp/tcp.h"

/* From where to where the stream may be taken, and what lies there. */
struct extent {
	uint32_t seq;
	uint32_t limit; /* behind the last number that belongs into the same piece */
	uint32_t edge;  /* behind the last number that the window takes */
	uint16_t probe; /* 0, or the bytes of text of a probe of a larger size */
};

/* Where the FIN stands, or will stand. */
static uint32_t text_end(const struct tcp *tcp, const struct tcp_conn *conn)
{
	return sendq_end(&flight_of(tcp, conn)->send);
}

/* Behind text and FIN. */
static uint32_t stream_end(const struct tcp *tcp, const struct tcp_conn *conn)
{
	return text_end(tcp, conn) + conn_has(conn, CONN_END_ASKED);
}

/*
 * What is presumed lost is sent by itself, for what lies behind it may have arrived; when nothing
 * does, new text fills the segment.
 */
static struct extent next_extent(const struct tcp *tcp, const struct tcp_conn *conn)
{
	struct stretch lost = outstanding_lost(tcp, conn);
	struct extent extent = {
		.seq = lost.seq,
		.limit = lost.end,
		.edge = conn->snd_una + conn->snd_wnd,
	};

	if (lost.end == conn->snd_nxt)
		extent.limit = stream_end(tcp, conn);
	return extent;
}

/* As much of the extent as a segment carries. False: none. */
static bool fill(const struct tcp *tcp, const struct tcp_conn *conn, const struct extent *extent,
		 struct piece *piece)
{
	uint32_t end = seq_min(extent->limit, extent->edge);
	uint32_t text = text_end(tcp, conn);
	uint32_t most = extent->probe != 0 ? extent->probe : conn->mss;
	uint32_t left;

	*piece = (struct piece){ .seq = extent->seq };
	if (seq_geq(extent->seq, end))
		return false;
	left = end - extent->seq;
	if (left > most)
		left = most;
	/* The FIN takes no room in the segment. */
	piece->length =
		seq_lt(extent->seq, text) && left > text - extent->seq ? text - extent->seq : left;
	if (seq_geq(extent->seq, text))
		piece->length = 0;
	piece->fin = seq_gt(end, text) && extent->seq + piece->length == text;
	return piece->length > 0 || piece->fin;
}

/*
 * May this piece leave although it is short of a full segment? The sender's silly window avoidance
 * (RFC 9293 3.8.6.2.1) with Nagle (3.7.4) in its brackets.
 */
static bool worth_sending(const struct tcp *tcp, const struct tcp_conn *conn,
			  const struct piece *piece)
{
	const struct tcp_flight *flight = flight_of(tcp, conn);
	uint32_t queued = text_end(tcp, conn) - piece->seq;
	bool again = seq_lt(piece->seq, conn->snd_nxt);
	/* The byte of a refused probe is not worth a segment by itself. */
	bool probed = again && conn->snd_nxt - piece->seq <= 1;
	/* The SYN-ACK of a Fast Open is no small segment that Nagle would have others wait for. */
	bool idle = conn_has(conn, CONN_NO_DELAY) || probed ||
		    conn->snd_nxt == conn->snd_una + conn_is_fast_open(conn);
	bool pushed = seq_geq(flight->send.push_seq, text_end(tcp, conn)) ||
		      conn_has(conn, CONN_END_ASKED);

	if (piece->length >= conn->mss || piece->fin || (again && !probed))
		return true;
	if (conn_has(conn, CONN_URGENT_OUT) && seq_gt(flight->snd_up, piece->seq) &&
	    piece->length == queued)
		return true;
	if (!idle)
		return false;
	if (pushed && piece->length == queued)
		return true;
	return piece->length > 0 && piece->length >= conn_snd_max_wnd(conn) / 2;
}

/* With SACK cwnd bounds what is in the network, wherever it lies (RFC 6675 section 5). */
static bool pipe_takes(const struct tcp *tcp, const struct tcp_conn *conn,
		       const struct piece *piece)
{
	uint32_t pipe = outstanding_bytes(tcp, conn);

	return pipe == 0 || (uint64_t)pipe + piece->length <= conn->cc.cwnd;
}

/* What the path lets go of new text. False: nothing now. */
static bool ask_path(const struct tcp *tcp, const struct tcp_conn *conn, struct extent *extent)
{
	uint32_t window = conn->snd_wnd < conn->cc.cwnd ? conn->snd_wnd : conn->cc.cwnd;
	uint32_t queued = text_end(tcp, conn) - conn->snd_nxt;
	enum pmtu_advice advice;

	/* A FIN that was sent is no text. */
	if (conn_has(conn, CONN_FIN_SENT))
		queued = 0;
	advice = pmtu_advise(tcp, conn, queued, window, &extent->probe);
	if (advice != PMTU_PROBE)
		extent->probe = 0;
	return advice != PMTU_HOLD;
}

bool piece_next(const struct tcp *tcp, const struct tcp_conn *conn, struct piece *piece)
{
	const struct tcp_flight *flight = flight_of(tcp, conn);
	struct extent extent = next_extent(tcp, conn);

	assert(flight != NULL);
	if (!conn_may(conn, CONN_SACK)) {
		uint32_t cwnd =
			conn->cc.cwnd + recovery_limited_transmit(&flight->recovery, conn->mss);

		extent.edge = seq_min(extent.edge, conn->snd_una + cwnd);
	}
	if (extent.seq == conn->snd_nxt && !ask_path(tcp, conn, &extent))
		return false;
	if (!fill(tcp, conn, &extent, piece))
		return false;
	if (conn_may(conn, CONN_SACK) && !pipe_takes(tcp, conn, piece))
		return false;
	return worth_sending(tcp, conn, piece);
}

bool piece_head(const struct tcp *tcp, const struct tcp_conn *conn, struct piece *piece)
{
	struct stretch lost = outstanding_lost(tcp, conn);
	struct extent extent = {
		.seq = conn->snd_una,
		.limit = conn->snd_nxt,
		.edge = conn->snd_una + conn->snd_wnd,
	};

	/* With SACK what lies behind the first hole may have arrived. */
	if (conn_may(conn, CONN_SACK) && lost.seq == conn->snd_una)
		extent.limit = lost.end;
	return fill(tcp, conn, &extent, piece);
}

bool piece_window_probe(const struct tcp *tcp, const struct tcp_conn *conn, struct piece *piece)
{
	struct extent extent = next_extent(tcp, conn);

	if (!outstanding_waiting(tcp, conn) || outstanding_any(tcp, conn))
		return false;
	if (conn->snd_wnd == 0)
		extent.edge = extent.seq + 1;
	return fill(tcp, conn, &extent, piece);
}

bool piece_loss_probe(const struct tcp *tcp, const struct tcp_conn *conn, struct piece *piece)
{
	struct extent fresh = {
		.seq = conn->snd_nxt,
		.limit = stream_end(tcp, conn),
		.edge = conn->snd_una + conn->snd_wnd,
	};
	struct extent last = { .limit = conn->snd_nxt, .edge = conn->snd_nxt };

	if (conn->snd_una == conn->snd_nxt)
		return false;
	if (fill(tcp, conn, &fresh, piece))
		return true;
	last.seq = conn->snd_nxt - conn->snd_una > conn->mss ? conn->snd_nxt - conn->mss
							     : conn->snd_una;
	/* Of a FIN and the text before it a full segment goes along. */
	if (conn_has(conn, CONN_FIN_SENT) && last.seq != conn->snd_una)
		last.seq--;
	return fill(tcp, conn, &last, piece);
}
