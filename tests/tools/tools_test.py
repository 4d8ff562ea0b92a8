"""The developer scripts: each must find what it is there to find."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TOOLS = ROOT / "tools"


def run(command, **options):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **options)


class Tree(unittest.TestCase):
    """A test with a small source tree of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        (self.root / "src").mkdir()

    def plant(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


class FloorPlan(Tree):
    def problems(self, name, include):
        self.plant(name, f"// a file\n#include {include}\n")
        result = run([TOOLS / "floor_plan.py", self.root])
        self.assertEqual(result.returncode, 1 if result.stderr else 0)
        return result.stderr.strip()

    def test_accepts_an_arrow_down(self):
        self.assertEqual(self.problems("src/tandem/machine/a.cpp", '"tandem/workload/workload.h"'), "")

    def test_refuses_an_arrow_up(self):
        self.assertEqual(
            self.problems("src/tandem/workload/a.h", '"tandem/machine/machine.h"'),
            "src/tandem/workload/a.h: line 2: found an arrow up, from workload to machine")

    def test_refuses_an_unlisted_arrow_sideways(self):
        self.assertEqual(
            self.problems("src/tandem/network/a.cpp", '"tandem/numerics/pack.h"'),
            "src/tandem/network/a.cpp: line 2: found an arrow sideways, from network to numerics")

    def test_accepts_a_listed_arrow_sideways(self):
        self.assertEqual(self.problems("src/tandem/engine/a.cpp", '"tandem/strategy/strategy.h"'), "")

    def test_refuses_a_library_outside_its_room(self):
        for name, include in (("src/tandem/engine/a.cpp", "<torch/torch.h>"),
                              ("src/tandem/network/a.cpp", "<onnx/checker.h>"),
                              ("src/tandem/search/a.cpp", "<nlohmann/json.hpp>"),
                              ("src/tandem/report/a.cpp", "  <yaml-cpp/yaml.h>")):
            self.assertIn("expected it only in", self.problems(name, include))
            (self.root / name).unlink()

    def test_accepts_a_library_in_its_room(self):
        self.assertEqual(self.problems("src/tandem/network/onnx/a.cpp", "<google/protobuf/message.h>"), "")

    def test_refuses_rooms_it_does_not_know(self):
        self.assertIn("outside every room", self.problems("src/tandem/attic/a.cpp", "<vector>"))


class LineCount(Tree):
    def test_fails_above_eight_hundred_lines(self):
        self.plant("src/a.cpp", "\n" * 801)
        result = run([TOOLS / "line_count.py", self.root])
        self.assertEqual(result.returncode, 1)
        self.assertIn("src/a.cpp: found 801 lines, expected at most 800", result.stderr)

    def test_accepts_eight_hundred_lines_and_long_data(self):
        self.plant("src/a.cpp", "\n" * 800)
        self.plant("tests/golden/a.c", "\n" * 5000)
        result = run([TOOLS / "line_count.py", self.root])
        self.assertEqual((result.returncode, result.stderr), (0, ""))


class DocLinks(Tree):
    def test_fails_on_a_link_to_nothing(self):
        self.plant("README.md", "See [the shape](docs/shape.md).\n")
        result = run([TOOLS / "doc_links.py", self.root])
        self.assertEqual(result.returncode, 1)
        self.assertIn("README.md: line 1: found no", result.stderr)

    def test_fails_on_a_how_to_that_names_a_missing_file(self):
        self.plant("docs/how-to/add.md", "Look at `src/tandem/a.cpp` and `src/tandem/<family>/`.\n")
        self.assertEqual(run([TOOLS / "doc_links.py", self.root]).returncode, 1)
        self.plant("src/tandem/a.cpp", "")
        self.assertEqual(run([TOOLS / "doc_links.py", self.root]).returncode, 0)


class ValidationPlot(Tree):
    def test_draws_every_figure_and_marks_those_beyond_their_bar(self):
        figure = {"what": "cycles < 5", "ratio": 1.0, "tolerance": 0.1, "pass": True, "explanation": None}
        beyond = {"what": "energy", "ratio": 9.0, "tolerance": 0.1, "pass": False,
                  "explanation": {"assumption": "other costs", "ours": 1.1, "ratio": 1.1}}
        self.plant("a.json", json.dumps({"name": "table", "figures": [figure, beyond]}))
        result = run([TOOLS / "validation_plot.py", self.root / "a.json"])
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("cycles &lt; 5", result.stdout)
        self.assertEqual(result.stdout.count("<circle"), 3)  # a ring where the explanation puts it
        self.assertEqual(result.stdout.count("#c0392b"), 2)


class Setup(Tree):
    """tools/setup on a system made of stand-ins, so that nothing is installed."""

    def setUp(self):
        super().setUp()
        self.bin = self.root / "bin"
        self.bin.mkdir()
        for name in ("sh", "sed", "grep", "cat", "env"):
            (self.bin / name).symlink_to(shutil.which(name))

    def stand_in(self, name, body):
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)

    def setup_with(self, *groups):
        return run([TOOLS / "setup", *groups], env={**os.environ, "PATH": str(self.bin)})

    def test_names_the_packages_where_there_is_no_apt(self):
        result = self.setup_with("train")
        self.assertEqual(result.returncode, 1)
        self.assertIn("does not install packages with apt-get", result.stderr)
        self.assertIn("apt-get install --no-install-recommends libtorch-dev libopenblas0-openmp", result.stderr)

    def test_stops_without_root(self):
        self.stand_in("dpkg-query", "echo installed libtorch-dev")
        self.stand_in("apt-get", "echo apt-get must not run; exit 1")
        self.stand_in("id", "echo 1000")
        result = self.setup_with("train")
        self.assertEqual(result.returncode, 1)
        self.assertIn("needs root", result.stderr)
        self.assertIn("apt-get install --no-install-recommends libopenblas0-openmp", result.stderr)
        self.assertNotIn("must not run", result.stdout)

    def test_stops_without_a_network(self):
        self.stand_in("dpkg-query", "exit 1")
        self.stand_in("apt-get", "exit 100")
        self.stand_in("id", "echo 0")
        result = self.setup_with("train")
        self.assertEqual(result.returncode, 1)
        self.assertIn("the package lists cannot be fetched", result.stderr)
        self.assertIn("apt-get install --no-install-recommends libtorch-dev libopenblas0-openmp", result.stderr)

    def test_does_nothing_when_nothing_is_missing(self):
        self.stand_in("dpkg-query", "echo installed libtorch-dev; echo installed libopenblas0-openmp")
        self.stand_in("apt-get", "echo apt-get must not run; exit 1")
        result = self.setup_with("train")
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))

    def test_installs_what_is_missing_and_no_more(self):
        self.stand_in("dpkg-query", "echo installed libtorch-dev")
        self.stand_in("apt-get", 'echo "apt-get $*" >&2')
        self.stand_in("id", "echo 0")
        result = self.setup_with("train")
        self.assertEqual(result.returncode, 0)
        self.assertIn("apt-get install -y -qq --no-install-recommends libopenblas0-openmp\n", result.stderr)

    def test_refuses_an_unknown_group(self):
        result = self.setup_with("everything")
        self.assertEqual(result.returncode, 2)
        self.assertIn("unknown group 'everything'", result.stderr)


if __name__ == "__main__":
    unittest.main()
