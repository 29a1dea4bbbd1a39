/* tests/conformance/kit/child.c - job: one case in a process of its own: what it prints is
 * kept, when its time is up it and what it started is killed, and however it ended there is
 * a verdict.
 * Threads: the program's only one.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"
#include "inside.h"
#include "run/run.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
# define UNDER_SANITIZER 1
#elif defined(__has_feature)
# if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#  define UNDER_SANITIZER 1
# endif
#endif
#ifndef UNDER_SANITIZER
# define UNDER_SANITIZER 0
#endif

#define MEMORY_LIMIT (8ull << 30)
#define TAIL 4096

/* The last of what was printed, and how much it was. */
struct stream {
	int fd;
	char tail[TAIL];
	size_t len, total;
};

/* --- in the child -------------------------------------------------------------------------- */
static void limits(void)
{
	struct rlimit none = { 0, 0 }, memory = { MEMORY_LIMIT, MEMORY_LIMIT };

	setrlimit(RLIMIT_CORE, &none);
	if (!UNDER_SANITIZER && !getenv("LD_PRELOAD"))
		setrlimit(RLIMIT_AS, &memory);
}

static void redirect(int out, int err)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (null >= 0)
		dup2(null, 0);
	dup2(out, 1);
	dup2(err, 2);
	if (null > 2)
		close(null);
	close(out);
	close(err);
}

static void close_store(struct kit *kit)
{
	if (kit->store && run_close(kit->store) == IDBC_OK)
		kit->store = NULL;
}

static _Noreturn void in_child(struct run *run, const struct kit_case *the_case, unsigned number)
{
	static struct kit kit;

	kit.run = run;
	kit.self = the_case;
	kit.page = run->page;
	kit.number = number;
	pthread_mutex_init(&kit.lock, NULL);
	if (chdir(run->folder))
		kit_fail(&kit, "the configuration's folder", "cannot be entered");
	the_case->run(&kit);
	kit_ask(&kit, "cleaning up after the case, which went well");
	if (kit.driver && the_case != &kit_clean_case)
		kit_clean_case.run(&kit);
	close_store(&kit);
	atomic_store(&run->page->state, STATE_JUDGED);
	_exit(0);
}

/* --- in the program --------------------------------------------------------------------------- */
static void take(struct stream *stream)
{
	char text[TAIL];
	ssize_t n = read(stream->fd, text, sizeof(text));

	if (n <= 0) {
		if (n == 0 || errno != EINTR) {
			close(stream->fd);
			stream->fd = -1;
		}
		return;
	}
	stream->total += (size_t)n;
	if (stream->len + (size_t)n > TAIL) {
		size_t drop = stream->len + (size_t)n - TAIL;

		memmove(stream->tail, stream->tail + drop, stream->len - drop);
		stream->len -= drop;
	}
	memcpy(stream->tail + stream->len, text, (size_t)n);
	stream->len += (size_t)n;
}

static void listen_to(struct stream *streams, int ms)
{
	struct pollfd fds[2] = { { streams[0].fd, POLLIN, 0 }, { streams[1].fd, POLLIN, 0 } };

	if (poll(fds, 2, ms) <= 0)
		return;
	for (int i = 0; i < 2; i++)
		if (streams[i].fd >= 0 && fds[i].revents)
			take(&streams[i]);
}

static void drain(struct stream *streams)
{
	for (int i = 0; i < 2; i++) {
		if (streams[i].fd >= 0)
			fcntl(streams[i].fd, F_SETFL, O_NONBLOCK);
		while (streams[i].fd >= 0)
			take(&streams[i]);
	}
}

/* 1 if it ended by itself; 0 if its time was up. */
static int await(pid_t child, struct stream *streams, int64_t until_ns, int *status)
{
	while (waitpid(child, status, WNOHANG) != child) {
		if (clock_now_ns() >= until_ns) {
			kill(-child, SIGKILL);
			kill(child, SIGKILL);
			while (waitpid(child, status, 0) < 0 && errno == EINTR)
				;
			return 0;
		}
		listen_to(streams, streams[0].fd < 0 && streams[1].fd < 0 ? 2 : 10);
	}
	kill(-child, SIGKILL);          /* what it left behind */
	return 1;
}

/* --- verdicts ----------------------------------------------------------------------------------- */
static const char *running_slot(const struct page *page)
{
	for (uint32_t slot = 0; slot < SLOT_COUNT; slot++)
		if (atomic_load(&page->inside[slot]))
			return slot_name(slot);
	return NULL;
}

static void count_stuck(struct page *page)
{
	for (uint32_t slot = 0; slot < SLOT_COUNT; slot++)
		page->stuck[slot] += atomic_load(&page->inside[slot]) != 0;
}

static void died(const struct run *run, struct outcome *outcome, int in_time, int status)
{
	const char *slot = running_slot(run->page);
	char where[64] = "", how[200];

	if (slot)
		snprintf(where, sizeof(where), " inside %s()", slot);
	if (!in_time)
		snprintf(how, sizeof(how), "nothing within %u ms%s", run->limit_ms, where);
	else if (WIFSIGNALED(status))
		snprintf(how, sizeof(how), "killed by signal %d (%s)%s", WTERMSIG(status),
			 strsignal(WTERMSIG(status)), where);
	else
		snprintf(how, sizeof(how), "the process was ended with status %d%s",
			 WEXITSTATUS(status), where);
	snprintf(outcome->wanted, sizeof(outcome->wanted), "a call that returns");
	snprintf(outcome->got, sizeof(outcome->got), "%s%s%.600s", how, outcome->err[0] ? ": " : "",
		 outcome->err);
	outcome->result = IDBC_CONFORM_NOT_OK;
}

static void not_started(struct outcome *outcome)
{
	snprintf(outcome->wanted, sizeof(outcome->wanted), "a process for the case");
	snprintf(outcome->got, sizeof(outcome->got), "%s", strerror(errno));
	outcome->result = IDBC_CONFORM_NOT_OK;
}

static void judge(const struct run *run, struct outcome *outcome, int in_time, int status)
{
	const struct page *page = run->page;
	int judged = atomic_load(&page->state) == STATE_JUDGED;

	snprintf(outcome->asked, sizeof(outcome->asked), "%s", page->asked);
	outcome->ended = judged && in_time && WIFEXITED(status) && !WEXITSTATUS(status);
	if (!outcome->ended) {
		died(run, outcome, in_time, status);
		return;
	}
	outcome->result = page->result;
	snprintf(outcome->wanted, sizeof(outcome->wanted), "%s", page->wanted);
	snprintf(outcome->got, sizeof(outcome->got), "%s", page->got);
}

static void clear_page(struct page *page)
{
	atomic_store(&page->judging, 0);
	atomic_store(&page->state, STATE_RUNS);
	page->result = IDBC_CONFORM_OK;
	page->asked[0] = page->wanted[0] = page->got[0] = '\0';
	for (uint32_t slot = 0; slot < SLOT_COUNT; slot++)
		atomic_store(&page->inside[slot], 0);
}

static pid_t start(struct run *run, const struct kit_case *the_case, unsigned number,
		   struct stream *streams)
{
	int out[2], err[2];
	pid_t child;

	if (pipe2(out, O_CLOEXEC))
		return -1;
	if (pipe2(err, O_CLOEXEC)) {
		close(out[0]);
		close(out[1]);
		return -1;
	}
	child = fork();
	if (!child) {
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_CHILD_SUBREAPER, 1);       /* what a driver lets loose is seen */
		close(out[0]);
		close(err[0]);
		limits();
		redirect(out[1], err[1]);
		in_child(run, the_case, number);
	}
	close(out[1]);
	close(err[1]);
	if (child < 0) {
		close(out[0]);
		close(err[0]);
		return -1;
	}
	streams[0].fd = out[0];
	streams[1].fd = err[0];
	return child;
}

void child_run(struct run *run, const struct kit_case *the_case, unsigned number,
	       struct outcome *outcome)
{
	struct stream streams[2] = { { .fd = -1 }, { .fd = -1 } };
	int64_t began_ns = clock_now_ns();
	int in_time = 0, status = 0;
	pid_t child;

	memset(outcome, 0, sizeof(*outcome));
	clear_page(run->page);
	child = start(run, the_case, number, streams);
	if (child < 0) {
		not_started(outcome);
		return;
	}
	setpgid(child, child);
	in_time = await(child, streams, began_ns + (int64_t)run->limit_ms * 1000000, &status);
	drain(streams);
	page_scrub(run->page, streams[0].tail, streams[0].len, outcome->out, sizeof(outcome->out));
	page_scrub(run->page, streams[1].tail, streams[1].len, outcome->err, sizeof(outcome->err));
	outcome->out_bytes = streams[0].total;
	outcome->err_bytes = streams[1].total;
	judge(run, outcome, in_time, status);
	if (!in_time)
		count_stuck(run->page);
	outcome->took_ms = (uint32_t)((clock_now_ns() - began_ns) / 1000000);
}

/* --- commands ---------------------------------------------------------------------------------- */
int child_command(const struct run *run, const char *command)
{
	int status = -1;
	pid_t child = fork();

	if (!child) {
		dup2(2, 1);             /* the program's own output is TAP */
		setenv("IDBC_CONFIG", run->config, 1);
		setenv("IDBC_DRIVER", run->driver, 1);
		if (chdir(run->folder))
			_exit(127);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	if (child > 0)
		while (waitpid(child, &status, 0) < 0 && errno == EINTR)
			;
	return status;
}
