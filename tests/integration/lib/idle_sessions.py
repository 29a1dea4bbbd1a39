"""Sessions that a server ends while they are idle: by its limit (wait_timeout, idle_session_timeout),
by a kill, by a restart.  The next call is OK, whatever it is: the connector reconnects once and tries
once more.  And sessions to which a server gives an alphabet, or a COMMIT, of its own.

usage: idle_sessions.py DRIVER   DRIVER: mysql, odbc-mariadb or odbc-postgresql, on servers of its own"""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from failures import DDL, SECRET, USERS, create, held, person  # noqa: E402
from host import Host  # noqa: E402
from kit import BUILD, MariaDB, Tap, Workplace  # noqa: E402
from pair import Pair  # noqa: E402


class Mine(MariaDB):
    """The server is this test's alone."""

    def limit(self, seconds):
        self.sql('SET GLOBAL wait_timeout = %d' % (seconds or 28800))

    def end(self, how):
        for row in self.sql("SELECT id FROM information_schema.processlist WHERE user = '%s'" % self.user):
            self.sql('%s %s' % (how, row[0]))

    ways = {'killed': lambda self: self.end('KILL CONNECTION'), 'killed softly': lambda self: self.end('KILL SOFT CONNECTION')}


def other_alphabet(t, place, db, driver):
    """init_connect, which is for those without special privileges: what is written is UTF-8 all the same."""
    db.sql("CREATE USER few@localhost IDENTIFIED BY 'Zq few'; GRANT SELECT, INSERT, UPDATE ON %s.* TO few@localhost" % db.name)
    options = {**db.options(driver), 'user': 'few', 'password': 'Zq few'}
    for n, said in enumerate(('SET NAMES latin1', 'SET NAMES utf8mb3')):
        db.sql('SET GLOBAL init_connect = "%s"' % said)
        name = '\u00fcn\u20ac\U0001f600%d' % n
        with Host(BUILD, place.config('alphabet', driver.split('-')[0], options, USERS)) as host:
            t.equal(said, host(**create(name, 'alphabet%d@example.com' % n))['status'], 'OK')
            t.equal('read', host(op='get_user', value=name)['status'], 'OK')
        t.equal('its bytes', db.sql("SELECT HEX(login) FROM people WHERE mail = 'alphabet%d@example.com'" % n),
                [[name.encode().hex().upper()]])
    db.sql("SET GLOBAL init_connect = ''")


def chained(t, place, db, driver):
    """A COMMIT that would begin the next transaction: reads would see what was true then."""
    db.sql('SET GLOBAL completion_type = CHAIN')
    with Host(BUILD, place.config('chained', driver.split('-')[0], db.options(driver), USERS, pool={'max': 1})) as host:
        t.equal('a write', host(**create('chained', 'chained@example.com'))['status'], 'OK')
        for nick in ('first', 'second'):
            db.sql("UPDATE people SET nick = '%s' WHERE login = 'ada'" % nick)
            t.equal('read', host(op='get_user', value='ada')['profile']['nickname'], nick)
    db.sql('SET GLOBAL completion_type = NO_CHAIN')


class MinePostgres:
    engine = 'postgresql'

    def __init__(self):
        self.pair = Pair()

    def sql(self, text):
        return self.pair.sql(1, text)

    def load(self, dump):
        with open(dump, encoding='utf-8') as f:
            self.sql(f.read())

    def options(self, _driver):
        return self.pair.options(1)

    def limit(self, seconds):
        self.sql("ALTER ROLE %s SET idle_session_timeout = '%ds'" % (self.pair.user, seconds))

    def terminated(self):
        self.sql("SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity WHERE usename = '%s'" % self.pair.user)

    def restarted(self):
        self.pair.signal(1, 'INT')
        self.pair.wait_dead(1)
        self.pair.do('--start', 1)
        time.sleep(1.2)         # who met a closed port meanwhile has made a pause of a second

    ways = {'terminated': terminated, 'restarted': restarted}


def calls(n):
    """One of each kind; the session of each was ended before."""
    return [{'op': 'login', 'value': 'ada', 'password': SECRET}, {'op': 'get_user', 'value': 'ada'},
            create('idle%d' % n, 'idle%d@example.com' % n),
            {'op': 'change_password', 'value': 'ada', 'password': SECRET},
            {'op': 'verify', 'by': 'email', 'value': 'ada@example.com'}]


def served(t, host, db, n, end, what):
    for asked in calls(n):
        t.equal('ready', host(op='get_user', value='ada')['status'], 'OK')
        end()
        answer = host(**asked)
        t.equal('%s: %s' % (what, asked['op']), answer['status'], 'OK')
    t.equal(what + ': once', held(db, 'login', 'idle%d' % n), 1)


def several(t, host, end):
    """All sessions of a pool at once."""
    ada = {'op': 'get_user', 'value': 'ada'}
    t.equal('ready', [a['status'] for a in host(*[ada] * 8)], ['OK'] * 8)
    end()
    t.equal('eight at once', [a['status'] for a in host(*[ada] * 8)], ['OK'] * 8)


def main(driver):
    tap = Tap('idle_sessions/' + driver)
    with Workplace() as place:
        db = MinePostgres() if driver == 'odbc-postgresql' else Mine('idle')
        key = 'UNIQUE ' + ('KEY' if db.engine == 'mariadb' else 'INDEX')
        db.load(place.file('ddl.sql', 'CREATE TABLE team (id INT PRIMARY KEY);' + DDL[db.engine] % (key, key)))
        person(db, 'ada')
        options = db.options(driver)
        config = place.config('idle', driver.split('-')[0], options, USERS)
        for n, (what, end) in enumerate(db.ways.items()):
            with tap.test(what.replace(' ', '-')) as t, Host(BUILD, config) as host:
                served(t, host, db, n, lambda: end(db), what)
                # After a restart one caller looks whether the store is back; the others are told that it is down.
                if what != 'restarted':
                    several(t, host, lambda: end(db))
                t.check('no caller heard', not any(level == 0 for level, _ in host.log()), host.log())
        db.limit(1)
        with tap.test('idle-too-long') as t, Host(BUILD, config) as host:
            served(t, host, db, 7, lambda: time.sleep(1.6), 'idle')
            several(t, host, lambda: time.sleep(1.6))
        db.limit(0)
        if db.engine == 'mariadb':
            with tap.test('in-another-alphabet') as t:
                other_alphabet(t, place, db, driver)
            with tap.test('one-transaction-at-a-time') as t:
                chained(t, place, db, driver)
    tap.done()


if __name__ == '__main__':
    main(sys.argv[1])
