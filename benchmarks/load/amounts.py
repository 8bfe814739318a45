"""What customers pay: mostly what each of them usually does, and now and then far more.

Of amounts drawn at random the model would stop nearly every other one, and each that it stops costs an
explanation; of these it declines some two in a hundred.
"""

import random
import zlib

_USUALLY, _FAR_MORE, _STRANGE = (0.6, 1.5), 12.0, 0.02


def usual_amount(customer: str) -> int:
    """Cents that this customer pays on an ordinary day: 10.00 to 100.00."""
    return 1_000 + zlib.crc32(customer.encode()) % 9_000


def amount(customer: str, chance: random.Random) -> int:
    """Cents of one transaction."""
    times = _FAR_MORE if chance.random() < _STRANGE else chance.uniform(*_USUALLY)
    return round(usual_amount(customer) * times)
