/* tests/unit/migrate_store.h - a store in memory, as a stacked driver is lent one, and a host
 * that lends two of them.  A stored password is "plain:..." and can be carried, or
 * "own:...", and means nothing elsewhere.
 */
#ifndef TESTS_UNIT_MIGRATE_STORE_H
#define TESTS_UNIT_MIGRATE_STORE_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <idbc/driver.h>
#include "unit.h"

#define USERS 16

struct user {
	char id[80], email[60], name[40], metadata[80], password[60];
	int blocked, expired, marked, verified;
};
struct entry { char id[80]; uint32_t state; char token[40]; };
struct store {
	struct idbc_lower lower;
	struct user users[USERS];
	struct entry entries[USERS];
	int down;                       /* every call answers this status */
	int takes_hashes, read_only, cannot_give_ids;
	int locked;                     /* a transaction is open, and it locks all */
	unsigned hashes, dummies, statements, forgiven;
	int broken;                     /* deletes answer this status */
	void (*before_create)(void);    /* somebody else, a moment earlier */
};
static struct store to, from;
static unsigned logged;

/* --- a host --------------------------------------------------------------------------------- */
static void host_log(const struct idbc_host *h, uint32_t level, const char *fmt, ...)
{
	(void)h;
	(void)level;
	(void)fmt;
	logged++;
}

static int host_fail(const struct idbc_host *h, struct idbc_error *err, uint32_t status,
		     const char *code, const char *fmt, ...)
{
	va_list ap;

	(void)h;
	err->status = status;
	snprintf(err->code, sizeof(err->code), "%s", code ? code : "");
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	return (int)status;
}

static int64_t host_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

static const char *option_migrated = "keep", *option_dummy_key, *lent_to, *lent_from;
static char said_code[40] __attribute__((unused));
static int option_fallback, option_sync;

static int host_str(const struct idbc_settings *s, const char *key, const char *fallback,
		    struct idbc_str *out)
{
	const char *text = !strcmp(key, "migrated") ? option_migrated :
			   !strcmp(key, "dummy_key") && option_dummy_key ? option_dummy_key :
			   !strcmp(key, "idbc.connection") ? "shop" : fallback;

	(void)s;
	*out = (struct idbc_str){ text, strlen(text) };
	return text != fallback;
}

static int host_bool(const struct idbc_settings *s, const char *key, int fallback, int *out)
{
	(void)s;
	*out = !strcmp(key, "fallback_on_denied") ? option_fallback :
	       !strcmp(key, "sync_profile") ? option_sync : fallback;
	return 1;
}

static int host_json(const struct idbc_settings *s, const char *key, struct idbc_str *out)
{
	(void)s;
	*out = (struct idbc_str){ key, strlen(key) };
	return 1;
}

static int host_lower(const struct idbc_host *h, const struct idbc_settings *s, const char *key,
		      const struct idbc_lower **out, struct idbc_error *err)
{
	(void)h;
	(void)s;
	(void)err;
	if (lent_to)
		to.lower.secret = (struct idbc_str){ lent_to, strlen(lent_to) };
	if (lent_from)
		from.lower.secret = (struct idbc_str){ lent_from, strlen(lent_from) };
	*out = !strcmp(key, "to") ? &to.lower : &from.lower;
	return IDBC_OK;
}

static int64_t host_fold(const struct idbc_host *h, uint32_t fold, const struct idbc_str *in,
			 char *out, size_t cap)
{
	(void)h;
	(void)fold;
	for (size_t i = 0; i < in->len && i < cap; i++)
		out[i] = in->ptr[i] >= 'A' && in->ptr[i] <= 'Z' ? in->ptr[i] + 32 : in->ptr[i];
	return in->len <= cap ? (int64_t)in->len : -1;
}

static const struct idbc_host the_host = {
	.size = sizeof(struct idbc_host), .abi = IDBC_DRIVER_ABI, .log = host_log,
	.fail = host_fail, .now_ns = host_now, .setting_str = host_str, .setting_bool = host_bool,
	.setting_json = host_json, .lower = host_lower, .fold = host_fold,
};

static int __attribute__((unused)) note_finding(struct idbc_findings *f, uint32_t severity,
		const char *code, const char *key, const char *text, const char *remedy)
{
	(void)f;
	(void)severity;
	(void)key;
	(void)text;
	(void)remedy;
	snprintf(said_code, sizeof(said_code), "%s", code);
	return 0;
}

/* --- a store --------------------------------------------------------------------------------- */
static int is(const struct idbc_str *s, const char *text)
{
	return s->len == strlen(text) && !memcmp(s->ptr, text, s->len);
}

static void put(char *out, size_t cap, const struct idbc_str *s)
{
	snprintf(out, cap, "%.*s", (int)s->len, s->ptr);
}

static int say(struct idbc_error *err, int status, const char *code)
{
	return host_fail(NULL, err, (uint32_t)status, code, "the store says %s", code);
}

static struct entry *entry_of(struct store *s, const struct idbc_str *id)
{
	for (int i = 0; i < USERS; i++)
		if (s->entries[i].id[0] && is(id, s->entries[i].id))
			return &s->entries[i];
	return NULL;
}

static struct entry *entry_made(struct store *s, const struct idbc_str *id)
{
	struct entry *e = entry_of(s, id);

	for (int i = 0; !e && i < USERS; i++)
		if (!s->entries[i].id[0]) {
			e = &s->entries[i];
			put(e->id, sizeof(e->id), id);
		}
	return e;
}

static int is_hidden(struct store *s, const struct user *u)
{
	struct entry *e = entry_of(s, &(struct idbc_str){ u->id, strlen(u->id) });

	return e && e->token[0];
}

static struct user *find(struct store *s, uint32_t by, const struct idbc_str *who)
{
	s->statements++;
	for (int i = 0; i < USERS; i++) {
		struct user *u = &s->users[i];

		if (u->id[0] && !is_hidden(s, u) &&
		    is(who, by == IDBC_BY_USER_ID ? u->id : u->email))
			return u;
	}
	return NULL;
}

static void text_field(struct idbc_sink *sink, const char *name, const char *text, uint32_t kind)
{
	struct idbc_value v = { .kind = kind, .u.str = { text, strlen(text) } };

	if (text[0])
		sink->field(sink, name, &v);
}

static void flag_field(struct idbc_sink *sink, const char *name, int flag)
{
	struct idbc_value v = { .kind = IDBC_KIND_BOOL, .u.i64 = flag };

	sink->field(sink, name, &v);
}

static int tell_user(struct idbc_sink *sink, const struct user *u, const char *matched)
{
	struct idbc_str id = { u->id, strlen(u->id) }, m = { matched, strlen(matched) };

	if (sink->row(sink, &id, &m))
		return -1;
	text_field(sink, "email", u->email, IDBC_KIND_STR);
	text_field(sink, "name", u->name, IDBC_KIND_STR);
	text_field(sink, "app_metadata", u->metadata, IDBC_KIND_JSON);
	flag_field(sink, "email_verified", u->verified);
	if (u->blocked)
		flag_field(sink, "blocked", 1);
	if (u->marked)
		flag_field(sink, "migrated", 1);
	return 0;
}

static int store_login(void *self, const struct idbc_login_req *req, struct idbc_sink *sink,
		       struct idbc_error *err)
{
	struct store *s = self;
	struct user *u;

	if (s->down)
		return say(err, s->down, "");
	u = find(s, req->by, &req->identifier);
	if (!u) {
		s->dummies += (req->flags & IDBC_LOGIN_DUMMY) != 0;
		return say(err, IDBC_NO_USER, "");
	}
	if (req->flags & IDBC_LOGIN_READ) {
		struct idbc_field part = { "hash", { .kind = IDBC_KIND_STR } };

		part.value.u.str = (struct idbc_str){ u->password, strlen(u->password) };
		tell_user(sink, u, u->email);
		sink->credential(sink, &part, strncmp(u->password, "own:", 4) != 0);
		if (req->flags & IDBC_LOGIN_ADMIT && u->blocked)
			return say(err, IDBC_BLOCKED, "blocked");
		return IDBC_OK;
	}
	s->hashes++;
	if (!is(&req->password, strchr(u->password, ':') + 1))
		return say(err, IDBC_DENIED, "");
	if (u->blocked)
		return say(err, IDBC_BLOCKED, "blocked");
	tell_user(sink, u, u->email);
	return u->expired ? say(err, IDBC_PASSWORD_EXPIRED, "password_change_required") : IDBC_OK;
}

static int store_get_user(void *self, const struct idbc_user_req *req, struct idbc_sink *sink,
			  struct idbc_error *err)
{
	struct store *s = self;
	struct user *u;

	if (s->down)
		return say(err, s->down, "");
	u = find(s, req->by, &req->identifier);
	if (!u)
		return say(err, IDBC_NO_USER, "");
	return tell_user(sink, u, req->by == IDBC_BY_USER_ID ? u->id : u->email) ? IDBC_DRIVER : IDBC_OK;
}

static void set_fields(struct user *u, const struct idbc_field *fields, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct idbc_value *v = &fields[i].value;

		if (!strcmp(fields[i].name, "user_id"))
			put(u->id, sizeof(u->id), &v->u.str);
		else if (!strcmp(fields[i].name, "email"))
			put(u->email, sizeof(u->email), &v->u.str);
		else if (!strcmp(fields[i].name, "name"))
			put(u->name, sizeof(u->name), &v->u.str);
		else if (!strcmp(fields[i].name, "app_metadata"))
			put(u->metadata, sizeof(u->metadata), &v->u.str);
		else if (!strcmp(fields[i].name, "email_verified"))
			u->verified = v->u.i64 != 0;
		else if (!strcmp(fields[i].name, "blocked"))
			u->blocked = v->u.i64 != 0;
	}
}

static int set_password(struct store *s, struct user *u, const struct idbc_field *parts, size_t n,
			struct idbc_error *err)
{
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(parts[i].name, "clear"))
			snprintf(u->password, sizeof(u->password), "plain:%.*s",
				 (int)parts[i].value.u.str.len, parts[i].value.u.str.ptr);
		else if (!s->takes_hashes)
			return say(err, IDBC_INVALID, "hash_not_accepted");
		else
			put(u->password, sizeof(u->password), &parts[i].value.u.str);
	}
	return IDBC_OK;
}

static int store_create(void *self, const struct idbc_create_req *req, struct idbc_sink *sink,
			struct idbc_error *err)
{
	struct store *s = self;
	struct user made;
	struct entry *e;
	struct idbc_str id;
	int rc;

	if (s->before_create) {
		void (*before)(void) = s->before_create;

		s->before_create = NULL;
		before();
	}
	if (s->down)
		return say(err, s->down, "");
	if (s->cannot_give_ids)
		return say(err, IDBC_UNSUPPORTED, "user_id");
	memset(&made, 0, sizeof(made));
	set_fields(&made, req->fields, req->nfields);
	if (!made.id[0])
		snprintf(made.id, sizeof(made.id), "new-%s", made.email);
	if (strlen(made.name) > 20)
		return say(err, IDBC_CONFLICT, "name_too_long");
	id = (struct idbc_str){ made.id, strlen(made.id) };
	e = entry_of(s, &id);
	if ((req->flags & IDBC_CREATE_MOVED) && e && (e->state || e->token[0]))
		return say(err, IDBC_CONFLICT, "moved_before");
	for (int i = 0; i < USERS; i++)
		if (s->users[i].id[0] && (!strcmp(s->users[i].email, made.email) ||
					  !strcmp(s->users[i].id, made.id)))
			return say(err, IDBC_EXISTS, "user_exists");
	rc = set_password(s, &made, req->credential, req->ncredential, err);
	if (rc != IDBC_OK)
		return rc;
	tell_user(sink, &made, made.id);
	if (req->flags & IDBC_CREATE_TRIAL)
		return IDBC_OK;
	if (req->flags & IDBC_CREATE_MOVED)
		entry_made(s, &id)->state =
			(req->flags & IDBC_CREATE_CHANGED ? IDBC_MOVED_CHANGED : IDBC_MOVED_MOVED) |
			IDBC_MOVED_COMPLETE;
	for (int i = 0; i < USERS; i++)
		if (!s->users[i].id[0]) {
			s->users[i] = made;
			break;
		}
	return IDBC_OK;
}

static int writable(struct store *s, struct idbc_error *err)
{
	if (s->down)
		return say(err, s->down, "");
	return s->read_only ? say(err, IDBC_UNSUPPORTED, "") : IDBC_OK;
}

static int store_verify(void *self, const struct idbc_verify_req *req, struct idbc_error *err)
{
	struct store *s = self;
	int rc = writable(s, err);
	struct user *u = rc == IDBC_OK ? find(s, req->by, &req->identifier) : NULL;

	if (rc != IDBC_OK || !u)
		return rc != IDBC_OK ? rc : say(err, IDBC_NO_USER, "");
	u->verified = 1;
	return IDBC_OK;
}

static int store_change_password(void *self, const struct idbc_password_req *req,
				 struct idbc_error *err)
{
	struct store *s = self;
	int rc = writable(s, err);
	struct user *u = rc == IDBC_OK ? find(s, req->by, &req->identifier) : NULL;

	if (rc != IDBC_OK || !u)
		return rc != IDBC_OK ? rc : say(err, IDBC_NO_USER, "");
	if (req->nexpect && !is(&req->expect[0].value.u.str, strchr(u->password, ':') + 1))
		return say(err, IDBC_DENIED, "");
	return set_password(s, u, req->credential, req->ncredential, err);
}

static int store_change_email(void *self, const struct idbc_email_req *req, struct idbc_error *err)
{
	struct store *s = self;
	int rc = writable(s, err);
	struct user *u = rc == IDBC_OK ? find(s, req->by, &req->identifier) : NULL, *other;

	if (rc != IDBC_OK || !u)
		return rc != IDBC_OK ? rc : say(err, IDBC_NO_USER, "");
	other = find(s, IDBC_BY_EMAIL, &req->email);
	if (other && other != u)
		return say(err, IDBC_EXISTS, "user_exists");
	put(u->email, sizeof(u->email), &req->email);
	u->verified = req->verified != 0;
	return IDBC_OK;
}

static struct user *by_id(struct store *s, const struct idbc_str *id)
{
	for (int i = 0; i < USERS; i++)
		if (s->users[i].id[0] && is(id, s->users[i].id))
			return &s->users[i];
	return NULL;
}

static int store_delete_user(void *self, const struct idbc_delete_req *req, struct idbc_error *err)
{
	struct store *s = self;
	int rc = writable(s, err);
	struct user *u = by_id(s, &req->user_id);
	struct entry *e = entry_of(s, &req->user_id);
	int hidden = e && e->token[0];

	if (rc != IDBC_OK)
		return rc;
	if (s->broken)
		return say(err, s->broken, "");
	if (req->phase == IDBC_DELETE_NOW || req->phase == IDBC_DELETE_HIDE) {
		if (hidden || (!u && !(req->flags & IDBC_DELETE_ABSENT)))
			return say(err, IDBC_NO_USER, "");
		if (req->phase == IDBC_DELETE_HIDE) {
			e = entry_made(s, &req->user_id);
			put(e->token, sizeof(e->token), &req->token);
			return IDBC_OK;
		}
		s->locked = 1;
		rc = req->agree && req->agree(req->agree_ctx);
		s->locked = 0;
		if (rc)
			return say(err, IDBC_CANCELLED, "");
		u->id[0] = '\0';
		return IDBC_OK;
	}
	if (!hidden || !is(&req->token, e->token))
		return say(err, IDBC_CONFLICT, "intent_taken");
	if (req->phase == IDBC_DELETE_TAKE) {
		put(e->token, sizeof(e->token), &req->new_token);
		return IDBC_OK;
	}
	if (req->phase == IDBC_DELETE_SHOW && (e->state & IDBC_MOVED_STATES) == IDBC_MOVED_DELETED)
		return say(err, IDBC_CONFLICT, "delete_decided");
	e->token[0] = '\0';
	if (req->phase == IDBC_DELETE_FINISH && u)
		u->id[0] = '\0';
	return IDBC_OK;
}

static int store_settle(void *self, const struct idbc_settle_req *req, uint32_t *effect,
			struct idbc_error *err)
{
	struct store *s = self;
	const struct idbc_delete_req *write = req->write;
	struct entry *e = entry_of(s, &req->user_id);

	if (s->down)
		return say(err, s->down, "");
	*effect = IDBC_EFFECT_NONE;
	if (write->phase == IDBC_DELETE_HIDE && e && e->token[0] && is(&write->token, e->token))
		*effect = IDBC_EFFECT_APPLIED;
	if (write->phase == IDBC_DELETE_NOW && !by_id(s, &req->user_id))
		*effect = IDBC_EFFECT_APPLIED;
	return IDBC_OK;
}

static int store_proven(void *self, const struct idbc_proven_req *req, struct idbc_error *err)
{
	struct store *s = self;
	struct user *u = by_id(s, &req->user_id);
	int rc = writable(s, err);

	if (rc != IDBC_OK || !u)
		return rc != IDBC_OK ? rc : say(err, IDBC_NO_USER, "");
	if (req->flags & IDBC_PROVEN_MOVED)
		u->marked = 1;
	s->forgiven += (req->flags & IDBC_PROVEN_FORGIVE) != 0;
	set_fields(u, req->fields, req->nfields);
	return IDBC_OK;
}

static int store_moved(void *self, const struct idbc_moved_req *req, uint32_t *state,
		       struct idbc_error *err)
{
	struct store *s = self;
	struct entry *e;

	s->statements++;
	if (s->down)
		return say(err, s->down, "");
	if (s->locked)
		return say(err, IDBC_TIMEOUT, "");
	if (!req->user_id.len)
		return IDBC_OK;
	e = req->flags & IDBC_MOVED_SET ? entry_made(s, &req->user_id) : entry_of(s, &req->user_id);
	if (req->flags & IDBC_MOVED_SET && req->token.len && !is(&req->token, e->token))
		return say(err, IDBC_CONFLICT, "intent_taken");
	if (req->flags & IDBC_MOVED_SET) {
		uint32_t now = e->state & IDBC_MOVED_STATES, new = req->state & IDBC_MOVED_STATES;

		e->state = (new > now ? new : now) | ((e->state | req->state) & IDBC_MOVED_COMPLETE);
	}
	*state = e ? e->state | (e->token[0] ? IDBC_MOVED_HIDDEN : 0) : 0;
	return IDBC_OK;
}

static int store_list(void *self, const struct idbc_list_req *req, struct idbc_sink *sink,
		      struct idbc_error *err)
{
	struct store *s = self;
	uint32_t told = 0;

	if (s->down)
		return say(err, s->down, "");
	for (int i = 0; i < USERS && told < req->limit; i++) {
		struct user *u = &s->users[i];
		struct idbc_field part = { "hash", { .kind = IDBC_KIND_STR } };

		if (!u->id[0] || (req->after.len && strncmp(u->id, req->after.ptr, req->after.len) <= 0))
			continue;
		part.value.u.str = (struct idbc_str){ u->password, strlen(u->password) };
		tell_user(sink, u, "");
		sink->credential(sink, &part, strncmp(u->password, "own:", 4) != 0);
		told++;
	}
	return IDBC_OK;
}

static const struct idbc_ops store_ops = {
	.size = sizeof(struct idbc_ops), .login = store_login, .get_user = store_get_user,
	.create = store_create, .verify = store_verify, .change_password = store_change_password,
	.delete_user = store_delete_user, .change_email = store_change_email,
	.proven = store_proven, .list = store_list, .settle = store_settle, .moved = store_moved,
};

static void store_init(struct store *s)
{
	memset(s, 0, sizeof(*s));
	s->lower = (struct idbc_lower){ .size = sizeof(s->lower), .caps = IDBC_CAP_TAKES_IDS,
		.self = s, .ops = &store_ops };
	s->takes_hashes = 1;
}

static struct user *store_add(struct store *s, const char *id, const char *email,
			      const char *password)
{
	for (int i = 0; i < USERS; i++) {
		struct user *u = &s->users[i];

		if (u->id[0])
			continue;
		memset(u, 0, sizeof(*u));
		snprintf(u->id, sizeof(u->id), "%s", id);
		snprintf(u->email, sizeof(u->email), "%s", email);
		snprintf(u->password, sizeof(u->password), "%s", password);
		return u;
	}
	return NULL;
}

static struct user *store_user(struct store *s, const char *id)
{
	return by_id(s, &(struct idbc_str){ id, strlen(id) });
}

static uint32_t store_state(struct store *s, const char *id)
{
	struct entry *e = entry_of(s, &(struct idbc_str){ id, strlen(id) });

	return e ? e->state & IDBC_MOVED_STATES : 0;
}

#endif
