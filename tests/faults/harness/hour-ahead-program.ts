/** Loaded into a process before everything else: its wall clock is an hour ahead. */
const hourMs = 3_600_000
const now = Date.now
Date.now = () => now() + hourMs
