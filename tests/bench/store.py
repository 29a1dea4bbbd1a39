"""Tables of users in each store, and the rows of build/tests/bench/store about them.

One thread: the server and the client on one processor, where a round trip costs the same each
time.  Four threads: wherever the system puts them."""
import ctypes
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, 'tests', 'integration', 'lib'))
from kit import BUILD, Workplace, database, idbc, intents_sql  # noqa: E402

QUICK = os.environ.get('BENCH') == 'short' or os.environ.get('BENCH_QUICK', '0') not in ('', '0')
ONLY = os.environ.get('BENCH_ONLY', '').split()    # the beginnings of rows' names; none: all
WRAP = os.environ.get('BENCH_WRAP', '').split()    # a program to run the row's under
USERS = 2000 if QUICK else 100000
GROWN, SMALL = (20000 if QUICK else 1000000), 1000
STORES = {'mysql': 'mysql', 'odbc-sqlite': 'odbc', 'odbc-postgresql': 'odbc'}
PASSWORD = 'correct horse 7 battery'
SCHEMES = {'plain': 'raw/plaintext', 'bcrypt4': 'bcrypt', 'argon2': 'argon2'}
SOMEBODYS = '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$hZ2mc9VkUqA7xtEcAGT0dJRaPcGRzXDDNxTkKDzV2GI'
NUMBERS = {
    'mariadb': 'SELECT seq AS n FROM seq_1_to_%d',
    'postgresql': 'SELECT n FROM generate_series(1, %d) AS n',
    'sqlite': 'WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < %d) SELECT n FROM c',
}
TRUE = {'mariadb': '1', 'postgresql': 'true', 'sqlite': '1'}
JOIN = {'mariadb': 'CONCAT(%s, %s, %s)', 'postgresql': '%s || %s || %s', 'sqlite': '%s || %s || %s'}
PADDED = {'mariadb': "LPAD(n, 12, '0')", 'postgresql': "LPAD(n::text, 12, '0')", 'sqlite': "printf('%012d', n)"}


def wanted(row):
    if 'BENCH_LOOP' in os.environ:      # tests/bench/profile: that row and no other
        return row in ONLY
    return not ONLY or any(row.startswith(name) for name in ONLY)


def fill(db, users, table='idbc_users', stored=SOMEBODYS):
    """Users as they are: a name, an address that is verified, a password, times, a little metadata."""
    def text(before, after='', n='n'):
        return JOIN[db.engine] % ("'%s'" % before, n, "'%s'" % after)
    values = [text('01890a5d-ac96-774b-bcce-', n=PADDED[db.engine]), text('user', '@example.com'), TRUE[db.engine], text('user'),
              text('Ada Lovelace '), "'Ada'", "'Lovelace'", text('ada'), "'%s'" % stored, "'2026-01-02 03:04:05.678'",
              "'2026-01-02 03:04:05.678'", '7', "'{\"plan\":\"free\"}'"]
    if db.engine == 'postgresql':
        values[9] = values[10] = "timestamptz '2026-01-02 03:04:05.678'"
        values[12] = 'CAST(%s AS json)' % values[12]
    db.sql('INSERT INTO %s (id, email, email_verified, username, name, given_name, family_name, nickname, password_hash,'
           ' created_at, updated_at, logins_count, user_metadata) SELECT %s FROM (%s) AS numbers' %
           (table, ', '.join(values), NUMBERS[db.engine] % users))
    db.sql({'mariadb': 'ANALYZE TABLE ' + table, 'postgresql': 'VACUUM ANALYZE ' + table, 'sqlite': 'ANALYZE'}[db.engine])


def another(db, table, users, stored=SOMEBODYS):
    """The same table once more, for other users."""
    db.sql('DROP TABLE IF EXISTS %s; CREATE TABLE %s LIKE idbc_users' % (table, table))
    fill(db, users, table, stored)
    return table


def mapping(table, scheme=None):
    """Our own schema's, of another table; people log in by address, and nothing is written after."""
    with open(os.path.join(ROOT, 'examples', 'schema', 'users.json'), encoding='utf-8') as f:
        users = json.load(f)
    users['user']['table'] = table
    users['login'] = {'by': ['email']}
    if scheme:
        users['password'].update(accept=[scheme], upgrade=False)
    return users


def stored_form(scheme):
    """PASSWORD as the row holds it: of argon2 the preferred form, of bcrypt the cheapest there is."""
    if scheme == 'bcrypt4':
        crypt = ctypes.CDLL('libcrypt.so.1').crypt
        crypt.restype = ctypes.c_char_p
        return crypt(PASSWORD.encode(), b'$2b$04$GpxZDo4cNZtHlsXe5qqB9O').decode()
    if scheme != 'argon2':
        return PASSWORD
    done = subprocess.run([os.path.join(BUILD, 'idbc'), 'password', 'hash', '--scheme', 'argon2/argon2id-v19'], check=True,
                          stdout=subprocess.PIPE, input=json.dumps({'password': PASSWORD}).encode())
    return json.loads(done.stdout)['hash']


def server_of(db):
    """The processes to be pinned with the client."""
    file = {'mariadb': os.environ.get('IDBC_TEST_MYSQL_DIR', '') + '/pid',
            'postgresql': os.environ.get('IDBC_TEST_PG_DIR', '') + '/data/postmaster.pid'}.get(db.engine)
    return [open(file).readline().strip()] if file else []


def target(options):
    """Where the loop by hand connects to."""
    if 'socket' in options:
        return {'socket': options['socket'], 'user': options['user'], 'db_password': options['password'],
                'database': options['database'], 'where': 'email = ?'}
    given = {**options['attributes'], **{k: v for k, v in (('UID', options.get('user')), ('PWD', options.get('password'))) if v}}
    return {'odbc': ';'.join('%s={%s}' % (k, v.replace('}', '}}')) if k == 'PWD' else '%s=%s' % (k, v) for k, v in given.items()),
            'where': 'lower(email) = ?'}


class Bench:
    def __init__(self, place):
        self.place = place
        self.everywhere = ','.join(map(str, sorted(os.sched_getaffinity(0))))

    def store(self, store):
        """A fresh database with our own schema in it."""
        db = database(store, 'bench', self.place.path)
        if db.engine == 'postgresql':
            db.create()
        elif db.engine == 'mariadb':
            db.sql('DROP DATABASE IF EXISTS `%s`; CREATE DATABASE `%s`; SET GLOBAL innodb_buffer_pool_size = 1 << 30'
                   % (db.name, db.name), database=False)
        else:
            db.load(os.devnull)
        made = idbc(self.config(db, store), 'check', '--create')
        if made.code not in (0, 2):
            sys.exit('bench: %r' % made)
        return db

    def config(self, db, store, name=None, users=None, **more):
        return self.place.config(name or store, STORES[store], db.options(STORES[store]), users, **more)

    def row(self, db, name, config, threads=1, **words):
        if not wanted(name) or (threads > 1 and 'BENCH_LOOP' in os.environ):
            return
        cpus = self.everywhere if threads > 1 or 'import' in words else self.everywhere.split(',')[0]
        for pid in server_of(db):
            subprocess.run(['taskset', '-a', '-cp', cpus, pid], stdout=subprocess.DEVNULL, check=True)
        words = {'row': name if threads == 1 else '%s@%d' % (name, threads), 'config': config, 'threads': threads,
                 'baseline': 'a statement, by hand', 'users': USERS, **words}
        subprocess.run(['taskset', '-c', cpus, *WRAP, os.path.join(BUILD, 'tests', 'bench', 'store'),
                        *('%s=%s' % word for word in words.items())], check=True)

    def get_user(self, store):
        db = self.store(store)
        fill(db, USERS)
        config = self.config(db, store)
        by_hand = target(json.load(open(config))['options'])
        for threads in 1, 4:
            self.row(db, 'get_user/' + store, config, threads, table='idbc_users', **by_hand)
        if store == 'mysql':
            self.row(db, 'submit/get_user', config, submit='yes', baseline='get_user, one after the other')

    def imports(self, store):
        """Wherever the system puts them: an import prepares on threads of its own."""
        if not wanted('import/' + store) or 'BENCH_LOOP' in os.environ:
            return
        db = self.store(store)
        config = self.config(db, store)
        words = {**target(json.load(open(config))['options']), 'import': 'yes', 'table': 'idbc_users'}
        self.row(db, 'import/' + store, config, baseline='INSERTs, 64 to a transaction, by hand', **words)

    def logins(self):
        db = self.store('mysql')
        for scheme, accept in SCHEMES.items():
            name = 'login/mysql/' + scheme
            if not wanted(name):
                continue
            table = another(db, 'bench_' + scheme, USERS, stored_form(scheme))
            config = self.config(db, 'mysql', scheme, mapping(table, accept))
            by_hand = target(db.options('mysql'))
            for threads in 1, 4:
                self.row(db, name, config, threads, table=table, verify=scheme, password=PASSWORD,
                         baseline='a statement and the bare verify, by hand', **by_hand)

    def intents(self, store):
        """The same calls where deletes keep intents, with 10,000 tombstones in their table."""
        rows = [kind + '/' + store + '/intents' for kind in (('get_user', 'login') if store == 'mysql' else ('get_user',))]
        if not any(wanted(row) for row in rows):
            return
        db = self.store(store)
        fill(db, USERS)
        columns = 'scope, native_id, state, connection, token, lease_end, profile_store, written_at'
        buried = "'idbc_users', %s, 2, 'bench', '', 0, 0, 0" % (JOIN[db.engine] % ("'gone-'", 'n', "''"))
        db.sql('DROP TABLE IF EXISTS idbc_intents;\n' + intents_sql(db.engine))
        if db.engine == 'postgresql':
            db.sql('GRANT ALL ON idbc_intents TO "%s"' % db.user)
        db.sql('INSERT INTO idbc_intents (%s) SELECT %s FROM (%s) AS numbers' % (columns, buried, NUMBERS[db.engine] % 10000))
        db.sql({'mariadb': 'ANALYZE TABLE idbc_intents', 'postgresql': 'VACUUM ANALYZE idbc_intents', 'sqlite': 'ANALYZE'}[db.engine])
        with_table = {'delete': {'intents': 'idbc_intents'}}
        self.row(db, rows[0], self.config(db, store, 'intents', **with_table), against=self.config(db, store, 'without'),
                 users_against=USERS, baseline='get_user without a table of intents')
        for row in rows[1:]:
            table = another(db, 'bench_hidden', USERS, stored_form('bcrypt4'))
            users = mapping(table, SCHEMES['bcrypt4'])
            self.row(db, row, self.config(db, store, 'intents', users, **with_table), verify='bcrypt4', password=PASSWORD, users_against=USERS,
                     against=self.config(db, store, 'without', users), baseline='login without a table of intents')

    def growth(self):
        if not wanted('table-growth/1m'):
            return
        db = self.store('mysql')
        configs = {}
        for table, users in ('bench_small', SMALL), ('bench_grown', GROWN):
            another(db, table, users)
            configs[table] = self.config(db, 'mysql', table, mapping(table))
        self.row(db, 'table-growth/1m', configs['bench_grown'], against=configs['bench_small'], users=GROWN,
                 users_against=SMALL, baseline='get_user where there are 1,000 rows')


def main():
    with Workplace() as place:
        bench = Bench(place)
        for store in STORES:
            if wanted('get_user/' + store) or (store == 'mysql' and wanted('submit/get_user')):
                bench.get_user(store)
        bench.logins()
        for store in 'mysql', 'odbc-sqlite':
            bench.imports(store)
        for store in STORES:
            bench.intents(store)
        bench.growth()


main()
