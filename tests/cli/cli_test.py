"""The command line as a new user meets it: what is printed, which exit status, what is left on disk.

TANDEM_BINARY names the program; the working directory is the project's root.
"""

import atexit
import csv
import functools
import gzip
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import struct
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path

BINARY = os.environ["TANDEM_BINARY"]
NETWORK = "networks/resnet8-fashion.onnx"
MACHINE = "machines/spatial-256.yaml"
FASHION = Path("/usr/share/datasets/fashion-mnist")

TINY_JOB = """
network: {network}
machine: {machine}
data: {{dataset: fashion-mnist, directory: "{directory}", calibration: 32, validation: 100}}
space: {{weight_bits: [4, 8, 16], activation_bits: [4, 8, 16]}}
search: {{algorithm: nsga2, population: 8, generations: {generations}, seed: 3}}
"""


@functools.cache
def few_images():
    """A folder with the first images of Fashion-MNIST: a job spends its time on searching, not on the test set."""
    folder = Path(tempfile.mkdtemp(prefix="tandem-data-"))
    atexit.register(shutil.rmtree, folder)
    for name, count in (("train", 6200), ("t10k", 200)):
        for kind, header in (("images-idx3", 16), ("labels-idx1", 8)):
            content = gzip.decompress((FASHION / f"{name}-{kind}-ubyte.gz").read_bytes())
            size = (len(content) - header) // struct.unpack(">I", content[4:8])[0]
            (folder / f"{name}-{kind}-ubyte").write_bytes(
                content[:4] + struct.pack(">I", count) + content[8 : header + count * size])
    return folder


def tandem(*arguments, **options):
    return subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, check=False, **options)


class CommandLine(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="tandem-cli-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def job(self, network=NETWORK, machine=MACHINE, directory=None, generations=3, extra=""):
        path = self.folder / "tiny.yaml"
        path.write_text(TINY_JOB.format(network=network, machine=machine, directory=directory or few_images(),
                                        generations=generations) + extra)
        return path

    def assert_refused(self, result, *words, status=2):
        """One clear line a problem, nothing on standard output, the right exit status."""
        self.assertEqual(result.returncode, status, result.stderr)
        self.assertEqual(result.stdout, "")
        for word in words:
            self.assertIn(word, result.stderr)
        self.assertNotIn("internal error", result.stderr)
        self.assertLess(len(result.stderr.splitlines()), 20)

    def assert_no_run(self, directory):
        self.assertFalse(directory.exists(), "a refused run must leave nothing behind")


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

    def test_map_levels_never_fall_when_refined(self):
        table = self.folder / "layers.csv"
        table.write_text("name,K,C,OY,OX,FY,FX\na,64,64,14,14,3,3\nb,10,512,,,,\n")

        def cycles(level):
            result = tandem("map", "--layers", table, "--machine", MACHINE, "--level", level, "--json")
            self.assertEqual(result.returncode, 0, result.stderr)
            return json.loads(result.stdout)["total"]["cycles"]

        self.assertLessEqual(cycles("coarse"), cycles("mid"))
        self.assertLessEqual(cycles("mid"), cycles("fine"))

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

        job.write_text(job.read_text().replace("brams: 100", "brams: 3"))
        self.assert_refused(tandem("run", job, "--out", self.folder / "none"), "no feasible design",
                            "block RAMs, of 3 allowed", status=1)
        job.write_text(job.read_text().replace(self.MACHINE, MACHINE))
        self.assert_refused(tandem("run", job, "--out", self.folder / "other"), "family", "bitserial")
        self.assert_no_run(self.folder / "other")


class MainJob(CommandLine):
    def setUp(self):
        super().setUp()
        self.out = self.folder / "out"

    def front(self, directory):
        return (directory / "front.json").read_bytes()

    def test_leaves_store_front_report_and_proven_c(self):
        result = tandem("run", self.job(directory=FASHION), "--out", self.out)
        self.assertEqual(result.returncode, 0, result.stderr)
        for name in ("run.sqlite", "front.json", "report.html", "chosen/network.c", "chosen/network.onnx", "chosen/strategy.json"):
            self.assertTrue((self.out / name).is_file(), name)
        proof = json.loads((self.out / "chosen/proof.json").read_text())
        self.assertEqual((proof["samples"], proof["differing_samples"]), (10000, 0))
        self.assertIn("reference:", result.stdout.splitlines()[-1])
        self.assertEqual(result.stderr, "", "progress belongs on terminals only")

    def test_front_is_the_same_with_one_thread_and_four(self):
        job = self.job()
        fronts = []
        for threads in (1, 4):
            out = self.folder / f"threads{threads}"
            self.assertEqual(tandem("run", job, "--out", out, "--threads", threads).returncode, 0)
            fronts.append(self.front(out))
            fronts.append(json.dumps(json.loads(tandem("front", out, "--json").stdout)).encode())
        self.assertEqual(fronts[0], fronts[2])
        self.assertEqual(fronts[1], fronts[3])

    def test_a_killed_run_resumes_to_the_same_front(self):
        job = self.job(generations=6)
        whole = self.folder / "whole"
        self.assertEqual(tandem("run", job, "--out", whole).returncode, 0)
        seed = 20261121
        draw = random.Random(seed)
        tandem_process = [BINARY, "run", str(job), "--out", str(self.out)]
        for attempt in range(8):
            with subprocess.Popen(tandem_process, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
                try:
                    process.wait(timeout=draw.uniform(0.6, 3.0))
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)
            if (self.out / "job.yaml").exists():
                tandem_process = [BINARY, "run", "--resume", str(self.out)]
        result = subprocess.run(tandem_process, capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 0, f"seed {seed}: {result.stderr}")
        self.assertEqual(self.front(self.out), self.front(whole), f"seed {seed}")

    def test_an_interrupted_run_says_how_to_go_on(self):
        job = self.job(generations=400)
        with subprocess.Popen([BINARY, "run", str(job), "--out", str(self.out)], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as process:
            deadline = time.monotonic() + 60
            while not (self.out / "run.sqlite").exists() and time.monotonic() < deadline:
                time.sleep(0.05)
            time.sleep(0.5)
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130, errors)
        self.assertEqual(len(errors.splitlines()), 1)
        self.assertIn(f"tandem run --resume {self.out}", errors)
        self.assertEqual(sorted(path.name for path in self.out.iterdir()), [".lock", "job.yaml", "run.sqlite"])

    def test_a_directory_in_use_is_refused(self):
        job = self.job(generations=400)
        with subprocess.Popen([BINARY, "run", str(job), "--out", str(self.out)], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as process:
            deadline = time.monotonic() + 60
            while not (self.out / "run.sqlite").exists() and time.monotonic() < deadline:
                time.sleep(0.05)
            self.assert_refused(tandem("run", "--resume", self.out), "in use")
            process.kill()

    def test_an_existing_run_is_kept(self):
        job = self.job(generations=1)
        self.assertEqual(tandem("run", job, "--out", self.out).returncode, 0)
        before = self.front(self.out)
        self.assert_refused(tandem("run", job, "--out", self.out), "--force")
        self.assertEqual(self.front(self.out), before)
        self.assertEqual(tandem("run", job, "--out", self.out, "--force").returncode, 0)

    def test_seeds_and_algorithms_are_compared(self):
        job = self.job(generations=2)
        command = ("run", job, "--out", self.out, "--seeds", 2, "--algorithms", "nsga2,random")
        result = tandem(*command)
        self.assertEqual(result.returncode, 0, result.stderr)
        comparison = json.loads((self.out / "comparison.json").read_text())
        self.assertEqual([(run["algorithm"], run["seed"]) for run in comparison["runs"]],
                         [("nsga2", 3), ("nsga2", 4), ("random", 3), ("random", 4)])
        self.assertEqual([row["seeds"] for row in comparison["algorithms"]], [2, 2])
        self.assertIsNone(comparison["algorithms"][0]["p_value"])
        for row in comparison["algorithms"]:
            self.assertEqual(sorted(row["attainment"]), ["best", "median", "worst"])
            self.assertTrue(row["attainment"]["worst"])
        self.assertTrue((self.out / "random/seed-4/front.json").is_file())
        self.assertFalse((self.out / "random/seed-4/chosen").exists(), "resuming a run deploys it")
        fronts = {path: path.read_bytes() for path in self.out.rglob("front.json")}
        self.assertEqual(len(fronts), 4)
        again = tandem(*command)
        self.assertEqual(again.stdout, result.stdout, "nothing is searched twice")
        self.assertEqual(fronts, {path: path.read_bytes() for path in self.out.rglob("front.json")})
        self.assert_refused(tandem("run", self.job(generations=3), *command[2:]), "another job")

    def test_a_warm_start_begins_with_the_front_of_another_run(self):
        self.assertEqual(tandem("run", self.job(generations=2), "--out", self.out).returncode, 0)
        warm = self.folder / "warm"
        result = tandem("run", self.job(generations=1), "--out", warm, "--warm-start", self.out)
        self.assertEqual(result.returncode, 0, result.stderr)
        genomes = [row[0] for row in sqlite3.connect(self.out / "run.sqlite").execute("SELECT genome FROM designs")]
        store = sqlite3.connect(warm / "run.sqlite")
        guesses = [row[0] for row in store.execute("SELECT genome FROM guesses ORDER BY position")]
        self.assertTrue(guesses)
        self.assertLessEqual(set(guesses), set(genomes))
        first = [row[0] for row in store.execute("SELECT genome FROM designs ORDER BY id")]
        self.assertEqual(first[:len(guesses)], guesses)
        self.assert_refused(tandem("run", self.job(), "--out", self.folder / "x", "--warm-start", self.folder / "no"),
                            "no run to begin with")

    def test_ranks_find_what_one_process_finds(self):
        if shutil.which("mpirun") is None:
            self.skipTest("no mpirun: Debian's openmpi-bin has it")
        job = self.job(generations=2)
        self.assertEqual(tandem("run", job, "--out", self.out).returncode, 0)
        ranks = self.folder / "ranks"
        result = subprocess.run(["mpirun", "--allow-run-as-root", "--oversubscribe", "--enable-recovery", "-n", "2",
                                 BINARY, "run", str(job), "--out", str(ranks)],
                                capture_output=True, text=True, check=False)
        if "a program built with MPI" in result.stderr:
            self.skipTest("built without MPI")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.front(ranks), self.front(self.out))

    def test_a_machine_too_small_is_no_feasible_design(self):
        machine = self.folder / "machine.yaml"
        text = Path(MACHINE).read_text()
        machine.write_text(re.sub(r"size_bytes: \d+", "size_bytes: 8", text))
        result = tandem("run", self.job(machine=machine), "--out", self.out)
        self.assert_refused(result, "no feasible design", "buffer", status=1)
        self.assertEqual(len(result.stderr.splitlines()), 1)

    def test_a_full_disk_is_one_line_and_resumes_elsewhere(self):
        disk = self.folder / "disk"
        disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(disk)], check=False,
                                 capture_output=True)
        if mounted.returncode != 0:
            self.skipTest("mounting a small tmpfs needs root")
        self.addCleanup(subprocess.run, ["umount", str(disk)], check=False)
        result = tandem("run", self.job(generations=200), "--out", disk / "run")
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        self.assertNotIn("internal error", result.stderr)
        self.assertFalse([path for path in disk.rglob("*.part")])
        moved = self.folder / "moved"
        shutil.copytree(disk / "run", moved)
        job = (moved / "job.yaml").read_text()
        if (moved / "run.sqlite").exists():
            self.assertIn("generations: 200", job)
            with subprocess.Popen([BINARY, "run", "--resume", str(moved)], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, text=True) as process:
                time.sleep(2.5)
                process.send_signal(signal.SIGINT)
                _, errors = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 130, errors)


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
        deployed = json.loads(tandem(*arguments, "--board", "nucleo-f412zg", "--json").stdout)
        verified = json.loads(tandem("verify", out, "--samples", 3, "--json").stdout)
        self.assertEqual(verified["differing_samples"], 0)
        self.assertEqual(verified["flash_bytes"], deployed["flash_bytes"])
        self.assertEqual(verified["arena_bytes"], deployed["arena_bytes"])
        self.assertLess(verified["stack_bytes"], deployed["stack_bytes"])
        self.assertLess(verified["instructions"], 20.5e6, "the bar for a ResNet-8")

    def test_report_is_written_once_and_replaced_on_demand(self):
        run = self.folder / "run"
        self.assertEqual(tandem("run", self.job(generations=1), "--out", run).returncode, 0)
        page = self.folder / "page.html"
        self.assertEqual(tandem("report", run, "-o", page).returncode, 0)
        self.assertTrue(page.read_text().lower().startswith("<!doctype html>"))
        self.assert_refused(tandem("report", run, "-o", page), "--force")
        self.assertEqual(tandem("report", run, "-o", page, "--force").returncode, 0)


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
