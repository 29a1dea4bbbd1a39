"""Who makes the key of a new user, and what a new row must have: every generator, id tables
in both their forms, columns that nothing fills.

usage: keys.py DRIVER   DRIVER: mysql, odbc-mariadb, odbc-postgresql or odbc-sqlite"""
import json
import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kit import MariaDB, Postgres, SQLite, Tap, Workplace, idbc, row_counts  # noqa: E402

UUID = re.compile(r'^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$')
SECRET = 'Some pass 1'
DATABASES = {'mysql': MariaDB, 'odbc-mariadb': MariaDB, 'odbc-postgresql': Postgres}
AUTO = {'mariadb': 'INT AUTO_INCREMENT PRIMARY KEY', 'sqlite': 'INTEGER PRIMARY KEY AUTOINCREMENT', 'postgresql': 'SERIAL PRIMARY KEY'}
MEMBERS = {'login': 'VARCHAR(60) NOT NULL', 'mail': 'VARCHAR(120)', 'pw': 'VARCHAR(120) NOT NULL'}


def table(table_name, **columns):
    return 'CREATE TABLE %s (%s);\n' % (table_name, ', '.join('%s %s' % column for column in columns.items()))


def members(key, **more):
    return table('members', **{'id': key, **MEMBERS, **more})


def mapping(generator, **more):
    return {'user': {'table': 'members', 'key': 'id', 'id': generator, **more.pop('user', {})},
            'profile': {'username': 'login', 'email': 'mail', **more.pop('profile', {})}, 'login': {'by': ['username']},
            'password': {'col': 'pw', 'accept': ['bcrypt'], 'write': {'scheme': 'bcrypt/2b', 'cost': 4}}, **more}


class Store:
    """A database made anew for each case."""

    def __init__(self, place, driver):
        self.place, self.driver = place, driver
        self.db = SQLite('keys', place.path) if driver == 'odbc-sqlite' else DATABASES[driver]('keys')

    def load(self, ddl):
        self.db.load(self.place.file('keys.sql', ddl))

    def config(self, users, name='data', **more):
        return self.place.config(name, self.driver.split('-')[0], self.db.options(self.driver), users, **more)

    def sql(self, text):
        return self.db.sql(text)


def create(config, login, **fields):
    return idbc(config, '--json', 'create', password=SECRET, stdin=json.dumps({'username': login, **fields}))


def native(answer):
    return ((answer.json.get('profile') or {}).get('user_id') or '|').split('|', 1)[1]


def lives(t, config, answer):
    """Found by his id, logs in, goes."""
    user_id = (answer.json.get('profile') or {}).get('user_id', '')
    name = (answer.json.get('profile') or {}).get('username', '')
    found = idbc(config, '--json', 'get-user', '--by', 'user_id', user_id)
    t.equal('found by %s' % user_id, found.json.get('profile'), answer.json.get('profile'))
    t.equal('login of %s' % name, idbc(config, '--json', 'login', name, password=SECRET).status, 'OK')
    t.equal('delete %s' % user_id, idbc(config, '--json', 'delete-user', user_id).status, 'OK')


def generators(tap, store):
    auto = AUTO[store.db.engine]
    for name, key, generator, form in (
            ('auto', auto, 'auto', r'^1$'), ('uuid', 'CHAR(36) NOT NULL PRIMARY KEY', '$uuid', UUID.pattern),
            ('token', 'VARCHAR(40) NOT NULL PRIMARY KEY', '$token:20', r'^[0-9a-f]{20}$'),
            ('username', 'VARCHAR(60) NOT NULL PRIMARY KEY', '$username', r'^ada$'),
            ('email', 'VARCHAR(60) NOT NULL PRIMARY KEY', '$email', r'^ada@example.com$'),
            ('given-or-uuid', 'VARCHAR(60) NOT NULL PRIMARY KEY', '$given|$uuid', UUID.pattern)):
        with tap.test('generator/' + name) as t:
            store.load(members(key))
            config = store.config(mapping(generator))
            made = create(config, 'ada', email='ada@example.com')
            t.equal('create', made.status, 'OK') or t.check('answer', False, made)
            t.check('key ' + native(made), re.match(form, native(made)), made)
            if generator != '$email':
                lives(t, config, made)
    native_types = {'mariadb': ('UUID', 'BINARY(16)'), 'sqlite': ('UUID', 'BLOB'), 'postgresql': ('UUID', 'BYTEA')}[store.db.engine]
    for form in native_types:
        with tap.test('generator/uuid-as-' + form) as t:
            store.load(members(form + ' NOT NULL PRIMARY KEY') + table('adr', member=form + ' NOT NULL', town='VARCHAR(40)'))
            link = {'table': 'adr', 'on': {'member': '@id'}}
            config = store.config(mapping('$uuid', links={'adr': link}, profile={'user_metadata.town': 'adr.town'}))
            made = create(config, 'ada', user_metadata={'town': 'Ulm'})
            t.equal('create', made.status, 'OK') or t.check('answer', False, made)
            t.check('key ' + native(made), UUID.match(native(made)), made)
            lives(t, config, made)
            t.equal('his row is gone', row_counts(store.db)['adr'], 0)
            for text in ('', 'x', '1', native(made)[:-1], native(made) + '0', native(made).replace('-', ' ')):
                t.equal('asked for %r' % text, idbc(config, '--json', 'get-user', '--by', 'user_id', 'data|' + text).status,
                        'NO_USER' if text else 'INVALID')
    with tap.test('generator/slug') as t:
        store.load(members(auto, nice='VARCHAR(60)'))
        config = store.config(mapping('auto', user={'insert': {'nice': '$username:slug'}}))
        for name, slug in (('José  Müller', 'jose-muller'), ('ÀÉ.ç_ñ', 'ae-c-n'), ('ﬁx Ⅸ', 'fix-ix'), ('Zoe\u0301', 'zoe'), ('x-1', 'x-1'), ('☃', 'e29883')):
            t.equal('create ' + name, create(config, name).status, 'OK')
            t.equal('slug of ' + name, store.sql('SELECT nice FROM members ORDER BY id DESC LIMIT 1'), [[slug]])
    with tap.test('generator/email-is-required') as t:
        store.load(members('VARCHAR(60) NOT NULL PRIMARY KEY'))
        answer = create(store.config(mapping('$email')), 'ada')
        t.equal('no address', (answer.status, answer.json.get('code'), answer.json.get('effect')), ('INVALID', 'email_required', 'NONE'))
    for generator in ('$given', '$given|$uuid'):
        with tap.test('generator/' + generator) as t:
            store.load(members('VARCHAR(60) NOT NULL PRIMARY KEY'))
            config = store.config(mapping(generator))
            made = create(config, 'ada', user_id='data|k-1|x')
            t.equal('the id given', (made.status, native(made)), ('OK', 'k-1|x'))
            lives(t, config, made)
    with tap.test('generator/given-is-required') as t:
        store.load(members('VARCHAR(60) NOT NULL PRIMARY KEY'))
        answer = create(store.config(mapping('$given')), 'ada')
        t.equal('none given', (answer.status, answer.json.get('code')), ('INVALID', 'user_id_required'))
        answer = create(store.config(mapping('$uuid')), 'ada', user_id='data|mine')
        t.equal('given where keys are made', (answer.status, answer.json.get('effect')), ('UNSUPPORTED', 'NONE'))


COUNTER = {'counter': 'sequences', 'next': 'value', 'where': {'name': 'members'}}
SEQUENCES = (table('sequences', name='VARCHAR(40) NOT NULL', value='INT')
             + "INSERT INTO sequences VALUES ('other', 900), ('members', %s);\n")


def counted(store):
    return [int(row[0]) for row in store.sql("SELECT value FROM sequences WHERE name = 'members'")]


def counters(tap, store):
    number = 'INT NOT NULL PRIMARY KEY'
    with tap.test('counter/next') as t:
        store.load(members(number) + SEQUENCES % 7)
        for col in (None, 'id', 'ID', 'name'):
            config = store.config(mapping({**COUNTER, **({'col': col} if col else {})}))
            made = create(config, 'ada')
            t.equal('col %s' % col, (made.status, native(made), counted(store)), ('OK', '7', [8]))
            lives(t, config, made)
            store.sql("UPDATE sequences SET value = 7 WHERE name = 'members'")
        t.equal('the other counter', store.sql("SELECT value FROM sequences WHERE name = 'other'"), [['900']])
    with tap.test('counter/last') as t:
        store.load(members(number) + SEQUENCES % 7)
        config = store.config(mapping({**{k: v for k, v in COUNTER.items() if k != 'next'}, 'last': 'value'}))
        t.equal('first', (native(create(config, 'ada')), counted(store)), ('8', [8]))
        t.equal('second', (native(create(config, 'bob')), counted(store)), ('9', [9]))
    with tap.test('counter/taken-numbers') as t:
        store.load(members(number) + SEQUENCES % 7 + "INSERT INTO members VALUES (7, 'old', NULL, 'x');")
        config = store.config(mapping(COUNTER))
        t.equal('it held the last one', (native(create(config, 'ada')), counted(store)), ('8', [8]))
        t.equal('and holds it still', (native(create(config, 'bob')), counted(store)), ('9', [9]))
        for start in ('0', 'NULL'):
            store.load(members(number) + SEQUENCES % start)
            t.equal('an empty one of %s' % start, (native(create(config, 'ada')), counted(store)), ('1', [1]))
    with tap.test('counter/one-row-of-one-column') as t:
        store.load(members(number) + table('ids', n='BIGINT NOT NULL') + 'INSERT INTO ids VALUES (4294967296);')
        made = create(store.config(mapping({'counter': 'ids', 'next': 'n'})), 'ada')
        want = ('OK', '4294967296') if store.db.engine == 'sqlite' else ('INVALID', '')
        t.equal('a large number', (made.status, native(made)), want)
        left = store.sql('SELECT n FROM ids')
        t.equal('what does not fit is given back', left, [['4294967297' if store.db.engine == 'sqlite' else '4294967296']])
    with tap.test('counter/as-text') as t:
        store.load(members('VARCHAR(20) NOT NULL PRIMARY KEY') + SEQUENCES % 41)
        config = store.config(mapping(COUNTER))
        made = create(config, 'ada')
        t.equal('key', native(made), '41')
        lives(t, config, made)
    with tap.test('counter/none-and-several') as t:
        store.load(members(number) + SEQUENCES % 7)
        before = store.sql('SELECT name, value FROM sequences')
        for what, where, code in (('no row', {'name': 'nobody'}, 'counter_missing'), ('two rows', {}, 'counter_ambiguous')):
            answer = create(store.config(mapping({**COUNTER, 'where': where})), 'ada')
            t.equal(what, (answer.status, answer.json.get('code'), answer.json.get('effect')), ('CONFLICT', code, 'NONE'))
        t.equal('nothing was counted', store.sql('SELECT name, value FROM sequences'), before)
        t.equal('nobody was made', row_counts(store.db)['members'], 0)
    with tap.test('counter/a-failed-create-gives-it-back') as t:
        store.load(members(number) + SEQUENCES % 7 + table('one', id='INT PRIMARY KEY') + 'INSERT INTO one VALUES (7);')
        config = store.config(mapping(COUNTER, create={'after': ['INSERT INTO one (id) VALUES (:id)']}))
        answer = create(config, 'ada')
        t.check('create fails', answer.status != 'OK' and answer.json.get('effect') == 'NONE', answer)
        t.equal('the number', counted(store), [7])
        store.sql('DELETE FROM one')
        t.equal('the next create has it', native(create(config, 'ada')), '7')
    with tap.test('counter/many-at-once') as t:
        store.load(members(number) + SEQUENCES % 100)
        config = store.config(mapping(COUNTER))
        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(lambda i: create(config, 'user%d' % i), range(16)))
        t.equal('all made', [a.status for a in made], ['OK'] * 16)
        t.equal('sixteen numbers', sorted(int(native(a) or 0) for a in made), list(range(100, 116)))
        t.equal('counted', counted(store), [116])
    with tap.test('counter/of-a-link') as t:
        store.load(members(number) + SEQUENCES % 7 + table('adr', aid='INT NOT NULL PRIMARY KEY', member='INT NOT NULL', town='VARCHAR(40)')
                   + "INSERT INTO sequences VALUES ('adr', 50);")
        link = {'table': 'adr', 'on': {'member': '@id'}, 'id': {'counter': 'sequences', 'next': 'value', 'col': 'aid', 'where': {'name': 'adr'}}}
        users = mapping(COUNTER, links={'adr': link}, profile={'user_metadata.town': 'adr.town'})
        config = store.config(users)
        made = create(config, 'ada', user_metadata={'town': 'Ulm'})
        t.equal('town', (made.json.get('profile') or {}).get('user_metadata'), {'town': 'Ulm'})
        t.equal('rows', store.sql('SELECT aid, member, town FROM adr'), [['50', '7', 'Ulm']])
        t.equal('no row, no number', create(config, 'bob').status, 'OK')
        t.equal('counters', store.sql("SELECT name, value FROM sequences ORDER BY name"), [['adr', '51'], ['members', '9'], ['other', '900']])
        t.equal('delete', idbc(config, '--json', 'delete-user', 'data|7').status, 'OK')
        t.equal('his row is gone', row_counts(store.db)['adr'], 0)


def findings(config):
    return [f for f in idbc(config, '--json', 'check').json.get('findings', []) if f['code'] == 'column-not-filled']


def refused(t, what, config, key, *words):
    answer = idbc(config, '--json', 'login', 'ada', password=SECRET)
    told = [f for f in answer.json.get('findings', []) if f.get('severity') == 'error']
    t.equal(what, (answer.status, answer.code, [f['code'] for f in told]), ('CONFIG', 2, ['column-not-filled']))
    t.equal(what + ': key', [f['key'] for f in told], [key])
    for word in words:
        t.check('%s names %s' % (what, word), word in json.dumps(told), told)


def filled(tap, store):
    number = AUTO[store.db.engine]
    with tap.test('filled/own-row') as t:
        store.load(members(number, rank='INT NOT NULL', note='VARCHAR(20) NOT NULL', free='INT', kind="VARCHAR(9) NOT NULL DEFAULT 'x'",
                           pick="ENUM('a','b') NOT NULL" if store.db.engine == 'mariadb' else 'INT'))
        refused(t, 'nothing fills note', store.config(mapping('auto', user={'insert': {'rank': 1}})), 'users.user.table', 'note', 'users.user.insert')
        refused(t, 'NULL fills nothing', store.config(mapping('auto', user={'insert': {'rank': 1, 'note': None}})), 'users.user.table', 'NULL')
        both = findings(store.config(mapping('auto')))
        t.equal('both at once', sorted(f['text'].split('"')[1] for f in both), ['note', 'rank'])
        good = {'rank': 1, 'note': '$email:-'}
        for users in (mapping('auto', user={'insert': good}), mapping('auto', user={'insert': {'rank': 1}, 'where': {'note': 'here'}}),
                      mapping('auto', user={'insert': {'rank': 1}}, profile={'user_metadata.note': 'note'}, create={'defaults': {'user_metadata.note': 'n'}}),
                      mapping('auto', user={'insert': {'rank': 1}}, profile={'user_metadata.note': 'note'}, create={'required': ['username', 'user_metadata.note']}),
                      mapping('auto', profile={'user_metadata.note': {'col': 'note', 'also': {'rank': 3}}}, create={'defaults': {'user_metadata.note': 'n'}}),
                      mapping('auto', user={'insert': {'rank': 1}}, profile={'username': {'col': 'login', 'mirror': 'note'}})):
            config = store.config(users)
            t.equal('nothing found %s' % users, findings(config), [])
            made = create(config, 'u%d' % len(store.sql('SELECT id FROM members')), email='a@example.com', **(
                {'user_metadata': {'note': 'n'}} if 'required' in users.get('create', {}) else {}))
            t.equal('create', made.status, 'OK') or t.check('answer', False, made)
        t.equal('who does not create is not asked', idbc(store.config(mapping('auto'), operations=['login', 'getUser']), '--json', 'login', 'u0', password=SECRET).status, 'OK')
    with tap.test('filled/by-the-database') as t:
        stored = {'mariadb': 'INT AS (42) PERSISTENT', 'sqlite': 'INT NOT NULL AS (42) STORED', 'postgresql': 'INT NOT NULL GENERATED ALWAYS AS (42) STORED'}
        store.load(members(number, sum=stored[store.db.engine], born='TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP'))
        config = store.config(mapping('auto', profile={'app_metadata.sum': 'sum'}))
        t.equal('nothing found', findings(config), [])
        made = create(config, 'ada')
        t.equal('shown', (made.json.get('profile') or {}).get('app_metadata'), {'sum': 42}) or t.check('answer', False, made)
    if store.db.engine == 'postgresql':
        with tap.test('filled/letter-case-of-columns') as t:
            store.load(members(number, note='TEXT', **{'"Title"': 'TEXT'}))
            t.equal('as it is spelt', create(store.config(mapping('auto', profile={'name': 'Title'})), 'ada', name='T').status, 'OK')
            answer = idbc(store.config(mapping('auto', profile={'name': 'Note'})), '--json', 'login', 'ada', password=SECRET)
            told = [f for f in answer.json.get('findings', []) if f['severity'] == 'error']
            t.equal('another column', [(f['code'], f['key']) for f in told], [('missing-column', 'users.profile.name')])
            t.check('the hint', 'did you mean \\"note\\"' in json.dumps(told), told)
    with tap.test('filled/optional-field') as t:
        store.load(members(number, note='VARCHAR(20) NOT NULL'))
        config = store.config(mapping('auto', profile={'user_metadata.note': 'note'}))
        found = findings(config)
        t.equal('a warning', [(f['code'], f['severity'], f['key']) for f in found], [('column-not-filled', 'warning', 'users.user.table')])
        answer = create(config, 'ada')
        t.equal('without it', (answer.status, answer.json.get('code'), answer.json.get('effect')), ('CONFLICT', 'value_required', 'NONE'))
        t.equal('with it', create(config, 'ada', user_metadata={'note': ''}).status, 'OK')
    with tap.test('filled/rows-of-links') as t:
        store.load(members(number) + table('adr', member='INT NOT NULL', town='VARCHAR(40)', kind='INT NOT NULL')
                   + table('facts', member='INT NOT NULL', k='VARCHAR(20) NOT NULL', v='VARCHAR(20) NOT NULL', stamp='INT NOT NULL'))
        link = {'table': 'adr', 'on': {'member': '@id'}}
        eav = {'table': 'facts', 'as': 'eav', 'on': {'member': '@id'}, 'name': 'k', 'value': 'v'}
        town = {'user_metadata.town': 'adr.town'}
        refused(t, 'always made', store.config(mapping('auto', links={'adr': link}, profile=town, create={'links': ['adr']})), 'users.links.adr', 'kind')
        refused(t, 'by a required field', store.config(mapping('auto', links={'adr': link}, profile=town, create={'required': ['username', 'user_metadata.town']})),
                'users.links.adr', 'kind')
        refused(t, 'by a mirror', store.config(mapping('auto', links={'adr': link}, profile={'username': {'col': 'login', 'mirror': 'adr.town'}})), 'users.links.adr', 'kind')
        refused(t, 'name and value', store.config(mapping('auto', links={'f': eav}, profile={'user_metadata.a': 'f[a]'}, create={'defaults': {'user_metadata.a': 'x'}})),
                'users.links.f', 'stamp')
        found = findings(store.config(mapping('auto', links={'adr': link}, profile=town)))
        t.equal('now and then', [(f['severity'], f['key']) for f in found], [('warning', 'users.links.adr')])
        good = mapping('auto', links={'adr': {**link, 'insert': {'kind': 1}}, 'f': {**eav, 'where': {'stamp': 5}}}, profile={**town, 'user_metadata.a': 'f[a]'},
                       create={'links': ['adr'], 'defaults': {'user_metadata.a': 'x'}})
        t.equal('mended', findings(store.config(good)), [])
        t.equal('create', create(store.config(good), 'ada').status, 'OK')
        t.equal('rows', (store.sql('SELECT kind FROM adr'), store.sql('SELECT k, v, stamp FROM facts')), ([['1']], [['a', 'x', '5']]))


def shared(tap, store):
    """Rows that are no users share the key of one: attributes of a name, as a register of access keeps them."""
    with tap.test('rows-that-share-a-key') as t:
        store.load(table('attrs', id=AUTO[store.db.engine], who='VARCHAR(60) NOT NULL', attr='VARCHAR(20) NOT NULL', val='VARCHAR(120) NOT NULL')
                   + "INSERT INTO attrs (who, attr, val) VALUES ('ada', 'limit', '2'), ('bob', 'limit', '3');\n")
        config = store.config({'user': {'table': 'attrs', 'key': 'who', 'id': '$username', 'where': {'attr': 'secret'}}, 'profile': {'username': 'who'},
                               'login': {'by': ['username']}, 'password': {'col': 'val', 'accept': ['bcrypt'], 'write': {'scheme': 'bcrypt/2b', 'cost': 4}}})
        before = store.sql('SELECT who, attr, val FROM attrs ORDER BY id')
        store.sql("INSERT INTO attrs (who, attr, val) VALUES ('ada', 'secret', '')")
        t.equal('change-password', idbc(config, '--json', 'change-password', 'ada', password=SECRET).status, 'OK')
        t.equal('login', idbc(config, '--json', 'login', 'ada', password=SECRET).status, 'OK')
        t.equal('no user', idbc(config, '--json', 'get-user', 'bob').status, 'NO_USER')
        t.equal('delete', idbc(config, '--json', 'delete-user', 'data|ada').status, 'OK')
        t.equal('others untouched', store.sql('SELECT who, attr, val FROM attrs ORDER BY id'), before)


def main():
    driver = sys.argv[1]
    tap = Tap('keys/' + driver)
    with Workplace() as place:
        store = Store(place, driver)
        generators(tap, store)
        counters(tap, store)
        filled(tap, store)
        shared(tap, store)
    tap.done()


main()
