/* connector/password/tool/utf16.h - text as Windows and Oracle hash it.  Threads: any. */
#ifndef CONNECTOR_PASSWORD_TOOL_UTF16_H
#define CONNECTOR_PASSWORD_TOOL_UTF16_H

#include "base/secret.h"

enum utf16 {
	UTF16_LITTLE = 0, UTF16_BIG = 1,        /* byte order */
	UTF16_LOWER = 2, UTF16_UPPER = 4,       /* each character by itself */
};

/* 0; 1: not UTF-8; -1: no memory. */
int utf16_of(const struct idbc_str *text, unsigned how, struct secret *out);

#endif
