/* writes.c - create, change and delete; proven.
 *
 * A write has three parts: begin() waits for its turn, the work happens on a copy, commit()
 * puts the copy in place of the original.  So a write is all or nothing, and no reader waits.
 * Threads: a session's.  Lock: the instance's, for a few steps in memory, and never while the
 * sink, agree() or anything else that is not ours runs.
 */
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include "skeleton.h"

/* --- transactions ----------------------------------------------------------------------------
 * One write at a time.  Who writes may read `users` without the lock, since nobody else changes
 * them meanwhile.  The waiting looks up now and then: interrupt() must not block, so it only
 * leaves word.
 */
static int begin(struct session *s, int64_t deadline_ns, struct idbc_error *err)
{
	struct instance *in = s->instance;
	struct timespec until;
	int rc;

	atomic_store(&s->stop, 0);
	pthread_mutex_lock(&in->lock);
	rc = in_time(s, deadline_ns, err);
	while (rc == IDBC_OK && in->writing) {
		int64_t look_up = in->host->now_ns() + 5000000;

		if (look_up > deadline_ns)
			look_up = deadline_ns;
		until.tv_sec = (time_t)(look_up / 1000000000);
		until.tv_nsec = (long)(look_up % 1000000000);
		pthread_cond_timedwait(&in->turn, &in->lock, &until);
		rc = in_time(s, deadline_ns, err);
	}
	if (rc == IDBC_OK)
		in->writing = 1;
	pthread_mutex_unlock(&in->lock);
	return rc;
}

/* Either may be NULL: `out` leaves the store and is freed, `in` enters it. */
static void commit(struct instance *store, struct user *out, struct user *in)
{
	pthread_mutex_lock(&store->lock);
	if (out)
		users_remove(&store->users, &out->id);
	if (in)
		users_insert(&store->users, in);
	pthread_mutex_unlock(&store->lock);
	user_free(out);
}

static void end(struct session *s)
{
	pthread_mutex_lock(&s->instance->lock);
	s->instance->writing = 0;
	pthread_cond_signal(&s->instance->turn);
	pthread_mutex_unlock(&s->instance->lock);
}

/* The one user who is to be changed, as he is and as he shall be. */
struct change {
	int begun;
	struct user *now, *next;
};

static int change_begin(struct session *s, uint32_t by, const struct idbc_str *who,
			int64_t deadline_ns, struct change *change, struct idbc_error *err)
{
	struct found found = { .n = 0 };
	int rc = knows(s, by, err);

	if (rc == IDBC_OK)
		rc = begin(s, deadline_ns, err);
	if (rc != IDBC_OK)
		return rc;
	change->begun = 1;
	if (search(s->instance, by, who, &found))
		rc = no_memory(s, err);
	else if (!found.n)
		rc = no_user(s, err);
	else if (found.n > 1)
		rc = fail(s, err, IDBC_AMBIGUOUS, "", "more than one user matches");
	if (rc == IDBC_OK) {
		change->now = users_by_id(&s->instance->users, &found.user[0]->id);
		change->next = found.user[0];
		found.n = 0;
	}
	found_free(&found);
	return rc;
}

/* Commits if all went well, else forgets the copy; what is returned is what came in. */
static int change_end(struct session *s, struct change *change, int rc)
{
	if (rc == IDBC_OK)
		commit(s->instance, change->now, change->next);
	else
		user_free(change->next);
	if (change->begun)
		end(s);
	return rc;
}

static int set(struct session *s, struct fields *fields, const char *name, uint32_t kind,
	       int64_t number, struct idbc_error *err)
{
	struct idbc_value value = { .kind = kind, .u.i64 = number };

	return fields_set(fields, name, &value) ? no_memory(s, err) : IDBC_OK;
}

static int set_text(struct session *s, struct fields *fields, const char *name,
		    const struct idbc_str *text, struct idbc_error *err)
{
	struct idbc_value value = { .kind = IDBC_KIND_STR, .u.str = *text };

	return fields_set(fields, name, &value) ? no_memory(s, err) : IDBC_OK;
}

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* --- who has it already ----------------------------------------------------------------------
 * A value that people log in with must not be anybody else's, in any field that people log in
 * with, in any spelling that compares as equal: else one would log in as the other.
 */
static int taken(struct session *s, uint32_t field, uint32_t by, struct idbc_error *err)
{
	static const char *const codes[] = { "", "", "user_exists", "username_exists",
					     "phone_exists" };

	if (field == IDBC_BY_USERNAME && by == IDBC_BY_EMAIL)
		return fail(s, err, IDBC_INVALID, "invalid_username",
			    "the username is another user's e-mail address");
	return fail(s, err, IDBC_EXISTS, codes[field == by ? field : IDBC_BY_EMAIL],
		    "another user has this already");
}

/* `field`: the one that is about to be written. */
static int check_free(struct session *s, const struct user *user, uint32_t field,
		      struct idbc_error *err)
{
	const struct instance *in = s->instance;
	struct idbc_str value = fields_text(&user->profile, field_of[field]);

	for (size_t i = 0; value.len && in->unique[field] && i < in->users.n; i++) {
		const struct user *other = in->users.items[i];

		if (str_equal(&other->id, &user->id))
			continue;
		for (uint32_t by = IDBC_BY_EMAIL; by < NFIELDS; by++)
			if (in->unique[by] &&
			    field_matching(in, other, by, &value, 0))
				return taken(s, field, by, err);
	}
	return IDBC_OK;
}

/* --- create ----------------------------------------------------------------------------------
 * All of him or nothing.  A field that this store cannot keep would be IDBC_INVALID naming it;
 * this one keeps them all, as they come, whatever their length.
 */
static const struct idbc_str *id_wanted(const struct idbc_create_req *req)
{
	for (size_t i = 0; i < req->nfields; i++)
		if (!strcmp(req->fields[i].name, "user_id") &&
		    req->fields[i].value.kind == IDBC_KIND_STR)
			return &req->fields[i].value.u.str;
	return NULL;
}

/* Random, so that no id is ever given to a second user. */
static struct user *new_user(const struct idbc_create_req *req)
{
	const struct idbc_str *wanted = id_wanted(req);
	unsigned char random[16];
	char text[2 * sizeof(random) + 1];

	if (wanted)
		return user_new(wanted);
	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return NULL;
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(text + 2 * i, 3, "%02x", random[i]);
	return user_new(&(struct idbc_str){ text, 2 * sizeof(random) });
}

static int fill(struct session *s, const struct idbc_create_req *req, struct user *user,
		struct idbc_error *err)
{
	for (size_t i = 0; i < req->nfields; i++)
		if (strcmp(req->fields[i].name, "user_id") &&
		    fields_put_all(&user->profile, &req->fields[i], 1))
			return no_memory(s, err);
	if (fields_put_all(&user->credential, req->credential, req->ncredential))
		return no_memory(s, err);
	return set(s, &user->profile, "created_at", IDBC_KIND_TIME_US, now_us(), err);
}

static int check_new(struct session *s, const struct user *user, struct idbc_error *err)
{
	struct instance *in = s->instance;
	int rc = IDBC_OK, room;

	if (!user->id.len || user->id.len > IDBC_ID_MAX)
		return fail(s, err, IDBC_INVALID, "invalid_user_id", "the user_id is no id");
	if (users_by_id(&in->users, &user->id))
		return fail(s, err, IDBC_EXISTS, "user_exists", "another user has this user_id");
	if (in->users.n >= (size_t)in->max_users)
		return fail(s, err, IDBC_CONFLICT, "store_full", "as many users as max_users says");
	for (uint32_t field = IDBC_BY_EMAIL; rc == IDBC_OK && field < NFIELDS; field++)
		rc = check_free(s, user, field, err);
	if (rc != IDBC_OK)
		return rc;
	pthread_mutex_lock(&in->lock);
	room = users_make_room(&in->users);
	pthread_mutex_unlock(&in->lock);
	return room ? no_memory(s, err) : IDBC_OK;
}

static int create_in_turn(struct session *s, const struct idbc_create_req *req,
			  struct idbc_sink *sink, struct idbc_error *err)
{
	struct user *user = new_user(req);
	int rc = user ? fill(s, req, user, err) : no_memory(s, err);

	if (rc == IDBC_OK)
		rc = check_new(s, user, err);
	if (rc == IDBC_OK)              /* a sink that refuses still undoes it all */
		rc = tell_user(s, user, &user->id, PROFILE, sink, err);
	if (rc == IDBC_OK)
		commit(s->instance, NULL, user);
	else
		user_free(user);
	return rc;
}

int skeleton_create(void *self, const struct idbc_create_req *req,
			   struct idbc_sink *sink, struct idbc_error *err)
{
	int rc = begin(self, req->deadline_ns, err);

	if (rc != IDBC_OK)
		return rc;
	rc = create_in_turn(self, req, sink, err);
	end(self);
	return rc;
}

/* --- verify ----------------------------------------------------------------------------------
 * Doing it twice is as good as once.  `email`, where given, is the address that was proved: if
 * it is another one by now nothing was proved about that.
 */
int skeleton_verify(void *self, const struct idbc_verify_req *req, struct idbc_error *err)
{
	struct session *s = self;
	const struct instance *in = s->instance;
	struct change change = { .begun = 0 };
	int rc = change_begin(s, req->by, &req->identifier, req->deadline_ns, &change, err);

	if (rc == IDBC_OK && req->email.len &&
	    !field_matching(in, change.next, IDBC_BY_EMAIL, &req->email, 0))
		rc = fail(s, err, IDBC_CONFLICT, "email_changed", "the address is another one");
	if (rc == IDBC_OK)
		rc = set(s, &change.next->profile, "email_verified", IDBC_KIND_BOOL, 1, err);
	return change_end(s, &change, rc);
}

/* --- change_email ----------------------------------------------------------------------------
 * Address and flag in one go; his own address in other letters is his own.
 */
int skeleton_change_email(void *self, const struct idbc_email_req *req,
				 struct idbc_error *err)
{
	struct session *s = self;
	struct change change = { .begun = 0 };
	int rc = change_begin(s, req->by, &req->identifier, req->deadline_ns, &change, err);

	if (rc == IDBC_OK)
		rc = set_text(s, &change.next->profile, "email", &req->email, err);
	if (rc == IDBC_OK)
		rc = check_free(s, change.next, IDBC_BY_EMAIL, err);
	if (rc == IDBC_OK)
		rc = set(s, &change.next->profile, "email_verified", IDBC_KIND_BOOL,
			 req->verified != 0, err);
	return change_end(s, &change, rc);
}

/* --- change_password -------------------------------------------------------------------------
 * `expect`, where given, is what the caller saw: whoever changed the password meanwhile wins.
 */
static int put_credential(struct session *s, struct user *user, const struct idbc_field *parts,
			  size_t nparts, const struct idbc_field *expect, size_t nexpect,
			  struct idbc_error *err)
{
	if (!fields_hold(&user->credential, expect, nexpect))
		return fail(s, err, IDBC_CONFLICT, "credential_changed",
			    "the password is another one by now");
	if (!nparts)
		return IDBC_OK;
	fields_clear(&user->credential);
	return fields_put_all(&user->credential, parts, nparts) ? no_memory(s, err) : IDBC_OK;
}

int skeleton_change_password(void *self, const struct idbc_password_req *req,
				    struct idbc_error *err)
{
	struct session *s = self;
	struct change change = { .begun = 0 };
	int rc = change_begin(s, req->by, &req->identifier, req->deadline_ns, &change, err);

	if (rc == IDBC_OK)
		rc = put_credential(s, change.next, req->credential, req->ncredential, req->expect,
				    req->nexpect, err);
	return change_end(s, &change, rc);
}

/* --- delete_user -----------------------------------------------------------------------------
 * agree() is the host's: it removes the profile that goes with this user.  So it is called
 * once, last, when nothing can fail any more, and with no lock held.
 */
static int ask(struct session *s, const struct idbc_delete_req *req, struct idbc_error *err)
{
	int refused = req->agree ? req->agree(req->agree_ctx) : 0;

	if (!refused)
		return IDBC_OK;
	err->native = refused;
	return fail(s, err, IDBC_CANCELLED, "", "the profile store refused");
}

int skeleton_delete_user(void *self, const struct idbc_delete_req *req,
				struct idbc_error *err)
{
	struct session *s = self;
	struct user *user;
	int rc;

	if (req->phase != IDBC_DELETE_NOW)
		return fail(s, err, IDBC_UNSUPPORTED, "", "no intents here");
	rc = begin(s, req->deadline_ns, err);
	if (rc != IDBC_OK)
		return rc;
	user = users_by_id(&s->instance->users, &req->user_id);
	rc = user ? ask(s, req, err) : no_user(s, err);
	if (rc == IDBC_OK)
		commit(s->instance, user, NULL);
	end(s);
	return rc;
}

/* --- proven: optional ------------------------------------------------------------------------
 * After a right password: a better hash in place of the one seen (`expect`), the columns that a
 * login touches, and with RECHECK a second look.  Never fails a login by itself.
 */
static int touch(struct session *s, struct user *user, const struct idbc_proven_req *req,
		 struct idbc_error *err)
{
	const struct idbc_value *count = fields_get(&user->profile, "logins_count");
	int64_t logins = count && count->kind == IDBC_KIND_I64 ? count->u.i64 : 0;
	int rc = set(s, &user->profile, "logins_count", IDBC_KIND_I64, logins + 1, err);

	if (rc == IDBC_OK)
		rc = set(s, &user->profile, "last_login", IDBC_KIND_TIME_US, now_us(), err);
	if (rc == IDBC_OK && req->client_ip.len)
		rc = set_text(s, &user->profile, "last_ip", &req->client_ip, err);
	return rc;
}

int skeleton_proven(void *self, const struct idbc_proven_req *req, struct idbc_error *err)
{
	struct session *s = self;
	struct change change = { .begun = 0 };
	int rc = change_begin(s, IDBC_BY_USER_ID, &req->user_id, req->deadline_ns, &change, err);

	if (rc == IDBC_OK)
		rc = put_credential(s, change.next, req->credential, req->ncredential, req->expect,
				    req->nexpect, err);
	if (rc == IDBC_OK && (req->flags & IDBC_PROVEN_TOUCH))
		rc = touch(s, change.next, req, err);
	return change_end(s, &change, rc);
}
