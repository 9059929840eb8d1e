# What makemigrations writes, with the two changes that the README asks for.

from django.conf import settings
from django.db import migrations, models
import django.db.models.deletion
import objectset
import objectset.django


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        objectset.django.ObjectSetExtension(),
        migrations.CreateModel(
            name='Patient',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('born', models.DateField()),
                ('smoker', models.BooleanField()),
                ('city', models.TextField()),
            ],
            options={
                'db_table': 'patient',
            },
        ),
        migrations.CreateModel(
            name='Snapshot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('members', objectset.django.ObjectSetField(blank=True, null=True)),
            ],
            options={
                'db_table': 'snapshot',
            },
        ),
        migrations.CreateModel(
            name='Visit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='clinic.patient')),
            ],
            options={
                'db_table': 'visit',
            },
        ),
        objectset.django.CreateSetTable(
            name='PatientSet',
            target='clinic.Patient',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('name', models.TextField(unique=True)),
                ('query', models.TextField(editable=False, null=True)),
                ('expression', models.TextField(editable=False, null=True)),
                ('base', objectset.django.ObjectSetField(default=objectset.IdSet, editable=False)),
                ('added', objectset.django.ObjectSetField(default=objectset.IdSet, editable=False)),
                ('removed', objectset.django.ObjectSetField(default=objectset.IdSet, editable=False)),
                ('deleted', objectset.django.ObjectSetField(default=objectset.IdSet, editable=False)),
                ('count', objectset.django.ServerCount()),
                ('created', objectset.django.ServerTime()),
                ('modified', objectset.django.ServerTime()),
                ('refreshed', models.DateTimeField(editable=False, null=True)),
                ('saved_by', models.TextField(editable=False, null=True)),
                ('last_error', models.TextField(editable=False, null=True)),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'patient_set',
            },
        ),
    ]
