/* tests/bench/store/by_mysql.c - rows read and written by hand over libmysqlclient.
 * Threads: a caller's session is its own.
 */
#include <mysql.h>
#include "store.h"

struct by_mysql {
	MYSQL *mysql;
	MYSQL_STMT *prepared;
};

static void read_row(void *ctx)
{
	struct caller *c = ctx;
	MYSQL_STMT *prepared = ((struct by_mysql *)c->session)->prepared;

	caller_next(c);
	if (mysql_stmt_execute(prepared) || mysql_stmt_store_result(prepared) ||
	    mysql_stmt_fetch(prepared) || mysql_stmt_fetch(prepared) != MYSQL_NO_DATA)
		bench_die(mysql_stmt_error(prepared));
	mysql_stmt_free_result(prepared);
	c->answer.bytes[HASH_COLUMN][c->answer.len[HASH_COLUMN]] = '\0';
}

static void insert_batch(void *ctx)
{
	struct caller *c = ctx;
	struct by_mysql *by = c->session;

	for (int i = 0; i < NEW_BATCH; i++) {
		caller_new_user(c);
		if (mysql_stmt_execute(by->prepared))
			bench_die(mysql_stmt_error(by->prepared));
	}
	if (mysql_commit(by->mysql))
		bench_die(mysql_error(by->mysql));
}

static void bind_new(struct caller *c, struct by_mysql *by)
{
	MYSQL_BIND columns[NEW_COLUMNS];

	memset(columns, 0, sizeof(columns));
	for (size_t i = 0; i < NEW_COLUMNS; i++) {
		columns[i].buffer_type = MYSQL_TYPE_STRING;
		columns[i].buffer = c->fresh.bytes[i];
		columns[i].buffer_length = WIDTH;
		columns[i].length = &c->fresh.len[i];
	}
	if (mysql_stmt_bind_param(by->prepared, columns) || mysql_autocommit(by->mysql, 0))
		bench_die(mysql_stmt_error(by->prepared));
	c->bare = insert_batch;
}

static void bind(struct caller *c, MYSQL_STMT *prepared)
{
	MYSQL_BIND asked, columns[COLUMNS];

	memset(&asked, 0, sizeof(asked));
	memset(columns, 0, sizeof(columns));
	asked.buffer_type = MYSQL_TYPE_STRING;
	asked.buffer = c->email;
	asked.buffer_length = sizeof(c->email);
	asked.length = &c->len;
	for (size_t i = 0; i < COLUMNS; i++) {
		columns[i].buffer_type = MYSQL_TYPE_STRING;
		columns[i].buffer = c->answer.bytes[i];
		columns[i].buffer_length = WIDTH - 1;
		columns[i].length = &c->answer.len[i];
		columns[i].is_null = (void *)&c->answer.null[i];
	}
	if (mysql_stmt_bind_param(prepared, &asked) || mysql_stmt_bind_result(prepared, columns))
		bench_die(mysql_stmt_error(prepared));
}

void by_mysql_begin(struct caller *c)
{
	const struct plan *plan = c->plan;
	struct by_mysql *by = calloc(1, sizeof(*by));
	char sql[1024];
	int len = plan->import ? snprintf(sql, sizeof(sql), "INSERT INTO %s " INSERT_LIST, plan->table)
		: snprintf(sql, sizeof(sql), COLUMN_LIST "%s WHERE %s", plan->table, plan->where);

	if (!by)
		bench_die("no memory");
	c->session = by;
	c->bare = read_row;
	by->mysql = mysql_init(NULL);
	mysql_options(by->mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	if (!mysql_real_connect(by->mysql, NULL, plan->user, plan->db_password, plan->database, 0,
				plan->socket, 0))
		bench_die(mysql_error(by->mysql));
	by->prepared = mysql_stmt_init(by->mysql);
	if (mysql_stmt_prepare(by->prepared, sql, (unsigned long)len))
		bench_die(mysql_stmt_error(by->prepared));
	if (plan->import)
		bind_new(c, by);
	else
		bind(c, by->prepared);
}

void by_mysql_end(struct caller *c)
{
	struct by_mysql *by = c->session;

	mysql_stmt_close(by->prepared);
	mysql_close(by->mysql);
	free(by);
}
