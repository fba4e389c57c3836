/* SPDX-License-Identifier: BSD-3-Clause */
#include "io/rss.h"

#include <assert.h>
#include <string.h>

#define PORT_BITS 16U
#define IPV4_TUPLE_BYTES 12U

_Static_assert((RSS_OWNERS & (RSS_OWNERS - 1)) == 0, "the low bits of the hash choose the entry");
_Static_assert(RSS_KEY_BYTES >= RSS_TUPLE_BYTES + 4, "each bit of the tuple has 32 bits of key");

/* Bits of the key that one bit of the tuple, counted from the first, adds to the hash. */
static uint32_t key_window(const uint8_t key[RSS_KEY_BYTES], unsigned int bit)
{
	uint64_t around = 0;

	assert(bit < RSS_TUPLE_BYTES * 8);
	for (unsigned int i = 0; i < 5; i++)
		around = around << 8 | key[bit / 8 + i];
	return (uint32_t)(around >> (8 - bit % 8));
}

/*
 * True if the bits of a port, which begin at this bit of the tuple, can make any pattern of the
 * bits that choose an entry: if the windows are of full rank, as Gauss' elimination shows.
 */
static bool ports_reach_all(const uint8_t key[RSS_KEY_BYTES], unsigned int first_bit)
{
	uint32_t seen = 0; /* leading bits of the rows so far, which no later row has */
	uint32_t rows[PORT_BITS];

	for (unsigned int i = 0; i < PORT_BITS; i++)
		rows[i] = key_window(key, first_bit + i) % RSS_OWNERS;
	for (unsigned int i = 0; i < PORT_BITS; i++) {
		uint32_t lead = rows[i] & -rows[i];

		seen |= lead;
		for (unsigned int k = i + 1; k < PORT_BITS; k++) {
			if ((rows[k] & lead) != 0)
				rows[k] ^= rows[i];
		}
	}
	return seen == RSS_OWNERS - 1;
}

/* True if ports reach all entries in both families. */
static bool key_is_good(const uint8_t key[RSS_KEY_BYTES])
{
	return ports_reach_all(key, IPV4_TUPLE_BYTES * 8 - PORT_BITS) &&
	       ports_reach_all(key, RSS_TUPLE_BYTES * 8 - PORT_BITS);
}

void rss_init(struct rss *rss, const uint8_t key[RSS_KEY_BYTES], unsigned int workers)
{
	assert(workers >= 1 && workers <= UINT16_MAX);
	assert(key_is_good(key));
	memset(rss, 0, sizeof(*rss));
	rss->workers = workers;
	memcpy(rss->key, key, RSS_KEY_BYTES);
	for (unsigned int i = 0; i < RSS_OWNERS; i++)
		rss->owners[i] = (uint16_t)(i % workers);
	for (unsigned int place = 0; place < RSS_TUPLE_BYTES; place++) {
		for (unsigned int value = 1; value < 256; value++) {
			/* The share of its lowest bit, and that of the others. */
			unsigned int lowest = (unsigned int)__builtin_ctz(value);
			uint32_t window = key_window(key, place * 8 + 7 - lowest);

			rss->shares[place][value] =
				window ^ rss->shares[place][value & (value - 1)];
		}
	}
}

void rss_draw_key(uint8_t key[RSS_KEY_BYTES], struct random_stream *random)
{
	/* About one key in a thousand is refused. */
	do {
		for (unsigned int i = 0; i < RSS_KEY_BYTES; i++)
			key[i] = (uint8_t)random_below(random, 256);
	} while (!key_is_good(key));
}

uint32_t rss_port_share(const struct rss *rss, bool ipv4, uint16_t local_port)
{
	const uint32_t(*shares)[256] =
		&rss->shares[(ipv4 ? IPV4_TUPLE_BYTES : RSS_TUPLE_BYTES) - sizeof(local_port)];

	return shares[0][local_port >> 8] ^ shares[1][local_port & 0xff];
}

/* The share of bytes whose first has this place in the tuple. */
static inline uint32_t share_of(const struct rss *rss, unsigned int place, const uint8_t *bytes,
				unsigned int count)
{
	uint32_t hash = 0;

	for (unsigned int i = 0; i < count; i++)
		hash ^= rss->shares[place + i][bytes[i]];
	return hash;
}

uint32_t rss_hash(const struct rss *rss, const struct la_addr *remote, const struct la_addr *local,
		  uint16_t remote_port, uint16_t local_port)
{
	const uint8_t ports[4] = { (uint8_t)(remote_port >> 8), (uint8_t)remote_port,
				   (uint8_t)(local_port >> 8), (uint8_t)local_port };

	if (la_addr_is_ipv4(remote) && la_addr_is_ipv4(local))
		return share_of(rss, 0, remote->bytes + 12, 4) ^
		       share_of(rss, 4, local->bytes + 12, 4) ^ share_of(rss, 8, ports, 4);
	return share_of(rss, 0, remote->bytes, 16) ^ share_of(rss, 16, local->bytes, 16) ^
	       share_of(rss, 32, ports, 4);
}
