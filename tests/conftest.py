"""Profiles of the property tests: short in CI, long at night.

Choose with ``HYPOTHESIS_PROFILE=nightly``; the default is ``ci``.
"""

import os
import sys
from pathlib import Path

from hypothesis import HealthCheck, settings

# Makers of random problems that several tests share.
sys.path.insert(0, str(Path(__file__).parent))

# Deadlines are off because a first call may compile formulas; speed is measured in benchmarks/.
_SHARED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow], "print_blob": True}
settings.register_profile("ci", max_examples=40, derandomize=True, **_SHARED)
settings.register_profile("nightly", max_examples=1000, **_SHARED)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

# Scenarios written out by hand, which tests of several rooms share.
sys.path.append(str(Path(__file__).parent / "linkage"))
