/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * http_pages: see http_pages.h.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "svc/http_files.h"
#include "svc/http_limits.h"
#include "svc/http_pages.h"

static int complain(struct la_error *err, int code, const char *what)
{
	assert(code < 0);
	snprintf(err->text, sizeof(err->text), "%s", what);
	return code;
}

const char *http_pages_type(const char *path)
{
	static const struct {
		const char *extension;
		const char *type;
	} types[] = {
		{ "html", "text/html; charset=utf-8" },
		{ "htm", "text/html; charset=utf-8" },
		{ "txt", "text/plain; charset=utf-8" },
		{ "md", "text/markdown; charset=utf-8" },
		{ "css", "text/css; charset=utf-8" },
		{ "csv", "text/csv; charset=utf-8" },
		{ "js", "text/javascript; charset=utf-8" },
		{ "mjs", "text/javascript; charset=utf-8" },
		{ "json", "application/json" },
		{ "xml", "application/xml" },
		{ "pdf", "application/pdf" },
		{ "wasm", "application/wasm" },
		{ "gz", "application/gzip" },
		{ "zip", "application/zip" },
		{ "svg", "image/svg+xml" },
		{ "png", "image/png" },
		{ "jpg", "image/jpeg" },
		{ "jpeg", "image/jpeg" },
		{ "gif", "image/gif" },
		{ "webp", "image/webp" },
		{ "ico", "image/vnd.microsoft.icon" },
		{ "woff2", "font/woff2" },
		{ "mp3", "audio/mpeg" },
		{ "mp4", "video/mp4" },
		{ "webm", "video/webm" },
	};
	const char *name = strrchr(path, '/');
	const char *dot = strrchr(name != NULL ? name : path, '.');

	for (size_t i = 0; dot != NULL && i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcasecmp(dot + 1, types[i].extension) == 0)
			return types[i].type;
	}
	return "application/octet-stream";
}

/* A new page at the end of the list, unsorted yet. NULL: no memory. */
static struct http_page *add_page(struct http_pages *pages, const char *path, size_t path_bytes)
{
	struct http_page *page;

	if (pages->count == pages->capacity) {
		uint32_t capacity = pages->capacity == 0 ? 64 : 2 * pages->capacity;
		void *grown = realloc(pages->pages, capacity * sizeof(*page));

		if (grown == NULL)
			return NULL;
		pages->pages = grown;
		pages->capacity = capacity;
	}
	page = &pages->pages[pages->count];
	memset(page, 0, sizeof(*page));
	page->path = strndup(path, path_bytes);
	if (page->path == NULL)
		return NULL;
	pages->count += 1;
	return page;
}

/* Gives a page its content. The bytes stay the caller's. */
static int fill_page(struct la_stack *stack, struct http_page *page, const void *bytes,
		     uint64_t size, struct la_error *err)
{
	page->size = size;
	page->blob_bytes = size;
	if (size == 0)
		return 0;
	page->blob = la_blob_create(stack, bytes, size);
	if (page->blob != NULL)
		return 0;
	snprintf(
		err->text, sizeof(err->text),
		"%.120s: no memory for its %llu bytes; serve less, or give EAL more hugepages (-m)",
		page->path, (unsigned long long)size);
	return -ENOMEM;
}

/* ---- a configured body ----------------------------------------------------------------------- */

/* Lines of 64 characters that begin with their own offset, so that a reader sees what is missing.
 */
static void write_pattern(char *out, size_t size)
{
	char line[65];

	assert(size % 64 == 0);
	for (size_t at = 0; at < size; at += 64) {
		snprintf(line, sizeof(line),
			 "%015zx lastack lastack lastack lastack lastack lastack\n", at);
		memcpy(out + at, line, 64);
	}
}

static int make_generated(struct la_stack *stack, uint64_t size, struct http_page *page,
			  struct la_error *err)
{
	uint64_t kept = size < HTTP_PATTERN_BYTES ? size : HTTP_PATTERN_BYTES;
	char *pattern = malloc(HTTP_PATTERN_BYTES);
	int code;

	if (pattern == NULL)
		return complain(err, -ENOMEM, "no memory to generate a body");
	write_pattern(pattern, HTTP_PATTERN_BYTES);
	code = fill_page(stack, page, pattern, kept, err);
	page->size = size;
	free(pattern);
	return code;
}

static int make_single(struct la_stack *stack, const struct svc_http_config *config,
		       struct http_pages *pages, struct la_error *err)
{
	struct http_page *page = add_page(pages, "/", 1);
	bool text = config->body != NULL;

	if (page == NULL)
		return complain(err, -ENOMEM, "no memory for a page");
	if (config->content_type != NULL) {
		pages->content_type = strdup(config->content_type);
		if (pages->content_type == NULL)
			return complain(err, -ENOMEM, "no memory for a page");
	}
	page->content_type = pages->content_type;
	if (page->content_type == NULL)
		page->content_type = http_pages_type(text ? ".txt" : "");
	pages->any_path = true;
	if (text)
		return fill_page(stack, page, config->body, strlen(config->body), err);
	return make_generated(stack, config->size, page, err);
}

/* ---- files below a root ---------------------------------------------------------------------- */

/* The path as a URL, encoded (RFC 3986 2.1), with a slash behind. NULL: no memory. */
static char *encode_directory(const char *path, size_t path_bytes)
{
	char *out = malloc(3 * path_bytes + 2), *to = out;

	if (out == NULL)
		return NULL;
	for (size_t i = 0; i < path_bytes; i++) {
		unsigned char c = (unsigned char)path[i];
		bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
			     (c >= 'A' && c <= 'Z') || (c != '\0' && strchr("/-._~", c) != NULL);

		if (plain)
			*to++ = (char)c;
		else
			to += sprintf(to, "%%%02X", c);
	}
	*to++ = '/';
	*to = '\0';
	return out;
}

/* index.html also answers for its directory, and the directory without its slash leads there. */
static int add_directory(struct la_stack *stack, struct http_pages *pages, const char *path,
			 const char *bytes, uint64_t size, struct la_error *err)
{
	/* DEVIATION: six parameters; they are those of a page with its content. */
	size_t directory = strlen(path) - strlen("index.html");
	struct http_page *page = add_page(pages, path, directory);
	int code;

	assert(path[directory - 1] == '/');
	if (page == NULL)
		return complain(err, -ENOMEM, "no memory for a page");
	page->content_type = http_pages_type("index.html");
	code = fill_page(stack, page, bytes, size, err);
	if (code != 0 || directory == 1)
		return code;
	page = add_page(pages, path, directory - 1);
	if (page == NULL)
		return complain(err, -ENOMEM, "no memory for a page");
	page->location = encode_directory(path, directory - 1);
	return page->location != NULL ? 0 : complain(err, -ENOMEM, "no memory for a page");
}

static int load_file(struct la_stack *stack, const char *root, const struct http_file *file,
		     struct http_pages *pages, struct la_error *err)
{
	const char *name = strrchr(file->path, '/');
	struct http_page *page;
	char *bytes = NULL;
	int code = http_files_read(root, file, &bytes, err);

	if (code != 0)
		return code;
	page = add_page(pages, file->path, strlen(file->path));
	if (page == NULL) {
		free(bytes);
		return complain(err, -ENOMEM, "no memory for a page");
	}
	page->content_type = http_pages_type(file->path);
	code = fill_page(stack, page, bytes, file->size, err);
	if (code == 0 && strcmp(name, "/index.html") == 0)
		code = add_directory(stack, pages, file->path, bytes, file->size, err);
	free(bytes);
	return code;
}

static int make_files(struct la_stack *stack, const struct svc_http_config *config,
		      struct http_pages *pages, struct la_error *err)
{
	struct http_files files;
	int code = http_files_scan(config->root, config->root_limit, &files, err);

	for (uint32_t i = 0; code == 0 && i < files.count; i++)
		code = load_file(stack, config->root, &files.files[i], pages, err);
	pages->files = files.count;
	http_files_free(&files);
	return code;
}

/* ---- the table ------------------------------------------------------------------------------- */

static int compare_pages(const void *a, const void *b)
{
	return strcmp(((const struct http_page *)a)->path, ((const struct http_page *)b)->path);
}

static int compare_path(const void *path, const void *page)
{
	return strcmp(path, ((const struct http_page *)page)->path);
}

int http_pages_create(struct la_stack *stack, const struct svc_http_config *config,
		      struct http_pages *out, struct la_error *err)
{
	int code;

	assert((config->body != NULL) + (config->size != 0) + (config->root != NULL) == 1);
	memset(out, 0, sizeof(*out));
	if (config->root != NULL)
		code = make_files(stack, config, out, err);
	else
		code = make_single(stack, config, out, err);
	if (code != 0) {
		http_pages_unload(out);
		http_pages_free(out);
		return code;
	}
	if (out->count > 0)
		qsort(out->pages, out->count, sizeof(out->pages[0]), compare_pages);
	return 0;
}

void http_pages_unload(struct http_pages *pages)
{
	for (uint32_t i = 0; i < pages->count; i++) {
		la_blob_release(pages->pages[i].blob);
		pages->pages[i].blob = NULL;
	}
}

void http_pages_free(struct http_pages *pages)
{
	for (uint32_t i = 0; i < pages->count; i++) {
		assert(pages->pages[i].blob == NULL);
		free(pages->pages[i].path);
		free(pages->pages[i].location);
	}
	free(pages->pages);
	free(pages->content_type);
	memset(pages, 0, sizeof(*pages));
}

const struct http_page *http_pages_find(const struct http_pages *pages, const char *path)
{
	if (pages->any_path)
		return &pages->pages[0];
	if (pages->count == 0)
		return NULL;
	return bsearch(path, pages->pages, pages->count, sizeof(pages->pages[0]), compare_path);
}
