"""Boards as machines, as a user meets them: what a network takes of one, and a search that has to fit it."""

import json
import shutil
import unittest

from command_line import CommandLine, NETWORK, few_images, tandem

BOARD = "machines/nucleo-f412zg.yaml"

JOB = """
network: {network}
machine: {machine}
data: {{dataset: fashion-mnist, directory: "{directory}", calibration: 32, validation: 100}}
space: {{weight_bits: [4, 8], activation_bits: [4, 8, 16]}}
search: {{algorithm: nsga2, population: 8, generations: 3, seed: 3}}
objectives: {objectives}
constraints: {constraints}
"""


class Boards(CommandLine):
    def board_job(self, objectives="[accuracy, flash_bytes, ram_bytes]", constraints="{}", machine=BOARD, extra=""):
        path = self.folder / f"board{len(list(self.folder.iterdir()))}.yaml"
        path.write_text(JOB.format(network=NETWORK, machine=machine, directory=few_images(), objectives=objectives,
                                   constraints=constraints) + extra)
        return path

    def strategy(self, weights, activations, *scales):
        path = self.folder / f"{'_'.join(map(str, ('w', weights, 'a', activations, *scales)))}.json"
        arguments = ("--weight-bits", weights, "--activation-bits", activations, *scales, "-o", path)
        self.assertEqual(tandem("quantize", NETWORK, *arguments).returncode, 0)
        return path

    def assert_estimates(self, estimate, deployed):
        """Of an estimate what is exact, and how far the rest may be."""
        for key in ("weight_bytes", "table_bytes", "arena_bytes"):
            self.assertEqual(estimate[key], deployed[key], key)
        static = {"estimated": estimate["ram_bytes"] - estimate["stack_bytes"],
                  "linked": deployed["ram_bytes"] - deployed["stack_bytes"]}
        self.assertEqual(static["estimated"], static["linked"])
        self.assertLessEqual(abs(estimate["stack_bytes"] - deployed["stack_bytes"]), 64)
        code = estimate["code_bytes"] + estimate["support_bytes"]
        linked = deployed["code_bytes"] + deployed["support_bytes"]
        self.assertLess(abs(code / linked - 1), 0.02)

    def test_a_searched_design_takes_what_its_image_takes(self):
        run = self.folder / "run"
        bounds = "{flash_bytes: 80000, ram_bytes: 32768}"
        result = tandem("run", self.board_job(constraints=bounds), "--out", run, "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        front = json.loads(result.stdout)
        self.assertEqual([objective["key"] for objective in front["objectives"]],
                         ["accuracy", "flash_bytes", "ram_bytes"])
        chosen = next(design for design in front["details"] if design["id"] == front["chosen"])
        self.assertLessEqual(chosen["flash_bytes"], 80000)
        self.assertLessEqual(chosen["ram_bytes"], 32768)
        self.assertNotIn("energy", chosen)
        self.assertEqual(sum(layer["flash_bytes"] > 0 for layer in chosen["layers"]), len(chosen["layers"]))
        self.assertIn("Flash", (run / "report.html").read_text())
        if shutil.which("arm-none-eabi-gcc") is None:
            self.skipTest("gcc-arm-none-eabi is not installed")
        files = (run / "chosen/network.onnx", "--strategy", run / "chosen/strategy.json")
        result = tandem("deploy", *files, "--board", "nucleo-f412zg", "-o", self.folder / "firmware", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assert_estimates(chosen, json.loads(result.stdout))

    def test_every_design_that_does_not_fit_says_why(self):
        run = self.folder / "run"
        bounds = "{flash_bytes: 80000, ram_bytes: 32768}"
        self.assertEqual(tandem("run", self.board_job(constraints=bounds), "--out", run).returncode, 0)
        page = (run / "report.html").read_text()
        self.assertRegex(page, r"nucleo-f412zg, as the job allows: an image that needs \d+ bytes of flash, \d+ too many; "
                               r"the largest layer, stage3[.]conv[12], has \d+ bytes of weights")
        self.assertRegex(page, r"bytes of RAM, \d+ too many; the network keeps most, \d+ bytes, while it computes stage1")
        result = tandem("run", self.board_job(constraints="{ram_bytes: 9000}"), "--out", self.folder / "none")
        self.assertEqual(result.returncode, 1)
        self.assertIn("no feasible design among", result.stderr)
        self.assertIn("nucleo-f412zg", result.stderr)
        small = tandem("run", self.board_job(machine="machines/microbit.yaml"), "--out", self.folder / "microbit")
        self.assertEqual(small.returncode, 1)
        self.assertIn("microbit: an image that needs", small.stderr)

    def test_a_search_knows_how_much_an_inference_runs(self):
        run = self.folder / "run"
        job = self.board_job(objectives="[accuracy, instructions]", constraints="{instructions: 16000000}")
        result = tandem("run", job, "--out", run, "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        front = json.loads(result.stdout)
        chosen = next(design for design in front["details"] if design["id"] == front["chosen"])
        self.assertLessEqual(chosen["instructions"], 16_000_000)
        self.assertGreater(chosen["instructions"], sum(layer["instructions"] for layer in chosen["layers"]))
        page = (run / "report.html").read_text()
        self.assertRegex(page, r"nucleo-f412zg, as the job allows: an inference of \d+ instructions, \d+ too many")
        if shutil.which("arm-none-eabi-gcc") is None or shutil.which("qemu-system-arm") is None:
            self.skipTest("gcc-arm-none-eabi or qemu-system-arm is not installed")
        firmware = self.folder / "firmware"
        files = (run / "chosen/network.onnx", "--strategy", run / "chosen/strategy.json")
        self.assertEqual(tandem("deploy", *files, "--board", "nucleo-f412zg", "-o", firmware).returncode, 0)
        verified = json.loads(tandem("verify", firmware, "--samples", 1, "--json").stdout)
        self.assertAlmostEqual(chosen["instructions"] / verified["instructions"], 1.0, delta=0.03)

    def test_map_prints_what_every_layer_takes(self):
        strategy = self.strategy(8, 8)
        arguments = ("map", NETWORK, "--machine", BOARD, "--strategy", strategy)
        text = tandem(*arguments).stdout
        for words in ("stage1.conv1", "layer", "average_pool", "flash", "of 1,048,576 (estimate)"):
            self.assertIn(words, text)
        document = json.loads(tandem(*arguments, "--json").stdout)
        self.assertEqual(sum(layer["weight_bytes"] for layer in document["layers"]), document["total"]["weight_bytes"])
        misfit = tandem("map", NETWORK, "--machine", "machines/microbit.yaml", "--strategy", strategy, "--json")
        self.assertEqual(misfit.returncode, 1)
        self.assertIn("microbit: an image", json.loads(misfit.stdout)["infeasible"]["reason"])
        if shutil.which("arm-none-eabi-gcc") is None:
            self.skipTest("gcc-arm-none-eabi is not installed")
        deployed = tandem("deploy", NETWORK, "--strategy", strategy, "--board", "nucleo-f412zg",
                          "-o", self.folder / "firmware", "--json")
        self.assert_estimates(document["total"], json.loads(deployed.stdout))

    def test_images_with_scales_are_priced_too(self):
        for rule in ("float", "multiplier_single_rounding", "multiplier_double_rounding"):
            strategy = self.strategy(8, 8, "--per-channel", "--requantization", rule)
            mapped = tandem("map", NETWORK, "--machine", BOARD, "--strategy", strategy, "--json")
            self.assertEqual(mapped.returncode, 0, mapped.stderr)
            if shutil.which("arm-none-eabi-gcc") is None:
                self.skipTest("gcc-arm-none-eabi is not installed")
            deployed = tandem("deploy", NETWORK, "--strategy", strategy, "--board", "nucleo-f412zg",
                              "-o", self.folder / rule, "--json")
            self.assertEqual(deployed.returncode, 0, deployed.stderr)
            self.assert_estimates(json.loads(mapped.stdout)["total"], json.loads(deployed.stdout))

    def test_what_a_board_cannot_answer_is_refused(self):
        out = self.folder / "out"
        of_supernet = self.board_job(extra="fine_tuning: {method: fixed}\n")
        of_supernet.write_text(of_supernet.read_text().replace(str(NETWORK), "networks/supernet8-fashion"))
        for job, words in (
                (self.board_job(objectives="[accuracy, energy]"), ("objectives[1]", "energy", "ram_bytes")),
                (self.board_job(extra="refine: {targets: {cycles: 1000}}\n"), ("refine", "microcontroller")),
                (self.board_job(extra="hardware: {method: exact}\n"), ("family", "bitserial")),
                (self.board_job(constraints="{flash_byte: 1}"), ("flash_bytes",)),
                (self.board_job(extra="batch: 4\n"), ("batch: found 4", "one image at a time")),
                (self.board_job(extra="fine_tuning: {method: lsq}\n"), ("fine_tuning.method: found lsq", "fixed")),
                (of_supernet, ("fine_tuning.method: found fixed", "learns scales")),
                (self.board_job(constraints="{ram_bytes: -1}"), ("constraints.ram_bytes", "-1")),
                (self.board_job(machine="machines/spatial-256.yaml", constraints="{ram_bytes: 1000}"),
                 ("constraints", "spatial")),
                (self.board_job(machine="machines/spatial-256.yaml", constraints="{instructions: 1000}"),
                 ("constraints", "instructions", "microcontroller")),
                (self.board_job(constraints="{instructions: 0}"), ("constraints.instructions", "0")),
                (self.board_job(machine="machines/spatial-256.yaml"), ("objectives[1]", "flash_bytes"))):
            with self.subTest(words=words):
                self.assert_refused(tandem("run", job, "--out", out), *words)
                self.assert_no_run(out)
        self.assert_refused(tandem("map", NETWORK, "--machine", BOARD), "no strategy")
        self.assert_refused(tandem("map", "--machine", BOARD, "--layer", "K=8 C=4"), "NETWORK")
        self.assert_refused(tandem("map", NETWORK, "--machine", BOARD, "--bits", 8, "--show"), "--show", "nucleo-f412zg")


if __name__ == "__main__":
    unittest.main()
