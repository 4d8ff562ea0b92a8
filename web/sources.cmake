# What the bundle is made of; see src/tandem/report/CMakeLists.txt.
set(TANDEM_WEB_SOURCES
    build.mjs
    tsconfig.json
    src/chart.ts
    src/design.ts
    src/dom.ts
    src/format.ts
    src/labels.ts
    src/main.ts
    src/projection.ts
    src/run.ts
    src/search.ts
    src/selection.ts
    src/tables.ts
    src/tradeoff.ts)
