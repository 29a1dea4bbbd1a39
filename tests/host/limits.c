/* tests/host/limits.c - hosts that have little: descriptors, memory, stack, disk, no /proc.
 * Every case is a process of its own; the answer is right or an honest refusal.
 *
 * usage: limits LABEL CONFIG STACK [ROOT]      STACK: bytes in which all operations must work;
 *   ROOT: a folder in which there is nothing, to be the root of the process
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "host.h"

static const char *config;
static char told[300];

static int is_honest(int rc)
{
	return rc == IDBC_OK || rc == IDBC_NOMEM || rc == IDBC_UNAVAILABLE || rc == IDBC_TIMEOUT;
}

static int tells(const char *what, int rc, const struct idbc_error *err)
{
	snprintf(told, sizeof(told), "%s: %s %s: %s", what, idbc_status_name((uint32_t)rc), err->code,
		 err->text);
	return 1;
}

/* Its answer as a text on a pipe; 0: all well. */
static void in_child(const char *name, int (*fn)(void))
{
	int fds[2], status = 0;
	char why[300] = "";
	ssize_t len;
	pid_t pid;

	fflush(NULL);
	if (pipe(fds))
		exit(1);
	pid = fork();
	if (pid == 0) {
		host_patience(60);
		status = fn();
		if (write(fds[1], told, strlen(told)) < 0)
			_exit(9);
		_exit(status);
	}
	close(fds[1]);
	len = read(fds[0], why, sizeof(why) - 1);
	why[len > 0 ? len : 0] = '\0';
	close(fds[0]);
	waitpid(pid, &status, 0);
	host_says(!status, name, "wait status %d: %s", status, why);
}

/* --- descriptors -------------------------------------------------------------------------- */
/* Opens with `n` to be had; a wrong password is never right. */
static int with_descriptors(int n)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct rlimit few = { (rlim_t)n, (rlim_t)n };
	struct idbc *store = NULL;
	int rc;

	setrlimit(RLIMIT_NOFILE, &few);
	rc = idbc_open(config, &store, &err);
	if (rc != IDBC_OK)
		return is_honest(rc) || rc == IDBC_CONFIG ? 0 : tells("open", rc, &err);
	rc = host_login(store, HOST_PASSWORD, &err);
	if (!is_honest(rc))
		return tells("right password", rc, &err);
	rc = host_login(store, "wrong", &err);
	if (rc != IDBC_DENIED && (rc == IDBC_OK || !is_honest(rc)))
		return tells("wrong password", rc, &err);
	idbc_close(store, 0);
	return 0;
}

static int few_descriptors(void)
{
	int status, bad = 0;

	for (int n = 5; n < 24 && !bad; n++) {
		pid_t pid = fork();

		if (pid == 0) {
			host_patience(30);
			status = with_descriptors(n);
			if (status)
				fprintf(stderr, "%d descriptors: %s\n", n, told);
			_exit(status);
		}
		waitpid(pid, &status, 0);
		bad = status;
	}
	return bad != 0;
}

/* An open connection while the host runs out of them, and has some again. */
static int none_left(void)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc *store = host_open(config);
	struct rlimit few = { 40, 40 };
	int rc = host_round(store, &err), held[64], n = 0;

	if (rc != IDBC_OK)
		return tells("before", rc, &err);
	setrlimit(RLIMIT_NOFILE, &few);
	while (n < 64 && (held[n] = open("/dev/null", O_RDONLY)) >= 0)
		n++;
	rc = host_login(store, "wrong", &err);
	if (rc != IDBC_DENIED && (rc == IDBC_OK || !is_honest(rc)))
		return tells("wrong password", rc, &err);
	rc = host_login(store, HOST_PASSWORD, &err);
	if (!is_honest(rc))
		return tells("right password", rc, &err);
	while (n)
		close(held[--n]);
	sleep(rc == IDBC_OK ? 0 : 2);           /* the pause after a store that was down */
	rc = host_round(store, &err);
	idbc_close(store, 0);
	return rc ? tells("afterwards", rc, &err) : 0;
}

/* --- memory ------------------------------------------------------------------------------- */
static int little_memory(void)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc *store = NULL;
	struct rlimit limit;
	long pages = 0;
	FILE *file = fopen("/proc/self/statm", "r");
	int rc;

	if (!file || fscanf(file, "%ld", &pages) != 1)
		return 9;
	fclose(file);
	for (long more = 1; more < 24; more += 2) {
		limit.rlim_max = RLIM_INFINITY;
		limit.rlim_cur = (rlim_t)pages * 4096 + ((rlim_t)more << 20);
		setrlimit(RLIMIT_AS, &limit);
		rc = idbc_open(config, &store, &err);
		if (!is_honest(rc) && !(rc == IDBC_CONFIG && strstr(err.text, "driver")))
			return tells("open", rc, &err);
		if (rc != IDBC_OK)
			continue;
		rc = host_login(store, "wrong", &err);
		if (rc == IDBC_OK || (rc != IDBC_DENIED && !is_honest(rc)))
			return tells("wrong password", rc, &err);
		rc = host_login(store, HOST_PASSWORD, &err);
		if (!is_honest(rc))
			return tells("right password", rc, &err);
		idbc_close(store, 0);
	}
	return 0;
}

/* --- stack -------------------------------------------------------------------------------- */
static size_t stack_bytes, deepest;
static struct idbc *store;

static int all_seven(struct idbc_error *err)
{
	struct idbc_profile *user = NULL, *made = NULL;
	char *id = NULL;
	int rc = host_round(store, err);

	if (rc == IDBC_OK)
		rc = idbc_profile_parse("{\"username\":\"eve\",\"email\":\"eve@example.com\"}", &user, err);
	if (rc == IDBC_OK)
		rc = idbc_create(store, user, "Pass word 1", &made, err);
	if (rc == IDBC_OK)
		rc = idbc_verify(store, IDBC_BY_EMAIL, "eve@example.com", err);
	if (rc == IDBC_OK)
		rc = idbc_change_password(store, IDBC_BY_USERNAME, "eve", "Pass word 2", err);
	if (rc == IDBC_OK)
		rc = idbc_change_email(store, IDBC_BY_USERNAME, "eve", "eva@example.com", 1, err);
	if (rc == IDBC_OK && (id = strdup(idbc_profile_get(made, "user_id"))) != NULL)
		rc = idbc_delete_user(store, id, err);
	free(id);
	idbc_profile_free(user);
	idbc_profile_free(made);
	return rc;
}

static void *on_small_stack(void *unused)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	int rc = idbc_open(config, &store, &err);

	(void)unused;
	if (rc == IDBC_OK)
		rc = all_seven(&err);
	if (rc != IDBC_OK)
		tells("on a small stack", rc, &err);
	idbc_close(store, 0);
	return NULL;
}

/* Runs it on memory of a pattern and sees how far down that was overwritten. */
static int measured(size_t bytes)
{
	unsigned char *stack = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pthread_attr_t attr;
	pthread_t thread;
	size_t untouched = 0;

	if (stack == MAP_FAILED)
		return 9;
	memset(stack, 0xa5, bytes);
	pthread_attr_init(&attr);
	pthread_attr_setstack(&attr, stack, bytes);
	if (pthread_create(&thread, &attr, on_small_stack, NULL))
		return 9;
	pthread_join(thread, NULL);
	while (untouched < bytes && stack[untouched] == 0xa5)
		untouched++;
	deepest = bytes - untouched;
	return *told != '\0';
}

static int small_stack(void)
{
	int bad = measured(1u << 20);

	fprintf(stderr, "deepest stack: %zu bytes\n", deepest);
	if (!bad && deepest > stack_bytes)
		snprintf(told, sizeof(told), "%zu bytes of stack were used", deepest);
	return bad || deepest > stack_bytes;
}

/* --- nothing but a root ------------------------------------------------------------------- */
static const char *root;

static int locked_away(void)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc *mine = host_open(config);
	int rc = host_round(mine, &err);

	if (rc != IDBC_OK || chroot(root) || chdir("/"))
		return tells("before", rc, &err);
	rc = host_round(mine, &err);
	if (rc != IDBC_OK)
		return tells("afterwards", rc, &err);
	idbc_close(mine, 0);
	return 0;
}

/* --- disk --------------------------------------------------------------------------------- */
/* A file that must not grow: as a full disk, and with a signal unless that is ignored. */
static int full_disk(void)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct rlimit none = { 1, RLIM_INFINITY };
	struct idbc_profile *user = NULL;
	struct idbc *mine = host_open(config);
	int rc = host_round(mine, &err);

	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &none);
	rc = rc ? rc : idbc_profile_parse("{\"username\":\"eve\",\"email\":\"eve@example.com\"}", &user, &err);
	if (rc != IDBC_OK)
		return tells("before", rc, &err);
	rc = idbc_create(mine, user, "Pass word 1", NULL, &err);
	if (rc == IDBC_OK || err.effect == IDBC_EFFECT_APPLIED)
		return tells("create on a full disk", rc, &err);
	fprintf(stderr, "full disk: %s %s\n", idbc_status_name((uint32_t)rc), err.text);
	/* What SQLite has begun it can only take back where it may write. */
	rc = host_login(mine, "wrong", &err);
	if (rc != IDBC_DENIED && (rc == IDBC_OK || !is_honest(rc)))
		return tells("wrong password on a full disk", rc, &err);
	none.rlim_cur = RLIM_INFINITY;
	setrlimit(RLIMIT_FSIZE, &none);
	sleep(rc == IDBC_DENIED ? 0 : 2);
	rc = idbc_get_user(mine, IDBC_BY_USERNAME, "eve", NULL, &err);
	if (rc != IDBC_NO_USER)
		return tells("who was not created", rc, &err);
	rc = host_round(mine, &err);
	idbc_profile_free(user);
	idbc_close(mine, 0);
	return rc ? tells("afterwards", rc, &err) : 0;
}

int main(int argc, char **argv)
{
	if (argc < 4)
		return 2;
	host_label = argv[1];
	config = argv[2];
	stack_bytes = (size_t)atol(argv[3]);
	root = argc > 4 ? argv[4] : NULL;
	in_child("few-descriptors", few_descriptors);
	in_child("no-descriptor-left", none_left);
	/* psqlodbc and libpq do not survive it. */
	if (stack_bytes && !strstr(host_label, "postgresql"))
		in_child("little-memory", little_memory);
	if (stack_bytes)
		in_child("small-stack", small_stack);
	if (root && geteuid() == 0)
		in_child("another-root", locked_away);
	if (strstr(host_label, "sqlite"))
		in_child("full-disk", full_disk);
	return host_failed;
}
