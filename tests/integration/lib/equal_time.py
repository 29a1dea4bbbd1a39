"""A store of two schemes, three users in five with the cheaper one: can the time of an answer
tell who is not there?  Samples of each kind, in random order; the area under the ROC curve of
each pair is near 0.5 where it cannot.  What a thread computed is measured, which other work on
the machine does not blur.  And what `idbc check` and the statistics say of that store."""
import ctypes
import itertools
import json
import random
import sys
import time

import kit
from host import Library, start_as_host

SAMPLES, BOUND = 200, 0.65
USERS = {
    'user': {'table': 'people', 'key': 'id', 'id': 'auto'},
    'profile': {'username': 'login'}, 'login': {'by': ['username']},
    'password': {'col': 'hash', 'accept': ['bcrypt', 'argon2'], 'upgrade': False},
}
SCHEMES = {'cheap': {'scheme': 'bcrypt/2b', 'cost': 5},
           'dear': {'scheme': 'argon2/argon2id-v19', 'memory_kib': 8192, 'iterations': 2, 'parallelism': 1}}
TABLE = 'CREATE TABLE people (id INTEGER PRIMARY KEY, login TEXT NOT NULL UNIQUE, hash TEXT);'
# Three in five are cheap; as many are locked, by NULL or by a marker.
FILL = '''
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
INSERT INTO people (login, hash) SELECT 'known' || i,
  (SELECT hash FROM people WHERE login = CASE WHEN i %% 5 < 3 THEN 'cheap' ELSE 'dear' END) FROM n
UNION ALL SELECT 'locked' || i, CASE i %% 3 WHEN 0 THEN NULL WHEN 1 THEN '!' ELSE '' END FROM n;
DELETE FROM people WHERE login IN ('cheap', 'dear');
''' % (SAMPLES - 1)
KINDS = {'wrong': ('known', 'not the right one'), 'unknown': ('nobody', 'not the right one'),
         'locked': ('locked', 'not the right one'), 'empty': ('known', '')}


def area(a, b):
    """Of one from `a` and one from `b`: how often the latter is greater; 0.5 tells nothing."""
    wins = sum((y > x) + (y == x) / 2 for x in a for y in b) / (len(a) * len(b))
    return max(wins, 1 - wins)


def config(place, db, name, write, **more):
    users = dict(USERS, password=dict(USERS['password'], write=SCHEMES[write]))
    return place.config(name, 'odbc', db.options('odbc'), users, **more)


def measure(library, conn, said):
    calls = [(kind, name + str(i), password) for kind, (name, password) in KINDS.items() for i in range(SAMPLES)]
    work, wall = {kind: [] for kind in KINDS}, {kind: [] for kind in KINDS}
    random.shuffle(calls)
    for kind, name, password in calls:
        began, computed = time.monotonic_ns(), time.thread_time_ns()
        said.add(library.call(conn, dict(op='login', value=name, password=password))['status'])
        work[kind].append(time.thread_time_ns() - computed)
        wall[kind].append(time.monotonic_ns() - began)
    return work, wall


def areas(times):
    return {'%s, %s' % (a, b): round(area(times[a], times[b]), 3) for a, b in itertools.combinations(KINDS, 2)}


def equal(tap, library, path):
    with tap.test('nobody is told by the time') as t:
        conn, opened = library.open(path)
        t.equal('open', opened['status'], 'OK')
        for attempt in range(2):
            said = set()
            work, wall = measure(library, conn, said)
            told = areas(work)
            if max(told.values()) <= BOUND:
                break
        t.equal('answers', said, {'DENIED'})
        t.check('area under the curve of work', max(told.values()) <= BOUND, told)
        print('  work %s; wall %s' % (told, areas(wall)), file=sys.stderr)
        library.c.idbc_stats_json.restype = ctypes.c_void_p
        text = library.c.idbc_stats_json(conn)
        shares = json.loads(ctypes.string_at(text))['stored_passwords']
        library.c.idbc_free(ctypes.c_void_p(text))
        t.check('shares', abs(shares.get('bcrypt/2b', {}).get('share', 0) - 0.6) < 0.01, shares)
        library.c.idbc_close(conn, 0)


def findings(tap, place, db, path):
    with tap.test('findings') as t:
        db.sql("INSERT INTO people (login, hash) VALUES ('old', '%s'), ('odd', 'nothing of the kind');" % ('0' * 32))
        db.sql("INSERT INTO people (login, hash) VALUES ('huge', '$argon2id$v=19$m=1048576,t=3,p=1$"
               "c2FsdHNhbHRzYWx0$q1bPhRG9yqcVcmFtYZdHSVJdvZd5q1bPhRG9yqcVcmE');")
        found = json.loads(kit.idbc(path, 'check', '--json').out or '[]')
        found = found if isinstance(found, list) else found.get('findings', [])
        texts = {code: [f['text'] for f in found if f['code'] == code] for code in (f['code'] for f in found)}
        t.equal('unknown forms', len(texts.get('unknown-hash-format', [])), 2)
        t.check('how they look', any('32 hexadecimal digits' in x for x in texts.get('unknown-hash-format', [])), texts)
        t.check('above the ceiling', any(x.startswith('1 users') and '1048576 KiB' in x
                                         for x in texts.get('cost-above-ceiling', [])), texts)
        t.check('locked', len(texts.get('locked-credentials', [])) == 2, texts)
        t.check('by scheme', any('%d users have passwords of bcrypt/2b' % (SAMPLES * 3 // 5) in x
                                 for x in texts.get('stored-passwords', [])), texts)
        t.check('no stored form is shown', 'q1bPhRG9' not in json.dumps(found) and 'of the kind' not in json.dumps(found))


def main():
    start_as_host(kit.BUILD)
    tap, library = kit.Tap('equal_time'), Library(kit.BUILD)
    with kit.Workplace() as place:
        db = kit.SQLite('mixed', place.path)
        db.load(place.file('tables.sql', TABLE))
        for write in SCHEMES:
            made = kit.idbc(config(place, db, write, write), '--json', 'create', stdin='{"username": "%s"}' % write,
                            password='right-password')
            if made.status != 'OK':
                sys.exit('cannot create: %r' % made)
        db.sql(FILL)
        path = config(place, db, 'mixed', 'dear')
        equal(tap, library, path)
        findings(tap, place, db, path)
    tap.done()


main()
