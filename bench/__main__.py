"""Runs every benchmark that needs no accelerator; exit code 1 if one finds wrong values."""

import sys

from bench import interrogation, measure, merging, profile_pass, scenes

BENCHES = (measure, profile_pass, scenes, interrogation, merging)

sys.exit(max(bench.main([]) for bench in BENCHES))
