/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * path: a long and narrow way between two TCPs on one machine.
 *
 * Makes a tap whose other end the kernel uses as its interface, and joins it to a second one: a tap
 * of its own too, or an interface that exists already (the kernel's end of lastack's tap). Each
 * direction is a queue of bounded size, a rate at which it empties, and a delay. What is lost on it
 * is chosen by sequence number (loss.h); frames above a size may vanish without a word.
 *
 * path --tap NAME (--second NAME | --join INTERFACE) [--delay-us N] [--rate-kbit N] [--queue BYTES]
 *      [--seed N] [--drop P] [--drop-acks P] [--mark] [--hole BYTES]
 *
 * P is in ten thousandths; BYTES of --hole count from the IP header. On SIGUSR1 it prints one line
 * of `key=value` about the connection that was opened last; it ends at SIGTERM or SIGINT.
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
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <arpa/inet.h>

#include "loss.h"

#define FRAME_MAX 2048U         /**< bytes; both ends have an MTU of 1500 */
#define QUEUE_FRAMES (1U << 14) /**< frames under way in one direction, a power of two */
#define BURST 64U               /**< frames from one side before the other gets its turn */
#define ETHERNET_SIZE 14U
#define NS_PER_S 1000000000ULL
#define NS_PER_US 1000ULL
#define ROOM_BYTES (8 << 20) /**< of the socket: no frame is lost between the kernel and us */

struct under_way {
	uint64_t due_ns;
	uint32_t size;
	uint8_t bytes[FRAME_MAX];
};

struct way {
	int from, to;
	uint64_t free_ns; /**< when the bottleneck has sent all that waits for it */
	uint32_t head, tail;
	struct under_way *frames;
	/* Since the connection began. */
	uint64_t passed, overflowed, refused, vanished, late_ns, late_max_ns, queue_max_ns;
};

struct path {
	uint64_t delay_ns;
	uint64_t bits_per_s; /**< 0: no bottleneck */
	uint64_t queue_ns;   /**< how long the bottleneck's queue is at that rate */
	uint32_t queue_bytes;
	uint32_t hole; /**< larger IP packets vanish; 0: none do */
	struct way ways[2];
	struct loss loss;
	uint16_t reported; /**< port of the connection that the figures belong to */
};

static void fail(const char *what)
{
	fprintf(stderr, "path: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
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
	int room = ROOM_BYTES, yes = 1;
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		fail("AF_PACKET");
	address.sll_ifindex = (int)if_nametoindex(name);
	/* What we send ourselves is not to come back, and no frame to get lost for want of room. */
	if (setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &yes, sizeof(yes)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)) < 0)
		fail("socket options");
	if (address.sll_ifindex == 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		fail(name);
	return fd;
}

/* Another connection: its figures begin at zero. */
static void begin_figures(struct path *path)
{
	if (path->reported == path->loss.ports[0])
		return;
	path->reported = path->loss.ports[0];
	for (unsigned int i = 0; i < 2; i++) {
		struct way *way = &path->ways[i];

		way->passed = way->overflowed = way->refused = way->vanished = 0;
		way->late_ns = way->late_max_ns = way->queue_max_ns = 0;
	}
}

/* Puts the frame at the tail of the way into its queue, if it gets that far. */
static void enter(struct path *path, struct way *way, uint32_t size)
{
	struct under_way *frame = &way->frames[way->tail & (QUEUE_FRAMES - 1)];
	uint64_t now = now_ns(), leaves = now;
	enum loss_verdict verdict;

	verdict = loss_judge(&path->loss, (unsigned int)(way - path->ways), frame->bytes, size);
	begin_figures(path);
	if (path->hole && size > path->hole + ETHERNET_SIZE) {
		way->vanished++;
		return;
	}
	if (verdict == LOSS_DROP)
		return;
	if (path->bits_per_s) {
		uint64_t waits = way->free_ns > now ? way->free_ns - now : 0;

		if (waits > path->queue_ns || way->tail - way->head == QUEUE_FRAMES - 1) {
			way->overflowed++;
			return;
		}
		if (waits > way->queue_max_ns)
			way->queue_max_ns = waits;
		leaves = now + waits + size * 8ULL * NS_PER_S / path->bits_per_s;
		way->free_ns = leaves;
	} else if (way->tail - way->head == QUEUE_FRAMES - 1) {
		way->overflowed++;
		return;
	}
	frame->due_ns = leaves + path->delay_ns;
	frame->size = size;
	way->tail++;
}

static void take_in(struct path *path, struct way *way)
{
	for (unsigned int i = 0; i < BURST; i++) {
		ssize_t size = read(way->from, way->frames[way->tail & (QUEUE_FRAMES - 1)].bytes,
				    FRAME_MAX);

		if (size <= 0)
			return;
		enter(path, way, (uint32_t)size);
	}
}

static void let_out(struct way *way)
{
	while (way->head != way->tail) {
		struct under_way *frame = &way->frames[way->head & (QUEUE_FRAMES - 1)];
		uint64_t now = now_ns();

		if (frame->due_ns > now)
			return;
		if (write(way->to, frame->bytes, frame->size) == (ssize_t)frame->size)
			way->passed++;
		else
			way->refused++;
		way->late_ns += now - frame->due_ns;
		if (now - frame->due_ns > way->late_max_ns)
			way->late_max_ns = now - frame->due_ns;
		way->head++;
	}
}

/* The time until the next frame is due; at most a tenth of a second. */
static struct timespec pause_of(const struct path *path)
{
	uint64_t now = now_ns(), pause = NS_PER_S / 10;

	for (unsigned int i = 0; i < 2; i++) {
		const struct way *way = &path->ways[i];
		uint64_t due;

		if (way->head == way->tail)
			continue;
		due = way->frames[way->head & (QUEUE_FRAMES - 1)].due_ns;
		if (due <= now)
			pause = 0;
		else if (due - now < pause)
			pause = due - now;
	}
	return (struct timespec){ .tv_nsec = (long)pause };
}

static void report_way(const char *name, const struct way *way, const struct loss_way *lost)
{
	uint64_t sent = way->passed + way->refused;
	const struct {
		const char *name;
		uint64_t value;
	} figures[] = {
		{ "bytes", lost->high },
		{ "segments", lost->segments },
		{ "sent_again", lost->sent_again },
		{ "dropped", lost->dropped },
		{ "marked", lost->marked },
		{ "acks", lost->acks },
		{ "acks_dropped", lost->acks_dropped },
		{ "overflowed", way->overflowed },
		{ "refused", way->refused },
		{ "vanished", way->vanished },
		{ "late_us", (sent ? way->late_ns / sent : 0) / NS_PER_US },
		{ "late_max_us", way->late_max_ns / NS_PER_US },
		{ "queue_max_us", way->queue_max_ns / NS_PER_US },
	};

	for (unsigned int i = 0; i < sizeof(figures) / sizeof(figures[0]); i++)
		printf(" %s_%s=%llu", name, figures[i].name, (unsigned long long)figures[i].value);
}

static void report(const struct path *path)
{
	printf("port=%u", path->loss.ports[0]);
	report_way("out", &path->ways[0], &path->loss.ways[0]);
	report_way("back", &path->ways[1], &path->loss.ways[1]);
	printf("\n");
	fflush(stdout);
}

/* False when it is time to end. */
static bool take_signal(const struct path *path, int signals)
{
	struct signalfd_siginfo info;

	if (read(signals, &info, sizeof(info)) != sizeof(info))
		return true;
	if (info.ssi_signo != SIGUSR1)
		return false;
	report(path);
	return true;
}

static void run(struct path *path, int signals)
{
	struct pollfd fds[] = { { .fd = path->ways[0].from, .events = POLLIN },
				{ .fd = path->ways[1].from, .events = POLLIN },
				{ .fd = signals, .events = POLLIN } };

	for (;;) {
		struct timespec pause = pause_of(path);

		if (ppoll(fds, 3, &pause, NULL) < 0 && errno != EINTR)
			fail("ppoll");
		if ((fds[2].revents & POLLIN) && !take_signal(path, signals))
			return;
		for (unsigned int i = 0; i < 2; i++) {
			take_in(path, &path->ways[i]);
			let_out(&path->ways[i]);
		}
	}
}

static uint32_t number(const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*end != '\0' || end == text || value > UINT32_MAX) {
		fprintf(stderr, "path: %s is not a number\n", text);
		exit(2);
	}
	return (uint32_t)value;
}

enum { TAP = 1, SECOND, JOIN, DELAY, RATE, QUEUE, SEED, DROP, DROP_ACKS, MARK, HOLE };

static void read_option(struct path *path, int option)
{
	switch (option) {
	case DELAY:
		path->delay_ns = number(optarg) * NS_PER_US;
		break;
	case RATE:
		path->bits_per_s = number(optarg) * 1000ULL;
		break;
	case QUEUE:
		path->queue_bytes = number(optarg);
		break;
	case SEED:
		path->loss.seed = number(optarg);
		break;
	case DROP:
		path->loss.drop = number(optarg);
		break;
	case DROP_ACKS:
		path->loss.drop_acks = number(optarg);
		break;
	case MARK:
		path->loss.mark = true;
		break;
	case HOLE:
		path->hole = number(optarg);
		break;
	default:
		exit(2);
	}
}

/** Fills in *path and opens both ends; exits where the command line makes no sense. */
static void read_options(struct path *path, int argc, char **argv)
{
	static const struct option options[] = {
		{ "tap", required_argument, NULL, TAP },
		{ "second", required_argument, NULL, SECOND },
		{ "join", required_argument, NULL, JOIN },
		{ "delay-us", required_argument, NULL, DELAY },
		{ "rate-kbit", required_argument, NULL, RATE },
		{ "queue", required_argument, NULL, QUEUE },
		{ "seed", required_argument, NULL, SEED },
		{ "drop", required_argument, NULL, DROP },
		{ "drop-acks", required_argument, NULL, DROP_ACKS },
		{ "mark", no_argument, NULL, MARK },
		{ "hole", required_argument, NULL, HOLE },
		{ NULL, 0, NULL, 0 },
	};
	int option, ends[2] = { -1, -1 };

	path->queue_bytes = 256U << 10;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == TAP)
			ends[0] = open_tap(optarg);
		else if (option == SECOND)
			ends[1] = open_tap(optarg);
		else if (option == JOIN)
			ends[1] = open_packet(optarg);
		else
			read_option(path, option);
	}
	if (ends[0] < 0 || ends[1] < 0) {
		fprintf(stderr,
			"path: needs --tap NAME and one of --second NAME, --join INTERFACE\n");
		exit(2);
	}
	if (path->bits_per_s)
		path->queue_ns = path->queue_bytes * 8ULL * NS_PER_S / path->bits_per_s;
	for (unsigned int i = 0; i < 2; i++) {
		path->ways[i].from = ends[i];
		path->ways[i].to = ends[1 - i];
	}
}

int main(int argc, char **argv)
{
	static const int ours[] = { SIGTERM, SIGINT, SIGUSR1 };
	struct path *path = calloc(1, sizeof(*path));
	sigset_t signals;

	if (!path || !loss_init(&path->loss))
		fail("memory");
	for (unsigned int i = 0; i < 2; i++) {
		path->ways[i].frames = calloc(QUEUE_FRAMES, sizeof(struct under_way));
		if (!path->ways[i].frames)
			fail("memory");
	}
	read_options(path, argc, argv);
	sigemptyset(&signals);
	for (unsigned int i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		sigaddset(&signals, ours[i]);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	/* Wake up when asked to, not when it suits the kernel. */
	prctl(PR_SET_TIMERSLACK, 1UL);
	printf("ready\n");
	fflush(stdout);
	run(path, signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
	for (unsigned int i = 0; i < 2; i++) {
		free(path->ways[i].frames);
		free(path->loss.ways[i].seen);
	}
	free(path);
	return 0;
}
