/* writes.h - faults of the writing operations. */

/* --- create ------------------------------------------------------------------------------------- */

/* Declares transactions, and commits before it knows how it ends. */
#ifdef FAULT_half_create
struct gathered {
	struct idbc_sink sink;
	struct idbc_str id;
	char bytes[IDBC_ID_MAX];
};
static int keep_row(struct idbc_sink *sink, const struct idbc_str *id,
		    const struct idbc_str *matched)
{
	struct gathered *g = (struct gathered *)sink;

	(void)matched;
	memcpy(g->bytes, id->ptr, id->len);
	g->id = (struct idbc_str){ g->bytes, id->len };
	return 0;
}
static int keep_field(struct idbc_sink *sink, const char *name, const struct idbc_value *value)
{
	(void)sink;
	(void)name;
	(void)value;
	return 0;
}
static int wrong_create(void *self, const struct idbc_create_req *req, struct idbc_sink *sink,
			struct idbc_error *err)
{
	struct gathered g = { .sink = { .size = sizeof(g.sink), .row = keep_row,
					.field = keep_field } };
	struct found found = { .n = 0 };
	int rc = skeleton_create(self, req, &g.sink, err);

	if (rc != IDBC_OK)
		return rc;
	if (search(((struct session *)self)->instance, IDBC_BY_USER_ID, &g.id, &found) || !found.n)
		return no_memory(self, err);
	rc = tell_user(self, found.user[0], &found.user[0]->id, PROFILE, sink, err);
	found_free(&found);
	return rc;
}
# define CREATE wrong_create
#endif

#if defined(FAULT_create_overwrites) || defined(FAULT_create_twice)
static int wrong_create(void *self, const struct idbc_create_req *req, struct idbc_sink *sink,
			struct idbc_error *err)
{
	struct session *s = self;
	struct instance *in = s->instance;
	int unique[NFIELDS], rc;

# ifdef FAULT_create_overwrites
	for (size_t i = 0; i < req->nfields; i++) {
		struct user *old = NULL;

		if (!strcmp(req->fields[i].name, "email"))
			old = user_of(s, IDBC_BY_EMAIL, &req->fields[i].value.u.str);
		if (old)
			commit(in, old, NULL);
	}
# endif
	memcpy(unique, in->unique, sizeof(unique));
	memset(in->unique, 0, sizeof(in->unique));
	rc = skeleton_create(self, req, sink, err);
	memcpy(in->unique, unique, sizeof(unique));
	return rc;
}
# define CREATE wrong_create
#endif

/* Looks first and inserts later, with nothing between that holds others back. */
#ifdef FAULT_create_race
static int wrong_create(void *self, const struct idbc_create_req *req, struct idbc_sink *sink,
			struct idbc_error *err)
{
	struct session *s = self;
	struct user *user = new_user(req);
	int rc = user ? fill(s, req, user, err) : no_memory(s, err);

	if (rc == IDBC_OK)
		rc = in_time(s, req->deadline_ns, err);
	pthread_mutex_lock(&s->instance->lock);
	if (rc == IDBC_OK && users_by_id(&s->instance->users, &user->id))
		rc = fail(s, err, IDBC_EXISTS, "user_exists", "another user has this user_id");
	for (uint32_t field = IDBC_BY_EMAIL; rc == IDBC_OK && field < NFIELDS; field++)
		rc = check_free(s, user, field, err);
	pthread_mutex_unlock(&s->instance->lock);
	if (rc == IDBC_OK)
		rc = tell_user(s, user, &user->id, PROFILE, sink, err);
	nanosleep(&(struct timespec){ 0, 3000000 }, NULL);
	pthread_mutex_lock(&s->instance->lock);
	if (rc == IDBC_OK && !users_make_room(&s->instance->users))
		users_insert(&s->instance->users, user);
	pthread_mutex_unlock(&s->instance->lock);
	if (rc != IDBC_OK)
		user_free(user);
	return rc;
}
# define CREATE wrong_create
#endif

#ifdef FAULT_exists_without_code
static int wrong_create(void *self, const struct idbc_create_req *req, struct idbc_sink *sink,
			struct idbc_error *err)
{
	int rc = skeleton_create(self, req, sink, err);

	return rc == IDBC_EXISTS ? fail(self, err, IDBC_EXISTS, "", "Duplicate entry") : rc;
}
# define CREATE wrong_create
#endif

/* A duplicate is whatever the database said. */
#ifdef FAULT_exists_is_conflict
static int wrong_create(void *self, const struct idbc_create_req *req, struct idbc_sink *sink,
			struct idbc_error *err)
{
	int rc = skeleton_create(self, req, sink, err);

	return rc == IDBC_EXISTS ? fail(self, err, IDBC_CONFLICT, "", "constraint failed") : rc;
}
# define CREATE wrong_create
#endif

/* Says "applied" of what was refused. */
#ifdef FAULT_effect_applied
static int wrong_create(void *self, const struct idbc_create_req *req, struct idbc_sink *sink,
			struct idbc_error *err)
{
	int rc = skeleton_create(self, req, sink, err);

	if (rc == IDBC_EXISTS)
		err->effect = IDBC_EFFECT_APPLIED;
	return rc;
}
# define CREATE wrong_create
#endif

/* --- verify --------------------------------------------------------------------------------------- */

#if defined(FAULT_verify_ignores_email) || defined(FAULT_verify_too_early)
static int wrong_verify(void *self, const struct idbc_verify_req *req, struct idbc_error *err)
{
	struct idbc_verify_req mine = *req;
	int rc;

	mine.email.len = 0;
	rc = skeleton_verify(self, &mine, err);
# ifdef FAULT_verify_too_early
	/* Written first, compared afterwards, and said to be nothing. */
	if (rc == IDBC_OK)
		rc = skeleton_verify(self, req, err);
# endif
	return rc;
}
# define VERIFY wrong_verify
#endif

/* A database that counts changed rows, not matched ones. */
#ifdef FAULT_no_change_is_no_user
static int wrong_verify(void *self, const struct idbc_verify_req *req, struct idbc_error *err)
{
	const struct user *user = user_of(self, req->by, &req->identifier);
	const struct idbc_value *flag = user ? fields_get(&user->profile, "email_verified") : NULL;

	if (flag && flag->u.i64)
		return no_user(self, err);
	return skeleton_verify(self, req, err);
}
# define VERIFY wrong_verify
#endif

#ifdef FAULT_verify_nobody
static int wrong_verify(void *self, const struct idbc_verify_req *req, struct idbc_error *err)
{
	int rc = skeleton_verify(self, req, err);

	return rc == IDBC_NO_USER ? IDBC_OK : rc;
}
# define VERIFY wrong_verify
#endif

/* UPDATE without a WHERE. */
#ifdef FAULT_verify_everybody
static int wrong_verify(void *self, const struct idbc_verify_req *req, struct idbc_error *err)
{
	struct idbc_value on = { .kind = IDBC_KIND_BOOL, .u.i64 = 1 };
	struct session *s = self;
	int rc = skeleton_verify(self, req, err);

	pthread_mutex_lock(&s->instance->lock);
	for (size_t i = 0; rc == IDBC_OK && i < s->instance->users.n; i++)
		fields_set(&s->instance->users.items[i]->profile, "email_verified", &on);
	pthread_mutex_unlock(&s->instance->lock);
	return rc;
}
# define VERIFY wrong_verify
#endif

/* --- change_email, change_password ---------------------------------------------------------------- */

#if defined(FAULT_email_keeps_flag) || defined(FAULT_email_ignores_flag)
static int wrong_change_email(void *self, const struct idbc_email_req *req,
			      struct idbc_error *err)
{
	struct idbc_email_req mine = *req;
# ifdef FAULT_email_keeps_flag
	const struct user *user = user_of(self, req->by, &req->identifier);
	const struct idbc_value *flag = user ? fields_get(&user->profile, "email_verified") : NULL;

	mine.verified = flag && flag->u.i64;
# else
	mine.verified = 0;
# endif
	return skeleton_change_email(self, &mine, err);
}
# define CHANGE_EMAIL wrong_change_email
#endif

#ifdef FAULT_email_of_another
static int wrong_change_email(void *self, const struct idbc_email_req *req,
			      struct idbc_error *err)
{
	struct instance *in = ((struct session *)self)->instance;
	int was = in->unique[IDBC_BY_EMAIL], rc;

	in->unique[IDBC_BY_EMAIL] = 0;
	rc = skeleton_change_email(self, req, err);
	in->unique[IDBC_BY_EMAIL] = was;
	return rc;
}
# define CHANGE_EMAIL wrong_change_email
#endif

#ifdef FAULT_own_email_is_taken
static int wrong_change_email(void *self, const struct idbc_email_req *req,
			      struct idbc_error *err)
{
	if (user_of(self, IDBC_BY_EMAIL, &req->email))
		return fail(self, err, IDBC_EXISTS, "user_exists", "the address is taken");
	return skeleton_change_email(self, req, err);
}
# define CHANGE_EMAIL wrong_change_email
#endif

/* The new address is there beside the old one, which still logs in. */
#ifdef FAULT_old_email_stays
static int wrong_change_email(void *self, const struct idbc_email_req *req,
			      struct idbc_error *err)
{
	struct session *s = self;
	struct user *user = user_of(s, req->by, &req->identifier);
	struct idbc_str old = user ? fields_text(&user->profile, "email") : (struct idbc_str){ "", 0 };
	char kept[IDBC_ID_MAX + 1];
	int rc;

	snprintf(kept, sizeof(kept), "%.*s", (int)old.len, old.ptr);
	rc = skeleton_change_email(self, req, err);
	user = rc == IDBC_OK ? user_of(s, IDBC_BY_EMAIL, &req->email) : NULL;
	if (user)
		put_text(s, &user->profile, "username", kept);
	return rc;
}
# define CHANGE_EMAIL wrong_change_email
#endif

#if defined(FAULT_ignores_expect) || defined(FAULT_password_unchanged) || \
	defined(FAULT_hash_in_error) || defined(FAULT_expect_is_no_user)
static int wrong_change_password(void *self, const struct idbc_password_req *req,
				 struct idbc_error *err)
{
	struct idbc_password_req mine = *req;
	int rc;

# ifdef FAULT_ignores_expect
	mine.nexpect = 0;
# endif
# ifdef FAULT_password_unchanged
	mine.ncredential = 0;
# endif
	rc = skeleton_change_password(self, &mine, err);
# ifdef FAULT_hash_in_error
	if (rc == IDBC_CONFLICT && req->nexpect)
		snprintf(err->text, sizeof(err->text), "not %.*s any more",
			 (int)req->expect[0].value.u.str.len, req->expect[0].value.u.str.ptr);
# endif
# ifdef FAULT_expect_is_no_user
	if (rc == IDBC_CONFLICT)
		rc = no_user(self, err);
# endif
	return rc;
}
# define CHANGE_PASSWORD wrong_change_password
#endif

#ifdef FAULT_hash_in_log
static int wrong_change_password(void *self, const struct idbc_password_req *req,
				 struct idbc_error *err)
{
	const struct idbc_host *host = ((struct session *)self)->instance->host;

	for (size_t i = 0; i < req->ncredential; i++)
		if (req->credential[i].value.kind == IDBC_KIND_STR)
			host->log(host, IDBC_LOG_DEBUG, "UPDATE users SET hash = '%.*s'",
				  (int)req->credential[i].value.u.str.len,
				  req->credential[i].value.u.str.ptr);
	return skeleton_change_password(self, req, err);
}
# define CHANGE_PASSWORD wrong_change_password
#endif

/* --- delete_user ------------------------------------------------------------------------------------ */

#ifdef FAULT_second_delete_ok
static int wrong_delete(void *self, const struct idbc_delete_req *req, struct idbc_error *err)
{
	int rc = skeleton_delete_user(self, req, err);

	return rc == IDBC_NO_USER ? IDBC_OK : rc;
}
# define DELETE_USER wrong_delete
#endif

/* The id is looked for as the beginning of one. */
#ifdef FAULT_delete_by_prefix
static int wrong_delete(void *self, const struct idbc_delete_req *req, struct idbc_error *err)
{
	struct instance *in = ((struct session *)self)->instance;
	struct idbc_delete_req mine = *req;
	char bytes[IDBC_ID_MAX];
	size_t at;

	pthread_mutex_lock(&in->lock);
	at = users_place(&in->users, &req->user_id);
	if (at < in->users.n && in->users.items[at]->id.len > req->user_id.len &&
	    !memcmp(in->users.items[at]->id.ptr, req->user_id.ptr, req->user_id.len))
		mine.user_id = copied(&in->users.items[at]->id, bytes);
	pthread_mutex_unlock(&in->lock);
	return skeleton_delete_user(self, &mine, err);
}
# define DELETE_USER wrong_delete
#endif

/* By address as well as by id. */
#ifdef FAULT_delete_by_email
static int wrong_delete(void *self, const struct idbc_delete_req *req, struct idbc_error *err)
{
	struct idbc_delete_req mine = *req;
	const struct user *user = user_of(self, IDBC_BY_LOGIN, &req->user_id);
	char bytes[IDBC_ID_MAX];

	if (user)
		mine.user_id = copied(&user->id, bytes);
	return skeleton_delete_user(self, &mine, err);
}
# define DELETE_USER wrong_delete
#endif

/* The password goes first, and stays away when the profile store refuses. */
#ifdef FAULT_half_delete
static int wrong_delete(void *self, const struct idbc_delete_req *req, struct idbc_error *err)
{
	struct session *s = self;
	int rc = skeleton_delete_user(self, req, err);
	struct user *user = rc == IDBC_CANCELLED ? user_of(s, IDBC_BY_USER_ID, &req->user_id) : NULL;

	if (!user)
		return rc;
	pthread_mutex_lock(&s->instance->lock);
	fields_clear(&user->credential);
	fields_clear(&user->profile);
	pthread_mutex_unlock(&s->instance->lock);
	return rc;
}
# define DELETE_USER wrong_delete
#endif

/* He can no longer log in, but is still found. */
#ifdef FAULT_deletes_password
static int wrong_delete(void *self, const struct idbc_delete_req *req, struct idbc_error *err)
{
	struct idbc_password_req none = { .size = sizeof(none), .by = IDBC_BY_USER_ID,
		.deadline_ns = req->deadline_ns, .identifier = req->user_id };
	struct idbc_field part = { "hash", { .kind = IDBC_KIND_STR, .u.str = { "*", 1 } } };
	int refused = req->agree ? req->agree(req->agree_ctx) : 0;

	if (req->phase != IDBC_DELETE_NOW)
		return skeleton_delete_user(self, req, err);
	if (refused) {
		err->native = refused;
		return fail(self, err, IDBC_CANCELLED, "", "refused");
	}
	none.credential = &part;
	none.ncredential = 1;
	return skeleton_change_password(self, &none, err);
}
# define DELETE_USER wrong_delete
#endif

#if defined(FAULT_agree_never) || defined(FAULT_agree_twice) || defined(FAULT_agree_ignored) || \
	defined(FAULT_agree_for_nobody) || defined(FAULT_agree_native)
static int wrong_delete(void *self, const struct idbc_delete_req *req, struct idbc_error *err)
{
	struct idbc_delete_req mine = *req;
	int rc;

# if defined(FAULT_agree_never) || defined(FAULT_agree_ignored)
	mine.agree = NULL;
# endif
# if defined(FAULT_agree_ignored) || defined(FAULT_agree_twice)
	if (req->agree && user_of(self, IDBC_BY_USER_ID, &req->user_id))
		(void)!req->agree(req->agree_ctx);
# endif
# ifdef FAULT_agree_for_nobody
	if (req->agree && !user_of(self, IDBC_BY_USER_ID, &req->user_id))
		(void)!req->agree(req->agree_ctx);
# endif
	rc = skeleton_delete_user(self, &mine, err);
# ifdef FAULT_agree_native
	err->native = 0;
# endif
	return rc;
}
# define DELETE_USER wrong_delete
#endif

/* HIDE, SHOW, TAKE, FINISH: all of them delete. */
#if defined(FAULT_ignores_phase) || defined(FAULT_claims_intents)
static int wrong_delete(void *self, const struct idbc_delete_req *req, struct idbc_error *err)
{
	struct idbc_delete_req mine = *req;

	mine.phase = IDBC_DELETE_NOW;
	return skeleton_delete_user(self, &mine, err);
}
# define DELETE_USER wrong_delete
# ifdef FAULT_claims_intents
#  define CAPS (IDBC_CAP_TRANSACTIONS | IDBC_CAP_INTERRUPT | IDBC_CAP_INTENTS)
# endif
#endif

/* --- proven, list ----------------------------------------------------------------------------------- */

#if defined(FAULT_proven_ignores_expect) || defined(FAULT_proven_for_nobody) || \
	defined(FAULT_touch_locks_out)
static int wrong_proven(void *self, const struct idbc_proven_req *req, struct idbc_error *err)
{
	static const struct idbc_field none = { "hash", { .kind = IDBC_KIND_STR, .u.str = { "", 0 } } };
	struct idbc_proven_req mine = *req;
	int rc;

	(void)none;
# ifdef FAULT_proven_ignores_expect
	mine.nexpect = 0;
# endif
# ifdef FAULT_touch_locks_out
	/* One statement for both, with whatever is given. */
	if (!mine.ncredential) {
		mine.credential = &none;
		mine.ncredential = 1;
	}
# endif
	rc = skeleton_proven(self, &mine, err);
# ifdef FAULT_proven_for_nobody
	if (rc == IDBC_NO_USER)
		rc = IDBC_OK;
# endif
	return rc;
}
# define PROVEN wrong_proven
#endif

#if defined(FAULT_list_from_start) || defined(FAULT_list_no_limit) || \
	defined(FAULT_list_no_credential) || defined(FAULT_list_inclusive)
static int wrong_credential(struct idbc_sink *sink, const struct idbc_field *parts, size_t n)
{
	(void)sink;
	(void)parts;
	(void)n;
	return 0;
}
static int wrong_list(void *self, const struct idbc_list_req *req, struct idbc_sink *sink,
		      struct idbc_error *err)
{
	struct between b = between(self, sink);
	struct idbc_list_req mine = *req;

	(void)wrong_credential;
# ifdef FAULT_list_from_start
	mine.after.len = 0;
# elif defined(FAULT_list_no_limit)
	mine.limit = UINT32_MAX;
# elif defined(FAULT_list_no_credential)
	b.sink.credential = wrong_credential;
# elif defined(FAULT_list_inclusive)
	if (mine.after.len)
		mine.after.len--;
# endif
	return skeleton_list(self, &mine, &b.sink, err);
}
# define LIST wrong_list
#endif
