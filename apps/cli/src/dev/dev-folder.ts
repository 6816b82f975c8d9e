import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from '../arguments/usage-error.ts'

const fileName = 'dev.json'

/**
 * Makes the folder of a local cluster, or opens it again. Throws `UsageError` for one that holds a cluster of another size:
 * its brokers would refuse each other, since the members of a cluster do not change while its data stays.
 */
export async function openDevFolder(dataDir: string, brokers: number): Promise<void> {
  // Loaded only here: a wrong flag is told sooner without a broker in memory.
  const { makeFolder } = await import('@yak/broker')
  await makeFolder(dataDir).catch((error: Error) => {
    throw new UsageError(`--data-dir ${dataDir} cannot be made: ${error.message}. Choose another.`)
  })
  const file = join(dataDir, fileName)
  const known = await sizeIn(file)
  if (known === undefined) {
    // Wherever it lies, it is nothing to commit. What stood there before is not for us to hide.
    if ((await readdir(dataDir)).length === 0) await writeFile(join(dataDir, '.gitignore'), '*\n')
    await writeFile(file, `${JSON.stringify({ brokers })}\n`)
  } else if (known !== brokers) {
    throw new UsageError(
      `${dataDir} holds a cluster of ${known}, not ${brokers}. Give --brokers ${known}, or another --data-dir, or delete the folder.`,
    )
  }
}

async function sizeIn(file: string): Promise<number | undefined> {
  try {
    const { brokers } = JSON.parse(await readFile(file, 'utf8')) as { readonly brokers?: unknown }
    return typeof brokers === 'number' ? brokers : undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return undefined
    throw error
  }
}
