"""Data flows one way: a stage uses the kernel and earlier stages, never a later one, in Rust and in SQL."""
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
STAGES = ["capture", "identity", "profile", "catalog", "models", "decision", "generation", "pages", "feedback"]
ORDER = {stage: place for place, stage in enumerate(STAGES)}


def rust_files(folder, stage):
    """The files of a stage: a module in a file of its own, or all files of its folder."""
    return [path for path in [folder / f"{stage}.rs", *folder.glob(f"{stage}/**/*.rs")] if path.exists()]


def used_stages(source):
    """The stages that Rust code names in a path: `crate::profile::…`, `use pg_journey_core::{profile, …}`."""
    code = re.sub(r"//[^\n]*", "", source)
    found = set(re.findall(r"\b(?:crate|pg_journey_core)::(\w+)", code))
    for group in re.findall(r"\b(?:crate|pg_journey_core)::\{([^;]*)\};", code):
        outer = re.sub(r"\{[^{}]*\}", "", re.sub(r"\{[^{}]*\}", "", group))
        found |= {item.strip().split("::")[0] for item in outer.split(",")}
    return found & ORDER.keys()


def sql_owner():
    """Which stage creates which table or view of the schema journey."""
    owner = {}
    for path in sorted((ROOT / "sql/setup").glob("*.sql")):
        stage = path.stem.split("_", 1)[1]
        for name in re.findall(r"CREATE (?:OR REPLACE )?(?:TABLE|VIEW|SEQUENCE)(?: IF NOT EXISTS)? journey\.(\w+)",
                               path.read_text()):
            owner[name] = stage
    return owner


def test_the_reader_of_rust_paths_sees_each_form():
    assert used_stages("use crate::generation::draft;") == {"generation"}
    assert used_stages("let x = crate::models::chat::new();") == {"models"}
    assert used_stages("use crate::{kernel::Error, profile::{fold, Parts}, catalog};") == {"profile", "catalog"}
    assert used_stages("// crate::feedback is not used here\nuse crate::kernel;") == set()


@pytest.mark.parametrize("folder", ["crates/core/src", "src"])
@pytest.mark.parametrize("stage", STAGES)
def test_rust_uses_earlier_stages_only(folder, stage):
    later = []
    for path in rust_files(ROOT / folder, stage):
        for other in used_stages(path.read_text()):
            if ORDER[other] > ORDER[stage]:
                later.append(f"{path.relative_to(ROOT)} uses the later stage {other}")
    assert not later, "\n".join(later)


@pytest.mark.parametrize("stage", STAGES)
def test_sql_uses_tables_of_earlier_stages_only(stage):
    owner, later = sql_owner(), []
    for path in [*ROOT.glob(f"sql/setup/*_{stage}.sql"), *ROOT.glob(f"sql/functions/{stage}.sql")]:
        code = re.sub(r"'(?:[^']|'')*'|--[^\n]*", "", path.read_text())
        for table in set(re.findall(r"\bjourney\.(\w+)", code)):
            other = owner.get(table)
            if other in ORDER and ORDER[other] > ORDER[stage]:
                later.append(f"{path.relative_to(ROOT)} uses journey.{table} of the later stage {other}")
    assert not later, "\n".join(later)


def test_the_kernel_uses_no_stage():
    used = {f"{path}: {stage}" for path in ROOT.glob("crates/core/src/kernel/**/*.rs")
            for stage in used_stages(path.read_text())}
    assert not used


def test_the_pure_crate_names_no_clock_file_thread_or_database():
    forbidden = re.compile(r"\b(?:std::(?:fs|env|net|process|thread)|SystemTime::now|Instant::now|pgrx::|OsRng|thread_rng)\b")
    found = [f"{path.relative_to(ROOT)}: {match[0]}" for path in ROOT.glob("crates/core/src/**/*.rs")
             if not path.stem.endswith("tests")
             for match in forbidden.finditer(re.sub(r"//[^\n]*", "", path.read_text().split("#[cfg(test)]")[0]))]
    assert not found, "\n".join(found)
