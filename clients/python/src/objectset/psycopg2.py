"""psycopg2: columns of type objectset as IdSet, and IdSet as a parameter.

    objectset.psycopg2.register(connection)
"""

from psycopg2 import extensions

from ._ids import IdSet
from ._type import FIND_TYPE, found


class _Literal:
    """How an IdSet is written into a statement."""

    def __init__(self, ids):
        self._text = str(ids)

    def getquoted(self):
        return b"'%s'::objectset" % self._text.encode("ascii")


extensions.register_adapter(IdSet, _Literal)


def register(connection):
    """Makes this connection give IdSets."""
    with connection.cursor() as cursor:
        cursor.execute(FIND_TYPE)
        oid, array_oid, _ = found(cursor.fetchone())
    one = extensions.new_type((oid,), "OBJECTSET", lambda text, cursor: None if text is None else IdSet.parse(text))
    extensions.register_type(one, connection)
    extensions.register_type(extensions.new_array_type((array_oid,), "OBJECTSET[]", one), connection)
