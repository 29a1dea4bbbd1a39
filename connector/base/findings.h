/* connector/base/findings.h - a list of findings: what is wrong with a configuration or
 * a store.  `sink` is what rooms and drivers write to.  Threads: one at a time.
 */
#ifndef CONNECTOR_BASE_FINDINGS_H
#define CONNECTOR_BASE_FINDINGS_H

#include <idbc/driver.h>

struct finding {
	uint32_t severity;              /* enum idbc_severity */
	char *code, *key, *text, *remedy;       /* "" where there is none, never NULL */
};
struct finding_list {
	struct idbc_findings sink;      /* first: the public face */
	struct finding *items;
	size_t n, cap;
	int    failed;                  /* out of memory: the list is short */
};

void findings_init(struct finding_list *);
void findings_free(struct finding_list *);
int  findings_add(struct idbc_findings *, uint32_t severity, const char *code,
		  const char *key, const char *remedy, const char *fmt, ...) IDBC_PRINTF(6, 7);
/* All of `from` with keys below `path`; -1: memory ran out. */
int  findings_move(struct finding_list *to, const struct finding_list *from, const char *path);
size_t findings_errors(const struct finding_list *);            /* how many are errors */
/* Worst first, else in the order found; what was said twice stands once. */
void findings_sort(struct finding_list *);
/* IDBC_CONFIG with the first error's key and text and how many more there are. */
int  findings_fail(const struct finding_list *, const char *origin, struct idbc_error *err);

#endif
