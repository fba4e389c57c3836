/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/ports.h"

#include <errno.h>

#include "tcp/tcp.h"

int ports_choose(struct tcp *tcp, struct tcp_tuple *tuple)
{
	uint32_t count = EPHEMERAL_PORT_LAST - EPHEMERAL_PORT_FIRST + 1;
	uint32_t start = random_below(&tcp->env->random, count);

	for (uint32_t i = 0; i < count; i++) {
		uint64_t hash;

		tuple->local_port = (uint16_t)(EPHEMERAL_PORT_FIRST + (start + i) % count);
		if (listener_find(&tcp->listeners, tuple->local_port, tuple->local_index) != NULL)
			continue;
		hash = table_hash(&tcp->table, tuple);
		if (table_find(&tcp->table, tuple, hash).kind == RECORD_NONE)
			return 0;
	}
	return -EADDRNOTAVAIL;
}
