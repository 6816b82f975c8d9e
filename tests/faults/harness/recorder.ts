import { History } from '../../checker/history.ts'

/** The history of one run, on one clock. */
export class Recorder {
  readonly history = new History()

  nowMs(): number {
    return performance.timeOrigin + performance.now()
  }

  /** Marks a fault around what is done, so that recovery is measured from its begin and its end. */
  async during<Done>(name: string, work: () => Promise<Done>): Promise<Done> {
    this.mark('begin', name)
    try {
      return await work()
    } finally {
      this.mark('end', name)
    }
  }

  mark(phase: 'begin' | 'end', name: string): void {
    this.history.add({ type: 'fault', phase, name, timeMs: this.nowMs() })
  }
}
