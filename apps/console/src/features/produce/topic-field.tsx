import { useQueryClient } from '@tanstack/react-query'
import type { TopicDescription } from '@yak/protocol/schemas'
import { useState } from 'react'
import { useApi, useNoWriteReason, useTopics } from '../../data/hooks.ts'
import { readStorage, writeStorage } from '../../data/preferences.ts'
import { keys } from '../../data/queries.ts'
import { plural } from '../../lib/format.ts'
import { newTopicNameProblem } from '../../lib/new-topic-name.ts'
import { Button } from '../../ui/button.tsx'
import { Combobox } from '../../ui/combobox.tsx'
import { Field } from '../../ui/input.tsx'

const recentKey = 'yak.recent-topics'
const maxRecent = 8

export function recentTopics(): readonly string[] {
  const stored = readStorage(recentKey)
  return Array.isArray(stored) ? stored.filter((each) => typeof each === 'string') : []
}

export function noteRecentTopic(name: string): void {
  writeStorage(recentKey, [name, ...recentTopics().filter((each) => each !== name)].slice(0, maxRecent))
}

/** Which topic: those used last come first; one that does not exist can be created on the spot. */
export function TopicField({
  value,
  onChange,
  topic,
}: {
  value: string
  onChange: (name: string) => void
  /** As in `useTopic`. */
  topic: TopicDescription | null | undefined
}) {
  const topics = useTopics()
  const api = useApi()
  const queryClient = useQueryClient()
  const noWriteReason = useNoWriteReason()
  const [creating, setCreating] = useState(false)
  const [error, setError] = useState<string | null>(null)
  const [recent] = useState(recentTopics)
  const names = topics.map(({ name }) => name)
  const options = [...recent.filter((name) => names.includes(name)), ...names.filter((name) => !recent.includes(name))]
  const problem = value === '' || topic != null ? undefined : newTopicNameProblem(value)
  const isMissing = value !== '' && topic === undefined && problem === undefined

  const create = async () => {
    setCreating(true)
    setError(null)
    try {
      await api.json('/topics', { method: 'POST', body: { name: value } })
      await queryClient.invalidateQueries({ queryKey: keys.topics })
    } catch (reason) {
      setError((reason as Error).message)
    } finally {
      setCreating(false)
    }
  }
  return (
    <div>
      <Field
        label="Topic"
        error={error ?? problem}
        hint={
          isMissing
            ? 'There is no such topic yet.'
            : topic === null || topic === undefined
              ? names.length === 0
                ? topic === null
                  ? 'Type a name.'
                  : 'There is no topic yet. Type a name to create one.'
                : 'Type a name, or choose one.'
              : plural(topic.partitions.length, 'partition')
        }
      >
        {(wiring) => (
          <Combobox
            {...wiring}
            mono
            value={value}
            onChange={onChange}
            options={options}
            placeholder="Name of a topic"
          />
        )}
      </Field>
      {isMissing ? (
        <Button size="sm" className="mt-1" busy={creating} disabledReason={noWriteReason} onClick={() => void create()}>
          Create topic {value}
        </Button>
      ) : null}
    </div>
  )
}
