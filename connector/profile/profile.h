/* connector/profile/profile.h - the normalised profile, in and out.
 *
 * A struct idbc_profile is built by one thread, then never changes.  What a store reports is
 * kept as it came; the JSON tree and text are made when first asked for, under the profile's
 * own lock, so any thread may ask.
 */
#ifndef CONNECTOR_PROFILE_PROFILE_H
#define CONNECTOR_PROFILE_PROFILE_H

#include <idbc/driver.h>
#include "base/buf.h"
#include "profile/rules.h"

struct idbc_profile;

#define PROFILE_IDP_TOKENS 0x1u
#define PROFILE_MFA        0x2u

/* --- out of the store ------------------------------------------------------------ */
/* An empty profile to which a driver's fields are added as they come. */
int  profile_new(struct idbc_profile **out, struct idbc_error *err);
/* Any canonical or extra field, dotted leaves, as a driver reports it.  `name`s that are
 * never shown ("deleted", "password_expired") are not for here. */
int  profile_add(struct idbc_profile *, const char *name, const struct idbc_value *);
/* The same where canon_find() knew the name. */
struct canon;
const struct canon *canon_find(const char *name);
int  profile_add_known(struct idbc_profile *, const struct canon *, const struct idbc_value *);
/* A copy that lives as long as the profile, with a NUL behind it; NULL: no memory.  Not for
 * a finished one. */
const char *profile_keep(struct idbc_profile *, const struct idbc_str *);
/* Puts user_id, identities, generated name and nickname, blocked, email_verified in. */
int  profile_finish(struct idbc_profile *, const struct profile_rules *,
		    const struct idbc_str *native_id, struct idbc_error *err);

/* --- in from the host -------------------------------------------------------------- */
/* A JSON object, at most 1 MiB; INVALID with code "invalid_profile" otherwise. */
int  profile_parse(const char *json, struct idbc_profile **out, struct idbc_error *err);
/* One of its own, of a profile that a host built or was given. */
int  profile_copy(const struct idbc_profile *, struct idbc_profile **out, struct idbc_error *err);
int  profile_set(struct idbc_profile *, const char *field, const char *json_value,
		 struct idbc_error *err);

/* What a create may carry: required fields there, syntax and lengths of what is written,
 * reserved keys, self-service.  Flattens to dotted leaves (arrays as JSON, objects too
 * where the rules keep them whole, "metadata" under app_metadata); "user_id" loses its
 * prefix.  `flags`: IDBC_SELF_SERVICE. */
struct profile_fields {
	struct idbc_field *fields;
	size_t n;
	void  *owner;           /* what the fields point into */
};
int  profile_for_create(const struct idbc_profile *, const struct profile_rules *,
			uint32_t self_service, struct profile_fields *out,
			struct idbc_error *err);
/* The fields of another store, or of a file, as its driver reported them: with what no host may
 * set, and no rule of creates but what a store cannot hold: lengths, keys.  Names of flags that
 * are no part of a profile are passed over; what is NULL stays.  Single values are borrowed from
 * `fields`. */
int  profile_for_carry(const struct idbc_field *fields, size_t n, const struct profile_rules *,
		       struct profile_fields *out, struct idbc_error *err);
/* How deep arrays and objects nest in a JSON text, before anything recurses into it. */
size_t profile_text_depth(const char *text, size_t len);
/* Kept by the store: no host may set it. */
int  profile_is_stores(const char *name);
void profile_fields_free(struct profile_fields *);
const struct idbc_value *profile_field(const struct profile_fields *, const char *name);

/* Syntax and length of a value about to be written: INVALID invalid_email,
 * email_too_long, invalid_username, username_too_long, invalid_phone. */
int  profile_check_email(const struct idbc_str *, struct idbc_error *err);
int  profile_check_username(const struct profile_rules *, const struct idbc_str *,
			    struct idbc_error *err);

/* Every field as it was added, in that order; what has become a tree by its members.  Stops,
 * and returns what fn() did, where that is not 0; -1: no memory.  Not of a finished one. */
int  profile_each(const struct idbc_profile *,
		  int (*fn)(void *ctx, const char *name, const struct idbc_value *), void *ctx);

/* --- looking --------------------------------------------------------------------- */
const char *profile_get(const struct idbc_profile *, const char *field);    /* as the API */
const char *profile_json(const struct idbc_profile *, uint32_t flags);
/* A string field as bytes; empty if absent.  What these two say of user_id, email, username,
 * phone_number, blocked and email_verified costs no tree and no memory; of another field "" or
 * 0 may also mean that memory ran out.  By the one thread that builds the profile. */
struct idbc_str profile_str(const struct idbc_profile *, const char *field);
int  profile_true(const struct idbc_profile *, const char *field);
void profile_free(struct idbc_profile *);

/* --- user ids --------------------------------------------------------------------- */
/* Strips exactly one "<prefix>|"; INVALID wrong_connection without it. */
int  profile_native_id(const struct profile_rules *, const struct idbc_str *user_id,
		       struct idbc_str *native, struct idbc_error *err);
/* The other way round, appended. */
void profile_public_id(const struct profile_rules *, const struct idbc_str *native,
		       struct buf *out);

#endif
