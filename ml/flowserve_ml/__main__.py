"""`python -m flowserve_ml` is `flowserve-ml`."""

import sys

from flowserve_ml.cli import main

sys.exit(main())
