"""Which Open WebUI fits, and what is said of one that does not. The source is read, never run."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dualwrite.errors import ConfigurationError
from repos.openwebui.fit import misfits
from repos.openwebui.places import RELEASES
from repos.openwebui.source import Source
from tests.fixtures.absent import absent

RELEASED = Path(__file__).parents[2] / "build" / "openwebui-releases"


def released(release: str) -> Path:
    folder = RELEASED / release
    if not (folder / "open_webui").is_dir():
        absent(f"the source of Open WebUI {release}", "run `make openwebui`")
    return folder


@pytest.fixture
def fork(tmp_path: Path) -> Path:
    """A checkout of Open WebUI 0.6.36, to be changed."""
    shutil.copytree(
        released("0.6.36") / "open_webui",
        tmp_path / "backend" / "open_webui",
        ignore=shutil.ignore_patterns("static", "frontend", "test"),
    )
    (tmp_path / "package.json").write_text('{"name": "open-webui", "version": "0.6.36"}')
    return tmp_path


def change(fork: Path, module: str, before: str, after: str) -> None:
    path = fork / "backend" / "open_webui" / module
    text = path.read_text()
    assert text.count(before) >= 1, f"{module} has no {before!r}"
    path.write_text(text.replace(before, after, 1))


def found(fork: Path) -> list[str]:
    source = Source(fork)
    return misfits(source, source.version())


@pytest.mark.parametrize("release", RELEASES)
def test_every_release_that_is_named_fits(release: str) -> None:
    source = Source(released(release))
    assert source.version() == release
    assert misfits(source, source.version()) == []


def test_a_checkout_fits_by_its_own_release(fork: Path) -> None:
    assert Source(fork).version() == "0.6.36"
    assert found(fork) == []


def test_a_fork_that_says_which_release_it_is_built_on_fits(fork: Path) -> None:
    assert misfits(Source(fork), "0.6.36+ours.2") == []


def test_another_release_is_named(fork: Path) -> None:
    (fork / "package.json").write_text('{"name": "open-webui", "version": "0.6.37"}')
    assert found(fork) == ["the release 0.6.37 is none of 0.6.33, 0.6.34, 0.6.35, 0.6.36"]


CHANGES = {
    "an unknown method": (
        "models/tags.py",
        "class TagTable:\n",
        "class TagTable:\n    def rename_tag(self, name: str) -> bool:\n        return True\n\n",
        ["models.tags.Tags.rename_tag is unknown"],
    ),
    "a missing method": (
        "models/tags.py",
        "def get_tags_by_user_id(",
        "def _get_tags_by_user_id(",
        ["models.tags.Tags.get_tags_by_user_id is missing"],
    ),
    "another parameter": (
        "models/tags.py",
        "def get_tags_by_user_id(self, user_id: str)",
        "def get_tags_by_user_id(self, user_id: str, limit: int = 10)",
        ["models.tags.Tags.get_tags_by_user_id takes (user_id, limit=10), and (user_id) is known"],
    ),
    "another default": (
        "models/users.py",
        'role: str = "pending",',
        'role: str = "user",',
        [
            "models.users.Users.insert_new_user takes (id, name, email, profile_image_url='/user.png', role='user', "
            "oauth_sub=None), and (id, name, email, profile_image_url='/user.png', role='pending', oauth_sub=None) is known"
        ],
    ),
    "no singleton": (
        "models/tags.py",
        "Tags = TagTable()",
        "AllTags = TagTable()",
        ["models.tags.Tags is missing"],
    ),
    "a field that answers would lack": (
        "models/tags.py",
        "class TagModel(BaseModel):\n    id: str\n",
        "class TagModel(BaseModel):\n    id: str\n    colour: Optional[str] = None\n",
        ["models/tags.py: TagModel.colour is unknown"],
    ),
    "a column that would be lost": (
        "models/users.py",
        "    email = Column(String)\n",
        "    email = Column(String)\n    phone = Column(String)\n",
        ["models/users.py: the table user has a column phone, which is unknown"],
    ),
    "a column that is gone": (
        "models/users.py",
        "    bio = Column(",
        "    biography = Column(",
        [
            "models/users.py: the table user has a column biography, which is unknown",
            "models/users.py: the table user has no column bio",
        ],
    ),
    "a table class used elsewhere": (
        "routers/users.py",
        "\n",
        "\nfrom open_webui.models.users import User\n",
        ["routers/users.py, line 2: uses the table class User directly"],
    ),
    "a table class used through its module": (
        "models/notes.py",
        "\n",
        "\nfrom open_webui.models import users as people\nquery = people.User\n",
        ["models/notes.py, line 3: uses the table class User directly"],
    ),
    "a foreign key": (
        "models/notes.py",
        "    user_id = Column(Text)",
        '    user_id = Column(Text, ForeignKey("user.id"))',
        ["a foreign key to user.id"],
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_a_fork_has_changed_is_named(name: str, fork: Path) -> None:
    module, before, after, expected = CHANGES[name]
    change(fork, module, before, after)
    said = found(fork)
    assert len(said) == len(expected), said
    for line, wanted in zip(said, expected, strict=True):
        assert re.sub(r"^models/notes.py, line \d+: a foreign", "a foreign", line) == wanted


def test_another_newest_revision_is_named(fork: Path) -> None:
    (fork / "backend" / "open_webui" / "migrations" / "versions" / "ours.py").write_text(
        'revision = "0urs"\ndown_revision = "a5c220713937"\n'
    )
    assert found(fork) == ["migrations: the newest revision is 0urs, and a5c220713937 is known"]


def test_where_there_is_no_open_webui_it_says_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no Open WebUI at"):
        Source(tmp_path)


def test_what_is_no_python_is_named_in_one_line(fork: Path) -> None:
    change(fork, "models/tags.py", "class TagTable:", "class TagTable(:")
    with pytest.raises(ConfigurationError, match=r"tags\.py, line \d+: this is no Python"):
        found(fork)


def check(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "repos.openwebui", "check", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_check_says_so_by_its_exit_status(fork: Path, tmp_path: Path) -> None:
    fits = check(fork)
    assert (fits.returncode, fits.stderr) == (0, "")
    assert fits.stdout.startswith("✓ ")
    change(fork, "models/tags.py", "def get_tags_by_user_id(", "def _get_tags_by_user_id(")
    change(fork, "models/tags.py", "Optional[TagModel]:", "Optional[TagModel]:\n        # only a remark\n")
    amiss = check(fork)
    assert (amiss.returncode, amiss.stdout) == (1, "✗ models.tags.Tags.get_tags_by_user_id is missing\n")
    nowhere = check(tmp_path / "nowhere")
    assert nowhere.returncode == 1
    assert nowhere.stderr.count("\n") == 1


def test_nothing_of_it_is_imported(fork: Path) -> None:
    change(fork, "models/tags.py", "\n", '\nraise RuntimeError("imported")\n')
    assert check(fork).returncode == 0
