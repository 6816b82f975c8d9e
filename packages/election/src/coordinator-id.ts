import type { ElectionPorts } from './election-ports.ts'

/** What a coordinator is called that has no name yet: 128 random bits. It tells mistakes apart, and keeps no secret. */
export function newCoordinatorId({ random }: Pick<ElectionPorts, 'random'>): string {
  const words = Array.from({ length: 4 }, () => Math.floor(random() * 2 ** 32))
  return words.map((word) => word.toString(16).padStart(8, '0')).join('')
}
