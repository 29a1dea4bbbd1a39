/* tests/conformance/wrong/settle.h - what became of a write: the right answer for the skeleton's
 * store, which needs none itself since no answer of it is ever lost, and wrong ones.
 * Threads, lock: the skeleton's; who looks waits for its turn to write.
 */
static inline uint32_t was_if(int done)
{
	return done ? IDBC_EFFECT_APPLIED : IDBC_EFFECT_NONE;
}

static inline int is_verified(const struct user *user)
{
	const struct idbc_value *flag = fields_get(&user->profile, "email_verified");

	return flag && flag->u.i64;
}

static inline uint32_t was_email(const struct user *user, const struct idbc_email_req *req)
{
	struct idbc_str email = fields_text(&user->profile, "email");

	return was_if(str_equal(&email, &req->email) && is_verified(user) == (req->verified != 0));
}

static inline uint32_t was_password(const struct user *user, const struct idbc_password_req *req)
{
	return was_if(fields_hold(&user->credential, req->credential, req->ncredential));
}

/* By the id alone: where nobody knows that it cannot be told here. */
static inline uint32_t was(struct session *s, const struct idbc_settle_req *req)
{
	const struct user *user = users_by_id(&s->instance->users, &req->user_id);

	if (!req->user_id.len || req->kind < IDBC_SETTLE_CREATE || req->kind > IDBC_SETTLE_CHANGE_EMAIL)
		return IDBC_EFFECT_UNKNOWN;
	if (req->kind == IDBC_SETTLE_CREATE)
		return was_if(user != NULL);
	if (req->kind == IDBC_SETTLE_DELETE_USER)
		return was_if(user == NULL);
	if (!user)
		return IDBC_EFFECT_UNKNOWN;
	if (req->kind == IDBC_SETTLE_VERIFY)
		return was_if(is_verified(user));
	return req->kind == IDBC_SETTLE_CHANGE_EMAIL ? was_email(user, req->write)
						     : was_password(user, req->write);
}

static inline int right_settle(void *self, const struct idbc_settle_req *req, uint32_t *effect,
			       struct idbc_error *err)
{
	int rc = begin(self, req->deadline_ns, err);

	if (rc != IDBC_OK)
		return rc;
	*effect = was(self, req);
	end(self);
	return IDBC_OK;
}

/* No fault: a right one. */
#ifdef FAULT_settle_right
# define SETTLE right_settle
#endif

/* UNKNOWN is no fault either: it can always be that nobody can tell. */
#ifdef FAULT_settle_unknown
# define ALWAYS IDBC_EFFECT_UNKNOWN
#endif
#ifdef FAULT_settle_none
# define ALWAYS IDBC_EFFECT_NONE
#endif
#ifdef FAULT_settle_applied
# define ALWAYS IDBC_EFFECT_APPLIED
#endif
#ifdef ALWAYS
static int wrong_settle(void *self, const struct idbc_settle_req *req, uint32_t *effect,
			struct idbc_error *err)
{
	int rc = right_settle(self, req, effect, err);

	if (rc == IDBC_OK)
		*effect = ALWAYS;
	return rc;
}
# define SETTLE wrong_settle
#endif

/* Looks at once, and says NONE of what is about to be committed. */
#ifdef FAULT_settle_early
static int wrong_settle(void *self, const struct idbc_settle_req *req, uint32_t *effect,
			struct idbc_error *err)
{
	int rc = in_time(self, req->deadline_ns, err);

	if (rc == IDBC_OK)
		*effect = was(self, req);
	return rc;
}
# define SETTLE wrong_settle
#endif

/* What was not done it does. */
#ifdef FAULT_settle_writes
static int wrong_settle(void *self, const struct idbc_settle_req *req, uint32_t *effect,
			struct idbc_error *err)
{
	if (req->kind == IDBC_SETTLE_CHANGE_PASSWORD)
		(void)skeleton_change_password(self, req->write, err);
	return right_settle(self, req, effect, err);
}
# define SETTLE wrong_settle
#endif

/* Asks the host once more whether the user may go. */
#ifdef FAULT_settle_agrees
static int wrong_settle(void *self, const struct idbc_settle_req *req, uint32_t *effect,
			struct idbc_error *err)
{
	const struct idbc_delete_req *removal = req->write;

	if (req->kind == IDBC_SETTLE_DELETE_USER && removal->agree)
		(void)removal->agree(removal->agree_ctx);
	return right_settle(self, req, effect, err);
}
# define SETTLE wrong_settle
#endif

/* Waits as long as it takes, whoever interrupts. */
#ifdef FAULT_settle_late
static int wrong_settle(void *self, const struct idbc_settle_req *req, uint32_t *effect,
			struct idbc_error *err)
{
	struct idbc_settle_req mine = *req;
	int rc;

	mine.deadline_ns = INT64_MAX;
	do
		rc = right_settle(self, &mine, effect, err);
	while (rc == IDBC_TIMEOUT);
	return rc;
}
# define SETTLE wrong_settle
#endif

/* Keeps its turn: nobody writes after that. */
#ifdef FAULT_settle_keeps_lock
static int wrong_settle(void *self, const struct idbc_settle_req *req, uint32_t *effect,
			struct idbc_error *err)
{
	struct session *s = self;
	int rc;

	if (s->instance->writing && atomic_load(&s->stop) == 7)
		end(s);
	rc = begin(s, req->deadline_ns, err);
	if (rc != IDBC_OK)
		return rc;
	atomic_store(&s->stop, 7);
	*effect = was(s, req);
	return IDBC_OK;
}
# define SETTLE wrong_settle
#endif

/* A kind that it does not know is the last that it does. */
#ifdef FAULT_settle_guesses
static int wrong_settle(void *self, const struct idbc_settle_req *req, uint32_t *effect,
			struct idbc_error *err)
{
	struct idbc_settle_req mine = *req;

	if (mine.kind > IDBC_SETTLE_CHANGE_EMAIL)
		mine.kind = IDBC_SETTLE_DELETE_USER;
	return right_settle(self, &mine, effect, err);
}
# define SETTLE wrong_settle
#endif
