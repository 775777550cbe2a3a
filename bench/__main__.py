"""Runs every benchmark that needs no accelerator; exit code 1 if one finds wrong values."""

import sys

from bench import measure

sys.exit(measure.main())
