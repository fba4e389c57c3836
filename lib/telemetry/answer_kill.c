/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * answer_kill.c: the endpoint that resets connections by a filter, or counts them.
 *
 * A worker looks at a bounded number of records for each message and resets fewer still, so that it
 * serves all others in between, however many there are. An answer goes on from message to message
 * for a while and then tells where the next one begins, as those of /lastack/conns.
 */
#include <assert.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include <rte_telemetry.h>

#include "config/limits.h"
#include "telemetry/answer.h"
#include "telemetry/conn_filter.h"

struct sweep {
	struct conn_filter filter;
	bool reset; /**< not only counted */
	uint32_t next;
	uint32_t matched; /**< by this message */
};

static void sweep_visit(void *arg, struct la_worker *worker, struct la_conn conn)
{
	struct sweep *sweep = arg;
	struct la_status status;

	/* One that has ended and only waits for its service to read is nobody's any more. */
	if (la_status(worker, conn, &status) != 0 || status.state == LA_CLOSED ||
	    !conn_filter_matches(&sweep->filter, &status))
		return;
	if (!sweep->reset || la_abort(worker, conn) == 0)
		sweep->matched++;
}

/* In the worker. */
static void sweep_some(struct la_worker *worker, void *arg)
{
	struct sweep *sweep = arg;
	uint32_t most = sweep->reset ? TELEMETRY_RESETS : TELEMETRY_SCAN;
	uint32_t scanned = 0;

	sweep->matched = 0;
	do {
		uint32_t room = most - sweep->matched;

		sweep->next = la_worker_each(worker, sweep->next, room, sweep_visit, sweep);
		scanned += room;
	} while (sweep->next != 0 && sweep->matched < most && scanned < TELEMETRY_SCAN);
	assert(sweep->matched <= most);
}

static uint64_t monotonic_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000U + (uint64_t)now.tv_nsec / 1000U;
}

/* Reads FROM,reset|count,FILTER. */
static bool order_parse(const char *params, uint64_t *from, struct sweep *sweep)
{
	if (!answer_number(&params, from))
		return false;
	if (strncmp(params, "reset,", 6) == 0)
		sweep->reset = true;
	else if (strncmp(params, "count,", 6) != 0)
		return false;
	return conn_filter_parse(params + 6, &sweep->filter);
}

/*
 * Sweeps on from one place to another for a while. False if the worker could not be asked even
 * once: the answer says why.
 */
static bool sweep_on(struct rte_tel_data *out, struct la_worker *worker, struct sweep *sweep,
		     uint64_t *matched)
{
	uint64_t began = monotonic_us();
	bool progress = false;

	do {
		if (!answer_ask(out, worker, sweep_some, sweep, sizeof(*sweep)))
			return progress;
		*matched += sweep->matched;
		progress = true;
	} while (sweep->next != 0 && monotonic_us() - began < TELEMETRY_SWEEP_US);
	return true;
}

void answer_kill_each(struct la_stack *stack, const char *params, struct rte_tel_data *out)
{
	struct sweep sweep = { .reset = false };
	uint64_t from, matched = 0;
	struct la_worker *worker;
	unsigned int number;

	if (!order_parse(params, &from, &sweep)) {
		answer_error(out, "/lastack/kill_each takes FROM,reset or FROM,count, and a filter "
				  "or \"all\"");
		return;
	}
	number = (unsigned int)(from >> 32);
	worker = la_stack_worker(stack, number);
	if (worker == NULL) {
		answer_error(out, "there is no worker %u", number);
		return;
	}
	sweep.next = (uint32_t)from;
	if (!sweep_on(out, worker, &sweep, &matched))
		return;
	rte_tel_data_start_dict(out);
	rte_tel_data_add_dict_u64(out, "next", answer_next(stack, number, sweep.next));
	rte_tel_data_add_dict_u64(out, sweep.reset ? "killed" : "matched", matched);
}
