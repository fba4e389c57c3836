/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * http_files: the regular files below a directory: names and sizes, and their bytes one at a time.
 *
 * Runs before the worker starts: it opens files and allocates. Knows neither HTTP nor blobs.
 * Symbolic links are not followed and names that begin with a dot are left out (but .well-known,
 * RFC 8615), so what is served is what stands below the root and was meant to be seen.
 */
#ifndef SVC_HTTP_FILES_H
#define SVC_HTTP_FILES_H

#include <stdint.h>

#include "lastack.h"

struct http_file {
	char *path;    /**< from the root on, beginning with a slash */
	uint64_t size; /**< bytes */
};

struct http_files {
	struct http_file *files;
	uint32_t count;
	uint32_t capacity;
	uint64_t bytes; /**< of all files together */
	uint64_t limit;
};

/**
 * Lists the files below root, at least one, each of which must be readable, and together not above
 * limit bytes. Returns 0 or -errno; err names the file. http_files_free() in either case.
 */
int http_files_scan(const char *root, uint64_t limit, struct http_files *out, struct la_error *err);
void http_files_free(struct http_files *files);

/** Reads one file into memory, now the caller's (free). Returns 0 or -errno; err names the file. */
int http_files_read(const char *root, const struct http_file *file, char **out,
		    struct la_error *err);

#endif
