"""Templates under the policy: nothing inline, each word translatable, parts told what they show."""

import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
EMAILS = sorted((ROOT / "templates").rglob("*.txt"))
COMMENT = re.compile(r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}", re.DOTALL)
TRANSLATED = re.compile(r"\{% blocktrans(?:late)?\b.*?\{% endblocktrans(?:late)? %\}", re.DOTALL)
CLASSES = re.compile(r"\{% block body_?class %\}.*?\{% endblock[^%]*%\}", re.DOTALL)
TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
FOREIGN = re.compile(r'<(?:script|link|img)\b[^>]*?(?:src|href)="(https?:[^"]*|//[^"]*)"')
# What people read although it is no text of the page.
SPOKEN = {"alt", "title", "placeholder", "aria-label", "aria-description", "aria-roledescription"}
LONGEST_LINE = 120
# A drawing is one long line of numbers, which nobody reads.
DRAWING = re.compile(r'\bd="[^"\n]*"')
INCLUDE = re.compile(r"\{% include .*?%\}")
# Keys of a keyboard and signs, the same in every language.
NO_WORDS = {"kbd"}


class Reader(HTMLParser):
    """Collects what the policy forbids and the words that stand there bare."""

    def __init__(self) -> None:
        super().__init__()
        self.forbidden: list[str] = []
        self.bare: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        if tag == "script" and "src" not in names:
            self.forbidden.append("an inline script")
        if tag == "style":
            self.forbidden.append("an inline style sheet")
        for name, value in attrs:
            if name == "style" or name.startswith(("on", "hx-on", "data-hx-on")):
                self.forbidden.append(f"{name}={value!r}")
            if (value or "").strip().lower().startswith("javascript:"):
                self.forbidden.append(f"{name}={value!r}")
            if name in SPOKEN and has_words(value or ""):
                self.bare.append(f"{name}={value!r}")
        if tag not in ("meta", "link", "img", "input", "br", "source", "use", "path", "hr"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if has_words(data) and not NO_WORDS & set(self._open[-1:]):
            self.bare.append(data.strip())


def has_words(text: str) -> bool:
    """Whether there are two letters together, once tags are gone."""
    return bool(re.search(r"[^\W\d_]{2,}", TAG.sub(" ", text)))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT / "templates"))


@cache
def source_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def read(path: Path) -> Reader:
    source = COMMENT.sub("", source_of(path))
    source = CLASSES.sub("", TRANSLATED.sub("", source))
    # Their own quotation marks would end the attributes they stand in.
    source = TAG.sub("", source)
    reader = Reader()
    reader.feed(source)
    return reader


def test_there_are_templates() -> None:
    assert len(TEMPLATES) >= 250


def test_nothing_inline() -> None:
    wrong = {name_of(path): read(path).forbidden for path in TEMPLATES if read(path).forbidden}
    assert wrong == {}


def test_every_word_is_translatable() -> None:
    wrong = {name_of(path): read(path).bare for path in TEMPLATES if read(path).bare}
    assert wrong == {}


def test_no_template_is_long() -> None:
    lengths = {name_of(path): len(source_of(path).splitlines()) for path in TEMPLATES}
    assert {name: length for name, length in lengths.items() if length > 120} == {}


def test_no_line_is_long() -> None:
    long = [
        f"{name_of(path)}:{number}: {len(line)}"
        for path in [*TEMPLATES, *EMAILS]
        for number, line in enumerate(DRAWING.sub("", source_of(path)).splitlines(), 1)
        if len(line) > LONGEST_LINE
    ]
    assert long == []


def test_each_part_is_given_what_it_shows_and_nothing_else() -> None:
    open_to_all = [
        f"{name_of(path)}: {tag}"
        for path in TEMPLATES
        for tag in INCLUDE.findall(source_of(path))
        if not tag.endswith(" only %}")
    ]
    assert open_to_all == []


def test_nothing_is_marked_safe_in_a_template() -> None:
    # What allauth itself makes: its help texts, and the QR code as SVG.
    allowed = {"_field.html", "field.html", "activate_form.html"}
    marked = re.compile(r"\|\s*safe\b|autoescape off")
    wrong = [
        name_of(path)
        for path in TEMPLATES
        if path.name not in allowed and marked.search(source_of(path))
    ]
    assert wrong == []


def test_forms_that_change_something_carry_the_token() -> None:
    wrong = []
    for path in TEMPLATES:
        source = source_of(path)
        for form in re.findall(r"<form\b.*?</form>", source, re.DOTALL):
            method = re.search(r'method="(\w+)"', form)
            changes = method and method.group(1) == "post"
            if changes and "{% csrf_token %}" not in form and "{% slot" not in form:
                wrong.append(str(path.relative_to(ROOT)))
    assert wrong == []


def test_a_card_knows_nothing_of_the_request() -> None:
    """It is kept for everyone who looks, so it must hold nothing of who looked first."""
    names = ["card.html", "picture.html", "like_button.html", "avatar.html", "icon.html"]
    for name in names:
        source = source_of(ROOT / "templates" / "components" / name)
        assert not re.search(r"\brequest\b|csrf|\buser\b|messages|nonce", source), name


def test_scripts_and_styles_are_files_of_ours() -> None:
    wrong = []
    for path in TEMPLATES:
        wrong += [f"{path.name}: {address}" for address in FOREIGN.findall(source_of(path))]
    assert wrong == []


def test_every_icon_is_drawn_once() -> None:
    drawn = [
        name for path in TEMPLATES for name in re.findall(r'<symbol id="([^"]+)"', source_of(path))
    ]
    assert len(drawn) >= 30
    assert [name for name in drawn if drawn.count(name) > 1] == []
