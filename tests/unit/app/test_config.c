/* SPDX-License-Identifier: BSD-3-Clause */
/* config: every wrong file gets one message with its line; right files mean what they say. */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"

/* Two lines that make a file complete, for examples that are about something else. */
#define PORTS "ports: [{name: p0, addresses: [198.18.0.1/24]}]\n"
#define LISTENERS "listeners: [{port: 7, service: echo}]\n"
#define HTTP(rest) PORTS "listeners:\n- port: 80\n  service: http\n" rest

/* A wrong file, and what is said behind its name. */
struct example {
	const char *text;
	const char *message;
};

#define PORT_KEYS "name, addresses, gateway, mtu, queues, vlan"
#define DURATION(from, to) "write a duration from " from " to " to ", for example 200ms or 30s"
#define SIZE(from, to) "write a size from " from " to " to ", for example 64KiB"
#define PREFIX                                                                   \
	"write a list, each item being an IPv4 address with its prefix length, " \
	"for example 198.18.0.1/24"
#define X16 "xxxxxxxxxxxxxxxx"
#define X256 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16
#define AN_ADDRESS "write an IPv4 address, for example 198.18.0.1"

static const struct example structure[] = {
	{ "", ":1: nothing is configured here; at least the sections ports and listeners are "
	      "needed" },
	{ "# only a comment\n\n", ":1: nothing is configured here; at least the sections ports and "
				  "listeners are needed" },
	{ "---\n", ":1: nothing is configured here; at least the sections ports and listeners are "
		   "needed" },
	{ "hello\n", ":1: the file is no section; write keys such as ports: and listeners: at the "
		     "left margin" },
	{ "- a\n- b\n", ":1: the file is no section; write keys such as ports: and listeners: at "
			"the left margin" },
	{ PORTS LISTENERS "---\n" PORTS, ":3: a second document begins here; write everything in "
					 "one, without a --- in between" },
	{ PORTS "listeners:\n- port: &p 7\n  service: echo\n",
	  ":3: anchors and aliases (& and *) are not understood; write the value out, or in quotes "
	  "if it is meant literally" },
	{ PORTS "listeners:\n- port: !!int 7\n  service: echo\n",
	  ":3: tags (!) are not understood; leave the tag out, or put the value in quotes if it is "
	  "meant literally" },
	{ PORTS "listeners:\n  - port: 7\n   service: echo\n",
	  ":4: this is not YAML: did not find expected '-' indicator; check the indentation, the "
	  "colons and the quotes here and in the line above" },
	{ PORTS "\tlisteners: 7\n", ":2: this is not YAML: found character that cannot start any "
				    "token; check the indentation, "
				    "the colons and the quotes here and in the line above" },
	{ PORTS "\x01",
	  ":2: this is not YAML text: control characters are not allowed; write UTF-8 "
	  "without control characters" },
	{ "[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]\n",
	  ":1: lists and sections are nested more than 16 deep" },
	{ PORTS LISTENERS "[a, b]: 1\n",
	  ":3: a list or section stands where a key should; write a word and a colon" },
	{ PORTS, ":1: listeners is missing; write a list, each item being a section of the keys "
		 "address, port, service, close, http, options, limits" },
	{ LISTENERS, ":1: ports is missing; write a list, each item being a section of the keys "
		     "" PORT_KEYS },
	{ PORTS LISTENERS "\n" PORTS, ":4: ports is given twice, first in line 1; leave one" },
	{ PORTS LISTENERS "tcp:\n  msl: 1s\n  ttl: 9\n  msl: 2s\n",
	  ":6: msl is given twice, first in line 4; leave one" },
	{ PORTS "listners: []\n",
	  ":2: at the top level there is no setting listners; did you mean listeners?" },
	{ PORTS LISTENERS "colour: red\n",
	  ":3: at the top level there is no setting colour; there are eal, ports, tcp, listeners, "
	  "workers, limits, worker, stop" },
	{ PORTS LISTENERS "tcp:\n  ttl: 9\n  mls: 1s\n",
	  ":5: tcp: there is no setting mls; did you mean msl?" },
	{ "ports: 7\n" LISTENERS, ":1: ports: 7 is not a list; write a list, each item being a "
				  "section of the keys " PORT_KEYS },
	{ "ports: []\n" LISTENERS, ":1: ports: the list is empty; write a list, each item being a "
				   "section of the keys " PORT_KEYS },
	{ "ports: {name: p0}\n" LISTENERS, ":1: ports: this is a section; write a list, each item "
					   "being a section of the keys " PORT_KEYS },
	{ "ports: [p0]\n" LISTENERS,
	  ":1: ports: p0 is not a section; write a list, each item being "
	  "a section of the keys " PORT_KEYS },
	{ PORTS LISTENERS "tcp: fast\n", ":3: tcp: fast is not a section; write a section of the "
					 "keys msl, flight_idle, ephemeral_first, "
					 "ephemeral_last, send_buffer, receive_buffer, "
					 "send_buffer_max, receive_buffer_max, mss, "
					 "ttl, dscp, no_delay, r1, r2, r2_syn, delayed_ack, "
					 "rto_initial, rto_min, rto_max, window_scaling, "
					 "timestamps, sack, congestion, ecn, syn_cookies, "
					 "fast_open, path_mtu_probing, keepalive, "
					 "keepalive_idle, keepalive_interval, keepalive_probes, "
					 "idle_timeout, user_timeout, user_timeout_max, "
					 "user_timeout_changeable, fin_wait_2, stall_timeout, "
					 "stall_bytes_per_second" },
	{ PORTS LISTENERS "eal: -m 256\n", ":3: eal: -m 256 is not a list; write a list, each item "
					   "being a text" },
	{ PORTS LISTENERS "eal: [--no-huge, '']\n",
	  ":3: eal: is empty; write a list, each item being a text" },
};

static const struct example values[] = {
	{ PORTS LISTENERS "tcp: {ephemeral_first: 0}\n",
	  ":3: tcp.ephemeral_first: 0 is too small; write a whole number from 1 to 65280" },
	{ PORTS LISTENERS "tcp: {ephemeral_first: 65281}\n",
	  ":3: tcp.ephemeral_first: 65281 is too large; write a whole number from 1 to 65280" },
	{ PORTS LISTENERS "tcp: {ephemeral_last: 70000}\n",
	  ":3: tcp.ephemeral_last: 70000 is too large; write a whole number from 256 to 65535" },
	{ PORTS "listeners: [{port: 70000, service: echo}]\n",
	  ":2: listeners.port: 70000 is too large; write a whole number from 1 to 65535" },
	{ PORTS "listeners: [{port: 0, service: echo}]\n",
	  ":2: listeners.port: 0 is too small; write a whole number from 1 to 65535" },
	{ PORTS "listeners: [{port: http, service: echo}]\n",
	  ":2: listeners.port: http is not a whole number; write a whole number from 1 to 65535" },
	{ PORTS "listeners: [{port: '80', service: echo}]\n",
	  ":2: listeners.port: 80 is in quotes; write a whole number from 1 to 65535" },
	{ PORTS "listeners: [{port: 99999999999999999999999, service: echo}]\n",
	  ":2: listeners.port: 99999999999999999999999 is too large; write a whole number from 1 "
	  "to "
	  "65535" },
	{ PORTS "listeners:\n- port:\n  service: echo\n",
	  ":3: listeners.port: the value is missing; write a whole number from 1 to 65535" },
	{ PORTS "listeners:\n- service: echo\n",
	  ":3: listeners.port is missing; write a whole number from 1 to 65535" },
	{ PORTS "listeners:\n- port: [7]\n  service: echo\n",
	  ":3: listeners.port: this is a list; write a whole number from 1 to 65535" },
	{ PORTS "listeners: [{port: 7, service: ehco}]\n",
	  ":2: listeners.service: ehco is not known here; write echo, discard, chargen or http" },
	{ PORTS "listeners: [{port: 7, service: echo, close: us}]\n",
	  ":2: listeners.close: us is not known here; write peer or server" },
	{ PORTS LISTENERS "tcp:\n  no_delay: yes\n",
	  ":4: tcp.no_delay: yes is neither true nor false; write true or false" },
	{ PORTS LISTENERS "tcp:\n  no_delay: 'true'\n",
	  ":4: tcp.no_delay: true is in quotes; write true or false" },
	{ PORTS LISTENERS "tcp:\n\n  msl: 30x9\n",
	  ":5: tcp.msl: 30x9 is not a duration; " DURATION("100ms", "4m") },
	{ PORTS LISTENERS "tcp: {msl: 30}\n",
	  ":3: tcp.msl: 30 has no unit; " DURATION("100ms", "4m") },
	{ PORTS LISTENERS "tcp: {msl: 5m}\n",
	  ":3: tcp.msl: 5m is too large; " DURATION("100ms", "4m") },
	{ PORTS LISTENERS "tcp: {msl: 99us}\n",
	  ":3: tcp.msl: 99us is too small; " DURATION("100ms", "4m") },
	{ PORTS LISTENERS "tcp: {msl: 18446744073709551615h}\n",
	  ":3: tcp.msl: 18446744073709551615h is too large; " DURATION("100ms", "4m") },
	{ PORTS LISTENERS "tcp: {delayed_ack: 500ms}\n",
	  ":3: tcp.delayed_ack: 500ms is too large; " DURATION("0s", "499ms") },
	{ PORTS LISTENERS "tcp: {send_buffer: 4Mib}\n",
	  ":3: tcp.send_buffer: 4Mib is not a size; " SIZE("2KiB", "1GiB") },
	{ PORTS LISTENERS "tcp: {receive_buffer: 2GiB}\n",
	  ":3: tcp.receive_buffer: 2GiB is too large; " SIZE("2KiB", "1GiB") },
	{ PORTS LISTENERS "tcp: {receive_buffer_max: 2GiB}\n",
	  ":3: tcp.receive_buffer_max: 2GiB is too large; " SIZE("0", "1GiB") },
	{ PORTS LISTENERS "tcp: {congestion: reno}\n",
	  ":3: tcp.congestion: reno is not known here; write cubic or newreno" },
	{ PORTS LISTENERS "tcp: {ecn: on}\n",
	  ":3: tcp.ecn: on is not known here; write off, accept or ask" },
	{ PORTS LISTENERS "tcp: {syn_cookies: true}\n",
	  ":3: tcp.syn_cookies: true is not known here; write pressure, never or always" },
	{ PORTS LISTENERS "tcp: {sack: on}\n",
	  ":3: tcp.sack: on is neither true nor false; write true or false" },
	{ PORTS LISTENERS "tcp: {keepalive_idle: 25h}\n",
	  ":3: tcp.keepalive_idle: 25h is too large; " DURATION("1s", "24h") },
	{ PORTS LISTENERS "tcp: {keepalive_interval: 0s}\n",
	  ":3: tcp.keepalive_interval: 0s is too small; " DURATION("1s", "1h") },
	{ PORTS LISTENERS "tcp: {keepalive_probes: 15}\n",
	  ":3: tcp.keepalive_probes: 15 is too large; write a whole number from 1 to 14" },
	{ PORTS LISTENERS "tcp: {idle_timeout: 2}\n",
	  ":3: tcp.idle_timeout: 2 has no unit; " DURATION("0s", "24h") },
	{ PORTS LISTENERS "tcp: {user_timeout: 2h}\n",
	  ":3: tcp.user_timeout: 2h is too large; " DURATION("0s", "1h") },
	{ PORTS LISTENERS "tcp: {user_timeout_max: 99s}\n",
	  ":3: tcp.user_timeout_max: 99s is too small; " DURATION("100s", "1h") },
	{ PORTS LISTENERS "tcp: {fin_wait_2: 0s}\n",
	  ":3: tcp.fin_wait_2: 0s is too small; " DURATION("1s", "1h") },
	{ PORTS LISTENERS "tcp: {stall_bytes_per_second: 0}\n",
	  ":3: tcp.stall_bytes_per_second: 0 is too small; write a whole number from 1 to "
	  "1000000" },
	{ PORTS LISTENERS "limits: {connections: 1073741824}\n",
	  ":3: limits.connections: 1073741824 is too large; write a whole number from 1 to "
	  "1073741823" },
	{ PORTS LISTENERS "tcp: {mss: 9}\n",
	  ":3: tcp.mss: 9 is too small; write a whole number from 64 to 15960" },
	{ "ports:\n- name: p0\n  addresses:\n  - 198.18.0.1\n" LISTENERS,
	  ":4: ports.addresses: 198.18.0.1 has no prefix length; " PREFIX },
	{ "ports: [{name: p0, addresses: [198.18.0/24]}]\n" LISTENERS,
	  ":1: ports.addresses: 198.18.0/24 is not an address; " PREFIX },
	{ "ports: [{name: p0, addresses: [198.18.0.1/33]}]\n" LISTENERS,
	  ":1: ports.addresses: 198.18.0.1/33 has no prefix length from 1 to 32; " PREFIX },
	{ "ports: [{name: p0, addresses: [198.18.0.1/x]}]\n" LISTENERS,
	  ":1: ports.addresses: 198.18.0.1/x has no prefix length from 1 to 32; " PREFIX },
	{ "ports: [{name: p0, addresses: [198.18.0.0/24]}]\n" LISTENERS,
	  ":1: ports.addresses: 198.18.0.0/24 is the network itself and no host in it; " PREFIX },
	{ "ports: [{name: p0, addresses: [198.18.0.255/24]}]\n" LISTENERS,
	  ":1: ports.addresses: 198.18.0.255/24 is the broadcast address of its network; " PREFIX },
	{ "ports: [{name: p0, addresses: [127.0.0.1/8]}]\n" LISTENERS,
	  ":1: ports.addresses: 127.0.0.1/8 is a loopback address, which is never on a "
	  "wire; " PREFIX },
	{ "ports: [{name: p0, addresses: [224.0.0.1/8]}]\n" LISTENERS,
	  ":1: ports.addresses: 224.0.0.1/8 is a multicast address; " PREFIX },
	{ "ports: [{name: p0, addresses: ['2001:db8::1/64']}]\n" LISTENERS,
	  ":1: ports.addresses: 2001:db8::1/64 is an IPv6 address; only IPv4 is spoken "
	  "yet; " PREFIX },
	{ "ports: [{name: p0, addresses: [198.18.0.1/24], queues: 0}]\n" LISTENERS,
	  ":1: ports.queues: 0 is too small; write a whole number from 1 to 128" },
	{ "workers: 129\n" PORTS LISTENERS,
	  ":1: workers: 129 is too large; write a whole number from 1 to 128" },
	{ "workers: all\n" PORTS LISTENERS,
	  ":1: workers: all is not a whole number; write a whole number from 1 to 128" },
	{ "ports: [{name: p0, addresses: [198.18.0.1/24], vlan: 4095}]\n" LISTENERS,
	  ":1: ports.vlan: 4095 is too large; write a whole number from 1 to 4094" },
	{ "ports: [{name: p0, addresses: [198.18.0.1/24], mtu: 16001}]\n" LISTENERS,
	  ":1: ports.mtu: 16001 is too large; write a whole number from 576 to 16000" },
	{ PORTS LISTENERS "limits: {mbuf_size: 2048}\n",
	  ":3: limits.mbuf_size: 2048 is too small; write a whole number from 2176 to 16384" },
	{ "ports: [{name: '', addresses: [198.18.0.1/24]}]\n" LISTENERS,
	  ":1: ports.name: is empty; write a text" },
	{ "ports: [{name: \"a\\0b\", addresses: [198.18.0.1/24]}]\n" LISTENERS,
	  ":1: ports.name: a goes on behind a zero byte; write a text" },
	{ PORTS "listeners: [{port: 7, service: echo, address: 0.0.0.0}]\n",
	  ":2: listeners.address: 0.0.0.0 means no address in particular; " AN_ADDRESS },
};

static const struct example contradictions[] = {
	{ PORTS LISTENERS "tcp: {ephemeral_first: 40000, ephemeral_last: 40254}\n",
	  ":3: tcp.ephemeral_last: 40254 is too near to ephemeral_first, which is 40000; write "
	  "40255 or more, or a lower ephemeral_first" },
	{ PORTS LISTENERS "tcp: {ephemeral_last: 9999}\n",
	  ":3: tcp.ephemeral_last: 9999 is too near to ephemeral_first, which is 10000; write "
	  "10255 "
	  "or more, or a lower ephemeral_first" },
	{ "ports:\n- {name: p0, addresses: [198.18.0.1/24]}\n"
	  "- {name: p0, addresses: [198.18.1.1/24]}\n" LISTENERS,
	  ":3: ports.name: p0 is given twice, first in line 2; give one port all addresses" },
	{ "ports:\n- {name: p0, addresses: [198.18.0.1/24]}\n"
	  "- {name: p1, addresses: [198.18.0.1/16]}\n" LISTENERS,
	  ":3: ports.addresses: 198.18.0.1 is given twice, first in line 2; leave one" },
	{ "ports:\n- name: p0\n  addresses: [198.18.0.1/24]\n  gateway: 198.18.1.1\n" LISTENERS,
	  ":4: ports.gateway: 198.18.1.1 is in no prefix of this port's addresses; write a router "
	  "that is on the link" },
	{ "ports:\n- name: p0\n  addresses: [198.18.0.1/24]\n  gateway: 198.18.0.1\n" LISTENERS,
	  ":4: ports.gateway: 198.18.0.1 is an address of our own; write that of the router" },
	{ "ports:\n- {name: p0, addresses: [198.18.0.1/24], gateway: 198.18.0.9}\n"
	  "- {name: p1, addresses: [198.18.1.1/24], gateway: 198.18.1.9}\n" LISTENERS,
	  ":3: ports.gateway: there is one already, in line 2; leave one" },
	{ PORTS "listeners:\n- port: 7\n  service: echo\n  address: 198.18.0.2\n",
	  ":5: listeners.address: 198.18.0.2 is on no port; write one of the ports' addresses, or "
	  "leave it out to listen on all" },
	{ PORTS "listeners:\n- {port: 7, service: echo}\n- {port: 7, service: discard}\n",
	  ":4: listeners.port: 7 is taken by the listener in line 3; choose another port or "
	  "address" },
	{ PORTS "listeners:\n- port: 9\n  service: discard\n  close: server\n",
	  ":5: listeners.close: discard does not have it; leave it out" },
	{ HTTP("  close: server\n  http: {body: x}\n"),
	  ":5: listeners.close: http does not have it; leave it out, or write keep_alive: false in "
	  "its http section" },
	{ PORTS "listeners:\n- port: 9\n  service: discard\n  http: {body: x}\n",
	  ":5: listeners.http: the service is discard; write service: http, or leave this section "
	  "out" },
	{ HTTP(""), ":3: listeners.http is missing; say what http serves, for example http: {body: "
		    "hello}" },
	{ HTTP("  http: {keep_alive: true}\n"),
	  ":5: listeners.http: there is nothing to serve; write exactly one of body, size and "
	  "root" },
	{ HTTP("  http:\n    body: x\n    size: 1MiB\n"),
	  ":6: listeners.http: there is more than one thing to serve; write exactly one of body, "
	  "size and root" },
	{ HTTP("  http:\n    keep_alive: true\n    root: /nonexistent/www\n"),
	  ":7: listeners.http.root: /nonexistent/www: No such file or directory (below "
	  "/nonexistent/www); write a directory with files that can be read" },
	{ HTTP("  http:\n    body: x\n    content_type: \"text/plain\\r\\nX: 1\"\n"),
	  ":7: listeners.http.content_type: this is no media type; write 1 to 255 characters of "
	  "visible ASCII, such as text/html" },
	{ HTTP("  http:\n    body: x\n    content_type: " X256 "\n"),
	  ":7: listeners.http.content_type: this is no media type; write 1 to 255 characters of "
	  "visible ASCII, such as text/html" },
	{ "ports:\n- {name: p0, addresses: [198.18.0.1/24]}\n"
	  "- {name: p1, addresses: [198.18.0.2/24]}\n" LISTENERS,
	  ":2: ports.addresses: 198.18.0.1/24 has the prefix of another port, in line 3; give each "
	  "port a prefix of its own" },
	{ "ports:\n- name: p0\n  addresses:\n  - 198.18.0.1/24\n  - 198.18.0.255/16\n" LISTENERS,
	  ":5: ports.addresses: 198.18.0.255 is the broadcast address of 198.18.0.0/24, in line 4; "
	  "write an address that a host can have" },
	{ "ports:\n- {name: p0, addresses: [198.18.1.0/16]}\n"
	  "- {name: p1, addresses: [198.18.1.1/24]}\n" LISTENERS,
	  ":2: ports.addresses: 198.18.1.0 is the network address of 198.18.1.0/24, in line 3; "
	  "write "
	  "an address that a host can have" },
	{ HTTP("  http: {root: /etc/apt, content_type: text/plain}\n"),
	  ":5: listeners.http: content_type goes with body or size; files have that of their "
	  "extension, so leave it out" },
	{ PORTS LISTENERS "tcp:\n  rto_min: 30s\n  rto_max: 20s\n",
	  ":4: rto_min is above rto_max; write rto_min <= rto_initial <= rto_max" },
	{ PORTS "listeners:\n- port: 7\n  service: echo\n  options:\n    rto_initial: 1ms\n",
	  ":6: rto_initial is not between rto_min and rto_max; write rto_min <= rto_initial <= "
	  "rto_max" },
};

/* A file of its own for each text. */
static void write_file(char *path, const char *text)
{
	int fd;

	strcpy(path, "/tmp/lastack-test-config-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static int load(const char *text, struct config *config, struct document_error *error,
		size_t *name_bytes)
{
	char path[64];
	int result;

	write_file(path, text);
	*name_bytes = strlen(path);
	result = config_load(path, config, error);
	unlink(path);
	return result;
}

static void refuse_all(const struct example *examples, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct document_error error;
		struct config config;
		size_t name;
		int result = load(examples[i].text, &config, &error, &name);

		if (result != -1)
			fail_msg("accepted:\n%s", examples[i].text);
		if (strcmp(error.text + name, examples[i].message) != 0)
			fail_msg("\n%s\nsaid     %s\nexpected %s", examples[i].text,
				 error.text + name, examples[i].message);
		config_free(&config);
	}
}

static void a_file_of_the_wrong_shape_is_refused(void **state)
{
	refuse_all(structure, COUNT_OF(structure));
}

static void a_wrong_value_is_refused(void **state)
{
	refuse_all(values, COUNT_OF(values));
}

static void contradictions_are_refused(void **state)
{
	refuse_all(contradictions, COUNT_OF(contradictions));
}

static void a_file_that_cannot_be_read_is_named(void **state)
{
	struct document_error error;
	struct config config;

	assert_int_equal(config_load("/nonexistent.yaml", &config, &error), -1);
	assert_string_equal(error.text, "/nonexistent.yaml: cannot be opened: No such file or "
					"directory; give the path of a YAML file");
	config_free(&config);
	assert_int_equal(config_load("/tmp", &config, &error), -1);
	assert_string_equal(error.text, "/tmp: cannot be read: Is a directory; give the path of a "
					"YAML file");
	config_free(&config);
	assert_int_equal(config_load("/dev/zero", &config, &error), -1);
	assert_string_equal(error.text,
			    "/dev/zero: is larger than 1MiB; that is no configuration of "
			    "lastack");
	config_free(&config);
}

static const char everything[] =
	"eal: [--no-huge, -m, 256, \"--vdev=net_tap0,iface=la0\"]\n"
	"listeners: # before tcp, whose settings they still start from\n"
	"- {port: 7, service: echo, close: server}\n"
	"- {port: 9, service: discard, address: 198.18.0.1, limits: {connections: 1, half_open: "
	"2}}\n"
	"- port: 80\n"
	"  service: http\n"
	"  http: {size: 100MiB, keep_alive: false, requests: 5, request_timeout: 3s, content_type: "
	"a/b}\n"
	"  options: {no_delay: true, send_buffer: 64kB}\n"
	"tcp: {msl: 1s, ttl: 9, send_buffer: 1MiB, r2: 2m, delayed_ack: 10ms, mss: 500, "
	"ephemeral_first: 40000, ephemeral_last: 40255}\n"
	"ports:\n"
	"- name: net_tap0\n"
	"  addresses: [198.18.0.1/24, 198.18.1.1/31]\n"
	"  gateway: 198.18.0.254\n"
	"  mtu: 1400\n"
	"  vlan: 7\n"
	"  queues: 3\n"
	"limits: {connections: 11, flights: 12, half_open: 13, time_wait: 14, mbufs: 1024,\n"
	"         mbuf_size: 9344,\n"
	"         neighbours: 16, neighbour_expiry: 20s}\n"
	"workers: 2\n"
	"worker: {idle_sleep: 100us}\n"
	"stop: {grace: 0s}\n";

/* Of that file. */
static void limits_are(const struct la_stack_config *stack)
{
	assert_int_equal(stack->msl_us, 1000000);
	assert_int_equal(stack->ephemeral_first, 40000);
	assert_int_equal(stack->ephemeral_last, 40255);
	assert_int_equal(stack->max_connections, 11);
	assert_int_equal(stack->max_flights, 12);
	assert_int_equal(stack->max_embryos, 13);
	assert_int_equal(stack->max_time_waits, 14);
	assert_int_equal(stack->mbufs, 1024);
	assert_int_equal(stack->mbuf_size, 9344);
	assert_int_equal(stack->neighbours, 16);
	assert_int_equal(stack->arp_expiry_us, 20000000);
	assert_int_equal(stack->workers, 2);
}

static void a_file_with_everything_means_what_it_says(void **state)
{
	struct document_error error;
	const struct config_listener *listeners;
	const struct config_port *port;
	const struct setting_prefix *prefixes;
	struct config config;
	size_t name;

	if (load(everything, &config, &error, &name) != 0)
		fail_msg("%s", error.text);
	assert_int_equal(config.eal.count, 4);
	assert_string_equal(((const char **)config.eal.items)[2], "256");
	assert_int_equal(config.ports.count, 1);
	port = config.ports.items;
	assert_string_equal(port->name, "net_tap0");
	assert_int_equal(port->line, 11);
	assert_int_equal(port->mtu, 1400);
	assert_int_equal(port->vlan, 7);
	assert_int_equal(port->queues, 3);
	assert_int_equal(la_addr_to_ipv4(&port->gateway), 0xc61200fe);
	assert_int_equal(port->addresses.count, 2);
	prefixes = port->addresses.items;
	assert_int_equal(la_addr_to_ipv4(&prefixes[1].addr), 0xc6120101);
	assert_int_equal(prefixes[1].length, 31);

	assert_int_equal(config.listeners.count, 3);
	listeners = config.listeners.items;
	assert_int_equal(listeners[0].service, CONFIG_SERVICE_ECHO);
	assert_int_equal(listeners[0].close, SVC_CLOSE_SERVER);
	assert_true(la_addr_is_any(&listeners[0].address));
	assert_int_equal(listeners[0].options.send_buffer, 1 << 20);
	assert_int_equal(listeners[0].options.ttl, 9);
	assert_int_equal(listeners[0].limits.connections, LA_LIMIT_NONE);
	assert_int_equal(listeners[0].limits.half_open, LA_LIMIT_NONE);
	assert_int_equal(listeners[1].close, SVC_CLOSE_PEER);
	assert_int_equal(listeners[1].limits.connections, 1);
	assert_int_equal(listeners[1].limits.half_open, 2);
	assert_int_equal(la_addr_to_ipv4(&listeners[1].address), 0xc6120001);
	assert_int_equal(listeners[2].port, 80);
	assert_int_equal(listeners[2].http.svc.size, 100ULL << 20);
	assert_false(listeners[2].http.svc.keep_alive);
	assert_int_equal(listeners[2].http.svc.requests, 5);
	assert_int_equal(listeners[2].http.svc.request_timeout_us, 3000000);
	assert_int_equal(listeners[2].http.svc.idle_timeout_us,
			 listeners[2].options.idle_timeout_us);
	assert_string_equal(listeners[2].http.svc.content_type, "a/b");
	assert_int_equal(listeners[2].options.send_buffer, 64000);
	assert_int_equal(listeners[2].options.ttl, 9);
	assert_true(listeners[2].options.no_delay);
	assert_false(listeners[1].options.no_delay);
	assert_int_equal(listeners[2].options.r2_us, 120000000);
	assert_int_equal(listeners[2].options.delayed_ack_us, 10000);
	assert_int_equal(listeners[2].options.mss, 500);

	limits_are(&config.stack);
	assert_true(config.workers_line > 0);
	assert_int_equal(config.idle_sleep_us, 100);
	assert_int_equal(config.grace_us, 0);
	config_free(&config);
}

static void what_is_left_out_has_the_defaults_of_the_library(void **state)
{
	struct la_stack_config stack;
	struct la_tcp_options tcp;
	struct document_error error;
	const struct config_listener *listener;
	struct config config;
	size_t name;

	if (load(PORTS LISTENERS, &config, &error, &name) != 0)
		fail_msg("%s", error.text);
	la_stack_config_init(&stack);
	la_tcp_options_init(&tcp);
	stack.name = config.stack.name;
	stack.workers = 0; /* EAL decides */
	assert_string_equal(stack.name, "lastack");
	assert_memory_equal(&config.stack, &stack, sizeof(stack));
	listener = config.listeners.items;
	assert_memory_equal(&listener->options, &tcp, sizeof(tcp));
	assert_int_equal(config.grace_us, 5000000);
	assert_int_equal(config.idle_sleep_us, 0);
	config_free(&config);
}

static const char modern[] =
	PORTS "tcp: {send_buffer_max: 1MiB, receive_buffer_max: 0, window_scaling: false,\n"
	      "      timestamps: false, sack: false, congestion: newreno, ecn: ask,\n"
	      "      syn_cookies: always, fast_open: true, path_mtu_probing: false,\n"
	      "      keepalive: true, keepalive_idle: 24h, keepalive_interval: 10s,\n"
	      "      keepalive_probes: 3, idle_timeout: 10m, user_timeout: 90s,\n"
	      "      user_timeout_max: 200s, user_timeout_changeable: false, fin_wait_2: 5s,\n"
	      "      stall_timeout: 9s, stall_bytes_per_second: 1000}\n"
	      "listeners:\n"
	      "- {port: 7, service: echo}\n"
	      "- {port: 9, service: discard, options: {ecn: off, congestion: cubic,\n"
	      "   syn_cookies: never, keepalive: false, idle_timeout: 0s}}\n";

static void every_option_of_tcp_can_be_set(void **state)
{
	const struct la_tcp_options *options;
	struct document_error error;
	struct config config;
	size_t name;

	if (load(modern, &config, &error, &name) != 0)
		fail_msg("%s", error.text);
	options = &((const struct config_listener *)config.listeners.items)[0].options;
	assert_int_equal(options->send_buffer_max, 1 << 20);
	assert_int_equal(options->receive_buffer_max, 0);
	assert_false(options->window_scaling);
	assert_false(options->timestamps);
	assert_false(options->sack);
	assert_int_equal(options->congestion, LA_NEWRENO);
	assert_int_equal(options->ecn, LA_ECN_ASK);
	assert_int_equal(options->syn_cookies, LA_COOKIES_ALWAYS);
	assert_true(options->fast_open);
	assert_false(options->path_mtu_probing);
	assert_true(options->keepalive);
	assert_int_equal(options->keepalive_idle_us, 86400000000);
	assert_int_equal(options->keepalive_interval_us, 10000000);
	assert_int_equal(options->keepalive_probes, 3);
	assert_int_equal(options->idle_timeout_us, 600000000);
	assert_int_equal(options->user_timeout_us, 90000000);
	assert_int_equal(options->user_timeout_max_us, 200000000);
	assert_false(options->user_timeout_changeable);
	assert_int_equal(options->fin_wait_2_us, 5000000);
	assert_int_equal(options->stall_timeout_us, 9000000);
	assert_int_equal(options->stall_bytes_per_second, 1000);
	options = &((const struct config_listener *)config.listeners.items)[1].options;
	assert_int_equal(options->congestion, LA_CUBIC);
	assert_int_equal(options->ecn, LA_ECN_OFF);
	assert_int_equal(options->syn_cookies, LA_COOKIES_NEVER);
	assert_false(options->keepalive);
	assert_int_equal(options->idle_timeout_us, 0);
	assert_int_equal(options->keepalive_probes, 3);
	config_free(&config);
}

/* A client of http that is not heard of is let go, unless the file says otherwise, here or there.
 */
static void http_has_an_idle_timeout(void **state)
{
	static const struct {
		const char *text;
		uint64_t http, echo;
	} cases[] = {
		{ "", 75000000, 0 },
		{ "tcp: {idle_timeout: 0s}\n", 0, 0 },
		{ "tcp: {idle_timeout: 9m}\n", 540000000, 540000000 },
	};
	static const char file[] =
		PORTS "listeners:\n"
		      "- {port: 80, service: http, http: {body: x}}\n"
		      "- {port: 7, service: echo}\n"
		      "- {port: 81, service: http, http: {body: x}, options: {idle_timeout: 5s}}\n";

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct config_listener *listeners;
		struct document_error error;
		struct config config;
		char text[1000];
		size_t name;

		snprintf(text, sizeof(text), "%s%s", file, cases[i].text);
		if (load(text, &config, &error, &name) != 0)
			fail_msg("%s", error.text);
		listeners = config.listeners.items;
		assert_int_equal(listeners[0].options.idle_timeout_us, cases[i].http);
		assert_int_equal(listeners[1].options.idle_timeout_us, cases[i].echo);
		assert_int_equal(listeners[2].options.idle_timeout_us, 5000000);
		config_free(&config);
	}
}

/* http sends short segments at once, unless the file says otherwise, here or there. */
static void http_does_without_nagle(void **state)
{
	static const struct {
		const char *text;
		bool http, echo;
	} cases[] = {
		{ "", true, false },
		{ "tcp: {no_delay: true}\n", true, true },
		{ "tcp: {no_delay: false}\n", false, false },
	};
	static const char file[] =
		PORTS "listeners:\n"
		      "- {port: 80, service: http, http: {body: x}}\n"
		      "- {port: 7, service: echo}\n"
		      "- {port: 81, service: http, http: {body: x}, options: {no_delay: false}}\n";

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct config_listener *listeners;
		struct document_error error;
		struct config config;
		char text[1000];
		size_t name;

		snprintf(text, sizeof(text), "%s%s", file, cases[i].text);
		if (load(text, &config, &error, &name) != 0)
			fail_msg("%s", error.text);
		listeners = config.listeners.items;
		assert_int_equal(listeners[0].options.no_delay, cases[i].http);
		assert_int_equal(listeners[1].options.no_delay, cases[i].echo);
		assert_false(listeners[2].options.no_delay);
		config_free(&config);
	}
}

/* As /lastack/listen gets it: the same words, and the same complaints. */
static void a_listener_is_read_alone(void **state)
{
	static const struct example wrong[] = {
		{ "{service: echo}", "port is missing" },
		{ "{port: 0, service: echo}", "listeners.port" },
		{ "{port: 7, service: telnet}", "telnet is not known here" },
		{ "{port: 7, service: echo, address: 198.18.0.9}", "198.18.0.9 is on no port" },
		{ "{port: 7, service: http}", "listeners.http is missing" },
		{ "{port: 7, service: discard, close: server}", "discard does not have it" },
		{ "{port: 7, service: echo, options: {ttl: 0}}", "ttl" },
		{ "{port: 7, service: echo, options: {rto_min: 5s, rto_max: 1s}}",
		  "rto_min is above" },
		{ "{port: 7, service: echo, workers: 2}", "workers" },
		{ "[7]", "section" },
		{ "port: 7\n---\n", "second document" },
		{ "{port: 7, service: echo", "not YAML" },
		{ "", "nothing is configured" },
	};
	struct config_listener listener;
	struct document_error error;
	struct config config;
	struct arena arena = { .blocks = NULL };
	size_t name;

	(void)state;
	if (load(PORTS LISTENERS "tcp: {ttl: 9}\n", &config, &error, &name) != 0)
		fail_msg("%s", error.text);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(
			config_read_listener(&config, wrong[i].text, &arena, &listener, &error),
			-1);
		if (strstr(error.text, wrong[i].message) == NULL)
			fail_msg("%s: %s", wrong[i].text, error.text);
	}
	assert_int_equal(config_read_listener(&config,
					      "{port: 81, service: http, address: 198.18.0.1, "
					      "http: {body: \"a, b\"}, limits: {connections: 3}}",
					      &arena, &listener, &error),
			 0);
	assert_int_equal(listener.port, 81);
	assert_int_equal(la_addr_to_ipv4(&listener.address), 0xc6120001);
	assert_string_equal(listener.http.svc.body, "a, b");
	assert_int_equal(listener.options.ttl, 9);
	assert_true(listener.options.no_delay);
	assert_int_equal(listener.options.idle_timeout_us, 75000000);
	assert_int_equal(listener.limits.connections, 3);
	assert_int_equal(listener.limits.half_open, LA_LIMIT_NONE);
	arena_free(&arena);
	config_free(&config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_of_the_wrong_shape_is_refused),
		cmocka_unit_test(a_wrong_value_is_refused),
		cmocka_unit_test(contradictions_are_refused),
		cmocka_unit_test(a_file_that_cannot_be_read_is_named),
		cmocka_unit_test(a_file_with_everything_means_what_it_says),
		cmocka_unit_test(a_listener_is_read_alone),
		cmocka_unit_test(every_option_of_tcp_can_be_set),
		cmocka_unit_test(http_has_an_idle_timeout),
		cmocka_unit_test(http_does_without_nagle),
		cmocka_unit_test(what_is_left_out_has_the_defaults_of_the_library),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
