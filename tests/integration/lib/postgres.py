"""What PostgreSQL alone does to its clients: backends ended while they work, a server stopped
and started, transactions that give way, locks, rights, keys of a type.  The server is this
test's own (scripts/with-postgres), for it is stopped and killed.

usage: postgres.py"""
import getpass
import os
import re
import shlex
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from failures import SECRET, USERS, create, held, load, person, statuses  # noqa: E402
from host import Host  # noqa: E402
from kit import BUILD, IDBC, Postgres, Tap, Workplace, idbc  # noqa: E402

FOLDER = os.environ['IDBC_TEST_PG_DIR']
LOG = os.path.join(FOLDER, 'log')
LOGIN = {'op': 'login', 'value': 'ada', 'password': SECRET}
GET = {'op': 'get_user', 'value': 'ada'}
CHANGE = {'op': 'change_password', 'by': 'username', 'value': 'ada', 'password': 'turned'}


def pair(answer):
    return answer['status'], answer['effect']


class Other:
    """Somebody else's session, kept open."""

    def __init__(self, db):
        self.process = subprocess.Popen([db.psql, '-X', '-q', '-A', '-t', '-h', db.socket, '-p', db.port, '-U', 'postgres',
                                         '-d', db.name], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True)

    def start(self, sql):
        self.process.stdin.write(sql + ';\n\\echo done\n')
        self.process.stdin.flush()

    def finish(self):
        said = []
        for line in self.process.stdout:
            if line.strip() == 'done':
                return said
            said.append(line.strip())
        raise RuntimeError('the other session ended: %s' % said)

    def __call__(self, sql):
        self.start(sql)
        return self.finish()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=30)
        self.process.stdout.close()


def waits(db):
    """Until a session of ours waits for a lock."""
    for _ in range(300):
        rows = db.sql("SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = '%s'" % db.user)
        if rows:
            return rows[0][0]
        time.sleep(0.01)
    raise RuntimeError('nobody waits')


# --- what psqlodbc writes down ----------------------------------------------------------------

def logged(config, *args, password, **env):
    """What the driver's own logs of one command hold: its status, and a line for each kind of line."""
    process = subprocess.Popen([IDBC, '-c', config, *args, '--password-file', password], stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, env={**os.environ, **env})
    said = process.communicate(timeout=60)[1]
    lines = set()
    for kind in ('psqlodbc', 'mylog'):
        name = '/tmp/%s_idbc_%s%d.log' % (kind, getpass.getuser(), process.pid)
        if os.path.exists(name):
            with open(name, errors='replace') as f:
                lines.update(re.sub('0x[0-9a-f]+', 'ADDRESS', line) for line in f)
            os.unlink(name)
    return process.returncode, said, lines


def logs(tap, place, db):
    """A data source that asks for all of it is overruled; PQfinish is told while no connection is open."""
    ini = place.file('odbc.ini', '[loud]\nDriver=PostgreSQL Unicode\nServername=%s\nPort=%s\nDatabase=%s\n'
                     'CommLog=2\nDebug=1\n' % (db.socket, db.port, db.name))
    password = place.file('password', SECRET)
    source = place.config('source', 'odbc', {'dsn': 'loud', 'user': db.user, 'password': db.password}, USERS)
    asked = db.options('odbc')
    asked['attributes']['CommLog'] = '1'
    with tap.test('driver-log/none') as t:
        for config in (place.config('quiet', 'odbc', db.options('odbc'), USERS), source):
            for operation in ('login', 'change-password'):
                status, said, lines = logged(config, operation, 'ada', password=password, ODBCINI=ini)
                t.equal(operation, (status, lines - {'PQfinish: ADDRESS\n'}), (0, set())) or t.check('said', False, said)
    with tap.test('driver-log/asked-for') as t:
        status, said, lines = logged(place.config('loud', 'odbc', asked, USERS), 'login', 'ada', password=password)
        t.check('it is looked for where it is', status == 0 and any('connect' in line for line in lines), (said, lines))


# --- sessions that end ---------------------------------------------------------------------

def ended_at_work(tap, config, db):
    """Nothing was written: the call is made again, once."""
    with tap.test('ended-while-it-waits') as t, Host(BUILD, config) as host, Other(db) as other:
        for ends, wanted in ((1, ('OK', 'APPLIED')), (2, ('UNAVAILABLE', 'NONE'))):
            host(op='change_password', by='username', value='ada', password=SECRET)
            other("BEGIN; UPDATE people SET nick = 'held' WHERE login = 'ada'")
            host.send(**CHANGE)
            for _ in range(ends):
                db.sql('SELECT pg_terminate_backend(%s, 1000)' % waits(db))
            if ends == 1:
                waits(db)
            other('ROLLBACK')
            t.equal('ended %d times' % ends, pair(host.read()), wanted)
            t.check('served again', served_again(host))
            t.equal('old password', host(**LOGIN)['status'], 'DENIED' if ends == 1 else 'OK')


def postmaster():
    with open(os.path.join(FOLDER, 'data', 'postmaster.pid'), encoding='ascii') as f:
        return int(f.readline())


def stop():
    pid = postmaster()
    os.kill(pid, signal.SIGINT)
    for _ in range(400):
        if not os.path.exists(os.path.join(FOLDER, 'data', 'postmaster.pid')):
            return
        time.sleep(0.02)
    raise RuntimeError('the server does not stop')


def start(db):
    """As it was started, by the owner of its data."""
    data = os.path.join(FOLDER, 'data')
    with open(os.path.join(data, 'postmaster.opts'), encoding='utf-8') as f:
        command = shlex.split(f.read())
    owner = os.stat(data)
    become = {'user': owner.st_uid, 'group': owner.st_gid, 'extra_groups': []} if os.geteuid() == 0 else {}
    with open(LOG, 'ab') as log:
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **become)
    answers_again(db)


def answers_again(db):
    for _ in range(400):
        try:
            db.sql('SELECT 1')
            return
        except RuntimeError:
            time.sleep(0.02)
    raise RuntimeError('the server does not answer')


def operations():
    return [LOGIN, GET, create('new', 'new@example.com'), CHANGE, {'op': 'delete_user', 'by': 'user_id', 'value': 'data|1'},
            {'op': 'verify', 'by': 'email', 'value': 'ada@example.com'},
            {'op': 'change_email', 'by': 'username', 'value': 'ada', 'email': 'new@example.com'}]


def served_again(host):
    """Once the pause after the last failure is over."""
    for _ in range(60):
        if host(**GET)['status'] == 'OK':
            return True
        time.sleep(0.1)
    return False


def stopped(tap, config, db):
    with tap.test('server-stopped-and-started') as t, Host(BUILD, config) as host:
        t.equal('before', host(**LOGIN)['status'], 'OK')
        stop()
        for asked in operations():
            t.equal(asked['op'], pair(host(**asked)), ('UNAVAILABLE', 'NONE'))
        answer = idbc(config, '--json', 'get-user', 'ada')
        t.equal('the command', (answer.status, answer.code), ('UNAVAILABLE', 3))
        start(db)
        t.check('served again', served_again(host))
        t.equal('login', host(**LOGIN)['status'], 'OK')
        t.equal('users', db.sql('SELECT login, mail FROM people'), [['ada', 'ada@example.com']])


def crashed(tap, config, db):
    """One backend dies: the server ends all sessions, and recovers."""
    with tap.test('server-crashed') as t, Host(BUILD, config) as host:
        host(**GET)
        pid = int(db.sql("SELECT pid FROM pg_stat_activity WHERE usename = '%s'" % db.user)[0][0])
        os.kill(pid, signal.SIGKILL)
        for asked in (GET, LOGIN, CHANGE):
            answer = host(**asked)
            t.check(asked['op'], pair(answer) in (('OK', 'NONE'), ('OK', 'APPLIED'), ('UNAVAILABLE', 'NONE')), answer)
        answers_again(db)
        t.check('served again', served_again(host))
        now = 'turned' if pair(answer) == ('OK', 'APPLIED') else SECRET
        t.equal('the password is what was said', host(op='login', value='ada', password=now)['status'], 'OK')
        host(op='change_password', by='username', value='ada', password=SECRET)


# --- transactions that give way ----------------------------------------------------------------

DELETES = {**USERS, 'delete': {'steps': [{'update': 'post', 'set': {'poster': '$null'}, 'where': {'poster': '@id'}}]}}


def deadlock(tap, place, db):
    """The one who waited first is the victim: the operation, which is made again."""
    db.sql('CREATE TABLE post (id INT PRIMARY KEY, poster INT REFERENCES people (id))')
    config = place.config('data', 'odbc', db.options('odbc'), DELETES)
    with tap.test('deadlock') as t, Host(BUILD, config) as host, Other(db) as other:
        person(db, 'dan')
        uid = host(op='get_user', value='dan')['profile']['user_id']
        db.sql('INSERT INTO post VALUES (1, %s)' % uid.split('|')[1])
        other('BEGIN; UPDATE post SET id = 2 WHERE id = 1')
        host.send(op='delete_user', by='user_id', value=uid)
        waits(db)
        other.start("UPDATE people SET nick = 'n' WHERE login = 'dan'")
        other.finish()
        other('COMMIT')
        t.equal('delete', pair(host.read()), ('OK', 'APPLIED'))
        t.equal('nobody', held(db, 'login', 'dan'), 0)
        with open(LOG, encoding='utf-8', errors='replace') as log:
            t.check('there was a deadlock', 'deadlock detected' in log.read())
        t.equal('the post stays', db.sql('SELECT id, poster FROM post'), [['2', 'NULL']])
    db.sql('DROP TABLE post')


def conflict(tap, place, db):
    """A trigger that gives way as a store on several nodes does: so many times, then it lets pass."""
    config = place.config('data', 'odbc', db.options('odbc'), USERS)
    for state in ('40001', '40P01'):
        for times, wanted in ((3, ('OK', 'APPLIED')), (99, ('BUSY', 'NONE'))):
            db.sql("CREATE SEQUENCE tries; CREATE FUNCTION give_way() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                   "IF nextval('tries') <= %d THEN RAISE EXCEPTION 'gave way' USING ERRCODE = '%s'; END IF; RETURN NEW; END $$; "
                   "CREATE TRIGGER give_way BEFORE INSERT OR UPDATE ON people FOR EACH ROW EXECUTE FUNCTION give_way()" % (times, state))
            with tap.test('conflict/%s-%d-times' % (state, times)) as t, Host(BUILD, config) as host:
                change = {'op': 'change_email', 'by': 'username', 'value': 'ada', 'email': 'moved@example.com'}
                t.equal('change_email', pair(host(**change)), wanted)
                t.equal('tries', db.sql('SELECT last_value FROM tries'), [['4' if wanted[0] == 'OK' else '20']])
                t.equal('rows', held(db, 'mail', 'moved@example.com'), 1 if wanted[0] == 'OK' else 0)
            db.sql("DROP TRIGGER give_way ON people; DROP FUNCTION give_way; DROP SEQUENCE tries; UPDATE people SET mail = 'ada@example.com'")


def locked(tap, place, db):
    config = place.config('data', 'odbc', db.options('odbc'), USERS, timeout_ms=1000)
    with tap.test('locked-until-the-deadline') as t, Host(BUILD, config) as host, Other(db) as other:
        host(**GET)
        other("BEGIN; UPDATE people SET nick = 'held' WHERE login = 'ada'")
        for asked in (CHANGE, {'op': 'delete_user', 'by': 'user_id', 'value': 'data|1'}):
            answer = host(**asked)
            t.equal(asked['op'], pair(answer), ('TIMEOUT', 'NONE'))
            t.check('in time', 0.8 < answer['seconds'] < 1.6, answer)
        t.equal('login reads on', host(**LOGIN)['status'], 'OK')
        other('ROLLBACK')
        t.equal('nothing was written', (host(**LOGIN)['status'], held(db, 'login', 'ada')), ('OK', 1))


# --- what one may ---------------------------------------------------------------------------------

def read_only(tap, place, db):
    options = {**db.options('odbc'), 'init': ['SET default_transaction_read_only = on']}
    config = place.config('data', 'odbc', options, USERS)
    with tap.test('read-only') as t, Host(BUILD, config) as host:
        t.equal('login', host(**LOGIN)['status'], 'OK')
        for asked in operations()[2:]:
            answer = host(**asked)
            t.equal(asked['op'], (*pair(answer), answer['code']), ('CONFLICT', 'NONE', 'read_only'))


def rights(tap, place, db):
    db.sql("DROP ROLE IF EXISTS idbc_reader; CREATE ROLE idbc_reader LOGIN PASSWORD 'read'; GRANT SELECT ON people TO idbc_reader")
    config = place.config('data', 'odbc', {**db.options('odbc'), 'user': 'idbc_reader', 'password': 'read'}, USERS)
    with tap.test('rights') as t, Host(BUILD, config) as host:
        t.equal('login', host(**LOGIN)['status'], 'OK')
        for asked in operations()[2:]:
            answer = host(**asked)
            t.equal(asked['op'], (*pair(answer), answer['code']), ('CONFIG', 'NONE', 'missing_privilege'))
        t.equal('users', db.sql('SELECT login, mail FROM people'), [['ada', 'ada@example.com']])


# --- keys -----------------------------------------------------------------------------------------

KEYS = {
    'smallint': ('abc', '1x', ' 1', '+1', '1.0', '1e1', '40000', '99999999999999999999', '-99999'),
    'integer': ('abc', '1x', '1 ', '0x1', '99999999999', '９'),
    'bigint': ('abc', "1'--", '9223372036854775808', '1_000'),
    'uuid': ('abc', '11111111-1111-4111-8111-11111111111', '11111111-1111-4111-8111-11111111111g', '{}', '1'),
}


def statements():
    """What the server was asked, but for the beginnings and ends of transactions."""
    with open(LOG, encoding='utf-8', errors='replace') as log:
        return [line for line in log if ' LOG: ' in line and not line.rstrip().endswith(('READ COMMITTED', 'ROLLBACK'))]


def keys(tap, place, db):
    """An id of the wrong form is nobody's, and the server is not asked."""
    db.sql('ALTER SYSTEM SET log_statement = \'all\'')
    db.sql('SELECT pg_reload_conf()')
    for kind, wrong in KEYS.items():
        db.sql("DROP TABLE IF EXISTS keyed; CREATE TABLE keyed (id %s PRIMARY KEY, login TEXT, pw TEXT); "
               "INSERT INTO keyed VALUES (%s, 'kim', '')" % (kind, "'abcdef11-1111-4111-8111-111111111111'" if kind == 'uuid' else '7'))
        users = {'user': {'table': 'keyed', 'key': 'id', 'id': '$given'}, 'profile': {'username': 'login'},
                 'login': {'by': ['username']}, 'password': {'col': 'pw', 'accept': ['bcrypt']}}
        config = place.config('data', 'odbc', db.options('odbc'), users)
        with tap.test('keys/' + kind) as t, Host(BUILD, config) as host:
            native = host(op='get_user', value='kim')['profile']['user_id']
            t.equal('right', host(op='get_user', by='user_id', value=native)['status'], 'OK')
            host(op='delete_user', by='user_id', value='data|' + wrong[0])
            before = len(statements())
            for text in wrong:
                for asked in ('get_user', 'delete_user'):
                    answer = host(op=asked, by='user_id', value='data|' + text)
                    t.equal('%s %r' % (asked, text), pair(answer), ('NO_USER', 'NONE'))
            t.equal('statements', statements()[before:], [])
            host(op='get_user', by='user_id', value=native)
            t.check('the log is told of others', len(statements()) > before)
    db.sql('DROP TABLE keyed')
    db.sql('ALTER SYSTEM RESET log_statement')
    db.sql('SELECT pg_reload_conf()')


# --- many processes ---------------------------------------------------------------------------------

def processes(tap, config, db, kind):
    hosts = [Host(BUILD, config).__enter__() for _ in range(8)]
    with tap.test('eight-processes/' + kind) as t:
        for n in range(4):
            for i, host in enumerate(hosts):
                host.send(**create('p%d-%d' % (n, i), '%s%d@example.com' % ('Many' if i % 2 else 'many', n)))
            t.equal('one address', statuses([host.read() for host in hosts]), ['EXISTS NONE'] * 7 + ['OK APPLIED'])
            t.equal('rows of it', held(db, 'mail', 'many%d@example.com' % n), 1)
            for i, host in enumerate(hosts):
                host.send(**create('many%d' % n, 'q%d-%d@example.com' % (n, i)))
            t.equal('one user name', statuses([host.read() for host in hosts]), ['EXISTS NONE'] * 7 + ['OK APPLIED'])
            t.equal('rows of it', held(db, 'login', 'many%d' % n), 1)
    for host in hosts:
        host.__exit__()


def main():
    tap = Tap('postgres')
    with Workplace() as place:
        db = Postgres('failures')
        for unique in (False, True):
            load(place, db, unique)
            config = place.config('data', 'odbc', db.options('odbc'), USERS)
            processes(tap, config, db, 'with-unique-indexes' if unique else 'without-unique-indexes')
        load(place, db)
        ended_at_work(tap, config, db)
        for part in (logs, deadlock, locked, read_only, rights, keys):
            part(tap, place, db)
        config = place.config('data', 'odbc', db.options('odbc'), USERS)
        stopped(tap, config, db)
        crashed(tap, config, db)
        conflict(tap, place, db)
    tap.done()


main()
