/* tests/conformance/kit/page.c - job: the page shared with the children: notes, secrets.
 * Threads: any of one child; the program reads it when the child has ended.
 */
#include <stdio.h>
#include "base/text.h"
#include "inside.h"

const char *page_note(const struct page *page, const char *name)
{
	uint32_t n = atomic_load(&page->nnotes);

	for (uint32_t i = 0; i < n && i < MAX_NOTES; i++)
		if (!strcmp(page->notes[i].name, name))
			return page->notes[i].text;
	return NULL;
}

/* The first one of a name stays. */
void page_add_note(struct page *page, const char *name, const char *text)
{
	uint32_t place;

	if (page_note(page, name))
		return;
	place = atomic_fetch_add(&page->nnotes, 1);
	if (place >= MAX_NOTES)
		return;
	page_scrub(page, text, strlen(text), page->notes[place].text,
		   sizeof(page->notes[place].text));
	snprintf(page->notes[place].name, sizeof(page->notes[place].name), "%s", name);
}

static uint32_t secret_count(const struct page *page)
{
	uint32_t n = atomic_load(&page->nsecrets);

	return n < MAX_SECRETS ? n : MAX_SECRETS;
}

int page_has_secret(const struct page *page, const char *text, size_t len)
{
	for (uint32_t i = 0; i < secret_count(page); i++)
		if (page->secrets[i].len &&
		    memmem(text, len, page->secrets[i].bytes, page->secrets[i].len))
			return 1;
	return 0;
}

/* How long a secret begins here; 0: none. */
static size_t secret_at(const struct page *page, const char *text, size_t len)
{
	for (uint32_t i = 0; i < secret_count(page); i++) {
		size_t n = page->secrets[i].len;

		if (n && n <= len && !memcmp(text, page->secrets[i].bytes, n))
			return n;
	}
	return 0;
}

void page_scrub(const struct page *page, const char *in, size_t len, char *out, size_t cap)
{
	static const char hidden[] = "[secret]";
	char clean[4 * TEXT_ROOM];
	size_t n = 0, i = 0, skip;

	while (i < len && n + sizeof(hidden) < sizeof(clean)) {
		skip = secret_at(page, in + i, len - i);
		if (!skip) {
			clean[n++] = in[i++];
			continue;
		}
		memcpy(clean + n, hidden, sizeof(hidden) - 1);
		n += sizeof(hidden) - 1;
		i += skip;
	}
	text_line(clean, n, out, cap);
}
