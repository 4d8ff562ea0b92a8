"""`tandem run` of jobs that compress a network by training it, on the first images of Fashion-MNIST."""

import json
import re
import shutil
import signal
import subprocess
import time
import unittest

from command_line import BINARY, HAS_PLUGIN, CommandLine, few_images, tandem


EAST = """
compression: east
train: {{topology: lenet5, dataset_directory: "{directory}", epochs: 3, batch_size: 50, learning_rate: 0.02}}
east: {{compressions: [8], pace: 60, frozen: {{epochs: 1, learning_rate: 0.01}}}}
"""
PAQ = """
compression: paq
train: {{network: networks/resnet8-fashion.onnx, dataset_directory: "{directory}", batch_size: 50}}
paq:
  targets_kibibytes: [40, 64]
  bits: [4, 8]
  pruned: {{epochs: 1, learning_rate: 0.01}}
  quantized: {{epochs: 1, learning_rate: 0.001}}
"""
KEYWORDS = """
compression: paq
calibration: 20
train:
  {{topology: cnn-trad-fpool3-mfcc, dataset: speech-commands, dataset_directory: "{directory}", epochs: 1,
    batch_size: 20, learning_rate: 0.01, augmentation: none}}
paq:
  targets_kibibytes: [64]
  bits: [8]
  pruned: {{epochs: 1, learning_rate: 0.01}}
  quantized: {{epochs: 1, learning_rate: 0.001}}
"""


class Compression(CommandLine):
    def job(self, text, extra="", directory=None):
        path = self.folder / "small.yaml"
        path.write_text(text.format(directory=directory or few_images()) + extra)
        return path

    def assert_point_is_what_it_says(self, folder, point):
        """What eval computes of the files is what the point says."""
        scored = tandem("eval", folder / "network.onnx", "--strategy", folder / "strategy.json", "--data",
                        f"fashion-mnist:{few_images()}", "--json")
        self.assertEqual(scored.returncode, 0, scored.stderr)
        self.assertEqual(json.loads(scored.stdout)["accuracy"], point["test_accuracy"])

    def assert_decoded_cheaply(self, point):
        """Instructions that decoding adds on a Cortex-M4, an output byte."""
        if shutil.which("arm-none-eabi-gcc") is None or shutil.which("qemu-system-arm") is None:
            return
        instructions = {}
        for weights in ("plain", "lz4"):
            folder = self.folder / f"firmware-{weights}"
            deployed = tandem("deploy", point / "network.onnx", "--strategy", point / "strategy.json", "--target",
                              "cortex-m4", "--weights", weights, "--out", folder)
            self.assertEqual(deployed.returncode, 0, deployed.stderr)
            verified = tandem("verify", folder, "--samples", 2, "--data", f"fashion-mnist:{few_images()}", "--json")
            self.assertEqual(verified.returncode, 0, verified.stderr)
            instructions[weights] = json.loads(verified.stdout)["instructions"]
        blocks = re.findall(r"LZ4 block of (\d+) bytes", (folder / "weights.c").read_text())
        decoded = sum(int(block) for block in blocks)
        self.assertGreater(decoded, 0)
        self.assertLess((instructions["lz4"] - instructions["plain"]) / decoded, 6.0)

    def test_bad_jobs_are_refused_and_leave_nothing_behind(self):
        out = self.folder / "run"
        for text, words in ((EAST.replace("lenet5", "lenet6"), ("lenet5",)),
                            (EAST.replace("pace", "pase"), ("'pace'",)),
                            (EAST.replace("pace: 60", "largest_group: 0"), ("east.largest_group", "a positive integer")),
                            (PAQ.replace("[4, 8]", "[1, 8]"), ("paq.bits", "2 to 16"))):
            self.assert_refused(tandem("run", self.job(text), "--out", out), *words)
            self.assert_no_run(out)
        self.assert_refused(tandem("run", self.job(EAST), "--out", out, "--seeds", 3), "belongs to searches")

    @unittest.skipIf(HAS_PLUGIN, "the training plug-in is there")
    def test_without_the_plug_in_the_command_says_what_to_install(self):
        self.assert_refused(tandem("run", self.job(EAST)), "libtorch-dev", status=1)

    @unittest.skipUnless(HAS_PLUGIN, "the training plug-in was not built")
    def test_sparse_weights_fit_their_target(self):
        out = self.folder / "run"
        result = tandem("run", self.job(EAST), "--out", out, "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        document = json.loads(result.stdout)
        points = document["points"]
        self.assertEqual([point["name"] for point in points], ["east-8x", "magnitude-8x"])
        gain = points[0]["test_accuracy"] - points[1]["test_accuracy"]
        self.assertAlmostEqual(document["comparisons"][0]["accuracy_gain"], gain)
        for point in points:
            self.assertTrue(point["fits"], point)
            self.assertLessEqual(point["encoded_weight_bytes"], point["float_weight_bytes"] / 8)
            self.assertLessEqual(point["encoded_weight_bytes"], point["standard_encoded_weight_bytes"])
            self.assertGreater(point["sparsity"], 0.3)
            self.assert_point_is_what_it_says(out / "points" / point["name"], point)
        self.assert_decoded_cheaply(out / "points/east-8x")
        self.assert_refused(tandem("run", self.job(EAST), "--out", out), "--resume")
        self.assertIn("east-8x against magnitude-8x", tandem("run", "--resume", out).stdout)
        # Half of it again: the same bytes.
        before = (out / "points/magnitude-8x/network.onnx").read_bytes()
        for file in ("point.json", "frozen.checkpoint", "network.onnx"):
            (out / "points/magnitude-8x" / file).unlink()
        again = tandem("run", "--resume", out, "--json")
        self.assertEqual(again.stdout, result.stdout, again.stderr)
        self.assertEqual((out / "points/magnitude-8x/network.onnx").read_bytes(), before)

    def clips(self, speakers):
        """Records of spoken words and the table that says who speaks: ten clips of two words each."""
        folder = self.folder / "clips"
        folder.mkdir()
        records, lines = bytearray(), ["index\tclass\tfile\tspeaker"]
        for clip in range(10 * speakers):
            label = clip % 2
            lines.append(f"{clip}\t{label}\t{clip}.wav\ts{clip // 10}")
            records.append(label)
            records += bytes((3 * label * (place % 7) + 5 * (clip // 10) + place % 5) % 128 for place in range(490))
        (folder / "test_v002_mfcc_int8.bin").write_bytes(records)
        (folder / "test_v002_clips.tsv").write_text("\n".join(lines) + "\n")
        return folder

    @unittest.skipUnless(HAS_PLUGIN, "the training plug-in was not built")
    def test_keywords_are_pruned_and_quantised_on_clips_split_by_speaker(self):
        clips = self.clips(speakers=40)
        out = self.folder / "run"
        result = tandem("run", self.job(KEYWORDS, directory=clips), "--out", out, "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        points = json.loads(result.stdout)["points"]
        self.assertEqual([point["name"] for point in points], ["paq-64k-8b"])
        self.assertTrue(points[0]["fits"])
        self.assertGreater(points[0]["removed_filters"], 0)
        (clips / "test_v002_clips.tsv").write_text("class\tspeaker\n0\ts0\n")
        refused = tandem("run", self.job(KEYWORDS, directory=clips), "--out", self.folder / "other")
        self.assert_refused(refused, "test_v002_clips.tsv", "found 1 clips, expected 400")
        self.assert_no_run(self.folder / "other")

    @unittest.skipUnless(HAS_PLUGIN, "the training plug-in was not built")
    def test_an_interrupt_says_how_to_go_on(self):
        out = self.folder / "run"
        job = self.job(EAST.replace("epochs: 1,", "epochs: 2000, patience: 0,"))
        with subprocess.Popen([BINARY, "run", job, "--out", out], stderr=subprocess.PIPE, text=True) as run:
            while not (out / "points/east-8x/frozen.checkpoint").exists():
                self.assertIsNone(run.poll(), "it runs for long")
                time.sleep(0.05)
            run.send_signal(signal.SIGINT)
            self.assertIn(f"tandem run --resume {out}", run.communicate()[1])
        self.assertEqual(run.returncode, 130)

    @unittest.skipUnless(HAS_PLUGIN, "the training plug-in was not built")
    def test_what_nothing_had_to_go_from_is_trained_once(self):
        out = self.folder / "run"
        job = self.job(PAQ.replace("[40, 64]", "[500, 400]").replace("[4, 8]", "[8]"))
        self.assertEqual(tandem("run", job, "--out", out).returncode, 0)
        points = json.loads((out / "compression.json").read_text())["points"]
        self.assertEqual([point["name"] for point in points], ["paq-500k-8b", "paq-400k-8b"])
        self.assertEqual([point["target"] for point in points], [500, 400])
        self.assertEqual([point["epochs"] for point in points], [1, 0])
        self.assertEqual([point["removed_filters"] for point in points], [0, 0])
        for point in points:
            self.assert_point_is_what_it_says(out / "points" / point["name"], point)

    @unittest.skipUnless(HAS_PLUGIN, "the training plug-in was not built")
    def test_pruned_and_quantised_networks_fit_their_memory(self):
        out = self.folder / "run"
        result = tandem("run", self.job(PAQ), "--out", out, "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        document = json.loads(result.stdout)
        names = [point["name"] for point in document["points"]]
        self.assertEqual(names, ["paq-64k-4b", "paq-40k-4b", "paq-64k-8b", "paq-40k-8b"])
        for point in document["points"]:
            self.assertTrue(point["fits"], point)
            self.assertLessEqual(point["resident_kibibytes"], point["target"])
            self.assert_point_is_what_it_says(out / "points" / point["name"], point)
        points = dict(zip(names, document["points"]))
        self.assertGreater(points["paq-40k-8b"]["removed_filters"], points["paq-64k-8b"]["removed_filters"])
        self.assertGreater(points["paq-64k-8b"]["removed_filters"], points["paq-64k-4b"]["removed_filters"])
        self.assertTrue(set(document["front"]) <= set(names))
        self.assertEqual([entry["bits"] for entry in document["hardware_compliant"]], [8])
        printed = tandem("run", "--resume", out)
        self.assertIn("best of  8 bits: paq-", printed.stdout)
        self.assertIn("resident KiB", printed.stdout)


if __name__ == "__main__":
    unittest.main()
