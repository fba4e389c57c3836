/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_mbuf.h>

#include "config/tcp_constants.h"
#include "router.h"
#include "sim.h"

#define RUNGS_PER_READ 64U

/* ---- notes ---- */

static uint64_t run_us(const struct sim *sim)
{
	return sim->now_us - sim->scenario.epoch_us;
}

void sim_note(struct sim *sim, const struct side *side, const char *what, uint64_t value)
{
	digest_word(&sim->digest, sim->now_us);
	digest_word(&sim->digest, 2U * side->session_index + side->which);
	digest_bytes(&sim->digest, what, strlen(what));
	digest_word(&sim->digest, value);
	if (sim->verbose)
		printf("%12.6f  session %u side %u (host %u): %s %" PRIu64 "\n",
		       (double)run_us(sim) / 1e6, side->session_index, side->which,
		       side->params->host + 1, what, value);
}

static void frame_note(struct sim *sim, unsigned int host, const uint8_t *bytes, size_t size)
{
	struct frame frame;
	char text[FRAME_TEXT_SIZE];

	digest_word(&sim->digest, sim->now_us);
	digest_word(&sim->digest, host);
	digest_bytes(&sim->digest, bytes, size);
	pcap_write(&sim->pcap, sim->now_us, bytes, size);
	if (!sim->verbose)
		return;
	frame_parse(bytes, size, &frame);
	printf("%12.6f  %s\n", (double)run_us(sim) / 1e6, frame_print(&frame, text, sizeof(text)));
}

/* Half of the probing runs look for an active opener's number, half for a passive one's. */
static void probe_frame(struct sim *sim, const uint8_t *bytes, size_t size)
{
	uint8_t wanted = sim->scenario.seed % 2 == 0 ? FRAME_SYN : FRAME_SYN | FRAME_ACK;
	struct frame frame;

	frame_parse(bytes, size, &frame);
	if (sim->probed || frame.kind != FRAME_TCP || frame.flags != wanted)
		return;
	sim->probed = true;
	sim->probed_isn = frame.seq;
}

/* ---- the switch between the hosts ---- */

static uint32_t quantum_of(const struct sim *sim, unsigned int end)
{
	return end < sim->scenario.host_count ? sim->scenario.hosts[end].poll_quantum_us : 1;
}

static void switch_send(struct sim *sim, unsigned int from, unsigned int to, const uint8_t *bytes,
			size_t size)
{
	struct link_departure departure = {
		.now_us = sim->now_us,
		.from = (uint8_t)from,
		.to = (uint8_t)to,
		.quantum_us = quantum_of(sim, to),
		.calm = sim->calm,
	};

	uint8_t answer[ROUTER_TOO_BIG_BYTES];

	if (sim->mutant == MUTANT_HARM && !sim->lonely)
		departure.now_us += MUTANT_HARM_US;
	if (link_send(&sim->links[from][to], &sim->wire, &departure, bytes, size))
		return;
	router_too_big(bytes, sim->links[from][to].params.hole, SWARM_ROUTER, answer);
	departure.from = (uint8_t)to;
	departure.to = (uint8_t)from;
	departure.quantum_us = quantum_of(sim, from);
	link_send(&sim->links[to][from], &sim->wire, &departure, answer, sizeof(answer));
}

void sim_frame_sent(struct sim *sim, unsigned int host, uint8_t *bytes, size_t size)
{
	static const uint8_t prefix[5] = { 0x02, 0, 0, 0, 0 };
	unsigned int to, ends = swarm_ends(&sim->scenario);

	mutant_sent(sim, bytes, size);
	if (sim->probing)
		probe_frame(sim, bytes, size);
	frame_note(sim, host, bytes, size);
	oracle_frame_sent(sim, host, bytes, size);
	if (bytes[0] & 1) {
		for (to = 0; to < ends; to++) {
			if (to != host)
				switch_send(sim, host, to, bytes, size);
		}
		return;
	}
	to = bytes[5] - 1U;
	if (memcmp(bytes, prefix, sizeof(prefix)) != 0 || to >= ends || to == host)
		oracle_fail(sim, "frame", "host %u sends to a MAC address that nobody has",
			    host + 1);
	else
		switch_send(sim, host, to, bytes, size);
}

void sim_rogue_sent(struct sim *sim, unsigned int to, const uint8_t *bytes, size_t size)
{
	frame_note(sim, sim->scenario.host_count, bytes, size);
	switch_send(sim, sim->scenario.host_count, to, bytes, size);
}

static void deliver_due(struct sim *sim)
{
	while (wire_next_us(&sim->wire) <= sim->now_us) {
		struct wire_frame frame = wire_take(&sim->wire);

		mutant_arriving(sim, frame.bytes, frame.size);
		if (frame.to < sim->scenario.host_count) {
			host_deliver(&sim->hosts[frame.to], &frame);
			continue;
		}
		rogues_deliver(sim, &frame);
		free(frame.bytes);
	}
}

/* ---- one moment ---- */

static void read_ladder(struct sim *sim, struct host *host, unsigned int worker)
{
	struct host_worker *own = &host->workers[worker];
	struct la_rung rungs[RUNGS_PER_READ];
	unsigned int i, count;

	do {
		count = la_ladder_read(own->worker, &own->ladder_cursor, rungs, RUNGS_PER_READ);
		for (i = 0; i < count; i++) {
			struct sim_rung *kept = &sim->rungs[sim->rung_count++ % SIM_RUNGS_KEPT];

			kept->host = (uint8_t)host->index;
			kept->worker = (uint8_t)worker;
			kept->rung = rungs[i];
			oracle_rung(sim, host->index, worker, &rungs[i]);
		}
	} while (count == RUNGS_PER_READ);
}

static bool is_due(struct sim *sim, const struct host *host, unsigned int worker, bool again)
{
	uint64_t next_us;

	if (host_worker_pending(host, worker))
		return true;
	next_us = host_worker_next_us(host, worker);
	return (again ? mutant_next_event(sim, next_us) : next_us) <= sim->now_us;
}

/* Polls once, in an order that is drawn, each worker that is due, or every one. True if any was. */
static bool poll_round(struct sim *sim, struct host *host, unsigned int round, bool everyone)
{
	unsigned int order[HOST_WORKERS_MAX], i;
	bool polled = false;

	host_order(host, round, order);
	for (i = 0; i < host->worker_count; i++) {
		unsigned int worker = order[i];

		if (host_is_late(host, worker) ||
		    (!everyone && !is_due(sim, host, worker, round > 0)) ||
		    (round == 0 && host_draw_late(host, worker)))
			continue;
		polled = true;
		host_poll(host, worker);
		read_ladder(sim, host, worker);
		if (!oracle_failed(&sim->oracle.violation))
			oracle_breath(sim, host->index, worker);
		if (oracle_failed(&sim->oracle.violation))
			return false;
	}
	return polled;
}

/* Polls the workers until they have nothing to do at this moment. */
static void breathe(struct sim *sim, struct host *host, bool acted)
{
	unsigned int round;

	for (round = 0; round < SIM_POLLS_MAX; round++) {
		if (!poll_round(sim, host, round, acted && round == 0)) {
			if (round > 0)
				oracle_homes(sim, host->index);
			return;
		}
	}
	oracle_fail(sim, "spin", "host %u is polled %u times in one moment and wants more",
		    host->index + 1, SIM_POLLS_MAX);
}

static void stop_if_due(struct sim *sim, struct host *host)
{
	if (host->stopped || host->params->stop_us == 0 || run_us(sim) < host->params->stop_us)
		return;
	host->stopped = true;
	la_stack_stop(host->stack, host->params->stop_grace_us);
}

static void host_moment(struct sim *sim, struct host *host)
{
	bool stopped = host->stopped;
	bool acted;

	stop_if_due(sim, host);
	acted = app_run(sim, host->index) || stopped != host->stopped;
	if (oracle_failed(&sim->oracle.violation))
		return;
	breathe(sim, host, acted);
	if (host->hostage == NULL && mutant_once(sim, MUTANT_LEAK))
		host->hostage = rte_pktmbuf_alloc(la_worker_mempool(host->workers[0].worker));
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t next_moment(const struct sim *sim)
{
	uint64_t next = earlier(wire_next_us(&sim->wire), rogues_next_us(sim));
	unsigned int h;

	next = earlier(next, sim->flood.next_us);
	if (!sim->calm)
		next = earlier(next, sim->scenario.epoch_us + sim->scenario.faults_us);
	for (h = 0; h < sim->scenario.host_count; h++) {
		const struct host *host = &sim->hosts[h];

		next = earlier(next, host_next_event_us(host));
		next = earlier(next, app_next_us(sim, h));
		if (!host->stopped && host->params->stop_us > 0)
			next = earlier(next, sim->scenario.epoch_us + host->params->stop_us);
	}
	return next;
}

static bool all_over(struct sim *sim)
{
	unsigned int h;

	if (sim->wire.count > 0 || !app_finished(sim))
		return false;
	app_destroy(sim);
	for (h = 0; h < sim->scenario.host_count; h++) {
		if (!oracle_is_empty(sim, h) || host_pending(&sim->hosts[h]))
			return false;
	}
	return true;
}

static void moment(struct sim *sim)
{
	unsigned int h, first;

	sim->steps++;
	if (!sim->calm && run_us(sim) >= sim->scenario.faults_us) {
		sim->calm = true;
		for (h = 0; h < sim->scenario.host_count; h++)
			host_calm(&sim->hosts[h]);
	}
	deliver_due(sim);
	rogues_run(sim);
	flood_run(sim);
	/*
	 * Who comes first changes: no host may rely on being first. It follows from the time and
	 * not from how many moments there were: one in which nothing happens changes nothing.
	 */
	first = (unsigned int)(prng_mix(sim->now_us) % sim->scenario.host_count);
	for (h = 0; h < sim->scenario.host_count; h++) {
		unsigned int which = (h + first) % sim->scenario.host_count;

		host_moment(sim, &sim->hosts[which]);
		if (oracle_failed(&sim->oracle.violation))
			return;
	}
}

static void loop(struct sim *sim)
{
	uint64_t end_us = sim->scenario.epoch_us + sim->scenario.faults_us + sim->scenario.bound_us;

	while (!oracle_failed(&sim->oracle.violation)) {
		uint64_t next_us;

		moment(sim);
		if (oracle_failed(&sim->oracle.violation) || sim->probed || all_over(sim))
			break;
		next_us = next_moment(sim);
		if (next_us > end_us || sim->steps > SIM_STEPS_MAX) {
			oracle_overdue(sim);
			break;
		}
		sim->now_us = next_us > sim->now_us ? next_us : sim->now_us + 1;
	}
	if (!oracle_failed(&sim->oracle.violation) && !sim->probing)
		oracle_end(sim);
}

/* ---- the run ---- */

static void print_flags(uint8_t flags, char *buf)
{
	unsigned int i, n = 0;

	for (i = 0; i < 6; i++) {
		if (flags & (1U << i))
			buf[n++] = "FSRP.U"[i];
	}
	buf[n] = '\0';
}

static void print_ladder(const struct sim *sim)
{
	uint64_t first = sim->rung_count > SIM_RUNGS_KEPT ? sim->rung_count - SIM_RUNGS_KEPT : 0;
	uint64_t i;

	for (i = first; i < sim->rung_count; i++) {
		const struct sim_rung *kept = &sim->rungs[i % SIM_RUNGS_KEPT];
		const struct la_rung *rung = &kept->rung;
		char flags[8];

		print_flags(rung->flags, flags);
		printf("  %12.6f host %u.%u %5u %s %-3u:%5u ",
		       (double)(rung->time_us - sim->scenario.epoch_us) / 1e6, kept->host + 1,
		       kept->worker, rung->local.port,
		       rung->event == LA_RUNG_STATE ? "--"
		       : rung->sent                 ? "->"
						    : "<-",
		       la_addr_to_ipv4(&rung->remote.addr) & 0xff, rung->remote.port);
		if (rung->event == LA_RUNG_SEGMENT)
			printf("[%-4s] seq %u ack %u win %u len %u ", flags, rung->seq, rung->ack,
			       rung->window, rung->payload);
		printf("%s%s%s%s\n", la_state_name(rung->state),
		       rung->retransmit ? " retransmitted" : "", rung->drop ? " dropped: " : "",
		       rung->drop ? la_drop_name(rung->drop) : "");
	}
}

static void cover_worker(const struct la_worker *worker, struct sim_coverage *coverage)
{
	unsigned int i;

	for (i = 0; i < la_stat_count() && i < SIM_COUNTERS_MAX; i++)
		coverage->stats[i] += la_worker_stat(worker, i);
	for (i = 0; i < la_drop_count() && i < SIM_COUNTERS_MAX; i++)
		coverage->drops[i] += la_worker_drop(worker, i);
}

static void cover(const struct sim *sim, struct sim_coverage *coverage)
{
	unsigned int h, i, j;

	coverage->runs++;
	coverage->steps += sim->steps;
	for (h = 0; h < sim->scenario.host_count; h++) {
		for (i = 0; i < sim->hosts[h].worker_count; i++)
			cover_worker(sim->hosts[h].workers[i].worker, coverage);
		for (j = 0; j < sim->scenario.host_count; j++) {
			const struct link *link = &sim->links[h][j];

			coverage->faults_lost += link->lost;
			coverage->faults_corrupted += link->corrupted;
			coverage->faults_duplicated += link->duplicated;
			coverage->faults_held_back += link->held_back;
			coverage->faults_queue += link->queued_out;
			coverage->faults_marked += link->marked;
			coverage->faults_too_big += link->too_big;
		}
	}
	for (i = 0; i < sim->scenario.session_count; i++) {
		for (j = 0; j < 2; j++) {
			const struct side *side = &sim->app.sides[i][j];

			coverage->bytes += side->received;
			if (side->closed_count > 0)
				coverage->reasons[side->reason]++;
		}
	}
}

static bool set_up(struct sim *sim)
{
	unsigned int h, j;

	wire_init(&sim->wire);
	for (h = 0; h < swarm_ends(&sim->scenario); h++) {
		for (j = 0; j < swarm_ends(&sim->scenario); j++)
			link_init(&sim->links[h][j], &sim->scenario.links[h][j], sim->scenario.seed,
				  h * ENDS_MAX + j);
	}
	for (h = 0; h < sim->scenario.host_count; h++) {
		if (host_create(&sim->hosts[h], sim, h) != 0)
			return false;
	}
	if (oracle_create(sim) != 0 || app_create(sim) != 0)
		return false;
	rogues_create(sim);
	flood_create(sim);
	return true;
}

static void tear_down(struct sim *sim)
{
	unsigned int h;

	app_destroy(sim);
	for (h = 0; h < sim->scenario.host_count; h++)
		host_destroy(&sim->hosts[h]);
	oracle_destroy(sim);
	wire_free(&sim->wire);
}

/*
 * Moves the clock so that the sequence numbers of one connection wrap early: the initial number is
 * a clock of 4 us plus what the 4-tuple and the secret make of it (RFC 6528), so one run tells what
 * it is and the next starts as much later as is missing.
 */
static void seek_wrap(struct scenario *scenario)
{
	struct sim *sim;

	if (scenario->wrap_ahead == 0)
		return;
	sim = calloc(1, sizeof(*sim));
	assert(sim != NULL);
	sim->scenario = *scenario;
	sim->now_us = scenario->epoch_us;
	sim->probing = true;
	if (set_up(sim))
		loop(sim);
	if (sim->probed)
		scenario->epoch_us +=
			(uint64_t)(0U - scenario->wrap_ahead - sim->probed_isn) * TCP_ISN_CLOCK_US;
	tear_down(sim);
	free(sim);
}

static void note_ends(const struct sim *sim, struct sim_result *out)
{
	unsigned int s, i;

	for (s = 0; s < sim->scenario.session_count; s++) {
		for (i = 0; i < 2 && swarm_clean(&sim->scenario, &sim->scenario.sessions[s]); i++) {
			uint64_t us = sim->app.sides[s][i].closed_us - sim->scenario.epoch_us;

			if (us > out->closed_us[s])
				out->closed_us[s] = us;
		}
	}
}

void sim_run(const struct sim_config *config, struct sim_result *out)
{
	struct sim *sim = calloc(1, sizeof(*sim));
	unsigned int h;

	assert(sim != NULL);
	memset(out, 0, sizeof(*out));
	if (config->flood > 0)
		swarm_draw_flood(config->seed, config->flood, &sim->scenario);
	else
		swarm_draw(config->seed, &sim->scenario);
	for (h = 0; config->idle_set && h < sim->scenario.host_count; h++)
		sim->scenario.hosts[h].flight_idle_us = config->flight_idle_us;
	if (config->calm)
		sim->scenario.faults_us = 0;
	if (config->lonely)
		sim->scenario.flood.count = 0;
	sim->all_steps = config->all_steps;
	sim->unwatched = config->unwatched;
	sim->lonely = config->lonely;
	seek_wrap(&sim->scenario);
	sim->now_us = sim->scenario.epoch_us;
	sim->mutant = config->mutant;
	sim->verbose = config->verbose;
	if (config->verbose)
		swarm_print(&sim->scenario);
	if (config->pcap_path != NULL && pcap_open(&sim->pcap, config->pcap_path) != 0)
		fprintf(stderr, "sim: cannot write %s\n", config->pcap_path);
	if (set_up(sim))
		loop(sim);
	else
		oracle_fail(sim, "set-up", "the stacks could not be created");
	if (config->ladder)
		print_ladder(sim);
	if (config->coverage != NULL &&
	    sim->hosts[sim->scenario.host_count - 1].workers[0].worker != NULL)
		cover(sim, config->coverage);
	out->violation = sim->oracle.violation;
	out->digest = sim->digest.value;
	out->virtual_us = run_us(sim);
	note_ends(sim, out);
	tear_down(sim);
	if (pcap_close(&sim->pcap) != 0)
		fprintf(stderr, "sim: %s is incomplete\n", config->pcap_path);
	free(sim);
}
