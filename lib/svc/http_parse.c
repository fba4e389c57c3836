/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * http_parse: see http_parse.h.
 *
 * Debian builds http_parser with HTTP_PARSER_STRICT=0: it lets through spaces before a colon,
 * folded lines, bytes above 127 in a target and control characters in a value. What strictness
 * there has to be (RFC 9112 sections 2.2, 3, 5) is therefore checked here, before the library sees
 * a head; the library decides what that says: Content-Length, Transfer-Encoding, Connection. It
 * never sees a body: it would take a chunk without its line ends, and where two readers disagree
 * about the end of a message one of them takes content for a request (RFC 9112 11.2).
 */
#include <assert.h>
#include <http_parser.h>
#include <string.h>
#include <strings.h>

#include "svc/http_limits.h"
#include "svc/http_parse.h"

_Static_assert(sizeof(struct http_parser) <= sizeof(((struct http_parse *)0)->parser),
	       "the library's state fits where http_parse.h keeps it");

static enum http_verdict refuse(struct http_request *out, uint16_t status, const char *why)
{
	assert(status >= 400 && status <= 599);
	assert(why != NULL);
	out->status = status;
	out->why = why;
	return HTTP_REFUSED;
}

/* ---- characters ------------------------------------------------------------------------------ */

static bool is_alnum(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* RFC 9110 5.6.2: what names and methods are made of. */
static bool is_token_char(unsigned char c)
{
	return is_alnum(c) || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

/* RFC 9110 7.2: uri-host and port. */
static bool is_host_char(unsigned char c)
{
	return is_alnum(c) || (c != '\0' && strchr("-._~%!$&'()*+,;=:[]", c) != NULL);
}

static bool equals_ignoring_case(const char *bytes, size_t size, const char *word)
{
	return size == strlen(word) && strncasecmp(bytes, word, size) == 0;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* RFC 9110 5.5: what the value of a field is made of; no CR, no LF, no zero. */
static bool is_value_char(unsigned char c)
{
	return c == '\t' || (c >= ' ' && c != 0x7f);
}

/* ---- the library ----------------------------------------------------------------------------- */

static struct http_parse *parse_of(struct http_parser *parser)
{
	return parser->data;
}

static int on_headers_complete(struct http_parser *parser)
{
	parse_of(parser)->headers_done = true;
	return 0;
}

/* Stops the library behind this message: what follows is the next request, and not its turn yet. */
static int on_message_complete(struct http_parser *parser)
{
	parse_of(parser)->message_done = true;
	http_parser_pause(parser, 1);
	return 0;
}

static size_t execute(struct http_parse *parse, const char *bytes, size_t size,
		      enum http_errno *error)
{
	static const struct http_parser_settings settings = {
		.on_headers_complete = on_headers_complete,
		.on_message_complete = on_message_complete,
	};
	struct http_parser *parser = (struct http_parser *)parse->parser;
	size_t used;

	parser->data = parse; /* The record may have been copied since. */
	used = http_parser_execute(parser, &settings, bytes, size);
	assert(used <= size);
	*error = HTTP_PARSER_ERRNO(parser);
	if (*error == HPE_PAUSED && parse->message_done)
		*error = HPE_OK;
	return used;
}

/* ---- the body -------------------------------------------------------------------------------- */

/* What comes next in a chunked body (RFC 9112 7.1). The names are those of the next character. */
enum chunk_state {
	CHUNK_NONE,       /* the body is counted, not chunked */
	CHUNK_SIZE_FIRST, /* at least one digit */
	CHUNK_SIZE,
	CHUNK_BLANK, /* only before a semicolon */
	CHUNK_EXTENSION,
	CHUNK_SIZE_LF,
	CHUNK_DATA,
	CHUNK_DATA_CR,
	CHUNK_DATA_LF,
	CHUNK_LINE, /* of the trailer: a field, or the empty line that ends all */
	CHUNK_NAME,
	CHUNK_VALUE,
	CHUNK_VALUE_LF,
	CHUNK_LAST_LF,
	CHUNK_END,
	CHUNK_WRONG,
	CHUNK_TOO_LARGE,
};

static enum chunk_state chunk_if(bool right, enum chunk_state next)
{
	return right ? next : CHUNK_WRONG;
}

/* A digit of a chunk's size, or what may stand behind the digits. */
static enum chunk_state chunk_size(struct http_parse *parse, char c)
{
	int digit = hex_value(c);

	if (digit >= 0) {
		parse->body_left = parse->body_left * 16 + (uint32_t)digit;
		return parse->body_left <= HTTP_REQUEST_BODY_MAX ? CHUNK_SIZE : CHUNK_TOO_LARGE;
	}
	if (parse->chunk == CHUNK_SIZE_FIRST)
		return CHUNK_WRONG;
	if (c == '\r')
		return CHUNK_SIZE_LF;
	if (c == ' ' || c == '\t')
		return CHUNK_BLANK;
	return chunk_if(c == ';', CHUNK_EXTENSION);
}

/* The state behind one character that is not data. Line ends are CR LF and nothing else. */
static enum chunk_state chunk_step(struct http_parse *parse, char c)
{
	bool token = is_token_char((unsigned char)c), value = is_value_char((unsigned char)c);

	switch ((enum chunk_state)parse->chunk) {
	case CHUNK_SIZE_FIRST:
	case CHUNK_SIZE:
		return chunk_size(parse, c);
	case CHUNK_BLANK:
		return c == ';' ? CHUNK_EXTENSION : chunk_if(c == ' ' || c == '\t', CHUNK_BLANK);
	case CHUNK_EXTENSION:
		return c == '\r' ? CHUNK_SIZE_LF : chunk_if(value, CHUNK_EXTENSION);
	case CHUNK_SIZE_LF:
		return chunk_if(c == '\n', parse->body_left > 0 ? CHUNK_DATA : CHUNK_LINE);
	case CHUNK_DATA_CR:
		return chunk_if(c == '\r', CHUNK_DATA_LF);
	case CHUNK_DATA_LF:
		return chunk_if(c == '\n', CHUNK_SIZE_FIRST);
	case CHUNK_LINE:
		return c == '\r' ? CHUNK_LAST_LF : chunk_if(token, CHUNK_NAME);
	case CHUNK_NAME:
		return c == ':' ? CHUNK_VALUE : chunk_if(token, CHUNK_NAME);
	case CHUNK_VALUE:
		return c == '\r' ? CHUNK_VALUE_LF : chunk_if(value, CHUNK_VALUE);
	case CHUNK_VALUE_LF:
		return chunk_if(c == '\n', CHUNK_LINE);
	case CHUNK_LAST_LF:
		return chunk_if(c == '\n', CHUNK_END);
	default:
		assert(!"this state takes no character");
		return CHUNK_WRONG;
	}
}

/* Goes through a chunked body until it ends, is wrong, or there is no more of it. */
static size_t chunk_run(struct http_parse *parse, const char *bytes, size_t size)
{
	size_t at = 0;

	while (at < size && parse->chunk < CHUNK_END) {
		if (parse->chunk == CHUNK_DATA) {
			size_t part = size - at < parse->body_left ? size - at : parse->body_left;

			parse->body_left -= (uint32_t)part;
			at += part;
			if (parse->body_left == 0)
				parse->chunk = CHUNK_DATA_CR;
		} else {
			parse->chunk = (uint8_t)chunk_step(parse, bytes[at++]);
		}
	}
	assert(at <= size);
	return at;
}

/* ---- the head -------------------------------------------------------------------------------- */

/* Which status a method other than GET and HEAD gets (RFC 9110 9.1, 15.5.6, 15.6.2). */
static uint16_t method_status(const char *bytes, size_t size)
{
	static const char *const known[] = { "POST",  "PUT",     "DELETE", "CONNECT",
					     "TRACE", "OPTIONS", "PATCH" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (size == strlen(known[i]) && memcmp(bytes, known[i], size) == 0)
			return 405;
	}
	return 501;
}

/* "HTTP/1.x" (RFC 9112 2.3). */
static enum http_verdict check_version(const char *bytes, size_t size, struct http_request *out)
{
	if (size != 8 || memcmp(bytes, "HTTP/", 5) != 0 || bytes[5] < '0' || bytes[5] > '9' ||
	    bytes[6] != '.' || bytes[7] < '0' || bytes[7] > '9')
		return refuse(out, 400, "the request line does not end with HTTP/1.1");
	if (bytes[5] != '1')
		return refuse(out, 505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
	out->http_1_0 = bytes[7] == '0';
	return HTTP_DONE;
}

/* The request line without its line end: method SP target SP version (RFC 9112 3). */
static enum http_verdict check_request_line(const char *line, size_t size, struct http_request *out)
{
	size_t method = 0, end;
	enum http_verdict verdict;

	while (method < size && is_token_char((unsigned char)line[method]))
		method++;
	if (method == 0 || method == size || line[method] != ' ')
		return refuse(out, 400, "the request line does not begin with a method");
	end = method + 1;
	while (end < size && line[end] > ' ' && line[end] < 0x7f)
		end++;
	out->target = line + method + 1;
	out->target_bytes = end - method - 1;
	if (out->target_bytes == 0 || end == size || line[end] != ' ')
		return refuse(out, 400, "the request target is not made of visible ASCII");
	verdict = check_version(line + end + 1, size - end - 1, out);
	if (verdict != HTTP_DONE)
		return verdict;
	if (out->target_bytes > HTTP_TARGET_MAX)
		return refuse(out, 414, "the request target is too long");
	out->head_only = method == 4 && memcmp(line, "HEAD", 4) == 0;
	if (!out->head_only && !(method == 3 && memcmp(line, "GET", 3) == 0))
		return refuse(out, method_status(line, method), "only GET and HEAD are served");
	return HTTP_DONE;
}

/* What one field means to us; name and value are bounded and their characters checked. */
static enum http_verdict check_known_field(const char *name, size_t name_bytes, const char *value,
					   size_t value_bytes, unsigned int *hosts,
					   struct http_request *out)
{
	/* DEVIATION: six parameters; a struct for a name and a value would only hide them. */
	if (equals_ignoring_case(name, name_bytes, "Host")) {
		for (size_t i = 0; i < value_bytes; i++) {
			if (!is_host_char((unsigned char)value[i]))
				return refuse(out, 400, "the Host field is not a host");
		}
		*hosts += 1;
	} else if (equals_ignoring_case(name, name_bytes, "Expect")) {
		if (!equals_ignoring_case(value, value_bytes, "100-continue"))
			return refuse(out, 417, "of all expectations only 100-continue is known");
		out->expects_continue = true;
	}
	return HTTP_DONE;
}

/* One field line without its line end (RFC 9112 5). */
static enum http_verdict check_field(const char *line, size_t size, unsigned int *hosts,
				     struct http_request *out)
{
	size_t name = 0, begin, end = size;

	if (line[0] == ' ' || line[0] == '\t')
		return refuse(out, 400, "a field is folded over two lines");
	while (name < size && is_token_char((unsigned char)line[name]))
		name++;
	if (name == 0 || name == size || line[name] != ':')
		return refuse(out, 400, "a field is not of the form name: value");
	for (size_t i = name + 1; i < size; i++) {
		if (!is_value_char((unsigned char)line[i]))
			return refuse(out, 400, "a field holds a control character");
	}
	begin = name + 1;
	while (begin < end && (line[begin] == ' ' || line[begin] == '\t'))
		begin++;
	while (end > begin && (line[end - 1] == ' ' || line[end - 1] == '\t'))
		end--;
	return check_known_field(line, name, line + begin, end - begin, hosts, out);
}

/* The length of a line without its end, given the place of its LF. */
static size_t line_length(const char *line, const char *lf)
{
	size_t size = (size_t)(lf - line);

	return size > 0 && line[size - 1] == '\r' ? size - 1 : size;
}

/* All fields of a complete head. */
static enum http_verdict check_fields(const char *bytes, size_t size, struct http_request *out)
{
	const char *end = bytes + size;
	const char *line = (const char *)memchr(bytes, '\n', size) + 1;
	unsigned int hosts = 0;

	while (line < end) {
		const char *lf = memchr(line, '\n', (size_t)(end - line));
		size_t length = line_length(line, lf);
		enum http_verdict verdict;

		if (length == 0)
			break;
		verdict = check_field(line, length, &hosts, out);
		if (verdict != HTTP_DONE)
			return verdict;
		line = lf + 1;
	}
	if (hosts > 1 || (hosts == 0 && !out->http_1_0))
		return refuse(out, 400, "a request has exactly one Host field");
	return HTTP_DONE;
}

/* What the library says about the framing of a head that is legal so far (RFC 9112 6). */
static enum http_verdict check_framing(struct http_parse *parse, const char *bytes, size_t size,
				       struct http_request *out)
{
	const struct http_parser *parser = (const struct http_parser *)parse->parser;
	enum http_errno error;

	execute(parse, bytes, size, &error);
	switch (error) {
	case HPE_OK:
		break;
	case HPE_UNEXPECTED_CONTENT_LENGTH:
		return refuse(out, 400, "Content-Length comes twice, or beside Transfer-Encoding");
	case HPE_INVALID_CONTENT_LENGTH:
		return refuse(out, 400, "Content-Length is not a length");
	case HPE_INVALID_TRANSFER_ENCODING:
		return refuse(out, 400, "Transfer-Encoding does not end with chunked");
	default:
		return refuse(out, 400, "the request head is malformed");
	}
	if (!parse->headers_done)
		return refuse(out, 400, "the request head is malformed");
	if (parser->uses_transfer_encoding && out->http_1_0)
		return refuse(out, 400, "HTTP/1.0 has no Transfer-Encoding");
	out->keep_alive = http_should_keep_alive(parser) != 0;
	out->has_body = !parse->message_done;
	if (!out->has_body)
		return HTTP_DONE;
	if (parser->flags & F_CHUNKED) {
		parse->chunk = CHUNK_SIZE_FIRST;
		return HTTP_DONE;
	}
	if (parser->content_length > HTTP_REQUEST_BODY_MAX)
		return refuse(out, 413, "no request here needs so much content");
	parse->chunk = CHUNK_NONE;
	parse->body_left = (uint32_t)parser->content_length;
	return HTTP_DONE;
}

/* The place behind the empty line that ends a head, or 0. */
static size_t find_head_end(struct http_parse *parse, const char *bytes, size_t size)
{
	size_t at = parse->scanned;

	while (at < size) {
		const char *lf = memchr(bytes + at, '\n', size - at);
		size_t next;

		if (lf == NULL)
			break;
		next = (size_t)(lf - bytes) + 1;
		if (next < size && bytes[next] == '\n')
			return next + 1;
		if (next + 1 < size && bytes[next] == '\r' && bytes[next + 1] == '\n')
			return next + 2;
		/* The line end may be cut: the next call looks at this LF again. */
		if (next + 1 >= size) {
			parse->scanned = (uint32_t)(next - 1);
			return 0;
		}
		at = next;
	}
	parse->scanned = (uint32_t)size;
	return 0;
}

void http_parse_begin(struct http_parse *parse)
{
	memset(parse, 0, sizeof(*parse));
	http_parser_init((struct http_parser *)parse->parser, HTTP_REQUEST);
}

enum http_verdict http_parse_head(struct http_parse *parse, const char *bytes, size_t size,
				  struct http_request *out)
{
	size_t limit = size < HTTP_HEAD_MAX ? size : HTTP_HEAD_MAX;
	const char *lf;
	enum http_verdict verdict;
	size_t head;

	assert(!parse->headers_done);
	memset(out, 0, sizeof(*out));
	out->head_only = parse->head_only;
	out->http_1_0 = parse->http_1_0;
	if (size == 0 || (size == 1 && bytes[0] == '\r'))
		return HTTP_MORE;
	if (!is_token_char((unsigned char)bytes[0]))
		return refuse(out, 400, "this is not HTTP");
	head = find_head_end(parse, bytes, limit);
	if (head == 0 && parse->line_seen)
		return limit < HTTP_HEAD_MAX ? HTTP_MORE
					     : refuse(out, 431, "the request head is too large");

	/* A bad request line is refused as soon as it is there: a client that speaks something
	 * else would wait for us and never end the head. */
	lf = memchr(bytes, '\n', limit);
	if (lf == NULL)
		return limit < HTTP_HEAD_MAX ? HTTP_MORE
					     : refuse(out, 414, "the request line is too long");
	verdict = check_request_line(bytes, line_length(bytes, lf), out);
	if (verdict != HTTP_DONE)
		return verdict;
	parse->line_seen = true;
	parse->head_only = out->head_only;
	parse->http_1_0 = out->http_1_0;
	if (head == 0)
		return limit < HTTP_HEAD_MAX ? HTTP_MORE
					     : refuse(out, 431, "the request head is too large");
	out->head_bytes = head;
	verdict = check_fields(bytes, head, out);
	if (verdict != HTTP_DONE)
		return verdict;
	return check_framing(parse, bytes, head, out);
}

enum http_verdict http_parse_body(struct http_parse *parse, const char *bytes, size_t size,
				  size_t *used, struct http_request *out)
{
	assert(parse->headers_done);
	assert(!parse->message_done);
	out->head_only = parse->head_only;
	out->http_1_0 = parse->http_1_0;
	if (parse->chunk == CHUNK_NONE) {
		*used = size < parse->body_left ? size : parse->body_left;
		parse->body_left -= (uint32_t)*used;
		parse->message_done = parse->body_left == 0;
	} else {
		*used = chunk_run(parse, bytes, size);
		if (parse->chunk == CHUNK_WRONG)
			return refuse(out, 400, "the request body is malformed");
		parse->message_done = parse->chunk == CHUNK_END;
	}
	/* The framing counts too: chunks of one byte are not to go on for ever. */
	parse->body_bytes += (uint32_t)*used;
	if (parse->chunk == CHUNK_TOO_LARGE || parse->body_bytes > HTTP_REQUEST_BODY_MAX)
		return refuse(out, 413, "no request here needs so much content");
	return parse->message_done ? HTTP_DONE : HTTP_MORE;
}

size_t http_parse_blank(const char *bytes, size_t size)
{
	size_t at = 0;

	while (at < size) {
		if (bytes[at] == '\n')
			at += 1;
		else if (at + 1 < size && bytes[at] == '\r' && bytes[at + 1] == '\n')
			at += 2;
		else
			break;
	}
	return at;
}

/* ---- the target ------------------------------------------------------------------------------ */

/* Leaves of "http://host/path?query" what is behind the host, which may be nothing; NULL for what
 * is neither of the two forms. */
static const char *skip_authority(const char *target, const char *end)
{
	static const char scheme[] = "http://";
	const ptrdiff_t skip = sizeof(scheme) - 1;
	const char *at;

	if (target < end && *target == '/')
		return target;
	if (end - target < skip || strncasecmp(target, scheme, sizeof(scheme) - 1) != 0)
		return NULL;
	at = target + skip;
	/* RFC 3986 3.2: the authority ends there, so a slash in a query is none of a path. */
	while (at < end && *at != '/' && *at != '?' && *at != '#')
		at++;
	return at > target + skip ? at : NULL;
}

bool http_parse_path(const char *target, size_t target_bytes, char *path, size_t path_size)
{
	const char *end = target + target_bytes;
	const char *from = skip_authority(target, end);
	size_t out = 0;

	assert(path_size > 0);
	if (from == NULL)
		return false;
	for (; from < end && *from != '?' && *from != '#'; from++) {
		char c = *from;

		if (c == '%') {
			int high = end - from > 2 ? hex_value(from[1]) : -1;
			int low = end - from > 2 ? hex_value(from[2]) : -1;

			if (high < 0 || low < 0 || (high == 0 && low == 0))
				return false;
			c = (char)(high << 4 | low);
			from += 2;
		}
		if (out + 1 >= path_size)
			return false;
		path[out++] = c;
	}
	if (out == 0 && path_size > 1)
		path[out++] = '/';
	path[out] = '\0';
	return true;
}
