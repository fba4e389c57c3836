/* SPDX-License-Identifier: BSD-3-Clause */
/* Runs scripts: all, those of a file, or those named; or those of the self-test, which must fail.
 */
#include "harness.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <rte_eal.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define SELFTEST_FILE "selftest.c"
#define SELFTEST_LINE_MARK "_fails_at_"

extern const struct script_entry *const __start_scripts[];
extern const struct script_entry *const __stop_scripts[];

struct run {
	const char *file; /**< only scripts of this file; NULL: all but the self-test */
	char **names;     /**< only scripts whose name contains one of these */
	int name_count;
	bool list, verbose;
	unsigned int passed, failed;
};

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static bool wanted(const struct run *run, const struct script_entry *entry)
{
	const char *file = base_name(entry->file);
	int i;

	if (run->file == NULL ? strcmp(file, SELFTEST_FILE) == 0 : strcmp(file, run->file) != 0)
		return false;
	for (i = 0; i < run->name_count; i++)
		if (strstr(entry->name, run->names[i]) != NULL)
			return true;
	return run->name_count == 0;
}

static bool run_script(const struct script_entry *entry, bool verbose)
{
	volatile bool passed = false;

	stage_begin(entry, verbose);
	if (setjmp(stage.failed) == 0) {
		entry->run();
		stage_finish();
		passed = true;
	}
	stage_destroy();
	return passed;
}

/**
 * A script of the self-test is named NAME_fails_at_N and must fail N lines below its first; so it
 * is shown that the language can fail, and where.
 */
static bool run_selftest(const struct script_entry *entry, bool verbose)
{
	const char *mark = strstr(entry->name, SELFTEST_LINE_MARK);
	bool passed = run_script(entry, verbose);

	if (mark == NULL || passed)
		return mark == NULL && passed;
	if (stage.failed_line == entry->line + atoi(mark + strlen(SELFTEST_LINE_MARK)))
		return true;
	printf("it failed at line %d, not at %d\n", stage.failed_line,
	       entry->line + atoi(mark + strlen(SELFTEST_LINE_MARK)));
	return false;
}

/** By file, then by line: the linker promises no order. */
static int compare_entries(const void *a, const void *b)
{
	const struct script_entry *x = *(const struct script_entry *const *)a;
	const struct script_entry *y = *(const struct script_entry *const *)b;
	int files = strcmp(x->file, y->file);

	if (files != 0)
		return files;
	return x->line != y->line ? x->line - y->line : strcmp(x->name, y->name);
}

static void run_all(struct run *run)
{
	size_t count = (size_t)(__stop_scripts - __start_scripts), i;
	const struct script_entry **entries = malloc(count * sizeof(*entries));

	assert(entries != NULL);
	memcpy(entries, __start_scripts, count * sizeof(*entries));
	qsort(entries, count, sizeof(*entries), compare_entries);
	for (i = 0; i < count; i++) {
		const struct script_entry **entry = &entries[i];
		bool passed;

		if (!wanted(run, *entry))
			continue;
		if (run->list) {
			printf("%s: %s\n", base_name((*entry)->file), (*entry)->name);
			continue;
		}
		printf("[ RUN      ] %s\n", (*entry)->name);
		if (run->file != NULL && strcmp(run->file, SELFTEST_FILE) == 0)
			passed = run_selftest(*entry, run->verbose);
		else
			passed = run_script(*entry, run->verbose);
		printf("[ %s ] %s\n", passed ? "      OK" : " FAILED ", (*entry)->name);
		fflush(stdout);
		run->passed += passed;
		run->failed += !passed;
	}
	free(entries);
}

/** Without hugepages or devices. EAL promises not to write to its arguments. */
static int start_eal(const char *program)
{
	char prefix[32];
	const char *const arguments[] = { program,
					  "--no-huge",
					  "-m",
					  "256",
					  "--no-pci",
					  "--no-shconf",
					  "--no-telemetry",
					  "-l",
					  "0",
					  "--iova-mode=va",
					  "--log-level=error",
					  prefix };

	snprintf(prefix, sizeof(prefix), "--file-prefix=script-%d", (int)getpid());
	return rte_eal_init((int)COUNT_OF(arguments), (char **)(uintptr_t)arguments);
}

/** EAL empties its directory and leaves it. */
static void stop_eal(void)
{
	char directory[128];

	snprintf(directory, sizeof(directory), "%s", rte_eal_get_runtime_dir());
	rte_eal_cleanup();
	rmdir(directory);
}

static int usage(const char *program)
{
	printf("usage: %s [--list] [--verbose] [--file FILE.c] [NAME...]\n"
	       "Runs the scripts whose name contains one of NAMEs; all without one.\n",
	       program);
	return 2;
}

int main(int argc, char **argv)
{
	struct run run = { 0 };
	int i;

	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "--list") == 0)
			run.list = true;
		else if (strcmp(argv[i], "--verbose") == 0)
			run.verbose = true;
		else if (strcmp(argv[i], "--file") == 0 && i + 1 < argc)
			run.file = argv[++i];
		else
			return usage(argv[0]);
	}
	run.names = argv + i;
	run.name_count = argc - i;
	if (!run.list && start_eal(argv[0]) < 0) {
		fprintf(stderr, "EAL did not start\n");
		return 2;
	}
	run_all(&run);
	if (run.list)
		return 0;
	stop_eal();
	printf("%u passed, %u failed\n", run.passed, run.failed);
	if (run.passed + run.failed == 0)
		fprintf(stderr, "no script has such a name\n");
	return run.failed == 0 && run.passed > 0 ? 0 : 1;
}
