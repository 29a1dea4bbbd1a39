"""The conformance kit on right drivers that it might take for wrong ones: few sessions, no
address, a long name, a language with a library of its own."""
import json
import os
import re
import subprocess

from kit import BUILD, IDBC, SLOWER, Tap, Workplace

CHEAP = {'preferred': {'scheme': 'argon2/argon2id-v19', 'memory_kib': 64, 'iterations': 1}}
PASSWORD = 'correct horse battery'
# What must have been asked, and not skipped, of each.
ASKED = {
    'few': ['load.words', 'create.at_once', 'parallel.mixed', 'delete_user.during_login', 'leak.operations'],
    'one': ['load.one_export', 'load.no_globals', 'login.through', 'get_user.same_as_login'],
}


def stored():
    done = subprocess.run([IDBC, 'password', 'hash', '--scheme', 'argon2/argon2id-v19'],
                          input=json.dumps({'password': PASSWORD}) + '\n', stdout=subprocess.PIPE,
                          encoding='utf-8', check=True)
    return json.loads(done.stdout)['hash']


def setting(name):
    """Options, users and quirks of this driver."""
    if name == 'few':
        return {}, {'login': {'by': ['phone_number']}}, {'capabilities': ['transactions', 'interrupt']}
    ida = {'user_id': 'a|1', 'email': 'Ida@example.com', 'username': 'ida b'}
    return ({**ida, 'phone_number': '', 'hash': stored()}, {'login': {'by': ['email', 'username']}},
            {'users': [{**ida, 'identifier': 'ida b', 'password': PASSWORD}], 'capabilities': []})


def judge(tap, place, name):
    driver = os.path.join(BUILD, 'tests', 'right', name + '.so')
    options, users, quirks = setting(name)
    config = place.config(name, driver, options, users, password=CHEAP)
    done = subprocess.run([os.path.join(BUILD, 'idbc-conform'), '--driver', driver, '--config', config, '--quirks',
                           place.file(name + '.quirks', json.dumps(quirks)), '--limit', str(20 * SLOWER)],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding='utf-8', timeout=300 * SLOWER)
    with tap.test(name) as test:
        failed = re.findall(r'^not ok .*(?:\n  .*)*', done.stdout, re.M)
        test.equal('exit status', done.returncode, 0)
        test.check('no case fails', not failed, '\n'.join(failed) or done.stdout[-300:])
    with tap.test(name + ' is asked') as test:
        for case in ASKED[name]:
            test.check(case, re.search(r'^ok \d+ - %s$' % re.escape(case), done.stdout, re.M), 'skipped')


def main():
    tap = Tap('conform_right')
    with Workplace() as place:
        for name in ASKED:
            judge(tap, place, name)
    tap.done()


main()
