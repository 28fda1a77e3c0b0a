"""What a photo's file tells, and what of it its author lets others see."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# What may be ticked, in the order in which it is shown, and the key of the metadata it shows.
SHOWABLE: dict[str, tuple[str, Promise]] = {
    "camera": ("camera", _("Camera")),
    "lens": ("lens", _("Lens")),
    "exposure": ("exposure", _("Exposure")),
    "time": ("taken_at", _("Taken")),
}


def chosen(metadata: Mapping[str, Any], shown: Iterable[str]) -> list[tuple[str, str]]:
    """The ticked details that the file has, as (label, value); never its place."""
    ticked = set(shown)
    return [
        (str(label), _readable(name, str(metadata[key])))
        for name, (key, label) in SHOWABLE.items()
        if name in ticked and metadata.get(key)
    ]


def offered(metadata: Mapping[str, Any], shown: Iterable[str]) -> list[tuple[str, str, str, bool]]:
    """What the author may tick: (name, label, value, whether it is ticked)."""
    ticked = set(shown)
    return [
        (name, str(label), _readable(name, str(metadata[key])), name in ticked)
        for name, (key, label) in SHOWABLE.items()
        if metadata.get(key)
    ]


def value_of(metadata: Mapping[str, Any], name: str) -> str:
    """What the file tells of one detail, as it would be shown; '' when it tells nothing of it."""
    value = metadata.get(SHOWABLE[name][0])
    return _readable(name, str(value)) if value else ""


def _readable(name: str, value: str) -> str:
    if name != "time":
        return value
    return date_format(datetime.fromisoformat(value), "DATETIME_FORMAT")
