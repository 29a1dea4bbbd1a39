/* subtle.h - faults that show late: after some calls, at one length, in a second session or
 * instance, past the end of what was lent, or in what a process keeps besides its memory.
 */

/* --- around each read: what happens there -------------------------------------------------- */
#if defined(FAULT_alarm)
# define READ_EFFECT(s) alarm(3600)
#elif defined(FAULT_closes_others)
# define READ_EFFECT(s) close_range(3, ~0u, 0)
#elif defined(FAULT_thread_locale)
# define READ_EFFECT(s) uselocale(newlocale(LC_ALL_MASK, "C.UTF-8", (locale_t)0))
#elif defined(FAULT_thread_name)
# define READ_EFFECT(s) pthread_setname_np(pthread_self(), "wrong")
#elif defined(FAULT_runs_a_program)
# define READ_EFFECT(s) (void)!system(":")
#elif defined(FAULT_cancel_off)
# define READ_EFFECT(s) pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL)
#elif defined(FAULT_leaks_pages)
# define READ_EFFECT(s) (void)!mmap(NULL, 8192, PROT_READ | PROT_WRITE, \
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
#elif defined(FAULT_leaks_keys)
# define READ_EFFECT(s) do { pthread_key_t key_; pthread_key_create(&key_, NULL); } while (0)
#elif defined(FAULT_deep_stack)
static int fill_stack(void)
{
	volatile char room[1 << 20];

	memset((char *)room, 1, sizeof(room));
	return room[77];
}
# define READ_EFFECT(s) (void)!fill_stack()
#elif defined(FAULT_handler_at_exit)
static void at_exit(void)
{
	abort();
}
# define READ_EFFECT(s) atexit(at_exit)
#elif defined(FAULT_not_dumpable)
# define READ_EFFECT(s) prctl(PR_SET_DUMPABLE, 0)
#elif defined(FAULT_error_overrun)
# define READ_EFFECT(s) memset((char *)err + sizeof(*err), 0, 16)
#elif defined(FAULT_sink_overrun)
# define READ_EFFECT(s) (void)*(volatile char *)((char *)sink + sizeof(*sink) + 64)
#elif defined(FAULT_changes_sink)
# define READ_EFFECT(s) sink->size = 8
#elif defined(FAULT_request_exact)
# define READ_EFFECT(s) do { \
	if (req->size != sizeof(*req)) \
		return fail(self, err, IDBC_UNSUPPORTED, "", "a connector of another age"); \
} while (0)
#elif defined(FAULT_no_four_byte_names)
# define READ_EFFECT(s) do { \
	for (size_t i_ = 0; i_ < req->identifier.len; i_++) \
		if ((unsigned char)req->identifier.ptr[i_] >= 0xf0) \
			return fail(self, err, IDBC_INVALID, "", "illegal mix of collations"); \
} while (0)
#elif defined(FAULT_no_255_names)
# define READ_EFFECT(s) do { \
	if (req->identifier.len == 255) \
		return no_user(self, err); \
} while (0)
#elif defined(FAULT_tires)
# define READ_EFFECT(s) do { \
	if (((struct session *)self)->instance->unique[0]++ > 100) \
		return no_user(self, err); \
} while (0)
#endif

#ifdef READ_EFFECT
static int wrong_get_user(void *self, const struct idbc_user_req *req, struct idbc_sink *sink,
			  struct idbc_error *err)
{
	READ_EFFECT(self);
	return skeleton_get_user(self, req, sink, err);
}
static int wrong_login(void *self, const struct idbc_login_req *req, struct idbc_sink *sink,
		       struct idbc_error *err)
{
	READ_EFFECT(self);
	return skeleton_login(self, req, sink, err);
}
# define GET_USER wrong_get_user
# define LOGIN wrong_login
#endif

/* --- after a refusal: what the error and the store are left like ----------------------------- */
#if defined(FAULT_no_user_applied) || defined(FAULT_conflict_applied) || \
	defined(FAULT_conflict_no_code) || defined(FAULT_refused_unavailable) || \
	defined(FAULT_status_differs) || defined(FAULT_error_late) || defined(FAULT_detail)
static int touched(void *self, int rc, struct idbc_error *err)
{
	(void)self;
# ifdef FAULT_no_user_applied
	if (rc == IDBC_NO_USER)
		err->effect = IDBC_EFFECT_UNKNOWN;
# elif defined(FAULT_conflict_applied)
	if (rc == IDBC_CONFLICT)
		err->effect = IDBC_EFFECT_APPLIED;
# elif defined(FAULT_conflict_no_code)
	if (rc == IDBC_CONFLICT)
		err->code[0] = '\0';
# elif defined(FAULT_status_differs)
	if (rc == IDBC_NO_USER)
		err->status = IDBC_OK;
# endif
	return rc;
}
static int wrong_verify(void *self, const struct idbc_verify_req *req, struct idbc_error *err)
{
	return touched(self, skeleton_verify(self, req, err), err);
}
static int wrong_password(void *self, const struct idbc_password_req *req, struct idbc_error *err)
{
	return touched(self, skeleton_change_password(self, req, err), err);
}
static int wrong_delete(void *self, const struct idbc_delete_req *req, struct idbc_error *err)
{
	return touched(self, skeleton_delete_user(self, req, err), err);
}
static int wrong_email(void *self, const struct idbc_email_req *req, struct idbc_error *err)
{
	return touched(self, skeleton_change_email(self, req, err), err);
}
# define VERIFY wrong_verify
# define CHANGE_PASSWORD wrong_password
# define DELETE_USER wrong_delete
# define CHANGE_EMAIL wrong_email
#endif

/* A write that finds nobody leaves its transaction open. */
#ifdef FAULT_open_transaction
static int wrong_email(void *self, const struct idbc_email_req *req, struct idbc_error *err)
{
	struct session *s = self;
	int rc = skeleton_change_email(self, req, err);

	if (rc == IDBC_NO_USER)
		s->instance->writing = 1;
	return rc;
}
# define CHANGE_EMAIL wrong_email
#endif
/* As above, where the address is taken. */

/* Verified is whoever logs in. */
#if defined(FAULT_proven_verifies) || defined(FAULT_proven_always_touches) || \
	defined(FAULT_proven_by_prefix)
static int wrong_proven(void *self, const struct idbc_proven_req *req, struct idbc_error *err)
{
	struct idbc_proven_req mine = *req;
	struct session *s = self;
	int rc;

# ifdef FAULT_proven_always_touches
	mine.flags |= IDBC_PROVEN_TOUCH;
# endif
	rc = skeleton_proven(self, &mine, err);
# ifdef FAULT_proven_verifies
	if (rc == IDBC_OK) {
		struct idbc_verify_req v = { .size = sizeof(v), .by = IDBC_BY_USER_ID,
			.deadline_ns = req->deadline_ns, .identifier = req->user_id };
		rc = skeleton_verify(s, &v, err);
	}
# endif
	(void)s;
	return rc;
}
# define PROVEN wrong_proven
#endif

/* Holds the lock that readers need while it asks the profile store. */
/* Commits, and asks then. */

/* An id is found in any letters. */
/* An id begins like one, as 1 = '1abc' does in MySQL. */
#ifdef FAULT_id_trailing
static int wrong_get_user(void *self, const struct idbc_user_req *req, struct idbc_sink *sink,
			  struct idbc_error *err)
{
	struct instance *in = ((struct session *)self)->instance;
	struct idbc_user_req mine = *req;
	char bytes[IDBC_ID_MAX];

	pthread_mutex_lock(&in->lock);
	for (size_t i = 0; req->by == IDBC_BY_USER_ID && i < in->users.n; i++)
		if (in->users.items[i]->id.len <= req->identifier.len &&
		    !memcmp(in->users.items[i]->id.ptr, req->identifier.ptr,
			    in->users.items[i]->id.len))
			mine.identifier = copied(&in->users.items[i]->id, bytes);
	pthread_mutex_unlock(&in->lock);
	return skeleton_get_user(self, &mine, sink, err);
}
# define GET_USER wrong_get_user
#endif

/* --- rows ------------------------------------------------------------------------------------- */
#if defined(FAULT_row_null_matched) || defined(FAULT_row_no_bytes) || \
	defined(FAULT_passed_over_late) || defined(FAULT_id_too_long)
static int wrong_row(struct idbc_sink *sink, const struct idbc_str *id,
		     const struct idbc_str *matched)
{
# if   defined(FAULT_id_too_long)
	char x[IDBC_ID_MAX + 1];

	(void)id;
	memset(x, 'x', sizeof(x));
	return pass_row(sink, &(struct idbc_str){ x, IDBC_ID_MAX + 1 }, matched);
# else
	struct between *b = (struct between *)sink;
	int rc = pass_row(sink, id, matched);

	if (b->to->passed_over)
		b->to->passed_over(b->to, IDBC_PASSED_UNEQUAL);
	return rc;
# endif
}
READS_BETWEEN(b.sink.row = wrong_row)
# define LOGIN wrong_login
# define GET_USER wrong_get_user
#endif
#if defined(FAULT_field_kind_99) || defined(FAULT_field_no_bytes) || defined(FAULT_field_twice) || \
	defined(FAULT_field_null_name) || defined(FAULT_field_null_value) || \
	defined(FAULT_field_long_name) || defined(FAULT_field_json_broken) || \
	defined(FAULT_field_huge) || defined(FAULT_flag_is_two) || defined(FAULT_field_no_utf8) || \
	defined(FAULT_field_name_no_utf8) || defined(FAULT_field_time_far)
static int wrong_field(struct idbc_sink *sink, const char *name, const struct idbc_value *value)
{
	struct idbc_value mine = *value;

	if (strcmp(name, "created_at"))
		return pass_field(sink, name, value);
# if   defined(FAULT_field_no_bytes)
	mine = (struct idbc_value){ .kind = IDBC_KIND_STR, .u.str = { NULL, 7 } };
# elif defined(FAULT_field_huge)
	mine = (struct idbc_value){ .kind = IDBC_KIND_STR, .u.str = { "x", SIZE_MAX / 2 } };
# endif
	return pass_field(sink, name, &mine);
}
READS_BETWEEN(b.sink.field = wrong_field)
# define LOGIN wrong_login
# define GET_USER wrong_get_user
#endif
#if defined(FAULT_parts_null) || defined(FAULT_parts_many) || defined(FAULT_part_null_name) || \
	defined(FAULT_part_twice) || defined(FAULT_credential_twice) || defined(FAULT_part_is_json)
static int wrong_credential(struct idbc_sink *sink, const struct idbc_field *parts, size_t n)
{
# if   defined(FAULT_parts_many)
	(void)n;
	return pass_credential(sink, parts, (size_t)1 << 60);
# else
	struct idbc_field mine[2] = { { .name = "hash" }, { .name = "hash" } };

	for (size_t i = 0; i < n && i < 1; i++)
		mine[0] = mine[1] = parts[i];
	return pass_credential(sink, mine, 2);
# endif
}
READS_BETWEEN(b.sink.credential = wrong_credential)
# define LOGIN wrong_login
#endif

/* Writes to the sink from a thread of its own, after it has answered. */
#ifdef FAULT_sink_later
static void *say_more(void *ctx)
{
	struct idbc_sink *sink = ctx;
	struct idbc_value more = { .kind = IDBC_KIND_BOOL, .u.i64 = 1 };

	usleep(20000);
	sink->field(sink, "blocked", &more);
	return NULL;
}
static int wrong_get_user(void *self, const struct idbc_user_req *req, struct idbc_sink *sink,
			  struct idbc_error *err)
{
	int rc = skeleton_get_user(self, req, sink, err);
	pthread_t thread;

	if (rc == IDBC_OK && !pthread_create(&thread, NULL, say_more, sink))
		pthread_detach(thread);
	return rc;
}
# define GET_USER wrong_get_user
#endif
/* One buffer for what all sessions of an instance read. */

/* --- sessions and instances --------------------------------------------------------------------- */
#if defined(FAULT_second_instance) || defined(FAULT_open_ok_errors) || \
	defined(FAULT_open_config_silent) || defined(FAULT_findings_null) || \
	defined(FAULT_findings_flood) || defined(FAULT_open_status) || \
	defined(FAULT_open_no_utf8) || defined(FAULT_open_leaves_instance)
static int wrong_open(const struct idbc_host *host, const struct idbc_settings *settings,
		      struct idbc_findings *findings, void **instance, struct idbc_error *err)
{
# ifdef FAULT_second_instance
	static int n;

	if (n++)
		return host->fail(host, err, IDBC_CONFIG, "", "only one at a time");
# elif defined(FAULT_findings_null)
	findings->add(findings, 77, NULL, NULL, NULL, NULL);
# endif
	return skeleton_open(host, settings, findings, instance, err);
}
# define OPEN wrong_open
#endif

#if defined(FAULT_connect_fails_with) || defined(FAULT_third_session) || \
	defined(FAULT_connect_hangs) || defined(FAULT_connect_no_user)
static int wrong_connect(void *instance, int64_t deadline_ns, void **session,
			 struct idbc_error *err)
{
	struct instance *in = instance;

# if   defined(FAULT_third_session)
	if (in->unique[1]++ == 2)
		return in->host->fail(in->host, err, IDBC_UNAVAILABLE, "", "too many");
# endif
	(void)in;
	return skeleton_connect(instance, deadline_ns, session, err);
}
# define CONNECT wrong_connect
#endif
/* Looks at the running call, which is there only while one runs. */
#ifdef FAULT_interrupt_idle_crash
static void wrong_interrupt(void *session)
{
	*(volatile int *)session = 0;
	skeleton_interrupt(session);
}
# define INTERRUPT wrong_interrupt
#endif

/* --- load ----------------------------------------------------------------------------------------- */
#ifdef FAULT_load_hangs
__attribute__((constructor)) static void wait_for_ever(void)
{
	for (;;)
		pause();
}
#endif
#ifdef FAULT_load_exits
__attribute__((constructor)) static void leave(void)
{
	exit(0);
}
#endif
#ifdef FAULT_load_crashes
__attribute__((constructor)) static void crash(void)
{
	abort();
}
#endif
#ifdef FAULT_load_thread
static void *wait_on(void *ctx)
{
	for (;;)
		pause();
	return ctx;
}
__attribute__((constructor)) static void begin_thread(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, wait_on, NULL);
}
#endif
#ifdef FAULT_ops_size_odd
# define OPS_SIZE (sizeof(struct idbc_ops) - 3)
#endif
#ifdef FAULT_another_table
# define ENTERED static struct idbc_driver copies[100]; static int at; \
	copies[at % 100] = wrong_driver; return &copies[at++ % 100];
#endif
#ifdef FAULT_refuses_newer
# define ENTERED if (host_abi > IDBC_DRIVER_ABI) return NULL;
#endif
