"""A throw-away slapd in a folder of its own: a socket, and loopback with and without TLS.
Killed by its id, whatever happens."""
import os
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse

from kit import SLOWER, heard

SUFFIX = 'dc=example,dc=com'
PEOPLE = 'ou=people,' + SUFFIX
ADMIN, SERVICE = 'cn=admin,' + SUFFIX, 'cn=service,' + SUFFIX
SERVICE_PASSWORD = 'the service of a directory'

SCHEMA = """
attributetype ( 1.3.6.1.4.1.55555.1.1 NAME 'idbcEmailVerified' EQUALITY booleanMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.7 SINGLE-VALUE )
attributetype ( 1.3.6.1.4.1.55555.1.2 NAME 'idbcBlocked' EQUALITY booleanMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.7 SINGLE-VALUE )
attributetype ( 1.3.6.1.4.1.55555.1.3 NAME 'idbcAppMetadata' EQUALITY caseExactMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.3.6.1.4.1.55555.1.4 NAME 'idbcUserMetadata' EQUALITY caseExactMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.3.6.1.4.1.55555.1.5 NAME 'idbcNickname' EQUALITY caseExactMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
objectclass ( 1.3.6.1.4.1.55555.2.1 NAME 'idbcUser' SUP top AUXILIARY
  MAY ( idbcEmailVerified $ idbcBlocked $ idbcAppMetadata $ idbcUserMetadata $ idbcNickname ) )
"""

CONFIGURATION = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
%(schema)s
pidfile %(dir)s/slapd.pid
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload ppolicy
moduleload unique
TLSCACertificateFile %(dir)s/ca.pem
TLSCertificateFile %(dir)s/server.pem
TLSCertificateKeyFile %(dir)s/server.key
password-hash %(hash)s
password-crypt-salt-format "%(salt)s"
%(global)s
access to dn.base="" by * read
access to dn.base="cn=subschema" by * read
database mdb
suffix "%(suffix)s"
rootdn "cn=admin,%(suffix)s"
directory %(dir)s/data
maxsize 67108864
dbnosync
index objectClass,uid,mail,entryUUID eq
access to attrs=userPassword by dn.exact="cn=service,%(suffix)s" write by anonymous auth by * none
access to * by dn.exact="cn=service,%(suffix)s" write by * none
%(more)s
"""


def run(*command, data=None, check=True, patience=30):
    done = subprocess.run(command, input=data.encode() if isinstance(data, str) else data, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=patience * SLOWER)
    if check and done.returncode:
        raise RuntimeError('%s: %s' % (command[0], done.stderr.decode(errors='replace')[:400]))
    return done


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def certificates(path, name='ca'):
    """An authority, and a server's certificate for localhost and 127.0.0.1 by it."""
    at = lambda f: os.path.join(path, f)  # noqa: E731
    run('openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj',
        '/CN=test ' + name, '-keyout', at(name + '.key'), '-out', at(name + '.pem'))
    if name != 'ca':
        return
    run('openssl', 'req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=localhost', '-keyout',
        at('server.key'), '-out', at('server.csr'))
    with open(at('ext'), 'w', encoding='ascii') as f:
        f.write('subjectAltName=DNS:localhost,IP:127.0.0.1\n')
    run('openssl', 'x509', '-req', '-in', at('server.csr'), '-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial',
        '-days', '2', '-extfile', at('ext'), '-out', at('server.pem'))


class Directory:
    def __init__(self, hash_='{SSHA}', salt='$6$rounds=5000$%.16s', settings='', more='', tls=True):
        self.folder = tempfile.TemporaryDirectory(prefix='idbc-ldap-')
        self.path, self.process = self.folder.name, None
        os.mkdir(self.at('data'))
        certificates(self.path)
        certificates(self.path, 'other')
        text = CONFIGURATION % {'schema': SCHEMA, 'dir': self.path, 'hash': hash_, 'salt': salt, 'global': settings,
                                'suffix': SUFFIX, 'more': more}
        if not tls:
            text = '\n'.join(line for line in text.splitlines() if not line.startswith('TLS'))
        self.file('slapd.conf', text)
        self.password = self.file('service.password', SERVICE_PASSWORD)
        self.ldapi = 'ldapi://' + urllib.parse.quote(self.at('socket'), safe='')
        self.ldap, self.ldaps = ('%s://127.0.0.1:%d' % (s, free_port()) for s in ('ldap', 'ldaps'))
        self.tls = tls
        self.seed()

    def at(self, name):
        return os.path.join(self.path, name)

    def file(self, name, text):
        with open(self.at(name), 'w', encoding='utf-8') as f:
            f.write(text)
        os.chmod(self.at(name), 0o600)
        return self.at(name)

    def seed(self):
        made = run('slappasswd', '-T', self.password).stdout.decode().strip()
        text = ''.join('dn: %s\n%s\n\n' % pair for pair in (
            (SUFFIX, 'objectClass: dcObject\nobjectClass: organization\no: example\ndc: example'),
            (PEOPLE, 'objectClass: organizationalUnit\nou: people'),
            (SERVICE, 'objectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: service\nuserPassword: ' + made)))
        run('slapadd', '-f', self.at('slapd.conf'), data=text)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()
        self.folder.cleanup()

    def start(self):
        uris = ' '.join([self.ldapi, self.ldap] + ([self.ldaps] if self.tls else []))
        self.process = subprocess.Popen(['slapd', '-d', '0', '-f', self.at('slapd.conf'), '-h', uris],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(100 * SLOWER):
            if self.process.poll() is not None:
                break
            if self.who(SERVICE, SERVICE_PASSWORD):
                return
            time.sleep(0.1)
        self.kill()
        raise RuntimeError('slapd did not start')

    def kill(self, with_=signal.SIGKILL):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(with_)
        if self.process:
            self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    # --- what any client of the directory sees ------------------------------------------------
    def who(self, dn, password):
        """Does a bind with this password come in?"""
        heard('', password.encode())
        given = self.file('given', password)
        return run('ldapwhoami', '-x', '-H', self.ldapi, '-D', dn, '-y', given, check=False).returncode == 0

    def as_service(self, *command, data=None, check=True):
        return run(command[0], '-x', '-H', self.ldapi, '-D', SERVICE, '-y', self.password, *command[1:], data=data, check=check)

    def add(self, text):
        self.as_service('ldapadd', data=text)

    def modify(self, text):
        self.as_service('ldapmodify', data=text)

    def delete(self, *dns):
        self.as_service('ldapdelete', *dns)

    def search(self, filter_, *attrs, base=PEOPLE):
        """Entries as {attribute: [values]}, read by ldapsearch."""
        import base64
        out = self.as_service('ldapsearch', '-LLL', '-o', 'ldif-wrap=no', '-b', base, filter_, *attrs).stdout.decode()
        found = []
        for block in out.strip().split('\n\n'):
            entry = {}
            for line in block.splitlines():
                name, _, value = line.partition(':')
                value = base64.b64decode(value[1:].strip()).decode(errors='replace') if value.startswith(':') else value.strip()
                entry.setdefault(name, []).append(value)
            if entry:
                found.append(entry)
        return found
