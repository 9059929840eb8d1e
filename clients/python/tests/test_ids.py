"""IdSet and its forms. Runs with unittest alone; what needs pyroaring is skipped where it is not installed."""

import os
import pickle
import random
import unittest
from pathlib import Path
from unittest import mock

from objectset import IdSet, _roaring

try:
    import pyroaring
except ImportError:
    pyroaring = None

SHAPES = {
    "empty": [],
    "one": [7],
    "ends": [-(2**63), -1, 0, 2**63 - 1],
    "signs": list(range(-70_000, 70_000)),
    "runs": [i for i in range(200_000) if i % 1000 < 700],
    "array": list(range(0, 10_000_000, 1999)),
    "bitmap": list(range(0, 200_000, 3)),
    "full": list(range(1 << 16, 1 << 17)),
    "sparse": [i * 12_345_678_901 for i in range(-300, 300)],
    "many containers": [i << 16 for i in range(70_000)],
    "mixed": [5, *range(65_536, 131_072), *range(200_000, 260_000, 2), *range(1 << 33, (1 << 33) + 5), -9],
}


class Forms(unittest.TestCase):
    def test_text_and_bytes_come_back(self):
        for name, ids in SHAPES.items():
            with self.subTest(name):
                made = IdSet(ids)
                self.assertEqual(list(made), sorted(ids))
                self.assertEqual(IdSet.parse(str(made)), made)
                self.assertEqual(IdSet.from_bytes(made.to_bytes()), made)
                self.assertEqual(pickle.loads(pickle.dumps(made)), made)

    def test_text_is_the_server_s(self):
        self.assertEqual(str(IdSet([3, -1, 2, 3])), "{-1,2,3}")
        self.assertEqual(str(IdSet()), "{}")
        self.assertEqual(len(str(IdSet(range(10_000)))), 48_891)
        self.assertTrue(str(IdSet(range(10_001))).startswith("roaring64:"))

    def test_bytes_are_the_published_form(self):
        self.assertEqual(
            IdSet([1, 2]).to_bytes().hex(), "0100000000000000000000003a30000001000000000001001000000001000200"
        )
        self.assertEqual(IdSet().to_bytes(), bytes(8))

    def test_what_people_write_is_read(self):
        for text in ("{1, 2 ,2,5..7}", '{"1","2","5","6","7"}', "[1, 2, 5, 6, 7]", " {+1,2,5,6,7}\n"):
            with self.subTest(text):
                self.assertEqual(IdSet.parse(text), {1, 2, 5, 6, 7})

    def test_malformed_text_is_refused(self):
        for text in ("", "1", "{", "{1", "{1]", "{a}", "{1,}", "{1.5}", "{1_0}", "{5..4}", "roaring64:!", "roaring64:AA",
                     "{9223372036854775808}", "{1..99999999999}", "{\u0661}"):
            with self.subTest(text), self.assertRaises(ValueError):
                IdSet.parse(text)

    def test_every_truncation_and_most_flips_are_refused_and_none_goes_wild(self):
        made = IdSet([-5, *range(1, 9000), *range(70_000, 90_000, 2), 200_000])
        data = made.to_bytes()
        for size in range(0, len(data), 97):
            with self.assertRaises(ValueError):
                IdSet.from_bytes(data[:size])
        with self.assertRaises(ValueError):
            IdSet.from_bytes(data + b"\0")
        seed = int(os.environ.get("OBJECTSET_SEED", "1"))
        draw = random.Random(seed)
        for _ in range(100):
            broken = bytearray(data)
            broken[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
            try:
                IdSet.from_bytes(broken)
            except ValueError:
                pass

    def test_sets_too_large_for_memory_are_refused(self):
        full = IdSet(range(1 << 16)).to_bytes()[12:]  # one range's bitmap: a single run
        data = (9).to_bytes(8, "little") + b"".join(n.to_bytes(4, "little") + full for n in range(9))
        self.assertEqual(len(IdSet.from_bytes(data)), 9 << 16)
        with mock.patch.object(_roaring, "MOST_IDS", 500_000):
            with self.assertRaisesRegex(ValueError, "more than 500000 ids"):
                IdSet.from_bytes(data)

    def test_vectors_of_croaring(self):
        vectors = Path(os.environ.get("OBJECTSET_SHARED_DATA", "../shared/data")) / "vectors"
        if not vectors.is_dir():
            self.skipTest(f"no shared data in {vectors}")
        ids = IdSet.from_bytes((vectors / "64mapspreadvals.bin").read_bytes())
        self.assertEqual(len(ids), 100)
        self.assertEqual(IdSet.from_bytes(ids.to_bytes()), ids)
        self.assertEqual(len(IdSet.from_bytes((vectors / "64map32bitvals.bin").read_bytes())), 10)
        expected = {*range(0, 100_000, 1000), *(3 * k for k in range(100_000, 200_000)), *range(700_000, 800_000)}
        for name in ("bitmapwithruns.bin", "bitmapwithoutruns.bin"):  # 32-bit ones: the only range of a 64-bit one
            data = (1).to_bytes(8, "little") + bytes(4) + (vectors / name).read_bytes()
            self.assertEqual(IdSet.from_bytes(data), expected)

    @unittest.skipIf(pyroaring is None, "pyroaring is not installed")
    def test_pyroaring_reads_and_writes_the_same(self):
        reader = _roaring._BitMap64
        for name, ids in SHAPES.items():
            with self.subTest(name):
                made = IdSet(ids)
                self.assertEqual(list(made.to_pyroaring()), sorted(id & (1 << 64) - 1 for id in ids))
                self.assertEqual(IdSet.from_pyroaring(pyroaring.BitMap64([id & (1 << 64) - 1 for id in ids])), made)
                try:
                    _roaring._BitMap64 = None
                    self.assertEqual(IdSet.from_pyroaring(made.to_pyroaring()), made)
                finally:
                    _roaring._BitMap64 = reader


class Sets(unittest.TestCase):
    def test_it_is_a_set(self):
        a, b = IdSet([1, 2, 3]), IdSet([3, 4])
        self.assertEqual(a & b, IdSet([3]))
        self.assertEqual(a | {9}, {1, 2, 3, 9})
        self.assertEqual({9} | a, {1, 2, 3, 9})
        self.assertEqual(a ^ b, {1, 2, 4})
        self.assertEqual(a - b, {1, 2})
        self.assertIsInstance(a - b, IdSet)
        self.assertTrue(IdSet([1]) <= a and a >= {1, 2} and not a.isdisjoint(b))
        self.assertIn(2, a)
        self.assertNotIn(4, a)
        self.assertNotIn("2", a)
        self.assertEqual(hash(a), hash(frozenset([1, 2, 3])))
        self.assertEqual({a: 1}[IdSet([3, 2, 1])], 1)
        self.assertNotEqual(a, [1, 2, 3])

    def test_it_has_an_order(self):
        ids = IdSet(range(-50, 50, 10))
        self.assertEqual(ids[0], -50)
        self.assertEqual(ids[-1], 40)
        self.assertEqual(list(ids[2:4]), [-30, -20])
        self.assertEqual(ids[::-1], ids)
        self.assertEqual(list(reversed(ids))[:2], [40, 30])
        self.assertEqual(list(ids.between(-15, 20)), [-10, 0, 10])
        self.assertEqual(list(ids.page(after=-30, size=2)), [-20, -10])
        self.assertEqual(list(ids.page(size=1)), [-50])
        self.assertEqual(repr(IdSet(range(12))), "IdSet([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, ... 2 more])")

    def test_only_ids_go_in(self):
        for ids in ([1.5], ["1"], [True], [None]):
            with self.assertRaises(TypeError):
                IdSet(ids)
        with self.assertRaises(TypeError):
            IdSet("{1}")
        with self.assertRaises(ValueError):
            IdSet([2**63])


if __name__ == "__main__":
    unittest.main()
