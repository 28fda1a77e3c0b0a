"""The filters people choose from, as declared data; the editor's page hands them to its script.

A filter multiplies each pixel (red, green, blue, 0 to 255) with `matrix`, adds `offset`, and then
bends all channels by the line through `points`, which are pairs of before and after.
"""

from dataclasses import asdict, dataclass
from typing import Any

Row = tuple[float, float, float]


@dataclass(frozen=True)
class Preset:
    """One filter; `label` is plain English, made translatable where it is shown."""

    name: str
    label: str
    matrix: tuple[Row, Row, Row]
    offset: Row
    points: tuple[tuple[float, float], ...]


STRAIGHT = ((0.0, 0.0), (255.0, 255.0))

_ALL = (
    # Cleaner and a little brighter: lifts the middle, keeps whites white.
    Preset(
        "daylight",
        "Daylight",
        ((1.05, -0.02, -0.01), (-0.02, 1.04, 0.0), (-0.02, 0.0, 1.05)),
        (1.0, 1.0, 1.0),
        ((0.0, 0.0), (64.0, 69.0), (128.0, 138.0), (192.0, 201.0), (255.0, 255.0)),
    ),
    # The light of a late afternoon: warm in the lights, deep in the darks.
    Preset(
        "ember",
        "Ember",
        ((1.08, 0.02, -0.02), (0.01, 1.01, -0.01), (-0.01, 0.02, 0.88)),
        (3.0, 0.0, -2.0),
        ((0.0, 0.0), (64.0, 58.0), (128.0, 130.0), (192.0, 202.0), (255.0, 255.0)),
    ),
    # Sand: quiet colours, warm, soft darks.
    Preset(
        "dune",
        "Dune",
        ((0.92, 0.1, 0.01), (0.06, 0.91, 0.03), (0.06, 0.12, 0.74)),
        (6.0, 3.0, 2.0),
        ((0.0, 8.0), (64.0, 69.0), (128.0, 133.0), (192.0, 195.0), (255.0, 250.0)),
    ),
    # Airy and cool, with little contrast.
    Preset(
        "mist",
        "Mist",
        ((0.88, 0.07, 0.02), (0.04, 0.92, 0.02), (0.03, 0.07, 0.91)),
        (2.0, 5.0, 9.0),
        ((0.0, 14.0), (64.0, 76.0), (128.0, 140.0), (192.0, 201.0), (255.0, 252.0)),
    ),
    # Blue-green darks against skin and lamps that stay warm.
    Preset(
        "harbour",
        "Harbour",
        ((1.08, -0.03, -0.03), (0.0, 1.0, 0.02), (-0.06, 0.08, 0.98)),
        (-5.0, 1.0, 5.0),
        ((0.0, 2.0), (64.0, 58.0), (128.0, 129.0), (192.0, 203.0), (255.0, 254.0)),
    ),
    # An old print: darks that never become black, lights that never become white.
    Preset(
        "fade",
        "Fade",
        ((0.93, 0.07, 0.01), (0.04, 0.92, 0.04), (0.05, 0.09, 0.83)),
        (4.0, 2.0, 6.0),
        ((0.0, 22.0), (64.0, 76.0), (128.0, 133.0), (192.0, 190.0), (255.0, 240.0)),
    ),
    # Black and white by the eye's measure, with gentle contrast.
    Preset(
        "mono",
        "Mono",
        ((0.3, 0.59, 0.11), (0.3, 0.59, 0.11), (0.3, 0.59, 0.11)),
        (0.0, 0.0, 0.0),
        ((0.0, 0.0), (64.0, 60.0), (128.0, 131.0), (192.0, 198.0), (255.0, 255.0)),
    ),
    # Black and white as behind an orange glass: dark skies, light skin, hard contrast.
    Preset(
        "noir",
        "Noir",
        ((0.46, 0.5, 0.04), (0.46, 0.5, 0.04), (0.46, 0.5, 0.04)),
        (0.0, 0.0, 0.0),
        ((0.0, 0.0), (48.0, 30.0), (96.0, 88.0), (160.0, 175.0), (208.0, 228.0), (255.0, 255.0)),
    ),
)

PRESETS = {preset.name: preset for preset in _ALL}


def presets_json() -> list[dict[str, Any]]:
    """The filters in the order in which they are offered, for the editor's script."""
    return [asdict(preset) for preset in _ALL]
