"""The words and the decisions: pure, no network, no disk, no clock."""
