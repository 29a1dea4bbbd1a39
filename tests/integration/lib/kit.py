"""What the integration tests share: answers as "ok - name" lines, the idbc command as a
function, databases to load stores into, rows counted.  Standard library only."""
import csv
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
BUILD = os.path.abspath(os.environ.get('BUILD', os.path.join(ROOT, 'build')))
SHARED = os.path.abspath(os.environ.get('IDBC_SHARED', os.path.join(ROOT, '..', 'shared')))
IDBC = os.path.join(BUILD, 'idbc')
SLOWER = int(os.environ.get('TEST_SLOWER', '1'))   # under a sanitizer or valgrind


class Tap:
    """Collects the problems of one named test; prints its line at the end."""

    def __init__(self, suite):
        self.suite, self.failed = suite, 0

    def test(self, name):
        return _Test(self, name)

    def skip(self, name, reason):
        print('skip - %s/%s (%s)' % (self.suite, name, reason), flush=True)

    def done(self):
        sys.exit(1 if self.failed else 0)


class _Test:
    def __init__(self, tap, name):
        self.tap, self.name, self.problems, self.checks = tap, name, [], 0

    def check(self, what, good, got=''):
        self.checks += 1
        if not good:
            self.problems.append('%s: got %s' % (what, str(got)[:600]))
        return good

    def equal(self, what, got, want):
        return self.check('%s, wanted %r' % (what, want), got == want, repr(got))

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _trace):
        if kind is not None and issubclass(kind, Exception):
            self.problems.append('%s: %s' % (kind.__name__, error))
        if not self.checks:
            self.problems.append('nothing was checked')
        for problem in self.problems[:20]:
            print('  %s/%s: %s' % (self.tap.suite, self.name, problem), file=sys.stderr)
        good = not self.problems
        self.tap.failed += not good
        print('%s - %s/%s' % ('ok' if good else 'not ok', self.tap.suite, self.name), flush=True)
        return kind is None or issubclass(kind, Exception)


class Answer:
    def __init__(self, process):
        self.code = process.returncode
        self.out = process.stdout.decode(errors='replace')
        self.err = process.stderr.decode(errors='replace')

    @property
    def json(self):
        try:
            return json.loads(self.out)
        except ValueError:
            return {'status': 'NOT-JSON', 'raw': self.out[:300], 'stderr': self.err[:300]}

    @property
    def status(self):
        return self.json.get('status')

    def __repr__(self):
        return 'exit %d, %s %s' % (self.code, self.out.strip()[:300], self.err.strip()[:300])


def heard(text, *passwords):
    """What a program said goes where tests/run looks for secrets in the end; so do the passwords given."""
    for name, lines in (('IDBC_LOGS', text.splitlines()), ('IDBC_PASSWORDS', [x.hex() for x in passwords if x])):
        if lines and os.environ.get(name):
            with open(os.environ[name], 'a', encoding='utf-8', errors='replace') as f:
                f.write(''.join(line + '\n' for line in lines))


def idbc(config, *args, password=None, stdin=None, timeout=60):
    """Runs the command; a password goes through a descriptor, never argv."""
    command, fds = [IDBC, '-c', config, *args], ()
    if password is not None:
        if isinstance(password, str):
            password = password.encode()
        reader, writer = os.pipe()
        os.write(writer, password + b'\n')
        os.close(writer)
        fds = (reader,)
        command += ['--password-fd', str(reader)]
    if isinstance(stdin, str):
        stdin = stdin.encode()
    try:
        answer = Answer(subprocess.run(command, input=b'' if stdin is None else stdin, stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, pass_fds=fds, timeout=timeout * SLOWER))
        heard(answer.err, password)
        return answer
    finally:
        for fd in fds:
            os.close(fd)


def users_tsv(path):
    with open(path, encoding='utf-8', newline='') as f:
        for row in csv.DictReader(f, delimiter='\t', quoting=csv.QUOTE_NONE):
            yield {k: (None if v == '\\N' else v) for k, v in row.items()}


class MariaDB:
    """One database on the server that scripts/with-mariadb started."""
    engine = 'mariadb'

    def __init__(self, name):
        self.name = name.replace('-', '_')
        self.socket = os.environ['IDBC_TEST_MYSQL_SOCKET']
        self.port = os.environ['IDBC_TEST_MYSQL_PORT']
        self.user = os.environ['IDBC_TEST_MYSQL_USER']
        self.password = os.environ['IDBC_TEST_MYSQL_PASSWORD']

    def client(self, database=True):
        """A command that reads statements, and its environment."""
        return ['mariadb', '--no-defaults', '--skip-ssl', '--default-character-set=utf8mb4', '--batch', '--raw',
                '--unbuffered', '--skip-column-names', '-S', self.socket, '-uroot', *[self.name] * database], None

    def sql(self, text, database=True):
        done = subprocess.run(self.client(database)[0], input=text.encode() if isinstance(text, str) else text,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode:
            raise RuntimeError('mariadb: ' + done.stderr.decode(errors='replace')[:400])
        return [line.split('\t') for line in done.stdout.decode().splitlines()]

    def load(self, dump):
        self.sql('DROP DATABASE IF EXISTS `%s`; CREATE DATABASE `%s` CHARACTER SET utf8mb4'
                 % (self.name, self.name), database=False)
        with open(dump, 'rb') as f:
            self.sql(f.read())

    def tables(self):
        return [row[0] for row in self.sql("SELECT table_name FROM information_schema.tables WHERE "
                                           "table_schema = DATABASE() AND table_type = 'BASE TABLE'")]

    def end_sessions(self):
        """Those of this database: the others are of a test that runs beside this one."""
        for row in self.sql("SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND user = '%s'" % self.user):
            try:
                self.sql('KILL CONNECTION %s' % row[0])
            except RuntimeError as error:
                if 'Unknown thread id' not in str(error):       # it ended by itself meanwhile
                    raise

    def quote(self, table):
        return '`%s`' % table

    def options(self, driver):
        if driver == 'mysql':
            return {'socket': self.socket, 'user': self.user, 'password': self.password,
                    'database': self.name}
        return {'attributes': {'Driver': 'MariaDB Unicode', 'SOCKET': self.socket,
                               'DATABASE': self.name},
                'user': self.user, 'password': self.password}


class Postgres:
    """One database on the server that scripts/with-postgres started; its tables are in one schema."""
    engine, schema = 'postgresql', 'public'

    def __init__(self, name):
        self.name = name.replace('-', '_')
        self.socket = os.environ['IDBC_TEST_PG_SOCKET']
        self.port = os.environ['IDBC_TEST_PG_PORT']
        self.user = os.environ['IDBC_TEST_PG_USER']
        self.password = os.environ['IDBC_TEST_PG_PASSWORD']
        self.psql = os.path.join(os.environ['IDBC_TEST_PG_BIN'], 'psql')

    def client(self, database=True):
        """A command that reads statements, and its environment."""
        return [self.psql, '-X', '-q', '-A', '-t', '-F', '\t', '-P', 'null=NULL', '-v', 'ON_ERROR_STOP=1', '-h', self.socket,
                '-p', self.port, '-U', 'postgres', '-d', self.name if database else 'postgres'], {
                    **os.environ, 'PGOPTIONS': '-c search_path=%s,public' % self.schema}

    def sql(self, text, database=True):
        """As the server's own postgres; a boolean is t or f, NULL is NULL."""
        command, env = self.client(database)
        done = subprocess.run(command, input=text.encode() if isinstance(text, str) else text, env=env,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode:
            raise RuntimeError('psql: ' + done.stderr.decode(errors='replace')[:400])
        return [line.split('\t') for line in done.stdout.decode().splitlines()]

    def end_sessions(self):
        self.sql("SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity "
                 "WHERE datname = current_database() AND usename = '%s'" % self.user)

    def create(self, more=''):
        self.sql('DROP DATABASE IF EXISTS "%s" WITH (FORCE);\nCREATE DATABASE "%s" %s;\n\\connect "%s"\n'
                 'CREATE SCHEMA IF NOT EXISTS %s' % (self.name, self.name, more, self.name, self.schema), database=False)

    def load(self, dump):
        self.create()
        with open(dump, 'rb') as f:
            self.sql(f.read())

    def tables(self):
        return [row[0] for row in self.sql("SELECT tablename FROM pg_tables WHERE schemaname = '%s'" % self.schema)]

    def quote(self, table):
        return '"%s"' % table

    def options(self, driver):
        return {'attributes': {'Driver': 'PostgreSQL Unicode', 'Servername': self.socket, 'Port': self.port,
                               'Database': self.name},
                'user': self.user, 'password': self.password}


def database(driver, name, folder):
    """The database of that name that `driver` speaks to: mysql, odbc-mariadb, odbc-postgresql, odbc-sqlite."""
    if driver == 'odbc-sqlite':
        return SQLite(name, folder)
    return Postgres(name) if driver == 'odbc-postgresql' else MariaDB(name)


class SQLite:
    engine = 'sqlite'

    def __init__(self, name, folder):
        self.path = os.path.join(folder, name + '.db')

    def sql(self, text):
        done = subprocess.run(['sqlite3', '-separator', '\t', self.path],
                              input=text.encode() if isinstance(text, str) else text,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode:
            raise RuntimeError('sqlite3: ' + done.stderr.decode(errors='replace')[:400])
        return [line.split('\t') for line in done.stdout.decode().splitlines()]

    def load(self, dump):
        for suffix in ('', '-wal', '-shm'):
            if os.path.exists(self.path + suffix):
                os.unlink(self.path + suffix)
        with open(dump, 'rb') as f:
            self.sql(f.read())

    def tables(self):
        return [row[0] for row in self.sql("SELECT name FROM sqlite_master WHERE type = 'table' AND "
                                           "name NOT LIKE 'sqlite_%'")]

    def quote(self, table):
        return '"%s"' % table

    def options(self, driver):
        return {'attributes': {'Driver': 'SQLite3', 'Database': self.path}}


def intents_sql(engine):
    """The statements that make the table of intents."""
    part = {'mariadb': 'mysql'}.get(engine, engine)
    with open(os.path.join(ROOT, 'examples', 'schema', 'intents.sql'), encoding='utf-8') as f:
        text = f.read()
    return re.search(r'^-- \[%s\].*\n((?:(?!-- \[).*\n?)*)' % part, text, re.M).group(1)


def row_counts(db):
    tables = sorted(db.tables())
    rows = db.sql(' UNION ALL '.join("SELECT '%s', COUNT(*) FROM %s" % (t, db.quote(t)) for t in tables))
    return {name: int(n) for name, n in rows}


def difference(before, after):
    return {t: after.get(t, 0) - before.get(t, 0) for t in set(before) | set(after)
            if after.get(t, 0) != before.get(t, 0)}


class Workplace:
    """A folder of its own, gone afterwards; writes configurations with the right mode."""

    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix='idbc-test-')
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)

    def file(self, name, text):
        path = os.path.join(self.path, name)
        with open(path, 'w', encoding='utf-8') as f:
            f.write(text)
        os.chmod(path, 0o600)
        return path

    def config(self, name, driver, options, users=None, **more):
        document = {'idbc': 1, 'connection': name.replace('-', ''), 'driver': driver,
                    'options': options, **more}
        if users is not None:
            document['users'] = users
        return self.file(name + '.json', json.dumps(document))
