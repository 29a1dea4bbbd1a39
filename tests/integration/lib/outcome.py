"""Writes whose connection breaks: at every message of every write, in either direction.  After
each the rows are read by a client of their own and compared with what the caller was told: OK
is done, NONE is not done, and UNKNOWN is not said where the server can be asked.

usage: outcome.py cut|late|kill DRIVER
DRIVER: mysql, odbc-mariadb or odbc-postgresql"""
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cutter import Cutter  # noqa: E402
from host import Host  # noqa: E402
from kept import keep  # noqa: E402
from kit import BUILD, SLOWER, Tap, Workplace, database  # noqa: E402
from failures import DDL, through  # noqa: E402

USERS = {
    'user': {'table': 'people', 'key': 'id', 'id': 'auto'},
    'profile': {'user_id': 'id', 'username': 'login', 'email': 'mail', 'nickname': 'nick',
                'email_verified': {'col': 'verified', 'bool': True}},
    'login': {'by': ['username', 'email']},
    'password': {'col': 'pw', 'accept': ['bcrypt'], 'write': {'scheme': 'bcrypt/2b', 'cost': 4}, 'upgrade': False},
    'create': {'unique': ['username', 'email']},
}
MOST = 400      # messages of one write


class Write:
    """One write, new each time: what is there before, what is asked, and whether it was done."""

    def __init__(self, db, name):
        self.db, self.name, self.n = db, name, 0

    def one(self, sql):
        return int(self.db.sql(sql)[0][0])

    def count(self, where):
        return self.one('SELECT COUNT(*) FROM people WHERE ' + where)

    def prepare(self):
        self.n += 1
        self.login = '%s%d' % (self.name.replace('_', ''), self.n)
        if self.name != 'create':
            self.db.sql("INSERT INTO people (login, mail, pw) VALUES ('%s', '%s@example.com', 'none')"
                        % (self.login, self.login))
            self.id = self.one("SELECT id FROM people WHERE login = '%s'" % self.login)
        return getattr(self, self.name)()

    def create(self):
        self.done = lambda: self.count("login = '%s' AND mail = '%s@example.com'" % (self.login, self.login))
        return {'op': 'create', 'password': 'Kq-77-vw', 'user': {'username': self.login, 'email': self.login + '@example.com'}}

    def verify(self):
        self.done = lambda: self.count("id = %d AND verified = %s" % (self.id, self.yes()))
        return {'op': 'verify', 'by': 'email', 'value': self.login + '@example.com'}

    def change_password(self):
        self.done = lambda: self.count("id = %d AND pw <> 'none'" % self.id)
        return {'op': 'change_password', 'by': 'username', 'value': self.login, 'password': 'Kq-77-vw'}

    def change_email(self):
        self.done = lambda: self.count("id = %d AND mail = 'to-%s@example.com' AND verified = %s"
                                       % (self.id, self.login, self.yes()))
        return {'op': 'change_email', 'by': 'email', 'value': self.login + '@example.com', 'flags': 2,
                'email': 'to-%s@example.com' % self.login}

    def delete_user(self):
        self.done = lambda: 1 - self.count('id = %d' % self.id)
        return {'op': 'delete_user', 'by': 'user_id', 'value': 'broken|%d' % self.id}

    def yes(self):
        return 'true' if self.db.engine == 'postgresql' else '1'


WRITES = ('create', 'verify', 'change_password', 'change_email', 'delete_user')


def load(place, db):
    word = 'UNIQUE ' + ('KEY' if db.engine == 'mariadb' else 'INDEX')
    db.load(place.file('ddl.sql', 'CREATE TABLE team (id INT PRIMARY KEY);' + DDL[db.engine] % (word, word)))
    db.sql("INSERT INTO people (login, mail, pw) VALUES ('ada', 'ada@example.com', 'none')")


def is_true(answer, done):
    """Nothing but the truth; UNKNOWN is counted elsewhere."""
    if answer['status'] == 'OK':
        return answer['effect'] == 'APPLIED' and done == 1
    return answer['effect'] in ('UNKNOWN', 'NONE', 'APPLIED') and \
        {'NONE': 0, 'APPLIED': 1, 'UNKNOWN': done}[answer['effect']] == done


def each_message(t, host, cutter, write, how, seen):
    """From the first message to the last; `seen` counts what was answered."""
    for k in range(1, MOST):
        asked = write.prepare()
        if how == 'cut':
            write.db.end_sessions()             # so that each one prepares its statements
        host(op='get_user', value='ada')
        cutter.arm(k, how)
        answer = host(**asked)
        if not cutter.fired.is_set():
            cutter.arm(0, '')
            t.equal('%s untouched' % asked['op'], (answer['status'], write.done()), ('OK', 1))
            t.check('%s has messages' % asked['op'], k > 5, k)
            return
        cutter.settled.wait(10)
        cutter.arm(0, '')
        time.sleep(0.05 if how == 'late' else 0)
        done = write.done()
        told = answer['status'] + ' ' + answer['effect']
        seen[told] = seen.get(told, 0) + 1
        t.check('%s %s at %d: told what is so' % (asked['op'], how, k), is_true(answer, done), (answer, done))
        t.check('%s %s at %d: known' % (asked['op'], how, k), answer['effect'] != 'UNKNOWN', (answer, done))


def messages(tap, place, driver, how):
    db = keep(database(driver, 'outcome_' + how, place.path))
    load(place, db)
    cutter = Cutter(int(db.port), db.engine)
    config = place.config('broken', driver.split('-')[0], through(driver, db, cutter.port), USERS, timeout_ms=8000 * SLOWER)
    with Host(BUILD, config) as host:
        for name in WRITES:
            with tap.test('%s/%s' % (how, name)) as t:
                seen = {}
                each_message(t, host, cutter, Write(db, name), how, seen)
                print('  %s %s: %s' % (driver, name, seen), file=sys.stderr)
                t.check('some were done', any(told.startswith('OK') for told in seen), seen)
    cutter.close()


class Server:
    """The server that a script started for this test alone: killed, and started again as it was."""

    def __init__(self, db):
        self.db, self.process = db, None
        folder = os.environ['IDBC_TEST_%s_DIR' % ('PG' if db.engine == 'postgresql' else 'MYSQL')]
        self.pidfile = os.path.join(folder, 'data/postmaster.pid' if db.engine == 'postgresql' else 'pid')
        self.note()
        with open('/proc/%d/cmdline' % self.pid, 'rb') as f:
            self.command = f.read().split(b'\0')[:-1]
        self.ids = os.stat('/proc/%d' % self.pid)

    def note(self):
        with open(self.pidfile) as f:
            self.pid = int(f.readline())

    def kill(self):
        """PostgreSQL's own processes must not outlive it: it is told to stop at once, as in a crash."""
        os.kill(self.pid, signal.SIGQUIT if self.db.engine == 'postgresql' else signal.SIGKILL)
        while self.runs():
            time.sleep(0.01)
        self.process = subprocess.Popen(self.command, user=self.ids.st_uid, group=self.ids.st_gid, extra_groups=[],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def runs(self):
        if self.process:
            return self.process.poll() is None
        try:
            with open('/proc/%d/stat' % self.pid) as f:
                return f.read().rsplit(')', 1)[1].split()[0] != 'Z'
        except OSError:
            return False

    def wait(self):
        for _ in range(1500):
            try:
                self.db.sql('SELECT 1')
                return self.note()
            except (RuntimeError, ValueError):
                time.sleep(0.02)
        raise RuntimeError('the server does not come back')

    def end(self):
        if self.process:
            self.process.send_signal(signal.SIGINT if self.db.engine == 'postgresql' else signal.SIGTERM)
            self.process.wait(30)


COMMITS = {'mariadb': b'COMMIT', 'postgresql': b'COMMIT\0'}     # not READ COMMITTED


def killed(tap, place, driver):
    """The server dies before it has a COMMIT, after it has one, and while a transaction is open."""
    db = database(driver, 'outcome_kill', place.path)
    load(place, db)
    if db.engine == 'mariadb':
        db.sql('SET GLOBAL innodb_flush_log_at_trx_commit = 1')
    server, cutter = Server(db), Cutter(int(db.port), db.engine)
    server.command += [b'--innodb-flush-log-at-trx-commit=1'] if db.engine == 'mariadb' else []
    cutter.strike = server.kill
    config = place.config('broken', driver.split('-')[0], through(driver, db, cutter.port), USERS, timeout_ms=12000 * SLOWER)
    commit, seen = COMMITS[db.engine], {}
    try:
        for name in WRITES:
            write = Write(db, name)
            with tap.test('kill/' + name) as t:
                for k, since in ((1, commit), (2, commit), (2, b'TRANSACTION')):
                    server.wait()
                    asked = write.prepare()
                    with Host(BUILD, config) as host:
                        host(op='get_user', value='ada')
                        cutter.arm(k, 'kill', since)
                        answer = host(**asked)
                    t.check('%d of %s: it came' % (k, since), cutter.fired.is_set())
                    cutter.arm(0, '')
                    server.wait()
                    done = write.done()
                    told = answer['status'] + ' ' + answer['effect']
                    seen[told] = seen.get(told, 0) + 1
                    t.check('%d of %s: told what is so' % (k, since), is_true(answer, done), (answer, done))
        print('  %s: %s' % (driver, seen), file=sys.stderr)
    finally:
        cutter.close()
        server.end()


if __name__ == '__main__':
    how, driver = sys.argv[1:]
    tap = Tap('outcome/' + driver)
    with Workplace() as place:
        if how == 'kill':
            killed(tap, place, driver)
        else:
            messages(tap, place, driver, how)
    tap.done()
