/* tests/conformance/kit/lend.c - job: inputs as the contract lends them: not to be written,
 * not to be read past their end, not to be kept.  Each value ends where a page ends, the
 * next page cannot be touched, and after the call neither can the value.
 * Threads: a loan belongs to one call.
 */
#include <sys/mman.h>
#include <unistd.h>
#include "inside.h"

/* Pages that stay closed for good; what is lent beyond that may be mapped again. */
#define MAX_CLOSED 8000

static size_t align_of(size_t len)
{
	return len >= sizeof(void *) && len % sizeof(void *) == 0 ? sizeof(void *) : 1;
}

void *lend(struct loan *loan, const void *bytes, size_t len)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), room = (len + page) / page * page;
	char *base, *at;

	if (loan->n == sizeof(loan->page) / sizeof(loan->page[0]))
		kit_fail(loan->kit, "fewer values in one call", "%zu", loan->n);
	base = mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (base == MAP_FAILED)
		kit_fail(loan->kit, "memory for the kit", "none for %zu bytes", len);
	at = base + room - len;
	at -= (size_t)(at - base) % align_of(len);
	if (len)
		memcpy(at, bytes, len);
	mprotect(base, room, PROT_READ);
	mprotect(base + room, page, PROT_NONE);
	loan->page[loan->n].base = base;
	loan->page[loan->n++].bytes = room + page;
	return at;
}

struct idbc_str lend_str(struct loan *loan, struct idbc_str in)
{
	if (!in.ptr)
		return in;
	return (struct idbc_str){ lend(loan, in.ptr, in.len), in.len };
}

static int has_text(uint32_t kind)
{
	return kind == IDBC_KIND_STR || kind == IDBC_KIND_BYTES || kind == IDBC_KIND_JSON;
}

const struct idbc_field *lend_fields(struct loan *loan, const struct idbc_field *fields, size_t n)
{
	struct idbc_field copy[64];

	if (!fields || !n)
		return NULL;
	if (n > sizeof(copy) / sizeof(copy[0]))
		kit_fail(loan->kit, "fewer fields in one call", "%zu", n);
	for (size_t i = 0; i < n; i++) {
		copy[i] = fields[i];
		copy[i].name = lend(loan, fields[i].name, strlen(fields[i].name) + 1);
		if (has_text(fields[i].value.kind))
			copy[i].value.u.str = lend_str(loan, fields[i].value.u.str);
	}
	return lend(loan, copy, n * sizeof(copy[0]));
}

void *lend_req(struct loan *loan, const void *req, size_t len)
{
	char room[512];
	uint32_t size = (uint32_t)len + loan->kit->longer;

	if (size > sizeof(room))
		kit_fail(loan->kit, "a shorter request", "%u bytes", size);
	memset(room, 0x5a, sizeof(room));
	memcpy(room, req, len);
	memcpy(room, &size, sizeof(size));      /* each begins with it */
	return lend(loan, room, size);
}

void lend_close(struct kit *kit, char *base, size_t bytes)
{
	if (atomic_fetch_add(&kit->lent, 1) < MAX_CLOSED) {
		atomic_fetch_add(&kit->kept_bytes, bytes);
		mprotect(base, bytes, PROT_NONE);
	} else {
		munmap(base, bytes);
	}
}

void lend_end(struct loan *loan)
{
	for (size_t i = 0; i < loan->n; i++)
		lend_close(loan->kit, loan->page[i].base, loan->page[i].bytes);
	loan->n = 0;
}
