/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * serve.h: the server's side of the tests with requests: it answers so many bytes with so many.
 *
 * Service data is the struct bench, of which only the options are read. The context word of a
 * connection holds what of a request has come and what of responses is owed.
 */
#ifndef BENCH_SERVE_H
#define BENCH_SERVE_H

#include "lastack.h"

/** Answers requests; who closes first is an option where the test takes it. */
extern const struct la_service serve_requests;

#define SERVE_TEXT_SIZE 65536U
/** Bytes to send: as many as fit, from a constant text. Returns how many were taken or -errno. */
ssize_t serve_text(struct la_worker *worker, struct la_conn conn, size_t size);

#endif
