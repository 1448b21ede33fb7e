"""What a row is told as, in SQL: the codec over again, for each dialect. See `dualwrite.digest`.

Of a row with a value that the codec would not take the plain columns are told as NULL.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from typing_extensions import override

from dualwrite.codec import EXACT_INTEGER
from dualwrite.entity import Column, Entity, Kind
from dualwrite.sql.names import quoted

_EXACT = f"BETWEEN -{EXACT_INTEGER} AND {EXACT_INTEGER}"
_MARK = '""'
"""What the codec adds to a text of nothing but quotes in a column that may be NULL."""


def telling(entity: Entity, dialect: str) -> list[str]:
    """Expressions for the parts of what a row is told as: text or NULL."""
    teller = _teller(dialect)
    return [teller.plain(entity), *(teller.text(quoted(column.name)) for column in entity.documents)]


def telling_whole(entity: Entity, dialect: str) -> str:
    """One expression for all that goes into a digest: bytes on SQLite, text on PostgreSQL, or NULL."""
    return _teller(dialect).whole(entity)


def _teller(dialect: str) -> _Teller:
    return _OnPostgresql() if dialect == "postgresql" else _OnSqlite()


class _Teller(ABC):
    """Every method gives an expression; `name` is a column's, quoted."""

    def whole(self, entity: Entity) -> str:
        return "||".join([self.plain(entity), *(self.counted(quoted(c.name)) for c in entity.documents)])

    def plain(self, entity: Entity) -> str:
        taken = " AND ".join(self.taken(column, quoted(column.name)) for column in entity.columns)
        values = [self.value(column, quoted(column.name)) for column in entity.plain]
        return f"CASE WHEN {taken} THEN {self.array(values)} END"

    def value(self, column: Column, name: str) -> str:
        """What the codec makes of it; where it is taken."""
        match column.kind:
            case Kind.TEXT if column.nullable:
                return self.marked(name)
            case Kind.INTEGER | Kind.BIGINT if column.nullable or column.kind is Kind.BIGINT:
                return f"CASE WHEN {name} IS NULL THEN '' WHEN {name}<0 THEN {self.below(name)} ELSE {self.digits(name)} END"
            case Kind.BOOLEAN:
                yes, no = ("'true'", "'false'") if column.nullable else ("1", "0")
                otherwise = " ELSE ''" if column.nullable else ""
                return f"CASE WHEN {name} THEN {yes} WHEN NOT {name} THEN {no}{otherwise} END"
            case Kind.DATE:
                return self.day(name)
            case _:
                return name

    @abstractmethod
    def taken(self, column: Column, name: str) -> str:
        """Whether the codec takes the value."""

    @abstractmethod
    def array(self, values: list[str]) -> str:
        """A JSON array of them."""

    @abstractmethod
    def text(self, name: str) -> str:
        """A document's text."""

    @abstractmethod
    def counted(self, name: str) -> str:
        """The same as a part of a digest."""

    @abstractmethod
    def marked(self, name: str) -> str:
        """Text that may be NULL."""

    @abstractmethod
    def digits(self, name: str) -> str:
        """19 digits of what is not negative."""

    @abstractmethod
    def below(self, name: str) -> str:
        """A minus and 19 digits of the complement."""

    @abstractmethod
    def day(self, name: str) -> str:
        """A date, empty for NULL."""


class _OnSqlite(_Teller):
    """A value has a type of its own, whatever the column's is."""

    @override
    def whole(self, entity: Entity) -> str:
        return f"CAST({super().whole(entity)} AS BLOB)"

    @override
    def taken(self, column: Column, name: str) -> str:
        type_of = f"typeof({name})"
        null = f"{name} IS NULL OR " if column.nullable else ""
        match column.kind:
            case Kind.TEXT:
                return f"{type_of} IN ('text','null')" if column.nullable else f"{type_of}='text'"
            case Kind.INTEGER if not column.nullable:
                return f"{type_of}='integer' AND {name} {_EXACT}"
            case Kind.INTEGER | Kind.BIGINT:
                return f"{type_of} IN ('integer','null')" if column.nullable else f"{type_of}='integer'"
            case Kind.BOOLEAN:
                return f"({null}{type_of}='integer' AND {name} IN (0,1))"
            case Kind.DATE:
                # SQLite makes another day of one that there is not. Other forms of ISO 8601 are not known here.
                return f"({null}{type_of}='text' AND {name}=date(julianday({name})) AND substr({name},1,4)!='0000')"
            case Kind.JSON:
                # The affinity of a column declared JSON makes a number of `1`.
                known = "'text','integer','null'" if column.nullable else "'text','integer'"
                return f"{type_of} IN ({known})"

    @override
    def array(self, values: list[str]) -> str:
        return f"json_array({','.join(values)})"

    @override
    def text(self, name: str) -> str:
        return f"CAST({name} AS TEXT)"

    @override
    def counted(self, name: str) -> str:
        return f"coalesce('t'||length(CAST({name} AS BLOB))||':'||{name},'n')"

    @override
    def marked(self, name: str) -> str:
        # What begins with a greater character than a quote needs no second look.
        return (
            f"CASE WHEN {name} COLLATE BINARY>='#' THEN {name} WHEN {name} IS NULL THEN ''"
            f""" WHEN trim({name},'"')='' THEN {name}||'{_MARK}' ELSE {name} END"""
        )

    @override
    def digits(self, name: str) -> str:
        return f"printf('%019d',{name})"

    @override
    def below(self, name: str) -> str:
        # The complement does not fit 64 bits: it is made of two halves.
        positive = f"(-({name}+1))"
        return f"printf('-%010d%09d',9999999999-{positive}/1000000000,999999999-{positive}%1000000000)"

    @override
    def day(self, name: str) -> str:
        return f"coalesce({name},'')"


class _OnPostgresql(_Teller):
    """A value has the column's type."""

    @override
    def taken(self, column: Column, name: str) -> str:
        null = f"{name} IS NULL OR " if column.nullable else ""
        match column.kind:
            case Kind.INTEGER if not column.nullable:
                return f"{name} {_EXACT}"
            case Kind.DATE:
                # Another DateStyle, infinity and years before Christ look otherwise.
                return f"({null}{name}::text~'^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}$')"
            case _:
                return "true" if column.nullable else f"{name} IS NOT NULL"

    @override
    def array(self, values: list[str]) -> str:
        inside = "||','||".join(values)
        return f"'['||{inside}||']'"

    @override
    def value(self, column: Column, name: str) -> str:
        number = column.kind in (Kind.INTEGER, Kind.BOOLEAN) and not column.nullable
        text = f"({super().value(column, name)})::text"
        return text if number else f"to_json({text})::text"

    @override
    def text(self, name: str) -> str:
        return f"{name}::text"

    @override
    def counted(self, name: str) -> str:
        return f"coalesce('t'||octet_length({name}::text)||':'||{name}::text,'n')"

    @override
    def marked(self, name: str) -> str:
        text = f"{name}::text"
        return f"""CASE WHEN {name} IS NULL THEN '' WHEN btrim({text},'"')='' THEN {text}||'{_MARK}' ELSE {text} END"""

    @override
    def digits(self, name: str) -> str:
        return f"lpad({name}::text,19,'0')"

    @override
    def below(self, name: str) -> str:
        return f"'-'||lpad((10000000000000000000+{name})::text,19,'0')"

    @override
    def day(self, name: str) -> str:
        return f"coalesce({name}::text,'')"
