/* SPDX-License-Identifier: BSD-3-Clause */
/* http with a root: what of a directory is served, under which path, and what is refused. */
#include "check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake.h"
#include "svc/svc.h"

struct tree {
	char root[64];
};

static void put(const struct tree *tree, const char *path, const char *text)
{
	char full[256];
	FILE *file;

	snprintf(full, sizeof(full), "%s/%s", tree->root, path);
	file = fopen(full, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void put_directory(const struct tree *tree, const char *path)
{
	char full[256];

	snprintf(full, sizeof(full), "%s/%s", tree->root, path);
	assert_int_equal(mkdir(full, 0755), 0);
}

static int make_tree(void **state)
{
	struct tree *tree = calloc(1, sizeof(*tree));
	char link[128];

	assert_non_null(tree);
	strcpy(tree->root, "/tmp/lastack-test-root-XXXXXX");
	assert_non_null(mkdtemp(tree->root));
	put(tree, "index.html", "<p>front\n");
	put(tree, "plain.TXT", "text\n");
	put(tree, "with space", "space\n");
	put(tree, "empty", "");
	put(tree, ".secret", "no\n");
	put_directory(tree, "sub dir");
	put(tree, "sub dir/index.html", "<p>sub\n");
	put_directory(tree, "bare");
	put(tree, "bare/x.css", "p{}\n");
	put_directory(tree, ".git");
	put(tree, ".git/config", "no\n");
	snprintf(link, sizeof(link), "%s/link", tree->root);
	assert_int_equal(symlink("/etc/passwd", link), 0);
	*state = tree;
	return 0;
}

static int remove_tree(void **state)
{
	struct tree *tree = *state;
	char command[128];
	int status;

	snprintf(command, sizeof(command), "rm -r '%s'", tree->root);
	status = system(command);
	free(tree);
	return status;
}

static struct svc_http *serve(const struct tree *tree)
{
	struct svc_http_config config;
	struct svc_http *http = NULL;
	struct la_error err;

	svc_http_config_init(&config);
	config.root = tree->root;
	if (svc_http_create(NULL, &config, &http, &err) != 0)
		fail_msg("%s", err.text);
	return http;
}

static void each_path_gets_its_answer(void **state)
{
	static const struct {
		const char *target;
		const char *status;
		const char *field; /* that must be there */
		const char *content;
	} cases[] = {
		{ "/", "200", "Content-Type: text/html; charset=utf-8\r\n", "<p>front\n" },
		{ "/index.html", "200", "Content-Length: 9\r\n", "<p>front\n" },
		{ "/plain.TXT?q", "200", "Content-Type: text/plain; charset=utf-8\r\n", "text\n" },
		{ "/with%20space", "200", "Content-Type: application/octet-stream\r\n", "space\n" },
		{ "/empty", "200", "Content-Length: 0\r\n", "" },
		{ "/sub%20dir", "301", "Location: /sub%20dir/\r\n", "" },
		{ "/sub%20dir/", "200", "", "<p>sub\n" },
		{ "http://x/bare/x.css", "200", "Content-Type: text/css; charset=utf-8\r\n",
		  "p{}\n" },
		{ "/bare/", "404", "", "404 Not Found: there is nothing at this path\n" },
		{ "/bare", "404", "", "404 Not Found: there is nothing at this path\n" },
		{ "/.secret", "404", "", "404 Not Found: there is nothing at this path\n" },
		{ "/.git/config", "404", "", "404 Not Found: there is nothing at this path\n" },
		{ "/link", "404", "", "404 Not Found: there is nothing at this path\n" },
		{ "/../../etc/passwd", "404", "",
		  "404 Not Found: there is nothing at this path\n" },
		{ "/%2e%2e/etc/passwd", "404", "",
		  "404 Not Found: there is nothing at this path\n" },
		{ "//index.html", "404", "", "404 Not Found: there is nothing at this path\n" },
		{ "/%zz", "400", "", "400 Bad Request: the request target is not a path\n" },
		{ "*", "400", "", "400 Bad Request: the request target is not a path\n" },
	};
	struct svc_http *http = serve(*state);
	struct fake *fake = fake_open(svc_http(), http, 1U << 20);

	/* One connection for all: neither a 404 nor a bad path ends it. */
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char request[256];

		snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: a\r\n\r\n",
			 cases[i].target);
		fake_say(fake, request);
		fake->out[fake->out_bytes] = '\0';
		if (strncmp(fake->out + 9, cases[i].status, 3) != 0)
			fail_msg("%s: %s", cases[i].target, fake->out);
		assert_non_null(strstr(fake->out, cases[i].field));
		assert_string_equal(strstr(fake->out, "\r\n\r\n") + 4, cases[i].content);
		assert_false(fake->ended);
		fake_forget(fake);
	}
	fake_close(fake);
	svc_http_unload(http);
	assert_int_equal(fake_blobs(), 0);
	svc_http_free(http);
}

static void a_root_is_checked_before_it_is_served(void **state)
{
	const struct tree *tree = *state;
	struct svc_http_config config;
	struct svc_http *http = NULL;
	struct la_error err;

	assert_int_equal(svc_http_check_root(tree->root, 1000, &err), 6);
	assert_string_equal(err.text, "");
	assert_int_equal(svc_http_check_root("/nonexistent/root", 1000, &err), -ENOENT);
	assert_string_equal(err.text, "/nonexistent/root: No such file or directory");
	assert_int_equal(svc_http_check_root("/etc/passwd", 1000, &err), -ENOTDIR);
	assert_int_equal(svc_http_check_root(tree->root, 12, &err), -EFBIG);
	assert_non_null(strstr(err.text, "larger than root_limit"));

	/* What fails keeps nothing. */
	svc_http_config_init(&config);
	config.root = tree->root;
	config.root_limit = 12;
	assert_int_equal(svc_http_create(NULL, &config, &http, &err), -EFBIG);
	assert_null(http);
	assert_int_equal(fake_blobs(), 0);
}

/* A root without a file is a mistake: every answer would be 404. */
static void a_root_without_a_file_is_refused(void **state)
{
	char empty[] = "/tmp/lastack-test-empty-XXXXXX";
	char hidden[sizeof(empty) + 8];
	struct svc_http_config config;
	struct svc_http *http = NULL;
	struct la_error err;
	FILE *file;

	assert_non_null(mkdtemp(empty));
	snprintf(hidden, sizeof(hidden), "%s/.hidden", empty);
	file = fopen(hidden, "w");
	assert_non_null(file);
	fclose(file);
	svc_http_config_init(&config);
	config.root = empty;
	assert_int_equal(svc_http_check_root(empty, 1000, &err), -ENOENT);
	assert_non_null(strstr(err.text, ": there is no file to serve"));
	assert_int_equal(svc_http_create(NULL, &config, &http, &err), -ENOENT);
	assert_null(http);
	unlink(hidden);
	rmdir(empty);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_path_gets_its_answer),
		cmocka_unit_test(a_root_is_checked_before_it_is_served),
		cmocka_unit_test(a_root_without_a_file_is_refused),
	};

	return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
