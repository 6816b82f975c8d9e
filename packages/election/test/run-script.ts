import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const packageFolder = join(import.meta.dirname, '..')

/** Node on the sources of this package, as a program of its own. */
export function startNode(args: readonly string[]): ChildProcess {
  const flags = ['--conditions=@yak/source', '--disable-warning=ExperimentalWarning']
  return spawn(process.execPath, [...flags, ...args], { cwd: packageFolder, stdio: ['pipe', 'pipe', 'pipe'] })
}

/** Runs a module given as text, in which `@yak/election` is this package. */
export async function runScript(text: string, args: readonly string[] = []) {
  const child = startNode(['--input-type=module', '--eval', text, '--', ...args])
  const output = { stdout: '', stderr: '' }
  child.stdout?.setEncoding('utf8').on('data', (data) => (output.stdout += data))
  child.stderr?.setEncoding('utf8').on('data', (data) => (output.stderr += data))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, ...output }
}
