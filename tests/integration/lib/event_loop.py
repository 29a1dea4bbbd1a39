"""examples/event_loop.c under load: many clients at once, a slow store, clients that hang up before
the answer, a queue that is full, an end with calls under way."""
import asyncio
import collections
import json
import os
import signal
import subprocess
import time

from kit import BUILD, SLOWER, Tap, Workplace

PROGRAM = os.path.join(BUILD, 'examples', 'event_loop')
SECRET = 'Zq-secret-1'
PATIENCE = 60 * SLOWER


class Service:
    """The program over a store that takes up to `slow_us` for a call, sometimes ten times that."""

    def __init__(self, place, slow_us, workers=8, queue=4096):
        config = place.config('loop', os.path.join(BUILD, 'tests/drivers/patient.so'), {'jitter_us': slow_us},
                              {'login': {'by': ['username']},
                               'password': {'accept': ['raw/sha256-hex'], 'upgrade': False}},
                              startup='trust', pool={'max': workers}, timeout_ms=PATIENCE * 1000,
                              **{'async': {'workers': workers, 'queue': queue}})
        self.socket = os.path.join(place.path, 'loop.sock')
        self.process = subprocess.Popen([PROGRAM, config, self.socket], stderr=subprocess.PIPE)
        until = time.monotonic() + PATIENCE
        while not os.path.exists(self.socket) and self.process.poll() is None and time.monotonic() < until:
            time.sleep(0.01)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def descriptors(self):
        return len(os.listdir('/proc/%d/fd' % self.process.pid))

    def stop(self, number=signal.SIGTERM):
        """Exit status and what it said."""
        self.process.send_signal(number)
        _, said = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, said.decode()


def line(name='ada', password=SECRET):
    return json.dumps({'login': name, 'password': password}).encode() + b'\n'


async def connected(service):
    """Again while the backlog is full."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return await asyncio.open_unix_connection(service.socket)
        except (BlockingIOError, ConnectionRefusedError):
            if time.monotonic() > until:
                raise
            await asyncio.sleep(0.01)


async def asks(service, lines):
    """Sends them all at once; the statuses that come until the end."""
    reader, writer = await connected(service)
    statuses = []
    writer.write(b''.join(lines))
    for _ in lines:
        try:
            answer = await reader.readline()
        except ConnectionResetError:
            break
        if not answer:
            break
        said = json.loads(answer)
        assert (said['status'] == 'OK') == ('user' in said), said
        statuses.append(said['status'])
    writer.close()
    return statuses


def together(*calls):
    async def run():
        return await asyncio.wait_for(asyncio.gather(*calls), PATIENCE)
    return asyncio.run(run())


def crowd(tap):
    talk = [line(), line(password='not-this'), b'rubbish\n', line('nobody'), b'{"login": "ada"}\n', line()]
    with tap.test('each line of hundreds of clients is answered') as t, Workplace() as place, \
            Service(place, 2000) as service:
        for answers in together(*[asks(service, talk) for _ in range(400)]):
            t.equal('answers', answers, ['OK', 'DENIED', 'INVALID', 'DENIED', 'INVALID', 'OK'])
        threads = len(os.listdir('/proc/%d/task' % service.process.pid))
        t.check('threads', threads < 8 + 4 + 8, threads)
        t.equal('end', service.stop(), (0, ''))
        t.check('the socket is gone', not os.path.exists(service.socket))


async def hangs_up(service, what):
    _, writer = await connected(service)
    writer.write(what)
    await writer.drain()
    await asyncio.sleep(0.002)
    writer.transport.abort()


def deserters(tap):
    with tap.test('clients that hang up before the answer') as t, Workplace() as place, \
            Service(place, 20000) as service:
        together(asks(service, [line()]))
        before = service.descriptors()
        calls = [hangs_up(service, line()) for _ in range(200)]
        calls += [hangs_up(service, line()[:20]) for _ in range(50)]
        calls += [hangs_up(service, line() * 50) for _ in range(50)]
        calls += [asks(service, [line(), line('nobody')]) for _ in range(50)]
        for answers in together(*calls)[300:]:
            t.equal('who stays', answers, ['OK', 'DENIED'])
        until = time.monotonic() + PATIENCE
        while service.descriptors() > before and time.monotonic() < until:
            time.sleep(0.02)
        t.check('descriptors', service.descriptors() <= before, (service.descriptors(), before))
        t.equal('too long a line', together(asks(service, [b'x' * 20000])), [[]])
        t.equal('afterwards', together(asks(service, [line()])), [['OK']])
        t.equal('end', service.stop(signal.SIGINT), (0, ''))


def full(tap):
    with tap.test('a full queue is told at once, and loses nobody') as t, Workplace() as place, \
            Service(place, 50000, workers=1, queue=4) as service:
        answers = collections.Counter(
            one[0] for one in together(*[asks(service, [line()]) for _ in range(100)]))
        t.equal('answers', sum(answers.values()), 100)
        t.equal('of two kinds', sorted(answers), ['BUSY', 'OK'])
        t.equal('later', together(asks(service, [line()])), [['OK']])
        t.equal('end', service.stop(), (0, ''))


async def caught(service, clients):
    """All ask, some are answered, then comes the end."""
    tasks = [asyncio.ensure_future(asks(service, [line()])) for _ in range(clients)]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    service.process.send_signal(signal.SIGTERM)
    return await asyncio.gather(*tasks)


def the_end(tap):
    with tap.test('an end with calls under way') as t, Workplace() as place, \
            Service(place, 200000, workers=4) as service:
        answers = together(caught(service, 100))[0]
        seen = collections.Counter(status for one in answers for status in one)
        t.check('what runs is done', seen['OK'] >= 2, seen)
        t.check('what waits is cancelled', seen['CANCELLED'] > 0, seen)
        t.check('nothing else', set(seen) <= {'OK', 'CANCELLED', 'STATE'}, seen)
        t.equal('every client is told', sum(seen.values()), 100)
        t.equal('exit', service.process.wait(PATIENCE), 0)


def main():
    tap = Tap('event_loop')
    crowd(tap)
    deserters(tap)
    full(tap)
    the_end(tap)
    tap.done()


main()
