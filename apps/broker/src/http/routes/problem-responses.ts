import { PROBLEM_CONTENT_TYPE } from '@yak/protocol'
import { problemSchema } from '@yak/protocol/schemas'

/** An answer that is no success, as the OpenAPI document tells of it. */
export interface DocumentedProblem {
  readonly description: string
  readonly content: { readonly [PROBLEM_CONTENT_TYPE]: { readonly schema: typeof problemSchema } }
}

const content: DocumentedProblem['content'] = { [PROBLEM_CONTENT_TYPE]: { schema: problemSchema } }

/** Where another broker leads; the document has its `location` header too. */
export const leaderResponse: { readonly '307': DocumentedProblem } = {
  '307': { description: 'Another broker leads: NOT_LEADER. Send the same request there.', content },
}

/** What any path may answer with besides what was asked for. */
export const problemResponses: { readonly '4xx': DocumentedProblem; readonly '5xx': DocumentedProblem } = {
  '4xx': { description: 'The request is not possible; `code` and `detail` say why and what to do.', content },
  '5xx': { description: 'The broker cannot serve it now; `retriable` and `outcome` say what that means.', content },
}
