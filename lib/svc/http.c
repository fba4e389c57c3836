/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * http: a small HTTP/1.1 server: the life of a connection and of the requests on it (RFC 9112).
 *
 * A request in progress is an *exchange*, a record of the worker's own pool: it reads the head,
 * skips the body, sends the answer, in this order, and the next request on the connection is not
 * looked at before. What does not fit stays unread. When an exchange has nothing more to do it goes
 * back to the pool: an idle connection holds none.
 *
 * A request has request_timeout to arrive, from its first byte to its last; else it is answered 408
 * and the connection ends. Those that have begun and are not complete stand in a queue in the order
 * of their beginning, and one alarm rings for the first. The first byte of a connection has as
 * long: until it comes the idle timeout is as short (svc_http_first_idle_us()), and no longer than
 * that.
 *
 * When the pool is dry, the exchange that has waited longest for bytes from its client is answered
 * 408 at once; where there is none, the one whose client has taken nothing for HTTP_STALL_US is
 * reset; else the newcomer gets a 503. So clients that send half a request and go silent cannot
 * keep others out.
 *
 * The context word of a connection:
 *   0                  fresh: nothing has come yet
 *   KEPT               idle: no request has begun since the last one
 *   address            its exchange
 *   1 | skipped << 1   our direction has ended; what still arrives is skipped and counted, so that
 *                      a RST does not overtake the last response (RFC 9112 9.6)
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "svc/http_answer.h"
#include "svc/http_files.h"
#include "svc/http_limits.h"
#include "svc/http_pages.h"
#include "svc/http_parse.h"
#include "svc/svc.h"

enum exchange_state {
	EXCHANGE_HEAD,   /* collecting the request's head */
	EXCHANGE_BODY,   /* skipping the request's body; the answer is composed */
	EXCHANGE_ANSWER, /* sending */
};

TAILQ_HEAD(exchange_queue, http_exchange);

/* One request in progress. */
struct http_exchange {
	TAILQ_ENTRY(http_exchange) link;
	TAILQ_ENTRY(http_exchange) arriving_link;
	struct exchange_queue *queue; /* that it is in */
	struct la_conn conn;
	uint64_t due_us;      /* while arriving: when its request must be complete */
	uint64_t progress_us; /* when its client last sent or took something */
	enum exchange_state state;
	bool progressed;   /* since exchange_run() began */
	bool arriving;     /* its request has begun and waits for bytes */
	bool peer_closed;  /* nothing comes behind what is in `in` */
	uint32_t in_bytes; /* read and not used up yet */
	struct http_parse parse;
	struct http_answer answer;
	char in[HTTP_HEAD_MAX];
};

/* The requests of one worker. Nobody else touches them. */
struct http_desk {
	const struct svc_http *http;
	struct http_exchange *exchanges;
	struct exchange_queue free;
	struct exchange_queue readers;  /* wait for their clients to send: longest without first */
	struct exchange_queue writers;  /* wait for room to send: longest without first */
	struct exchange_queue arriving; /* requests that are not complete: first begun first */
	struct la_alarm alarm;          /* for the first of them */
	uint32_t requests;
	uint32_t in_progress;
};

/* What all workers share: it is only read once connections come. */
struct svc_http {
	struct http_pages pages;
	uint64_t request_timeout_us;
	uint64_t first_idle_us; /* the idle timeout until the first byte, and after it */
	uint64_t idle_timeout_us;
	bool keep_alive;
	unsigned int workers;
	struct http_desk *desks[LA_WORKERS_MAX];
};

#define LINGERING 1U
#define KEPT 2U

/* What step of an exchange came to. */
enum step {
	STEP_AGAIN, /* the next step may be possible at once */
	STEP_WAIT,  /* for bytes or for room */
	STEP_GONE,  /* the exchange is back in the pool */
};

static struct http_desk *desk_of(const struct svc_http *http, const struct la_worker *worker)
{
	assert(la_worker_index(worker) < http->workers);
	return http->desks[la_worker_index(worker)];
}

/* ---- the pool -------------------------------------------------------------------------------- */

/* Puts an exchange behind all others of a queue. */
static void exchange_move(struct http_exchange *exchange, struct exchange_queue *queue)
{
	assert(exchange->queue != NULL);
	TAILQ_REMOVE(exchange->queue, exchange, link);
	TAILQ_INSERT_TAIL(queue, exchange, link);
	exchange->queue = queue;
}

static struct http_exchange *exchange_take(struct http_desk *desk, struct la_worker *worker,
					   struct la_conn conn)
{
	struct http_exchange *exchange = TAILQ_FIRST(&desk->free);

	if (exchange == NULL)
		return NULL;
	exchange_move(exchange, &desk->readers);
	desk->in_progress += 1;
	assert(desk->in_progress <= desk->requests);
	exchange->conn = conn;
	exchange->progress_us = la_worker_now_us(worker);
	exchange->state = EXCHANGE_HEAD;
	exchange->arriving = false;
	exchange->peer_closed = false;
	exchange->in_bytes = 0;
	http_parse_begin(&exchange->parse);
	return exchange;
}

/* The request is complete, or will not be any more. The alarm may ring in vain once. */
static void exchange_arrived(struct http_desk *desk, struct http_exchange *exchange)
{
	if (exchange->arriving)
		TAILQ_REMOVE(&desk->arriving, exchange, arriving_link);
	exchange->arriving = false;
}

/* The request has begun and waits for the rest of it. */
static void exchange_arrives(struct http_desk *desk, struct http_exchange *exchange,
			     struct la_worker *worker)
{
	if (exchange->arriving || desk->http->request_timeout_us == 0)
		return;
	exchange->arriving = true;
	exchange->due_us = la_worker_now_us(worker) + desk->http->request_timeout_us;
	TAILQ_INSERT_TAIL(&desk->arriving, exchange, arriving_link);
	if (!desk->alarm.is_set)
		la_alarm_set(worker, &desk->alarm, exchange->due_us);
}

static void exchange_give(struct http_desk *desk, struct http_exchange *exchange)
{
	exchange_arrived(desk, exchange);
	assert(exchange->queue != &desk->free);
	assert(desk->in_progress > 0);
	/* In front: the next to be used is the one that lies in the cache. */
	TAILQ_REMOVE(exchange->queue, exchange, link);
	TAILQ_INSERT_HEAD(&desk->free, exchange, link);
	exchange->queue = &desk->free;
	desk->in_progress -= 1;
}

/* The client sent or took something. */
static void exchange_touch(struct http_exchange *exchange, struct la_worker *worker)
{
	exchange->progress_us = la_worker_now_us(worker);
	exchange->progressed = true;
}

static struct http_exchange *exchange_of(uint64_t context)
{
	return (context & (LINGERING | KEPT)) ? NULL : (struct http_exchange *)(uintptr_t)context;
}

/* ---- the end of a connection ----------------------------------------------------------------- */

/* Skips what arrives after our FIN, so that the peer reads the last response and not a RST. Within
 * bounds: who goes on sending is reset. */
static void linger(struct la_worker *worker, struct la_conn conn)
{
	uint64_t skipped = la_context(worker, conn) >> 1;

	assert(la_context(worker, conn) & LINGERING);
	skipped += la_recv_skip(worker, conn, SIZE_MAX);
	la_set_context(worker, conn, skipped << 1 | LINGERING);
	if (skipped > HTTP_LINGER_BYTES)
		la_abort(worker, conn);
}

static void end(struct la_worker *worker, struct la_conn conn)
{
	la_set_context(worker, conn, LINGERING);
	la_end(worker, conn);
	linger(worker, conn);
}

static enum step exchange_end(struct http_desk *desk, struct http_exchange *exchange,
			      struct la_worker *worker, struct la_conn conn)
{
	exchange_give(desk, exchange);
	end(worker, conn);
	return STEP_GONE;
}

/* The pool is dry: answered without a record, and the connection ends. */
static void turn_away(struct la_worker *worker, struct la_conn conn)
{
	static const char busy[] = "HTTP/1.1 503 Service Unavailable\r\n"
				   "Server: lastack\r\n"
				   "Connection: close\r\n"
				   "Content-Length: 0\r\n"
				   "\r\n";
	const ssize_t size = (ssize_t)sizeof(busy) - 1;

	if (la_send(worker, conn, busy, sizeof(busy) - 1, 0) != size)
		la_abort(worker, conn);
	else
		end(worker, conn);
}

/* Ends an exchange whose client has used up its time: told so, or reset. */
static void exchange_give_up(struct http_desk *desk, struct http_exchange *exchange,
			     struct la_worker *worker, bool tell)
{
	static const char late[] = "HTTP/1.1 408 Request Timeout\r\n"
				   "Server: lastack\r\n"
				   "Connection: close\r\n"
				   "Content-Length: 0\r\n"
				   "\r\n";
	const ssize_t size = (ssize_t)sizeof(late) - 1;
	struct la_conn conn = exchange->conn;

	exchange_give(desk, exchange);
	la_set_context(worker, conn, LINGERING);
	/* Not la_end(): who has gone silent once would keep the connection half closed for ever. */
	if (tell && la_send(worker, conn, late, sizeof(late) - 1, 0) == size)
		la_close(worker, conn);
	else
		la_abort(worker, conn);
}

/* Takes a record from the client that has the least claim to it; false: all have a good one. */
static bool make_room(struct http_desk *desk, struct la_worker *worker)
{
	struct http_exchange *oldest = TAILQ_FIRST(&desk->readers);
	bool reads = oldest != NULL;

	if (!reads) {
		oldest = TAILQ_FIRST(&desk->writers);
		assert(oldest != NULL);
		if (la_worker_now_us(worker) - oldest->progress_us < HTTP_STALL_US)
			return false;
	}
	exchange_give_up(desk, oldest, worker, reads);
	return true;
}

/* The alarm: ends the requests that did not arrive in time. */
static void requests_are_due(struct la_worker *worker, void *arg)
{
	struct http_desk *desk = arg;
	struct http_exchange *first;

	while ((first = TAILQ_FIRST(&desk->arriving)) != NULL &&
	       first->due_us <= la_worker_now_us(worker))
		exchange_give_up(desk, first, worker, true);
	if (first != NULL)
		la_alarm_set(worker, &desk->alarm, first->due_us);
}

/* The first byte is there: from now on the connection may be idle for as long as any. Where the
 * stack has no options left to give, the shorter time stays. */
static void first_byte_came(const struct http_desk *desk, struct la_worker *worker,
			    struct la_conn conn)
{
	struct la_tcp_options options;

	if (desk->http->first_idle_us == desk->http->idle_timeout_us ||
	    la_options(worker, conn, &options) != 0 ||
	    options.idle_timeout_us != desk->http->first_idle_us)
		return;
	options.idle_timeout_us = desk->http->idle_timeout_us;
	la_set_options(worker, conn, &options, NULL);
}

/* ---- the steps of an exchange ---------------------------------------------------------------- */

/* Takes the first bytes of `in` as used up. */
static void exchange_use(struct http_exchange *exchange, size_t bytes)
{
	assert(bytes <= exchange->in_bytes);
	exchange->in_bytes -= (uint32_t)bytes;
	if (bytes > 0)
		memmove(exchange->in, exchange->in + bytes, exchange->in_bytes);
}

/* Reads what fits; true when something came. */
static bool exchange_read(struct http_exchange *exchange, struct la_worker *worker,
			  struct la_conn conn)
{
	size_t room = sizeof(exchange->in) - exchange->in_bytes;
	ssize_t got = room > 0 ? la_recv(worker, conn, exchange->in + exchange->in_bytes, room) : 0;

	if (got <= 0)
		return false;
	assert((size_t)got <= room);
	exchange->in_bytes += (uint32_t)got;
	exchange_touch(exchange, worker);
	return true;
}

static void exchange_refuse(struct http_exchange *exchange, const struct http_request *request)
{
	struct http_answer_form form = {
		.head_only = request->head_only,
		.http_1_0 = request->http_1_0,
		.keep_alive = false,
	};

	http_answer_error(&exchange->answer, request->status, request->why, &form);
	exchange->state = EXCHANGE_ANSWER;
}

/* Composes the answer to a legal request. */
static void exchange_answer(const struct http_desk *desk, struct http_exchange *exchange,
			    const struct http_request *request)
{
	/* A client that waits for a 100 gets its answer instead (RFC 9110 10.1.1). Whether the body
	 * still comes nobody knows then: the connection cannot go on. */
	bool unread_body = request->has_body && request->expects_continue;
	struct http_answer_form form = {
		.head_only = request->head_only,
		.http_1_0 = request->http_1_0,
		.keep_alive = request->keep_alive && desk->http->keep_alive && !unread_body,
	};
	const struct http_page *page;
	char path[HTTP_TARGET_MAX + 1];

	if (!http_parse_path(request->target, request->target_bytes, path, sizeof(path))) {
		http_answer_error(&exchange->answer, 400, "the request target is not a path",
				  &form);
	} else {
		page = http_pages_find(&desk->http->pages, path);
		if (page != NULL)
			http_answer_page(&exchange->answer, page, &form);
		else
			http_answer_error(&exchange->answer, 404, "there is nothing at this path",
					  &form);
	}
	exchange->state = request->has_body && !unread_body ? EXCHANGE_BODY : EXCHANGE_ANSWER;
}

static enum step step_head(struct http_desk *desk, struct http_exchange *exchange,
			   struct la_worker *worker, struct la_conn conn)
{
	struct http_request request;
	enum http_verdict verdict;

	exchange_use(exchange, http_parse_blank(exchange->in, exchange->in_bytes));
	verdict = http_parse_head(&exchange->parse, exchange->in, exchange->in_bytes, &request);
	if (verdict == HTTP_MORE) {
		if (exchange_read(exchange, worker, conn))
			return STEP_AGAIN;
		if (exchange->peer_closed)
			return exchange_end(desk, exchange, worker, conn);
		if (exchange->in_bytes > 0)
			return STEP_WAIT;
		exchange_give(desk, exchange);
		la_set_context(worker, conn, KEPT);
		return STEP_GONE;
	}
	if (verdict == HTTP_REFUSED) {
		exchange_refuse(exchange, &request);
		return STEP_AGAIN;
	}
	exchange_answer(desk, exchange, &request);
	exchange_use(exchange, request.head_bytes);
	return STEP_AGAIN;
}

static enum step step_body(struct http_desk *desk, struct http_exchange *exchange,
			   struct la_worker *worker, struct la_conn conn)
{
	struct http_request request = { 0 };
	enum http_verdict verdict;
	size_t used;

	verdict = http_parse_body(&exchange->parse, exchange->in, exchange->in_bytes, &used,
				  &request);
	exchange_use(exchange, used);
	if (verdict == HTTP_DONE) {
		exchange->state = EXCHANGE_ANSWER;
		return STEP_AGAIN;
	}
	if (verdict == HTTP_REFUSED) {
		exchange_refuse(exchange, &request);
		return STEP_AGAIN;
	}
	if (exchange_read(exchange, worker, conn))
		return STEP_AGAIN;
	return exchange->peer_closed ? exchange_end(desk, exchange, worker, conn) : STEP_WAIT;
}

static enum step step_answer(struct http_desk *desk, struct http_exchange *exchange,
			     struct la_worker *worker, struct la_conn conn)
{
	uint64_t sent = http_answer_sent(&exchange->answer);
	enum http_push push = http_answer_push(&exchange->answer, worker, conn);

	if (http_answer_sent(&exchange->answer) > sent)
		exchange_touch(exchange, worker);
	switch (push) {
	case HTTP_PUSH_BLOCKED:
		la_send_ask(worker, conn);
		return STEP_WAIT;
	case HTTP_PUSH_DEAD:
		exchange_give(desk, exchange);
		la_set_context(worker, conn, LINGERING);
		la_abort(worker, conn);
		return STEP_GONE;
	case HTTP_PUSH_DONE:
		break;
	}
	if (exchange->answer.close)
		return exchange_end(desk, exchange, worker, conn);
	exchange->state = EXCHANGE_HEAD;
	http_parse_begin(&exchange->parse);
	return STEP_AGAIN;
}

/* Where an exchange waits, and behind whom. */
static void exchange_wait(struct http_exchange *exchange, struct exchange_queue *queue)
{
	if (exchange->progressed || exchange->queue != queue)
		exchange_move(exchange, queue);
}

/* Goes on with an exchange for as long as it can, and as others do not wait too long for it. */
static void exchange_run(struct http_desk *desk, struct http_exchange *exchange,
			 struct la_worker *worker, struct la_conn conn)
{
	unsigned int answers = 0;
	enum step step = STEP_AGAIN;

	exchange->progressed = false;
	/* Bounded: a step uses up bytes, or sends, or waits; and so many answers are enough. */
	while (step == STEP_AGAIN) {
		switch (exchange->state) {
		case EXCHANGE_HEAD:
			if (answers == HTTP_REQUESTS_PER_CALLBACK) {
				la_send_ask(worker, conn);
				exchange_wait(exchange, &desk->writers);
				return;
			}
			step = step_head(desk, exchange, worker, conn);
			break;
		case EXCHANGE_BODY:
			step = step_body(desk, exchange, worker, conn);
			break;
		case EXCHANGE_ANSWER:
			exchange_arrived(desk, exchange);
			answers += 1;
			step = step_answer(desk, exchange, worker, conn);
			break;
		}
	}
	if (step != STEP_WAIT)
		return;
	if (exchange->state == EXCHANGE_ANSWER) {
		exchange_wait(exchange, &desk->writers);
	} else {
		exchange_wait(exchange, &desk->readers);
		exchange_arrives(desk, exchange, worker);
	}
}

/* ---- callbacks ------------------------------------------------------------------------------- */

static void http_data(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct http_desk *desk = desk_of(data, worker);
	uint64_t context = la_context(worker, conn);
	struct http_exchange *exchange = exchange_of(context);

	if (context & LINGERING) {
		linger(worker, conn);
		return;
	}
	if (context == 0)
		first_byte_came(desk, worker, conn);
	if (exchange == NULL) {
		exchange = exchange_take(desk, worker, conn);
		if (exchange == NULL && make_room(desk, worker))
			exchange = exchange_take(desk, worker, conn);
		if (exchange == NULL) {
			turn_away(worker, conn);
			return;
		}
		la_set_context(worker, conn, (uintptr_t)exchange);
	}
	/* While an answer is on its way the next request stays unread. */
	if (exchange->state != EXCHANGE_ANSWER)
		exchange_run(desk, exchange, worker, conn);
}

static void http_room(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct http_exchange *exchange = exchange_of(la_context(worker, conn));

	if (exchange != NULL)
		exchange_run(desk_of(data, worker), exchange, worker, conn);
}

static void http_peer_closed(struct la_worker *worker, struct la_conn conn, void *data)
{
	uint64_t context = la_context(worker, conn);
	struct http_exchange *exchange = exchange_of(context);

	if (context & LINGERING)
		return;
	if (exchange == NULL) {
		end(worker, conn);
		return;
	}
	/* What was asked before the FIN is answered still. */
	exchange->peer_closed = true;
	if (exchange->state != EXCHANGE_ANSWER)
		exchange_run(desk_of(data, worker), exchange, worker, conn);
}

static void http_closed(struct la_worker *worker, struct la_conn conn, void *data,
			enum la_reason reason)
{
	struct http_exchange *exchange = exchange_of(la_context(worker, conn));

	if (exchange == NULL)
		return;
	la_set_context(worker, conn, LINGERING);
	exchange_give(desk_of(data, worker), exchange);
}

const struct la_service *svc_http(void)
{
	static const struct la_service http = {
		.name = "http",
		.data = http_data,
		.room = http_room,
		.peer_closed = http_peer_closed,
		.closed = http_closed,
	};

	return &http;
}

/* ---- create and free ------------------------------------------------------------------------- */

void svc_http_config_init(struct svc_http_config *config)
{
	memset(config, 0, sizeof(*config));
	config->keep_alive = true;
	config->requests = 1024;
	config->request_timeout_us = HTTP_REQUEST_US;
	config->idle_timeout_us = HTTP_IDLE_US;
	config->root_limit = 256ULL << 20;
}

bool svc_http_is_content_type(const char *text)
{
	size_t size = strnlen(text, HTTP_CONTENT_TYPE_MAX + 1);

	if (size == 0 || size > HTTP_CONTENT_TYPE_MAX)
		return false;
	for (size_t i = 0; i < size; i++) {
		if (text[i] != '\t' && (text[i] < ' ' || text[i] > '~'))
			return false;
	}
	return true;
}

static int check_config(const struct svc_http_config *config, struct la_error *err)
{
	int contents = (config->body != NULL) + (config->size != 0) + (config->root != NULL);

	err->text[0] = '\0';
	if (contents != 1) {
		snprintf(err->text, sizeof(err->text),
			 "http: %s; give exactly one of body, size and root",
			 contents == 0 ? "there is nothing to serve"
				       : "there is more than one thing to serve");
		return -EINVAL;
	}
	if (config->requests == 0 || config->requests > HTTP_REQUESTS_MAX) {
		snprintf(err->text, sizeof(err->text),
			 "http: requests is %u; it must be from 1 to %u", config->requests,
			 HTTP_REQUESTS_MAX);
		return -EINVAL;
	}
	if (config->content_type != NULL && !svc_http_is_content_type(config->content_type)) {
		snprintf(err->text, sizeof(err->text),
			 "http: content_type is not a media type; it must have 1 to %u characters "
			 "of "
			 "visible ASCII, space and tab",
			 HTTP_CONTENT_TYPE_MAX);
		return -EINVAL;
	}
	return 0;
}

/* In cache lines of its own, since another worker's may lie behind. NULL: no memory. */
static struct http_desk *desk_create(const struct svc_http *http, uint32_t requests)
{
	const size_t line = 64;
	size_t bytes = sizeof(struct http_exchange) * requests;
	struct http_desk *desk = aligned_alloc(line, (sizeof(*desk) + line - 1) / line * line);

	if (desk == NULL)
		return NULL;
	memset(desk, 0, sizeof(*desk));
	desk->http = http;
	desk->requests = requests;
	desk->alarm = (struct la_alarm){ .ring = requests_are_due, .arg = desk };
	TAILQ_INIT(&desk->free);
	TAILQ_INIT(&desk->readers);
	TAILQ_INIT(&desk->writers);
	TAILQ_INIT(&desk->arriving);
	desk->exchanges = aligned_alloc(line, (bytes + line - 1) / line * line);
	if (desk->exchanges == NULL) {
		free(desk);
		return NULL;
	}
	/* Written all over: the pages are taken now, and not from under a request. */
	memset(desk->exchanges, 0, bytes);
	for (uint32_t i = 0; i < requests; i++) {
		desk->exchanges[i].queue = &desk->free;
		TAILQ_INSERT_TAIL(&desk->free, &desk->exchanges[i], link);
	}
	return desk;
}

static int create_desks(struct svc_http *http, uint32_t requests, struct la_error *err)
{
	for (unsigned int i = 0; i < http->workers; i++) {
		http->desks[i] = desk_create(http, requests);
		if (http->desks[i] != NULL)
			continue;
		snprintf(err->text, sizeof(err->text),
			 "http: no memory for %u requests of %zu bytes on each of %u workers; "
			 "lower requests",
			 requests, sizeof(struct http_exchange), http->workers);
		return -ENOMEM;
	}
	return 0;
}

int svc_http_create(struct la_stack *stack, const struct svc_http_config *config,
		    struct svc_http **out, struct la_error *err)
{
	int code = check_config(config, err);
	struct svc_http *http;

	if (code != 0)
		return code;
	http = calloc(1, sizeof(*http));
	if (http == NULL) {
		snprintf(err->text, sizeof(err->text), "http: no memory");
		return -ENOMEM;
	}
	http->workers = la_stack_workers(stack);
	http->keep_alive = config->keep_alive;
	http->request_timeout_us = config->request_timeout_us;
	http->first_idle_us = svc_http_first_idle_us(config);
	http->idle_timeout_us = config->idle_timeout_us;
	code = create_desks(http, config->requests, err);
	if (code == 0)
		code = http_pages_create(stack, config, &http->pages, err);
	if (code != 0) {
		svc_http_free(http);
		return code;
	}
	*out = http;
	return 0;
}

void svc_http_unload(struct svc_http *http)
{
	if (http != NULL)
		http_pages_unload(&http->pages);
}

void svc_http_free(struct svc_http *http)
{
	if (http == NULL)
		return;
	http_pages_free(&http->pages);
	for (unsigned int i = 0; i < http->workers; i++) {
		if (http->desks[i] != NULL)
			free(http->desks[i]->exchanges);
		free(http->desks[i]);
	}
	free(http);
}

uint32_t svc_http_in_progress(const struct svc_http *http)
{
	uint32_t sum = 0;

	for (unsigned int i = 0; i < http->workers; i++)
		sum += http->desks[i]->in_progress;
	return sum;
}

uint64_t svc_http_first_idle_us(const struct svc_http_config *config)
{
	uint64_t idle_us = config->idle_timeout_us, request_us = config->request_timeout_us;

	if (request_us == 0 || idle_us == 0)
		return request_us + idle_us;
	return idle_us < request_us ? idle_us : request_us;
}

uint32_t svc_http_files(const struct svc_http *http)
{
	return http->pages.files;
}

int svc_http_check_root(const char *root, uint64_t root_limit, struct la_error *err)
{
	struct http_files files;
	int code = http_files_scan(root, root_limit, &files, err);
	int count = (int)files.count;

	http_files_free(&files);
	return code != 0 ? code : count;
}
