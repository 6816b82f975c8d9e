export interface Snippet {
  readonly name: string
  readonly code: string
}

/** Whatever is shown: a program first, then what needs no installation, then the command. */
const usualOrder: readonly string[] = ['SDK', 'curl', 'CLI']

/** In the same order everywhere; others after these, as given. */
export function inUsualOrder(snippets: readonly Snippet[]): readonly Snippet[] {
  const rank = ({ name }: Snippet) => (usualOrder.includes(name) ? usualOrder.indexOf(name) : usualOrder.length)
  return snippets.toSorted((one, other) => rank(one) - rank(other))
}

export interface RecordToShow {
  readonly brokerUrl: string
  readonly topic: string
  readonly key: string | null
  /** As typed; with `isJson` false a plain text. */
  readonly valueText: string
  readonly isJson: boolean
  readonly partition: number | null
  readonly headers: readonly (readonly [string, string])[]
}

/** The same record sent by SDK, curl and CLI; numbers stay as they were typed. */
export function produceSnippets(record: RecordToShow): readonly Snippet[] {
  const { brokerUrl, topic, key, partition, headers } = record
  const value = record.isJson ? record.valueText : JSON.stringify(record.valueText)
  const headersJson = JSON.stringify(Object.fromEntries(headers))
  const isExact = !record.isJson || survivesDoubles(value)
  const fields = [
    `topic: ${programText(topic)}`,
    ...(key === null ? [] : [`key: ${programText(key)}`]),
    // A program's numbers are doubles; as text every digit arrives.
    ...(isExact
      ? [`value: ${record.isJson ? value.replaceAll('\n', '\n  ') : programText(record.valueText)}`]
      : [`value: ${programText(value)}`, `codec: 'string'`]),
    ...(partition === null ? [] : [`partition: ${partition}`]),
    ...(headers.length === 0 ? [] : [`headers: ${headersJson}`]),
  ]
  const json = [
    `"topic":${JSON.stringify(topic)}`,
    ...(key === null ? [] : [`"key":${JSON.stringify(key)}`]),
    `"value":${value}`,
    ...(partition === null ? [] : [`"partition":${partition}`]),
    ...(headers.length === 0 ? [] : [`"headers":${headersJson}`]),
  ]
  return [
    {
      name: 'SDK',
      code: [
        `import { YakClient } from '@yak/client'`,
        '',
        yakClient([brokerUrl]),
        'const receipt = await yak.producer().send({',
        ...fields.map((field) => `  ${field},`),
        '})',
      ].join('\n'),
    },
    {
      name: 'curl',
      code: `curl -L ${brokerUrl}/produce -H 'content-type: application/json' \\\n  -d ${quoted(`{${json.join(',')}}`)}`,
    },
    {
      name: 'CLI',
      code: yakCommand('produce', topic, [
        `--brokers ${brokerUrl}`,
        ...(key === null ? [] : [flag('--key', key)]),
        ...(partition === null ? [] : [`--partition ${partition}`]),
        ...headers.map(([name, text]) => flag('--header', `${name}=${text}`)),
        flag('--value', value),
      ]),
    },
  ]
}

/** `yak COMMAND TOPIC …`, for a POSIX shell, over as many lines as there are flags after the first. */
export function yakCommand(command: string, topic: string, flags: readonly string[]): string {
  const [first, ...others] = flags
  // A name that begins with a dash would be read as a flag anywhere but after `--`.
  const words = topic.startsWith('-')
    ? [`yak ${command} ${first}`, ...others, `-- ${quotedIfNeeded(topic)}`]
    : [`yak ${command} ${quotedIfNeeded(topic)} ${first}`, ...others]
  return words.join(' \\\n  ')
}

/** The client of a program; a list of brokers that makes a line too long stands one below the other. */
export function yakClient(urls: readonly string[]): string {
  const brokers = urls.map((url) => `'${url}'`)
  const line = `await using yak = new YakClient({ brokers: [${brokers.join(', ')}] })`
  if (line.length <= longestLine) return line
  return [
    'await using yak = new YakClient({',
    '  brokers: [',
    ...brokers.map((each) => `    ${each},`),
    '  ],',
    '})',
  ].join('\n')
}

const longestLine = 80

/** A text in a program, in the quotes that the rest of it has. */
export function programText(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}

/** Whether a program that parses the text and writes it again gives the same numbers. */
function survivesDoubles(json: string): boolean {
  try {
    const numbers = (text: string) => text.replace(/"(?:[^"\\]|\\.)*"/g, '').match(/-?\d[\d.eE+-]*/g) ?? []
    return numbers(json).join() === numbers(JSON.stringify(JSON.parse(json))).join()
  } catch {
    return false
  }
}

/** A text that begins with a dash would be read as the next flag. */
export function flag(name: string, text: string): string {
  return `${name}${text.startsWith('-') ? '=' : ' '}${quoted(text)}`
}

/** For a POSIX shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

function quotedIfNeeded(text: string): string {
  return /^[\w.@%+:/-]+$/.test(text) ? text : quoted(text)
}
