"""A server's port that counts messages, in both directions, and at the k-th does something to the
connection.  It knows where a message of MariaDB's or PostgreSQL's protocol ends, so that every
place where a connection can break is met once."""
import socket
import struct
import threading
import time

from proxy import Relay, finish


class Cutter(Relay):
    """arm(k, how): from now on messages are counted on the connection that is used next; with
    `since` from the client's first that holds these bytes.

    'cut'   the k-th reaches nobody, both sides are closed
    'late'  the client is cut off, but the server gets the k-th after `delay` seconds, and then
            an end; one of the server's own is lost
    'kill'  `strike()` is called first, then as cut"""

    def __init__(self, port, engine, delay=0.5):
        self.engine, self.delay = engine, delay
        self.strike, self.lock = None, threading.Lock()
        self.arm(0, '')
        super().__init__(port)

    def arm(self, k, how, since=b''):
        with self.lock:
            self.since, self.k, self.how, self.seen, self.marked = since, k, how, 0, None
            self.fired = threading.Event()
            self.settled = threading.Event()    # what the cut left behind has ended

    def serve(self, client):
        server = self.reach(client)
        if not server:
            return
        for sock in (client, server):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        pair = Pair(client, server)
        for way in (0, 1):
            threading.Thread(target=self.carry, args=(pair, way), daemon=True).start()

    def carry(self, pair, way):
        source, sink = (pair.client, pair.server) if way == 0 else (pair.server, pair.client)
        frames = Frames(self.engine, way)
        try:
            while True:
                packet = source.recv(65536)
                if not packet:
                    break
                for message in frames.take(packet):
                    if self.is_it(pair, way, message):
                        self.act(pair, way, message)
                        return
                    sink.sendall(message)
        except OSError:
            pass
        if not pair.cut:
            pair.end()

    def is_it(self, pair, way, message):
        with self.lock:
            if pair.cut:
                raise OSError('cut')
            if not self.k or self.fired.is_set() or self.marked not in (None, pair):
                return False
            if not self.marked and not (way == 0 and self.since in message):
                return False
            self.marked = pair
            self.seen += 1
            if self.seen < self.k:
                return False
            pair.cut = True
            self.fired.set()
            return True

    def act(self, pair, way, message):
        how, settled = self.how, self.settled
        if how == 'kill':
            self.strike()
        pair.client.close_hard()
        if how == 'late' and way == 0:
            time.sleep(self.delay)
            try:
                pair.server.sendall(message)
                time.sleep(0.1)
            except OSError:
                pass
        pair.end()
        settled.set()


class Pair:
    def __init__(self, client, server):
        self.client, self.server, self.cut = Sock(client), Sock(server), False

    def end(self):
        self.client.close_hard()
        self.server.close_hard()


class Sock:
    def __init__(self, sock):
        self.sock, self.recv, self.sendall = sock, sock.recv, sock.sendall

    def close_hard(self):
        finish(self.sock)


class Frames:
    """Bytes in, whole messages out."""

    def __init__(self, engine, way):
        self.rest, self.engine, self.way = b'', engine, way
        self.began = False      # PostgreSQL: a client's first message has no type

    def take(self, packet):
        self.rest += packet
        while True:
            n = self.length()
            if not n or len(self.rest) < n:
                return
            message, self.rest = self.rest[:n], self.rest[n:]
            yield message

    def length(self):
        rest = self.rest
        if self.engine == 'mariadb':
            return 4 + rest[0] + (rest[1] << 8) + (rest[2] << 16) if len(rest) >= 4 else 0
        if self.way == 0 and not self.began:
            if len(rest) < 8:
                return 0
            size, code = struct.unpack('>II', rest[:8])
            self.began = code >> 16 == 3
            return size
        if self.way == 1 and not self.began:
            self.began = True
            if rest[:1] == b'N':        # no TLS here
                return 1
        return 1 + struct.unpack('>I', rest[1:5])[0] if len(rest) >= 5 else 0
