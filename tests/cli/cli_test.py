"""The command line as a new user meets it: what is printed, which exit status, what is left on disk."""

import json
import os
import re
import shutil
import subprocess
import unittest
from pathlib import Path

from command_line import BINARY, CommandLine, FASHION, MACHINE, NETWORK, tandem


class Basics(CommandLine):
    def test_version_is_one_line(self):
        result = tandem("--version")
        self.assertEqual(result.returncode, 0)
        self.assertRegex(result.stdout, r"^tandem \d+\.\d+\.\d+\n$")

    def test_every_command_has_help_that_ends_with_an_example(self):
        names = re.findall(r"^  (\w+) +\S", tandem("--help").stdout.split("Subcommands:")[1], re.M)
        self.assertGreaterEqual(len(names), 11)
        for name in names:
            result = tandem(name, "--help")
            self.assertEqual(result.returncode, 0, name)
            self.assertRegex(result.stdout.rstrip().splitlines()[-1], rf"^  tandem {name}\b")

    def test_a_slip_in_a_command_is_answered_with_the_nearest(self):
        self.assert_refused(tandem("frnt"), "frnt", "'front'")

    def test_an_unknown_option_is_refused(self):
        self.assert_refused(tandem("front", "somewhere", "--jsn"), "--jsn")

    def test_an_unknown_instruction_set_is_refused(self):
        environment = {**os.environ, "TANDEM_INSTRUCTION_SET": "avx9"}
        self.assert_refused(tandem("inspect", NETWORK, env=environment), "TANDEM_INSTRUCTION_SET", "'avx9'", "avx512_vnni")

    def test_no_command_is_refused(self):
        self.assert_refused(tandem())

    def test_the_program_does_not_link_the_training_library(self):
        # It would cost every command a third of a second to start.
        self.assertNotIn("torch", subprocess.run(["ldd", BINARY], capture_output=True, text=True, check=True).stdout)


class Looking(CommandLine):
    def test_inspect_lists_the_layers(self):
        result = tandem("inspect", NETWORK)
        self.assertEqual(result.returncode, 0, result.stderr)
        for word in ("conv1", "stage3.shortcut", "classifier", "total"):
            self.assertIn(word, result.stdout)

    def test_inspect_speaks_json(self):
        document = json.loads(tandem("inspect", NETWORK, "--json").stdout)
        self.assertEqual(len(document["layers"]), 10)
        self.assertEqual(document["input_shape"], "Nx1x28x28")

    def test_machines_lists_families_and_files(self):
        result = tandem("machines")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("spatial", result.stdout)
        self.assertIn(MACHINE, result.stdout)

    def test_machines_answers_a_slip(self):
        self.assert_refused(tandem("machines", "--family", "spacial"), "'spatial'")

    def test_doctor_names_what_is_there(self):
        result = tandem("doctor")
        self.assertEqual(result.returncode, 0, result.stderr)
        for word in ("C compiler", "fashion-mnist", "training plug-in", "interactive report"):
            self.assertIn(word, result.stdout)

    def test_map_prices_half_width_at_about_half_the_cycles(self):
        def cycles(bits):
            result = tandem("map", NETWORK, MACHINE, "--weight-bits", bits, "--activation-bits", bits, "--json")
            self.assertEqual(result.returncode, 0, result.stderr)
            return sum(layer["cycles"] for layer in json.loads(result.stdout)["layers"])

        self.assertAlmostEqual(cycles(8) / cycles(16), 0.5, delta=0.06)

    def test_map_shows_a_loop_nest(self):
        result = tandem("map", NETWORK, MACHINE, "--layer", "stage2.conv1")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("for", result.stdout)

    def test_map_takes_a_layer_as_words_and_shows_it(self):
        result = tandem("map", "--layer", "K=64 C=3 OY=28 OX=28 FY=7 FX=7 SY=2 SX=2", "--machine", MACHINE, "--show")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("registers", result.stdout)
        self.assertIn("the optimum", result.stdout)
        self.assert_refused(tandem("map", "--layer", "K=0", "--machine", MACHINE), "an integer from 1")

    def test_map_prices_the_mapping_it_prints(self):
        shape = ("map", "--layer", "K=8 C=4 OY=6 OX=6 FY=3 FX=3", "--machine", MACHINE, "--json")
        shown = tandem(*shape, "--show")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        path = self.folder / "mapping.json"
        path.write_text(shown.stdout)
        priced = tandem(*shape, "--mapping", path)
        self.assertEqual(priced.returncode, 0, priced.stderr)
        best = tandem(*shape)
        self.assertEqual(json.loads(priced.stdout)["layers"], json.loads(best.stdout)["layers"])

    def test_map_adds_up_the_silicon_that_is_known(self):
        shape = ("map", "--layer", "K=8 C=4 OY=6 OX=6 FY=3 FX=3", "--machine", "machines/nvdla-64.yaml")
        total = json.loads(tandem(*shape, "--json").stdout)["total"]
        parts = {area["part"]: area["area_square_millimeters"] for area in total["areas"]}
        self.assertEqual(list(parts), ["cbuf", "cacc", "array"])
        self.assertIsNone(parts["array"])
        self.assertAlmostEqual(total["area_square_millimeters"], parts["cbuf"] + parts["cacc"])
        self.assertIn("not stated: array", tandem(*shape).stdout)
        unknown = tandem(*shape[:-1], MACHINE, "--json")
        self.assertNotIn("areas", json.loads(unknown.stdout)["total"])

    def test_map_prices_a_nest_of_timeloop(self):
        nest = self.folder / "layer.map.txt"
        nest.write_text(
            "DRAM [ Weights:8 (8) Inputs:4 (4) Outputs:2 (2) ] \n----\n| for C in [0:4)\n\n"
            "buffer [ Inputs:1 (1) Outputs:2 (2) ] \n----\n|   for M in [0:2) (Spatial-X)\n|     << Compute >>\n"
        )
        shape = ("map", "--layer", "K=2 C=4", "--machine", MACHINE, "--accounting", "timeloop", "--mapping", nest)
        priced = tandem(*shape, "--json")
        self.assertEqual(priced.returncode, 0, priced.stderr)
        dram, buffer = json.loads(priced.stdout)["levels"]
        self.assertEqual(dram["reads"], {"weights": 8, "inputs": 4, "outputs": 0})
        self.assertEqual(buffer["updates"]["outputs"], 8)
        self.assertIn("updates", tandem(*shape).stdout)
        nest.write_text("DRAM [ Bias:8 ] \n")
        self.assert_refused(tandem(*shape), "line 1", "Bias:8")
        self.assert_refused(
            tandem("map", "--layer", "K=2", "--machine", "machines/bismo-8x8x256.yaml", "--accounting", "chip"),
            "a machine of the family spatial",
        )

    def test_map_levels_never_fall_when_refined(self):
        table = self.folder / "layers.csv"
        table.write_text("name,K,C,OY,OX,FY,FX\na,64,64,14,14,3,3\nb,10,512,,,,\n")

        def cycles(level):
            result = tandem("map", "--layers", table, "--machine", MACHINE, "--level", level, "--json")
            self.assertEqual(result.returncode, 0, result.stderr)
            return json.loads(result.stdout)["total"]["cycles"]

        self.assertLessEqual(cycles("coarse"), cycles("mid"))
        self.assertLessEqual(cycles("mid"), cycles("fine"))

    def test_map_refines_as_far_as_targets_can_be_met(self):
        shape = ("map", "--layer", "K=64 C=64 OY=14 OX=14 FY=3 FX=3", "--machine", MACHINE, "--refine", "--json")
        met = tandem(*shape, "--target-cycles", 1000000)
        self.assertEqual(met.returncode, 0, met.stderr)
        self.assertEqual([step["move"] for step in json.loads(met.stdout)["steps"]], ["refine", "refine", "done"])
        missed = tandem(*shape, "--target-cycles", 1000)
        self.assertEqual(missed.returncode, 1)
        self.assertFalse(json.loads(missed.stdout)["meets_targets"])
        self.assertIn("cycles: 2.822e+04 at least", missed.stderr)

    def test_map_says_in_json_which_layer_does_not_fit(self):
        tiny = self.folder / "tiny.yaml"
        tiny.write_text(Path(MACHINE).read_text().replace("size_bytes: 262144", "size_bytes: 16"))
        result = tandem("map", "--layer", "K=8 C=4 OY=6 OX=6 FY=3 FX=3", "--machine", tiny, "--json")
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("buffer: found", json.loads(result.stdout)["infeasible"]["reason"])

    def test_map_answers_a_slip_in_a_layer(self):
        self.assert_refused(tandem("map", NETWORK, MACHINE, "--layer", "stage2.conv11"), "stage2.conv1")


class BadInput(CommandLine):
    def run_job(self, path):
        out = self.folder / "out"
        result = tandem("run", path, "--out", out)
        self.assert_no_run(out)
        return result

    def test_missing_job(self):
        self.assert_refused(self.run_job(self.folder / "absent.yaml"), "absent.yaml", "no such file")

    def test_missing_network(self):
        self.assert_refused(self.run_job(self.job(network="absent.onnx")), "absent.onnx")

    def test_truncated_network(self):
        path = self.folder / "half.onnx"
        path.write_bytes(Path(NETWORK).read_bytes()[:100_000])
        self.assert_refused(self.run_job(self.job(network=path)), "half.onnx")

    def test_all_unsupported_operators_are_named_at_once(self):
        path = self.folder / "odd.onnx"
        data = Path(NETWORK).read_bytes()
        # The operator type is a length-prefixed field (tag 4 of a node): Relu becomes the unknown Rexu.
        path.write_bytes(data.replace(b"\x22\x04Relu", b"\x22\x04Rexu"))
        result = self.run_job(self.job(network=path))
        self.assert_refused(result, "odd.onnx", "Rexu")
        self.assertEqual(len(result.stderr.splitlines()), data.count(b"\x22\x04Relu"))

    def test_misspelt_key(self):
        self.assert_refused(self.run_job(self.job(extra="objektives: [accuracy]\n")), "objektives", "objectives")

    def test_broken_yaml(self):
        path = self.folder / "broken.yaml"
        path.write_text("network: [a, b\nmachine: {")
        self.assert_refused(self.run_job(path), "broken.yaml")

    def test_negative_size_in_a_machine(self):
        path = self.folder / "machine.yaml"
        text = Path(MACHINE).read_text()
        path.write_text(re.sub(r"size_bytes: \d+", "size_bytes: -4", text))
        self.assert_refused(self.run_job(self.job(machine=path)), "machine.yaml", "size_bytes", "-4")

    def test_corrupt_gzip(self):
        data = self.folder / "data"
        shutil.copytree(FASHION, data)
        target = data / "train-images-idx3-ubyte.gz"
        target.chmod(0o644)
        content = bytearray(target.read_bytes())
        content[1_000_000:1_000_100] = bytes(100)
        target.write_bytes(content)
        self.assert_refused(self.run_job(self.job(directory=data)), "train-images-idx3-ubyte.gz")

    def test_missing_data(self):
        self.assert_refused(self.run_job(self.job(directory=self.folder / "void")), "void", "dataset-fashion-mnist")

    def test_front_of_no_run(self):
        self.assert_refused(tandem("front", self.folder / "void"), "void")

    def test_resume_of_no_run(self):
        self.assert_refused(tandem("run", "--resume", self.folder), "no run")

    def test_a_store_that_is_no_database(self):
        out = self.folder / "out"
        self.assertEqual(tandem("run", self.job(generations=1), "--out", out).returncode, 0)
        (out / "run.sqlite").write_bytes(b"not a database at all" * 100)
        self.assert_refused(tandem("run", "--resume", out), "run.sqlite")

    def test_one_width_without_the_other(self):
        self.assert_refused(tandem("quantize", NETWORK, "--weight-bits", 8), "--activation-bits")


if __name__ == "__main__":
    unittest.main()
