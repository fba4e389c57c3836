/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * piece.h: which piece of the stream leaves next: what one segment is to carry, as far as the
 * windows, congestion control and the rules against silly segments let it go.
 *
 * Chooses; output.c sends. Changes nothing.
 */
#ifndef TCP_PIECE_H
#define TCP_PIECE_H

#include <stdbool.h>
#include <stdint.h>

struct tcp;
struct tcp_conn;

/** Length bytes of text from seq on, and the FIN behind them. */
struct piece {
	uint32_t seq;
	uint32_t length;
	bool fin;
};

/** The sequence number behind it. */
static inline uint32_t piece_end(const struct piece *piece)
{
	return piece->seq + piece->length + piece->fin;
}

/** What is presumed lost first, then what is new. False: nothing may leave now. Needs a flight. */
bool piece_next(const struct tcp *tcp, const struct tcp_conn *conn, struct piece *piece);

/** The segment at SND.UNA again (RFC 5681 3.2, RFC 6582). False: there is none, or no window. */
bool piece_head(const struct tcp *tcp, const struct tcp_conn *conn, struct piece *piece);

/** One byte, or the FIN, into a closed window (RFC 9293 3.8.6.1), or as much as a small window
 *  takes. False: nothing waits, or what is outstanding will be answered anyway. */
bool piece_window_probe(const struct tcp *tcp, const struct tcp_conn *conn, struct piece *piece);

/** RFC 8985 7.3: a segment of new text if the peer's window takes it, whatever the congestion
 *  window says, else the last one again. False: there is nothing outstanding. */
bool piece_loss_probe(const struct tcp *tcp, const struct tcp_conn *conn, struct piece *piece);

#endif
