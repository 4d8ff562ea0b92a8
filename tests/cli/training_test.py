"""`tandem train` as a user meets it, on a data set of 8x8 images made here.

Where the training plug-in was not built, what is tested is that the command says so.
"""

import json
import random
import signal
import struct
import subprocess
import time
import unittest
from pathlib import Path

from command_line import BINARY, HAS_PLUGIN, MACHINE, NETWORK, CommandLine, tandem

TRAINER = Path(BINARY).parent / "tandem-trainer"
HELD_OUT = 6000  # never trained on; see src/tandem/data/dataset.h

JOB = """
topology: resnet8
dataset_directory: "{directory}"
epochs: {epochs}
batch_size: 32
seed: 5
"""


def write_idx(path, extents, values):
    path.write_bytes(struct.pack(f">HBB{len(extents)}I", 0, 8, len(extents), *extents) + bytes(values))


class Training(CommandLine):
    def setUp(self):
        super().setUp()
        self.out = self.folder / "net.onnx"
        stream = random.Random(1)
        for name, count in (("train", HELD_OUT + 128), ("t10k", 50)):
            labels = [stream.randrange(10) for _ in range(count)]
            pixels = bytearray()
            for label in labels:
                image = bytearray(64)
                image[6 * label : 6 * label + 6] = b"\xff" * 6
                pixels += image
            write_idx(self.folder / f"{name}-images-idx3-ubyte", [count, 8, 8], pixels)
            write_idx(self.folder / f"{name}-labels-idx1-ubyte", [count], labels)

    def job(self, epochs=2, extra=""):
        path = self.folder / "train.yaml"
        path.write_text(JOB.format(directory=self.folder, epochs=epochs) + extra)
        return path

    def train(self, job, *arguments, out=None):
        return tandem("train", job, "--out", out or self.out, *arguments)

    def test_a_misspelt_key_is_answered_with_the_nearest(self):
        self.assert_refused(self.train(self.job(extra="epoch: 3\n")), "train.yaml", "'epochs'")

    def test_an_existing_file_is_kept(self):
        self.out.write_text("precious")
        self.assert_refused(self.train(self.job()), "net.onnx", "--force")
        self.assertEqual(self.out.read_text(), "precious")

    def test_a_folder_that_does_not_exist_is_refused_before_training(self):
        self.assert_refused(self.train(self.job(), out=self.folder / "absent" / "net.onnx"), "absent")

    def test_missing_data_names_the_package(self):
        (self.folder / "t10k-labels-idx1-ubyte").unlink()
        self.assert_refused(self.train(self.job()), "t10k-labels-idx1-ubyte", "dataset-fashion-mnist")

    def test_options_keep_the_ranges_of_the_job_file(self):
        data = ("--data", f"fashion-mnist:{self.folder}")
        self.assert_refused(tandem("train", "--topology", "lenet6", *data, "-o", self.out), "lenet5")
        self.assert_refused(tandem("train", *data, "-o", self.out), "neither topology nor network")
        self.assert_refused(self.train(self.job(), "--epochs", 0), "epochs")
        self.assert_refused(self.train(self.job(), "--optimizer", "sdg"), "one of sgd, adam, adamw")
        self.assert_refused(self.train(self.job(), "--mean", "0.1,0.2"), "--mean")

    @unittest.skipIf(HAS_PLUGIN, "the training plug-in is there")
    def test_without_the_plug_in_the_command_says_what_to_install(self):
        self.assert_refused(self.train(self.job()), "libtorch-dev", "TANDEM_TRAINING", status=1)
        self.assertFalse(self.out.exists())

    @unittest.skipUnless(HAS_PLUGIN, "the training plug-in was not built")
    def test_trains_to_the_same_bytes_on_one_thread_and_four(self):
        job = self.job()
        result = self.train(job, "--threads", "1", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        document = json.loads(result.stdout)
        self.assertEqual(len(document["epochs"]), 2)
        self.assertEqual(document["job"]["seed"], 5)
        self.assertEqual(self.train(job, "--threads", "4", "--force", out=self.folder / "wide.onnx").returncode, 0)
        self.assertEqual(self.out.read_bytes(), (self.folder / "wide.onnx").read_bytes())
        self.assertFalse(Path(f"{self.out}.checkpoint").exists(), "a finished run needs no checkpoint")
        self.assertEqual(tandem("inspect", self.out).returncode, 0)

    @unittest.skipUnless(HAS_PLUGIN, "the training plug-in was not built")
    def test_trains_a_topology_and_then_its_network_further(self):
        data = ("--data", f"fashion-mnist:{self.folder}", "--epochs", 1, "--batch-size", 32, "--mean", "0.5")
        first = tandem("train", "--topology", "resnet8", *data, "--seed", 5, "-o", self.out)
        self.assertEqual(first.returncode, 0, first.stderr)
        further = self.folder / "further.onnx"
        second = tandem("train", self.out, *data, "--optimizer", "adamw", "--learning-rate", 1e-3, "--schedule",
                        "one-cycle", "--patience", 2, "-o", further, "--json")
        self.assertEqual(second.returncode, 0, second.stderr)
        document = json.loads(second.stdout)
        self.assertEqual(document["job"]["optimizer"], "adamw")
        self.assertEqual(document["job"]["mean"], [0.5])
        self.assertEqual(document["best_epoch"], 1)
        self.assertNotEqual(self.out.read_bytes(), further.read_bytes())

    @unittest.skipUnless(HAS_PLUGIN, "the training plug-in was not built")
    def test_what_learned_to_be_quantised_is_what_eval_computes(self):
        data = ("--data", f"fashion-mnist:{self.folder}")
        tandem("network", "resnet8", "--input", "1x8x8", "-o", self.out)
        widths = ("--weight-bits", 3, "--activation-bits", 3, "--first-last-bits", 8)
        single_bits = ("--weight-bits", 1, "--activation-bits", 1, "--first-last-bits", 8)
        bases = ("--weight-bases", 2, "--activation-bases", 3)
        for method, options in (("lsq", widths), ("fixed", widths), ("abc", (*single_bits, *bases))):
            folder = self.folder / method
            trained = tandem("train", self.out, *data, *options, "--method", method, "--epochs", 1, "--batch-size", 32,
                             "--learning-rate", 0.01, "--distillation", 0.5, "--json", "-o", folder)
            self.assertEqual(trained.returncode, 0, trained.stderr)
            scored = tandem("eval", folder / "network.onnx", "--strategy", folder / "strategy.json", *data, "--json")
            self.assertEqual(scored.returncode, 0, scored.stderr)
            self.assertEqual(json.loads(scored.stdout)["accuracy"], json.loads(trained.stdout)["test_accuracy"], method)
        spelled_out = tandem("map", self.folder / "abc" / "network.onnx", MACHINE, "--strategy",
                             self.folder / "abc" / "strategy.json", "--json")
        self.assertEqual(spelled_out.returncode, 0, spelled_out.stderr)
        self.assertEqual(len(json.loads(spelled_out.stdout)["layers"]), 2 + 8 * 6, "a layer for each pair of bases")
        self.assert_refused(tandem("train", self.out, *data, *widths, *bases, "-o", self.folder / "x"),
                            "--method abc")
        self.assert_refused(tandem("train", self.out, *data, "--method", "lsq", "-o", self.folder / "x"),
                            "no strategy", "--weight-bits")
        self.assert_refused(tandem("train", self.out, *data, *widths, "--method", "lsw", "-o", self.folder / "x"),
                            "did you mean 'lsq'?")
        self.assertFalse((self.folder / "x.options").exists(), "refused input leaves nothing behind")

    @unittest.skipUnless(HAS_PLUGIN, "the training plug-in was not built")
    def test_a_supernet_is_a_network_at_every_width_of_its_lists(self):
        data = ("--data", f"fashion-mnist:{self.folder}")
        tandem("network", "resnet8", "--input", "1x8x8", "-o", self.out)
        supernet = self.folder / "supernet"
        lists = ("--supernet", "--weight-bits", "8,1,4", "--activation-bits", "2,8", "--first-last-bits", 8)
        trained = tandem("train", self.out, *data, *lists, "--epochs", 2, "--batch-size", 32, "--statistics-batches", 4,
                         "--json", "-o", supernet)
        self.assertEqual(trained.returncode, 0, trained.stderr)
        wide = ("--weight-bits", 8, "--activation-bits", 8, "--first-last-bits", 8)
        narrow = ("--weight-bits", 1, "--activation-bits", 2, "--first-last-bits", 8)
        divergences = [json.loads(tandem("eval", supernet, *widths, *data, "--json").stdout)["kl_divergence"]
                       for widths in (wide, narrow)]
        self.assertNotEqual(*divergences)
        self.assert_refused(tandem("eval", supernet, "--weight-bits", 3, "--activation-bits", 2, *data),
                            "weights of 3 bits", "1, 4, 8")
        qonnx = self.folder / "narrow.onnx"
        written = tandem("deploy", supernet, *narrow, "--target", "onnx", "--format", "qonnx", "-o", qonnx)
        self.assertEqual(written.returncode, 0, written.stderr)
        read_back = json.loads(tandem("eval", qonnx, *data, "--json").stdout)
        looked_up = json.loads(tandem("eval", supernet, *narrow, *data, "--json").stdout)
        self.assertEqual(read_back["correct"], looked_up["correct"])
        self.assert_refused(tandem("train", self.out, *data, "--supernet", "-o", self.folder / "x"), "no widths")
        self.assert_refused(tandem("train", self.out, *data, *lists, "--method", "lsq", "-o", self.folder / "x"),
                            "--method")
        self.assert_refused(tandem("train", self.out, *data, *lists[1:], "-o", self.folder / "x"), "--supernet")

    @unittest.skipUnless(HAS_PLUGIN, "the training plug-in was not built")
    def test_an_attack_lowers_the_accuracy_of_float_and_integers(self):
        arguments = ("attack", NETWORK, "--samples", 200, "--json")
        fgsm = json.loads(tandem(*arguments, "--method", "fgsm", "--epsilon", "8/255").stdout)
        self.assertGreater(fgsm["top1"], 0.85)
        self.assertLess(fgsm["attacked_top1"], fgsm["top1"] - 0.3)
        strategy = ("--weight-bits", 8, "--activation-bits", 8)
        pgd = json.loads(tandem(*arguments, "--steps", 4, *strategy).stdout)
        self.assertLess(pgd["float_attacked_accuracy"], fgsm["attacked_top1"])
        self.assertLess(pgd["attacked_correct"], pgd["correct"])
        self.assert_refused(tandem("attack", NETWORK, "--epsilon", "8/0"), "8/0", "8/255")
        self.assert_refused(tandem("attack", NETWORK, "--method", "cw"), "fgsm")

    @unittest.skipUnless(HAS_PLUGIN, "the training plug-in was not built")
    def test_interrupted_it_goes_on_to_the_same_bytes(self):
        job = self.job(epochs=6)
        whole = self.folder / "whole.onnx"
        self.assertEqual(self.train(job, "--mixup", 0.2, out=whole).returncode, 0)
        self.assertFalse(Path(f"{whole}.options").exists(), "a finished run needs no options")
        self.interrupt(job, "--mixup", 0.2)
        self.assertEqual(self.train(job, "--mixup", 0.2).returncode, 0)
        self.assertEqual(self.out.read_bytes(), whole.read_bytes())
        self.out.unlink()
        self.interrupt(job, "--mixup", 0.2)
        resumed = tandem("train", "--resume", self.out)
        self.assertEqual(resumed.returncode, 0, resumed.stderr)
        self.assertEqual(self.out.read_bytes(), whole.read_bytes())
        self.assert_refused(tandem("train", "--resume", self.out), "net.onnx.options", "no such file")
        self.assert_refused(tandem("train", "--resume", self.out, "--epochs", 7), "--resume", "alone")
        Path(f"{self.out}.options").write_text("epochs=[\n")
        self.assert_refused(tandem("train", "--resume", self.out), "net.onnx.options")

    def trainer(self, *arguments):
        return subprocess.run([TRAINER, *map(str, arguments)], capture_output=True, text=True, check=False)

    @unittest.skipUnless(HAS_PLUGIN, "the training plug-in was not built")
    def test_an_exported_job_comes_back_to_the_bytes_of_training_here(self):
        tandem("network", "resnet8", "--input", "1x8x8", "-o", self.folder / "start.onnx")
        common = (self.folder / "start.onnx", "--data", f"fashion-mnist:{self.folder}", "--epochs", 1, "--batch-size", 32,
                  "--learning-rate", 0.01, "--threads", 1)
        bits = ("--weight-bits", 1, "--activation-bits", 1, "--first-last-bits", 8)
        ways = {"float": (), "abc": (*bits, "--method", "abc", "--weight-bases", 2),
                "supernet": ("--supernet", "--weight-bits", "2,8", "--activation-bits", 8)}
        for way, options in ways.items():
            here, there, job = (self.folder / f"{way}-{place}" for place in ("here", "there", "job"))
            self.assertEqual(tandem("train", *common, *options, "-o", here).returncode, 0)
            exported = tandem("train", *common, *options, "-o", there, "--export-job", job)
            self.assertEqual(exported.returncode, 0, exported.stderr)
            self.assertIn("tandem-trainer", exported.stdout)
            self.assertFalse(there.exists())
            trained = self.trainer(job, "--threads", 1, "--device", "cpu")
            self.assertEqual(trained.returncode, 0, trained.stderr)
            self.assertIn("epoch 1", trained.stdout)
            back = tandem("train", "--resume", there)
            self.assertEqual(back.returncode, 0, back.stderr)
            self.assertIn(back.stdout.splitlines()[-1].split(": ")[1], trained.stdout)
            files = [Path()] if here.is_file() else sorted(file.relative_to(here) for file in here.iterdir())
            for file in files:
                self.assertEqual((here / file).read_bytes(), (there / file).read_bytes(), f"{way} {file}")
            self.assertFalse((job / "checkpoint").exists(), "a finished run needs no checkpoint")

    @unittest.skipUnless(HAS_PLUGIN, "the training plug-in was not built")
    def test_the_trainer_refuses_in_one_line(self):
        self.assert_refused(self.trainer(), "FOLDER")
        self.assert_refused(self.trainer(self.folder / "absent"), "absent", "job.json")
        job = self.folder / "job"
        self.assertEqual(self.train(self.job(), "--export-job", job).returncode, 0)
        self.assert_refused(self.train(self.job(), "--export-job", job), "job", "--force")
        self.assert_refused(tandem("train", "--resume", self.out), "checkpoint", "tandem-trainer")
        self.assert_refused(self.trainer(job, "--device", "tpu"), "device", "cuda")
        self.assert_refused(self.trainer(job, "--threads", "many"), "--threads", "many")
        self.assert_refused(self.trainer(job, "twice"), "twice")
        with (job / "tensors.bin").open("r+b") as tensors:
            tensors.truncate(1000)
        self.assert_refused(self.trainer(job), "job.json", "tensors.bin")
        self.assertIn("Example", self.trainer("--help").stdout)

    @unittest.skipUnless(HAS_PLUGIN, "the training plug-in was not built")
    def test_an_interrupted_trainer_goes_on_here_and_a_killed_one_there(self):
        whole, job = self.folder / "whole.onnx", self.folder / "job"
        self.assertEqual(self.train(self.job(epochs=6), out=whole).returncode, 0)
        for stop, status in ((signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)):
            self.assertEqual(self.train(self.job(epochs=6), "--force", "--export-job", job).returncode, 0)
            with subprocess.Popen([TRAINER, job, "--quiet"], stderr=subprocess.PIPE, text=True) as process:
                while not (job / "checkpoint").exists() and process.poll() is None:
                    time.sleep(0.01)
                process.send_signal(stop)
                message = process.communicate()[1]
            self.assertEqual(process.returncode, status, message)
            if stop == signal.SIGINT:
                self.assertIn("interrupted after epoch", message)
            else:
                self.assertEqual(self.trainer(job).returncode, 0)
            resumed = tandem("train", "--resume", self.out)
            self.assertEqual(resumed.returncode, 0, resumed.stderr)
            self.assertEqual(self.out.read_bytes(), whole.read_bytes())

    def interrupt(self, job, *arguments):
        """Begins a run and interrupts it after its first epoch or a later one."""
        checkpoint = Path(f"{self.out}.checkpoint")
        command = [BINARY, "train", job, "--out", self.out, *map(str, arguments)]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            while not checkpoint.exists() and process.poll() is None:
                time.sleep(0.01)
            process.send_signal(signal.SIGINT)
            message = process.communicate()[1]
        self.assertEqual(process.returncode, 130, message)
        self.assertIn("interrupted after epoch", message)
        self.assertFalse(self.out.exists())


if __name__ == "__main__":
    unittest.main()
