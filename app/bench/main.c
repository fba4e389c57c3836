/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * main: the command line, EAL, signals and the exit status of lastack-bench.
 *
 * What stands before `--` is EAL's, what stands behind is ours, as with dpdk-testpmd. Ours is
 * judged first, so that a slip costs no start of EAL.
 */
#include <assert.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_errno.h>

#include "bench.h"
#include "interactive.h"
#include "leftovers.h"
#include "record.h"
#include "report.h"
#include "run.h"

enum exit_status {
	EXIT_MEASURED = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_DOUBTFUL = 3,
};

/* DEVIATION: mutable state at file scope: a signal handler can reach nothing else. */
static atomic_uint stop_requests;

static void on_stop_signal(int number)
{
	/* The first one ends the run with its statistics, a second one the program. */
	if (atomic_fetch_add_explicit(&stop_requests, 1, memory_order_relaxed) > 0)
		_Exit(EXIT_FAILED);
}

static bool stop_asked(void)
{
	return atomic_load_explicit(&stop_requests, memory_order_relaxed) > 0;
}

static void catch_signals(void)
{
	struct sigaction stop = { .sa_handler = on_stop_signal };
	int failed = sigaction(SIGTERM, &stop, NULL) | sigaction(SIGINT, &stop, NULL);

	_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "a handler may only touch what needs no lock");
	assert(failed == 0);
	(void)failed;
}

/* Where our options begin: at `--`, or at the end of the line. --help and --version need none. */
static int find_options(int argc, char **argv)
{
	int at = 1;

	while (at < argc && strcmp(argv[at], "--") != 0)
		at++;
	if (at == argc && argc == 2 &&
	    (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	     strcmp(argv[1], "--version") == 0))
		return 0;
	return at;
}

/* The word that says where ours begin is easily forgotten. */
static bool is_divided(int argc, char **argv, int at)
{
	for (int i = 1; i < argc && at == argc; i++) {
		if (strncmp(argv[i], "--test", strlen("--test")) == 0) {
			fprintf(stderr,
				"lastack-bench: %s and what goes with it stand behind --: "
				"lastack-bench [EAL OPTIONS] -- --test T\n",
				argv[i]);
			return false;
		}
	}
	return true;
}

static bool start_eal(int argc, char **argv)
{
	leftovers_remove_at_exit();
	if (rte_eal_init(argc, argv) >= 0)
		return true;
	fprintf(stderr, "lastack-bench: EAL would not start: %s; see its messages above\n",
		rte_errno != 0 ? rte_strerror(rte_errno)
			       : "perhaps another process uses its --file-prefix");
	return false;
}

/* A run is too large for the stack. */
static enum exit_status measure(const struct options *options)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	enum exit_status status = EXIT_FAILED;

	if (bench == NULL)
		return EXIT_FAILED;
	bench->options = options;
	bench->stop_asked = stop_asked;
	if (options->test->run != NULL ? options->test->run(bench) : run(bench))
		status = bench->doubts.count > 0 ? EXIT_DOUBTFUL : EXIT_MEASURED;
	if (status != EXIT_FAILED) {
		report_print(bench);
		if (options->json != NULL && !record_write(bench))
			status = EXIT_FAILED;
	}
	free(bench);
	return status;
}

/* At the prompt: what is to be doubted is printed, and the next run may be better. */
static void measure_one(const struct options *options)
{
	(void)measure(options);
}

int main(int argc, char **argv)
{
	int at = find_options(argc, argv);
	struct options options;
	enum exit_status status;

	if (!is_divided(argc, argv, at) ||
	    !options_parse(&options, argc - at > 0 ? argc - at : 0, argv + at))
		return EXIT_USAGE;
	if (options.help) {
		options_help(stdout);
		return EXIT_MEASURED;
	}
	if (options.version) {
		printf("lastack-bench %s\n", la_version());
		return EXIT_MEASURED;
	}
	if (!start_eal(at, argv))
		return EXIT_FAILED;
	catch_signals();
	if (!options.interactive)
		status = measure(&options);
	else if (interactive(argc - at, argv + at, stop_asked, measure_one))
		status = EXIT_MEASURED;
	else
		status = EXIT_FAILED;
	rte_eal_cleanup();
	return (int)status;
}
