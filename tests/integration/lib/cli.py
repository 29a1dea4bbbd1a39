"""The idbc command itself: usage, ways to give a password, shapes of answers, exit status.
On our own schema on SQLite; no server."""
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kit import IDBC, Answer, Tap, Workplace, idbc  # noqa: E402

PASSWORD = 'First pass 1!'


def run(*args, stdin=b'', env=None, fds=()):
    """The command as it is, without -c."""
    clean = {k: v for k, v in os.environ.items() if k != 'IDBC_CONFIG'}
    return Answer(subprocess.run([IDBC, *args], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                 env={**clean, **(env or {})}, pass_fds=fds, timeout=60, start_new_session=True))


def usage(tap, config):
    wrong = {
        'nothing': [], 'no such command': ['frobnicate'], 'no argument': ['-c', config, 'login'],
        'two arguments': ['-c', config, 'login', 'a', 'b'], 'unknown option': ['-c', config, 'version', '--nonsense'],
        'an option of another command': ['-c', config, 'get-user', 'a', '--verified'],
        'an option without its value': ['-c', config, 'get-user', 'a', '--by'],
        'no such kind': ['-c', config, 'get-user', 'a', '--by', 'colour'],
        'no configuration': ['get-user', 'a'], 'a time that is none': ['-c', config, '--timeout', 'soon', 'get-user', 'a'],
        'a negative time': ['-c', config, '--timeout', '-5', 'get-user', 'a'],
        'twice': ['-c', config, '-c', config, 'get-user', 'a'], 'password what': ['password', 'frob'],
        'a login and more': ['-c', config, 'check', '--login', 'ida', '--grants'],
        'a login and a table': ['-c', config, 'check', '--create', '--login', 'ida'],
        'a password for nobody': ['-c', config, 'check', '--password-file', '/dev/null'],
        'set without a value': ['-c', config, 'create', '--set', 'name', '--password-file', '/dev/null'],
    }
    with tap.test('usage/exit-2-one-line') as t:
        for what, args in wrong.items():
            plain = run(*args)
            t.equal(what, (plain.code, plain.out, plain.err.count('\n')), (2, '', 1))
            t.check('%s begins with the command' % what, plain.err.startswith('idbc: '), plain)
            answer = run('--json', *args)
            t.equal(what + ' as JSON', (answer.code, answer.err, answer.status), (2, '', 'INVALID'))
    with tap.test('usage/a-password-in-argv-is-not-repeated') as t:
        answer = run('-c', config, 'login', 'ida', '--password=hunter2')
        t.equal('exit', answer.code, 2)
        t.check('not repeated', 'hunter2' not in answer.err, answer)
    with tap.test('usage/options-before-and-after') as t:
        before = run('-c', config, '--json', 'get-user', '--by', 'email', 'ida@example.com')
        after = run('get-user', 'ida@example.com', '--by', 'email', '--json', '-c', config)
        t.equal('before', before.status, 'OK')
        t.equal('after', after.out, before.out)
        posix = run('get-user', 'ida@example.com', '--json', '-c', config, env={'POSIXLY_CORRECT': '1'})
        t.equal('POSIXLY_CORRECT', posix.out, before.out)
        t.equal('IDBC_CONFIG', run('get-user', '--json', 'ida', env={'IDBC_CONFIG': config}).out, before.out)
        t.equal('a value with a dash', run('-c', config, 'get-user', '--', '-x').code, 1)
    with tap.test('usage/help-and-version') as t:
        t.equal('help', (run('--help').code, run('-h').out), (0, run('--help').out))
        t.check('version', re.fullmatch(r'idbc \d+\.\d+\.\d+\n', run('version').out), run('version'))
        t.equal('as JSON', sorted(run('--json', 'version').json), ['status', 'version'])
    with tap.test('usage/without-intents') as t:
        for command in ('recover', 'recover --remove-command true'):
            answer = run('-c', config, '--json', *command.split(' ', 2))
            t.check(command, (answer.code, answer.status) in ((2, 'UNSUPPORTED'), (2, 'STATE')), answer)
    with tap.test('usage/full-disk') as t:
        with open('/dev/full', 'wb') as full:
            done = subprocess.run([IDBC, 'version'], stdout=full, stderr=subprocess.PIPE)
        t.equal('exit', done.returncode, 4)


def has_terminals():
    try:
        for fd in pty.openpty():
            os.close(fd)
    except OSError:
        return False
    return True


def terminal(args, answers, interrupt=False):
    """Runs the command on a terminal of its own; returns exit status, what it showed, echo."""
    pid, master = pty.fork()
    if pid == 0:
        os.execv(IDBC, [IDBC, *args])
    shown, pending, end = b'', list(answers), time.time() + 30
    while time.time() < end:
        if not select.select([master], [], [], 0.1)[0]:
            continue
        try:
            got = os.read(master, 4096)
        except OSError:
            break
        if not got:
            break
        shown += got
        if shown.endswith(b': ') and pending:
            time.sleep(0.05)
            os.write(master, pending.pop(0).encode() + b'\n')
        elif shown.endswith(b': ') and interrupt:
            time.sleep(0.05)
            os.write(master, b'\x03')
    status = os.waitpid(pid, 0)[1]
    os.close(master)
    return status, shown.decode(errors='replace')


def passwords(tap, place, config):
    with tap.test('password/file-and-descriptor') as t:
        for name, text, status in (('newline', PASSWORD + '\n', 'OK'), ('none', PASSWORD, 'OK'),
                                   ('two newlines', PASSWORD + '\n\n', 'DENIED'), ('carriage return', PASSWORD + '\r\n', 'DENIED'),
                                   ('blank', PASSWORD + ' ', 'DENIED'), ('empty', '', 'DENIED'), ('wrong', 'x', 'DENIED')):
            path = place.file('pw', text)
            t.equal('file, ' + name, run('-c', config, '--json', 'login', 'ida', '--password-file', path).status, status)
            with open(path, 'rb') as f:
                answer = run('-c', config, '--json', 'login', 'ida', '--password-fd', str(f.fileno()), fds=(f.fileno(),))
            t.equal('descriptor, ' + name, answer.status, status)
        place.file('pw', PASSWORD + '\0more')
        for text, what in (('a\0b', 'a NUL byte'), ('x' * 5000, 'too long'), ('x' * 200000, 'far too long')):
            path = place.file('pw', text)
            answer = run('-c', config, '--json', 'login', 'ida', '--password-file', path)
            t.equal(what, (answer.code, answer.status), (2, 'INVALID'))
    with tap.test('password/no-way-to-ask') as t:
        for args in (['login', 'ida'], ['change-password', 'ida'], ['create', '--email', 'x@example.com'], ['create']):
            t.equal(' '.join(args), run('-c', config, *args).code, 2)
            t.equal(' '.join(args) + ' as JSON', run('-c', config, '--json', *args).status, 'INVALID')
        for args in (['--password-file', '/nonexistent'], ['--password-fd', '99'], ['--password-fd', 'x'],
                     ['--password-fd', '0', '--password-file', '/dev/null']):
            t.equal(' '.join(args), run('-c', config, 'login', 'ida', *args).code, 2)
    if not has_terminals():
        tap.skip('password/terminal', 'no pseudo-terminals here')
        return
    with tap.test('password/terminal') as t:
        status, shown = terminal(['-c', config, 'login', 'ida'], [PASSWORD])
        t.equal('right', os.WEXITSTATUS(status), 0)
        t.check('not echoed', PASSWORD not in shown and '"user_id"' in shown, shown)
        status, shown = terminal(['-c', config, 'change-password', 'ida'], ['Other pass 2', 'Other pass 3'])
        t.equal('two that differ', os.WEXITSTATUS(status), 2)
        status, shown = terminal(['-c', config, 'change-password', 'ida'], [PASSWORD, PASSWORD])
        t.equal('twice', (os.WEXITSTATUS(status), shown.count(': ')), (0, 2))
        status, shown = terminal(['-c', config, 'check', '--login', 'ida'], [PASSWORD])
        t.check('explained', os.WEXITSTATUS(status) == 0 and 'password: right' in shown and PASSWORD not in shown, shown)
        status, shown = terminal(['-c', config, 'check', '--login', 'ida'], ['Wrong pass 9'])
        t.check('explained, wrong', os.WEXITSTATUS(status) == 1 and 'password: wrong' in shown, shown)
        status, shown = terminal(['-c', config, 'check', '--login', 'ida'], [''])
        t.check('explained without', os.WEXITSTATUS(status) == 0 and 'not tried' in shown, shown)
        status, shown = terminal(['-c', config, 'login', 'ida'], [], interrupt=True)
        t.check('interrupted', os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGINT, status)


def creation(tap, place, config):
    def made(*args, stdin=None, password=PASSWORD):
        return idbc(config, '--json', 'create', *args, password=password, stdin=stdin)

    with tap.test('create/ways-to-give-the-profile') as t:
        one = made(stdin='{"email": "a1@example.com", "username": "a1", "name": "A One"}')
        t.equal('stdin', one.json.get('profile', {}).get('name'), 'A One')
        path = place.file('p.json', '{"email": "a2@example.com", "name": "A Two"}')
        t.equal('--profile', made('--profile', path).json.get('profile', {}).get('name'), 'A Two')
        two = made('--email', 'a3@example.com', '--username', 'a3', '--set', 'name=A = Three', '--set', 'blocked:=true')
        t.equal('fields', (two.json.get('profile', {}).get('name'), two.json.get('profile', {}).get('blocked')), ('A = Three', True))
        over = made('--profile', place.file('p.json', '{"email": "x@example.com", "name": "X"}'), '--email', 'a4@example.com')
        t.equal('field over profile', (over.json.get('profile', {}).get('email'), over.json.get('profile', {}).get('name')), ('a4@example.com', 'X'))
        plain = idbc(config, 'create', '--email', 'a5@example.com', password=PASSWORD)
        t.equal('one line of JSON', (plain.code, plain.out.count('\n'), json.loads(plain.out or '{}').get('email')), (0, 1, 'a5@example.com'))
    with tap.test('create/bad-profiles') as t:
        for what, text in (('empty', ''), ('no JSON', 'hello'), ('a list', '[]'), ('NUL', '{"email": "a\0"}'), ('large', '{"email": "%s"}' % ('x' * 1200000))):
            answer = made(stdin=text)
            t.equal(what, (answer.code, answer.status), (2, 'INVALID'))
        t.equal('bad JSON in --set', made('--set', 'name:={').status, 'INVALID')
        t.equal('no such file', made('--profile', '/nonexistent').status, 'INVALID')
        blocked = made('--self-service', '--email', 'a6@example.com', '--set', 'blocked:=true')
        t.equal('a sign-up form cannot block', (blocked.status, blocked.code), ('INVALID', 2))
        t.equal('effect', blocked.json.get('effect'), 'NONE')


def shapes(tap, place, config):
    user = idbc(config, '--json', 'get-user', 'ida').json.get('profile', {})
    with tap.test('answers/reads') as t:
        login = idbc(config, '--json', 'login', 'ida', password=PASSWORD)
        t.equal('members', list(login.json), ['status', 'profile'])
        t.equal('nothing on stderr', login.err, '')
        plain = idbc(config, 'get-user', 'ida')
        t.equal('one line', (plain.out.count('\n'), json.loads(plain.out)['user_id']), (1, user['user_id']))
        pretty = idbc(config, 'get-user', '--pretty', 'ida')
        t.check('indented', pretty.out.count('\n') > 3 and json.loads(pretty.out) == json.loads(plain.out), pretty)
    with tap.test('answers/refusals') as t:
        text = idbc(config, 'login', 'ida', password='wrong')
        t.equal('text', (text.code, text.out, text.err), (1, '', 'idbc: login: identifier or password refused\n'))
        unknown = idbc(config, 'login', 'nobody', password='wrong')
        t.equal('unknown user, the same', (unknown.code, unknown.out, unknown.err), (text.code, text.out, text.err))
        answer = idbc(config, '--json', 'login', 'ida', password='wrong')
        t.equal('members', list(answer.json), ['status', 'message'])
        audit = idbc(config, '--json', '--audit', 'login', 'ida', password='wrong')
        t.equal('audit', audit.json.get('detail'), 'WRONG_PASSWORD')
        audit = idbc(config, '--json', '--audit', 'login', 'nobody', password='wrong')
        t.equal('audit', audit.json.get('detail'), 'UNKNOWN_USER')
        t.equal('get-user', (idbc(config, 'get-user', 'nobody').err, idbc(config, 'get-user', 'nobody').code), ('idbc: get-user: no such user\n', 1))
    with tap.test('answers/writes') as t:
        for args, password in ((['verify', 'ida@example.com'], None), (['change-password', 'ida'], PASSWORD),
                               (['change-email', 'ida', 'ida@example.com'], None)):
            plain = idbc(config, *args, password=password)
            t.equal(args[0] + ' prints nothing', (plain.code, plain.out, plain.err), (0, '', ''))
            answer = idbc(config, '--json', *args, password=password)
            t.equal(args[0], answer.json, {'status': 'OK', 'effect': 'APPLIED'})
        answer = idbc(config, '--json', 'change-email', 'nobody', 'x@example.com')
        t.equal('failed', (answer.code, answer.status, answer.json.get('effect')), (1, 'NO_USER', 'NONE'))
    with tap.test('answers/deadline-and-store-down') as t:
        away = place.config('away', 'odbc', {'attributes': {'Driver': 'SQLite3', 'Database': 'absent.db'}})
        answer = idbc(away, '--json', 'login', 'ida', password=PASSWORD)
        t.equal('absent', (answer.code, answer.status), (3, 'UNAVAILABLE'))
        t.check('not made', not os.path.exists(os.path.join(place.path, 'absent.db')))
        dead = [away]
        if 'mysql' in [d['name'] for d in run('--json', 'drivers').json['drivers']]:
            dead.append(place.config('dead', 'mysql', {'host': '127.0.0.1', 'port': 1, 'user': 'x', 'password': 'x', 'database': 'x'}))
        for path in dead:
            for args in (['check'], ['check', '--grants'], ['check', '--login', 'ida']):
                answer = idbc(path, '--json', *args)
                t.equal(' '.join(args), (answer.code, answer.status, answer.err), (3, 'UNAVAILABLE', ''))
                text = idbc(path, *args)
                t.check(' '.join(args) + ' as text', text.code == 3 and 'reached' in text.out + text.err, text)
        t.equal('too long a time', idbc(config, '--timeout', '4294967295', 'get-user', 'ida').code, 2)
        t.equal('enough time', idbc(config, '--timeout', '10000', 'get-user', 'ida').code, 0)


def configurations(tap, place):
    options = {'attributes': {'Driver': 'SQLite3', 'Database': 'x.db'}}
    with tap.test('configuration/all-findings') as t:
        path = place.config('wrong', 'odbc', options, nonsense=1, timeout_ms='soon', pool={'max': 0})
        text = idbc(path, 'get-user', 'ida')
        t.equal('exit', (text.code, text.out), (2, ''))
        for word in ('nonsense', 'timeout_ms', 'pool.max'):
            t.check(word, re.search(r'^idbc: get-user: %s: .* \([a-z-]+\)$' % re.escape(word), text.err, re.M), text)
        answer = idbc(path, '--json', 'delete-user', 'wrong|1')
        t.equal('as JSON', (answer.code, answer.status, answer.err), (2, 'CONFIG', ''))
        t.equal('effect', answer.json.get('effect'), 'NONE')
        for finding in answer.json.get('findings', [{}]):
            t.equal('members', sorted(finding), ['code', 'key', 'remedy', 'severity', 'text'])
        check = idbc(path, '--json', 'check')
        t.equal('check', (check.code, check.status, len(check.json['findings'])), (2, 'CONFIG', len(answer.json['findings'])))
        t.check('check as text', 'error unknown-key: nonsense: ' in idbc(path, 'check').out, idbc(path, 'check'))
    with tap.test('configuration/absent-or-no-JSON') as t:
        for path in (os.path.join(place.path, 'nonexistent.json'), place.file('bad.json', '{'), place.path):
            answer = idbc(path, '--json', 'get-user', 'ida')
            t.equal(path, (answer.code, answer.status), (2, 'CONFIG'))
            t.check('says why', idbc(path, 'get-user', 'ida').err.startswith('idbc: get-user: '), answer)
    with tap.test('configuration/no-email') as t:
        mapping = {'user': {'table': 'idbc_users', 'key': 'id', 'id': 'auto'}, 'profile': {'username': 'username'},
                   'login': {'by': ['username']}, 'password': {'col': 'password_hash'}}
        nameless = place.config('cli', 'odbc', {'attributes': {'Driver': 'SQLite3', 'Database': 'cli.db'}}, mapping)
        found = idbc(nameless, '--json', 'check').json.get('findings', [])
        t.equal('warned', [f['severity'] for f in found if f['code'] == 'no-email'], ['warning'])
        mapping['profile']['email'] = 'email'
        place.config('cli', 'odbc', {'attributes': {'Driver': 'SQLite3', 'Database': 'cli.db'}}, mapping)
        found = idbc(nameless, '--json', 'check').json.get('findings', [])
        t.equal('mended', [f for f in found if f['code'] == 'no-email'], [])
        place.config('cli', 'odbc', {'attributes': {'Driver': 'SQLite3', 'Database': 'cli.db'}})
    with tap.test('configuration/no-throttle') as t:
        def limited(users=None, **more):
            path = place.config('guess', 'odbc', {'attributes': {'Driver': 'SQLite3', 'Database': 'absent.db'}}, users, **more)
            return [f['severity'] for f in idbc(path, '--json', 'check').json.get('findings', []) if f['code'] == 'no-throttle']

        t.equal('nothing limits guesses', limited(), ['warning'])
        t.equal('of clients alone', limited(throttle={'per_identifier': 0}), ['warning'])
        t.equal('throttle', limited(throttle={}), [])
        t.equal('no password is asked for', limited(operations=['getUser', 'create']), [])
    with tap.test('configuration/write-not-accepted') as t:
        def lost(accept, write=None, **more):
            users = {'user': {'table': 'idbc_users', 'key': 'id', 'id': 'auto'}, 'profile': {'username': 'username'},
                     'login': {'by': ['username']}, 'password': {'col': 'password_hash', 'accept': accept, **(write or {})}}
            path = place.config('lost', 'odbc', {'attributes': {'Driver': 'SQLite3', 'Database': 'absent.db'}}, users, **more)
            return [f['text'] for f in idbc(path, '--json', 'check').json.get('findings', []) if f['code'] == 'write-not-accepted']

        t.check('the preferred one', 'argon2/argon2id-v19' in ''.join(lost(['bcrypt'])), lost(['bcrypt']))
        t.equal('accepted by family', lost(['bcrypt', 'argon2']), [])
        t.equal('written as accepted', lost(['bcrypt'], {'write': {'scheme': 'bcrypt/2y'}}), [])
        t.check('written otherwise', 'bcrypt/2b' in ''.join(lost(['bcrypt/2y'], {'write': {'scheme': 'bcrypt/2b'}})))
        t.equal('nothing is written', lost(['bcrypt'], operations=['login', 'getUser']), [])
    with tap.test('configuration/check-and-create') as t:
        path = place.config('fresh', 'odbc', {'attributes': {'Driver': 'SQLite3', 'Database': 'fresh.db'}})
        t.equal('before', idbc(path, 'check').code, 3)
        t.equal('create', idbc(path, 'check', '--create').code, 0)
        t.equal('again', idbc(path, 'check', '--create').code, 0)
        t.equal('after', (idbc(path, '--json', 'check').code, idbc(path, '--json', 'check').status), (0, 'OK'))


def deleting(tap, place):
    options = {'attributes': {'Driver': 'SQLite3', 'Database': 'cli.db'}}
    off = place.config('cli', 'odbc', options, delete={'intents': 'off'})
    user = idbc(off, '--json', 'create', '--email', 'gone@example.com', password=PASSWORD).json.get('profile', {})
    uid = user.get('user_id', '')
    seen = os.path.join(place.path, 'seen')
    with tap.test('delete/remove-command') as t:
        without = place.config('cli', 'odbc', options)
        t.equal('needs delete.intents', (idbc(without, '--json', 'delete-user', uid, '--remove-command', 'true').status), 'STATE')
        off2 = place.config('cli', 'odbc', options, delete={'intents': 'off'})
        no = idbc(off2, '--json', 'delete-user', uid, '--remove-command', 'exit 7')
        t.equal('refused', (no.status, no.json.get('native'), no.json.get('effect')), ('CANCELLED', 7, 'NONE'))
        t.equal('still there', idbc(off2, 'get-user', '--by', 'user_id', uid).code, 0)
        noisy = idbc(off2, '--json', 'delete-user', uid, '--remove-command', 'echo noise; cat >%s' % seen)
        t.equal('gone', (noisy.code, noisy.json), (0, {'status': 'OK', 'effect': 'APPLIED'}))
        with open(seen) as f:
            t.equal('what it read', f.read(), uid + '\n')
        os.unlink(seen)
        t.equal('unknown', idbc(off2, '--json', 'delete-user', uid, '--remove-command', 'touch ' + seen).status, 'NO_USER')
        t.check('not called for nobody', not os.path.exists(seen))


def lines(tap):
    def ask(*args, text):
        answer = run('password', *args, stdin=text if isinstance(text, bytes) else text.encode())
        return answer.code, [json.loads(line) for line in answer.out.splitlines()]

    with tap.test('password-lines/hash-and-verify') as t:
        code, made = ask('hash', '--scheme', 'bcrypt/2b', text='{"password": "hunter2"}\n')
        t.equal('hash', (code, list(made[0])), (0, ['hash']))
        line = json.dumps({'hash': made[0]['hash'], 'password': 'hunter2'})
        code, out = ask('verify', text='%s\n%s\n%s' % (line, line.replace('hunter2', 'hunter3'), line))
        t.equal('in order', (code, [o['result'] for o in out]), (0, ['match', 'mismatch', 'match']))
        t.equal('members', sorted(out[0]), ['result', 'scheme', 'upgrade', 'weak'])
        t.equal('scheme', out[0]['scheme'], 'bcrypt/2b')
        line = json.dumps({'hash': made[0]['hash'], 'password_hex': b'hunter2'.hex(), 'scheme': 'bcrypt'})
        t.equal('bytes, family', ask('verify', text=line)[1][0]['result'], 'match')
    with tap.test('password-lines/unreadable') as t:
        good = '{"hash": "5f4dcc3b5aa765d61d8327deb882cf99", "password": "password", "scheme": "raw/md5-hex"}'
        bad = ['', 'x', '[]', '{"hash": "x"}', '{"password": "x"}', '{"hash": 1, "password": "x"}', '{"hash": "x", "password_hex": "0"}',
               '{"hash": "x", "password_hex": "zz"}', '{"hash": "x", "password": "p", "params": []}', '{"hash": "x", "password": "%s"}' % ('y' * 1100000)]
        code, out = ask('verify', text='\n'.join(bad) + '\n' + good + '\n')
        t.equal('each is answered', (code, len(out)), (2, len(bad) + 1))
        for i, line in enumerate(bad):
            t.equal(line[:60], list(out[i]), ['error'])
        t.equal('the good one', (out[-1].get('result'), out[-1].get('weak')), ('match', True))
        t.equal('NUL', ask('verify', text=good.encode() + b'\0\n')[0], 2)
        t.equal('nothing', ask('verify', text=''), (0, []))
        t.equal('not hashed', ask('hash', '--scheme', 'no/such', text='{"password": "x"}')[0], 2)
    with tap.test('password-lines/one-at-a-time') as t:
        process = subprocess.Popen([IDBC, 'password', 'verify'], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(2):
            process.stdin.write(good.encode() + b'\n')
            process.stdin.flush()
            ready = select.select([process.stdout], [], [], 10)[0]
            t.check('answered before the end', ready and b'match' in os.read(process.stdout.fileno(), 4096))
        process.stdin.close()
        t.equal('exit', process.wait(10), 0)
        process.stdout.close()


def drivers(tap):
    with tap.test('drivers/list') as t:
        answer = run('--json', 'drivers')
        t.equal('members', sorted(answer.json), ['drivers', 'refused', 'status'])
        names = [d['name'] for d in answer.json['drivers']]
        t.check('odbc', 'odbc' in names, names)
        for driver in answer.json['drivers']:
            for member in ('name', 'version', 'abi', 'caps', 'path'):
                t.check(member, driver.get(member), driver)
        t.check('text', re.search(r'^odbc\s', run('drivers').out, re.M), run('drivers'))


def logs(tap, place, config):
    with tap.test('log/no-secrets') as t:
        answer = idbc(config, '--log', 'debug', 'login', 'ida', password=PASSWORD)
        t.equal('exit', answer.code, 0)
        denied = idbc(config, '--log', 'debug', 'login', 'ida', password='Wrong pass 9')
        for text in (answer.err, denied.err):
            t.check('no password, no hash', PASSWORD not in text and 'Wrong pass 9' not in text and '$argon2' not in text, text)
        t.check('statements', re.search(r'^debug: odbc: #\d+ cli: prepare: SELECT .*"idbc_users"', denied.err, re.M), denied.err)
        get = idbc(config, '--log', 'debug', 'get-user', '--by', 'email', 'ida@example.com')
        t.check('without values', get.code == 0 and 'prepare: SELECT' in get.err and 'ida@' not in get.err, get.err)
        t.equal('no such level', idbc(config, '--log', 'loud', 'get-user', 'ida').code, 2)


def main():
    tap = Tap('cli')
    with Workplace() as place:
        config = place.config('cli', 'odbc', {'attributes': {'Driver': 'SQLite3', 'Database': 'cli.db'}})
        idbc(config, 'check', '--create')
        first = idbc(config, '--json', 'create', '--email', 'ida@example.com', '--username', 'ida', password=PASSWORD)
        with tap.test('ready') as t:
            t.equal('the first user', first.status, 'OK') or t.check('answer', False, first)
        usage(tap, config)
        passwords(tap, place, config)
        creation(tap, place, config)
        shapes(tap, place, config)
        configurations(tap, place)
        lines(tap)
        drivers(tap)
        logs(tap, place, config)
        deleting(tap, place)
    tap.done()


main()
