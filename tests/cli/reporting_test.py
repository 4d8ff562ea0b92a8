"""Reports and fronts of a finished run, and the page of one that goes on."""

import csv
import json
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path

from command_line import BINARY, CommandLine, tandem


class Reporting(CommandLine):
    """One small run, looked at in every way."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shared = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.shared.cleanup)

    def setUp(self):
        super().setUp()
        self.run_directory = Path(self.shared.name) / "run"
        if not self.run_directory.exists():
            result = tandem("run", self.job(generations=1), "--out", self.run_directory)
            self.assertEqual(result.returncode, 0, result.stderr)
        self.front = json.loads((self.run_directory / "front.json").read_text())

    def test_front_as_csv_holds_the_front_and_the_points_of_comparison(self):
        rows = list(csv.DictReader(tandem("front", self.run_directory, "--csv").stdout.splitlines()))
        front = [int(row["Design"]) for row in rows if row["Note"].startswith("front")]
        self.assertEqual(front, self.front["front"])
        details = {entry["id"]: entry for entry in self.front["details"]}
        for row in rows:
            self.assertEqual(float(row["Energy [16-bit MACs]"]), details[int(row["Design"])]["energy"])

    def test_front_as_markdown_is_one_table(self):
        lines = tandem("front", self.run_directory, "--markdown").stdout.splitlines()
        self.assertEqual({line.count(" | ") for line in lines}, {lines[0].count(" | ")})
        self.assertRegex(lines[1], r"^\| ---: \|")

    def test_front_draws_a_plot_and_takes_one_form_at_a_time(self):
        text = tandem("front", self.run_directory).stdout
        self.assertIn("\N{BLACK DIAMOND} chosen", text)
        self.assertRegex(text, "[\u2801-\u28ff\N{BLACK DIAMOND}]")
        self.assert_refused(tandem("front", self.run_directory, "--csv", "--json"), "--csv")

    def test_front_has_a_knee_and_takes_a_sample(self):
        whole = json.loads(tandem("front", self.run_directory, "--json").stdout)
        self.assertIn(whole["knee"], whole["front"])
        sample = json.loads(tandem("front", self.run_directory, "--json", "--epsilon", 1).stdout)
        self.assertLess(len(sample["front"]), max(len(whole["front"]), 2))
        self.assertLessEqual(set(sample["front"]), set(whole["front"]))
        self.assertEqual((sample["knee"], sample["details"]), (whole["knee"], whole["details"]))
        self.assertIn(f"knee of the front: design {whole['knee']}", tandem("front", self.run_directory).stdout)
        self.assert_refused(tandem("front", self.run_directory, "--epsilon", 0), "--epsilon")

    def test_compare_lays_runs_over_each_other(self):
        page = self.folder / "both.html"
        result = tandem("report", "--compare", self.run_directory, self.run_directory, "-o", page)
        self.assertEqual(result.returncode, 0, result.stderr)
        text = page.read_text()
        for table in ("runs-table", "front-1-table", "front-2-table"):
            self.assertIn(f'id="{table}"', text)
        self.assert_refused(tandem("report", "--compare", self.run_directory, self.folder / "void", "-o", page), "void")
        self.assert_refused(tandem("report", "-o", page), "no run")

    def test_the_record_has_what_the_page_shows(self):
        classes = len(self.front["dataset"]["classes"])
        self.assertEqual(classes, 10)
        validation = self.front["dataset"]["validation_samples"]
        for design in self.front["details"]:
            confusion = design["confusion"]
            self.assertEqual(sum(confusion), validation)
            right = sum(confusion[place * (classes + 1)] for place in range(classes))
            self.assertAlmostEqual(right / validation, design["accuracy"], places=9)
            self.assertEqual(len(design["memory"]["steps"]), 1 + max(place["last_step"] for place in design["memory"]["places"]))
            for layer in design["layers"]:
                self.assertIn("iterations", json.dumps(self.front["mappings"][layer["mapping"]]))
        phases = json.loads((self.run_directory / "timings.json").read_text())
        self.assertEqual(phases[1]["name"], "search")

    def test_the_chosen_design_is_deployed_again_from_its_files(self):
        chosen = self.run_directory / "chosen"
        again = self.folder / "again"
        result = tandem("deploy", chosen / "network.onnx", "--strategy", chosen / "strategy.json", "--out", again)
        self.assertEqual(result.returncode, 0, result.stderr)
        for name in ("network.c", "weights.c", "kernels.c"):
            self.assertEqual((again / name).read_bytes(), (chosen / name).read_bytes(), name)

    def test_an_edited_front_is_refused_by_its_schema(self):
        copy = self.folder / "copy"
        shutil.copytree(self.run_directory, copy)
        self.front["front"][0] = 999999
        self.front["details"][0]["layers"][0]["weight_bits"] = "eight"
        (copy / "front.json").write_text(json.dumps(self.front))
        result = tandem("report", copy, "-o", self.folder / "page.html")
        self.assert_refused(result, "front.json", "weight_bits", "'eight'")

    def test_a_front_that_is_not_of_its_run_is_refused(self):
        copy = self.folder / "copy"
        shutil.copytree(self.run_directory, copy)
        for key, words in (("hypervolume_reference", ("hypervolume_reference", "3 numbers")), ("objectives", ("objectives", "as the run has"))):
            front = json.loads((self.run_directory / "front.json").read_text())
            front[key].pop()
            if key == "objectives":
                front["hypervolume_reference"].pop()
            (copy / "front.json").write_text(json.dumps(front))
            self.assert_refused(tandem("report", copy, "-o", self.folder / "page.html"), "front.json", *words)
        for design in self.front["details"]:
            del design["energy"]
        (copy / "front.json").write_text(json.dumps(self.front))
        for form in ((), ("--json",), ("--csv",), ("--epsilon", "0.1")):
            self.assert_refused(tandem("front", copy, *form), "front.json", "details.energy", "a number")
        self.front["front"] = []
        (copy / "front.json").write_text(json.dumps(self.front))
        self.assert_refused(tandem("front", copy), "front.json", "no design")

    def test_watch_on_a_port_in_use_leaves_no_run(self):
        out = self.folder / "watched"
        with socket.create_server(("127.0.0.1", 0)) as taken:
            result = tandem("run", self.job(generations=1), "--out", out, "--watch", "--port", taken.getsockname()[1])
        self.assert_refused(result, "127.0.0.1", "free", status=1)
        self.assert_no_run(out)

    def test_watch_serves_the_run_so_far_to_this_machine_alone(self):
        out = self.folder / "watched"
        command = [BINARY, "run", str(self.job(generations=400)), "--out", str(out), "--watch"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
            try:
                address = process.stderr.readline().split()[-1]
                self.assertTrue(address.startswith("http://127.0.0.1:"), address)
                run = {}
                while not run:
                    with urllib.request.urlopen(address + "run.json", timeout=300) as answer:
                        run = json.loads(answer.read())
                    time.sleep(0.1)
                self.assertEqual(run["live"]["finished"], False)
                self.assertGreater(len(run["generations"]), 0)
                with urllib.request.urlopen(address, timeout=300) as answer:
                    self.assertIn('id="progress"', answer.read().decode())
                request = urllib.request.Request(address, headers={"Host": "elsewhere.example"})
                with self.assertRaises(urllib.error.HTTPError) as refusal:
                    urllib.request.urlopen(request, timeout=300)
                self.assertEqual(refusal.exception.code, 403)
                refusal.exception.close()
            finally:
                process.send_signal(signal.SIGINT)
                _, errors = process.communicate(timeout=300)
        self.assertEqual(process.returncode, 130, errors)


if __name__ == "__main__":
    unittest.main()
