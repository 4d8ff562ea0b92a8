#!/bin/sh
# screenshots.sh REPORT.html OUT_DIR: the head of a report, light and dark, at 1280 and at 390 pixels,
# as report-light.png, report-dark.png, report-light-narrow.png and report-dark-narrow.png.
set -eu
report=$(realpath "$1")
out=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# A window has a least width; a frame has not.
printf '<body style="margin:0"><iframe src="file://%s" style="width:390px;height:1400px;border:0"></iframe></body>\n' \
    "$report" >"$work/narrow.html"

shoot() { # OUT SIZE PAGE [FLAG...]
    name=$1 size=$2 page=$3
    shift 3
    chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
        --disable-background-networking --disable-component-update --disable-sync --hide-scrollbars \
        --user-data-dir="$work/browser" --window-size="$size" --virtual-time-budget=10000 "$@" \
        --screenshot="$out/$name.png" "file://$page" 2>/dev/null
}
for theme in light dark; do
    # Chromium counts dark 0 and light 1.
    if [ $theme = dark ]; then scheme=0; else scheme=1; fi
    flag=--blink-settings=preferredColorScheme=$scheme
    shoot report-$theme 1280,2120 "$report" $flag
    shoot report-$theme-narrow 390,1400 "$work/narrow.html" $flag
done
