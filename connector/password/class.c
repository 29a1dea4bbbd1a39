/* connector/password/class.c - one kind of stored forms: its place among others, and a form of it
 * that is nobody's, which costs what a row of it costs.
 *
 * Threads: any; no lock: whoever has one alone.
 */
#include "password/class.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

const struct password_subject class_nobody = { { "x", 1 }, { "x", 1 } };

static int by_number(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int by_cost(const struct cost *a, const struct cost *b)
{
	int rc = by_number(a->kind, b->kind);

	rc = rc ? rc : by_number(a->rounds, b->rounds);
	rc = rc ? rc : by_number(a->memory, b->memory);
	return rc ? rc : by_number(a->lanes, b->lanes);
}

static int by_work(const struct work *a, const struct work *b)
{
	int rc = strcmp(a->name, b->name);

	rc = rc ? rc : by_cost(&a->cost, &b->cost);
	rc = rc ? rc : by_number(a->variant, b->variant);
	rc = rc ? rc : by_number(a->version, b->version);
	return rc ? rc : by_number(a->md, b->md);
}

int class_by_works(const struct works *a, const struct works *b)
{
	int rc = by_number(a->n, b->n);

	for (size_t i = 0; !rc && i < a->n; i++)
		rc = by_work(&a->item[i], &b->item[i]);
	return rc;
}

void class_free(struct class *class)
{
	for (size_t i = 0; class && i < class->nparts; i++)
		secret_free(&class->bytes[i]);
	free(class);
}

static struct idbc_str part_text(const struct idbc_field *part)
{
	uint32_t kind = part->value.kind;

	if (kind == IDBC_KIND_STR || kind == IDBC_KIND_BYTES)
		return part->value.u.str;
	return (struct idbc_str){ "", 0 };
}

struct class *class_new(const struct password_policy *policy,
	const struct idbc_field *parts, size_t nparts, const struct works *works)
{
	struct class *class = calloc(1, sizeof(*class));

	for (size_t i = 0; class && i < nparts && class->nparts < 3; i++) {
		struct idbc_str text = part_text(&parts[i]);
		size_t n = class->nparts;

		if (!text.len)
			continue;
		if (secret_copy(&class->bytes[n], text.ptr, text.len)) {
			class_free(class);
			return NULL;
		}
		class->parts[n].name = !strcmp(parts[i].name, "hash")   ? "hash"
				       : !strcmp(parts[i].name, "salt") ? "salt" : "scheme";
		class->parts[n].value.kind = parts[i].value.kind;
		class->parts[n].value.u.str = (struct idbc_str){ class->bytes[n].ptr, text.len };
		class->nparts++;
	}
	if (class) {
		class->works = *works;
		scramble(policy, class->parts, class->bytes, class->nparts, works);
	}
	return class;
}

int class_works_as_told(const struct password_policy *policy, const struct class *class)
{
	const struct password_call call = { INT64_MAX, PASSWORD_FOR_CALLER };
	const struct idbc_str typed = str_of(policy->stand_in);
	struct candidates candidates;
	uint64_t expected_us = 0;
	int64_t begun_ns = clock_work_ns();
	int rc;

	for (size_t i = 0; i < class->works.n; i++)
		expected_us += cost_us(&class->works.item[i].cost, 0);
	candidates_make(policy, &class_nobody, &typed, &candidates);
	rc = check_spend(policy, class->parts, class->nparts, &class_nobody, &candidates, &call);
	candidates_free(&candidates);
	return dummy_took(rc, clock_work_ns() - begun_ns, expected_us);
}

int class_reads_as_told(const struct password_policy *policy, const struct class *class)
{
	struct password_looked looked;
	struct works works;

	check_look(policy, class->parts, class->nparts, &class_nobody, &looked, &works);
	return looked.result == PASSWORD_MISMATCH && !class_by_works(&works, &class->works);
}
