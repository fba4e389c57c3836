/* SPDX-License-Identifier: BSD-3-Clause */
/* http: what a client gets, request by request, and what is left of it afterwards. */
#include "check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake.h"
#include "svc/http_limits.h"
#include "svc/svc.h"

#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
#define OK_HEAD                                       \
	"HTTP/1.1 200 OK\r\nServer: lastack\r\n"      \
	"Content-Type: text/plain; charset=utf-8\r\n" \
	"Content-Length: 6\r\n\r\n"
#define OK OK_HEAD "hello\n"
#define OK_CLOSE_HEAD                                                 \
	"HTTP/1.1 200 OK\r\nServer: lastack\r\nConnection: close\r\n" \
	"Content-Type: text/plain; charset=utf-8\r\n"                 \
	"Content-Length: 6\r\n\r\n"
#define OK_CLOSE OK_CLOSE_HEAD "hello\n"

static struct svc_http *serve_config(const struct svc_http_config *config)
{
	struct svc_http *http = NULL;
	struct la_error err;

	if (svc_http_create(NULL, config, &http, &err) != 0)
		fail_msg("%s", err.text);
	return http;
}

static struct svc_http *serve_hello(bool keep_alive, uint32_t requests)
{
	struct svc_http_config config;

	svc_http_config_init(&config);
	config.body = "hello\n";
	config.keep_alive = keep_alive;
	config.requests = requests;
	return serve_config(&config);
}

static struct svc_http *serve_size(uint64_t size)
{
	struct svc_http_config config;

	svc_http_config_init(&config);
	config.size = size;
	return serve_config(&config);
}

/* Nothing is in progress, and nothing is kept. */
static void retire(struct svc_http *http)
{
	assert_int_equal(svc_http_in_progress(http), 0);
	svc_http_unload(http);
	assert_int_equal(fake_blobs(), 0);
	fake_end();
	svc_http_free(http);
}

static struct fake *dial(struct svc_http *http)
{
	return fake_open(svc_http(), http, 1U << 20);
}

static void got(struct fake *fake, const char *expected)
{
	fake->out[fake->out_bytes] = '\0';
	assert_string_equal(fake->out, expected);
	fake_forget(fake);
}

static void got_status(struct fake *fake, const char *status)
{
	fake->out[fake->out_bytes] = '\0';
	if (strncmp(fake->out + strlen("HTTP/1.1 "), status, strlen(status)) != 0)
		fail_msg("expected %s, got: %s", status, fake->out);
}

static void a_kept_connection_holds_no_record_between_requests(void **state)
{
	struct svc_http *http = serve_hello(true, 4);
	struct fake *fake = dial(http);

	for (int i = 0; i < 10; i++) {
		fake_say(fake, GET);
		got(fake, OK);
		assert_false(fake->ended);
		assert_int_equal(svc_http_in_progress(http), 0);
	}
	fake_fin(fake);
	assert_true(fake->ended);
	assert_false(fake->aborted);
	fake_close(fake);
	retire(http);
}

static void connection_close_ends_behind_the_response(void **state)
{
	struct svc_http *http = serve_hello(true, 4);
	struct fake *fake = dial(http);

	fake_say(fake, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
	got(fake, OK_CLOSE);
	assert_true(fake->ended);
	/* What comes now gets no answer, and no reset either. */
	fake_say(fake, GET);
	got(fake, "");
	assert_int_equal(la_recv_ready(FAKE_WORKER(fake), FAKE_CONN(fake)), 0);
	fake_fin(fake);
	assert_false(fake->aborted);
	fake_close(fake);
	retire(http);
}

static void without_keep_alive_the_server_closes_first(void **state)
{
	struct svc_http *http = serve_hello(false, 4);
	struct fake *fake = dial(http);

	fake_say(fake, GET GET);
	got(fake, OK_CLOSE);
	assert_true(fake->ended);
	fake_close(fake);
	retire(http);
}

static void http_1_0_closes_unless_asked_to_stay(void **state)
{
	struct svc_http *http = serve_hello(true, 4);
	struct fake *fake = dial(http);

	fake_say(fake, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
	got(fake, "HTTP/1.1 200 OK\r\nServer: lastack\r\nConnection: keep-alive\r\n"
		  "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 6\r\n\r\nhello\n");
	assert_false(fake->ended);
	fake_say(fake, "GET / HTTP/1.0\r\n\r\n");
	got(fake, OK_CLOSE);
	assert_true(fake->ended);
	fake_close(fake);
	retire(http);
}

static void head_is_get_without_content(void **state)
{
	struct svc_http *http = serve_hello(true, 4);
	struct fake *fake = dial(http);

	fake_say(fake, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" GET);
	got(fake, OK_HEAD OK);
	fake_close(fake);
	retire(http);
}

static void pipelined_requests_are_answered_in_order(void **state)
{
	struct svc_http *http = serve_hello(true, 4);
	struct fake *fake = dial(http);
	static const char three[] = GET "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"
					"\r\n" GET;

	/* Any cut gives the same bytes. */
	for (size_t cut = 1; cut < sizeof(three) - 1; cut++) {
		fake_give(fake, three, cut);
		fake_give(fake, three + cut, sizeof(three) - 1 - cut);
		got(fake, OK OK_HEAD OK);
		assert_int_equal(svc_http_in_progress(http), 0);
	}
	fake_close(fake);
	retire(http);
}

static void many_pipelined_requests_take_turns(void **state)
{
	struct svc_http *http = serve_hello(true, 4);
	struct fake *fake = dial(http);
	const size_t count = 3 * HTTP_REQUESTS_PER_CALLBACK + 5;
	char *all = malloc(count * strlen(GET) + 1);

	for (size_t i = 0; i < count; i++)
		memcpy(all + i * strlen(GET), GET, strlen(GET));
	fake_give(fake, all, count * strlen(GET));
	assert_int_equal(fake->out_bytes, HTTP_REQUESTS_PER_CALLBACK * strlen(OK));
	assert_true(fake->asked);
	fake_drain(fake, 1, 10);
	assert_int_equal(fake->out_bytes, count * strlen(OK));
	for (size_t i = 0; i < count; i++)
		assert_memory_equal(fake->out + i * strlen(OK), OK, strlen(OK));
	assert_int_equal(svc_http_in_progress(http), 0);
	free(all);
	fake_close(fake);
	retire(http);
}

static void nothing_is_read_while_a_response_waits_for_room(void **state)
{
	struct svc_http *http = serve_size(100000);
	struct fake *fake = fake_open(svc_http(), http, 1000);
	size_t unread;

	fake_say(fake, GET);
	assert_true(fake->asked);
	fake_say(fake, GET);
	unread = la_recv_ready(FAKE_WORKER(fake), FAKE_CONN(fake));
	assert_int_equal(unread, strlen(GET));
	fake_drain(fake, 777, 1000);
	assert_int_equal(la_recv_ready(FAKE_WORKER(fake), FAKE_CONN(fake)), 0);
	assert_false(fake->asked);
	assert_int_equal(svc_http_in_progress(http), 0);
	assert_true(fake->out_bytes > 200000);
	fake_close(fake);
	retire(http);
}

/* Room for one byte at a time: the head is cut at every place. */
static void a_response_survives_any_cut(void **state)
{
	struct svc_http *http = serve_hello(true, 4);
	struct fake *fake = fake_open(svc_http(), http, 0);

	fake_say(fake, GET GET);
	fake_drain(fake, 1, 1000);
	got(fake, OK OK);
	fake_close(fake);
	retire(http);
}

static void a_generated_body_repeats_its_pattern(void **state)
{
	const uint64_t size = HTTP_PATTERN_BYTES * 2 + 100;
	struct svc_http *http = serve_size(size);
	struct fake *fake = fake_open(svc_http(), http, 50000);
	const char *content;

	fake_say(fake, GET);
	fake_drain(fake, 50001, 100);
	fake->out[fake->out_bytes] = '\0';
	content = strstr(fake->out, "\r\n\r\n") + 4;
	assert_non_null(strstr(fake->out, "Content-Length: 2097252\r\n"));
	assert_non_null(strstr(fake->out, "Content-Type: application/octet-stream\r\n"));
	assert_int_equal(fake->out_bytes - (size_t)(content - fake->out), size);
	assert_memory_equal(content, "000000000000000 lastack", 23);
	assert_memory_equal(content + 64, "000000000000040 lastack", 23);
	assert_memory_equal(content, content + HTTP_PATTERN_BYTES, HTTP_PATTERN_BYTES);
	assert_memory_equal(content, content + 2 * (size_t)HTTP_PATTERN_BYTES, 100);
	fake_close(fake);
	retire(http);
}

static void errors_have_their_fields_and_end_the_connection(void **state)
{
	static const struct {
		const char *request;
		const char *status;
		const char *field;
	} cases[] = {
		{ "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", "405",
		  "Allow: GET, HEAD\r\n" },
		{ "GET / HTTP/1.1\r\n\r\n", "400", "exactly one Host field\n" },
		{ "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: "
		  "chunked\r\n\r\n",
		  "400", "beside Transfer-Encoding\n" },
		{ "GET / HTTP/2.0\r\n\r\n", "505", "HTTP Version Not Supported" },
		{ "FOO / HTTP/1.1\r\n\r\n", "501", "Not Implemented" },
		{ "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 70000\r\n\r\n", "413",
		  "Content Too Large" },
		{ "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nq\r\n", "400",
		  "the request body is malformed\n" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct svc_http *http = serve_hello(true, 4);
		struct fake *fake = dial(http);
		const char *content;
		unsigned long length;

		fake_say(fake, cases[i].request);
		got_status(fake, cases[i].status);
		assert_non_null(strstr(fake->out, cases[i].field));
		assert_non_null(strstr(fake->out, "Connection: close\r\n"));
		content = strstr(fake->out, "\r\n\r\n") + 4;
		length = strtoul(strstr(fake->out, "Content-Length: ") + 16, NULL, 10);
		assert_int_equal(length, strlen(content));
		assert_true(fake->ended);
		assert_int_equal(svc_http_in_progress(http), 0);
		fake_close(fake);
		retire(http);
	}
}

static void a_large_head_gets_431(void **state)
{
	struct svc_http *http = serve_hello(true, 4);
	struct fake *fake = dial(http);
	char field[1000];

	memset(field, 'x', sizeof(field));
	field[0] = 'A';
	field[1] = ':';
	memcpy(field + sizeof(field) - 2, "\r\n", 2);
	fake_say(fake, "GET / HTTP/1.1\r\nHost: a\r\n");
	for (int i = 0; i < 12; i++)
		fake_give(fake, field, sizeof(field));
	got_status(fake, "431");
	assert_true(fake->ended);
	fake_close(fake);
	retire(http);
}

static void a_request_body_is_skipped(void **state)
{
	struct svc_http *http = serve_hello(true, 4);
	struct fake *fake = dial(http);
	char *body = calloc(1, HTTP_REQUEST_BODY_MAX);

	fake_say(fake, "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 65536\r\n\r\n");
	got(fake, "");
	for (int i = 0; i < 16; i++)
		fake_give(fake, body, HTTP_REQUEST_BODY_MAX / 16);
	got(fake, OK);
	fake_say(fake, "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
		       "3\r\nabc\r\n0\r\n\r\n" GET);
	got(fake, OK OK);
	free(body);
	fake_close(fake);
	retire(http);
}

static void expect_continue_is_answered_and_ends(void **state)
{
	struct svc_http *http = serve_hello(true, 4);
	struct fake *fake = dial(http);

	fake_say(fake, "GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
		       "Content-Length: 3\r\n\r\n");
	got(fake, OK_CLOSE);
	fake_say(fake, "abc");
	got(fake, "");
	assert_true(fake->ended);
	assert_false(fake->aborted);
	fake_close(fake);

	fake = dial(http);
	fake_say(fake, "GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n");
	got(fake, OK);
	fake_close(fake);
	retire(http);
}

/* Slow heads, slow bodies: whoever waited longest makes room for a newcomer, and is told. */
static void a_dry_pool_ends_who_waits_longest(void **state)
{
	struct svc_http *http = serve_hello(true, 3);
	struct fake *slow[3], *fourth = dial(http), *fifth = dial(http);

	for (int i = 0; i < 3; i++) {
		slow[i] = dial(http);
		fake_say(slow[i],
			 i == 1 ? "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\na" : "G");
	}
	fake_say(slow[0], "ET / HT"); /* goes on, and is the youngest now */
	assert_int_equal(svc_http_in_progress(http), 3);
	fake_say(fourth, GET);
	got(fourth, OK);
	got_status(slow[1], "408");
	assert_non_null(strstr(slow[1]->out, "Connection: close\r\n"));
	assert_true(slow[1]->closed);
	assert_false(slow[1]->aborted);

	fake_say(fourth, "G");
	assert_int_equal(svc_http_in_progress(http), 3);
	slow[2]->room = 3; /* not even its 408 fits */
	fake_say(fifth, GET);
	got(fifth, OK);
	assert_true(slow[2]->aborted);
	assert_false(slow[2]->closed);

	/* The others still get theirs, and so does who comes later. */
	fake_say(slow[0], "TP/1.1\r\nHost: a\r\n\r\n");
	got(slow[0], OK);
	fake_say(fourth, "ET / HTTP/1.1\r\nHost: a\r\n\r\n");
	got(fourth, OK);
	fake_close(fourth);
	fake_close(fifth);
	for (int i = 0; i < 3; i++)
		fake_close(slow[i]);
	retire(http);
}

/* Each worker has its own: nobody makes room for a newcomer on another worker. */
static void workers_share_no_requests(void **state)
{
	struct svc_http *http = serve_hello(true, 1);
	struct fake *slow = dial(http), *other, *newcomer;

	fake_say(slow, "G");
	fake_on(1);
	other = dial(http);
	fake_say(other, "G");
	assert_int_equal(svc_http_in_progress(http), 2);
	fake_say(slow, "ET / HTTP/1.1\r\nHost: a\r\n\r\nG");
	got(slow, OK);
	newcomer = dial(http);
	fake_say(newcomer, GET);
	got(newcomer, OK);
	got_status(other, "408");
	got(slow, "");
	fake_wait(HTTP_REQUEST_US);
	got_status(slow, "408");
	fake_close(slow);
	fake_close(other);
	fake_close(newcomer);
	retire(http);
}

/* Bytes that come now and then give no more time: head and content together have so much. */
static void a_request_has_a_time_to_arrive(void **state)
{
	struct svc_http *http = serve_hello(true, 8);
	struct fake *head = dial(http), *body, *good = dial(http);

	fake_say(head, "GET / HTTP/1.1\r\n");
	fake_wait(HTTP_REQUEST_US / 4);
	body = dial(http);
	fake_say(body, "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\n");
	fake_say(good, "G");
	for (int i = 0; i < 2; i++) {
		fake_wait(HTTP_REQUEST_US / 4);
		fake_say(head, "A: b\r\n");
		fake_say(body, "c");
	}
	fake_wait(HTTP_REQUEST_US / 4 - 1);
	got(head, "");
	fake_wait(1);
	got_status(head, "408");
	assert_non_null(strstr(head->out, "Connection: close\r\n"));
	assert_true(head->closed);
	fake_say(good, "ET / HTTP/1.1\r\nHost: a\r\n\r\n");
	got(good, OK);
	fake_wait(HTTP_REQUEST_US / 4 - 1);
	got(body, "");
	fake_wait(1);
	got_status(body, "408");
	assert_true(body->closed);
	assert_false(good->closed);
	fake_close(head);
	fake_close(body);
	fake_close(good);
	retire(http);
}

static void the_time_of_a_request_begins_with_its_first_byte(void **state)
{
	struct svc_http *http = serve_hello(true, 4);
	struct fake *fake = dial(http);

	for (int i = 0; i < 3; i++) {
		fake_say(fake, "GET / HTTP/1.1\r\n");
		fake_wait(HTTP_REQUEST_US - 1);
		fake_say(fake, "Host: a\r\n\r\nGET / HTTP/1.1\r\nHost");
		got(fake, OK);
		fake_wait(HTTP_REQUEST_US - 1);
		fake_say(fake, ": a\r\n\r\n");
		got(fake, OK);
		/* Between requests it may be idle for as long as TCP lets it. */
		fake_wait(10ULL * HTTP_REQUEST_US);
	}
	assert_false(fake->closed);
	fake_say(fake, "G");
	fake_fin(fake);
	assert_true(fake->ended);
	fake_wait(HTTP_REQUEST_US);
	got(fake, "");
	fake_close(fake);
	retire(http);
}

/* What waits behind an answer that the client does not take has not begun to arrive. */
static void the_time_of_a_request_is_not_that_of_an_answer(void **state)
{
	struct svc_http *http = serve_size(100000);
	struct fake *fake = fake_open(svc_http(), http, 1000);

	fake_say(fake, GET "GET / HT");
	fake_wait(10ULL * HTTP_REQUEST_US);
	fake_room(fake, 1000);
	fake_drain(fake, 100000, 5);
	assert_true(fake->out_bytes > 100000);
	assert_false(fake->closed);
	fake_forget(fake);
	fake_wait(HTTP_REQUEST_US);
	got_status(fake, "408");
	fake_close(fake);
	retire(http);
}

static void requests_may_have_any_time(void **state)
{
	struct svc_http_config config;
	struct svc_http *http;
	struct fake *fake;

	svc_http_config_init(&config);
	config.body = "hello\n";
	config.request_timeout_us = 0;
	assert_int_equal(svc_http_first_idle_us(&config), HTTP_IDLE_US);
	http = serve_config(&config);
	fake = dial(http);
	fake_say(fake, "G");
	fake_wait(86400000000);
	fake_say(fake, "ET / HTTP/1.1\r\nHost: a\r\n\r\n");
	got(fake, OK);
	fake_close(fake);
	retire(http);
}

/* The idle timeout of a new connection is the time for its first byte. */
static void the_first_byte_lengthens_the_idle_timeout(void **state)
{
	struct svc_http *http = serve_hello(true, 4);
	struct fake *fake = dial(http), *other = dial(http);
	struct svc_http_config config;

	svc_http_config_init(&config);
	assert_int_equal(svc_http_first_idle_us(&config), HTTP_REQUEST_US);
	fake->idle_timeout_us = svc_http_first_idle_us(&config);
	other->idle_timeout_us = 5;
	fake_say(fake, "G");
	assert_int_equal(fake->idle_timeout_us, HTTP_IDLE_US);
	fake_say(other, "G");
	assert_int_equal(other->idle_timeout_us, 5); /* somebody else's choice */
	fake_close(fake);
	fake_close(other);
	retire(http);

	config.idle_timeout_us = 0;
	assert_int_equal(svc_http_first_idle_us(&config), HTTP_REQUEST_US);
	config.idle_timeout_us = 5;
	assert_int_equal(svc_http_first_idle_us(&config), 5);
	config.idle_timeout_us = config.request_timeout_us = 0;
	assert_int_equal(svc_http_first_idle_us(&config), 0);
}

/* Who is sent an answer keeps its record, unless it has taken nothing for long. */
static void a_dry_pool_resets_who_takes_nothing(void **state)
{
	struct svc_http_config config;
	struct fake *busy[2], *third;
	struct svc_http *http;

	svc_http_config_init(&config);
	config.size = 100000;
	config.requests = 2;
	http = serve_config(&config);
	third = dial(http);
	for (int i = 0; i < 2; i++) {
		busy[i] = fake_open(svc_http(), http, 1000);
		fake_say(busy[i], GET);
	}
	fake_wait(HTTP_STALL_US - 1);
	fake_room(busy[0], 10);
	fake_say(third, GET);
	got_status(third, "503");
	assert_true(third->ended);
	fake_close(third);

	fake_wait(1);
	third = dial(http);
	fake_say(third, GET);
	got_status(third, "200");
	assert_true(busy[1]->aborted);
	fake_drain(busy[0], 100000, 5);
	assert_true(busy[0]->out_bytes > 100000);
	assert_int_equal(svc_http_in_progress(http), 0);
	fake_close(third);
	fake_close(busy[0]);
	fake_close(busy[1]);
	retire(http);
}

/* A client whose requests are there and only wait for their turn is no slow client. */
static void a_dry_pool_spares_who_waits_for_its_turn(void **state)
{
	struct svc_http *http = serve_hello(true, 1);
	struct fake *keen = dial(http), *other = dial(http);
	const size_t count = HTTP_REQUESTS_PER_CALLBACK + 1;
	char *all = malloc(count * strlen(GET) + 1);

	for (size_t i = 0; i < count; i++)
		memcpy(all + i * strlen(GET), GET, strlen(GET));
	fake_give(keen, all, count * strlen(GET));
	assert_int_equal(svc_http_in_progress(http), 1);
	fake_say(other, GET);
	got_status(other, "503");
	fake_drain(keen, 1, 10);
	assert_int_equal(keen->out_bytes, count * strlen(OK));
	free(all);
	fake_close(keen);
	fake_close(other);
	retire(http);
}

static void a_peer_that_closes_early_gets_what_it_asked_for(void **state)
{
	struct svc_http *http = serve_size(50000);
	struct fake *fake = fake_open(svc_http(), http, 100);

	fake_say(fake, GET GET "GET / HT");
	fake_fin(fake);
	assert_true(fake->fin_told);
	fake_drain(fake, 5000, 100);
	assert_true(fake->out_bytes > 100000);
	assert_true(fake->ended);
	assert_int_equal(svc_http_in_progress(http), 0);
	fake_close(fake);
	retire(http);
}

static void a_half_request_and_a_fin_end_quietly(void **state)
{
	static const char *const halves[] = {
		"GET / HT",
		"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab",
	};

	for (size_t i = 0; i < COUNT_OF(halves); i++) {
		struct svc_http *http = serve_hello(true, 4);
		struct fake *fake = dial(http);

		fake_say(fake, halves[i]);
		assert_int_equal(svc_http_in_progress(http), 1);
		fake_fin(fake);
		got(fake, "");
		assert_true(fake->ended);
		fake_close(fake);
		retire(http);
	}
}

static void a_peer_that_ignores_our_end_is_reset(void **state)
{
	struct svc_http *http = serve_hello(false, 4);
	struct fake *fake = dial(http);
	char *noise = calloc(1, HTTP_LINGER_BYTES);

	fake_say(fake, GET);
	assert_true(fake->ended);
	fake_give(fake, noise, HTTP_LINGER_BYTES);
	assert_false(fake->aborted);
	fake_say(fake, "x");
	assert_true(fake->aborted);
	free(noise);
	fake_close(fake);
	retire(http);
}

static void a_contradictory_configuration_is_refused(void **state)
{
	struct svc_http_config config;
	struct svc_http *http;
	struct la_error err;

	svc_http_config_init(&config);
	assert_int_equal(svc_http_create(NULL, &config, &http, &err), -EINVAL);
	assert_string_equal(err.text, "http: there is nothing to serve; give exactly one of body, "
				      "size and root");
	config.body = "x";
	config.size = 1;
	assert_int_equal(svc_http_create(NULL, &config, &http, &err), -EINVAL);
	config.size = 0;
	config.requests = 0;
	assert_int_equal(svc_http_create(NULL, &config, &http, &err), -EINVAL);
	assert_string_equal(err.text, "http: requests is 0; it must be from 1 to 1048576");
}

/* It stands in the head as it is: no line ends, and no more than there is room for. */
static void a_content_type_is_checked(void **state)
{
	static const char *const wrong[] = { "", "text/plain\r\nX: 1", "a\x01", "a\x7f", "a\xe9" };
	char longest[HTTP_CONTENT_TYPE_MAX + 2];
	struct svc_http_config config;
	struct svc_http *http;
	struct la_error err;
	struct fake *fake;

	svc_http_config_init(&config);
	config.body = "x";
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		config.content_type = wrong[i];
		assert_int_equal(svc_http_create(NULL, &config, &http, &err), -EINVAL);
		assert_non_null(strstr(err.text, "content_type is not a media type"));
	}
	memset(longest, 'x', sizeof(longest));
	longest[HTTP_CONTENT_TYPE_MAX + 1] = '\0';
	config.content_type = longest;
	assert_int_equal(svc_http_create(NULL, &config, &http, &err), -EINVAL);
	longest[HTTP_CONTENT_TYPE_MAX] = '\0';
	http = serve_config(&config);
	fake = dial(http);
	fake_say(fake, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
	got_status(fake, "200");
	assert_non_null(strstr(fake->out, longest));
	fake_close(fake);
	retire(http);
}

/* A HEAD that is refused has no content either, wherever it goes wrong. */
static void a_refused_head_has_no_content(void **state)
{
	static const char *const requests[] = {
		"HEAD / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nq",
		"HEAD / HTTP/1.1\r\nHost : a\r\n\r\n",
	};

	for (size_t i = 0; i < COUNT_OF(requests); i++) {
		struct svc_http *http = serve_hello(true, 4);
		struct fake *fake = dial(http);

		fake_say(fake, requests[i]);
		got_status(fake, "400");
		assert_string_equal(strstr(fake->out, "\r\n\r\n"), "\r\n\r\n");
		fake_close(fake);
		retire(http);
	}
}

static void an_empty_body_is_a_page(void **state)
{
	struct svc_http_config config;
	struct svc_http *http;
	struct fake *fake;

	svc_http_config_init(&config);
	config.body = "";
	config.content_type = "text/x-nothing";
	http = serve_config(&config);
	fake = dial(http);
	fake_say(fake, GET);
	got(fake, "HTTP/1.1 200 OK\r\nServer: lastack\r\nContent-Type: text/x-nothing\r\n"
		  "Content-Length: 0\r\n\r\n");
	fake_close(fake);
	retire(http);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_kept_connection_holds_no_record_between_requests),
		cmocka_unit_test(connection_close_ends_behind_the_response),
		cmocka_unit_test(without_keep_alive_the_server_closes_first),
		cmocka_unit_test(http_1_0_closes_unless_asked_to_stay),
		cmocka_unit_test(head_is_get_without_content),
		cmocka_unit_test(pipelined_requests_are_answered_in_order),
		cmocka_unit_test(many_pipelined_requests_take_turns),
		cmocka_unit_test(nothing_is_read_while_a_response_waits_for_room),
		cmocka_unit_test(a_response_survives_any_cut),
		cmocka_unit_test(a_generated_body_repeats_its_pattern),
		cmocka_unit_test(errors_have_their_fields_and_end_the_connection),
		cmocka_unit_test(a_large_head_gets_431),
		cmocka_unit_test(a_request_body_is_skipped),
		cmocka_unit_test(expect_continue_is_answered_and_ends),
		cmocka_unit_test(a_dry_pool_ends_who_waits_longest),
		cmocka_unit_test(workers_share_no_requests),
		cmocka_unit_test(a_request_has_a_time_to_arrive),
		cmocka_unit_test(the_time_of_a_request_begins_with_its_first_byte),
		cmocka_unit_test(the_time_of_a_request_is_not_that_of_an_answer),
		cmocka_unit_test(requests_may_have_any_time),
		cmocka_unit_test(the_first_byte_lengthens_the_idle_timeout),
		cmocka_unit_test(a_dry_pool_resets_who_takes_nothing),
		cmocka_unit_test(a_dry_pool_spares_who_waits_for_its_turn),
		cmocka_unit_test(a_peer_that_closes_early_gets_what_it_asked_for),
		cmocka_unit_test(a_half_request_and_a_fin_end_quietly),
		cmocka_unit_test(a_peer_that_ignores_our_end_is_reset),
		cmocka_unit_test(a_contradictory_configuration_is_refused),
		cmocka_unit_test(a_content_type_is_checked),
		cmocka_unit_test(a_refused_head_has_no_content),
		cmocka_unit_test(an_empty_body_is_a_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
