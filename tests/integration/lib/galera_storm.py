"""Ten thousand logins with writes between them, on connections that prefer different nodes,
while the nodes die and come back one after another.  Each thread has people of its own and knows
what may be true of each: what it is told must be, and in the end the rows must be, on all nodes."""
import collections
import hashlib
import os
import random
import sys
import threading
import time

from cluster import NODES
from host import Library
from kit import BUILD, SLOWER

THREADS, LOGINS, TIMEOUT_MS, PAUSE = 8, 10000, 5000, 0.006
PASSWORDS = ['Zq-storm-%d' % i for i in range(40)]
DOWN = {'UNAVAILABLE', 'TIMEOUT', 'BUSY'}
WRITES = {'create', 'change_password', 'delete_user'}


class Person:
    def __init__(self, name):
        self.name, self.uid = name, None
        self.may = {None}       # passwords he may have; None: he may not be there
        self.in_doubt = False   # a write of unknown outcome: it may even come late


class Worker(threading.Thread):
    def __init__(self, number, library, conns, stop):
        super().__init__()
        self.number, self.library, self.conns, self.stop = number, library, conns, stop
        self.random = random.Random(number)
        self.people, self.wrong, self.counts = [], [], collections.Counter()
        self.logins, self.slowest = 0, 0.0

    def say(self, person, asked, said, why):
        self.wrong.append('%s: %s %r gave %r; %s may have %r' % (why, asked['op'], asked.get('password'), {
            k: said.get(k) for k in ('status', 'effect', 'code', 'text', 'native')}, person.name, person.may))

    def ask(self, person, **asked):
        name, conn = self.random.choice(self.conns)
        if 'native' in asked:
            asked['value'] = '%s|%s' % (name, asked.pop('native'))
        said = self.library.call(conn, dict(asked, timeout_ms=TIMEOUT_MS))
        self.counts[asked['op'], said['status'], said['effect']] += 1
        self.slowest = max(self.slowest, said['seconds'])
        if said['effect'] == 'UNKNOWN':
            person.in_doubt = True
        if asked['op'] not in WRITES and said['effect'] != 'NONE':
            self.say(person, asked, said, 'a read with an effect')
        return said, asked

    def login(self, person, password):
        said, asked = self.ask(person, op='login', value=person.name, password=password)
        self.logins += 1
        if said['status'] == 'OK' and password in person.may:
            person.may = {password}
        elif said['status'] == 'DENIED' and person.may != {password}:
            person.may -= {password}
        elif said['status'] not in DOWN:
            self.say(person, asked, said, 'a login')

    def look(self, person):
        said, asked = self.ask(person, op='get_user', value=person.name)
        if said['status'] == 'OK' and person.may != {None}:
            person.may -= {None}
        elif said['status'] == 'NO_USER' and None in person.may:
            person.may = {None}
        elif said['status'] not in DOWN:
            self.say(person, asked, said, 'a look')

    def wrote(self, person, said, asked, becomes):
        """What a write's status and effect say of the row."""
        if said['status'] == 'OK' and said['effect'] == 'APPLIED':
            person.may = {becomes}
        elif said['status'] not in DOWN:
            self.say(person, asked, said, 'a write')
        elif said['effect'] == 'UNKNOWN':
            person.may = person.may | {becomes}
        elif said['effect'] == 'APPLIED':
            person.may = {becomes}
        return said

    def create(self):
        person = Person('s%d-%d' % (self.number, len(self.people)))
        self.people.append(person)
        password = self.random.choice(PASSWORDS)
        said, asked = self.ask(person, op='create', password=password,
                               user={'username': person.name, 'email': person.name + '@example.com'})
        self.wrote(person, said, asked, password)
        if 'profile' in said:
            person.uid = said['profile']['identities'][0]['user_id']

    def change(self, person):
        password = self.random.choice(PASSWORDS)
        said, asked = self.ask(person, op='change_password', value=person.name, password=password)
        self.wrote(person, said, asked, password)

    def delete(self, person):
        if person.uid:
            said, asked = self.ask(person, op='delete_user', by='user_id', native=person.uid)
            self.wrote(person, said, asked, None)

    def step(self):
        sure = [p for p in self.people if not p.in_doubt and p.may != {None}]
        dice = self.random.random()
        if len(sure) < 4 or dice < 0.07:
            return self.create()
        person = self.random.choice(sure[-20:])
        if dice < 0.62:
            return self.login(person, next(iter(person.may)))
        if dice < 0.74:
            return self.login(person, self.random.choice([p for p in PASSWORDS if p not in person.may]))
        if dice < 0.78:
            return self.look(person)
        return self.change(person) if dice < 0.94 else self.delete(person)

    def run(self):
        while not self.stop.is_set():
            self.step()
            time.sleep(PAUSE)


def trouble(cluster, workers):
    """Each node dies once and comes back; then each hangs for longer and shorter than the others wait."""
    for node in NODES:
        time.sleep(1.5)
        cluster.kill(node)
        time.sleep(1)
        cluster.start(node)
        cluster.whole()
    for node, seconds in ((2, 4), (1, 1)):
        time.sleep(1)
        cluster.stop(node)
        time.sleep(seconds)
        cluster.go_on(node)
        cluster.whole()
    end = time.monotonic() + 60 * SLOWER
    while sum(w.logins for w in workers) < LOGINS and time.monotonic() < end:
        time.sleep(0.1)


def row_is_possible(person, row):
    stored = row[2] if row else None
    return stored in {p and hashlib.sha256(p.encode()).hexdigest() for p in person.may}


def judge_rows(t, rig, workers):
    tables = [rig.rows(node, "WHERE login LIKE 's%-%'") for node in NODES]
    t.check('the same rows on all nodes', tables[0] == tables[1] == tables[2], [len(x) for x in tables])
    by_name = {row[0]: row for row in tables[0]}
    people = [p for w in workers for p in w.people]
    t.equal('nobody twice', len(by_name), len(tables[0]))
    t.equal('nobody else', set(by_name) - {p.name for p in people}, set())
    for person in people:
        row = by_name.get(person.name)
        t.check('row of ' + person.name, row_is_possible(person, row), (person.may, row))
    return sum(p.in_doubt for p in people), len(people)


def storm(t, rig):
    library, stop = Library(BUILD), threading.Event()
    conns = []
    for order in ((1, 2, 3), (2, 3, 1), (3, 1, 2)):
        path = rig.config(order)
        conn, opened = library.open(path)
        t.equal('opened', opened['status'], 'OK')
        conns.append((os.path.basename(path)[:-len('.json')], conn))
    workers = [Worker(i, library, conns, stop) for i in range(THREADS)]
    for worker in workers:
        worker.start()
    try:
        trouble(rig.cluster, workers)
    finally:
        stop.set()
        for worker in workers:
            worker.join()
    counts = sum((w.counts for w in workers), collections.Counter())
    for key in sorted(counts):
        print('  %6d %s %s %s' % (counts[key], *key), file=sys.stderr)
    wrong = [x for w in workers for x in w.wrong]
    t.equal('what was told wrong', wrong[:5], [])
    t.check('logins', sum(w.logins for w in workers) >= LOGINS, sum(w.logins for w in workers))
    t.check('most are served', counts['login', 'OK', 'NONE'] > LOGINS / 2, counts)
    slowest = max(w.slowest for w in workers)
    t.check('deadlines', slowest < TIMEOUT_MS / 1000 + 1.5 * SLOWER, slowest)
    in_doubt, people = judge_rows(t, rig, workers)
    print('  %d people, %d in doubt; slowest call %.2f s' % (people, in_doubt, slowest), file=sys.stderr)
    for _, conn in conns:
        t.equal('close', library.c.idbc_close(conn, 0), 0)
