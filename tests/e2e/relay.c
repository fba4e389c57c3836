/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * relay: a bad path between the kernel's TCP and lastack, from a seed.
 *
 * Makes a tap whose other end the kernel uses as its interface, and joins it to an interface that
 * exists already (the kernel's end of lastack's own tap). Every frame may be dropped, sent twice,
 * or held back so that later ones overtake it. It knows frames and no protocol.
 *
 * relay --tap NAME --join INTERFACE --seed N --drop P --duplicate P --reorder P
 *
 * P is in frames per thousand. It ends at SIGTERM or SIGINT and then says what it did, as one line
 * of `key=value`.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <arpa/inet.h>

#define FRAME_MAX 2048U   /**< bytes; both taps have an MTU of 1500 */
#define HELD_MAX 256U     /**< frames held back at a time */
#define HOLD_MIN_US 1000U /**< long enough for a burst to overtake */
#define HOLD_MAX_US 8000U
#define BURST 64U /**< frames from one side before the other gets its turn */
#define PER_THOUSAND 1000U

struct held {
	uint64_t due_us;
	int fd; /**< where it goes; -1: this place is free */
	uint32_t size;
	uint8_t bytes[FRAME_MAX];
};

struct relay {
	int tap;
	int packet;
	uint64_t random;
	uint32_t drop, duplicate, reorder; /**< per thousand */
	uint64_t frames, dropped, duplicated, reordered, refused;
	struct held held[HELD_MAX];
};

static void fail(const char *what)
{
	fprintf(stderr, "relay: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* xorshift64*: repeatable from the seed, and good enough to lose frames with. */
static uint32_t draw(struct relay *relay, uint32_t below)
{
	relay->random ^= relay->random >> 12;
	relay->random ^= relay->random << 25;
	relay->random ^= relay->random >> 27;
	return (uint32_t)((relay->random * 0x2545f4914f6cdd1dULL) >> 33) % below;
}

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000U + (uint64_t)ts.tv_nsec / 1000U;
}

static int open_tap(const char *name)
{
	struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		fail("/dev/net/tun");
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (ioctl(fd, TUNSETIFF, &request) < 0)
		fail(name);
	return fd;
}

static int open_packet(const char *name)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	int room = 8 << 20;
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		fail("AF_PACKET");
	address.sll_ifindex = (int)if_nametoindex(name);
	if (address.sll_ifindex == 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		fail(name);
	/* Without room for a burst the relay would lose frames of its own accord. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) < 0)
		fail("SO_RCVBUFFORCE");
	return fd;
}

static void deliver(struct relay *relay, int fd, const uint8_t *bytes, uint32_t size)
{
	if (write(fd, bytes, size) != (ssize_t)size)
		relay->refused++;
}

static bool hold(struct relay *relay, int fd, const uint8_t *bytes, uint32_t size)
{
	for (unsigned int i = 0; i < HELD_MAX; i++) {
		struct held *held = &relay->held[i];

		if (held->fd >= 0)
			continue;
		held->fd = fd;
		held->size = size;
		held->due_us = now_us() + HOLD_MIN_US + draw(relay, HOLD_MAX_US - HOLD_MIN_US);
		memcpy(held->bytes, bytes, size);
		return true;
	}
	return false;
}

static void frame(struct relay *relay, int to, const uint8_t *bytes, uint32_t size)
{
	relay->frames++;
	if (draw(relay, PER_THOUSAND) < relay->drop) {
		relay->dropped++;
		return;
	}
	if (draw(relay, PER_THOUSAND) < relay->duplicate) {
		relay->duplicated++;
		deliver(relay, to, bytes, size);
	}
	if (draw(relay, PER_THOUSAND) < relay->reorder && hold(relay, to, bytes, size)) {
		relay->reordered++;
		return;
	}
	deliver(relay, to, bytes, size);
}

static void from_tap(struct relay *relay)
{
	uint8_t bytes[FRAME_MAX];

	for (unsigned int i = 0; i < BURST; i++) {
		ssize_t size = read(relay->tap, bytes, sizeof(bytes));

		if (size <= 0)
			return;
		frame(relay, relay->packet, bytes, (uint32_t)size);
	}
}

static void from_packet(struct relay *relay)
{
	uint8_t bytes[FRAME_MAX];

	for (unsigned int i = 0; i < BURST; i++) {
		struct sockaddr_ll from;
		socklen_t length = sizeof(from);
		ssize_t size = recvfrom(relay->packet, bytes, sizeof(bytes), 0,
					(struct sockaddr *)&from, &length);

		if (size <= 0)
			return;
		/* What we sent ourselves comes by here as well. */
		if (from.sll_pkttype != PACKET_OUTGOING)
			frame(relay, relay->tap, bytes, (uint32_t)size);
	}
}

static void release_due(struct relay *relay)
{
	uint64_t now = now_us();

	for (unsigned int i = 0; i < HELD_MAX; i++) {
		struct held *held = &relay->held[i];

		if (held->fd < 0 || held->due_us > now)
			continue;
		deliver(relay, held->fd, held->bytes, held->size);
		held->fd = -1;
	}
}

static void run(struct relay *relay, int signals)
{
	struct pollfd fds[] = { { .fd = relay->tap, .events = POLLIN },
				{ .fd = relay->packet, .events = POLLIN },
				{ .fd = signals, .events = POLLIN } };

	while (!(fds[2].revents & POLLIN)) {
		if (poll(fds, 3, 1) < 0 && errno != EINTR)
			fail("poll");
		from_tap(relay);
		from_packet(relay);
		release_due(relay);
	}
}

static uint32_t number(const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*end != '\0' || end == text || value > UINT32_MAX) {
		fprintf(stderr, "relay: %s is not a number\n", text);
		exit(2);
	}
	return (uint32_t)value;
}

/** Fills in *relay and the two names from the command line; exits where that makes no sense. */
static void read_options(struct relay *relay, int argc, char **argv, const char **tap,
			 const char **join)
{
	static const struct option options[] = {
		{ "tap", required_argument, NULL, 't' },
		{ "join", required_argument, NULL, 'j' },
		{ "seed", required_argument, NULL, 's' },
		{ "drop", required_argument, NULL, 'd' },
		{ "duplicate", required_argument, NULL, 'u' },
		{ "reorder", required_argument, NULL, 'r' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 't':
			*tap = optarg;
			break;
		case 'j':
			*join = optarg;
			break;
		case 's':
			relay->random = 0x9e3779b97f4a7c15ULL * (number(optarg) + 1ULL);
			break;
		case 'd':
			relay->drop = number(optarg);
			break;
		case 'u':
			relay->duplicate = number(optarg);
			break;
		case 'r':
			relay->reorder = number(optarg);
			break;
		default:
			exit(2);
		}
	}
	if (!*tap || !*join) {
		fprintf(stderr, "relay: needs --tap NAME and --join INTERFACE\n");
		exit(2);
	}
}

int main(int argc, char **argv)
{
	struct relay *relay = calloc(1, sizeof(*relay));
	const char *tap = NULL, *join = NULL;
	sigset_t ends;

	if (!relay)
		fail("memory");
	relay->random = 1;
	read_options(relay, argc, argv, &tap, &join);
	for (unsigned int i = 0; i < HELD_MAX; i++)
		relay->held[i].fd = -1;
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	relay->tap = open_tap(tap);
	relay->packet = open_packet(join);
	printf("ready\n");
	fflush(stdout);
	run(relay, signalfd(-1, &ends, SFD_CLOEXEC));
	printf("frames=%llu dropped=%llu duplicated=%llu reordered=%llu refused=%llu\n",
	       (unsigned long long)relay->frames, (unsigned long long)relay->dropped,
	       (unsigned long long)relay->duplicated, (unsigned long long)relay->reordered,
	       (unsigned long long)relay->refused);
	close(relay->tap);
	close(relay->packet);
	free(relay);
	return 0;
}
