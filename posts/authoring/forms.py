"""The form of a post, and the alt texts of its photos."""

from datetime import MAXYEAR, MINYEAR, datetime
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.models.user import CommentsBy
from notes_site.fields import OneLineInput
from notes_site.ids import encode
from posts import limits
from posts.authoring.contents import PostFields
from posts.models import Post
from posts.text.fields import WordsField, plain_line_breaks


class PostForm(forms.ModelForm):  # type: ignore[type-arg]
    """What is said in a post, who may see it, and who may answer."""

    audience = forms.ChoiceField(
        label=_("Who can see it"),
        choices=Post.Audience.choices,
        initial=Post.Audience.PUBLIC,
        required=False,
        error_messages={
            "invalid_choice": _("That audience isn’t available. Choose one of those offered.")
        },
    )
    comments_by = forms.ChoiceField(
        label=_("Who can comment"),
        choices=CommentsBy.choices,
        required=False,
        error_messages={
            "invalid_choice": _("That choice isn’t available. Choose again who can comment.")
        },
    )
    licence = forms.ChoiceField(
        label=_("How others can use it"), choices=Post.Licence.choices, required=False
    )
    publish_at = forms.DateTimeField(
        label=_("Publish at"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        error_messages={
            "invalid": _("We couldn’t read that time. Choose the date and time again.")
        },
    )
    # The state of the post that this form was made from; '' for none.
    revision = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput())

    class Meta:
        model = Post
        fields = (
            "title",
            "caption",
            "audience",
            "comments_by",
            "hides_like_count",
            "licence",
            "made_with_ai",
            "is_paid",
        )
        field_classes = {"caption": WordsField}
        widgets = {"caption": forms.Textarea(attrs={"rows": 6})}
        error_messages = {
            "title": {
                "max_length": _(
                    "A title can have up to %(limit_value)d characters; this one has"
                    " %(show_value)d. Shorten it; nothing was lost."
                )
            },
            "caption": {
                "max_length": _(
                    "A caption can have up to %(limit_value)d characters; this one has"
                    " %(show_value)d. Shorten it; nothing was lost."
                )
            },
        }

    def __init__(self, *arguments: Any, author: User, **options: Any) -> None:
        """A form of a post that `author` writes, or of the `instance` that they change."""
        super().__init__(*arguments, **options)
        self.fields["list"] = OneLineInput(required=False)
        self.lists = {made.code: made for made in author.people_lists.order_by("name")}
        if self.instance._state.adding:
            self.instance.comments_by = self.initial["comments_by"] = author.comments_by
        elif self.instance.people_list_id:
            self.initial["list"] = encode(self.instance.people_list_id)

    def clean_audience(self) -> str:
        """A form without the field changes nothing; a new post is for everyone."""
        return str(self.cleaned_data["audience"] or self.instance.audience)

    def clean_comments_by(self) -> str:
        """A form without the field changes nothing; a new post is as its author likes it best."""
        return str(self.cleaned_data["comments_by"] or self.instance.comments_by)

    def clean(self) -> dict[str, Any]:
        """The list chosen is one of the author's own; it counts only for its audience."""
        data = super().clean() or {}
        if data.get("audience") != Post.Audience.LIST:
            return data | {"people_list": None}
        # A form without the field changes nothing, as with the audience.
        code = data.get("list") or ("" if "list" in self.data else self.initial.get("list", ""))
        if code and code not in self.lists:
            self.add_error("list", _("This list no longer exists. Choose another one."))
        return data | {"people_list": self.lists.get(code)}

    def clean_publish_at(self) -> datetime | None:
        """The time chosen; raises ValidationError for one in the first or the last year there is.

        It may be none any more in another zone.
        """
        chosen: datetime | None = self.cleaned_data["publish_at"]
        if chosen is not None and not MINYEAR < chosen.year < MAXYEAR:
            field = self.fields["publish_at"]
            raise forms.ValidationError(field.error_messages["invalid"], code="invalid")
        return chosen

    def words(self) -> PostFields:
        """What a valid form says of the post."""
        names = (*self.Meta.fields, "people_list")
        return cast(PostFields, {name: self.cleaned_data[name] for name in names})

    def require_list(self) -> None:
        """For what others are to see: add an error when a list is the audience, and none chosen."""
        if self.errors.get("list") or self.cleaned_data.get("audience") != Post.Audience.LIST:
            return
        if self.cleaned_data["people_list"] is None:
            sentence = _("Choose which of your lists can see it. Nothing was lost.")
            self.add_error("list", sentence)

    def require_time(self) -> None:
        """For scheduling: add an error unless the time chosen lies ahead, and not too far."""
        chosen, now = self.cleaned_data.get("publish_at"), timezone.now()
        if self.errors.get("publish_at"):
            return
        if chosen is None:
            self.add_error("publish_at", _("Choose when it should appear."))
        elif chosen <= now:
            sentence = _("This time has passed. Choose a later one, or publish it now.")
            self.add_error("publish_at", sentence)
        elif chosen > now + limits.SCHEDULED_AHEAD:
            self.add_error("publish_at", _("Choose a time within the next year."))


def typed_alt_texts(data: QueryDict) -> list[str]:
    """The alt texts of a form, in the order of its photos."""
    return [plain_line_breaks(text) for text in data.getlist("alt_text")]


def alt_text_problem(alt_texts: list[str]) -> str:
    """A sentence when one of the alt texts can't be kept as it is, else ''."""
    for number, text in enumerate(alt_texts, start=1):
        if "\0" in text:
            return str(
                _("The alt text of photo %(number)d contains a character that can’t be saved.")
                % {"number": number}
            )
        if len(text) > limits.MAX_ALT_TEXT:
            return str(
                _(
                    "The alt text of photo %(number)d has %(length)d characters; the limit is"
                    " %(most)d."
                )
                % {"number": number, "length": len(text), "most": limits.MAX_ALT_TEXT}
            )
    return ""
