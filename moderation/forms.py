"""The one form of moderation: why."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

MAX_REASON = 300


class ReasonForm(forms.Form):
    """A reason, required or not."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=MAX_REASON,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": MAX_REASON}),
        error_messages={
            "required": _("Say why, in a sentence. Nothing was changed yet."),
            "max_length": _(
                "Keep the reason to %(limit_value)d characters; it has %(show_value)d."
            ),
        },
    )

    def __init__(self, *args: Any, required: bool, help_text: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["reason"].required = required
        self.fields["reason"].help_text = help_text
