"""SQLAlchemy: the cells of the table, and what else objectset.sqlalchemy promises; through psycopg2 and asyncpg."""

import asyncio
import datetime
import os
import sys
import warnings

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from cells import Cells, fails, same  # noqa: E402

import sqlalchemy  # noqa: E402
from sqlalchemy import BigInteger, Boolean, Column, Date, ForeignKey, MetaData, Table, Text, func, literal, select, text  # noqa: E402
from sqlalchemy.exc import DBAPIError  # noqa: E402
from sqlalchemy.orm import aliased, declarative_base, Session  # noqa: E402

from objectset import IdSet  # noqa: E402
from objectset.sqlalchemy import ObjectSet, SetTable, in_set, include_object, members  # noqa: E402

warnings.simplefilter("error")
cells = Cells("SQLAlchemy")
Base = declarative_base()


class Patient(Base):
    __tablename__ = "patient"
    id = Column(BigInteger, primary_key=True)
    born = Column(Date, nullable=False)
    smoker = Column(Boolean, nullable=False)
    city = Column(Text, nullable=False)


class Clinic(Base):
    __tablename__ = "clinic"
    id = Column(BigInteger, primary_key=True)


class PatientSet(SetTable, Base):
    __tablename__ = "patient_set"
    __target__ = "patient"
    clinic_id = Column(BigInteger, ForeignKey("clinic.id"))


class Snapshot(Base):
    __tablename__ = "snapshot"
    id = Column(BigInteger, primary_key=True)
    members = Column(ObjectSet)


engine = sqlalchemy.create_engine("postgresql+psycopg2://")
session = Session(engine, future=True)
with engine.begin() as connection:
    connection.execute(text("DROP TABLE patient, plain"))

with cells("create", "SetTable in place of a table"):
    Base.metadata.create_all(engine)
    session.execute(
        text(
            "INSERT INTO patient SELECT i, date '1930-01-01' + i * 7, i % 4 = 0, "
            "(ARRAY['Hull', 'Saint-Lô', 'O''Brien', '50% Town', '%s'])[i % 5 + 1] FROM generate_series(1, 1000) i"
        )
    )
    session.commit()


def call(function, *arguments):
    with Session(engine, future=True) as session:
        found = session.execute(select(function("patient_set", *arguments))).scalar_one()
        session.commit()
        return found


def ids(*some):
    return literal(IdSet(some), ObjectSet)


def members_of(name):
    return session.execute(select(members(PatientSet)).where(PatientSet.name == name)).scalar_one()


with cells("query"):
    query = "SELECT id FROM patient WHERE smoker AND city = $1 AND born < $2"
    wanted = select(Patient.id).where(Patient.smoker, Patient.city == "50% Town", Patient.born < datetime.date(1945, 1, 1))
    wanted = set(session.scalars(wanted))
    assert len(wanted) > 20
    same(call(func.objectset_save, "smokers", query, "50% Town", datetime.date(1945, 1, 1)), len(wanted))
    same(members_of("smokers"), wanted)
    session.execute(text("DELETE FROM patient_set"))
    session.commit()

with cells("one"):
    same(call(func.objectset_save, "trial 7", ids(*range(1, 101))), 100)
    same(call(func.objectset_add, "trial 7", 500), 1)
    same(call(func.objectset_remove, "trial 7", 500), 1)

with cells("list"):
    same(call(func.objectset_add, "trial 7", [500, 501, 502]), 3)
    same(call(func.objectset_remove, "trial 7", [500, 501, 502]), 3)

with cells("set", "literal(ids, ObjectSet)"):
    same(call(func.objectset_add, "trial 7", ids(100, 101)), 1)

with cells("filter"):
    trial = select(members(PatientSet)).where(PatientSet.name == "trial 7")
    same(session.scalar(select(func.count()).select_from(Patient).where(in_set(Patient.id, trial))), 101)
    same(session.scalar(select(func.count()).select_from(Patient).where(in_set(Patient.id, [1, 2, 5000]))), 2)
    same(session.scalar(select(func.count()).select_from(Patient).where(in_set(Patient.id, IdSet()))), 0)
    joined = select(PatientSet.name, func.count()).join(Patient, in_set(Patient.id, members(PatientSet)))
    same(session.execute(joined.group_by(PatientSet.name)).all(), [("trial 7", 101)])
    other = aliased(PatientSet)
    same(session.scalars(select(other.name).where(members(other).has(5))).all(), ["trial 7"])
    plan = "\n".join(session.scalars(text("EXPLAIN " + str(
        select(Patient).where(in_set(Patient.id, list(range(1, 300)))).compile(engine, compile_kwargs={"literal_binds": True})
    ))))
    assert "ObjectSetScan" in plan, plan

with cells("in place"):
    same(call(func.objectset_save, "a", ids(1, 2, 3, 5, 8, 13)), 6)
    same(call(func.objectset_apply, "a", "&", ids(2, 5, 8, 11)), 3)
    same(call(func.objectset_apply, "a", "|", ids(1)), 4)
    same(members_of("a"), {1, 2, 5, 8})
    a = select(members(PatientSet)).where(PatientSet.name == "a").scalar_subquery()
    same(session.scalar(select(((a | [9]) - [1, 2]) & IdSet([5, 9, 77]))), {5, 9})
    saved = session.scalars(select(PatientSet).where(PatientSet.name == "a")).one()
    saved.base = saved.base | {40}
    session.commit()
    same((saved.count, members_of("a")), (5, {1, 2, 5, 8, 40}))

with cells("page"):
    page = func.objectset_elements(members(PatientSet), 97, 50)
    same(session.scalars(select(page).where(PatientSet.name == "trial 7")).all(), [98, 99, 100, 101])

with cells("text"):
    session.add(Snapshot(id=1, members=[3, -1, 3]))
    session.add(Snapshot(id=2))
    session.commit()
    same([session.get(Snapshot, 1).members, session.get(Snapshot, 2).members], [IdSet([-1, 3]), None])

cells.none("binary", "through its drivers: see there")

with cells("prepared"):
    for i in range(10):
        same(len(session.scalars(select(Patient.id).where(in_set(Patient.id, range(i)))).all()), max(i - 1, 0))

with cells("sizes"):
    for size in (1, 10_000, 10_001):
        call(func.objectset_save, "sized", ids(*range(size)))
        same(members_of("sized"), IdSet(range(size)))

with cells("error"):
    with fails(DBAPIError, "42704", lambda error: error.orig.pgcode):
        call(func.objectset_add, "no such set", ids(1))

# ---- Beyond the table -------------------------------------------------------------------------------------------

with cells("+ operators of plain columns"):
    session.merge(Snapshot(id=1, members=[1, 2, 3]))
    session.merge(Snapshot(id=2, members=[]))
    session.commit()
    kept = Snapshot.members
    for condition, wanted in (
        (kept.has(3), [1]), (kept.contains([1, 2]), [1]), (kept.overlaps([3, 4]), [1]), (kept.contained_by([1, 2, 3, 4]), [1, 2]),
        (kept == IdSet([1, 2, 3]), [1]), (kept.cardinality() == 0, [2]), ((kept | [7]) == IdSet([7]), [2]),
        (kept.symmetric_difference([3, 4]) == IdSet([1, 2, 4]), [1]),
    ):
        same(session.scalars(select(Snapshot.id).where(condition).order_by(Snapshot.id)).all(), wanted)
    session.execute(sqlalchemy.update(Snapshot).values(members=Snapshot.members | [7]))
    session.commit()
    same(session.get(Snapshot, 2).members, {7})

with cells("+ reflection"):
    reflected = MetaData()
    reflected.reflect(engine)  # warnings are errors
    same(type(reflected.tables["snapshot"].c.members.type), ObjectSet)
    same(type(reflected.tables["patient_set"].c.base.type), ObjectSet)
    same(session.execute(select(reflected.tables["snapshot"].c.members).limit(1)).scalar_one(), {1, 2, 3, 7})

with cells("+ Alembic finds nothing to do"):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    from objectset.sqlalchemy import create_set_table

    with engine.begin() as connection:
        options = {"compare_type": True, "compare_server_default": True, "include_object": include_object}
        context = MigrationContext.configure(connection, opts=options)
        same(compare_metadata(context, Base.metadata), [])
        create_set_table(Operations(context), "other_set", "patient", history=True)
        same(compare_metadata(context, Base.metadata), [])
        bare = MetaData()
        Table("patient", bare, Column("id", BigInteger, primary_key=True))
        dropped = {found[1].name for found in compare_metadata(context, bare) if found[0] == "remove_table"}
        same(dropped, {"snapshot", "clinic"})

with cells("+ asyncpg"):
    from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

    async def with_asyncpg():
        engine = create_async_engine("postgresql+asyncpg://")
        async with AsyncSession(engine) as session:
            session.add(Snapshot(id=3, members=range(20_000)))
            await session.commit()
            same((await session.get(Snapshot, 3)).members, IdSet(range(20_000)))
            trial = select(members(PatientSet)).where(PatientSet.name == "trial 7")
            same(await session.scalar(select(func.count()).select_from(Patient).where(in_set(Patient.id, trial))), 101)
            same(await session.scalar(select(func.count()).select_from(Patient).where(in_set(Patient.id, [1, 2]))), 2)
        await engine.dispose()

    asyncio.run(with_asyncpg())
