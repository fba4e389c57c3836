/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * config: see config.h. The tables; config_check.c holds the checks across settings.
 */
#include "config.h"

#include <assert.h>
#include <string.h>

#include "config/limits.h"
#include "config/tcp_constants.h"
#include "svc/http_limits.h"

#define US 1ULL
#define MS (1000 * US)
#define SECOND (1000 * MS)
#define MINUTE (60 * SECOND)

/* Where a value lies, and how wide it is. */
#define AT(type, member) .offset = offsetof(type, member), .width = sizeof(((type *)0)->member)
#define LINE_AT(type, member) .line_offset = offsetof(type, member)
#define NO_LINE (-1)

static const char *const service_words[] = { NULL, "echo", "discard", "chargen", "http", NULL };
static const char *const congestion_words[] = { "cubic", "newreno", NULL };
static const char *const ecn_words[] = { "off", "accept", "ask", NULL };
static const char *const cookie_words[] = { "pressure", "never", "always", NULL };
static const char *const close_words[] = { "peer", "server", NULL };

/* ---- ports ----------------------------------------------------------------------------------- */

static void init_port(void *values, const void *root)
{
	struct config_port *port = values;

	port->mtu = 1500;
}

static const struct setting port_settings[] = {
	{ .key = "name",
	  .kind = SETTING_STRING,
	  AT(struct config_port, name),
	  .required = true,
	  .help = "the name of the DPDK ethdev: `net_tap0` for `--vdev=net_tap0`, or a PCI "
		  "address" },
	{ .key = "addresses",
	  .kind = SETTING_PREFIX,
	  .list = true,
	  .min = 1,
	  .max = ADDRESSES_MAX,
	  AT(struct config_port, addresses),
	  .required = true,
	  .help = "our addresses on this port, each with the length of its on-link prefix: "
		  "`198.18.0.1/24`" },
	{ .key = "gateway",
	  .kind = SETTING_ADDRESS,
	  AT(struct config_port, gateway),
	  LINE_AT(struct config_port, gateway_line),
	  .absent = "none",
	  .help = "where packets go that are not for a prefix of ours; at most one port has one" },
	{ .key = "mtu",
	  .kind = SETTING_NUMBER,
	  AT(struct config_port, mtu),
	  .min = 576,
	  .max = MTU_MAX,
	  .help = "bytes of the largest IP packet; above 2030 with an `mbuf_size` to match" },
	{ .key = "queues",
	  .kind = SETTING_NUMBER,
	  AT(struct config_port, queues),
	  .min = 1,
	  .max = WORKERS_MAX,
	  .absent = "one for each worker",
	  .help = "queue pairs used, at most; no more than there are workers, or than the device "
		  "has" },
	{ .key = "vlan",
	  .kind = SETTING_NUMBER,
	  AT(struct config_port, vlan),
	  .min = 1,
	  .max = 4094,
	  .absent = "no tag",
	  .help = "the IEEE 802.1Q tag that frames carry in both directions" },
	{ 0 },
};

static const struct setting_section port_section = {
	"ports",   port_settings, sizeof(struct config_port), offsetof(struct config_port, line),
	init_port,
};

/* ---- TCP ------------------------------------------------------------------------------------- */

/* The rows of struct la_tcp_options, for the section tcp and for a listener's own options. */
/* clang-format off */
#define TCP_OPTION_SETTINGS(type, member, no_delay_default, idle_default) \
	{ .key = "send_buffer", .kind = SETTING_SIZE, AT(type, member.send_buffer), \
	  .min = BUFFER_MIN, .max = BUFFER_MAX, \
	  .help = "bytes queued and not yet acknowledged, at most, per connection; at first" }, \
	{ .key = "receive_buffer", .kind = SETTING_SIZE, AT(type, member.receive_buffer), \
	  .min = BUFFER_MIN, .max = BUFFER_MAX, \
	  .help = "bytes that the peer may be ahead of the service, at most, per connection; " \
		  "at first" }, \
	{ .key = "send_buffer_max", .kind = SETTING_SIZE, AT(type, member.send_buffer_max), \
	  .min = 0, .max = BUFFER_MAX, \
	  .help = "as far as send_buffer grows where a path is fast and long; 0: it stays" }, \
	{ .key = "receive_buffer_max", .kind = SETTING_SIZE, \
	  AT(type, member.receive_buffer_max), .min = 0, .max = BUFFER_MAX, \
	  .help = "as far as receive_buffer grows where a path is fast and long; 0: it stays" }, \
	{ .key = "mss", .kind = SETTING_NUMBER, AT(type, member.mss), \
	  .min = TCP_MSS_FLOOR, .max = MTU_MAX - 40, .absent = "from the MTU", \
	  .help = "the largest segment announced and sent, in bytes of payload" }, \
	{ .key = "ttl", .kind = SETTING_NUMBER, AT(type, member.ttl), .min = 1, .max = 255, \
	  .help = "the TTL of IPv4 packets" }, \
	{ .key = "dscp", .kind = SETTING_NUMBER, AT(type, member.dscp), .min = 0, .max = 63, \
	  .help = "the differentiated services code point of packets (RFC 2474)" }, \
	{ .key = "no_delay", .kind = SETTING_BOOL, AT(type, member.no_delay), \
	  LINE_AT(type, no_delay_line), .absent = no_delay_default, \
	  .help = "send short segments at once: the Nagle algorithm is off (RFC 9293 3.7.4)" }, \
	{ .key = "r1", .kind = SETTING_NUMBER, AT(type, member.r1_retransmits), \
	  .min = 1, .max = 15, \
	  .help = "after so many retransmissions of a segment the route is suspected " \
		  "(R1, RFC 9293 3.8.3)" }, \
	{ .key = "r2", .kind = SETTING_DURATION, AT(type, member.r2_us), \
	  .min = 1 * SECOND, .max = 60 * MINUTE, \
	  .help = "after so long without an acknowledgement a connection is given up " \
		  "(R2, RFC 9293 3.8.3, which asks for at least 100s)" }, \
	{ .key = "r2_syn", .kind = SETTING_DURATION, AT(type, member.r2_syn_us), \
	  .min = 1 * SECOND, .max = 60 * MINUTE, \
	  .help = "the same for a SYN (RFC 9293 3.8.3, which asks for at least 3m)" }, \
	{ .key = "delayed_ack", .kind = SETTING_DURATION, AT(type, member.delayed_ack_us), \
	  .min = 0, .max = TCP_DELAYED_ACK_MAX_US - 1 * MS, \
	  .help = "how long an acknowledgement may wait for company (RFC 9293 3.8.6.3: below " \
		  "500ms)" }, \
	{ .key = "rto_initial", .kind = SETTING_DURATION, AT(type, member.rto_initial_us), \
	  .min = 1 * MS, .max = 1 * MINUTE, \
	  .help = "the first retransmission timeout (RFC 6298 2.1: 1s)" }, \
	{ .key = "rto_min", .kind = SETTING_DURATION, AT(type, member.rto_min_us), \
	  .min = 1 * MS, .max = 1 * MINUTE, \
	  .help = "the shortest retransmission timeout (RFC 6298 2.4 says 1s)" }, \
	{ .key = "rto_max", .kind = SETTING_DURATION, AT(type, member.rto_max_us), \
	  .min = 1 * SECOND, .max = 60 * MINUTE, \
	  .help = "the longest retransmission timeout (RFC 6298 2.5: at least 60s)" }, \
	{ .key = "window_scaling", .kind = SETTING_BOOL, AT(type, member.window_scaling), \
	  .help = "offer windows of more than 64 KiB (RFC 7323 2)" }, \
	{ .key = "timestamps", .kind = SETTING_BOOL, AT(type, member.timestamps), \
	  .help = "offer timestamps: round trips measured on every ACK, old duplicates known " \
		  "(RFC 7323 3, 5)" }, \
	{ .key = "sack", .kind = SETTING_BOOL, AT(type, member.sack), \
	  .help = "offer selective acknowledgement (RFC 2018)" }, \
	{ .key = "congestion", .kind = SETTING_CHOICE, AT(type, member.congestion), \
	  .choices = congestion_words, \
	  .help = "congestion control: CUBIC (RFC 9438) or NewReno (RFC 5681)" }, \
	{ .key = "ecn", .kind = SETTING_CHOICE, AT(type, member.ecn), .choices = ecn_words, \
	  .help = "explicit congestion notification (RFC 3168): `accept` uses it when the peer " \
		  "asks for it, `ask` asks for it when we open, too" }, \
	{ .key = "syn_cookies", .kind = SETTING_CHOICE, AT(type, member.syn_cookies), \
	  .choices = cookie_words, \
	  .help = "when a SYN is answered without keeping a record of it (RFC 4987 3.6): " \
		  "`pressure` while records of half-open connections run low" }, \
	{ .key = "fast_open", .kind = SETTING_BOOL, AT(type, member.fast_open), \
	  .help = "take and send text in a SYN (RFC 7413); the service may be handed the same " \
		  "text twice" }, \
	{ .key = "path_mtu_probing", .kind = SETTING_BOOL, AT(type, member.path_mtu_probing), \
	  .help = "find out by smaller segments where large ones vanish without an ICMP error " \
		  "(RFC 8899)" }, \
	{ .key = "keepalive", .kind = SETTING_BOOL, AT(type, member.keepalive), \
	  .help = "ask a quiet peer whether it is still there (RFC 9293 3.8.4)" }, \
	{ .key = "keepalive_idle", .kind = SETTING_DURATION, \
	  AT(type, member.keepalive_idle_us), .min = 1 * SECOND, .max = QUIET_MAX_US, \
	  .help = "the quiet time before the first keepalive probe" }, \
	{ .key = "keepalive_interval", .kind = SETTING_DURATION, \
	  AT(type, member.keepalive_interval_us), .min = 1 * SECOND, .max = 60 * MINUTE, \
	  .help = "the time between keepalive probes that are not answered" }, \
	{ .key = "keepalive_probes", .kind = SETTING_NUMBER, AT(type, member.keepalive_probes), \
	  .min = 1, .max = KEEPALIVE_PROBES_MAX, \
	  .help = "after so many probes without an answer a connection is given up" }, \
	{ .key = "idle_timeout", .kind = SETTING_DURATION, AT(type, member.idle_timeout_us), \
	  LINE_AT(type, idle_line), .min = 0, .max = QUIET_MAX_US, .absent = idle_default, \
	  .help = "a connection on which no text moves in either direction for so long is " \
		  "reset; 0s: never" }, \
	{ .key = "user_timeout", .kind = SETTING_DURATION, AT(type, member.user_timeout_us), \
	  .min = 0, .max = 60 * MINUTE, \
	  .help = "told to the peer (RFC 5482: ADV_UTO); r2 becomes the longer of this and what " \
		  "the peer tells, at least 100s. 0s: neither told nor heeded" }, \
	{ .key = "user_timeout_max", .kind = SETTING_DURATION, \
	  AT(type, member.user_timeout_max_us), .min = TCP_USER_TIMEOUT_MIN_US, \
	  .max = 60 * MINUTE, \
	  .help = "what the peer tells lengthens the timeout no further (RFC 5482: U_LIMIT)" }, \
	{ .key = "user_timeout_changeable", .kind = SETTING_BOOL, \
	  AT(type, member.user_timeout_changeable), \
	  .help = "whether what the peer tells changes the timeout (RFC 5482: CHANGEABLE)" }, \
	{ .key = "fin_wait_2", .kind = SETTING_DURATION, AT(type, member.fin_wait_2_us), \
	  .min = 1 * SECOND, .max = 60 * MINUTE, \
	  .help = "how long the peer may take to close after our service has closed" }, \
	{ .key = "stall_timeout", .kind = SETTING_DURATION, AT(type, member.stall_timeout_us), \
	  .min = 0, .max = 60 * MINUTE, \
	  .help = "while packet buffers or records run short, a peer that has taken next to " \
		  "nothing of what waits for it for so long is reset; 0s: never" }, \
	{ .key = "stall_bytes_per_second", .kind = SETTING_NUMBER, \
	  AT(type, member.stall_bytes_per_second), .min = 1, .max = 1000000, \
	  .help = "less than this is next to nothing" }
/* clang-format on */

static const struct setting tcp_settings[] = {
	{ .key = "msl",
	  .kind = SETTING_DURATION,
	  AT(struct config, stack.msl_us),
	  .min = 100 * MS,
	  .max = 4 * MINUTE,
	  .help = "maximum segment lifetime (RFC 9293 3.4.2); TIME-WAIT lasts twice as long" },
	{ .key = "flight_idle",
	  .kind = SETTING_DURATION,
	  AT(struct config, stack.flight_idle_us),
	  .min = 1 * MS,
	  .max = 60 * MINUTE,
	  .help = "a connection idle for so long hands back what only busy ones need" },
	{ .key = "ephemeral_first",
	  .kind = SETTING_NUMBER,
	  AT(struct config, stack.ephemeral_first),
	  .min = 1,
	  .max = UINT16_MAX - EPHEMERAL_PORTS_MIN + 1,
	  .help = "the local ports that active opens are given begin with this one (RFC 6056)" },
	{ .key = "ephemeral_last",
	  .kind = SETTING_NUMBER,
	  AT(struct config, stack.ephemeral_last),
	  .min = EPHEMERAL_PORTS_MIN,
	  .max = UINT16_MAX,
	  .help = "and end with this one, 255 or more above the first. Workers share them, for "
		  "each destination" },
	TCP_OPTION_SETTINGS(struct config, tcp, "`true` for http, `false` for the others",
			    "`75s` for http, `0s` for the others"),
	{ 0 },
};

static const struct setting_section tcp_section = {
	"tcp", tcp_settings, sizeof(struct config), offsetof(struct config, tcp_line), NULL,
};

static const struct setting option_settings[] = {
	TCP_OPTION_SETTINGS(struct config_listener, options, "as in tcp", "as in tcp"),
	{ 0 },
};

static const struct setting_section option_section = {
	"listeners.options",
	option_settings,
	sizeof(struct config_listener),
	offsetof(struct config_listener, options_line),
	NULL,
};

/* ---- listeners ------------------------------------------------------------------------------- */

static const struct setting http_settings[] = {
	{ .key = "body",
	  .kind = SETTING_TEXT,
	  AT(struct config_http, svc.body),
	  LINE_AT(struct config_http, content_line),
	  .absent = "see root",
	  .help = "this text is the answer under every path" },
	{ .key = "size",
	  .kind = SETTING_SIZE,
	  AT(struct config_http, svc.size),
	  LINE_AT(struct config_http, content_line),
	  .min = 1,
	  .max = 1ULL << 40,
	  .absent = "see root",
	  .help = "so many generated bytes are the answer under every path: lines of 64 that begin "
		  "with their own offset, repeated after 1 MiB" },
	{ .key = "root",
	  .kind = SETTING_STRING,
	  AT(struct config_http, svc.root),
	  LINE_AT(struct config_http, content_line),
	  .absent = "exactly one of body, size and root is required",
	  .help = "the files below this directory are served, as they are when the program starts; "
		  "symbolic links and names with a leading dot are left out" },
	{ .key = "root_limit",
	  .kind = SETTING_SIZE,
	  AT(struct config_http, svc.root_limit),
	  .min = 1,
	  .max = 1ULL << 40,
	  .help = "the files below root may have so many bytes together: they are all kept in "
		  "memory" },
	{ .key = "content_type",
	  .kind = SETTING_STRING,
	  AT(struct config_http, svc.content_type),
	  LINE_AT(struct config_http, type_line),
	  .absent = "`text/plain; charset=utf-8` for body, `application/octet-stream` for size",
	  .help = "the media type of body or size; that of a file follows from its extension" },
	{ .key = "keep_alive",
	  .kind = SETTING_BOOL,
	  AT(struct config_http, svc.keep_alive),
	  .help = "false: each response carries `Connection: close`, and our side closes first" },
	{ .key = "requests",
	  .kind = SETTING_NUMBER,
	  AT(struct config_http, svc.requests),
	  .min = 1,
	  .max = HTTP_REQUESTS_MAX,
	  .help = "requests in progress at a time on each worker; beyond, who is slowest makes "
		  "room, or the new "
		  "one "
		  "is answered with 503. Each takes about 10 KiB; idle connections take none" },
	{ .key = "request_timeout",
	  .kind = SETTING_DURATION,
	  AT(struct config_http, svc.request_timeout_us),
	  .min = 0,
	  .max = 60 * MINUTE,
	  .help = "from its first byte on a request may take so long to arrive, head and content; "
		  "else it is answered with 408. A new connection has as long for its first byte; "
		  "0s: any time" },
	{ 0 },
};

static const struct setting_section http_section = {
	"listeners.http",
	http_settings,
	sizeof(struct config_http),
	offsetof(struct config_http, line),
	NULL,
};

static const struct setting own_limit_settings[] = {
	{ .key = "connections",
	  .kind = SETTING_NUMBER,
	  AT(struct la_limits, connections),
	  .min = 1,
	  .max = CONNECTIONS_MAX - 1,
	  .absent = "as many as there may be of all listeners",
	  .help = "connections of this listener at a time; beyond, its SYNs are dropped" },
	{ .key = "half_open",
	  .kind = SETTING_NUMBER,
	  AT(struct la_limits, half_open),
	  .min = 1,
	  .max = CONNECTIONS_MAX - 1,
	  .absent = "three for each record that is left",
	  .help = "its connections in SYN-RECEIVED at a time; beyond, its SYNs are answered as "
		  "syn_cookies says" },
	{ 0 },
};

static const struct setting_section own_limit_section = {
	"listeners.limits", own_limit_settings, sizeof(struct la_limits), NO_LINE, NULL,
};

static void init_listener(void *values, const void *root)
{
	struct config_listener *listener = values;
	const struct config *config = root;

	listener->limits = (struct la_limits){ LA_LIMIT_NONE, LA_LIMIT_NONE };
	svc_http_config_init(&listener->http.svc);
	listener->options = config->tcp;
}

static const struct setting listener_settings[] = {
	{ .key = "address",
	  .kind = SETTING_ADDRESS,
	  AT(struct config_listener, address),
	  LINE_AT(struct config_listener, address_line),
	  .absent = "all of ours",
	  .help = "the address listened on; one of those that ports have" },
	{ .key = "port",
	  .kind = SETTING_NUMBER,
	  AT(struct config_listener, port),
	  .min = 1,
	  .max = 65535,
	  .required = true,
	  .help = "the TCP port listened on" },
	{ .key = "service",
	  .kind = SETTING_CHOICE,
	  AT(struct config_listener, service),
	  .choices = service_words,
	  .required = true,
	  .help = "what happens to the bytes" },
	{ .key = "close",
	  .kind = SETTING_CHOICE,
	  AT(struct config_listener, close),
	  LINE_AT(struct config_listener, close_line),
	  .choices = close_words,
	  .help = "echo only. `server`: our side closes first, as soon as the first bytes went "
		  "back" },
	{ .key = "http",
	  .kind = SETTING_SECTION,
	  .offset = offsetof(struct config_listener, http),
	  .section = &http_section,
	  .absent = "none",
	  .help = "what is served; required for http and refused for the others" },
	{ .key = "options",
	  .kind = SETTING_SECTION,
	  .offset = 0,
	  .section = &option_section,
	  .absent = "as in tcp",
	  .help = "TCP settings of this listener's connections; what is left out is as in tcp" },
	{ .key = "limits",
	  .kind = SETTING_SECTION,
	  .offset = offsetof(struct config_listener, limits),
	  .section = &own_limit_section,
	  .absent = "none",
	  .help = "what this listener may have of what all share, on each worker; "
		  "`lastackctl limit` changes it" },
	{ 0 },
};

static const struct setting_section listener_section = {
	"listeners",
	listener_settings,
	sizeof(struct config_listener),
	offsetof(struct config_listener, line),
	init_listener,
};

/* ---- limits, worker, stop -------------------------------------------------------------------- */

static const struct setting limit_settings[] = {
	{ .key = "connections",
	  .kind = SETTING_NUMBER,
	  AT(struct la_stack_config, max_connections),
	  .min = 1,
	  .max = CONNECTIONS_MAX - 1,
	  .help = "connections at a time; 128 bytes each" },
	{ .key = "flights",
	  .kind = SETTING_NUMBER,
	  AT(struct la_stack_config, max_flights),
	  .min = 1,
	  .max = FLIGHTS_MAX,
	  .absent = "as connections, at most as mbufs or 65536",
	  .help = "connections with bytes outstanding, unread or out of order at a time; 736 bytes "
		  "each with what SACK needs" },
	{ .key = "half_open",
	  .kind = SETTING_NUMBER,
	  AT(struct la_stack_config, max_embryos),
	  .min = 1,
	  .max = CONNECTIONS_MAX - 1,
	  .help = "connections in SYN-RECEIVED at a time; 64 bytes each" },
	{ .key = "time_wait",
	  .kind = SETTING_NUMBER,
	  AT(struct la_stack_config, max_time_waits),
	  .min = 1,
	  .max = CONNECTIONS_MAX - 1,
	  .help = "records in TIME-WAIT at a time; 48 bytes each" },
	{ .key = "mbufs",
	  .kind = SETTING_NUMBER,
	  AT(struct la_stack_config, mbufs),
	  .min = MBUFS_MIN,
	  .max = 1U << 24,
	  .help = "packet buffers; about 2.4 KiB each. What all connections have in flight and "
		  "unread lies in them" },
	{ .key = "mbuf_size",
	  .kind = SETTING_NUMBER,
	  AT(struct la_stack_config, mbuf_size),
	  .min = MBUF_SIZE_DEFAULT,
	  .max = MBUF_SIZE_MAX,
	  .help = "bytes of data that a packet buffer has room for, a headroom of 128 included. A "
		  "port's `mtu` with 18 bytes of headers should fit behind that: 9344 for an MTU "
		  "of 9000" },
	{ .key = "neighbours",
	  .kind = SETTING_NUMBER,
	  AT(struct la_stack_config, neighbours),
	  .min = NEIGHBOURS_MIN,
	  .max = NEIGHBOURS_MAX,
	  .help = "entries of the ARP table" },
	{ .key = "neighbour_expiry",
	  .kind = SETTING_DURATION,
	  AT(struct la_stack_config, arp_expiry_us),
	  .min = 1 * SECOND,
	  .max = 24 * 60 * MINUTE,
	  .help = "a neighbour not heard of for so long is asked again" },
	{ 0 },
};

static const struct setting_section limit_section = {
	"limits", limit_settings, sizeof(struct la_stack_config), NO_LINE, NULL,
};

static const struct setting worker_settings[] = {
	{ .key = "idle_sleep",
	  .kind = SETTING_DURATION,
	  AT(struct config, idle_sleep_us),
	  .min = 0,
	  .max = 10 * MS,
	  .help = "how long a worker may sleep when there is nothing to do, also when another one "
		  "has "
		  "something for it. 0s polls without a pause and takes a core whole; 100us is "
		  "kind to "
		  "a small machine" },
	{ 0 },
};

static const struct setting_section worker_section = {
	"worker", worker_settings, sizeof(struct config), NO_LINE, NULL,
};

static const struct setting stop_settings[] = {
	{ .key = "grace",
	  .kind = SETTING_DURATION,
	  AT(struct config, grace_us),
	  .min = 0,
	  .max = 60 * MINUTE,
	  .help = "how long connections may take to end on SIGTERM or SIGINT before they are "
		  "reset" },
	{ 0 },
};

static const struct setting_section stop_section = {
	"stop", stop_settings, sizeof(struct config), NO_LINE, NULL,
};

/* ---- the file -------------------------------------------------------------------------------- */

/* In the order of reading: a listener's options start from what tcp says. */
static const struct setting file_settings[] = {
	{ .key = "eal",
	  .kind = SETTING_STRING,
	  .list = true,
	  .max = 64,
	  AT(struct config, eal),
	  .absent = "none",
	  .help = "arguments of DPDK's EAL, one per item; those behind `--` on the command line "
		  "follow them" },
	{ .key = "ports",
	  .kind = SETTING_SECTION,
	  .list = true,
	  .min = 1,
	  .max = PORTS_MAX,
	  AT(struct config, ports),
	  .section = &port_section,
	  .required = true,
	  .help = "where packets come from and go to" },
	{ .key = "tcp",
	  .kind = SETTING_SECTION,
	  .offset = 0,
	  .section = &tcp_section,
	  .absent = "the defaults",
	  .help = "TCP settings of all connections" },
	{ .key = "listeners",
	  .kind = SETTING_SECTION,
	  .list = true,
	  .min = 1,
	  .max = LISTENERS_MAX,
	  AT(struct config, listeners),
	  .section = &listener_section,
	  .required = true,
	  .help = "what is listened on" },
	{ .key = "workers",
	  .kind = SETTING_NUMBER,
	  AT(struct config, stack.workers),
	  LINE_AT(struct config, workers_line),
	  .min = 1,
	  .max = WORKERS_MAX,
	  .absent = "as many as EAL has lcores",
	  .help = "loops that poll, each on an lcore of its own; at most as many as EAL has (its "
		  "-l or "
		  "--lcores). The main lcore is one of them" },
	{ .key = "limits",
	  .kind = SETTING_SECTION,
	  .offset = offsetof(struct config, stack),
	  .section = &limit_section,
	  .absent = "the defaults",
	  .help = "how much there may be of what on each worker; memory for all of it is reserved "
		  "at "
		  "start" },
	{ .key = "worker",
	  .kind = SETTING_SECTION,
	  .offset = 0,
	  .section = &worker_section,
	  .absent = "the defaults",
	  .help = "what holds for each of the workers" },
	{ .key = "stop",
	  .kind = SETTING_SECTION,
	  .offset = 0,
	  .section = &stop_section,
	  .absent = "the defaults",
	  .help = "how the program ends" },
	{ 0 },
};

static const struct setting_section file_section = {
	"", file_settings, sizeof(struct config), NO_LINE, NULL,
};

_Static_assert(sizeof(struct config_listener) <= SETTINGS_ITEM_MAX, "settings_print() holds one");
_Static_assert(sizeof(struct config) <= SETTINGS_ITEM_MAX, "settings_print() asserts it");

void config_init(struct config *config)
{
	memset(config, 0, sizeof(*config));
	la_stack_config_init(&config->stack);
	la_tcp_options_init(&config->tcp);
	config->stack.name = "lastack";
	config->stack.workers = 0;
	config->grace_us = 5 * SECOND;
}

/* What holds for the listeners of a service when the file says nothing of it. An HTTP response is
 * queued whole, so Nagle has nothing to gather, and its short last segment would wait for an
 * acknowledgement that the client delays. Clients of HTTP may go and come back, so that one of
 * which nothing is heard need not be kept. */
static void apply_service_defaults(const struct config *config, struct config_listener *listener)
{
	if (listener->service != CONFIG_SERVICE_HTTP)
		return;
	if (listener->no_delay_line == 0 && config->no_delay_line == 0)
		listener->options.no_delay = true;
	if (listener->idle_line == 0 && config->idle_line == 0)
		listener->options.idle_timeout_us = HTTP_IDLE_US;
	listener->http.svc.idle_timeout_us = listener->options.idle_timeout_us;
}

int config_load(const char *file, struct config *out, struct document_error *error)
{
	struct settings_reader reader = {
		.file = file,
		.arena = &out->arena,
		.root = out,
		.error = error,
	};
	yaml_document_t document;
	int result;

	config_init(out);
	error->text[0] = '\0';
	if (document_load(file, &document, error) != 0)
		return -1;
	reader.document = &document;
	result = settings_read(&reader, &file_section, out);
	yaml_document_delete(&document);
	if (result != 0)
		return result;
	for (uint32_t i = 0; i < out->listeners.count; i++)
		apply_service_defaults(out, (struct config_listener *)out->listeners.items + i);
	return config_check(out, file, error);
}

int config_read_listener(const struct config *config, const char *text, struct arena *arena,
			 struct config_listener *out, struct document_error *error)
{
	struct settings_reader reader = {
		.file = "listen", .arena = arena, .root = config, .error = error
	};
	yaml_document_t document;
	int result;

	memset(out, 0, sizeof(*out));
	error->text[0] = '\0';
	if (document_parse(text, reader.file, &document, error) != 0)
		return -1;
	reader.document = &document;
	init_listener(out, config);
	out->line = 1;
	result = settings_read(&reader, &listener_section, out);
	yaml_document_delete(&document);
	if (result != 0)
		return result;
	apply_service_defaults(config, out);
	return config_check_listener(config, out, reader.file, error);
}

void config_free(struct config *config)
{
	arena_free(&config->arena);
}

const char *config_service_name(enum config_service service)
{
	assert(service > CONFIG_SERVICE_NONE && service <= CONFIG_SERVICE_HTTP);
	return service_words[service];
}

void config_print_settings(FILE *out)
{
	struct config config;

	config_init(&config);
	settings_print(out, &file_section, &config);
}
