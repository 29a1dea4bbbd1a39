"""The odbc driver over a PostgreSQL primary and its standby: which server it takes, and what
callers are told while one dies and the other takes its place.

usage: postgres_failover.py, under scripts/with-postgres-pair"""
import os
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from host import Host, Library, start_as_host  # noqa: E402
from kit import BUILD, SLOWER, Tap, Workplace, idbc  # noqa: E402
from pair import SECRET, USERS, Load, Pair  # noqa: E402

ADA = {'op': 'login', 'value': 'ada', 'password': SECRET}
TIMEOUT = 3000


def create(login):
    return {'op': 'create', 'password': 'Pass word 1', 'user': {'username': login, 'email': login + '@example.com'}}


def config(place, name, options, **more):
    return place.config(name, 'odbc', options, USERS, **{'timeout_ms': TIMEOUT, **more})


def forms(tap, place, pair):
    """The standby first, and still the primary is found."""
    libpq = 'host=127.0.0.1,127.0.0.1 port=%s,%s target_session_attrs=%s'
    string = 'Driver=PostgreSQL Unicode;Database=postgres;pqopt={%s}'
    by_libpq = [{'connection_string': string % libpq % (pair.ports[2], pair.ports[1], word),
                 'user': pair.user, 'password': pair.password} for word in ('read-write', 'primary')]
    with tap.test('forms/the-primary-is-found') as t:
        for n, options in enumerate([pair.options(2, 1), pair.options(2, 1, sockets=True), pair.options(1, 2), *by_libpq]):
            with Host(BUILD, config(place, 'form%d' % n, options)) as host:
                t.equal('%d opens' % n, host.opened['status'], 'OK')
                for asked in (ADA, create('form%d' % n)):
                    answer = host(**asked)
                    t.equal('%d %s' % (n, asked['op']), answer['status'], 'OK')
    with tap.test('forms/one-server-after-another') as t:
        options = pair.options(2, 1)
        options['attributes']['Port'] = '1,%s,%s' % (pair.ports[2], pair.ports[1])
        options['attributes']['Servername'] = '127.0.0.1,127.0.0.1,127.0.0.1'
        with Host(BUILD, config(place, 'three', options)) as host:
            t.equal('a dead one, a standby, the primary', host(**ADA)['status'], 'OK')
        options['attributes']['Port'] = '1,2'
        answer = idbc(config(place, 'ports', options), '--json', 'check')
        t.check('two ports for three servers', answer.code != 0 and 'options.attributes.Port' in answer.out, answer)


def standby(tap, place, pair):
    with tap.test('standby/is-not-used') as t:
        path = config(place, 'standby', pair.options(2))
        with Host(BUILD, path) as host:
            for asked in (ADA, {'op': 'get_user', 'value': 'nobody'}, create('nowhere')):
                answer = host(**asked)
                t.equal(asked['op'], (answer['status'], answer['effect']), ('UNAVAILABLE', 'NONE'))
            time.sleep(1.5)
            t.equal('asked again', host(**ADA)['code'], 'standby')
            t.check('it is logged', any('server 1 is not used: it is a standby' in line for _, line in host.log()), host.log())
        answer = idbc(path, '--json', 'check')
        t.check('the command says why', 'standby' in answer.out + answer.err, answer)
    with tap.test('standby/is-used-where-it-is-asked-for') as t:
        options = pair.options(2)
        options['standby'] = True
        with Host(BUILD, config(place, 'reads', options)) as host:
            t.equal('login', host(**ADA)['status'], 'OK')
            t.equal('wrong password', host(op='login', value='ada', password='not this')['status'], 'DENIED')
            answer = host(op='get_user', value='nobody')
            t.equal('no proof', (answer['status'], answer['code']), ('UNAVAILABLE', 'standby'))
            answer = host(**create('nowhere'))
            t.equal('a write', (answer['status'], answer['code'], answer['effect']), ('CONFLICT', 'read_only', 'NONE'))
        answer = idbc(config(place, 'reads', options), '--json', 'check')
        t.check('the finding', 'standby-reads' in answer.out, answer)
        t.equal('no row', pair.sql(1, "SELECT COUNT(*) FROM people WHERE login = 'nowhere'"), [['0']])


def cast_down(tap, place, pair):
    """What a pooler does that moves a client to a standby: the session takes no writes any more."""
    with tap.test('standby/a-session-that-became-read-only') as t:
        with Host(BUILD, config(place, 'cast', pair.options(1))) as host:
            t.equal('before', host(**create('cast0'))['status'], 'OK')
            pair.sql(1, "ALTER ROLE %s SET default_transaction_read_only = on" % pair.user)
            pair.sql(1, "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity WHERE usename = '%s'" % pair.user)
            answer = host(**create('cast1'))
            t.equal('of this role', (answer['status'], answer['code'], answer['effect']), ('CONFLICT', 'read_only', 'NONE'))
            pair.sql(1, "ALTER ROLE %s RESET default_transaction_read_only" % pair.user)
            time.sleep(5.1)         # of sessions that are younger it is believed
            t.equal('and after', host(**create('cast2'))['status'], 'OK')


def standby_gone(tap, place, pair):
    """A commit that no standby has is not called done; not even where the server gives up waiting first."""
    with tap.test('standby/gone') as t, Host(BUILD, config(place, 'gone', pair.options(1, 2))) as host:
        t.equal('before', host(**create('gone0'))['status'], 'OK')
        pair.signal(2, 'STOP')
        try:
            for n, cancelled in enumerate((False, True)):
                timer = threading.Timer(1, pair.sql, (1, "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE "
                                                         "wait_event = 'SyncRep'" if cancelled else ''))
                timer.start()
                answer = host(**create('gone%d' % (n + 1)))
                timer.join()
                t.check('cancelled: %s' % cancelled, answer['status'] in ('TIMEOUT', 'UNAVAILABLE') and
                        answer['effect'] in ('UNKNOWN', 'APPLIED'), answer)
                t.check('in time', answer['seconds'] < TIMEOUT / 1000 + 1 * SLOWER, answer)
                t.equal('a login needs no standby', host(**ADA)['status'], 'OK')
        finally:
            pair.signal(2, 'CONT')
        t.equal('afterwards', host(**create('gone9'))['status'], 'OK')


def under_load(tap, place, pair, library, name, was, event, after=None):
    """`was` is the primary; `event` takes it away and promotes the other."""
    now = 3 - was
    conn, opened = library.open(config(place, name, pair.options(was, now)))
    with tap.test('fail-over/' + name) as t:
        t.equal('opened', opened['status'], 'OK')
        with Load(library, conn, name) as load:
            load.logged_in(800)
            event(was, now)
            load.served_again(90 * SLOWER)
            load.logged_in(2400)
            if after:
                after(was, now, load)
        load.compare(t, pair.sql(now, 'SELECT login, COUNT(*) FROM people GROUP BY login'))
        load.compare_passwords(t)
        made = [effect for _, effect in load.made.values()]
        print('  %s: %d logins, %d users made, slowest %.1f s, refused %r' % (
            name, load.logins, made.count('APPLIED'), max(load.slow), load.refused), file=sys.stderr)
        t.check('in time', max(load.slow) < TIMEOUT / 1000 + 2 * SLOWER, max(load.slow))
        t.check('users were made', made.count('APPLIED') > 50, made.count('APPLIED'))
    library.c.idbc_close(conn, 0)


def events(pair):
    def killed(was, now):
        pair.signal(was, 'KILL')
        pair.wait_dead(was)
        pair.do('--promote', now)

    def stopped(was, now):
        pair.signal(was, 'INT')
        pair.wait_dead(was)
        pair.do('--promote', now)

    def hung(was, now):
        pair.signal(was, 'STOP')
        guard = threading.Timer(40, pair.signal, (was, 'CONT'))     # whatever becomes of the callers
        guard.daemon = True
        guard.start()
        time.sleep(1)
        pair.do('--promote', now)

    return killed, stopped, hung


def come_back(pair, t_rows):
    """The old primary goes on as if nothing had happened: whoever has met the new one stays with it."""
    def after(was, now, load):
        before = pair.sql(now, 'SELECT COUNT(*) FROM people')
        pair.signal(was, 'CONT')
        time.sleep(1)
        load.logged_in(1200)
        t_rows.append((before, pair.sql(now, 'SELECT COUNT(*) FROM people')))
    return after


if __name__ == '__main__':
    start_as_host(BUILD)
    tap, pair, library = Tap('postgres_failover'), Pair(), Library(BUILD)
    with Workplace() as place:
        pair.load(1)
        forms(tap, place, pair)
        standby(tap, place, pair)
        cast_down(tap, place, pair)
        standby_gone(tap, place, pair)
        killed, stopped, hung = events(pair)
        under_load(tap, place, pair, library, 'killed', 1, killed)
        pair.follow(1, 2)
        under_load(tap, place, pair, library, 'stopped', 2, stopped)
        pair.follow(2, 1)
        seen = []
        under_load(tap, place, pair, library, 'hung', 1, hung, come_back(pair, seen))
        with tap.test('fail-over/the-old-primary-came-back') as t:
            for before, later in seen:
                t.check('writes went to the new one', int(later[0][0]) > int(before[0][0]), (before, later))
    tap.done()
