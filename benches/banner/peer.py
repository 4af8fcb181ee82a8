"""Renders the SVG files of a folder with resvg-py, some rounds; prints the milliseconds of each file as JSON:
peer.py FOLDER ROUNDS FONT…"""
import json
import pathlib
import statistics
import sys
import time

import resvg_py

folder, rounds, fonts = pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
medians = {}
for path in sorted(folder.glob("*.svg")):
    svg, taken = path.read_text(), []
    for _ in range(rounds):
        began = time.perf_counter()
        png = resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True, font_files=fonts)
        taken.append((time.perf_counter() - began) * 1000)
    assert bytes(png[:4]) == b"\x89PNG"
    medians[path.stem] = statistics.median(taken)
print(json.dumps(medians))
