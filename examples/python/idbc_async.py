"""IDBC from asyncio: the calls of idbc.Store, awaited.  Standard library only.

    import idbc_async

    async with idbc_async.Store('shop.json') as store:
        profile = await store.login('ida', password)

No thread waits: a call is submitted, and the loop is told by a descriptor that answers are there.
Arguments, results and exceptions are those of idbc.Store; idbc.Busy where too many calls wait.
To cancel the task that awaits a call, by asyncio.wait_for() say, cancels the call; a write under
way ends as it turns out.  A store belongs to the loop it was made in.  What cannot be submitted
(recover, interrupted, user_exists, set_profile_store) runs in a thread of asyncio's.
"""
import asyncio
import ctypes
import itertools
import threading

import idbc

_Done = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(idbc._CError), ctypes.c_void_p)


def _declare(lib):
    pointer = ctypes.c_void_p
    for name, result, arguments in (
            ('idbc_submit', ctypes.c_int, (pointer, ctypes.POINTER(idbc._CRequest), _Done, pointer,
                                           ctypes.POINTER(pointer), ctypes.POINTER(idbc._CError))),
            ('idbc_op_cancel', None, (pointer,)),
            ('idbc_op_release', None, (pointer,)),
            ('idbc_event_fd', ctypes.c_int, (pointer,)),
            ('idbc_dispatch', ctypes.c_int, (pointer,))):
        function = getattr(lib, name)
        function.restype, function.argtypes = result, arguments


class Store(idbc.Store):
    """To be made where a loop runs; each operation returns something to await."""

    def __init__(self, config, **options):
        self._loop = asyncio.get_running_loop()
        super().__init__(config, **options)     # may block, as long as a connect takes
        _declare(self._lib)
        self._numbers, self._under_way = itertools.count(1), {}
        self._done = _Done(self._answered)      # must live as long as calls do
        self._removing, self._ended, self._lock = set(), False, threading.Lock()
        self._fd = self._lib.idbc_event_fd(self._handle)
        self._loop.add_reader(self._fd, self._dispatch, self._handle)   # keeps us until close()

    async def set_profile_store(self, remove):
        """As idbc.Store's.  A plain function runs on the library's threads, or asyncio's; one that is
        `async def` runs on the loop.  What it raises comes out of no call: it is logged."""
        if asyncio.iscoroutinefunction(remove):
            remove = self._on_loop(remove)
        await asyncio.to_thread(super().set_profile_store, remove)

    async def recover(self):
        return await asyncio.to_thread(super().recover)

    async def interrupted(self):
        return await asyncio.to_thread(super().interrupted)

    async def user_exists(self, user_id):
        return await asyncio.to_thread(super().user_exists, user_id)

    async def close(self, grace=5.0):
        """Waits for what runs in threads, gives the other calls under way `grace` seconds, then cancels
        what is left: a second more at most, and as long as a profile store is being asked.  May be
        called twice."""
        if self._handle is None:
            return
        handle, self._handle = self._handle, None
        await asyncio.to_thread(self._threads_end)
        waiting = [future for future, _, _ in self._under_way.values()]
        if waiting:
            await asyncio.wait(waiting, timeout=grace)
        with self._lock:
            self._ended = True                  # who would be asked from now on refuses: nothing was removed
        await asyncio.gather(*map(asyncio.wrap_future, list(self._removing)), return_exceptions=True)
        self._loop.remove_reader(self._fd)
        self._lib.idbc_close(handle, 0)         # answers the rest, by _answered()

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        await self.close()

    # ---- inside ------------------------------------------------------------------------

    def _threads_end(self):
        with self._idle:
            self._idle.wait_for(lambda: self._calls == 0)

    def _on_loop(self, remove):
        """`remove` for another thread, which waits until the loop has done it."""
        def waits(user_id):
            with self._lock:
                if self._ended:
                    raise idbc._CLASSES[202]('connection is closing', origin='python')
                future = asyncio.run_coroutine_threadsafe(remove(user_id), self._loop)
                self._removing.add(future)
            future.add_done_callback(self._removing.discard)
            return future.result()
        return waits

    def _call(self, *arguments, **options):
        """What fails before it is submitted is raised by `await` as well."""
        try:
            return super()._call(*arguments, **options)
        except idbc.Error as e:
            future = self._loop.create_future()
            future.set_exception(e)
            return future

    def _run(self, request, user, wanted):
        """Submits; everything in the request is copied meanwhile."""
        handle, given, op, err = self._enter(), ctypes.c_void_p(), ctypes.c_void_p(), self._error()
        number, future = next(self._numbers), self._loop.create_future()
        try:
            if user is not None:
                given = self._parse(user, err)
                request.user = given.value
            status = self._lib.idbc_submit(handle, ctypes.byref(request), self._done, number,
                                           ctypes.byref(op), ctypes.byref(err))
            if status:
                raise idbc._exception(err, status)
        finally:
            self._lib.idbc_profile_free(given)
            self._leave()
        self._under_way[number] = future, op, wanted
        future.add_done_callback(lambda f: f.cancelled() and self._cancel(number))
        return future

    def _dispatch(self, handle):
        self._lib.idbc_dispatch(handle)

    def _cancel(self, number):
        if number in self._under_way:           # else it is answered, and the handle given back
            self._lib.idbc_op_cancel(self._under_way[number][1])

    def _answered(self, status, profile, err, number):
        """Called by idbc_dispatch() and idbc_close(), on the loop's thread."""
        future, op, wanted = self._under_way.pop(number)
        self._lib.idbc_op_release(op)
        try:
            result = self._profile(profile) if wanted and not status else None
            failed = idbc._exception(err.contents, status) if status else None
        except idbc.Error as e:
            result, failed = None, e
        self._lib.idbc_profile_free(profile)
        if future.done():                       # nobody awaits it any more
            return
        if failed is None:
            future.set_result(result)
        else:
            future.set_exception(failed)
