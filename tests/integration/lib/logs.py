"""Reads what every program of a run logged, at every level, and said on stderr: no stored
credential may be in it, and none of the passwords that the tests gave.
usage: logs.py FILE PASSWORDS [LEAST]   PASSWORDS: one a line, in hexadecimal; LEAST: how many
log lines there must be."""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import kit  # noqa: E402

B64 = r'[A-Za-z0-9+/._=-]'
SHAPES = re.compile('|'.join((
    r'\$argon2(?:id?|d)\$(?:v=\d+\$)?m=\d+', r'\$2[abxy]?\$\d\d\$%s{20,}' % B64, r'\$(?:1|5|6|7|y|gy|apr1|sha1|md5|3)\$\S*\$%s{16,}' % B64,
    r'\$[PHS]\$%s{20,}' % B64, r'\{[A-Za-z][A-Za-z0-9 ,.-]*\}%s{16,}' % B64, r'pbkdf2[_:-]\S*[$:]\d+\$', r'\bscrypt[:$]\d+',
    r'SCRAM-SHA-256\$\d+', r'\b(?:sha1|md5|sha256)\$\S*\$[0-9a-f]{16,}', r'\b[0-9a-fA-F]{32,}\b', r'\*[0-9A-F]{40}\b', r':B:\S+:[0-9a-f]{32}',
)))
UUID = re.compile(r'\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b')


def passwords(path):
    """Those long and odd enough to stand in a log only because somebody put them there."""
    with open(path, encoding='ascii') as f:
        for line in f:
            text = bytes.fromhex(line.strip())
            if len(text) >= 8 and not re.fullmatch(rb'[a-z]+|[0-9]+', text):
                yield text.decode(errors='replace')


def wrong(line, known):
    """What is in the line that should not be."""
    found = SHAPES.search(UUID.sub('', line))
    if found:
        return 'a stored form: ' + found.group()
    return next(('a password: ' + x for x in known if x in line), None)


def main(path, given, least):
    tap = kit.Tap('logs')
    known = sorted(set(passwords(given)))
    lines, bad = 0, {}
    with open(path, encoding='utf-8', errors='replace') as f:
        for line in f:
            lines += line.startswith('log ')
            why = wrong(line, known)
            if why:
                bad.setdefault(why[:60], line.strip()[:300])
    with tap.test('no password and no stored credential in any of them') as t:
        t.check('none', not bad, '\n'.join('%s in %s' % x for x in sorted(bad.items())[:20]))
    with tap.test('they were written down') as t:
        t.check('at least %d lines' % least, lines >= least, lines)
        t.check('passwords to look for', len(known) >= (10 if least else 0), len(known))
    with tap.test('one would be found') as t:
        for text in ('hash $2y$10$abcdefghijklmnopqrstuu5s2v8.iXieOjg', 'x {SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=',
                     'pbkdf2_sha256$1000$salt$', 'is 5f4dcc3b5aa765d61d8327deb882cf99', '$argon2id$v=19$m=64,t=1', '$6$salt$' + 'a' * 86,
                     '$P$5saltsalt' + 'b' * 22, 'SCRAM-SHA-256$4096:x', 'log 3 run: its password is Tr0ub4dor&3'):
            t.check(text, wrong(text, ['Tr0ub4dor&3']))
    print('%d log lines, %d passwords' % (lines, len(known)), file=sys.stderr)
    tap.done()


if __name__ == '__main__':
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 0)
