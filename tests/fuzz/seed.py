#!/usr/bin/env python3
"""Writes the seeds of tests/fuzz/corpus: stored forms of every kind we read, at the lowest
cost that parses, whole, truncated and with numbers too large; recipes, chains, templates,
parameters, configurations.  Digests are of no password.  usage: tests/fuzz/seed.py"""
import base64
import hashlib
import json
import os

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'corpus')
H64 = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
BIG = '99999999999999999999'


def raw(n, tag='seed'):
    out = b''
    while len(out) < n:
        out += hashlib.sha256(('%s %d' % (tag, len(out))).encode()).digest()
    return out[:n]


def b64(n):
    return base64.b64encode(raw(n)).decode()


def plain(n):
    return b64(n).rstrip('=')


def ab64(n):
    return plain(n).replace('+', '.')


def hexa(n):
    return raw(n).hex()


def h64(n):
    return ''.join(H64[b & 63] for b in raw(n))


def write(kind, name, content):
    os.makedirs(os.path.join(HERE, kind), exist_ok=True)
    with open(os.path.join(HERE, kind, name), 'wb') as f:
        f.write(content if isinstance(content, bytes) else content.encode())


BCRYPT = '04$' + 'abcdefghijklmnopqrstu.' + 'A' * 30 + '.'
PHC = 'm=8,t=1,p=1$' + plain(16) + '$' + plain(32)


def forms():
    """Name, stored form, salt, params."""
    for variant in ('d', 'i', 'id'):
        yield 'argon2' + variant, '$argon2%s$v=19$%s' % (variant, PHC)
    yield 'argon2-v16', '$argon2i$v=16$' + PHC
    yield 'argon2-old', '$argon2i$' + PHC
    yield 'argon2-data', '$argon2id$v=19$m=16,t=1,p=2,keyid=%s,data=%s$%s$%s' % (plain(4), plain(8), plain(8), plain(64))
    for minor in 'abxy':
        yield 'bcrypt-2' + minor, '$2%s$%s' % (minor, BCRYPT)
    yield 'md5crypt', '$1$saltsalt$' + h64(22)
    yield 'apr1', '$apr1$saltsalt$' + h64(22)
    yield 'sha256crypt', '$5$rounds=1000$saltstring$' + h64(43)
    yield 'sha512crypt', '$6$rounds=1000$saltstring$' + h64(86)
    yield 'sha512crypt-default', '$6$saltstring$' + h64(86)
    yield 'yescrypt', '$y$j75$saltsaltsaltsalt$' + h64(43)
    yield 'gost-yescrypt', '$gy$j75$saltsaltsaltsalt$' + h64(43)
    yield 'scrypt-7', '$7$' + '2' + '/....' + '/....' + 'saltsalt$' + h64(43)
    yield 'bsdi', '_/...salt' + h64(11)
    yield 'des', 'ab' + h64(11)
    yield 'nt-crypt', '$3$$' + hexa(16)
    yield 'sunmd5', '$md5,rounds=5$saltsalt$$' + h64(22)
    yield 'sha1crypt', '$sha1$10$saltsalt$' + h64(28)
    yield 'phpass-p', '$P$5saltsalt' + h64(22)
    yield 'phpass-h', '$H$5saltsalt' + h64(22)
    yield 'typo3', 'M$P$5saltsalt' + h64(22)
    yield 'wp-bcrypt', '$wp$2y$' + BCRYPT
    yield 'drupal', '$S$5saltsalt' + h64(43)
    yield 'drupal-u', 'U$S$5saltsalt' + h64(43)
    yield 'drupal-u-p', 'U$P$5saltsalt' + h64(22)
    yield 'django-pbkdf2', 'pbkdf2_sha256$10$salt$' + b64(32)
    yield 'django-pbkdf2-sha1', 'pbkdf2_sha1$10$salt$' + b64(20)
    yield 'django-argon2', 'argon2$argon2id$v=19$' + PHC
    yield 'django-bcrypt-sha256', 'bcrypt_sha256$$2b$' + BCRYPT
    yield 'django-bcrypt', 'bcrypt$$2b$' + BCRYPT
    yield 'django-scrypt', 'scrypt$16$salt$1$1$' + b64(64)
    yield 'django-sha1', 'sha1$salt$' + hexa(20)
    yield 'django-md5', 'md5$salt$' + hexa(16)
    yield 'django-unsalted', 'sha1$$' + hexa(20)
    yield 'django-crypt', 'crypt$$ab' + h64(11)
    yield 'werkzeug-pbkdf2', 'pbkdf2:sha256:10$salt$' + hexa(32)
    yield 'werkzeug-scrypt', 'scrypt:16:1:1$salt$' + hexa(64)
    yield 'werkzeug-old', 'sha256$salt$' + hexa(32)
    yield 'passlib-pbkdf2', '$pbkdf2$10$%s$%s' % (ab64(16), ab64(20))
    yield 'passlib-pbkdf2-sha256', '$pbkdf2-sha256$10$%s$%s' % (ab64(16), ab64(32))
    yield 'passlib-pbkdf2-sha512', '$pbkdf2-sha512$10$%s$%s' % (ab64(16), ab64(64))
    yield 'passlib-bcrypt-sha256', '$bcrypt-sha256$v=2,t=2b,r=4$abcdefghijklmnopqrstu.$' + 'A' * 30 + '.'
    yield 'passlib-bcrypt-sha256-v1', '$bcrypt-sha256$2b,4$abcdefghijklmnopqrstu.$' + 'A' * 30 + '.'
    yield 'passlib-scrypt', '$scrypt$ln=4,r=1,p=1$%s$%s' % (plain(16), plain(32))
    yield 'grub', 'grub.pbkdf2.sha512.10.%s.%s' % (hexa(64).upper(), hexa(64).upper())
    yield 'p5k2', '$p5k2$a$saltsalt$' + ab64(24)
    yield 'cta', '$p5k2$a$%s$%s' % (base64.urlsafe_b64encode(raw(16)).decode(), base64.urlsafe_b64encode(raw(20)).decode())
    yield 'fshp', '{FSHP1|16|10}' + b64(48)
    for name, n in (('SHA', 20), ('MD5', 16), ('SHA256', 32), ('SHA384', 48), ('SHA512', 64)):
        yield 'ldap-' + name.lower(), '{%s}%s' % (name, b64(n))
    for name, n in (('SSHA', 28), ('SMD5', 24), ('SSHA256', 40), ('SSHA384', 56), ('SSHA512', 72)):
        yield 'ldap-' + name.lower(), '{%s}%s' % (name, b64(n))
        yield 'ldap-hex-' + name.lower(), '{%s.HEX}%s' % (name, hexa(n))
    yield 'ldap-crypt', '{CRYPT}$6$saltstring$' + h64(86)
    yield 'ldap-argon2', '{ARGON2}$argon2id$v=19$' + PHC
    yield 'ldap-pbkdf2', '{PBKDF2-SHA256}10$%s$%s' % (ab64(16), ab64(32))
    yield 'ldap-389', '{PBKDF2_SHA256}' + base64.b64encode(b'\0\0\0\x0a' + raw(320)).decode()
    yield 'ldap-sap', '{x-issha, 10}' + b64(32)
    yield 'dovecot-pbkdf2', '{PBKDF2}$1$salt$10$' + hexa(20)
    yield 'dovecot-scram', '{SCRAM-SHA-256}10,%s,%s,%s' % (b64(16), b64(32), b64(32))
    yield 'dovecot-cram', '{CRAM-MD5}' + hexa(32)
    yield 'dovecot-digest', '{DIGEST-MD5}' + hexa(16)
    yield 'dovecot-plain', '{PLAIN}clear text'
    yield 'dovecot-plain-md5', '{PLAIN-MD5}' + hexa(16)
    yield 'dovecot-blf', '{BLF-CRYPT}$2y$' + BCRYPT
    yield 'mediawiki-a', ':A:' + hexa(16)
    yield 'mediawiki-b', ':B:1a2b:' + hexa(16)
    yield 'mediawiki-pbkdf2', ':pbkdf2:sha512:10:64:%s:%s' % (b64(16), b64(64))
    yield 'mediawiki-bcrypt', ':bcrypt:4$abcdefghijklmnopqrstu.$' + 'A' * 30 + '.'
    yield 'mediawiki-argon2', ':argon2:$argon2id$v=19$' + PHC
    yield 'mediawiki-legacy-a', ':pbkdf2-legacyA:!sha512:10:64!!%s!%s' % (b64(16), b64(64))
    yield 'mediawiki-legacy-b', ':pbkdf2-legacyB:!sha512:10:64!1a2b!%s!%s' % (b64(16), b64(64))
    yield 'aspnet-v2', base64.b64encode(b'\0' + raw(48)).decode()
    yield 'aspnet-v3', base64.b64encode(b'\1' + b'\0\0\0\1' + b'\0\0\0\x0a' + b'\0\0\0\x10' + raw(48)).decode()
    yield 'spring-bcrypt', '{bcrypt}$2a$' + BCRYPT
    yield 'spring-noop', '{noop}clear text'
    yield 'spring-pbkdf2', '{pbkdf2}' + hexa(40)
    yield 'spring-pbkdf2-58', '{pbkdf2@SpringSecurity_v5_8}' + hexa(48)
    yield 'spring-scrypt', '{scrypt}$40101$%s$%s' % (b64(64), b64(32))
    yield 'spring-sha256', '{sha256}' + hexa(40)
    yield 'spring-ldap', '{ldap}{SSHA}' + b64(28)
    yield 'atlassian', '{PKCS5S2}' + b64(48)
    yield 'nextcloud-1', '1|$2y$' + BCRYPT
    yield 'nextcloud-3', '3|$argon2id$v=19$' + PHC
    yield 'postgres-md5', 'md5' + hexa(16)
    yield 'postgres-scram', 'SCRAM-SHA-256$10:%s$%s:%s' % (b64(16), b64(32), b64(32))
    yield 'mysql-old', hexa(8)
    yield 'mysql-41', '*' + hexa(20).upper()
    yield 'mysql-sha2', b'$A$001$' + raw(20) + h64(43).encode()
    yield 'mssql-2000', '0x0100' + hexa(4).upper() + hexa(40).upper()
    yield 'mssql-2005', '0x0100' + hexa(4).upper() + hexa(20).upper()
    yield 'mssql-2012', '0x0200' + hexa(4).upper() + hexa(64).upper()
    yield 'oracle-10', hexa(8).upper()
    yield 'oracle-11', 'S:' + hexa(30).upper()
    yield 'oracle-12', 'T:' + hexa(80).upper()
    yield 'magento2-1', hexa(32) + ':saltsaltsaltsalt:1'
    yield 'magento2-2', hexa(32) + ':saltsaltsaltsalt:2'
    yield 'magento2-3', hexa(32) + ':saltsaltsaltsalt:3_32_2_67108864'
    yield 'joomla', hexa(16) + ':' + 's' * 32
    yield 'hex-md5', hexa(16)
    yield 'hex-sha1', hexa(20)
    yield 'hex-sha256', hexa(32)
    yield 'hex-sha512', hexa(64)
    yield 'b64-sha1', b64(20)
    yield 'b64-sha512', b64(64)
    yield 'htdigest', 'anna:realm:' + hexa(16)
    for i, marker in enumerate(('*', '!', '!!', '*0', 'x', '$6$salt$', '$2y$10$', '{SSHA}', '{CRYPT}', '2|', 'NULL', ' ', '$')):
        yield 'marker-%d' % i, marker


PARAMS = [
    {'realm': 'example.com'}, {'pepper': 'site key'}, {'iterations': 10, 'digest': 'sha256'},
    {'signer_key': b64(64), 'salt_separator': b64(1), 'rounds': 1, 'mem_cost': 4},
    {'algorithm': 'argon2', 'hashIterations': 1, 'additionalParameters': {'hashLength': ['32'], 'memory': ['8'],
                                                                        'type': ['id'], 'version': ['1.3'], 'parallelism': ['1']}},
    {'keys': {'1': 'secret'}}, {},
]


def stored():
    for i, (name, form) in enumerate(forms()):
        form = form if isinstance(form, bytes) else form.encode()
        lines = 'saltsalt\nanna\npassword\n%s\n' % json.dumps(PARAMS[i % len(PARAMS)])
        write('stored', name, lines.encode() + form)
        if len(form) > 24 and i % 4 == 0:
            write('stored', name + '-cut', lines.encode() + form[:-5])
    for name, form in (('bcrypt', '$2b$31$' + BCRYPT[3:]), ('sha512', '$6$rounds=999999999$salt$' + h64(86)),
                       ('argon2', '$argon2id$v=19$m=%s,t=1,p=1$%s$%s' % (BIG, plain(16), plain(32))),
                       ('pbkdf2', 'pbkdf2_sha256$%s$salt$%s' % (BIG, b64(32)))):
        write('stored', 'over-' + name, '\n\npassword\n\n' + form)
    secret = {'value': b64(32), 'salt': b64(16)}
    for algorithm in ('pbkdf2-sha256', 'argon2'):
        data = dict(PARAMS[4], algorithm=algorithm)
        write('stored', 'keycloak-' + algorithm, '\n\npassword\n\n' + json.dumps({'secretData': secret, 'credentialData': data}))
    write('stored', 'long', '\n\npassword\n\n$2b$' + 'A' * 4200)


TEXTS = {
    'recipe': [
        'hex(md5(password))', 'hex(sha1(salt . hex(sha1(password))))', 'b64(sha256(password . pepper))',
        'hex(hmac_sha512(salt, lower(username) . password))', 'hex(md5(hex(md5(salt)) . hex(md5(password))))',
        'upper(hex(sha512(trim(password) . "--" . salt)))', 'hex(md5(email . ":" . password))', 'hex(md5(',
        'password', 'hex(' * 40 + 'md5(password)' + ')' * 40, 'hex(sha1("\\"" . password))',
    ],
    'input': ['trim', 'trim|addslashes', 'nfc|lower', 'latin1', 'htmlspecialchars', 'saslprep', 'pepper', 'md5|hex', 'trim|trim|trim',
              'cut:72', 'utf16le', 'sha1', 'no such step', ''],
    'split': ['{hash}:{salt}', '{salt}:{hash}', '{hash}', '$x${salt}${hash}', 'sha1:{hash}', '{hash}{salt}', '{', 'a:1:{s:4:"{hash}";}'],
}


def small():
    for i, text in enumerate(TEXTS['recipe']):
        write('recipe', '%02d' % i, 'salt\npassword\n%s\n%s' % (hexa(16), text))
    for i, text in enumerate(TEXTS['input']):
        for k, password in enumerate((b'  plain ', 'P\u00e4ssw\u00f6rd \u2126'.encode(), b'\xff\xfe<&>"\'\\')):
            write('input', '%02d-%d' % (i, k), ('anna\npepper\n%s\n' % text).encode() + password)
    for i, text in enumerate(TEXTS['split']):
        write('split', '%02d' % i, '%s\n%s' % (text, text.replace('{hash}', hexa(16)).replace('{salt}', 's:a:l:t')))
    for i, value in enumerate(PARAMS):
        write('params', '%02d' % i, '%s\n%s' % (next(iter(value), 'realm'), json.dumps(value)))
    for i, text in enumerate(('[]', '{"a":1,"a":2}', '{"realm":"x\\u0000y"}', '{"iterations":-1}', '{')):
        write('params', 'bad-%d' % i, 'realm\n' + text)
    for i, text in enumerate(('shop|17\n{"email":"anna@example.com"}', 'shop|a|b\n{"username":"anna","app_metadata":{"plan":{"a":[1,2]}}}',
                              'other|1\n{"email":"a@example.com","user_metadata":{"x":null},"metadata":{"y":1}}', 'shop|\n{}', '\n[]',
                              'anna@example.com\n{"email":7,"custom.name":"x","identities":[]}')):
        write('profile', '%02d' % i, text)
    for i, text in enumerate(('anna@example.com\nANNA@Example.com', 'stra\u00dfe\nSTRASSE', '\u0130\ni', '\u212a\nk', 'a\u0301\n\u00e1',
                              '\uff41\na', '\x01\x7f\n\u0085', '\ufb01\nfi')):
        write('text', '%02d' % i, text)
    write('text', 'broken', b'\xc3\n\xed\xa0\x80\xff')


USERS = {
    'table': 'users', 'key': 'id', 'login': {'by': ['email', 'username']},
    'profile': {'email': 'email', 'username': 'name', 'blocked': {'col': 'state', 'is': [2]}},
    'password': {'col': 'hash', 'accept': ['bcrypt', 'hex(md5(salt . password))'], 'salt': 'salt'},
}


def configurations():
    full = {
        'idbc': 1, 'connection': 'shop', 'driver': 'odbc', 'timeout_ms': 20000,
        'options': {'attributes': {'Driver': 'SQLite3', 'Database': 'shop.db'}, 'password': {'env': 'NONE'}},
        'pool': {'max': 8, 'idle_ms': 300000}, 'async': {'workers': 4, 'queue': 256},
        'password': {'memory_mib': 256, 'upgrade': 'dry-run', 'preferred': {'scheme': 'argon2/argon2id-v19', 'memory_kib': 19456},
                     'limits': {'argon2': {'memory_kib': 262144}}, 'dummy_key': {'file': 'dummy.key'}},
        'delete': {'intents': 'off', 'lease_ms': 30000}, 'profile': {'user_id_prefix': 'shop', 'username': {'pattern': '^[a-z]+$', 'max': 128}},
        'throttle': {'per_identifier': 20, 'per_client': 100, 'window_s': 60}, 'limits': {'identifier_bytes': 1024, 'password_bytes': 4096},
        'operations': ['login', 'getUser'], 'startup': 'check', 'users': USERS,
    }
    write('config', 'full', json.dumps(full))
    for key in full:
        write('config', 'without-' + key, json.dumps({k: v for k, v in full.items() if k != key}))
        write('config', 'wrong-' + key, json.dumps({**full, key: [{'file': 'x'}]}))
    write('config', 'small', '{"idbc":1,"connection":"x","driver":"odbc","options":{}}')
    write('config', 'users-file', json.dumps({**full, 'users': 'users.json'}))
    examples = os.path.join(HERE, '..', '..', '..', 'examples', 'mappings')
    for name in sorted(os.listdir(examples)):
        if name.endswith('.json'):
            with open(os.path.join(examples, name), encoding='utf-8') as f:
                write('mapping', name[:-5], json.dumps(json.load(f)))
    write('mapping', 'small', json.dumps(USERS))
    for key in USERS:
        write('mapping', 'wrong-' + key, json.dumps({**USERS, key: {'x': [1, None, True]}}))


if __name__ == '__main__':
    stored()
    small()
    configurations()
