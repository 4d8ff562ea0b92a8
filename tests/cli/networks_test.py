"""Networks in and out as a user meets them: inspect, network, execute, and CIFAR-10 where it is at hand."""

import json
import os
import struct
import unittest
import zipfile
from pathlib import Path

from command_line import CommandLine, NETWORK, few_images, tandem

SHARED = Path(os.environ.get("TANDEM_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
IMAGES = "examples/fashion-images.npy"
IMAGENET = ("--mean", "0.485,0.456,0.406", "--std", "0.229,0.224,0.225")


def read_npy(path):
    """Shape text and float32 elements of an array that Tandem wrote."""
    data = Path(path).read_bytes()
    length = struct.unpack("<H", data[8:10])[0]
    elements = data[10 + length:]
    return data[10:10 + length].decode(), struct.unpack(f"<{len(elements) // 4}f", elements)


class Networks(CommandLine):
    def write(self, name, *options):
        path = self.folder / f"{name}.onnx"
        result = tandem("network", name, *options, "-o", path)
        self.assertEqual(result.returncode, 0, result.stderr)
        return path

    def total(self, path, *options):
        result = tandem("inspect", path, "--json", *options)
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)["total"]

    def test_topologies_have_their_published_counts(self):
        # Multiply-accumulates: He et al. 2016 (40.6 M and 125.5 M as their code counts them, convolutions and
        # dense layers), Sandler et al. 2018 (300 M; DeepLabv3 on it, table 7, 5.8 B: TensorFlow turns a dilated
        # convolution into plain ones, which pads the 33x33 of the pyramid's 3x3 filters to 36x36), Iandola et al. in
        # version 1.1 (349 M without padding). Of the network for expressions, published without a count: the weights
        # of its groups times their pixels, 64x64 halved three times, then 256 and 7 filters on 4x4.
        pyramid = 5.8e9 - 3 * (9 * 320 * 256) * (36**2 - 33**2)
        faces = ((784 + 12544) * 64**2 + (12800 + 25600) * 32**2 + (18432 + 36864) * 16**2 + (73728 + 147456) * 8**2
                 + (294912 + 16128) * 4**2)
        published = {"resnet20": (269722, 40.6e6), "resnet56": (853018, 125.5e6), "squeezenet11": (1235496, 349e6),
                     "mobilenetv2": (3504872, 300e6), "deeplabv3-mobilenetv2": (4523541, pyramid),
                     "expression9": (641463, faces)}
        for name, (parameters, macs) in published.items():
            total = self.total(self.write(name))
            self.assertEqual(total["parameters"], parameters, name)
            self.assertAlmostEqual(total["macs"] / macs, 1.0, delta=0.005, msg=name)

    def test_list_names_the_topologies(self):
        result = tandem("network", "--list")
        self.assertEqual(result.returncode, 0, result.stderr)
        for name in ("alexnet", "dscnn", "lenet5", "mobilenetv1", "resnet50", "vgg16"):
            self.assertIn(name, result.stdout)
        self.assertGreaterEqual(len(json.loads(tandem("network", "--list", "--json").stdout)), 16)

    def test_the_same_seed_writes_the_same_bytes(self):
        first = self.write("resnet20", "--seed", 3).read_bytes()
        again = self.folder / "again.onnx"
        tandem("network", "resnet20", "--seed", 3, "-o", again)
        self.assertEqual(first, again.read_bytes())
        tandem("network", "resnet20", "--seed", 4, "-o", again, "--force")
        self.assertNotEqual(first, again.read_bytes())

    def test_network_refuses_in_one_line(self):
        self.assert_refused(tandem("network", "resnet21", "-o", self.folder / "x.onnx"), "resnet21", "resnet20")
        self.assert_refused(tandem("network", "vgg16", "--input", "3x8x8", "-o", self.folder / "x.onnx"),
                            "at least 32 rows and 32 columns")
        self.assert_refused(tandem("network", "lenet5", "--input", "3x8", "-o", self.folder / "x.onnx"), "3x224x224")
        path = self.write("lenet5")
        self.assert_refused(tandem("network", "lenet5", "-o", path), "exists")

    def test_inspect_draws_the_graph(self):
        result = tandem("inspect", NETWORK, "--dot")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertTrue(result.stdout.startswith("digraph"))
        self.assertIn('"stage1.conv1" -> "stage1.', result.stdout)
        self.assertEqual(result.stdout.count("{"), result.stdout.count("}"))

    def test_execute_writes_the_outputs_and_any_layer(self):
        out = self.folder / "out"
        result = tandem("execute", NETWORK, "--input", f"input={IMAGES}", "-o", out)
        self.assertEqual(result.returncode, 0, result.stderr)
        header, logits = read_npy(out / "logits.npy")
        self.assertIn("(4,10,)", header)
        # The first four test images are an ankle boot, a pullover and two trousers.
        classes = [max(range(10), key=lambda k: logits[10 * i + k]) for i in range(4)]
        self.assertEqual(classes, [9, 2, 1, 1])
        result = tandem("execute", NETWORK, "--input", f"input={IMAGES}", "-o", out, "--layer", "conv1")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("4x16x28x28", result.stdout)
        self.assert_refused(tandem("execute", NETWORK, "--input", f"input={IMAGES}", "-o", out), "exists", status=2)

    def test_a_strategy_executes_in_integers_and_travels_as_onnx(self):
        strategy = self.folder / "strategy.json"
        result = tandem("quantize", NETWORK, "--weight-bits", 8, "--activation-bits", 8, "--out", strategy)
        self.assertEqual(result.returncode, 0, result.stderr)
        out = self.folder / "integers"
        image = ("--input", f"input={IMAGES}", "-o", out)
        result = tandem("execute", NETWORK, *image, "--strategy", strategy)
        self.assertEqual(result.returncode, 0, result.stderr)
        _, logits = read_npy(out / "logits.npy")
        self.assertTrue(all(value == int(value) for value in logits))
        classes = [max(range(10), key=lambda k: logits[10 * i + k]) for i in range(4)]
        self.assertEqual(classes, [9, 2, 1, 1])
        result = tandem("execute", NETWORK, *image, "--strategy", strategy, "--layer", "conv1")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("4x16x28x28", result.stdout)

        written = self.folder / "quantised.onnx"
        result = tandem("deploy", NETWORK, "--strategy", strategy, "--target", "onnx", "-o", written)
        self.assertEqual(result.returncode, 0, result.stderr)
        again = self.folder / "again"
        result = tandem("execute", written, "--input", f"input={IMAGES}", "-o", again)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual((again / "logits.npy").read_bytes(), (out / "logits.npy").read_bytes())
        self.assert_refused(tandem("deploy", NETWORK, "--strategy", strategy, "--target", "onnx", "-o", written),
                            "exists")
        self.assert_refused(tandem("deploy", NETWORK, "--target", "onnx", "-o", self.folder / "x.onnx"),
                            "--strategy")

    def test_execute_refuses_in_one_line(self):
        out = self.folder / "out"
        self.assert_refused(tandem("execute", NETWORK, "--input", f"inptu={IMAGES}", "-o", out), "'input'")
        self.assert_refused(tandem("execute", NETWORK, "--input", "input=absent.npy", "-o", out), "absent.npy")
        self.assert_refused(tandem("execute", NETWORK, "--input", f"input={IMAGES}", "-o", out, "--layer", "conv11"),
                            "'conv1'")

    def test_trained_cifar_networks_keep_their_accuracy(self):
        if not (SHARED / "cifar10").is_dir():
            self.skipTest("no CIFAR-10: set TANDEM_SHARED_DATA to the folder that holds it")
        for network, correct, options in (
                ("cifar10_models/resnet20.onnx", 9173, IMAGENET),
                ("mlperf_tiny/resnet8_cifar10.onnx", 8719, ("--scale", "1"))):
            result = tandem("eval", SHARED / network, "--data", "cifar10:cifar10", "--data-root", SHARED,
                            "--split", "test", *options, "--json")
            self.assertEqual(result.returncode, 0, result.stderr)
            document = json.loads(result.stdout)
            self.assertEqual(document["samples"], 10000)
            self.assertAlmostEqual(document["correct"], correct, delta=10)

    def test_post_training_quantisation_of_resnet20_keeps_its_accuracy(self):
        if not (SHARED / "cifar10").is_dir():
            self.skipTest("no CIFAR-10: set TANDEM_SHARED_DATA to the folder that holds it")
        network = SHARED / "cifar10_models/resnet20.onnx"
        data = ("--data", "cifar10:cifar10", "--data-root", SHARED, *IMAGENET)
        for bits, most in ((8, 50), (16, 5)):  # of 10,000 test images
            strategy = self.folder / f"{bits}.json"
            result = tandem("quantize", network, "--weight-bits", bits, "--activation-bits", bits, "--out", strategy, *data)
            self.assertEqual(result.returncode, 0, result.stderr)
            result = tandem("eval", network, "--strategy", strategy, "--json", *data)
            self.assertGreaterEqual(json.loads(result.stdout)["correct"], 9173 - most, f"{bits} bits")

    def test_imagenet_networks_keep_their_accuracy(self):
        archive = SHARED / "imagenet/sample_224.tar"
        if not archive.is_file():
            self.skipTest("no sample of ImageNet: set TANDEM_SHARED_DATA to the folder that holds it")
        result = tandem("eval", SHARED / "imagenet_models/squeezenet11_imagenet.onnx", "--data",
                        f"imagenet-tar:{archive}", "--scale", 1, "--mean", "123,117,104", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        document = json.loads(result.stdout)
        self.assertEqual(document["samples"], 1000)
        self.assertAlmostEqual(document["correct"], 608, delta=3)  # JPEG decoders differ

    def archive(self, name, pixels, labels):
        path = self.folder / f"{name}.npz"
        with zipfile.ZipFile(path, "w") as archive:
            for array, shape, content in (("images", (len(labels), 28, 28), pixels), ("labels", (len(labels),), labels)):
                header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}}}\n".encode()
                archive.writestr(f"{array}.npy", b"\x93NUMPY\x01\0" + struct.pack("<H", len(header)) + header + content)
        return path

    def test_data_of_ones_own(self):
        pixels = (few_images() / "t10k-images-idx3-ubyte").read_bytes()[16:]
        labels = (few_images() / "t10k-labels-idx1-ubyte").read_bytes()[8:]
        path = self.archive("few", pixels, labels)
        result = tandem("eval", NETWORK, "--data", f"npz:{path}", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        document = json.loads(result.stdout)
        self.assertEqual(document["samples"], 200)
        self.assertGreater(document["top1"], 0.85)
        # None of the last class: what the labels do not say, the network knows.
        kept = [index for index, label in enumerate(labels) if label < 9]
        some = self.archive("some", b"".join(pixels[784 * index:784 * (index + 1)] for index in kept),
                            bytes(labels[index] for index in kept))
        document = json.loads(tandem("eval", NETWORK, "--data", f"npz:{some}", "--json").stdout)
        self.assertEqual(document["samples"], len(kept))
        # Images that are scored calibrate where there are no others, and it says so; a search refuses them.
        result = tandem("quantize", NETWORK, "--weight-bits", 8, "--activation-bits", 8, "--calibration", 64, "--data",
                        f"npz:{path}", "--out", self.folder / "s.json")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("64 of the 200 that are scored calibrate", result.stderr)
        self.assertIn("on 136 images that calibration did not see", result.stdout)
        document = json.loads(tandem("eval", NETWORK, "--strategy", self.folder / "s.json", "--data", f"npz:{path}",
                                     "--json").stdout)
        self.assertGreater(document["top1"], 0.85)
        job = self.job(directory=path)
        job.write_text(job.read_text().replace("fashion-mnist", "npz"))
        self.assert_refused(tandem("run", job, "--out", self.folder / "run"), "training images to search with")
        self.assert_refused(tandem("eval", NETWORK, "--data", f"npz:{NETWORK}"), "zip file")

    def test_data_sets_are_listed_and_fetched_with_care(self):
        names = [entry["name"] for entry in json.loads(tandem("data", "list", "--json").stdout)]
        self.assertEqual(names, ["cifar10", "fashion-mnist", "imagenet-tar", "npz", "speech-commands"])
        self.assert_refused(tandem("data", "get", "cifar11", "--out", self.folder / "x"), "'cifar10'")
        self.assert_refused(tandem("data", "get", "fashion-mnist", "--out", self.folder / "x"), "apt-get install")
        self.assert_refused(tandem("data", "get", "cifar10"), "--out")
        self.assert_refused(tandem("data", "get", "cifar10", "--out", self.folder / "x", "--package", NETWORK), "tar file")
        self.assertFalse((self.folder / "x").exists())
        (self.folder / "mine").mkdir()
        (self.folder / "mine" / "data_batch_1.bin").write_bytes(b"precious")
        self.assert_refused(tandem("data", "get", "cifar10", "--out", self.folder / "mine"), "--force")

    def test_missing_data_are_told_in_one_line(self):
        self.assert_refused(tandem("eval", NETWORK, "--data", f"cifar10:{self.folder / 'none'}"), "CIFAR-10",
                            "data_batch_1.bin")


if __name__ == "__main__":
    unittest.main()
