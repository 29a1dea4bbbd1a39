/* idbc/conform.h - the conformance kit, for driver authors: does a driver do what
 * idbc/driver.h asks?  The program idbc-conform is a main() over this header.
 *
 * Each case runs in a child process of its own with a time limit, so that a driver that
 * crashes, prints, exits or never returns fails that case and takes nothing down.  The
 * driver is loaded there alone, never in the caller.
 *
 * Threads: idbc_conform_run() forks; call it where no other thread runs.
 */
#ifndef IDBC_CONFORM_H
#define IDBC_CONFORM_H

#include <idbc/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum idbc_conform_result {
	IDBC_CONFORM_OK = 0,
	IDBC_CONFORM_NOT_OK = 1,
	IDBC_CONFORM_SKIP = 2,          /* `got` says why */
};

/* What a case came to.  Texts are UTF-8 of one line without a password or a hash, "" where
 * there is nothing to say, and live for the call. */
struct idbc_conform_verdict {
	uint32_t size;
	uint32_t result;                /* enum idbc_conform_result */
	uint32_t number, total;         /* of the cases chosen, from 1 */
	uint32_t took_ms, pad;
	const char *name;               /* "login.unknown" */
	const char *promise;            /* what the contract says */
	const char *asked, *wanted, *got;
};

/* A case as it stands in the list. */
struct idbc_conform_case {
	uint32_t size, pad;
	const char *name, *promise;
};

/* Start from IDBC_CONFORM_PLAN_INIT.  Everything is borrowed for the call. */
struct idbc_conform_plan {
	uint32_t size;
	uint32_t limit_ms;              /* for each case; 0: 20,000 */
	const char *driver;             /* the file; takes the place of "driver" in `config` */
	const char *config;             /* a configuration file as idbc_open() takes it */
	const char *quirks;             /* a JSON file, or NULL */
	const char *only;               /* patterns separated by commas, "login.*"; NULL: all */
	/* Called after each case, in order; may be NULL. */
	void (*told)(void *ctx, const struct idbc_conform_verdict *);
	void *ctx;
};
#define IDBC_CONFORM_PLAN_INIT \
	{ sizeof(struct idbc_conform_plan), 0, NULL, NULL, NULL, NULL, NULL, NULL }

struct idbc_conform_totals {
	uint32_t size;
	uint32_t passed, failed, skipped;
};

/* Runs the cases.  IDBC_OK: they ran, and *out says how it went; IDBC_CONFIG: plan,
 * configuration or quirks cannot be used, and nothing ran; IDBC_INVALID: no driver or no
 * configuration given, or `only` chooses no case; IDBC_NOMEM. */
IDBC_API IDBC_MUST_CHECK
int idbc_conform_run(const struct idbc_conform_plan *, struct idbc_conform_totals *out,
		     struct idbc_error *err);

/* Every case in the order in which they run; stops when fn returns not 0, and returns
 * that. */
IDBC_API int idbc_conform_each(int (*fn)(void *ctx, const struct idbc_conform_case *),
			       void *ctx);

#ifdef __cplusplus
}
#endif
#endif
