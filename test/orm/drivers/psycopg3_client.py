"""psycopg 3: text, binary, prepared on the server, and ClientCursor; bare, and with the adapter of clients/python."""

import datetime
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from cells import Cells, fails, same  # noqa: E402

import psycopg  # noqa: E402

import objectset.psycopg  # noqa: E402
from objectset import IdSet  # noqa: E402

KINDS = {
    "psycopg": {},
    "psycopg ClientCursor": {"cursor_factory": psycopg.ClientCursor},
    "psycopg prepared": {"prepare_threshold": 0},
}


def test(cells, table, settings):
    connection = psycopg.connect("", autocommit=True, **settings)
    client_side = settings.get("cursor_factory") is psycopg.ClientCursor

    def ask(statement, *parameters, **options):
        return connection.execute(statement, parameters, **options).fetchone()[0]

    def column(statement, *parameters):
        return [row[0] for row in connection.execute(statement, parameters)]

    with cells("create"):
        same(ask("SELECT objectset_create_table(%s, %s)", table, "patient"), table)

    with cells("query", "ok" if client_side else "%s::text for a text beside values of other types"):
        query = "SELECT id FROM patient WHERE smoker AND city = $1 AND born < $2"
        wanted = ask("SELECT count(*) FROM patient WHERE smoker AND city = 'O''Brien' AND born < '1945-01-01'")
        date = datetime.date(1945, 1, 1)
        save = "SELECT objectset_save(%s, %s, %s, %s, %s)"
        same(ask(save, table, "smokers", query, "O'Brien", str(date)), wanted)
        same(ask(save if client_side else "SELECT objectset_save(%s, %s, %s, %s::text, %s)",
                 table, "smokers", query, "O'Brien", date), wanted)

    with cells("one"):
        same(ask("SELECT objectset_save(%s, %s, %s)", table, "trial 7", "{1..100}"), 100)
        same(ask("SELECT objectset_add(%s, %s, %s)", table, "trial 7", 500), 1)

    with cells("list"):
        same(ask("SELECT objectset_add(%s, %s, %s)", table, "trial 7", [500, 501, 502]), 2)
        same(ask("SELECT objectset_save(%s, %s, %s)", table, "of a list", [3, 1, 3]), 2)

    with cells("set"):
        same(ask("SELECT objectset_add(%s, %s, %s)", table, "trial 7", "{502,503}"), 1)

    with cells("filter"):
        same(ask(f"SELECT count(*) FROM patient p JOIN {table} s ON p.id <@ s.members WHERE s.name = %s", "trial 7"), 104)
        same(ask("SELECT count(*) FROM patient WHERE id <@ objectset_members(%s, %s)", table, "trial 7"), 104)
        same(ask("SELECT count(*) FROM patient WHERE id <@ %s", "{1,2,5000}"), 2)
        same(ask("SELECT count(*) FROM patient WHERE id <@ %s::bigint[]::objectset", [1, 2, 5000]), 2)

    with cells("in place"):
        same(ask("SELECT objectset_apply(%s, %s, %s, %s)", table, "trial 7", "&", "{1..10}"), 10)
        same(ask("SELECT objectset_apply(%s, %s, %s, %s)", table, "trial 7", "|", [11, 12]), 12)

    with cells("page"):
        page = f"SELECT objectset_elements(s.members, %s, %s) FROM {table} s WHERE name = %s"
        same(column(page, 10, 50, "trial 7"), [11, 12])

    with cells("text"):
        same(ask("SELECT %s::bigint[]::objectset::bigint[]", [3, -1, 3]), [-1, 3])
        same(ask("SELECT %s::objectset", "{3,-1}"), "{-1,3}")
        objectset.psycopg.register(connection)
        same(ask("SELECT %t" if not client_side else "SELECT %s", IdSet([3, -1])), IdSet([-1, 3]))
        same(ask("SELECT ARRAY['{1}', '{}', NULL]::objectset[]"), [IdSet([1]), IdSet(), None])

    if client_side:
        cells.none("binary", "ClientCursor sends text")
    else:
        with cells("binary"):
            same(ask("SELECT %b", IdSet([3, -1]), binary=True), IdSet([-1, 3]))
            same(ask("SELECT %b::objectset::bigint[]", [3, -1, 3], binary=True), [-1, 3])
            same(ask("SELECT ARRAY['{1}', '{}', NULL]::objectset[]", binary=True), [IdSet([1]), IdSet(), None])

    with cells("prepared"):
        for i in range(10):
            same(ask("SELECT count(*) FROM patient WHERE id <@ %s", IdSet(range(i))), max(i - 1, 0))
        for i in range(10):
            same(ask("SELECT objectset_add(%s, %s, %s)", table, "of a list", i + 100), 1)

    with cells("sizes"):
        for size in (1, 10_000, 10_001):
            ids = IdSet(range(size))
            same(ask("SELECT objectset_save(%s, %s, %s)", table, "sized", ids), size)
            for options in ({},) if client_side else ({}, {"binary": True}):
                same(ask(f"SELECT s.members FROM {table} s WHERE name = %s", "sized", **options), ids)
                found = ask(f"SELECT s.members::bigint[] FROM {table} s WHERE name = %s", "sized", **options)
                same(found, list(range(size)))

    with cells("error"):
        for code, statement, parameter in (("42704", f"SELECT objectset_add('{table}', %s, 1)", "no such set"),
                                           ("22P02", "SELECT %s::objectset", "{1,x}")):
            with fails(psycopg.Error, code, lambda error: error.sqlstate):
                ask(statement, parameter)


for n, (client, settings) in enumerate(KINDS.items()):
    test(Cells(client), f"patient_set_{n}", settings)
