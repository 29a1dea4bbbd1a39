"""What templates of custom-database action scripts promise to the platforms that run them, on a real
database whose table has their form.  Each script of examples/node/scripts is one require; what its
callback is told is compared, and the rows.

usage: templates.py DRIVER   DRIVER: mysql, odbc-postgresql or odbc-sqlite"""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from host import start_as_host  # noqa: E402
from kit import BUILD, ROOT, Tap, Workplace, database, heard  # noqa: E402
from node import EXAMPLE, Actions, ready  # noqa: E402

start_as_host(BUILD)
os.environ['IDBC_LIBRARY'] = os.path.join(BUILD, 'libidbc.so.0')
sys.path.insert(0, os.path.join(ROOT, 'examples', 'python'))
import idbc  # noqa: E402

DDL = {
    'mariadb': """CREATE TABLE users (id INT AUTO_INCREMENT PRIMARY KEY, nickname VARCHAR(60), email VARCHAR(190) NOT NULL,
        password VARCHAR(100), email_verified BOOLEAN NOT NULL DEFAULT false, KEY (email)) CHARACTER SET utf8mb4;""",
    'postgresql': """CREATE TABLE users (id SERIAL PRIMARY KEY, nickname VARCHAR(60), email VARCHAR(190) NOT NULL,
        password VARCHAR(100), email_verified BOOLEAN NOT NULL DEFAULT false);
        CREATE INDEX users_email ON users (lower(email));""",
    'sqlite': """CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, nickname VARCHAR(60), email VARCHAR(190) NOT NULL,
        password VARCHAR(100), email_verified BOOLEAN NOT NULL DEFAULT false);
        CREATE INDEX users_email ON users (lower(email));""",
}
# Another library than ours makes hashes and reads those that we made, as the templates do.
BCRYPT = """import bcrypt, json, sys
ask = json.load(sys.stdin)
form, password = ask.get("form"), ask["password"].encode()
print(json.dumps(bcrypt.checkpw(password, form.encode()) if form else
                 bcrypt.hashpw(password, bcrypt.gensalt(10, ask["kind"].encode())).decode()))"""
RIGHT, WRONG, NEW = 'zqRight-password-1', 'zqWrong-password-2', 'zqNew-password-3'
# As a platform calls create, with what is its own and what templates leave aside.
SIGNUP = {'tenant': 'acme', 'client_id': 'aBcD', 'connection': 'users-of-acme', 'user_metadata': {'language': 'en'},
          'app_metadata': {'plan': 'full'}}


def bcrypt(**ask):
    done = subprocess.run(['/usr/bin/python3', '-c', BCRYPT], input=json.dumps(ask).encode(), stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def row(db, email, columns='id, nickname, email, password, email_verified'):
    found = db.sql("SELECT %s FROM users WHERE email = '%s'" % (columns, email))
    return found[0] if found else None


def one(db, email):
    """Is the flag of this row set?  Three engines write it in three ways."""
    return row(db, email, 'email_verified')[0] in ('1', 't', 'true')


def everything(db):
    return db.sql('SELECT id, nickname, email, password, email_verified FROM users ORDER BY id')


def fill(place, db):
    form, old = (bcrypt(password=RIGHT, kind=kind) for kind in ('2b', '2a'))
    db.load(place.file('ddl.sql', DDL[db.engine] + """
        INSERT INTO users (nickname, email, password, email_verified) VALUES ('T-Duck', 'duck.t@example.com', '%s', true),
        ('Goose', 'goose@example.com', '%s', false), ('Swan', 'swan@example.com', '%s', false),
        ('Empty', 'empty@example.com', '', false), ('None', 'none@example.com', NULL, false),
        ('Odd', 'odd@example.com', 'random-hash', false), ('Robin', 'robin@example.com', '%s', false);"""
                       % (form, old, form, form)))


def equal_answer(t, what, answer, *told):
    """The callback was told exactly this."""
    got = (answer.get('broken') or answer['error'], answer.get('count'), answer.get('value'))
    return t.equal(what, got, (told[0], len(told), told[1] if len(told) > 1 else None))


def an_error(t, what, answer, kind=None, **fields):
    """The callback was told an Error, and nothing beside it."""
    error = answer.get('error') or {}
    t.check('%s: an error alone' % what, error.get('message') and answer.get('count') == 1, answer)
    if kind:
        t.equal('%s: its class, as the platform gave it' % what, (error.get('class'), error.get('platform')), (kind, True))
    else:
        t.check('%s: not a verdict' % what, not error.get('platform'), answer)
    for name, value in fields.items():
        t.equal('%s: %s' % (what, name), error.get(name), value)
    t.check('%s: no password in it' % what, not any(p in json.dumps(answer) for p in (RIGHT, WRONG, NEW)), answer)


def login(tap, db, act):
    duck = row(db, 'duck.t@example.com')
    with tap.test('login-tells-the-profile') as t:
        answer = act.login('duck.t@example.com', RIGHT)
        user = answer.get('value') or {}
        t.equal('no error, and a profile', (answer.get('error'), answer.get('count')), (None, 2))
        t.equal('its fields', {k: user.get(k) for k in ('user_id', 'nickname', 'email', 'email_verified')},
                {'user_id': duck[0], 'nickname': 'T-Duck', 'email': 'duck.t@example.com', 'email_verified': True})
        t.equal('user_id is a string', type(user.get('user_id')), str)
        t.check('no password', 'password' not in user and duck[3] not in json.dumps(answer), answer)
    with tap.test('login-reads-older-bcrypt') as t:
        t.equal('2a', act.login('goose@example.com', RIGHT)['value']['nickname'], 'Goose')
    with tap.test('login-of-an-unknown-user-is-refused') as t:
        unknown = act.login('missing@example.com', RIGHT)
        an_error(t, 'unknown', unknown, 'WrongUsernameOrPasswordError', user='missing@example.com')
    with tap.test('login-with-a-wrong-password-is-refused') as t:
        wrong = act.login('duck.t@example.com', WRONG)
        an_error(t, 'wrong', wrong, 'WrongUsernameOrPasswordError', user='duck.t@example.com')
        t.equal('in the words for an unknown user', wrong['error']['message'], unknown['error']['message'])
        t.equal('logs are not told either', wrong['error']['json'].replace('duck.t', 'missing'), unknown['error']['json'])
    with tap.test('login-without-a-usable-hash-is-an-error') as t:
        for name in ('empty', 'none', 'odd'):
            for password in (RIGHT, '', 'random-hash'):
                an_error(t, '%s %r' % (name, password), act.login(name + '@example.com', password), 'WrongUsernameOrPasswordError')
    with tap.test('login-without-a-password-is-an-error') as t:
        for password in (None, '', 5, {}):
            an_error(t, repr(password), act.login('duck.t@example.com', password), 'WrongUsernameOrPasswordError')
    with tap.test('login-is-no-place-for-sql') as t:
        before = everything(db)
        for email in ("' OR '1'='1", "duck.t@example.com' -- ", "x'; DROP TABLE users; --", '%', "duck_t@example.com"):
            an_error(t, email, act.login(email, RIGHT), 'WrongUsernameOrPasswordError')
        t.equal('rows', everything(db), before)


def get_user(tap, db, act):
    with tap.test('get-user-tells-the-profile-of-login') as t:
        equal_answer(t, 'found', act.get_user('duck.t@example.com'), None, act.login('duck.t@example.com', RIGHT)['value'])
        t.equal('user_id', act.get_user('swan@example.com')['value']['user_id'], row(db, 'swan@example.com')[0])
    with tap.test('get-user-shows-no-password') as t:
        user = act.get_user('duck.t@example.com')
        t.check('absent', 'password' not in user['value'] and row(db, 'duck.t@example.com')[3] not in json.dumps(user), user)
    with tap.test('get-user-of-an-unknown-user-is-null-alone') as t:
        equal_answer(t, 'unknown', act.get_user('missing@example.com'), None)


def create(tap, db, act):
    asked = dict(SIGNUP, email='new@example.com', password=RIGHT)
    with tap.test('create-makes-a-user') as t:
        equal_answer(t, 'before', act.get_user('new@example.com'), None)
        answer = act.create(asked)
        equal_answer(t, 'create', answer, None)
        t.check("the platform's object is as it was", answer.get('kept'), answer)
        stored = row(db, 'new@example.com')
        t.check('60 characters of bcrypt, which another library reads',
                stored and len(stored[3]) == 60 and bcrypt(password=RIGHT, form=stored[3]), stored)
        t.equal('not verified yet', one(db, 'new@example.com'), False)
    with tap.test('login-after-create') as t:
        answer = act.login('new@example.com', RIGHT)
        t.equal('profile', (answer['error'], answer['value']['email']), (None, 'new@example.com'))
        equal_answer(t, 'get-user', act.get_user('new@example.com'), None, answer['value'])
    with tap.test('create-of-a-user-who-exists-is-refused') as t:
        before = everything(db)
        for email in ('new@example.com', 'duck.t@example.com', 'Duck.T@Example.com'):
            an_error(t, email, act.create(dict(asked, email=email, password=NEW)), 'ValidationError', code='user_exists')
        t.equal('rows', everything(db), before)
    with tap.test('create-without-a-password-is-an-error') as t:
        before = everything(db)
        for password in ({}, {'password': None}, {'password': ''}, {'password': 5}):
            an_error(t, repr(password), act.create(dict(SIGNUP, email='second@example.com', **password)), 'ValidationError')
        t.equal('rows', everything(db), before)
    with tap.test('create-without-an-address-is-an-error') as t:
        for more, code in (({}, 'email_required'), ({'email': 'no address'}, 'invalid_email')):
            an_error(t, code, act.create(dict(SIGNUP, password=RIGHT, **more)), 'ValidationError', code=code)
    with tap.test('two-creates-at-once-make-one-user') as t:
        told = act.at_once(*[('create', dict(asked, email='race@example.com'))] * 6)
        t.equal('made', sum(a.get('error') is None for a in told), 1)
        t.equal('refused', [a['error'].get('code') for a in told if a.get('error')], ['user_exists'] * 5)
        t.equal('row', db.sql("SELECT COUNT(*) FROM users WHERE email = 'race@example.com'"), [['1']])


def verify(tap, db, act):
    with tap.test('verify-sets-the-flag') as t:
        others = [r for r in everything(db) if r[2] != 'goose@example.com']
        equal_answer(t, 'verify', act.verify('goose@example.com'), None, True)
        t.equal('flag', one(db, 'goose@example.com'), True)
        t.equal('profile', act.get_user('goose@example.com')['value']['email_verified'], True)
        t.equal('other rows', [r for r in everything(db) if r[2] != 'goose@example.com'], others)
    with tap.test('verify-of-a-verified-address-is-false') as t:
        before = everything(db)
        equal_answer(t, 'again', act.verify('goose@example.com'), None, False)
        t.equal('rows', everything(db), before)
    with tap.test('verify-of-an-unknown-user-is-false') as t:
        equal_answer(t, 'unknown', act.verify('missing@example.com'), None, False)


def change_password(tap, db, act):
    with tap.test('change-password-stores-a-hash') as t:
        others = [r for r in everything(db) if r[2] != 'swan@example.com']
        equal_answer(t, 'change', act.change_password('swan@example.com', NEW), None, True)
        stored = row(db, 'swan@example.com')[3]
        t.check('60 characters of bcrypt', len(stored) == 60 and bcrypt(password=NEW, form=stored), stored)
        t.equal('other rows', [r for r in everything(db) if r[2] != 'swan@example.com'], others)
    with tap.test('the-new-password-logs-in-and-the-old-does-not') as t:
        t.equal('new', act.login('swan@example.com', NEW)['error'], None)
        an_error(t, 'old', act.login('swan@example.com', RIGHT), 'WrongUsernameOrPasswordError')
    with tap.test('change-password-twice-is-true-twice') as t:
        equal_answer(t, 'again', act.change_password('swan@example.com', NEW), None, True)
    with tap.test('change-password-of-an-unknown-user-is-false') as t:
        before = everything(db)
        equal_answer(t, 'unknown', act.change_password('missing@example.com', NEW), None, False)
        t.equal('rows', everything(db), before)
    with tap.test('change-password-to-none-is-an-error') as t:
        before = everything(db)
        for password in (None, '', 5):
            an_error(t, repr(password), act.change_password('swan@example.com', password), 'ValidationError')
        t.equal('rows', everything(db), before)


def change_email(tap, db, act):
    with tap.test('change-email-sets-address-and-flag') as t:
        swan = row(db, 'swan@example.com')
        equal_answer(t, 'change', act.change_email('swan@example.com', 'white@example.com', True), None, True)
        t.equal('row', row(db, 'white@example.com')[:2], swan[:2])
        t.equal('verified', one(db, 'white@example.com'), True)
        equal_answer(t, 'back', act.change_email('white@example.com', 'swan@example.com', False), None, True)
        t.equal('not verified', one(db, 'swan@example.com'), False)
        equal_answer(t, 'the flag alone', act.change_email('swan@example.com', 'swan@example.com', True), None, True)
        t.equal('verified again', one(db, 'swan@example.com'), True)
    with tap.test('the-old-address-is-nobody') as t:
        equal_answer(t, 'get-user', act.get_user('white@example.com'), None)
        an_error(t, 'login', act.login('white@example.com', NEW), 'WrongUsernameOrPasswordError')
    with tap.test('change-email-of-an-unknown-user-is-false') as t:
        equal_answer(t, 'unknown', act.change_email('missing@example.com', 'm@example.com', True), None, False)
    with tap.test('change-email-to-an-address-that-is-taken-is-refused') as t:
        before = everything(db)
        an_error(t, 'taken', act.change_email('swan@example.com', 'duck.t@example.com', True), 'ValidationError',
                 code='user_exists')
        an_error(t, 'no address', act.change_email('swan@example.com', 'x', True), 'ValidationError', code='invalid_email')
        t.equal('rows', everything(db), before)


def remove(tap, db, act):
    with tap.test('remove-by-id') as t:
        robin, others = row(db, 'robin@example.com')[0], [r for r in everything(db) if r[2] != 'robin@example.com']
        equal_answer(t, 'remove', act.delete(robin), None)
        t.equal('all but one', everything(db), others)
        equal_answer(t, 'nobody', act.get_user('robin@example.com'), None)
    with tap.test('remove-of-a-user-who-is-gone-is-no-error') as t:
        for user_id in (robin, '999999'):
            equal_answer(t, user_id, act.delete(user_id), None)
        t.equal('rows', everything(db), others)
    with tap.test('remove-takes-an-id-and-nothing-else') as t:
        for user_id in ("1 OR 1=1", "1'; DROP TABLE users; --", '%', 'duck.t@example.com', '1 ', '01', '+1'):
            act.delete(user_id)
        for user_id in (None, '', {}, []):
            an_error(t, repr(user_id), act.delete(user_id), 'ValidationError')
        t.equal('rows', everything(db), others)


CALLS = (('login', 'duck.t@example.com', RIGHT), ('login', 'missing@example.com', RIGHT), ('get_user', 'duck.t@example.com'),
         ('get_user', 'missing@example.com'), ('create', dict(SIGNUP, email='late@example.com', password=RIGHT)),
         ('verify', 'swan@example.com'), ('change_password', 'swan@example.com', NEW),
         ('change_email', 'swan@example.com', 'late@example.com', True), ('delete', '1'))


def broken(tap, place, db, path):
    """A failed query and a server that is away: errors from every script, and never a verdict."""
    with Actions(path) as act:
        act.get_user('duck.t@example.com')      # statements are prepared: the table vanishes afterwards
        db.sql('ALTER TABLE users RENAME TO users_away')
        for call in CALLS:
            with tap.test('a-database-error-is-an-error-%s-%s' % (call[0].replace('_', '-'), 'of-' + str(call[1])[:7]
                                                                   if call[0] in ('login', 'get_user') else 'fails')) as t:
                an_error(t, call[0], act.ask(act.request(*call)))
        db.sql('ALTER TABLE users_away RENAME TO users')
        with tap.test('and-is-over-when-the-database-is-back') as t:
            t.equal('login', act.login('duck.t@example.com', RIGHT)['error'], None)
    away = away_options(db)
    config = configuration(place, 'away', db.driver, away)
    with Actions(config) as act:
        for call in CALLS:
            with tap.test('a-database-that-is-down-is-an-error-%s-%s' % (call[0].replace('_', '-'), 'of-' + str(call[1])[:7]
                                                                          if call[0] in ('login', 'get_user') else 'fails')) as t:
                an_error(t, call[0], act.ask(act.request(*call)), status='UNAVAILABLE', effect='NONE')


def away_options(db):
    """The same database where nobody listens."""
    options = json.loads(json.dumps(db.options(db.driver)))
    if db.engine == 'mariadb':
        options['socket'] += '.away'
    elif db.engine == 'postgresql':
        options['attributes']['Port'] = '1'
    else:
        options['attributes']['Database'] += '.away'
    return options


def configuration(place, name, driver, options, unmapped='ignore'):
    with open(os.path.join(EXAMPLE, 'users.json'), encoding='utf-8') as f:
        users = json.load(f)
    return place.config(name, driver, options, users=users, throttle={}, timeout_ms=10000,
                        profile={'user_id_prefix': '', 'unmapped': unmapped, 'metadata_key': 'metadata'})


def raised(call, *args, **kwargs):
    """The class of the exception."""
    try:
        call(*args, **kwargs)
    except idbc.Error as e:
        return type(e)
    return None


def through_python(tap, place, db, path):
    """The same promises in the words of examples/python."""
    with idbc.Store(path) as store:
        with tap.test('python-login-and-get-user') as t:
            duck = row(db, 'duck.t@example.com')
            user = store.login('duck.t@example.com', RIGHT)
            t.equal('profile', (user['user_id'], user['nickname'], user['email'], 'password' in user),
                    (duck[0], 'T-Duck', 'duck.t@example.com', False))
            t.equal('get-user', store.get_user('duck.t@example.com', by='email'), user)
            t.equal('wrong', raised(store.login, 'duck.t@example.com', WRONG), idbc.Denied)
            t.equal('unknown', raised(store.login, 'missing@example.com', RIGHT), idbc.Denied)
            t.equal('no hash', raised(store.login, 'odd@example.com', 'random-hash'), idbc.Denied)
            t.equal('nobody', raised(store.get_user, 'missing@example.com', by='email'), idbc.NoUser)
        with tap.test('python-create') as t:
            made = store.create({'email': 'py@example.com'}, RIGHT)
            t.check('another library reads the hash', bcrypt(password=RIGHT, form=row(db, 'py@example.com')[3]))
            t.equal('login', store.login('py@example.com', RIGHT)['user_id'], made['user_id'])
            before = everything(db)
            t.equal('exists', raised(store.create, {'email': 'PY@example.com'}, NEW), idbc.Exists)
            t.equal('no password', raised(store.create, {'email': 'second@example.com'}, None), idbc.Invalid)
            t.equal('rows', everything(db), before)
        with tap.test('python-verify-change-and-delete') as t:
            for call in (store.verify, lambda email: store.change_password(email, NEW),
                         lambda email: store.change_email(email, 'm@example.com')):
                t.equal('nobody', raised(call, 'missing@example.com'), idbc.NoUser)
            for time in ('once', 'twice'):
                t.equal('verify ' + time, (store.verify('py@example.com'), one(db, 'py@example.com')), (None, True))
            store.change_password('py@example.com', NEW)
            t.equal('the old one', raised(store.login, 'py@example.com', RIGHT), idbc.Denied)
            store.change_email('py@example.com', 'py2@example.com')
            t.equal('flag', one(db, 'py2@example.com'), False)
            t.equal('taken', raised(store.change_email, 'py2@example.com', 'duck.t@example.com'), idbc.Exists)
            others = [r for r in everything(db) if r[0] != made['user_id']]
            store.delete_user(made['user_id'])
            t.equal('rows', everything(db), others)
            t.equal('again', raised(store.delete_user, made['user_id']), idbc.NoUser)
    with tap.test('python-a-database-that-is-down') as t, \
            idbc.Store(configuration(place, 'python-away', db.driver, away_options(db))) as store:
        for call in (lambda: store.login('duck.t@example.com', RIGHT), lambda: store.get_user('duck.t@example.com'),
                     lambda: store.create({'email': 'x@example.com'}, RIGHT), lambda: store.verify('duck.t@example.com'),
                     lambda: store.change_password('duck.t@example.com', NEW), lambda: store.delete_user('1'),
                     lambda: store.change_email('duck.t@example.com', 'x@example.com')):
            t.equal('status', raised(call), idbc.Unavailable)


def strict(tap, place, db):
    """Where what no column holds is refused, what the platform adds by itself is still left out."""
    with tap.test('create-leaves-the-platforms-own-fields-out') as t, \
            Actions(configuration(place, 'strict', db.driver, db.options(db.driver), 'refuse')) as act:
        asked = {k: v for k, v in SIGNUP.items() if 'metadata' not in k}
        equal_answer(t, 'create', act.create(dict(asked, email='strict@example.com', password=RIGHT)), None)
        an_error(t, 'what the user adds is not', act.create(dict(asked, email='s2@example.com', password=RIGHT, shoe=43)),
                 'ValidationError', code='unmapped_field')


def misuse(tap, path):
    with tap.test('no-configuration-is-an-error') as t, Actions('/nowhere/none.json') as act:
        an_error(t, 'login', act.login('duck.t@example.com', RIGHT), status='CONFIG')
        act.configuration = {}
        an_error(t, 'nothing named', act.login('duck.t@example.com', RIGHT))
    with tap.test('a-callback-runs-once-and-later') as t, Actions(path) as act:
        told = act.at_once(*[('login', 'duck.t@example.com', p) for p in (RIGHT, WRONG)] * 8)
        t.equal('answers', [a.get('error') is None for a in told], [True, False] * 8) or t.check('told', False, told)


def main():
    tap, (driver,) = Tap('templates/' + sys.argv[1]), sys.argv[1:]
    heard('', RIGHT.encode(), WRONG.encode(), NEW.encode())
    with Workplace() as place:
        db = database(driver, 'templates', place.path)
        db.driver = driver.split('-')[0]
        fill(place, db)
        path = configuration(place, 'live', db.driver, db.options(db.driver))
        through_python(tap, place, db, path)
        if ready(tap):
            with Actions(path) as act:
                for part in (login, get_user, create, verify, change_password, change_email, remove):
                    part(tap, db, act)
            strict(tap, place, db)
            misuse(tap, path)
            broken(tap, place, db, path)
    tap.done()


main()
