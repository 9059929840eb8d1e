"""One cell of the table of clients and actions: what is tried, and how it went, as a line for test/orm/table.

    cells = Cells("psycopg2")
    with cells("one"): ...                    the plain call works
    with cells("list", "cast: ..."): ...      it works as is said here
    cells.none("binary", "why")               this client has no such thing
"""

import contextlib
import traceback


class Cells:
    def __init__(self, client):
        self.client = client

    @contextlib.contextmanager
    def __call__(self, action, note="ok"):
        try:
            yield
        except Exception as error:
            traceback.print_exc()
            self._say(action, "FAILED", f"{type(error).__name__}: {error}")
        else:
            self._say(action, "ok" if note == "ok" else "cast", "" if note == "ok" else note)

    def none(self, action, why):
        self._say(action, "-", why)

    def _say(self, action, outcome, detail):
        print("cell", self.client, action, outcome, " ".join(str(detail).split())[:200], sep="\t", flush=True)


def same(found, wanted):
    if found != wanted:
        raise AssertionError(f"found {found!r}, wanted {wanted!r}")


@contextlib.contextmanager
def fails(kind, code, code_of):
    """An error of this class with this SQLSTATE."""
    try:
        yield
    except kind as error:
        same(code_of(error), code)
    else:
        raise AssertionError(f"no error, wanted {code}")
