import type { FaultMark } from './history.ts'
import type { Operations, Send } from './operations.ts'

/** How long the cluster took no writes, and how slow it was. Reported, never an anomaly: the caller has the bounds. */
export interface Availability {
  readonly sends: { readonly ok: number; readonly failed: number; readonly unknown: number }
  /** The longest time without an acknowledged send, between the first send and the last acknowledgement. */
  readonly longestGapMs: number
  readonly longestGapStartedAtMs: number
  /** For each fault's begin and end: until the first acknowledgement of a send begun after it. */
  readonly recoveries: readonly Recovery[]
  readonly p50Ms: number
  readonly p99Ms: number
  /** Of the acknowledged sends that overlap a fault; 0 when there is none. */
  readonly p99DuringFaultsMs: number
}

export interface Recovery {
  readonly fault: string
  readonly phase: FaultMark['phase']
  readonly atMs: number
  /** `undefined`: no send was acknowledged any more. */
  readonly recoveredAfterMs: number | undefined
}

export function availabilityOf({ sends, faults }: Operations): Availability {
  const acknowledged = sends
    .filter((send) => send.ok !== undefined)
    .sort((left, right) => left.answeredAtMs - right.answeredAtMs)
  const failed = sends.filter((send) => send.failed).length
  const windows = faultWindows(faults)
  const duringFaults = acknowledged.filter((send) => windows.some((window) => overlaps(send, window)))
  return {
    sends: { ok: acknowledged.length, failed, unknown: sends.length - acknowledged.length - failed },
    ...longestGap(sends, acknowledged),
    recoveries: faults.map((fault) => recoveryFrom(fault, acknowledged)),
    p50Ms: percentile(acknowledged, 0.5),
    p99Ms: percentile(acknowledged, 0.99),
    p99DuringFaultsMs: percentile(duringFaults, 0.99),
  }
}

function longestGap(sends: readonly Send[], acknowledged: readonly Send[]) {
  let previous = sends.reduce((first, send) => Math.min(first, send.invoke.timeMs), Number.POSITIVE_INFINITY)
  let longestGapMs = 0
  let longestGapStartedAtMs = Number.isFinite(previous) ? previous : 0
  for (const { answeredAtMs } of acknowledged) {
    if (answeredAtMs - previous > longestGapMs) {
      longestGapMs = answeredAtMs - previous
      longestGapStartedAtMs = previous
    }
    previous = answeredAtMs
  }
  return { longestGapMs, longestGapStartedAtMs }
}

function recoveryFrom({ name, phase, timeMs }: FaultMark, acknowledged: readonly Send[]): Recovery {
  const first = acknowledged.find((send) => send.invoke.timeMs > timeMs)
  return {
    fault: name,
    phase,
    atMs: timeMs,
    recoveredAfterMs: first === undefined ? undefined : first.answeredAtMs - timeMs,
  }
}

interface Window {
  readonly fromMs: number
  readonly toMs: number
}

/** A begin without an end lasts to the end of the run. */
function faultWindows(faults: readonly FaultMark[]): Window[] {
  return faults
    .filter(({ phase }) => phase === 'begin')
    .map((begin) => {
      const end = faults.find(
        ({ phase, name, timeMs }) => phase === 'end' && name === begin.name && timeMs >= begin.timeMs,
      )
      return { fromMs: begin.timeMs, toMs: end?.timeMs ?? Number.POSITIVE_INFINITY }
    })
}

function overlaps(send: Send, { fromMs, toMs }: Window): boolean {
  return send.invoke.timeMs <= toMs && send.answeredAtMs >= fromMs
}

function percentile(sends: readonly Send[], fraction: number): number {
  const latencies = sends.map((send) => send.answeredAtMs - send.invoke.timeMs).sort((left, right) => left - right)
  return latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * fraction))] ?? 0
}
