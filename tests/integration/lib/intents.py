"""The phases of a delete, as the connector would send them, from several processes: whose intent
it is, what each phase leaves, what settle() says of it, which tables must be there.

usage: intents.py DRIVER   DRIVER: mysql, odbc-mariadb, odbc-postgresql or odbc-sqlite"""
import os
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kit import BUILD, SLOWER, Tap, Workplace, database, idbc  # noqa: E402

NONE, APPLIED, UNKNOWN = 0, 1, 2
TABLE = 'idbc_intents'


class Phases:
    """A process with one session that is told one call at a time."""

    def __init__(self, config):
        self.process = subprocess.Popen([os.path.join(BUILD, 'tests', 'phases'), config], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, encoding='utf-8')

    def tell(self, *words):
        self.process.stdin.write(' '.join(words) + '\n')
        self.process.stdin.flush()

    def heard(self):
        """(status, code, the rest), without the text of an error."""
        words = self.process.stdout.readline().split('; ')[0].split()
        asked = words[:1] == ['asked']
        words = words[asked:]
        return (('asked ' if asked else '') + (words[0] if words else 'nothing'), (words + ['-', '-'])[1], ' '.join(words[3:]))

    def call(self, *words):
        self.tell(*words)
        return self.heard()

    def status(self, *words):
        return self.call(*words)[0]

    def settled(self, *words):
        status, _, effect = self.call('settle', *words)
        return int(effect) if status == 'OK' and effect.isdigit() else status

    def end(self):
        self.process.stdin.close()
        self.process.wait(timeout=30 * SLOWER)
        self.process.stdout.close()


def fresh(place, driver, name, users=None):
    """An empty database and a configuration that names a table of intents, which is not there."""
    db = database(driver, 'intents', place.path)
    if db.engine == 'postgresql':
        db.create()
        db.sql('GRANT ALL ON SCHEMA public TO "%s"' % db.user)
    elif db.engine == 'mariadb':
        db.sql('DROP DATABASE IF EXISTS `%s`; CREATE DATABASE `%s`' % (db.name, db.name), database=False)
    elif os.path.exists(db.path):
        os.unlink(db.path)
    config = place.config(name, driver.split('-')[0], db.options(driver), users, throttle={},
                          delete={'intents': TABLE})
    return db, config


def rows(db):
    return sorted((i, int(state)) for i, state in db.sql('SELECT native_id, state FROM %s' % TABLE))


def tables(tap, place, driver):
    with tap.test('the table of intents') as t:
        db, config = fresh(place, driver, 'own')
        codes = [f['code'] for f in idbc(config, '--json', 'check', '--create').json.get('findings', [])]
        t.check('made with our own', 'intents-table-missing' not in codes and TABLE in db.tables(), codes)
        db.sql('DROP TABLE %s' % TABLE)
        answer = idbc(config, '--json', 'get-user', 'nobody@example.com')
        t.equal('no operation without it', (answer.status, answer.json.get('code')), ('CONFIG', 'intents-table-missing'))
        db.sql('CREATE TABLE %s (scope INTEGER, native_id INTEGER)' % TABLE)
        t.equal('of another shape', idbc(config, '--json', 'get-user', 'nobody@example.com').json.get('code'), 'intents-table-shape')


def mapped(tap, place, driver):
    users = {'user': {'table': 'people', 'key': 'name', 'id': '$username'}, 'profile': {'username': 'name', 'email': 'mail'},
             'login': {'by': ['email']}, 'password': {'col': 'pw'}}
    with tap.test('a store of somebody else') as t:
        db, config = fresh(place, driver, 'theirs', users)
        db.sql('CREATE TABLE people (name VARCHAR(100) PRIMARY KEY, mail VARCHAR(100), pw VARCHAR(200));'
               'CREATE TABLE posts (author VARCHAR(100) REFERENCES people (name)%s);' %
               (', FOREIGN KEY (author) REFERENCES people (name)' if db.engine == 'mariadb' else '') +
               "INSERT INTO people VALUES ('ida', 'ida@example.com', 'x'), ('max', 'max@example.com', 'x');"
               "INSERT INTO posts VALUES ('max')")
        if db.engine == 'postgresql':
            db.sql('GRANT ALL ON people, posts TO "%s"' % db.user)
        codes = [f['code'] for f in idbc(config, '--json', 'check', '--create').json.get('findings', [])]
        t.check('the table is made', TABLE in db.tables() and 'nothing-to-create' not in codes, codes)
        p = Phases(config)
        status, code, _ = p.call('hide', 'max', 'one')
        t.equal('what a foreign key refuses is refused before he is hidden', (status, code), ('CONFLICT', 'foreign_key'))
        t.equal('he is not hidden', (p.status('get', 'max'), rows(db)), ('OK', []))
        t.equal('another', [p.status(*w) for w in (('hide', 'ida', 'one'), ('get', 'ida'), ('finish', 'ida', 'one'))],
                ['OK', 'NO_USER', 'OK'])
        t.equal('his rows', (db.sql('SELECT name FROM people'), rows(db)), ([['max']], [('ida', 2)]))
        p.end()


def without_transactions(tap, place, driver):
    """Half a user would stay: a delete is refused there, or allowed by name."""
    if 'sqlite' in driver or 'postgres' in driver:
        return
    db, config = ready(place, driver, 'aria')
    with tap.test('a table without transactions') as t:
        p = Phases(config)
        p.call('create', 'a1')
        p.end()
        db.sql('ALTER TABLE idbc_users ENGINE=Aria')
        p = Phases(config)
        t.equal('deletes are refused', [p.call(w, 'a1', 'tok')[:2] for w in ('now', 'hide')],
                [('CONFIG', 'table-not-transactional')] * 2)
        t.equal('the rest is not', (p.status('get', 'a1'), rows(db)), ('OK', []))
        p.end()
        allowed = place.config('allowed', driver.split('-')[0], db.options(driver), throttle={},
                               delete={'intents': TABLE, 'allow_nontransactional': True})
        p = Phases(allowed)
        t.equal('unless that is allowed', [p.status(*w) for w in (('hide', 'a1', 't'), ('show', 'a1', 't'), ('get', 'a1'),
                                                                  ('hide', 'a1', 't'), ('finish', 'a1', 't'))], ['OK'] * 5)
        t.equal('gone', (p.status('get', 'a1'), db.sql('SELECT COUNT(*) FROM idbc_users')), ('NO_USER', [['0']]))
        p.end()


def in_own_sql(tap, place, driver):
    """The same of tables that only SQL of the author's own names, with a table of intents and without."""
    if 'sqlite' in driver or 'postgres' in driver:
        return
    columns = 'SELECT id AS user_id, name AS username, pw AS pw_hash FROM raws WHERE '
    users = {'login': {'by': ['username']}, 'password': {'accept': ['raw/sha256-hex'], 'write': {'scheme': 'raw/sha256-hex'}},
             'sql': {'login': [columns + 'name = :login'], 'getUser': [columns + 'id = :id OR name = :username'],
                     'deleteUser': ['DELETE FROM raws WHERE id = :id']}}
    db, _ = fresh(place, driver, 'rawsql', users)
    config = place.config('rawonly', driver.split('-')[0], db.options(driver), users, throttle={}, operations=['login', 'getUser', 'deleteUser'])
    with tap.test('own SQL without transactions') as t:
        for engine, want, codes in (('Aria', ('CONFIG', 'table-not-transactional'), ['table-not-transactional']), ('InnoDB', ('asked OK', '-'), [])):
            db.sql("DROP TABLE IF EXISTS raws; CREATE TABLE raws (id INT PRIMARY KEY, name VARCHAR(60) UNIQUE, pw VARCHAR(200)) ENGINE=%s;"
                   "INSERT INTO raws VALUES (1, 'ida', 'x')" % engine)
            found = [f['code'] for f in idbc(config, '--json', 'check').json['findings']]
            t.equal(engine + ' is told', [c for c in found if c.startswith(('table-not', 'transactions'))], codes)
            p = Phases(config)
            t.equal(engine, p.call('now', '1')[:2], want)
            p.end()
        db.sql('CREATE OR REPLACE PROCEDURE go(IN key_ INT) DELETE FROM raws WHERE id = key_')
        users['sql']['deleteUser'] = ['CALL go(:id)']
        unsure = place.config('rawcall', driver.split('-')[0], db.options(driver), users, throttle={}, operations=['login', 'getUser', 'deleteUser'])
        found = [f['code'] for f in idbc(unsure, '--json', 'check').json['findings']]
        t.check('a procedure', 'transactions-unknown' in found, found)


def ready(place, driver, name='own'):
    db, config = fresh(place, driver, name)
    idbc(config, 'check', '--create')
    return db, config


def phases(tap, db, config):
    p, q = Phases(config), Phases(config)
    for user in ('u1', 'u2', 'u3', 'u4', 'ü|5'):
        p.call('create', user)
    with tap.test('hidden, shown, finished') as t:
        t.equal('hide', p.status('hide', 'u1', 'tok1', 'flags=1'), 'OK')
        t.equal('nobody finds him', [q.status('get', 'u1'), q.status('hide', 'u1', 'tok2'), q.status('now', 'u1')], ['NO_USER'] * 3)
        t.equal('another token', [q.call(w, 'u1', 'tok2')[:2] for w in ('show', 'finish')], [('CONFLICT', 'intent_taken')] * 2)
        t.equal('show', (p.status('show', 'u1', 'tok1'), q.status('get', 'u1'), rows(db)), ('OK', 'OK', []))
        t.equal('show again', p.call('show', 'u1', 'tok1')[:2], ('CONFLICT', 'intent_taken'))
        t.equal('hide and finish', [p.status('hide', 'u1', 'tok3'), p.status('finish', 'u1', 'tok3'), q.status('get', 'u1')],
                ['OK', 'OK', 'NO_USER'])
        t.equal('a tombstone', rows(db), [('u1', 2)])
        t.equal('an odd id', [p.status('hide', 'ü|5', 'tok'), q.status('get', 'ü|5'), p.status('show', 'ü|5', 'tok'),
                              q.status('get', 'ü|5')], ['OK', 'NO_USER', 'OK', 'OK'])
    with tap.test('now') as t:
        t.equal('refused', (p.status('now', 'u2', 'refuse=7'), q.status('get', 'u2')), ('asked CANCELLED', 'OK'))
        t.equal('agreed', (p.status('now', 'u2'), q.status('get', 'u2')), ('asked OK', 'NO_USER'))
        t.equal('nobody', p.status('now', 'u2'), 'NO_USER')
        t.equal('a tombstone too', rows(db), [('u1', 2), ('u2', 2)])
    with tap.test('who is not there') as t:
        t.equal('hide', p.status('hide', 'nobody', 'tok'), 'NO_USER')
        t.equal('absent is allowed', [p.status(*w) for w in (('hide', 'nobody', 'tok', 'flags=2'), ('hide', 'nobody', 'tok', 'flags=2'),
                                                             ('finish', 'nobody', 'tok'))], ['OK', 'NO_USER', 'OK'])
        p.call('hide', 'u3', 'tok')
        db.sql("DELETE FROM idbc_users WHERE id = 'u3'")
        t.equal('removed by another hand meanwhile', (p.status('finish', 'u3', 'tok'), ('u3', 2) in rows(db)), ('OK', True))
    with tap.test('leases') as t:
        t.equal('one that lasts', (p.status('hide', 'u4', 'a', 'lease=60000', 'flags=1'), q.call('intents')[2]), ('OK', ''))
        t.equal('is not taken', q.call('take', 'u4', 'a', 'b')[:2], ('CONFLICT', 'intent_taken'))
        p.call('show', 'u4', 'a')
        t.equal('one that has ended', (p.status('hide', 'u4', 'a', 'lease=-1000', 'flags=1'), q.call('intents')[2]), ('OK', 'u4/a/with'))
        t.equal('is taken once', [q.status('take', 'u4', 'a', 'b'), p.call('take', 'u4', 'a', 'c')[:2]], ['OK', ('CONFLICT', 'intent_taken')])
        t.equal('its owner has lost it', [p.call(w, 'u4', 'a')[1] for w in ('show', 'finish')], ['intent_taken'] * 2)
        t.equal('and is not listed', p.call('intents')[2], '')
        t.equal('settled', [p.settled(*w) for w in (('take', 'u4', 'a', 'b'), ('hide', 'u4', 'b'), ('show', 'u4', 'b'), ('finish', 'u4', 'b'))],
                [APPLIED, APPLIED, NONE, NONE])
        t.equal('finished', (q.status('finish', 'u4', 'b'), q.settled('finish', 'u4', 'b')), ('OK', APPLIED))
    p.end()
    q.end()


def by_procedure(tap, place, driver):
    """A procedure may commit: it is not called before the profile store was asked."""
    if 'sqlite' in driver or 'postgres' in driver:
        return
    users = {'user': {'table': 'people', 'key': 'id', 'id': '$given'}, 'profile': {'email': 'mail'},
             'login': {'by': ['email']}, 'password': {'col': 'pw'}}
    for name, more in (('sql', {'sql': {'deleteUser': ' call gone(:user_id)'}}), ('steps', {'delete': {'steps': ['CALL gone(:id)']}})):
        with tap.test('a procedure that commits, in ' + name) as t:
            db, config = fresh(place, driver, 'procedure' + name, {**users, **more})
            db.sql("CREATE TABLE people (id VARCHAR(100) PRIMARY KEY, mail VARCHAR(100), pw VARCHAR(200));"
                   "INSERT INTO people VALUES ('a', 'a@example.com', 'x'), ('b', 'b@example.com', 'x');\nDELIMITER $$\n"
                   "CREATE PROCEDURE gone(IN who VARCHAR(100)) BEGIN START TRANSACTION; DELETE FROM people WHERE id = who; COMMIT; END$$")
            idbc(config, 'check', '--create')
            p = Phases(config)
            t.equal('back', [p.status('hide', 'a', 't'), p.status('get', 'a'), p.status('show', 'a', 't'), p.status('get', 'a')],
                    ['OK', 'NO_USER', 'OK', 'OK'])
            t.equal('gone', [p.status('hide', 'a', 't'), p.status('finish', 'a', 't'), p.status('get', 'a')], ['OK', 'OK', 'NO_USER'])
            t.equal('his rows', (db.sql('SELECT id FROM people'), rows(db)), ([['b']], [('a', 2)]))
            p.end()


def in_mode(tap, place, driver, mode, want):
    """A user who is kept, or only flagged, is not hidden by what his delete leaves."""
    users = {'user': {'table': 'people', 'key': 'id', 'id': '$given'},
             'profile': {'email': 'mail', 'deleted': {'col': 'gone', 'bool': True}},
             'login': {'by': ['email']}, 'password': {'col': 'pw'}, 'delete': {'mode': mode}}
    if mode == 'soft':
        users['delete']['set'] = {'gone': 1}
    else:
        users['delete']['steps'] = [{'update': 'people', 'set': {'mail': None}, 'where': {'id': '@id'}}]
        del users['profile']['deleted']
    with tap.test('mode ' + mode) as t:
        db, config = fresh(place, driver, mode, users)
        db.sql("CREATE TABLE people (id VARCHAR(100) PRIMARY KEY, mail VARCHAR(100), gone SMALLINT DEFAULT 0, pw VARCHAR(200));"
               "INSERT INTO people VALUES ('a', 'a@example.com', 0, 'x'), ('b', 'b@example.com', 0, 'x')")
        if db.engine == 'postgresql':
            db.sql('GRANT ALL ON people TO "%s"' % db.user)
        idbc(config, 'check', '--create')
        p = Phases(config)
        t.equal('finished', [p.status('hide', 'a', 't'), p.status('get', 'a'), p.status('finish', 'a', 't')], ['OK', 'NO_USER', 'OK'])
        t.equal('now', p.status('now', 'b'), 'asked OK')
        t.equal('no tombstone, but what was done can be told', (rows(db), p.settled('finish', 'a', 't'), p.settled('finish', 'a', 'late')),
                ([('a', 4)], APPLIED, APPLIED))
        db.sql('UPDATE people SET gone = 0')
        t.equal('seen', [p.status('get', 'a'), p.status('get', 'b')], want)
        if mode == 'keep':
            t.equal('hidden anew', [p.settled('hide', 'a', 'u'), p.status('hide', 'a', 'u'), p.settled('hide', 'a', 'u'), p.settled('finish', 'a', 't')],
                    [NONE, 'OK', APPLIED, UNKNOWN])
            t.equal('shown', [p.status('show', 'a', 'u'), p.settled('finish', 'a', 't'), rows(db)], ['OK', UNKNOWN, []])
        p.end()


def races(tap, db, config):
    """Each user has several who delete him at once: one of them does, the others find nobody."""
    some = [Phases(config) for _ in range(4)]
    with tap.test('at once') as t:
        for n in range(25):
            user = 'r%d' % n
            some[0].call('create', user)
            for i, p in enumerate(some):
                p.tell('hide' if n % 2 else 'now', user, 'tok%d' % i)
            heard = [p.heard()[0] for p in some]
            t.equal('one of them', sorted(x.split()[-1] for x in heard), ['NO_USER'] * 3 + ['OK'])
            if n % 2:
                winner = heard.index('OK')
                for i, p in enumerate(some):
                    p.tell('finish' if i % 2 else 'show', user, 'tok%d' % winner)
                ends = [p.heard()[0] for p in some]
                t.equal('one end', sorted(ends), ['CONFLICT'] * 3 + ['OK'])
                there = some[0].status('get', user) == 'OK'
                t.equal('as it ended', there, ends.index('OK') % 2 == 0)
    with tap.test('taken at once') as t:
        for n in range(15):
            user = 's%d' % n
            some[0].call('create', user)
            some[0].call('hide', user, 'first', 'lease=-1')
            for i, p in enumerate(some):
                p.tell('take', user, 'first', 'new%d' % i) if i else p.tell('show', user, 'first')
            heard = [p.heard()[0] for p in some]
            t.equal('one goes on', sorted(heard), ['CONFLICT'] * 3 + ['OK'])
            t.equal('and he is hidden unless it was his owner', some[1].status('get', user),
                    'OK' if heard[0] == 'OK' else 'NO_USER')
    for p in some:
        p.end()


def watched(tap, config):
    """Who polls all the while never finds a user again who was gone for good."""
    p, q = Phases(config), Phases(config)
    with tap.test('watched') as t:
        for n in range(20):
            user, over, seen = 'w%d' % n, threading.Event(), []

            def watch():
                while not over.is_set():
                    seen.append(q.status('get', user))
                seen.append(q.status('get', user))
            p.call('create', user)
            watcher = threading.Thread(target=watch)
            watcher.start()
            done = [p.status('hide', user, 't'), p.status('finish', user, 't')]
            over.set()
            watcher.join()
            first = seen.index('NO_USER') if 'NO_USER' in seen else len(seen)
            t.check('gone and not back', done == ['OK', 'OK'] and set(seen[first:]) == {'NO_USER'} and
                    set(seen[:first]) <= {'OK'}, (done, seen))
    p.end()
    q.end()


def under_way(tap, db, config):
    """settle() waits for a transaction that has not ended, and says what came of it."""
    if db.engine == 'sqlite':
        return
    wait = 'SLEEP(%s)' if db.engine == 'mariadb' else 'pg_sleep(%s)'
    p, slower = Phases(config), min(SLOWER, 3)      # within its deadline
    with tap.test('a write under way') as t:
        for user, end, want in (('y0', 'COMMIT', APPLIED), ('y1', 'ROLLBACK', NONE)):
            p.call('create', user)
            writer = threading.Thread(target=db.sql, args=(
                "BEGIN; INSERT INTO %s (scope, native_id, state, connection, token, lease_end, profile_store, written_at) "
                "VALUES ('idbc_users', '%s', 1, 'x', 'tok', 99999999999999, 0, 0); SELECT %s; %s;" % (TABLE, user, wait % (2 * slower), end),))
            writer.start()
            time.sleep(0.7 * slower)
            t.equal(end, p.settled('hide', user, 'tok'), want)
            writer.join()
            t.equal('seen', p.status('get', user), 'NO_USER' if want == APPLIED else 'OK')
            t.equal('no other row', [r for r in rows(db) if r[0] == user], [(user, 1)] if want == APPLIED else [])
    p.end()


def main():
    driver = sys.argv[1]
    tap = Tap('intents ' + driver)
    with Workplace() as place:
        tables(tap, place, driver)
        mapped(tap, place, driver)
        for mode, want in (('soft', ['OK', 'OK']), ('keep', ['OK', 'OK'])):
            in_mode(tap, place, driver, mode, want)
        without_transactions(tap, place, driver)
        in_own_sql(tap, place, driver)
        by_procedure(tap, place, driver)
        db, config = ready(place, driver)
        phases(tap, db, config)
        races(tap, db, config)
        watched(tap, config)
        under_way(tap, db, config)
    tap.done()


main()
