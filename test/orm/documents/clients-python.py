# @document clients/python/README.md python
import asyncio
import os
import sys
import tempfile

# ---- The set
# @block
assert (data[:8], 8 in smokers, list(smokers & {8, 9})) == (b"\1" + bytes(7), True, [8])

# ---- Drivers
import asyncpg
import psycopg
import psycopg2


async def drivers():
    of_psycopg, of_psycopg2, of_asyncpg = psycopg.connect(), psycopg2.connect(""), await asyncpg.connect()
    # @block
    wanted = IdSet([1, 2])
    assert of_psycopg.execute("SELECT '{1,2}'::objectset").fetchone() == (wanted,)
    with of_psycopg2.cursor() as cursor:
        cursor.execute("SELECT '{1,2}'::objectset")
        assert cursor.fetchone() == (wanted,)
    assert await of_asyncpg.fetchval("SELECT '{1,2}'::objectset") == wanted
    of_psycopg.close()
    of_psycopg2.close()
    await of_asyncpg.close()


asyncio.run(drivers())

# ---- Django
MODELS = """
from django.db import models

class Patient(models.Model):
    smoker = models.BooleanField()

class Visit(models.Model):
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE)

# @block
"""
project = tempfile.TemporaryDirectory()
os.makedirs(f"{project.name}/clinic")
for name, code in {"__init__": "", "models": MODELS}.items():
    with open(f"{project.name}/clinic/{name}.py", "w") as file:
        file.write(code)
sys.path.insert(0, project.name)
sys.dont_write_bytecode = True

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="of no use elsewhere",
    DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "NAME": os.environ["PGDATABASE"]}},
    INSTALLED_APPS=["django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.messages",
                    "django.contrib.sessions", "clinic"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", USE_TZ=True)
django.setup()
import objectset.django
from django.db import models


class Migration:
# @block


assert Migration.operations[1].target == "clinic.Patient"

from clinic.models import Patient, PatientSet, Visit
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection

call_command("migrate", run_syncdb=False, verbosity=0)
with connection.cursor() as cursor:
    cursor.execute("CREATE TABLE clinic_patient (id bigint PRIMARY KEY, smoker boolean NOT NULL)")
    cursor.execute("CREATE TABLE clinic_visit (id bigint PRIMARY KEY, patient_id bigint NOT NULL)")
    cursor.execute("INSERT INTO clinic_patient SELECT i, i % 4 = 0 FROM generate_series(1, 1000) i")
    cursor.execute("INSERT INTO clinic_visit SELECT i, i FROM generate_series(1, 1000) i")
    cursor.execute("SELECT objectset_create_table('clinic_patientset', 'clinic_patient')")
    cursor.execute("ALTER TABLE clinic_patientset ADD COLUMN owner_id integer REFERENCES auth_user")
user = User.objects.create_user("somebody")
patient = Patient.objects.get(pk=8)
# @block
assert [a.count(), b.count(), c.count(), d.count()] == [250, 247, 3, 250]
assert sorted(each.name for each in sets) == ["smokers", "trial 7"]
# @block
assert admin.site.is_registered(PatientSet)

# ---- SQLAlchemy
from sqlalchemy import BigInteger, Boolean, Column, create_engine, func, select, text
from sqlalchemy.orm import Session, declarative_base

Base = declarative_base()


class Patient(Base):
    __tablename__ = "patient"
    id = Column(BigInteger, primary_key=True)
    smoker = Column(Boolean)


engine = create_engine("postgresql+psycopg2://", future=True)
session = Session(engine, future=True)
SAVE = "SELECT objectset_create_table('patient_set', 'patient'); " \
    "SELECT objectset_save('patient_set', 'smokers', 'SELECT id FROM patient WHERE smoker')"
session.execute(text(SAVE))
# @block
assert entered == 1
session.commit()
assert len(session.scalars(patients).all()) == 251
assert session.execute(sizes).all() == [("smokers", 251)]

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.runtime.environment import EnvironmentContext

connection = session.connection()
context = EnvironmentContext(Config(), None)
# @block
assert context.get_context().opts["include_object"] is include_object
session.execute(text("DROP TABLE patient_set CASCADE"))
op = Operations(MigrationContext.configure(connection))
# @block
assert session.scalars(text("SELECT set_table::text FROM objectset_tables() WHERE target = 'patient'::regclass")).all() == ["patient_set"]
session.close()
