"""Fraud features, model and simulator of FlowServe; the light core needs numpy and onnxruntime only."""

__version__ = "0.1.0"
