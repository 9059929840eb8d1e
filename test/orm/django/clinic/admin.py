from django.contrib import admin

from objectset.django.admin import ObjectSetAdmin

from .models import PatientSet, Snapshot

admin.site.register(PatientSet, ObjectSetAdmin)
admin.site.register(Snapshot)
