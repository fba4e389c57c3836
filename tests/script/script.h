/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * script.h: the language in which tests of TCP are written. README.md beside it is its manual.
 *
 * A script plays the peer and the service of one real worker, frame by frame, in virtual time.
 * Every call below is a macro that knows its line, so that a script fails where it went wrong.
 * Sequence numbers are relative to the initial one of their side. This is all that a script
 * includes.
 */
#ifndef SCRIPT_SCRIPT_H
#define SCRIPT_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "lastack.h"

/** The flags of a segment, joined by |. */
enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16, URG = 32, ECE = 64, CWR = 128 };

/** Where in which script. */
struct where {
	const char *file;
	int line;
};
#define HERE ((struct where){ __FILE__, __LINE__ })

/* ---- scripts --------------------------------------------------------------------------------- */

struct script_entry {
	const char *name, *file;
	int line;
	void (*run)(void);
};

/** Defines a test. The body runs with a stack of its own, at time 0. */
#define SCRIPT(name)                                                                        \
	static void script_body_##name(void);                                               \
	static const struct script_entry script_entry_##name = { #name, __FILE__, __LINE__, \
								 script_body_##name };      \
	__attribute__((used, section("scripts"))) static const struct script_entry          \
		*const script_pointer_##name = &script_entry_##name;                        \
	static void script_body_##name(void)

/* ---- fields of a segment ----------------------------------------------------------------- */

enum field_kind {
	FIELD_NONE,
	FIELD_SEQ,
	FIELD_ACK,
	FIELD_WIN,
	FIELD_ANY_WIN,
	FIELD_MSS,
	FIELD_WS,
	FIELD_SACK_PERMITTED,
	FIELD_TS,
	FIELD_SACK,
	FIELD_OPTIONS,
	FIELD_DATA,
	FIELD_LEN,
	FIELD_URGENT,
	FIELD_TTL,
	FIELD_TOS,
	FIELD_IP_ID,
	FIELD_IP_FRAGMENT,
	FIELD_IP_OPTIONS,
	FIELD_BAD_TCP_SUM,
	FIELD_BAD_IP_SUM,
	FIELD_DATA_OFFSET,
	FIELD_TOTAL_LENGTH,
	FIELD_TRAILING,
	FIELD_FROM_IP,
	FIELD_TO_IP,
	FIELD_FROM_PORT,
	FIELD_TO_PORT,
	FIELD_TO_MAC,
	FIELD_ABSOLUTE_SEQ,
	FIELD_ABSOLUTE_ACK,
	FIELD_END
};

struct field {
	enum field_kind kind;
	uint32_t value;
	const void *bytes;
	size_t size;
};

#define BYTES_OF(...) (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ })

#define NUMBERS_OF(...) (const uint32_t[]){ __VA_ARGS__ }, sizeof((const uint32_t[]){ __VA_ARGS__ })

#define NUMBER_FIELD(kind, n) ((struct field){ FIELD_##kind, (uint32_t)(n), NULL, 0 })
#define NUMBERS_FIELD(kind, ...) ((struct field){ FIELD_##kind, 0, NUMBERS_OF(__VA_ARGS__) })
#define BYTES_FIELD(kind, ...) ((struct field){ FIELD_##kind, 0, BYTES_OF(__VA_ARGS__) })

/*
 * Both ways. SEQ is always named, ACK where the flag is; both relative. LEN is bytes, and so is
 * WIN, whatever window scaling makes of it.
 */
#define SEQ(n) NUMBER_FIELD(SEQ, n)
#define ACK(n) NUMBER_FIELD(ACK, n)
#define WIN(n) NUMBER_FIELD(WIN, n)
/* Options, in the order and with the padding of RFC 7323 appendix A. */
#define MSS(n) NUMBER_FIELD(MSS, n)
/** Window scale: the shift count. */
#define WS(n) NUMBER_FIELD(WS, n)
#define SACK_PERMITTED NUMBER_FIELD(SACK_PERMITTED, 0)
/**
 * Timestamps: value, echo. Ours is milliseconds since the script began, the peer's begins five
 * before the wrap. An echo in a segment without ACK is as on the wire.
 */
#define TS(...) NUMBERS_FIELD(TS, __VA_ARGS__)
/** As the value of TS: so many milliseconds as the script is old when the segment is sent. */
#define NOW 0x7ffffffeU
/** SACK(left, right, ...): up to four blocks, relative as an ACK of this segment is. */
#define SACK(...) NUMBERS_FIELD(SACK, __VA_ARGS__)
/** Options octet by octet, padded with zeros. */
#define RAW_OPTIONS(...) BYTES_FIELD(OPTIONS, __VA_ARGS__)
#define NO_OPTIONS NUMBER_FIELD(OPTIONS, 0)
/** Text: a literal. */
#define DATA(text) ((struct field){ FIELD_DATA, 0, (text), sizeof(text) - 1 })
/** Text: so much of the peer's pattern (in), or of what our app sent at this place (out). */
#define LEN(n) NUMBER_FIELD(LEN, n)
/** The urgent pointer as on the wire. */
#define URGENT(n) NUMBER_FIELD(URGENT, n)
#define TTL(n) NUMBER_FIELD(TTL, n)
#define TOS(n) NUMBER_FIELD(TOS, n)
/** The ECN field of the IP header (RFC 3168 section 5), with a DSCP of zero. */
#define ECT1 TOS(1)
#define ECT0 TOS(2)
#define CE TOS(3)
/* As on the wire, instead of SEQ and ACK. */
#define ABSOLUTE_SEQ(n) NUMBER_FIELD(ABSOLUTE_SEQ, n)
#define ABSOLUTE_ACK(n) NUMBER_FIELD(ABSOLUTE_ACK, n)
/* out() only. */
#define ANY_WIN NUMBER_FIELD(ANY_WIN, 0)
/* in() only: what a peer should not do. */
#define IP_ID(n) NUMBER_FIELD(IP_ID, n)
/** The word of flags and offset. */
#define IP_FRAGMENT(word) NUMBER_FIELD(IP_FRAGMENT, word)
#define IP_OPTIONS(...) BYTES_FIELD(IP_OPTIONS, __VA_ARGS__)
#define BAD_TCP_SUM NUMBER_FIELD(BAD_TCP_SUM, 0)
#define BAD_IP_SUM NUMBER_FIELD(BAD_IP_SUM, 0)
#define DATA_OFFSET(words) NUMBER_FIELD(DATA_OFFSET, words)
#define TOTAL_LENGTH(bytes) NUMBER_FIELD(TOTAL_LENGTH, bytes)
#define TRAILING(bytes) NUMBER_FIELD(TRAILING, bytes)
#define FROM_IP(a, b, c, d) NUMBER_FIELD(FROM_IP, IP(a, b, c, d))
#define TO_IP(a, b, c, d) NUMBER_FIELD(TO_IP, IP(a, b, c, d))
#define FROM_PORT(n) NUMBER_FIELD(FROM_PORT, n)
#define TO_PORT(n) NUMBER_FIELD(TO_PORT, n)
#define TO_MAC(...) BYTES_FIELD(TO_MAC, __VA_ARGS__)

#define IP(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (d))
#define FIELDS(...)              \
	((const struct field[]){ \
		__VA_ARGS__ __VA_OPT__(, )((struct field){ FIELD_END, 0, NULL, 0 }) })

/* ---- segments ---------------------------------------------------------------------------- */

/** The peer sends this segment; the worker takes one breath (and goes on until it is idle). */
#define in(flags, ...) script_in(HERE, (flags), FIELDS(__VA_ARGS__))
/** Everything in the block arrives, and is done by the service, in one breath at the end of it. */
#define one_breath for (bool go_ = script_hold(HERE); go_; go_ = script_release(HERE))
/** The next segment the stack sent is exactly this one. */
#define out(flags, ...) script_out(HERE, (flags), FIELDS(__VA_ARGS__))
/** Lets time pass until the stack sends: after so long, within one tick, and exactly this. */
#define out_after_ms(ms, flags, ...) \
	script_out_after(HERE, (uint64_t)((ms)*1000.0), (flags), FIELDS(__VA_ARGS__))
/** The same at a time since the script began. */
#define out_at_ms(ms, flags, ...) \
	script_out_at(HERE, (uint64_t)((ms)*1000.0), (flags), FIELDS(__VA_ARGS__))
/** Takes the next segment whatever it is (checksums are still verified). */
#define out_any() script_out_any(HERE)
/** How many frames were sent and not yet taken. */
#define frames_sent() script_frames_sent()
/** Nothing was sent that has not been taken. */
#define silence() script_silence(HERE)

/** A segment as it was taken by out_any(). */
struct sent_segment {
	uint64_t time_us; /**< since the script began */
	uint8_t flags;
	uint32_t seq, ack; /**< relative */
	uint32_t absolute_seq, absolute_ack;
	uint16_t window, urgent, mss, size, src_port, dst_port, ip_id;
	uint32_t ts_value; /**< as on the wire; 0: none */
	uint8_t options[40], options_size;
};

/** The frame as it stands, from its Ethernet header on. */
#define in_frame(bytes, size) script_in_frame(HERE, (bytes), (size))
/** The segment in IPv4 fragments of at most so many payload bytes (a multiple of eight). */
#define in_fragments(bytes, flags, ...) \
	script_in_fragments(HERE, (bytes), (flags), FIELDS(__VA_ARGS__))
/** Writes the frame that in() would give, to be spoilt and given by in_frame(). Returns its size.
 */
#define frame_of(out, flags, ...) script_frame_of(HERE, (out), (flags), FIELDS(__VA_ARGS__))
#define FRAME_ROOM 2048 /**< bytes that frame_of() may write */
/** An ICMP error from the peer's address quoting our segment that began at relative seq. */
#define in_icmp_error(type, code, mtu, seq) script_in_icmp_error(HERE, (type), (code), (mtu), (seq))
/** The next frame that was sent, of any kind; valid until the next call. */
#define out_frame(size) script_out_frame(HERE, (size))
/** From here on ARP is for the script to see and to answer. */
#define arp_by_hand() script_arp_by_hand()

/** So many segments to our current port, from strangers each another, with numbers drawn. What they
 *  are answered is not to be taken by out(), but counted and returned. */
#define flood(flags, count) script_flood(HERE, (flags), (count))

struct flood_answers {
	unsigned int syn_acks, resets, others;
};

/* ---- peers ------------------------------------------------------------------------------- */

/** From here on number n (1 to 8) is the peer: 192.0.2.(10 + n), port 40000 + n. 1 at first. */
#define peer(n) script_peer(HERE, (n))
/** The current peer is at another port of its own, or speaks to another port of ours. */
#define peer_port(n) script_peer_port(HERE, (n))
#define our_port(n) script_our_port(HERE, (n))
/** A new connection of the same four numbers: ISS of the peer moves by so much, ours is unknown. */
#define anew(iss_change) script_anew(HERE, (iss_change))
/** Absolute sequence numbers of this connection. */
uint32_t our_seq(uint32_t relative);
uint32_t peer_seq(uint32_t relative);

/* ---- time -------------------------------------------------------------------------------- */

#define after_us(n) script_after(HERE, (n))
#define after_ms(n) script_after(HERE, (uint64_t)((n)*1000.0))
#define at_ms(n) script_until(HERE, (uint64_t)((n)*1000.0))
/** Microseconds since the script began. */
uint64_t script_now_us(void);

/* ---- before anything else: configuration ------------------------------------------------- */

/** configure(max_embryos, 2): a field of struct la_stack_config. */
#define configure(field, value) (script_config(HERE)->field = (value))
/** MTU of the port, flags LA_PORT_*. */
#define port_mtu(bytes) script_port_mtu(HERE, (bytes))
#define port_flags(flags) script_port_flags(HERE, (flags))
/** The four numbers and so the ISN are what comes of another key. */
#define another_secret(n) script_secret(HERE, (n))

/* ---- the service ------------------------------------------------------------------------- */

#define listen_on(port) script_listen(HERE, (port), NULL)
/** listen_with(80, options->no_delay = true, options->mss = 500); */
#define listen_with(port, ...) WITH_OPTIONS(script_listen(HERE, (port), options), __VA_ARGS__)
#define listen_end() script_listen_end(HERE)
/** Another address of ours on the same port and prefix. FROM_IP in out() expects it. */
#define also_our_address(a, b, c, d) script_also_our_address(HERE, IP(a, b, c, d))
/** A listener more, on this address alone; returns what la_listen() returned. */
#define listen_at(ip, port) script_listen_at(HERE, (ip), (port))
/** Active open to the current peer's port, from port 50000 + n of ours. */
#define connect_to(port) script_connect(HERE, (port), NULL)
#define connect_with(port, ...) WITH_OPTIONS(script_connect(HERE, (port), options), __VA_ARGS__)
/** The same; returns what la_connect() returned. */
#define try_connect(port) script_try_connect(HERE, (port))
#define WITH_OPTIONS(call, ...)                                    \
	do {                                                       \
		struct la_tcp_options *options = script_options(); \
		(void)(__VA_ARGS__);                               \
		call;                                              \
	} while (0)

/** All of it is taken by la_send(), or the script fails. */
#define app_send(text) script_app_send(HERE, (text), sizeof(text) - 1, 0)
#define app_send_urgent(text) script_app_send(HERE, (text), sizeof(text) - 1, LA_SEND_URGENT)
#define app_send_more(text) script_app_send(HERE, (text), sizeof(text) - 1, LA_SEND_MORE)
/** So many bytes of our pattern. */
#define app_send_n(n) script_app_send(HERE, NULL, (n), 0)
/** Returns what la_send() returned for so many bytes of our pattern. */
#define app_try_send_n(n) script_app_try_send(HERE, (n))
/** What arrives stays unread from here on; app_reads() and app_reads_n() read and compare. */
#define app_leaves_unread() script_app_leaves_unread(HERE)
#define app_reads(text) script_app_reads(HERE, (text), sizeof(text) - 1)
#define app_reads_n(n) script_app_reads(HERE, NULL, (n))
/** What was read since the last look, without asking for more, is exactly this. */
#define app_got(text) script_app_got(HERE, (text), sizeof(text) - 1)
#define app_got_n(n) script_app_got(HERE, NULL, (n))
#define app_got_nothing() script_app_got_nothing(HERE)
/** Sends back what arrives, from inside the callback. */
#define app_echoes() script_app_echoes(HERE)
/** Calls la_end() from inside the callback that tells of the peer's FIN. */
#define app_ends_when_peer_does() script_app_ends_when_peer_does(HERE)
#define app_asks_for_room() script_app_asks_for_room(HERE)
#define app_end() script_app_end(HERE)
/** The same; returns what la_end() returned. */
#define app_try_end() script_app_try_end(HERE)
#define app_close() script_app_close(HERE)
#define app_abort() script_app_abort(HERE)
/** app_sets(options->dscp = 46): la_set_options() of what la_options() gives, changed so. */
#define app_sets(...) APP_SETS(0, __VA_ARGS__)
/** The same, and it is refused so. */
#define app_cannot_set(result, ...) APP_SETS(result, __VA_ARGS__)
#define APP_SETS(result, ...)                                              \
	do {                                                               \
		struct la_tcp_options *options = script_app_options(HERE); \
		(void)(__VA_ARGS__);                                       \
		script_app_sets(HERE, options, (result));                  \
	} while (0)
#define app_sets_no_delay(on) script_app_no_delay(HERE, (on))

/* What the service was told. Each looks at and takes one event of the current connection. */
#define accepted() script_told(HERE, TOLD_OPENED)
#define opened() script_told(HERE, TOLD_OPENED)
#define peer_closed_told() script_told(HERE, TOLD_PEER_CLOSED)
#define urgent_told() script_told(HERE, TOLD_URGENT)
#define room_told() script_told(HERE, TOLD_ROOM)
/** So often since the connection was opened. */
#define troubles_told(n) script_equal(HERE, "troubles", script_troubles(HERE), (n))
#define closed_because(reason) script_closed_because(HERE, (reason))
#define not_accepted() script_not_told(HERE, TOLD_OPENED)
#define peer_close_not_told() script_not_told(HERE, TOLD_PEER_CLOSED)
#define urgent_not_told() script_not_told(HERE, TOLD_URGENT)
#define room_not_told() script_not_told(HERE, TOLD_ROOM)
#define not_closed() script_not_told(HERE, TOLD_CLOSED)

enum told { TOLD_OPENED, TOLD_URGENT, TOLD_ROOM, TOLD_PEER_CLOSED, TOLD_CLOSED, TOLDS };

/* ---- what must hold ---------------------------------------------------------------------- */

/** state_is(SYN_RECEIVED): of the current connection, embryo or TIME-WAIT record. */
#define state_is(state) script_state_is(HERE, LA_##state)
/** stat_is(resets_out, 1), drop_is(listen_reset, 1): rise since the script began. */
#define stat_is(name, n) script_equal(HERE, #name, script_stat(HERE, #name), (n))
#define drop_is(name, n) script_equal(HERE, #name, script_drop(HERE, #name), (n))
/** The same as numbers, to be compared otherwise. */
#define stat_rise(name) script_stat(HERE, #name)
#define drop_rise(name) script_drop(HERE, #name)
/** usage_is(embryos, 1): a field of struct la_usage. */
#define usage_is(field, n) script_equal(HERE, #field, script_usage()->field, (n))
/** status_is(cwnd, 14600): a field of struct la_status of the current connection. */
#define status_is(field, n) script_equal(HERE, #field, script_status(HERE)->field, (n))
/** Tables, lines and wheel are empty, all buffers are back. */
#define nothing_leaked() script_nothing_leaked(HERE)
/** Anything else; the text says what must hold. */
#define must(condition) script_must(HERE, (condition), #condition)

/* ---- behind the macros ------------------------------------------------------------------- */

void script_in(struct where where, unsigned int flags, const struct field *fields);
void script_in_frame(struct where where, const void *bytes, size_t size);
void script_in_fragments(struct where where, unsigned int bytes, unsigned int flags,
			 const struct field *fields);
void script_in_icmp_error(struct where where, unsigned int type, unsigned int code,
			  unsigned int mtu, uint32_t seq);
bool script_hold(struct where where);
bool script_release(struct where where);
void script_out(struct where where, unsigned int flags, const struct field *fields);
void script_out_after(struct where where, uint64_t us, unsigned int flags,
		      const struct field *fields);
void script_out_at(struct where where, uint64_t us, unsigned int flags, const struct field *fields);
struct sent_segment script_out_any(struct where where);
struct flood_answers script_flood(struct where where, unsigned int flags, unsigned int count);
const uint8_t *script_out_frame(struct where where, size_t *size);
void script_silence(struct where where);
unsigned int script_frames_sent(void);
void script_arp_by_hand(void);
void script_peer(struct where where, unsigned int n);
void script_peer_port(struct where where, uint16_t port);
void script_our_port(struct where where, uint16_t port);
void script_anew(struct where where, int32_t iss_change);
void script_after(struct where where, uint64_t us);
void script_until(struct where where, uint64_t us);
struct la_stack_config *script_config(struct where where);
void script_port_mtu(struct where where, uint16_t bytes);
void script_port_flags(struct where where, uint32_t flags);
void script_secret(struct where where, uint64_t secret);
struct la_tcp_options *script_options(void);
void script_listen(struct where where, uint16_t port, const struct la_tcp_options *options);
void script_listen_end(struct where where);
void script_connect(struct where where, uint16_t port, const struct la_tcp_options *options);
int script_try_connect(struct where where, uint16_t port);
void script_app_send(struct where where, const char *text, size_t size, unsigned int flags);
ssize_t script_app_try_send(struct where where, size_t size);
void script_app_leaves_unread(struct where where);
void script_app_reads(struct where where, const char *text, size_t size);
void script_app_got(struct where where, const char *text, size_t size);
void script_app_got_nothing(struct where where);
void script_app_echoes(struct where where);
void script_app_ends_when_peer_does(struct where where);
void script_app_asks_for_room(struct where where);
void script_app_end(struct where where);
int script_app_try_end(struct where where);
void script_app_close(struct where where);
void script_app_abort(struct where where);
void script_app_no_delay(struct where where, bool on);
int64_t script_troubles(struct where where);
void script_app_sets(struct where where, const struct la_tcp_options *options, int expected);
struct la_tcp_options *script_app_options(struct where where);
void script_told(struct where where, enum told told);
void script_not_told(struct where where, enum told told);
void script_closed_because(struct where where, enum la_reason reason);
void script_state_is(struct where where, enum la_state state);
int64_t script_stat(struct where where, const char *name);
int64_t script_drop(struct where where, const char *name);
void script_equal(struct where where, const char *what, int64_t got, int64_t expected);
const struct la_usage *script_usage(void);
const struct la_status *script_status(struct where where);
void script_nothing_leaked(struct where where);
void script_must(struct where where, bool holds, const char *what);
size_t script_frame_of(struct where where, uint8_t *out, unsigned int flags,
		       const struct field *fields);
void script_also_our_address(struct where where, uint32_t ip);
int script_listen_at(struct where where, uint32_t ip, uint16_t port);
struct la_worker *script_worker(void);
struct la_stack *script_stack(void);
/** The current connection as its service holds it, dead or alive. */
struct la_conn script_conn(void);
/** For calls of la_listen() and la_connect() that a script makes itself. */
extern const struct la_service script_service;

#endif
