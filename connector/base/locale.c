/* connector/base/locale.c - the plain locale, made once and kept; see locale.h.
 * Threads: any.  Lock: pthread_once.
 */
#include <pthread.h>
#include "base/locale.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static locale_t plain;

static void make(void)
{
	plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

/* Without memory for it the thread stays as it is. */
locale_t locale_plain(void)
{
	pthread_once(&once, make);
	return uselocale(plain);
}

locale_t locale_host(void)
{
	return uselocale(LC_GLOBAL_LOCALE);
}

void locale_back(locale_t before)
{
	uselocale(before);
}
