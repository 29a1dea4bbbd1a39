"""Manual pages without complaints; the mappings of docs/mapping.md parse; the constructs it
calls unsupported are refused as such; docs/errors.md knows every status and every code."""
import glob
import json
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kit import ROOT, Tap, Workplace, idbc  # noqa: E402

# Pages that are not installed here are not a mistake of the page.
HARMLESS = re.compile(r'referenced manual not found|outdated mandoc.db')


def page(name):
    with open(os.path.join(ROOT, 'docs', name), encoding='utf-8') as f:
        return f.read()


def manuals(tap):
    for name in sorted(os.listdir(os.path.join(ROOT, 'docs'))):
        if not re.search(r'\.[1-8]$', name):
            continue
        if not shutil.which('mandoc'):
            tap.skip('manual/' + name, 'mandoc is not installed')
            continue
        done = subprocess.run(['mandoc', '-Tlint', os.path.join(ROOT, 'docs', name)], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        said = [line for line in done.stdout.decode().splitlines() if not HARMLESS.search(line)]
        with tap.test('manual/' + name) as t:
            t.equal('mandoc', said, [])


def functions(tap):
    with open(os.path.join(ROOT, 'include', 'idbc', 'idbc.h'), encoding='utf-8') as f:
        offered = set(re.findall(r'^IDBC_API\b[^;{]*?\b(idbc_\w+)\(', f.read(), re.M))
    with tap.test('manual/every-function') as t:
        shown = set(re.findall(r'^\.F[no] (idbc_\w+) *(?:$|["v])', page('libidbc.3'), re.M))
        t.check('there are some', len(offered) > 30, offered)
        t.equal('libidbc(3)', sorted(offered - shown), [])


def mappings(tap, place):
    options = {'attributes': {'Driver': 'SQLite3', 'Database': 'absent.db'}}
    shown = re.findall(r'^## (.*?)\n.*?^```json users\n(.*?)^```', page('mapping.md'), re.M | re.S)
    with tap.test('mapping/examples') as t:
        t.check('there are some', len(shown) >= 7, len(shown))
        for title, text in shown:
            # Nothing wrong without a store, and no store to look at.
            answer = idbc(place.config('docs', 'odbc', options, json.loads(text), throttle={}), '--json', 'check')
            found = [f for f in answer.json.get('findings', [{'code': 'none at all'}]) if f['code'] != 'no-email']
            t.equal(title, (answer.status, found), ('UNAVAILABLE', []))


def configurations(tap, place):
    blocks = re.findall(r'^```json\n(.*?)^```', page('configuration.md'), re.M | re.S)
    with tap.test('configuration/examples') as t:
        for text in blocks:
            answer = idbc(place.file('docs.json', text), '--json', 'check')
            t.equal('example', (answer.status, answer.json.get('findings')), ('UNAVAILABLE', []))
        t.check('there are some', blocks)


def statuses(tap):
    with open(os.path.join(ROOT, 'include', 'idbc', 'types.h'), encoding='utf-8') as f:
        known = re.findall(r'^\tX\((\w+),\s*(\d+),', f.read(), re.M)
    with tap.test('errors/every-status') as t:
        t.equal('table', re.findall(r'^\| `([A-Z_]+)` \| (\d+) \|', page('errors.md'), re.M), known)


# Where a code stands in a call: as our own functions that fill errors and findings take it.
STATUS = r'IDBC_(?:EXISTS|BLOCKED|PASSWORD_EXPIRED|CONFLICT|INVALID|UNSUPPORTED|STATE|UNAVAILABLE|BUSY|CONFIG)'
CODES = (r'err_code\([^;]*?%s,\s*"\w+",\s*"(\w+)"' % STATUS, r'->fail\([^;"]*?%s,\s*"(\w+)"' % STATUS,
         r'\{ %s, "(\w+)"' % STATUS, r'\b(?:refuse|conflict|blocked|out_invalid)\([^;"{]*"(\w+)"',
         r'strcpy\(err->code, "(\w+)"\)', r'return "(\w+_exists)"')
FINDINGS = (r'\b(?:read_mistake|read_unknown|parse_bad|parse_warn|parse_unknown|mistake|bad|wrong|driver_fault|'
            r'note_mistake)\([^;{}"]*"([a-z]+(?:-[a-z]+)*)"', r'IDBC_(?:ERROR|WARNING|NOTE), "([a-z-]+)"')


def codes(tap):
    source = ''
    for name in sorted(glob.glob(os.path.join(ROOT, '*', '**', '*.c'), recursive=True)):
        if os.path.relpath(name, ROOT).split(os.sep)[0] in ('connector', 'drivers', 'tools'):
            with open(name, encoding='utf-8') as f:
                source += f.read()
    shown = set(re.findall(r'`([a-z_-]+)`', page('errors.md')))
    for what, patterns, at_least in (('codes', CODES, 40), ('findings', FINDINGS, 30)):
        used = {code for pattern in patterns for code in re.findall(pattern, source)}
        with tap.test('errors/every-' + what) as t:
            t.equal('missing in docs/errors.md', sorted(used - shown), [])
            t.check('looked for', len(used) >= at_least, sorted(used))


def main():
    tap = Tap('docs')
    with Workplace() as place:
        manuals(tap)
        functions(tap)
        mappings(tap, place)
        configurations(tap, place)
    statuses(tap)
    codes(tap)
    tap.done()


main()
