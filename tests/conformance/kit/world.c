/* tests/conformance/kit/world.c - job: look at the process from inside.
 * Threads: one.
 */
#include <dirent.h>
#include <locale.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include "world.h"

extern char **environ;

/* Of a sanitizer that may or may not be here. */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

/* What glibc keeps by for this thread, seven pieces of each small size, counts as allocated:
 * all of it is taken while we look, so that each look sees the same. */
#define KERNEL_FLAG 0x04000000  /* SA_RESTORER, which the C library sets */
#define PIECES 7
#define SIZES  64

static struct mallinfo2 look_at_heap(void)
{
	void *taken[SIZES][PIECES];
	struct mallinfo2 info;

	for (size_t i = 0; i < SIZES; i++)
		for (size_t j = 0; j < PIECES; j++)
			taken[i][j] = malloc(24 + 16 * i);
	info = mallinfo2();
	for (size_t i = 0; i < SIZES; i++)
		for (size_t j = 0; j < PIECES; j++)
			free(taken[i][j]);
	return info;
}

unsigned world_free_keys(void)
{
	pthread_key_t key[1024];
	unsigned n = 0;

	while (n < 1024 && !pthread_key_create(&key[n], NULL))
		n++;
	for (unsigned i = 0; i < n; i++)
		pthread_key_delete(key[i]);
	return n;
}

/* Of memory that no allocator counts: less what the kit itself keeps closed. */
uint64_t world_mapped(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	unsigned long long pages = 0;

	if (file && fscanf(file, "%llu", &pages) != 1)
		pages = 0;
	if (file)
		fclose(file);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

int world_sanitized(void)
{
	return __sanitizer_get_current_allocated_bytes != NULL;
}

uint64_t world_heap(void)
{
	struct mallinfo2 info;

	if (__sanitizer_get_current_allocated_bytes)
		return __sanitizer_get_current_allocated_bytes();
	info = look_at_heap();
	return info.uordblks + info.hblkhd;
}

static unsigned entries(const char *path)
{
	DIR *folder = opendir(path);
	unsigned n = 0;

	for (struct dirent *entry; folder && (entry = readdir(folder));)
		n += entry->d_name[0] != '.';
	if (folder)
		closedir(folder);
	return n;
}

static uint64_t environment(void)
{
	uint64_t digest = 14695981039346656037u;

	for (char **at = environ; at && *at; at++)
		for (const char *c = *at; ; c++) {
			digest = (digest ^ (unsigned char)*c) * 1099511628211u;
			if (!*c)
				break;
		}
	return digest;
}

static void look_at_signals(struct world *world)
{
	for (int i = 1; i < WORLD_SIGNALS; i++) {
		struct sigaction action;

		if (sigaction(i, NULL, &action))
			continue;
		memcpy(&world->handlers[i], &action.sa_handler, sizeof(world->handlers[i]));
		world->handler_flags[i] = action.sa_flags & ~KERNEL_FLAG;
	}
	pthread_sigmask(SIG_SETMASK, NULL, &world->mask);
}

static uint64_t mix(uint64_t digest, uint64_t more)
{
	return (digest ^ more) * 1099511628211u;
}

static uint64_t who(void)
{
	uid_t u[3] = { 0 };
	gid_t g[3] = { 0 }, groups[256];
	int n = getgroups(256, groups);
	uint64_t digest = mix((uint64_t)getpriority(PRIO_PROCESS, 0), (uint64_t)getsid(0));

	getresuid(&u[0], &u[1], &u[2]);
	getresgid(&g[0], &g[1], &g[2]);
	for (int i = 0; i < 3; i++)
		digest = mix(mix(digest, u[i]), g[i]);
	for (int i = 0; i < n; i++)
		digest = mix(digest, groups[i]);
	digest = mix(digest, (uint64_t)prctl(PR_GET_DUMPABLE));
	return mix(digest, (uint64_t)prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
}

/* Alarms, and the lines that the kernel has for timers. */
static uint64_t timers(void)
{
	FILE *file = fopen("/proc/self/timers", "re");
	uint64_t n = 0;
	int c;

	for (int i = ITIMER_REAL; i <= ITIMER_PROF; i++) {
		struct itimerval timer;

		n += getitimer((__itimer_which_t)i, &timer) == 0 &&
		     (timer.it_value.tv_sec || timer.it_value.tv_usec);
	}
	while (file && (c = getc(file)) != EOF)
		n += c == '\n';
	if (file)
		fclose(file);
	return n;
}

static void look_at_thread(struct world_thread *thread)
{
	stack_t stack;

	pthread_getname_np(pthread_self(), thread->name, sizeof(thread->name));
	thread->locale = (void *)uselocale((locale_t)0);
	if (sigaltstack(NULL, &stack) == 0)
		thread->signal_stack = stack.ss_sp;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &thread->cancel_state);
	pthread_setcancelstate(thread->cancel_state, NULL);
	pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &thread->cancel_type);
	pthread_setcanceltype(thread->cancel_type, NULL);
}

static uint64_t reaped(void)
{
	struct rusage usage = { .ru_minflt = 0 };

	getrusage(RUSAGE_CHILDREN, &usage);
	return (uint64_t)usage.ru_minflt;
}

void world_look(struct world *world)
{
	memset(world, 0, sizeof(*world));
	snprintf(world->locale, sizeof(world->locale), "%s", setlocale(LC_ALL, NULL));
	if (!getcwd(world->folder, sizeof(world->folder)))
		world->folder[0] = '\0';
	world->umask = umask(0);
	umask(world->umask);
	world->environment = environment();
	look_at_signals(world);
	for (int i = 0; i < RLIMIT_NLIMITS && i < WORLD_LIMITS; i++)
		getrlimit((__rlimit_resource_t)i, &world->limits[i]);
	world->threads = entries("/proc/self/task");
	world->descriptors = entries("/proc/self/fd");
	for (int fd = 0; fd < 3; fd++) {
		struct stat st;

		if (!fstat(fd, &st))
			world->standard[fd] = (uint64_t)st.st_dev << 32 ^ st.st_ino ^ 1;
	}
	world->who = who();
	world->timers = timers();
	world->reaped = reaped();
	look_at_thread(&world->thread);
	world->children = waitid(P_ALL, 0, &(siginfo_t){ 0 }, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/* --- sockets --------------------------------------------------------------------------------- */
static int is_known(const int *known, unsigned n, int fd)
{
	for (unsigned i = 0; i < n; i++)
		if (known[i] == fd)
			return 1;
	return 0;
}

unsigned world_new_sockets(const int *known, unsigned nknown, int *out, unsigned cap)
{
	DIR *folder = opendir("/proc/self/fd");
	unsigned n = 0;

	for (struct dirent *entry; folder && (entry = readdir(folder));) {
		int fd = atoi(entry->d_name);
		struct stat st;

		if (entry->d_name[0] == '.' || fstat(fd, &st) || !S_ISSOCK(st.st_mode) ||
		    is_known(known, nknown, fd) || n >= cap)
			continue;
		out[n++] = fd;
	}
	if (folder)
		closedir(folder);
	return n;
}

unsigned world_sockets(void)
{
	int found[256];

	return world_new_sockets(NULL, 0, found, 256);
}
