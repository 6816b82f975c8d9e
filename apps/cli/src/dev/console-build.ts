import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const consoleFolder = fileURLToPath(new URL('../../../console', import.meta.url))

/** Whether this is a clone of the repository whose console was never built, or was changed since. */
export async function isConsoleStale(folder: string = consoleFolder): Promise<boolean> {
  if (!existsSync(join(folder, 'package.json')) || !existsSync(join(folder, 'src'))) return false
  const builtMs = await modifiedMs(join(folder, 'dist', 'index.html'))
  if (builtMs === undefined) return true
  const sources = await readdir(join(folder, 'src'), { recursive: true })
  const times = await Promise.all(
    [join('src'), 'index.html', 'package.json', 'vite.config.ts', ...sources.map((name) => join('src', name))].map(
      (name) => modifiedMs(join(folder, name)),
    ),
  )
  return times.some((time) => time !== undefined && time > builtMs)
}

/** Builds it with the pnpm that runs this; resolves to whether that went well. */
export async function buildConsole(environment: Readonly<Record<string, string | undefined>>): Promise<boolean> {
  const [command, ...before] = pnpmCommand(environment)
  const child = spawn(command!, [...before, '--filter', '@yak/console', 'build'], {
    cwd: fileURLToPath(new URL('../../../..', import.meta.url)),
    stdio: 'ignore',
    env: { ...environment },
  })
  return await once(child, 'close').then(
    ([code]) => code === 0,
    () => false,
  )
}

/** pnpm tells its scripts where it is; npm and npx say so too, of themselves. */
function pnpmCommand({ npm_execpath: program }: Readonly<Record<string, string | undefined>>): string[] {
  if (program === undefined || !basename(program).startsWith('pnpm')) return ['npx', '-y', 'pnpm']
  return /\.[cm]?js$/.test(program) ? [process.execPath, program] : [program]
}

async function modifiedMs(path: string): Promise<number | undefined> {
  const found = await stat(path).catch(() => undefined)
  return found?.mtimeMs
}
