"""What examples/python/idbc.py promises to a program, on a SQLite store; and its demo."""
import asyncio
import gc
import inspect
import json
import os
import pickle
import re
import subprocess
import sys
import threading
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import header  # noqa: E402
from host import environment, start_as_host  # noqa: E402
from kit import BUILD, ROOT, SLOWER, SQLite, Tap, Workplace, heard  # noqa: E402

EXAMPLE = os.path.join(ROOT, 'examples', 'python')
SECRET, OTHER = 'zqPassword-5 Ü', 'zqSecond-6'
start_as_host(BUILD)
os.environ['IDBC_LIBRARY'] = os.path.join(BUILD, 'libidbc.so.0')
sys.path.insert(0, EXAMPLE)
import idbc  # noqa: E402
import idbc_async  # noqa: E402


def store_of(place, name='shop', **more):
    """Our own schema in a new database, with hashes that cost little."""
    db = SQLite(name, place.path)
    with open(os.path.join(ROOT, 'examples/schema/sqlite.sql'), encoding='utf-8') as f:
        db.sql(f.read())
    path = place.config(name, 'odbc', db.options('odbc'), throttle={},
                        password={'preferred': {'scheme': 'bcrypt/2b', 'cost': 4}}, **more)
    return db, path


def raised(call, *args, **kwargs):
    """The exception, whoever wrote it."""
    try:
        call(*args, **kwargs)
    except Exception as e:      # pylint: disable=broad-except
        return e
    return None


def demo(tap):
    with tap.test('demo') as t, Workplace() as place:
        done = subprocess.run([sys.executable, EXAMPLE + '/demo.py', place.path], env=environment(BUILD),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        said = done.stdout.decode()
        heard(said + done.stderr.decode(), 'correct horse battery staple'.encode(), b'a better one: 7 blue chairs')
        t.equal('exit', done.returncode, 0) or t.check('said', False, done.stderr)
        for name in ('create', 'get_user', 'login', 'verify', 'change_password', 'change_email', 'delete_user'):
            t.check(name, re.search('^' + name + ' ', said, re.M), said)


def sizes(tap):
    """Structs and numbers against the header, by the C compiler."""
    fields = [('idbc_error', idbc._CError), ('idbc_request', idbc._CRequest)]
    asked = ['sizeof(struct %s)' % c for c, _ in fields]
    asked += ['offsetof(struct %s, %s)' % (c, f[0]) for c, p in fields for f in p._fields_]
    wanted = [__import__('ctypes').sizeof(p) for _, p in fields]
    wanted += [getattr(p, f[0]).offset for _, p in fields for f in p._fields_]
    for number, name in idbc._STATUSES.items():
        asked.append('IDBC_' + name)
        wanted.append(number)
    for name, number in idbc.BY.items():
        asked.append('IDBC_BY_' + name.upper())
        wanted.append(number)
    for name in ('LOGIN', 'GET_USER', 'CREATE', 'VERIFY', 'CHANGE_PASSWORD', 'DELETE_USER', 'CHANGE_EMAIL',
                 'SELF_SERVICE', 'VERIFIED'):
        asked.append('IDBC_' + name)
        wanted.append(getattr(idbc, '_' + name))
    for prefix, names in (('EFFECT', idbc._EFFECTS), ('DETAIL', idbc._DETAILS)):
        asked += ['IDBC_%s_%s' % (prefix, name) for name in names]
        wanted += range(len(names))
    with tap.test('structs-and-numbers-of-the-header') as t, Workplace() as place:
        t.equal('numbers', header.numbers(place, asked), wanted)
    with tap.test('every-status-has-a-class') as t:
        t.equal('statuses', {n: name for name, n in header.statuses().items() if name != 'OK'}, idbc._STATUSES)
        t.equal('names', (idbc.NoUser.status, idbc.PasswordExpired.number), ('NO_USER', 104))
        t.check('bases', issubclass(idbc.Timeout, idbc.World) and issubclass(idbc.Denied, idbc.Refused) and
                issubclass(idbc.Forked, idbc.Misuse) and issubclass(idbc.Config, idbc.Fault))


def loading(tap):
    script = 'import sys; sys.path.insert(0, %r); import idbc; idbc.library(*sys.argv[1:]); print(idbc.version())' % EXAMPLE
    env = environment(BUILD)
    env.pop('IDBC_LIBRARY', None)
    with open(os.path.join(ROOT, 'VERSION'), encoding='ascii') as f:
        version = f.read().strip()
    with tap.test('finds-the-library') as t:
        for how, more, args in (('by argument', {}, [os.path.join(BUILD, 'libidbc.so.0')]),
                                ('by $IDBC_LIBRARY', {'IDBC_LIBRARY': os.path.join(BUILD, 'libidbc.so')}, []),
                                ("by the loader's own way", {'LD_LIBRARY_PATH': BUILD}, [])):
            done = subprocess.run([sys.executable, '-c', script, *args], env={**env, **more}, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE)
            t.equal(how, done.stdout.decode().strip(), version) or t.check('said', False, done.stderr)


def seven(tap, store):
    with tap.test('seven-operations') as t:
        ida = store.create({'email': 'Ida@example.com', 'username': 'ida', 'name': 'Ida Ü 🌻'}, SECRET)
        t.equal('create', (ida['email'], ida['name'], ida['email_verified']), ('Ida@example.com', 'Ida Ü 🌻', False))
        t.equal('get_user', store.get_user('ida'), ida)
        t.equal('by user_id', store.get_user(ida['user_id'], by='user_id'), ida)
        t.equal('login is what get_user says', store.login('ida@EXAMPLE.com', SECRET), ida)
        t.equal('verify', store.verify('ida@example.com'), None)
        t.equal('verified', store.get_user('ida')['email_verified'], True)
        store.verify(ida['user_id'], by='user_id', email='Ida@example.com')
        t.equal('another address was proved', raised(store.verify, ida['user_id'], by='user_id', email='x@example.com').code,
                'email_changed')
        t.check('current password is wrong', isinstance(raised(store.change_password, 'ida', OTHER, current_password='no'),
                                                        idbc.Denied))
        store.change_password('ida', OTHER, current_password=SECRET)
        t.check('the old one', isinstance(raised(store.login, 'ida', SECRET), idbc.Denied))
        t.equal('the new one', store.login('ida', OTHER.encode())['user_id'], ida['user_id'])
        store.change_email('ida', 'new@example.com', verified=True)
        t.equal('change_email', (store.get_user('new@example.com')['email_verified']), True)
        t.check('exists', store.user_exists(ida['user_id']))
        store.delete_user(ida['user_id'])
        t.check('exists no more', not store.user_exists(ida['user_id']))
        t.check('no intents here', isinstance(raised(store.recover), idbc.Unsupported))
        t.check('gone', isinstance(raised(store.get_user, 'new@example.com'), idbc.NoUser))
        t.check('gone twice', isinstance(raised(store.delete_user, ida['user_id']), idbc.NoUser))


def refusals(tap, store):
    with tap.test('exceptions-say-what-happened') as t:
        store.create({'email': 'max@example.com', 'username': 'max'}, SECRET)
        e = raised(store.create, {'email': 'MAX@example.com'}, SECRET)
        t.equal('exists', (type(e), e.status, e.number, e.code, e.effect, e.operation),
                (idbc.Exists, 'EXISTS', 102, 'user_exists', 'NONE', 'create'))
        e, unknown = raised(store.login, 'max', 'wrong'), raised(store.login, 'nobody', 'wrong')
        t.equal('wrong and unknown are one answer', (str(e), e.code), (str(unknown), unknown.code))
        t.equal('but for logs', (e.detail, unknown.detail), ('WRONG_PASSWORD', 'UNKNOWN_USER'))
        e = raised(store.create, {'email': 'm@example.com', 'blocked': True}, SECRET, self_service=True)
        t.equal('self service', type(e), idbc.Invalid)
        again = pickle.loads(pickle.dumps(e))
        t.equal('pickled', (type(again), vars(again)), (type(e), vars(e)))
        for what, call in (('kind', lambda: store.get_user('x', by='shoe')), ('number', lambda: store.get_user(5)),
                           ('no value', lambda: store.get_user(None)), ('NUL', lambda: store.login('a\0b', 'x')),
                           ('surrogate', lambda: store.login('max', '\ud800')), ('not JSON', lambda: store.create([], SECRET))):
            t.equal(what, type(raised(call)), idbc.Invalid)


def secrets(tap, store):
    """Tracebacks with every local variable of every frame of the module, as error reporters make them."""
    calls = (lambda p: store.login('nobody', p), lambda p: store.create({'email': 'max@example.com'}, p),
             lambda p: store.change_password('nobody', p), lambda p: store.change_password('nobody', 'x', current_password=p),
             lambda p: store.change_password('max', p, current_password=5), lambda p: store.login('nobody', p, by=1),
             lambda p: store.login(5, p))
    values = (SECRET, SECRET + '\0', SECRET + '\ud800', SECRET.encode(), [SECRET])
    with tap.test('no-password-in-a-traceback') as t:
        for call in calls:
            for value in values:
                e = raised(call, value)
                shown = ''.join(traceback.TracebackException.from_exception(e, capture_locals=True).format())
                inside = [f for f in inspect.getinnerframes(e.__traceback__) if f.filename.startswith(EXAMPLE)]
                told = repr(e) + str(e) + repr(vars(e)) + repr(e.__context__) + repr(e.__cause__)
                told += ''.join(repr(f.frame.f_locals) for f in inside)
                t.check('an exception of ours, or for a wrong keyword', isinstance(e, (idbc.Error, TypeError)), e)
                t.check('shown by the module', 'zqPassword' not in told, told)
                # The test's own frames know the value; the module's part begins after them.
                part = shown.split(EXAMPLE, 1)[-1] if inside else ''
                t.check('in its frames', 'zqPassword' not in part, part)
        t.check('no frame to look at was a mistake', inside)
    with tap.test('no-password-in-a-repr') as t:
        text = idbc._text(SECRET, 'password')
        t.check('text', 'zq' not in repr(text) and 'zq' not in str(vars(text)), (repr(text), vars(text)))
        t.check('store', 'zq' not in repr(store) and 'zq' not in repr(vars(store)), vars(store))
        before = len(SECRET.encode()) + 1
        text.wipe()
        t.equal('wiped', text._buffer.raw, b'\0' * before)


def threads(tap, path):
    with tap.test('threads-and-close') as t:
        store, answers = idbc.Store(path), []
        names = ['t%d' % i for i in range(16)]

        def one(name):
            profile = store.create({'email': name + '@example.com', 'username': name}, SECRET)
            answers.extend(store.login(name, SECRET)['user_id'] == profile['user_id'] for _ in range(5))
            answers.append(isinstance(raised(store.login, name, 'wrong'), idbc.Denied))
            store.delete_user(profile['user_id'])
        running = [threading.Thread(target=one, args=(name,)) for name in names]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join()
        t.equal('answers', answers, [True] * 96)
        ended, begun = [], threading.Event()

        def late():
            begun.set()
            while not ended:
                e = raised(store.get_user, 'nobody')
                if type(e) is not idbc.NoUser:
                    ended.append(type(e))
        running = [threading.Thread(target=late) for _ in range(4)]
        for thread in running:
            thread.start()
        begun.wait()
        time.sleep(0.05)
        store.close()
        for thread in running:
            thread.join()
        t.equal('after close', set(ended), {idbc.State})
        store.close()
        t.equal('repr', repr(store), '<idbc.Store closed>')


def away(tap, place):
    db, path = store_of(place, 'away')
    with idbc.Store(path) as store:
        store.create({'email': 'ida@example.com'}, SECRET)
    with tap.test('a-store-that-is-down') as t:
        os.rename(db.path, db.path + '.away')
        with idbc.Store(path) as store:
            for call in (lambda: store.login('ida@example.com', SECRET), lambda: store.get_user('ida@example.com'),
                         lambda: store.create({'email': 'x@example.com'}, SECRET), lambda: store.delete_user('away|1')):
                e = raised(call)
                t.equal('status', (type(e), e.effect), (idbc.Unavailable, 'NONE'))
        os.rename(db.path + '.away', db.path)
    with tap.test('a-wrong-configuration') as t:
        e = raised(idbc.Store, place.file('wrong.json', '{"idbc": 1, "connection": "x", "driver": "odbc", "shoe": 1}'))
        t.equal('path', type(e), idbc.Config)
        t.equal('dict', type(raised(idbc.Store, {'idbc': 1})), idbc.Config)
        t.equal('no such file', type(raised(idbc.Store, place.path + '/none.json')), idbc.Config)
    with tap.test('a-dict-opens') as t:
        with open(path, encoding='utf-8') as f, idbc.Store(json.load(f)) as store:
            t.equal('login', store.login('ida@example.com', SECRET)['email'], 'ida@example.com')


def forked(tap, path):
    with tap.test('fork') as t, idbc.Store(path) as store:
        store.create({'email': 'fork@example.com'}, SECRET)
        child = os.fork()
        if child == 0:
            e = raised(store.login, 'fork@example.com', SECRET)
            store.close()
            os._exit(0 if type(e) is idbc.Forked else 1)
        t.equal('the child', os.waitpid(child, 0)[1], 0)
        t.equal('the parent', store.login('fork@example.com', SECRET)['email'], 'fork@example.com')


def awaited(tap, path):
    """idbc_async.py: the same store and exceptions, with one thread that waits for nothing."""
    async def talks(t):
        store = idbc_async.Store(path)
        user = await store.create({'email': 'lin@example.com', 'username': 'lin'}, SECRET)
        t.equal('login', (await store.login('lin', SECRET))['user_id'], user['user_id'])
        t.equal('a bare update', await store.verify('lin@example.com'), None)
        crowd = [store.get_user('lin') for _ in range(100)] + [store.login('lin', OTHER) for _ in range(20)]
        kinds = [type(one) for one in await asyncio.gather(*crowd, return_exceptions=True)]
        t.equal('a hundred found', kinds[:100], [dict] * 100)
        t.equal('twenty refused', kinds[100:], [idbc.Denied] * 20)
        flood = await asyncio.gather(*[store.get_user('lin') for _ in range(1000)], return_exceptions=True)
        t.equal('a full queue', {type(one) for one in flood}, {dict, idbc.Busy})
        t.equal('no text', [type(one) for one in await asyncio.gather(store.get_user(5), return_exceptions=True)],
                [idbc.Invalid])
        task = asyncio.ensure_future(store.login('lin', SECRET))
        task.cancel()
        t.equal('a cancelled task', [type(one) for one in await asyncio.gather(task, return_exceptions=True)],
                [asyncio.CancelledError])
        await store.delete_user(user['user_id'])
        t.equal('gone', [type(one) for one in await asyncio.gather(store.get_user('lin'), return_exceptions=True)],
                [idbc.NoUser])
        last = [store.get_user('lin') for _ in range(5)]
        await store.close()
        await store.close()
        t.equal('answered before the end', [type(one.exception()) for one in last], [idbc.NoUser] * 5)
        t.equal('after the end', [type(one) for one in await asyncio.gather(store.get_user('lin'), return_exceptions=True)],
                [idbc.State])
    with tap.test('asyncio') as t:
        asyncio.run(asyncio.wait_for(talks(t), 60 * SLOWER))


def memory(tap, path):
    with tap.test('nothing-is-kept') as t, idbc.Store(path) as store:
        def resident():
            gc.collect()
            with open('/proc/self/statm', encoding='ascii') as f:
                return int(f.read().split()[1]) * 4
        rounds, marks = 300, []
        for _ in range(5):
            for _ in range(rounds):
                raised(store.get_user, 'nobody')
                store.get_user('max')
            marks.append(resident())
        # A heap grows by steps, and a sanitizer keeps some; what is never freed grows at each.
        t.check('KiB after each %d calls' % (2 * rounds), min(b - a for a, b in zip(marks, marks[1:])) < 200, marks)


def main():
    tap = Tap('python')
    demo(tap)
    sizes(tap)
    loading(tap)
    with Workplace() as place:
        _, path = store_of(place)
        heard('', SECRET.encode(), OTHER.encode())
        with idbc.Store(path) as store:
            seven(tap, store)
            refusals(tap, store)
            secrets(tap, store)
        threads(tap, path)
        awaited(tap, path)
        memory(tap, path)
        away(tap, place)
        forked(tap, path)
    tap.done()


main()
