/* tests/host/signals.c - a host's signals are its own: a cut socket with SIGPIPE at default,
 * blocked, handled or pending; a handler that interrupts every system call a thousand times a
 * second; timers and children nobody but the host hears of.
 *
 * usage: signals LABEL CONFIG CUT      CUT: a command that ends the store's sessions, or ""
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "host.h"

static const char *cut;
static struct idbc *store;
static volatile sig_atomic_t heard[NSIG];

static void hears(int number)
{
	heard[number]++;
}

static void on(int number, void (*handler)(int))
{
	struct sigaction act;

	memset(&act, 0, sizeof(act));
	act.sa_handler = handler;       /* without SA_RESTART */
	sigaction(number, &act, NULL);
}

static int is_pending(int number)
{
	sigset_t set;

	sigpending(&set);
	return sigismember(&set, number);
}

static int is_blocked(int number)
{
	sigset_t set;

	pthread_sigmask(SIG_BLOCK, NULL, &set);
	return sigismember(&set, number);
}

static void block(int how, int number)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, number);
	pthread_sigmask(how, &set, NULL);
}

/* A login on sessions that the server has ended: it must come to its answer. */
static int after_a_cut(struct idbc_error *err)
{
	int rc = host_round(store, err);

	if (rc == IDBC_OK && *cut && system(cut))
		return -2;
	return rc ? rc : host_round(store, err);
}

/* --- SIGPIPE ------------------------------------------------------------------------------ */
static void test_default(void)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	int rc;

	on(SIGPIPE, SIG_DFL);
	rc = after_a_cut(&err);
	host_says(rc == IDBC_OK && !is_blocked(SIGPIPE) && !is_pending(SIGPIPE), "pipe-at-default",
		  "%d %s", rc, err.text);
}

static void test_handler(void)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct sigaction act;
	int rc;

	on(SIGPIPE, hears);
	heard[SIGPIPE] = 0;
	rc = after_a_cut(&err);
	sigaction(SIGPIPE, NULL, &act);
	host_says(rc == IDBC_OK && !heard[SIGPIPE] && act.sa_handler == hears, "pipe-handled",
		  "%d %s; heard %d", rc, err.text, (int)heard[SIGPIPE]);
	raise(SIGPIPE);
	host_says(heard[SIGPIPE] == 1, "pipe-of-its-own", "heard %d", (int)heard[SIGPIPE]);
}

static void test_blocked(void)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	int rc;

	on(SIGPIPE, SIG_DFL);
	block(SIG_BLOCK, SIGPIPE);
	rc = after_a_cut(&err);
	host_says(rc == IDBC_OK && is_blocked(SIGPIPE) && !is_pending(SIGPIPE), "pipe-blocked",
		  "%d %s; pending %d", rc, err.text, is_pending(SIGPIPE));
	raise(SIGPIPE);
	rc = after_a_cut(&err);
	host_says(rc == IDBC_OK && is_pending(SIGPIPE), "pipe-pending-stays", "%d %s", rc, err.text);
	on(SIGPIPE, SIG_IGN);           /* forgets the pending one */
	block(SIG_UNBLOCK, SIGPIPE);
	on(SIGPIPE, SIG_DFL);
}

/* Another process sends them: they are the host's whatever is under way. */
static pid_t sends_pipes(void)
{
	struct timespec pause = { 0, 2000000 };
	pid_t pid = fork();

	if (pid)
		return pid;
	for (int i = 0; i < 100; i++) {
		kill(getppid(), SIGPIPE);
		nanosleep(&pause, NULL);
	}
	_exit(0);
}

static void test_sent(void)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	int rc = IDBC_OK;
	pid_t pid;

	on(SIGPIPE, hears);
	heard[SIGPIPE] = 0;
	pid = sends_pipes();
	while (rc == IDBC_OK && waitpid(pid, NULL, WNOHANG) == 0)
		rc = host_round(store, &err);
	/* One that comes while another is pending is none; libpq takes some for its own. */
	host_says(rc == IDBC_OK && heard[SIGPIPE] >= 10, "pipe-sent-from-outside", "%d %s; heard %d", rc,
		  err.text, (int)heard[SIGPIPE]);
	on(SIGPIPE, SIG_DFL);
}

/* --- signals all the time ----------------------------------------------------------------- */
static _Atomic int stop;

static void *disturbs(void *victim)
{
	struct timespec pause = { 0, 1000000 };

	while (!stop) {
		pthread_kill(*(pthread_t *)victim, SIGUSR1);
		nanosleep(&pause, NULL);
	}
	return NULL;
}

static void test_storm(const char *config)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct timespec now, began;
	pthread_t thread, self = pthread_self();
	struct idbc *mine = NULL;
	int rc = IDBC_OK, n = 0;

	on(SIGUSR1, hears);
	heard[SIGUSR1] = 0;
	stop = 0;
	pthread_create(&thread, NULL, disturbs, &self);
	clock_gettime(CLOCK_MONOTONIC, &began);
	do {
		rc = idbc_open(config, &mine, &err);
		for (int i = 0; i < 20 && rc == IDBC_OK; i++, n++)
			rc = host_round(mine, &err);
		idbc_close(mine, 0);
		mine = NULL;
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (rc == IDBC_OK && now.tv_sec - began.tv_sec < 2);
	stop = 1;
	pthread_join(thread, NULL);
	host_says(rc == IDBC_OK && heard[SIGUSR1] > 100, "interrupted-all-the-time",
		  "round %d: %d %s; %d signals", n, rc, err.text, (int)heard[SIGUSR1]);
}

/* --- timers and children ------------------------------------------------------------------- */
static void test_timer(void)
{
	struct itimerval every = { { 0, 20000 }, { 0, 20000 } }, left;
	struct idbc_error err = IDBC_ERROR_INIT;
	struct timespec now, began;
	int rc = IDBC_OK;

	on(SIGALRM, hears);
	heard[SIGALRM] = 0;
	setitimer(ITIMER_REAL, &every, NULL);
	clock_gettime(CLOCK_MONOTONIC, &began);
	do {
		rc = host_round(store, &err);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (rc == IDBC_OK && now.tv_sec - began.tv_sec < 1);
	getitimer(ITIMER_REAL, &left);
	host_says(rc == IDBC_OK && left.it_interval.tv_usec == 20000 && heard[SIGALRM] >= 10,
		  "timer", "%d %s; rang %d times", rc, err.text, (int)heard[SIGALRM]);
	memset(&every, 0, sizeof(every));
	setitimer(ITIMER_REAL, &every, NULL);
}

static void test_children(const char *config)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc *mine = NULL;
	int rc, status, none;
	pid_t pid, got;

	on(SIGCHLD, hears);
	heard[SIGCHLD] = 0;
	rc = idbc_open(config, &mine, &err);
	rc = rc ? rc : host_round(mine, &err);
	idbc_close(mine, 0);
	none = waitpid(-1, &status, WNOHANG) < 0 && errno == ECHILD && !heard[SIGCHLD];
	host_says(rc == IDBC_OK && none, "no-child-of-ours", "%d %s; heard %d", rc, err.text,
		  (int)heard[SIGCHLD]);
	pid = fork();
	if (pid == 0)
		_exit(7);
	while (!heard[SIGCHLD])
		rc = rc ? rc : host_round(store, &err);
	got = waitpid(-1, &status, WNOHANG);
	host_says(rc == IDBC_OK && got == pid && WEXITSTATUS(status) == 7, "child-of-the-host",
		  "%d %s; %d", rc, err.text, (int)got);
	on(SIGCHLD, SIG_DFL);
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	host_label = argv[1];
	cut = argv[3];
	store = host_open(argv[2]);
	test_default();
	test_handler();
	test_blocked();
	test_sent();
	test_storm(argv[2]);
	test_timer();
	test_children(argv[2]);
	idbc_close(store, 0);
	return host_failed;
}
