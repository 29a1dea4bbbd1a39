"""One handle of the library's, and what a host with a profile store does with it."""
import ctypes

from host import Error

REMOVE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p)


class ProfileStore(ctypes.Structure):
    _fields_ = [('size', ctypes.c_uint32), ('pad', ctypes.c_uint32), ('remove', REMOVE), ('ctx', ctypes.c_void_p)]


class Connection:
    """One handle, with a profile store or without."""

    def __init__(self, library, config):
        self.host, self.c = library, library.c
        self.conn, opened = library.open(config)
        assert self.conn, opened
        self.kept = []

    def profile_store(self, remove):
        note = REMOVE(lambda _ctx, user_id: remove(user_id.decode()))
        self.kept.append(note)
        err = Error(ctypes.sizeof(Error))
        status = self.c.idbc_set_profile_store(self.conn, ctypes.byref(ProfileStore(ctypes.sizeof(ProfileStore), 0, note, None)),
                                               ctypes.byref(err))
        assert not status, err.text

    def ask(self, **asked):
        said = self.host.call(self.conn, asked)
        return said['status']

    def delete(self, user_id):
        return self.host.call(self.conn, {'op': 'delete_user', 'by': 'user_id', 'value': user_id})

    def recover(self):
        n, err = ctypes.c_uint32(), Error(ctypes.sizeof(Error))
        status = self.c.idbc_recover(self.conn, ctypes.byref(n), ctypes.byref(err))
        return self.c.idbc_status_name(status).decode(), n.value

    def exists(self, user_id):
        found, err = ctypes.c_int(-1), Error(ctypes.sizeof(Error))
        status = self.c.idbc_user_exists(self.conn, user_id.encode(), ctypes.byref(found), ctypes.byref(err))
        return found.value if not status else self.c.idbc_status_name(status).decode()

    def close(self):
        self.c.idbc_close(self.conn, 0)
