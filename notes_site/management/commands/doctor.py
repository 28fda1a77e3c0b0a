"""`manage.py doctor`: try every part of the site and say in words what is wrong."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from notes_site.doctor import CHECKS, Finding, examine

__all__ = ["CHECKS", "Command"]


class Command(BaseCommand):
    """Run every check, one line each; exit 1 when something is wrong."""

    help = "Check every part of the site and say what is wrong."

    def handle(self, **_options: Any) -> None:
        findings = examine()
        for finding in findings:
            self._write(finding)
        wrong = sum(finding.mark == "✗" for finding in findings)
        if wrong:
            raise CommandError(f"{wrong} of {len(CHECKS)} checks failed.")

    def _write(self, finding: Finding) -> None:
        styles = {"✓": self.style.SUCCESS, "!": self.style.WARNING, "✗": self.style.ERROR}
        style = styles[finding.mark]
        self.stdout.write(style(f"{finding.mark} {finding.name}: {finding.words}"))
