"""Instructions of one call, by room of ours and by library of others, out of callgrind_annotate."""
import collections
import re
import sys

LINE = re.compile(r'\s*([\d,]+) \([\d. ]+%\)\s+(.*?):(\S+)(?: \[(.*)\])?$')
OURS = re.compile(r'(connector/[a-z]+|drivers/sql/[a-z]+|drivers/[a-z]+)/')


def main():
    way, calls, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    places = collections.Counter()
    library = ''
    for line in open(path, encoding='utf-8'):
        found = LINE.match(line)
        if not found or found[3] == 'TOTALS':
            continue
        count, source = int(found[1].replace(',', '')), found[2]
        library = found[4] or library           # said once, where lines follow each other
        room = OURS.search(source)
        places[room[1] if room else library.rsplit('/', 1)[-1]] += count
    print('%-8s %8d' % (way, sum(places.values()) / calls))
    for place, count in places.most_common():
        if count >= calls * 20:
            print('    %-28s %8d' % (place, count / calls))


main()
