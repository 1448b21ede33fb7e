"""The live page: what `dualwrite metrics` serves."""
