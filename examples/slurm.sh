#!/bin/sh
# A run on a cluster: one rank a core, rank 0 drives. The run directory, the network and the data must be on a
# file system that all nodes see.
#     sbatch examples/slurm.sh
# Submitted again, it goes on where it was stopped.
#SBATCH --job-name=tandem
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=32
#SBATCH --cpus-per-task=1
#SBATCH --time=24:00:00
#SBATCH --no-kill
set -eu
job=${1:-examples/fashion-resnet8.yaml}
out=${2:-runs/cluster}
set -- "$job" --out "$out"
[ -e "$out/job.yaml" ] && set -- --resume "$out"
# --no-kill and --enable-recovery: the loss of a node is the loss of its ranks.
exec mpirun --enable-recovery build/release/tandem run "$@" --evaluation-timeout 600 --quiet
