"""A job over several machines as a user meets it: what it prints and leaves, how it goes on, and what it refuses."""

import json
import re
import unittest
from pathlib import Path

from command_line import CommandLine, few_images, tandem

JOB = """
network: networks/resnet8-fashion.onnx
machines:
{machines}
data: {{dataset: fashion-mnist, directory: "{directory}", calibration: 32, validation: 100}}
space: {{weight_bits: [4, 8], activation_bits: [4, 8]{space}}}
search: {{algorithm: nsga2, population: 8, generations: {generations}, seed: 3}}
objectives: {objectives}
"""
SPATIAL = "  - {machine: machines/spatial-168.yaml}\n"
STATIONARY = "  - {machine: machines/spatial-168.yaml, dataflow: weight-stationary}\n"
TOGETHER = "  - {machine: machines/spatial-168.yaml, batch: 4}\n"
SERIAL = "  - {machine: machines/bismo-8x16x64.yaml}\n"


class Machines(CommandLine):
    def setUp(self):
        super().setUp()
        self.out = self.folder / "out"

    def machines_job(self, machines, objectives="[accuracy, energy, latency]", generations=2, space=""):
        path = self.folder / "machines.yaml"
        path.write_text(JOB.format(machines=machines, directory=few_images(), objectives=objectives,
                                   generations=generations, space=space))
        return path

    def test_machines_are_compared_and_accuracies_measured_once(self):
        job = self.machines_job(SPATIAL + STATIONARY + TOGETHER + SERIAL)
        result = tandem("run", job, "--out", self.out)
        self.assertEqual(result.returncode, 0, result.stderr)
        names = ["spatial-168", "spatial-168-weight-stationary", "spatial-168-batch-4", "bismo-8x16x64"]
        variants = json.loads((self.out / "machines.json").read_text())["variants"]
        self.assertEqual([one["name"] for one in variants], names)
        self.assertEqual([one["tie"] for one in variants], [True, True, True, False])
        self.assertEqual(variants[0]["remembered"], 0)
        self.assertGreater(variants[1]["remembered"], 0)
        page = (self.out / "machines.html").read_text()
        for name, variant in zip(names, variants):
            self.assertIn(name, result.stdout)
            self.assertIn(name, page)
            front = json.loads((self.out / name / "front.json").read_text())
            self.assertEqual(front["chosen"], variant["chosen"])
        # The same widths have the same accuracy on every machine, measured or remembered.
        accuracies = [{json.dumps(one["strategy"]["layers"]): one["accuracy"]
                       for one in json.loads((self.out / name / "front.json").read_text())["details"]} for name in names]
        shared = set(accuracies[0]) & set(accuracies[1])
        self.assertTrue(shared)
        for widths in shared:
            self.assertEqual(accuracies[0][widths], accuracies[1][widths])
        # One of them alone, which remembers nothing, finds the same.
        alone = self.folder / "alone"
        self.assertEqual(tandem("run", self.machines_job(STATIONARY), "--out", alone).returncode, 0)
        self.assertEqual(json.loads((alone / names[1] / "front.json").read_text())["details"],
                         json.loads((self.out / names[1] / "front.json").read_text())["details"])
        # The same command goes on, here from the end; a run of one machine deploys.
        again = tandem("run", self.machines_job(SPATIAL + STATIONARY + TOGETHER + SERIAL), "--out", self.out)
        self.assertEqual(again.stdout, result.stdout, again.stderr)
        self.assertEqual(tandem("run", "--resume", self.out / names[3]).returncode, 0)
        self.assertTrue((self.out / names[3] / "chosen/network.c").is_file())

    def test_a_machine_without_a_design_says_why_beside_the_others(self):
        tiny = self.folder / "tiny-machine.yaml"
        text = Path("machines/spatial-168.yaml").read_text().replace("name: spatial-168", "name: tiny")
        tiny.write_text(re.sub(r"size_bytes: \d+", "size_bytes: 1", text))
        small = f"  - {{machine: {tiny}}}\n"
        result = tandem("run", self.machines_job(SPATIAL + small), "--out", self.out)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("tiny: no feasible design", result.stdout)
        nothing = tandem("run", self.machines_job(small), "--out", self.folder / "nothing")
        self.assert_refused(nothing, "no feasible design", status=1)

    def test_what_cannot_be_compared_is_refused_and_leaves_nothing(self):
        for machines, words in ((SPATIAL + SPATIAL, "machines[1]: found spatial-168 twice"),
                                (SPATIAL + "  - {machine: machines/nvdla-64.yaml}\n", "energy in another unit"),
                                (SPATIAL + "  - {machine: machines/bismo-8x16x64.yaml, dataflow: row-stationary}\n",
                                 "no choice"),
                                (SPATIAL + "  - {machine: machines/nowhere.yaml}\n", "nowhere.yaml"),
                                (SPATIAL + "  - {machin: machines/spatial-256.yaml}\n", "did you mean 'machine'"),
                                (SPATIAL + "machine: machines/spatial-256.yaml\n", "both machine and machines")):
            self.assert_refused(tandem("run", self.machines_job(machines), "--out", self.out), words)
            self.assert_no_run(self.out)
        self.assert_refused(tandem("run", self.machines_job(SPATIAL), "--out", self.out, "--watch"),
                            "several with --watch")
