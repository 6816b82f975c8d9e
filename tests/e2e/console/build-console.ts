import { join } from 'node:path'
import { build } from 'vite'

/**
 * Builds the console, as it is shipped, into the folder that brokers serve it from: once for all tests, as two builds at once would
 * empty it under each other.
 */
export default async function buildConsole(): Promise<void> {
  await buildFor('production')
}

/**
 * With React of this kind, whatever NODE_ENV says here (Vitest sets `test`, and so Vite would take the one for development). Into
 * `outDir`, or else where brokers look.
 */
export async function buildFor(nodeEnv: 'production' | 'development', outDir?: string): Promise<void> {
  const before = process.env.NODE_ENV
  process.env.NODE_ENV = nodeEnv
  try {
    await build({
      root: join(import.meta.dirname, '../../../apps/console'),
      logLevel: 'error',
      build: outDir === undefined ? {} : { outDir, emptyOutDir: true },
    })
  } finally {
    if (before === undefined) delete process.env.NODE_ENV
    else process.env.NODE_ENV = before
  }
}
