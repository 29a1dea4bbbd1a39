"""Runs the commands of README.md and of the pages that have some: each ```sh run block in an empty
folder, the WordPress one against a table of our own made in that shape; compiles and runs the C
programs."""
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kit import BUILD, IDBC, ROOT, MariaDB, Tap, Workplace  # noqa: E402

TABLES = """
CREATE TABLE wp_users (ID BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, user_login VARCHAR(60) NOT NULL DEFAULT '',
  user_pass VARCHAR(255) NOT NULL DEFAULT '', user_nicename VARCHAR(50) NOT NULL DEFAULT '',
  user_email VARCHAR(100) NOT NULL DEFAULT '', user_registered DATETIME NOT NULL DEFAULT '2000-01-01',
  user_activation_key VARCHAR(255) NOT NULL DEFAULT '', display_name VARCHAR(250) NOT NULL DEFAULT '',
  KEY (user_login), KEY (user_email)) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci;
CREATE TABLE wp_usermeta (umeta_id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, user_id BIGINT UNSIGNED NOT NULL,
  meta_key VARCHAR(255), meta_value LONGTEXT, KEY (user_id)) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci;
INSERT INTO wp_users (user_login, user_pass, user_email) VALUES ('admin', '%s', 'admin@example.com');
"""


def sanitizer():
    """The flags of a host for a library that was built under a sanitizer."""
    with open(BUILD + '/libidbc.so', 'rb') as f:
        library = f.read()
    for mark, flag in ((b'__asan_init', '-fsanitize=address,undefined'), (b'__tsan_init', '-fsanitize=thread')):
        if mark in library:
            return [flag]
    return []


def blocks(page='README.md'):
    with open(os.path.join(ROOT, page), encoding='utf-8') as f:
        text = f.read()
    return (dict((name.strip() or 'first', body) for name, body in re.findall(r'^```sh run(.*?)\n(.*?)^```', text, re.M | re.S)),
            (re.findall(r'^```c\n(.*?)^```', text, re.M | re.S) or [None])[0])


def shell(place, text, **env):
    env = {**os.environ, 'PATH': BUILD + ':' + os.environ['PATH'], **env}
    return subprocess.run(['sh', '-e', '-c', text], cwd=place.path, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=120)


def compiled(t, place, program):
    """The program of a page as PLACE/host."""
    source = place.file('host.c', program)
    built = subprocess.run([*os.environ.get('CC', 'cc').split(), '-Wall', '-Wextra', '-Werror', source, '-I' + ROOT + '/include', '-L' + BUILD,
                            '-lidbc', '-Wl,-rpath,' + BUILD, *sanitizer(), '-o', place.path + '/host'],
                           stderr=subprocess.PIPE)
    t.equal('compiler', built.returncode, 0) or t.check('said', False, built.stderr)
    return place.path + '/host'


def first_login(tap, text, program):
    with Workplace() as place:
        done = shell(place, text)
        with tap.test('first-login') as t:
            t.equal('exit', done.returncode, 0) or t.check('said', False, done.stderr)
            out = done.stdout.decode().splitlines()
            t.check('the last line is the profile', out and json.loads(out[-1]).get('name') == 'Ida Example', out)
        with tap.test('program') as t:
            done = subprocess.run([compiled(t, place, program)], cwd=place.path + '/shop', stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            t.equal('output', (done.returncode, done.stdout), (0, b'welcome, Ida Example\n')) or t.check('said', False, done.stderr)
        examples(tap, place)


def examples(tap, place):
    config, password = place.path + '/shop/shop.json', place.path + '/shop/password'
    with tap.test('examples') as t:
        with open(password, 'rb') as f:
            done = subprocess.run([BUILD + '/examples/login', config, 'ida'], stdin=f, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        t.equal('login', (done.returncode, done.stdout), (0, b'ida is Ida Example\n')) or t.check('said', False, done.stderr)
        done = subprocess.run([BUILD + '/examples/login', config, 'ida'], input=b'wrong\n', stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        t.equal('refused', (done.returncode, done.stderr), (1, b'login: identifier or password refused\n'))
        done = subprocess.run([BUILD + '/examples/dlopen_host', BUILD + '/libidbc.so.0', config, 'ida'], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE)
        t.check('dlopen_host', done.returncode == 0 and json.loads(done.stdout).get('username') == 'ida', done)
        with open(BUILD + '/examples/dlopen_host', 'rb') as f:
            t.check('it links nothing of ours', b'libidbc.so' not in f.read().replace(b'LIBIDBC', b''))


def wordpress(tap, text):
    if 'IDBC_TEST_MYSQL_SOCKET' not in os.environ:
        tap.skip('wordpress', 'no MariaDB')
        return
    db = MariaDB('readme_wordpress')
    made = subprocess.run([IDBC, 'password', 'hash', '--scheme', 'phpass/P'], input=b'{"password": "x"}', stdout=subprocess.PIPE)
    db.sql('DROP DATABASE IF EXISTS `%s`; CREATE DATABASE `%s`' % (db.name, db.name), database=False)
    db.sql(TABLES % json.loads(made.stdout)['hash'])
    # The server's own place and account; all else as shown.
    here = text.replace('"host": "127.0.0.1", "user": "wordpress"', '"socket": "%s", "user": "%s"' % (db.socket, db.user))
    here = here.replace('"database": "wordpress"', '"database": "%s"' % db.name)
    with Workplace() as place:
        done = shell(place, here, BLOG_DB_PASSWORD=db.password)
        with tap.test('wordpress') as t:
            t.check('all three replaced', here.count(db.socket) == 1 and here.count(db.name) == 1, here)
            t.equal('exit', done.returncode, 0) or t.check('said', False, (done.stdout, done.stderr))
            out = done.stdout.decode().splitlines()
            t.check('the last line is the profile', out and json.loads(out[-1]).get('email') == 'admin@example.com', out)


def walk(tap, page):
    """The walk of one page; its last place and what it said."""
    with tap.test(page) as t, Workplace() as place:
        parts, program = blocks('docs/%s.md' % page)
        done = shell(place, parts['first'])
        t.equal('exit', done.returncode, 0) or t.check('said', False, done.stderr)
        said = done.stdout.decode()
        if page == 'delete':
            t.check('refused, then gone', re.search('^refused, .* 3$.*"user_id":"shop.42".*^gone, .* 1$', said, re.M | re.S), said)
            t.equal('none left over', said.splitlines()[-3:], ['0', 'shop|42', 'shop|43'])
            deletes(t, place, program)
        elif page == 'migration':
            t.equal('moved', re.findall('^3 users: .*', said, re.M), [
                '3 users: before 1 waiting 2', *['3 users: moved 2 before 1'] * 2, '3 users: before 3'])
            t.check('as before', json.loads(said.splitlines()[-1])['user_id'].startswith('shop|'), said)
        else:
            t.check('one of three', '1 created, 0 updated, 0 exist, 2 refused' in done.stderr.decode(), done.stderr)
            t.check('with his hash', '$2b$10$' in json.loads(said.splitlines()[-1])['password_hash'], said)


def deletes(t, place, program):
    """The host of docs/delete.md, on the store that the walk left."""
    folder, host = place.path + '/leave', compiled(t, place, program)
    shell(place, "cd leave; export IDBC_CONFIG=$PWD/shop.json; echo chairs > 'profiles/shop|44'; "
                 "idbc create --email max@example.com --set 'user_id=shop|44' --password-file password")
    for wanted in ((0, b'shop|44 is gone\n'), (1, b'')):
        done = subprocess.run([host, 'shop|44'], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        t.equal('host', (done.returncode, done.stdout), wanted) or t.check('said', False, done.stderr)
    t.equal('profiles', os.listdir(folder + '/profiles'), [])


def main():
    tap = Tap('readme')
    parts, program = blocks()
    first_login(tap, parts['first'], program)
    wordpress(tap, parts['wordpress'])
    for page in ('delete', 'migration', 'bulk'):
        walk(tap, page)
    tap.done()


main()
