"""A host makes a hundred logins, right and wrong, over several schemes, with changes, creates
and upgrades; then what a core file of it would hold is searched for each password, for a
piece of it, and for the forms that hashing gives it.

The memory is read from /proc/PID/mem, but for the mappings that the kernel leaves out of
core files ("dd" in VmFlags): it needs neither a core_pattern nor a debugger, so it works the
same in a container and in continuous integration, and it is more than the kernel dumps.
Where the kernel would write a plain core file, one is taken as well."""
import hashlib
import json
import os
import random
import re
import resource
import signal
import sqlite3
import string
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import kit  # noqa: E402
from host import needs  # noqa: E402

HOST = os.path.join(kit.BUILD, 'tests', 'host', 'secrets')
PIECE = 8       # bytes of a password that must not be found either; a multiple of 8
SCHEMES = ['argon2/argon2id-v19', 'bcrypt/2y', 'crypt/sha512crypt', 'crypt/yescrypt', 'phpass/P', 'django/pbkdf2_sha256',
           'django/scrypt', 'django/bcrypt_sha256', 'ldap/SSHA512', 'postgres/scram-sha-256', 'wordpress/wp-bcrypt', 'drupal/S',
           'database/mssql2012', 'recipe']
PEPPER = 'thePepperOfThisSite0x5eed'
USERS = {
    'user': {'table': 'people', 'key': 'id', 'id': 'auto'},
    'profile': {'user_id': 'id', 'username': 'name'},
    'login': {'by': ['username']},
    'vars': {'pepper': PEPPER},
    'password': {'col': 'hash', 'salt': 'salt', 'upgrade': True,
                 'accept': ['argon2', 'bcrypt', 'crypt', 'phpass', 'django', 'ldap', 'postgres', 'wordpress', 'drupal',
                            'database/mssql2012',
                            {'recipe': 'hex(sha1(salt . hex(md5(password . pepper))))'}],
                 'write': {'scheme': 'argon2/argon2id-v19', 'memory_kib': 1024, 'iterations': 2, 'parallelism': 1}},
}


def word(rng):
    """Long enough for a piece; in ASCII, so that it survives whatever an application does."""
    return ''.join(rng.choice(string.ascii_letters + string.digits) for _ in range(26))


def hash_of(scheme, password):
    line = json.dumps({'password': password}) + '\n'
    done = subprocess.run([kit.IDBC, 'password', 'hash', '--scheme', scheme], input=line.encode(), stdout=subprocess.PIPE)
    return json.loads(done.stdout).get('hash')


def recipe_of(salt, password):
    inner = hashlib.md5((password + PEPPER).encode()).hexdigest()
    return hashlib.sha1((salt + inner).encode()).hexdigest()


class Store:
    def __init__(self, folder, rng):
        self.folder, self.rng, self.lines, self.passwords = folder, rng, [], []
        self.db = sqlite3.connect(folder + '/people.db')
        self.db.execute('CREATE TABLE people (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, hash TEXT, salt TEXT)')
        self.config = kit_config(folder)

    def ask(self, verb, name, password):
        self.lines.append('%s\t%s\t%s\n' % (verb, name, password))
        if password not in self.passwords:
            self.passwords.append(password)

    def person(self, name, password, scheme):
        salt = 'salt' + name
        stored = recipe_of(salt, password) if scheme == 'recipe' else hash_of(scheme, password)
        self.db.execute('INSERT INTO people (name, hash, salt) VALUES (?, ?, ?)', (name, stored, salt))
        return stored is not None

    def fill(self):
        """A right and several wrong passwords for a user of each scheme, users that are not there."""
        good = True
        for i, scheme in enumerate(SCHEMES):
            name, password = 'user%d' % i, word(self.rng)
            good &= self.person(name, password, scheme)
            for _k in range(2):
                self.ask('denied', name, word(self.rng))
            self.ask('login', name, password)
            self.ask('login', name, password)
        for i in range(64):
            self.ask('denied', 'nobody%d' % i, word(self.rng))
        for i in range(6):
            self.ask('create', 'new%d' % i, word(self.rng))
            self.ask('change', 'user%d' % i, word(self.rng))
        self.db.commit()
        return good

    def requests(self):
        path = self.folder + '/requests'
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), 'w', encoding='utf-8') as f:
            f.writelines(self.lines)
        return path


def kit_config(folder):
    path = folder + '/idbc.json'
    with open(path, 'w', encoding='utf-8') as f:
        json.dump({'idbc': 1, 'connection': 'core', 'driver': 'odbc', 'users': USERS, 'options': {'attributes': {
            'Driver': os.environ['IDBC_TEST_SQLITE_ODBC'], 'Database': folder + '/people.db'}}}, f)
    os.chmod(path, 0o600)
    return path


def regions(pid):
    """Every readable mapping that would be dumped: its name and its bytes."""
    with open('/proc/%d/smaps' % pid, encoding='utf-8', errors='replace') as f:
        text = f.read()
    with open('/proc/%d/mem' % pid, 'rb', 0) as mem:
        for part in re.split(r'(?m)^(?=[0-9a-f]+-[0-9a-f]+ )', text):
            head = re.match(r'([0-9a-f]+)-([0-9a-f]+) (\S+)\s+\S+\s+\S+\s+\S+[ \t]*(.*)', part)
            if not head or 'r' not in head.group(3) or re.search(r'^VmFlags:.*\b(dd|io)\b', part, re.M):
                continue
            if not re.search(r'^Anonymous: +[1-9]', part, re.M):
                continue        # a file's pages as they are in the file
            start, end = int(head.group(1), 16), int(head.group(2), 16)
            mem.seek(start)
            try:
                yield head.group(4) or 'anonymous %x' % start, mem.read(end - start)
            except OSError:
                continue


def swapped(text, width):
    return b''.join(text[i:i + width][::-1] for i in range(0, len(text), width))


def pieces(passwords):
    """Each run of PIECE bytes of each password: as it is, as the words of a big-endian digest;
    and in hexadecimal, which is twice as long."""
    found = {}
    for i, password in enumerate(passwords):
        text = password.encode()
        for at in range(len(text) - PIECE + 1):
            piece = text[at:at + PIECE]
            for form, value in (('as it is', piece), ('as 4-byte words', swapped(piece, 4)), ('as 8-byte words', swapped(piece, 8)),
                                ('in hex', piece.hex().encode()), ('in HEX', piece.hex().upper().encode())):
                found[value] = 'password %d, byte %d, %s' % (i, at, form)
    return found


RUN = re.compile(rb'[A-Za-z0-9]{%d,}' % PIECE)
WIDE = re.compile(rb'(?:[A-Za-z0-9]\0){%d,}' % PIECE)
HMAC = {name: bytes(i ^ byte for i in range(256)) for name, byte in (('HMAC, inner', 0x36), ('HMAC, outer', 0x5c))}
UNUSED = bytes(64)


def runs(content):
    """What could be a piece of a password, in every disguise: offset, disguise, text."""
    for m in RUN.finditer(content):
        yield m.start(), '', m.group()
    for m in WIDE.finditer(content):
        yield m.start(), 'UTF-16', m.group()[::2]
    for name, table in HMAC.items():
        # Memory that was never written to would be one long run.
        for m in RUN.finditer(content.translate(table).replace(UNUSED.translate(table), UNUSED)):
            yield m.start(), name, m.group()


def search(memory, passwords):
    wanted, found = pieces(passwords), []
    for where, content in memory:
        for start, disguise, run in runs(content):
            for at in range(len(run) - PIECE + 1):
                seen = wanted.get(run[at:at + PIECE]) or wanted.get(run[at:at + 2 * PIECE])
                if seen:
                    found.append('%s %s in %s at %#x' % (seen, disguise, where, start + at))
                    break
    return found


def kernel_writes_cores():
    """Into the folder of the process, that is; elsewhere a program takes them."""
    with open('/proc/sys/kernel/core_pattern', encoding='ascii') as f:
        pattern = f.read().strip()
    return not re.search(r'[/|]', pattern) and resource.getrlimit(resource.RLIMIT_CORE)[1] != 0


def allow_cores():
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))


def core_of(process, folder):
    process.send_signal(signal.SIGABRT)
    process.wait()
    for name in os.listdir(folder):
        if name.startswith('core'):
            with open(os.path.join(folder, name), 'rb') as f:
                yield 'the core file', f.read()
            os.unlink(os.path.join(folder, name))


def look(t, store, requests, *more):
    """What is found in the host's memory of the passwords, and of the pepper; None if it tells nothing."""
    process = subprocess.Popen([HOST, store.config, requests, *more], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               cwd=store.folder, preexec_fn=allow_cores)
    said = []
    for line in process.stdout:
        if line == b'ready\n':
            break
        said.append(line.decode(errors='replace').strip())
    t.check('every request as expected', not said, said[:5])
    if instrumented():
        process.stdin.close()
        t.equal('exit status', process.wait(), 0)
        return None, None
    memory = list(regions(process.pid))
    t.check('the memory was read', sum(len(m) for _w, m in memory) > 1 << 20 and any(w == '[stack]' for w, _m in memory))
    if kernel_writes_cores():
        cores = list(core_of(process, store.folder))
        t.equal('core files', len(cores), 1)
        memory += cores
    else:
        process.stdin.close()
        t.equal('exit status', process.wait(), 0)
    found = search(memory, [*store.passwords, PEPPER])
    pepper = [x for x in found if x.startswith('password %d,' % len(store.passwords))]
    return [x for x in found if x not in pepper], pepper


def instrumented():
    """A sanitizer keeps freed memory and old stack frames, to look at them, in a shadow as large as memory."""
    return needs(kit.BUILD, b'asan') or needs(kit.BUILD, b'tsan')


def main():
    tap = kit.Tap('secrets')
    rng = random.Random()
    with tempfile.TemporaryDirectory(dir=os.environ['IDBC_TEST_SQLITE_DIR']) as folder:
        store = Store(folder, rng)
        with tap.test('hashes to log in with') as t:
            t.check('made', store.fill())
            t.check('at least a hundred logins', sum(x.startswith(('login', 'denied')) for x in store.lines) >= 100)
        requests = store.requests()
        with tap.test('a hundred logins' if instrumented() else 'no password in what a core file would hold') as t:
            found, pepper = look(t, store, requests)
            t.check('no password', not found, '\n'.join(found or ()))
            t.check('no pepper', not pepper, pepper)
        if instrumented():
            tap.skip('memory', 'a sanitizer keeps what was freed: the logins alone are watched')
            tap.done()
        with tap.test('a password that a host keeps is found') as t:
            found, _pepper = look(t, store, requests, 'keep')
            t.check('every one', len({x.split(',')[0] for x in found}) == len(store.passwords), found[:3])
    tap.done()


if __name__ == '__main__':
    main()
