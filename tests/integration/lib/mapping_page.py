"""Reads docs/mapping.md as a learner would: makes the tables of each chapter, opens its
mapping and types its commands.  What the page shows must be what comes out; "..." stands for
the rest of a JSON object, or for any text in a line."""
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import kit  # noqa: E402

PASSWORDS = {'pw': 'correct horse battery', 'new': 'one more staple', 'wrong': 'let me in'}
BLOCK = re.compile(r'^```(sql(?: \w+)?|json users|console)\n(.*?)^```$', re.M | re.S)
SQL = {
    'sqlite': '#!/bin/sh\nexec sqlite3 -batch %(path)s "$1"\n',
    'mariadb': '#!/bin/sh\nexec mariadb --no-defaults --skip-ssl --default-character-set=utf8mb4 --batch --raw -N -S %(socket)s '
               '-uroot %(name)s -e "$1" | tr "\\t" "|"\n',
    'postgresql': '#!/bin/sh\nexec %(psql)s -X -q -A -t -h %(socket)s -p %(port)s -d %(name)s -U postgres -c "$1"\n',
}


def chapters():
    with open(os.path.join(kit.ROOT, 'docs', 'mapping.md'), encoding='utf-8') as f:
        text = f.read()
    for part in re.split(r'^## ', text, flags=re.M)[1:]:
        title, body = part.split('\n', 1)
        blocks = [(m.group(1).split(), m.group(2)) for m in BLOCK.finditer(body)]
        if blocks:
            yield title, blocks


def database(engine, place, name):
    if engine == 'sqlite':
        return kit.SQLite(name, place.path)
    return kit.MariaDB(name) if engine == 'mariadb' else kit.Postgres(name)


def driver(engine):
    return 'mysql' if engine == 'mariadb' else 'odbc'


class Chapter:
    """One store, its mapping, and a shell to type into."""

    def __init__(self, place, number, engine):
        self.place, self.engine = place, engine
        self.db = database(engine, place, 'page%d' % number)
        self.env = dict(os.environ, PATH='%s:%s:%s' % (place.path, kit.BUILD, os.environ['PATH']),
                        IDBC_CONFIG=os.path.join(place.path, 'club.json'), LC_ALL='C.UTF-8')
        for name, text in PASSWORDS.items():
            place.file(name, text + '\n')
        facts = dict(vars(self.db))
        facts['path'] = facts.get('path', '')
        os.chmod(place.file('sql', SQL[engine] % {k: facts.get(k, '') for k in ('path', 'socket', 'port', 'name', 'psql')}), 0o700)

    def tables(self, text):
        self.db.load(self.place.file('tables.sql', text))

    def mapping(self, text):
        options = self.db.options(driver(self.engine) if driver(self.engine) == 'mysql' else 'odbc')
        self.place.config('club', driver(self.engine), options, json.loads(text), throttle={})

    def type(self, command):
        done = subprocess.run(['sh', '-c', command], cwd=self.place.path, env=self.env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        return done.stdout.decode(errors='replace').splitlines()


def commands(text):
    """[command, lines that the page shows after it]; a command goes on after a backslash."""
    found, open_line = [], False
    for line in text.splitlines():
        if open_line:
            found[-1][0] += '\n' + line
        elif line.startswith('$ '):
            found.append([line[2:], []])
        else:
            found[-1][1].append(line)
        open_line = (open_line or line.startswith('$ ')) and line.endswith('\\')
    return found


def object_like(shown, got):
    """A JSON object, whole or with "..." as its last member."""
    short = re.sub(r',?\s*\.\.\.\s*\}$', '}', shown)
    try:
        want, have = json.loads(short), json.loads(got)
    except ValueError:
        return False
    return want == have if short == shown else all(have.get(k) == v for k, v in want.items())


def like(shown, got):
    if shown.startswith('{') and got.startswith('{'):
        return object_like(shown, got)
    return re.fullmatch('.*'.join(re.escape(part) for part in shown.split('...')), got) is not None


def same(shown, got):
    return len(shown) == len(got) and all(like(a, b) for a, b in zip(shown, got))


def run(t, place, number, blocks):
    chapter = None
    for words, text in blocks:
        if words[0] == 'sql':
            chapter = Chapter(place, number, words[1] if len(words) > 1 else 'sqlite')
            chapter.tables(text)
        elif words[0] == 'json':
            chapter.mapping(text)
            answer = kit.idbc(chapter.env['IDBC_CONFIG'], '--json', 'check')
            errors = [f for f in answer.json.get('findings', []) if f['severity'] == 'error']
            t.check('the mapping opens', answer.status == 'OK' and not errors, answer)
        else:
            for command, shown in commands(text):
                got = chapter.type(command)
                t.check(command, same(shown, got), '\n'.join(got))


def main():
    tap = kit.Tap('mapping_page')
    wanted, ran = sys.argv[1:], 0
    for number, (title, blocks) in enumerate(chapters()):
        if wanted and not any(w in title for w in wanted):
            continue
        ran += 1
        with kit.Workplace() as place, tap.test(title) as t:
            run(t, place, number, blocks)
    with tap.test('chapters') as t:
        t.check('there are some', wanted or ran >= 15, ran)
    tap.done()


main()
