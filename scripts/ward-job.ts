/** What the ward says when it goes on from a checkpoint: which one, and how many records it has behind it. */
export const RESUMING: RegExp = /resuming from checkpoint (\d+): ([\d,_ ]+) records/

/** The command that starts the ward, or the one that stands in for it. */
export function wardCommand(option: string | undefined): readonly string[] {
  return option === undefined ? ['npm', 'start', '--silent', '--'] : option.split(' ')
}
