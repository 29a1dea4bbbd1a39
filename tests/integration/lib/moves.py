"""Two stores as one, on SQLite: an application's table, and our own schema to which its users move.
What is certain at open, what each store's rules count for, and what follows the old store."""
import json
import os
import sys

import kit
from host import Host

BUILD = kit.BUILD
TABLE = """CREATE TABLE people (id INTEGER PRIMARY KEY, login TEXT UNIQUE, mail TEXT, ok INT DEFAULT 1, pw TEXT,
    shown TEXT, nick TEXT, first TEXT, last TEXT, pic TEXT, extra TEXT);"""
USERS = {
    'user': {'table': 'people', 'key': 'id', 'id': 'auto'},
    'profile': {'user_id': 'id', 'username': 'login', 'email': 'mail', 'email_verified': {'col': 'ok', 'bool': True},
                'name': 'shown', 'nickname': 'nick', 'given_name': 'first', 'family_name': 'last', 'picture': 'pic',
                'user_metadata.extra': 'extra'},
    'login': {'by': ['username', 'email']},
    'password': {'col': 'pw', 'accept': ['bcrypt'], 'write': {'scheme': 'bcrypt/2b', 'cost': 4}, 'upgrade': False},
    'create': {'unique': ['username', 'email'], 'required': ['username']},
}
PASSWORD, OTHER, THIRD = 'Vk-42-uz', 'Bn-57-ow', 'Lt-63-ie'
CHEAP = {'preferred': {'scheme': 'bcrypt/2b', 'cost': 4}}


class Scene:
    def __init__(self, place, name):
        self.place, self.name = place, name
        self.old, self.new = kit.SQLite(name + '-old', place.path), kit.SQLite(name + '-new', place.path)
        self.old.load(place.file(name + '.sql', TABLE))
        self.alone = place.config(name + '-old', 'odbc', self.old.options('odbc'), USERS)
        self.own()

    def own(self, **more):
        """The new store, as a file of its own."""
        self.target = self.place.config(self.name + '-new', 'odbc', self.new.options('odbc'),
                                        **{'password': CHEAP, 'delete': {'intents': 'idbc_intents'}, **more})
        return self.target

    def both(self, source=None, target=None, users=None, **options):
        more = {'users': users} if users else {}
        return self.place.config(self.name + '-both', 'migrate', {
            'from': source or os.path.basename(self.alone), 'to': target or os.path.basename(self.target), **options}, **more)

    def make(self, t, config=None):
        for path in (self.target, config or self.both()):
            made = kit.idbc(path, 'check', '--create')
            t.check('check --create of ' + os.path.basename(path), made.code == 0, made)

    def add(self, t, login, password=PASSWORD, **more):
        user = {'username': login, 'email': login + '@example.com', 'email_verified': True, **more}
        made = kit.idbc(self.alone, '--json', 'create', stdin=json.dumps(user), password=password)
        t.equal('created ' + login, made.status, 'OK')
        return self.old.sql("SELECT id FROM people WHERE login = '%s'" % login)[0][0]

    def password_in_old(self, t, login, password):
        t.equal('changed in the old store', kit.idbc(self.alone, 'change-password', login, password=password).code, 0)

    def state(self, native):
        rows = self.new.sql("SELECT state & 255 FROM idbc_moved WHERE legacy_id = '%s'" % native)
        return int(rows[0][0]) if rows else 0


def login(path, name, password):
    return kit.idbc(path, '--json', 'login', name, password=password)


def codes(answer):
    found = json.loads(answer.out or '[]')
    found = found if isinstance(found, list) else found.get('findings', [])
    return {(f['severity'], f['code'], f['key']) for f in found}


def misfits(tap, place):
    with tap.test('stores that do not go together are refused at open') as t:
        scene = Scene(place, 'misfit')
        scene.make(t)
        native = scene.add(t, 'ida')
        third = kit.SQLite('misfit-third', place.path)
        third.load(place.file('third.sql', TABLE))
        keys = scene.place.config('keys-made', 'odbc', third.options('odbc'), USERS)
        for what, path in (('in a file', scene.both(target=os.path.basename(keys))),
                           ('inside', scene.both(target={'driver': 'odbc', 'options': third.options('odbc'), 'users': USERS}))):
            with Host(BUILD, path) as host:
                t.equal('ids are made there, %s' % what, host.opened['status'], 'CONFIG')
                t.check('and it is said', 'id' in host.opened['text'], host.opened)
            t.check('found by check', ('error', 'id-not-given', 'options.to.users.user.id') in codes(kit.idbc(path, 'check', '--json')))
        given = json.loads(json.dumps(USERS))
        given['user']['id'] = '$given|$uuid'
        one = {'driver': 'odbc', 'options': scene.old.options('odbc'), 'users': given}
        twin = dict(one, options={'attributes': {**one['options']['attributes'], 'Driver': 'SQLite3'}}, timeout_ms=9000)
        path = scene.both(source=one, target=twin)
        with Host(BUILD, path) as host:
            t.equal('one table under two names', host.opened['status'], 'CONFIG')
        t.check('and check says so', ('error', 'same-store', 'options.from') in codes(kit.idbc(path, 'check', '--json')))
        link = os.path.join(place.path, 'other-name.db')
        os.symlink(scene.old.path, link)
        twin['options'] = {'attributes': {'Driver': 'SQLite3', 'Database': link}}
        path = scene.both(source=one, target=twin)
        kit.idbc(path, 'check', '--create')
        seen = codes(kit.idbc(path, 'check', '--json'))
        t.check('by a link it looks so', ('warning', 'same-store', 'options.from') in seen, seen)
        seen = codes(kit.idbc(scene.both(), 'check', '--json'))
        t.check('two stores do not', not [c for c in seen if c[1] == 'same-store'], seen)
        t.equal('and work', login(scene.both(), 'ida', PASSWORD).status, 'OK')
        seen = codes(kit.idbc(scene.both(), 'check', '--json'))
        t.check('nor when all have moved', not [c for c in seen if c[1] == 'same-store'] and scene.state(native) == 1, seen)


def fallback(tap, place):
    """The old store's password is as good: the new store's rules are its own."""
    with tap.test('a fallback obeys the new store') as t:
        scene = Scene(place, 'fall')
        strict = {'driver': 'odbc', 'options': scene.new.options('odbc'), 'password': CHEAP,
                  'users': own_users(require_verified=True)}
        path = scene.both(target=strict, fallback_on_denied=True)
        scene.make(t, path)
        native = scene.add(t, 'eva')
        t.equal('moves', login(path, 'eva', PASSWORD).status, 'OK')
        scene.password_in_old(t, 'eva', OTHER)
        t.equal('the one of the old store', login(path, 'eva', OTHER).status, 'OK')
        t.equal('the one of the new store', login(path, 'eva', PASSWORD).status, 'OK')
        scene.new.sql("UPDATE idbc_users SET email_verified = 0 WHERE id = '%s'" % native)
        for password in (OTHER, PASSWORD):
            answer = login(path, 'eva', password)
            t.equal('not verified in the new store', (answer.status, answer.json.get('code')), ('BLOCKED', 'email_not_verified'))
        scene.new.sql("UPDATE idbc_users SET email_verified = 1, blocked = 1 WHERE id = '%s'" % native)
        answer = login(path, 'eva', OTHER)
        t.equal('blocked in the new store', (answer.status, answer.json.get('code')), ('BLOCKED', 'blocked'))
        scene.new.sql("UPDATE idbc_users SET blocked = 0 WHERE id = '%s'" % native)
        with Host(BUILD, path) as host:
            def change(current, new):
                return host(op='change_password', by='username', value='eva', current_password=current, password=new)
            t.equal('a wrong current password', change('not his', THIRD)['status'], 'DENIED')
            t.equal('still moved, and not changed', scene.state(native), 1)
            t.equal('so that both count', host(op='login', value='eva', password=OTHER)['status'], 'OK')
            t.equal('the current one of the old store', change(OTHER, THIRD)['status'], 'OK')
            t.equal('now changed', scene.state(native), 2)
            for password, wanted in ((THIRD, 'OK'), (OTHER, 'DENIED'), (PASSWORD, 'DENIED')):
                t.equal('afterwards', host(op='login', value='eva', password=password)['status'], wanted)


def own_users(**rules):
    with open(os.path.join(kit.ROOT, 'examples', 'schema', 'users.json'), encoding='utf-8') as f:
        users = json.load(f)
    users = users.get('users', users)
    users['login'].update(rules)
    users['login']['by'] = ['username', 'email']
    users['create']['required'] = []
    return users


def ids_again(tap, place):
    """An id deleted once is somebody else's now: his delete is decided by his own profile store."""
    with tap.test('an id that is used again') as t:
        scene = Scene(place, 'again')
        scene.own(delete={'intents': 'idbc_intents', 'reuse_ids': True})
        both = scene.both()
        scene.make(t, both)
        native = scene.add(t, 'uwe')
        user_id = json.loads(kit.idbc(both, 'get-user', 'uwe').out)['user_id']
        t.equal('moves', login(both, 'uwe', PASSWORD).status, 'OK')
        t.equal('is deleted', kit.idbc(both, 'delete-user', '--remove-command', 'true', user_id).code, 0)
        t.equal('from both', (scene.state(native), scene.old.sql('SELECT COUNT(*) FROM people')[0][0]), (3, '0'))
        again = {'user_id': 'againnew|' + native, 'username': 'ute', 'email': 'ute@example.com'}
        made = kit.idbc(scene.target, '--json', 'create', stdin=json.dumps(again), password=PASSWORD)
        t.equal('the id again', made.status, 'OK')
        refused = kit.idbc(both, '--json', 'delete-user', '--remove-command', 'false', user_id)
        t.equal('her profile stays', refused.status, 'CANCELLED')
        t.equal('and so does she', login(both, 'ute', PASSWORD).status, 'OK')
        agreed = kit.idbc(both, '--json', 'delete-user', '--remove-command', 'true', user_id)
        t.equal('and goes when it goes', (agreed.status, login(both, 'ute', PASSWORD).status), ('OK', 'DENIED'))
        t.equal('nothing stands', scene.new.sql('SELECT COUNT(*) FROM idbc_intents WHERE state = 1')[0][0], '0')


KEPT = ('updated_at', 'last_login', 'logins_count')       # of the new store alone
NAMES = {'name': 'Ida Berg', 'nickname': 'ida-b', 'given_name': 'Ida', 'family_name': 'Berg',
         'picture': 'https://example.com/1.png'}
CHANGED = {'shown': 'Ida Tal', 'nick': 'idt', 'first': 'Ada', 'last': 'Tal', 'pic': 'https://example.com/2.png'}


def shown(path, name):
    return json.loads(kit.idbc(path, 'get-user', name).out)


def rest(profile):
    return {k: v for k, v in profile.items() if k not in NAMES and k not in KEPT}


def follows(tap, place):
    """Name, nickname, given_name, family_name, picture: those of the old store at each login."""
    with tap.test('names follow the old store, and nothing else does') as t:
        scene = Scene(place, 'sync')
        both = scene.both(sync_profile=True)
        scene.make(t, both)
        native = scene.add(t, 'ida', user_metadata={'extra': 'one'}, **NAMES)
        t.equal('moves', login(both, 'ida', PASSWORD).status, 'OK')
        before = shown(both, 'ida')
        t.equal('as they were', {k: before.get(k) for k in NAMES}, NAMES)
        scene.old.sql("UPDATE people SET mail = 'other@example.com', ok = 0, extra = 'two', %s WHERE id = %s"
                      % (', '.join("%s = '%s'" % item for item in CHANGED.items()), native))
        t.equal('reads do not write', shown(both, 'ida'), before)
        t.equal('a wrong password', login(both, 'ida', OTHER).status, 'DENIED')
        t.equal('nor does that', shown(both, 'ida'), before)
        t.equal('logs in', login(both, 'ida', PASSWORD).status, 'OK')
        after = shown(both, 'ida')
        t.equal('five follow', {k: after.get(k) for k in NAMES}, dict(zip(NAMES, CHANGED.values())))
        t.equal('and no more', rest(after), rest(before))
        scene.old.sql("UPDATE people SET shown = NULL, nick = NULL, first = '', last = NULL, pic = NULL WHERE id = %s" % native)
        t.equal('logs in', login(both, 'ida', PASSWORD).status, 'OK')
        empty = shown(both, 'ida')
        t.equal('emptied there, emptied here', [empty.get(k) for k in ('given_name', 'family_name', 'picture')], ['', None, None])
        t.check('what is made of others is made again', empty.get('nickname') == 'ida' and empty.get('name') == 'ida@example.com', empty)
        t.equal('the rest stands', rest(empty), rest(before))
        rows = scene.new.sql("SELECT updated_at FROM idbc_users WHERE id = '%s'" % native)
        t.equal('logs in', login(both, 'ida', PASSWORD).status, 'OK')
        t.equal('nothing new, nothing written', scene.new.sql("SELECT updated_at FROM idbc_users WHERE id = '%s'" % native), rows)


def narrow(tap, place):
    """A new store that has no place for one of them keeps the others, and does not fail."""
    with tap.test('names with no place in the new store') as t:
        scene = Scene(place, 'narrow')
        users = own_users()
        del users['profile']['picture'], users['profile']['nickname']
        both = scene.both(sync_profile=True, target={'driver': 'odbc', 'options': scene.new.options('odbc'), 'password': CHEAP,
                                                     'users': users})
        scene.make(t, both)
        scene.add(t, 'eva', given_name='Eva')
        t.equal('moves', login(both, 'eva', PASSWORD).status, 'OK')
        scene.old.sql("UPDATE people SET first = 'Ewa', pic = 'https://example.com/3.png', nick = 'ew'")
        t.equal('logs in', login(both, 'eva', PASSWORD).status, 'OK')
        t.equal('what has a place follows', shown(both, 'eva').get('given_name'), 'Ewa')


def main():
    tap = kit.Tap('moves')
    with kit.Workplace() as place:
        for test in (misfits, fallback, ids_again, follows, narrow):
            if not sys.argv[1:] or test.__name__ in sys.argv[1:]:
                test(tap, place)
    tap.done()


main()
