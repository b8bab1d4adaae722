"""The ledger: verdicts computed from measurements, records that hold them, the tables and the report made from both."""
