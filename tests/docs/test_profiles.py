"""docs/profiles.md explains every column of journey.profiles, and no other."""
import pathlib
import re

DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs/profiles.md"


def test_every_column_is_explained(connect):
    columns = {row[0] for row in connect().execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'journey.profiles'::regclass AND attnum > 0")}
    table = DOCUMENT.read_text().split("## The columns")[1].split("\n\nA day of a window")[0]
    explained = {name for line in table.splitlines() if line.startswith("| `") for name in re.findall(r"`(\w+)`", line.split(" | ")[0])}
    assert explained == columns


def test_every_column_has_a_comment(connect):
    assert connect().execute("""
        SELECT attname FROM pg_attribute WHERE attrelid = 'journey.profiles'::regclass AND attnum > 0
           AND col_description(attrelid, attnum) IS NULL""").fetchall() == []
