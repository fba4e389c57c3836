/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pmtu.h: ICMP errors about our segments: what of them is believed (RFC 5927, RFC 1191).
 */
#ifndef TCP_PMTU_H
#define TCP_PMTU_H

#include "base/verdict.h"

struct packet;
struct tcp;

/**
 * An ICMP error quotes a segment of ours. It counts only if the quoted number is in flight. A hard
 * error ends an active open in SYN-SENT and nothing else; "too big" lowers the send MSS; all others
 * are soft. Done, or DROP_icmp_quote.
 */
enum verdict pmtu_icmp_error(struct tcp *tcp, const struct packet *packet);

#endif
