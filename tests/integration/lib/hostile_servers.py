"""Servers that misbehave, against each driver: UNAVAILABLE or TIMEOUT in time, never DENIED and
never "no such user", the session thrown away, nothing kept, and a good server is found again.

usage: hostile_servers.py DRIVER   DRIVER: mysql, odbc-mariadb, odbc-postgresql"""
import concurrent.futures
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from failures import SECRET, USERS, create, held, load, through  # noqa: E402
from host import Host  # noqa: E402
from kit import BUILD, SLOWER, Tap, Workplace, database  # noqa: E402
from misbehave import Between, Rogue  # noqa: E402
from proxy import Proxy, finish  # noqa: E402

TIMEOUT = 1500 * min(SLOWER, 3)
MEMORY = 300 * 1024 * (1 if SLOWER == 1 else 3)     # a sanitizer keeps what was freed
MANNERS = ('silent', 'greets-and-waits', 'lets-in-and-waits', 'garbage', 'greets-then-garbage', 'lets-in-then-garbage',
           'hangs-up', 'wrong-sequence', 'drips', 'longer-than-announced', 'asks-for-clear-text', 'stalls-tls', 'stalls-tls-later')
CALLS = ({'op': 'login', 'value': 'ada', 'password': SECRET}, {'op': 'get_user', 'value': 'ada'},
         create('rogue', 'rogue@example.com'))


def descriptors(host):
    return len(os.listdir('/proc/%d/fd' % host.process.pid))


def settled(host, want):
    """Sessions that were given up are closed in the background."""
    for _ in range(100 * SLOWER):
        if descriptors(host) <= want:
            break
        time.sleep(0.1)
    return descriptors(host)


def with_tls(driver, options):
    if driver == 'mysql':
        options['tls'] = {'mode': 'required'}
    elif driver == 'odbc-postgresql':
        options['attributes']['SSLmode'] = 'require'
    else:
        options['attributes']['FORCETLS'] = '1'
    return options


class Switch(Proxy):
    """A server's port that leads to a misbehaving one for a while."""

    live = ()

    def serve(self, client):
        self.live += (client,)
        super().serve(client)

    def to(self, port):
        self.upstream = port
        for client in self.live:
            finish(client)


def one_manner(tap, place, driver, db, manner, tls=False):
    name = driver.split('-')[0]
    with tap.test('alone/' + manner) as t:
        rogue, switch = Rogue(manner, db.engine), Switch(int(db.port))
        options = through(driver, db, switch.port)
        good = place.config('good-' + manner, name, options, USERS, timeout_ms=TIMEOUT)
        rogue_options = through(driver, db, rogue.port)
        bad = place.config('bad-' + manner, name, with_tls(driver, rogue_options) if tls else rogue_options, USERS, timeout_ms=TIMEOUT)
        with Host(BUILD, bad) as host:
            before = descriptors(host)
            for n, asked in enumerate(CALLS):
                if n:
                    time.sleep(1.1 if n == 1 else 2.1)
                answer = host(**asked)
                t.check(asked['op'], answer['status'] in ('UNAVAILABLE', 'TIMEOUT') and answer['effect'] == 'NONE', answer)
                t.check(asked['op'] + ' in time', answer['seconds'] < TIMEOUT / 1000 + 1 * SLOWER, answer)
            t.check('they met', rogue.met > 0, rogue.met)
            t.check('nothing is kept', settled(host, before + 4) <= before + 4, (before, descriptors(host)))
            t.check('little memory', host.peak_kib() < MEMORY, host.peak_kib())
            # Through ODBC the store's own password is told to who asks without TLS: docs/threat-model.md.
            t.check('no password in the clear', SECRET.encode() not in rogue.told and
                    (driver != 'mysql' or db.password.encode() not in rogue.told), 'told')
        if not tls:
            then_good(t, db, good, rogue, switch)
        rogue.close()
        switch.close()


def then_good(t, db, config, rogue, switch):
    """The same host before, while and after the port leads to the misbehaving server."""
    with Host(BUILD, config) as host:
        t.equal('before', host(op='get_user', value='ada')['status'], 'OK')
        switch.to(rogue.port)
        answer = host(op='login', value='ada', password=SECRET)
        t.check('while', answer['status'] in ('UNAVAILABLE', 'TIMEOUT'), answer)
        switch.to(int(db.port))
        for _ in range(100 * SLOWER):
            answer = host(op='login', value='ada', password=SECRET)
            if answer['status'] == 'OK':
                break
            t.check('until then', answer['status'] in ('UNAVAILABLE', 'TIMEOUT'), answer)
            time.sleep(0.2)
        t.equal('a good one again', answer['status'], 'OK')


def endless(tap, place, driver, db):
    with tap.test('alone/endless') as t:
        rogue = Rogue('endless', db.engine)
        config = place.config('endless', driver.split('-')[0], through(driver, db, rogue.port), USERS, timeout_ms=TIMEOUT)
        with Host(BUILD, config) as host:
            time.sleep(1.1)
            answer = host(**CALLS[0])
            t.check('login', answer['status'] in ('UNAVAILABLE', 'TIMEOUT', 'NOMEM'), answer)
            t.check('in time', answer['seconds'] < TIMEOUT / 1000 + 2 * SLOWER, answer)
            print('  endless, %s: %d MiB at most' % (driver, host.peak_kib() // 1024), file=sys.stderr)
            t.check('bounded memory', host.peak_kib() < 3 * 1024 * 1024, host.peak_kib())
        rogue.close()


def in_a_row(tap, place, driver, db):
    """Cut in the middle of the row that answers: tried again, and nobody hears of it; twice: UNAVAILABLE."""
    with tap.test('between/cut-in-a-row') as t:
        between = Between(int(db.port))
        config = place.config('row', driver.split('-')[0], through(driver, db, between.port), USERS, timeout_ms=TIMEOUT)
        with Host(BUILD, config) as host:
            t.equal('opened', host.opened['status'], 'OK')
            for asked in CALLS[:2]:
                t.equal('before', host(op='get_user', value='ada')['status'], 'OK')
                between.arm(b'ada@example.com')
                answer = host(**asked)
                t.check(asked['op'], answer['status'] in ('OK', 'UNAVAILABLE'), answer)
                t.equal('once', between.what, None)
                between.arm(b'ada@example.com', reset=False)
                answer = host(**asked)
                t.check(asked['op'] + ' silent', answer['status'] in ('OK', 'UNAVAILABLE', 'TIMEOUT'), answer)
                t.check('in time', answer['seconds'] < TIMEOUT / 1000 + 1 * SLOWER, answer)
                between.arm(None)
                time.sleep(0.3)
                t.equal('afterwards', host(**asked)['status'], 'OK')
            # A create reads the new row again in its transaction.
            for reset in (True, False):
                who = 'row%d' % reset
                between.arm((who + '@example.com').encode(), reset)
                answer = host(**create(who, who + '@example.com'))
                rows = held(db, 'login', who)
                t.check('create', {'APPLIED': rows == 1, 'NONE': rows == 0, 'UNKNOWN': True}[answer['effect']], (answer, rows))
                t.check('honest', answer['status'] in ('OK', 'UNAVAILABLE', 'TIMEOUT'), answer)
                between.arm(None)
                time.sleep(1.2)
        between.close()


if __name__ == '__main__':
    driver = sys.argv[1]
    tap = Tap('hostile_servers/' + driver)
    with Workplace() as place:
        db = database(driver, 'hostile_' + driver.replace('-', '_'), place.path)
        load(place, db)
        manners = MANNERS + (('asks-for-a-file',) if db.engine == 'mariadb' else ())
        # They wait most of the time.
        with concurrent.futures.ThreadPoolExecutor(7) as several:
            for done in [several.submit(one_manner, tap, place, driver, db, manner, manner.startswith('stalls'))
                         for manner in manners]:
                done.result()
        endless(tap, place, driver, db)
        in_a_row(tap, place, driver, db)
    tap.done()
