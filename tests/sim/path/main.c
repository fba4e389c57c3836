/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sim-table: simulates the cells of the goodput table and compares them with what is expected. See
 * docs/goodput.md.
 */
#include <assert.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cell.h"
#include "eal.h"
#include "run.h"
#include "table.h"

#define EAL_MEGABYTES 3072U
#define JOBS_MAX 16U
#define SEED 1U /**< the table's; its losses and initial numbers come from it */

struct arguments {
	const char *cell; /**< one cell only */
	const char *expected;
	const char *match; /**< only cells whose names hold this */
	const char *pcap_path;
	uint64_t seed, sample_us, from_us, until_us;
	unsigned int jobs;
	bool all, part, list, accept, verbose, counters, timing;
};

static void usage(FILE *to)
{
	fputs("usage: sim-table --part | --all [--expect FILE [--accept]] [--match TEXT] [--jobs "
	      "N]\n"
	      "       sim-table --cell NAME [--verbose] [--counters] [--sample MS] [--from MS]\n"
	      "                 [--until MS] [--pcap FILE]\n"
	      "  --part         the cells that scripts/test compares\n"
	      "  --all          all cells\n"
	      "  --list         print the names only\n"
	      "  --expect FILE  compare with this table; without it the lines are printed\n"
	      "  --accept       write the lines into the table instead\n"
	      "  --match TEXT   only cells whose name contains it\n"
	      "  --jobs N       so many processes (1)\n"
	      "  --seed N       another seed than the table's (1)\n"
	      "  --timing       print what each cell costs\n"
	      "  --cell NAME    any cell, in the table or not: cubic/100M/20ms/1bdp/1%,\n"
	      "                 mixed*8/1G/5ms/0.5bdp/0%, newreno/100M/20ms/1bdp/burst50 or "
	      ".../tail3\n"
	      "  --verbose      print each frame as it enters the path\n"
	      "  --counters     print what both stacks counted\n"
	      "  --sample MS    print window and queue so often\n"
	      "  --from, --until MS   show only this stretch\n"
	      "  --pcap FILE    write the frames, for tcpdump or Wireshark\n",
	      to);
}

static bool parse_number(const char *text, uint64_t *out)
{
	char *end;

	*out = strtoull(text, &end, 10);
	return end != text && *end == '\0';
}

static bool parse_option(int option, struct arguments *out)
{
	uint64_t number = 0;

	if (strchr("jsmfu", option) != NULL && !parse_number(optarg, &number))
		return false;
	switch (option) {
	case 'a':
		out->all = true;
		break;
	case 'p':
		out->part = true;
		break;
	case 'l':
		out->list = true;
		break;
	case 'A':
		out->accept = true;
		break;
	case 'v':
		out->verbose = true;
		break;
	case 't':
		out->timing = true;
		break;
	case 'C':
		out->counters = true;
		break;
	case 'e':
		out->expected = optarg;
		break;
	case 'c':
		out->cell = optarg;
		break;
	case 'P':
		out->pcap_path = optarg;
		break;
	case 'M':
		out->match = optarg;
		break;
	case 'j':
		out->jobs = (unsigned int)number;
		break;
	case 's':
		out->seed = number;
		break;
	case 'm':
		out->sample_us = number * 1000;
		break;
	case 'f':
		out->from_us = number * 1000;
		break;
	case 'u':
		out->until_us = number * 1000;
		break;
	default:
		return false;
	}
	return true;
}

/* 0: go on, -1: all is said, 2: wrong. */
static int parse(int argc, char **argv, struct arguments *out)
{
	static const struct option options[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "part", no_argument, NULL, 'p' },
		{ "list", no_argument, NULL, 'l' },
		{ "expect", required_argument, NULL, 'e' },
		{ "accept", no_argument, NULL, 'A' },
		{ "match", required_argument, NULL, 'M' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "seed", required_argument, NULL, 's' },
		{ "timing", no_argument, NULL, 't' },
		{ "cell", required_argument, NULL, 'c' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "counters", no_argument, NULL, 'C' },
		{ "sample", required_argument, NULL, 'm' },
		{ "from", required_argument, NULL, 'f' },
		{ "until", required_argument, NULL, 'u' },
		{ "pcap", required_argument, NULL, 'P' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'h') {
			usage(stdout);
			return -1;
		}
		if (!parse_option(option, out)) {
			usage(stderr);
			return 2;
		}
	}
	if (optind == argc && out->all + out->part + (out->cell != NULL) == 1 && out->jobs > 0 &&
	    out->jobs <= JOBS_MAX && (!out->accept || out->expected != NULL))
		return 0;
	usage(stderr);
	return 2;
}

/* ---- one cell ---- */

static uint64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void run_line(const struct arguments *arguments, struct table_line *line)
{
	struct run_config config = {
		.cell = line->cell,
		.seed = arguments->seed,
		.verbose = arguments->verbose,
		.counters = arguments->counters,
		.sample_us = arguments->sample_us,
		.from_us = arguments->from_us,
		.until_us = arguments->until_us,
		.pcap_path = arguments->pcap_path,
	};
	struct run_result result;
	uint64_t began_ms = clock_ms();

	run_cell(&config, &result);
	table_print(&line->cell, &result, line->text);
	if (arguments->timing)
		fprintf(stderr,
			"%6" PRIu64 " ms %9" PRIu64 " segments %9" PRIu64 " moments %6" PRIu64
			" s: %s\n",
			clock_ms() - began_ms, result.segments, result.events,
			result.measured_us / 1000000, line->text);
}

static int run_one(const struct arguments *arguments)
{
	struct table_line line = { .text = "" };

	if (!cell_parse(arguments->cell, &line.cell)) {
		fprintf(stderr, "sim-table: \"%s\" is no cell\n", arguments->cell);
		return 2;
	}
	if (eal_start("sim-table", EAL_MEGABYTES) != 0)
		return 1;
	run_line(arguments, &line);
	eal_stop();
	printf("  %s\n  %s\n", table_heading(line.cell.kind), line.text);
	return 0;
}

/* ---- many cells ---- */

/* A process runs every so manieth cell and writes the lines, each with its number, to the pipe. */
static int run_share(const struct arguments *arguments, struct table_line *lines,
		     unsigned int count, unsigned int first)
{
	unsigned int i;

	if (eal_start("sim-table", EAL_MEGABYTES) != 0)
		return 1;
	for (i = first; i < count; i += arguments->jobs) {
		run_line(arguments, &lines[i]);
		printf("%u %s\n", i, lines[i].text);
		fflush(stdout);
	}
	eal_stop();
	return 0;
}

static FILE *start_share(const struct arguments *arguments, struct table_line *lines,
			 unsigned int count, unsigned int first)
{
	int ends[2];
	pid_t pid;

	if (pipe(ends) != 0 || (pid = fork()) < 0) {
		perror("sim-table");
		exit(1);
	}
	if (pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		exit(run_share(arguments, lines, count, first));
	}
	close(ends[1]);
	return fdopen(ends[0], "r");
}

/* Runs all lines; false when a process of ours has failed. */
static bool run_lines(const struct arguments *arguments, struct table_line *lines,
		      unsigned int count)
{
	char text[TABLE_LINE_SIZE + 16];
	FILE *shares[JOBS_MAX];
	unsigned int i, number, seen = 0;
	bool good = true;
	int status, at;

	fflush(stdout);
	for (i = 0; i < arguments->jobs; i++)
		shares[i] = start_share(arguments, lines, count, i);
	for (i = 0; i < arguments->jobs; i++) {
		while (fgets(text, sizeof(text), shares[i]) != NULL) {
			text[strcspn(text, "\n")] = '\0';
			if (sscanf(text, "%u %n", &number, &at) == 1 && number < count) {
				snprintf(lines[number].text, TABLE_LINE_SIZE, "%s", text + at);
				seen++;
			}
		}
		fclose(shares[i]);
	}
	while (wait(&status) > 0)
		good = good && status == 0;
	return good && seen == count;
}

static unsigned int choose(const struct arguments *arguments, struct table_line *lines)
{
	static struct cell cells[CELLS_MAX];
	unsigned int i, count = cell_list(cells), chosen = 0;
	char name[CELL_NAME_SIZE];

	for (i = 0; i < count; i++) {
		if (arguments->part && !cell_in_part(&cells[i]))
			continue;
		if (arguments->match != NULL &&
		    strstr(cell_name(&cells[i], name), arguments->match) == NULL)
			continue;
		memset(&lines[chosen], 0, sizeof(lines[chosen]));
		lines[chosen++].cell = cells[i];
	}
	return chosen;
}

/* Puts the lines into the file, among those of other cells that are there. */
static int accept_lines(const char *path, const struct table_line *got, unsigned int count)
{
	static struct table_line whole[CELLS_MAX];
	static struct cell cells[CELLS_MAX];
	unsigned int i, j, all = cell_list(cells);
	int rc;

	for (i = 0; i < all; i++)
		whole[i].cell = cells[i];
	table_read(path, whole, all);
	for (i = 0, j = 0; i < all && j < count; i++) {
		if (memcmp(&whole[i].cell, &got[j].cell, sizeof(struct cell)) == 0)
			memcpy(whole[i].text, got[j++].text, TABLE_LINE_SIZE);
	}
	assert(j == count);
	rc = table_write(path, whole, all);
	if (rc != 0)
		fprintf(stderr, "sim-table: %s: %s\n", path, strerror(-rc));
	else
		printf("sim-table: %u cells written to %s\n", count, path);
	return rc == 0 ? 0 : 1;
}

static int compare_lines(const char *path, const struct table_line *got, unsigned int count)
{
	static struct table_line expected[CELLS_MAX];
	unsigned int i, differ;
	int rc;

	for (i = 0; i < count; i++)
		expected[i].cell = got[i].cell;
	rc = table_read(path, expected, count);
	if (rc != 0) {
		fprintf(stderr, "sim-table: %s: %s\n", path, strerror(-rc));
		return 1;
	}
	differ = table_compare(stdout, expected, got, count);
	if (differ > 0)
		printf("What these columns mean, and how to look into a cell: docs/goodput.md. If "
		       "the "
		       "change is meant:\n"
		       "  sim-table --all --jobs 2 --expect tests/sim/table.expected "
		       "--accept\n");
	printf("sim-table: %u passed, %u failed\n", count - differ, differ);
	return differ == 0 ? 0 : 1;
}

static int run_many(const struct arguments *arguments)
{
	static struct table_line lines[CELLS_MAX];
	unsigned int i, count = choose(arguments, lines);
	char name[CELL_NAME_SIZE];

	for (i = 0; arguments->list && i < count; i++)
		printf("%s\n", cell_name(&lines[i].cell, name));
	if (arguments->list)
		return 0;
	if (!run_lines(arguments, lines, count)) {
		fprintf(stderr, "sim-table: not all cells could be run\n");
		return 1;
	}
	if (arguments->accept)
		return accept_lines(arguments->expected, lines, count);
	if (arguments->expected != NULL)
		return compare_lines(arguments->expected, lines, count);
	for (i = 0; i < count; i++) {
		if (i == 0 || lines[i].cell.kind != lines[i - 1].cell.kind)
			printf("  %s\n", table_heading(lines[i].cell.kind));
		printf("  %s\n", lines[i].text);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct arguments arguments = { .jobs = 1, .seed = SEED };
	int rc = parse(argc, argv, &arguments);

	if (rc != 0)
		return rc < 0 ? 0 : rc;
	return arguments.cell != NULL ? run_one(&arguments) : run_many(&arguments);
}
