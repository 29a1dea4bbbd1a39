/* connector/base/locale.h - a thread in the plain locale while client libraries work on it:
 * some compare their own keywords, or write numbers, by the rules of the host's.
 * Threads: any; only the caller's own is changed.
 */
#ifndef CONNECTOR_BASE_LOCALE_H
#define CONNECTOR_BASE_LOCALE_H

#include <locale.h>

locale_t locale_plain(void);            /* gives what the thread had */
locale_t locale_host(void);             /* the process's, for a callback; gives what it had */
void     locale_back(locale_t before);

#endif
