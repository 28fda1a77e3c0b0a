"""The forms of moderation: why, and what is wrong."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from moderation.models import Report

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


class ReportForm(forms.ModelForm):  # type: ignore[type-arg]
    """What is wrong, and in the member's words."""

    # Written out: that of the model begins with an empty choice, chosen.
    category = forms.ChoiceField(
        choices=Report.Category.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what is wrong.")},
    )

    class Meta:
        model = Report
        fields = ("category", "words")
        widgets: ClassVar = {"words": forms.Textarea(attrs={"rows": 4})}
