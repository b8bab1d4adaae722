#!/bin/bash
# A run on several hosts under Slurm, from the repository's root:
#
#     sbatch configs/launch/slurm.sh reproduce --suite cpu
#     sbatch --nodes=4 configs/launch/slurm.sh run lecun1989_zip --passes 5
#
# JAX finds the processes by Slurm's variables and gives each task one accelerator: as many tasks a node as it has.
# Submitted again after it was killed, the same command goes on where it stood: --workdir lies on a folder that the
# nodes share, or at least on one that the first node keeps.
#SBATCH --job-name=research
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=4
#SBATCH --gpus-per-node=4
#SBATCH --cpus-per-task=8
#SBATCH --time=04:00:00
#SBATCH --output=research-%j.txt

set -euo pipefail

if [ $# -lt 1 ]; then
    echo "usage: sbatch configs/launch/slurm.sh run|reproduce ..." >&2
    exit 2
fi

cd "$SLURM_SUBMIT_DIR"
source "${VENV:-.venv}/bin/activate"

# A proxy would stand between the processes. One that ends with an error ends the job.
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY
exec srun --kill-on-bad-exit=1 python -m research "$@" --distributed
