import { lazy, Suspense } from 'react'
import type { ChartProps } from './chart-canvas.tsx'
import { Skeleton } from './skeleton.tsx'

export type { ChartProps, ChartTick } from './chart-canvas.tsx'

const Canvas = lazy(() => import('./chart-canvas.tsx'))

/** A live line chart. uPlot comes when the first one is shown. */
export function Chart(props: ChartProps) {
  return (
    <Suspense fallback={<Skeleton className="w-full rounded-md h-32" />}>
      <Canvas {...props} />
    </Suspense>
  )
}
