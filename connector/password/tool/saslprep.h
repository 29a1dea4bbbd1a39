/* connector/password/tool/saslprep.h - passwords as RFC 4013 prepares them.
 */
#ifndef CONNECTOR_PASSWORD_SASLPREP_H
#define CONNECTOR_PASSWORD_SASLPREP_H

#include "base/secret.h"

/* 0; -1: no memory; 1: not UTF-8; 2: characters that may not stand in a password, also
 * letters of both directions mixed.  `fresh`: to be stored, and so no code points that a
 * later Unicode may give another meaning; one typed to be compared may have them. */
int saslprep(const struct idbc_str *password, int fresh, struct secret *out);
/* As PostgreSQL does, and as it alone does: it looks at the characters before it puts them
 * in their compatibility form, which is that of today's Unicode.  The same answers. */
int saslprep_postgres(const struct idbc_str *password, struct secret *out);

#endif
