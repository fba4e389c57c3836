/* SPDX-License-Identifier: BSD-3-Clause */
/* lastack.h: what la_listen(), la_connect() and la_stack_create() refuse, and what they say. */
#include <errno.h>

#include "reach.h"

#define OURS IP(192, 0, 2, 1)

static const struct la_service nobody = { .name = "nobody" };

static struct la_endpoint at(uint32_t ip, uint16_t port)
{
	return (struct la_endpoint){ la_addr_from_ipv4(ip), port };
}

/* ---- la_listen ---- */

static int try_listen(uint32_t ip, uint16_t port, const struct la_service *service,
		      const struct la_tcp_options *options, const char *says)
{
	struct la_endpoint local = at(ip, port);
	struct la_error error = { "" };
	int result = la_listen(script_stack(), &local, service, NULL, options, &error);

	must(result >= 0 || strstr(error.text, says) != NULL);
	/* Nobody has to want the sentence. */
	if (result < 0)
		must(la_listen(script_stack(), &local, service, NULL, options, NULL) == result);
	return result;
}

SCRIPT(listen_says_what_is_wrong)
{
	silence();
	must(try_listen(OURS, 0, &nobody, NULL, "port above 0") == -EINVAL);
	must(try_listen(OURS, 80, NULL, NULL, "service") == -EINVAL);
	must(try_listen(IP(192, 0, 2, 9), 80, &nobody, NULL, "192.0.2.9") == -EADDRNOTAVAIL);
	must(try_listen(OURS, 80, &nobody, NULL, "") >= 0);
	must(try_listen(OURS, 80, &nobody, NULL, "port 80") == -EADDRINUSE);
	must(try_listen(OURS, 81, &nobody, NULL, "") >= 0);
}

static int listen_refusing(const struct la_tcp_options *options, const char *says)
{
	return try_listen(OURS, 80, &nobody, options, says);
}

static int connect_refusing(const struct la_tcp_options *options)
{
	struct la_endpoint remote = at(IP(192, 0, 2, 11), 80);
	struct la_conn conn;

	return la_connect(script_worker(), NULL, &remote, &nobody, NULL, options, &conn);
}

SCRIPT(options_out_of_bounds_are_refused_by_name)
{
	struct la_tcp_options bad[13];
	static const char *const names[13] = { "send_buffer",    "send_buffer", "receive_buffer",
					       "receive_buffer", "mss",         "ttl",
					       "dscp",           "delayed_ack", "rto_min",
					       "rto_min",        "rto_initial", "r2",
					       "r2_syn" };
	unsigned int i;

	silence();
	for (i = 0; i < 13; i++)
		la_tcp_options_init(&bad[i]);
	bad[0].send_buffer = 2047;
	bad[1].send_buffer = (1U << 30) + 1;
	bad[2].receive_buffer = 2047;
	bad[3].receive_buffer = (1U << 30) + 1;
	bad[4].mss = 63;
	bad[5].ttl = 0;
	bad[6].dscp = 64;
	bad[7].delayed_ack_us = 500001;
	bad[8].rto_min_us = 0;
	bad[9].rto_min_us = bad[9].rto_max_us + 1;
	bad[10].rto_initial_us = 0;
	bad[11].r2_us = 0;
	bad[12].r2_syn_us = 0;
	for (i = 0; i < 13; i++) {
		must(listen_refusing(&bad[i], names[i]) == -EINVAL);
		must(connect_refusing(&bad[i]) == -EINVAL);
	}
	silence();
	usage_is(connections, 0);
}

SCRIPT(options_at_their_bounds_are_taken)
{
	struct la_tcp_options options;

	silence();
	la_tcp_options_init(&options);
	options.send_buffer = 2048;
	options.receive_buffer = 1U << 30;
	options.mss = 64;
	options.ttl = 1;
	options.dscp = 63;
	options.delayed_ack_us = 500000;
	must(try_listen(OURS, 80, &nobody, &options, "") >= 0);
}

SCRIPT(listeners_are_bounded_and_come_back)
{
	int number = 0;
	unsigned int i;

	silence();
	for (i = 0; i < 1024; i++) {
		number = try_listen(OURS, (uint16_t)(1 + i), &nobody, NULL, "");
		must(number >= 0);
	}
	must(try_listen(OURS, 2000, &nobody, NULL, "too many") == -ENOSPC);
	must(la_listen_end(script_stack(), number) == 0);
	must(try_listen(OURS, 2000, &nobody, NULL, "") >= 0);
}

/* ---- la_listen_end ---- */

SCRIPT(listen_end_is_told_once_and_frees_the_port)
{
	int number;

	silence();
	must(la_listen_end(script_stack(), -1) == -ENOENT);
	must(la_listen_end(script_stack(), 0) == -ENOENT);
	must(la_listen_end(script_stack(), 1024) == -ENOENT);
	number = try_listen(OURS, 80, &script_service, NULL, "");
	must(number >= 0);
	must(la_listen_end(script_stack(), number) == 0);
	must(la_listen_end(script_stack(), number) == -ENOENT);
	in(SYN, SEQ(0), MSS(1460));
	out(RST | ACK, ABSOLUTE_SEQ(0), ACK(1));
	must(try_listen(OURS, 80, &script_service, NULL, "") >= 0);
	in(SYN, SEQ(0), MSS(1460));
	out(SYN | ACK, SEQ(0), ACK(1));
}

/* ---- la_connect ---- */

SCRIPT(connect_says_what_is_wrong)
{
	struct la_endpoint local = at(OURS, 5000), remote = at(IP(192, 0, 2, 11), 80);
	struct la_endpoint stranger = at(IP(192, 0, 2, 9), 5000), off = at(IP(198, 51, 100, 1), 80);
	struct la_endpoint no_port = at(IP(192, 0, 2, 11), 0);
	struct la_conn conn = { 0 };

	silence();
#define TRY(local_, remote_, service_) \
	la_connect(script_worker(), local_, remote_, service_, NULL, NULL, &conn)
	must(TRY(&local, &remote, NULL) == -EINVAL);
	must(TRY(&local, &no_port, &nobody) == -EINVAL);
	must(TRY(&stranger, &remote, &nobody) == -EADDRNOTAVAIL);
	must(TRY(NULL, &off, &nobody) == -ENETUNREACH);
	must(conn.id == 0);
	one_breath
	{
		must(TRY(&local, &remote, &nobody) == 0);
	}
	must(conn.id != 0);
	must(out_any().flags == SYN);
	must(TRY(&local, &remote, &nobody) == -EADDRINUSE);
#undef TRY
	silence();
	usage_is(connections, 1);
}

SCRIPT(connect_to_the_tuple_of_an_accepted_connection_is_refused)
{
	struct la_endpoint local = at(OURS, 80), remote = at(IP(192, 0, 2, 11), 40001);
	struct la_conn conn;

	establish();
	must(la_connect(script_worker(), &local, &remote, &nobody, NULL, NULL, &conn) ==
	     -EADDRINUSE);
	silence();
}

/* Nothing is called back before la_connect() returned, and then it is called once. */
SCRIPT(refused_open_is_told_in_a_later_breath)
{
	connect_to(80);
	not_closed();
	out(SYN, SEQ(0));
	in(RST | ACK, SEQ(0), ACK(1));
	closed_because(LA_REASON_REFUSED);
	nothing_leaked();
}

/* ---- la_stack_create ---- */

static bool create_refused(const struct la_stack_config *config, const char *says)
{
	struct la_stack *stack = NULL;
	struct la_error error = { "" };
	int result = la_stack_create(config, &stack, &error);

	if (result == 0)
		la_stack_destroy(stack);
	return result == -EINVAL && stack == NULL && strstr(error.text, says) != NULL;
}

#define REFUSED(field, value, says)                  \
	do {                                         \
		struct la_stack_config config;       \
		la_stack_config_init(&config);       \
		config.name = "refused";             \
		config.field = (value);              \
		must(create_refused(&config, says)); \
	} while (0)

SCRIPT(stack_out_of_bounds_is_refused_by_name)
{
	silence();
	REFUSED(max_connections, 0, "connections");
	REFUSED(max_embryos, 0, "half_open");
	REFUSED(max_time_waits, 0, "time_wait");
	REFUSED(mbufs, 255, "mbufs");
	REFUSED(neighbours, 1, "neighbours");
	REFUSED(msl_us, 0, "msl");
	REFUSED(msl_us, UINT64_MAX, "msl");
	REFUSED(flight_idle_us, UINT64_MAX, "flight_idle");
	REFUSED(ephemeral_first, 0, "ephemeral_first");
	REFUSED(ephemeral_first, 65281, "ephemeral_first");
	REFUSED(ephemeral_last, 10254,
		"ephemeral_last is 10254; it must be between 10255 and 65535");
	REFUSED(arp_expiry_us, 0, "ARP");
	REFUSED(name, NULL, "name");
	REFUSED(name, "a name that is far too long for what DPDK can take of it", "name");
}

SCRIPT(memory_of_a_stack_grows_with_what_it_holds)
{
	struct la_stack_config small, large;

	silence();
	la_stack_config_init(&small);
	large = small;
	large.max_connections *= 2;
	must(la_stack_memory(&large) >= la_stack_memory(&small) + 128ULL * small.max_connections);
	large = small;
	large.mbufs *= 2;
	must(la_stack_memory(&large) >= la_stack_memory(&small) + 2048ULL * small.mbufs);
}
