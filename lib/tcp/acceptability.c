/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/acceptability.h"

#include "base/seq.h"

bool acceptable_sequence(uint32_t rcv_nxt, uint32_t rcv_wnd, uint32_t seq, uint32_t length)
{
	if (length == 0 && rcv_wnd == 0)
		return seq == rcv_nxt;
	if (length == 0)
		return seq_in(seq, rcv_nxt, rcv_wnd);
	if (rcv_wnd == 0)
		return false;
	return seq_in(seq, rcv_nxt, rcv_wnd) || seq_in(seq + length - 1, rcv_nxt, rcv_wnd);
}

enum ack_verdict acceptable_ack(uint32_t snd_una, uint32_t snd_nxt, uint32_t max_snd_wnd,
				uint32_t ack)
{
	if (seq_gt(ack, snd_nxt))
		return ACK_UNSENT;
	if (seq_gt(ack, snd_una))
		return ACK_NEW;
	if (ack == snd_una)
		return ACK_REPEATED;
	return seq_lt(ack, snd_una - max_snd_wnd) ? ACK_TOO_OLD : ACK_PAST;
}

enum reset_verdict acceptable_reset(uint32_t rcv_nxt, uint32_t rcv_wnd, uint32_t seq)
{
	if (seq == rcv_nxt)
		return RESET_EXACT;
	return seq_in(seq, rcv_nxt, rcv_wnd) ? RESET_CHALLENGE : RESET_OUTSIDE;
}
