/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * flood: TCP segments by the million, from sources that are not there.
 *
 * Writes Ethernet frames to an interface, as fast as told: each a TCP segment without text to one
 * address, with its flags, from an address and port and with numbers drawn from the seed.
 *
 * flood --interface NAME --to MAC --from MAC --destination IP --port N --flags N --count N --rate N
 *       [--source IP --prefix N] [--source-port N] [--seed N]
 *
 * A source address is drawn from source/prefix, a port from 1 to 65535 unless it is given. --flags
 * is the octet of the TCP header. SYNs carry the options of a modern kernel. --rate is in segments
 * a second. It ends when all were sent and says how many the interface did not take, and how long
 * it took.
 */
#include <errno.h>
#include <getopt.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <arpa/inet.h>

#define ETHERNET_SIZE 14U
#define IPV4_SIZE 20U
#define TCP_SIZE 20U
#define OPTIONS_SIZE 20U
#define FRAME_SIZE (ETHERNET_SIZE + IPV4_SIZE + TCP_SIZE + OPTIONS_SIZE)
#define FLAG_SYN 2U
#define BATCH 64U
#define NS_PER_S 1000000000ULL

struct flood {
	int fd;
	uint64_t random;
	uint8_t to[6], from[6];
	uint32_t source, destination; /**< host order */
	uint32_t spread;              /**< so many addresses from source on */
	uint16_t source_port, port;   /**< source_port 0: drawn */
	uint8_t flags;
	uint64_t count, rate, refused;
};

static void fail(const char *what)
{
	fprintf(stderr, "flood: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* xorshift64*, as in relay.c. */
static uint32_t draw(struct flood *flood)
{
	flood->random ^= flood->random >> 12;
	flood->random ^= flood->random << 25;
	flood->random ^= flood->random >> 27;
	return (uint32_t)((flood->random * 0x2545f4914f6cdd1dULL) >> 32);
}

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value);
}

static uint32_t sum_of(const uint8_t *bytes, uint32_t size, uint32_t sum)
{
	for (uint32_t i = 0; i < size; i += 2)
		sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
	return sum;
}

static uint32_t folded(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return ~((sum & 0xffff) + (sum >> 16)) & 0xffff;
}

static void make_ip(uint8_t *ip, uint32_t total, uint32_t source, uint32_t destination)
{
	memset(ip, 0, IPV4_SIZE);
	ip[0] = 0x45;
	put16(ip + 2, total);
	put16(ip + 6, 0x4000);
	ip[8] = 64;
	ip[9] = IPPROTO_TCP;
	put32(ip + 12, source);
	put32(ip + 16, destination);
	put16(ip + 10, folded(sum_of(ip, IPV4_SIZE, 0)));
}

/* One frame. Returns its size. */
static uint32_t make(struct flood *flood, uint8_t *frame)
{
	/* MSS 1460, SACK permitted, timestamps, window scale 7. */
	static const uint8_t options[OPTIONS_SIZE] = { 2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0,
						       1, 0, 0, 0,    0, 0, 1, 3,  3, 7 };
	uint8_t *ip = frame + ETHERNET_SIZE, *tcp = ip + IPV4_SIZE;
	uint32_t header = TCP_SIZE + (flood->flags & FLAG_SYN ? OPTIONS_SIZE : 0);
	uint32_t source = flood->source + draw(flood) % flood->spread, port = flood->source_port;

	memcpy(frame, flood->to, 6);
	memcpy(frame + 6, flood->from, 6);
	put16(frame + 12, ETH_P_IP);
	make_ip(ip, IPV4_SIZE + header, source, flood->destination);
	memset(tcp, 0, TCP_SIZE);
	put16(tcp, port ? port : 1 + draw(flood) % 65535);
	put16(tcp + 2, flood->port);
	put32(tcp + 4, draw(flood));
	put32(tcp + 8, flood->flags == FLAG_SYN ? 0 : draw(flood));
	tcp[12] = (uint8_t)(header / 4 << 4);
	tcp[13] = flood->flags;
	put16(tcp + 14, 64240);
	if (flood->flags & FLAG_SYN)
		memcpy(tcp + TCP_SIZE, options, OPTIONS_SIZE);
	put16(tcp + 16, folded(sum_of(tcp, header, sum_of(ip + 12, 8, IPPROTO_TCP + header))));
	return ETHERNET_SIZE + IPV4_SIZE + header;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

static void send_batch(struct flood *flood, unsigned int count)
{
	uint8_t frames[BATCH][FRAME_SIZE];
	struct iovec parts[BATCH];
	struct mmsghdr messages[BATCH];
	unsigned int sent = 0;

	memset(messages, 0, sizeof(messages));
	for (unsigned int i = 0; i < count; i++) {
		parts[i].iov_base = frames[i];
		parts[i].iov_len = make(flood, frames[i]);
		messages[i].msg_hdr.msg_iov = &parts[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	while (sent < count) {
		int taken = sendmmsg(flood->fd, messages + sent, count - sent, 0);

		if (taken < 0 && errno != ENOBUFS && errno != EAGAIN)
			fail("sendmmsg");
		if (taken < 0) {
			flood->refused++;
			sent++;
		} else {
			sent += (unsigned int)taken;
		}
	}
}

/* Sleeps as long as it is ahead of its rate. */
static void run(struct flood *flood)
{
	uint64_t begin = now_ns();

	for (uint64_t sent = 0; sent < flood->count;) {
		uint64_t left = flood->count - sent;
		uint64_t due = begin + sent * NS_PER_S / flood->rate, now = now_ns();

		if (due > now) {
			struct timespec pause = { .tv_nsec = (long)((due - now) % NS_PER_S) };

			nanosleep(&pause, NULL);
			continue;
		}
		send_batch(flood, left < BATCH ? (unsigned int)left : BATCH);
		sent += left < BATCH ? left : BATCH;
	}
	printf("sent=%llu refused=%llu ms=%llu\n", (unsigned long long)flood->count,
	       (unsigned long long)flood->refused,
	       (unsigned long long)((now_ns() - begin) / 1000000U));
}

static int open_interface(const char *name)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET };
	int room = 1 << 20, fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0)
		fail("AF_PACKET");
	address.sll_ifindex = (int)if_nametoindex(name);
	if (address.sll_ifindex == 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)) < 0)
		fail(name);
	return fd;
}

static uint64_t number(const char *text)
{
	char *end;
	unsigned long long value = strtoull(text, &end, 0);

	if (*end != '\0' || end == text) {
		fprintf(stderr, "flood: %s is not a number\n", text);
		exit(2);
	}
	return value;
}

static uint32_t ip_of(const char *text)
{
	struct in_addr address;

	if (inet_pton(AF_INET, text, &address) != 1) {
		fprintf(stderr, "flood: %s is not an address\n", text);
		exit(2);
	}
	return ntohl(address.s_addr);
}

static void mac_of(const char *text, uint8_t *mac)
{
	if (sscanf(text, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", mac, mac + 1, mac + 2, mac + 3, mac + 4,
		   mac + 5) != 6) {
		fprintf(stderr, "flood: %s is not a MAC address\n", text);
		exit(2);
	}
}

enum {
	INTERFACE = 1,
	TO,
	FROM,
	DESTINATION,
	PORT,
	FLAGS,
	COUNT,
	RATE,
	SOURCE,
	PREFIX,
	SPORT,
	SEED
};

static void read_option(struct flood *flood, int option)
{
	switch (option) {
	case INTERFACE:
		flood->fd = open_interface(optarg);
		break;
	case TO:
		mac_of(optarg, flood->to);
		break;
	case FROM:
		mac_of(optarg, flood->from);
		break;
	case DESTINATION:
		flood->destination = ip_of(optarg);
		break;
	case PORT:
		flood->port = (uint16_t)number(optarg);
		break;
	case FLAGS:
		flood->flags = (uint8_t)number(optarg);
		break;
	case COUNT:
		flood->count = number(optarg);
		break;
	case RATE:
		flood->rate = number(optarg);
		break;
	case SOURCE:
		flood->source = ip_of(optarg);
		break;
	case PREFIX:
		flood->spread = 1U << (32U - number(optarg));
		break;
	case SPORT:
		flood->source_port = (uint16_t)number(optarg);
		break;
	case SEED:
		flood->random = 0x9e3779b97f4a7c15ULL * (number(optarg) + 1U);
		break;
	default:
		exit(2);
	}
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "interface", required_argument, NULL, INTERFACE },
		{ "to", required_argument, NULL, TO },
		{ "from", required_argument, NULL, FROM },
		{ "destination", required_argument, NULL, DESTINATION },
		{ "port", required_argument, NULL, PORT },
		{ "flags", required_argument, NULL, FLAGS },
		{ "count", required_argument, NULL, COUNT },
		{ "rate", required_argument, NULL, RATE },
		{ "source", required_argument, NULL, SOURCE },
		{ "prefix", required_argument, NULL, PREFIX },
		{ "source-port", required_argument, NULL, SPORT },
		{ "seed", required_argument, NULL, SEED },
		{ NULL, 0, NULL, 0 },
	};
	struct flood flood = { .fd = -1, .random = 1, .source = 0xc6130000, .spread = 1U << 16 };
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		read_option(&flood, option);
	if (flood.fd < 0 || !flood.destination || !flood.port || !flood.rate) {
		fprintf(stderr, "flood: needs --interface, --destination, --port and --rate\n");
		return 2;
	}
	run(&flood);
	close(flood.fd);
	return 0;
}
