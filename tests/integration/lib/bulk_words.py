"""Stored passwords in the words of bulk-import files: each made by a library that is not ours, taken
in, then logged in with and refused with another; and what has no form here, told with its line.

usage: bulk_words.py"""
import base64
import hashlib
import hmac
import json
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kit import ROOT, Tap, Workplace, database, idbc  # noqa: E402

SECRET = 'Quarz-7 Würfel! 漢'
# Debian's python3-bcrypt and python3-argon2; another Python may be first in the path.
BY_OTHERS = """import argon2, bcrypt, json, sys
p = sys.stdin.buffer.read()
low = dict(time_cost=1, memory_cost=64, parallelism=1, hash_len=32, salt=b'saltsaltsalt')
out = {'argon2-' + n: argon2.low_level.hash_secret(p, type=t, **low).decode()
       for n, t in (('i', argon2.Type.I), ('d', argon2.Type.D), ('id', argon2.Type.ID))}
out['argon2-v16'] = argon2.low_level.hash_secret(p, type=argon2.Type.ID, version=16, **low).decode()
out.update({'bcrypt-2b': bcrypt.hashpw(p, bcrypt.gensalt(4, b'2b')).decode(), 'bcrypt-2a': bcrypt.hashpw(p, bcrypt.gensalt(4, b'2a')).decode()})
out['bcrypt-2y'] = '$2y' + out['bcrypt-2b'][3:]
print(json.dumps(out))"""
BYTES, TEXT = b'NaCl\x00\x01\xff!', b'salty $alt:'
DIGESTS = {'md5': 16, 'sha1': 20, 'sha256': 32, 'sha512': 64}


def hex_of(data):
    return {'value': data.hex(), 'encoding': 'hex'}


def upper(data):
    return {'value': data.hex().upper(), 'encoding': 'hex'}


def b64(data):
    return {'value': base64.b64encode(data).decode(), 'encoding': 'base64'}


def plain(data):
    return {'value': data.decode(), 'encoding': 'utf8'}


def digest(name, data):
    return hashlib.new(name, data).digest()


def phc(name, rounds, length, salt):
    key = hashlib.pbkdf2_hmac(name, SECRET.encode(), salt, rounds, length)
    salt, key = (base64.b64encode(x).decode().rstrip('=') for x in (salt, key))
    return '$pbkdf2-%s$i=%d,l=%d$%s$%s' % (name, rounds, length, salt, key)


def scrypt(length, salt, **more):
    key = hashlib.scrypt(SECRET.encode(), salt=salt, n=1024, r=4, p=2, dklen=length)
    return {'algorithm': 'scrypt', 'hash': b64(key), 'salt': b64(salt), 'keylen': length, 'cost': 1024, 'blockSize': 4,
            'parallelization': 2, **more}


def of_other_programs(place):
    made = subprocess.run(['/usr/bin/python3', '-c', BY_OTHERS], input=SECRET.encode(), stdout=subprocess.PIPE, check=True)
    for name, form in json.loads(made.stdout).items():
        yield name, {'algorithm': name.split('-')[0], 'hash': plain(form.encode())}
    file = place.file('typed', SECRET)
    program = shutil.which('slappasswd', path=os.environ['PATH'] + ':/usr/sbin')
    for scheme in 'SSHA', 'SHA', 'SMD5', 'MD5':
        form = subprocess.run([program, '-h', '{%s}' % scheme, '-T', file], stdout=subprocess.PIPE, check=True).stdout.strip()
        yield 'ldap-' + scheme, {'algorithm': 'ldap', 'hash': plain(form)}
    md4 = subprocess.run(['openssl', 'dgst', '-provider', 'legacy', '-provider', 'default', '-md4', '-binary'],
                         input=SECRET.encode('utf-16-le'), stdout=subprocess.PIPE, check=True).stdout
    yield 'md4', {'algorithm': 'md4', 'hash': hex_of(md4), 'password': {'encoding': 'utf16le'}}
    yield 'md4-base64', {'algorithm': 'md4', 'hash': b64(md4), 'password': {'encoding': 'ucs2'}}


def algorithms(place):
    """(name, custom_password_hash)"""
    p = SECRET.encode()
    yield from of_other_programs(place)
    for name in DIGESTS:
        bare = digest(name, p)
        yield name, {'algorithm': name, 'hash': hex_of(bare)}
        yield name + '-upper', {'algorithm': name, 'hash': upper(bare)}
        yield name + '-base64', {'algorithm': name, 'hash': b64(bare), 'password': {'encoding': 'utf8'}}
        yield name + '-behind', {'algorithm': name, 'hash': b64(digest(name, p + BYTES)), 'salt': {**b64(BYTES), 'position': 'suffix'}}
        yield name + '-behind-text', {'algorithm': name, 'hash': hex_of(digest(name, p + TEXT)), 'salt': {**plain(TEXT), 'position': 'suffix'}}
        yield name + '-before', {'algorithm': name, 'hash': hex_of(digest(name, TEXT + p)), 'salt': {**plain(TEXT), 'position': 'prefix'}}
        yield name + '-unsaid', {'algorithm': name, 'hash': hex_of(digest(name, TEXT + p)), 'salt': hex_of(TEXT)}
        if name != 'md5':
            yield name + '-before-bytes', {'algorithm': name, 'hash': b64(digest(name, BYTES + p)), 'salt': {**hex_of(BYTES), 'position': 'prefix'}}
        for kind, key in (('hex', hex_of(TEXT)), ('base64', b64(TEXT)), ('utf8', plain(TEXT))):
            mac = hmac.new(TEXT, p, name).digest()
            yield 'hmac-%s-%s' % (name, kind), {'algorithm': 'hmac', 'hash': {**(b64 if kind == 'base64' else hex_of)(mac), 'digest': name, 'key': key}}
    for name, rounds, length, salt in (('sha1', 1000, 20, BYTES), ('sha256', 1000, 32, BYTES), ('sha512', 1000, 64, BYTES), ('sha512', 1001, 32, TEXT),
                                       ('sha256', 17, 20, BYTES * 8)):
        yield 'pbkdf2-%s-%d-%d' % (name, rounds, length), {'algorithm': 'pbkdf2', 'hash': plain(phc(name, rounds, length, salt).encode())}
    yield 'scrypt-32', scrypt(32, BYTES)
    yield 'scrypt-32-long', scrypt(32, BYTES * 4)
    yield 'scrypt-64', scrypt(64, b'saltysalt')


def impossible():
    """(what is told, custom_password_hash)"""
    p = SECRET.encode()
    sha256 = digest('sha256', p)
    wide = {'password': {'encoding': 'utf16le'}}
    yield 'unsupported_hash', {'algorithm': 'md4', 'hash': hex_of(bytes(16))}
    yield 'unsupported_hash', {'algorithm': 'md4', 'hash': hex_of(bytes(16)), 'salt': plain(TEXT), **wide}
    yield 'unsupported_hash', {'algorithm': 'whirlpool', 'hash': hex_of(bytes(64))}
    yield 'unsupported_hash', {'algorithm': 'sha384', 'hash': hex_of(bytes(48))}
    yield 'unsupported_hash', {'algorithm': 'SHA256', 'hash': hex_of(sha256)}
    yield 'unsupported_hash', {'hash': hex_of(sha256)}
    yield 'unsupported_hash', {'algorithm': 'sha256', 'hash': hex_of(sha256[:20])}
    yield 'unsupported_hash', {'algorithm': 'sha256', 'hash': hex_of(sha256), **wide}
    yield 'unsupported_hash', {'algorithm': 'md5', 'hash': hex_of(digest('md5', BYTES + p)), 'salt': hex_of(BYTES)}
    yield 'unsupported_hash', {'algorithm': 'hmac', 'hash': {**hex_of(sha256), 'digest': 'sha256', 'key': hex_of(BYTES)}}
    yield 'unsupported_hash', {'algorithm': 'hmac', 'hash': {**hex_of(sha256), 'digest': 'sha384', 'key': plain(TEXT)}}
    yield 'unsupported_hash', {'algorithm': 'hmac', 'hash': {**hex_of(sha256), 'digest': 'sha256'}, 'salt': plain(TEXT)}
    yield 'unsupported_hash', {'algorithm': 'bcrypt', 'hash': plain(b'$2b$04$' + b'a' * 53), 'salt': plain(TEXT)}
    yield 'unsupported_hash', scrypt(16, BYTES)
    yield 'unsupported_hash', scrypt(64, BYTES)
    yield 'hash_not_accepted', {'algorithm': 'bcrypt', 'hash': plain(b'$2b$04$short')}
    yield 'hash_not_accepted', {'algorithm': 'bcrypt', 'hash': plain(b'$2b$31$' + b'a' * 53)}
    yield 'hash_not_accepted', {'algorithm': 'argon2', 'hash': plain(b'$argon2id$v=19$m=4294967295,t=1,p=1$c2FsdHNhbHQ$' + b'A' * 43)}
    yield 'hash_not_accepted', {'algorithm': 'ldap', 'hash': plain(b'{CRYPT}x')}
    yield 'invalid_hash', scrypt(32, BYTES, cost=1000)
    yield 'invalid_hash', scrypt(32, BYTES, keylen=64)
    yield 'invalid_hash', scrypt(32, BYTES, blockSize=0)
    yield 'hash_not_accepted', scrypt(32, BYTES, cost=2**40)
    yield 'invalid_hash', {'algorithm': 'sha256', 'hash': {'value': sha256.hex(), 'encoding': 'base32'}}
    yield 'invalid_hash', {'algorithm': 'sha256', 'hash': {'value': sha256.hex()[:-1], 'encoding': 'hex'}}
    yield 'invalid_hash', {'algorithm': 'sha256', 'hash': {'value': 'zz', 'encoding': 'hex'}}
    yield 'invalid_hash', {'algorithm': 'sha256', 'hash': {'value': '', 'encoding': 'hex'}}
    yield 'invalid_hash', {'algorithm': 'sha256', 'hash': sha256.hex()}
    yield 'invalid_hash', {'algorithm': 'sha256'}
    yield 'invalid_hash', {'algorithm': 'sha256', 'hash': hex_of(sha256), 'salt': {**plain(TEXT), 'position': 'middle'}}
    yield 'invalid_hash', {'algorithm': 'sha256', 'hash': hex_of(sha256), 'rounds': 7}
    yield 'invalid_hash', {'algorithm': 'sha256', 'hash': hex_of(sha256), 'password': {'encoding': 'latin1'}}
    yield 'invalid_hash', {'algorithm': 'hmac', 'hash': {**hex_of(sha256), 'digest': 'sha256', 'key': plain(TEXT)}, 'salt': plain(TEXT)}
    yield 'invalid_hash', {'algorithm': 'pbkdf2', 'hash': plain(b'$pbkdf2-sha256$i=1000,l=64$c2FsdA$' + b'A' * 43)}
    yield 'invalid_hash', {'algorithm': 'pbkdf2', 'hash': plain(b'$pbkdf2-sha256$c2FsdA$' + b'A' * 43)}
    yield 'invalid_hash', {'algorithm': 'pbkdf2', 'hash': plain(phc('sha256', 9, 32, TEXT).encode()), 'salt': plain(TEXT)}
    yield 'invalid_hash', [1]
    yield 'invalid_hash', 'sha256'


def store(place, name, accept):
    """Our own schema with a column for salts."""
    db = database('odbc-sqlite', name, place.path)
    assert idbc(place.config(name + 'plain', 'odbc', db.options('odbc-sqlite')), 'check', '--create').code == 0
    db.sql('ALTER TABLE idbc_users ADD COLUMN password_salt VARCHAR(255)')
    with open(os.path.join(ROOT, 'examples', 'schema', 'users.json'), encoding='utf-8') as f:
        users = json.load(f)
    users['password'].update(salt='password_salt', accept=accept)
    return place.config(name, 'odbc', db.options('odbc-sqlite'), users, throttle={}, password={'upgrade': False})


def raw(tail):
    return ['raw/%s-%s' % (name, tail) for name in DIGESTS]


def into(tap, place, name, accept, cases):
    config = store(place, name, accept)
    with tap.test(name) as t:
        file = place.file(name + '.jsonl', ''.join(json.dumps({'email': who + '@example.com', 'custom_password_hash': custom}) + '\n' for who, custom in cases))
        came = idbc(config, '--json', 'import', file)
        t.equal('taken', (came.json.get('created'), [(cases[x['line'] - 1][0], x['message']) for x in came.json.get('lines', [])]), (len(cases), []))
        for who, _ in cases:
            t.equal(who, idbc(config, '--json', 'login', who + '@example.com', password=SECRET).status, 'OK')
            t.equal(who + ', wrong', idbc(config, '--json', 'login', who + '@example.com', password=SECRET[:-1]).status, 'DENIED')
        # What left in our own words comes back as it was.
        out = idbc(config, 'export', '--hashes').out
        left = [json.loads(x)['email'].split('@')[0] for x in out.splitlines() if 'password_hash' not in x]
        t.equal('an MD4 could be a digest of Django as well', sorted(left), ['md4', 'md4-base64'] if 'django' in accept else [])
        again = store(place, name + 'again', accept)
        came = idbc(again, '--json', 'import', place.file(name + '.again', out))
        t.equal('once more', (came.json.get('created'), came.json.get('lines')), (len(cases), []))
        for was, is_now in zip(out.splitlines(), idbc(again, 'export', '--hashes').out.splitlines()):
            was, is_now = json.loads(was), json.loads(is_now)
            for member in 'email', 'password_hash', 'custom_password_hash':
                t.equal('%s, %s' % (was['email'], member), is_now.get(member), was.get(member))


def main():
    tap = Tap('bulk-words')
    with Workplace() as place:
        cases = list(algorithms(place))
        raws = [c for c in cases if c[0].startswith('hmac') or c[0] in DIGESTS or 'text' in c[0] or c[0].endswith('before')]
        into(tap, place, 'one-column', ['argon2', 'bcrypt', 'ldap', 'passlib', 'werkzeug', 'mediawiki', 'windows/nthash-hex', 'django'],
             [c for c in cases if not c[0].startswith('hmac') and not (c[0].startswith('md5-') and TEXT.decode() in json.dumps(c[1]))
              and c[0] not in ('md5-unsaid', 'md5-before')])
        for tail, chosen in (('hmac-keysalt', [c for c in raws if c[0].startswith('hmac')]), ('hex', [c for c in raws if c[0] in DIGESTS]),
                             ('pass-salt', [c for c in raws if c[0].endswith('behind-text')]), ('salt-pass', [c for c in raws if c[0].endswith('before')])):
            into(tap, place, 'raw-' + tail, raw(tail), chosen)
        with tap.test('impossible') as t:
            config = store(place, 'none', ['argon2', 'bcrypt', 'ldap', 'passlib', 'werkzeug', 'mediawiki'])
            bad = list(impossible())
            came = idbc(config, '--json', 'import', place.file('bad.jsonl', ''.join(
                json.dumps({'email': 'b%d@example.com' % i, 'custom_password_hash': b}) + '\n' for i, (_, b) in enumerate(bad))))
            t.equal('exit status and users', (came.code, came.json.get('created')), (1, 0))
            told = {x['line']: x for x in came.json.get('lines', [])}
            for i, (code, one) in enumerate(bad, 1):
                t.equal(json.dumps(one)[:150], told.get(i, {}).get('code'), code)
                t.check('a reason', len(told.get(i, {}).get('message', '')) > 12 and 'custom_password_hash' in told[i]['message'] or
                        code == 'hash_not_accepted', told.get(i))
    tap.done()


if __name__ == '__main__':
    main()
