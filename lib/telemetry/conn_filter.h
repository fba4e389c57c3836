/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * conn_filter.h: which connections are meant: by peer, own end, state and idle time. Read from
 * text, applied to a status. Knows nothing of workers.
 */
#ifndef TELEMETRY_CONN_FILTER_H
#define TELEMETRY_CONN_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "lastack.h"

/** What is 0 matches all; a connection has to match the rest. */
struct conn_filter {
	struct la_addr remote, local;
	uint64_t idle_over_us;
	unsigned int remote_bits; /**< of remote, from the left, that count */
	enum la_state state;      /**< LA_CLOSED: any */
	uint16_t remote_port, local_port;
	bool idle; /**< idle_over_us is meant */
};

/**
 * Reads "all", for which *out is zero, or terms, each at most once and with commas between them:
 * remote=ADDRESS or remote=ADDRESS/BITS, remote_port=N, local=ADDRESS, local_port=N, state=S,
 * idle_over_us=N. False where there is anything else, or nothing: nobody means all connections by
 * leaving something out.
 */
bool conn_filter_parse(const char *text, struct conn_filter *out);

bool conn_filter_matches(const struct conn_filter *filter, const struct la_status *status);

#endif
