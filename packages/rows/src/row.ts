import type { ErrorCode } from '@yak/protocol'

/** One record to send, or the reason why its row cannot be one. */
export interface Row {
  /** Where it begins in the file, from 1; line breaks inside quoted fields count. */
  readonly line: number
  /** Where it ends. */
  readonly lastLine: number
  /** Null: the record has none. */
  readonly key: string | null
  /** JSON text, the exact bytes of the record's value. */
  readonly value: string
  /** Null: it can be sent. */
  readonly problem: RowProblem | null
}

interface RowProblem {
  readonly code: ErrorCode
  /** One sentence without the line number. */
  readonly detail: string
}

/** What one chunk of the input gave. */
export interface RowBatch {
  /** In the order of the file. */
  readonly rows: readonly Row[]
  /** Bytes of the input taken in so far. */
  readonly bytesRead: number
}

export function goodRow(line: number, lastLine: number, key: string | null, value: string): Row {
  return { line, lastLine, key, value, problem: null }
}

export function badRow(line: number, lastLine: number, code: ErrorCode, detail: string): Row {
  return { line, lastLine, key: null, value: '', problem: { code, detail } }
}

/** The problem of a row with a byte that is not of its encoding; `advice` is the decoding's. */
export function encodingDetail(invalidByte: number, advice: string): string {
  return `it has the byte 0x${invalidByte.toString(16).toUpperCase().padStart(2, '0')}, which is not UTF-8; ${advice}`
}

/**
 * Characters one row may have, about the size of the largest batch. A row beyond it could not be sent, and a quote that is
 * never closed would otherwise gather the rest of the file in memory.
 */
export const maxRowLength = 4_194_304
