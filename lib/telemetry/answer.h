/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * answer.h: what the endpoints have in common, and the endpoints themselves.
 *
 * An endpoint fills in a dictionary that DPDK turns into JSON. It is called on one of DPDK's
 * telemetry threads, one at a time, and may not touch a worker but through answer_ask() and what
 * lastack.h allows any thread. DPDK 22.11 drops an array inside a dictionary, so lists are
 * dictionaries whose names are "0", "1", ... with their number under "count".
 */
#ifndef TELEMETRY_ANSWER_H
#define TELEMETRY_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "lastack.h"

struct rte_tel_data;

#define ANSWER_ENDPOINT_SIZE (LA_ADDR_TEXT_SIZE + 9) /**< bytes of "[address]:port" */

/** Replaces the answer by {"error": sentence}; where that is longer than a string may be, it goes
 * on in "error_1" and so forth. */
void answer_error(struct rte_tel_data *out, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * Has the worker call run(worker, arg), as control_call(). On failure the answer says why (busy, as
 * a rule) and false is returned.
 */
bool answer_ask(struct rte_tel_data *out, struct la_worker *worker,
		void (*run)(struct la_worker *worker, void *arg), void *arg, size_t arg_size);

/**
 * Reads a number (decimal, or hexadecimal after 0x) at *text and moves it behind the number and a
 * comma that follows. False if there is none, or more than 64 bits of it; *text stays then.
 */
bool answer_number(const char **text, uint64_t *out);

#define ANSWER_TERMS_SIZE 512 /**< bytes of parameters that answer_terms() reads */

/**
 * Reads "name=value,name=value" and hands each on to take(), which says whether it knows the name
 * and can use the value. False if it does not, or where there is anything else, or nothing.
 */
bool answer_terms(const char *params, bool (*take)(void *arg, const char *name, const char *value),
		  void *arg);

/**
 * Where the next answer about records begins: at this index of this worker, or with the next worker
 * where the index is 0; 0 at the end. The worker stands in the upper 32 bits.
 */
uint64_t answer_next(struct la_stack *stack, unsigned int worker, uint32_t index);

/** Writes "192.0.2.1:80" or "[2001:db8::1]:80" and returns buf. */
char *answer_endpoint(const struct la_endpoint *endpoint, char buf[ANSWER_ENDPOINT_SIZE]);

/** Adds inner to out under the name of a list's entry; inner belongs to DPDK then. */
void answer_list_add(struct rte_tel_data *out, unsigned int position, struct rte_tel_data *inner);

/** Has the process open the listener that the text describes: its number, or -errno and why. */
int answer_open_listener(const char *text, struct la_error *err);

/** A new dictionary for answer_list_add(); NULL when there is no memory. */
struct rte_tel_data *answer_list_entry(void);

/* The endpoints. params is what follows the comma after the command, never NULL. */
void answer_info(struct la_stack *stack, const char *params, struct rte_tel_data *out);
void answer_stats(struct la_stack *stack, const char *params, struct rte_tel_data *out);
void answer_drops(struct la_stack *stack, const char *params, struct rte_tel_data *out);
void answer_help(struct la_stack *stack, const char *params, struct rte_tel_data *out);
void answer_usage(struct la_stack *stack, const char *params, struct rte_tel_data *out);
void answer_conns(struct la_stack *stack, const char *params, struct rte_tel_data *out);
void answer_conn(struct la_stack *stack, const char *params, struct rte_tel_data *out);
void answer_kill(struct la_stack *stack, const char *params, struct rte_tel_data *out);
void answer_kill_each(struct la_stack *stack, const char *params, struct rte_tel_data *out);
void answer_listeners(struct la_stack *stack, const char *params, struct rte_tel_data *out);
void answer_listen(struct la_stack *stack, const char *params, struct rte_tel_data *out);
void answer_limits(struct la_stack *stack, const char *params, struct rte_tel_data *out);
void answer_limit(struct la_stack *stack, const char *params, struct rte_tel_data *out);
void answer_listen_end(struct la_stack *stack, const char *params, struct rte_tel_data *out);
void answer_workers(struct la_stack *stack, const char *params, struct rte_tel_data *out);
void answer_ports(struct la_stack *stack, const char *params, struct rte_tel_data *out);
void answer_ladder(struct la_stack *stack, const char *params, struct rte_tel_data *out);
void answer_ladder_arm(struct la_stack *stack, const char *params, struct rte_tel_data *out);

#endif
