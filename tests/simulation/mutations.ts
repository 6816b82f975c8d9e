import { type Mutation, mutations } from '../../apps/broker/test/replication/mutations.ts'

export { type Mutation, mutations }

/** The rules of the core with one or two of them taken out. */
export function mutationNamed(name: string): Mutation {
  const mutation = mutations.find((one) => one.name === name)
  if (mutation !== undefined) return mutation
  throw new TypeError(`There is no mutation "${name}"; there are: ${mutations.map((one) => one.name).join('; ')}.`)
}
