/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * document: a file as one YAML document whose nodes know their lines.
 *
 * Owns reading the file and the refusal of what a configuration has no use for: anchors, tags, a
 * second document. Knows nothing of settings.
 */
#ifndef LASTACK_DOCUMENT_H
#define LASTACK_DOCUMENT_H

#include <yaml.h>

#define DOCUMENT_BYTES_MAX (1U << 20) /**< a configuration is written by hand */
#define DOCUMENT_DEPTH_MAX 16U        /**< lists and sections in one another */
#define DOCUMENT_ERROR_SIZE 768       /**< bytes, terminator included */

/** What is wrong with a file: one line, "FILE:LINE: what is wrong; what would be right". */
struct document_error {
	char text[DOCUMENT_ERROR_SIZE];
};

/** Writes the message. Line 0: the file as a whole. Returns -1, for the caller to pass on. */
int document_complain(struct document_error *error, const char *file, int line, const char *format,
		      ...) __attribute__((format(printf, 4, 5)));

/** Reads a file. Returns 0 and a document for yaml_document_delete(), or -1 and the message. */
int document_load(const char *file, yaml_document_t *out, struct document_error *error);

/** The same of a text that came from elsewhere; name stands for the file in messages. */
int document_parse(const char *text, const char *name, yaml_document_t *out,
		   struct document_error *error);

#endif
