/* draft.c - attributes to write, as libldap wants them.
 * Threads: any; nothing shared.
 */
#include "ldap_driver.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static LDAPMod *find_mod(const struct draft *d, int op, const char *name)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->mods[i]->mod_op == (op | LDAP_MOD_BVALUES) &&
		    !strcasecmp(d->mods[i]->mod_type, name))
			return d->mods[i];
	return NULL;
}

static LDAPMod *new_mod(struct draft *d, int op, const char *name)
{
	LDAPMod **more = realloc(d->mods, (d->n + 2) * sizeof(*more));
	LDAPMod *mod;

	if (!more)
		return NULL;
	d->mods = more;
	d->mods[d->n] = NULL;
	mod = calloc(1, sizeof(*mod));
	if (!mod)
		return NULL;
	mod->mod_op = op | LDAP_MOD_BVALUES;
	mod->mod_type = strdup(name);
	d->mods[d->n++] = mod;
	d->mods[d->n] = NULL;
	return mod->mod_type ? mod : NULL;
}

static struct berval *new_value(const char *bytes, size_t len)
{
	struct berval *value = calloc(1, sizeof(*value));

	if (value)
		value->bv_val = malloc(len + 1);
	if (!value || !value->bv_val) {
		free(value);
		return NULL;
	}
	if (len)
		memcpy(value->bv_val, bytes, len);
	value->bv_val[len] = '\0';
	value->bv_len = len;
	return value;
}

static int add_value(LDAPMod *mod, const char *bytes, size_t len)
{
	size_t n = 0;
	struct berval **more;

	for (; mod->mod_bvalues && mod->mod_bvalues[n]; n++)
		if (mod->mod_bvalues[n]->bv_len == len &&
		    !memcmp(mod->mod_bvalues[n]->bv_val, bytes, len))
			return 0;
	more = realloc(mod->mod_bvalues, (n + 2) * sizeof(*more));
	if (!more)
		return -1;
	mod->mod_bvalues = more;
	more[n] = new_value(bytes, len);
	more[n + 1] = NULL;
	return more[n] ? 0 : -1;
}

void draft_add(struct draft *d, int op, const char *name, const char *bytes, size_t len)
{
	LDAPMod *mod = find_mod(d, op, name);

	if (!mod)
		mod = new_mod(d, op, name);
	if (!mod || add_value(mod, bytes, len))
		d->failed = 1;
}

const struct berval *draft_value(const struct draft *d, const char *name)
{
	const LDAPMod *mod = find_mod(d, LDAP_MOD_ADD, name);

	return mod && mod->mod_bvalues ? mod->mod_bvalues[0] : NULL;
}

static void wipe(struct berval *value)
{
	explicit_bzero(value->bv_val, value->bv_len);
	free(value->bv_val);
	free(value);
}

void draft_free(struct draft *d)
{
	for (size_t i = 0; i < d->n; i++) {
		LDAPMod *mod = d->mods[i];

		for (size_t v = 0; mod->mod_bvalues && mod->mod_bvalues[v]; v++)
			wipe(mod->mod_bvalues[v]);
		free(mod->mod_bvalues);
		free(mod->mod_type);
		free(mod);
	}
	free(d->mods);
	*d = (struct draft){ NULL, 0, 0 };
}
