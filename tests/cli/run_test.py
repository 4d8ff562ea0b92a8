"""`tandem run` as a user meets it: what a run leaves, how it resumes, compares and fails."""

import json
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import time
import unittest
from pathlib import Path

from command_line import BINARY, CommandLine, FASHION, MACHINE, tandem


class MainJob(CommandLine):
    def setUp(self):
        super().setUp()
        self.out = self.folder / "out"

    def front(self, directory):
        return (directory / "front.json").read_bytes()

    def latencies(self, directory):
        """Cycles of every design that fits, rising."""
        rows = sqlite3.connect(directory / "run.sqlite").execute("SELECT objectives FROM designs WHERE infeasible IS NULL")
        return sorted(int(json.loads(row[0])[2]) for row in rows)

    def test_leaves_store_front_report_and_proven_c(self):
        result = tandem("run", self.job(directory=FASHION), "--out", self.out)
        self.assertEqual(result.returncode, 0, result.stderr)
        for name in ("run.sqlite", "front.json", "report.html", "chosen/network.c", "chosen/network.onnx", "chosen/strategy.json"):
            self.assertTrue((self.out / name).is_file(), name)
        proof = json.loads((self.out / "chosen/proof.json").read_text())
        self.assertEqual((proof["samples"], proof["differing_samples"]), (10000, 0))
        self.assertIn("reference:", result.stdout.splitlines()[-1])
        self.assertNotIn("\r", result.stderr, "bars belong on terminals only")

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

    def test_remembering_less_changes_no_result(self):
        job = self.job()
        fronts = []
        for mebibytes in (0, 64):
            out = self.folder / f"memory{mebibytes}"
            result = tandem("run", job, "--out", out, "--memory", mebibytes)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertRegex(result.stderr, rf"memory: +\d+ MiB at the peak, of which up to {mebibytes} MiB")
            fronts.append(self.front(out))
        self.assertEqual(*fronts)

    def test_a_killed_run_resumes_to_the_same_front(self):
        job = self.job(generations=6)
        whole = self.folder / "whole"
        self.assertEqual(tandem("run", job, "--out", whole).returncode, 0)
        seed = 20261121
        draw = random.Random(seed)
        result = self.run_through_kills(job, self.out, [draw.uniform(0.6, 3.0) for _ in range(8)])
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

    def test_methods_are_drawn_and_what_reads_no_seed_runs_once(self):
        job = self.job(generations=2)
        result = tandem("run", job, "--out", self.out, "--seeds", 2, "--algorithms", "random,uniform,greedy", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        comparison = json.loads(result.stdout)
        self.assertEqual([(row["algorithm"], row["seeds"]) for row in comparison["algorithms"]],
                         [("random", 2), ("uniform", 1), ("greedy", 1)])
        lengths = {len(row["hypervolume_curve"]) for row in comparison["algorithms"]}
        self.assertEqual(len(lengths), 1, "every curve has the same places")
        for row in comparison["algorithms"]:
            medians = [point["median"] for point in row["hypervolume_curve"]]
            self.assertEqual(medians, sorted(medians))
            self.assertEqual(medians[-1], row["hypervolume_median"])
            self.assertLess(medians[-1], 1.0)
        page = (self.out / "comparison.html").read_text()
        self.assertIn("Hypervolume over evaluations", page)
        self.assertIn((self.out / "comparison.svg").read_text(), page)
        self.assertIn((self.out / "comparison-top.svg").read_text(), page)

    def test_targets_are_tried_level_by_level(self):
        self.assertEqual(tandem("run", self.job(), "--out", self.out).returncode, 0)
        cycles = self.latencies(self.out)
        middle = cycles[len(cycles) // 2]
        job = self.job(extra=f"refine: {{targets: {{cycles: {middle}}}}}\n")
        refined = self.folder / "refined"
        result = tandem("run", job, "--out", refined)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertLessEqual(self.latencies(refined)[-1], middle)
        reasons = [row[0] for row in sqlite3.connect(refined / "run.sqlite").execute(
            "SELECT DISTINCT infeasible FROM designs WHERE infeasible IS NOT NULL")]
        self.assertTrue(reasons)
        for reason in reasons:
            self.assertRegex(reason, rf"back from the (coarse|mid|fine) level: more than {middle} cycles")

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
        schedules = dict(sqlite3.connect(self.out / "run.sqlite").execute("SELECT key, value FROM results"))
        again = dict(store.execute("SELECT key, value FROM results"))
        self.assertTrue(set(schedules) & set(again))
        for key in set(schedules) & set(again):
            self.assertEqual(schedules[key], again[key])
        self.assertTrue(all("mapping" in json.loads(text) for text in schedules.values()))
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


if __name__ == "__main__":
    unittest.main()
