/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sim: runs seeds of the simulator and says which of them broke a rule. See README.md.
 */
#include <assert.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "commit.h"
#include "eal.h"
#include "sim.h"

#define REPEAT_EVERY 16U      /**< every so manieth seed runs twice, and the digests must agree */
#define SELF_TEST_SEEDS 2000U /**< seeds that a mutant is given to be noticed in */
#define VIOLATIONS_PRINTED 10U
#define HARM_US 1000000U              /**< so much later, and half as late again, is no harm */
#define FLIGHT_KEPT_US 10000000000ULL /**< longer than any run: flights are never handed back */
#define EAL_MEGABYTES 1024U

struct arguments {
	uint64_t from, to;
	uint32_t flood;
	bool seeds, idle_set, hand_back, unharmed, short_cuts, all_steps, unwatched;
	uint64_t flight_idle_us;
	bool verbose, ladder, digest, coverage, self_test, keep_going;
	const char *pcap_path;
	const char *pcap_directory;
};

static void usage(FILE *to)
{
	fputs("usage: sim --seeds FROM-TO | --seed N | --self-test\n"
	      "  --flood COUNT    not the seed's scenario, but one flood of so many segments\n"
	      "  --flight-idle N  flights are handed back after so many microseconds of idleness\n"
	      "  --hand-back      run each seed with flights handed back at once, and with them "
	      "kept\n"
	      "  --unharmed       run each seed with those who misbehave and without, on calm "
	      "links\n"
	      "  --short-cuts     run each seed with short cuts, with every segment taking all "
	      "steps, and unwatched\n"
	      "  --all-steps      no segment takes a short cut\n"
	      "  --unwatched      no ladder is armed: some short ways are for that alone\n"
	      "  --verbose        print the scenario, each frame and each event\n"
	      "  --ladder         print the last rungs of the ladder\n"
	      "  --digest         print the digest of each seed\n"
	      "  --coverage       print what the seeds reached, and what none did\n"
	      "  --keep-going     do not stop after ten violations\n"
	      "  --pcap FILE      write the frames of the seed\n"
	      "  --pcap-dir DIR   where sim-SEED.pcap of a violation goes (here)\n",
	      to);
}

static bool parse_range(const char *text, struct arguments *out)
{
	char *end;

	out->from = strtoull(text, &end, 10);
	if (end == text)
		return false;
	out->to = out->from;
	if (*end == '-') {
		const char *second = end + 1;

		out->to = strtoull(second, &end, 10);
		if (end == second)
			return false;
	}
	return *end == '\0' && out->from <= out->to;
}

/* What one option asks for. 0, 2 for what is wrong, or -1 for the help. */
static int take_option(int option, struct arguments *out)
{
	switch (option) {
	case 's':
		out->seeds = parse_range(optarg, out);
		if (out->seeds)
			return 0;
		fprintf(stderr, "sim: \"%s\" is no seed and no FROM-TO\n", optarg);
		return 2;
	case 'f':
		out->flood = (uint32_t)strtoul(optarg, NULL, 10);
		return 0;
	case 'b':
		out->hand_back = true;
		return 0;
	case 'u':
		out->unharmed = true;
		return 0;
	case 'a':
		out->all_steps = true;
		return 0;
	case 'w':
		out->unwatched = true;
		return 0;
	case 'q':
		out->short_cuts = true;
		return 0;
	case 'i':
		out->idle_set = true;
		out->flight_idle_us = strtoull(optarg, NULL, 10);
		return 0;
	case 'v':
		out->verbose = true;
		return 0;
	case 'l':
		out->ladder = true;
		return 0;
	case 'd':
		out->digest = true;
		return 0;
	case 'c':
		out->coverage = true;
		return 0;
	case 't':
		out->self_test = true;
		return 0;
	case 'k':
		out->keep_going = true;
		return 0;
	case 'p':
		out->pcap_path = optarg;
		return 0;
	case 'D':
		out->pcap_directory = optarg;
		return 0;
	case 'h':
		usage(stdout);
		return -1;
	default:
		usage(stderr);
		return 2;
	}
}

static int parse(int argc, char **argv, struct arguments *out)
{
	static const struct option options[] = {
		{ "seeds", required_argument, NULL, 's' },
		{ "seed", required_argument, NULL, 's' },
		{ "flood", required_argument, NULL, 'f' },
		{ "hand-back", no_argument, NULL, 'b' },
		{ "unharmed", no_argument, NULL, 'u' },
		{ "short-cuts", no_argument, NULL, 'q' },
		{ "all-steps", no_argument, NULL, 'a' },
		{ "unwatched", no_argument, NULL, 'w' },
		{ "flight-idle", required_argument, NULL, 'i' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "ladder", no_argument, NULL, 'l' },
		{ "digest", no_argument, NULL, 'd' },
		{ "coverage", no_argument, NULL, 'c' },
		{ "self-test", no_argument, NULL, 't' },
		{ "keep-going", no_argument, NULL, 'k' },
		{ "pcap", required_argument, NULL, 'p' },
		{ "pcap-dir", required_argument, NULL, 'D' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option, rc;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		rc = take_option(option, out);
		if (rc != 0)
			return rc;
	}
	if (optind == argc && (out->seeds || out->self_test))
		return 0;
	usage(stderr);
	return 2;
}

/* Prints what happened, and runs the seed again to write the pcap and the ladder. */
static void report(const struct arguments *arguments, uint64_t seed,
		   const struct violation *violation)
{
	struct sim_config config = { .seed = seed,
				     .flood = arguments->flood,
				     .idle_set = arguments->idle_set || arguments->hand_back,
				     .flight_idle_us = arguments->flight_idle_us,
				     .calm = arguments->unharmed,
				     .ladder = true };
	struct sim_result again;
	char path[512];

	snprintf(path, sizeof(path), "%s/sim-%" PRIu64 ".pcap",
		 arguments->pcap_directory != NULL ? arguments->pcap_directory : ".", seed);
	printf("VIOLATION seed %" PRIu64 " commit %s oracle %s at %.6f s\n  %s\n  last rungs:\n",
	       seed, SIM_COMMIT, violation->oracle, (double)violation->at_us / 1e6,
	       violation->text);
	config.pcap_path = path;
	sim_run(&config, &again);
	printf("  frames: %s\n  again: sim --seed %" PRIu64 " --verbose\n", path, seed);
	if (arguments->short_cuts)
		printf("  with --all-steps or --unwatched, and without\n");
	else if (arguments->hand_back)
		printf("  with --flight-idle 0, and with --flight-idle %llu\n", FLIGHT_KEPT_US);
	else if (!oracle_failed(&again.violation))
		printf("  and it did not happen the second time: the run is not deterministic\n");
	fflush(stdout);
}

/* Runs once more, with other settings that must not matter, and compares what happened. */
static void compare(const struct sim_config *config, const char *oracle, struct sim_result *first)
{
	struct sim_result second;

	sim_run(config, &second);
	if (oracle_failed(&second.violation))
		first->violation = second.violation;
	if (oracle_failed(&first->violation) || second.digest == first->digest)
		return;
	first->violation.oracle = oracle;
	snprintf(first->violation.text, sizeof(first->violation.text),
		 "two runs differ: %016" PRIx64 " and %016" PRIx64, first->digest, second.digest);
}

/*
 * On a path that loses and reorders, what is lost with a flight may show: the shortest round trip
 * by which RACK judges how late is late (RFC 8985 6.2), and that a tail was probed and nothing
 * measured since (7.3). A receive buffer
 * grows by what came in a round trip, which is measured in the flight. And where records or R2 are
 * short, who comes first may decide.
 */
static bool hand_back_may_show(uint64_t seed)
{
	struct scenario scenario;
	unsigned int i;

	swarm_draw(seed, &scenario);
	for (i = 0; i < 2 * scenario.session_count; i++) {
		const struct swarm_side *side = &scenario.sessions[i / 2].side[i % 2];

		if (side->options.receive_buffer_max > side->options.receive_buffer)
			return true;
	}
	return scenario.tight || scenario.faults_us > 0 || scenario.rogue_count > 0;
}

/*
 * Flights that are handed back in the very breath in which they fall idle, against flights that are
 * kept: neither may break a rule, and on a decent path every segment must be the same and leave at
 * the same moment.
 */
static void compare_hand_back(const struct sim_config *config, struct sim_result *out)
{
	struct sim_config other = *config;
	struct sim_result kept;

	other.idle_set = true;
	other.flight_idle_us = 0;
	sim_run(&other, out);
	other.coverage = NULL;
	other.flight_idle_us = FLIGHT_KEPT_US;
	if (oracle_failed(&out->violation))
		return;
	if (!hand_back_may_show(config->seed)) {
		compare(&other, "hand_back", out);
		return;
	}
	sim_run(&other, &kept);
	out->violation = kept.violation;
}

/*
 * The segment that is expected takes a short cut, or all the steps; and it takes the shortest ways,
 * which are for workers without an armed ladder: nothing may differ, ever.
 */
static void compare_short_cuts(const struct sim_config *config, struct sim_result *out)
{
	struct sim_config other = *config;

	sim_run(config, out);
	other.coverage = NULL;
	other.all_steps = true;
	if (!oracle_failed(&out->violation))
		compare(&other, "short_cuts", out);
	other.all_steps = false;
	other.unwatched = true;
	if (!oracle_failed(&out->violation))
		compare(&other, "unwatched", out);
}

/*
 * With rogues and floods, and without them, on links without faults: nobody who behaves may take
 * much longer for their sake.
 */
static void compare_unharmed(const struct sim_config *config, struct sim_result *out)
{
	struct sim_config other = *config;
	struct sim_result lonely;
	unsigned int s;

	other.calm = true;
	sim_run(&other, out);
	other.coverage = NULL;
	other.lonely = true;
	if (oracle_failed(&out->violation))
		return;
	sim_run(&other, &lonely);
	out->violation = lonely.violation;
	for (s = 0; s < SESSIONS_MAX + ROGUES_MAX && !oracle_failed(&out->violation); s++) {
		uint64_t alone = lonely.closed_us[s], beside = out->closed_us[s];

		if (beside <= alone + alone / 2 + HARM_US)
			continue;
		out->violation.oracle = "harm";
		out->violation.at_us = beside;
		snprintf(out->violation.text, sizeof(out->violation.text),
			 "session %u is over after %" PRIu64 " us, and without those who misbehave "
			 "after %" PRIu64,
			 s, beside, alone);
	}
}

static void print_zero(const char *kind, const char *name, uint64_t value)
{
	if (value == 0)
		printf("  never reached: %s %s\n", kind, name);
}

static void print_coverage(const struct sim_coverage *coverage)
{
	unsigned int i;

	printf("coverage of %" PRIu64 " runs: %" PRIu64 " moments, %" PRIu64 " bytes read\n",
	       coverage->runs, coverage->steps, coverage->bytes);
	printf("  faults: lost %" PRIu64 " corrupted %" PRIu64 " duplicated %" PRIu64
	       " held back %" PRIu64 " queue full %" PRIu64 " marked %" PRIu64 " too big %" PRIu64
	       "\n",
	       coverage->faults_lost, coverage->faults_corrupted, coverage->faults_duplicated,
	       coverage->faults_held_back, coverage->faults_queue, coverage->faults_marked,
	       coverage->faults_too_big);
	for (i = 0; i < LA_REASONS; i++)
		printf("  ended: %-28s %" PRIu64 "\n", la_reason_name(i), coverage->reasons[i]);
	for (i = 0; i < la_stat_count() && i < SIM_COUNTERS_MAX; i++)
		printf("  stat %-30s %" PRIu64 "\n", la_stat_name(i), coverage->stats[i]);
	for (i = 0; i < la_drop_count() && i < SIM_COUNTERS_MAX; i++) {
		if (la_drop_name(i) != NULL)
			printf("  drop %-30s %" PRIu64 "\n", la_drop_name(i), coverage->drops[i]);
	}
	for (i = 0; i < la_stat_count() && i < SIM_COUNTERS_MAX; i++)
		print_zero("stat", la_stat_name(i), coverage->stats[i]);
	for (i = 0; i < la_drop_count() && i < SIM_COUNTERS_MAX; i++) {
		if (la_drop_name(i) != NULL)
			print_zero("drop", la_drop_name(i), coverage->drops[i]);
	}
}

static int run_seeds(const struct arguments *arguments)
{
	struct sim_coverage coverage = { 0 };
	uint64_t seed, violations = 0, seeds = 0;
	struct timespec start, end;
	double seconds;

	clock_gettime(CLOCK_MONOTONIC, &start);
	for (seed = arguments->from; seed <= arguments->to; seed++) {
		struct sim_config config = {
			.seed = seed,
			.flood = arguments->flood,
			.idle_set = arguments->idle_set,
			.flight_idle_us = arguments->flight_idle_us,
			.all_steps = arguments->all_steps,
			.unwatched = arguments->unwatched,
			.verbose = arguments->verbose,
			.ladder = arguments->ladder,
			.pcap_path = arguments->pcap_path,
			.coverage = &coverage,
		};
		struct sim_result result;

		if (arguments->hand_back)
			compare_hand_back(&config, &result);
		else if (arguments->unharmed)
			compare_unharmed(&config, &result);
		else if (arguments->short_cuts)
			compare_short_cuts(&config, &result);
		else
			sim_run(&config, &result);
		seeds++;
		config.coverage = NULL;
		if (!oracle_failed(&result.violation) && seed % REPEAT_EVERY == 0 &&
		    arguments->flood == 0 && !arguments->hand_back && !arguments->unharmed &&
		    !arguments->short_cuts)
			compare(&config, "digest", &result);
		if (arguments->digest)
			printf("%" PRIu64 " %016" PRIx64 " %.6f\n", seed, result.digest,
			       (double)result.virtual_us / 1e6);
		if (!oracle_failed(&result.violation))
			continue;
		report(arguments, seed, &result.violation);
		if (++violations == VIOLATIONS_PRINTED && !arguments->keep_going)
			break;
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	seconds = (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
	if (arguments->coverage)
		print_coverage(&coverage);
	printf("sim: %" PRIu64 " seeds, %" PRIu64 " violations (%.1f s, %.1f seeds/s, commit %s)\n",
	       seeds, violations, seconds, (double)seeds / seconds, SIM_COMMIT);
	return violations == 0 ? 0 : 1;
}

/* A seed whose sessions are all judged strictly: nothing else excuses what the mutant does. */
static bool is_strict(uint64_t seed)
{
	struct scenario scenario;
	unsigned int s;

	swarm_draw(seed, &scenario);
	for (s = 0; s < scenario.session_count; s++) {
		if (!swarm_clean(&scenario, &scenario.sessions[s]))
			return false;
	}
	return true;
}

/* Runs seeds with one mutant until an oracle complains; it must be the expected one. */
static bool self_test_one(enum mutant mutant)
{
	const char *expected = mutant_oracle(mutant);
	struct sim_result result;
	uint64_t seed;

	for (seed = 1; seed <= SELF_TEST_SEEDS; seed++) {
		struct sim_config config = { .seed = seed, .mutant = mutant };

		if (!is_strict(seed))
			continue;
		if (strcmp(expected, "hand_back") == 0)
			compare_hand_back(&config, &result);
		else if (strcmp(expected, "harm") == 0)
			compare_unharmed(&config, &result);
		else if (strcmp(expected, "short_cuts") == 0 || strcmp(expected, "unwatched") == 0)
			compare_short_cuts(&config, &result);
		else
			sim_run(&config, &result);
		if (!oracle_failed(&result.violation) && strcmp(expected, "digest") == 0)
			compare(&config, "digest", &result);
		if (oracle_failed(&result.violation))
			break;
	}
	if (seed > SELF_TEST_SEEDS) {
		printf("FAIL %-13s nobody noticed in %u seeds: %s\n", mutant_name(mutant),
		       SELF_TEST_SEEDS, mutant_help(mutant));
		return false;
	}
	if (strcmp(result.violation.oracle, expected) != 0) {
		printf("FAIL %-13s seed %" PRIu64 ": expected oracle %s, but %s spoke: %s\n",
		       mutant_name(mutant), seed, expected, result.violation.oracle,
		       result.violation.text);
		return false;
	}
	printf("ok   %-13s seed %" PRIu64 ": %s: %s\n", mutant_name(mutant), seed, expected,
	       result.violation.text);
	return true;
}

static int self_test(void)
{
	unsigned int mutant, failed = 0;

	for (mutant = MUTANT_NONE + 1; mutant < MUTANTS; mutant++)
		failed += !self_test_one((enum mutant)mutant);
	printf("sim: %u mutants, %u unnoticed\n", MUTANTS - 1, failed);
	return failed == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct arguments arguments = { 0 };
	int rc = parse(argc, argv, &arguments);

	if (rc != 0)
		return rc < 0 ? 0 : rc;
	if (eal_start("sim", EAL_MEGABYTES) != 0)
		return 1;
	rc = arguments.self_test ? self_test() : run_seeds(&arguments);
	eal_stop();
	return rc;
}
