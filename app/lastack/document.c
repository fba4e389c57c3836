/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * document: see document.h.
 *
 * The bytes are gone over twice. libyaml's document API gives nodes with their lines but has
 * resolved anchors and forgotten tags by then, so a pass over the events looks for those first.
 */
#include "document.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int document_complain(struct document_error *error, const char *file, int line, const char *format,
		      ...)
{
	va_list list;
	int at;

	assert(line >= 0);
	if (line > 0)
		at = snprintf(error->text, sizeof(error->text), "%.250s:%d: ", file, line);
	else
		at = snprintf(error->text, sizeof(error->text), "%.250s: ", file);
	va_start(list, format);
	vsnprintf(error->text + at, sizeof(error->text) - (size_t)at, format, list);
	va_end(list);
	return -1;
}

/* The file's bytes, to be freed by the caller; NULL and the message when that cannot be. */
static unsigned char *read_file(const char *file, size_t *size, struct document_error *error)
{
	FILE *stream = fopen(file, "rb");
	unsigned char *bytes;

	if (stream == NULL) {
		document_complain(error, file, 0,
				  "cannot be opened: %s; give the path of a YAML file",
				  strerror(errno));
		return NULL;
	}
	bytes = malloc(DOCUMENT_BYTES_MAX + 1);
	if (bytes == NULL) {
		document_complain(error, file, 0, "no memory to read it");
		fclose(stream);
		return NULL;
	}
	errno = 0;
	*size = fread(bytes, 1, DOCUMENT_BYTES_MAX + 1, stream);
	if (ferror(stream)) {
		document_complain(error, file, 0,
				  "cannot be read: %s; give the path of a YAML file",
				  strerror(errno));
		free(bytes);
		bytes = NULL;
	} else if (*size > DOCUMENT_BYTES_MAX) {
		document_complain(error, file, 0,
				  "is larger than 1MiB; that is no configuration of lastack");
		free(bytes);
		bytes = NULL;
	}
	fclose(stream);
	return bytes;
}

/* The line of a byte offset: reader errors of libyaml carry no line. */
static int line_of(const unsigned char *bytes, size_t size, size_t offset)
{
	int line = 1;

	for (size_t i = 0; i < size && i < offset; i++)
		line += bytes[i] == '\n';
	return line;
}

static int complain_syntax(const yaml_parser_t *parser, const unsigned char *bytes, size_t size,
			   const char *file, struct document_error *error)
{
	const char *problem = parser->problem != NULL ? parser->problem : "unreadable";

	if (parser->error == YAML_MEMORY_ERROR)
		return document_complain(error, file, 0, "no memory to read it");
	if (parser->error == YAML_READER_ERROR)
		return document_complain(error, file, line_of(bytes, size, parser->problem_offset),
					 "this is not YAML text: %s; write UTF-8 without control "
					 "characters",
					 problem);
	return document_complain(error, file, (int)parser->problem_mark.line + 1,
				 "this is not YAML: %s; check the indentation, the colons and the "
				 "quotes here and in the line above",
				 problem);
}

/* What of one event a configuration has no use for; NULL: nothing. */
static const char *useless_in(const yaml_event_t *event)
{
	static const char *const anchor = "anchors and aliases (& and *) are not understood; write "
					  "the value out, or in quotes if it is meant literally";
	static const char *const tag = "tags (!) are not understood; leave the tag out, or put the "
				       "value in quotes if it is meant literally";

	switch (event->type) {
	case YAML_ALIAS_EVENT:
		return anchor;
	case YAML_SCALAR_EVENT:
		if (event->data.scalar.anchor != NULL)
			return anchor;
		return event->data.scalar.tag != NULL ? tag : NULL;
	case YAML_SEQUENCE_START_EVENT:
		if (event->data.sequence_start.anchor != NULL)
			return anchor;
		return event->data.sequence_start.tag != NULL ? tag : NULL;
	case YAML_MAPPING_START_EVENT:
		if (event->data.mapping_start.anchor != NULL)
			return anchor;
		return event->data.mapping_start.tag != NULL ? tag : NULL;
	default:
		return NULL;
	}
}

/* How the depth changes with an event. */
static int nesting_of(const yaml_event_t *event)
{
	if (event->type == YAML_SEQUENCE_START_EVENT || event->type == YAML_MAPPING_START_EVENT)
		return 1;
	if (event->type == YAML_SEQUENCE_END_EVENT || event->type == YAML_MAPPING_END_EVENT)
		return -1;
	return 0;
}

/* One event of the first pass. Returns 0, or -1 and the message. */
static int check_event(const yaml_event_t *event, const char *file, unsigned int *documents,
		       unsigned int *depth, struct document_error *error)
{
	int line = (int)event->start_mark.line + 1;
	const char *useless = useless_in(event);

	if (useless != NULL)
		return document_complain(error, file, line, "%s", useless);
	if (event->type == YAML_DOCUMENT_START_EVENT && ++*documents > 1)
		return document_complain(error, file, line,
					 "a second document begins here; write everything in one, "
					 "without a --- in between");
	*depth += (unsigned int)nesting_of(event);
	if (*depth > DOCUMENT_DEPTH_MAX)
		return document_complain(error, file, line,
					 "lists and sections are nested more than %u deep",
					 DOCUMENT_DEPTH_MAX);
	return 0;
}

static int check_events(const unsigned char *bytes, size_t size, const char *file,
			struct document_error *error)
{
	unsigned int documents = 0, depth = 0;
	yaml_parser_t parser;
	bool more = true;
	int result = 0;

	if (!yaml_parser_initialize(&parser))
		return document_complain(error, file, 0, "no memory to read it");
	yaml_parser_set_input_string(&parser, bytes, size);
	/* Bounded: every event uses up bytes of a file that is at most DOCUMENT_BYTES_MAX. */
	while (more && result == 0) {
		yaml_event_t event;

		if (!yaml_parser_parse(&parser, &event)) {
			result = complain_syntax(&parser, bytes, size, file, error);
			break;
		}
		more = event.type != YAML_STREAM_END_EVENT;
		result = check_event(&event, file, &documents, &depth, error);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	return result;
}

static bool is_empty(yaml_document_t *document)
{
	yaml_node_t *root = yaml_document_get_root_node(document);

	return root == NULL || (root->type == YAML_SCALAR_NODE && root->data.scalar.length == 0 &&
				root->data.scalar.style == YAML_PLAIN_SCALAR_STYLE);
}

static int load(const unsigned char *bytes, size_t size, const char *file, yaml_document_t *out,
		struct document_error *error)
{
	yaml_parser_t parser;
	int result = 0;

	if (!yaml_parser_initialize(&parser))
		return document_complain(error, file, 0, "no memory to read it");
	yaml_parser_set_input_string(&parser, bytes, size);
	if (!yaml_parser_load(&parser, out)) {
		result = complain_syntax(&parser, bytes, size, file, error);
	} else if (is_empty(out)) {
		yaml_document_delete(out);
		result =
			document_complain(error, file, 1,
					  "nothing is configured here; at least the sections ports "
					  "and listeners are needed");
	}
	yaml_parser_delete(&parser);
	return result;
}

int document_load(const char *file, yaml_document_t *out, struct document_error *error)
{
	size_t size = 0;
	unsigned char *bytes = read_file(file, &size, error);
	int result;

	if (bytes == NULL)
		return -1;
	result = check_events(bytes, size, file, error);
	if (result == 0)
		result = load(bytes, size, file, out, error);
	free(bytes);
	return result;
}

int document_parse(const char *text, const char *name, yaml_document_t *out,
		   struct document_error *error)
{
	const unsigned char *bytes = (const unsigned char *)text;
	size_t size = strlen(text);

	if (check_events(bytes, size, name, error) != 0)
		return -1;
	return load(bytes, size, name, out, error);
}
