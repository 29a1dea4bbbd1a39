/* tests/conformance/right/few.c - a right driver that the kit could take for a wrong one: the
 * skeleton with a long name and no version, over a store that lets in four sessions at once and
 * knows people by their telephone number alone.
 * Threads, lock: the skeleton's; the places are counted atomically.
 */
#include <idbc/driver.h>

static const struct idbc_driver *skeleton_entry(uint32_t, const struct idbc_host *);
#define idbc_driver_entry skeleton_entry
#include "../../../examples/driver_skeleton/users.c"
#include "../../../examples/driver_skeleton/reads.c"
#include "../../../examples/driver_skeleton/writes.c"
#include "../../../examples/driver_skeleton/skeleton.c"
#undef idbc_driver_entry

#define PLACES 4

struct few {
	const struct idbc_host *host;
	void *skeleton;
	atomic_int taken;
};
struct place {
	struct session session;         /* first: what the skeleton's slots are given */
	struct few *few;
};

static int few_open(const struct idbc_host *host, const struct idbc_settings *settings,
		    struct idbc_findings *findings, void **instance, struct idbc_error *err)
{
	struct few *few = calloc(1, sizeof(*few));
	int rc;

	if (!few)
		return host->fail(host, err, IDBC_NOMEM, "", "out of memory");
	few->host = host;
	rc = skeleton_open(host, settings, findings, &few->skeleton, err);
	if (rc == IDBC_OK)
		*instance = few;
	else
		free(few);
	return rc;
}

static void few_close(void *instance)
{
	skeleton_close(((struct few *)instance)->skeleton);
	free(instance);
}

static int few_connect(void *instance, int64_t deadline_ns, void **session,
		       struct idbc_error *err)
{
	struct few *few = instance;
	struct place *place = calloc(1, sizeof(*place));
	int rc;

	if (!place)
		return few->host->fail(few->host, err, IDBC_NOMEM, "", "out of memory");
	place->session.instance = few->skeleton;
	place->few = few;
	rc = in_time(&place->session, deadline_ns, err);
	if (rc == IDBC_OK && atomic_fetch_add(&few->taken, 1) >= PLACES) {
		atomic_fetch_sub(&few->taken, 1);
		rc = fail(&place->session, err, IDBC_BUSY, "", "too many sessions");
	}
	if (rc == IDBC_OK)
		*session = place;
	else
		free(place);
	return rc;
}

static void few_disconnect(void *session)
{
	atomic_fetch_sub(&((struct place *)session)->few->taken, 1);
	free(session);
}

/* The instance is the parent's business: the place is not given back. */
static void few_abandon(void *session)
{
	free(session);
}

static int few_knows(void *self, uint32_t by, struct idbc_error *err)
{
	if (by == IDBC_BY_EMAIL || by == IDBC_BY_USERNAME)
		return fail(self, err, IDBC_UNSUPPORTED, "not_mapped", "numbers alone");
	return IDBC_OK;
}

static int few_login(void *self, const struct idbc_login_req *req, struct idbc_sink *sink,
		     struct idbc_error *err)
{
	int rc = few_knows(self, req->by, err);

	return rc == IDBC_OK ? skeleton_login(self, req, sink, err) : rc;
}

static int few_get_user(void *self, const struct idbc_user_req *req, struct idbc_sink *sink,
			struct idbc_error *err)
{
	int rc = few_knows(self, req->by, err);

	return rc == IDBC_OK ? skeleton_get_user(self, req, sink, err) : rc;
}

static int few_create(void *self, const struct idbc_create_req *req, struct idbc_sink *sink,
		      struct idbc_error *err)
{
	for (size_t i = 0; i < req->nfields; i++)
		if (req->fields[i].value.kind != IDBC_KIND_NULL &&
		    (!strncmp(req->fields[i].name, "email", 5) ||
		     !strcmp(req->fields[i].name, "username")))
			return fail(self, err, IDBC_INVALID, "unmapped_field",
				    strncmp(req->fields[i].name, "email", 5) ? "no username here"
									     : "no email here");
	return skeleton_create(self, req, sink, err);
}

static int few_change_password(void *self, const struct idbc_password_req *req,
			       struct idbc_error *err)
{
	int rc = few_knows(self, req->by, err);

	return rc == IDBC_OK ? skeleton_change_password(self, req, err) : rc;
}

static const struct idbc_ops few_ops = {
	.size = sizeof(few_ops),
	.login = few_login, .get_user = few_get_user, .create = few_create,
	.change_password = few_change_password, .delete_user = skeleton_delete_user,
	.proven = skeleton_proven, .list = skeleton_list,
};

static const struct idbc_driver few_driver = {
	.size = sizeof(few_driver), .abi = IDBC_DRIVER_ABI, .name = "few_places_and_numbers_alone",
	.caps = IDBC_CAP_TRANSACTIONS | IDBC_CAP_INTERRUPT,
	.open = few_open, .close = few_close,
	.connect = few_connect, .disconnect = few_disconnect, .abandon = few_abandon,
	.ping = skeleton_ping, .interrupt = skeleton_interrupt, .ops = &few_ops,
};

const struct idbc_driver *idbc_driver_entry(uint32_t host_abi, const struct idbc_host *host)
{
	return skeleton_entry(host_abi, host) ? &few_driver : NULL;
}
