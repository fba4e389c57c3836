/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * http_files: see http_files.h.
 */
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "svc/http_files.h"
#include "svc/http_limits.h"

static int complain(struct la_error *err, int code, const char *path, const char *what)
{
	assert(code < 0);
	snprintf(err->text, sizeof(err->text), "%.150s: %s", path, what);
	return code;
}

static bool is_hidden(const char *name)
{
	return name[0] == '.' && strcmp(name, ".well-known") != 0;
}

static int add_file(struct http_files *files, const char *path, const struct stat *status,
		    struct la_error *err)
{
	struct http_file *file;

	if (files->count == HTTP_FILES_MAX)
		return complain(err, -E2BIG, path, "one file too many; at most 65536 are served");
	if ((uint64_t)status->st_size > files->limit - files->bytes)
		return complain(err, -EFBIG, path,
				"with this file the root is larger than root_limit; raise that, or "
				"take files away");
	if (files->count == files->capacity) {
		uint32_t capacity = files->capacity == 0 ? 64 : 2 * files->capacity;
		void *grown = realloc(files->files, capacity * sizeof(*file));

		if (grown == NULL)
			return complain(err, -ENOMEM, path, "no memory for the list of files");
		files->files = grown;
		files->capacity = capacity;
	}
	file = &files->files[files->count];
	file->size = (uint64_t)status->st_size;
	file->path = strdup(path);
	if (file->path == NULL)
		return complain(err, -ENOMEM, path, "no memory for the list of files");
	files->count += 1;
	files->bytes += file->size;
	assert(files->bytes <= files->limit);
	return 0;
}

static int scan_directory(struct http_files *files, int parent, const char *name, const char *path,
			  unsigned int depth, struct la_error *err);

/* One name in the directory dir, which is at path. */
static int scan_entry(struct http_files *files, int dir, const char *name, const char *path,
		      unsigned int depth, struct la_error *err)
{
	/* DEVIATION: six parameters, the recursion of scan_directory() passes all of them on. */
	char below[HTTP_PATH_MAX];
	struct stat status;

	if ((size_t)snprintf(below, sizeof(below), "%s/%s", path, name) >= sizeof(below))
		return complain(err, -ENAMETOOLONG, name, "its path is longer than 255 bytes");
	if (fstatat(dir, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
		return complain(err, -errno, below, strerror(errno));
	if (S_ISDIR(status.st_mode))
		return scan_directory(files, dir, name, below, depth + 1, err);
	if (!S_ISREG(status.st_mode))
		return 0;
	if (faccessat(dir, name, R_OK, 0) != 0)
		return complain(err, -errno, below, "cannot be read; make it readable or move it");
	return add_file(files, below, &status, err);
}

/* DEVIATION: recursion, bounded by HTTP_DEPTH_MAX and before the worker starts; six parameters. */
static int scan_directory(struct http_files *files, int parent, const char *name, const char *path,
			  unsigned int depth, struct la_error *err)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const char *shown = path[0] != '\0' ? path : name;
	struct dirent *entry;
	int code = 0;
	DIR *dir;

	if (fd < 0)
		return complain(err, -errno, shown, strerror(errno));
	dir = fdopendir(fd);
	if (dir == NULL) {
		close(fd);
		return complain(err, -ENOMEM, shown, "no memory to read this directory");
	}
	if (depth > HTTP_DEPTH_MAX) {
		closedir(dir);
		return complain(err, -ELOOP, shown, "more than 32 directories deep");
	}
	while (code == 0 && (entry = readdir(dir)) != NULL) {
		if (!is_hidden(entry->d_name))
			code = scan_entry(files, fd, entry->d_name, path, depth, err);
	}
	closedir(dir);
	return code;
}

int http_files_scan(const char *root, uint64_t limit, struct http_files *out, struct la_error *err)
{
	int code;

	assert(root != NULL);
	memset(out, 0, sizeof(*out));
	err->text[0] = '\0';
	out->limit = limit;
	code = scan_directory(out, AT_FDCWD, root, "", 0, err);
	if (code == 0 && out->count == 0)
		return complain(err, -ENOENT, root, "there is no file to serve");
	return code;
}

void http_files_free(struct http_files *files)
{
	for (uint32_t i = 0; i < files->count; i++)
		free(files->files[i].path);
	free(files->files);
	memset(files, 0, sizeof(*files));
}

int http_files_read(const char *root, const struct http_file *file, char **out,
		    struct la_error *err)
{
	char *bytes = malloc(file->size > 0 ? file->size : 1);
	size_t done = 0;
	int dir, fd, code = 0;

	if (bytes == NULL)
		return complain(err, -ENOMEM, file->path, "no memory to read this file");
	dir = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = dir < 0 ? -1 : openat(dir, file->path + 1, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		code = complain(err, -errno, file->path, strerror(errno));
	while (code == 0 && done < file->size) {
		ssize_t got = read(fd, bytes + done, file->size - done);

		if (got < 0 && errno != EINTR)
			code = complain(err, -errno, file->path, strerror(errno));
		else if (got == 0)
			code = complain(err, -EIO, file->path, "became shorter while it was read");
		else if (got > 0)
			done += (size_t)got;
	}
	if (fd >= 0)
		close(fd);
	if (dir >= 0)
		close(dir);
	if (code != 0)
		free(bytes);
	else
		*out = bytes;
	return code;
}
