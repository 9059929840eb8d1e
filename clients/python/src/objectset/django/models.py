"""ObjectSet, the model base for set tables."""

from django.apps import apps
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db import connections, models, router
from django.db.models.expressions import Expression

from .._ids import IdSet, text_of
from .fields import Members, ObjectSetField, _ids_of, members_sql

class _Default(Expression):
    def as_sql(self, compiler, connection):
        return "DEFAULT", []


class ServerField(models.Field):
    """Mixed into fields that the server sees to: whatever is written there is DEFAULT."""

    db_returning = True

    def __init__(self, *args, **kwargs):
        kwargs["editable"] = False
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("editable", None)
        return name, path, args, kwargs

    def pre_save(self, instance, add):
        return _Default(output_field=self)

    def has_default(self):
        return False


class ServerCount(ServerField, models.BigIntegerField):
    def db_parameters(self, connection):
        # Asked for where Django makes a table or a column.
        raise ImproperlyConfigured(
            "a set table is made by the extension: in the migration, write objectset.django.CreateSetTable(target=...) "
            "in place of migrations.CreateModel"
        )


class ServerTime(ServerField, models.DateTimeField):
    pass


class ObjectSetQuerySet(models.QuerySet):
    def containing(self, obj):
        """The sets that hold an object, or an id."""
        return self.annotate(_members=Members()).filter(_members__contains=obj)

    def refresh(self):
        """Refreshes these sets: a list of (name, entered, departed)."""
        return [(found.name, *found.refresh()) for found in self]

    @property
    def ids(self):
        """Members of all of these sets together."""
        with connections[self.db].cursor() as cursor:
            compiler = self.query.get_compiler(self.db)
            query = self.query.resolve_expression(self.query)
            sql, params = members_sql(query, compiler, connections[self.db])
            cursor.execute(f"SELECT {sql}", params)
            return _read(cursor.fetchone()[0]) or IdSet()


class ObjectSetManager(models.Manager.from_queryset(ObjectSetQuerySet)):
    """Leaves the large columns in the table until they are asked for."""

    def get_queryset(self):
        return super().get_queryset().defer(*LARGE)

    def save_query(self, name, queryset):
        """Saves what a queryset finds now, with the query, under a name: the set. Its corrections stay."""
        if queryset._fields is None:
            queryset = queryset.values_list("pk")
        sql, params = queryset.query.clone().sql_with_params()
        with connections[self._writes_to].cursor() as cursor:
            query = cursor.mogrify(sql, params)
            query = query.decode() if isinstance(query, bytes) else query
            cursor.execute("SELECT objectset_save(%s::regclass, %s::text, %s::text)", [self._table, name, query])
        return self._read_back(name)

    def save_ids(self, name, ids):
        """Saves ids, objects or an IdSet under a name, in place of the set that has it: the set."""
        with connections[self._writes_to].cursor() as cursor:
            cursor.execute(
                "SELECT objectset_save(%s::regclass, %s::text, %s::objectset)",
                [self._table, name, text_of(_ids_of(ids))],
            )
        return self._read_back(name)

    def define(self, name, expression):
        """Defines a set by an expression over others, '"smokers" & "over 60"': the set."""
        with connections[self._writes_to].cursor() as cursor:
            cursor.execute("SELECT objectset_define(%s::regclass, %s::text, %s::text)", [self._table, name, expression])
        return self._read_back(name)

    @property
    def _writes_to(self):
        return self._db or router.db_for_write(self.model)

    @property
    def _table(self):
        return connections[self._writes_to].ops.quote_name(self.model._meta.db_table)

    def _read_back(self, name):
        return self.using(self._writes_to).get(name=name)


LARGE = ("base", "added", "removed", "deleted")


class ObjectSet(models.Model):
    """A saved set of objects of `target`: a row of a set table.

    A new one is made of objects or ids, ``PatientSet(patients, name="trial 7").save()``, or by the manager, of a query.
    Changes of a saved one go to the server at once, and say how many really entered or left.
    """

    #: The model whose objects the sets hold, or its label.
    target = None

    id = models.BigAutoField(primary_key=True)
    name = models.TextField(unique=True)
    query = models.TextField(null=True, editable=False)
    expression = models.TextField(null=True, editable=False)
    base = ObjectSetField(default=IdSet, editable=False)
    added = ObjectSetField(default=IdSet, editable=False)
    removed = ObjectSetField(default=IdSet, editable=False)
    deleted = ObjectSetField(default=IdSet, editable=False)
    count = ServerCount()
    created = ServerTime()
    modified = ServerTime()
    refreshed = models.DateTimeField(null=True, editable=False)
    saved_by = models.TextField(null=True, editable=False)
    last_error = models.TextField(null=True, editable=False)

    objects = ObjectSetManager()

    class Meta:
        abstract = True

    def __init__(self, *args, **kwargs):
        # A row comes with all of its columns; one argument is what the set shall hold.
        if len(args) == 1:
            kwargs["base"] = IdSet(_ids_of(args[0]))
            args = ()
        super().__init__(*args, **kwargs)

    def __str__(self):
        return self.name

    def __bool__(self):
        return True  # an empty set is an object, too

    @classmethod
    def check(cls, **kwargs):
        found = super().check(**kwargs)
        try:
            cls.target_model()
        except (ImproperlyConfigured, LookupError, ValueError) as error:
            found.append(checks.Error(str(error), obj=cls, id="objectset.E001"))
        return found

    @classmethod
    def target_model(cls):
        if cls.target is None:
            raise ImproperlyConfigured(f"{cls.__name__}.target shall be the model whose objects the sets hold")
        return apps.get_model(cls.target) if isinstance(cls.target, str) else cls.target

    # ---- Saving -------------------------------------------------------------------------------------------------

    def save(self, force_insert=False, force_update=False, using=None, update_fields=None):
        """Of a saved set only the name and fields of your own are written: members change by the methods below."""
        if not self._state.adding and update_fields is None:
            deferred = self.get_deferred_fields()
            update_fields = [
                field.name
                for field in self._meta.concrete_fields
                if not field.primary_key and field.name not in _THEIRS and field.attname not in deferred
            ]
        super().save(force_insert=force_insert, force_update=force_update, using=using, update_fields=update_fields)

    # ---- Reading ------------------------------------------------------------------------------------------------

    @property
    def members(self):
        """The ids, an IdSet. For a large set ask for a page, or let the server work with it: rows(), pk__in_set."""
        if self._state.adding:
            return self.base
        return _read(self._ask(self._members_sql()))

    def rows(self):
        """The objects, a queryset."""
        target = self.target_model()
        return target._default_manager.using(router.db_for_read(target, instance=self)).filter(pk__in_set=self)

    def page(self, after=None, size=50):
        """Up to `size` ids that come after the id `after`."""
        sql, params = self._members_sql()
        return IdSet(self._ask((f"ARRAY(SELECT objectset_elements({sql}, %s, %s))", [*params, after, size])))

    def __len__(self):
        return len(self.base) if self._state.adding else self.count

    def __contains__(self, obj):
        id = obj.pk if isinstance(obj, models.Model) else obj
        if self._state.adding:
            return id in self.base
        sql, params = self._members_sql()
        return self._ask((f"{sql} @> %s::bigint", [*params, id]))

    # ---- Algebra: new sets, not saved yet -------------------------------------------------------------------------

    def __and__(self, other):
        return self._combined("&", other)

    def __or__(self, other):
        return self._combined("|", other)

    def __xor__(self, other):
        return self._combined("#", other)

    def __sub__(self, other):
        return self._combined("-", other)

    # ---- and in place ---------------------------------------------------------------------------------------------

    def __iand__(self, other):
        return self._apply("&", other)

    def __ior__(self, other):
        return self._apply("|", other)

    def __ixor__(self, other):
        return self._apply("#", other)

    def __isub__(self, other):
        return self._apply("-", other)

    # ---- Changes ------------------------------------------------------------------------------------------------

    def add(self, *objs):
        """Adds objects or ids: how many really entered."""
        return self.update(objs)

    def remove(self, *objs, delete=False):
        """Takes objects or ids out: how many really left. They stay out when the query is run again, unless `delete`."""
        return self._change("forget" if delete else "remove", objs)

    def update(self, objs):
        """Adds all of them: how many really entered."""
        return self._change("add", objs)

    bulk = update

    def replace(self, objs):
        """Puts others in place of all: the new count."""
        return self._change("replace", objs)

    def clear(self):
        """Takes all out: how many there were."""
        return self._change("clear")

    def purge(self):
        """Forgets what was removed by hand: how many those were."""
        return self._change("purge")

    def refresh(self):
        """Runs the query or expression again: (entered, departed), both None where it failed; see last_error."""
        with self._cursor() as cursor:
            cursor.execute("SELECT * FROM objectset_refresh(%s::regclass, %s::text)", [self._table(), self.name])
            row = cursor.fetchone()
        self._forget_columns()
        return tuple(row[-2:])

    # ---- How ----------------------------------------------------------------------------------------------------

    def _database(self):
        return self._state.db or router.db_for_write(type(self), instance=self)

    def _cursor(self):
        return connections[self._database()].cursor()

    def _table(self):
        return connections[self._database()].ops.quote_name(self._meta.db_table)

    def _members_sql(self, value=None):
        database = self._database()
        compiler = self._meta.base_manager.get_queryset().query.get_compiler(database)
        if isinstance(value, models.QuerySet) and issubclass(value.model, ObjectSet):
            value = value.query.resolve_expression(value.query)
        return members_sql(self if value is None else value, compiler, connections[database])

    def _ask(self, question):
        sql, params = question
        with self._cursor() as cursor:
            cursor.execute(f"SELECT {sql}", params)
            return cursor.fetchone()[0]

    def _combined(self, operator, other):
        ours, params = self._members_sql()
        others, other_params = self._members_sql(other)
        return type(self)(_read(self._ask((f"({ours} {operator} {others})", [*params, *other_params]))))

    def _apply(self, operator, other):
        if self._state.adding:
            self.base = self._combined(operator, other).base
            return self
        others, params = self._members_sql(other)
        with self._cursor() as cursor:
            cursor.execute(
                f"SELECT objectset_apply(%s::regclass, %s::text, %s::text, {others})",
                [self._table(), self.name, operator, *params],
            )
        self._forget_columns()
        return self

    def _change(self, change, objs=None):
        if self._state.adding:
            raise ValueError("the set is not saved yet: save() it first, or change it by its operators")
        ids = () if objs is None else ("%s::objectset",)
        with self._cursor() as cursor:
            cursor.execute(
                f"SELECT objectset_{change}({', '.join(('%s::regclass', '%s::text', *ids))})",
                [self._table(), self.name, *([] if objs is None else [text_of(_ids_of(_one_list(objs)))])],
            )
            changed = cursor.fetchone()[0]
        self._forget_columns()
        return changed

    def _forget_columns(self):
        """What the server has changed is read anew when it is asked for."""
        for name in _THEIRS:
            self.__dict__.pop(name, None)


# Written by the server or by its functions, never by save() of a set that is there.
_THEIRS = frozenset(field.name for field in ObjectSet._meta.local_fields) - {"id", "name"}


def _one_list(objs):
    """add(1, 2), add(patient) and add([1, 2]), add(queryset) are all meant."""
    if isinstance(objs, tuple) and len(objs) == 1 and not isinstance(objs[0], models.Model):
        return objs[0] if not hasattr(objs[0], "__index__") else objs
    return objs


def _read(value):
    return value if value is None or isinstance(value, IdSet) else IdSet.parse(value)
