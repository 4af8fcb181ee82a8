#!/usr/bin/env python3
"""What a banner costs a session once its text is written: journey_banner and journey_banner_png for customers whose text of
the day is kept, as the client sees them, in the sizes that shops use. The same SVGs go to resvg-py, the same library behind
Python, which starts from a text instead of a customer but reads its fonts in every call, as its interface has it."""
import glob
import json
import os
import pathlib
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests")]

from support.cluster import Cluster  # noqa: E402

SIZES = ["leaderboard", "medium_rectangle", "half_page", "billboard", "mobile_leaderboard", "wide_skyscraper", "social"]
CUSTOMERS = 20
ROUNDS = 15
TARGETS = {"journey_banner": 10, "journey_banner_png": 80}  # milliseconds, p50


def picture(side=600):
    """A photograph, as far as a decoder sees: soft gradients with some noise, as PNG."""
    rows = b"".join(b"\0" + bytes(v for x in range(side) for v in ((x * y // 700 + x * 7 % 5) % 256, x * 255 // side, y * 255 // side))
                    for y in range(side))
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def fill(connection):
    connection.execute("""INSERT INTO journey.products (product_id, name, brand, category, price, compare_at_price, currency, attributes)
        VALUES ('lamp', 'Willow Desk Lamp', 'Willow', 'Lamps', 39, 49, 'USD', '{"colour": "crimson"}')""")
    connection.execute("INSERT INTO journey.product_images (product_id, content) VALUES ('lamp', %s)", (picture(),))
    for number in range(CUSTOMERS):
        message = {"type": "identify", "userId": f"c{number}", "messageId": f"m{number}", "traits": {"first_name": "Ada"}}
        connection.execute("SELECT journey_track(%s)", (json.dumps(message),))
        connection.execute("""SELECT FROM journey_compose(%s, _journey_page_kind('banner', 'subject'), 'lamp',
                                                          options => '{"tier": "template", "channel": "web"}')""", (f"c{number}",))


def times(connection, function, size):
    taken = []
    for number in range(ROUNDS + 3):
        began = time.perf_counter()
        row = connection.execute(f"SELECT {function}(%s, 'lamp', %s)", (f"c{number % CUSTOMERS}", size), prepare=True, binary=True).fetchone()
        taken.append((time.perf_counter() - began) * 1000)
        assert row[0] is not None
    return taken[3:]


def peer(svgs):
    python = subprocess.check_output([ROOT / "tools/venv.sh", ROOT / "benches/banner/requirements.txt"], text=True).strip()
    home = os.environ.get("CARGO_HOME") or pathlib.Path.home() / ".cargo"
    fonts = [f for face in ("Regular", "Bold") for f in glob.glob(f"{home}/registry/src/*/notosans-*/fonts/NotoSans-{face}.ttf")[:1]]
    with tempfile.TemporaryDirectory() as folder:
        for size, svg in svgs.items():
            pathlib.Path(folder, f"{size}.svg").write_text(svg)
        return json.loads(subprocess.check_output([python, ROOT / "benches/banner/peer.py", folder, str(ROUNDS), *fonts], text=True))


def main():
    late = []
    with Cluster("banner") as server:
        server.create_database("journey")
        with server.connect() as connection:
            fill(connection)
            before = connection.execute("SELECT count(*) FROM journey.generations").fetchone()
            took = {function: {size: times(connection, function, size) for size in SIZES} for function in TARGETS}
            assert connection.execute("SELECT count(*) FROM journey.generations").fetchone() == before, "a text was written in between"
            others = peer({size: connection.execute("SELECT journey_banner('c0', 'lamp', %s)", (size,)).fetchone()[0] for size in SIZES})
    for size in SIZES:
        svg, png = (statistics.median(took[function][size]) for function in TARGETS)
        print(f"{size}: SVG {svg:.1f} ms, PNG {png:.1f} ms; resvg-py from the SVG {others[size]:.1f} ms, {png / others[size]:.2f} times that")
    for function, target in TARGETS.items():
        p50 = statistics.median(t for size in SIZES for t in took[function][size])
        print(f"{function}: p50 over all sizes {p50:.1f} ms (target: {target} ms)")
        late += [function] * (p50 > target)
    if late:
        sys.exit(f"slower than their targets: {', '.join(late)}")


main()
