"""The form of how one wants to hear."""

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.forms import BoundField
from django.forms.utils import flatatt
from django.utils.functional import lazy
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from notifications.kinds import ALWAYS_ON_PAGE, FOR_MODERATORS, Kind
from notifications.models import Preferences


# They are names of files: some hundred directories a look.
@cache
def _names() -> tuple[str, ...]:
    names = (name for name in available_timezones() if "/" in name and name[:4] != "Etc/")
    return tuple(sorted(names))


def _zones() -> list[tuple[str, str]]:
    plain = [(name, name.replace("_", " ")) for name in _names()]
    return [("", str(gettext_lazy("UTC"))), *plain]


class LongSelect(forms.Select):
    """A choice of hundreds: a template for each of them would take a tenth of a second."""

    def render(
        self,
        name: str,
        value: Any,
        attrs: dict[str, Any] | None = None,
        renderer: Any = None,
    ) -> SafeString:
        chosen = str(value or "")
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            ((key, " selected" if key == chosen else "", label) for key, label in self.choices),
        )
        attributes = flatatt({"name": name, **self.build_attrs(self.attrs, attrs)})
        return format_html("<select{}>{}</select>", attributes, options)


class PreferencesForm(forms.Form):
    """A switch for each kind on the page and by email, then when email may come."""

    on_page = forms.MultipleChoiceField(choices=Kind.choices, required=False)
    by_mail = forms.MultipleChoiceField(choices=Kind.choices, required=False)
    rhythm = forms.ChoiceField(
        label=gettext_lazy("When to email me"),
        choices=Preferences.Rhythm.choices,
        widget=forms.RadioSelect,
    )
    quiet_from = forms.TimeField(
        label=gettext_lazy("From"),
        required=False,
        widget=forms.TimeInput({"type": "time"}, "%H:%M"),
    )
    quiet_to = forms.TimeField(
        label=gettext_lazy("To"), required=False, widget=forms.TimeInput({"type": "time"}, "%H:%M")
    )
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        choices=lazy(_zones, list),
        required=False,
        widget=LongSelect({"data-time-zone": ""}),
    )

    def __init__(
        self, *arguments: Any, person: User, preferences: Preferences, **options: Any
    ) -> None:
        options["initial"] = {
            "on_page": [kind for kind in Kind if preferences.on_page(kind)],
            "by_mail": preferences.mail_on,
            "rhythm": preferences.rhythm,
            "quiet_from": preferences.quiet_from,
            "quiet_to": preferences.quiet_to,
            "time_zone": preferences.time_zone,
        }
        super().__init__(*arguments, **options)
        self.preferences = preferences
        moderates = person.is_moderator
        self.kinds = [kind for kind in Kind if moderates or kind not in FOR_MODERATORS]

    def clean(self) -> dict[str, Any]:
        """Quiet hours have a beginning and an end, or neither; switches not shown stay."""
        cleaned = super().clean() or self.cleaned_data
        kept = {"on_page": self.preferences.on_page, "by_mail": self.preferences.by_mail}
        for place, is_on in kept.items():
            shown = [kind for kind in cleaned.get(place, []) if kind in self.kinds]
            unseen = [kind for kind in Kind if kind not in self.kinds and is_on(kind)]
            cleaned[place] = shown + unseen
        if (cleaned.get("quiet_from") is None) != (cleaned.get("quiet_to") is None):
            missing = "quiet_to" if cleaned.get("quiet_to") is None else "quiet_from"
            if missing not in self.errors:
                self.add_error(
                    missing, _("Enter both times, or leave both empty for no quiet hours.")
                )
        return cleaned

    def switches(self) -> list[dict[str, Any]]:
        """A row for each kind: its name, and whether it is on in either place."""
        on_page, by_mail = self._chosen(self["on_page"]), self._chosen(self["by_mail"])
        return [
            {
                "kind": kind.value,
                "label": kind.label,
                "on_page": kind in on_page or kind in ALWAYS_ON_PAGE,
                "by_mail": kind in by_mail,
                "always": kind in ALWAYS_ON_PAGE,
            }
            for kind in self.kinds
        ]

    def _chosen(self, field: BoundField) -> list[str]:
        return list(field.value() or [])
