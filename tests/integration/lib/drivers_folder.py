"""`idbc drivers`: what it says of drivers with and without their optional slots, made of
examples/driver_skeleton, and that no bad file beside them hides a good one."""
import glob
import json
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kit import BUILD, IDBC, ROOT, Answer, Tap, Workplace  # noqa: E402

SKELETON = os.path.join(ROOT, 'examples', 'driver_skeleton')
ALL = ['login', 'getUser', 'create', 'verify', 'changePassword', 'deleteUser', 'changeEmail']
LOSSES = {'create': 'nobody can sign up', 'verify': 'an e-mail address cannot be marked as verified',
          'changePassword': 'nobody can change a password', 'changeEmail': 'nobody can change an e-mail address',
          'deleteUser': 'nobody can be deleted'}


def build(place, name, *changes):
    """The skeleton with some of its text another, as NAME.so."""
    source = os.path.join(place.path, 'source-' + name)
    shutil.copytree(SKELETON, source)
    path = os.path.join(source, 'skeleton.c')
    with open(path, encoding='utf-8') as f:
        text = f.read()
    for old, new in changes:
        if not re.search(old, text):
            raise RuntimeError('the skeleton has no ' + old)
        text = re.sub(old, new, text)
    with open(path, 'w', encoding='utf-8') as f:
        f.write(text)
    target = os.path.join(place.path, 'drivers', name + '.so')
    os.makedirs(os.path.dirname(target), exist_ok=True)
    subprocess.run([*os.environ.get('CC', 'cc').split(), '-std=c11', '-D_GNU_SOURCE', '-fPIC', '-fvisibility=hidden',
                    '-shared', '-Wl,-z,nodelete', '-Wno-unused-function', '-I' + ROOT + '/include', '-o', target,
                    *glob.glob(source + '/*.c')], check=True, stderr=subprocess.DEVNULL)
    os.chmod(target, 0o644)
    return target


def run(place, *args):
    done = subprocess.run([IDBC, *args, 'drivers'], env={**os.environ, 'IDBC_DRIVER_PATH': place.path + '/drivers'},
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=60)
    return Answer(done)


def here(place, answer):
    """What the answer says of our folder, by file name."""
    both = answer.json.get('drivers', []) + answer.json.get('refused', [])
    return {os.path.basename(d['path']): d for d in both if d['path'].startswith(place.path)}


def slots(tap, place):
    no = [(r'\.%s = skeleton_%s,? ?' % (s, s), '') for s in ('create', 'verify', 'change_password', 'delete_user', 'change_email')]
    caps = r'IDBC_CAP_TRANSACTIONS \| IDBC_CAP_INTERRUPT'
    whole, reads, some = build(place, 'whole'), build(place, 'reads', *no), build(place, 'some', no[0], no[3])
    bare, more = build(place, 'bare', (caps, '0')), build(place, 'more', (caps, r'IDBC_CAP_TRANSACTIONS | 0x40000000u'))
    text = run(place).out
    answer = run(place, '--json')
    found = here(place, answer)
    with tap.test('every-driver-with-its-path') as t:
        t.equal('exit, status', (answer.code, answer.status, sorted(answer.json)), (0, 'OK', ['drivers', 'refused', 'status']))
        for path in (whole, reads, some, bare, more):
            driver = found.get(os.path.basename(path), {})
            t.equal(path, (driver.get('path'), driver.get('name'), driver.get('version')), (path, 'skeleton', '1'))
            t.check('abi', re.fullmatch(r'\d+\.\d+', driver.get('abi', '')), driver)
    with tap.test('what-users-lose-without-a-slot') as t:
        for name, lost in (('whole', []), ('reads', ALL[2:]), ('some', ['create', 'deleteUser'])):
            t.equal(name, found[name + '.so'].get('operations'), [op for op in ALL if op not in lost])
            part = re.search(r'drivers/%s\.so\n(.*?)(\n\S|\Z)' % name, text, re.S).group(1)
            said = re.findall(r'^    without (\w+): (.*)$', part, re.M)
            t.equal(name + ' in words', sorted(said), sorted((op, LOSSES[op]) for op in lost))
    with tap.test('capabilities-in-words') as t:
        for name, caps in (('whole', ['transactions', 'interrupt']), ('bare', []), ('more', ['transactions'])):
            t.equal(name, found[name + '.so'].get('caps'), caps)
            t.check(name + ' in the table', '%s.so\n    %s\n' % (name, ','.join(caps) or '-') in text, text)


def junk(place, good):
    folder = os.path.dirname(good)
    with open(good, 'rb') as f:
        driver = f.read()

    def put(name, data, mode=0o644):
        path = os.path.join(os.fsencode(folder), name)
        with open(path, 'wb') as f:
            f.write(data)
        os.chmod(path, mode)
    put(b'text.so', b'hello\n')
    put(b'empty.so', b'')
    put(b'cut.so', driver[:3000])
    put(b'script.so', b'#!/bin/sh\ntouch %s/ran\n' % os.fsencode(place.path), 0o755)
    put(b'writable.so', driver, 0o666)
    put(b'machine.so', driver[:18] + b'\xb7' + driver[19:])
    put(b'bits.so', driver[:4] + b'\x01' + driver[5:])
    put(b'zeros.so', b'\x7fELF' + bytes(8000))
    put(b'bytes\xff.so', driver)
    put(b'line\nbreak\x1b[31m.so', b'hello\n')
    os.mkdir(folder + '/folder.so')
    os.mkfifo(folder + '/fifo.so')
    os.symlink('nowhere', folder + '/dangling.so')
    os.symlink('loop.so', folder + '/loop.so')
    shutil.copy(os.path.realpath(BUILD + '/libidbc.so'), folder + '/library.so')
    os.chmod(folder + '/library.so', 0o644)
    put(b'.hidden.so', b'hello\n')
    put(b'README', b'hello\n')


REASONS = {'text.so': 'no shared object', 'empty.so': 'no shared object', 'cut.so': 'damaged', 'script.so': 'no shared object',
           'writable.so': 'can be written', 'machine.so': 'another machine', 'bits.so': 'another machine', 'zeros.so': '',
           'bytes\ufffd.so': 'not UTF-8', 'line\nbreak\x1b[31m.so': 'no shared object', 'folder.so': 'not a regular file',
           'fifo.so': 'not a regular file', 'dangling.so': '', 'loop.so': '', 'library.so': 'idbc_driver_entry',
           'major.so': 'ABI', 'nologin.so': 'login', 'refuses.so': 'refuses', 'noname.so': 'name'}


def refused(tap, place):
    good = place.path + '/drivers/whole.so'
    before = here(place, run(place, '--json'))
    build(place, 'major', ('IDBC_DRIVER_ABI,', '(IDBC_DRIVER_ABI + (7u << 16)),'))
    build(place, 'nologin', (r'\.login = skeleton_login, ', ''))
    build(place, 'noname', (r'"skeleton"', r'"\\xff\\n"'))
    build(place, 'refuses', (r'return &driver;', 'return NULL;'))
    junk(place, good)
    answer = run(place, '--json')
    found = here(place, answer)
    with tap.test('no-bad-file-hides-a-good-one') as t:
        t.equal('exit, status', (answer.code, answer.status), (0, 'OK'))
        t.equal('drivers', {n: d for n, d in found.items() if 'error' not in d}, before)
        names = [d['name'] for d in answer.json['drivers']]
        t.check("the build's own", 'odbc' in names, names)
        t.check('all of them have all members', all(set(d) == {'name', 'version', 'abi', 'caps', 'operations', 'path'}
                                                    for d in answer.json['drivers']), answer)
    with tap.test('each-bad-file-with-its-reason') as t:
        told = {n: d['error'] for n, d in found.items() if 'error' in d}
        t.equal('files', sorted(told), sorted(REASONS))
        for name, reason in REASONS.items():
            t.check(repr(name), told.get(name) and reason in told[name], told.get(name))
        t.check('both numbers for another ABI', len(set(re.findall(r'\d+\.\d+', told.get('major.so', '')))) == 2, told)
        t.check('nothing ran', not os.path.exists(place.path + '/ran'))
    with tap.test('the-table-keeps-its-lines') as t:
        answer = run(place)
        t.equal('exit', answer.code, 0)
        t.check('no control characters', not re.search(r'[\x00-\x09\x0b-\x1f\x7f]', answer.out + answer.err), answer)
        t.equal('a line for each on stderr', len([x for x in answer.err.splitlines() if place.path in x]), len(REASONS))
        t.equal('which begin alike', [x for x in answer.err.splitlines() if not x.startswith('idbc: drivers: ')], [])
        t.equal('drivers', len(re.findall(r'^skeleton ', answer.out, re.M)), len(before))
    with tap.test('a-bad-file-is-refused-at-open-with-the-same-reason') as t:
        for name in ('text', 'cut', 'writable', 'major', 'nologin', 'refuses', 'folder', 'dangling'):
            config = place.config('c', '%s/drivers/%s.so' % (place.path, name), {})
            answer = Answer(subprocess.run([IDBC, '-c', config, '--json', 'get-user', 'x'], stdout=subprocess.PIPE,
                                           stderr=subprocess.PIPE))
            t.equal(name, (answer.code, answer.status), (2, 'CONFIG'))
            t.check(name + ' reason', told[name + '.so'][-40:] in json.dumps(answer.json), (answer, told[name + '.so']))


def main():
    tap = Tap('drivers')
    with Workplace() as place:
        slots(tap, place)
        refused(tap, place)
    tap.done()


main()
