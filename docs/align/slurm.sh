#!/bin/bash
#SBATCH --job-name=align
#SBATCH --array=1-4
#SBATCH --cpus-per-task=8
#SBATCH --mem=8G
#SBATCH --time=02:00:00
# From the project's folder, once `npm run align -- --help` has built what it needs: sbatch docs/align/slurm.sh
# Then, once all four are there: npm run align -- --merge study.shard-*-of-4.safetensors --out study.json
npm run align -- --a a.safetensors --b b.npz --labels labels.csv --out study.json \
  --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT" --threads "$SLURM_CPUS_PER_TASK"
