/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/pmtu.h"

#include "base/seq.h"
#include "net/packet.h"
#include "tcp/lifetime.h"
#include "tcp/options.h"
#include "tcp/outstanding.h"
#include "tcp/state.h"
#include "tcp/tcp.h"
#include "wire/icmp.h"
#include "wire/ipv4.h"

/* RFC 1191 section 4: a router that does not know how to say it gets the safe size. */
static uint16_t believable_mtu(const struct packet_icmp *icmp)
{
	uint16_t mtu = icmp->next_hop_mtu;

	if (mtu == 0)
		mtu = PMTU_UNKNOWN_BYTES;
	return mtu < PMTU_FLOOR_BYTES ? PMTU_FLOOR_BYTES : mtu;
}

static void take_too_big(struct tcp *tcp, struct tcp_conn *conn, const struct packet_icmp *icmp)
{
	struct tcp_flight *flight = flight_of(tcp, conn);
	uint16_t mtu = believable_mtu(icmp);
	uint16_t mss = (uint16_t)(mtu - IPV4_HEADER_BYTES - TCP_HEADER_BYTES -
				  options_bytes(conn->features));

	/* Our own segments were not that large: somebody makes it up (RFC 5927 7.2). */
	if (flight == NULL || icmp->quoted_length <= mtu || mss >= conn->mss)
		return;
	conn->mss = mss;
	if (conn_is_synchronized(conn)) {
		outstanding_presume_lost(tcp, conn, conn->snd_una);
		flight->rtt_runs = false;
		tcp_mark_due(tcp, conn);
	}
}

/* RFC 9293 3.9.2.2, RFC 5927 section 5: hard only while nothing is known of the peer. */
static bool is_hard(const struct tcp_conn *conn, const struct packet_icmp *icmp)
{
	return conn->state == LA_SYN_SENT && icmp->type == ICMP_UNREACHABLE &&
	       (icmp->code == ICMP_CODE_PROTOCOL || icmp->code == ICMP_CODE_PORT);
}

static void take_error(struct tcp *tcp, struct tcp_conn *conn, const struct packet_icmp *icmp)
{
	struct tcp_flight *flight = flight_of(tcp, conn);

	if (icmp->type == ICMP_UNREACHABLE && icmp->code == ICMP_CODE_TOO_BIG) {
		take_too_big(tcp, conn, icmp);
	} else if (is_hard(conn, icmp)) {
		tcp_conn_enter(tcp, conn, LA_CLOSED);
		lifetime_end(tcp, conn, LA_REASON_UNREACHABLE);
	} else if (flight != NULL) {
		/* SHLD-25: the user may ask for it (la_status). */
		flight->soft_error = (uint16_t)(icmp->type << 8 | icmp->code);
		flight->tell_trouble = true;
		tcp_mark_due(tcp, conn);
	}
}

enum verdict pmtu_icmp_error(struct tcp *tcp, const struct packet *packet)
{
	const struct packet_icmp *icmp = &packet->icmp;
	struct tcp_tuple tuple = {
		.remote = packet->remote,
		.remote_port = icmp->remote_port,
		.local_port = icmp->local_port,
		.local_index = packet->local_index,
	};
	struct table_entry entry = table_find(&tcp->table, &tuple, table_hash(&tcp->table, &tuple));
	struct tcp_conn *conn;

	if (entry.kind != RECORD_CONN)
		return DROP_icmp_quote;
	conn = pool_at(&tcp->conns, entry.index);
	if (!seq_in(icmp->seq, conn->snd_una, conn->snd_nxt - conn->snd_una))
		return DROP_icmp_quote;
	stat_count(&tcp->env->counters, STAT_rx_icmp_errors);
	take_error(tcp, conn, icmp);
	return VERDICT_DONE;
}
