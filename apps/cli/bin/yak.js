#!/usr/bin/env node
// Plain JavaScript, so that a start from the cache loads neither a compiler nor what strips types from the sources: that
// is 30 MB of the memory of a broker.
import { enableCompileCache } from 'node:module'

enableCompileCache()
const { main } = await import('@yak/cli')
process.exitCode = await main()
