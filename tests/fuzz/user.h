/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * user.h: the stack's user at one end of a 4-tuple: what it does is told by the fuzzer or by habit,
 * and what it is told by the stack is judged.
 *
 * Owns the handle and the account of bytes written and read.
 */
#ifndef FUZZ_USER_H
#define FUZZ_USER_H

#include <stdbool.h>
#include <stdint.h>

#include "peer.h"

#define USER_SENT_MAX 60000U /**< bytes that a user writes in one life, at most */

/** What a user does without being told, in its callbacks. */
enum {
	HABIT_READ = 0x01,  /**< reads all there is */
	HABIT_WRITE = 0x02, /**< writes when there is room, and asks again */
	HABIT_END_AFTER_PEER = 0x04,
	HABIT_CLOSE_IN_DATA = 0x08,
	HABIT_ABORT_IN_DATA = 0x10,
	HABIT_END_AT_OPEN = 0x20,
	HABIT_CLOSE_AFTER_PEER = 0x40,
	HABIT_WRITE_AT_OPEN = 0x80,
};

struct user {
	struct lab *lab;
	struct peer *peer;
	uint32_t send_buffer, receive_buffer;
	struct la_conn conn;
	struct peer_user wire;
	uint8_t habits;
	bool spoilt; /**< overlaps disagree: what is read has no right value */
	bool alive, opened, told_end, reading_known, closing;
	unsigned int ghosts; /**< earlier lives, over on the wire, whose end was not told yet */
	uint32_t read_seq;   /**< of the next byte to read, where known */
	enum la_state last_state;
};

extern const struct la_service user_service;

/** How bytes are written and read. */
enum user_way { USER_COPY, USER_CHAIN, USER_SKIP };

void user_reset(struct user *user);
/** Opens actively. It may well be refused. */
void user_connect(struct user *user, uint16_t our_port, const struct la_tcp_options *options);
void user_write(struct user *user, uint32_t size, enum user_way way, unsigned int flags);
void user_read(struct user *user, uint32_t size, enum user_way way);
void user_end(struct user *user);
void user_close(struct user *user);
void user_abort(struct user *user);
/** What must hold after every breath. */
void user_judge(struct user *user);

/** The user of a connection that was opened passively: the target knows it by the peer's port. */
struct user *user_of_port(void *data, uint16_t remote_port);

/** True if `to` can follow `from` with any number of steps, none of which leads through CLOSED. */
bool user_state_follows(enum la_state from, enum la_state to);

#endif
