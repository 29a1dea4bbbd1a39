"""Each driver of tests/conformance/wrong/table: what `idbc login` makes of it, and which cases
of the conformance kit it fails.  Of each the cases that it must fail are run and a few groups
beside them; of some, and of the right one, the whole kit.  Arguments: names, to run these
alone, each with the whole kit."""
import concurrent.futures
import fnmatch
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import kit  # noqa: E402

TABLE = os.path.join(kit.ROOT, 'tests', 'conformance', 'wrong', 'table')
BESIDE = 'load.*,open.*,session.*,verify.*,change_password.*,quiet.*'
WHOLE = {'none', 'decides-right', 'settle-right', 'settle-unknown', 'cuts-255', 'verify-too-early', 'agree-ignored'}
HANG = {'never-returns', 'interrupt-blocks', 'load-hangs', 'open-transaction', 'settle-keeps-lock', 'connect-waits'}
SILENT = {'connect-waits'}     # those that have a server to connect to
RESULT = re.compile(r'^(ok|not ok) \d+ - (\S+)(?: # SKIP)?', re.M)
CHEAP = {'preferred': {'scheme': 'argon2/argon2id-v19', 'memory_kib': 64, 'iterations': 1, 'parallelism': 1}}


def table():
    with open(TABLE, encoding='utf-8') as f:
        for line in f:
            if line[0] not in '#\n':
                name, login, must, may = (line.rstrip('\n').split('\t') + ['', ''])[:4]
                yield name, login, [m for m in must.split(',') if m], [m for m in may.split(',') if m]


def config(place, name, driver, people):
    return place.file(name, json.dumps({
        'idbc': 1, 'connection': 'people', 'driver': driver, 'password': CHEAP, 'options': {'people': people}}))


def fits(case, patterns):
    return any(fnmatch.fnmatchcase(case, p) for p in patterns)


def log_in(place, driver, name, people, password):
    done = subprocess.run([kit.IDBC, '-c', config(place, name + '.login.json', driver, people), '--json',
                           '--timeout', '2000', 'login', '--password-file', place.file(name + '.' + password, password + '\n'),
                           'ann@example.com'], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, timeout=60 * kit.SLOWER)
    found = re.search(rb'"status":\s*"(\w+)"', done.stdout)
    return found.group(1).decode() if found else 'none'


def judge(t, name, must, may, done):
    text = done.stdout.decode(errors='replace')
    results = RESULT.findall(text)
    plan = re.search(r'^1\.\.(\d+)$', text, re.M)
    failed = [case for word, case in results if word == 'not ok']
    t.equal('%s: the kit ends in order' % name, done.returncode, 1 if must else 0)
    t.check('%s: every case has a verdict' % name,
            plan and (len(results) == int(plan.group(1)) or 'Bail out!' in text), text[-300:])
    for pattern in must:
        t.check('%s: %s fails' % (name, pattern), fnmatch.filter(failed, pattern), failed)
    others = [case for case in failed if not fits(case, must + may)]
    t.check('%s: nothing else fails' % name, not others,
            [re.search(r'not ok \d+ - %s\n(.*\n)*?  \.\.\.' % re.escape(c), text).group(0) for c in others[:3]])


def run(tap, place, line, people, whole):
    name, login, must, may = line
    driver = os.path.join(kit.BUILD, 'tests', 'wrong', name + '.so')
    command = [os.path.join(kit.BUILD, 'idbc-conform'), '--driver', driver, '--limit', str((2 if name in HANG else 20) * kit.SLOWER), '--config',
               config(place, name + '.json', driver, {}), '--quirks', place.file(name + '.quirks', json.dumps(
                   {'skip': {'parallel.*': 'long'}, **({'silent': {'port': '$PORT'}} if name in SILENT else {})}))]
    if not whole and name not in WHOLE:
        command += ['--only', ','.join(must + [BESIDE])]
    t = tap.test(name)
    if login != '-':
        t.equal('%s: login' % name, log_in(place, driver, name, people, 'right'), login)
    if login != '-':
        t.check('%s: a wrong password' % name, log_in(place, driver, name, people, 'wrong') != 'OK')
    judge(t, name, must, may, subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=400 * kit.SLOWER))
    return t


def main():
    tap, wanted = kit.Tap('conform_wrong'), sys.argv[1:]
    lines = [line for line in table() if not wanted or line[0] in wanted]
    with tap.test('table') as t:
        t.check('faults', wanted or len(lines) > 40, len(lines))
        t.equal('named once', len({line[0] for line in lines}), len(lines))
    subprocess.run(['make', '-s', '-o', os.path.join(kit.BUILD, 'flags'), 'BUILD=' + kit.BUILD, 'wrong'], cwd=kit.ROOT,
                   check=True)
    with kit.Workplace() as place, concurrent.futures.ThreadPoolExecutor(2) as pool:
        hashed = subprocess.run([kit.IDBC, 'password', 'hash', '--scheme', 'argon2/argon2id-v19'],
                                input=b'{"password":"right"}', stdout=subprocess.PIPE, check=True)
        people = {'1': {'email': 'ann@example.com', 'username': 'ann', 'hash': json.loads(hashed.stdout)['hash']}}
        for t in pool.map(lambda line: run(tap, place, line, people, bool(wanted)), lines):
            with t:
                pass
    tap.done()


main()
