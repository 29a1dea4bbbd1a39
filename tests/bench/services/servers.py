"""The services that tests/bench/services/services.py sets ours against: each started in a folder of its
own, as a child, with what it keeps of earlier logins off.  Their configurations are as short as they
can be: no query, log line or module more than a login needs."""
import os
import signal
import socket
import subprocess
import sys
import time

FOR_APACHE = {'plain': 'password_sha', 'bcrypt4': 'password_bcrypt'}    # it knows no clear text


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
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True, env={**os.environ, 'HOME': self.folder})
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
        self.write('bench', 'auth required pam_mysql.so user={db_user} passwd={db_password}'
                   ' host={socket} db={db} table=users usercolumn=email passwdcolumn={column}'
                   ' crypt=%s\naccount required pam_permit.so\n' % kind)
        return self.folder


class Dovecot(Service):
    name, title, version = 'dovecot', 'Dovecot auth', 'dovecot-core'

    def begin(self):
        self.write('sql.conf', 'driver = mysql\n'
                   'connect = host={socket} dbname={db} user={db_user} password={db_password}\n'
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
    authorize_check_query = "SELECT id, email, '{attribute}', {column}, ':=' FROM users \\
        WHERE email = '%{SQL-User-Name}'"
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
