"""SQLAlchemy 1.4 and 2: the type of columns of sets, with its operators and its reflection, and set tables as models.

    class PatientSet(SetTable, Base):
        __tablename__ = "patient_set"
        __target__ = "patient"

    smokers = select(members(PatientSet)).where(PatientSet.name == "smokers")
    session.scalars(select(Patient).where(in_set(Patient.id, smokers)))

Importing this makes reflection, and so Alembic, know the type.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Computed,
    DateTime,
    Identity,
    Table,
    Text,
    bindparam,
    cast,
    event,
    func,
    inspect,
    text,
)
from sqlalchemy.dialects.postgresql import base as postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import declared_attr, deferred
from sqlalchemy.schema import AddConstraint, CreateTable, DDL, ForeignKeyConstraint
from sqlalchemy.sql.elements import ClauseElement, Grouping
from sqlalchemy.sql.selectable import SelectBase
from sqlalchemy.types import UserDefinedType

from ._ids import IdSet, text_of

__all__ = ["ObjectSet", "SetTable", "create_set_table", "in_set", "include_object", "members"]


class ObjectSet(UserDefinedType):
    """A column of type objectset. Values are IdSets; any iterable of ids is taken for one."""

    cache_ok = True

    def get_col_spec(self, **kwargs):
        return "objectset"

    @property
    def python_type(self):
        return IdSet

    def bind_processor(self, dialect):
        return lambda value: None if value is None else text_of(value)

    def literal_processor(self, dialect):
        return lambda value: "'%s'" % text_of(value)

    # What a driver sends is text, and some drivers say so to the server.
    def bind_expression(self, bindvalue):
        return cast(cast(bindvalue, Text), self)

    def result_processor(self, dialect, coltype):
        return lambda value: value if value is None or isinstance(value, IdSet) else IdSet.parse(value)

    class comparator_factory(UserDefinedType.Comparator):
        def __or__(self, other):
            return self._combined("|", other)

        def __and__(self, other):
            return self._combined("&", other)

        # SQLAlchemy's elements have no ^.
        def symmetric_difference(self, other):
            return self._combined("#", other)

        def __sub__(self, other):
            return self._combined("-", other)

        def has(self, id):
            """Whether an id is in the set."""
            return self._tested("@>", cast(id, BigInteger))

        def contains(self, other, **kwargs):
            """Whether all ids of another set are in this one."""
            return self._tested("@>", _set(other))

        def contained_by(self, other):
            return self._tested("<@", _set(other))

        def overlaps(self, other):
            return self._tested("&&", _set(other))

        def cardinality(self):
            return func.cardinality(self.expr, type_=BigInteger)

        def _tested(self, operator, other):
            return self.expr.op(operator, is_comparison=True, return_type=Boolean())(other)

        # In parentheses always: operators bind otherwise in SQL than in Python.
        def _combined(self, operator, other):
            combined = Grouping(self.expr).op(operator, return_type=ObjectSet())(Grouping(_set(other)))
            return Grouping(combined)


postgresql.ischema_names["objectset"] = ObjectSet
# Of the columns saved_by and seen; SQLAlchemy itself does not know the types.
postgresql.ischema_names.setdefault("regrole", Text)
postgresql.ischema_names.setdefault("xid8", Text)


def _set(value):
    if isinstance(value, SelectBase):
        return value.scalar_subquery()
    if isinstance(value, ClauseElement) or hasattr(value, "__clause_element__"):
        return value
    return bindparam(None, value, type_=ObjectSet(), unique=True)


def in_set(column, value):
    """Whether an id is in a set: ids, an expression, or a SELECT of one set."""
    return column.op("<@", is_comparison=True, return_type=Boolean())(_set(value))


def members(sets):
    """The members of a row of a set table: of a model, an alias or a Table."""
    table = sets if isinstance(sets, Table) else getattr(inspect(sets), "selectable", sets)
    return func.members(table.table_valued(), type_=ObjectSet())


# ---- Set tables -------------------------------------------------------------------------------------------------


class SetTable:
    """A mixin for the model of a set table; `__target__` is the table whose rows the sets hold.

    metadata.create_all() has the extension make the table, and adds columns of your own. The sets themselves are
    loaded when they are asked for.
    """

    __target__ = None

    @declared_attr
    def id(cls):
        return Column(BigInteger, Identity(), primary_key=True)

    @declared_attr
    def name(cls):
        return Column(Text, nullable=False, unique=True)

    @declared_attr
    def query(cls):
        return Column(Text)

    @declared_attr
    def expression(cls):
        return Column(Text)

    @declared_attr
    def base(cls):
        return deferred(Column(ObjectSet, nullable=False, server_default=text("'{}'::objectset")))

    @declared_attr
    def added(cls):
        return deferred(Column(ObjectSet, nullable=False, server_default=text("'{}'::objectset")))

    @declared_attr
    def removed(cls):
        return deferred(Column(ObjectSet, nullable=False, server_default=text("'{}'::objectset")))

    @declared_attr
    def deleted(cls):
        return deferred(Column(ObjectSet, nullable=False, server_default=text("'{}'::objectset")))

    @declared_attr
    def count(cls):
        return Column(BigInteger, Computed("objectset_members_count(base, added, removed, deleted)", persisted=True))

    @declared_attr
    def created(cls):
        return Column(DateTime(timezone=True), nullable=False, server_default=func.now())

    @declared_attr
    def modified(cls):
        return Column(DateTime(timezone=True), nullable=False, server_default=func.now())

    @declared_attr
    def refreshed(cls):
        return Column(DateTime(timezone=True))

    @declared_attr
    def saved_by(cls):
        return Column(Text, server_default=text("quote_ident(CURRENT_USER)::regrole"))

    @declared_attr
    def last_error(cls):
        return Column(Text)


# Not when mappers are configured: Alembic and create_all() may come before that.
@event.listens_for(SetTable, "instrument_class", propagate=True)
def _mark(mapper, model):
    table = mapper.local_table
    if "objectset" in table.info:
        return
    if model.__target__ is None:
        raise TypeError(f"{model.__name__}.__target__ shall be the table whose rows the sets hold")
    table.info["objectset"] = {"target": model.__target__, "columns": _columns_of_set_tables()}
    event.listen(table, "after_create", _add_own_columns)


def _columns_of_set_tables():
    return {name for name, value in vars(SetTable).items() if isinstance(value, declared_attr)}


@compiles(CreateTable, "postgresql")
def _create_table(create, compiler, **kwargs):
    made_by_us = create.element.info.get("objectset")
    if made_by_us is None:
        return compiler.visit_create_table(create, **kwargs)
    name = compiler.preparer.format_table(create.element)
    return f"SELECT objectset_create_table('{_quoted(name)}', '{_quoted(made_by_us['target'])}')"


def _add_own_columns(table, connection, **kwargs):
    compiler = connection.dialect.ddl_compiler(connection.dialect, None)
    name = compiler.preparer.format_table(table)
    own = [column for column in table.columns if column.name not in table.info["objectset"]["columns"]]
    for column in own:
        specification = compiler.get_column_specification(column).replace("%", "%%")
        connection.execute(DDL(f"ALTER TABLE {name.replace('%', '%%')} ADD COLUMN {specification}"))
    for constraint in table.constraints:
        if isinstance(constraint, ForeignKeyConstraint):
            connection.execute(AddConstraint(constraint))


def _quoted(name):
    return name.replace("'", "''")


# ---- Alembic ----------------------------------------------------------------------------------------------------


def create_set_table(op, table, target, key=None, history=False):
    """For migrations, in place of op.create_table: the extension makes the table."""
    options = "".join(
        [f", key => '{_quoted(key)}'" if key is not None else "", ", history => true" if history else ""]
    )
    op.execute(f"SELECT objectset_create_table('{_quoted(table)}', '{_quoted(target)}'{options})")


def include_object(object, name, type_, reflected, compare_to):
    """For context.configure() in env.py: what the extension keeps in the database is not for Alembic to change."""
    if type_ == "column" and not reflected:
        return name not in object.table.info.get("objectset", {"columns": ()})["columns"]
    if not reflected or compare_to is not None:
        return True
    if type_ == "table":
        return not (_is_set_table(object) or _is_history(object))
    if type_ == "column":
        return not _is_set_table(object.table)
    return True


def _is_set_table(table):
    return any(constraint.name == "objectset_target" for constraint in table.constraints)


def _is_history(table):
    sets = {column.name for column in table.columns if isinstance(column.type, ObjectSet)}
    return sets == {"entered_ids", "departed_ids"} and {"set_id", "name", "at", "by"} <= {column.name for column in table.columns}
