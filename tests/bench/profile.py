"""What one call costs, by room of ours and by library of others, out of callgrind_annotate:
instructions, and lines of 64 bytes that it touches, of code and of data."""
import collections
import re
import sys

EVENTS = ('Ir', 'I1mr', 'D1mr', 'D1mw')
NUMBER = r'(?:([\d,]+) \([\d. ]+%\)|\.|0)'
LINE = re.compile(r'\s*' + r'\s+'.join([NUMBER] * len(EVENTS)) + r'\s+(.*?):(\S+)(?: \[(.*)\])?$')
OURS = re.compile(r'(connector/[a-z]+|drivers/sql/[a-z]+|drivers/[a-z]+)/')


def read(path):
    places = collections.defaultdict(collections.Counter)
    library = ''
    for line in open(path, encoding='utf-8'):
        found = LINE.match(line)
        if not found or found[6] == 'TOTALS':
            continue
        library = found[7] or library           # said once, where lines follow each other
        room = OURS.search(found[5])
        place = places[room[1] if room else library.rsplit('/', 1)[-1]]
        for event, count in zip(EVENTS, found.groups()):
            place[event] += int((count or '0').replace(',', ''))
    return places


def tell(name, counts, calls):
    print('%-32s %8d %8d %8d' % (name, counts['Ir'] / calls, counts['I1mr'] / calls,
                                 (counts['D1mr'] + counts['D1mw']) / calls))


def main():
    way, calls, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    places = read(path)
    print('%-32s %8s %8s %8s' % ('', 'instr.', 'code', 'data'))
    tell(way, sum(places.values(), collections.Counter()), calls)
    for place, counts in sorted(places.items(), key=lambda item: -item[1]['Ir']):
        if counts['Ir'] >= calls * 20:
            tell('    ' + place, counts, calls)


main()
