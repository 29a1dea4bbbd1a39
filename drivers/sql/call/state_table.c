/* drivers/sql/call/state_table.c - what databases say, by error number or SQLSTATE: the one place
 * that knows these numbers.  Threads: any; no lock.
 */
#include "sql/call/state.h"

#include <string.h>

#define MY   (1u << SQL_MARIADB | 1u << SQL_MYSQL)
#define LITE (1u << SQL_SQLITE)
#define PG   (1u << SQL_POSTGRESQL)
#define MS   (1u << SQL_MSSQL)
#define ANY  (~0u)

/* The first row that fits decides; native 0, "" and NULL fit everything. */
struct state_row {
	uint32_t dialects;
	int32_t  native;
	const char *sqlstate;           /* or the beginning of one */
	const char *word;               /* in the server's text */
	uint32_t state;
};

static const struct state_row table[] = {
	{ MY, 1062, "", NULL, STATE_DUPLICATE },        { MY, 1586, "", NULL, STATE_DUPLICATE },
	{ MY, 1169, "", NULL, STATE_DUPLICATE },        { MY, 1451, "", NULL, STATE_FOREIGN_KEY },
	{ MY, 1452, "", NULL, STATE_FOREIGN_KEY },      { MY, 1217, "", NULL, STATE_FOREIGN_KEY },
	{ MY, 1216, "", NULL, STATE_FOREIGN_KEY },      { MY, 1048, "", NULL, STATE_NOT_NULL },
	{ MY, 1364, "", NULL, STATE_NOT_NULL },         { MY, 4025, "", NULL, STATE_CHECK },
	{ MY, 3819, "", NULL, STATE_CHECK },            { MY, 1406, "", NULL, STATE_TOO_LONG },
	{ MY, 1264, "", NULL, STATE_TOO_LONG },         { MY, 1366, "", NULL, STATE_BAD_VALUE },
	{ MY, 1292, "", NULL, STATE_BAD_VALUE },        { MY, 1265, "", NULL, STATE_BAD_VALUE },
	{ MY, 1267, "", NULL, STATE_BAD_VALUE },        { MY, 3988, "", NULL, STATE_BAD_VALUE },
	{ MY, 1213, "", NULL, STATE_DEADLOCK },         { MY, 1020, "", NULL, STATE_DEADLOCK },
	{ MY, 1412, "", NULL, STATE_DEADLOCK },
	{ MY, 1205, "", NULL, STATE_LOCKED },           { MY, 3572, "", NULL, STATE_LOCKED },
	{ MY, 1290, "", NULL, STATE_READ_ONLY },        { MY, 1792, "", NULL, STATE_READ_ONLY },
	{ MY, 1836, "", NULL, STATE_READ_ONLY },        { MY, 1874, "", NULL, STATE_READ_ONLY },
	{ MY, 1036, "", NULL, STATE_READ_ONLY },        { MY, 1044, "", NULL, STATE_PRIVILEGE },
	{ MY, 1142, "", NULL, STATE_PRIVILEGE },        { MY, 1143, "", NULL, STATE_PRIVILEGE },
	{ MY, 1227, "", NULL, STATE_PRIVILEGE },        { MY, 1370, "", NULL, STATE_PRIVILEGE },
	{ MY, 1146, "", NULL, STATE_SCHEMA },           { MY, 1054, "", NULL, STATE_SCHEMA },
	{ MY, 1064, "", NULL, STATE_SCHEMA },           { MY, 1049, "", NULL, STATE_SCHEMA },
	{ MY, 1305, "", NULL, STATE_SCHEMA },           { MY, 1136, "", NULL, STATE_SCHEMA },
	{ MY, 1317, "", NULL, STATE_INTERRUPTED },      { MY, 1969, "", NULL, STATE_INTERRUPTED },
	{ MY, 3024, "", NULL, STATE_INTERRUPTED },      { MY, 1040, "", NULL, STATE_LOST },
	{ MY, 1047, "", NULL, STATE_LOST },             { MY, 1053, "", NULL, STATE_LOST },
	{ MY, 1180, "", NULL, STATE_LOST },             { MY, 1927, "", NULL, STATE_LOST },
	{ MY, 2002, "", NULL, STATE_LOST },             { MY, 2003, "", NULL, STATE_LOST },
	{ MY, 2006, "", NULL, STATE_LOST },             { MY, 2013, "", NULL, STATE_LOST },
	{ MY, 1203, "", NULL, STATE_LOST },             { MY, 1226, "", NULL, STATE_LOST },
	{ MY, 1243, "", NULL, STATE_LOST },             { MY, 1461, "", NULL, STATE_LOST },
	{ MY, 1615, "", NULL, STATE_LOST },             { MY, 0, "", "No space left", STATE_FULL },
	{ MY, 4031, "", NULL, STATE_LOST },             { MY, 1021, "", NULL, STATE_FULL },
	{ MY, 1114, "", NULL, STATE_FULL },             { MY, 1037, "", NULL, STATE_NOMEM },
	{ MY, 1038, "", NULL, STATE_NOMEM },            { MY, 2008, "", NULL, STATE_NOMEM },
	{ LITE, 19, "", "UNIQUE", STATE_DUPLICATE },
	{ LITE, 19, "", "PRIMARY KEY", STATE_DUPLICATE },
	{ LITE, 19, "", "FOREIGN KEY", STATE_FOREIGN_KEY },
	{ LITE, 19, "", "NOT NULL", STATE_NOT_NULL },
	{ LITE, 19, "", "CHECK", STATE_CHECK },
	{ LITE, 20, "", NULL, STATE_BAD_VALUE },        { LITE, 18, "", NULL, STATE_TOO_LONG },
	{ LITE, 5, "", NULL, STATE_LOCKED },            { LITE, 6, "", NULL, STATE_LOCKED },
	{ LITE, 8, "", NULL, STATE_READ_ONLY },         { LITE, 3, "", NULL, STATE_PRIVILEGE },
	{ LITE, 1, "", "no such", STATE_SCHEMA },       { LITE, 1, "", "syntax", STATE_SCHEMA },
	{ LITE, 1, "", "no column", STATE_SCHEMA },     { LITE, 17, "", NULL, STATE_SCHEMA },
	{ LITE, 9, "", NULL, STATE_INTERRUPTED },       { LITE, 14, "", NULL, STATE_LOST },
	{ LITE, 10, "", NULL, STATE_LOST },             { LITE, 26, "", NULL, STATE_LOST },
	{ LITE, 11, "", NULL, STATE_BROKEN },
	{ MY, 1030, "", NULL, STATE_BROKEN },           { MY, 1034, "", NULL, STATE_BROKEN },
	{ MY, 1194, "", NULL, STATE_BROKEN },           { MY, 1195, "", NULL, STATE_BROKEN },
	{ MY, 1026, "", NULL, STATE_BROKEN },           { MY, 1712, "", NULL, STATE_BROKEN },
	{ MY, 1932, "", NULL, STATE_BROKEN },
	{ LITE, 13, "", NULL, STATE_FULL },             { LITE, 7, "", NULL, STATE_NOMEM },
	{ PG, 0, "23P01", NULL, STATE_DUPLICATE },      { PG, 0, "23001", NULL, STATE_FOREIGN_KEY },
	{ PG, 0, "44000", NULL, STATE_CHECK },          { PG, 0, "54000", NULL, STATE_TOO_LONG },
	{ PG, 0, "0A000", "cached plan", STATE_LOST },  { PG, 0, "26000", NULL, STATE_LOST },
	{ PG, 0, "53300", NULL, STATE_LOST },           { PG, 0, "53200", NULL, STATE_LOST },
	{ PG, 0, "53", NULL, STATE_FULL },              { PG, 0, "58", NULL, STATE_BROKEN },
	{ PG, 0, "XX001", NULL, STATE_BROKEN },         { PG, 0, "XX002", NULL, STATE_BROKEN },
	{ PG, 0, "25P02", NULL, STATE_INTERRUPTED },
	{ PG, 0, "25P03", NULL, STATE_LOST },           { PG, 0, "25P04", NULL, STATE_INTERRUPTED },
	{ PG, 0, "28", NULL, STATE_LOST },              { PG, 0, "3D000", NULL, STATE_LOST },
	{ PG, 0, "3F000", NULL, STATE_SCHEMA },
	{ MS, 2627, "", NULL, STATE_DUPLICATE },        { MS, 2601, "", NULL, STATE_DUPLICATE },
	{ MS, 547, "", "CHECK constraint", STATE_CHECK },
	{ MS, 547, "", NULL, STATE_FOREIGN_KEY },       { MS, 515, "", NULL, STATE_NOT_NULL },
	{ MS, 8152, "", NULL, STATE_TOO_LONG },         { MS, 2628, "", NULL, STATE_TOO_LONG },
	{ MS, 8115, "", NULL, STATE_TOO_LONG },         { MS, 220, "", NULL, STATE_TOO_LONG },
	{ MS, 245, "", NULL, STATE_BAD_VALUE },         { MS, 8114, "", NULL, STATE_BAD_VALUE },
	{ MS, 8169, "", NULL, STATE_BAD_VALUE },        { MS, 241, "", NULL, STATE_BAD_VALUE },
	{ MS, 242, "", NULL, STATE_BAD_VALUE },         { MS, 1205, "", NULL, STATE_DEADLOCK },
	{ MS, 3960, "", NULL, STATE_DEADLOCK },         { MS, 1222, "", NULL, STATE_LOCKED },
	{ MS, 3906, "", NULL, STATE_READ_ONLY },        { MS, 3908, "", NULL, STATE_READ_ONLY },
	{ MS, 229, "", NULL, STATE_PRIVILEGE },         { MS, 230, "", NULL, STATE_PRIVILEGE },
	{ MS, 262, "", NULL, STATE_PRIVILEGE },         { MS, 297, "", NULL, STATE_PRIVILEGE },
	{ MS, 208, "", NULL, STATE_SCHEMA },            { MS, 207, "", NULL, STATE_SCHEMA },
	{ MS, 102, "", NULL, STATE_SCHEMA },            { MS, 156, "", NULL, STATE_SCHEMA },
	{ MS, 334, "", NULL, STATE_SCHEMA },            { MS, 2812, "", NULL, STATE_SCHEMA },
	{ MS, 4060, "", NULL, STATE_LOST },             { MS, 18456, "", NULL, STATE_LOST },
	{ MS, 18452, "", NULL, STATE_LOST },            { MS, 701, "", NULL, STATE_LOST },
	{ MS, 1105, "", NULL, STATE_FULL },             { MS, 9002, "", NULL, STATE_FULL },
	{ MS, 823, "", NULL, STATE_BROKEN },            { MS, 824, "", NULL, STATE_BROKEN },
	{ ANY, 0, "23505", NULL, STATE_DUPLICATE },     { ANY, 0, "23503", NULL, STATE_FOREIGN_KEY },
	{ ANY, 0, "23502", NULL, STATE_NOT_NULL },      { ANY, 0, "23514", NULL, STATE_CHECK },
	{ ANY, 0, "22001", NULL, STATE_TOO_LONG },      { ANY, 0, "22003", NULL, STATE_TOO_LONG },
	{ ANY, 0, "22", NULL, STATE_BAD_VALUE },        { ANY, 0, "40003", NULL, STATE_LOST },
	{ ANY, 0, "40", NULL, STATE_DEADLOCK },
	{ ANY, 0, "55P03", NULL, STATE_LOCKED },        { ANY, 0, "25006", NULL, STATE_READ_ONLY },
	{ ANY, 0, "42501", NULL, STATE_PRIVILEGE },     { ANY, 0, "57014", NULL, STATE_INTERRUPTED },
	{ ANY, 0, "HY008", NULL, STATE_INTERRUPTED },   { ANY, 0, "HY018", NULL, STATE_INTERRUPTED },
	{ ANY, 0, "HYT", NULL, STATE_INTERRUPTED },     { ANY, 0, "53100", NULL, STATE_FULL },
	{ ANY, 0, "HY001", NULL, STATE_NOMEM },         { ANY, 0, "08", NULL, STATE_LOST },
	{ ANY, 0, "57P", NULL, STATE_LOST },            { ANY, 0, "42", NULL, STATE_SCHEMA },
};

static int fits(const struct state_row *row, uint32_t dialect, const struct sql_diag *diag)
{
	if (!(row->dialects & 1u << dialect) || (row->native && row->native != diag->native))
		return 0;
	if (strncmp(row->sqlstate, diag->sqlstate, strlen(row->sqlstate)))
		return 0;
	return !row->word || strstr(diag->text, row->word);
}

uint32_t state_class(uint32_t dialect, const struct sql_diag *diag)
{
	if (!strcmp(diag->sqlstate, "HY008") || !strncmp(diag->sqlstate, "HYT", 3))
		return STATE_INTERRUPTED;
	if (diag->lost != SQL_LOST_NOT)
		return STATE_LOST;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (fits(&table[i], dialect, diag))
			return table[i].state;
	return STATE_OTHER;
}
