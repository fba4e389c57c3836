/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * chargen: sends characters as fast as the peer takes them, until the peer closes (RFC 864).
 *
 * The pattern is the one that the RFC shows: lines of 72 printing characters and CRLF, each line
 * beginning one character later in the ring of the 95 printing characters. It repeats after 95
 * lines, so one blob holds it all, nothing is copied, and the position in it is all that a
 * connection has to remember: it is the context word.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "svc/svc.h"

enum {
	CHARGEN_RING = 95, /* the printing characters, space to tilde */
	CHARGEN_LINE = 72, /* characters, RFC 864 */
	CHARGEN_LINE_BYTES = CHARGEN_LINE + 2,
	CHARGEN_PERIOD = CHARGEN_RING * CHARGEN_LINE_BYTES,
	CHARGEN_PERIODS = 9, /* in the blob, so that a full send buffer takes few pieces */
	CHARGEN_BYTES = CHARGEN_PERIODS * CHARGEN_PERIOD,
	CHARGEN_ENDED = CHARGEN_BYTES, /* context word: no position, our direction has ended */
};

struct svc_chargen {
	struct la_blob *pattern;
};

static void chargen_write_pattern(char *out)
{
	for (unsigned int line = 0; line < CHARGEN_PERIODS * CHARGEN_RING; line++) {
		for (unsigned int column = 0; column < CHARGEN_LINE; column++)
			*out++ = (char)(' ' + (line + column) % CHARGEN_RING);
		*out++ = '\r';
		*out++ = '\n';
	}
}

static void chargen_fill(struct la_worker *worker, struct la_conn conn, void *data)
{
	const struct svc_chargen *chargen = data;
	size_t room = la_send_room(worker, conn);
	size_t at = la_context(worker, conn);

	if (at == CHARGEN_ENDED)
		return;
	assert(chargen->pattern != NULL);
	assert(at < CHARGEN_BYTES);
	/* Bounded: each round takes from the room, and the send buffer has an end. */
	while (room > 0) {
		size_t piece = CHARGEN_BYTES - at < room ? CHARGEN_BYTES - at : room;
		ssize_t taken = la_send_blob(worker, conn, chargen->pattern, at, piece, 0);

		if (taken <= 0)
			break;
		at = (at + (size_t)taken) % CHARGEN_BYTES;
		room -= (size_t)taken;
	}
	la_set_context(worker, conn, at);
	la_send_ask(worker, conn);
}

static void chargen_data(struct la_worker *worker, struct la_conn conn, void *data)
{
	la_recv_skip(worker, conn, SIZE_MAX);
}

static void chargen_peer_closed(struct la_worker *worker, struct la_conn conn, void *data)
{
	la_set_context(worker, conn, CHARGEN_ENDED);
	la_end(worker, conn);
}

const struct la_service *svc_chargen(void)
{
	static const struct la_service chargen = {
		.name = "chargen",
		.opened = chargen_fill,
		.data = chargen_data,
		.room = chargen_fill,
		.peer_closed = chargen_peer_closed,
	};

	return &chargen;
}

int svc_chargen_create(struct la_stack *stack, struct svc_chargen **out, struct la_error *err)
{
	struct svc_chargen *chargen = calloc(1, sizeof(*chargen));
	char *pattern = malloc(CHARGEN_BYTES);

	err->text[0] = '\0';
	if (chargen == NULL || pattern == NULL)
		goto no_memory;
	chargen_write_pattern(pattern);
	chargen->pattern = la_blob_create(stack, pattern, CHARGEN_BYTES);
	if (chargen->pattern == NULL)
		goto no_memory;
	free(pattern);
	*out = chargen;
	return 0;

no_memory:
	snprintf(err->text, sizeof(err->text),
		 "chargen: no memory for its pattern of %d bytes; give EAL more hugepages (-m)",
		 CHARGEN_BYTES);
	free(pattern);
	free(chargen);
	return -ENOMEM;
}

void svc_chargen_unload(struct svc_chargen *chargen)
{
	if (chargen == NULL)
		return;
	la_blob_release(chargen->pattern);
	chargen->pattern = NULL;
}

void svc_chargen_free(struct svc_chargen *chargen)
{
	assert(chargen == NULL || chargen->pattern == NULL);
	free(chargen);
}
