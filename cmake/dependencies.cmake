# What Tandem stands on; docs/dependencies.md says why each one is here. Optional parts look for
# their own (LibTorch in training/, Node in report/).
find_package(Protobuf REQUIRED) # before ONNX, whose package file expects it
find_package(ONNX REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(tl-expected REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(TBB REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(dnnl REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS CXX) # Debian's oneDNN threads by it; we hold it to one thread
find_package(PkgConfig REQUIRED)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)
if(TANDEM_TESTS)
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()
if(TANDEM_BENCH)
  find_package(benchmark REQUIRED)
endif()
