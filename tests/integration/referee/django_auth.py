"""Django judges: lines "user<TAB>password" on stdin, one answer a line: the user's id, or
"no".  usage: python3 django_auth.py SOCKET USER PASSWORD DATABASE"""
import sys

import django
from django.conf import settings

HASHERS = ('PBKDF2PasswordHasher PBKDF2SHA1PasswordHasher Argon2PasswordHasher '
           'BCryptSHA256PasswordHasher BCryptPasswordHasher SHA1PasswordHasher '
           'MD5PasswordHasher UnsaltedSHA1PasswordHasher UnsaltedMD5PasswordHasher '
           'CryptPasswordHasher').split()
socket, user, password, database = sys.argv[1:5]
settings.configure(
    SECRET_KEY='for tests', USE_TZ=True, TIME_ZONE='UTC',
    INSTALLED_APPS=['django.contrib.auth', 'django.contrib.contenttypes'],
    PASSWORD_HASHERS=['django.contrib.auth.hashers.' + h for h in HASHERS],
    DATABASES={'default': {'ENGINE': 'django.db.backends.mysql', 'NAME': database, 'USER': user,
                           'PASSWORD': password,
                           'OPTIONS': {'unix_socket': socket, 'charset': 'utf8mb4'}}})
django.setup()
from django.contrib.auth import authenticate  # noqa: E402 (needs the settings above)

for line in sys.stdin:
    name, secret = line.rstrip('\n').split('\t', 1)
    found = authenticate(username=name, password=secret)
    print('%d\t%s' % (found.pk, found.email) if found else 'no', flush=True)
