/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * http_pages: what there is to serve: path to page.
 *
 * Owns the pages and their blobs. They are made before any worker starts; afterwards the table is
 * only read, by all of them. A path that is not in it does not exist: no request ever reaches the
 * file system.
 */
#ifndef SVC_HTTP_PAGES_H
#define SVC_HTTP_PAGES_H

#include <stdint.h>

#include "svc/svc.h"

/** One resource. */
struct http_page {
	char *path;
	struct la_blob *blob; /**< NULL: the page is empty, or a redirection */
	uint64_t blob_bytes;  /**< of the blob */
	uint64_t size;        /**< of the content: the blob, repeated as often as it takes */
	const char *content_type;
	char *location; /**< not NULL: the page is a redirection to this */
};

struct http_pages {
	struct http_page *pages; /**< sorted by path */
	uint32_t count;
	uint32_t capacity;
	uint32_t files;     /**< that the pages were made of; 0: of no file */
	bool any_path;      /**< the one page answers every path */
	char *content_type; /**< that the configuration gave, or NULL */
};

/** Makes the pages of a configuration. Returns 0 or -errno with a sentence; then nothing is kept.
 */
int http_pages_create(struct la_stack *stack, const struct svc_http_config *config,
		      struct http_pages *out, struct la_error *err);

/** Drops the references to the blobs. */
void http_pages_unload(struct http_pages *pages);
void http_pages_free(struct http_pages *pages);

/** The page at a decoded path, or NULL. */
const struct http_page *http_pages_find(const struct http_pages *pages, const char *path);

/** The media type that goes with the extension of a file name. Static string. */
const char *http_pages_type(const char *path);

#endif
