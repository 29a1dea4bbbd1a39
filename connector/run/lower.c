/* connector/run/lower.c - job: the connections that a stacked driver has below: opened in its
 * open(), with their mistakes in the outer one's list, and closed after it.
 * Threads: those that open and close the outer connection; no lock.
 */
#include <stdlib.h>
#include <string.h>
#include <stdio.h>
#include <sys/stat.h>
#include "base/err.h"
#include "base/secret.h"
#include "run/lower.h"

static int refuse(struct finding_list *findings, const char *code, const char *text,
		  struct idbc_error *err)
{
	findings_add(&findings->sink, IDBC_ERROR, code, "", "", "%s", text);
	return findings_fail(findings, "config", err);
}

/* --- never round in a circle ------------------------------------------------------------- */
static int same_file(const char *a, const char *b)
{
	struct stat x, y;

	return a && b && stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

static int check_way(const struct lower_opening *opening, const struct config *config,
		     struct finding_list *findings, struct idbc_error *err)
{
	uint32_t depth = 1;

	for (const struct lower_opening *o = opening; o; o = o->above) {
		if (same_file(config->file, o->outer->config->file))
			return refuse(findings, "stack-cycle", "this file is above itself", err);
		if (++depth > LOWERS_DEEP)
			return refuse(findings, "stack-too-deep",
				      "more connections above each other than are allowed", err);
	}
	return IDBC_OK;
}

/* --- opening ------------------------------------------------------------------------------ */
static struct lower *lower_new(struct idbc *outer, const char *key)
{
	struct lower *lower = calloc(1, sizeof(*lower));

	if (!lower)
		return NULL;
	lower->outer = outer;
	lower->key = strdup(key);
	lower->conn = conn_new();
	if (lower->key && lower->conn)
		return lower;
	if (lower->conn)
		conn_free(lower->conn);
	free((char *)lower->key);
	free(lower);
	return NULL;
}

/* What the outer connection was told, or says for both. */
static void inherit(const struct lower_opening *opening, struct config *config)
{
	const struct config *outer = opening->outer->config;

	if (outer->startup != STARTUP_CHECK)
		config->startup = outer->startup;
	if (opening->timeout_ms)
		config->timeout_ms = opening->timeout_ms;
	if (opening->flags & IDBC_CHECK_CREATE)
		config_allow_create(config);
}

static int assemble(const struct lower_opening *opening, struct lower *lower,
		    struct finding_list *findings, struct idbc_error *err)
{
	struct lower_opening own = { lower->conn, opening, findings, opening->flags,
		opening->timeout_ms };
	int rc = config_open_below(opening->outer->config, lower->key, findings,
				   &lower->conn->config, err);

	if (rc == IDBC_OK)
		rc = check_way(opening, lower->conn->config, findings, err);
	if (rc != IDBC_OK)
		return rc;
	inherit(opening, lower->conn->config);
	return conn_equip(lower->conn, &own, err);
}

int lower_findings(const struct lower *lower, struct finding_list *outer,
		   const struct finding_list *findings)
{
	char path[256];

	snprintf(path, sizeof(path), "options.%s", lower->key);
	return findings_move(outer, findings, path);
}

static void lower_free(struct lower *lower)
{
	conn_free(lower->conn);
	secret_wipe(lower->secret, sizeof(lower->secret));
	free((char *)lower->key);
	free(lower);
}

/* A stack's own configuration knows no secret: those of the stores below it are mixed in. */
static int make_secret(struct lower *lower, struct idbc_error *err)
{
	struct idbc_str below[LOWERS_MAX];
	size_t n = 0;

	for (struct lower *l = lower->conn->lowers; l && n < LOWERS_MAX; l = l->next)
		below[n++] = l->face.secret;
	if (password_secret(lower->conn->policy, below, n, lower->secret))
		return err_nomem(err, "open");
	return IDBC_OK;
}

static int lend(struct lower *lower, const struct idbc_lower **out, struct idbc_error *err)
{
	struct lower **at = &lower->outer->lowers;

	if (make_secret(lower, err) != IDBC_OK)
		return IDBC_NOMEM;
	lower->face = (struct idbc_lower){ .size = sizeof(lower->face),
		.caps = lower_caps(lower->conn), .self = lower, .ops = lower_ops(),
		.secret = { (const char *)lower->secret, sizeof(lower->secret) },
		.store = config_store(lower->conn->config) };
	while (*at)
		at = &(*at)->next;
	*at = lower;
	*out = &lower->face;
	return IDBC_OK;
}

int lower_open(void *ctx, struct link *link, const char *key, const struct idbc_lower **out,
	       struct idbc_error *err)
{
	const struct lower_opening *opening = ctx;
	struct lower *lower = lower_new(opening->outer, key);
	struct finding_list findings;
	int rc;

	if (!lower)
		return err_nomem(err, "open");
	lower->conn->link_above = link;
	findings_init(&findings);
	rc = assemble(opening, lower, &findings, err);
	if (lower_findings(lower, opening->findings, &findings) && rc != IDBC_NOMEM)
		rc = err_nomem(err, "open");
	findings_free(&findings);
	if (rc == IDBC_OK)
		rc = lend(lower, out, err);
	if (rc != IDBC_OK)
		lower_free(lower);
	return rc;
}

void lowers_close(struct idbc *conn)
{
	struct lower *lower;

	while ((lower = conn->lowers)) {
		conn->lowers = lower->next;
		lower_free(lower);
	}
}
