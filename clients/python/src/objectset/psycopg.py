"""psycopg 3: columns of type objectset as IdSet, in text and binary, and IdSet as a parameter.

    objectset.psycopg.register(connection)           # or, with an AsyncConnection, await register_async(connection)
"""

from psycopg.adapt import Dumper, Loader
from psycopg.pq import Format
from psycopg.types import TypeInfo

from ._ids import IdSet
from ._type import FIND_TYPE, found


class _TextLoader(Loader):
    format = Format.TEXT

    def load(self, data):
        return IdSet.parse(str(data, "ascii"))


class _BinaryLoader(Loader):
    format = Format.BINARY

    def load(self, data):
        return IdSet.from_bytes(data)


class _TextDumper(Dumper):
    format = Format.TEXT

    def dump(self, ids):
        return str(ids).encode("ascii")

    def quote(self, ids):
        return b"'%s'::objectset" % self.dump(ids)


class _BinaryDumper(Dumper):
    format = Format.BINARY

    def dump(self, ids):
        return ids.to_bytes()


def register(connection):
    """Makes this connection give and take IdSets."""
    _register(connection, connection.execute(FIND_TYPE).fetchone())


async def register_async(connection):
    """The same for an AsyncConnection."""
    cursor = await connection.execute(FIND_TYPE)
    _register(connection, await cursor.fetchone())


def _register(connection, row):
    oid, array_oid, _ = found(row if not isinstance(row, dict) else row.values())
    TypeInfo("objectset", oid, array_oid).register(connection)
    for loader in (_TextLoader, _BinaryLoader):
        connection.adapters.register_loader(oid, loader)
    for dumper in (_TextDumper, _BinaryDumper):  # the last one is taken where a statement does not say
        connection.adapters.register_dumper(IdSet, type(dumper.__name__, (dumper,), {"oid": oid}))
