"""What a row is told as, in SQL: the codec over again. See `dualwrite.digest`.

Of a row with a value that the codec would not take the plain columns are told as NULL. All that differs between the dialects is what the
codec takes of what a column can hold there, and how JSON is written.
"""

from __future__ import annotations

from dualwrite.codec import EXACT_INTEGER
from dualwrite.dialect import Dialect
from dualwrite.entity import Column, Entity, Kind
from dualwrite.sql.names import quoted

_MARK = '""'
"""What the codec adds to a text of nothing but quotes in a column that may be NULL."""
_EXACT = f"BETWEEN -{EXACT_INTEGER} AND {EXACT_INTEGER}"


def telling(entity: Entity, dialect: Dialect) -> list[str]:
    """Expressions for the parts of what a row is told as: text or NULL."""
    return [_plain(entity, dialect), *(_text(quoted(column.name)) for column in entity.documents)]


def _plain(entity: Entity, dialect: Dialect) -> str:
    takes = _taken_on_sqlite if dialect == "sqlite" else _taken_on_postgresql
    taken = " AND ".join(takes(column, quoted(column.name)) for column in entity.columns)
    values = [(column, _value(column, quoted(column.name))) for column in entity.plain]
    if dialect == "sqlite":
        array = f"json_array({','.join(value for _, value in values)})"
    else:
        inside = "||','||".join(_json_on_postgresql(column, value) for column, value in values)
        array = f"'['||{inside}||']'"
    return f"CASE WHEN {taken} THEN {array} END"


def _value(column: Column, name: str) -> str:
    """What the codec makes of a value that it takes."""
    match column.kind:
        case Kind.TEXT if column.nullable:
            text = _text(name)
            return f"CASE WHEN {name} IS NULL THEN '' WHEN trim({text},'\"')='' THEN {text}||'{_MARK}' ELSE {text} END"
        case Kind.INTEGER | Kind.BIGINT if not _is_number(column):
            # The complement of 19 digits does not fit 64 bits: it is made of two halves.
            above = f"(-({name}+1))"
            halves = (f"9999999999-{above}/1000000000", 10), (f"999999999-{above}%1000000000", 9)
            below = "'-'||" + "||".join(_padded(number, width) for number, width in halves)
            return f"CASE WHEN {name} IS NULL THEN '' WHEN {name}<0 THEN {below} ELSE {_padded(name, 19)} END"
        case Kind.BOOLEAN if column.nullable:
            return f"CASE WHEN {name} THEN 'true' WHEN NOT {name} THEN 'false' ELSE '' END"
        case Kind.BOOLEAN:
            return f"CASE WHEN {name} THEN 1 ELSE 0 END"
        case Kind.DATE:
            return f"coalesce({_text(name)},'')"
        case _:
            return name


def _is_number(column: Column) -> bool:
    """Whether PocketBase keeps it as one."""
    return column.kind in (Kind.INTEGER, Kind.BOOLEAN) and not column.nullable


def _text(name: str) -> str:
    return f"CAST({name} AS TEXT)"


def _padded(number: str, width: int) -> str:
    text = _text(f"({number})")
    return f"substr('{'0' * width}',1,{width}-length({text}))||{text}"


def _taken_on_sqlite(column: Column, name: str) -> str:
    """A value has a type of its own there, whatever the column's is."""
    null = f"{name} IS NULL OR " if column.nullable else ""
    of_type = f"{null}typeof({name})="
    match column.kind:
        case Kind.TEXT:
            return f"({of_type}'text')"
        case Kind.INTEGER if not column.nullable:
            return f"{of_type}'integer' AND {name} {_EXACT}"
        case Kind.INTEGER | Kind.BIGINT:
            return f"({of_type}'integer')"
        case Kind.BOOLEAN:
            return f"({of_type}'integer' AND {name} IN (0,1))"
        case Kind.DATE:
            # SQLite makes another day of one that there is not. Other forms of ISO 8601 are not known here.
            return f"({of_type}'text' AND {name}=date(julianday({name})) AND substr({name},1,4)!='0000')"
        case Kind.JSON:
            # The affinity of a column declared JSON makes a number of `1`.
            return f"({of_type}'text' OR typeof({name})='integer')"


def _taken_on_postgresql(column: Column, name: str) -> str:
    """A value has the column's type there."""
    match column.kind:
        case Kind.INTEGER if not column.nullable:
            return f"{name} {_EXACT}"
        case Kind.DATE:
            # Another DateStyle, infinity and years before Christ look otherwise.
            null = f"{name} IS NULL OR " if column.nullable else ""
            return f"({null}{_text(name)}~'^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}$')"
        case _:
            return "true" if column.nullable else f"{name} IS NOT NULL"


def _json_on_postgresql(column: Column, value: str) -> str:
    text = _text(f"({value})")
    return text if _is_number(column) else _text(f"to_json({text})")
