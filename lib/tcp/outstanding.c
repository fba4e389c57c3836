/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/outstanding.h"

#include <assert.h>

#include "base/seq.h"
#include "tcp/tcp.h"

struct stretch outstanding_lost(const struct tcp *tcp, const struct tcp_conn *conn)
{
	struct tcp_flight *flight = flight_of(tcp, conn);
	struct stretch none = { conn->snd_nxt, conn->snd_nxt };

	if (loss_watches(conn, flight)) {
		struct sack_range lost;

		/* No more than a segment and its FIN: a board may be long, and this is asked often.
		 */
		if (!sack_next_lost(&flight->loss.board, conn->mss + 1U, &lost))
			return none;
		return (struct stretch){ lost.seq, lost.end };
	}
	if (flight == NULL || !conn_has(conn, CONN_RESENDING))
		return none;
	return (struct stretch){ flight->resend, conn->snd_nxt };
}

uint32_t outstanding_next(const struct tcp *tcp, const struct tcp_conn *conn)
{
	return outstanding_lost(tcp, conn).seq;
}

uint32_t outstanding_bytes(const struct tcp *tcp, const struct tcp_conn *conn)
{
	const struct tcp_flight *flight = flight_of(tcp, conn);

	if (loss_watches(conn, flight))
		return sack_pipe(&flight->loss.board);
	return outstanding_next(tcp, conn) - conn->snd_una;
}

bool outstanding_any(const struct tcp *tcp, const struct tcp_conn *conn)
{
	const struct tcp_flight *flight = flight_of(tcp, conn);

	/* A peer that has the first byte and does not acknowledge it is forgetting it. */
	if (loss_watches(conn, flight) && sack_is_reneged(&flight->loss.board))
		return true;
	return outstanding_bytes(tcp, conn) != 0;
}

bool outstanding_waiting(const struct tcp *tcp, const struct tcp_conn *conn)
{
	const struct tcp_flight *flight = flight_of(tcp, conn);
	uint32_t end;

	if (flight == NULL || !(conn_is_synchronized(conn) || conn_is_fast_open(conn)))
		return false;
	end = sendq_end(&flight->send) + conn_has(conn, CONN_END_ASKED);
	return seq_lt(conn->snd_nxt, end) || outstanding_next(tcp, conn) != conn->snd_nxt;
}

void outstanding_sent(struct tcp *tcp, struct tcp_conn *conn, struct stretch sent, bool again)
{
	struct tcp_flight *flight = flight_of(tcp, conn);

	assert(seq_lt(sent.seq, sent.end) && seq_leq(sent.end, conn->snd_nxt));
	if (conn_may(conn, CONN_SACK)) {
		loss_sent(tcp, conn, sent.seq, sent.end);
		return;
	}
	if (again) {
		/* Karn: what its ACK answers is no longer certain. */
		flight->rtt_runs = false;
	} else if (!flight->rtt_runs && !conn_has(conn, CONN_RESENDING)) {
		flight->rtt_runs = true;
		flight->rtt_seq = sent.end;
		flight->rtt_sent_us = tcp->env->now_us;
	}
	if (conn_has(conn, CONN_RESENDING) && sent.seq == flight->resend) {
		flight->resend = sent.end;
		if (flight->resend == conn->snd_nxt)
			conn->flags &= ~CONN_RESENDING;
	}
}

void outstanding_acknowledged(struct tcp *tcp, struct tcp_conn *conn)
{
	struct tcp_flight *flight = flight_of(tcp, conn);

	if (!conn_has(conn, CONN_RESENDING))
		return;
	flight->resend = seq_max(flight->resend, conn->snd_una);
	if (flight->resend == conn->snd_nxt)
		conn->flags &= ~CONN_RESENDING;
}

void outstanding_presume_lost(struct tcp *tcp, struct tcp_conn *conn, uint32_t seq)
{
	struct tcp_flight *flight = flight_of(tcp, conn);

	if (loss_watches(conn, flight)) {
		sack_lose(&flight->loss.board, (struct sack_range){ seq, conn->snd_nxt });
		return;
	}
	conn->flags |= CONN_RESENDING;
	flight->resend = seq;
}
