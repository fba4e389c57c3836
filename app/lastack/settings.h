/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * settings: a table of settings, and a strict reader of YAML nodes that goes by it.
 *
 * A table says for each key its type, range, place in a struct and meaning. The reader, the
 * messages and the documentation all come from it. This file knows no setting by name; config.c
 * holds the tables.
 */
#ifndef LASTACK_SETTINGS_H
#define LASTACK_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "arena.h"
#include "document.h"
#include "lastack.h"

enum setting_kind {
	SETTING_BOOL,     /**< bool */
	SETTING_NUMBER,   /**< an unsigned integer of `width` bytes */
	SETTING_SIZE,     /**< the same, written with a unit of bytes */
	SETTING_DURATION, /**< the same, in microseconds, written with a unit of time */
	SETTING_STRING,   /**< const char *, not empty */
	SETTING_TEXT,     /**< const char *, possibly empty */
	SETTING_CHOICE,   /**< an enum (int): the index of the word in `choices` */
	SETTING_ADDRESS,  /**< struct la_addr, IPv4 */
	SETTING_PREFIX,   /**< struct setting_prefix */
	SETTING_SECTION,  /**< a struct described by `section` */
};

/** An address of ours with the length of its prefix. */
struct setting_prefix {
	int line;
	struct la_addr addr;
	unsigned int length;
};

/** A list in the struct: pointer and count. */
struct setting_list {
	void *items;
	uint32_t count;
};

struct setting_section;

/** One key. */
struct setting {
	const char *key;
	enum setting_kind kind;
	uint8_t width; /**< bytes, of a number, size or duration */
	bool list;     /**< a struct setting_list of such values, at most max of them */
	bool required;
	uint32_t offset;      /**< in the section's struct */
	uint32_t line_offset; /**< of an int that takes the value's line; 0: nowhere */
	uint64_t min, max;
	const char *const *choices; /**< words, NULL behind the last; NULL in between: no word */
	const struct setting_section *section;
	const char *absent; /**< what holds without it, where that is no value */
	const char *help;   /**< for people, in the documentation */
};

/** The keys of one section and the struct that they fill. */
struct setting_section {
	const char *name;               /**< "listeners.http" */
	const struct setting *settings; /**< ends with a NULL key; at most SETTINGS_MAX */
	size_t struct_size;
	/** Where the struct has an `int line` for the line of its section; -1: it has none. */
	int line_offset;
	/** Writes the defaults of a list's item; root is the struct of the whole file. NULL: they
	 * stand in the struct already. */
	void (*init)(void *values, const void *root);
};

#define SETTINGS_MAX 64U
#define SETTINGS_ITEM_MAX 1024U /**< bytes of the struct of a list's item */

/** What is read, into what. */
struct settings_reader {
	const char *file;
	yaml_document_t *document;
	struct arena *arena;
	const void *root; /**< for the init functions */
	struct document_error *error;
};

/**
 * Reads the root node of the document into values, which hold the defaults, in the order of the
 * table. Returns 0, or -1 and the first message.
 */
int settings_read(struct settings_reader *reader, const struct setting_section *section,
		  void *values);

/** Prints the section and those below as Markdown tables. values hold the defaults. */
void settings_print(FILE *out, const struct setting_section *section, const void *values);

#endif
