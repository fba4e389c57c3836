/* SPDX-License-Identifier: BSD-3-Clause */
#include "options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_mbuf_core.h>

#include "config/limits.h"
#include "stateless.h"

#define US_PER_S 1000000.0
#define SECONDS_MAX 86400.0
#define CONNECTIONS_LIMIT 500000000U
#define TEXT_LIMIT (1U << 30)
#define FRAME_LIMIT (MBUF_SIZE_MAX - RTE_PKTMBUF_HEADROOM) /* what one buffer holds */
#define MTU_LEAST 576U
#define FRAME_OVERHEAD 18U /* Ethernet header and tag */
#define HEADERS 40U        /* of IP and TCP */
#define STAMPS 12U         /* the timestamps option, aligned */
#define RATE_LIMIT 1000000000U

enum option_key {
	OPTION_TEST = 1,
	OPTION_TOPOLOGY,
	OPTION_CONNECTIONS,
	OPTION_REQUEST,
	OPTION_RESPONSE,
	OPTION_FRAME,
	OPTION_MTU,
	OPTION_MBUF_SIZE,
	OPTION_OFFER,
	OPTION_RATE,
	OPTION_DURATION,
	OPTION_WARMUP,
	OPTION_PERIOD,
	OPTION_ROLE,
	OPTION_CLOSER,
	OPTION_TIME_WAITS,
	OPTION_JSON,
	OPTION_MSL,
	OPTION_NOTEBOOK,
	OPTION_ACTIVE,
	OPTION_INTERACTIVE,
	OPTION_HELP,
	OPTION_VERSION,
	OPTIONS,
};

/* The words; their meaning is in the help text, which is printed in this order. */
static const struct {
	struct option_text {
		const char *name, *argument, *help;
	} text;
	enum option_key option;
} list[] = {
	{ { "test", "T", "what to measure" }, OPTION_TEST },
	{ { "topology", "NAME", "where the two ends are (default: the first that fits)" },
	  OPTION_TOPOLOGY },
	{ { "role", "WHO", "client or server: the end on the topology port" }, OPTION_ROLE },
	{ { "connections", "N", "open at a time; k, M and G multiply" }, OPTION_CONNECTIONS },
	{ { "request", "B", "bytes of a request" }, OPTION_REQUEST },
	{ { "response", "B", "bytes of a response" }, OPTION_RESPONSE },
	{ { "frame", "B", "bytes of a frame (default: 64)" }, OPTION_FRAME },
	{ { "mtu", "B", "of the ports, which is what the MSS follows from (default: 1500)" },
	  OPTION_MTU },
	{ { "mbuf-size", "B", "of a packet buffer, headroom of 128 included (default: as needed)" },
	  OPTION_MBUF_SIZE },
	{ { "offer", "LIST",
	    "of timestamps, scale, sack, or none: what SYNs of a peer that is\n"
	    "                      no stack carry (default: scale,sack)" },
	  OPTION_OFFER },
	{ { "rate", "R", "transactions begun per second (default: as many as go)" }, OPTION_RATE },
	{ { "duration", "S", "seconds that are measured (default: 10)" }, OPTION_DURATION },
	{ { "warmup", "S", "seconds before that (default: 1)" }, OPTION_WARMUP },
	{ { "stats-period", "S", "seconds between lines; 0: none (default: 1)" }, OPTION_PERIOD },
	{ { "closer", "WHO", "client or server: who closes first (default: client)" },
	  OPTION_CLOSER },
	{ { "time-waits", "N", "TIME-WAIT records of each end (default: 1M)" }, OPTION_TIME_WAITS },
	{ { "json", "FILE", "write the figures to FILE as well" }, OPTION_JSON },
	{ { "msl", "S", "seconds; TIME-WAIT lasts twice as long (default: 30)" }, OPTION_MSL },
	{ { "notebook", NULL, "the peer knows where we stand, and asks no more" },
	  OPTION_NOTEBOOK },
	{ { "active", NULL, "we open, ask and close; the peer serves" }, OPTION_ACTIVE },
	{ { "interactive", NULL, "or -i: a prompt; start, stop, show, set, quit" },
	  OPTION_INTERACTIVE },
	{ { "help", NULL, "or -h: print this" }, OPTION_HELP },
	{ { "version", NULL, "print the version" }, OPTION_VERSION },
};
#define LIST_COUNT (sizeof(list) / sizeof(list[0]))

/* What getopt_long() leaves to be judged when all is read. */
struct parse {
	struct options *options;
	bool given[OPTIONS];
};

static bool complain(const char *what, const char *value, const char *right)
{
	fprintf(stderr, "lastack-bench: %s%s%s\n", what, value, right);
	return false;
}

/* A letter may stand among others in its word. Of a long option it is a number of ours. */
static bool there_is_no(const char *word, int letter)
{
	const char alone[] = { '-', (char)letter, '\0' };

	return complain("there is no option ", isgraph(letter) ? alone : word,
			" of that kind; --help tells what can be given");
}

/* A whole number with k, M or G behind it. */
static bool read_count(const char *name, const char *text, uint64_t least, uint64_t most,
		       uint64_t *out)
{
	uint64_t factor = 1;
	char *end;
	double value;

	errno = 0;
	value = strtod(text, &end);
	if (*end == 'k' || *end == 'K')
		factor = 1000;
	else if (*end == 'M')
		factor = 1000000;
	else if (*end == 'G')
		factor = 1000000000;
	if (factor > 1)
		end++;
	value *= (double)factor;
	if (end == text || *end != '\0' || errno != 0 || value != floor(value) ||
	    value < (double)least || value > (double)most) {
		fprintf(stderr,
			"lastack-bench: --%s %s: write a whole number from %" PRIu64 " to %" PRIu64
			", such as 1000, 10k or 1M\n",
			name, text, least, most);
		return false;
	}
	*out = (uint64_t)value;
	return true;
}

static bool read_count32(const char *name, const char *text, uint32_t least, uint32_t most,
			 uint32_t *out)
{
	uint64_t value;

	if (!read_count(name, text, least, most, &value))
		return false;
	*out = (uint32_t)value;
	return true;
}

static bool read_seconds(const char *name, const char *text, double least, uint64_t *out_us)
{
	char *end;
	double value;

	errno = 0;
	value = strtod(text, &end);
	if (end == text || *end != '\0' || errno != 0 || !(value >= least) || value > SECONDS_MAX) {
		fprintf(stderr,
			"lastack-bench: --%s %s: write seconds from %g to %g, such as 10 or 0.5\n",
			name, text, least, SECONDS_MAX);
		return false;
	}
	*out_us = (uint64_t)(value * US_PER_S);
	return true;
}

static bool read_closer(const char *text, enum closer *out)
{
	*out = strcmp(text, "server") == 0 ? CLOSER_SERVER : CLOSER_CLIENT;
	return strcmp(text, "server") == 0 || strcmp(text, "client") == 0 ||
	       complain("--closer ", text, ": write client or server");
}

static bool read_offer(const char *text, struct stateless_offer *out)
{
	char copy[64], *rest = copy;
	const char *word;

	*out = (struct stateless_offer){ 0 };
	if (strcmp(text, "none") == 0)
		return true;
	snprintf(copy, sizeof(copy), "%s", text);
	while ((word = strsep(&rest, ",")) != NULL) {
		if (strcmp(word, "timestamps") == 0)
			out->timestamps = true;
		else if (strcmp(word, "scale") == 0)
			out->scale = true;
		else if (strcmp(word, "sack") == 0)
			out->sack = true;
		else
			return complain("--offer ", text,
					": write none, or some of timestamps,scale,sack");
	}
	return true;
}

static bool read_mtu(const char *text, uint16_t *out)
{
	uint32_t value;

	if (!read_count32("mtu", text, MTU_LEAST, MTU_MAX, &value))
		return false;
	*out = (uint16_t)value;
	return true;
}

static bool read_one(struct options *options, enum option_key option, const char *value)
{
	switch (option) {
	case OPTION_TEST:
		options->test = tests_find(value);
		return options->test != NULL ||
		       complain("there is no test ", value, "; --help lists them");
	case OPTION_TOPOLOGY:
		options->topology = topologies_find(value);
		return options->topology != NULL ||
		       complain("there is no topology ", value, "; --help lists them");
	case OPTION_CONNECTIONS:
		return read_count32("connections", value, 0, CONNECTIONS_LIMIT,
				    &options->connections);
	case OPTION_REQUEST:
		return read_count32("request", value, 1, TEXT_LIMIT, &options->request);
	case OPTION_RESPONSE:
		return read_count32("response", value, 1, TEXT_LIMIT, &options->response);
	case OPTION_FRAME:
		return read_count32("frame", value, 1, FRAME_LIMIT, &options->frame);
	case OPTION_MTU:
		return read_mtu(value, &options->mtu);
	case OPTION_MBUF_SIZE:
		return read_count32("mbuf-size", value, MBUF_SIZE_DEFAULT, MBUF_SIZE_MAX,
				    &options->mbuf_size);
	case OPTION_OFFER:
		return read_offer(value, &options->offer);
	case OPTION_RATE:
		return read_count("rate", value, 1, RATE_LIMIT, &options->rate);
	case OPTION_DURATION:
		return read_seconds("duration", value, 0.01, &options->duration_us);
	case OPTION_WARMUP:
		return read_seconds("warmup", value, 0, &options->warmup_us);
	case OPTION_PERIOD:
		return read_seconds("stats-period", value, 0, &options->period_us);
	case OPTION_ROLE:
		options->role = strcmp(value, "server") == 0 ? ROLE_SERVER : ROLE_CLIENT;
		return strcmp(value, "server") == 0 || strcmp(value, "client") == 0 ||
		       complain("--role ", value, ": write client or server");
	case OPTION_CLOSER:
		return read_closer(value, &options->closer);
	case OPTION_TIME_WAITS:
		return read_count32("time-waits", value, 1, CONNECTIONS_LIMIT,
				    &options->time_waits);
	case OPTION_JSON:
		options->json = value;
		return value[0] != '\0' || complain("--json needs the path of a file", "", "");
	case OPTION_MSL:
		return read_seconds("msl", value, 0.01, &options->msl_us);
	case OPTION_NOTEBOOK:
		options->notebook = true;
		return true;
	case OPTION_ACTIVE:
		options->active = true;
		return true;
	case OPTION_INTERACTIVE:
		options->interactive = true;
		return true;
	case OPTION_HELP:
		options->help = true;
		return true;
	case OPTION_VERSION:
		options->version = true;
		return true;
	case OPTIONS:
		break;
	}
	abort();
}

/* ---- what makes sense together --------------------------------------------------------------- */

static bool refuse(const struct test *test, const char *option, const char *why)
{
	fprintf(stderr, "lastack-bench: --%s makes no sense with --test %s: %s\n", option,
		test->name, why);
	return false;
}

static bool check_taken(const struct parse *parse)
{
	const struct test *test = parse->options->test;
	static const struct {
		enum option_key option;
		uint32_t takes;
		const char *name, *why;
	} rules[] = {
		{ OPTION_REQUEST, TAKES_REQUEST, "request", "it has no requests" },
		{ OPTION_RESPONSE, TAKES_RESPONSE, "response", "it has no responses" },
		{ OPTION_FRAME, TAKES_FRAME, "frame", "its frames are as long as they are" },
		{ OPTION_RATE, TAKES_RATE, "rate", "it goes as fast as it can" },
		{ OPTION_CLOSER, TAKES_CLOSER, "closer", "it closes nothing" },
		{ OPTION_TIME_WAITS, TAKES_CLOSER, "time-waits", "it closes nothing" },
		{ OPTION_MSL, TAKES_MANY, "msl", "it waits for no TIME-WAIT" },
		{ OPTION_ACTIVE, TAKES_MANY, "active", "its client is the end that opens" },
		{ OPTION_NOTEBOOK, TAKES_MANY, "notebook", "no peer of it asks where it stands" },
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (parse->given[rules[i].option] && (test->takes & rules[i].takes) == 0)
			return refuse(test, rules[i].name, rules[i].why);
	}
	return true;
}

/* A test that takes turns goes on for as long as they take. */
static bool check_time(const struct parse *parse)
{
	static const struct {
		enum option_key option;
		const char *name;
	} rules[] = {
		{ OPTION_DURATION, "duration" },
		{ OPTION_WARMUP, "warmup" },
		{ OPTION_PERIOD, "stats-period" },
	};
	const struct test *test = parse->options->test;

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (parse->given[rules[i].option] && (test->takes & TAKES_TURNS) != 0)
			return refuse(test, rules[i].name, "it takes as many turns as it needs");
	}
	return true;
}

/* A peer without memory has no schedule, and its texts fit a segment. */
static bool check_stateless(const struct parse *parse)
{
	const struct options *options = parse->options;
	uint32_t segment = options->mtu - HEADERS - (options->offer.timestamps ? STAMPS : 0U);
	uint32_t most = RTE_MIN(STATELESS_TEXT_MOST, segment);

	if (parse->given[OPTION_RATE])
		return complain("--rate makes no sense with --topology stateless: a peer without "
				"memory knows nothing of what is due",
				"", "");
	if (options->request <= most && options->response <= most)
		return true;
	fprintf(stderr,
		"lastack-bench: with --topology stateless a request and a response fit one "
		"segment: at most %" PRIu32 " bytes\n",
		most);
	return false;
}

static bool check_topology(struct parse *parse)
{
	struct options *options = parse->options;

	if (options->test->topologies == 0) {
		bool is_its_own = options->test->exchange == EXCHANGE_IDLE &&
				  options->topology->kind == TOPOLOGY_STATELESS;

		options->topology = NULL;
		return !parse->given[OPTION_TOPOLOGY] || is_its_own ||
		       refuse(options->test, "topology", "it stands alone");
	}
	for (const struct topology *const *t = topologies_all();
	     !parse->given[OPTION_TOPOLOGY] && *t != NULL; t++) {
		options->topology = *t;
		if ((options->test->topologies >> (*t)->kind & 1) != 0)
			break;
	}
	if (parse->given[OPTION_ROLE] != (options->topology->kind == TOPOLOGY_PORT))
		return complain("--role goes with --topology port, which needs one", "", "");
	if (options->topology->kind == TOPOLOGY_STATELESS && !check_stateless(parse))
		return false;
	if ((options->test->topologies >> options->topology->kind & 1) != 0)
		return true;
	fprintf(stderr, "lastack-bench: --test %s does not run on --topology %s, but on:",
		options->test->name, options->topology->name);
	for (const struct topology *const *t = topologies_all(); *t != NULL; t++) {
		if ((options->test->topologies >> (*t)->kind & 1) != 0)
			fprintf(stderr, " %s", (*t)->name);
	}
	fprintf(stderr, "\n");
	return false;
}

/* Packet buffers hold a whole frame. */
static bool check_sizes(const struct parse *parse)
{
	struct options *options = parse->options;
	uint32_t frame = options->mtu + FRAME_OVERHEAD, needed;

	if (options->test->topologies == 0 && parse->given[OPTION_MTU])
		return refuse(options->test, "mtu", "its frames are as long as they are");
	if (options->test->topologies == 0 && parse->given[OPTION_MBUF_SIZE])
		return refuse(options->test, "mbuf-size", "its buffers fit what it sends");
	if ((options->test->takes & TAKES_FRAME) != 0 && options->frame > frame)
		frame = options->frame;
	needed = RTE_ALIGN_CEIL(frame, 64U) + RTE_PKTMBUF_HEADROOM;
	if (!parse->given[OPTION_MBUF_SIZE])
		options->mbuf_size = RTE_MAX(needed, MBUF_SIZE_DEFAULT);
	if (options->mbuf_size >= frame + RTE_PKTMBUF_HEADROOM)
		return true;
	fprintf(stderr, "lastack-bench: frames of %" PRIu32 " bytes need --mbuf-size %" PRIu32 "\n",
		frame, needed);
	return false;
}

/* Whose SYNs are written by us, and not by a stack. */
static bool check_offer(const struct parse *parse)
{
	const struct options *options = parse->options;

	if (!parse->given[OPTION_OFFER] || options->test->exchange == EXCHANGE_IDLE ||
	    (options->topology != NULL && (options->topology->kind == TOPOLOGY_NULL ||
					   options->topology->kind == TOPOLOGY_STATELESS)))
		return true;
	return complain("--offer is for a peer that is no stack: --topology null or stateless, "
			"--test IDLE",
			"", "");
}

static bool check(struct parse *parse)
{
	struct options *options = parse->options;

	if (options->test == NULL)
		return complain("--test T is missing; --help lists the tests", "", "");
	if (!check_taken(parse) || !check_time(parse) || !check_topology(parse) ||
	    !check_offer(parse) || !check_sizes(parse))
		return false;
	if (parse->given[OPTION_CONNECTIONS] && options->connections == 0 &&
	    (options->test->takes & TAKES_NONE) == 0)
		return refuse(options->test, "connections 0", "it needs one");
	if (!parse->given[OPTION_CONNECTIONS])
		options->connections = options->test->defaults.connections;
	if (!parse->given[OPTION_REQUEST])
		options->request = options->test->defaults.request;
	if (!parse->given[OPTION_RESPONSE])
		options->response = options->test->defaults.response;
	if (options->period_us > options->duration_us && parse->given[OPTION_PERIOD])
		return complain("--stats-period is longer than --duration", "", "");
	return true;
}

static const char *name_of(enum option_key option)
{
	size_t i = 0;

	while (list[i].option != option)
		i++;
	return list[i].text.name;
}

bool options_has_value(const char *name)
{
	for (size_t i = 0; i < LIST_COUNT; i++) {
		if (strcmp(list[i].text.name, name) == 0)
			return list[i].text.argument != NULL;
	}
	return true;
}

bool options_parse(struct options *options, int count, char **words)
{
	struct option longs[LIST_COUNT + 1] = { 0 };
	struct parse parse = { .options = options };
	int key, index = 0;

	*options = (struct options){ .topology = topologies_find("self"),
				     .duration_us = 10 * (uint64_t)US_PER_S,
				     .warmup_us = (uint64_t)US_PER_S,
				     .period_us = (uint64_t)US_PER_S,
				     .frame = 64,
				     .mtu = 1500,
				     .offer = { .scale = true, .sack = true },
				     .time_waits = 1000000,
				     .msl_us = 30 * (uint64_t)US_PER_S };
	for (size_t i = 0; i < LIST_COUNT; i++)
		longs[i] = (struct option){ list[i].text.name,
					    list[i].text.argument == NULL ? no_argument
									  : required_argument,
					    NULL, (int)list[i].option };
	/* getopt_long() takes words[0] for the name of the program, for its messages. */
	optind = 0;
	while ((key = getopt_long(count, words, ":ih", longs, &index)) != -1) {
		if (key == ':')
			return complain("", words[optind - 1],
					" needs a value; --help tells which");
		if (key == '?')
			return there_is_no(words[optind - 1], optopt);
		if (key == 'i')
			key = OPTION_INTERACTIVE;
		if (key == 'h')
			key = OPTION_HELP;
		if (parse.given[key])
			return complain("--", name_of((enum option_key)key), " is given twice");
		parse.given[key] = true;
		if (!read_one(options, (enum option_key)key, optarg))
			return false;
	}
	if (optind < count)
		return complain("there is no argument ", words[optind],
				"; --help tells what can be given");
	return options->help || options->version || check(&parse);
}

void options_help(FILE *out)
{
	fprintf(out, "usage: lastack-bench [EAL OPTIONS] -- --test T [OPTION]...\n"
		     "       lastack-bench --help | --version\n\n"
		     "Measures lastack: cycles per connection, request and packet; latency; "
		     "memory.\n\n");
	for (size_t i = 0; i < LIST_COUNT; i++) {
		const struct option_text *text = &list[i].text;
		char word[40];

		snprintf(word, sizeof(word), "--%s%s%s", text->name,
			 text->argument == NULL ? "" : " ",
			 text->argument == NULL ? "" : text->argument);
		fprintf(out, "  %-18s  %s\n", word, text->help);
	}
	fprintf(out, "\ntests:\n");
	for (const struct test *const *test = tests_all(); *test != NULL; test++)
		fprintf(out, "  %-18s  %s\n", (*test)->name, (*test)->summary);
	fprintf(out, "\ntopologies:\n");
	for (const struct topology *const *t = topologies_all(); *t != NULL; t++)
		fprintf(out, "  %-18s  %s\n", (*t)->name, (*t)->summary);
	fprintf(out, "\nexample, without hugepages or devices:\n"
		     "  lastack-bench -l 0 --no-huge -m 1024 --no-pci -- --test TCP_CRR\n\n"
		     "exit status: 0 measured; 1 it failed; 2 wrong command line; 3 measured, but "
		     "the\nfigures are not to be trusted: it says why\n");
}
