"""Training: state, step, segments on one or several devices, evaluation, checkpoints, and the loop that resumes."""
