/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * main: the command line, EAL, signals and the exit status of lastack.
 *
 * Exit status: 0 a clean end, 1 something failed while starting or running, 2 the command line or
 * the configuration is wrong, and nothing was started.
 */
#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>

#include "appliance.h"
#include "config.h"
#include "leftovers.h"

enum exit_status {
	EXIT_CLEAN = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
};

static const char usage[] =
	"usage: lastack --config FILE [--check] [-- EAL ARGUMENTS]\n"
	"       lastack --version | --help | --settings\n"
	"\n"
	"  --config FILE  the YAML file that says what to do\n"
	"  --check        read and check the file, start nothing\n"
	"  --settings     print every setting with its values and default\n"
	"  --version      print the version\n"
	"  --help         print this\n"
	"  --             what follows goes to DPDK's EAL, after what the file says\n"
	"\n"
	"SIGTERM or SIGINT ends the connections in order and then the program; a second\n"
	"one ends it at once.\n";

/* DEVIATION: mutable state at file scope: a signal handler can reach nothing else. */
static atomic_uint stop_requests;

static void on_stop_signal(int number)
{
	atomic_fetch_add_explicit(&stop_requests, 1, memory_order_relaxed);
}

static unsigned int count_stops(void)
{
	return atomic_load_explicit(&stop_requests, memory_order_relaxed);
}

static void catch_signals(void)
{
	struct sigaction stop = { .sa_handler = on_stop_signal };
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	int failed;

	_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "a handler may only touch what needs no lock");
	failed = sigaction(SIGTERM, &stop, NULL) | sigaction(SIGINT, &stop, NULL) |
		 sigaction(SIGPIPE, &ignore, NULL);
	assert(failed == 0);
	(void)failed;
}

/* ---- the command line ------------------------------------------------------------------------ */

struct command {
	const char *config;
	bool check;
	bool version;
	bool help;
	bool settings;
	int eal_count; /* arguments behind -- */
	char **eal;
};

static bool complain_usage(const char *what, const char *argument)
{
	fprintf(stderr, "lastack: %s%s; lastack --help tells what can be given\n", what, argument);
	return false;
}

/* The value of "--config FILE" or "--config=FILE". */
static bool take_config(struct command *command, int argc, char **argv, int *at)
{
	const char *argument = argv[*at];
	const char *value = strchr(argument, '=');

	if (command->config != NULL)
		return complain_usage("--config is given twice", "");
	if (value != NULL)
		value += 1;
	else if (*at + 1 < argc)
		value = argv[++*at];
	if (value == NULL || value[0] == '\0' || strcmp(value, "--") == 0)
		return complain_usage("--config needs the path of a file", "");
	command->config = value;
	return true;
}

static bool parse_command(struct command *command, int argc, char **argv)
{
	memset(command, 0, sizeof(*command));
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--") == 0) {
			command->eal_count = argc - i - 1;
			command->eal = argv + i + 1;
			break;
		}
		if (strcmp(argv[i], "--config") == 0 || strncmp(argv[i], "--config=", 9) == 0) {
			if (!take_config(command, argc, argv, &i))
				return false;
		} else if (strcmp(argv[i], "--check") == 0) {
			command->check = true;
		} else if (strcmp(argv[i], "--version") == 0) {
			command->version = true;
		} else if (strcmp(argv[i], "--settings") == 0) {
			command->settings = true;
		} else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			command->help = true;
		} else {
			return complain_usage("there is no argument ", argv[i]);
		}
	}
	if (command->config == NULL && !command->version && !command->help && !command->settings)
		return complain_usage("--config FILE is missing", "");
	return true;
}

/* ---- EAL ------------------------------------------------------------------------------------- */

/* EAL leaves no reason where it could not get the lock on its file prefix, or a device. */
static void complain_eal(const char *file)
{
	if (rte_errno != 0)
		fprintf(stderr,
			"lastack: EAL would not start: %s; see its messages above, and the section "
			"eal of %s\n",
			rte_strerror(rte_errno), file);
	else
		fprintf(stderr,
			"lastack: EAL would not start and gives no reason; most likely another "
			"DPDK process uses the same file prefix: give --file-prefix another one in "
			"the section eal of %s, and see EAL's messages above\n",
			file);
}

/* rte_eal_init() takes argv as main() does, and may reorder it: it gets a list of its own. */
static bool start_eal(const struct config *config, const struct command *command)
{
	static char name[] = "lastack";
	const char **items = config->eal.items;
	size_t count = config->eal.count + (size_t)command->eal_count + 1;
	char **argv = calloc(count + 1, sizeof(*argv));
	size_t argc = 0;
	int result;

	if (argv == NULL) {
		fprintf(stderr, "lastack: no memory for EAL's arguments\n");
		return false;
	}
	argv[argc++] = name;
	for (uint32_t i = 0; i < config->eal.count; i++)
		argv[argc++] = (char *)items[i];
	for (int i = 0; i < command->eal_count; i++)
		argv[argc++] = command->eal[i];
	assert(argc == count);
	leftovers_remove_at_exit();
	result = rte_eal_init((int)argc, argv);
	/* EAL keeps pointers to the strings, not to the list. */
	free(argv);
	if (result >= 0)
		return true;
	complain_eal(command->config);
	return false;
}

static enum exit_status run(const struct config *config, const struct command *command)
{
	enum exit_status status = EXIT_FAILED;
	struct appliance *appliance;

	if (!start_eal(config, command))
		return EXIT_FAILED;
	/* After EAL, so that a signal while it scans devices ends the program as it always does. */
	catch_signals();
	appliance = appliance_start(config, command->config);
	if (appliance != NULL) {
		status = appliance_run(appliance, count_stops) ? EXIT_CLEAN : EXIT_FAILED;
		appliance_free(appliance);
	}
	rte_eal_cleanup();
	return status;
}

int main(int argc, char **argv)
{
	struct document_error error;
	enum exit_status status;
	struct command command;
	struct config config;

	if (!parse_command(&command, argc, argv))
		return EXIT_USAGE;
	if (command.help) {
		fputs(usage, stdout);
		return EXIT_CLEAN;
	}
	if (command.version) {
		printf("lastack %s\n", la_version());
		return EXIT_CLEAN;
	}
	if (command.settings) {
		config_print_settings(stdout);
		return EXIT_CLEAN;
	}
	if (config_load(command.config, &config, &error) != 0) {
		fprintf(stderr, "%s\n", error.text);
		status = EXIT_USAGE;
	} else if (command.check) {
		printf("%s: ok\n", command.config);
		status = EXIT_CLEAN;
	} else {
		status = run(&config, &command);
	}
	config_free(&config);
	return status;
}
