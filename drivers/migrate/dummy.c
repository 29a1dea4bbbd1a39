/* drivers/migrate/dummy.c - job: in which of the two stores a name that nobody has costs its
 * dummy.  Users of both are refused at what their own store computes; so must nobody be, in
 * the same shares, the same store for the same name, and nobody outside can tell which.
 * Threads: any; the counters are atomic.
 */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>
#include "migrate.h"

#define SALT "idbc migrate dummy"

static void digest(const void *key, size_t key_len, const struct idbc_str *text,
		   unsigned char out[MIGRATE_KEY])
{
	unsigned len = MIGRATE_KEY;

	if (!HMAC(EVP_sha256(), key, (int)key_len, (const unsigned char *)text->ptr, text->len, out,
		  &len))
		memset(out, 0, MIGRATE_KEY);
}

static void mix(struct migrate *m, const struct idbc_lower *lower)
{
	if (IDBC_HAS(lower, secret) && lower->secret.len)
		digest(m->key, sizeof(m->key), &lower->secret, m->key);
}

/* One key in all processes: the option, or what both stores are reached with. */
void dummy_key(struct migrate *m, const struct idbc_settings *settings)
{
	struct idbc_str text;

	m->host->setting_str(settings, "idbc.connection", "", &text);
	digest(SALT, sizeof(SALT) - 1, &text, m->key);
	if (m->host->setting_str(settings, "dummy_key", "", &text) == 1) {
		digest(m->key, sizeof(m->key), &text, m->key);
		return;
	}
	mix(m, m->from);
	mix(m, m->to);
}

/* Half of the names at first. */
static uint64_t share_of_to(struct migrate *m)
{
	uint64_t to = atomic_load_explicit(&m->in_to, memory_order_relaxed) + 1;
	uint64_t all = to + atomic_load_explicit(&m->in_from, memory_order_relaxed) + 1;

	return to * UINT64_C(65536) / all;
}

const struct idbc_lower *dummy_store(struct migrate *m, const struct idbc_str *identifier)
{
	char folded[IDBC_ID_MAX * 3];
	int64_t len = m->host->fold(m->host, IDBC_FOLD_LOWER_BOTH, identifier, folded,
				    sizeof(folded));
	struct idbc_str name = { folded, len < 0 ? 0 : (size_t)len };
	unsigned char out[MIGRATE_KEY];

	digest(m->key, sizeof(m->key), len < 0 ? identifier : &name, out);
	return ((uint64_t)out[0] << 8 | out[1]) < share_of_to(m) ? m->to : m->from;
}
