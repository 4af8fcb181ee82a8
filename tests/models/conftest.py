"""Where the models, their sources and the build scripts are."""

import json
import os
import sys
from pathlib import Path

import pytest

# Two threads that wait for each other in a busy loop take minutes where one takes half of one, when cores are short.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

HERE = Path(__file__).resolve().parent
SCRIPTS = HERE.parents[1] / "models"
sys.path[:0] = [str(HERE), str(SCRIPTS)]

import build  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "large: takes minutes and gigabytes; run by make bench, not by make test")


@pytest.fixture(scope="session")
def cache():
    return build.default_cache()


class Model:
    """A shipped model in the cache: its manifest, its folder, and the file or folder it was built from."""

    def __init__(self, name, cache):
        self.manifest = json.loads((SCRIPTS / name / "manifest.json").read_text())
        self.folder = cache / "models" / name
        self.source = cache / "downloads" / name
        self.weights = self.source / self.manifest["source"]["packages"][0]["into"]


@pytest.fixture(scope="session")
def model(cache):
    return lambda name: Model(name, cache)
