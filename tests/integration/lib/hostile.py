"""Hostile stored credentials through logins: truncated, over every ceiling, with numbers that
overflow, markers, bytes that are no text.  Each is DENIED in bounded time and memory; the log
says DATA once for each user, with the reason and without the credential.

The forms are those of tests/fuzz/seed.py; beside them, where it is there, every line of
../shared/vectors/hostile.jsonl, in a store of its family."""
import json
import os
import re
import sqlite3
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import kit  # noqa: E402
from host import Host, needs  # noqa: E402

sys.path.insert(0, os.path.join(kit.ROOT, 'tests', 'fuzz'))
import seed  # noqa: E402

VECTORS = os.path.join(kit.SHARED, 'vectors', 'hostile.jsonl')
REASON = {'invalid': 'malformed', 'limit': 'limit', 'unsupported': 'unsupported'}
SECONDS = 10    # the dearest row below the ceiling takes 3, a dummy as much; other tests run beside
GROWTH = 80 << 10
NOT_ACCEPTED = 'refused: stored credential not accepted'


def families():
    with open(os.path.join(kit.ROOT, 'connector', 'password', 'scheme', 'schemes.c'), encoding='utf-8') as f:
        return re.findall(r'&family_(\w+)', f.read())


def users(accept):
    password = {'col': 'hash', 'salt': 'salt', 'upgrade': False,
                'write': {'scheme': 'argon2/argon2id-v19', 'memory_kib': 64, 'iterations': 1, 'parallelism': 1}}
    if accept:
        password['accept'] = accept
    return {'user': {'table': 'people', 'key': 'id'}, 'profile': {'user_id': 'id', 'username': 'name'},
            'login': {'by': ['username']}, 'password': password}


class Store:
    """A user for each row: (stored, salt, password)."""

    def __init__(self, folder, name, accept, rows):
        self.rows, self.config = rows, '%s/%s.json' % (folder, name)
        database = '%s/%s.db' % (folder, name)
        db = sqlite3.connect(database)
        db.execute('CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT UNIQUE, hash TEXT, salt TEXT)')
        for i, (stored, salt, _password) in enumerate(rows):
            db.execute('INSERT INTO people VALUES (?, ?, ?, ?)', (i + 1, 'user%d' % (i + 1), stored, salt or None))
        db.commit()
        db.close()
        with open(os.open(self.config, os.O_WRONLY | os.O_CREAT, 0o600), 'w', encoding='utf-8') as f:
            json.dump({'idbc': 1, 'connection': 'hostile', 'driver': 'odbc', 'users': users(accept), 'options': {'attributes': {
                'Driver': os.environ['IDBC_TEST_SQLITE_ODBC'], 'Database': database}}}, f)


def chunks(log):
    """What was said of each login: the last line of one is that it was refused."""
    said = []
    for _level, text in log:
        said.append(text)
        if ' refused: ' in text:
            yield said
            said = []


def told(chunk, user):
    return [x for x in chunk if re.search(r'\bDATA (malformed|limit|unsupported): .* user %d is ' % user, x)]


def leaks(log, rows):
    text = '\n'.join(x for _level, x in log)
    return [stored[:30] for stored, _salt, _password in rows
            if isinstance(stored, str) and len(stored) >= 12 and stored.strip() in text]


def log_in(t, host, rows):
    """Everybody twice: the second time nothing is told that was told before."""
    slow = []
    for _again in range(2):
        for i, (_stored, _salt, password) in enumerate(rows):
            said = host(op='login', value='user%d' % (i + 1), password=password)
            t.check('%r is DENIED' % (rows[i][0],), said['status'] == 'DENIED', said)
            if said['seconds'] > SECONDS * kit.SLOWER:
                slow.append((rows[i][0], said['seconds']))
    t.check('none takes long', not slow, slow)


def reasons(t, host, rows, wanted):
    log = host.log()
    said = list(chunks(log))
    if not t.equal('logins in the log', len(said), 2 * len(rows)):
        return
    for i, row in enumerate(rows):
        first, second = told(said[i], i + 1), told(said[len(rows) + i], i + 1)
        bad = any(NOT_ACCEPTED in x for x in said[i])
        t.check('%r: told once if unusable' % (row[0],), len(first) == bad and not second, (said[i], second))
        if wanted and wanted[i] in REASON:
            t.check('%r: %s' % (row[0], wanted[i]), first and 'DATA %s:' % REASON[wanted[i]] in first[0], said[i])
    t.check('no stored credential in the log', not leaks(log, rows), leaks(log, rows))
    count = sum(host.stats()['unusable_credentials'].values())
    t.equal('users counted', count, sum(len(told(x, i % len(rows) + 1)) for i, x in enumerate(said)))


def attack(t, folder, name, accept, rows, wanted=None):
    store = Store(folder, name, accept, rows)
    with Host(kit.BUILD, store.config) as host:
        if not t.equal('opens', host.opened['status'], 'OK'):
            t.check('findings', False, host.opened)
            return
        host(op='login', value='nobody', password='x')
        before = host.peak_kib()
        host.stats()
        log_in(t, host, rows)
        if not needs(kit.BUILD, b'asan') and not needs(kit.BUILD, b'tsan'):
            t.check('memory stays bounded', host.peak_kib() - before < GROWTH, host.peak_kib() - before)
        # The first login was of nobody.
        host_log = host.log
        host.log = lambda: host_log()[skip(host_log()):]
        reasons(t, host, rows, wanted)


def skip(log):
    return next(i for i, (_level, text) in enumerate(log) if ' refused: ' in text) + 1


def spoiled(form):
    """What becomes of a stored credential that somebody truncates, exports, edits."""
    yield form
    for cut in (1, 5, len(form) // 2, len(form) - 3):
        yield form[:-cut] if cut else form
    yield form + '\n'
    yield '\u202e' + form
    yield form + 'A'
    yield re.sub(r'\d+', '99999999999999999999', form, count=1)
    yield re.sub(r'(?<=[$=:|,])\d+', '4294967295', form)
    yield '%s%n%n' + form
    yield form * (5000 // len(form))


def own_rows():
    rows, seen = [], set()
    for _name, form in seed.forms():
        text = form if isinstance(form, str) else form.decode('latin-1')
        for stored in spoiled(text) if len(text) > 4 else [text]:
            if stored not in seen:
                seen.add(stored)
                rows.append((stored, 'salt', 'password'))
    rows += [(marker, '', 'password') for marker in ('', None, ' ', '\t')]
    return rows


def shared_rows():
    with open(VECTORS, encoding='utf-8') as f:
        for line in f:
            yield json.loads(line)


def main():
    tap = kit.Tap('hostile')
    with tempfile.TemporaryDirectory(dir=os.environ['IDBC_TEST_SQLITE_DIR']) as folder:
        with tap.test('every form spoiled in every way, all families accepted') as t:
            attack(t, folder, 'own', families(), own_rows())
        with tap.test('the same where nothing weak is accepted') as t:
            attack(t, folder, 'strong', None, own_rows())
        if not os.path.exists(VECTORS):
            print('no %s: its rows were not tried' % VECTORS, file=sys.stderr)
            tap.done()
        by_family = {}
        for row in shared_rows():
            by_family.setdefault(row['family'], []).append(row)
        for family, rows in sorted(by_family.items()):
            with tap.test('hostile rows of %s' % family) as t:
                attack(t, folder, family, None if family == 'any' else [family],
                       [(r['hash'], r['salt'], r['password']) for r in rows], [r['outcome'] for r in rows])
    tap.done()


if __name__ == '__main__':
    main()
