/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * addr.c: addresses of 16 bytes, and their text. IPv4 is carried mapped (RFC 4291 2.5.5.2).
 */
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/addr.h"

#define MAPPED_PREFIX_BYTES 12

struct la_addr la_addr_from_ipv4(uint32_t host_order)
{
	return addr_from_ipv4(host_order);
}

bool la_addr_is_ipv4(const struct la_addr *addr)
{
	uint32_t ipv4;

	return addr_to_ipv4(addr, &ipv4);
}

uint32_t la_addr_to_ipv4(const struct la_addr *addr)
{
	uint32_t ipv4;

	(void)addr_to_ipv4(addr, &ipv4);
	return ipv4;
}

bool la_addr_is_any(const struct la_addr *addr)
{
	static const struct la_addr zero;

	return la_addr_equal(addr, &zero) || (la_addr_is_ipv4(addr) && la_addr_to_ipv4(addr) == 0);
}

bool la_addr_equal(const struct la_addr *a, const struct la_addr *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

int la_addr_parse(const char *text, struct la_addr *out)
{
	struct in_addr ipv4;
	struct in6_addr ipv6;

	if (text == NULL)
		return -EINVAL;
	if (inet_pton(AF_INET, text, &ipv4) == 1) {
		*out = la_addr_from_ipv4(ntohl(ipv4.s_addr));
		return 0;
	}
	if (inet_pton(AF_INET6, text, &ipv6) == 1) {
		memcpy(out->bytes, &ipv6, sizeof(out->bytes));
		return 0;
	}
	return -EINVAL;
}

char *la_addr_format(const struct la_addr *addr, char *buf, size_t size)
{
	char text[LA_ADDR_TEXT_SIZE] = "";
	const char *made;

	_Static_assert(LA_ADDR_TEXT_SIZE >= INET6_ADDRSTRLEN, "the longest address fits");
	if (la_addr_is_ipv4(addr))
		made = inet_ntop(AF_INET, addr->bytes + MAPPED_PREFIX_BYTES, text, sizeof(text));
	else
		made = inet_ntop(AF_INET6, addr->bytes, text, sizeof(text));
	assert(made == text);
	snprintf(buf, size, "%s", made);
	return buf;
}
