"""Keys of bytes: uuids in sixteen of them, names, anything; each has one text, which leads
back to it, and rows beside the user's hang on the bytes.

usage: byte_keys.py DRIVER   DRIVER: mysql, odbc-mariadb, odbc-sqlite or odbc-postgresql"""
import json
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kit import MariaDB, Postgres, SQLite, Tap, Workplace, idbc  # noqa: E402

UUID = re.compile(r'^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$')
SECRET, OTHER = 'Some pass 1', 'Other pass 2'
FIXED = {'mariadb': 'BINARY(16)', 'sqlite': 'BINARY(16)', 'postgresql': 'bytea'}
FREE = {'mariadb': 'VARBINARY(60)', 'sqlite': 'BLOB', 'postgresql': 'bytea'}


def literal(engine, data):
    return ("'\\x%s'" if engine == 'postgresql' else "x'%s'") % data.hex()


def tables(kind):
    return ('CREATE TABLE people (id %s NOT NULL PRIMARY KEY, login VARCHAR(60) NOT NULL UNIQUE, pw VARCHAR(120) NOT NULL);\n'
            'CREATE TABLE meta (uid %s NOT NULL REFERENCES people (id), owner %s, k VARCHAR(20) NOT NULL, v VARCHAR(60));\n'
            % (kind, kind, kind))


def mapping(generator):
    return {'user': {'table': 'people', 'key': 'id', 'id': generator},
            'links': {'m': {'table': 'meta', 'as': 'eav', 'on': {'uid': '@id'}, 'name': 'k', 'value': 'v', 'insert': {'owner': '$id'}}},
            'profile': {'username': 'login', 'given_name': 'm[first]'}, 'login': {'by': ['username']},
            'password': {'col': 'pw', 'accept': ['bcrypt'], 'write': {'scheme': 'bcrypt/2b', 'cost': 4}}}


class Store:
    def __init__(self, place, driver):
        self.place, self.driver = place, driver
        self.db = {'odbc-sqlite': lambda: SQLite('bytes', place.path), 'odbc-postgresql': lambda: Postgres('bytes')}.get(
            driver, lambda: MariaDB('bytes'))()

    def make(self, kind, generator, keys=()):
        """keys: bytes by login name."""
        rows = ''.join("INSERT INTO people VALUES (%s, '%s', '');\n" % (literal(self.db.engine, key), name)
                       for name, key in dict(keys).items())
        self.db.load(self.place.file('bytes.sql', tables(kind) + rows))
        return self.place.config('data', self.driver.split('-')[0], self.db.options(self.driver), mapping(generator))


def get(config, by, value):
    answer = idbc(config, '--json', 'get-user', '--by', by, value)
    return answer.status, ((answer.json.get('profile') or {}).get('user_id') or '|').split('|', 1)[1]


def made_by_uuid(tap, store):
    with tap.test('uuid') as t:
        old = bytes(range(16))
        config = store.make(FIXED[store.db.engine], '$uuid', {'old': old})
        t.equal('as text', get(config, 'username', 'old'), ('OK', '00010203-0405-0607-0809-0a0b0c0d0e0f'))
        t.equal('and back', get(config, 'user_id', 'data|00010203-0405-0607-0809-0a0b0c0d0e0f'), ('OK', '00010203-0405-0607-0809-0a0b0c0d0e0f'))
        answer = idbc(config, '--json', 'create', password=SECRET, stdin=json.dumps({'username': 'new', 'given_name': 'Nina'}))
        user_id = (answer.json.get('profile') or {}).get('user_id', '|')
        t.check('a uuid: ' + user_id, UUID.match(user_id.split('|', 1)[1]), answer)
        hexes = {'mariadb': 'HEX(%s)', 'sqlite': 'HEX(%s)', 'postgresql': "UPPER(encode(%s, 'hex'))"}[store.db.engine]
        wanted = user_id.split('|', 1)[1].replace('-', '').upper()
        t.equal('sixteen bytes', store.db.sql("SELECT %s FROM people WHERE login = 'new'" % hexes % 'id'), [[wanted]])
        t.equal('beside it', store.db.sql('SELECT %s, %s, k, v FROM meta' % (hexes % 'uid', hexes % 'owner')), [[wanted, wanted, 'first', 'Nina']])
        t.equal('found', get(config, 'user_id', user_id)[0], 'OK')
        t.equal('new password', idbc(config, 'change-password', '--by', 'user_id', user_id, password=OTHER).code, 0)
        t.equal('login', idbc(config, '--json', 'login', 'new', password=OTHER).status, 'OK')
        t.equal('delete', idbc(config, 'delete-user', user_id).code, 0)
        t.equal('all of him', (store.db.sql('SELECT COUNT(*) FROM people'), store.db.sql('SELECT COUNT(*) FROM meta')), ([['1']], [['0']]))


def any_bytes(tap, store):
    cases = {'name': ('Zoë'.encode(), 'Zoë'), 'raw': (b'\xff\x00\x10', '0xff0010'), 'prefix': (b'0xff0010', '0x30786666303031' + '30'),
             'control': (b'a\nb', '0x610a62'), 'sixteen': (b'\xfe' * 16, '0x' + 'fe' * 16)}
    with tap.test('any-bytes') as t:
        config = store.make(FREE[store.db.engine], '$given', {name: data for name, (data, _) in cases.items()})
        for name, (_, text) in cases.items():
            t.equal(name, get(config, 'username', name), ('OK', text))
            t.equal('and back', get(config, 'user_id', 'data|' + text), ('OK', text))
        for nobody in ('0xFF0010', '0xff001', '0x', '0xzz', 'zoë', 'ff0010'):
            t.equal(nobody, get(config, 'user_id', 'data|' + nobody)[0], 'NO_USER')
        for given in ('Ada', '0x00ff'):
            answer = idbc(config, '--json', 'create', password=SECRET, stdin=json.dumps({'username': given, 'user_id': 'data|' + given}))
            t.equal('given %s' % given, (answer.status, get(config, 'username', given)), ('OK', ('OK', given)))


def main():
    driver = sys.argv[1]
    tap = Tap('byte-keys/' + driver)
    with Workplace() as place:
        store = Store(place, driver)
        made_by_uuid(tap, store)
        any_bytes(tap, store)
    tap.done()


main()
