/* driver.c - the table that the connector asks for, and nothing else.
 * Threads: constant.
 */
#include "ldap_driver.h"

static int open_(const struct idbc_host *host, const struct idbc_settings *settings,
		 struct idbc_findings *findings, void **out, struct idbc_error *err)
{
	struct instance *in = NULL;
	int rc = options_open(host, settings, findings, &in, err);

	if (rc == IDBC_OK)
		*out = in;
	return rc;
}

static void close_(void *instance)
{
	options_close(instance);
}

static int connect_(void *instance, int64_t deadline_ns, void **out, struct idbc_error *err)
{
	struct session *s = NULL;
	int rc = session_connect(instance, deadline_ns, &s, err);

	if (rc == IDBC_OK)
		*out = s;
	return rc;
}

static void disconnect(void *session)
{
	session_end(session);
}

static void abandon(void *session)
{
	session_abandon(session);
}

static void interrupt(void *session)
{
	session_interrupt(session);
}

static int ignore(void *ctx, LDAPMessage *entry)
{
	(void)ctx;
	(void)entry;
	return 0;
}

/* Any answer will do: the server is there. */
static int ping(void *session, int64_t deadline_ns, struct idbc_error *err)
{
	char none[] = LDAP_NO_ATTRS;
	char *attrs[] = { none, NULL };
	struct session *s = session;
	int rc = wire_begin(s, deadline_ns, err);

	if (rc != IDBC_OK)
		return rc;
	return search_run(s, "", LDAP_SCOPE_BASE, "(objectClass=*)", attrs, deadline_ns, ignore,
			  NULL, err);
}

/* No settle: a directory has no locks to take again, so that a write without an answer is over
 * when we look; it may be carried out after that, and NONE is more than a look can say.  What
 * the password is now, only the password itself could tell. */
static const struct idbc_ops ops = {
	.size = sizeof(ops), .login = op_login, .get_user = op_get_user, .create = op_create,
	.verify = op_verify, .change_password = op_change_password,
	.delete_user = op_delete_user, .change_email = op_change_email, .check = op_check,
};
static const struct idbc_driver driver = {
	.size = sizeof(driver), .abi = IDBC_DRIVER_ABI, .name = "ldap", .version = "0.1",
	.caps = IDBC_CAP_INTERRUPT | IDBC_CAP_DECIDES | IDBC_CAP_PLAINTEXT | IDBC_CAP_EQUAL_TIME,
	.open = open_, .close = close_, .connect = connect_, .disconnect = disconnect,
	.abandon = abandon, .ping = ping, .interrupt = interrupt, .ops = &ops,
};

const struct idbc_driver *idbc_driver_entry(uint32_t host_abi, const struct idbc_host *host)
{
	(void)host;
	return host_abi >> 16 == IDBC_DRIVER_ABI_MAJOR ? &driver : NULL;
}
