import { enableCompileCache } from 'node:module'

// Before anything else is loaded: what Node compiled, or stripped of its types, it need not compile at the next start.
enableCompileCache()
const { runBroker } = await import('./run-broker.ts')

process.exitCode = await runBroker(process.argv.slice(2), process.env)
