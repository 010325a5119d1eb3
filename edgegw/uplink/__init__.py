"""The way to the cloud: what the journal holds goes up in order, what the cloud wants comes down and is recorded."""
