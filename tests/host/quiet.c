/* tests/host/quiet.c - what a host has set up is as it was: locale, environment, folder, umask,
 * limits, signals, descriptors 0 to 2; and its locale changes no answer.
 *
 * usage: quiet LABEL CONFIG [LOCALE...]     LOCALE: what setlocale() is given, in turn
 */
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "host.h"

#define SA_OF_LIBC 0x04000000   /* SA_RESTORER: sigaction() of glibc sets it */

extern char **environ;
static const char *config;

struct surroundings {
	char locale[200], folder[300], environment[8000];
	mode_t mask;
	struct rlimit limits[RLIM_NLIMITS];
	struct sigaction actions[NSIG];
	sigset_t blocked;
	stack_t alternate;
};

static void look(struct surroundings *out)
{
	memset(out, 0, sizeof(*out));
	snprintf(out->locale, sizeof(out->locale), "%s", setlocale(LC_ALL, NULL));
	if (!getcwd(out->folder, sizeof(out->folder)))
		exit(1);
	for (char **at = environ; *at; at++)
		snprintf(out->environment + strlen(out->environment),
			 sizeof(out->environment) - strlen(out->environment), "%s\n", *at);
	out->mask = umask(0);
	umask(out->mask);
	for (int i = 0; i < RLIM_NLIMITS; i++)
		getrlimit(i, &out->limits[i]);
	for (int i = 1; i < NSIG; i++)
		sigaction(i, NULL, &out->actions[i]);
	pthread_sigmask(SIG_BLOCK, NULL, &out->blocked);
	sigaltstack(NULL, &out->alternate);
}

static const char *differs(const struct surroundings *a, const struct surroundings *b)
{
	if (strcmp(a->locale, b->locale))
		return "locale";
	if (strcmp(a->folder, b->folder))
		return "folder";
	if (strcmp(a->environment, b->environment))
		return "environment";
	if (a->mask != b->mask)
		return "umask";
	if (memcmp(a->limits, b->limits, sizeof(a->limits)))
		return "limits";
	for (int i = 1; i < NSIG; i++)
		if (a->actions[i].sa_handler != b->actions[i].sa_handler ||
		    (a->actions[i].sa_flags ^ b->actions[i].sa_flags) & ~SA_OF_LIBC)
			return "a signal's disposition";
	if (memcmp(&a->blocked, &b->blocked, sizeof(a->blocked)))
		return "the signal mask";
	return a->alternate.ss_sp != b->alternate.ss_sp ? "the signal stack" : NULL;
}

/* The profile, by an identifier in which a Turkish locale would fold the I, and everything
 * else that has numbers in it; to be freed. */
static char *answers(struct idbc_error *err)
{
	struct idbc_profile *user = NULL;
	struct idbc *store = NULL;
	char *text = NULL, *seen = NULL;
	int rc = idbc_open(config, &store, err);

	if (rc == IDBC_OK)
		rc = host_round(store, err);
	if (rc == IDBC_OK)
		rc = idbc_get_user(store, IDBC_BY_EMAIL, "ADA.INI@EXAMPLE.COM", &user, err);
	if (rc == IDBC_OK)
		rc = idbc_check(config, 0, &seen, err);
	if (rc == IDBC_OK && asprintf(&text, "%s %s", idbc_profile_json(user, 0), seen) < 0)
		text = NULL;
	idbc_free(seen);
	idbc_profile_free(user);
	idbc_close(store, 0);
	return text;
}

static void test_surroundings(void)
{
	static struct surroundings before, after;
	struct idbc_error err = IDBC_ERROR_INIT;
	const char *what;
	char *text;

	umask(0137);
	look(&before);
	text = answers(&err);
	look(&after);
	what = differs(&before, &after);
	host_says(text && !what, "surroundings", "%s; changed: %s", err.text, what ? what : "nothing");
	free(text);
}

static void test_locale(const char *name, const char *plain)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	char number[20], *text;
	int set = setlocale(LC_ALL, name) != NULL;

	snprintf(number, sizeof(number), "%.1f", 1.5);
	text = set ? answers(&err) : NULL;
	host_says(set && text && !strcmp(text, plain) && strstr(text, "1.5") &&
		  !strcmp(setlocale(LC_NUMERIC, NULL), name) && !strcmp(number, "1,5"), name,
		  "set %d, a number is %s; %s; %s", set, number, err.text, text ? text : "nothing");
	free(text);
	setlocale(LC_ALL, "C");
}

/* A host without standard descriptors: whoever takes theirs is printed into by others, so
 * that they may be /dev/null and nothing else. */
static void test_closed(void)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	int kept[3], taken = 0;
	struct idbc *store = NULL;
	char path[40], name[200];
	int rc;

	fflush(NULL);
	for (int i = 0; i < 3; i++) {
		kept[i] = fcntl(i, F_DUPFD_CLOEXEC, 10);
		close(i);
	}
	rc = idbc_open(config, &store, &err);
	rc = rc ? rc : host_round(store, &err);
	memset(name, 0, sizeof(name));
	for (int i = 0; i < 3; i++) {
		ssize_t len;

		snprintf(path, sizeof(path), "/proc/self/fd/%d", i);
		len = readlink(path, name + strlen(name), sizeof(name) - strlen(name) - 2);
		if (len > 0 && strcmp(name + strlen(name) - (size_t)len, "/dev/null"))
			taken++;
	}
	idbc_close(store, 0);
	for (int i = 0; i < 3; i++) {
		dup2(kept[i], i);
		close(kept[i]);
	}
	host_says(rc == IDBC_OK && !taken, "standard-descriptors", "%d %s; %d taken: %s", rc, err.text,
		  taken, name);
}

int main(int argc, char **argv)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	char *plain;

	if (argc < 3)
		return 2;
	host_label = argv[1];
	config = argv[2];
	test_surroundings();
	plain = answers(&err);
	for (int i = 3; i < argc && plain; i++)
		test_locale(argv[i], plain);
	free(plain);
	test_closed();
	return host_failed;
}
