/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * reply.h: answers for which there is no connection: RST, and the SYN-ACK and ACK of the small
 * records.
 */
#ifndef TCP_REPLY_H
#define TCP_REPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/verdict.h"
#include "lastack.h"

struct embryo;
struct tcp;
struct tcp_conn;
struct tcp_seg;

/** RST to a segment that belongs nowhere (RFC 9293 3.10.7.1), within the limit of such answers.
 *  Returns DROP_closed_reset, DROP_closed_answered or DROP_closed_rate. */
enum verdict reply_closed(struct tcp *tcp, const struct tcp_seg *seg);

/** <SEQ=SEG.ACK><CTL=RST> to a segment whose ACK is wrong; our state stays LISTEN, SYN-SENT or
 *  SYN-RECEIVED. */
void reply_reset_ack(struct tcp *tcp, const struct tcp_seg *seg, enum la_state state);

enum syn_ack {
	SYN_ACK_FIRST,
	SYN_ACK_AGAIN,
	SYN_ACK_COOKIE, /**< nothing is kept of it: our state stays LISTEN */
};

/** SYN-ACK of an embryo; mss is options_mss_announced(). */
void reply_syn_ack(struct tcp *tcp, const struct embryo *embryo, uint16_t mss, enum syn_ack kind);

/** RST from the thawed state of an embryo: we want it no more. */
void reply_refuse(struct tcp *tcp, const struct tcp_conn *thawed);

/** ACK from the thawed state of an embryo or a TIME-WAIT record. */
void reply_ack(struct tcp *tcp, const struct tcp_conn *thawed);

#endif
