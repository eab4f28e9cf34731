"""Access to disks: names, folders walked by descriptors, attributes, mounts, file systems."""
