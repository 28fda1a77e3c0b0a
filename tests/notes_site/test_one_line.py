"""Texts of one line: what is kept of them, and that no form and no column has a way around it."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from django import forms
from django.apps import apps
from django.contrib import admin
from django.db import connection, models
from django.test import Client
from django.urls import get_resolver

from accounts.login.passkey_forms import AddPasskeyForm, SignUpPasskeyForm
from accounts.models import User
from accounts.social import lists
from accounts.social.lists import ListRefusedError
from notes_site.fields import OneLineField, OneLineInput
from notes_site.text import one_line
from posts.models import Collection

OURS = ("accounts", "posts", "feed", "moderation", "notifications", "leaving", "notes_site")
# What is no text of a person's: keys, states, codes, and names of a pattern of their own.
NAMED_BY_US = {"AddPasskeyForm", "SignUpPasskeyForm"}
CHECKED_OTHERWISE = {"accounts.User.username", "accounts.FormerUsername.username"}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Ada \t Lovelace ", "Ada Lovelace"),
        ("Ada\r\nBcc: all", "Ada Bcc: all"),
        ("a\u2028b\u2029c\x0bd\x0ce\x85f", "a b c d e f"),
        ("a\0b\x07c\x1bd\x7fe\x9f", "a b c d e"),
        ("evil\u202etxt.exe", "eviltxt.exe"),
        ("\u2066a\u2067b\u2068c\u2069\u202a\u202b\u202c\u202d\u061c\u200e\u200f", "abc"),
        ("a\u200bb\u2060c\ufeffd\u00ade\u034ff\u3164g\u115f", "abcdefg"),
        ("\u200b\u202e\u2066\ufeff\u3164\u2800\u00a0", ""),
        ("a\u00a0\u3000\u2003b", "a b"),
        ("e\u0301", "é"),
        ("a\u200cb\u200dc", "abc"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("न्\u200dयूज", "न्\u200dयूज"),
        ("അവന്\u200d", "അവന്\u200d"),
        (
            "👩\u200d👩\u200d👧 👍🏽 ❤\ufe0f 1\ufe0f\u20e3",
            "👩\u200d👩\u200d👧 👍🏽 ❤\ufe0f 1\ufe0f\u20e3",
        ),
        ("🏳\ufe0f\u200d🌈🇩🇪", "🏳\ufe0f\u200d🌈🇩🇪"),
        ("a\ufe0fb\U000e0041c\ufff9d\U000e0001", "abcd"),
        ("🏴\U000e0067\U000e0062\U000e007f", "🏴\U000e0067\U000e0062\U000e007f"),
        # Letters of flags that nobody sees: as a name, after a name, after a flag's last one.
        ("".join(map(chr, range(0xE0041, 0xE005B))), ""),
        ("Ada" + "".join(map(chr, range(0xE0061, 0xE007B))), "Ada"),
        (
            "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f" + "\U000e0041" * 30,
            "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        ),
        ("\u180b" * 5, ""),
        ("ᠠ\u180b\u180c\u180d", "ᠠ\u180b"),
        ("辻\U000e0100 x\U000e0100", "辻\U000e0100 x"),
        ("שלום ab עולם", "שלום ab עולם"),
        ("क\u200d\ufe0f\u202e\u200d", "क"),
    ],
)
def test_what_is_kept(typed: str, kept: str) -> None:
    assert one_line(typed) == kept
    assert one_line(kept) == kept


def form_classes(of: type[forms.BaseForm]) -> Iterator[type[forms.BaseForm]]:
    """Every form of ours, those that Django makes for the admin included."""
    for each in of.__subclasses__():
        if each.__module__.partition(".")[0] in OURS:
            yield each
        yield from form_classes(each)


def is_one_line(field: forms.Field) -> bool:
    """Whether a person types a line of words into it."""
    if not isinstance(field, forms.CharField) or isinstance(field, forms.EmailField):
        return False
    return not isinstance(field.widget, forms.Textarea | forms.PasswordInput | forms.HiddenInput)


def test_every_field_of_a_form_is_cleaned(rf: Any, moderator: User) -> None:
    # The forms of a page are there once the page is.
    assert get_resolver().url_patterns
    request = rf.get("/")
    request.user = moderator
    admins = [
        each.get_form(request)
        for each in admin.site._registry.values()
        if each.has_change_permission(request)
    ]
    found = {
        (made.__name__, name): field
        for made in {*form_classes(forms.BaseForm), *admins}
        for name, field in getattr(made, "base_fields", {}).items()
        # A passkey of an unseen name gets another: the device keeps it already.
        if is_one_line(field)
        and made.__name__ not in NAMED_BY_US
        and f"accounts.User.{name}" not in CHECKED_OTHERWISE
    }
    assert len(found) >= 8
    assert [key for key, field in found.items() if not isinstance(field, OneLineInput)] == []


def test_every_column_that_a_person_fills_is_cleaned() -> None:
    """Those of a form, and the names that come another way."""
    columns = {
        f"{model._meta.label}.{field.name}": field
        for model in apps.get_models()
        if model._meta.app_label in OURS
        for field in model._meta.get_fields()
        if isinstance(field, models.CharField)
    }
    cleaned = {name for name, field in columns.items() if isinstance(field, OneLineField)}
    assert cleaned >= {
        "accounts.User.display_name",
        "accounts.User.pronouns",
        "accounts.PeopleList.name",
        "accounts.Invite.note",
        "accounts.BlockedDomain.note",
        "posts.Collection.name",
        "posts.Post.title",
        "posts.Upload.name",
        "notes_site.SiteSettings.name",
    }


@pytest.mark.django_db
def test_a_name_is_kept_clean_by_every_way(owner: User) -> None:
    dirty, clean = "\u202eAda\r\n\u200bL.", "Ada L."
    owner.display_name = dirty
    owner.save(update_fields=["display_name"])
    assert owner.display_name == clean
    User.objects.filter(pk=owner.pk).update(pronouns=dirty)
    owner.refresh_from_db()
    assert (owner.display_name, owner.pronouns) == (clean, clean)
    assert lists.create(owner=owner, name=dirty).name == clean
    (made,) = Collection.objects.bulk_create([Collection(owner=owner, name=dirty)])
    assert Collection.objects.get(name=dirty).pk == made.pk
    with pytest.raises(ListRefusedError):
        lists.create(owner=owner, name="\u202e\u200b")


@pytest.mark.django_db
def test_a_profile_says_what_is_wrong_with_a_name(client: Client, owner: User) -> None:
    client.force_login(owner)
    page = client.post("/settings/profile/", {"display_name": "\u200b\u202e\u3164"})
    assert page.status_code == 422
    assert "Nothing you typed is visible." in page.content.decode()
    labels = {"link_label": "My\r\n\u202esite\u200b", "link_url": "https://example.org/\u202ea"}
    answer = client.post("/settings/profile/", {"display_name": "A\u202eda\nL.", **labels})
    assert answer.status_code in (302, 303)
    owner.refresh_from_db()
    assert owner.display_name == "Ada L."
    assert owner.links == [{"label": "My site", "url": "https://example.org/a"}]


@pytest.mark.django_db
def test_an_upgrade_cleans_the_names_there_are(owner: User, stranger: User) -> None:
    with connection.cursor() as cursor:
        # As it was kept before there was a field that cleans.
        cursor.execute(
            "UPDATE accounts_user SET display_name = %s, pronouns = %s WHERE id = %s",
            ["A\u202eda\r\nL.", "\u200b", owner.pk],
        )
    import_module("accounts.migrations.0007_names_of_one_line").clean(apps, None)
    owner.refresh_from_db()
    stranger.refresh_from_db()
    assert (owner.display_name, owner.pronouns) == ("Ada L.", "")
    assert stranger.display_name == ""


@pytest.mark.parametrize("form", [AddPasskeyForm, SignUpPasskeyForm])
@pytest.mark.django_db
def test_a_passkey_has_a_name_that_can_be_seen(owner: User, form: Any) -> None:
    for typed, kept in (("My\u202e\r\nphone", "My phone"), ("\u200b\u202e", "My passkey")):
        made = form({"name": typed, "credential": "{}"}, user=owner)
        made.cleaned_data = {"name": typed}
        assert made.clean_name() == kept
