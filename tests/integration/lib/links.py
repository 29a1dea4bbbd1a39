"""Links of every kind: chains, keys of two columns, newest rows, names, joins, ties that are
not the key.  What every table holds is looked at after each operation.

usage: links.py DRIVER   DRIVER: mysql, odbc-mariadb or odbc-sqlite"""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kit import MariaDB, SQLite, Tap, Workplace, idbc  # noqa: E402

FIRST, SECOND = 'First pass 1!', 'Second pass 2!'
KEY = {'mariadb': 'INT AUTO_INCREMENT PRIMARY KEY', 'sqlite': 'INTEGER PRIMARY KEY AUTOINCREMENT'}
WRITE = {'accept': ['bcrypt'], 'write': {'scheme': 'bcrypt/2b', 'cost': 4}}


class Store:
    """One case: tables, a mapping, the seven operations, the rows."""

    def __init__(self, place, driver, ddl, users):
        self.db = SQLite('links', place.path) if driver == 'odbc-sqlite' else MariaDB('links')
        self.db.load(place.file('links.sql', ddl.replace('{key}', KEY[self.db.engine])))
        self.config = place.config('data', driver.split('-')[0], self.db.options(driver), users)

    def ask(self, *args, **more):
        return idbc(self.config, '--json', *args, **more)

    def create(self, t, **profile):
        made = self.ask('create', password=FIRST, stdin=json.dumps(profile))
        t.check('create %s' % profile, made.status == 'OK', made)
        return (made.json.get('profile') or {}).get('user_id', 'data|?')

    def profile(self, user_id):
        return self.ask('get-user', '--by', 'user_id', user_id).json.get('profile') or {}

    def rows(self, columns, table, order=None):
        """NULL is a dash; rows in the order of what is asked for."""
        shown = ', '.join("COALESCE(%s, '-')" % c for c in columns.split())
        return [tuple(row) for row in self.db.sql('SELECT %s FROM %s ORDER BY %s' % (shown, table, order or columns.replace(' ', ', ')))]

    def count(self, *tables):
        return [int(self.db.sql('SELECT COUNT(*) FROM ' + t)[0][0]) for t in tables]

    def done(self, t, *args, **more):
        answer = self.ask(*args, **more)
        t.check(' '.join(args), answer.status == 'OK', answer)

    def new_password(self, t, user_id, name):
        self.done(t, 'change-password', '--by', 'user_id', user_id, password=SECOND)
        t.equal('the old password', self.ask('login', name, password=FIRST).status, 'DENIED')
        t.equal('the new one', self.ask('login', name, password=SECOND).status, 'OK')


# --- chains ---------------------------------------------------------------------------------------
CHAIN = """
CREATE TABLE person (id {key}, town VARCHAR(40));
CREATE TABLE account (acc {key}, person INT NOT NULL UNIQUE, login VARCHAR(60) NOT NULL, pw VARCHAR(100), FOREIGN KEY (person) REFERENCES person (id));
CREATE TABLE sheet (sid {key}, account INT NOT NULL UNIQUE, nick VARCHAR(60), mail VARCHAR(90), FOREIGN KEY (account) REFERENCES account (acc));
CREATE TABLE face (fid {key}, sheet INT NOT NULL UNIQUE, person INT NOT NULL, url VARCHAR(60), FOREIGN KEY (sheet) REFERENCES sheet (sid));
INSERT INTO person (id, town) VALUES (5, 'Ulm');
INSERT INTO account (acc, person, login, pw) VALUES (70, 5, 'old', 'x');
INSERT INTO sheet (sid, account, nick, mail) VALUES (900, 70, 'oldie', 'old@example.com');
INSERT INTO face (sheet, person, url) VALUES (900, 5, 'http://x/o');
"""
CHAINED = {
    'user': {'table': 'person', 'key': 'id', 'id': 'auto'},
    # The last of the chain stands first: the order of a file means nothing.
    'links': {'face': {'table': 'face', 'of': 'sheet', 'on': {'sheet': '@sheet.sid', 'person': '@id'}},
              'sheet': {'table': 'sheet', 'of': 'acc', 'on': {'account': '@acc.acc'}},
              'acc': {'table': 'account', 'on': {'person': '@id'}}},
    'profile': {'username': 'acc.login', 'nickname': 'sheet.nick', 'email': 'sheet.mail', 'picture': 'face.url', 'user_metadata.town': 'town'},
    'login': {'by': ['username', 'email']}, 'password': {'col': 'acc.pw', **WRITE}, 'create': {'required': ['username']},
}


def chains(tap, place, driver):
    with tap.test('chain/read') as t:
        s = Store(place, driver, CHAIN, CHAINED)
        seen = s.profile('data|5')
        t.equal('profile', {k: seen.get(k) for k in ('username', 'nickname', 'email', 'picture')},
                {'username': 'old', 'nickname': 'oldie', 'email': 'old@example.com', 'picture': 'http://x/o'})
        t.equal('by the far address', s.ask('get-user', '--by', 'email', 'old@example.com').json.get('profile'), seen)
    with tap.test('chain/all-rows') as t:
        user_id = s.create(t, username='ada', nickname='a', email='ada@example.com', picture='http://x/a')
        t.equal('rows', s.count('person', 'account', 'sheet', 'face'), [2, 2, 2, 2])
        native = user_id.split('|')[1]
        tied = s.db.sql('SELECT p.id, f.person FROM person p JOIN account a ON a.person = p.id JOIN sheet s ON s.account = a.acc '
                        "JOIN face f ON f.sheet = s.sid WHERE a.login = 'ada'")
        t.equal('tied to each other', tied, [[native, native]])
        s.new_password(t, user_id, 'ada@example.com')
        s.done(t, 'change-email', '--by', 'user_id', user_id, 'new@example.com')
        t.equal('addresses', s.rows('mail', 'sheet'), [('new@example.com',), ('old@example.com',)])
        s.done(t, 'delete-user', user_id)
        t.equal('rows left', s.count('person', 'account', 'sheet', 'face'), [1, 1, 1, 1])
    with tap.test('chain/rows-in-between') as t:
        only = s.create(t, username='bob')
        t.equal('no more than asked for', s.count('person', 'account', 'sheet', 'face'), [2, 2, 1, 1])
        far = s.create(t, username='cyd', picture='http://x/c')
        t.equal('what the last one hangs on', s.count('person', 'account', 'sheet', 'face'), [3, 3, 2, 2])
        t.equal('shown', s.profile(far).get('picture'), 'http://x/c')
        s.done(t, 'change-email', '--by', 'user_id', only, 'bob@example.com')
        t.equal('made late', (s.profile(only).get('email'), s.count('sheet')), ('bob@example.com', [3]))
        for user_id in (only, far):
            s.done(t, 'delete-user', user_id)
        t.equal('rows left', s.count('person', 'account', 'sheet', 'face'), [1, 1, 1, 1])
    with tap.test('chain/hard-delete-of-a-row-of-old') as t:
        s.done(t, 'delete-user', 'data|5')
        t.equal('nothing left', s.count('person', 'account', 'sheet', 'face'), [0, 0, 0, 0])


# --- a tie of two columns -------------------------------------------------------------------------
PAIR = """
CREATE TABLE users (id {key}, site INT NOT NULL, no INT, login VARCHAR(60) NOT NULL, pw VARCHAR(100), mail VARCHAR(90));
CREATE TABLE card (site INT NOT NULL, login VARCHAR(60) NOT NULL, motto VARCHAR(60), mail VARCHAR(90), PRIMARY KEY (site, login));
INSERT INTO users (id, site, login, mail) VALUES (1, 2, 'ada', 'other@example.com');
INSERT INTO card (site, login, motto, mail) VALUES (2, 'ada', 'of site two', 'other@example.com');
"""
PAIRED = {
    'user': {'table': 'users', 'key': 'id', 'id': 'auto', 'where': {'site': 1}},
    'links': {'card': {'table': 'card', 'on': {'site': '@site', 'login': '@login'}, 'insert': {'motto': '$username:upper'}}},
    'profile': {'username': 'login', 'email': {'col': 'mail', 'mirror': 'card.mail'}, 'user_metadata.motto': 'card.motto'},
    'login': {'by': ['username']}, 'password': {'col': 'pw', **WRITE},
}


def pairs(tap, place, driver):
    with tap.test('two-columns/life') as t:
        s = Store(place, driver, PAIR, PAIRED)
        theirs = ('2', 'ada', 'of site two', 'other@example.com')
        t.equal('the one of another site', s.ask('get-user', 'ada').status, 'NO_USER')
        user_id = s.create(t, username='bea', email='bea@example.com')
        t.equal('rows', s.rows('site login motto mail', 'card'), [('1', 'bea', 'BEA', 'bea@example.com'), theirs])
        s.done(t, 'change-email', '--by', 'user_id', user_id, 'two@example.com')
        t.equal('one row changed', s.rows('site login motto mail', 'card'), [('1', 'bea', 'BEA', 'two@example.com'), theirs])
        s.new_password(t, user_id, 'bea')
        s.done(t, 'delete-user', user_id)
        t.equal('one row gone', s.rows('site login motto mail', 'card'), [theirs])
        t.equal('the other site', s.count('users'), [1])


# --- the newest row counts ------------------------------------------------------------------------
HISTORY = """
CREATE TABLE users (id {key}, login VARCHAR(60) NOT NULL);
CREATE TABLE pass (n {key}, uid INT NOT NULL, hash VARCHAR(100), made DATETIME);
CREATE TABLE mails (n {key}, uid INT NOT NULL, mail VARCHAR(90), ok INT NOT NULL DEFAULT 0, kind VARCHAR(9) NOT NULL);
CREATE TABLE facts (n {key}, uid INT NOT NULL, k VARCHAR(20) NOT NULL, v VARCHAR(60));
CREATE TABLE logs (n {key}, uid INT NOT NULL, k VARCHAR(20) NOT NULL, v VARCHAR(60));
INSERT INTO users (id, login) VALUES (1, 'old');
INSERT INTO mails (uid, mail, kind) VALUES (1, 'first@example.com', 'main'), (1, 'second@example.com', 'main'), (1, 'work@example.com', 'work');
INSERT INTO facts (uid, k, v) VALUES (1, 'nick', 'a'), (1, 'nick', 'b'), (1, 'phone', '1');
INSERT INTO logs (uid, k, v) VALUES (1, 'town', 'Ulm'), (1, 'town', 'Bonn');
"""
NEWEST = {
    'user': {'table': 'users', 'key': 'id', 'id': 'auto'},
    'links': {'pw': {'table': 'pass', 'on': {'uid': '@id'}, 'order': 'n', 'append': True, 'insert': {'made': '$now'}},
              'mail': {'table': 'mails', 'on': {'uid': '@id'}, 'where': {'kind': 'main'}, 'order': 'n'},
              'fact': {'table': 'facts', 'as': 'eav', 'on': {'uid': '@id'}, 'name': 'k', 'value': 'v', 'order': 'n', 'names': {'Nick': 'nick', 'Phone': 'phone', 'State': 'state'}},
              'log': {'table': 'logs', 'as': 'eav', 'on': {'uid': '@id'}, 'name': 'k', 'value': 'v', 'order': 'n', 'append': True}},
    'profile': {'username': 'login', 'email': 'mail.mail', 'email_verified': {'col': 'mail.ok', 'bool': True}, 'nickname': 'fact[Nick]',
                'phone_number': 'fact[Phone]', 'phone_verified': {'col': 'fact[State]', 'true': 'yes', 'false': 'no'}, 'user_metadata.town': 'log[town]'},
    'login': {'by': ['username', 'email']}, 'password': {'col': 'pw.hash', **WRITE}, 'create': {'required': ['username']},
}


def newest(tap, place, driver):
    with tap.test('newest/read') as t:
        s = Store(place, driver, HISTORY, NEWEST)
        seen = s.profile('data|1')
        t.equal('profile', {k: seen.get(k) for k in ('email', 'nickname', 'phone_number', 'user_metadata')},
                {'email': 'second@example.com', 'nickname': 'b', 'phone_number': '1', 'user_metadata': {'town': 'Bonn'}})
        t.equal('an older address', s.ask('get-user', '--by', 'email', 'first@example.com').status, 'NO_USER')
        t.equal('one that is not his main', s.ask('get-user', '--by', 'email', 'work@example.com').status, 'NO_USER')
    with tap.test('newest/changed-in-place') as t:
        s.done(t, 'verify', '--by', 'user_id', 'data|1', '--email', 'second@example.com')
        t.equal('flags', s.rows('mail ok', 'mails'), [('first@example.com', '0'), ('second@example.com', '1'), ('work@example.com', '0')])
        s.done(t, 'change-email', '--by', 'user_id', 'data|1', 'third@example.com')
        t.equal('addresses', s.rows('mail ok', 'mails'), [('first@example.com', '0'), ('third@example.com', '0'), ('work@example.com', '0')])
    with tap.test('newest/appended') as t:
        for password in (FIRST, SECOND, FIRST):
            s.done(t, 'change-password', '--by', 'user_id', 'data|1', password=password)
        t.equal('all kept', s.count('pass'), [3])
        t.equal('dated', s.db.sql('SELECT COUNT(*) FROM pass WHERE made IS NOT NULL'), [['3']])
        t.equal('the newest counts', [s.ask('login', 'old', password=p).status for p in (FIRST, SECOND)], ['OK', 'DENIED'])
    with tap.test('newest/life') as t:
        before = s.count('users', 'pass', 'mails', 'facts', 'logs')
        user_id = s.create(t, username='new', email='new@example.com', nickname='n', phone_verified=True, user_metadata={'town': 'Köln'})
        t.equal('rows added', [b - a for a, b in zip(before, s.count('users', 'pass', 'mails', 'facts', 'logs'))], [1, 1, 1, 2, 1])
        t.equal('names as stored', s.rows('k v', "facts WHERE uid = %s" % user_id.split('|')[1]), [('nick', 'n'), ('state', 'yes')])
        s.new_password(t, user_id, 'new')
        s.done(t, 'change-email', '--verified', '--by', 'user_id', user_id, 'newer@example.com')
        t.equal('rows added', [b - a for a, b in zip(before, s.count('users', 'pass', 'mails', 'facts', 'logs'))], [1, 2, 1, 2, 1])
        s.done(t, 'delete-user', user_id)
        t.equal('rows left', s.count('users', 'pass', 'mails', 'facts', 'logs'), before)


# --- lists, joins in a row, rows that say yes -------------------------------------------------------
ROLES = """
CREATE TABLE users (id {key}, login VARCHAR(60) NOT NULL, pw VARCHAR(100));
CREATE TABLE realms (id INT PRIMARY KEY, title VARCHAR(40), owner INT);
CREATE TABLE owners (id INT PRIMARY KEY, firm VARCHAR(40));
CREATE TABLE roles (id INT PRIMARY KEY, name VARCHAR(40), realm INT);
CREATE TABLE held (uid INT NOT NULL, role INT NOT NULL, state VARCHAR(9) NOT NULL, by_whom INT);
INSERT INTO owners VALUES (1, 'ACME');
INSERT INTO realms VALUES (1, 'shop', 1), (2, 'lab', NULL);
INSERT INTO roles VALUES (10, 'buyer', 1), (11, 'boss', 2), (12, 'guest', 1);
INSERT INTO users (id, login) VALUES (1, 'old'), (2, 'bare');
INSERT INTO held VALUES (1, 10, 'on', 7), (1, 11, 'on', NULL), (1, 12, 'off', 7), (2, 12, 'off', 7);
"""
LISTED = {
    'user': {'table': 'users', 'key': 'id', 'id': 'auto'},
    'links': {'roles': {'table': 'held', 'as': 'many', 'on': {'uid': '@id'}, 'where': {'state': 'on'}, 'insert': {'role': 12, 'by_whom': '$id'},
                        'join': {'roles': 'roles.id = @role', 'realms': 'roles.realm = realms.id'}},
              'sold': {'table': 'held', 'as': 'many', 'on': {'uid': '@id'}, 'join': {'roles': '@role = roles.id', 'realms': 'realms.id = roles.realm', 'owners': 'owners.id = realms.owner'}},
              'any': {'table': 'held', 'as': 'many', 'on': {'uid': '@id'}}},
    'profile': {'username': 'login', 'app_metadata.roles': {'list': 'roles', 'cols': {'name': 'roles.name', 'realm': 'realms.title', 'by': 't.by_whom'}},
                'app_metadata.firms': {'list': 'sold', 'cols': {'firm': 'owners.firm', 'role': 'roles.name'}},
                'blocked': {'exists': 'any', 'where': {'role': 12, 'state': 'banned'}}, 'app_metadata.boss': {'exists': 'roles', 'where': {'role': 11}},
                'app_metadata.orphan': {'exists': 'any', 'where': {'by_whom': None}}},
    'login': {'by': ['username']}, 'password': {'col': 'pw', **WRITE}, 'create': {'links': ['roles']},
}


def lists(tap, place, driver):
    with tap.test('lists/joins-in-a-row') as t:
        s = Store(place, driver, ROLES, LISTED)
        t.equal('of one', s.profile('data|1').get('app_metadata'), {
            'roles': [{'by': None, 'name': 'boss', 'realm': 'lab'}, {'by': 7, 'name': 'buyer', 'realm': 'shop'}],
            'firms': [{'firm': 'ACME', 'role': 'buyer'}, {'firm': 'ACME', 'role': 'guest'}], 'boss': True, 'orphan': True})
        bare = s.profile('data|2').get('app_metadata')
        t.equal('of another', bare, {'roles': [], 'firms': [{'firm': 'ACME', 'role': 'guest'}], 'boss': False, 'orphan': False})
        s.db.sql("UPDATE held SET state = 'banned' WHERE uid = 2")
        t.equal('a row that says yes', (s.profile('data|2')['blocked'], s.profile('data|1')['blocked']), (True, False))
    with tap.test('lists/life') as t:
        user_id = s.create(t, username='new')
        native = user_id.split('|')[1]
        t.equal('its row', s.rows('uid role state by_whom', 'held WHERE uid = ' + native), [(native, '12', 'on', native)])
        t.equal('shown', [r['name'] for r in s.profile(user_id)['app_metadata']['roles']], ['guest'])
        s.new_password(t, user_id, 'new')
        s.done(t, 'delete-user', user_id)
        t.equal('rows left', s.count('users', 'held'), [2, 4])


# --- ties that are not the key ----------------------------------------------------------------------
TIES = """
CREATE TABLE users (id {key}, login VARCHAR(60) NOT NULL, mail VARCHAR(90), grp INT, pw VARCHAR(100));
CREATE TABLE byname (login VARCHAR(60) NOT NULL, phone VARCHAR(20));
CREATE TABLE bymail (mail VARCHAR(90) NOT NULL, news INT NOT NULL, kind VARCHAR(9) NOT NULL);
CREATE TABLE prefs (mail VARCHAR(90) NOT NULL, k VARCHAR(20) NOT NULL, v VARCHAR(40));
CREATE TABLE tags (mail VARCHAR(90) NOT NULL, tag VARCHAR(20));
CREATE TABLE grps (id INT PRIMARY KEY, name VARCHAR(20));
INSERT INTO grps VALUES (1, 'staff');
INSERT INTO users (id, login, mail, grp) VALUES (1, 'old', 'old@example.com', 1);
INSERT INTO byname VALUES ('old', '1');
INSERT INTO bymail VALUES ('old@example.com', 1, 'news'), ('new@example.com', 5, 'other');
INSERT INTO prefs VALUES ('old@example.com', 'lang', 'de');
INSERT INTO tags VALUES ('old@example.com', 'x'), ('old@example.com', 'y');
"""
TIED = {
    'user': {'table': 'users', 'key': 'id', 'id': 'auto'},
    'links': {'n': {'table': 'byname', 'on': {'login': '@login'}}, 'm': {'table': 'bymail', 'on': {'mail': '@mail'}, 'where': {'kind': 'news'}},
              'p': {'table': 'prefs', 'as': 'eav', 'on': {'mail': '@mail'}, 'name': 'k', 'value': 'v'}, 't': {'table': 'tags', 'as': 'many', 'on': {'mail': '@mail'}},
              'g': {'table': 'grps', 'on': {'id': '@grp'}}},
    'profile': {'username': 'login', 'email': 'mail', 'phone_number': 'n.phone', 'user_metadata.news': {'col': 'm.news', 'bool': True}, 'user_metadata.lang': 'p[lang]',
                'app_metadata.tags': {'list': 't', 'cols': {'tag': 't.tag'}}, 'app_metadata.group': 'g.name'},
    'login': {'by': ['username', 'email']}, 'password': {'col': 'pw', **WRITE},
}


def ties(tap, place, driver):
    with tap.test('ties/life') as t:
        s = Store(place, driver, TIES, TIED)
        user_id = s.create(t, username='ada', email='ada@example.com', phone_number='+4912345', user_metadata={'news': True, 'lang': 'fr'})
        s.db.sql("INSERT INTO tags VALUES ('ada@example.com', 'z')")
        seen = s.profile(user_id)
        t.equal('by name', s.rows('login phone', 'byname'), [('ada', '+4912345'), ('old', '1')])
        t.equal('by address', s.rows('mail news kind', 'bymail'), [('ada@example.com', '1', 'news'), ('new@example.com', '5', 'other'), ('old@example.com', '1', 'news')])
        s.done(t, 'change-email', '--by', 'user_id', user_id, 'new@example.com')
        t.equal('moved, the rows of others stay', s.rows('mail news kind', 'bymail'),
                [('new@example.com', '1', 'news'), ('new@example.com', '5', 'other'), ('old@example.com', '1', 'news')])
        t.equal('names and values', s.rows('mail k v', 'prefs'), [('new@example.com', 'lang', 'fr'), ('old@example.com', 'lang', 'de')])
        t.equal('lists', s.rows('mail tag', 'tags'), [('new@example.com', 'z'), ('old@example.com', 'x'), ('old@example.com', 'y')])
        t.equal('the group is nobody’s', s.rows('id name', 'grps'), [('1', 'staff')])
        same = ('username', 'phone_number', 'user_metadata', 'app_metadata')
        t.equal('the same profile', [s.profile(user_id).get(k) for k in same], [seen.get(k) for k in same])
        s.done(t, 'change-email', '--by', 'user_id', user_id, 'New@Example.com')
        t.equal('letter case too', s.profile(user_id)['user_metadata'], {'news': True, 'lang': 'fr'})
        s.done(t, 'delete-user', user_id)
        t.equal('his rows are gone', s.count('users', 'byname', 'bymail', 'prefs', 'tags', 'grps'), [1, 1, 2, 1, 2, 1])
    with tap.test('ties/shared-address') as t:
        s = Store(place, driver, TIES, {**TIED, 'login': {'by': ['username']}, 'email_unique': False})
        before = [s.rows('mail', table) for table in ('users', 'bymail', 'prefs', 'tags')]
        answer = s.ask('change-email', '--by', 'user_id', 'data|1', 'new@example.com')
        t.equal('whose rows they are nobody knows', (answer.status, answer.json.get('code'), answer.json.get('effect')), ('UNSUPPORTED', 'email_is_tie', 'NONE'))
        t.equal('nothing changed', [s.rows('mail', table) for table in ('users', 'bymail', 'prefs', 'tags')], before)
        s.done(t, 'change-email', '--by', 'user_id', 'data|1', 'old@example.com')
        s.done(t, 'delete-user', 'data|1')
        t.equal('nor are they taken', s.count('users', 'byname', 'bymail', 'prefs', 'tags'), [0, 0, 2, 1, 2])


def main():
    driver = sys.argv[1]
    tap = Tap('links/' + driver)
    with Workplace() as place:
        for part in (chains, pairs, newest, lists, ties):
            part(tap, place, driver)
    tap.done()


main()
