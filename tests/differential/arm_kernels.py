#!/usr/bin/env python3
"""Builds the engine's own kernels for 64-bit Arm, where their loops become NEON, and runs them under QEMU against the
plain engine.

    tests/differential/arm_kernels.py

Exits with 77, which CTest takes for skipped, where g++-aarch64-linux-gnu or qemu-user are missing. oneDNN is left out,
which Debian has no cross build of.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
COMPILER = "aarch64-linux-gnu-g++"
EMULATOR = "qemu-aarch64"
SOURCES = """
    core/check core/hash core/random core/result
    engine/binary_convolution engine/binary_kernels engine/execute_plain engine/fast_concat engine/fast_loops
    engine/fast_pool engine/fast_sum engine/format_change engine/headroom engine/instruction_set engine/integer_program
    engine/integer_values engine/layer_tail
    numerics/affine_scale numerics/fixed_point_multiplier numerics/number_format
    numerics/requantization numerics/rounding
""".split()


def main():
    missing = [program for program in (COMPILER, EMULATOR) if shutil.which(program) is None]
    if missing:
        print(f"arm_kernels: skipped: no {' or '.join(missing)} (Debian: g++-aarch64-linux-gnu, qemu-user)")
        return 77
    sources = [ROOT / f"src/tandem/{name}.cpp" for name in SOURCES]
    sources += [ROOT / f"tests/differential/{name}.cpp" for name in ("portable_kernels", "random_program", "random_rules")]
    with tempfile.TemporaryDirectory(prefix="tandem-arm-") as folder:
        objects = []
        building = []
        for source in sources:
            objects.append(pathlib.Path(folder) / f"{source.stem}.o")
            command = [COMPILER, "-std=c++20", "-O2", "-ftree-vectorize", "-fopenmp-simd", "-ffp-contract=off",
                       "-DFMT_HEADER_ONLY", "-DXXH_INLINE_ALL", f"-I{ROOT / 'src'}", f"-I{ROOT / 'tests'}",
                       "-idirafter", "/usr/include", "-c", str(source), "-o", str(objects[-1])]
            building.append(subprocess.Popen(command))
            if len(building) == (os.cpu_count() or 1):
                if building.pop(0).wait() != 0:
                    return 1
        if any(process.wait() != 0 for process in building):
            return 1
        program = pathlib.Path(folder) / "portable_kernels"
        subprocess.run([COMPILER, "-static", *map(str, objects), "-o", str(program)], check=True)
        return subprocess.run([EMULATOR, str(program)], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
