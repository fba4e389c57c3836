/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A scenario as text, for people.
 */
#include <inttypes.h>
#include <stdio.h>

#include "spread.h"
#include "swarm.h"

static void print_options(const struct la_tcp_options *options)
{
	static const char *const congestions[LA_CONGESTIONS] = { "cubic", "newreno" };
	static const char *const ecns[LA_ECNS] = { "ecn-off", "ecn-accept", "ecn-ask" };

	printf("      %s %s%s%s%s%s%s", congestions[options->congestion], ecns[options->ecn],
	       options->window_scaling ? " scaling" : "", options->timestamps ? " stamps" : "",
	       options->sack ? " sack" : "", options->path_mtu_probing ? " probing" : "",
	       options->fast_open ? " fast-open" : "");
	printf(" buffers %u-%u %u-%u rto %u-%u delayed-ack %u", options->send_buffer,
	       options->send_buffer_max, options->receive_buffer, options->receive_buffer_max,
	       options->rto_min_us, options->rto_max_us, options->delayed_ack_us);
	if (options->keepalive)
		printf(" keepalive %" PRIu64 "+%u*%u", options->keepalive_idle_us,
		       options->keepalive_probes, options->keepalive_interval_us);
	printf(" fin-wait-2 %u idle %" PRIu64 " user-timeout %u%s\n", options->fin_wait_2_us,
	       options->idle_timeout_us, options->user_timeout_us,
	       options->pacing ? " pacing" : "");
}

static const char *flag(bool set, const char *text)
{
	return set ? text : "";
}

static void print_host(const struct scenario *scenario, unsigned int i)
{
	static const char *const spreads[SPREADS] = { "first",  "random",  "rss",
						      "astray", "misread", "lies" };
	const struct swarm_host *h = &scenario->hosts[i];

	printf("  host %u: mtu %u vlan %u flags %x quantum %u tx-short %u scatter %u conns %u "
	       "flights %u embryos %u time-waits %u mbufs %u idle %" PRIu64 " arp %" PRIu64
	       " stop %" PRIu64,
	       i + 1, h->mtu, h->vlan, h->port_flags, h->poll_quantum_us, h->tx_short,
	       h->rx_scatter, h->max_connections, h->max_flights, h->max_embryos, h->max_time_waits,
	       h->mbufs, h->flight_idle_us, h->arp_expiry_us, h->stop_us);
	if (h->drought_us > 0)
		printf(" drought %" PRIu64 " left %u", h->drought_us, h->drought_left);
	if (h->workers > 1)
		printf(" workers %u queues %u spread %s late %u/%u", h->workers, h->queues,
		       spreads[h->spread], h->late, h->late_most_us);
	printf("\n");
}

static void print_link(const struct link_params *l, unsigned int from, unsigned int to)
{
	printf("    %u to %u: delay %u jitter %u%s loss %u bursts %u/%u reorder %u/%u dup %u "
	       "corrupt %u rate %" PRIu64 "/%u mark %u%s hole %u%s%s\n",
	       from + 1, to + 1, l->delay_us, l->jitter_us, flag(l->in_order, " in order"), l->loss,
	       l->burst_begin, l->burst_end, l->reorder, l->reorder_us, l->duplicate, l->corrupt,
	       l->bytes_per_second, l->queue_bytes, l->mark, flag(l->bleach, " bleach"), l->hole,
	       flag(l->hole_tells, " tells"), flag(l->hole_stays, " stays"));
}

static void print_manners(const struct swarm_rogue *m)
{
	static const char *const acks[ROGUE_ACKS] = { "honest", "split", "repeated", "optimistic",
						      "wild",   "lazy",  "never",    "go-back" };
	static const char *const windows[ROGUE_WINDOWS] = { "fixed", "shrinks", "zero", "one",
							    "flaps" };
	static const char *const sacks[ROGUE_SACKS] = { "honest", "none",  "reneged",
							"ahead",  "below", "backward",
							"single", "all",   "overlap" };
	static const char *const text[ROGUE_TEXT] = { "decent",   "odd",    "reversed",
						      "overlaps", "beyond", "repeated" };
	static const char *const stamps[ROGUE_STAMPS] = { "honest", "none",      "go-back",
							  "jump",   "wild-echo", "sometimes" };
	static const char *const ecn[ROGUE_ECN] = { "none", "echo-ever", "anything" };
	static const char *const ends[ROGUE_ENDS] = { "fins", "resets", "vanishes" };

	printf("      rogue: acks %s, windows %s, sacks %s, text %s, stamps %s, ecn %s, end %s, "
	       "scaling %u/%u mss %u drop %u rubbish %u unasked %u window %u segment %u pace %u "
	       "budget %u\n",
	       acks[m->acks], windows[m->windows], sacks[m->sacks], text[m->text],
	       stamps[m->stamps], ecn[m->ecn], ends[m->end], m->scaling, m->shift, m->mss, m->drop,
	       m->rubbish, m->unasked, m->window, m->segment, m->pace_us, m->budget);
}

static void print_side(const struct swarm_side *d, unsigned int j)
{
	static const char *const ends[] = { "end-sent",   "end-peer",   "close-peer",
					    "close-done", "close-rude", "abort" };

	printf("    side %u: host %u %s bytes %u chunk %u-%u pause %u urgent %u read %u every %u "
	       "send %x recv %x moment %" PRIu64 " mss %u%s%s%s\n",
	       j, d->host + 1, ends[d->end], d->bytes, d->chunk_min, d->chunk_max, d->pause_us,
	       d->urgent, d->read_max, d->read_pause_us, d->send_ways, d->recv_ways, d->moment_us,
	       d->options.mss, flag(d->options.no_delay, " no-delay"), flag(d->early, " early"),
	       flag(d->on_demand, " on-demand"));
}

static void print_session(const struct scenario *scenario, unsigned int i)
{
	static const char *const kinds[] = { "normal", "simultaneous", "refused", "nowhere" };
	const struct swarm_session *s = &scenario->sessions[i];
	int j;

	printf("  session %u: %s%s after %d start %" PRIu64 " ports %u > %u\n", i, kinds[s->kind],
	       flag(swarm_clean(scenario, s), " clean"), s->after, s->start_us, s->client_port,
	       s->server_port);
	for (j = 0; j < 2; j++) {
		print_side(&s->side[j], (unsigned int)j);
		if (s->rogue == j)
			print_manners(&s->manners);
		else
			print_options(&s->side[j].options);
	}
}

void swarm_print(const struct scenario *scenario)
{
	unsigned int i, j;

	printf("seed %" PRIu64 ": %u hosts, %u sessions, msl %" PRIu64 " us, faults %" PRIu64
	       " us, epoch %" PRIu64 " us%s%s\n",
	       scenario->seed, scenario->host_count, scenario->session_count, scenario->msl_us,
	       scenario->faults_us, scenario->epoch_us, flag(scenario->tight, ", tight"),
	       flag(scenario->hasty, ", hasty"));
	for (i = 0; i < scenario->host_count; i++)
		print_host(scenario, i);
	for (i = 0; i < swarm_ends(scenario); i++) {
		for (j = 0; j < swarm_ends(scenario); j++) {
			if (i != j)
				print_link(&scenario->links[i][j], i, j);
		}
	}
	if (scenario->flood.count > 0)
		printf("  flood: %u against host %u, %u every %u us, %u others\n",
		       scenario->flood.count, scenario->flood.host + 1, scenario->flood.at_once,
		       scenario->flood.pause_us, scenario->flood.others);
	for (i = 0; i < scenario->session_count; i++)
		print_session(scenario, i);
}
