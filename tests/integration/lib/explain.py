"""One login walked: for a table of users the explanation comes to the verdict of the login
itself, stops at the step expected, shows no secret and leaves the store as it was."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kit import IDBC, SQLite, Tap, Workplace, idbc  # noqa: E402

RIGHT = 'Right pass 1!'
LONG = 'L0ng ' * 20             # bcrypt sees the first 72 bytes

TABLE = '''CREATE TABLE people (id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT, username TEXT, pw TEXT,
 blocked INTEGER DEFAULT 0, verified INTEGER DEFAULT 1, gone INTEGER DEFAULT 0, expired INTEGER DEFAULT 0,
 seen TEXT, logins INTEGER DEFAULT 0);'''

USERS = {
    'user': {'table': 'people', 'key': 'id', 'id': 'auto'},
    'profile': {'email': 'email', 'username': 'username',
                'email_verified': {'col': 'verified', 'bool': True}, 'blocked': {'col': 'blocked', 'bool': True},
                'deleted': {'col': 'gone', 'bool': True}, 'password_expired': {'col': 'expired', 'bool': True}},
    'login': {'by': ['email', 'username'], 'require_verified': True, 'touch': {'seen': '$now', 'logins': '$count'}},
    'password': {'col': 'pw', 'accept': ['argon2', 'bcrypt/2b', 'raw/sha256-hex', 'raw/md5-hex'], 'input': ['nfc', 'trim'],
                 'write': {'scheme': 'argon2/argon2id-v19', 'memory_kib': 1024, 'iterations': 1}},
}


def stored(scheme, password=RIGHT):
    line = json.dumps({'password': password}).encode()
    done = subprocess.run([IDBC, 'password', 'hash', '--scheme', scheme], input=line, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)['hash']


def people():
    """name: what is stored, the other columns, the step at which a walk without a password stops."""
    argon = stored('argon2/argon2id-v19')
    return {
        'right': (argon, {}, None),
        'blocked': (argon, {'blocked': 1}, 'blocked'),
        'unverified': (argon, {'verified': 0}, 'email_verified'),
        'nobodyknows': (argon, {'verified': None}, 'email_verified'),
        'expired': (argon, {'expired': 1}, 'password_expired'),
        'blockedtoo': (argon, {'blocked': 1, 'verified': 0, 'expired': 1}, 'blocked'),
        'deleted': (argon, {'gone': 1}, 'rows'),
        'nopassword': (None, {}, 'credential'),
        'empty': ('', {}, 'credential'),
        'star': ('*', {}, 'credential'),
        'locked': ('!' + argon, {}, 'credential'),
        'cutoff': (argon[:-2], {}, 'credential'),
        'barehash': (argon[:argon.rindex('$') + 1], {}, 'credential'),
        'nonsense': ('what is this', {}, 'credential'),
        'foreign': (stored('phpass/P'), {}, 'credential'),
        'sha512': ('$6$rounds=5000$abcdefgh$' + 'a' * 86, {}, 'credential'),
        'expensive': (argon.replace('m=19456', 'm=4194304'), {}, 'credential'),
        'weak': ('2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b', {}, None),
        'md5': ('202cb962ac59075b964b07152d234b70', {}, None),
        'cheap': (argon.replace('m=19456', 'm=64'), {}, None),
        'long': (stored('bcrypt/2b', LONG[:72]), {}, None),
        'other@example.com': (argon, {'email': 'another@example.com'}, 'rows'),
        'other': (argon, {}, None),
        'twin1': (argon, {'email': 'twins@example.com'}, None),
        'twin2': (argon, {'email': 'twins@example.com'}, None),
    }


def fill(db, table):
    rows = []
    for name, (pw, more, _) in table.items():
        row = {'username': name, 'email': name.split('@')[0] + '@example.com', 'pw': pw, **more}
        value = lambda v: 'NULL' if v is None else str(v) if isinstance(v, int) else "'%s'" % v.replace("'", "''")
        rows.append('INSERT INTO people (%s) VALUES (%s);' % (', '.join(row), ', '.join(map(value, row.values()))))
    db.sql(TABLE + '\n'.join(rows))


def explained(config, who, password=None, *more):
    return idbc(config, '--json', *more, 'check', '--login', who, password=password)


def step_of(answer):
    """The step before the answer that stopped; the answers' own line is always the last."""
    steps = answer.json.get('steps', [])
    stops = [s['step'] for s in steps if s['result'] == 'stop']
    return (stops[0] if stops else None) if steps and steps[-1]['step'] == 'answer' else 'no answer'


def text_of(answer, step):
    return ' | '.join(s['text'] for s in answer.json.get('steps', []) if s['step'] == step)


def verdicts(tap, config, db, table):
    passwords = {'the right one': RIGHT, 'a wrong one': 'Wrong pass 1!', 'an empty one': '', 'blanks about it': ' %s ' % RIGHT,
                 'a long one': LONG, 'too long a one': 'x' * 5000, 'NUL in it': 'a\0b', 'not UTF-8': b'\xff\xfe'}
    before = db.sql('SELECT * FROM people ORDER BY id')
    # The walks first: a login would touch and upgrade.
    names = list(table) + ['OTHER', 'right@example.com', 'RIGHT@EXAMPLE.COM', 'twins@example.com', 'nobody', 'nobody@example.com',
                           'r\u0131ght', 'rightt', ' right', '', 'a\x01b', b'\xff', 'x' * 1025]
    walks = {}
    for what, password in passwords.items():
        for who in names if what in ('the right one', 'a wrong one') else ('right', 'long', 'weak', 'nobody', 'nopassword', 'blocked'):
            walks[who, what] = explained(config, who, password, '--audit')
    with tap.test('verdict/nothing-is-written') as t:
        t.equal('rows', db.sql('SELECT * FROM people ORDER BY id'), before)
    with tap.test('verdict/as-the-login') as t:
        for (who, what), walk in walks.items():
            login = idbc(config, '--json', '--audit', 'login', who, password=passwords[what])
            said = tuple(walk.json.get(k) for k in ('status', 'code', 'detail', 'message'))
            t.equal('%.40r, %s' % (who, what), (walk.code,) + said,
                    (login.code,) + tuple(login.json.get(k) for k in ('status', 'code', 'detail', 'message')))
            t.equal('%.40r, %s: stderr' % (who, what), walk.err, '')
        t.check('enough of them', len(walks) > 80, len(walks))
        answers = {walk.json.get('detail') or walk.status for walk in walks.values()}
        for wanted in ('OK', 'BLOCKED', 'PASSWORD_EXPIRED', 'INVALID', 'UNKNOWN_USER', 'WRONG_PASSWORD', 'NO_PASSWORD',
                       'BAD_CREDENTIAL', 'AMBIGUOUS'):
            t.check(wanted, wanted in answers, sorted(answers))


def without(tap, config, table):
    with tap.test('without-a-password/stops') as t:
        for who, (_, _, stop) in list(table.items()) + [('nobody', (0, 0, 'rows')), ('twins@example.com', (0, 0, 'rows'))]:
            walk = explained(config, who)
            t.equal(who, (walk.code, step_of(walk)), (1 if stop else 0, stop))
            t.check(who + ' said so', stop in ('rows', 'credential') or 'not tried' in text_of(walk, 'password'), walk)
    with tap.test('without-a-password/exit-status') as t:
        dark = subprocess.run([IDBC, '-c', config, 'check', '--login', 'right'], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        t.equal('nobody to ask', dark.returncode, 0)
        t.check('last line', dark.stdout.decode().splitlines()[-1].startswith('ok    answer: OK'), dark.stdout)


def words(tap, config):
    cases = (
        ('right', RIGHT, 'statement', 'email (letter case aside) or username (bytes equal)'),
        ('right', RIGHT, 'rows', 'one user, found by username'),
        ('right', RIGHT, 'credential', 'recognised as argon2/argon2id-v19 with 2 passes, 19456 KiB, 1 lanes, accepted'),
        ('right', RIGHT, 'password', 'right, taken as input nfc'),
        ('right', ' %s ' % RIGHT, 'password', 'right, taken as input trim'),
        ('right', 'x', 'password', 'wrong, in 1 form '), ('right', ' x', 'password', 'wrong, in 2 forms '),
        ('right', '', 'password', 'an empty password is never right'),
        ('right', RIGHT, 'upgrade', 'not stored anew as argon2/argon2id-v19: what is stored is neither weak nor cheaper'),
        ('right', RIGHT, 'touch', 'seen, logins'),
        ('weak', 'secret', 'credential', 'raw/sha256-hex, accepted though weak'),
        ('md5', '123', 'upgrade', 'would be stored anew as argon2/argon2id-v19, '),
        ('md5', ' 123 ', 'upgrade', 'the password matched in another form'),
        ('long', LONG, 'upgrade', 'neither weak nor cheaper'),
        ('deleted', RIGHT, 'deleted', 'profile.deleted hides 1 row that matches'),
        ('nopassword', RIGHT, 'credential', 'no password is stored'), ('empty', RIGHT, 'credential', 'no password is stored'),
        ('star', RIGHT, 'credential', 'a marker'), ('locked', RIGHT, 'credential', 'a marker'),
        ('cutoff', RIGHT, 'credential', 'malformed'), ('nonsense', RIGHT, 'credential', 'malformed'),
        ('foreign', RIGHT, 'credential', 'recognised as phpass/P with 2^13 rounds, which users.password.accept does not allow'),
        ('expensive', RIGHT, 'credential', '4194304 KiB, 1 lanes, which is above the ceiling'),
        ('other@example.com', RIGHT, 'rows', 'more than one user: one by '), ('twins@example.com', RIGHT, 'rows', 'one by email, another by email'),
        ('unverified', RIGHT, 'email_verified', 'login.require_verified asks for it'),
    )
    with tap.test('words/each-step') as t:
        for who, password, step, part in cases:
            walk = explained(config, who, password)
            t.check('%s, %s: %s' % (who, step, part), part in text_of(walk, step), text_of(walk, step))
    with tap.test('words/shape') as t:
        walk = explained(config, 'right', RIGHT)
        t.equal('members', sorted(walk.json), ['findings', 'status', 'steps'])
        t.equal('of a refusal', sorted(explained(config, 'blocked', RIGHT).json), ['code', 'findings', 'message', 'status', 'steps'])
        t.equal('of a step', {tuple(sorted(s)) for s in walk.json['steps']}, {('result', 'step', 'text')})
        t.check('results', {s['result'] for s in walk.json['steps']} <= {'ok', 'stop', 'note'}, walk)
        text = idbc(config, 'check', '--login', 'right', password=RIGHT)
        t.equal('as text', [line[:4].strip() for line in text.out.splitlines()], [s['result'] for s in walk.json['steps']])


def secrets(tap, config, table):
    with tap.test('secrets/none-shown') as t:
        for who, (pw, _, _) in table.items():
            for password in (RIGHT, 'Wrong pass 1!', None):
                walk = idbc(config, '--log', 'debug', 'check', '--login', who, password=password)
                shown = walk.out + walk.err
                t.check(who + ': password', not password or password not in shown, shown)
                t.check(who + ': hash', not pw or len(pw) < 2 or (pw not in shown and pw[-20:] not in shown), shown)
                t.check(who + ': address', '@example.com' not in shown or '@' in who, shown)


def no_store(tap, place):
    with tap.test('no-verdict/store-and-configuration') as t:
        away = place.config('away', 'odbc', {'attributes': {'Driver': 'SQLite3', 'Database': 'absent.db'}})
        walk = explained(away, 'right', RIGHT)
        t.equal('no store', (walk.code, walk.status, step_of(walk)), (3, 'UNAVAILABLE', 'store'))
        t.equal('findings', walk.json.get('findings'), [])
        wrong = place.config('wrong', 'odbc', {'attributes': {'Driver': 'SQLite3', 'Database': 'x.db'}}, nonsense=1)
        walk = explained(wrong, 'right', RIGHT)
        t.equal('wrong', (walk.code, walk.status, len(walk.json.get('findings', []))), (2, 'CONFIG', 1))
        narrow = place.config('people', 'odbc', {'attributes': {'Driver': 'SQLite3', 'Database': 'people.db'}},
                              USERS, operations=['getUser'])
        walk = explained(narrow, 'right', RIGHT)
        t.equal('not offered', (walk.code, walk.status, step_of(walk)), (2, 'UNSUPPORTED', 'request'))
    with tap.test('no-verdict/a-mapping-that-does-not-fit') as t:
        users = json.loads(json.dumps(USERS))
        users['profile']['name'] = 'fullname'
        misfit = place.config('people', 'odbc', {'attributes': {'Driver': 'SQLite3', 'Database': 'people.db'}}, users)
        walk = explained(misfit, 'right', RIGHT)
        t.equal('misfit', (walk.code, walk.status), (2, 'CONFIG'))
        t.check('which', 'fullname' in walk.out, walk)


def switches(tap, place):
    options = {'attributes': {'Driver': 'SQLite3', 'Database': 'people.db'}}

    def asked(users=None, **more):
        config = place.config('people', 'odbc', options, {**USERS, **(users or {})}, **more)
        return config, explained(config, 'weak', 'secret')

    with tap.test('upgrade/switches') as t:
        plain = {k: v for k, v in USERS['password'].items()}
        t.check('on', 'would be stored anew' in text_of(asked()[1], 'upgrade'), asked()[1])
        t.check('off', 'is off' in text_of(asked(password={'upgrade': False})[1], 'upgrade'), '')
        t.check('dry', 'dry run' in text_of(asked(password={'upgrade': 'dry-run'})[1], 'upgrade'), '')
        t.check('users off', 'is off' in text_of(asked({'password': {**plain, 'upgrade': False}})[1], 'upgrade'), '')
        other = {**plain, 'accept': ['raw/sha256-hex']}
        t.check('not read', 'does not name it' in text_of(asked({'password': other})[1], 'upgrade'), asked({'password': other})[1])
        free = {**USERS['login'], 'require_verified': False}
        config, _ = asked({'login': free})
        walk = explained(config, 'unverified', RIGHT)
        t.equal('not required', (walk.code, walk.status), (0, 'OK'))


def own_sql(tap, place):
    """Users read by SQL of the author's own are explained by the same walk."""
    read = ('SELECT id AS user_id, email, username, pw AS pw_hash, blocked, verified AS email_verified, gone AS deleted, '
            'expired AS password_expired FROM people WHERE username = :login')
    config = place.config('people', 'odbc', {'attributes': {'Driver': 'SQLite3', 'Database': 'people.db'}},
                          {**USERS, 'sql': {'login': read, 'getUser': read}})
    with tap.test('own-sql/as-the-login') as t:
        for who in ('right', 'blocked', 'unverified', 'expired', 'deleted', 'nopassword', 'star', 'foreign', 'nobody'):
            for password in (RIGHT, 'Wrong pass 1!'):
                walk, login = explained(config, who, password), idbc(config, '--json', 'login', who, password=password)
                t.equal(who, (walk.code, walk.status, walk.json.get('code')), (login.code, login.status, login.json.get('code')))
        t.equal('right', explained(config, 'right', RIGHT).status, 'OK')


def main():
    tap = Tap('explain')
    with Workplace() as place:
        db = SQLite('people', place.path)
        table = people()
        fill(db, table)
        config = place.config('people', 'odbc', {'attributes': {'Driver': 'SQLite3', 'Database': 'people.db'}}, USERS)
        without(tap, config, table)
        words(tap, config)
        secrets(tap, config, table)
        no_store(tap, place)
        switches(tap, place)
        config = place.config('people', 'odbc', {'attributes': {'Driver': 'SQLite3', 'Database': 'people.db'}}, USERS)
        verdicts(tap, config, db, table)
        own_sql(tap, place)
    tap.done()


main()
