/* tests/unit/async_calls.c - submitted calls: what is accepted, in which order, on whose thread,
 * and that each ends once and in time.
 */
#include <sys/wait.h>
#include <unistd.h>
#include "async.h"

static void test_one(void)
{
	struct idbc *conn = open_with("");
	struct seen seen = { 0 };

	CU_ASSERT_EQUAL(submit(conn, IDBC_LOGIN, 0, &seen), IDBC_OK);
	CU_ASSERT_EQUAL(status_of(&seen), IDBC_OK);
	UNIT_STR(seen.name, "alice");
	CU_ASSERT(!pthread_equal(seen.thread, pthread_self()));
	CU_ASSERT(seen.before);
	CU_ASSERT_EQUAL(seen.err.op, IDBC_LOGIN);
	CU_ASSERT_EQUAL(patient->unmasked, 0);
	release(&seen);
	CU_ASSERT_EQUAL(submit(conn, IDBC_VERIFY, 0, &seen), IDBC_OK);
	CU_ASSERT_EQUAL(status_of(&seen), IDBC_OK);
	CU_ASSERT_EQUAL(seen.err.effect, IDBC_EFFECT_APPLIED);
	release(&seen);
	close_clean(conn, 0);
}

static void test_refused(void)
{
	struct idbc *conn = open_with("\"operations\":[\"login\",\"getUser\"]");
	struct idbc_request req = request_of(IDBC_LOGIN), bad;
	struct seen seen = { 0 };

	CU_ASSERT_EQUAL(idbc_submit(NULL, &req, on_done, &seen, NULL, NULL), IDBC_INVALID);
	CU_ASSERT_EQUAL(idbc_submit(conn, NULL, on_done, &seen, NULL, NULL), IDBC_INVALID);
	CU_ASSERT_EQUAL(idbc_submit(conn, &req, NULL, &seen, NULL, NULL), IDBC_INVALID);
	CU_ASSERT_EQUAL(submit(conn, 99, 0, &seen), IDBC_INVALID);
	CU_ASSERT_PTR_NULL(seen.op);
	CU_ASSERT_EQUAL(submit(conn, IDBC_VERIFY, 0, &seen), IDBC_UNSUPPORTED);
	CU_ASSERT_EQUAL(submit(conn, IDBC_LOGIN, 3600001, &seen), IDBC_INVALID);
	bad = req;
	bad.flags = 1u << 20;
	CU_ASSERT_EQUAL(idbc_submit(conn, &bad, on_done, &seen, NULL, NULL), IDBC_INVALID);
	bad = req;
	bad.size = 4;
	CU_ASSERT_EQUAL(idbc_submit(conn, &bad, on_done, &seen, NULL, NULL), IDBC_INVALID);
	idbc_op_cancel(NULL);
	idbc_op_release(NULL);
	CU_ASSERT_EQUAL(idbc_event_fd(NULL), -1);
	CU_ASSERT_EQUAL(idbc_dispatch(NULL), 0);
	CU_ASSERT_EQUAL(patient->begun, 0);     /* and no thread was started for them */
	close_clean(conn, 0);
	CU_ASSERT_EQUAL(completions, 0);
}

/* What only the rules of the connection show comes through the callback; what is too long
 * is no longer than it need be. */
static void test_unsound(void)
{
	struct idbc *conn = open_with("");
	struct idbc_request req = request_of(IDBC_LOGIN);
	struct seen seen = { 0 };
	char *longer = malloc(100001);

	memset(longer, 'x', 100000);
	longer[100000] = '\0';
	req.value = longer;
	CU_ASSERT_EQUAL(idbc_submit(conn, &req, on_done, &seen, NULL, NULL), IDBC_OK);
	CU_ASSERT_EQUAL(status_of(&seen), IDBC_INVALID);
	seen.n = 0;
	req.value = "alice";
	req.password = longer;
	CU_ASSERT_EQUAL(idbc_submit(conn, &req, on_done, &seen, NULL, NULL), IDBC_OK);
	CU_ASSERT_EQUAL(status_of(&seen), IDBC_INVALID);
	UNIT_STR(seen.err.code, "password_too_long");
	seen.n = 0;
	req.password = "secret";
	req.client_ip = longer;
	CU_ASSERT_EQUAL(idbc_submit(conn, &req, on_done, &seen, NULL, NULL), IDBC_OK);
	CU_ASSERT_EQUAL(status_of(&seen), IDBC_INVALID);
	free(longer);
	close_clean(conn, 0);
}

/* The host may overwrite and free everything as soon as submit returns. */
static void test_copied(void)
{
	struct idbc *conn = open_with("\"async\":{\"workers\":1}");
	struct idbc_request *req = malloc(sizeof(*req));
	struct idbc_profile *user = NULL;
	struct seen first = { 0 }, seen = { 0 };
	char name[8] = "alice", password[8] = "secret";

	patient->hold = 1;
	CU_ASSERT_EQUAL(submit(conn, IDBC_GET_USER, 0, &first), IDBC_OK);
	*req = request_of(IDBC_LOGIN);
	req->value = name;
	req->password = password;
	CU_ASSERT_EQUAL(idbc_submit(conn, req, on_done, &seen, NULL, NULL), IDBC_OK);
	memset(name, 'z', 5);
	memset(password, 'z', 6);
	memset(req, 0xff, sizeof(*req));
	patient->hold = 0;
	CU_ASSERT_EQUAL(status_of(&seen), IDBC_OK);
	CU_ASSERT_EQUAL(status_of(&first), IDBC_OK);
	release(&first);
	CU_ASSERT_EQUAL(idbc_profile_parse("{\"username\":\"alice\"}", &user, NULL), IDBC_OK);
	*req = request_of(IDBC_CREATE);
	req->value = NULL;
	req->user = user;
	seen.n = 0;
	patient->hold = 1;
	CU_ASSERT_EQUAL(idbc_submit(conn, req, on_done, &seen, NULL, NULL), IDBC_OK);
	CU_ASSERT_EQUAL(idbc_profile_set(user, "username", "\"\"", NULL), IDBC_OK);
	idbc_profile_free(user);
	free(req);
	patient->hold = 0;
	CU_ASSERT_EQUAL(status_of(&seen), IDBC_OK);
	close_clean(conn, 0);
}

static void test_queue(void)
{
	struct idbc *conn = open_with("\"async\":{\"workers\":1,\"queue\":3}");
	struct seen first = { 0 }, waits[3] = { 0 }, more = { 0 };

	hold_one(conn, IDBC_GET_USER, 0, &first);
	for (int i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(submit(conn, IDBC_GET_USER, 0, &waits[i]), IDBC_OK);
	CU_ASSERT_EQUAL(submit(conn, IDBC_GET_USER, 0, &more), IDBC_BUSY);
	CU_ASSERT_PTR_NULL(more.op);
	idbc_op_cancel(waits[1].op);
	idbc_op_cancel(waits[1].op);
	CU_ASSERT_EQUAL(status_of(&waits[1]), IDBC_CANCELLED);  /* while the worker is busy */
	CU_ASSERT_EQUAL(waits[1].err.effect, IDBC_EFFECT_NONE);
	CU_ASSERT_EQUAL(submit(conn, IDBC_GET_USER, 0, &more), IDBC_OK);
	CU_ASSERT_EQUAL(first.n, 0);
	patient->hold = 0;
	CU_ASSERT_EQUAL(status_of(&more), IDBC_OK);
	CU_ASSERT_EQUAL(status_of(&waits[2]), IDBC_OK);
	CU_ASSERT_EQUAL(status_of(&waits[0]), IDBC_OK);
	CU_ASSERT_EQUAL(status_of(&first), IDBC_OK);
	CU_ASSERT(first.order < waits[0].order && waits[0].order < waits[2].order &&
		  waits[2].order < more.order);
	CU_ASSERT_EQUAL(patient->reads, 4);
	for (int i = 0; i < 3; i++)
		release(&waits[i]);
	release(&first);
	release(&more);
	close_clean(conn, 0);
	CU_ASSERT_EQUAL(completions, 5);
}

static int in_time(const struct seen *seen, int64_t due_ns)
{
	if (seen->at_ns >= due_ns && seen->at_ns < due_ns + SLACK)
		return 1;
	fprintf(stderr, "%lld ms after its deadline\n", (long long)((seen->at_ns - due_ns) / MS));
	return 0;
}

/* One that waits behind another ends at its deadline, and never runs. */
static void test_late_in_queue(void)
{
	struct idbc *conn = open_with("\"async\":{\"workers\":1}");
	struct seen first = { 0 }, second = { 0 };
	int64_t due;

	hold_one(conn, IDBC_GET_USER, 0, &first);
	due = clock_now_ns() + 100 * MS;
	CU_ASSERT_EQUAL(submit(conn, IDBC_VERIFY, 100, &second), IDBC_OK);
	CU_ASSERT_EQUAL(status_of(&second), IDBC_TIMEOUT);
	CU_ASSERT(in_time(&second, due));
	CU_ASSERT_EQUAL(second.err.effect, IDBC_EFFECT_NONE);
	patient->hold = 0;
	CU_ASSERT_EQUAL(status_of(&first), IDBC_OK);
	CU_ASSERT_EQUAL(patient->writes, 0);
	release(&first);
	release(&second);
	close_clean(conn, 0);
}

/* A driver that hears nothing: the answers come in time, others go on, and what it says when
 * it comes back nobody is told. */
static void test_stuck(void)
{
	struct idbc *conn = open_with("\"async\":{\"workers\":1}");
	struct seen read = { 0 }, write = { 0 }, next = { 0 };
	int64_t due;

	patient->hold = patient->deaf = 1;
	due = clock_now_ns() + 100 * MS;
	CU_ASSERT_EQUAL(submit(conn, IDBC_LOGIN, 100, &read), IDBC_OK);
	CU_ASSERT_EQUAL(status_of(&read), IDBC_TIMEOUT);
	CU_ASSERT(in_time(&read, due));
	CU_ASSERT_EQUAL(read.err.effect, IDBC_EFFECT_NONE);
	due = clock_now_ns() + 100 * MS;
	CU_ASSERT_EQUAL(submit(conn, IDBC_VERIFY, 100, &write), IDBC_OK);
	CU_ASSERT_EQUAL(status_of(&write), IDBC_TIMEOUT);
	CU_ASSERT(in_time(&write, due));
	CU_ASSERT_EQUAL(write.err.effect, IDBC_EFFECT_UNKNOWN);
	CU_ASSERT_EQUAL(patient->inside, 2);
	patient->hold = 0;
	CU_ASSERT(becomes(&patient->inside, 0));
	CU_ASSERT_EQUAL(submit(conn, IDBC_GET_USER, 0, &next), IDBC_OK);
	CU_ASSERT_EQUAL(status_of(&next), IDBC_OK);
	CU_ASSERT_EQUAL(completions, 3);
	release(&read);
	release(&write);
	release(&next);
	close_clean(conn, 1000);
	CU_ASSERT_EQUAL(completions, 3);
}

/* No more threads are left behind than there are sessions; then calls end by their deadline. */
static void test_all_stuck(void)
{
	struct idbc *conn = open_with("\"async\":{\"workers\":1},\"pool\":{\"max\":2}");
	struct seen seen[4] = { 0 };

	patient->hold = patient->deaf = 1;
	for (int i = 0; i < 4; i++) {
		CU_ASSERT_EQUAL(submit(conn, IDBC_LOGIN, 60, &seen[i]), IDBC_OK);
		CU_ASSERT_EQUAL(status_of(&seen[i]), IDBC_TIMEOUT);
		release(&seen[i]);
	}
	CU_ASSERT_EQUAL(patient->inside, 2);
	patient->hold = 0;
	close_clean(conn, 2000);
	CU_ASSERT_EQUAL(completions, 4);
}

/* --- callbacks ----------------------------------------------------------------------------- */
#define CHAIN 500
static _Atomic int links;

static void submit_next(struct seen *seen)
{
	static struct seen again[CHAIN];
	int n = links++;

	if (n >= CHAIN)
		return;
	again[n].also = submit_next;
	CU_ASSERT_EQUAL(submit(seen->conn, IDBC_GET_USER, 0, &again[n]), IDBC_OK);
	release(&again[n]);
}

static void test_chain(void)
{
	struct idbc *conn = open_with("");
	struct seen seen = { .also = submit_next };
	char *json;

	links = 0;
	CU_ASSERT_EQUAL(submit(conn, IDBC_GET_USER, 0, &seen), IDBC_OK);
	CU_ASSERT(becomes(&completions, CHAIN + 1));
	json = idbc_stats_json(conn);           /* one thread did it all */
	CU_ASSERT(json && strstr(json, "\"async\":{\"workers\":1,"));
	idbc_free(json);
	release(&seen);
	close_clean(conn, 0);
}

static int no_row(void *ctx, const struct idbc_export_row *row)
{
	(void)ctx;
	(void)row;
	return 0;
}

static int no_record(void *ctx, struct idbc_import_record *record)
{
	(void)ctx;
	(void)record;
	return 0;
}

static int no_result(void *ctx, const struct idbc_import_result *result)
{
	(void)ctx;
	(void)result;
	return 0;
}

/* From a completion nobody can wait for himself. */
static void try_to_wait(struct seen *seen)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_request req = request_of(IDBC_LOGIN);
	struct idbc_export export = IDBC_EXPORT_INIT;
	struct idbc_import import = IDBC_IMPORT_INIT;
	uint32_t finished = 7;
	char *json = NULL;

	export.row = no_row;
	import.next = no_record;
	import.done = no_result;
	CU_ASSERT_EQUAL(idbc_export(seen->conn, &export, &err), IDBC_STATE);
	CU_ASSERT_EQUAL(idbc_import(seen->conn, &import, &err), IDBC_STATE);
	CU_ASSERT_EQUAL(idbc_close(seen->conn, 0), IDBC_STATE);
	CU_ASSERT_EQUAL(idbc_login(seen->conn, "alice", "secret", NULL, &err), IDBC_STATE);
	CU_ASSERT_EQUAL(err.status, IDBC_STATE);
	CU_ASSERT_EQUAL(idbc_explain_login(seen->conn, &req, &json, &err), IDBC_STATE);
	CU_ASSERT_EQUAL(idbc_recover(seen->conn, &finished, &err), IDBC_STATE);
	CU_ASSERT_EQUAL(finished, 0);
	CU_ASSERT_EQUAL(idbc_dispatch(seen->conn), 0);
	idbc_op_cancel(seen->op);
	json = idbc_stats_json(seen->conn);
	CU_ASSERT_PTR_NOT_NULL(json);
	idbc_free(json);
}

static void test_waiting_inside(void)
{
	struct idbc *conn = open_with("");
	struct seen seen = { .also = try_to_wait };

	CU_ASSERT_EQUAL(submit(conn, IDBC_GET_USER, 0, &seen), IDBC_OK);
	CU_ASSERT_EQUAL(status_of(&seen), IDBC_OK);
	CU_ASSERT_EQUAL(idbc_login(conn, "alice", "secret", NULL, NULL), IDBC_OK);
	release(&seen);
	close_clean(conn, 0);
}

static void wait_in_callback(struct seen *seen)
{
	(void)seen;
	pause_ms(200);
}

/* While every worker is in a long callback another call is answered in time. */
static void test_long_callback(void)
{
	struct idbc *conn = open_with("\"async\":{\"workers\":1}");
	struct seen longer = { .also = wait_in_callback }, seen = { 0 };

	CU_ASSERT_EQUAL(submit(conn, IDBC_GET_USER, 0, &longer), IDBC_OK);
	CU_ASSERT_EQUAL(submit(conn, IDBC_GET_USER, 50, &seen), IDBC_OK);
	CU_ASSERT_EQUAL(status_of(&seen), IDBC_TIMEOUT);
	CU_ASSERT_EQUAL(longer.n, 0);
	CU_ASSERT_EQUAL(status_of(&longer), IDBC_OK);
	release(&seen);
	release(&longer);
	close_clean(conn, 1000);
}

/* --- a child ---------------------------------------------------------------------------------- */
static int in_child(struct idbc *conn, struct seen *seen)
{
	struct seen mine = { 0 };
	int bad = 0;

	bad |= submit(conn, IDBC_GET_USER, 0, &mine) != IDBC_FORKED;
	bad |= idbc_event_fd(conn) != -1;
	bad |= idbc_dispatch(conn) != 0;
	idbc_op_cancel(seen->op);
	idbc_op_release(seen->op);
	bad |= idbc_close(conn, 1000) != IDBC_OK;
	return bad;
}

static void test_fork(void)
{
	struct idbc *conn = open_with("\"async\":{\"workers\":1}");
	struct seen seen = { 0 }, queued = { 0 };
	int status = 1;
	pid_t child;

	hold_one(conn, IDBC_GET_USER, 0, &seen);
	CU_ASSERT_EQUAL(submit(conn, IDBC_GET_USER, 0, &queued), IDBC_OK);
	child = fork();
	if (child == 0)
		_exit(in_child(conn, &seen));
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	CU_ASSERT_EQUAL(status, 0);
	patient->hold = 0;
	CU_ASSERT_EQUAL(status_of(&seen), IDBC_OK);
	CU_ASSERT_EQUAL(status_of(&queued), IDBC_OK);
	release(&seen);
	release(&queued);
	close_clean(conn, 0);
}

static void test_stats(void)
{
	struct idbc *conn = open_with("\"async\":{\"workers\":1,\"queue\":2}");
	struct seen first = { 0 }, waits[2] = { 0 }, more = { 0 };
	char *json;

	hold_one(conn, IDBC_GET_USER, 0, &first);
	CU_ASSERT_EQUAL(submit(conn, IDBC_GET_USER, 0, &waits[0]), IDBC_OK);
	CU_ASSERT_EQUAL(submit(conn, IDBC_GET_USER, 0, &waits[1]), IDBC_OK);
	CU_ASSERT_EQUAL(submit(conn, IDBC_GET_USER, 0, &more), IDBC_BUSY);
	idbc_op_cancel(waits[1].op);
	CU_ASSERT_EQUAL(status_of(&waits[1]), IDBC_CANCELLED);
	json = idbc_stats_json(conn);
	CU_ASSERT_PTR_NOT_NULL_FATAL(json);
	CU_ASSERT_PTR_NOT_NULL(strstr(json, "\"running\":1,\"left_behind\":0,\"queued\":1,"
					    "\"queue_high\":2,\"waiting\":0,\"submitted\":3,"));
	CU_ASSERT_PTR_NOT_NULL(strstr(json, "\"cancelled\":1,\"timeouts\":0,\"busy\":1"));
	idbc_free(json);
	patient->hold = 0;
	CU_ASSERT_EQUAL(status_of(&waits[0]), IDBC_OK);
	release(&first);
	release(&waits[0]);
	release(&waits[1]);
	close_clean(conn, 1000);
}

static const struct unit_test tests[] = {
	{ "a call and its completion", test_one },
	{ "what is not accepted is never told", test_refused },
	{ "what is unsound is told", test_unsound },
	{ "nothing of the host's is kept", test_copied },
	{ "a queue with an end", test_queue },
	{ "a deadline in the queue", test_late_in_queue },
	{ "a driver that does not come back", test_stuck },
	{ "every session stuck", test_all_stuck },
	{ "a callback that submits wakes nobody", test_chain },
	{ "a callback that waits", test_waiting_inside },
	{ "a callback that takes long", test_long_callback },
	{ "a forked child", test_fork },
	{ "what is counted", test_stats },
};

UNIT_MAIN("async_calls", tests)
