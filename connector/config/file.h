/* connector/config/file.h - files that a configuration is made of, read whole and only
 * if nobody else could have put something into them (or, for secrets, have read them).
 * Threads: any, no lock.
 */
#ifndef CONNECTOR_CONFIG_FILE_H
#define CONNECTOR_CONFIG_FILE_H

#include "base/secret.h"

enum file_kind { FILE_CONFIG, FILE_SECRET };

enum file_result {
	FILE_OK, FILE_NOMEM,
	FILE_UNREADABLE,        /* *why: the system's reason */
	FILE_UNSAFE,            /* *why: which permission is too wide */
	FILE_TOO_LONG,          /* *why: the limit */
};

/* The bytes of `path`; `why` is a constant text. */
enum file_result file_read(const char *path, enum file_kind, struct secret *out,
			   const char **why);

/* `path` joined to `dir` unless absolute; malloc'ed; NULL: no memory. */
char *file_beside(const char *dir, const char *path);
/* The absolute folder of `path` (NULL: the current one); malloc'ed; NULL: no memory. */
char *file_folder(const char *path);

#endif
