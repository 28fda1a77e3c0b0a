"""Forms about comments."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from posts.models import Comment
from posts.text.fields import WordsField


class CommentForm(forms.ModelForm):  # type: ignore[type-arg]
    """The words of a comment."""

    class Meta:
        model = Comment
        fields = ("text",)
        field_classes = {"text": WordsField}
        error_messages = {
            "text": {
                "required": _("Write something first."),
                "max_length": _(
                    "A comment can have up to %(limit_value)d characters; this one has"
                    " %(show_value)d."
                ),
            }
        }


class CommentRulesForm(forms.ModelForm):  # type: ignore[type-arg]
    """Who may comment, and what waits for the author of the post first."""

    class Meta:
        model = User
        fields = ("comments_by", "approves_comments", "filtered_words")
        field_classes = {"filtered_words": WordsField}
        error_messages = {
            "filtered_words": {
                "max_length": _(
                    "The list can have up to %(limit_value)d characters; this one has"
                    " %(show_value)d. Shorten it; nothing has been saved yet."
                )
            }
        }
