<?php
// WordPress judges: lines "user<TAB>password" on stdin, one answer a line: the user's id,
// or "no".  usage: php wordpress.php ABSPATH SOCKET USER PASSWORD DATABASE PREFIX [multisite]
[, $path, $socket, $user, $password, $database, $prefix] = $argv;
$_SERVER += ['HTTP_HOST' => 'wpms.example', 'SERVER_NAME' => 'wpms.example',
	'REQUEST_URI' => '/', 'SERVER_PROTOCOL' => 'HTTP/1.1', 'REMOTE_ADDR' => '127.0.0.1'];
error_reporting(E_ERROR);
define('ABSPATH', rtrim($path, '/') . '/');
define('DB_HOST', 'localhost:' . $socket);
define('DB_USER', $user);
define('DB_PASSWORD', $password);
define('DB_NAME', $database);
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
define('WP_CONTENT_DIR', sys_get_temp_dir() . '/idbc-no-wp-content');
define('DISABLE_WP_CRON', true);
define('WP_HTTP_BLOCK_EXTERNAL', true);
$table_prefix = $prefix;
if (($argv[7] ?? '') === 'multisite') {
	define('MULTISITE', true);
	define('SUBDOMAIN_INSTALL', false);
	define('DOMAIN_CURRENT_SITE', 'wpms.example');
	define('PATH_CURRENT_SITE', '/');
	define('SITE_ID_CURRENT_SITE', 1);
	define('BLOG_ID_CURRENT_SITE', 1);
}
require ABSPATH . 'wp-settings.php';

while (($line = fgets(STDIN)) !== false) {
	[$name, $secret] = explode("\t", rtrim($line, "\n"), 2);
	$answer = wp_authenticate($name, $secret);
	if ($answer instanceof WP_User)
		echo $answer->ID, "\t", $answer->user_email, "\t", implode(',', $answer->roles), "\n";
	else
		echo "no\n";
}
