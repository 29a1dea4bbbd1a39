"""A server's port with faults: what goes through it can be cut or held at a chosen packet."""
import os
import socket
import threading


def finish(sock):
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


class Port:
    """A port of this machine: serve(client) runs for each connection that comes, on a thread of its own."""

    def __init__(self):
        self.listener = socket.create_server(('127.0.0.1', 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def close(self):
        finish(self.listener)
        self.listener.close()


class Relay(Port):
    """One that lies before a server's."""

    def __init__(self, upstream):
        self.upstream = upstream
        super().__init__()

    def reach(self, client):
        """The server's end, or None: it cannot be had, and the client's is closed."""
        try:
            return socket.create_connection(('127.0.0.1', self.upstream))
        except OSError:
            client.close()
            return None


class Proxy(Relay):
    """arm('before' | 'after' | 'hold', what): at the first packet of a client that holds
    `what`, the connection is cut before the server has it, is cut when the server has
    answered, or is kept without an answer."""

    def __init__(self, port):
        self.mode, self.what = None, None
        super().__init__(port)

    def arm(self, mode, what):
        self.what, self.mode = what, mode

    def serve(self, client):
        fault, server = [], self.reach(client)
        if not server:
            return
        back = threading.Thread(target=self.answers, args=(server, client, fault), daemon=True)
        back.start()
        try:
            while True:
                packet = client.recv(65536)
                if self.mode and self.what in packet:
                    fault.append(self.mode)
                    self.mode = None
                if not packet or fault == ['before']:
                    break
                if fault != ['hold']:
                    server.sendall(packet)
        except OSError:
            pass
        finish(server)
        back.join()
        finish(client)

    def answers(self, server, client, fault):
        try:
            while True:
                packet = server.recv(65536)
                if not packet or fault == ['after']:
                    break
                client.sendall(packet)
        except OSError:
            pass
        finish(client)


class Peer(Port):
    """Something that is no database server: silent, talks nonsense, hangs up."""

    def __init__(self, manner):
        self.manner, self.kept = manner, []
        super().__init__()

    def serve(self, client):
        if self.manner == 'garbage':
            client.sendall(os.urandom(4096))
        elif self.manner == 'reset':
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\1\0\0\0\0\0\0\0')
        if self.manner in ('reset', 'hang-up'):
            client.close()
        else:
            self.kept.append(client)

    def close(self):
        super().close()
        for client in self.kept:
            client.close()
