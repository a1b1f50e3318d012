import type { AlarmEvent } from '../alarms/alarm-event.ts'
import { BEGAN, FLAGS, RAISED, SINCE } from '../alarms/delayed-alarm.ts'
import type { CompiledRule, CompiledRuleSet } from '../compile/compile-rule-set.ts'
import type { AlarmCells } from './alarm-cells.ts'
import type { ToldAlarm } from './late-memory.ts'

/** What an alarm is about: its rule, or, apart from that, that the rule failed or is blind. */
export function slotOf({ rule, why }: Pick<AlarmEvent, 'rule' | 'why'>): string {
  return why.error === undefined ? rule : `${rule}!${why.error}`
}

/** Where the alarms of a rule set stand in a patient's state. Silences, which go by the job's clock, are none of them. */
export class AlarmSlots {
  readonly #version: string
  readonly #slots = new Map<string, CompiledRule>()
  readonly #faults = new Map<string, CompiledRule>()
  readonly #byIndex = new Map<number, { readonly rule: CompiledRule; readonly slot: string; readonly fault: string }>()

  constructor({ version, rules }: CompiledRuleSet) {
    this.#version = version
    for (const rule of rules) {
      const { id } = rule.data
      const slot = rule.isBlindness ? `${id}!RULES_INPUT_UNKNOWN` : id
      const fault = `${id}!RULES_EVALUATION_FAILED`
      this.#slots.set(slot, rule)
      if (!rule.isBlindness) this.#faults.set(fault, rule)
      this.#byIndex.set(rule.index, { rule, slot, fault })
    }
  }

  /** The rule whose condition an alarm is of. */
  ruleOf(slot: string): CompiledRule | undefined {
    return this.#slots.get(slot)
  }

  /** The rule that has failed, where an alarm is of that. */
  failedRuleOf(slot: string): CompiledRule | undefined {
    return this.#faults.get(slot)
  }

  /** What every event about an alarm says of its rule. */
  about(slot: string): Pick<AlarmEvent, 'rule' | 'ruleVersion' | 'priority'> {
    const { data } = (this.#slots.get(slot) ?? this.#faults.get(slot)) as CompiledRule
    return { rule: data.id, ruleVersion: this.#version, priority: data.priority }
  }

  /** The alarms of a patient that are raised. */
  open(cells: AlarmCells, faults: Readonly<Record<string, number>> = {}): ToldAlarm[] {
    const open: ToldAlarm[] = []
    for (let nth = 0; nth < cells.count; nth++) {
      const known = this.#byIndex.get(cells.indexOf(nth))
      const at = cells.placeOf(nth)
      if (known === undefined || ((cells.numbers[at + FLAGS] as number) & RAISED) === 0) continue
      const [began, raised] = [cells.numbers[at + BEGAN] as number, cells.numbers[at + SINCE] as number]
      open.push(toldOf(known.slot, began, raised))
    }
    for (const [index, since] of Object.entries(faults)) {
      const known = this.#byIndex.get(Number(index))
      if (known !== undefined) open.push(toldOf(known.fault, since, since))
    }
    return open
  }
}

function toldOf(slot: string, began: number, raised: number): ToldAlarm {
  const span = { raised, cleared: Infinity }
  return { slot, began, ...span, isRetracted: false, known: [span] }
}
