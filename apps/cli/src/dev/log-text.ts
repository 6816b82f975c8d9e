import { visibleText } from '../terminal/visible-text.ts'

/** How a broker's lines are told from the others'. */
export interface LineStyle {
  /** `broker-1`, as wide as the others'. */
  readonly name: string
  /** The number of a terminal colour, or undefined for plain text. */
  readonly colour: number | undefined
}

const levels = new Map<unknown, { readonly word: string; readonly colour: number | undefined }>([
  [10, { word: 'trace', colour: 90 }],
  [20, { word: 'debug', colour: 90 }],
  [30, { word: 'info ', colour: undefined }],
  [40, { word: 'warn ', colour: 33 }],
  [50, { word: 'error', colour: 31 }],
  [60, { word: 'fatal', colour: 31 }],
])

/** One line of a broker for a person: `12:03:04.567 broker-1 info  serving url=http://127.0.0.1:5001 epoch=1`. */
export function logText(line: string, style: LineStyle): string {
  const entry = entryOf(line)
  if (entry === undefined) return plainText(line, style)
  const { level, time, msg, err, broker: _broker, ...fields } = entry
  const { word, colour } = levels.get(level) ?? { word: '     ', colour: undefined }
  return [
    painted(clockOf(time), dim(style)),
    painted(style.name, style.colour),
    painted(word, style.colour === undefined ? undefined : colour),
    visibleText(typeof msg === 'string' ? msg : ''),
    ...Object.entries(fields).map(([name, value]) => painted(`${name}=${fieldText(value)}`, dim(style))),
    ...(err === undefined ? [] : [painted(errorText(err), style.colour === undefined ? undefined : 31)]),
  ]
    .filter((part) => part !== '')
    .join(' ')
}

/** What is no log entry: the sentence a broker ends with, or a crash. */
export function plainText(line: string, style: LineStyle): string {
  return `${' '.repeat(12)} ${painted(style.name, style.colour)}       ${visibleText(line)}`
}

/** Text in a colour; 90 is grey. */
export function painted(text: string, colour: number | undefined): string {
  return colour === undefined || text === '' ? text : `\u001b[${colour}m${text}\u001b[0m`
}

function dim({ colour }: LineStyle): number | undefined {
  return colour === undefined ? undefined : 90
}

function entryOf(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    const entry = JSON.parse(line) as Record<string, unknown>
    return typeof entry.level === 'number' ? entry : undefined
  } catch {
    return undefined
  }
}

function clockOf(time: unknown): string {
  const date = new Date(typeof time === 'number' ? time : Number.NaN)
  if (Number.isNaN(date.getTime())) return ' '.repeat(12)
  const two = (value: number): string => String(value).padStart(2, '0')
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')
  return `${clock}.${String(date.getMilliseconds()).padStart(3, '0')}`
}

function fieldText(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
  return visibleText(typeof value === 'string' && /[\s"=]/.test(value) ? JSON.stringify(value) : text)
}

function errorText(err: unknown): string {
  const { code, message, type } = (err ?? {}) as Record<string, unknown>
  const text = typeof message === 'string' ? message : JSON.stringify(err)
  const label = typeof code === 'string' ? code : typeof type === 'string' ? type : undefined
  return visibleText(label === undefined ? `(${text})` : `(${label}: ${text})`)
}
