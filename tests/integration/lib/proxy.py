"""A server's port with faults: what goes through it can be cut or held at a chosen packet."""
import os
import socket
import threading


class Proxy:
    """arm('before' | 'after' | 'hold', what): at the first packet of a client that holds
    `what`, the connection is cut before the server has it, is cut when the server has
    answered, or is kept without an answer."""

    def __init__(self, port):
        self.upstream, self.mode, self.what = port, None, None
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def arm(self, mode, what):
        self.what, self.mode = what, mode

    def accept(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        fault = []
        try:
            server = socket.create_connection(('127.0.0.1', self.upstream))
        except OSError:
            client.close()
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

    def close(self):
        finish(self.listener)
        self.listener.close()


def finish(sock):
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


class Peer:
    """Something that is no database server: silent, talks nonsense, hangs up."""

    def __init__(self, manner):
        self.manner, self.kept = manner, []
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            if self.manner == 'garbage':
                client.sendall(os.urandom(4096))
            elif self.manner == 'reset':
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\1\0\0\0\0\0\0\0')
            if self.manner in ('reset', 'hang-up'):
                client.close()
            else:
                self.kept.append(client)

    def close(self):
        finish(self.listener)
        self.listener.close()
        for client in self.kept:
            client.close()
