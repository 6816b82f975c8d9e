import { useMemo } from 'react'
import { IdempotentProducer } from './idempotent-producer.ts'
import { useProduceTarget } from './use-produce-target.ts'

const producers = new WeakMap<object, IdempotentProducer>()

/** One for the page; its lanes outlive the components that use them. */
export function useIdempotentProducer(): IdempotentProducer {
  const target = useProduceTarget()
  return useMemo(() => {
    const producer = producers.get(target) ?? new IdempotentProducer(target)
    producers.set(target, producer)
    return producer
  }, [target])
}
