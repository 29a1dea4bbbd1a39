"""What examples/python/idbc.py promises to a program, on a SQLite store; and its demo."""
import asyncio
import gc
import inspect
import json
import logging
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
import idbc_bulk  # noqa: E402


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
    fields = [('idbc_error', idbc._CError), ('idbc_request', idbc._CRequest), ('idbc_profile_store', idbc._CProfileStore),
              ('idbc_export', idbc_bulk._CExport), ('idbc_export_row', idbc_bulk._CExportRow),
              ('idbc_import', idbc_bulk._CImport), ('idbc_import_record', idbc_bulk._CImportRecord),
              ('idbc_import_result', idbc_bulk._CImportResult), ('idbc_migration', idbc_bulk._CMigration)]
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
                 'SELF_SERVICE', 'VERIFIED', 'CHECK_CREATE', 'CHECK_GRANTS'):
        asked.append('IDBC_' + name)
        wanted.append(getattr(idbc, '_' + name))
    for name in ('EXPORT_HASHES', 'EXPORT_IDP_TOKENS', 'EXPORT_MFA', 'IMPORT_UPSERT', 'IMPORT_DRY_RUN',
                 'IMPORT_NEW_IDS', 'MIGRATION_DRY_RUN', 'MIGRATION_LOOK'):
        asked.append('IDBC_' + name)
        wanted.append(getattr(idbc_bulk, '_' + name))
    asked += ['IDBC_IMPORTED_' + name.upper() for name in idbc_bulk._IMPORTED[1:]] + ['IDBC_IMPORT_AHEAD']
    wanted += [*range(1, len(idbc_bulk._IMPORTED)), idbc_bulk.AHEAD]
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


def deleting(tap, place):
    """A delete that takes the host's profile too, and what is left of one that was interrupted."""
    db, path = store_of(place, 'kept', delete={'intents': 'idbc_intents'})
    asked = []

    def remove(user_id):
        asked.append((user_id, threading.get_ident()))

    def refuse(_user_id):
        raise ValueError('not today')

    def interrupt(_user_id):
        raise KeyboardInterrupt

    with tap.test('check') as t:
        t.equal('the table is made', [f['code'] for f in idbc.check(path, create=True) if f['severity'] == 'error'], [])
        e = raised(idbc.check, place.file('odd.json', '{"idbc": 1, "shoe": 1}'))
        t.equal('what ends it', (type(e), bool(e.findings)), (idbc.Config, True))
    with tap.test('a-delete-asks-the-profile-store') as t, idbc.Store(path) as store:
        ida = store.create({'email': 'ida@example.com'}, SECRET)['user_id']
        store.set_profile_store(refuse)
        e = raised(store.delete_user, ida)
        t.equal('refused', (type(e), e.effect, str(e.__cause__)), (idbc.Cancelled, 'NONE', 'not today'))
        for answer in (False, True, 0, 'gone'):
            store.set_profile_store(lambda _, answer=answer: answer)
            e = raised(store.delete_user, ida)
            t.equal('%r is no answer' % answer, (type(e), type(e.__cause__)), (idbc.Cancelled, TypeError))
        store.set_profile_store(interrupt)
        try:
            store.delete_user(ida)
        except KeyboardInterrupt:
            t.check('an interrupt is not swallowed', True)
        t.equal('untouched', store.login('ida@example.com', SECRET)['user_id'], ida)
        store.set_profile_store(remove)
        store.delete_user(ida)
        t.equal('asked once, on this thread', asked, [(ida, threading.get_ident())])
        t.check('both gone', not store.user_exists(ida))
        t.equal('counted', store.stats()['intents']['finished'], 1)
    with tap.test('recovery') as t, idbc.Store(path) as store:
        users = [store.create({'email': '%d@example.com' % i}, SECRET)['user_id'] for i in range(2)]
        for user_id in users:
            db.sql("INSERT INTO idbc_intents (scope, native_id, state, connection, token, lease_end, profile_store, "
                   "written_at) VALUES ('idbc_users', '%s', 1, 'kept', 'left by a crash', 1, 1, 1)" % user_id.split('|')[1])
        t.check('hidden', isinstance(raised(store.login, '0@example.com', SECRET), idbc.Denied))
        t.equal('interrupted', sorted(d['user_id'] for d in store.interrupted()), sorted(users))
        t.check('with a profile store', all(d['profile_store'] for d in store.interrupted()))
        t.check('which is missing', isinstance(raised(store.recover), idbc.State))
        t.check('under way, so he exists', store.user_exists(users[0]))
        del asked[:]
        store.set_profile_store(remove)
        t.equal('recovered', store.recover(), 2)
        t.equal('asked', sorted(u for u, _ in asked), sorted(users))
        t.equal('nothing left', store.interrupted(), [])
    with tap.test('asyncio-and-a-profile-store') as t:
        asyncio.run(asyncio.wait_for(deletes_awaited(t, path), 60 * SLOWER))


async def deletes_awaited(t, path):
    asked, loop = [], threading.get_ident()

    async def remove(user_id):
        await asyncio.sleep(0.01)
        asked.append((user_id, threading.get_ident()))

    async def refuse(_user_id):
        raise ValueError('not today')

    async def slow(user_id):
        await asyncio.sleep(0.3)
        asked.append((user_id, threading.get_ident()))

    async with idbc_async.Store(path) as store:
        users = [(await store.create({'email': 'a%d@example.com' % i}, SECRET))['user_id'] for i in range(6)]
        await store.set_profile_store(refuse)
        logging.disable(logging.WARNING)
        t.equal('refused', [type(e) for e in await asyncio.gather(store.delete_user(users[0]), return_exceptions=True)],
                [idbc.Cancelled])
        logging.disable(logging.NOTSET)
        await store.set_profile_store(remove)
        await asyncio.gather(*map(store.delete_user, users[:4]))
        t.equal('asked on the loop', sorted(asked), sorted((u, loop) for u in users[:4]))
        t.equal('recover', (await store.recover(), await store.interrupted()), (0, []))
        t.equal('exists', [await store.user_exists(u) for u in users[3:5]], [False, True])
        del asked[:]
        await store.set_profile_store(slow)
        last = store.delete_user(users[4])
        await asyncio.sleep(0.1)
        await store.close(grace=0.01)
        t.equal('the end waits for the loop to remove', asked, [(users[4], loop)])
        t.check('and the delete is answered', last.done() and (last.exception() is None or isinstance(
            last.exception(), idbc.Error)), last)


def whole(tap, place):
    """idbc_bulk.py: users out, users in, users moved."""
    _, path = store_of(place, 'many')
    _, other = store_of(place, 'taken')
    hashed = '$2b$04$ilvoKpTzgx6kEfpB1zlJKOIM7pJHZMCBHrHYUgdSDrBiEwWt9vcPi'
    records = [{'email': 'u%d@example.com' % i, 'given_name': 'Ü %d' % i, 'password_hash': hashed} for i in range(1200)]
    with tap.test('import-and-export') as t, idbc.Store(path) as store, idbc.Store(other) as new:
        told, odd = [], [json.dumps(records[0]), b'{"email": 5}', '{', {'username': 'ada', 'password': SECRET},
                          '{"username": "\udfff"}', '{"username": "a\0b"}']
        t.equal('imported', idbc_bulk.import_users(store, records), {'created': 1200})
        t.equal('counts', idbc_bulk.import_users(store, odd, lambda *one: told.append(one)),
                {'exists': 1, 'refused': 4, 'created': 1})
        t.equal('told', [(n, o) for n, o, _, _ in told], [(1, 'exists'), (2, 'refused'), (3, 'refused'), (4, 'created'), (5, 'refused'), (6, 'refused')])
        t.equal('errors', [type(e) for _, _, _, e in told], [idbc.Exists, idbc.Invalid, idbc.Invalid, type(None), idbc.Invalid, idbc.Invalid])
        t.equal('in clear', store.login('ada', SECRET)['user_id'], told[3][2])
        everybody = list(idbc_bulk.export(store))
        t.equal('all, with pages and without', len({u['user_id'] for u in everybody}), 1201)
        t.check('no secret', not any('password' in k for u in everybody for k in u))
        t.equal('as get_user says', everybody[7], store.get_user(everybody[7]['user_id'], by='user_id'))
        t.equal('limit and after', list(idbc_bulk.export(store, limit=1003, after=everybody[9]['user_id'])),
                everybody[10:1013])
        t.equal('from store to store', idbc_bulk.import_users(new, idbc_bulk.export(store, hashes=True)), {'created': 1201})
        t.equal('with his password', new.login('ada', SECRET)['username'], 'ada')
        t.equal('once more', idbc_bulk.import_users(new, idbc_bulk.export(store, limit=5), upsert=True), {'updated': 5})
    with tap.test('what-is-called-back-may-stop-it') as t, idbc.Store(path) as store:
        def breaks():
            yield {'email': 'one@example.com'}
            raise ZeroDivisionError

        def stops(*_):
            raise KeyError('enough')
        t.check('records', isinstance(raised(idbc_bulk.import_users, store, breaks()), ZeroDivisionError))
        t.check('told', isinstance(raised(idbc_bulk.import_users, store, [{'email': 'two@example.com'}], stops), KeyError))
        t.check('what cannot be JSON', isinstance(raised(idbc_bulk.import_users, store, [{'email': {1}}]), TypeError))
        t.check('an export that nobody takes', next(idbc_bulk.export(store))['email'])
        t.check('no migration', isinstance(raised(idbc_bulk.migrate, store), idbc.Unsupported))
        closed = idbc.Store(path)
        closed.close()
        t.check('closed', isinstance(raised(list, idbc_bulk.export(closed)), idbc.State))


def moving(tap, place):
    _, old = store_of(place, 'old')
    _, new = store_of(place, 'new', delete={'intents': 'idbc_intents'})
    both = place.config('both', 'migrate', {'from': old, 'to': new})
    with idbc.Store(old) as store:
        users = [store.create({'email': 'm%d@example.com' % i}, SECRET)['user_id'] for i in range(5)]
    idbc.check(both, create=True)
    users = [u.replace('old|', 'both|') for u in users]
    with tap.test('migrate') as t, idbc.Store(both) as store:
        told, asked = [], []
        t.equal('moved at login', store.login('m3@example.com', SECRET)['user_id'], users[3])
        t.equal('looked at', idbc_bulk.migrate(store, look=True), {'waiting': 4, 'before': 1})
        t.equal('tried', idbc_bulk.migrate(store, dry_run=True), {'moved': 4, 'before': 1})
        last = sorted(users)[3:]
        idbc_bulk.migrate(store, lambda *one: told.append(one), after=sorted(users)[2])
        t.equal('the last two', told, [(u, 'before' if u == users[3] else 'moved', '') for u in last])
        moved = len({*last, users[3]})
        t.equal('the rest', idbc_bulk.migrate(store), {'moved': 5 - moved, 'before': moved})
        store.set_profile_store(asked.append)
        store.delete_user(users[0])
        t.equal('a delete in both', (asked, store.user_exists(users[0]), store.user_exists(users[1])),
                ([users[0]], False, True))


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
        deleting(tap, place)
        whole(tap, place)
        moving(tap, place)
        memory(tap, path)
        away(tap, place)
        forked(tap, path)
    tap.done()


main()
