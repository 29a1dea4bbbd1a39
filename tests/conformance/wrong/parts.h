/* tests/conformance/wrong/parts.h - what faults are made of: each uses some of it.  In a header,
 * so that no compiler minds what a fault leaves unused.
 */
/* A sink before the connector's: a fault replaces one of its functions. */
struct between {
	struct idbc_sink sink;          /* first: what the right driver writes to */
	struct idbc_sink *to;
	struct session *session;
	struct idbc_str asked;          /* the identifier */
	int count;                      /* rows, for who wants to know */
	uint32_t kind;                  /* of the operation: 0 a read, 1 create */
};

static inline int pass_row(struct idbc_sink *sink, const struct idbc_str *id,
			   const struct idbc_str *matched)
{
	struct between *b = (struct between *)sink;

	b->count++;
	return b->to->row(b->to, id, matched);
}

static inline int pass_field(struct idbc_sink *sink, const char *name,
			     const struct idbc_value *value)
{
	struct between *b = (struct between *)sink;

	return b->to->field(b->to, name, value);
}

static inline int pass_credential(struct idbc_sink *sink, const struct idbc_field *parts, size_t n)
{
	struct between *b = (struct between *)sink;

	return b->to->credential(b->to, parts, n);
}

static inline struct between between(void *self, struct idbc_sink *to)
{
	return (struct between){ .sink = { .size = sizeof(struct idbc_sink), .row = pass_row,
		.field = pass_field, .credential = pass_credential }, .to = to,
		.session = self };
}

static inline struct user *user_of(struct session *s, uint32_t by, const struct idbc_str *who)
{
	struct found found = { .n = 0 };
	struct user *user = NULL;

	if (!search(s->instance, by, who, &found) && found.n)
		user = users_by_id(&s->instance->users, &found.user[0]->id);
	found_free(&found);
	return user;
}

/* The end of a connect(): `s`, as calloc() left it, begins a larger session. */
static inline int begun(struct session *s, void *instance, int64_t deadline_ns, void **session,
			struct idbc_error *err)
{
	int rc;

	s->instance = instance;
	rc = in_time(s, deadline_ns, err);
	if (rc == IDBC_OK)
		*session = s;
	else
		free(s);
	return rc;
}

/* Changes outside of any transaction; the lock keeps the process alive. */
static inline void put_text(struct session *s, struct fields *fields, const char *name,
			    const char *text)
{
	struct idbc_value value = { .kind = IDBC_KIND_STR };

	value.u.str = (struct idbc_str){ text, strlen(text) };
	pthread_mutex_lock(&s->instance->lock);
	fields_set(fields, name, &value);
	pthread_mutex_unlock(&s->instance->lock);
}
