"""ObjectSetField, what can be asked of it, and the lookup in_set of columns with ids."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.expressions import Expression
from django.db.models.fields.related import ForeignObject
from django.db.models.sql import Query
from django import forms

from .._ids import IdSet, text_of


class ObjectSetField(models.Field):
    """A column of type objectset; its values are IdSets."""

    description = "A set of row ids"
    empty_strings_allowed = False

    def db_type(self, connection):
        return "objectset"

    def from_db_value(self, value, expression, connection):
        return value if value is None or isinstance(value, IdSet) else IdSet.parse(value)

    def to_python(self, value):
        if value is None or isinstance(value, IdSet):
            return value
        try:
            return IdSet.parse(value) if isinstance(value, str) else IdSet(_ids_of(value))
        except (TypeError, ValueError) as error:
            raise ValidationError(str(error), code="invalid") from None

    def get_prep_value(self, value):
        value = super().get_prep_value(value)
        return value if value is None or hasattr(value, "resolve_expression") else text_of(_ids_of(value))

    # A parameter is text; where the driver says so to the server, it has to be made a set.
    def get_placeholder(self, value, compiler, connection):
        return "%s" if value is None or hasattr(value, "as_sql") else "%s::objectset"

    def value_to_string(self, obj):
        value = self.value_from_object(obj)
        return None if value is None else str(value)

    def formfield(self, **kwargs):
        return super().formfield(**{"form_class": IdsFormField, **kwargs})


class IdsFormField(forms.CharField):
    """Ids as text, with or without braces: 1, 2, 5..9."""

    widget = forms.Textarea

    def to_python(self, value):
        if value is None or isinstance(value, IdSet):
            return value
        text = str(value).strip()
        if not text.startswith(("{", "[", "roaring64:")):
            text = "{%s}" % text
        try:
            return IdSet.parse(text)
        except ValueError as error:
            raise ValidationError(str(error), code="invalid") from None

    def prepare_value(self, value):
        return str(value)[1:-1] if isinstance(value, IdSet) and len(value) <= 10_000 else value

    def has_changed(self, initial, data):
        try:
            return (initial or IdSet()) != self.to_python(data)
        except ValidationError:
            return True


def _ids_of(value):
    """Ids of what people have at hand: ids, objects with a primary key, or a queryset."""
    if isinstance(value, (str, IdSet)):
        return value
    if isinstance(value, models.QuerySet):
        return value.values_list("pk", flat=True)
    if isinstance(value, models.Model) or hasattr(value, "__index__"):
        value = [value]
    return [item.pk if isinstance(item, models.Model) else item for item in value]


# ---- What is asked of a set -------------------------------------------------------------------------------------


class _SetLookup(models.Lookup):
    prepare_rhs = False
    operator = None

    def as_sql(self, compiler, connection):
        lhs, params = self.process_lhs(compiler, connection)
        if hasattr(self.rhs, "as_sql"):
            rhs, rhs_params = self.process_rhs(compiler, connection)
        elif self.takes_ids and hasattr(self.rhs, "__index__"):
            rhs, rhs_params = "%s::bigint", [self.rhs.__index__()]
        elif self.takes_ids and isinstance(self.rhs, models.Model):
            rhs, rhs_params = "%s::bigint", [self.rhs.pk]
        else:
            rhs, rhs_params = "%s::objectset", [text_of(_ids_of(self.rhs))]
        return f"{lhs} {self.operator} {rhs}", [*params, *rhs_params]

    takes_ids = False


@ObjectSetField.register_lookup
class SetEquals(_SetLookup):
    lookup_name = "exact"
    operator = "="


@ObjectSetField.register_lookup
class SetContains(_SetLookup):
    """members__contains=5, an object, or a set of which all are in it."""

    lookup_name = "contains"
    operator = "@>"
    takes_ids = True


@ObjectSetField.register_lookup
class SetContainedBy(_SetLookup):
    lookup_name = "contained_by"
    operator = "<@"


@ObjectSetField.register_lookup
class SetOverlaps(_SetLookup):
    lookup_name = "overlaps"
    operator = "&&"


@ObjectSetField.register_lookup
class SetLength(models.Transform):
    lookup_name = "len"
    function = "cardinality"
    output_field = models.BigIntegerField()


class Members(Expression):
    """The members of a row of a set table, for annotate(): PatientSet.objects.annotate(ids=Members())."""

    def __init__(self):
        super().__init__(output_field=ObjectSetField())

    def resolve_expression(self, query=None, allow_joins=True, reuse=None, summarize=False, for_save=False):
        resolved = super().resolve_expression(query, allow_joins, reuse, summarize, for_save)
        resolved.alias = query.get_initial_alias()
        return resolved

    def relabeled_clone(self, change_map):
        clone = super().relabeled_clone(change_map)
        clone.alias = change_map.get(self.alias, self.alias)
        return clone

    def as_sql(self, compiler, connection):
        return f"({connection.ops.quote_name(self.alias)}.members)", []


# ---- pk__in_set -------------------------------------------------------------------------------------------------


def members_sql(value, compiler, connection):
    """SQL of the set that `value` stands for: a saved set, several of them, ids, or an expression."""
    from .models import ObjectSet

    quote = connection.ops.quote_name
    if isinstance(value, ObjectSet) and not value._state.adding:
        table, key = quote(value._meta.db_table), quote(value._meta.pk.column)
        return f"(SELECT s.members FROM {table} s WHERE s.{key} = %s)", [value.pk]
    if isinstance(value, ObjectSet):
        value = value.base
    if isinstance(value, Query):
        if not issubclass(value.model, ObjectSet):
            raise TypeError("in_set takes saved sets or ids; for a queryset of objects there is __in")
        meta = value.model._meta
        value = value.clone()
        value.clear_ordering(True)
        value.clear_select_clause()
        value.add_fields([meta.pk.name])
        sql, params = compiler.compile(value)
        return (
            f"(SELECT objectset_union_agg(s.members) FROM {quote(meta.db_table)} s "
            f"WHERE s.{quote(meta.pk.column)} IN {sql})"
        ), params
    if hasattr(value, "as_sql"):
        sql, params = compiler.compile(value)
        return f"({sql})", params
    return "%s::objectset", [text_of(_ids_of(value))]


class InSet(models.Lookup):
    """pk__in_set=x: the id is in a saved set, in one of a queryset of saved sets, or among the ids."""

    lookup_name = "in_set"
    prepare_rhs = False

    def as_sql(self, compiler, connection):
        lhs, params = self.process_lhs(compiler, connection)
        rhs, rhs_params = members_sql(self.rhs, compiler, connection)
        return f"{lhs} <@ {rhs}", [*params, *rhs_params]


for _field in (models.IntegerField, models.AutoField, models.BigAutoField, models.SmallAutoField, ForeignObject):
    _field.register_lookup(InSet)
