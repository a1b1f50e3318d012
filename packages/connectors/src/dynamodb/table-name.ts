import { invalidOption } from '../option-checks.ts'

/** A table's name or ARN, as requests take it. @throws CONNECTOR_OPTION_INVALID */
export function checkTable(path: string, table: unknown): string {
  if (typeof table === 'string' && /^(arn:[\w-]+:dynamodb:[^\s:]+:\d+:table\/)?[\w.-]{3,255}$/.test(table)) return table
  const shown = typeof table === 'string' ? `'${table.slice(0, 60)}'` : typeof table
  throw invalidOption(path, `is ${shown}, neither the name of a table nor its ARN`)
}
