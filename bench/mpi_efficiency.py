#!/usr/bin/env python3
"""Parallel efficiency of MPI ranks: evaluations a second of n ranks over those of min(n, 2) threads of one process.

    bench/mpi_efficiency.py [--build build/test] [--ranks 2 4] [--milliseconds 10] [--rounds 5]

The search is that of the MPI tests with a population of 100 and evaluations that are busy for so long. Rank runs and
single-process runs take turns, so that other work on the machine meets both; printed are medians over the rounds.
"""

import argparse
import pathlib
import statistics
import subprocess
import tempfile

POPULATION = 100
GENERATIONS = 12  # of the tests' search


def seconds(launcher, victim, milliseconds):
    """What one whole search takes, by its own clock: loading and leaving are not in it."""
    with tempfile.TemporaryDirectory(prefix="tandem-bench-") as folder:
        command = [*launcher, str(victim), f"{folder}/run.sqlite", str(milliseconds), "none", str(POPULATION)]
        result = subprocess.run(command, capture_output=True, text=True, check=True)
        return float(result.stdout.split()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default="build/test", help="the build folder of the preset test")
    parser.add_argument("--ranks", type=int, nargs="+", default=[2, 4])
    parser.add_argument("--milliseconds", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    victim = options.build.resolve() / "mpi_victim"
    evaluations = POPULATION * GENERATIONS
    print(f"{'ranks':>5} {'threads':>7} {'ranks, 1/s':>10} {'threads, 1/s':>12} {'efficiency':>10}")
    for ranks in options.ranks:
        threads = min(ranks, 2)
        mpirun = ["mpirun", "--allow-run-as-root", "--oversubscribe", "--enable-recovery", "-n", str(ranks)]
        taskset = ["taskset", "--cpu-list", f"0-{threads - 1}"]
        rates = {"ranks": [], "threads": []}
        for _ in range(options.rounds):
            rates["ranks"].append(evaluations / seconds(mpirun, victim, options.milliseconds))
            rates["threads"].append(evaluations / seconds(taskset, victim, options.milliseconds))
        many, single = (statistics.median(rates[kind]) for kind in ("ranks", "threads"))
        print(f"{ranks:>5} {threads:>7} {many:>10.1f} {single:>12.1f} {many / single:>10.3f}", flush=True)


if __name__ == "__main__":
    main()
