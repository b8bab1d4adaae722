"""What a config says of itself, for the report: the paragraphs of its record, its fields, its command."""

import dataclasses
import inspect
import re
from html import escape
from typing import Any

from research.data.catalogue import CATALOGUE
from research.experiments import Entry


def paragraphs(record: str) -> str:
    """A docstring without its title: "Word:" in bold, lists as lists, indented blocks as they stand."""
    blocks = re.split(r"\n\s*\n", inspect.cleandoc(record))
    return "".join(_block(block) for block in blocks[1:])


def _block(block: str) -> str:
    head, *items = re.split(r"^[-*] ", block, flags=re.MULTILINE)
    if items:
        rows = "".join(f"<li>{escape(_flow(item))}</li>" for item in items)
        return f"{_paragraph(head) if head.strip() else ''}<ul>{rows}</ul>"
    if re.search(r"^(\s|\||>)", block, re.MULTILINE):
        return f"<pre>{escape(block)}</pre>"
    return _paragraph(block)


def _paragraph(text: str) -> str:
    label, colon, rest = _flow(text).partition(":")
    if colon and re.fullmatch(r"[A-Z][A-Za-z ]{0,14}", label.partition(",")[0]):
        return f"<p><b>{escape(label)}</b>:{escape(rest)}</p>"
    return f"<p>{escape(_flow(text))}</p>"


def _flow(text: str) -> str:
    return " ".join(text.split())


def hyperparameters(config: Any) -> str:
    """A table of the fields of a config: name, value, and what its docstring says of it."""
    said = arguments(inspect.getdoc(type(config)) or "")
    rows = "".join(
        f'<tr><th scope="row"><code>{escape(field.name)}</code></th>'
        f"<td>{escape(_value(getattr(config, field.name)))}</td><td>{escape(said.get(field.name, ''))}</td></tr>"
        for field in dataclasses.fields(config)
    )
    head = "<thead><tr><th>setting</th><th>value</th><th>meaning and source</th></tr></thead>"
    return f'<table class="settings">{head}<tbody>{rows}</tbody></table>' if rows else ""


def arguments(docstring: str) -> dict[str, str]:
    """What the Args section of a docstring in Google's style says of each argument."""
    found = re.search(r"^Args:\n((?:[ \t]+.*\n?|\s*\n)*)", docstring, re.MULTILINE)
    body = inspect.cleandoc("\n" + found.group(1)) if found else ""
    entries = re.findall(r"^(\w+)[^:\n]*:((?:.*\n?)(?:(?:[ \t].*)?\n?)*)", body, re.MULTILINE)
    return {name: _flow(text) for name, text in entries}


def command(entry: Entry) -> str:
    """The lines that measure the claims anew, and a button that copies them."""
    lines = "\n".join(
        [*map(_prepare, entry.experiment.needs(entry.config)), f"python -m research reproduce {entry.name}"]
    )
    return (
        f'<div class="command"><pre><code>{escape(lines)}</code></pre>'
        '<button type="button" class="copy" hidden>copy</button></div>'
    )


def _prepare(data: str) -> str:
    described = CATALOGUE.get(data)
    by_hand = described is not None and described.package is None
    return f"python -m research data prepare {data}" + (" --from FOLDER" if by_hand else "")


def _value(value: Any) -> str:
    return ", ".join(map(_value, value)) if isinstance(value, tuple | list) else str(value)
