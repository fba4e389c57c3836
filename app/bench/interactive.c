/* SPDX-License-Identifier: BSD-3-Clause */
#include "interactive.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmdline.h>
#include <cmdline_parse.h>
#include <cmdline_parse_string.h>
#include <cmdline_socket.h>
#include <rte_common.h>
#include <rte_cycles.h>

#include "bench.h"

#define WORDS_MAX 64
#define LOOKS_PER_SECOND 50U
#define IDLE_MS 100

/* What a session at the prompt knows. */
struct session {
	struct cmdline *line;
	char *words[WORDS_MAX + 1]; /* as on the command line; each is ours to free */
	int count;
	const struct bench *bench; /* of the run under way; NULL: none */
	bool start, stop, quit;
	uint64_t looked; /* TSC */
};

/* DEVIATION: mutable state at file scope: DPDK's cmdline hands nothing through to a command. */
static struct session session;

/* ---- the commands ---------------------------------------------------------------------------- */

static void on_start(void *parsed, struct cmdline *line, void *data)
{
	if (session.bench != NULL)
		cmdline_printf(line, "it is under way; stop it first\n");
	else
		session.start = true;
}

static void on_stop(void *parsed, struct cmdline *line, void *data)
{
	if (session.bench == NULL)
		cmdline_printf(line, "nothing is under way\n");
	session.stop = session.bench != NULL;
}

static void on_quit(void *parsed, struct cmdline *line, void *data)
{
	session.quit = session.stop = true;
	cmdline_quit(line);
}

static void show_bursts(struct cmdline *line, const struct end *end)
{
	struct bursts bursts;

	bursts_read(&end->bursts, &bursts);
	for (unsigned int i = 0; i < BURST_SIZES; i++) {
		if (bursts.rx[i] + bursts.tx[i] > 0)
			cmdline_printf(line,
				       "    bursts of %-14s rx %-14" PRIu64 " tx %" PRIu64 "\n",
				       bursts_size_name(i), bursts.rx[i], bursts.tx[i]);
	}
}

static void show_end(struct cmdline *line, const struct end *end, bool ports)
{
	static const char *const of_port[] = { "rx_frames", "rx_bytes", "tx_frames", "tx_bytes" };

	if (end->worker == NULL)
		return;
	cmdline_printf(line, "  %s of the %s\n", ports ? "port" : "worker", end->name);
	for (unsigned int i = 0; i < la_stat_count(); i++) {
		uint64_t value = la_worker_stat(end->worker, i);
		bool is_ports = false;

		for (size_t j = 0; j < RTE_DIM(of_port); j++)
			is_ports = is_ports || strcmp(la_stat_name(i), of_port[j]) == 0;
		if (is_ports == ports && value > 0)
			cmdline_printf(line, "    %-24s %" PRIu64 "\n", la_stat_name(i), value);
	}
	if (ports)
		show_bursts(line, end);
	for (unsigned int i = 0; i < la_drop_count() && !ports; i++) {
		if (la_worker_drop(end->worker, i) > 0)
			cmdline_printf(line, "    dropped: %-15s %" PRIu64 "\n", la_drop_name(i),
				       la_worker_drop(end->worker, i));
	}
}

struct show_words {
	cmdline_fixed_string_t show, what, stats;
};

static void show_config(struct cmdline *line)
{
	cmdline_printf(line, "  lastack-bench [EAL OPTIONS] --");
	for (int i = 1; i < session.count; i++)
		cmdline_printf(line, " %s", session.words[i]);
	cmdline_printf(line, "\n");
}

static void on_show_config(void *parsed, struct cmdline *line, void *data)
{
	show_config(line);
}

static void on_help(void *parsed, struct cmdline *line, void *data)
{
	cmdline_printf(line, "  start                     begin a run\n"
			     "  stop                      end it, with its statistics so far\n"
			     "  show port stats           packets and bursts of the run under way\n"
			     "  show worker stats         its other counters, and drops\n"
			     "  show config               the options of the next run\n"
			     "  set <option> <value>      one of them anew: set connections 10k\n"
			     "  set <option> on|off       where it has no value: set notebook on\n"
			     "  quit                      end the run, and the program\n"
			     "lastack-bench --help lists tests, topologies and options.\n");
}

static void on_show(void *parsed, struct cmdline *line, void *data)
{
	const struct show_words *words = parsed;

	if (session.bench == NULL) {
		cmdline_printf(line, "nothing is under way\n");
		return;
	}
	show_end(line, &session.bench->client, strcmp(words->what, "port") == 0);
	show_end(line, &session.bench->server, strcmp(words->what, "port") == 0);
}

struct set_words {
	cmdline_fixed_string_t set, name, value;
};

/* The words with one option given anew, if all of them make sense then. */
static void on_set(void *parsed, struct cmdline *line, void *data)
{
	const struct set_words *words = parsed;
	char option[sizeof(words->name) + 2], value[sizeof(words->value)];
	char *changed[WORDS_MAX + 1];
	bool has_value = options_has_value(words->name);
	struct options options;
	size_t length;
	int count = 0;

	snprintf(option, sizeof(option), "--%s", words->name);
	snprintf(value, sizeof(value), "%s", words->value);
	length = strlen(option);
	if (!has_value && strcmp(value, "on") != 0 && strcmp(value, "off") != 0) {
		cmdline_printf(line, "--%s is on or off\n", words->name);
		return;
	}
	for (int i = 0; i < session.count; i++) {
		const char *word = session.words[i];

		if (strncmp(word, option, length) == 0 && word[length] == '=')
			continue;
		if (strcmp(word, option) != 0)
			changed[count++] = session.words[i];
		else if (has_value)
			i++;
	}
	if (count + 2 > WORDS_MAX) {
		cmdline_printf(line, "too many options\n");
		return;
	}
	if (has_value || strcmp(value, "on") == 0)
		changed[count++] = option;
	if (has_value)
		changed[count++] = value;
	changed[count] = NULL;
	if (!options_parse(&options, count, changed))
		return;
	for (int i = 0; i < count; i++)
		changed[i] = strdup(changed[i]);
	for (int i = 0; i < session.count; i++)
		free(session.words[i]);
	memcpy(session.words, changed, sizeof(changed));
	session.count = count;
}

struct word {
	cmdline_fixed_string_t word;
};

static cmdline_parse_token_string_t start_word =
	TOKEN_STRING_INITIALIZER(struct word, word, "start");
static cmdline_parse_token_string_t stop_word = TOKEN_STRING_INITIALIZER(struct word, word, "stop");
static cmdline_parse_token_string_t help_word = TOKEN_STRING_INITIALIZER(struct word, word, "help");
static cmdline_parse_token_string_t quit_word = TOKEN_STRING_INITIALIZER(struct word, word, "quit");
static cmdline_parse_token_string_t show_word =
	TOKEN_STRING_INITIALIZER(struct show_words, show, "show");
static cmdline_parse_token_string_t show_what =
	TOKEN_STRING_INITIALIZER(struct show_words, what, "port#worker");
static cmdline_parse_token_string_t show_config_word =
	TOKEN_STRING_INITIALIZER(struct show_words, what, "config");
static cmdline_parse_token_string_t show_stats =
	TOKEN_STRING_INITIALIZER(struct show_words, stats, "stats");
static cmdline_parse_token_string_t set_word =
	TOKEN_STRING_INITIALIZER(struct set_words, set, "set");
static cmdline_parse_token_string_t set_name =
	TOKEN_STRING_INITIALIZER(struct set_words, name, NULL);
static cmdline_parse_token_string_t set_value =
	TOKEN_STRING_INITIALIZER(struct set_words, value, NULL);

static cmdline_parse_inst_t start_command = { .f = on_start,
					      .help_str = "start: begins a run",
					      .tokens = { (void *)&start_word, NULL } };
static cmdline_parse_inst_t stop_command = { .f = on_stop,
					     .help_str = "stop: ends it, with its statistics",
					     .tokens = { (void *)&stop_word, NULL } };
static cmdline_parse_inst_t help_command = { .f = on_help,
					     .help_str = "help: the commands",
					     .tokens = { (void *)&help_word, NULL } };
static cmdline_parse_inst_t show_config_command = {
	.f = on_show_config,
	.help_str = "show config: the options of the next run",
	.tokens = { (void *)&show_word, (void *)&show_config_word, NULL },
};
static cmdline_parse_inst_t quit_command = { .f = on_quit,
					     .help_str = "quit",
					     .tokens = { (void *)&quit_word, NULL } };
static cmdline_parse_inst_t show_command = {
	.f = on_show,
	.help_str = "show port|worker stats: counters of the run so far",
	.tokens = { (void *)&show_word, (void *)&show_what, (void *)&show_stats, NULL },
};
static cmdline_parse_inst_t set_command = {
	.f = on_set,
	.help_str = "set <option> <value>: of the next run",
	.tokens = { (void *)&set_word, (void *)&set_name, (void *)&set_value, NULL },
};

static cmdline_parse_ctx_t commands[] = { &start_command,       &stop_command,
					  &show_command,        &set_command,
					  &show_config_command, &help_command,
					  &quit_command,        NULL };

/* ---- the prompt ------------------------------------------------------------------------------ */

/* Takes what was typed, waiting for it at most so long. */
static void look(int wait_ms)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };

	while (!session.quit && poll(&in, 1, wait_ms) > 0) {
		int waiting = 0;

		/* Readable, and nothing to read: the end. */
		if (ioctl(STDIN_FILENO, FIONREAD, &waiting) != 0 || waiting == 0 ||
		    cmdline_poll(session.line) < 0)
			session.quit = session.stop = true;
		if (session.start || session.stop)
			return;
		wait_ms = 0;
	}
}

bool interactive_stops(const struct bench *bench)
{
	uint64_t now = rte_rdtsc();

	if (session.line == NULL || now - session.looked < rte_get_tsc_hz() / LOOKS_PER_SECOND)
		return session.stop;
	session.looked = now;
	session.bench = bench;
	look(0);
	return session.stop;
}

bool interactive(int count, char **words, bool (*signalled)(void),
		 void (*measure)(const struct options *options))
{
	struct options options;

	for (int i = 0; i < count && session.count < WORDS_MAX; i++) {
		if (strcmp(words[i], "--interactive") != 0 && strcmp(words[i], "-i") != 0)
			session.words[session.count++] = strdup(words[i]);
	}
	session.line = cmdline_stdin_new(commands, "lastack-bench> ");
	if (session.line == NULL)
		return false;
	while (!session.quit && !signalled()) {
		look(IDLE_MS);
		if (!session.start)
			continue;
		session.start = session.stop = false;
		if (options_parse(&options, session.count, session.words))
			measure(&options);
		session.bench = NULL;
		session.stop = false;
	}
	cmdline_stdin_exit(session.line);
	for (int i = 0; i < session.count; i++)
		free(session.words[i]);
	session.line = NULL;
	return true;
}
