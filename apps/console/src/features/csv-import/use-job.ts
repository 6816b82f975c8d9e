import { useEffect, useState } from 'react'
import type { ImportJob } from './import-job.ts'
import { JobStore } from './job-store.ts'

/** Undefined: there is none; null: not read yet. */
export function useStoredJob(id: string | undefined): ImportJob | null | undefined {
  const [found, setFound] = useState<{ id: string; job: ImportJob | undefined } | null>(null)
  useEffect(() => {
    if (id === undefined) return undefined
    let isCurrent = true
    const done = (job: ImportJob | undefined) => isCurrent && setFound({ id, job })
    JobStore.open()
      .then(async (store) => {
        const job = await store.get(id)
        store.close()
        done(job)
      })
      .catch(() => done(undefined))
    return () => {
      isCurrent = false
    }
  }, [id])
  return found === null || found.id !== id ? null : found.job
}

/** Imports of this browser, newest first. */
export function useStoredJobs(): { readonly jobs: readonly ImportJob[]; readonly forget: (id: string) => void } {
  const [jobs, setJobs] = useState<readonly ImportJob[]>([])
  useEffect(() => {
    let isCurrent = true
    JobStore.open()
      .then(async (store) => {
        const found = await store.list()
        store.close()
        if (isCurrent) setJobs(found)
      })
      .catch(() => {})
    return () => {
      isCurrent = false
    }
  }, [])
  const forget = (id: string) => {
    setJobs((before) => before.filter((job) => job.id !== id))
    void JobStore.open().then(async (store) => {
      await store.remove(id)
      store.close()
    })
  }
  return { jobs, forget }
}
