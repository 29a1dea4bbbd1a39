"""Deletes over two stores and moves from one store to another that are broken off: at every step
of the process (killed), at every step by the death of the server, at every message by a cut
connection, and at random.  Afterwards what was interrupted is recovered, and the rows of both
stores and the host's profiles are compared with what may be.

usage: crash.py steps|servers|cuts DRIVER [OPERATION...], or crash.py soak DRIVER COUNT SEED
DRIVER: mysql, odbc-mariadb, odbc-postgresql or odbc-sqlite"""
import collections
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cutter import Cutter  # noqa: E402
from failures import through  # noqa: E402
from kept import keep  # noqa: E402
from kit import BUILD, SLOWER, Tap, Workplace, database, heard  # noqa: E402
from outcome import Server  # noqa: E402

FAULTS = os.path.join(BUILD, 'faults')
PASSWORD, SECOND = 'Kq-77-vw', 'Wv-88-zz'
HASH = '$2b$04$KVKEcGVNqB9Y4ng.nsFMiO7QQ6GyVqe4GEaOTOdHBeHSurNvWPM9G'
LEASE_MS = 1000
STRIDE = int(os.environ.get('CRASH_STRIDE', '1'))     # of so many messages, and deaths of a server, one
EVERY = max(1, STRIDE // 2)                            # of so many deaths of a process

DDL = {
    'mariadb': 'CREATE TABLE people (id INT AUTO_INCREMENT PRIMARY KEY, login VARCHAR(60) UNIQUE, '
               'mail VARCHAR(100) UNIQUE, verified BOOLEAN NOT NULL DEFAULT FALSE, pw VARCHAR(255)) ENGINE=InnoDB;'
               'CREATE TABLE details (person INT PRIMARY KEY REFERENCES people(id), nick VARCHAR(60), '
               'plan VARCHAR(60)) ENGINE=InnoDB;'
               'CREATE TABLE notes (id INT AUTO_INCREMENT PRIMARY KEY, person INT, note TEXT, INDEX (person)) '
               'ENGINE=InnoDB',
    'postgresql': 'CREATE TABLE people (id serial PRIMARY KEY, login varchar(60) UNIQUE, '
                  'mail varchar(100) UNIQUE, verified boolean NOT NULL DEFAULT false, pw varchar(255));'
                  'CREATE TABLE details (person int PRIMARY KEY REFERENCES people(id), nick varchar(60), '
                  'plan varchar(60));'
                  'CREATE TABLE notes (id serial PRIMARY KEY, person int, note text);'
                  'CREATE INDEX notes_person ON notes (person);'
                  'GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC;'
                  'GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO PUBLIC;'
                  'GRANT CREATE ON SCHEMA public TO PUBLIC',
    'sqlite': 'PRAGMA journal_mode=WAL;'
              'CREATE TABLE people (id INTEGER PRIMARY KEY AUTOINCREMENT, login TEXT UNIQUE, mail TEXT UNIQUE, '
              'verified BOOLEAN NOT NULL DEFAULT 0, pw TEXT);'
              'CREATE TABLE details (person INTEGER PRIMARY KEY REFERENCES people(id), nick TEXT, plan TEXT);'
              'CREATE TABLE notes (id INTEGER PRIMARY KEY, person INTEGER, note TEXT);'
              'CREATE INDEX notes_person ON notes (person)',
}
EMPTY = {'mariadb': 'SELECT 1', 'sqlite': 'PRAGMA journal_mode=WAL',
         'postgresql': 'GRANT CREATE ON SCHEMA public TO PUBLIC'}
USERS = {
    'user': {'table': 'people', 'key': 'id', 'id': 'auto'},
    'links': {'d': {'table': 'details', 'on': {'person': '@id'}},
              'n': {'table': 'notes', 'on': {'person': '@id'}, 'as': 'many'}},
    'profile': {'user_id': 'id', 'username': 'login', 'email': 'mail', 'nickname': 'd.nick',
                'app_metadata.plan': 'd.plan',
                'email_verified': {'col': 'verified', 'bool': True}},
    'login': {'by': ['username', 'email']},
    'password': {'col': 'pw', 'accept': ['bcrypt'], 'write': {'scheme': 'bcrypt/2b', 'cost': 4}, 'upgrade': False},
    'create': {'unique': ['username', 'email']},
    'delete': {'steps': [{'delete': 'notes', 'where': {'person': '@id'}},
                         {'delete': 'details', 'where': {'person': '@id'}}]},
}
DELETE = {'intents': 'idbc_intents', 'lease_ms': LEASE_MS}
PREFERRED = {'preferred': {'scheme': 'bcrypt/2b', 'cost': 4}}


class Host:
    """tests/faults/crash.c in the build with failpoints; dead is an answer too."""

    def __init__(self, config, profiles, failpoint=None, trace=None):
        env = {k: v for k, v in os.environ.items() if k != 'LD_PRELOAD' and 'FAILPOINT' not in k}
        if failpoint:
            env['IDBC_FAILPOINT'] = failpoint
        if trace:
            env['IDBC_FAILPOINT_TRACE'] = trace
        self.process = subprocess.Popen([os.path.join(FAULTS, 'crash'), config, profiles or '-'], env=env, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=1)
        self.opened = self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            return ['DEAD', 'UNKNOWN', '-']
        return line.rstrip('\n').split(' ', 3)

    def send(self, *words):
        try:
            self.process.stdin.write(' '.join(words) + '\n')
            self.process.stdin.flush()
        except BrokenPipeError:
            pass

    def __call__(self, *words):
        self.send(*words)
        return self.answer()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        try:
            self.process.wait(60 * SLOWER)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        heard(self.process.stderr.read(), PASSWORD.encode(), SECOND.encode())
        self.process.stdout.close()
        self.process.stderr.close()


class Scene:
    """The stores of one driver, and the folder of the host's profiles."""

    def __init__(self, place, driver, how, port=None):
        self.place, self.driver, self.n = place, driver, 0
        self.old, self.new = (keep(database(driver, 'crash_%s_%s' % (how, name), place.path)) for name in ('old', 'new'))
        self.old.load(place.file('old.sql', DDL[self.old.engine]))
        self.new.load(place.file('new.sql', EMPTY[self.new.engine]))
        self.profiles = os.path.join(place.path, 'profiles')
        os.mkdir(self.profiles)
        self.configure(port)

    def options(self, db, port):
        if port:
            return through(self.driver, db, port)
        return db.options(self.driver)

    def configure(self, port):
        driver = self.driver.split('-')[0]
        more = {'timeout_ms': 12000 * SLOWER, 'delete': DELETE}
        self.alone = self.place.config('shop', driver, self.options(self.old, port), USERS, **more)
        self.target = self.place.config('target', driver, self.options(self.new, None), password=PREFERRED, **more)
        old, new = self.document(self.alone), self.document(self.target)
        new['options'] = self.options(self.new, port)
        self.both = self.place.config('both', 'migrate', {'from': old, 'to': new}, password=PREFERRED,
                                      timeout_ms=12000 * SLOWER)

    @staticmethod
    def document(path):
        with open(path) as f:
            return json.load(f)

    def create_tables(self, t, both=True):
        for config in (self.alone, self.target) + (self.both,) * both:
            done = subprocess.run([os.path.join(FAULTS, 'idbc'), '-c', config, '--json', 'check', '--create'],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            findings = json.loads(done.stdout or '{}').get('findings', [])
            t.check('check --create of %s' % os.path.basename(config),
                    not [f for f in findings if f['severity'] == 'error'], (done.stdout[:600], done.stderr[:300]))

    # --- what is there ------------------------------------------------------------------
    def add(self, both=False):
        """One more user, in the old store, with rows in every table and a profile at the host."""
        self.n += 1
        return User(self, 'user%d' % self.n, self.both if both else self.alone)

    def expire(self):
        """Whoever holds an intent has had his time; how many there are."""
        standing = 0
        for db in (self.old, self.new):
            if 'idbc_intents' in db.tables():
                standing += self.one(db, 'SELECT COUNT(*) FROM idbc_intents WHERE state = 1')
                db.sql('UPDATE idbc_intents SET lease_end = 0 WHERE state = 1')
        return standing

    def one(self, db, sql):
        return int(db.sql(sql)[0][0])


class User:
    def __init__(self, scene, name, config):
        self.scene, self.name, self.config = scene, name, config
        scene.old.sql("INSERT INTO people (login, mail, pw) VALUES ('%s', '%s@example.com', '%s')" % (name, name, HASH))
        self.native = scene.old.sql("SELECT id FROM people WHERE login = '%s'" % name)[0][0]
        scene.old.sql("INSERT INTO details (person, nick, plan) VALUES (%s, 'nick of %s', 'gold');"
                      "INSERT INTO notes (person, note) VALUES (%s, 'a'), (%s, 'b')"
                      % (self.native, name, self.native, self.native))
        self.id = ('both|' if config == scene.both else 'shop|') + self.native
        self.file = os.path.join(scene.profiles, self.id)
        with open(self.file, 'w'):
            pass

    def refuse(self):
        with open(self.file + '.refuse', 'w'):
            pass

    def old_rows(self):
        """Of people, details and notes."""
        return tuple(int(x) for x in self.scene.old.sql(
            'SELECT (SELECT COUNT(*) FROM people WHERE id = %s), (SELECT COUNT(*) FROM details WHERE person = %s), '
            '(SELECT COUNT(*) FROM notes WHERE person = %s)' % (self.native, self.native, self.native))[0])

    def new_rows(self):
        return self.scene.one(self.scene.new, "SELECT COUNT(*) FROM idbc_users WHERE id = '%s' OR username = '%s'"
                              % (self.native, self.name))

    def has_profile(self):
        return os.path.exists(self.file)

    def whole(self, found, verified=False, email=None):
        """The profile as it always was."""
        user = json.loads(found[3]) if len(found) > 3 else {}
        wanted = {'user_id': self.id, 'username': self.name, 'email': email or self.name + '@example.com',
                  'nickname': 'nick of ' + self.name, 'app_metadata': {'plan': 'gold'}, 'email_verified': verified}
        return {k: user.get(k) for k in wanted} == wanted


# --- what is done, and how it may have ended ------------------------------------------------
class Operation:
    """`ask`: the line that is broken off.  `judge(t, where, user, host)`: once all is recovered,
    by a host that nothing happens to."""
    store, migrating = True, False

    def prepare(self, scene):
        return scene.add(self.migrating)

    def before(self, user):
        pass

    def watch(self, t, where, user, host):
        """At once, with nothing recovered: no user without profile."""
        found = host('get', user.id)
        if found[0] == 'OK':
            t.check(where + ': nobody is there without his profile', user.has_profile(), found)
        else:
            t.equal(where + ': gone or not', found[0], 'NO_USER')
            t.equal(where + ': nor does he log in', host('login', user.name, PASSWORD)[0], 'DENIED')


class Delete(Operation):
    name = 'delete'

    def ask(self, user):
        return 'delete', user.id

    def judge(self, t, where, user, host):
        found, rows = host('get', user.id), user.old_rows()
        if found[0] == 'OK':
            t.equal(where + ': all of him is there', (rows, user.has_profile(), user.whole(found)),
                    ((1, 1, 2), True, True))
            t.equal(where + ': he logs in', host('login', user.name, PASSWORD)[0], 'OK')
            return 'there'
        t.equal(where + ': nothing of him is left', (found[0], rows, user.has_profile()), ('NO_USER', (0, 0, 0), False))
        return 'gone'


class Refused(Delete):
    name = 'delete-refused'

    def before(self, user):
        user.refuse()

    def judge(self, t, where, user, host):
        t.equal(where + ': he is back', Delete.judge(self, t, where, user, host), 'there')
        return 'there'


class Recover(Delete):
    """Of a delete whose process died before, or after, the profile was removed."""
    name = 'recover'
    first = 'delete.removed'

    def before(self, user):
        with Host(user.config, user.scene.profiles, '%s=kill' % self.first) as host:
            host('find', 'nobody')
            host('delete', user.id)

    def ask(self, user):
        """An open would have recovered him."""
        user.scene.expire()
        return ('recover',)

    def judge(self, t, where, user, host):
        t.equal(where + ': he is gone', Delete.judge(self, t, where, user, host), 'gone')
        return 'gone'


class RecoverHidden(Recover):
    name = 'recover-hidden'
    first = 'delete.hidden'


class Moving(Operation):
    migrating, store = True, False
    password, verified, moves = PASSWORD, False, True

    def watch(self, t, where, user, host):
        pass

    def address(self, user):
        return user.name + '@example.com'

    def judge(self, t, where, user, host):
        found = host('get', user.id)
        t.check(where + ': his profile is whole', found[0] == 'OK' and self.is_whole(user, found), found)
        by_name = host('find', user.name)
        t.equal(where + ': by name he is the same', by_name, found)
        entered = [p for p in (PASSWORD, SECOND) if host('login', user.name, p)[0] == 'OK']
        t.check(where + ': one password is his', len(entered) == 1 and entered[0] in self.passwords(), entered)
        t.equal(where + ': once in the new store', user.new_rows(), 1)
        t.equal(where + ': and the profile is still whole', self.is_whole(user, host('get', user.id)), True)
        return 'new' if entered == [self.password] else 'old'

    def passwords(self):
        return (PASSWORD, self.password)

    def is_whole(self, user, found):
        return user.whole(found) or user.whole(found, self.verified, self.address(user))


class Login(Moving):
    name = 'login'

    def ask(self, user):
        return 'login', user.name, PASSWORD


class MovePassword(Moving):
    name, password = 'password', SECOND

    def ask(self, user):
        return 'password', user.id, SECOND


class MoveVerify(Moving):
    name, verified = 'verify', True

    def ask(self, user):
        return 'verify', user.name + '@example.com'


class MoveEmail(Moving):
    name, verified = 'email', True

    def ask(self, user):
        return 'email', user.id, self.address(user)

    def address(self, user):
        return 'to-%s@example.com' % user.name


class DeleteOld(Delete):
    """Who is still in the old store."""
    name, migrating = 'delete-old', True

    def judge(self, t, where, user, host):
        found, rows = host('get', user.id), user.old_rows()
        if found[0] == 'OK':
            t.check(where + ': all of him is there',
                    rows == (1, 1, 2) and user.has_profile() and user.whole(found), (rows, found))
            t.equal(where + ': he logs in', host('login', user.name, PASSWORD)[0], 'OK')
            return 'there'
        t.equal(where + ': nothing of him is left', (found[0], rows, user.new_rows(), user.has_profile()),
                ('NO_USER', (0, 0, 0), 0, False))
        return 'gone'


class DeleteMoved(DeleteOld):
    """Who was moved before."""
    name = 'delete-moved'

    def before(self, user):
        with Host(user.config, None) as host:
            host('login', user.name, PASSWORD)


class Decided(Delete):
    """The process dies once the delete is entered in the new store and before the old one is touched;
    the profile is gone by then, and whatever the profile store answers a recovery, so is he."""
    name, migrating, store = 'recover-decided', True, True

    def before(self, user):
        self.move(user)
        with Host(user.config, user.scene.profiles, 'move.entered=kill') as host:
            host('find', 'nobody')
            host('delete', user.id)
        user.refuse()
        user.scene.expire()

    def move(self, user):
        with Host(user.config, None) as host:
            host('login', user.name, PASSWORD)

    def ask(self, user):
        return ('recover',)

    def judge(self, t, where, user, host):
        found = host('get', user.id)
        t.equal(where + ': nothing of him is left', (found[0], user.old_rows(), user.new_rows(), user.has_profile()),
                ('NO_USER', (0, 0, 0), 0, False))
        return 'gone'


class DecidedOld(Decided):
    """Who has not moved yet."""
    name = 'recover-decided-old'

    def move(self, user):
        pass


ALONE = (Delete(), Refused(), Recover(), RecoverHidden())
BOTH = (Login(), MovePassword(), MoveVerify(), MoveEmail(), DeleteOld(), DeleteMoved())
DECIDED = (Decided(), DecidedOld())


# --- at every step ------------------------------------------------------------------------
def profiles_of(scene, op):
    return scene.profiles if op.store or 'delete' in op.name else None


def passages(t, scene, op):
    """The failpoints that the operation passes, without those of opening and of the first statement."""
    counts = []
    for full in (False, True):
        user = op.prepare(scene)
        op.before(user)
        trace = os.path.join(scene.place.path, 'trace')
        with Host(user.config, profiles_of(scene, op), trace=trace) as host:
            host('find', 'nobody')
            if not full and isinstance(op, Moving):
                t.equal('an open moves nobody', user.new_rows(), 0)
            if full:
                told = host(*op.ask(user))
        with open(trace) as f:
            counts.append(collections.Counter(f.read().split()))
        os.unlink(trace)
        with Host(user.config, scene.profiles) as host:         # nothing of this is left to the next
            scene.expire()
            host('recover')
    t.check('untouched it is done', told[0] == ('CANCELLED' if isinstance(op, Refused) else 'OK'), told)
    return [(name, k) for name in counts[1] for k in range(counts[0][name] + 1, counts[1][name] + 1)]


def recover(t, where, scene, op, user, told=None):
    """A fresh host: what it sees at once, then everything that was left is finished."""
    with Host(user.config, profiles_of(scene, op)) as host:
        t.equal(where + ': opens again', host.opened[0], 'OK')
        op.watch(t, where, user, host)
        if 'delete' in op.name or 'recover' in op.name:
            scene.expire()
            t.equal(where + ': recovers', host('recover')[0], 'OK')
            t.equal(where + ': intents left', scene.expire(), 0)
        ended = op.judge(t, where, user, host)
        if told and told[0] == 'OK':
            t.check(where + ': what was told to be done is done', ended in ('gone', 'new') or op.password == PASSWORD
                    if isinstance(op, Moving) else ended == 'gone', (told, ended))
        return ended


def steps(tap, scene, op):
    with tap.test('steps/' + op.name) as t:
        seen, points, reached = collections.Counter(), passages(t, scene, op), 0
        t.check('there are steps', len(points) > 2, points)
        points = points[random.randrange(EVERY)::EVERY]
        for name, k in points:
            user = op.prepare(scene)
            op.before(user)
            where = 'killed at %s#%d' % (name, k)
            with Host(user.config, profiles_of(scene, op), '%s#%d=kill' % (name, k)) as host:
                host('find', 'nobody')
                told = host(*op.ask(user))
            reached += host.process.returncode == -signal.SIGKILL
            seen[recover(t, where, scene, op, user, None if told[0] == 'DEAD' else told)] += 1
        # A statement that was tried again while they were counted does not come each time.
        t.check('most were reached', reached * 3 >= len(points) * 2, (reached, len(points)))
        print('  %s %s: %d steps, %s' % (scene.driver, op.name, len(points), dict(seen)), file=sys.stderr)


def decided(tap, scene, op):
    """Recovery too is killed, while it ends what it may not withdraw."""
    with tap.test('steps/' + op.name) as t:
        for point in (None, 'recover.taken', 'move.entering', 'move.entered', 'move.deleting#2', 'move.deleted#2',
                      'move.deleting#3', 'move.deleted#3', 'sql.buried'):
            user = op.prepare(scene)
            op.before(user)
            t.check('it is on its way', not user.has_profile() and user.old_rows() == (1, 1, 2), user.old_rows())
            if point:
                with Host(user.config, scene.profiles, point + '=kill') as host:
                    host(*op.ask(user))
                t.equal('killed at ' + point, host.process.returncode, -signal.SIGKILL)
                scene.expire()
            recover(t, 'decided, then killed at %s' % point, scene, op, user)


def servers(tap, scene, op, server):
    """The process lives, the server dies and comes back."""
    with tap.test('servers/' + op.name) as t:
        seen, points = collections.Counter(), passages(t, scene, op)
        for name, k in points[random.randrange(STRIDE)::STRIDE]:
            user = op.prepare(scene)
            op.before(user)
            where, flag = 'server killed at %s#%d' % (name, k), os.path.join(scene.place.path, 'held')
            with Host(user.config, profiles_of(scene, op), '%s#%d=hold:%s' % (name, k, flag)) as host:
                host('find', 'nobody')
                host.send(*op.ask(user))
                while not os.path.exists(flag) and host.process.poll() is None:
                    time.sleep(0.005)
                server.kill()
                scene.old.forget()
                scene.new.forget()
                server.wait()
                os.unlink(flag)
                told = host.answer()
            seen[told[0] + ' ' + told[1] + ' ' + recover(t, where, scene, op, user, told)] += 1
        print('  %s %s: %d steps, %s' % (scene.driver, op.name, len(points), dict(seen)), file=sys.stderr)


def cuts(tap, scene, op, cutter):
    """The connection ends at each message; those that reach the server late as well."""
    for how in ('cut', 'late'):
        with tap.test('%s/%s' % (how, op.name)) as t:
            seen = collections.Counter()
            for k in range(1 + random.randrange(STRIDE), 400, STRIDE):
                user = op.prepare(scene)
                op.before(user)
                where = '%s at message %d' % (how, k)
                with Host(user.config, profiles_of(scene, op)) as host:
                    host('find', 'nobody')
                    cutter.arm(k, how)
                    told = host(*op.ask(user))
                    fired = cutter.fired.is_set()
                    cutter.arm(0, '')
                if not fired:
                    t.check('there are messages', k > 4, k)
                    break
                time.sleep(0.05)
                seen[told[0] + ' ' + told[1] + ' ' + recover(t, where, scene, op, user, told)] += 1
            print('  %s %s %s: %s' % (scene.driver, how, op.name, dict(seen)), file=sys.stderr)


# --- at random ------------------------------------------------------------------------------
class Worker(threading.Thread):
    """One process after the other, each killed at a random moment, until its lines are done."""

    def __init__(self, scene, config, lines, dice):
        super().__init__(daemon=True)
        self.scene, self.config, self.lines, self.dice = scene, config, lines, dice
        self.told, self.deaths = {}, 0

    def run(self):
        at = 0
        while at < len(self.lines):
            last = at + self.dice.randrange(12)
            with Host(self.config, self.scene.profiles) as host:
                timer = threading.Timer(self.dice.uniform(0, 0.02), host.process.kill)
                while at < len(self.lines):
                    if at == last:
                        timer.start()
                    told = host(*self.lines[at])
                    self.told[self.lines[at]] = told
                    if told[0] == 'DEAD':
                        self.deaths += 1
                        at += self.dice.random() < 0.5          # else once more
                        break
                    at += 1
                timer.cancel()


class Observer(threading.Thread):
    """Looks at users all the while: who is gone stays gone, who is there is whole."""

    def __init__(self, scene, users, dice):
        super().__init__(daemon=True)
        self.scene, self.users, self.dice = scene, users, dice
        self.stop, self.looks, self.wrong, self.gone = threading.Event(), 0, [], set()

    def look(self, host, user):
        by_login = self.dice.random() < 0.3
        found = host('login', user.name, PASSWORD) if by_login else host('get', user.id)
        self.looks += 1
        if found[0] in ('NO_USER', 'DENIED'):
            self.gone.add(user.name)
        elif found[0] == 'OK':
            if user.name in self.gone:
                self.wrong.append(('came back', user.name, found))
            elif not user.whole(found):
                self.wrong.append(('half of him', user.name, found))
        elif found[0] not in ('UNAVAILABLE', 'TIMEOUT', 'BUSY'):
            self.wrong.append(('neither', user.name, found))

    def run(self):
        with Host(self.users[0].config, None) as host:
            while not self.stop.is_set():
                user = self.dice.choice(self.users)
                if user.name in self.scene.doomed or self.dice.random() < 0.3:
                    self.look(host, user)


def soak(tap, scene, count, seed):
    dice = random.Random(seed)
    with tap.test('soak/%d of each' % count) as t:
        users = [scene.add(True) for _ in range(2 * count)]
        scene.doomed = {u.name for u in users[:count]}
        lines = [('delete', u.id) for u in users[:count]] + [('login', u.name, PASSWORD) for u in users[count:]]
        dice.shuffle(lines)
        # Some are moved before they are deleted.
        lines = [('login', u.name, PASSWORD) for u in users[:count:3]] + lines
        workers = [Worker(scene, scene.both, lines[i::4], random.Random(seed + i)) for i in range(4)]
        observer = Observer(scene, users, random.Random(seed + 9))
        for thread in workers + [observer]:
            thread.start()
        for worker in workers:
            worker.join()
        observer.stop.set()
        observer.join(60)
        scene.expire()
        judge_soak(t, scene, users, count, observer, workers)


def judge_soak(t, scene, users, count, observer, workers):
    told = {line: answer for worker in workers for line, answer in worker.told.items()}
    ended = collections.Counter()
    t.check('processes died', sum(w.deaths for w in workers) >= 4, [w.deaths for w in workers])
    t.equal('the observer saw nothing that may not be', observer.wrong[:3], [])
    t.check('the observer looked', observer.looks > 50, observer.looks)
    with Host(scene.both, scene.profiles) as host:
        for _ in range(200):
            if host('recover')[0] == 'OK':
                break
        for user in users[:count]:
            ended[DeleteOld().judge(t, user.name, user, host)] += 1
            if told.get(('delete', user.id), ['-'])[0] == 'OK':
                t.equal('%s was deleted, it was said' % user.name, (user.has_profile(), user.old_rows()),
                        (False, (0, 0, 0)))
        for user in users[count:]:
            ended[Login().judge(t, user.name, user, host)] += 1
    print('  %s: %d deaths, %d looks, %s' % (scene.driver, sum(w.deaths for w in workers), observer.looks,
                                             dict(ended)), file=sys.stderr)


def durable(db):
    """What was committed outlives the server's death."""
    server = Server(db)
    if db.engine == 'mariadb':
        db.sql('SET GLOBAL innodb_flush_log_at_trx_commit = 2')
        server.command += [b'--innodb-flush-log-at-trx-commit=2']
    return server


def main():
    how, driver, rest = sys.argv[1], sys.argv[2], sys.argv[3:]
    tap = Tap('crash/' + driver)
    with Workplace() as place:
        cutter = None
        if how == 'cuts':
            db = database(driver, '', place.path)
            cutter = Cutter(int(db.port), db.engine)
        scene = Scene(place, driver, how, cutter and cutter.port)
        known = ALONE + BOTH + DECIDED * (how == 'steps')
        wanted = [op for op in known if how == 'soak' or not rest or op.name in rest]
        with tap.test(how + '/tables') as t:
            scene.create_tables(t, any(op.migrating for op in wanted))
        if how == 'soak':
            soak(tap, scene, int(rest[0]), int(rest[1]))
            tap.done()
        server = durable(scene.old) if how == 'servers' else None
        try:
            for op in wanted:
                if op in DECIDED:
                    decided(tap, scene, op)
                elif how == 'steps':
                    steps(tap, scene, op)
                elif how == 'servers':
                    servers(tap, scene, op, server)
                else:
                    cuts(tap, scene, op, cutter)
        finally:
            if server:
                server.end()
            if cutter:
                cutter.close()
    tap.done()


if __name__ == '__main__':
    main()
