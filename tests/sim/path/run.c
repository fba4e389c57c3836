/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/limits.h"
#include "end.h"
#include "frame.h"
#include "meter.h"
#include "pcap.h"
#include "road.h"
#include "run.h"
#include "theory.h"
#include "traffic.h"

#define EPOCH_US 1000000U /**< virtual time at which a run begins */
#define QUANTUM_US 10U    /**< a worker looks at its card so often, at most */
#define LOSS_STREAM 0x1000U
#define START_STREAM 0x1001U
#define START_ROUND_TRIPS 10U /**< flows start spread over so many */

#define SENDER_MBUFS 40960U         /**< a gigabyte in pieces of 64 KiB is 16,400 */
#define SINK_MBUFS_MIN 16384U       /**< besides what may come out of order: */
#define SINK_MBUFS_MAX (640U << 10) /**< beyond, 1.5 gigabytes, the path is too fat for us */

#define TAIL_TRANSFER_SEGMENTS 200U /**< what is sent before, to learn the path ... */
#define TAIL_SEGMENTS 50U           /**< ... and the transfer whose end is lost */
#define AFTER_RECOVERY_US 500000U   /**< a fault's run goes on so long, and 4 round trips */

enum {
	SENDER,
	SINK,
	ENDS,
};

struct fault {
	uint64_t left;       /**< CELL_BURST: segments still to lose */
	uint64_t from;       /**< CELL_TAIL: what stands from here on in the stream is lost once */
	uint64_t goal;       /**< bytes of the stream that recovery has to bring */
	uint64_t begun_us;   /**< 0: not yet */
	uint64_t longest_us; /**< CELL_BURST: after so long what is left is not lost any more */
	uint64_t segments, again, lost, timeouts; /**< as they were when the fault was armed */
};

struct run {
	const struct run_config *config;
	const struct cell *cell;
	struct run_result *result;
	uint64_t now_us, warm_us, end_us;
	struct end ends[ENDS];
	struct road roads[ENDS]; /**< by where they begin */
	struct traffic traffic;
	struct meter meter;
	struct prng loss;
	struct fault fault;
	bool warm; /**< the warm-up is over */
	uint64_t received_before[CELL_FLOWS_MAX];
	uint64_t next_sample_us;
	struct pcap pcap;
};

/* ---- for people ---- */

static bool is_shown(const struct run *run)
{
	uint64_t at = run->now_us - EPOCH_US;

	return at >= run->config->from_us &&
	       (run->config->until_us == 0 || at < run->config->until_us);
}

static void show_frame(struct run *run, unsigned int from, const struct road_frame *frame,
		       const char *fate)
{
	uint8_t bytes[FRAME_SIZE_MAX];
	char text[FRAME_TEXT_SIZE];
	struct frame parsed;

	if (!is_shown(run))
		return;
	pcap_write_cut(&run->pcap, run->now_us, frame->bytes, frame->header, frame->size);
	if (!run->config->verbose)
		return;
	frame_parse(bytes, end_whole_frame(frame, bytes), &parsed);
	printf("%12.6f %s %s%s\n", (double)(run->now_us - EPOCH_US) / 1e6,
	       from == SENDER ? "->" : "<-", frame_print(&parsed, text, sizeof(text)), fate);
}

static void show_sample(struct run *run)
{
	const struct flow *flow = &run->traffic.flows[0];
	struct la_status status;

	run->next_sample_us = run->now_us + run->config->sample_us;
	if (!is_shown(run) || !flow->started ||
	    la_status(run->ends[SENDER].worker, flow->conn, &status) != 0)
		return;
	printf("%12.6f    cwnd %u ssthresh %u in flight %u of %u queued, peer's window %u, srtt %u "
	       "rto %u, bottleneck %" PRIu64 ", received %" PRIu64 "\n",
	       (double)(run->now_us - EPOCH_US) / 1e6, status.cwnd, status.ssthresh,
	       status.in_flight, status.send_queued, status.snd_wnd, status.srtt_us, status.rto_us,
	       bottleneck_waiting(&run->roads[SENDER].bottleneck, run->now_us), flow->received);
}

static void show_counters(const struct end *end)
{
	unsigned int i;

	printf("%s:\n", end->config.name);
	for (i = 0; i < la_stat_count(); i++) {
		if (la_worker_stat(end->worker, i) > 0)
			printf("  %-30s %" PRIu64 "\n", la_stat_name(i),
			       la_worker_stat(end->worker, i));
	}
	for (i = 0; i < la_drop_count(); i++) {
		if (la_drop_name(i) != NULL && la_worker_drop(end->worker, i) > 0)
			printf("  dropped: %-21s %" PRIu64 "\n", la_drop_name(i),
			       la_worker_drop(end->worker, i));
	}
}

/* ---- faults ---- */

/* Loses what the cell says is to be lost. Only segments with text: the way there and back stays. */
static bool is_lost(struct run *run, const struct meter_sight *sight)
{
	struct fault *fault = &run->fault;
	const struct cell *cell = run->cell;

	if (sight->flow == NULL)
		return false;
	if (cell->loss_ppm > 0)
		return prng_below(&run->loss, 1000000) < cell->loss_ppm;
	if (fault->left > 0) {
		/* What repairs the loss gets through. */
		if (sight->again || sight->from < fault->from)
			return false;
		if (cell->kind == CELL_BURST)
			fault->goal = sight->flow->sent;
		fault->left--;
		if (fault->begun_us == 0)
			fault->begun_us = run->now_us;
		run->result->fault_lost++;
		return true;
	}
	return false;
}

static void arm_fault(struct run *run)
{
	const struct cell *cell = run->cell;
	struct fault *fault = &run->fault;
	struct meter_flow *flow = &run->meter.flows[0];
	struct la_status status;
	int rc = la_status(run->ends[SENDER].worker, run->traffic.flows[0].conn, &status);

	assert(rc == 0 && flow->text_max > 0);
	*fault = (struct fault){
		.segments = flow->segments,
		.again = flow->again,
		.lost = flow->lost,
		.timeouts = end_stat(&run->ends[SENDER], "retransmit_timeouts"),
	};
	if (cell->kind == CELL_BURST) {
		fault->left = (uint64_t)status.in_flight * cell->fault / 100 / flow->text_max;
		fault->left += fault->left == 0;
		fault->longest_us = 2ULL * status.srtt_us;
		return;
	}
	fault->left = cell->fault;
	fault->goal = run->traffic.flows[0].limit + (uint64_t)TAIL_SEGMENTS * flow->text_max;
	fault->from = fault->goal - (uint64_t)cell->fault * flow->text_max;
	traffic_extend(&run->traffic, run->ends[SENDER].worker, 0,
		       (uint64_t)TAIL_SEGMENTS * flow->text_max);
	run->ends[SENDER].next_us = run->now_us;
}

static void watch_recovery(struct run *run)
{
	struct fault *fault = &run->fault;

	if (fault->longest_us > 0 && run->now_us > fault->begun_us + fault->longest_us)
		fault->left = 0;
	if (fault->begun_us == 0 || fault->left > 0 || run->result->recovery_us > 0 ||
	    run->traffic.flows[0].received < fault->goal)
		return;
	run->result->recovery_us = run->now_us - fault->begun_us;
	run->end_us = run->now_us + AFTER_RECOVERY_US + 4ULL * run->cell->rtt_us;
}

/* ---- the path ---- */

static void frame_sent(void *ctx, unsigned int from, const struct road_frame *frame)
{
	struct run *run = ctx;
	struct meter_sight sight = { .flow = NULL };
	bool lost, passed;

	if (from == SENDER)
		sight = meter_note(&run->meter, frame);
	lost = is_lost(run, &sight);
	passed = road_send(&run->roads[from], run->now_us, frame, lost);
	if (sight.flow != NULL && (lost || !passed))
		sight.flow->lost++;
	if (run->config->verbose || run->config->pcap_path != NULL)
		show_frame(run, from, frame,
			   !passed ? "  dropped by the queue"
			   : lost  ? "  lost"
				   : "");
}

/* ---- moments ---- */

static void start_flows(struct run *run)
{
	struct la_addr sink = end_address(SINK + 1);
	unsigned int i;

	for (i = 0; i < run->cell->flows; i++) {
		struct flow *flow = &run->traffic.flows[i];

		if (flow->started || flow->start_us > run->now_us)
			continue;
		if (traffic_start(&run->traffic, run->ends[SENDER].worker, i, &sink) != 0)
			abort();
		run->ends[SENDER].next_us = run->now_us;
	}
}

static void end_warmup(struct run *run)
{
	unsigned int i;

	run->warm = true;
	for (i = 0; i < CELL_FLOWS_MAX; i++)
		run->received_before[i] = run->traffic.flows[i].received;
	if (run->cell->kind == CELL_BURST || run->cell->kind == CELL_TAIL)
		arm_fault(run);
}

static void moment(struct run *run)
{
	unsigned int i;

	run->result->events++;
	start_flows(run);
	if (!run->warm && run->now_us >= run->warm_us)
		end_warmup(run);
	for (i = 0; i < ENDS; i++) {
		struct end *end = &run->ends[i];

		if (end->next_us <= run->now_us ||
		    road_next_us(end->config.arrivals) <= run->now_us)
			end_breathe(end);
	}
	if (run->fault.begun_us != 0)
		watch_recovery(run);
	if (run->config->sample_us > 0 && run->now_us >= run->next_sample_us)
		show_sample(run);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t next_moment(const struct run *run)
{
	uint64_t next = run->end_us;
	unsigned int i;

	for (i = 0; i < ENDS; i++) {
		next = earlier(next, run->ends[i].next_us);
		next = earlier(next, road_next_us(&run->roads[i]));
	}
	if (!run->warm)
		next = earlier(next, run->warm_us);
	for (i = 0; i < run->cell->flows; i++) {
		if (!run->traffic.flows[i].started)
			next = earlier(next, run->traffic.flows[i].start_us);
	}
	return next > run->now_us ? next : run->now_us + 1;
}

/* ---- the run ---- */

static uint32_t sink_mbufs(const struct cell *cell)
{
	uint64_t frames = (cell_bdp_bytes(cell) + cell_queue_bytes(cell)) / CELL_FULL_FRAME;
	uint64_t mbufs = SINK_MBUFS_MIN + 2 * frames;

	return mbufs < SINK_MBUFS_MAX ? (uint32_t)mbufs : SINK_MBUFS_MAX;
}

static int create_ends(struct run *run, struct la_error *err)
{
	static const char *const names[ENDS] = { "sender", "sink" };
	int rc = 0, i;

	for (i = 0; i < ENDS && rc == 0; i++) {
		struct end_config config = {
			.name = names[i],
			.number = (uint8_t)(i + 1),
			.mbufs = i == SENDER ? SENDER_MBUFS : sink_mbufs(run->cell),
			.seed = run->config->seed,
			.now_us = &run->now_us,
			.arrivals = &run->roads[ENDS - 1 - i],
			.send = frame_sent,
			.ctx = run,
		};

		rc = end_create(&run->ends[i], &config, err);
	}
	return rc;
}

static void place_flows(struct run *run)
{
	struct prng start;
	unsigned int i;

	prng_seed(&start, run->config->seed, START_STREAM);
	for (i = 0; i < run->cell->flows; i++) {
		struct flow *flow = &run->traffic.flows[i];

		flow->start_us =
			EPOCH_US + i * 1000 +
			prng_below(&start, (uint64_t)START_ROUND_TRIPS * run->cell->rtt_us);
		if (run->cell->kind == CELL_TAIL)
			flow->limit = (uint64_t)TAIL_TRANSFER_SEGMENTS * CELL_FULL_FRAME;
	}
}

static bool set_up(struct run *run)
{
	struct bottleneck_params forth = {
		.bits_per_second = run->cell->rate_bps,
		.queue_bytes = cell_queue_bytes(run->cell),
	};
	struct bottleneck_params back = { 0 };
	struct la_error err = { .text = "no memory for the flows" };

	run->now_us = EPOCH_US;
	run->warm_us = EPOCH_US + cell_warmup_us(run->cell);
	run->end_us = EPOCH_US + cell_duration_us(run->cell);
	road_init(&run->roads[SENDER], &forth, run->cell->rtt_us / 2, QUANTUM_US);
	road_init(&run->roads[SINK], &back, run->cell->rtt_us / 2, QUANTUM_US);
	meter_init(&run->meter, TRAFFIC_FIRST_PORT);
	prng_seed(&run->loss, run->config->seed, LOSS_STREAM);
	if (create_ends(run, &err) != 0 ||
	    traffic_create(&run->traffic, run->cell, run->ends[SENDER].stack, run->ends[SINK].stack,
			   &err) != 0) {
		fprintf(stderr, "sim-table: %s\n", err.text);
		return false;
	}
	place_flows(run);
	return true;
}

static void tear_down(struct run *run)
{
	unsigned int i;

	traffic_destroy(&run->traffic);
	for (i = 0; i < ENDS; i++)
		end_destroy(&run->ends[i]);
	for (i = 0; i < ENDS; i++)
		road_free(&run->roads[i]);
}

static void conclude(struct run *run)
{
	struct run_result *result = run->result;
	unsigned int i;

	result->measured_us = run->now_us - run->warm_us;
	for (i = 0; i < run->cell->flows; i++) {
		const struct flow *flow = &run->traffic.flows[i];
		const struct meter_flow *meter = &run->meter.flows[i];

		result->goodput_bps[i] = (flow->received - run->received_before[i]) * 8000 /
					 (result->measured_us / 1000);
		result->segments += meter->segments;
		result->again += meter->again;
		result->lost += meter->lost;
		if (meter->text_max > result->segment_bytes)
			result->segment_bytes = meter->text_max;
	}
	result->timeouts = end_stat(&run->ends[SENDER], "retransmit_timeouts");
	result->segments -= run->fault.segments;
	result->again -= run->fault.again;
	result->lost -= run->fault.lost;
	result->timeouts -= run->fault.timeouts;
	for (i = 0; i < ENDS; i++) {
		result->starved += run->ends[i].starved;
		if (run->config->counters)
			show_counters(&run->ends[i]);
	}
}

void run_cell(const struct run_config *config, struct run_result *out)
{
	struct run *run = calloc(1, sizeof(*run));

	assert(run != NULL);
	memset(out, 0, sizeof(*out));
	run->config = config;
	run->cell = &config->cell;
	run->result = out;
	if (config->pcap_path != NULL && pcap_open(&run->pcap, config->pcap_path) != 0)
		fprintf(stderr, "sim-table: cannot write %s\n", config->pcap_path);
	out->failed = !set_up(run);
	if (!out->failed) {
		while (run->now_us < run->end_us) {
			moment(run);
			run->now_us = next_moment(run);
		}
		conclude(run);
	}
	tear_down(run);
	if (pcap_close(&run->pcap) != 0)
		fprintf(stderr, "sim-table: %s is incomplete\n", config->pcap_path);
	free(run);
}
