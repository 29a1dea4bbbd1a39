"""`idbc password verify` and `hash`: what each line gets, in which order, with which exit
status; which family a form that describes itself is of; bytes of every kind; very many lines."""
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import kit  # noqa: E402

ORDER = ('argon2 bcrypt crypt phpass wordpress drupal django mediawiki werkzeug passlib ldap dovecot postgres mysql '
         'aspnet java cms').split()
MD5 = '5f4dcc3b5aa765d61d8327deb882cf99'        # of "password"


def ask(lines, *args):
    """Exit status, answers and what was said on stderr."""
    text = b'\n'.join(x if isinstance(x, bytes) else x.encode() if isinstance(x, str) else json.dumps(x).encode() for x in lines)
    done = subprocess.run([kit.IDBC, 'password', *(args or ['verify'])], input=text, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=120)
    return done.returncode, [json.loads(x) for x in done.stdout.decode().splitlines()], done.stderr.decode()


def hashed(scheme, password):
    return ask([{'password': password}], 'hash', '--scheme', scheme)[1][0]['hash']


def probe(stored, password='password', **more):
    return dict({'hash': stored, 'password': password}, **more)


def detection(t):
    with open(os.path.join(kit.ROOT, 'connector', 'password', 'scheme', 'schemes.c'), encoding='utf-8') as f:
        families = re.findall(r'&family_(\w+)', f.read())
    t.equal('families in the order promised', [x for x in families if x in ORDER], [x for x in ORDER if x in families])
    forms = {
        'argon2/argon2id-v19': '$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA', 'phpass/P': '$P$5saltsalt' + 22 * '/',
        'bcrypt/2y': '$2y$04$abcdefghijklmnopqrstu.' + 31 * '.', 'crypt/md5crypt': '$1$saltsalt$' + 22 * '.',
    }
    _code, said, _err = ask([probe(form, scheme=scheme) for form in forms.values() for scheme in ('', 'any', 'argon2')])
    for i, name in enumerate(forms):
        t.equal(name, [x.get('scheme') for x in said[3 * i:3 * i + 2]], [name, name])
        t.check(name + ' as argon2', said[3 * i + 2]['result'] in (['mismatch'] if name[0] == 'a' else ['malformed', 'unsupported']), said)


def undescribed(t):
    shared = [MD5, 40 * 'a', 64 * '0', 128 * 'f', 'left:right', MD5 + ':salt']
    _code, said, _err = ask([probe(x) for x in shared] + [probe(x, scheme='any') for x in shared])
    t.equal('never guessed', {x['result'] for x in said}, {'unsupported'})
    _code, said, _err = ask([probe(x) for x in ('garbage', '%s%n', '$', '{', 'a b')])
    t.equal('nothing known', {x['result'] for x in said}, {'malformed'})
    _code, said, _err = ask([probe(x, p) for x in ('', '*', '!', '!!', '*0', 'x', '*LK*', 'NP') for p in ('', 'x', '*')])
    t.equal('markers', {x['result'] for x in said}, {'locked'})
    _code, said, _err = ask([probe(MD5, scheme=x) for x in ('raw/md5-hex', 'no/such', 'nosuch', 'raw', 'raw/')])
    t.equal('named', [x['result'] for x in said][:3], ['match', 'unsupported', 'unsupported'])
    t.equal('the id asked for', [x.get('scheme') for x in said][:2], ['raw/md5-hex', 'no/such'])


def judgement(t):
    des, cheap, dear = hashed('crypt/des', 'eightlet'), hashed('bcrypt/2y', 'x' * 72), hashed('argon2/argon2id-v19', 'p')
    low = '$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$'
    cases = [
        (probe(MD5, scheme='raw/md5-hex'), 'match', True, True), (probe(MD5, 'x', scheme='raw/md5-hex'), 'mismatch', True, False),
        (probe(des, 'eightlet', scheme='crypt/des'), 'match', True, True),
        (probe(des, 'eightletters', scheme='crypt/des'), 'match', True, False),
        (probe(cheap, 'x' * 72), 'match', False, False), (probe(cheap, 'x' * 73), 'match', False, False),
        (probe(dear, 'p'), 'match', False, False), (probe(dear, 'q'), 'mismatch', False, False),
        (probe(low + 'A' * 43, 'p'), 'mismatch', False, False), (probe(low, 'p'), 'malformed', None, False),
    ]
    _code, said, _err = ask([line for line, *_rest in cases])
    for (line, result, weak, upgrade), answer in zip(cases, said):
        t.equal('%s %s' % (line['hash'][:20], line['password'][:12]), (answer['result'], answer['upgrade']), (result, upgrade))
        t.check('weak', weak is None or answer['weak'] is weak, answer)


def any_bytes(t):
    """Empty, NUL, what is no UTF-8 and control bytes are passwords here, and each is another one."""
    raw = [b'', b'a\0b', b'a', b'\xff\xfe', b'\x01\x7f\r\n', 'P\u00e4ss'.encode()]
    import hashlib
    digests = [hashlib.sha256(x).hexdigest() for x in raw]
    lines = [{'hash': d, 'password_hex': x.hex(), 'scheme': 'raw/sha256-hex'} for d in digests for x in raw]
    code, said, err = ask(lines)
    t.equal('status', (code, err), (0, ''))
    for i, answer in enumerate(said):
        same = i % len(raw) == i // len(raw)
        t.equal('%r against %r' % (raw[i % len(raw)], raw[i // len(raw)]), answer['result'], 'match' if same else 'mismatch')
    _code, said, _err = ask([probe(digests[1], 'a\0b', scheme='raw/sha256-hex'), probe(digests[5], 'P\u00e4ss', scheme='raw/sha256-hex')])
    t.equal('escaped in JSON', [x['result'] for x in said], ['match', 'match'])
    stored = [hashed(s, 'a') for s in ('crypt/sha512crypt', 'crypt/yescrypt', 'bcrypt/2b', 'phpass/P', 'crypt/md5crypt')]
    _code, said, _err = ask([{'hash': s, 'password_hex': x} for s in stored for x in ('61', '6100', '610062')])
    t.equal('a NUL ends nothing', [x['result'] for x in said], ['match', 'mismatch', 'mismatch'] * len(stored))
    _code, said, _err = ask([probe(s, 'a' * n) for s in stored for n in (4096, 4097, 100000)])
    t.equal('long ones', {x.get('result') for x in said}, {'mismatch'})


def unreadable(t):
    good = probe(MD5, scheme='raw/md5-hex')
    bad = [b'\xff', '{"hash": "x", "password": "p", "password_hex": "00"}', '{"hash": "x", "hash": "y", "password": "p"}',
           probe('x', scheme='raw/md5-hex\0'), probe('x', scheme=7), probe('x', salt=[]), probe(None), probe('x', None),
           {'hash': 'x', 'password_hex': '0g'}, b'{"hash": "\xc3\x28", "password": "p"}', '[' * 5000, '{}', '"x"', 'null']
    code, said, err = ask([x for line in bad for x in (line, good)])
    t.equal('exit status, stderr', (code, err), (2, ''))
    t.equal('in order', ['error' in x for x in said], [True, False] * len(bad))
    t.check('no error repeats the line', not any(MD5 in json.dumps(x) for x in said), said)
    code, said, _err = ask([good, probe('garbage'), probe('*')])
    t.equal('answered is 0', (code, len(said)), (0, 3))


def long_lines(t):
    good = json.dumps(probe(MD5, scheme='raw/md5-hex'))
    room = (1 << 20) - len(good) - 2
    code, said, _err = ask([good + ' ' * room, good + ' ' * (room + 10), good + ' ' * (8 << 20), good])
    t.equal('1 MiB is read, more is not', (code, [x.get('result', 'error') for x in said]), (2, ['match', 'error', 'error', 'match']))


def resident(process):
    with open('/proc/%d/status' % process.pid, encoding='ascii') as f:
        return int(next(x for x in f if x.startswith('VmRSS')).split()[1])


def very_many(t):
    """Memory after the first thousands is memory at the end."""
    lines = [probe(MD5, scheme='raw/md5-hex'), probe('garbage'), probe('$1$x$' + 22 * '.', 'q' * 300, scheme='raw'), 'unreadable']
    block = ''.join((x if isinstance(x, str) else json.dumps(x)) + '\n' for x in lines).encode() * 50
    sizes = []
    process = subprocess.Popen([kit.IDBC, 'password', 'verify'], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    for turn in range(500):         # a block fits into the pipes
        process.stdin.write(block)
        process.stdin.flush()
        for _line in range(200):
            process.stdout.readline()
        if turn % 50 == 49:
            sizes.append(resident(process))
    process.stdin.close()
    t.equal('exit', process.wait(10), 2)
    process.stdout.close()
    t.check('no growth', sizes[-1] - sizes[0] < 512, sizes)


def main():
    tap = kit.Tap('password-lines')
    for name, test in (('detection, in order', detection), ('forms that describe nothing', undescribed), ('weak, upgrade', judgement),
                       ('any bytes', any_bytes), ('unreadable lines', unreadable), ('long lines', long_lines),
                       ('very many lines', very_many)):
        with tap.test(name) as t:
            test(t)
    tap.done()


if __name__ == '__main__':
    main()
