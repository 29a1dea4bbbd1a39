"""The templates for ASP.NET's membership: identity and credential in two tables, the flag and the hash
in the second, the address under the name of a user name.  What their scripts promise, on a real database.

usage: templates_membership.py DRIVER   DRIVER: mysql, odbc-postgresql or odbc-sqlite"""
import base64
import hashlib
import hmac
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kit import Tap, Workplace, database, heard  # noqa: E402
from node import Actions, ready  # noqa: E402

RIGHT, NEW = 'zqRight-password-1', 'zqNew-password-3'
KEY = {'mariadb': 'INT AUTO_INCREMENT PRIMARY KEY', 'postgresql': 'SERIAL PRIMARY KEY', 'sqlite': 'INTEGER PRIMARY KEY AUTOINCREMENT'}
SIMPLE = """CREATE TABLE UserProfile (UserId %s, UserName VARCHAR(190) NOT NULL UNIQUE);
CREATE TABLE webpages_Membership (UserId INT NOT NULL PRIMARY KEY REFERENCES UserProfile (UserId), CreateDate TIMESTAMP NULL,
  IsConfirmed BOOLEAN NOT NULL, PasswordFailuresSinceLastSuccess INT NOT NULL, Password VARCHAR(128) NOT NULL,
  PasswordSalt VARCHAR(128) NOT NULL);"""
UNIVERSAL = """CREATE TABLE Users (UserId VARCHAR(36) PRIMARY KEY, UserName VARCHAR(190) NOT NULL UNIQUE,
  ApplicationId VARCHAR(36) NOT NULL, IsAnonymous BOOLEAN NOT NULL, LastActivityDate TIMESTAMP NULL);
CREATE TABLE Memberships (UserId VARCHAR(36) NOT NULL PRIMARY KEY REFERENCES Users (UserId), ApplicationId VARCHAR(36) NOT NULL,
  Email VARCHAR(190), Password VARCHAR(128) NOT NULL, PasswordFormat INT NOT NULL, PasswordSalt VARCHAR(128) NOT NULL,
  IsApproved BOOLEAN NOT NULL, IsLockedOut BOOLEAN NOT NULL, CreateDate TIMESTAMP NULL);"""


def cased(engine, *names):
    """Names without quotes are in small letters on PostgreSQL."""
    return [n.lower() if engine == 'postgresql' else n for n in names]


def identity(password, stored=None):
    """A zero, 16 bytes of salt, 32 of PBKDF2-SHA1: is it of this password, or a new one."""
    salt = base64.b64decode(stored)[1:17] if stored else os.urandom(16)
    made = base64.b64encode(b'\0' + salt + hashlib.pbkdf2_hmac('sha1', password.encode(), salt, 1000, 32)).decode()
    return made == stored if stored else made


def keyed(password, salt):
    """HMAC-SHA256 of UTF-16, its key the 16 bytes of salt four times over."""
    return base64.b64encode(hmac.new(base64.b64decode(salt) * 4, password.encode('utf-16-le'), hashlib.sha256).digest()).decode()


class Simple:
    """SimpleMembership: UserProfile and webpages_Membership."""
    name = 'simple'

    def __init__(self, db):
        self.db = db
        user, key, name, membership, confirmed, password, created, failures, salt = cased(
            db.engine, 'UserProfile', 'UserId', 'UserName', 'webpages_Membership', 'IsConfirmed', 'Password', 'CreateDate',
            'PasswordFailuresSinceLastSuccess', 'PasswordSalt')
        self.users = {
            'user': {'table': user, 'key': key, 'id': 'auto'},
            'links': {'m': {'table': membership, 'on': {key: '@' + key},
                            'insert': {created: '$now', failures: 0, salt: ''}}},
            'profile': {'email': name, 'nickname': {'template': '{email}'},
                        'email_verified': {'col': 'm.' + confirmed, 'bool': True}},
            'login': {'by': ['email']},
            'password': {'col': 'm.' + password, 'accept': ['aspnet/identity-v2'], 'write': {'scheme': 'aspnet/identity-v2'}},
            'create': {'unique': ['email'], 'defaults': {'email_verified': False}},
            'delete': {'mode': 'hard', 'steps': [{'delete': membership, 'where': {key: '@' + key}}]}}

    def load(self):
        self.db.sql(SIMPLE % KEY[self.db.engine] + """
            INSERT INTO UserProfile (UserName) VALUES ('duck.t@example.com'), ('goose@example.com');
            INSERT INTO webpages_Membership SELECT UserId, NULL, false, 0, '%s', '' FROM UserProfile;""" % identity(RIGHT))

    def rows(self):
        return self.db.sql('SELECT u.UserId, UserName, IsConfirmed, Password, PasswordFailuresSinceLastSuccess, PasswordSalt '
                           'FROM UserProfile u LEFT JOIN webpages_Membership m ON u.UserId = m.UserId ORDER BY u.UserId')

    def counts(self):
        return self.db.sql('SELECT (SELECT COUNT(*) FROM UserProfile), (SELECT COUNT(*) FROM webpages_Membership)')[0]

    @staticmethod
    def is_hash(row, password):
        return identity(password, row[3])


class Universal:
    """The universal providers: Users and Memberships, ids that are GUIDs, a salt beside the hash."""
    name = 'universal'
    APP = '8d8a1f0e-0000-4000-8000-000000000001'

    def __init__(self, db):
        self.db = db
        user, key, name, app, anonymous, active, membership, email, password, form, salt, approved, locked, created = cased(
            db.engine, 'Users', 'UserId', 'UserName', 'ApplicationId', 'IsAnonymous', 'LastActivityDate', 'Memberships', 'Email',
            'Password', 'PasswordFormat', 'PasswordSalt', 'IsApproved', 'IsLockedOut', 'CreateDate')
        self.users = {
            'user': {'table': user, 'key': key, 'id': '$uuid', 'where': {app: self.APP},
                     'insert': {anonymous: 0, active: '$now'}},
            'links': {'m': {'table': membership, 'on': {key: '@' + key},
                            'insert': {app: self.APP, form: 1, locked: 0, created: '$now'}}},
            'profile': {'email': {'col': 'm.' + email, 'mirror': [name]}, 'nickname': {'template': '{email}'},
                        'email_verified': {'col': 'm.' + approved, 'bool': True}, 'blocked': {'col': 'm.' + locked, 'bool': True}},
            'login': {'by': ['email']},
            'password': {'col': 'm.' + password, 'salt': 'm.' + salt, 'accept': ['aspnet/membership-hmacsha256'],
                         'write': {'scheme': 'aspnet/membership-hmacsha256'}},
            'create': {'unique': ['email'], 'defaults': {'email_verified': False}},
            'delete': {'mode': 'hard', 'steps': [{'delete': membership, 'where': {key: '@' + key}}]}}

    def load(self):
        salt = base64.b64encode(os.urandom(16)).decode()
        text = UNIVERSAL
        for n, email in ((1, 'duck.t@example.com'), (2, 'goose@example.com')):
            key = '8d8a1f0e-0000-4000-8000-00000000010%d' % n
            text += """INSERT INTO Users VALUES ('%s', '%s', '%s', false, NULL);
                INSERT INTO Memberships VALUES ('%s', '%s', '%s', '%s', 1, '%s', false, false, NULL);""" % (
                    key, email, self.APP, key, self.APP, email, keyed(RIGHT, salt), salt)
        self.db.sql(text)

    def rows(self):
        return self.db.sql('SELECT u.UserId, UserName, IsApproved, Password, PasswordFormat, PasswordSalt, Email, IsLockedOut '
                           'FROM Users u LEFT JOIN Memberships m ON u.UserId = m.UserId ORDER BY u.UserId')

    def counts(self):
        return self.db.sql('SELECT (SELECT COUNT(*) FROM Users), (SELECT COUNT(*) FROM Memberships)')[0]

    @staticmethod
    def is_hash(row, password):
        return keyed(password, row[5]) == row[3]


def told(answer):
    error = answer.get('error')
    return (error and [error.get('class'), error.get('code')], answer.get('value')) if 'broken' not in answer else answer


def flag(row):
    return row[2] in ('1', 't', 'true')


def promises(tap, shape, act):
    def row(email):
        return next((r for r in shape.rows() if r[1] == email), None)
    name = shape.name
    with tap.test(name + '-login-and-get-user') as t:
        duck = row('duck.t@example.com')
        answer = act.login('duck.t@example.com', RIGHT)
        user = answer.get('value') or {}
        t.equal('profile', (user.get('user_id'), user.get('nickname'), user.get('email')),
                (duck[0], 'duck.t@example.com', 'duck.t@example.com')) or t.check('answer', False, answer)
        t.equal('get-user', told(act.get_user('duck.t@example.com')), (None, user))
        for who, password in (('duck.t@example.com', NEW), ('missing@example.com', RIGHT), ('duck.t@example.com', '')):
            t.equal(who, told(act.login(who, password)), (['WrongUsernameOrPasswordError', None], None))
        t.equal('nobody', (told(act.get_user('missing@example.com')), act.get_user('missing@example.com')['count']),
                ((None, None), 1))
    with tap.test(name + '-create') as t:
        answer = act.create({'email': 'new@example.com', 'password': RIGHT, 'tenant': 'acme', 'client_id': 'x', 'connection': 'y'})
        t.equal('answer', told(answer), (None, None)) or t.check('said', False, answer)
        made = row('new@example.com')
        t.check('both tables, and the hash is what the application makes', made and shape.is_hash(made, RIGHT), made)
        t.equal('flag', made and flag(made), False)
        t.equal('login', act.login('new@example.com', RIGHT)['error'], None)
        counts = shape.counts()
        t.equal('again', told(act.create({'email': 'NEW@example.com', 'password': NEW})), (['ValidationError', 'user_exists'], None))
        t.equal('rows', shape.counts(), counts)
    with tap.test(name + '-verify') as t:
        for email, changed in (('new@example.com', True), ('new@example.com', False), ('missing@example.com', False)):
            t.equal(email, told(act.verify(email)), (None, changed))
        t.equal('flags', [flag(r) for r in shape.rows()].count(True), 1)
        t.equal('flag', flag(row('new@example.com')), True)
    with tap.test(name + '-change-password-and-email') as t:
        t.equal('password', told(act.change_password('goose@example.com', NEW)), (None, True))
        t.check('hash', shape.is_hash(row('goose@example.com'), NEW), row('goose@example.com'))
        t.equal('nobody', told(act.change_password('missing@example.com', NEW)), (None, False))
        t.equal('email', told(act.change_email('goose@example.com', 'gander@example.com', True)), (None, True))
        t.equal('row', (row('goose@example.com'), flag(row('gander@example.com'))), (None, True))
        t.equal('login', act.login('gander@example.com', NEW)['error'], None)
        t.equal('taken', told(act.change_email('gander@example.com', 'new@example.com', True)),
                (['ValidationError', 'user_exists'], None))
    with tap.test(name + '-remove') as t:
        key = row('gander@example.com')[0]
        others = [r for r in shape.rows() if r[0] != key]
        t.equal('remove', told(act.delete(key)), (None, None))
        t.equal('both tables', (shape.rows(), shape.counts()), (others, [str(len(others))] * 2))
        t.equal('again', told(act.delete(key)), (None, None))


def main():
    tap, (driver,) = Tap('templates/' + sys.argv[1]), sys.argv[1:]
    heard('', RIGHT.encode(), NEW.encode())
    if ready(tap):
        for kind in (Simple, Universal):
            with Workplace() as place:
                db = database(driver, 'membership_' + kind.name, place.path)
                db.load(place.file('empty.sql', 'SELECT 1;'))
                shape = kind(db)
                shape.load()
                path = place.config(kind.name, driver.split('-')[0], db.options(driver.split('-')[0]), users=shape.users,
                                    throttle={}, profile={'user_id_prefix': ''})
                with Actions(path) as act:
                    promises(tap, shape, act)
    tap.done()


main()
