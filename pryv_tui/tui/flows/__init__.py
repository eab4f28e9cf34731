"""Acts that are asked for from several screens: planned, asked, started."""
