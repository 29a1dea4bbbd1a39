"""Reads docs/drivers.md as a newcomer would: writes each file that it shows, types each
command, in an empty folder, against an installed IDBC (the folder given).  What the page
shows must be what comes out; "..." stands for any text.  Afterwards the skeleton, copied from
where it is installed, is built and judged in the same way."""
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import kit  # noqa: E402

PREFIX = os.path.abspath(sys.argv[1])
BLOCK = re.compile(r'^```(\w+)(?: (\S+))?\n(.*?)^```$', re.M | re.S)


def blocks():
    """(chapter, kind, file or None, text) in the order of the page."""
    with open(os.path.join(kit.ROOT, 'docs', 'drivers.md'), encoding='utf-8') as f:
        text = f.read()
    chapter = ''
    for part in re.split(r'^## ', text, flags=re.M):
        title = chapter and part.split('\n', 1)[0] or 'beginning'
        chapter = title
        for kind, name, body in BLOCK.findall(part):
            yield title, kind, name or None, body


def commands(text):
    """[command, lines shown after it]; a command goes on after a backslash."""
    found, more = [], False
    for line in text.splitlines():
        if more:
            found[-1][0] += '\n' + line
        elif line.startswith('$ '):
            found.append([line[2:], []])
        else:
            found[-1][1].append(line)
        more = (more or line.startswith('$ ')) and line.endswith('\\')
    return found


def like(shown, got):
    return re.fullmatch('.*'.join(re.escape(part) for part in shown.split('...')), got) is not None


class Shell:
    def __init__(self, folder):
        self.folder = folder
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(('IDBC_', 'MAKE', 'MFLAGS'))}
        self.env.update(PATH='%s/bin:%s' % (PREFIX, os.environ['PATH']), LC_ALL='C.UTF-8',
                        PKG_CONFIG_PATH=PREFIX + '/lib/pkgconfig')

    def type(self, command):
        done = subprocess.run(['sh', '-c', command], cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300 * kit.SLOWER)
        return done.returncode, done.stdout.decode(errors='replace').splitlines()

    def report(self):
        """What failed, for whoever reads the log."""
        try:
            with open(os.path.join(self.folder, 'report'), encoding='utf-8', errors='replace') as f:
                return re.findall(r'^not ok.*(?:\n  .*)*', f.read(), re.M)[:4]
        except OSError:
            return ''


def page(tap, folder):
    shell, kinds = Shell(folder), set()
    for number, (title, kind, name, body) in enumerate(blocks()):
        kinds.add(kind)
        if name:
            with open(os.path.join(folder, name), 'w', encoding='utf-8') as f:
                f.write(body)
            continue
        if kind != 'console':
            continue
        with tap.test('%s (%d)' % (title, number)) as t:
            for command, shown in commands(body):
                _, got = shell.type(command)
                t.check(command, len(shown) == len(got) and all(map(like, shown, got)),
                        '\n'.join(got) + '\n'.join(shell.report()))
    with tap.test('blocks') as t:
        t.equal('kinds of blocks', kinds, {'c', 'console', 'json', 'make'})


def skeleton(tap, folder):
    shell = Shell(folder)
    with tap.test('skeleton') as t:
        code, got = shell.type('cp -r "$(pkg-config --variable=skeleton idbc-driver)" mine && cd mine && '
                               'make -s && make -s check >../report; tail -n 1 ../report')
        t.check('conforms', code == 0 and got and like('# ... passed, 0 failed, ... skipped', got[-1]),
                '\n'.join(got) + '\n'.join(shell.report()))
        code, got = shell.type('cd mine && make -s install && idbc drivers')
        t.check('is found by its name', any(line.startswith('skeleton ') for line in got), got)


def main():
    tap = kit.Tap('drivers_page')
    os.umask(0o022)
    with kit.Workplace() as place:
        os.mkdir(os.path.join(place.path, 'page'))
        page(tap, os.path.join(place.path, 'page'))
    with kit.Workplace() as place:
        skeleton(tap, place.path)
    tap.done()


main()
