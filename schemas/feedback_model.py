"""A report as the REST door reads it."""

from pydantic import BaseModel, ConfigDict, Field

from schemas.feedback import Feedback
from schemas.transaction_model import SafeId


class FeedbackModel(BaseModel):
    """That a transaction was, or was not, fraud. Of several reports the last one counts."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        title="Feedback",
        json_schema_extra={"examples": [{"transaction_id": "tx-1", "customer_id": "c-42", "is_fraud": True}]},
    )

    transaction_id: SafeId = Field(description="As it was sent for the prediction.")
    customer_id: SafeId = Field(description="As it was sent for the prediction.")
    is_fraud: bool = Field(description="True for fraud, false for genuine.")

    def feedback(self) -> Feedback:
        """The same values as the Kafka door's type."""
        return Feedback(self.transaction_id, self.customer_id, self.is_fraud)
