"""The conformance kit on our own drivers, each with a store of its own: what each case came to
is a line here.  Two drivers at a time."""
import concurrent.futures
import json
import os
import re
import subprocess
import sys

from kit import BUILD, IDBC, SLOWER, Tap, Workplace, database

# What a driver cannot, and why.  Everything else must pass.
ODBC = {'abandon.frees': 'unixODBC frees a handle by saying goodbye alone',
        'open.hundred_times': 'mallinfo2 grows by 1 kB with unixODBC; memcheck finds no block left behind',
        'open.mistakes_leave_nothing': 'the same'}
WAITS = {'deadline.silent_store': 'the client library waits for its server, and asks that to cancel'}
SKIPS = {
    'odbc-sqlite': ODBC,
    'odbc-mariadb': {**ODBC, **WAITS},
    'odbc-postgresql': {**ODBC, **WAITS},
}
# A statement of a write that fails, after others that did not.
TRIGGER = ('CREATE TRIGGER kit_%s AFTER %s ON idbc_users BEGIN SELECT RAISE(ABORT, \'kit\'); END;')
BREAK = {'odbc-sqlite': {
    'break': 'sqlite3 odbc-sqlite.db "%s %s"' % (TRIGGER % ('i', 'INSERT'), TRIGGER % ('d', 'DELETE')),
    'mend': 'sqlite3 odbc-sqlite.db "DROP TRIGGER kit_i; DROP TRIGGER kit_d;"'}}
CHEAP = {'password': {'preferred': {'scheme': 'argon2/argon2id-v19', 'memory_kib': 64, 'iterations': 1}}}


def prepare(place, name):
    """The configuration of this driver, on an empty store with our own schema."""
    if name == 'skeleton':
        return place.config(name, os.path.join(BUILD, 'examples', 'skeleton.so'), {}, **CHEAP)
    driver = name.split('-')[0]
    store = database(name, 'kit_conform_' + name.replace('-', '_') if name != 'odbc-sqlite' else name, place.path)
    if name == 'odbc-postgresql':
        store.create('')
        store.sql('GRANT ALL ON SCHEMA public TO "%s"' % store.user)
    elif name != 'odbc-sqlite':
        store.sql('DROP DATABASE IF EXISTS `%s`; CREATE DATABASE `%s` CHARACTER SET utf8mb4'
                  % (store.name, store.name), database=False)
    config = place.config(name, driver, store.options(driver), **CHEAP)
    subprocess.run([IDBC, '-c', config, 'check', '--create'], stdout=subprocess.PIPE, check=True,
                   stderr=subprocess.STDOUT)
    return config


def driver_file(name):
    folder = 'examples' if name == 'skeleton' else 'drivers'
    return os.path.join(BUILD, folder, name.split('-')[0] + '.so')


def run(place, name):
    config = prepare(place, name)
    quirks = {'skip': SKIPS.get(name, {})}
    if name in BREAK:
        quirks['break'] = BREAK[name]
    command = [os.path.join(BUILD, 'idbc-conform'), '--driver', driver_file(name), '--config', config,
               '--quirks', place.file(name + '.quirks', json.dumps(quirks)), '--limit', str(20 * SLOWER)]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=600 * SLOWER)


def report(tap, name, done):
    """Each case as a line of ours; a failure with its words."""
    out = done.stdout.decode(errors='replace')
    cases = re.findall(r'^(not ok|ok) \d+ - (\S+)(?: # SKIP (.*))?$((?:\n  .*)*)', out, re.M)
    for verdict, case, reason, words in cases:
        if reason:
            tap.skip('%s/%s' % (name, case), reason)
            continue
        with tap.test('%s/%s' % (name, case)) as test:
            test.check('the case', verdict == 'ok', words)
    with tap.test(name + ' as a whole') as test:
        failed = sum(verdict == 'not ok' for verdict, _, _, _ in cases)
        test.equal('exit status', done.returncode, 1 if failed else 0)
        test.check('at least 100 cases', len(cases) >= 100, '%d; %s' % (len(cases), out[-300:]))
        test.equal('what is said on stderr', done.stderr.decode(errors='replace'), '')


def main():
    tap = Tap('conform')
    names = sys.argv[1:] or ['odbc-postgresql', 'odbc-sqlite', 'mysql', 'odbc-mariadb', 'skeleton']
    with Workplace() as place, concurrent.futures.ThreadPoolExecutor(2) as pool:
        for name, done in zip(names, pool.map(lambda n: run(place, n), names)):
            report(tap, name, done)
    tap.done()


main()
