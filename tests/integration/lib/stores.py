"""User stores that real applications made: every person of users.tsv logs in as the file
says, then one new person lives a whole life, with the rows counted and, where the
application runs here, its own code asked.

usage: stores.py DRIVER STORE...   DRIVER: mysql, odbc-mariadb, odbc-postgresql or odbc-sqlite"""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kit import (BUILD, ROOT, SHARED, Tap, Workplace, database, difference, idbc,  # noqa: E402
                 row_counts, users_tsv)

HERE = os.path.join(ROOT, 'tests', 'integration')
WORDPRESS = os.path.join(BUILD, 'wordpress', 'usr', 'share', 'wordpress')

# WordPress itself writes here whenever it is asked anything.
NOT_OURS = ('wpx7_options', 'net_sitemeta')

# What one create adds, table by table: the proof that nothing more and nothing less is written;
# what a delete that only marks leaves of it.
STORES = {
    'wordpress': {
        'created': {'wpx7_users': 1, 'wpx7_usermeta': 6},
        'new': {'email': 'new.person@example.com', 'username': 'New.Person', 'given_name': 'Nea',
                'family_name': "O'Wick", 'nickname': 'nea', 'name': 'Nea Öwick 🌻',
                'user_metadata': {'description': "it's \"new\" \\ 100%"}},
        'referee': ['php', HERE + '/referee/wordpress.php', WORDPRESS, '{socket}', '{user}', '{password}', '{db}', 'wpx7_'],
        'verify': None,
    },
    'wordpress-ms': {
        'created': {'net_users': 1, 'net_usermeta': 7},
        'new': {'email': 'new.person@example.com', 'username': 'newperson', 'given_name': 'Nea',
                'family_name': "O'Wick", 'nickname': 'nea', 'name': 'Nea Öwick 🌻',
                'user_metadata': {'description': 'new'}},
        'referee': ['php', HERE + '/referee/wordpress.php', WORDPRESS, '{socket}', '{user}', '{password}', '{db}', 'net_', 'multisite'],
        'verify': 'always',
    },
    'django': {
        'created': {'auth_user': 1, 'account_emailaddress': 1},
        'new': {'email': 'new.person@example.com', 'username': 'New.Person', 'given_name': 'Nea',
                'family_name': "O'Wick"},
        'referee': ['/usr/bin/python3', HERE + '/referee/django_auth.py', '{socket}', '{user}', '{password}', '{db}'],
        'verify': 'flag',
    },
    'redmine': {
        'created': {'users': 1, 'email_addresses': 1, 'custom_values': 2},
        'new': {'email': 'new.person@example.com', 'username': 'New.Person', 'given_name': 'Nea',
                'family_name': "O'Wick 🌻", 'phone_number': '+49 30 1234567', 'user_metadata': {'department': 'R&D'}},
        'verify': 'flag', 'require_verified': True,
    },
    'laravel': {
        'created': {'app_users': 1}, 'left': {'app_users': 1},
        'new': {'email': 'new.person@example.com', 'name': 'Nea Öwick 🌻', 'user_metadata': {'lang': 'fr'}},
        'verify': 'flag', 'require_verified': True,
    },
    'icingaweb2': {
        'created': {'icingaweb_user': 1, 'icingaweb_user_preference': 2},
        'new': {'username': 'New.Person', 'user_metadata': {'language': 'fr_FR', 'timezone': 'Europe/Paris'}},
        'verify': None,
    },
    'flask-security': {
        'created': {'user': 1},
        'new': {'email': 'new.person@example.com', 'username': 'newperson', 'given_name': 'Nea',
                'family_name': "O'Wick", 'phone_number': '+49 30 1234567'},
        'verify': 'flag', 'require_verified': True,
    },
}
FIRST, SECOND = 'First päss 1!', 'Second "pass" 2\\'


def counts(db):
    return {table: n for table, n in row_counts(db).items() if table not in NOT_OURS}


def mapping(store):
    for path in (os.path.join(HERE, 'mappings', store + '.json'),
                 os.path.join(SHARED, 'stores', store, 'users.json')):
        if os.path.exists(path):
            with open(path, encoding='utf-8') as f:
                return json.load(f)
    raise FileNotFoundError(store)


def expected(person):
    return {'ok': ('OK', 0), 'blocked': ('BLOCKED', 1), 'unverified': ('BLOCKED', 1),
            'deleted': ('DENIED', 1), 'nopassword': ('DENIED', 1), 'absent': ('DENIED', 1)}[person['login']]


def check_profile(t, who, person, profile, users):
    if person['email_verified'] in ('0', '1') and 'email_verified' in users['profile']:
        t.equal(who + ' email_verified', profile.get('email_verified'), person['email_verified'] == '1')
    for field in ('username', 'email', 'given_name', 'family_name'):
        if person[field] and field in users['profile']:
            t.equal('%s %s' % (who, field), profile.get(field), person[field])
    if person['display_name'] and 'name' in users['profile']:
        t.equal(who + ' name', profile.get('name'), person['display_name'])
    t.check(who + ' user_id', profile.get('user_id', '').endswith('|' + str(person['user_id'])), profile)
    t.equal(who + ' identities', [(i['user_id'], i['isSocial']) for i in profile.get('identities', [])][:1],
            [(str(person['user_id']), False)])


def right_password(t, config, ident, person, users):
    """getUser is asked first: login answers with the row as it was before its touch."""
    seen = idbc(config, 'get-user', ident)
    came = idbc(config, 'login', ident, password=person['password'])
    status, code = expected(person)
    t.equal(ident + ' right password exit', came.code, code)
    if status == 'OK':
        t.check(ident + ' profiles equal byte for byte', seen.out == came.out and came.out.strip(),
                (seen, came))
        check_profile(t, ident, person, came.json, users)
    else:
        t.check(ident + ' says ' + status, (status == 'BLOCKED') == ('blocked' in came.err or 'verified' in came.err), came)
    if person['login'] in ('deleted', 'absent'):
        t.equal(ident + ' get-user exit', seen.code, 1)


def wrong_passwords(t, config, ident, person):
    for secret in ('x' + (person['password'] or ''), ''):
        answer = idbc(config, '--json', 'login', ident, password=secret)
        t.equal('%s with %r' % (ident, secret), (answer.status, answer.code), ('DENIED', 1))
        t.equal(ident + ' says no more than that', set(answer.json), {'status', 'message'})


def people(tap, config, store, users):
    by = users['login']['by'][0]
    by_email = 'email' in users['login']['by']
    rows = list(users_tsv(os.path.join(SHARED, 'stores', store, 'users.tsv')))
    shared_addresses = {r['email'] for r in rows if [x['email'] for x in rows].count(r['email']) > 1}
    for person in rows:
        with tap.test(person[by]) as t:
            wrong_passwords(t, config, person[by], person)
            if person['password']:
                right_password(t, config, person[by], person, users)
            if by_email and person['password'] and person['login'] == 'ok':
                answer = idbc(config, '--json', 'login', person['email'], password=person['password'])
                want = 'DENIED' if person['email'] in shared_addresses else 'OK'
                t.equal(person[by] + ' by address', answer.status, want)


class Referee:
    """The application's own log-in function, one question at a time."""

    def __init__(self, spec, db):
        self.command = None
        if 'referee' in spec and db.engine == 'mariadb':
            self.command = [part.format(socket=db.socket, user=db.user, password=db.password, db=db.name)
                            if part.startswith('{') else part for part in spec['referee']]

    def check(self, t, name, secret, welcome):
        if not self.command:
            return
        done = subprocess.run(self.command, input=('%s\t%s\n' % (name, secret)).encode(),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
        answer = done.stdout.decode(errors='replace').strip()
        said = answer != 'no' and bool(answer)
        t.check('the application says %s to %s' % ('yes' if welcome else 'no', name),
                done.returncode == 0 and said == welcome, (answer, done.stderr[-300:]))


def address(tap, config, spec, ident, user_id):
    with tap.test('verify') as t:
        if spec.get('require_verified'):
            refused = idbc(config, '--json', 'login', ident, password=FIRST)
            t.equal('login before', (refused.status, refused.json.get('code')), ('BLOCKED', 'email_not_verified'))
        for _ in range(2):
            answer = idbc(config, '--json', 'verify', '--by', 'user_id', '--email', spec['new']['email'], user_id)
            if spec['verify']:
                t.equal('verify', (answer.status, answer.code), ('OK', 0))
            else:
                t.equal('verify', (answer.status, answer.json.get('code'), answer.code), ('UNSUPPORTED', 'not_mapped', 2))
        if spec['verify'] == 'flag':
            wrong = idbc(config, '--json', 'verify', '--by', 'user_id', '--email', 'other@example.com', user_id)
            t.equal('verify of another address', (wrong.status, wrong.json.get('code')), ('CONFLICT', 'email_changed'))
            seen = idbc(config, '--json', 'get-user', ident).json['profile']
            t.equal('email_verified', seen.get('email_verified'), True)


def moved(tap, config, store, spec, users, user_id):
    with tap.test('change-email') as t:
        flag = ['--verified'] if spec['verify'] else []
        taken = next(r['email'] for r in users_tsv(os.path.join(SHARED, 'stores', store, 'users.tsv')) if r['login'] == 'ok')
        held = idbc(config, '--json', 'change-email', *flag, '--by', 'user_id', user_id, taken)
        t.equal("another's address", (held.status, held.json.get('effect')), ('EXISTS', 'NONE'))
        for _ in range(2):
            changed = idbc(config, '--json', 'change-email', *flag, '--by', 'user_id', user_id, 'moved@example.com')
            t.equal('change', (changed.status, changed.code), ('OK', 0))
        seen = idbc(config, '--json', 'get-user', '--by', 'user_id', user_id).json.get('profile') or {}
        t.equal('shown', seen.get('email'), 'moved@example.com')
        t.equal('old address', idbc(config, '--json', 'get-user', '--by', 'email', spec['new']['email']).status, 'NO_USER')
        if 'email' in users['login']['by']:
            t.equal('login by new', idbc(config, '--json', 'login', 'moved@example.com', password=SECOND).status, 'OK')
            t.equal('login by old', idbc(config, '--json', 'login', spec['new']['email'], password=SECOND).status, 'DENIED')


def life(tap, config, store, spec, users, db):
    new, before = spec['new'], counts(db)
    referee = Referee(spec, db)
    ident = new[users['login']['by'][0]]
    with tap.test('create') as t:
        made = idbc(config, '--json', 'create', password=FIRST, stdin=json.dumps(new))
        t.equal('create', (made.status, made.code), ('OK', 0)) or t.check('answer', False, made)
        profile = made.json.get('profile') or {}
        for field, value in new.items():
            t.equal('created ' + field, profile.get(field), value)
        t.equal('rows added', difference(before, counts(db)), spec['created'])
        again = idbc(config, '--json', 'create', password=FIRST, stdin=json.dumps(new))
        t.equal('create twice', (again.status, again.code, again.json.get('effect')), ('EXISTS', 1, 'NONE'))
        t.equal('rows after the second', difference(before, counts(db)), spec['created'])
        found = idbc(config, '--json', 'get-user', ident)
        t.equal('get-user agrees with create', found.json.get('profile'), profile)
    user_id = profile.get('user_id', '')
    if 'email' in new:
        address(tap, config, spec, ident, user_id)
    with tap.test('login') as t:
        came = idbc(config, '--json', 'login', ident, password=FIRST)
        t.equal('login', came.status, 'OK')
        referee.check(t, ident, FIRST, True)
        referee.check(t, ident, FIRST + 'x', False)
    with tap.test('change-password') as t:
        changed = idbc(config, 'change-password', '--by', 'user_id', user_id, password=SECOND)
        t.equal('change', (changed.code, changed.out, changed.err), (0, '', ''))
        t.equal('old', idbc(config, '--json', 'login', ident, password=FIRST).status, 'DENIED')
        t.equal('new', idbc(config, '--json', 'login', ident, password=SECOND).status, 'OK')
        referee.check(t, ident, FIRST, False)
        referee.check(t, ident, SECOND, True)
    if 'email' in new:
        moved(tap, config, store, spec, users, user_id)
    with tap.test('changes-add-no-row') as t:
        t.equal('rows', difference(before, counts(db)), spec['created'])
    with tap.test('delete-user') as t:
        gone = idbc(config, 'delete-user', user_id)
        t.equal('delete', (gone.code, gone.out, gone.err), (0, '', ''))
        t.equal('twice', idbc(config, '--json', 'delete-user', user_id).status, 'NO_USER')
        t.equal('get-user', idbc(config, '--json', 'get-user', '--by', 'user_id', user_id).status, 'NO_USER')
        t.equal('login', idbc(config, '--json', 'login', ident, password=SECOND).status, 'DENIED')
        t.equal('rows left', difference(before, counts(db)), spec.get('left', {}))
        referee.check(t, ident, SECOND, False)


def one(driver, store, place):
    tap = Tap('%s/%s' % (driver, store))
    dump = os.path.join(SHARED, 'stores', store, 'store.sql')
    if not os.path.exists(dump):
        tap.skip('store', 'no shared stores here')
        return tap.failed
    db = database(driver, store, place.path)
    db.load(dump)
    users = mapping(store)
    config = place.config(store, driver.split('-')[0], db.options(driver), users,
                          password={'upgrade': False})
    people(tap, config, store, users)
    life(tap, config, store, STORES[store], users, db)
    return tap.failed


if __name__ == '__main__':
    failed = 0
    with Workplace() as place:
        for name in sys.argv[2:]:
            failed += one(sys.argv[1], name, place)
    sys.exit(1 if failed else 0)
