"""Our own schema, as `idbc check --create` makes it, on every engine: all seven operations, what
its indexes keep out, which names are one.

usage: own_schema.py DRIVER   DRIVER: mysql, odbc-mariadb, odbc-postgresql or odbc-sqlite"""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kit import Tap, Workplace, database, idbc  # noqa: E402

PASSWORD = 'First pass 1!'


def fresh(place, driver):
    """A database without a table, and a configuration without a mapping."""
    db = database(driver, 'own_schema', place.path)
    if db.engine == 'postgresql':
        db.create()
    elif db.engine == 'mariadb':
        db.sql('DROP DATABASE IF EXISTS `%s`; CREATE DATABASE `%s` CHARACTER SET latin1' % (db.name, db.name), database=False)
    return db, place.config('own', driver.split('-')[0], db.options(driver), throttle={})


def made(config, password=PASSWORD, **profile):
    return idbc(config, '--json', 'create', password=password, stdin=json.dumps(profile))


def creating(tap, db, config):
    with tap.test('check-creates-it') as t:
        t.check('not there yet', idbc(config, '--json', 'check').code in (2, 3))
        for time in ('first', 'again'):
            answer = idbc(config, '--json', 'check', '--create')
            # The test's own database user may do anything, and is told so.
            other = [f for f in answer.json.get('findings', []) if f['code'] != 'excess-privilege']
            t.equal(time, (answer.code, answer.status, other), (0, 'OK', []))
        t.equal('tables', db.tables(), ['idbc_users'])


def seven(tap, config):
    full = {'email': 'Ida@example.com', 'username': 'Ida', 'phone_number': '+4930123456', 'name': 'Ida Ü 🌻', 'given_name': 'Ida',
            'family_name': 'Ü', 'nickname': 'i', 'picture': 'https://example.com/%s.png' % ('p' * 1500)}
    with tap.test('seven-operations') as t:
        new = made(config, **full)
        profile = new.json.get('profile') or {}
        t.equal('create', {k: profile.get(k) for k in full}, full) or t.check('answer', False, new)
        for identifier in ('ida@EXAMPLE.com', 'IDA'):
            t.equal('get-user ' + identifier, idbc(config, '--json', 'get-user', identifier).json.get('profile'), profile)
        for identifier in ('ida@EXAMPLE.com', 'IDA'):
            t.equal('login ' + identifier, idbc(config, '--json', 'login', identifier, password=PASSWORD).status, 'OK')
        seen = idbc(config, '--json', 'get-user', 'ida').json['profile']
        t.check('last_login', seen.get('last_login', '') >= profile['created_at'], seen)
        t.equal('logins_count', seen.get('logins_count'), 2)
        uid = profile['user_id']
        t.equal('verify', idbc(config, 'verify', '--by', 'user_id', '--email', 'Ida@example.com', uid).code, 0)
        t.equal('verified', idbc(config, '--json', 'get-user', 'ida').json['profile']['email_verified'], True)
        t.equal('change-password', idbc(config, 'change-password', 'ida', password='Second pass 2!').code, 0)
        t.equal('the old one', idbc(config, '--json', 'login', 'ida', password=PASSWORD).status, 'DENIED')
        t.equal('change-email', idbc(config, 'change-email', 'ida', 'new@example.com').code, 0)
        t.equal('the old address', idbc(config, '--json', 'get-user', 'ida@example.com').status, 'NO_USER')
        after = idbc(config, '--json', 'login', 'new@example.com', password='Second pass 2!')
        t.equal('the new one', (after.status, after.json.get('profile', {}).get('email_verified')), ('OK', False))
        t.equal('delete-user', idbc(config, 'delete-user', uid).code, 0)
        t.equal('gone', idbc(config, '--json', 'get-user', '--by', 'user_id', uid).status, 'NO_USER')


def identifiers(tap, db, config):
    with tap.test('ids') as t:
        for native in ('given-1', 'Given-1', 'a|b', 'ß', 'x' * 200):
            answer = made(config, user_id='own|' + native, email='%d@example.com' % (hash(native) & 0xffffffff))
            t.equal(native, (answer.json.get('profile') or {}).get('user_id'), 'own|' + native) or t.check('answer', False, answer)
        t.equal('taken', made(config, user_id='own|given-1', email='free@example.com').code, 1)
        t.equal('other case', idbc(config, '--json', 'get-user', '--by', 'user_id', 'own|GIVEN-1').status, 'NO_USER')
        t.equal('blank', idbc(config, '--json', 'get-user', '--by', 'user_id', 'own|given-1 ').status, 'NO_USER')
        t.equal('another connection', made(config, user_id='given-2', email='free@example.com').json.get('code'), 'wrong_connection')
    with tap.test('names-that-are-one') as t:
        t.equal('first', made(config, email='Max@example.com', username='Max').status, 'OK')
        for profile, code in (({'email': 'MAX@Example.COM'}, 'user_exists'), ({'email': 'm2@example.com', 'username': 'mAX'}, 'username_exists'),
                              ({'email': 'm3@example.com', 'username': 'max@example.com'}, None)):
            answer = made(config, **profile)
            t.check(str(profile), answer.code in (1, 2) and (not code or answer.json.get('code') == code), answer)
        t.equal('by another column', idbc(config, '--json', 'login', 'max', password=PASSWORD).status, 'OK')
    with tap.test('the-indexes-are-the-last-word') as t:
        for column, value in (('email', 'MAX@example.com'), ('username', 'MAX')):
            try:
                db.sql("INSERT INTO idbc_users (id, %s) VALUES ('behind', '%s')" % (column, value))
                refused = False
            except RuntimeError:
                refused = True
            t.check(column + ' refused', refused)
        db.sql("INSERT INTO idbc_users (id) VALUES ('n1'); INSERT INTO idbc_users (id) VALUES ('n2')")
        t.check('users without names are many', len(db.sql("SELECT id FROM idbc_users WHERE email IS NULL")) == 2)


def metadata(tap, config):
    """Bags keep what they were given; beside the profile's rule that no reader must round an integer."""
    user = {'a.b': {'c.d': [1, 2.5, 0.1, -0.0, 1e300, {'x': None}]}, '': 'no name', 'Ünïcödé 🌻': '\u2028 "\\\t', 'empty': {}, 'list': [],
            'zero': 0, 'no': False, 'text': '', 'null': None, 'deep': {'er': {'still': [[[]]]}}, 'last': 2 ** 53}
    app = {'plan': {'tier': 'gold', 'x.y': 1}, 'roles': ['b', 'a'], "it's": '$now', '1': {'0': True}}
    with tap.test('metadata') as t:
        new = made(config, email='meta@example.com', user_metadata=user, app_metadata=app)
        profile = new.json.get('profile') or {}
        t.equal('user_metadata', profile.get('user_metadata'), user) or t.check('answer', False, new)
        t.equal('app_metadata', profile.get('app_metadata'), app)
        for name, seen in (('get-user', idbc(config, '--json', 'get-user', 'meta@example.com')),
                           ('login', idbc(config, '--json', 'login', 'meta@example.com', password=PASSWORD))):
            t.equal(name, {**seen.json.get('profile', {}), 'last_login': 0, 'logins_count': 0}, {**profile, 'last_login': 0, 'logins_count': 0})
        big = made(config, email='big@example.com', user_metadata={'n': 2 ** 63 - 1}, app_metadata={})
        t.equal('beyond 2^53', (big.json.get('profile') or {}).get('user_metadata'), {'n': str(2 ** 63 - 1)})
        t.equal('an empty bag', (big.json.get('profile') or {}).get('app_metadata'), {})
        none = made(config, email='none@example.com').json.get('profile') or {}
        t.check('no bag', none and 'user_metadata' not in none and 'app_metadata' not in none, none)
        t.equal('metadata is app_metadata', (made(config, email='alias@example.com', metadata={'k.l': [True]}).json.get('profile') or {}).get('app_metadata'),
                {'k.l': [True]})
        for bag, code in (({'app_metadata': {'user_id': 1}}, 'reserved_key'), ({'user_metadata': 'text'}, 'invalid_profile'),
                          ({'user_metadata': json.loads('[' * 70 + ']' * 70)}, 'invalid_profile'),
                          ({'user_metadata': {'x': json.loads('[' * 70 + ']' * 70)}}, 'invalid_value')):
            t.equal(str(bag)[:40], made(config, email='bad@example.com', **bag).json.get('code'), code)
        t.equal('nobody was made', idbc(config, '--json', 'get-user', 'bad@example.com').status, 'NO_USER')


def main():
    driver = sys.argv[1]
    tap = Tap('own_schema/' + driver)
    with Workplace() as place:
        db, config = fresh(place, driver)
        creating(tap, db, config)
        seven(tap, config)
        identifiers(tap, db, config)
        metadata(tap, config)
    tap.done()


main()
