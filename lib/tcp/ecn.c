/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/ecn.h"

#include <assert.h>

#include "base/seq.h"
#include "tcp/ack_policy.h"
#include "tcp/outstanding.h"
#include "tcp/segment.h"
#include "tcp/tcp.h"
#include "tcp/transmit.h"
#include "wire/ipv4.h"

#define ECN_SETUP (TCP_ECE | TCP_CWR)

bool ecn_asked(const struct la_tcp_options *options, uint8_t flags)
{
	return options->ecn != LA_ECN_OFF && (flags & ECN_SETUP) == ECN_SETUP;
}

/* RFC 3168 6.1.1.1: where SYNs that ask for ECN are lost, the next one does not ask. */
static bool asks(const struct tcp_conn *conn, const struct la_tcp_options *options)
{
	return options->ecn == LA_ECN_ASK && !conn_has(conn, CONN_SYN_REPEATED);
}

void ecn_answered(struct tcp_conn *conn, const struct la_tcp_options *options, uint8_t flags)
{
	bool simultaneous = (flags & TCP_ACK) == 0;

	conn->features &= (uint16_t) ~(CONN_ECN | CONN_ECT);
	if (options->ecn != LA_ECN_ASK)
		return;
	/* Both bits in a SYN-ACK are a reflection of the SYN's by who does not know them. */
	if ((flags & ECN_SETUP) != (simultaneous ? ECN_SETUP : TCP_ECE))
		return;
	conn->features |= CONN_ECN;
	/* RFC 3168 6.1.1: whoever sent a SYN that did not ask sends nothing ECN-capable, though an
	 * earlier one that asked obliges him to echo. */
	if (asks(conn, options))
		conn->features |= CONN_ECT;
}

uint8_t ecn_syn_flags(const struct tcp_conn *conn, const struct la_tcp_options *options)
{
	if (conn->state == LA_SYN_SENT)
		return asks(conn, options) ? ECN_SETUP : 0;
	return conn_may(conn, CONN_ECN) ? TCP_ECE : 0;
}

uint8_t ecn_flags(const struct tcp_conn *conn, uint8_t flags)
{
	if ((flags & (TCP_SYN | TCP_RST)) != 0 || !conn_may(conn, CONN_ECN_ECHO))
		return 0;
	return TCP_ECE;
}

void ecn_mark_text(struct tcp_conn *conn, struct tcp_flight *flight,
		   struct transmit_request *request)
{
	if (!conn_may(conn, CONN_ECT))
		return;
	assert(request->text > 0 && !request->retransmit);
	request->marks |= way_marks(0, IP_ECN_ECT_0);
	if (conn_may(conn, CONN_ECN_CUT)) {
		request->flags |= TCP_CWR;
		conn->features &= (uint16_t)~CONN_ECN_CUT;
		flight->cwr_sent = true;
		flight->cwr_seq = request->seq;
	}
}

void ecn_text_arrived(struct tcp *tcp, struct tcp_conn *conn, const struct tcp_seg *seg)
{
	if (!conn_may(conn, CONN_ECN))
		return;
	/* A sender that has cut its window may be down to one segment: it is not kept waiting. */
	if ((seg->flags & TCP_CWR) != 0 && conn_may(conn, CONN_ECN_ECHO)) {
		conn->features &= (uint16_t)~CONN_ECN_ECHO;
		ack_policy_now(tcp, conn);
	}
	if ((seg->tos & IP_ECN_FIELD) != IP_ECN_CE)
		return;
	stat_count(&tcp->env->counters, STAT_ecn_marks_in);
	if (conn_may(conn, CONN_ECN_ECHO))
		return;
	conn->features |= CONN_ECN_ECHO;
	ack_policy_now(tcp, conn);
}

/* Until the ACK of what told the peer of the last cut, its ECE is about marks before that. */
static bool answered_already(const struct tcp_conn *conn, struct tcp_flight *flight, uint32_t ack)
{
	if (flight->cwr_sent && seq_gt(ack, flight->cwr_seq))
		flight->cwr_sent = false;
	return conn_may(conn, CONN_ECN_CUT) || flight->cwr_sent;
}

bool ecn_ack_arrived(struct tcp *tcp, struct tcp_conn *conn, const struct tcp_seg *seg)
{
	struct tcp_flight *flight = flight_of(tcp, conn);
	struct cc_control control;
	bool answered;

	if (!conn_may(conn, CONN_ECT) || flight == NULL || conn->snd_una == conn->snd_nxt)
		return false;
	answered = answered_already(conn, flight, seg->ack);
	if ((seg->flags & TCP_ECE) == 0)
		return false;
	if (answered)
		return true;
	control = flight_cc(tcp, conn, flight);
	control.ops->marked(control.cc, control.epoch, outstanding_bytes(tcp, conn), conn->mss);
	stat_count(&tcp->env->counters, STAT_ecn_cuts);
	ecn_window_cut(conn);
	return true;
}

void ecn_window_cut(struct tcp_conn *conn)
{
	if (conn_may(conn, CONN_ECT))
		conn->features |= CONN_ECN_CUT;
}
