/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernel: the Linux kernel's TCP in the tests of lastack-bench: one thread, one epoll, no work of
 * its own. Run twice, as server and as client, each prints what it did and its processor time.
 *
 *   kernel server ADDRESS PORT TEST REQUEST RESPONSE            until SIGTERM
 *   kernel client ADDRESS PORT TEST REQUEST RESPONSE CONNECTIONS SECONDS
 *
 * TEST is TCP_CRR (the client closes first), TCP_RR, TCP_STREAM. The last line on stdout is
 * `done N cpu_ns N`: connections, requests, or KiB that the server received. The client says
 * `measuring` when its connections stand; a server counts from SIGUSR1 on.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define EVENTS 256
#define DESCRIPTORS 65536
#define TEXT_BYTES 65536
#define FINISH_NS 1000000000U

enum test { CRR, RR, STREAM };

struct kernel {
	bool server;
	struct sockaddr_in address;
	enum test test;
	size_t request, response;
	int connections;
	double seconds;
	int epoll, listener;
	int open;    /* connections of the client */
	bool ending; /* what is under way is finished, nothing new is begun */
	uint64_t done, bytes;
	/* Of each descriptor: bytes of the present request or response that came. */
	uint32_t received[DESCRIPTORS];
};

/* DEVIATION: mutable state at file scope: a signal handler can reach nothing else. */
static volatile sig_atomic_t stopped, began;

static void on_stop(int number)
{
	(void)number;
	stopped = 1;
}

static void on_begin(int number)
{
	(void)number;
	began = 1;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static uint64_t now_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static void watch(struct kernel *kernel, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.fd = fd };

	if (fd >= DESCRIPTORS || epoll_ctl(kernel->epoll, EPOLL_CTL_ADD, fd, &event) != 0)
		die("epoll_ctl");
	kernel->received[fd] = 0;
}

static void no_delay(int fd)
{
	const int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

static void send_text(int fd, size_t size)
{
	static const char text[TEXT_BYTES];

	if (send(fd, text, size, MSG_NOSIGNAL) < 0 && errno != EAGAIN && errno != EPIPE &&
	    errno != ECONNRESET)
		die("send");
}

/* ---- server ---------------------------------------------------------------------------------- */

static void accept_all(struct kernel *kernel)
{
	int fd;

	while ((fd = accept4(kernel->listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
		no_delay(fd);
		watch(kernel, fd, EPOLLIN);
	}
}

static void serve(struct kernel *kernel, int fd)
{
	static char text[TEXT_BYTES];
	ssize_t got = recv(fd, text, sizeof(text), 0);

	if (got <= 0) {
		if (got < 0 && errno == EAGAIN)
			return;
		close(fd);
		kernel->done += kernel->test == CRR;
		return;
	}
	kernel->bytes += (size_t)got;
	kernel->received[fd] += (uint32_t)got;
	while (kernel->test != STREAM && kernel->received[fd] >= kernel->request) {
		kernel->received[fd] -= (uint32_t)kernel->request;
		kernel->done += kernel->test == RR;
		send_text(fd, kernel->response);
	}
}

static void run_server(struct kernel *kernel)
{
	const int one = 1;
	struct epoll_event events[EVENTS];
	uint64_t cpu = 0;
	bool counting = false;

	kernel->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	setsockopt(kernel->listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(kernel->listener, (struct sockaddr *)&kernel->address, sizeof(kernel->address)) !=
		    0 ||
	    listen(kernel->listener, 4096) != 0)
		die("listen");
	watch(kernel, kernel->listener, EPOLLIN);
	printf("ready\n");
	fflush(stdout);
	while (!stopped) {
		int count = epoll_wait(kernel->epoll, events, EVENTS, -1);

		if (began && !counting) {
			counting = true;
			cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID);
			kernel->done = kernel->bytes = 0;
		}
		for (int i = 0; i < count; i++) {
			if (events[i].data.fd == kernel->listener)
				accept_all(kernel);
			else
				serve(kernel, events[i].data.fd);
		}
	}
	cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	printf("done %llu cpu_ns %llu\n",
	       (unsigned long long)(kernel->test == STREAM ? kernel->bytes / 1024 : kernel->done),
	       (unsigned long long)cpu);
}

/* ---- client ---------------------------------------------------------------------------------- */

static void open_one(struct kernel *kernel)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	if (fd < 0)
		die("socket");
	no_delay(fd);
	if (connect(fd, (struct sockaddr *)&kernel->address, sizeof(kernel->address)) != 0 &&
	    errno != EINPROGRESS)
		die("connect");
	kernel->open++;
	/* Writable once it is established; then the request leaves. */
	watch(kernel, fd, EPOLLOUT);
}

static void close_one(struct kernel *kernel, int fd)
{
	close(fd);
	kernel->open--;
}

static void established(struct kernel *kernel, int fd)
{
	struct epoll_event event = { .events = kernel->test == STREAM ? EPOLLOUT : EPOLLIN,
				     .data.fd = fd };
	static const char text[TEXT_BYTES];

	if (kernel->test == STREAM) {
		while (send(fd, text, sizeof(text), MSG_NOSIGNAL) > 0)
			;
		return;
	}
	epoll_ctl(kernel->epoll, EPOLL_CTL_MOD, fd, &event);
	send_text(fd, kernel->request);
}

static void take_response(struct kernel *kernel, int fd)
{
	static char text[TEXT_BYTES];
	ssize_t got = recv(fd, text, sizeof(text), 0);

	if (got < 0 && errno == EAGAIN)
		return;
	if (got <= 0) {
		fprintf(stderr, "kernel: a connection was lost\n");
		exit(1);
	}
	kernel->received[fd] += (uint32_t)got;
	if (kernel->received[fd] < kernel->response)
		return;
	kernel->received[fd] = 0;
	kernel->done++;
	if (kernel->test == CRR || kernel->ending)
		close_one(kernel, fd);
	if (kernel->ending)
		return;
	if (kernel->test == CRR)
		open_one(kernel);
	else
		send_text(fd, kernel->request);
}

static void take_events(struct kernel *kernel)
{
	struct epoll_event events[EVENTS];
	int count = epoll_wait(kernel->epoll, events, EVENTS, 100);

	for (int i = 0; i < count; i++) {
		if ((events[i].events & EPOLLOUT) != 0)
			established(kernel, events[i].data.fd);
		else
			take_response(kernel, events[i].data.fd);
	}
}

/* A response that comes when its socket is gone would be answered with a RST. */
static void finish(struct kernel *kernel)
{
	uint64_t end = now_ns(CLOCK_MONOTONIC) + FINISH_NS;

	kernel->ending = true;
	while (kernel->test != STREAM && kernel->open > 0 && now_ns(CLOCK_MONOTONIC) < end)
		take_events(kernel);
}

static void run_client(struct kernel *kernel)
{
	uint64_t cpu = 0, done = 0, warm = now_ns(CLOCK_MONOTONIC) + 500000000U;
	uint64_t end = warm + (uint64_t)(kernel->seconds * 1e9);
	bool counting = false;

	for (int i = 0; i < kernel->connections; i++)
		open_one(kernel);
	while (now_ns(CLOCK_MONOTONIC) < end) {
		if (!counting && now_ns(CLOCK_MONOTONIC) >= warm) {
			counting = true;
			printf("measuring\n");
			fflush(stdout);
			cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID);
			done = kernel->done;
		}
		take_events(kernel);
	}
	cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	done = kernel->done - done;
	finish(kernel);
	printf("done %llu cpu_ns %llu\n", (unsigned long long)done, (unsigned long long)cpu);
}

static void parse(struct kernel *kernel, int argc, char **argv)
{
	if (argc < 7 || (strcmp(argv[1], "client") == 0 && argc != 9)) {
		fprintf(stderr, "kernel: see the top of tests/perf/kernel.c\n");
		exit(2);
	}
	kernel->server = strcmp(argv[1], "server") == 0;
	kernel->address = (struct sockaddr_in){ .sin_family = AF_INET,
						.sin_port = htons((uint16_t)atoi(argv[3])) };
	inet_pton(AF_INET, argv[2], &kernel->address.sin_addr);
	kernel->test = strcmp(argv[4], "TCP_CRR") == 0  ? CRR
		       : strcmp(argv[4], "TCP_RR") == 0 ? RR
							: STREAM;
	kernel->request = (size_t)atoi(argv[5]);
	kernel->response = (size_t)atoi(argv[6]);
	if (argc == 9) {
		kernel->connections = atoi(argv[7]);
		kernel->seconds = atof(argv[8]);
	}
}

int main(int argc, char **argv)
{
	const struct sigaction stop = { .sa_handler = on_stop }, begin = { .sa_handler = on_begin };
	struct kernel *kernel = calloc(1, sizeof(*kernel));

	if (kernel == NULL)
		return 1;
	parse(kernel, argc, argv);
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGUSR1, &begin, NULL);
	kernel->epoll = epoll_create1(0);
	if (kernel->server)
		run_server(kernel);
	else
		run_client(kernel);
	free(kernel);
	return 0;
}
