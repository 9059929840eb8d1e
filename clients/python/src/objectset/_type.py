"""Where the type is: its numbers differ from database to database."""

# Not by the search path, which need not have the extension's schema when a connection is made.
FIND_TYPE = """
SELECT t.oid, t.typarray, n.nspname
FROM pg_catalog.pg_extension e
JOIN pg_catalog.pg_type t ON t.typnamespace = e.extnamespace AND t.typname = 'objectset'
JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname = 'objectset'
"""


def found(row):
    if row is None:
        raise LookupError("the extension objectset is not in this database: CREATE EXTENSION objectset")
    return tuple(row)
