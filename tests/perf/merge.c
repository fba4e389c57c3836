/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * merge: what it costs to merge the segments of a stream before TCP sees them (DPDK's rte_gro), and
 * to cut them from one large one behind it (rte_gso): cycles for each segment. What the stack saves
 * by having fewer of them is told by the stages of TCP_STREAM and TCP_MAERTS in lastack-bench.
 *
 *   merge [EAL OPTIONS]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_ether.h>
#include <rte_gro.h>
#include <rte_gso.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_tcp.h>

#define FRAMES 32U        /* of a burst */
#define TEXT 1448U        /* of a segment */
#define SEGMENTS_MOST 44U /* of one packet of IPv4 */
#define HEADERS \
	(sizeof(struct rte_ether_hdr) + sizeof(struct rte_ipv4_hdr) + sizeof(struct rte_tcp_hdr))
#define ROUNDS 10001U
#define BUFFERS 8191U

static struct rte_mempool *buffers;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "merge: %s\n", what);
	exit(EXIT_FAILURE);
}

static int compare(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

/* The middle of all rounds: what interrupted some of them does not count. */
static double middle(uint64_t *cycles)
{
	qsort(cycles, ROUNDS, sizeof(*cycles), compare);
	return (double)cycles[ROUNDS / 2];
}

/* A segment of the flow; its text is not written, since nobody reads it. */
static struct rte_mbuf *make_frame(uint32_t flow, uint32_t seq, uint16_t id)
{
	struct rte_mbuf *mbuf = rte_pktmbuf_alloc(buffers);
	struct rte_ether_hdr *ether;
	struct rte_ipv4_hdr *ip;
	struct rte_tcp_hdr *tcp;

	if (mbuf == NULL)
		die("no more buffers");
	ether = (struct rte_ether_hdr *)(void *)rte_pktmbuf_append(mbuf, HEADERS + TEXT);
	memset(ether, 0, HEADERS);
	ether->ether_type = rte_cpu_to_be_16(RTE_ETHER_TYPE_IPV4);
	ip = (struct rte_ipv4_hdr *)(ether + 1);
	ip->version_ihl = RTE_IPV4_VHL_DEF;
	ip->total_length = rte_cpu_to_be_16(sizeof(*ip) + sizeof(*tcp) + TEXT);
	ip->packet_id = rte_cpu_to_be_16(id);
	ip->time_to_live = 64;
	ip->next_proto_id = IPPROTO_TCP;
	ip->src_addr = rte_cpu_to_be_32(RTE_IPV4(198, 18, 0, 2));
	ip->dst_addr = rte_cpu_to_be_32(RTE_IPV4(198, 18, 0, 1));
	tcp = (struct rte_tcp_hdr *)(ip + 1);
	tcp->src_port = rte_cpu_to_be_16((uint16_t)(1024 + flow));
	tcp->sent_seq = rte_cpu_to_be_32(seq);
	tcp->data_off = sizeof(*tcp) / 4 << 4;
	tcp->tcp_flags = RTE_TCP_ACK_FLAG;
	mbuf->packet_type = RTE_PTYPE_L2_ETHER | RTE_PTYPE_L3_IPV4 | RTE_PTYPE_L4_TCP;
	mbuf->l2_len = sizeof(*ether);
	mbuf->l3_len = sizeof(*ip);
	mbuf->l4_len = sizeof(*tcp);
	return mbuf;
}

static void free_burst(struct rte_mbuf **mbufs, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		rte_pktmbuf_free(mbufs[i]);
}

/* A burst in which so many flows take turns. */
static void measure_gro(unsigned int flows)
{
	static uint64_t cycles[ROUNDS];
	const struct rte_gro_param param = {
		.gro_types = RTE_GRO_TCP_IPV4,
		.max_flow_num = FRAMES,
		.max_item_per_flow = FRAMES,
	};
	struct rte_mbuf *burst[FRAMES];
	uint16_t left = 0;

	for (unsigned int round = 0; round < ROUNDS; round++) {
		uint64_t begun;

		for (unsigned int i = 0; i < FRAMES; i++)
			burst[i] = make_frame(i % flows, i / flows * TEXT, (uint16_t)(i / flows));
		begun = rte_rdtsc_precise();
		left = rte_gro_reassemble_burst(burst, FRAMES, &param);
		cycles[round] = rte_rdtsc_precise() - begun;
		free_burst(burst, left);
	}
	printf("gro  %2u segments of %2u flows  to %2u packets  %6.1f cycles a segment\n", FRAMES,
	       flows, left, middle(cycles) / FRAMES);
}

/* One packet with the text of so many segments, as a send queue has it. */
static struct rte_mbuf *make_large(unsigned int segments)
{
	struct rte_mbuf *large = make_frame(0, 0, 0), *last = large;

	for (unsigned int i = 1; i < segments; i++) {
		struct rte_mbuf *next = rte_pktmbuf_alloc(buffers);

		if (next == NULL || rte_pktmbuf_append(next, TEXT) == NULL)
			die("no more buffers");
		last->next = next;
		last = next;
		large->nb_segs++;
		large->pkt_len += TEXT;
	}
	large->ol_flags = RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_IPV4;
	return large;
}

static void measure_gso(unsigned int segments)
{
	static uint64_t cycles[ROUNDS];
	const struct rte_gso_ctx ctx = {
		.direct_pool = buffers,
		.indirect_pool = buffers,
		.gso_types = RTE_ETH_TX_OFFLOAD_TCP_TSO,
		.gso_size = HEADERS + TEXT,
	};
	struct rte_mbuf *out[SEGMENTS_MOST];

	for (unsigned int round = 0; round < ROUNDS; round++) {
		struct rte_mbuf *large = make_large(segments);
		uint64_t begun = rte_rdtsc_precise();
		int made = rte_gso_segment(large, &ctx, out, SEGMENTS_MOST);

		rte_pktmbuf_free(large); /* the segments have references to it */
		cycles[round] = rte_rdtsc_precise() - begun;
		if (made != (int)segments)
			die("rte_gso does not make the segments that were expected");
		free_burst(out, segments);
	}
	printf("gso  %2u segments of one packet  %6.1f cycles a segment\n", segments,
	       middle(cycles) / segments);
}

int main(int argc, char **argv)
{
	if (rte_eal_init(argc, argv) < 0)
		return EXIT_FAILURE;
	buffers = rte_pktmbuf_pool_create("merge", BUFFERS, 256, 0, RTE_MBUF_DEFAULT_BUF_SIZE,
					  SOCKET_ID_ANY);
	if (buffers == NULL)
		die("no memory for the buffers");
	for (unsigned int flows = 1; flows <= FRAMES; flows *= 4)
		measure_gro(flows);
	measure_gro(FRAMES);
	measure_gso(2);
	measure_gso(SEGMENTS_MOST);
	rte_mempool_free(buffers);
	rte_eal_cleanup();
	return EXIT_SUCCESS;
}
