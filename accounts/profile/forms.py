"""Forms in which a person says who they are, what they are called, and who may see what."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.validators import URLValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.profile.changing import MAX_LINKS, Link
from accounts.usernames import validators
from notes_site.fields import OneLineInput
from notes_site.text import one_line

LONGEST_LABEL = 40
LONGEST_ADDRESS = 200
# What else could pass for an address runs code or opens nothing.
SCHEMES = ("https", "http")
_is_address = URLValidator(schemes=SCHEMES)


class LinkRow:
    """One row of the form: what was typed in it, and what is wrong with it, '' for nothing."""

    def __init__(self, label: str = "", url: str = "") -> None:
        self.label = label
        self.url = url
        self.problem = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed; a label alone is something."""
        return not (self.label.strip() or self.url.strip())

    def checked(self) -> Link | None:
        """The row as a link; None when it is empty, or has a `problem` from now on."""
        if self.is_empty:
            return None
        label, url = one_line(self.label), _with_scheme(one_line(self.url))
        self.problem = _problem(label, url)
        return None if self.problem else {"label": label, "url": url}


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    """A person's name, pronouns, words about themself, and up to five links."""

    class Meta:
        model = User
        fields = ("display_name", "pronouns", "bio")
        widgets = {"bio": forms.Textarea(attrs={"rows": 4})}
        labels = {"bio": gettext_lazy("About you")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A form that says nothing of links leaves them as they are.
        self.rows = _typed(self.data) if "link_url" in self.data else _kept(self.instance.links)
        self.rows += [LinkRow() for _each in range(MAX_LINKS - len(self.rows))]

    def clean(self) -> dict[str, Any]:
        """The typed rows as `links`; each bad one has its sentence beside it."""
        data = super().clean() or {}
        links = [link for link in (row.checked() for row in self.rows) if link]
        if any(row.problem for row in self.rows):
            self.add_error(None, _("One of your links can’t be saved. Nothing has been saved yet."))
        elif len(links) > MAX_LINKS:
            sentence = _(
                "A profile can have up to %(most)d links. Remove some; nothing has been saved yet."
            )
            self.add_error(None, sentence % {"most": MAX_LINKS})
        return data | {"links": links}


class PrivacyForm(forms.ModelForm):  # type: ignore[type-arg]
    """Who may see what a person shows, and what a person would rather not see."""

    class Meta:
        model = User
        fields = ("is_private", "shows_likes", "hides_like_counts")


class UsernameForm(forms.Form):
    """Another username."""

    username = OneLineInput(
        label=gettext_lazy("New username"),
        min_length=3,
        max_length=30,
        validators=validators,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )

    def clean_username(self) -> str:
        """In small letters, as all names are kept."""
        return str(self.cleaned_data["username"]).lower()


def _typed(data: Any) -> list[LinkRow]:
    labels, urls = data.getlist("link_label"), data.getlist("link_url")
    labels += [""] * (len(urls) - len(labels))
    rows = [LinkRow(label, url) for label, url in zip(labels, urls, strict=False)]
    # However many a program sends, only one too many is needed to say so.
    return [row for row in rows if not row.is_empty][: MAX_LINKS + 1]


def _kept(links: Sequence[Link]) -> list[LinkRow]:
    return [LinkRow(link["label"], link["url"]) for link in links[:MAX_LINKS]]


def _with_scheme(url: str) -> str:
    """People leave it out, and mean the safe one."""
    # The query is left out, since it may contain an address of its own.
    return url if not url or "://" in url.partition("?")[0] else f"https://{url}"


def _problem(label: str, url: str) -> str:
    """What is wrong with a link, as a sentence that says what to do; '' when it is good."""
    if not url:
        return _("The address is missing. Enter it, or clear the row.")
    if "\0" in label + url or len(label) > LONGEST_LABEL:
        return _("A link’s name can have up to %(most)d characters.") % {"most": LONGEST_LABEL}
    if len(url) > LONGEST_ADDRESS:
        sentence = _("An address can have up to %(most)d characters. Use a shorter one.")
        return sentence % {"most": LONGEST_ADDRESS}
    try:
        _is_address(url)
        parts = urlsplit(url)
    except (forms.ValidationError, ValueError):
        return _(
            "This isn’t a web address we can link to. It should look like https://example.org."
        )
    if parts.username is not None:
        return _("Leave out the part before the @: a link shouldn’t contain a password.")
    return ""
