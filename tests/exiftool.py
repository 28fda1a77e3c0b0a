"""What exiftool finds in files, and which of it says more than a bare picture must."""

import json
import subprocess
from pathlib import Path
from typing import Any

# What exiftool says of a file without metadata: its container and nothing else.
PLAIN_GROUPS = {"ExifTool", "System", "File", "RIFF", "JFIF", "Composite"}
PLAIN_RIFF = {"ImageWidth", "ImageHeight", "WebP_Flags", "AlphaFilter", "AlphaPreprocessing"}
PLAIN_RIFF |= {
    "AlphaCompression",
    "AlphaFiltering",
    "VP8Version",
    "HorizontalScale",
    "VerticalScale",
}


def told_by_exiftool(folder: Path) -> list[dict[str, Any]]:
    """Every tag of every file of a folder, named Group:Tag."""
    command = ["exiftool", "-json", "-a", "-u", "-G0:1", "-ee", str(folder)]
    done = subprocess.run(command, capture_output=True, check=True)
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def telling(tags: dict[str, Any]) -> list[str]:
    """The tags that say more than what a plain file of its kind must."""
    found = []
    for name in tags:
        *groups, tag = name.split(":")
        if name == "SourceFile":
            continue
        plain = groups[0] in PLAIN_GROUPS and tag != "Comment"
        if not plain or (groups[0] == "RIFF" and tag not in PLAIN_RIFF):
            found.append(name)
    return found
