/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * idle: very many connections at once, in phases. All are opened, all rest, each carries a request
 * and a response, each is closed: by the peer, or by us, and then those wait out their 2MSL while
 * others come and go.
 *
 * One worker, and the stateless peer behind its only port. A line for each million and each phase,
 * with the cycles of the peer taken off.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_common.h>

#include "bench.h"
#include "lastack.h"
#include "meter.h"
#include "stateless.h"

#define EVERY 1000000U       /* connections for each line of a phase, and least in a measurement */
#define STEPS_PER_BREATH 16U /* opened, asked or closed by us in a breath */
#define UNDER_WAY_MAX 4096U  /* opened by us and not yet answered */
#define STALLED_US 10000000U /* what we do comes to all before so long goes by without one */
#define SWEEPS_MAX 8U        /* repetitions of a walk */
#define QUIET_US 300000U     /* nothing came for so long: what is missing does not come by itself */
#define HAND_BACK_US 10000000U /* until then all flights are handed back */
#define MARK 256U              /* of so many TIME-WAIT records one is watched */
#define CHURN_LINE_US 5000000U
#define SHARE_LEAST 0.95 /* of the processor */
#define HALF_OPEN 16384U
#define FLIGHTS 16384U /* what rests needs none */
#define MBUFS 16384U

/* The network of the run; nothing of it leaves the process. */
#define OWN_ADDRESS 0xc6120001U /* 198.18.0.1 */
#define GATEWAY 0xc6120002U     /* 198.18.0.2: the peers are behind it */
#define PEERS 0xc6130001U       /* 198.19.0.1 and on */
#define OWN_PORT 5001U

struct idle {
	struct bench *bench;
	uint32_t connections;
	uint32_t time_waits; /* records */
	uint32_t to_end;     /* how many we close; the peer closes the others */
	bool active;         /* we open, ask and close; else the peer opens and asks */
	uint16_t request, response;
	uint64_t msl_us;
	struct la_stack *stack;
	struct la_worker *worker;
	struct stateless *peer;
	uint32_t *notebook; /* NULL: the peer asks */
	struct meter meter;
	uint64_t opening, may_open;        /* by us, so far and at most */
	uint32_t at;                       /* the record that our step comes to next */
	uint32_t stepped;                  /* records that it came to in this phase */
	uint64_t answer_bytes;             /* that we read */
	uint64_t *entered_us, *expired_us; /* of every MARKth TIME-WAIT record */
	uint32_t marks_entered, marks_expired, marks;
	unsigned int stat_established, stat_done, stat_entered, stat_expired, stat_recycled;
};

static bool fail(const struct idle *idle, const char *what)
{
	fprintf(stderr, "lastack-bench: IDLE: %s\n", what);
	return false;
}

static uint64_t now_us(const struct idle *idle)
{
	return la_worker_now_us(idle->worker);
}

/* A signal asked for an end. */
static bool cut_short(const struct idle *idle)
{
	if (idle->bench->stop_asked())
		idle->bench->cut_short = true;
	return idle->bench->cut_short;
}

/* ---- phases ---------------------------------------------------------------------------------- */

/* Something that happens to all of them: by a walk of the peer, or by what we do in each breath. */
struct phase {
	const char *name;
	void (*step)(struct idle *idle); /* NULL: the peer walks */
	enum stateless_walk walk;
	uint64_t first, count; /* the connections that the walk comes to */
	uint64_t wanted;       /* how many of them it happens to */
	/* How many times it happened so far. */
	uint64_t (*done)(const struct idle *idle);
	struct cost sum;
};

static uint64_t opened(const struct idle *idle)
{
	return la_worker_stat(idle->worker, idle->stat_established);
}

static uint64_t answered(const struct idle *idle)
{
	if (idle->active)
		return idle->answer_bytes / idle->response;
	return stateless_counts(idle->peer)->response_bytes / idle->response;
}

static uint64_t closed(const struct idle *idle)
{
	return la_worker_stat(idle->worker, idle->stat_done);
}

static uint64_t entered(const struct idle *idle)
{
	return la_worker_stat(idle->worker, idle->stat_entered);
}

/* TIME-WAIT records that are over. */
static uint64_t gone(const struct idle *idle)
{
	return la_worker_stat(idle->worker, idle->stat_expired) +
	       la_worker_stat(idle->worker, idle->stat_recycled);
}

/* Notes when every MARKth record came into TIME-WAIT, and when it went: who came first goes first.
 */
static void watch_time_waits(struct idle *idle)
{
	uint64_t came = entered(idle), went = gone(idle);

	while (idle->marks_entered < idle->marks &&
	       (uint64_t)(idle->marks_entered + 1) * MARK <= came)
		idle->entered_us[idle->marks_entered++] = now_us(idle);
	while (idle->marks_expired < idle->marks &&
	       (uint64_t)(idle->marks_expired + 1) * MARK <= went)
		idle->expired_us[idle->marks_expired++] = now_us(idle);
}

static void walk(struct idle *idle, const struct phase *phase, bool again)
{
	/* Who is lost is asked where he stands; and a FIN that comes twice to TIME-WAIT begins it
	 * anew, a question does not. */
	bool by_notebook = idle->notebook != NULL && !again && phase->walk != STATELESS_OPEN &&
			   phase->count == phase->wanted;

	stateless_begin(idle->peer, phase->walk, phase->first, phase->count, by_notebook);
}

/* Some got lost, or wait for something that does not come by itself. False: it is of no use. */
static bool try_again(struct idle *idle, const struct phase *phase, uint64_t seen,
		      unsigned int *sweeps)
{
	if (phase->step != NULL || (*sweeps)++ == SWEEPS_MAX)
		return fail(idle, "some did not get through, however often it was tried");
	printf("%-12s %11" PRIu64 " and once more over all\n", phase->name, seen);
	walk(idle, phase, true);
	return true;
}

/* Goes on until it happened to all, with walks repeated where some got lost. */
static bool run_phase(struct idle *idle, struct phase *phase)
{
	uint64_t next = EVERY, before = phase->done(idle), seen, last = 0;
	uint64_t quiet_since = now_us(idle);
	uint64_t patience_us = phase->step != NULL ? STALLED_US : QUIET_US;
	struct moment began = meter_now(&idle->meter), chapter = began;
	unsigned int sweeps = 0;
	struct cost cost;

	idle->stepped = 0;
	if (phase->step == NULL)
		walk(idle, phase, false);
	while ((seen = phase->done(idle) - before) < phase->wanted && !cut_short(idle)) {
		if (phase->step != NULL)
			phase->step(idle);
		meter_breathe(&idle->meter);
		watch_time_waits(idle);
		if (seen >= next && phase->wanted > EVERY) {
			cost = meter_cost(&idle->meter, &chapter, EVERY);
			cost_print(&cost, phase->name, seen, stdout);
			chapter = meter_now(&idle->meter);
			next += EVERY;
		}
		if (seen != last || !stateless_is_quiet(idle->peer)) {
			last = seen;
			quiet_since = now_us(idle);
		} else if (now_us(idle) - quiet_since > patience_us) {
			if (!try_again(idle, phase, seen, &sweeps))
				return false;
			quiet_since = now_us(idle);
		}
	}
	cost = meter_cost(&idle->meter, &began, seen);
	cost_add(&phase->sum, &cost);
	return !idle->bench->cut_short;
}

static void add_figure(struct idle *idle, const char *name, const char *what, double value,
		       const char *unit)
{
	char text[EXTRA_NAME_SIZE];

	snprintf(text, sizeof(text), "%s_%s", name, what);
	extras_add(&idle->bench->extras, text, value, unit);
}

/* What a whole phase cost, for people and for programs. */
static void report_cost(struct idle *idle, const char *name, const struct cost *cost)
{
	char text[32];

	if (cost->count == 0 || cost->segments == 0)
		return;
	snprintf(text, sizeof(text), "= %s", name);
	cost_print(cost, text, cost->count, stdout);
	add_figure(idle, name, "cycles", cost->stack_cycles / (double)cost->count, "cycles");
	add_figure(idle, name, "segment_cycles", cost->stack_cycles / (double)cost->segments,
		   "cycles");
	add_figure(idle, name, "peer_cycles", cost->peer_cycles / (double)cost->count, "cycles");
	add_figure(idle, name, "rate", (double)cost->count / cost->cpu_s, "1/s of lcore");
}

static void print_usage(const struct idle *idle, const char *when)
{
	struct la_usage usage;

	la_worker_usage(idle->worker, &usage);
	printf("%s: connections %u, flights %u, half-open %u, time-waits %u, table %u, timers "
	       "%u, mbufs %u\n",
	       when, usage.connections, usage.flights, usage.embryos, usage.time_waits,
	       usage.table_entries, usage.timers, usage.mbufs);
	fflush(stdout);
}

/* What a breath costs in which there is nothing to do, however many there are. */
static void hold(struct idle *idle, uint64_t duration_us)
{
	uint64_t until = now_us(idle) + duration_us, breaths = 0;
	struct moment began = meter_now(&idle->meter);
	struct cost cost;

	while (now_us(idle) < until && !cut_short(idle)) {
		la_worker_poll(idle->worker);
		breaths++;
	}
	cost = meter_cost(&idle->meter, &began, breaths);
	if (breaths > 0)
		add_figure(idle, "rest", "breath_cycles", cost.stack_cycles / (double)breaths,
			   "cycles");
}

/* All are open, nothing moves, and flights are handed back. */
static bool rest(struct idle *idle)
{
	uint64_t since = now_us(idle);
	struct la_usage usage;

	do {
		for (unsigned int i = 0; i < 1024; i++)
			la_worker_poll(idle->worker);
		la_worker_usage(idle->worker, &usage);
		if (now_us(idle) - since > HAND_BACK_US)
			return fail(idle, "flights were not handed back");
	} while (usage.flights > 0);
	print_usage(idle, "at rest");
	if (usage.connections != idle->connections)
		return fail(idle, "not all are open at once");
	return !cut_short(idle);
}

/* ---- what we do ------------------------------------------------------------------------------ */

static void read_answer(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct idle *idle = data;

	idle->answer_bytes += la_recv_skip(worker, conn, SIZE_MAX);
}

/* Opens some, each to an end of its own. */
static void open_some(struct idle *idle)
{
	static const struct la_service service = { .name = "requests", .data = read_answer };

	for (unsigned int i = 0; i < STEPS_PER_BREATH; i++) {
		struct la_endpoint remote =
			stateless_endpoint(idle->peer, idle->opening % idle->connections);
		struct la_conn conn;

		if (idle->opening == idle->may_open ||
		    idle->opening - opened(idle) >= UNDER_WAY_MAX ||
		    la_connect(idle->worker, NULL, &remote, &service, idle, NULL, &conn) != 0)
			break;
		idle->opening++;
	}
}

static void ask_one(void *arg, struct la_worker *worker, struct la_conn conn)
{
	static const char request[STATELESS_TEXT_MOST];
	struct idle *idle = arg;

	la_send(worker, conn, request, idle->request, 0);
	idle->stepped++;
}

static void ask_some(struct idle *idle)
{
	if (idle->stepped < idle->connections)
		idle->at = la_worker_each(idle->worker, idle->at, STEPS_PER_BREATH, ask_one, idle);
}

static void end_one(void *arg, struct la_worker *worker, struct la_conn conn)
{
	struct idle *idle = arg;

	if (idle->stepped < idle->to_end && la_end(worker, conn) == 0)
		idle->stepped++;
}

/* Our FIN first; what we leave is the peer's to close. */
static void end_some(struct idle *idle)
{
	if (idle->stepped < idle->to_end)
		idle->at = la_worker_each(idle->worker, idle->at, STEPS_PER_BREATH, end_one, idle);
}

/* ---- TIME-WAIT ------------------------------------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return left < right ? -1 : left > right;
}

static bool judge_lateness(struct idle *idle)
{
	int64_t *late = (int64_t *)idle->expired_us;
	uint32_t marks = idle->marks;

	/* Records that made room for others did not wait for 2MSL. */
	if (marks == 0 || la_worker_stat(idle->worker, idle->stat_recycled) > 0)
		return true;
	for (uint32_t i = 0; i < marks; i++)
		late[i] = (int64_t)(idle->expired_us[i] - idle->entered_us[i]) -
			  (int64_t)(2 * idle->msl_us);
	qsort(late, marks, sizeof(late[0]), by_size);
	printf("TIME-WAIT: each %u-th of %u watched; later than 2MSL by %" PRId64 " us (least), "
	       "%" PRId64 " (half), %" PRId64 " (99 %%), %" PRId64 " (99.9 %%), %" PRId64
	       " (most)\n",
	       MARK, idle->time_waits, late[0], late[marks / 2], late[(uint64_t)marks * 99 / 100],
	       late[(uint64_t)marks * 999 / 1000], late[marks - 1]);
	add_figure(idle, "time_wait", "late_half", (double)late[marks / 2], "us");
	add_figure(idle, "time_wait", "late_most", (double)late[marks - 1], "us");
	/* A record counts from the tick in which the breath lay. */
	return late[0] >= -100 || fail(idle, "TIME-WAIT ended early");
}

/* Fresh connections come, ask, are answered and go, until all TIME-WAIT records are over. */
static bool churn(struct idle *idle)
{
	uint64_t first = idle->connections, before = closed(idle), told = before;
	uint64_t next_line = now_us(idle) + CHURN_LINE_US;
	struct moment began = meter_now(&idle->meter), chapter = began;
	struct cost cost;

	stateless_live(idle->peer, STATELESS_ASK_AND_CLOSE);
	stateless_begin(idle->peer, STATELESS_OPEN, first, EVERY, false);
	while (gone(idle) < entered(idle) && !cut_short(idle)) {
		meter_breathe(&idle->meter);
		watch_time_waits(idle);
		if (stateless_progress(idle->peer) == EVERY) {
			first += EVERY;
			stateless_begin(idle->peer, STATELESS_OPEN, first, EVERY, false);
		}
		if (now_us(idle) > next_line) {
			cost = meter_cost(&idle->meter, &chapter, closed(idle) - told);
			cost_print(&cost, "churn", closed(idle) - before, stdout);
			told = closed(idle);
			chapter = meter_now(&idle->meter);
			next_line += CHURN_LINE_US;
		}
	}
	cost = meter_cost(&idle->meter, &began, closed(idle) - before);
	report_cost(idle, "churn", &cost);
	meter_print_breaths(&idle->meter, stdout);
	stateless_begin(idle->peer, STATELESS_REST, 0, 1, false);
	return !idle->bench->cut_short && judge_lateness(idle);
}

/* ---- the service ----------------------------------------------------------------------------- */

static void serve_data(struct la_worker *worker, struct la_conn conn, void *data)
{
	static const char response[STATELESS_TEXT_MOST];
	const struct idle *idle = data;

	if (la_recv_ready(worker, conn) < idle->request)
		return;
	la_recv_skip(worker, conn, idle->request);
	la_send(worker, conn, response, idle->response, 0);
}

static void serve_end(struct la_worker *worker, struct la_conn conn, void *data)
{
	la_end(worker, conn);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static bool build_stack(struct idle *idle)
{
	struct la_stack_config config;
	struct la_error err;

	la_stack_config_init(&config);
	config.max_connections = idle->connections;
	config.max_flights = FLIGHTS;
	config.max_embryos = HALF_OPEN;
	config.max_time_waits = idle->time_waits > 0 ? idle->time_waits : 1;
	config.mbufs = MBUFS;
	config.msl_us = idle->msl_us;
	printf("reserves %.1f MiB\n", (double)la_stack_memory(&config) / 1048576.0);
	if (la_stack_create(&config, &idle->stack, &err) != 0)
		return fail(idle, err.text);
	idle->worker = la_stack_worker(idle->stack, 0);
	return true;
}

static bool build_peer(struct idle *idle)
{
	struct stateless_config config = {
		.peer_mac = { 2, 0, 0, 0, 0, 2 },
		.stack_mac = { 2, 0, 0, 0, 0, 1 },
		.gateway = GATEWAY,
		.stack = OWN_ADDRESS,
		.stack_port = OWN_PORT,
		.first_peer = PEERS,
		.request = idle->request,
		.response = idle->response,
		.offer = idle->bench->options->offer,
		.mbufs = la_worker_mempool(idle->worker),
	};

	if (idle->bench->options->notebook) {
		idle->notebook = calloc(idle->connections, sizeof(uint32_t));
		config.notebook = idle->notebook;
		config.noted = idle->notebook != NULL ? idle->connections : 0;
	}
	idle->peer = stateless_create(&config);
	if (idle->peer == NULL || idle->bench->options->notebook != (idle->notebook != NULL))
		return fail(idle, "no memory for the peer");
	return true;
}

static bool build_network(struct idle *idle)
{
	static const struct la_service service = { .name = "fixed response",
						   .data = serve_data,
						   .peer_closed = serve_end };
	struct la_port_config port = { .name = "stateless",
				       .ops = stateless_ops(),
				       .ctx = idle->peer,
				       .mac = { 2, 0, 0, 0, 0, 1 },
				       .flags = LA_PORT_TX_HANDOVER };
	struct la_addr own = la_addr_from_ipv4(OWN_ADDRESS);
	struct la_addr gateway = la_addr_from_ipv4(GATEWAY), everywhere = la_addr_from_ipv4(0);
	struct la_endpoint local = { .addr = own, .port = OWN_PORT };
	struct la_error err;

	if (la_port_add(idle->stack, &port, &err) < 0 ||
	    la_address_add(idle->stack, 0, &own, 24, &err) < 0 ||
	    la_route_add(idle->stack, 0, &everywhere, 0, &gateway, &err) < 0 ||
	    la_listen(idle->stack, &local, &service, idle, NULL, &err) < 0)
		return fail(idle, err.text);
	/* lastackctl may look in. */
	if (la_telemetry_start(idle->stack, &err) != 0)
		return fail(idle, err.text);
	meter_init(&idle->meter, idle->worker, idle->peer);
	return true;
}

/* One round over all. */
struct round {
	struct phase open, request, end, close;
};

static bool run_round(struct idle *idle, struct round *round, bool first)
{
	idle->may_open += round->open.wanted;
	if (!run_phase(idle, &round->open))
		return false;
	if (first) {
		if (!rest(idle))
			return false;
		hold(idle, idle->bench->options->duration_us);
	}
	idle->at = 0;
	if (!run_phase(idle, &round->request) || (first && !rest(idle)))
		return false;
	idle->at = 0;
	if (idle->to_end > 0) {
		if (!run_phase(idle, &round->end))
			return false;
		if (first)
			print_usage(idle, "in TIME-WAIT");
	}
	return round->close.wanted == 0 || run_phase(idle, &round->close);
}

/*
 * Opens, asks and closes all, over and over where they are few, so that there is enough of it: for
 * --duration at most.
 */
static bool run_rounds(struct idle *idle)
{
	const uint32_t all = idle->connections;
	void (*opens)(struct idle *) = idle->active ? open_some : NULL;
	void (*asks)(struct idle *) = idle->active ? ask_some : NULL;
	/* The first one alone: it waits for ARP. */
	struct phase alone = { "first", opens, STATELESS_OPEN, 0, 1, 1, opened, { 0 } };
	struct round round = {
		{ "open", opens, STATELESS_OPEN, 1, all - 1, all - 1, opened, { 0 } },
		{ "request", asks, STATELESS_REQUEST, 0, all, all, answered, { 0 } },
		{ "end", end_some, STATELESS_REST, 0, 0, idle->to_end, entered, { 0 } },
		{ "close", NULL, STATELESS_CLOSE, 0, all, all - idle->to_end, closed, { 0 } },
	};
	bool once = all >= EVERY || (idle->to_end > 0 && !idle->active);
	unsigned int rounds = once ? 1 : EVERY / all;
	uint64_t until = 0;
	bool good;

	idle->may_open = 1;
	good = run_phase(idle, &alone);
	for (unsigned int i = 0; good && i < rounds; i++) {
		good = run_round(idle, &round, i == 0);
		round.open.first = 0;
		round.open.count = round.open.wanted = all;
		if (i == 0)
			until = now_us(idle) + idle->bench->options->duration_us;
		else if (now_us(idle) > until)
			break;
	}
	report_cost(idle, "open", &round.open.sum);
	report_cost(idle, "request", &round.request.sum);
	report_cost(idle, "end", &round.end.sum);
	report_cost(idle, "close", &round.close.sum);
	meter_print_breaths(&idle->meter, stdout);
	return good && (idle->to_end == 0 || churn(idle));
}

static bool nothing_is_left(struct idle *idle)
{
	const struct stateless_counts *counts = stateless_counts(idle->peer);
	uint64_t since = now_us(idle);
	struct la_usage usage;

	while (now_us(idle) - since < 2 * QUIET_US)
		la_worker_poll(idle->worker);
	print_usage(idle, "at the end");
	la_worker_usage(idle->worker, &usage);
	printf("peer: SYN %" PRIu64 ", probes %" PRIu64 ", requests %" PRIu64 ", FIN %" PRIu64
	       " out; SYN-ACK %" PRIu64 ", responses %" PRIu64 ", FIN %" PRIu64 ", RST %" PRIu64
	       " in; lost %" PRIu64 ", bad %" PRIu64 "\n",
	       counts->syns, counts->probes, counts->requests, counts->fins, counts->established,
	       counts->responses, counts->fins_in, counts->resets_in, counts->lost, counts->bad);
	for (unsigned int i = 0; i < la_drop_count(); i++)
		if (la_worker_drop(idle->worker, i) > 0)
			printf("drop %s %" PRIu64 "\n", la_drop_name(i),
			       la_worker_drop(idle->worker, i));
	if (usage.connections + usage.embryos + usage.time_waits + usage.table_entries +
		    usage.mbufs >
	    0)
		return fail(idle, "something is left");
	if (counts->bad > 0 || counts->resets_in > 0)
		return fail(idle, "frames that should not have been sent so");
	return true;
}

/* Cycles are those of this thread, but whoever else runs here empties the caches. */
static void judge_run(struct idle *idle)
{
	struct bench *bench = idle->bench;
	double share = clock_share(&bench->before.clock, &bench->after.clock);
	uint64_t lost = stateless_counts(idle->peer)->lost;
	uint64_t again = la_worker_stat(idle->worker, idle->meter.stat_retransmits);

	if (share < SHARE_LEAST)
		doubts_add(&bench->doubts, "processor",
			   "this thread had %.0f %% of its processor: others used the caches too",
			   share * 100);
	if (lost > 0)
		doubts_add(&bench->doubts, "lost", "%" PRIu64 " frames found no room on their way",
			   lost);
	if (again > 0)
		doubts_add(&bench->doubts, "retransmissions",
			   "%" PRIu64 " segments were sent more than once", again);
}

/* False: it came to nothing. What was measured before a signal counts. */
static bool run_all(struct idle *idle)
{
	struct bench *bench = idle->bench;
	bool good;

	if (!build_stack(idle) || !build_peer(idle) || !build_network(idle))
		return false;
	clock_read(&bench->before.clock);
	good = run_rounds(idle);
	clock_read(&bench->after.clock);
	judge_run(idle);
	if (bench->cut_short) {
		printf("(cut short)\n");
		return true;
	}
	return good && nothing_is_left(idle);
}

static bool idle_run(struct bench *bench)
{
	const struct options *options = bench->options;
	struct idle idle = { .bench = bench,
			     .connections = options->connections,
			     .request = (uint16_t)options->request,
			     .response = (uint16_t)options->response,
			     .msl_us = options->msl_us,
			     .active = options->active,
			     .stat_established = meter_stat("established"),
			     .stat_done = meter_stat("closed_done"),
			     .stat_entered = meter_stat("time_wait_entered"),
			     .stat_expired = meter_stat("time_wait_expired"),
			     .stat_recycled = meter_stat("time_wait_recycled") };
	bool good = false;

	if (options->request > STATELESS_TEXT_MOST || options->response > STATELESS_TEXT_MOST)
		return fail(&idle, "a request and a response fit one segment: at most 1400 bytes");
	if (options->connections < 2)
		return fail(&idle, "two connections at least");
	if (options->active && options->closer == CLOSER_SERVER)
		return fail(&idle,
			    "the end that opens closes as well: --active with --closer server");
	if (options->active || options->closer == CLOSER_SERVER)
		idle.time_waits = RTE_MIN(options->time_waits, options->connections);
	idle.to_end = options->active ? options->connections : idle.time_waits;
	idle.marks = idle.time_waits / MARK;
	idle.entered_us = calloc(idle.marks + 1U, sizeof(uint64_t));
	idle.expired_us = calloc(idle.marks + 1U, sizeof(uint64_t));
	if (idle.entered_us != NULL && idle.expired_us != NULL)
		good = run_all(&idle);
	if (idle.stack != NULL)
		la_telemetry_stop(idle.stack);
	stateless_destroy(idle.peer);
	la_stack_destroy(idle.stack);
	free(idle.notebook);
	free(idle.expired_us);
	free(idle.entered_us);
	return good;
}

const struct test test_idle = {
	.name = "IDLE",
	.summary = "very many connections: opened, at rest, one request each, closed",
	.unit = "connections",
	.unit_one = "connection",
	.exchange = EXCHANGE_IDLE,
	.takes = TAKES_REQUEST | TAKES_RESPONSE | TAKES_CLOSER | TAKES_MANY,
	.defaults = { .connections = 1000000, .request = 64, .response = 128 },
	.run = idle_run,
};
