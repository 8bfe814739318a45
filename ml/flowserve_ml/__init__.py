"""Fraud features, model and simulator of FlowServe; the light core needs numpy and onnxruntime only."""

__version__ = "1.0.0"
