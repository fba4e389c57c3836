/* SPDX-License-Identifier: BSD-3-Clause */
/* RACK-TLP (RFC 8985): by example, then against the pseudocode of the RFC over single segments. */
#include "check.h"

#include <string.h>

#include "base/seq.h"
#include "config/tcp_constants.h"
#include "tcp/rack.h"

#include "tcp/dice.h"

#define START 0xfffff000U
#define SEGMENT 1000U
#define MS 1000U

/* ---- a patient ---- */

struct patient {
	struct sack_pool pool;
	struct sack board;
	struct rack rack;
	struct rack_memory memory;
	struct rack_view view;
	struct sack_delivery got;
};

static void begin(struct patient *p)
{
	*p = (struct patient){ .view = { .now_us = 1000 * MS,
					 .snd_una = START,
					 .snd_nxt = START,
					 .srtt_us = 100 * MS,
					 .smss = SEGMENT } };
	assert_int_equal(sack_pool_create(&p->pool, 1, 1000, -1), 0);
	sack_open(&p->board, &p->pool, START);
	rack_init(&p->rack);
}

static void end(struct patient *p)
{
	sack_close(&p->board);
	sack_pool_destroy(&p->pool);
}

static void send_to(struct patient *p, uint32_t last)
{
	p->view.snd_nxt = START + last * SEGMENT;
	sack_sent(&p->board, p->view.snd_nxt, p->view.now_us);
}

static void resend(struct patient *p, uint32_t segment)
{
	sack_resent(
		&p->board,
		(struct sack_range){ START + segment * SEGMENT, START + (segment + 1) * SEGMENT },
		p->view.now_us);
}

/* An ACK with at most one block, of no segment if there is none. */
static void hear(struct patient *p, uint32_t ack, uint32_t left, uint32_t right)
{
	const struct tcp_sack_block block = { START + left * SEGMENT, START + right * SEGMENT };
	const struct sack_ack said = {
		.ack = START + ack * SEGMENT,
		.window = 100 * SEGMENT,
		.blocks = &block,
		.count = left != right,
		.now_us = p->view.now_us,
		.credible_us = rack_credible_us(&p->rack, p->view.now_us, UINT64_MAX),
	};

	sack_acknowledge(&p->board, &said, &p->got);
	p->view.snd_una = said.ack;
	rack_update(&p->rack, &p->memory, &p->got, &p->view);
}

static struct rack_losses detect(struct patient *p)
{
	return rack_detect(&p->rack, &p->memory, &p->board, &p->view);
}

/* A segment that took 100 ms, so that a minimum is known. */
static void measure(struct patient *p)
{
	send_to(p, 1);
	p->view.now_us += 100 * MS;
	hear(p, 1, 0, 0);
	assert_int_equal(p->rack.min_rtt_us, 100 * MS);
}

/* ---- RACK ---- */

static void later_delivery_after_the_window_is_loss(void **state)
{
	struct rack_losses losses;
	struct patient p;

	(void)state;
	begin(&p);
	measure(&p);
	send_to(&p, 2);
	p.view.now_us += 1 * MS;
	send_to(&p, 4);
	p.view.now_us += 100 * MS;
	assert_int_equal(detect(&p).bytes, 0);
	hear(&p, 1, 2, 3);
	/* Sent 1 ms before what arrived: 24 ms of the reordering window of 25 are left. */
	losses = detect(&p);
	assert_int_equal(losses.bytes, 0);
	assert_int_equal(losses.timeout_us, 24 * MS);
	assert_int_equal(p.rack.reo_wnd_us, 25 * MS);
	p.view.now_us += 24 * MS - 1;
	assert_int_equal(detect(&p).timeout_us, 1);
	p.view.now_us += 1;
	losses = detect(&p);
	/* Not the one that was sent in the same breath after it. */
	assert_int_equal(losses.bytes, SEGMENT);
	assert_int_equal(losses.timeout_us, 0);
	end(&p);
}

static void third_sacked_segment_closes_the_window(void **state)
{
	struct patient p;

	(void)state;
	begin(&p);
	measure(&p);
	send_to(&p, 10);
	p.view.now_us += 100 * MS;
	hear(&p, 1, 2, 4);
	assert_int_equal(detect(&p).bytes, 0);
	hear(&p, 1, 2, 5);
	assert_int_equal(detect(&p).bytes, SEGMENT);
	assert_int_equal(p.rack.reo_wnd_us, 0);
	end(&p);
}

static void recovery_closes_the_window_unless_there_is_reordering(void **state)
{
	struct patient p;

	(void)state;
	begin(&p);
	measure(&p);
	p.view.recovering = true;
	send_to(&p, 10);
	p.view.now_us += 100 * MS;
	hear(&p, 1, 2, 3);
	assert_int_equal(detect(&p).bytes, SEGMENT);
	p.memory.reordering_seen = true;
	hear(&p, 1, 4, 9);
	assert_int_equal(detect(&p).bytes, 0);
	assert_int_equal(p.rack.reo_wnd_us, 25 * MS);
	end(&p);
}

static void lost_retransmission_is_found_by_its_own_time(void **state)
{
	struct patient p;

	(void)state;
	begin(&p);
	measure(&p);
	send_to(&p, 10);
	p.view.now_us += 100 * MS;
	hear(&p, 1, 2, 5);
	assert_int_equal(detect(&p).bytes, SEGMENT);
	p.view.recovering = true;
	p.view.now_us += 1 * MS;
	resend(&p, 1);
	p.view.now_us += 1 * MS;
	send_to(&p, 11);
	/* The rest of the flight was sent before the retransmission: it proves nothing. */
	p.view.now_us += 90 * MS;
	hear(&p, 1, 2, 10);
	assert_int_equal(detect(&p).bytes, 0);
	/* What was sent after it does. */
	p.view.now_us += 10 * MS;
	hear(&p, 1, 2, 11);
	assert_int_equal(detect(&p).bytes, SEGMENT);
	end(&p);
}

static void retransmission_answered_too_soon_teaches_nothing(void **state)
{
	struct patient p;

	(void)state;
	begin(&p);
	measure(&p);
	assert_int_equal(rack_credible_us(&p.rack, p.view.now_us, UINT64_MAX),
			 p.view.now_us - 100 * MS);
	assert_int_equal(rack_credible_us(&p.rack, p.view.now_us, 5), 5);
	send_to(&p, 3);
	p.view.now_us += 120 * MS;
	sack_lose(&p.board, (struct sack_range){ START + 1000, START + 2000 });
	resend(&p, 1);
	/* 50 ms after the retransmission, less than the minimum: it was the original. */
	p.view.now_us += 50 * MS;
	hear(&p, 2, 0, 0);
	assert_int_equal(p.rack.xmit_us, 1000 * MS);
	assert_int_equal(p.rack.rtt_us, 100 * MS);
	assert_int_equal(p.got.revived, SEGMENT);
	end(&p);
}

static void TCP_RACK_REO_WND_PERSIST_recoveries_end_a_larger_window(void **state)
{
	struct patient p;

	(void)state;
	begin(&p);
	measure(&p);
	p.view.srtt_us = 200 * MS;
	send_to(&p, 10);
	p.view.now_us += 100 * MS;
	/* D-SACK: min RTT / 4 more, once per round trip. */
	hear(&p, 2, 0, 1);
	assert_true(p.got.dsack);
	hear(&p, 3, 0, 1);
	detect(&p);
	assert_int_equal(p.rack.reo_wnd_us, 50 * MS);
	hear(&p, 10, 8, 9);
	detect(&p);
	assert_int_equal(p.rack.reo_wnd_us, 75 * MS);
	for (uint32_t i = 1; i < 16; i++)
		rack_recovered(&p.memory);
	detect(&p);
	assert_int_equal(p.rack.reo_wnd_us, 75 * MS);
	rack_recovered(&p.memory);
	detect(&p);
	assert_int_equal(p.rack.reo_wnd_us, 25 * MS);
	end(&p);
}

static void TCP_RACK_REO_WND_MULT_MAX_and_srtt_bound_the_window(void **state)
{
	struct patient p;

	(void)state;
	begin(&p);
	measure(&p);
	for (uint32_t i = 2; i < 40; i++) {
		send_to(&p, i);
		p.view.now_us += 100 * MS;
		hear(&p, i, i - 2, i - 1);
	}
	detect(&p);
	assert_int_equal(p.rack.reo_wnd_us, 100 * MS);
	p.view.srtt_us = 10000 * MS;
	detect(&p);
	assert_int_equal(p.rack.reo_wnd_us, 400 * MS);
	end(&p);
}

static void TCP_RACK_REO_WND_SHARE_is_a_quarter(void **state)
{
	struct patient p;

	(void)state;
	begin(&p);
	measure(&p);
	detect(&p);
	assert_int_equal(p.rack.reo_wnd_us, 25 * MS);
	end(&p);
}

static void TCP_RACK_MIN_RTT_WINDOW_US_is_how_long_a_minimum_lives(void **state)
{
	struct patient p;

	(void)state;
	begin(&p);
	measure(&p);
	for (uint32_t i = 2; i <= 7; i++) {
		send_to(&p, i);
		p.view.now_us += 110 * MS;
		hear(&p, i, 0, 0);
		/* It lives through the window after its own, if that has no smaller. */
		assert_int_equal(p.rack.min_rtt_us, i <= 3 ? 100 * MS : 110 * MS);
		p.view.now_us += i == 2 || i == 3 ? 300000 * MS : 0;
	}
	end(&p);
}

static void retransmission_timeout_loses_the_first_and_what_is_overdue(void **state)
{
	struct patient p;

	(void)state;
	begin(&p);
	measure(&p);
	send_to(&p, 4);
	p.view.now_us += 250 * MS;
	send_to(&p, 6);
	p.view.now_us += 50 * MS;
	/* 100 ms and a window of 25 are over for three, not for the two that followed. */
	assert_int_equal(rack_timed_out(&p.rack, &p.memory, &p.board, &p.view), 3 * SEGMENT);
	assert_int_equal(sack_pipe(&p.board), 2 * SEGMENT);
	/* The first is lost whatever its time. */
	resend(&p, 1);
	assert_int_equal(rack_timed_out(&p.rack, &p.memory, &p.board, &p.view), SEGMENT);
	end(&p);
	/* Nothing is known of the path yet. */
	begin(&p);
	send_to(&p, 4);
	p.view.now_us += 1000 * MS;
	p.view.srtt_us = 0;
	assert_int_equal(rack_timed_out(&p.rack, &p.memory, &p.board, &p.view), 4 * SEGMENT);
	assert_int_equal(rack_timed_out(&p.rack, &p.memory, &p.board, &p.view), 0);
	end(&p);
}

/* ---- tail loss probe ---- */

static void probe_timeout_is_that_of_section_7_2(void **state)
{
	struct rack_probe probe = { .rto_left_us = 10000 * MS,
				    .ack_delay_us = TCP_TLP_MAX_ACK_DELAY_US };

	(void)state;
	assert_int_equal(rack_probe_timeout_us(&probe), 1000 * MS);
	probe.srtt_us = 50 * MS;
	assert_int_equal(rack_probe_timeout_us(&probe), 100 * MS);
	probe.one_segment = true;
	assert_int_equal(rack_probe_timeout_us(&probe), 300 * MS);
	probe.rto_left_us = 250 * MS;
	assert_int_equal(rack_probe_timeout_us(&probe), 250 * MS);
}

static void TCP_TLP_INITIAL_US_is_a_second(void **state)
{
	const struct rack_probe probe = { .rto_left_us = UINT32_MAX };

	(void)state;
	assert_int_equal(rack_probe_timeout_us(&probe), 1000000);
}

static void TCP_TLP_MAX_ACK_DELAY_US_is_for_a_single_segment(void **state)
{
	const struct rack_probe probe = { .srtt_us = 1,
					  .rto_left_us = UINT32_MAX,
					  .ack_delay_us = TCP_TLP_MAX_ACK_DELAY_US,
					  .one_segment = true };

	(void)state;
	assert_int_equal(rack_probe_timeout_us(&probe), 200002);
}

static void probe_is_allowed_where_section_7_2_says(void **state)
{
	struct patient p;

	(void)state;
	begin(&p);
	assert_false(rack_may_probe(&p.rack, &p.board, false));
	send_to(&p, 3);
	assert_true(rack_may_probe(&p.rack, &p.board, false));
	assert_false(rack_may_probe(&p.rack, &p.board, true));
	hear(&p, 0, 1, 2);
	assert_false(rack_may_probe(&p.rack, &p.board, false));
	hear(&p, 2, 0, 0);
	assert_true(rack_may_probe(&p.rack, &p.board, false));
	/* One probe. */
	resend(&p, 2);
	rack_probe_sent(&p.rack, p.view.snd_nxt, true);
	assert_false(rack_may_probe(&p.rack, &p.board, false));
	hear(&p, 3, 0, 0);
	send_to(&p, 4);
	assert_false(rack_probe_acked(&p.rack, p.view.snd_una, true, &p.got));
	/* It is answered, but no round-trip time was measured since. */
	assert_false(p.rack.tlp_runs);
	assert_false(rack_may_probe(&p.rack, &p.board, false));
	hear(&p, 4, 0, 0);
	send_to(&p, 5);
	assert_true(rack_may_probe(&p.rack, &p.board, false));
	end(&p);
}

static void probe_answers_are_those_of_section_7_4(void **state)
{
	static const struct {
		bool is_retrans, duplicate, dsack;
		uint32_t ack; /* segments; the probe ended with the third */
		bool over, repaired;
	} table[] = {
		{ .is_retrans = true, .ack = 2 },
		{ .is_retrans = true, .ack = 3 },
		{ .is_retrans = false, .ack = 3, .over = true },
		{ .is_retrans = true, .ack = 3, .dsack = true, .over = true },
		{ .is_retrans = true, .ack = 4, .dsack = true, .over = true },
		{ .is_retrans = true, .ack = 4, .over = true, .repaired = true },
		{ .is_retrans = true, .ack = 3, .duplicate = true, .over = true },
		{ .is_retrans = true, .ack = 2, .duplicate = true },
	};

	(void)state;
	for (uint32_t i = 0; i < COUNT_OF(table); i++) {
		struct sack_delivery got = { .dsack = table[i].dsack,
					     .duplicate = { START + 2000, START + 3000 } };
		struct rack rack;

		rack_init(&rack);
		rack_probe_sent(&rack, START + 3000, table[i].is_retrans);
		assert_int_equal(rack_probe_acked(&rack, START + table[i].ack * 1000,
						  table[i].duplicate, &got),
				 table[i].repaired);
		assert_int_equal(rack.tlp_runs, !table[i].over);
	}
}

static void dsack_of_the_probe_does_not_widen_the_window(void **state)
{
	struct patient p;

	(void)state;
	begin(&p);
	send_to(&p, 3);
	resend(&p, 2);
	rack_probe_sent(&p.rack, p.view.snd_nxt, true);
	hear(&p, 3, 2, 3);
	assert_true(p.got.dsack);
	assert_int_equal(p.memory.reo_wnd_more, 0);
	assert_false(rack_probe_acked(&p.rack, p.view.snd_una, false, &p.got));
	hear(&p, 3, 2, 3);
	assert_int_equal(p.memory.reo_wnd_more, 1);
	end(&p);
}

/* ---- against the pseudocode ---- */

#define SEGMENTS 256U

struct segment {
	uint64_t xmit_us;
	bool sent, acked, lost, retransmitted, arrived;
};

struct model {
	struct segment segments[SEGMENTS];
	uint32_t una, nxt; /* segments */
	uint64_t xmit_us, rtt_us;
	uint32_t end;
	bool any;
};

static bool rack_sent_after(uint64_t t1, uint32_t e1, uint64_t t2, uint32_t e2)
{
	return t1 > t2 || (t1 == t2 && e1 > e2);
}

/* RACK_detect_loss(): marks the segments. Returns how many. */
static uint32_t model_detect(struct model *m, uint64_t now_us, uint32_t reo_wnd_us)
{
	uint32_t lost = 0;

	for (uint32_t i = m->una; i < m->nxt; i++) {
		struct segment *s = &m->segments[i];

		if (s->acked || s->lost || !m->any ||
		    !rack_sent_after(m->xmit_us, m->end, s->xmit_us, i + 1))
			continue;
		if (s->xmit_us + m->rtt_us + reo_wnd_us > now_us)
			continue;
		s->lost = true;
		lost++;
	}
	return lost;
}

/* RACK_update() for a segment, the newest of an ACK being last. */
static void model_deliver(struct model *m, uint32_t i, uint64_t credible_us, uint64_t *newest_us,
			  uint32_t *newest)
{
	struct segment *s = &m->segments[i];

	if (s->acked)
		return;
	s->acked = true;
	if (s->retransmitted && s->xmit_us > credible_us)
		return;
	if (*newest == 0 || rack_sent_after(s->xmit_us, i + 1, *newest_us, *newest)) {
		*newest_us = s->xmit_us;
		*newest = i + 1;
	}
}

/* The peer has segment i too, and says so. */
static void both_hear(struct patient *p, struct model *m, uint32_t i)
{
	uint64_t credible_us = rack_credible_us(&p->rack, p->view.now_us, UINT64_MAX);
	uint64_t newest_us = 0;
	uint32_t newest = 0, ack = m->una, from = i, to = i + 1;

	m->segments[i].arrived = true;
	while (ack < m->nxt && m->segments[ack].arrived)
		ack++;
	while (from > ack && m->segments[from - 1].arrived)
		from--;
	while (to < m->nxt && m->segments[to].arrived)
		to++;
	if (i < ack)
		from = to = 0;
	for (uint32_t s = m->una; s < ack; s++)
		model_deliver(m, s, credible_us, &newest_us, &newest);
	for (uint32_t s = from; s < to; s++)
		model_deliver(m, s, credible_us, &newest_us, &newest);
	m->una = ack;
	if (newest != 0) {
		m->rtt_us = p->view.now_us - newest_us;
		if (!m->any || rack_sent_after(newest_us, newest, m->xmit_us, m->end)) {
			m->any = true;
			m->xmit_us = newest_us;
			m->end = newest;
		}
	}
	hear(p, ack, from, to);
}

static void both_detect(struct patient *p, struct model *m)
{
	struct rack_losses losses = detect(p);

	assert_int_equal(losses.bytes,
			 model_detect(m, p->view.now_us, p->rack.reo_wnd_us) * SEGMENT);
	for (uint32_t i = m->una; i < m->nxt; i++)
		if (m->segments[i].lost && !m->segments[i].acked && losses.bytes > 0)
			assert_true(p->board.lost_bytes > 0);
	/* The timer is for the next that becomes lost: not a microsecond earlier. */
	if (losses.timeout_us > 0 && losses.timeout_us < UINT32_MAX) {
		struct model soon = *m;

		assert_int_equal(model_detect(&soon, p->view.now_us + losses.timeout_us - 1,
					      p->rack.reo_wnd_us),
				 0);
		assert_true(model_detect(&soon, p->view.now_us + losses.timeout_us,
					 p->rack.reo_wnd_us) > 0);
	}
}

static void both_resend(struct patient *p, struct model *m)
{
	struct sack_range next;
	uint32_t i = m->una;

	while (i < m->nxt && (m->segments[i].acked || !m->segments[i].lost))
		i++;
	assert_int_equal(sack_next_lost(&p->board, SEGMENT, &next), i < m->nxt);
	if (i == m->nxt)
		return;
	assert_int_equal(next.seq, START + i * SEGMENT);
	resend(p, i);
	m->segments[i].lost = false;
	m->segments[i].retransmitted = true;
	m->segments[i].xmit_us = p->view.now_us;
}

/* A flight of up to SEGMENTS, of which what arrives and when is a matter of luck. */
static void one_flight(struct dice *dice)
{
	static struct model m;
	struct patient p;

	m = (struct model){ 0 };
	begin(&p);
	p.view.srtt_us = dice_between(dice, 0, 400);
	p.memory.reordering_seen = dice_next(dice) % 2;
	p.memory.reo_wnd_more = dice_next(dice) % 8;
	while (m.una < SEGMENTS) {
		uint32_t deed = dice_next(dice) % 8;

		p.view.now_us += dice_next(dice) % 3 ? 0 : dice_between(dice, 0, 60);
		p.view.recovering = p.board.lost_bytes > 0;
		if (deed == 0 && m.nxt < SEGMENTS && m.nxt - m.una < 100) {
			uint32_t count = dice_between(dice, 1, 5);

			for (; count > 0 && m.nxt < SEGMENTS; count--, m.nxt++)
				m.segments[m.nxt].xmit_us = p.view.now_us;
			send_to(&p, m.nxt);
		} else if (deed < 4 && m.nxt > m.una) {
			/* What is thought lost arrives less often. */
			uint32_t i = dice_between(dice, m.una, m.nxt - 1);

			if (!m.segments[i].lost || dice_next(dice) % 8 == 0)
				both_hear(&p, &m, i);
		} else if (deed < 6) {
			both_resend(&p, &m);
		}
		both_detect(&p, &m);
	}
	end(&p);
}

/* An ACK of all that left at one time tells the same by the short way (rack_update_plain()). */
static void plain_board_tells_what_any_does(void **state)
{
	struct dice dice = { 7 };

	(void)state;
	for (int i = 0; i < 20000; i++) {
		uint64_t now_us = UINT32_MAX + (uint64_t)dice_between(&dice, 0, INT32_MAX);
		uint32_t rtt_us = dice_between(&dice, 0, 400 * MS);
		uint32_t end = START + dice_between(&dice, 0, 2 * SEGMENT);
		struct rack_view view = { .now_us = now_us, .snd_una = end, .snd_nxt = end };
		struct sack_delivery delivery = { .has_newest = true,
						  .newest_us = now_us - rtt_us,
						  .newest_end = end,
						  .rtt_us = rtt_us,
						  .rtt_last_us = rtt_us };
		struct rack_memory memory = { 0 };
		struct rack rack, plain;

		memset(&rack, 0, sizeof(rack));
		rack_init(&rack);
		rack.runs = dice_between(&dice, 0, 1);
		/* What arrived before was sent before. */
		rack.xmit_us = now_us - rtt_us - dice_between(&dice, 0, 400 * MS);
		rack.end_seq = end - dice_between(&dice, 0, 2 * SEGMENT);
		rack.min_since_us = now_us - dice_between(&dice, 0, INT32_MAX);
		if (dice_between(&dice, 0, 1) == 1)
			rack.min_rtt_us = dice_between(&dice, 0, 400 * MS);
		rack.tlp_unmeasured = dice_between(&dice, 0, 1);
		rack.dsack_round_runs = dice_between(&dice, 0, 1);
		rack.dsack_round = START + dice_between(&dice, 0, 2 * SEGMENT);
		memcpy(&plain, &rack, sizeof(plain));
		rack_update(&rack, &memory, &delivery, &view);
		rack_update_plain(&plain, end, now_us - rtt_us, rtt_us, now_us);
		assert_memory_equal(&plain, &rack, sizeof(rack));
	}
}

static void losses_are_those_of_the_pseudocode(void **state)
{
	struct dice dice = { .state = 8985 };

	(void)state;
	for (uint32_t i = 0; i < 600; i++)
		one_flight(&dice);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(later_delivery_after_the_window_is_loss),
		cmocka_unit_test(third_sacked_segment_closes_the_window),
		cmocka_unit_test(recovery_closes_the_window_unless_there_is_reordering),
		cmocka_unit_test(lost_retransmission_is_found_by_its_own_time),
		cmocka_unit_test(retransmission_answered_too_soon_teaches_nothing),
		cmocka_unit_test(TCP_RACK_REO_WND_PERSIST_recoveries_end_a_larger_window),
		cmocka_unit_test(TCP_RACK_REO_WND_MULT_MAX_and_srtt_bound_the_window),
		cmocka_unit_test(TCP_RACK_REO_WND_SHARE_is_a_quarter),
		cmocka_unit_test(TCP_RACK_MIN_RTT_WINDOW_US_is_how_long_a_minimum_lives),
		cmocka_unit_test(retransmission_timeout_loses_the_first_and_what_is_overdue),
		cmocka_unit_test(probe_timeout_is_that_of_section_7_2),
		cmocka_unit_test(TCP_TLP_INITIAL_US_is_a_second),
		cmocka_unit_test(TCP_TLP_MAX_ACK_DELAY_US_is_for_a_single_segment),
		cmocka_unit_test(probe_is_allowed_where_section_7_2_says),
		cmocka_unit_test(probe_answers_are_those_of_section_7_4),
		cmocka_unit_test(dsack_of_the_probe_does_not_widen_the_window),
		cmocka_unit_test(plain_board_tells_what_any_does),
		cmocka_unit_test(losses_are_those_of_the_pseudocode),
	};

	return cmocka_run_group_tests_name("rack", tests, NULL, NULL);
}
