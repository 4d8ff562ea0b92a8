#!/usr/bin/env python3
"""Lists the longest source files and fails when one has more than 800 lines.

    tools/line_count.py [ROOT]
"""

import pathlib
import sys

FOLDERS = ("src", "tests", "bench", "tools", "cmake", "web")
SUFFIXES = {".cpp", ".h", ".c", ".py", ".ts", ".css", ".cmake", ".txt", ""}
DATA = ("tests/golden", "tests/fuzz/corpus", "web/node_modules", "web/dist")
LIMIT = 800
SHOWN = 8


def source_files(root):
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            name = path.relative_to(root).as_posix()
            is_data = any(name.startswith(prefix + "/") for prefix in DATA)
            if path.is_file() and path.suffix in SUFFIXES and not is_data:
                yield path, name


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent)
    counts = []
    for path, name in source_files(root):
        lines = path.read_bytes().count(b"\n")
        counts.append((lines, name))
    counts.sort(reverse=True)
    for lines, name in counts[:SHOWN]:
        print(f"{lines:6} {name}")
    too_long = [(lines, name) for lines, name in counts if lines > LIMIT]
    for lines, name in too_long:
        print(f"{name}: found {lines} lines, expected at most {LIMIT}: split it", file=sys.stderr)
    return 1 if too_long else 0


if __name__ == "__main__":
    sys.exit(main())
