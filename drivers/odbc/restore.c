/* drivers/odbc/restore.c - what ODBC drivers change of the process as they are loaded or first
 * used, put right: psqlodbc sets the locale at each connect, libmariadb ignores SIGPIPE.
 *
 * The locale's name may be read only while nobody sets it: the first connect of an instance
 * looks, and the last to come out puts it back.
 * Threads: any; another's setlocale() in between is taken back only where the driver has
 * changed the locale, too.  Lock: od_restore.lock, never during a connect.
 */
#include "handles.h"

#include <locale.h>
#include <stdlib.h>

void od_restore_init(struct od_restore *restore)
{
	pthread_mutex_init(&restore->lock, NULL);       /* with no attributes it cannot fail */
}

void od_restore_wipe(struct od_restore *restore)
{
	pthread_mutex_destroy(&restore->lock);
	free(restore->locale);
}

static void look(struct od_restore *out)
{
	const char *name = setlocale(LC_ALL, NULL);

	free(out->locale);
	out->locale = name ? strdup(name) : NULL;
	pipe_keep(&out->pipe);
}

static void put_back_locale(const struct od_restore *before)
{
	const char *name = setlocale(LC_ALL, NULL);

	if (before->locale && name && strcmp(before->locale, name))
		setlocale(LC_ALL, before->locale);
}

void od_restore_before(struct od_restore *restore)
{
	pthread_mutex_lock(&restore->lock);
	if (restore->inside++ == 0)
		look(restore);
	pthread_mutex_unlock(&restore->lock);
}

void od_restore_after(struct od_restore *restore)
{
	pthread_mutex_lock(&restore->lock);
	if (--restore->inside == 0)
		put_back_locale(restore);
	pipe_put_back(&restore->pipe);
	pthread_mutex_unlock(&restore->lock);
}
