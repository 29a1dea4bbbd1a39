"""The stores of postgres_tables.py: everybody in them logs in or is refused as the store says,
then one new person lives a whole life, with the rows counted.

usage: postgres_stores.py"""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kit import Postgres, Tap, Workplace  # noqa: E402
from other_stores import FIRST, SECOND, ask, people, verified  # noqa: E402
from postgres_tables import STORES  # noqa: E402


def counts(db, store):
    return [int(db.sql('SELECT COUNT(*) FROM ' + table)[0][0]) for table in store['counted']]


def more(t, what, db, store, before, wanted):
    t.equal(what, [now - then for then, now in zip(before, counts(db, store))], wanted)


def life(t, config, store, db):
    new, before = store['new'], counts(db, store)
    name = new[store['users']['login']['by'][0]]
    made = ask(config, 'create', password=FIRST, stdin=json.dumps(new))
    if not t.check('create', made.status == 'OK', made):
        return
    profile = made.json['profile']
    user_id = profile['user_id']
    for field, value in new.items():
        t.check('created ' + field, profile.get(field) == value or
                isinstance(value, dict) and {**profile.get(field, {}), **value} == profile.get(field), profile)
    more(t, 'rows added', db, store, before, store['created'])
    again = ask(config, 'create', password=FIRST, stdin=json.dumps(new))
    t.equal('create twice', (again.status, again.json.get('effect')), ('EXISTS', 'NONE'))
    t.equal('found by its id', ask(config, 'get-user', '--by', 'user_id', user_id).json.get('profile'), profile)
    verified(t, config, store, user_id)
    t.equal('login', ask(config, 'login', name, password=FIRST).status, 'OK')
    changed = ask(config, 'change-password', '--by', 'user_id', user_id, password=SECOND)
    t.check('change-password', changed.status == 'OK', changed)
    t.equal('the old one', ask(config, 'login', name, password=FIRST).status, 'DENIED')
    t.equal('the new one', ask(config, 'login', name, password=SECOND).status, 'OK')
    for sql, wanted in store['midlife']:
        t.equal(sql, db.sql(sql.replace('{id}', user_id.split('|', 1)[1])), wanted)
    flag = ['--verified'] if 'email_verified' in store['users']['profile'] else []
    held = ask(config, 'change-email', *flag, '--by', 'user_id', user_id, store['taken'])
    t.equal("another's address", (held.status, held.json.get('effect')), ('EXISTS', 'NONE'))
    moved = ask(config, 'change-email', *flag, '--by', 'user_id', user_id, 'moved@example.com')
    t.check('change-email', moved.status == 'OK', moved)
    t.equal('the old address', ask(config, 'get-user', '--by', 'email', new['email']).status, 'NO_USER')
    t.equal('deleted', ask(config, 'delete-user', user_id).status, 'OK')
    t.equal('twice', ask(config, 'delete-user', user_id).status, 'NO_USER')
    more(t, 'rows left', db, store, before, store['left'])


def main():
    tap = Tap('postgres-stores')
    with Workplace() as place:
        for name, store in STORES.items():
            db = Postgres('only_' + name)
            db.load(place.file('store.sql', store['tables'] + store['rows']))
            config = place.config(name, 'odbc', db.options('odbc'), store['users'], password={'upgrade': False})
            with tap.test(name + '/people') as t:
                people(t, config, store)
            with tap.test(name + '/life') as t:
                life(t, config, store, db)
    tap.done()


main()
