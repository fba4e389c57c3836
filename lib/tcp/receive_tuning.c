/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/receive_tuning.h"

#include "config/limits.h"

void receive_tuning_arrived(struct receive_tuning *tuning, uint32_t seq, uint32_t rcv_nxt,
			    uint32_t now_us, uint32_t rtt_us)
{
	uint32_t bytes;

	if (tuning->wanted == 0 || now_us - tuning->since_us >= rtt_us)
		*tuning = (struct receive_tuning){ .seq = seq, .since_us = now_us };
	bytes = rcv_nxt - tuning->seq;
	tuning->wanted = bytes < BUFFER_MAX / RECEIVE_TUNING_ROUND_TRIPS
				 ? bytes * RECEIVE_TUNING_ROUND_TRIPS
				 : BUFFER_MAX;
}
