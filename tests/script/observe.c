/* SPDX-License-Identifier: BSD-3-Clause */
/* What a script looks at from outside: states, counters, pools. */
#include "harness.h"

#include <assert.h>
#include <stdio.h>

/**
 * Where the current connection stands: a full one is asked itself; of the records without a handle
 * the pools say that there is one and the ladder which one it is.
 */
static enum la_state state_now(struct where where)
{
	struct flow *flow = stage_current(where);
	struct la_usage usage;
	struct la_status status;

	la_worker_usage(stage.worker, &usage);
	if (flow->user >= 0 && stage.users[flow->user].alive) {
		if (la_status(stage.worker, stage.users[flow->user].conn, &status) != 0)
			stage_fail(where, "the handle is dead and the service was not told");
		return status.state;
	}
	if (flow->state == LA_SYN_RECEIVED && usage.embryos > 0)
		return LA_SYN_RECEIVED;
	if (flow->state == LA_TIME_WAIT && usage.time_waits > 0)
		return LA_TIME_WAIT;
	if (usage.connections == 0 && (usage.embryos > 0 || usage.time_waits > 0) &&
	    stage.user_count <= 1)
		return flow->state;
	return LA_CLOSED;
}

void script_state_is(struct where where, enum la_state state)
{
	enum la_state now = state_now(where);

	/* A record that is gone leaves the listener behind, if there is one. */
	if (now == LA_CLOSED && state == LA_LISTEN && stage.listener >= 0)
		return;
	if (now != state)
		stage_fail(where, "the state is %s, not %s", la_state_name(now),
			   la_state_name(state));
}

int64_t script_stat(struct where where, const char *name)
{
	unsigned int i;

	stage_current(where);
	for (i = 0; i < la_stat_count(); i++)
		if (strcmp(la_stat_name(i), name) == 0)
			break;
	if (i == la_stat_count())
		stage_fail(where, "there is no counter \"%s\"", name);
	return (int64_t)(la_worker_stat(stage.worker, i) - stage.stats[i]);
}

int64_t script_drop(struct where where, const char *name)
{
	unsigned int i;

	stage_current(where);
	for (i = 0; i < la_drop_count(); i++)
		if (la_drop_name(i) != NULL && strcmp(la_drop_name(i), name) == 0)
			break;
	if (i == la_drop_count())
		stage_fail(where, "there is no drop reason \"%s\"", name);
	return (int64_t)(la_worker_drop(stage.worker, i) - stage.drops[i]);
}

void script_equal(struct where where, const char *what, int64_t got, int64_t expected)
{
	if (got != expected)
		stage_fail(where, "%s is %lld, not %lld", what, (long long)got,
			   (long long)expected);
}

void script_must(struct where where, bool holds, const char *what)
{
	if (!holds)
		stage_fail(where, "does not hold: %s", what);
}

const struct la_usage *script_usage(void)
{
	static struct la_usage usage;

	la_worker_usage(stage.worker, &usage);
	return &usage;
}

const struct la_status *script_status(struct where where)
{
	static struct la_status status;

	if (la_status(stage.worker, service_user(where)->conn, &status) != 0)
		stage_fail(where, "the handle is dead");
	return &status;
}

void script_nothing_leaked(struct where where)
{
	const struct la_usage *usage;

	stage_current(where);
	usage = script_usage();
	script_equal(where, "connections in use", usage->connections, 0);
	script_equal(where, "embryos in use", usage->embryos, 0);
	script_equal(where, "TIME-WAIT records in use", usage->time_waits, 0);
	script_equal(where, "flights in use", usage->flights, 0);
	script_equal(where, "entries in the table", usage->table_entries, 0);
	script_equal(where, "timers armed", usage->timers, stage.baseline.timers);
	script_equal(where, "datagrams in reassembly", usage->fragments, 0);
	script_equal(where, "packets waiting for ARP", usage->neighbour_waiting, 0);
	script_equal(where, "packet buffers in use", usage->mbufs, stage.baseline.mbufs);
}
