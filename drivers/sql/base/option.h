/* drivers/sql/base/option.h - a driver's options that are lists or objects: their strings, or
 * the names of their members.  Values of members are asked for one by one as settings
 * ("attributes.Driver"), so that {"env"} and {"file"} work there.  Threads: any; no lock.
 */
#ifndef DRIVERS_SQL_OPTION_H
#define DRIVERS_SQL_OPTION_H

#include <idbc/driver.h>
#include "sql/base/shared.h"

struct option_list {
	char **items;
	size_t n;
};

#define OPTION_NOMEM (-2)

/* 1: found; 0: absent; -1: not a list of strings (not an object); OPTION_NOMEM. */
int  option_list(const struct idbc_host *, const struct idbc_settings *, const char *key,
		 struct option_list *out) SQL_SHARED(option_list);
int  option_members(const struct idbc_host *, const struct idbc_settings *, const char *key,
		    struct option_list *out) SQL_SHARED(option_members);
void option_list_free(struct option_list *) SQL_SHARED(option_list_free);

/* A driver's options as open() reads them: every mistake is a finding, and remembered. */
struct option_reader {
	const struct idbc_host *host;
	const struct idbc_settings *settings;
	struct idbc_findings *findings;
	int wrong, nomem;
};
void  option_wrong(struct option_reader *, const char *code, const char *key, const char *text,
		   const char *remedy) SQL_SHARED(option_wrong);
/* malloc'ed; NULL: absent */
char *option_text(struct option_reader *, const char *key) SQL_SHARED(option_text);

#endif
