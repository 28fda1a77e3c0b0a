"""The limited process in which decoders run: one request a line on stdin, answers on stdout.

It starts with no environment worth stealing, and limits itself before it reads a byte of any
picture. After a refusal or an error it ends, so that no decoder goes on from a bad state.
"""

import json
import os
import resource
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

CPU_SECONDS = 10
# Address space; a picture of 64 million pixels needs about half of it in real memory.
MEMORY_BYTES = 1_400_000_000
FILE_BYTES = 100_000_000


def main() -> None:
    """Serve requests until stdin ends or one of them fails."""
    _limit_for_good()
    from posts.pipeline import pixels
    from posts.pipeline.edits import Edits
    from posts.pipeline.structure import RefusedFileError

    answers = os.fdopen(os.dup(1), "w", buffering=1)
    # Whatever a decoder prints must not be taken for an answer.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)

    def answer(**fields: Any) -> None:
        answers.write(json.dumps(fields) + "\n")

    for line in sys.stdin:
        request = json.loads(line)
        _limit_cpu()
        try:
            if request["do"] == "inspect":
                answer(done=asdict(pixels.inspect(Path(request["path"]))))
            else:
                rendered = pixels.render(
                    Path(request["path"]),
                    Path(request["folder"]),
                    request["wanted"],
                    lambda made: answer(made=asdict(made)),
                    Edits.from_json(request.get("edits", {})),
                )
                answer(done=asdict(rendered))
        except RefusedFileError as error:
            answer(refused=str(error))
            return
        except MemoryError:
            answer(refused="too_heavy")
            return
        except Exception as error:  # noqa: BLE001  (decoders raise anything at all)
            answer(refused="damaged", detail=f"{type(error).__name__}: {error}"[:300])
            return


def _limit_for_good() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


def _limit_cpu() -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + CPU_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


if __name__ == "__main__":
    main()
