"""What SQLite alone has: a column without a type, or of BLOB, keeps text, bytes and numbers
as they were given, and they are never equal; views are written by triggers, which count
no rows and tell no keys."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kit import Tap, Workplace, database, difference, idbc, row_counts  # noqa: E402

FIRST, SECOND = 'First pass 1!', 'Second pass 2!'
HASH = '$2b$04$abcdefghijklmnopqrstuu5UWyuxawIwQzpnlr0Mft5nu6B9cYh/C'
OLD = 'Tr0ub4dor&3'
BCRYPT = {'col': 'pw', 'accept': ['bcrypt'], 'write': {'scheme': 'bcrypt/2b', 'cost': 4}}


def store(place, name, tables, users):
    db = database('odbc-sqlite', name, place.path)
    db.load(place.file(name + '.sql', tables))
    return db, place.config(name, 'odbc', db.options('odbc'), users)


def status(config, *args, **more):
    return idbc(config, '--json', *args, **more).status


def known(t, config, name, user_id):
    t.equal('login of ' + name, status(config, 'login', name, password=OLD), 'OK')
    t.equal('wrong password of ' + name, status(config, 'login', name, password='x' + OLD), 'DENIED')
    t.equal(name + ' by user_id', idbc(config, 'get-user', '--by', 'user_id', user_id).json.get('user_id'), user_id)


def life(t, db, config, new):
    """Returns what db.sql(...) said of the new one's rows before he was deleted again."""
    before, rows = row_counts(db), {}
    made = idbc(config, '--json', 'create', password=FIRST, stdin=json.dumps(new))
    t.equal('create', made.status, 'OK')
    rows = difference(before, row_counts(db))
    user_id = (made.json.get('profile') or {}).get('user_id', '')
    t.equal('create twice', status(config, 'create', password=FIRST, stdin=json.dumps(new)), 'EXISTS')
    t.equal('login', status(config, 'login', new['username'], password=FIRST), 'OK')
    for args in (('change-password', '--by', 'user_id', user_id), ('change-password', new['username'])):
        t.equal(' '.join(args), status(config, *args, password=SECOND), 'OK')
    t.equal('old password', status(config, 'login', new['username'], password=FIRST), 'DENIED')
    t.equal('new password', status(config, 'login', new['username'], password=SECOND), 'OK')
    t.equal('change-email', status(config, 'change-email', '--by', 'user_id', user_id, 'other@example.com'), 'OK')
    shown = idbc(config, 'get-user', '--by', 'username', new['username']).json
    t.equal('new address', shown.get('email'), 'other@example.com')
    return user_id, rows, before


def gone(t, db, config, user_id, before):
    t.equal('delete', status(config, 'delete-user', user_id), 'OK')
    t.equal('delete twice', status(config, 'delete-user', user_id), 'NO_USER')
    t.equal('rows left', difference(before, row_counts(db)), {})


def without_types(tap, place):
    with tap.test('columns without a type') as t:
        db, config = store(place, 'plain', '''
            CREATE TABLE people (id PRIMARY KEY, nick, mail, pw);
            CREATE TABLE facts (owner, name, value);
            INSERT INTO people VALUES (1, 'ida', 'ida@example.com', '%s'), ('2', 88, 'eve@example.com', '%s');
            INSERT INTO facts VALUES (1, 'phone', 5550100), ('2', 'phone', '77');''' % (HASH, HASH), {
                'user': {'table': 'people', 'key': 'id', 'id': '$token:8'},
                'links': {'f': {'table': 'facts', 'as': 'eav', 'on': {'owner': '@id'}, 'name': 'name', 'value': 'value'}},
                'profile': {'username': 'nick', 'email': 'mail', 'phone_number': 'f[phone]'},
                'login': {'by': ['username', 'email', 'phone_number']}, 'password': BCRYPT,
                'create': {'required': ['username']}})
        for name, user_id in (('ida', 'plain|1'), ('5550100', 'plain|1'), ('88', 'plain|2'), ('77', 'plain|2')):
            known(t, config, name, user_id)
        t.equal('no number', status(config, 'get-user', '--by', 'user_id', 'plain|01'), 'NO_USER')
        user_id, rows, before = life(t, db, config, {'username': 'new', 'email': 'new@example.com', 'phone_number': '+15550199'})
        t.equal('rows added', rows, {'people': 1, 'facts': 1})
        gone(t, db, config, user_id, before)
        for args in (('change-email', '--by', 'username', 'ida', 'idas@example.com'), ('delete-user', 'plain|1'), ('delete-user', 'plain|2')):
            t.equal(' '.join(args), status(config, *args), 'OK')
        t.equal('nobody left', [db.sql('SELECT COUNT(*) FROM ' + table) for table in ('people', 'facts')], [[['0']], [['0']]])


def text_in_blobs(tap, place):
    """As wikis keep their users on SQLite."""
    with tap.test('text in columns of BLOB') as t:
        db, config = store(place, 'blobs', '''
            CREATE TABLE person (id INTEGER PRIMARY KEY AUTOINCREMENT, name BLOB NOT NULL, mail CLOB NOT NULL, pw BLOB NOT NULL,
                                 touched BLOB NOT NULL, verified BLOB);
            CREATE UNIQUE INDEX person_name ON person (name);
            CREATE TABLE option (person INTEGER NOT NULL, property BLOB NOT NULL, value BLOB);
            INSERT INTO person VALUES (1, 'Ida', 'ida@example.com', '%s', '20210304050607', NULL);
            INSERT INTO person VALUES (2, CAST('Eve' AS BLOB), 'eve@example.com', CAST('%s' AS BLOB), '20210304050607', NULL);
            INSERT INTO option VALUES (1, 'language', 'de');''' % (HASH, HASH), {
                'user': {'table': 'person', 'key': 'id', 'id': 'auto', 'update': {'touched': '$now:mw14'}, 'insert': {'touched': '$now:mw14'}},
                'links': {'o': {'table': 'option', 'as': 'eav', 'on': {'person': '@id'}, 'name': 'property', 'value': 'value'}},
                'profile': {'username': 'name', 'email': 'mail', 'user_metadata.language': 'o[language]',
                            'updated_at': {'col': 'touched', 'time': 'mw14'},
                            'email_verified': {'col': 'verified', 'true': '$now:mw14', 'false': None}},
                'login': {'by': ['username']}, 'password': BCRYPT})
        known(t, config, 'Ida', 'blobs|1')
        known(t, config, 'Eve', 'blobs|2')
        shown = idbc(config, 'get-user', 'Ida').json
        t.equal('fact', shown.get('user_metadata'), {'language': 'de'})
        t.equal('time', shown.get('updated_at'), '2021-03-04T05:06:07.000Z')
        new = {'username': 'New', 'email': 'new@example.com', 'user_metadata': {'language': 'fr'}}
        user_id, rows, before = life(t, db, config, new)
        t.equal('rows added', rows, {'person': 1, 'option': 1})
        t.equal('found by the application', db.sql("SELECT typeof(pw), typeof(touched) FROM person WHERE name = 'New'"), [['text', 'text']])
        t.equal('verify', status(config, 'verify', '--by', 'user_id', user_id, '--email', 'other@example.com'), 'OK')
        t.equal('text where nothing was', db.sql("SELECT typeof(verified) FROM person WHERE name = 'New'"), [['text']])
        t.equal('its facts', db.sql("SELECT value FROM option WHERE property = 'language' AND value = 'fr'"), [['fr']])
        gone(t, db, config, user_id, before)


def views(tap, place):
    for name, key in (('view', {'key': 'id', 'id': 'auto'}), ('natural', {'key': 'login', 'id': '$username'})):
        with tap.test('a view that triggers write: ' + name) as t:
            db, config = store(place, name, '''
                CREATE TABLE person (id INTEGER PRIMARY KEY, login TEXT UNIQUE, mail TEXT);
                CREATE TABLE cred (person INTEGER PRIMARY KEY, hash TEXT);
                CREATE VIEW users AS SELECT p.id AS id, p.login AS login, p.mail AS mail, c.hash AS pw FROM person p
                    LEFT JOIN cred c ON c.person = p.id;
                CREATE TRIGGER users_i INSTEAD OF INSERT ON users BEGIN INSERT INTO person (login, mail) VALUES (new.login, new.mail);
                    INSERT INTO cred VALUES ((SELECT id FROM person WHERE login = new.login), new.pw); END;
                CREATE TRIGGER users_u INSTEAD OF UPDATE ON users BEGIN UPDATE person SET login = new.login, mail = new.mail
                    WHERE id = old.id; UPDATE cred SET hash = new.pw WHERE person = old.id; END;
                CREATE TRIGGER users_d INSTEAD OF DELETE ON users WHEN old.login <> 'stays' BEGIN
                    DELETE FROM cred WHERE person = old.id; DELETE FROM person WHERE id = old.id; END;
                INSERT INTO person VALUES (1, 'ida', 'ida@example.com'), (7, 'stays', 'stays@example.com');
                INSERT INTO cred VALUES (1, '%s');''' % HASH, {
                    'user': {'table': 'users', **key}, 'profile': {'username': 'login', 'email': 'mail'},
                    'login': {'by': ['username', 'email']}, 'password': BCRYPT})
            known(t, config, 'ida', name + ('|1' if name == 'view' else '|ida'))
            user_id, rows, before = life(t, db, config, {'username': 'new', 'email': 'new@example.com'})
            t.equal('user_id', user_id, name + ('|8' if name == 'view' else '|new'))
            t.equal('rows added', rows, {'person': 1, 'cred': 1})
            gone(t, db, config, user_id, before)
            t.check('who is still there was not deleted',
                    status(config, 'delete-user', name + ('|7' if name == 'view' else '|stays')) != 'OK')


def main():
    tap = Tap('sqlite-types')
    with Workplace() as place:
        for part in (without_types, text_in_blobs, views):
            part(tap, place)
    tap.done()


main()
