"""The domain: pure types and decisions, without network, disk or clock."""
