/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * http_answer: see http_answer.h.
 *
 * There is no Date field: RFC 9110 6.6.1 asks for one of a server that has a clock, and a worker
 * that makes no system call has no wall clock.
 */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "svc/http_answer.h"

/* The reason phrases of the statuses that are used here (RFC 9110 15). */
static const char *status_phrase(uint16_t status)
{
	switch (status) {
	case 200:
		return "OK";
	case 301:
		return "Moved Permanently";
	case 400:
		return "Bad Request";
	case 404:
		return "Not Found";
	case 405:
		return "Method Not Allowed";
	case 413:
		return "Content Too Large";
	case 414:
		return "URI Too Long";
	case 417:
		return "Expectation Failed";
	case 431:
		return "Request Header Fields Too Large";
	case 501:
		return "Not Implemented";
	case 503:
		return "Service Unavailable";
	case 505:
		return "HTTP Version Not Supported";
	default:
		return "Error";
	}
}

static void __attribute__((format(printf, 2, 3)))
append(struct http_answer *answer, const char *format, ...)
{
	size_t room = sizeof(answer->head) - answer->head_bytes;
	va_list list;
	int written;

	va_start(list, format);
	written = vsnprintf(answer->head + answer->head_bytes, room, format, list);
	va_end(list);
	assert(written >= 0 && (size_t)written < room);
	answer->head_bytes = (uint16_t)(answer->head_bytes + written);
}

static void begin(struct http_answer *answer, uint16_t status, const struct http_answer_form *form)
{
	assert(status >= 200 && status <= 599);
	memset(answer, 0, offsetof(struct http_answer, head));
	answer->close = !form->keep_alive;
	append(answer, "HTTP/1.1 %u %s\r\nServer: lastack\r\n", status, status_phrase(status));
	if (answer->close)
		append(answer, "Connection: close\r\n");
	else if (form->http_1_0)
		append(answer, "Connection: keep-alive\r\n");
}

/* The fields that describe the content, and the end of the head. */
static void describe(struct http_answer *answer, const char *type, uint64_t size)
{
	append(answer, "Content-Type: %s\r\nContent-Length: %llu\r\n\r\n", type,
	       (unsigned long long)size);
}

void http_answer_page(struct http_answer *answer, const struct http_page *page,
		      const struct http_answer_form *form)
{
	assert(page != NULL);
	if (page->location != NULL) {
		begin(answer, 301, form);
		append(answer, "Location: %s\r\nContent-Length: 0\r\n\r\n", page->location);
		return;
	}
	begin(answer, 200, form);
	describe(answer, page->content_type, page->size);
	answer->page = page;
	answer->content_bytes = form->head_only ? 0 : page->size;
}

void http_answer_error(struct http_answer *answer, uint16_t status, const char *why,
		       const struct http_answer_form *form)
{
	const char *phrase = status_phrase(status);
	char number[8];
	size_t size;

	assert(why != NULL);
	begin(answer, status, form);
	if (status == 405)
		append(answer, "Allow: GET, HEAD\r\n");
	size = (size_t)snprintf(number, sizeof(number), "%u", status) + strlen(phrase) +
	       strlen(why) + strlen(" : \n");
	describe(answer, "text/plain; charset=utf-8", size);
	if (!form->head_only)
		append(answer, "%s %s: %s\n", number, phrase, why);
}

static enum http_push push_head(struct http_answer *answer, struct la_worker *worker,
				struct la_conn conn)
{
	size_t left = (size_t)answer->head_bytes - answer->head_sent;
	unsigned int flags = answer->content_bytes > 0 ? LA_SEND_MORE : 0;
	ssize_t taken;

	if (left == 0)
		return HTTP_PUSH_DONE;
	taken = la_send(worker, conn, answer->head + answer->head_sent, left, flags);
	if (taken < 0)
		return HTTP_PUSH_DEAD;
	assert((size_t)taken <= left);
	answer->head_sent = (uint16_t)(answer->head_sent + taken);
	return (size_t)taken == left ? HTTP_PUSH_DONE : HTTP_PUSH_BLOCKED;
}

enum http_push http_answer_push(struct http_answer *answer, struct la_worker *worker,
				struct la_conn conn)
{
	const struct http_page *page = answer->page;
	enum http_push head = push_head(answer, worker, conn);

	if (head != HTTP_PUSH_DONE)
		return head;
	/* Bounded: each round takes from the room of the send buffer or ends the loop. */
	while (answer->content_sent < answer->content_bytes) {
		uint64_t left = answer->content_bytes - answer->content_sent;
		uint64_t offset = answer->content_sent % page->blob_bytes;
		uint64_t piece = page->blob_bytes - offset;
		size_t room = la_send_room(worker, conn);
		ssize_t taken;

		piece = piece < left ? piece : left;
		piece = piece < room ? piece : room;
		if (piece == 0)
			return HTTP_PUSH_BLOCKED;
		taken = la_send_blob(worker, conn, page->blob, offset, piece,
				     piece < left ? LA_SEND_MORE : 0);
		if (taken < 0)
			return HTTP_PUSH_DEAD;
		if (taken == 0)
			return HTTP_PUSH_BLOCKED;
		assert((uint64_t)taken <= piece);
		answer->content_sent += (uint64_t)taken;
	}
	return HTTP_PUSH_DONE;
}
