"""Fields for texts of several lines."""

from django import forms


def plain_line_breaks(text: str) -> str:
    """The text with a line break as one character, as the browser counted it."""
    return text.replace("\r\n", "\n")


class WordsField(forms.CharField):
    """A text of several lines; a line break counts as one character, as it does in the browser."""

    widget = forms.Textarea

    def to_python(self, value: str | None) -> str:
        """The text with plain line breaks."""
        return plain_line_breaks(super().to_python(value) or "")
