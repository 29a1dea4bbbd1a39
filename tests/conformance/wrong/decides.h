/* decides.h - a store that judges passwords itself, and judges wrongly.  `decides_right` is the
 * one that judges rightly: every case passes.
 */
#if defined(FAULT_decides_right) || defined(FAULT_decides_empty) || defined(FAULT_decides_not) || \
	defined(FAULT_decides_prefix) || defined(FAULT_decides_longer) || \
	defined(FAULT_decides_no_user) || defined(FAULT_password_in_error)
# define CAPS (IDBC_CAP_TRANSACTIONS | IDBC_CAP_INTERRUPT | IDBC_CAP_DECIDES | IDBC_CAP_PLAINTEXT)

static int is_right(const struct idbc_str *stored, const struct idbc_str *given)
{
# ifdef FAULT_decides_empty
	/* A directory that takes an empty password as "no login wanted", and says yes. */
	if (!given->len)
		return 1;
# elif defined(FAULT_decides_not)
	(void)stored;
	return given->len > 0;
# elif defined(FAULT_decides_prefix)
	/* The first eight bytes decide. */
	if (stored->len > 8 && given->len > 8)
		return !memcmp(stored->ptr, given->ptr, 8);
# elif defined(FAULT_decides_longer)
	if (stored->len && given->len > stored->len)
		return !memcmp(stored->ptr, given->ptr, stored->len);
# endif
	return given->len && str_equal(stored, given);
}

static int no_credential(struct idbc_sink *sink, const struct idbc_field *parts, size_t n)
{
	(void)sink;
	(void)parts;
	(void)n;
	return 0;
}

static int refused(struct session *s, const struct idbc_str *given, struct idbc_error *err)
{
	int rc = fail(s, err, IDBC_DENIED, "", "identifier or password refused");

	(void)given;
# ifdef FAULT_password_in_error
	snprintf(err->text, sizeof(err->text), "bind failed with %.*s", (int)given->len, given->ptr);
# endif
	return rc;
}

static int wrong_login(void *self, const struct idbc_login_req *req, struct idbc_sink *sink,
		       struct idbc_error *err)
{
	struct between b = between(self, sink);
	struct found found = { .n = 0 };
	struct idbc_str stored = { "", 0 };
	struct session *s = self;
	int right = 0;

	pthread_mutex_lock(&s->instance->lock);
	if (!search(s->instance, req->by, &req->identifier, &found) && found.n == 1)
		stored = fields_text(&found.user[0]->credential, "clear");
	right = found.n == 1 && is_right(&stored, &req->password);
	pthread_mutex_unlock(&s->instance->lock);
	found_free(&found);
	b.sink.credential = no_credential;
	if (right || s->instance->host->now_ns() >= req->deadline_ns)
		return skeleton_login(self, req, &b.sink, err);
# ifdef FAULT_decides_no_user
	return no_user(s, err);
# endif
	return refused(s, &req->password, err);
}
# define LOGIN wrong_login
#endif
