"""What stands in files that people import: the report is right, the rest goes on, memory does not grow.

usage: bulk_input.py [SEED]"""
import json
import os
import random
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kit import IDBC, SLOWER, Answer, Tap, Workplace, database, heard, idbc  # noqa: E402

HASH = '$2b$04$abcdefghijklmnopqrstuuWJL8n3p0DzyHCKoAIxrGZ1FLYQHXJYe'
MANY = 50000


def fresh(place, name):
    db = database('odbc-sqlite', name, place.path)
    config = place.config(name, 'odbc', db.options('odbc-sqlite'), throttle={})
    made = idbc(config, 'check', '--create')
    assert made.code == 0, made
    return db, config


def put(place, name, data):
    path = os.path.join(place.path, name)
    with open(path, 'wb') as f:
        f.write(data)
    return path


def record(i, **more):
    return json.dumps({'user_id': 'n%d' % i, 'email': 'n%d@example.com' % i, 'user_metadata': {'n': i},
                       'password_hash': HASH, **more}).encode()


def peak_of(pid):
    try:
        with open('/proc/%d/status' % pid, encoding='ascii') as f:
            found = re.search(r'VmHWM:\s+(\d+) kB', f.read())
        return int(found.group(1)) if found else 0
    except OSError:
        return 0


def watched(config, *args):
    """The command's answer, and the most memory it had, in kB."""
    process = subprocess.Popen([IDBC, '-c', config, '--json', *args], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    peak = 0
    while True:
        try:
            out, err = process.communicate(timeout=0.02)
            break
        except subprocess.TimeoutExpired:
            peak = max(peak, peak_of(process.pid))
    heard(err.decode(errors='replace'))
    return Answer(subprocess.CompletedProcess([], process.returncode, out, err)), peak


def told(answer):
    return {x['line']: x.get('code') for x in answer.json.get('lines', [])}


# --- 50,000 lines ------------------------------------------------------------------------------

def wrong_lines(dice, i):
    """One after the other, each with the code that it is told with."""
    return [(b'{"email": "torn', 'invalid_json'),
            (b'{"email": "nul\0@example.com"}', 'invalid_json'),
            (b'\0\0\0\0', 'invalid_json'),
            (b'{"email": "nul\\u0000@example.com"}', 'invalid_json'),
            (b'{"email": "u%d@example.com", "name": "\xff\xfe"}' % i, 'invalid_json'),
            (b'{"email": "u%d@example.com", "name": "\xed\xa0\x80"}' % i, 'invalid_json'),
            (b'{"email": "u%d@example.com", "email": "v@example.com"}' % i, 'invalid_json'),
            (b'["u%d@example.com"]' % i, 'invalid_json'),
            (record(i) + record(i + 1), 'invalid_json'),
            (b'{"email": "u%d@example.com", "picture": ' % i + b'[' * 200 + b']' * 200 + b'}', 'invalid_profile'),
            (b'{"name": "nobody"}', 'identifier_required'),
            (b'{"email": "nobody.example.com"}', 'invalid_email'),
            (b'{"username": "tab\\there"}', 'invalid_username'),
            (record(i, password_hash='$2b$31$' + 'a' * 53), 'hash_not_accepted'),
            (record(i, password_hash=HASH[:-1]), 'hash_not_accepted'),
            (record(i, created_at='tomorrow'), 'invalid_time'),
            (record(i, shoe_size=44), 'unmapped_field'),
            (record(dice.randrange(i)), 'user_exists'),                 # one of this file
            (b'{"email": "N%d@EXAMPLE.com"}' % dice.randrange(i), 'user_exists'),
            (b'{"email": "before@example.com"}', 'user_exists')]        # one of the store


def hostile_file(dice):
    """(bytes, codes by line, users): a mark in front, CR LF, empty lines, a line of 10 MiB."""
    out, wanted, line, users = [b'\xef\xbb\xbf'], {}, 0, 0
    kinds = 0
    for i in range(MANY):
        line += 1
        if i % 100 == 99:
            text, wanted[line] = wrong_lines(dice, users)[kinds % 20]
            kinds += 1
        elif i == MANY // 2:
            text, wanted[line] = b'{"email": "long@example.com", "name": "' + b'x' * (10 << 20) + b'"}', 'invalid_profile'
        else:
            text, users = record(users), users + 1
        out.append(text + (b'\r\n' if i % 3 else b'\n'))
        if i % 1000 == 500:
            out.append(b'  \r\n\n')
            line += 2
    return b''.join(out), wanted, users


def hostile(tap, place, dice):
    db, config = fresh(place, 'hostile')
    small_db, small = fresh(place, 'small')
    data, wanted, users = hostile_file(dice)
    with tap.test('50,000-lines') as t:
        for one in config, small:
            assert idbc(one, 'import', stdin='{"email": "before@example.com"}').code == 0
        begun = time.monotonic()
        answer, peak = watched(config, 'import', put(place, 'hostile.jsonl', data))
        print('# %d lines in %.1f s' % (MANY, time.monotonic() - begun), flush=True)
        t.equal('exit status', answer.code, 1)
        got = told(answer)
        t.equal('lines', sorted(set(wanted.items()) ^ set(got.items()))[:6], [])
        exists = sum(code == 'user_exists' for code in wanted.values())
        t.equal('counts', [answer.json.get(k) for k in ('created', 'updated', 'exists', 'refused')],
                [users, 0, exists, len(wanted) - exists])
        t.equal('rows', db.sql('SELECT COUNT(*), COUNT(DISTINCT id), COUNT(DISTINCT email) FROM idbc_users'),
                [[str(users + 1)] * 3])
        t.check('no secret in the report', HASH[:20] not in answer.out + answer.err)
        _, little = watched(small, 'import', put(place, 'small.jsonl', data[:data.index(b'"n500"')]))
        t.equal('those of the small one', small_db.sql('SELECT COUNT(*) > 400 FROM idbc_users'), [['1']])
        print('# at most %d kB, of 500 lines %d kB' % (peak, little), flush=True)
        if SLOWER == 1:                     # a sanitizer keeps what was freed
            t.check('memory is that of 500 lines and of one record', peak < 2 * little + 8192, (peak, little))


# --- arrays ------------------------------------------------------------------------------------

def arrays(tap, place):
    r = [record(i) for i in range(8)]
    cases = {
        'whole': (b'[' + b',\r\n'.join(r) + b'\r\n]\r\n', 8, {}),
        'with a mark in front': (b'\xef\xbb\xbf [' + b','.join(r) + b']', 8, {}),
        'nested': (b'[' + record(0, app_metadata={'a': [{'b': ['},{', ']', '"']}, {}]}) + b',' + r[1] + b']', 2, {}),
        'cut in the middle of a record': (b'[' + r[0] + b',\n' + r[1] + b',\n' + r[2][:-20], 2, {3: 'invalid_json'}),
        'cut in the middle of a string': (b'[' + r[0] + b',\n' + r[1][:30], 1, {2: 'invalid_json'}),
        'cut between records': (b'[' + r[0] + b',\n' + r[1] + b'\n', 2, {3: 'invalid_json'}),
        'a brace too many': (b'[' + r[0] + b',\n' + r[1] + b'},\n' + r[2] + b',\n' + r[3] + b']', 3, {2: 'invalid_json'}),
        'a brace too few': (b'[' + r[0] + b',\n' + r[1][:-1] + b',\n' + r[2] + b',\n' + r[3] + b']', 3, {2: 'invalid_json'}),
        'the last brace is missing': (b'[' + r[0] + b',\n' + r[1][:-1] + b'\n]', 1, {2: 'invalid_json'}),
        'a bracket too few': (b'[' + r[0] + b',\n{"email": "l@example.com", "groups": ["a"},\n' + r[2] + b']', 2, {2: 'invalid_json'}),
        'a string without its end': (b'[' + r[0] + b',\n' + r[1][:-2] + b'},\n' + r[2] + b',\n' + r[3] + b']', 3, {2: 'invalid_json'}),
        'no comma': (b'[' + r[0] + b'\n' + r[1] + b']', 2, {}),
        'other things': (b'[' + r[0] + b',\nnull,\n1,\n"x",\n[],\n{},\n' + r[1] + b']', 2,
                         {2: 'invalid_json', 3: 'invalid_json', 4: 'invalid_json', 5: 'invalid_json', 6: 'identifier_required'}),
        'something behind it': (b'[' + r[0] + b']\n' + r[1] + b'\n' + r[2], 3, {2: 'invalid_json'}),
        'another one behind it': (b'[' + r[0] + b']\n\n[' + r[1] + b',' + r[2] + b']', 3, {3: 'invalid_json'}),
        'lines behind a bracket': (b'[]\n' + r[0] + b'\n' + r[1] + b'\n', 2, {2: 'invalid_json'}),
        'NUL and no UTF-8': (b'[' + r[0] + b',\n\0,\n{"email": "\xff@example.com"},\n' + r[1] + b']', 2,
                             {2: 'invalid_json', 3: 'invalid_json'}),
        'too deep': (b'[' + r[0] + b',\n' + b'[' * 5000 + b']' * 5000 + b',\n' + r[1] + b']', 2, {2: 'invalid_profile'}),
        'one of 3 MiB': (b'[' + r[0] + b',\n{"name": "' + b'y' * (3 << 20) + b'"},\n' + r[1] + b']', 2, {2: 'invalid_profile'}),
        'nobody': (b'[]', 0, {}), 'nothing': (b'', 0, {}), 'blanks': (b'\n \r\n\n', 0, {}),
    }
    db, config = fresh(place, 'arrays')
    with tap.test('arrays') as t:
        for name, (data, users, wanted) in cases.items():
            answer = idbc(config, '--json', 'import', put(place, 'array.json', data))
            t.equal(name, (answer.code, answer.json.get('created'), told(answer)), (1 if wanted else 0, users, wanted))
            db.sql('DELETE FROM idbc_users')


# --- addresses ----------------------------------------------------------------------------------

def addresses(tap, place):
    """The same rule as a create's, whatever it is."""
    db, config = fresh(place, 'addresses')
    odd = ['plain', 'a@b@c', 'x y@example.com', '"q"@example.com', '@example.com', 'a@', 'a@-b.example.com', 'a..b@example.com',
           '.a@example.com', 'a@b..c', 'a\tb@example.com', 'a@exa_mple.com', 'a' * 65 + '@example.com', 'a@' + 'b' * 250 + '.com',
           'a@' + 'b' * 64 + '.com', 'good@example.com', 'g+1@example.com', 'ü@example.com', "o'neil@example.com", 'root@localhost']
    with tap.test('addresses') as t:
        made = {}
        for address in odd:
            answer = idbc(config, '--json', 'create', '--email', address, password='Qv-77-plum')
            made[address] = answer.json.get('code') or answer.status
        db.sql('DELETE FROM idbc_users')
        answer = idbc(config, '--json', 'import', put(place, 'odd.jsonl', b''.join(json.dumps({'email': a}).encode() + b'\n' for a in odd)))
        lines = told(answer)
        for n, address in enumerate(odd, 1):
            t.equal(address[:40], lines.get(n, 'OK'), made[address])
        t.check('some are good and some are not', 0 < len(lines) < len(odd), lines)


# --- killed ---------------------------------------------------------------------------------------

def state_of(path):
    if not os.path.exists(path):
        return {'records': 0, 'created': 0, 'updated': 0, 'exists': 0, 'refused': 0}
    with open(path, encoding='utf-8') as f:
        return json.load(f)


def count(db):
    return int(db.sql('SELECT COUNT(*) FROM idbc_users')[0][0])


def killed(tap, place, dice, name, options):
    db, config = fresh(place, name)
    users, data, wanted = 0, [], {}
    for line in range(1, 12001):
        if line % 400 == 0:
            data.append([b'{"email": "torn\n', b'{"email": "before@example.com", "given_name": "Later"}\n'][line // 400 % 2])
            wanted[line] = line // 400 % 2
        else:
            data.append(record(users) + b'\n')
            users += 1
    path, state = put(place, name + '.jsonl', b''.join(data)), os.path.join(place.path, name + '.state')
    torn, known = sum(not x for x in wanted.values()), sum(wanted.values())
    upsert = '--upsert' in options
    with tap.test('killed-at-any-moment' + ''.join(options)) as t:
        assert idbc(config, 'import', stdin='{"email": "before@example.com", "given_name": "Before"}').code == 0
        before, kills, patience = state_of(state), 0, 3.0
        while kills < 12 and before['records'] < len(data):
            process = subprocess.Popen([IDBC, '-c', config, 'import', *options, '--state', state, path], stderr=subprocess.DEVNULL)
            time.sleep(dice.uniform(0, patience / 10))
            process.kill()
            if process.wait() == 1:
                break
            kills += 1
            now = state_of(state)           # whole, or it cannot be read
            t.check('it goes forward', all(now[k] >= before[k] for k in before if k != 'digest'), (before, now))
            t.equal('each record once', now['created'] + now['updated'] + now['exists'] + now['refused'], now['records'])
            t.check('who is remembered is there', count(db) - 1 >= now['created'], (count(db), now))
            before = now
        t.check('it was killed', kills >= 3, kills)
        answer = idbc(config, '--json', 'import', *options, '--state', state, path, timeout=120)
        t.equal('exit status', answer.code, 1)
        got = [answer.json.get(k) for k in ('created', 'updated', 'exists', 'refused')]
        if upsert:                          # made and not remembered: updated
            t.equal('counts', (got[0] + got[1], got[2:]), (users + known, [0, torn]))
        else:
            t.equal('counts', got, [users, 0, known, torn])
        t.equal('rows', db.sql('SELECT COUNT(*), COUNT(DISTINCT id), COUNT(DISTINCT email) FROM idbc_users'), [[str(users + 1)] * 3])
        again = idbc(config, '--json', 'import', *options, '--state', state, path)
        t.equal('over', [again.json.get(k) for k in ('created', 'updated', 'exists', 'refused')], got)
        t.equal('no file left over', [f for f in os.listdir(place.path) if f.startswith(name + '.state')], [name + '.state'])
    print('# %s: killed %d times' % (name, kills), flush=True)


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else os.getpid()
    print('# seed %d' % seed, flush=True)
    tap, dice = Tap('bulk-input'), random.Random(seed)
    with Workplace() as place:
        arrays(tap, place)
        addresses(tap, place)
        hostile(tap, place, dice)
        killed(tap, place, dice, 'killed', [])
        killed(tap, place, dice, 'killedupsert', ['--upsert'])
    tap.done()


if __name__ == '__main__':
    main()
