"""What commands share: options, output, streams, and following a run."""
