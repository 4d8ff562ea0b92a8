#!/usr/bin/env python3
"""Keeps the floor plan: reads the includes under src/ and fails on one that points upward, sideways
without leave, or at a library that belongs to another room.

    tools/floor_plan.py [ROOT]
"""

import pathlib
import re
import sys

# From the ground up; docs/architecture.md, section 2.
FLOORS = (
    ("core",),
    ("network", "numerics"),
    ("data", "engine", "strategy", "workload"),
    ("training", "machine"),
    ("mapping", "search"),
    ("codesign",),
    ("deploy", "report"),
    ("apps",),
)
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}

# Imports between rooms of one floor, each with its reason.
SIDEWAYS = {
    ("engine", "strategy"): "the engine executes a network under a strategy",
    ("workload", "strategy"): "operand widths of a loop nest come from the strategy",
}

# Where each library may be included. A library that is not listed may be included anywhere.
OWNERS = {
    r"(torch|ATen|c10)/": ("src/tandem/training/",),
    r"(onnx|google/protobuf)/": ("src/tandem/network/onnx/",),
    r"(yaml-cpp|nlohmann)/": ("src/tandem/core/",),
    r"(oneapi/)?tbb/(?!scalable_allocator)|spdlog/|xxhash\.h": ("src/tandem/core/",),
    r"(oneapi/)?tbb/scalable_allocator": ("src/tandem/engine/",),
    r"dnnl|oneapi/dnnl|omp\.h": ("src/tandem/engine/",),
    r"flatbuffers/|.*tflite_generated": ("src/tandem/strategy/tflite/",),
    r"sqlite3\.h": ("src/tandem/search/",),
    r"(Cbc|Cgl|Clp|Coin|Osi)\w*\.h": ("src/tandem/search/choices/",),
    r"httplib\.h": ("src/tandem/report/",),
    r"(zlib|lzma|archive|archive_entry|jpeglib|jerror|png)\.h|openssl/": ("src/tandem/data/",),
    r"CLI/": ("src/apps/",),
}

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)


def room_of(name):
    """The room of a path below src/, or None outside every room."""
    parts = name.split("/")
    if parts[0] == "apps":
        return "apps"
    return parts[1] if parts[0] == "tandem" and len(parts) > 2 else None


def problems_of(name, text):
    """Every include of one file that breaks the plan; `name` is relative to src/."""
    room = room_of(name)
    if room not in FLOOR_OF:
        yield f"src/{name}: found a file outside every room, expected one of {', '.join(FLOOR_OF)}"
        return
    for match in INCLUDE.finditer(text):
        included = match.group(1)
        place = f"src/{name}: line {text.count(chr(10), 0, match.start(1)) + 1}"
        for pattern, owners in OWNERS.items():
            if re.match(pattern, included) and not f"src/{name}".startswith(owners):
                yield f"{place}: found <{included}>, expected it only in {', '.join(owners)}"
        target = room_of(included)
        if target is None or target == room:
            continue
        if target not in FLOOR_OF:
            yield f"{place}: found the unknown room '{target}'"
        elif FLOOR_OF[target] > FLOOR_OF[room]:
            yield f"{place}: found an arrow up, from {room} to {target}"
        elif FLOOR_OF[target] == FLOOR_OF[room] and (room, target) not in SIDEWAYS:
            yield f"{place}: found an arrow sideways, from {room} to {target}"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent)
    source = root / "src"
    files = sorted(path for path in source.rglob("*") if path.suffix in {".h", ".cpp"})
    problems = []
    for path in files:
        problems += problems_of(path.relative_to(source).as_posix(), path.read_text())
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"floor plan: {len(files)} files, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
