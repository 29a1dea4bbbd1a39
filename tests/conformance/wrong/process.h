/* process.h - faults towards the process that the driver lives in. */

/* One line in the midst of get_user: what happens there. */
#if defined(FAULT_prints_stdout)
# define SIDE_EFFECT(s) (void)!write(1, "found\n", 6)
#elif defined(FAULT_prints_stderr)
# define SIDE_EFFECT(s) fprintf(stderr, "warning: deprecated\n")
#elif defined(FAULT_exits)
# define SIDE_EFFECT(s) exit(0)
#elif defined(FAULT_aborts)
# define SIDE_EFFECT(s) abort()
#elif defined(FAULT_crashes)
# define SIDE_EFFECT(s) *(volatile int *)(uintptr_t)(s)->instance->logs_in[0] = 1
#elif defined(FAULT_overflows_stack)
static volatile int depth_limit = 1 << 30;
static int dive(int depth)
{
	volatile char room[4096];

	room[0] = (char)depth;
	return depth > depth_limit ? room[0] : dive(depth + 1) + room[0];
}
# define SIDE_EFFECT(s) dive(0)
#elif defined(FAULT_leaks_memory)
# define SIDE_EFFECT(s) (void)!memset(malloc(8192), 1, 8192)
#elif defined(FAULT_leaks_descriptors)
# define SIDE_EFFECT(s) (void)!open("/dev/null", O_RDONLY | O_CLOEXEC)
#elif defined(FAULT_forks)
# define SIDE_EFFECT(s) do { if (fork() == 0) _exit(0); } while (0)
#elif defined(FAULT_closes_stdin)
# define SIDE_EFFECT(s) close(0)
#elif defined(FAULT_locale)
# define SIDE_EFFECT(s) setlocale(LC_ALL, "C.UTF-8")
#elif defined(FAULT_folder)
# define SIDE_EFFECT(s) (void)!chdir("/")
#elif defined(FAULT_umask)
# define SIDE_EFFECT(s) umask(0)
#elif defined(FAULT_environment)
# define SIDE_EFFECT(s) setenv("TZ", "UTC", 1)
#elif defined(FAULT_signal_handler)
# define SIDE_EFFECT(s) signal(SIGALRM, SIG_IGN)
#elif defined(FAULT_ignores_sigpipe)
# define SIDE_EFFECT(s) signal(SIGPIPE, SIG_IGN)
#elif defined(FAULT_signal_mask)
# define SIDE_EFFECT(s) do { \
	sigset_t set; \
	sigemptyset(&set); \
	sigaddset(&set, SIGTERM); \
	pthread_sigmask(SIG_BLOCK, &set, NULL); \
} while (0)
#elif defined(FAULT_limits)
# define SIDE_EFFECT(s) setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 200, 1000 })
#elif defined(FAULT_never_returns)
# define SIDE_EFFECT(s) for (;;) pause()
#endif

#ifdef SIDE_EFFECT
static int wrong_get_user(void *self, const struct idbc_user_req *req, struct idbc_sink *sink,
			  struct idbc_error *err)
{
	SIDE_EFFECT((struct session *)self);
	return skeleton_get_user(self, req, sink, err);
}
static int wrong_login(void *self, const struct idbc_login_req *req, struct idbc_sink *sink,
		       struct idbc_error *err)
{
	SIDE_EFFECT((struct session *)self);
	return skeleton_login(self, req, sink, err);
}
# define GET_USER wrong_get_user
# define LOGIN wrong_login
#endif

/* Prints when it is loaded, before anybody asked for anything. */
#ifdef FAULT_prints_at_load
__attribute__((constructor)) static void greet(void)
{
	puts("driver loaded");
	fflush(stdout);
}
#endif

/* A thread that outlives close(). */
#ifdef FAULT_leaks_threads
static void *sleep_for_ever(void *ctx)
{
	for (;;)
		pause();
	return ctx;
}
static int wrong_connect(void *instance, int64_t deadline_ns, void **session,
			 struct idbc_error *err)
{
	pthread_t thread;

	if (!pthread_create(&thread, NULL, sleep_for_ever, NULL))
		pthread_detach(thread);
	return skeleton_connect(instance, deadline_ns, session, err);
}
# define CONNECT wrong_connect
#endif

/* --- what is lent --------------------------------------------------------------------------------- */

/* Writes into the identifier, to fold it where it lies. */
#ifdef FAULT_writes_lent
static int wrong_get_user(void *self, const struct idbc_user_req *req, struct idbc_sink *sink,
			  struct idbc_error *err)
{
	volatile char *bytes = (volatile char *)req->identifier.ptr;

	for (size_t i = 0; i < req->identifier.len; i++)
		bytes[i] = bytes[i];
	return skeleton_get_user(self, req, sink, err);
}
# define GET_USER wrong_get_user
#endif

/* Keeps the new address as it was lent, and reads it at the next call. */
#if defined(FAULT_reads_lent_later) || defined(FAULT_writes_lent_later)
struct keeper {
	struct session right;
	volatile char *kept;
};
static int wrong_connect(void *instance, int64_t deadline_ns, void **session,
			 struct idbc_error *err)
{
	struct keeper *keeper = calloc(1, sizeof(*keeper));

	if (!keeper)
		return ((struct instance *)instance)->host->fail(
			((struct instance *)instance)->host, err, IDBC_NOMEM, "", "out of memory");
	return begun(&keeper->right, instance, deadline_ns, session, err);
}
static int wrong_get_user(void *self, const struct idbc_user_req *req, struct idbc_sink *sink,
			  struct idbc_error *err)
{
	struct keeper *keeper = self;

	if (keeper->kept) {
# ifdef FAULT_reads_lent_later
		(void)*keeper->kept;
# else
		*keeper->kept = 'x';
# endif
	}
	keeper->kept = (volatile char *)req->identifier.ptr;
	return skeleton_get_user(self, req, sink, err);
}
# define CONNECT wrong_connect
# define GET_USER wrong_get_user
#endif

/* Frees what it was lent. */
#ifdef FAULT_frees_lent
static int wrong_verify(void *self, const struct idbc_verify_req *req, struct idbc_error *err)
{
	int rc = skeleton_verify(self, req, err);

	if (rc == IDBC_OK)
		free((void *)(intptr_t)req->identifier.ptr);
	return rc;
}
# define VERIFY wrong_verify
#endif

/* Calls the sink of the call before. */
#ifdef FAULT_keeps_sink
struct keeper {
	struct session right;
	struct idbc_sink *kept;
};
static int wrong_connect(void *instance, int64_t deadline_ns, void **session,
			 struct idbc_error *err)
{
	struct keeper *keeper = calloc(1, sizeof(*keeper));

	if (!keeper)
		return IDBC_NOMEM;
	return begun(&keeper->right, instance, deadline_ns, session, err);
}
static int wrong_get_user(void *self, const struct idbc_user_req *req, struct idbc_sink *sink,
			  struct idbc_error *err)
{
	struct keeper *keeper = self;

	if (!keeper->kept)
		keeper->kept = sink;
	return skeleton_get_user(self, req, keeper->kept, err);
}
# define CONNECT wrong_connect
# define GET_USER wrong_get_user
#endif
