"""Settings: one clear line for each that is wrong, and no value in it."""

from __future__ import annotations

import os

import pytest

from dualwrite.errors import ConfigurationError
from dualwrite.settings import Apply, Settings
from dualwrite.timing import Timing

SECRET = "hunter2-secret"


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("DUALWRITE_") or name == "DATABASE_URL":
            monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pb_url", f"ftp://{SECRET}"),
        ("pb_timeout", 0),
        ("pb_timeout", SECRET),
        ("pb_timeout", 301),
        ("prefix", f"{SECRET}!"),
        ("apply", SECRET),
        ("sample_rate", 1.5),
        ("sample_rate", -0.1),
        ("queue_size", 0),
        ("drain_seconds", -1),
        ("relay", SECRET),
        ("unheard_of", SECRET),
    ],
)
def test_a_bad_setting_is_named_in_one_line_without_its_value(name: str, value: object) -> None:
    with pytest.raises(ConfigurationError) as error:
        Settings.load(**{name: value})
    text = str(error.value)
    assert text.startswith(f"setting {name}: ")
    assert text.endswith(f"give it as an argument or as DUALWRITE_{name.upper()}")
    assert "\n" not in text
    assert SECRET not in text


@pytest.mark.parametrize("name", ["PB_TIMEOUT", "APPLY", "RELAY", "SAMPLE_RATE"])
def test_a_bad_variable_of_the_environment_is_named_too(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"DUALWRITE_{name}", SECRET)
    with pytest.raises(ConfigurationError, match=f"setting {name.lower()}: .*DUALWRITE_{name}") as error:
        Settings.load()
    assert SECRET not in str(error.value)


def test_arguments_come_before_the_environment_and_that_before_defaults(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert Settings.load().apply is Apply.BEHIND
    monkeypatch.setenv("DATABASE_URL", "sqlite:///app")
    assert Settings.load().need_sql_url() == "sqlite:///app"
    monkeypatch.setenv("DUALWRITE_SQL_URL", "sqlite:///ours")
    assert Settings.load().need_sql_url() == "sqlite:///ours"
    assert Settings.load(sql_url="sqlite:///given").need_sql_url() == "sqlite:///given"
    monkeypatch.delenv("DUALWRITE_SQL_URL")
    assert Settings.load(sql_url="sqlite:///given").need_sql_url() == "sqlite:///given"


def test_what_is_missing_is_said_with_its_mend() -> None:
    with pytest.raises(ConfigurationError, match="DUALWRITE_SQL_URL"):
        Settings.load().need_sql_url()
    with pytest.raises(ConfigurationError, match="DUALWRITE_PB_URL"):
        Settings.load().need_pb_url()
    with pytest.raises(ConfigurationError, match="DUALWRITE_PB_IDENTITY"):
        Settings.load(pb_url="http://here").need_pb_url()


def test_secrets_do_not_show() -> None:
    settings = Settings.load(sql_url=f"postgresql://me:{SECRET}@here/db", pb_password=SECRET, pb_token=SECRET)
    assert SECRET not in repr(settings) + str(settings)


def test_a_trailing_slash_is_no_part_of_the_url() -> None:
    assert Settings.load(pb_url="http://here/", pb_token="t").need_pb_url() == "http://here"


@pytest.mark.parametrize(
    "timing",
    [Timing(give_up=30.0), Timing(lease=30.0), Timing(phase_every=0.3)],
)
def test_intervals_that_contradict_each_other_are_refused(timing: Timing) -> None:
    with pytest.raises(ValueError):
        timing.check()


def test_the_default_intervals_agree() -> None:
    Timing().check()
