"""Deletes by intent in user stores that real applications made: what is seen while the profile
store is asked, that a refusal changes no row, that the end leaves row for row what a plain delete
leaves, and that the same comes out where its process was lost before or after the profile went.

usage: delete_stores.py DRIVER STORE...   DRIVER: mysql, odbc-mariadb or odbc-postgresql"""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from connection import Connection  # noqa: E402
from host import Library, start_as_host  # noqa: E402
from kit import BUILD, SHARED, Tap, Workplace, database, intents_sql, users_tsv  # noqa: E402
from stores import NOT_OURS, mapping  # noqa: E402

TABLE = 'idbc_intents'
WHEN = re.compile(r'20\d\d-\d\d-\d\d \d\d:\d\d:\d\d')
MANY, LOOKED_AT, LOST = 6, 3, 3    # people of each store


def rows(db, known=()):
    """Every row of every table but those that are not the user's; times of today's deletes are
    those that are not `known`."""
    return {t: sorted(['now' if known and WHEN.match(v) and v not in known else v for v in row]
                      for row in db.sql('SELECT * FROM %s' % db.quote(t)))
            for t in db.tables() if t not in NOT_OURS + (TABLE,)}


def differing(one, other):
    return {t: ([r for r in one[t] if r not in other[t]][:3], [r for r in other[t] if r not in one[t]][:3])
            for t in one if one[t] != other.get(t)}


class Case:
    def __init__(self, place, driver, store):
        self.db = database(driver, 'deleted-' + store, place.path)
        self.dump = os.path.join(SHARED, 'stores', store, 'store.sql')
        self.users, options = mapping(store), self.db.options(driver)
        self.people = [p for p in users_tsv(os.path.join(SHARED, 'stores', store, 'users.tsv')) if p['login'] != 'absent'][:MANY]
        self.config = place.config('data', driver.split('-')[0], options, self.users, throttle={},
                                   delete={'intents': TABLE, 'lease_ms': 1000})
        self.plain = place.config('plain', driver.split('-')[0], options, self.users, throttle={})

    def load(self):
        self.db.load(self.dump)
        self.db.sql(intents_sql(self.db.engine))
        if self.db.engine == 'postgresql':
            self.db.sql('GRANT ALL ON ALL TABLES IN SCHEMA %s TO "%s"' % (self.db.schema, self.db.user))
        self.known = {v for t in rows(self.db).values() for row in t for v in row if WHEN.match(v)}

    def rows(self):
        return rows(self.db, self.known)

    def lease_ends(self):
        self.db.sql('UPDATE %s SET lease_end = 1 WHERE state = 1' % TABLE)


def hidden(t, case, other, person, user_id):
    """As every other connection sees him while his profile store is asked."""
    who = 'of %s ' % person['user_id']
    t.equal(who + 'get', other.ask(op='get_user', by='user_id', value=user_id), 'NO_USER')
    t.equal(who + 'exists', other.exists(user_id), 1)
    t.equal(who + 'delete', other.delete(user_id)['status'], 'NO_USER')
    t.equal(who + 'password', other.ask(op='change_password', by='user_id', value=user_id, password='Another pass 77'), 'NO_USER')
    for field in ('email', 'username'):
        if not person[field] or field not in case.users['profile'] or person['login'] == 'deleted':
            continue
        got = other.host.call(other.conn, {'op': 'get_user', 'by': field, 'value': person[field]})
        t.check(who + 'get by ' + field, got['status'] in ('NO_USER', 'UNSUPPORTED') or
                got['status'] == 'OK' and got['profile']['user_id'] != user_id, got)
        if field in case.users['login']['by']:
            t.equal(who + 'login by ' + field, other.ask(op='login', by=field, value=person[field], password=person['password'] or 'None of theirs'),
                    'DENIED')
            got = other.ask(op='create', user={'email': 'some@example.com', 'username': 'someone', field: person[field]}, password='Create pass 991')
            t.check(who + 'create by ' + field, got in ('EXISTS', 'INVALID', 'UNSUPPORTED'), got)


def one_store(tap, library, place, driver, store):
    case = Case(place, driver, store)
    prefix = 'data|'
    with tap.test(store) as t:
        case.load()
        plainly, wanted, first = Connection(library, case.plain), {}, case.rows()
        for person in case.people:
            status = plainly.delete('plain|' + person['user_id'])['status']
            wanted[person['user_id']] = (status, case.rows())
        plainly.close()
        t.check('somebody is deleted', any(s == 'OK' for s, _ in wanted.values()), wanted)
        case.load()
        t.equal('as before', differing(first, case.rows()), {})
        mine, other, before = Connection(library, case.config), Connection(library, case.config), first
        state = {}

        def remove(user_id):
            state['asked'] = state.get('asked', 0) + 1
            if state['look']:
                hidden(t, case, other, state['person'], user_id)
                t.equal('nothing is gone yet', differing(before, case.rows()), {})
            return state['answer']
        mine.profile_store(remove)
        for i, person in enumerate(case.people):
            user_id, (status, after) = prefix + person['user_id'], wanted[person['user_id']]
            state.update(person=person, look=i < LOOKED_AT, answer=5, asked=0)
            said = mine.delete(user_id)
            t.equal('%s refused' % user_id, (said['status'], said.get('native'), said['effect'], state['asked']),
                    ('CANCELLED', 5, 'NONE', 1) if status == 'OK' else (status, 0, 'NONE', 0))
            t.equal('%s untouched' % user_id, differing(before, case.rows()), {})
            state.update(look=0, answer=0, asked=0)
            said = mine.delete(user_id)
            t.equal('%s deleted' % user_id, (said['status'], said['effect'], state['asked']),
                    ('OK', 'APPLIED', 1) if status == 'OK' else (status, 'NONE', 0))
            before = case.rows()
            t.equal('%s as by a plain delete' % user_id, differing(after, before), {})
        mine.close()
        other.close()
    with tap.test(store + ', interrupted') as t:
        case.load()
        before, people = case.rows(), [p for p in case.people if wanted[p['user_id']][0] == 'OK'][:LOST]
        left = [p['user_id'] for p in case.people if p not in people and wanted[p['user_id']][0] == 'OK']
        for person in people:
            pid = os.fork()
            if not pid:
                mine = Connection(Library(BUILD), case.config)
                mine.profile_store(lambda _id: os._exit(9))
                mine.delete(prefix + person['user_id'])
                os._exit(1)
            t.equal('lost while asked', os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 9)
        t.equal('nothing is gone', differing(before, case.rows()), {})
        case.lease_ends()
        asked, mine = [], Connection(library, case.config)
        t.equal('left without a profile store', mine.recover(), ('STATE', 0))
        mine.profile_store(lambda user_id: (asked.append(user_id), user_id == prefix + people[0]['user_id'])[1])
        case.lease_ends()
        mine.recover()
        t.equal('each asked', sorted(set(asked)), sorted(prefix + p['user_id'] for p in people))
        t.equal('the first is back', mine.exists(prefix + people[0]['user_id']), 1)
        t.check('and is found', people[0]['login'] == 'deleted' or
                mine.ask(op='get_user', by='user_id', value=prefix + people[0]['user_id']) == 'OK', people[0])
        t.equal('none stands', case.db.sql('SELECT COUNT(*) FROM %s WHERE state = 1' % TABLE), [['0']])
        again = case.rows()
        mine.close()
        case.load()
        plainly = Connection(library, case.plain)
        for person in people[1:]:
            plainly.delete('plain|' + person['user_id'])
        plainly.close()
        t.equal('the rest as by plain deletes', differing(case.rows(), again), {})
        t.check('others stand', left or len(people) < LOST, left)


def main():
    start_as_host(BUILD)
    driver, tap, library = sys.argv[1], Tap('delete-stores ' + sys.argv[1]), Library(BUILD)
    with Workplace() as place:
        for store in sys.argv[2:]:
            one_store(tap, library, place, driver, store)
    tap.done()


if __name__ == '__main__':
    main()
