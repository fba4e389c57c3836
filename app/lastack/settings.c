/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * settings: see settings.h. The reader; settings_text.c describes settings in words.
 */
#include "settings.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "settings_text.h"
#include "units.h"

static int read_section(struct settings_reader *reader, const struct setting_section *section,
			const yaml_node_t *node, void *values);

/* ---- messages -------------------------------------------------------------------------------- */

static int line_of(const yaml_node_t *node)
{
	return (int)node->start_mark.line + 1;
}

/* "tcp.msl: 30x9 is not a duration; write a duration from 1s to 2m, for example 30s" */
static int refuse(struct settings_reader *reader, const struct setting_section *section,
		  const struct setting *setting, const yaml_node_t *node, const char *what)
{
	char wanted[SETTINGS_TEXT_SIZE], name[SETTINGS_TEXT_SIZE], shown[48] = "";

	if (node->type == YAML_SCALAR_NODE && node->data.scalar.length > 0)
		snprintf(shown, sizeof(shown), "%.40s%s ", (const char *)node->data.scalar.value,
			 node->data.scalar.length > 40 ? "..." : "");
	return document_complain(reader->error, reader->file, line_of(node), "%s: %s%s; write %s",
				 settings_text_name(section, setting, name), shown, what,
				 settings_text_wanted(setting, wanted));
}

static int no_memory(struct settings_reader *reader)
{
	return document_complain(reader->error, reader->file, 0, "no memory to read it");
}

/* ---- values ---------------------------------------------------------------------------------- */

static const char *text_of(const yaml_node_t *node)
{
	assert(node->type == YAML_SCALAR_NODE);
	return (const char *)node->data.scalar.value;
}

static void store_number(void *place, uint8_t width, uint64_t value)
{
	uint8_t value8 = (uint8_t)value;
	uint16_t value16 = (uint16_t)value;
	uint32_t value32 = (uint32_t)value;

	switch (width) {
	case 1:
		assert(value <= UINT8_MAX);
		memcpy(place, &value8, 1);
		return;
	case 2:
		assert(value <= UINT16_MAX);
		memcpy(place, &value16, 2);
		return;
	case 4:
		assert(value <= UINT32_MAX);
		memcpy(place, &value32, 4);
		return;
	default:
		assert(width == 8);
		memcpy(place, &value, 8);
	}
}

static int read_number(struct settings_reader *reader, const struct setting_section *section,
		       const struct setting *setting, const yaml_node_t *node, void *place)
{
	uint64_t value = 0;
	enum units_verdict verdict;
	const char *what;

	if (setting->kind == SETTING_NUMBER) {
		verdict = units_parse_number(text_of(node), &value);
		what = "is not a whole number";
	} else if (setting->kind == SETTING_SIZE) {
		verdict = units_parse_size(text_of(node), &value);
		what = "is not a size";
	} else {
		verdict = units_parse_duration(text_of(node), &value);
		what = verdict == UNITS_NO_UNIT ? "has no unit" : "is not a duration";
	}
	if (setting->kind == SETTING_NUMBER && node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
		return refuse(reader, section, setting, node, "is in quotes");
	if (verdict == UNITS_MALFORMED || verdict == UNITS_NO_UNIT)
		return refuse(reader, section, setting, node, what);
	if (verdict == UNITS_TOO_LARGE || value > setting->max)
		return refuse(reader, section, setting, node, "is too large");
	if (value < setting->min)
		return refuse(reader, section, setting, node, "is too small");
	store_number(place, setting->width, value);
	return 0;
}

static int read_bool(struct settings_reader *reader, const struct setting_section *section,
		     const struct setting *setting, const yaml_node_t *node, bool *place)
{
	bool is_true = strcmp(text_of(node), "true") == 0;

	if (node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
		return refuse(reader, section, setting, node, "is in quotes");
	if (!is_true && strcmp(text_of(node), "false") != 0)
		return refuse(reader, section, setting, node, "is neither true nor false");
	*place = is_true;
	return 0;
}

static int read_choice(struct settings_reader *reader, const struct setting_section *section,
		       const struct setting *setting, const yaml_node_t *node, int *place)
{
	for (int i = 0; i == 0 || setting->choices[i] != NULL; i++) {
		if (setting->choices[i] != NULL &&
		    strcmp(setting->choices[i], text_of(node)) == 0) {
			*place = i;
			return 0;
		}
	}
	return refuse(reader, section, setting, node, "is not known here");
}

static int read_string(struct settings_reader *reader, const struct setting_section *section,
		       const struct setting *setting, const yaml_node_t *node, const char **place)
{
	if (strlen(text_of(node)) != node->data.scalar.length)
		return refuse(reader, section, setting, node, "goes on behind a zero byte");
	if (setting->kind == SETTING_STRING && node->data.scalar.length == 0)
		return refuse(reader, section, setting, node, "is empty");
	*place = arena_string(reader->arena, text_of(node));
	return *place != NULL ? 0 : no_memory(reader);
}

/* Why an address cannot be that of one host; NULL: it can. */
static const char *unusable(const struct la_addr *addr)
{
	uint32_t host = la_addr_to_ipv4(addr);

	if (!la_addr_is_ipv4(addr))
		return "is an IPv6 address; only IPv4 is spoken yet";
	if (host >> 24 == 0)
		return "means no address in particular";
	if (host >> 24 == 127)
		return "is a loopback address, which is never on a wire";
	if (host >> 28 == 14)
		return "is a multicast address";
	return host >> 28 == 15 ? "is reserved or a broadcast address" : NULL;
}

static int read_address(struct settings_reader *reader, const struct setting_section *section,
			const struct setting *setting, const yaml_node_t *node,
			struct la_addr *place)
{
	const char *why;

	if (la_addr_parse(text_of(node), place) != 0)
		return refuse(reader, section, setting, node, "is not an address");
	why = unusable(place);
	return why == NULL ? 0 : refuse(reader, section, setting, node, why);
}

static int read_prefix(struct settings_reader *reader, const struct setting_section *section,
		       const struct setting *setting, const yaml_node_t *node,
		       struct setting_prefix *place)
{
	const char *text = text_of(node), *slash = strchr(text, '/');
	char address[LA_ADDR_TEXT_SIZE];
	uint64_t length;
	uint32_t below;
	const char *why;

	if (slash == NULL)
		return refuse(reader, section, setting, node, "has no prefix length");
	if ((size_t)(slash - text) >= sizeof(address))
		return refuse(reader, section, setting, node, "is not an address");
	memcpy(address, text, (size_t)(slash - text));
	address[slash - text] = '\0';
	if (la_addr_parse(address, &place->addr) != 0)
		return refuse(reader, section, setting, node, "is not an address");
	why = unusable(&place->addr);
	if (why != NULL)
		return refuse(reader, section, setting, node, why);
	if (units_parse_number(slash + 1, &length) != UNITS_OK || length < 1 || length > 32)
		return refuse(reader, section, setting, node, "has no prefix length from 1 to 32");
	/* RFC 3021: with 31 bits both are hosts. */
	below = length >= 31 ? 0 : UINT32_MAX >> length;
	if (below != 0 && (la_addr_to_ipv4(&place->addr) & below) == 0)
		return refuse(reader, section, setting, node,
			      "is the network itself and no host in it");
	if (below != 0 && (la_addr_to_ipv4(&place->addr) & below) == below)
		return refuse(reader, section, setting, node,
			      "is the broadcast address of its network");
	place->line = line_of(node);
	place->length = (unsigned int)length;
	return 0;
}

/* ---- one value of any kind ------------------------------------------------------------------- */

static int read_scalar(struct settings_reader *reader, const struct setting_section *section,
		       const struct setting *setting, const yaml_node_t *node, void *place)
{
	if (node->type != YAML_SCALAR_NODE)
		return refuse(reader, section, setting, node,
			      node->type == YAML_SEQUENCE_NODE ? "this is a list"
							       : "this is a section");
	if (node->data.scalar.length == 0 && node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
		return refuse(reader, section, setting, node, "the value is missing");
	switch (setting->kind) {
	case SETTING_BOOL:
		return read_bool(reader, section, setting, node, place);
	case SETTING_NUMBER:
	case SETTING_SIZE:
	case SETTING_DURATION:
		return read_number(reader, section, setting, node, place);
	case SETTING_STRING:
	case SETTING_TEXT:
		return read_string(reader, section, setting, node, place);
	case SETTING_CHOICE:
		return read_choice(reader, section, setting, node, place);
	case SETTING_ADDRESS:
		return read_address(reader, section, setting, node, place);
	case SETTING_PREFIX:
		return read_prefix(reader, section, setting, node, place);
	case SETTING_SECTION:
		break;
	}
	abort();
}

static int read_one(struct settings_reader *reader, const struct setting_section *section,
		    const struct setting *setting, const yaml_node_t *node, void *place)
{
	if (setting->kind != SETTING_SECTION)
		return read_scalar(reader, section, setting, node, place);
	if (node->type != YAML_MAPPING_NODE)
		return refuse(reader, section, setting, node,
			      node->type == YAML_SEQUENCE_NODE ? "this is a list"
							       : "is not a section");
	if (setting->section->init != NULL)
		setting->section->init(place, reader->root);
	return read_section(reader, setting->section, node, place);
}

static size_t size_of(const struct setting *setting)
{
	switch (setting->kind) {
	case SETTING_SECTION:
		return setting->section->struct_size;
	case SETTING_PREFIX:
		return sizeof(struct setting_prefix);
	default:
		assert(setting->kind == SETTING_STRING);
		return sizeof(const char *);
	}
}

static int read_list(struct settings_reader *reader, const struct setting_section *section,
		     const struct setting *setting, const yaml_node_t *node,
		     struct setting_list *list)
{
	const size_t size = size_of(setting);
	uint64_t count;
	char *at;

	if (node->type != YAML_SEQUENCE_NODE)
		return refuse(reader, section, setting, node,
			      node->type == YAML_MAPPING_NODE ? "this is a section"
							      : "is not a list");
	count = (uint64_t)(node->data.sequence.items.top - node->data.sequence.items.start);
	if (count < setting->min || count > setting->max)
		return refuse(reader, section, setting, node,
			      count == 0 ? "the list is empty" : "the list is too long");
	at = arena_alloc(reader->arena, count, size);
	if (at == NULL)
		return no_memory(reader);
	list->items = at;
	for (uint64_t i = 0; i < count; i++, at += size) {
		const yaml_node_t *item = yaml_document_get_node(
			reader->document, node->data.sequence.items.start[i]);

		if (read_one(reader, section, setting, item, at) != 0)
			return -1;
		list->count += 1;
	}
	return 0;
}

/* ---- sections -------------------------------------------------------------------------------- */

static const struct setting *find_setting(const struct setting_section *section, const char *key)
{
	for (const struct setting *s = section->settings; s->key != NULL; s++) {
		if (strcmp(s->key, key) == 0)
			return s;
	}
	return NULL;
}

static int complain_unknown(struct settings_reader *reader, const struct setting_section *section,
			    const yaml_node_t *key)
{
	char hint[SETTINGS_TEXT_SIZE];

	return document_complain(reader->error, reader->file, line_of(key),
				 "%s%s there is no setting %.40s; %s", section->name,
				 section->name[0] != '\0' ? ":" : "at the top level", text_of(key),
				 settings_text_hint(section, text_of(key), hint));
}

/* Finds out which value belongs to which setting; unknown and double keys are refused. */
static int collect(struct settings_reader *reader, const struct setting_section *section,
		   const yaml_node_t *node, const yaml_node_t **found)
{
	int lines[SETTINGS_MAX] = { 0 };

	for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	     pair < node->data.mapping.pairs.top; pair++) {
		const yaml_node_t *key = yaml_document_get_node(reader->document, pair->key);
		const struct setting *setting;
		size_t index;

		if (key->type != YAML_SCALAR_NODE)
			return document_complain(reader->error, reader->file, line_of(key),
						 "a list or section stands where a key should; "
						 "write a word and a colon");
		setting = find_setting(section, text_of(key));
		if (setting == NULL)
			return complain_unknown(reader, section, key);
		index = (size_t)(setting - section->settings);
		assert(index < SETTINGS_MAX);
		if (lines[index] != 0)
			return document_complain(reader->error, reader->file, line_of(key),
						 "%s is given twice, first in line %d; leave one",
						 setting->key, lines[index]);
		lines[index] = line_of(key);
		found[index] = yaml_document_get_node(reader->document, pair->value);
	}
	return 0;
}

/* DEVIATION: recursion through read_one(), as deep as the tables are: three sections. */
static int read_section(struct settings_reader *reader, const struct setting_section *section,
			const yaml_node_t *node, void *values)
{
	const yaml_node_t *found[SETTINGS_MAX] = { NULL };
	char name[SETTINGS_TEXT_SIZE], wanted[SETTINGS_TEXT_SIZE];
	int line = line_of(node);

	assert(node->type == YAML_MAPPING_NODE);
	if (collect(reader, section, node, found) != 0)
		return -1;
	if (section->line_offset >= 0)
		memcpy((char *)values + section->line_offset, &line, sizeof(line));
	for (size_t i = 0; section->settings[i].key != NULL; i++) {
		const struct setting *setting = &section->settings[i];
		void *place = (char *)values + setting->offset;
		int result, at;

		if (found[i] == NULL && setting->required)
			return document_complain(reader->error, reader->file, line,
						 "%s is missing; write %s",
						 settings_text_name(section, setting, name),
						 settings_text_wanted(setting, wanted));
		if (found[i] == NULL)
			continue;
		at = line_of(found[i]);
		if (setting->line_offset != 0)
			memcpy((char *)values + setting->line_offset, &at, sizeof(at));
		if (setting->list)
			result = read_list(reader, section, setting, found[i], place);
		else
			result = read_one(reader, section, setting, found[i], place);
		if (result != 0)
			return -1;
	}
	return 0;
}

int settings_read(struct settings_reader *reader, const struct setting_section *section,
		  void *values)
{
	const yaml_node_t *root = yaml_document_get_root_node(reader->document);

	assert(root != NULL);
	if (root->type != YAML_MAPPING_NODE)
		return document_complain(reader->error, reader->file, line_of(root),
					 "the file is no section; write keys such as ports: and "
					 "listeners: at the left margin");
	return read_section(reader, section, root, values);
}
