/** `waits`: the browser asks somebody for leave, or would have to, and the old way did not do it either. */
export type Copied = 'copied' | 'refused' | 'waits'

/** Within the time for which a press of a key or a button lets the old way copy. */
const patienceMs = 1_500

/**
 * Puts a text on the clipboard. The way of today needs a secure context, which a console at http://10.0.0.5:5001 is not, and
 * may ask for leave and wait for the answer without end: after `waitMs` it is done the old way, which asks nobody.
 */
export async function copyText(
  text: string,
  {
    write = (text: string) => navigator.clipboard.writeText(text),
    writeOld = copySelected,
    waitMs = patienceMs,
  }: {
    readonly write?: (text: string) => Promise<void>
    readonly writeOld?: (text: string) => boolean
    readonly waitMs?: number
  } = {},
): Promise<Copied> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<'waits'>((resolve) => {
    timer = setTimeout(() => resolve('waits'), waitMs)
  })
  try {
    const done = await Promise.race([write(text).then(() => 'copied' as const), late])
    return done === 'copied' || writeOld(text) ? 'copied' : 'waits'
  } catch {
    return writeOld(text) ? 'copied' : 'refused'
  } finally {
    clearTimeout(timer)
  }
}

/** What to say of a copy that was not made. */
export function notCopiedText(copied: Exclude<Copied, 'copied'>): string {
  return copied === 'waits'
    ? 'Not copied: the browser waits for leave to use the clipboard. Give it, and copy again.'
    : 'The browser did not copy it.'
}

/** Selects the text in a field and copies what is selected. */
function copySelected(text: string): boolean {
  const area = document.createElement('textarea')
  area.value = text
  area.style.position = 'fixed'
  area.style.opacity = '0'
  const host = document.querySelector('dialog[open]') ?? document.body
  const focused = document.activeElement
  host.append(area)
  area.select()
  const done = document.execCommand('copy')
  area.remove()
  if (focused instanceof HTMLElement) focused.focus()
  return done
}
