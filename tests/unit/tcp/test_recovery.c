/* SPDX-License-Identifier: BSD-3-Clause */
/* recovery as arithmetic, with cc_newreno below it (RFC 5681, 6582, 3042, 3465). */
#include "check.h"

#include "tcp/cc.h"
#include "tcp/recovery.h"

#define SMSS 1000U

struct patient {
	struct recovery recovery;
	struct cc cc;
	struct cc_epoch epoch;
	struct recovery_view view;
};

static struct patient with_flight(uint32_t segments)
{
	struct patient patient = {
		.cc = { .cwnd = segments * SMSS, .ssthresh = UINT32_MAX / 2 },
		.view = { .snd_una = 0xffffff00, .smss = SMSS, .flight = segments * SMSS },
	};

	recovery_init(&patient.recovery);
	patient.view.snd_nxt = patient.view.snd_una + segments * SMSS;
	return patient;
}

static struct cc_control control_of(struct patient *p)
{
	return (struct cc_control){ .ops = &cc_newreno, .cc = &p->cc, .epoch = &p->epoch };
}

static enum recovery_action duplicate(struct patient *p)
{
	struct cc_control control = control_of(p);

	p->view.acked = 0;
	return recovery_duplicate(&p->recovery, &control, &p->view);
}

static enum recovery_action advance(struct patient *p, uint32_t bytes)
{
	struct cc_control control = control_of(p);
	enum recovery_action action;

	p->view.acked = bytes;
	p->view.snd_una += bytes;
	action = recovery_advanced(&p->recovery, &control, &p->view);
	p->view.flight -= bytes;
	return action;
}

static void third_duplicate_and_no_other_retransmits(void **state)
{
	struct patient p = with_flight(10);

	(void)state;
	assert_int_equal(recovery_limited_transmit(&p.recovery, SMSS), 0);
	assert_int_equal(duplicate(&p), RECOVERY_NOTHING);
	assert_int_equal(recovery_limited_transmit(&p.recovery, SMSS), SMSS);
	assert_int_equal(duplicate(&p), RECOVERY_NOTHING);
	assert_int_equal(recovery_limited_transmit(&p.recovery, SMSS), 2 * SMSS);
	/* Limited transmit sent two: they do not count. */
	p.view.flight += 2 * SMSS;
	p.view.snd_nxt += 2 * SMSS;
	assert_int_equal(duplicate(&p), RECOVERY_RETRANSMIT_TIMER);
	assert_int_equal(p.cc.ssthresh, 5 * SMSS);
	assert_int_equal(p.cc.cwnd, 8 * SMSS);
	assert_int_equal(recovery_limited_transmit(&p.recovery, SMSS), 0);
	assert_int_equal(duplicate(&p), RECOVERY_NOTHING);
	assert_int_equal(p.cc.cwnd, 9 * SMSS);
}

static void partial_acks_retransmit_and_only_the_first_restarts(void **state)
{
	struct patient p = with_flight(10);

	(void)state;
	for (int i = 0; i < 3; i++)
		duplicate(&p);
	assert_int_equal(advance(&p, 2 * SMSS), RECOVERY_RETRANSMIT_TIMER);
	assert_int_equal(p.cc.cwnd, 7 * SMSS);
	assert_int_equal(advance(&p, 500), RECOVERY_RETRANSMIT);
	assert_int_equal(p.cc.cwnd, 6500);
	assert_int_equal(advance(&p, 7 * SMSS), RECOVERY_RETRANSMIT);
	/* Never less than a segment. */
	assert_int_equal(p.cc.cwnd, 2 * SMSS);
	assert_int_equal(advance(&p, 500), RECOVERY_TIMER);
	assert_false(p.recovery.fast);
	assert_int_equal(p.cc.cwnd, 2 * SMSS);
}

static void losses_before_recover_are_answered_once(void **state)
{
	struct patient p = with_flight(10);

	(void)state;
	for (int i = 0; i < 3; i++)
		duplicate(&p);
	advance(&p, 10 * SMSS);
	p.view.snd_nxt += 4 * SMSS;
	p.view.flight = 4 * SMSS;
	for (int i = 0; i < 300; i++)
		assert_int_equal(duplicate(&p), RECOVERY_NOTHING);
	advance(&p, SMSS);
	for (int i = 0; i < 2; i++)
		assert_int_equal(duplicate(&p), RECOVERY_NOTHING);
	assert_int_equal(duplicate(&p), RECOVERY_RETRANSMIT_TIMER);
}

static void timeout_leaves_one_segment_and_ends_recovery(void **state)
{
	struct patient p = with_flight(10);
	struct cc_control control = control_of(&p);

	(void)state;
	for (int i = 0; i < 3; i++)
		duplicate(&p);
	recovery_timed_out(&p.recovery, &control, &p.view);
	assert_false(p.recovery.fast);
	assert_int_equal(p.cc.cwnd, SMSS);
	assert_int_equal(p.cc.ssthresh, 5 * SMSS);
	for (int i = 0; i < 5; i++)
		assert_int_equal(duplicate(&p), RECOVERY_NOTHING);
	/* Slow start counts two segments of an ACK, but one until all that was lost is
	 * acknowledged. */
	advance(&p, 3 * SMSS);
	assert_int_equal(p.cc.cwnd, 2 * SMSS);
	advance(&p, 3 * SMSS);
	assert_int_equal(p.cc.cwnd, 3 * SMSS);
}

/* A duplicate lets a segment leave for one that has arrived: what is outstanding grows all the
 * time, and what the path holds does not. */
static void timeout_in_recovery_counts_what_was_outstanding_before(void **state)
{
	struct patient p = with_flight(10);
	struct cc_control control = control_of(&p);

	(void)state;
	for (int i = 0; i < 3; i++)
		duplicate(&p);
	p.view.snd_nxt += 90 * SMSS;
	p.view.flight = 100 * SMSS;
	/* A partial acknowledgement and a first duplicate behind it change nothing. */
	advance(&p, SMSS);
	duplicate(&p);
	recovery_timed_out(&p.recovery, &control, &p.view);
	assert_int_equal(p.cc.ssthresh, 5 * SMSS);
	/* Another timeout, of what slow start sent since: no more than the window held. */
	p.cc.cwnd = 4 * SMSS;
	recovery_timed_out(&p.recovery, &control, &p.view);
	assert_int_equal(p.cc.ssthresh, 2 * SMSS);
}

static void ssthresh_is_two_segments_at_least(void **state)
{
	struct patient p = with_flight(3);

	(void)state;
	for (int i = 0; i < 3; i++)
		duplicate(&p);
	assert_int_equal(p.cc.ssthresh, 2 * SMSS);
}

/* RFC 5681 section 6: who makes up duplicates gets what was outstanding, and no more. */
static void duplicates_made_up_do_not_feed_each_other(void **state)
{
	struct patient p = with_flight(10);
	uint32_t begin = p.view.snd_nxt;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		duplicate(&p);
		/* Whatever the window allows is sent at once. */
		if (p.recovery.fast && p.cc.cwnd > p.view.flight) {
			p.view.snd_nxt += p.cc.cwnd - p.view.flight;
			p.view.flight = p.cc.cwnd;
		}
	}
	assert_int_equal(p.cc.cwnd, 15 * SMSS);
	assert_int_equal(p.view.snd_nxt - begin, 5 * SMSS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(third_duplicate_and_no_other_retransmits),
		cmocka_unit_test(partial_acks_retransmit_and_only_the_first_restarts),
		cmocka_unit_test(losses_before_recover_are_answered_once),
		cmocka_unit_test(timeout_leaves_one_segment_and_ends_recovery),
		cmocka_unit_test(timeout_in_recovery_counts_what_was_outstanding_before),
		cmocka_unit_test(ssthresh_is_two_segments_at_least),
		cmocka_unit_test(duplicates_made_up_do_not_feed_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
