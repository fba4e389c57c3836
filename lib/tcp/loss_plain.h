/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * loss_plain.h: the short way of loss.h: an ACK of all that is outstanding, on a plain board.
 */
#ifndef TCP_LOSS_PLAIN_H
#define TCP_LOSS_PLAIN_H

#include <assert.h>
#include <stdint.h>

#include "tcp/loss.h"
#include "tcp/tcp.h"
#include "tcp/timers.h"

/** Congestion control hears that so many bytes, all that was outstanding, have arrived. */
void loss_grow_by_all(const struct tcp *tcp, struct tcp_conn *conn, struct tcp_flight *flight,
		      uint32_t bytes, uint32_t rtt_us);

/** loss_acknowledged() of all that is outstanding, while loss_is_plain(), by an ACK that tells of
 *  nothing else. The caller marks the connection as due. */
static inline void loss_all_acknowledged(struct tcp *tcp, struct tcp_conn *conn,
					 struct tcp_flight *flight)
{
	struct loss *loss = &flight->loss;
	uint64_t now_us = tcp->env->now_us;
	uint64_t sent_us = loss->board.plain_us;
	uint32_t ack = conn->snd_una;
	uint32_t bytes = ack - loss->board.una;
	uint32_t rtt_us = sack_acknowledge_plain(&loss->board, ack, now_us);

	assert(ack == loss->board.nxt);
	rack_update_plain(&loss->rack, ack, sent_us, rtt_us, now_us);
	rtt_sample(&conn->rtt, rtt_us);
	timers_on_sampled(conn);
	if (cc_note_little(&conn->cc, &flight->epoch, bytes, ack, conn->mss))
		cc_note_rtt(&flight->epoch, rtt_us);
	else
		loss_grow_by_all(tcp, conn, flight, bytes, rtt_us);
	loss->probe_due = false;
	timers_on_all_acknowledged(tcp, conn, flight);
}

#endif
