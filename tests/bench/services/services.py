"""Side by side with what people let users log in with today, on one table: make bench-services.

Every contender is started privately on loopback or a local socket, with caches of logins off; each has a
process that logs in for a while when told to.  Rounds go through all of them in turns; a ratio is ours of
the same round by theirs, and the median of the rounds counts.  Beside it the processor time of a login, of
all processes together, which other work on the machine disturbs less.  Writes build/bench-services.json."""
import contextlib
import ctypes
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
sys.path.insert(0, os.path.join(ROOT, 'tests', 'integration', 'lib'))
from kit import BUILD, Workplace, database  # noqa: E402
from servers import Apache, Dovecot, Pam, Radius  # noqa: E402

QUICK = os.environ.get('BENCH') == 'short' or os.environ.get('BENCH_QUICK', '0') not in ('', '0')
ONLY = os.environ.get('BENCH_ONLY', '').split()
USERS = 2000 if QUICK else 100000
ROUNDS, SLICE_MS = (2, 100) if QUICK else (int(os.environ.get('BENCH_ROUNDS', '25')), 200)
CLIENTS = 1, 4
PASSWORD = 'Quince7Harbour'
DB_USER, DB_PASSWORD, DB = 'bencher', 'Tamarind3Kiln', 'services'
NODE = os.path.join(BUILD, 'bench-services')
COLUMN = {'plain': 'password_plain', 'bcrypt4': 'password_bcrypt'}
ACCEPT = {'plain': 'raw/plaintext', 'bcrypt4': 'bcrypt'}
TABLE = """
CREATE TABLE users (
  id INT AUTO_INCREMENT PRIMARY KEY, email VARCHAR(190) NOT NULL UNIQUE, nickname VARCHAR(100),
  email_verified TINYINT(1) NOT NULL,
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


def processor_seconds(roots):
    """Of these processes and all that came of them, those that ended included."""
    stat = {}
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            with open('/proc/%s/stat' % pid, encoding='ascii', errors='replace') as f:
                stat[int(pid)] = f.read().rpartition(')')[2].split()
        except OSError:
            pass
    wanted, found = set(), set(roots)
    while found:
        wanted |= found
        found = {pid for pid, fields in stat.items() if int(fields[1]) in found} - wanted
    return sum(int(n) for pid in wanted & stat.keys() for n in stat[pid][11:15]) / os.sysconf('SC_CLK_TCK')


class Contender:
    """A process that logs in when told to; `others` are the servers that it makes work."""

    def __init__(self, title, command, others, cwd=None):
        self.title = title
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=cwd,
                                        env={**os.environ, 'IDBC_LIBRARY': os.path.join(BUILD, 'libidbc.so.0')})
        self.pids = [self.process.pid, *others]
        self.rates, self.logins, self.seconds = [], 0, 0.0

    def say(self, line):
        answer = ''
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(line + '\n')
            self.process.stdin.flush()
            answer = self.process.stdout.readline().strip()
        if not answer:
            sys.exit('bench: %s stopped' % self.title)
        return answer

    def forget(self):
        self.rates, self.logins, self.seconds = [], 0, 0.0

    def slice(self, clients):
        before = processor_seconds(self.pids)
        logins, ns = map(int, self.say('%d %d' % (clients, SLICE_MS)).split())
        self.seconds += processor_seconds(self.pids) - before
        self.logins += logins
        self.rates.append(logins * 1e9 / ns)

    def stop(self):
        with contextlib.suppress(BrokenPipeError):      # it has gone, with a line unread
            self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def users_mapping(scheme):
    return {'user': {'table': 'users', 'key': 'id', 'id': 'auto'},
            'profile': {'email': 'email', 'nickname': 'nickname',
                        'email_verified': {'col': 'email_verified', 'bool': True}},
            'login': {'by': ['email']},
            'password': {'col': COLUMN[scheme], 'accept': [ACCEPT[scheme]], 'upgrade': False}}


def node_modules():
    """The clients of Node.js, by the versions of the lock; no script of a package runs."""
    os.makedirs(NODE, exist_ok=True)
    for name in 'package.json', 'package-lock.json', 'node.js':
        shutil.copyfile(os.path.join(HERE, name), os.path.join(NODE, name))
    example = os.path.join(ROOT, 'examples', 'node')
    for name in os.listdir(example):
        if name.endswith('.js'):
            shutil.copyfile(os.path.join(example, name), os.path.join(NODE, name))
    if not os.path.isdir(os.path.join(NODE, 'node_modules', 'mysql2')):
        subprocess.run(['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], cwd=NODE,
                       check=True, stdin=subprocess.DEVNULL)


class Side:
    """All contenders of one scheme."""

    def __init__(self, place, db, scheme):
        self.place, self.scheme, self.services, self.contenders = place, scheme, [], {}
        with open(os.path.join(os.environ['IDBC_TEST_MYSQL_DIR'], 'pid'), encoding='ascii') as f:
            self.database = int(f.read())
        self.values = {'socket': db.socket, 'db': DB, 'db_user': DB_USER, 'db_password': DB_PASSWORD, 'scheme': scheme,
                       'column': COLUMN[scheme]}
        options = {**db.options('mysql'), 'user': DB_USER, 'password': DB_PASSWORD}
        self.config = place.config('services-' + scheme, 'mysql', options, users_mapping(scheme))

    def add(self, key, title, command, service=None, cwd=None):
        if ONLY and not key.startswith('ours') and key not in ONLY:
            return
        others = [self.database, *([service.process.pid] if service and service.process else [])]
        self.contenders[key] = Contender(title, [str(word) for word in command], others, cwd)

    def start(self):
        client = os.path.join(BUILD, 'tests', 'bench', 'services', 'client')
        self.add('ours', 'ours, synchronous', [client, 'ours', self.config, USERS, PASSWORD])
        self.add('ours-submitted', 'ours, submitted', [client, 'submitted', self.config, USERS, PASSWORD])
        for kind in Pam, Dovecot, Radius, Apache:
            if ONLY and kind.name not in ONLY:
                continue
            service = kind(self.place.path, dict(self.values))
            self.services.append(service)
            self.add(kind.name, kind.title, [client, kind.name, service.begin(), USERS, PASSWORD], service)
        where = json.dumps({'socketPath': self.values['socket'], 'user': DB_USER, 'password': DB_PASSWORD,
                            'database': DB})
        for key, title, service, at in (('ours-node', 'ours, from Node.js', 'ours', self.config),
                                        ('node-pooled', 'Node.js, mysql2 with a pool', 'pooled', where),
                                        ('node-template', 'Node.js, a connection for each call', 'template', where)):
            self.add(key, title, ['node', 'node.js', service, at, USERS, PASSWORD, self.scheme], cwd=NODE)
        for key, contender in self.contenders.items():
            answer = contender.say('check')
            if answer != 'ok':
                sys.exit('bench: %s: %s' % (key, answer))

    def stop(self):
        for one in [*self.contenders.values(), *self.services]:
            one.stop()

    def measure(self, clients):
        """Rounds through all; every second one backwards, so that nobody always follows the same."""
        for contender in self.contenders.values():
            contender.slice(clients)
            contender.forget()
        for turn in range(ROUNDS):
            for contender in list(self.contenders.values())[::-1 if turn % 2 else 1]:
                contender.slice(clients)


def version(package):
    done = subprocess.run(['dpkg-query', '-W', '-f=${Version}', package], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL)
    return done.stdout.decode() or '?'


def ours_of(key):
    """Who of ours stands against it: the same host."""
    return 'ours-node' if key.startswith('node') else 'ours'


def tell(side, clients):
    rows = []
    for key, one in side.contenders.items():
        mine = side.contenders[ours_of(key)]
        row = {'name': '%s/%s@%d' % (key, side.scheme, clients), 'title': one.title,
               'logins': round(statistics.median(one.rates), 1),
               'times': round(statistics.median(a / b for a, b in zip(mine.rates, one.rates)), 2),
               'processor_us': round(one.seconds * 1e6 / one.logins, 1),
               'processor_times': round((one.seconds / one.logins) / (mine.seconds / mine.logins), 2)}
        print('%(name)-28s %(logins)10.1f %(times)8.2f %(processor_us)10.1f %(processor_times)8.2f   %(title)s' % row,
              flush=True)
        rows.append(row)
    for one in side.contenders.values():
        one.forget()
    return rows


def make_table(place):
    db = database('mysql', 'services', place.path)
    db.name = DB
    db.sql('DROP DATABASE IF EXISTS `%s`; CREATE DATABASE `%s`;'
           ' SET GLOBAL innodb_buffer_pool_size = 1 << 30' % (DB, DB), database=False)
    db.sql(TABLE % {'plain': PASSWORD, 'bcrypt': bcrypt4(PASSWORD), 'users': USERS, 'db_user': DB_USER,
                    'db_password': DB_PASSWORD})
    return db


def main():
    node_modules()
    rows = []
    with Workplace() as place:
        os.chmod(place.path, 0o755)
        db = make_table(place)
        print('%-28s %10s %8s %10s %8s' % ('', 'logins/s', 'ours is', 'cpu us', 'ours is'))
        for scheme in COLUMN:
            side = Side(place, db, scheme)
            try:
                side.start()
                for clients in CLIENTS:
                    side.measure(clients)
                    rows += tell(side, clients)
            finally:
                side.stop()
    packages = [kind.version for kind in (Pam, Dovecot, Radius, Apache)]
    packages += ['mariadb-server-core', 'nodejs', 'libaprutil1-dbd-mysql']
    out = os.path.join(BUILD, 'bench-services.json')
    with open(out, 'w', encoding='utf-8') as f:
        json.dump({'cores': os.cpu_count(), 'machine': platform.machine(), 'users': USERS, 'rounds': ROUNDS,
                   'versions': {p: version(p) for p in packages}, 'rows': rows}, f, indent=1)
    print('written to', out)


main()
