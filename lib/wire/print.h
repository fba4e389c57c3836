/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * print.h: a frame on one line, in the manner of tcpdump. For logs, failing tests and pcaps'
 * readers.
 */
#ifndef WIRE_PRINT_H
#define WIRE_PRINT_H

#include <stddef.h>

struct rte_mbuf;

/** Writes one line without newline, always terminated; survives any bytes. Returns buf. */
char *wire_print(const struct rte_mbuf *mbuf, char *buf, size_t size);

/** TCP flags as letters: "S", "S.", "F.", "P.", "R", "none". Returns buf. */
char *wire_print_flags(unsigned int flags, char *buf, size_t size);

#endif
