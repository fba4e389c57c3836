/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/pmtu.h"

#include <assert.h>

#include "base/seq.h"
#include "net/packet.h"
#include "tcp/lifetime.h"
#include "tcp/options.h"
#include "tcp/outstanding.h"
#include "tcp/path.h"
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

/* What of a packet is not text. */
static uint16_t headers_of(const struct tcp_conn *conn)
{
	unsigned int ip = la_addr_is_ipv4(&conn->tuple.remote) ? IPV4_HEADER_BYTES : 40;

	return (uint16_t)(ip + TCP_HEADER_BYTES + options_bytes(conn->features));
}

/* Smaller segments from now on; after so many epochs a larger size is tried again. */
static void reduce(struct tcp *tcp, struct tcp_conn *conn, uint16_t mss, unsigned int epochs)
{
	assert(mss < conn->mss);
	if (conn->path_ceiling == 0)
		conn->path_ceiling = path_class(conn->mss + headers_of(conn)) & 15U;
	conn->path_epoch = path_epoch_after(tcp->env->now_tick, epochs) & 15U;
	conn->mss = mss & CONN_MSS_MOST;
	conn->features &= (uint16_t)~CONN_PATH_PROVEN;
}

/* Everything outstanding goes out again, in segments that fit; a probe among it is over. */
static void send_smaller(struct tcp *tcp, struct tcp_conn *conn)
{
	struct tcp_flight *flight = flight_of(tcp, conn);

	outstanding_presume_lost(tcp, conn, conn->snd_una);
	flight->rtt_runs = false;
	flight->path_probe = 0;
	tcp_mark_due(tcp, conn);
}

static void probe_failed(struct tcp *tcp, struct tcp_conn *conn)
{
	conn->path_epoch = path_epoch_after(tcp->env->now_tick, PATH_RAISE_EPOCHS) & 15U;
	stat_count(&tcp->env->counters, STAT_path_probes_lost);
	send_smaller(tcp, conn);
}

static void take_too_big(struct tcp *tcp, struct tcp_conn *conn, const struct packet_icmp *icmp)
{
	struct tcp_flight *flight = flight_of(tcp, conn);
	uint16_t mtu = believable_mtu(icmp);
	uint16_t mss = (uint16_t)(mtu - headers_of(conn));

	/* Our own segments were not that large: somebody makes it up (RFC 5927 7.2). */
	if (flight == NULL || icmp->quoted_length <= mtu)
		return;
	if (flight->path_probe != 0 && mss < flight->path_probe && mss >= conn->mss) {
		probe_failed(tcp, conn);
		return;
	}
	if (mss >= conn->mss)
		return;
	/* RFC 5927 7.2: where segments of this size are known to arrive, the claim waits until the
	 * one that it quotes has timed out. */
	if (conn_may(conn, CONN_PATH_PROVEN)) {
		flight->too_big = mss;
		flight->too_big_seq = icmp->seq;
		return;
	}
	reduce(tcp, conn, mss, PATH_RAISE_EPOCHS);
	if (conn_is_synchronized(conn))
		send_smaller(tcp, conn);
}

enum pmtu_advice pmtu_advise(const struct tcp *tcp, const struct tcp_conn *conn, uint32_t queued,
			     uint32_t usable, uint16_t *size)
{
	const struct tcp_flight *flight = flight_of(tcp, conn);
	uint16_t headers = headers_of(conn);
	uint16_t larger;

	if (flight->path_probe != 0)
		return PMTU_HOLD;
	if (conn->path_ceiling == 0 || !tcp_options_of(tcp, conn)->path_mtu_probing ||
	    !path_epoch_has_come(tcp->env->now_tick, conn->path_epoch))
		return PMTU_PLAIN;
	larger = path_above(conn->mss + headers, conn->path_ceiling);
	if (larger == 0)
		return PMTU_PLAIN;
	*size = (uint16_t)(larger - headers);
	if (queued < *size || usable < *size)
		return PMTU_PLAIN;
	return conn->snd_una == conn->snd_nxt ? PMTU_PROBE : PMTU_HOLD;
}

void pmtu_sent(struct tcp *tcp, struct tcp_conn *conn, uint32_t length, bool again)
{
	struct tcp_flight *flight = flight_of(tcp, conn);

	/* What arrives in smaller segments does not prove the size of the probe. */
	if (again)
		flight->path_probe = 0;
	if (length <= conn->mss)
		return;
	assert(flight->path_probe == 0 && conn->snd_nxt - conn->snd_una >= length);
	flight->path_probe = (uint16_t)length;
	stat_count(&tcp->env->counters, STAT_path_probes);
}

void pmtu_acknowledged(struct tcp *tcp, struct tcp_conn *conn, uint32_t acked)
{
	struct tcp_flight *flight = flight_of(tcp, conn);

	if (flight->path_probe != 0 && conn->snd_una == conn->snd_nxt) {
		conn->mss = flight->path_probe & CONN_MSS_MOST;
		flight->path_probe = 0;
		conn->path_epoch = path_epoch_after(tcp->env->now_tick, 0) & 15U;
		if (path_above(conn->mss + headers_of(conn), conn->path_ceiling) == 0)
			conn->path_ceiling = 0;
		tcp_mark_due(tcp, conn);
	}
	if (flight->too_big != 0 && seq_gt(conn->snd_una, flight->too_big_seq))
		flight->too_big = 0;
	if (acked >= conn->mss)
		conn->features |= CONN_PATH_PROVEN;
}

/* RFC 8899 4.3: so many time-outs of full segments, and none since the size was last reduced. */
static void look_for_black_hole(struct tcp *tcp, struct tcp_conn *conn,
				const struct tcp_flight *flight)
{
	uint16_t smaller = path_below(conn->mss + headers_of(conn));
	uint32_t text, outstanding = conn->snd_nxt - conn->snd_una;

	if (!tcp_options_of(tcp, conn)->path_mtu_probing || smaller == 0 ||
	    (flight->retransmits + 1U) % TCP_PLPMTU_TIMEOUTS != 0)
		return;
	text = smaller - headers_of(conn);
	/* What would have fitted did not vanish for its size, but after twice as many time-outs the
	 * size that it would have fitted is doubted as well (RFC 8899 5.2: the base may fail). */
	if (outstanding <= text && flight->retransmits + 1U >= 2 * TCP_PLPMTU_TIMEOUTS) {
		smaller = path_below(smaller);
		text = smaller == 0 ? UINT32_MAX : (uint32_t)(smaller - headers_of(conn));
	}
	if (outstanding <= text)
		return;
	reduce(tcp, conn, (uint16_t)text, PATH_RETRY_EPOCHS);
	stat_count(&tcp->env->counters, STAT_black_holes);
}

bool pmtu_timed_out(struct tcp *tcp, struct tcp_conn *conn)
{
	struct tcp_flight *flight = flight_of(tcp, conn);

	if (flight->path_probe != 0) {
		probe_failed(tcp, conn);
		return true;
	}
	if (flight->too_big != 0 && flight->too_big < conn->mss) {
		reduce(tcp, conn, flight->too_big, PATH_RAISE_EPOCHS);
		flight->too_big = 0;
		send_smaller(tcp, conn);
		return true;
	}
	look_for_black_hole(tcp, conn, flight);
	return false;
}

/* RFC 9293 3.9.2.2, RFC 5927 section 5: hard only while nothing is known of the peer. */
static bool is_hard(const struct tcp_conn *conn, const struct packet_icmp *icmp)
{
	return conn->state == LA_SYN_SENT && icmp->type == ICMP_UNREACHABLE &&
	       (icmp->code == ICMP_CODE_PROTOCOL || icmp->code == ICMP_CODE_PORT);
}

static void take_error(struct tcp *tcp, struct tcp_conn *conn, const struct packet_icmp *icmp)
{
	struct tcp_flight *flight =
		conn_syn_is_bare(conn) ? flight_attach(tcp, conn) : flight_of(tcp, conn);

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
	conn = conn_at(tcp, entry.index);
	if (!seq_in(icmp->seq, conn->snd_una, conn->snd_nxt - conn->snd_una))
		return DROP_icmp_quote;
	stat_count(&tcp->env->counters, STAT_rx_icmp_errors);
	take_error(tcp, conn, icmp);
	return VERDICT_DONE;
}
