/* tests/unit/sql_session.h - the one session of a test program on the scripted backend, from its
 * opening to its end.  Include it behind what script and host are made of.
 */
#ifndef TESTS_UNIT_SQL_SESSION_H
#define TESTS_UNIT_SQL_SESSION_H

#include "sql/call/call.h"
#include "sql_fake.h"
#include "unit.h"

static void *instance;
static struct session *session;
static struct idbc_error err;

/* As `fake` says; `catalogue` answers while it opens, nothing afterwards. */
static inline void open_session(const struct idbc_host *host, const struct fake_answer *catalogue)
{
	struct idbc_findings findings = { sizeof(findings), 0, fake_finding };
	struct fake_answer script = *catalogue;
	void *out = NULL;

	fake.now_ns = 1000;
	fake_script(&script, 1);
	err = (struct idbc_error)IDBC_ERROR_INIT;
	CU_ASSERT_EQUAL_FATAL(sql_open(&fake_backend, host, NULL, &findings, &instance, &err),
			      IDBC_OK);
	CU_ASSERT_EQUAL_FATAL(sql_connect(instance, 1000000000, &out, &err), IDBC_OK);
	session = out;
	fake_script(NULL, 0);
}

static inline void close_store(void)
{
	sql_disconnect(session);
	sql_close(instance);
}

#endif
