/* connector/password/make.c - new credentials.  What was made is verified before anybody
 * may store it.  Threads: any.  Lock: none.
 */
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "password/policy.h"

/* Hash and salt, each with its NUL, in one secret that the parts point into. */
static int fill(struct password_made *out, const struct idbc_str *hash, const struct idbc_str *salt)
{
	memset(out, 0, sizeof(*out));
	if (secret_alloc(&out->bytes, hash->len + salt->len + 2))
		return -1;
	memcpy(out->bytes.ptr, hash->ptr, hash->len);
	out->parts[0].name = "hash";
	out->parts[0].value.kind = IDBC_KIND_STR;
	out->parts[0].value.u.str = (struct idbc_str){ out->bytes.ptr, hash->len };
	out->nparts = 1;
	if (!salt->len)
		return 0;
	memcpy(out->bytes.ptr + hash->len + 1, salt->ptr, salt->len);
	out->parts[1].name = "salt";
	out->parts[1].value.kind = IDBC_KIND_STR;
	out->parts[1].value.u.str = (struct idbc_str){ out->bytes.ptr + hash->len + 1, salt->len };
	out->nparts = 2;
	return 0;
}

void password_made_free(struct password_made *made)
{
	secret_free(&made->bytes);
	memset(made, 0, sizeof(*made));
}

/* PASSWORD_MATCH if the password matches what was just made of it, and of `from`. */
static int prove(const struct scheme *scheme, const struct scheme_in *from,
	const struct buf *hash)
{
	struct scheme_in in = *from;
	struct stored st;
	int rc;

	in.hash = (struct idbc_str){ hash->ptr, hash->len };
	rc = stored_parse(scheme, &in, &st);
	return rc == PARSED ? stored_verify(&st, &in) : rc;
}

static int prove_recipe(const struct password_policy *policy,
	const struct password_subject *who, const struct buf *hash, const char *salt,
	const struct secret *password)
{
	struct idbc_str salt_str = str_of(salt), text = { hash->ptr, hash->len };
	struct recipe_values v = recipe_values_of(policy, who, &salt_str, password);

	return recipe_verify(policy->target.recipe, &v, &text);
}

int password_not_done(enum password_result result, struct idbc_error *err)
{
	if (result == PASSWORD_BUSY)
		return err_set(err, IDBC_BUSY, "password", "%s", status_text(IDBC_BUSY));
	if (result == PASSWORD_LATE)
		return err_set(err, IDBC_TIMEOUT, "password", "%s", status_text(IDBC_TIMEOUT));
	return err_nomem(err, "password");
}

static int not_proved(int result, struct idbc_error *err)
{
	if (result == PASSWORD_FAILED || result == PASSWORD_BUSY || result == PASSWORD_LATE)
		return password_not_done((enum password_result)result, err);
	return err_set(err, IDBC_UNSUPPORTED, "password", "a hash just made does not verify (%s)",
		password_result_name((enum password_result)result));
}

static int is_salt_inside(const struct password_policy *policy)
{
	const enum split_part *part = policy->split.part;

	return policy->has_split && (part[0] == SPLIT_SALT || part[1] == SPLIT_SALT);
}

/* Joins hash and salt where the store keeps them in one column; a template of the hash
 * alone leaves the salt a column of its own. */
int made_of_parts(const struct password_policy *policy, const struct idbc_str *hash,
	const struct idbc_str *salt, struct password_made *out)
{
	static const struct idbc_str nothing = { "", 0 };
	struct buf joined = BUF_INIT(2 * LIMIT_STORED_BYTES);
	struct idbc_str text;
	int rc;

	if (!policy->has_split)
		return fill(out, hash, salt);
	rc = split_join(&policy->split, hash, salt, &joined);
	text = (struct idbc_str){ joined.ptr, joined.len };
	if (!rc)
		rc = fill(out, &text, is_salt_inside(policy) ? &nothing : salt);
	buf_wipe(&joined);
	return rc;
}

static int hand_over(const struct password_policy *policy, const struct buf *hash, const char *salt,
	struct password_made *out)
{
	struct idbc_str hash_str = { hash->ptr, hash->len }, salt_str = str_of(salt);

	return made_of_parts(policy, &hash_str, &salt_str, out);
}

static int make_of(const struct password_policy *policy, const struct password_subject *who,
	const struct secret *password, const struct password_call *call,
	struct password_made *out, struct idbc_error *err)
{
	const struct gate_ask ask = ask_of(policy, call);
	struct buf hash = BUF_INIT(LIMIT_STORED_BYTES);
	char salt[SALT_ROOM] = "";
	struct scheme_in from;
	int rc = PASSWORD_FAILED;

	if (!target_salt(policy, salt))
		rc = target_make(policy, who, password, &ask, salt, &hash);
	from = target_in(policy, who, password, &ask, salt);
	if (!rc)
		rc = policy->target.recipe
			? prove_recipe(policy, who, &hash, salt, password)
			: prove(policy->target.scheme, &from, &hash);
	if (rc == PASSWORD_MATCH && hand_over(policy, &hash, salt, out))
		rc = PASSWORD_FAILED;
	buf_wipe(&hash);
	return rc == PASSWORD_MATCH ? IDBC_OK : not_proved(rc, err);
}

/* The dummy is of the target: as long as what is made. */
void password_width(const struct password_policy *policy, uint32_t *hash, uint32_t *salt)
{
	const struct split *split = &policy->split;
	size_t width = policy->dummy_hash.len, salt_len = strlen(policy->dummy_salt);

	*salt = is_salt_inside(policy) ? 0 : (uint32_t)salt_len;
	for (size_t i = 0; policy->has_split && i < 3; i++) {
		width += split->text[i].len;
		if (i < 2 && split->part[i] == SPLIT_SALT)
			width += salt_len;
	}
	*hash = (uint32_t)width;
}

int password_has_room(const struct password_policy *policy, int64_t deadline_ns)
{
	return gate_has_room(policy->gate, &policy->target.cost, deadline_ns);
}

void password_stats(const struct password_policy *policy, struct password_stats *out)
{
	gate_stats(policy->gate, out);
}

int password_may_upgrade(const struct password_policy *policy)
{
	return policy->rules->upgrade == 1 && policy->target.accepted;
}

static int refuse(struct idbc_error *err, const char *code)
{
	const char *text = "password is not valid UTF-8, or has control characters";

	if (!strcmp(code, "password_empty"))
		text = "password is empty";
	if (!strcmp(code, "password_not_allowed"))
		text = "password has characters that this store's form of passwords forbids";
	if (!strcmp(code, "password_too_long"))
		text = "password is longer than can be kept";
	return err_code(err, IDBC_INVALID, "password", code, "%s", text);
}

static int check_length(const struct password_policy *policy, const struct idbc_str *password,
	struct idbc_error *err)
{
	uint32_t limit = policy->rules->password_bytes;

	if (!password->len)
		return refuse(err, "password_empty");
	if (password->len > LIMIT_PASSWORD_BYTES || (limit && password->len > limit))
		return refuse(err, "password_too_long");
	return IDBC_OK;
}

/* `fresh`: a password that nobody has had so far, and that must be one for ever. */
static int make(const struct password_policy *policy, const struct password_subject *who,
	const struct idbc_str *password, int fresh, const struct password_call *call,
	struct password_made *out, struct idbc_error *err)
{
	struct secret text = SECRET_INIT;
	const char *code = "password_invalid";
	int rc;

	rc = input_apply(&policy->inputs[0], &policy->pepper, who, password, 1, &text);
	if (rc < 0)
		rc = err_nomem(err, "password");
	else if (rc == 2 && !text_has_control(password->ptr, password->len))
		rc = refuse(err, "password_not_allowed");
	else if (rc)
		rc = refuse(err, "password_invalid");
	else if (!text.len)
		rc = refuse(err, "password_empty");
	else if (fresh && !target_takes(policy, who, password, &text, &code))
		rc = refuse(err, code);
	else if (!target_holds(policy, who, &text))
		rc = refuse(err, "password_too_long");
	else
		rc = make_of(policy, who, &text, call, out, err);
	secret_free(&text);
	return rc;
}

int password_make(const struct password_policy *policy, const struct password_subject *who,
	const struct idbc_str *password, const struct password_call *call,
	struct password_made *out, struct idbc_error *err)
{
	int rc = check_length(policy, password, err);

	return rc == IDBC_OK ? make(policy, who, password, 1, call, out, err) : rc;
}

int password_make_proved(const struct password_policy *policy,
	const struct password_subject *who, const struct idbc_str *password,
	const struct password_call *call, struct password_made *out, struct idbc_error *err)
{
	if (!password->len || password->len > LIMIT_PASSWORD_BYTES)
		return refuse(err, password->len ? "password_too_long" : "password_empty");
	return make(policy, who, password, 0, call, out, err);
}

int password_plain(const struct password_policy *policy, const struct idbc_str *password,
	struct idbc_error *err)
{
	int rc = check_length(policy, password, err);

	if (rc == IDBC_OK && (!text_is_utf8(password->ptr, password->len) ||
			      text_has_control(password->ptr, password->len)))
		rc = refuse(err, "password_invalid");
	return rc;
}

/* The salt given, if the scheme has a column for one; else a new one. */
static int salt_of(const struct scheme *scheme, const struct idbc_str *given,
	char out[SALT_ROOM])
{
	if (!given->len || !(scheme->flags & SCHEME_SALT))
		return scheme_salt(scheme, 0, out);
	if (given->len >= SALT_ROOM)
		return -1;
	memcpy(out, given->ptr, given->len);
	out[given->len] = '\0';
	return 0;
}

static int hash_of(const struct scheme *scheme, struct scheme_in *in, const char *salt,
	struct password_made *out, struct idbc_error *err)
{
	struct buf hash = BUF_INIT(LIMIT_STORED_BYTES);
	int64_t costs[COST_KEYS_MAX] = { 0 };
	struct idbc_str made;
	int rc;

	target_costs(scheme, costs);
	in->salt = str_of(salt);
	rc = scheme->make(scheme, in, costs, &hash);
	if (!rc)
		rc = prove(scheme, in, &hash);
	made = (struct idbc_str){ hash.ptr, hash.len };
	if (rc == PASSWORD_MATCH && fill(out, &made, &in->salt))
		rc = PASSWORD_FAILED;
	buf_wipe(&hash);
	return rc == PASSWORD_MATCH ? IDBC_OK : not_proved(rc, err);
}

static int hash_with(const struct scheme *scheme, const struct password_probe *from,
	const struct params *params, struct password_made *out, struct idbc_error *err)
{
	const char *missing = scheme_missing(scheme, params);
	struct secret text = SECRET_INIT;
	struct scheme_in in = { .username = from->username, .params = params };
	char salt[SALT_ROOM];
	int rc;

	if (missing)
		return err_code(err, IDBC_INVALID, "password", "missing_parameter",
			"this scheme needs the parameter %s", missing);
	if (salt_of(scheme, &from->salt, salt))
		return err_code(err, IDBC_INVALID, "password", "salt_too_long",
			"the salt is too long");
	if (secret_copy(&text, from->password.ptr, from->password.len))
		return err_nomem(err, "password");
	in.password = &text;
	rc = hash_of(scheme, &in, salt, out, err);
	secret_free(&text);
	return rc;
}

/* What a scheme cannot hash whole, it must not hash at all. */
static int takes(const struct scheme *scheme, const struct password_probe *from)
{
	size_t len = from->password.len;

	return len <= LIMIT_PASSWORD_BYTES && scheme_takes(scheme, &from->username, len) &&
		(!scheme->max_bytes || len <= scheme->max_bytes);
}

static int unknown_scheme(const char *name, struct idbc_error *err)
{
	const char *near = scheme_nearest(name);

	if (family_find(name, strlen(name)))
		return err_code(err, IDBC_INVALID, "password", "unknown_scheme",
			"a family of many formats: name one as family/format");
	return err_code(err, IDBC_INVALID, "password", "unknown_scheme",
		"no scheme of that name%s%s%s", near ? ", did you mean \"" : "",
		near ? near : "", near ? "\"" : "");
}

int password_hash(const struct password_probe *from, struct password_made *out,
	struct idbc_error *err)
{
	const struct scheme *scheme = scheme_find(from->scheme);
	struct params *params = NULL;
	int rc;

	if (!scheme && (family_find(from->scheme, strlen(from->scheme)) ||
			!scheme_known(from->scheme)))
		return unknown_scheme(from->scheme, err);
	if (!scheme || !scheme->make)
		return err_code(err, IDBC_UNSUPPORTED, "password", "unsupported_scheme",
			"this scheme is not written here");
	if (!takes(scheme, from))
		return refuse(err, "password_too_long");
	if (params_open(from->params_json, &params))
		return err_nomem(err, "password");
	rc = hash_with(scheme, from, params, out, err);
	params_close(params);
	return rc;
}
