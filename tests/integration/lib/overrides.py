"""Operations in SQL of the author's own (own_sql.py): everybody in the store is asked for, a
new person lives a whole life with the rows counted, steps fail in every way they can.

usage: overrides.py DRIVER   DRIVER: mysql, odbc-mariadb, odbc-postgresql or odbc-sqlite"""
import copy
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kit import Tap, Workplace, database, difference, idbc, row_counts  # noqa: E402
from own_sql import HORSE, MAPPING, ROUTINES, mixed, routines, statements, tables  # noqa: E402

FIRST, SECOND = 'First päss 1!', 'Second "pass" 2\\'
EVIL = ["' OR '1'='1", "x'; DROP TABLE acc; --", '" OR ""="', "ada'--", '%', '_da', ":login", "?", "\\' OR 1=1 #", "ada\\", '$$x$$', '{fn x}']


def ask(config, *args, **more):
    return idbc(config, '--json', *args, **more)


def profile(config, *args):
    return ask(config, 'get-user', *args).json.get('profile') or {}


def store(place, driver, name, users, also=None, **more):
    """A fresh database, and a configuration for it."""
    db = database(driver, 'ownsql_' + name, place.path)
    db.load(place.file('store.sql', tables(db.engine) + (also[db.engine] if also else '')))
    users = users(db.engine) if callable(users) else users
    return db, place.config('ownsql' + name, driver.split('-')[0], db.options(driver), users, **more)


# --- everybody ------------------------------------------------------------------------------------
def people(t, config, shown):
    for who, status, code in (('ada', 'OK', ''), ('Ada@example.com', 'OK', ''), ('ADA@EXAMPLE.COM', 'OK', ''), ("o'hara", 'OK', ''),
                              ('ADA', 'DENIED', ''), ('bob', 'BLOCKED', 'blocked'), ('cleo', 'DENIED', ''), ('dora', 'PASSWORD_EXPIRED', ''),
                              ('nobody', 'DENIED', ''), ('TWINS@example.com', 'DENIED', ''), ('twin1', 'OK', '')):
        came = ask(config, 'login', who, password=HORSE)
        t.equal('login ' + who, came.status, status)
        t.check('code ' + who, not code or came.json.get('code') == code, came)
        t.equal('wrong password of ' + who, ask(config, 'login', who, password='x').status, 'DENIED')
    for who, status in (('ada', 'OK'), ('bob', 'OK'), ('cleo', 'NO_USER'), ('nobody', 'NO_USER'), ('TWINS@EXAMPLE.COM', 'AMBIGUOUS'),
                        ('twins@example.com', 'OK'), ('ada ', 'NO_USER'), ('adà', 'NO_USER')):
        t.equal('get-user ' + who, ask(config, 'get-user', who).status, status)
    by_id = profile(config, '--by', 'user_id', 'ownsql%s|1' % shown['store'])
    t.equal('by user_id', by_id, profile(config, 'ada'))
    t.equal('by email', by_id, profile(config, '--by', 'email', 'ADA@example.com'))
    t.equal('by username', by_id, profile(config, '--by', 'username', 'ada'))
    t.equal('a name is no address', ask(config, 'get-user', '--by', 'email', 'ada').status, 'NO_USER')
    t.equal('login shows the same', ask(config, 'login', 'ada', password=HORSE).json.get('profile'), by_id)
    for field, value in shown['ada'].items():
        t.equal('ada ' + field, by_id.get(field), value)
    for id_ in ('99', 'abc', '01', '1 ', '-1', '99999999999999999999'):
        t.equal('id ' + id_, ask(config, 'get-user', '--by', 'user_id', 'ownsql%s|%s' % (shown['store'], id_)).status, 'NO_USER')


def injected(t, config, db, before, evils=EVIL):
    for evil in evils:
        for by in ('username', 'email'):
            t.equal('get-user %r' % evil, ask(config, 'get-user', '--by', by, evil).status, 'NO_USER')
        t.equal('login %r' % evil, ask(config, 'login', evil, password=HORSE).status, 'DENIED')
        t.equal('password %r' % evil, ask(config, 'login', 'ada', password=evil).status, 'DENIED')
    t.equal('rows', difference(before, row_counts(db)), {})


# --- a life -------------------------------------------------------------------------------------------
def created(t, config, db, before, new, rows):
    made = ask(config, 'create', password=FIRST, stdin=json.dumps(new))
    t.check('create', made.status == 'OK', made)
    shown = made.json.get('profile') or {}
    for field in ('username', 'email'):
        t.equal('created ' + field, shown.get(field), new[field])
    t.equal('rows added', difference(before, row_counts(db)), rows)
    t.equal('found again', profile(config, new['username']), shown)
    for also, code in (({}, 'user'), ({'username': 'another'}, 'user_exists'), ({'email': 'another@example.com'}, 'username_exists'),
                       ({'username': 'another', 'email': new['email'].upper()}, 'user_exists'),
                       ({'username': 'ada@example.com', 'email': 'x@example.com'}, 'invalid_username')):
        again = ask(config, 'create', password=FIRST, stdin=json.dumps({**new, **also}))
        t.equal('again %r' % also, (again.json.get('effect'), str(again.json.get('code')).startswith(code.rstrip('_'))
                                    or again.json.get('code')), ('NONE', True) if code != 'user' else ('NONE', True))
    t.equal('nothing more', difference(before, row_counts(db)), rows)
    return shown.get('user_id', '')


def changed(t, config, db, user_id):
    name = profile(config, '--by', 'user_id', user_id)['username']
    mail = profile(config, '--by', 'user_id', user_id)['email']
    for _ in range(2):
        t.equal('verify', ask(config, 'verify', '--by', 'user_id', '--email', mail.upper(), user_id).status, 'OK')
    t.equal('verified', profile(config, name)['email_verified'], True)
    other = ask(config, 'verify', '--by', 'username', '--email', 'other@example.com', name)
    t.equal('verify of another address', (other.status, other.json.get('code')), ('CONFLICT', 'email_changed'))
    t.equal('login', ask(config, 'login', name, password=FIRST).status, 'OK')
    t.equal('change of password', ask(config, 'change-password', name, password=SECOND).status, 'OK')
    t.equal('the old one', ask(config, 'login', name, password=FIRST).status, 'DENIED')
    t.equal('the new one', ask(config, 'login', name, password=SECOND).status, 'OK')
    held = ask(config, 'change-email', '--by', 'user_id', user_id, 'ADA@example.com')
    t.equal("another's address", (held.status, held.json.get('effect')), ('EXISTS', 'NONE'))
    for verified in ([], ['--verified']):
        t.equal('change of address', ask(config, 'change-email', *verified, '--by', 'user_id', user_id, 'moved@example.com').status, 'OK')
        t.equal('flag', profile(config, name)['email_verified'], bool(verified))
    t.equal('found by it', profile(config, 'moved@example.com').get('user_id'), user_id)
    t.equal('the old address', ask(config, 'get-user', mail).status, 'NO_USER')
    for op in (['verify', 'nobody'], ['change-email', 'nobody', 'x@example.com'], ['delete-user', user_id + '9']):
        t.equal(op[0] + ' of nobody', ask(config, *op).status, 'NO_USER')
    t.equal('change-password of nobody', ask(config, 'change-password', 'nobody', password=SECOND).status, 'NO_USER')
    t.equal('change-password of two', ask(config, 'change-password', 'TWINS@EXAMPLE.COM', password=SECOND).status, 'AMBIGUOUS')
    t.equal('everybody else', ask(config, 'login', 'ada', password=HORSE).status, 'OK')


def deleted(t, config, db, before, user_id):
    t.equal('delete', ask(config, 'delete-user', user_id).status, 'OK')
    t.equal('rows left', difference(before, row_counts(db)), {})
    t.equal('again', ask(config, 'delete-user', user_id).status, 'NO_USER')


def life(t, config, db, new, rows):
    before = row_counts(db)
    user_id = created(t, config, db, before, new, rows)
    if user_id:
        changed(t, config, db, user_id)
        deleted(t, config, db, before, user_id)


# --- steps that fail -------------------------------------------------------------------------------------
NEW = {'username': 'newt', 'email': 'Newt@example.com', 'app_metadata': {'plan': 'pro', 'role': 'reader'}}


def failing(t, place, driver):
    """A step in the middle fails, in whatever way: nothing is left, and the effect says so."""
    db, config = store(place, driver, 'failing', statements)
    before = row_counts(db)
    for name, step, status, code in (
            ('duplicate', "INSERT INTO plan (code, title) VALUES ('pro', 'again')", 'EXISTS', 'user_exists'),
            ('required', 'INSERT INTO plan (code, title) VALUES (:username, NULL)', 'CONFLICT', 'value_required'),
            ('nothing', {'sql': "UPDATE plan SET title = 'x' WHERE code = 'none'", 'expect': '1'}, 'CONFLICT', 'row_expected'),
            ('no-row', {'sql': "SELECT title FROM plan WHERE code = 'none'", 'let': 'x', 'expect': '1'}, 'CONFLICT', 'row_expected'),
            ('too-many', {'sql': "UPDATE plan SET title = title", 'expect': '0..1'}, 'AMBIGUOUS', ''),
            ('two-rows', {'sql': 'SELECT code FROM plan', 'let': 'x'}, 'AMBIGUOUS', ''),
            ('there-already', {'sql': "INSERT INTO plan (code, title) SELECT 'pro', 'x' FROM plan WHERE 1 = 0", 'expect': '1'},
             'EXISTS', 'user_exists')):
        users = statements(db.engine)
        users['sql']['create'].insert(3, step)
        config = place.config('ownsqlfailing', driver.split('-')[0], db.options(driver), users)
        answer = ask(config, 'create', password=FIRST, stdin=json.dumps(NEW))
        t.equal(name, (answer.status, answer.json.get('code', ''), answer.json.get('effect')), (status, code, 'NONE'))
        t.equal(name + ' leaves', difference(before, row_counts(db)), {})
        t.check(name + ' says no value', 'newt' not in answer.out.lower(), answer)


def expecting(t, place, driver):
    def users(engine):
        users = statements(engine)
        users['sql']['verify'][0]['sql'] = 'UPDATE mail SET ok = 1 WHERE acc = :id AND ok = 5'
        users['sql']['changePassword'] = [{'sql': 'UPDATE acc SET pw = :password_hash', 'expect': '1'}]
        users['sql']['deleteUser'].insert(1, {'sql': 'DELETE FROM mail WHERE addr <> :email', 'expect': '0..1'})
        return users
    db, config = store(place, driver, 'expecting', users)
    before = row_counts(db)
    for op, status in ((['verify', 'ada'], 'NO_USER'), (['change-password', 'ada'], 'AMBIGUOUS'), (['delete-user', 'ownsqlexpecting|1'], 'AMBIGUOUS')):
        answer = ask(config, *op, password=SECOND if 'password' in op[0] else None)
        t.equal(op[0], (answer.status, answer.json.get('effect')), (status, 'NONE'))
    t.equal('rows', difference(before, row_counts(db)), {})
    t.equal('password', ask(config, 'login', 'ada', password=HORSE).status, 'OK')


def refused(t, place, driver):
    """What the database does not take is found at open, each where it stands, and nothing ran."""
    wrong = {'login': 'SELECT a.id AS user_id, a.nam AS username, a.pw AS pw_hash FROM acc a WHERE a.name = :login',
             'getUser': 'SELECT a.id AS user_id, a.name AS username FROM accounts a WHERE a.name = :login',
             'verify': ["UPDATE mail SET ok = 1 WHERE acc = :id", 'UPDATE mail SE ok = 1'],
             'deleteUser': 'DELETE FROM acc WHERE id = :id'}

    def users(engine):
        users = copy.deepcopy(MAPPING)
        users['sql'] = wrong
        users['create'] = {'after': ['INSERT INTO audit (acc, wat) VALUES (:id, 1)']}
        users['after'] = {'changePassword': ["DELETE FROM audits WHERE acc = :id"]}
        users['profile'].update({'app_metadata.ok': {'expr': 'UPPER(u.name)'}, 'app_metadata.no': {'expr': 'UPPER(u.nam)'},
                                 'app_metadata.of': {'expr': 'mail.adr'}})
        return users
    db, config = store(place, driver, 'refused', users)
    before = row_counts(db)
    found = [f for f in ask(config, 'check').json.get('findings', []) if f['code'] == 'bad-sql']
    t.equal('keys', sorted(f['key'] for f in found), [
        'users.after.changePassword[0]', 'users.create.after[0]', 'users.profile.app_metadata.no', 'users.profile.app_metadata.of',
        'users.sql.getUser', 'users.sql.login', 'users.sql.verify[1]'])
    t.equal('login', ask(config, 'login', 'ada', password=HORSE).status, 'CONFIG')
    t.equal('rows', difference(before, row_counts(db)), {})


def narrowed(t, place, driver):
    """Operations that a connection does not have are not even prepared, and need no mapping."""
    def users(engine):
        users = statements(engine)
        del users['create']
        users['sql'] = {'login': users['sql']['login'], 'getUser': users['sql']['getUser'], 'verify': 'UPDATE nowhere SET x = 1'}
        return users
    db, config = store(place, driver, 'narrowed', users, operations=['login', 'getUser'])
    t.equal('login', ask(config, 'login', 'ada', password=HORSE).status, 'OK')
    t.equal('verify', ask(config, 'verify', 'ada').status, 'UNSUPPORTED')
    t.check('check', ask(config, 'check').code == 0, ask(config, 'check'))
    db, config = store(place, driver, 'narrowed', users)
    answer = ask(config, 'check')
    t.equal('a table is needed for the rest', [f['key'] for f in answer.json.get('findings', []) if f['code'] == 'missing-key'], ['users.user.table'])


def answers(t, place, driver):
    """Answers that no read can use."""
    for name, sql, word in (
            ('no-id', 'SELECT a.name AS username, a.pw AS pw_hash FROM acc a WHERE a.name = :login', 'user_id'),
            ('no-hash', 'SELECT a.id AS user_id, a.name AS username FROM acc a WHERE a.name = :login', 'pw_hash'),
            ('no-name', 'SELECT a.id AS user_id, a.pw AS pw_hash, COUNT(*), a.name AS username FROM acc a WHERE a.name = :login GROUP BY a.id, a.pw, a.name', 'name'),
            ('twice', 'SELECT a.id AS user_id, a.pw AS pw_hash, a.name AS username, a.name AS USERNAME FROM acc a WHERE a.name = :login', 'twice'),
            ('no-identifier', 'SELECT a.id AS user_id, a.pw AS pw_hash FROM acc a WHERE a.name = :login', 'login.by')):
        if name == 'no-name' and driver == 'odbc-postgresql':
            continue                    # calls it "count"
        users = copy.deepcopy(MAPPING)
        users['sql'] = {'login': sql}
        _, config = store(place, driver, 'answers', users)
        found = [f for f in ask(config, 'check').json.get('findings', []) if f['code'] == 'bad-sql']
        t.check(name, len(found) == 1 and word in found[0]['text'] and found[0]['key'] == 'users.sql.login', found)
    users = copy.deepcopy(MAPPING)
    users['sql'] = {'login': 'SELECT a.id AS User_Id, a.pw AS PW_hash, a.name AS matched, a.id AS shoe_size FROM acc a WHERE a.name = :login',
                    'getUser': 'SELECT a.id AS user_id, a.name AS matched, a.id AS shoe_size FROM acc a WHERE a.name = :login'}
    _, config = store(place, driver, 'answers', users)
    came = ask(config, 'login', 'ada', password=HORSE)
    t.equal('by what it says that it found', (came.status, (came.json.get('profile') or {}).get('shoe_size')), ('OK', 1))


def mixtures(t, place, driver):
    for operations in (['login', 'getUser'], ['create'], ['deleteUser', 'verify'], ['changePassword', 'changeEmail'], ['getUser']):
        name = 'mix' + operations[0].lower()
        db, config = store(place, driver, name, lambda engine: mixed(engine, *operations))
        found = [f for f in ask(config, 'check').json.get('findings', []) if f['severity'] == 'error']
        t.equal(name + ' check', found, [])
        new = NEW if 'create' in operations else {k: v for k, v in NEW.items() if k != 'app_metadata'}
        own = {'acc': 1, 'mail': 1}
        life(t, config, db, new, {**own, 'acc_role': 1, 'audit': 1} if 'create' in operations else own)
    # A login in SQL: the touch and the upgrade still work by the mapping.
    def users(engine):
        users = mixed(engine, 'login', 'getUser')
        users['password']['upgrade'] = True
        return users
    db, config = store(place, driver, 'mixproven', users)
    t.equal('login', ask(config, 'login', 'ada', password=HORSE).status, 'OK')
    stored = db.sql("SELECT pw, made FROM acc WHERE id = 1")[0]
    t.check('upgraded', stored[0].startswith('$2y$05$'), stored)
    t.check('touched', not stored[1].startswith('2020'), stored)
    t.equal('again', ask(config, 'login', 'ada', password=HORSE).status, 'OK')


def expressions(t, place, driver):
    def users(engine):
        users = copy.deepcopy(MAPPING)
        users['vars'] = {'p': 'acc_'}
        users['profile']['blocked'] = {'expr': 'CASE WHEN u.off = 1 OR mail.ok = 0 THEN 1 ELSE 0 END', 'bool': True}
        users['profile']['deleted'] = {'expr': 'u.gone = 1', 'bool': True}
        users['profile']['app_metadata.roles'] = {'expr': '(SELECT COUNT(*) FROM ${p}role AS r WHERE r.acc = u.id)'}
        users['profile']['app_metadata.rank'] = {'expr': "CASE WHEN u.name = 'ada' THEN 'A' ELSE 'B' END", 'map': {'A': 'first', 'B': 'second'}}
        users['profile']['last_login'] = {'expr': 'u.made'}
        users['delete']['mode'] = 'hard'
        return users
    db, config = store(place, driver, 'expressions', users)
    t.equal('check', [f for f in ask(config, 'check').json.get('findings', []) if f['severity'] == 'error'], [])
    ada = profile(config, 'ada')
    t.equal('ada', (ada.get('blocked'), ada.get('app_metadata'), ada.get('last_login')),
            (False, {'roles': 2, 'rank': 'first'}, '2020-02-01T03:04:05.000Z'))
    t.equal('bob', (profile(config, 'bob').get('blocked'), profile(config, 'bob').get('app_metadata')), (True, {'roles': 0, 'rank': 'second'}))
    t.equal('by address', profile(config, 'ada@EXAMPLE.com'), ada)
    t.equal('cleo', ask(config, 'get-user', 'cleo').status, 'NO_USER')
    for op in (['verify', '--by', 'user_id'], ['delete-user']):
        t.equal(op[0] + ' of one who is hidden', ask(config, *op, 'ownsqlexpressions|3').status, 'NO_USER')
    t.equal('login', ask(config, 'login', 'bob', password=HORSE).json.get('code'), 'blocked')
    made = ask(config, 'create', password=FIRST, stdin=json.dumps({'username': 'x', 'email': 'x@example.com', 'app_metadata': {'rank': 'first'}}))
    t.equal('create', (made.status, made.json.get('code'), 'app_metadata.rank' in made.json.get('message', '')), ('INVALID', 'unmapped_field', True))
    made = ask(config, 'create', password=FIRST, stdin=json.dumps({'username': 'x', 'email': 'x@example.com'}))
    t.equal('created', (made.json.get('profile') or {}).get('app_metadata'), {'rank': 'second', 'roles': 0})


def main():
    driver = sys.argv[1]
    tap = Tap('overrides/' + driver)
    with Workplace() as place:
        db, config = store(place, driver, 'plain', statements)
        before = row_counts(db)
        with tap.test('plain/people') as t:
            t.check('check', ask(config, 'check').code == 0, ask(config, 'check'))
            people(t, config, {'store': 'plain', 'ada': {
                'email': 'Ada@example.com', 'email_verified': True, 'blocked': False, 'created_at': '2020-02-01T03:04:05.000Z',
                'app_metadata': {'roles': ['admin', 'writer'], 'level': 10}}})
        with tap.test('plain/injected') as t:
            injected(t, config, db, before)
        with tap.test('plain/life') as t:
            life(t, config, db, NEW, {'acc': 1, 'mail': 1, 'acc_role': 1, 'audit': 1})
        db, config = store(place, driver, 'routines', routines, ROUTINES)
        before = row_counts(db)
        with tap.test('routines/people') as t:
            t.check('check', ask(config, 'check').code == 0, ask(config, 'check'))
            people(t, config, {'store': 'routines', 'ada': {'email': 'Ada@example.com', 'email_verified': True}})
            injected(t, config, db, before, EVIL[:3])
        with tap.test('routines/life') as t:
            life(t, config, db, {k: v for k, v in NEW.items() if k != 'app_metadata'}, {'acc': 1, 'mail': 1})
            unmapped = ask(config, 'create', password=FIRST, stdin=json.dumps(NEW))
            t.equal('a field that no step names', unmapped.json.get('code'), 'unmapped_field')
        if db.engine == 'mariadb':
            with tap.test('routines/after-the-answer') as t:
                before = row_counts(db)
                cursed = ask(config, 'create', password=FIRST, stdin=json.dumps({'username': 'cursed', 'email': 'c@example.com'}))
                t.equal('create', (cursed.status in ('CONFLICT', 'INVALID'), cursed.json.get('effect')), (True, 'NONE'))
                t.equal('rows', difference(before, row_counts(db)), {})
        for test in (failing, expecting, refused, narrowed, answers, mixtures, expressions):
            with tap.test(test.__name__) as t:
                test(t, place, driver)
    tap.done()


main()
