"""Failed attempts: counted in the user's row as the application does it (login.failed), and by
each process (throttle).  Locks are set and moved in the row itself, so that nothing waits.

usage: failed_attempts.py DRIVER   DRIVER: mysql, odbc-mariadb, odbc-postgresql or odbc-sqlite"""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import kit  # noqa: E402
from host import Host  # noqa: E402
from kit import Tap, Workplace, database, idbc  # noqa: E402

HASH = '$2b$04$abcdefghijklmnopqrstuuDclEh7C/uOEh/iQXD4/4JRg/N02cIxG'
SECRET, WRONG = 'kid gloves 1', 'not the one'
WRONG_PASSWORD, LOCKED_OUT = 2, 6
KEYS = {'mariadb': 'INT AUTO_INCREMENT PRIMARY KEY', 'sqlite': 'INTEGER PRIMARY KEY AUTOINCREMENT', 'postgresql': 'SERIAL PRIMARY KEY'}
MOMENT = {'mariadb': 'DATETIME', 'sqlite': 'DATETIME', 'postgresql': 'TIMESTAMP'}
# Now and some seconds, as the two kinds of column hold it.
CIVIL = {'mariadb': 'UTC_TIMESTAMP() + INTERVAL (%d) SECOND', 'sqlite': "datetime('now', '%+d seconds')",
         'postgresql': "date_trunc('second', now() AT TIME ZONE 'UTC') + (%d) * INTERVAL '1 second'"}
UNIX = {'mariadb': 'UNIX_TIMESTAMP() + (%d)', 'sqlite': "CAST(strftime('%%s', 'now') AS INTEGER) + (%d)",
        'postgresql': 'CAST(EXTRACT(EPOCH FROM now()) AS bigint) + (%d)'}
FULL = {'count': 'tries', 'last': 'tried', 'locked_until': 'locked', 'max': 3, 'window_s': 600, 'lock_s': 600}


class Store:
    def __init__(self, place, driver):
        self.place, self.driver = place, driver
        self.db = database(driver, 'failed', place.path)

    def fresh(self):
        engine = self.db.engine
        moment = MOMENT[engine]
        self.db.load(self.place.file('failed.sql', """
CREATE TABLE people (id %s, login VARCHAR(60) NOT NULL UNIQUE, hash VARCHAR(100), tries INT, began %s NULL, tried %s NULL,
  locked %s NULL, unix_began BIGINT NOT NULL DEFAULT 0, unix_tried BIGINT NOT NULL DEFAULT 0, unix_locked BIGINT NOT NULL DEFAULT 0,
  seen %s NULL, word VARCHAR(20));
INSERT INTO people (login, hash) VALUES ('ida', '%s'), ('eve', '%s'), ('none', NULL);
""" % (KEYS[engine], moment, moment, moment, moment, HASH, HASH)))

    def users(self, failed, **more):
        return {'user': {'table': 'people', 'key': 'id', 'id': 'auto'}, 'profile': {'username': 'login'},
                'login': {'by': ['username'], **({'failed': failed} if failed else {}), **more.pop('login', {})},
                'password': {'col': 'hash', 'accept': ['bcrypt'], 'write': {'scheme': 'bcrypt/2b', 'cost': 4}}, **more}

    def config(self, failed, name='failed', options=None, more=None, **connection):
        return self.place.config(name, self.driver.split('-')[0], options or self.db.options(self.driver),
                                 self.users(failed, **(more or {})), **connection)

    def host(self, failed, **connection):
        return Host(kit.BUILD, self.config(failed, **connection))

    def civil(self, seconds):
        return CIVIL[self.db.engine] % seconds

    def unix(self, seconds):
        return UNIX[self.db.engine] % seconds

    def set(self, login, **columns):
        self.db.sql("UPDATE people SET %s WHERE login = '%s'" % (', '.join('%s = %s' % c for c in columns.items()), login))

    def row(self, login, *columns):
        text = {'mariadb': 'CAST(%s AS CHAR)', 'sqlite': '%s', 'postgresql': 'CAST(%s AS text)'}[self.db.engine]
        shown = ', '.join("COALESCE(%s, '-')" % (text % c) for c in columns)
        rows = self.db.sql("SELECT %s FROM people WHERE login = '%s'" % (shown, login))
        return rows[0] if rows else None

    def tries(self, login='ida'):
        return self.row(login, 'tries')[0]

    def holds(self, login, condition):
        return self.db.sql("SELECT COUNT(*) FROM people WHERE login = '%s' AND %s" % (login, condition))[0][0] == '1'


def login(host, who, password=SECRET, **more):
    return host(op='login', value=who, password=password, audit=1, **more)


def wrong(host, who='ida', times=1):
    return [login(host, who, WRONG)['status'] for _ in range(times)]


def datetimes(tap, store):
    with tap.test(store.driver + '/lock-and-unlock') as t:
        store.fresh()
        with store.host(FULL) as host:
            t.equal('right', login(host, 'ida')['status'], 'OK')
            t.equal('nothing written', store.row('ida', 'tries', 'tried', 'locked'), ['-', '-', '-'])
            t.equal('two', wrong(host, times=2), ['DENIED'] * 2)
            t.equal('counted', store.tries(), '2')
            t.check('when', store.holds('ida', 'tried BETWEEN %s AND %s' % (store.civil(-10), store.civil(1))), store.row('ida', 'tried'))
            t.equal('not locked yet', login(host, 'ida')['status'], 'OK')
            t.equal('forgotten', store.row('ida', 'tries', 'locked'), ['0', '-'])
            wrong(host, times=3)
            t.equal('at the maximum', store.tries(), '3')
            t.check('until', store.holds('ida', 'locked BETWEEN %s AND %s' % (store.civil(590), store.civil(602))), store.row('ida', 'locked'))
            before = store.row('ida', 'tries', 'tried', 'locked')
            refused, unknown, bad = login(host, 'ida'), login(host, 'nobody'), login(host, 'ida', WRONG)
            t.equal('the right password', (refused['status'], refused['detail']), ('DENIED', LOCKED_OUT))
            for answer in (refused, unknown, bad):
                for key in ('detail', 'seconds'):
                    answer.pop(key)
            t.equal('looks like nobody', refused, unknown)
            t.equal('looks like a wrong one', refused, bad)
            t.equal('left alone', store.row('ida', 'tries', 'tried', 'locked'), before)
            t.equal('others', login(host, 'eve')['status'], 'OK')
            t.equal('shown all the same', host(op='get_user', by='username', value='ida')['profile'].get('blocked'), False)
            store.set('ida', locked=store.civil(-1))
            t.equal('over', login(host, 'ida')['status'], 'OK')
            t.equal('set back', store.row('ida', 'tries', 'locked'), ['0', '-'])
    with tap.test(store.driver + '/after-a-lock') as t:
        store.fresh()
        with store.host(FULL) as host:
            store.set('ida', tries=3, locked=store.civil(-1), tried=store.civil(-2))
            t.equal('wrong again', wrong(host), ['DENIED'])
            t.equal('counts from one', store.tries(), '1')
            t.equal('not locked', login(host, 'ida')['status'], 'OK')
    with tap.test(store.driver + '/window') as t:
        store.fresh()
        with store.host(FULL) as host:
            wrong(host, times=2)
            store.set('ida', tried=store.civil(-620))
            wrong(host)
            t.equal('over', store.tries(), '1')
            wrong(host)
            t.equal('goes on', store.tries(), '2')
        with store.host({'count': 'tries', 'first': 'began', 'locked_until': 'locked', 'max': 5, 'window_s': 60, 'lock_s': 60}) as host:
            store.set('ida', tries='NULL')
            wrong(host)
            t.check('the first', store.holds('ida', 'tries = 1 AND began >= %s' % store.civil(-10)), store.row('ida', 'tries', 'began'))
            store.set('ida', began=store.civil(-40))
            began = store.row('ida', 'began')
            wrong(host, times=2)
            t.equal('stays', store.row('ida', 'tries', 'began'), ['3'] + began)
            store.set('ida', began=store.civil(-70))
            wrong(host)
            t.check('another', store.holds('ida', 'tries = 1 AND began >= %s' % store.civil(-10)), store.row('ida', 'tries', 'began'))
            wrong(host, times=4)
            t.check('locks', store.holds('ida', 'tries = 5 AND locked > %s' % store.civil(0)), store.row('ida', 'tries', 'locked'))
            store.set('ida', locked=store.civil(-1))
            t.equal('unlocked', login(host, 'ida')['status'], 'OK')
            t.equal('all gone', store.row('ida', 'tries', 'began', 'locked'), ['0', '-', '-'])


def numbers(tap, store):
    unix = {'count': 'tries', 'last': 'unix_tried', 'locked_until': {'col': 'unix_locked', 'time': 'unix'}, 'max': 2, 'lock_s': 60}
    with tap.test(store.driver + '/unix-time') as t:
        store.fresh()
        with store.host(unix) as host:
            wrong(host, times=2)
            t.check('locked', store.holds('ida', 'tries = 2 AND unix_locked BETWEEN %s AND %s' % (store.unix(50), store.unix(62))),
                    store.row('ida', 'tries', 'unix_locked'))
            t.check('last', store.holds('ida', 'unix_tried BETWEEN %s AND %s' % (store.unix(-10), store.unix(1))), store.row('ida', 'unix_tried'))
            t.equal('refused', login(host, 'ida')['detail'], LOCKED_OUT)
            store.set('ida', unix_locked=store.unix(-1))
            t.equal('over', login(host, 'ida')['status'], 'OK')
            t.equal('a column that takes no NULL', store.row('ida', 'tries', 'unix_locked'), ['0', '0'])
    with tap.test(store.driver + '/words') as t:
        store.fresh()
        with store.host({'count': 'tries', 'locked_until': {'col': 'word', 'time': 'mw14'}, 'max': 1, 'lock_s': 3600}) as host:
            wrong(host)
            t.check('written', len(store.row('ida', 'word')[0]) == 14, store.row('ida', 'word'))
            t.equal('obeyed', login(host, 'ida')['detail'], LOCKED_OUT)
            store.set('ida', word="'20200101000000'")
            t.equal('over', login(host, 'ida')['status'], 'OK')


def parts_of_it(tap, store):
    with tap.test(store.driver + '/locked-at') as t:
        store.fresh()
        with store.host({'count': 'tries', 'locked_at': 'locked', 'max': 2, 'lock_s': 3600}) as host:
            wrong(host, times=3)
            t.check('began', store.holds('ida', 'tries = 2 AND locked BETWEEN %s AND %s' % (store.civil(-10), store.civil(1))), store.row('ida', 'locked'))
            t.equal('stands', login(host, 'ida')['detail'], LOCKED_OUT)
            store.set('ida', locked=store.civil(-3590))
            t.equal('still', login(host, 'ida')['detail'], LOCKED_OUT)
            store.set('ida', locked=store.civil(-3610))
            t.equal('over', login(host, 'ida')['status'], 'OK')
            t.equal('gone', store.row('ida', 'tries', 'locked'), ['0', '-'])
    with tap.test(store.driver + '/count-alone') as t:
        store.fresh()
        with store.host({'count': 'tries', 'max': 2}) as host:
            wrong(host, times=4)
            t.equal('stops there', store.tries(), '2')
            t.equal('locked for good', login(host, 'ida')['detail'], LOCKED_OUT)
            store.set('ida', tries=0)
            t.equal('until the application says so', login(host, 'ida')['status'], 'OK')
        with store.host({'count': 'tries', 'last': {'col': 'unix_tried', 'time': 'unix'}, 'max': 2, 'lock_s': 30}) as host:
            wrong(host, times=2)
            t.equal('locked', login(host, 'ida')['detail'], LOCKED_OUT)
            store.set('ida', unix_tried=store.unix(-32))
            wrong(host)
            t.equal('begins again', store.tries(), '1')
            t.equal('and is open', login(host, 'ida')['status'], 'OK')
        with store.host({'count': 'tries'}) as host:
            store.set('ida', tries='NULL')
            wrong(host, times=5)
            t.equal('only counted', (store.tries(), login(host, 'ida')['status'], store.tries()), ('5', 'OK', '0'))
    with tap.test(store.driver + '/obeyed-alone') as t:
        store.fresh()
        with store.host({'locked_until': 'locked'}) as host:
            wrong(host, times=3)
            t.equal('writes nothing', store.row('ida', 'tries', 'locked'), ['-', '-'])
            store.set('ida', locked=store.civil(100))
            t.equal('obeyed', login(host, 'ida')['detail'], LOCKED_OUT)
            store.set('ida', locked=store.civil(-100))
            before = store.row('ida', 'locked')
            t.equal('over', login(host, 'ida')['status'], 'OK')
            t.equal('left as it is', store.row('ida', 'locked'), before)
    with tap.test(store.driver + '/beside-a-touch') as t:
        store.fresh()
        with store.host(FULL, more={'login': {'touch': {'seen': '$now'}}}) as host:
            wrong(host)
            t.equal('right', login(host, 'ida')['status'], 'OK')
            t.check('both', store.holds('ida', 'tries = 0 AND seen IS NOT NULL'), store.row('ida', 'tries', 'seen'))
    with tap.test(store.driver + '/a-flag-of-the-profile') as t:
        store.fresh()
        users = {'profile': {'username': 'login', 'locked_out': {'col': 'tries', 'true': [9], 'false': [0]}}}
        with store.host(None, more=users) as host:
            store.set('ida', tries=9)
            t.equal('refused', (login(host, 'ida')['status'], login(host, 'ida')['detail']), ('DENIED', LOCKED_OUT))
            t.check('never shown', 'locked_out' not in host(op='get_user', by='username', value='ida')['profile'])
            store.set('ida', tries=0)
            t.equal('let in', login(host, 'ida')['status'], 'OK')


def everybody_else(tap, store):
    with tap.test(store.driver + '/nobody-is-touched') as t:
        store.fresh()
        with store.host(FULL) as host:
            before = store.db.sql('SELECT * FROM people ORDER BY id')
            for who in ('nobody', '', '1', 'IDA'):
                login(host, who, WRONG) if who else None
            t.equal('unknown users', store.db.sql('SELECT * FROM people ORDER BY id'), before)
            t.equal('no password', login(host, 'none')['status'], 'DENIED')
            t.equal('empty password', login(host, 'eve', '')['status'], 'DENIED')
            t.equal('each his own', [store.tries(who) for who in ('ida', 'none', 'eve')], ['-', '1', '1'])
    with tap.test(store.driver + '/password-changes') as t:
        store.fresh()
        with store.host(FULL) as host:
            for _ in range(3):
                answer = host(op='change_password', by='username', value='ida', password='next pass 1', current_password=WRONG)
                t.equal('refused', (answer['status'], answer['effect']), ('DENIED', 'NONE'))
            t.equal('counted', store.tries(), '3')
            answer = host(op='change_password', by='username', value='ida', password='next pass 1', current_password=SECRET, audit=1)
            t.equal('locked', (answer['status'], answer['detail']), ('DENIED', LOCKED_OUT))
            answer = host(op='change_password', by='username', value='ida', password='next pass 1')
            t.equal('an administrator is not', answer['status'], 'OK')
            store.set('ida', locked=store.civil(-1))
            t.equal('changed', login(host, 'ida', 'next pass 1')['status'], 'OK')


def at_one_time(tap, store):
    with tap.test(store.driver + '/at-one-time') as t:
        store.fresh()
        with store.host({**FULL, 'max': 1000}) as host:
            guesses = [dict(op='login', value='ida', password=WRONG)] * 24
            t.equal('refused', [a['status'] for a in host(*guesses)], ['DENIED'] * 24)
            t.equal('each counts', store.tries(), '24')
        with store.host({**FULL, 'max': 30}) as host:
            host(*guesses)
            t.equal('up to the maximum', store.tries(), '30')
            t.equal('and locked', login(host, 'ida')['detail'], LOCKED_OUT)
        with store.host(FULL, more={'login': {'recheck': True}}) as host:
            store.set('ida', tries=0, locked='NULL')
            t.equal('a second look', login(host, 'ida')['status'], 'OK')


def read_only(tap, store):
    with tap.test(store.driver + '/a-store-that-cannot-be-written') as t:
        store.fresh()
        options = store.db.options(store.driver)
        if store.db.engine == 'sqlite':
            options['init'] = ['PRAGMA query_only = 1']
        elif store.db.engine == 'mariadb':
            store.db.sql("DROP USER IF EXISTS onlooker@localhost; CREATE USER onlooker@localhost IDENTIFIED BY 'pw'; "
                         "GRANT SELECT ON people TO onlooker@localhost")
            options.update(user='onlooker', password='pw')
        else:
            options['init'] = ['SET default_transaction_read_only = on']
        with store.host(FULL, options=options) as host:
            t.equal('answers stay', wrong(host, times=5) + [login(host, 'ida')['status']], ['DENIED'] * 5 + ['OK'])
            said = [text for level, text in host.log() if 'not counted' in text]
            t.equal('each is told', len(said), 5)
            t.check('no secrets', not any(WRONG in text or 'ida' in text for text in said), said)
        t.equal('nothing written', store.row('ida', 'tries', 'tried', 'locked'), ['-', '-', '-'])


def own_sql(tap, store):
    with tap.test(store.driver + '/a-login-in-sql') as t:
        store.fresh()
        sql = ('SELECT id AS user_id, login AS username, hash AS pw_hash, CASE WHEN locked > CURRENT_TIMESTAMP THEN 1 ELSE 0 END AS locked_out '
               'FROM people WHERE login = :login')
        with store.host(FULL, more={'sql': {'login': [sql]}}) as host:
            t.equal('right', login(host, 'ida')['status'], 'OK')
            wrong(host, times=3)
            t.check('counted and locked', store.holds('ida', 'tries = 3 AND locked > %s' % store.civil(100)), store.row('ida', 'tries', 'locked'))
            t.equal('the alias is obeyed', login(host, 'ida')['detail'], LOCKED_OUT)
            store.set('ida', locked=store.civil(-1))
            t.equal('over', login(host, 'ida')['status'], 'OK')
            t.equal('set back', store.row('ida', 'tries', 'locked'), ['0', '-'])


def checked(tap, store):
    with tap.test(store.driver + '/check') as t:
        store.fresh()

        def findings(failed, *args, **more):
            return idbc(store.config(failed, **more), '--json', 'check', *args).json.get('findings', [])

        t.equal('fine', [f for f in findings(FULL) if f['key'].startswith('users.login')], [])
        t.check('limits guesses', 'no-throttle' not in [f['code'] for f in findings(FULL)])
        t.check('counts only', 'no-throttle' in [f['code'] for f in findings({'count': 'tries'})])
        for failed, key, code in (({'count': 'trys'}, 'users.login.failed.count', 'missing-column'),
                                  ({'last': 'tired'}, 'users.login.failed.last', 'missing-column'),
                                  ({'locked_until': 'lokked'}, 'users.login.failed.locked_until', 'missing-column')):
            found = [(f['key'], f['code']) for f in findings(failed)]
            t.check('%s %s' % (key, code), (key, code) in found, found)
        store.db.sql('ALTER TABLE people ADD COLUMN day DATE')
        for failed, key in (({'count': 'word', 'max': 3}, 'users.login.failed.count'),
                            ({'count': 'tries', 'locked_until': 'day', 'max': 3}, 'users.login.failed.locked_until'),
                            ({'count': 'tries', 'first': 'day', 'max': 3, 'window_s': 60}, 'users.login.failed.first')):
            found = [(f['key'], f['code']) for f in findings(failed)]
            t.check('never locks: ' + key, (key, 'wrong-type') in found, found)
        t.equal('a day that is only obeyed', [f for f in findings({'locked_until': 'day'}) if f['code'] == 'wrong-type'], [])
        if store.db.engine != 'sqlite':
            for failed, key in (({'count': 'word'}, 'users.login.failed.count'),
                                ({'last': {'col': 'tried', 'time': 'unix'}}, 'users.login.failed.last')):
                found = [(f['key'], f['code']) for f in findings(failed)]
                t.check(key, (key, 'wrong-type') in found, found)
            grants = [f['text'] for f in findings(FULL, '--grants', operations=['login']) if f['code'] == 'grant']
            t.check('grants', any('UPDATE' in g and 'tries' in g and 'locked' in g for g in grants), grants)
            grants = [f['text'] for f in findings({'locked_until': 'locked'}, '--grants', operations=['login']) if f['code'] == 'grant']
            t.check('to read alone', not any('UPDATE' in g and 'locked' in g for g in grants), grants)
    with tap.test(store.driver + '/explained') as t:
        store.fresh()
        config = store.config(FULL, throttle={})
        store.set('ida', tries=2, locked=store.civil(100))
        walk = idbc(config, '--json', 'check', '--login', 'ida', password=SECRET)
        steps = {s['step']: s for s in walk.json.get('steps', [])}
        t.equal('stops', (walk.json.get('status'), steps.get('locked_out', {}).get('result')), ('DENIED', 'stop'))
        t.check('the answer', 'LOCKED_OUT' in steps['answer']['text'], steps['answer'])
        t.check('throttle', '0 failures' in steps['throttle']['text'], steps['throttle'])
        store.set('ida', locked='NULL')
        walk = idbc(config, '--json', 'check', '--login', 'ida', password=SECRET)
        t.check('would be forgotten', 'failed' in [s['step'] for s in walk.json.get('steps', [])], walk)
        idbc(config, '--json', 'check', '--login', 'ida', password=WRONG)
        t.equal('nothing written', store.tries(), '2')


def throttle(tap, store):
    with tap.test(store.driver + '/throttle') as t:
        store.fresh()
        with store.host(None, throttle={'per_identifier': 3, 'per_client': 5, 'window_s': 1}) as host:
            for who in ('ida', 'nobody'):
                t.equal(who, wrong(host, who, 3) + wrong(host, who), ['DENIED'] * 3 + ['BUSY'])
            refused = [login(host, who) for who in ('ida', 'nobody')]
            for answer in refused:
                answer.pop('seconds')
            t.equal('alike', refused[0], refused[1])
            t.equal('code', refused[0]['code'], 'too_many_attempts')
            t.equal('others', login(host, 'eve')['status'], 'OK')
            clients = [login(host, 'u%d' % i, WRONG, client_ip='2001:db8::%d' % i)['status'] for i in range(6)]
            t.equal('one network', clients, ['DENIED'] * 5 + ['BUSY'])
            t.equal('another', login(host, 'eve', client_ip='2001:db8:0:1::1')['status'], 'OK')
    with tap.test(store.driver + '/throttle-at-one-time') as t:
        with store.host(None, throttle={'per_identifier': 7}) as host:
            answers = [a['status'] for a in host(*[dict(op='login', value='ida', password=WRONG)] * 40)]
            t.equal('refused', (answers.count('DENIED'), answers.count('BUSY')), (7, 33))
            answers = [a['status'] for a in host(*[dict(op='login', value='eve', password=SECRET)] * 40)]
            t.equal('right ones', answers, ['OK'] * 40)


def main(driver):
    tap = Tap('failed_attempts')
    with Workplace() as place:
        store = Store(place, driver)
        for part in (datetimes, numbers, parts_of_it, everybody_else, at_one_time, read_only, own_sql, checked, throttle):
            part(tap, store)
    tap.done()


if __name__ == '__main__':
    main(sys.argv[1])
