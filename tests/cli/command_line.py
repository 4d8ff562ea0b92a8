"""What every errand of the command line starts from.

TANDEM_BINARY names the program; the working directory is the project's root.
"""

import atexit
import functools
import gzip
import os
import shutil
import struct
import subprocess
import tempfile
import unittest
from pathlib import Path

BINARY = os.environ["TANDEM_BINARY"]
HAS_PLUGIN = (Path(BINARY).parent / "libtandem-training.so").exists()
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

    def run_through_kills(self, job, out, delays, *options):
        """Begins the job, kills it after each delay in seconds and takes it up again, then lets it end."""
        command = [BINARY, "run", str(job), "--out", str(out), *options]
        for delay in delays:
            with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
                try:
                    process.wait(timeout=delay)
                except subprocess.TimeoutExpired:
                    process.kill()
            if (out / "job.yaml").exists():
                command = [BINARY, "run", "--resume", str(out)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

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
