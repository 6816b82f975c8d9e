import { useQueryClient } from '@tanstack/react-query'
import type { TopicDescription } from '@yak/protocol/schemas'
import { useId, useState } from 'react'
import { useApi, useNoWriteReason, useTopics } from '../../data/hooks.ts'
import { keys } from '../../data/queries.ts'
import { plural } from '../../lib/format.ts'
import { newTopicNameProblem } from '../../lib/new-topic-name.ts'
import { Button } from '../../ui/button.tsx'
import { Combobox } from '../../ui/combobox.tsx'
import { Field, Input } from '../../ui/input.tsx'

const firstPartitions = '3'
const mostPartitions = 1_000

/** Where the rows go: a topic that exists, or one made on the spot. */
export function TargetTopic({
  value,
  onChange,
  topic,
}: {
  value: string
  onChange: (name: string) => void
  /** As in `useTopic`. */
  topic: TopicDescription | null | undefined
}) {
  const names = useTopics().map(({ name }) => name)
  const api = useApi()
  const queryClient = useQueryClient()
  const noWriteReason = useNoWriteReason()
  const countNote = useId()
  const [partitions, setPartitions] = useState(firstPartitions)
  const [isCreating, setIsCreating] = useState(false)
  const [error, setError] = useState<string | null>(null)
  const problem = value === '' || topic != null ? undefined : newTopicNameProblem(value)
  const isMissing = value !== '' && topic === undefined && problem === undefined
  const count = Number(partitions)
  const countFault =
    Number.isSafeInteger(count) && count >= 1 && count <= mostPartitions ? undefined : `1 to ${mostPartitions}.`
  const create = async () => {
    setIsCreating(true)
    setError(null)
    try {
      await api.json('/topics', { method: 'POST', body: { name: value, partitions: count } })
      await queryClient.invalidateQueries({ queryKey: keys.topics })
    } catch (reason) {
      setError((reason as Error).message)
    } finally {
      setIsCreating(false)
    }
  }
  return (
    <div className="flex flex-wrap items-start gap-3">
      <Field
        label="Topic"
        className="w-80 max-sm:w-full"
        error={error ?? problem}
        hint={
          isMissing
            ? 'There is no such topic yet.'
            : topic
              ? plural(topic.partitions.length, 'partition')
              : 'The rows are checked as soon as it is chosen. Nothing is sent before you say so.'
        }
      >
        {(wiring) => (
          <Combobox {...wiring} mono value={value} onChange={onChange} options={names} placeholder="Name of a topic" />
        )}
      </Field>
      {isMissing ? (
        <>
          <Field label="Partitions" className="w-24" error={countFault} noteId={countNote}>
            {(wiring) => (
              <Input
                {...wiring}
                inputMode="numeric"
                value={partitions}
                onChange={(event) => setPartitions(event.target.value)}
              />
            )}
          </Field>
          <div className="flex items-center gap-2 pt-5">
            <Button
              busy={isCreating}
              onClick={() => void create()}
              disabledReason={noWriteReason ?? countFault}
              reasonId={noWriteReason === undefined ? countNote : undefined}
            >
              Create topic
            </Button>
          </div>
        </>
      ) : null}
    </div>
  )
}
