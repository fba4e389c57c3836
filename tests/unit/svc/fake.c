/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fake: see fake.h. The handle of a connection is its address, and that of the worker is of no use:
 * a service may call for one connection while it is called back for another.
 */
#include "check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fake.h"

struct la_blob {
	size_t size;
	char bytes[];
};

struct la_worker {
	unsigned int index;
	struct la_alarm *alarm; /* that is set: services here set one */
};

/* DEVIATION: mutable state at file scope: blobs, the clock and workers belong to no connection, and
 * each test is a process. */
static int64_t blobs_alive;
static uint64_t now_us;
static struct la_worker workers[FAKE_WORKERS] = { { .index = 0 }, { .index = 1 } };
static unsigned int here;

static struct fake *fake_of(struct la_worker *worker, struct la_conn conn)
{
	struct fake *fake = (struct fake *)(uintptr_t)conn.id;

	assert_non_null(fake);
	assert_ptr_equal(worker, fake->worker);
	return fake;
}

/* ---- the peer's side ------------------------------------------------------------------------- */

struct fake *fake_open(const struct la_service *service, void *data, size_t room)
{
	struct fake *fake = calloc(1, sizeof(*fake));

	assert_non_null(fake);
	fake->worker = &workers[here];
	fake->service = service;
	fake->data = data;
	fake->in = malloc(FAKE_BYTES);
	fake->out = malloc(FAKE_BYTES);
	assert_non_null(fake->in);
	assert_non_null(fake->out);
	fake->room = room;
	if (service->opened != NULL)
		service->opened(FAKE_WORKER(fake), FAKE_CONN(fake), data);
	return fake;
}

void fake_close(struct fake *fake)
{
	if (fake->service->closed != NULL)
		fake->service->closed(FAKE_WORKER(fake), FAKE_CONN(fake), fake->data,
				      LA_REASON_DONE);
	free(fake->in);
	free(fake->out);
	free(fake);
}

static void tell_fin(struct fake *fake)
{
	if (!fake->fin || fake->fin_told || fake->closed || fake->in_read < fake->in_bytes ||
	    fake->aborted)
		return;
	fake->fin_told = true;
	if (fake->service->peer_closed != NULL)
		fake->service->peer_closed(FAKE_WORKER(fake), FAKE_CONN(fake), fake->data);
}

void fake_give(struct fake *fake, const void *bytes, size_t size)
{
	assert_false(fake->fin);
	assert_true(fake->in_bytes + size <= FAKE_BYTES);
	memcpy(fake->in + fake->in_bytes, bytes, size);
	fake->in_bytes += size;
	if (!fake->aborted && !fake->closed && fake->service->data != NULL)
		fake->service->data(FAKE_WORKER(fake), FAKE_CONN(fake), fake->data);
}

void fake_say(struct fake *fake, const char *text)
{
	fake_give(fake, text, strlen(text));
}

void fake_fin(struct fake *fake)
{
	fake->fin = true;
	tell_fin(fake);
}

void fake_room(struct fake *fake, size_t bytes)
{
	fake->room += bytes;
	if (fake->asked && fake->room > 0 && !fake->aborted) {
		fake->asked = false;
		fake->service->room(FAKE_WORKER(fake), FAKE_CONN(fake), fake->data);
	}
	tell_fin(fake);
}

void fake_drain(struct fake *fake, size_t step, unsigned int rounds)
{
	while (fake->asked && rounds-- > 0)
		fake_room(fake, step);
}

void fake_forget(struct fake *fake)
{
	fake->out_bytes = 0;
}

static void ring(struct la_worker *worker)
{
	struct la_alarm *alarm = worker->alarm;

	if (alarm == NULL || alarm->at_us > now_us)
		return;
	worker->alarm = NULL;
	alarm->is_set = false;
	alarm->ring(worker, alarm->arg);
}

void fake_wait(uint64_t us)
{
	now_us += us;
	for (unsigned int i = 0; i < FAKE_WORKERS; i++)
		ring(&workers[i]);
}

void fake_on(unsigned int worker)
{
	assert_in_range(worker, 0, FAKE_WORKERS - 1);
	here = worker;
}

void fake_end(void)
{
	here = 0;
	for (unsigned int i = 0; i < FAKE_WORKERS; i++)
		workers[i].alarm = NULL;
}

int64_t fake_blobs(void)
{
	return blobs_alive;
}

/* ---- lastack.h ------------------------------------------------------------------------------- */

static ssize_t take_output(struct fake *fake, const void *bytes, size_t size)
{
	if (fake->aborted)
		return -ENOTCONN;
	if (fake->ended)
		return -EPIPE;
	if (size > fake->room)
		size = fake->room;
	assert_true(fake->out_bytes + size <= FAKE_BYTES);
	memcpy(fake->out + fake->out_bytes, bytes, size);
	fake->out_bytes += size;
	fake->room -= size;
	return (ssize_t)size;
}

ssize_t la_send(struct la_worker *worker, struct la_conn conn, const void *bytes, size_t size,
		unsigned int flags)
{
	assert_int_equal(flags & ~(LA_SEND_MORE | LA_SEND_URGENT), 0);
	return take_output(fake_of(worker, conn), bytes, size);
}

ssize_t la_send_blob(struct la_worker *worker, struct la_conn conn, const struct la_blob *blob,
		     size_t offset, size_t size, unsigned int flags)
{
	assert_non_null(blob);
	assert_true(offset <= blob->size);
	assert_true(size <= blob->size - offset);
	assert_int_equal(flags & ~(LA_SEND_MORE | LA_SEND_URGENT), 0);
	return take_output(fake_of(worker, conn), blob->bytes + offset, size);
}

/* A chain is a block of the heap here; services hand it on and do not look inside. */
struct chain {
	size_t size;
	char bytes[];
};

struct rte_mbuf *la_recv_mbuf(struct la_worker *worker, struct la_conn conn, size_t max)
{
	struct fake *fake = fake_of(worker, conn);
	size_t ready = fake->in_bytes - fake->in_read;
	size_t size = ready < max ? ready : max;
	struct chain *chain;

	if (size == 0)
		return NULL;
	chain = malloc(sizeof(*chain) + size);
	assert_non_null(chain);
	chain->size = size;
	memcpy(chain->bytes, fake->in + fake->in_read, size);
	fake->in_read += size;
	return (struct rte_mbuf *)chain;
}

int la_send_mbuf(struct la_worker *worker, struct la_conn conn, struct rte_mbuf *mbuf,
		 unsigned int flags)
{
	struct fake *fake = fake_of(worker, conn);
	struct chain *chain = (struct chain *)mbuf;

	assert_int_equal(flags, 0);
	assert_true(chain->size <= fake->room);
	if (take_output(fake, chain->bytes, chain->size) < 0)
		return -EPIPE;
	free(chain);
	return 0;
}

size_t la_send_room(struct la_worker *worker, struct la_conn conn)
{
	struct fake *fake = fake_of(worker, conn);

	return fake->ended || fake->aborted ? 0 : fake->room;
}

int la_send_ask(struct la_worker *worker, struct la_conn conn)
{
	struct fake *fake = fake_of(worker, conn);

	assert_false(fake->ended);
	fake->asked = true;
	return 0;
}

ssize_t la_recv(struct la_worker *worker, struct la_conn conn, void *bytes, size_t size)
{
	struct fake *fake = fake_of(worker, conn);
	size_t ready = fake->in_bytes - fake->in_read;

	if (fake->aborted)
		return -ENOTCONN;
	if (size > ready)
		size = ready;
	memcpy(bytes, fake->in + fake->in_read, size);
	fake->in_read += size;
	return (ssize_t)size;
}

size_t la_recv_skip(struct la_worker *worker, struct la_conn conn, size_t max)
{
	struct fake *fake = fake_of(worker, conn);
	size_t ready = fake->in_bytes - fake->in_read;
	size_t size = ready < max ? ready : max;

	fake->in_read += size;
	return size;
}

size_t la_recv_ready(struct la_worker *worker, struct la_conn conn)
{
	struct fake *fake = fake_of(worker, conn);

	return fake->in_bytes - fake->in_read;
}

int la_end(struct la_worker *worker, struct la_conn conn)
{
	struct fake *fake = fake_of(worker, conn);

	assert_false(fake->ended);
	fake->ended = true;
	fake->asked = false;
	return 0;
}

int la_close(struct la_worker *worker, struct la_conn conn)
{
	fake_of(worker, conn)->closed = true;
	return la_end(worker, conn);
}

unsigned int la_stack_workers(const struct la_stack *stack)
{
	assert_null(stack);
	return FAKE_WORKERS;
}

unsigned int la_worker_index(const struct la_worker *worker)
{
	return worker->index;
}

uint64_t la_worker_now_us(const struct la_worker *worker)
{
	assert_non_null(worker);
	return now_us;
}

int la_alarm_set(struct la_worker *worker, struct la_alarm *alarm, uint64_t at_us)
{
	assert_non_null(worker);
	assert_non_null(alarm->ring);
	assert_true(worker->alarm == NULL || worker->alarm == alarm);
	alarm->at_us = at_us;
	alarm->is_set = true;
	worker->alarm = alarm;
	return 0;
}

int la_options(struct la_worker *worker, struct la_conn conn, struct la_tcp_options *out)
{
	memset(out, 0, sizeof(*out));
	out->idle_timeout_us = fake_of(worker, conn)->idle_timeout_us;
	return 0;
}

int la_set_options(struct la_worker *worker, struct la_conn conn,
		   const struct la_tcp_options *options, struct la_error *err)
{
	(void)err;
	fake_of(worker, conn)->idle_timeout_us = options->idle_timeout_us;
	return 0;
}

int la_abort(struct la_worker *worker, struct la_conn conn)
{
	fake_of(worker, conn)->aborted = true;
	return 0;
}

void la_set_context(struct la_worker *worker, struct la_conn conn, uint64_t context)
{
	fake_of(worker, conn)->context = context;
}

uint64_t la_context(struct la_worker *worker, struct la_conn conn)
{
	return fake_of(worker, conn)->context;
}

struct la_blob *la_blob_create(struct la_stack *stack, const void *bytes, size_t size)
{
	struct la_blob *blob = malloc(sizeof(*blob) + size);

	assert_null(stack);
	assert_true(size > 0);
	assert_non_null(blob);
	blob->size = size;
	memcpy(blob->bytes, bytes, size);
	blobs_alive += 1;
	return blob;
}

void la_blob_release(struct la_blob *blob)
{
	if (blob == NULL)
		return;
	blobs_alive -= 1;
	free(blob);
}
