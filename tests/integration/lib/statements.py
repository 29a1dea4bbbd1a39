"""Reads what lib/statements.c wrote down while other tests ran: no statement that a driver
prepared or sent may hold a value.  Text in quotes and numbers are the only places where one
could be; each that occurs has to stand in the drivers' own source, in the raw SQL of a mapping
file, or be a line of statements.allowed, which says whose mapping brought it.  Numbers of two digits count columns
and tables; those of SET and set_config are time-outs, those of KILL sessions; CREATE comes
from examples/schema as it stands.
usage: statements.py FILE [LEAST]   LEAST: how many statements there must be."""
import glob
import json
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import kit  # noqa: E402

TOKEN = re.compile(r'''
    (?P<string>'(?:[^']|'')*')
  | (?P<name>"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])
  | (?P<comment>--[^\n]*|/\*.*?\*/)
  | (?P<word>[A-Za-z_@$][A-Za-z_0-9@$.]*)
  | (?P<number>[0-9][0-9a-zA-Z_.]*)
''', re.VERBOSE | re.DOTALL)
ESCAPES = {'n': '\n', 't': '\t', '\\': '\\'}


def literals(text):
    verb = text.split(None, 1)[0].upper() if text.split() else ''
    sets = verb in ('SET', 'KILL') or text.startswith('SELECT pg_catalog.set_config(')
    # A session of ours: numbers alone.
    ends = re.match(r'SELECT pg_catalog\.pg_(cancel|terminate)_backend\(', text)
    for m in TOKEN.finditer('' if verb == 'CREATE' or ends else text):
        small = m.lastgroup == 'number' and (len(m.group()) < 3 or sets)
        if m.lastgroup in ('string', 'number', 'comment') and not small:
            yield m.group()


def allowed(path):
    with open(path, encoding='utf-8') as f:
        return {line.split('  # ')[0].rstrip() for line in f if line.strip() and line[0] != '#'}


def constants():
    """Every literal in the strings of the drivers' source, and short words that macros quote."""
    found = set()
    for name in glob.glob(os.path.join(kit.ROOT, 'drivers', '**', '*.[ch]'), recursive=True):
        with open(name, encoding='utf-8') as f:
            text = re.sub(r'"\s*(?:\\\n)?\s*"', '', re.sub(r'/\*.*?\*/', '', f.read(), flags=re.S))
        for string in re.findall(r'"((?:[^"\\\n]|\\.)*)"', text):
            string = string.replace('\\"', '"').replace('\\\\', '\\').replace('%%', '%')
            found.update(x for x in literals(string) if x[0] in "'0123456789")
            if re.fullmatch(r'[A-Za-z0-9_]{1,40}', string):
                found.add("'%s'" % string)
    return found


def strings(value):
    """Every string in a JSON value."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from strings(item)
    elif isinstance(value, str):
        yield value


def raw_sql():
    """Every literal in the SQL of the mappings that lie in files, ${vars} replaced."""
    found = set()
    for where in (kit.ROOT + '/examples/mappings/*.json', kit.ROOT + '/tests/integration/mappings/*.json',
                  kit.SHARED + '/stores/*/users.json'):
        for name in glob.glob(where):
            with open(name, encoding='utf-8') as f:
                users = json.load(f)
            for text in strings(users):
                for key, value in users.get('vars', {}).items():
                    text = text.replace('${%s}' % key, value if isinstance(value, str) else '')
                if re.match(r'\s*(SELECT|INSERT|UPDATE|DELETE|CASE|\(|EXISTS)\b', text, re.I):
                    found.update(literals(text))
    return found


def read(path):
    with open(path, encoding='utf-8', errors='replace') as f:
        for line in f:
            driver, verb, text = line.rstrip('\n').split('\t', 2)
            yield driver, verb, re.sub(r'\\([nt\\])', lambda m: ESCAPES[m.group(1)], text)


def main(path, least):
    tap = kit.Tap('statements')
    known = allowed(os.path.splitext(os.path.abspath(__file__))[0] + '.allowed') | constants() | raw_sql()
    seen, foreign, drivers = 0, {}, set()
    for driver, _verb, text in read(path):
        seen += 1
        drivers.add(driver)
        if re.fullmatch(r'KILL QUERY \d+', text):
            continue                    # the number of a connection, which takes no parameter
        for literal in literals(text):
            if literal not in known:
                foreign.setdefault(literal, '%s: %s' % (driver, text))
    with tap.test('no statement holds a value') as t:
        t.check('no literal that is not known', not foreign, '\n'.join(
            '%s in %s' % (literal, text[:300]) for literal, text in sorted(foreign.items())[:20]))
    with tap.test('they were written down') as t:
        t.check('at least %d statements' % least, seen >= least, seen)
        t.equal('drivers', sorted(drivers), ['mysql', 'odbc'] if least else sorted(drivers))
    with tap.test('a value would be found') as t:
        for text in ("SELECT a FROM t WHERE b = 'alice@example.com'", 'UPDATE t SET a = 4711', "x = E'\\x00'"):
            t.check(text, [x for x in literals(text) if x not in known])
    print('%d statements seen' % seen, file=sys.stderr)
    tap.done()


if __name__ == '__main__':
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0)
