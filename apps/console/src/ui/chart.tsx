import type { ChartProps } from './chart-canvas.tsx'
import { lazyPart, PartFaultPanel } from './part.tsx'
import { Skeleton } from './skeleton.tsx'

export type { ChartProps, ChartTick } from './chart-canvas.tsx'

/** A live line chart. uPlot comes when the first one is shown. */
export const Chart = lazyPart<ChartProps>(async () => (await import('./chart-canvas.tsx')).default, {
  whileLoading: <Skeleton className="h-32 w-full rounded-md" />,
  failed: (fault) => <PartFaultPanel what="The chart" {...fault} />,
})
