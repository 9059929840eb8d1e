"""Saved sets in Django: a model base for set tables, a field for plain columns, and lookups.

    class PatientSet(ObjectSet):
        target = "clinic.Patient"

This is no app: it is imported by models and migrations, and does not belong into INSTALLED_APPS.
"""

from .fields import Members, ObjectSetField
from .models import ObjectSet, ObjectSetManager, ObjectSetQuerySet, ServerCount, ServerTime
from .operations import CreateSetTable, ObjectSetExtension

# As they are called in migrations.
for _public in (CreateSetTable, ObjectSetExtension, ObjectSetField, ServerCount, ServerTime):
    _public.__module__ = __name__

__all__ = [
    "CreateSetTable",
    "Members",
    "ObjectSet",
    "ObjectSetExtension",
    "ObjectSetField",
    "ObjectSetManager",
    "ObjectSetQuerySet",
    "ServerCount",
    "ServerTime",
]
