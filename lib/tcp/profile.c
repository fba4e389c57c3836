/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp/profile.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "config/limits.h"
#include "config/tcp_constants.h"

void la_tcp_options_init(struct la_tcp_options *options)
{
	memset(options, 0, sizeof(*options));
	options->send_buffer = 256 * 1024;
	options->receive_buffer = TCP_WINDOW_MAX;
	options->ttl = 64;
	options->r1_retransmits = TCP_R1_RETRANSMITS;
	options->r2_us = TCP_R2_US;
	options->r2_syn_us = TCP_R2_SYN_US;
	options->delayed_ack_us = TCP_DELAYED_ACK_US;
	options->rto_initial_us = TCP_RTO_INITIAL_US;
	options->rto_min_us = TCP_RTO_MIN_US;
	options->rto_max_us = TCP_RTO_MAX_US;
	options->send_buffer_max = 4 * 1024 * 1024;
	options->receive_buffer_max = 6 * 1024 * 1024;
	options->window_scaling = true;
	options->timestamps = true;
	options->sack = true;
	options->pacing = true;
	options->path_mtu_probing = true;
	options->congestion = LA_CUBIC;
	options->ecn = LA_ECN_ACCEPT;
	options->syn_cookies = LA_COOKIES_PRESSURE;
	options->keepalive_idle_us = TCP_KEEPALIVE_IDLE_US;
	options->keepalive_interval_us = TCP_KEEPALIVE_INTERVAL_US;
	options->keepalive_probes = TCP_KEEPALIVE_PROBES;
	options->user_timeout_max_us = TCP_USER_TIMEOUT_MAX_US;
	options->user_timeout_changeable = true;
	options->fin_wait_2_us = TCP_FIN_WAIT_2_US;
	options->stall_timeout_us = STALL_TIMEOUT_US;
	options->stall_bytes_per_second = STALL_BYTES_PER_SECOND;
}

static int refuse(struct la_error *err, const char *what)
{
	if (err != NULL)
		snprintf(err->text, sizeof(err->text), "%s", what);
	return -EINVAL;
}

/* How long a connection may be quiet, silent or half closed. */
static int check_times(const struct la_tcp_options *options, struct la_error *err)
{
	if (options->keepalive_idle_us == 0 || options->keepalive_idle_us > QUIET_MAX_US ||
	    options->keepalive_interval_us == 0)
		return refuse(err, "keepalive_idle must be above 0 and at most 24h, and "
				   "keepalive_interval above 0");
	if (options->keepalive_probes == 0 || options->keepalive_probes > KEEPALIVE_PROBES_MAX)
		return refuse(err, "keepalive_probes must be between 1 and 14");
	if (options->idle_timeout_us > QUIET_MAX_US)
		return refuse(err, "idle_timeout must be at most 24h, or 0 for none");
	if (options->fin_wait_2_us == 0)
		return refuse(err, "fin_wait_2 must be above 0");
	if (options->user_timeout_us != 0 && options->user_timeout_us < 1000000)
		return refuse(err, "user_timeout must be at least 1s, or 0 for none");
	if (options->user_timeout_max_us < TCP_USER_TIMEOUT_MIN_US)
		return refuse(err, "user_timeout_max must be at least 100s (RFC 5482 3.1)");
	if (options->stall_timeout_us != 0 && options->stall_bytes_per_second == 0)
		return refuse(err, "stall_bytes_per_second must be above 0 while there is a "
				   "stall_timeout");
	return 0;
}

int profile_check(const struct la_tcp_options *options, struct la_error *err)
{
	if (options->send_buffer < BUFFER_MIN || options->send_buffer > BUFFER_MAX)
		return refuse(err, "send_buffer must be between 2 KiB and 1 GiB");
	if (options->receive_buffer < BUFFER_MIN || options->receive_buffer > BUFFER_MAX)
		return refuse(err, "receive_buffer must be between 2 KiB and 1 GiB");
	if (options->mss != 0 && options->mss < TCP_MSS_FLOOR)
		return refuse(err, "mss must be 0 (from the MTU) or at least 64");
	if (options->ttl == 0)
		return refuse(err, "ttl must be at least 1");
	if (options->dscp > 63)
		return refuse(err, "dscp must be at most 63");
	if (options->delayed_ack_us > TCP_DELAYED_ACK_MAX_US)
		return refuse(err, "delayed_ack must be at most 500ms (RFC 9293 MUST-40)");
	if (options->rto_min_us == 0 || options->rto_min_us > options->rto_max_us)
		return refuse(err, "rto_min must be above 0 and at most rto_max");
	if (options->rto_initial_us == 0 || options->rto_initial_us > options->rto_max_us)
		return refuse(err, "rto_initial must be above 0 and at most rto_max");
	if (options->send_buffer_max > BUFFER_MAX || options->receive_buffer_max > BUFFER_MAX)
		return refuse(err, "send_buffer_max and receive_buffer_max must be at most 1 GiB");
	if ((unsigned int)options->congestion >= LA_CONGESTIONS)
		return refuse(err, "congestion must be LA_CUBIC or LA_NEWRENO");
	if ((unsigned int)options->ecn >= LA_ECNS)
		return refuse(err, "ecn must be LA_ECN_OFF, LA_ECN_ACCEPT or LA_ECN_ASK");
	if ((unsigned int)options->syn_cookies >= LA_SYN_COOKIES)
		return refuse(err, "syn_cookies must be LA_COOKIES_PRESSURE, _NEVER or _ALWAYS");
	if (options->r2_us == 0 || options->r2_syn_us == 0)
		return refuse(err, "r2 and r2_syn must be above 0");
	return check_times(options, err);
}

int profile_check_change(const struct la_tcp_options *from, const struct la_tcp_options *to,
			 struct la_error *err)
{
	if (from->mss != to->mss)
		return refuse(err, "mss is settled when a connection is opened");
	if (from->receive_buffer != to->receive_buffer ||
	    from->receive_buffer_max != to->receive_buffer_max)
		return refuse(err, "receive_buffer and receive_buffer_max are settled when a "
				   "connection is opened");
	if (from->window_scaling != to->window_scaling || from->timestamps != to->timestamps ||
	    from->sack != to->sack || from->ecn != to->ecn)
		return refuse(err, "window_scaling, timestamps, sack and ecn are settled when a "
				   "connection is opened");
	if (from->congestion != to->congestion)
		return refuse(err, "congestion is settled when a connection is opened");
	if (from->syn_cookies != to->syn_cookies || from->fast_open != to->fast_open)
		return refuse(err, "syn_cookies and fast_open are settled when a connection is "
				   "opened");
	return 0;
}

bool profile_same_quiet(const struct la_tcp_options *a, const struct la_tcp_options *b)
{
	return a->keepalive == b->keepalive && a->keepalive_idle_us == b->keepalive_idle_us &&
	       a->idle_timeout_us == b->idle_timeout_us;
}

int profile_table_create(struct profile_table *table, int numa_node)
{
	table->high = 0;
	table->recent = 0;
	table->recent_is_plain = false;
	la_tcp_options_init(&table->defaults);
	table->list = memory_reserve(PROFILES_MAX * sizeof(struct profile), numa_node);
	return table->list == NULL ? -ENOMEM : 0;
}

void profile_table_destroy(struct profile_table *table)
{
	memory_release(table->list, PROFILES_MAX * sizeof(struct profile));
	table->list = NULL;
}

/* What came after RFC 9293's own settings. */
static bool modern_equal(const struct la_tcp_options *a, const struct la_tcp_options *b)
{
	return a->send_buffer_max == b->send_buffer_max &&
	       a->receive_buffer_max == b->receive_buffer_max &&
	       a->window_scaling == b->window_scaling && a->timestamps == b->timestamps &&
	       a->sack == b->sack && a->pacing == b->pacing && a->keepalive == b->keepalive &&
	       a->fast_open == b->fast_open && a->path_mtu_probing == b->path_mtu_probing &&
	       a->congestion == b->congestion && a->ecn == b->ecn &&
	       a->syn_cookies == b->syn_cookies && a->keepalive_probes == b->keepalive_probes &&
	       a->keepalive_interval_us == b->keepalive_interval_us &&
	       a->keepalive_idle_us == b->keepalive_idle_us &&
	       a->idle_timeout_us == b->idle_timeout_us &&
	       a->user_timeout_us == b->user_timeout_us &&
	       a->user_timeout_max_us == b->user_timeout_max_us &&
	       a->user_timeout_changeable == b->user_timeout_changeable &&
	       a->fin_wait_2_us == b->fin_wait_2_us && a->stall_timeout_us == b->stall_timeout_us &&
	       a->stall_bytes_per_second == b->stall_bytes_per_second;
}

static bool options_equal(const struct la_tcp_options *a, const struct la_tcp_options *b)
{
	return a->send_buffer == b->send_buffer && a->receive_buffer == b->receive_buffer &&
	       a->mss == b->mss && a->ttl == b->ttl && a->dscp == b->dscp &&
	       a->no_delay == b->no_delay && a->r1_retransmits == b->r1_retransmits &&
	       a->r2_us == b->r2_us && a->r2_syn_us == b->r2_syn_us &&
	       a->delayed_ack_us == b->delayed_ack_us && a->rto_initial_us == b->rto_initial_us &&
	       a->rto_min_us == b->rto_min_us && a->rto_max_us == b->rto_max_us &&
	       modern_equal(a, b);
}

/* The probe for a lost tail waits for the peer's ACK, if the least RTO is not over before. */
static void work_out(struct profile *profile)
{
	const struct la_tcp_options *options = &profile->options;
	uint32_t least_us = options->rto_min_us < TCP_PEER_ACK_DELAY_US ? options->rto_min_us
									: TCP_PEER_ACK_DELAY_US;

	profile->first_timer_ticks = least_us / WHEEL_TICK_US;
	profile->marks = profile_marks(options);
	profile->times_quiet = options->keepalive || options->idle_timeout_us != 0;
}

/* A free place with this in it, and no user yet; or -ENOSPC. */
static int take_place(struct profile_table *table, const struct profile *profile)
{
	uint32_t place = 0;

	while (place < table->high && table->list[place].users > 0)
		place++;
	if (place >= PROFILES_MAX)
		return -ENOSPC;
	table->list[place] = *profile;
	table->list[place].users = 0;
	table->list[place].listener = LISTENER_NONE;
	table->list[place].base = PROFILE_NONE;
	work_out(&table->list[place]);
	if (place == table->high)
		table->high++;
	return (int)place;
}

/* No listener's, nor a change of one: any number of opens may share it. */
static bool is_shared(const struct profile *profile)
{
	return profile->listener == LISTENER_NONE && profile->base == PROFILE_NONE;
}

static void note_recent(struct profile_table *table, uint32_t place)
{
	table->recent = place;
	table->recent_is_plain = options_equal(&table->list[place].options, &table->defaults);
}

int profile_use(struct profile_table *table, const struct profile *profile)
{
	int place;

	for (uint32_t i = 0; i < table->high; i++) {
		struct profile *other = &table->list[i];

		if (other->users > 0 && other->service == profile->service &&
		    other->service_data == profile->service_data && is_shared(other) &&
		    options_equal(&other->options, &profile->options)) {
			other->users++;
			note_recent(table, i);
			return (int)i;
		}
	}
	place = take_place(table, profile);
	if (place >= 0) {
		table->list[place].users = 1;
		note_recent(table, (uint32_t)place);
	}
	return place;
}

int profile_own(struct profile_table *table, const struct profile *profile, uint16_t listener)
{
	int place = take_place(table, profile);

	assert(listener != LISTENER_NONE);
	if (place >= 0) {
		table->list[place].users = 1;
		table->list[place].listener = listener;
	}
	return place;
}

/* A change of a listener's profile to these options, with as many users as it has; or -ENOSPC. */
static int find_change(struct profile_table *table, uint16_t base,
		       const struct la_tcp_options *options)
{
	struct profile changed = table->list[base];
	int place;

	for (uint32_t i = 0; i < table->high; i++)
		if (table->list[i].users > 0 && table->list[i].base == base &&
		    options_equal(&table->list[i].options, options))
			return (int)i;
	changed.options = *options;
	place = take_place(table, &changed);
	if (place >= 0)
		table->list[place].base = base;
	return place;
}

/* Who uses a change of a listener's profile is a user of that one, too. */
static int change_own(struct profile_table *table, uint16_t index,
		      const struct la_tcp_options *options)
{
	uint16_t base = table->list[index].base != PROFILE_NONE ? table->list[index].base : index;
	int to = base;

	if (!options_equal(&table->list[base].options, options))
		to = find_change(table, base, options);
	if (to < 0)
		return to;
	if (to != base)
		table->list[to].users++;
	if (index != base) {
		assert(table->list[index].users > 0);
		table->list[index].users--;
	}
	return to;
}

int profile_change(struct profile_table *table, uint16_t index,
		   const struct la_tcp_options *options)
{
	struct profile changed = table->list[index];
	int to;

	assert(index < table->high && changed.users > 0);
	if (!is_shared(&changed))
		return change_own(table, index, options);
	changed.options = *options;
	to = profile_use(table, &changed);
	if (to >= 0)
		profile_leave(table, index);
	return to;
}

int profile_use_recent(struct profile_table *table, const struct la_service *service,
		       const void *service_data, const struct la_tcp_options *options)
{
	struct profile *recent = &table->list[table->recent];

	if (recent->users == 0 || !is_shared(recent) || recent->service != service ||
	    recent->service_data != service_data)
		return -ENOENT;
	if (options == NULL ? !table->recent_is_plain : !options_equal(&recent->options, options))
		return -ENOENT;
	recent->users++;
	return (int)table->recent;
}

void profile_leave(struct profile_table *table, uint16_t index)
{
	struct profile *profile = &table->list[index];

	assert(index < table->high && profile->users > 0);
	profile->users--;
	if (profile->base != PROFILE_NONE) {
		assert(table->list[profile->base].users > 0);
		table->list[profile->base].users--;
	}
}
