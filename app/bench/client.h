/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * client.h: what the clients of the tests have in common.
 *
 * The context word of a client's connection is its slot in the load; service data is the bench.
 */
#ifndef BENCH_CLIENT_H
#define BENCH_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "lastack.h"

struct bench;

/** Opens the slot's connection with the test's client service; a refusal is counted and the slot is
 *  idle again. */
void client_connect(struct bench *bench, uint32_t slot);
/** Sends a request on the slot's connection; client_room() sends what finds no room at once. */
void client_request(struct bench *bench, uint32_t slot);
/** Reads what came of the response; true when it is complete. */
bool client_response(struct bench *bench, uint32_t slot);
/** A connection ended otherwise than it should. */
void client_failed(struct bench *bench, enum la_reason reason);

/* Callbacks: of any client; of standing connections. */
void client_room(struct la_worker *worker, struct la_conn conn, void *data);
void client_stands(struct la_worker *worker, struct la_conn conn, void *data);
void client_end(struct la_worker *worker, struct la_conn conn, void *data);
void client_fell(struct la_worker *worker, struct la_conn conn, void *data, enum la_reason reason);

#endif
