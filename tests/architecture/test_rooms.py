"""The shape that a linter can't hold: rooms, doors, pure modules, sizes."""

import ast
import functools
import re
import tomllib
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

from django.utils.module_loading import import_string

ROOT = Path(__file__).resolve().parents[2]
ROOMS = (
    "notes_site",
    "accounts",
    "posts",
    "feed",
    "moderation",
    "notifications",
    "leaving",
    "demo",
)


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def ours(*rooms: str) -> list[Path]:
    """The Python files of some rooms, or of all of them, without migrations."""
    return [
        path
        for room in rooms or ROOMS
        for path in sorted((ROOT / room).rglob("*.py"))
        if "migrations" not in path.parts
    ]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name of every import, also of those inside functions."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)}:{node.lineno} imports relatively"
            yield node.lineno, node.module or ""


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Which rooms a room may import, import-linter says (pyproject.toml)."""
    paths = {dotted(path): path for path in ours()}
    graph = {
        name: {found for each in imported_modules(path) if (found := module_of(each, paths))}
        - {name}
        for name, path in paths.items()
    }
    TopologicalSorter(graph).prepare()


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def module_of(name: str, paths: dict[str, Path]) -> str:
    """The module that an imported name is, or stands in; "" for one of a library."""
    while name and name not in paths:
        name = name.rpartition(".")[0]
    return name


def imported_modules(path: Path) -> Iterator[str]:
    """Every imported name with its module, but for those that only types need."""
    for_types = {
        inner
        for node in ast.walk(tree(path))
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import) and node not in for_types:
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node not in for_types:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_every_room_is_named() -> None:
    rooms = {path.parent.name for path in ROOT.glob("*/apps.py")}
    assert rooms <= set(ROOMS)
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert settings["tool"]["importlinter"]["root_packages"] == sorted(ROOMS)


def test_the_site_does_not_need_its_tests() -> None:
    wrong = [
        f"{name_of(path)}:{line}"
        for path in ours()
        for line, module in imported(path)
        if module.split(".")[0] in ("tests", "benchmarks")
    ]
    assert wrong == []


def attributes(path: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted text of every attribute access."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Attribute):
            yield node.lineno, ast.unparse(node)


def test_views_and_feed_ask_for_posts_at_their_doors_only() -> None:
    """`Post.objects` elsewhere than through `visible_to` would be a second rule of visibility."""
    doors = {"feed/stream/candidates.py", "feed/scoring.py", "feed/search/indexing.py"}
    wrong = []
    for path in ours("feed", "accounts", "posts", "notes_site"):
        views = "views" in path.parts or path.name == "views.py"
        if not (views or path.parts[-2] == "feed") or name_of(path) in doors:
            continue
        source = path.read_text(encoding="utf-8")
        for line, text in attributes(path):
            if text == "Post.objects" and not asks_who_looks(source.splitlines(), line):
                wrong.append(f"{name_of(path)}:{line}")
    assert wrong == []


def asks_who_looks(lines: list[str], line: int) -> bool:
    """Whether the statement goes on with `visible_to`, or reads again a post seen before."""
    statement = lines[line - 1] + (lines[line] if line < len(lines) else "")
    return (
        "Post.objects.visible_to(" in statement
        or ".visible_to(" in statement
        or "Post.objects.get(pk=post.pk)" in statement
        or "Post.objects.get(pk=found.pk)" in statement
    )


def test_the_feed_reads_nothing_that_moderators_write() -> None:
    """What a moderator hid is no business of ranking: who may see a post, `visible_to` says."""
    written = {
        "hidden_at",
        "hidden_reason",
        "suspended_at",
        "suspended_reason",
        "held",
        "held_at",
        "in_good_standing",
        "is_in_good_standing",
        "reports",
        "moderation",
    }
    allowed = {
        # Comments have no `visible_to` of their own here: which of them count, their model says.
        ("feed/scoring.py", "in_good_standing"),
        # Not about posts: nobody who is gone is suggested, nor named as a follower of others.
        ("feed/people/sources.py", "in_good_standing"),
        ("feed/people/suggestions.py", "in_good_standing"),
    }
    found = {
        (name_of(path), word)
        for path in ours("feed")
        for name in names(path)
        for word in name.split("__")
        if word in written
    }
    assert found == allowed


def names(path: Path) -> Iterator[str]:
    """Every name, attribute, keyword and string of a file: whatever can stand for a column."""
    for node in ast.walk(tree(path)):
        match node:
            case ast.Attribute(attr=name) | ast.Name(id=name):
                yield name
            case ast.keyword(arg=str(name)) | ast.Constant(value=str(name)):
                yield name


def test_there_is_one_door_to_the_queue() -> None:
    # The worker's own tasks are about no row.
    doors = {
        "notes_site/queue/on_commit.py",
        "notes_site/celery.py",
        "notes_site/heartbeats.py",
    }
    wrong = [
        f"{name_of(path)}:{line} {text}"
        for path in ours()
        if name_of(path) not in doors
        for line, text in attributes(path)
        if text.rpartition(".")[2] in ("delay", "apply_async", "send_task", "signature")
    ]
    assert wrong == []


def test_tasks_are_queued_by_names_that_exist() -> None:
    """By name, so that no room imports its own tasks, which import the room."""
    names = {
        str(node.value)
        for path in ours()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and re.fullmatch(r"\w+\.tasks\.\w+", str(node.value))
    }
    assert len(names) >= 8
    assert [name for name in sorted(names) if import_string(name).name != name] == []
    importing = [
        f"{name_of(path)}:{node.lineno}"
        for path in ours()
        for node in ast.walk(tree(path))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        if re.search(r"\btasks\b", ast.unparse(node))
    ]
    assert importing == []


def test_tasks_get_ids_alone_and_delegate() -> None:
    for path in [path for path in ours() if path.name == "tasks.py"]:
        for node in tree(path).body:
            if isinstance(node, ast.FunctionDef):
                kinds = {ast.unparse(a.annotation) for a in node.args.args if a.annotation}
                assert kinds <= {"int", "str"}, f"{name_of(path)}: {node.name}"
                assert len(node.body) <= 3, f"{name_of(path)}: {node.name} does the work itself"


def test_files_are_opened_by_one_door() -> None:
    """Storage is `notes_site.storage.media()`; nothing else opens what people gave us."""
    wrong = [
        f"{name_of(path)}:{line}"
        for path in ours()
        if name_of(path) != "notes_site/storage.py"
        for line, module in imported(path)
        if module.split(".")[0] in ("boto3", "storages", "botocore")
        or module == "django.core.files.storage"
    ]
    assert wrong == []


def test_pictures_are_decoded_in_the_child_only() -> None:
    # These draw on pictures that were opened elsewhere, and open none.
    drawing = {
        f"posts/imaging/{name}.py"
        for name in (
            "colours", "drawings", "geometry", "modes", "opening", "perceptual",
            "size_limits", "tone_mapping", "unreadable",
        )
    }  # fmt: skip
    # Parts of `pixels`, which open what it hands them.
    parts = {"posts/imaging/frames.py", "posts/imaging/truncation.py"}
    allowed = {"posts/imaging/pixels.py", "notes_site/checks.py"} | drawing | parts
    wrong = [
        f"{name_of(path)}:{line}"
        for path in ours()
        if name_of(path) not in allowed
        for line, module in imported(path)
        if module.split(".")[0] in ("PIL", "pi_heif", "thumbhash")
    ]
    assert wrong == []
    opening = [
        name_of(path)
        for path in ours()
        if name_of(path) in drawing
        for _line, text in attributes(path)
        if text == "Image.open"
    ]
    assert opening == []
    users = [path for path in ours() if "posts.imaging.pixels" in {m for _, m in imported(path)}]
    names = {name_of(path) for path in ours() for _, m in imported(path) if m == "posts.imaging"}
    assert users == []
    assert "posts/imaging/child.py" in names


def test_nothing_happens_behind_ones_back() -> None:
    """No signals of models: what follows from what stands where it happens."""
    wrong = [
        f"{name_of(path)}:{line} {module}"
        for path in ours()
        for line, module in imported(path)
        if module in ("django.dispatch", "django.db.models.signals")
    ]
    wrong += [name_of(path) for path in ours() if path.stem in ("signals", "receivers")]
    assert wrong == []


def test_every_file_has_a_name_that_says_something() -> None:
    meaningless = {"utils", "helpers", "misc", "common", "services", "managers"}
    code = [*ours(), *(ROOT / "tests").rglob("*.py"), *(ROOT / "scripts").rglob("*.py")]
    wrong = [name_of(path) for path in code if path.stem in meaningless]
    assert wrong == []


def all_code() -> list[Path]:
    folders = [*ROOMS, "tests", "scripts", "benchmarks"]
    return [
        path
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "migrations" not in path.parts
    ]


def test_files_and_functions_stay_small() -> None:
    wrong = []
    for path in all_code():
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 500:
            wrong.append(f"{name_of(path)} has {lines} lines")
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > 60:
                    wrong.append(f"{name_of(path)}:{node.lineno} {node.name} has {length} lines")
    assert wrong == []


def test_public_functions_say_what_they_do() -> None:
    wrong = [
        f"{name_of(path)}:{node.lineno} {node.name}"
        for path in ours()
        for node in tree(path).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and path.name != "apps.py"
        and not ast.get_docstring(node)
    ]
    assert wrong == []


def test_few_things_are_pretended_in_tests() -> None:
    """At most 5 mocks for 100 tests: the real queue, files and database run."""
    tests = pretended = 0
    for path in (ROOT / "tests").rglob("test_*.py"):
        source = path.read_text(encoding="utf-8")
        tests += source.count("\ndef test_")
        pretended += sum("mock" in module for _line, module in imported(path))
    assert tests > 100
    assert pretended <= tests / 20


def test_no_test_is_skipped_in_silence() -> None:
    wrong = [
        f"{name_of(path)}:{node.lineno}"
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).endswith(("mark.skip", "pytest.skip", "mark.skipif", "xfail"))
        and not any(word.arg in ("reason", None) for word in node.keywords)
        and not node.args
    ]
    assert wrong == []
