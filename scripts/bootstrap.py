"""Build `.venv` and install a requirements file into it, again only when one of them changes.

    python3 scripts/bootstrap.py run|dev|bench

Any Python 3 must be able to read this file, so that an old one gets a sentence and no traceback.
"""

import hashlib
import importlib.util
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
FILES = {"run": ["requirements.txt"]}
FILES["dev"] = FILES["run"] + ["requirements-dev.txt"]
FILES["bench"] = FILES["dev"] + ["benchmarks/requirements.txt"]


def stop(sentence: str) -> None:
    """Write the sentence and end with exit code 1."""
    sys.stderr.write(sentence + "\n")
    sys.exit(1)


def check_python() -> None:
    """Stop when this Python is too old or can't make virtual environments."""
    version = ".".join(map(str, sys.version_info[:2]))
    if sys.version_info < (3, 11):  # noqa: UP036
        stop(
            f"This needs Python 3.11 or newer, and {sys.executable} is {version}: install a newer "
            "one, or name it with PYTHON=/path/to/python3.11."
        )
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        stop(
            f"{sys.executable} lacks venv or pip: install them (on Debian and Ubuntu the package "
            f"is python{version}-venv) and run this again."
        )


def make_venv() -> None:
    """Make `.venv`, unless there is one whose Python and pip work."""
    works = os.path.exists(PYTHON) and not subprocess.call(
        # If making it was interrupted, there is a Python and no pip.
        [PYTHON, "-c", "import pip, sys; sys.exit(sys.version_info < (3, 11))"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    if works:
        return
    print("Making .venv.", flush=True)
    done = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", VENV],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        stop(f"The virtual environment {VENV} can't be made: {last_line(done.stdout)}")


def mark(level: str) -> str:
    """Return what stands for the text of the level's requirements."""
    texts = [read(os.path.join(ROOT, name)) for name in FILES[level]]
    return hashlib.sha256("".join(texts).encode()).hexdigest()


def install(level: str) -> None:
    """Install the level's requirements, unless just these are installed already."""
    # Kept inside .venv, so that a new one starts without stamps.
    stamp = os.path.join(VENV, "installed-")
    if read(stamp + level) == mark(level):
        return
    wanted = FILES[level][-1]
    print(f"Installing {wanted} (a minute or two, once).", flush=True)
    command = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--no-input"] + ["--requirement=" + name for name in FILES[level]]
    done = subprocess.run(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        stop(
            f"pip could not install {wanted}; look at the network and run this again. "
            f"pip said: {last_line(done.stdout)}"
        )
    # A level's requirements include the lower ones'.
    for done_level in [name for name in FILES if set(FILES[name]) <= set(FILES[level])]:
        with open(stamp + done_level, "w") as file:
            file.write(mark(done_level))


def read(path: str) -> str:
    """Return the file's text, '' when there is none."""
    if not os.path.exists(path):
        return ""
    with open(path) as file:
        return file.read()


def last_line(text: str) -> str:
    """Return the last line that reports an error, else the last one."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith(("ERROR", "Error"))]
    return (errors or lines or ["nothing"])[-1]


def main(level: str) -> None:
    """Do all that `make` needs before it can run the project's own Python."""
    check_python()
    if not os.access(VENV if os.path.isdir(VENV) else ROOT, os.W_OK):
        stop(f"{ROOT} is read-only: copy the project to a folder that you may write to.")
    make_venv()
    install(level)


if __name__ == "__main__":
    try:
        main(sys.argv[1] if sys.argv[1:] else "run")
    except OSError as error:
        stop(f"{error.filename or ROOT}: {error.strerror}; nothing was started.")
    except KeyboardInterrupt:
        stop("Stopped before the installation was complete; run it again to go on.")
