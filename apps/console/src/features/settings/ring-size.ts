import { formatCount } from '../../lib/format.ts'

export const ringSizeLimits = { least: 100, most: 50_000 } as const

/** What somebody typed as the size of live lists; `problem` says what to type instead. */
export function readRingSize(
  text: string,
): { readonly size: number; readonly problem: null } | { readonly size: null; readonly problem: string } {
  const digits = text.replaceAll(/[\s\u00a0,_]/g, '')
  const size = Number(digits)
  const { least, most } = ringSizeLimits
  if (!/^\d+$/.test(digits) || size < least || size > most)
    return { size: null, problem: `Give a whole number from ${formatCount(least)} to ${formatCount(most)}.` }
  return { size, problem: null }
}
