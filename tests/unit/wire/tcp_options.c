/* SPDX-License-Identifier: BSD-3-Clause */
#include "frames.h"

#include <stdbool.h>

#include "wire/tcp_header.h"

static const struct tcp_options none = { .has_mss = false };

static void options_equal(const struct tcp_options *got, const struct tcp_options *want)
{
	assert_int_equal(got->has_mss, want->has_mss);
	assert_int_equal(got->mss, want->mss);
	assert_int_equal(got->has_window_scale, want->has_window_scale);
	assert_int_equal(got->window_scale, want->window_scale);
	assert_int_equal(got->has_timestamps, want->has_timestamps);
	assert_int_equal(got->ts_value, want->ts_value);
	assert_int_equal(got->ts_echo, want->ts_echo);
	assert_int_equal(got->sack_permitted, want->sack_permitted);
	assert_int_equal(got->has_fast_open, want->has_fast_open);
	if (want->has_fast_open)
		assert_int_equal(got->fast_open_size, want->fast_open_size);
	if (want->has_fast_open && want->fast_open_size > 0)
		assert_memory_equal(got->fast_open, want->fast_open, want->fast_open_size);
	assert_int_equal(got->sack_count, want->sack_count);
	for (unsigned int i = 0; i < want->sack_count; i++) {
		assert_int_equal(got->sack[i].left, want->sack[i].left);
		assert_int_equal(got->sack[i].right, want->sack[i].right);
	}
}

static void options_are(const struct rte_mbuf *mbuf, const void *expected)
{
	struct tcp_header header = { 0 };
	struct tcp_options got;

	assert_int_equal(tcp_header_parse(mbuf, 0, rte_pktmbuf_pkt_len(mbuf), &header),
			 VERDICT_CONTINUE);
	memset(&got, 0xa5, sizeof(got));
	tcp_options_parse(mbuf, 0, &header, &got);
	options_equal(&got, expected);
}

/* A segment whose options are these bytes, to the last byte of its block; size a multiple of four.
 */
static struct bytes segment(const struct bytes *list)
{
	struct bytes bytes = { .size = 20 + list->size };

	assert_int_equal(list->size % 4, 0);
	memcpy(bytes.at + 20, list->at, list->size);
	bytes.at[12] = (uint8_t)(bytes.size / 4 << 4);
	return bytes;
}

static void expect(struct bytes list, struct tcp_options want)
{
	struct bytes bytes = segment(&list);

	frame_in_all_shapes(&bytes, options_are, &want);
}

#define MSS 2, 4, 0x05, 0xb4
#define HAS_MSS .has_mss = true, .mss = 1460
#define TS 8, 10, 1, 2, 3, 4, 5, 6, 7, 8
#define HAS_TS .has_timestamps = true, .ts_value = 0x01020304, .ts_echo = 0x05060708

static void each_option_is_understood(void **state)
{
	expect((struct bytes){ .size = 0 }, none);
	expect(BYTES(MSS), (struct tcp_options){ HAS_MSS });
	expect(BYTES(3, 3, 7, 0),
	       (struct tcp_options){ .has_window_scale = true, .window_scale = 7 });
	expect(BYTES(3, 3, 255, 0),
	       (struct tcp_options){ .has_window_scale = true, .window_scale = 255 });
	expect(BYTES(4, 2, 0, 0), (struct tcp_options){ .sack_permitted = true });
	expect(BYTES(TS, 0, 0), (struct tcp_options){ HAS_TS });
	expect(BYTES(1, 1, TS), (struct tcp_options){ HAS_TS });
	expect(BYTES(1, 1, 5, 10, 0, 0, 0, 1, 0, 0, 0, 2),
	       (struct tcp_options){ .sack_count = 1, .sack = { { 1, 2 } } });
	expect(BYTES(MSS, 4, 2, TS, 1, 3, 3, 7),
	       (struct tcp_options){ HAS_MSS, HAS_TS, .sack_permitted = true,
				     .has_window_scale = true, .window_scale = 7 });
}

/* RFC 7413 2: a request is empty, a cookie has 4 to 16 bytes, an even number. */
static void fast_open_cookies_have_their_lengths(void **state)
{
	expect(BYTES(34, 2, 0, 0), (struct tcp_options){ .has_fast_open = true });
	expect(BYTES(34, 6, 1, 2, 3, 4, 0, 0), (struct tcp_options){ .has_fast_open = true,
								     .fast_open_size = 4,
								     .fast_open = { 1, 2, 3, 4 } });
	expect(BYTES(34, 18, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 1, 1),
	       (struct tcp_options){
		       .has_fast_open = true,
		       .fast_open_size = 16,
		       .fast_open = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 } });
	expect(BYTES(34, 3, 1, MSS, 0), (struct tcp_options){ HAS_MSS });
	expect(BYTES(34, 4, 1, 2, MSS), (struct tcp_options){ HAS_MSS });
	expect(BYTES(34, 7, 1, 2, 3, 4, 5, MSS, 0), (struct tcp_options){ HAS_MSS });
	expect(BYTES(34, 20, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18), none);
	/* The first one counts. */
	expect(BYTES(34, 2, 34, 6, 1, 2, 3, 4), (struct tcp_options){ .has_fast_open = true });
}

/* RFC 9293 MUST-64: an option may begin at any byte. */
static void options_begin_anywhere(void **state)
{
	expect(BYTES(1, MSS, 1, 1, 0), (struct tcp_options){ HAS_MSS });
	expect(BYTES(1, 1, MSS, 1, 0), (struct tcp_options){ HAS_MSS });
	expect(BYTES(1, TS, 1), (struct tcp_options){ HAS_TS });
	expect(BYTES(1, 1, 1, MSS, TS, 1, 1, 1), (struct tcp_options){ HAS_MSS, HAS_TS });
}

/* RFC 9293 MUST-6. */
static void unknown_options_are_stepped_over(void **state)
{
	expect(BYTES(254, 2, MSS, 0, 0), (struct tcp_options){ HAS_MSS });
	expect(BYTES(253, 5, 2, 4, 0, MSS, 1, 1, 1), (struct tcp_options){ HAS_MSS });
	expect(BYTES(1, 1, TS, 30, 4, 0, 0, MSS), (struct tcp_options){ HAS_TS, HAS_MSS });
}

static void end_of_list_ends_it(void **state)
{
	expect(BYTES(0, 0, 0, 0, MSS), none);
	expect(BYTES(1, 0, 1, 1, MSS), none);
	expect(BYTES(MSS, 0, 4, 2, 0), (struct tcp_options){ HAS_MSS });
}

/* RFC 9293 MUST-7: what came before the illegal length stands, what follows is not looked at. */
static void length_zero_or_one_ends_the_list(void **state)
{
	for (unsigned int kind = 2; kind < 256; kind++) {
		for (unsigned int length = 0; length < 2; length++) {
			struct bytes list = BYTES(MSS, 0, 0, 4, 2);

			list.at[4] = (uint8_t)kind;
			list.at[5] = (uint8_t)length;
			expect(list, (struct tcp_options){ HAS_MSS });
		}
	}
}

static void length_past_the_header_ends_the_list(void **state)
{
	for (unsigned int kind = 2; kind < 256; kind++) {
		for (unsigned int length = 5; length < 256; length += kind % 7 + 1) {
			struct bytes list = BYTES(MSS, 0, 0, 4, 2);

			list.at[4] = (uint8_t)kind;
			list.at[5] = (uint8_t)length;
			expect(list, (struct tcp_options){ HAS_MSS });
		}
	}
}

static void truncated_options_are_ignored(void **state)
{
	expect(BYTES(1, 1, 1, 2), none);
	expect(BYTES(1, 1, 2, 4), none);
	expect(BYTES(1, 2, 4, 5), none);
	expect(BYTES(1, 1, 1, 8), none);
	expect(BYTES(8, 10, 0, 0, 0, 0, 0, 0), none);
	expect(BYTES(1, 1, 8, 10, 0, 0, 0, 0), none);
	expect(BYTES(5, 10, 0, 0, 0, 0, 0, 0), none);
	expect(BYTES(1, 1, 3, 3), none);
}

/* The bytes behind the header are the user's: they must not be taken for the end of an option. */
static void options_end_where_text_begins(void **state)
{
	struct bytes list = BYTES(1, 1, 2, 4), bytes = segment(&list);

	bytes.at[24] = 0x05;
	bytes.at[25] = 0xb4;
	bytes.size = 40;
	frame_in_all_shapes(&bytes, options_are, &none);
}

/* Every length but the legal one: stepped over, so that the option behind still counts. */
static void lengths_must_be_the_legal_ones(void **state)
{
	static const struct {
		uint8_t kind, length;
	} legal[] = { { 2, 4 }, { 3, 3 }, { 4, 2 }, { 8, 10 } };

	for (unsigned int i = 0; i < RTE_DIM(legal); i++) {
		for (uint8_t length = 2; length <= 36; length++) {
			struct bytes list = { .size = 40 };

			if (length == legal[i].length)
				continue;
			memset(list.at, 1, 40);
			list.at[0] = legal[i].kind;
			list.at[1] = length;
			if (legal[i].kind != 2)
				memcpy(list.at + length, (uint8_t[]){ MSS }, 4);
			else
				memcpy(list.at + length, (uint8_t[]){ 3, 3, 7 }, 3);
			if (legal[i].kind != 2)
				expect(list, (struct tcp_options){ HAS_MSS });
			else
				expect(list, (struct tcp_options){ .has_window_scale = true,
								   .window_scale = 7 });
		}
	}
}

static void sack_lengths(void **state)
{
	for (uint8_t length = 2; length <= 40; length++) {
		struct tcp_options want = { .sack_count = 0 };
		struct bytes list = { .size = 40 };

		memset(list.at, 0, 40);
		list.at[0] = 5;
		list.at[1] = length;
		for (uint8_t i = 2; i < length; i++)
			list.at[i] = i;
		if ((length - 2) % 8 == 0)
			want.sack_count = (uint8_t)((length - 2) / 8);
		for (unsigned int i = 0; i < want.sack_count; i++) {
			want.sack[i].left = 0x02030405 + i * 0x08080808;
			want.sack[i].right = 0x06070809 + i * 0x08080808;
		}
		expect(list, want);
	}
}

static void the_first_of_its_kind_wins(void **state)
{
	expect(BYTES(MSS, 2, 4, 0, 8), (struct tcp_options){ HAS_MSS });
	expect(BYTES(2, 3, 9, MSS, 1), (struct tcp_options){ HAS_MSS });
	expect(BYTES(3, 3, 7, 3, 3, 8, 1, 1),
	       (struct tcp_options){ .has_window_scale = true, .window_scale = 7 });
	expect(BYTES(1, 1, TS, 8, 10, 9, 9, 9, 9, 9, 9, 9, 9, 1, 1),
	       (struct tcp_options){ HAS_TS });
	expect(BYTES(5, 10, 0, 0, 0, 1, 0, 0, 0, 2, 5, 10, 0, 0, 0, 3, 0, 0, 0, 4),
	       (struct tcp_options){ .sack_count = 1, .sack = { { 1, 2 } } });
}

/* The header was read from a frame that is longer than the one the options are asked of. */
static void options_behind_the_frame(void **state)
{
	struct tcp_header header = { .length = 60 };
	struct bytes list = BYTES(MSS), bytes = segment(&list);
	struct rte_mbuf *mbuf = frame_whole(bytes.at, bytes.size);
	struct tcp_options got;

	tcp_options_parse(mbuf, 0, &header, &got);
	options_equal(&got, &none);
	rte_pktmbuf_free(mbuf);
}

static struct tcp_options random_options(struct random_stream *random)
{
	struct tcp_options options = none;

	options.has_timestamps = random_below(random, 2) != 0;
	options.has_mss = random_below(random, 2) != 0;
	options.has_window_scale = random_below(random, 2) != 0;
	options.sack_permitted = random_below(random, 2) != 0;
	if (random_below(random, 2) != 0) {
		options.has_mss = options.has_window_scale = options.sack_permitted = false;
		options.sack_count = (uint8_t)random_below(random, options.has_timestamps ? 4 : 5);
	}
	if (options.has_mss)
		options.mss = (uint16_t)random_u64(random);
	if (options.has_window_scale)
		options.window_scale = (uint8_t)random_u64(random);
	if (options.has_timestamps) {
		options.ts_value = (uint32_t)random_u64(random);
		options.ts_echo = (uint32_t)random_u64(random);
	}
	/* There is room for the longest cookie beside all that a SYN carries. */
	if (options.sack_count == 0 && random_below(random, 2) != 0) {
		options.has_fast_open = true;
		options.fast_open_size = (uint8_t)(2 * random_below(random, 9));
		if (options.fast_open_size == 2)
			options.fast_open_size = 0;
		random_fill(random, options.fast_open, options.fast_open_size);
	}
	random_fill(random, options.sack, sizeof(options.sack[0]) * options.sack_count);
	return options;
}

static void emitted_is_parsed(void **state)
{
	struct random_stream random = frames_random(6);

	for (unsigned int i = 0; i < 1000; i++) {
		struct tcp_options want = random_options(&random);
		struct tcp_header header = { .length = 0 };
		struct bytes bytes = { .size = 0 };

		memset(bytes.at, 0xa5, 100);
		header.length = (uint8_t)(20 + tcp_options_length(&want));
		assert_int_equal(header.length % 4, 0);
		assert_in_range(header.length, 20, 60);
		bytes.size = tcp_header_emit(bytes.at, &header, &want);
		assert_int_equal(bytes.size, header.length);
		assert_int_equal(bytes.at[bytes.size], 0xa5);
		frame_in_all_shapes(&bytes, options_are, &want);
	}
}

static void bytes_on_the_wire(void **state)
{
	static const uint8_t syn[] = { MSS, 4, 2, TS, 1, 3, 3, 7 };
	static const uint8_t ack[] = { 1, 1, TS, 1, 1, 5, 10, 0, 0, 0, 1, 0, 0, 0, 2 };
	static const uint8_t permitted[] = { 1, 1, 4, 2 };
	struct tcp_options options = { HAS_MSS, HAS_TS, .sack_permitted = true,
				       .has_window_scale = true, .window_scale = 7 };
	struct tcp_header header = { .length = 40 };
	uint8_t at[60];

	assert_int_equal(tcp_header_emit(at, &header, &options), 40);
	assert_memory_equal(at + 20, syn, sizeof(syn));

	options = (struct tcp_options){ HAS_TS, .sack_count = 1, .sack = { { 1, 2 } } };
	header.length = 44;
	assert_int_equal(tcp_header_emit(at, &header, &options), 44);
	assert_memory_equal(at + 20, ack, sizeof(ack));

	options = (struct tcp_options){ .sack_permitted = true };
	header.length = 24;
	assert_int_equal(tcp_header_emit(at, &header, &options), 24);
	assert_memory_equal(at + 20, permitted, sizeof(permitted));
}

/*
 * A second reading of the rules, slow and plain: it looks for the options one kind at a time and
 * begins at the start of the list each time.
 */
static const uint8_t *find_option(const uint8_t *list, int size, int kind, bool (*legal)(int))
{
	for (int i = 0; i < size;) {
		if (list[i] == 0)
			return NULL;
		if (list[i] == 1) {
			i += 1;
			continue;
		}
		if (i + 1 >= size || list[i + 1] < 2 || i + list[i + 1] > size)
			return NULL;
		if (list[i] == kind && legal(list[i + 1]))
			return list + i;
		i += list[i + 1];
	}
	return NULL;
}

static bool is_2(int length)
{
	return length == 2;
}

static bool is_3(int length)
{
	return length == 3;
}

static bool is_4(int length)
{
	return length == 4;
}

static bool is_10(int length)
{
	return length == 10;
}

static bool is_sack(int length)
{
	return length == 10 || length == 18 || length == 26 || length == 34;
}

static bool is_fast_open(int length)
{
	return length == 2 || (length >= 6 && length <= 18 && length % 2 == 0);
}

static uint32_t get_32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static struct tcp_options reference(const struct bytes *list)
{
	const uint8_t *mss = find_option(list->at, (int)list->size, 2, is_4);
	const uint8_t *scale = find_option(list->at, (int)list->size, 3, is_3);
	const uint8_t *permitted = find_option(list->at, (int)list->size, 4, is_2);
	const uint8_t *sack = find_option(list->at, (int)list->size, 5, is_sack);
	const uint8_t *stamps = find_option(list->at, (int)list->size, 8, is_10);
	const uint8_t *fast = find_option(list->at, (int)list->size, 34, is_fast_open);
	struct tcp_options options = none;

	options.has_fast_open = fast != NULL;
	options.fast_open_size = fast != NULL ? (uint8_t)(fast[1] - 2) : 0;
	if (fast != NULL)
		memcpy(options.fast_open, fast + 2, options.fast_open_size);
	options.has_mss = mss != NULL;
	options.mss = mss != NULL ? (uint16_t)(mss[2] << 8 | mss[3]) : 0;
	options.has_window_scale = scale != NULL;
	options.window_scale = scale != NULL ? scale[2] : 0;
	options.sack_permitted = permitted != NULL;
	options.has_timestamps = stamps != NULL;
	options.ts_value = stamps != NULL ? get_32(stamps + 2) : 0;
	options.ts_echo = stamps != NULL ? get_32(stamps + 6) : 0;
	options.sack_count = sack != NULL ? (uint8_t)(sack[1] / 8) : 0;
	for (unsigned int i = 0; i < options.sack_count; i++) {
		options.sack[i].left = get_32(sack + 2 + 8 * i);
		options.sack[i].right = get_32(sack + 6 + 8 * i);
	}
	return options;
}

/* Half of the bytes are drawn from kinds and lengths that mean something. */
static void random_bytes_are_read_as_the_rules_say(void **state)
{
	static const uint8_t likely[] = { 0, 1, 1, 2, 2, 3, 4, 4, 5, 8, 10, 18, 26, 34, 40 };
	struct random_stream random = frames_random(7);

	for (unsigned int i = 0; i < 50000; i++) {
		struct bytes list = { .size = 4 * random_below(&random, 11) }, bytes;
		struct tcp_options want;
		struct rte_mbuf *mbuf;

		for (uint32_t j = 0; j < list.size; j++)
			list.at[j] = random_below(&random, 8) != 0
					     ? likely[random_below(&random, sizeof(likely))]
					     : (uint8_t)random_u64(&random);
		want = reference(&list);
		bytes = segment(&list);
		mbuf = (i & 1) != 0 ? frame_whole(bytes.at, bytes.size)
				    : frame_shredded(bytes.at, bytes.size, &random, 30);
		options_are(mbuf, &want);
		rte_pktmbuf_free(mbuf);
	}
}

/* Words as senders put them together, in any order, truncated, and with a byte changed. */
static void usual_words_are_read_as_the_rules_say(void **state)
{
	static const uint8_t words[][4] = {
		{ MSS },         { 2, 4, 2, 24 }, { 1, 3, 3, 7 },  { 1, 3, 3, 14 }, { 1, 1, 4, 2 },
		{ 4, 2, 8, 10 }, { 1, 1, 8, 10 }, { 1, 1, 5, 10 }, { 4, 2, 0, 0 },  { 1, 1, 1, 1 },
		{ 3, 3, 9, 1 },  { 28, 4, 0, 9 }, { 34, 2, 1, 1 }, { 0, 0, 0, 0 },  { 9, 9, 9, 9 },
	};
	struct random_stream random = frames_random(8);

	for (unsigned int i = 0; i < 50000; i++) {
		struct bytes list = { .size = 4 * (1 + random_below(&random, 10)) }, bytes;
		struct tcp_options want;
		struct rte_mbuf *mbuf;

		for (uint32_t j = 0; j < list.size; j += 4)
			memcpy(list.at + j, words[random_below(&random, 15)], 4);
		if (random_below(&random, 3) == 0)
			list.at[random_below(&random, list.size)] =
				(uint8_t)random_below(&random, 12);
		want = reference(&list);
		bytes = segment(&list);
		mbuf = frame_whole(bytes.at, bytes.size);
		options_are(mbuf, &want);
		rte_pktmbuf_free(mbuf);
	}
}

int run_tcp_options(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_option_is_understood),
		cmocka_unit_test(fast_open_cookies_have_their_lengths),
		cmocka_unit_test(options_begin_anywhere),
		cmocka_unit_test(unknown_options_are_stepped_over),
		cmocka_unit_test(end_of_list_ends_it),
		cmocka_unit_test(length_zero_or_one_ends_the_list),
		cmocka_unit_test(length_past_the_header_ends_the_list),
		cmocka_unit_test(truncated_options_are_ignored),
		cmocka_unit_test(options_end_where_text_begins),
		cmocka_unit_test(lengths_must_be_the_legal_ones),
		cmocka_unit_test(sack_lengths),
		cmocka_unit_test(the_first_of_its_kind_wins),
		cmocka_unit_test(options_behind_the_frame),
		cmocka_unit_test(emitted_is_parsed),
		cmocka_unit_test(bytes_on_the_wire),
		cmocka_unit_test(random_bytes_are_read_as_the_rules_say),
		cmocka_unit_test(usual_words_are_read_as_the_rules_say),
	};

	return cmocka_run_group_tests_name("tcp_options", tests, NULL, NULL);
}
