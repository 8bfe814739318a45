"""What the tests share: real parts, traffic with known ids, and an oracle that never asks the product."""
