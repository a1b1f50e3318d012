const which = process.argv[2] ?? 'chain', who = (process.argv[3] ?? 'millrace,loop').split(',')
const { make } = await import(`/work/main/benchmarks/core/${which}/data.ts`)
const { data, events } = make()
for (const w of who) {
  const { run } = await import(`/work/main/benchmarks/core/${which}/${w}.ts`)
  const r = []
  for (let i = 0; i < 5; i++) { globalThis.gc?.(); const c0 = process.cpuUsage(); const s = performance.now(); await run(data); const c = process.cpuUsage(c0); r.push(`${(events / (performance.now() - s) / 1e3).toFixed(2)} (cpu ${(events / (c.user+c.system)).toFixed(2)})`) }
  console.log(which, w, 'M/s', r.join(' '))
}
