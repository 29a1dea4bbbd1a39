"""Two stores as one while the old one is killed, or stopped so that it is silent, at a message of a
first login, of a login of somebody moved, of a read, of a change, of a delete and of a run in bulk.
The caller has an honest answer in time; afterwards nobody is half moved, and the next login moves.

usage: moves_down.py DRIVER     of the old store; the new one is SQLite"""
import json
import os
import random
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import crash  # noqa: E402
from crash import PASSWORD, DeleteMoved, DeleteOld, Host, Login, MoveEmail, MovePassword, Scene  # noqa: E402
from cutter import Cutter  # noqa: E402
from kit import SLOWER, SQLite, Tap, Workplace, database, idbc  # noqa: E402
from outcome import Server  # noqa: E402

TIMEOUT = 1.5 * SLOWER
SLACK = 0.5 * SLOWER            # beside a process that is started, on a machine that does other things
HONEST = ('OK', 'UNAVAILABLE', 'TIMEOUT')


class Apart(Scene):
    """The old store behind a port with faults, and the new one where nothing happens."""

    def __init__(self, place, driver, port):
        self.place, self.driver, self.n = place, driver, 0
        self.old, self.new = database(driver, 'moves_down', place.path), SQLite('moves-down-new', place.path)
        self.old.load(place.file('old.sql', crash.DDL[self.old.engine]))
        self.new.load(place.file('new.sql', crash.EMPTY['sqlite']))
        self.profiles = os.path.join(place.path, 'profiles')
        os.mkdir(self.profiles)
        more = {'timeout_ms': int(TIMEOUT * 1000), 'delete': crash.DELETE}
        self.alone = place.config('shop', driver.split('-')[0], self.old.options(driver), crash.USERS, **more)
        self.target = place.config('target', 'odbc', self.new.options('odbc'), password=crash.PREFERRED, **more)
        old = dict(self.document(self.alone), options=self.options(self.old, port))
        self.both = place.config('both', 'migrate', {'from': old, 'to': self.document(self.target)},
                                 timeout_ms=int(TIMEOUT * 1000))


class Breaker(Cutter):
    """As 'kill', and 'stop': the server has the k-th message, and is silent from then on."""

    def act(self, pair, way, message):
        if self.how != 'stop':
            return super().act(pair, way, message)
        self.strike()
        (pair.server if way == 0 else pair.client).sendall(message)
        self.settled.set()


class Reads(DeleteOld):
    """A getUser writes nothing: he is there as he was."""
    name = 'get-user'
    wanted = ('OK', 'UNAVAILABLE', 'TIMEOUT')

    def ask(self, user):
        return 'get', user.id

    def judge(self, t, where, user, host):
        t.equal(where + ': nothing was moved', user.new_rows(), 0)
        return Login().judge(t, where, user, host)


class Again(Login):
    """Somebody moved, who has all that there is to know: he needs the old store no more."""
    name = 'login-moved'
    wanted = ('OK',)

    def before(self, user):
        with Host(user.config, None) as host:
            host('login', user.name, PASSWORD)

    def judge(self, t, where, user, host):
        t.equal(where + ': he was let in', self.told[0], 'OK')
        return Login.judge(self, t, where, user, host)


OPS = (Login(), Again(), Reads(), MovePassword(), MoveEmail(), DeleteOld(), DeleteMoved())


def messages(scene, cutter, op):
    """How many an untouched one costs the old store."""
    user = op.prepare(scene)
    op.before(user)
    with Host(user.config, crash.profiles_of(scene, op)) as host:
        host('find', 'nobody')
        cutter.arm(100000, 'cut')
        host(*op.ask(user))
        seen = cutter.seen
    cutter.arm(0, '')
    return seen


def broken(t, scene, cutter, server, op, how, k):
    user = op.prepare(scene)
    op.before(user)
    where = '%s at message %d' % (how, k)
    with Host(user.config, crash.profiles_of(scene, op)) as host:
        host('find', 'nobody')
        cutter.arm(k, how)
        began = time.monotonic()
        told = op.told = host(*op.ask(user))
        took = time.monotonic() - began
        fired = cutter.fired.is_set()
        cutter.arm(0, '')
        if how == 'stop':
            os.kill(server.pid, signal.SIGCONT)
        server.wait()
    t.check(where + ': it came', fired or isinstance(op, Again), told)
    t.check(where + ': an honest answer', told[0] in getattr(op, 'wanted', HONEST), told)
    if isinstance(op, Reads):
        t.equal(where + ': and wrote nothing', told[1], 'NONE')
    t.check(where + ': in time', took < TIMEOUT + SLACK, took)
    crash.recover(t, where, scene, op, user, None if isinstance(op, Reads) else told)
    return told[0]


def each(tap, scene, cutter, server):
    for op in OPS:
        with tap.test(op.name) as t:
            n = messages(scene, cutter, op)
            t.check('the old store has a part in it', n > 1 or isinstance(op, Again), n)
            seen = []
            for how in ('stop', 'kill'):
                for k in {random.choice((1, random.randint(1, max(1, n))))}:
                    seen.append('%s %d: %s' % (how, k, broken(t, scene, cutter, server, op, how, k)))
            print('  %s of %d messages: %s' % (op.name, n, '; '.join(seen)), file=sys.stderr)


def needs_it_no_more(tap, scene, server):
    """Who moved with all there was, though that was not much, is not held up by a silent old store."""
    with tap.test('a silent old store and somebody moved') as t:
        user = scene.add(True)
        scene.old.sql('UPDATE details SET plan = NULL WHERE person = %s' % user.native)
        with Host(scene.both, None) as host:
            t.equal('moves', host('login', user.name, PASSWORD)[0], 'OK')
            os.kill(server.pid, signal.SIGSTOP)
            try:
                for password, wanted in ((PASSWORD, 'OK'), ('not-his', 'DENIED')):
                    began = time.monotonic()
                    told = host('login', user.name, password)
                    took = time.monotonic() - began
                    t.equal('is told', told[0], wanted)
                    t.check('in time', took < (SLACK if wanted == 'OK' else TIMEOUT + SLACK), took)
                t.equal('read', host('get', user.id)[0], 'OK')
            finally:
                os.kill(server.pid, signal.SIGCONT)
        server.wait()


def in_bulk(tap, scene, cutter, server):
    for how in ('stop', 'kill'):
        with tap.test('run in bulk, ' + how) as t:
            users = [scene.add(True) for _ in range(12)]
            for pages in (1, 4):
                state = os.path.join(scene.place.path, 'state')
                cutter.arm(12 + 20 * pages, how)
                began = time.monotonic()
                run = idbc(scene.both, '--json', 'migrate', 'run', '--state', state, '--rate', '40/s')
                took = time.monotonic() - began
                fired = cutter.fired.is_set()
                cutter.arm(0, '')
                if fired and how == 'stop':
                    os.kill(server.pid, signal.SIGCONT)
                server.wait()
                if fired:
                    t.check('it is said', run.code == 3 or run.json.get('moved') is not None, run)
                t.check('in time', took < TIMEOUT * 4 + SLACK, took)
            done = idbc(scene.both, '--json', 'migrate', 'run')
            t.check('the rest moves', done.code == 0 and done.json.get('waiting', 0) == 0, done)
            with Host(scene.both, None) as host:
                for user in users:
                    t.equal('once', user.new_rows(), 1)
                    t.check('whole', user.whole(host('get', user.id)))
                    t.equal('logs in', host('login', user.name, PASSWORD)[0], 'OK')


def main():
    driver = sys.argv[1]
    tap = Tap('moves_down')
    with Workplace() as place:
        db = database(driver, 'moves_down', place.path)
        server, cutter = Server(db), Breaker(int(db.port), db.engine)
        server.command += [b'--innodb-flush-log-at-trx-commit=1']
        db.sql('SET GLOBAL innodb_flush_log_at_trx_commit = 1', database=False)
        try:
            scene = Apart(place, driver, cutter.port)
            with tap.test('tables') as t:
                scene.create_tables(t)
            cutter.strike = lambda: strike_of(cutter, server)
            needs_it_no_more(tap, scene, server)
            each(tap, scene, cutter, server)
            in_bulk(tap, scene, cutter, server)
        finally:
            cutter.close()
            server.end()
    tap.done()


def strike_of(cutter, server):
    if cutter.how == 'stop':
        os.kill(server.pid, signal.SIGSTOP)
    else:
        server.kill()


if __name__ == '__main__':
    main()
