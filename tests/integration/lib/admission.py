"""Two hundred logins at once on a store of expensive hashes: memory stays within the budget,
whose time runs out is told in time, and a row above a ceiling is refused."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from host import Host, needs  # noqa: E402
from kit import BUILD, Tap, Workplace, database, idbc  # noqa: E402

PASSWORD = 'correct horse'
MIB = 46                # argon2id, OWASP's second choice
BUDGET = 128
ROOM = 48               # for 200 threads, sessions and SQLite's caches
DENIED, OK = 'DENIED', 'OK'
USERS = {
    'user': {'table': 'people', 'key': 'id', 'id': 'auto'},
    'profile': {'user_id': 'id', 'username': 'name'},
    'login': {'by': ['username']},
    'password': {'col': 'hash', 'accept': ['argon2', 'bcrypt'], 'upgrade': False},
}
PREFERRED = {'scheme': 'argon2/argon2id-v19', 'memory_kib': MIB * 1024, 'iterations': 1, 'parallelism': 1}


class Store:
    def __init__(self, place):
        self.place, self.db = place, database('odbc-sqlite', 'admission', place.path)
        self.db.load(place.file('people.sql', 'CREATE TABLE people (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, hash TEXT);'))
        for i in range(10):
            made = idbc(self.config('make'), '--json', 'create', password=PASSWORD, stdin=json.dumps({'username': 'user%d' % i}))
            if made.status != OK:
                raise RuntimeError(repr(made))

    def config(self, name, **password):
        password.setdefault('preferred', PREFERRED)
        return self.place.config(name, 'odbc', self.db.options('odbc-sqlite'), USERS, throttle={'per_client': 0},
                                 timeout_ms=120000, pool={'max': 8}, password=password)


def high_water_mib(host):
    with open('/proc/%d/status' % host.process.pid) as f:
        return next(int(line.split()[1]) for line in f if line.startswith('VmHWM')) // 1024


def login(i, password=PASSWORD, **more):
    return dict({'op': 'login', 'value': 'user%d' % i, 'password': password}, **more)


def two_hundred(tap, store):
    config = store.config('many', memory_mib=BUDGET, concurrency=16)
    with tap.test('two-hundred-logins') as t, Host(BUILD, config) as host:
        before = high_water_mib(host)
        asked = [login(i % 12, PASSWORD if i % 4 else 'wrong') for i in range(200)]     # two of twelve are nobody
        said = host(*asked)
        for i, answer in enumerate(said):
            t.equal('login %d' % i, answer['status'], OK if i % 4 and i % 12 < 10 else DENIED)
        grown = high_water_mib(host) - before
        if not needs(BUILD, b'asan') and not needs(BUILD, b'tsan'):
            # Opening has computed one already, and its memory is kept.
            t.check('two hashes at least were in memory at once', grown >= MIB, grown)
            t.check('memory stays within the budget', grown <= BUDGET + ROOM, grown)


def in_time(tap, store):
    config = store.config('late', concurrency=1)
    with tap.test('deadline-in-the-queue') as t, Host(BUILD, config) as host:
        host(**login(0))
        asked = [login(i % 10, timeout_ms=100 if i % 3 == 0 else 120000) for i in range(60)]
        said = host(*asked)
        for i, answer in enumerate(said):
            wanted = (OK, 'TIMEOUT') if i % 3 == 0 else (OK,)
            t.check('login %d' % i, answer['status'] in wanted, answer)
            t.check('in time', i % 3 or answer['seconds'] < 3, answer)
        t.check('some were late', [a for a in said if a['status'] == 'TIMEOUT'], [a['status'] for a in said])
        t.equal('and the next one is not', host(**login(0))['status'], OK)


def ceilings(tap, store):
    def outcome(name, value=login(0), **password):
        with Host(BUILD, store.config(name, preferred=dict(PREFERRED, memory_kib=8192), **password)) as host:
            said = host(**value)['status']
            told = [text for level, text in host.log() if 'limit' in text]
        return said, len(told)

    with tap.test('ceilings') as t:
        t.equal('as configured by default', outcome('default'), (OK, 0))
        t.equal('memory of argon2', outcome('memory', limits={'argon2': {'memory_kib': 40 * 1024}}), (DENIED, 1))
        t.equal('time of all', outcome('time', limits={'est_ms': 10}), (DENIED, 1))
        t.equal('the budget', outcome('budget', memory_mib=40), (DENIED, 1))
        store.db.sql("UPDATE people SET hash = replace(hash, 'm=%d', 'm=%d') WHERE name = 'user9'" % (MIB * 1024, 600 * 1024))
        t.equal('600 MiB', outcome('large', login(9)), (DENIED, 1))
        raised = {'argon2': {'memory_kib': 1024 * 1024}}
        t.equal('raised, but above the budget', outcome('raised', login(9), limits=raised), (DENIED, 1))
        t.equal('raised, and computed', outcome('both', login(9), limits=raised, memory_mib=1024), (DENIED, 0))
        refused = idbc(store.config('tight', memory_mib=40), '--json', 'check')
        t.check('what would be written is above it', refused.status == 'CONFIG' and 'cost-above-ceiling' in refused.out, refused)


def main():
    tap = Tap('admission')
    with Workplace() as place:
        store = Store(place)
        two_hundred(tap, store)
        in_time(tap, store)
        ceilings(tap, store)
    tap.done()


if __name__ == '__main__':
    main()
