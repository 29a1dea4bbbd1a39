"""A host in its own process: one connection, kept open while the test does things to the
store.  Requests are lines of JSON on stdin, answers lines of JSON on stdout; a list of
requests runs in as many threads at once.

usage: host.py BUILD CONFIG   or from a test: with Host(config) as host: host(op='login', ...)
With IDBC_TEST_SUBMIT in the environment requests are submitted, and their completions waited for."""
import ctypes
import json
import os
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kit import SLOWER, heard  # noqa: E402

KINDS = ['', 'login', 'get_user', 'create', 'verify', 'change_password', 'delete_user', 'change_email']
BY = ['login', 'user_id', 'email', 'username', 'phone']
EFFECTS = ['NONE', 'APPLIED', 'UNKNOWN']


class Error(ctypes.Structure):
    _fields_ = [('size', ctypes.c_uint32), ('status', ctypes.c_uint32), ('effect', ctypes.c_uint32),
                ('detail', ctypes.c_uint32), ('op', ctypes.c_uint32), ('native', ctypes.c_int32),
                ('sqlstate', ctypes.c_char * 8), ('origin', ctypes.c_char * 16),
                ('code', ctypes.c_char * 32), ('text', ctypes.c_char * 176)]


class Request(ctypes.Structure):
    _fields_ = [(n, ctypes.c_uint32) for n in ('size', 'kind', 'by', 'flags', 'timeout_ms', 'pad')] + \
               [(n, ctypes.c_char_p) for n in ('value', 'password', 'current_password', 'email', 'client_ip')] + \
               [('user', ctypes.c_void_p)]


LOG = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint32, ctypes.c_uint32, ctypes.c_uint64,
                       ctypes.c_char_p, ctypes.c_char_p)
DONE = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(Error), ctypes.c_void_p)


class Library:
    def __init__(self, build):
        self.c = ctypes.CDLL(os.path.join(build, 'libidbc.so'))
        self.c.idbc_status_name.restype = ctypes.c_char_p
        self.c.idbc_profile_json.restype = ctypes.c_char_p
        self.c.idbc_profile_json.argtypes = [ctypes.c_void_p, ctypes.c_uint32]
        self.c.idbc_profile_free.argtypes = [ctypes.c_void_p]
        self.c.idbc_stats_json.restype = ctypes.c_void_p
        self.c.idbc_stats_json.argtypes = [ctypes.c_void_p]
        self.c.idbc_free.argtypes = [ctypes.c_void_p]
        self.c.idbc_close.argtypes = [ctypes.c_void_p, ctypes.c_uint32]
        self.c.idbc_set_log.argtypes = [ctypes.c_void_p, LOG, ctypes.c_void_p]

    def open(self, path):
        conn, err = ctypes.c_void_p(), Error(ctypes.sizeof(Error))
        status = self.c.idbc_open(path.encode(), ctypes.byref(conn), ctypes.byref(err))
        return conn, self.answer(status, err, None)

    def stats(self, conn):
        text = self.c.idbc_stats_json(conn)
        said = json.loads(ctypes.string_at(text))
        self.c.idbc_free(text)
        return said

    def answer(self, status, err, profile):
        said = {'status': self.c.idbc_status_name(status).decode(), 'effect': EFFECTS[err.effect]}
        if status:
            said.update(code=err.code.decode(), text=err.text.decode(), native=err.native,
                        sqlstate=err.sqlstate.decode())
        if profile:
            said['profile'] = json.loads(self.c.idbc_profile_json(profile, 0))
            self.c.idbc_profile_free(profile)
        return said

    def submit(self, conn, request, err):
        """As idbc_call() would answer; what the request points to is overwritten at once."""
        told, said, out = threading.Event(), [], ctypes.c_void_p()
        texts = {name: getattr(request, name) for name, kind in Request._fields_ if kind is ctypes.c_char_p}
        texts = {name: ctypes.create_string_buffer(text) for name, text in texts.items() if text is not None}
        for name, text in texts.items():
            setattr(request, name, ctypes.cast(text, ctypes.c_char_p))

        def done(status, profile, why, _user):
            said.append((status, profile, Error.from_buffer_copy(why.contents)))
            told.set()

        note = DONE(done)
        status = self.c.idbc_submit(conn, ctypes.byref(request), note, None, None, ctypes.byref(err))
        for text in texts.values():
            ctypes.memset(text, ord('#'), len(text) - 1)
        if status:
            return status, err, out
        told.wait()
        time.sleep(0.001)       # a second completion would be seen
        assert len(said) == 1, said
        status, profile, err = said[0]
        out.value = profile
        return status, err, out

    def call(self, conn, asked):
        user, out, err = ctypes.c_void_p(), ctypes.c_void_p(), Error(ctypes.sizeof(Error))
        request = Request(ctypes.sizeof(Request), KINDS.index(asked['op']), BY.index(asked.get('by', 'login')),
                          asked.get('flags', 0), asked.get('timeout_ms', 0))
        for name in ('value', 'password', 'current_password', 'email', 'client_ip'):
            if name in asked:
                setattr(request, name, asked[name].encode())
        if 'user' in asked:
            status = self.c.idbc_profile_parse(json.dumps(asked['user']).encode(), ctypes.byref(user), ctypes.byref(err))
            if status:
                return self.answer(status, err, None)
            request.user = user.value
        heard('', request.password, request.current_password)
        began = time.monotonic()
        if os.environ.get('IDBC_TEST_SUBMIT'):
            status, err, out = self.submit(conn, request, err)
        else:
            status = self.c.idbc_call(conn, ctypes.byref(request), ctypes.byref(out), ctypes.byref(err))
        said = self.answer(status, err, out.value)
        if asked.get('audit'):
            said['detail'] = err.detail
        said['seconds'] = round(time.monotonic() - began, 3)
        self.c.idbc_profile_free(user)
        return said


def all_at_once(library, conn, asked):
    answers, ready = [None] * len(asked), threading.Barrier(len(asked))

    def run(i):
        ready.wait()
        answers[i] = library.call(conn, asked[i])

    threads = [threading.Thread(target=run, args=(i,)) for i in range(len(asked))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def serve(build, config):
    library, lines = Library(build), []
    conn, opened = library.open(config)

    def keep(_ctx, level, _op, _id, origin, text):
        lines.append((level, origin + b' ' + text))
        heard('log %d %s: %s' % (level, origin.decode(), text.decode()))

    note = LOG(keep)
    if conn:
        library.c.idbc_set_log(conn, note, None)
    print(json.dumps(opened), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        if asked == 'log':
            answer = [[level, text.decode()] for level, text in lines]
        elif asked == 'stats':
            answer = library.stats(conn)
        elif isinstance(asked, list):
            answer = all_at_once(library, conn, asked)
        else:
            answer = library.call(conn, asked)
        print(json.dumps(answer), flush=True)
    library.c.idbc_close(conn, 0)


def needs(build, runtime):
    """Is the library under that sanitizer?"""
    with open(os.path.join(build, 'libidbc.so'), 'rb') as f:
        return b'__%s_init' % runtime in f.read()


def environment(build):
    """What a Python that loads the library must be started with, for its sanitizer."""
    found = dict(os.environ)
    for name in ('asan', 'tsan'):
        if needs(build, name.encode()):
            runtime = subprocess.run(['cc', '-print-file-name=lib%s.so' % name], stdout=subprocess.PIPE, check=True)
            # Its interceptors look for the real functions at once: crypt's must be there.
            found['LD_PRELOAD'] = runtime.stdout.decode().strip() + ' libcrypt.so.1'
    found['ASAN_OPTIONS'] = found.get('ASAN_OPTIONS', '') + ':detect_leaks=0'
    return found


def start_as_host(build):
    """Before a test loads the library into its own process: starts itself again where a sanitizer wants that."""
    if os.environ.pop('IDBC_STARTED', None):
        os.environ.pop('LD_PRELOAD', None)      # not for what this test starts
    elif needs(build, b'asan') or needs(build, b'tsan'):
        os.execve(sys.executable, [sys.executable, *sys.argv], dict(environment(build), IDBC_STARTED='1'))


class Host:
    """The other end of the pipe."""

    def __init__(self, build, config):
        self.process = subprocess.Popen([sys.executable, os.path.abspath(__file__), build, config],
                                        env=environment(build), stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self):
        self.opened = self.read()
        return self

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError('the host ended with %s' % self.process.wait())
        return json.loads(line)

    def send(self, *asked, **one):
        self.process.stdin.write(json.dumps(list(asked) if asked else one).encode() + b'\n')
        self.process.stdin.flush()

    def __call__(self, *asked, **one):
        self.send(*asked, **one)
        return self.read()

    def ask(self, word):
        self.process.stdin.write(json.dumps(word).encode() + b'\n')
        self.process.stdin.flush()
        return self.read()

    def log(self):
        return self.ask('log')

    def stats(self):
        return self.ask('stats')

    def peak_kib(self):
        with open('/proc/%d/status' % self.process.pid, encoding='ascii') as f:
            return int(next(x for x in f if x.startswith('VmHWM')).split()[1])

    def __exit__(self, *_):
        self.process.stdin.close()
        self.ended = self.process.wait(timeout=60 * SLOWER)
        self.process.stdout.close()


if __name__ == '__main__':
    serve(*sys.argv[1:])
