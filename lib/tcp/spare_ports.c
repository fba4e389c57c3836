/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/spare_ports.h"

#include <assert.h>
#include <string.h>

#define NODE_NONE UINT16_MAX

_Static_assert(PORT_SPARES < NODE_NONE, "nodes are numbered in 16 bits");

void spare_ports_init(struct spare_ports *spares)
{
	memset(spares->lines, 0, sizeof(spares->lines));
	spares->marked = 0;
	spares->fresh = 0;
	spares->returned_count = 0;
}

static uint16_t take_node(struct spare_ports *spares)
{
	uint16_t node = spares->returned;

	if (spares->returned_count == 0)
		return spares->fresh < PORT_SPARES ? spares->fresh++ : NODE_NONE;
	spares->returned = spares->nodes[node].next;
	spares->returned_count--;
	return node;
}

static void forget(struct spare_ports *spares, struct spare_line *line)
{
	if (line->length > 0) {
		spares->nodes[line->last].next = spares->returned;
		spares->returned = line->first;
		spares->returned_count = (uint16_t)(spares->returned_count + line->length);
	}
	spares->marked -= line->mark != 0;
	line->mark = 0;
	line->length = 0;
}

void spare_ports_begin(struct spare_ports *spares, unsigned int place, uint32_t mark)
{
	struct spare_line *line = &spares->lines[place];

	assert(mark != 0);
	forget(spares, line);
	line->mark = mark;
	spares->marked++;
}

uint16_t spare_ports_take(struct spare_ports *spares, unsigned int place)
{
	struct spare_line *line = &spares->lines[place];
	uint16_t node = line->first;

	assert(line->mark != 0);
	if (line->length == 0)
		return 0;
	line->first = spares->nodes[node].next;
	line->length--;
	spares->nodes[node].next = spares->returned;
	spares->returned = node;
	spares->returned_count++;
	return spares->nodes[node].port;
}

void spare_ports_give(struct spare_ports *spares, unsigned int place, uint32_t mark, uint16_t port,
		      uint32_t enough)
{
	struct spare_line *line = &spares->lines[place];
	uint16_t node;

	if (line->mark != mark)
		return;
	node = line->length < enough ? take_node(spares) : NODE_NONE;
	if (node == NODE_NONE) {
		forget(spares, line);
		return;
	}
	spares->nodes[node] = (struct spare_node){ .port = port };
	if (line->length == 0)
		line->first = node;
	else
		spares->nodes[line->last].next = node;
	line->last = node;
	line->length++;
}
