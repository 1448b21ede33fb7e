"""The content backfill: what it finds, what it does about it, and what it leaves alone. Against a real server."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from typing_extensions import override

from dualwrite.content import Fingerprint, Source, unwatched
from dualwrite.content_backfill import PROBLEMS, ContentBackfill, Fate, Uploaded
from dualwrite.entity import Entity, Key
from dualwrite.errors import ConfigurationError, Unavailable
from dualwrite.phase import Phase
from dualwrite.pocketbase import EmbeddedPocketBase, PocketBase, PocketBaseContent, PocketBaseStore
from dualwrite.pocketbase.names import content_name
from dualwrite.pocketbase.session import Request
from dualwrite.progress import Progress
from dualwrite.settle import Patience
from dualwrite.turn import LEASE
from tests.fakes import FakeControl, FakeStore, lost, unavailable
from tests.pocketbase.notes import PAPER, paper


class Watched(PocketBaseContent):
    """The real one, which counts uploads, and fails or does something else when a test says so."""

    def __init__(self, server: PocketBase) -> None:
        super().__init__(server)
        self.uploads = 0
        self.errors: list[Exception] = []
        self.before_upload: Callable[[], None] = lambda: None

    @override
    def upload(
        self, entity: Entity, key: Key, source: Source, watch: Callable[[int], None] = unwatched
    ) -> Fingerprint | None:
        if self.errors:
            raise self.errors.pop(0)
        self.before_upload()
        self.uploads += 1
        return super().upload(entity, key, source, watch)


@dataclass
class Steps(Progress):
    """Adds up what it is told."""

    total: int = 0
    rows: float = 0.0
    ended: bool = False
    notes: list[str] = field(default_factory=list)

    @override
    def begin(self, job: str, entity: str, total: int, done: int = 0) -> None:
        assert (job, entity) == ("content", "paper")
        self.total = total

    @override
    def advance(self, rows: float) -> None:
        assert rows > 0
        self.rows += rows

    @override
    def end(self) -> None:
        self.ended = True

    @override
    def note(self, text: str) -> None:
        self.notes.append(text)


class Yard:
    """Papers on a server and their files in a folder."""

    def __init__(self, pb: PocketBase, server: EmbeddedPocketBase, folder: Path) -> None:
        self.pb, self.folder = pb, folder
        self.store = Watched(pb)
        self.rows = PocketBaseStore(pb)
        self.control = FakeControl()
        self.steps = Steps()
        self._server = server

    def add(self, id: str, data: bytes | None = None, path: str | None = None) -> None:
        """A row, and its file where there is data."""
        if data is not None:
            (self.folder / id).write_bytes(data)
            path = path or id
        self.rows.put(PAPER, [paper(id, path=path, title="divorce papers")])

    def run(self, *, anew: bool = False, **options: Any) -> Uploaded:
        self.steps, rows = Steps(), options.pop("rows", self.rows)
        job = ContentBackfill(
            lambda phase: rows,
            self.store,
            self.control,
            owner="me",
            directory=self.folder,
            patience=Patience(unavailable=0.01, lost=0.01),
            **options,
        )
        (uploaded,) = job.run([PAPER], self.steps, anew=anew)
        return uploaded

    def held(self, id: str) -> bytes | None:
        chunks = self.store.read(PAPER, (id,))
        return None if chunks is None else b"".join(chunks)

    def stored(self, id: str) -> Path:
        """The file on the server's disk."""
        held = self.store.get(PAPER, (id,))
        assert held is not None
        (path,) = (self._server.folder / "pb_data" / "storage").rglob(held.name)
        return path

    def by_hand(self, id: str, **sent: Any) -> None:
        """What somebody does in PocketBase's own pages."""
        path = f"/api/collections/{content_name(self.pb.prefix, PAPER)}/records/{PAPER.record_id((id,))}"
        httpx.patch(
            self.pb.session.where + path,
            headers={"Authorization": self.pb.session.login.token().get_secret_value()},
            trust_env=False,
            **sent,
        ).raise_for_status()


@pytest.fixture
def yard(pb: PocketBase, pocketbase_server: EmbeddedPocketBase, tmp_path: Path) -> Yard:
    return Yard(pb, pocketbase_server, tmp_path)


def fates(uploaded: Uploaded) -> dict[str, int]:
    return {fate.value: count for fate, count in uploaded.fates.items() if count}


def problems(uploaded: Uploaded) -> dict[Key, Fate]:
    return {key: outcome.fate for key, outcome in uploaded.problems}


def test_every_file_is_uploaded_once_and_what_has_none_is_counted(
    yard: Yard, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for number in range(70):  # more than a page
        yard.add(f"f{number}", str(number).encode() * number)
    yard.add("null")
    yard.add("empty", path="")
    yard.add("s3", path="s3://bucket/divorce.pdf")
    yard.add("gone", path="/nowhere/divorce.pdf")
    yard.add("out", path="../divorce.pdf")
    first = yard.run()
    assert fates(first) == {"uploaded": 70, "pathless": 2, "elsewhere": 1, "missing": 1, "outside": 1}
    assert problems(first) == {("gone",): Fate.MISSING, ("out",): Fate.OUTSIDE}
    assert first.size == sum(len(str(number)) * number for number in range(70))
    assert (yard.steps.total, yard.steps.rows, yard.steps.ended) == (75, 75.0, True)
    assert all(yard.held(f"f{number}") == str(number).encode() * number for number in range(70))
    second = yard.run()
    assert fates(second) == {"present": 70, "pathless": 2, "elsewhere": 1, "missing": 1, "outside": 1}
    assert (yard.store.uploads, second.size) == (70, 0)
    said = caplog.text + "".join(outcome.reason for _, outcome in first.problems) + str(yard.steps.notes)
    assert "divorce" not in said
    assert str(yard.folder) not in said


def test_a_local_file_that_changed_is_named_and_uploaded_anew_on_request(yard: Yard) -> None:
    yard.add("same", b"same")
    yard.add("changed", b"before")
    yard.run()
    (yard.folder / "changed").write_bytes(b"after!")
    for _ in range(2):
        assert problems(yard.run()) == {("changed",): Fate.CHANGED}
        assert yard.held("changed") == b"before"
    assert fates(yard.run(anew=True)) == {"present": 1, "uploaded": 1}
    assert yard.held("changed") == b"after!"
    assert fates(yard.run()) == {"present": 2}


def test_what_somebody_changed_in_pocketbase_is_named_and_mended_on_request(yard: Yard) -> None:
    ids = ("replaced", "emptied", "cut", "lost", "fine")
    for each in ids:
        yard.add(each, b"what was uploaded")
    yard.run()
    yard.by_hand("replaced", files={"content": ("x", b"by hand")})
    yard.by_hand("emptied", json={"content": ""})
    yard.stored("cut").write_bytes(b"what was")
    yard.stored("lost").unlink()
    for _ in range(2):
        found = yard.run()
        assert problems(found) == dict.fromkeys([(each,) for each in ids[:4]], Fate.ALTERED)
        assert fates(found) == {"present": 1, "altered": 4}
    assert yard.store.uploads == 5
    assert fates(yard.run(anew=True)) == {"present": 1, "uploaded": 4}
    assert {yard.held(each) for each in ids} == {b"what was uploaded"}
    assert fates(yard.run()) == {"present": 5}


def test_bytes_of_the_same_length_that_rotted_on_disk_are_found_when_everything_is_read_back(
    yard: Yard,
) -> None:
    yard.add("rotten", b"what was uploaded")
    yard.run()
    yard.stored("rotten").write_bytes(b"what was uplaoded")
    assert fates(yard.run()) == {"present": 1}, "its length is all that is asked for"
    assert fates(yard.run(anew=True)) == {"uploaded": 1}
    assert yard.held("rotten") == b"what was uploaded"


def test_a_file_that_was_stored_before_its_process_died_is_read_back_instead_of_sent_again(
    yard: Yard,
) -> None:
    yard.add("f", b"bytes")
    yard.run()
    yard.by_hand("f", json={"checked": "", "size": 0, "sha256": ""})
    assert yard.held("f") is None
    assert fates(yard.run()) == {"present": 1}
    assert yard.store.uploads == 1
    assert yard.held("f") == b"bytes"


def test_a_record_that_somebody_deleted_is_made_again(yard: Yard) -> None:
    yard.add("f", b"bytes")
    yard.run()
    path = f"/api/collections/{content_name(yard.pb.prefix, PAPER)}/records/{PAPER.record_id(('f',))}"
    yard.pb.session.send(Request("DELETE", path, "test", writes=True))
    assert fates(yard.run()) == {"uploaded": 1}
    assert yard.held("f") == b"bytes"


def test_a_file_over_the_limit_is_named_and_in_nobodys_way(yard: Yard) -> None:
    assert PAPER.content is not None
    yard.add("large", b"")
    with (yard.folder / "large").open("wb") as file:
        file.truncate(PAPER.content.largest + 1)
    yard.add("small", b"small")
    found = yard.run()
    assert problems(found) == {("large",): Fate.REFUSED}
    assert "larger than" in found.problems[0][1].reason
    assert fates(found) == {"refused": 1, "uploaded": 1}


def test_a_file_that_cannot_be_read_is_named(yard: Yard) -> None:
    unreadable = Path(
        "/proc/self/mem"
    )  # a regular file to look at; nobody can seek to its end, not even root
    if not unreadable.exists():
        pytest.skip("no /proc here")
    yard.add("locked", path=str(unreadable))
    assert problems(yard.run()) == {("locked",): Fate.UNREADABLE}


def test_a_file_that_grows_while_it_is_uploaded_is_named_and_uploaded_next_time(yard: Yard) -> None:
    yard.add("log", b"line\n")
    path = yard.folder / "log"

    def grow() -> None:
        with path.open("ab") as file:
            file.write(b"line\n")

    yard.store.before_upload = grow
    assert problems(yard.run()) == {("log",): Fate.UNSTEADY}
    assert yard.held("log") is None
    yard.store.before_upload = lambda: None
    assert fates(yard.run()) == {"uploaded": 1}
    assert yard.held("log") == path.read_bytes()


def test_a_row_deleted_meanwhile_is_no_problem(yard: Yard) -> None:
    yard.add("here", b"bytes")
    yard.add("deleted", b"bytes")
    yard.add("deleted in SQL", path="/nowhere")

    def delete() -> None:
        yard.rows.delete(PAPER, [("deleted",), ("here",)])

    yard.store.before_upload = delete
    sql = FakeStore()  # the row is gone there, and PocketBase is about to follow
    found = yard.run(rows=sql)
    assert fates(found) == {"gone": 3}
    assert found.problems == []


def test_what_another_stores_meanwhile_is_looked_at_before_it_is_named(yard: Yard) -> None:
    yard.add("f", b"old")
    yard.run()
    (yard.folder / "f").write_bytes(b"new")
    looks = 0
    length = yard.store.length

    def meanwhile(*args: Any) -> int | None:
        nonlocal looks
        looks += 1
        if looks == 1:
            yard.store.upload(PAPER, ("f",), Source(io.BytesIO(b"new")))
        return length(*args)

    yard.store.length = meanwhile  # type: ignore[method-assign]
    assert fates(yard.run()) == {"present": 1}


def test_pocketbase_being_away_is_waited_for(yard: Yard) -> None:
    yard.add("f", b"bytes")
    yard.store.errors = [unavailable(), lost(), unavailable()]
    assert fates(yard.run()) == {"uploaded": 1}
    assert [note.partition("(")[2].partition(")")[0] for note in yard.steps.notes] == [
        "Unavailable",
        "AnswerLost",
        "Unavailable",
    ]
    assert yard.steps.rows == 1.0


def test_it_gives_up_in_the_end_and_the_next_run_goes_on(yard: Yard) -> None:
    yard.add("f", b"bytes")
    yard.store.errors = [unavailable()] * 100
    with pytest.raises(Unavailable):
        yard.run(give_up_after=0.1)
    yard.store.errors = []
    assert fates(yard.run()) == {"uploaded": 1}


def test_a_file_whose_upload_is_never_answered_is_named_and_in_nobodys_way(yard: Yard) -> None:
    for each in ("f", "g"):
        yard.add(each, b"bytes")
    yard.store.errors = [lost()]
    found = yard.run(give_up_after=0.0)
    assert fates(found) == {"unanswered": 1, "uploaded": 1}
    assert list(problems(found).values()) == [Fate.UNANSWERED]
    assert fates(yard.run()) == {"present": 1, "uploaded": 1}


def test_one_backfill_is_at_work_at_a_time(yard: Yard) -> None:
    assert yard.control.lock(LEASE, "another", seconds=60)
    with pytest.raises(ConfigurationError, match="another backfill, cutover or rollback is at work"):
        yard.run()
    yard.control.unlock(LEASE, "another")
    yard.run()
    assert yard.control.lock(LEASE, "another", seconds=60), "it was given back"


@pytest.mark.parametrize("phase", [Phase.SQL_ONLY, Phase.FROZEN])
def test_in_other_phases_it_refuses_and_stands_in_nobodys_way(phase: Phase, yard: Yard) -> None:
    yard.control = FakeControl(phase)
    with pytest.raises(ConfigurationError, match=f"the phase is {phase}"):
        yard.run()
    assert yard.control.lock(LEASE, "whoever ends the pause", seconds=60)


def test_a_long_upload_keeps_its_lease_and_stops_when_another_has_taken_over(yard: Yard) -> None:
    yard.add("f", bytes(3_000_000))
    assert fates(yard.run(lease_seconds=0.0)) == {"uploaded": 1}
    yard.add("g", bytes(3_000_000))
    yard.store.before_upload = lambda: _steal(yard)
    with pytest.raises(ConfigurationError, match="taken over"):
        yard.run(lease_seconds=0.0)
    assert yard.held("g") is None


def _steal(yard: Yard) -> None:
    yard.control.unlock(LEASE, "me")
    assert yard.control.lock(LEASE, "another", seconds=60)


def test_what_is_left_of_rows_that_are_gone_is_removed(yard: Yard) -> None:
    yard.add("f", b"bytes")
    yard.run()
    yard.by_hand("f", json={"row": ""})
    yard.pb.records(PAPER).delete(("f",))
    assert yard.run().strays == 1
    assert yard.run().strays == 0


def test_every_problem_has_words_for_a_person() -> None:
    assert set(PROBLEMS) == set(list(Fate)[list(Fate).index(Fate.MISSING) :])
