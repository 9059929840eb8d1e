# @document doc/howto/orm-django.md python
# A project of its own, with the app and the migration as the page has them.
import importlib
import os
import sys
import tempfile

MODELS = """
from django.db import models

class Patient(models.Model):
    born = models.DateField()
    smoker = models.BooleanField()

class Visit(models.Model):
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE)

# @block
"""

project = tempfile.TemporaryDirectory()
os.makedirs(f"{project.name}/clinic/migrations")
for name, text in {"__init__": "", "migrations/__init__": "", "models": MODELS}.items():
    with open(f"{project.name}/clinic/{name}.py", "w") as file:
        file.write(text)
sys.path.insert(0, project.name)
sys.dont_write_bytecode = True

import django
from django.conf import settings
from django.core.management import call_command

settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "NAME": os.environ["PGDATABASE"]}},
    INSTALLED_APPS=["clinic"], DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", USE_TZ=True)
django.setup()
from django.db import connection

with connection.cursor() as cursor:
    cursor.execute("DROP EXTENSION objectset CASCADE")
call_command("makemigrations", "clinic", verbosity=0)

# Step 2.
path = f"{project.name}/clinic/migrations/0001_initial.py"
with open(path) as file:
    migration = file.read()
for old, new in {
    "    operations = [\n": "    operations = [\n        objectset.django.ObjectSetExtension(),\n",
    "migrations.CreateModel(\n            name='PatientSet',\n":
        "objectset.django.CreateSetTable(\n            name='PatientSet',\n            target='clinic.Patient',\n",
}.items():
    assert migration.count(old) == 1, migration
    migration = migration.replace(old, new)
with open(path, "w") as file:
    file.write(migration)
importlib.invalidate_caches()
call_command("migrate", verbosity=0)
call_command("makemigrations", check_changes=True, dry_run=True, verbosity=0)

import datetime

from clinic.models import Patient, PatientSet, Visit

Patient.objects.bulk_create(
    Patient(id=i, born=datetime.date(1930, 1, 1) + datetime.timedelta(days=i * 30), smoker=i % 4 == 0)
    for i in range(1, 1001))
Visit.objects.bulk_create(Visit(patient_id=i) for i in range(1, 1001))
patient = Patient.objects.get(pk=1)
trial = PatientSet.objects.save_ids("trial", [12, 16])

# @block

smokers.refresh_from_db()
assert (entered, departed) == (0, 0)
assert 1 in smokers and 4 not in smokers and 12 in smokers and len(smokers) == 90, smokers.members
assert Visit.objects.filter(patient__pk__in_set=smokers - trial).count() == 88

# @block

assert patients.count() == 91
