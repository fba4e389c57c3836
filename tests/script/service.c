/* SPDX-License-Identifier: BSD-3-Clause */
/* The service of a script: keeps what it is told and given, and makes the calls of the app. */
#include "harness.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include <rte_mbuf.h>

#define READ_BYTES 16384U

static const char *const told_names[TOLDS] = { "opened", "urgent", "room", "peer closed",
					       "closed" };

uint8_t pattern_ours(size_t position)
{
	return (uint8_t)(position * 31 + (position >> 8) * 7 + 1);
}

uint8_t pattern_peers(size_t position)
{
	return (uint8_t)(position * 37 + (position >> 8) * 11 + 128);
}

static struct user *find_user(struct la_conn conn)
{
	unsigned int i;

	for (i = stage.user_count; i-- > 0;)
		if (stage.users[i].conn.id == conn.id)
			return &stage.users[i];
	return NULL;
}

static struct user *add_user(struct la_conn conn, struct flow *flow)
{
	struct user *user = &stage.users[stage.user_count];

	if (stage.user_count == USERS_MAX)
		return NULL;
	*user = (struct user){ .conn = conn, .flow = flow, .alive = true };
	if (flow != NULL)
		flow->user = (int)stage.user_count;
	stage.user_count++;
	return user;
}

static void append(uint8_t **bytes, size_t *size, const void *more, size_t count)
{
	*bytes = realloc(*bytes, *size + count + 1);
	assert(*bytes != NULL);
	memcpy(*bytes + *size, more, count);
	*size += count;
}

/* ---- callbacks --------------------------------------------------------------------------- */

static void tell(struct la_conn conn, enum told told)
{
	struct user *user = find_user(conn);

	stage_log("app %s", told_names[told]);
	if (user == NULL || !user->alive) {
		stage_defer("the service was told %s of a connection it does not have",
			    told_names[told]);
		return;
	}
	if (user->told[told])
		stage_defer("the service was told %s twice", told_names[told]);
	user->told[told] = true;
}

static void on_opened(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct la_status status;

	(void)data;
	if (la_status(worker, conn, &status) != 0) {
		stage_defer("the service was told opened of a dead handle");
		return;
	}
	if (status.passive) {
		uint32_t remote = la_addr_to_ipv4(&status.remote.addr);

		if (find_user(conn) != NULL)
			stage_defer("a handle was used twice");
		add_user(conn,
			 stage_flow(remote - PEER_IP(0), status.local.port, status.remote.port));
	}
	tell(conn, TOLD_OPENED);
}

static size_t read_some(struct la_worker *worker, struct user *user, size_t size)
{
	uint8_t bytes[READ_BYTES];
	ssize_t n = la_recv(worker, user->conn, bytes, size < READ_BYTES ? size : READ_BYTES);

	if (n <= 0)
		return 0;
	append(&user->got, &user->got_size, bytes, (size_t)n);
	if (stage.echoes) {
		if (la_send(worker, user->conn, bytes, (size_t)n, 0) != n)
			stage_defer("the echo was not taken whole");
		append(&user->sent, &user->sent_size, bytes, (size_t)n);
	}
	return (size_t)n;
}

static void on_data(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct user *user = find_user(conn);

	(void)data;
	if (user == NULL) {
		stage_defer("the service was given data of a connection it does not have");
		return;
	}
	if (la_recv_ready(worker, conn) == 0)
		stage_defer("the service was told of data, and there is none");
	if (stage.leaves_unread)
		return;
	while (read_some(worker, user, READ_BYTES) > 0)
		continue;
}

static void on_urgent(struct la_worker *worker, struct la_conn conn, void *data)
{
	(void)worker;
	(void)data;
	tell(conn, TOLD_URGENT);
}

static void on_trouble(struct la_worker *worker, struct la_conn conn, void *data)
{
	struct user *user = find_user(conn);

	(void)worker;
	(void)data;
	stage_log("app trouble");
	if (user == NULL || !user->alive)
		stage_defer("the service was told of trouble of a connection it does not have");
	else
		user->troubles++;
}

static void on_room(struct la_worker *worker, struct la_conn conn, void *data)
{
	(void)worker;
	(void)data;
	tell(conn, TOLD_ROOM);
}

static void on_peer_closed(struct la_worker *worker, struct la_conn conn, void *data)
{
	(void)data;
	tell(conn, TOLD_PEER_CLOSED);
	if (la_recv_ready(worker, conn) != 0)
		stage_defer("the service was told of the FIN before it had read all text");
	if (stage.ends_when_peer_does && la_end(worker, conn) != 0)
		stage_defer("la_end() failed");
}

static void on_closed(struct la_worker *worker, struct la_conn conn, void *data,
		      enum la_reason reason)
{
	struct user *user = find_user(conn);

	(void)worker;
	(void)data;
	tell(conn, TOLD_CLOSED);
	if (user == NULL)
		return;
	stage_log("app closed because: %s", la_reason_name(reason));
	user->alive = false;
	user->reason = reason;
}

const struct la_service script_service = {
	.name = "script",
	.opened = on_opened,
	.data = on_data,
	.urgent = on_urgent,
	.trouble = on_trouble,
	.room = on_room,
	.peer_closed = on_peer_closed,
	.closed = on_closed,
};

/* ---- opens ------------------------------------------------------------------------------- */

/* The plain protocol: scripts ask for what they want of the rest. */
void stage_plain_options(struct la_tcp_options *options)
{
	la_tcp_options_init(options);
	options->receive_buffer_max = 0;
	options->send_buffer_max = 0;
	options->window_scaling = false;
	options->timestamps = false;
	options->sack = false;
	options->pacing = false;
	options->path_mtu_probing = false;
	options->congestion = LA_NEWRENO;
	options->ecn = LA_ECN_OFF;
	options->syn_cookies = LA_COOKIES_NEVER;
}

struct la_tcp_options *script_options(void)
{
	stage_plain_options(&stage.options);
	return &stage.options;
}

void script_listen(struct where where, uint16_t port, const struct la_tcp_options *options)
{
	struct la_endpoint local = { la_addr_from_ipv4(OUR_IP), port };
	struct la_error error = { "" };
	struct la_tcp_options plain;
	struct flow *flow;

	stage.last_listened = port;
	stage_stimulus(where);
	stage_log("app listens on %u", port);
	stage_plain_options(&plain);
	stage.listener = la_listen(stage.stack, &local, &script_service, NULL,
				   options != NULL ? options : &plain, &error);
	if (stage.listener < 0)
		stage_fail(where, "la_listen: %s", error.text);
	flow = stage_flow(stage.flow->peer, port, stage.flow->peer_port);
	if (options != NULL && flow != NULL)
		flow->window = options->receive_buffer;
	stage.flow = flow;
}

void script_also_our_address(struct where where, uint32_t ip)
{
	struct la_addr address = la_addr_from_ipv4(ip);
	struct la_error error = { "" };

	stage_stimulus(where);
	if (la_address_add(stage.stack, 0, &address, PREFIX_LENGTH, &error) != 0)
		stage_fail(where, "la_address_add: %s", error.text);
	stage_pump();
}

int script_listen_at(struct where where, uint32_t ip, uint16_t port)
{
	struct la_tcp_options plain;
	struct la_endpoint local = { la_addr_from_ipv4(ip), port };

	stage_stimulus(where);
	stage_plain_options(&plain);
	return la_listen(stage.stack, &local, &script_service, NULL, &plain, NULL);
}

struct la_conn script_conn(void)
{
	return service_user(HERE)->conn;
}

void script_listen_end(struct where where)
{
	stage_stimulus(where);
	stage_log("app stops listening");
	if (la_listen_end(stage.stack, stage.listener) != 0)
		stage_fail(where, "la_listen_end failed");
	if (!stage.holding)
		stage_pump();
}

static int connect_now(struct where where, uint16_t port, const struct la_tcp_options *options)
{
	unsigned int number = stage.flow != NULL ? stage.flow->peer : 1;
	struct la_endpoint local = { la_addr_from_ipv4(OUR_IP),
				     (uint16_t)(OUR_ACTIVE_PORT + number) };
	struct la_endpoint remote = { la_addr_from_ipv4(PEER_IP(number)), port };
	struct la_tcp_options plain;
	struct la_conn conn;
	int result;

	stage_open(where, local.port, port);
	stage.flow = stage_flow(number, local.port, port);
	stage_stimulus(where);
	stage_log("app connects to %u", port);
	stage_plain_options(&plain);
	result = la_connect(stage.worker, &local, &remote, &script_service, NULL,
			    options != NULL ? options : &plain, &conn);
	if (result != 0)
		return result;
	if (options != NULL)
		stage.flow->window = options->receive_buffer;
	if (add_user(conn, stage.flow) == NULL)
		stage_fail(where, "more than %u connections in one script", USERS_MAX);
	if (!stage.holding)
		stage_pump();
	return 0;
}

void script_connect(struct where where, uint16_t port, const struct la_tcp_options *options)
{
	int result = connect_now(where, port, options);

	if (result != 0)
		stage_fail(where, "la_connect: %s", strerror(-result));
}

int script_try_connect(struct where where, uint16_t port)
{
	return connect_now(where, port, NULL);
}

/* ---- calls ------------------------------------------------------------------------------- */

struct user *service_user(struct where where)
{
	struct flow *flow = stage_current(where);

	if (flow->user < 0)
		stage_fail(where, "the service has no such connection");
	return &stage.users[flow->user];
}

static struct user *begin_call(struct where where, const char *what)
{
	struct user *user;

	stage_stimulus(where);
	user = service_user(where);
	stage_log("app %s", what);
	return user;
}

static void end_call(struct where where, const char *what, int result)
{
	if (result < 0)
		stage_fail(where, "%s: %s", what, strerror(-result));
	if (!stage.holding)
		stage_pump();
}

static ssize_t send_now(struct user *user, const char *text, size_t size, unsigned int flags)
{
	uint8_t *bytes = malloc(size + 1);
	ssize_t taken;
	size_t i;

	assert(bytes != NULL);
	for (i = 0; i < size; i++)
		bytes[i] = text != NULL ? (uint8_t)text[i] : pattern_ours(user->sent_size + i);
	taken = la_send(stage.worker, user->conn, bytes, size, flags);
	if (taken > 0)
		append(&user->sent, &user->sent_size, bytes, (size_t)taken);
	free(bytes);
	return taken;
}

void script_app_send(struct where where, const char *text, size_t size, unsigned int flags)
{
	struct user *user = begin_call(where, "sends");
	ssize_t taken = send_now(user, text, size, flags);

	if (taken >= 0 && (size_t)taken != size)
		stage_fail(where, "la_send took %zd of %zu bytes", taken, size);
	end_call(where, "la_send", (int)taken);
}

ssize_t script_app_try_send(struct where where, size_t size)
{
	struct user *user = begin_call(where, "sends what there is room for");
	ssize_t taken = send_now(user, NULL, size, 0);

	end_call(where, "la_send", 0);
	return taken;
}

void script_app_leaves_unread(struct where where)
{
	stage_stimulus(where);
	stage.leaves_unread = true;
}

void script_app_echoes(struct where where)
{
	stage_stimulus(where);
	stage.echoes = true;
}

void script_app_ends_when_peer_does(struct where where)
{
	stage_stimulus(where);
	stage.ends_when_peer_does = true;
}

static void check_text(struct where where, struct user *user, const char *text, size_t size)
{
	size_t i;

	/* Where nothing was ever read there is no buffer to look into, and size is 0. */
	for (i = 0; i < size; i++) {
		uint8_t got = user->got[user->got_checked + i];
		uint8_t expected =
			text != NULL ? (uint8_t)text[i] : pattern_peers(user->got_checked + i);

		if (got != expected)
			stage_fail(where, "byte %zu of the text read is %02x, not %02x",
				   user->got_checked + i, got, expected);
	}
	user->got_checked += size;
}

void script_app_reads(struct where where, const char *text, size_t size)
{
	struct user *user = begin_call(where, "reads");
	size_t before = user->got_size, n;

	if (user->got_checked != user->got_size)
		stage_fail(where, "text was read before that no app_got() looked at");
	while (user->got_size - before < size) {
		n = read_some(stage.worker, user, size - (user->got_size - before));
		if (n == 0)
			stage_fail(where, "there are %zu bytes to read, not %zu",
				   user->got_size - before, size);
	}
	check_text(where, user, text, size);
	end_call(where, "la_recv", 0);
}

void script_app_got(struct where where, const char *text, size_t size)
{
	struct user *user = service_user(where);

	if (user->got_size - user->got_checked != size)
		stage_fail(where, "the app got %zu bytes, not %zu",
			   user->got_size - user->got_checked, size);
	check_text(where, user, text, size);
}

/** Also where there is no connection that could have got anything. */
void script_app_got_nothing(struct where where)
{
	struct flow *flow = stage_current(where);

	if (flow->user >= 0)
		script_app_got(where, NULL, 0);
}

void script_app_asks_for_room(struct where where)
{
	struct user *user = begin_call(where, "asks for room");

	end_call(where, "la_send_ask", la_send_ask(stage.worker, user->conn));
}

void script_app_end(struct where where)
{
	struct user *user = begin_call(where, "ends");

	end_call(where, "la_end", la_end(stage.worker, user->conn));
}

int script_app_try_end(struct where where)
{
	struct user *user = begin_call(where, "tries to end");
	int result = la_end(stage.worker, user->conn);

	end_call(where, "la_end", 0);
	return result;
}

void script_app_close(struct where where)
{
	struct user *user = begin_call(where, "closes");

	end_call(where, "la_close", la_close(stage.worker, user->conn));
}

void script_app_abort(struct where where)
{
	struct user *user = begin_call(where, "aborts");

	end_call(where, "la_abort", la_abort(stage.worker, user->conn));
}

int64_t script_troubles(struct where where)
{
	return service_user(where)->troubles;
}

struct la_tcp_options *script_app_options(struct where where)
{
	struct user *user = service_user(where);

	stage_stimulus(where);
	if (la_options(stage.worker, user->conn, &stage.options) != 0)
		stage_fail(where, "la_options() failed");
	return &stage.options;
}

void script_app_sets(struct where where, const struct la_tcp_options *options, int expected)
{
	struct user *user = service_user(where);
	struct la_error error;
	int result;

	stage_log("app sets options");
	result = la_set_options(stage.worker, user->conn, options, &error);
	if (result != expected)
		stage_fail(where, "la_set_options() gave %d: %s", result, error.text);
	if ((result == 0) != (error.text[0] == '\0') && result != -ENOBUFS)
		stage_fail(where, "la_set_options() gave %d and says: %s", result, error.text);
	if (!stage.holding)
		stage_pump();
}

void script_app_no_delay(struct where where, bool on)
{
	struct user *user = begin_call(where, on ? "sets no-delay" : "unsets no-delay");

	end_call(where, "la_set_no_delay", la_set_no_delay(stage.worker, user->conn, on));
}

/* ---- what it was told -------------------------------------------------------------------- */

void script_told(struct where where, enum told told)
{
	struct user *user = service_user(where);

	if (!user->told[told])
		stage_fail(where, "the service was not told: %s", told_names[told]);
	user->told[told] = false;
}

void script_not_told(struct where where, enum told told)
{
	struct flow *flow = stage_current(where);

	if (flow->user >= 0 && stage.users[flow->user].told[told])
		stage_fail(where, "the service was told: %s", told_names[told]);
}

void script_closed_because(struct where where, enum la_reason reason)
{
	struct user *user = service_user(where);

	script_told(where, TOLD_CLOSED);
	if (user->reason != reason)
		stage_fail(where, "the service was told \"%s\", not \"%s\"",
			   la_reason_name(user->reason), la_reason_name(reason));
}

void service_release(void)
{
	unsigned int i;

	for (i = 0; i < stage.user_count; i++) {
		free(stage.users[i].sent);
		free(stage.users[i].got);
	}
	stage.user_count = 0;
}
