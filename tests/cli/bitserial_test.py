"""Bit-serial arrays as a user meets them: prices, RTL, and jobs that choose the array."""

import json
import re
import shutil
import subprocess
import unittest
from pathlib import Path

from command_line import CommandLine, MACHINE, NETWORK, tandem


class BitSerial(CommandLine):
    MACHINE = "machines/bismo-8x8x256.yaml"

    def widths(self, *arguments):
        path = self.folder / "strategy.json"
        result = tandem("quantize", NETWORK, "--weight-bits", 2, "--activation-bits", 4, *arguments,
                        "--uncalibrated", "-o", path)
        self.assertEqual(result.returncode, 0, result.stderr)
        return path

    def test_widths_need_no_data_and_price_a_network(self):
        strategy = self.widths("--first-last-bits", 8)
        layers = json.loads(strategy.read_text())["layers"]
        self.assertEqual([layer["weight_bits"] for layer in layers], [8] + [2] * (len(layers) - 2) + [8])
        self.assertEqual([layer["activation_bits"] for layer in layers], [8] + [4] * (len(layers) - 2) + [8])
        result = tandem("map", NETWORK, "--machine", self.MACHINE, "--strategy", strategy, "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        cost = json.loads(result.stdout)
        total = cost["total"]
        self.assertEqual((total["luts"], total["brams"]), (29678, 135))
        for key in ("cycles", "compute_cycles"):
            self.assertEqual(total[key], sum(layer[key] for layer in cost["layers"]))
        dram = [layer["traffic"][0] for layer in cost["layers"]]
        bits = sum(sum(level[way].values()) for level in dram for way in ("read", "written"))
        self.assertEqual(8 * total["dram_bytes"], bits)

    def test_fewer_bits_cost_less(self):
        def cycles(*widths):
            result = tandem("map", NETWORK, self.MACHINE, "--weight-bits", widths[0], "--activation-bits",
                            widths[1], "--json")
            return json.loads(result.stdout)["total"]["cycles"]
        self.assertLess(cycles(1, 1), cycles(4, 4))
        self.assertLess(cycles(4, 4), cycles(8, 8))

    def test_what_does_not_fit_is_said(self):
        wide = tandem("map", NETWORK, self.MACHINE, "--weight-bits", 16, "--activation-bits", 4)
        self.assert_refused(wide, "16-bit operands", "up to 8 bits", status=1)
        self.assert_refused(tandem("quantize", NETWORK, "--uncalibrated"), "--weight-bits")
        self.assert_refused(tandem("quantize", NETWORK, "--uncalibrated", "--first-last-bits", 8),
                            "--first-last-bits", "--weight-bits")


    def test_arrays_are_found_for_given_widths_and_written_as_machines(self):
        strategy = self.widths("--first-last-bits", 8)
        out = self.folder / "array.yaml"
        arguments = ("map", NETWORK, "--machine", self.MACHINE, "--strategy", strategy, "--arrays", "--luts", 30602)
        result = tandem(*arguments, "-o", out, "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        found = json.loads(result.stdout)
        self.assertEqual(found["arrays"], 147015)
        self.assertTrue(all(design["luts"] <= 30602 for design in found["front"]))
        chosen = next(design for design in found["front"] if design["machine"] == found["chosen"])
        total = json.loads(tandem("map", NETWORK, out, "--strategy", strategy, "--json").stdout)["total"]
        self.assertEqual((total["luts"], total["brams"]), (chosen["luts"], chosen["brams"]))
        self.assertEqual(tandem(*arguments, "--json").stdout, result.stdout)
        self.assert_refused(tandem(*arguments, "-o", out), "exists")
        genetic = json.loads(tandem(*arguments, "--json", "--method", "nsga2").stdout)
        self.assertLessEqual(len(genetic["front"]), len(found["front"]))
        self.assert_refused(tandem("map", NETWORK, "--machine", self.MACHINE, "--strategy", strategy, "--arrays",
                                   "--luts", 100), "the nearest, bismo-2x2x64", "956 LUTs, of 100 allowed", status=1)
        self.assert_refused(tandem("map", NETWORK, MACHINE, "--strategy", strategy, "--arrays"), "bitserial")

    def test_a_machine_becomes_rtl_that_simulates_and_synthesises(self):
        machine = self.folder / "small.yaml"
        text = Path(self.MACHINE).read_text()
        for key, value in (("rows", 2), ("columns", 1), ("dot_product_bits", 32), ("left_words", 16), ("right_words", 9)):
            text = re.sub(rf"{key}: \d+", f"{key}: {value}", text)
        machine.write_text(text)
        out = self.folder / "rtl"
        arguments = ("deploy", "--machine", machine, "--target", "rtl", "-o", out)
        result = tandem(*arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assert_refused(tandem(*arguments), "--force")
        first = {path.name: path.read_bytes() for path in out.iterdir()}
        self.assertEqual(tandem(*arguments, "--force").returncode, 0)
        self.assertEqual(first, {path.name: path.read_bytes() for path in out.iterdir()})
        for tool, target, words in (("verilator", "simulate", " 0 differ; "), ("yosys", "synthesize", "RAMB")):
            if shutil.which(tool) is None:
                self.skipTest(f"no {tool}")
            made = subprocess.run(["make", "-s", "-C", out, target], capture_output=True, text=True, check=False)
            self.assertEqual(made.returncode, 0, made.stderr)
            self.assertIn(words, made.stdout)

    def test_rtl_needs_a_bit_serial_machine_and_no_network(self):
        out = self.folder / "rtl"
        self.assert_refused(tandem("deploy", "--target", "rtl", "-o", out), "--machine")
        self.assert_refused(tandem("deploy", "--target", "rtl", "--machine", MACHINE, "-o", out), "bitserial")
        self.assert_refused(tandem("deploy", NETWORK, "--target", "rtl", "--machine", self.MACHINE, "-o", out),
                            "rtl with a network")
        self.assert_refused(tandem("deploy", "--point", "a=b", "--target", "rtl", "--machine", self.MACHINE, "-o", out),
                            "rtl with a network")
        self.assert_refused(tandem("deploy", "-o", out), "NETWORK")
        self.assert_refused(tandem("deploy", NETWORK, "--machine", self.MACHINE, "-o", out), "--target rtl")
        self.assert_no_run(out)

    def test_a_nested_job_gives_each_design_its_array(self):
        nested = "hardware: {targets: {luts: 12000, brams: %d}}\nobjectives: [accuracy]\n"
        job = self.job(machine=self.MACHINE, extra=nested % 100)
        job.write_text(job.read_text().replace("[4, 8, 16]", "[2, 4, 8]"))
        out = self.folder / "run"
        result = tandem("run", job, "--out", out)
        self.assertEqual(result.returncode, 0, result.stderr)
        front = json.loads((out / "front.json").read_text())
        for design in front["details"]:
            self.assertLessEqual(design["luts"], 12000)
            self.assertLessEqual(design["brams"], 100)
        chosen = next(design for design in front["details"] if design["id"] == front["chosen"])
        self.assertEqual(front["machine"]["name"], chosen["machine"])

        joint = job.read_text().replace("hardware: {", "hardware: {method: joint, ")
        job.write_text(joint)
        together = self.folder / "together"
        result = tandem("run", job, "--out", together)
        self.assertEqual(result.returncode, 0, result.stderr)
        for design in json.loads((together / "front.json").read_text())["details"]:
            self.assertLessEqual(design["luts"], 12000)
            self.assertLessEqual(design["brams"], 100)
        job.write_text(joint.replace("method: joint, ", ""))

        job.write_text(job.read_text().replace("brams: 100", "brams: 3"))
        self.assert_refused(tandem("run", job, "--out", self.folder / "none"), "no feasible design",
                            "block RAMs, of 3 allowed", status=1)
        job.write_text(job.read_text().replace(self.MACHINE, MACHINE))
        self.assert_refused(tandem("run", job, "--out", self.folder / "other"), "family", "bitserial")
        self.assert_no_run(self.folder / "other")

    def test_an_iterative_job_takes_turns_until_nothing_changes(self):
        job = self.job(machine=self.MACHINE, extra="hardware: {method: iterative, targets: {luts: 40000, brams: 200}}\n"
                                                   "objectives: [accuracy]\n")
        job.write_text(job.read_text().replace("[4, 8, 16]", "[2, 4]"))
        out = self.folder / "rounds"
        result = tandem("run", job, "--out", out, "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        iterations = json.loads(result.stdout)
        self.assertEqual(iterations, json.loads((out / "iterations.json").read_text()))
        rounds = iterations["rounds"]
        self.assertIn(iterations["end"], ("the array stays", "the widths stay", "the last round allowed"))
        self.assertLessEqual(len(rounds), 4)
        for place, row in enumerate(rounds, 1):
            self.assertTrue((out / f"round-{place}/machine.yaml").is_file())
            self.assertLessEqual(row["luts"], 40000)
            self.assertLessEqual(row["brams"], 200)
        for before, after in zip(rounds, rounds[1:]):
            self.assertEqual(after["array"], before["next_array"])
            self.assertGreaterEqual(after["accuracy"], before["accuracy"], "it begins with the design before")
        self.assertTrue((out / f"round-{len(rounds)}/chosen/strategy.json").is_file())
        again = tandem("run", job, "--out", out, "--json")
        self.assertEqual(again.stdout, result.stdout, "nothing is searched twice")
        self.assert_refused(tandem("run", job, "--out", self.folder / "x", "--seeds", 2), "iterative with --seeds")


if __name__ == "__main__":
    unittest.main()
