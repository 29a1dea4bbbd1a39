"""What the C compiler says of include/idbc/idbc.h, to compare a binding's own words with."""
import os
import re
import subprocess

from kit import ROOT


def numbers(place, expressions):
    """The values of C expressions of integers."""
    source = place.file('numbers.c', '#include <idbc/idbc.h>\n#include <stdio.h>\nint main(void)\n{\n%s\nreturn 0;\n}\n'
                        % '\n'.join('printf("%%lld\\n", (long long)(%s));' % e for e in expressions))
    program = place.path + '/numbers'
    subprocess.run([*os.environ.get('CC', 'cc').split(), source, '-I' + ROOT + '/include', '-o', program], check=True)
    return [int(n) for n in subprocess.run([program], stdout=subprocess.PIPE, check=True).stdout.split()]


def statuses():
    """{'OK': 0, ...}"""
    with open(os.path.join(ROOT, 'include/idbc/types.h'), encoding='utf-8') as f:
        return {name: int(n) for name, n in re.findall(r'^\tX\((\w+), +(\d+),', f.read(), re.M)}
