/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The parts of sim-table that need no stack: names and number of cells, theory, road, meter, table.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cell.h"
#include "meter.h"
#include "road.h"
#include "table.h"
#include "theory.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- cells ---- */

/* Field by field: what lies between them is anything. */
static bool same_cell(const struct cell *a, const struct cell *b)
{
	return a->kind == b->kind && a->control == b->control && a->flows == b->flows &&
	       a->rate_bps == b->rate_bps && a->rtt_us == b->rtt_us &&
	       a->queue_percent == b->queue_percent && a->loss_ppm == b->loss_ppm &&
	       a->fault == b->fault;
}

static void every_cell_has_a_name_that_says_it_all(void **state)
{
	static struct cell cells[CELLS_MAX];
	static char names[CELLS_MAX][CELL_NAME_SIZE];
	unsigned int i, j, count = cell_list(cells);

	(void)state;
	for (i = 0; i < count; i++) {
		struct cell again;

		assert_true(cell_parse(cell_name(&cells[i], names[i]), &again));
		assert_true(same_cell(&again, &cells[i]));
		for (j = 0; j < i; j++)
			assert_string_not_equal(names[i], names[j]);
	}
}

static void what_is_no_name_is_refused(void **state)
{
	static const char *const wrong[] = {
		"",
		"vegas/100M/20ms/1bdp/0%",
		"cubic/100M/20ms/1bdp/0",
		"cubic/100M/20ms/1bdp/0%x",
		"cubic/100/20ms/1bdp/0%",
		"cubic/0M/20ms/1bdp/0%",
		"cubic/100M/0ms/1bdp/0%",
		"cubic*0/100M/20ms/1bdp/0%",
		"cubic*99/100M/20ms/1bdp/0%",
		"cubic*2/100M/20ms/1bdp/burst10",
		"cubic/100M/20ms/1bdp/tail0",
		"cubic/100M/20ms/1bdp/100%",
		"cubic/100M/20.000001ms/1bdp/0%",
	};
	struct cell cell;
	unsigned int i;

	(void)state;
	for (i = 0; i < COUNT_OF(wrong); i++)
		assert_false(cell_parse(wrong[i], &cell));
	assert_true(cell_parse("mixed*16/2.5G/0.5ms/1.25bdp/0.0001%", &cell));
	assert_int_equal(cell.rate_bps, 2500000000);
	assert_int_equal(cell.rtt_us, 500);
	assert_int_equal(cell.queue_percent, 125);
	assert_int_equal(cell.loss_ppm, 1);
	assert_int_equal(cell.flows, 16);
}

static void the_part_is_small_and_slow(void **state)
{
	static struct cell cells[CELLS_MAX];
	unsigned int i, part = 0, kinds = 0, count = cell_list(cells);

	(void)state;
	for (i = 0; i < count; i++) {
		if (!cell_in_part(&cells[i]))
			continue;
		part++;
		kinds |= 1U << cells[i].kind;
		assert_true(cells[i].rate_bps <= 1000000000);
	}
	assert_in_range(part, 40, CELLS_PART_MAX);
	assert_int_equal(kinds, 0xf);
}

static void a_queue_holds_eight_frames_at_least(void **state)
{
	struct cell cell = { .rate_bps = 10000000, .rtt_us = 1000, .queue_percent = 50 };

	(void)state;
	assert_int_equal(cell_bdp_bytes(&cell), 1250);
	assert_int_equal(cell_queue_bytes(&cell), 8 * 1538);
	cell.rtt_us = 200000;
	assert_int_equal(cell_queue_bytes(&cell), 125000);
}

/* ---- theory ---- */

static void mathis_and_rfc9438_response_functions(void **state)
{
	/* Mean windows for a round-trip time of 0.1 s; RFC 9438 5.2 has the same for CUBIC. */
	static const struct {
		uint32_t loss_ppm, reno, cubic;
	} expected[] = { { 10000, 12, 12 },
			 { 1000, 39, 39 },
			 { 100, 122, 187 },
			 { 10, 387, 1054 },
			 { 1, 1225, 5926 } };
	unsigned int i;

	(void)state;
	for (i = 0; i < COUNT_OF(expected); i++) {
		uint32_t loss = expected[i].loss_ppm;

		assert_int_equal((theory_window_milli(CELL_NEWRENO, 100000, loss) + 500) / 1000,
				 expected[i].reno);
		assert_int_equal((theory_window_milli(CELL_CUBIC, 100000, loss) + 500) / 1000,
				 expected[i].cubic);
	}
}

static void no_theory_is_faster_than_the_bottleneck(void **state)
{
	struct cell cell = { .rate_bps = 10000000, .rtt_us = 20000, .loss_ppm = 100 };

	(void)state;
	/* 1,460 of the 1,538 bytes that a full frame takes, less what is lost. */
	assert_int_equal(theory_ceiling_bps(&cell, 1460), 9491898);
	assert_int_equal(theory_goodput_bps(&cell, 1460), 9491898);
	cell.rate_bps *= 100;
	assert_int_equal(theory_goodput_bps(&cell, 1460), 71524816);
}

static void roots_are_whole_numbers(void **state)
{
	unsigned __int128 large = (unsigned __int128)UINT64_MAX << 30;
	uint64_t root = theory_root(large);

	(void)state;
	assert_int_equal(theory_root(0), 0);
	assert_int_equal(theory_root(80), 8);
	assert_int_equal(theory_root(81), 9);
	assert_true((unsigned __int128)root * root <= large);
	assert_true((unsigned __int128)(root + 1) * (root + 1) > large);
}

static void jain_is_one_for_equals_and_falls_to_a_share(void **state)
{
	static const uint64_t equal[] = { 7000, 7000, 7000, 7000 };
	static const uint64_t one[] = { 0, 9000000000, 0, 0 };
	static const uint64_t two_to_one[] = { 2, 1 };

	(void)state;
	assert_int_equal(theory_jain(equal, 4), 10000);
	assert_int_equal(theory_jain(one, 4), 2500);
	assert_int_equal(theory_jain(two_to_one, 2), 9000);
	assert_int_equal(theory_jain(one, 1), 0);
}

/* ---- the road ---- */

static void the_road_keeps_order_however_full_it_gets(void **state)
{
	struct bottleneck_params params = { .bits_per_second = 1000000000, .queue_bytes = 1 << 30 };
	struct road_frame frame = { .size = 1514, .header = 66 };
	uint64_t due_us = 0;
	uint32_t sent = 0, taken = 0;
	struct road road;
	unsigned int i;

	(void)state;
	road_init(&road, &params, 500, 10);
	for (i = 0; i < 20000; i++) {
		/* Two come for each that goes: the ring turns, and grows while it is turned. */
		memcpy(frame.bytes, &sent, sizeof(sent));
		sent++;
		assert_true(road_send(&road, i, &frame, false));
		if (i % 2 == 1) {
			const struct road_frame *next;

			assert_true(road_next_us(&road) >= due_us);
			assert_int_equal(road_next_us(&road) % 10, 0);
			due_us = road_next_us(&road);
			next = road_take(&road);
			assert_memory_equal(next->bytes, &taken, sizeof(taken));
			assert_int_equal(next->size, 1514);
			taken++;
		}
	}
	/* 1,538 bytes a frame, and the way. */
	assert_int_equal(due_us, (taken * 12304ULL / 1000 + 500 + 9) / 10 * 10);
	assert_int_equal(road.count, sent - taken);
	road_free(&road);
}

static void what_is_lost_takes_its_time_and_what_is_dropped_does_not(void **state)
{
	struct bottleneck_params params = { .bits_per_second = 12304000, .queue_bytes = 1538 };
	struct road_frame frame = { .size = 1514, .header = 66 };
	struct road road;

	(void)state;
	road_init(&road, &params, 0, 1);
	assert_true(road_send(&road, 0, &frame, true));
	assert_true(road_send(&road, 0, &frame, false));
	assert_false(road_send(&road, 0, &frame, false));
	assert_int_equal(road.count, 1);
	assert_int_equal(road_next_us(&road), 2000);
	road_free(&road);
}

/* ---- the meter ---- */

/* A segment of flow 1 with so much text, from port 5. */
static struct road_frame segment(uint32_t seq, uint16_t text)
{
	struct road_frame frame = { .size = (uint16_t)(54 + text), .header = 54 };
	uint16_t packet = (uint16_t)(40 + text);
	uint8_t *at = frame.bytes;

	at[12] = 0x08;
	at[14] = 0x45;
	at[16] = (uint8_t)(packet >> 8);
	at[17] = (uint8_t)packet;
	at[23] = 6;
	at[35] = 5;
	at[38] = (uint8_t)(seq >> 24);
	at[39] = (uint8_t)(seq >> 16);
	at[40] = (uint8_t)(seq >> 8);
	at[41] = (uint8_t)seq;
	at[46] = 0x50;
	return frame;
}

static void the_meter_knows_what_is_sent_again(void **state)
{
	static const struct {
		uint32_t seq;
		uint16_t text;
		uint64_t to;
		bool again;
	} seen[] = {
		{ 0xfffffff0, 1000, 1000, false },
		{ 0xfffffff0 + 1000, 1000, 2000, false }, /* across the wrap */
		{ 0xfffffff0 + 3000, 1000, 4000, false },
		{ 0xfffffff0, 1000, 1000, true },
		{ 0xfffffff0 + 3500, 1000, 4500, false }, /* half of it is new */
		{ 0xfffffff0 + 2000, 100, 2100, true },
	};
	struct meter meter;
	struct road_frame frame;
	unsigned int i;

	(void)state;
	meter_init(&meter, 4);
	for (i = 0; i < COUNT_OF(seen); i++) {
		struct meter_sight sight;

		frame = segment(seen[i].seq, seen[i].text);
		sight = meter_note(&meter, &frame);
		assert_ptr_equal(sight.flow, &meter.flows[1]);
		assert_int_equal(sight.to, seen[i].to);
		assert_int_equal(sight.from, seen[i].to - seen[i].text);
		assert_int_equal(sight.again, seen[i].again);
	}
	assert_int_equal(meter.flows[1].segments, 6);
	assert_int_equal(meter.flows[1].again, 2);
	assert_int_equal(meter.flows[1].sent, 4500);
	assert_int_equal(meter.flows[1].text_max, 1000);
	/* An ACK is no segment with text, padded or not. */
	frame = segment(7, 0);
	assert_null(meter_note(&meter, &frame).flow);
	frame.size = 60;
	assert_null(meter_note(&meter, &frame).flow);
	assert_int_equal(meter_header_bytes(frame.bytes, 60), 54);
}

/* ---- the table ---- */

static void a_factor_of_more_than_one_and_a_half_is_off(void **state)
{
	(void)state;
	assert_false(table_is_off(1500, 1000));
	assert_true(table_is_off(1501, 1000));
	assert_false(table_is_off(1000, 1500));
	assert_true(table_is_off(999, 1500));
}

static void what_is_written_is_read_and_what_differs_is_told(void **state)
{
	struct table_line lines[2] = { { .text = "" } }, again[2] = { { .text = "" } };
	struct run_result result = { .segment_bytes = 1460,
				     .goodput_bps = { 50000000 },
				     .segments = 1000,
				     .again = 30,
				     .lost = 20 };
	char path[] = "/tmp/table-test-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	assert_true(cell_parse("cubic/100M/20ms/1bdp/0%", &lines[0].cell));
	assert_true(cell_parse("newreno/100M/20ms/1bdp/tail3", &lines[1].cell));
	table_print(&lines[0].cell, &result, lines[0].text);
	assert_non_null(strstr(lines[0].text, " 50000  52.6%   3.00%     1.00% "));
	assert_non_null(strstr(lines[0].text, "0.52 !"));
	result.recovery_us = 45678;
	result.fault_lost = 3;
	table_print(&lines[1].cell, &result, lines[1].text);
	assert_non_null(strstr(lines[1].text, " 45678    2.28 "));
	assert_int_equal(table_write(path, lines, 2), 0);
	again[0].cell = lines[1].cell;
	again[1].cell = lines[0].cell;
	assert_int_equal(table_read(path, again, 2), 0);
	assert_string_equal(again[0].text, lines[1].text);
	assert_string_equal(again[1].text, lines[0].text);
	assert_int_equal(table_compare(stderr, again, again, 2), 0);
	lines[1].text[40] ^= 1;
	lines[0].cell = again[0].cell;
	snprintf(lines[0].text, TABLE_LINE_SIZE, "%s", again[0].text);
	assert_int_equal(table_compare(stderr, again, lines, 2), 1);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cell_has_a_name_that_says_it_all),
		cmocka_unit_test(what_is_no_name_is_refused),
		cmocka_unit_test(the_part_is_small_and_slow),
		cmocka_unit_test(a_queue_holds_eight_frames_at_least),
		cmocka_unit_test(mathis_and_rfc9438_response_functions),
		cmocka_unit_test(no_theory_is_faster_than_the_bottleneck),
		cmocka_unit_test(roots_are_whole_numbers),
		cmocka_unit_test(jain_is_one_for_equals_and_falls_to_a_share),
		cmocka_unit_test(the_road_keeps_order_however_full_it_gets),
		cmocka_unit_test(what_is_lost_takes_its_time_and_what_is_dropped_does_not),
		cmocka_unit_test(the_meter_knows_what_is_sent_again),
		cmocka_unit_test(a_factor_of_more_than_one_and_a_half_is_off),
		cmocka_unit_test(what_is_written_is_read_and_what_differs_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
