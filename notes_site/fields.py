"""Fields for texts of one line: names, titles, notes. What they take is cleaned in one place."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from notes_site.text import one_line

if TYPE_CHECKING:
    from django.db.models.expressions import Combinable

    _Column = models.CharField[str | int | Combinable, str]
else:
    _Column = models.CharField


class OneLineInput(forms.CharField):
    """A text of one line, as `one_line` cleans it; one of which nothing is seen is refused."""

    default_error_messages = {
        "unseen": _("Nothing you typed is visible. Use letters, digits or an emoji.")
    }

    def to_python(self, value: Any) -> str:
        """The clean line. Raises ValidationError where something was typed and nothing is left."""
        typed = super().to_python(value) or ""
        # A NUL is refused with its own sentence, by a validator of the field.
        line = typed if "\0" in typed else one_line(typed)
        if typed and not line:
            raise forms.ValidationError(self.error_messages["unseen"], code="unseen")
        return line


class OneLineField(_Column):
    """A column for a text of one line; whoever writes it, it is kept as `one_line` cleans it."""

    def deconstruct(self) -> Any:
        """As a column of Django's: to the database it is one."""
        name, _path, arguments, options = super().deconstruct()
        return name, "django.db.models.CharField", arguments, options

    def formfield(self, **options: Any) -> Any:
        """The field of a form that cleans it too."""
        return super().formfield(**{"form_class": OneLineInput, **options})

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """The value as it is kept, on the row at hand too."""
        value = self.get_prep_value(super().pre_save(model_instance, add))
        if isinstance(value, str):
            setattr(model_instance, self.attname, value)
        return value

    def get_prep_value(self, value: Any) -> Any:
        """The value as it is written and looked for."""
        prepared = super().get_prep_value(value)
        return one_line(prepared) if isinstance(prepared, str) else prepared
