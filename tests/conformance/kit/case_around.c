/* tests/conformance/kit/case_around.c - job: what lies around the calls: the process, its memory,
 * what is printed, logged and said in errors.
 * Threads: one.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "inside.h"
#include "run/run.h"
#include "world.h"

static void round_trip(struct kit *kit)
{
	void *session = kit_tour(kit, kit_connect(kit));

	kit_disconnect(kit, session);
	kit_tour_through(kit);
}

/* --- the process ------------------------------------------------------------------------------ */
static void close_all(struct kit *kit)
{
	if (kit->store && run_close(kit->store) != IDBC_OK)
		kit_fail(kit, "a connection that closes", "it does not");
	kit->store = NULL;
}

/* The libraries of this process make themselves at home in the first round; the driver's are
 * loaded in it too, so what is compared with is the process before the driver. */
static void look(struct kit *kit, struct world *before, struct world *after)
{
	kit_ask(kit, "the process before the driver is loaded, and after a round of all operations");
	world_look(before);
	round_trip(kit);
	kit_clean_case.run(kit);
	close_all(kit);
	world_look(after);
}

static void locale(struct kit *kit)
{
	struct world before, after;

	look(kit, &before, &after);
	KIT_WANT(kit, !strcmp(before.locale, after.locale), "%.100s, then %.100s", before.locale,
		 after.locale);
}

static void folder(struct kit *kit)
{
	struct world before, after;

	look(kit, &before, &after);
	KIT_WANT(kit, !strcmp(before.folder, after.folder), "%.200s, then %.200s", before.folder,
		 after.folder);
}

static void umask_kept(struct kit *kit)
{
	struct world before, after;

	look(kit, &before, &after);
	KIT_WANT(kit, before.umask == after.umask, "%03o, then %03o", before.umask, after.umask);
}

static void environment(struct kit *kit)
{
	struct world before, after;

	look(kit, &before, &after);
	KIT_WANT(kit, before.environment == after.environment, "another environment");
}

static void signals(struct kit *kit)
{
	struct world before, after;

	look(kit, &before, &after);
	for (int i = 1; i < WORLD_SIGNALS; i++)
		KIT_WANT(kit, before.handlers[i] == after.handlers[i] &&
			 before.handler_flags[i] == after.handler_flags[i], "another handler of signal %d",
			 i);
	for (int i = 1; i < WORLD_SIGNALS; i++)
		KIT_WANT(kit, !!sigismember(&before.mask, i) == !!sigismember(&after.mask, i),
			 "signal %d is %s", i, sigismember(&after.mask, i) ? "blocked" : "let in");
}

static void limits(struct kit *kit)
{
	struct world before, after;

	look(kit, &before, &after);
	for (int i = 0; i < WORLD_LIMITS; i++)
		KIT_WANT(kit, !memcmp(&before.limits[i], &after.limits[i], sizeof(before.limits[i])),
			 "limit %d", i);
}

static void threads(struct kit *kit)
{
	struct world before, after;

	look(kit, &before, &after);
	KIT_WANT(kit, after.threads <= before.threads, "%u threads, then %u", before.threads,
		 after.threads);
	KIT_WANT(kit, after.children <= before.children, "a process was left behind");
	KIT_WANT(kit, after.reaped == before.reaped, "a process was started, and has ended");
}

static void user(struct kit *kit)
{
	struct world before, after;

	look(kit, &before, &after);
	KIT_WANT(kit, before.who == after.who,
		 "another user, group, session, priority, or other rights");
}

static void timers(struct kit *kit)
{
	struct world before, after;

	look(kit, &before, &after);
	KIT_WANT(kit, before.timers == after.timers, "%llu alarms and timers, then %llu",
		 (unsigned long long)before.timers, (unsigned long long)after.timers);
}

static void thread(struct kit *kit)
{
	struct world before, after;
	const struct world_thread *was = &before.thread, *is = &after.thread;

	look(kit, &before, &after);
	KIT_WANT(kit, was->locale == is->locale, "another locale of the thread");
	KIT_WANT(kit, !strcmp(was->name, is->name), "another name, %s", is->name);
	KIT_WANT(kit, was->signal_stack == is->signal_stack, "another stack for signals");
	KIT_WANT(kit, was->cancel_state == is->cancel_state &&
		 was->cancel_type == is->cancel_type, "it can be cancelled in another way");
}

/* Two files of the host, one of them far up: they are still there. */
static void files_of_others(struct kit *kit)
{
	int near = memfd_create("kit", MFD_CLOEXEC), far = fcntl(near, F_DUPFD_CLOEXEC, 200);
	struct world before, after;

	if (near < 0 || far < 0)
		kit_fail(kit, "files for the kit", "none");
	look(kit, &before, &after);
	KIT_WANT(kit, fcntl(near, F_GETFD) == FD_CLOEXEC, "descriptor %d was closed", near);
	KIT_WANT(kit, fcntl(far, F_GETFD) == FD_CLOEXEC, "descriptor %d was closed", far);
	close(near);
	close(far);
}

/* What a driver leaves to be done at exit runs in a process that did nothing wrong.  In a
 * fork, since the case's own process has a verdict to give. */
static void exits(struct kit *kit)
{
	int status = 0;
	pid_t child;

	if (world_sanitized())
		kit_skip(kit, "a sanitizer has its own idea of an end");
	round_trip(kit);
	kit_clean_case.run(kit);
	close_all(kit);
	kit_ask(kit, "exit(0), after close()");
	child = fork();
	if (!child)
		exit(0);
	if (child < 0 || waitpid(child, &status, 0) != child)
		kit_fail(kit, "a process for the kit", "none");
	KIT_WANT(kit, WIFEXITED(status) && !WEXITSTATUS(status), "the process ended with 0x%x",
		 (unsigned)status);
}

/* Client libraries keep a few files open for good; what counts is that they stay few. */
static void descriptors(struct kit *kit)
{
	struct world before, after;
	unsigned sockets;

	look(kit, &before, &after);
	sockets = world_sockets();
	KIT_WANT(kit, !sockets, "%u sockets after close()", sockets);
	KIT_WANT(kit, after.descriptors <= before.descriptors + 4, "%u descriptors, then %u",
		 before.descriptors, after.descriptors);
}

static void standard(struct kit *kit)
{
	struct world before, after;

	look(kit, &before, &after);
	for (int fd = 0; fd < 3; fd++)
		KIT_WANT(kit, before.standard[fd] == after.standard[fd],
			 "descriptor %d is closed, or another file", fd);
}

const struct kit_case kit_environment_cases[] = {
	{ "environment.locale", "a driver does not change the locale", 0, locale },
	{ "environment.folder", "a driver does not change the working directory", 0, folder },
	{ "environment.umask", "a driver does not change the umask", 0, umask_kept },
	{ "environment.variables", "a driver does not change the environment", 0, environment },
	{ "environment.signals", "a driver changes no signal's handler and no mask", 0, signals },
	{ "environment.limits", "a driver changes no resource limit", 0, limits },
	{ "environment.threads", "no thread and no process outlives close()", 0, threads },
	{ "environment.user", "a driver leaves user, groups, rights and priority as they are", 0,
	  user },
	{ "environment.timers", "a driver sets no alarm and leaves no timer behind", 0, timers },
	{ "environment.thread", "a host's thread is after a call what it was before", 0, thread },
	{ "environment.exit", "a process that had a driver in it ends as it wants to", 0, exits },
	{ "environment.files", "a driver closes no file of others", 0, files_of_others },
	{ "environment.descriptors", "no socket outlives close()", 0, descriptors },
	{ "environment.standard", "a driver leaves stdin, stdout and stderr alone", 0, standard },
	{ NULL, NULL, 0, NULL },
};

/* --- memory ----------------------------------------------------------------------------------- */
#define WARM 20
#define ROUNDS 200
#define ENOUGH_NS 4000000000            /* a slow store gets fewer rounds */

struct rounds {
	void (*once)(struct kit *, struct rounds *);
	void *session;
	struct kit_user *user;          /* who stays, where a round makes nobody */
	uint64_t wanted, done, grown;
};

/* In a thread of its own, which gives back what the allocator kept for it when it ends: what
 * is then allocated is in use. */
static void go_round(struct kit *kit, unsigned number, void *ctx)
{
	struct rounds *rounds = ctx;
	const struct idbc_driver *table = kit_table(kit);
	int64_t began_ns = kit_now_ns();

	(void)number;
	if (table->thread_begin && table->thread_begin(kit_instance(kit)))
		kit_fail(kit, "a thread that may work", "thread_begin() refused");
	for (rounds->done = 0; rounds->done < rounds->wanted; rounds->done++) {
		if (rounds->done >= 2 && kit_now_ns() > began_ns + ENOUGH_NS)
			break;
		rounds->once(kit, rounds);
	}
	if (table->thread_end)
		table->thread_end(kit_instance(kit));
}

static void run_rounds(struct kit *kit, struct rounds *rounds, uint64_t wanted)
{
	rounds->wanted = wanted;
	kit_threads(kit, 1, go_round, rounds);
}

static uint64_t more(uint64_t now, uint64_t before)
{
	return now > before ? now - before : 0;
}

/* A driver may keep statements and buffers; it may not keep more the longer it lives: only
 * who grows every time leaks. */
static int grows(struct kit *kit, struct rounds *rounds)
{
	struct world before, after;
	uint64_t heap, mapped, pages;
	unsigned keys;
	int tries = 3;

	run_rounds(kit, rounds, WARM);
	world_look(&before);
	keys = world_free_keys();
	do {
		heap = world_heap();
		mapped = world_mapped() - atomic_load(&kit->kept_bytes);
		run_rounds(kit, rounds, ROUNDS);
		rounds->grown = more(world_heap(), heap);
		pages = more(world_mapped() - atomic_load(&kit->kept_bytes), mapped);
	} while ((rounds->grown >= rounds->done * 16 || pages >= rounds->done * 4096) && --tries);
	world_look(&after);
	KIT_WANT(kit, world_sanitized() || pages < rounds->done * 4096,
		 "%llu bytes more are mapped after %llu rounds", (unsigned long long)pages,
		 (unsigned long long)rounds->done);
	KIT_WANT(kit, world_free_keys() + 20 >= keys, "%u thread-specific keys are left of %u",
		 world_free_keys(), keys);
	KIT_WANT(kit, after.descriptors <= before.descriptors, "%u descriptors, then %u",
		 before.descriptors, after.descriptors);
	KIT_WANT(kit, after.threads <= before.threads, "%u threads, then %u", before.threads,
		 after.threads);
	return rounds->grown >= rounds->done * 16;
}

static void want_no_growth(struct kit *kit, struct rounds *rounds)
{
	if (grows(kit, rounds))
		kit_fail(kit, "no more memory than before",
			 "%llu bytes more are allocated, %llu in each of %llu rounds",
			 (unsigned long long)rounds->grown,
			 (unsigned long long)(rounds->grown / rounds->done),
			 (unsigned long long)rounds->done);
}

static void tour_once(struct kit *kit, struct rounds *rounds)
{
	rounds->session = kit_tour(kit, rounds->session);
}

static void stay_once(struct kit *kit, struct rounds *rounds)
{
	rounds->session = kit_tour_of(kit, rounds->session, rounds->user);
}

/* Is the name of one who was deleted still taken?  Then he is still in the store. */
static int keeps_deleted(struct kit *kit, void *session)
{
	struct kit_user *user;
	struct kit_rows rows;
	struct idbc_error err;

	if (!kit_has(kit, KIT_CREATE | KIT_DELETE))
		return 0;
	user = kit_user(kit, session);
	kit_rows_init(kit, &rows);
	return kit_delete(kit, session, user->id, &err) == IDBC_OK &&
	       kit_create(kit, session, user->fields, user->nfields, user->parts, user->nparts,
			  &rows, &err) != IDBC_OK;
}

/* A store in memory that keeps who was deleted grows with each of them, and rightly so. */
static void leaks(struct kit *kit)
{
	struct rounds rounds = { .once = tour_once, .session = kit_connect(kit) };

	kit_ask(kit, "all operations, %d times", ROUNDS);
	if (keeps_deleted(kit, rounds.session)) {
		kit_ask(kit, "all operations but create and delete_user, %d times", ROUNDS);
		rounds.once = stay_once;
		rounds.user = kit_user(kit, rounds.session);
	}
	want_no_growth(kit, &rounds);
	kit_disconnect(kit, rounds.session);
}

static void session_once(struct kit *kit, struct rounds *rounds)
{
	(void)rounds;
	kit_disconnect(kit, kit_connect(kit));
}

static void session_leaks(struct kit *kit)
{
	struct rounds rounds = { .once = session_once };

	kit_ask(kit, "connect() and disconnect(), %d times", ROUNDS);
	kit_instance(kit);
	want_no_growth(kit, &rounds);
}

const struct kit_case kit_leak_cases[] = {
	{ "leak.operations", "200 rounds of all operations leave nothing behind", 0, leaks },
	{ "leak.sessions", "200 sessions leave nothing behind", 0, session_leaks },
	{ NULL, NULL, 0, NULL },
};

/* --- seen in passing ------------------------------------------------------------------------------ */
/* Their own round makes sure that there was something to see, when they run alone. */
static void seen(struct kit *kit)
{
	kit_ask(kit, "a round of all operations");
	round_trip(kit);
}

/* The struct is the caller's: its text must not point into what is gone. */
static void outlives(struct kit *kit)
{
	struct idbc_error err, copy;
	void *session = kit_connect(kit);
	struct kit_rows rows;

	kit_ask(kit, "an error, before and after its session and instance are gone");
	kit_rows_init(kit, &rows);
	kit_want(kit, kit_get_user(kit, session, IDBC_BY_LOGIN, kit_nobody(kit, 0), &rows, &err),
		 &err, IDBC_NO_USER);
	copy = err;
	kit_disconnect(kit, session);
	close_all(kit);
	KIT_WANT(kit, !memcmp(&copy, &err, sizeof(err)), "it has changed");
}

static void quiet_debug(struct kit *kit)
{
	kit_ask(kit, "a round of all operations: lines of the log at every level");
	round_trip(kit);
}

const struct kit_case kit_errors_cases[] = {
	{ "create.works", "create() makes a user", 0, seen },
	{ "sink.order", "row(), its fields, at most one credential, the next row", 0, seen },
	{ "sink.row", "a row has an id, in UTF-8, and what it matched", 0, seen },
	{ "sink.field", "a field has a name, a kind that there is, and stands once", 0, seen },
	{ "errors.outlive", "an error outlives session and instance", 0, outlives },
	{ "errors.status", "a slot fills in the status that it returns", 0, seen },
	{ "errors.size", "err->size is the caller's", 0, seen },
	{ "errors.effect", "an effect is NONE, APPLIED or UNKNOWN", 0, seen },
	{ "errors.code", "a code is a short word of small letters, or nothing", 0, seen },
	{ "errors.text", "a text is one line of UTF-8", 0, seen },
	{ "errors.no_secret", "no password and no stored password stands in an error", 0, seen },
	{ "errors.log_no_secret", "no password and no stored password stands in the log", 0,
	  quiet_debug },
	{ "quiet.stdout", "nothing is written to standard output", 0, seen },
	{ "quiet.stderr", "nothing is written to standard error", 0, seen },
	{ NULL, NULL, 0, NULL },
};
