"""Can the time of a refusal tell in which of two stores somebody is, or that he is in neither?  Users
of both with cheap hashes, on SQLite; samples of each kind in random order.  The area under the
ROC curve of each pair is near 0.5 where it cannot.  What a thread computed is measured, which
other work on the machine does not blur."""
import itertools
import json
import os
import random
import sys
import time

import kit
from host import Library, start_as_host

SAMPLES, BOUND = 150, 0.75      # one hash less is 1; the copy of a row is seen as 0.6
WRONG = 'Ry-84-ba'
CHEAP = {'preferred': {'scheme': 'bcrypt/2b', 'cost': 5}}
KINDS = ('unknown', 'old', 'new')


def area(a, b):
    """Of one from `a` and one from `b`: how often the latter is greater; 0.5 tells nothing."""
    wins = sum((y > x) + (y == x) / 2 for x in a for y in b) / (len(a) * len(b))
    return max(wins, 1 - wins)


def fill(t, config, db, kind):
    t.equal('tables', kit.idbc(config, 'check', '--create').code, 0)
    made = kit.idbc(config, '--json', 'create', stdin=json.dumps({'email': 'first@example.com'}), password='Wm-91-xo')
    t.equal('created', made.status, 'OK')
    db.sql("WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
           "INSERT INTO idbc_users (id, email, password_hash, created_at, updated_at) "
           "SELECT '%s-' || i, '%s' || i || '@example.com', password_hash, created_at, updated_at FROM idbc_users, n "
           "WHERE email = 'first@example.com'; DELETE FROM idbc_users WHERE email = 'first@example.com';"
           % (SAMPLES - 1, kind, kind))


def measure(library, conn, said):
    calls = [(kind, '%s%d@example.com' % (kind, i)) for kind in KINDS for i in range(SAMPLES)]
    work = {kind: [] for kind in KINDS}
    random.shuffle(calls)
    for kind, name in calls:
        computed = time.thread_time_ns()
        said.add(library.call(conn, {'op': 'login', 'value': name, 'password': WRONG})['status'])
        work[kind].append(time.thread_time_ns() - computed)
    return {'%s, %s' % (a, b): round(area(work[a], work[b]), 3) for a, b in itertools.combinations(KINDS, 2)}


def equal(tap, place, library, name, **options):
    old, new = kit.SQLite(name + '-old', place.path), kit.SQLite(name + '-new', place.path)
    source = place.config(name + '-old', 'odbc', old.options('odbc'), password=CHEAP)
    target = place.config(name + '-new', 'odbc', new.options('odbc'), password=CHEAP)
    both = place.config(name, 'migrate', {'from': os.path.basename(source), 'to': os.path.basename(target), **options})
    with tap.test('nobody is told by the time, ' + name) as t:
        fill(t, source, old, 'old')
        fill(t, target, new, 'new')
        t.equal('tables', kit.idbc(both, 'check', '--create').code, 0)
        conn, opened = library.open(both)
        t.equal('open', opened['status'], 'OK')
        for _ in range(2):
            said = set()
            told = measure(library, conn, said)
            if max(told.values()) <= BOUND:
                break
        print('  %s: %s' % (name, told), file=sys.stderr)
        t.equal('answers', said, {'DENIED'})
        t.check('area under the curve of work', max(told.values()) <= BOUND, told)
        library.c.idbc_close(conn, 0)


def main():
    start_as_host(kit.BUILD)
    tap, library = kit.Tap('equal_time_moves'), Library(kit.BUILD)
    with kit.Workplace() as place:
        equal(tap, place, library, 'one-hash')
        equal(tap, place, library, 'hash-in-each', fallback_on_denied=True)
    tap.done()


main()
