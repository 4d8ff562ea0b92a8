#!/usr/bin/env python3
"""Parallel efficiency of MPI ranks: evaluations a second of n ranks over n times those of a thread of one process.

    bench/mpi_efficiency.py [--build build/test] [--ranks 2] [--milliseconds 10] [--rounds 5] [--busy]

The search is that of the MPI tests with a population of 100. Evaluations wait for so long, as one does that an outside
tool makes; so what is measured is what dispatch costs, on a busy machine too. With --busy they compute for as long, and
threads are min(n, 2): that asks for a machine of two cores or more that does nothing else. Ranks and threads take turns;
printed are medians over the rounds.
"""

import argparse
import pathlib
import statistics
import subprocess
import tempfile

POPULATION = 100
GENERATIONS = 12  # of the tests' search


def rate(launcher, victim, milliseconds, manner):
    """Evaluations a second by the search's own clock: starting up is not in it."""
    with tempfile.TemporaryDirectory(prefix="tandem-bench-") as folder:
        command = [*launcher, str(victim), f"{folder}/run.sqlite", str(milliseconds), manner, str(POPULATION)]
        result = subprocess.run(command, capture_output=True, text=True, check=True)
    return POPULATION * GENERATIONS / float(result.stdout.split()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default="build/test", help="the build folder of the preset test")
    parser.add_argument("--ranks", type=int, nargs="+", default=[2])
    parser.add_argument("--milliseconds", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--busy", action="store_true")
    options = parser.parse_args()
    victim = options.build.resolve() / "mpi_victim"
    manner = "none" if options.busy else "wait"
    print(f"{'ranks':>5} {'threads':>7} {'ranks, 1/s':>10} {'threads, 1/s':>12} {'efficiency':>10}")
    for ranks in options.ranks:
        threads = min(ranks, 2)
        mpirun = ["mpirun", "--allow-run-as-root", "--oversubscribe", "--enable-recovery", "-n", str(ranks)]
        taskset = ["taskset", "--cpu-list", f"0-{threads - 1}"]
        rounds = [(rate(mpirun, victim, options.milliseconds, manner),
                   rate(taskset, victim, options.milliseconds, manner)) for _ in range(options.rounds)]
        many, single = (statistics.median(column) for column in zip(*rounds))
        expected = single if options.busy else single * ranks / threads
        print(f"{ranks:>5} {threads:>7} {many:>10.1f} {single:>12.1f} {many / expected:>10.3f}", flush=True)


if __name__ == "__main__":
    main()
