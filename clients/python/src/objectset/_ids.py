"""IdSet: an immutable, sorted set of signed 64-bit ids, and its three forms: list, base64 and bytes."""

import base64
import binascii
import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Set

from . import _roaring

LISTED_IDS = 10_000  # the server writes larger sets in base64
PREFIX = "roaring64:"
LOWEST, HIGHEST = -(2**63), 2**63 - 1

_PLAIN = re.compile(r"[0-9,\s+-]*", re.ASCII)
_ITEM = re.compile(r'\s*"?\s*([+-]?\d+)\s*(?:\.\.\s*([+-]?\d+)\s*)?"?\s*\Z', re.ASCII)


class IdSet(Set):
    """A set of ids: immutable, hashable, in ascending order, at 8 bytes an id.

    It compares with and combines with any set of integers (``& | ^ -``, ``<=``), is indexed and sliced like a tuple,
    and is made of any iterable of integers.
    """

    __slots__ = ("_ids", "_hash")

    def __new__(cls, ids=()):
        if type(ids) is cls:
            return ids
        if isinstance(ids, (str, bytes, bytearray, memoryview)):
            raise TypeError("IdSet takes ids; IdSet.parse() reads text and IdSet.from_bytes() reads bytes")
        return cls._of_sorted(array("q", sorted(set(map(_whole, ids)))))

    @classmethod
    def _of_sorted(cls, ids):
        self = super().__new__(cls)
        self._ids = ids
        self._hash = None
        return self

    # What the operators of collections.abc.Set make their results with.
    @classmethod
    def _from_iterable(cls, ids):
        return cls(ids)

    # ---- As a set, and by position ------------------------------------------------------------------------------

    def __contains__(self, id):
        try:
            at = bisect_left(self._ids, id)
        except TypeError:
            return False
        return at < len(self._ids) and self._ids[at] == id

    def __iter__(self):
        return iter(self._ids)

    def __reversed__(self):
        return reversed(self._ids)

    def __len__(self):
        return len(self._ids)

    def __getitem__(self, at):
        found = self._ids[at]
        if not isinstance(at, slice):
            return found
        return self._of_sorted(found if at.step is None or at.step > 0 else found[::-1])

    def between(self, lo=None, hi=None):
        """The ids from `lo` up to, not including, `hi`."""
        first = 0 if lo is None else bisect_left(self._ids, lo)
        last = len(self._ids) if hi is None else bisect_left(self._ids, hi)
        return self._of_sorted(self._ids[first:last])

    def page(self, after=None, size=50):
        """Up to `size` ids that come after the id `after`."""
        first = 0 if after is None else bisect_right(self._ids, after)
        return self._of_sorted(self._ids[first : first + size])

    def __eq__(self, other):
        if isinstance(other, IdSet):
            return self._ids == other._ids
        if isinstance(other, Set):
            return len(self) == len(other) and all(id in other for id in self._ids)
        return NotImplemented

    def __hash__(self):
        if self._hash is None:
            self._hash = hash(frozenset(self._ids))  # equal sets hash alike, of whatever class
        return self._hash

    def __reduce__(self):
        return (self.__class__.from_bytes, (self.to_bytes(),))

    # ---- Text ---------------------------------------------------------------------------------------------------

    def __str__(self):
        """The text form, as the server writes it."""
        if len(self) <= LISTED_IDS:
            return "{%s}" % ",".join(map(str, self._ids))
        return PREFIX + base64.b64encode(self.to_bytes()).decode("ascii")

    def __repr__(self):
        shown = ", ".join(map(str, self._ids[:10]))
        return f"IdSet([{shown}{f', ... {len(self) - 10} more' if len(self) > 10 else ''}])"

    @classmethod
    def parse(cls, text):
        """Reads either text form, `{1,2,5..9}` or `roaring64:...`, and JSON arrays. ValueError for anything else."""
        text = text.strip()
        if text.startswith(PREFIX):
            try:
                return cls.from_bytes(base64.b64decode(text[len(PREFIX) :], validate=True))
            except binascii.Error as error:
                raise ValueError(f"malformed object set: {error}") from None
        if text[:1] + text[-1:] not in ("{}", "[]") or len(text) < 2:
            raise ValueError(f"malformed object set: {text[:40]!r}")
        inside = text[1:-1]
        if not inside.strip():
            return cls()
        if _PLAIN.fullmatch(inside):
            try:
                return cls(map(int, inside.split(",")))
            except ValueError:
                pass  # _listed() says where
        return cls(_listed(inside))

    # ---- Bytes --------------------------------------------------------------------------------------------------

    def to_bytes(self):
        """The portable 64-bit Roaring form, which the binary protocol carries."""
        return _roaring.encode(self._ids)

    @classmethod
    def from_bytes(cls, data):
        """Reads the portable 64-bit Roaring form. ValueError for anything else."""
        return cls._of_sorted(_roaring.decode(bytes(data)))

    def to_pyroaring(self):
        """A pyroaring.BitMap64 of the ids; negative ones become unsigned numbers, as two's complement."""
        import pyroaring

        return pyroaring.BitMap64.deserialize(self.to_bytes())

    @classmethod
    def from_pyroaring(cls, bitmap):
        return cls.from_bytes(bitmap.serialize())


def text_of(ids):
    """The text form of whatever stands for a set: an IdSet, text itself, or an iterable of ids."""
    if isinstance(ids, str):
        return ids
    if not isinstance(ids, Iterable):
        raise TypeError(f"a set of ids is wanted, not {type(ids).__name__}")
    return str(IdSet(ids))


def _whole(id):
    if isinstance(id, bool) or not hasattr(id, "__index__"):
        raise TypeError(f"ids are whole numbers, not {type(id).__name__}")
    id = id.__index__()
    if not LOWEST <= id <= HIGHEST:
        raise ValueError(f"id {id} is beyond 64 bits")
    return id


def _listed(inside):
    total = 0
    for item in inside.split(","):
        match = _ITEM.match(item)
        if match is None:
            raise ValueError(f"malformed object set: an id expected instead of {item.strip()[:40]!r}")
        first = int(match[1])
        last = first if match[2] is None else int(match[2])
        if first > last:
            raise ValueError(f"malformed object set: the range {item.strip()} ends before it begins")
        total += last + 1 - first
        _roaring.check_size(total)
        yield from range(first, last + 1)
