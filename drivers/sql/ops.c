/* drivers/sql/ops.c - the table of operations that every SQL driver hands to the connector.
 * `intents` belongs to a later version.  Threads: constant.
 */
#include "sql/ops.h"

const struct idbc_ops sql_ops = {
	.size = sizeof(struct idbc_ops),
	.login = op_login,
	.get_user = op_get_user,
	.create = op_create,
	.verify = op_verify,
	.change_password = op_change_password,
	.delete_user = op_delete_user,
	.change_email = op_change_email,
	.proven = op_proven,
	.list = op_list,
	.check = op_check,
	.failed = op_failed,
};
