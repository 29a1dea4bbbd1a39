"""IDBC from Python, over whole stores: export, import, and the move from store to store.

    import idbc, idbc_bulk

    with idbc.Store('old.json') as old, idbc.Store('new.json') as new:
        print(idbc_bulk.import_users(new, idbc_bulk.export(old, hashes=True)))

Each takes an idbc.Store and as long as it takes: every page of users has the store's time-out.
What is handed in is called on the thread that asked, between two statements; it may use the
store, but not close it, and an exception that it raises stops the work and comes out.  What was
told until then is done.  With idbc_async.Store they run in a thread: asyncio.to_thread().
"""
import collections
import ctypes
import json

import idbc

__all__ = ['export', 'import_users', 'migrate', 'AHEAD']

# enum idbc_export_flag, idbc_import_flag, idbc_imported, idbc_migration_flag: numbers are for ever.
_EXPORT_HASHES, _EXPORT_IDP_TOKENS, _EXPORT_MFA = 1, 2, 4
_IMPORT_UPSERT, _IMPORT_DRY_RUN, _IMPORT_NEW_IDS = 1, 2, 4
_MIGRATION_DRY_RUN, _MIGRATION_LOOK = 1, 2
_IMPORTED = ('', 'created', 'updated', 'exists', 'refused')
AHEAD = 2048                            # IDBC_IMPORT_AHEAD: records that may be done and not told
_PAGE = 1000                            # users of an export that wait to be taken

_u32, _u64, _text = ctypes.c_uint32, ctypes.c_uint64, ctypes.c_char_p


class _CExportRow(ctypes.Structure):
    _fields_ = [('size', _u32), ('flags', _u32), ('user_id', _text), ('json', _text)]


class _CImportRecord(ctypes.Structure):
    _fields_ = [('size', _u32), ('pad', _u32), ('line', _u64), ('json', ctypes.c_void_p), ('len', ctypes.c_size_t)]


class _CImportResult(ctypes.Structure):
    _fields_ = [('size', _u32), ('outcome', _u32), ('line', _u64), ('user_id', _text),
                ('err', ctypes.POINTER(idbc._CError))]


_Row = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(_CExportRow))
_Next = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(_CImportRecord))
_Told = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(_CImportResult))
_Migrated = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, _text, _text, _text)


class _CExport(ctypes.Structure):
    _fields_ = [('size', _u32), ('flags', _u32), ('limit', _u64), ('after', _text), ('row', _Row),
                ('ctx', ctypes.c_void_p)]


class _CImport(ctypes.Structure):
    _fields_ = [('size', _u32), ('flags', _u32), ('threads', _u32), ('again', _u32), ('next', _Next),
                ('done', _Told), ('ctx', ctypes.c_void_p)]


class _CMigration(ctypes.Structure):
    _fields_ = [('size', _u32), ('flags', _u32), ('rate', _u32), ('timeout_ms', _u32), ('after', _text)]


def _function(store, name, *arguments):
    function = getattr(store._lib, name)
    function.restype = ctypes.c_int
    function.argtypes = (ctypes.c_void_p, *arguments, ctypes.POINTER(idbc._CError))
    return function


class _Walk:
    """One walk: its callbacks stop it at the first exception, which comes out at the end."""

    def __init__(self, store):
        self._store, self._failed = store, None

    def guarded(self, call):
        def callback(_ctx, *arguments):
            try:
                return call(*arguments)
            except BaseException as e:          # pylint: disable=broad-except
                self._failed = e
                return -1
        return callback

    def run(self, function, *arguments):
        try:
            self._store._ask(function, *arguments)
        except idbc.Error:
            if self._failed is None:
                raise
        if self._failed is not None:
            raise self._failed


def export(store, hashes=False, idp_tokens=False, mfa=False, after=None, limit=0):
    """Every user as a dict, in the order of the store's keys: a generator.

    `hashes` adds the stored passwords, as import_users() reads them.  After a failure go on
    with the last user_id as `after`.  No session is held between two users."""
    flags = (_EXPORT_HASHES if hashes else 0) | (_EXPORT_IDP_TOKENS if idp_tokens else 0) | (_EXPORT_MFA if mfa else 0)
    function, left = _function(store, 'idbc_export', ctypes.POINTER(_CExport)), limit
    while True:
        page, walk = [], _Walk(store)
        asked = min(left, _PAGE) if limit else _PAGE
        row = _Row(walk.guarded(lambda one: page.append((one.contents.user_id, one.contents.json)) or 0))
        walk.run(function, ctypes.byref(_CExport(ctypes.sizeof(_CExport), flags, asked, _id(after), row, None)))
        for _, line in page:
            yield json.loads(line)
        left -= len(page)
        if len(page) < asked or (limit and not left):
            return
        after = page[-1][0]


def import_users(store, records, told=None, upsert=False, dry_run=False, new_ids=False, again=0, threads=0):
    """Makes users of `records`, any iterable of dicts or JSON texts; how many came to what.

    docs/bulk.md has the members of a record.  `told(number, outcome, user_id, error)` is called
    for each, in order, from 1: 'created', 'updated' (with `upsert`), 'exists', 'refused', these two
    with an idbc.Error.  Who is told as created is committed.  After a crash go on behind the last
    one told, with `again` AHEAD: nobody is made twice."""
    flags = (_IMPORT_UPSERT if upsert else 0) | (_IMPORT_DRY_RUN if dry_run else 0) | (_IMPORT_NEW_IDS if new_ids else 0)
    walk, counts, numbered, kept = _Walk(store), collections.Counter(), enumerate(records, 1), []

    def let_go():
        while kept:
            kept.pop().wipe()

    def next_one(out):
        let_go()
        number, record = next(numbered, (0, None))
        if not number:
            return 0
        if not isinstance(record, (bytes, str)):
            record = json.dumps(record)
        text = idbc._Text(record if isinstance(record, bytes) else record.encode('utf-8', 'surrogatepass'))
        kept.append(text)
        out.contents.line, out.contents.json, out.contents.len = number, text.address(), text.size()
        return 1

    def one_done(result):
        found = result.contents
        outcome = _IMPORTED[found.outcome]
        counts[outcome] += 1
        if told is not None:
            error = found.err.contents if outcome in ('exists', 'refused') and found.err else None
            told(found.line, outcome, (found.user_id or b'').decode(),
                 error and idbc._exception(error, error.status))
        return 0

    given = _CImport(ctypes.sizeof(_CImport), flags, threads, again, _Next(walk.guarded(next_one)),
                     _Told(walk.guarded(one_done)), None)
    try:
        walk.run(_function(store, 'idbc_import', ctypes.POINTER(_CImport)), ctypes.byref(given))
    finally:
        let_go()
    return dict(counts)


def migrate(store, told=None, after=None, rate=0, timeout=None, dry_run=False, look=False):
    """Moves the users who have not logged in yet; how many came to what.

    The store is one of the driver "migrate".  `told(user_id, outcome, problem)` is called for each:
    'moved', 'before', 'changed', 'gone', 'later', 'conflict' (`problem` says what does not fit),
    'waiting' (with `look`, which tries nothing).  `rate`: users a second at most.  Begun again, from
    the start or with `after`, it ends the same.  docs/migration.md."""
    walk, counts = _Walk(store), collections.Counter()

    def one_done(user_id, outcome, problem):
        counts[outcome.decode()] += 1
        if told is not None:
            told(user_id.decode(), outcome.decode(), problem.decode())
        return 0

    flags = (_MIGRATION_DRY_RUN if dry_run else 0) | (_MIGRATION_LOOK if look else 0)
    given = _CMigration(ctypes.sizeof(_CMigration), flags, rate, idbc._ms(timeout), _id(after))
    function = _function(store, 'idbc_migrate', ctypes.POINTER(_CMigration), _Migrated, ctypes.c_void_p)
    walk.run(function, ctypes.byref(given), _Migrated(walk.guarded(one_done)), None)
    return dict(counts)


def _id(user_id):
    return user_id.encode() if isinstance(user_id, str) else user_id
