/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/listener.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>

void listener_table_init(struct listener_table *table)
{
	for (unsigned int i = 0; i < LISTENER_PLACES; i++)
		table->places[i] = LISTENER_NONE;
	for (unsigned int i = 0; i < LISTENERS_MAX; i++)
		table->list[i] = (struct listener){ 0 };
	table->count = 0;
	table->changes = 0;
}

int listener_open(struct listener_table *table, uint16_t port, uint16_t local_index,
		  uint16_t profile)
{
	uint16_t *place = &table->places[port % LISTENER_PLACES];
	uint16_t number = LISTENER_NONE;

	assert(port != 0);
	for (uint16_t i = *place; i != LISTENER_NONE; i = table->list[i].next)
		if (table->list[i].port == port && table->list[i].local_index == local_index)
			return -EADDRINUSE;
	for (uint16_t i = 0; i < LISTENERS_MAX && number == LISTENER_NONE; i++)
		if (!table->list[i].open && table->list[i].half_open == 0)
			number = i;
	if (number == LISTENER_NONE)
		return -ENOSPC;
	table->list[number] = (struct listener){
		.port = port,
		.local_index = local_index,
		.profile = profile,
		.next = *place,
		.limits = { .connections = LA_LIMIT_NONE, .half_open = LA_LIMIT_NONE },
		.open = true,
	};
	*place = number;
	table->count++;
	table->changes++;
	return number;
}

int listener_close(struct listener_table *table, uint16_t number)
{
	struct listener *listener;
	uint16_t *link;

	if (number >= LISTENERS_MAX || !table->list[number].open)
		return -ENOENT;
	listener = &table->list[number];
	link = &table->places[listener->port % LISTENER_PLACES];
	while (*link != number) {
		assert(*link != LISTENER_NONE);
		link = &table->list[*link].next;
	}
	*link = listener->next;
	listener->open = false;
	table->count--;
	table->changes++;
	return 0;
}

const struct listener *listener_find(const struct listener_table *table, uint16_t port,
				     uint16_t local_index)
{
	const struct listener *any = NULL;

	for (uint16_t i = table->places[port % LISTENER_PLACES]; i != LISTENER_NONE;
	     i = table->list[i].next) {
		if (table->list[i].port != port)
			continue;
		if (table->list[i].local_index == local_index)
			return &table->list[i];
		if (table->list[i].local_index == LISTENER_ANY_ADDRESS)
			any = &table->list[i];
	}
	return any;
}
