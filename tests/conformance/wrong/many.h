/* many.h - users in bulk: the right way for the skeleton's store, which has none itself, and
 * wrong ones.  Threads, lock: the skeleton's; one write at a time.
 */
struct pending {
	struct user *user[IDBC_MANY_MAX];
	uint32_t n;
};

/* As check_free() looks at who is there, this looks at who comes in the same call. */
static inline int check_among(struct session *s, const struct pending *p, const struct user *user,
			      struct idbc_error *err)
{
	const struct instance *in = s->instance;

	for (uint32_t i = 0; i < p->n; i++)
		for (uint32_t field = IDBC_BY_EMAIL; field < NFIELDS; field++) {
			struct idbc_str value = fields_text(&user->profile, field_of[field]);

			if (str_equal(&p->user[i]->id, &user->id))
				return taken(s, IDBC_BY_EMAIL, IDBC_BY_EMAIL, err);
			for (uint32_t by = IDBC_BY_EMAIL; value.len && by < NFIELDS; by++)
				if (in->unique[field] && in->unique[by] &&
				    field_matching(in, p->user[i], by, &value, 0))
					return taken(s, field, by, err);
		}
	return IDBC_OK;
}

static inline int take_one(struct session *s, const struct idbc_create_req *req,
			   struct pending *p, struct idbc_error *err)
{
	struct user *user = new_user(req);
	int rc = user ? fill(s, req, user, err) : no_memory(s, err);

	if (rc == IDBC_OK)
		rc = check_new(s, user, err);
#ifndef FAULT_many_blind
	if (rc == IDBC_OK)
		rc = check_among(s, p, user, err);
#endif
	if (rc == IDBC_OK)
		p->user[p->n++] = user;
	else
		user_free(user);
	return rc;
}

static inline int tell_pending(struct session *s, const struct pending *p,
			       struct idbc_sink *sink, struct idbc_error *err)
{
	int rc = IDBC_OK;

	for (uint32_t i = 0; rc == IDBC_OK && i < p->n; i++) {
#ifdef FAULT_many_order
		const struct user *user = p->user[p->n - 1 - i];
#else
		const struct user *user = p->user[i];
#endif

		rc = tell_user(s, user, &user->id, PROFILE, sink, err);
	}
	return rc;
}

static inline void commit_pending(struct session *s, struct pending *p)
{
	struct users *users = &s->instance->users;

	pthread_mutex_lock(&s->instance->lock);
	for (uint32_t i = 0; i < p->n; i++)
		if (!users_make_room(users))
			users_insert(users, p->user[i]);
	pthread_mutex_unlock(&s->instance->lock);
	p->n = 0;
}

static inline int many_in_turn(struct session *s, const struct idbc_create_many_req *req,
			       struct pending *p, struct idbc_sink *sink, struct idbc_error *err)
{
	int rc = IDBC_OK;

	for (uint32_t i = 0; i < req->n; i++) {
		int his = take_one(s, req->users[i], p, req->outcomes[i]);

		(void)his;
#ifdef FAULT_many_untold
		*req->outcomes[i] = (struct idbc_error){ .size = sizeof(struct idbc_error) };
#endif
#ifdef FAULT_many_half
		if (his != IDBC_OK) {
			commit_pending(s, p);
			return fail(s, err, IDBC_CONFLICT, "", "one of them was refused");
		}
#endif
	}
#ifdef FAULT_many_early
	{
		struct pending copy = *p;

		commit_pending(s, &copy);
	}
#endif
	rc = tell_pending(s, p, sink, err);
#if defined(FAULT_many_early)
	p->n = 0;
#elif defined(FAULT_many_forgets)
	if (p->n)
		user_free(p->user[--p->n]);
#endif
	if (rc == IDBC_OK)
		commit_pending(s, p);
	return rc;
}

static inline int many_create(void *self, const struct idbc_create_many_req *req,
			      struct idbc_sink *sink, struct idbc_error *err)
{
	struct pending p = { .n = 0 };
	int rc = begin(self, req->deadline_ns, err);

	if (rc != IDBC_OK)
		return rc;
	rc = many_in_turn(self, req, &p, sink, err);
	for (uint32_t i = 0; i < p.n; i++)
		user_free(p.user[i]);
	end(self);
	return rc;
}

#if defined(FAULT_many_right) || defined(FAULT_many_blind) || defined(FAULT_many_early) || \
	defined(FAULT_many_forgets) || defined(FAULT_many_half) || defined(FAULT_many_order) || \
	defined(FAULT_many_untold)
# define CREATE_MANY many_create
#endif
