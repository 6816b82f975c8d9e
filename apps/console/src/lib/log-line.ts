/** A line of a broker's log as it is shown. */
export interface ShownLine {
  /** Milliseconds since 1970; null: the line does not say. */
  readonly at: number | null
  readonly level: 'info' | 'warn' | 'error'
  readonly text: string
  /** What else stands in it, as text: `url=http://…`; names of errors and the like. */
  readonly fields: readonly (readonly [name: string, text: string])[]
}

/** Told elsewhere: whose log it is, and what stands in front of the text. */
const known: ReadonlySet<string> = new Set(['level', 'time', 'msg', 'broker', 'pid', 'hostname'])
const [warnLevel, errorLevel] = [40, 50]

/** A line as pino writes it; one that is cut, or none of its, is all text. */
export function readLogLine(line: string): ShownLine {
  const value = objectOf(line)
  if (value === null) return { at: null, level: 'info', text: line, fields: [] }
  const { level, time, msg } = value
  return {
    at: typeof time === 'number' && Number.isFinite(time) ? time : null,
    level: typeof level !== 'number' || level < warnLevel ? 'info' : level < errorLevel ? 'warn' : 'error',
    text: typeof msg === 'string' ? msg : '',
    fields: Object.entries(value).flatMap(([name, field]) => (known.has(name) ? [] : [[name, fieldText(field)]])),
  }
}

function objectOf(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as never) : null
  } catch {
    return null
  }
}

/** Of an error its stack, which begins with type and message. */
function fieldText(field: unknown): string {
  if (typeof field === 'string') return field
  if (typeof field === 'object' && field !== null && 'stack' in field && typeof field.stack === 'string') {
    return field.stack
  }
  return JSON.stringify(field)
}
