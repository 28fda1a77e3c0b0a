"""The fonts that pages are tried with: two of our own, whatever the machine has."""

import os
from pathlib import Path
from xml.sax.saxutils import escape

FOLDER = Path(__file__).parent / "fonts"
# The family that each of them gives for every font a page asks for, the monospaced one apart.
FAMILIES = {"wide": ("DejaVu Sans", "DejaVu Sans Mono"), "narrow": ("Roboto Condensed",) * 2}
_CONFIGURATION = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir>{folder}</dir>
  <cachedir>{cache}</cachedir>
  {generic}
  <match target="pattern">
    <edit name="family" mode="append_last"><string>{family}</string></edit>
  </match>
</fontconfig>
"""
_GENERIC = """<match target="pattern">
    <test name="family"><string>{asked}</string></test>
    <edit name="family" mode="assign" binding="strong"><string>{family}</string></edit>
  </match>"""


def environment(width: str, folder: Path) -> dict[str, str]:
    """What a Chromium is started with to know only the `wide` or only the `narrow` font.

    `folder` is where the fontconfig file and its cache are kept.
    """
    family, monospaced = FAMILIES[width]
    generic = [("sans-serif", family), ("serif", family), ("system-ui", family)]
    rules = [
        _GENERIC.format(asked=asked, family=given)
        for asked, given in [*generic, ("monospace", monospaced)]
    ]
    path = folder / f"{width}.conf"
    path.write_text(
        _CONFIGURATION.format(
            folder=escape(str(FOLDER / width)),
            cache=escape(str(folder / "cache")),
            generic="\n  ".join(rules),
            family=family,
        )
    )
    return {**os.environ, "FONTCONFIG_FILE": str(path)}
