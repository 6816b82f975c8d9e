/** The way to the next step, in sight however long the step is. */
export const stepActions =
  "sticky bottom-0 z-10 -mx-4 -mb-4 flex flex-wrap items-center gap-3 bg-bg px-4 pt-1 pb-4 before:pointer-events-none before:absolute before:inset-x-0 before:bottom-full before:h-4 before:bg-linear-to-t before:from-bg before:to-transparent before:content-[''] max-sm:-mx-3 max-sm:-mb-3 max-sm:px-3 max-sm:pb-3"
