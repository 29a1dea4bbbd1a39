/* connector/password/scheme/known.h - stored forms that exist and are not built here: naming one
 * is "unsupported", not a spelling mistake, and a row of one is not malformed.
 * Threads: any, no lock.
 */
#ifndef CONNECTOR_PASSWORD_KNOWN_H
#define CONNECTOR_PASSWORD_KNOWN_H

#include <idbc/types.h>

int known_name(const char *name);               /* "ldap", "ldap/SSHA" */
int known_form(const struct idbc_str *);        /* begins as one of them */

#endif
