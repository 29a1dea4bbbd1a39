/* tests/host/forks.c - hosts that fork with connections open.  In the child every entry says
 * FORKED, closing is heard by nobody, and a connection of its own works; the parent goes on
 * with the very sockets it had.
 *
 * usage: forks LABEL CONFIG [MAX]   MAX: of 100 programs started while connections are made, how
 * many may find a socket of theirs.  By itself: forks --held, what an exec'd child sees.
 */
#include <errno.h>
#include <pthread.h>
#include <spawn.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>
#include "host.h"

enum { LEAVES, CLOSES, WORKS };         /* what a child does */

extern char **environ;
static const char *config;
static struct idbc *store;
static _Atomic int stop, wrong;

static int removes_nothing(void *ctx, const char *user_id)
{
	(void)ctx;
	(void)user_id;
	return 0;
}

/* The entry that does not say FORKED, as a number from 1; 0: all do. */
static int entries_refuse(void)
{
	struct idbc_profile_store gone = { sizeof(gone), 0, removes_nothing, NULL };
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_request req = IDBC_REQUEST_INIT;
	struct idbc_profile *user = NULL;
	char *json = NULL;
	int said[10], n = 0;

	req.kind = IDBC_LOGIN;
	req.value = HOST_USER;
	req.password = HOST_PASSWORD;
	if (idbc_profile_parse("{\"username\":\"x\"}", &user, &err) != IDBC_OK)
		return 99;
	said[n++] = idbc_login(store, HOST_USER, HOST_PASSWORD, NULL, &err);
	said[n++] = idbc_get_user(store, IDBC_BY_USERNAME, HOST_USER, NULL, &err);
	said[n++] = idbc_create(store, user, "Pass word 1", NULL, &err);
	said[n++] = idbc_verify(store, IDBC_BY_EMAIL, "ada@example.com", &err);
	said[n++] = idbc_change_password(store, IDBC_BY_USERNAME, HOST_USER, "x", &err);
	said[n++] = idbc_change_email(store, IDBC_BY_USERNAME, HOST_USER, "b@example.com", 0, &err);
	said[n++] = idbc_delete_user(store, "x|1", &err);
	said[n++] = idbc_call(store, &req, NULL, &err);
	said[n++] = idbc_explain_login(store, &req, &json, &err);
	said[n++] = idbc_set_profile_store(store, &gone, &err);
	idbc_profile_free(user);
	idbc_free(json);
	for (int i = 0; i < n; i++)
		if (said[i] != IDBC_FORKED)
			return i + 1;
	return idbc_stats_json(store) ? 98 : 0;
}

static int own_connection(void)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc *mine = NULL;
	int rc = idbc_open(config, &mine, &err);

	if (rc == IDBC_OK)
		rc = host_round(mine, &err);
	if (rc != IDBC_OK)
		fprintf(stderr, "child: %s\n", err.text);
	idbc_close(mine, 0);
	return rc ? 97 : 0;
}

static int child_does(int what)
{
	int bad = entries_refuse();

	if (!bad && what != LEAVES)
		idbc_close(store, 0);
	if (!bad && what == WORKS)
		bad = own_connection();
	return bad;
}

static int ended(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

/* The sockets and databases that this process holds, as one text. */
static void held(char *out, size_t size)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	char path[300], name[300];
	ssize_t len;

	*out = '\0';
	while (dir && (entry = readdir(dir)) != NULL) {
		snprintf(path, sizeof(path), "/proc/self/fd/%.20s", entry->d_name);
		len = atoi(entry->d_name) > 2 ? readlink(path, name, sizeof(name) - 1) : -1;
		if (len < 0 || (atoi(entry->d_name) == dirfd(dir)))
			continue;
		name[len] = '\0';
		if (strncmp(name, "socket:", 7) && !strstr(name, ".db"))
			continue;       /* what a library reads its settings from */
		snprintf(out + strlen(out), size - strlen(out), "%s ", name);
	}
	if (dir)
		closedir(dir);
}

static void test_child(const char *name, int what, int by_exit)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	char before[2000], after[2000];
	int rc, told;
	pid_t pid;

	rc = host_round(store, &err);
	held(before, sizeof(before));
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		host_patience(20);
		told = child_does(what);
		if (by_exit)
			exit(told);
		_exit(told);
	}
	told = ended(pid);
	rc = rc ? rc : host_round(store, &err);
	held(after, sizeof(after));
	host_says(!told && !rc && !strcmp(before, after), name,
		  "child %d, parent %d %s; held %s, then %s", told, rc, err.text, before, after);
}

/* AddressSanitizer's, by a thread that the child does not have. */
#ifdef __SANITIZE_ADDRESS__
#define ALLOCATOR_HELD_AT_FORK 1
#else
#define ALLOCATOR_HELD_AT_FORK 0
#endif

/* --- other threads are inside a call ---------------------------------------------------- */
static void *keeps_calling(void *unused)
{
	struct idbc_error err = IDBC_ERROR_INIT;

	while (!stop)
		if (host_round(store, &err) != IDBC_OK && atomic_fetch_add(&wrong, 1) < 3)
			fprintf(stderr, "thread: %s\n", err.text);
	return unused;
}

static void test_busy(void)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	pthread_t threads[4];
	int told = 0, rc;

	stop = 0;
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, keeps_calling, NULL);
	for (int i = 0; i < 60 && !told; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			host_patience(20);
			_exit(child_does(CLOSES));
		}
		told = ended(pid);
	}
	stop = 1;
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	rc = host_round(store, &err);
	host_says(!told && !wrong && !rc, "other-threads-in-calls", "child %d, threads %d, parent %d %s",
		  told, wrong, rc, err.text);
}

/* --- what an exec'd child is left --------------------------------------------------------- */
static int list_held(void)
{
	char list[2000];

	held(list, sizeof(list));
	fprintf(stderr, "%s", list);
	return *list ? 1 : 0;
}

static int run_list(void)
{
	char *argv[] = { "forks", "--held", NULL };
	pid_t pid;

	return posix_spawn(&pid, "/proc/self/exe", NULL, NULL, argv, environ) ? 1 : ended(pid);
}

static int run_list_vfork(void)
{
	pid_t pid = vfork();

	if (pid == 0) {
		execl("/proc/self/exe", "forks", "--held", (char *)NULL);
		_exit(127);
	}
	return ended(pid);
}

static void *opens_anew(void *unused)
{
	struct idbc_error err = IDBC_ERROR_INIT;

	while (!stop) {
		struct idbc *mine = NULL;

		if (idbc_open(config, &mine, &err) != IDBC_OK)
			atomic_fetch_add(&wrong, 1);
		idbc_close(mine, 0);
	}
	return unused;
}

/* Where a client library makes its sockets inheritable it is told of it a moment later. */
static void test_exec(int most)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	pthread_t thread;
	int inherited = 0;

	host_round(store, &err);
	host_says(run_list() == 0 && run_list_vfork() == 0, "exec-inherits-nothing", "see above");
	stop = 0;
	pthread_create(&thread, NULL, opens_anew, NULL);
	for (int i = 0; i < 100; i++)
		inherited += run_list() != 0;
	stop = 1;
	pthread_join(thread, NULL);
	host_says(inherited <= most && !wrong, "exec-while-connecting", "%d of 100 inherited", inherited);
}

int main(int argc, char **argv)
{
	if (argc == 2)
		return list_held();
	if (argc < 3)
		return 2;
	host_label = argv[1];
	config = argv[2];
	store = host_open(config);
	test_child("child-leaves-by-_exit", LEAVES, 0);
	test_child("child-leaves-by-exit", LEAVES, 1);
	test_child("child-closes", CLOSES, 0);
	test_child("child-closes-and-exits", CLOSES, 1);
#ifdef __SANITIZE_THREAD__
	printf("skip - %s/child-opens-its-own (ThreadSanitizer knows no threads after a fork)\n", host_label);
#else
	test_child("child-opens-its-own", WORKS, 0);
	test_child("child-opens-its-own-and-exits", WORKS, 1);
#endif
	test_exec(argc > 3 ? atoi(argv[3]) : 0);
	if (!ALLOCATOR_HELD_AT_FORK)
		test_busy();
	idbc_close(store, 0);
	return host_failed;
}
