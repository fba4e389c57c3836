/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ipv4_input.h: an IPv4 frame: validated, reassembled, and given to who takes it (RFC 1122 3.2.1).
 *
 * Whoever returns Continue has filled in *out and given it the mbuf; Done: the mbuf was taken; a
 * drop reason: frame->mbuf is still there to be dropped.
 */
#ifndef NET_IPV4_INPUT_H
#define NET_IPV4_INPUT_H

#include "base/verdict.h"

struct net;
struct packet;
struct ingress_frame;

enum verdict ipv4_input(struct net *net, struct ingress_frame *frame, struct packet *out);

/** The ICMP part of it: echo is answered, an error about a TCP segment of ours goes up. */
enum verdict icmp_input(struct net *net, struct ingress_frame *frame, struct packet *out);

#endif
