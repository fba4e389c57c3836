/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * http_parse: one HTTP/1.x request, from bytes to a value that is legal (RFC 9112).
 *
 * Owns what is syntax: where the head ends, which heads are refused and with which status, where
 * the body ends. The service calls it; it knows no connection and no file. Behind it stands the
 * library http_parser for what a head says of the framing, and no other file includes that: it is
 * frozen upstream, and this is the place to replace it.
 */
#ifndef SVC_HTTP_PARSE_H
#define SVC_HTTP_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** How far one request has been read. Plain memory; http_parse_begin() makes it ready. */
struct http_parse {
	uint64_t parser[4];  /**< the library's state */
	uint32_t scanned;    /**< bytes of the head in which its end was not found */
	uint32_t body_bytes; /**< read of the body so far, chunk headers included */
	uint32_t body_left;  /**< to come of the content, or of the chunk */
	uint8_t chunk;       /**< enum chunk_state, of a chunked body */
	bool line_seen;      /**< the request line is complete and legal */
	bool head_only;      /**< it asked for HEAD */
	bool http_1_0;
	bool headers_done;
	bool message_done;
};

enum http_verdict {
	HTTP_MORE,    /**< not complete: come again with more */
	HTTP_DONE,    /**< complete */
	HTTP_REFUSED, /**< not acceptable: status and why say what to answer */
};

struct http_request {
	const char *target; /**< points into the head; not terminated */
	size_t target_bytes;
	size_t head_bytes; /**< of the buffer belong to the head */
	bool head_only;    /**< HEAD: no content in the response. Known as soon as its line is */
	bool http_1_0;     /**< the same */
	bool keep_alive;   /**< the client is willing to go on */
	bool has_body;     /**< http_parse_body() is to be called until it is done */
	bool expects_continue; /**< the client waits for a 100 before it sends the body */
	uint16_t status;       /**< when refused: 400, 405, 413, ... */
	const char *why;       /**< when refused: a sentence without end. Static string. */
};

/** Begins a new request. */
void http_parse_begin(struct http_parse *parse);

/**
 * Looks for a whole head in the first size bytes, which are the same as before and more. The head
 * begins at bytes[0]: http_parse_blank() has taken empty lines off.
 */
enum http_verdict http_parse_head(struct http_parse *parse, const char *bytes, size_t size,
				  struct http_request *out);

/**
 * Reads on in the body and throws it away. *used is how many of the bytes belonged to it. When it
 * refuses, only status, why, head_only and http_1_0 of *out are written.
 */
enum http_verdict http_parse_body(struct http_parse *parse, const char *bytes, size_t size,
				  size_t *used, struct http_request *out);

/** Bytes at the beginning that are empty lines, to be ignored before a request (RFC 9112 2.2). */
size_t http_parse_blank(const char *bytes, size_t size);

/**
 * The path of a request target (RFC 9112 3.2: origin-form or absolute-form), without query and with
 * percent-encoding undone, terminated. False when the target has no path or one that cannot be.
 */
bool http_parse_path(const char *target, size_t target_bytes, char *path, size_t path_size);

#endif
