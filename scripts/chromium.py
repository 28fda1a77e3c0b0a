"""Which Chromium draws the pages, for the tests and for the pictures in the README."""

import os
import shutil

# Debian's names of the program and of its package. The first one has nothing that draws windows,
# and takes two thirds of the other's time for a page.
PACKAGES = ("chromium-headless-shell", "chromium")


def chromium_path() -> str | None:
    """Return what CHROMIUM names, else the first one that is installed; None when there is none."""
    named = os.environ.get("CHROMIUM")
    return named if named else next(filter(None, map(shutil.which, PACKAGES)), None)
