"""The files of examples/mappings, each on a store of its application's form (library/).

usage: mapping_library.py [NAME...]"""
import glob
import importlib
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import kit  # noqa: E402
from kit import ROOT, Tap, Workplace, difference, idbc, row_counts  # noqa: E402
from library import PASSWORD, tables  # noqa: E402

MAPPINGS = os.path.join(ROOT, 'examples', 'mappings')
FIRST, SECOND = 'First päss 1!', 'Second "pass" 2'
DRIVERS = {'mariadb': 'mysql', 'sqlite': 'odbc', 'postgresql': 'odbc'}
STATUS_EXIT = {'OK': 0, 'BLOCKED': 1, 'PASSWORD_EXPIRED': 1, 'DENIED': 1}
ALL = ['login', 'getUser', 'create', 'verify', 'changePassword', 'changeEmail', 'deleteUser']


def applications():
    found = {}
    for path in sorted(glob.glob(os.path.join(os.path.dirname(__file__), 'library', '[a-z]*.py'))):
        module = importlib.import_module('library.' + os.path.basename(path)[:-3])
        found.update(module.APPLICATIONS)
    return found


def database(name, engine, place):
    name = 'lib_' + name.replace('-', '_')
    if engine == 'sqlite':
        return kit.SQLite(name, place.path)
    return kit.MariaDB(name) if engine == 'mariadb' else kit.Postgres(name)


def contents(db):
    """Every row of every table, as text."""
    tables = db.tables()
    script = ''.join("SELECT '%s', t.* FROM %s AS t;\n" % (table, db.quote(table)) for table in tables)
    rows = {table: [] for table in tables}
    for row in db.sql(script):
        rows[row[0]].append(tuple(row[1:]))
    return {table: sorted(found) for table, found in rows.items()}


class Application:
    """One file of the library, its store, and what is expected of the two."""

    def __init__(self, name, spec, place):
        self.name, self.spec, self.place = name, spec, place
        with open(os.path.join(MAPPINGS, name + '.json'), encoding='utf-8') as f:
            self.users = json.load(f)
        self.by = self.users['login']['by']
        self.operations = spec.get('operations', ALL)
        self.db = database(name, spec['engine'], place)
        self.db.load(place.file('store.sql', tables(name)))
        more = {'operations': self.operations} if self.operations != ALL else {}
        driver = DRIVERS[spec['engine']]
        self.config = place.config(name, driver, self.db.options(driver), self.users,
                                   password={'upgrade': False}, **more, **spec.get('config', {}))
        self.user_id, self.person, self.secret = '', spec.get('new'), FIRST

    def does(self, operation):
        return operation in self.operations

    def ask(self, *args, **more):
        return idbc(self.config, '--json', *args, **more)

    def native(self):
        return self.user_id.split('|', 1)[1] if '|' in self.user_id else self.user_id

    def questions(self, t, what, key):
        for sql, wanted in self.spec.get(key, []):
            got = self.db.sql(sql.replace('{id}', self.native()))
            if wanted is not None:
                t.equal('%s: %s' % (what, sql), got, wanted)


# --- those who are there already ------------------------------------------------------------

def fits(t, app):
    about = app.users.get('about')
    t.check('two lines say what it is of', isinstance(about, list) and len(about) == 2, about)
    answer = app.ask('check')
    errors = [f for f in answer.json.get('findings', []) if f.get('severity') == 'error']
    t.equal('errors', errors, [])
    t.check('check', answer.code == 0, answer)


def person(t, app, names, secret, status, profile):
    for name in names:
        seen = idbc(app.config, 'get-user', name)
        if status is None:
            t.equal(name + ' is nobody', app.ask('get-user', name).status, 'NO_USER')
        else:
            t.equal(name + ' is found', seen.code, 0)
            for field, value in profile.items():
                t.equal('%s %s' % (name, field), at(seen.json, field), value)
        if not app.does('login'):
            continue
        came = app.ask('login', name, password=secret)
        wanted = status or 'DENIED'
        t.equal('%s logs in' % name, (came.status, came.code), (wanted, STATUS_EXIT[wanted]))
        t.equal(name + ' with a wrong password', app.ask('login', name, password='x' + secret).status, 'DENIED')
        if status == 'OK':
            t.equal(name + ' login shows the same', came.json.get('profile'), seen.json)


def at(profile, path):
    """A member by its path; a number is a place in a list."""
    for part in path.split('.'):
        if isinstance(profile, list):
            profile = profile[int(part)] if int(part) < len(profile) else None
        else:
            profile = profile.get(part) if isinstance(profile, dict) else None
    return profile


def leaves(profile):
    """{'user_metadata': {'city': 'Rome'}} as {'user_metadata.city': 'Rome'}."""
    flat = {}
    for name, value in profile.items():
        inner = leaves(value) if isinstance(value, dict) else {}
        flat.update({name + '.' + key: v for key, v in inner.items()} if inner else {name: value})
    return flat


# --- a new one ------------------------------------------------------------------------------

def create(t, app):
    spec, before = app.spec, row_counts(app.db)
    new = json.dumps(spec['new'])
    made = app.ask('create', password=FIRST, stdin=new)
    t.check('create', made.status == 'OK', made)
    profile = made.json.get('profile') or {}
    app.user_id = profile.get('user_id', '')
    for field, value in {**leaves(spec['new']), **spec.get('shows', {})}.items():
        t.equal('created ' + field, at(profile, field), value)
    t.equal('rows added', difference(before, row_counts(app.db)), spec['created'])
    app.questions(t, 'written', 'written')
    again = app.ask('create', password=FIRST, stdin=new)
    t.equal('create twice', (again.status, again.code, again.json.get('effect')), ('EXISTS', 1, 'NONE'))
    t.equal('rows after the second', difference(before, row_counts(app.db)), spec['created'])
    for by in app.by + ['user_id']:
        found = app.ask('get-user', '--by', by, profile.get(by) or '')
        t.equal('found by ' + by, found.json.get('profile'), profile)


def verify(t, app):
    address = app.person['email']
    must = app.users['login'].get('require_verified')
    came = app.ask('login', names(app)[0], password=app.secret)
    t.equal('login before', came.status, 'BLOCKED' if must else 'OK')
    for _ in range(2):
        done = app.ask('verify', '--by', 'user_id', '--email', address, app.user_id)
        t.check('verify', done.status == 'OK', done)
    other = app.ask('verify', '--by', 'user_id', '--email', 'other@example.com', app.user_id)
    t.equal('verify of another address', other.json.get('code'), 'email_changed')
    seen = app.ask('get-user', '--by', 'user_id', app.user_id)
    t.equal('verified', at(seen.json, 'profile.email_verified'), True)
    app.questions(t, 'verified', 'verified')


def names(app):
    """What the person logs in with."""
    return [app.person[by] for by in app.by if app.person.get(by)]


def change_password(t, app):
    for name in names(app):
        t.equal('login as ' + name, app.ask('login', name, password=app.secret).status, 'OK')
    if not app.does('changePassword'):
        return
    changed = idbc(app.config, 'change-password', '--by', 'user_id', app.user_id, password=SECOND)
    t.equal('change', (changed.code, changed.out, changed.err), (0, '', ''))
    for name in names(app):
        t.equal('the old one', app.ask('login', name, password=app.secret).status, 'DENIED')
        t.equal('the new one', app.ask('login', name, password=SECOND).status, 'OK')
    app.secret = SECOND
    app.questions(t, 'changed', 'changed')


def change_email(t, app):
    spec, old = app.spec, app.person['email']
    flag = [] if spec.get('verify') is None else ['--verified']
    if spec.get('taken'):
        held = app.ask('change-email', *flag, '--by', 'user_id', app.user_id, spec['taken'])
        t.equal("another's address", (held.status, held.json.get('effect')), ('EXISTS', 'NONE'))
    for _ in range(2):
        done = app.ask('change-email', *flag, '--by', 'user_id', app.user_id, 'moved@example.com')
        t.check('change', done.status == 'OK', done)
    found = app.ask('get-user', '--by', 'email', 'moved@example.com')
    t.equal('found by it', at(found.json, 'profile.user_id'), app.user_id)
    t.equal('the old one', app.ask('get-user', '--by', 'email', old).status, 'NO_USER')
    app.person = {**app.person, 'email': 'moved@example.com'}
    if 'email' in app.by:
        t.equal('login by it', app.ask('login', 'moved@example.com', password=app.secret).status, 'OK')
        t.equal('by the old one', app.ask('login', old, password=app.secret).status, 'DENIED')
    app.questions(t, 'moved', 'moved')


def delete(t, app, before, counts):
    spec = app.spec
    for sql in spec.get('midlife', []):
        app.db.sql(sql.replace('{id}', app.native()))
    gone = idbc(app.config, 'delete-user', app.user_id)
    t.equal('delete', (gone.code, gone.out, gone.err), (0, '', ''))
    app.questions(t, 'deleted', 'afterlife')
    t.equal('rows left', difference(counts, row_counts(app.db)), spec.get('left', {}))
    after = contents(app.db)
    for table in before:
        if table not in spec.get('left', {}) and table not in spec.get('touched', ()):
            t.equal('rows of ' + table, after.get(table), before[table])
    t.equal('delete again', app.ask('delete-user', app.user_id).status, 'NO_USER')
    t.equal('get-user', app.ask('get-user', '--by', 'user_id', app.user_id).status, 'NO_USER')
    for name in names(app):
        t.equal('login', app.ask('login', name, password=app.secret).status, 'DENIED')


def changes(tap, app):
    if app.spec.get('verify') == 'flag' and app.does('verify'):
        with tap.test(app.name + '/verify') as t:
            verify(t, app)
    with tap.test(app.name + '/change-password') as t:
        change_password(t, app)
    if app.does('changeEmail'):
        with tap.test(app.name + '/change-email') as t:
            change_email(t, app)


def life(tap, app):
    """Of a new person; of one who is there already where users are not made here."""
    before, counts = {}, row_counts(app.db)
    if app.does('create'):
        before = contents(app.db)
        with tap.test(app.name + '/create') as t:
            create(t, app)
    elif 'existing' in app.spec:
        app.person, app.secret = app.spec['existing'], PASSWORD
        app.user_id = app.person['user_id']
    if not app.user_id:
        return
    changes(tap, app)
    if app.does('deleteUser'):
        with tap.test(app.name + '/delete-user') as t:
            delete(t, app, before, counts)


def one(tap, name, spec, place):
    app = Application(name, spec, place)
    with tap.test(name + '/fits') as t:
        fits(t, app)
    with tap.test(name + '/people') as t:
        for names_, secret, status, profile in spec['people']:
            person(t, app, names_, secret, status, profile)
    life(tap, app)


def all_are_tested(tap, found):
    with tap.test('every-file') as t:
        files = sorted(os.path.basename(path)[:-5] for path in glob.glob(os.path.join(MAPPINGS, '*.json')))
        t.equal('files without a test', sorted(set(files) - set(found)), [])
        with open(os.path.join(MAPPINGS, 'README.md'), encoding='utf-8') as f:
            page = f.read()
        t.equal('files not in README.md', [name for name in files if '`%s.json`' % name not in page], [])


def main():
    found, asked = applications(), sys.argv[1:]
    tap = Tap('mapping-library')
    with Workplace() as place:
        for name, spec in found.items():
            if asked and name not in asked:
                continue
            if spec['engine'] == 'postgresql' and not hasattr(kit, 'Postgres'):
                tap.skip(name, 'no PostgreSQL here')
                continue
            one(tap, name, spec, place)
    if not asked:
        all_are_tested(tap, found)
    tap.done()


if __name__ == '__main__':
    main()
