import { spawnSync } from 'node:child_process'

/** Where a process runs: its address, and the command that puts it there. */
export interface NetworkPlace {
  readonly host: string
  readonly within: readonly string[]
}

/**
 * A network for each process, joined by a router, as Linux has them (`ip netns`). Whoever is pulled out of it vanishes as a
 * machine does that loses its power: no FIN, no RST, no ICMP; what is sent to it is not answered by anybody, TCP included.
 *
 *     node ── eth0 10.a.n.2 ── 10.a.n.1 router 10.a.255.1 ── 10.a.255.2 this process
 */
export class VanishingNetwork {
  readonly #name = `yak${process.pid}`
  /** Two tests that run at once have one each. */
  readonly #prefix = `10.${64 + (process.pid % 128)}`
  readonly #nodes = new Map<string, number>()

  private constructor() {}

  /** Why there can be none here; undefined when there can. */
  static whyNot(): string | undefined {
    if (process.platform !== 'linux') return 'network namespaces are of Linux'
    if (process.getuid?.() !== 0) return 'network namespaces need root'
    try {
      const network = VanishingNetwork.open()
      try {
        network.join('probe')
      } finally {
        network.close()
      }
    } catch (error) {
      return `network namespaces cannot be made: ${error instanceof Error ? error.message : String(error)}`
    }
    return undefined
  }

  static open(): VanishingNetwork {
    const network = new VanishingNetwork()
    try {
      network.#open()
    } catch (error) {
      network.close()
      throw error
    }
    return network
  }

  #open(): void {
    const router = this.#name
    run(['netns', 'add', router])
    run(['netns', 'exec', router, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward'])
    run(['link', 'add', this.#name, 'type', 'veth', 'peer', 'name', 'test', 'netns', router])
    run(['address', 'add', `${this.#prefix}.255.2/24`, 'dev', this.#name])
    run(['link', 'set', this.#name, 'up'])
    run(['-n', router, 'address', 'add', `${this.#prefix}.255.1/24`, 'dev', 'test'])
    run(['-n', router, 'link', 'set', 'test', 'up'])
    run(['route', 'add', `${this.#prefix}.0.0/16`, 'via', `${this.#prefix}.255.1`])
  }

  join(node: string): NetworkPlace {
    const index = this.#nodes.size + 1
    this.#nodes.set(node, index)
    const router = this.#name
    const own = this.#namespaceOf(node)
    const subnet = `${this.#prefix}.${index}`
    run(['netns', 'add', own])
    run(['link', 'add', `to${index}`, 'netns', router, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', own])
    run(['-n', router, 'address', 'add', `${subnet}.1/24`, 'dev', `to${index}`])
    run(['-n', router, 'link', 'set', `to${index}`, 'up'])
    run(['-n', own, 'address', 'add', `${subnet}.2/24`, 'dev', 'eth0'])
    run(['-n', own, 'link', 'set', 'eth0', 'up'])
    run(['-n', own, 'link', 'set', 'lo', 'up'])
    run(['-n', own, 'route', 'add', 'default', 'via', `${subnet}.1`])
    return { host: `${subnet}.2`, within: ['ip', 'netns', 'exec', own] }
  }

  /** From now on nothing reaches it and nothing comes from it. */
  pull(node: string): void {
    const index = this.#nodes.get(node)!
    // First, or the router would tell the others that there is no way any more.
    run(['-n', this.#name, 'route', 'add', 'blackhole', `${this.#prefix}.${index}.2/32`])
    run(['-n', this.#name, 'link', 'set', `to${index}`, 'down'])
  }

  plugIn(node: string): void {
    const index = this.#nodes.get(node)!
    run(['-n', this.#name, 'link', 'set', `to${index}`, 'up'])
    run(['-n', this.#name, 'route', 'delete', 'blackhole', `${this.#prefix}.${index}.2/32`])
  }

  close(): void {
    // The cables go with the namespaces, but later; this one's name is to be free at once.
    spawnSync('ip', ['link', 'delete', this.#name])
    for (const node of this.#nodes.keys()) spawnSync('ip', ['netns', 'delete', this.#namespaceOf(node)])
    spawnSync('ip', ['netns', 'delete', this.#name])
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #namespaceOf(node: string): string {
    return `${this.#name}-${node}`
  }
}

function run(args: readonly string[]): void {
  const { status, stderr, error } = spawnSync('ip', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${error?.message ?? stderr.trim()}`)
}
