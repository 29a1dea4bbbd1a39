/* connector/profile/rules.h - what a configuration says about profiles: plain words,
 * filled by config, read by profile.  Everything is owned by the struct config.
 */
#ifndef CONNECTOR_PROFILE_RULES_H
#define CONNECTOR_PROFILE_RULES_H

#include <stddef.h>
#include <stdint.h>

struct profile_rules {
	const char *connection;         /* for identities[0] */
	const char *prefix;             /* of user_id; may be "" */
	const char *provider;
	const char *metadata_key;       /* "app_metadata", or "metadata" */
	const char *username_pattern;   /* POSIX extended, or NULL */
	uint32_t    username_max;       /* characters; 0: no limit */
	uint32_t    identifier_bytes;
	const char *const *required;    /* create.required, else the fields of login.by */
	size_t      nrequired;
	const char *const *self_service;/* further fields a sign-up form may set */
	size_t      nself_service;
	const char *const *whole;       /* fields that take an object as one document */
	size_t      nwhole;
};

#endif
