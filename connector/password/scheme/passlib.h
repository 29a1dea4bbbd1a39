/* connector/password/scheme/passlib.h - the old forms that passlib reads: passlib_old.c.
 * Threads: any, no lock.
 */
#ifndef CONNECTOR_PASSWORD_SCHEME_PASSLIB_H
#define CONNECTOR_PASSWORD_SCHEME_PASSLIB_H

#include "password/scheme/scheme.h"

int passlib_grub_parse(const struct scheme *, const struct scheme_in *, struct stored *);
int passlib_dlitz_parse(const struct scheme *, const struct scheme_in *, struct stored *);
int passlib_cta_parse(const struct scheme *, const struct scheme_in *, struct stored *);
int passlib_fshp_parse(const struct scheme *, const struct scheme_in *, struct stored *);
int passlib_fshp_verify(const struct stored *, const struct scheme_in *);

#endif
