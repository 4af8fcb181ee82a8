"""Runs the SQL blocks of README.md and docs/*.md, each file from top to bottom in a database of its own that has the
extension already (README.md creates it IF NOT EXISTS), with the smallest text model.

A ```text block right after a ```sql block is what psql prints; `…` in it stands for anything on that line. A block that
cannot run here has a comment before it: <!-- not run: why -->
"""
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"(?P<skip><!-- not run: [^>]+ -->\s*)?^```sql\n(?P<sql>.*?)^```$(?:\s*^```text\n(?P<shown>.*?)^```$)?", re.M | re.S)
MARK = "---- end of block {} ----"


def blocks(document):
    return [match for match in BLOCK.finditer(document.read_text()) if not match["skip"]]


def run(cluster, database, found):
    """All blocks in one psql, so that variables and transactions carry over; gives the output of each."""
    script = "".join(f"{block['sql']}\n\\echo '{MARK.format(number)}'\n" for number, block in enumerate(found))
    printed = cluster.psql(database, script)
    parts = re.split(r"^---- end of block \d+ ----\n", printed, flags=re.M)
    return parts[:len(found)]


def as_pattern(shown):
    lines = [".*".join(map(re.escape, line.rstrip().split("…"))) + r"[ ]*" for line in shown.strip("\n").split("\n")]
    return re.compile(r"\s*" + "\n".join(lines) + r"\s*")


def test_a_wrong_output_is_noticed():
    assert as_pattern(" a | b\n 1 | …\n").fullmatch(" a | b\n 1 | 2025-01-01\n\n")
    assert not as_pattern(" a | b\n 1 | 2\n").fullmatch(" a | b\n 1 | 3\n")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_the_statements_run_and_print_what_is_shown(cluster, new_database, document):
    found = blocks(document)
    if document.name == "README.md":
        assert found, "README.md shows no SQL"
    printed = run(cluster, new_database(), found)
    assert len(printed) == len(found)
    for block, output in zip(found, printed):
        if block["shown"] and not as_pattern(block["shown"]).fullmatch(output):
            pytest.fail(f"{document.name} shows\n{block['shown']}\nfor\n{block['sql']}\nbut psql prints\n{output}")
