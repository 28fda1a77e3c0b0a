"""App configuration of leaving."""

from django.apps import AppConfig


class LeavingConfig(AppConfig):
    name = "leaving"

    def ready(self) -> None:
        from accounts import usernames
        from leaving.departed_usernames import validate_not_departed

        # The rule is asked wherever a name is chosen; which names were left is known up here only.
        if validate_not_departed not in usernames.validators:
            usernames.validators.append(validate_not_departed)
