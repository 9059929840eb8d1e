"""psycopg2: bare, and with the adapter of clients/python."""

import datetime
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from cells import Cells, fails, same  # noqa: E402

import psycopg2  # noqa: E402

import objectset.psycopg2  # noqa: E402
from objectset import IdSet  # noqa: E402

cells = Cells("psycopg2")
connection = psycopg2.connect("")
connection.autocommit = True
cursor = connection.cursor()


def ask(statement, *parameters):
    cursor.execute(statement, parameters)
    return cursor.fetchone()[0]


def column(statement, *parameters):
    cursor.execute(statement, parameters)
    return [row[0] for row in cursor]


with cells("create"):
    same(ask("SELECT objectset_create_table(%s, %s)", "patient_set", "patient"), "patient_set")

with cells("query"):
    query = "SELECT id FROM patient WHERE smoker AND city = $1 AND born < $2"
    wanted = ask("SELECT count(*) FROM patient WHERE smoker AND city = 'O''Brien' AND born < '1945-01-01'")
    date = datetime.date(1945, 1, 1)
    same(ask("SELECT objectset_save(%s, %s, %s, %s, %s)", "patient_set", "smokers", query, "O'Brien", date), wanted)

with cells("one"):
    same(ask("SELECT objectset_save(%s, %s, %s)", "patient_set", "trial 7", "{1..100}"), 100)
    same(ask("SELECT objectset_add(%s, %s, %s)", "patient_set", "trial 7", 500), 1)

with cells("list"):
    same(ask("SELECT objectset_add(%s, %s, %s)", "patient_set", "trial 7", [500, 501, 502]), 2)
    same(ask("SELECT objectset_save(%s, %s, %s)", "patient_set", "of a list", [3, 1, 3]), 2)

with cells("set"):
    same(ask("SELECT objectset_add(%s, %s, %s)", "patient_set", "trial 7", "{502,503}"), 1)
    same(ask("SELECT objectset_add(%s, %s, %s)", "patient_set", "trial 7", IdSet([503, 504])), 1)

with cells("filter"):
    same(ask("SELECT count(*) FROM patient p JOIN patient_set s ON p.id <@ s.members WHERE s.name = %s", "trial 7"), 105)
    same(ask("SELECT count(*) FROM patient WHERE id <@ objectset_members(%s, %s)", "patient_set", "trial 7"), 105)
    same(ask("SELECT count(*) FROM patient WHERE id <@ %s", "{1,2,5000}"), 2)
    same(ask("SELECT count(*) FROM patient WHERE id <@ %s::objectset", [1, 2, 5000]), 2)
    same(ask("SELECT count(*) FROM patient WHERE id <@ %s", IdSet([1, 2, 5000])), 2)

with cells("in place"):
    same(ask("SELECT objectset_apply(%s, %s, %s, %s)", "patient_set", "trial 7", "&", "{1..10}"), 10)
    same(ask("SELECT objectset_apply(%s, %s, %s, %s)", "patient_set", "trial 7", "|", [11, 12]), 12)
    cursor.execute("UPDATE plain SET members = members | %s - %s WHERE id = 1", (IdSet([5]), IdSet([6])))

with cells("page"):
    page = "SELECT objectset_elements(s.members, %s, %s) FROM patient_set s WHERE name = %s"
    same(column(page, 10, 50, "trial 7"), [11, 12])

with cells("text"):
    same(ask("SELECT %s::objectset::bigint[]", [3, -1, 3]), [-1, 3])
    same(ask("SELECT %s::objectset", "{3,-1}"), "{-1,3}")
    objectset.psycopg2.register(connection)
    same(ask("SELECT %s", IdSet([3, -1])), IdSet([-1, 3]))
    same(ask("SELECT ARRAY['{1}', '{}', NULL]::objectset[]"), [IdSet([1]), IdSet(), None])

cells.none("binary", "psycopg2 speaks text alone")

with cells("prepared"):
    cursor.execute("PREPARE counted(objectset) AS SELECT count(*) FROM patient WHERE id <@ $1")
    for i in range(10):
        same(ask("EXECUTE counted(%s)", IdSet(range(i))), max(i - 1, 0))

with cells("sizes"):
    for size in (1, 10_000, 10_001):
        ids = IdSet(range(size))
        same(ask("SELECT objectset_save(%s, %s, %s)", "patient_set", "sized", ids), size)
        same(ask("SELECT s.members FROM patient_set s WHERE name = %s", "sized"), ids)
        same(ask("SELECT s.members::bigint[] FROM patient_set s WHERE name = %s", "sized"), list(range(size)))

with cells("error"):
    for code, statement, parameter in (("42704", "SELECT objectset_add('patient_set', %s, 1)", "no such set"),
                                       ("22P02", "SELECT %s::objectset", "{1,x}")):
        with fails(psycopg2.Error, code, lambda error: error.pgcode):
            ask(statement, parameter)
