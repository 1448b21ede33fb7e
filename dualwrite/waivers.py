"""Waivers: what somebody has decided the gate need not ask, under their name and with a reason, for everybody to see."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from dualwrite.decisions import record
from dualwrite.errors import ConfigurationError
from dualwrite.ports import Control

SAVED = "waiver:"


@dataclass(frozen=True, slots=True)
class Waiver:
    """What is waived: the name of a condition, or a method as `repository.method`; by whom, when (ISO 8601), and why."""

    name: str
    who: str
    at: str
    reason: str

    @classmethod
    def now(cls, name: str, *, who: str, reason: str) -> Waiver:
        """Given at this moment."""
        return cls(name, who, datetime.now(UTC).isoformat(timespec="seconds"), reason)


def check_waivable(name: str, *, conditions: Mapping[str, bool], methods: Collection[str]) -> None:
    """Raises `ConfigurationError` where there is no such condition or method, or where nobody may waive it. `conditions`
    says of each name whether it may be waived."""
    if name in methods or conditions.get(name):
        return
    if name in conditions:
        raise ConfigurationError(f"{name} is never waived: rows could be lost; mend what it names")
    known = ", ".join(sorted(each for each, waivable in conditions.items() if waivable))
    raise ConfigurationError(
        f"nothing is called {name!r} that could be waived (known: {known}, or a method as repository.method)"
    )


def save_waiver(control: Control, waiver: Waiver) -> None:
    """Keep it; one of the same name is replaced."""
    record(control, who=waiver.who, what=f"waived {waiver.name}", why=waiver.reason)
    control.save(f"{SAVED}{waiver.name}", asdict(waiver))


def withdraw(control: Control, name: str, *, who: str, why: str = "") -> None:
    """Take it back. Raises `ConfigurationError` where nobody has given it."""
    if control.load(f"{SAVED}{name}") is None:
        given = ", ".join(load_waivers(control)) or "none"
        raise ConfigurationError(f"no waiver is called {name!r} (given: {given})")
    record(control, who=who, what=f"withdrew the waiver of {name}", why=why)
    control.save(f"{SAVED}{name}", None)


def load_waivers(control: Control) -> dict[str, Waiver]:
    """Every waiver that stands, by its name."""
    found = (Waiver(**saved) for saved in control.values(SAVED).values() if isinstance(saved, dict))
    return {waiver.name: waiver for waiver in found}
