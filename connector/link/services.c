/* connector/link/services.c - job: what the connector lends a driver, over base and config.
 * Threads: any; no lock of its own.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"
#include "link/inside.h"

static const struct link_host *mine(const struct idbc_host *host)
{
	return (const struct link_host *)host;
}

static const struct config *config_of(const struct idbc_settings *settings)
{
	return (const void *)settings;
}

const struct idbc_settings *link_settings(const struct config *config)
{
	return (const void *)config;
}

static void host_log(const struct idbc_host *, uint32_t level, const char *fmt, ...)
	IDBC_PRINTF(3, 4);
static int host_fail(const struct idbc_host *, struct idbc_error *err, uint32_t status,
		     const char *code, const char *fmt, ...) IDBC_PRINTF(5, 6);

static void host_log(const struct idbc_host *host, uint32_t level, const char *fmt, ...)
{
	va_list ap;

	if (!mine(host)->log)
		return;
	va_start(ap, fmt);
	log_vline(mine(host)->log, level > IDBC_LOG_DEBUG ? IDBC_LOG_DEBUG : level, 0, 0,
		  mine(host)->origin, fmt, ap);
	va_end(ap);
}

/* A driver's words are not trusted to be UTF-8. */
static void set_words(struct idbc_error *err, uint32_t status, const char *origin,
		      const char *code, const char *text)
{
	char *repaired = text_repair(text, strlen(text), NULL);

	err_code(err, status, origin, code, "%s", repaired ? repaired : "out of memory");
	free(repaired);
}

static int host_fail(const struct idbc_host *host, struct idbc_error *err, uint32_t status,
		     const char *code, const char *fmt, ...)
{
	struct idbc_error kept;
	char text[512];
	va_list ap;

	if (!err)
		return (int)status;
	va_start(ap, fmt);
	if (vsnprintf(text, sizeof(text), fmt, ap) < 0)
		text[0] = '\0';
	va_end(ap);
	kept = *err;
	set_words(err, status, mine(host)->origin, code ? code : "", text);
	err->effect = kept.effect;
	err->native = kept.native;
	memcpy(err->sqlstate, kept.sqlstate, sizeof(err->sqlstate));
	return (int)status;
}

static int get_str(const struct idbc_settings *settings, const char *key, const char *fallback,
		   struct idbc_str *out)
{
	return config_setting_str(config_of(settings), key, fallback, out);
}

static int get_i64(const struct idbc_settings *settings, const char *key, int64_t fallback,
		   int64_t *out)
{
	return config_setting_i64(config_of(settings), key, fallback, out);
}

static int get_bool(
	const struct idbc_settings *settings, const char *key, int fallback, int *out)
{
	return config_setting_bool(config_of(settings), key, fallback, out);
}

static int get_path(const struct idbc_settings *settings, const char *key, struct idbc_str *out)
{
	return config_setting_path(config_of(settings), key, out);
}

static int get_json(const struct idbc_settings *settings, const char *key, struct idbc_str *out)
{
	return config_setting_json(config_of(settings), key, out);
}

static int host_lower(const struct idbc_host *host, const struct idbc_settings *settings,
		      const char *key, const struct idbc_lower **out, struct idbc_error *err)
{
	const struct link_host *own = mine(host);

	(void)settings;
	if (!own->link || !(link_caps(own->link) & IDBC_CAP_SESSIONLESS))
		return host_fail(host, err, IDBC_UNSUPPORTED, "",
				 "only stacked drivers have connections below");
	if (!own->lender)
		return host_fail(host, err, IDBC_UNSUPPORTED, "",
				 "connections below are opened in open() alone");
	return own->lender->lower(own->lender->ctx, own->link, key, out, err);
}

static int64_t host_fold(const struct idbc_host *host, uint32_t fold, const struct idbc_str *in,
			 char *out, size_t cap)
{
	(void)host;
	return text_fold(fold, in->ptr, in->len, out, cap);
}

static int host_same(const struct idbc_host *host, uint32_t fold, const struct idbc_str *a,
		     const struct idbc_str *b)
{
	(void)host;
	return text_same(fold, a->ptr, a->len, b->ptr, b->len);
}

void link_host_init(struct link_host *host, const struct log *log, const char *origin)
{
	static const struct idbc_host services = {
		.size = sizeof(struct idbc_host), .abi = IDBC_DRIVER_ABI, .log = host_log,
		.fail = host_fail, .now_ns = clock_now_ns, .setting_str = get_str,
		.setting_i64 = get_i64, .setting_bool = get_bool, .setting_path = get_path,
		.setting_json = get_json, .lower = host_lower, .fold = host_fold,
		.same = host_same,
	};

	host->table = services;
	host->link = NULL;
	host->lender = NULL;
	host->log = log;
	host->origin = origin;
}
