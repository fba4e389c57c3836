/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/ladder_note.h"

#include "tcp/segment.h"
#include "tcp/tcp.h"

/* A new rung between these two, or NULL when the filter does not let it through. */
static struct la_rung *rung_for(struct tcp *tcp, const struct tcp_tuple *tuple)
{
	struct ladder *ladder = &tcp->env->ladder;
	struct la_endpoint local = { .port = tuple->local_port };
	struct la_endpoint remote = { .addr = tuple->remote, .port = tuple->remote_port };
	struct la_rung *rung;

	local.addr = tcp->net->addresses.list[tuple->local_index].addr;
	if (!ladder_matches(ladder, &local, &remote))
		return NULL;
	rung = ladder_next(ladder);
	rung->time_us = tcp->env->now_us;
	rung->local = local;
	rung->remote = remote;
	return rung;
}

struct la_rung *ladder_note_arrival(struct tcp *tcp, const struct tcp_seg *seg)
{
	struct la_rung *rung;

	if (!ladder_on(&tcp->env->ladder))
		return NULL;
	rung = rung_for(tcp, &seg->tuple);
	if (rung == NULL)
		return NULL;
	rung->seq = seg->seq;
	rung->ack = seg->ack;
	rung->window = seg->wnd;
	rung->payload = seg->text;
	rung->urgent = seg->urgent;
	rung->flags = seg->flags;
	rung->mss = seg->options.has_mss ? seg->options.mss : 0;
	return rung;
}

void ladder_note_departure(struct tcp *tcp, const struct ladder_departure *departure)
{
	struct la_rung *rung;

	if (!ladder_on(&tcp->env->ladder))
		return;
	rung = rung_for(tcp, departure->tuple);
	if (rung == NULL)
		return;
	rung->seq = departure->header->seq;
	rung->ack = departure->header->ack;
	rung->window = departure->window;
	rung->payload = departure->text;
	rung->urgent = departure->header->urgent;
	rung->flags = departure->header->flags;
	rung->sent = true;
	rung->retransmit = departure->retransmit;
	rung->state = departure->state;
	if (departure->options != NULL && departure->options->has_mss)
		rung->mss = departure->options->mss;
}

void ladder_note_record(struct tcp *tcp, const struct tcp_tuple *tuple, uint8_t state)
{
	struct la_rung *rung;

	if (!ladder_on(&tcp->env->ladder))
		return;
	rung = rung_for(tcp, tuple);
	if (rung == NULL)
		return;
	rung->event = LA_RUNG_STATE;
	rung->state = state;
}

void ladder_note_state(struct tcp *tcp, const struct tcp_conn *conn)
{
	ladder_note_record(tcp, &conn->tuple, conn->state);
}
