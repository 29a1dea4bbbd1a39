/* connector/bulk/bulk.h - users in bulk, out and in.
 *
 * An export reads page by page and tells each page with no session held.  An import reads
 * records on the caller's thread, prepares them on threads of its own, has one of these write
 * batch after batch in the order of the records, and tells what became of them on the caller's
 * thread again.  Threads: one import or export belongs to its caller; several at once.
 */
#ifndef CONNECTOR_BULK_BULK_H
#define CONNECTOR_BULK_BULK_H

#include <idbc/idbc.h>

int bulk_export(struct idbc *, const struct idbc_export *, struct idbc_error *err);
int bulk_import(struct idbc *, const struct idbc_import *, struct idbc_error *err);

#endif
