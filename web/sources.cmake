# What the bundle is made of; see src/tandem/report/CMakeLists.txt.
set(TANDEM_WEB_SOURCES
    build.mjs
    tsconfig.json
    src/main.ts)
