/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * answer.c: what the endpoints have in common.
 */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_telemetry.h>

#include "config/limits.h"
#include "stack/control.h"
#include "stack/worker.h"
#include "telemetry/answer.h"

void answer_error(struct rte_tel_data *out, const char *format, ...)
{
	char text[4 * RTE_TEL_MAX_STRING_LEN], piece[RTE_TEL_MAX_STRING_LEN], name[16] = "error";
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	rte_tel_data_start_dict(out);
	for (size_t at = 0, i = 1; at == 0 || text[at] != '\0'; i++) {
		snprintf(piece, sizeof(piece), "%s", text + at);
		rte_tel_data_add_dict_string(out, name, piece);
		at += strlen(piece);
		if (at == 0)
			break;
		snprintf(name, sizeof(name), "error_%zu", i);
	}
}

bool answer_ask(struct rte_tel_data *out, struct la_worker *worker,
		void (*run)(struct la_worker *worker, void *arg), void *arg, size_t arg_size)
{
	int err = control_call(worker_control(worker), run, arg, arg_size, TELEMETRY_TIMEOUT_US);

	switch (err) {
	case 0:
		return true;
	case -ETIMEDOUT:
		answer_error(out, "worker busy: no answer within %u ms",
			     TELEMETRY_TIMEOUT_US / 1000);
		return false;
	case -EAGAIN:
		answer_error(out, "worker busy: %u questions wait already", CONTROL_RING);
		return false;
	default:
		answer_error(out, "the worker could not be asked: %s", strerror(-err));
		return false;
	}
}

bool answer_number(const char **text, uint64_t *out)
{
	unsigned long long number;
	char *end;

	assert(*text != NULL);
	/* strtoull() would take blanks and signs as well. */
	if (**text < '0' || **text > '9')
		return false;
	errno = 0;
	number = strtoull(*text, &end, strncmp(*text, "0x", 2) == 0 ? 16 : 10);
	if (errno != 0 || (*end != '\0' && *end != ','))
		return false;
	*text = *end == ',' ? end + 1 : end;
	*out = number;
	return true;
}

bool answer_terms(const char *params, bool (*take)(void *arg, const char *name, const char *value),
		  void *arg)
{
	char text[ANSWER_TERMS_SIZE];
	char *next = text;
	char *term;

	if (strlen(params) >= sizeof(text))
		return false;
	memcpy(text, params, strlen(params) + 1);
	while ((term = strsep(&next, ",")) != NULL) {
		char *value = strchr(term, '=');

		if (value == NULL)
			return false;
		*value = '\0';
		if (!take(arg, term, value + 1))
			return false;
	}
	return true;
}

uint64_t answer_next(struct la_stack *stack, unsigned int worker, uint32_t index)
{
	if (index != 0)
		return (uint64_t)worker << 32 | index;
	return la_stack_worker(stack, worker + 1) != NULL ? (uint64_t)(worker + 1) << 32 : 0;
}

char *answer_endpoint(const struct la_endpoint *endpoint, char buf[ANSWER_ENDPOINT_SIZE])
{
	char addr[LA_ADDR_TEXT_SIZE];

	la_addr_format(&endpoint->addr, addr, sizeof(addr));
	if (strchr(addr, ':') == NULL)
		snprintf(buf, ANSWER_ENDPOINT_SIZE, "%s:%u", addr, endpoint->port);
	else
		snprintf(buf, ANSWER_ENDPOINT_SIZE, "[%s]:%u", addr, endpoint->port);
	return buf;
}

void answer_list_add(struct rte_tel_data *out, unsigned int position, struct rte_tel_data *inner)
{
	char name[16];

	assert(inner != NULL);
	snprintf(name, sizeof(name), "%u", position);
	/* On failure DPDK leaves the entry to us. */
	if (rte_tel_data_add_dict_container(out, name, inner, 0) != 0)
		rte_tel_data_free(inner);
}

struct rte_tel_data *answer_list_entry(void)
{
	struct rte_tel_data *entry = rte_tel_data_alloc();

	if (entry != NULL)
		rte_tel_data_start_dict(entry);
	return entry;
}
