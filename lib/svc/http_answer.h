/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * http_answer: one HTTP response: composed at once, sent as there is room.
 *
 * Owns what a response looks like (RFC 9110, RFC 9112) and how far it has been sent. Knows nothing
 * of requests beyond what it is told.
 */
#ifndef SVC_HTTP_ANSWER_H
#define SVC_HTTP_ANSWER_H

#include "svc/http_limits.h"
#include "svc/http_pages.h"

/** A response on its way. Plain memory. */
struct http_answer {
	const struct http_page *page; /**< NULL: the content stands in the head */
	uint64_t content_bytes;       /**< of the page that are to be sent */
	uint64_t content_sent;
	uint16_t head_bytes;
	uint16_t head_sent;
	bool close; /**< our direction ends behind this response */
	char head[HTTP_ANSWER_HEAD_MAX];
};

/** How the connection goes on behind the response, and what of it is sent. */
struct http_answer_form {
	bool head_only; /**< the request was HEAD */
	bool http_1_0;  /**< keep-alive has to be said (RFC 9112 9.3, C.2.2) */
	bool keep_alive;
};

/** A page: 200, or 301 for a redirection. */
void http_answer_page(struct http_answer *answer, const struct http_page *page,
		      const struct http_answer_form *form);

/** An error with a sentence for people; 405 names the methods (RFC 9110 15.5.6). */
void http_answer_error(struct http_answer *answer, uint16_t status, const char *why,
		       const struct http_answer_form *form);

enum http_push {
	HTTP_PUSH_DONE,    /**< all of it is queued */
	HTTP_PUSH_BLOCKED, /**< no more room now: la_send_ask() and come again */
	HTTP_PUSH_DEAD,    /**< the connection takes nothing any more */
};

/** Queues what there is room for. */
enum http_push http_answer_push(struct http_answer *answer, struct la_worker *worker,
				struct la_conn conn);

/** Bytes of it that are queued or have left. */
static inline uint64_t http_answer_sent(const struct http_answer *answer)
{
	return answer->head_sent + answer->content_sent;
}

#endif
