import { renderTable } from '../terminal/table.ts'
import type { BrokerHealth } from './broker-health.ts'
import type { BrokerPlan, DevSettings } from './dev-plan.ts'

/** How the user calls `yak` from where `yak dev` was started. */
export function yakName({ npm_lifecycle_event: script }: Readonly<Record<string, string | undefined>>): string {
  return script === 'dev' || script === 'yak' ? 'npx -y pnpm --silent yak' : 'yak'
}

/** Where everything is, once all brokers serve. */
export function addressesText(
  { dataDir, redis }: DevSettings,
  plans: readonly BrokerPlan[],
  options: { readonly yak: string; readonly leaderUrl: string | undefined; readonly hasKeys: boolean },
): string {
  const { yak, leaderUrl, hasKeys } = options
  const first = plans[0]!
  // One that answers is enough, and any of them may have been killed.
  const flag = first.port === 5001 ? '' : ` --brokers ${plans.map(({ url }) => new URL(url).host).join(',')}`
  const rows = [
    ['console', `${leaderUrl ?? first.url}/console/`],
    ...plans.map(({ id, url }) => [`broker ${id}`, `${url}${url === leaderUrl ? '  leads' : ''}`]),
    ['data', `${dataDir}, kept for the next time`],
    ...(plans.length === 1 ? [] : [['coordinator', redis === undefined ? 'embedded' : withoutSecret(redis)]]),
    ['produce', `${yak} produce greetings --key ada --value '{"text":"hello"}'${flag}`],
    ['consume', `${yak} consume greetings --follow${flag}`],
    hasKeys ? ['keys', keysText(plans.length)] : ['stop', 'Ctrl-C'],
  ]
  const lines = rows.map(([name, text]) => `  ${name!.padEnd(12)}${text}\n`)
  return `\n${plans.length === 1 ? 'The broker serves.' : `All ${plans.length} brokers serve.`}\n\n${lines.join('')}\n`
}

function keysText(brokers: number): string {
  const numbers = brokers === 1 ? '1' : `1-${brokers}`
  return `${numbers} kill a broker · r then ${numbers} restart it · l leader · s status · h help · q quit`
}

export function helpText(brokers: number): string {
  const numbers = brokers === 1 ? '1' : `1 to ${brokers}`
  return [
    `  ${numbers.padEnd(12)}kills that broker (SIGKILL), as a crash would`,
    `  ${'r, then 1…'.padEnd(12)}starts that broker again; one that runs is stopped first, in order`,
    `  ${'l'.padEnd(12)}who leads`,
    `  ${'s'.padEnd(12)}every broker's state`,
    `  ${'q, Ctrl-C'.padEnd(12)}stops all brokers; their data stays`,
    '',
  ].join('\n')
}

export interface BrokerView {
  readonly plan: BrokerPlan
  readonly pid: number | undefined
  readonly health: BrokerHealth | undefined
}

export function leaderText(views: readonly BrokerView[]): string {
  // A broker that was just cut off may still name the one before.
  const told = views.map(({ health }) => health).filter((health) => health !== undefined && health.leader !== null)
  const newest = told.toSorted((left, right) => right!.epoch - left!.epoch)[0]
  if (newest === undefined) return 'Nobody leads at the moment.'
  return `Broker ${newest.leader!.id} leads, epoch ${newest.epoch}, in sync: ${newest.isr.join(', ')}.`
}

export function statusText(views: readonly BrokerView[]): string {
  return renderTable(
    [
      { title: 'BROKER', align: 'left' },
      { title: 'PID', align: 'right' },
      { title: 'ROLE', align: 'left' },
      { title: 'EPOCH', align: 'right' },
      { title: 'IN SYNC', align: 'left' },
      { title: 'URL', align: 'left' },
      { title: 'HEALTH', align: 'left' },
    ],
    views.map(({ plan, pid, health }) => [
      plan.id,
      pid === undefined ? '-' : String(pid),
      health?.role ?? '-',
      health === undefined ? '-' : String(health.epoch),
      health?.isr.join(', ') ?? '-',
      plan.url,
      pid === undefined
        ? 'not running'
        : health === undefined
          ? 'no answer'
          : [health.status, ...health.reasons].join(': '),
    ]),
  )
}

/** `redis://:secret@host` is not for a screen. */
function withoutSecret(url: string): string {
  return url.replace(/\/\/.*@/, '//***@')
}
