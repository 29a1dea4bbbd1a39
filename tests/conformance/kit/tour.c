/* tests/conformance/kit/tour.c - job: every operation of a driver once or more, with good and
 * with bad requests, for the cases that watch what goes on around them rather than what comes
 * out.  Nothing is judged here but that a call returns.
 * Threads: one session's.
 */
#include "base/findings.h"
#include "kit.h"

struct tour {
	struct kit *kit;
	void *session;
	struct kit_user *user;
	struct kit_rows rows;
	struct idbc_error err;
};

/* As the connector would: a session is used again after some statuses alone. */
static int went(struct tour *tour, int rc)
{
	int class = IDBC_STATUS_CLASS(rc);

	if (class <= 2 || rc == IDBC_CANCELLED || rc == IDBC_DATA)
		return rc;
	kit_disconnect(tour->kit, tour->session);
	tour->session = kit_connect(tour->kit);
	return rc;
}

static void reads(struct tour *tour)
{
	struct kit *kit = tour->kit;
	struct idbc_str password = { NULL, 0 };

	if (kit_caps(kit) & IDBC_CAP_DECIDES)
		password = tour->user->password;
	for (const uint32_t *by = kit_kinds(kit, tour->user); *by != KIT_NO_KIND; by++) {
		kit_rows_init(kit, &tour->rows);
		went(tour, kit_get_user(kit, tour->session, *by,
					kit_identifier(tour->user, *by), &tour->rows,
					&tour->err));
		kit_rows_init(kit, &tour->rows);
		went(tour, kit_get_user(kit, tour->session, *by,
					kit_nobody(kit, *by), &tour->rows, &tour->err));
	}
	kit_rows_init(kit, &tour->rows);
	went(tour, kit_login(kit, tour->session, IDBC_BY_LOGIN, tour->user->login, password,
			     &tour->rows, &tour->err));
	kit_rows_init(kit, &tour->rows);
	if (password.ptr)
		password = kit_password(kit);
	went(tour, kit_login(kit, tour->session, IDBC_BY_LOGIN, tour->user->login, password,
			     &tour->rows, &tour->err));
	kit_rows_init(kit, &tour->rows);
	went(tour, kit_login(kit, tour->session, IDBC_BY_LOGIN, kit_nobody(kit, IDBC_BY_LOGIN),
			     password, &tour->rows, &tour->err));
}

static void looks(struct tour *tour)
{
	struct kit *kit = tour->kit;
	struct finding_list findings;

	kit_rows_init(kit, &tour->rows);
	if (kit_has(kit, KIT_LIST))
		went(tour, kit_list(kit, tour->session, kit_s(""), 3, 0, &tour->rows, &tour->err));
	if (!kit_has(kit, KIT_CHECK))
		return;
	findings_init(&findings);
	went(tour, kit_check(kit, tour->session, 0, &findings, &tour->err));
	findings_free(&findings);
}

static void changes(struct tour *tour)
{
	struct kit *kit = tour->kit;
	struct kit_user *user = tour->user;
	struct kit_parts none = { NULL, 0 };
	struct kit_parts made = { user->parts, user->nparts };

	if (kit_has(kit, KIT_VERIFY)) {
		went(tour, kit_verify(kit, tour->session, IDBC_BY_LOGIN, user->login, user->email,
				      &tour->err));
		went(tour, kit_verify(kit, tour->session, IDBC_BY_LOGIN, kit_nobody(kit, 0),
				      kit_s(""), &tour->err));
	}
	if (kit_has(kit, KIT_PASSWORD)) {
		went(tour, kit_change_password(kit, tour->session, IDBC_BY_LOGIN, user->login, made,
					       none, &tour->err));
		went(tour, kit_change_password(kit, tour->session, IDBC_BY_LOGIN,
					       kit_nobody(kit, 0), made, none, &tour->err));
	}
	if (kit_has(kit, KIT_CHANGE_EMAIL) && user->email.len)
		went(tour, kit_change_email(kit, tour->session, IDBC_BY_USER_ID, user->id,
					    user->email, 1, &tour->err));
}

static void side_paths(struct tour *tour)
{
	struct kit *kit = tour->kit;
	struct kit_proven proven = { .flags = IDBC_PROVEN_TOUCH | IDBC_PROVEN_FORGIVE,
				     .id = tour->user->id, .client_ip = kit_s("192.0.2.7") };

	if (kit_has(kit, KIT_FAILED))
		went(tour, kit_failed(kit, tour->session, tour->user->id, kit_s("192.0.2.7"),
				      &tour->err));
	if (kit_has(kit, KIT_PROVEN))
		went(tour, kit_proven(kit, tour->session, &proven, &tour->err));
}

/* Each kind of write that may be in doubt, about him, as if its answer had been lost. */
static void doubts(struct tour *tour)
{
	struct kit *kit = tour->kit;
	struct kit_user *user = tour->user;
	struct kit_write w = { .by = IDBC_BY_LOGIN, .identifier = user->login, .known = user->id,
		.email = user->email, .fields = user->fields, .nfields = user->nfields,
		.credential = { user->parts, user->nparts } };
	uint32_t effect;

	if (!kit_has(kit, KIT_SETTLE))
		return;
	for (w.kind = IDBC_SETTLE_CREATE; w.kind <= IDBC_SETTLE_CHANGE_EMAIL; w.kind++)
		went(tour, kit_settle(kit, tour->session, &w, &effect, &tour->err));
}

static int disagree(void *ctx)
{
	(void)ctx;
	return 7;
}

/* Made twice, and refused by who receives the row; deleted against the will of agree(). */
static void ends(struct tour *tour)
{
	struct kit *kit = tour->kit;
	struct kit_user *user = tour->user;
	struct kit_delete how = { .phase = IDBC_DELETE_NOW, .id = user->id, .agree = disagree };
	struct kit_user *other = kit_draft(kit);

	kit_rows_init(kit, &tour->rows);
	went(tour, kit_create(kit, tour->session, user->fields, user->nfields, user->parts,
			      user->nparts, &tour->rows, &tour->err));
	kit_rows_init(kit, &tour->rows);
	tour->rows.refuse = KIT_REFUSE_FIELD;
	went(tour, kit_create(kit, tour->session, other->fields, other->nfields, user->parts,
			      user->nparts, &tour->rows, &tour->err));
	kit_rows_init(kit, &tour->rows);
	went(tour, kit_get_user(kit, tour->session, IDBC_BY_LOGIN, other->login, &tour->rows,
				&tour->err));
	for (size_t i = 0; i < tour->rows.n; i++)
		kit_remember(kit, tour->rows.row[i].id);
	if (!kit_has(kit, KIT_DELETE))
		return;
	went(tour, kit_delete_as(kit, tour->session, &how, &tour->err));
	went(tour, kit_delete(kit, tour->session, user->id, &tour->err));
	went(tour, kit_delete(kit, tour->session, user->id, &tour->err));
}

void *kit_tour_of(struct kit *kit, void *session, struct kit_user *user)
{
	struct tour tour = { .kit = kit, .session = session, .user = user };

	looks(&tour);
	reads(&tour);
	changes(&tour);
	side_paths(&tour);
	doubts(&tour);
	return tour.session;
}

void *kit_tour(struct kit *kit, void *session)
{
	struct tour tour = { .kit = kit, .session = session };

	looks(&tour);
	if (!kit_has(kit, KIT_USER))
		return tour.session;
	tour.user = kit_user(kit, tour.session);
	reads(&tour);
	if (tour.user->existing)
		return tour.session;
	changes(&tour);
	side_paths(&tour);
	doubts(&tour);
	ends(&tour);
	return tour.session;
}

/* The same by the connector: a user's life, and a few who are not there. */
static void live(struct kit *kit, struct idbc *store, struct kit_user *user, const char *password)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_profile *profile = NULL;
	const char *login = kit_keep(kit, user->login.ptr, user->login.len);
	const char *other = kit_password(kit).ptr;
	int rc = idbc_login(store, login, password, &profile, &err);

	idbc_profile_free(profile);
	profile = NULL;
	rc |= idbc_login(store, login, other, &profile, &err);
	idbc_profile_free(profile);
	profile = NULL;
	rc |= idbc_login(store, kit_nobody(kit, 0).ptr, other, &profile, &err);
	if (user->existing)
		return;
	rc |= idbc_change_password(store, IDBC_BY_LOGIN, login, other, &err);
	rc |= idbc_delete_user(store, kit_public_id(kit, user->id), &err);
	(void)rc;
}

void kit_tour_through(struct kit *kit)
{
	struct kit_user *user;
	void *session;

	if (!kit_has(kit, KIT_USER))
		return;
	session = kit_connect(kit);
	user = kit_user(kit, session);
	kit_disconnect(kit, session);
	live(kit, kit_store(kit), user, kit_keep(kit, user->password.ptr, user->password.len));
}
