/* connector/run/sink.c - job: the sink a driver writes its rows to.  Nothing it is given is
 * believed: what breaks the contract is refused, the rest of the call as well, and the call
 * ends as IDBC_DRIVER.
 * Threads: one call's; no lock.
 */
#include <stdlib.h>
#include <string.h>
#include "base/err.h"
#include "base/text.h"
#include "run/conn.h"

#define VALUE_MAX   (64u * 1024u * 1024u)       /* bytes of a value, as of a profile */
#define NAME_BYTES  512u                        /* of a field's name */
#define PARTS_GIVEN 16u

/* --- is it sound ------------------------------------------------------------------------- */
static int refuse(struct rows *rows, const char *why)
{
	if (!rows->broken)
		rows->broken = why;
	return -1;
}

/* Once refused, nothing more is taken. */
static int is_over(struct rows *rows)
{
	if (rows->broken || rows->nomem)
		refuse(rows, "wrote on after it was told to stop");
	return rows->broken != NULL;
}

static int no_memory(struct rows *rows)
{
	rows->nomem = 1;
	return -1;
}

static int is_bytes(const struct idbc_str *bytes)
{
	return bytes->len <= VALUE_MAX && (bytes->ptr || !bytes->len);
}

int sink_is_id(const struct idbc_str *id)
{
	return id && id->ptr && id->len && id->len <= IDBC_ID_MAX &&
	       !memchr(id->ptr, '\0', id->len) && text_is_utf8(id->ptr, id->len);
}

/* Most names: a short word of ASCII. */
static int is_word(const char *name)
{
	size_t len = 0;

	while (name[len] > ' ' && name[len] < 0x7f && len < NAME_BYTES)
		len++;
	return len && !name[len];
}

static int is_name(const char *name)
{
	size_t len;

	if (name && is_word(name))
		return 1;
	len = name ? strnlen(name, NAME_BYTES + 1) : 0;
	return len && len <= NAME_BYTES && text_is_utf8(name, len) &&
	       !text_has_control(name, len);
}

static int is_value(const struct idbc_value *value)
{
	if (!value)
		return 0;
	switch (value->kind) {
	case IDBC_KIND_NULL:
	case IDBC_KIND_I64:
	case IDBC_KIND_TIME_US:
		return 1;
	case IDBC_KIND_BOOL:
		return value->u.i64 == 0 || value->u.i64 == 1;
	case IDBC_KIND_STR:
	case IDBC_KIND_BYTES:
	case IDBC_KIND_JSON:
		return is_bytes(&value->u.str);
	default:
		return 0;
	}
}

/* --- rows -------------------------------------------------------------------------------- */
static int row_begin(struct row *row, const struct idbc_str *user_id,
		     const struct idbc_str *matched)
{
	struct idbc_error ignored = IDBC_ERROR_INIT;

	memset(row, 0, sizeof(*row));
	if (profile_new(&row->profile, &ignored) != IDBC_OK)
		return -1;
	row->native_id = profile_keep(row->profile, user_id);
	row->native_len = user_id->len;
	row->matched = profile_keep(row->profile, matched);
	row->matched_len = matched->len;
	return row->native_id && row->matched ? 0 : -1;
}

static int sink_row(struct idbc_sink *sink, const struct idbc_str *user_id,
		    const struct idbc_str *matched)
{
	struct rows *rows = (struct rows *)sink;

	if (is_over(rows))
		return -1;
	rows->seen++;
	if (!sink_is_id(user_id))
		return refuse(rows, "reported a row without an id");
	if (!matched || !is_bytes(matched))
		return refuse(rows, "reported a row without the value that matched");
	if (rows->seen > ROWS_MAX)
		return refuse(rows, "reported more than two rows");
	rows->n = rows->seen;           /* freed whatever became of it */
	if (row_begin(&rows->row[rows->n - 1], user_id, matched))
		return no_memory(rows);
	return rows->trial ? -1 : 0;
}

/* --- fields ------------------------------------------------------------------------------ */
/* What a driver says that is no part of the profile. */
static int *hidden_flag(struct row *row, const char *name)
{
	switch (name[0]) {
	case 'd':
		return strcmp(name, "deleted") ? NULL : &row->deleted;
	case 'p':
		return strcmp(name, "password_expired") ? NULL : &row->password_expired;
	case 'l':
		if (!strcmp(name, "locked_out"))
			return &row->locked_out;
		return strcmp(name, "login.failed") ? NULL : &row->failed;
	case 'm':
		return strcmp(name, "migrated") ? NULL : &row->migrated;
	default:
		return NULL;
	}
}

static int sink_field(struct idbc_sink *sink, const char *name, const struct idbc_value *value)
{
	const struct canon *canon = name ? canon_find(name) : NULL;
	struct rows *rows = (struct rows *)sink;
	struct row *row;
	int *flag;

	if (is_over(rows))
		return -1;
	if (!rows->n)
		return refuse(rows, "reported a field before any row");
	if ((!canon && !is_name(name)) || !is_value(value))
		return refuse(rows, "reported a field without a name or of no known kind");
	row = &rows->row[rows->n - 1];
	if (canon)
		return profile_add_known(row->profile, canon, value) ? no_memory(rows) : 0;
	flag = hidden_flag(row, name);
	if (!flag)
		return profile_add(row->profile, name, value) ? no_memory(rows) : 0;
	if (value->kind != IDBC_KIND_BOOL && value->kind != IDBC_KIND_NULL)
		return refuse(rows, "reported a flag that says neither yes nor no");
	*flag |= value->kind == IDBC_KIND_BOOL && value->u.i64;
	return 0;
}

/* --- credentials ------------------------------------------------------------------------- */
const char *sink_part_name(const char *name)
{
	static const char *const known[] = { "hash", "salt", "scheme", "external" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!strcmp(known[i], name))
			return known[i];
	}
	return NULL;
}

static int has_part(const struct row *row, const char *name)
{
	for (size_t i = 0; i < row->nparts; i++)
		if (!strcmp(row->parts[i].name, name))
			return 1;
	return 0;
}

static int is_part(const struct idbc_field *part)
{
	uint32_t kind = part->value.kind;

	return is_name(part->name) && is_value(&part->value) &&
	       (kind == IDBC_KIND_NULL || kind == IDBC_KIND_STR || kind == IDBC_KIND_BYTES ||
		kind == IDBC_KIND_I64);
}

static int keep_part(struct row *row, const char *name, const struct idbc_value *value)
{
	struct idbc_field *part = &row->parts[row->nparts];
	struct secret *bytes = &row->secrets[row->nparts];

	part->name = name;
	part->value = *value;
	row->nparts++;
	if (value->kind != IDBC_KIND_STR && value->kind != IDBC_KIND_BYTES)
		return 0;
	part->value.u.str.ptr = NULL;
	if (secret_copy(bytes, value->u.str.ptr, value->u.str.len))
		return -1;
	part->value.u.str.ptr = bytes->ptr;
	return 0;
}

int sink_are_parts(const struct idbc_field *parts, size_t nparts)
{
	if ((nparts && !parts) || nparts > PARTS_GIVEN)
		return 0;
	for (size_t i = 0; i < nparts; i++)
		if (!is_part(&parts[i]))
			return 0;
	return 1;
}

static int take_part(struct rows *rows, struct row *row, const struct idbc_field *part)
{
	static const struct idbc_value nothing = { IDBC_KIND_NULL, 0, { .i64 = 0 } };
	const char *name = sink_part_name(part->name);

	if (!name)
		return 0;
	if (has_part(row, name) || row->nparts == PARTS_MAX)
		return refuse(rows, "reported a part of a credential twice");
	return keep_part(row, name, rows->no_credentials ? &nothing : &part->value) ?
	       no_memory(rows) : 0;
}

static int sink_credential(struct idbc_sink *sink, const struct idbc_field *parts, size_t nparts)
{
	struct rows *rows = (struct rows *)sink;
	struct row *row;

	if (is_over(rows))
		return -1;
	if (!rows->n)
		return refuse(rows, "reported a credential before any row");
	row = &rows->row[rows->n - 1];
	if (row->has_credential)
		return refuse(rows, "reported two credentials for a row");
	if (!sink_are_parts(parts, nparts))
		return refuse(rows, "reported a part of a credential that is none");
	row->has_credential = 1;
	for (size_t i = 0; i < nparts; i++)
		if (take_part(rows, row, &parts[i]))
			return -1;
	return 0;
}

static void sink_passed_over(struct idbc_sink *sink, uint32_t why)
{
	struct rows *rows = (struct rows *)sink;

	rows->deleted += why == IDBC_PASSED_DELETED;
	rows->unequal += why == IDBC_PASSED_UNEQUAL;
	rows->hidden += why == IDBC_PASSED_HIDDEN;
}

/* --- the whole --------------------------------------------------------------------------- */
void rows_init(struct rows *rows)
{
	memset(rows, 0, offsetof(struct rows, row));
	rows->sink.size = sizeof(rows->sink);
	rows->sink.row = sink_row;
	rows->sink.field = sink_field;
	rows->sink.credential = sink_credential;
	rows->sink.passed_over = sink_passed_over;
}

void row_free(struct row *row)
{
	for (size_t i = 0; i < row->nparts; i++)
		secret_free(&row->secrets[i]);
	profile_free(row->profile);
	memset(row, 0, sizeof(*row));
}

void rows_free(struct rows *rows)
{
	for (size_t i = 0; i < rows->n; i++)
		row_free(&rows->row[i]);
	rows->n = rows->seen = 0;
	rows->broken = NULL;
	rows->nomem = 0;
}

/* A login that is judged here needs what is stored, a read needs to say what matched. */
static const char *wrong_with(const struct rows *rows, int judged_here, enum link_call call)
{
	if (!rows->n)
		return "found nobody and said OK";
	for (size_t i = 0; i < rows->n; i++) {
		if (call != LINK_CALL_CREATE && !rows->row[i].matched_len)
			return "reported a row without the value that matched";
		if (call == LINK_CALL_LOGIN && judged_here && !rows->row[i].has_credential)
			return "reported no credential";
	}
	return call == LINK_CALL_CREATE && rows->n > 1 ? "reported two new users" : NULL;
}

static int broken(const struct link *link, const char *how, uint32_t effect,
		  struct idbc_error *err)
{
	err_set(err, IDBC_DRIVER, "link", "driver %s %s", link_driver_name(link), how);
	err->effect = effect;
	return IDBC_DRIVER;
}

int rows_check(const struct rows *rows, const struct link *link, enum link_call call, int rc,
	       struct idbc_error *err)
{
	int judged_here = !(link_caps(link) & IDBC_CAP_DECIDES);
	uint32_t effect = err->effect;
	const char *wrong;

	if (rc == IDBC_OK && call == LINK_CALL_CREATE)
		effect = IDBC_EFFECT_APPLIED;
	if (rows->nomem) {
		err_nomem(err, "run");
		err->effect = effect;
		return IDBC_NOMEM;
	}
	if (rows->broken)
		return broken(link, rows->broken, effect, err);
	if (rc == IDBC_NO_USER && rows->n)
		return broken(link, "reported a user and said that there is none", effect, err);
	if (rc != IDBC_OK)
		return rc;
	wrong = wrong_with(rows, judged_here, call);
	return wrong ? broken(link, wrong, effect, err) : rc;
}
