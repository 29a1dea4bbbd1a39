/* reads.c - errors, finding users, telling of them; login, get_user and list.
 *
 * Threads: a session's.  Lock: the instance's, for a few steps in memory, and never while the
 * sink or anything else that is not ours runs.
 */
#include <stdlib.h>
#include <string.h>
#include "skeleton.h"

/* --- errors ----------------------------------------------------------------------------------
 * Every error goes through host->fail(): it fills *err and returns the status.  The text is for
 * people, the code for programs; no password, hash or value of a user is ever in either.
 * err->effect stays NONE, which is true here: what fails has changed nothing.
 */
int fail(const struct session *s, struct idbc_error *err, uint32_t status,
		const char *code, const char *text)
{
	return s->instance->host->fail(s->instance->host, err, status, code, "%s", text);
}

int no_memory(const struct session *s, struct idbc_error *err)
{
	return fail(s, err, IDBC_NOMEM, "", "out of memory");
}

int no_user(const struct session *s, struct idbc_error *err)
{
	return fail(s, err, IDBC_NO_USER, "", "no such user");
}

/* A later connector may know kinds of identifier that this store does not. */
int knows(const struct session *s, uint32_t by, struct idbc_error *err)
{
	if (by < NFIELDS)
		return IDBC_OK;
	return fail(s, err, IDBC_UNSUPPORTED, "not_mapped", "no such kind of identifier here");
}

int in_time(struct session *s, int64_t deadline_ns, struct idbc_error *err)
{
	if (atomic_load(&s->stop))
		return fail(s, err, IDBC_TIMEOUT, "", "interrupted");
	if (s->instance->host->now_ns() >= deadline_ns)
		return fail(s, err, IDBC_TIMEOUT, "", "deadline passed");
	return IDBC_OK;
}

/* --- finding users ---------------------------------------------------------------------------
 * At most two are reported: two already say "ambiguous".  One whose value equals the identifier
 * byte for byte hides those that are equal only under the fold.
 */
void found_free(struct found *found)
{
	for (size_t i = 0; i < found->n; i++)
		user_free(found->user[i]);
	found->n = 0;
}

/* Which field of this user is the identifier; 0: none. */
int field_matching(const struct instance *in, const struct user *user, uint32_t by,
			  const struct idbc_str *who, int exactly)
{
	for (uint32_t f = IDBC_BY_EMAIL; f < NFIELDS; f++) {
		struct idbc_str text = fields_text(&user->profile, field_of[f]);

		if (!text.len || (by == IDBC_BY_LOGIN ? !in->logs_in[f] : f != by))
			continue;
		if (exactly ? str_equal(&text, who)
			    : in->host->same(in->host, (uint32_t)in->fold[f], &text, who))
			return (int)f;
	}
	return 0;
}

static int add_found(struct found *found, const struct user *user, int field)
{
	struct user *copy = user_copy(user);

	if (!copy)
		return -1;
	found->matched[found->n] = field ? fields_text(&copy->profile, field_of[field]) : copy->id;
	found->user[found->n++] = copy;
	return 0;
}

static int search_fields(const struct instance *in, uint32_t by, const struct idbc_str *who,
			 int exactly, struct found *found)
{
	for (size_t i = 0; i < in->users.n && found->n < 2; i++) {
		int field = field_matching(in, in->users.items[i], by, who, exactly);

		if (field && add_found(found, in->users.items[i], field))
			return -1;
	}
	return 0;
}

int search(const struct instance *in, uint32_t by, const struct idbc_str *who,
		  struct found *found)
{
	const struct user *user;
	int rc;

	if (by == IDBC_BY_USER_ID) {
		user = users_by_id(&in->users, who);
		return user ? add_found(found, user, 0) : 0;
	}
	rc = search_fields(in, by, who, 1, found);
	return rc || found->n ? rc : search_fields(in, by, who, 0, found);
}

/* --- reporting users -------------------------------------------------------------------------
 * row(), its fields, its credential.  The sink copies what it is given.  When it answers
 * anything but 0 the operation ends with IDBC_DRIVER; the connector knows why.
 */
static int tell_credential(struct idbc_sink *sink, const struct user *user)
{
	struct idbc_field parts[8];     /* "hash", and where a scheme has them "salt", "scheme" */
	size_t n = 0;

	for (; n < user->credential.n && n < 8; n++)
		parts[n] = (struct idbc_field){ user->credential.items[n].name,
						user->credential.items[n].value };
	/* Called for a user without a password too: then it has no part. */
	return sink->credential(sink, parts, n);
}

int tell_user(struct session *s, const struct user *user, const struct idbc_str *matched,
		     int what, struct idbc_sink *sink, struct idbc_error *err)
{
	int stop = sink->row(sink, &user->id, matched);

	for (size_t i = 0; !stop && (what & PROFILE) && i < user->profile.n; i++)
		stop = sink->field(sink, user->profile.items[i].name,
				   &user->profile.items[i].value);
	if (!stop && (what & CREDENTIAL))
		stop = tell_credential(sink, user);
	return stop ? fail(s, err, IDBC_DRIVER, "", "the row was refused") : IDBC_OK;
}

/* --- login, get_user: required ---------------------------------------------------------------
 * Both read the same way, so that both report the same.  login adds the credential and judges
 * nothing: the connector verifies the password, after the session was given back.
 */
static int read_user(struct session *s, uint32_t by, const struct idbc_str *who,
		     int64_t deadline_ns, int what, struct idbc_sink *sink, struct idbc_error *err)
{
	struct instance *in = s->instance;
	struct found found = { .n = 0 };
	int rc, searched;

	atomic_store(&s->stop, 0);
	rc = in_time(s, deadline_ns, err);
	if (rc == IDBC_OK)
		rc = knows(s, by, err);
	if (rc != IDBC_OK)
		return rc;
	pthread_mutex_lock(&in->lock);
	searched = search(in, by, who, &found);
	pthread_mutex_unlock(&in->lock);
	if (searched)
		rc = no_memory(s, err);
	else if (!found.n)
		rc = no_user(s, err);
	for (size_t i = 0; rc == IDBC_OK && i < found.n; i++)
		rc = tell_user(s, found.user[i], &found.matched[i], what, sink, err);
	found_free(&found);
	return rc;
}

int skeleton_login(void *self, const struct idbc_login_req *req, struct idbc_sink *sink,
			  struct idbc_error *err)
{
	return read_user(self, req->by, &req->identifier, req->deadline_ns, PROFILE | CREDENTIAL,
			 sink, err);
}

int skeleton_get_user(void *self, const struct idbc_user_req *req,
			     struct idbc_sink *sink, struct idbc_error *err)
{
	return read_user(self, req->by, &req->identifier, req->deadline_ns, PROFILE, sink, err);
}

/* --- list: optional --------------------------------------------------------------------------
 * Pages of users in the order of their ids, for export and for the sample of hashes that tells
 * the connector what a refused login must cost.
 */
static const struct user *listed(const struct users *users, const struct idbc_list_req *req,
				 size_t i)
{
	size_t first = 0;

	if (req->flags & IDBC_LIST_LAST)
		return i < users->n ? users->items[users->n - 1 - i] : NULL;
	if (req->after.len) {
		first = users_place(users, &req->after);
		first += first < users->n && str_equal(&users->items[first]->id, &req->after);
	}
	return first + i < users->n ? users->items[first + i] : NULL;
}

static int copy_page(struct instance *in, const struct idbc_list_req *req, struct user ***out,
		     size_t *n)
{
	size_t most = req->limit < in->users.n ? req->limit : in->users.n;
	const struct user *user;

	*out = calloc(most + 1, sizeof(struct user *));
	while (*out && *n < most && (user = listed(&in->users, req, *n)) != NULL) {
		(*out)[*n] = user_copy(user);
		if (!(*out)[*n])
			return -1;
		++*n;
	}
	return *out ? 0 : -1;
}

int skeleton_list(void *self, const struct idbc_list_req *req, struct idbc_sink *sink,
			 struct idbc_error *err)
{
	static const struct idbc_str none = { "", 0 };
	struct session *s = self;
	int what = CREDENTIAL | (req->flags & IDBC_LIST_CREDENTIALS ? 0 : PROFILE);
	struct user **page = NULL;
	size_t n = 0;
	int rc, copied;

	atomic_store(&s->stop, 0);
	rc = in_time(s, req->deadline_ns, err);
	if (rc != IDBC_OK)
		return rc;
	pthread_mutex_lock(&s->instance->lock);
	copied = copy_page(s->instance, req, &page, &n);
	pthread_mutex_unlock(&s->instance->lock);
	if (copied)
		rc = no_memory(s, err);
	for (size_t i = 0; rc == IDBC_OK && i < n; i++)
		rc = tell_user(s, page[i], &none, what, sink, err);
	for (size_t i = 0; i < n; i++)
		user_free(page[i]);
	free(page);
	return rc;
}
