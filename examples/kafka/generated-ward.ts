/** One message of `vitals`: as devices send them, that is, not always as agreed. */
export interface VitalsMessage {
  readonly patientId: string
  readonly value: string
}

/** Five minutes of four patients, a reading each five seconds. One desaturates, one gets a fast heart rate. */
export function generatedWard(begin: number): VitalsMessage[] {
  const messages: VitalsMessage[] = []
  for (let second = 0; second <= 300; second += 5) {
    for (const [index, patientId] of ['p1', 'p2', 'p3', 'p4'].entries()) {
      // A slow wave, another for each patient.
      const wave = Math.round(3 * Math.sin(second / 40 + index))
      const heartRate = 72 + 4 * index + wave + (patientId === 'p2' && isWithin(second, 120, 200) ? 60 : 0)
      const spo2 = patientId === 'p1' && isWithin(second, 60, 140) ? 85 : 97 - Math.abs(wave)
      messages.push(message(patientId, { patientId, time: begin + 1_000 * second, heartRate, spo2 }))
    }
    messages.push(...troubleAt(second, begin))
  }
  return messages
}

/** Once each: a message that was cut, one of a device that speaks otherwise, and a reading that was kept back for minutes. */
function troubleAt(second: number, begin: number): VitalsMessage[] {
  switch (second) {
    case 90:
      return [{ patientId: 'p4', value: '{"patientId":"p4","time":' }]
    case 150:
      return [message('p4', { patientId: 'p4', time: begin + 150_000, heartRate: 'eighty' })]
    case 240:
      return [message('p3', { patientId: 'p3', time: begin + 32_000, heartRate: 80, spo2: 96 })]
    default:
      return []
  }
}

function isWithin(second: number, from: number, to: number): boolean {
  return second >= from && second < to
}

function message(patientId: string, value: object): VitalsMessage {
  return { patientId, value: JSON.stringify(value) }
}
