"""How good a scorer is, how good it could be at best, and whether it cheats. Needs the `train` extra."""
