/* SPDX-License-Identifier: BSD-3-Clause */
/* Proportional rate reduction by example (RFC 9937, and the figures of RFC 6937 section 4). */
#include "check.h"

#include "tcp/prr.h"

#include "tcp/dice.h"

#define SMSS 1000U

/* A sender of segments in recovery, who sends all that he may at once. */
struct patient {
	struct prr prr;
	uint32_t pipe, ssthresh, cwnd;
};

/* What leaves for an ACK that delivers so many segments, in segments. */
static uint32_t ack(struct patient *p, uint32_t delivered, uint32_t lost, bool safe)
{
	uint32_t sent;

	p->pipe -= (delivered + lost) * SMSS;
	p->cwnd = prr_acknowledged(&p->prr, &(struct prr_ack){ .delivered = delivered * SMSS,
							       .pipe = p->pipe,
							       .cwnd = p->cwnd,
							       .ssthresh = p->ssthresh,
							       .smss = SMSS,
							       .safe = safe });
	sent = p->cwnd > p->pipe ? (p->cwnd - p->pipe) / SMSS : 0;
	if (sent > 0)
		prr_sent(&p->prr, sent * SMSS);
	p->pipe += sent * SMSS;
	return sent;
}

static void recover_fs_is_what_was_in_flight(void **state)
{
	struct prr prr;

	(void)state;
	/* The third duplicate of twenty segments and two by limited transmit: three are SACKed. */
	prr_enter(&prr, &(struct prr_start){ .outstanding = 22, .sacked = 3, .newly_sacked = 1 });
	assert_int_equal(prr.recover_fs, 20);
	/* Begun by an ACK that also advances. */
	prr_enter(&prr, &(struct prr_start){ .outstanding = 10, .sacked = 2, .newly_acked = 4 });
	assert_int_equal(prr.recover_fs, 12);
	assert_true(prr_is_active(&prr));
	prr_leave(&prr);
	assert_false(prr_is_active(&prr));
}

/* RFC 6937 section 4, figure 1: 20 in flight, the first is lost, ssthresh is half. */
static void one_loss_sends_for_every_other_ack(void **state)
{
	struct patient p = { .pipe = 20 * SMSS, .cwnd = 20 * SMSS, .ssthresh = 10 * SMSS };
	uint32_t sent = 0;

	(void)state;
	prr_enter(&p.prr, &(struct prr_start){ .outstanding = 22 * SMSS,
					       .sacked = 3 * SMSS,
					       .newly_sacked = SMSS });
	/* The first delivers one and finds one lost: the retransmission leaves. */
	assert_int_equal(ack(&p, 1, 1, false), 1);
	for (uint32_t i = 2; i <= 20; i++) {
		bool above = p.pipe - SMSS > p.ssthresh;
		uint32_t now = ack(&p, 1, 0, false);

		/* Half a segment for each, until pipe is at ssthresh; the first had a whole one. */
		if (above)
			assert_int_equal(now, i > 2 && i % 2 == 0);
		sent += now;
	}
	/* A round trip later ssthresh is in flight, and nothing left in a burst. */
	assert_int_equal(p.pipe, p.ssthresh);
	assert_int_equal(sent, 10);
	prr_leave(&p.prr);
}

/* RFC 6937 section 4, figure 2: the first 15 of 20 are lost: pipe falls far below ssthresh. */
static void heavy_loss_conserves_packets(void **state)
{
	struct patient p = { .pipe = 20 * SMSS, .cwnd = 20 * SMSS, .ssthresh = 10 * SMSS };

	(void)state;
	prr_enter(&p.prr, &(struct prr_start){
				  .outstanding = 20 * SMSS, .sacked = SMSS, .newly_sacked = SMSS });
	/* PRR-CRB: as much as was delivered, since more is being lost. */
	assert_int_equal(ack(&p, 1, 15, false), 1);
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(ack(&p, 1, 0, false), 1);
	assert_int_equal(p.pipe, 5 * SMSS);
	/* PRR-SSRB: the retransmissions arrive, SND.UNA advances: one more for each. */
	for (uint32_t i = 0; i < 5; i++)
		assert_int_equal(ack(&p, 1, 0, true), 2);
	assert_int_equal(p.pipe, p.ssthresh);
	/* Never beyond ssthresh. */
	for (uint32_t i = 0; i < 5; i++)
		assert_int_equal(ack(&p, 1, 0, true), 1);
	assert_int_equal(p.pipe, p.ssthresh);
}

static void what_was_not_sent_when_it_could_have_been_is_made_up_for(void **state)
{
	struct prr prr;
	struct prr_ack said = {
		.delivered = SMSS, .pipe = 2 * SMSS, .ssthresh = 10 * SMSS, .smss = SMSS
	};

	(void)state;
	prr_enter(&prr, &(struct prr_start){ .outstanding = 20 * SMSS });
	prr_sent(&prr, SMSS);
	/* The application had nothing to send for three ACKs: with the fourth it may send all. */
	for (uint32_t i = 0; i < 3; i++)
		prr_acknowledged(&prr, &said);
	assert_int_equal(prr_acknowledged(&prr, &said), (2 + 4 - 1) * SMSS);
	prr_sent(&prr, 3 * SMSS);
	/* Having caught up, one for one. */
	assert_int_equal(prr_acknowledged(&prr, &said), (2 + 1) * SMSS);
}

static void the_share_is_rounded_up(void **state)
{
	struct prr prr;
	const struct prr_ack said = {
		.delivered = 100, .pipe = 2500, .ssthresh = 2000, .smss = SMSS
	};

	(void)state;
	prr_enter(&prr, &(struct prr_start){ .outstanding = 3000 });
	prr_sent(&prr, 1);
	/* 100 * 2000 / 3000 is 66.7. */
	assert_int_equal(prr_acknowledged(&prr, &said), 2500 + 67 - 1);
}

static void first_retransmission_always_leaves(void **state)
{
	struct prr prr;
	struct prr_ack said = { .delivered = 0,
				.pipe = 18 * SMSS,
				.cwnd = 20 * SMSS,
				.ssthresh = 10 * SMSS,
				.smss = SMSS };

	(void)state;
	prr_enter(&prr, &(struct prr_start){ .outstanding = 20 * SMSS });
	/* By the reordering timer: no ACK, nothing delivered. */
	assert_int_equal(prr_acknowledged(&prr, &said), 19 * SMSS);
	prr_sent(&prr, SMSS);
	/* From then on nothing changes where nothing is delivered. */
	said.cwnd = 12345;
	assert_int_equal(prr_acknowledged(&prr, &said), 12345);
	/* At ssthresh already, and no room: still. */
	prr_enter(&prr, &(struct prr_start){ .outstanding = 20 * SMSS });
	said.delivered = SMSS;
	said.pipe = said.ssthresh;
	assert_int_equal(prr_acknowledged(&prr, &said), 11 * SMSS);
}

/* Whatever the losses: what is sent while pipe is above ssthresh keeps the proportion, below it
 * pipe does not pass ssthresh, and conservation holds unless all goes well. */
static void bounds_hold_for_any_losses(void **state)
{
	struct dice dice = { .state = 5 };

	(void)state;
	for (uint32_t round = 0; round < 20000; round++) {
		uint32_t flight = dice_between(&dice, 2, 400);
		struct patient p = { .pipe = flight * SMSS,
				     .cwnd = flight * SMSS,
				     .ssthresh = dice_between(&dice, 1, flight) * SMSS };
		uint64_t delivered = 0, sent = 0, safe_acks = 0;

		prr_enter(&p.prr, &(struct prr_start){ .outstanding = flight * SMSS });
		for (uint32_t i = 0; i < 300 && p.pipe > 0; i++) {
			uint32_t left = p.pipe / SMSS;
			uint32_t got = dice_between(&dice, 1, left < 3 ? left : 3);
			uint32_t lost =
				dice_next(&dice) % 4 ? 0 : dice_next(&dice) % (left - got + 1);
			bool safe = lost == 0 && dice_next(&dice) % 2;
			bool first = sent == 0;
			uint32_t now = ack(&p, got, lost, safe);

			delivered += got;
			sent += now;
			safe_acks += safe;
			assert_true(p.pipe <= p.ssthresh || first ||
				    sent * flight * SMSS <=
					    delivered * p.ssthresh + (uint64_t)flight * SMSS);
			assert_true(sent <= delivered + safe_acks + 1);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recover_fs_is_what_was_in_flight),
		cmocka_unit_test(one_loss_sends_for_every_other_ack),
		cmocka_unit_test(heavy_loss_conserves_packets),
		cmocka_unit_test(what_was_not_sent_when_it_could_have_been_is_made_up_for),
		cmocka_unit_test(the_share_is_rounded_up),
		cmocka_unit_test(first_retransmission_always_leaves),
		cmocka_unit_test(bounds_hold_for_any_losses),
	};

	return cmocka_run_group_tests_name("prr", tests, NULL, NULL);
}
