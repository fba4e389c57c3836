/* SPDX-License-Identifier: BSD-3-Clause */
#include "telemetry/conn_filter.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "config/limits.h"
#include "telemetry/answer.h"

#define ADDRESS_BITS 128U
#define IPV4_BITS 32U

/* True if the address has nothing behind its first bits. */
static bool ends_after(const struct la_addr *addr, unsigned int bits)
{
	for (unsigned int i = bits; i < ADDRESS_BITS; i++)
		if ((addr->bytes[i / 8] & (0x80U >> i % 8)) != 0)
			return false;
	return true;
}

static bool starts_alike(const struct la_addr *a, const struct la_addr *b, unsigned int bits)
{
	unsigned int rest = bits % 8;
	uint8_t mask = (uint8_t) ~(0xffU >> rest);

	assert(bits <= ADDRESS_BITS);
	if (memcmp(a->bytes, b->bytes, bits / 8) != 0)
		return false;
	return rest == 0 || ((a->bytes[bits / 8] ^ b->bytes[bits / 8]) & mask) == 0;
}

static bool number_parse(const char *text, uint64_t most, uint64_t *out)
{
	return answer_number(&text, out) && *text == '\0' && *out <= most;
}

static bool prefix_parse(const char *text, struct conn_filter *filter)
{
	char addr[LA_ADDR_TEXT_SIZE];
	const char *slash = strchr(text, '/');
	size_t size = slash != NULL ? (size_t)(slash - text) : strlen(text);
	unsigned int mapped;
	uint64_t bits;

	if (filter->remote_bits != 0 || size >= sizeof(addr))
		return false;
	memcpy(addr, text, size);
	addr[size] = '\0';
	if (la_addr_parse(addr, &filter->remote) != 0)
		return false;
	mapped = la_addr_is_ipv4(&filter->remote) ? ADDRESS_BITS - IPV4_BITS : 0;
	bits = ADDRESS_BITS - mapped;
	if (slash != NULL && !number_parse(slash + 1, ADDRESS_BITS - mapped, &bits))
		return false;
	filter->remote_bits = mapped + (unsigned int)bits;
	return filter->remote_bits != 0 && ends_after(&filter->remote, filter->remote_bits);
}

static bool port_parse(const char *text, uint16_t *out)
{
	uint64_t number;

	if (*out != 0 || !number_parse(text, UINT16_MAX, &number) || number == 0)
		return false;
	*out = (uint16_t)number;
	return true;
}

/* Connections have the states in between; half-open ones of listeners and TIME-WAIT are no
 * connections here. */
static bool state_parse(const char *text, enum la_state *out)
{
	if (*out != LA_CLOSED)
		return false;
	for (unsigned int i = LA_SYN_SENT; i < LA_TIME_WAIT; i++)
		if (strcmp(text, la_state_name((enum la_state)i)) == 0)
			*out = (enum la_state)i;
	return *out != LA_CLOSED;
}

static bool term_parse(void *arg, const char *name, const char *value)
{
	struct conn_filter *filter = arg;

	if (strcmp(name, "remote") == 0)
		return prefix_parse(value, filter);
	if (strcmp(name, "remote_port") == 0)
		return port_parse(value, &filter->remote_port);
	if (strcmp(name, "local") == 0)
		return la_addr_is_any(&filter->local) &&
		       la_addr_parse(value, &filter->local) == 0 && !la_addr_is_any(&filter->local);
	if (strcmp(name, "local_port") == 0)
		return port_parse(value, &filter->local_port);
	if (strcmp(name, "state") == 0)
		return state_parse(value, &filter->state);
	if (strcmp(name, "idle_over_us") != 0 || filter->idle)
		return false;
	filter->idle = true;
	return number_parse(value, QUIET_MAX_US, &filter->idle_over_us);
}

bool conn_filter_parse(const char *text, struct conn_filter *out)
{
	*out = (struct conn_filter){ .state = LA_CLOSED };
	return strcmp(text, "all") == 0 || answer_terms(text, term_parse, out);
}

bool conn_filter_matches(const struct conn_filter *filter, const struct la_status *status)
{
	if (filter->state != LA_CLOSED && status->state != filter->state)
		return false;
	if (filter->remote_port != 0 && status->remote.port != filter->remote_port)
		return false;
	if (filter->local_port != 0 && status->local.port != filter->local_port)
		return false;
	if (!starts_alike(&status->remote.addr, &filter->remote, filter->remote_bits))
		return false;
	if (!la_addr_is_any(&filter->local) && !la_addr_equal(&status->local.addr, &filter->local))
		return false;
	return !filter->idle || status->idle_us > filter->idle_over_us;
}
