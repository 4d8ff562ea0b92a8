#!/usr/bin/env python3
"""Fails when a document links to a file that does not exist, or when a how-to names one.

    tools/doc_links.py [ROOT]

Links are relative Markdown links in README.md, CHANGELOG.md and docs/. In docs/how-to/, paths in
back quotes that start with a folder of the house count too, unless they hold a placeholder (<, *, {).
"""

import pathlib
import re
import sys

LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
QUOTED = re.compile(r"`((?:src|tests|docs|machines|networks|examples|tools|cmake|bench|web)/[^`\s]*)`")


def named_paths(root, document):
    """Pairs of a line number and a path that the document says exists."""
    in_how_to = "how-to" in document.relative_to(root).parts
    for number, line in enumerate(document.read_text().splitlines(), start=1):
        for target in LINK.findall(line):
            if "://" not in target and not target.startswith("mailto:"):
                yield number, document.parent / target
        if in_how_to:
            for target in QUOTED.findall(line):
                if not re.search(r"[<*{]|\bX\b", target):
                    yield number, root / target


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent).resolve()
    documents = [root / "README.md", root / "CHANGELOG.md", *sorted((root / "docs").rglob("*.md"))]
    problems = 0
    for document in documents:
        if not document.exists():
            continue
        for number, path in named_paths(root, document):
            if not path.exists():
                problems += 1
                print(f"{document.relative_to(root)}: line {number}: found no {path}", file=sys.stderr)
    print(f"documents: {len(documents)} read, {problems} dead links")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
