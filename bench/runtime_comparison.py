#!/usr/bin/env python3
"""How fast the engine is beside ONNX Runtime, in float and in integers.

    bench/runtime_comparison.py [--build build/test] [--rounds 15] [--networks resnet20 ...] [--json]

Both sides run on one and the same core with one thread, in turns; times are processor times, and a ratio is the median
over the rounds of theirs over ours: above 1 the engine is faster. The quantised network of ONNX Runtime is the QDQ file
that Tandem writes of 8 bits with scales, every operand of an Add among them, which ONNX Runtime's integer kernels take
whole. The engine executes the same ("scales") and 8 bits of powers of two. "over float" is ONNX Runtime's float over the
engine's 8 bits; "4 bits" and "2 bits" are the engine's own 8 bits over its narrower widths. Needs the models of TANDEM_SHARED_DATA (or ../shared/data) and
onnxruntime-node, which tools/setup test installs.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
SECONDS = 0.1  # that a measurement lasts at least
NETWORKS = {  # file, the lowest and highest input, batches
    "resnet20": ("cifar10_models/resnet20.onnx", -2, 2, (64, 128)),
    "resnet8": ("mlperf_tiny/resnet8_cifar10.onnx", 0, 255, (1, 16)),
    "dscnn": ("mlperf_tiny/dscnn_kws12.onnx", -120, 120, (1, 16)),
    "mobilenetv2": ("imagenet_models/mobilenetv2_100_imagenet_dequantized.onnx", -1, 1, (1, 16)),
    "squeezenet": ("imagenet_models/squeezenet11_imagenet.onnx", -120, 150, (1, 16)),
}


class Worker:
    """A program that runs networks when it is told to, on one core."""

    def __init__(self, core, command):
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        self.process = subprocess.Popen(["taskset", "--cpu-list", str(core), *map(str, command)], env=environment,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        ready, *self.runs = self.process.stdout.readline().split() or [""]
        if ready != "ready":
            sys.exit(f"runtime_comparison: {command[0]} did not start")

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.process.stdin.close()
        self.process.wait()

    def seconds(self, what, times):
        """Of one run, measured over so many."""
        print(what, times, file=self.process.stdin, flush=True)
        return float(self.process.stdout.readline()) / times

    def times(self, what):
        """How many runs last long enough to be measured, warm."""
        return max(1, round(SECONDS / max(min(self.seconds(what, 2) for _ in range(2)), 1e-6)))


def compare(options, core, file, lowest, highest, batch, folder):
    quantised = folder / "qdq.onnx"
    quantised.unlink(missing_ok=True)
    with Worker(core, [options.build.resolve() / "engine_worker", file, batch, lowest, highest, quantised]) as ours, \
         Worker(core, ["node", ROOT / "bench/onnxruntime_worker.mjs", ROOT / "build/onnxruntime", batch, lowest, highest,
                       file, *([quantised] if quantised.exists() else [])]) as theirs:
        runs = [(worker, what) for what in ("float", "8", "scales", "4", "2") for worker in (ours, theirs)
                if what in worker.runs]
        times = [worker.times(what) for worker, what in runs]
        rounds = [[worker.seconds(what, count) for (worker, what), count in zip(runs, times)]
                  for _ in range(options.rounds)]
    own = {what: column for (worker, what), column in zip(runs, zip(*rounds)) if worker is ours}
    their = {what: column for (worker, what), column in zip(runs, zip(*rounds)) if worker is theirs}

    def ratio(over, under):
        return statistics.median(o / u for o, u in zip(over, under))

    def rate(seconds):
        return batch / statistics.median(seconds)

    row = {"images_per_second": rate(own["float"]), "onnxruntime_images_per_second": rate(their["float"]),
           "float": ratio(their["float"], own["float"])}
    if "8" in own:
        row |= {"integer_images_per_second": rate(own["8"]), "onnxruntime_integer_images_per_second": rate(their["8"]),
                "integer": ratio(their["8"], own["8"]), "scales": ratio(their["8"], own["scales"]),
                "integer_over_float": ratio(their["float"], own["8"]), "bits4": ratio(own["8"], own["4"]),
                "bits2": ratio(own["8"], own["2"])}
    return row


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/test", help="the build folder")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    parser.add_argument("--batches", type=int, nargs="+", help="instead of each network's own")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    data = pathlib.Path(os.environ.get("TANDEM_SHARED_DATA", ROOT.parent / "shared/data"))
    core = min(os.sched_getaffinity(0))
    heads = [("float", "images_per_second"), ("ORT", "onnxruntime_images_per_second"), ("ratio", "float"),
             ("8 bits", "integer_images_per_second"), ("ORT", "onnxruntime_integer_images_per_second"),
             ("ratio", "integer"), ("scales", "scales"), ("over float", "integer_over_float"), ("4 bits", "bits4"),
             ("2 bits", "bits2")]
    if not options.json:
        print(f"{'network':<12} {'batch':>5} " + " ".join(f"{head:>10}" for head, _ in heads))
    rows = []
    with tempfile.TemporaryDirectory(prefix="tandem-bench-") as folder:
        for name in options.networks:
            file, lowest, highest, batches = NETWORKS[name]
            if not (data / file).exists():
                sys.exit(f"runtime_comparison: {data / file}: no such file, expected the models of TANDEM_SHARED_DATA")
            for batch in options.batches or batches:
                row = compare(options, core, data / file, lowest, highest, batch, pathlib.Path(folder))
                rows.append({"network": name, "batch": batch, **row})
                if not options.json:
                    cells = [format(row[key], ">10.0f" if "per_second" in key else ">10.2f")
                             for _, key in heads if key in row]
                    print(f"{name:<12} {batch:>5} " + " ".join(cells), flush=True)
    if options.json:
        print(json.dumps(rows, indent=2))


if __name__ == "__main__":
    main()
