/* connector/link/builtin.h - drivers that are part of the library: found by their bare name,
 * wherever the folders of drivers are.  Threads: any; constant.
 */
#ifndef CONNECTOR_LINK_BUILTIN_H
#define CONNECTOR_LINK_BUILTIN_H

#include <stddef.h>
#include <idbc/driver.h>

struct builtin {
	const char *name;
	idbc_driver_entry_fn *entry;
};
/* NULL: no such driver is built in. */
const struct builtin *builtin_find(const char *name);
/* The i-th, for lists; NULL: there are no more. */
const struct builtin *builtin_at(size_t i);

#endif
