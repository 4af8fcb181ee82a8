"""build.py: what is there is not built again, what comes out wrong is refused, and the result hangs on nothing else."""

import json
import subprocess
import sys
import time

import build
import pytest
import sources
from conftest import SCRIPTS

SMALL = "all-minilm-l6-v2"


@pytest.fixture
def own_cache(cache, tmp_path):
    """A cache that holds the sources of the small model, and no model."""
    (tmp_path / "downloads").mkdir()
    (tmp_path / "downloads" / SMALL).symlink_to(cache / "downloads" / SMALL)
    return tmp_path


def run_build(folder, *arguments):
    command = [sys.executable, SCRIPTS / "build.py", "--cache", folder, *arguments]
    return subprocess.run(command, capture_output=True, text=True)


def test_every_shipped_model_is_built(cache):
    began = time.monotonic()
    done = run_build(cache)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert time.monotonic() - began < 5


def test_a_model_comes_out_the_same_again(own_cache):
    assert run_build(own_cache, SMALL).returncode == 0
    assert (own_cache / "models" / SMALL / "model.onnx").stat().st_mode & 0o777 == 0o644
    assert run_build(own_cache, SMALL, "--verify").stdout == ""


def test_a_damaged_model_is_found_and_built_again(own_cache):
    run_build(own_cache, SMALL)
    data = own_cache / "models" / SMALL / "model.onnx.data"
    with open(data, "r+b") as file:
        file.seek(5000)
        file.write(b"damage")
    assert run_build(own_cache, SMALL).stdout == ""
    assert "built model" in run_build(own_cache, SMALL, "--verify").stdout
    with open(data, "r+b") as file:
        file.truncate(5000)
    assert "built model" in run_build(own_cache, SMALL).stdout


def test_a_result_that_is_not_the_manifests_is_refused(own_cache):
    text = (SCRIPTS / SMALL / "manifest.json").read_text()
    manifest = json.loads(text)
    manifest["files"][0]["sha256"] = "0" * 64
    with pytest.raises(SystemExit, match="model.onnx came out different from the manifest"):
        build.build(json.dumps(manifest), own_cache)
    assert not (own_cache / "models" / SMALL).exists()


def test_a_damaged_source_is_refused(cache, tmp_path):
    folder = tmp_path / "downloads" / SMALL
    folder.mkdir(parents=True)
    for name in ("config.json", "tokenizer.json"):
        (folder / name).symlink_to(cache / "downloads" / SMALL / name)
    (folder / "model.safetensors").write_bytes(b"not the weights")
    manifest = json.loads((SCRIPTS / SMALL / "manifest.json").read_text())
    with pytest.raises(SystemExit, match="model.safetensors has not the sha256 53aa51172d14"):
        sources.get(manifest, tmp_path)


def test_an_unknown_name_is_answered_with_the_known_ones(tmp_path):
    done = run_build(tmp_path, "gpt")
    assert done.returncode == 2
    assert f"there is no model 'gpt'; there are {SMALL}" in done.stderr
