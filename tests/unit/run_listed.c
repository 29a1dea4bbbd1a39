/* tests/unit/run_listed.c - what a driver's list() may tell, and what ends the page. */
#include <string.h>
#include "link/inside.h"
#include "run/listed.h"
#include "unit.h"

static struct idbc_sink *sink;          /* of the page that is being listed */
static int said;                        /* by the sink, to the last call */
static unsigned heard;                  /* credentials */

static void row(const char *id)
{
	struct idbc_str text = { id, id ? strlen(id) : 0 };

	said = sink->row(sink, &text, &text);
}

static void credential(size_t n)
{
	static const struct idbc_field part = { "hash", { IDBC_KIND_STR, 0, { .str = { "x", 1 } } } };

	said = sink->credential(sink, n ? &part : NULL, n);
}

static void good(void)    { row("1"); credential(1); row("2"); credential(1); }
static void nobody(void)  { }
static void floods(void)  { good(); row("3"); }
static void bare(void)    { row("1"); row("2"); credential(1); }
static void ends_bare(void) { row("1"); }
static void no_id(void)   { row(NULL); }
static void twice(void)   { row("1"); credential(1); credential(1); }
static void early(void)   { credential(1); }

static int list(void *self, const struct idbc_list_req *req, struct idbc_sink *to,
		struct idbc_error *err)
{
	void (*const *script)(void) = self;

	(void)err;
	CU_ASSERT_EQUAL(req->limit, 2);
	sink = to;
	(*script)();
	return IDBC_OK;
}

static void on_credential(void *ctx, const struct idbc_str *id, const struct idbc_field *parts,
			  size_t n)
{
	(void)ctx;
	CU_ASSERT(id->len == 1 && n == 1 && !strcmp(parts->name, "hash"));
	heard++;
}

/* A page of two of a driver that does `script`; the text of the error. */
static const char *page(void (*script)(void), uint32_t rows)
{
	static struct idbc_error err;
	static const struct idbc_ops ops = { .size = sizeof(ops), .list = list };
	struct driver driver = { .table = { .name = "told" } };
	static struct link link;        /* aligned more than every stack is */
	struct session session = { .driver_session = &script, .ops = &ops, .link = &link };
	struct listed listed;
	int rc;

	err = (struct idbc_error)IDBC_ERROR_INIT;
	heard = 0;
	link.driver = &driver;
	listed_init(&listed, on_credential, NULL);
	rc = listed_page(&listed, &session, 2, 0, NULL, 0, &err);
	CU_ASSERT_EQUAL(rc, err.text[0] ? IDBC_DRIVER : IDBC_OK);
	if (rc == IDBC_OK)
		CU_ASSERT_EQUAL(listed.rows, rows);
	listed_free(&listed);
	return err.text;
}

static void test_pages(void)
{
	UNIT_STR(page(good, 2), "");
	CU_ASSERT_EQUAL(heard, 2);
	UNIT_STR(page(nobody, 0), "");
	CU_ASSERT_EQUAL(heard, 0);
}

static void test_faults(void)
{
	UNIT_STR(page(floods, 0), "driver told listed more rows than were asked for");
	CU_ASSERT(said != 0);
	CU_ASSERT_EQUAL(heard, 2);
	UNIT_STR(page(bare, 0), "driver told listed a row without a credential");
	UNIT_STR(page(ends_bare, 0), "driver told listed a row without a credential");
	UNIT_STR(page(no_id, 0), "driver told listed a row without an id");
	CU_ASSERT(said != 0);
	UNIT_STR(page(twice, 0), "driver told listed a credential that is none");
	CU_ASSERT_EQUAL(heard, 1);
	UNIT_STR(page(early, 0), "driver told listed a credential that is none");
	CU_ASSERT_EQUAL(heard, 0);
}

static const struct unit_test tests[] = {
	{ "pages", test_pages },
	{ "what breaks a page", test_faults },
};

UNIT_MAIN("run_listed", tests)
