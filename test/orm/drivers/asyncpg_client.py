"""asyncpg: bare, and with the codec of clients/python. All parameters go in binary, with types that the server says."""

import asyncio
import datetime
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from cells import Cells, fails, same  # noqa: E402

import asyncpg  # noqa: E402

import objectset.asyncpg  # noqa: E402
from objectset import IdSet  # noqa: E402

cells = Cells("asyncpg")


async def main():
    connection = await asyncpg.connect()
    ask = connection.fetchval

    with cells("create"):
        same(await ask("SELECT objectset_create_table($1, $2::text::regclass)::text", "patient_set", "patient"), "patient_set")

    with cells("query", "$3::text, $4::date: values go as the types that the statement says"):
        query = "SELECT id FROM patient WHERE smoker AND city = $1 AND born < $2"
        wanted = await ask("SELECT count(*) FROM patient WHERE smoker AND city = 'O''Brien' AND born < '1945-01-01'")
        date = datetime.date(1945, 1, 1)
        save = "SELECT objectset_save('patient_set', $1, $2, $3::text, $4::date)"
        same(await ask(save, "smokers", query, "O'Brien", date), wanted)

    with cells("one", "$2::bigint"):
        same(await ask("SELECT objectset_save('patient_set', $1, $2)", "trial 7", "{1..100}"), 100)
        same(await ask("SELECT objectset_add('patient_set', $1, $2::bigint)", "trial 7", 500), 1)

    with cells("list", "$2::bigint[]"):
        add = "SELECT objectset_add('patient_set', $1, $2::bigint[])"
        same(await ask(add, "trial 7", [500, 501, 502]), 2)
        same(await ask("SELECT objectset_save('patient_set', $1, $2::bigint[])", "of a list", [3, 1, 3]), 2)

    with cells("set"):
        same(await ask("SELECT objectset_add('patient_set', $1, $2)", "trial 7", "{502,503}"), 1)

    with cells("filter"):
        join = "SELECT count(*) FROM patient p JOIN patient_set s ON p.id <@ s.members WHERE s.name = $1"
        same(await ask(join, "trial 7"), 104)
        same(await ask("SELECT count(*) FROM patient WHERE id <@ objectset_members('patient_set', $1)", "trial 7"), 104)
        same(await ask("SELECT count(*) FROM patient WHERE id <@ $1", "{1,2,5000}"), 2)
        same(await ask("SELECT count(*) FROM patient WHERE id <@ $1::bigint[]::objectset", [1, 2, 5000]), 2)

    with cells("in place"):
        apply = "SELECT objectset_apply('patient_set', $1, $2, $3)"
        same(await ask(apply, "trial 7", "&", "{1..10}"), 10)
        same(await ask("SELECT objectset_apply('patient_set', $1, $2, $3::bigint[])", "trial 7", "|", [11, 12]), 12)

    with cells("page"):
        page = "SELECT objectset_elements(s.members, $1, $2) FROM patient_set s WHERE name = $3"
        same([row[0] for row in await connection.fetch(page, 10, 50, "trial 7")], [11, 12])

    with cells("text"):
        same(await ask("SELECT $1::objectset", "{3,-1}"), "{-1,3}")

    await objectset.asyncpg.register(connection)

    with cells("binary"):
        same(await ask("SELECT $1::bigint[]::objectset::bigint[]", [3, -1, 3]), [-1, 3])
        same(await ask("SELECT $1::objectset", IdSet([3, -1])), IdSet([-1, 3]))
        same(await ask("SELECT $1::objectset", [3, -1]), IdSet([-1, 3]))
        same(await ask("SELECT ARRAY['{1}', '{}', NULL]::objectset[]"), [IdSet([1]), IdSet(), None])

    with cells("prepared"):
        counted = await connection.prepare("SELECT count(*) FROM patient WHERE id <@ $1")
        for i in range(10):
            same(await counted.fetchval(range(i)), max(i - 1, 0))
        added = await connection.prepare("SELECT objectset_add('patient_set', $1, $2::bigint)")
        for i in range(10):
            same(await added.fetchval("of a list", i + 100), 1)

    with cells("sizes"):
        for size in (1, 10_000, 10_001):
            ids = IdSet(range(size))
            same(await ask("SELECT objectset_save('patient_set', 'sized', $1::objectset)", ids), size)
            same(await ask("SELECT s.members FROM patient_set s WHERE name = 'sized'"), ids)
            same(await ask("SELECT s.members::bigint[] FROM patient_set s WHERE name = 'sized'"), list(range(size)))

    with cells("error"):
        for code, statement, parameter in (
            ("42704", "SELECT objectset_add('patient_set', $1, 1)", "no such set"),
            ("22P02", "SELECT $1::text::objectset", "{1,x}"),
        ):
            with fails(asyncpg.PostgresError, code, lambda error: error.sqlstate):
                await ask(statement, parameter)

    await connection.close()


asyncio.run(main())
