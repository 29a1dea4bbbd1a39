"""IDBC from Python: ctypes over libidbc.so.0, standard library only, Python 3.9 or later.

    import idbc

    with idbc.Store('shop.json') as store:
        try:
            profile = store.login('ida', password)
        except idbc.Denied:
            ...

A profile is a dict.  What is not OK is an exception that has status, code, detail and effect;
each status has a class of its own, and each hundred of them a base class.  A Store may be used
from any threads at once: ctypes lets go of the interpreter while a call runs.  What the library
calls back runs on the thread that asked.  idbc_async.py is the same for asyncio, idbc_bulk.py has
what goes over whole stores: export, import, migration.

No password stands in a repr, in a message or in a variable of a frame of this file, and the
bytes handed to the library are wiped afterwards.  Python's own strings cannot be wiped.
"""
import contextlib
import ctypes
import json
import logging
import os
import threading

__all__ = ['Store', 'Error', 'Refused', 'Misuse', 'World', 'Fault', 'BY', 'check', 'library', 'version']

# enum idbc_by, enum idbc_op_kind, enum idbc_request_flag: numbers are for ever.
BY = {'login': 0, 'user_id': 1, 'email': 2, 'username': 3, 'phone': 4}
_LOGIN, _GET_USER, _CREATE, _VERIFY, _CHANGE_PASSWORD, _DELETE_USER, _CHANGE_EMAIL = range(1, 8)
_SELF_SERVICE, _VERIFIED = 1, 2
_OP_NAMES = ('', 'login', 'getUser', 'create', 'verify', 'changePassword', 'deleteUser', 'changeEmail')
_EFFECTS = ('NONE', 'APPLIED', 'UNKNOWN')
_DETAILS = ('NONE', 'UNKNOWN_USER', 'WRONG_PASSWORD', 'NO_PASSWORD', 'BAD_CREDENTIAL', 'AMBIGUOUS', 'LOCKED_OUT')
_IDP_TOKENS, _MFA = 1, 2
_CHECK_CREATE, _CHECK_GRANTS = 1, 2
_log = logging.getLogger('idbc')


class _CError(ctypes.Structure):
    """struct idbc_error.  Its first field says how much of it we know."""
    _fields_ = [('size', ctypes.c_uint32), ('status', ctypes.c_uint32), ('effect', ctypes.c_uint32),
                ('detail', ctypes.c_uint32), ('op', ctypes.c_uint32), ('native', ctypes.c_int32),
                ('sqlstate', ctypes.c_char * 8), ('origin', ctypes.c_char * 16),
                ('code', ctypes.c_char * 32), ('text', ctypes.c_char * 176)]


class _CRequest(ctypes.Structure):
    """struct idbc_request.  Strings are plain addresses: a char * field would show its text."""
    _fields_ = [('size', ctypes.c_uint32), ('kind', ctypes.c_uint32), ('by', ctypes.c_uint32),
                ('flags', ctypes.c_uint32), ('timeout_ms', ctypes.c_uint32), ('pad', ctypes.c_uint32),
                ('value', ctypes.c_void_p), ('password', ctypes.c_void_p),
                ('current_password', ctypes.c_void_p), ('email', ctypes.c_void_p),
                ('client_ip', ctypes.c_void_p), ('user', ctypes.c_void_p)]


_Remove = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p)


class _CProfileStore(ctypes.Structure):
    """struct idbc_profile_store."""
    _fields_ = [('size', ctypes.c_uint32), ('pad', ctypes.c_uint32), ('remove', _Remove), ('ctx', ctypes.c_void_p)]


class Error(Exception):
    """A call that was not OK.

    status   'DENIED', 'UNAVAILABLE': the name of the status; number is its value
    code     'user_exists', 'password_too_long', or ''
    effect   of a failed write: 'NONE' nothing was written, 'APPLIED' it was, 'UNKNOWN'
    detail   'WRONG_PASSWORD', 'UNKNOWN_USER': for logs, never for users
    operation, native, sqlstate, origin, text: as in struct idbc_error
    """
    status = ''
    number = -1

    def __init__(self, text, code='', effect='NONE', detail='NONE', operation='', native=0, sqlstate='', origin=''):
        super().__init__(text)
        self.text, self.code, self.effect, self.detail = text, code, effect, detail
        self.operation, self.native, self.sqlstate, self.origin = operation, native, sqlstate, origin

    def __reduce__(self):
        return type(self), (self.text, self.code, self.effect, self.detail, self.operation, self.native,
                            self.sqlstate, self.origin)

    def __repr__(self):
        return '%s(%r, code=%r, effect=%r)' % (type(self).__name__, self.text, self.code, self.effect)


class Refused(Error):
    """1xx: the store said no."""


class Misuse(Error):
    """2xx: the caller is wrong."""


class World(Error):
    """3xx: the store could not be asked in time.  Never a verdict on a user or a password."""


class Fault(Error):
    """4xx: configuration, driver or stored data are wrong."""


_BASES = {1: Refused, 2: Misuse, 3: World, 4: Fault}
_STATUSES = {100: 'DENIED', 101: 'NO_USER', 102: 'EXISTS', 103: 'BLOCKED', 104: 'PASSWORD_EXPIRED',
             105: 'AMBIGUOUS', 106: 'CONFLICT', 200: 'INVALID', 201: 'UNSUPPORTED', 202: 'STATE',
             203: 'FORKED', 300: 'UNAVAILABLE', 301: 'TIMEOUT', 302: 'BUSY', 303: 'CANCELLED',
             400: 'NOMEM', 401: 'CONFIG', 402: 'DRIVER', 403: 'DATA'}
_CLASSES = {}


def _make_classes():
    """NO_USER is NoUser: a class for each status, in this module."""
    for number, status in _STATUSES.items():
        name = ''.join(word.capitalize() for word in status.split('_'))
        _CLASSES[number] = globals()[name] = type(name, (_BASES[number // 100],), {
            'status': status, 'number': number, '__module__': __name__, '__doc__': 'Status %s.' % status})
        __all__.append(name)


_make_classes()


def _exception(err, status):
    """`status` may be one that a newer library knows and this file does not."""
    cls = _CLASSES.get(status) or _BASES.get(status // 100, Error)

    def name(names, number):
        return names[number] if number < len(names) else str(number)
    found = cls(err.text.decode('utf-8', 'replace'), err.code.decode('ascii', 'replace'),
                name(_EFFECTS, err.effect), name(_DETAILS, err.detail), name(_OP_NAMES, err.op), err.native,
                err.sqlstate.decode('ascii', 'replace'), err.origin.decode('ascii', 'replace'))
    if not found.status:
        found.status, found.number = _library.idbc_status_name(status).decode(), status
    return found


class _Text:
    """A string for the library: bytes that end in NUL, never shown, wiped when let go of."""

    def __init__(self, data, wrong=None):
        self._buffer = None if data is None or wrong else ctypes.create_string_buffer(data)
        self.wrong = wrong

    def size(self):
        return 0 if self._buffer is None else len(self._buffer) - 1

    def address(self):
        return None if self._buffer is None else ctypes.addressof(self._buffer)

    def wipe(self):
        if self._buffer is not None:
            ctypes.memset(self._buffer, 0, len(self._buffer))

    def __repr__(self):
        return '<text>'


def _text(value, name):
    """`value` as _Text.  What is wrong with it is said later, when no frame holds it any more."""
    wrong, data = None, value
    if isinstance(value, str):
        try:
            data = value.encode('utf-8')
        except UnicodeEncodeError:      # it holds the value: not to be chained
            wrong = 'is not valid Unicode'
    elif value is not None and not isinstance(value, bytes):
        wrong = 'is neither str nor bytes'
    if wrong is None and data is not None and b'\0' in data:
        wrong = 'holds a NUL'
    return _Text(data, wrong and '%s %s' % (name, wrong))


def _ms(timeout):
    """Seconds as whole milliseconds; 0 stands for the connection's own time-out."""
    return 0 if timeout is None else max(1, int(timeout * 1000))


_library = None
_loading = threading.Lock()


def library(path=None):
    """Loads libidbc once for the process: `path`, else $IDBC_LIBRARY, else the loader's."""
    global _library
    with _loading:
        if _library is None:
            _library = _declare(ctypes.CDLL(path or os.environ.get('IDBC_LIBRARY') or 'libidbc.so.0'))
        return _library


def _declare(lib):
    pointer, text, err = ctypes.c_void_p, ctypes.c_char_p, ctypes.POINTER(_CError)
    out = ctypes.POINTER(ctypes.c_void_p)
    for name, result, arguments in (
            ('idbc_version', text, ()),
            ('idbc_status_name', text, (ctypes.c_uint32,)),
            ('idbc_open', ctypes.c_int, (text, out, err)),
            ('idbc_open_json', ctypes.c_int, (text, out, err)),
            ('idbc_close', ctypes.c_int, (pointer, ctypes.c_uint32)),
            ('idbc_call', ctypes.c_int, (pointer, ctypes.POINTER(_CRequest), out, err)),
            ('idbc_set_profile_store', ctypes.c_int, (pointer, ctypes.POINTER(_CProfileStore), err)),
            ('idbc_recover', ctypes.c_int, (pointer, ctypes.POINTER(ctypes.c_uint32), err)),
            ('idbc_interrupted', ctypes.c_int, (pointer, out, err)),
            ('idbc_check', ctypes.c_int, (text, ctypes.c_uint32, out, err)),
            ('idbc_stats_json', pointer, (pointer,)),
            ('idbc_free', None, (pointer,)),
            ('idbc_user_exists', ctypes.c_int, (pointer, pointer, ctypes.POINTER(ctypes.c_int), err)),
            ('idbc_profile_parse', ctypes.c_int, (pointer, out, err)),
            ('idbc_profile_json', text, (pointer, ctypes.c_uint32)),
            ('idbc_profile_free', None, (pointer,))):
        function = getattr(lib, name)
        function.restype, function.argtypes = result, arguments
    return lib


def version():
    """The version of the library that runs."""
    return library().idbc_version().decode()


def _taken(text):
    """What the library gave out as JSON, freed."""
    try:
        return json.loads(ctypes.string_at(text)) if text else None
    finally:
        _library.idbc_free(text)


def check(path, create=False, grants=False):
    """Everything wrong with a configuration and its store, as a list of dicts, worst first.

    `create` makes our own tables first; `grants` adds the GRANT statements.  What ends it is an
    exception, whose `findings` are what was found until then."""
    lib, err, out = library(), Store._error(), ctypes.c_void_p()
    flags = (_CHECK_CREATE if create else 0) | (_CHECK_GRANTS if grants else 0)
    status = lib.idbc_check(os.fsencode(path), flags, ctypes.byref(out), ctypes.byref(err))
    findings = _taken(out.value) or []
    if status:
        failed = _exception(err, status)
        failed.findings = findings
        raise failed
    return findings


class Store:
    """One configured user store, from the path of its configuration (or a dict).

    `by` says what kind of identifier a value is: 'login' (whatever the configuration lets people
    log in with), 'user_id', 'email', 'username', 'phone'.  Each call takes `timeout` in seconds
    (default: the connection's) and `client_ip`.
    """

    def __init__(self, config, library_path=None, idp_tokens=False, mfa=False):
        self._lib = library(library_path)
        self._flags = (_IDP_TOKENS if idp_tokens else 0) | (_MFA if mfa else 0)
        self._calls, self._idle, self._handle, self._process = 0, threading.Condition(), None, os.getpid()
        self._profile_stores, self._thread = [], threading.local()
        err, out = self._error(), ctypes.c_void_p()
        if isinstance(config, dict):
            status = self._lib.idbc_open_json(json.dumps(config).encode(), ctypes.byref(out), ctypes.byref(err))
        else:
            status = self._lib.idbc_open(os.fsencode(config), ctypes.byref(out), ctypes.byref(err))
        if status:
            raise _exception(err, status)
        self._handle = out

    # ---- the seven operations ----------------------------------------------------------

    def login(self, identifier, password, **options):
        """The profile, if this is the user's password.

        Denied for an unknown user and a wrong password alike; Blocked, PasswordExpired only after
        the right one."""
        secret = _text(password, 'password')
        del password
        return self._call(_LOGIN, 'login', identifier, password=secret, profile=True, **options)

    def get_user(self, value, by='login', **options):
        """The profile; NoUser only after a completed read."""
        return self._call(_GET_USER, by, value, profile=True, **options)

    def create(self, user, password, self_service=False, **options):
        """A new user from a dict; his profile.  `self_service`: a sign-up form passed on."""
        secret = _text(password, 'password')
        del password
        return self._call(_CREATE, 'login', None, password=secret, user=user, profile=True,
                          flags=_SELF_SERVICE if self_service else 0, **options)

    def verify(self, value, by='email', email=None, **options):
        """Marks the address as verified.  By another kind `email` names the address proved."""
        return self._call(_VERIFY, by, value, email=email, **options)

    def change_password(self, value, new_password, by='login', current_password=None, **options):
        """Stores a new password; with the current one, only if that is right."""
        new, current = _text(new_password, 'new_password'), _text(current_password, 'current_password')
        del new_password, current_password
        return self._call(_CHANGE_PASSWORD, by, value, password=new, current=current, **options)

    def change_email(self, value, new_email, verified=False, by='login', **options):
        """Sets address and verified flag together."""
        return self._call(_CHANGE_EMAIL, by, value, email=new_email, flags=_VERIFIED if verified else 0, **options)

    def delete_user(self, user_id, **options):
        """Removes the user and all dependent rows, or nothing; with set_profile_store() his profile too.

        Cancelled where the profile store refused: the user is untouched, and what `remove` raised is
        its __cause__."""
        with self._refusals() as refused:
            try:
                return self._call(_DELETE_USER, 'user_id', user_id, **options)
            except _CLASSES[303] as e:
                reason = refused.pop(user_id, None)
                if reason is not None and not isinstance(reason, Exception):
                    raise reason                # KeyboardInterrupt and its like
                raise e from reason

    # ---- deletes that take the host's profile too ------------------------------------------

    def set_profile_store(self, remove):
        """From now on a delete asks `remove(user_id)` to remove the host's profile.

        It returns None when the profile is gone, or never was; any exception refuses, and so does
        anything else that is returned: the user stays.  It may be called again for the same user
        after a crash.  It runs on the thread of the delete, of recover() or of this call, which ends
        a few deletes that were interrupted; in several threads at once, and must not call this store."""
        callback = _Remove(lambda _ctx, user_id: self._removed(remove, user_id.decode()))
        self._profile_stores.append(callback)   # deletes under way keep the one before
        given = _CProfileStore(ctypes.sizeof(_CProfileStore), 0, callback, None)
        with self._refusals():
            self._ask(self._lib.idbc_set_profile_store, ctypes.byref(given))

    def recover(self):
        """Ends the deletes that were interrupted; how many users are gone."""
        finished = ctypes.c_uint32(0)
        with self._refusals():
            self._ask(self._lib.idbc_recover, ctypes.byref(finished))
        return finished.value

    def interrupted(self):
        """The deletes that recover() would end: [{'user_id': ..., 'profile_store': True}]."""
        out = ctypes.c_void_p()
        self._ask(self._lib.idbc_interrupted, ctypes.byref(out))
        return _taken(out.value)

    def user_exists(self, user_id):
        """Is there such an identity?  True also while a delete of his is under way."""
        exists, given = ctypes.c_int(1), _text(user_id, 'user_id')
        if given.wrong:
            raise _CLASSES[200](given.wrong, origin='python')
        self._ask(self._lib.idbc_user_exists, given.address(), ctypes.byref(exists))
        return bool(exists.value)

    def stats(self):
        """Counts since open, a dict: docs/watching.md.  No secrets, no identifiers."""
        handle = self._enter()
        try:
            return _taken(self._lib.idbc_stats_json(handle))
        finally:
            self._leave()

    # ---- closing -----------------------------------------------------------------------

    def close(self):
        """Waits for the calls under way, then closes.  May be called twice."""
        if self._process != os.getpid():        # nobody's calls end here, and locks may be held for ever
            handle, self._handle = self._handle, None
        else:
            with self._idle:
                handle, self._handle = self._handle, None
                self._idle.wait_for(lambda: self._calls == 0)
        if handle:
            self._lib.idbc_close(handle, 0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __repr__(self):
        return '<idbc.Store %s>' % ('open' if self._handle else 'closed')

    # ---- inside ------------------------------------------------------------------------

    @staticmethod
    def _error():
        return _CError(size=ctypes.sizeof(_CError))

    def _call(self, kind, by, value, password=None, current=None, email=None, user=None, flags=0, profile=False,
              timeout=None, client_ip=None):
        texts = [t or _Text(None) for t in (password, current)]
        try:
            if by not in BY:
                raise _CLASSES[200]('by is none of %s' % ', '.join(BY), origin='python')
            texts += [_text(v, n) for v, n in ((value, 'value'), (email, 'email'), (client_ip, 'client_ip'))]
            for text in texts:
                if text.wrong:
                    raise _CLASSES[200](text.wrong, origin='python')
            secret, old, name, address, ip = (t.address() for t in texts)
            request = _CRequest(ctypes.sizeof(_CRequest), kind, BY[by], flags, _ms(timeout), 0,
                                name, secret, old, address, ip, None)
            return self._run(request, user, profile)
        finally:
            for text in texts:
                text.wipe()

    def _run(self, request, user, wanted):
        handle, given, out, err = self._enter(), ctypes.c_void_p(), ctypes.c_void_p(), self._error()
        try:
            if user is not None:
                given = self._parse(user, err)
                request.user = given.value
            status = self._lib.idbc_call(handle, ctypes.byref(request), ctypes.byref(out) if wanted else None,
                                         ctypes.byref(err))
            if status:
                raise _exception(err, status)
            return self._profile(out) if wanted else None
        finally:
            self._lib.idbc_profile_free(given)
            self._lib.idbc_profile_free(out)
            self._leave()

    def _ask(self, function, *arguments):
        handle, err = self._enter(), self._error()
        try:
            status = function(handle, *arguments, ctypes.byref(err))
            if status:
                raise _exception(err, status)
        finally:
            self._leave()

    def _removed(self, remove, user_id):
        """What the library hears of one profile: 0, it is gone.  No exception may leave a callback:
        ctypes would answer 0."""
        try:
            if remove(user_id) is None:
                return 0
            raise TypeError('remove() returns None where the profile is gone, and raises where it is not')
        except BaseException as e:      # pylint: disable=broad-except
            refused = getattr(self._thread, 'refused', None)
            if refused is None:
                _log.warning('the profile store refused %s', user_id, exc_info=e)
            else:
                refused[user_id] = e
            return 1

    @contextlib.contextmanager
    def _refusals(self):
        """What `remove` raised on this thread, by user_id; logged, where the caller does not take it."""
        refused = self._thread.refused = {}
        try:
            yield refused
        finally:
            self._thread.refused = None
            for user_id, e in refused.items():
                _log.warning('the profile store refused %s', user_id, exc_info=e)

    def _parse(self, user, err):
        out, text = ctypes.c_void_p(), _text(json.dumps(user), 'user')
        status = self._lib.idbc_profile_parse(text.address(), ctypes.byref(out), ctypes.byref(err))
        if status:
            raise _exception(err, status)
        return out

    def _profile(self, profile):
        text = self._lib.idbc_profile_json(profile, self._flags)
        if text is None:
            raise _CLASSES[400]('out of memory', origin='python')
        return json.loads(text)

    def _enter(self):
        if self._process != os.getpid():
            raise _CLASSES[203]('connection belongs to the parent process', origin='python')
        with self._idle:
            if self._handle is None:
                raise _CLASSES[202]('connection is closed', origin='python')
            self._calls += 1
            return self._handle

    def _leave(self):
        with self._idle:
            self._calls -= 1
            self._idle.notify_all()
