"""How unlike two pictures are."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from tests.e2e.pictures import unlike


def picture(file: Path, *marks: tuple[int, int]) -> Path:
    """White, 100 by 100, with black points."""
    image = Image.new("RGB", (100, 100), "white")
    for mark in marks:
        image.putpixel(mark, (0, 0, 0))
    image.save(file)
    return file


def test_the_share_of_pixels_that_differ(tmp_path: Path) -> None:
    blank = picture(tmp_path / "blank.png")
    assert unlike(blank, blank) == 0.0
    assert unlike(blank, picture(tmp_path / "two.png", (1, 1), (50, 50))) == 0.0002


def test_another_size_is_all_unlike(tmp_path: Path) -> None:
    Image.new("RGB", (50, 100)).save(tmp_path / "small.png")
    assert unlike(picture(tmp_path / "blank.png"), tmp_path / "small.png") == 1.0
