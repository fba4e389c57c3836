/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fast_open_cache.h: what an active open remembers of servers (RFC 7413 4.1.3): the cookie that one
 * gave us, its MSS, and who lost a SYN because of the option or of its text.
 *
 * One place for each address, chosen by a keyed hash; who comes later takes it.
 */
#ifndef TCP_FAST_OPEN_CACHE_H
#define TCP_FAST_OPEN_CACHE_H

#include <stdint.h>

#include "base/siphash.h"
#include "config/limits.h"
#include "lastack.h"
#include "wire/tcp_header.h"

struct fast_open_server {
	struct la_addr addr;
	uint64_t refused_until_us; /**< no option until then */
	uint16_t mss;              /**< as it offered last */
	uint8_t size;              /**< of the cookie; 0: there is none */
	uint8_t cookie[TCP_FAST_OPEN_BYTES_MAX];
};

struct fast_open_cache {
	struct siphash_key key;
	struct fast_open_server servers[FAST_OPEN_SERVERS];
};

/** What is known of the server, or NULL. */
const struct fast_open_server *fast_open_cache_find(const struct fast_open_cache *cache,
						    const struct la_addr *addr);

/** The server gave us this cookie. */
void fast_open_cache_keep(struct fast_open_cache *cache, const struct la_addr *addr, uint16_t mss,
			  const uint8_t *cookie, uint8_t size);

/** A SYN with the option was lost: none for a while (RFC 7413 4.1.3, negative responses). */
void fast_open_cache_refuse(struct fast_open_cache *cache, const struct la_addr *addr,
			    uint64_t until_us);

#endif
