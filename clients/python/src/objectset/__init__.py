"""Sets of row ids, as the PostgreSQL extension objectset keeps them.

IdSet is what a column of type objectset holds. Adapters for the drivers are in objectset.psycopg, objectset.psycopg2
and objectset.asyncpg; objectset.django and objectset.sqlalchemy build on none of them.
"""

from ._ids import IdSet

IdSet.__module__ = __name__  # as it is called in migrations and pickles

__version__ = "0.1.0"
__all__ = ["IdSet"]
