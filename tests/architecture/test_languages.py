"""Sentences people read: none is fixed to one language, and all have the same apostrophe."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.test_rooms import ROOT, name_of, ours, tree

TRANSLATION = "django.utils.translation"


def translators(module: ast.Module) -> dict[str, bool]:
    """The names under which a module knows gettext and its kin, and whether each is lazy."""
    return {
        alias.asname or alias.name: alias.name.endswith("_lazy")
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom) and node.module == TRANSLATION
        for alias in node.names
        if "gettext" in alias.name
    }


def run_at_import(node: ast.AST) -> Iterator[ast.AST]:
    """What runs when a module is imported: everything outside the bodies of functions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            for part in (*child.decorator_list, *child.args.defaults, *child.args.kw_defaults):
                if part:
                    yield part
                    yield from run_at_import(part)
        elif not isinstance(child, ast.Lambda):
            yield child
            yield from run_at_import(child)


def frozen(module: ast.Module) -> Iterator[int]:
    """Lines on which an import turns a translatable sentence into a string of one language."""
    lazy = translators(module)

    def is_sentence(node: ast.AST) -> bool:
        return isinstance(node, ast.Call) and ast.unparse(node.func) in lazy

    for node in run_at_import(module):
        match node:
            case ast.Call(func=ast.Name(id=name)) if lazy.get(name) is False:
                yield node.lineno
            case ast.Call(func=ast.Name(id="str"), args=[sentence]) if is_sentence(sentence):
                yield node.lineno
            case ast.Attribute(value=sentence) if is_sentence(sentence):
                yield node.lineno
            case ast.BinOp(left=left, right=right) if is_sentence(left) or is_sentence(right):
                yield node.lineno
            case ast.FormattedValue(value=sentence) if is_sentence(sentence):
                yield node.lineno


@pytest.mark.parametrize(
    ("line", "is_frozen"),
    [
        ('A = lazy("%(n)d photos") % {"n": 3}', True),
        ('A = lazy("Photos") + ":"', True),
        ('A = lazy("{n} photos").format(n=3)', True),
        ("A = f\"{lazy('Photos')}:\"", True),
        ('A = str(lazy("Photos"))', True),
        ('A = now("Photos")', True),
        ('def a(words=lazy("%d") % 3): pass', True),
        ('A = lazy("Photos")', False),
        ('A = format_lazy(lazy("{n} photos"), n=3)', False),
        ('A = lambda n: now("%d photos") % n', False),
        ('def a(n): return lazy("%d photos") % n', False),
    ],
)
def test_the_rule_itself(line: str, is_frozen: bool) -> None:
    source = f"from {TRANSLATION} import gettext as now, gettext_lazy as lazy\n{line}"
    assert bool(list(frozen(ast.parse(source)))) is is_frozen


def test_no_import_freezes_a_sentence() -> None:
    """`gettext_lazy("…") % {…}` at import stays in that moment's language; use `format_lazy`."""
    wrong = [f"{name_of(path)}:{line}" for path in ours() for line in frozen(tree(path))]
    assert wrong == []


STRAIGHT = re.compile(r"\w'")
TRANSLATED = re.compile(
    r"""{% translate (?P<quote>["'])(?P<words>.*?)(?P=quote)"""
    r"""|{% blocktranslate[^%]*%}(?P<block>.*?){% endblocktranslate""",
    re.DOTALL,
)


def sentences_of(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Each literal that a module has translated, with its line."""
    known = translators(module)
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in known:
            for part in ast.walk(node):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.lineno, part.value


def test_apostrophes_are_typographic() -> None:
    wrong = [
        f"{name_of(path)}:{line}"
        for path in ours()
        for line, words in sentences_of(tree(path))
        if STRAIGHT.search(words)
    ]
    for path in sorted((ROOT / "templates").rglob("*.*")):
        found = TRANSLATED.finditer(path.read_text())
        words = [each["words"] or each["block"] or "" for each in found]
        wrong += [f"{path}: {each}" for each in words if STRAIGHT.search(each)]
    assert wrong == []
