import { enableCompileCache } from 'node:module'
import { keepYoungGenerationSmall } from './own-process.ts'

// Before anything else is loaded: what Node compiled, or stripped of its types, it need not compile at the next start.
enableCompileCache()
keepYoungGenerationSmall()
const { runBroker } = await import('./run-broker.ts')

process.exitCode = await runBroker(process.argv.slice(2), process.env)
