"""The section `fine_tuning` of a job as a user meets it: what is trained after a search, kept, deployed and refused."""

import json
import random
import shutil
import subprocess
import unittest

from command_line import BINARY, HAS_PLUGIN, CommandLine, few_images, tandem

SECTION = "fine_tuning: {shortlist: 3, epochs: 1, final_epochs: 2, batch_size: 50, method: fixed, uniform: [8, 4]}\n"
IMAGES = 200  # of few_images, that nothing holds out


class FineTuning(CommandLine):
    def setUp(self):
        super().setUp()
        self.out = self.folder / "out"

    def run_job(self, out, *arguments, section=SECTION):
        return tandem("run", self.job(generations=2, extra=section), "--out", out, *arguments)

    def front(self, directory):
        return json.loads((directory / "front.json").read_text())

    def test_a_job_that_asks_for_the_impossible_is_refused(self):
        for section, place in (("fine_tuning: {uniform: [5]}\n", "fine_tuning.uniform[0]: found 5"),
                               ("fine_tuning: {epochs: 3, final_epochs: 2}\n", "fine_tuning.epochs: found 3"),
                               ("fine_tuning: {rivals: [1]}\n", "fine_tuning.rivals: found 1 numbers"),
                               ("fine_tuning: {method: magic}\n", "fine_tuning.method"),
                               ("fine_tuning: {shortlst: 2}\n", "did you mean 'shortlist'")):
            self.assert_refused(self.run_job(self.out, section=section), place)
            self.assert_no_run(self.out)

    def test_a_program_without_the_plug_in_says_what_to_install_before_it_searches(self):
        alone = shutil.copy(BINARY, self.folder / "tandem")
        result = subprocess.run([alone, "run", self.job(extra=SECTION), "--out", self.out], capture_output=True,
                                text=True, check=False)
        self.assert_refused(result, "libtorch-dev", status=1)
        self.assertEqual(len(result.stderr.splitlines()), 1)
        self.assert_no_run(self.out)

    @unittest.skipUnless(HAS_PLUGIN, "the training plug-in was not built")
    def test_what_was_trained_is_accounted_for_and_deployed(self):
        result = self.run_job(self.out)
        self.assertEqual(result.returncode, 0, result.stderr)
        front = self.front(self.out)
        tuning = front["fine_tuning"]
        # Three of one epoch, two of two; the final training of the winner is that of the second round.
        self.assertEqual([len(one["designs"]) for one in tuning["rounds"]], [3, 2])
        self.assertEqual([one["epochs"] for one in tuning["rounds"]], [1, 2])
        self.assertEqual([one["label"] for one in tuning["finals"]], ["chosen", "8-bit", "4-bit"])
        finished = list((self.out / "fine-tuning").glob("*/training.json"))
        self.assertEqual(tuning["trainings"], len(finished))
        self.assertEqual(tuning["epochs"], sum(int(one.parent.name.split("-")[1]) for one in finished))
        self.assertEqual(tuning["images"], tuning["epochs"] * IMAGES)
        self.assertEqual(front["chosen"], tuning["rounds"][-1]["designs"][0]["id"])
        self.assertRegex(result.stdout, rf"{len(finished)} trainings, 3 of 2 epochs each in full, .* images, \d+ s")
        self.assertIn("fine-tuning", [one["name"] for one in json.loads((self.out / "timings.json").read_text())])
        self.assertIn('id="finals-table"', (self.out / "report.html").read_text())
        # Powers of two stay C; what is deployed is what was trained and scored.
        chosen = self.out / "chosen"
        self.assertTrue((chosen / "network.c").is_file())
        scored = tandem("eval", chosen / "network.onnx", "--strategy", chosen / "strategy.json", "--data",
                        f"fashion-mnist:{few_images()}", "--json")
        self.assertEqual(scored.returncode, 0, scored.stderr)
        self.assertEqual(json.loads(scored.stdout)["accuracy"], tuning["finals"][0]["test_accuracy"])

    @unittest.skipUnless(HAS_PLUGIN, "the training plug-in was not built")
    def test_rivals_undercut_a_uniform_precision_in_every_cost(self):
        section = ("fine_tuning: {shortlist: 1, epochs: 1, final_epochs: 1, batch_size: 50, method: lsq, uniform: [8], "
                   "rivals: [6], distillation: 0.5}\n")
        result = tandem("run", self.job(generations=6, extra=section), "--out", self.out)
        self.assertEqual(result.returncode, 0, result.stderr)
        front = self.front(self.out)
        finals = front["fine_tuning"]["finals"]
        self.assertEqual([one["label"] for one in finals],
                         ["chosen", "8-bit", *(f"below 8-bit ({place})" for place in range(1, 7))])
        uniform = finals[1]
        for rival in finals[2:]:
            for cost in ("energy", "latency"):
                self.assertLess(rival["objectives"][cost], uniform["objectives"][cost])
        estimates = [one["estimate"] for one in finals[2:]]
        self.assertEqual(estimates, sorted(estimates, reverse=True))
        # Not all lie on the front; what is known of a design is there for each.
        self.assertFalse({one["id"] for one in finals[2:]} <= set(front["front"]))
        self.assertLessEqual({one["id"] for one in finals if "id" in one}, {one["id"] for one in front["details"]})
        self.assertEqual(len({one.get("id") for one in finals}), len(finals))
        better = [one["label"] for one in finals if one["test_accuracy"] > uniform["test_accuracy"] and
                  all(one["objectives"][cost] < uniform["objectives"][cost] for cost in ("energy", "latency"))]
        self.assertEqual(uniform["beaten_by"], better)
        # Learned scales leave as C too.
        proof = json.loads((self.out / "chosen/proof.json").read_text())
        self.assertEqual((proof["artifact"], proof["differing_samples"]), ("C", 0))
        self.assertTrue((self.out / "chosen/network.c").is_file())

    @unittest.skipUnless(HAS_PLUGIN, "the training plug-in was not built")
    def test_a_killed_run_resumes_and_threads_change_nothing(self):
        whole = self.folder / "whole"
        self.assertEqual(self.run_job(whole, "--threads", 4).returncode, 0)
        seed = 20261122
        draw = random.Random(seed)
        result = self.run_through_kills(self.job(generations=2, extra=SECTION), self.out,
                                        [draw.uniform(1.0, 5.0) for _ in range(8)], "--threads", "1")
        self.assertEqual(result.returncode, 0, f"seed {seed}: {result.stderr}")
        for name in ("front.json", "chosen/network.onnx", "chosen/strategy.json"):
            self.assertEqual((self.out / name).read_bytes(), (whole / name).read_bytes(), f"{name}, seed {seed}")
