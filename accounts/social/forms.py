"""The form with which somebody is muted."""

from datetime import timedelta

from django import forms
from django.utils.translation import gettext_lazy as _


class MuteForm(forms.Form):
    """What of a person to mute, and for how long."""

    what = forms.ChoiceField(
        choices=[
            ("both", _("Posts and comments")),
            ("posts", _("Posts")),
            ("comments", _("Comments")),
        ]
    )
    days = forms.TypedChoiceField(
        coerce=lambda days: timedelta(days=int(days)),
        choices=[
            ("1", _("One day")),
            ("7", _("One week")),
            ("30", _("One month")),
            ("0", _("Until I undo it")),
        ],
    )
