"""Deletes by intent on a cluster: the node dies while the profile store is asked, and the delete ends
on another, by its owner or by a recovery; then two recover the same intents on two nodes."""
import threading

from connection import Connection
from host import Library
from kit import BUILD, intents_sql

MANY = 40
DELETES = {'delete': {'intents': 'idbc_intents'}, 'timeout_ms': 8000}


class Owner(Connection):
    """A connection whose node is the first of `order`, with a profile store that notes whom it removes."""

    def __init__(self, rig, order, remove, name):
        more = {**DELETES, 'profile': {'user_id_prefix': name}}
        super().__init__(Library(BUILD), rig.config(order, None, more))
        self.prefix, self.asked = name, []

        def removes(user_id):
            self.asked.append(user_id.split('|', 1)[1])
            remove(self.asked[-1])
            return 0

        self.profile_store(removes)

    def user_id(self, native):
        return '%s|%s' % (self.prefix, native)

    def delete(self, native):
        return super().delete(self.user_id(native))

    def get(self, native):
        return self.ask(op='get_user', by='user_id', value=self.user_id(native))


def nothing(_native):
    pass


def ids(rig, count, tag):
    rig.cluster.sql(1, 'INSERT INTO people (login, mail) VALUES ' + ','.join(
        "('%s%d', '%s%d@example.com')" % (tag, i, tag, i) for i in range(count)))
    return [row[0] for row in rig.cluster.sql(1, "SELECT id FROM people WHERE login LIKE '%s%%' ORDER BY id" % tag)]


def stands(rig, node, native):
    return rig.cluster.sql(node, "SET SESSION wsrep_sync_wait = 1; SELECT state FROM idbc_intents WHERE native_id = '%s'" % native)


def node_dies(t, rig):
    """One delete knows node 1 alone, the other one every node; node 1 dies while both profile stores are asked."""
    cluster = rig.cluster
    bound, free = ids(rig, 2, 'dies')
    heard = {}
    first = Owner(rig, (1,), lambda _native: cluster.kill(1), 'one')
    other = Owner(rig, (1, 2, 3), lambda _native: heard.update(bound=first.delete(bound)), 'all')
    heard['free'] = other.delete(free)
    t.equal('ended elsewhere', (heard['free']['status'], heard['free']['effect'], other.asked), ('OK', 'APPLIED', [free]))
    said = heard['bound']
    t.equal('stands', (said['status'] in ('UNAVAILABLE', 'TIMEOUT'), said['effect'], said.get('code'), first.asked),
            (True, 'UNKNOWN', 'delete_pending', [bound]))
    t.equal('seen by nobody', ([stands(rig, 2, x) for x in (bound, free)], other.get(bound), other.get(free)),
            ([[['1']], [['2']]], 'NO_USER', 'NO_USER'))
    cluster.sql(2, "UPDATE idbc_intents SET lease_end = 0 WHERE native_id = '%s'" % bound)
    late = Owner(rig, (3, 2), nothing, 'late')
    status, finished = late.recover()
    t.equal('recovered on another node', (status, finished, late.asked, stands(rig, 3, bound)), ('OK', 1, [bound], [['2']]))
    cluster.start(1)
    cluster.whole()
    t.equal('gone from all', cluster.sql(1, "SELECT COUNT(*) FROM people WHERE id IN (%s, %s)" % (bound, free)), [['0']])
    for owner in (first, other, late):
        owner.close()


def two_recover(t, rig):
    """Each intent is taken on two nodes at once: one commit is certified, and one profile store is asked."""
    two = [Owner(rig, order, nothing, 'r%d' % order[0]) for order in ((1, 2, 3), (2, 3, 1))]
    many = ids(rig, MANY, 'both')
    rig.cluster.sql(1, 'INSERT INTO idbc_intents (scope, native_id, state, connection, token, lease_end, profile_store, written_at) VALUES '
                    + ','.join("('people', '%s', 1, 'gone', 'tok%s', 0, 1, 0)" % (x, x) for x in many))
    heard, ready = [None, None], threading.Barrier(2)

    def run(i):
        ready.wait()
        heard[i] = two[i].recover()

    threads = [threading.Thread(target=run, args=(i,)) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    t.equal('both say', [x for x, _ in heard], ['OK', 'OK'])
    t.equal('each once', (sorted(two[0].asked + two[1].asked, key=int), sum(n for _, n in heard)), (many, MANY))
    t.equal('all gone', rig.cluster.sql(3, "SET SESSION wsrep_sync_wait = 1; SELECT COUNT(*) FROM people WHERE login LIKE 'both%';"
                                        " SELECT DISTINCT state FROM idbc_intents WHERE token LIKE 'tok%' OR native_id IN (" + ','.join("'%s'" % x for x in many) + ')'),
            [['0'], ['2']])
    for owner in two:
        owner.close()


def deletes(t, rig):
    rig.cluster.sql(1, intents_sql('mariadb'))
    rig.cluster.sql(1, 'DELETE FROM idbc_intents')
    two_recover(t, rig)
    node_dies(t, rig)
