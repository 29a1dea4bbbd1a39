/* tests/host/secrets.c - a host whose memory is looked at: reads requests from a file into
 * memory of its own that no core file holds, makes them, wipes that memory, says "ready" and
 * waits for its input to end.
 *
 * A line of the file is "verb<TAB>identifier<TAB>password"; verb: login, denied (a login that
 * must fail), change, create.  Of three logins one is submitted, and one of those that must fail
 * is submitted and cancelled.  usage: secrets CONFIG FILE [keep]   keep: as a host that wipes
 * nothing, so that a test can see what it would see.  Then it makes no request.
 */
#include <fcntl.h>
#include <idbc/idbc.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ROOM (1u << 20)

static int create(struct idbc *store, const char *name, const char *password,
		  struct idbc_error *err)
{
	struct idbc_profile *user = NULL, *made = NULL;
	char quoted[80];
	int rc;

	snprintf(quoted, sizeof(quoted), "\"%s\"", name);
	rc = idbc_profile_new(&user, err);
	if (rc == IDBC_OK)
		rc = idbc_profile_set(user, "username", quoted, err);
	if (rc == IDBC_OK)
		rc = idbc_create(store, user, password, &made, err);
	idbc_profile_free(user);
	idbc_profile_free(made);
	return rc;
}

struct told {
	_Atomic int n;
	int status;
};

static void done(int status, struct idbc_profile *user, const struct idbc_error *err, void *ctx)
{
	struct told *told = ctx;

	(void)err;
	idbc_profile_free(user);
	told->status = status;
	told->n = 1;
}

static int submit(struct idbc *store, const char *name, const char *password, int cancel,
		  struct idbc_error *err)
{
	struct idbc_request req = IDBC_REQUEST_INIT;
	struct idbc_op *op = NULL;
	struct told told = { 0, 0 };
	int rc;

	req.kind = IDBC_LOGIN;
	req.value = name;
	req.password = password;
	rc = idbc_submit(store, &req, done, &told, &op, err);
	if (rc != IDBC_OK)
		return rc;
	if (cancel)
		idbc_op_cancel(op);
	while (!told.n)
		usleep(100);
	idbc_op_release(op);
	return cancel && told.status == IDBC_CANCELLED ? IDBC_DENIED : told.status;
}

static int login(struct idbc *store, const char *name, const char *password, int wanted,
		 struct idbc_error *err)
{
	static unsigned turn;
	struct idbc_profile *user = NULL;
	int rc;

	if (turn++ % 3)
		return submit(store, name, password, wanted == IDBC_DENIED && turn % 3, err);
	rc = idbc_login(store, name, password, &user, err);
	idbc_profile_free(user);
	return rc;
}

static int make(struct idbc *store, const char *verb, const char *name, const char *password)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	int rc, wanted = strcmp(verb, "denied") ? IDBC_OK : IDBC_DENIED;

	if (!strcmp(verb, "change"))
		rc = idbc_change_password(store, IDBC_BY_USERNAME, name, password, &err);
	else if (!strcmp(verb, "create"))
		rc = create(store, name, password, &err);
	else
		rc = login(store, name, password, wanted, &err);
	if (rc == wanted)
		return 0;
	printf("%s %s: %s %s\n", verb, name, idbc_status_name((uint32_t)rc), err.text);
	return 1;
}

static int make_all(struct idbc *store, char *text)
{
	char *line, *rest = text, *verb, *name;
	int wrong = 0;

	while ((line = strsep(&rest, "\n")) != NULL && *line) {
		verb = strsep(&line, "\t");
		name = strsep(&line, "\t");
		wrong += name && line ? make(store, verb, name, line) : 1;
	}
	return wrong;
}

static char *read_file(const char *path)
{
	char *text = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = open(path, O_RDONLY);
	ssize_t n;

	if (text == MAP_FAILED || fd < 0 || madvise(text, ROOM, MADV_DONTDUMP))
		return NULL;
	n = read(fd, text, ROOM - 1);
	close(fd);
	return n > 0 ? text : NULL;
}

int main(int argc, char **argv)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc *store = NULL;
	char *text, *kept = NULL, byte;
	int wrong = 0;

	if (argc < 3 || !(text = read_file(argv[2])))
		return 2;
	if (idbc_open(argv[1], &store, &err) != IDBC_OK) {
		fprintf(stderr, "secrets: %s\n", err.text);
		return 2;
	}
	if (argc > 3)
		kept = strdup(text);
	else
		wrong = make_all(store, text);
	explicit_bzero(text, ROOM);
	munmap(text, ROOM);
	puts("ready");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	idbc_close(store, 0);
	free(kept);
	return wrong ? 1 : 0;
}
