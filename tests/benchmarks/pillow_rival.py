"""A rival made of Pillow, for want of libvips and sharp: one request a line, as they take it."""

import json
import sys
import time
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps


def make(photo: Image.Image, folder: Path, spec: dict[str, Any]) -> None:
    """Write the rendition that a spec asks for."""
    if spec["height"]:
        made = ImageOps.fit(photo, (spec["width"], spec["height"]))
    else:
        made = photo.copy()
        made.thumbnail((spec["width"] or spec["edge"], spec["edge"] or photo.height))
    path = folder / f"{spec['name']}.{spec['format']}"
    made.save(path, quality=spec["quality"], method=0, compress_level=1)


def main() -> None:
    """Answer each request with the CPU seconds it took."""
    for line in sys.stdin:
        request, begun = json.loads(line), time.process_time()
        with Image.open(request["path"]) as photo:
            for spec in request["specs"]:
                make(photo, Path(request["folder"]), spec)
        sys.stdout.write(f"{time.process_time() - begun}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
