"""What goes wrong while users are served: connections cut at every stage, servers that are
none, files that vanish, callers that race for one name, rules of the store that refuse.
The status is honest, `effect` is what the rows say, and no value of a row is told.

usage: failures.py DRIVER   DRIVER: mysql, odbc-mariadb or odbc-sqlite"""
import hashlib
import json
import os
import sqlite3
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from host import Host, needs  # noqa: E402
from kit import BUILD, MariaDB, SQLite, Tap, Workplace, idbc, row_counts  # noqa: E402
from proxy import Peer, Proxy  # noqa: E402

DDL = {
    'mariadb': """CREATE TABLE people (id INT AUTO_INCREMENT PRIMARY KEY, login VARCHAR(60) NOT NULL,
        mail VARCHAR(100) NOT NULL, pw VARCHAR(255), verified TINYINT NOT NULL DEFAULT 0, note VARCHAR(40),
        nick VARCHAR(20), team INT, %s (login), %s (mail), CONSTRAINT nick_ok CHECK (nick <> 'zqbad'),
        UNIQUE KEY note_uq (note), FOREIGN KEY (team) REFERENCES team (id)) CHARACTER SET utf8mb4;""",
    'sqlite': """CREATE TABLE people (id INTEGER PRIMARY KEY AUTOINCREMENT, login VARCHAR(60) NOT NULL,
        mail VARCHAR(100) NOT NULL, pw VARCHAR(255), verified TINYINT NOT NULL DEFAULT 0, note VARCHAR(40) UNIQUE,
        nick VARCHAR(20) CONSTRAINT nick_ok CHECK (nick <> 'zqbad'), team INT REFERENCES team (id));
        CREATE %s people_login ON people (login); CREATE %s people_mail ON people (mail);""",
}
USERS = {
    'user': {'table': 'people', 'key': 'id', 'id': 'auto'},
    'profile': {'user_id': 'id', 'username': 'login', 'email': 'mail', 'nickname': 'nick',
                'email_verified': {'col': 'verified', 'bool': True},
                'user_metadata.note': 'note', 'user_metadata.team': 'team'},
    'login': {'by': ['username', 'email']},
    'password': {'col': 'pw', 'accept': ['bcrypt', 'raw/sha256-hex'], 'write': {'scheme': 'bcrypt/2b', 'cost': 4},
                 'upgrade': False},
    'create': {'unique': ['username', 'email']},
}
SECRET, MARK = 'Zq-secret-1', 'zqvalue'


def digest():
    return hashlib.sha256(SECRET.encode()).hexdigest()


def load(place, db, unique=False):
    word = {'mariadb': ('UNIQUE KEY' if unique else 'KEY'),
            'sqlite': ('UNIQUE INDEX' if unique else 'INDEX')}[db.engine]
    db.load(place.file('ddl.sql', 'CREATE TABLE team (id INT PRIMARY KEY);' + DDL[db.engine] % (word, word)))
    person(db, 'ada')


def person(db, login, note='NULL'):
    db.sql("INSERT INTO people (login, mail, pw, note) VALUES ('%s', '%s@example.com', '%s', %s)"
           % (login, login, digest(), note))


def statuses(answers):
    return sorted(a['status'] + ' ' + a['effect'] for a in answers)


def create(login, mail):
    return {'op': 'create', 'password': 'Pass word 1', 'user': {'username': login, 'email': mail}}


def held(db, column, value):
    return int(db.sql("SELECT COUNT(*) FROM people WHERE lower(%s) = '%s'" % (column, value))[0][0])


def operations(n):
    return [{'op': 'login', 'value': 'ada', 'password': SECRET}, {'op': 'get_user', 'value': 'ada'},
            create('new%d' % n, 'new%d@example.com' % n),
            {'op': 'verify', 'by': 'email', 'value': 'ada@example.com'},
            {'op': 'change_password', 'value': 'ada', 'password': SECRET},
            {'op': 'change_email', 'by': 'username', 'value': 'ada', 'email': 'ada@example.com', 'flags': n % 2 * 2}]


def races(tap, config, db, kind):
    """Four callers in each of two processes."""
    def both(asked):
        half = len(asked) // 2
        one.send(*asked[:half])
        two.send(*asked[half:])
        return one.read() + two.read()

    with tap.test('races/' + kind) as t, Host(BUILD, config) as one, Host(BUILD, config) as two:
        for n in range(3):
            answers = both([create('m%d-%d' % (n, i), '%s%d@Example.com' % ('Race' if i % 2 else 'race', n)) for i in range(8)])
            t.equal('one address', statuses(answers), ['EXISTS NONE'] * 7 + ['OK APPLIED'])
            t.equal('rows of it', held(db, 'mail', 'race%d@example.com' % n), 1)
            answers = both([create('same%d' % n, 's%d-%d@example.com' % (n, i)) for i in range(8)])
            t.equal('one user name', statuses(answers), ['EXISTS NONE'] * 7 + ['OK APPLIED'])
            t.equal('rows of it', held(db, 'login', 'same%d' % n), 1)
            person(db, 'mover%d' % n)
            move = {'op': 'change_email', 'by': 'username', 'value': 'mover%d' % n, 'email': 'Taken%d@example.com' % n}
            answers = both([move] * 4 + [create('t%d-%d' % (n, i), 'taken%d@example.com' % n) for i in range(4)])
            moved = {a['status'] for a in answers[:4]}
            made = sorted(a['status'] for a in answers[4:])
            t.check('a create and a change of address', (moved, made) in (
                ({'OK'}, ['EXISTS'] * 4), ({'EXISTS'}, ['EXISTS'] * 3 + ['OK'])), answers)
            t.equal('rows of it', held(db, 'mail', 'taken%d@example.com' % n), 1)
            uid = one(op='get_user', by='username', value='same%d' % n)['profile']['user_id']
            answers = both([{'op': 'delete_user', 'by': 'user_id', 'value': uid}] * 8)
            t.equal('deletes', statuses(answers), ['NO_USER NONE'] * 7 + ['OK APPLIED'])
            person(db, 'turn%d' % n)
            change = {'op': 'change_password', 'by': 'username', 'value': 'turn%d' % n, 'password': 'turned'}
            answers = both([{'op': 'login', 'value': 'turn%d' % n, 'password': SECRET}] * 6 +
                           [change, {**change, 'current_password': SECRET}])
            t.check('logins beside a change', {a['status'] for a in answers[:6]} <= {'OK', 'DENIED'}, answers)
            t.equal('the change', answers[6]['status'], 'OK')
            t.check('the change of what was known', answers[7]['status'] in ('OK', 'CONFLICT', 'DENIED'), answers[7])
            t.equal('new one', one(op='login', value='turn%d' % n, password='turned')['status'], 'OK')
            t.equal('old one', one(op='login', value='turn%d' % n, password=SECRET)['status'], 'DENIED')


def refusals(tap, config, db):
    """Rules of the store: told as what they are, nothing half written, no value told."""
    told = []

    def refused(t, what, want, *args, **more):
        before = db.sql('SELECT login, mail, note, nick FROM people ORDER BY id')
        answer = idbc(config, '--json', '--log', 'debug', *args, **more)
        told.append(answer.err + answer.json.get('message', ''))
        t.equal(what, (answer.status, answer.json.get('effect')), (want, 'NONE'))
        t.equal(what + ': rows', db.sql('SELECT login, mail, note, nick FROM people ORDER BY id'), before)

    def made(t, what, want, **fields):
        user = {'username': 'fresh', 'email': 'fresh@example.com', **fields}
        refused(t, what, want, 'create', password=SECRET, stdin=json.dumps(user))

    with tap.test('refusals/rules-of-the-store') as t:
        person(db, MARK, "'%s-note'" % MARK)
        made(t, 'unique index', 'EXISTS', user_metadata={'note': MARK + '-note'})
        made(t, 'user name', 'EXISTS', username=MARK)
        made(t, 'foreign key', 'CONFLICT', user_metadata={'team': '77'})
        made(t, 'check', 'CONFLICT', nickname='zqbad')
        made(t, 'no number', 'INVALID', user_metadata={'team': MARK})
        if db.engine == 'mariadb':
            made(t, 'too long', 'INVALID', nickname=MARK * 9)
        refused(t, 'address of another', 'EXISTS', 'change-email', '--by', 'username', 'ada', MARK + '@example.com')
    with tap.test('refusals/a-trigger') as t:
        if db.engine == 'mariadb':
            db.sql("DELIMITER //\nCREATE TRIGGER stop BEFORE UPDATE ON people FOR EACH ROW BEGIN DECLARE m VARCHAR(128) "
                   "DEFAULT CONCAT('no ', NEW.mail, ' ', NEW.pw); SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = m; END//")
        else:
            db.sql("CREATE TRIGGER stop BEFORE UPDATE ON people BEGIN SELECT RAISE(ABORT, 'no %s at all'); END" % MARK)
        refused(t, 'change-email', 'CONFLICT', 'change-email', '--by', 'username', 'ada', MARK + '2@example.com')
        refused(t, 'change-password', 'CONFLICT', 'change-password', '--by', 'username', 'ada', password=SECRET)
        db.sql('DROP TRIGGER stop')
        t.equal('old password', idbc(config, '--json', 'login', 'ada', password=SECRET).status, 'OK')
    with tap.test('refusals/no-value-is-told') as t:
        everything = '\n'.join(told)
        t.check('the log was written', 'store says' in everything, everything)
        hashes = [row[0] for row in db.sql('SELECT pw FROM people')]
        for value in [MARK, SECRET, digest(), '$2b$', *hashes]:
            t.check('%s is not told' % value[:12], value not in everything, everything)


def connections(tap, place, driver, db):
    proxy = Proxy(int(db.port))
    config = place.config('cut', driver.split('-')[0], through(driver, db, proxy.port), USERS, timeout_ms=2000)

    def again(host):
        """After a store that was down: once its first pause is over."""
        time.sleep(1.1)
        return host(op='get_user', value='ada')['status']

    with tap.test('connections/killed-while-idle') as t, Host(BUILD, config) as host:
        for n, asked in enumerate(operations(1) + operations(2)):
            for row in db.sql("SELECT id FROM information_schema.processlist WHERE user = '%s'" % db.user):
                db.sql('KILL CONNECTION %s' % row[0])
            time.sleep(0.05)
            t.equal('%d %s' % (n, asked['op']), host(**asked)['status'], 'OK')
    with tap.test('connections/cut-at-the-commit') as t, Host(BUILD, config) as host:
        for mode, rows in (('before', 0), ('after', 1)):
            host(op='get_user', value='ada')
            proxy.arm(mode, b'COMMIT')
            answer = host(**create(mode, mode + '@example.com'))
            t.equal(mode, (answer['status'], answer['effect']), ('UNAVAILABLE', 'UNKNOWN'))
            t.equal(mode + ': rows', held(db, 'login', mode), rows)
    with tap.test('connections/cut-before-the-commit') as t, Host(BUILD, config) as host:
        for n, what in enumerate((b'GET_LOCK', b'TRANSACTION', b'cut2', b'LAST_INSERT_ID')):
            for mode in ('before', 'after'):
                host(op='get_user', value='ada')
                proxy.arm(mode, what)
                login = 'cut%d-%s' % (n, mode)
                answer = host(**create(login, login + '@example.com'))
                t.equal('%s %s' % (mode, what), (answer['status'], answer['effect']), ('OK', 'APPLIED'))
                t.equal('%s %s: rows' % (mode, what), held(db, 'login', login), 1)
                proxy.arm(None, b'')
    with tap.test('connections/held') as t, Host(BUILD, config) as host:
        for asked, what in ((create('held', 'held@example.com'), b'TRANSACTION'), (create('held', 'held@example.com'), b'COMMIT'),
                            ({'op': 'change_password', 'value': 'ada', 'password': 'x'}, b'TRANSACTION')):
            host(op='get_user', value='ada')
            proxy.arm('hold', what)
            answer = host(**asked)
            t.equal('%s held at %s' % (asked['op'], what), (answer['status'], answer['effect']),
                    ('TIMEOUT', 'UNKNOWN' if what == b'COMMIT' else 'NONE'))
            t.check('in time', answer['seconds'] < 3.0, answer)
        t.equal('nothing was written', held(db, 'login', 'held'), 0)
        t.equal('old password', host(op='login', value='ada', password=SECRET)['status'], 'OK')
    with tap.test('connections/refused-and-back') as t, Host(BUILD, config) as host:
        good, proxy.upstream = proxy.upstream, 1
        for row in db.sql("SELECT id FROM information_schema.processlist WHERE user = '%s'" % db.user):
            db.sql('KILL CONNECTION %s' % row[0])
        for asked in operations(3):
            answer = host(**asked)
            t.equal(asked['op'], (answer['status'], answer['effect']), ('UNAVAILABLE', 'NONE'))
        proxy.upstream = good
        t.equal('back', again(host), 'OK')
    proxy.close()


def through(driver, db, port):
    if driver == 'mysql':
        return {'host': '127.0.0.1', 'port': port, 'user': db.user, 'password': db.password, 'database': db.name,
                'tls': {'mode': 'off'}}
    return {'attributes': {'Driver': 'MariaDB Unicode', 'SERVER': '127.0.0.1', 'PORT': str(port),
                           'DATABASE': db.name}, 'user': db.user, 'password': db.password}


def peers(tap, place, driver, db):
    with tap.test('connections/no-database-at-all') as t:
        for manner in ('silent', 'garbage', 'hang-up', 'reset'):
            peer = Peer(manner)
            config = place.config('peer', driver.split('-')[0], through(driver, db, peer.port), USERS)
            for command in (('login', 'ada'), ('delete-user', 'peer|1')):
                began = time.monotonic()
                answer = idbc(config, '--json', '--timeout', '1000', *command,
                              password=SECRET if command[0] == 'login' else None)
                t.check('%s: %s' % (manner, command[0]), answer.status in ('UNAVAILABLE', 'TIMEOUT') and answer.code == 3, answer)
                t.check(manner + ' in time', time.monotonic() - began < 4, time.monotonic() - began)
                t.equal(manner + ' effect', answer.json.get('effect'), None if command[0] == 'login' else 'NONE')
            peer.close()


def locks(tap, place, db):
    with tap.test('files/locked') as t:
        options = db.options('odbc')
        options['attributes']['JournalMode'] = 'DELETE'
        config = place.config('locked', 'odbc', options, USERS, timeout_ms=400)
        with Host(BUILD, config) as host:
            other = sqlite3.connect(db.path, isolation_level=None)
            other.execute('BEGIN EXCLUSIVE')
            for asked in operations(1):
                answer = host(**asked)
                t.equal(asked['op'], (answer['status'], answer['effect']), ('TIMEOUT', 'NONE'))
                t.check('in time', answer['seconds'] < 1.5, answer)
            other.execute('ROLLBACK')
            other.close()
            for asked in operations(1):
                t.equal(asked['op'] + ' afterwards', host(**asked)['status'], 'OK')


def damage(tap, place):
    def damaged(t, what, do):
        other = SQLite('other', place.path)
        load(place, other)
        do(other.path)
        config = place.config('other', 'odbc', other.options('odbc'), USERS, timeout_ms=2000)
        for command in (('login', 'ada'), ('get-user', 'ada'), ('delete-user', 'other|1')):
            answer = idbc(config, '--json', *command, password=SECRET if command[0] == 'login' else None)
            t.equal('%s: %s' % (what, command[0]), (answer.status, answer.code), ('UNAVAILABLE', 3))
        if os.path.isdir(other.path):
            os.rmdir(other.path)
        else:
            os.unlink(other.path)

    def text(path):
        with open(path, 'w') as f:
            f.write('no database at all\n' * 300)

    def corrupt(path):
        with open(path, 'r+b') as f:
            f.seek(100)
            f.write(b'\xa5' * (os.path.getsize(path) - 100))

    def fifo(path):
        os.unlink(path)
        os.mkfifo(path)

    def folder(path):
        os.unlink(path)
        os.mkdir(path)

    with tap.test('files/no-database') as t:
        for what, do in (('text', text), ('corrupt', corrupt), ('fifo', fifo), ('folder', folder)):
            damaged(t, what, do)


def moves(tap, place, db):
    with tap.test('files/replaced-and-deleted') as t:
        config = place.config('moved', 'odbc', db.options('odbc'), USERS)
        fresh = SQLite('fresh', place.path)
        load(place, fresh)
        person(fresh, 'bob')
        with Host(BUILD, config) as host:
            t.equal('before', host(op='get_user', value='bob')['status'], 'NO_USER')
            os.rename(fresh.path, db.path)
            t.equal('a write goes to the new file', host(**create('cy', 'cy@example.com'))['status'], 'OK')
            t.equal('its rows', db.sql('SELECT login FROM people ORDER BY id'), [['ada'], ['bob'], ['cy']])
            os.unlink(db.path)
            for asked in (create('di', 'di@example.com'), {'op': 'login', 'value': 'ada', 'password': SECRET}):
                answer = host(**asked)
                t.equal(asked['op'] + ' without the file', (answer['status'], answer['effect']), ('UNAVAILABLE', 'NONE'))
        t.check('nothing was made', not os.path.exists(db.path))


if __name__ == '__main__':
    driver = sys.argv[1]
    tap = Tap('failures/' + driver)
    with Workplace() as place:
        db = SQLite('failures', place.path) if driver == 'odbc-sqlite' else MariaDB('failures')
        hosts = not needs(BUILD, b'tsan')
        if not hosts:
            tap.skip('hosts', 'a Python cannot load a library under ThreadSanitizer')
        for unique in (False, True) if hosts else ():
            load(place, db, unique)
            config = place.config('data', driver.split('-')[0], db.options(driver), USERS)
            races(tap, config, db, 'with-unique-indexes' if unique else 'without-unique-indexes')
        load(place, db)
        refusals(tap, place.config('data', driver.split('-')[0], db.options(driver), USERS), db)
        load(place, db)
        if db.engine == 'mariadb':
            peers(tap, place, driver, db)
            if hosts:
                connections(tap, place, driver, db)
        else:
            damage(tap, place)
            if hosts:
                locks(tap, place, db)
                moves(tap, place, db)
    tap.done()
