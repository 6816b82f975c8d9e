import { type Command, defineCommand } from '../command.ts'
import { brokersOption, openClient, timeoutOption } from '../connect.ts'
import { EXIT } from '../exit-code.ts'
import { renderTable } from '../terminal/table.ts'

const healthTimeoutMs = 3_000

export const cluster: Command = defineCommand({
  path: ['cluster'],
  summary: 'Shows the brokers, who leads, and how each is',
  positionals: [],
  options: {
    json: { type: 'flag', description: 'one JSON object on standard output' },
    brokers: brokersOption,
    'timeout-ms': timeoutOption,
  },
  notes: ['The exit code is 1 when a broker cannot serve.'],
  examples: ['yak cluster', 'yak cluster --json'],

  async run({ options, terminal }) {
    const call = { timeoutMs: options['timeout-ms'] }
    const client = await openClient(options.brokers)
    try {
      const view = await client.admin().cluster(call)
      const brokers = await Promise.all(
        view.brokers.map(async (broker) => ({ ...broker, health: await healthOf(broker.url) })),
      )
      const isHealthy = brokers.every(({ health }) => health.status === 'ok')
      if (options.json) await terminal.output.write(`${JSON.stringify({ ...view, brokers })}\n`)
      else {
        const facts = renderTable(
          [
            { title: 'CLUSTER', align: 'left' },
            { title: view.clusterId, align: 'left' },
          ],
          [
            ['leader', view.leader === null ? 'none' : `${view.leader.id} at ${view.leader.url}`],
            ['epoch', String(view.epoch)],
            ['in sync', view.isr.join(', ')],
            ['coordinator', `${view.coordinator.type}${view.coordinator.connected ? '' : ', not connected'}`],
            ['as of', new Date(view.asOf).toISOString()],
          ],
        )
        const table = renderTable(
          [
            { title: 'BROKER', align: 'left' },
            { title: 'ROLE', align: 'left' },
            { title: 'EPOCH', align: 'right' },
            { title: 'URL', align: 'left' },
            { title: 'HEALTH', align: 'left' },
          ],
          brokers.map(({ id, role, epoch, url, health }) => [
            id,
            role ?? 'unknown',
            epoch === null || epoch === undefined ? '-' : String(epoch),
            url,
            [health.status, ...health.reasons].join(': '),
          ]),
        )
        await terminal.output.write(`${facts}\n${table}`)
      }
      return isHealthy ? EXIT.done : EXIT.notAll
    } finally {
      await client.close()
    }
  },
})

interface BrokerHealth {
  readonly status: string
  readonly reasons: readonly string[]
}

/** Asked of the broker itself: what others think of it is in the cluster's view. */
async function healthOf(url: string): Promise<BrokerHealth> {
  try {
    const response = await fetch(new URL('/health', url), { signal: AbortSignal.timeout(healthTimeoutMs) })
    const body = bodyOf(await response.text())
    if (typeof body.status === 'string') return { status: body.status, reasons: body.reasons ?? [] }
    // A refusal, or what no broker says: something in front of it.
    return { status: `answers ${response.status}`, reasons: [body.detail ?? 'not as a YAK broker does'] }
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : (error as Error)
    return { status: 'unreachable', reasons: [cause.message] }
  }
}

/** Its fields, if it has any. */
function bodyOf(text: string): { readonly status?: unknown; readonly reasons?: string[]; readonly detail?: string } {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}
