/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ack.h: the inside of the fifth step: SND.UNA, the send window, the RTT sample, duplicate ACKs.
 */
#ifndef TCP_ACK_H
#define TCP_ACK_H

struct tcp;
struct tcp_conn;
struct tcp_seg;

/** Takes an ACK with SND.UNA =< SEG.ACK =< SND.NXT on a synchronized connection. */
void ack_process(struct tcp *tcp, struct tcp_conn *conn, const struct tcp_seg *seg);

#endif
