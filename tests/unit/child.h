/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * child.h: does a deadly thing in a child process and looks at how it died.
 */
#ifndef UNIT_CHILD_H
#define UNIT_CHILD_H

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

struct child_end {
	int status;      /**< as waitpid(2) gives it */
	char said[8192]; /**< the beginning of its standard error */
};

/** Runs deed(arg) in a child. A child that survives it exits with 0. */
static inline void child_run(void (*deed)(void *arg), void *arg, struct child_end *end)
{
	size_t length = 0;
	char rest[512];
	int ends[2];
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		/* cmocka would report the signal of an assertion as a failed test. */
		signal(SIGABRT, SIG_DFL);
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		deed(arg);
		_exit(0);
	}
	close(ends[1]);
	for (;;) {
		bool full = length == sizeof(end->said) - 1;
		ssize_t got =
			full ? read(ends[0], rest, sizeof(rest))
			     : read(ends[0], end->said + length, sizeof(end->said) - 1 - length);

		if (got <= 0)
			break;
		length += full ? 0 : (size_t)got;
	}
	end->said[length] = '\0';
	close(ends[0]);
	assert_int_equal(waitpid(child, &end->status, 0), child);
}

/** The deed runs into an assertion whose text contains words. */
static inline void child_asserts(void (*deed)(void *arg), void *arg, const char *words)
{
	struct child_end end;

	child_run(deed, arg, &end);
	if (strstr(end.said, words) == NULL)
		print_error("expected \"%s\" in: %s\n", words, end.said);
	assert_true(WIFSIGNALED(end.status));
	assert_int_equal(WTERMSIG(end.status), SIGABRT);
	assert_non_null(strstr(end.said, "Assertion"));
	assert_non_null(strstr(end.said, words));
}

#endif
