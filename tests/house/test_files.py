"""What holds for every file: short enough to read, no SQL scattered in Rust, nothing left to do."""
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
LONGEST = 500  # lines; the codebases that are hard to read have files of thousands


def tracked(*patterns):
    names = subprocess.check_output(["git", "-c", f"safe.directory={ROOT}", "ls-files", *patterns], cwd=ROOT, text=True).split()
    return [ROOT / name for name in names if (ROOT / name).exists()]


def test_files_are_short():
    long = [f"{path.relative_to(ROOT)}: {lines} lines" for path in tracked("*.rs", "*.sql", "*.py", "*.sh")
            if (lines := path.read_text().count("\n")) > LONGEST]
    assert not long, "\n".join(long)


def test_nothing_is_left_to_do():
    marker = re.compile(r"\b(?:TODO|FIXME)\b")
    found = [f"{path.relative_to(ROOT)}" for path in tracked("*.rs", "*.sql", "*.py", "*.sh", "*.md", "Makefile")
             if path != pathlib.Path(__file__) and marker.search(path.read_text())]
    assert not found, "\n".join(found)


def test_statements_live_in_sql_files():
    statement = re.compile(r'"\s*(?:SELECT\s+(?!\w+\(\)")|INSERT\s+INTO\s|UPDATE\s+\S+\s+SET\s|DELETE\s+FROM\s|WITH\s+\w+\s+AS\s|CREATE\s+(?:TABLE|FUNCTION|VIEW)\s)')
    found = [f"{path.relative_to(ROOT)}:{code[:match.start()].count(chr(10)) + 1}" for path in tracked("src/**/*.rs", "src/*.rs")
             if (code := re.sub(r"^\s*//[^\n]*", "", path.read_text(), flags=re.M))
             for match in statement.finditer(code)]
    assert not found, "\n".join(found)


def test_every_statement_file_is_used():
    code = "".join(path.read_text() for path in tracked("*.rs"))
    unused = [path.name for path in tracked("sql/queries/*.sql") if path.name not in code]
    assert not unused, "\n".join(unused)
