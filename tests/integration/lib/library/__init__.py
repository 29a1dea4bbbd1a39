"""What the specifications of the applications share: the stored forms of one password, as
each application makes them, and where the tables lie.

A specification (APPLICATIONS of the modules here) says: engine; people, each with the
names he goes by, his password, the status of his login and some of his profile; new, a
profile to create; created, the rows that adds; written, questions and answers about them;
midlife, what the application itself would add later; left and afterlife, what a deleted
user leaves and what is asked then.  {id} is the new user's native id.  Tables and rows
are in NAME.sql, where @form@ stands for the stored form of PASSWORD."""
import base64
import hashlib
import os
import re

FOLDER = os.path.dirname(os.path.abspath(__file__))
PASSWORD = 'correct horse'
BCRYPT = '$2y$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e'
ARGON2 = ('$argon2id$v=19$m=1024,t=1,p=1$SnA5amF6NGtBcC9Na0g3Vg$'
          'zu1S4DE9WbSNCVgXRPBryidGdgZJUzc5+cnohF+fB/A')
SHA512CRYPT = ('$6$rounds=1000$librarysalt$yZRMoFT0U95MC8.czGzFpoZurSV0PqrzArAUUDZTJd9TtKQXgvBWf9A3'
               'oH9/YQIOpZ03bAobgykpBFu7zxsvh.')
H64 = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'


def digest(name, text):
    return hashlib.new(name, text.encode()).hexdigest()


def phpass(prefix='$P$', log2=8, salt='saltsalt'):
    """The portable hash of phpass: 2^log2 rounds of MD5, in crypt's base 64."""
    key = hashlib.md5((salt + PASSWORD).encode()).digest()
    for _ in range(1 << log2):
        key = hashlib.md5(key + PASSWORD.encode()).digest()
    out = ''
    for i in range(0, 16, 3):
        part = key[i:i + 3]
        number = int.from_bytes(part, 'little')
        out += ''.join(H64[number >> 6 * n & 63] for n in range(len(part) + 1))
    return prefix + H64[log2] + salt + out


def django(iterations=1000, salt='librarysalt'):
    key = hashlib.pbkdf2_hmac('sha256', PASSWORD.encode(), salt.encode(), iterations)
    return 'pbkdf2_sha256$%d$%s$%s' % (iterations, salt, base64.b64encode(key).decode())


def passlib(iterations=1000, salt=b'sixteen salt octs'):
    def ab64(data):
        return base64.b64encode(data).decode().rstrip('=').replace('+', '.')
    key = hashlib.pbkdf2_hmac('sha512', PASSWORD.encode(), salt, iterations)
    return '$pbkdf2-sha512$%d$%s$%s' % (iterations, ab64(salt), ab64(key))


def keycloak(iterations=1000, salt=b'sixteen salt oct'):
    key = hashlib.pbkdf2_hmac('sha256', PASSWORD.encode(), salt, iterations, 64)
    value, octets = (base64.b64encode(data).decode() for data in (key, salt))
    return '{"value":"%s","salt":"%s","additionalParameters":{}}' % (value, octets)


FORMS = {
    'keycloak': keycloak(),
    'bcrypt': BCRYPT, 'argon2': ARGON2, 'sha512crypt': SHA512CRYPT, 'phpass': phpass(), 'phpass-h': phpass('$H$'),
    'md5': digest('md5', PASSWORD), 'django': django(), 'passlib': passlib(),
    'redmine': digest('sha1', 'librarysalt' + digest('sha1', PASSWORD)),
    'mybb': digest('md5', digest('md5', 'mybbsalt') + digest('md5', PASSWORD)),
    'opencart': digest('sha1', 'ocsalt123' + digest('sha1', 'ocsalt123' + digest('sha1', PASSWORD))),
    'smf-ada': '$2y$04$x71sWnMh70mYAzudYxna2uKdoNQkuo7V5Yviru6hbd9lxptk.ipH.',
    'smf-bob': '$2y$04$i8XPsCnWgIr7RFpr9V4f6.l6CBhM161ARb/HTwnqinY9fbqpjGhLe',
    'smf-cyd': '$2y$04$xQVh7VqMI2ScvORxHSbOne5zPRpYvaAiDFHQ.syW33aVSbTYlYNt6',
    'ttrss': 'SSHA-512:' + digest('sha512', 'librarysalt' + PASSWORD),
}


def tables(name):
    """The statements that make the store, with every @form@ in place."""
    with open(os.path.join(FOLDER, name + '.sql'), encoding='utf-8') as f:
        return re.sub(r'@([a-z0-9-]+)@', lambda form: FORMS[form.group(1)], f.read())
