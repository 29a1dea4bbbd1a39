"""Documents in columns: read member by member, changed in place, kept from harm.

usage: json_columns.py DRIVER   DRIVER: mysql, odbc-mariadb, odbc-postgresql or odbc-sqlite"""
import json
import os
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kit import Tap, Workplace, database, idbc  # noqa: E402

PASSWORD = 'Some pass 1'
TYPES = {'mariadb': ('JSON', 'LONGTEXT', 'VARCHAR(2000)', 'LONGBLOB'), 'sqlite': ('TEXT', 'BLOB'),
         'postgresql': ('jsonb', 'json', 'text', 'bytea')}
KEY = {'mariadb': 'INT AUTO_INCREMENT PRIMARY KEY', 'sqlite': 'INTEGER PRIMARY KEY', 'postgresql': 'serial PRIMARY KEY'}
BINARY = ('LONGBLOB', 'BLOB', 'bytea')


def ddl(engine, kind, not_null=False):
    null = ' NOT NULL' if not_null else ''
    return ('CREATE TABLE people (id %s, login VARCHAR(60) NOT NULL, mail VARCHAR(120), pw VARCHAR(120), doc %s%s, php TEXT);\n'
            'CREATE TABLE side (uid INT NOT NULL PRIMARY KEY, doc %s);\n'
            'CREATE TABLE meta (id %s, uid INT NOT NULL, k VARCHAR(60) NOT NULL, v %s);\n'
            % (KEY[engine], kind, null, kind, KEY[engine], kind))


def mapping(verified, **more):
    return {'user': {'table': 'people', 'key': 'id', 'id': 'auto'},
            'links': {'side': {'table': 'side', 'on': {'uid': '@id'}},
                      'meta': {'table': 'meta', 'as': 'eav', 'on': {'uid': '@id'}, 'name': 'k', 'value': 'v'}},
            'profile': {'username': 'login', 'email': 'mail', 'email_verified': verified,
                        'user_metadata.lang': {'col': 'doc', 'json': 'profile.lang'},
                        'user_metadata.tags': {'col': 'doc', 'json': 'tags'},
                        'user_metadata.first_tag': {'col': 'doc', 'json': ['lists', 0]},
                        'user_metadata.dotted': {'col': 'doc', 'json': ['a.b']},
                        'user_metadata.theme': {'col': 'side.doc', 'json': 'theme'},
                        'user_metadata.prefs': {'col': 'meta[prefs]', 'json': 'p'},
                        'app_metadata': {'col': 'meta[app]', 'json': ''},
                        'app_metadata_level': {'col': 'doc', 'json': 'level', 'map': {'1': 'silver', '2': 'gold'}},
                        'since': {'col': 'doc', 'json': 'since', 'time': 'unix'},
                        'old': {'col': 'php', 'text': 'php'}},
            'login': {'by': ['username']},
            'password': {'col': 'pw', 'accept': ['bcrypt'], 'write': {'scheme': 'bcrypt/2b', 'cost': 4}},
            'create': {'json': {'doc': {'profile': {'lang': 'en'}, 'lists': ['new']}, 'meta[prefs]': {}}}, **more}


IN_DOC = {'col': 'doc', 'json': 'mail.ok', 'bool': True}


class Store:
    def __init__(self, place, driver):
        self.place, self.driver = place, driver
        self.db = database(driver, 'json_columns', place.path)
        self.engine = self.db.engine

    def load(self, kind, **more):
        self.kind = kind
        self.db.load(self.place.file('json.sql', ddl(self.engine, kind, **more)))

    def config(self, users, name='data'):
        return self.place.config(name, self.driver.split('-')[0], self.db.options(self.driver), users)

    def literal(self, text):
        """A document as it stands in a statement of a test."""
        if text is None:
            return 'NULL'
        if self.kind in BINARY:
            digits = text.encode().hex()
            return "'\\x%s'" % digits if self.engine == 'postgresql' else "x'%s'" % digits
        if self.engine == 'mariadb':
            text = text.replace('\\', '\\\\')
        return "'%s'" % text.replace("'", "''")

    def person(self, login, doc=None, php=None):
        self.db.sql("INSERT INTO people (login, mail, doc, php) VALUES ('%s', '%s@example.com', %s, %s)"
                    % (login, login, self.literal(doc), 'NULL' if php is None else "'%s'" % php))

    def shown(self, column):
        if self.kind in BINARY and self.engine == 'postgresql':
            return "convert_from(%s, 'UTF8')" % column
        return 'CAST(%s AS TEXT)' % column if self.engine != 'mariadb' else 'CONVERT(%s USING utf8mb4)' % column

    def doc(self, login, column='doc', table='people', where="login = '%s'"):
        rows = self.db.sql('SELECT %s FROM %s WHERE %s' % (self.shown(column), table, where % login))
        return rows[0][0] if rows else None


def get(config, login):
    return idbc(config, '--json', 'get-user', login)


def lifetime(tap, store, kind):
    store.load(kind)
    config = store.config(mapping(IN_DOC))
    given = {'lang': 'de "ü" 🌻', 'tags': ['x', {'y.z': [1, 2.5, None]}], 'dotted': True, 'theme': 'dark', 'prefs': {'a': {'b': 2}}}
    app = {'plan': {'x.y': 1}, 'roles': ['b', 'a']}
    with tap.test('lifetime/' + kind) as t:
        made = idbc(config, '--json', 'create', password=PASSWORD, stdin=json.dumps(
            {'username': 'ida', 'email': 'ida@example.com', 'user_metadata': given, 'app_metadata': app, 'app_metadata_level': 'gold',
             'since': '2026-01-02T03:04:05Z', 'email_verified': False}))
        profile = made.json.get('profile') or {}
        t.equal('user_metadata', profile.get('user_metadata'), {**given, 'first_tag': 'new'}) or t.check('answer', False, made)
        t.equal('app_metadata', profile.get('app_metadata'), app)
        t.equal('level', (profile.get('app_metadata_level'), profile.get('since')), ('gold', '2026-01-02T03:04:05.000Z'))
        want = {'profile': {'lang': given['lang']}, 'lists': ['new'], 'tags': given['tags'], 'a.b': True, 'level': 2, 'since': 1767323045,
                'mail': {'ok': False}}
        t.equal('stored', json.loads(store.doc('ida')), want)
        t.equal('in the link', json.loads(store.doc('1', table='side', where='uid = %s')), {'theme': 'dark'})
        t.equal('in the value', json.loads(store.doc('prefs', 'v', 'meta', "k = '%s'")), {'p': {'a': {'b': 2}}})
        t.equal('get-user', get(config, 'ida').json.get('profile'), profile)
        t.equal('login', idbc(config, '--json', 'login', 'ida', password=PASSWORD).json.get('profile'), profile)
        t.equal('verify', idbc(config, 'verify', '--by', 'username', 'ida').code, 0)
        t.equal('verified', get(config, 'ida').json['profile']['email_verified'], True)
        t.equal('change-email', idbc(config, 'change-email', 'ida', 'new@example.com').code, 0)
        t.equal('no more', get(config, 'ida').json['profile']['email_verified'], False)
        t.equal('the rest stays', json.loads(store.doc('ida')), want)
        t.equal('delete-user', idbc(config, 'delete-user', profile['user_id']).code, 0)
        small = idbc(config, '--json', 'create', password=PASSWORD, stdin=json.dumps({'username': 'max'}))
        t.equal('create.json alone', json.loads(store.doc('max')), {'profile': {'lang': 'en'}, 'lists': ['new']}) or t.check('answer', False, small)


def beginnings(tap, store, kind):
    """What a column may hold before its first member comes."""
    store.load(kind)
    config = store.config(mapping(IN_DOC))
    docs = {'null': None, 'empty': '{}', 'list': '[]', 'word': 'null', 'parent': '{"mail": null, "z": 1}', 'phplist': '{"mail": []}'}
    if kind.lower() not in ('json', 'jsonb'):
        docs.update({'blank': '', 'blanks': ' \n'})
    fresh = {'profile': {'lang': 'en'}, 'lists': ['new'], 'mail': {'ok': True}}
    with tap.test('beginnings/' + kind) as t:
        for login, doc in docs.items():
            store.person(login, doc)
            t.equal(login + ' shown', 'user_metadata' in (get(config, login).json.get('profile') or {'user_metadata': 1}), False)
            answer = idbc(config, '--json', 'verify', '--by', 'username', login)
            want = fresh if login in ('null', 'blank', 'blanks') else {'mail': {'ok': True}, **({'z': 1} if login == 'parent' else {})}
            t.equal(login, (answer.code, json.loads(store.doc(login) or '0')), (0, want)) or t.check('answer', False, answer)


def untouched(tap, store, kind):
    """The bytes that nothing maps; jsonb has its own spelling, and numbers of any size."""
    store.load(kind)
    config = store.config(mapping(IN_DOC))
    doc = '{ "z" : 1.10, "pi": 3.14159265358979323846264338327950288, "a": [ ], "mail" : {"ok": false, "n":-0.0}, "u": "\\u00fc\\/" , "z2":1e2}'
    with tap.test('untouched/' + kind) as t:
        store.person('ida', doc)
        before = store.doc('ida')
        t.equal('verify', idbc(config, 'verify', '--by', 'username', 'ida').code, 0)
        t.equal('after', store.doc('ida'), before.replace('"ok": false', '"ok": true'))
        t.equal('again', idbc(config, 'verify', '--by', 'username', 'ida').code, 0)
        t.equal('change-password', idbc(config, 'change-password', 'ida', password='Other pass 2').code, 0)
        t.equal('nor by others', store.doc('ida'), before.replace('"ok": false', '"ok": true'))


def malformed(tap, store, kind):
    bad = {'cut': '{"mail": {"ok": tr', 'text': 'n0thing to see', 'php': 'a:1:{s:2:"ok";b:1;}'}
    blocked = {'scalar': '{"mail": "s3cret"}', 'array': '{"mail": [1]}', 'top': '"s3cret"'}
    if kind.lower() in ('json', 'jsonb'):
        bad = {}
    store.load(kind)
    config = store.config(mapping(IN_DOC))
    with tap.test('malformed/' + kind) as t:
        for docs, code in ((bad, 'malformed_document'), (blocked, 'path_blocked')):
            for login, doc in docs.items():
                store.person(login, doc, php='a:1:{i:0;s:9999:"x";}')
                before = store.doc(login)
                seen = idbc(config, '--log', 'warning', 'get-user', login)
                t.check(login + ' is found', seen.code == 0 and 'user_metadata' not in seen.out, seen)
                t.check(login + ' is told', 'old' in seen.err and (code == 'path_blocked' or 'user_metadata.lang' in seen.err), seen)
                t.check(login + ' is not shown', 's3cret' not in seen.err and 'n0thing' not in seen.err, seen)
                for answer in (idbc(config, '--json', 'verify', '--by', 'username', login), idbc(config, '--json', 'change-email', login, 'x@example.com')):
                    t.equal(login, (answer.code, answer.json.get('code'), answer.json.get('effect')), (1, code, 'NONE'))
                    t.check('no value', 's3cret' not in answer.out + answer.err, answer)
                t.equal(login + ' stays', (store.doc(login), store.db.sql("SELECT mail FROM people WHERE login = '%s'" % login)),
                        (before, [[login + '@example.com']]))


def numbers(tap, store, kind):
    """Too large for 64 bits or a double: a string to the reader, untouched in the store."""
    store.load(kind)
    users = mapping(IN_DOC)
    users['profile'] = {'username': 'login', 'email_verified': IN_DOC, 'user_metadata.big': {'col': 'doc', 'json': 'big'},
                        'user_metadata.list': {'col': 'doc', 'json': 'list'}, 'user_metadata.lang': {'col': 'doc', 'json': 'lang'},
                        'app_metadata': {'col': 'side.doc', 'json': ''}, 'since': {'col': 'doc', 'json': 'when', 'time': 'unix'}}
    del users['create']
    config = store.config(users)
    doc = '{"big": 18446744073709551616, "list": [-9223372036854775809, {"n": 9223372036854775807}, 7], "lang": "de", "when": 99999999999999999999}'
    with tap.test('numbers/' + kind) as t:
        store.person('ida', doc)
        store.db.sql('INSERT INTO side (uid, doc) VALUES (1, %s)' % store.literal('{"n": 340282366920938463463374607431768211456, "ok": 1}'))
        before = store.doc('ida')
        profile = get(config, 'ida').json['profile']
        t.equal('user_metadata', profile.get('user_metadata'), {
            'big': '18446744073709551616', 'lang': 'de', 'list': ['-9223372036854775809', {'n': '9223372036854775807'}, 7]})
        t.equal('app_metadata', profile.get('app_metadata'), {'n': '340282366920938463463374607431768211456', 'ok': 1})
        t.check('no time', 'since' not in profile, profile)
        t.equal('verify', idbc(config, 'verify', '--by', 'username', 'ida').code, 0)
        after = store.doc('ida')
        t.equal('the digits stay', json.loads(after), {**json.loads(before), 'mail': {'ok': True}})


def php(tap, store):
    store.load(TYPES[store.engine][0])
    config = store.config(mapping(IN_DOC))
    with tap.test('php-text') as t:
        store.person('ida', php='a:1:{s:5:"admin";b:1;}')
        t.equal('shown', get(config, 'ida').json['profile'].get('old'), {'admin': True})
        t.equal('verify', idbc(config, 'verify', '--by', 'username', 'ida').code, 0)
        t.equal('untouched', store.db.sql("SELECT php FROM people"), [['a:1:{s:5:"admin";b:1;}']])
        answer = idbc(config, '--json', 'create', password=PASSWORD, stdin=json.dumps({'username': 'max', 'old': {'admin': False}}))
        t.check('not written', answer.json.get('code') == 'unmapped_field' and 'old' in answer.json.get('message', ''), answer)


def fitting(tap, store):
    """What does not fit is told at open, with its key."""
    store.load(TYPES[store.engine][0], not_null=True)
    with tap.test('fitting') as t:
        for field, key, code in (({'profile': {'zip': {'col': 'id', 'json': 'zip'}}}, 'users.profile.zip', 'two-fields-one-column'),
                                 ({'profile': {'zip': {'col': 'docs', 'json': 'zip'}}}, 'users.profile.zip', 'missing-column'),
                                 ({'profile': {'zip': {'col': 'side.uid', 'json': 'zip'}}}, 'users.profile.zip', None),
                                 ({'create': {'json': {'docs': {}}}}, 'users.create.json.docs', 'missing-column'),
                                 ({'create': {'json': {'doc': {}, 'side.docs': {}}}}, 'users.create.json.side.docs', 'missing-column'),
                                 ({'login': {'by': ['username', 'email']}, 'profile': {'email': {'col': 'doc', 'json': 'mail.a'}}},
                                  'users.login.by[1]', 'bad-combination')):
            users = mapping(IN_DOC)
            for room, more in field.items():
                users[room] = {**users[room], **more}
            answer = idbc(store.config(users), '--json', 'check')
            found = [f['code'] for f in answer.json.get('findings', []) if f['key'] == key and f['severity'] == 'error']
            t.check('%s %s' % (key, code), code in found if code else found, answer)
        users = mapping(IN_DOC)
        findings = idbc(store.config(users), '--json', 'check').json.get('findings', [])
        t.equal('create.json fills NOT NULL', [f for f in findings if f['code'] == 'column-not-filled'], [])
        del users['create']
        findings = idbc(store.config(users), '--json', 'check').json.get('findings', [])
        t.equal('members may not', [f['severity'] for f in findings if f['code'] == 'column-not-filled'], ['warning'])


# --- two at once -------------------------------------------------------------------------------

def other_session(store, lock, change):
    """A session that holds the user's row for a while, then changes another member and commits."""
    if store.engine == 'mariadb':
        store.db.sql('BEGIN; %s FOR UPDATE; SELECT SLEEP(1.5); %s; COMMIT;' % (lock, change))
    elif store.engine == 'postgresql':
        store.db.sql('BEGIN; %s FOR UPDATE; SELECT pg_sleep(1.5); %s; COMMIT;' % (lock, change))
    else:
        subprocess.run(['sqlite3', store.db.path], check=True, stdout=subprocess.DEVNULL,
                       input=('.timeout 5000\nBEGIN IMMEDIATE;\n.system sleep 1.5\n%s;\nCOMMIT;\n' % change).encode())


def meeting(tap, store, name, verified, change, result):
    """verify() comes while the other session holds the row: what both changed is there."""
    store.load(TYPES[store.engine][0])
    config = store.config(mapping(verified))
    start = '{"one": 1}'
    with tap.test('two-at-once/' + name) as t:
        store.person('ida', start)
        store.db.sql('INSERT INTO side (uid, doc) VALUES (1, %s)' % store.literal(start))
        store.db.sql("INSERT INTO meta (uid, k, v) VALUES (1, 'prefs', %s)" % store.literal(start))
        other = threading.Thread(target=other_session, args=(store, "SELECT id FROM people WHERE id = 1",
                                                             change % store.literal('{"one": 1, "two": 2}')))
        other.start()
        time.sleep(0.5)
        began = time.monotonic()
        answer = idbc(config, '--json', 'verify', '--by', 'username', 'ida')
        waited = time.monotonic() - began
        other.join()
        t.equal('verify', answer.code, 0) or t.check('answer', False, answer)
        t.check('it waited', waited > 0.5, waited)
        t.equal('both', json.loads(result()), {'one': 1, 'two': 2, 'ok': True})


def meetings(tap, store):
    meeting(tap, store, 'column', {'col': 'doc', 'json': 'ok', 'bool': True}, 'UPDATE people SET doc = %s', lambda: store.doc('ida'))
    meeting(tap, store, 'link', {'col': 'side.doc', 'json': 'ok', 'bool': True}, 'UPDATE side SET doc = %s',
            lambda: store.doc('1', table='side', where='uid = %s'))
    meeting(tap, store, 'value', {'col': 'meta[prefs]', 'json': 'ok', 'bool': True}, 'UPDATE meta SET v = %s',
            lambda: store.doc('prefs', 'v', 'meta', "k = '%s'"))


def together(tap, store):
    """Two configurations that know different members of one document, again and again."""
    store.load(TYPES[store.engine][0])
    configs = [store.config(mapping({'col': 'doc', 'json': 'm%d' % i, 'bool': True}), 'data%d' % i) for i in range(3)]
    with tap.test('two-at-once/many') as t:
        for n in range(6):
            login = 'p%d' % n
            store.person(login, '{}')
            answers = []
            threads = [threading.Thread(target=lambda c=c: answers.append(idbc(c, '--json', 'verify', '--by', 'username', login).code)) for c in configs]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            t.equal(login, (answers, json.loads(store.doc(login))), ([0, 0, 0], {'m0': True, 'm1': True, 'm2': True}))


def main():
    driver = sys.argv[1]
    tap = Tap('json_columns/' + driver)
    with Workplace() as place:
        store = Store(place, driver)
        for kind in TYPES[store.engine] if driver != 'odbc-mariadb' else ('LONGTEXT', 'LONGBLOB'):
            lifetime(tap, store, kind)
            beginnings(tap, store, kind)
            untouched(tap, store, kind)
            malformed(tap, store, kind)
            numbers(tap, store, kind)
        php(tap, store)
        fitting(tap, store)
        meetings(tap, store)
        together(tap, store)
    tap.done()


main()
