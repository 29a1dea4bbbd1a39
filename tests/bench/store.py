"""A table of users in each store, and the rows of build/tests/bench/store about it.

One thread: the server and the client on one processor, where a round trip costs the same each
time.  Four threads: wherever the system puts them."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'integration', 'lib'))
from kit import BUILD, Workplace, database, idbc  # noqa: E402

USERS = 2000 if os.environ.get('BENCH') == 'short' else 100000
STORES = {'mysql': 'mysql', 'odbc-sqlite': 'odbc', 'odbc-postgresql': 'odbc'}
HASH = '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$hZ2mc9VkUqA7xtEcAGT0dJRaPcGRzXDDNxTkKDzV2GI'
NUMBERS = {
    'mariadb': 'SELECT seq AS n FROM seq_1_to_%d',
    'postgresql': 'SELECT n FROM generate_series(1, %d) AS n',
    'sqlite': 'WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < %d) SELECT n FROM c',
}
TRUE = {'mariadb': '1', 'postgresql': 'true', 'sqlite': '1'}
JOIN = {'mariadb': 'CONCAT(%s, n, %s)', 'postgresql': '%s || n || %s', 'sqlite': '%s || n || %s'}


def fill(db):
    """Users as they are: a name, an address that is verified, a password, times, a little metadata."""
    def text(before, after=''):
        return JOIN[db.engine] % ("'%s'" % before, "'%s'" % after)
    values = [text('01890a5d-ac96-774b-bcce-'), text('user', '@example.com'), TRUE[db.engine], text('user'), text('Ada Lovelace '),
              "'Ada'", "'Lovelace'", text('ada'), "'%s'" % HASH, "'2026-01-02 03:04:05.678'", "'2026-01-02 03:04:05.678'", '7',
              "'{\"plan\":\"free\"}'"]
    if db.engine == 'postgresql':
        values[9] = values[10] = "timestamptz '2026-01-02 03:04:05.678'"
        values[12] = 'CAST(%s AS json)' % values[12]
    db.sql('INSERT INTO idbc_users (id, email, email_verified, username, name, given_name, family_name, nickname, password_hash,'
           ' created_at, updated_at, logins_count, user_metadata) SELECT %s FROM (%s) AS numbers' %
           (', '.join(values), NUMBERS[db.engine] % USERS))
    db.sql({'mariadb': 'ANALYZE TABLE idbc_users', 'postgresql': 'VACUUM ANALYZE idbc_users', 'sqlite': 'ANALYZE'}[db.engine])


def fresh(place, store):
    db = database(store, 'bench', place.path)
    if db.engine == 'postgresql':
        db.create()
    elif db.engine == 'mariadb':
        db.sql('DROP DATABASE IF EXISTS `%s`; CREATE DATABASE `%s`' % (db.name, db.name), database=False)
    config = place.config(store, STORES[store], db.options(STORES[store]))
    made = idbc(config, 'check', '--create')
    if made.code not in (0, 2):
        sys.exit('bench: %r' % made)
    fill(db)
    return db, config


def target(options):
    if 'socket' in options:
        return [options[key] for key in ('socket', 'user', 'password', 'database')]
    given = {**options['attributes'], **{k: v for k, v in (('UID', options.get('user')), ('PWD', options.get('password'))) if v}}
    return [';'.join('%s={%s}' % (k, v.replace('}', '}}')) if k == 'PWD' else '%s=%s' % (k, v) for k, v in given.items())]


def server_of(db):
    """The processes to be pinned with the client."""
    file = {'mariadb': os.environ.get('IDBC_TEST_MYSQL_DIR', '') + '/pid',
            'postgresql': os.environ.get('IDBC_TEST_PG_DIR', '') + '/data/postmaster.pid'}.get(db.engine)
    return [open(file).readline().strip()] if file else []


def pin(pids, cpus):
    for pid in pids:
        subprocess.run(['taskset', '-a', '-cp', cpus, pid], stdout=subprocess.DEVNULL, check=True)


def main():
    everywhere = ','.join(map(str, sorted(os.sched_getaffinity(0))))
    first = everywhere.split(',')[0]
    with Workplace() as place:
        for store in STORES:
            db, config = fresh(place, store)
            command = [os.path.join(BUILD, 'tests', 'bench', 'store'), store, config]
            options = target(json.load(open(config))['options'])
            for threads, cpus in (('1', first), ('4', everywhere)):
                pin(server_of(db), cpus)
                subprocess.run(['taskset', '-c', cpus, *command, threads, *options], check=True)


main()
