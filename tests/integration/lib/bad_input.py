"""What goes wrong, and what it gets: configurations, identifiers, passwords, servers.
A small table of our own in every engine.

usage: bad_input.py DRIVER   DRIVER: mysql, odbc-mariadb or odbc-sqlite"""
import hashlib
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kit import MariaDB, SQLite, Tap, Workplace, difference, idbc, row_counts  # noqa: E402

DDL = {
    'mariadb': """CREATE TABLE people (id INT AUTO_INCREMENT PRIMARY KEY, login VARCHAR(190) NOT NULL,
        mail VARCHAR(254) NOT NULL, pw VARCHAR(255), verified TINYINT NOT NULL DEFAULT 0, note TEXT,
        KEY (login), KEY (mail)) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;
        CREATE TABLE sessions (person INT NOT NULL, token VARCHAR(40), FOREIGN KEY (person) REFERENCES people (id));""",
    'sqlite': """CREATE TABLE people (id INTEGER PRIMARY KEY AUTOINCREMENT, login VARCHAR(190) NOT NULL COLLATE NOCASE,
        mail VARCHAR(254) NOT NULL COLLATE NOCASE, pw VARCHAR(255), verified TINYINT NOT NULL DEFAULT 0, note TEXT);
        CREATE TABLE sessions (person INT NOT NULL REFERENCES people (id), token VARCHAR(40));""",
}
USERS = {
    'user': {'table': 'people', 'key': 'id', 'id': 'auto'},
    'profile': {'user_id': 'id', 'username': 'login', 'email': 'mail',
                'email_verified': {'col': 'verified', 'bool': True}, 'user_metadata.note': 'note'},
    'login': {'by': ['username', 'email']},
    'password': {'col': 'pw', 'accept': ['bcrypt', 'raw/sha256-hex'], 'write': {'scheme': 'bcrypt/2b', 'cost': 4},
                 'upgrade': False},
    'create': {'unique': ['username', 'email']},
}
SECRET = 'secret-1'


def digest():
    return hashlib.sha256(SECRET.encode()).hexdigest()


def person(db, login, mail):
    quoted = [v.replace("'", "''") for v in (login, mail)]
    if db.engine == 'mariadb':
        quoted = [v.replace('\\', '\\\\') for v in quoted]
    db.sql("INSERT INTO people (login, mail, pw) VALUES ('%s', '%s', '%s')" % (quoted[0], quoted[1], digest()))


def changed(**paths):
    """USERS with dotted keys replaced; None deletes."""
    copy = json.loads(json.dumps(USERS))
    for path, value in paths.items():
        at, keys = copy, path.split('__')
        for key in keys[:-1]:
            at = at.setdefault(key, {})
        if value is None:
            at.pop(keys[-1], None)
        else:
            at[keys[-1]] = value
    return copy


def configurations(tap, place, driver, db):
    options = db.options(driver)

    def config(users=None, **more):
        return place.config('wrong', driver.split('-')[0], options, users or USERS, **more)

    def refused(t, what, path, *words):
        answer = idbc(path, '--json', 'login', 'ada', password=SECRET)
        text = json.dumps(answer.json.get('findings', []))
        t.equal(what, (answer.status, answer.code), ('CONFIG', 2))
        for word in words:
            t.check('%s names %s' % (what, word), word in text, answer)

    with tap.test('configuration/mistakes-all-in-one-go') as t:
        refused(t, 'three mistakes', config(changed(user__tabel='x', login__bye=1), timeout_ms='soon'),
                'users.user.tabel', 'users.login.bye', 'timeout_ms')
        refused(t, 'bad JSON', place.file('bad.json', '{"idbc": 1,'))
        refused(t, 'unknown key', config(nonsense=1), 'nonsense')
        refused(t, 'unknown option', place.config('wrong', driver.split('-')[0], {**options, 'sokcet': 'x'}, USERS), 'sokcet')
        refused(t, 'wrong type', config(changed(login__by='username')), 'users.login.by')
        refused(t, 'unknown field in login.by', config(changed(login__by=['nobody'])), 'users.login.by')
        refused(t, 'unknown scheme', config(changed(password__accept=['bcryptt'])), 'users.password.accept', 'bcrypt')
    with tap.test('configuration/store-and-mapping-disagree') as t:
        refused(t, 'missing table', config(changed(user__table='poeple')), 'poeple', 'people')
        refused(t, 'missing column', config(changed(profile__username='logn')), 'users.profile.username', 'logn', 'login')
        refused(t, 'two missing columns', config(changed(profile__username='logn', profile__email='mial')), 'logn', 'mial')
    with tap.test('configuration/identifiers-are-no-sql') as t:
        for name in ('people; DROP TABLE people', 'people`', 'people"', "people'", 'people--', 'a\nb', ''):
            refused(t, repr(name), config(changed(user__table=name)), 'users.user.table')
            refused(t, repr(name), config(changed(profile__username=name)), 'users.profile.username')
        refused(t, 'two statements in a step', config(changed(create__after=['DELETE FROM people WHERE id = :id; DROP TABLE people'])))
        refused(t, 'unknown parameter', config(changed(create__after=['DELETE FROM people WHERE id = :idd'])), 'idd')
    with tap.test('configuration/later-versions') as t:
        refused(t, 'throttle', config(throttle={'per_identifier': 3}), 'throttle')
        refused(t, 'sql override', config(changed(sql__login=['SELECT 1'])), 'users.sql')
    with tap.test('configuration/file-modes') as t:
        path = config()
        os.chmod(path, 0o620)
        refused(t, 'writable by the group', path)
        os.chmod(path, 0o600)
        t.equal('put right', idbc(path, '--json', 'login', 'nobody-here', password='x').status, 'DENIED')
    with tap.test('configuration/secrets') as t:
        secret = place.file('pw.txt', (db.password if db.engine == 'mariadb' else 'x') + '\n')
        if db.engine == 'mariadb':
            path = place.config('secret', driver.split('-')[0], {**options, 'password': {'file': 'pw.txt'}}, USERS)
            t.equal('from a file', idbc(path, '--json', 'login', 'nobody-here', password='x').status, 'DENIED')
        else:
            path = place.config('secret', 'odbc', options, {**USERS, 'vars': {'pepper': {'file': 'pw.txt'}}})
            t.equal('from a file', idbc(path, '--json', 'login', 'nobody-here', password='x').status, 'DENIED')
        os.chmod(secret, 0o644)
        refused(t, 'readable by others', path)


def identifiers(tap, config, db):
    with tap.test('input/invalid-before-the-store') as t:
        for what, value in (('not UTF-8', b'\xff\xfe'), ('control', 'a\x01b'), ('newline', 'a\nb'), ('2 KiB', 'a' * 2048),
                            ('empty', '')):
            for command in ('get-user', 'login'):
                answer = idbc(config, '--json', command, value, password=SECRET if command == 'login' else None)
                t.equal('%s %s' % (command, what), (answer.status, answer.code), ('INVALID', 2))
        answer = idbc(config, '--json', 'login', 'ada', password='p' * 5000)
        t.equal('5,000 byte password', (answer.status, answer.code), ('INVALID', 2))
        answer = idbc(config, '--json', 'get-user', '--by', 'user_id', 'other|1')
        t.equal('another connection', (answer.status, answer.json.get('code')), ('INVALID', 'wrong_connection'))
    with tap.test('input/sql-is-data') as t:
        before = row_counts(db)
        for value in ("' OR '1'='1", "ada' --", "ada'; DROP TABLE people; --", '%', 'ad_', 'ada\\', '\\', "ada' #", '`', '"',
                      '?', ':id', '1 OR 1=1', "0x61", 'ada/*', '\xbf\' OR 1=1 --'):
            for by in ('login', 'username', 'email'):
                answer = idbc(config, '--json', 'get-user', '--by', by, value)
                t.equal('get-user %s %s' % (by, value), answer.status, 'NO_USER')
            t.equal('login ' + value, idbc(config, '--json', 'login', value, password=SECRET).status, 'DENIED')
            t.equal('user_id ' + value, idbc(config, '--json', 'get-user', '--by', 'user_id', 'data|' + value).status, 'NO_USER')
            t.equal('delete ' + value, idbc(config, '--json', 'delete-user', 'data|' + value).status, 'NO_USER')
        for native in ('1abc', ' 1', '01', '+1', '1.0', '1e0', '-1', '99999999999999999999', '٣'):
            t.equal('user_id ' + native, idbc(config, '--json', 'get-user', '--by', 'user_id', 'data|' + native).status, 'NO_USER')
        t.equal('rows', row_counts(db), before)
    with tap.test('input/values-survive') as t:
        nasty = "'; DELETE FROM people; -- \\ \" % _ ? :id 🌻 é"
        made = idbc(config, '--json', 'create', password=nasty, stdin=json.dumps(
            {'username': 'Robert\'); DROP TABLE people;--', 'email': "o'brien+x@example.com", 'user_metadata': {'note': nasty}}))
        t.equal('create', made.status, 'OK') or t.check('answer', False, made)
        profile = made.json.get('profile') or {}
        t.equal('note', (profile.get('user_metadata') or {}).get('note'), nasty)
        t.equal('login', idbc(config, '--json', 'login', "Robert'); DROP TABLE people;--", password=nasty).status, 'OK')
        t.equal('delete', idbc(config, '--json', 'delete-user', profile.get('user_id', '')).status, 'OK')


def matching(tap, config, db):
    with tap.test('matching/collation-neighbours') as t:
        for login in ('zoé', 'ZOE', 'Zoe ', 'zoë', 'ｚｏｅ'):
            person(db, login, 'n%d@example.com' % len(db.sql('SELECT id FROM people')))
        for asked in ('zoe', 'zöe', 'zoE'):
            t.equal('login ' + asked, idbc(config, '--json', 'login', asked, password=SECRET).status, 'DENIED')
            t.equal('get-user ' + asked, idbc(config, '--json', 'get-user', asked).status, 'NO_USER')
        person(db, 'zoe', 'zoe@example.com')
        came = idbc(config, '--json', 'login', 'zoe', password=SECRET)
        t.equal('the right row among five', came.json.get('profile', {}).get('username'), 'zoe')
        t.equal('trailing blank', idbc(config, '--json', 'get-user', 'zoe ').status, 'NO_USER')
        t.equal('its own trailing blank', idbc(config, '--json', 'get-user', 'Zoe ').json.get('profile', {}).get('username'), 'Zoe ')
        for asked in ('zoé@example.com', 'zoe@example.com ', 'zoe@exámple.com'):
            t.equal('address ' + asked, idbc(config, '--json', 'get-user', '--by', 'email', asked).status, 'NO_USER')
        t.equal('address in capitals', idbc(config, '--json', 'get-user', '--by', 'email', 'ZOE@Example.COM').status, 'OK')
    with tap.test('matching/two-rows') as t:
        person(db, 'twin1', 'twin@example.com')
        person(db, 'twin2', 'TWIN@example.com')
        person(db, 'twin3', 'both@example.com')
        person(db, 'both@example.com', 'fourth@example.com')
        exact = idbc(config, '--json', 'get-user', '--by', 'email', 'twin@example.com')
        t.equal('exact wins', exact.json.get('profile', {}).get('username'), 'twin1')
        t.equal('by folds alone', idbc(config, '--json', 'get-user', '--by', 'email', 'Twin@example.com').status, 'AMBIGUOUS')
        t.equal('login', idbc(config, '--json', 'login', 'Twin@example.com', password=SECRET).status, 'DENIED')
        t.equal('name of one, address of another', idbc(config, '--json', 'login', 'both@example.com', password=SECRET).status, 'DENIED')
        t.equal('get-user', idbc(config, '--json', 'get-user', 'both@example.com').status, 'AMBIGUOUS')
        t.equal('by its field', idbc(config, '--json', 'get-user', '--by', 'username', 'both@example.com').json.get('profile', {}).get('email'), 'fourth@example.com')
        for args in (('change-password', 'Twin@example.com'), ('verify', 'Twin@example.com'), ('change-email', '--by', 'email', 'Twin@example.com', 'x@example.com')):
            extra = {'password': 'New pass 1'} if args[0] == 'change-password' else {}
            answer = idbc(config, '--json', *args, **extra)
            t.equal(args[0], (answer.status, answer.json.get('effect')), ('AMBIGUOUS', 'NONE'))
    with tap.test('matching/duplicates') as t:
        before = row_counts(db)
        for profile, code in (({'username': 'zoe', 'email': 'free@example.com'}, 'username_exists'),
                              ({'username': 'free', 'email': 'Zoe@Example.com'}, 'user_exists')):
            answer = idbc(config, '--json', 'create', password='Some pass 1', stdin=json.dumps(profile))
            t.equal(code, (answer.status, answer.code, answer.json.get('code'), answer.json.get('effect')), ('EXISTS', 1, code, 'NONE'))
        crossed = idbc(config, '--json', 'create', password='Some pass 1', stdin=json.dumps({'username': 'x1', 'email': 'BOTH@example.com'}))
        t.equal('address that is a user name', crossed.status, 'EXISTS')
        impostor = idbc(config, '--json', 'create', password='Some pass 1', stdin=json.dumps({'username': 'zoe@example.com', 'email': 'y@example.com'}))
        t.equal("user name that is another's address", (impostor.status, impostor.json.get('code')), ('INVALID', 'invalid_username'))
        unmapped = idbc(config, '--json', 'create', password='Some pass 1', stdin=json.dumps({'username': 'x2', 'email': 'z@example.com', 'picture': 'p'}))
        t.equal('unmapped field', (unmapped.status, unmapped.code), ('INVALID', 2))
        t.check('it is named', 'picture' in unmapped.json.get('message', ''), unmapped)
        for profile, code in (({'username': 'x3'}, 'email_required'), ({'email': 'q@example.com'}, 'username_required'),
                              ({'username': 'x4', 'email': 'no-address'}, 'invalid_email')):
            answer = idbc(config, '--json', 'create', password='Some pass 1', stdin=json.dumps(profile))
            t.equal(code, (answer.status, answer.json.get('code')), ('INVALID', code))
        t.equal('rows', row_counts(db), before)


def writes(tap, config, db):
    with tap.test('writes/no-news') as t:
        uid = idbc(config, '--json', 'get-user', 'zoe').json['profile']['user_id']
        for _ in range(2):
            t.equal('verify', idbc(config, '--json', 'verify', 'zoe@example.com').status, 'OK')
        for _ in range(2):
            t.equal('own address', idbc(config, '--json', 'change-email', '--verified', '--by', 'user_id', uid, 'zoe@example.com').status, 'OK')
        t.equal('own address in capitals', idbc(config, '--json', 'change-email', '--by', 'user_id', uid, 'Zoe@Example.com').status, 'OK')
        seen = idbc(config, '--json', 'get-user', 'zoe').json['profile']
        t.equal('flag is what was passed', (seen['email'], seen['email_verified']), ('Zoe@Example.com', False))
        for command in (('verify', 'none@example.com'), ('change-password', 'nobody'), ('change-email', 'nobody', 'q@example.com')):
            extra = {'password': 'New pass 1'} if command[0] == 'change-password' else {}
            answer = idbc(config, '--json', *command, **extra)
            t.equal(command[0] + ' of nobody', (answer.status, answer.code, answer.json.get('effect')), ('NO_USER', 1, 'NONE'))
    with tap.test('writes/foreign-key') as t:
        before = row_counts(db)
        uid = idbc(config, '--json', 'get-user', 'zoe').json['profile']['user_id']
        db.sql("INSERT INTO sessions VALUES (%s, 'x')" % uid.split('|')[1])
        answer = idbc(config, '--json', 'delete-user', uid)
        t.equal('refused', (answer.status, answer.code, answer.json.get('effect')), ('CONFLICT', 1, 'NONE'))
        if db.engine == 'mariadb':
            t.check('names the table', 'sessions' in answer.json.get('message', ''), answer)
        t.equal('nothing gone', difference(before, row_counts(db)), {'sessions': 1})
        db.sql('DELETE FROM sessions')
        t.equal('then it goes', idbc(config, '--json', 'delete-user', uid).status, 'OK')
    with tap.test('writes/stored-forms-never-accepted') as t:
        for n, stored in enumerate(('*', '!', '!!', '*0', '*1', 'x', 'ab', '$6$salt$', '$2y$10$abcdefghijklmnopqrstuu', '', ' ', 'NULL',
                                    '$2b$31$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui')):
            name = 'locked%d' % n
            db.sql("INSERT INTO people (login, mail, pw) VALUES ('%s', '%s@example.com', '%s')" % (name, name, stored))
            for secret in ('', stored, 'x', '*', SECRET):
                answer = idbc(config, '--json', 'login', name, password=secret)
                t.equal('%r with %r' % (stored, secret), (answer.status, answer.code), ('DENIED', 1))
        db.sql("INSERT INTO people (login, mail, pw) VALUES ('nullpw', 'nullpw@example.com', NULL)")
        t.equal('NULL', idbc(config, '--json', 'login', 'nullpw', password='').status, 'DENIED')
        t.equal('the hash as the password', idbc(config, '--json', 'login', 'twin1', password=digest()).status, 'DENIED')


def unreachable(tap, place, driver, db):
    def down(t, what, options):
        path = place.config('down', driver.split('-')[0], options, USERS, timeout_ms=3000)
        for command in (('login', 'ada'), ('get-user', 'ada'), ('delete-user', 'down|1')):
            answer = idbc(path, '--json', *command, password=SECRET if command[0] == 'login' else None)
            t.equal('%s: %s' % (what, command[0]), (answer.status, answer.code), ('UNAVAILABLE', 3))
            t.check(what + ' says no secret', db.engine != 'mariadb' or db.password not in answer.out + answer.err, answer)

    with tap.test('store/not-reachable') as t:
        if db.engine == 'sqlite':
            down(t, 'no file', {'attributes': {'Driver': 'SQLite3', 'Database': place.path + '/absent.db'}})
            t.check('nothing made', not os.path.exists(place.path + '/absent.db'))
            down(t, 'no folder', {'attributes': {'Driver': 'SQLite3', 'Database': place.path + '/no/absent.db'}})
            return
        good = db.options(driver)
        down(t, 'wrong password', {**good, 'password': 'wrong'})
        if driver == 'mysql':
            down(t, 'no socket', {**good, 'socket': place.path + '/none.sock'})
            del good['socket']
            down(t, 'refused port', {**good, 'host': '127.0.0.1', 'port': 1})
        else:
            down(t, 'no socket', {**good, 'attributes': {**good['attributes'], 'SOCKET': place.path + '/none.sock'}})
    if driver == 'mysql':
        tls(tap, place, db, down)


def tls(tap, place, db, down):
    ca, wrong = os.environ['IDBC_TEST_MYSQL_CA'], os.environ['IDBC_TEST_MYSQL_WRONG_CA']
    base = {'host': '127.0.0.1', 'port': int(db.port), 'user': db.user, 'password': db.password, 'database': db.name}
    with tap.test('store/tls') as t:
        for mode in ('verify_ca', 'verify_identity'):
            path = place.config('tls', 'mysql', {**base, 'tls': {'mode': mode, 'ca': ca}}, USERS)
            t.equal(mode, idbc(path, '--json', 'get-user', 'nobody-here').status, 'NO_USER')
            down(t, mode + ' with another CA', {**base, 'tls': {'mode': mode, 'ca': wrong}})
        path = place.config('tls', 'mysql', {**base, 'tls': {'mode': 'off'}}, USERS)
        t.equal('off', idbc(path, '--json', 'get-user', 'nobody-here').status, 'NO_USER')


if __name__ == '__main__':
    driver = sys.argv[1]
    tap = Tap('bad-input/' + driver)
    with Workplace() as place:
        db = SQLite('people', place.path) if driver == 'odbc-sqlite' else MariaDB('people')
        ddl = place.file('ddl.sql', DDL[db.engine])
        db.load(ddl)
        person(db, 'ada', 'ada@example.com')
        config = place.config('data', driver.split('-')[0], db.options(driver), USERS)
        configurations(tap, place, driver, db)
        identifiers(tap, config, db)
        matching(tap, config, db)
        writes(tap, config, db)
        unreachable(tap, place, driver, db)
    tap.done()
