"""asyncpg: columns of type objectset as IdSet, and IdSet, or any iterable of ids, as a parameter.

    await objectset.asyncpg.register(connection)     # or create_pool(..., init=objectset.asyncpg.register)
"""

from ._ids import IdSet
from ._type import FIND_TYPE, found


async def register(connection):
    """Makes this connection give and take IdSets."""
    _, _, schema = found(await connection.fetchrow(FIND_TYPE))
    await connection.set_type_codec(
        "objectset",
        schema=schema,
        encoder=_encode,
        decoder=IdSet.from_bytes,
        format="binary",
    )


def _encode(ids):
    return (IdSet.parse(ids) if isinstance(ids, str) else IdSet(ids)).to_bytes()
