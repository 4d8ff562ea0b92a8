"""Deployment as a user meets it: C for the host, images of boards, their proof."""

import json
import shutil
import unittest

from command_line import CommandLine, NETWORK, tandem


class Deploying(CommandLine):
    def test_quantize_then_eval_then_deploy(self):
        strategy = self.folder / "strategy.json"
        result = tandem("quantize", NETWORK, "--weight-bits", 8, "--activation-bits", 8, "--out", strategy)
        self.assertEqual(result.returncode, 0, result.stderr)
        score = json.loads(tandem("eval", NETWORK, "--strategy", strategy, "--json").stdout)
        self.assertGreater(score["float_accuracy"], 0.915)
        self.assertGreater(score["accuracy"], score["float_accuracy"] - 0.01)
        out = self.folder / "c"
        result = tandem("deploy", NETWORK, "--strategy", strategy, "--out", out, "--prove")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("10000 test images", result.stdout)
        self.assert_refused(tandem("deploy", NETWORK, "--strategy", strategy, "--out", out), "--force")
        result = tandem("verify", out, "--samples", 20, "--json")
        self.assertEqual(json.loads(result.stdout)["differing_samples"], 0)
        self.check_a_board(strategy)

    def test_weights_that_are_changed_after_training_lie_beside_their_strategy(self):
        widths = ("--weight-bits", 2, "--activation-bits", 8, "--first-last-bits", 8, "--per-channel")
        plain = json.loads(tandem("quantize", NETWORK, *widths, "--json").stdout)
        folder = self.folder / "changed"
        changes = ("--equalize", "--rounding", "adaptive", "--correct-biases")
        result = tandem("quantize", NETWORK, *widths, *changes, "-o", folder, "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        changed = json.loads(result.stdout)
        self.assertEqual(changed["float_accuracy"], plain["float_accuracy"])
        self.assertGreater(changed["accuracy"], plain["accuracy"] + 0.2)
        files = (folder / "network.onnx", "--strategy", folder / "strategy.json")
        score = json.loads(tandem("eval", *files, "--on", "validation", "--json").stdout)
        self.assertEqual(score["accuracy"], changed["accuracy"])
        self.assertEqual(tandem("deploy", *files, "--target", "onnx", "-o", self.folder / "q.onnx").returncode, 0)
        (folder / "network.onnx").unlink()
        self.assert_refused(tandem("quantize", NETWORK, *widths, *changes, "-o", folder), "strategy.json", "--force")
        self.assertFalse((folder / "network.onnx").exists(), "half of an answer")
        self.assert_refused(tandem("quantize", NETWORK, *widths, "--rounding", "up"), "up", "adaptive")
        self.assert_refused(tandem("quantize", NETWORK, *widths, *changes, "-o", self.folder / "s.json"), "a folder")
        narrow = ("--weight-bits", 4, "--activation-bits", 4, "--first-last-bits", 8, "--scales", "symmetric")
        self.assertEqual(tandem("quantize", NETWORK, *narrow, "-o", self.folder / "narrow").returncode, 0)

    def test_a_calibrated_strategy_deploys_without_data(self):
        strategy = self.folder / "strategy.json"
        self.assertEqual(tandem("quantize", NETWORK, "--weight-bits", 4, "--activation-bits", 4, "-o", strategy).returncode, 0)
        nowhere = ("--data", f"fashion-mnist:{self.folder / 'nowhere'}")
        result = tandem("deploy", NETWORK, "--strategy", strategy, "-o", self.folder / "c", *nowhere)
        self.assertEqual(result.returncode, 0, result.stderr)
        uncalibrated = ("--weight-bits", 4, "--activation-bits", 4)
        self.assert_refused(tandem("deploy", NETWORK, *uncalibrated, "-o", self.folder / "d", *nowhere), "nowhere")

    def test_operating_points_share_an_image(self):
        points = []
        for bits in (8, 4):
            strategy = self.folder / f"w{bits}.json"
            widths = ("--weight-bits", bits, "--activation-bits", 8, "--first-last-bits", 8)
            self.assertEqual(tandem("quantize", NETWORK, *widths, "-o", strategy).returncode, 0)
            points += ["--point", f"w{bits}={strategy}"]
        out = self.folder / "points"
        self.assertEqual(tandem("deploy", NETWORK, *points, "-o", out).returncode, 0)
        self.assertIn("tandem_resnet8_run_at(", (out / "network.h").read_text())
        result = tandem("verify", out, "--samples", 20, "--json")
        self.assertEqual(json.loads(result.stdout)["differing_samples"], 0, result.stderr)

        # A folder brings its own network.
        changed = self.folder / "changed"
        widths = ("--weight-bits", 8, "--activation-bits", 8, "--equalize")
        self.assertEqual(tandem("quantize", NETWORK, *widths, "-o", changed).returncode, 0)
        folders = ("--point", f"plain={changed}", "--point", f"other={changed}")
        self.assertEqual(tandem("deploy", *folders, "-o", self.folder / "same", "--prove").returncode, 0)

        refused = ("deploy", NETWORK, "-o", self.folder / "refused")
        self.assert_refused(tandem(*refused, "--point", "w8"), "NAME=FILE")
        self.assert_refused(tandem(*refused, *points, *points[:2]), "w8 twice")
        self.assert_refused(tandem(*refused, *points, "--weight-bits", 8, "--activation-bits", 8), "no other")
        self.assert_refused(tandem(*refused, *points, "--first-last-bits", 8), "no other")
        self.assert_refused(tandem(*refused, *folders), NETWORK, "every --point is a folder")
        self.assert_refused(tandem(*refused, *points, "--target", "onnx"), "operating points for ONNX")
        self.assert_refused(tandem(*refused[:1], *refused[2:], *points), "NETWORK")
        narrow = self.folder / "narrow.json"
        self.assertEqual(tandem("quantize", NETWORK, "--weight-bits", 4, "--activation-bits", 4, "-o", narrow).returncode, 0)
        self.assert_refused(tandem(*refused, *points, "--point", f"narrow={narrow}"), "point narrow", "u4.4", "u8.8")
        self.assertFalse((self.folder / "refused").exists())
        self.check_points_on_a_board(points)

    def check_points_on_a_board(self, points):
        if shutil.which("arm-none-eabi-gcc") is None or shutil.which("qemu-system-arm") is None:
            self.skipTest("gcc-arm-none-eabi or qemu-system-arm is not installed")
        out = self.folder / "points-firmware"
        deployed = json.loads(tandem("deploy", NETWORK, *points, "--board", "nucleo-f412zg", "-o", out, "--json").stdout)
        self.assertEqual(deployed["points"], ["w8", "w4"])
        verified = json.loads(tandem("verify", out, "--samples", 2, "--json").stdout)
        self.assertEqual(verified["differing_samples"], 0)
        self.assertEqual([point["name"] for point in verified["points"]], deployed["points"])
        self.assertLess(verified["points"][1]["instructions"], 1.25 * verified["points"][0]["instructions"])
        self.assertEqual(verified["flash_bytes"], deployed["flash_bytes"])

    def check_a_board(self, strategy):
        out = self.folder / "firmware"
        arguments = ["deploy", NETWORK, "--strategy", strategy, "--out", out, "--force"]
        self.assert_refused(tandem(*arguments, "--board", "nucleo-f412z"), "'nucleo-f412zg'")
        self.assert_refused(tandem(*arguments, "--board", "nucleo-f412zg", "--target", "cortex-m7"), "cortex-m4")
        self.assertFalse(out.exists())
        self.assert_refused(tandem("verify", self.folder / "nothing"), "deploy.json")
        if shutil.which("arm-none-eabi-gcc") is None or shutil.which("qemu-system-arm") is None:
            self.skipTest("gcc-arm-none-eabi or qemu-system-arm is not installed")
        self.assert_refused(tandem(*arguments, "--board", "microbit"), "too many", "stage1", status=1)
        self.assertFalse(out.exists(), "a folder of what does not fit")
        deployed = json.loads(tandem(*arguments, "--board", "nucleo-f412zg", "--json").stdout)
        verified = json.loads(tandem("verify", out, "--samples", 3, "--json").stdout)
        self.assertEqual(verified["differing_samples"], 0)
        self.assertEqual(verified["flash_bytes"], deployed["flash_bytes"])
        self.assertEqual(verified["arena_bytes"], deployed["arena_bytes"])
        self.assertEqual(verified["stack_bytes"], deployed["stack_bytes"])
        self.assertLessEqual(verified["painted_stack_bytes"], deployed["stack_bytes"])
        self.assertLess(verified["instructions"], 20.5e6, "the bar for a ResNet-8")
        steps = sum(layer["instructions"] for layer in verified["layers"])
        self.assertAlmostEqual(steps / verified["instructions"], 1.0, delta=0.001)

    def test_report_is_written_once_and_replaced_on_demand(self):
        run = self.folder / "run"
        self.assertEqual(tandem("run", self.job(generations=1), "--out", run).returncode, 0)
        page = self.folder / "page.html"
        self.assertEqual(tandem("report", run, "-o", page).returncode, 0)
        self.assertTrue(page.read_text().lower().startswith("<!doctype html>"))
        self.assert_refused(tandem("report", run, "-o", page), "--force")
        self.assertEqual(tandem("report", run, "-o", page, "--force").returncode, 0)


if __name__ == "__main__":
    unittest.main()
