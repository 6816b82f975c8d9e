/** From the operating system: a full disk behind standard output, a file that cannot be opened. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === 'string'
}

/** What happened, in words, with what to do; the system's code behind it. */
export function systemErrorText(error: NodeJS.ErrnoException): string {
  const { code = '', path, syscall } = error
  if (syscall === 'uv_cwd')
    return `The folder that yak was started in is not there any more. Change to another one. (${code})`
  const what = whatOf(error)
  if (path === undefined) return `${what}. (${code})`
  return `${path} cannot be used: ${what}. ${advice.get(code) ?? 'Check it, or name another.'} (${code})`
}

/** Of what standard output refused. */
export function outputErrorText(error: NodeJS.ErrnoException): string {
  return `Standard output cannot be written: ${whatOf(error)}. Make room, or write elsewhere. (${error.code})`
}

/** `ENOSPC: no space left on device, write` says in its middle what happened. */
function whatOf({ message }: Error): string {
  return /^[A-Z0-9]+: ([^,]*)/.exec(message)?.[1] ?? message
}

const advice: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'Correct the path.'],
  ['ENOTDIR', 'Correct the path: a part of it is a file.'],
  ['EISDIR', 'It is a folder: name a file.'],
  ['EEXIST', 'A file stands there: name a folder.'],
  ['EACCES', 'Give this user the right to it, or name another.'],
  ['EPERM', 'Give this user the right to it, or name another.'],
  ['EROFS', 'Name one on a disk that can be written.'],
  ['ENOSPC', 'Free some space, or name another disk.'],
])
