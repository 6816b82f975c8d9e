import { PROBLEM_CONTENT_TYPE } from '@yak/protocol'
import { problemSchema } from '@yak/protocol/schemas'

const problem = { content: { [PROBLEM_CONTENT_TYPE]: { schema: problemSchema } } }

/** What any path may answer with, for the OpenAPI document. */
export const problemResponses = {
  '4xx': { description: 'The request is not possible; `code` and `detail` say why and what to do.', ...problem },
  '5xx': { description: 'The broker cannot serve it now; `retriable` and `outcome` say what that means.', ...problem },
} as const
