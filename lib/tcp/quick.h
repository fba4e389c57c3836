/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * quick.h: the short cuts for what nearly always happens: the segment that was expected, and the
 * answer to it.
 *
 * Established, nothing lost, nothing out of order, nothing owed but what this segment brings: then
 * most of the eight steps (input_sync.c), of the scoreboard and of output have nothing to decide.
 * Each short cut looks first, changing nothing, whether that is so, and then does what the steps
 * would have done: the same state, the same segment at the same moment. Where it is not so, they
 * leave everything to the steps.
 *
 * With la_stack_config.no_short_cuts they are not taken: the simulator compares both ways, byte for
 * byte and microsecond for microsecond, with a ladder armed and without (tests/sim --short-cuts).
 */
#ifndef TCP_QUICK_H
#define TCP_QUICK_H

#include <stdbool.h>
#include <stdint.h>

struct tcp;
struct tcp_conn;
struct tcp_seg;

/**
 * All that is queued, or our FIN, or both, in one segment, while nothing is outstanding; or the ACK
 * alone that is owed; or nothing, where none is. True: it has left, nothing more is due, and the
 * flight is settled (flight_settle()). False: nothing has changed.
 */
bool quick_output(struct tcp *tcp, struct tcp_conn *conn);

/** Our SYN, for the first time and with nothing else to be sent. True: it has left. False: nothing
 *  has changed. */
bool quick_syn(struct tcp *tcp, struct tcp_conn *conn);

/** The SYN-ACK that answers it, and that alone: true, and the connection is ESTABLISHED. False:
 *  nothing has changed. */
bool quick_syn_ack(struct tcp *tcp, struct tcp_conn *conn, struct tcp_seg *seg);

/**
 * The ACK of an embryo's SYN-ACK, with text or without: the connection, which is ESTABLISHED now
 * and has not taken the text; NULL: nothing has changed. SEG.WND stays in the peer's unit.
 */
struct tcp_conn *quick_ack_of_syn(struct tcp *tcp, uint32_t index, const struct tcp_seg *seg);

#endif
