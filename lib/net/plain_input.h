/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * plain_input.h: the short way of a plain frame (wire/plain.h) from another host to one of our
 * addresses.
 *
 * It takes a frame only if the general way (ingress.c, ipv4_input.c) would hand it up, and hands up
 * the same packet then; it drops nothing and answers nothing.
 */
#ifndef NET_PLAIN_INPUT_H
#define NET_PLAIN_INPUT_H

#include <stdbool.h>

struct net;
struct packet;
struct rte_mbuf;

/**
 * Takes a frame that was received on port if it is plain: fills in *out and gives it the mbuf. Else
 * nothing has happened.
 */
bool plain_input(struct net *net, unsigned int port, struct rte_mbuf *mbuf, struct packet *out);

/** The general way of any frame (ingress.c): takes it, true if a packet was written to *out. */
bool general_input(struct net *net, unsigned int port, struct rte_mbuf *mbuf, struct packet *out);

#endif
