"""Runs every benchmark that needs no accelerator; exit code 1 if one finds wrong values."""

import sys

from bench import interrogation, measure, profile_pass, scenes

sys.exit(max(measure.main([]), profile_pass.main([]), scenes.main([]), interrogation.main([])))
