"""What somebody changed about a photo, as data: checked, and as small as it can be said.

The picture is turned, mirrored, straightened and cropped, in this order, then coloured.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from posts.imaging.presets import PRESETS

Box = tuple[float, float, float, float]

TURNS = (90, 180, 270)
# A horizon is seldom off by more; from there on it is a turn.
MAX_STRAIGHTEN = 15.0
# A twentieth of a phone's photo still fills a card.
LEAST_CROP = 0.05
WHOLE: Box = (0.0, 0.0, 1.0, 1.0)
CENTRE = (0.5, 0.5)
# Fractions are kept to four decimals: a pixel of ten thousand.
_PARTS = 10_000


class EditsError(Exception):
    """Not edits we know; `code` is "shape", "unknown", "value" or "crop", `key` the edit meant."""

    def __init__(self, code: str, key: str = "") -> None:
        super().__init__(f"{code} {key}".strip())
        self.code = code
        self.key = key


@dataclass(frozen=True)
class Edits:
    """The changes; each default means that nothing is changed."""

    rotate: int = 0
    flip: bool = False
    straighten: float = 0.0
    crop: Box = WHOLE
    brightness: int = 0
    contrast: int = 0
    saturation: int = 0
    warmth: int = 0
    filter: str = ""
    intensity: int = 100
    focal: tuple[float, float] = CENTRE

    @classmethod
    def from_json(cls, data: object) -> "Edits":
        """Edits from what a form or a row gave; raises EditsError, whatever was given."""
        if not isinstance(data, dict):
            raise EditsError("shape")
        values: dict[str, Any] = {}
        for key, value in data.items():
            if key not in _READERS:
                raise EditsError("unknown", str(key)[:40])
            values[key] = _READERS[key](key, value)
        # Without a filter it changes nothing, and edits of equal effect must be equal.
        if not values.get("filter"):
            values.pop("intensity", None)
        return cls(**values)

    def to_json(self) -> dict[str, Any]:
        """What from_json takes, without what changes nothing: {} for none, equal for equal."""
        said: dict[str, Any] = {}
        for key in _READERS:
            value = getattr(self, key)
            if value != getattr(_NONE, key):
                said[key] = list(value) if isinstance(value, tuple) else value
        return said

    @property
    def is_plain(self) -> bool:
        """Whether nothing is changed."""
        return self == _NONE

    @property
    def keeps_colours(self) -> bool:
        """Whether the pixels stay as they are, wherever they go."""
        return not (
            self.brightness or self.contrast or self.saturation or self.warmth or self.filter
        )

    def frame(self, width: int, height: int) -> tuple[int, int]:
        """The size in pixels that is cropped, of an upright picture of this size."""
        return (height, width) if self.rotate in (90, 270) else (width, height)

    def size_after(self, width: int, height: int) -> tuple[int, int]:
        """Width and height in pixels, at least 1, of an upright picture of this size, edited."""
        frame = self.frame(width, height)
        return (
            # Half up, like Math.round in the editor's script; Python's round() goes to even.
            max(1, math.floor(frame[0] * self.crop[2] + 0.5)),
            max(1, math.floor(frame[1] * self.crop[3] + 0.5)),
        )


def _whole(key: str, value: object, low: int, high: int) -> int:
    # bool is a kind of int to Python, and no number to people.
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise EditsError("value", key)
    return value


def _number(key: str, value: object, low: float, high: float) -> float:
    # The comparison also refuses what is no number (NaN) and what is endless.
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise EditsError("value", key)
    return float(value)


def _parts(key: str, value: object, count: int) -> list[int]:
    """So many fractions, in ten-thousandths."""
    if not isinstance(value, list | tuple) or len(value) != count:
        raise EditsError("value", key)
    return [math.floor(_number(key, one, 0.0, 1.0) * _PARTS + 0.5) for one in value]


def _rotate(key: str, value: object) -> int:
    if (turn := _whole(key, value, 0, 270)) not in (0, *TURNS):
        raise EditsError("value", key)
    return turn


def _flip(key: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise EditsError("value", key)
    return value


def _straighten(key: str, value: object) -> float:
    angle = _number(key, value, -MAX_STRAIGHTEN, MAX_STRAIGHTEN)
    # Adding zero makes 0.0 of -0.0.
    return math.floor(angle * 10 + 0.5) / 10 + 0.0


def _crop(key: str, value: object) -> Box:
    x, y, width, height = _parts(key, value, 4)
    least = LEAST_CROP * _PARTS
    # One part more is what rounding did to a crop that reaches the edge.
    if min(width, height) < least or max(x + width, y + height) > _PARTS + 1:
        raise EditsError("crop", key)
    width, height = min(width, _PARTS - x), min(height, _PARTS - y)
    return (x / _PARTS, y / _PARTS, width / _PARTS, height / _PARTS)


def _focal(key: str, value: object) -> tuple[float, float]:
    x, y = _parts(key, value, 2)
    return (x / _PARTS, y / _PARTS)


def _tone(key: str, value: object) -> int:
    return _whole(key, value, -100, 100)


def _filter(key: str, value: object) -> str:
    if not isinstance(value, str) or (value and value not in PRESETS):
        raise EditsError("value", key)
    return value


def _intensity(key: str, value: object) -> int:
    return _whole(key, value, 1, 100)


_READERS: dict[str, Callable[[str, object], Any]] = {
    "rotate": _rotate,
    "flip": _flip,
    "straighten": _straighten,
    "crop": _crop,
    "brightness": _tone,
    "contrast": _tone,
    "saturation": _tone,
    "warmth": _tone,
    "filter": _filter,
    "intensity": _intensity,
    "focal": _focal,
}
_NONE = Edits()
