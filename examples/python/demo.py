#!/usr/bin/env python3
"""All seven operations from Python on a fresh SQLite store.

usage: demo.py [FOLDER]     IDBC_LIBRARY: the library, where the loader does not find it

FOLDER, a new one without an argument, keeps the store.  The table is made by `idbc_check`, as
`idbc check --create` does."""
import json
import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import idbc  # noqa: E402

PASSWORD, BETTER = 'correct horse battery staple', 'a better one: 7 blue chairs'


def make_store(folder):
    """A configuration and the table that it needs."""
    path = os.path.join(folder, 'demo.json')
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'w') as f:
        json.dump({'idbc': 1, 'connection': 'demo', 'driver': 'odbc',
                   'options': {'attributes': {'Driver': 'SQLite3', 'Database': 'demo.db'}}}, f)
    idbc.check(path, create=True)
    return path


def refused(kind, call, *args, **kwargs):
    """Tells that `call` ends in that exception, and stops the demo where it does not."""
    try:
        call(*args, **kwargs)
    except kind as e:
        print('%-16s %s' % (call.__name__, repr(e)))
        return
    sys.exit('demo: %s should have ended in %s' % (call.__name__, kind.__name__))


def seven(store):
    ida = store.create({'email': 'ida@example.com', 'username': 'ida', 'name': 'Ida Example'}, PASSWORD)
    print('%-16s %s' % ('create', ida['user_id']))
    refused(idbc.Exists, store.create, {'email': 'IDA@example.com'}, PASSWORD)
    print('%-16s %s' % ('get_user', json.dumps(store.get_user('ida'))))
    refused(idbc.NoUser, store.get_user, 'nobody@example.com')
    print('%-16s %s' % ('login', store.login('ida@example.com', PASSWORD)['name']))
    refused(idbc.Denied, store.login, 'ida', 'hunter2')
    refused(idbc.Denied, store.login, 'nobody', PASSWORD)
    store.verify('ida@example.com')
    print('%-16s %s' % ('verify', store.get_user('ida')['email_verified']))
    store.change_password('ida', BETTER, current_password=PASSWORD)
    refused(idbc.Denied, store.login, 'ida', PASSWORD)
    print('%-16s %s' % ('change_password', store.login('ida', BETTER)['user_id']))
    store.change_email('ida', 'ida@new.example.com')
    print('%-16s %s' % ('change_email', store.get_user('ida')['email']))
    store.delete_user(ida['user_id'])
    refused(idbc.NoUser, store.get_user, ida['user_id'], by='user_id')
    print('%-16s %s' % ('delete_user', 'gone'))


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix='idbc-demo-')
    print('libidbc %s, store in %s' % (idbc.version(), folder))
    with idbc.Store(make_store(folder)) as store:
        seven(store)


if __name__ == '__main__':
    main()
