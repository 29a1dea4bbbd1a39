/* tools/drivers.c - job: `idbc drivers`: what is installed, and what users lose where a
 * driver leaves an operation out.  And `idbc version`.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include "tool.h"

struct loss { const char *operation, *text; };

static const struct loss losses[] = {
	{ "login", "nobody can log in" },
	{ "getUser", "nobody can be looked up" },
	{ "create", "nobody can sign up" },
	{ "verify", "an e-mail address cannot be marked as verified" },
	{ "changePassword", "nobody can change a password" },
	{ "changeEmail", "nobody can change an e-mail address" },
	{ "deleteUser", "nobody can be deleted" },
};

static int has_word(const json_t *list, const char *word)
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
		if (!strcmp(json_string_value(item), word))
			return 1;
	return 0;
}

/* A file may be called anything; what is printed of it stays on its line. */
static void print_text(FILE *to, const char *text)
{
	for (; *text; text++)
		putc((unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text, to);
}

static void print_words(const json_t *list)
{
	const json_t *item;
	size_t i;

	if (json_array_size(list) == 0)
		putchar('-');
	json_array_foreach(list, i, item)
		printf("%s%s", i ? "," : "", json_string_value(item));
}

static void print_driver(const json_t *driver)
{
	const char *name = "", *version = "", *abi = "", *path = "";
	json_t *caps = NULL, *operations = NULL;

	json_unpack((json_t *)(uintptr_t)driver, "{ss ss ss so so ss}", "name", &name, "version",
		    &version, "abi", &abi, "caps", &caps, "operations", &operations, "path", &path);
	printf("%-12s %-8s %-5s ", name, version, abi);
	print_text(stdout, path);
	printf("\n    ");
	print_words(caps);
	putchar('\n');
	for (size_t i = 0; i < sizeof(losses) / sizeof(losses[0]); i++)
		if (!has_word(operations, losses[i].operation))
			printf("    without %s: %s\n", losses[i].operation, losses[i].text);
}

static void print_refused(const json_t *item)
{
	const char *path = "", *error = "";

	json_unpack((json_t *)(uintptr_t)item, "{ss ss}", "path", &path, "error", &error);
	fprintf(stderr, "idbc: drivers: ");
	if (strncmp(error, path, strlen(path)) != 0) {
		print_text(stderr, path);
		fprintf(stderr, ": ");
	}
	print_text(stderr, error);
	putc('\n', stderr);
}

static void print_table(const json_t *drivers, const json_t *refused)
{
	const json_t *item;
	size_t i;

	printf("%-12s %-8s %-5s %s\n", "NAME", "VERSION", "ABI", "PATH, CAPABILITIES");
	json_array_foreach(drivers, i, item)
		print_driver(item);
	json_array_foreach(refused, i, item)
		print_refused(item);
	if (!json_array_size(drivers) && !json_array_size(refused))
		fprintf(stderr, "idbc: drivers: none is installed; IDBC_DRIVER_PATH names more "
				"folders to look in\n");
}

/* Files that were refused are listed apart, so that each driver has every member. */
static void split(const json_t *all, json_t *drivers, json_t *refused)
{
	json_t *item;
	size_t i;

	json_array_foreach(all, i, item)
		json_array_append(json_object_get(item, "error") ? refused : drivers, item);
}

int cmd_drivers(struct tool *tool)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	json_t *all, *drivers, *refused;
	char *text = NULL;

	if (idbc_drivers(&text, &err) != IDBC_OK)
		return out_failure(tool, &err);
	all = json_loads(text, 0, NULL);
	idbc_free(text);
	drivers = json_array();
	refused = json_array();
	split(all, drivers, refused);
	json_decref(all);
	if (tool->json)
		return out_json(json_pack("{ss so so}", "status", "OK", "drivers", drivers,
					  "refused", refused));
	print_table(drivers, refused);
	json_decref(drivers);
	json_decref(refused);
	return EXIT_DONE;
}

int cmd_version(struct tool *tool)
{
	if (tool->json)
		return out_json(json_pack("{ss ss}", "status", "OK", "version", idbc_version()));
	printf("idbc %s\n", idbc_version());
	return EXIT_DONE;
}
