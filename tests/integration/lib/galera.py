"""The mysql driver over a cluster of three nodes: what each says of itself, what one commits and
another reads, creates that meet, nodes that die, hang, are cut off or lose their quorum; then ten
thousand logins with writes between them while nodes die and come back one after another.

usage: galera.py [TEST...]"""
import json
import os
import select
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cluster import Cluster, NODES  # noqa: E402
from galera_deletes import deletes  # noqa: E402
from galera_storm import storm  # noqa: E402
from host import Host, start_as_host  # noqa: E402
from kit import BUILD, Tap, Workplace, intents_sql  # noqa: E402

APP, APP_PASSWORD = 'app', 'Gq-app-7'
SECRET, OTHER = 'Zq-secret-1', 'Zq-other-2'
DDL = """DROP DATABASE IF EXISTS `%(db)s`; CREATE DATABASE `%(db)s` CHARACTER SET utf8mb4; USE `%(db)s`;
CREATE TABLE people (id BIGINT AUTO_INCREMENT PRIMARY KEY, login VARCHAR(60) NOT NULL, mail VARCHAR(100) NOT NULL,
    pw VARCHAR(255), verified TINYINT NOT NULL DEFAULT 0, UNIQUE KEY login_uq (login), UNIQUE KEY mail_uq (mail));
DROP USER IF EXISTS '%(app)s'@'127.0.0.1';
CREATE USER '%(app)s'@'127.0.0.1' IDENTIFIED BY '%(password)s';
GRANT SELECT, INSERT, UPDATE, DELETE ON `%(db)s`.* TO '%(app)s'@'127.0.0.1';"""
USERS = {
    'user': {'table': 'people', 'key': 'id', 'id': 'auto'},
    'profile': {'user_id': 'id', 'username': 'login', 'email': 'mail', 'email_verified': {'col': 'verified', 'bool': True}},
    'login': {'by': ['username', 'email']},
    'password': {'col': 'pw', 'accept': ['raw/sha256-hex'], 'write': {'scheme': 'raw/sha256-hex'}, 'upgrade': False},
}
DOWN = {'UNAVAILABLE', 'TIMEOUT', 'BUSY'}


class Rig:
    """The cluster, its store, and hosts that ask its nodes in any order."""

    def __init__(self, place):
        self.place, self.cluster, self.made = place, Cluster('shop'), 0
        self.cluster.sql(1, DDL % {'db': 'shop', 'app': APP, 'password': APP_PASSWORD}, database=False)

    def config(self, order, users=None, more=None, **options):
        self.made += 1
        name = 'c%d' % self.made
        return self.place.file(name + '.json', json.dumps({
            'idbc': 1, 'connection': name, 'driver': 'mysql', 'users': users or USERS, **(more or {}),
            'options': {'hosts': ['127.0.0.1:' + self.cluster.ports[n] for n in order], 'user': APP,
                        'password': APP_PASSWORD, 'database': 'shop', **options}}))

    def host(self, order, users=None, more=None, **options):
        return Host(BUILD, self.config(order, users, more, **options))

    def where(self):
        """Sessions of hosts at each node that can be asked."""
        return [self.cluster.sessions(n, APP) for n in NODES]

    def rows(self, node, more=''):
        return self.cluster.sql(node, 'SET SESSION wsrep_sync_wait = 1; SELECT login, mail, pw FROM people %s ORDER BY login' % more)


def add(host, name, password=SECRET):
    return host(op='create', user={'username': name, 'email': name + '@example.com'}, password=password)


def login(host, name, password=SECRET, **more):
    return host(op='login', value=name, password=password, **more)


# --- what one commits and another reads -----------------------------------------------------
def creates_meet(t, rig):
    """One address, two nodes, at the same time."""
    with rig.host((1, 2, 3)) as a, rig.host((2, 3, 1)) as b:
        for i in range(60):
            for host, name in ((a, 'a%d' % i), (b, 'b%d' % i)):
                host.send(op='create', user={'username': name, 'email': 'meet%d@example.com' % i}, password=SECRET)
            said = sorted((x['status'], x.get('code'), x['effect']) for x in (a.read(), b.read()))
            t.equal('round %d' % i, said, [('EXISTS', 'user_exists', 'NONE'), ('OK', None, 'APPLIED')])
    t.equal('rows', len(rig.rows(3, "WHERE mail LIKE 'meet%'")), 60)


def creates_claim(t, rig):
    """The same where no index tells two rows apart: with a table of intents one of them is made, or changed."""
    rig.cluster.sql(1, 'DROP TABLE IF EXISTS crowd, idbc_intents; CREATE TABLE crowd (id BIGINT AUTO_INCREMENT PRIMARY KEY,'
                    ' login VARCHAR(60) NOT NULL, mail VARCHAR(100) NOT NULL, pw VARCHAR(255), verified TINYINT NOT NULL DEFAULT 0,'
                    ' KEY login_idx (login), KEY mail_idx (mail));' + intents_sql('mariadb'))
    users = {**USERS, 'user': {**USERS['user'], 'table': 'crowd'}}
    more = {'delete': {'intents': 'idbc_intents'}}
    with rig.host((1, 2, 3), users, more) as a, rig.host((2, 3, 1), users, more) as b:
        for i in range(200):
            for host, name, domain in ((a, 'a%d' % i, 'example.com'), (b, 'b%d' % i, 'Example.COM')):
                host.send(op='create', user={'username': name, 'email': 'meet%d@%s' % (i, domain)}, password=SECRET)
            said = sorted((x['status'], x.get('code'), x['effect']) for x in (a.read(), b.read()))
            t.equal('round %d' % i, said, [('EXISTS', 'user_exists', 'NONE'), ('OK', None, 'APPLIED')])
        t.equal('rows', rig.cluster.sql(3, 'SET SESSION wsrep_sync_wait = 1; SELECT COUNT(*), COUNT(DISTINCT LOWER(mail)) FROM crowd'), [['200', '200']])
        for i in range(30):
            made = [add(host, name + str(i))['profile']['user_id'] for host, name in ((a, 'c'), (b, 'd'))]
            for host, user_id in zip((a, b), made):
                host.send(op='change_email', by='user_id', value=user_id, email='moved%d@example.com' % i)
            said = sorted((x['status'], x.get('code'), x['effect']) for x in (a.read(), b.read()))
            t.equal('change %d' % i, said, [('EXISTS', 'user_exists', 'NONE'), ('OK', None, 'APPLIED')])
    t.equal('no claim is left', rig.cluster.sql(3, 'SET SESSION wsrep_sync_wait = 1; SELECT COUNT(*) FROM idbc_intents'), [['0']])


def read_elsewhere(t, rig):
    """What one node has committed the others' next read sees."""
    with rig.host((1, 2, 3)) as a, rig.host((2, 3, 1)) as b:
        for i in range(60):
            name = 'else%d' % i
            made = add(a, name)
            t.equal('created', made['status'], 'OK')
            t.equal('logs in elsewhere', login(b, name)['status'], 'OK')
            a(op='change_password', value=name, password=OTHER)
            t.equal('old password elsewhere', login(b, name)['status'], 'DENIED')
            t.equal('new password elsewhere', login(b, name, OTHER)['status'], 'OK')
            # A write that finds its row, on the node that may not have it yet.
            t.equal('verified elsewhere', b(op='verify', value=name)['status'], 'OK')
            a(op='delete_user', by='user_id', value=made['profile']['user_id'])
            t.equal('deleted elsewhere', b(op='get_user', value=name)['status'], 'NO_USER')
            t.equal('no login once deleted', login(b, name, OTHER)['status'], 'DENIED')


def behind(t, rig):
    """A node that does not get on: who reads what it has, and who waits for what it must have."""
    with rig.host((1, 2, 3)) as a, rig.host((3, 1, 2)) as current, rig.host((3, 1, 2), cluster_reads='local') as local:
        for host in (current, local):
            t.equal('before', login(host, 'ada')['status'], 'OK')
        with rig.cluster.held_back(3):
            t.equal('changed', a(op='change_password', value='ada', password=OTHER)['status'], 'OK')
            t.equal('as it was', login(local, 'ada')['status'], 'OK')
            t.equal('not known there', login(local, 'ada', OTHER)['status'], 'DENIED')
            said = login(current, 'ada', timeout_ms=700)
            t.equal('nothing is said of what may have changed', said['status'], 'TIMEOUT')
            with rig.host((3, 1, 2)) as late:
                t.equal('another node is in step', login(late, 'ada', OTHER)['status'], 'OK')
                t.equal('sessions', rig.cluster.sessions(1, APP), 2)
        rig.cluster.whole()
        t.equal('old password', login(current, 'ada')['status'], 'DENIED')
        t.equal('new password', login(current, 'ada', OTHER)['status'], 'OK')
        t.equal('as before', a(op='change_password', value='ada', password=SECRET)['status'], 'OK')


# --- where sessions go ------------------------------------------------------------------------
def goes_to(t, rig, what, want):
    with rig.host((1, 2, 3)) as host:
        t.equal(what + ': login', login(host, 'ada')['status'], 'OK')
        t.equal(what + ': sessions', rig.where(), want)


def nodes_judged(t, rig):
    cluster = rig.cluster
    goes_to(t, rig, 'all in step', [1, 0, 0])
    for words, what in (('wsrep_desync', 'desynced'), ('read_only', 'read-only')):
        cluster.sql(1, 'SET GLOBAL %s = ON' % words)
        goes_to(t, rig, what, [0, 1, 0])
        for node in (2, 3):
            cluster.sql(node, 'SET GLOBAL %s = ON' % words)
        goes_to(t, rig, 'all ' + what, [1, 0, 0])
        for node in NODES:
            cluster.sql(node, 'SET GLOBAL %s = OFF' % words)
        cluster.whole()


def becomes_read_only(t, rig):
    """While a session is there: the next write goes elsewhere; where all are, it is refused."""
    with rig.host((1, 2, 3)) as host:
        t.equal('before', login(host, 'ada')['status'], 'OK')
        rig.cluster.sql(1, 'SET GLOBAL read_only = ON')
        said = add(host, 'elsewhere')
        t.equal('the write', (said['status'], said['effect']), ('OK', 'APPLIED'))
        t.equal('sessions', rig.where(), [0, 1, 0])
        for node in (2, 3):
            rig.cluster.sql(node, 'SET GLOBAL read_only = ON')
    with rig.host((1, 2, 3)) as host:
        said = add(host, 'nowhere')
        t.equal('all read-only', (said['status'], said.get('code'), said['effect']), ('CONFLICT', 'read_only', 'NONE'))
        t.equal('logins go on', login(host, 'ada')['status'], 'OK')
    for node in NODES:
        rig.cluster.sql(node, 'SET GLOBAL read_only = OFF')


# --- what becomes of calls --------------------------------------------------------------------
def killed(t, rig):
    cluster = rig.cluster
    with rig.host((1, 2, 3)) as host:
        t.equal('before', login(host, 'ada')['status'], 'OK')
        cluster.kill(1)
        said = login(host, 'ada')
        t.equal('the next login', said['status'], 'OK')
        t.equal('the next create', add(host, 'bereft')['status'], 'OK')
        with rig.host((1, 2, 3)) as late:
            t.equal('who comes now', login(late, 'ada')['status'], 'OK')
        cluster.start(1)
        cluster.whole()
        t.equal('sessions stay', cluster.sessions(1, APP), 0)
        # Its pause is over by now: the next new session asks it first again.
        cluster.sql(2, 'KILL USER %s' % APP)
        time.sleep(1)
        t.equal('after', login(host, 'ada')['status'], 'OK')
        t.equal('new sessions come back', cluster.sessions(1, APP), 1)
    t.equal('it has caught up', len(rig.rows(1, "WHERE login = 'bereft'")), 1)


def hung(t, rig):
    """A node that is there and says nothing."""
    cluster = rig.cluster
    with rig.host((1, 2, 3)) as host:
        t.equal('before', login(host, 'ada')['status'], 'OK')
        cluster.stop(1)
        said = login(host, 'ada', timeout_ms=1500)
        t.equal('in the midst', said['status'], 'TIMEOUT')
        t.check('ends in time', said['seconds'] < 2.5, said['seconds'])
        said = login(host, 'ada', timeout_ms=15000)
        t.equal('the next login', said['status'], 'OK')
        t.equal('wrong password', login(host, 'ada', OTHER)['status'], 'DENIED')
        with rig.host((1, 2, 3)) as late:
            said = login(late, 'ada')
            t.equal('who comes now', said['status'], 'OK')
            t.check('waits little', said['seconds'] < 2.5, said['seconds'])
        cluster.go_on(1)
        cluster.whole()
    goes_to(t, rig, 'afterwards', [1, 0, 0])


def answered(host):
    return bool(select.select([host.process.stdout], [], [], 0)[0])


def cut_off(t, rig):
    """A node that its clients reach and the other nodes do not: it answers nothing, least of all what was true once.
    Bea's password stays; ada's is changed meanwhile, so of her only what comes afterwards is judged."""
    cluster = rig.cluster
    with rig.host((1, 2, 3)) as host, rig.host((2, 3, 1)) as others:
        t.equal('before', (login(host, 'bea')['status'], login(others, 'ada')['status']), ('OK', 'OK'))
        cluster.cut_off(1)
        others.send(op='change_password', value='ada', password=OTHER, timeout_ms=15000)
        while not answered(others):
            for asked in (login(host, 'bea', timeout_ms=15000), host(op='get_user', value='bea', timeout_ms=15000)):
                t.check('asked meanwhile', asked['status'] == 'OK' or asked['status'] in DOWN, asked)
        t.equal('changed by the majority', others.read()['status'], 'OK')
        t.equal('old password', login(host, 'ada', timeout_ms=15000)['status'], 'DENIED')
        t.equal('new password', login(host, 'ada', OTHER, timeout_ms=15000)['status'], 'OK')
        cluster.cut_off(1, False)
        cluster.whole()
        t.equal('back again', login(host, 'ada', OTHER)['status'], 'OK')
        t.equal('as it was', host(op='change_password', value='ada', password=SECRET)['status'], 'OK')


def no_quorum(t, rig):
    """Two of three hang: nobody knows anything, and nobody is told that he is wrong or unknown."""
    cluster = rig.cluster
    with rig.host((1, 2, 3)) as host:
        t.equal('before', login(host, 'ada')['status'], 'OK')
        cluster.stop(2)
        cluster.stop(3)
        cluster.until(lambda: not cluster.is_ready(1))
        for asked in (login(host, 'ada', timeout_ms=2000), login(host, 'nobody', timeout_ms=2000),
                      host(op='get_user', value='nobody', timeout_ms=2000)):
            t.check('a read', asked['status'] in DOWN, asked)
        said = host(op='create', user={'username': 'quorum', 'email': 'quorum@example.com'}, password=SECRET, timeout_ms=2000)
        t.check('a write', said['status'] in DOWN and said['effect'] == 'NONE', said)
        cluster.go_on(2)
        cluster.go_on(3)
        cluster.whole()
        cluster.until(lambda: login(host, 'ada')['status'] == 'OK', 40)
        t.equal('nobody was made', host(op='get_user', value='quorum')['status'], 'NO_USER')


def through_odbc(t, rig):
    """MariaDB's ODBC driver skips a host that refuses; a node without quorum it takes for a server."""
    def host(order, *init):
        rig.made += 1
        servers = ','.join('127.0.0.1:' + port for port in ['1', *(rig.cluster.ports[n] for n in order)])
        return Host(BUILD, rig.place.config('o%d' % rig.made, 'odbc', {
            'attributes': {'Driver': 'MariaDB Unicode', 'SERVER': servers, 'DATABASE': 'shop'}, 'user': APP,
            'password': APP_PASSWORD, 'init': list(init)}, USERS))

    current = 'SET SESSION wsrep_sync_wait = 3'
    with host((1, 2, 3), current) as a, host((2, 3, 1), current) as b:
        for i in range(20):
            t.equal('created', add(a, 'odbc%d' % i)['status'], 'OK')
            t.equal('logs in elsewhere', login(b, 'odbc%d' % i)['status'], 'OK')
    rig.cluster.cut_off(1)
    rig.cluster.until(lambda: not rig.cluster.is_ready(1))
    with host((1, 2, 3)) as a, host((2, 3, 1)) as b:
        said = login(a, 'nobody', timeout_ms=2000)
        t.check('a node without quorum', said['status'] in DOWN, said)
        t.equal('another first', login(b, 'ada')['status'], 'OK')
    rig.cluster.cut_off(1, False)
    rig.cluster.whole()


TESTS = {'creates-meet': creates_meet, 'creates-claim': creates_claim, 'read-elsewhere': read_elsewhere, 'behind': behind,
         'nodes-judged': nodes_judged,
         'becomes-read-only': becomes_read_only, 'killed': killed, 'deletes': deletes, 'hung': hung, 'cut-off': cut_off,
         'no-quorum': no_quorum, 'through-odbc': through_odbc, 'storm': storm}


def main(names):
    start_as_host(BUILD)
    tap = Tap('galera')
    with Workplace() as place:
        rig = Rig(place)
        with rig.host(NODES) as host:
            add(host, 'ada')
            add(host, 'bea')
        for name in names or TESTS:
            began = time.monotonic()
            with tap.test(name) as t:
                TESTS[name](t, rig)
            print('  %s: %.1f s' % (name, time.monotonic() - began), file=sys.stderr)
            rig.cluster.mend()
    tap.done()


if __name__ == '__main__':
    main(sys.argv[1:])
