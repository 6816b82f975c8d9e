/** What a key asks of the cluster; `broker` is its place, from 0. */
export type DevKey =
  | { readonly type: 'kill'; readonly broker: number }
  | { readonly type: 'restart'; readonly broker: number }
  | { readonly type: 'leader' | 'status' | 'help' | 'quit' | 'which' }

const named = new Map<string, DevKey>([
  ['l', { type: 'leader' }],
  ['s', { type: 'status' }],
  ['h', { type: 'help' }],
  ['?', { type: 'help' }],
  ['q', { type: 'quit' }],
  // Ctrl-C and Ctrl-D: a terminal that is read key by key sends them as characters.
  ['\u0003', { type: 'quit' }],
  ['\u0004', { type: 'quit' }],
])

/** Turns what a terminal sends into wishes: a number kills, `r` and a number restarts. */
export class DevKeyReader {
  readonly #brokers: number
  #isRestart = false

  constructor(brokers: number) {
    this.#brokers = brokers
  }

  read(text: string): DevKey[] {
    const keys: DevKey[] = []
    // Arrows and the like come as sequences with letters in them.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: ESC begins them.
    for (const character of text.replace(/\u001b(\[[0-9;]*[A-Za-z~]|O.|.)?/g, '')) {
      const key = this.#key(character)
      if (key !== undefined) keys.push(key)
    }
    return keys
  }

  #key(character: string): DevKey | undefined {
    const isRestart = this.#isRestart
    this.#isRestart = false
    if (/^[1-9]$/.test(character)) {
      const broker = Number(character) - 1
      if (broker >= this.#brokers) return undefined
      return { type: isRestart ? 'restart' : 'kill', broker }
    }
    if (character === 'r') {
      this.#isRestart = true
      return { type: 'which' }
    }
    return named.get(character)
  }
}
