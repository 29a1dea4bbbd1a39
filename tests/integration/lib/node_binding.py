"""What examples/node/idbc.js promises to a program, on a SQLite store; its demo; how its packages come."""
import json
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import header  # noqa: E402
from kit import BUILD, ROOT, SQLite, Tap, Workplace, heard, idbc as command  # noqa: E402
from node import EXAMPLE, PLACE, environment, ready  # noqa: E402

DRIVER = os.path.join(ROOT, 'tests/integration/lib/node_binding.js')
FETCH = os.path.join(ROOT, 'scripts/node-modules')


def ask(config, part, *flags, **env):
    done = subprocess.run(['node', *flags, DRIVER, EXAMPLE, config, part], env=environment(**env), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    heard(done.stderr.decode(errors='replace'))
    if done.returncode:
        raise RuntimeError('%s: exit %d, %s' % (part, done.returncode, done.stderr.decode(errors='replace')[-500:]))
    return json.loads(done.stdout)


def demo(tap):
    with tap.test('demo') as t, Workplace() as place:
        done = subprocess.run(['node', EXAMPLE + '/demo.js', place.path], env=environment(), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE)
        said = done.stdout.decode()
        heard(said + done.stderr.decode(), b'correct horse battery staple', b'a better one: 7 blue chairs')
        t.equal('exit', done.returncode, 0) or t.check('said', False, done.stderr)
        for name in ('create', 'getUser', 'login', 'verify', 'changePassword', 'changeEmail', 'deleteUser'):
            t.check(name, re.search('^' + name + ' ', said, re.M), said)


def structs(tap):
    """The structs as the module declares them, and its numbers, against the header by the C compiler."""
    with open(EXAMPLE + '/idbc.js', encoding='utf-8') as f:
        text = f.read()
    with open(EXAMPLE + '/bulk.js', encoding='utf-8') as f:
        bulk = f.read()
    found = re.findall(r'^const C(\w+) = koffi\.struct\(\{(.*?)\}\);', text + bulk, re.M | re.S)
    asked, wanted = [], []
    for name, body in found:
        name, offset = 'idbc' + re.sub('([A-Z])', r'_\1', name).lower(), 0
        for field, size in re.findall(r"(\w+): (?:koffi\.array\('char', )?('[\w *]+'|\d+)", body):
            size = 4 if '32_t' in size else int(size) if size.isdigit() else 8
            asked.append('offsetof(struct %s, %s)' % (name, field))
            wanted.append(offset)
            offset += size
        asked.append('sizeof(struct %s)' % name)
        wanted.append(offset)
    for block, prefix in (('BY', 'IDBC_BY_'), ('OP', 'IDBC_')):
        for word, number in re.findall(r'(\w+): (\d+)', re.search(r'^const %s = \{(.*?)\};' % block, text, re.M).group(1)):
            asked.append(prefix + re.sub('([A-Z])', r'_\1', word).upper())
            wanted.append(int(number))
    for word, prefix in (('EFFECTS', 'IDBC_EFFECT_'), ('DETAILS', 'IDBC_DETAIL_')):
        members = re.findall("'(\\w+)'", re.search(r'^const %s = \[(.*?)\];' % word, text, re.M).group(1))
        asked += [prefix + member for member in members]
        wanted += range(len(members))
    for block in ('EXPORT', 'IMPORT', 'MIGRATION'):
        for word, number in re.findall(r'(\w+): (\d+)', re.search(r'^const %s = \{(.*?)\};' % block, bulk, re.M).group(1)):
            asked.append('IDBC_%s_%s' % (block, {'hashes': 'HASHES'}.get(word, re.sub('([A-Z])', r'_\1', word).upper())))
            wanted.append(int(number))
    outcomes = re.findall("'(\\w+)'", re.search(r'^const IMPORTED = \[(.*?)\];', bulk, re.M).group(1))
    asked += ['IDBC_IMPORTED_' + word.upper() for word in outcomes] + ['IDBC_IMPORT_AHEAD']
    wanted += [*range(1, len(outcomes) + 1), int(re.search(r'^const AHEAD = (\d+);', bulk, re.M).group(1))]
    with tap.test('structs-and-numbers-of-the-header') as t, Workplace() as place:
        t.equal('structs', len(found), 9)
        t.equal('numbers', header.numbers(place, asked), wanted)
        t.check('there were many', len(wanted) > 100, len(wanted))
        t.equal('statuses', ask('', 'sizes')['status'], header.statuses())


def operations(tap, config):
    with tap.test('seven-operations-with-their-options') as t:
        seen = ask(config, 'options')
        t.equal('current password', seen['current'], ['DENIED', '', 'NONE'])
        t.equal('another address was proved', seen['proved'], ['CONFLICT', 'email_changed', 'NONE'])
        t.equal('user', seen['user'], ['new@example.com', True, '192.0.2.7'])
        t.equal('gone', seen['gone'], ['NO_USER', '', 'NONE'])
        t.equal('any letters', seen['unicode'], ['NO_USER', '', 'NONE'])
    with tap.test('errors-say-what-happened') as t:
        seen = ask(config, 'refusals')
        t.equal('exists', seen['exists'], ['EXISTS', 'user_exists', 'NONE'])
        t.equal('wrong and unknown are one answer', (seen['same'], seen['class'], seen['operation']), (True, True, 'login'))
        t.equal('but for logs', seen['detail'], ['WRONG_PASSWORD', 'UNKNOWN_USER'])
        t.check('which is not shown by itself', 'WRONG_PASSWORD' not in seen['shown'], seen['shown'])
        for name, status in seen['misuse'].items():
            t.equal(name, status, 'INVALID')
    with tap.test('no-password-in-an-error') as t:
        seen = ask(config, 'secrets')
        t.equal('errors', len(seen['shown']), 20)
        t.check('shown', not [s for s in seen['shown'] if 'zqPassword' in s], seen['shown'])
        t.check('store', 'zq' not in seen['store'], seen['store'])


def whole(tap, place, make):
    """Deletes with a profile store; users out, in and moved."""
    db, config = make('kept', delete={'intents': 'idbc_intents'})
    command(config, 'check', '--create')
    with tap.test('a-delete-asks-the-profile-store') as t:
        seen = ask(config, 'deleting')
        t.equal('refused', seen['refused'], [['CANCELLED', '', 'NONE', name] for name in
                                             ('RangeError', 'RangeError', 'TypeError', 'TypeError', 'TypeError')])
        t.equal('no function', seen['none'][0], 'INVALID')
        for what in ('untouched', 'deleted', 'meanwhile', 'asked'):
            t.equal(what, seen[what], True)
        t.equal('who exists', seen['exists'], [False, True])
        t.equal('another connection', seen['wrong'][:2], ['INVALID', 'wrong_connection'])
        t.equal('counted', (seen['finished'], seen['rest']), (12, [0, []]))
    with tap.test('with-the-fewest-workers') as t:
        db.sql('DELETE FROM idbc_users; DELETE FROM idbc_intents')
        seen = ask(config, 'deleting', UV_THREADPOOL_SIZE='2')
        t.equal('counted', (seen['finished'], seen['deleted'], seen['meanwhile']), (12, True, True))
    with tap.test('recovery') as t:
        for n in (1, 2):
            user = command(config, '--json', 'create', '--email', 'r%d@example.com' % n, password='zqPassword-5 Ü').json['profile']
            db.sql("INSERT INTO idbc_intents (scope, native_id, state, connection, token, lease_end, profile_store, "
                   "written_at) VALUES ('idbc_users', '%s', 1, 'kept', 'left by a crash', 1, 1, 1)"
                   % user['user_id'].split('|')[1])
        seen = ask(config, 'recovery')
        t.equal('recovery', seen, {'interrupted': [True, True], 'missing': ['STATE', '', 'NONE'], 'asked': 2, 'recovered': 2,
                                   'left': []})
    with tap.test('import-and-export') as t:
        seen = ask(make('many')[1], 'bulk')
        t.equal('imported', seen['imported'], {'created': 2100})
        t.equal('counts', seen['odd'], {'exists': 1, 'refused': 4, 'created': 1})
        t.equal('told', seen['told'], [[1, 'exists', 'EXISTS'], [2, 'refused', 'INVALID'], [3, 'created', None],
                                       *[[n, 'refused', 'INVALID'] for n in (4, 5, 6)]])
        t.equal('login', seen['login'], 'ada')
        t.equal('users', (seen['users'], seen['secrets'], seen['some'], seen['left']), (2101, False, [503, True, True], 'string'))
        t.equal('upsert', seen['upsert'], {'updated': 5})
        t.equal('stopped', seen['stops'], ['records', 'told', 'UNSUPPORTED'])
    with tap.test('migrate') as t:
        old, new = make('old')[1], make('new', delete={'intents': 'idbc_intents'})[1]
        both = place.config('both', 'migrate', {'from': old, 'to': new})
        command(both, 'check', '--create')
        for n in range(5):
            command(old, 'create', '--email', 'm%d@example.com' % n, password='zqPassword-5 Ü')
        seen = ask(both, 'migrating')
        moved = seen.pop('moved')
        t.equal('all of them', (sum(moved.values()), set(moved)), (5, {'moved', 'before'}))
        t.equal('seen', seen, {'look': {'waiting': 5}, 'tried': {'moved': 5}, 'login': 'm3@example.com',
                               'stopped': 'enough', 'again': {'before': 1}, 'told': 5})


def workers(tap, config, slow):
    with tap.test('the-event-loop-is-not-blocked') as t:
        seen = ask(slow, 'loop')
        t.equal('answers', seen['answers'], ['OK', 'DENIED'] * 20)
        # 40 hashes of 30 ms and more, on two processors: were one on the loop, it would stand that long.
        t.check('turns while hashing', seen['turns'] > 100, seen)
        t.check('longest time of one turn', seen['longest'] < seen['took'] / 3, seen)
    with tap.test('more-workers') as t:
        t.equal('answers', ask(config, 'loop', UV_THREADPOOL_SIZE='24')['answers'], ['OK', 'DENIED'] * 20)
    with tap.test('who-waits-too-long-for-a-worker-is-told') as t:
        seen = ask(slow, 'timeouts')['answers']
        t.check('some were served', 'OK' in seen, seen)
        t.check('some were not', 'TIMEOUT' in seen, seen)
        t.check('nothing else', set(seen) <= {'OK', 'TIMEOUT', 'BUSY'}, seen)
    with tap.test('close-waits-for-calls') as t:
        seen = ask(config, 'closing')
        t.equal('calls under way', set(seen['calls']), {'NO_USER'})
        t.equal('and then', seen['late'], 'STATE')
    with tap.test('nothing-is-kept') as t:
        marks = ask(config, 'memory', '--expose-gc')['marks']
        # A heap grows by steps; what is kept grows at each.
        t.check('KiB after each 200 calls', min(b - a for a, b in zip(marks, marks[1:])) < 100, marks)


def packages(tap):
    """Without npm, without a registry, with an archive that is another one."""
    with tap.test('packages-without-npm') as t, Workplace() as place:
        done = subprocess.run([FETCH, place.path + '/node', '--without-npm'], stderr=subprocess.PIPE)
        t.equal('fetched', (done.returncode, done.stderr), (0, b''))
        same = subprocess.run(['diff', '-r', '-q', PLACE + '/node_modules', place.path + '/node/node_modules'],
                              stdout=subprocess.PIPE).stdout.decode()
        t.check('as npm has it', not [line for line in same.splitlines() if '.package-lock.json' not in line], same)
        stamp = os.path.getmtime(place.path + '/node/node_modules/.idbc')
        subprocess.run([FETCH, place.path + '/node', '--without-npm'], check=True)
        t.equal('not twice', os.path.getmtime(place.path + '/node/node_modules/.idbc'), stamp)
    with tap.test('no-registry-is-a-failure-in-clear-words') as t, Workplace() as place:
        nobody = {**os.environ, 'npm_config_registry': 'https://127.0.0.1:1/', 'npm_config_cache': place.path + '/cache',
                  'npm_config_fetch_retries': '0'}
        for how in (['--without-npm'], []) if shutil.which('npm') else (['--without-npm'],):
            done = subprocess.run([FETCH, place.path + '/node', *how], env=nobody, stderr=subprocess.PIPE)
            t.equal('exit', done.returncode, 1)
            t.check('says so', done.stderr.startswith(b'node-modules: ') and b'refused' in done.stderr.lower(), done.stderr)
    with tap.test('another-archive-is-refused') as t, Workplace() as place:
        for folder in ('scripts', 'examples/node'):
            os.makedirs(os.path.join(place.path, folder))
        shutil.copy(FETCH, place.path + '/scripts')
        with open(EXAMPLE + '/package-lock.json', encoding='utf-8') as f:
            text = f.read()
        with open(place.path + '/examples/node/package-lock.json', 'w', encoding='utf-8') as f:
            f.write(re.sub(r'sha512-.', lambda m: 'sha512-B' if m.group(0)[-1] == 'A' else 'sha512-A', text))
        done = subprocess.run([place.path + '/scripts/node-modules', place.path + '/node', '--without-npm'],
                              stderr=subprocess.PIPE)
        t.equal('exit', done.returncode, 1)
        t.check('says so', b'not the one that was locked' in done.stderr, done.stderr)
    with tap.test('packages-are-pinned') as t:
        with open(EXAMPLE + '/package.json', encoding='utf-8') as f:
            package = json.load(f)
        packages_of = {k: v for k, v in json.loads(text)['packages'].items() if k}
        t.check('exact versions', all(re.fullmatch(r'[\d.]+', v) for v in package['dependencies'].values()), package)
        t.check('each with its sum', all(p['integrity'].startswith('sha512-') for p in packages_of.values()), packages_of)
        t.check('none runs a script', not any('hasInstallScript' in p for p in packages_of.values()) or
                '--ignore-scripts' in open(FETCH, encoding='utf-8').read())


def main():
    tap = Tap('node')
    if ready(tap):
        demo(tap)
        structs(tap)
        with Workplace() as place:
            heard('', 'zqPassword-5 Ü'.encode())

            def make(name, cost=4, **more):
                db = SQLite(name, place.path)
                with open(os.path.join(ROOT, 'examples/schema/sqlite.sql'), encoding='utf-8') as f:
                    db.sql(f.read())
                return db, place.config(name, 'odbc', db.options('odbc'), throttle={'per_identifier': 10000},
                                        password={'preferred': {'scheme': 'bcrypt/2b', 'cost': cost}}, **more)
            configs = [make('shop')[1], make('slow', 11)[1]]
            operations(tap, configs[0])
            whole(tap, place, make)
            workers(tap, *configs)
        packages(tap)
    tap.done()


main()
