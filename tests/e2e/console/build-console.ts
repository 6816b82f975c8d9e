import { join } from 'node:path'
import { build } from 'vite'

/** Builds the console into the folder that brokers serve it from: once for all tests, as two builds at once would empty it under each other. */
export default async function buildConsole(): Promise<void> {
  await build({ root: join(import.meta.dirname, '../../../apps/console'), logLevel: 'error' })
}
