"""Servers that are ended, stopped, cut off and delayed at random while tests/host/chaos works
on them; afterwards the rows are counted by somebody else.  The servers are of this test alone:
those that scripts/with-mariadb and with-postgres started for it, started again as they were.

usage: chaos.py SECONDS SEED DRIVER...   DRIVER: mysql, odbc-mariadb, odbc-postgresql, odbc-sqlite"""
import ctypes
import os
import random
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from hosts import EXACT, KINDS, USERS, options  # noqa: E402
from kit import BUILD, Tap, Workplace, database  # noqa: E402
from proxy import Relay  # noqa: E402

DDL = """CREATE TABLE people (id %s, login VARCHAR(60) NOT NULL UNIQUE, mail VARCHAR(100) NOT NULL UNIQUE,
    pw VARCHAR(255), verified %s, score DECIMAL(6,2)) %s;"""

LIBC, PR_SET_PDEATHSIG = ctypes.CDLL(None), 1


class Wire(Relay):
    """What lies between host and server.  Not `flowing`: bytes wait, and are delivered later, also
    those of somebody who has hung up meanwhile; `swallow`: nothing passes, and never will;
    `mute`: no answers pass, so what is written is done and nobody told."""

    def __init__(self, port):
        self.flowing = threading.Event()
        self.swallow = self.mute = self.refuse = False
        self.flowing.set()
        self.pairs, self.lock, self.cuts = set(), threading.Lock(), 0
        super().__init__(port)

    def serve(self, client):
        cuts = self.cuts
        if self.refuse:
            client.close()
            return
        server = self.reach(client)
        if not server:
            return
        with self.lock:
            self.pairs.add((client, server))
        if cuts != self.cuts:
            self.reset((client, server), False)
        back = threading.Thread(target=self.pump, args=(server, client, True), daemon=True)
        back.start()
        self.pump(client, server, False)
        back.join()
        with self.lock:
            self.pairs.discard((client, server))
        client.close()
        server.close()

    def pump(self, source, target, answers):
        try:
            while True:
                data = source.recv(65536)
                self.flowing.wait()
                if not data:
                    break
                if not self.swallow and not (self.mute and answers):
                    target.sendall(data)
        except OSError:
            pass
        try:
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def cut(self, rough, ends=2):
        """All at once; `rough`: what is under way is lost on both sides; `ends`: 1, the host's alone."""
        with self.lock:
            self.cuts += 1
            for pair in self.pairs:
                self.reset(pair[:ends], rough)

    @staticmethod
    def reset(pair, rough):
        for end in pair:
            try:
                if rough:
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class Server:
    """The process of a server, by its number; it can be started again with the same words."""

    def __init__(self, pid, *more):
        with open('/proc/%d/cmdline' % pid, 'rb') as f:
            self.words = [w.decode() for w in f.read().split(b'\0') if w] + list(more)
        self.program, self.owner = os.readlink('/proc/%d/exe' % pid), os.stat('/proc/%d' % pid)
        self.pid, self.child = pid, None
        if more:
            self.restart()

    def family(self):
        with open('/proc/%d/task/%d/children' % (self.pid, self.pid)) as f:
            return [self.pid] + [int(p) for p in f.read().split()]

    def tell(self, number):
        for pid in self.family():
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def end(self, number=signal.SIGKILL):
        family = self.family()
        if number == signal.SIGKILL:
            self.tell(number)
        else:
            os.kill(self.pid, number)
        while any(alive(pid) for pid in family):
            if self.child:
                self.child.poll()
            time.sleep(0.01)

    def start(self):
        """It ends with this thread, whatever ends that."""
        self.child = subprocess.Popen(self.words, executable=self.program, user=self.owner.st_uid,
                                      preexec_fn=lambda: LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL),
                                      group=self.owner.st_gid, extra_groups=[], cwd='/', stdin=subprocess.DEVNULL,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                      env={'PATH': os.environ['PATH']})
        self.pid = self.child.pid

    def restart(self, number=signal.SIGKILL):
        self.end(number)
        self.start()


def alive(pid):
    try:
        with open('/proc/%d/stat' % pid) as f:
            return f.read().rsplit(')', 1)[1].split()[0] != 'Z'
    except OSError:
        return False


class Trouble:
    """One fault after the other, until `until`; afterwards all is well."""

    def __init__(self, wire, server, db, dice):
        self.wire, self.server, self.db, self.dice, self.told = wire, server, db, dice, {}
        self.spans = []         # after each fault: what it was, from when all was well, until when

    def pause(self, low, high):
        time.sleep(self.dice.uniform(low, high))

    def kill(self):
        self.server.end()
        self.pause(0, 2)
        self.server.start()
        self.well()

    def shut_down(self):
        self.server.end(signal.SIGTERM if self.db.engine == 'mariadb' else signal.SIGINT)
        self.pause(0, 1)
        self.server.start()
        self.well()

    def stop(self):
        self.server.tell(signal.SIGSTOP)
        self.pause(0.1, 3)
        self.server.tell(signal.SIGCONT)

    def cut(self):
        self.wire.cut(self.dice.random() < 0.5)

    def delay(self):
        self.wire.flowing.clear()
        self.pause(0.02, 2)
        self.wire.flowing.set()

    def delay_and_cut(self):
        self.wire.flowing.clear()
        self.pause(0.02, 0.8)
        self.wire.cut(False, self.dice.choice((1, 2)))
        self.pause(0, 0.3)
        self.wire.flowing.set()

    def lose_answers(self):
        """Several times: few of those who are cut off are waiting for the answer to a COMMIT."""
        for _ in range(6):
            self.wire.mute = True
            self.pause(0.01, 0.06)
            self.wire.cut(True)
            self.wire.mute = False
            self.pause(0.1, 0.3)

    def swallow(self):
        self.wire.swallow = True
        self.pause(0.1, 2)
        self.wire.cut(True)
        self.wire.swallow = False

    def refuse(self):
        self.wire.refuse = True
        self.wire.cut(True)
        self.pause(0.1, 1)
        self.wire.refuse = False

    def end_sessions(self):
        self.db.end_sessions()

    def hold_rows(self):
        """Somebody else's transaction."""
        if self.db.engine == 'sqlite':
            other = sqlite3.connect(self.db.path, timeout=1)
            try:
                other.execute('BEGIN IMMEDIATE')
                self.pause(0.05, 1)
            except sqlite3.OperationalError:
                pass
            other.close()
        else:
            wait = 'DO SLEEP(1)' if self.db.engine == 'mariadb' else 'SELECT pg_sleep(1)'
            self.db.sql('START TRANSACTION; SELECT id FROM people ORDER BY id LIMIT 12 FOR UPDATE; %s; COMMIT' % wait)

    def faults(self):
        if self.db.engine == 'sqlite':
            return [self.hold_rows]
        return [self.kill, self.shut_down, self.stop, self.cut, self.delay, self.delay_and_cut, self.swallow,
                self.lose_answers, self.lose_answers, self.refuse, self.end_sessions, self.hold_rows]

    def make(self, until):
        while time.monotonic() < until:
            fault = self.dice.choice(self.faults())
            self.told[fault.__name__] = self.told.get(fault.__name__, 0) + 1
            try:
                fault()
            except RuntimeError as error:       # a client of the test's own, in the same trouble
                print('# %s: %s' % (fault.__name__, ' '.join(str(error).split())), file=sys.stderr)
            ended = time.monotonic()
            self.pause(*((0.2, 1.5) if self.dice.random() < 0.8 else (3, 5)))
            self.spans.append((fault.__name__, ended, time.monotonic()))

    def well(self):
        if not self.server:
            return None
        for _ in range(600):
            try:
                return self.db.sql('SELECT 1', database=False)
            except RuntimeError:
                if self.server.child and self.server.child.poll() is not None:
                    self.server.start()
                time.sleep(0.05)
        raise RuntimeError('the server does not come back')


def recovered(t, spans, lines):
    """From "all is well" to the first good answer; where the next trouble came first, nothing."""
    told = [int(n) for line in lines if line.startswith('back') for n in line.split()[1:]]
    t.equal('times told', len(told), len(spans))
    t.check('no slow recovery', -2 not in told, [s[0] for s, ms in zip(spans, told) if ms == -2])
    times = {}
    for span, ms in zip(spans, told):
        if ms >= 0:
            times.setdefault(span[0], []).append(ms)
    return ', '.join('%s %d at most %d' % (what, sorted(ms)[len(ms) // 2], max(ms)) for what, ms in sorted(times.items()))


def a_server(engine):
    if engine == 'mariadb':
        with open(os.path.join(os.environ['IDBC_TEST_MYSQL_DIR'], 'pid')) as f:
            return Server(int(f.read()), '--innodb-flush-log-at-trx-commit=2')
    if engine == 'postgresql':
        with open(os.path.join(os.environ['IDBC_TEST_PG_DIR'], 'data', 'postmaster.pid')) as f:
            return Server(int(f.readline()))
    return None


def said(host, word, lines):
    while True:
        line = host.stdout.readline()
        if not line or line.strip() == word:
            return bool(line)
        lines.append(line.rstrip('\n'))


def run(place, quick, driver, server, seconds, seed):
    """`quick`: a folder in memory for SQLite, which nothing interrupts while the disk flushes."""
    db = database(driver, 'chaos_' + driver.replace('-', '_'), quick)
    trouble = Trouble(None, server, db, random.Random(seed))
    trouble.well()
    db.load(place.file('ddl.sql', DDL % KINDS[db.engine]))
    if server:
        trouble.wire = Wire(int(db.port))
    configs = [place.config(name, driver.split('-')[0], options(driver, db, trouble.wire and trouble.wire.port),
                            USERS, pool={'max': 6}, timeout_ms=3000, **{'async': {'workers': 4, 'queue': 64}})
               for name in ('chaos', 'visits')]
    lines, env = [], {k: v for k, v in os.environ.items() if k != 'LD_PRELOAD'}
    env.update(EXACT)
    host = subprocess.Popen([os.path.join(BUILD, 'tests', 'host', 'chaos_host'), 'chaos/' + driver] + configs +
                            [str(seconds), str(seed)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)
    watchdog = threading.Timer(seconds + 240, host.kill)
    watchdog.start()
    try:
        if said(host, 'ready', lines):
            trouble.make(time.monotonic() + seconds - 1)
        trouble.well()
        if said(host, 'calm', lines):
            host.stdin.write(' '.join('%d %d' % (s[1] * 1e9, s[2] * 1e9) for s in trouble.spans) + '\n')
            host.stdin.flush()
        said(host, '', lines)
        host.wait()
    finally:
        watchdog.cancel()
        host.kill()
        trouble.well()
        rows = db.sql('SELECT COUNT(*), COUNT(DISTINCT login), COUNT(DISTINCT mail) FROM people')
    print('# %s, seed %d: %s' % (driver, seed, ', '.join('%d %s' % (n, what) for what, n in sorted(trouble.told.items()))))
    return host.returncode, lines, [int(n) for n in rows[0]], trouble.spans


def judge(driver, server, seconds, seed):
    tap, lines = Tap('chaos/' + driver), []
    memory = '/dev/shm' if os.path.isdir('/dev/shm') else None
    with Workplace() as place, tempfile.TemporaryDirectory(dir=memory) as quick, tap.test('rows') as t:
        code, lines, rows, spans = run(place, quick, driver, server, seconds, seed)
        there = [int(line.split()[1]) for line in lines if line.startswith('there ')]
        t.check('users, counted by us and by a client', there and rows == there * 3, (there, rows, 'seed %d' % seed))
        t.check('the host ended', code in (0, 1), code)
        print('# ms until the first answer: %s' % recovered(t, spans, lines), flush=True)
    for line in lines:
        if not line.startswith(('there ', 'back')):
            print(line, flush=True)
    return tap.failed or any(line.startswith('not ok') for line in lines)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    seconds, seed = int(sys.argv[1]), int(sys.argv[2]) or random.SystemRandom().randrange(1, 1 << 30)
    servers, bad = {}, False
    try:
        for driver in sys.argv[3:]:
            engine = {'mysql': 'mariadb'}.get(driver, driver[5:])
            servers[engine] = servers.get(engine) or a_server(engine)
            bad |= bool(judge(driver, servers[engine], seconds, seed))
    finally:
        for engine, server in servers.items():
            if server and server.child:
                server.end(signal.SIGTERM if engine == 'mariadb' else signal.SIGINT)
    sys.exit(1 if bad else 0)


if __name__ == '__main__':
    main()
