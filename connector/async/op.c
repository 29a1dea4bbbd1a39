/* connector/async/op.c - job: one submitted operation: a copy of what the host asked, one
 * answer, one callback.
 * Threads: made by one, finished by whoever is first, freed by the last.  Lock: none; the lists
 * are the engine's.
 */
#include <stdlib.h>
#include <string.h>
#include "async/inside.h"
#include "base/err.h"

/* --- the copy ---------------------------------------------------------------------------- */
/* One byte more than may be: what is too long is still too long, and the host's problem alone. */
#define CLIENT_IP_BYTES 64u

static size_t size_of(const char *text, size_t max)
{
	return text ? strnlen(text, max + 1) + 1 : 0;
}

static const char *copy_text(char **at, const char *text, size_t size)
{
	char *to = *at;

	if (!text)
		return NULL;
	memcpy(to, text, size - 1);
	to[size - 1] = '\0';
	*at += size;
	return to;
}

static int copy_secret(struct secret *out, const char *text, size_t max)
{
	return text ? secret_copy(out, text, strnlen(text, max + 1)) : 0;
}

static int copy_secrets(struct idbc_op *op, const struct idbc_request *req, size_t max)
{
	if (copy_secret(&op->password, req->password, max) ||
	    copy_secret(&op->current, req->current_password, max))
		return -1;
	op->req.password = op->password.ptr;
	op->req.current_password = op->current.ptr;
	return 0;
}

static int copy_user(struct idbc_op *op, const struct idbc_request *req, struct idbc_error *err)
{
	int rc = IDBC_OK;

	op->req.user = NULL;
	if (req->kind == IDBC_CREATE && req->user)
		rc = profile_copy(req->user, &op->user, err);
	op->req.user = op->user;
	return rc;
}

struct idbc_op *op_new(struct async *async, const struct idbc_request *req,
		       struct idbc_error *err)
{
	const struct config *config = async->conn->config;
	size_t value = size_of(req->value, config->identifier_bytes);
	size_t email = size_of(req->email, config->identifier_bytes);
	size_t client_ip = size_of(req->client_ip, CLIENT_IP_BYTES);
	struct idbc_op *op = malloc(sizeof(*op) + value + email + client_ip);
	char *at;

	if (!op) {
		err_nomem(err, "async");
		return NULL;
	}
	memset(op, 0, sizeof(*op));
	at = op->bytes;
	op->async = async;
	op->req = *req;
	op->req.value = copy_text(&at, req->value, value);
	op->req.email = copy_text(&at, req->email, email);
	op->req.client_ip = copy_text(&at, req->client_ip, client_ip);
	op->err = (struct idbc_error)IDBC_ERROR_INIT;
	atomic_init(&op->state, OP_QUEUED);
	atomic_init(&op->refs, 1);
	stop_init(&op->stop);
	engine_ref(async);
	if (copy_secrets(op, req, config->password_bytes))
		err_nomem(err, "async");
	else if (copy_user(op, req, err) == IDBC_OK)
		return op;
	op_unref(op);
	return NULL;
}

void op_forget(struct idbc_op *op)
{
	secret_free(&op->password);
	secret_free(&op->current);
	profile_free(op->user);
	op->req.password = op->req.current_password = NULL;
	op->req.user = op->user = NULL;
}

void op_ref(struct idbc_op *op)
{
	atomic_fetch_add_explicit(&op->refs, 1, memory_order_relaxed);
}

void op_unref(struct idbc_op *op)
{
	struct async *async = op->async;

	if (atomic_fetch_sub_explicit(&op->refs, 1, memory_order_acq_rel) != 1)
		return;
	op_forget(op);
	profile_free(op->profile);
	free(op);
	engine_unref(async);
}

/* --- the answer -------------------------------------------------------------------------- */
int op_finish(struct idbc_op *op, enum op_state from, int status, struct idbc_profile *profile,
	      const struct idbc_error *err)
{
	uint32_t state = from;

	if (!atomic_compare_exchange_strong(&op->state, &state, OP_ANSWERED)) {
		profile_free(profile);
		return 0;
	}
	run_count(op->async->conn, op->req.kind, status, op->started_ns);
	op->profile = profile;
	op->err = *err;
	op->err.status = (uint32_t)status;
	op->err.op = op->req.kind;
	return 1;
}

/* A delete whose intent may stand by now. */
static const char *code_of(const struct idbc_op *op, uint32_t effect)
{
	return effect == IDBC_EFFECT_UNKNOWN && op->req.kind == IDBC_DELETE_USER &&
	       run_deletes_by_intent(op->async->conn) ? "delete_pending" : "";
}

int op_end_early(struct idbc_op *op, enum op_state from, uint32_t status, uint32_t effect)
{
	struct idbc_error err = IDBC_ERROR_INIT;

	err_code(&err, status, "async", code_of(op, effect), "%s", status == IDBC_TIMEOUT
		? from == OP_QUEUED ? "waited too long for a worker" : "not done in time"
		: from == OP_QUEUED ? "cancelled before it began" : "cancelled");
	err.effect = effect;
	if (!op_finish(op, from, (int)status, NULL, &err))
		return 0;
	op->unrun = from == OP_QUEUED;
	return 1;
}

void op_call_back(struct idbc_op *op)
{
	struct idbc_profile *profile = op->profile;

	if (op->unrun)
		run_tell(op->async->conn, op->req.kind, &op->err);
	op->profile = NULL;
	op->done((int)op->err.status, profile, &op->err, op->ctx);
}

/* --- lists --------------------------------------------------------------------------------- */
void list_append(struct op_list *list, struct idbc_op *op)
{
	op->next = NULL;
	op->prev = list->last;
	if (list->last)
		list->last->next = op;
	else
		list->first = op;
	list->last = op;
	list->n++;
}

void list_remove(struct op_list *list, struct idbc_op *op)
{
	if (op->prev)
		op->prev->next = op->next;
	else
		list->first = op->next;
	if (op->next)
		op->next->prev = op->prev;
	else
		list->last = op->prev;
	op->next = op->prev = NULL;
	list->n--;
}
