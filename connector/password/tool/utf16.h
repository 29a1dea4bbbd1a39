/* connector/password/tool/utf16.h - passwords as Microsoft and Oracle hash them.
 * Threads: any, no lock.
 */
#ifndef CONNECTOR_PASSWORD_TOOL_UTF16_H
#define CONNECTOR_PASSWORD_TOOL_UTF16_H

#include "base/secret.h"

enum utf16_order { UTF16_LITTLE, UTF16_BIG };

/* 0; -1: no memory; 1: not UTF-8, and so nothing in UTF-16. */
int utf16_of(const struct idbc_str *text, enum utf16_order, struct secret *out);

#endif
