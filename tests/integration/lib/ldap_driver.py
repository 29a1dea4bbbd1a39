"""examples/driver_ldap on directories of its own: the seven operations, what must never get in, a server that
is gone, hostile values, and OpenLDAP's own tools as referee of what was written."""
import json
import os
import shutil
import statistics
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import kit  # noqa: E402
from directory import ADMIN, PEOPLE, SERVICE, SERVICE_PASSWORD, SUFFIX, Directory, run  # noqa: E402
from host import Host  # noqa: E402
from kit import SLOWER, Tap, Workplace, idbc  # noqa: E402

tap = Tap('ldap')
DRIVER = os.path.join(kit.BUILD, 'examples', 'ldap.so')
MAP = {
    'key': 'entryUUID', 'login': {'by': ['email', 'username']},
    'profile': {
        'email': 'mail', 'username': 'uid', 'phone_number': 'telephoneNumber', 'name': 'cn', 'given_name': 'givenName',
        'family_name': 'sn', 'nickname': 'idbcNickname', 'picture': 'labeledURI', 'email_verified': 'idbcEmailVerified',
        'blocked': 'idbcBlocked', 'created_at': 'createTimestamp', 'department': 'departmentNumber',
        'app_metadata': {'attribute': 'idbcAppMetadata', 'json': True},
        'user_metadata': {'attribute': 'idbcUserMetadata', 'json': True}},
    'create': {'rdn': 'uid', 'object_class': ['inetOrgPerson', 'idbcUser'], 'required': ['email'],
               'unique': ['email', 'username', 'phone_number'],
               'set': {'uid': ['$email'], 'cn': ['$username', '$email'], 'sn': ['$name', '-']}}}
SECRET = 'pass of ida \U0001f511'
UNAUTHENTICATED = 'allow bind_anon_cred bind_anon_dn'


def options(d, uri=None, **more):
    return {'uri': uri or d.ldapi, 'bind_dn': SERVICE, 'bind_password': {'file': d.password}, 'base': PEOPLE, **more}


def config(place, d, name='ldap', users=None, timeout=20000, **more):
    uri = more.pop('uri', None)
    return place.config(name, DRIVER, options(d, uri, **more), {**MAP, **(users or {})}, timeout_ms=timeout)


def person(uid, *lines, rdn=None):
    return 'dn: %s,%s\nobjectClass: inetOrgPerson\nobjectClass: idbcUser\nuid: %s\ncn: %s\nsn: %s\n%s\n' % (
        rdn or 'uid=' + uid, PEOPLE, uid, uid, uid, '\n'.join(lines))


def is_(t, what, said, status, code='', effect=None):
    t.equal(what, (said['status'], said.get('code', ''), said['effect'] if effect else None), (status, code, effect))


# --- the seven operations ----------------------------------------------------------------------
def by_command(place, d):
    c = config(place, d)
    with tap.test('command') as t:
        made = idbc(c, 'create', '--json', '--set', 'email=cmd@example.com', '--set', 'username=cmd', password=SECRET)
        t.equal('create', made.status, 'OK')
        user_id = made.json['profile']['user_id']
        t.check('the id is the entry\'s', d.search('(uid=cmd)', 'entryUUID')[0]['entryUUID'][0] == user_id.split('|')[1], user_id)
        t.equal('login', idbc(c, 'login', 'CMD@example.com', '--json', password=SECRET).json['profile'], made.json['profile'])
        t.equal('get-user', idbc(c, 'get-user', 'cmd', '--json').json['profile'], made.json['profile'])
        t.equal('verify', idbc(c, 'verify', 'cmd@example.com', '--by', 'email', '--json').status, 'OK')
        t.equal('change-email', idbc(c, 'change-email', 'cmd', 'new@example.com', '--json').status, 'OK')
        t.equal('change-password', idbc(c, 'change-password', 'cmd', '--json', password='a 2nd Kestrel').status, 'OK')
        t.check('ldapwhoami binds with it', d.who('uid=cmd,' + PEOPLE, 'a 2nd Kestrel'))
        t.check('and not with the old one', not d.who('uid=cmd,' + PEOPLE, SECRET))
        t.equal('delete-user', idbc(c, 'delete-user', user_id, '--json').status, 'OK')
        t.equal('gone', d.search('(uid=cmd)'), [])
        checked = idbc(c, 'check')
        t.equal('check', (checked.code, 'error' in checked.out), (0, False))


def operations(place, d):
    user = {'email': 'Ida@example.com', 'username': 'ida', 'phone_number': '+49 30 1', 'name': 'Ida \U0001f308 Ä',
            'given_name': 'Ida', 'family_name': 'Noether', 'nickname': 'id', 'picture': 'https://example.com/i.png',
            'email_verified': True, 'blocked': False, 'department': 'R&D', 'app_metadata': {'plan': {'a': [1, 2]}},
            'user_metadata': {'x': 'ü'}}
    with Host(kit.BUILD, config(place, d)) as host:
        with tap.test('create') as t:
            made = host(op='create', user=user, password=SECRET)
            is_(t, 'created', made, 'OK', effect='APPLIED')
            profile = made['profile']
            for name, value in user.items():
                t.equal(name, profile.get(name), value)
            entry = d.search('(uid=ida)', '*')[0]
            t.equal('the attributes', (entry['mail'], entry['sn'], entry['idbcEmailVerified']), (['Ida@example.com'], ['Noether'], ['TRUE']))
            t.check('hashed by the server', entry['userPassword'][0].startswith('{SSHA}'), entry.get('userPassword'))
            t.check('the user binds', d.who('uid=ida,' + PEOPLE, SECRET))
            uid = profile['user_id']
            for kind, value in (('email', 'ida@EXAMPLE.com'), ('username', 'ida'), ('phone', '+49 30 1'), ('user_id', uid), ('login', 'ida')):
                t.equal('found by ' + kind, host(op='get_user', by=kind, value=value).get('profile'), profile)
            t.equal('same from login', host(op='login', value='ida', password=SECRET).get('profile'), profile)
        with tap.test('exists') as t:
            for more, code in (({'email': 'iDA@example.com'}, 'user_exists'), ({'username': 'ida'}, 'username_exists'),
                               ({'phone_number': '+49 30 1'}, 'phone_exists')):
                new = {'email': 'b@example.com', 'username': 'b', **more}
                is_(t, code, host(op='create', user=new, password='x y z'), 'EXISTS', code, 'NONE')
            is_(t, 'a name like an address', host(op='create', user={'email': 'b@example.com', 'username': 'ida@example.com'}, password='x y'),
                'INVALID', 'invalid_username', 'NONE')
            is_(t, 'unmapped', host(op='create', user={'email': 'b@example.com', 'shoe': 1}, password='x y'), 'INVALID', 'unmapped_field')
            is_(t, 'empty password', host(op='create', user={'email': 'b@example.com'}, password=''), 'INVALID', 'password_empty')
            t.equal('nothing was left', [e['dn'] for e in d.search('(uid=*)')], [['uid=ida,' + PEOPLE]])
        with tap.test('verify') as t:
            d.modify('dn: uid=ida,%s\nchangetype: modify\nreplace: idbcEmailVerified\nidbcEmailVerified: FALSE\n' % PEOPLE)
            is_(t, 'another address', host(op='verify', by='username', value='ida', email='no@example.com'), 'CONFLICT', 'email_changed', 'NONE')
            t.equal('still not', d.search('(uid=ida)')[0]['idbcEmailVerified'], ['FALSE'])
            for _ in range(2):
                is_(t, 'verified', host(op='verify', by='email', value='ida@example.com'), 'OK', effect='APPLIED')
            t.equal('the flag', d.search('(uid=ida)')[0]['idbcEmailVerified'], ['TRUE'])
            is_(t, 'nobody', host(op='verify', by='email', value='no@example.com'), 'NO_USER', effect='NONE')
        with tap.test('change-email') as t:
            host(op='create', user={'email': 'eve@example.com', 'username': 'eve'}, password=SECRET)
            is_(t, 'another user\'s', host(op='change_email', value='ida', email='EVE@example.com'), 'EXISTS', 'user_exists', 'NONE')
            for email, flags in (('IDA@example.com', 0), ('ida2@example.com', 2), ('ida2@example.com', 0)):
                is_(t, email, host(op='change_email', value='ida', email=email, flags=flags), 'OK', effect='APPLIED')
                entry = d.search('(uid=ida)')[0]
                t.equal('stored', (entry['mail'], entry['idbcEmailVerified']), ([email], ['TRUE' if flags else 'FALSE']))
            is_(t, 'the old one is nobody', host(op='get_user', by='email', value='ida@example.com'), 'NO_USER')
        with tap.test('change-password') as t:
            is_(t, 'wrong current', host(op='change_password', value='ida', password='n 1', current_password='wrong'), 'DENIED', effect='NONE')
            is_(t, 'empty current', host(op='change_password', value='ida', password='n 1', current_password=''), 'DENIED', effect='NONE')
            is_(t, 'right current', host(op='change_password', value='ida', password='n 1', current_password=SECRET), 'OK', effect='APPLIED')
            t.check('binds', d.who('uid=ida,' + PEOPLE, 'n 1') and not d.who('uid=ida,' + PEOPLE, SECRET))
            for _ in range(2):
                is_(t, 'without', host(op='change_password', value='ida', password=SECRET), 'OK', effect='APPLIED')
            is_(t, 'nobody', host(op='change_password', value='nobody', password=SECRET), 'NO_USER')
        with tap.test('delete') as t:
            d.add(person('below', rdn='cn=below,uid=eve'))
            eve = host(op='get_user', value='eve')['profile']['user_id']
            is_(t, 'not a leaf', host(op='delete_user', by='user_id', value=eve), 'CONFLICT', 'not_a_leaf', 'NONE')
            d.delete('cn=below,uid=eve,' + PEOPLE)
            is_(t, 'gone', host(op='delete_user', by='user_id', value=eve), 'OK', effect='APPLIED')
            is_(t, 'twice', host(op='delete_user', by='user_id', value=eve), 'NO_USER', effect='NONE')
            t.equal('the other stays', [e['uid'] for e in d.search('(uid=*)')], [['ida']])
            host(op='delete_user', by='user_id', value=uid)
            both = host(*[dict(op='create', user={'email': 'one@example.com', 'username': 'one%d' % i}, password=SECRET) for i in range(6)])
            t.check('of six at once at most one', sum(a['status'] == 'OK' for a in both) <= 1, both)
            t.equal('and no more entries than that', len(d.search('(mail=one@example.com)')), sum(a['status'] == 'OK' for a in both))
            for a in both:
                if a['status'] == 'OK':
                    host(op='delete_user', by='user_id', value=a['profile']['user_id'])


# --- what must not get in ----------------------------------------------------------------------
def refusals(place, d, name):
    c = config(place, d, 'refuse')
    with Host(kit.BUILD, c) as host, tap.test('refusals/' + name) as t:
        host(op='create', user={'email': 'ida@example.com', 'username': 'ida'}, password=SECRET)
        d.add(person('nopass', 'mail: nopass@example.com'))
        if name == 'unauthenticated':
            done = run('ldapwhoami', '-x', '-H', d.ldapi, '-D', 'uid=ida,' + PEOPLE, '-w', '', check=False)
            t.equal('this server takes an empty password', done.returncode, 0)
        for who, password, detail in (('ida', '', 2), ('ida', 'wrong', 2), ('ida', ' ', 2), ('ida', SECRET + ' ', 2), ('nopass', 'x', 2),
                                      ('nopass', '', 2), ('nobody', '', 2), ('nobody', SECRET, 1), ('*', SECRET, 1),
                                      ('ida)(uid=*', SECRET, 1), ('ida\\', SECRET, 1), ('\\69da', SECRET, 1), (' ida', SECRET, 1),
                                      ('ida ', SECRET, 1), ('IDA', SECRET, 1), ('uid=ida,' + PEOPLE, SECRET, 1), ('*)(objectClass=*', '', 2),
                                      ('i' + 'x' * 1000, SECRET, 1), ('\U0001f511', SECRET, 1), ('ïda', SECRET, 1), ('ida', 'x' * 4096, 2)):
            said = host(op='login', value=who, password=password, audit=1)
            is_(t, '%.20r with %.10r' % (who, password), said, 'DENIED', effect='NONE')
            t.check('why: %.20r' % who, said['detail'] == detail or who == 'nopass', said)
        is_(t, 'and the right one', host(op='login', value='ida', password=SECRET), 'OK')


def two_of_one_mail(place, d):
    with Host(kit.BUILD, config(place, d, 'two')) as host, tap.test('two of one mail') as t:
        for uid in ('twin1', 'twin2'):
            host(op='create', user={'email': uid + '@example.com', 'username': uid}, password=SECRET)
            d.modify('dn: uid=%s,%s\nchangetype: modify\nreplace: mail\nmail: twins@example.com\nmail: %s@example.com\n' % (uid, PEOPLE, uid))
        is_(t, 'nobody knows which', host(op='login', value='twins@example.com', password=SECRET), 'DENIED')
        is_(t, 'get_user', host(op='get_user', by='email', value='twins@example.com'), 'AMBIGUOUS')
        is_(t, 'change_password', host(op='change_password', by='email', value='twins@example.com', password='x'), 'AMBIGUOUS', effect='NONE')
        is_(t, 'with the current one', host(op='change_password', by='email', value='twins@example.com', password='x', current_password=SECRET),
            'AMBIGUOUS', effect='NONE')
        is_(t, 'verify', host(op='verify', by='email', value='twins@example.com'), 'AMBIGUOUS', effect='NONE')
        said = host(op='login', value='twin2@example.com', password=SECRET)
        t.equal('by the other value', said['profile']['email'], 'twin2@example.com')
        d.modify('dn: uid=twin1,%s\nchangetype: modify\nreplace: mail\nmail: Twins@example.com\n' % PEOPLE)
        t.equal('the exact one before its neighbour', host(op='get_user', by='email', value='Twins@example.com')['profile']['username'], 'twin1')


# --- values ------------------------------------------------------------------------------------
NAMES = ['a,b', 'a+b', '#a', ' lead', 'trail ', 'a"b', 'a\\b', 'a;b<c>', 'a=b', '*', ')(uid=*', '\U0001f308\U0001f511', 'é' * 100,
         'e\u0301', "o'brien", 'x' * 250]


def hostile(place, d):
    with Host(kit.BUILD, config(place, d, 'hostile')) as host, tap.test('hostile values') as t:
        made = {}
        for i, name in enumerate(NAMES):
            said = host(op='create', user={'email': 'h%d@example.com' % i, 'username': name, 'name': name, 'nickname': name}, password=SECRET)
            if said['status'] == 'INVALID':         # no user name, to the connector
                said = host(op='create', user={'email': 'h%d@example.com' % i, 'username': 'h%d' % i, 'name': name, 'nickname': name}, password=SECRET)
            t.equal('kept %r' % name, [said['profile'].get(f) for f in ('name', 'nickname')], [name] * 2)
            made[said['profile']['username']] = said['profile']
        t.equal('each is somebody', len(made), len(NAMES))
        for name, profile in made.items():
            said = host(op='login', by='username', value=name, password=SECRET)
            t.equal('logs in %r' % name, said.get('profile'), profile)
        for n in (254, 255, 256, 1023, 1024, 4095, 4096, 65535):
            said = host(op='create', user={'email': 'long%d@example.com' % n, 'username': 'long%d' % n, 'nickname': 'ä' * n}, password=SECRET)
            t.check('%d characters whole' % n, said['status'] == 'OK' and said['profile']['nickname'] == 'ä' * n, str(said)[:200])
        said = host(op='create', user={'email': 'nul@example.com', 'username': 'nul', 'nickname': 'a\0b'}, password=SECRET)
        t.check('a NUL is refused', said['status'] == 'INVALID' and said['effect'] == 'NONE', said)
        said = host(op='create', user={'email': 'näme@example.com', 'username': 'utf'}, password=SECRET)
        t.check('an address that this syntax cannot hold', said['status'] in ('INVALID', 'OK') and said['effect'] != 'UNKNOWN', said)


# --- servers that are gone ---------------------------------------------------------------------
def gone(place):
    with Directory() as d:
        c = config(place, d, 'gone', timeout=1500)
        with Host(kit.BUILD, c) as host:
            host(op='create', user={'email': 'ida@example.com', 'username': 'ida'}, password=SECRET)
            with tap.test('stopped') as t:
                d.stop()
                for asked in (dict(op='login', value='ida', password=SECRET), dict(op='get_user', value='ida'),
                              dict(op='create', user={'email': 'b@example.com', 'username': 'b'}, password=SECRET)):
                    said = host(**asked)
                    t.check(asked['op'], said['status'] in ('TIMEOUT', 'UNAVAILABLE') and said['effect'] == 'NONE', said)
                    t.check('in time', said['seconds'] < 1.5 + 0.3 * SLOWER, said['seconds'])
                d.go_on()
                time.sleep(1.2)
                t.check('and back', any(host(op='login', value='ida', password=SECRET)['status'] == 'OK' or time.sleep(1) for _ in range(10)))
            with tap.test('killed') as t:
                d.kill()
                for asked in (dict(op='login', value='ida', password=SECRET), dict(op='login', value='ida', password='wrong'),
                              dict(op='login', value='nobody', password='wrong'), dict(op='get_user', value='ida'),
                              dict(op='get_user', value='nobody'), dict(op='verify', by='email', value='ida@example.com'),
                              dict(op='change_password', value='ida', password='n'), dict(op='delete_user', by='user_id', value='gone|x')):
                    said = host(**asked)
                    t.equal(asked['op'], (said['status'], said['effect']), ('UNAVAILABLE', 'NONE'))
                d.start()
                t.check('and back', any(host(op='login', value='ida', password=SECRET)['status'] == 'OK' or time.sleep(1) for _ in range(10)))
        with tap.test('several servers') as t:
            c = config(place, d, 'several', uri=['ldap://127.0.0.1:1', d.ldapi])
            t.equal('the second answers', idbc(c, 'get-user', 'ida', '--json').status, 'OK')


# --- TLS ---------------------------------------------------------------------------------------
def tls(place, d):
    ca = {'ca': d.at('ca.pem')}
    with tap.test('tls') as t:
        for what, more, status in (
                ('ldaps', dict(uri=d.ldaps, tls=ca), 'OK'), ('StartTLS', dict(uri=d.ldap, start_tls=True, tls=ca), 'OK'),
                ('ldaps, wrong authority', dict(uri=d.ldaps, tls={'ca': d.at('other.pem')}), 'UNAVAILABLE'),
                ('StartTLS, wrong authority', dict(uri=d.ldap, start_tls=True, tls={'ca': d.at('other.pem')}), 'UNAVAILABLE'),
                ('nobody\'s authority', dict(uri=d.ldaps), 'UNAVAILABLE'),
                ('wrong name', dict(uri=d.ldaps.replace('127.0.0.1', '127.0.0.2'), tls=ca), 'UNAVAILABLE'),
                ('not verified, as asked', dict(uri=d.ldaps, tls={'verify': False}), 'OK'),
                ('loopback in clear', dict(uri=d.ldap), 'OK')):
            said = idbc(config(place, d, 'tls', **more), 'get-user', 'ida', '--json').json
            t.equal(what, said['status'], status)
        os.environ['LDAPTLS_REQCERT'] = 'never'
        try:
            said = idbc(config(place, d, 'tls', uri=d.ldaps, tls={'ca': d.at('other.pem')}), 'get-user', 'ida', '--json').json
            t.equal('the environment weakens nothing', said['status'], 'UNAVAILABLE')
        finally:
            del os.environ['LDAPTLS_REQCERT']
    with tap.test('clear text') as t:
        c = config(place, d, 'clear', uri=d.ldap, password='attribute')
        said = idbc(c, 'create', '--json', '--set', 'email=c@example.com', '--set', 'username=c', password='c c c').json
        t.equal('userPassword is not written in the open', (said['status'], said.get('code')), ('CONFIG', 'clear_text'))
        c = config(place, d, 'sealed', uri=d.ldaps, tls=ca, password='attribute')
        said = idbc(c, 'create', '--json', '--set', 'email=c@example.com', '--set', 'username=c', password='c c c').json
        t.equal('over TLS it is', said['status'], 'OK')
        t.check('and binds', d.who('uid=c,' + PEOPLE, 'c c c'))


def without_tls(place):
    with Directory(tls=False) as d, tap.test('StartTLS refused') as t:
        said = idbc(config(place, d, 'refused', uri=d.ldap, start_tls=True), 'get-user', 'ida', '--json').json
        t.equal('never in clear instead', said['status'], 'UNAVAILABLE')


# --- the service account, and the configuration ------------------------------------------------
def accounts(place, d):
    with tap.test('service account') as t:
        wrong = place.file('wrong.password', 'not it')
        empty = place.file('empty.password', '')
        readonly = place.file('user.password', SECRET)
        c = place.config('wrong', DRIVER, {**options(d), 'bind_password': {'file': wrong}}, MAP)
        for args in (('login', 'ida'), ('login', 'nobody')):
            t.equal('its wrong password', idbc(c, *args, '--json', password=SECRET).status, 'UNAVAILABLE')
        t.equal('get-user', idbc(c, 'get-user', 'nobody', '--json').status, 'UNAVAILABLE')
        c = place.config('empty', DRIVER, {**options(d), 'bind_password': {'file': empty}}, MAP)
        t.equal('an empty one', idbc(c, 'get-user', 'ida', '--json').status, 'CONFIG')
        c = place.config('user', DRIVER, {**options(d), 'bind_dn': 'uid=ida,' + PEOPLE, 'bind_password': {'file': readonly}}, MAP)
        t.check('one that may not read', idbc(c, 'get-user', 'ida', '--json').status == 'CONFIG')
    with tap.test('findings') as t:
        c = place.config('bad', DRIVER, {'uri': ['http://x', 'ldap://y/dc=x'], 'bind_dn': 'no dn', 'base': 'ou', 'scope': 'tree', 'filter': '(uid=x',
                                         'colour': 1, 'tls': {'cert': 'c.pem'}},
                         {'login': {'by': ['email', 'phone_number']}, 'profile': {'email': 'ma il', 'name': {'attribute': 'cn', 'text': 1}},
                          'table': 'x', 'create': {'rdn': 'uid'}})
        said = idbc(c, 'check').out
        for key in ('options.uri', 'options.bind_dn', 'options.bind_password', 'options.base', 'options.scope', 'options.filter', 'options.colour',
                    'options.tls.key', 'users.profile.email', 'users.profile.name', 'users.table', 'users.login.by', 'users.create.object_class'):
            t.check(key, ' %s:' % key in said, said)
        users = {'profile': {**MAP['profile'], 'email': 'rfc822Mailbox', 'name': 'commonNmae'}, 'create': {**MAP['create'], 'object_class': ['person', 'elf']}}
        said = idbc(config(place, d, 'schema', users), 'check').out
        for word in ('missing-attribute: users.profile.email', 'write "mail"', 'missing-attribute: users.profile.name', 'missing-class'):
            t.check(word, word in said, said)
        said = idbc(place.config('base', DRIVER, {**options(d), 'base': 'ou=none,' + SUFFIX}, MAP), 'check').out
        t.check('missing-base', 'missing-base: options.base' in said, said)
        t.equal('and nobody is unknown there', idbc(os.path.join(place.path, 'base.json'), 'get-user', 'ida', '--json').status, 'CONFIG')


# --- overlays ----------------------------------------------------------------------------------
POLICY = """overlay ppolicy
ppolicy_default "cn=policy,%s"
ppolicy_use_lockout
overlay unique
unique_uri ldap:///%s?mail?sub
""" % (SUFFIX, PEOPLE)


def overlays(place):
    with Directory(more=POLICY) as d:
        d.as_service('ldapadd', data='dn: cn=policy,%s\nobjectClass: pwdPolicy\nobjectClass: device\ncn: policy\npwdAttribute: userPassword\n'
                     'pwdLockout: TRUE\npwdMaxFailure: 3\npwdMustChange: TRUE\npwdMinLength: 6\npwdCheckQuality: 2\n' % SUFFIX)
        with Host(kit.BUILD, config(place, d, 'policy')) as host:
            with tap.test('policy') as t:
                is_(t, 'too short a password', host(op='create', user={'email': 's@example.com', 'username': 's'}, password='abc'),
                    'CONFLICT', 'password_refused', 'NONE')
                t.equal('leaves no entry', d.search('(uid=s)'), [])
                made = host(op='create', user={'email': 'p@example.com', 'username': 'p'}, password='first one')
                t.equal('created', made['status'], 'OK')
                d.modify('dn: uid=p,%s\nchangetype: modify\nadd: pwdReset\npwdReset: TRUE\n' % PEOPLE)
                is_(t, 'it must be changed', host(op='login', value='p', password='first one'),
                    'PASSWORD_EXPIRED', 'password_change_required')
                is_(t, 'told to nobody else', host(op='login', value='p', password='wrong'), 'DENIED')
                d.modify('dn: uid=p,%s\nchangetype: modify\ndelete: pwdReset\n' % PEOPLE)
                is_(t, 'then', host(op='login', value='p', password='first one'), 'OK')
                for _ in range(3):
                    is_(t, 'wrong', host(op='login', value='p', password='wrong'), 'DENIED')
                said = host(op='login', value='p', password='first one', audit=1)
                is_(t, 'locked out', said, 'DENIED')
                t.equal('which logs know', said['detail'], 6)
            with tap.test('unique') as t:
                d.add(person('hidden', 'mail: h@example.com', rdn='cn=hidden'))
                d.modify('dn: cn=hidden,%s\nchangetype: modify\nreplace: objectClass\nobjectClass: inetOrgPerson\n' % PEOPLE)
                c = config(place, d, 'unique', filter='(objectClass=idbcUser)')
                with Host(kit.BUILD, c) as other:
                    said = other(op='create', user={'email': 'h@example.com', 'username': 'h'}, password='long enough')
                    t.check('the overlay refuses what our search does not see', said['status'] == 'CONFLICT' and said['effect'] == 'NONE', said)
                both = host(*[dict(op='create', user={'email': 'q@example.com', 'username': 'q%d' % i}, password='long enough') for i in range(6)])
                t.equal('of six at once', sorted(a['status'] for a in both), ['EXISTS'] * 5 + ['OK'])
                t.equal('one entry', len(d.search('(mail=q@example.com)')), 1)


def referrals(place, d):
    with tap.test('referral') as t:
        d.as_service('ldapadd', '-M', data='dn: ou=far,%s\nobjectClass: referral\nobjectClass: extensibleObject\nou: far\n'
                     'ref: ldap://elsewhere.example.com/ou=far\n' % PEOPLE)
        said = idbc(config(place, d, 'far'), 'get-user', 'ida', '--json').json
        t.equal('a part elsewhere is no proof', (said['status'], said.get('code')), ('CONFIG', 'referral'))
        said = idbc(config(place, d, 'near', referrals='ignore'), 'get-user', 'ida', '--json').json
        t.equal('unless one says so', said['status'], 'OK')
        d.as_service('ldapdelete', '-M', 'ou=far,' + PEOPLE)


# --- time --------------------------------------------------------------------------------------
def equal_time(place):
    """Stored passwords that cost some ten milliseconds: of nobody a bind costs as much, with an entry to bind as."""
    with Directory(hash_='{CRYPT}', salt='$6$rounds=30000$%.16s') as d, tap.test('equal time') as t:
        with Host(kit.BUILD, config(place, d, 'slow')) as host:
            host(op='create', user={'email': 'ida@example.com', 'username': 'ida'}, password=SECRET)
            host(op='create', user={'email': 'dummy@example.com', 'username': 'dummy'}, password='nobody knows this one')
            t.check('slow to compare', d.search('(uid=ida)', 'userPassword')[0]['userPassword'][0].startswith('{CRYPT}$6$'))
        with Host(kit.BUILD, config(place, d, 'equal', dummy_dn='uid=dummy,' + PEOPLE)) as host:
            times = {'ida': [], 'nobody': []}
            for _ in range(15):
                for who in times:
                    times[who].append(host(op='login', value=who, password='wrong')['seconds'])
            known, unknown = (statistics.median(times[who]) for who in ('ida', 'nobody'))
            t.check('known %.1f ms, unknown %.1f ms' % (known * 1000, unknown * 1000), known > 0.004 and 0.75 < unknown / known < 1.33, times)


def many(place, d):
    with Host(kit.BUILD, config(place, d, 'many')) as host, tap.test('many at once') as t:
        host(op='create', user={'email': 'm@example.com', 'username': 'm'}, password=SECRET)
        answers = []
        for _ in range(20):
            answers += host(*([dict(op='login', value='m', password=SECRET), dict(op='login', value='m', password='wrong'),
                               dict(op='get_user', value='m'), dict(op='login', value='none', password=SECRET)] * 2))
        t.equal('each its own answer', sorted({(i % 4, a['status']) for i, a in enumerate(answers)}),
                [(0, 'OK'), (1, 'DENIED'), (2, 'OK'), (3, 'DENIED')])


def conformance(place, d, name, **more):
    c = config(place, d, 'conform', **more)
    with tap.test('conformance/' + name) as t:
        done = run(os.path.join(kit.BUILD, 'idbc-conform'), '--driver', DRIVER, '--config', c, check=False, patience=300)
        said = done.stdout.decode(errors='replace')
        t.check('all cases', done.returncode == 0, [line for line in said.splitlines() if line.startswith(('not ok', 'Bail', '  got'))])
        t.check('more than a hundred', said.count('\nok ') > 100 and said.count('# SKIP') < 80, said[-200:])


def as_a_stranger(place):
    """Its own Makefile, on what an installed IDBC gives."""
    with tap.test('own Makefile') as t:
        folder = os.path.join(place.path, 'driver_ldap')
        shutil.copytree(os.path.join(kit.ROOT, 'examples', 'driver_ldap'), folder)
        done = run('env', 'PKG_CONFIG_PATH=' + os.path.join(kit.BUILD, 'pkgconfig'), 'make', '-s', '-C', folder,
                   'CFLAGS=-O1 -Werror', check=False, patience=120)
        t.equal('it builds', (done.returncode, done.stderr.decode()), (0, ''))
        seen = run('nm', '-D', '--defined-only', os.path.join(folder, 'ldap.so')).stdout.decode().split()
        t.equal('and exports one symbol', seen[2:], ['idbc_driver_entry'])


def main():
    if not shutil.which('slapd') or not os.path.exists(DRIVER):
        raise RuntimeError('slapd and build/examples/ldap.so are needed: make deps-check')
    with Workplace() as place:
        as_a_stranger(place)
        with Directory() as d:
            by_command(place, d)
            operations(place, d)
            refusals(place, d, 'ordinary')
            two_of_one_mail(place, d)
            hostile(place, d)
            tls(place, d)
            accounts(place, d)
            referrals(place, d)
            many(place, d)
        with Directory(settings=UNAUTHENTICATED) as d:
            refusals(place, d, 'unauthenticated')
            conformance(place, d, 'socket')
            conformance(place, d, 'StartTLS', uri=d.ldap, start_tls=True, tls={'ca': d.at('ca.pem')})
        gone(place)
        without_tls(place)
        overlays(place)
        equal_time(place)
    tap.done()


if __name__ == '__main__':
    main()
