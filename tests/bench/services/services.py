"""Side by side with what people let users log in with today, on one table: make bench-services.

Every contender is started privately on loopback or a local socket, with caches of logins off; each has a
process that logs in for a while when told to.  Rounds go through all of them in turns; a ratio is ours of
the same round by theirs, and the median of the rounds counts.  Writes build/bench-services.json."""
import ctypes
import json
import os
import platform
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
sys.path.insert(0, os.path.join(ROOT, 'tests', 'integration', 'lib'))
from kit import BUILD, Workplace, database, idbc  # noqa: E402

QUICK = os.environ.get('BENCH') == 'short' or os.environ.get('BENCH_QUICK', '0') not in ('', '0')
ONLY = os.environ.get('BENCH_ONLY', '').split()
USERS = 2000 if QUICK else 100000
ROUNDS, SLICE_MS = (2, 100) if QUICK else (int(os.environ.get('BENCH_ROUNDS', '15')), 400)
CLIENTS = 1, 4
PASSWORD = 'Quince7Harbour'
DB_USER, DB_PASSWORD, DB = 'bencher', 'Tamarind3Kiln', 'services'
NODE = os.path.join(BUILD, 'bench-services')
COLUMN = {'plain': 'password_plain', 'bcrypt4': 'password_bcrypt'}
FOR_APACHE = {'plain': 'password_sha', 'bcrypt4': 'password_bcrypt'}    # it knows no clear text
ACCEPT = {'plain': 'raw/plaintext', 'bcrypt4': 'bcrypt'}
TABLE = """
CREATE TABLE users (
  id INT AUTO_INCREMENT PRIMARY KEY, email VARCHAR(190) NOT NULL UNIQUE, nickname VARCHAR(100), email_verified TINYINT(1) NOT NULL,
  password_plain VARCHAR(100), password_bcrypt VARCHAR(100), password_sha VARCHAR(100))
  ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
INSERT INTO users (email, nickname, email_verified, password_plain, password_bcrypt, password_sha)
  SELECT CONCAT('user', seq, '@example.com'), CONCAT('user', seq), 1, '%(plain)s', '%(bcrypt)s',
    CONCAT('{SHA}', TO_BASE64(UNHEX(SHA1('%(plain)s')))) FROM seq_1_to_%(users)d;
ANALYZE TABLE users;
CREATE OR REPLACE USER %(db_user)s@localhost IDENTIFIED BY '%(db_password)s';
GRANT SELECT ON users TO %(db_user)s@localhost;
"""


def bcrypt4(password):
    crypt = ctypes.CDLL('libcrypt.so.1').crypt
    crypt.restype = ctypes.c_char_p
    return crypt(password.encode(), b'$2b$04$GpxZDo4cNZtHlsXe5qqB9O').decode()


def free_port(kind):
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


class Service:
    """One server in a folder of its own; its files are templates with {name} in them."""

    def __init__(self, place, values):
        self.values, self.process = values, None
        self.folder = os.path.join(place, self.name + '-' + values['scheme'])
        os.mkdir(self.folder)
        os.chmod(self.folder, 0o755)
        self.log = os.path.join(self.folder, 'log')

    def write(self, name, text, mode=0o640):
        path = os.path.join(self.folder, name)
        for key, value in {**self.values, 'folder': self.folder}.items():
            text = text.replace('{%s}' % key, str(value))
        with open(path, 'w', encoding='ascii') as f:
            f.write(text)
        os.chmod(path, mode)
        return path

    def start(self, command, ready):
        with open(self.log, 'ab') as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                                            env={**os.environ, 'HOME': self.folder})
        end = time.monotonic() + 30
        while not ready():
            if self.process.poll() is not None or time.monotonic() > end:
                sys.exit('bench: %s does not start: %s' % (self.name, open(self.log, errors='replace').read()[-2000:]))
            time.sleep(0.1)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()


def listens(port):
    with socket.socket() as s:
        return s.connect_ex(('127.0.0.1', port)) == 0


class Pam(Service):
    name, title, version = 'pam', 'pam_mysql', 'libpam-mysql'

    def begin(self):
        kind = {'plain': 'plain', 'bcrypt4': 'Y'}[self.values['scheme']]
        self.write('bench', 'auth required pam_mysql.so user={db_user} passwd={db_password} host={socket} db={db} table=users'
                   ' usercolumn=email passwdcolumn={column} crypt=%s\naccount required pam_permit.so\n' % kind)
        return self.folder


class Dovecot(Service):
    name, title, version = 'dovecot', 'Dovecot auth', 'dovecot-core'

    def begin(self):
        self.write('sql.conf', 'driver = mysql\nconnect = host={socket} dbname={db} user={db_user} password={db_password}\n'
                   'default_pass_scheme = %s\npassword_query = SELECT email AS user, {column} AS password FROM users'
                   " WHERE email = '%%u'\n" % {'plain': 'PLAIN', 'bcrypt4': 'BLF-CRYPT'}[self.values['scheme']], 0o644)
        config = self.write('dovecot.conf', """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols =
listen = 127.0.0.1
ssl = no
auth_mechanisms = plain
auth_cache_size = 0
auth_failure_delay = 0
passdb {
  driver = sql
  args = {folder}/sql.conf
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=/nonexistent
}
service auth {
  unix_listener auth-client {
    mode = 0666
  }
}
service stats {
  unix_listener stats-writer {
    mode = 0666
  }
}
""", 0o644)
        where = os.path.join(self.folder, 'run', 'auth-client')
        self.start(['/usr/sbin/dovecot', '-F', '-c', config], lambda: os.path.exists(where))
        return where


class Radius(Service):
    name, title, version = 'radius', 'FreeRADIUS rlm_sql', 'freeradius'

    def begin(self):
        port = self.values['port'] = free_port(socket.SOCK_DGRAM)
        self.values['attribute'] = {'plain': 'Cleartext-Password', 'bcrypt4': 'Crypt-Password'}[self.values['scheme']]
        self.write('radiusd.conf', """
prefix = /usr
libdir = /usr/lib/freeradius
logdir = {folder}
run_dir = {folder}
pidfile = {folder}/pid
max_request_time = 30
cleanup_delay = 2
max_requests = 16384
log {
  destination = files
  file = {folder}/log
  auth = no
}
security {
  reject_delay = 0
  status_server = no
}
thread pool {
  start_servers = 5
  max_servers = 32
  min_spare_servers = 3
  max_spare_servers = 10
}
client localhost {
  ipaddr = 127.0.0.1
  secret = bench
}
modules {
  pap {
  }
  sql {
    driver = "rlm_sql_mysql"
    dialect = "mysql"
    server = "localhost"
    login = "{db_user}"
    password = "{db_password}"
    radius_db = "{db}"
    read_groups = no
    read_profiles = no
    read_clients = no
    sql_user_name = "%{User-Name}"
    authorize_check_query = "SELECT id, email, '{attribute}', {column}, ':=' FROM users WHERE email = '%{SQL-User-Name}'"
    pool {
      start = 4
      min = 4
      max = 32
      spare = 4
      uses = 0
      lifetime = 0
      idle_timeout = 60
    }
  }
}
server default {
  listen {
    type = auth
    ipaddr = 127.0.0.1
    port = {port}
  }
  authorize {
    sql
    pap
  }
  authenticate {
    Auth-Type PAP {
      pap
    }
  }
}
""")
        self.write('dictionary', '')
        self.write('.my.cnf', '[freeradius]\nsocket={socket}\n')    # nothing of its own names a socket
        self.start(['freeradius', '-f', '-d', self.folder, '-l', self.log],
                   lambda: os.path.exists(self.log) and 'Ready to process' in open(self.log, errors='replace').read())
        return port


class Apache(Service):
    name, title, version = 'apache', 'Apache mod_authn_dbd', 'apache2-bin'

    def begin(self):
        port = self.values['port'] = free_port(socket.SOCK_STREAM)
        os.mkdir(os.path.join(self.folder, 'site'))
        os.chmod(os.path.join(self.folder, 'site'), 0o755)
        self.write('site/ok', '', 0o644)
        self.values['column_apache'] = FOR_APACHE[self.values['scheme']]
        config = self.write('apache.conf', """
ServerRoot {folder}
ServerName localhost
Listen 127.0.0.1:{port}
PidFile {folder}/pid
DefaultRuntimeDir {folder}
ErrorLog {folder}/log
LogLevel error
User www-data
Group www-data
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authn_core_module /usr/lib/apache2/modules/mod_authn_core.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule authz_user_module /usr/lib/apache2/modules/mod_authz_user.so
LoadModule auth_basic_module /usr/lib/apache2/modules/mod_auth_basic.so
LoadModule authn_dbd_module /usr/lib/apache2/modules/mod_authn_dbd.so
LoadModule dbd_module /usr/lib/apache2/modules/mod_dbd.so
KeepAlive On
MaxKeepAliveRequests 0
KeepAliveTimeout 600
ServerLimit 1
StartServers 1
ThreadsPerChild 25
MaxRequestWorkers 25
DBDriver mysql
DBDParams "sock={socket},user={db_user},pass={db_password},dbname={db}"
DBDMin 4
DBDKeep 25
DBDMax 25
DocumentRoot {folder}/site
<Directory {folder}/site>
  AuthType Basic
  AuthName bench
  AuthBasicProvider dbd
  AuthDBDUserPWQuery "SELECT {column_apache} FROM users WHERE email = %s"
  Require valid-user
</Directory>
""")
        self.start(['/usr/sbin/apache2', '-DFOREGROUND', '-f', config], lambda: listens(port))
        return port


class Contender:
    """A process that logs in when told to."""

    def __init__(self, title, command, cwd=None):
        self.title = title
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=cwd,
                                        env={**os.environ, 'IDBC_LIBRARY': os.path.join(BUILD, 'libidbc.so.0')})

    def say(self, line):
        self.process.stdin.write(line + '\n')
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if not answer:
            sys.exit('bench: %s stopped' % self.title)
        return answer

    def per_second(self, clients, ms):
        logins, ns = map(int, self.say('%d %d' % (clients, ms)).split())
        return logins * 1e9 / ns

    def stop(self):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def users_mapping(scheme):
    return {'user': {'table': 'users', 'key': 'id', 'id': 'auto'},
            'profile': {'email': 'email', 'nickname': 'nickname', 'email_verified': {'col': 'email_verified', 'bool': True}},
            'login': {'by': ['email']},
            'password': {'col': COLUMN[scheme], 'accept': [ACCEPT[scheme]], 'upgrade': False}}


def node_modules():
    """The clients of Node.js, by the versions of the lock; no script of a package runs."""
    os.makedirs(NODE, exist_ok=True)
    for name in 'package.json', 'package-lock.json', 'node.js':
        shutil.copyfile(os.path.join(HERE, name), os.path.join(NODE, name))
    shutil.copyfile(os.path.join(ROOT, 'examples', 'node', 'idbc.js'), os.path.join(NODE, 'idbc.js'))
    if not os.path.isdir(os.path.join(NODE, 'node_modules', 'mysql2')):
        subprocess.run(['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], cwd=NODE, check=True,
                       stdin=subprocess.DEVNULL)


class Side:
    """All contenders of one scheme."""

    def __init__(self, place, db, scheme):
        self.place, self.scheme, self.services, self.contenders = place, scheme, [], {}
        self.values = {'socket': db.socket, 'db': DB, 'db_user': DB_USER, 'db_password': DB_PASSWORD, 'scheme': scheme,
                       'column': COLUMN[scheme]}
        options = {**db.options('mysql'), 'user': DB_USER, 'password': DB_PASSWORD}
        self.config = place.config('services-' + scheme, 'mysql', options, users_mapping(scheme))

    def add(self, key, title, command, cwd=None):
        if ONLY and not key.startswith('ours') and key not in ONLY:
            return
        self.contenders[key] = Contender(title, [str(word) for word in command], cwd)

    def start(self):
        client = os.path.join(BUILD, 'tests', 'bench', 'services', 'client')
        self.add('ours', 'ours, synchronous', [client, 'ours', self.config, USERS, PASSWORD])
        self.add('ours-submitted', 'ours, submitted', [client, 'submitted', self.config, USERS, PASSWORD])
        for kind in Pam, Dovecot, Radius, Apache:
            if ONLY and kind.name not in ONLY:
                continue
            service = kind(self.place.path, dict(self.values))
            self.services.append(service)
            self.add(kind.name, kind.title, [client, kind.name, service.begin(), USERS, PASSWORD])
        where = json.dumps({'socketPath': self.values['socket'], 'user': DB_USER, 'password': DB_PASSWORD, 'database': DB})
        for key, title, service, at in (('ours-node', 'ours, from Node.js', 'ours', self.config),
                                        ('node-pooled', 'Node.js, mysql2 with a pool', 'pooled', where),
                                        ('node-template', 'Node.js, template: a connection for each call', 'template', where)):
            self.add(key, title, ['node', 'node.js', service, at, USERS, PASSWORD, self.scheme], NODE)
        for key, contender in self.contenders.items():
            answer = contender.say('check')
            if answer != 'ok':
                sys.exit('bench: %s: %s' % (key, answer))

    def stop(self):
        for one in [*self.contenders.values(), *self.services]:
            one.stop()

    def measure(self, clients):
        """Rounds through all; every second one backwards, so that nobody always follows the same."""
        got = {key: [] for key in self.contenders}
        for contender in self.contenders.values():
            contender.per_second(clients, SLICE_MS)
        for turn in range(ROUNDS):
            for key in list(self.contenders)[::-1 if turn % 2 else 1]:
                got[key].append(self.contenders[key].per_second(clients, SLICE_MS))
        return got


def version(package):
    done = subprocess.run(['dpkg-query', '-W', '-f=${Version}', package], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return done.stdout.decode() or '?'


def ours_of(key):
    """Who of ours stands against it: the same host."""
    return 'ours-node' if key.startswith('node') else 'ours'


def tell(scheme, clients, side, got):
    rows = []
    for key, rates in got.items():
        mine = got.get(ours_of(key), rates)
        times = statistics.median(a / b for a, b in zip(mine, rates))
        rows.append({'name': '%s/%s@%d' % (key, scheme, clients), 'title': side.contenders[key].title, 'times': round(times, 2),
                     'least': round(min(a / b for a, b in zip(mine, rates)), 2), 'logins': round(statistics.median(rates), 1)})
        print('%-28s %10.1f %8.2f %8.2f   %s' % (rows[-1]['name'], rows[-1]['logins'], times, rows[-1]['least'], rows[-1]['title']),
              flush=True)
    return rows


def make_table(place):
    db = database('mysql', 'services', place.path)
    db.name = DB
    db.sql('DROP DATABASE IF EXISTS `%s`; CREATE DATABASE `%s`; SET GLOBAL innodb_buffer_pool_size = 1 << 30' % (DB, DB),
           database=False)
    db.sql(TABLE % {'plain': PASSWORD, 'bcrypt': bcrypt4(PASSWORD), 'users': USERS, 'db_user': DB_USER,
                    'db_password': DB_PASSWORD})
    return db


def main():
    node_modules()
    rows = []
    with Workplace() as place:
        os.chmod(place.path, 0o755)
        db = make_table(place)
        print('%-28s %10s %8s %8s' % ('', 'logins/s', 'ours is', 'at least'))
        for scheme in COLUMN:
            side = Side(place, db, scheme)
            try:
                side.start()
                for clients in CLIENTS:
                    rows += tell(scheme, clients, side, side.measure(clients))
            finally:
                side.stop()
    packages = [kind.version for kind in (Pam, Dovecot, Radius, Apache)] + ['mariadb-server-core', 'nodejs', 'libaprutil1-dbd-mysql']
    out = os.path.join(BUILD, 'bench-services.json')
    with open(out, 'w', encoding='utf-8') as f:
        json.dump({'cores': os.cpu_count(), 'machine': platform.machine(), 'users': USERS, 'rounds': ROUNDS,
                   'versions': {p: version(p) for p in packages}, 'rows': rows}, f, indent=1)
    print('written to', out)


main()
