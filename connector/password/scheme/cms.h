/* connector/password/scheme/cms.h - the family cms is in two files: cms.c and magento.c.
 * Threads: any, no lock.
 */
#ifndef CONNECTOR_PASSWORD_SCHEME_CMS_H
#define CONNECTOR_PASSWORD_SCHEME_CMS_H

#include "password/scheme/scheme.h"

/* The variants of Magento 2's schemes; the first three are also its versions. */
enum magento { MAGENTO_V0, MAGENTO_V1, MAGENTO_V2, MAGENTO_V3, MAGENTO_CHAIN, MAGENTO_COUNT };

extern const struct cost_key magento_costs[], magento_v2_costs[];

int magento_parse(const struct scheme *, const struct scheme_in *, struct stored *);
int magento_verify(const struct stored *, const struct scheme_in *);
int magento_make(const struct scheme *, const struct scheme_in *, const int64_t *costs,
		 struct buf *out);
/* Which of them "hash:salt:versions" is; MAGENTO_COUNT: it is not of that form. */
enum magento magento_form(const struct idbc_str *);

#endif
