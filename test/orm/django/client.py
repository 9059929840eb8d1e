"""Django: the cells of the table, and what else clients/python/src/objectset/django promises."""

import datetime
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from cells import Cells, fails, same  # noqa: E402

import django  # noqa: E402

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
django.setup()

from django.core.exceptions import ImproperlyConfigured, ValidationError  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core import serializers  # noqa: E402
from django.db import DatabaseError, connection, models, transaction  # noqa: E402
from django.db.migrations.executor import MigrationExecutor  # noqa: E402
from django.db.models import Q  # noqa: E402

from objectset import IdSet  # noqa: E402

cells = Cells("Django")


def code_of(error):
    return error.__cause__.pgcode if hasattr(error.__cause__, "pgcode") else error.__cause__.sqlstate


# Django makes all of it.
with connection.cursor() as cursor:
    cursor.execute("DROP TABLE patient, plain; DROP EXTENSION objectset")

with cells("create", "CreateSetTable in the migration"):
    call_command("migrate", verbosity=0)
    call_command("makemigrations", check_changes=True, dry_run=True, verbosity=0)

from clinic.models import Patient, PatientSet, Snapshot, Visit  # noqa: E402

Patient.objects.bulk_create(
    [
        Patient(id=i, born=datetime.date(1930, 1, 1) + datetime.timedelta(days=i * 7), smoker=i % 4 == 0, city=city)
        for i, city in zip(range(1, 1001), ["Hull", "Saint-Lô", "O'Brien", "50% Town", "%s"] * 200)
    ]
)
Visit.objects.bulk_create([Visit(patient_id=i % 1000 + 1) for i in range(3000)])
sets = PatientSet.objects

with cells("query"):
    found = Patient.objects.filter(
        smoker=True, born__lt=datetime.date(1945, 1, 1), city__in=["Hull", "O'Brien", "50% Town"]
    ).exclude(city__contains="%s")
    smokers = sets.save_query("smokers", found)
    wanted = set(found.values_list("pk", flat=True))
    assert len(wanted) > 50
    same(smokers.members, wanted)
    Patient.objects.filter(pk=max(wanted)).update(city="elsewhere")
    same(smokers.refresh(), (0, 1))
    same(smokers.members, wanted - {max(wanted)})
    same(sets.save_query("ordered", Patient.objects.order_by("-born")[:10]).members, set(range(991, 1001)))
    same(sets.save_query("visitors", Visit.objects.filter(pk__lt=5).values("patient_id")).count, 4)
    same(sets.save_query("none", Patient.objects.filter(city="nowhere")).count, 0)

with cells("one"):
    same(smokers.add(1), 1)
    same(smokers.add(1), 0)
    same(smokers.add(Patient.objects.get(pk=2)), 1)
    same(smokers.remove(1), 1)
    same((1 in smokers, Patient(pk=2) in smokers, 3 in smokers), (False, True, False))

with cells("list"):
    same(smokers.add(5, 6), 2)
    same(smokers.update([5, 6, 7]), 1)
    same(smokers.bulk(Patient.objects.filter(pk__in=[9, 10])), 2)
    same(smokers.remove(Patient.objects.filter(pk__in=[9, 10])), 2)
    same(smokers.remove(5, 6, 7, 2, delete=True), 4)
    same(smokers.members, wanted - {max(wanted)})

with cells("set"):
    trial = PatientSet(range(1, 101), name="trial 7")
    same((trial.pk, len(trial), 5 in trial, 500 in trial), (None, 100, True, False))
    trial.save()
    same((trial.count, len(trial), trial.members), (100, 100, IdSet(range(1, 101))))
    same(trial.add(IdSet([100, 101])), 1)
    same(sets.save_ids("of objects", Patient.objects.filter(pk__lte=3)).members, {1, 2, 3})
    same(sets.create(name="made", base=[7, 8]).count, 2)

with cells("filter"):
    same(Patient.objects.filter(pk__in_set=trial).count(), 101)
    same(list(trial.rows().order_by("-pk")[:2]), list(Patient.objects.filter(pk__in=[100, 101]).order_by("-pk")))
    same(Patient.objects.filter(pk__in_set=[1, 2, 5000]).count(), 2)
    same(Patient.objects.filter(pk__in_set=trial & smokers).count(), len(set(trial.members) & set(smokers.members)))
    same(Visit.objects.filter(patient__pk__in_set=trial).count(), 303)
    same(Visit.objects.filter(patient__in_set=IdSet([1, 2])).count(), 6)
    same(Patient.objects.filter(pk__in_set=sets.filter(name__in=["made", "of objects"])).count(), 5)
    same(Patient.objects.exclude(pk__in_set=trial).count(), 899)
    same(Patient.objects.filter(Q(pk__in_set=[1]) | Q(pk__in_set=[2])).count(), 2)
    assert "ObjectSetScan" in Patient.objects.filter(pk__in_set=[1, 2, *range(100, 400)]).explain()

with cells("in place"):
    a = sets.save_ids("a", [1, 2, 3, 5, 8, 13])
    b = sets.save_ids("b", [2, 5, 8, 11, 14])
    same([(a & b).base, (a | b).base, (a ^ b).base, (a - b).base],
         [{2, 5, 8}, {1, 2, 3, 5, 8, 11, 13, 14}, {1, 3, 11, 13, 14}, {1, 3, 13}])
    same((b - a ^ a - b & a).base, (set(b.members) - set(a.members)) ^ (set(a.members) - set(b.members)) & set(a.members))
    same((a & b).pk, None)
    a |= b
    same((a.members, a.count), ({1, 2, 3, 5, 8, 11, 13, 14}, 8))
    a -= [1, 2]
    a &= IdSet(range(10))
    a ^= b
    same(sets.get(name="a").members, {2, 3, 11, 14})
    new = a - b
    new |= [77]
    new.name = "new"
    new.save()
    same(sets.get(name="new").members, {3, 77})
    same((a.replace([1, 2]), a.clear(), a.count), (2, 2, 0))

with cells("page"):
    same(list(trial.page(size=3)), [1, 2, 3])
    same(list(trial.page(after=99, size=50)), [100, 101])
    same(list(trial.rows().order_by("pk").values_list("pk", flat=True)[10:12]), [11, 12])

with cells("text"):
    same(Snapshot.objects.get(pk=Snapshot.objects.create(members=[3, -1, 3]).pk).members, IdSet([-1, 3]))
    same(Snapshot.objects.create(members=IdSet()).members, set())
    same(Snapshot.objects.create().members, None)

cells.none("binary", "Django asks its drivers for text")

with cells("prepared"):
    for i in range(10):
        same(Patient.objects.filter(pk__in_set=range(i)).count(), max(i - 1, 0))

with cells("sizes"):
    for size in (1, 10_000, 10_001):
        sets.save_ids("sized", range(size))
        same(sets.get(name="sized").members, IdSet(range(size)))
        kept = Snapshot.objects.create(members=range(size))
        kept.refresh_from_db()
        same(kept.members, IdSet(range(size)))

with cells("error"):
    with fails(DatabaseError, "42704", code_of), transaction.atomic():
        gone = sets.get(name="made")
        sets.filter(pk=gone.pk).delete()
        gone.add(1)
    with fails(DatabaseError, "42601", code_of), transaction.atomic():
        sets.define("x", "a & & b")

# ---- Beyond the table -------------------------------------------------------------------------------------------

with cells("+ sets of sets"):
    both = sets.define("both", '"trial 7" & smokers')
    same(both.members, set(trial.members) & set(smokers.members))
    same({found.name for found in sets.containing(8)} >= {"trial 7", "b"}, True)
    same(set(sets.filter(name__in=["b", "new"]).ids), {2, 5, 8, 11, 14, 3, 77})
    same([name for name, entered, departed in sets.filter(name="both").refresh()], ["both"])

with cells("+ saving writes nothing that is the server's"):
    stale = sets.get(name="trial 7")
    trial.add(500)
    stale.name = "trial 8"
    stale.save()
    trial.refresh_from_db()
    same((trial.name, 500 in trial, trial.count), ("trial 8", True, 102))
    with connection.cursor() as cursor:
        statements = []
        with connection.execute_wrapper(lambda run, sql, *rest: (statements.append(sql), run(sql, *rest))[1]):
            list(sets.all())
        assert not any('"base"' in sql for sql in statements), statements

with cells("+ a query that fails"):
    with connection.cursor() as cursor:
        cursor.execute("SELECT objectset_save('patient_set', 'failing', 'SELECT id / (id - 1001) FROM patient')")
    Patient.objects.create(id=1001, born=datetime.date(2000, 1, 1), smoker=False, city="x")
    failing = sets.get(name="failing")
    same(failing.refresh(), (None, None))
    assert "22012" in failing.last_error, failing.last_error

with cells("+ lookups of plain columns"):
    Snapshot.objects.all().delete()
    Snapshot.objects.bulk_create([Snapshot(members=[1, 2, 3]), Snapshot(members=[3, 4]), Snapshot(members=[])])
    same(Snapshot.objects.filter(members__contains=3).count(), 2)
    same(Snapshot.objects.filter(members__contains=[1, 2]).count(), 1)
    same(Snapshot.objects.filter(members__overlaps=[4, 5]).count(), 1)
    same(Snapshot.objects.filter(members__contained_by=[1, 2, 3, 4]).count(), 3)
    same(Snapshot.objects.filter(members=[3, 4]).count(), 1)
    same(Snapshot.objects.filter(members__len__gte=2).count(), 2)
    same(Snapshot.objects.update(members=[9]), 3)
    one = Snapshot.objects.first()
    one.members = {1, 10}
    one.save()
    Snapshot.objects.bulk_update([one], ["members"])
    data = serializers.serialize("json", [one])
    same(next(serializers.deserialize("json", data)).object.members, IdSet([1, 10]))

with cells("+ a set as a filter on the other side"):
    same(Patient.objects.filter(pk__in_set=models.Value("{1,2}", output_field=Snapshot._meta.get_field("members"))).count(), 2)

with cells("+ rows are of the set's database"):
    elsewhere = PatientSet.from_db("replica", ["id", "name"], [trial.pk, trial.name])
    same((trial.rows().db, elsewhere.rows().db), ("default", "replica"))

with cells("+ admin"):
    from django.contrib.auth.models import User
    from django.test import Client
    from django.test.utils import setup_test_environment

    setup_test_environment()
    User.objects.create_superuser("root", password="root")
    browser = Client()
    assert browser.login(username="root", password="root")
    page = browser.get("/admin/clinic/patientset/")
    same(page.status_code, 200)
    assert b"trial 8" in page.content and b"102" in page.content
    page = browser.get(f"/admin/clinic/patientset/{trial.pk}/change/")
    assert b"1, 2, 3" in page.content and b"82 more" in page.content
    page = browser.post(
        f"/admin/clinic/patientset/{trial.pk}/change/", {"name": "trial 9", "add_ids": "600, 601..603", "remove_ids": "1"}
    )
    same(page.status_code, 302)
    trial.refresh_from_db()
    same((trial.name, trial.count, 602 in trial, 1 in trial), ("trial 9", 105, True, False))
    same(browser.post("/admin/clinic/patientset/add/", {"name": "by hand", "add_ids": "1,2"}).status_code, 302)
    same(sets.get(name="by hand").members, {1, 2})
    page = browser.post(
        "/admin/clinic/patientset/",
        {"action": "refresh_sets", "_selected_action": [smokers.pk, failing.pk, trial.pk]}, follow=True,
    )
    same([message.message for message in page.context["messages"]][-2:],
         ["failing was not refreshed; see its last error", "smokers: 0 entered, 0 left"])
    same(browser.post("/admin/clinic/snapshot/add/", {"members": "1, 2..4"}).status_code, 302)
    same(Snapshot.objects.last().members, {1, 2, 3, 4})
    assert b"an id expected" in browser.post("/admin/clinic/snapshot/add/", {"members": "x"}).content
    same(browser.post(f"/admin/clinic/patientset/{trial.pk}/delete/", {"post": "yes"}).status_code, 302)

with cells("+ what is wrong is said"):
    with fails(ValidationError, ["malformed object set: 'x'"], lambda error: error.message_dict["members"]):
        Snapshot(members="x").full_clean()
    with fails(ImproperlyConfigured, True, lambda error: "CreateSetTable" in str(error)), connection.schema_editor() as editor:
        editor.create_model(PatientSet)
    with fails(ValueError, True, lambda error: "not saved yet" in str(error)):
        PatientSet([1], name="y").add(2)
    with fails(TypeError, True, lambda error: "in_set takes saved sets" in str(error)):
        Patient.objects.filter(pk__in_set=Patient.objects.all()).count()

with cells("+ migrations back and forth"):
    executor = MigrationExecutor(connection)
    executor.migrate([("clinic", None)])
    same("patient_set" in connection.introspection.table_names(), False)
    call_command("migrate", verbosity=0)
    same(sets.count(), 0)
