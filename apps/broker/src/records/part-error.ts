import type { YakError } from '@yak/protocol'
import type { PartError } from '@yak/protocol/schemas'

/** The error of one part of a request, as JSON. */
export function partErrorOf({ code, message, retriable, outcome }: YakError): PartError {
  return { code, detail: message, retriable, outcome }
}
