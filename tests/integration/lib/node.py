"""What the tests of examples/node share: its packages, a Node that runs action scripts."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from host import needs  # noqa: E402
from kit import BUILD, ROOT, heard  # noqa: E402

EXAMPLE = os.path.join(ROOT, 'examples', 'node')
PLACE = os.path.join(BUILD, 'node')


def ready(tap):
    """Node and the packages, or a failed test; nothing where a sanitizer watches stacks that koffi changes."""
    if needs(BUILD, b'asan') or needs(BUILD, b'tsan'):
        tap.skip('all', 'koffi calls on a stack of its own, which a sanitizer does not know')
        return False
    with tap.test('packages-are-fetched') as t:
        done = subprocess.run([os.path.join(ROOT, 'scripts/node-modules'), PLACE], stderr=subprocess.PIPE)
        t.equal('node-modules', (done.returncode, done.stderr), (0, b''))
    return not tap.failed


def environment(**more):
    return {**os.environ, 'NODE_PATH': os.path.join(PLACE, 'node_modules'),
            'IDBC_LIBRARY': os.path.join(BUILD, 'libidbc.so.0'), **more}


class Actions:
    """The scripts of a tenant, each called as actions.NAME(arguments); answers are as action_host.js gives them."""

    def __init__(self, config, **more):
        self.configuration = {'IDBC_CONFIG': config}
        self.process = subprocess.Popen(['node', os.path.join(ROOT, 'tests/integration/lib/action_host.js'), EXAMPLE],
                                        env=environment(**more), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        heard(self.process.stderr.read().decode(errors='replace'))
        self.process.wait()

    def ask(self, asked):
        self.process.stdin.write(json.dumps(asked).encode() + b'\n')
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError('node ended: ' + self.process.stderr.read().decode(errors='replace')[-600:])
        return json.loads(line)

    def request(self, script, *args):
        return {'script': script, 'args': args, 'configuration': self.configuration}

    def at_once(self, *calls):
        return self.ask([self.request(*call) for call in calls])

    def __getattr__(self, script):
        return lambda *args: self.ask(self.request(script, *args))
