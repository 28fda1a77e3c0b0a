"""Every row that names a person is in their download and goes with them, or says why not."""

from collections.abc import Iterator, Mapping

import pytest
from django.apps import apps

from accounts.models import User
from leaving import contents, erasing_steps, receipts


def columns_that_name_people() -> set[str]:
    """Every foreign key to a person, as "app.Model.column"."""
    return {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.get_fields()
        if field.is_relation and not field.auto_created and field.related_model is User
    }


def joined(columns: Iterator[tuple[str, ...]], left_out: Mapping[str, str]) -> set[str]:
    return {each for some in columns for each in some} | set(left_out)


NOBODY_WRITES = {"accounts.User_groups.user", "accounts.User_user_permissions.user"}


@pytest.mark.parametrize(
    ("where", "known", "what_to_do"),
    [
        (
            "leaving/contents.py",
            joined((kind.columns for kind in contents.FILES), contents.LEFT_OUT),
            "write a row function and name the column in FILES, or say why not in LEFT_OUT",
        ),
        (
            "leaving/erasing_steps.py",
            joined((step.columns for step in erasing_steps.STEPS), erasing_steps.LEFT_TO_THE_ROW),
            "name the column in a step (`_plain` where nothing counts its rows), or say in "
            "LEFT_TO_THE_ROW why the deletion of the person's row is enough",
        ),
    ],
)
def test_each_column_that_names_a_person_is_thought_of(
    where: str, known: set[str], what_to_do: str
) -> None:
    forgotten = sorted(columns_that_name_people() - NOBODY_WRITES - known)
    assert forgotten == [], f"{where} does not know {forgotten}: {what_to_do}"


def test_no_list_names_a_column_that_is_gone() -> None:
    there = columns_that_name_people() | {"accounts.User.groups", "accounts.User.user_permissions"}
    named = joined((kind.columns for kind in contents.FILES), contents.LEFT_OUT)
    named |= joined((step.columns for step in erasing_steps.STEPS), erasing_steps.LEFT_TO_THE_ROW)
    assert named - there == set()


def test_every_step_has_a_name_on_the_receipt() -> None:
    silent = {"post_rows"}
    assert {step.name for step in erasing_steps.STEPS} - silent == set(receipts.NAMES)
