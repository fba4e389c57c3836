/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * egress.c: what leaves: headers, checksums, one buffer or many, and buffers that are not ours.
 */
#include "lab.h"

#include "base/mbufs.h"

/* A frame with a TCP segment of ours: all of it, by sums of our own. */
static void assert_segment(const struct bytes *frame, const uint8_t mac[6], uint32_t remote,
			   const struct bytes *segment)
{
	const uint8_t *ip = frame->at + 14;

	assert_int_equal(frame->size, 34 + segment->size);
	assert_mac(frame->at, mac);
	assert_mac(frame->at + 6, our_mac);
	assert_int_equal(get_16(frame->at + 12), 0x0800);
	assert_int_equal(ip[0], 0x45);
	assert_int_equal(get_16(ip + 2), 20 + segment->size);
	assert_int_equal(ip[9], 6);
	assert_int_equal(get_32(ip + 12), OURS);
	assert_int_equal(get_32(ip + 16), remote);
	assert_int_equal(reference_checksum(ip, 20, 0), 0);
	assert_int_equal(reference_transport(OURS, remote, 6, ip + 20, segment->size), 0);
	assert_memory_equal(ip + 20, segment->at, 16);
	assert_memory_equal(ip + 38, segment->at + 18, segment->size - 18);
}

static struct bytes our_segment(uint32_t text)
{
	struct ip_fields ip = { .src = OURS, .dst = PEER };
	struct bytes segment = segment_tcp(&ip, text);

	put_16(segment.at + 16, 0);
	return segment;
}

static enum verdict send_mbuf(struct lab *lab, struct rte_mbuf *mbuf)
{
	struct egress_to to = lab_to(PEER);
	enum verdict verdict = egress_send(&lab->net, mbuf, &to);

	net_flush(&lab->net);
	return verdict;
}

static void a_segment_gets_its_headers(void **state)
{
	struct lab *lab = *state;
	struct egress_to to = lab_to(PEER);

	lab_know_peer(lab);
	for (uint32_t text = 0; text < 40; text++) {
		struct bytes segment = our_segment(text);

		to.ttl = (uint8_t)(100 + text);
		to.tos = (uint8_t)text;
		to.dont_fragment = text % 2 == 0;
		assert_int_equal(egress_send(&lab->net, lab_mbuf(&segment), &to), VERDICT_CONTINUE);
		net_flush(&lab->net);
		assert_segment(lab_sent(lab, text), peer_mac, PEER, &segment);
		assert_int_equal(lab_sent(lab, text)->at[15], to.tos);
		assert_int_equal(lab_sent(lab, text)->at[22], to.ttl);
		assert_int_equal(get_16(lab_sent(lab, text)->at + 20),
				 to.dont_fragment ? 0x4000 : 0);
		if (to.dont_fragment)
			assert_int_equal(get_16(lab_sent(lab, text)->at + 18), 0);
	}
	assert_int_equal(lab_missing(lab), 0);
}

static void a_chain_leaves_as_it_is(void **state)
{
	struct lab *lab = *state;
	struct bytes segment = our_segment(1000);

	lab_know_peer(lab);
	send_mbuf(lab, lab_chain(&segment, 333));
	assert_segment(lab_sent(lab, 0), peer_mac, PEER, &segment);
	assert_int_equal(lab->ports[0].last_segments, 4);
}

static void a_chain_is_joined_where_the_port_takes_none(void **state)
{
	static const uint32_t sizes[] = { 20, 333, 1019 };
	struct lab *lab = *state;
	struct bytes segment = our_segment(1000);

	lab_know_peer(lab);
	lab->ports[0].port.flags = 0;
	for (unsigned int i = 0; i < COUNT_OF(sizes); i++) {
		send_mbuf(lab, lab_chain(&segment, sizes[i]));
		assert_segment(lab_sent(lab, i), peer_mac, PEER, &segment);
		assert_int_equal(lab->ports[0].last_segments, 1);
	}
	assert_int_equal(lab_missing(lab), 0);
}

/* The first buffer has no tailroom for the rest: a new one is taken. */
static void a_chain_is_copied_where_it_cannot_be_joined(void **state)
{
	struct lab *lab = *state;
	struct bytes segment = our_segment(1400), head = { .size = 20 }, tail = { .size = 1400 };
	struct rte_mbuf *mbuf;

	lab_know_peer(lab);
	lab->ports[0].port.flags = 0;
	memcpy(head.at, segment.at, 20);
	memcpy(tail.at, segment.at + 20, 1400);
	mbuf = lab_mbuf(&head);
	assert_non_null(rte_pktmbuf_prepend(mbuf, 20));
	mbuf->data_off += 1900; /* data at the end of the room */
	memcpy(rte_pktmbuf_mtod_offset(mbuf, uint8_t *, 20), head.at, 20);
	assert_non_null(rte_pktmbuf_adj(mbuf, 20));
	assert_int_equal(rte_pktmbuf_chain(mbuf, lab_mbuf(&tail)), 0);
	assert_true(rte_pktmbuf_tailroom(mbuf) < 1400);
	send_mbuf(lab, mbuf);
	assert_segment(lab_sent(lab, 0), peer_mac, PEER, &segment);
	assert_int_equal(lab->ports[0].last_segments, 1);
	assert_int_equal(lab_missing(lab), 0);
}

/* Headers go only into what is ours alone; what another holds is left as it was. */
static void a_shared_buffer_is_not_written(void **state)
{
	struct lab *lab = *state;
	struct bytes segment = our_segment(100);
	struct rte_mbuf *held = lab_mbuf(&segment);
	struct rte_mbuf *clone = rte_pktmbuf_clone(held, lab->env.mbufs);

	lab_know_peer(lab);
	rte_mbuf_refcnt_update(held, 1);
	send_mbuf(lab, held);
	assert_int_equal(held->pkt_len, segment.size);
	assert_memory_equal(rte_pktmbuf_mtod(held, uint8_t *), segment.at, segment.size);
	send_mbuf(lab, clone);
	assert_memory_equal(rte_pktmbuf_mtod(held, uint8_t *), segment.at, segment.size);
	send_mbuf(lab, mbufs_exact(lab->env.mbufs, segment.at, segment.size));
	for (unsigned int i = 0; i < 3; i++)
		assert_segment(lab_sent(lab, i), peer_mac, PEER, &segment);
	rte_pktmbuf_free(held);
	assert_int_equal(lab_missing(lab), 0);
}

/* Where buffers end up in another's hands, none goes that somebody else holds too. */
static void shared_text_is_copied_for_a_port_that_hands_over(void **state)
{
	struct lab *lab = *state;
	struct bytes segment = our_segment(100), text = { .size = 100 }, head = { .size = 20 };
	struct rte_mbuf *mbuf, *held;

	lab_know_peer(lab);
	memcpy(head.at, segment.at, 20);
	memcpy(text.at, segment.at + 20, 100);
	held = lab_mbuf(&text);
	for (unsigned int i = 0; i < 2; i++) {
		lab->ports[0].port.flags = LA_PORT_TX_CHAINS | (i == 1 ? LA_PORT_TX_HANDOVER : 0);
		mbuf = lab_mbuf(&head);
		assert_int_equal(rte_pktmbuf_chain(mbuf, rte_pktmbuf_clone(held, lab->env.mbufs)),
				 0);
		send_mbuf(lab, mbuf);
		assert_segment(lab_sent(lab, i), peer_mac, PEER, &segment);
		assert_int_equal(lab->ports[0].last_segments, i == 0 ? 2 : 1);
	}
	rte_pktmbuf_free(held);
}

static void the_port_sums_where_it_can(void **state)
{
	struct lab *lab = *state;
	struct bytes segment = our_segment(101);
	uint32_t pseudo = (OURS >> 16) + (OURS & 0xffff) + (PEER >> 16) + (PEER & 0xffff) + 6 + 121;

	lab_know_peer(lab);
	lab->ports[0].port.flags |= LA_PORT_TX_CHECKSUM;
	send_mbuf(lab, lab_mbuf(&segment));
	assert_int_equal(lab->ports[0].last_flags & RTE_MBUF_F_TX_L4_MASK, RTE_MBUF_F_TX_TCP_CKSUM);
	assert_true((lab->ports[0].last_flags & RTE_MBUF_F_TX_IPV4) != 0);
	/* The field holds the sum of the pseudo header, not inverted. */
	assert_int_equal(get_16(lab_sent(lab, 0)->at + 50),
			 (uint16_t)~reference_checksum(NULL, 0, pseudo));
	assert_int_equal(reference_checksum(lab_sent(lab, 0)->at + 14, 20, 0), 0);
}

static void the_tx_buffer_waits_for_the_port(void **state)
{
	struct lab *lab = *state;
	const unsigned int over = 3;

	lab_know_peer(lab);
	lab->ports[0].room = 0;
	for (unsigned int i = 0; i < TX_BUFFER_FRAMES + over; i++)
		send_mbuf(lab, lab_segment(lab, i % 100));
	assert_drop(lab, DROP_tx_port, over);
	assert_int_equal(lab->ports[0].port.tx_count, TX_BUFFER_FRAMES);
	lab->ports[0].room = 100;
	assert_int_equal(net_flush(&lab->net), 100);
	lab->ports[0].room = UINT32_MAX;
	assert_int_equal(net_flush(&lab->net), TX_BUFFER_FRAMES - 100);
	for (unsigned int i = 0; i < TX_BUFFER_FRAMES; i++)
		assert_int_equal(lab_sent(lab, i)->size, 54 + i % 100);
	assert_int_equal(lab_missing(lab), 0);
}

static void frames_and_bytes_are_counted(void **state)
{
	struct lab *lab = *state;
	const uint64_t *stats = lab->env.counters.stats;
	uint64_t frames, bytes;

	lab_know_peer(lab);
	frames = stats[STAT_tx_frames];
	bytes = stats[STAT_tx_bytes];
	for (unsigned int i = 0; i < 70; i++) {
		struct egress_to to = lab_to(PEER);

		egress_send(&lab->net, lab_segment(lab, i), &to);
	}
	lab->ports[0].room = 40;
	assert_int_equal(net_flush(&lab->net), 40);
	assert_int_equal(stats[STAT_tx_frames] - frames, 40);
	assert_int_equal(stats[STAT_tx_bytes] - bytes, 40 * 54 + 39 * 40 / 2);
}

/* RFC 6864 4.3: no number twice within a round; and none that can be counted on. */
static void identification_is_unique_and_not_a_counter(void **state)
{
	struct lab *lab = *state;
	static bool seen[65536];
	unsigned int steps_of_one = 0;
	uint16_t last = 0;
	struct ip_id id;

	memset(seen, 0, sizeof(seen));
	ip_id_init(&id, &lab->env.random);
	for (unsigned int i = 0; i < 65536; i++) {
		uint16_t number = ip_id_next(&id, &lab->env.random);

		assert_false(seen[number]);
		seen[number] = true;
		steps_of_one += number == (uint16_t)(last + 1);
		last = number;
	}
	assert_in_range(steps_of_one, 0, 100);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, lab_setup, lab_teardown)

int run_egress(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_segment_gets_its_headers),
		CASE(a_chain_leaves_as_it_is),
		CASE(a_chain_is_joined_where_the_port_takes_none),
		CASE(a_chain_is_copied_where_it_cannot_be_joined),
		CASE(a_shared_buffer_is_not_written),
		CASE(shared_text_is_copied_for_a_port_that_hands_over),
		CASE(the_port_sums_where_it_can),
		CASE(the_tx_buffer_waits_for_the_port),
		CASE(frames_and_bytes_are_counted),
		CASE(identification_is_unique_and_not_a_counter),
	};

	return cmocka_run_group_tests_name("egress", tests, NULL, NULL);
}
