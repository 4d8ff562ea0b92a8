# Everything a person does here, spelled out. `make help` lists it.
.DEFAULT_GOAL := help
.PHONY: asan bench bench-report bench-runtime build check demo docs fast format fuzz golden help screenshots setup slow test test-build tidy train-demo training

GROUPS ?= demo
JOBS ?= $(shell nproc)
FUZZ_SECONDS ?= 60
CTEST := ctest --output-on-failure -j2

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

setup: ## install the Debian packages of GROUPS (demo test train fuzz cluster); default: demo
	@tools/setup $(GROUPS)

build: ## build/release/tandem
	@tools/setup demo
	cmake --preset release
	cmake --build build/release -j $(JOBS)

demo: build ## the main job: search, front, chosen design as C, report
	@tools/demo build/release/tandem

training: ## build/train/tandem, which trains too (installs LibTorch)
	@tools/setup demo train
	cmake --preset train
	cmake --build build/train -j $(JOBS)

train-demo: training ## train the network of the demo again
	build/train/tandem train examples/train-fashion-resnet8.yaml --out networks/resnet8-fashion.onnx --force

test-build:
	@tools/setup demo test train fuzz
	cmake --preset test
	cmake --build build/test -j $(JOBS)

test: test-build ## every test but the longest, every check, and the fast tests under the sanitizers
	cd build/test && $(CTEST) -LE long
	@$(MAKE) --no-print-directory check asan

fast: test-build ## the tests that take under a minute together
	cd build/test && $(CTEST) -L fast

slow: test-build ## the other tests, and whole networks on every board
	cd build/test && $(CTEST) -L 'slow|long'

asan: ## the fast tests with the address and undefined-behaviour sanitizers
	@tools/setup demo test
	cmake --preset asan
	cmake --build build/asan -j $(JOBS)
	cd build/asan && $(CTEST) -L fast

check: ## format, length of files, floor plan, links, clang-tidy on what changed
	tools/format --check
	tools/line_count.py
	tools/floor_plan.py
	tools/doc_links.py
	tools/tidy --changed

tidy: ## clang-tidy on everything
	@tools/setup demo test fuzz
	tools/tidy --all

format: ## rewrite every source file in the house's format
	tools/format

golden: test-build ## rewrite the expected outputs; review the difference before committing it
	cd build/test && TANDEM_UPDATE_GOLDENS=1 $(CTEST)
	git status --short tests

bench: test-build ## every benchmark
	for program in build/test/*_bench; do "$$program" || exit 1; done

bench-runtime: test-build ## float and integers beside ONNX Runtime, in turns on one core
	bench/runtime_comparison.py

bench-report: test-build ## the report page of 5,000 and 50,000 designs, measured in Chromium
	tools/page_environment build/test node bench/report_bench.mjs bench/report.md

screenshots: test-build demo ## the pictures of the demo's front and report under docs/images/
	build/release/tandem report runs/fashion-resnet8 --out build/report.html --force
	build/release/tandem front runs/fashion-resnet8 > build/front.txt
	tools/page_environment build/test node tests/page/screenshots.mjs build/report.html build/front.txt docs/images

fuzz: ## every fuzz target for FUZZ_SECONDS, from its committed corpus
	@tools/setup demo fuzz
	cmake --preset fuzz
	cmake --build build/fuzz -j $(JOBS) --target fuzz_targets
	tools/fuzz $(FUZZ_SECONDS)

docs: ## check that the documents name files that exist
	tools/doc_links.py
