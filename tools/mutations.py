"""Whether each safeguard is guarded: every mutation below is made in a copy of the tree, and its tests must fail there.

    python tools/mutations.py [NAME ...]      all of them by default; `make mutations`

A mutation names the safeguard that it removes, the place in the code, and the tests that are for it. Its old text must be
there exactly once, or the mutation is refused: it no longer says anything. Before any mutation the same tests must pass in
the untouched copy. Only a test that failed counts; a copy that cannot be imported, or a test that is not found, does not.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
COPIED = (
    "dualwrite",
    "repos",
    "reports",
    "tests",
    "tools",
    "docs",
    "examples",
    "pyproject.toml",
    "README.md",
)
PASSED, FAILED = 0, 1  # pytest's exit statuses; everything else is an error of its own


@dataclass(frozen=True)
class Mutation:
    """One safeguard taken out of the code: `old` becomes `new` in `file`, and one of `tests` must fail."""

    name: str
    safeguard: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


MUTATIONS = (
    Mutation(
        "no-fence-sqlite",
        "the fence",
        "dualwrite/sql/sqlite_triggers.py",
        'f"ELSE RAISE(ABORT, {literal(FENCE_MESSAGE)}) END"',
        '"ELSE 0 END"',
        ("tests/sql/test_fence.py",),
    ),
    Mutation(
        "no-fence-postgresql",
        "the fence",
        "dualwrite/sql/postgresql_triggers.py",
        "RAISE EXCEPTION {literal(FENCE_MESSAGE)} USING ERRCODE = {literal(FENCE_SQLSTATE)};",
        "RETURN NULL;",
        ("tests/sql/test_fence.py",),
    ),
    Mutation(
        "no-obligation-sqlite",
        "the obligation",
        "dualwrite/sql/sqlite_triggers.py",
        "WHEN phase = 'dual' THEN 1 WHEN",
        "WHEN phase = 'dual' THEN 0 WHEN",
        ("tests/sql/test_obligations.py",),
    ),
    Mutation(
        "no-obligation-postgresql",
        "the obligation",
        "dualwrite/sql/postgresql_triggers.py",
        '{owe("touched")} FROM {NEW} AS touched;',
        "NULL;",
        ("tests/sql/test_obligations.py",),
    ),
    Mutation(
        "no-obligation-where-sql-was-not-written",
        "the obligation",
        "dualwrite/pocketbase/server.py",
        "            announce(change.entity, [key_of(change)])\n",
        "            pass\n",
        ("tests/pocketbase/test_records.py::test_every_write_is_announced_before_its_request_leaves",),
    ),
    Mutation(
        "no-look",
        "the look",
        "dualwrite/settle.py",
        "if not self._looks or debt.wrote == row:",
        "if debt.wrote is not UNKNOWN:",
        ("tests/faults/test_interleavings.py::test_no_order_of_steps_leaves_a_difference",),
    ),
    Mutation(
        "no-lease",
        "the lease",
        "dualwrite/sql/journal.py",
        'free = f"{live} AND coalesce(not_before, 0) <= {clock} AND coalesce(lease_until, 0) <= {clock}"',
        'free = f"{live} AND coalesce(not_before, 0) <= {clock}"',
        ("tests/sql/test_journal.py",),
    ),
    Mutation(
        "pays-what-another-holds",
        "the lease",
        "dualwrite/sql/journal.py",
        "own = f\"seq IN :seqs AND {live} AND owner {'IS' if sqlite else 'IS NOT DISTINCT FROM'} :owner\"",
        'own = f"seq IN :seqs AND {live} AND (owner = :owner OR 1 = 1)"',
        ("tests/sql/test_journal.py", "tests/ports/test_journal.py"),
    ),
    Mutation(
        "no-wait-after-a-lost-answer-to-a-settler",
        "the wait after a lost answer",
        "dualwrite/settle.py",
        "            return self.lost\n",
        "            return 0.0\n",
        ("tests/unit/test_settle.py", "tests/unit/test_relay.py"),
    ),
    Mutation(
        "no-wait-after-a-lost-answer-to-a-writer",
        "the wait after a lost answer",
        "dualwrite/applier.py",
        "wait = self._timing.lost_wait if lost else error.retry_after or 0.0",
        "wait = error.retry_after or 0.0",
        ("tests/unit/test_applier.py",),
    ),
    Mutation(
        "a-write-that-may-be-done-is-sent-again",
        "the wait after a lost answer",
        "dualwrite/pocketbase/session.py",
        "isinstance(error, AnswerLost) and request.repeatable and not is_owed()",
        "isinstance(error, AnswerLost) and request.repeatable",
        ("tests/pocketbase/test_faults.py::test_a_lost_answer_is_lost_where_a_debt_stands_behind_the_write",),
    ),
    Mutation(
        "no-hold",
        "the hold of a writer",
        "dualwrite/sql/own.py",
        'SET not_before = {now(dialect)} + :hold "',
        'SET not_before = {now(dialect)} + 0 * :hold "',
        ("tests/sql/test_journal.py::test_a_unit_of_work_holds_its_obligations_and_a_raw_write_does_not",),
    ),
    Mutation(
        "who-overslept-owes-nothing",
        "the hold of a writer",
        "dualwrite/applier.py",
        "if self._clock() > job.begun + self._timing.hold:",
        "if self._clock() < 0:",
        ("tests/unit/test_applier.py",),
    ),
    Mutation(
        "no-saved-range",
        "the backfill's saved range",
        "dualwrite/copying.py",
        "            place = replace(place, upto=chunk.span.upto, in_flight=True)\n            self._save(place)\n",
        "            place = replace(place, upto=chunk.span.upto, in_flight=True)\n",
        ("tests/unit/test_backfill.py",),
    ),
    Mutation(
        "the-backfill-does-not-look",
        "the look",
        "dualwrite/copying.py",
        "owed = [key for key, row in chunk.rows.items() if now.get(key) != row]",
        "owed = list[Key]()",
        ("tests/unit/test_backfill.py",),
    ),
    Mutation(
        "a-chunk-read-long-ago-is-written",
        "the backfill's reading ahead",
        "dualwrite/copying.py",
        "if chunk.put is None or time.monotonic() - chunk.read > self._pace.stale_after:",
        "if chunk.put is None:",
        ("tests/unit/test_backfill.py",),
    ),
    Mutation(
        "bytes-that-are-no-text-are-told",
        "the digest",
        "dualwrite/digest.py",
        "text = document.encode()",
        "text = document.encode(errors='replace')",
        ("tests/sql/test_digest.py",),
    ),
    Mutation(
        "an-integer-beyond-what-a-number-holds-is-told",
        "the digest",
        "dualwrite/sql/telling.py",
        "return f\"{of_type}'integer' AND {name} {_EXACT}\"",
        "return f\"{of_type}'integer'\"",
        ("tests/sql/test_digest.py",),
    ),
    Mutation(
        "a-box-is-whatever-looks-like-one",
        "the digest",
        "dualwrite/pocketbase/js/library/telling.js",
        "      AND (SELECT count(*) FROM json_each(${n}))=1 THEN",
        "      THEN",
        ("tests/pocketbase/test_digest.py",),
    ),
    Mutation(
        "who-slept-through-its-turn-goes-on",
        "the turn",
        "dualwrite/turn.py",
        "lapsed = self._unbroken and monotonic() > self._ends",
        "lapsed = False",
        ("tests/unit/test_backfill.py",),
    ),
    Mutation(
        "no-lease-on-a-range",
        "the lease on a range",
        "dualwrite/copying.py",
        "        lease.take(wait=self.pace.lease_seconds + 1.0)\n",
        "",
        ("tests/unit/test_ranges.py",),
    ),
    Mutation(
        "no-wait-for-cached-phases",
        "the wait for cached phases",
        "dualwrite/switch.py",
        "            self._sleep(PHASE_TTL)\n            pause.check()\n",
        "            pause.check()\n",
        ("tests/unit/test_switch.py",),
    ),
    Mutation(
        "a-cached-phase-is-good-for-ever",
        "the wait for cached phases",
        "dualwrite/watch.py",
        "return self.known if perf_counter() < self.fresh_until else self.renew()",
        "return self.known if self.fresh_until > 0 else self.renew()",
        ("tests/unit/test_watch.py",),
    ),
    Mutation(
        "no-wait-where-a-switch-is-called-off",
        "the wait for cached phases",
        "dualwrite/switch.py",
        "        sleep(PHASE_TTL)\n    return change(origin)",
        "        pass\n    return change(origin)",
        ("tests/unit/test_switch.py",),
    ),
    Mutation(
        "a-rollback-does-not-wait-for-writes",
        "the wait for writes under way",
        "dualwrite/rollback.py",
        "self._sleep(max(0.0, frozen + self._writes_end - monotonic()))",
        "pass",
        ("tests/unit/test_rollback.py",),
    ),
    Mutation(
        "a-verify-from-before-a-rollback-counts",
        "the verify anew",
        "dualwrite/rollback.py",
        'self._control.save("verify", None)',
        "pass",
        ("tests/unit/test_rollback.py",),
    ),
    Mutation(
        "nobody-ends-the-pause-of-the-dead",
        "the watch over a pause",
        "dualwrite/backstage.py",
        "            end_overdue(parts.control, parts.owner)\n",
        "            pass\n",
        (
            "tests/faults/test_switch.py::test_a_switch_killed_after_any_step_ends_by_itself_and_can_be_run_again[writes pause-cutover]",
        ),
    ),
    Mutation(
        "no-epoch",
        "the named state",
        "dualwrite/sql/control.py",
        "            if epoch not in (None, state.epoch):\n",
        "            if epoch == -1:\n",
        ("tests/ports/test_control.py", "tests/sql/test_control.py"),
    ),
    Mutation(
        "the-copy-back-passes-in-any-phase",
        "the named state",
        "dualwrite/sql/fence.py",
        "    if found != epoch:\n",
        "    if found is None:\n",
        ("tests/sql/test_fence.py",),
    ),
    Mutation(
        "no-turn",
        "the turn",
        "dualwrite/sql/control.py",
        'f"WHERE held.owner = excluded.owner OR held.until <= {clock}"',
        '"WHERE held.owner <> held.name"',
        ("tests/ports/test_control.py", "tests/sql/test_control.py"),
    ),
    Mutation(
        "the-cutover-does-not-drain",
        "the drain",
        "dualwrite/cutover.py",
        "        self._drain(pause)\n        return",
        "        return",
        ("tests/unit/test_cutover.py",),
    ),
    Mutation(
        "strangers-are-let-in",
        "superusers only",
        "dualwrite/pocketbase/js/routes.js",
        "require(`${__hooks}/@LIBRARY@`).read(e),\n  $apis.requireSuperuserAuth(), ",
        "require(`${__hooks}/@LIBRARY@`).read(e),\n  ",
        ("tests/pocketbase/test_hooks_attacked.py::test_nobody_but_a_superuser_is_let_in[0.40.6-read]",),
    ),
    Mutation(
        "names-every-object-has",
        "fixed lists",
        "dualwrite/pocketbase/js/library/requests.js",
        "if (!right || !Object.prototype.hasOwnProperty.call(list, at)) throw",
        "if (!list[at]) throw",
        (
            "tests/pocketbase/test_hooks_attacked.py::test_a_condition_is_one_of_a_fixed_list[0.40.6-constructor]",
        ),
    ),
    Mutation(
        "any-certificate",
        "TLS",
        "dualwrite/pocketbase/session.py",
        'secure = url.startswith("https://")\n',
        "secure = False\n",
        (
            "tests/security/test_tls.py::test_a_certificate_that_nobody_vouches_for_is_refused_before_anything_is_sent",
        ),
    ),
    Mutation(
        "frames-with-tokens",
        "secrets",
        "dualwrite/pocketbase/failures.py",
        "    return error.with_traceback(None)\n",
        "    return error\n",
        ("tests/security/test_tracebacks.py::test_the_frames_of_the_http_library_are_cut_off",),
    ),
    Mutation(
        "deferred-indexes-are-forgotten",
        "the note of deferred indexes",
        "dualwrite/backfill.py",
        "            save_indexes_deferred(self._control, entity, True)\n",
        "",
        ("tests/unit/test_backfill.py",),
    ),
    Mutation(
        "one-read-spoils-the-others",
        "reads compared together",
        "dualwrite/pocketbase/together.py",
        "return [_kept(partial(_alone, find, group), under_way) for group in groups]",
        "return [found] * len(groups)",
        ("tests/pocketbase/test_together.py",),
    ),
    Mutation(
        "reads-together-without-end",
        "reads compared together",
        "dualwrite/pocketbase/js/library/handlers.js",
        "Date.now() - begun > FIND_MS",
        "false",
        ("tests/pocketbase/test_together.py",),
    ),
    Mutation(
        "connections-kept-after-the-end",
        "connections",
        "dualwrite/pocketbase/plain_http.py",
        "            if self._closed:\n",
        "            if False:\n",
        ("tests/pocketbase/test_plain_http.py",),
    ),
)


class RefusedError(Exception):
    """A mutation that says nothing: its place is not there, or its tests do not pass without it."""


def mutated(root: Path, mutation: Mutation) -> str:
    """The file's text with the mutation made. Raises `RefusedError` where the old text is not there exactly once."""
    text = (root / mutation.file).read_text(encoding="utf-8")
    if (found := text.count(mutation.old)) != 1:
        raise RefusedError(f"{mutation.name}: its old text is {found} times in {mutation.file}")
    return text.replace(mutation.old, mutation.new)


def failure(root: Path, tests: Sequence[str]) -> str:
    """The first of these that fails in that tree, in pytest's words; nothing where all pass. Raises `RefusedError` where they
    did not run."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist"]
    command += ["-m", "not slow and not faults", *tests]
    environment = os.environ | {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    if done.returncode not in (PASSED, FAILED):
        raise RefusedError(f"pytest ended with {done.returncode}: {(done.stdout + done.stderr)[-500:]}")
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAILED ")]
    if done.returncode == FAILED and not failed:
        raise RefusedError(f"no test failed, something else did: {done.stdout[-500:]}")
    return failed[0].removeprefix("FAILED ") if failed else ""


def copied(root: Path) -> Path:
    """The tree without what is made from it; what was fetched for the tests is shared."""
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, root / name)
    if (ROOT / "build").exists():
        (root / "build").symlink_to(ROOT / "build")
    return root


def play(root: Path, mutation: Mutation) -> bool:
    """Whether the mutation is caught in that tree, which is afterwards as it was."""
    file = root / mutation.file
    before = file.read_text(encoding="utf-8")
    file.write_text(mutated(root, mutation), encoding="utf-8")
    try:
        return bool(failure(root, mutation.tests))
    finally:
        file.write_text(before, encoding="utf-8")


def main(names: Iterable[str]) -> int:
    """Play these mutations, or all; the number of those that survived."""
    wanted = set(names)
    chosen = [mutation for mutation in MUTATIONS if not wanted or mutation.name in wanted]
    if unknown := wanted - {mutation.name for mutation in MUTATIONS}:
        raise SystemExit(f"no mutation is called {', '.join(sorted(unknown))}")
    survived = 0
    with tempfile.TemporaryDirectory(prefix="dualwrite-mutations-") as folder:
        root = copied(Path(folder))
        if found := failure(root, sorted({test for mutation in chosen for test in mutation.tests})):
            raise RefusedError(f"without any mutation fails {found}")
        for mutation in chosen:
            begin = time.monotonic()
            caught = play(root, mutation)
            survived += not caught
            print(
                f"{'caught  ' if caught else 'SURVIVED'} {mutation.name} ({time.monotonic() - begin:.0f} s)",
                flush=True,
            )
    print(f"{len(chosen) - survived} of {len(chosen)} caught")
    return survived


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
