# @document doc/howto/orm-sqlalchemy.md python
from datetime import date

from alembic.migration import MigrationContext
from alembic.operations import Operations
from objectset.sqlalchemy import ObjectSet
from sqlalchemy import Boolean, Date, Integer, Text, create_engine, func, select, text, update
from sqlalchemy import BigInteger, Column
from sqlalchemy.orm import Session, declarative_base

Base = declarative_base()


class Patient(Base):
    __tablename__ = "patient"
    id = Column(BigInteger, primary_key=True)
    born = Column(Date)
    smoker = Column(Boolean)


class Study(Base):
    __tablename__ = "study"
    id = Column(Integer, primary_key=True)
    members = Column(ObjectSet)
    left = Column(ObjectSet)


class Clinic(Base):
    __tablename__ = "clinic"
    id = Column(BigInteger, primary_key=True)


engine = create_engine("postgresql+psycopg2://", future=True)
session = Session(engine, future=True)
session.execute(text("SELECT objectset_create_table('patient_set', 'patient')"))
session.execute(text("SELECT objectset_save('patient_set', 'smokers', 'SELECT id FROM patient WHERE smoker')"))
for table in Study.__table__, Clinic.__table__:
    table.create(session.connection())
session.add(Study(id=1, members=[1, 2], left=[2, 6]))
session.flush()
# @block

assert [patient.id for patient in page] == list(range(4, 204, 4)), page
assert entered == 1
assert session.scalars(select(Study.members)).all() == [{1, 5}]
session.execute(text("DROP TABLE patient_set CASCADE"))
# @block

with Operations.context(MigrationContext.configure(session.connection())):
    upgrade()
assert session.scalars(text("SELECT column_name::text FROM information_schema.columns "
                            "WHERE table_name = 'patient_set' AND column_name = 'clinic_id'")).all() == ["clinic_id"]
# @block

assert count == session.scalar(text("SELECT count(*) FROM patient WHERE born < '1960-01-01'")) > 100
session.close()
