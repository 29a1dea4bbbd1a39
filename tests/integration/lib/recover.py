"""Owners of deletes killed before and after the profile went, profile stores that refuse, recoveries
in several processes at once, and profiles left over.

usage: recover.py DRIVER   DRIVER: mysql, odbc-postgresql or odbc-sqlite"""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kit import BUILD, SLOWER, Tap, Workplace, database, idbc, intents_sql  # noqa: E402

IDBC = os.path.join(BUILD, 'idbc')
KEY = {'mariadb': 'BIGINT AUTO_INCREMENT PRIMARY KEY', 'sqlite': 'INTEGER PRIMARY KEY AUTOINCREMENT',
       'postgresql': 'BIGSERIAL PRIMARY KEY'}
TABLES = """CREATE TABLE people (id %s, login VARCHAR(60) UNIQUE, pw VARCHAR(120) NOT NULL);
CREATE TABLE orders (person BIGINT NOT NULL, FOREIGN KEY (person) REFERENCES people (id));
"""
USERS = {'user': {'table': 'people', 'key': 'id', 'id': 'auto'}, 'profile': {'username': 'login'},
         'login': {'by': ['username']},
         'password': {'col': 'pw', 'accept': ['raw/sha256-hex'], 'write': {'scheme': 'raw/sha256-hex'}}}

# No test waits for its end; on a slow machine it must not come by itself.
LEASE_MS = 100 if SLOWER == 1 else 20000 * SLOWER


class Scene:
    """A store of users, and a host's profiles: a file for each in a folder."""

    def __init__(self, place, driver):
        self.db = database(driver, 'recover', place.path)
        self.db.load(place.file('recover.sql', TABLES % KEY[self.db.engine] + intents_sql(self.db.engine)))
        if self.db.engine == 'postgresql':
            self.db.sql('GRANT ALL ON ALL TABLES IN SCHEMA public TO "%s"; GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO "%s"'
                        % (self.db.user, self.db.user))
        self.config = place.config('recover', driver.split('-')[0], self.db.options(driver), USERS,
                                   delete={'intents': 'idbc_intents', 'lease_ms': LEASE_MS}, throttle={})
        self.profiles = os.path.join(place.path, 'profiles')
        os.mkdir(self.profiles)
        self.log = os.path.join(place.path, 'asked')
        self.remove = 'read id; echo "$id" >>%s; rm -f "%s/$id"' % (self.log, self.profiles)
        self.made = 0

    def user(self):
        self.made += 1
        answer = idbc(self.config, '--json', 'create', '--username', 'u%d' % self.made, password='Rk-27-x')
        user_id = answer.json['profile']['user_id']
        with open(os.path.join(self.profiles, user_id), 'w') as f:
            f.write('profile')
        return user_id

    def delete(self, user_id, remove):
        return idbc(self.config, '--json', 'delete-user', '--remove-command', remove, user_id)

    def interrupted(self, after):
        """The owner is killed, before or after the profile is gone."""
        user_id = self.user()
        self.delete(user_id, (self.remove + '; ' if after else '') + 'kill -9 $PPID')
        return user_id

    def expire(self):
        self.db.sql('UPDATE idbc_intents SET lease_end = 0 WHERE state = 1')

    def found(self, user_id):
        return idbc(self.config, '--json', 'get-user', '--by', 'user_id', user_id).status

    def both(self, user_id):
        """(is he in the table, has he a profile)"""
        rows = self.db.sql('SELECT count(*) FROM people WHERE id = %s' % user_id.split('|')[1])
        return int(rows[0][0]) == 1, os.path.exists(os.path.join(self.profiles, user_id))

    def recover(self, remove=None):
        return idbc(self.config, '--json', 'recover', *(['--remove-command', remove] if remove else []))

    def asked(self):
        try:
            with open(self.log) as f:
                return f.read().split()
        except FileNotFoundError:
            return []


def owners_killed(tap, scene):
    for after in (False, True):
        with tap.test('owner-killed/%s' % ('after-remove' if after else 'after-hide')) as t:
            user_id = scene.interrupted(after)
            t.equal('hidden', scene.found(user_id), 'NO_USER')
            t.equal('what is there', scene.both(user_id), (True, not after))
            t.equal('the lease holds', scene.recover(scene.remove).json, {'status': 'OK', 'finished': 0})
            scene.expire()
            waiting = scene.recover()
            t.equal('waits', (waiting.code, waiting.status, waiting.json.get('waiting')), (1, 'STATE', [user_id]))
            t.equal('left alone', (scene.found(user_id), scene.both(user_id)[0]), ('NO_USER', True))
            t.equal('ended', scene.recover(scene.remove).json, {'status': 'OK', 'finished': 1})
            t.equal('both are gone', scene.both(user_id), (False, False))
            t.equal('once', scene.recover(scene.remove).json, {'status': 'OK', 'finished': 0})


def stores_that_refuse(tap, scene):
    with tap.test('profile-store/refuses') as t:
        user_id = scene.user()
        no = scene.delete(user_id, 'exit 6')
        t.equal('told', (no.status, no.json.get('native'), no.json.get('effect')), ('CANCELLED', 6, 'NONE'))
        t.equal('both are there', (scene.found(user_id), scene.both(user_id)), ('OK', (True, True)))
        user_id = scene.interrupted(False)
        scene.expire()
        t.equal('not counted', scene.recover('exit 6').json, {'status': 'OK', 'finished': 0})
        t.equal('back', (scene.found(user_id), scene.both(user_id)), ('OK', (True, True)))
    with tap.test('profile-store/not-asked') as t:
        before = len(scene.asked())
        user_id = scene.user()
        scene.db.sql('INSERT INTO orders VALUES (%s)' % user_id.split('|')[1])
        held = scene.delete(user_id, scene.remove)
        t.equal('held by another table', (held.status, held.json.get('effect')), ('CONFLICT', 'NONE'))
        t.equal('unknown', scene.delete(user_id.split('|')[0] + '|999999', scene.remove).status, 'NO_USER')
        t.equal('nobody was asked', len(scene.asked()), before)
        t.equal('both are there', (scene.found(user_id), scene.both(user_id)), ('OK', (True, True)))


def rows_made_in_between(tap, scene):
    with tap.test('profile-store/gone-and-finish-refused') as t:
        user_id = scene.interrupted(True)
        scene.db.sql('INSERT INTO orders VALUES (%s)' % user_id.split('|')[1])
        scene.expire()
        held = scene.recover(scene.remove)
        t.equal('told', (held.status, held.json.get('code'), held.code), ('UNAVAILABLE', 'delete_pending', 3))
        t.equal('never without his profile', scene.found(user_id), 'NO_USER')
        scene.db.sql('DELETE FROM orders WHERE person = %s' % user_id.split('|')[1])
        scene.expire()
        t.equal('ended', scene.recover(scene.remove).json, {'status': 'OK', 'finished': 1})
        t.equal('both are gone', scene.both(user_id), (False, False))


def many_at_once(tap, scene):
    with tap.test('recoveries/four-at-once') as t:
        ids = [scene.interrupted(i % 2 == 1) for i in range(12)]
        scene.expire()
        before = len(scene.asked())
        running = [subprocess.Popen([IDBC, '-c', scene.config, 'recover', '--remove-command', scene.remove],
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding='utf-8') for _ in range(4)]
        told = [process.communicate(timeout=120 * SLOWER) for process in running]
        counts = [int(out or 0) for out, _ in told]
        t.equal('each once', (sum(counts), len(scene.asked()) - before), (len(ids), len(ids)))
        t.equal('all are gone', [scene.both(user_id) for user_id in ids], [(False, False)] * len(ids))


def reconcile(tap, scene):
    with tap.test('reconcile') as t:
        there, gone = scene.user(), scene.user()
        t.equal('gone', scene.delete(gone, 'true').status, 'OK')
        hidden = scene.interrupted(False)           # the last: whoever deletes finishes what is left over
        lines = '\n'.join([there, hidden, gone, 'another|1', ''])
        answer = idbc(scene.config, '--json', 'reconcile', stdin=lines + '\n')
        t.equal('as JSON', (answer.code, answer.json.get('orphans'), answer.json.get('checked'),
                            [line['line'] for line in answer.json.get('invalid', [])]), (2, [gone], 3, [4, 5]))
        plain = idbc(scene.config, 'reconcile', stdin=lines + '\n')
        t.equal('plain', (plain.code, plain.out), (2, gone + '\n'))
        t.check('lines are named', 'line 4:' in plain.err and 'line 5:' in plain.err, plain.err)
        t.equal('all well', idbc(scene.config, 'reconcile', stdin=there + '\n').code, 0)
    if scene.db.engine != 'sqlite':
        return
    with tap.test('reconcile/store-down') as t:
        os.rename(scene.db.path, scene.db.path + '.away')
        down = idbc(scene.config, 'reconcile', stdin=gone + '\n')
        os.rename(scene.db.path + '.away', scene.db.path)
        t.equal('never an orphan', (down.code, down.out), (3, ''))


def main():
    driver = sys.argv[1]
    tap = Tap('recover/' + driver)
    with Workplace() as place:
        scene = Scene(place, driver)
        for test in (owners_killed, stores_that_refuse, rows_made_in_between, many_at_once, reconcile):
            test(tap, scene)
    tap.done()


main()
