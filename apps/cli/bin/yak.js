#!/usr/bin/env node
// Plain JavaScript, so that a start from the cache loads neither a compiler nor what strips types from the sources: that
// is 30 MB of the memory of a broker.
import { enableCompileCache } from 'node:module'

// Node has four threads for file calls, and each waits out its sync. A segment that is being finished, a checkpoint or a read from
// a slow disk must not take the last one from a commit. Read by Node at the first such call, so it is set before anything else.
process.env.UV_THREADPOOL_SIZE ??= '16'
enableCompileCache()
const { main } = await import('@yak/cli')
process.exitCode = await main()
