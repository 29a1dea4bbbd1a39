"""Export of one engine into import of another.

usage: bulk_between.py"""
import itertools
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kit import IDBC, ROOT, SLOWER, Tap, Workplace, database, heard, idbc  # noqa: E402

DRIVERS = ('odbc-sqlite', 'mysql', 'odbc-mariadb', 'odbc-postgresql')
DIRECTIONS = [d for d in itertools.permutations(('odbc-sqlite', 'mysql', 'odbc-postgresql'), 2)]
DIRECTIONS += [('mysql', 'odbc-mariadb')]
PASSWORD, BCRYPT = 'Kq-77-vw', '$2b$04$KVKEcGVNqB9Y4ng.nsFMiO7QQ6GyVqe4GEaOTOdHBeHSurNvWPM9G'


def fresh(place, driver, name):
    """Our own schema, empty, under one name of connection and provider everywhere."""
    db = database(driver, 'between_' + name, place.path)
    if db.engine == 'postgresql':
        db.create()
    elif db.engine == 'mariadb':
        db.sql('DROP DATABASE IF EXISTS `%s`; CREATE DATABASE `%s` CHARACTER SET utf8mb4' % (db.name, db.name), database=False)
    else:
        db.load(os.devnull)
    with open(os.path.join(ROOT, 'examples', 'schema', 'users.json'), encoding='utf-8') as f:
        users = json.load(f)
    document = {'idbc': 1, 'connection': 'people', 'driver': driver.split('-')[0], 'options': db.options(driver),
                'throttle': {}, 'profile': {'provider': 'house'}}
    plain = place.file(driver + name + '.plain.json', json.dumps(document))
    made = idbc(plain, 'check', '--create')
    assert made.code == 0, made
    users['password']['accept'] = ['argon2', 'bcrypt', 'crypt', 'phpass', 'ldap', 'django']
    document.update(users=users, password={'upgrade': False})
    return db, place.file(driver + name + '.json', json.dumps(document))


TEXTS = ['Zoë Ångström', 'Ελένη Παπαδοπούλου', '漢字 かな 한국어', 'שלום عربي', '👩‍👩‍👧‍👦 🌻', 'e\u0301 \u00e9', '\U00020B9F \U0010FFFD',
         "O'Neil \"x\" \\ / % _ ; --", '  blanks  ', '{"json": 1}', 'NULL', '0', 'I İ ı i', 'ß SS', '\ufeffmark', 'a\tb\nc', '<&>']
HASHES = [BCRYPT, '$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$hZ2mc9VkUqA7xtEcAGT0dJRaPcGRzXDDNxTkKDzV2GI',
          '$6$rounds=1000$saltsalt$' + 'a' * 86, '{SSHA}' + 'A' * 31 + '=', 'sha1$abc$' + '0' * 40, None]
TIMES = ['2021-01-02T03:04:05.000Z', '1999-12-31T23:59:59.999Z', '2024-02-29T12:00:00.001Z', '2038-01-19T03:14:08.120Z', '1970-01-01T00:00:01.500Z']


def people():
    for i, text in enumerate(TEXTS):
        yield {'name': text, 'given_name': text[:3], 'family_name': text[::-1], 'nickname': '%d' % i, 'user_metadata': {'text': text, text: i}}
    yield {'name': '', 'given_name': '', 'nickname': '', 'picture': ''}         # empty is not absent
    yield {'name': 'x', 'user_metadata': {}, 'app_metadata': {}}
    yield {'user_metadata': {'': 1, 'a.b': {'c.d': None}, 'null': None, 'empty': '', 'list': [], 'of': [[], {}, [None]]}}
    yield {'app_metadata': {'i': 2**53 + 1, 'neg': -2**62, 'f': 0.1, 'e': 1e300, 'one': 1.0, 't': True, 'n': False}}
    yield {'user_metadata': {'z': 1, 'a': 2, 'M': 3}, 'app_metadata': {'deep': json.loads('[' * 24 + ']' * 24)}}
    yield {'user_metadata': {'large': 'ü🌻' * 30000}, 'app_metadata': {'many': {'k%d' % i: i for i in range(3000)}}}
    yield {'user_metadata': {'line': 'a\nb\r\n\t\u2028\u2029 \u0001 \u007f'}}
    yield {'email_verified': True, 'blocked': True, 'phone_verified': True, 'logins_count': 2**31 - 1, 'last_ip': '2001:db8::1'}


def records():
    for i, person in enumerate(people()):
        out = {'user_id': 'id-%04d' % i, 'email': 'p%d@example.com' % i, 'created_at': TIMES[i % 5], 'updated_at': TIMES[(i + 1) % 5], **person}
        out.update({'username': 'Üser%d' % i} if i % 3 == 0 else {}, **({'phone_number': '+4930%07d' % i} if i % 4 == 0 else {}))
        out.update({'last_login': TIMES[(i + 2) % 5], 'logins_count': i} if i % 2 and 'logins_count' not in out else {})
        if HASHES[i % 6]:
            out['password_hash'] = HASHES[i % 6]
        yield out
    yield {'user_id': 'Ünïcödé', 'username': 'ονομα', 'updated_at': TIMES[0], 'created_at': TIMES[0]}
    yield {'user_id': "quote'\"\\|bar", 'username': 'bar', 'updated_at': TIMES[0], 'created_at': TIMES[0], 'password_hash': BCRYPT}


def piped(source, target):
    """idbc export | idbc import, as the page shows it."""
    out = subprocess.Popen([IDBC, '-c', source, 'export', '--hashes'], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    come = subprocess.run([IDBC, '-c', target, '--json', 'import'], stdin=out.stdout, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=120 * SLOWER)
    out.stdout.close()
    heard(come.stderr.decode(errors='replace'))
    return out.wait(), come.returncode, json.loads(come.stdout)


def by_id(text):
    """Lines by user_id: what comes first is the store's own order of its keys."""
    return {json.loads(line)["user_id"]: line for line in text.split('\n') if line}


def first_difference(a, b):
    for key in sorted(set(a) | set(b)):
        if a.get(key) != b.get(key):
            at = next((i for i, (x, y) in enumerate(zip(a.get(key, ''), b.get(key, ''))) if x != y), 0)
            return key, a.get(key, '')[max(0, at - 60):at + 60], b.get(key, '')[max(0, at - 60):at + 60]
    return None


def directions(tap, place):
    file = place.file('people.jsonl', ''.join(json.dumps(r) + '\n' for r in records()))
    users, exports, configs = sum(1 for _ in records()), {}, {}
    with tap.test('in') as t:
        for driver in DRIVERS:
            _, configs[driver] = fresh(place, driver, 'from')
            came = idbc(configs[driver], '--json', 'import', file)
            t.equal(driver, (came.code, came.json.get('created'), came.json.get('lines')), (0, users, []))
            out = idbc(configs[driver], 'export', '--hashes')
            exports[driver] = out.out
            t.equal(driver + ': out', (out.code, len(by_id(out.out))), (0, users))
        for driver in DRIVERS[1:]:
            t.equal(driver + ': as from ' + DRIVERS[0], first_difference(by_id(exports[DRIVERS[0]]), by_id(exports[driver])), None)
    for source, target in DIRECTIONS:
        with tap.test('%s-to-%s' % (source, target)) as t:
            db, config = fresh(place, target, 'to')
            left, came, report = piped(configs[source], config)
            t.equal('statuses', (left, came, report.get('created'), report.get('lines')), (0, 0, users, []))
            now = idbc(config, 'export', '--hashes').out
            t.check('byte for byte, in the same order', now == exports[source])
            t.equal('the same export', first_difference(by_id(exports[source]), by_id(now)), None)
            t.equal('without hashes', first_difference(by_id(idbc(configs[source], 'export').out), by_id(idbc(config, 'export').out)), None)
            t.equal('NULL is NULL, empty is empty', db.sql("SELECT COUNT(*) FROM idbc_users WHERE picture IS NULL"), [[str(users - 1)]])
            came = idbc(config, '--json', 'login', 'p0@example.com', password=PASSWORD)
            t.equal('logs in', came.status, 'OK')
            twice = piped(configs[source], config)
            t.equal('once more', (twice[1], twice[2].get('created'), twice[2].get('exists')), (1, 0, users))
            t.equal('changed nothing', idbc(config, 'get-user', 'p1@example.com').json, json.loads(by_id(idbc(configs[source], 'export').out)['people|id-0001']))


def new_ids(tap, place):
    """A store that makes its keys itself: refused by line, or taken without their ids."""
    source, target = fresh(place, 'odbc-sqlite', 'from')[1], database('odbc-sqlite', 'between_keys', place.path)
    target.sql('CREATE TABLE members (id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT UNIQUE, given_name TEXT, pw TEXT, created TEXT)')
    users = {'user': {'table': 'members', 'key': 'id'}, 'login': {'by': ['email']}, 'password': {'col': 'pw'},
             'profile': {'user_id': 'id', 'email': 'email', 'given_name': 'given_name', 'created_at': {'col': 'created', 'time': 'datetime'}}}
    config = place.config('keys', 'odbc', target.options('odbc-sqlite'), users, throttle={})
    people = [{'user_id': 'k%d' % i, 'email': 'k%d@example.com' % i, 'given_name': 'K\u00fcn %d' % i, 'created_at': TIMES[i % 5], 'password_hash': BCRYPT}
              for i in range(150)]
    with tap.test('keys-of-its-own') as t:
        assert idbc(source, 'import', stdin=json.dumps(people)).code == 0
        out = place.file('keys.jsonl', idbc(source, 'export', '--hashes').out)
        refused = idbc(config, '--json', 'import', out).json
        t.equal('refused', (refused['created'], refused['refused'], {x['code'] for x in refused['lines']}), (0, 150, {'user_id'}))
        taken = idbc(config, '--json', 'import', '--new-ids', out)
        t.equal('without ids', (taken.code, taken.json.get('created')), (0, 150))
        now = [json.loads(x) for x in idbc(config, 'export', '--hashes').out.splitlines()]
        for was, is_now in zip(people, sorted(now, key=lambda u: int(u['email'][1:].split('@')[0]))):
            for field in 'email', 'given_name', 'created_at', 'password_hash':
                t.equal(field, is_now.get(field), was[field])
        t.equal('logs in', idbc(config, '--json', 'login', 'k149@example.com', password=PASSWORD).status, 'OK')


def main():
    tap = Tap('bulk-between')
    with Workplace() as place:
        directions(tap, place)
        new_ids(tap, place)
    tap.done()


if __name__ == '__main__':
    main()
