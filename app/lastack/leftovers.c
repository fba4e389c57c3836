/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * leftovers: see leftovers.h.
 *
 * Who uses a runtime directory is told so: a primary process holds one on `config` for as
 * long as it lives, every process holds one on each fbarray_* that it has mapped, and listens to an
 * mp_socket of its own.
 */
#include "leftovers.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_eal.h>

#define DESCRIPTORS 1024 /* looked through for those that EAL keeps; it opens them first of all */

/* Our own lock is never in the way of this, and it must stay until we end: so the file stays open,
 * since POSIX drops a process's locks on a file with the first descriptor of it that is closed. */
static bool config_is_others(int dir)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = openat(dir, "config", O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return errno != ENOENT;
	return fcntl(fd, F_GETLK, &lock) != 0 || lock.l_type != F_UNLCK;
}

/* Whether another process has the file mapped. EAL keeps some open, and locked, until we end: the
 * lock of that descriptor is asked for more then, since a second one would run into the first. */
static bool is_mapped(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW), locked = fd;
	struct stat file, other;
	bool mapped;

	if (fd < 0)
		return errno != ENOENT;
	if (fstat(fd, &file) == 0) {
		for (int i = 0; i < DESCRIPTORS; i++) {
			if (i != fd && fstat(i, &other) == 0 && other.st_dev == file.st_dev &&
			    other.st_ino == file.st_ino)
				locked = i;
		}
	}
	mapped = flock(locked, LOCK_EX | LOCK_NB) != 0;
	close(fd);
	return mapped;
}

/* Whether a process listens to this socket; those of processes that died answer nothing. */
static bool is_heard(const char *directory, const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int size = snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", directory, name);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool heard = true;

	if (fd >= 0 && size > 0 && (size_t)size < sizeof(address.sun_path))
		heard = connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 ||
			errno != ECONNREFUSED;
	if (fd >= 0)
		close(fd);
	return heard;
}

static bool is_leftover(const char *name)
{
	return strcmp(name, "config") == 0 || strcmp(name, "hugepage_info") == 0 ||
	       strcmp(name, "hugepage_data") == 0 || strncmp(name, "fbarray_", 8) == 0 ||
	       strncmp(name, "mp_socket", 9) == 0;
}

/* Whether another process is in the directory, or something that is not known here. */
static bool is_in_use(const char *path, int dir, DIR *entries)
{
	const struct dirent *entry;

	rewinddir(entries);
	while ((entry = readdir(entries)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (!is_leftover(entry->d_name))
			return true;
		if (strncmp(entry->d_name, "fbarray_", 8) == 0 && is_mapped(dir, entry->d_name))
			return true;
		if (strncmp(entry->d_name, "mp_socket", 9) == 0 && is_heard(path, entry->d_name))
			return true;
	}
	return config_is_others(dir);
}

static void leftovers_remove(void)
{
	const char *path = rte_eal_get_runtime_dir();
	const struct dirent *entry;
	DIR *entries;
	int dir;

	/* Without a path EAL never came so far as to make the directory. */
	if (path == NULL || path[0] == '\0' || rte_eal_process_type() != RTE_PROC_PRIMARY)
		return;
	entries = opendir(path);
	if (entries == NULL)
		return;
	dir = dirfd(entries);
	if (!is_in_use(path, dir, entries)) {
		rewinddir(entries);
		while ((entry = readdir(entries)) != NULL) {
			if (is_leftover(entry->d_name))
				unlinkat(dir, entry->d_name, 0);
		}
		rmdir(path);
	}
	closedir(entries);
}

void leftovers_remove_at_exit(void)
{
	int failed = atexit(leftovers_remove);

	assert(failed == 0);
	(void)failed;
}
