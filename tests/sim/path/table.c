/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "table.h"
#include "theory.h"

#define OFF_FACTOR_TENTHS 15U /**< what has to be explained */

static const char *const kinds[] = {
	[CELL_STEADY] = "One flow: goodput, share of the bottleneck, segments sent again, of them "
			"needlessly, timeouts, theory",
	[CELL_SHARED] =
		"Several flows: goodput of all, Jain's index, the least and the most that a "
		"flow had, segments sent again, timeouts",
	[CELL_BURST] = "A part of a window lost at once: segments lost, time until all of it had "
		       "arrived, sent again, of them needlessly, timeouts",
	[CELL_TAIL] = "The end of a transfer lost: the same",
};

const char *table_heading(enum cell_kind kind)
{
	static const char *const headings[] = {
		[CELL_STEADY] = "cell                             kbit/s  share   again  needless "
				"timeouts     theory  ratio",
		[CELL_SHARED] =
			"cell                             kbit/s   jain    least     most   "
			"again  timeouts",
		[CELL_BURST] = "cell                             lost         us    rtts  again "
			       "needless  timeouts",
		[CELL_TAIL] = "cell                             lost         us    rtts  again "
			      "needless  timeouts",
	};

	return headings[kind];
}

bool table_is_off(uint64_t goodput_bps, uint64_t theory_bps)
{
	return goodput_bps * OFF_FACTOR_TENTHS < theory_bps * 10 ||
	       theory_bps * OFF_FACTOR_TENTHS < goodput_bps * 10;
}

/* Parts of a whole in ten-thousandths; of nothing it is nothing. */
static unsigned int share(uint64_t part, uint64_t whole)
{
	return whole == 0 ? 0 : (unsigned int)((part * 10000 + whole / 2) / whole);
}

/* What was sent again although it had arrived. */
static uint64_t needless(const struct run_result *result)
{
	return result->again > result->lost ? result->again - result->lost : 0;
}

static void print_steady(const char *name, const struct cell *cell, const struct run_result *result,
			 char *buf)
{
	uint64_t goodput = result->goodput_bps[0];
	uint64_t theory = theory_goodput_bps(cell, result->segment_bytes);
	unsigned int of_rate = share(goodput, theory_ceiling_bps(cell, result->segment_bytes));
	unsigned int again = share(result->again, result->segments);
	unsigned int vain = share(needless(result), result->segments);
	unsigned int ratio = share(goodput, theory) / 100;

	snprintf(buf, TABLE_LINE_SIZE,
		 "%-30s %8" PRIu64 " %3u.%u%% %3u.%02u%% %5u.%02u%% %8" PRIu64 " %10" PRIu64
		 " %3u.%02u%s",
		 name, goodput / 1000, of_rate / 100, of_rate / 10 % 10, again / 100, again % 100,
		 vain / 100, vain % 100, result->timeouts, theory / 1000, ratio / 100, ratio % 100,
		 table_is_off(goodput, theory) ? " !" : "");
}

static void print_shared(const char *name, const struct cell *cell, const struct run_result *result,
			 char *buf)
{
	uint64_t sum = 0, least = UINT64_MAX, most = 0;
	unsigned int jain = theory_jain(result->goodput_bps, cell->flows);
	unsigned int again = share(result->again, result->segments);
	unsigned int i;

	for (i = 0; i < cell->flows; i++) {
		uint64_t goodput = result->goodput_bps[i];

		sum += goodput;
		least = goodput < least ? goodput : least;
		most = goodput > most ? goodput : most;
	}
	snprintf(buf, TABLE_LINE_SIZE,
		 "%-30s %8" PRIu64 " %u.%04u %8" PRIu64 " %8" PRIu64 " %3u.%02u%% %9" PRIu64, name,
		 sum / 1000, jain / 10000, jain % 10000, least / 1000, most / 1000, again / 100,
		 again % 100, result->timeouts);
}

static void print_fault(const char *name, const struct cell *cell, const struct run_result *result,
			char *buf)
{
	unsigned int rtts = share(result->recovery_us, cell->rtt_us) / 100;

	if (result->recovery_us == 0) {
		snprintf(buf, TABLE_LINE_SIZE, "%-30s %6" PRIu64 " never recovered", name,
			 result->fault_lost);
		return;
	}
	snprintf(buf, TABLE_LINE_SIZE,
		 "%-30s %6" PRIu64 " %10" PRIu64 " %4u.%02u %6" PRIu64 " %8" PRIu64 " %9" PRIu64,
		 name, result->fault_lost, result->recovery_us, rtts / 100, rtts % 100,
		 result->again, needless(result), result->timeouts);
}

void table_print(const struct cell *cell, const struct run_result *result, char *buf)
{
	char name[CELL_NAME_SIZE];

	cell_name(cell, name);
	if (result->failed || result->starved > 0) {
		snprintf(buf, TABLE_LINE_SIZE, "%-30s failed: %" PRIu64 " frames without a buffer",
			 name, result->starved);
		return;
	}
	if (cell->kind == CELL_STEADY)
		print_steady(name, cell, result, buf);
	else if (cell->kind == CELL_SHARED)
		print_shared(name, cell, result, buf);
	else
		print_fault(name, cell, result, buf);
}

/* ---- files ---- */

static void take_line(char *text, struct table_line *lines, unsigned int count)
{
	size_t length = strcspn(text, " ");
	char name[CELL_NAME_SIZE];
	unsigned int i;

	text[strcspn(text, "\n")] = '\0';
	for (i = 0; i < count; i++) {
		cell_name(&lines[i].cell, name);
		if (strlen(name) == length && strncmp(name, text, length) == 0) {
			snprintf(lines[i].text, TABLE_LINE_SIZE, "%s", text);
			return;
		}
	}
}

int table_read(const char *path, struct table_line *lines, unsigned int count)
{
	char text[TABLE_LINE_SIZE];
	FILE *file = fopen(path, "r");

	if (file == NULL)
		return -errno;
	while (fgets(text, sizeof(text), file) != NULL)
		take_line(text, lines, count);
	fclose(file);
	return 0;
}

int table_write(const char *path, const struct table_line *lines, unsigned int count)
{
	FILE *file = fopen(path, "w");
	unsigned int i;
	int failed;

	if (file == NULL)
		return -errno;
	fprintf(file, "# Goodput as simulated; docs/goodput.md explains it. Written by sim-table "
		      "--accept.\n");
	for (i = 0; i < count; i++) {
		if (i == 0 || lines[i].cell.kind != lines[i - 1].cell.kind)
			fprintf(file, "\n# %s\n# %s\n", kinds[lines[i].cell.kind],
				table_heading(lines[i].cell.kind));
		if (lines[i].text[0] != '\0')
			fprintf(file, "%s\n", lines[i].text);
	}
	failed = ferror(file);
	if (fclose(file) != 0)
		failed = 1;
	return failed ? -EIO : 0;
}

unsigned int table_compare(FILE *to, const struct table_line *expected,
			   const struct table_line *got, unsigned int count)
{
	unsigned int i, differ = 0;
	int kind = -1;

	for (i = 0; i < count; i++) {
		if (got[i].text[0] == '\0' || strcmp(expected[i].text, got[i].text) == 0)
			continue;
		if (kind != (int)got[i].cell.kind)
			fprintf(to, "  %s\n", table_heading(got[i].cell.kind));
		kind = (int)got[i].cell.kind;
		if (expected[i].text[0] != '\0')
			fprintf(to, "- %s\n", expected[i].text);
		fprintf(to, "+ %s\n", got[i].text);
		differ++;
	}
	return differ;
}
