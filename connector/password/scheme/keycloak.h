/* connector/password/scheme/keycloak.h - Keycloak's credentials: JSON, for java.c.
 * Threads: any, no lock.
 */
#ifndef CONNECTOR_PASSWORD_SCHEME_KEYCLOAK_H
#define CONNECTOR_PASSWORD_SCHEME_KEYCLOAK_H

#include "password/scheme/scheme.h"

enum keycloak { KEYCLOAK_SHA1, KEYCLOAK_SHA256, KEYCLOAK_SHA512, KEYCLOAK_ARGON2 };

/* Which algorithm a row is of; 0 or MALFORMED. */
int keycloak_form(const struct scheme_in *, enum keycloak *out);
int keycloak_parse(const struct scheme *, const struct scheme_in *, struct stored *);
int keycloak_verify(const struct stored *, const struct scheme_in *);
int keycloak_make(const struct scheme *, const struct scheme_in *, const int64_t *costs,
		  struct buf *);
/* credential_data, for make() to be given as the salt.  0 or -1. */
int keycloak_salt(const struct scheme *, const int64_t *costs, char out[SALT_ROOM]);

#endif
