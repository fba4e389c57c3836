/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A blob sent by several workers at once, and released while segments with it are on their way.
 */
#include "../check.h"
#include "../eal.h"

#include <stdlib.h>

#include "town.h"

#define SERVER 0xc6120001U
#define PORT 8U
#define BYTES 100000U
#define FIRST 4U /* so few that they can all wait for ARP; of */
#define ALL 24U

/* What the server sends, and what the client has of it. */
struct page {
	struct la_blob *blob;
	uint8_t bytes[BYTES];
	unsigned int sent_by[LA_WORKERS_MAX];
	unsigned int served, wrong, closed;
};

static void serve(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct page *page = data;
	uint64_t at = la_context(worker, conn);
	ssize_t taken = la_send_blob(worker, conn, page->blob, at, BYTES - at, 0);

	assert_in_range(taken, 0, BYTES);
	page->sent_by[la_worker_index(worker)] += at == 0;
	at += (uint64_t)taken;
	la_set_context(worker, conn, at);
	if (at < BYTES) {
		la_send_ask(worker, conn);
		return;
	}
	page->served++;
	la_end(worker, conn);
}

static const struct la_service server = { .name = "page", .opened = serve, .room = serve };

static void take(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct page *page = data;
	uint64_t at = la_context(worker, conn);
	uint8_t some[2048];
	ssize_t got;

	while ((got = la_recv(worker, conn, some, sizeof(some))) > 0) {
		assert_in_range(at + (uint64_t)got, 1, BYTES);
		page->wrong += memcmp(some, page->bytes + at, (size_t)got) != 0;
		at += (uint64_t)got;
	}
	la_set_context(worker, conn, at);
}

static void take_end(struct la_worker *worker, struct la_conn conn, void *data)
{
	(void)data;
	assert_int_equal(la_context(worker, conn), BYTES);
	la_end(worker, conn);
}

static void count_closed(struct la_worker *worker, struct la_conn conn, void *data,
			 enum la_reason reason)
{
	struct page *page = data;

	(void)worker, (void)conn;
	assert_int_equal(reason, LA_REASON_DONE);
	page->closed++;
}

static const struct la_service client = {
	.name = "reader",
	.data = take,
	.peer_closed = take_end,
	.closed = count_closed,
};

static void fetch(struct town *town, struct page *page, unsigned int count)
{
	const struct la_endpoint to = { .addr = la_addr_from_ipv4(SERVER), .port = PORT };

	for (unsigned int i = 0; i < count; i++) {
		struct la_conn conn;

		assert_int_equal(la_connect(la_stack_worker(town->client.stack, 0), NULL, &to,
					    &client, page, NULL, &conn),
				 0);
	}
}

static void a_blob_is_sent_by_several_workers(void **state)
{
	const struct town_plan plan = { 3, 1, 2, 1, TOWN_RANDOM, 0 };
	const struct la_endpoint here = { .addr = la_addr_from_ipv4(SERVER), .port = PORT };
	struct town *town = town_create(&plan);
	struct page *page = calloc(1, sizeof(*page));

	(void)state;
	assert_non_null(page);
	for (unsigned int i = 0; i < BYTES; i++)
		page->bytes[i] = (uint8_t)(i * 7 + (i >> 8));
	page->blob = la_blob_create(town->server.stack, page->bytes, BYTES);
	assert_non_null(page->blob);
	assert_true(la_listen(town->server.stack, &here, &server, page, NULL, NULL) >= 0);
	fetch(town, page, FIRST);
	town_pass(town, 100000);
	fetch(town, page, ALL - FIRST);
	for (unsigned int i = 0; page->served < ALL; i++) {
		assert_in_range(i, 0, 100000);
		town_pass(town, 100);
	}
	/* The last bytes of the last ones are queued, or on their way: they keep it. */
	assert_in_range(page->closed, 0, ALL - 1);
	la_blob_release(page->blob);
	town_pass(town, 5000000);
	assert_int_equal(page->closed, ALL);
	assert_int_equal(page->wrong, 0);
	for (unsigned int i = 0; i < plan.server_workers; i++)
		assert_in_range(page->sent_by[i], 1, ALL);
	town_destroy(town);
	free(page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_blob_is_sent_by_several_workers),
	};

	return cmocka_run_group_tests_name("blobs", tests, eal_setup, eal_teardown);
}
