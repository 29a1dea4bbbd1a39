"""Users of real applications' stores move to another store: by both roads, a login and a new
password, with the same profile; what may not move does not; in bulk, and begun again.

usage: migrate.py FROM_DRIVER TO_DRIVER STORE..."""
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kit import ROOT, SHARED, Tap, Workplace, database, idbc, users_tsv  # noqa: E402
from stores import expected, mapping  # noqa: E402

NEW = 'Quite-new 7 gläser'
CHEAP = {'preferred': {'scheme': 'argon2/argon2id-v19', 'memory_kib': 64, 'iterations': 1}}


class Pair:
    """An old store of `store`, and an empty new one of our own schema, beside each other."""

    def __init__(self, place, store, drivers, name, **options):
        self.store, self.users = store, mapping(store)
        self.old = database(drivers[0], 'mig_%s_%s_old' % (store, name), place.path)
        self.new = database(drivers[1], 'mig_%s_%s_new' % (store, name), place.path)
        self.old.load(os.path.join(SHARED, 'stores', store, 'store.sql'))
        engine = {'mariadb': 'mysql'}.get(self.new.engine, self.new.engine)
        self.new.load(os.path.join(ROOT, 'examples', 'schema', engine + '.sql'))
        self.place, self.name = place, name
        self.lowers = {
            'from': {'idbc': 1, 'connection': 'old', 'driver': driver_of(drivers[0]),
                     'options': self.old.options(drivers[0]), 'users': self.users},
            'to': {'idbc': 1, 'connection': 'new', 'driver': driver_of(drivers[1]),
                   'options': self.new.options(drivers[1]), 'password': CHEAP}}
        by = self.users['login']['by']
        folds = {k: v for k, v in self.users.get('lookup', {}).items() if k in ('email', 'username')}
        self.lowers['to']['users'] = own_users(by, folds)
        self.path = self.write(**options)

    def write(self, **options):
        more = {'users': {'login': {'by': self.users['login']['by']},
                          'lookup': {k: {'fold': v['fold']} for k, v in self.users.get('lookup', {}).items()
                                     if isinstance(v, dict) and 'fold' in v}}}
        document = {'idbc': 1, 'connection': 'shop', 'driver': 'migrate', 'password': CHEAP,
                    'options': {**self.lowers, **options}, **more}
        return self.place.file('%s-%s.json' % (self.store, self.name), json.dumps(document))


    def count(self, person):
        return int(self.new.sql("SELECT COUNT(*) FROM idbc_users WHERE id = '%s'" % person['user_id'])[0][0])


def own_users(by, folds):
    with open(os.path.join(ROOT, 'examples', 'schema', 'users.json'), encoding='utf-8') as f:
        users = json.load(f)
    users = users.get('users', users)
    users['login']['by'] = by
    users['create']['required'] = []
    users['create']['unique'] = [f for f in users['create']['unique'] if f in by]
    return users


def driver_of(name):
    return name.split('-')[0]


def people(store):
    """But for those who share an address: our own schema has it once."""
    rows = list(users_tsv(os.path.join(SHARED, 'stores', store, 'users.tsv')))
    addresses = [(r['email'] or r['username']).lower() for r in rows]
    return [r for r, a in zip(rows, addresses) if r['password'] and addresses.count(a) == 1]


def stripped(text, *names):
    profile = json.loads(text)
    for name in names:
        profile.pop(name, None)
    return profile


def both_roads(tap, place, store, drivers):
    login, reset = Pair(place, store, drivers, 'login'), Pair(place, store, drivers, 'reset')
    by = login.users['login']['by'][0]
    with tap.test('%s: opens, and makes its tables' % store) as t:
        for pair in (login, reset):
            made = idbc(pair.path, 'check', '--create')
            t.check('check', made.code == 0, made)
    for person in people(store):
        name = person[by]
        with tap.test('%s: %s on both roads' % (store, name)) as t:
            before = idbc(login.path, 'get-user', name)
            came = idbc(login.path, 'login', name, password=person['password'])
            status, code = expected(person)
            t.equal('exit of the login', came.code, code)
            if status == 'OK':
                t.equal('seen before is what came', came.out, before.out)
                after = idbc(login.path, 'get-user', name)
                # What the new store has by itself where the old one has nothing.
                t.equal('the same afterwards', stripped(after.out, 'phone_verified', 'logins_count', 'updated_at'),
                        stripped(before.out, 'phone_verified', 'logins_count', 'updated_at'))
                changed = idbc(reset.path, 'change-password', name, password=NEW)
                t.check('a new password', changed.code == 0, changed)
                t.equal('the other road', idbc(reset.path, 'get-user', name).out, after.out)
                old = idbc(reset.path, '--json', 'login', name, password=person['password'])
                t.equal('the old password', old.status, 'DENIED')
                t.equal('the new one', idbc(reset.path, 'login', name, password=NEW).code, 0)
                t.equal('still one user', login.count(person), 1)
                t.equal('once more', idbc(login.path, 'login', name, password=person['password']).code, 0)
            wrong = idbc(login.path, '--json', 'login', name, password='x' + person['password'])
            t.equal('a wrong one', wrong.status, 'DENIED')
    return login


def at_once(tap, place, store, drivers):
    """Several processes move one user at the same moment: all let him in, and he is one."""
    pair = Pair(place, store, drivers, 'once')
    by = pair.users['login']['by'][0]
    person = [p for p in people(store) if expected(p)[0] == 'OK'][0]
    with tap.test('%s: moved by four at once' % store) as t:
        t.equal('tables', idbc(pair.path, 'check', '--create').code, 0)
        with ThreadPoolExecutor(4) as pool:
            came = list(pool.map(lambda _: idbc(pair.path, 'login', person[by], password=person['password']), range(4)))
        for answer in came:
            t.check('let in', answer.code == 0, answer)
        t.equal('one user', pair.count(person), 1)


def deleted(tap, place, store, drivers):
    """Without a table of intents: whoever moved, and whoever has not, is gone from both at once."""
    pair = Pair(place, store, drivers, 'gone')
    by = pair.users['login']['by'][0]
    moved, waits = [p for p in people(store) if expected(p)[0] == 'OK'][:2]
    with tap.test('%s: deleted without intents' % store) as t:
        t.equal('tables', idbc(pair.path, 'check', '--create').code, 0)
        t.equal('moves', idbc(pair.path, 'login', moved[by], password=moved['password']).code, 0)
        for person in (moved, waits):
            user_id = json.loads(idbc(pair.path, 'get-user', person[by]).out)['user_id']
            gone = idbc(pair.path, 'delete-user', user_id)
            t.check('deleted', gone.code == 0, gone)
            t.equal('found', idbc(pair.path, 'get-user', person[by]).code, 1)
            t.equal('logs in', idbc(pair.path, 'login', person[by], password=person['password']).code, 1)
            t.equal('in the new store', pair.count(person), 0)
        t.equal('ids', pair.new.sql('SELECT state & 255 FROM idbc_moved'), [['3'], ['3']])


def in_bulk(tap, place, store, drivers):
    pair = Pair(place, store, drivers, 'bulk')
    by = pair.users['login']['by'][0]
    with tap.test('%s: in bulk, tried, moved and begun again' % store) as t:
        t.equal('tables', idbc(pair.path, 'check', '--create').code, 0)
        tried = idbc(pair.path, '--json', 'migrate', 'run', '--dry-run')
        t.equal('nobody moved by trying', pair.new.sql('SELECT COUNT(*) FROM idbc_users')[0][0], '0')
        state = os.path.join(place.path, 'state-' + store)
        done = idbc(pair.path, '--json', 'migrate', 'run', '--rate', '200/s', '--state', state)
        # Two who share an address fit one by one, and not both.
        counts = [[a.json.get('users'), a.json.get('later'), a.json.get('moved', 0) + a.json.get('conflict', 0)]
                  for a in (tried, done)]
        t.check('as tried', counts[0] == counts[1] and counts[0][0], (tried, done))
        t.equal('the file is gone', os.path.exists(state), False)
        again = idbc(pair.path, '--json', 'migrate', 'run').json
        t.equal('nobody twice', (again.get('moved'), again.get('before')), (0, done.json.get('moved')))
        seen = idbc(pair.path, '--json', 'migrate', 'status').json
        t.equal('status', seen.get('before', 0) + seen.get('waiting', 0), seen.get('users'))
        for person in people(store):
            if expected(person)[0] == 'OK':
                came = idbc(pair.path, 'login', person[by], password=person['password'])
                t.check(person[by], came.code == 0, came)


def example(tap, place, store, drivers):
    """examples/migrate.json beside two files of the names that it says."""
    pair = Pair(place, store, drivers, 'example')
    with tap.test('%s: by the example' % store) as t:
        for name, document in (('old', pair.lowers['from']), ('new', pair.lowers['to'])):
            place.file(name + '.json', json.dumps(document))
        with open(os.path.join(ROOT, 'examples', 'migrate.json'), encoding='utf-8') as f:
            document = json.load(f)
        document['users']['login']['by'] = pair.users['login']['by']
        path = place.file('example.json', json.dumps(document))
        os.environ['SHOP_DUMMY_KEY'] = 'Vq-31-lz-07'
        made = idbc(path, 'check', '--create')
        t.check('check', made.code == 0, made)
        person = [p for p in people(store) if expected(p)[0] == 'OK'][0]
        came = idbc(path, 'login', person[pair.users['login']['by'][0]], password=person['password'])
        t.check('moved', came.code == 0 and pair.count(person) == 1, came)


def main():
    tap = Tap('migrate')
    drivers = sys.argv[1:3]
    with Workplace() as place:
        for store in sys.argv[3:]:
            both_roads(tap, place, store, drivers)
            at_once(tap, place, store, drivers)
            deleted(tap, place, store, drivers)
            in_bulk(tap, place, store, drivers)
        example(tap, place, sys.argv[3], drivers)
    tap.done()


if __name__ == '__main__':
    main()
