#!/usr/bin/env python3
"""Writes the part of a shipped model's manifest that follows from the build: "architecture" and "files".

    renew.py NAME... [--cache FOLDER]

For those who change the build scripts: build.py accepts a model only if it comes out as its manifest says.
"""

import json
import tempfile
from pathlib import Path

import sources
from build import HERE, arguments
from write import write_model


def renew(name, cache):
    path = HERE / name / "manifest.json"
    manifest = json.loads(path.read_text())
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        architecture = write_model(manifest, *sources.get(manifest, cache), folder)
        if architecture:
            manifest["architecture"] = architecture
        manifest["files"] = [
            {"name": file.name, "bytes": file.stat().st_size, "sha256": sources.sha256(file)}
            for file in sorted(folder.iterdir())
        ]
    path.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    given = arguments()
    for name in given.names:
        renew(name, given.cache)
