/** A step of a page: what is typed, and what is printed. */
export interface PageStep {
  readonly command: string
  readonly prints: string
}

/** The steps of a page: each `sh` fence with the `text` fence that follows at once. */
export function pageSteps(page: string): readonly PageStep[] {
  return [...page.matchAll(/```sh\n([\s\S]*?)```\n(?:\n```text\n([\s\S]*?)```\n)?/g)].map(
    ([, command = '', prints = '']) => ({
      command,
      prints,
    }),
  )
}

/** Dates are of the day on which the steps are gone through. */
export function withoutDates(text: string): string {
  return text.replace(/^(\d+ {2})\d{4}-\d\d-\d\d \d\d:\d\d/gm, '$1DATE')
}
