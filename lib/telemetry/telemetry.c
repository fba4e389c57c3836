/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * telemetry.c: the /lastack/... commands of DPDK's telemetry socket: their list, and the lock
 * between a question in progress and the end of the stack that it is about.
 *
 * DPDK calls back on threads of its own, one per client. Questions are answered one at a time.
 */
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rte_telemetry.h>

#include "lastack.h"
#include "telemetry/answer.h"

struct endpoint {
	const char *command;
	const char *help;
	void (*answer)(struct la_stack *stack, const char *params, struct rte_tel_data *out);
};

static const struct endpoint endpoints[] = {
	{ "/lastack/info", "Version, process, workers, uptime. No parameter", answer_info },
	{ "/lastack/stats", "Counters of events, all workers. No parameter", answer_stats },
	{ "/lastack/drops", "Drops by reason, those that happened. Parameter: all (zeros too)",
	  answer_drops },
	{ "/lastack/help", "What the counters mean. Parameter: stats or drops", answer_help },
	{ "/lastack/usage", "Records and buffers in use. No parameter", answer_usage },
	{ "/lastack/conns",
	  "Connections, by page. Parameters: next of the page before, or 0; remote=ADDRESS/BITS "
	  "and "
	  "others: lastackctl(8)",
	  answer_conns },
	{ "/lastack/conn", "One connection. Parameters: ID[,WORKER]", answer_conn },
	{ "/lastack/kill", "Resets a connection. Parameters: ID[,WORKER]", answer_kill },
	{ "/lastack/kill_each",
	  "Resets or counts connections. Parameters: next of the answer before, or 0; reset or "
	  "count; terms as of conns, or all",
	  answer_kill_each },
	{ "/lastack/workers", "Each worker, by page. Parameter: next of the page before, or 0",
	  answer_workers },
	{ "/lastack/listeners", "Listeners, by page. Parameter: next of the page before, or 0",
	  answer_listeners },
	{ "/lastack/limits",
	  "Limits of each worker, by page. Parameter: next of the page before, or 0",
	  answer_limits },
	{ "/lastack/limit",
	  "Changes limits. Parameters: connections=N,half_open=N,listener=N; N or all",
	  answer_limit },
	{ "/lastack/listen",
	  "Opens a listener. Parameter: {port: N, service: S, ...} as configured", answer_listen },
	{ "/lastack/listen_end", "Closes a listener. Parameter: its number", answer_listen_end },
	{ "/lastack/ports", "Peers to which no local port was left. Parameter: WORKER, or none: 0",
	  answer_ports },
	{ "/lastack/ladder", "Recent segments, by page. Parameters: CURSOR[,WORKER]",
	  answer_ladder },
	{ "/lastack/ladder_arm",
	  "Chooses what the ladder records. Parameters: remote=ADDRESS,remote_port=N,local_port=N, "
	  "or all, or off",
	  answer_ladder_arm },
};

#define ENDPOINTS (sizeof(endpoints) / sizeof(endpoints[0]))

struct telemetry {
	pthread_mutex_t lock;   /**< held while a question is answered */
	struct la_stack *stack; /**< NULL: none runs; written under the lock */
	unsigned int known;     /**< of the commands are DPDK's, for good */
	/** What opens listeners, and what for; written under the lock. */
	int (*open)(void *ctx, const char *text, struct la_error *err);
	void *open_ctx;
	struct timespec since; /**< when the stack was shown, on the monotonic clock */
};

/*
 * DEVIATION: mutable file-scope state. DPDK's callbacks carry no pointer of ours and can never be
 * unregistered, so what they are about must be found from here, as long as the process lives.
 */
static struct telemetry telemetry = { .lock = PTHREAD_MUTEX_INITIALIZER };

void answer_info(struct la_stack *stack, const char *params, struct rte_tel_data *out)
{
	struct timespec now;
	unsigned int workers = 0;

	if (params[0] != '\0') {
		answer_error(out, "/lastack/info takes no parameter");
		return;
	}
	while (la_stack_worker(stack, workers) != NULL)
		workers++;
	clock_gettime(CLOCK_MONOTONIC, &now);
	rte_tel_data_start_dict(out);
	rte_tel_data_add_dict_string(out, "version", la_version());
	rte_tel_data_add_dict_u64(out, "pid", (uint64_t)getpid());
	rte_tel_data_add_dict_u64(out, "workers", workers);
	rte_tel_data_add_dict_u64(out, "uptime_s", (uint64_t)(now.tv_sec - telemetry.since.tv_sec));
}

/* DPDK's callback, for all commands. A negative return value would answer no more than "null". */
static int telemetry_answer(const char *command, const char *params, struct rte_tel_data *out)
{
	const struct endpoint *endpoint = NULL;

	for (unsigned int i = 0; i < ENDPOINTS; i++) {
		if (strcmp(endpoints[i].command, command) == 0)
			endpoint = &endpoints[i];
	}
	assert(endpoint != NULL); /* DPDK calls back for what was registered and nothing else */
	pthread_mutex_lock(&telemetry.lock);
	if (telemetry.stack == NULL)
		answer_error(out, "no stack is running in this process");
	else
		endpoint->answer(telemetry.stack, params != NULL ? params : "", out);
	pthread_mutex_unlock(&telemetry.lock);
	return 0;
}

/* DPDK takes a command only once: a start after one that failed half way goes on from there. */
static int telemetry_register(struct la_error *err)
{
	while (telemetry.known < ENDPOINTS) {
		const struct endpoint *next = &endpoints[telemetry.known];
		int ret = rte_telemetry_register_cmd(next->command, telemetry_answer, next->help);

		if (ret != 0) {
			if (err != NULL)
				snprintf(err->text, sizeof(err->text),
					 "DPDK telemetry does not take the command %s: %s",
					 next->command, strerror(-ret));
			return ret;
		}
		telemetry.known += 1;
	}
	return 0;
}

int la_telemetry_start(struct la_stack *stack, struct la_error *err)
{
	int ret = 0;

	assert(stack != NULL);
	pthread_mutex_lock(&telemetry.lock);
	if (telemetry.stack != NULL) {
		if (err != NULL)
			snprintf(err->text, sizeof(err->text),
				 "telemetry shows another stack of this process already; "
				 "call la_telemetry_stop() for that one first");
		ret = -EBUSY;
	} else {
		ret = telemetry_register(err);
	}
	if (ret == 0) {
		clock_gettime(CLOCK_MONOTONIC, &telemetry.since);
		telemetry.open = NULL;
		telemetry.stack = stack;
	}
	pthread_mutex_unlock(&telemetry.lock);
	return ret;
}

void la_telemetry_listen(struct la_stack *stack,
			 int (*open)(void *ctx, const char *text, struct la_error *err), void *ctx)
{
	pthread_mutex_lock(&telemetry.lock);
	if (telemetry.stack == stack) {
		telemetry.open = open;
		telemetry.open_ctx = ctx;
	}
	pthread_mutex_unlock(&telemetry.lock);
}

/* Called under the lock, as every answer is. */
int answer_open_listener(const char *text, struct la_error *err)
{
	if (telemetry.open != NULL)
		return telemetry.open(telemetry.open_ctx, text, err);
	snprintf(err->text, sizeof(err->text), "this process opens no listeners while it runs");
	return -ENOTSUP;
}

void la_telemetry_stop(struct la_stack *stack)
{
	assert(stack != NULL);
	pthread_mutex_lock(&telemetry.lock);
	if (telemetry.stack == stack)
		telemetry.stack = NULL;
	pthread_mutex_unlock(&telemetry.lock);
}
