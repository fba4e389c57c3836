/* SPDX-License-Identifier: BSD-3-Clause */
/* Segments in and out: built from fields, compared field by field. */
#include "harness.h"

#include <assert.h>
#include <stdio.h>

#define LINE_MAX_BYTES 512
#define COLUMN_BYTES 64
#define COLUMNS_MAX 24
#define DONT_FRAGMENT 0x4000U
#define MORE_FRAGMENTS 0x2000U
#define DEFAULT_TTL 64U
#define DEFAULT_WINDOW 65535U
#define IP_HEADER_AT 14U
#define IP_HEADER_BYTES 20U
#define PROTOCOL_ICMP 1U
#define PROTOCOL_TCP 6U
#define ICMP_BYTES 8U
#define SHIFT_MAX 14 /**< RFC 7323 2.3 */

static uint8_t payload_of_peer[65536];

/* ---- options ----------------------------------------------------------------------------- */

/** What a relative number of one side begins at. */
struct bases {
	uint32_t seq, ack, ts, echo;
};

static struct bases bases_of(const struct flow *flow, bool out)
{
	if (out)
		return (struct bases){ flow->our_isn, flow->peer_iss, flow->our_ts, PEER_TS };
	return (struct bases){ flow->peer_iss, flow->our_isn, PEER_TS, flow->our_ts };
}

/** What of the options is there in its one legal length. */
static void read_options(const struct tcp_frame *frame, struct frame_options *out)
{
	const uint8_t *at;
	unsigned int blocks, i;

	*out = (struct frame_options){ .mss = -1, .window_shift = -1 };
	at = frame_option(frame, 2, 4);
	if (at != NULL)
		out->mss = frame_get16(at + 2);
	out->sack_permitted = frame_option(frame, 4, 2) != NULL;
	at = frame_option(frame, 3, 3);
	if (at != NULL)
		out->window_shift = at[2];
	at = frame_option(frame, 8, 10);
	if (at != NULL) {
		out->timestamps = true;
		out->ts_value = frame_get32(at + 2);
		out->ts_echo = frame_get32(at + 6);
	}
	for (blocks = 1; blocks <= 4; blocks++) {
		at = frame_option(frame, 5, 2 + 8 * blocks);
		if (at == NULL)
			continue;
		out->sack_count = (uint8_t)blocks;
		for (i = 0; i < 2 * blocks; i++)
			out->sack[i] = frame_get32(at + 2 + (size_t)4 * i);
	}
}

/** Window scaling is in force when both SYNs had the option (RFC 7323 2.2), and not in a SYN. */
static unsigned int shift_of(const struct flow *flow, unsigned int flags, int16_t shift)
{
	if ((flags & SYN) || flow->our_shift < 0 || flow->peer_shift < 0)
		return 0;
	return shift > SHIFT_MAX ? SHIFT_MAX : (unsigned int)shift;
}

/** Keeps what a SYN of this connection says about later windows. */
static void note_shift(const struct tcp_frame *frame, uint32_t isn, int16_t *shift)
{
	const uint8_t *option = frame_option(frame, 3, 3);

	if ((frame->flags & SYN) && frame->seq == isn)
		*shift = option == NULL ? -1 : option[2];
}

static uint32_t milliseconds(void)
{
	return (uint32_t)(script_now_us() / 1000);
}

/** Takes an option field; false if it is none. Numbers relative to base. */
static bool apply_option(struct where where, struct frame_options *options,
			 const struct field *field, const struct bases *bases, unsigned int flags)
{
	const uint32_t *numbers = field->bytes;
	size_t i, count = field->size / sizeof(uint32_t);

	switch (field->kind) {
	case FIELD_MSS:
		options->mss = (uint16_t)field->value;
		return true;
	case FIELD_WS:
		options->window_shift = (int16_t)field->value;
		return true;
	case FIELD_SACK_PERMITTED:
		options->sack_permitted = true;
		return true;
	case FIELD_TS:
		if (count != 2)
			stage_fail(where, "TS needs a value and an echo");
		options->timestamps = true;
		options->ts_value = bases->ts + (numbers[0] == NOW ? milliseconds() : numbers[0]);
		options->ts_echo = numbers[1] + (flags & ACK ? bases->echo : 0);
		return true;
	case FIELD_SACK:
		if (count == 0 || count % 2 != 0 || count > 8)
			stage_fail(where, "SACK needs one to four pairs of numbers");
		options->sack_count = (uint8_t)(count / 2);
		for (i = 0; i < count; i++)
			options->sack[i] = bases->ack + numbers[i];
		return true;
	default:
		return false;
	}
}

/** Lays the options out that the fields name; false if they name none. */
static bool apply_options(struct where where, struct tcp_frame *frame, const struct field *fields,
			  const struct bases *bases, int32_t default_mss)
{
	struct frame_options options = { .mss = default_mss, .window_shift = -1 };
	bool any = default_mss >= 0, raw = false;

	for (; fields->kind != FIELD_END; fields++) {
		any |= apply_option(where, &options, fields, bases, frame->flags);
		raw |= fields->kind == FIELD_OPTIONS;
	}
	if (!any || raw)
		return raw;
	if (!frame_put_options(frame, &options))
		stage_fail(where, "these options are more than 40 octets");
	return true;
}

/* ---- printing ---------------------------------------------------------------------------- */

static void print_octets(const struct tcp_frame *frame, char *buf, size_t size)
{
	size_t i, at = 0;

	for (i = 0; i < frame->options_size && at + 3 < size; i++)
		at += (size_t)snprintf(buf + at, size - at, "%02x ", frame->options[i]);
}

/** As values if that is all there is to them, else octet by octet. */
static void print_options(const struct tcp_frame *frame, const struct bases *bases, char *buf,
			  size_t size)
{
	struct frame_options options;
	struct tcp_frame again = { 0 };
	size_t at = 0;

	read_options(frame, &options);
	snprintf(buf, size, "none");
	if (frame->options_size == 0)
		return;
	if (!frame_put_options(&again, &options) || again.options_size != frame->options_size ||
	    memcmp(again.options, frame->options, again.options_size) != 0) {
		print_octets(frame, buf, size);
		return;
	}
	if (options.mss >= 0)
		at += (size_t)snprintf(buf + at, size - at, ", mss %d", options.mss);
	if (options.sack_permitted)
		at += (size_t)snprintf(buf + at, size - at, ", sack permitted");
	if (options.timestamps)
		at += (size_t)snprintf(
			buf + at, size - at, ", ts %d ecr %d",
			(int32_t)(options.ts_value - bases->ts),
			(int32_t)(options.ts_echo - (frame->flags & ACK ? bases->echo : 0)));
	if (options.window_shift >= 0)
		at += (size_t)snprintf(buf + at, size - at, ", ws %d", options.window_shift);
	for (unsigned int i = 0; i < 2U * options.sack_count; i += 2)
		at += (size_t)snprintf(buf + at, size - at, ", sack %d-%d",
				       (int32_t)(options.sack[i] - bases->ack),
				       (int32_t)(options.sack[i + 1] - bases->ack));
	memmove(buf, buf + 2, at - 1);
}

static void print_segment(const struct tcp_frame *frame, const struct flow *flow, bool out,
			  char *buf, size_t size)
{
	char flags[16], options[160];
	struct bases bases = bases_of(flow, out);
	int at;

	print_options(frame, &bases, options, sizeof(options));
	at = snprintf(buf, size, "%-3s seq %d", frame_flags(frame->flags, flags, sizeof(flags)),
		      (int32_t)(frame->seq - bases.seq));
	if (frame->flags & ACK)
		at += snprintf(buf + at, size - (size_t)at, " ack %d",
			       (int32_t)(frame->ack - bases.ack));
	at += snprintf(buf + at, size - (size_t)at, " win %u", frame->window);
	if (frame->options_size > 0)
		at += snprintf(buf + at, size - (size_t)at, " <%s>", options);
	if (frame->payload_size > 0)
		at += snprintf(buf + at, size - (size_t)at, " len %u", frame->payload_size);
	if (frame->flags & URG)
		at += snprintf(buf + at, size - (size_t)at, " urg %u", frame->urgent);
	if (flow->peer != 1 || stage.flow != flow)
		snprintf(buf + at, size - (size_t)at, " (peer %u port %u, our port %u)", flow->peer,
			 flow->peer_port, flow->our_port);
}

/** The flow that a frame belongs to; NULL when it is between strangers. */
static struct flow *flow_of(const struct tcp_frame *frame, bool *out)
{
	*out = frame->src_ip == OUR_IP;
	if (*out)
		return stage_flow(frame->dst_ip - PEER_IP(0), frame->src_port, frame->dst_port);
	return stage_flow(frame->src_ip - PEER_IP(0), frame->dst_port, frame->src_port);
}

const char *segment_line(const uint8_t *bytes, size_t size)
{
	static char line[LINE_MAX_BYTES];
	struct tcp_frame frame;
	struct flow *flow;
	const char *wrong;
	bool out;

	if (size >= IP_HEADER_AT && frame_get16(bytes + 12) != 0x0800) {
		snprintf(line, sizeof(line), "EtherType %04x, %zu bytes", frame_get16(bytes + 12),
			 size);
		return line;
	}
	wrong = frame_read(&frame, bytes, size);
	if (wrong != NULL) {
		snprintf(line, sizeof(line), "%zu bytes: %s", size, wrong);
		return line;
	}
	flow = flow_of(&frame, &out);
	if (flow == NULL)
		snprintf(line, sizeof(line), "between strangers");
	else
		print_segment(&frame, flow, out, line, sizeof(line));
	return line;
}

void segment_log(uint64_t time_us, const char *direction, const uint8_t *bytes, size_t size)
{
	assert(time_us == stage.now_us);
	stage_log("%-3s %s", direction, segment_line(bytes, size));
}

/* ---- in ---------------------------------------------------------------------------------- */

static void set_options(struct tcp_frame *frame, const struct field *field)
{
	assert(field->size <= FRAME_OPTIONS_MAX);
	memset(frame->options, 0, sizeof(frame->options));
	if (field->size > 0)
		memcpy(frame->options, field->bytes, field->size);
	frame->options_size = (uint8_t)((field->size + 3) & ~(size_t)3);
}

/** The fields that both directions share. False if it is not one of them. */
static bool apply_common(struct tcp_frame *frame, const struct field *field)
{
	switch (field->kind) {
	case FIELD_MSS:
	case FIELD_WS:
	case FIELD_SACK_PERMITTED:
	case FIELD_TS:
	case FIELD_SACK:
		return true; /* apply_options() */
	case FIELD_OPTIONS:
		set_options(frame, field);
		return true;
	case FIELD_DATA:
		frame->payload = field->bytes;
		frame->payload_size = (uint16_t)field->size;
		return true;
	case FIELD_LEN:
		frame->payload_size = (uint16_t)field->value;
		return true;
	case FIELD_URGENT:
		frame->urgent = (uint16_t)field->value;
		return true;
	case FIELD_TTL:
		frame->ttl = (uint8_t)field->value;
		return true;
	case FIELD_TOS:
		frame->tos = (uint8_t)field->value;
		return true;
	case FIELD_ABSOLUTE_SEQ:
		frame->seq = field->value;
		return true;
	case FIELD_ABSOLUTE_ACK:
		frame->ack = field->value;
		return true;
	default:
		return false;
	}
}

/** A window in bytes as the field of the header has it. */
static uint16_t scaled(struct where where, uint32_t bytes, unsigned int shift)
{
	if (bytes >> shift > UINT16_MAX || (bytes >> shift) << shift != bytes)
		stage_fail(where, "a window of %u bytes cannot be said with a shift of %u", bytes,
			   shift);
	return (uint16_t)(bytes >> shift);
}

static void apply_in(struct where where, struct tcp_frame *frame, const struct field *field,
		     const struct flow *flow)
{
	switch (field->kind) {
	case FIELD_WIN:
		frame->window =
			scaled(where, field->value, shift_of(flow, frame->flags, flow->peer_shift));
		break;
	case FIELD_SEQ:
		frame->seq = flow->peer_iss + field->value;
		break;
	case FIELD_ACK:
		frame->ack = flow->our_isn + field->value;
		break;
	case FIELD_IP_ID:
		frame->ip_id = (uint16_t)field->value;
		break;
	case FIELD_IP_FRAGMENT:
		frame->ip_fragment = (uint16_t)field->value;
		break;
	case FIELD_IP_OPTIONS:
		memcpy(frame->ip_options, field->bytes, field->size);
		frame->ip_options_size = (uint8_t)((field->size + 3) & ~(size_t)3);
		break;
	case FIELD_BAD_TCP_SUM:
		frame->bad_tcp_checksum = true;
		break;
	case FIELD_BAD_IP_SUM:
		frame->bad_ip_checksum = true;
		break;
	case FIELD_DATA_OFFSET:
		frame->data_offset = (uint16_t)(field->value + 1);
		break;
	case FIELD_TOTAL_LENGTH:
		frame->total_length = (uint16_t)(field->value + 1);
		break;
	case FIELD_TRAILING:
		frame->trailing = (uint16_t)field->value;
		break;
	case FIELD_FROM_IP:
		frame->src_ip = field->value;
		break;
	case FIELD_TO_IP:
		frame->dst_ip = field->value;
		break;
	case FIELD_FROM_PORT:
		frame->src_port = (uint16_t)field->value;
		break;
	case FIELD_TO_PORT:
		frame->dst_port = (uint16_t)field->value;
		break;
	case FIELD_TO_MAC:
		assert(field->size == sizeof(frame->dst_mac));
		memcpy(frame->dst_mac, field->bytes, field->size);
		break;
	default:
		if (!apply_common(frame, field))
			stage_fail(where, "this field means nothing in in()");
	}
}

static bool has_field(const struct field *fields, enum field_kind kind, enum field_kind other)
{
	for (; fields->kind != FIELD_END; fields++)
		if (fields->kind == kind || fields->kind == other)
			return true;
	return false;
}

static void demand_numbers(struct where where, unsigned int flags, const struct field *fields)
{
	if (!has_field(fields, FIELD_SEQ, FIELD_ABSOLUTE_SEQ))
		stage_fail(where, "the script must name SEQ");
	if ((flags & ACK) && !has_field(fields, FIELD_ACK, FIELD_ABSOLUTE_ACK))
		stage_fail(where, "the script must name ACK where the flag is set");
}

static void start_in(struct tcp_frame *frame, const struct flow *flow)
{
	memset(frame, 0, sizeof(*frame));
	memcpy(frame->dst_mac, our_mac, 6);
	peer_mac(flow->peer, frame->src_mac);
	frame->src_ip = PEER_IP(flow->peer);
	frame->dst_ip = OUR_IP;
	frame->ttl = DEFAULT_TTL;
	frame->ip_fragment = DONT_FRAGMENT;
	frame->src_port = flow->peer_port;
	frame->dst_port = flow->our_port;
	frame->window = DEFAULT_WINDOW;
}

/** What our SYN's receiver may be sent: kept for the step in which our window moves. */
static void note_mss(struct flow *flow, const struct tcp_frame *frame)
{
	uint16_t mss = frame_mss(frame), ours = (uint16_t)(stage.mtu - HEADERS_BYTES);

	if ((frame->flags & SYN) && mss != 0)
		flow->mss = mss < ours ? mss : ours;
}

static void build_in(struct where where, struct tcp_frame *frame, unsigned int flags,
		     const struct field *fields)
{
	struct flow *flow = stage_current(where);
	struct bases bases = bases_of(flow, false);
	uint32_t position;
	size_t i;

	demand_numbers(where, flags, fields);
	start_in(frame, flow);
	frame->flags = (uint8_t)flags;
	apply_options(where, frame, fields, &bases, -1);
	for (; fields->kind != FIELD_END; fields++)
		apply_in(where, frame, fields, flow);
	note_mss(flow, frame);
	note_shift(frame, flow->peer_iss, &flow->peer_shift);
	if (frame->payload_size == 0 || frame->payload != NULL)
		return;
	position = frame->seq + ((flags & SYN) ? 1 : 0) - flow->peer_iss - 1;
	for (i = 0; i < frame->payload_size; i++)
		payload_of_peer[i] = pattern_peers(position + i);
	frame->payload = payload_of_peer;
}

static void receive(const uint8_t *bytes, size_t size)
{
	segment_log(stage.now_us, "in", bytes, size);
	stage_receive(bytes, size);
	if (!stage.holding)
		stage_pump();
}

void script_in(struct where where, unsigned int flags, const struct field *fields)
{
	struct tcp_frame frame;
	uint8_t bytes[FRAME_BYTES_MAX];

	stage_stimulus(where);
	build_in(where, &frame, flags, fields);
	receive(bytes, frame_build(&frame, bytes));
}

size_t script_frame_of(struct where where, uint8_t *out, unsigned int flags,
		       const struct field *fields)
{
	struct tcp_frame frame;

	build_in(where, &frame, flags, fields);
	return frame_build(&frame, out);
}

void script_in_frame(struct where where, const void *bytes, size_t size)
{
	stage_stimulus(where);
	stage_log("in  %zu bytes as they are", size);
	stage_receive(bytes, size);
	if (!stage.holding)
		stage_pump();
}

void script_in_fragments(struct where where, unsigned int piece, unsigned int flags,
			 const struct field *fields)
{
	struct tcp_frame frame, around;
	uint8_t whole[FRAME_BYTES_MAX], bytes[FRAME_BYTES_MAX];
	const uint8_t *segment = whole + IP_HEADER_AT + IP_HEADER_BYTES;
	size_t length, at;

	assert(piece % 8 == 0);
	stage_stimulus(where);
	build_in(where, &frame, flags, fields);
	assert(frame.ip_options_size == 0);
	frame_build(&frame, whole);
	length = frame_get16(whole + IP_HEADER_AT + 2) - IP_HEADER_BYTES;
	around = frame;
	if (around.ip_id == 0)
		around.ip_id = 1;
	for (at = 0; at < length; at += piece) {
		size_t size = length - at < piece ? length - at : piece;

		around.ip_fragment = (uint16_t)(at / 8 | (at + size < length ? MORE_FRAGMENTS : 0));
		receive(bytes, frame_build_ipv4(&around, PROTOCOL_TCP, segment + at, size, bytes));
	}
}

void script_in_icmp_error(struct where where, unsigned int type, unsigned int code,
			  unsigned int mtu, uint32_t seq)
{
	const struct flow *flow = stage_current(where);
	struct tcp_frame quoted, around;
	uint8_t bytes[FRAME_BYTES_MAX], message[ICMP_BYTES + IP_HEADER_BYTES + 8] = { 0 };

	stage_stimulus(where);
	start_in(&around, flow);
	memset(&quoted, 0, sizeof(quoted));
	quoted.src_ip = OUR_IP;
	quoted.dst_ip = PEER_IP(flow->peer);
	quoted.ttl = DEFAULT_TTL;
	quoted.ip_fragment = DONT_FRAGMENT;
	quoted.src_port = flow->our_port;
	quoted.dst_port = flow->peer_port;
	quoted.seq = flow->our_isn + seq;
	quoted.flags = ACK;
	quoted.total_length = (uint16_t)(stage.mtu + 1);
	frame_build(&quoted, bytes);
	message[0] = (uint8_t)type;
	message[1] = (uint8_t)code;
	frame_put32(message + 4, mtu);
	memcpy(message + ICMP_BYTES, bytes + IP_HEADER_AT, IP_HEADER_BYTES + 8);
	frame_put16(message + 2, frame_checksum(frame_sum(0, message, sizeof(message))));
	stage_log("in  ICMP type %u code %u about our seq %u", type, code, seq);
	stage_receive(bytes,
		      frame_build_ipv4(&around, PROTOCOL_ICMP, message, sizeof(message), bytes));
	if (!stage.holding)
		stage_pump();
}

/* ---- out --------------------------------------------------------------------------------- */

struct column {
	const char *name;
	bool always, differs;
	char expected[COLUMN_BYTES], got[COLUMN_BYTES];
};

struct comparison {
	struct column columns[COLUMNS_MAX];
	unsigned int count;
	bool differs;
};

static struct column *add_column(struct comparison *all, const char *name, bool always,
				 bool differs)
{
	struct column *column = &all->columns[all->count++];

	assert(all->count <= COLUMNS_MAX);
	*column = (struct column){ .name = name, .always = always, .differs = differs };
	all->differs |= differs;
	return column;
}

static void compare_number(struct comparison *all, const char *name, bool always, int64_t expected,
			   int64_t got)
{
	struct column *column = add_column(all, name, always, expected != got);

	snprintf(column->expected, COLUMN_BYTES, "%lld", (long long)expected);
	snprintf(column->got, COLUMN_BYTES, "%lld", (long long)got);
}

static void compare_flags(struct comparison *all, unsigned int expected, unsigned int got)
{
	struct column *column = add_column(all, "flags", true, expected != got);

	frame_flags(expected, column->expected, COLUMN_BYTES);
	frame_flags(got, column->got, COLUMN_BYTES);
}

static void compare_options(struct comparison *all, const struct tcp_frame *expected,
			    const struct tcp_frame *got, const struct flow *flow)
{
	struct bases bases = bases_of(flow, true);

	bool differs = expected->options_size != got->options_size ||
		       memcmp(expected->options, got->options, got->options_size) != 0;
	struct column *column = add_column(all, "options", true, differs);

	print_options(expected, &bases, column->expected, COLUMN_BYTES);
	print_options(got, &bases, column->got, COLUMN_BYTES);
}

static void compare_address(struct comparison *all, const char *name, uint32_t expected,
			    uint32_t got)
{
	struct column *column = add_column(all, name, false, expected != got);
	struct la_addr addresses[2] = { la_addr_from_ipv4(expected), la_addr_from_ipv4(got) };

	la_addr_format(&addresses[0], column->expected, COLUMN_BYTES);
	la_addr_format(&addresses[1], column->got, COLUMN_BYTES);
}

static void compare_mac(struct comparison *all, const char *name, const uint8_t *expected,
			const uint8_t *got)
{
	struct column *column = add_column(all, name, false, memcmp(expected, got, 6) != 0);

	snprintf(column->expected, COLUMN_BYTES, "%02x..%02x:%02x", expected[0], expected[4],
		 expected[5]);
	snprintf(column->got, COLUMN_BYTES, "%02x..%02x:%02x", got[0], got[4], got[5]);
}

/** Every octet of text, at its place in what the app sent. */
static void compare_text(struct comparison *all, const struct tcp_frame *expected,
			 const struct tcp_frame *got)
{
	size_t i, size = got->payload_size < expected->payload_size ? got->payload_size
								    : expected->payload_size;
	struct column *column;

	compare_number(all, "len", true, expected->payload_size, got->payload_size);
	if (size == 0)
		return;
	for (i = 0; i < size && expected->payload[i] == got->payload[i]; i++)
		continue;
	column = add_column(all, "text", false, i < size);
	if (i < size) {
		snprintf(column->expected, COLUMN_BYTES, "byte %zu = %02x", i,
			 expected->payload[i]);
		snprintf(column->got, COLUMN_BYTES, "byte %zu = %02x", i, got->payload[i]);
	}
}

static void apply_out(struct where where, struct tcp_frame *expected, const struct field *field,
		      const struct flow *flow)
{
	switch (field->kind) {
	case FIELD_SEQ:
		expected->seq = flow->our_isn + field->value;
		break;
	case FIELD_ACK:
		expected->ack = flow->peer_iss + field->value;
		break;
	case FIELD_ANY_WIN:
		break;
	case FIELD_WIN:
		expected->window = scaled(where, field->value,
					  shift_of(flow, expected->flags, flow->our_shift));
		break;
	case FIELD_FROM_IP:
		expected->src_ip = field->value;
		break;
	default:
		if (!apply_common(expected, field))
			stage_fail(where, "this field means nothing in out()");
	}
}

/** LEN in out() is compared with what the app sent at that place. */
static void expect_text(struct where where, struct tcp_frame *expected, const struct flow *flow)
{
	uint32_t position = expected->seq + ((expected->flags & SYN) ? 1 : 0) - flow->our_isn - 1;
	const struct user *user;

	if (expected->payload_size == 0 || expected->payload != NULL)
		return;
	if (flow->user < 0)
		stage_fail(where, "LEN: there is no connection that could have sent text");
	user = &stage.users[flow->user];
	if ((uint64_t)position + expected->payload_size > user->sent_size)
		stage_fail(where, "LEN: the app has sent %zu bytes, not %llu", user->sent_size,
			   (unsigned long long)position + expected->payload_size);
	expected->payload = user->sent + position;
}

/**
 * Our window, if it is not named: its right edge stays where it is until it can move by a segment
 * or half the buffer (RFC 9293 3.8.6.2.2), and then it moves as far as there is room. Scaled, it is
 * rounded up while there is room for that, else down (RFC 7323 2.4).
 */
static uint16_t expected_window(const struct flow *flow, unsigned int flags, uint32_t ack)
{
	unsigned int shift = shift_of(flow, flags, flow->our_shift);
	uint32_t most = (uint32_t)UINT16_MAX << shift;
	uint32_t window = flow->window < most ? flow->window : most;
	uint32_t step = flow->mss < window / 2 ? flow->mss : window / 2;
	uint32_t unread = 0, room;
	uint32_t edge = flow->edge_known ? flow->edge : flow->peer_iss + 1 + window;

	if (flags & SYN) /* not scaled, but sayable when it is */
		return (uint16_t)(flow->our_shift < 0
					  ? window
					  : window >> flow->our_shift << flow->our_shift);
	/* A record does not remember the window, and nothing more can come. */
	if (flow->state == LA_TIME_WAIT)
		return UINT16_MAX;
	if (flow->user >= 0) {
		uint32_t arrived = ack - flow->peer_iss - 1;
		size_t read = stage.users[flow->user].got_size;

		unread = arrived > read ? arrived - (uint32_t)read : 0;
	}
	room = window > unread ? window - unread : 0;
	if ((int32_t)(ack + room - edge) >= (int32_t)step)
		edge = ack + room;
	if (((edge - ack - 1) >> shift) + 1 <= room >> shift && edge != ack)
		return (uint16_t)(((edge - ack - 1) >> shift) + 1);
	return (uint16_t)((edge - ack) >> shift);
}

static void build_expected(struct where where, struct tcp_frame *expected, unsigned int flags,
			   const struct field *fields, const struct flow *flow)
{
	struct bases bases = bases_of(flow, true);
	bool window_named;

	demand_numbers(where, flags, fields);
	memset(expected, 0, sizeof(*expected));
	memcpy(expected->src_mac, our_mac, 6);
	peer_mac(flow->peer, expected->dst_mac);
	expected->src_ip = OUR_IP;
	expected->dst_ip = PEER_IP(flow->peer);
	expected->ttl = DEFAULT_TTL;
	expected->ip_fragment = DONT_FRAGMENT;
	expected->src_port = flow->our_port;
	expected->dst_port = flow->peer_port;
	expected->flags = (uint8_t)flags;
	apply_options(where, expected, fields, &bases,
		      flags & SYN ? (int32_t)(stage.mtu - HEADERS_BYTES) : -1);
	window_named = has_field(fields, FIELD_WIN, FIELD_ANY_WIN);
	for (; fields->kind != FIELD_END; fields++)
		apply_out(where, expected, fields, flow);
	if (!window_named && (flags & RST) == 0)
		expected->window = expected_window(flow, flags, expected->ack);
	expect_text(where, expected, flow);
}

static void compare(struct comparison *all, const struct tcp_frame *expected,
		    const struct tcp_frame *got, const struct flow *flow, bool any_window)
{
	memset(all, 0, sizeof(*all));
	compare_flags(all, expected->flags, got->flags);
	compare_number(all, "seq", true, (int32_t)(expected->seq - flow->our_isn),
		       (int32_t)(got->seq - flow->our_isn));
	if (expected->flags & ACK)
		compare_number(all, "ack", true, (int32_t)(expected->ack - flow->peer_iss),
			       (int32_t)(got->ack - flow->peer_iss));
	else
		compare_number(all, "ack field", false, expected->ack, got->ack);
	compare_number(all, "win", true, any_window ? got->window : expected->window, got->window);
	compare_options(all, expected, got, flow);
	compare_text(all, expected, got);
	compare_number(all, "urgent", false, expected->urgent, got->urgent);
	compare_number(all, "ttl", false, expected->ttl, got->ttl);
	compare_number(all, "tos", false, expected->tos, got->tos);
	compare_number(all, "ip id", false, expected->ip_id, got->ip_id);
	compare_number(all, "ip fragment", false, expected->ip_fragment, got->ip_fragment);
	compare_number(all, "ip options", false, expected->ip_options_size, got->ip_options_size);
	compare_address(all, "source", expected->src_ip, got->src_ip);
	compare_address(all, "destination", expected->dst_ip, got->dst_ip);
	compare_number(all, "source port", false, expected->src_port, got->src_port);
	compare_number(all, "destination port", false, expected->dst_port, got->dst_port);
	compare_mac(all, "source mac", expected->src_mac, got->src_mac);
	compare_mac(all, "destination mac", expected->dst_mac, got->dst_mac);
}

/** Expected and got, a column for each field, and a mark under the first that differs. */
static void print_comparison(const struct comparison *all, char *buf, size_t size)
{
	char lines[4][1024] = { "    field   ", "    expected", "    got     ", "            " };
	const char *mark = "^^^ here";
	unsigned int i;

	for (i = 0; i < all->count; i++) {
		const struct column *c = &all->columns[i];
		int width = (int)strlen(c->name);

		if (!c->always && !c->differs)
			continue;
		width = width > (int)strlen(c->expected) ? width : (int)strlen(c->expected);
		width = width > (int)strlen(c->got) ? width : (int)strlen(c->got);
		snprintf(lines[0] + strlen(lines[0]), 80, "  %-*s", width, c->name);
		snprintf(lines[1] + strlen(lines[1]), 80, "  %-*s", width, c->expected);
		snprintf(lines[2] + strlen(lines[2]), 80, "  %-*s", width, c->got);
		snprintf(lines[3] + strlen(lines[3]), 80, "  %-*s", width, c->differs ? mark : "");
		if (c->differs)
			mark = "^^^";
	}
	snprintf(buf, size, "%s\n%s\n%s\n%s", lines[0], lines[1], lines[2], lines[3]);
}

/** The right edge of our window never moves back (RFC 9293 SHLD-14). */
static void watch_edge(struct where where, const struct tcp_frame *got, struct flow *flow)
{
	unsigned int shift = shift_of(flow, got->flags, flow->our_shift);
	uint32_t edge = got->ack + ((uint32_t)got->window << shift);
	uint32_t grain = (1U << shift) - 1;

	if ((got->flags & RST) || !(got->flags & ACK))
		return;
	/* What rounding takes away was still promised: RFC 7323 2.4. */
	if (flow->edge_known && (int32_t)(flow->edge - edge) > 0 && flow->edge - edge <= grain)
		return;
	if (flow->edge_known && (int32_t)(edge - flow->edge) < 0)
		stage_fail(where, "the right edge of the window went back by %d bytes",
			   (int32_t)(flow->edge - edge));
	flow->edge = edge;
	flow->edge_known = true;
}

/** Takes the next frame and reads it as TCP. */
static const struct sent_frame *take(struct where where, struct tcp_frame *got)
{
	struct sent_frame *sent = stage_sent();
	const char *wrong;

	if (sent == NULL)
		stage_fail(where, "nothing was sent");
	stage.tx_head = (stage.tx_head + 1) % FRAMES_MAX;
	stage.tx_count--;
	wrong = frame_read(got, sent->bytes, sent->size);
	if (wrong != NULL)
		stage_fail(where, "the frame sent is illegal: %s", wrong);
	return sent;
}

static void learn_isn(const struct tcp_frame *got, struct flow *flow)
{
	if (flow->our_isn_known || !(got->flags & SYN) || got->dst_port != flow->peer_port)
		return;
	flow->our_isn = got->seq;
	flow->our_isn_known = true;
	flow->edge_known = false;
}

/** Our timestamps are milliseconds from some number on: learnt from the first one. */
static void learn_timestamp(const struct tcp_frame *got, uint64_t time_us, struct flow *flow)
{
	const uint8_t *option = frame_option(got, 8, 10);

	if (flow->our_ts_known || option == NULL || got->dst_port != flow->peer_port)
		return;
	flow->our_ts = frame_get32(option + 2) - (uint32_t)((time_us - stage.start_us) / 1000);
	flow->our_ts_known = true;
}

static void learn(const struct sent_frame *sent, const struct tcp_frame *got, struct flow *flow)
{
	learn_isn(got, flow);
	learn_timestamp(got, sent->time_us, flow);
	note_shift(got, flow->our_isn, &flow->our_shift);
}

void script_out(struct where where, unsigned int flags, const struct field *fields)
{
	struct flow *flow = stage_current(where);
	struct tcp_frame expected, got;
	struct comparison all;
	const struct sent_frame *sent = stage_sent();
	char text[4096];

	if (sent == NULL) {
		char name[16];

		stage_fail(where, "nothing was sent, and %s was expected",
			   frame_flags(flags, name, sizeof(name)));
	}
	sent = take(where, &got);
	learn(sent, &got, flow);
	build_expected(where, &expected, flags, fields, flow);
	compare(&all, &expected, &got, flow, has_field(fields, FIELD_ANY_WIN, FIELD_ANY_WIN));
	if (all.differs) {
		print_comparison(&all, text, sizeof(text));
		stage_fail(where, "not the segment that was expected (sent because of line %d)\n%s",
			   sent->cause.line, text);
	}
	watch_edge(where, &got, flow);
}

void script_out_after(struct where where, uint64_t us, unsigned int flags,
		      const struct field *fields)
{
	uint64_t due = stage.now_us + us;
	const struct sent_frame *sent;

	stage_stimulus(where);
	stage_advance(due + TICK_US, true);
	sent = stage_sent();
	if (sent == NULL)
		stage_fail(where, "nothing was sent in %llu us", (unsigned long long)us);
	if (sent->time_us + TICK_US < due)
		stage_fail(where, "sent after %llu us already, not after %llu:\n    %s",
			   (unsigned long long)(sent->time_us + us - due), (unsigned long long)us,
			   segment_line(sent->bytes, sent->size));
	script_out(where, flags, fields);
}

void script_out_at(struct where where, uint64_t us, unsigned int flags, const struct field *fields)
{
	if (stage.start_us + us < stage.now_us)
		stage_fail(where, "that time has passed: it is %llu us",
			   (unsigned long long)script_now_us());
	script_out_after(where, stage.start_us + us - stage.now_us, flags, fields);
}

struct sent_segment script_out_any(struct where where)
{
	struct flow *flow = stage_current(where);
	struct tcp_frame got;
	const struct sent_frame *sent = take(where, &got);
	const uint8_t *option = frame_option(&got, 8, 10);
	struct sent_segment segment;

	learn(sent, &got, flow);
	segment = (struct sent_segment){
		.time_us = sent->time_us - stage.start_us,
		.flags = got.flags,
		.seq = got.seq - flow->our_isn,
		.ack = got.ack - flow->peer_iss,
		.absolute_seq = got.seq,
		.absolute_ack = got.ack,
		.window = got.window,
		.urgent = got.urgent,
		.mss = frame_mss(&got),
		.size = got.payload_size,
		.src_port = got.src_port,
		.dst_port = got.dst_port,
		.ip_id = got.ip_id,
		.ts_value = option == NULL ? 0 : frame_get32(option + 2),
		.options_size = got.options_size,
	};
	memcpy(segment.options, got.options, got.options_size);
	return segment;
}

const uint8_t *script_out_frame(struct where where, size_t *size)
{
	struct sent_frame *sent = stage_sent();

	if (sent == NULL)
		stage_fail(where, "nothing was sent");
	stage.tx_head = (stage.tx_head + 1) % FRAMES_MAX;
	stage.tx_count--;
	*size = sent->size;
	return sent->bytes;
}

void script_silence(struct where where)
{
	const struct sent_frame *sent = stage_sent();

	stage_current(where);
	if (sent != NULL)
		stage_fail(where, "silence was expected, and this was sent:\n    %s",
			   segment_line(sent->bytes, sent->size));
}

unsigned int script_frames_sent(void)
{
	return stage.tx_count;
}
