#!/usr/bin/env python3
"""Draws published figures beside ours: tools/validation_plot.py FILE.json... > docs/images/validation.svg.

Each FILE.json is what `tandem reproduce NAME --json` prints. A figure is a row; its dot stands at ours / published, the bar
behind it is what the figure's tolerance allows. A ring is what it would be under its explanation, where it is out of reach.
"""
import json
import sys
from xml.sax.saxutils import escape

ROW, LEFT, WIDTH, HEAD = 16, 330, 420, 26
LEAST, MOST = 0.55, 1.45


def place(ratio):
    return LEFT + WIDTH * (min(max(ratio, LEAST), MOST) - LEAST) / (MOST - LEAST)


def text(x, y, words, anchor="start", weight="normal"):
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}" '
        f'fill="#333">{escape(words)}</text>'
    )


def draw(tables):
    rows = sum(len(table["figures"]) for table in tables)
    height = HEAD * (len(tables) + 1) + ROW * rows + 10
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 90}" height="{height}" '
        'font-family="sans-serif" font-size="11">',
        '<rect width="100%" height="100%" fill="#fff"/>',
    ]
    y = HEAD
    for tick in (0.6, 0.8, 1.0, 1.2, 1.4):
        x = place(tick)
        lines.append(text(x, 14, f"{tick:.1f}", "middle"))
        lines.append(f'<line x1="{x:.1f}" y1="20" x2="{x:.1f}" y2="{height - 6}" stroke="#ddd"/>')
    for table in tables:
        lines.append(text(8, y + 12, f"{table['name']}: ours / published", weight="bold"))
        y += HEAD
        for figure in table["figures"]:
            ratio, tolerance = figure["ratio"], max(figure["tolerance"], 0.004)
            low, high = place(1 - tolerance), place(1 + tolerance)
            colour = "#2a7f3f" if figure["pass"] else "#c0392b"
            lines.append(
                f'<rect x="{low:.1f}" y="{y - 9}" width="{high - low:.1f}" height="12" fill="#dbe9f6"/>'
            )
            lines.append(text(8, y, figure["what"]))
            lines.append(f'<circle cx="{place(ratio):.1f}" cy="{y - 3}" r="4" fill="{colour}"/>')
            explanation = figure["explanation"]
            if explanation and not figure["pass"]:
                lines.append(
                    f'<circle cx="{place(explanation["ratio"]):.1f}" cy="{y - 3}" r="3.5" fill="none" '
                    'stroke="#c0392b" stroke-width="1.5"/>'
                )
            lines.append(text(LEFT + WIDTH + 12, y, f"{ratio:.2f}"))
            y += ROW
    lines.append("</svg>")
    return "\n".join(lines) + "\n"


def main(paths):
    if not paths:
        sys.exit("usage: tools/validation_plot.py FILE.json...")
    tables = []
    for path in paths:
        with open(path, encoding="utf-8") as file:
            tables.append(json.load(file))
    sys.stdout.write(draw(tables))


if __name__ == "__main__":
    main(sys.argv[1:])
