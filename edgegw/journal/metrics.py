"""What the ledger tells Prometheus."""

from prometheus_client import Counter, Gauge, Histogram

COMMIT_SECONDS = Histogram(
    "sigec_database_latency_seconds",
    "Time of one commit, from BEGIN to durable",
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5),
)
FAILED_COMMITS = Counter("edgegw_journal_failed_commits", "Commits that failed")
FACTS = Counter("edgegw_journal_facts", "Facts made durable")
SAMPLES = Counter("edgegw_journal_samples", "Readings made durable")
GIVEN_UP = Counter("edgegw_journal_samples_given_up", "Readings that memory could not hold until the disk took them")
DROPPED = Counter("edgegw_journal_dropped", "Records that the ledger holds no more", ["stream", "reason"])
for _stream in ("A", "B"):  # there from the start, so that the first of them is seen to be a rise
    DROPPED.labels(_stream, "dropped")
STORAGE_LEFT = Gauge("edgegw_storage_left_bytes", "What may still be written: of the budget, of the disk", ["of"])
STORAGE_FULL = Gauge("edgegw_storage_full", "1 while no new transaction is taken for want of room")
HEAD = Gauge("edgegw_journal_head", "Newest sequence number", ["stream"])
