#!/usr/bin/env node
// Plain JavaScript, so that a start from the cache loads neither a compiler nor what strips types from the sources: that
// is 30 MB of the memory of a broker. And nothing in it that an old Node cannot read: it is the one that has to be told.
import module from 'node:module'

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 19)) {
  console.error(
    `yak: This is Node ${process.versions.node}, and YAK needs 22.19 or newer. Install it from https://nodejs.org.`,
  )
  process.exit(2)
}

// Node has four threads for file calls, and each waits out its sync. A segment that is being finished, a checkpoint or a read from
// a slow disk must not take the last one from a commit. Read by Node at the first such call, so it is set before anything else.
process.env.UV_THREADPOOL_SIZE ??= '16'
module.enableCompileCache()
const { main } = await import('@yak/cli')
process.exitCode = await main()
