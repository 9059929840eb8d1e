# @document README.md python
import os
import sys

sys.path.insert(0, os.path.join(os.environ["OBJECTSET_ORM"], "django"))
os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
import django

django.setup()
from clinic.models import Patient
from django.db import connection

cur = connection.cursor()
cur.execute("CREATE TABLE study (name text PRIMARY KEY, members objectset NOT NULL)")
# @block
cur.execute("SELECT members::text FROM study WHERE name = 'new'")
assert cur.fetchone() == ("{1,2,3,4}",)
assert sorted(patient.pk for patient in patients) == [1, 2, 3, 4]
