"""Migrations: the extension, and set tables."""

from django.apps import apps as installed
from django.contrib.postgres.operations import CreateExtension
from django.db.migrations.operations import CreateModel


class ObjectSetExtension(CreateExtension):
    """CREATE EXTENSION objectset, for whoever may create in the database."""

    def __init__(self):
        self.name = "objectset"


class CreateSetTable(CreateModel):
    """CreateModel for a subclass of ObjectSet: the extension makes the table, Django adds fields of your own to it.

    makemigrations writes CreateModel; put this in its place, and say whose objects the sets hold. `key` is the field
    with their ids, if it is not the primary key; `history` keeps who entered and left.
    """

    def __init__(self, name, fields, target, key=None, history=False, options=None, bases=None, managers=None):
        self.target, self.key, self.history = target, key, history
        super().__init__(name, fields, options, bases, managers)

    def deconstruct(self):
        name, args, kwargs = super().deconstruct()
        kwargs["target"] = self.target
        if self.key is not None:
            kwargs["key"] = self.key
        if self.history:
            kwargs["history"] = True
        return name, args, kwargs

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        from .models import ObjectSet

        model = to_state.apps.get_model(app_label, self.name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        quote = schema_editor.quote_name
        target = to_state.apps.get_model(*self.target.split("."))
        options = ""
        if self.key is not None:
            options += f", key => '{target._meta.get_field(self.key).column}'"
        if self.history:
            options += ", history => true"
        schema_editor.execute(
            f"SELECT objectset_create_table('{quote(model._meta.db_table)}', '{quote(target._meta.db_table)}'{options})"
        )
        made = {field.name for field in ObjectSet._meta.local_fields}
        for field in model._meta.local_fields:
            if field.name not in made:
                schema_editor.add_field(model, field)
        for field in model._meta.local_many_to_many:
            if field.remote_field.through._meta.auto_created:
                schema_editor.create_model(field.remote_field.through)
        for index in model._meta.indexes:
            schema_editor.add_index(model, index)
        for constraint in model._meta.constraints:
            schema_editor.add_constraint(model, constraint)
        if model._meta.unique_together:
            schema_editor.alter_unique_together(model, set(), model._meta.unique_together)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        model = from_state.apps.get_model(app_label, self.name)
        if self.history and self.allow_migrate_model(schema_editor.connection.alias, model):
            history = schema_editor.quote_name(model._meta.db_table + "_history")
            schema_editor.execute(f"DROP TABLE IF EXISTS {history} CASCADE")
        super().database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self):
        return f"Create set table {self.name} for {self.target}"
