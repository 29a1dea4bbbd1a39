/* tests/bench/services/pam.c - a host of PAM: a transaction for each login, in a process for each
 * client, as the hosts of PAM have it.  `where` is the folder with the service "bench".
 */
#include <security/pam_appl.h>
#include "services.h"

static const char *folder;

static void pam_open(const char *where)
{
	folder = where;
}

/* Every question is for the password. */
static int converse(int n, const struct pam_message **messages, struct pam_response **answers, void *password)
{
	struct pam_response *a = calloc((size_t)n, sizeof(*a));

	if (!a)
		return PAM_CONV_ERR;
	for (int i = 0; i < n; i++)
		if (messages[i]->msg_style == PAM_PROMPT_ECHO_OFF)
			a[i].resp = strdup(password);
	*answers = a;
	return PAM_SUCCESS;
}

/* Hosts that care set a delay function of their own; a refusal is not to be slowed here. */
static void no_delay(int retval, unsigned usec, void *data)
{
	(void)retval;
	(void)usec;
	(void)data;
}

static int pam_login(void *client, const char *user, const char *password)
{
	char *copy = strdup(password);
	struct pam_conv conv = { converse, copy };
	void (*delay)(int, unsigned, void *) = no_delay;
	const void *item;
	pam_handle_t *pam = NULL;
	int rc;

	(void)client;
	memcpy(&item, &delay, sizeof(item));
	if (!copy || pam_start_confdir("bench", user, &conv, folder, &pam) != PAM_SUCCESS ||
	    pam_set_item(pam, PAM_FAIL_DELAY, item) != PAM_SUCCESS)
		bench_die("pam does not start");
	rc = pam_authenticate(pam, 0);
	if (rc != PAM_SUCCESS && rc != PAM_AUTH_ERR && rc != PAM_USER_UNKNOWN)
		bench_die(pam_strerror(pam, rc));
	pam_end(pam, rc);
	free(copy);
	return rc == PAM_SUCCESS;
}

const struct service by_pam = { .name = "pam", .forked = 1, .open = pam_open, .login = pam_login };
