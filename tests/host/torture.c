/* tests/host/torture.c - a host whose allocator fails once, at each of many places in turn,
 * while a connection is opened, a user logs in with the right and a wrong password, both ways
 * in, and the connection is closed.  The answer is right, or says that memory ran out; it is
 * never a crash, never the opposite, never none.  Each place is tried in a child of its own.
 *
 * usage: torture LABEL CONFIG PLACES [FIRST]    how many places, evenly spread; FIRST: all
 *   from that one on, for who looks for a fault
 */
#include <sys/wait.h>
#include <unistd.h>
#include "failing.h"
#include "host.h"

static long submits_from;               /* the first allocation of a submitted call */
static const char *const ours[] = { "/libidbc.", NULL };

static const char *config;
static char told[300];

static int tells(const char *what, int rc, const struct idbc_error *err)
{
	snprintf(told, sizeof(told), "%s: %s %s: %s", what, idbc_status_name((uint32_t)rc), err->code,
		 err->text);
	return 1;
}

/* A client library may hide why it failed. */
static int is_honest(int rc)
{
	return rc == IDBC_NOMEM || rc == IDBC_UNAVAILABLE || rc == IDBC_TIMEOUT;
}

/* --- submitted ---------------------------------------------------------------------------- */
struct told {
	_Atomic int n;
	int status;
	struct idbc_error err;
};

static void done(int status, struct idbc_profile *user, const struct idbc_error *err, void *ctx)
{
	struct told *told_here = ctx;

	told_here->status = status;
	told_here->err = *err;
	idbc_profile_free(user);
	told_here->n++;
}

/* Where no completion comes the child's alarm ends it, and that is told. */
static int submitted(struct idbc *store, const char *password, int wanted)
{
	struct idbc_request req = IDBC_REQUEST_INIT;
	struct told here = { 0 };
	int rc;

	req.kind = password ? IDBC_LOGIN : IDBC_GET_USER;
	req.by = password ? IDBC_BY_LOGIN : IDBC_BY_USERNAME;
	req.value = HOST_USER;
	req.password = password;
	rc = idbc_submit(store, &req, done, &here, NULL, NULL);
	if (rc != IDBC_OK)
		return is_honest(rc) ? 0 : tells("submit", rc, &here.err);
	while (!here.n) {
		idbc_dispatch(store);
		usleep(100);
	}
	rc = here.status;
	if (here.n == 1 && (rc == wanted || is_honest(rc)))
		return 0;
	return tells("submitted", rc, &here.err);
}

/* 1: wrong, 2: the store is closed. */
static int submits(struct idbc *store)
{
	struct idbc_request req = IDBC_REQUEST_INIT;
	struct idbc_op *op = NULL;
	struct told last = { 0 };
	int bad = submitted(store, HOST_PASSWORD, IDBC_OK);

	bad |= submitted(store, "wrong", IDBC_DENIED);
	idbc_event_fd(store);
	bad |= submitted(store, NULL, IDBC_OK);
	req.kind = IDBC_LOGIN;
	req.value = HOST_USER;
	req.password = HOST_PASSWORD;
	if (idbc_submit(store, &req, done, &last, &op, NULL) != IDBC_OK)
		return bad;
	idbc_op_cancel(op);
	idbc_op_release(op);
	idbc_close(store, 0);           /* tells the last one */
	if (last.n != 1)
		bad |= tells("completions at the close", last.n, &last.err);
	return bad | 2;
}

/* 0, or 1 and a text. */
static int life(void)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_profile *user = NULL;
	struct idbc *store = NULL;
	int rc, bad = 0;

	rc = idbc_open(config, &store, &err);
	if (rc != IDBC_OK)
		return is_honest(rc) ? 0 : tells("open", rc, &err);
	rc = host_login(store, HOST_PASSWORD, &err);
	if (rc != IDBC_OK && !is_honest(rc))
		bad = tells("right password", rc, &err);
	rc = host_login(store, "wrong", &err);
	if (rc != IDBC_DENIED && !is_honest(rc))
		bad = tells("wrong password", rc, &err);
	rc = idbc_login(store, "nobody", "wrong", NULL, &err);
	if (rc != IDBC_DENIED && !is_honest(rc))
		bad = tells("unknown user", rc, &err);
	rc = idbc_get_user(store, IDBC_BY_USERNAME, HOST_USER, &user, &err);
	if (rc != IDBC_OK && !is_honest(rc))
		bad = tells("profile", rc, &err);
	if (rc == IDBC_OK && idbc_profile_json(user, 0) && !strstr(idbc_profile_json(user, 0), "ada.ini@"))
		bad = tells("profile without its address", rc, &err);
	idbc_profile_free(user);
	submits_from = asked;
	rc = submits(store);
	if (!(rc & 2))                  /* else it is closed */
		idbc_close(store, 0);
	return bad | (rc & 1);
}

/* `cold`: libcrypto loses its own where it gets no memory as it starts. */
static int one_place(long n, int cold, char *out, size_t size)
{
	int fds[2], status = 0;
	ssize_t len;
	pid_t pid;

	if (pipe(fds))
		return -1;
	pid = fork();
	if (pid == 0) {
		host_patience(30);
		fail_at = n ? asked + n : 0;
		status = life();
		fail_at = 0;
		if (!cold && real_leaks())
			status |= tells("lost", IDBC_OK, &(struct idbc_error)IDBC_ERROR_INIT);
		if (write(fds[1], told, strlen(told)) < 0)
			_exit(9);
		_exit(status);
	}
	close(fds[1]);
	len = read(fds[0], out, size - 1);
	out[len > 0 ? len : 0] = '\0';
	close(fds[0]);
	waitpid(pid, &status, 0);
	if (WIFSIGNALED(status))
		snprintf(out, size, "killed by signal %d", WTERMSIG(status));
	return status;
}

static void series(const char *name, long n, long places, long first)
{
	char why[400], worst[400] = "";
	long at, bad = 0, tried = 0, step = n / places + 1;

	for (at = first ? first : 1 + step / 2; at <= n; at += first ? 1 : step, tried++) {
		if (!one_place(at, !strcmp(name, "cold"), why, sizeof(why)))
			continue;
		bad++;
		if (first || !*worst)
			fprintf(stderr, "%s, allocation %ld of %ld: %s\n", name, at, n, why);
		snprintf(worst, sizeof(worst), "allocation %ld of %ld: %.300s", at, n, why);
	}
	host_says(!bad && tried > 10, name, "%ld of %ld; %s", bad, tried, worst);
}

/* How many allocations one life takes in a process that has done so before, or not. */
static long counted(void)
{
	long before = asked;

	return life() ? -1 : asked - before;
}

/* The children of the first series find nothing loaded. */
static long allocations_of_a_child(void)
{
	int fds[2];
	long n = 0;

	if (pipe(fds))
		return -1;
	if (fork() == 0) {
		n = counted();
		_exit(write(fds[1], &n, sizeof(n)) != sizeof(n));
	}
	if (read(fds[0], &n, sizeof(n)) != sizeof(n))
		n = -1;
	wait(NULL);
	close(fds[0]);
	close(fds[1]);
	return n;
}

int main(int argc, char **argv)
{
	long first = argc > 4 ? atol(argv[4]) : 0, places, cold, before, n;

	if (argc < 4)
		return 2;
	host_label = argv[1];
	config = argv[2];
	places = atol(argv[3]);
	ranges_look_for(tested);
	cold = !first ? allocations_of_a_child() : 0;
	if (!first)
		series("cold", cold, places, 0);
	counted();
	ranges_look_for(tested);               /* now with drivers */
	series("warm", counted(), places, first);
	if (first)
		return host_failed;
	ranges_look_for(ours);                 /* few enough for each of them */
	before = asked;
	n = counted();
	series("submitted", n, places, submits_from - before);
	return host_failed;
}
