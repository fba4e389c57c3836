/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "config/limits.h"
#include "config/tcp_constants.h"
#include "prng.h"
#include "spread.h"
#include "swarm.h"

#define SECOND_US 1000000ULL
#define MINUTE_US (60 * SECOND_US)
#define FLOOD_MAX 20000U
#define FLOOD_US 20000000ULL
#define ROGUE_FRAMES_MAX 3000U
#define ROGUE_MBUFS 1024U /* that a peer who sends byte by byte may pin */
#define ROGUE_BYTES_MAX 60000U
#define LARGE_BUFFER_MAX (1U << 20)
#define HOLE_BYTES_MIN 576U /* RFC 791: what every link of the Internet is to carry */
#define BIG_MTU_MAX 3900U
#define SWARM_STREAM 0x5301U
#define SWARM_STREAM_PATH 0x5302U
#define SWARM_STREAM_MODERN 0x5303U
#define SWARM_STREAM_ROGUE 0x5304U
#define SWARM_STREAM_WORKERS 0x5305U
#define SWARM_STREAM_DROUGHT 0x5306U
#define LATE_MOST_US 300000U

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* What is on or off for the whole seed. */
struct features {
	bool faults, loss, bursts, jitter, reorder, duplicate, corrupt, bottleneck;
	bool small_mtu, tight, hasty, slow_readers, rude, urgent, rubbish, stop, odd_ports;
	bool marks, bleach, holes, big_mtu, vlans;
	bool plain, growth, large_windows, keepalive, black_holes, impatient, fast_open;
};

static void draw_features(struct prng *prng, struct features *on)
{
	memset(on, 0, sizeof(*on));
	on->faults = prng_permille(prng, 900);
	on->loss = on->faults && prng_permille(prng, 600);
	on->bursts = on->faults && prng_permille(prng, 250);
	on->reorder = on->faults && prng_permille(prng, 400);
	on->duplicate = on->faults && prng_permille(prng, 400);
	on->corrupt = on->faults && prng_permille(prng, 400);
	on->jitter = prng_permille(prng, 500);
	on->bottleneck = prng_permille(prng, 300);
	on->small_mtu = prng_permille(prng, 400);
	on->tight = prng_permille(prng, 250);
	on->hasty = prng_permille(prng, 60);
	on->slow_readers = prng_permille(prng, 400);
	on->rude = prng_permille(prng, 300);
	on->urgent = prng_permille(prng, 150);
	on->rubbish = prng_permille(prng, 300);
	on->stop = prng_permille(prng, 60);
	on->odd_ports = prng_permille(prng, 300);
}

/* Which options of after RFC 9293 are tried at all. */
static void draw_modern_features(struct prng *prng, struct features *on)
{
	on->plain = prng_permille(prng, 150);
	on->growth = prng_permille(prng, 400);
	on->large_windows = prng_permille(prng, 300);
	on->keepalive = prng_permille(prng, 250);
	on->black_holes = prng_permille(prng, 300);
	on->impatient = prng_permille(prng, 80);
	on->fast_open = prng_permille(prng, 150);
}

/* What routers and switches do, besides losing frames. */
static void draw_path_features(struct prng *prng, struct features *on)
{
	on->marks = on->faults && prng_permille(prng, 400);
	on->bleach = prng_permille(prng, 50);
	on->holes = prng_permille(prng, 200);
	on->big_mtu = !on->small_mtu && prng_permille(prng, 150);
	on->vlans = prng_permille(prng, 200);
}

static void draw_link(struct prng *prng, const struct features *on, struct link_params *out)
{
	memset(out, 0, sizeof(*out));
	out->delay_us = (uint32_t)prng_scale(prng, 1, 200000);
	if (on->jitter)
		out->jitter_us = (uint32_t)prng_scale(prng, 1, 20000);
	out->in_order = prng_permille(prng, 500);
	if (on->loss)
		out->loss = (uint16_t)prng_scale(prng, 1, 200);
	if (on->bursts) {
		out->burst_begin = (uint16_t)prng_scale(prng, 1, 20);
		out->burst_end = (uint16_t)prng_range(prng, 50, 500);
	}
	if (on->reorder) {
		out->reorder = (uint16_t)prng_scale(prng, 1, 300);
		out->reorder_us = (uint32_t)prng_scale(prng, 10, 100000);
	}
	if (on->duplicate)
		out->duplicate = (uint16_t)prng_scale(prng, 1, 300);
	if (on->corrupt)
		out->corrupt = (uint16_t)prng_scale(prng, 1, 100);
	if (on->bottleneck && prng_permille(prng, 500)) {
		out->bytes_per_second = prng_scale(prng, 50000, 10000000);
		out->queue_bytes = (uint32_t)prng_scale(prng, 8192, 131072);
	}
}

/*
 * A hole that tells may stay for ever (RFC 1191). One that keeps silent closes with the faults,
 * unless everybody probes (RFC 8899): nobody else could get through it.
 */
static void draw_path(struct prng *prng, const struct features *on, struct link_params *out)
{
	if (on->marks && prng_permille(prng, 700))
		out->mark = (uint16_t)prng_scale(prng, 1, 1000);
	out->bleach = on->bleach && prng_permille(prng, 500);
	if (on->holes && prng_permille(prng, 500)) {
		out->hole = (uint16_t)prng_range(prng, HOLE_BYTES_MIN, 1500);
		out->hole_tells = prng_permille(prng, 500);
		out->hole_stays = (out->hole_tells || on->black_holes) && prng_permille(prng, 500);
	}
}

static void draw_card(struct prng *prng, const struct features *on, struct swarm_host *out)
{
	if (on->big_mtu)
		out->mtu = (uint16_t)prng_range(prng, 1500, BIG_MTU_MAX);
	if (on->vlans && prng_permille(prng, 500))
		out->vlan = (uint16_t)prng_range(prng, 1, 4094);
}

static void draw_host(struct prng *prng, const struct features *on, struct swarm_host *out)
{
	static const uint32_t quanta[] = { 1, 1, 10, 100, 1000, 10000 };
	static const uint64_t idle[] = { 0, 0, 1000, 200000, 10000000 };

	memset(out, 0, sizeof(*out));
	out->mtu = 1500;
	if (on->small_mtu)
		out->mtu = (uint16_t)prng_range(prng, 576, 1500);
	if (prng_permille(prng, 500))
		out->port_flags |= LA_PORT_TX_CHAINS;
	if (prng_permille(prng, 500))
		out->port_flags |= LA_PORT_TX_HANDOVER;
	if (prng_permille(prng, 300))
		out->port_flags |= LA_PORT_TX_CHECKSUM;
	out->poll_quantum_us = quanta[prng_below(prng, 6)];
	if (on->odd_ports) {
		out->tx_short = (uint16_t)prng_scale(prng, 1, 300);
		out->rx_scatter = (uint16_t)prng_scale(prng, 1, 500);
	}
	if (on->rubbish)
		out->pad = 500;
	out->flight_idle_us = idle[prng_below(prng, 5)];
	out->arp_expiry_us = prng_scale(prng, 2 * SECOND_US, 600 * SECOND_US);
	out->max_connections = 32;
	out->max_flights = 32;
	out->max_embryos = 16;
	out->max_time_waits = 64;
	if (on->tight) {
		out->max_connections = (uint32_t)prng_range(prng, 2, 8);
		out->max_flights = (uint32_t)prng_range(prng, 1, out->max_connections);
		out->max_embryos = (uint32_t)prng_range(prng, 1, 3);
		out->max_time_waits = (uint32_t)prng_range(prng, 1, 4);
	}
	if (on->stop && prng_permille(prng, 500)) {
		out->stop_us = prng_scale(prng, 1000, 20 * SECOND_US);
		out->stop_grace_us = prng_scale(prng, 1, 10 * SECOND_US);
	}
}

static void draw_options(struct prng *prng, const struct features *on, struct la_tcp_options *out)
{
	la_tcp_options_init(out);
	out->send_buffer = (uint32_t)prng_scale(prng, BUFFER_MIN, 65536);
	out->receive_buffer = (uint32_t)prng_scale(prng, BUFFER_MIN, 65535);
	out->no_delay = prng_permille(prng, 400);
	if (prng_permille(prng, 200))
		out->mss = (uint16_t)prng_range(prng, TCP_MSS_FLOOR, 1460);
	if (prng_permille(prng, 300))
		out->delayed_ack_us = (uint32_t)prng_scale(prng, 1, TCP_DELAYED_ACK_MAX_US);
	if (prng_permille(prng, 200))
		out->rto_max_us = (uint32_t)prng_range(prng, 4 * SECOND_US, 60 * SECOND_US);
	if (prng_permille(prng, 200))
		out->rto_min_us = (uint32_t)prng_range(prng, 10000, SECOND_US);
	/* Long enough that nobody gives up while the faults last, unless that is what is tried. */
	out->r2_us = 4200 * SECOND_US;
	out->r2_syn_us = 600 * SECOND_US;
	/* Too few records on both sides can wait for each other: only giving up ends that. */
	if (on->tight)
		out->r2_us = (uint32_t)prng_range(prng, 60 * SECOND_US, 300 * SECOND_US);
	if (on->hasty) {
		out->r2_us = (uint32_t)prng_scale(prng, SECOND_US, 20 * SECOND_US);
		out->r2_syn_us = (uint32_t)prng_scale(prng, SECOND_US, 20 * SECOND_US);
	}
}

/* Probes that are all lost end a connection: so many, so far apart, outlast the faults. */
static void draw_keepalive(struct prng *prng, struct la_tcp_options *out)
{
	out->keepalive = true;
	out->keepalive_idle_us = prng_scale(prng, SECOND_US, 600 * SECOND_US);
	out->keepalive_interval_us = (uint32_t)prng_range(prng, 10 * SECOND_US, 75 * SECOND_US);
	out->keepalive_probes = (uint8_t)prng_range(prng, 4, 9);
}

/* Timeouts that end connections which others would keep. */
static void draw_impatience(struct prng *prng, struct la_tcp_options *out)
{
	if (prng_permille(prng, 500))
		out->idle_timeout_us = prng_scale(prng, SECOND_US / 10, 60 * SECOND_US);
	if (prng_permille(prng, 500))
		out->fin_wait_2_us = (uint32_t)prng_scale(prng, SECOND_US / 10, 60 * SECOND_US);
	if (prng_permille(prng, 500)) {
		out->stall_timeout_us = (uint32_t)prng_scale(prng, SECOND_US, 60 * SECOND_US);
		out->stall_bytes_per_second = (uint32_t)prng_scale(prng, 1, 100000);
	}
}

/* The options of RFC 7323, 2018, 3168 and what has no number; nothing here changes the outcome. */
static void draw_modern(struct prng *prng, const struct features *on, struct la_tcp_options *out)
{
	out->window_scaling = !on->plain && prng_permille(prng, 750);
	out->timestamps = !on->plain && prng_permille(prng, 700);
	out->sack = !on->plain && prng_permille(prng, 750);
	out->path_mtu_probing = on->black_holes || (!on->plain && prng_permille(prng, 500));
	out->congestion = (enum la_congestion)prng_below(prng, LA_CONGESTIONS);
	out->ecn = on->plain ? LA_ECN_OFF : (enum la_ecn)prng_below(prng, LA_ECNS);
	if (on->large_windows && prng_permille(prng, 500)) {
		out->send_buffer = (uint32_t)prng_scale(prng, 65536, LARGE_BUFFER_MAX);
		out->receive_buffer = (uint32_t)prng_scale(prng, 65536, LARGE_BUFFER_MAX);
	}
	out->send_buffer_max = out->receive_buffer_max = 0;
	if (on->growth && prng_permille(prng, 600)) {
		out->send_buffer_max =
			(uint32_t)prng_scale(prng, out->send_buffer, LARGE_BUFFER_MAX);
		out->receive_buffer_max =
			(uint32_t)prng_scale(prng, out->receive_buffer, LARGE_BUFFER_MAX);
	}
	if (on->keepalive && prng_permille(prng, 600))
		draw_keepalive(prng, out);
	/* Small pieces take a buffer each: memory may run short, and who is slow on a bad path is
	 * taken for one who stalls. */
	if (!on->tight)
		out->stall_timeout_us = 0;
	if (on->impatient)
		draw_impatience(prng, out);
	out->pacing = prng_permille(prng, 500);
	if (prng_permille(prng, 200)) {
		out->user_timeout_us = (uint32_t)prng_scale(prng, SECOND_US, 3600 * SECOND_US);
		out->user_timeout_changeable = prng_permille(prng, 500);
	}
	out->dscp = (uint8_t)prng_below(prng, 64);
	out->fast_open = on->fast_open && prng_permille(prng, 700);
	out->syn_cookies = on->plain                  ? LA_COOKIES_NEVER
			   : prng_permille(prng, 250) ? LA_COOKIES_ALWAYS
						      : LA_COOKIES_PRESSURE;
}

static uint32_t draw_bytes(struct prng *prng)
{
	switch (prng_below(prng, 8)) {
	case 0:
	case 1:
		return 0;
	case 2:
		return (uint32_t)prng_range(prng, 1, 3);
	case 3:
	case 4:
	case 5:
		return (uint32_t)prng_scale(prng, 1, 20000);
	case 6:
		return (uint32_t)prng_scale(prng, 1000, 100000);
	default:
		return (uint32_t)prng_scale(prng, 1000, 400000);
	}
}

static void draw_side(struct prng *prng, const struct features *on, struct swarm_side *out)
{
	memset(out, 0, sizeof(*out));
	out->send_ways = (uint8_t)prng_range(prng, 1, 7);
	out->recv_ways = (uint8_t)prng_range(prng, 1, 3);
	if (prng_permille(prng, 50))
		out->recv_ways = RECV_SKIP | RECV_COPY;
	out->early = prng_permille(prng, 300);
	out->on_demand = prng_permille(prng, 300);
	out->more = prng_permille(prng, 200);
	out->bytes = draw_bytes(prng);
	out->chunk_min = (uint32_t)prng_scale(prng, 1, 2000);
	out->chunk_max = out->chunk_min + (uint32_t)prng_scale(prng, 1, 16000);
	/* A side that dribbles does so for at most some hundred chunks: bounded work per seed. */
	if (out->bytes / (out->chunk_min + 1) > 2000)
		out->chunk_min = out->bytes / 2000;
	if (out->chunk_max < out->chunk_min)
		out->chunk_max = out->chunk_min;
	if (prng_permille(prng, 200) && out->bytes / out->chunk_min < 200)
		out->pause_us = (uint32_t)prng_scale(prng, 100, 500000);
	if (on->urgent)
		out->urgent = (uint16_t)prng_scale(prng, 1, 300);
	out->read_max = (uint32_t)prng_scale(prng, 64, 65536);
	if (on->slow_readers && prng_permille(prng, 500)) {
		out->read_pause_us = (uint32_t)prng_scale(prng, 100, 2 * SECOND_US);
		out->read_max = (uint32_t)prng_range(prng, 1000, 65536);
	}
	draw_options(prng, on, &out->options);
}

/* How the two sides end: at least one must begin. */
static void draw_ends(struct prng *prng, const struct features *on, struct swarm_side *side)
{
	static const uint8_t first[] = { END_SENT, END_SENT, CLOSE_DONE };
	static const uint8_t any[] = { END_SENT, END_PEER, END_PEER, CLOSE_PEER, CLOSE_DONE };
	unsigned int begins = (unsigned int)prng_below(prng, 2);

	side[begins].end = first[prng_below(prng, 3)];
	side[!begins].end = any[prng_below(prng, 5)];
	if (on->rude && prng_permille(prng, 400)) {
		unsigned int who = (unsigned int)prng_below(prng, 2);

		side[who].end = prng_permille(prng, 500) ? CLOSE_RUDE : END_ABORT;
		side[who].moment_us = prng_scale(prng, 1, 5 * SECOND_US);
	}
}

static void draw_session(struct prng *prng, const struct features *on, struct scenario *scenario,
			 unsigned int index)
{
	struct swarm_session *out = &scenario->sessions[index];
	unsigned int client = (unsigned int)prng_below(prng, scenario->host_count);
	unsigned int server =
		(client + 1 + (unsigned int)prng_below(prng, scenario->host_count - 1)) %
		scenario->host_count;
	unsigned int kind = (unsigned int)prng_below(prng, 20);

	memset(out, 0, sizeof(*out));
	out->after = out->rogue = -1;
	out->kind = kind < 16   ? SESSION_NORMAL
		    : kind < 18 ? SESSION_SIMULTANEOUS
		    : kind < 19 ? SESSION_REFUSED
				: SESSION_NOWHERE;
	out->start_us = prng_permille(prng, 400) ? 0 : prng_scale(prng, 1, 5 * SECOND_US);
	out->server_port = (uint16_t)(SERVER_PORT_FIRST + index);
	if (out->kind == SESSION_SIMULTANEOUS || prng_permille(prng, 300))
		out->client_port = (uint16_t)(FIXED_PORT_FIRST + index);
	draw_side(prng, on, &out->side[0]);
	draw_side(prng, on, &out->side[1]);
	draw_ends(prng, on, out->side);
	out->side[0].host = (uint8_t)client;
	out->side[1].host = (uint8_t)server;
}

static uint8_t draw_one_of(struct prng *prng, unsigned int count)
{
	return (uint8_t)(prng_permille(prng, 400) ? 0 : prng_below(prng, count));
}

static void draw_manners(struct prng *prng, struct swarm_rogue *out)
{
	memset(out, 0, sizeof(*out));
	out->acks = draw_one_of(prng, ROGUE_ACKS);
	out->windows = draw_one_of(prng, ROGUE_WINDOWS);
	out->sacks = draw_one_of(prng, ROGUE_SACKS);
	out->text = draw_one_of(prng, ROGUE_TEXT);
	out->stamps = draw_one_of(prng, ROGUE_STAMPS);
	out->ecn = draw_one_of(prng, ROGUE_ECN);
	out->end = (uint8_t)prng_below(prng, ROGUE_ENDS);
	out->scaling = prng_permille(prng, 500);
	out->shift = (uint8_t)prng_below(prng, 15);
	out->mss = (uint16_t)(prng_permille(prng, 500) ? 1460 : prng_below(prng, 1461));
	if (prng_permille(prng, 500))
		out->drop = (uint16_t)prng_scale(prng, 1, 500);
	if (prng_permille(prng, 200))
		out->rubbish = (uint16_t)prng_scale(prng, 1, 1000);
	if (prng_permille(prng, 100))
		out->unasked = 500;
	out->window = (uint32_t)prng_scale(prng, 1, 1U << 20);
	out->segment = (uint32_t)(prng_permille(prng, 300) ? 1 : prng_scale(prng, 1, 1460));
	out->pace_us = (uint32_t)prng_scale(prng, 50, 200000);
	out->budget = (uint32_t)prng_scale(prng, 20, ROGUE_FRAMES_MAX);
}

/* The links to and from where rogues and floods live; on NULL: without faults. */
static void draw_edge(struct prng *prng, const struct features *on, struct scenario *scenario)
{
	unsigned int i;

	for (i = 0; i < scenario->host_count; i++) {
		struct features clean = { .jitter = on != NULL && on->jitter };
		const struct features *its = on == NULL || prng_permille(prng, 500) ? &clean : on;

		draw_link(prng, its, &scenario->links[i][scenario->host_count]);
		draw_link(prng, its, &scenario->links[scenario->host_count][i]);
	}
}

/*
 * Sessions with a peer that misbehaves, besides the others and on links of their own: what they do
 * to their victim is one thing, that nobody else notices is another.
 */
static void draw_rogues(struct prng *prng, const struct features *on, struct scenario *scenario)
{
	unsigned int count, i, which;

	if (!prng_permille(prng, 250))
		return;
	count = (unsigned int)prng_range(prng, 1, ROGUES_MAX);
	for (i = 0; i < count; i++) {
		struct swarm_session *session = &scenario->sessions[scenario->session_count];

		which = (unsigned int)prng_below(prng, 2);
		draw_session(prng, on, scenario, scenario->session_count);
		draw_manners(prng, &session->manners);
		draw_modern(prng, on, &session->side[!which].options);
		if (prng_permille(prng, 500))
			session->side[!which].options.stall_timeout_us = STALL_TIMEOUT_US;
		session->kind = SESSION_NORMAL;
		session->rogue = (int8_t)which;
		session->client_port = (uint16_t)(FIXED_PORT_FIRST + scenario->session_count);
		session->side[which].host = (uint8_t)scenario->host_count;
		session->side[which].bytes =
			(uint32_t)least(session->side[which].bytes, ROGUE_BYTES_MAX);
		session->side[!which].bytes =
			(uint32_t)least(session->side[!which].bytes, ROGUE_BYTES_MAX);
		scenario->session_count++;
		scenario->rogue_count++;
	}
	draw_edge(prng, on, scenario);
}

static void draw_flood(struct prng *prng, struct scenario *scenario)
{
	struct swarm_flood *out = &scenario->flood;
	unsigned int i;

	if (!prng_permille(prng, 40))
		return;
	out->count = (uint32_t)prng_scale(prng, 100, FLOOD_MAX);
	out->at_once = (uint32_t)prng_scale(prng, 1, 32);
	out->pause_us = (uint32_t)prng_scale(prng, 100, FLOOD_US * out->at_once / out->count);
	out->others = (uint16_t)(prng_permille(prng, 500) ? 0 : prng_scale(prng, 1, 1000));
	out->host = (uint8_t)prng_below(prng, scenario->host_count);
	for (i = 0; i < scenario->session_count; i++) {
		struct la_tcp_options *options = &scenario->sessions[i].side[1].options;

		if (options->syn_cookies == LA_COOKIES_NEVER)
			options->syn_cookies = LA_COOKIES_PRESSURE;
	}
	draw_edge(prng, NULL, scenario);
}

/*
 * A cookie is not sent again: if the ACK that brings it back is lost, a client that waits for the
 * server to speak waits for ever (RFC 4987 3.6). So those who may meet one do not wait.
 */
static void speak_up(struct scenario *scenario)
{
	unsigned int i;

	for (i = 0; i < scenario->session_count; i++) {
		struct swarm_session *session = &scenario->sessions[i];
		if (swarm_may_meet_cookie(scenario, session) && session->side[0].end < CLOSE_RUDE)
			session->side[0].end = END_SENT;
	}
}

/* Makes the session follow another on the same 4-tuple: a SYN into TIME-WAIT, as often as not. */
static void draw_reconnect(struct prng *prng, struct scenario *scenario, unsigned int index)
{
	struct swarm_session *session = &scenario->sessions[index];
	unsigned int first = (unsigned int)prng_below(prng, index);
	const struct swarm_session *before = &scenario->sessions[first];
	unsigned int i;

	if (session->kind != SESSION_NORMAL || before->kind != SESSION_NORMAL ||
	    before->client_port == 0 || !swarm_clean(scenario, before))
		return;
	for (i = 0; i < index; i++) {
		if (scenario->sessions[i].after == (int8_t)first)
			return;
	}
	session->after = (int8_t)first;
	session->start_us = prng_scale(prng, 1, scenario->msl_us);
	session->client_port = before->client_port;
	session->server_port = before->server_port;
	session->side[0].host = before->side[0].host;
	session->side[1].host = before->side[1].host;
	/* A listener has one set of options. */
	session->side[1].options = before->side[1].options;
}

/* Packet buffers that hold all that both queues of every connection may hold, and then some. */
static void draw_mbufs(struct prng *prng, const struct features *on, struct scenario *scenario)
{
	unsigned int h, s, i;

	for (h = 0; h < scenario->host_count; h++) {
		uint64_t bytes = 0;

		for (s = 0; s < scenario->session_count; s++) {
			for (i = 0; i < 2; i++) {
				const struct swarm_side *side = &scenario->sessions[s].side[i];
				const struct swarm_side *peer = &scenario->sessions[s].side[!i];

				if (side->host == h)
					bytes += least(swarm_send_buffer(side), side->bytes) +
						 least(swarm_receive_buffer(side), peer->bytes);
			}
		}
		scenario->hosts[h].mbufs =
			512 + (uint32_t)(bytes / 256) + ROGUE_MBUFS * scenario->rogue_count;
		if (on->tight)
			scenario->hosts[h].mbufs =
				(uint32_t)prng_range(prng, MBUFS_MIN, 2 * MBUFS_MIN);
	}
}

/* How many workers each host has, and what they are given to do. */
static void draw_workers(struct prng *prng, struct scenario *scenario)
{
	bool several = prng_permille(prng, 400), late = prng_permille(prng, 400);
	unsigned int i;

	for (i = 0; i < scenario->host_count; i++) {
		struct swarm_host *host = &scenario->hosts[i];

		host->workers = host->queues = 1;
		if (!several)
			continue;
		host->workers = (uint16_t)prng_range(prng, 1, HOST_WORKERS_MAX);
		host->queues = host->workers;
		if (prng_permille(prng, 400))
			host->queues = (uint16_t)prng_range(prng, 1, host->workers);
		host->spread = (uint8_t)prng_below(prng, SPREADS);
		if (late && host->workers > 1 && prng_permille(prng, 700)) {
			host->late = (uint16_t)prng_scale(prng, 1, 200);
			host->late_most_us = (uint32_t)prng_scale(prng, 10, LATE_MOST_US);
		}
	}
}

/*
 * The longest that a segment may be under way in a host whose workers are late: for its sender's
 * turn on a lane, for that of the worker whose queue it comes to, and for its owner's.
 */
static uint64_t lateness_us(const struct scenario *scenario)
{
	uint64_t most = 0;
	unsigned int i;

	for (i = 0; i < scenario->host_count; i++) {
		if (scenario->hosts[i].late_most_us > most)
			most = scenario->hosts[i].late_most_us;
	}
	return 3 * most;
}

/* Where pools are small, others take the packet buffers for a while: from all to a third of them.
 */
static void draw_droughts(struct prng *prng, struct scenario *scenario)
{
	for (unsigned int h = 0; h < scenario->host_count; h++) {
		struct swarm_host *host = &scenario->hosts[h];

		if (!scenario->tight || scenario->faults_us == 0 || !prng_permille(prng, 500))
			continue;
		host->drought_us = prng_scale(prng, 1, scenario->faults_us);
		host->drought_left = (uint32_t)prng_scale(prng, 1, host->mbufs / 3) - 1;
	}
}

static uint64_t longest_us(const struct scenario *scenario)
{
	uint64_t longest = 0;
	unsigned int a, b;

	for (a = 0; a < swarm_ends(scenario); a++) {
		for (b = 0; b < swarm_ends(scenario); b++) {
			uint64_t us = link_lifetime_us(&scenario->links[a][b]);

			if (a != b && us > longest)
				longest = us;
		}
	}
	return longest + lateness_us(scenario);
}

/*
 * The liveness bound: the longest silences that back-off allows (a SYN's, a probe's, the user's who
 * gives up on a vanished peer), the end of TIME-WAIT, and the time that the slowest session needs.
 */
static uint64_t draw_bound(const struct scenario *scenario)
{
	uint64_t slowest = 0, chains = 0;
	unsigned int s, i;

	for (s = 0; s < scenario->session_count; s++) {
		const struct swarm_session *session = &scenario->sessions[s];
		uint64_t slow = 0;

		for (i = 0; i < 2; i++) {
			const struct swarm_side *side = &session->side[i];
			const struct swarm_side *peer = &session->side[!i];
			/* A second for each chunk: Nagle, delayed ACK and the round trip together.
			 */
			uint64_t chunks = side->bytes / side->chunk_min + 1;

			slow += chunks * (side->pause_us + SECOND_US);
			slow += (uint64_t)(peer->bytes / 64 + 2) * side->read_pause_us / 8;
		}
		if (session->after >= 0)
			chains += slow + 5 * MINUTE_US + 2 * scenario->msl_us;
		else if (slow > slowest)
			slowest = slow;
	}
	return 40 * MINUTE_US + 4 * scenario->msl_us + slowest + chains;
}

void swarm_draw(uint64_t seed, struct scenario *out)
{
	struct features on;
	struct prng prng, path, modern, rogue, workers, drought;
	unsigned int i, j, bytes = 0;

	memset(out, 0, sizeof(*out));
	prng_seed(&prng, seed, SWARM_STREAM);
	prng_seed(&path, seed, SWARM_STREAM_PATH);
	draw_features(&prng, &on);
	draw_path_features(&path, &on);
	prng_seed(&modern, seed, SWARM_STREAM_MODERN);
	draw_modern_features(&modern, &on);
	out->seed = seed;
	out->tight = on.tight;
	out->hasty = on.hasty;
	out->host_count = prng_permille(&prng, 700) ? 2 : (unsigned int)prng_range(&prng, 3, 4);
	/* Half of the clocks pass the point where 32-bit ticks wrap within the first seconds. */
	out->epoch_us = prng_scale(&prng, 1, 1ULL << 45);
	if (prng_permille(&prng, 500))
		out->epoch_us = (1ULL << 32) * WHEEL_TICK_US - prng_scale(&prng, 1, 10 * SECOND_US);
	if (prng_permille(&prng, 300))
		out->wrap_ahead = (uint32_t)prng_scale(&prng, 1, 60000);
	if (on.faults)
		out->faults_us = prng_scale(&prng, 10000, 30 * SECOND_US);
	for (i = 0; i < out->host_count; i++) {
		draw_host(&prng, &on, &out->hosts[i]);
		draw_card(&path, &on, &out->hosts[i]);
		for (j = 0; j < out->host_count; j++) {
			draw_link(&prng, &on, &out->links[i][j]);
			draw_path(&path, &on, &out->links[i][j]);
		}
	}
	prng_seed(&workers, seed, SWARM_STREAM_WORKERS);
	draw_workers(&workers, out);
	prng_seed(&drought, seed, SWARM_STREAM_DROUGHT);
	/* No segment may outlive the MSL: else an old one could legally corrupt a new connection.
	 */
	out->msl_us = longest_us(out) + 20000 + prng_scale(&prng, 10000, 30 * SECOND_US);
	out->session_count = (unsigned int)prng_scale(&prng, 1, SESSIONS_DRAWN);
	for (i = 0; i < out->session_count; i++) {
		draw_session(&prng, &on, out, i);
		for (j = 0; j < 2; j++) {
			struct swarm_side *side = &out->sessions[i].side[j];

			draw_modern(&modern, &on, &side->options);
			if (bytes + side->bytes > SEED_BYTES_MAX)
				side->bytes = 100;
			bytes += side->bytes;
		}
		if (i > 0 && !on.tight && prng_permille(&prng, 300))
			draw_reconnect(&prng, out, i);
	}
	prng_seed(&rogue, seed, SWARM_STREAM_ROGUE);
	draw_rogues(&rogue, &on, out);
	draw_flood(&rogue, out);
	speak_up(out);
	if (out->msl_us < longest_us(out) + 20000)
		out->msl_us = longest_us(out) + 20000;
	draw_mbufs(&prng, &on, out);
	draw_droughts(&drought, out);
	out->bound_us = draw_bound(out);
}

static void draw_flood_session(struct prng *prng, struct scenario *out, unsigned int index)
{
	static const struct features none;
	struct swarm_session *session = &out->sessions[index];
	unsigned int i;

	draw_session(prng, &none, out, index);
	session->kind = SESSION_NORMAL;
	session->start_us = out->flood.pause_us *
			    (uint64_t)(out->flood.count / out->flood.at_once) * index /
			    SESSIONS_MAX;
	session->client_port = 0;
	for (i = 0; i < 2; i++) {
		struct swarm_side *side = &session->side[i];

		draw_modern(prng, &none, &side->options);
		side->host = (uint8_t)i;
		side->bytes = (uint32_t)prng_scale(prng, 1, 3000);
		side->pause_us = side->read_pause_us = 0;
		side->chunk_min = side->chunk_max = side->bytes;
		side->options.syn_cookies = LA_COOKIES_PRESSURE;
	}
}

void swarm_draw_flood(uint64_t seed, uint32_t count, struct scenario *out)
{
	static const struct features none;
	struct prng prng, workers;
	unsigned int i, j;

	assert(count > 0);
	memset(out, 0, sizeof(*out));
	prng_seed(&prng, seed, SWARM_STREAM);
	out->seed = seed;
	out->epoch_us = prng_scale(&prng, 1, 1ULL << 45);
	out->host_count = 2;
	out->flood = (struct swarm_flood){
		.count = count, .at_once = 32, .pause_us = 100, .others = 100, .host = 1
	};
	for (i = 0; i < ENDS_MAX; i++) {
		for (j = 0; j < ENDS_MAX; j++)
			out->links[i][j].delay_us = (uint32_t)prng_range(&prng, 50, 5000);
	}
	out->msl_us = SECOND_US;
	for (i = 0; i < SESSIONS_MAX; i++)
		draw_flood_session(&prng, out, i);
	out->session_count = SESSIONS_MAX;
	for (i = 0; i < out->host_count; i++) {
		struct swarm_host *host = &out->hosts[i];

		draw_host(&prng, &none, host);
		host->poll_quantum_us = 1;
		host->max_connections = host->max_flights = host->max_time_waits = SESSIONS_MAX;
		host->max_embryos = 64;
	}
	prng_seed(&workers, seed, SWARM_STREAM_WORKERS);
	draw_workers(&workers, out);
	/* What passes for faults here is that workers are late. */
	out->faults_us = (uint64_t)out->flood.pause_us * (count / out->flood.at_once);
	out->msl_us += lateness_us(out);
	speak_up(out);
	draw_mbufs(&prng, &none, out);
	out->bound_us = draw_bound(out);
}

uint32_t swarm_send_buffer(const struct swarm_side *side)
{
	const struct la_tcp_options *options = &side->options;

	return options->send_buffer_max > options->send_buffer ? options->send_buffer_max
							       : options->send_buffer;
}

uint32_t swarm_receive_buffer(const struct swarm_side *side)
{
	const struct la_tcp_options *options = &side->options;

	return options->receive_buffer_max > options->receive_buffer ? options->receive_buffer_max
								     : options->receive_buffer;
}

bool swarm_may_meet_cookie(const struct scenario *scenario, const struct swarm_session *session)
{
	const struct swarm_side *server = &session->side[1];

	if (session->kind != SESSION_NORMAL || server->options.syn_cookies == LA_COOKIES_NEVER)
		return false;
	/* A small pool of embryos is under pressure without any flood. */
	return server->options.syn_cookies == LA_COOKIES_ALWAYS || scenario->tight ||
	       (scenario->flood.count > 0 && server->host == scenario->flood.host);
}

bool swarm_fast_open(const struct swarm_session *session)
{
	return session->side[0].options.fast_open && session->side[1].options.fast_open;
}

static bool link_is_honest(const struct link_params *link)
{
	return link->loss + link->burst_begin + link->reorder + link->duplicate + link->corrupt +
			       link->hole ==
		       0 &&
	       (link->in_order || link->jitter_us == 0);
}

/* What the client has sent may come without the ACK that brings the cookie, and is reset then. */
static bool cookie_is_safe(const struct scenario *scenario, const struct swarm_session *session)
{
	unsigned int client = session->side[0].host, server = session->side[1].host;

	/* Where workers are late rings fill, and what does not fit is lost. */
	if (swarm_may_meet_cookie(scenario, session) &&
	    scenario->hosts[client].late + scenario->hosts[server].late > 0)
		return false;
	/* A SYN with text that comes twice may open twice (RFC 7413 2.1). */
	return (!swarm_may_meet_cookie(scenario, session) && !swarm_fast_open(session)) ||
	       (link_is_honest(&scenario->links[client][server]) &&
		link_is_honest(&scenario->links[server][client]));
}

bool swarm_impatient(const struct swarm_side *side)
{
	return side->options.idle_timeout_us > 0 || side->options.stall_timeout_us > 0 ||
	       side->options.fin_wait_2_us < TCP_FIN_WAIT_2_US;
}

bool swarm_clean(const struct scenario *scenario, const struct swarm_session *session)
{
	unsigned int i;

	if (scenario->tight || scenario->hasty || session->kind == SESSION_REFUSED ||
	    session->kind == SESSION_NOWHERE || session->rogue >= 0 ||
	    !cookie_is_safe(scenario, session))
		return false;
	for (i = 0; i < 2; i++) {
		const struct swarm_side *side = &session->side[i];

		if (side->end == CLOSE_RUDE || side->end == END_ABORT || swarm_impatient(side) ||
		    scenario->hosts[side->host].stop_us > 0)
			return false;
	}
	return true;
}
