/* sessions.h - faults of sessions, threads, time and fork. */

/* Two sessions that are one. */
#ifdef FAULT_double_connect
struct shared {
	struct session session;
	pthread_mutex_t lock;
	int users;
};
struct one {                            /* the instance, with its only session */
	struct instance right;
	struct shared *shared;
};
static int wrong_open(const struct idbc_host *host, const struct idbc_settings *settings,
		      struct idbc_findings *findings, void **instance, struct idbc_error *err)
{
	struct one *one;
	int rc = skeleton_open(host, settings, findings, instance, err);

	if (rc != IDBC_OK)
		return rc;
	one = realloc(*instance, sizeof(*one));
	if (!one)
		abort();
	one->shared = calloc(1, sizeof(*one->shared));
	one->shared->session.instance = &one->right;
	*instance = one;
	return rc;
}
static void wrong_close(void *instance)
{
	free(((struct one *)instance)->shared);
	skeleton_close(instance);
}
static int wrong_connect(void *instance, int64_t deadline_ns, void **session,
			 struct idbc_error *err)
{
	struct session *s = &((struct one *)instance)->shared->session;
	int rc = in_time(s, deadline_ns, err);

	if (rc == IDBC_OK)
		*session = s;
	return rc;
}
static void wrong_disconnect(void *session)
{
	(void)session;
}
# define OPEN wrong_open
# define CLOSE wrong_close
# define CONNECT wrong_connect
# define DISCONNECT wrong_disconnect
# define ABANDON wrong_disconnect
#endif

#ifdef FAULT_null_session
static int wrong_connect(void *instance, int64_t deadline_ns, void **session,
			 struct idbc_error *err)
{
	(void)instance;
	(void)deadline_ns;
	(void)err;
	*session = NULL;
	return IDBC_OK;
}
# define CONNECT wrong_connect
#endif

/* A session remembers the thread that connected it, and works on no other. */
#ifdef FAULT_bound_to_thread
struct bound {
	struct session right;
	pthread_t thread;
};
static int wrong_connect(void *instance, int64_t deadline_ns, void **session,
			 struct idbc_error *err)
{
	struct bound *bound = calloc(1, sizeof(*bound));

	if (!bound)
		return IDBC_NOMEM;
	bound->thread = pthread_self();
	return begun(&bound->right, instance, deadline_ns, session, err);
}
static int wrong_get_user(void *self, const struct idbc_user_req *req, struct idbc_sink *sink,
			  struct idbc_error *err)
{
	if (!pthread_equal(((struct bound *)self)->thread, pthread_self()))
		return fail(self, err, IDBC_UNAVAILABLE, "", "commands out of sync");
	return skeleton_get_user(self, req, sink, err);
}
# define CONNECT wrong_connect
# define GET_USER wrong_get_user
#endif

/* Any two calls at once, on whatever sessions, disturb each other. */
#ifdef FAULT_one_at_a_time
static int wrong_get_user(void *self, const struct idbc_user_req *req, struct idbc_sink *sink,
			  struct idbc_error *err)
{
	struct session *s = self;
	int rc;

	if (s->instance->logs_in[0])
		return fail(s, err, IDBC_UNAVAILABLE, "", "another call is running");
	s->instance->logs_in[0] = 1;
	nanosleep(&(struct timespec){ 0, 200000 }, NULL);
	rc = skeleton_get_user(self, req, sink, err);
	s->instance->logs_in[0] = 0;
	return rc;
}
# define GET_USER wrong_get_user
#endif

/* After a refusal the session is of no use. */
#ifdef FAULT_dead_after_refusal
static int wrong_get_user(void *self, const struct idbc_user_req *req, struct idbc_sink *sink,
			  struct idbc_error *err)
{
	struct session *s = self;
	int rc = atomic_load(&s->stop) == 7 ? fail(s, err, IDBC_UNAVAILABLE, "", "rows are pending")
					    : skeleton_get_user(self, req, sink, err);

	if (rc != IDBC_OK)
		atomic_store(&s->stop, 7);
	return rc;
}
# define GET_USER wrong_get_user
#endif

/* Says that interrupt() works, and it does nothing. */
#ifdef FAULT_lies_about_interrupt
static void wrong_interrupt(void *session)
{
	(void)session;
}
# define INTERRUPT wrong_interrupt
#endif

/* What was interrupted says that the store is gone. */
#ifdef FAULT_interrupt_unavailable
static int wrong_change_password(void *self, const struct idbc_password_req *req,
				 struct idbc_error *err)
{
	int rc = skeleton_change_password(self, req, err);

	return rc == IDBC_TIMEOUT ? fail(self, err, IDBC_UNAVAILABLE, "", "gone") : rc;
}
# define CHANGE_PASSWORD wrong_change_password
#endif

/* Waits until the call that it interrupts has ended. */
#ifdef FAULT_interrupt_blocks
static void wrong_interrupt(void *session)
{
	const struct session *s = session;

	skeleton_interrupt(session);
	for (;;)
		nanosleep(&(struct timespec){ 1, s->instance->writing }, NULL);
}
# define INTERRUPT wrong_interrupt
#endif

/* Takes its time: a second connection, say, on which the store is told. */
#ifdef FAULT_interrupt_slow
static void wrong_interrupt(void *session)
{
	nanosleep(&(struct timespec){ 0, 800000000 }, NULL);
	skeleton_interrupt(session);
}
# define INTERRUPT wrong_interrupt
#endif

/* An interrupt while nothing ran ends the call that comes next. */
#ifdef FAULT_interrupt_lasts
static int wrong_get_user(void *self, const struct idbc_user_req *req, struct idbc_sink *sink,
			  struct idbc_error *err)
{
	struct session *s = self;

	if (atomic_exchange(&s->stop, 0))
		return fail(s, err, IDBC_TIMEOUT, "", "interrupted");
	return skeleton_get_user(self, req, sink, err);
}
# define GET_USER wrong_get_user
#endif

/* --- time ------------------------------------------------------------------------------------------- */

#if defined(FAULT_ignores_deadline)
static int wrong_get_user(void *self, const struct idbc_user_req *req, struct idbc_sink *sink,
			  struct idbc_error *err)
{
	struct idbc_user_req mine = *req;

	mine.deadline_ns = INT64_MAX;
	return skeleton_get_user(self, &mine, sink, err);
}
# define GET_USER wrong_get_user
#endif

/* Waits for the greeting of a server, whenever that comes; where there is a server at all. */
#if defined(FAULT_connect_waits)
static int wrong_open(const struct idbc_host *host, const struct idbc_settings *settings,
		      struct idbc_findings *findings, void **instance, struct idbc_error *err)
{
	int rc = skeleton_open(host, settings, findings, instance, err);

	if (rc == IDBC_OK)
		host->setting_i64(settings, "port", 0, &((struct instance *)*instance)->fold[0]);
	return rc;
}
static int wrong_connect(void *instance, int64_t deadline_ns, void **session,
			 struct idbc_error *err)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	struct instance *in = instance;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char greeting;

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	at.sin_port = htons((uint16_t)in->fold[0]);
	if (in->fold[0] && !connect(fd, (struct sockaddr *)&at, sizeof(at)))
		(void)!read(fd, &greeting, 1);
	close(fd);
	return skeleton_connect(instance, deadline_ns, session, err);
}
# define OPEN wrong_open
# define CONNECT wrong_connect
#endif

/* Writes, and then sees that it is late. */
#if defined(FAULT_late_write)
static int wrong_verify(void *self, const struct idbc_verify_req *req, struct idbc_error *err)
{
	struct idbc_verify_req mine = *req;
	int rc;

	mine.deadline_ns = INT64_MAX;
	rc = skeleton_verify(self, &mine, err);
	return rc == IDBC_OK ? in_time(self, req->deadline_ns, err) : rc;
}
# define VERIFY wrong_verify
#endif

/* --- sockets ---------------------------------------------------------------------------------------- */

/* A session with a socket; disconnect says goodbye, and so, wrongly, does abandon. */
#if defined(FAULT_abandon_says_goodbye) || defined(FAULT_abandon_keeps) || \
	defined(FAULT_disconnect_keeps) || defined(FAULT_disconnect_waits)
struct wired {
	struct session right;
	int ends[2];
};
static int wrong_connect(void *instance, int64_t deadline_ns, void **session,
			 struct idbc_error *err)
{
	struct wired *wired = calloc(1, sizeof(*wired));
	int ends[2], rc;

	if (!wired || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends)) {
		free(wired);
		return IDBC_NOMEM;
	}
	memcpy(wired->ends, ends, sizeof(ends));
	rc = begun(&wired->right, instance, deadline_ns, session, err);
	if (rc != IDBC_OK) {
		close(ends[0]);
		close(ends[1]);
	}
	return rc;
}
static inline void close_wires(struct wired *wired)
{
	close(wired->ends[0]);
	close(wired->ends[1]);
	free(wired);
}
static inline void say_goodbye(void *session)
{
	struct wired *wired = session;

	(void)!write(wired->ends[0], "QUIT\n", 5);
	close_wires(wired);
}
/* Its other end answers, unless the store has fallen silent. */
static inline void await_goodbye(void *session)
{
	struct wired *wired = session;
	struct pollfd answer = { wired->ends[0], POLLIN, 0 };

	(void)!write(wired->ends[1], "BYE\n", 4);
	poll(&answer, 1, 3000);
	close_wires(wired);
}
static inline void keep(void *session)
{
	(void)session;
}
static inline void abandon_wires(void *session)
{
	close_wires(session);
}
# define CONNECT wrong_connect
# ifdef FAULT_disconnect_keeps
#  define DISCONNECT keep
# elif defined(FAULT_disconnect_waits)
#  define DISCONNECT await_goodbye
# else
#  define DISCONNECT say_goodbye
# endif
# ifdef FAULT_abandon_keeps
#  define ABANDON keep
# elif defined(FAULT_disconnect_keeps) || defined(FAULT_disconnect_waits)
#  define ABANDON abandon_wires
# else
#  define ABANDON say_goodbye
# endif
#endif

#ifdef FAULT_close_keeps
static void wrong_close(void *instance)
{
	(void)instance;
}
# define CLOSE wrong_close
#endif

/* No store: says so of every session; used to see that this is never "no such user". */
#ifdef FAULT_ping_fails
static int wrong_ping(void *session, int64_t deadline_ns, struct idbc_error *err)
{
	(void)deadline_ns;
	return fail(session, err, IDBC_UNAVAILABLE, "", "gone");
}
# define PING wrong_ping
#endif
