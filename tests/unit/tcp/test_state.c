/* SPDX-License-Identifier: BSD-3-Clause */
/* Every pair of states against figure 5 of RFC 9293 section 3.3.2, written out once more here. */
#include "check.h"

#include "tcp/state.h"

#define EDGE(from, to)             \
	{                          \
		LA_##from, LA_##to \
	}

/* Besides the fall to CLOSED, which every state knows (RST, ABORT, timeout). */
static const enum la_state figure[][2] = {
	EDGE(CLOSED, LISTEN),           EDGE(CLOSED, SYN_SENT),
	EDGE(LISTEN, SYN_RECEIVED),     EDGE(LISTEN, SYN_SENT),
	EDGE(SYN_SENT, SYN_RECEIVED),   EDGE(SYN_SENT, ESTABLISHED),
	EDGE(SYN_RECEIVED, LISTEN),     EDGE(SYN_RECEIVED, ESTABLISHED),
	EDGE(SYN_RECEIVED, FIN_WAIT_1), EDGE(SYN_RECEIVED, CLOSE_WAIT),
	EDGE(ESTABLISHED, FIN_WAIT_1),  EDGE(ESTABLISHED, CLOSE_WAIT),
	EDGE(FIN_WAIT_1, FIN_WAIT_2),   EDGE(FIN_WAIT_1, CLOSING),
	EDGE(FIN_WAIT_1, TIME_WAIT),    EDGE(FIN_WAIT_2, TIME_WAIT),
	EDGE(CLOSE_WAIT, LAST_ACK),     EDGE(CLOSING, TIME_WAIT),
};

static bool in_figure(enum la_state from, enum la_state to)
{
	if (to == LA_CLOSED)
		return from != LA_CLOSED;
	for (size_t i = 0; i < COUNT_OF(figure); i++)
		if (figure[i][0] == from && figure[i][1] == to)
			return true;
	return false;
}

static void every_edge_is_as_in_the_figure(void **state)
{
	unsigned int legal = 0;

	(void)state;
	for (unsigned int from = 0; from < LA_STATES; from++)
		for (unsigned int to = 0; to < LA_STATES; to++) {
			bool expected = in_figure((enum la_state)from, (enum la_state)to);

			assert_int_equal(
				state_edge_is_legal((enum la_state)from, (enum la_state)to),
				expected);
			legal += expected;
		}
	assert_int_equal(legal, COUNT_OF(figure) + LA_STATES - 1);
}

static void what_is_no_state_has_no_edges(void **state)
{
	(void)state;
	assert_false(state_edge_is_legal(LA_STATES, LA_CLOSED));
	assert_false(state_edge_is_legal(LA_ESTABLISHED, LA_STATES));
}

static void text_is_taken_and_sent_in_these_states_only(void **state)
{
	static const bool takes[LA_STATES] = {
		[LA_ESTABLISHED] = true, [LA_FIN_WAIT_1] = true, [LA_FIN_WAIT_2] = true
	};
	static const bool sends[LA_STATES] = { [LA_SYN_SENT] = true,
					       [LA_SYN_RECEIVED] = true,
					       [LA_ESTABLISHED] = true,
					       [LA_CLOSE_WAIT] = true };

	(void)state;
	for (unsigned int i = 0; i < LA_STATES; i++) {
		assert_int_equal(state_takes_text((enum la_state)i), takes[i]);
		assert_int_equal(state_may_send((enum la_state)i), sends[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_edge_is_as_in_the_figure),
		cmocka_unit_test(what_is_no_state_has_no_edges),
		cmocka_unit_test(text_is_taken_and_sent_in_these_states_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
