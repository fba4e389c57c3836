/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * table.h: the goodput table as text: a line for each cell, and how it compares with what is
 * expected.
 *
 * Whole numbers only, so that the same run is the same text on any machine. A file of lines begins
 * with a heading; a line belongs to the cell whose name is its first word.
 */
#ifndef PATH_TABLE_H
#define PATH_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "cell.h"
#include "run.h"

#define TABLE_LINE_SIZE 160U

struct table_line {
	struct cell cell;
	char text[TABLE_LINE_SIZE]; /**< without a newline; empty: there is none */
};

/** What a line of a cell of this kind tells: the names of its columns. */
const char *table_heading(enum cell_kind kind);

/** Writes the line of a cell into buf (TABLE_LINE_SIZE). */
void table_print(const struct cell *cell, const struct run_result *result, char *buf);

/** True for goodputs that are more than a factor of 1.5 apart. */
bool table_is_off(uint64_t goodput_bps, uint64_t theory_bps);

/** Reads the lines of a file that belong to these cells, in any order. 0 or -errno. */
int table_read(const char *path, struct table_line *lines, unsigned int count);

/** Writes a file: these lines under their headings. 0 or -errno. */
int table_write(const char *path, const struct table_line *lines, unsigned int count);

/** Prints what differs, as a diff does. Returns how many lines. */
unsigned int table_compare(FILE *to, const struct table_line *expected,
			   const struct table_line *got, unsigned int count);

#endif
