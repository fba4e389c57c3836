/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/prr.h"

#include <assert.h>

static uint32_t saturating_add(uint32_t sum, uint32_t bytes)
{
	return bytes < UINT32_MAX - sum ? sum + bytes : UINT32_MAX;
}

void prr_enter(struct prr *prr, const struct prr_start *start)
{
	/* Bytes SACKed before will not be delivered any more; those of this ACK count as delivered.
	 */
	uint32_t before = start->sacked - start->newly_sacked;

	assert(start->newly_sacked <= start->sacked && before <= start->outstanding);
	*prr = (struct prr){
		.recover_fs = saturating_add(start->outstanding - before, start->newly_acked),
	};
	if (prr->recover_fs == 0)
		prr->recover_fs = 1;
}

/* More is in flight than should be: let out the share of what was delivered that ssthresh is of
 * what was in flight, rounded up. */
static uint32_t in_proportion(const struct prr *prr, uint32_t ssthresh)
{
	uint64_t share = (uint64_t)prr->delivered * ssthresh;
	uint64_t out = share / prr->recover_fs + (share % prr->recover_fs != 0);

	if (out <= prr->out)
		return 0;
	return out - prr->out < UINT32_MAX ? (uint32_t)(out - prr->out) : UINT32_MAX;
}

/* Losses took it below: conserve packets (PRR-CRB), and grow as slow start does while all goes well
 * (PRR-SSRB), up to ssthresh. */
static uint32_t towards_ssthresh(const struct prr *prr, const struct prr_ack *ack)
{
	uint32_t room = ack->ssthresh - ack->pipe;
	uint32_t send = prr->delivered > prr->out ? prr->delivered - prr->out : 0;

	if (send < ack->delivered)
		send = ack->delivered;
	if (ack->safe)
		send = saturating_add(send, ack->smss);
	return send < room ? send : room;
}

uint32_t prr_acknowledged(struct prr *prr, const struct prr_ack *ack)
{
	uint32_t send = 0;

	assert(prr_is_active(prr));
	if (ack->delivered == 0 && prr->out > 0)
		return ack->cwnd;
	if (ack->delivered > 0) {
		prr->delivered = saturating_add(prr->delivered, ack->delivered);
		send = ack->pipe > ack->ssthresh ? in_proportion(prr, ack->ssthresh)
						 : towards_ssthresh(prr, ack);
	}
	/* The first retransmission leaves at once. The RFC asks for SndCnt 0; in bytes it may be a
	 * part of a segment, which would keep it back as well. */
	if (prr->out == 0 && send < ack->smss)
		send = ack->smss;
	return saturating_add(ack->pipe, send);
}

void prr_sent(struct prr *prr, uint32_t bytes)
{
	assert(prr_is_active(prr));
	prr->out = saturating_add(prr->out, bytes);
}

void prr_leave(struct prr *prr)
{
	*prr = (struct prr){ 0 };
}
