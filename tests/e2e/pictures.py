"""How unlike two pictures are."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageChops


def unlike(one: Path, other: Path, *, tolerance: int = 16) -> float:
    """The share of pixels, 0 to 1, whose colour differs by more than `tolerance` of 255; 1 where the sizes differ."""
    with Image.open(one) as first, Image.open(other) as second:
        if first.size != second.size:
            return 1.0
        difference = ImageChops.difference(first.convert("RGB"), second.convert("RGB")).convert("L")
    histogram = difference.histogram()
    return sum(histogram[tolerance + 1 :]) / sum(histogram)
