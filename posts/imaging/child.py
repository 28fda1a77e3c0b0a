"""The limited process in which decoders run: one request a line on stdin, answers on stdout.

It starts with no environment worth stealing, and limits itself before it reads a byte of any
picture. After a refusal or an error it ends, so that no decoder goes on from a bad state.
"""

import errno
import json
import os
import resource
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from posts.imaging.edits import Edits

CPU_SECONDS = 10
# Address space; a picture of 72 million pixels needs about half of it in real memory.
MEMORY_BYTES = 1_400_000_000
FILE_BYTES = 100_000_000


# The disk is full or the folder gone: our fault or nobody's, never the picture's.
NOT_THE_PICTURE = (
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EROFS,
    errno.EIO,
    errno.ENOENT,
    errno.EACCES,
)


def main() -> None:
    """Serve requests until stdin ends or one of them fails."""
    _limit_for_good()
    # Not at the top: the limits have to hold while the decoders are loaded, too.
    from posts.imaging import pixels
    from posts.imaging.structure import RefusedFileError

    answers = os.fdopen(os.dup(1), "w", buffering=1)
    # Whatever a decoder prints must not be taken for an answer.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)

    def answer(**fields: Any) -> None:
        answers.write(json.dumps(fields) + "\n")

    for line in sys.stdin:
        request = json.loads(line)
        _limit_cpu()
        try:
            answer(done=_done(request, lambda made: answer(made=asdict(made))))
        except RefusedFileError as error:
            answer(refused=str(error))
            return
        except pixels.TOO_HEAVY as error:
            answer(refused="too_heavy", detail=_named(error))
            return
        except (Exception, SystemExit, GeneratorExit) as error:  # noqa: BLE001  (decoders raise anything)
            answer(**_told(error))
            return


def _done(request: dict[str, Any], made: Callable[[Any], None]) -> dict[str, Any]:
    """What the last line says when the request went well."""
    from posts.imaging import pixels

    path = Path(request["path"])
    if request["do"] == "inspect":
        return asdict(pixels.inspect(path))
    folder, edits = Path(request["folder"]), Edits.from_json(request["edits"])
    return asdict(pixels.render(path, folder, request["wanted"], made, edits))


def _told(error: BaseException) -> dict[str, str]:
    """What the last line says after an error that has no reason of its own."""
    number = error.errno if isinstance(error, OSError) else None
    if number in NOT_THE_PICTURE:
        return {"lost": _named(error)}
    # The rendition grew past what we let a file be.
    reason = "too_heavy" if number == errno.EFBIG else "damaged"
    return {"refused": reason, "detail": _named(error)}


def _named(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:300]


def _limit_for_good() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


def _limit_cpu() -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + CPU_SECONDS
    # Soft only: a hard limit couldn't be raised for the next job, and SIGXCPU tells the reason.
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


if __name__ == "__main__":
    main()
