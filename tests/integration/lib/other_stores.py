"""Stores of further kinds (other_tables.py): everybody in them logs in or is refused as
the store says, then one new person lives a whole life, with the rows counted; a
connection that only reads lives with the grants of a reader.

usage: other_stores.py DRIVER   DRIVER: mysql, odbc-mariadb, odbc-postgresql or odbc-sqlite"""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kit import Tap, Workplace, database, difference, idbc, row_counts  # noqa: E402
from other_tables import EPILOGUE, PRELUDE, STORES, dialect  # noqa: E402

FIRST, SECOND = 'First päss 1!', 'Second "pass" 2\\'
CODES = {'OK': 0, 'BLOCKED': 1, 'PASSWORD_EXPIRED': 1, 'DENIED': 1}


def ask(config, *args, **more):
    return idbc(config, '--json', *args, **more)


def people(t, config, store):
    """status None: there is no such user."""
    for name, secret, status, profile in store['people']:
        seen = idbc(config, 'get-user', name)
        came = ask(config, 'login', name, password=secret)
        wanted = status or 'DENIED'
        t.equal('%s %r' % (name, secret), (came.status, came.code), (wanted, CODES[wanted]))
        t.equal(name + ' with a wrong password', ask(config, 'login', name, password='x' + secret).status, 'DENIED')
        if status is None:
            t.equal(name + ' is nobody', ask(config, 'get-user', name).status, 'NO_USER')
            continue
        shown = seen.json
        if status == 'OK':
            t.equal(name + ' login shows the same', came.json.get('profile'), shown)
        for field, value in profile.items():
            t.equal('%s %s' % (name, field), shown.get(field), value)


def created(t, config, store, db, before):
    new = json.dumps(store['new'])
    made = ask(config, 'create', password=FIRST, stdin=new)
    t.check('create', made.status == 'OK', made)
    profile = made.json.get('profile') or {}
    for field, value in {**store['new'], **store.get('shows', {})}.items():
        shown = profile.get(field)
        if field == 'app_metadata':
            shown = {key: shown.get(key) for key in value} if shown else shown
        t.equal('created ' + field, shown, value)
    t.equal('rows added', difference(before, row_counts(db)), store['created'])
    again = ask(config, 'create', password=FIRST, stdin=new)
    t.equal('create twice', (again.status, again.code, again.json.get('effect')), ('EXISTS', 1, 'NONE'))
    for found in (ask(config, 'get-user', '--by', 'username', store['new']['username']),
                  ask(config, 'get-user', '--by', 'user_id', profile.get('user_id', ''))):
        t.equal('found again', found.json.get('profile'), profile)
    return profile.get('user_id', '')


def verified(t, config, store, user_id):
    if 'email_verified' not in store['users']['profile']:
        return
    for _ in range(2):
        done = ask(config, 'verify', '--by', 'user_id', '--email', store['new']['email'], user_id)
        t.check('verify', done.status == 'OK', done)
    other = ask(config, 'verify', '--by', 'user_id', '--email', 'other@example.com', user_id)
    t.equal('verify of another address', other.json.get('code'), 'email_changed')
    t.equal('verified', ask(config, 'get-user', '--by', 'user_id', user_id).json['profile']['email_verified'], True)


def new_password(t, config, store, user_id):
    name = store['new']['username']
    t.equal('login', ask(config, 'login', name, password=FIRST).status, 'OK')
    changed = idbc(config, 'change-password', '--by', 'user_id', user_id, password=SECOND)
    t.equal('change', (changed.code, changed.out, changed.err), (0, '', ''))
    t.equal('the old one', ask(config, 'login', name, password=FIRST).status, 'DENIED')
    t.equal('the new one', ask(config, 'login', name, password=SECOND).status, 'OK')


def new_address(t, config, store, user_id):
    flag = ['--verified'] if 'email_verified' in store['users']['profile'] else []
    if store['taken']:
        held = ask(config, 'change-email', *flag, '--by', 'user_id', user_id, store['taken'])
        t.equal("another's address", (held.status, held.json.get('effect')), ('EXISTS', 'NONE'))
    for _ in range(2):
        done = ask(config, 'change-email', *flag, '--by', 'user_id', user_id, 'moved@example.com')
        t.check('change', done.status == 'OK', done)
    found = ask(config, 'get-user', '--by', 'email', 'MOVED@example.com')
    t.equal('found by it', (found.json.get('profile') or {}).get('user_id'), user_id)
    t.equal('the old one', ask(config, 'get-user', '--by', 'email', store['new']['email']).status, 'NO_USER')
    if 'email' in store['users']['login']['by']:
        t.equal('login by the new one', ask(config, 'login', 'moved@example.com', password=SECOND).status, 'OK')
        t.equal('login by the old one', ask(config, 'login', store['new']['email'], password=SECOND).status, 'DENIED')


def statements(t, db, list_, user_id):
    for sql, wanted in list_:
        got = db.sql(dialect(sql.replace('{id}', user_id.split('|', 1)[1]), db.engine))
        if wanted is not None:
            t.equal(sql, got, wanted)


def deleted(t, config, store, db, before, user_id):
    name = store['new']['username']
    gone = idbc(config, 'delete-user', user_id)
    t.equal('delete', (gone.code, gone.out, gone.err), (0, '', ''))
    t.equal('rows left', {k: n for k, n in difference(before, row_counts(db)).items() if k != 'f_posts'}, store['left'])
    for status, answer in (('NO_USER', ask(config, 'delete-user', user_id)), ('DENIED', ask(config, 'login', name, password=SECOND)),
                           ('NO_USER', ask(config, 'get-user', '--by', 'user_id', user_id))):
        t.equal('after that', answer.status, status)


def life(t, config, store, db):
    before = row_counts(db)
    user_id = created(t, config, store, db, before)
    if not user_id:
        return
    verified(t, config, store, user_id)
    new_password(t, config, store, user_id)
    statements(t, db, store['midlife'], user_id)
    new_address(t, config, store, user_id)
    deleted(t, config, store, db, before, user_id)
    statements(t, db, store['afterlife'], user_id)


def reader(t, place, driver, db, store):
    """SELECT on what a login reads, no more; not even the names of other tables."""
    who = 'reader@localhost' if db.engine == 'mariadb' else 'reader'
    if db.engine == 'mariadb':
        db.sql("DROP USER IF EXISTS %s; CREATE USER %s IDENTIFIED BY 'read'" % (who, who))
    else:
        db.sql("DROP ROLE IF EXISTS reader; CREATE ROLE reader LOGIN PASSWORD 'read'")
    for table in ('f_users', 'f_groups', 'f_user_group', 'f_bans', 'f_fields'):
        db.sql('GRANT SELECT ON %s TO %s' % (table, who))
    options = {**db.options(driver), 'user': 'reader', 'password': 'read'}
    config = place.config('forum', driver.split('-')[0], options, store['users'], operations=['login', 'getUser'])
    people(t, config, store)
    for answer in (ask(config, 'delete-user', 'forum|2'), ask(config, 'verify', 'ada@example.com')):
        t.equal('writing', answer.status, 'UNSUPPORTED')


def special_answers(t, config, store_name):
    """What a store of its kind is asked besides."""
    if store_name == 'forum':
        t.equal('two with one address', ask(config, 'get-user', 'TWINS@example.com').status, 'AMBIGUOUS')
        t.equal('who then is refused', ask(config, 'login', 'TWINS@example.com', password='correct horse').status, 'DENIED')
    elif store_name == 'cloud':
        for name, code in (('ADA', 'username_exists'), ('ada@example.com', 'invalid_username')):
            answer = ask(config, 'create', password=FIRST, stdin=json.dumps({'username': name}))
            t.equal('create ' + name, answer.json.get('code'), code)
    elif store_name == 'school':
        t.equal('a new password ends the old', ask(config, 'change-password', 'eve', password=SECOND).status, 'OK')
        t.equal('and the demand for it', ask(config, 'login', 'eve', password=SECOND).status, 'OK')
    t.check('the mapping fits', ask(config, 'check').code == 0, ask(config, 'check'))


def beside_public(db, name):
    """On PostgreSQL one of the stores lives in a schema of its own."""
    if db.engine != 'postgresql' or name != 'cloud':
        return {}
    db.schema = 'app'
    return {'init': ['SET search_path = app, public']}


def main():
    driver = sys.argv[1]
    tap = Tap('other-stores/' + driver)
    with Workplace() as place:
        for name, store in STORES.items():
            db = database(driver, 'other_' + name, place.path)
            options = {**db.options(driver), **beside_public(db, name)}
            db.load(place.file('store.sql', PRELUDE.get(db.engine, '') + dialect(store['tables'] + store['rows'], db.engine) +
                               EPILOGUE.get(db.engine, '')))
            config = place.config(name, driver.split('-')[0], options, store['users'], password={'upgrade': False})
            with tap.test(name + '/people') as t:
                people(t, config, store)
            with tap.test(name + '/life') as t:
                life(t, config, store, db)
            with tap.test(name + '/besides') as t:
                special_answers(t, config, name)
            if name == 'forum' and db.engine != 'sqlite':
                with tap.test(name + '/reader') as t:
                    reader(t, place, driver, db, store)
    tap.done()


if __name__ == '__main__':
    main()
