/* tests/conformance/kit/users.c - job: users that nobody else has, made through the driver's
 * own create(), and the ones that the quirks name.
 * Threads: any.
 */
#include <stdio.h>
#include "base/clock.h"
#include "base/err.h"
#include "inside.h"
#include "run/conn.h"

/* --- names --------------------------------------------------------------------------------- */
static unsigned next(struct kit *kit)
{
	return atomic_fetch_add(&kit->names, 1);
}

struct idbc_str kit_password(struct kit *kit)
{
	char *text = kit_textf(kit, "Kit-%s %u.%u$ Tr0ub4dor", kit->run->tag, kit->number, next(kit));

	kit_secret(kit, text, strlen(text));
	return kit_s(text);
}

static struct idbc_str email(struct kit *kit, unsigned n)
{
	return kit_s(kit_textf(kit, "k%s.%u.%u@example.com", kit->run->tag, kit->number, n));
}

static struct idbc_str username(struct kit *kit, unsigned n)
{
	return kit_s(kit_textf(kit, "k%s%03u%02u", kit->run->tag, kit->number % 1000, n));
}

static struct idbc_str phone(struct kit *kit, unsigned n)
{
	unsigned long run = 0;

	for (const char *c = kit->run->tag; *c; c++)
		run = run * 31 + (unsigned char)*c;
	return kit_s(kit_textf(kit, "+1555%03lu%03u%04u", run % 1000, kit->number % 1000,
			      n % 10000));
}

struct idbc_str kit_nobody(struct kit *kit, uint32_t by)
{
	unsigned n = next(kit);

	switch (by) {
	case IDBC_BY_EMAIL:    return email(kit, n);
	case IDBC_BY_USERNAME: return username(kit, n);
	case IDBC_BY_PHONE:    return phone(kit, n);
	case IDBC_BY_USER_ID:  return kit_s(kit_textf(kit, "%u", 2147000000 + n));
	default:               return kit_has(kit, KIT_EMAIL) ? email(kit, n) : username(kit, n);
	}
}

/* --- credentials ----------------------------------------------------------------------------- */
static struct kit_parts clear(struct kit *kit, struct idbc_str password)
{
	struct idbc_field part = kit_field_bytes("clear", password);

	return (struct kit_parts){ kit_keep(kit, &part, sizeof(part)), 1 };
}

static struct kit_parts kept(struct kit *kit, const struct password_made *made)
{
	struct idbc_field *parts = kit_keep(kit, made->parts, sizeof(made->parts));

	for (size_t i = 0; i < made->nparts; i++) {
		struct idbc_str *bytes = &parts[i].value.u.str;

		bytes->ptr = kit_keep(kit, bytes->ptr, bytes->len);
		if (!strcmp(parts[i].name, "hash"))
			kit_secret(kit, bytes->ptr, bytes->len);
	}
	return (struct kit_parts){ parts, made->nparts };
}

struct kit_parts kit_credential(struct kit *kit, const struct kit_user *user,
				struct idbc_str password)
{
	struct password_call call = { clock_deadline_ns(20000), PASSWORD_FOR_CALLER };
	struct idbc_error err = IDBC_ERROR_INIT;
	struct password_subject subject = { .username = user->username, .email = user->email };
	struct password_made made = { .nparts = 0 };
	struct kit_parts parts;

	kit_secret(kit, password.ptr, password.len);
	if (kit_caps(kit) & IDBC_CAP_PLAINTEXT)
		return clear(kit, password);
	subject_name(&subject);
	if (password_make(kit_store(kit)->policy, &subject, &password, &call, &made, &err) !=
	    IDBC_OK)
		kit_fail(kit, "a new stored password", "%s", err.text);
	parts = kept(kit, &made);
	password_made_free(&made);
	return parts;
}

/* --- drafts ------------------------------------------------------------------------------------ */
static void take_name(struct kit_user *user, const struct idbc_field *field)
{
	struct idbc_str value = field->value.kind == IDBC_KIND_STR ? field->value.u.str
								   : (struct idbc_str){ NULL, 0 };

	if (!strcmp(field->name, "email"))
		user->email = value;
	if (!strcmp(field->name, "username"))
		user->username = value;
	if (!strcmp(field->name, "phone_number"))
		user->phone = value;
}

void kit_user_set(struct kit *kit, struct kit_user *user, struct idbc_field field)
{
	size_t i;

	for (i = 0; i < user->nfields; i++)
		if (!strcmp(user->fields[i].name, field.name))
			break;
	if (i == KIT_FIELDS)
		kit_fail(kit, "fewer fields of a user", "%zu", i);
	user->fields[i] = field;
	user->nfields += i == user->nfields;
	take_name(user, &field);
}

/* What people type here: the first field of login.by that the user has. */
static struct idbc_str login_of(struct kit *kit, const struct kit_user *user)
{
	const struct config_lookup *lookup = &kit_config(kit)->lookup;

	for (uint32_t i = 0; i < lookup->nlogin; i++) {
		struct idbc_str value = kit_identifier(user, lookup->login_by[i]);

		if (value.len)
			return value;
	}
	return user->email.len ? user->email : user->username.len ? user->username : user->phone;
}

static void set_credential(struct kit *kit, struct kit_user *user)
{
	struct kit_parts parts = kit_credential(kit, user, user->password);

	for (user->nparts = 0; user->nparts < parts.n && user->nparts < 4; user->nparts++)
		user->parts[user->nparts] = parts.parts[user->nparts];
}

/* What the configuration asks of everybody who is to be made, or is to log in. */
static void set_required(struct kit *kit, struct kit_user *user)
{
	const struct profile_rules *rules = &kit_config(kit)->profile;

	for (size_t i = 0; i < rules->nrequired; i++)
		for (size_t j = 0; j < field_sample_count; j++)
			if (!strcmp(rules->required[i], field_samples[j].name))
				kit_user_set(kit, user, field_samples[j]);
	if (kit_config(kit)->require_verified && kit_accepts(kit, "email_verified"))
		kit_user_set(kit, user, kit_field_i64("email_verified", IDBC_KIND_BOOL, 1));
}

struct kit_user *kit_draft(struct kit *kit)
{
	struct kit_user *user = kit_keep(kit, NULL, sizeof(*user));
	const struct quirks *quirks = &kit->run->quirks;
	unsigned n = next(kit);

	if (kit_has(kit, KIT_EMAIL))
		kit_user_set(kit, user, kit_field_bytes("email", email(kit, n)));
	if (kit_has(kit, KIT_USERNAME))
		kit_user_set(kit, user, kit_field_bytes("username", username(kit, n)));
	if (kit_has(kit, KIT_PHONE))
		kit_user_set(kit, user, kit_field_bytes("phone_number", phone(kit, n)));
	set_required(kit, user);
	for (size_t i = 0; i < quirks->ncreate; i++)
		kit_user_set(kit, user, quirks->create[i]);
	user->password = kit_password(kit);
	user->login = login_of(kit, user);
	return user;
}

int kit_make_user(struct kit *kit, void *session, struct kit_user *user, struct kit_rows *rows,
		  struct idbc_error *err)
{
	int rc;

	if (!user->nparts)
		set_credential(kit, user);
	user->login = login_of(kit, user);
	rc = kit_create(kit, session, user->fields, user->nfields, user->parts, user->nparts, rows,
			err);
	if (rc == IDBC_OK && rows->n == 1)
		user->id = rows->row[0].id;
	return rc;
}

int kit_make_users(struct kit *kit, void *session, struct kit_many *many, struct kit_rows *rows,
		   struct idbc_error *err)
{
	size_t row = 0;
	int rc;

	for (uint32_t i = 0; i < many->n; i++) {
		if (!many->user[i]->nparts)
			set_credential(kit, many->user[i]);
		many->user[i]->login = login_of(kit, many->user[i]);
	}
	rc = kit_create_many(kit, session, many, rows, err);
	for (uint32_t i = 0; rc == IDBC_OK && i < many->n; i++)
		if (!many->outcome[i].status && row < rows->n)
			many->user[i]->id = rows->row[row++].id;
	return rc;
}

/* --- users ----------------------------------------------------------------------------------- */
static struct kit_user *made(struct kit *kit, void *session)
{
	struct kit_user *user = kit_draft(kit);
	struct kit_rows rows;
	struct idbc_error err;
	int rc;

	kit_rows_init(kit, &rows);
	rc = kit_make_user(kit, session, user, &rows, &err);
	if (rc != IDBC_OK)
		kit_fail(kit, "a new user", "create(): %s %s: %s", kit_status(rc), err.code, err.text);
	if (rows.n != 1)
		kit_fail(kit, "the row of the new user", "create() reported %zu rows", rows.n);
	return user;
}

static struct idbc_str words(const char *text)
{
	return text ? kit_s(text) : (struct idbc_str){ NULL, 0 };
}

static struct kit_user *existing(struct kit *kit, void *session)
{
	const struct quirk_user *quirk = &kit->run->quirks.users[next(kit) %
								 kit->run->quirks.nusers];
	struct kit_user *user = kit_keep(kit, NULL, sizeof(*user));
	struct kit_rows rows;
	struct idbc_error err;
	int rc;

	user->existing = 1;
	user->email = words(quirk->email);
	user->username = words(quirk->username);
	user->phone = words(quirk->phone);
	user->login = words(quirk->identifier);
	user->password = words(quirk->password);
	user->id = words(quirk->user_id);
	kit_secret(kit, user->password.ptr, user->password.len);
	kit_rows_init(kit, &rows);
	rc = kit_get_user(kit, session, IDBC_BY_LOGIN, user->login, &rows, &err);
	if (rc != IDBC_OK || rows.n != 1)
		kit_fail(kit, "a user of the quirks", "%s, %zu rows", kit_status(rc), rows.n);
	if (!user->id.len)
		user->id = rows.row[0].id;
	return user;
}

struct kit_user *kit_user(struct kit *kit, void *session)
{
	if (kit_has(kit, KIT_CREATE))
		return made(kit, session);
	if (kit->run->quirks.nusers)
		return existing(kit, session);
	kit_skip(kit, "%s", kit->page->facts.no_user);
}

struct idbc_str kit_identifier(const struct kit_user *user, uint32_t by)
{
	switch (by) {
	case IDBC_BY_LOGIN:    return user->login;
	case IDBC_BY_USER_ID:  return user->id;
	case IDBC_BY_EMAIL:    return user->email;
	case IDBC_BY_USERNAME: return user->username;
	default:               return user->phone;
	}
}

const uint32_t *kit_kinds(struct kit *kit, const struct kit_user *user)
{
	uint32_t kinds[IDBC_BY_PHONE + 2];
	size_t n = 0;

	for (uint32_t by = IDBC_BY_LOGIN; by <= IDBC_BY_PHONE; by++)
		if ((kit->page->facts.kinds & (1u << by)) && (!user || kit_identifier(user, by).len))
			kinds[n++] = by;
	kinds[n++] = KIT_NO_KIND;
	return kit_keep(kit, kinds, n * sizeof(kinds[0]));
}

int kit_accepts(struct kit *kit, const char *field)
{
	for (size_t i = 0; i < field_sample_count; i++)
		if (!strcmp(field_samples[i].name, field))
			return (kit->page->facts.accepts >> i) & 1;
	if (!strcmp(field, "email"))
		return kit_has(kit, KIT_EMAIL | KIT_CREATE);
	if (!strcmp(field, "username"))
		return kit_has(kit, KIT_USERNAME | KIT_CREATE);
	if (!strcmp(field, "phone_number"))
		return kit_has(kit, KIT_PHONE | KIT_CREATE);
	return !strcmp(field, "user_id") && kit->page->facts.given_ids;
}

/* --- finding -------------------------------------------------------------------------------- */
void kit_want_found(struct kit *kit, void *session, uint32_t by, struct idbc_str identifier,
		    struct idbc_str id)
{
	struct kit_rows rows;
	struct idbc_error err;
	int rc;

	kit_rows_init(kit, &rows);
	rc = kit_get_user(kit, session, by, identifier, &rows, &err);
	kit_want(kit, rc, &err, IDBC_OK);
	if (rows.n != 1)
		kit_fail(kit, "one row", "%zu rows", rows.n);
	kit_want_str(kit, "the user", rows.row[0].id, id);
}

void kit_want_nobody(struct kit *kit, void *session, uint32_t by, struct idbc_str identifier)
{
	struct kit_rows rows;
	struct idbc_error err;
	int rc;

	kit_rows_init(kit, &rows);
	rc = kit_get_user(kit, session, by, identifier, &rows, &err);
	kit_want(kit, rc, &err, IDBC_NO_USER);
	if (rows.n)
		kit_fail(kit, "no row", "%zu rows", rows.n);
}

const char *kit_public_id(struct kit *kit, struct idbc_str native)
{
	struct buf out = BUF_INIT(4096);
	char *text;

	profile_public_id(&kit_config(kit)->profile, &native, &out);
	if (out.failed)
		kit_fail(kit, "a user id that fits", "%zu bytes", native.len);
	text = kit_keep(kit, out.ptr, out.len);
	buf_free(&out);
	return text;
}

void kit_remember(struct kit *kit, struct idbc_str native)
{
	uint32_t place;

	if (!native.len || native.len > ID_ROOM)
		return;
	place = atomic_fetch_add(&kit->page->nmade, 1);
	if (place >= MAX_MADE)
		return;
	memcpy(kit->page->made[place].id, native.ptr, native.len);
	kit->page->made[place].len = (uint32_t)native.len;
}
