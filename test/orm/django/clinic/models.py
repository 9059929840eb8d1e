from django.conf import settings
from django.db import models

from objectset.django import ObjectSet, ObjectSetField


class Patient(models.Model):
    born = models.DateField()
    smoker = models.BooleanField()
    city = models.TextField()

    class Meta:
        db_table = "patient"


class Visit(models.Model):
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE)

    class Meta:
        db_table = "visit"


class PatientSet(ObjectSet):
    target = Patient
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)

    class Meta:
        db_table = "patient_set"


class Snapshot(models.Model):
    """A set in a plain column."""

    members = ObjectSetField(null=True, blank=True)

    class Meta:
        db_table = "snapshot"
