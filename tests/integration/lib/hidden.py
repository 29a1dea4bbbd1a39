"""A user whose delete is under way is nobody's to find or change, by any kind of identifier and any
shape of mapping; ids of deleted users are not given again; who watches a delete never sees one
come back.

usage: hidden.py DRIVER [TEST...]   DRIVER: mysql, odbc-mariadb, odbc-sqlite or odbc-postgresql"""
import ctypes
import os
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from connection import REMOVE, ProfileStore  # noqa: E402
from host import Host, Library, start_as_host  # noqa: E402
from kit import BUILD, SLOWER, Tap, Workplace, database, intents_sql  # noqa: E402

SECRET, OTHER = 'Hx-secret-1', 'Hx-other-2'
DELETING, DELETED = 1, 2
AUTO = {'mariadb': 'BIGINT AUTO_INCREMENT PRIMARY KEY', 'sqlite': 'INTEGER PRIMARY KEY', 'postgresql': 'BIGSERIAL PRIMARY KEY'}
BYTES = {'mariadb': 'BINARY(16) PRIMARY KEY', 'sqlite': 'BINARY(16) PRIMARY KEY', 'postgresql': 'bytea PRIMARY KEY'}
TEXT = 'VARCHAR(100) PRIMARY KEY'
UUID = {**BYTES, 'postgresql': 'uuid PRIMARY KEY'}
COLUMNS = 'login VARCHAR(60), mail VARCHAR(100), phone VARCHAR(40), pw VARCHAR(120) NOT NULL, verified SMALLINT DEFAULT 0 NOT NULL, moved SMALLINT DEFAULT 0 NOT NULL'
TABLES = """CREATE TABLE people (id %s, %s);
CREATE TABLE meta (uid %s, k VARCHAR(20) NOT NULL, v VARCHAR(60));
"""
PASSWORD = {'col': 'pw', 'accept': ['raw/sha256-hex'], 'write': {'scheme': 'raw/sha256-hex'}, 'upgrade': False}
PROFILE = {'username': 'login', 'email': 'mail', 'phone_number': 'phone', 'email_verified': {'col': 'verified', 'bool': True}}


def mapping(id='auto', **more):
    users = {'user': {'table': 'people', 'key': 'id', 'id': id}, 'profile': dict(PROFILE),
             'login': {'by': ['username', 'email', 'phone_number']}, 'password': PASSWORD}
    for name, value in more.items():
        users[name] = {**users.get(name, {}), **value} if isinstance(value, dict) else value
    return users


def with_link(users):
    users['links'] = {'m': {'table': 'meta', 'as': 'eav', 'on': {'uid': '@id'}, 'name': 'k', 'value': 'v'}}
    users['profile'] = {**users['profile'], 'given_name': 'm[first]'}
    return users


def own_sql():
    """Every operation in SQL of the author's own."""
    columns = 'id AS user_id, login AS username, mail AS email, phone AS phone_number, verified AS email_verified, pw AS pw_hash'
    by = ('SELECT %s FROM people WHERE login = :login OR mail = :login OR phone = :login' % columns)
    get = ('SELECT %s FROM people WHERE id = :id OR mail = :email OR login = :username OR phone = :phone_number' % columns)
    users = mapping()
    users['sql'] = {
        'login': [by], 'getUser': [get],
        'create': ['INSERT INTO people (login, mail, phone, pw) VALUES (:username, :email, :phone_number, :password_hash)'],
        'verify': ['UPDATE people SET verified = 1 WHERE id = :id'],
        'changePassword': ['UPDATE people SET pw = :password_hash WHERE id = :id'],
        'changeEmail': ['UPDATE people SET mail = :new_email WHERE id = :id'],
        'deleteUser': ['DELETE FROM people WHERE id = :id']}
    return users


class Store:
    def __init__(self, place, driver):
        self.place, self.driver, self.db, self.made = place, driver, database(driver, 'hidden', place.path), 0

    def make(self, kind):
        """Tables with a key of that kind, and one of intents, all empty."""
        plain = kind.replace(' AUTO_INCREMENT', '').replace(' PRIMARY KEY', '').replace('BIGSERIAL', 'BIGINT')
        self.db.load(self.place.file('hidden.sql', TABLES % (kind, COLUMNS, plain) + intents_sql(self.db.engine)))
        if self.db.engine == 'postgresql':
            self.db.sql('GRANT ALL ON ALL TABLES IN SCHEMA public TO "%s"; GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO "%s"'
                        % (self.db.user, self.db.user))

    def host(self, users, **more):
        self.made += 1
        config = self.place.config('h%d' % self.made, self.driver.split('-')[0], self.db.options(self.driver), users,
                                   delete={'intents': 'idbc_intents', **more})
        return Host(BUILD, config)

    def put(self, native, state):
        """As another process does that has locked the user's row before, and has its time for what follows."""
        self.db.sql("INSERT INTO idbc_intents (scope, native_id, state, connection, token, lease_end, profile_store, written_at)"
                    " VALUES ('people', '%s', %d, 'another', 'token', 99999999999999, 0, 0)" % (native, state))

    def forget(self):
        self.db.sql('DELETE FROM idbc_intents')


def add(host, name, **more):
    user = {'username': name, 'email': name + '@example.com', 'phone_number': '+4912' + str(sum(name.encode())), **more}
    return host(op='create', user=user, password=SECRET)


def kinds(profile):
    return {'user_id': profile['user_id'], 'email': profile['email'], 'username': profile['username'],
            'phone': profile['phone_number'], 'login': profile['email']}


def stored_as(store, profile, is_bytes):
    """What the table of intents calls him: of a key of bytes their hex."""
    native = profile['user_id'].split('|', 1)[1]
    if not is_bytes:
        return native
    return native.replace('-', '')


def said(answer):
    return answer['status'], answer.get('code') or ''


def nobody(t, what, host, profile):
    """Every operation, by every kind of identifier."""
    for by, value in kinds(profile).items():
        t.equal('%s: get by %s' % (what, by), said(host(op='get_user', by=by, value=value)), ('NO_USER', ''))
        t.equal('%s: verify by %s' % (what, by), said(host(op='verify', by=by, value=value)), ('NO_USER', ''))
        t.equal('%s: password by %s' % (what, by), said(host(op='change_password', by=by, value=value, password=OTHER)), ('NO_USER', ''))
        t.equal('%s: address by %s' % (what, by), said(host(op='change_email', by=by, value=value, email='new@example.com')), ('NO_USER', ''))
    for value in (profile['email'], profile['username'], profile['phone_number']):
        for password in (SECRET, OTHER):
            refused = host(op='login', value=value, password=password, audit=True)
            t.equal('%s: login as %s' % (what, value), (said(refused), refused['detail']), (('DENIED', ''), 1))
    t.equal('%s: delete' % what, said(host(op='delete_user', by='user_id', value=profile['user_id'])), ('NO_USER', ''))


def all_as_before(t, what, host, profile):
    for by, value in kinds(profile).items():
        t.equal('%s: get by %s' % (what, by), host(op='get_user', by=by, value=value).get('profile'), profile)
    for value in (profile['email'], profile['username'], profile['phone_number']):
        t.equal('%s: login as %s' % (what, value), said(host(op='login', value=value, password=SECRET)), ('OK', ''))


def rows_of(store):
    return store.db.sql('SELECT login, mail, phone, pw, verified FROM people ORDER BY login')


def through(t, store, kind, users, is_bytes=False):
    """One who is there, one who is hidden, and back again."""
    store.make(kind)
    with store.host(users) as host:
        made = [add(host, name) for name in ('ada', 'bob')]
        t.equal('made', [said(x) for x in made], [('OK', '')] * 2)
        if any('profile' not in x for x in made):
            return
        ada, bob = (x['profile'] for x in made)
        before = rows_of(store)
        store.put(stored_as(store, ada, is_bytes), DELETING)
        nobody(t, 'hidden', host, ada)
        t.equal('address taken', said(add(host, 'new', email=ada['email'])), ('EXISTS', 'user_exists'))
        t.equal('name taken', said(add(host, 'ada', email='new@example.com')), ('EXISTS', 'username_exists'))
        t.equal('not for others either', said(host(op='change_email', by='user_id', value=bob['user_id'], email=ada['email'])),
                ('EXISTS', 'user_exists'))
        all_as_before(t, 'the other', host, bob)
        t.equal('nothing was written', rows_of(store), before)
        store.forget()
        all_as_before(t, 'back', host, ada)
        store.put(stored_as(store, ada, is_bytes), DELETED)
        all_as_before(t, 'a tombstone hides nobody', host, ada)


# --- tests ------------------------------------------------------------------------------------
def numbers(t, store):
    through(t, store, AUTO[store.db.engine], mapping())


def linked(t, store):
    through(t, store, AUTO[store.db.engine], with_link(mapping()))


def texts(t, store):
    through(t, store, TEXT, mapping('$uuid'))


def bytes_(t, store):
    through(t, store, BYTES[store.db.engine], mapping('$uuid'), is_bytes=True)


def uuids(t, store):
    through(t, store, UUID[store.db.engine], mapping('$uuid'), is_bytes=store.db.engine != 'postgresql')


def in_own_sql(t, store):
    through(t, store, AUTO[store.db.engine], own_sql())


def one_of_two(t, store):
    """Two have the address; of whom one is being deleted."""
    store.make(AUTO[store.db.engine])
    for users in (mapping(), with_link(mapping()), own_sql()):
        store.db.sql("DELETE FROM people; INSERT INTO people (id, login, mail, pw) VALUES (1, 'one', 'same@example.com', ''),"
                     " (2, 'two', 'same@example.com', ''), (3, 'three', 'SAME@example.com', '')")
        store.forget()
        with store.host(users) as host:
            t.equal('two', said(host(op='get_user', by='email', value='same@example.com')), ('AMBIGUOUS', ''))
            store.put('1', DELETING)
            found = host(op='get_user', by='email', value='same@example.com')
            t.equal('the other', (found['status'], found.get('profile', {}).get('username')), ('OK', 'two'))
            store.put('2', DELETING)
            found = host(op='get_user', by='email', value='same@example.com')
            wanted = ('NO_USER', None) if 'sql' in users else ('OK', 'three')
            t.check('neither', (found['status'], found.get('profile', {}).get('username')) in (wanted, ('OK', 'three')), found)


def beside(t, store):
    """Columns of the users' table that are called as those of the table of intents are, and rows of that for one id that are more
    than one, because its key is another."""
    store.make(AUTO[store.db.engine])
    store.db.sql("ALTER TABLE people ADD COLUMN state VARCHAR(20) DEFAULT 'Fine'; ALTER TABLE people ADD COLUMN token VARCHAR(20) DEFAULT 'Tk'")
    users = mapping(profile={'nickname': {'expr': 'LOWER(state)'}, 'given_name': {'expr': 'UPPER(token)'}, 'family_name': 'state'})
    if store.db.engine == 'mariadb':
        store.db.sql('ALTER TABLE idbc_intents DROP PRIMARY KEY, ADD PRIMARY KEY (scope, native_id, state)')
    with store.host(users) as host, store.host(with_link(users)) as linked:
        store.db.sql("INSERT INTO people (id, login, mail, pw) VALUES (1, 'one', 'one@example.com', '')")
        for states in ((), (DELETED,), (DELETED, 3))[:3 if store.db.engine == 'mariadb' else 2]:
            store.forget()
            for state in states:
                store.put('1', state)
            for by, value in (('email', 'one@example.com'), ('login', 'one'), ('user_id', 'h%d|1')):
                for n, one in ((store.made - 1, host), (store.made, linked)):
                    found = one(op='get_user', by=by, value=value % n if '%' in value else value)
                    mine = found.get('profile', {})
                    t.equal('by %s, %s' % (by, states), (found['status'], [mine.get(k) for k in ('nickname', 'family_name', 'username')]),
                            ('OK', ['fine', 'Fine', 'one']))
        store.forget()
        store.put('1', DELETING)
        t.equal('hidden', [said(one(op='get_user', by='email', value='one@example.com')) for one in (host, linked)], [('NO_USER', '')] * 2)


def retired(t, store):
    """Ids of deleted users."""
    store.make(TEXT)
    with store.host(mapping('$username')) as host:
        store.put('gone', DELETED)
        t.equal('natural key', said(add(host, 'gone')), ('CONFLICT', 'id_retired'))
        t.equal('no row', rows_of(store), [] if store.db.engine != 'sqlite' else [])
        store.put('going', DELETING)
        t.equal('of one who is in no table here', said(add(host, 'going')), ('EXISTS', 'user_exists'))
        t.equal('another', said(add(host, 'here')), ('OK', ''))
    with store.host(mapping('$username'), reuse_ids=True) as host:
        t.equal('where that is allowed', said(add(host, 'gone')), ('OK', ''))
        t.equal('but not while it is under way', said(add(host, 'going')), ('EXISTS', 'user_exists'))
    store.make(AUTO[store.db.engine])
    with store.host(mapping()) as host:
        store.put('1', DELETED)
        t.equal('a number of the store', said(add(host, 'first')), ('CONFLICT', 'id_retired'))
        t.equal('nothing of him', rows_of(store), [])


def moved(t, store):
    """Who lives in another store now is nobody here, and his identifiers are taken."""
    store.make(AUTO[store.db.engine])
    users = mapping(profile={**PROFILE, 'migrated': {'col': 'moved', 'bool': True}})
    with store.host(users) as host:
        ada, bob = (add(host, name)['profile'] for name in ('ada', 'bob'))
        t.equal('not shown', 'migrated' in ada, False)
        store.db.sql("UPDATE people SET moved = 1 WHERE login = 'ada'")
        before = rows_of(store)
        nobody(t, 'moved', host, ada)
        t.equal('address taken', said(add(host, 'new', email=ada['email'])), ('EXISTS', 'user_exists'))
        all_as_before(t, 'the other', host, bob)
        t.equal('nothing was written', rows_of(store), before)


class Watch:
    """Asks for one user after another, over a connection of its own, until told to stop."""

    def __init__(self, library, config, asked):
        self.library, self.config, self.asked = library, config, asked
        self.seen, self.now, self.over = {}, [], False
        self.thread = threading.Thread(target=self.run)

    def run(self):
        conn, opened = self.library.open(self.config)
        assert opened['status'] == 'OK', opened
        while not self.over:
            for name in list(self.now):
                answer = self.library.call(conn, {**self.asked, 'value': name + '@example.com'})
                self.seen.setdefault(name, []).append((answer['status'], answer.get('profile')))
        self.library.c.idbc_close(conn, 0)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over = True
        self.thread.join()


def asks_again(name, watches):
    """Waits until each has asked for him from now on, and been answered."""
    wanted = [len(w.seen.get(name, [])) + 2 for w in watches]
    until = time.monotonic() + 5 * SLOWER
    while any(len(w.seen.get(name, [])) < n for w, n in zip(watches, wanted)) and time.monotonic() < until:
        time.sleep(0.0005)


def watched(t, store):
    """500 deletes over two stores, every tenth refused: whoever was gone for an observer stays gone, and
    whoever is seen is whole."""
    library, asked = Library(BUILD), []
    store.make(TEXT)
    users = with_link(mapping('$uuid'))
    config = store.place.config('deletes', store.driver.split('-')[0], store.db.options(store.driver), users,
                                delete={'intents': 'idbc_intents'})
    conn, opened = library.open(config)
    t.equal('opened', opened['status'], 'OK')

    def remove(_ctx, user_id):
        asked.append(user_id.decode())
        time.sleep(0.004)
        return 5 if len(asked) % 10 == 0 else 0

    kept = REMOVE(remove)
    status = library.c.idbc_set_profile_store(conn, ctypes.byref(ProfileStore(ctypes.sizeof(ProfileStore), 0, kept, None)), None)
    t.equal('profile store', status, 0)
    profiles, gone = {}, {}
    with Watch(library, config, {'op': 'login', 'password': SECRET}) as logins, Watch(library, config, {'op': 'get_user', 'by': 'email'}) as reads:
        for i in range(500):
            name = 'u%d' % i
            made = library.call(conn, {'op': 'create', 'password': SECRET,
                                       'user': {'username': name, 'email': name + '@example.com', 'phone_number': '+49%07d' % i,
                                                'given_name': 'Given ' + name}})
            t.check('made ' + name, made['status'] == 'OK', made)
            profiles[name] = made.get('profile')
            logins.now = reads.now = [name] + ['u%d' % n for n in (i - 1, i - 2) if n >= 0]
            asks_again(name, (logins, reads))
            said = library.call(conn, {'op': 'delete_user', 'by': 'user_id', 'value': profiles[name]['user_id']})
            gone[name] = said['status'] == 'OK'
            t.check('deleted ' + name, said['status'] in ('OK', 'CANCELLED'), said)
        asks_again(name, (logins, reads))
    by_intent = 'intents' in library.stats(conn)
    library.c.idbc_close(conn, 0)
    t.equal('refused', sum(not x for x in gone.values()), 50)
    hidden = 0
    for watch, nobody_is in ((logins, 'DENIED'), (reads, 'NO_USER')):
        for name, seen in watch.seen.items():
            statuses = [status for status, _ in seen]
            t.equal('%s, nothing else' % name, set(statuses) - {'OK', nobody_is}, set())
            t.equal(name + ' is whole', [p for status, p in seen if status == 'OK' and p != profiles[name]][:1], [])
            if gone[name]:
                t.check(name + ' never came back', 'OK' not in statuses[statuses.index(nobody_is):] if nobody_is in statuses else False, statuses)
            else:
                hidden += nobody_is in statuses
                t.equal(name + ' is back', statuses[-1], 'OK')
    t.check('some were seen to be hidden', hidden > 0 or not by_intent)


TESTS = {'numbers': numbers, 'linked': linked, 'texts': texts, 'bytes': bytes_, 'uuids': uuids, 'own-sql': in_own_sql,
         'one-of-two': one_of_two, 'beside': beside, 'retired': retired, 'moved': moved, 'watched': watched}


def main():
    start_as_host(BUILD)
    driver, wanted = sys.argv[1], sys.argv[2:] or list(TESTS)
    tap = Tap('hidden/' + driver)
    with Workplace() as place:
        store = Store(place, driver)
        for name in wanted:
            with tap.test(name) as t:
                TESTS[name](t, store)
    sys.exit(tap.done())


main()
