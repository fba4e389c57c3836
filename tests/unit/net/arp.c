/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * arp.c: ARP as RFC 826, RFC 1122 2.3.2 and RFC 5227 want it.
 */
#include "lab.h"

static uint64_t stat_of(const struct lab *lab, enum stat stat)
{
	return lab->env.counters.stats[stat];
}

/* Compares a whole ARP frame. */
static void assert_arp(const struct bytes *frame, const uint8_t to[6], uint16_t operation,
		       uint32_t sender, uint32_t target)
{
	assert_int_equal(frame->size, 42);
	assert_mac(frame->at, to);
	assert_mac(frame->at + 6, our_mac);
	assert_int_equal(get_16(frame->at + 12), 0x0806);
	assert_int_equal(get_32(frame->at + 14), 0x00010800);
	assert_int_equal(get_16(frame->at + 18), 0x0604);
	assert_int_equal(get_16(frame->at + 20), operation);
	assert_mac(frame->at + 22, our_mac);
	assert_int_equal(get_32(frame->at + 28), sender);
	assert_int_equal(get_32(frame->at + 38), target);
}

static enum verdict send_to(struct lab *lab, uint32_t remote)
{
	struct egress_to to = lab_to(remote);
	enum verdict verdict = egress_send(&lab->net, lab_segment(lab, 10), &to);

	net_flush(&lab->net);
	return verdict;
}

static void answers_a_request_for_an_own_address(void **state)
{
	struct lab *lab = *state;
	struct bytes request = frame_arp(ARP_REQUEST, peer_mac, PEER, OURS_TOO);

	lab_in(lab, &request);
	assert_int_equal(lab->ports[0].sent_count, 1);
	assert_arp(lab_sent(lab, 0), peer_mac, ARP_REPLY, OURS_TOO, PEER);
	assert_mac(lab_sent(lab, 0)->at + 32, peer_mac);
	assert_int_equal(stat_of(lab, STAT_tx_arp_replies), 1);
	assert_int_equal(lab_drops(lab), 0);
	/* Answering is no reason to remember. */
	assert_int_equal(lab->net.neighbours.entries.in_use, 0);
}

static void answers_a_probe(void **state)
{
	struct lab *lab = *state;
	struct bytes probe = frame_arp(ARP_REQUEST, peer_mac, 0, OURS);

	lab_in(lab, &probe);
	assert_int_equal(lab->ports[0].sent_count, 1);
	assert_arp(lab_sent(lab, 0), peer_mac, ARP_REPLY, OURS, 0);
}

static void does_not_answer_for_the_other_ports_address(void **state)
{
	struct lab *lab = *state;
	struct bytes request = frame_arp(ARP_REQUEST, peer_mac, PEER, OURS_TAGGED);

	lab_in(lab, &request);
	assert_int_equal(lab->ports[0].sent_count, 0);
	assert_drop(lab, DROP_arp_not_ours, 1);
}

static void resolves_and_sends_what_waited_in_order(void **state)
{
	struct lab *lab = *state;
	struct bytes reply = frame_arp(ARP_REPLY, peer_mac, PEER, OURS);

	for (uint32_t i = 0; i < NEIGHBOUR_WAITING_MAX; i++) {
		struct egress_to to = lab_to(PEER);

		assert_int_equal(egress_send(&lab->net, lab_segment(lab, i), &to),
				 VERDICT_CONTINUE);
	}
	net_flush(&lab->net);
	assert_int_equal(lab->ports[0].sent_count, 1);
	assert_arp(lab_sent(lab, 0), everyone_mac, ARP_REQUEST, OURS, PEER);
	assert_int_equal(neighbour_waiting(&lab->net.neighbours), NEIGHBOUR_WAITING_MAX);

	lab_in(lab, &reply);
	assert_int_equal(lab->ports[0].sent_count, 1 + NEIGHBOUR_WAITING_MAX);
	for (uint32_t i = 0; i < NEIGHBOUR_WAITING_MAX; i++) {
		assert_mac(lab_sent(lab, 1 + i)->at, peer_mac);
		assert_int_equal(lab_sent(lab, 1 + i)->size, 14 + 20 + 20 + i);
	}
	assert_int_equal(neighbour_waiting(&lab->net.neighbours), 0);
	assert_int_equal(stat_of(lab, STAT_arp_resolved), 1);
	assert_int_equal(lab_drops(lab), 0);
	assert_int_equal(send_to(lab, PEER), VERDICT_CONTINUE);
	assert_int_equal(lab->ports[0].sent_count, 2 + NEIGHBOUR_WAITING_MAX);
}

static void what_lies_beyond_is_sent_to_the_gateway(void **state)
{
	struct lab *lab = *state;
	struct bytes reply = frame_arp(ARP_REPLY, other_mac, GATEWAY, OURS);

	send_to(lab, FAR);
	assert_arp(lab_sent(lab, 0), everyone_mac, ARP_REQUEST, OURS, GATEWAY);
	lab_in(lab, &reply);
	assert_mac(lab_sent(lab, 1)->at, other_mac);
	assert_int_equal(get_32(lab_sent(lab, 1)->at + 30), FAR);
}

/* The kernel's side of a net_tap has the MAC address of the port itself. */
static void a_neighbour_may_have_our_mac_address(void **state)
{
	struct lab *lab = *state;
	struct bytes request = frame_arp(ARP_REQUEST, our_mac, PEER, OURS);
	struct bytes reply = frame_arp(ARP_REPLY, our_mac, PEER, OURS);

	lab_in(lab, &request);
	assert_arp(lab_sent(lab, 0), our_mac, ARP_REPLY, OURS, PEER);
	send_to(lab, PEER);
	lab_in(lab, &reply);
	assert_int_equal(lab->ports[0].sent_count, 3);
	assert_mac(lab_sent(lab, 2)->at, our_mac);
	assert_int_equal(lab_drops(lab), 0);
}

static void asks_once_a_second_and_gives_up(void **state)
{
	struct lab *lab = *state;

	send_to(lab, PEER);
	send_to(lab, PEER);
	assert_int_equal(lab->ports[0].sent_count, 1);
	for (unsigned int i = 1; i < ARP_RETRIES; i++) {
		uint64_t next = net_next_event_us(&lab->net);

		/* Never late, and early by less than a tick. */
		assert_in_range(next, lab->env.now_us + ARP_INTERVAL_US - WHEEL_TICK_US,
				lab->env.now_us + ARP_INTERVAL_US);
		lab_wait(lab, ARP_INTERVAL_US - 2 * WHEEL_TICK_US);
		assert_int_equal(lab->ports[0].sent_count, i);
		lab_wait(lab, 2 * WHEEL_TICK_US);
		assert_int_equal(lab->ports[0].sent_count, 1 + i);
		assert_arp(lab_sent(lab, i), everyone_mac, ARP_REQUEST, OURS, PEER);
		assert_int_equal(lab_drops(lab), 0);
	}
	lab_wait(lab, ARP_INTERVAL_US);
	assert_drop(lab, DROP_tx_neighbour_timeout, 2);
	assert_int_equal(lab->ports[0].sent_count, ARP_RETRIES);
	assert_int_equal(lab->net.neighbours.entries.in_use, 0);
	assert_int_equal(lab->net.neighbours.incomplete, 0);
	assert_true(net_next_event_us(&lab->net) == UINT64_MAX);
	assert_int_equal(lab_missing(lab), 0);
}

static void asks_by_unicast_before_it_forgets_one_in_use(void **state)
{
	struct lab *lab = *state;
	struct bytes reply = frame_arp(ARP_REPLY, other_mac, PEER, OURS);

	lab_know_peer(lab);
	lab_wait(lab, 60 * SECOND_US);
	assert_int_equal(lab->ports[0].sent_count, 1);
	assert_arp(lab_sent(lab, 0), peer_mac, ARP_REQUEST, OURS, PEER);
	/* Meanwhile it is used. */
	send_to(lab, PEER);
	assert_int_equal(lab->ports[0].sent_count, 2);
	assert_mac(lab_sent(lab, 1)->at, peer_mac);
	/* It answers, from a new MAC address. */
	lab_in(lab, &reply);
	send_to(lab, PEER);
	assert_mac(lab_sent(lab, 2)->at, other_mac);
	/* Used again, it is asked three times, and gone when it does not answer. */
	lab_forget(lab);
	for (unsigned int i = 0; i < 60 + ARP_RETRIES; i++)
		lab_wait(lab, SECOND_US);
	assert_int_equal(lab->ports[0].sent_count, ARP_RETRIES);
	assert_int_equal(lab->net.neighbours.entries.in_use, 0);
	assert_int_equal(lab_drops(lab), 0);
}

static void forgets_one_out_of_use_without_a_word(void **state)
{
	struct lab *lab = *state;
	struct bytes request = frame_arp(ARP_REQUEST, peer_mac, PEER, OURS);

	lab_know_peer(lab);
	lab_in(lab, &request); /* confirmed anew, and not used since */
	lab_forget(lab);
	lab_wait(lab, 60 * SECOND_US);
	assert_int_equal(lab->ports[0].sent_count, 0);
	assert_int_equal(lab->net.neighbours.entries.in_use, 0);
}

static void a_reply_nobody_asked_for_changes_nothing(void **state)
{
	struct lab *lab = *state;
	struct bytes known = frame_arp(ARP_REPLY, other_mac, PEER, OURS);
	struct bytes unknown = frame_arp(ARP_REPLY, other_mac, IP(198, 18, 0, 77), OURS);

	lab_know_peer(lab);
	lab_in(lab, &known);
	lab_in(lab, &unknown);
	assert_drop(lab, DROP_arp_unsolicited, 2);
	assert_int_equal(lab->net.neighbours.entries.in_use, 1);
	send_to(lab, PEER);
	assert_mac(lab_sent(lab, 0)->at, peer_mac);
}

static void an_announcement_updates_but_creates_nothing(void **state)
{
	struct lab *lab = *state;
	struct bytes known = frame_arp(ARP_REQUEST, other_mac, PEER, PEER);
	struct bytes unknown =
		frame_arp(ARP_REQUEST, other_mac, IP(198, 18, 0, 77), IP(198, 18, 0, 77));

	lab_know_peer(lab);
	lab_in(lab, &known);
	assert_int_equal(lab_drops(lab), 0);
	lab_in(lab, &unknown);
	assert_drop(lab, DROP_arp_not_ours, 1);
	assert_int_equal(lab->net.neighbours.entries.in_use, 1);
	send_to(lab, PEER);
	assert_mac(lab_sent(lab, 0)->at, other_mac);
}

static void a_neighbour_is_known_on_its_port_alone(void **state)
{
	struct lab *lab = *state;
	struct bytes reply = frame_arp(ARP_REPLY, other_mac, PEER, OURS);
	struct bytes tagged = frame_eth(0x8100);

	send_to(lab, PEER);
	put_16(tagged.at + 14, TAG);
	put_16(tagged.at + 16, 0x0806);
	tagged.size = 18;
	memcpy(tagged.at + 6, other_mac, 6);
	frame_append(&tagged, reply.at + 14, 28);
	lab_in_by(lab, 1, &tagged);
	assert_drop(lab, DROP_arp_unsolicited, 1);
	assert_int_equal(neighbour_waiting(&lab->net.neighbours), 1);
}

static void defends_its_address_at_most_every_ten_seconds(void **state)
{
	struct lab *lab = *state;
	struct bytes claim = frame_arp(ARP_REQUEST, other_mac, OURS, OURS);

	lab_in(lab, &claim);
	lab_in(lab, &claim);
	assert_int_equal(lab->ports[0].sent_count, 1);
	assert_arp(lab_sent(lab, 0), everyone_mac, ARP_REQUEST, OURS, OURS);
	lab_wait(lab, ARP_DEFEND_INTERVAL_US - 1);
	lab_in(lab, &claim);
	assert_int_equal(lab->ports[0].sent_count, 1);
	lab_wait(lab, 1);
	lab_in(lab, &claim);
	assert_int_equal(lab->ports[0].sent_count, 2);
	assert_drop(lab, DROP_arp_conflict, 4);
	assert_int_equal(stat_of(lab, STAT_arp_conflicts), 4);
}

/* The setup saw how many; here is what and when. */
static void announces_a_new_address_twice(void **state)
{
	struct lab *lab = *state;
	struct la_addr addr = la_addr_from_ipv4(IP(198, 18, 0, 3));
	struct la_error err;

	assert_int_equal(net_address_add(&lab->net, 0, &addr, 24, &err), 0);
	assert_true(net_next_event_us(&lab->net) == lab->env.now_us);
	lab_wait(lab, 0);
	assert_int_equal(lab->ports[0].sent_count, 1);
	assert_true(net_next_event_us(&lab->net) == lab->env.now_us + 2 * SECOND_US);
	lab_wait(lab, 2 * SECOND_US - 1);
	assert_int_equal(lab->ports[0].sent_count, 1);
	lab_wait(lab, 1);
	assert_int_equal(lab->ports[0].sent_count, 2);
	for (unsigned int i = 0; i < 2; i++)
		assert_arp(lab_sent(lab, i), everyone_mac, ARP_REQUEST, IP(198, 18, 0, 3),
			   IP(198, 18, 0, 3));
	lab_wait(lab, 60 * SECOND_US);
	assert_int_equal(lab->ports[0].sent_count, 2);
}

/* A packet that waits holds a buffer; the few that are left are for neighbours that are known. */
static void nothing_waits_when_packet_buffers_are_scarce(void **state)
{
	struct lab *lab = *state;
	struct egress_to to = lab_to(PEER);

	share_count(&lab->env.share, 1024, 1024 / SHARE_SCARCE - 1);
	assert_int_equal(egress_send(&lab->net, lab_segment(lab, 0), &to), DROP_tx_neighbour_full);
	assert_int_equal(neighbour_waiting(&lab->net.neighbours), 0);
	share_count(&lab->env.share, 1024, 1024 / SHARE_SCARCE);
	assert_int_equal(egress_send(&lab->net, lab_segment(lab, 0), &to), VERDICT_CONTINUE);
	assert_int_equal(neighbour_waiting(&lab->net.neighbours), 1);
	assert_drop(lab, DROP_tx_neighbour_full, 1);
}

/* Many unanswered neighbours may take half of the table, and evict none that is in use. */
static void a_flood_of_unknown_neighbours_is_bounded(void **state)
{
	struct lab *lab = *state;
	unsigned int refused = 0;

	lab_know_peer(lab);
	for (unsigned int i = 0; i < 3 * LAB_NEIGHBOURS; i++) {
		struct egress_to to = lab_to(IP(198, 18, 0, 100) + i);

		refused +=
			egress_send(&lab->net, lab_segment(lab, 0), &to) == DROP_tx_neighbour_full;
	}
	assert_int_equal(refused, 3 * LAB_NEIGHBOURS - LAB_NEIGHBOURS / 2);
	assert_drop(lab, DROP_tx_neighbour_full, refused);
	assert_int_equal(lab->net.neighbours.entries.in_use, 1 + LAB_NEIGHBOURS / 2);
	net_flush(&lab->net);
	lab_forget(lab);
	send_to(lab, PEER);
	assert_mac(lab_sent(lab, 0)->at, peer_mac);
	for (unsigned int i = 0; i < ARP_RETRIES; i++)
		lab_wait(lab, ARP_INTERVAL_US);
	assert_int_equal(lab->net.neighbours.entries.in_use, 1);
	assert_int_equal(lab_missing(lab), 0);
}

static void floods_of_requests_and_replies_create_nothing(void **state)
{
	struct lab *lab = *state;

	for (unsigned int i = 0; i < 10000; i++) {
		struct bytes request =
			frame_arp(ARP_REQUEST, other_mac, IP(198, 18, 0, 10) + i % 200, OURS);
		struct bytes reply =
			frame_arp(ARP_REPLY, other_mac, IP(198, 18, 0, 10) + i % 200, OURS);

		lab_in(lab, i % 2 == 0 ? &request : &reply);
		lab_forget(lab);
	}
	assert_int_equal(lab->net.neighbours.entries.in_use, 0);
	assert_drop(lab, DROP_arp_unsolicited, 5000);
	assert_int_equal(lab_missing(lab), 0);
}

static void a_full_table_forgets_the_least_recently_used(void **state)
{
	struct lab *lab = *state;
	uint32_t first = IP(198, 18, 0, 100);

	for (unsigned int i = 0; i < LAB_NEIGHBOURS; i++) {
		struct bytes reply = frame_arp(ARP_REPLY, other_mac, first + i, OURS);

		send_to(lab, first + i);
		lab_in(lab, &reply);
		lab_wait(lab, 1000);
	}
	/* All but the fourth are used again. */
	for (unsigned int i = 0; i < LAB_NEIGHBOURS; i++) {
		if (i != 3)
			send_to(lab, first + i);
	}
	send_to(lab, PEER);
	assert_int_equal(lab->net.neighbours.entries.in_use, LAB_NEIGHBOURS);
	lab_forget(lab);
	send_to(lab, first);
	assert_mac(lab_sent(lab, 0)->at, other_mac);
	send_to(lab, first + 3);
	assert_arp(lab_sent(lab, 1), everyone_mac, ARP_REQUEST, OURS, first + 3);
	assert_int_equal(lab_drops(lab), 0);
}

static void a_tagged_port_tags_and_untags(void **state)
{
	struct lab *lab = *state;
	struct egress_to to = lab_to(PEER_TAGGED);
	const struct bytes *sent = lab->ports[1].sent;

	to.local_index = 2;
	assert_int_equal(egress_send(&lab->net, lab_segment(lab, 0), &to), VERDICT_CONTINUE);
	net_flush(&lab->net);
	assert_int_equal(lab->ports[1].sent_count, 1);
	assert_int_equal(sent->size, 46);
	assert_int_equal(get_32(sent->at + 12), 0x81000000 | TAG);
	assert_int_equal(get_16(sent->at + 16), 0x0806);
	assert_int_equal(get_32(sent->at + 32), OURS_TAGGED);
	assert_int_equal(get_32(sent->at + 42), PEER_TAGGED);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, lab_setup, lab_teardown)

int run_arp(void)
{
	const struct CMUnitTest tests[] = {
		CASE(answers_a_request_for_an_own_address),
		CASE(answers_a_probe),
		CASE(does_not_answer_for_the_other_ports_address),
		CASE(resolves_and_sends_what_waited_in_order),
		CASE(what_lies_beyond_is_sent_to_the_gateway),
		CASE(a_neighbour_may_have_our_mac_address),
		CASE(asks_once_a_second_and_gives_up),
		CASE(asks_by_unicast_before_it_forgets_one_in_use),
		CASE(forgets_one_out_of_use_without_a_word),
		CASE(a_reply_nobody_asked_for_changes_nothing),
		CASE(an_announcement_updates_but_creates_nothing),
		CASE(a_neighbour_is_known_on_its_port_alone),
		CASE(defends_its_address_at_most_every_ten_seconds),
		CASE(announces_a_new_address_twice),
		CASE(nothing_waits_when_packet_buffers_are_scarce),
		CASE(a_flood_of_unknown_neighbours_is_bounded),
		CASE(floods_of_requests_and_replies_create_nothing),
		CASE(a_full_table_forgets_the_least_recently_used),
		CASE(a_tagged_port_tags_and_untags),
	};

	return cmocka_run_group_tests_name("arp", tests, NULL, NULL);
}
