/* SPDX-License-Identifier: BSD-3-Clause */
/* Lines against a model: an array for each destination that ran dry. */
#include "check.h"

#include <string.h>

#include "tcp/spare_ports.h"

#include "dice.h"

#define ENOUGH 1000U

static struct spare_ports *made(void)
{
	static struct spare_ports spares;

	memset(&spares, 0xa5, sizeof(spares));
	spare_ports_init(&spares);
	return &spares;
}

static void ports_come_back_in_the_order_they_were_given(void **state)
{
	struct spare_ports *spares = made();

	(void)state;
	assert_false(spare_ports_knows(spares, 3, 17));
	spare_ports_begin(spares, 3, 17);
	assert_true(spare_ports_knows(spares, 3, 17));
	assert_false(spare_ports_knows(spares, 3, 18));
	assert_false(spare_ports_knows(spares, 4, 17));
	assert_int_equal(spare_ports_take(spares, 3), 0);
	for (uint16_t port = 10; port < 20; port++)
		spare_ports_give(spares, 3, 17, port, ENOUGH);
	for (uint16_t port = 10; port < 20; port++)
		assert_int_equal(spare_ports_take(spares, 3), port);
	assert_int_equal(spare_ports_take(spares, 3), 0);
	/* It is known all the same: it has none left again. */
	assert_true(spare_ports_knows(spares, 3, 17));
}

static void who_did_not_run_dry_is_not_listed(void **state)
{
	struct spare_ports *spares = made();

	(void)state;
	spare_ports_give(spares, 3, 17, 10, ENOUGH);
	assert_int_equal(spares->marked, 0);
	spare_ports_begin(spares, 3, 17);
	spare_ports_give(spares, 3, 16, 11, ENOUGH);
	spare_ports_give(spares, 2, 17, 12, ENOUGH);
	assert_int_equal(spare_ports_take(spares, 3), 0);
}

static void a_long_line_ends_the_mark(void **state)
{
	struct spare_ports *spares = made();

	(void)state;
	spare_ports_begin(spares, 0, 1);
	for (uint16_t port = 1; port <= 8; port++)
		spare_ports_give(spares, 0, 1, port, 8);
	assert_true(spare_ports_knows(spares, 0, 1));
	assert_int_equal(spares->marked, 1);
	spare_ports_give(spares, 0, 1, 9, 8);
	assert_false(spare_ports_knows(spares, 0, 1));
	assert_int_equal(spares->marked, 0);
}

static void another_destination_takes_the_place(void **state)
{
	struct spare_ports *spares = made();

	(void)state;
	spare_ports_begin(spares, 9, 1);
	spare_ports_give(spares, 9, 1, 50, ENOUGH);
	spare_ports_begin(spares, 9, 2);
	assert_int_equal(spares->marked, 1);
	assert_false(spare_ports_knows(spares, 9, 1));
	assert_int_equal(spare_ports_take(spares, 9), 0);
	spare_ports_give(spares, 9, 2, 51, ENOUGH);
	assert_int_equal(spare_ports_take(spares, 9), 51);
}

/* Without a node left a line cannot be complete: then its mark goes. */
static void no_node_left_ends_the_mark(void **state)
{
	struct spare_ports *spares = made();

	(void)state;
	spare_ports_begin(spares, 0, 1);
	spare_ports_begin(spares, 1, 1);
	for (uint32_t i = 0; i < PORT_SPARES; i++)
		spare_ports_give(spares, 0, 1, (uint16_t)(1 + i % 60000), UINT16_MAX);
	assert_true(spare_ports_knows(spares, 0, 1));
	spare_ports_give(spares, 1, 1, 7, UINT16_MAX);
	assert_false(spare_ports_knows(spares, 1, 1));
	spare_ports_give(spares, 0, 1, 7, UINT16_MAX);
	assert_false(spare_ports_knows(spares, 0, 1));
	/* All are there again. */
	spare_ports_begin(spares, 2, 1);
	for (uint32_t i = 0; i < PORT_SPARES; i++)
		spare_ports_give(spares, 2, 1, 8, UINT16_MAX);
	assert_true(spare_ports_knows(spares, 2, 1));
}

#define PLACES 5U

struct model {
	uint32_t mark;
	unsigned int length;
	uint16_t ports[ENOUGH];
};

static void lines_are_what_a_model_has(void **state)
{
	struct spare_ports *spares = made();
	static struct model models[PLACES];
	struct dice dice = { 3 };
	unsigned int ended = 0;

	(void)state;
	memset(models, 0, sizeof(models));
	for (unsigned int step = 0; step < 200000; step++) {
		unsigned int place = dice_between(&dice, 0, PLACES - 1);
		struct model *model = &models[place];
		uint32_t mark = dice_between(&dice, 1, 2);
		uint16_t port = (uint16_t)dice_between(&dice, 1, 65535);

		switch (dice_between(&dice, 0, 1000) == 0 ? 2 : dice_between(&dice, 0, 2) / 2) {
		case 0:
			spare_ports_give(spares, place, mark, port, 12);
			if (model->mark != mark)
				break;
			if (model->length == 12) {
				*model = (struct model){ 0 };
				ended++;
			} else {
				model->ports[model->length++] = port;
			}
			break;
		case 1:
			if (model->mark == 0)
				break;
			assert_int_equal(spare_ports_take(spares, place),
					 model->length == 0 ? 0 : model->ports[0]);
			if (model->length > 0)
				memmove(model->ports, model->ports + 1,
					--model->length * sizeof(model->ports[0]));
			break;
		default:
			spare_ports_begin(spares, place, mark);
			*model = (struct model){ .mark = mark };
			break;
		}
		for (unsigned int i = 0; i < PLACES; i++)
			assert_int_equal(spare_ports_knows(spares, i, 1), models[i].mark == 1);
	}
	assert_in_range(ended, 100, 200000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ports_come_back_in_the_order_they_were_given),
		cmocka_unit_test(who_did_not_run_dry_is_not_listed),
		cmocka_unit_test(a_long_line_ends_the_mark),
		cmocka_unit_test(another_destination_takes_the_place),
		cmocka_unit_test(no_node_left_ends_the_mark),
		cmocka_unit_test(lines_are_what_a_model_has),
	};

	return cmocka_run_group_tests_name("spare_ports", tests, NULL, NULL);
}
