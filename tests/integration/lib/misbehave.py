"""Database servers that misbehave: by themselves (Rogue), or between a client and a real one
(Between).  They never judge; the tests do."""
import os
import socket
import struct
import threading
import time

from proxy import Port, Relay, finish

SCRAMBLE = b'A1b2C3d4' + b'E5f6G7h8I9j0'


def packet(number, body):
    """One packet of MySQL's protocol."""
    return struct.pack('<I', len(body))[:3] + bytes([number]) + body


def greeting(plugin=b'mysql_native_password', tls=False):
    able = 0x81bff7ff if tls else 0x81bff7ff & ~0x0800
    return packet(0, b'\x0a10.11.4-MariaDB\0' + struct.pack('<I', 7) + SCRAMBLE[:8] + b'\0' +
                  struct.pack('<HBHH', able & 0xffff, 45, 2, able >> 16) + bytes([len(SCRAMBLE) + 1]) + b'\0' * 10 +
                  SCRAMBLE[8:] + b'\0' + plugin + b'\0')


OK = b'\0\0\0\2\0\0\0'
# PostgreSQL: authenticated, ready.
READY = b'R\0\0\0\x08\0\0\0\0' + b'S\0\0\0\x18server_version\x0015.0\0' + b'Z\0\0\0\x05I'


class Rogue(Port):
    """One manner for each connection that comes."""

    def __init__(self, manner, engine):
        self.manner, self.engine, self.met, self.told = manner, engine, 0, b''
        self.open, self.lock = [], threading.Lock()
        super().__init__()

    def serve(self, client):
        with self.lock:
            self.met += 1
            self.open.append(client)
        try:
            getattr(self, self.manner.replace('-', '_'))(client)
        except OSError:
            pass
        finish(client)

    def hear(self, client):
        said = client.recv(65536)
        with self.lock:
            self.told += said
        return said

    def until_gone(self, client):
        while self.hear(client):
            pass

    def greet(self, client, **more):
        """Up to where the client has said who it is."""
        if self.engine == 'mariadb':
            client.sendall(greeting(**more))
        said = self.hear(client)
        if self.engine == 'postgresql' and said[4:8] == b'\x04\xd2\x16\x2f':       # asks for TLS
            client.sendall(b'N')
            said = self.hear(client)
        return said

    def let_in(self, client):
        self.greet(client)
        client.sendall(packet(2, OK) if self.engine == 'mariadb' else READY)

    # --- the manners -----------------------------------------------------------------------
    def silent(self, client):
        self.until_gone(client)

    def greets_and_waits(self, client):
        self.greet(client)
        self.until_gone(client)

    def lets_in_and_waits(self, client):
        self.let_in(client)
        self.until_gone(client)

    def garbage(self, client):
        client.sendall(b'\x99' + os.urandom(4095))
        self.until_gone(client)

    def greets_then_garbage(self, client):
        self.greet(client)
        client.sendall(b'\x98' + os.urandom(4095))
        self.until_gone(client)

    def lets_in_then_garbage(self, client):
        self.let_in(client)
        while self.hear(client):
            client.sendall(b'\x97' + os.urandom(4095))

    def hangs_up(self, client):
        self.greet(client)

    def wrong_sequence(self, client):
        self.let_in(client)
        while self.hear(client):
            client.sendall(packet(77, OK) if self.engine == 'mariadb' else b'C\0\0\0\x04' + b'D\0\0\0\2')

    def drips(self, client):
        """What a good server says first, a byte each second."""
        good = greeting() if self.engine == 'mariadb' else READY
        if self.engine == 'postgresql':
            self.greet(client)
        for byte in good * 3:
            client.sendall(bytes([byte]))
            time.sleep(1)

    def longer_than_announced(self, client):
        """A packet said to be of 16 MiB, of which a little comes."""
        self.let_in(client)
        while self.hear(client):
            client.sendall(b'\xff\xff\xff\1' + b'x' * 100 if self.engine == 'mariadb' else b'D\x7f\0\0\0' + b'x' * 100)

    def endless(self, client):
        """An answer that never ends: of PostgreSQL one row, of MariaDB one column definition."""
        self.let_in(client)
        self.hear(client)
        number = 1
        if self.engine == 'mariadb':
            client.sendall(packet(1, b'\1'))
        else:
            client.sendall(b'D\x3f\xff\xff\xff\0\1\x3f\xff\xff\xf0')
        while True:
            number = (number + 1) % 256
            client.sendall(b'\xff\xff\xff' + bytes([number]) + b'y' * 0xffffff if self.engine == 'mariadb' else b'y' * 1000000)

    def stalls_tls(self, client):
        """Says yes to TLS, and then nothing."""
        if self.engine == 'mariadb':
            client.sendall(greeting(tls=True))
        self.hear(client)
        if self.engine == 'postgresql':
            client.sendall(b'S')
        self.until_gone(client)

    def stalls_tls_later(self, client):
        """The beginning of a ServerHello."""
        if self.engine == 'mariadb':
            client.sendall(greeting(tls=True))
            self.hear(client)
        else:
            self.hear(client)
            client.sendall(b'S')
        self.hear(client)
        client.sendall(b'\x16\3\3\0\x7a\2\0\0\x76\3\3' + os.urandom(20))
        self.until_gone(client)

    def asks_for_a_file(self, client):
        """LOAD DATA LOCAL INFILE as the answer to whatever is asked."""
        self.let_in(client)
        while self.hear(client):
            client.sendall(packet(1, b'\xfb/etc/passwd'))

    def asks_for_clear_text(self, client):
        self.greet(client)
        client.sendall(packet(2, b'\xfemysql_clear_password\0') if self.engine == 'mariadb'
                       else b'R\0\0\0\x08\0\0\0\3')
        self.until_gone(client)

    def close(self):
        super().close()
        with self.lock:
            for client in self.open:
                finish(client)
                client.close()


class Between(Relay):
    """To a real server, until an answer comes that holds `what`: then the connection is reset in
    the middle of it, or goes silent there.  Once; what follows is let through."""

    def __init__(self, port):
        self.what, self.reset, self.cuts = None, True, 0
        super().__init__(port)

    def arm(self, what, reset=True):
        self.reset, self.what = reset, what

    def serve(self, client):
        server = self.reach(client)
        if server:
            threading.Thread(target=self.forth, args=(client, server), daemon=True).start()
            self.back(client, server)

    def forth(self, client, server):
        try:
            while said := client.recv(65536):
                server.sendall(said)
        except OSError:
            pass
        finish(server)

    def back(self, client, server):
        try:
            while said := server.recv(65536):
                if self.what and self.what in said:
                    at = said.index(self.what) + len(self.what) // 2
                    self.what = None
                    client.sendall(said[:at])
                    self.cut(client, server)
                    return
                client.sendall(said)
        except OSError:
            pass
        finish(client)

    def cut(self, client, server):
        self.cuts += 1
        if self.reset:
            # The other thread must not wait on it any more: only then closing it resets it.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
            client.shutdown(socket.SHUT_RD)
            time.sleep(0.05)
            client.close()
        finish(server)
