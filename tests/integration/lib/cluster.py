"""The three nodes that scripts/with-galera started: statements on each, and what a test does to
them.  A node is named by its number, 1 to 3."""
import contextlib
import os
import signal
import subprocess
import time

from kit import SLOWER

NODES = (1, 2, 3)


class Cluster:
    def __init__(self, name):
        self.name = name
        self.dir = os.environ['IDBC_TEST_GALERA_DIR']
        self.ports = dict(zip(NODES, os.environ['IDBC_TEST_GALERA_PORTS'].split()))
        self.children = []

    def sql(self, node, text, database=True):
        command = ['mariadb', '--no-defaults', '--skip-ssl', '--batch', '--raw', '--skip-column-names', '-S',
                   '%s/%d/s.sock' % (self.dir, node), '-uroot'] + ([self.name] if database else [])
        done = subprocess.run(command, input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=60 * SLOWER)
        if done.returncode:
            raise RuntimeError('node %d: %s' % (node, done.stderr.decode(errors='replace')[:400]))
        return [line.split('\t') for line in done.stdout.decode().splitlines()]

    def status(self, node, word):
        try:
            found = self.sql(node, "SHOW STATUS LIKE '%s'" % word, database=False)
            return found[0][1] if found else ''
        except RuntimeError:
            return ''

    def is_synced(self, node):
        return self.status(node, 'wsrep_local_state') == '4'

    def is_ready(self, node):
        return self.status(node, 'wsrep_ready') == 'ON'

    def until(self, what, seconds=30):
        end = time.monotonic() + seconds * SLOWER
        while not what():
            if time.monotonic() > end:
                raise RuntimeError('the cluster did not come to where it should be')
            time.sleep(0.05)

    def whole(self):
        """Waits until all three are in step."""
        self.until(lambda: all(self.is_synced(n) and self.status(n, 'wsrep_cluster_size') == '3' for n in NODES), 60)

    def sessions(self, node, user):
        return len(self.sql(node, "SELECT id FROM information_schema.processlist WHERE user = '%s'" % user, database=False))

    # --- what is done to them --------------------------------------------------------------
    def pid(self, node):
        with open('%s/%d/pid' % (self.dir, node), encoding='ascii') as f:
            return int(f.read())

    def gone(self, pid):
        try:
            with open('/proc/%d/stat' % pid, encoding='ascii') as f:
                return f.read().rsplit(')', 1)[1].split()[0] == 'Z'
        except OSError:
            return True

    def kill(self, node):
        pid = self.pid(node)
        os.kill(pid, signal.SIGKILL)
        self.until(lambda: self.gone(pid))

    def stop(self, node):
        os.kill(self.pid(node), signal.SIGSTOP)

    def go_on(self, node):
        os.kill(self.pid(node), signal.SIGCONT)

    def start(self, node):
        """Of a node that was killed; back when it is in step.  A start may lose a race, see with-galera."""
        for _ in range(4):
            child = subprocess.Popen(['%s/%d/start' % (self.dir, node)], start_new_session=True)
            self.children.append(child)
            try:
                self.until(lambda: self.is_synced(node) or child.poll() is not None, 40)
            except RuntimeError:
                child.kill()
            if child.poll() is None:
                return
            time.sleep(0.5)
        raise RuntimeError('node %d does not come back' % node)

    def cut_off(self, node, off=True):
        """The others do not hear it any more, nor it them; its clients do."""
        self.sql(node, "SET GLOBAL wsrep_provider_options = 'gmcast.isolate=%d'" % off, database=False)

    @contextlib.contextmanager
    def held_back(self, node):
        """It applies nothing meanwhile."""
        client = subprocess.Popen(['mariadb', '--no-defaults', '--skip-ssl', '-N', '--unbuffered', '-S',
                                   '%s/%d/s.sock' % (self.dir, node), '-uroot'], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            client.stdin.write(b'FLUSH TABLES WITH READ LOCK; SELECT 1;\n')
            client.stdin.flush()
            client.stdout.readline()
            yield
        finally:
            client.stdin.close()
            client.wait()
            client.stdout.close()

    def mend(self):
        """Whatever a test that failed left behind."""
        for node in NODES:
            if self.gone(self.pid(node)):
                self.start(node)
            self.go_on(node)
        for node in NODES:
            self.cut_off(node, False)
            self.sql(node, 'SET GLOBAL wsrep_desync = OFF; SET GLOBAL read_only = OFF', database=False)
        self.whole()
