"""Why provisioning did not finish."""


class ProvisionError(Exception):
    """Something that only a person can put right; the message says how."""


class NotYet(Exception):
    """Something that may be otherwise in a moment: try again until the deadline."""
