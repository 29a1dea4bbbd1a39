"""A new store that is another application's: Flask-Security's users move into Django's tables, with what
those can hold.  Who does not fit stays whole, is told which field, and `idbc check` says so before.

usage: moves_mapped.py FROM_DRIVER TO_DRIVER"""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kit import SHARED, Tap, Workplace, database, idbc, users_tsv  # noqa: E402
from stores import expected, mapping  # noqa: E402

NEW = 'Quite-new 9 gläser'


def configure(place, drivers):
    old, new = database(drivers[0], 'mapped_old', place.path), database(drivers[1], 'mapped_new', place.path)
    old.load(os.path.join(SHARED, 'stores', 'flask-security', 'store.sql'))
    new.load(os.path.join(SHARED, 'stores', 'django', 'store.sql'))
    for table in ('account_emailconfirmation', 'account_emailaddress', 'auth_user_groups', 'socialaccount_socialtoken',
                  'socialaccount_socialaccount', 'auth_user'):
        if table in new.tables():
            new.sql('SET FOREIGN_KEY_CHECKS = 0; DELETE FROM %s' % table)
    users = mapping('django')
    users['user']['id'] = '$given'
    users['password']['write'] = {'scheme': 'django/pbkdf2_sha256', 'iterations': 1000}
    path = place.config('mapped', 'migrate', {
        'from': {'driver': drivers[0].split('-')[0], 'options': old.options(drivers[0]), 'users': mapping('flask-security')},
        'to': {'driver': drivers[1].split('-')[0], 'options': new.options(drivers[1]), 'users': users}},
        users={'login': {'by': ['username', 'email']}})
    return old, new, path


def count(new, person):
    return int(new.sql("SELECT COUNT(*) FROM auth_user WHERE id = %s" % person['user_id'])[0][0])


def seen(path, name):
    profile = json.loads(idbc(path, 'get-user', name).out)
    profile.get('app_metadata', {}).pop('staff', None)      # Django's own, false for whoever is new
    return {k: v for k, v in profile.items() if k not in ('updated_at', 'last_login', 'last_ip', 'logins_count')}


def main():
    tap = Tap('moves_mapped')
    with Workplace() as place:
        old, new, path = configure(place, sys.argv[1:3])
        people = [p for p in users_tsv(os.path.join(SHARED, 'stores', 'flask-security', 'users.tsv'))
                  if p['password'] and expected(p)[0] == 'OK']
        phones = {row[0] for row in old.sql("SELECT id FROM user WHERE us_phone_number <> ''")}
        roles = {row[0] for row in old.sql('SELECT DISTINCT user_id FROM roles_users')}
        with tap.test('check says what would not fit') as t:
            made = idbc(path, '--json', 'check', '--create')
            found = [f for f in json.loads(made.out)['findings'] if f['code'] == 'users-do-not-fit']
            t.check('one finding', len(found) == 1 and ('phone_number' in found[0]['text'] or 'roles' in found[0]['text']), made)
            t.equal('nobody moved by that', new.sql('SELECT COUNT(*) FROM auth_user')[0][0], '0')
        for person in people[:6]:
            name, misfit = person['username'], person['user_id'] in phones | roles
            with tap.test('%s, who %s' % (name, 'does not fit' if misfit else 'fits')) as t:
                before = seen(path, name)
                came = idbc(path, '--json', 'login', name, password=person['password'])
                if not misfit:
                    t.equal('moves', (came.status, came.json.get('message'), count(new, person)), ('OK', None, 1))
                    t.equal('with the same profile', seen(path, name), before)
                    t.equal('logs in again', idbc(path, 'login', name, password=person['password']).code, 0)
                    continue
                field = 'phone_number' if person['user_id'] in phones else 'app_metadata'
                t.equal('is refused', (came.status, count(new, person)), ('CONFLICT', 0))
                t.check('the field is named', field in came.json.get('message', '') or 'app_metadata' in came.json.get('message', ''), came)
                t.equal('stays whole', seen(path, name), before)
                changed = idbc(path, '--json', 'change-password', name, password=NEW)
                t.equal('a new password is refused as well', changed.status, 'CONFLICT')
                old.sql("UPDATE user SET us_phone_number = NULL WHERE id = %s" % person['user_id'])
                old.sql('DELETE FROM roles_users WHERE user_id = %s' % person['user_id'])
                mended = idbc(path, '--json', 'login', name, password=person['password'])
                t.equal('mended, moves', (mended.status, count(new, person)), ('OK', 1))
    tap.done()


main()
