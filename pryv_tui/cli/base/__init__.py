"""What commands share: options, output, streams, a run that is watched."""
