/* drivers/sql/option.h - a driver's options that are lists or objects: their strings, or
 * the names of their members.  Values of members are asked for one by one as settings
 * ("attributes.Driver"), so that {"env"} and {"file"} work there.  Threads: any; no lock.
 */
#ifndef DRIVERS_SQL_OPTION_H
#define DRIVERS_SQL_OPTION_H

#include <idbc/driver.h>

struct option_list {
	char **items;
	size_t n;
};

/* 1: found; 0: absent; -1: not a list of strings (not an object), or no memory. */
int  option_list(const struct idbc_host *, const struct idbc_settings *, const char *key,
		 struct option_list *out);
int  option_members(const struct idbc_host *, const struct idbc_settings *, const char *key,
		    struct option_list *out);
void option_list_free(struct option_list *);

/* A setting as a string of our own; *out is NULL where absent.  -1: no memory. */
int  option_dup(const struct idbc_host *, const struct idbc_settings *, const char *key,
		char **out);

#endif
