"""Imports and moves in bulk that are broken off: the process killed at their steps, the server
killed at their steps, and gone on with.  Afterwards everybody is there once and whole, and what
is counted is what an undisturbed run counts.

usage: crash_bulk.py steps|servers DRIVER COUNT SEED
COUNT: steps of each operation that are tried, spread over all; every step of "bulk." is."""
import collections
import json
import os
import random
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from crash import DDL, EMPTY, FAULTS, HASH, PREFERRED, USERS, durable  # noqa: E402
from kit import SLOWER, Answer, Tap, Workplace, database, heard, idbc  # noqa: E402

PASSWORD = 'Kq-77-vw'
MANY = 150                      # more than two batches of an import, and than one saved state of a run
BEFORE = {'user_id': 'old', 'email': 'before@example.com', 'created_at': '2020-01-02T03:04:05.000Z'}
TIMEOUT = {'timeout_ms': 12000 * SLOWER}


def faulty(config, *args, failpoint=None, trace=None, stdout=subprocess.PIPE):
    env = {k: v for k, v in os.environ.items() if k != 'LD_PRELOAD' and 'FAILPOINT' not in k}
    env.update({'IDBC_FAILPOINT': failpoint} if failpoint else {}, **({'IDBC_FAILPOINT_TRACE': trace} if trace else {}))
    return subprocess.Popen([os.path.join(FAULTS, 'idbc'), '-c', config, *args], env=env,
                            stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE)


def ended(process):
    out, err = process.communicate(timeout=120 * SLOWER)
    heard(err.decode(errors='replace'), PASSWORD.encode())
    return Answer(subprocess.CompletedProcess([], process.returncode, out or b'', err))


class Import:
    """Into an empty store of our own schema, but for one who is there before."""
    name, command, options = 'import', 'import', ()
    code, new = 1, ('updated_at',)

    def __init__(self, place, driver):
        self.place, self.driver = place, driver
        self.db = database(driver, 'crash_bulk_in', place.path)
        self.runs = 0
        self.file = place.file('users.jsonl', ''.join(self.lines()))

    @staticmethod
    def record(i):
        return {'user_id': 'n%d' % i, 'email': 'n%d@example.com' % i, 'username': 'n%d' % i,
                'email_verified': i % 2 == 0, 'user_metadata': {'n': i}, 'created_at': '2021-01-02T03:04:05.000Z',
                'password_hash': HASH}

    def lines(self):
        for i in range(MANY):
            yield json.dumps(self.record(i)) + '\n'
            if i == 20:
                yield '{"email": "broken\n'
            if i == 70:
                yield json.dumps({'email': 'n3@example.com'}) + '\n'
                yield json.dumps({**self.record(4), 'user_id': 'other', 'username': 'other'}) + '\n'
        yield json.dumps({'user_id': 'mine', 'email': 'before@example.com', 'password_hash': HASH}) + '\n'

    def prepare(self):
        self.db.load(self.place.file('in.sql', EMPTY[self.db.engine]))
        self.config = self.place.config('into', self.driver.split('-')[0], self.db.options(self.driver),
                                        password=PREFERRED, **TIMEOUT)
        made = idbc(self.config, 'check', '--create')
        assert made.code == 0, made.err
        assert idbc(self.config, 'import', stdin=json.dumps(BEFORE)).code == 0
        self.runs += 1
        self.state = os.path.join(self.place.path, '%s.%d' % (self.name, self.runs))

    def args(self):
        return [self.command, *self.options, '--state', self.state, self.file]

    def rows(self):
        """All that is exported, but for the times of the writes themselves."""
        out = idbc(self.config, 'export', '--hashes')
        assert out.code == 0, out.err
        users = [json.loads(line) for line in out.out.splitlines()]
        for user in users:
            for field in self.new:
                user.pop(field, None)
        return sorted(users, key=lambda u: u['user_id'])

    def counts(self, answer):
        got = answer.json
        return {k: got.get(k) for k in ('created', 'updated', 'exists', 'refused')}

    def judge(self, t, where, answer, plain):
        t.equal(where + ': exit status', answer.code, self.code) or t.check('said', False, (answer.out, answer.err))
        t.equal(where + ': counts', self.counts(answer), plain[0])
        rows = self.rows()
        t.equal(where + ': users', len(rows), len(plain[1]))
        wrong = [(a, b) for a, b in zip(rows, plain[1]) if a != b]
        t.check(where + ': as in an undisturbed run', not wrong, wrong[:1])
        came = idbc(self.config, 'login', self.who(), password=PASSWORD)
        t.equal(where + ': logs in', came.code, 0)

    def who(self):
        return 'n%d@example.com' % (MANY - 1)


class Upsert(Import):
    """Who was made by the run that was broken off is changed by the next: both are counted as done."""
    name, options = 'upsert', ('--upsert',)

    def counts(self, answer):
        got = Import.counts(self, answer)
        return {'done': (got['created'] or 0) + (got['updated'] or 0), 'exists': got['exists'],
                'refused': got['refused']}

    def lines(self):
        for i in range(MANY):
            yield json.dumps(self.record(i)) + '\n'
            if i == 20:
                yield '{"email": "broken\n'
        yield json.dumps({'user_id': 'old', 'email': 'before@example.com', 'given_name': 'Anna', 'email_verified': True,
                          'password_hash': HASH}) + '\n'

    def who(self):
        return 'before@example.com'


class Move(Import):
    """From a store of another schema; one address is taken in the new store."""
    name, new = 'migrate-run', ('updated_at', 'created_at')

    def __init__(self, place, driver):
        Import.__init__(self, place, driver)
        self.old = database(driver, 'crash_bulk_old', place.path)

    def prepare(self):
        Import.prepare(self)
        self.old.load(self.place.file('old.sql', DDL[self.old.engine]))
        self.old.sql(''.join(
            "INSERT INTO people (id, login, mail, pw) VALUES (%d, 'n%d', 'n%d@example.com', '%s');"
            "INSERT INTO details (person, nick, plan) VALUES (%d, 'nick%d', 'gold');" % (i, i, i, HASH, i, i)
            for i in range(1, MANY)) +
            "INSERT INTO people (id, login, mail, pw) VALUES (5000, 'n5000', 'before@example.com', '%s');" % HASH)
        driver = self.driver.split('-')[0]
        with open(self.config) as f:
            new = json.load(f)
        old = {'idbc': 1, 'connection': 'old', 'driver': driver, 'options': self.old.options(self.driver),
               'users': USERS}
        self.both = self.place.config('both', 'migrate', {'from': old, 'to': new}, password=PREFERRED, **TIMEOUT)
        made = idbc(self.both, 'check', '--create')
        assert made.code == 0, made.out

    def args(self):
        return ['migrate', 'run', '--state', self.state]

    def counts(self, answer):
        """Those of the run before its end was saved are found moved, and counted so."""
        got = answer.json
        return {'users': got.get('users'), 'moved': (got.get('moved') or 0) + (got.get('before') or 0),
                'conflict': got.get('conflict'), 'listed': [c['user_id'] for c in got.get('conflicts', [])],
                'else': [got.get(k) for k in ('changed', 'later', 'waiting', 'gone')]}

    def judge(self, t, where, answer, plain):
        Import.judge(self, t, where, answer, plain)
        seen = idbc(self.both, '--json', 'migrate', 'status').json
        t.equal(where + ': status', (seen.get('users'), seen.get('before'), seen.get('waiting')), (MANY, MANY - 1, 1))
        kept = idbc(self.both, 'get-user', 'n5000')
        t.equal(where + ': who could not be moved is whole', kept.json.get('email'), 'before@example.com')
        came = idbc(self.both, '--json', 'login', 'n5000', password=PASSWORD)
        t.equal(where + ': and told why', came.status, 'CONFLICT')


def run(op, **more):
    return faulty(getattr(op, 'both', op.config), '--json', *op.args(), **more)


def undisturbed(t, op):
    """Counts and rows of a run that nothing happens to, and the steps that it passes."""
    op.prepare()
    trace = os.path.join(op.place.path, 'trace')
    answer = ended(run(op, trace=trace))
    with open(trace) as f:
        passed = collections.Counter(f.read().split())
    os.unlink(trace)
    plain = op.counts(answer), op.rows()
    op.judge(t, 'undisturbed', answer, plain)
    t.check('it is as long as it should be', len(plain[1]) >= MANY, len(plain[1]))
    return plain, passed


def some(passed, count, dice):
    """Every step of a batch, and `count` of the others, the first and the last among them."""
    of_bulk = [(name, k + 1) for name in sorted(passed) if name.startswith('bulk.') for k in range(passed[name])]
    others = [(name, k + 1) for name in sorted(passed) if not name.startswith('bulk.') for k in range(passed[name])]
    ends = [('sql.commit', passed['sql.commit']), ('sql.committed', passed['sql.committed'])]
    return of_bulk + ends + dice.sample(others, min(count, len(others)))


def steps(tap, op, count, dice):
    with tap.test('steps/' + op.name) as t:
        plain, passed = undisturbed(t, op)
        for name, k in some(passed, count, dice):
            where = 'killed at %s#%d' % (name, k)
            op.prepare()
            process = run(op, failpoint='%s#%d=kill' % (name, k))
            ended(process)
            t.equal(where, process.returncode, -signal.SIGKILL)
            op.judge(t, where + ', gone on', ended(run(op)), plain)
        print('  %s %s: %s' % (op.driver, op.name, dict(passed)), file=sys.stderr)


def over_and_over(tap, op, count, dice):
    """Killed at a random step again and again, each run where the one before ended."""
    with tap.test('over-and-over/' + op.name) as t:
        plain, passed = undisturbed(t, op)
        for _ in range(2):
            op.prepare()
            for n in range(count):
                name = dice.choice(sorted(passed))
                ended(run(op, failpoint='%s#%d=kill' % (name, dice.randint(1, passed[name]))))
            op.judge(t, 'gone on', ended(run(op)), plain)


def servers(tap, op, server, count, dice):
    with tap.test('servers/' + op.name) as t:
        plain, passed = undisturbed(t, op)
        codes = collections.Counter()
        for name, k in some(passed, count, dice):
            where, flag = 'server killed at %s#%d' % (name, k), os.path.join(op.place.path, 'held')
            op.prepare()
            process = run(op, failpoint='%s#%d=hold:%s' % (name, k, flag))
            while not os.path.exists(flag) and process.poll() is None:
                time.sleep(0.005)
            server.kill()
            os.unlink(flag)
            answer = ended(process)
            server.wait()
            codes[answer.code] += 1
            # Whoever waited for the server went on by himself; else it says that the store is down.
            if answer.code != op.code:
                t.equal(where + ': the store is down', answer.code, 3) or t.check('said', False, answer.err)
                answer = ended(run(op))
            op.judge(t, where + ', gone on', answer, plain)
        print('  %s %s: exit statuses %s' % (op.driver, op.name, dict(codes)), file=sys.stderr)


def export(tap, op, server):
    """The server dies while users are listed: what was printed is whole, and the rest comes behind it."""
    with tap.test('servers/export') as t:
        op.prepare()
        more = op.place.file('more.jsonl', ''.join(json.dumps(op.record(i)) + '\n' for i in range(1000)))
        t.equal('users', idbc(op.config, 'import', more).code, 0)
        whole = idbc(op.config, 'export').out.splitlines()
        t.equal('all of them', len(whole), 1001)
        for k in (1, 2, 3, 5, 6):
            flag, printed = os.path.join(op.place.path, 'held'), os.path.join(op.place.path, 'printed')
            with open(printed, 'wb') as f:         # a pipe that nobody reads would be full
                process = faulty(op.config, 'export', failpoint='sql.execute#%d=hold:%s' % (k, flag), stdout=f)
            while not os.path.exists(flag) and process.poll() is None:
                time.sleep(0.005)
            server.kill()
            os.unlink(flag)
            answer = ended(process)
            server.wait()
            with open(printed, encoding='utf-8') as f:
                got = f.read().splitlines()
            t.check('%d: whole lines' % k, got == whole[:len(got)], got[-1:])
            if answer.code == 0:
                t.equal('%d: all' % k, len(got), len(whole))
                continue
            t.equal('%d: exit status' % k, answer.code, 3) or t.check('said', False, answer.err)
            after = ['--after', json.loads(got[-1])['user_id']] if got else []
            t.equal('%d: gone on' % k, got + idbc(op.config, 'export', *after).out.splitlines(), whole)


def main():
    how, driver, count, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    tap, dice = Tap('crash-bulk/' + driver), random.Random(seed)
    with Workplace() as place:
        ops = [kind(place, driver) for kind in (Import, Upsert, Move)]
        if how == 'steps':
            for op in ops:
                steps(tap, op, count, dice)
                over_and_over(tap, op, 3, dice)
            tap.done()
        ops[0].prepare()
        server = durable(ops[0].db)
        try:
            export(tap, ops[0], server)
            for op in ops:
                servers(tap, op, server, count, dice)
        finally:
            server.end()
    tap.done()


if __name__ == '__main__':
    main()
