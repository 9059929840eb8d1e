"""The portable 64-bit Roaring form (github.com/RoaringBitmap/RoaringFormatSpec), read and written.

Ids are signed and stand in the form as unsigned two's complement; here they are arrays of signed numbers in ascending
order. pyroaring reads where it is installed, because it is some ten times as quick; it gives the same ids.
"""

import sys
from array import array
from bisect import bisect_left
from itertools import groupby

try:
    from pyroaring import BitMap64 as _BitMap64
except ImportError:
    _BitMap64 = None

MOST_IDS = 100_000_000  # 800 MB; a set of very many consecutive ids is small on the way and huge here

_NO_RUNS, _WITH_RUNS = 12346, 12347
_OFFSETS_FROM = 4  # with runs, fewer containers than these have no offsets
_LARGEST_ARRAY = 4096
_BITS = [tuple(bit for bit in range(8) if byte >> bit & 1) for byte in range(256)]


def check_size(ids):
    if ids > MOST_IDS:
        raise ValueError(
            f"object set has more than {MOST_IDS} ids, too many to hold here; ask the server for a part or a count"
        )


def decode(data):
    """array('q') of the ids. ValueError for bytes that are no whole and sound set."""
    if _BitMap64 is not None:
        unsigned = _read_with_pyroaring(data)
    else:
        unsigned = _Reader(data).ids64()
    # Those with the highest bit are the negative ones, which come first.
    middle = bisect_left(unsigned, 1 << 63)
    return _signed(unsigned[middle:] + unsigned[:middle])


def encode(ids):
    """The form of an array('q') of ids in ascending order."""
    middle = bisect_left(ids, 0)
    parts = []
    for high, lows in groupby(ids[middle:] + ids[:middle], lambda id: id >> 32 & 0xFFFFFFFF):
        parts.append(_u32(high) + _bitmap([id & 0xFFFFFFFF for id in lows]))
    return len(parts).to_bytes(8, "little") + b"".join(parts)


def _signed(unsigned):
    ids = array("q")
    ids.frombytes(unsigned.tobytes())
    return ids


def _read_with_pyroaring(data):
    _Walker(data).ids64()  # it would stop where it has read enough, and say nothing of what follows
    try:
        bitmap = _BitMap64.deserialize(data)
    except ValueError:
        raise
    except Exception as error:
        raise ValueError(f"malformed object set: {error}") from None
    check_size(len(bitmap))
    return array("Q", bitmap)


# ---- Reading ----------------------------------------------------------------------------------------------------


class _Reader:
    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, size):
        end = self.at + size
        if end > len(self.data):
            raise ValueError("malformed object set: it ends too early")
        self.at = end
        return self.data[end - size : end]

    def number(self, size):
        return int.from_bytes(self.take(size), "little")

    def numbers(self, count):
        found = array("H", self.take(2 * count))
        if sys.byteorder == "big":
            found.byteswap()
        return found

    def ids64(self):
        ids = array("Q")
        last = -1
        for _ in range(self.number(8)):
            high = self.number(4)
            if high <= last:
                raise ValueError("malformed object set: its parts are out of order")
            last = high
            self.ids32(high << 32, ids)
        if self.at != len(self.data):
            raise ValueError("malformed object set: something follows its end")
        return ids

    def ids32(self, high, ids):
        cookie = self.number(4)
        runs = b""
        if cookie & 0xFFFF == _WITH_RUNS:
            count = (cookie >> 16) + 1
            runs = self.take((count + 7) // 8)
        elif cookie == _NO_RUNS:
            count = self.number(4)
        else:
            raise ValueError("malformed object set: no Roaring bitmap is in it")
        if count > 1 << 16:
            raise ValueError("malformed object set: it has too many containers")
        heads = self.numbers(2 * count)
        if not runs or count >= _OFFSETS_FROM:
            self.take(4 * count)
        last = -1
        for n in range(count):
            key, cardinality = heads[2 * n], heads[2 * n + 1] + 1
            if key <= last:
                raise ValueError("malformed object set: its containers are out of order")
            last = key
            is_run = runs and runs[n // 8] >> n % 8 & 1
            self.container(is_run, high | key << 16, cardinality, ids)

    def container(self, is_run, base, cardinality, ids):
        before = len(ids)
        check_size(before + cardinality)
        if is_run:
            self.run_container(base, ids)
        elif cardinality > _LARGEST_ARRAY:
            self.bitmap_container(base, ids)
        else:
            self.array_container(base, cardinality, ids)
        if len(ids) - before != cardinality:
            raise ValueError("malformed object set: a container has another number of ids than it says")

    def run_container(self, base, ids):
        pairs = self.numbers(2 * self.number(2))
        last = -1
        for first, more in zip(pairs[::2], pairs[1::2]):
            if first <= last or first + more > 0xFFFF:
                raise ValueError("malformed object set: its runs are out of order")
            last = first + more
            ids.extend(range(base + first, base + last + 1))

    def bitmap_container(self, base, ids):
        for n, byte in enumerate(self.take(8192)):
            if byte:
                ids.extend([base + 8 * n + bit for bit in _BITS[byte]])

    def array_container(self, base, cardinality, ids):
        lows = self.numbers(cardinality)
        if any(a >= b for a, b in zip(lows, lows[1:])):
            raise ValueError("malformed object set: its ids are out of order")
        ids.extend([base + low for low in lows])


class _Walker(_Reader):
    """Reads what stands around the containers, and passes over these."""

    def container(self, is_run, base, cardinality, ids):
        if is_run:
            self.take(4 * self.number(2))
        else:
            self.take(8192 if cardinality > _LARGEST_ARRAY else 2 * cardinality)


# ---- Writing ----------------------------------------------------------------------------------------------------


def _u16(number):
    return number.to_bytes(2, "little")


def _u32(number):
    return number.to_bytes(4, "little")


def _u16s(numbers):
    found = array("H", numbers)
    if sys.byteorder == "big":
        found.byteswap()
    return found.tobytes()


def _bitmap(lows):
    """A 32-bit bitmap of numbers in ascending order."""
    containers = [(key, [low & 0xFFFF for low in same]) for key, same in groupby(lows, lambda low: low >> 16)]
    bodies = [_container(values) for _, values in containers]
    heads = b"".join(_u16(key) + _u16(len(values) - 1) for key, values in containers)
    count = len(containers)
    is_run = [kind == "run" for kind, _ in bodies]
    if any(is_run):
        flags = sum(1 << n for n, run in enumerate(is_run) if run)
        front = _u32(_WITH_RUNS | count - 1 << 16) + flags.to_bytes((count + 7) // 8, "little") + heads
        has_offsets = count >= _OFFSETS_FROM
    else:
        front = _u32(_NO_RUNS) + _u32(count) + heads
        has_offsets = True
    offsets = []
    at = len(front) + 4 * count
    for _, body in bodies:
        offsets.append(_u32(at))
        at += len(body)
    return front + (b"".join(offsets) if has_offsets else b"") + b"".join(body for _, body in bodies)


def _container(values):
    """The smallest of the three kinds for 16-bit numbers in ascending order."""
    runs = 1 + sum(a + 1 != b for a, b in zip(values, values[1:]))
    other = min(2 * len(values), 8192)
    if 2 + 4 * runs < other:
        starts = [values[0]] + [b for a, b in zip(values, values[1:]) if a + 1 != b]
        ends = [a for a, b in zip(values, values[1:]) if a + 1 != b] + [values[-1]]
        pairs = [number for first, last in zip(starts, ends) for number in (first, last - first)]
        return "run", _u16(runs) + _u16s(pairs)
    if len(values) <= _LARGEST_ARRAY:
        return "array", _u16s(values)
    bits = bytearray(8192)
    for value in values:
        bits[value >> 3] |= 1 << (value & 7)
    return "bitmap", bytes(bits)
