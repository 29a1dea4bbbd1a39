"""idbc export and idbc import.

usage: bulk.py DRIVER   DRIVER: mysql, odbc-mariadb, odbc-postgresql or odbc-sqlite"""
import base64
import hashlib
import hmac
import json
import os
import random
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kit import BUILD, ROOT, SHARED, Tap, Workplace, database, idbc, users_tsv  # noqa: E402
from stores import STORES, mapping  # noqa: E402

SECRET = 'Quarz-7 Würfel!'
MANY = 10000
ACCEPT = ['argon2', 'bcrypt', 'crypt', 'phpass', 'wordpress', 'django', 'passlib', 'werkzeug', 'mediawiki', 'ldap',
          'windows/nthash-hex']


def fresh(place, driver, name, accept=True):
    """Our own schema, empty; with `accept` it takes weak forms as well."""
    db = database(driver, 'bulk_' + name, place.path)
    if db.engine == 'postgresql':
        db.create()
    elif db.engine == 'mariadb':
        db.sql('DROP DATABASE IF EXISTS `%s`; CREATE DATABASE `%s` CHARACTER SET utf8mb4' % (db.name, db.name),
               database=False)
    plain = place.config(name, driver.split('-')[0], db.options(driver), throttle={})
    made = idbc(plain, 'check', '--create')
    assert made.code == 0, made
    if not accept:
        return db, plain
    with open(os.path.join(ROOT, 'examples', 'schema', 'users.json'), encoding='utf-8') as f:
        users = json.load(f)
    users['password']['accept'] = ACCEPT
    return db, place.config(name, driver.split('-')[0], db.options(driver), users, throttle={},
                            password={'upgrade': False})


def lines(place, name, records):
    return place.file(name, ''.join((r if isinstance(r, str) else json.dumps(r)) + '\n' for r in records))


ENGINES = {'icingaweb2': 'odbc-postgresql', 'flask-security': 'odbc-sqlite'}


def stores(tap, place, driver):
    for store in sorted(STORES):
        dump = os.path.join(SHARED, 'stores', store, 'store.sql')
        if not os.path.exists(dump) or ENGINES.get(store, 'mysql') != driver:
            continue
        with tap.test('store-' + store) as t:
            one_store(t, place, driver, store, dump)


def one_store(t, place, driver, store, dump):
    db, users = database(driver, 'bulk_' + store, place.path), mapping(store)
    db.load(dump)
    old = place.config('old' + store, driver.split('-')[0], db.options(driver), users, password={'upgrade': False})
    _, new = fresh(place, driver, 'into')
    out = idbc(old, 'export', '--hashes')
    t.equal('export', out.code, 0) or t.check('said', False, out)
    came = idbc(new, '--json', 'import', place.file('moved.jsonl', out.out))
    exported = {json.loads(x)['identities'][0]['user_id']: x for x in out.out.splitlines()}
    told = {x['line'] for x in came.json.get('lines', [])}
    refused = {json.loads(x)['user_id'] for i, x in enumerate(out.out.splitlines(), 1) if i in told}
    shared = [json.loads(x).get('email', '').lower() for x in exported.values()]
    t.check('who is refused shares an address', all(
        x.get('code') == 'user_exists' for x in came.json.get('lines', [])), came)
    seen = 0
    for person in users_tsv(os.path.join(SHARED, 'stores', store, 'users.tsv')):
        line = exported.get(str(person['user_id']))
        if person['login'] != 'ok' or not line or json.loads(line)['user_id'] in refused:
            continue
        was = json.loads(line)
        ident = was.get('username') or was['email']
        answer = idbc(new, 'login', ident, password=person['password'])
        if '"password_hash":' not in line and '"custom_password_hash":' not in line:
            t.check(ident + ' has no password that goes with him', answer.code == 1, answer)
            continue
        seen += t.equal(ident + ' logs in', answer.code, 0) or t.check('answer', False, answer)
        now = idbc(new, 'get-user', ident).json
        for field in set(was) - {'user_id', 'identities', 'password_hash', 'custom_password_hash', 'last_login',
                                 'logins_count', 'last_ip', 'last_password_reset', 'updated_at'}:
            t.equal('%s %s' % (ident, field), now.get(field), was.get(field))
    t.check('somebody logged in, or none can', seen or not any('password_hash' in x for x in exported.values()), shared[:3])


def digest(name, data):
    return hashlib.new(name, data).digest()


def algorithms():
    """(name, record's hash): each of SECRET, by Python's own library."""
    p, salt = SECRET.encode(), b'NaCl\x00\x01\xff!'
    text = b'saltysalt'
    yield 'bcrypt', None
    for name in ('md5', 'sha1', 'sha256', 'sha512'):
        yield name, {'algorithm': name, 'hash': {'value': digest(name, p).hex(), 'encoding': 'hex'}}
        yield name + '-base64', {'algorithm': name, 'hash': {'value': base64.b64encode(digest(name, p)).decode(), 'encoding': 'base64'}}
        yield name + '-suffix', {'algorithm': name, 'hash': {'value': digest(name, p + salt).hex(), 'encoding': 'hex'},
                                 'salt': {'value': salt.hex(), 'encoding': 'hex', 'position': 'suffix'}}
        yield name + '-prefix', {'algorithm': name, 'hash': {'value': digest(name, text + p).hex(), 'encoding': 'hex'},
                                 'salt': {'value': text.decode(), 'encoding': 'utf8', 'position': 'prefix'}}
    for name, length in (('sha1', 20), ('sha256', 32), ('sha512', 64), ('sha512', 32)):
        key = hashlib.pbkdf2_hmac(name, p, salt, 1000, length)
        phc = '$pbkdf2-%s$i=1000,l=%d$%s$%s' % (name, length, base64.b64encode(salt).decode().rstrip('='),
                                               base64.b64encode(key).decode().rstrip('='))
        yield 'pbkdf2-%s-%d' % (name, length), {'algorithm': 'pbkdf2', 'hash': {'value': phc, 'encoding': 'utf8'}}
    for length in (32, 64):
        key = hashlib.scrypt(p, salt=text, n=1024, r=8, p=1, dklen=length)
        yield 'scrypt-%d' % length, {'algorithm': 'scrypt', 'hash': {'value': key.hex(), 'encoding': 'hex'},
                                     'salt': {'value': text.decode(), 'encoding': 'utf8'}, 'keylen': length,
                                     'cost': 1024, 'blockSize': 8, 'parallelization': 1}
    ssha = '{SSHA}' + base64.b64encode(digest('sha1', p + salt) + salt).decode()
    yield 'ldap', {'algorithm': 'ldap', 'hash': {'value': ssha, 'encoding': 'utf8'}}


def vocabulary(tap, place, driver):
    _, config = fresh(place, driver, 'words')
    records, names = [], []
    for name, custom in algorithms():
        if custom:
            records.append({'email': name + '@example.com', 'custom_password_hash': custom})
            names.append(name)
    with tap.test('vocabulary') as t:
        answer = idbc(config, '--json', 'import', lines(place, 'words.jsonl', records))
        t.equal('refused', (answer.json.get('created'), answer.json.get('lines')), (len(records), []))
        for name in names:
            came = idbc(config, '--json', 'login', name + '@example.com', password=SECRET)
            t.equal(name, came.status, 'OK')
            wrong = idbc(config, '--json', 'login', name + '@example.com', password=SECRET + 'x')
            t.equal(name + ' wrong', wrong.status, 'DENIED')
    with tap.test('what-is-not-known-is-refused') as t:
        key = hmac.new(b'k', SECRET.encode(), 'sha256').hexdigest()
        bad = [{'algorithm': 'md4', 'hash': {'value': '00' * 16, 'encoding': 'hex'}},
               {'algorithm': 'whirlpool', 'hash': {'value': '00' * 64, 'encoding': 'hex'}},
               {'algorithm': 'sha256', 'hash': {'value': '00' * 20, 'encoding': 'hex'}},
               {'algorithm': 'sha256', 'hash': {'value': 'zz', 'encoding': 'hex'}},
               {'algorithm': 'sha256', 'rounds': 7, 'hash': {'value': '00' * 32, 'encoding': 'hex'}},
               {'algorithm': 'hmac', 'hash': {'value': key, 'encoding': 'hex', 'digest': 'sha256', 'key': {'value': 'k'}}}]
        answer = idbc(config, '--json', 'import', lines(place, 'bad.jsonl', [
            {'email': 'bad%d@example.com' % i, 'custom_password_hash': b} for i, b in enumerate(bad)]))
        t.equal('all of them', (answer.code, answer.json.get('created'), len(answer.json.get('lines', []))), (1, 0, len(bad)))


def record(i):
    return {'user_id': 'n%d' % i, 'email': 'n%d@example.com' % i, 'username': 'n%d' % i, 'email_verified': True,
            'user_metadata': {'n': i}, 'created_at': '2021-01-02T03:04:05.000Z',
            'password_hash': '$2b$04$abcdefghijklmnopqrstuuWJL8n3p0DzyHCKoAIxrGZ1FLYQHXJYe'}


def bad_lines(tap, place, driver):
    db, config = fresh(place, driver, 'bad', accept=False)
    records, wanted = [], {}
    kinds = [('{"email":', 'invalid_json'), ('[]', 'invalid_json'), ({'name': 'x'}, 'identifier_required'),
             ({'email': 'x@example.com', 'password_hash': '$2b$31$' + 'a' * 53}, 'hash_not_accepted'),
             ({'email': 'x@example.com', 'password_hash': '0' * 32}, 'hash_not_accepted'),
             ({'email': 'x@example.com', 'created_at': 'yesterday'}, 'invalid_time'),
             ({'email': 'x@example.com', 'blocked': 'no'}, 'invalid_profile'),
             ({'email': 'n0@example.com'}, 'user_exists')]
    for i in range(MANY):
        records.append(record(i))
        if i % 500 == 499:
            kind = kinds[i // 500 % len(kinds)]
            records.append(kind[0])
            wanted[len(records)] = kind[1]
    with tap.test('bad-lines') as t:
        begun = time.monotonic()
        answer = idbc(config, '--json', 'import', lines(place, 'many.jsonl', records), timeout=300)
        took = time.monotonic() - begun
        t.equal('counts', (answer.code, answer.json.get('created')), (1, MANY)) or t.check('answer', False, answer)
        t.equal('lines', {x['line']: x.get('code') for x in answer.json.get('lines', [])}, wanted)
        t.equal('rows', db.sql('SELECT COUNT(*) FROM idbc_users'), [[str(MANY)]])
        print('# %s: %d users a minute' % (driver, MANY * 60 / took), flush=True)
    with tap.test('a-file-that-breaks-off') as t:
        for i, end in enumerate((']', '', ',', ' ,\n')):
            text = '[%s%s' % (json.dumps({'email': 'end%d@example.com' % i}), end)
            answer = idbc(config, '--json', 'import', place.file('end.json', text))
            told = [x.get('code') for x in answer.json.get('lines', [])]
            t.equal('ends with %r' % end, (answer.code, answer.json.get('created'), told),
                    (0, 1, []) if end == ']' else (1, 1, ['invalid_json']))
            db.sql("DELETE FROM idbc_users WHERE email LIKE 'end%'")
    with tap.test('export-pages') as t:
        out = idbc(config, 'export', '--hashes').out.splitlines()
        t.equal('all', (len(out), len({json.loads(x)['user_id'] for x in out})), (MANY, MANY))
        half = idbc(config, 'export', '--limit', '777').out.splitlines()
        rest = idbc(config, 'export', '--after', json.loads(half[-1])['user_id']).out.splitlines()
        t.equal('in two parts', [json.loads(x)['user_id'] for x in half + rest], [json.loads(x)['user_id'] for x in out])
        t.check('no password unless asked', '"password_hash"' not in half[0], half[0])


def refused_late(tap, place):
    """A row that cannot be read back was written already when it is refused: it goes, the others stay."""
    db, config = fresh(place, 'odbc-sqlite', 'late')
    db.sql("CREATE TRIGGER odd AFTER INSERT ON idbc_users WHEN NEW.email = 'n3@example.com'"
           " BEGIN UPDATE idbc_users SET id = id || 'x' WHERE id = NEW.id; END")
    with tap.test('refused-after-writing') as t:
        answer = idbc(config, '--json', 'import', lines(place, 'late.jsonl', [record(i) for i in range(9)]))
        t.equal('report', (answer.code, answer.json.get('created'), [(x['line'], x['code']) for x in answer.json['lines']]),
                (1, 8, [(4, 'not_readable')]))
        t.equal('rows', db.sql("SELECT email FROM idbc_users ORDER BY email"),
                [['n%d@example.com' % i] for i in range(9) if i != 3])


def upsert(tap, place, driver):
    _, config = fresh(place, driver, 'upsert', accept=False)
    first = {'user_id': 'u1', 'email': 'u1@example.com', 'given_name': 'Old', 'password': SECRET}
    second = {**first, 'given_name': 'New', 'email_verified': True, 'password': SECRET + '2'}
    with tap.test('upsert') as t:
        t.equal('dry', idbc(config, '--json', 'import', '--dry-run', lines(place, 'a.jsonl', [first])).json.get('created'), 1)
        t.equal('first', idbc(config, '--json', 'import', lines(place, 'a.jsonl', [first])).json.get('created'), 1)
        t.equal('skipped', idbc(config, '--json', 'import', lines(place, 'b.jsonl', [second])).json.get('exists'), 1)
        t.equal('still', idbc(config, '--json', 'login', 'u1@example.com', password=SECRET).status, 'OK')
        changed = idbc(config, '--json', 'import', '--upsert', place.file('b.json', json.dumps([second], indent=1)))
        t.equal('changed', (changed.code, changed.json.get('updated')), (0, 1)) or t.check('answer', False, changed)
        came = idbc(config, '--json', 'login', 'u1@example.com', password=SECRET + '2')
        t.equal('new password', came.status, 'OK')
        profile = came.json.get('profile') or {}
        t.equal('fields', (profile.get('given_name'), profile.get('email_verified')), ('New', True))


def killed(tap, place, driver):
    db, config = fresh(place, driver, 'killed', accept=False)
    path, state = lines(place, 'k.jsonl', [record(i) for i in range(MANY)]), os.path.join(place.path, 'k.state')
    with tap.test('killed-and-resumed') as t:
        for _ in range(4):
            p = subprocess.Popen([os.path.join(BUILD, 'idbc'), '-c', config, 'import', '--state', state, path],
                                 stderr=subprocess.DEVNULL)
            time.sleep(random.uniform(0.05, 0.45))
            p.kill()
            p.wait()
        answer = idbc(config, '--json', 'import', '--state', state, path, timeout=300)
        t.equal('ends the same', (answer.code, answer.json.get('created'), answer.json.get('exists')), (0, MANY, 0))
        t.equal('nobody twice', db.sql('SELECT COUNT(*), COUNT(DISTINCT email) FROM idbc_users'), [[str(MANY)] * 2])
        again = idbc(config, '--json', 'import', '--state', state, path)
        t.equal('and again', (again.code, again.json.get('created')), (0, MANY))
        other = lines(place, 'other.jsonl', [record(i + 5) for i in range(MANY)])
        t.equal('another file', idbc(config, '--json', 'import', '--state', state, other).code, 2)


if __name__ == '__main__':
    tap = Tap('bulk/' + sys.argv[1])
    with Workplace() as place:
        stores(tap, place, sys.argv[1])
        vocabulary(tap, place, sys.argv[1])
        bad_lines(tap, place, sys.argv[1])
        if sys.argv[1] == 'odbc-sqlite':
            refused_late(tap, place)
        upsert(tap, place, sys.argv[1])
        killed(tap, place, sys.argv[1])
    sys.exit(1 if tap.failed else 0)
