/* tests/bench/services/ours.c - the library in its host: called by each client's thread, or
 * submitted from one thread that sleeps on the descriptor, as event loops do.
 * Threads: `submitted` has one, which submits and dispatches.
 */
#include <idbc/idbc.h>
#include <poll.h>
#include "services.h"

static struct idbc *conn;

static void ours_open(const char *where)
{
	struct idbc_error err = IDBC_ERROR_INIT;

	if (idbc_open(where, &conn, &err))
		bench_die(err.text);
}

static int ours_login(void *client, const char *user, const char *password)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_profile *profile = NULL;
	int rc = idbc_login(conn, user, password, &profile, &err);

	(void)client;
	if (rc != IDBC_OK && rc != IDBC_DENIED)
		bench_die(err.text);
	idbc_profile_free(profile);
	return rc == IDBC_OK;
}

struct batch {
	unsigned long logins;
	size_t under_way;
	int64_t until_ns;
};

static void submit_next(struct batch *b);

static void done(int status, struct idbc_profile *profile, const struct idbc_error *err, void *user)
{
	struct batch *b = user;

	if (status != IDBC_OK)
		bench_die(err->text);
	idbc_profile_free(profile);
	b->logins++;
	b->under_way--;
	if (bench_ns(CLOCK_MONOTONIC) < b->until_ns)
		submit_next(b);
}

static void submit_next(struct batch *b)
{
	struct idbc_request req = IDBC_REQUEST_INIT;
	struct idbc_error err = IDBC_ERROR_INIT;

	req.kind = IDBC_LOGIN;
	req.value = asking_next(&common_asking);
	req.password = common_asking.password;
	if (idbc_submit(conn, &req, done, b, NULL, &err))
		bench_die(err.text);
	b->under_way++;
}

static unsigned long submitted_run(size_t under_way, int64_t until_ns)
{
	struct batch b = { 0, 0, until_ns };
	struct pollfd wait = { idbc_event_fd(conn), POLLIN, 0 };

	if (wait.fd < 0)
		bench_die("no descriptor");
	while (b.under_way < under_way)
		submit_next(&b);
	while (b.under_way) {
		if (poll(&wait, 1, 30000) != 1)
			bench_die("no answer for half a minute");
		idbc_dispatch(conn);
	}
	return b.logins;
}

const struct service ours = { .name = "ours", .open = ours_open, .login = ours_login };
const struct service submitted = { .name = "submitted", .open = ours_open, .run = submitted_run };
