"""pyroaring, where it is installed, and IdSet: reads `bits, name, hex, ids`, holds the bytes against the ids, writes anew."""

import sys

from objectset import IdSet

try:
    from pyroaring import BitMap, BitMap64
except ImportError:
    BitMap = BitMap64 = None

for line in sys.stdin:
    bits, name, hex, ids = line.rstrip("\n").split("\t")
    wanted = [int(id) for id in ids.split(",") if id]
    data = bytes.fromhex(hex)
    made = []
    if bits == "64":
        assert list(IdSet.from_bytes(data)) == wanted, name
        made.append(("IdSet", IdSet(wanted).to_bytes()))
    if BitMap64 is not None:
        kind = BitMap64 if bits == "64" else BitMap
        unsigned = [id & (1 << 64) - 1 for id in wanted]
        assert set(kind.deserialize(data)) == set(unsigned), name
        made.append(("pyroaring", kind(unsigned).serialize()))
    for library, out in made:
        print(library, bits, name, out.hex(), sep="\t")
if BitMap64 is None:
    print("pyroaring is not installed", file=sys.stderr)
