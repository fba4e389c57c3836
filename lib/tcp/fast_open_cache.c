/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/fast_open_cache.h"

#include <assert.h>
#include <string.h>

static uint32_t place_of(const struct fast_open_cache *cache, const struct la_addr *addr)
{
	uint64_t words[2];

	memcpy(words, addr->bytes, sizeof(words));
	return siphash_2_4(&cache->key, words, 2) % FAST_OPEN_SERVERS;
}

const struct fast_open_server *fast_open_cache_find(const struct fast_open_cache *cache,
						    const struct la_addr *addr)
{
	const struct fast_open_server *server = &cache->servers[place_of(cache, addr)];

	return la_addr_equal(&server->addr, addr) ? server : NULL;
}

/* Its place, emptied of others. */
static struct fast_open_server *take_place(struct fast_open_cache *cache,
					   const struct la_addr *addr)
{
	struct fast_open_server *server = &cache->servers[place_of(cache, addr)];

	if (!la_addr_equal(&server->addr, addr))
		*server = (struct fast_open_server){ .addr = *addr };
	return server;
}

void fast_open_cache_keep(struct fast_open_cache *cache, const struct la_addr *addr, uint16_t mss,
			  const uint8_t *cookie, uint8_t size)
{
	struct fast_open_server *server = take_place(cache, addr);

	assert(size > 0 && size <= sizeof(server->cookie));
	server->mss = mss;
	server->size = size;
	memcpy(server->cookie, cookie, size);
}

void fast_open_cache_refuse(struct fast_open_cache *cache, const struct la_addr *addr,
			    uint64_t until_us)
{
	struct fast_open_server *server = take_place(cache, addr);

	server->size = 0;
	server->refused_until_us = until_us;
}
