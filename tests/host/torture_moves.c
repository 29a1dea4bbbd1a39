/* tests/host/torture_moves.c - a host whose allocator fails once, at each of many places in turn,
 * while a connection over two stores is opened, its user moves, is deleted with a profile, and
 * what was interrupted is recovered.  Each answer is right, or says that memory ran out; and
 * afterwards, with memory enough, he is there with his profile or gone with it.
 *
 * usage: torture_moves LABEL CONFIG PLACES FIRST FILE...    FIRST: 0, or all places from that one
 *   on, for who looks for a fault; the files are the stores', put back for each place
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "failing.h"
#include "host.h"

#define FILES 4

struct file {
	const char *name;
	char *bytes;
	size_t len;
};

static struct file files[FILES];
static const char *config;
static char told[300], user_id[64];
static int removed;

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

static int is(int rc, int wanted, const char *what, const struct idbc_error *err)
{
	return rc == wanted || is_honest(rc) ? 0 : tells(what, rc, err);
}

/* --- the stores' files ---------------------------------------------------------------------- */
static void keep(struct file *file, const char *name)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) || !(file->bytes = malloc((size_t)st.st_size)) ||
	    read(fd, file->bytes, (size_t)st.st_size) != st.st_size)
		exit(2);
	file->name = name;
	file->len = (size_t)st.st_size;
	close(fd);
}

static void put_back(void)
{
	char journal[300];
	int fd;

	for (int i = 0; i < FILES && files[i].name; i++) {
		snprintf(journal, sizeof(journal), "%s-journal", files[i].name);
		unlink(journal);
		fd = open(files[i].name, O_WRONLY | O_TRUNC | O_CLOEXEC);
		if (fd < 0 || write(fd, files[i].bytes, files[i].len) != (ssize_t)files[i].len)
			_exit(8);
		close(fd);
	}
}

/* --- a life ----------------------------------------------------------------------------------- */
static int removes(void *ctx, const char *id)
{
	(void)ctx;
	removed += strcmp(id, user_id) == 0;
	return 0;
}

static int reads(struct idbc *store)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_profile *user = NULL;
	int bad = is(host_login(store, HOST_PASSWORD, &err), IDBC_OK, "right password", &err), rc;

	bad |= is(host_login(store, "wrong", &err), IDBC_DENIED, "wrong password", &err);
	bad |= is(idbc_login(store, "nobody", "wrong", NULL, &err), IDBC_DENIED, "unknown user", &err);
	rc = idbc_get_user(store, IDBC_BY_USERNAME, HOST_USER, &user, &err);
	bad |= is(rc, IDBC_OK, "profile", &err);
	if (rc == IDBC_OK && idbc_profile_json(user, 0) && !strstr(idbc_profile_json(user, 0), "ada.ini@"))
		bad |= tells("profile without its address", rc, &err);
	idbc_profile_free(user);
	return bad;
}

/* What the caller of the delete knows of the rows. */
static int deletes(struct idbc *store, uint32_t *effect)
{
	struct idbc_profile_store profiles = { sizeof(profiles), 0, removes, NULL };
	struct idbc_error err = IDBC_ERROR_INIT;
	int rc = idbc_set_profile_store(store, &profiles, &err), bad;

	*effect = IDBC_EFFECT_NONE;
	bad = is(rc, IDBC_OK, "profile store", &err);
	if (rc != IDBC_OK)
		return bad;
	rc = idbc_delete_user(store, user_id, &err);
	*effect = err.effect;
	bad |= is(rc, IDBC_OK, "delete", &err);
	if (rc == IDBC_OK && (!removed || err.effect != IDBC_EFFECT_APPLIED))
		bad |= tells("deleted without asking", rc, &err);
	bad |= is(idbc_recover(store, NULL, &err), IDBC_OK, "recover", &err);
	return bad;
}

static int life(uint32_t *effect)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc *store = NULL;
	int rc = idbc_open(config, &store, &err), bad;

	*effect = IDBC_EFFECT_NONE;
	if (rc != IDBC_OK)
		return is(rc, IDBC_OK, "open", &err);
	bad = reads(store);
	bad |= deletes(store, effect);
	idbc_close(store, 0);
	return bad;
}

/* --- afterwards -------------------------------------------------------------------------------- */
static void wait_for_lease(struct idbc *store)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	int exists = 1;

	for (int i = 0; i < 200 && exists; i++) {
		if (idbc_recover(store, NULL, &err) != IDBC_OK ||
		    idbc_user_exists(store, user_id, &exists, &err) != IDBC_OK)
			exists = 1;
		usleep(exists ? 50000 : 0);
	}
}

static int is_whole(uint32_t effect)
{
	struct idbc_profile_store profiles = { sizeof(profiles), 0, removes, NULL };
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc *store = host_open(config);
	int rc, bad = 0;

	if (idbc_set_profile_store(store, &profiles, &err) != IDBC_OK)
		bad = tells("profile store, later", IDBC_STATE, &err);
	rc = host_login(store, HOST_PASSWORD, &err);
	if (effect == IDBC_EFFECT_UNKNOWN && rc == IDBC_DENIED)
		wait_for_lease(store);
	else if (rc != (effect == IDBC_EFFECT_APPLIED ? IDBC_DENIED : IDBC_OK))
		bad |= tells("login, later", rc, &err);
	rc = idbc_get_user(store, IDBC_BY_USERNAME, HOST_USER, NULL, &err);
	if (rc != (removed ? IDBC_NO_USER : IDBC_OK))
		bad |= tells(removed ? "without his profile" : "without him", rc, &err);
	idbc_close(store, 0);
	return bad;
}

static int child(long n)
{
	uint32_t effect;
	int bad;

	host_patience(60);
	put_back();
	fail_at = n ? asked + n : 0;
	bad = life(&effect);
	fail_at = 0;
	bad |= is_whole(effect);
	return real_leaks() ? tells("lost", IDBC_OK, &(struct idbc_error)IDBC_ERROR_INIT) : bad;
}

static int one_place(long n, char *out, size_t size)
{
	int fds[2], status = 0;
	ssize_t len;
	pid_t pid;

	if (pipe(fds))
		return -1;
	pid = fork();
	if (pid == 0) {
		status = child(n);
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

static void series(long n, long places, long first)
{
	char why[400], worst[400] = "";
	long at, bad = 0, tried = 0, step = n / places + 1;

	for (at = first ? first : 1 + step / 2; at <= n; at += first ? 1 : step, tried++) {
		if (!one_place(at, why, sizeof(why)))
			continue;
		bad++;
		fprintf(stderr, "allocation %ld of %ld: %s\n", at, n, why);
		snprintf(worst, sizeof(worst), "allocation %ld of %ld: %.300s", at, n, why);
	}
	host_says(!bad && tried > 10, "two-stores", "%ld of %ld; %s", bad, tried, worst);
}

/* Once without a failure, which loads the drivers: how many allocations a life takes then. */
static long counted(void)
{
	uint32_t effect;
	long before;

	put_back();
	ranges_look_for(tested);
	before = asked;
	if (life(&effect) || effect != IDBC_EFFECT_APPLIED)
		host_says(0, "a-life", "%s", told);
	removed = 0;
	return asked - before;
}

static void find_him(void)
{
	struct idbc *store = host_open(config);
	struct idbc_profile *user = NULL;
	struct idbc_error err = IDBC_ERROR_INIT;

	if (idbc_get_user(store, IDBC_BY_USERNAME, HOST_USER, &user, &err) != IDBC_OK)
		exit(host_says(0, HOST_USER, "%s", err.text));
	snprintf(user_id, sizeof(user_id), "%s", idbc_profile_get(user, "user_id"));
	idbc_profile_free(user);
	idbc_close(store, 0);
}

int main(int argc, char **argv)
{
	if (argc < 6 || argc > 5 + FILES)
		return 2;
	host_label = argv[1];
	config = argv[2];
	for (int i = 5; i < argc; i++)
		keep(&files[i - 5], argv[i]);
	find_him();
	counted();
	series(counted(), atol(argv[3]), atol(argv[4]));
	return host_failed;
}
