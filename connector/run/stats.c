/* connector/run/stats.c - job: what was asked and how it ended, counted, and what is wrong,
 * listed: as JSON for people and monitors.  Threads: any; relaxed atomic counters, no lock.
 */
#include <jansson.h>
#include <string.h>
#include "base/err.h"
#include "base/fork.h"
#include "config/node.h"
#include "run/conn.h"
#include "run/lower.h"

static json_t *hashing_json(struct idbc *conn)
{
	struct password_stats s;

	password_stats(conn->policy, &s);
	return json_pack("{sI sI sI sI sI sI sI sI sI sI sI}", "slots", (json_int_t)s.slots,
			 "running", (json_int_t)s.running, "waiting", (json_int_t)s.waiting,
			 "memory_kib", (json_int_t)s.memory_kib,
			 "memory_high_kib", (json_int_t)s.memory_high_kib,
			 "passed_by", (json_int_t)s.passed_by,
			 "admitted", (json_int_t)s.admitted, "waited", (json_int_t)s.waited,
			 "busy", (json_int_t)s.busy, "late", (json_int_t)s.late,
			 "upgrades_skipped", (json_int_t)s.upgrades_skipped);
}

static json_t *pool_json(struct idbc *conn)
{
	struct link_stats s;

	link_stats(conn->link, &s);
	return json_pack("{sI sI sI sI sI sI sI sI sI sI sI}", "max", (json_int_t)s.max,
			 "open", (json_int_t)s.open, "idle", (json_int_t)s.idle,
			 "waiting", (json_int_t)s.waiting, "connects", (json_int_t)s.connects,
			 "reconnects", (json_int_t)s.reconnects,
			 "failures", (json_int_t)s.failures,
			 "interrupted", (json_int_t)s.interrupted,
			 "timeouts", (json_int_t)s.timeouts,
			 "backoff_ms", (json_int_t)s.backoff_ms,
			 "expired", (json_int_t)s.expired);
}

/* Users whose stored credential nobody can log in with, by reason. */
static json_t *unusable_json(struct idbc *conn)
{
	json_t *json = json_object();

	for (size_t kind = 0; json && kind < UNUSABLE_KINDS; kind++) {
		uint64_t n = unusable_count(&conn->unusable, kind);

		if (n)
			json_object_set_new(json, unusable_names[kind],
					    json_integer((json_int_t)n));
	}
	return json;
}

/* As far as a sample and the logins since have shown. */
static void add_share(void *ctx, const struct password_share *share)
{
	json_object_set_new(ctx, share->scheme, json_pack("{s:f, s:b}", "share", share->share,
							  "weak", share->weak));
}

static json_t *async_json(struct idbc *conn)
{
	struct run_async_stats s;

	memset(&s, 0, sizeof(s));
	if (conn->async)
		conn->async_stats(conn->async, &s);
	return json_pack("{sI sI sI sI sI sI sI sI sI sI sI}", "workers", (json_int_t)s.workers,
			 "running", (json_int_t)s.running,
			 "left_behind", (json_int_t)s.left_behind,
			 "queued", (json_int_t)s.queued, "queue_high", (json_int_t)s.queue_high,
			 "waiting", (json_int_t)s.waiting,
			 "submitted", (json_int_t)s.submitted,
			 "delivered", (json_int_t)s.delivered,
			 "cancelled", (json_int_t)s.cancelled,
			 "timeouts", (json_int_t)s.timeouts, "busy", (json_int_t)s.busy);
}

static json_int_t now(_Atomic uint64_t *count)
{
	return (json_int_t)atomic_load_explicit(count, memory_order_relaxed);
}

/* Deletes by intent. */
static json_t *intents_json(struct idbc *conn)
{
	struct intents_tally *t = &conn->intents;

	return json_pack("{sI sI sI sI sI sI}", "begun", now(&t->begun), "finished",
			 now(&t->finished), "withdrawn", now(&t->withdrawn), "pending",
			 now(&t->pending), "recovered", now(&t->recovered), "left",
			 now(&t->left));
}

static json_t *moves_json(struct idbc *conn)
{
	struct moves_tally *t = &conn->moves;

	return json_pack("{sI sI sI}", "moved", now(&t->moved), "refused", now(&t->refused), "failed",
			 now(&t->failed));
}

static json_t *conn_json(struct idbc *conn);

/* Connections below, by the keys they are configured under. */
static int add_lowers(json_t *root, struct idbc *conn)
{
	json_t *lowers = json_object();
	int rc = 0;

	if (!conn->lowers) {
		json_decref(lowers);
		return 0;
	}
	for (struct lower *lower = conn->lowers; lower && !rc; lower = lower->next)
		rc = json_object_set_new(lowers, lower->key, conn_json(lower->conn));
	if (!rc)
		return json_object_set_new(root, "lower", lowers) |
		       json_object_set_new(root, "moves", moves_json(conn));
	json_decref(lowers);
	return rc;
}

static json_t *conn_json(struct idbc *conn)
{
	json_t *root = json_object(), *stored = json_object();

	json_object_set_new(root, "connection", json_string(conn->config->connection));
	json_object_set_new(root, "driver", json_string(link_driver_name(conn->link)));
	password_each_share(conn->policy, add_share, stored);
	if (!json_object_set_new(root, "operations", tally_operations(&conn->tally)) &&
	    !json_object_set_new(root, "latency", tally_latency(&conn->tally)) &&
	    !json_object_set_new(root, "stored_passwords", stored) &&
	    !json_object_set_new(root, "unusable_credentials", unusable_json(conn)) &&
	    !json_object_set_new(root, "pool", pool_json(conn)) &&
	    !json_object_set_new(root, "hashing", hashing_json(conn)) &&
	    !json_object_set_new(root, "async", async_json(conn)) &&
	    !json_object_set_new(root, "intents", intents_json(conn)) &&
	    !json_object_set_new(root, "upgrades", upgrade_json(&conn->upgrades)) &&
	    !add_lowers(root, conn))
		return root;
	json_decref(root);
	return NULL;
}

char *run_stats_json(struct idbc *conn)
{
	json_t *root;
	char *text;

	if (conn->fork_generation != fork_generation())
		return NULL;            /* whose locks may be held for ever */
	root = conn_json(conn);
	text = root ? node_text(root) : NULL;
	json_decref(root);
	return text;
}

static json_t *finding_json(const struct finding *finding)
{
	static const char *const severities[] = { "note", "warning", "error" };
	uint32_t severity = finding->severity <= IDBC_ERROR ? finding->severity : IDBC_ERROR;

	return json_pack("{s:s, s:s, s:s, s:s, s:s}", "code", finding->code, "severity",
			 severities[severity], "key", finding->key, "text", finding->text,
			 "remedy", finding->remedy);
}

char *run_findings_json(struct finding_list *findings)
{
	json_t *list = json_array();
	char *text = NULL;
	int failed = !list;

	findings_sort(findings);
	for (size_t i = 0; i < findings->n && !failed; i++)
		failed = json_array_append_new(list, finding_json(&findings->items[i]));
	if (!failed)
		text = node_text(list);
	json_decref(list);
	return text;
}
