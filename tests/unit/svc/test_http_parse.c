/* SPDX-License-Identifier: BSD-3-Clause */
/* http_parse: which requests are legal, and which status the others get (RFC 9112). */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "svc/http_limits.h"
#include "svc/http_parse.h"

#define HOST "Host: a\r\n"

/* A request as given, and what becomes of it: status 0 is a legal one. */
struct example {
	const char *bytes;
	unsigned int status;
	const char *why;
};

static const struct example examples[] = {
	{ "GET / HTTP/1.1\r\n" HOST "\r\n", 0, NULL },
	{ "HEAD /x HTTP/1.0\r\n\r\n", 0, NULL },
	{ "GET / HTTP/1.1\nHost: a\n\n", 0, NULL }, /* RFC 9112 2.2: a lone LF may be taken */
	{ "GET / HTTP/1.1\r\nHost:a\r\nX:\r\n\r\n", 0, NULL },
	{ "GET / HTTP/1.7\r\n" HOST "\r\n", 0, NULL },
	{ "GET http://a/b HTTP/1.1\r\n" HOST "\r\n", 0, NULL },
	{ "GET / HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n", 0, NULL },
	{ "GET / HTTP/1.1\r\n" HOST "Expect: 100-Continue\r\n\r\n", 0, NULL },

	{ "\x16\x03\x01\x02", 400, "this is not HTTP" }, /* TLS */
	{ " GET / HTTP/1.1\r\n", 400, "this is not HTTP" },
	{ "GET / HTTP/1.1\r\n\r\n", 400, "a request has exactly one Host field" },
	{ "GET / HTTP/1.1\r\n" HOST HOST "\r\n", 400, "a request has exactly one Host field" },
	{ "GET / HTTP/1.0\r\n" HOST HOST "\r\n", 400, "a request has exactly one Host field" },
	{ "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400, "the Host field is not a host" },
	{ "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, "the Host field is not a host" },
	{ "GET /\r\n", 400, "the request target is not made of visible ASCII" },
	{ "GET\r\n", 400, "the request line does not begin with a method" },
	{ "GET  / HTTP/1.1\r\n", 400, "the request target is not made of visible ASCII" },
	{ "GET /  HTTP/1.1\r\n", 400, "the request line does not end with HTTP/1.1" },
	{ "GET / HTTP/1.1 \r\n", 400, "the request line does not end with HTTP/1.1" },
	{ "GET /\xff HTTP/1.1\r\n", 400, "the request target is not made of visible ASCII" },
	{ "GET /a\tb HTTP/1.1\r\n", 400, "the request target is not made of visible ASCII" },
	{ "GET / http/1.1\r\n", 400, "the request line does not end with HTTP/1.1" },
	{ "GET / HTTP/11.1\r\n", 400, "the request line does not end with HTTP/1.1" },
	{ "GET / HTTP/2.0\r\n", 505, "only HTTP/1.0 and HTTP/1.1 are spoken here" },
	{ "GET / HTTP/0.9\r\n", 505, "only HTTP/1.0 and HTTP/1.1 are spoken here" },
	{ "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "only HTTP/1.0 and HTTP/1.1 are spoken here" },
	{ "POST / HTTP/1.1\r\n", 405, "only GET and HEAD are served" },
	{ "CONNECT a:1 HTTP/1.1\r\n", 405, "only GET and HEAD are served" },
	{ "OPTIONS * HTTP/1.1\r\n", 405, "only GET and HEAD are served" },
	{ "TRACE / HTTP/1.1\r\n", 405, "only GET and HEAD are served" },
	{ "get / HTTP/1.1\r\n", 501, "only GET and HEAD are served" },
	{ "BREW / HTTP/1.1\r\n", 501, "only GET and HEAD are served" },

	{ "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400, "a field is not of the form name: value" },
	{ "GET / HTTP/1.1\r\n" HOST "nonsense\r\n\r\n", 400,
	  "a field is not of the form name: value" },
	{ "GET / HTTP/1.1\r\n" HOST ": x\r\n\r\n", 400, "a field is not of the form name: value" },
	{ "GET / HTTP/1.1\r\n" HOST "A: b\r\n c\r\n\r\n", 400, "a field is folded over two lines" },
	{ "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400, "a field is folded over two lines" },
	{ "GET / HTTP/1.1\r\n" HOST "A: \x01\r\n\r\n", 400, "a field holds a control character" },
	{ "GET / HTTP/1.1\r\n" HOST "A: b\rC: d\r\n\r\n", 400,
	  "a field holds a control character" },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400,
	  "Content-Length comes twice, or beside Transfer-Encoding" },
	{ "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", 400,
	  "Content-Length comes twice, or beside Transfer-Encoding" },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 3\r\nContent-Length: 4\r\n\r\n", 400,
	  "Content-Length comes twice, or beside Transfer-Encoding" },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: +3\r\n\r\n", 400,
	  "Content-Length is not a length" },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 3, 3\r\n\r\n", 400,
	  "Content-Length is not a length" },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999999\r\n\r\n", 400,
	  "Content-Length is not a length" },
	{ "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip\r\n\r\n", 400,
	  "Transfer-Encoding does not end with chunked" },
	{ "GET / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n", 400,
	  "HTTP/1.0 has no Transfer-Encoding" },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 65537\r\n\r\n", 413,
	  "no request here needs so much content" },
	{ "GET / HTTP/1.1\r\n" HOST "Expect: a-miracle\r\n\r\n", 417,
	  "of all expectations only 100-continue is known" },
};

/* What a request comes to when `step` bytes arrive at a time. */
static enum http_verdict parse_in_steps(const char *bytes, size_t size, size_t step,
					struct http_request *request)
{
	enum http_verdict verdict = HTTP_MORE;
	struct http_parse parse;

	http_parse_begin(&parse);
	for (size_t at = step; verdict == HTTP_MORE; at += step) {
		verdict = http_parse_head(&parse, bytes, at < size ? at : size, request);
		if (at >= size)
			break;
	}
	return verdict;
}

static void every_example_gets_its_status(void **state)
{
	static const size_t steps[] = { 10000, 1, 2, 7 };

	for (size_t i = 0; i < COUNT_OF(examples); i++) {
		for (size_t s = 0; s < COUNT_OF(steps); s++) {
			const struct example *example = &examples[i];
			size_t size = strlen(example->bytes);
			struct http_request request;
			enum http_verdict verdict =
				parse_in_steps(example->bytes, size, steps[s], &request);

			if (example->status == 0) {
				if (verdict != HTTP_DONE)
					fail_msg("refused (%s): %s", request.why, example->bytes);
				assert_int_equal(request.head_bytes, size);
				continue;
			}
			if (verdict != HTTP_REFUSED)
				fail_msg("not refused: %s", example->bytes);
			if (strcmp(request.why, example->why) != 0)
				fail_msg("%s: says '%s'", example->bytes, request.why);
			assert_int_equal(request.status, example->status);
		}
	}
}

static void a_head_without_its_end_waits(void **state)
{
	static const char head[] = "GET /index HTTP/1.1\r\nHost: a\r\n\r\n";
	struct http_request request;
	struct http_parse parse;

	http_parse_begin(&parse);
	for (size_t size = 0; size < sizeof(head) - 1; size++)
		assert_int_equal(http_parse_head(&parse, head, size, &request), HTTP_MORE);
	assert_int_equal(http_parse_head(&parse, head, sizeof(head) - 1, &request), HTTP_DONE);
	assert_int_equal(request.target_bytes, 6);
	assert_memory_equal(request.target, "/index", 6);
}

static void connection_field_and_version_decide_keep_alive(void **state)
{
	static const struct {
		const char *bytes;
		bool keep_alive;
	} cases[] = {
		{ "GET / HTTP/1.1\r\n" HOST "\r\n", true },
		{ "GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", false },
		{ "GET / HTTP/1.1\r\n" HOST "Connection: CLOSE, x\r\n\r\n", false },
		{ "GET / HTTP/1.0\r\n\r\n", false },
		{ "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct http_request request;

		assert_int_equal(
			parse_in_steps(cases[i].bytes, strlen(cases[i].bytes), 1000, &request),
			HTTP_DONE);
		assert_int_equal(request.keep_alive, cases[i].keep_alive);
	}
}

static void large_heads_are_refused_at_the_limit(void **state)
{
	char *bytes = malloc(2 * HTTP_HEAD_MAX);
	struct http_request request;
	size_t line;

	/* A line without end. */
	memset(bytes, 'A', 2 * HTTP_HEAD_MAX);
	assert_int_equal(parse_in_steps(bytes, HTTP_HEAD_MAX - 1, 512, &request), HTTP_MORE);
	assert_int_equal(parse_in_steps(bytes, HTTP_HEAD_MAX, 512, &request), HTTP_REFUSED);
	assert_int_equal(request.status, 414);

	/* A target above its own limit, then one exactly at it. */
	line = 4 + HTTP_TARGET_MAX;
	memset(bytes, 'a', 2 * HTTP_HEAD_MAX);
	memcpy(bytes, "GET /", 5);
	memcpy(bytes + line + 1, " HTTP/1.1\r\n" HOST "\r\n", 23);
	assert_int_equal(parse_in_steps(bytes, line + 23, 512, &request), HTTP_REFUSED);
	assert_int_equal(request.status, 414);
	memcpy(bytes + line, " HTTP/1.1\r\n" HOST "\r\n", 22);
	assert_int_equal(parse_in_steps(bytes, line + 22, 512, &request), HTTP_DONE);

	/* Fields without end. */
	memset(bytes, 'a', 2 * HTTP_HEAD_MAX);
	memcpy(bytes, "GET / HTTP/1.1\r\nX: ", 19);
	assert_int_equal(parse_in_steps(bytes, HTTP_HEAD_MAX - 1, 512, &request), HTTP_MORE);
	assert_int_equal(parse_in_steps(bytes, HTTP_HEAD_MAX, 512, &request), HTTP_REFUSED);
	assert_int_equal(request.status, 431);

	/* A head whose end stands behind the limit. */
	memcpy(bytes + HTTP_HEAD_MAX, "\r\n\r\n", 4);
	assert_int_equal(parse_in_steps(bytes, HTTP_HEAD_MAX + 4, HTTP_HEAD_MAX + 4, &request),
			 HTTP_REFUSED);
	assert_int_equal(request.status, 431);
	free(bytes);
}

/* What is refused behind a legal request line is still known to be a HEAD, whenever it is. */
static void a_refusal_knows_what_the_request_line_said(void **state)
{
	static const char line[] = "HEAD / HTTP/1.0\r\nX: ";
	char *bytes = malloc(HTTP_HEAD_MAX);
	struct http_request request;

	memset(bytes, 'a', HTTP_HEAD_MAX);
	memcpy(bytes, line, sizeof(line) - 1);
	for (size_t step = 512; step <= HTTP_HEAD_MAX; step *= 2) {
		assert_int_equal(parse_in_steps(bytes, HTTP_HEAD_MAX, step, &request),
				 HTTP_REFUSED);
		assert_int_equal(request.status, 431);
		assert_true(request.head_only);
		assert_true(request.http_1_0);
	}
	free(bytes);
}

/* Parses head and body; *used of the bytes behind the head belong to the message. */
static enum http_verdict parse_body(const char *head, const char *body, size_t size, size_t step,
				    size_t *used, struct http_request *request)
{
	enum http_verdict verdict = HTTP_MORE;
	struct http_parse parse;
	size_t part;

	http_parse_begin(&parse);
	assert_int_equal(http_parse_head(&parse, head, strlen(head), request), HTTP_DONE);
	assert_true(request->has_body);
	*used = 0;
	while (verdict == HTTP_MORE && *used < size) {
		size_t left = size - *used;

		verdict = http_parse_body(&parse, body + *used, left < step ? left : step, &part,
					  request);
		*used += part;
	}
	return verdict;
}

static void a_body_ends_where_its_framing_says(void **state)
{
	static const char counted[] = "GET / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\n";
	static const char chunked[] =
		"GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n";
	static const char chunks[] = "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: u\r\n\r\nGET /";
	struct http_request request;
	size_t used;

	for (size_t step = 1; step < 40; step++) {
		assert_int_equal(parse_body(counted, "abcdeGET /", 10, step, &used, &request),
				 HTTP_DONE);
		assert_int_equal(used, 5);
		assert_int_equal(parse_body(chunked, chunks, strlen(chunks), step, &used, &request),
				 HTTP_DONE);
		assert_int_equal(used, strlen(chunks) - 5);
	}
	assert_int_equal(parse_body(counted, "abcd", 4, 9, &used, &request), HTTP_MORE);
}

static void a_bad_or_endless_body_is_refused(void **state)
{
	static const char chunked[] =
		"GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n";
	char *body = malloc(2 * HTTP_REQUEST_BODY_MAX);
	struct http_request request;
	size_t used;

	assert_int_equal(parse_body(chunked, "xyz\r\n", 5, 9, &used, &request), HTTP_REFUSED);
	assert_int_equal(request.status, 400);

	/* One-byte chunks for ever: the framing counts too. */
	for (size_t at = 0; at + 6 <= 2 * HTTP_REQUEST_BODY_MAX; at += 6)
		memcpy(body + at, "1\r\nx\r\n", 6);
	assert_int_equal(
		parse_body(chunked, body, 2 * HTTP_REQUEST_BODY_MAX - 6, 1000, &used, &request),
		HTTP_REFUSED);
	assert_int_equal(request.status, 413);
	assert_true(used <= HTTP_REQUEST_BODY_MAX + 1000);
	free(body);
}

/* RFC 9112 7.1: where readers disagree about the end of a chunk, content becomes a request. */
static void a_chunk_is_exactly_as_it_must_be(void **state)
{
	static const char chunked[] =
		"HEAD / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n";
#define BODY(text, status)                     \
	{                                      \
		text, sizeof(text) - 1, status \
	}
	static const struct {
		const char *bytes;
		size_t size;
		unsigned int status; /* 0: legal */
	} bodies[] = {
		BODY("0\r\n\r\n", 0),
		BODY("000\r\n\r\n", 0),
		BODY("5\r\nhello\r\n0\r\n\r\n", 0),
		BODY("0005 \t;a=\"b c\"\r\nhello\r\n00;x\r\n\r\n", 0),
		BODY("a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\nA: b\r\nC:\r\n\r\n", 0),
		BODY("5\r\nhelloXX0\r\n\r\n", 400),
		BODY("5\rXhello\r\n0\r\n\r\n", 400),
		BODY("5\nhello\r\n0\r\n\r\n", 400),
		BODY("5\r\nhello\n0\r\n\r\n", 400),
		BODY("5\r\nhello\rX0\r\n\r\n", 400),
		BODY("5;a\nb\r\nhello\r\n0\r\n\r\n", 400),
		BODY("5;a\0b\r\nhello\r\n0\r\n\r\n", 400),
		BODY("5;a\x7f\r\nhello\r\n0\r\n\r\n", 400),
		BODY("5 \r\nhello\r\n0\r\n\r\n", 400),
		BODY("5 5\r\nhello\r\n0\r\n\r\n", 400),
		BODY(" 5\r\nhello\r\n0\r\n\r\n", 400),
		BODY("0x5\r\nhello\r\n0\r\n\r\n", 400),
		BODY("-5\r\nhello\r\n0\r\n\r\n", 400),
		BODY(";a\r\n\r\n", 400),
		BODY("\r\n\r\n", 400),
		BODY("0\r\n\n", 400),
		BODY("0\r\n\rX", 400),
		BODY("0\r\n A: b\r\n\r\n", 400),
		BODY("0\r\nA b\r\n\r\n", 400),
		BODY("0\r\nA: b\n\r\n", 400),
		BODY("0\r\nA: b\rC: d\r\n\r\n", 400),
		BODY("10001\r\n", 413),
		BODY("fffffffffffffffffffffffffffff\r\n", 413),
		BODY("10000000000000005\r\nhello\r\n0\r\n\r\n", 413),
	};
#undef BODY
	struct http_request request;
	size_t used;

	for (size_t i = 0; i < COUNT_OF(bodies); i++) {
		for (size_t step = 1; step < 12; step++) {
			enum http_verdict verdict = parse_body(
				chunked, bodies[i].bytes, bodies[i].size, step, &used, &request);

			if (verdict != (bodies[i].status == 0 ? HTTP_DONE : HTTP_REFUSED))
				fail_msg("%s: verdict %d", bodies[i].bytes, verdict);
			if (verdict == HTTP_DONE)
				assert_int_equal(used, bodies[i].size);
			else
				assert_int_equal(request.status, bodies[i].status);
			assert_true(request.head_only);
		}
	}
}

static void a_target_becomes_a_path(void **state)
{
	static const struct {
		const char *target;
		const char *path; /* NULL: refused */
	} cases[] = {
		{ "/", "/" },
		{ "/a/b.html?x=1", "/a/b.html" },
		{ "/a#b", "/a" },
		{ "/%61%2fb", "/a/b" },
		{ "/%C3%a9", "/\xc3\xa9" },
		{ "/..%2f..%2fetc/passwd", "/../../etc/passwd" },
		{ "http://host/a", "/a" },
		{ "HTTP://host:80/", "/" },
		{ "http://host", "/" },
		{ "http://x?y=/docs/", "/" },
		{ "http://x#/docs/", "/" },
		{ "http://?/a", NULL },
		{ "/%", NULL },
		{ "/%4", NULL },
		{ "/%zz", NULL },
		{ "/a%00b", NULL },
		{ "*", NULL },
		{ "host:80", NULL },
		{ "http://", NULL },
		{ "http:///a", NULL },
		{ "ftp://host/a", NULL },
	};
	char path[64];

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		bool ok = http_parse_path(cases[i].target, strlen(cases[i].target), path,
					  sizeof(path));

		if (ok != (cases[i].path != NULL))
			fail_msg("%s: taken %d", cases[i].target, ok);
		if (ok)
			assert_string_equal(path, cases[i].path);
	}
	assert_true(http_parse_path("/123456", 7, path, 8));
	assert_false(http_parse_path("/1234567", 8, path, 8));
}

static void empty_lines_before_a_request_are_counted(void **state)
{
	assert_int_equal(http_parse_blank("\r\n\nGET", 6), 3);
	assert_int_equal(http_parse_blank("\r", 1), 0);
	assert_int_equal(http_parse_blank("GET\r\n", 5), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_example_gets_its_status),
		cmocka_unit_test(a_head_without_its_end_waits),
		cmocka_unit_test(connection_field_and_version_decide_keep_alive),
		cmocka_unit_test(large_heads_are_refused_at_the_limit),
		cmocka_unit_test(a_refusal_knows_what_the_request_line_said),
		cmocka_unit_test(a_body_ends_where_its_framing_says),
		cmocka_unit_test(a_bad_or_endless_body_is_refused),
		cmocka_unit_test(a_chunk_is_exactly_as_it_must_be),
		cmocka_unit_test(a_target_becomes_a_path),
		cmocka_unit_test(empty_lines_before_a_request_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
