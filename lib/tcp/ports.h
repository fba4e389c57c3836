/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ports.h: ephemeral ports of active opens: random, and unused with this peer (RFC 6056 3.3.1).
 */
#ifndef TCP_PORTS_H
#define TCP_PORTS_H

struct tcp;
struct tcp_tuple;

/** Sets tuple->local_port so that no record has the tuple. 0 or -EADDRNOTAVAIL. */
int ports_choose(struct tcp *tcp, struct tcp_tuple *tuple);

#endif
