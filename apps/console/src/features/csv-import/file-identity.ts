import { crc32c } from '@yak/protocol'
import type { ByteSource } from './read-rows.ts'

/** By what a file is known again: a page may not keep the file itself over a reload. */
export interface FileIdentity {
  readonly name: string
  readonly size: number
  /** Of its first and last 64 KiB. */
  readonly hash: string
}

const endBytes = 65_536

export async function identityOf(name: string, source: ByteSource): Promise<FileIdentity> {
  const head = await source.read(0, Math.min(endBytes, source.size))
  const tail = await source.read(Math.max(0, source.size - endBytes), source.size)
  // No crypto.subtle, which a page has only in a secure context. Two checksums are enough against mistakes.
  const hash = [crc32c(head), crc32c(tail), crc32c(tail, crc32c(head))]
  return { name, size: source.size, hash: hash.map((part) => part.toString(16).padStart(8, '0')).join('') }
}

/** What differs, as a sentence; undefined for the same file. The name may be another. */
export function differenceOf(wanted: FileIdentity, chosen: FileIdentity): string | undefined {
  if (wanted.size !== chosen.size) {
    return `${chosen.name} has ${chosen.size} bytes, and the import was begun with a file of ${wanted.size}. Choose ${wanted.name}.`
  }
  if (wanted.hash !== chosen.hash) {
    return `${chosen.name} is as long as ${wanted.name}, and its content is another. Choose the file the import was begun with.`
  }
  return undefined
}
