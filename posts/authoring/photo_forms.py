"""Forms about one photo: its edits as fields, and as sentences when they can't be kept."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from posts.imaging.edits import Edits, EditsError
from posts.imaging.presets import PRESETS

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# The presets are declared where nothing is translated; their names are, here.
FILTER_LABELS: dict[str, str | Promise] = {
    "daylight": pgettext_lazy("filter", "Daylight"),
    "ember": pgettext_lazy("filter", "Ember"),
    "dune": pgettext_lazy("filter", "Dune"),
    "mist": pgettext_lazy("filter", "Mist"),
    "harbour": pgettext_lazy("filter", "Harbour"),
    "fade": pgettext_lazy("filter", "Fade"),
    "mono": pgettext_lazy("filter", "Mono"),
    "noir": pgettext_lazy("filter", "Noir"),
}
FILTERS = [("", pgettext_lazy("filter", "None"))] + [
    (name, FILTER_LABELS.get(name, preset.label)) for name, preset in PRESETS.items()
]
TURNS = [("0", _("Not rotated")), ("90", _("To the right")), ("180", _("Upside down"))]
TURNS += [("270", _("To the left"))]
TONES = ("brightness", "contrast", "saturation", "warmth")
CROP = ("crop_left", "crop_top", "crop_width", "crop_height")
FOCAL = ("focal_left", "focal_top")


def _slider(label: "_StrPromise", low: int, high: int, step: float = 1) -> Any:
    widget = forms.NumberInput(attrs={"type": "range", "min": low, "max": high, "step": step})
    kind = forms.IntegerField if step == 1 else forms.FloatField
    return kind(label=label, required=False, widget=widget)


def _percent(label: "_StrPromise") -> forms.FloatField:
    widget = forms.NumberInput(attrs={"min": 0, "max": 100, "step": 0.01, "inputmode": "decimal"})
    return forms.FloatField(label=label, required=False, widget=widget)


class EditsForm(forms.Form):
    """Every edit as a field that works without a script; crop and focal point in per cent.

    A field left out keeps its default: no change.
    """

    rotate = forms.TypedChoiceField(label=_("Rotate"), choices=TURNS, coerce=int, required=False)
    flip = forms.BooleanField(label=_("Mirrored"), required=False)
    straighten = _slider(_("Straighten"), -15, 15, 0.1)
    crop_left = _percent(_("From the left (%)"))
    crop_top = _percent(_("From the top (%)"))
    crop_width = _percent(_("Width (%)"))
    crop_height = _percent(_("Height (%)"))
    brightness = _slider(_("Brightness"), -100, 100)
    contrast = _slider(_("Contrast"), -100, 100)
    saturation = _slider(_("Saturation"), -100, 100)
    warmth = _slider(_("Warmth"), -100, 100)
    filter = forms.ChoiceField(
        label=_("Filter"), choices=FILTERS, widget=forms.RadioSelect, required=False
    )
    intensity = _slider(_("Intensity"), 1, 100)
    focal_left = _percent(_("From the left (%)"))
    focal_top = _percent(_("From the top (%)"))

    @property
    def tones(self) -> list[forms.BoundField]:
        """The sliders of light and colour."""
        return [self[name] for name in TONES]

    @property
    def crop(self) -> list[forms.BoundField]:
        """The four numbers of the crop."""
        return [self[name] for name in CROP]

    @property
    def focal(self) -> list[forms.BoundField]:
        """The two numbers of the focal point."""
        return [self[name] for name in FOCAL]

    def clean(self) -> dict[str, Any]:
        """The edits as `edits`; raises ValidationError for fields that are wrong together."""
        cleaned = super().clean() or {}
        if not self.errors:
            try:
                cleaned["edits"] = Edits.from_json(_said(cleaned))
            except EditsError as error:
                raise forms.ValidationError(sentence(error)) from error
        return cleaned


def initial(edits: Edits) -> dict[str, Any]:
    """What the form's fields show for some edits."""
    return {
        **{name: getattr(edits, name) for name in ("rotate", "flip", "straighten", *TONES)},
        "filter": edits.filter,
        "intensity": edits.intensity,
        **dict(zip(CROP, map(_hundredfold, edits.crop), strict=True)),
        **dict(zip(FOCAL, map(_hundredfold, edits.focal), strict=True)),
    }


def _said(cleaned: dict[str, Any]) -> dict[str, Any]:
    """The JSON behind the fields, without those that were left empty."""
    plain = ("rotate", "flip", "straighten", *TONES, "filter", "intensity")
    said = {name: cleaned[name] for name in plain if cleaned.get(name) not in (None, "")}
    defaults = {**dict(zip(CROP, (0, 0, 100, 100), strict=True)), **dict.fromkeys(FOCAL, 50)}
    for key, names in (("crop", CROP), ("focal", FOCAL)):
        given = [cleaned.get(name) for name in names]
        if any(value is not None for value in given):
            said[key] = [
                (defaults[name] if value is None else value) / 100
                for name, value in zip(names, given, strict=True)
            ]
    return said


def _hundredfold(fraction: float) -> float | int:
    value = round(fraction * 100, 2)
    return int(value) if value == int(value) else value


def sentence(error: EditsError) -> str:
    """What is wrong with edits, naming the field, for people."""
    if error.code == "shape":
        return str(_("We couldn’t read these edits. Nothing was changed; reload and try again."))
    if error.code == "unknown":
        return str(
            _("“%(field)s” isn’t an edit we know. Nothing was changed; reload and try again.")
            % {"field": error.key}
        )
    if error.code == "crop":
        return str(
            _(
                "The crop is too small or goes outside the photo. Nothing was changed; draw it"
                " again."
            )
        )
    return str(
        _("%(field)s has a value we can’t use. Nothing was changed; set it again.")
        % {"field": FIELD_LABELS.get(error.key, error.key)}
    )


FIELD_LABELS: dict[str, str | Promise] = {
    **{name: field.label or name for name, field in EditsForm.base_fields.items()},
    "crop": _("The crop"),
    "focal": _("The focal point"),
}
