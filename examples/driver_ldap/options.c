/* options.c - what the configuration says about reaching the directory and where in it the
 * users are.  Every mistake is a finding; nothing is connected to.  The service account's
 * password is not kept: it is asked for again at each connect, since a {"file"} may have
 * changed.  Threads: one.
 */
#include "ldap_driver.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void mistake(struct reader *r, const char *code, const char *key, const char *text,
	     const char *remedy)
{
	r->wrong = 1;
	r->findings->add(r->findings, IDBC_ERROR, code, key, text, remedy);
}

/* --- words ------------------------------------------------------------------------------- */
void words_free(char **words)
{
	for (size_t i = 0; words && words[i]; i++)
		free(words[i]);
	free(words);
}

char **words_of(const json_t *json, int *wrong)
{
	size_t n = json_is_array(json) ? json_array_size(json) : 1;
	char **words = calloc(n + 1, sizeof(*words));

	for (size_t i = 0; words && i < n; i++) {
		const json_t *item = json_is_array(json) ? json_array_get(json, i) : json;

		if (!json_is_string(item) || !*json_string_value(item)) {
			*wrong = 1;
			break;
		}
		words[i] = strdup(json_string_value(item));
		if (!words[i]) {
			words_free(words);
			return NULL;
		}
	}
	return words;
}

char **words_from(const char *json, size_t len, int *wrong)
{
	json_t *root = json_loadb(json, len, JSON_DECODE_ANY, NULL);
	char **words;

	*wrong = !root;
	words = words_of(root, wrong);
	json_decref(root);
	return words;
}

/* --- one option -------------------------------------------------------------------------- */
static char *keep(struct reader *r, const struct idbc_str *s)
{
	char *copy = strndup(s->ptr, s->len);

	r->nomem |= !copy;
	return copy;
}

static char *text_option(struct reader *r, const char *key)
{
	struct idbc_str s = { NULL, 0 };

	if (r->in->host->setting_str(r->in->settings, key, NULL, &s) != 1 || !s.ptr)
		return NULL;
	return keep(r, &s);
}

static char *path_option(struct reader *r, const char *key)
{
	struct idbc_str s = { NULL, 0 };

	if (r->in->host->setting_path(r->in->settings, key, &s) != 1 || !s.ptr)
		return NULL;
	return keep(r, &s);
}

/* The place of the option's word among `words`; 0 where it is absent. */
static int word_option(struct reader *r, const char *key, const char *path,
		       const char *const *words, size_t n, const char *remedy)
{
	char *word = text_option(r, key);
	int place = 0;

	while (word && (size_t)place < n && strcmp(words[place], word))
		place++;
	free(word);
	if ((size_t)place < n)
		return place;
	mistake(r, "bad-value", path, "no such word is known here", remedy);
	return 0;
}

static char *dn_option(struct reader *r, const char *key, const char *path)
{
	char *text = text_option(r, key);
	LDAPDN dn = NULL;

	if (text && (!*text || ldap_str2dn(text, &dn, LDAP_DN_FORMAT_LDAPV3)))
		mistake(r, "bad-value", path, "this is no distinguished name",
			"write one such as \"ou=people,dc=example,dc=com\"");
	ldap_dnfree(dn);
	return text;
}

/* --- the server -------------------------------------------------------------------------- */
static int scheme_is_known(const LDAPURLDesc *url)
{
	return !strcasecmp(url->lud_scheme, "ldap") || !strcasecmp(url->lud_scheme, "ldaps") ||
	       !strcasecmp(url->lud_scheme, "ldapi");
}

static void check_uri(struct reader *r, const char *uri)
{
	LDAPURLDesc *url = NULL;

	if (ldap_url_parse(uri, &url) != LDAP_URL_SUCCESS || !scheme_is_known(url) ||
	    (url->lud_dn && *url->lud_dn) || strpbrk(uri, " ,"))
		mistake(r, "bad-value", "options.uri", "an address is no ldap://, ldaps:// or "
			"ldapi:// with a server and nothing else",
			"\"ldaps://directory.example.com\"");
	if (url && r->in->start_tls > 0 && strcasecmp(url->lud_scheme, "ldap"))
		mistake(r, "bad-combination", "options.start_tls",
			"StartTLS belongs to ldap:// alone", "leave it out, or name an ldap://");
	ldap_free_urldesc(url);
}

static void read_uris(struct reader *r)
{
	struct idbc_str json = { NULL, 0 };
	int wrong = 0;

	if (r->in->host->setting_json(r->in->settings, "uri", &json) != 1) {
		mistake(r, "missing-key", "options.uri", "no directory is named",
			"\"uri\": \"ldaps://directory.example.com\"");
		return;
	}
	r->in->uris = words_from(json.ptr, json.len, &wrong);
	r->nomem |= !r->in->uris;
	if (wrong || (r->in->uris && !r->in->uris[0]))
		mistake(r, "wrong-type", "options.uri", "an address or a list of them is wanted", "");
	for (size_t i = 0; !wrong && r->in->uris && r->in->uris[i]; i++)
		check_uri(r, r->in->uris[i]);
}

static void read_tls(struct reader *r)
{
	struct instance *in = r->in;
	int yes = 0, found = in->host->setting_bool(r->in->settings, "start_tls", 0, &yes);

	in->start_tls = found == 1 ? yes : -1;
	in->host->setting_bool(r->in->settings, "tls.verify", 1, &in->verify);
	in->ca = path_option(r, "tls.ca");
	in->cert = path_option(r, "tls.cert");
	in->key = path_option(r, "tls.key");
	if (!in->cert != !in->key)
		mistake(r, "missing-key", in->cert ? "options.tls.key" : "options.tls.cert",
			"a certificate and its key go together", "");
	if (!in->verify && in->ca)
		mistake(r, "bad-combination", "options.tls.verify",
			"an authority is named, and nothing is verified", "keep one of them");
}

/* --- the accounts ------------------------------------------------------------------------ */
static void read_accounts(struct reader *r)
{
	struct instance *in = r->in;
	struct idbc_str secret = { NULL, 0 };
	int found = in->host->setting_str(r->in->settings, "bind_password", NULL, &secret);

	in->bind_dn = dn_option(r, "bind_dn", "options.bind_dn");
	in->dummy_dn = dn_option(r, "dummy_dn", "options.dummy_dn");
	if (in->bind_dn && found == 0)
		mistake(r, "missing-key", "options.bind_password",
			"a name without a password is an unauthenticated bind",
			"\"bind_password\": {\"file\": \"ldap.password\"}");
	else if (in->bind_dn && found == 1 && !password_is_safe(&secret))
		mistake(r, "bad-value", "options.bind_password",
			"an empty password is an unauthenticated bind", "");
	else if (!in->bind_dn && found != 0)
		mistake(r, "missing-key", "options.bind_dn", "a password and nobody's name", "");
}

/* --- where the users are ----------------------------------------------------------------- */
/* libldap parses it as it would to send it. */
static int filter_is_good(const char *filter)
{
	struct berval encoded = { 0, NULL };
	LDAP *ld = NULL;
	int good = 0;

	if (ldap_initialize(&ld, NULL) == LDAP_SUCCESS)
		good = ldap_create_assertion_control_value(ld, (char *)filter, &encoded) ==
		       LDAP_SUCCESS;
	ber_memfree(encoded.bv_val);
	if (ld)
		ldap_unbind_ext(ld, NULL, NULL);
	return good && *filter == '(';
}

static void read_search(struct reader *r)
{
	static const char *const scopes[] = { "sub", "one", "base" };
	static const int values[] = { LDAP_SCOPE_SUBTREE, LDAP_SCOPE_ONELEVEL, LDAP_SCOPE_BASE };
	static const char *const referrals[] = { "refuse", "ignore" };
	static const char *const ways[] = { "auto", "extended", "attribute" };
	struct instance *in = r->in;

	in->base = dn_option(r, "base", "options.base");
	if (!in->base)
		mistake(r, "missing-key", "options.base", "no subtree of users is named",
			"\"base\": \"ou=people,dc=example,dc=com\"");
	in->scope = values[word_option(r, "scope", "options.scope", scopes, 3, "sub, one or base")];
	in->ignore_referrals = word_option(r, "referrals", "options.referrals", referrals, 2,
					   "refuse or ignore");
	in->hand_over = word_option(r, "password", "options.password", ways, 3,
				    "auto, extended or attribute");
	in->filter = text_option(r, "filter");
	if (!in->filter && !(in->filter = strdup("(objectClass=inetOrgPerson)")))
		r->nomem = 1;
	if (in->filter && !filter_is_good(in->filter))
		mistake(r, "bad-value", "options.filter", "this is no filter of LDAP",
			"write one such as \"(objectClass=person)\"");
}

/* --- all of it --------------------------------------------------------------------------- */
static void read_all(struct reader *r)
{
	read_tls(r);
	read_uris(r);
	read_accounts(r);
	read_search(r);
	mapping_read(r);
}

int options_open(const struct idbc_host *host, const struct idbc_settings *settings,
		 struct idbc_findings *findings, struct instance **out, struct idbc_error *err)
{
	struct instance *in = calloc(1, sizeof(*in));
	struct reader r = { .in = in, .findings = findings };

	if (!in)
		return host->fail(host, err, IDBC_NOMEM, "", "out of memory");
	in->host = host;
	in->settings = settings;
	read_all(&r);
	if (!r.wrong && !r.nomem) {
		*out = in;
		return IDBC_OK;
	}
	options_close(in);
	return host->fail(host, err, r.nomem ? IDBC_NOMEM : IDBC_CONFIG, "", "%s",
			  r.nomem ? "out of memory" : "options or mapping are wrong");
}

void options_close(struct instance *in)
{
	mapping_free(&in->map);
	words_free(in->uris);
	free(in->wanted);               /* the names are the mapping's */
	free(in->ca);
	free(in->cert);
	free(in->key);
	free(in->bind_dn);
	free(in->base);
	free(in->filter);
	free(in->dummy_dn);
	free(in);
}
