/** What the code of the broker would do if it read something that the seed does not decide. */
export interface AmbientUse {
  readonly name: string
  readonly stack: string
}

type AnyFunction = (...args: never[]) => unknown

/** Where a call must come from to count; the test runner may look at the clock whenever it likes. */
const ownCode = /\/(packages|apps)\/[^\n]*\/src\/|\/tests\/simulation\//

/**
 * Real clocks, real timers and real chance are refused for as long as a run lasts: each use throws where it stands and is
 * kept, so that one swallowed by a `catch` is found too.
 */
export class AmbientGuard {
  readonly uses: AmbientUse[] = []
  readonly #restore: (() => void)[] = []

  constructor() {
    this.#replace(Math, 'random')
    this.#replace(Date, 'now')
    this.#replace(performance, 'now')
    for (const name of ['setTimeout', 'setInterval', 'setImmediate'] as const) this.#replace(globalThis, name)
    for (const name of ['randomUUID', 'getRandomValues'] as const) this.#replace(crypto, name)
    this.#replaceDate()
  }

  [Symbol.dispose](): void {
    for (const restore of this.#restore.splice(0)) restore()
  }

  #replace(owner: object, name: string): void {
    const host = owner as Record<string, AnyFunction>
    const real = host[name]!
    const isOwn = Object.hasOwn(host, name)
    const check = (called: string) => this.#check(called)
    host[name] = function (this: unknown, ...args: never[]) {
      check(name)
      return real.apply(this ?? owner, args)
    } as AnyFunction
    this.#restore.push(() => {
      if (isOwn) host[name] = real
      else delete host[name]
    })
  }

  #replaceDate(): void {
    const RealDate = globalThis.Date
    const check = () => this.#check('new Date()')
    globalThis.Date = new Proxy(RealDate, {
      construct(target, args: []) {
        if (args.length === 0) check()
        return new target(...args)
      },
    })
    this.#restore.push(() => {
      globalThis.Date = RealDate
    })
  }

  #check(name: string): void {
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 20
    const stack = new Error(`${name} was used inside a simulation: take it from the ports.`).stack ?? ''
    Error.stackTraceLimit = stackTraceLimit
    if (!ownCode.test(stack.split('\n').slice(4).join('\n'))) return
    this.uses.push({ name, stack })
    throw new Error(stack)
  }
}
