"""Simulated card transactions with three kinds of fraud; `flowserve_ml.simulator` puts the parts together."""
