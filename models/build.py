#!/usr/bin/env python3
"""Builds the shipped models into the cache, as far as they are not there yet.

    build.py [NAME...] [--cache FOLDER] [--verify]

Without names every model of this folder is built. A model is done when its folder in the cache holds the manifest that
is here, which is written last, and files of the right size; --verify reads them through and compares their sha256.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent


def default_cache():
    """$PG_JOURNEY_CACHE, else the cache that the make targets use."""
    if os.environ.get("PG_JOURNEY_CACHE"):
        return Path(os.environ["PG_JOURNEY_CACHE"])
    if os.getuid() == 0:
        return Path("/var/cache/pg_journey")
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pg_journey"


def arguments():
    shipped = sorted(path.parent.name for path in HERE.glob("*/manifest.json"))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(shipped)}; all by default")
    parser.add_argument("--cache", type=Path, default=default_cache(), help="holds downloads/ and models/")
    parser.add_argument("--verify", action="store_true", help="compare the sha256 of models that are there already")
    given = parser.parse_args()
    given.names = given.names or shipped
    for name in given.names:
        if name not in shipped:
            parser.error(f"there is no model '{name}'; there are {', '.join(shipped)}")
    return given


def is_built(manifest_text, folder, verify):
    """Whether `folder` holds what the manifest promises."""
    stamp = folder / "manifest.json"
    if not stamp.exists() or stamp.read_text() != manifest_text:
        return False
    files = json.loads(manifest_text)["files"]
    if any(not (folder / f["name"]).exists() or (folder / f["name"]).stat().st_size != f["bytes"] for f in files):
        return False
    return not verify or not differences(files, folder)


def differences(files, folder):
    """The names of the files whose sha256 is not the manifest's."""
    from sources import sha256

    return [f["name"] for f in files if sha256(folder / f["name"]) != f["sha256"]]


def build(manifest_text, cache):
    """Builds one model beside its place and moves it there when it is whole and as the manifest says."""
    # Imported here: numpy and onnx take longer to load than everything that a second run does.
    from write import write_model

    import sources

    manifest = json.loads(manifest_text)
    folder = cache / "models" / manifest["name"]
    folder.parent.mkdir(parents=True, exist_ok=True)
    source = sources.get(manifest, cache)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{manifest['name']}-") as scratch:
        fresh = Path(scratch) / "model"
        fresh.mkdir()
        print("  writing the graph", flush=True)
        write_model(manifest, *source, fresh)
        wrong = differences(manifest["files"], fresh)
        if wrong:
            sys.exit(
                f"error: model {manifest['name']}: {', '.join(wrong)} came out different from the manifest\n"
                "hint: install exactly what models/requirements.txt pins; after a change of the build scripts, "
                "models/renew.py writes the manifest anew"
            )
        (fresh / "manifest.json").write_text(manifest_text)
        publish(fresh, folder)


def publish(fresh, folder):
    """Puts the new folder in the old one's place, readable for the server's user."""
    for path in fresh.iterdir():
        path.chmod(0o644)
    fresh.chmod(0o755)
    if folder.exists():
        old = fresh.with_name("old")
        folder.rename(old)
    fresh.rename(folder)


def main():
    given = arguments()
    for name in given.names:
        manifest_text = (HERE / name / "manifest.json").read_text()
        if is_built(manifest_text, given.cache / "models" / name, given.verify):
            continue
        print(f"building model {name}", flush=True)
        began = time.monotonic()
        build(manifest_text, given.cache)
        print(f"built model {name} in {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
